"""Recommendations that give groups of products a stated share of the exposure, at the least cost in relevance.

Of all lists for all customers whose exposure meets the targets on average over customers (A. Biega, K. Gummadi and G.
Weikum 2018, "Equity of Attention": fairness is amortised over many rankings, not forced into each), those with the most
relevance sort each customer's candidates by score plus a bonus for the product's group: the bonuses are the multipliers
of the constraints (the linear programme of Singh and Joachims 2018, dualised). A few numbers are learnt, on some
customers, and serve any other customer, one at a time or all at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from personakit.errors import DataError, NotFittedError, ParameterError, UnknownNameError, some
from personakit.privacy.binding import check_use, purpose_of
from personakit.privacy.fairness.estimates import resampled_sums
from personakit.privacy.fairness.frontier import FRONTIER, Mitigation, degrees, mean_and_loss, split_by_group
from personakit.privacy.fairness.groups import numbers, ordered, plain_frame
from personakit.privacy.fairness.lists import catalogue_shares, item_groups, length_of_lists, pairs_of, read_lists
from personakit.privacy.fairness.report import precision
from personakit.privacy.settings import is_number

__all__ = ["ExposureReranker", "fair_recommendations"]

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]


class ExposureReranker(BaseEstimator):
    """Rerank long lists of candidates such that groups of products get a stated share of the exposure.

    Parameters
    ----------
    item_group : str, default "category"
        The column of `products` with the groups; a missing value is a group of its own.
    target : "catalogue", or mapping or Series of group to share, default "catalogue"
        The shares to reach, summing to 1; "catalogue": each group's share of the products.
    strength : float, default 1.0
        How far to go from the exposure as it is (0) to the target (1).
    k : int, default 10
        Length of the lists.
    n_rounds : int, default 200
        Rounds in which the bonuses are adjusted.

    Attributes
    ----------
    bonus_ : Series by group
        What is added to a candidate's score, once a customer's scores are scaled to 0 to 1.
    target_, before_, reached_ : Series by group
        Shares of the exposure: aimed at, without the bonuses, and with them, among the customers fitted on.
    purpose_ : str or None
        The purpose that the lists were released for.

    Examples
    --------
    >>> lists = pd.DataFrame({"customer_id": np.repeat(range(100), 4), "product_id": [1, 2, 3, 4] * 100})
    >>> lists["score"] = np.random.default_rng(0).uniform(size=400) + lists["product_id"].isin([1, 2])
    >>> goods = pd.DataFrame({"product_id": [1, 2, 3, 4], "category": ["old", "old", "new", "new"]})
    >>> model = ExposureReranker(k=2).fit(lists, goods)
    >>> model.before_.round(2).to_dict(), model.reached_.round(1).to_dict()
    ({'new': 0.0, 'old': 1.0}, {'new': 0.5, 'old': 0.5})
    """

    def __init__(
        self,
        item_group: str = "category",
        *,
        target: Any = "catalogue",
        strength: float = 1.0,
        k: int = 10,
        n_rounds: int = 200,
    ) -> None:
        self.item_group = item_group
        self.target = target
        self.strength = strength
        self.k = k
        self.n_rounds = n_rounds

    def fit(self, candidates: Any, products: Any) -> ExposureReranker:
        """Learn the bonuses.

        Parameters
        ----------
        candidates : DataFrame[customer_id, product_id, score (or rank)]
            More than k for each customer, or there is nothing to choose: 5 k is a good start.
        products : DataFrame[product_id, <item_group>]

        Raises
        ------
        DataError, ParameterError, UnknownNameError
            Lists without choice; products or groups that are not known; targets that are no shares.
        """
        k = length_of_lists(self.k)
        if not is_number(self.strength) or not 0 <= self.strength <= 1:
            raise ParameterError(f"strength={self.strength!r}: give a number from 0 to 1.")
        table = read_lists(candidates, where="candidates")
        self.groups_ = _group_of(products, self.item_group)
        names = ordered(self.groups_).tolist()
        score, group, discount = self._blocks(table, names, k)[:3]
        if (group >= 0).sum(axis=1).max() <= k:
            raise DataError(
                f"candidates has no more than {k} products for any customer, so a list of {k} leaves no choice. "
                f"Recommend more to choose from, such as k={5 * k}."
            )
        target = self._target(products, names)
        before = _exposed(score, group, discount, np.zeros(len(names)))
        aim = before + self.strength * (target - before)
        bonus, best, error = np.zeros(len(names)), np.zeros(len(names)), np.inf
        for number in range(self.n_rounds):
            share = _exposed(score, group, discount, bonus)
            if np.abs(share - aim).sum() < error:
                best, error = bonus.copy(), float(np.abs(share - aim).sum())
            step = 1.0 / (1 + number / 20)
            bonus = np.clip(bonus + step * (aim - share), -2, 2)  # a bonus of 1 outweighs any score
        self.bonus_ = pd.Series(best - best.mean(), names)
        self.target_, self.before_ = pd.Series(aim, names), pd.Series(before, names)
        self.reached_ = pd.Series(_exposed(score, group, discount, best), names)
        self.purpose_ = purpose_of(candidates)
        return self

    def rerank(self, candidates: Any) -> pd.DataFrame:
        """Lists of k for any customers.

        Parameters
        ----------
        candidates : DataFrame[customer_id, product_id, score (or rank)]

        Returns
        -------
        DataFrame[customer_id, product_id, score, rank]
            `score` is the scaled score with the bonus.

        Raises
        ------
        NotFittedError
        ConsentError
            The candidates were released for another purpose than those fitted on.
        """
        if not hasattr(self, "bonus_"):
            raise NotFittedError("This ExposureReranker is not fitted yet. Call fit(candidates, products) first.")
        check_use(self, candidates)
        table = read_lists(candidates, where="candidates")
        names = self.bonus_.index.tolist()
        k = length_of_lists(self.k)
        score, group, _, place = self._blocks(table, names, k)
        total = np.where(group >= 0, score + self.bonus_.to_numpy()[group], -np.inf)
        best = np.argsort(-total, axis=1, kind="stable")[:, :k]
        rows = np.take_along_axis(place, best, axis=1)
        rank = np.broadcast_to(np.arange(1, best.shape[1] + 1), best.shape)
        kept = rows >= 0
        chosen = table.iloc[rows[kept]]
        return pd.DataFrame({
            "customer_id": chosen["customer_id"].to_numpy(),
            "product_id": chosen["product_id"].to_numpy(),
            "score": np.take_along_axis(total, best, axis=1)[kept],
            "rank": rank[kept],
        })  # fmt: skip

    def _target(self, products: Any, names: list[str]) -> Floats:
        if isinstance(self.target, str):
            if self.target != "catalogue":
                raise UnknownNameError(f"target is {self.target!r}. Use 'catalogue', or give a share for each group.")
            return catalogue_shares(products, self.item_group, names)
        if not isinstance(self.target, (Mapping, pd.Series)):
            raise ParameterError("target must be 'catalogue', or a mapping or Series of group to share.")
        shares = pd.Series(dict(self.target), dtype=float)
        unknown = [name for name in shares.index if name not in names]
        if unknown:
            raise UnknownNameError(f"target names {some(unknown)}, but the groups are {some(names, 12)}.")
        found = np.asarray(shares.reindex(names).fillna(0.0), dtype=float)
        if (found < 0).any() or not np.isclose(found.sum(), 1):
            raise ParameterError(f"target sums to {found.sum():.4g}. Give shares of at least 0 that sum to 1.")
        return found

    def _blocks(self, table: pd.DataFrame, names: list[str], k: int) -> tuple[Floats, Ints, Floats, Ints]:
        """Scores from 0 to 1, groups (-1: no candidate) and rows of the table, each (customers, candidates)."""
        row = pd.factorize(table["customer_id"], sort=False)[0]
        rank = table["rank"].to_numpy()
        by_customer = np.lexsort((rank, row))
        size = np.bincount(row)
        column = np.arange(len(table)) - np.repeat(np.cumsum(size) - size, size)
        shape = (len(size), int(size.max()))
        place = np.full(shape, -1, dtype=np.intp)
        place[row[by_customer], column] = by_customer
        own = table["product_id"].map(self.groups_)
        if own.isna().any():
            lost = table.loc[own.isna(), "product_id"].unique()
            raise DataError(f"products lacks {len(lost)} of the candidates (product_id {some(lost)}). Add them.")
        code = pd.Index(names).get_indexer(pd.Index(own))
        group = np.where(place >= 0, code[place], -1)
        raw = numbers(table["score"], "candidates.score") if "score" in table.columns else -np.log2(1 + rank)
        if (wrong := ~np.isfinite(raw)).any():
            raise DataError(
                f"candidates.score has {int(wrong.sum())} values that are no finite numbers (rows "
                f"{some(table.index[wrong])}). Drop these rows, or give rank in place of score."
            )
        score = np.where(place >= 0, raw[place], np.nan)
        low, high = np.nanmin(score, axis=1, keepdims=True), np.nanmax(score, axis=1, keepdims=True)
        scaled = np.where(place >= 0, (score - low) / np.where(high > low, high - low, 1.0), -np.inf)
        return scaled, group, 1 / np.log2(np.arange(1, k + 1) + 1), place


def _exposed(score: Floats, group: Ints, discount: Floats, bonus: Floats) -> Floats:
    """Each group's share of the exposure when these bonuses are added."""
    total = np.where(group >= 0, score + bonus[group], -np.inf)
    best = np.argsort(-total, axis=1, kind="stable")[:, : len(discount)]
    own = np.take_along_axis(group, best, axis=1)
    weight = np.broadcast_to(discount[: own.shape[1]], own.shape)
    share = np.bincount(own[own >= 0], weight[own >= 0], len(bonus))
    return np.asarray(share / share.sum(), dtype=float)


