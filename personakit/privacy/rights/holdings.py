"""What a shop holds about people, by name: the record of processing (GDPR, article 30) that answers their rights."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from os import PathLike
from typing import TYPE_CHECKING, Any

import pandas as pd

from personakit.data.tables import Tables
from personakit.errors import DataError, some
from personakit.privacy.binding import purpose_of
from personakit.privacy.gate_rows import NOT_ABOUT_PEOPLE
from personakit.privacy.ids import listed
from personakit.privacy.moments import Moment
from personakit.privacy.rights.decisions import (
    DECISION_COLUMNS,
    DECISION_MEANINGS,
    checked_decisions,
    decided_rows,
    last_number,
)
from personakit.privacy.rights.kinds import check_customer
from personakit.privacy.rights.register import Register

if TYPE_CHECKING:
    from personakit.privacy.rights.access import Export
    from personakit.privacy.rights.receipts import Receipt
    from personakit.privacy.rights.transparency import Explanation

__all__ = ["Holdings"]

# What a shop like Larkspur has each table for, until `describe` says otherwise.
_USUAL: dict[str, tuple[str, str]] = {
    "customers": ("keeping the customer's account", "contract"),
    "identities": ("recognising a customer in several systems", "legitimate_interests"),
    "sessions": ("running the shop", "legitimate_interests"),
    "interactions": ("running the shop", "legitimate_interests"),
    "order_lines": ("delivering orders and taking returns", "contract"),
    "ratings": ("showing ratings in the shop", "legitimate_interests"),
    "reviews": ("showing reviews in the shop", "legitimate_interests"),
    "messages": ("answering the customer", "contract"),
    "contacts": ("advertising to the customer", "consent"),
    "exposures": ("choosing what the shop shows", "legitimate_interests"),
    "consents": ("proving who agreed to what", "legal_obligation"),
}


class Holdings(Register):
    """Everything held about people, each under a name, with its purpose, its lawful basis and for how long.

    From it follow a person's rights: `export` (access and portability), `erase`, and `explain_use` (transparency).
    Only what is registered here is found: a copy of a table in a variable elsewhere is not.

    Parameters
    ----------
    tables : mapping of name to DataFrame, optional
        Canonical tables or your own. A table about people has a customer_id, or a record_id that `links` knows;
        `products` and `prices` are passed over. From now on work with `holdings.tables`: an erasure puts new tables in
        their place, in the dict that was given too.
    ledger : ConsentLedger, optional
    links : dict, Series or DataFrame, optional
        Whose each record of `identities` is: record_id to customer_id.
    stores, models, caches, indexes : mapping of name to thing, optional
        Stores and models have `forget(customer_ids)` where they can, and `held_about(customer_id)`. A model without
        `forget` is marked for retraining. A cache is a dict by customer, or has `forget` or `cache_clear`; an index has
        `forget`, or `remove(key)` and `in`.
    decisions : DataFrame, optional
        The log of decisions: decision_id, customer_id, timestamp, purpose, model, decided, why.

    Raises
    ------
    DataError
        A table of which it cannot be told whose rows these are.

    Examples
    --------
    >>> orders = pd.DataFrame({"customer_id": [1, 2, 2], "unit_price": [9.0, 5.0, 4.0]})
    >>> holdings = Holdings(tables={"order_lines": orders}, caches={"lists": {1: ["tea"], 2: ["cup"]}})
    >>> receipt = holdings.erase(2, at="2025-12-31")
    >>> print(receipt)
    Receipt 1, 2025-12-31T23:59:59.999999: the customer asked for it.
      order_lines (table): 2 rows, deleted.
      lists (cache): 1 row, deleted.
    >>> len(holdings.tables["order_lines"]), receipt.verify(2, receipt.token)
    (1, True)
    """

    def __init__(
        self,
        tables: Mapping[str, pd.DataFrame] | None = None,
        ledger: Any = None,
        *,
        links: Mapping[Any, Any] | pd.Series | pd.DataFrame | None = None,
        stores: Mapping[str, Any] | None = None,
        models: Mapping[str, Any] | None = None,
        caches: Mapping[str, Any] | None = None,
        indexes: Mapping[str, Any] | None = None,
        decisions: pd.DataFrame | None = None,
    ) -> None:
        from personakit.privacy.rights.erasure import Pending

        given = {"tables": tables, "stores": stores, "models": models, "caches": caches, "indexes": indexes}
        for name, things in given.items():
            if things is not None and not isinstance(things, Mapping):
                raise DataError(
                    f"Holdings: {name} is a {type(things).__name__}, and things are held under names. Pass a dict, "
                    f"such as {name}={{'name': thing}}."
                )
        super().__init__()
        self._given = tables
        self._receipts: list[Receipt] = []
        self._pending: dict[str, Pending] = {}
        self._erased: set[str] = set()
        self._aside: dict[str, pd.DataFrame] = {}
        if links is not None:
            usual = "recognising a customer in several systems"
            self.add("links", _as_links(links), kind="links", purpose=usual, basis="legitimate_interests")
        for name, table in (tables or {}).items():
            people = not isinstance(table, pd.DataFrame) or "customer_id" in table.columns
            if name in NOT_ABOUT_PEOPLE and not people:
                self._aside[name] = table
            else:
                purpose, basis = _USUAL.get(name, ("not stated", None))
                self.add(name, table, kind="table", purpose=purpose, basis=basis)
        if ledger is not None:
            self.add("ledger", ledger, kind="ledger", purpose=_USUAL["consents"][0], basis="legal_obligation")
        for kind, things in (("store", stores), ("model", models), ("cache", caches), ("index", indexes)):
            for name, thing in (things or {}).items():
                self.add(name, thing, kind=kind, purpose=purpose_of(thing) or "not stated")
        log = checked_decisions(pd.DataFrame(columns=DECISION_COLUMNS) if decisions is None else decisions)
        self._last_decision = last_number(log)
        purpose = "showing which decisions were made about a customer, and why"
        self.add(
            "decisions", log, kind="decisions", purpose=purpose, basis="legal_obligation", meanings=DECISION_MEANINGS
        )

    @property
    def tables(self) -> Tables:
        """The tables as they are now, those that are not about people included."""
        frames = {holding.name: holding.thing for holding in self if holding.kind == "table"} | self._aside
        return self._given.replace(frames) if isinstance(self._given, Tables) else Tables(frames)

    @property
    def decisions(self) -> pd.DataFrame:
        """The log of decisions (a copy): decision_id, customer_id, timestamp, purpose, model, decided, why."""
        return self["decisions"].thing.copy()

    @property
    def receipts(self) -> tuple[Receipt, ...]:
        """The receipts of all erasures, in order, without their tokens."""
        return tuple(self._receipts)

    def log(
        self,
        customer_ids: Any,
        *,
        purpose: str,
        model: str,
        decided: Any,
        at: Moment,
        why: Any = "",
    ) -> list[str]:
        """Log decisions about customers; returns their ids.

        Parameters
        ----------
        customer_ids : a single id, an iterable of ids, or a table with the column `customer_id`
        purpose : str
            One of `personakit.privacy.purposes()`.
        model : str
            What decided: the name of a model or a rule.
        decided, why : str, or as many as there are customers
            The outcome and its reason, in words that the customer would understand.
        at : str, date, datetime or Timestamp

        >>> holdings = Holdings()
        >>> holdings.log([1, 2], purpose="recommendations", model="ease", decided="showed tea", at="2025-12-31 10:00")
        ['d1', 'd2']
        """
        customers = listed(customer_ids)
        for customer_id in customers:
            check_customer(customer_id, "log")
        rows = decided_rows(customers, purpose, model, decided, why, at, first=self._last_decision + 1)
        self["decisions"].thing = pd.concat([self["decisions"].thing, rows], ignore_index=True)
        self._last_decision += len(rows)
        return rows["decision_id"].tolist()

    def export(self, customer_id: Any, *, at: Moment | None = None) -> Export:
        """Everything held about a customer in one document (GDPR, articles 15 and 20): see `Export`."""
        from personakit.privacy.rights.access import export_of

        return export_of(self, customer_id, at=at)

    def explain_use(self, customer_id: Any, *, at: Moment | None = None) -> Explanation:
        """In plain words: what is known, what for, what it decided, and how to object: see `Explanation`."""
        from personakit.privacy.rights.transparency import explanation_of

        return explanation_of(self, customer_id, at=at)

    def erase(
        self,
        customer_id: Any,
        *,
        at: Moment,
        deadline_days: int = 30,
        reason: str = "request",
        key: str | PathLike[str] | bytes | None = None,
    ) -> Receipt:
        """Erase a customer from everything registered (GDPR, article 17): all of it, or with an error nothing.

        Copies without her are made ready first. Then stores and others that cannot be copied are asked to forget, one
        after the other, and last the copies are put in place. If a store fails, those before it have forgotten her for
        good; the error names them, and a second call does the rest. Models without `forget` are marked for retraining.

        Parameters
        ----------
        customer_id : hashable
        at : str, date, datetime or Timestamp
            When; from then the deadline counts.
        deadline_days : int, default 30
            By when marked models must be retrained.
        reason : str, default "request"
            One of `personakit.privacy.rights.receipts.GROUNDS`; no free text, as it might name her.
        key : bytes or path, optional
            A secret kept apart (`new_key`): then `was_erased` and `append` notice her if she comes back by mistake.

        Returns
        -------
        Receipt
            With the token for the customer in `token`. A customer of whom nothing is held gets one too, saying so.

        Raises
        ------
        ErasureError
            Something could not forget her; what, and what stands now, is in the text.
        """
        from personakit.privacy.rights.erasure import erase_from

        return erase_from(self, customer_id, at=at, deadline_days=deadline_days, reason=reason, key=key)

    def due(self, at: Moment | None = None) -> pd.DataFrame:
        """The models to retrain: holding, marked, deadline, erased (customers still in it), overdue."""
        from personakit.privacy.rights.erasure import due_in

        return due_in(self, at)

    def check_current(self, model: Any, at: Moment | None = None) -> None:
        """Warn where a model, given or named, awaits retraining; ErasureError where its deadline has passed."""
        from personakit.privacy.rights.erasure import check_current

        check_current(self, model, at)

    def replace(self, name: str, model: Any) -> None:
        """Put a retrained model in the place of one that was marked.

        Raises
        ------
        DataError
            It is the same object, or knows customers of whom no table holds anything.
        """
        from personakit.privacy.rights.erasure import put_retrained

        put_retrained(self, name, model)

    def was_erased(self, customer_id: Any, key: str | PathLike[str] | bytes | None) -> bool:
        """Whether this customer was erased with that key; keyed digests are kept, not ids."""
        from personakit.privacy.rights.erasure import suppressed

        return bool(suppressed(self, [customer_id], key)[0])

    def append(self, name: str, rows: pd.DataFrame, *, key: str | PathLike[str] | bytes | None = None) -> None:
        """Append rows to a table; with the key of the erasures, refuse those of customers who were erased.

        Raises
        ------
        DataError
            Rows of erased customers, or columns that the table does not have.
        """
        from personakit.privacy.rights.erasure import append_rows

        append_rows(self, name, rows, key)

    def _put(self, name: str, table: pd.DataFrame) -> None:
        """Put a table in the place of the old one, in the caller's dict too."""
        self[name].thing = table
        if isinstance(self._given, MutableMapping) and name in self._given:
            self._given[name] = table


def _as_links(links: Mapping[Any, Any] | pd.Series | pd.DataFrame) -> pd.DataFrame:
    if isinstance(links, pd.DataFrame):
        if wrong := [name for name in ("record_id", "customer_id") if name not in links.columns]:
            raise DataError(
                f"links has no column {some(wrong)} (it has {some(links.columns, 12)}). It needs record_id and "
                "customer_id: rename yours."
            )
        return links[["record_id", "customer_id"]].reset_index(drop=True)
    if not isinstance(links, (Mapping, pd.Series)):
        raise DataError(
            f"Holdings: links is a {type(links).__name__}. Pass a dict or a Series from record_id to customer_id, or a "
            "DataFrame of both."
        )
    series = pd.Series(dict(links), dtype=object).infer_objects() if isinstance(links, Mapping) else links
    return pd.DataFrame({"record_id": series.index, "customer_id": series.to_numpy()})
