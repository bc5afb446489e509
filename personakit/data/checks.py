"""Canonical tables checked: pandera schemas made from the contract, and one report of everything that is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from personakit.data.canonical import CANONICAL
from personakit.data.conversion import Reading, convert_column
from personakit.data.problems import Findings, nearest
from personakit.data.schemas import failures, known_table
from personakit.data.tables import Tables
from personakit.errors import ParameterError, some

__all__ = ["check_table", "check_tables"]

OnBad = Literal["raise", "quarantine"]
Returns = Literal["negative_price", "negative_quantity"]
Duplicates = Literal["reject", "first", "last"]
_PRICE_ADVICE = 'Returns belong in quantity: pass returns="negative_price" to convert them, or drop the rows.'
_QUANTITY_ADVICE = 'If they are returns, pass returns="negative_quantity" to keep them as such, or drop the rows.'
_OWNERS = {"customer_id": "customers", "product_id": "products", "session_id": "sessions", "order_id": "order_lines"}


def check_table(
    name: str,
    frame: pd.DataFrame,
    *,
    on_bad: OnBad = "raise",
    returns: Returns | None = "negative_quantity",
    duplicates: Duplicates = "reject",
    reading: Reading | None = None,
) -> Tables:
    """One canonical table checked; see `check_tables`.

    >>> ratings = pd.DataFrame({"customer_id": [1, 2], "product_id": [7, 7], "rating": [4.0, None]})
    >>> check_table("ratings", ratings)
    Traceback (most recent call last):
    ...
    personakit.data.problems.BadRowsError: ratings.rating has 1 missing value (row 1: nothing). Every row needs one: ...
    """
    return check_tables({name: frame}, on_bad=on_bad, returns=returns, duplicates=duplicates, reading=reading)


def check_tables(
    tables: Mapping[str, pd.DataFrame],
    *,
    on_bad: OnBad = "raise",
    returns: Returns | None = "negative_quantity",
    duplicates: Duplicates = "reject",
    reading: Reading | None = None,
    findings: Findings | None = None,
) -> Tables:
    """Canonical tables converted to their kinds and checked, each by itself and against each other.

    Parameters
    ----------
    tables : mapping of table name to DataFrame
        With canonical column names. Further columns are kept as they are. Rows are named in reports by the index
        where it is unique, else by their place, from 0.
    on_bad : {"raise", "quarantine"}
        What happens to bad rows: one error that tells of all of them, or the good rows come back and the others stand
        in `.rejected` (table, row, column, value, reason). Faults of a whole table (a missing column, no rows) always
        raise.
    returns : {"negative_price", "negative_quantity"}, optional
        How returned goods are booked: "negative_quantity" is the canonical way; "negative_price" is converted to it;
        None rejects both.
    duplicates : {"reject", "first", "last"}
        What happens to rows whose key occurred before: they are bad, or the first or last of each key is kept and the
        others are set aside in `.rejected` without an error.
    reading : Reading, optional
        Decimal sign, day order, date format and time zone, where the columns do not show them.

    Returns
    -------
    Tables

    Raises
    ------
    DataError
        With every finding, in the order of the tables. It is a `BadRowsError`, whose `rejected` holds the rows.
    UnknownNameError
        A table that is not canonical.
    """
    for argument, value, allowed in (
        ("on_bad", on_bad, ("raise", "quarantine")),
        ("returns", returns, (None, "negative_price", "negative_quantity")),
        ("duplicates", duplicates, ("reject", "first", "last")),
    ):
        if value not in allowed:
            raise ParameterError(f"{argument}={value!r} is not one of {', '.join(repr(option) for option in allowed)}.")
    found = findings if findings is not None else Findings()
    converted: dict[str, pd.DataFrame] = {}
    for name, frame in tables.items():
        known_table(name)
        if _sound(name, frame, found):
            labels = frame.index if frame.index.is_unique else pd.RangeIndex(len(frame))
            found.rows_read.setdefault(name, len(frame))
            converted[name] = _convert(name, frame.set_axis(labels, axis=0), reading or Reading(), found)
    _agree_on_ids(converted, found)
    for name, frame in converted.items():
        _settle_returns(name, frame, returns, found)
        converted[name] = _settle_duplicates(name, frame, duplicates, found)
        _apply_schema(name, converted[name], found)
    ids = {column: _owned(converted, column, table) for column, table in _OWNERS.items()}
    for name, frame in converted.items():
        _unknown_ids(name, frame, ids, found, "unknown_id")
    if on_bad == "raise" or found.faults:
        kept = [batch for batch in found.batches if batch.code != "superseded"]
        Findings(found.faults, kept, found.notes, found.rows_read).raise_if_any()
    good = _good_rows(converted, found)
    return Tables(
        {name: frame.reset_index(drop=True) for name, frame in good.items()},
        report=found.report(),
        rejected=found.rejected(),
    )


def _sound(name: str, frame: Any, found: Findings) -> bool:
    """Whether a table can be looked at row by row; what stops it is told."""
    if not isinstance(frame, pd.DataFrame):
        raise ParameterError(f"{name} is of type {type(frame).__name__}; pass a DataFrame.")
    twice = frame.columns[frame.columns.duplicated()].unique().tolist()
    if twice:
        found.stop(f"{name} has more than one column {some(map(repr, twice))}. Rename or drop all but one.")
        return False
    rules = CANONICAL[name].columns
    absent = [column for column, rule in rules.items() if rule.required and column not in frame.columns]
    for column in absent:
        meant = nearest(column, [str(other) for other in frame.columns if other not in rules])
        found.stop(
            f"{name} has no column {column!r} ({rules[column].meaning}); it has "
            f"{', '.join(map(repr, frame.columns)) or 'none'}.{meant} Rename the column, or pass "
            f"mapping={{{name!r}: {{'your name for it': {column!r}}}}} to read_tables."
        )
    if not len(frame) and not absent:
        found.stop(f"{name} has no rows. Pass a table with at least one, or leave it out.")
    return bool(len(frame)) and not absent


def _convert(name: str, frame: pd.DataFrame, reading: Reading, found: Findings) -> pd.DataFrame:
    rules = CANONICAL[name].columns
    columns = {
        column: convert_column(frame[column], rules[column], reading, found, table=name, name=column)
        if column in rules
        else frame[column]
        for column in frame.columns
    }
    return pd.DataFrame(columns, index=frame.index)


def _agree_on_ids(tables: dict[str, pd.DataFrame], found: Findings) -> None:
    """Ids that are numbers in one table and text in another can never meet: text in all of them."""
    for column in _OWNERS:
        holders = {name: frame[column] for name, frame in tables.items() if column in frame}
        textual = {name for name, ids in holders.items() if not pd.api.types.is_integer_dtype(ids.dtype)}
        if textual and len(textual) < len(holders):
            for name in holders.keys() - textual:
                tables[name][column] = (
                    holders[name].astype(object).map(lambda value: str(value), na_action="ignore").infer_objects()
                )
                found.note(
                    name, column, len(holders[name]), f"numbers kept as text, as in {', '.join(sorted(textual))}"
                )


def _settle_returns(name: str, frame: pd.DataFrame, returns: Returns | None, found: Findings) -> None:
    if name != "order_lines":
        return
    price = frame["unit_price"]
    if "quantity" not in frame.columns:
        frame["quantity"] = 1
        found.note(name, "quantity", len(frame), "no such column: one piece a line assumed")
    quantity = frame["quantity"]
    if returns == "negative_price":
        back = ((price < 0) & (quantity > 0)).fillna(False).to_numpy(dtype=bool)
        frame.loc[back, "unit_price"] = -price[back]
        frame.loc[back, "quantity"] = -quantity[back]
        if back.any():
            found.note(name, "unit_price", back.sum(), "negative prices read as returns: the quantity is negative now")
        return
    below = (quantity < 0).fillna(False).to_numpy(dtype=bool)
    if returns is None:
        found.reject(
            name,
            "quantity",
            "negative",
            rows=frame.index[below].tolist(),
            values=quantity[below].tolist(),
            advice=_QUANTITY_ADVICE,
        )
    elif below.any():
        found.note(name, "quantity", below.sum(), "negative quantities read as returns")


def _settle_duplicates(name: str, frame: pd.DataFrame, duplicates: Duplicates, found: Findings) -> pd.DataFrame:
    key = list(CANONICAL[name].key)
    if not key or duplicates == "reject":
        return frame
    again = frame.duplicated(key, keep=duplicates).to_numpy() & frame[key].notna().all(axis=1).to_numpy()
    if again.any():
        found.note(
            name, ", ".join(key), again.sum(), f"rows with a key that others have, set aside: the {duplicates} is kept"
        )
        found.reject(name, key[0], "superseded", rows=frame.index[again].tolist(), values=frame[key[0]][again].tolist())
    return frame[~again].copy()


def _apply_schema(name: str, frame: pd.DataFrame, found: Findings) -> None:
    labels = frame.index
    told = {(b.column, row) for b in found.batches if b.table == name for row in b.rows}
    for (column, code), group in failures(name, frame).groupby(["column", "check"], sort=False):
        if code == "duplicate":
            _duplicates(name, frame, found)
            continue
        rows = [(labels[int(at)], value) for at, value in zip(group["index"], group["failure_case"], strict=True)]
        rows = [(row, value) for row, value in rows if (column, row) not in told]
        found.reject(
            name,
            str(column),
            str(code),
            rows=[row for row, _ in rows],
            values=[value for _, value in rows],
            advice=_advice(name, str(column), str(code)),
        )


def _duplicates(name: str, frame: pd.DataFrame, found: Findings) -> None:
    key = list(CANONICAL[name].key)
    if any(b.table == name and b.code == "duplicate" for b in found.batches):
        return
    again = frame.duplicated(key).to_numpy() & frame[key].notna().all(axis=1).to_numpy()
    values = (
        frame.loc[again, key].astype(object).agg(tuple, axis=1).tolist()
        if len(key) > 1
        else frame.loc[again, key[0]].tolist()
    )
    found.reject(name, "+".join(key), "duplicate", rows=frame.index[again].tolist(), values=values)


def _advice(name: str, column: str, code: str) -> str:
    if code == "negative" and name == "order_lines" and column == "unit_price":
        return _PRICE_ADVICE
    rule = CANONICAL[name].columns[column]
    if code == "unknown_value" and rule.values:
        return f"It may be {', '.join(rule.values)}: correct them, or drop the rows."
    if code in ("too_high", "too_low"):
        low, high = (f"{limit:g}" if limit is not None else None for limit in (rule.low, rule.high))
        span = f"From {low} to {high}" if low and high else f"At least {low}" if low else f"At most {high}"
        return f"{span} makes sense here: check the unit, correct them, or drop the rows."
    return ""


def _owned(tables: Mapping[str, pd.DataFrame], column: str, owner: str) -> pd.Index[Any] | None:
    return pd.Index(tables[owner][column].dropna().unique()) if owner in tables else None


def _unknown_ids(
    name: str, frame: pd.DataFrame, ids: Mapping[str, pd.Index[Any] | None], found: Findings, code: str
) -> NDArray[np.bool_]:
    bad = np.zeros(len(frame), dtype=bool)
    for column, owner in _OWNERS.items():
        known = ids[column]
        if known is None or owner == name or column not in frame or column not in CANONICAL[name].columns:
            continue
        unknown = (frame[column].notna() & ~frame[column].isin(known)).to_numpy(dtype=bool)
        bad |= unknown
        rows, values = frame.index[unknown].tolist(), frame.loc[unknown, column].tolist()
        found.reject(name, column, code, rows=rows, values=values, detail=f", not in {owner}")
    return bad


def _good_rows(tables: Mapping[str, pd.DataFrame], found: Findings) -> dict[str, pd.DataFrame]:
    bad: dict[str, set[Any]] = {name: set() for name in tables}
    for batch in found.batches:
        if batch.table in bad and batch.code not in ("superseded", "ragged"):
            bad[batch.table].update(batch.rows)
    good = {name: frame[~frame.index.isin(list(bad[name]))] if bad[name] else frame for name, frame in tables.items()}
    before = sum(map(len, tables.values())) - sum(map(len, good.values()))
    while before:  # a rejected customer takes her rows along, and a rejected session those of the visit
        ids = {column: _owned(good, column, owner) for column, owner in _OWNERS.items()}
        orphans = {name: _unknown_ids(name, frame, ids, found, "orphan") for name, frame in good.items()}
        good = {name: frame[~orphans[name]] for name, frame in good.items()}
        before = sum(int(orphan.sum()) for orphan in orphans.values())
    for name, frame in good.items():
        if not len(frame):
            found.stop(f"{name} has no good row left of {len(tables[name]):,}.")
    if found.faults:
        found.raise_if_any()
    for name, frame in good.items():
        for column in frame.columns:
            if frame[column].dtype == "Int64" and not frame[column].isna().any() and column in CANONICAL[name].columns:
                frame = frame.astype({column: "int64"})
            if frame[column].dtype == "boolean" and not frame[column].isna().any():
                frame = frame.astype({column: "bool"})
        good[name] = frame
    return good
