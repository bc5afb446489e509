"""Lists of candidates as arrays, checked: what every re-ranker starts from, and the lists that it gives back."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from personakit.errors import ConsentError, DataError, ParameterError, some
from personakit.privacy.binding import purpose_of
from personakit.privacy.fairness.groups import MISSING, plain_frame
from personakit.recommend.interactions import IdIndex, as_index

__all__ = [
    "Candidates",
    "Chosen",
    "by_product",
    "check_purposes",
    "first_best",
    "groups_by_product",
    "listed",
    "numbers_of",
    "positions_of",
    "read_candidates",
    "read_table",
    "share_of_relevance",
]

Codes = NDArray[np.intp]
Floats = NDArray[np.float64]

_LIST = ("customer_id", "product_id", "score", "rank")


class Candidates(NamedTuple):
    """The candidates of n customers, at most m each, those with the highest scores first, ties by product id.

    `customers` are in the order of the lists, `products` is the vocabulary, `item` (n, m) its positions (-1: no
    candidate), `score` (n, m) as it came (-inf), `relevance` (n, m) the score scaled to 0 .. 1 within each customer's
    candidates (0 where there is none; 1 for all where the scores are equal).
    """

    customers: pd.Index
    products: IdIndex
    item: Codes
    score: Floats
    relevance: Floats
    purpose: str | None


class Chosen(NamedTuple):
    """What a greedy choice took: `place` (n, k) in the candidates (-1: none), and the two parts of what each gained."""

    place: Codes
    relevance: Floats
    other: Floats


def read_table(lists: Any, where: str = "lists") -> pd.DataFrame:
    """Checked lists; with no rows they are as good as any, as a rule may have left nothing.

    Raises
    ------
    DataError
        No table, a missing column, a null id, a score that is no finite number, a product twice in a list, a rank that
        is not 1, 2, 3 ... or stands twice in a list.
    """
    table = plain_frame(lists, where)
    for column in ("customer_id", "product_id", "score"):
        if column not in table.columns:
            raise DataError(
                f"{where} has no column {column!r} (columns: {some(table.columns, 12)}). Pass lists as `recommend` "
                "gives them: customer_id, product_id, score, rank."
            )
    for column in ("customer_id", "product_id"):
        if (null := table[column].isna().to_numpy()).any():
            raise DataError(
                f"{where}.{column} has {null.sum()} missing values (rows {some(table.index[null])}). Drop those rows."
            )
    score = pd.to_numeric(table["score"], errors="coerce").to_numpy(float)
    if (bad := ~np.isfinite(score)).any():
        raise DataError(
            f"{where}.score has {bad.sum()} values that are no finite numbers (rows {some(table.index[bad])}: "
            f"{some(table['score'].to_numpy()[bad])}). Drop those rows, or give them a score."
        )
    ids = {name: as_index(table[name]) for name in ("customer_id", "product_id")}  # categories count by their values
    table = table.assign(score=score, **{name: index.to_series(index=table.index) for name, index in ids.items()})
    twice = table.duplicated(["customer_id", "product_id"]).to_numpy()
    if twice.any():
        raise DataError(
            f"{where} has a product twice in the lists of {table.loc[twice, 'customer_id'].nunique()} customers (rows "
            f"{some(table.index[twice])}). Drop the repetitions."
        )
    if "rank" in table.columns:
        rank = pd.to_numeric(table["rank"], errors="coerce").to_numpy(float)
        wrong = ~((rank >= 1) & (rank == np.floor(rank))) | table.duplicated(["customer_id", "rank"]).to_numpy()
        if wrong.any():
            raise DataError(
                f"{where}.rank has {wrong.sum()} values that are not 1, 2, 3 ..., each once in a list (rows "
                f"{some(table.index[wrong])}: {some(table['rank'].to_numpy()[wrong])}). Rank the lists anew, or drop "
                "the column, and they go by score."
            )
    return table


def read_candidates(lists: Any) -> Candidates:
    """The lists as arrays. Their `rank` is not looked at: a re-ranker starts from the scores."""
    table = read_table(lists)
    row, customers = pd.factorize(as_index(table["customer_id"]))
    products, code = IdIndex.encode(table["product_id"])
    score = table["score"].to_numpy(float)
    order = np.lexsort((code, -score, row))
    size = np.bincount(row, minlength=len(customers))
    column = np.arange(len(row)) - np.repeat(np.cumsum(size) - size, size)
    shape = (len(size), int(size.max(initial=0)))
    item, scores = np.full(shape, -1, dtype=np.intp), np.full(shape, -np.inf)
    item[row[order], column], scores[row[order], column] = code[order], score[order]
    there = item >= 0
    high, low = scores.max(axis=1, initial=-np.inf), np.where(there, scores, np.inf).min(axis=1, initial=np.inf)
    spread = (high - low)[:, None]
    relevance = np.where(spread > 0, (scores - low[:, None]) / np.where(spread > 0, spread, 1.0), 1.0)
    return Candidates(customers, products, item, scores, np.where(there, relevance, 0.0), purpose_of(lists))


def listed(candidates: Candidates, place: Codes, **parts: Floats) -> pd.DataFrame:
    """The lists that were chosen: `score` as it came, `rank` in the order of choice, and further columns if given."""
    kept = place >= 0
    safe = np.where(kept, place, 0)
    item = np.take_along_axis(candidates.item, safe, axis=1)[kept] if kept.size else np.empty(0, dtype=np.intp)
    score = np.take_along_axis(candidates.score, safe, axis=1)[kept] if kept.size else np.empty(0)
    rank = np.broadcast_to(np.arange(1, place.shape[1] + 1), place.shape)[kept]
    result = pd.DataFrame(
        {
            "customer_id": candidates.customers.repeat(kept.sum(axis=1)),
            "product_id": candidates.products.take(item),
            "score": score,
            "rank": rank,
            **{name: values[kept] for name, values in parts.items()},
        }
    )
    if candidates.purpose is not None:
        result.attrs["purpose"] = candidates.purpose
    return result


def first_best(gain: Floats) -> Codes:
    """The column of the largest value of each row, shape (n,); of equal ones the first, -1 where all are -inf.

    Sums that should be equal differ in their last digits, by the order in which they were added; so values are compared
    to 12 digits after the point, and the lists do not depend on that order.
    """
    best = np.argmax(np.round(gain, 12), axis=1)
    return np.where(np.isneginf(gain[np.arange(len(gain)), best]), -1, best)


def share_of_relevance(trade_off: Any) -> float:
    """`trade_off`, checked: 1 is relevance alone."""
    number = isinstance(trade_off, (int, float, np.number)) and not isinstance(trade_off, (bool, np.bool_))
    if not number or not 0 <= float(trade_off) <= 1:
        raise ParameterError(
            f"trade_off is {trade_off!r}. Give a number from 0 to 1: the share of relevance, 1 being relevance alone."
        )
    return float(trade_off)


def positions_of(
    known: pd.Index, asked: pd.Index, what: str, table: str, *, complete: bool = True, asked_in: str = "lists"
) -> Codes:
    """Where each id of the lists (or of `asked_in`) stands in a table; -1 only if the table need not be `complete`.

    Raises
    ------
    DataError
        Ids that are not there, or that are there as another type (7 and "7").
    """
    place = np.asarray(known.get_indexer(asked), dtype=np.intp)
    lost = asked[place < 0].unique()
    if len(lost) and len(known):
        written = lost.astype(str).isin(known.astype(str))
        if written.any():
            one = lost[written].tolist()[0]
            twin = known[known.astype(str) == str(one)].tolist()[0]
            raise DataError(
                f"{what} is {type(one).__name__} in the {asked_in} ({one!r}) and {type(twin).__name__} in {table} "
                f"({twin!r}), for {written.sum()} ids. Convert one of them, for example with .astype(str)."
            )
    if len(lost) and complete:
        raise DataError(
            f"{table} lacks {len(lost)} of the {what}s in the {asked_in} ({some(lost)}). Add them, or leave them out "
            f"of the {'candidates' if asked_in == 'lists' else asked_in}."
        )
    return place


def by_product(products: Any, column: str, where: str) -> pd.Series:
    """A column of a table of products by product_id; missing values stay."""
    table = plain_frame(products, where)
    for name in ("product_id", column):
        if name not in table.columns:
            raise DataError(f"{where} has no column {name!r} (columns: {some(table.columns, 12)}). Name it, or add it.")
    if (twice := table["product_id"].duplicated()).any():
        ids = table.loc[twice, "product_id"]
        raise DataError(f"{where} has {len(ids)} product_ids twice ({some(ids)}). Keep one row for each product.")
    return pd.Series(table[column].array, index=as_index(table["product_id"]))


def numbers_of(values: pd.Series, where: str, *, missing: bool = False) -> Floats:
    found = pd.to_numeric(values, errors="coerce").to_numpy(float)
    bad = np.isinf(found) | (np.isnan(found) & (values.notna().to_numpy() if missing else True))
    if bad.any():
        raise DataError(
            f"{where} has {bad.sum()} values that are no numbers (product_id {some(values.index[bad])}: "
            f"{some(values[bad])}). Fill them in, or leave these products out of the candidates and the table."
        )
    return np.asarray(found)


def groups_by_product(products: Any, column: str, where: str = "products") -> pd.Series:
    """The group of each product, a missing one as the group "(not stated)"; index product_id, each once."""
    values = by_product(products, column, where).astype(object)
    return values.where(values.notna(), MISSING)


def check_purposes(lists: Any, **tables: Any) -> None:
    """Refuse to re-rank lists with data about people that was released for another purpose.

    Raises
    ------
    ConsentError
    """
    own = purpose_of(lists)
    for name, table in tables.items():
        other = purpose_of(table)
        if own is not None and other is not None and own != other:
            raise ConsentError(
                f"The lists come from data released for {own!r} and {name} was released for {other!r}: those customers "
                "agreed to the one, not to the other. Take both through the gate for the same purpose."
            )
