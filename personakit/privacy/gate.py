"""The gate: the only way on for data about people, and only for a purpose that each of them agreed to."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from personakit.errors import DataError, ParameterError, some
from personakit.privacy.consent.carried import ledger_of, with_ledger
from personakit.privacy.consent.ledger import ConsentLedger
from personakit.privacy.gate_engine import is_engine_table, kept_back_on_engine, permitted_rows
from personakit.privacy.gate_permitted import Permitted, ids_in
from personakit.privacy.gate_rows import NOT_ABOUT_PEOPLE, only_rows
from personakit.privacy.moments import Moment, moment
from personakit.privacy.purposes import columns_needed, purpose_named

__all__ = ["Permitted", "gate"]

REASONS = ("refused", "withdrawn", "expired", "never asked", "unknown customer")
_WHOLE = frozenset({"consents"})  # the record of consent is not thinned out


def gate(
    table: pd.DataFrame | Mapping[str, pd.DataFrame] | Permitted | Any,
    purpose: str,
    *,
    at: Moment,
    consents: pd.DataFrame | None = None,
    ledger: ConsentLedger | None = None,
    columns: Iterable[str] | None = None,
) -> Permitted:
    """Let pass the rows of customers who agree, at that moment, to that purpose; count everybody else.

    The latest choice at or before `at` counts; of two at the same moment, the refusal. Silence is no consent.

    Parameters
    ----------
    table : DataFrame, mapping of DataFrames, Ibis table, or Permitted
        With a column (or an index) customer_id. Of a mapping of canonical tables, every table is gated; `products` and
        `prices` pass, and other tables without customer_id (such as `identities`) are left out and named. An Ibis table
        is filtered and counted on its engine, and only permitted rows are fetched. What was released before is looked
        up again: at a later moment or for another purpose, fewer may pass.
    purpose : str
        One of `personakit.privacy.purposes()`.
    at : str, date, datetime or Timestamp
        A day without a time means its end: what a customer withdrew in the course of that day is withdrawn.
    consents : DataFrame, optional
        The canonical consents table. Needed where the table carries no ledger (profiles do) and no consents table.
    ledger : ConsentLedger, optional
        In place of `consents`.
    columns : list of str, optional
        The columns that are needed (data minimisation, GDPR, article 5(1)(c)): of the tables of people, the others are
        left out and named; customer_id always passes. By default those that the purpose was registered with, or all.

    Returns
    -------
    Permitted
        `.frame`, `.purpose`, `.at`, `.kept_back`. The frame's `attrs` say the purpose, too; what else was there stays
        where it is a single value. Categories that nobody who passed has are dropped.

    Raises
    ------
    UnknownNameError
        Unknown purpose.
    ConsentError
        No record of consent is to be found.
    DataError
        The table has no customer_id.
    ParameterError
        `at` cannot be read; both `consents` and `ledger` are given; or `columns` names one that is not there, or that
        the purpose was registered without.

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
    if ledger is not None and not isinstance(ledger, ConsentLedger):
        raise ParameterError(
            f"gate: ledger is a {type(ledger).__name__}. Pass a ConsentLedger, or a table as consents=."
        )
    if consents is not None and not hasattr(consents, "columns"):
        raise DataError(
            f"gate: consents is a {type(consents).__name__}. Pass a table of customer_id, purpose, granted, timestamp."
        )
    tables = _as_tables(table)
    if consents is not None:
        ledger = ConsentLedger(_fetched(consents))
    elif ledger is None and "consents" in tables and not isinstance(table, Permitted):
        ledger = ConsentLedger(_fetched(tables["consents"]))
    elif ledger is None:  # what was released carries the whole ledger; its own consents are those of the moment
        ledger = _carried(tables)
    people = {name: part for name, part in tables.items() if _has_ids(part)}
    if not people:
        what = ", ".join(map(str, next(iter(tables.values())).columns)) if len(tables) == 1 else ", ".join(tables)
        raise DataError(
            f"gate: the table has no column customer_id (it has {what}), so it cannot be told whose rows these are. "
            "Rename the column that names the customer to customer_id."
        )
    needed = _needed(named, columns, people)
    states = ledger.states(named, until)
    may = states.index[states == "granted"]
    kept_back = _kept_back(people, states, ledger)
    passed: dict[str, pd.DataFrame] = {}
    dropped: dict[str, None] = {}
    for name, part in people.items():
        names = list(part.columns)
        if needed is not None and name not in _WHOLE:
            names = [column for column in names if column == "customer_id" or column in needed]
            dropped |= dict.fromkeys(str(column) for column in part.columns if column not in names)
        rows = permitted_rows(part, may, names) if is_engine_table(part) else _of_permitted(part, name, may, names)
        passed[name] = _marked(rows, named, until, ledger)
    kept = {name: part for name, part in tables.items() if name in NOT_ABOUT_PEOPLE and name not in people}
    through = {
        name: passed[name] if name in passed else _fetched(kept[name]) for name in tables if name in passed | kept
    }
    return Permitted(
        purpose=named,
        at=until,
        kept_back=kept_back,
        tables=through,
        left_out=tuple(name for name in tables if name not in through),
        sources=tuple(ledger.sources(named, until)),
        columns_left_out=tuple(dropped),
    )


