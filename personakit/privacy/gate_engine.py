"""The gate on the engine where the data are: rows without consent never leave it, and are counted there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd

from personakit.errors import DataError, some

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["is_engine_table", "kept_back_on_engine", "permitted_rows"]


def is_engine_table(table: Any) -> bool:
    """Whether something is an Ibis table; no engine is imported to find out.

    >>> is_engine_table(pd.DataFrame())
    False
    """
    return type(table).__module__.partition(".")[0] == "ibis" and hasattr(table, "semi_join")


def permitted_rows(table: ir.Table, permitted: pd.Index, columns: Iterable[str]) -> pd.DataFrame:
    """The rows of permitted customers, filtered by the engine before anything is fetched.

    Parameters
    ----------
    table : Ibis table with a column customer_id
    permitted : Index
        Ids of those who may pass.
    columns : iterable of str
        Columns to fetch.
    """
    wanted = table.select(*columns)
    keys = _matching(permitted, wanted)
    if not len(keys):
        return cast(pd.DataFrame, wanted.limit(0).to_pandas())
    return cast(pd.DataFrame, wanted.semi_join(_sent(pd.DataFrame({"customer_id": keys})), "customer_id").to_pandas())


def kept_back_on_engine(table: ir.Table, states: pd.Series, known: pd.Index) -> tuple[dict[str, int], int]:
    """How many different customers of the table have each state, and how many rows have no id: counts alone leave.

    Customers whose state is not in `states` are "never asked" where they are `known`, and "unknown customer" otherwise.
    """
    missing = int(table.customer_id.isnull().sum().to_pandas() or 0)
    everybody = table.filter(table.customer_id.notnull()).select("customer_id").distinct()
    silent = known[~known.isin(states.index)]
    listed = pd.concat([states.rename("state"), pd.Series("never asked", index=silent, name="state", dtype=object)])
    keys = _matching(listed.index, table)
    if not len(keys):
        return {"unknown customer": int(everybody.count().to_pandas())}, missing
    told = _sent(pd.DataFrame({"customer_id": keys, "state": listed.loc[keys].to_numpy(dtype=object)}))
    joined = everybody.left_join(told, "customer_id")
    counts = joined.group_by(state=joined.state.fill_null("unknown customer")).aggregate(customers=joined.count())
    return {str(row.state): int(row.customers) for row in counts.to_pandas().itertuples()}, missing


def _matching(ids: pd.Index, table: ir.Table) -> pd.Index:
    """Those ids that can be compared with the table's, or an error where they are written differently."""
    kind = table.schema()["customer_id"]
    text = pd.Series(ids, dtype=object).map(lambda value: isinstance(value, str)).to_numpy(dtype=bool)
    fits = text if kind.is_string() else ~text if kind.is_numeric() else np.ones(len(ids), dtype=bool)
    if len(ids) and not fits.any() and (kind.is_string() or all(str(value).isdecimal() for value in ids[:1000])):
        raise DataError(
            f"gate: customer_id is {kind} in the table and {type(ids[0]).__name__} in the consents ({some(ids[:4])}), "
            "so nobody is found. Convert one of them, for example with .cast('string') or .astype(str)."
        )
    return ids[fits].infer_objects()


def _sent(frame: pd.DataFrame) -> ir.Table:
    import ibis

    return ibis.memtable(frame)
