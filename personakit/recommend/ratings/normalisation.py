"""What a neighbour's rating departs from, and what the answer starts from: nothing, a mean, a z-score or a baseline."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from personakit.recommend.protocol import Codes, Reason

__all__ = ["Normalisation"]

Floats = NDArray[np.float64]


class Normalisation(NamedTuple):
    """The four ways of Surprise's kNN, where x is the side that has neighbours and y the other.

    `kind` is "none" (KNNBasic), "mean", "zscore" or "baseline"; `mean` that of all ratings; `centre` and `spread` of
    each x, `of_y` of each y. A rating departs by (rating - centre - of_y) / spread of the neighbour.
    """

    kind: str
    mean: float
    centre: Floats
    spread: Floats
    of_y: Floats
    between_customers: bool

    def departures(self, ratings: Floats, x: Codes, y: Codes | int) -> Floats:
        return (ratings - (self.centre[x] + self.of_y[y])) / self.spread[x]

    def estimate(self, x: Codes, y: Codes | int, weighted: Floats, enough: NDArray[np.bool_]) -> Floats:
        """The estimates, given the weighted mean of the neighbours' departures and where there are enough of them.

        Rounded to 12 decimals: where all neighbours gave 5, the estimate is 5 in whatever order they are added up, and
        such products go by id.
        """
        if self.kind == "none":
            estimates = np.where(enough, weighted, self.mean)
        else:
            estimates = (self.centre[x] + self.of_y[y]) + np.where(enough, weighted * self.spread[x], 0.0)
        return np.round(estimates, 12, out=estimates)

    def alone(self, x: Codes, y: Codes) -> Floats:
        """Answers to pairs of which one side or both are unknown (-1)."""
        ratings = np.full(len(x), self.mean)
        if self.kind == "baseline":
            ratings[x >= 0] += self.centre[x[x >= 0]] - self.mean
            ratings[y >= 0] += self.of_y[y[y >= 0]]
        return ratings

    def reasons(self, x: int, y: int, similar: Floats, others: Codes, ratings: Floats, *, enough: bool) -> list[Reason]:
        """Parts that add up to the estimate: where it starts, and what each of the nearest adds.

        `similar`, `others` and `ratings` are of the nearest neighbours, as many of each. Neighbours that are customers
        are not named: who they are is nobody's business.
        """
        if self.kind == "none" and not enough:
            return [Reason("average rating: too few neighbours", -1, self.mean)]
        customer, product = "how this customer rates", "how this product is rated"
        reasons = []
        if self.kind == "baseline":
            of_x, of_y = float(self.centre[x] - self.mean), float(self.of_y[y])
            names = (customer, product) if self.between_customers else (product, customer)
            reasons.append(Reason("average rating", -1, self.mean))
            reasons += [Reason(names[0], -1, of_x), Reason(names[1], -1, of_y)]
        elif self.kind != "none":
            of = "this customer's" if self.between_customers else "this product's"
            reasons.append(Reason(f"{of} average rating", -1, float(self.centre[x])))
        if not enough:
            return reasons
        parts = similar * self.departures(ratings, others, y) / similar.sum() * self.spread[x]
        for other, rating, part in zip(others.tolist(), ratings.tolist(), parts.tolist(), strict=True):
            if self.between_customers:
                reasons.append(Reason(f"a customer who rates alike gave {rating:g}", -1, part))
            else:
                reasons.append(Reason(f"rated this product {rating:g}", other, part))
        return reasons
