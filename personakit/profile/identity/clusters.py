"""From scored pairs to people: groups are merged while all that is known of both speaks for one person.

Connected components would join all that any chain of links connects, and one shared mailbox would make one person of a
couple. Here the surest two groups are merged first, and groups are compared as wholes, as in agglomerative
clustering of collective evidence (Bhattacharya and Getoor 2007, "Collective entity resolution in relational data"),
under constraints of which records cannot be one person (Wagstaff et al. 2001, "Constrained k-means clustering").
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["clusters", "components", "group_weight"]

Ints = NDArray[np.int64]
_UNKNOWN = float("-inf")


def components(n: int, left: Ints, right: Ints) -> Ints:
    """The number of the connected component of each of `n` records.

    >>> components(4, np.array([0, 1]), np.array([1, 2])).tolist()
    [0, 0, 0, 1]
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(left), dtype=np.int8), (left, right)), shape=(n, n))
    return connected_components(graph, directed=False)[1].astype(np.int64)


def group_weight(best: Sequence[float], contradicts: bool, prior: float, shared: Sequence[int]) -> float:
    """log2 odds that two groups are one person: of each comparison the best that any two of their records show.

    The best and not the sum, because a second record with the same address is no second piece of evidence, and because
    a person has several addresses. Where given names contradict, what a household shares (`shared`: places in `best`)
    counts for at most -`prior`, which is what it takes to find the household.

    >>> group_weight([12.0, _UNKNOWN, -6.0], False, -10.0, [0]), group_weight([30.0, _UNKNOWN, -6.0], True, -10.0, [0])
    (-4.0, -6.0)
    """
    total = prior + sum(value for value in best if value != _UNKNOWN)
    if contradicts:
        household = sum(best[place] for place in shared if best[place] != _UNKNOWN)
        total -= max(household + prior, 0.0)
    return total


def clusters(
    n: int,
    left: Ints,
    right: Ints,
    parts: ArrayLike,
    *,
    prior: float,
    least: float = 0.0,
    contradicts: ArrayLike | None = None,
    shared: Sequence[int] = (),
    group: Ints | None = None,
    together: Iterable[tuple[int, int]] = (),
    apart: Iterable[tuple[int, int]] = (),
) -> Ints:
    """The cluster of each of `n` records, numbered by their first record.

    Parameters
    ----------
    n : int
    left, right : integer arrays, shape (pairs,)
        Rows of the pairs that were scored; each pair once.
    parts : float array, shape (pairs, comparisons)
        Bits that each comparison adds to the log2 odds; NaN where it cannot be made.
    prior : float
        log2 odds of two records at random.
    least : float, default 0
        Two clusters merge while their `group_weight` is above it.
    contradicts : bool array, shape (pairs,), optional
    shared : sequence of int
        See `group_weight`.
    group : integer array, shape (n,), optional
        Records of one group (a system) are never one person, unless `together` says so.
    together, apart : iterables of pairs of rows
        What is known: which records are one person, and which are not. They must not contradict each other.

    Examples
    --------
    A couple's mailbox (0-1 and 1-2) does not make one person of two who are called differently (0-2):

    >>> left, right = np.array([0, 1, 0]), np.array([1, 2, 2])
    >>> clusters(3, left, right, [[18.0, 1.0], [18.0, np.nan], [18.0, -9.0]], prior=-10.0,
    ...          contradicts=[False, False, True], shared=[0]).tolist()
    [0, 0, 1]
    """
    bits = np.asarray(parts, dtype=float)
    bits = np.where(np.isnan(bits), _UNKNOWN, bits)
    doubts = np.zeros(len(left), dtype=bool) if contradicts is None else np.asarray(contradicts, dtype=bool)
    state = _Merging(n, group, prior, least, shared)
    for a, b in together:
        state.join(a, b)
    for a, b in apart:
        state.forbid(a, b)
    for a, b, best, doubt in zip(left.tolist(), right.tolist(), bits.tolist(), doubts.tolist(), strict=True):
        state.link(a, b, best, doubt)
    state.run()
    return state.numbered()


class _Merging:
    """Clusters by their smallest row; between neighbours the best of each comparison, and whether names contradict."""

    def __init__(self, n: int, group: Ints | None, prior: float, least: float, shared: Sequence[int]) -> None:
        self.parent = list(range(n))
        self.groups: list[set[int]] = [set() if group is None else {int(group[row])} for row in range(n)]
        self.prior, self.least, self.shared = prior, least, shared
        self.near: dict[int, dict[int, tuple[list[float], bool]]] = {}
        self.apart: dict[int, set[int]] = {}
        self.version: dict[int, int] = {}

    def find(self, row: int) -> int:
        while self.parent[row] != row:
            self.parent[row] = self.parent[self.parent[row]]
            row = self.parent[row]
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

    def link(self, a: int, b: int, best: list[float], doubt: bool) -> None:
        one, other = self.find(a), self.find(b)
        if one != other:
            self._note(one, other, (best, doubt))

    def _note(self, one: int, other: int, said: tuple[list[float], bool]) -> None:
        before = self.near.setdefault(one, {}).get(other)
        if before is not None:
            said = ([max(pair) for pair in zip(before[0], said[0], strict=True)], before[1] or said[1])
        self.near[one][other] = said
        self.near.setdefault(other, {})[one] = said

    def _offer(self, queue: list[tuple[float, int, int, int, int]], one: int, other: int) -> None:
        """Put two neighbours in the queue if they may be one person."""
        if self.groups[one] & self.groups[other] or other in self.apart.get(one, ()):
            return
        weight = group_weight(*self.near[one][other], self.prior, self.shared)
        if weight > self.least:
            one, other = sorted((one, other))
            heapq.heappush(queue, (-weight, one, other, self.version.get(one, 0), self.version.get(other, 0)))

    def run(self) -> None:
        queue: list[tuple[float, int, int, int, int]] = []
        for one, others in self.near.items():
            for other in others:
                if one < other:
                    self._offer(queue, one, other)
        while queue:
            _, one, other, seen_one, seen_other = heapq.heappop(queue)
            if self.version.get(one, 0) != seen_one or self.version.get(other, 0) != seen_other:
                continue  # one of them has grown or gone since
            self._merge(one, other)
            for third in self.near[one]:
                self._offer(queue, one, third)

    def _merge(self, one: int, other: int) -> None:
        self.parent[other] = one
        self.groups[one] |= self.groups[other]
        self.version[one], self.version[other] = self.version.get(one, 0) + 1, -1
        for third, said in self.near.pop(other).items():
            del self.near[third][other]
            if third != one:
                self._note(one, third, said)
        for third in self.apart.pop(other, set()):
            self.apart[third].discard(other)
            self.forbid(one, third)

    def numbered(self) -> Ints:
        roots = np.array([self.find(row) for row in range(len(self.parent))], dtype=np.int64)
        return np.unique(roots, return_inverse=True)[1].astype(np.int64)
