"""RFM where the data are: from order lines to named segments as Ibis expressions, for DuckDB, Spark or another engine.

Nothing is fetched and nothing is run before the result is asked for: 20 million order lines become the scores and
segments of their customers in one query.
"""

from __future__ import annotations

from datetime import date
from functools import reduce
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd
from sklearn.base import clone

from personakit.data.problems import nearest
from personakit.errors import DataError, some
from personakit.privacy.binding import check_use, purpose_of
from personakit.privacy.gate_engine import is_engine_table
from personakit.privacy.gate_permitted import plain_frame
from personakit.profile.frames import by_customer
from personakit.segment.rfm import COLUMNS, GRID, NO_PURCHASE, RFM, SCORES, fifth

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["rfm_segments", "rfm_table"]


def rfm_table(
    order_lines: Any, as_of: str | date | np.datetime64 | None = None, *, customers: Any = None, check: bool = True
) -> Any:
    """Recency, frequency and monetary value of each customer, straight from order lines.

    The columns are those of the same name in `pk.profile.build_profiles`, to the last digit, without the other 58.

    Parameters
    ----------
    order_lines : DataFrame, what a consent gate returned, or Ibis table of any backend
        order_id, customer_id, product_id, timestamp, unit_price and, where there is one, quantity (1 is meant where it
        is missing, and a return where it is negative): returns lower monetary and are no orders.
    as_of : str, date, datetime, Timestamp or datetime64, default the last day that the tables record
        The day, by its end; later lines have no influence.
    customers : DataFrame or Ibis table, optional
        customer_id and, where there is one, signed_up: those who signed up by the day and never bought are in the
        table, too.
    check : bool
        Whether to look first for missing ids, infinite prices and lines without a date, one aggregate of one row.

    Returns
    -------
    DataFrame sorted by customer_id; an Ibis table, not yet run, where order_lines is one
        customer_id, recency_days (float days, missing without an order), frequency (whole number of orders) and
        monetary (float, money). A frame keeps in `attrs` its day and the purpose it was released for.

    Raises
    ------
    DataError
        A column is absent or of a wrong kind, an id is missing, a price is infinite; the tables have no date and as_of
        is not given; customers is a frame and order_lines a table of an engine, or the other way round.
    ParameterError
        as_of is not a day.

    Examples
    --------
    >>> lines = pd.DataFrame({"order_id": [1, 1, 2, 3], "customer_id": [7, 7, 7, 8], "product_id": [1, 2, 1, 2],
    ...                       "timestamp": pd.to_datetime(["2025-03-01", "2025-03-01", "2025-03-11", "2025-03-02"]),
    ...                       "quantity": [1, 2, 1, 1], "unit_price": [10.0, 5.0, 10.0, 5.0]})
    >>> rfm_table(lines, "2025-03-31")
       customer_id  recency_days  frequency  monetary
    0            7          20.0          2      30.0
    1            8          29.0          1       5.0
    """
    from personakit.profile.facts_purchases import lines as purchases
    from personakit.profile.facts_sums import days_between
    from personakit.profile.sources import open_sources

    lazy = is_engine_table(order_lines)
    if customers is not None and is_engine_table(customers) != lazy:
        raise DataError(
            "rfm_table: order_lines and customers must both be frames or both be tables of one engine. Bring one to "
            "the other, for example with ibis.memtable(customers) or order_lines.to_pandas()."
        )
    given = {"order_lines": order_lines} | ({} if customers is None else {"customers": customers})
    tables = given if lazy else {name: plain_frame(table) for name, table in given.items()}
    sources = open_sources(tables, as_of, check=check, occasions="order_lines")
    bought = cast("ir.Table", purchases(sources)).select("customer_id", "n_orders", "money", "last_order")
    if customers is not None:
        everybody = sources.tables["customers"].select("customer_id").union(bought.select("customer_id"), distinct=True)
        bought = everybody.left_join(bought, "customer_id").drop("customer_id_right")
    import ibis

    orders = bought["n_orders"].cast("int64").fill_null(0)
    table = bought.select(
        "customer_id",
        recency_days=days_between(ibis.date(sources.day.isoformat()), bought["last_order"]),
        frequency=orders,
        monetary=ibis.ifelse(orders == 0, bought["money"].fill_null(0.0), bought["money"]),
    )
    if lazy:
        return table
    frame = sources.connection.to_pandas(table.order_by("customer_id"))
    frame = frame.astype({"recency_days": "float64", "frequency": "int64", "monetary": "float64"})
    return _marked(frame, sources.day.isoformat(), purpose_of(order_lines))


