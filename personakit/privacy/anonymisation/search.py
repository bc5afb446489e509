"""The least general of all generalisations that keep a promise: an exact search of the lattice of levels.

A node of the lattice is a level for each column. Rows in groups that break the promise are suppressed, up to a limit.
The loss of a node is the mean over rows and columns of how much is not said any more, 1 for a row that is not there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from personakit.errors import ParameterError
from personakit.privacy.anonymisation.measures import combined, entropy_l

__all__ = ["Lattice", "Node"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
_LARGEST = 2_000_000


@dataclass(frozen=True)
class Node:
    """A node that keeps the promise: its levels, the rows that stay, and the loss."""

    levels: tuple[int, ...]
    kept: NDArray[np.bool_]
    loss: float


class Lattice:
    """All combinations of levels of several columns.

    Parameters
    ----------
    codes : sequence (columns) of sequences (levels) of int arrays of shape (n_rows,)
        The value of each row at each level, as a number; a level is made of the one before.
    penalties : likewise, of float arrays of shape (n_rows,)
        How much each row loses, from 0 to 1, not falling from level to level.
    weights : float array of shape (n_columns,)
        Of the columns in the loss; they add up to 1.
    k : int
        Rows that each group must have.
    sensitive : int array of shape (n_rows,), optional
    l : float, optional
        Values of `sensitive` that each group must have: different ones, or with `by_entropy` exp of their entropy.
    max_suppressed : int
        Rows that may be left out.

    Notes
    -----
    What a node loses is no less than what its levels alone lose over all rows, a sum over columns known beforehand. The
    search takes the node in the middle, by that bound, of those that may still be best: one that keeps the promise
    rules out all whose bound is no lower than its loss, one that does not rules out all less general ones, as
    groups only merge on the way up (Samarati 2001; Sweeney 2002). What fails on two columns alone fails on all, the
    subset property of Incognito (LeFevre, DeWitt and Ramakrishnan 2005), and is ruled out first. Entropy diversity
    with suppression does not merge so well, and rules out only itself; k is checked along with it. So the node found
    is a best one, whatever the order.
    """

    def __init__(
        self,
        codes: Sequence[Sequence[Ints]],
        penalties: Sequence[Sequence[Floats]],
        weights: Floats,
        *,
        k: int,
        sensitive: Ints | None = None,
        l: float | None = None,  # noqa: E741  (the field's own name)
        by_entropy: bool = False,
        max_suppressed: int = 0,
    ) -> None:
        self.codes, self.penalties, self.weights = codes, penalties, weights
        self.k, self.sensitive, self.l, self.by_entropy = k, sensitive, l, by_entropy
        self.max_suppressed = max_suppressed
        self.shape = tuple(len(levels) for levels in codes)
        self.size = int(np.prod([float(width) for width in self.shape]))
        if self.size > _LARGEST:
            raise ParameterError(
                f"generalise: {self.size:,} combinations of levels are too many to search. Name fewer "
                "quasi-identifiers, or give hierarchies with fewer levels."
            )
        self.evaluated = 0

    def best(self) -> Node | None:
        """The node of least loss, or None where none keeps the promise."""
        bound = np.zeros(self.shape)
        for column, penalties in enumerate(self.penalties):
            along = np.array([self.weights[column] * penalty.mean() for penalty in penalties])
            bound += along.reshape([-1 if axis == column else 1 for axis in range(len(self.shape))])
        alive = np.ones(self.shape, dtype=bool)
        if self.size > 50:
            self._rule_out_pairs(alive)
        found: Node | None = None
        flat = bound.ravel()
        while True:
            open_nodes = np.flatnonzero(alive.ravel() & (flat < (np.inf if found is None else found.loss - 1e-12)))
            if not len(open_nodes):
                return found
            middle = len(open_nodes) // 2
            node = open_nodes[np.argpartition(flat[open_nodes], middle)[middle]]
            levels = tuple(int(level) for level in np.unravel_index(int(node), self.shape))
            kept, small = self.kept(levels)
            self.evaluated += 1
            alive[levels] = False
            if small > self.max_suppressed:
                alive[tuple(slice(0, level + 1) for level in levels)] = False
            elif (loss := self.loss(levels, kept)) is not None and (found is None or loss < found.loss - 1e-12):
                found = Node(levels, kept, loss)

    def kept(self, levels: Sequence[int]) -> tuple[NDArray[np.bool_], int]:
        """The rows whose groups keep the promise, and how many are in groups that break a part of it for good.

        For good: on every less general node too.
        """
        group = combined([self.codes[column][level] for column, level in enumerate(levels)])
        good = np.bincount(group) >= self.k
        lasting = good
        if self.sensitive is not None and self.l is not None:
            distinct, entropy = entropy_l(group, self.sensitive, len(good))
            lasting = good & (distinct >= self.l)
            good = good & ((entropy >= self.l - 1e-9) if self.by_entropy else (distinct >= self.l))
        return good[group], int((~lasting[group]).sum())

    def loss(self, levels: Sequence[int], kept: NDArray[np.bool_]) -> float | None:
        """The loss of a node, or None where it leaves out too many rows."""
        if int((~kept).sum()) > self.max_suppressed:
            return None
        row = sum(self.weights[column] * self.penalties[column][level] for column, level in enumerate(levels))
        return float(np.where(kept, row, 1.0).mean())

    def _rule_out_pairs(self, alive: NDArray[np.bool_]) -> None:
        for one, other in combinations(range(len(self.shape)), 2):
            for first in range(self.shape[one]):
                for second in range(self.shape[other]):
                    group = combined([self.codes[one][first], self.codes[other][second]])
                    small = int((np.bincount(group)[group] < self.k).sum())
                    if small <= self.max_suppressed:
                        break  # so do all more general ones
                    place: list[int | slice] = [slice(None)] * len(self.shape)
                    place[one], place[other] = first, second
                    alive[tuple(place)] = False
