"""How much a choice counts: by its event and its age, for every model that learns from implicit feedback."""

from __future__ import annotations

from abc import ABC
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from personakit.errors import DataError, ParameterError
from personakit.recommend.forgetting import Remaining
from personakit.recommend.interactions import pair_matrix, ticks
from personakit.recommend.protocol import Codes, Recommender
from personakit.recommend.updating import More

__all__ = ["Weighing"]

Floats = NDArray[np.float64]


class Weighing(Recommender, ABC):
    """A recommender whose choices weigh `event_weight` of their event times ``0.5 ** (age / half_life_days)``.

    A pair of customer and product counts once, with the choice that weighs most. Age runs up to the last event of all,
    whose customer may be forgotten: so what is kept of a pair is the weight and the time of the choice that counts,
    which do not depend on the last event, and what the pair is worth is worked out from them.

    A model has the parameters `event_weight` and `half_life_days`, and calls the methods here.
    """

    event_weight: Mapping[str, float] | None
    half_life_days: float | None
    _pairs: sparse.csr_matrix
    _chosen_at: NDArray[Any]
    _last_seen: NDArray[Any]
    _day: float

    def _requirements(self) -> tuple[str, ...]:
        if self.half_life_days is None:
            return ()
        if not self.half_life_days > 0:
            raise ParameterError(
                f"half_life_days must be above 0, or None for no decay, but is {self.half_life_days!r}."
            )
        return ("timestamp",)

    def _weigh(self, frame: pd.DataFrame, customers: Codes, products: Codes, weights: Floats) -> sparse.csr_matrix:
        """Keep what the rows of `fit` weigh, and return what each pair is worth."""
        self.__dict__.update(self._choices(frame, customers, products, weights, self.seen_.shape))
        return self._worth(vars(self))

    def _weigh_guests(
        self, frame: pd.DataFrame, customers: Codes, products: Codes, weights: Floats, shape: tuple[int, int]
    ) -> sparse.csr_matrix:
        """What the pairs of other customers are worth at the last event of `fit`, or at their own if that is later."""
        held = self._choices(frame, customers, products, weights, shape)
        if self.half_life_days is None:
            return self._worth(held)
        self._check_clock(held)
        now = np.maximum(held["_last_seen"], self._last_seen.max())
        return self._worth(held, now=now.repeat(np.diff(held["_pairs"].indptr)))

    def _check_clock(self, held: Mapping[str, Any]) -> None:
        if self.half_life_days is not None:
            self._check_day(held["_day"])

    def _check_day(self, day: float) -> None:
        if day != self._day:
            raise DataError(
                "interactions.timestamp holds times where the data of fit held seconds, or the other way round. "
                "Convert it: pd.to_datetime(seconds, unit='s')."
            )

    def _choices(
        self, frame: pd.DataFrame, customers: Codes, products: Codes, weights: Floats, shape: tuple[int, int]
    ) -> dict[str, Any]:
        """The weight of each pair and, where age counts, its time and the last event of each customer."""
        if self.half_life_days is None:
            return {"_pairs": pair_matrix(customers, products, shape, weights)}
        when, day = ticks(frame)
        last_seen = np.full(shape[0], when.min(), dtype=when.dtype)
        np.maximum.at(last_seen, customers, when)
        pairs, chosen_at = self._strongest(customers, products, weights, when, day, shape)
        return {"_pairs": pairs, "_chosen_at": chosen_at, "_last_seen": last_seen, "_day": day}

    def _strongest(
        self,
        customers: Codes,
        products: Codes,
        weights: Floats,
        when: NDArray[Any],
        day: float,
        shape: tuple[int, int],
    ) -> tuple[sparse.csr_matrix, NDArray[Any]]:
        """Of each pair the choice that weighs most, whenever one looks: its weight and its time."""
        strength = np.log2(weights) + (when - when.max()) / day / self.half_life_days
        order = np.lexsort((when, strength, products, customers))
        best = order[np.flatnonzero(np.r_[np.diff(customers[order]) | np.diff(products[order]), 1])]
        pointers = np.zeros(shape[0] + 1, dtype=np.int64)
        np.cumsum(np.bincount(customers[best], minlength=shape[0]), out=pointers[1:])
        return sparse.csr_matrix((weights[best], products[best], pointers), shape=shape), when[best]

    def _worth(self, held: Mapping[str, Any], *, now: Any = None) -> sparse.csr_matrix:
        """What each pair is worth at the last event, or at `now`, shape (n_pairs,)."""
        pairs = held["_pairs"]
        if self.half_life_days is None:
            return pairs
        now = held["_last_seen"].max() if now is None else now
        decay = 0.5 ** ((now - held["_chosen_at"]) / held["_day"] / self.half_life_days)
        return sparse.csr_matrix((pairs.data * decay, pairs.indices, pairs.indptr), shape=pairs.shape)

    def _kept_choices(self, left: Remaining) -> dict[str, Any]:
        """What is left of the choices when customers are forgotten."""
        if self.half_life_days is None:
            return {"_pairs": left.of(self._pairs)}
        chosen_at, last_seen = self._chosen_at[left.places(self._pairs)], self._last_seen[left.rows]
        return {"_pairs": left.of(self._pairs), "_chosen_at": chosen_at, "_last_seen": last_seen, "_day": self._day}

    def _more_choices(self, more: More) -> dict[str, Any]:
        """The choices of old and new rows together: of each pair still the one that weighs most."""
        customers, products = more.moved(self._pairs)
        customers, products = np.concatenate([customers, more.customer]), np.concatenate([products, more.product])
        weights = np.concatenate([self._pairs.data, more.weight])
        if self.half_life_days is None:
            return {"_pairs": pair_matrix(customers, products, more.seen.shape, weights)}
        fresh = self._choices(more.frame, more.customer, more.product, more.weight, more.seen.shape)
        self._check_clock(fresh)
        last_seen = fresh["_last_seen"]
        strangers = np.setdiff1d(np.arange(len(last_seen)), more.customer)
        last_seen[strangers] = self._last_seen.min()
        last_seen[more.rows] = np.maximum(last_seen[more.rows], self._last_seen)
        when = np.concatenate([self._chosen_at, ticks(more.frame)[0]])
        pairs, chosen_at = self._strongest(customers, products, weights, when, self._day, more.seen.shape)
        return {"_pairs": pairs, "_chosen_at": chosen_at, "_last_seen": last_seen, "_day": self._day}

    def _same_age(self, held: Mapping[str, Any]) -> bool:
        """Whether the last event of all is still there, so that all that is left is worth what it was."""
        return self.half_life_days is None or bool(held["_last_seen"].max() == self._last_seen.max())