def _group_of(products: Any, item_group: str) -> pd.Series:
    table = plain_frame(products, "products")
    if item_group not in table.columns or "product_id" not in table.columns:
        raise UnknownNameError(
            f"products has no {item_group!r} or no product_id (it has {', '.join(map(str, table.columns))}). Name the "
            "column with the groups of products: item_group=."
        )
    if not table["product_id"].is_unique:
        raise DataError("products has a product_id twice. Keep one row for each product.")
    return item_groups(table.set_index("product_id")[item_group])


def fair_recommendations(
    candidates: Any,
    products: Any,
    relevant: Any,
    *,
    item_group: str = "category",
    target: Any = "catalogue",
    k: int = 10,
    strengths: Sequence[float] = (0.0, 0.25, 0.5, 0.75, 1.0),
    test_size: float = 0.5,
    level: float = 0.95,
    n_bootstrap: int = 1000,
    random_state: int | np.random.RandomState | None = 0,
) -> Mitigation:
    """What it costs in nDCG to give groups of products their share of the exposure.

    Parameters
    ----------
    candidates : DataFrame[customer_id, product_id, score (or rank)]
        Long lists, such as 5 k products a customer.
    products, item_group, target, k
        As in `ExposureReranker`.
    relevant : DataFrame[customer_id, product_id]
        What each customer was held to want, and the recommender has not seen.
    strengths : sequence of float from 0 to 1
        Degrees of mitigation for the frontier; the output is that of the largest. 0 is always measured.
    test_size : float, default 0.5
        Share of the customers held out; the bonuses are learnt on the others.
    level, n_bootstrap, random_state
        As in `fairness_of_segments`.

    Returns
    -------
    Mitigation
        `output`: lists for the customers held out. `frontier`: the gap, which is the share of the exposure that is not
        where the target would have it (half the sum of absolute differences), against nDCG@k.

    Raises
    ------
    DataError, ParameterError, UnknownNameError
        As in `ExposureReranker.fit`.
    """
    how = precision(level, 1, n_bootstrap, 0, random_state)
    settings = sorted({0.0, *degrees(strengths, "strengths", 0, 1)})
    table, wanted = read_lists(candidates, where="candidates"), pairs_of(relevant, "relevant")
    customers = ordered(table["customer_id"])
    place = customers.get_indexer(pd.Index(table["customer_id"]))
    fit, test = split_by_group(np.zeros(len(customers), dtype=np.intp), test_size, how.random)
    train, held = table[np.isin(place, fit)], table[np.isin(place, test)]
    measured = customers[test][customers[test].isin(wanted["customer_id"])]
    if not len(measured):
        raise DataError("relevant has nothing for the customers held out, so nothing can be measured. Pass more rows.")
    outputs: dict[Any, pd.DataFrame] = {}
    rows, before, warnings = [], np.zeros(0), []
    goal: pd.Series | None = None
    for strength in settings:
        model = ExposureReranker(
            item_group, target=target, strength=strength, k=k, n_rounds=1 if strength == 0 else 200
        )
        model.fit(train, products)
        if goal is None:
            full = ExposureReranker(item_group, target=target, k=k, n_rounds=1).fit(train, products)
            goal = full.target_
        if (short := float((model.target_ - model.reached_).abs().sum() / 2)) > 0.02:
            warnings.append(
                f"At strength {strength:g} the candidates do not reach the target: {short:.1%} of the exposure stays "
                "off it. Give longer lists of candidates."
            )
        outputs[strength] = model.rerank(held)
        ndcg = _ndcg(outputs[strength], wanted, measured, k)
        before = ndcg if strength == 0 else before
        gap = _misplaced(outputs[strength], model.groups_, goal, customers[test], how)
        rows.append({"setting": strength, "attribute": item_group, **gap, **mean_and_loss(ndcg, before, how)})
    return Mitigation(
        output=outputs[settings[-1]],
        frontier=pd.DataFrame(rows, columns=list(FRONTIER)),
        gap_name="share of the exposure off target",
        value_name=f"nDCG@{k}",
        setting_name="strength",
        outputs=outputs,
        warnings=tuple(warnings),
        notes=(
            f"Bonuses learnt on {len(fit):,} customers, measured on {len(test):,} others, nDCG on the "
            f"{len(measured):,} of them with something relevant.",
        ),
    )


