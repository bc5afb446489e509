"""What comes next: a sequential model that looks at the order and the time of what a customer chose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from personakit.errors import ParameterError
from personakit.recommend.folding import FoldingIn
from personakit.recommend.forgetting import Forgetting, Remaining
from personakit.recommend.interactions import ticks
from personakit.recommend.neighbours import nearest
from personakit.recommend.protocol import Codes, Reason
from personakit.recommend.topk import ScoreBlock

__all__ = ["NextItem"]

Floats = NDArray[np.float64]
_PRODUCTS_AT_ONCE = 512
_PAIRS_AT_ONCE = 4_000_000


class _Events(NamedTuple):
    """Events by customer, time and product, each once; `step` counts a customer's distinct times from 0."""

    customer: Codes
    product: Codes
    days: Floats
    weight: Floats
    step: Codes


class NextItem(FoldingIn, Forgetting):
    """The next product: what followed on the latest choices of others, blended with what goes together at any time.

    A choice of product i followed by one of j adds ``0.5 ** ((gap - 1) / half_life_steps)`` to the transition i to j,
    where the gap is in steps of the customer's own sequence: what she chose at one time is one step, a basket. The sum
    is divided by the root of both products' numbers of choices. To that comes `co_occurrence` times the cosine
    similarity of who chose them, in any order. A score adds up over what a customer has, each product by its latest
    choice, which fades with the steps since. So the last choices say most, and the rest still counts. First-order
    transitions with decay: Garg et al. 2019, "Sequence and Time Aware Neighborhood for Session-based Recommendations",
    sections 3.1 to 3.3; co-occurrence: see `ItemKNN`.

    A repeated product is a transition to itself. Products that are bought again are therefore ranked by how often that
    happens: ask with ``recommend(exclude_seen=False)``.

    Parameters
    ----------
    n_neighbors : int, default 200
        Products kept that lead to each product; equal ones by product id.
    window : int, default 5
        Longest gap in steps that makes a transition.
    half_life_steps : float, default 2
        Steps after which a choice counts half, in a transition and in a history.
    half_life_days : float, optional
        Days after which it counts half, beside the steps; in a history, counted from the customer's own last choice, as
        the age of all of them does not change her order. None: the calendar does not matter.
    co_occurrence : float, default 0.5
        Weight of similarity in any order; 0 leaves transitions alone.
    event_weight : mapping of event to weight, optional
        As in `EASE`; a transition weighs the product of both.

    Attributes
    ----------
    follows_ : scipy.sparse.csr_matrix, shape (n_products, n_products)
        Entry (i, j): how much a choice of i speaks for j as the next.

    Examples
    --------
    >>> things = ["pot", "tea", "cup", "pot", "tea", "tea"]
    >>> table = pd.DataFrame({"customer_id": [1, 1, 1, 2, 2, 3], "product_id": things})
    >>> table["timestamp"] = pd.to_datetime(["2025-01-01", "2025-01-02", "2025-01-03"] * 2)
    >>> NextItem(co_occurrence=0.0).fit(table).recommend([3])[["product_id", "score"]].round(3).to_numpy().tolist()
    [['cup', 0.577], ['pot', 0.0]]
    """

    def __init__(
        self,
        n_neighbors: int = 200,
        *,
        window: int = 5,
        half_life_steps: float = 2.0,
        half_life_days: float | None = None,
        co_occurrence: float = 0.5,
        event_weight: Mapping[str, float] | None = None,
    ) -> None:
        self.n_neighbors = n_neighbors
        self.window = window
        self.half_life_steps = half_life_steps
        self.half_life_days = half_life_days
        self.co_occurrence = co_occurrence
        self.event_weight = event_weight

    def _requirements(self) -> tuple[str, ...]:
        for name in ("n_neighbors", "window"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
                raise ParameterError(f"{name} must be a whole number >= 1, but is {value!r}.")
        for name in ("half_life_steps", "half_life_days"):
            value = getattr(self, name)
            if not (value is None and name == "half_life_days") and not value > 0:
                raise ParameterError(f"{name} must be above 0, but is {value!r}.")
        if not 0 <= self.co_occurrence < np.inf:
            raise ParameterError(f"co_occurrence must be 0 or more, but is {self.co_occurrence!r}.")
        return ("timestamp",)

    def _learn(self, frame: pd.DataFrame, customers: Codes, products: Codes, weights: Floats) -> None:
        events = _in_order(frame, customers, products, weights)
        self.__dict__.update(self._from_events(events, self.seen_.shape))

    def _from_events(self, events: _Events, shape: tuple[int, int]) -> dict[str, Any]:
        sizes = np.bincount(events.product, weights=events.weight**2, minlength=shape[1])
        directed = self._transitions(events, shape[1])
        last = _last_choices(events)
        chosen = sparse.csr_matrix((events.weight[last], (events.customer[last], events.product[last])), shape=shape)
        norms = np.sqrt(np.bincount(chosen.indices, weights=chosen.data**2, minlength=shape[1]))
        columns, towards = chosen.tocsc(), directed.tocsc()
        kept = []
        for start in range(0, shape[1], _PRODUCTS_AT_ONCE):
            block = np.arange(start, min(start + _PRODUCTS_AT_ONCE, shape[1]))
            after = _scaled(towards[:, block].T.tocsr(), np.sqrt(sizes[block]), np.sqrt(sizes))
            if self.co_occurrence:
                together = _scaled((columns[:, block].T @ columns).tocsr(), norms[block], norms)
                together = together - sparse.csr_matrix(
                    (together[np.arange(len(block)), block].A1, (np.arange(len(block)), block)), shape=together.shape
                )
                after = (after + self.co_occurrence * together).tocsr()
            rows = np.repeat(np.arange(len(block)), np.diff(after.indptr))
            kept.append(nearest(rows, after.indices, after.data, self.n_neighbors, after.shape))
        follows = sparse.vstack(kept, format="csr").T.tocsr()
        return {"_events": tuple(events), "follows_": follows, "_history": self._latest(events, shape)}

    def _transitions(self, events: _Events, n_products: int) -> sparse.csr_matrix:
        """The sum of the weights of all steps from one product to a later one."""
        total = sparse.csr_matrix((n_products, n_products))
        held: list[tuple[Codes, Codes, Floats]] = []
        for offset in range(1, len(events.customer)):
            here, there = slice(None, -offset), slice(offset, None)
            gap = events.step[there] - events.step[here]
            near = (events.customer[there] == events.customer[here]) & (gap <= self.window)
            if not near.any():
                break
            pairs = np.flatnonzero(near & (gap > 0))
            worth = self._faded(gap[pairs] - 1.0, events.days[pairs + offset] - events.days[pairs])
            worth *= events.weight[pairs] * events.weight[pairs + offset]
            held.append((events.product[pairs], events.product[pairs + offset], worth))
            if sum(len(each[2]) for each in held) > _PAIRS_AT_ONCE:
                total, held = total + _summed(held, n_products), []
        return total + _summed(held, n_products)

    def _latest(self, events: _Events, shape: tuple[int, int]) -> sparse.csr_matrix:
        """What each customer has, faded by the steps and days from its latest choice to her last one."""
        ends = np.flatnonzero(np.r_[events.customer[1:] != events.customer[:-1], True])
        end = ends[np.searchsorted(events.customer[ends], events.customer)]
        worth = events.weight * self._faded(events.step[end] - events.step, events.days[end] - events.days)
        last = _last_choices(events)
        return sparse.csr_matrix((worth[last], (events.customer[last], events.product[last])), shape=shape)

    def _faded(self, steps: NDArray[Any], days: Floats) -> Floats:
        fading = steps / self.half_life_steps
        return np.asarray(0.5 ** (fading if self.half_life_days is None else fading + days / self.half_life_days))

    def _without(self, left: Remaining) -> dict[str, Any]:
        # A sum over customers, worked out anew from the events that are left: a difference would lose digits.
        customers, products = np.full(len(self.customers_), -1), np.full(len(self.products_), -1)
        customers[left.rows], products[left.columns] = np.arange(len(left.rows)), np.arange(len(left.columns))
        events = _Events._make(self._events)
        stays = customers[events.customer] >= 0
        kept = _Events._make(values[stays] for values in events)
        kept = kept._replace(customer=customers[kept.customer], product=products[kept.product])
        order = np.lexsort((kept.product, kept.step, kept.customer))  # mixed ids may sort another way now
        return self._from_events(_Events._make(values[order] for values in kept), left.seen.shape)

    def _fold_in(
        self, frame: pd.DataFrame, customers: Codes, products: Codes, weights: Floats, shape: tuple[int, int]
    ) -> dict[str, Any]:
        return {"_history": self._latest(_in_order(frame, customers, products, weights), shape)}

    def _scorer(self, columns: Codes | None) -> ScoreBlock:
        right = self.follows_ if columns is None else self.follows_[:, columns]
        return lambda rows: (self._history[rows] @ right).toarray()

    def _reasons(self, customer: int, product: int) -> list[Reason]:
        history = self._history[[customer]]
        parts = history.data * self.follows_[history.indices, product].toarray().ravel()
        return [
            Reason("chosen before this", int(name), float(part))
            for name, part in zip(history.indices, parts, strict=True)
            if part
        ] or [Reason("nothing she chose leads to it", -1, 0.0)]


def _in_order(frame: pd.DataFrame, customers: Codes, products: Codes, weights: Floats) -> _Events:
    """The rows by customer, time and product; of rows that say the same, the one that weighs most."""
    when, day = ticks(frame)
    order = np.lexsort((-weights, products, when, customers))
    customers, products, when, weights = customers[order], products[order], when[order], weights[order]
    later = np.r_[False, np.diff(when) != 0]
    other = np.r_[True, np.diff(customers) != 0]
    first = np.r_[True, np.diff(products) != 0] | later | other
    new_step = np.cumsum(later | other)
    step = new_step - np.maximum.accumulate(np.where(other, new_step, 0))
    days = when / day  # from a fixed time: from the first event, it would tell of a customer who has left
    return _Events(customers[first], products[first], days[first], weights[first], step[first].astype(np.intp))


def _last_choices(events: _Events) -> Codes:
    """Where the latest choice of each pair of customer and product stands."""
    order = np.lexsort((events.step, events.product, events.customer))
    ends = np.diff(events.customer[order]) | np.diff(events.product[order])
    return np.asarray(order[np.flatnonzero(np.r_[ends, 1])], dtype=np.intp)


def _summed(pairs: list[tuple[Codes, Codes, Floats]], n_products: int) -> sparse.csr_matrix:
    shape = (n_products, n_products)
    if not pairs:
        return sparse.csr_matrix(shape)
    rows, columns, values = (np.concatenate(part) for part in zip(*pairs, strict=True))
    return sparse.csr_matrix((values, (rows, columns)), shape=shape)


def _scaled(matrix: sparse.csr_matrix, rows: Floats, columns: Floats) -> sparse.csr_matrix:
    """Each entry divided by the numbers of its row and its column; the indices are put in order."""
    matrix.sort_indices()
    below = np.repeat(rows, np.diff(matrix.indptr)) * columns[matrix.indices]
    data = np.divide(matrix.data, below, out=np.zeros(matrix.nnz), where=below > 0)
    return sparse.csr_matrix((data, matrix.indices, matrix.indptr), shape=matrix.shape)
