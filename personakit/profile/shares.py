"""The whole of what a favourite is the top of: how each customer's purchases or visits are spread."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pandas as pd

from personakit.data.problems import nearest
from personakit.errors import DataError, ParameterError, UnknownNameError, some
from personakit.profile.facts_purchases import taste_counts
from personakit.profile.facts_sums import divided
from personakit.profile.facts_visits import channel_counts, hour_counts
from personakit.profile.plan_steps import translated, within_reach
from personakit.profile.sources import open_sources
from personakit.profile.unified import Day

__all__ = ["shares"]

_OF = ("department", "category", "brand", "channel", "hour")


def shares(
    tables: Any,
    *,
    of: Literal["department", "category", "brand", "channel", "hour"],
    as_of: Day | None = None,
    form: Literal["wide", "long"] = "wide",
    check: bool = True,
) -> Any:
    """How each customer's purchases (or visits, for channels and hours) are spread over all values, by a day.

    The shares of a customer add up to 1. Rows and stand-ins are those of the profile's favourite_department,
    favourite_category, favourite_brand, favourite_channel and favourite_hour; customers without such a row are left
    out.

    Parameters
    ----------
    tables, as_of, check
        As in `build_profiles`.
    of : "department", "category", "brand", "channel" or "hour"
    form : "wide" or "long"
        One row a customer and a column for each value, or one row for each customer and value.

    Returns
    -------
    DataFrame, sorted by customer_id
        Wide: customer_id and a float64 column for each value, in their order, 0 where the customer has none. Long:
        customer_id, the value (its column named as `of`), times (int64) and share. Memory of the wide form grows with
        customers times values. Of Ibis tables, an Ibis table in the long form.

    Raises
    ------
    UnknownNameError
        `of` is none of these.
    ParameterError
        `form` is none of these, or wide for Ibis tables, as an expression must know its columns before it is run.
    DataError
        The tables do not record it by the day, and as in `build_profiles`.

    Examples
    --------
    >>> seen = pd.DataFrame({"customer_id": [7, 7, 7, 8], "channel": ["web", "web", "app", "store"],
    ...                      "timestamp": pd.to_datetime(["2025-03-01", "2025-03-09", "2025-03-10", "2025-03-04"])})
    >>> shares({"sessions": seen}, of="channel", as_of="2025-03-09")
       customer_id  store  web
    0            7    0.0  1.0
    1            8    1.0  0.0
    """
    if of not in _OF:
        raise UnknownNameError(f"shares has no of={of!r}.{nearest(str(of), list(_OF))} Choose one of {some(_OF, 9)}.")
    if form not in ("wide", "long"):
        raise ParameterError(f'form={form!r} is neither "wide" nor "long". Choose one of them.')
    sources = open_sources(tables, as_of, check=check)
    if sources.ibis_out and form == "wide":
        raise ParameterError(
            "The wide form of an Ibis table would need its values before it is run. "
            'Pass form="long", and pivot what comes out.'
        )
    counts = {"channel": channel_counts, "hour": hour_counts}.get(of, lambda found: taste_counts(found, of))(sources)
    if counts is None:
        raise DataError(
            f"The tables ({some(sources.tables, 9) or 'none'}) do not record a {of}. A profile's dictionary() says in "
            f"which tables it is looked for under favourite_{of}."
        )
    whole = counts["times"].sum().over(group_by="customer_id")
    long = counts.select("customer_id", of, "times", share=divided(counts["times"], whole)).order_by("customer_id", of)
    if sources.ibis_out:
        translated(long, sources.connection)
        return long
    with within_reach(sources.connection, long):
        found = sources.connection.to_pandas(long)
    if not len(found):
        raise DataError(
            f"No {of} of anybody is recorded by {sources.day}. Check that as_of lies within the dates of the tables."
        )
    return found if form == "long" else _wide(found, of)


def _wide(long: pd.DataFrame, of: str) -> pd.DataFrame:
    ids, customers = pd.factorize(long["customer_id"])
    values = pd.Index(long[of].unique()).sort_values()
    table = np.zeros((len(customers), len(values)))
    table[ids, values.get_indexer(long[of])] = long["share"]
    wide = pd.DataFrame(table, columns=values)
    wide.columns.name = None
    wide.insert(0, "customer_id", customers)
    return wide
