"""What is known beforehand about records: which are one person's, which are not, and whether the two agree."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from personakit.errors import DataError, some
from personakit.profile.identity.model import Pairs

__all__ = ["account_pairs", "known_pairs", "same_accounts"]

Rows = list[tuple[int, int]]


def known_pairs(records: pd.DataFrame, known_links: Any, distinct: Any) -> tuple[Rows, Rows]:
    """Both lists as pairs of rows; the records of a cycle of merges are simply together.

    `known_links` may run in a circle (A was merged into B, B into C, C into A), as logs of merges do: all are one
    person, and who was merged into whom does not matter.

    Raises
    ------
    DataError
        A pair is no pair, names an unknown record or the same record twice, or a pair of `distinct` is joined by
        `known_links`, directly or by way of others; the text shows the way.

    Examples
    --------
    >>> table = pd.DataFrame({"record_id": ["a", "b", "c"]})
    >>> known_pairs(table, [("a", "b"), ("b", "c"), ("c", "a")], None)[0]
    [(0, 1), (1, 2), (2, 0)]
    """
    row_of = {value: row for row, value in enumerate(records["record_id"])}
    together, apart = _rows(known_links, "known_links", row_of), _rows(distinct, "distinct", row_of)
    _check(records, together, apart)
    return together, apart


def _rows(pairs: pd.DataFrame | Any, name: str, row_of: dict[Any, int]) -> Rows:
    if pairs is None:
        return []
    if isinstance(pairs, pd.DataFrame):
        if pairs.shape[1] != 2:
            raise DataError(f"{name} must have two columns of record ids; it has {pairs.shape[1]}.")
        listed = list(pairs.itertuples(index=False, name=None))
    elif isinstance(pairs, str) or not hasattr(pairs, "__iter__"):
        raise DataError(f"{name} must be pairs of record ids, as in [(17, 240)], not {type(pairs).__name__}.")
    else:
        listed = list(pairs)
    wrong = [pair for pair in listed if not isinstance(pair, (tuple, list)) or len(pair) != 2]
    if wrong:
        raise DataError(f"{name} must be pairs of record ids; {len(wrong)} are not ({some(map(repr, wrong))}).")
    unknown = sorted({repr(value) for pair in listed for value in pair if value not in row_of})
    if unknown:
        raise DataError(f"{name} has {len(unknown)} ids that no record has ({some(unknown)}). Give ids of the sources.")
    same = [pair[0] for pair in listed if pair[0] == pair[1]]
    if same:
        raise DataError(f"{name} pairs {len(same)} records with themselves ({some(same)}). Drop these pairs.")
    return [(row_of[a], row_of[b]) for a, b in listed]


def _check(records: pd.DataFrame, together: Rows, apart: Rows) -> None:
    groups, neighbours = _Groups(apart), _neighbours(together)
    for a, b in together:
        groups.join(a, b)
    for a, b in apart:
        if groups.of(a) == groups.of(b):
            way = _way(neighbours, a, b)
            ids = records["record_id"].to_numpy()[np.array(way)]
            raise DataError(
                f"known_links and distinct contradict each other: distinct says that records {ids[0]} and {ids[-1]} "
                f"are two people, and known_links joins them ({' - '.join(map(str, ids))}). Take one of these out."
            )


def _neighbours(pairs: Rows) -> dict[int, list[int]]:
    neighbours: dict[int, list[int]] = {}
    for a, b in pairs:
        neighbours.setdefault(a, []).append(b)
        neighbours.setdefault(b, []).append(a)
    return neighbours


def _way(neighbours: dict[int, list[int]], start: int, end: int) -> list[int]:
    """The shortest chain of known links between two rows that are in one group."""
    came: dict[int, int] = {start: start}
    frontier = [start]
    while frontier and end not in came:
        following = []
        for row in frontier:
            for near in neighbours.get(row, []):
                if near not in came:
                    came[near] = row
                    following.append(near)
        frontier = following
    way = [end]
    while way[-1] != start:
        way.append(came[way[-1]])
    return way[::-1]


def account_pairs(records: pd.DataFrame) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows that have the same key in the same system: the first of them, and each of the others."""
    keyed = records[records["source_key"].notna()]
    keyed = keyed[keyed.duplicated(["system", "source_key"], keep=False)]
    first = pd.Series(keyed.index, index=keyed.index).groupby([keyed["system"], keyed["source_key"]]).transform("min")
    others = first.to_numpy(dtype=np.int64) != keyed.index.to_numpy()
    return first.to_numpy(dtype=np.int64)[others], keyed.index.to_numpy(dtype=np.int64)[others]


def same_accounts(pairs: Pairs, together: Rows, apart: Rows) -> Rows:
    """Those `account_pairs` that are one person's: all but those whose given names contradict or that are in `apart`.

    Those that are left out are not lost: `Identities.conflicts` lists a key that two people have.
    """
    found, groups = [], _Groups(apart)
    for a, b in together:
        groups.join(a, b)
    for first, row, contradicts in zip(
        pairs.left.tolist(), pairs.right.tolist(), pairs.contradicts.tolist(), strict=True
    ):
        if not contradicts and groups.may_join(first, row):
            groups.join(first, row)
            found.append((first, row))
    return found


class _Groups:
    """Rows that are one person's, as a forest in which each row points towards the first of its group (union-find).

    Each group also has the rows that are another person's; two groups that were never to meet stay apart.
    """

    def __init__(self, apart: Rows) -> None:
        self._above: dict[int, int] = {}
        self._others: dict[int, set[int]] = {}
        for a, b in apart:
            self._others.setdefault(a, set()).add(b)
            self._others.setdefault(b, set()).add(a)

    def of(self, row: int) -> int:
        """The first row of the group that a row is in."""
        first = row
        while (above := self._above.get(first, first)) != first:
            first = above
        while (above := self._above.get(row, row)) != first:
            self._above[row], row = first, above
        return first

    def may_join(self, a: int, b: int) -> bool:
        """Whether nothing says that the groups of two rows are two people."""
        one, two = sorted((self.of(a), self.of(b)), key=lambda first: len(self._others.get(first, ())))
        return one == two or all(self.of(other) != two for other in self._others.get(one, ()))

    def join(self, a: int, b: int) -> None:
        """Make one group of those of two rows; the one with fewer others is put below."""
        one, two = sorted((self.of(a), self.of(b)), key=lambda first: len(self._others.get(first, ())))
        if one != two:
            self._above[one] = two
            if others := self._others.pop(one, None):
                self._others.setdefault(two, set()).update(others)
