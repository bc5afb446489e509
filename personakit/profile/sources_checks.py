"""What must hold of canonical tables before profiles are made of them: one look at each, with errors that say where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa

from personakit.errors import DataError, some
from personakit.profile.sources_forms import NEEDED

__all__ = ["Survey", "survey"]

_UNIQUE = ("customers", "products")


@dataclass(frozen=True)
class Survey:
    """What one look at a table found: its rows, those without a date, and its first and last date."""

    rows: int
    undated: int
    first: pd.Timestamp | None
    last: pd.Timestamp | None


def survey(name: str, table: ir.Table, connection: Any, arrow: pa.Table | None) -> Survey:
    """Count what must not be, and raise; an Ibis table is asked with a single aggregate of one row.

    Raises
    ------
    DataError
        An id is missing, or names two rows where it may name one; a number is infinite; a sentiment is outside -1 to 1.
    """
    key = "product_id" if name == "products" else "customer_id"
    time = next((column for column, (kind, _) in NEEDED[name].items() if kind == "time"), None)
    unique = name in _UNIQUE
    if arrow is not None:
        ids = arrow.column(key).to_pandas()
        missing, repeated = np.flatnonzero(ids.isna()), np.flatnonzero(ids.duplicated() & unique)
        dates = pd.Series(dtype="datetime64[us]") if time is None else arrow.column(time).to_pandas()
        undated = int(dates.isna().sum())
        found = Survey(len(ids), undated, _moment(dates.min()), _moment(dates.max()))
        where = (f" (rows {some(missing)})", f" (rows {some(repeated)}: {some(ids.iloc[repeated])})")
        n_missing, n_repeated = len(missing), len(repeated)
        odd = _odd_sentiments(arrow) if name == "reviews" else ""
    else:
        numbers = [c for c, (kind, _) in NEEDED[name].items() if kind == "number" and c in table.columns]
        fact = connection.to_pandas(
            table.agg(
                rows=table.count(),
                ids=table[key].count(),
                different=table[key].nunique() if unique else table[key].count(),
                dated=table.count() if time is None else table[time].count(),
                first=ibis.null("timestamp") if time is None else table[time].min(),
                last=ibis.null("timestamp") if time is None else table[time].max(),
                **{f"low_{column}": table[column].min() for column in numbers},
                **{f"high_{column}": table[column].max() for column in numbers},
            )
        ).iloc[0]
        rows, n_ids = int(fact["rows"]), int(fact["ids"])
        n_missing, n_repeated, where = rows - n_ids, n_ids - int(fact["different"]), ("", "")
        found = Survey(rows, int(rows - fact["dated"]), _moment(fact["first"]), _moment(fact["last"]))
        for column in numbers:
            if np.isinf([_number(fact[f"low_{column}"]), _number(fact[f"high_{column}"])]).any():
                raise DataError(
                    f"{name}.{column} has infinite values. Look for a division by nought, or drop the rows."
                )
        low, high = (_number(fact.get(f"{end}_sentiment")) for end in ("low", "high"))
        odd = f"from {low:g} to {high:g}" if low < -1 or high > 1 else ""
    if n_missing:
        raise DataError(
            f"{name}.{key} is missing in {n_missing} of {found.rows} rows{where[0]}. Fill it in, or drop the rows."
        )
    if n_repeated:
        raise DataError(
            f"{name}.{key} names more than one row {n_repeated} time{'s' * (n_repeated > 1)}{where[1]}. "
            f'Keep one row each: {name}.drop_duplicates("{key}", keep="last").'
        )
    if odd:
        raise DataError(
            f"reviews.sentiment has values outside -1 to 1 ({odd}). Bring it to that scale, or leave the column out: "
            "the stars stand in for it."
        )
    return found


def _odd_sentiments(reviews: pa.Table) -> str:
    if "sentiment" not in reviews.column_names:
        return ""
    values = reviews.column("sentiment").to_pandas()
    wrong = np.flatnonzero(values.abs() > 1)
    return f"rows {some(wrong)}: {some(values.iloc[wrong])}" if len(wrong) else ""


def _moment(value: Any) -> pd.Timestamp | None:
    return None if value is None or pd.isna(value) else pd.Timestamp(value)


def _number(value: Any) -> float:
    return float("nan") if value is None or pd.isna(value) else float(value)
