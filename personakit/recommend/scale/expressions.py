"""Item-based nearest neighbours as Ibis expressions: the engine that holds the interactions computes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal

import ibis
import ibis.expr.types as ir
from ibis.common.exceptions import OperationNotDefinedError, TranslationError, UnsupportedOperationError

from personakit.errors import DataError, ParameterError, UnavailableError, some
from personakit.recommend.neighbours import ItemKNN

__all__ = ["choices", "first_rows", "item_neighbours", "neighbour_lists", "within_reach"]

_DIGITS = 12  # sums of floats differ in the last digits from engine to engine; equal ones must go by product id


def item_neighbours(
    interactions: ir.Table,
    similarity: Literal["cosine", "jaccard", "conditional", "lift", "bm25"] = "cosine",
    *,
    n_neighbors: int = 100,
    shrinkage: float = 0.0,
    k1: float = 1.2,
    b: float = 0.75,
    event_weight: Mapping[str, float] | None = None,
    check: bool = True,
) -> ir.Table:
    """The nearest neighbours of each product, as an expression that runs where the interactions are.

    The same neighbours as those of `ItemKNN`, to 1e-9. The engine joins the customers' choices with themselves, so its
    work grows with the sum over customers of the square of their number of products: cut off robots beforehand.

    Parameters
    ----------
    interactions : ibis.Table
        One row an interaction: `customer_id`, `product_id`, and `event` with `event_weight`. On DuckDB, Spark, or
        another engine of Ibis that can join and number rows.
    similarity, n_neighbors, shrinkage, k1, b, event_weight
        As in `ItemKNN`.
    check : bool, default True
        Count rows and nulls first, which runs one query; without it, rows with a null id are left out.

    Returns
    -------
    ibis.Table
        `product_id`, `neighbour_id`, `similarity` (above 0), not run and in no order; at most `n_neighbors` rows a
        product, ties by product id.

    Raises
    ------
    ParameterError
        As `ItemKNN`.
    DataError
        Not an Ibis table, a missing column, no rows, null ids.
    UnavailableError
        The engine lacks an operation.

    Examples
    --------
    >>> baskets = {"customer_id": [1, 1, 2, 2, 3], "product_id": ["tea", "pot", "tea", "pot", "tea"]}
    >>> near = item_neighbours(ibis.memtable(baskets), "jaccard")
    >>> near.order_by("product_id").execute().round(3).to_dict("records")[0]
    {'product_id': 'pot', 'neighbour_id': 'tea', 'similarity': 0.667}
    """
    settings = ItemKNN(similarity, n_neighbors=n_neighbors, shrinkage=shrinkage, k1=k1, b=b)
    settings._requirements()
    held = choices(interactions, event_weight, check=check)
    if similarity == "bm25":
        held = _bm25(held, k1, b)
    elif similarity != "cosine":
        held = held.mutate(weight=_one())
    sizes = held.group_by("product_id").agg(size=(held["weight"] * held["weight"]).sum())
    other = held.view()
    pairs = held.join(
        other, [held["customer_id"] == other["customer_id"], held["product_id"] != other["product_id"]]
    ).select(product_id=held["product_id"], neighbour_id=other["product_id"], part=held["weight"] * other["weight"])
    shared = pairs.group_by("product_id", "neighbour_id").agg(both=pairs["part"].sum())
    of_row = sizes.select("product_id", of_row="size")
    of_column = sizes.select(neighbour_id="product_id", of_column="size")
    shared = shared.join(of_row, "product_id").join(of_column, "neighbour_id")
    both, row, column = shared["both"], shared["of_row"], shared["of_column"]
    shrink: Any = float(shrinkage)
    if similarity == "cosine":
        below = (row * column).sqrt()
    elif similarity == "jaccard":
        below = row + column - both
    elif similarity == "conditional":
        below = column
    elif similarity == "lift":
        everybody = held["customer_id"].nunique().as_scalar().cast("float64")
        both, below, shrink = both * everybody, row * column, everybody * float(shrinkage)
    else:
        below = row * 0.0 + 1.0
    found = shared.select("product_id", "neighbour_id", similarity=both / (below + shrink))
    found = found.filter(found["similarity"] > 0)
    found = first_rows(found, "product_id", "similarity", "neighbour_id", n_neighbors, rounded=similarity == "bm25")
    return found.select("product_id", "neighbour_id", "similarity")


def neighbour_lists(
    interactions: ir.Table,
    neighbours: ir.Table,
    *,
    k: int = 10,
    exclude_seen: bool = True,
    event_weight: Mapping[str, float] | None = None,
    check: bool = True,
) -> ir.Table:
    """The k best products of every customer by the neighbours of what she has, as an expression that is not run.

    Parameters
    ----------
    interactions : ibis.Table
        As in `item_neighbours`; those of some customers give the lists of these.
    neighbours : ibis.Table
        What `item_neighbours` returned, on the same engine.
    k : int, default 10
    exclude_seen, event_weight, check
        As in `ItemKNN.recommend` and above.

    Returns
    -------
    ibis.Table
        `customer_id`, `product_id`, `score`, `rank`, as of `ItemKNN`, in no order. A list ends where no neighbour
        speaks for a product; `ItemKNN` fills it up with products of score 0.

    Examples
    --------
    >>> baskets = ibis.memtable({"customer_id": [1, 1, 2], "product_id": ["tea", "pot", "tea"]})
    >>> neighbour_lists(baskets, item_neighbours(baskets)).execute().round(3).to_dict("records")
    [{'customer_id': 2, 'product_id': 'pot', 'score': 0.707, 'rank': 1}]
    """
    check_length(k)
    return lists_of(choices(interactions, event_weight, check=check), neighbours, int(k), exclude_seen)


def lists_of(held: ir.Table, neighbours: ir.Table, k: int, exclude_seen: bool) -> ir.Table:
    """The lists of the customers in `held`, which is what `choices` returns."""
    joined = held.join(neighbours, held["product_id"] == neighbours["neighbour_id"])
    parts = joined.select(
        held["customer_id"], product_id=neighbours["product_id"], part=held["weight"] * neighbours["similarity"]
    )
    scores = parts.group_by("customer_id", "product_id").agg(score=parts["part"].sum())
    if exclude_seen:
        scores = scores.anti_join(held, ["customer_id", "product_id"])
    ranked = first_rows(scores, "customer_id", "score", "product_id", k, rounded=True)
    return ranked.select("customer_id", "product_id", "score", rank=ranked["place"] + 1)


def choices(interactions: ir.Table, event_weight: Mapping[str, float] | None = None, *, check: bool = True) -> ir.Table:
    """Each pair of customer and product once, `weight` being the largest of its events, or 1."""
    if not isinstance(interactions, ir.Table):
        raise DataError(
            f"interactions is a {type(interactions).__name__}, not an Ibis table. Pass connection.table(...), or "
            "ibis.memtable(frame); for data frames there is ItemKNN."
        )
    needed = ("customer_id", "product_id", *(("event",) if event_weight is not None else ()))
    if missing := [name for name in needed if name not in interactions.columns]:
        raise DataError(
            f"interactions has no column {some(map(repr, missing))} (columns: {some(interactions.columns, 12)}). "
            f'Rename the column that holds it: table.rename({missing[0]}="...").'
        )
    weight: Any = _one()
    if event_weight is not None:
        bad = [event for event, value in event_weight.items() if not 0 <= float(value) < float("inf")]
        if bad or not any(event_weight.values()):
            raise ParameterError(
                f"event_weight must map events to finite weights >= 0, one above 0, but is {event_weight}."
            )
        event = interactions["event"].cast("string")
        cases = [(event == str(name), float(value)) for name, value in event_weight.items()]
        weight = ibis.cases(*cases, else_=0.0) * _one()
    if check:
        _check(interactions)
    rows = interactions.select("customer_id", "product_id", weight=weight)
    rows = rows.filter(rows["customer_id"].notnull(), rows["product_id"].notnull(), rows["weight"] > 0)
    return rows.group_by("customer_id", "product_id").agg(weight=rows["weight"].max())


def check_length(k: Any) -> None:
    """Refuse a length that is none, as `Recommender.recommend` does."""
    if isinstance(k, bool) or not hasattr(k, "__index__") or k < 1:
        raise ParameterError(f"k must be a whole number of products >= 1, but is {k!r}.")


@contextmanager
def within_reach(what: str) -> Iterator[None]:
    """Turn what Ibis says about an operation that the engine lacks into an error that says what to do."""
    try:
        yield
    except (OperationNotDefinedError, UnsupportedOperationError, TranslationError) as error:
        said = (str(error).splitlines() or [type(error).__name__])[0]
        raise UnavailableError(
            f"The engine that holds interactions lacks an operation that {what} needs ({said}). Bring the table to "
            "DuckDB or Spark, which have all of them, or use ItemKNN on table.to_pandas()."
        ) from error


def _one() -> Any:
    """1 as a double: a literal 1.0 is a decimal in Spark, and what is worked out with it alone remains one."""
    return ibis.literal(1).cast("float64")


def _check(interactions: ir.Table) -> None:
    with within_reach("the check of interactions"):
        counts = interactions.agg(
            rows=interactions.count(),
            **{name: interactions[name].isnull().sum() for name in ("customer_id", "product_id")},
        ).execute()
    if not int(counts["rows"].iloc[0]):
        raise DataError("interactions has no rows, so there is nothing to learn from. Check the filter before it.")
    for name in ("customer_id", "product_id"):
        if missing := int(counts[name].iloc[0]):
            raise DataError(
                f"interactions.{name} has {missing} missing values. Drop those rows, "
                f'e.g. table.drop_null(["{name}"]), or repair them.'
            )


def _bm25(held: ir.Table, k1: float, b: float) -> ir.Table:
    """BM25 weights, as in `ItemKNN`."""
    lengths = held.group_by("product_id").agg(length=held["weight"].sum())
    counts = held.group_by("customer_id").agg(chosen=held.count())
    mean = lengths["length"].mean().as_scalar()
    products = held["product_id"].nunique().as_scalar().cast("float64")
    wide = held.join(lengths, "product_id").join(counts, "customer_id")
    room = k1 * (1.0 - b + b * wide["length"] / mean)
    rarity = products.ln() - (wide["chosen"].cast("float64") + 1.0).ln()
    saturated = wide["weight"] * (k1 + 1.0) / (room + wide["weight"])
    return wide.select("customer_id", "product_id", weight=saturated * rarity)


def first_rows(table: ir.Table, group: str, by: str, ties: str, n: int, *, rounded: bool) -> ir.Table:
    """The first n rows of each group, the largest first, with their `place` from 0."""
    value = table[by].round(_DIGITS) if rounded else table[by]
    window = ibis.window(group_by=group, order_by=[value.desc(), table[ties].asc()])
    placed = table.mutate(place=ibis.row_number().over(window))
    return placed.filter(placed["place"] < n)
