"""The gate: the only way on for data about people, and only for a purpose that each of them agreed to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any

import pandas as pd

from personakit.errors import ConsentError, DataError, ParameterError, some
from personakit.privacy.consent import ConsentLedger, Moment, ledger_of, with_ledger
from personakit.privacy.moments import moment
from personakit.privacy.purposes import purpose_named, purposes

__all__ = ["Permitted", "gate"]

REASONS = ("refused", "withdrawn", "never asked", "unknown customer")
_NOT_ABOUT_PEOPLE = frozenset({"products", "prices"})


@dataclass(frozen=True)
class Permitted:
    """Data about those who agreed, and a count of those who did not. Later rooms take it wherever they take a frame.

    Attributes
    ----------
    purpose : str
        What the data may be used for.
    at : Timestamp
        The moment at which consent was looked up.
    kept_back : dict
        Customers kept back by reason: refused, withdrawn, never asked (about this purpose, by that moment), unknown
        customer (no record of consent at all, or a row without an id).
    tables : dict of DataFrame
        The gated tables; one named `frame` where a single frame was given.
    """

    purpose: str
    at: pd.Timestamp
    kept_back: dict[str, int]
    tables: dict[str, pd.DataFrame] = field(repr=False)
    left_out: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    @property
    def frame(self) -> pd.DataFrame:
        """The gated frame; of several tables, `customers`."""
        for name in ("frame", "customers"):
            if name in self.tables:
                return self.tables[name]
        raise ConsentError(
            f"Several tables were gated ({', '.join(self.tables)}), none of them called customers. "
            "Take the one you mean from .tables."
        )

    @property
    def customer_ids(self) -> pd.Index:
        """Ids of the customers in the frame, each once."""
        return pd.Index(_ids(self.frame, "table").drop_duplicates(), name="customer_id")

    def __len__(self) -> int:
        return len(self.frame)

    def __repr__(self) -> str:
        kept = ", ".join(f"{number:,} {reason}" for reason, number in self.kept_back.items())
        when = f"{self.at:%Y-%m-%d %H:%M}"
        return f"Permitted(purpose={self.purpose!r}, at={when}, {self._passed():,} customers; kept back: {kept})"

    def _passed(self) -> int:
        return len(self.customer_ids) if {"frame", "customers"} & set(self.tables) else 0

    def _repr_html_(self) -> str:
        rows = [("may be used", self._passed()), *self.kept_back.items()]
        body = "".join(
            f"<tr><td>{escape(name)}</td><td style='text-align:right'>{number:,}</td></tr>" for name, number in rows
        )
        notes = [f"consent from: {', '.join(self.sources)}"] if self.sources else []
        notes += (
            [f"left out, as it cannot be told whose rows they are: {', '.join(self.left_out)}"] if self.left_out else []
        )
        meaning = purposes().get(self.purpose, "")
        return (
            f"<table><caption><b>{escape(self.purpose)}</b> on {self.at:%Y-%m-%d %H:%M}: "
            f"{escape(str(meaning))}</caption>"
            f"<thead><tr><th>customers</th><th>number</th></tr></thead><tbody>{body}</tbody></table>"
            + "".join(f"<p>{escape(note)}</p>" for note in notes)
        )


def gate(
    table: pd.DataFrame | Mapping[str, pd.DataFrame] | Permitted | Any,
    purpose: str,
    *,
    at: Moment,
    consents: pd.DataFrame | None = None,
    ledger: ConsentLedger | None = None,
) -> Permitted:
    """Let pass the rows of customers who agree, at that moment, to that purpose; count everybody else.

    The latest choice at or before `at` counts; of two at the same moment, the refusal. Silence is no consent.

    Parameters
    ----------
    table : DataFrame, mapping of DataFrames, Ibis table, or Permitted
        With a column (or an index) customer_id. Of a mapping of canonical tables, every table is gated; `products` and
        `prices` pass, and other tables without customer_id (such as `identities`) are left out and named.
    purpose : str
        One of `personakit.privacy.purposes()`.
    at : str, date, datetime or Timestamp
        A day without a time means its end: what a customer withdrew in the course of that day is withdrawn.
    consents : DataFrame, optional
        The canonical consents table. Needed where the table carries no ledger (profiles do) and no consents table.
    ledger : ConsentLedger, optional
        In place of `consents`.

    Returns
    -------
    Permitted
        `.frame`, `.purpose`, `.at`, `.kept_back`. The frame's `attrs` say the purpose, too.

    Raises
    ------
    UnknownNameError
        Unknown purpose.
    ConsentError
        No record of consent is to be found.
    DataError
        The table has no customer_id.
    ParameterError
        `at` cannot be read; or both `consents` and `ledger` are given.

    Examples
    --------
    >>> people = pd.DataFrame({"customer_id": [1, 2, 3], "spent": [10.0, 20.0, 30.0]})
    >>> said = pd.DataFrame({"customer_id": [1, 2], "purpose": "analytics", "granted": [True, False],
    ...                      "timestamp": pd.to_datetime(["2025-01-01", "2025-01-01"])})
    >>> allowed = gate(people, "analytics", at="2025-06-30", consents=said)
    >>> allowed.frame["spent"].tolist(), allowed.kept_back["refused"], allowed.kept_back["unknown customer"]
    ([10.0], 1, 1)
    """
    named, until = purpose_named(purpose), moment(at)
    if consents is not None and ledger is not None:
        raise ParameterError(
            "gate: consents and ledger are both given. Pass one of them, so that it is clear which counts."
        )
    tables = _as_tables(table)
    if consents is not None:
        ledger = ConsentLedger(consents)
    elif ledger is None:
        ledger = ConsentLedger(tables["consents"]) if "consents" in tables else _carried(tables)
    people = {name: part for name, part in tables.items() if _has_ids(part)}
    if not people:
        what = ", ".join(map(str, next(iter(tables.values())).columns)) if len(tables) == 1 else ", ".join(tables)
        raise DataError(
            f"gate: the table has no column customer_id (it has {what}), so it cannot be told whose rows these are. "
            "Rename the column that names the customer to customer_id."
        )
    ids = {name: _ids(part, name) for name, part in people.items()}
    everyone = pd.concat([column.astype(object) for column in ids.values()], ignore_index=True)
    _same_kind_of_id(everyone, ledger)
    states = ledger.states(named, until)
    may = states.index[states == "granted"]
    passed = {
        name: _marked(part.loc[ids[name].isin(may).to_numpy()], named, until, ledger) for name, part in people.items()
    }
    kept = {name: part for name, part in tables.items() if name in _NOT_ABOUT_PEOPLE and name not in people}
    return Permitted(
        purpose=named,
        at=until,
        kept_back=_reasons(everyone, states, ledger),
        tables={name: passed.get(name, kept.get(name)) for name in tables if name in passed or name in kept},  # type: ignore[misc]
        left_out=tuple(name for name in tables if name not in passed and name not in kept),
        sources=tuple(ledger.sources(named, until)),
    )


def _as_tables(table: Any) -> dict[str, pd.DataFrame]:
    if isinstance(table, Permitted):
        return dict(table.tables)
    if isinstance(table, pd.DataFrame):
        return {"frame": table}
    if isinstance(table, Mapping):
        return {str(name): part if isinstance(part, pd.DataFrame) else part.to_pandas() for name, part in table.items()}
    if hasattr(table, "to_pandas"):
        return {"frame": table.to_pandas()}
    raise DataError(
        f"gate: a table of people is expected, a {type(table).__name__} was given. Pass a DataFrame with a column "
        "customer_id, or a dict of canonical tables."
    )


def _carried(tables: dict[str, pd.DataFrame]) -> ConsentLedger:
    for part in tables.values():
        if "consents" in part.attrs:
            return ledger_of(part)
    return ledger_of(pd.DataFrame())  # raises, saying what to do


def _has_ids(table: pd.DataFrame) -> bool:
    return "customer_id" in table.columns or table.index.name == "customer_id"


def _ids(table: pd.DataFrame, name: str) -> pd.Series:
    if "customer_id" not in table.columns:
        return pd.Series(table.index, index=table.index)
    if (many := int((table.columns == "customer_id").sum())) > 1:
        raise DataError(f"{name} has {many} columns called customer_id. Keep the one that names the customer.")
    return table["customer_id"]


def _marked(part: pd.DataFrame, purpose: str, at: pd.Timestamp, ledger: ConsentLedger) -> pd.DataFrame:
    marked = with_ledger(part, ledger)
    marked.attrs = {**marked.attrs, "purpose": purpose, "at": at.isoformat()}
    return marked


def _same_kind_of_id(ids: pd.Series, ledger: ConsentLedger) -> None:
    """Nobody would pass where one side has 17 and the other "17", and it would look like a shop that nobody trusts."""
    here, there = pd.Index(ids.dropna().unique()), ledger.known()
    if len(here) and len(there) and not here.isin(there).any() and here.astype(str).isin(there.astype(str)).any():
        raise DataError(
            f"gate: customer_id is {type(here[0]).__name__} in the table ({some(here)}) and "
            f"{type(there[0]).__name__} in the consents ({some(there)}), so nobody is found. "
            "Convert one of them, for example with .astype(str)."
        )


def _reasons(ids: pd.Series, states: pd.Series, ledger: ConsentLedger) -> dict[str, int]:
    """How many customers were kept back, by reason; each row without an id counts as one unknown customer."""
    everybody = pd.Index(ids.dropna().drop_duplicates())
    asked = states.loc[states.index.isin(everybody)]
    silent = everybody[~everybody.isin(states.index)]
    known = silent.isin(ledger.known())
    counts = asked.value_counts()
    numbers = (counts.get("refused", 0), counts.get("withdrawn", 0), known.sum(), (~known).sum() + ids.isna().sum())
    return {reason: int(number) for reason, number in zip(REASONS, numbers, strict=True)}
