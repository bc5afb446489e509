"""From scored pairs to people: greedy merging that asks of every pair whether it can be true, not only of the best one.

Connected components would join all that any chain of links connects; one shared mailbox would make one person of a
couple. Here two groups are merged, the surest first, while all the evidence between them speaks for it: agglomerative
clustering of the graph of match weights (correlation clustering: Bansal, Blum and Chawla 2004; greedy additive edge
contraction: Keuper et al. 2015), under constraints of which records cannot be one person (Wagstaff et al. 2001).
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

__all__ = ["clusters", "components"]

Ints = NDArray[np.int64]


def components(n: int, left: Ints, right: Ints) -> Ints:
    """The number of the connected component of each of `n` records.

    >>> components(4, np.array([0, 1]), np.array([1, 2])).tolist()
    [0, 0, 0, 1]
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(left), dtype=np.int8), (left, right)), shape=(n, n))
    return connected_components(graph, directed=False)[1].astype(np.int64)


def clusters(
    n: int,
    left: Ints,
    right: Ints,
    weight: NDArray[np.float64],
    *,
    veto: float,
    group: Ints | None = None,
    together: Iterable[tuple[int, int]] = (),
    apart: Iterable[tuple[int, int]] = (),
) -> Ints:
    """The cluster of each of `n` records, numbered by their first record.

    Two clusters may merge if the sum of the weights between them is positive, no weight between them is below
    `veto`, no pair of `apart` lies between them, and, where `group` (the system) is given, they share none. The
    pair of clusters with the largest mean weight goes first.

    Parameters
    ----------
    n : int
    left, right : integer arrays, shape (pairs,)
        Rows of the pairs that were scored; each pair once.
    weight : float array, shape (pairs,)
        Log odds, already less those of the threshold: positive speaks for one person.
    veto : float
        The weakest link that may lie within a person.
    group : integer array, shape (n,), optional
        Records of one group are never one person, unless `together` says so.
    together, apart : iterables of pairs of rows
        What is known.

    Examples
    --------
    Two couples' records joined by their mailbox only: 0-1 and 1-2 are strong, but 0 and 2 cannot be one person.

    >>> left, right = np.array([0, 1, 0]), np.array([1, 2, 2])
    >>> clusters(3, left, right, np.array([8.0, 6.0, -9.0]), veto=-3.0).tolist()
    [0, 0, 1]
    """
    state = _Merging(n, group)
    for a, b in together:
        state.join(a, b)
    for a, b in apart:
        state.forbid(a, b)
    order = np.lexsort((right, left, -weight))
    for at in order:
        state.link(int(left[at]), int(right[at]), float(weight[at]))
    state.run(veto)
    return state.numbered()


class _Merging:
    """Clusters as sets of rows, and between neighbours (sum, count, least) of the weights."""

    def __init__(self, n: int, group: Ints | None) -> None:
        self.n = n
        self.parent = np.arange(n)
        self.groups: list[set[int]] = [set() if group is None else {int(group[row])} for row in range(n)]
        self.near: dict[int, dict[int, list[float]]] = {}
        self.apart: dict[int, set[int]] = {}

    def find(self, row: int) -> int:
        while self.parent[row] != row:
            self.parent[row] = self.parent[self.parent[row]]
            row = int(self.parent[row])
        return row

    def join(self, a: int, b: int) -> None:
        """Known links: before anything else, whatever the weights say."""
        one, other = sorted((self.find(a), self.find(b)))
        if one != other:
            self.parent[other] = one
            self.groups[one] |= self.groups[other]

    def forbid(self, a: int, b: int) -> None:
        one, other = self.find(a), self.find(b)
        self.apart.setdefault(one, set()).add(other)
        self.apart.setdefault(other, set()).add(one)

    def link(self, a: int, b: int, weight: float) -> None:
        one, other = self.find(a), self.find(b)
        if one == other:
            return
        for x, y in ((one, other), (other, one)):
            entry = self.near.setdefault(x, {}).setdefault(y, [0.0, 0.0, np.inf])
            entry[0], entry[1], entry[2] = entry[0] + weight, entry[1] + 1, min(entry[2], weight)

    def allowed(self, one: int, other: int, veto: float) -> bool:
        total, _, least = self.near[one][other]
        if total <= 0 or least < veto or self.groups[one] & self.groups[other]:
            return False
        return other not in self.apart.get(one, ())

    def run(self, veto: float) -> None:
        queue = [
            (-self.near[one][other][0] / self.near[one][other][1], one, other, 0, 0)
            for one in self.near for other in self.near[one] if one < other and self.allowed(one, other, veto)
        ]  # fmt: skip
        heapq.heapify(queue)
        version: dict[int, int] = {}
        while queue:
            _, one, other, seen_one, seen_other = heapq.heappop(queue)
            if version.get(one, 0) != seen_one or version.get(other, 0) != seen_other:
                continue
            self._merge(one, other)
            version[one], version[other] = seen_one + 1, -1
            for third in sorted(self.near[one]):
                if self.allowed(one, third, veto):
                    total, count, _ = self.near[one][third]
                    a, b = sorted((one, third))
                    heapq.heappush(queue, (-total / count, a, b, version.get(a, 0), version.get(b, 0)))

    def _merge(self, one: int, other: int) -> None:
        self.parent[other] = one
        self.groups[one] |= self.groups[other]
        for third, (total, count, least) in self.near.pop(other).items():
            del self.near[third][other]
            if third == one:
                continue
            entry = self.near[one].setdefault(third, [0.0, 0.0, np.inf])
            merged = [entry[0] + total, entry[1] + count, min(entry[2], least)]
            self.near[one][third] = merged
            self.near[third][one] = list(merged)
        for third in self.apart.pop(other, set()):
            self.apart[third].discard(other)
            self.apart[third].add(one)
            self.apart.setdefault(one, set()).add(third)

    def numbered(self) -> Ints:
        roots = np.array([self.find(row) for row in range(self.n)], dtype=np.int64)
        return np.unique(roots, return_inverse=True)[1].astype(np.int64)
