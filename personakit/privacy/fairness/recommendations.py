"""Do recommendations serve every group of customers as well, and show every group of products its share?

Sources: A. Singh and T. Joachims (2018), "Fairness of Exposure in Rankings" (exposure falls as 1 / log2(1 + rank), and
is compared with merit); H. Steck (2018), "Calibrated Recommendations" (a list should hold a customer's interests in
their proportions); S. Hurlbert (1971) (rarefaction: how many different products m customers see, whatever the size of
their group).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import gammaln, rel_entr

from personakit.privacy.fairness.estimates import Metric, Precision, gap_between, resampled_sums
from personakit.privacy.fairness.groups import (
    attributes_of,
    ids_in,
    ordered,
    plain_frame,
    same_kind_of_id,
    sums_by,
)
from personakit.privacy.fairness.lists import (
    Lists,
    catalogue_of,
    catalogue_shares,
    item_groups,
    length_of_lists,
    pairs_of,
    positions,
    read_lists,
)
from personakit.privacy.fairness.report import FairnessReport, chosen, names_of, precision, report

__all__ = ["fairness_of_recommendations"]

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
TOGETHER = 10
"""Variety is counted over the lists of so many customers of a group."""


def fairness_of_recommendations(
    recommendations: Any,
    groups: Any,
    *,
    relevant: Any = None,
    products: Any = None,
    history: Any = None,
    item_group: str = "category",
    k: int = 10,
    intersections: bool = False,
    metrics: Sequence[str] | None = None,
    floor: int = 30,
    level: float = 0.95,
    n_bootstrap: int = 1000,
    n_permutations: int = 999,
    random_state: int | np.random.RandomState | None = 0,
) -> FairnessReport:
    """How good, how varied and how dear the lists are by group of customers, and what exposure groups of products get.

    Parameters
    ----------
    recommendations : DataFrame[customer_id, product_id, rank]
        As recommenders give them; ranks from 1, those above k are ignored. A `score` alone is ranked.
    groups, intersections, metrics, floor, level, n_bootstrap, n_permutations, random_state
        As in `fairness_of_segments`.
    relevant : DataFrame[customer_id, product_id], optional
        What each customer was held to want, such as held-out purchases. Brings `ndcg` and `hit_rate`; a customer with
        something relevant and no list has 0. These customers are the ones measured by the two. Both rise with how much
        is relevant, so its mean number is shown beside them: `n_relevant`.
    products : DataFrame[product_id, <item_group>, price], optional
        Either column brings its metrics: `mean_price` of what is shown; exposure of the groups of products.
    history : DataFrame[customer_id, product_id], optional
        What was bought or seen before. Brings `novelty` (mean of -log2 of the share of customers who know the product,
        in bits; one unknown to all counts as known to one) and, with item groups, `taste_gap`: Jensen-Shannon
        divergence, in bits from 0 to 1, between the item groups of a customer's history and of her list.
    item_group : str, default "category"
        The column of `products` whose values are groups of products.
    k : int, default 10
        Length of the lists.

    Returns
    -------
    FairnessReport
        By group of customers: `list_length` (products shown to each who was measured), `variety` (different products
        among the places of the lists of ten customers drawn from the group, from 0.1 to 1), and the above.
        By group of products, attribute "<item_group> (products)", n being the customers who were shown one:
        `exposure_share` (of all exposure, weight 1 / log2(1 + rank)); `exposure_to_catalogue` (that share over the
        group's share of the products; 1 is parity); with `relevant`, `exposure_to_merit` (over its share of what was
        relevant; 1 is equal treatment by merit).

    Raises
    ------
    DataError, UnknownNameError, ParameterError
        As in `fairness_of_segments`; k below 1; a product twice in a list; products that are not in `products`; no
        item group or price in it.

    Examples
    --------
    >>> lists = pd.DataFrame({"customer_id": np.repeat(range(60), 2), "product_id": [1, 2] * 60, "rank": [1, 2] * 60})
    >>> wanted = pd.DataFrame({"customer_id": range(60), "product_id": [1] * 30 + [2] * 30})
    >>> area = pd.Series(["town"] * 30 + ["village"] * 30, name="area")
    >>> fairness_of_recommendations(lists, area, relevant=wanted, k=2).table()["ndcg"].round(3).tolist()
    [1.0, 0.631]
    """
    k = length_of_lists(k)
    how = precision(level, floor, n_bootstrap, n_permutations, random_state)
    listed = read_lists(recommendations, k)
    wanted = None if relevant is None else pairs_of(relevant, "relevant")
    customers = ordered(listed["customer_id"] if wanted is None else _both(listed, wanted))
    same_kind_of_id(customers, ordered(ids_in(groups)), "groups")
    known = listed if wanted is None else pd.concat([listed[["product_id"]], wanted[["product_id"]]])
    items = ordered(known["product_id"])
    lists = Lists(
        customers, items, positions(customers, listed["customer_id"]), positions(items, listed["product_id"]),
        listed["rank"].to_numpy(np.intp),
    )  # fmt: skip
    one = np.ones(len(customers))
    shown = sums_by(lists.row, np.ones(len(lists.row)), customers)
    measured = [Metric("list_length", shown, one)]
    if wanted is not None:
        measured += _quality(lists, wanted, k)
    owner, names, price = catalogue_of(products, items, item_group)
    if history is not None:
        past = pairs_of(history, "history")
        for name in ("customer_id", "product_id"):
            same_kind_of_id(ordered(past[name]), ordered(listed[name]), "history", name=name)
        measured.append(_novelty(lists, past, shown))
        if names is not None:
            measured.append(_taste_gap(lists, past, products, item_group, names))
    if price is not None:
        asked = price[lists.item]
        priced = np.isfinite(asked).astype(float)
        measured.append(
            Metric(
                "mean_price",
                sums_by(lists.row, np.where(priced > 0, asked, 0.0), customers),
                sums_by(lists.row, priced, customers),
            )
        )
    parts = []
    exposed = [] if owner is None else ["exposure_share", "exposure_to_catalogue"]
    exposed += ["exposure_to_merit"] if exposed and wanted is not None else []
    asked_for = names_of(metrics)
    of_customers = None if asked_for is None else [name for name in asked_for if name not in exposed]
    of_products = exposed if asked_for is None else [name for name in asked_for if name in exposed]
    for attribute in attributes_of(groups, customers, intersections=intersections):
        own = [*measured, _variety(lists, attribute.codes, len(attribute.labels), k)]
        parts.append((attribute, chosen(own, of_customers)))
    further: tuple[list[dict[str, Any]], list[dict[str, Any]]] = ([], [])
    if owner is not None and names is not None and of_products:
        further = _exposure(
            lists, owner, names, catalogue_shares(products, item_group, names), wanted, item_group, how, of_products
        )
    return report(f"recommendations to {len(customers):,} customers", parts, how, further=further)


def _both(listed: pd.DataFrame, wanted: pd.DataFrame) -> pd.Series:
    for name in ("customer_id", "product_id"):
        same_kind_of_id(ordered(wanted[name]), ordered(listed[name]), "relevant", name=name)
    return pd.concat([listed["customer_id"], wanted["customer_id"]])


def _quality(lists: Lists, wanted: pd.DataFrame, k: int) -> list[Metric]:
    """nDCG with gains of 0 and 1 and whether anything was hit, over customers with something relevant."""
    n_items = len(lists.products)
    owner, item = positions(lists.customers, wanted["customer_id"]), positions(lists.products, wanted["product_id"])
    hit = np.isin(lists.row * n_items + lists.item, owner * n_items + item)
    n_wanted = np.bincount(owner, minlength=len(lists.customers))
    best = np.concatenate([[0.0], np.cumsum(1 / np.log2(np.arange(1, k + 1) + 1))])
    gained = sums_by(lists.row, hit / np.log2(lists.rank + 1), lists.customers)
    has = (n_wanted > 0).astype(float)
    ndcg = gained / np.where(n_wanted > 0, best[np.minimum(n_wanted, k)], 1.0)
    found = (sums_by(lists.row, hit.astype(float), lists.customers) > 0).astype(float)
    return [
        Metric("ndcg", ndcg * has, has),
        Metric("hit_rate", found * has, has),
        Metric("n_relevant", n_wanted.astype(float), has),
    ]


def _novelty(lists: Lists, past: pd.DataFrame, shown: Floats) -> Metric:
    knowing = past["product_id"].value_counts().reindex(lists.products).fillna(0).to_numpy(float)
    bits = -np.log2(np.maximum(knowing, 1) / past["customer_id"].nunique())
    return Metric("novelty", sums_by(lists.row, bits[lists.item], lists.customers), shown)


def _taste_gap(lists: Lists, past: pd.DataFrame, products: Any, item_group: str, names: list[str]) -> Metric:
    """Over customers who have both a list and a history."""
    table = plain_frame(products, "products").set_index("product_id")
    group = pd.Index(names).get_indexer(pd.Index(item_groups(past["product_id"].map(table[item_group]))))
    row = positions(lists.customers, past["customer_id"])
    fine = (row >= 0) & (group >= 0)
    n, width = len(lists.customers), len(names)
    before = np.bincount(row[fine] * width + group[fine], minlength=n * width).reshape(n, width).astype(float)
    owner = pd.Index(names).get_indexer(pd.Index(item_groups(table[item_group].reindex(lists.products))))
    after = np.bincount(lists.row * width + owner[lists.item], minlength=n * width).reshape(n, width).astype(float)
    both = (before.sum(1) > 0) & (after.sum(1) > 0)
    p, q = (each[both] / each[both].sum(1, keepdims=True) for each in (before, after))
    middle = (p + q) / 2
    apart = np.zeros(n)
    apart[both] = (rel_entr(p, middle) + rel_entr(q, middle)).sum(1) / (2 * np.log(2))
    return Metric("taste_gap", apart, both.astype(float))


def _variety(lists: Lists, codes: Ints, n_groups: int, k: int) -> Metric:
    """Expected number of different products in the lists of TOGETHER customers, over the places that these have.

    A U-statistic: the jackknife's pseudo-values average to it, so that it fits among the ratios of sums. A group of no
    more than TOGETHER customers has none.
    """
    has = np.bincount(lists.row, minlength=len(codes)) > 0
    size = np.bincount(codes[has], minlength=n_groups)
    group, n_items = codes[lists.row], len(lists.products)
    seen = np.bincount(group * n_items + lists.item, minlength=n_groups * n_items).reshape(n_groups, n_items)
    full, less, without = (_met(size - out, seen - off) for out, off in ((0, 0), (1, 0), (1, 1)))
    drop = np.bincount(lists.row, (less - without)[group, lists.item], minlength=len(codes))
    whole, rest = full.sum(1)[codes], less.sum(1)[codes] - drop
    part = has & (size[codes] > TOGETHER)
    pseudo = np.where(part, size[codes] * whole - (size[codes] - 1) * rest, 0.0)
    return Metric("variety", pseudo / (TOGETHER * k), part.astype(float), exchangeable=False)


def _met(size: Ints, seen: Ints) -> Floats:
    """The chance that TOGETHER of `size` customers include one of the `seen`; arrays (groups,) and (groups, items)."""
    whole = size[:, None].astype(float)
    rest = np.maximum(whole - seen, 0.0)
    possible = (rest >= TOGETHER) & (whole >= TOGETHER)
    with np.errstate(invalid="ignore"):
        log = gammaln(rest + 1) - gammaln(rest - TOGETHER + 1) - gammaln(whole + 1) + gammaln(whole - TOGETHER + 1)
    met = 1 - np.where(possible, np.exp(np.where(possible, log, 0.0)), 0.0)
    return np.asarray(np.where(seen > 0, met, 0.0), dtype=float)


def _exposure(
    lists: Lists,
    owner: Ints,
    names: list[str],
    catalogue: Floats,
    wanted: pd.DataFrame | None,
    item_group: str,
    how: Precision,
    asked: list[str],
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Exposure by group of products. The groups share their customers, so all are drawn together."""
    n, width = len(lists.customers), len(names)
    weight = 1 / np.log2(lists.rank + 1)
    seen = np.bincount(lists.row * width + owner[lists.item], weight, n * width).reshape(n, width).astype(float)
    columns = seen
    if wanted is not None:
        row, item = positions(lists.customers, wanted["customer_id"]), positions(lists.products, wanted["product_id"])
        merit = np.bincount(row * width + owner[item], minlength=n * width).reshape(n, width).astype(float)
        columns = np.concatenate([seen, merit], axis=1)
    sums = np.concatenate([columns.sum(0)[None], resampled_sums(columns, how.n_bootstrap, how.random)])
    with np.errstate(invalid="ignore", divide="ignore"):
        share = sums[:, :width] / sums[:, :width].sum(1, keepdims=True)
        found = {"exposure_share": share, "exposure_to_catalogue": share / catalogue}
        if wanted is not None:
            ratio = share * sums[:, width:].sum(1, keepdims=True) / sums[:, width:]
            found["exposure_to_merit"] = np.where(np.isfinite(ratio), ratio, np.nan)
    viewers = (seen > 0).sum(0)
    tail = [(1 - how.level) / 2, (1 + how.level) / 2]
    rows, gaps = [], []
    for metric, values in ((name, found[name]) for name in asked):
        for at, name in enumerate(names):
            draws = values[1:, at][np.isfinite(values[1:, at])]
            low, high = np.quantile(draws, tail) if len(draws) > 0.9 * how.n_bootstrap else (np.nan, np.nan)
            rows.append({
                "attribute": f"{item_group} (products)", "group": name, "n": int(viewers[at]), "metric": metric,
                "value": float(values[0, at]), "low": float(low), "high": float(high),
                "small": bool(viewers[at] < how.floor),
            })  # fmt: skip
        fine = np.flatnonzero(np.isfinite(values).mean(0) > 0.9)
        if metric == "exposure_share" or len(fine) < 2:  # groups of unequal size need not have equal shares
            continue
        gap = gap_between(values[0, fine], values[1:, fine], np.full(len(fine), n), level=how.level, share=False)
        gap["highest"], gap["lowest"] = names[fine[gap["highest"]]], names[fine[gap["lowest"]]]
        gaps.append({"attribute": f"{item_group} (products)", "metric": metric, **gap, "below_four_fifths": None})
    return rows, gaps
