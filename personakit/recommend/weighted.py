"""A weighted blend of recommenders, with weights that are given or learnt on products held out of its own data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import clone

from personakit.errors import DataError, ParameterError, UnknownNameError, some
from personakit.recommend.blending import (
    CANDIDATES,
    candidate_scores,
    gain,
    on_one_scale,
    regressed_weights,
    selected_weights,
)
from personakit.recommend.ensembles import Ensemble, named_members
from personakit.recommend.evaluation.splitting import split_interactions
from personakit.recommend.protocol import Codes, Reason, Recommender
from personakit.recommend.topk import ScoreBlock, best_columns

__all__ = ["WeightedHybrid"]

Floats = NDArray[np.float64]


class WeightedHybrid(Ensemble):
    """Several recommenders as one: the weighted sum of their scores, put on one scale customer by customer.

    Scores of different models have different scales, so each member's scores of one customer are normalised over the
    products that she does not have yet. What a member cannot score counts as the lowest that it gives. A member to
    whom a customer is unknown gives her its popular products, as everywhere; whom no member knows gets `popularity_`.
    Burke 2002, "Hybrid recommender systems: survey and experiments", section 3.1.

    Parameters
    ----------
    models : mapping of name to Recommender, or sequence of Recommender
        The members, which are cloned. In a sequence a member goes by the name of its class.
    weights : mapping of name to float, or sequence of float, optional
        One for each member, 0 or more. None: learnt on a share `validation_size` of each customer's products, which is
        held out of the data given to `fit`. Then all members are fitted anew on all of the data.
    learn : {"greedy", "logistic"}, default "greedy"
        How weights are learnt. "greedy": starting from nothing, the member whose addition most improves nDCG@k is
        added, 40 times, with repetition; Caruana et al. 2004, "Ensemble selection from libraries of models", sections 2
        and 2.1. "logistic": by logistic regression of what was held out on the members' scores, over the 100
        products that they put first together; Wolpert 1992, "Stacked generalization". It uses all of a list instead
        of its top, so that it suits many members that are alike, and a weight may come out below 0.
    normalise : {"zscore", "minmax", "rank"} or None, default "zscore"
        Mean 0 and standard deviation 1; 0 to 1; share of the products that score lower; scores as they are.
    k : int, default 10
        Length of the lists that the weights are learnt for.
    validation_size : float, default 0.2
        Share held out when weights are learnt.
    random_state : int, RandomState or None, default 0
        For the validation split.

    Attributes
    ----------
    models_ : dict of name to Recommender
        The fitted members.
    weights_ : dict of name to float
        Those given, or those learnt, whose absolute values add up to 1. A member of weight 0 is not fitted.
    validation_scores_ : dict of name to float
        nDCG@k on the validation part: each member alone, and "blend". Of the blend this is optimistic, as its weights
        were chosen there. Only when weights are learnt.

    Examples
    --------
    >>> from personakit.recommend import EASE, ItemKNN
    >>> things = ["tea", "pot", "tea", "pot", "tea", "cup"]
    >>> baskets = pd.DataFrame({"customer_id": [1, 1, 2, 2, 3, 4], "product_id": things})
    >>> blend = WeightedHybrid({"ease": EASE(l2=1.0), "knn": ItemKNN()}, weights={"ease": 0.7, "knn": 0.3})
    >>> blend.fit(baskets).recommend([3], k=1)[["customer_id", "product_id", "rank"]].to_numpy().tolist()
    [[3, 'pot', 1]]
    """

    def __init__(
        self,
        models: Mapping[str, Recommender] | Sequence[Recommender],
        weights: Mapping[str, float] | Sequence[float] | None = None,
        *,
        learn: Literal["greedy", "logistic"] = "greedy",
        normalise: Literal["zscore", "minmax", "rank"] | None = "zscore",
        k: int = 10,
        validation_size: float = 0.2,
        random_state: int | np.random.RandomState | None = 0,
    ) -> None:
        self.models = models
        self.weights = weights
        self.learn = learn
        self.normalise = normalise
        self.k = k
        self.validation_size = validation_size
        self.random_state = random_state

    def _requirements(self) -> tuple[str, ...]:
        given_weights(self.weights, list(named_members(self.models)))
        if self.learn not in ("greedy", "logistic"):
            raise ParameterError(f"learn must be 'greedy' or 'logistic', but is {self.learn!r}.")
        if self.normalise not in ("zscore", "minmax", "rank", None):
            raise ParameterError(f"normalise must be 'zscore', 'minmax', 'rank' or None, but is {self.normalise!r}.")
        if isinstance(self.k, bool) or not isinstance(self.k, (int, np.integer)) or self.k < 1:
            raise ParameterError(f"k must be a whole number of products >= 1, but is {self.k!r}.")
        if not 0 < self.validation_size < 1:
            raise ParameterError(
                f"validation_size must lie between 0 and 1, e.g. 0.2, but is {self.validation_size!r}."
            )
        return ()

    def _learn(self, frame: pd.DataFrame, customers: Codes, products: Codes, weights: Floats) -> None:
        frame = self._bound(frame)
        members = named_members(self.models)
        given = given_weights(self.weights, list(members))
        self.weights_: dict[str, float] = self._chosen(frame, members) if given is None else given
        self.models_: dict[str, Recommender] = {
            name: clone(member).fit(frame) for name, member in members.items() if self.weights_[name]
        }

    def _chosen(self, frame: pd.DataFrame, members: dict[str, Recommender]) -> dict[str, float]:
        """The weights that give the best lists on a validation part of the data."""
        try:
            train, held = split_interactions(frame, test_size=self.validation_size, random_state=self.random_state)
        except DataError as error:
            raise DataError(
                f"The weights of a {type(self).__name__} are learnt on held-out products, but: {error} "
                "Or pass weights, e.g. weights=[0.5, 0.5]."
            ) from error
        fitted = {name: clone(member).fit(train) for name, member in members.items()}
        scores, hits, best_possible = candidate_scores(fitted, train, held, k=self.k, normalise=self.normalise)

        def quality(blend: Floats) -> float:
            return float((gain(blend, hits, self.k) / best_possible).mean())

        self.validation_scores_ = {name: quality(part) for name, part in zip(members, scores, strict=True)}
        # The regression looks at what all members together put first, the good ones foremost: among one member's own
        # best, its score would speak against what it alone brought in.
        together = (np.square(list(self.validation_scores_.values())) + 1e-9) @ scores.reshape(len(scores), -1)
        best = best_columns(together.reshape(hits.shape), min(CANDIDATES, hits.shape[1]))[0]
        within = np.zeros(hits.shape, dtype=bool)
        np.put_along_axis(within, best, True, axis=1)
        within &= np.isfinite(scores).all(axis=0)
        if self.learn == "logistic" and 0 < hits[within].sum() < within.sum():
            chosen = regressed_weights(scores[:, within].T, hits[within])
            total = np.full(within.shape, -np.inf)
            total[within] = chosen @ scores[:, within]
        else:
            chosen = selected_weights(scores, quality)
            total = sum(weight * part for weight, part in zip(chosen, scores, strict=True) if weight)
        self.validation_scores_["blend"] = quality(total)
        return dict(zip(members, (chosen / np.abs(chosen).sum()).tolist(), strict=True))

    def _scorer(self, columns: Codes | None) -> ScoreBlock:
        def blended(rows: Codes) -> Floats:
            total = np.zeros((len(rows), len(self.products_)))
            nowhere = np.ones(total.shape, dtype=bool)
            owned = self.seen_[rows].toarray() > 0
            for name, model in self.models_.items():
                raw = model.scores(self.customers_.take(rows), self.products_.ids)
                nowhere &= np.isneginf(raw)
                total += self.weights_[name] * on_one_scale(raw, owned, self.normalise)[0]
            total[nowhere] = -np.inf
            return total if columns is None else total[:, columns]

        def in_order(rows: Codes) -> Floats:  # `scores` answers a repeated customer once
            distinct, places = np.unique(rows, return_inverse=True)
            return blended(distinct)[places]

        return in_order

    def _reasons(self, customer: int, product: int) -> list[Reason]:
        customer_id, product_id = self.customers_.ids[customer], self.products_.ids[product]
        owned = self.seen_[[customer]].toarray() > 0
        reasons, level, scored = [], 0.0, False
        for name, model in self.models_.items():
            raw = model.scores([customer_id], self.products_.ids)
            values, slope, offset = on_one_scale(raw, owned, self.normalise)
            weight, value = self.weights_[name], float(values[0, product])
            if np.isneginf(raw[0, product]):
                reasons.append(Reason(f"{name}: no score, counts as its lowest", -1, weight * value))
                continue
            scored = True
            if self.normalise == "rank":
                place = int((raw[0] > raw[0, product]).sum()) + 1
                reasons.append(Reason(f"{name}: place {place} of {raw.shape[1]}", -1, weight * value))
                continue
            parts = model.explain(customer_id, product_id)
            about = self.products_.codes(parts["product_id"])
            steepness = weight * float(slope[0, 0])
            reasons += [
                Reason(f"{name}: {reason}", int(place), steepness * float(part))
                for reason, place, part in zip(parts["reason"], about, parts["contribution"], strict=True)
            ]
            level += weight * float(offset[0, 0])
        if not scored:
            return [Reason("no score: no member scores this product", -1, 0.0)]
        if level:
            reasons.append(Reason("level: what the members' scores start from", -1, level))
        return reasons


def given_weights(weights: Mapping[str, float] | Sequence[float] | None, names: list[str]) -> dict[str, float] | None:
    """Weights by name, checked; None where they are to be learnt.

    Raises
    ------
    ParameterError, UnknownNameError
        Of another length, below 0, not finite, all 0, or for a name that is not among the models.

    Examples
    --------
    >>> given_weights([2, 1], ["ease", "knn"])
    {'ease': 2.0, 'knn': 1.0}
    """
    if weights is None:
        return None
    if isinstance(weights, Mapping):
        if unknown := [name for name in weights if name not in names]:
            raise UnknownNameError(f"weights names {some(unknown)!r}, but the models are {', '.join(names)}.")
        weights = [weights.get(name, 0.0) for name in names]
    values = np.asarray(weights, dtype=float)
    if values.shape != (len(names),):
        raise ParameterError(
            f"weights has the shape {values.shape}, but there are {len(names)} models ({', '.join(names)}). "
            "Pass one weight for each, or a mapping by name."
        )
    if bad := [f"{name}: {value:g}" for name, value in zip(names, values, strict=True) if not 0 <= value < np.inf]:
        raise ParameterError(
            f"weights must be finite and 0 or more, but are not for {some(bad)}. Leave that model out."
        )
    if not values.any():
        raise ParameterError("weights are all 0, so nothing would be recommended. Give one model a weight above 0.")
    return dict(zip(names, values.tolist(), strict=True))
