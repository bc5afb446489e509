"""The consent ledger: who said yes or no to which purpose, on which ground and until when, and never a line taken back.

What holds at a moment is each customer's latest choice at or before it, until it expires. Of two choices at the very
same moment the refusal wins, as consent must be unambiguous (GDPR, article 4(11)). A refusal, a withdrawal (article
7(3)) or an objection (article 21) counts whatever the lawful basis, and only a new consent lifts it: a shop that turns
to another basis after a "no" is not heard (EDPB, Guidelines 05/2020 on consent, paragraphs 121 to 123).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from datetime import timedelta
from itertools import count
from os import PathLike
from typing import Any

import pandas as pd

from personakit.errors import DataError
from personakit.privacy.consent.chain import Chain, choice_contents, erasure_contents
from personakit.privacy.consent.ids import id_column, parts_together, refuse_twins
from personakit.privacy.consent.states import choices_of, states_at
from personakit.privacy.consent.tables import basis_named, clean_choices, no_choices, no_erasures
from personakit.privacy.ids import check_types_of_ids, id_texts, wanted_ids
from personakit.privacy.moments import Moment, clock, end_of, latest_now, moment
from personakit.privacy.purposes import purpose_named

__all__ = ["ConsentLedger"]

_numbers = count(1)


class ConsentLedger:
    """An append-only record of consent, asked by purpose and moment, on which changes can be seen.

    A choice that is entered (`grant`, `withdraw`) is sealed at once in a hash chain; a table that is handed over is
    sealed as a whole when the first choice is entered, or `head`, `verify` or `save` is asked for. Sealing takes about
    3 s for a million choices; reading needs none.

    Parameters
    ----------
    consents : DataFrame, optional
        The canonical `consents` table: customer_id, purpose, granted, timestamp, and source, version, basis and expires
        where they are there. It is copied; what happens to it afterwards does not matter.
    now : str, date, datetime or Timestamp, optional
        The present, for simulated data and tests; by default the clock of the machine, in the easternmost time zone.

    Raises
    ------
    DataError
        A column, a customer, purpose or time is missing; `granted` is neither yes nor no, `purpose` or `basis` is none;
        a choice is dated in the future, or expires before it was made; or 17 and "17" are both among the customers.

    Examples
    --------
    >>> ledger = ConsentLedger()
    >>> ledger.grant(1, "recommendations", at="2025-01-05")
    >>> ledger.grant(2, "recommendations", at="2025-01-05", expires="2025-01-31")
    >>> ledger.withdraw(1, "recommendations", at="2025-03-01")
    >>> ledger.valid("recommendations", at="2025-02-01").tolist()
    [1]
    >>> ledger.states("recommendations", at="2025-03-01").to_dict()
    {1: 'withdrawn', 2: 'expired'}
    >>> ledger.verify()
    True
    """

    def __init__(self, consents: pd.DataFrame | None = None, *, now: Moment | None = None) -> None:
        self._now = None if now is None else moment(now, "now")
        self._parts: list[pd.DataFrame] = [] if consents is None else [clean_choices(consents, latest=self.latest)]
        self._chain = Chain()
        self._erasures = no_erasures()
        self._records: pd.DataFrame | None = None
        self._ids: set[str] | None = None  # as texts with their types, gathered when the first choice is entered
        self._sealed = consents is None
        self.name = f"consent ledger {next(_numbers)}"

    @classmethod
    def granting(
        cls,
        customer_ids: Iterable[Any],
        purposes: Iterable[str],
        *,
        source: str,
        since: Moment = "1900-01-01",
        basis: str = "consent",
    ) -> ConsentLedger:
        """A ledger for people whose data you may use on another ground, which `source` names and the gate then shows.

        For published research data, for instance, where each person agreed to the release and there is no table of it.

        >>> ledger = ConsentLedger.granting([1, 2], ["analytics"], source="MovieLens research licence")
        >>> len(ledger.valid("analytics", at="1997-09-20"))
        2
        """
        ids, ledger = wanted_ids(customer_ids), cls()
        for purpose in purposes:
            ledger.grant(ids, purpose, at=since, source=source, basis=basis)
        return ledger

    @property
    def records(self) -> pd.DataFrame:
        """Every choice that is held, in the order of entry (a copy); the index is the number of the entry."""
        return self._all().copy()

    @property
    def erasures(self) -> pd.DataFrame:
        """What was erased (a copy): when, of how many customers, how many choices. It does not say whose."""
        return self._erasures.copy()

    @property
    def latest(self) -> pd.Timestamp:
        """The present of this ledger: nothing in it can be dated later. Without `now`, the latest on any clock."""
        return latest_now() if self._now is None else self._now

    @property
    def head(self) -> str:
        """The digest that commits to every entry until now: note it elsewhere, and `verify` can be held to it."""
        self._seal()
        return self._chain.head

    def __len__(self) -> int:
        return sum(len(part) for part in self._parts)

    def __repr__(self) -> str:
        return f"ConsentLedger({len(self):,} choices of {self._all()['customer_id'].nunique():,} customers)"

    def grant(
        self,
        customer_ids: Any,
        purpose: str,
        *,
        at: Moment,
        source: str = "ledger",
        basis: str = "consent",
        version: str | None = None,
        expires: Moment | None = None,
        valid_for: str | timedelta | pd.DateOffset | None = None,
    ) -> None:
        """Record that customers (one id or many) agree to a purpose from a moment on.

        Parameters
        ----------
        customer_ids : a single id (a tuple is one), an iterable of ids, or a table with the column `customer_id`
        purpose : str
        at : str, date, datetime or Timestamp
            From when, not in the future; a day without a time means its beginning.
        source, version : str
            Where the choice was made, and which version of the text was agreed to.
        basis : str, default "consent"
            The lawful basis of GDPR, article 6(1): consent, contract, legal_obligation, vital_interests, public_task
            or legitimate_interests.
        expires : str, date, datetime or Timestamp, optional
            The last moment at which it holds; a day without a time means its end.
        valid_for : str, timedelta or DateOffset, optional
            In place of `expires`: how long it holds, such as `"365 days"` or `pd.DateOffset(years=2)`.

        Raises
        ------
        UnknownNameError
            Unknown purpose.
        ParameterError
            A moment or a span cannot be read, or the basis is none.
        DataError
            An id is missing, or known in another type (17, "17"); the moment is in the future, or the end before it.
        """
        when = moment(at, day="start")
        until = end_of(when, expires, valid_for)
        self._enter(customer_ids, purpose, True, when, source=source, basis=basis, version=version, expires=until)

    def withdraw(
        self,
        customer_ids: Any,
        purpose: str,
        *,
        at: Moment,
        source: str = "ledger",
        basis: str = "consent",
        version: str | None = None,
    ) -> None:
        """Record that customers (one id or many) refuse a purpose, take consent back, or object, from a moment on.

        `basis` is what they turn against: "legitimate_interests" makes it an objection (GDPR, article 21). It counts
        whatever the basis was. The other parameters and the errors are those of `grant`.
        """
        when = moment(at, day="start")
        self._enter(customer_ids, purpose, False, when, source=source, basis=basis, version=version, expires=pd.NaT)

    def valid(self, purpose: str, at: Moment) -> pd.Index:
        """Ids of the customers whose consent to a purpose holds at a moment (of a day: at its end), each once."""
        states = self.states(purpose, at)
        return states.index[states == "granted"]

    def states(self, purpose: str, at: Moment) -> pd.Series:
        """What holds at a moment for each customer who was asked by then: granted, expired, refused or withdrawn.

        A million choices take about 0.1 s.

        >>> ledger = ConsentLedger()
        >>> ledger.withdraw([1, 2], "image", at="2025-01-01")
        >>> ledger.grant(2, "image", at="2025-01-02")
        >>> ledger.states("image", at="2025-01-09").to_dict()
        {1: 'refused', 2: 'granted'}
        """
        named, until = purpose_named(purpose), moment(at)
        records = self._all()
        asked = records.loc[(records["purpose"] == named) & (records["timestamp"] <= until)]
        return states_at(asked, until).rename(named)

    def known(self) -> pd.Index:
        """Ids of all customers who have any record, at any time."""
        return pd.Index(self._all()["customer_id"].drop_duplicates())

    def sources(self, purpose: str, at: Moment) -> list[str]:
        """Where the choices about a purpose up to a moment were made."""
        records = self._all()
        asked = (records["purpose"] == purpose_named(purpose)) & (records["timestamp"] <= moment(at))
        return sorted(records.loc[asked, "source"].dropna().unique().tolist())

    def history(self, customer_id: Hashable) -> pd.DataFrame:
        """Every choice of one customer, the oldest first: what the right of access (GDPR, article 15) asks for.

        Returns
        -------
        DataFrame of timestamp, purpose, choice (granted, refused, or withdrawn after a grant), basis, expires, source,
        version. Empty where nothing is recorded of her.

        Raises
        ------
        DataError
            Nothing is recorded of 17, but of "17", or the other way round.

        Examples
        --------
        >>> ledger = ConsentLedger()
        >>> ledger.grant("ada", "image", at="2025-01-02 10:00", version="2025-01")
        >>> ledger.withdraw("ada", "image", at="2025-03-01 09:30")
        >>> ledger.history("ada")["choice"].tolist()
        ['granted', 'withdrawn']
        """
        records, hers = self._all(), self._meant([customer_id], "history")
        return choices_of(records.loc[records["customer_id"].isin(hers)])

    held_about = history

    def verify(self, head: str | None = None) -> bool:
        """Whether every entry is as it was sealed: none changed, dropped, added between others or put in another order.

        Parameters
        ----------
        head : str, optional
            What `head` was at some earlier time, noted where the ledger's keeper cannot change it. Without it, somebody
            who can rewrite the whole ledger, digests included, is not found out.

        Examples
        --------
        >>> ledger = ConsentLedger()
        >>> ledger.grant([1, 2], "image", at="2025-01-02")
        >>> noted = ledger.head
        >>> ledger.withdraw(1, "image", at="2025-01-05")
        >>> ledger.forget([2])
        1
        >>> ledger.verify(noted), ledger.verify("0" * 64)
        (True, False)
        """
        return not self._faults(head)

    def forget(self, customer_ids: Any) -> int:
        """Erase every choice of customers (one id or many); their number stays, not who they were.

        Returns how many choices were erased. The chain still verifies; what is left of each is a digest whose random
        salt is destroyed. A file that was saved before still has them: save again.
        A DataError where nothing is recorded of 17, but of "17", or the other way round; or nothing of the one id
        (17, 18), but of 17.
        """
        self._seal()
        records = self._all()
        hers = records["customer_id"].isin(self._meant(customer_ids, "forget"))
        if not (erased := int(hers.sum())):
            return 0
        customers = int(records.loc[hers, "customer_id"].nunique())
        self._chain.erase(records.index[hers].tolist())
        self._parts, self._records, self._ids = [records.loc[~hers]], None, None
        line = {
            "timestamp": [clock() if self._now is None else self._now],
            "customers": [customers],
            "choices": [erased],
        }
        entry = pd.DataFrame(line, index=[len(self._chain)]).astype({"timestamp": "datetime64[us]"})
        self._chain.add(erasure_contents(entry))
        self._erasures = pd.concat([self._erasures, entry]) if len(self._erasures) else entry
        return erased

    def save(self, path: str | PathLike[str]) -> None:
        """Write the ledger, chain included, to a Parquet file; an older file of that name is replaced as a whole."""
        from personakit.privacy.consent.files import write_ledger

        self._seal()
        write_ledger(path, self._all(), self._erasures, self._chain)

    @classmethod
    def load(cls, path: str | PathLike[str], *, head: str | None = None, now: Moment | None = None) -> ConsentLedger:
        """Read a ledger that `save` wrote, and verify it.

        A `head` that was noted earlier must be in the chain; `now` is as for `ConsentLedger`. A DataError says what is
        wrong where the file is no saved ledger, or which entries were changed.
        """
        from personakit.privacy.consent.files import read_ledger

        ledger = cls(now=now)
        choices, ledger._erasures, ledger._chain = read_ledger(path)
        ledger._parts = [choices]
        if faults := ledger._faults(head):
            raise DataError(
                f"{path} is not the ledger that was saved: {'; '.join(faults)}. Take the last copy that verifies, and "
                "find out who wrote to this file."
            )
        return ledger

    def _meant(self, customer_ids: Any, asked: str) -> pd.Index:
        """The customers that are meant, none of them recorded in another type only."""
        meant = wanted_ids(customer_ids)
        check_types_of_ids(meant, self.known(), f"ConsentLedger.{asked}")
        return meant

    def _enter(self, customer_ids: Any, purpose: str, granted: bool, when: pd.Timestamp, **fields: Any) -> None:
        fields["basis"] = basis_named(fields["basis"])
        rows = pd.DataFrame({"customer_id": id_column(customer_ids), "purpose": purpose_named(purpose)})
        choices = clean_choices(rows.assign(granted=granted, timestamp=when, **fields), latest=self.latest)
        known = set(id_texts(self.known())) if self._ids is None else self._ids
        known |= refuse_twins(choices["customer_id"], known)
        self._ids = known
        self._seal()
        choices.index = pd.RangeIndex(len(self._chain), len(self._chain) + len(choices))
        self._chain.add(choice_contents(choices))
        self._parts.append(choices)
        self._records = None

    def _seal(self) -> None:
        """Take the table that was handed over into the chain."""
        if not self._sealed:
            self._chain.add(choice_contents(self._all()))
            self._sealed = True

    def _faults(self, head: str | None) -> list[str]:
        """What does not agree with the chain, in words."""
        self._seal()
        choices, erasures, chain = self._all(), self._erasures, self._chain
        entries = [*choices.index.tolist(), *erasures.index.tolist()]
        contents = [*choice_contents(choices), *erasure_contents(erasures)]
        return chain.faults(entries, contents, erased=int(erasures["choices"].sum()), head=head)

    def _all(self) -> pd.DataFrame:
        if self._records is None:
            parts = [part for part in self._parts if len(part)]
            self._records = parts[0] if len(parts) == 1 else parts_together(parts) if parts else no_choices()
            self._parts = [self._records]
        return self._records
