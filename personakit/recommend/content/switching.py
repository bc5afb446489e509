"""Content for the new, behaviour for the known: a hybrid that hands over as data arrive."""

from __future__ import annotations

import copy
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import clone

from personakit.errors import ParameterError
from personakit.recommend.forgetting import Forgetting, Remaining
from personakit.recommend.protocol import Codes, Reason, Recommender
from personakit.recommend.topk import ScoreBlock

__all__ = ["SwitchingHybrid"]

Floats = NDArray[np.float64]
_PARTS = ("behaviour", "content")


class SwitchingHybrid(Forgetting):
    """One recommender for those of whom much is known and one for the others, products as well as customers.

    Behaviour counts w and content 1 - w, where w is the share of the customer, times the share of the product. With
    the smooth hand-over a customer of n products has the share ``n / (n + customer_history)`` and a product of n
    customers ``n / (n + product_history)``: half at that number, nearly all at ten times as much. With the hard one it
    is 0 below the number and 1 from it on. Burke 2002, "Hybrid recommender systems", section 3.2.

    The two have scores of different scales. So each one's scores of a customer are taken in standard deviations from
    their mean, over the products that it scores and that she does not have. A product that the behaviour model does
    not score is left to content, whatever its share.

    Parameters
    ----------
    behaviour, content : Recommender
        The models, e.g. ``EASE()`` and ``ContentRecommender(products)``. Both are cloned and fitted on the same data.
    customer_history : float, default 10
        Products of a customer at which behaviour has half a say, or with "hard" all of it.
    product_history : float, default 10
        The same for the customers of a product.
    handover : {"smooth", "hard"}, default "smooth"

    Attributes
    ----------
    behaviour_, content_ : Recommender
        As fitted.
    customer_share_, product_share_ : ndarray of float, shape (n_customers,) and (n_products,)
        How much say behaviour has.

    Examples
    --------
    >>> from personakit.recommend import ContentRecommender, ItemKNN
    >>> shop = pd.DataFrame({"product_id": [1, 2, 3], "title": ["Linen shirt", "Steel pan", "Linen dress"]})
    >>> bought = pd.DataFrame({"customer_id": ["eve", "ann", "ann"], "product_id": [1, 1, 2]})
    >>> hybrid = SwitchingHybrid(ItemKNN(), ContentRecommender(shop), product_history=1).fit(bought)
    >>> hybrid.recommend(["eve"])["product_id"].tolist(), hybrid.product_share_.round(2).tolist()
    ([3, 2], [0.67, 0.5, 0.0])
    """

    def __init__(
        self,
        behaviour: Recommender | None = None,
        content: Recommender | None = None,
        *,
        customer_history: float = 10.0,
        product_history: float = 10.0,
        handover: Literal["smooth", "hard"] = "smooth",
    ) -> None:
        self.behaviour = behaviour
        self.content = content
        self.customer_history = customer_history
        self.product_history = product_history
        self.handover = handover

    def _requirements(self) -> tuple[str, ...]:
        for name in _PARTS:
            model = getattr(self, name)
            if not isinstance(model, Recommender):
                raise ParameterError(
                    f"{name} must be a recommender, but is {model!r}: "
                    "SwitchingHybrid(EASE(), ContentRecommender(products))."
                )
        for name in ("customer_history", "product_history"):
            value = getattr(self, name)
            if not (np.isfinite(value) and value >= 0):
                raise ParameterError(f"{name} must be a number of interactions >= 0, but is {value!r}.")
        if self.handover not in ("smooth", "hard"):
            raise ParameterError(f"handover must be 'smooth' or 'hard', but is {self.handover!r}.")
        return ()

    @property
    def needs_ratings(self) -> bool:
        """Whether one of the two predicts ratings; both then learn from the table of ratings."""
        return any(getattr(getattr(self, name), "needs_ratings", False) for name in _PARTS)

    def _offered(self) -> pd.Index | None:
        return self._told("_offered")

    def _enrolled(self) -> pd.Index | None:
        return self._told("_enrolled")

    def _told(self, what: str) -> pd.Index | None:
        parts = [part for name in _PARTS if (part := getattr(getattr(self, name), what)()) is not None]
        return parts[0].append(parts[1:]).unique() if parts else None

    def _learn(self, frame: pd.DataFrame, customers: Codes, products: Codes, weights: Floats) -> None:
        if self.purpose_ is not None and frame.attrs.get("purpose") != self.purpose_:
            frame = frame.copy(deep=False)
            frame.attrs["purpose"] = self.purpose_
        self.behaviour_, self.content_ = clone(self.behaviour).fit(frame), clone(self.content).fit(frame)
        self.__dict__.update(self._shares(self.seen_))

    def _shares(self, seen: Any) -> dict[str, Floats]:
        of_customer = np.diff(seen.indptr).astype(float)
        of_product = np.bincount(seen.indices, minlength=seen.shape[1]).astype(float)
        return {
            "customer_share_": self._share(of_customer, self.customer_history),
            "product_share_": self._share(of_product, self.product_history),
        }

    def _share(self, number: Floats, needed: float) -> Floats:
        if self.handover == "hard":
            return (number >= max(needed, 1)).astype(float)
        return number / np.maximum(number + needed, np.finfo(float).tiny)

    def forget(self, customer_ids: Any) -> Self:
        """Unlearn customers in both models; see `Forgetting.forget`.

        Raises
        ------
        NotFittedError, DataError
            As there.
        ParameterError
            One of the two cannot forget.
        """
        self._check_fitted("forget")
        wanted, parts = self._wanted(customer_ids), {}
        for name in _PARTS:
            part = getattr(self, f"{name}_")
            if not hasattr(part, "forget"):
                raise ParameterError(
                    f"{name} is a {type(part).__name__}, which cannot forget: every factor of it has seen every "
                    "customer. Fit the hybrid anew without them."
                )
            parts[name] = copy.copy(part).forget(wanted)
        super().forget(wanted)
        for name, part in parts.items():
            setattr(self, name, clone(part))  # its parameters may hold tables of people, such as reviews
            if hasattr(self, "popularity_"):
                setattr(self, f"{name}_", part)
        return self

    def _without(self, left: Remaining) -> dict[str, Any]:
        return dict(self._shares(left.seen))

    def _has_history(self, codes: Codes) -> NDArray[np.bool_]:
        known, here = np.zeros(len(codes), dtype=bool), codes >= 0
        ids = self.customers_.take(codes[here])
        known[here] = self.behaviour_.knows(ids) | self.content_.knows(ids) if len(ids) else False
        return known

    def _scorer(self, columns: Codes | None) -> ScoreBlock:
        def score(rows: Codes) -> Floats:
            distinct, places = np.unique(rows, return_inverse=True)
            say, parts = self._measured(distinct)
            total = np.zeros(say.shape)
            for weight, (raw, mean, spread) in zip((say, 1 - say), parts, strict=True):
                finite = np.isfinite(raw)
                total += weight * np.where(finite, np.where(finite, raw, 0.0) - mean, 0.0) / spread
                total[(weight > 0) & ~finite] = -np.inf
            return total[places] if columns is None else total[np.ix_(places, columns)]

        return score

    def _measured(self, rows: Codes) -> tuple[Floats, list[tuple[Floats, Floats, Floats]]]:
        """The say of behaviour, shape (n, n_products), and of both parts the scores, their means and spreads."""
        ids, owned = self.customers_.take(rows), self.seen_[rows].toarray() > 0
        say = np.outer(self.customer_share_[rows], self.product_share_)
        parts = []
        for name in _PARTS:
            model = getattr(self, f"{name}_")
            raw = model.scores(ids, self.products_.ids)
            finite = np.isfinite(raw)
            counted = finite & ~owned
            counted |= finite & ~counted.any(axis=1, keepdims=True)
            number = np.maximum(counted.sum(axis=1, keepdims=True), 1)
            mean = np.where(counted, raw, 0.0).sum(axis=1, keepdims=True) / number
            spread = np.sqrt((np.where(counted, raw - mean, 0.0) ** 2).sum(axis=1, keepdims=True) / number)
            spread[spread <= 1e-12 * np.maximum(np.abs(mean), 1e-300)] = 1.0
            parts.append((raw, mean, spread))
        known = [getattr(self, f"{name}_").knows(ids)[:, None] for name in _PARTS]
        by_behaviour, by_content = (known[place] & np.isfinite(parts[place][0]) for place in (0, 1))
        return np.where(by_behaviour, np.where(by_content, say, 1.0), 0.0), parts

    def _reasons(self, customer: int, product: int) -> list[Reason]:
        say, parts = self._measured(np.array([customer]))
        share = float(say[0, product])
        customer_id, product_id = self.customers_.ids[customer], self.products_.ids[product]
        reasons, level = [], 0.0
        for name, weight, (raw, mean, spread) in zip(_PARTS, (share, 1 - share), parts, strict=True):
            if weight <= 0:
                continue
            if not np.isfinite(raw[0, product]):
                return [Reason(f"no score: {name} has none for this product", -1, 0.0)]
            slope = weight / float(spread[0, 0])
            level -= slope * float(mean[0, 0])
            told = getattr(self, f"{name}_").explain(customer_id, product_id)
            about = self.products_.codes(told["product_id"])
            reasons += [
                Reason(f"{name} ({weight:.0%}): {reason}", int(place), slope * float(part))
                for reason, place, part in zip(told["reason"], about, told["contribution"], strict=True)
            ]
        return [*reasons, Reason("level: what these models give her on the average", -1, level)]
