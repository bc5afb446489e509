"""Whether the reasons of a model are true, tested by taking them away; and what moved a product in a re-ranked list."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from personakit.errors import DataError, ParameterError, some
from personakit.recommend.folding import FoldingIn
from personakit.recommend.implicit import EASE
from personakit.recommend.interactions import as_index, read_interactions
from personakit.recommend.latent import ALS
from personakit.recommend.neighbours import ItemKNN
from personakit.recommend.protocol import Recommender
from personakit.recommend.ratings.recommender import SurpriseRecommender
from personakit.recommend.reranking.candidates import read_candidates, read_table
from personakit.recommend.sparse_linear import SLIM

if TYPE_CHECKING:
    from personakit.recommend.reranking.rules import RuledLists

__all__ = ["check_reasons", "explain_reranking"]

Codes = NDArray[np.intp]
Floats = NDArray[np.float64]

_PARTS = ("diversity_part", "calibration_part")


def check_reasons(model: Recommender, customer_id: Any, product_id: Any, *, interactions: Any = None) -> pd.DataFrame:
    """Beside each reason that `explain` gives, by how much the score falls when that product was never hers.

    The model is kept as it is and her history is changed: one product less, each in turn. Where a score is a sum over
    what she has (EASE, ItemKNN, SLIM, the content recommender) the two are equal. Where what she has also decides how
    much each counts, the parts still add up to the score, but the others change when one goes, and the table shows by
    how much: in SVD++ the sum is divided by the square root of its length; in ALS, unless every confidence is 1, her
    taste is fitted to all of it.

    Parameters
    ----------
    model : fitted recommender
        EASE, ItemKNN, SLIM, ALS, a content recommender, or `SurpriseRecommender("SVDpp")`. Of a blend, check the
        members: `blend.models_`.
    customer_id, product_id : hashable
        Both must be known to the model.
    interactions : pandas.DataFrame, optional
        The table that the model was fitted on. The changes are then measured by `recommend_from` on her rows, with and
        without each product: the only way for `NextItem`, in which a choice that goes makes older ones more recent.

    Returns
    -------
    pandas.DataFrame
        `reason`, `product_id`, `contribution` as in `explain`, and `change`: the score with the product in her history
        less the score without it; NaN for a reason that is about no product of hers.

    Raises
    ------
    DataError
        The customer or the product is not known, so that there are no reasons to check.
    ParameterError
        The model keeps no history that could be changed.

    Examples
    --------
    >>> from personakit.recommend import EASE
    >>> things = ["tea", "pot", "mug", "tea", "pot", "tea", "mug"]
    >>> baskets = pd.DataFrame({"customer_id": [1, 1, 1, 2, 2, 3, 3], "product_id": things})
    >>> check_reasons(EASE(l2=2.0).fit(baskets), 2, "mug").round(3)
                 reason product_id  contribution  change
    0  has this product        tea         0.375   0.375
    1  has this product        pot         0.062   0.062
    """
    stated = model.explain(customer_id, product_id)
    customer, product = int(model.customers_.codes([customer_id])[0]), int(model.products_.codes([product_id])[0])
    if customer < 0 or product < 0 or not model._has_history(np.array([customer]))[0]:
        raise DataError(
            f"check_reasons: the model does not know customer {customer_id!r}, or nothing of her history, or does not "
            f"know product {product_id!r}. Ask for one of {some(model.customers_.ids)} and {some(model.products_.ids)}."
        )
    about = model.products_.codes(stated["product_id"])
    named = about >= 0
    change = np.full(len(stated), np.nan)
    if interactions is None:
        change[named] = _changes(model, customer, product, about[named])
    elif named.any():
        change[named] = _by_rows(model, customer_id, product_id, stated["product_id"][named].tolist(), interactions)
    table = stated.assign(change=change)
    table.attrs.update(stated.attrs)
    return table


def _changes(model: Recommender, customer: int, product: int, gone: Codes) -> Floats:
    """The score less the score without each product that she has."""
    if not len(gone):
        return np.empty(0)
    asked: Any = model
    if hasattr(model, "score_without"):
        ids = model.customers_.ids[customer], model.products_.ids[product]
        left = [asked.score_without(*ids, products=[one]) for one in model.products_.take(gone)]
        return asked.score_without(*ids) - np.array(left, dtype=float)
    if isinstance(model, (EASE, ItemKNN, SLIM, ALS)):
        return _without_each(asked, customer, product, gone)
    if isinstance(model, SurpriseRecommender) and getattr(model.factors_, "implicit_factors", None) is not None:
        return _unrated_each(asked, customer, product, gone)
    raise ParameterError(
        f"The reasons of {type(model).__name__} cannot be checked by removing what she has: its history cannot be "
        "changed without the rows, or without a new fit. Pass interactions= for a model with recommend_from; of a "
        "blend, check the members (model.models_)."
    )


def _by_rows(model: Any, customer_id: Any, product_id: Any, gone: list[Any], interactions: Any) -> Floats:
    """One newcomer with all of her rows, and one without each product; a newcomer without rows scores 0."""
    if not isinstance(model, FoldingIn):
        raise ParameterError(
            f"{type(model).__name__} has no recommend_from, so interactions= is of no use to it. Leave it out."
        )
    frame = read_interactions(interactions)
    own = frame[(frame["customer_id"] == customer_id).to_numpy()]
    parts = [own, *(own[(own["product_id"] != product).to_numpy()] for product in gone)]
    rows = pd.concat([part.assign(customer_id=number) for number, part in enumerate(parts)])
    lists = model.recommend_from(rows, k=1, exclude_seen=False, candidates=[product_id])
    scores = lists.set_index("customer_id")["score"].reindex(range(len(parts))).fillna(0.0).to_numpy(float)
    return np.asarray(scores[0] - scores[1:], dtype=float)


def _without_each(model: Any, customer: int, product: int, gone: Codes) -> Floats:
    """As many strangers as products, each with her history but for one, and she herself: all scored at once."""
    place = model._place[gone] if isinstance(model, EASE) else gone  # EASE may keep fewer products than it knows
    without = model._history[np.full(len(gone) + 1, customer)].tolil()
    without[np.arange(len(gone)), place] = 0.0
    history = without.tocsr()
    history.eliminate_zeros()
    changed = copy.copy(model)
    changed._history = history
    if isinstance(model, ALS):
        changed.customer_factors_ = model._solved(history)
    scores = changed._scorer(np.array([product]))(np.arange(len(gone) + 1))[:, 0]
    return np.asarray(scores[-1] - scores[:-1], dtype=float)


def _unrated_each(model: Any, customer: int, product: int, gone: Codes) -> Floats:
    """Surprise's own estimate from her ratings but for one."""
    inner, inner_product = int(model._inner_customers[customer]), int(model._inner_products[product])
    rated = model.trainset_.ur[inner]
    scores = []
    for item in [-1, *model._inner_products[gone].tolist()]:
        changed = copy.copy(model.algorithm_)
        changed.trainset = copy.copy(model.trainset_)
        changed.trainset.ur = {**model.trainset_.ur, inner: [pair for pair in rated if pair[0] != item]}
        scores.append(float(changed.estimate(inner, inner_product)))
    return scores[0] - np.array(scores[1:])


