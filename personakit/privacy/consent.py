"""The consent ledger: who said yes or no to which purpose, from when, and never a line taken back.

What holds at a moment is each customer's latest choice at or before it. Of two choices at the very same moment the
refusal wins, as consent must be unambiguous (GDPR, article 4(11)).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from itertools import count
from typing import Any

import numpy as np
import pandas as pd

from personakit.errors import ConsentError, DataError, some
from personakit.privacy.moments import moment
from personakit.privacy.purposes import purpose_named

__all__ = ["ConsentLedger", "ledger_of", "with_ledger"]

Moment = str | date | datetime | np.datetime64 | pd.Timestamp
_COLUMNS = ["customer_id", "purpose", "granted", "timestamp", "source"]
_numbers = count(1)
_YES = {True: True, False: False, "true": True, "false": False, "yes": True, "no": False, "1": True, "0": False}


class ConsentLedger:
    """An append-only record of consent, asked by purpose and moment.

    Parameters
    ----------
    consents : DataFrame, optional
        The canonical `consents` table: customer_id, purpose, granted, timestamp, and source where there is one. It is
        copied; what happens to it afterwards does not matter.

    Raises
    ------
    DataError
        Where a column is missing, a customer, purpose or time is missing, or `granted` is neither yes nor no.

    Examples
    --------
    >>> ledger = ConsentLedger()
    >>> ledger.grant(1, "recommendations", at="2025-01-05")
    >>> ledger.withdraw(1, "recommendations", at="2025-03-01")
    >>> ledger.valid("recommendations", at="2025-02-01").tolist()
    [1]
    >>> ledger.valid("recommendations", at="2025-03-01").tolist()
    []
    """

    def __init__(self, consents: pd.DataFrame | None = None) -> None:
        self._parts: list[pd.DataFrame] = [] if consents is None else [_checked(consents)]
        self._records: pd.DataFrame | None = None
        self.name = f"consent ledger {next(_numbers)}"

    @classmethod
    def granting(
        cls, customer_ids: Iterable[Any], purposes: Iterable[str], *, source: str, since: Moment = "1900-01-01"
    ) -> ConsentLedger:
        """A ledger for people whose data you may use on another ground, which `source` names and the gate then shows.

        For published research data, for instance, where each person agreed to the release and there is no table of it.

        >>> ledger = ConsentLedger.granting([1, 2], ["analytics"], source="MovieLens research licence")
        >>> len(ledger.valid("analytics", at="1997-09-20"))
        2
        """
        ids, ledger = pd.Index(list(customer_ids)).unique(), cls()
        for purpose in purposes:
            ledger.grant(ids, purpose, at=since, source=source)
        return ledger

    @property
    def records(self) -> pd.DataFrame:
        """Every choice ever recorded, in the order of entry (a copy)."""
        return self._all().copy()

    def __len__(self) -> int:
        return sum(len(part) for part in self._parts)

    def __repr__(self) -> str:
        return f"ConsentLedger({len(self):,} choices of {self._all()['customer_id'].nunique():,} customers)"

    def grant(self, customer_ids: Any, purpose: str, *, at: Moment, source: str = "ledger") -> None:
        """Record that customers (one id or many) agree to a purpose from a moment on."""
        self._append(customer_ids, purpose, True, at, source)

    def withdraw(self, customer_ids: Any, purpose: str, *, at: Moment, source: str = "ledger") -> None:
        """Record that customers (one id or many) refuse a purpose, or take their consent back, from a moment on."""
        self._append(customer_ids, purpose, False, at, source)

    def valid(self, purpose: str, at: Moment) -> pd.Index:
        """Ids of the customers whose consent to a purpose holds at a moment.

        Parameters
        ----------
        purpose : str
        at : str, date, datetime or Timestamp
            A day without a time means its end.

        Returns
        -------
        Index of unique customer ids, in the order of their first record of that purpose
        """
        states = self.states(purpose, at)
        return states.index[states == "granted"]

    def states(self, purpose: str, at: Moment) -> pd.Series:
        """What holds at a moment for each customer who was asked by then: granted, refused or withdrawn.

        >>> ledger = ConsentLedger()
        >>> ledger.withdraw([1, 2], "image", at="2025-01-01")
        >>> ledger.grant(2, "image", at="2025-01-02")
        >>> ledger.states("image", at="2025-01-09").to_dict()
        {1: 'refused', 2: 'granted'}
        """
        named, until = purpose_named(purpose), moment(at)
        records = self._all()
        asked = records.loc[(records["purpose"] == named) & (records["timestamp"] <= until)]
        by_time = asked.sort_values(["timestamp", "granted"], ascending=[True, False], kind="stable")  # refusals last
        latest = by_time.groupby("customer_id", sort=False)["granted"].agg(["last", "any"])
        latest = latest.reindex(asked["customer_id"].drop_duplicates())
        words = np.select([latest["last"], latest["any"]], ["granted", "withdrawn"], "refused")
        return pd.Series(words, index=latest.index, name=named, dtype=object)

    def known(self) -> pd.Index:
        """Ids of all customers who have any record, at any time."""
        return pd.Index(self._all()["customer_id"].drop_duplicates())

    def sources(self, purpose: str, at: Moment) -> list[str]:
        """Where the choices about a purpose up to a moment were made."""
        records = self._all()
        asked = (records["purpose"] == purpose_named(purpose)) & (records["timestamp"] <= moment(at))
        return sorted(records.loc[asked, "source"].dropna().astype(str).unique().tolist())

    def _append(self, customer_ids: Any, purpose: str, granted: bool, at: Moment, source: str) -> None:
        alone = isinstance(customer_ids, (str, bytes)) or not isinstance(customer_ids, Iterable)
        ids = pd.Series([customer_ids] if alone else list(customer_ids))
        # A choice made on a day without a time holds from the beginning of that day.
        when = moment(at, day="start")
        rows = pd.DataFrame({"customer_id": ids, "purpose": purpose_named(purpose), "granted": granted})
        self._parts.append(_checked(rows.assign(timestamp=when, source=source)))
        self._records = None

    def _all(self) -> pd.DataFrame:
        if self._records is None:
            parts = [part for part in self._parts if len(part)]
            empty = pd.DataFrame({"customer_id": [], "purpose": [], "granted": [], "timestamp": [], "source": []})
            joined = pd.concat(parts, ignore_index=True) if parts else empty
            self._records = joined.astype({"granted": bool, "timestamp": "datetime64[us]"})
            self._parts = [self._records]
        return self._records


class _Carried(str):
    """A frame's way to carry its ledger in `attrs`.

    pandas copies `attrs` deeply, compares them on concat, and writes them to Parquet as JSON. A name that knows its
    ledger is cheap to copy (the ledger is shared: a withdrawal reaches every frame), has a plain truth value when
    compared, and can be written.
    """

    ledger: ConsentLedger

    def __new__(cls, ledger: ConsentLedger) -> _Carried:
        carried = super().__new__(cls, ledger.name)
        carried.ledger = ledger
        return carried

    def __copy__(self) -> _Carried:
        return self

    def __deepcopy__(self, memo: object) -> _Carried:
        return self


def with_ledger(frame: pd.DataFrame, ledger: ConsentLedger) -> pd.DataFrame:
    """The same frame, carrying a ledger that `gate` will find (a shallow copy).

    >>> frame = with_ledger(pd.DataFrame({"customer_id": [1]}), ConsentLedger())
    >>> len(ledger_of(frame.query("customer_id > 0")))
    0
    """
    copy = frame.copy(deep=False)
    copy.attrs = {**frame.attrs, "consents": _Carried(ledger)}
    return copy


def ledger_of(frame: pd.DataFrame) -> ConsentLedger:
    """The ledger that a frame carries.

    Raises
    ------
    ConsentError
        Where it carries none, for instance because it was read from a file or joined from two tables.
    """
    carried = frame.attrs.get("consents")
    if isinstance(carried, _Carried):
        return carried.ledger
    raise ConsentError(
        "This table carries no record of consent, so nobody in it can be shown to have agreed. Pass consents=, a table "
        "of customer_id, purpose, granted, timestamp, or ledger=, a ConsentLedger. A table loses its ledger when it is "
        "written to a file or put together from several. Published research data have none: state the ground with "
        "ConsentLedger.granting(customer_ids, purposes, source=...)."
    )


def _checked(consents: pd.DataFrame) -> pd.DataFrame:
    """A clean copy of a consents table, or an error that says which rows are wrong."""
    missing = [name for name in _COLUMNS[:4] if name not in consents.columns]
    if missing:
        raise DataError(
            f"consents has no column {', '.join(missing)}; it has {', '.join(map(str, consents.columns))}. It needs "
            "customer_id, purpose, granted and timestamp: rename yours, for example consents.rename(columns={...})."
        )
    table = consents.reindex(columns=_COLUMNS).reset_index(drop=True)
    table.attrs = {}
    for name in ("customer_id", "purpose", "timestamp"):
        _reject(
            table[name].isna(),
            table,
            name,
            "missing values",
            "A choice without it cannot be honoured: find out or drop",
        )
    try:
        times = pd.to_datetime(table["timestamp"], errors="coerce")
    except ValueError as problem:
        raise DataError(
            "consents.timestamp mixes time zones, or times with and without one. Convert all of them to the shop's own "
            "time zone and drop the zone."
        ) from problem
    _reject(
        times.isna(), table, "timestamp", "values that are no time", "Write them as 2025-12-31 10:30: correct or drop"
    )
    if getattr(times.dt, "tz", None) is not None:
        raise DataError(
            f"consents.timestamp is in the time zone {times.dt.tz}, and the other tables have none. Convert it first: "
            "consents['timestamp'].dt.tz_convert('Europe/London').dt.tz_localize(None)."
        )
    if not pd.api.types.is_bool_dtype(table["granted"]) or table["granted"].isna().any():
        granted = table["granted"].map(
            lambda value: _YES.get(value.strip().lower() if isinstance(value, str) else value)
        )
        _reject(
            granted.isna(),
            table,
            "granted",
            "values that are neither yes nor no",
            "Use true and false: correct or drop",
        )
        table["granted"] = granted
    table["granted"] = table["granted"].astype(bool)
    table["purpose"] = table["purpose"].astype(str).astype(object)
    table["source"] = table["source"].astype(object)
    table["timestamp"] = times.astype("datetime64[us]")
    return table


def _reject(wrong: pd.Series, table: pd.DataFrame, name: str, what: str, remedy: str) -> None:
    if wrong.any():
        rows = table.index[wrong]
        raise DataError(
            f"consents.{name} has {int(wrong.sum())} {what} (rows {some(rows)}: {some(table.loc[rows, name])}). "
            f"{remedy} these rows."
        )