def _ndcg(lists: pd.DataFrame, wanted: pd.DataFrame, measured: pd.Index, k: int) -> Floats:
    hits = lists.merge(wanted, on=["customer_id", "product_id"])
    gained = (1 / np.log2(hits["rank"] + 1)).groupby(hits["customer_id"]).sum().reindex(measured).fillna(0.0)
    n = wanted["customer_id"].value_counts().reindex(measured).to_numpy(int)
    best = np.cumsum(1 / np.log2(np.arange(1, k + 1) + 1))
    return np.asarray(gained.to_numpy(float) / best[np.minimum(n, k) - 1], dtype=float)


def _misplaced(
    lists: pd.DataFrame, groups: pd.Series, goal: pd.Series, customers: pd.Index, how: Any
) -> dict[str, float]:
    row = customers.get_indexer(pd.Index(lists["customer_id"]))
    own = goal.index.get_indexer(pd.Index(lists["product_id"].map(groups)))
    weight, width = 1 / np.log2(lists["rank"].to_numpy(float) + 1), len(goal)
    seen = np.bincount(row * width + own, weight, len(customers) * width).reshape(-1, width).astype(float)
    sums = np.concatenate([seen.sum(axis=0)[None], resampled_sums(seen, how.n_bootstrap, how.random)])
    off = np.abs(sums / sums.sum(axis=1, keepdims=True) - goal.to_numpy(float)).sum(axis=1) / 2
    low, high = np.quantile(off[1:], [(1 - how.level) / 2, (1 + how.level) / 2])
    return {"gap": float(off[0]), "gap_low": float(low), "gap_high": float(high)}