def _as_tables(table: Any) -> dict[str, Any]:
    """The tables by name, data frames and Ibis tables as they are."""
    if isinstance(table, Permitted):
        return dict(table.tables)
    if isinstance(table, Mapping):
        return {str(name): part if is_engine_table(part) else _fetched(part) for name, part in table.items()}
    if isinstance(table, pd.DataFrame) or is_engine_table(table):
        return {"frame": table}
    if hasattr(table, "to_pandas"):
        return {"frame": table.to_pandas()}
    raise DataError(
        f"gate: a table of people is expected, a {type(table).__name__} was given. Pass a DataFrame with a column "
        "customer_id, or a dict of canonical tables."
    )


def _fetched(table: Any) -> pd.DataFrame:
    return table if isinstance(table, pd.DataFrame) else table.to_pandas()


def _carried(tables: dict[str, Any]) -> ConsentLedger:
    for part in tables.values():
        if "consents" in (getattr(part, "attrs", None) or {}):
            return ledger_of(part)
    return ledger_of(pd.DataFrame())  # raises, saying what to do


def _has_ids(table: Any) -> bool:
    return "customer_id" in table.columns or (isinstance(table, pd.DataFrame) and table.index.name == "customer_id")


def _needed(purpose: str, columns: Iterable[str] | None, people: dict[str, Any]) -> frozenset[str] | None:
    """The columns that may pass besides customer_id; None where all may."""
    registered = columns_needed(purpose)
    if columns is None:
        return registered
    asked = frozenset([columns] if isinstance(columns, str) else columns)
    if registered is not None and (beyond := sorted(asked - registered - {"customer_id"})):
        raise ParameterError(
            f"gate: {purpose!r} was registered without the column {', '.join(beyond)}. It needs "
            f"{', '.join(sorted(registered))}: ask for these, or for another purpose."
        )
    there = {str(column) for part in people.values() for column in part.columns}
    if absent := sorted(asked - there - {"customer_id"}):
        near = difflib.get_close_matches(absent[0], there, n=1)
        guess = f" Did you mean {near[0]!r}?" if near else ""
        raise ParameterError(f"gate: columns names {some(absent)}, which no table has.{guess} Correct or leave it out.")
    return asked


def _of_permitted(part: pd.DataFrame, name: str, may: pd.Index, columns: list[Any]) -> pd.DataFrame:
    return only_rows(part, ids_in(part, name).isin(may).to_numpy(), part.columns.isin(columns))


def _marked(part: pd.DataFrame, purpose: str, at: pd.Timestamp, ledger: ConsentLedger) -> pd.DataFrame:
    marked = with_ledger(part, ledger)
    marked.attrs = {**marked.attrs, "purpose": purpose, "at": at.isoformat()}
    return marked


def _same_kind_of_id(here: pd.Index, there: pd.Index) -> None:
    """One side has 17 and the other "17": she would be kept back, as if she had never agreed."""
    lost = here[~here.isin(there)]
    kinds = {pd.api.types.infer_dtype(ids, skipna=True) for ids in (lost, there)}
    if not len(lost) or not len(there) or kinds in ({"integer"}, {"string"}):
        return
    known = dict(zip(map(_written, there), there, strict=True))
    twins = [one for one in lost if _written(one) in known]
    if twins:
        others = [known[_written(one)] for one in twins]
        raise DataError(
            f"gate: customer_id is {type(twins[0]).__name__} in the table ({some(twins)}) and "
            f"{type(others[0]).__name__} in the consents ({some(others)}), so {len(twins)} customers are not found. "
            "Convert one of them, for example with .astype(str)."
        )


def _written(one: Any) -> str:
    """An id as text; a whole number that pandas made a float is the whole number again."""
    return str(int(one)) if isinstance(one, float) and one.is_integer() else str(one)


def _kept_back(people: dict[str, Any], states: pd.Series, ledger: ConsentLedger) -> dict[str, int]:
    """How many customers are kept back, by reason; each row without an id counts as one unknown customer."""
    known = ledger.known()
    if len(people) == 1 and is_engine_table(part := next(iter(people.values()))):
        counts, missing = kept_back_on_engine(part, states, known)
    else:
        missing, parts = 0, []
        for name, part in people.items():
            ids = _ids_of_engine(part) if is_engine_table(part) else ids_in(part, name)
            missing += int(ids.isna().sum())
            parts.append(pd.Index(ids.dropna().unique()))
        everybody = (
            parts[0]
            if len(parts) == 1
            else pd.Index(pd.unique(pd.concat([part.astype(object).to_series() for part in parts])))
        )
        _same_kind_of_id(everybody, known)
        asked = states.index.isin(everybody)
        silent = everybody[~everybody.isin(states.index)]
        at_all = int(silent.isin(known).sum())
        counts = {str(state): int(number) for state, number in states[asked].value_counts().items()}
        counts |= {"never asked": at_all, "unknown customer": len(silent) - at_all}
    counts["unknown customer"] = counts.get("unknown customer", 0) + missing
    return {reason: counts.get(reason, 0) for reason in REASONS}


def _ids_of_engine(table: Any) -> pd.Series:
    """Of several tables, the ids alone are fetched, so that each customer is counted once."""
    return table.select("customer_id").distinct().to_pandas()["customer_id"]