def rfm_segments(table: Any, rfm: RFM | None = None) -> Any:
    """Scores and segments of a table with recency, frequency and monetary value, worked out where the table is.

    Parameters
    ----------
    table : DataFrame, what a consent gate returned, or Ibis table
        customer_id, recency_days, frequency and monetary: from `rfm_table` or `pk.profile.build_profiles`.
    rfm : RFM, optional
        Its settings (n_scores and cuts), and where it is fitted the score classes that it learnt; otherwise the
        quantiles are those of the table's own customers.

    Returns
    -------
    DataFrame, or an Ibis table, not yet run, where one was given
        The four columns with recency_score, frequency_score, monetary_score (missing without an order) and segment, the
        same as `RFM` gives. In a frame, somebody with orders and a missing or negative value is an error; in an engine,
        where nothing is run yet, scores and segment of such a customer are missing and she is no part of the quantiles.

    Raises
    ------
    DataError
        A column is absent, or does not hold numbers; for a frame also what `RFM.fit` refuses.
    ParameterError
        What RFM says of its settings.
    ConsentError
        The RFM learnt from data released for another purpose.

    Examples
    --------
    >>> import ibis
    >>> people = ibis.memtable({"customer_id": [1, 2, 3], "recency_days": [3.0, 40.0, 200.0],
    ...                         "frequency": [9, 2, 1], "monetary": [400.0, 80.0, 20.0]})
    >>> rfm_segments(people).order_by("customer_id").segment.execute().tolist()
    ['Champions', 'Potential loyalist', 'About to sleep']
    """
    rfm = RFM() if rfm is None else rfm
    fitted = hasattr(rfm, "edges_")
    if not is_engine_table(table):
        model = rfm if fitted else clone(rfm).fit(table)
        frame = by_customer(table)
        columns = list(dict.fromkeys((*COLUMNS[:2], model.value_)))
        return _marked(
            frame[columns].join(model.transform(table)).reset_index(), frame.attrs.get("as_of"), purpose_of(table)
        )
    check_use(rfm, table)
    import ibis

    people = _numbers(table, rfm.value_ if fitted else "monetary")
    bought = people["frequency"] > 0
    sound = bought & people["recency_days"].between(0, 1e300) & people["monetary"].between(0, 1e300)
    sound = (sound & (people["frequency"] < 1e300)).fill_null(False)
    edges = rfm.edges_ if fitted else rfm.checked_cuts()
    learnt = [_edges(people.filter(sound), name, rfm.n_scores) for name in COLUMNS if name not in edges]
    people = reduce(lambda one, other: one.cross_join(other), learnt, people.mutate(sound=sound, bought=bought))
    levels = {}
    for name, column in zip(COLUMNS, SCORES, strict=True):
        ends = list(edges[name]) if name in edges else [people[f"{name}_{k}"] for k in range(1, rfm.n_scores)]
        above = sum(((people[name] > end).cast("int64") for end in ends), ibis.literal(0))
        level = rfm.n_scores - above if name == "recency_days" else above + 1
        levels[column] = ibis.ifelse(people["sound"], level.cast("int64"), ibis.null("int64"))
    scored = people.mutate(**levels)
    named = scored.mutate(segment=_segment(scored, rfm.n_scores))
    return named.select("customer_id", *COLUMNS, *SCORES, "segment")


def _numbers(table: ir.Table, value: str) -> ir.Table:
    """The four columns, with floats that are not numbers (NaN) as missing."""
    import ibis

    wanted = dict(zip(COLUMNS, (*COLUMNS[:2], value), strict=True))
    for name in ("customer_id", *wanted.values()):
        if name not in table.columns:
            raise DataError(
                f"The table has no column {name} (it has {some(table.columns, 6)}).{nearest(name, table.columns)} "
                "Make one from order lines with pk.segment.rfm_table."
            )
        if name != "customer_id" and not table.schema()[name].is_numeric():
            raise DataError(f"The column {name} does not hold numbers (type {table.schema()[name]}). Convert it.")
    columns: dict[str, Any] = {}
    for name, source in wanted.items():
        column = table[source]
        columns[name] = ibis.ifelse(column.isnan(), None, column) if column.type().is_floating() else column
    return table.select("customer_id", **columns)


def _edges(bought: ir.Table, name: str, n_scores: int) -> ir.Table:
    """One row with the upper edges of the score classes, as `RFM.fit` has them: name_1, name_2, ...

    The k-th is the lowest value which, with all lower ones, covers k of n_scores parts of the customers, counted in
    whole numbers. A query of the different values alone: engines have quantiles, each of them their own.
    """
    import ibis

    counts = bought.group_by(name).agg(customers=bought.count())
    running = counts.mutate(
        reached=counts["customers"].sum().over(ibis.cumulative_window(order_by=name)),
        everybody=counts["customers"].sum().over(ibis.window()),
    )
    return running.agg(
        **{
            f"{name}_{k}": running[name].min(where=running["reached"] * n_scores >= running["everybody"] * k)
            for k in range(1, n_scores)
        }
    )


def _segment(scored: ir.Table, n_scores: int) -> Any:
    """The name on the grid, as an expression: a case for every pair of scores, as different as the grid can tell."""
    import ibis

    recency, frequency, monetary = (scored[column] for column in SCORES)
    value = (frequency + monetary) // 2
    cases = [
        ((recency == r) & (value == v), GRID[5 - fifth(r, n_scores)][fifth(v, n_scores) - 1])
        for r in range(1, n_scores + 1)
        for v in range(1, n_scores + 1)
    ]
    never = ibis.ifelse(scored["bought"].fill_null(False), ibis.null("string"), NO_PURCHASE)
    return ibis.cases(*cases, else_=never)


def _marked(frame: pd.DataFrame, day: str | None, purpose: str | None) -> pd.DataFrame:
    """The frame with the day and the purpose that go along with it, where they are known."""
    frame.attrs.update({name: text for name, text in (("as_of", day), ("purpose", purpose)) if text is not None})
    return frame
