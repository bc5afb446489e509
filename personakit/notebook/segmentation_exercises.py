"""The exercises of the notebook on customer segmentation."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

from personakit.notebook.exercise import Exercise

__all__ = ["EXERCISES"]


def _rand(first: Sequence[Any], second: Sequence[Any]) -> float:
    pairs = list(combinations(range(len(first)), 2))
    return sum((first[a] == first[b]) == (second[a] == second[b]) for a, b in pairs) / len(pairs)


EXERCISES: dict[str, Exercise] = {
    "shrunk-taste": Exercise(
        "How far is a customer's taste for a style from the average, shrunk by the prior?",
        lambda hers, events, average, prior: (hers / events - average) * events / (events + prior) / average**0.5,
        "Her share less the average, times events / (events + prior), divided by the root of the average.",
        {
            "You did not shrink it: multiply by events / (events + prior).": (
                lambda hers, events, average, prior: (hers / events - average) / average**0.5
            ),
            "You did not divide by the root of the average.": (
                lambda hers, events, average, prior: (hers / events - average) * events / (events + prior)
            ),
        },
    ),
    "rand-index": Exercise(
        "In what share of the pairs of customers do two groupings agree whether the two belong together?",
        lambda first, second: _rand(first, second),
        "Go through all pairs: together in both, or apart in both, is agreement.",
        {
            "You counted labels that are equal; names of groups do not matter, only who is with whom.": (
                lambda first, second: sum(a == b for a, b in zip(first, second, strict=True)) / len(first)
            ),
            "You left out the pairs that are apart in both; they agree too.": lambda first, second: (
                sum(first[a] == first[b] and second[a] == second[b] for a, b in combinations(range(len(first)), 2))
                / (len(first) * (len(first) - 1) / 2)
            ),
        },
    ),
}