def explain_reranking(before: Any, after: Any, customer_id: Any, *, ruled: RuledLists | None = None) -> pd.DataFrame:
    """What moved each product of one customer's list: a rule, or the re-ranker.

    Parameters
    ----------
    before : pandas.DataFrame
        The candidates as the model gave them.
    after : pandas.DataFrame
        The list in the end. With the columns that `diversify` or `calibrate` add for `reasons=True`, the text says how
        much of a product's gain came from them.
    customer_id : hashable
    ruled : RuledLists, optional
        What `apply_rules` gave, if rules were applied in between.

    Returns
    -------
    pandas.DataFrame
        One row for each product of the list, then for those of the first places that are not in it any more, then for
        those that a rule took: `product_id`; `rank_before` and `rank_after` (missing: not in the list); `by_rules`,
        the places that it rose as rules took products above it; `by_reranking`, the places that it rose or (below 0)
        fell in the new order; `reason` in words. The two add up to rank_before - rank_after.

    Raises
    ------
    DataError
        The customer has no candidates; a product of the list is no candidate.

    Examples
    --------
    >>> lists = pd.DataFrame({"customer_id": 1, "product_id": ["mug", "cup", "tea"], "score": [3.0, 2.9, 2.0]})
    >>> after = pd.DataFrame({"customer_id": 1, "product_id": ["mug", "tea"], "score": [3.0, 2.0]})
    >>> explain_reranking(lists, after, 1)[["product_id", "rank_before", "by_reranking"]].to_numpy().tolist()
    [['mug', 1, 0], ['tea', 3, 1], ['cup', 2, <NA>]]
    """
    was, now = _ranks(before, customer_id, "before"), _ranks(after, customer_id, "after")
    if was.empty:
        raise DataError(f"before has no candidates for customer {customer_id!r}. Pass the lists of the model.")
    if len(strange := now.index.difference(was.index, sort=False)):
        raise DataError(f"after has {len(strange)} products that before lacks ({some(strange)}). Pass the same lists.")
    rule = pd.Series(dtype=object)
    if ruled is not None:
        dropped = ruled.dropped[(ruled.dropped["customer_id"] == customer_id).to_numpy()]
        words = [f"removed by {name}: {why}" for name, why in zip(dropped["rule"], dropped["reason"], strict=True)]
        rule = pd.Series(words, index=as_index(dropped["product_id"]), dtype=object)
    gone = was.index.isin(rule.index)
    displaced = was.index[(was["rank"].to_numpy() <= len(now)) & ~was.index.isin(now.index) & ~gone]
    products = now.index.append(displaced).append(rule.index)
    first = was["rank"].reindex(products).to_numpy(float)
    last = now["rank"].reindex(products).to_numpy(float)
    taken = np.sort(was["rank"].to_numpy()[gone])
    by_rules = np.where(np.isnan(last), np.nan, np.searchsorted(taken, first))
    by_order = first - last - by_rules
    part = next((name for name in _PARTS if name in now.columns), None)
    parts = now[part].reindex(products).to_numpy(float) if part else np.full(len(products), np.nan)
    words = [
        rule.get(product) or _in_words(rules, order, own, part)
        for product, rules, order, own in zip(products, by_rules, by_order, parts, strict=True)
    ]
    columns = {"rank_before": first, "rank_after": last, "by_rules": by_rules, "by_reranking": by_order}
    return pd.DataFrame(
        {"product_id": products, **{name: pd.array(values, dtype="Int64") for name, values in columns.items()}}
    ).assign(reason=words)


def _ranks(lists: Any, customer_id: Any, where: str) -> pd.DataFrame:
    table = read_table(lists, where)
    own = table[(table["customer_id"] == customer_id).to_numpy()]
    if "rank" not in own.columns and len(own):
        candidates = read_candidates(own)
        order = pd.Series(np.arange(candidates.item.shape[1]) + 1, index=candidates.products.take(candidates.item[0]))
        own = own.assign(rank=order.reindex(as_index(own["product_id"])).to_numpy())
    elif "rank" not in own.columns:
        own = own.assign(rank=0)
    return own.set_index(as_index(own["product_id"])).sort_values("rank")


def _in_words(by_rules: float, by_order: float, part: float, name: str | None) -> str:
    if np.isnan(by_order):
        return "not chosen: others gained more"
    said = []
    if by_rules:
        said.append(f"up {by_rules:.0f} as rules took what was above it")
    if by_order:
        said.append(f"{'up' if by_order > 0 else 'down'} {abs(by_order):.0f} in the new order")
    if not said:
        said.append("where its score put it")
    if name is not None and not np.isnan(part):
        said.append(f"{name.removesuffix('_part')} {part:+.3f} of its gain")
    return "; ".join(said)
