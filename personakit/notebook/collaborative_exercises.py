"""The exercises of the notebook on collaborative filtering."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from personakit.notebook.exercise import Exercise

__all__ = ["EXERCISES"]


def _cosine(first: Any, second: Any) -> float:
    first, second = set(first), set(second)
    return float(len(first & second) / np.sqrt(len(first) * len(second)))


def _gain(ranks: Sequence[int]) -> float:
    return float(sum(1 / np.log2(rank + 1) for rank in ranks))


def _best(n_held_out: int, k: int) -> float:
    return _gain(range(1, min(n_held_out, k) + 1))


EXERCISES: dict[str, Exercise] = {
    "cosine-of-two-products": Exercise(
        "How large is the cosine similarity of two products, given the customers of each?",
        lambda first, second: _cosine(first, second),
        "Customers of both, divided by the root of the product of the two numbers of customers.",
        {
            "You left out the root.": lambda first, second: float(
                len(set(first) & set(second)) / (len(set(first)) * len(set(second)))
            ),
            "That is Jaccard's similarity: both, divided by either.": lambda first, second: float(
                len(set(first) & set(second)) / len(set(first) | set(second))
            ),
        },
    ),
    "ndcg-by-hand": Exercise(
        "What is the nDCG@10 of a list whose hits stand at these ranks, with so many products held out?",
        lambda ranks, n_held_out: _gain(ranks) / _best(n_held_out, 10),
        "Add 1 / log2(rank + 1) over the hits, and divide by the same sum for the best possible list.",
        {
            "You divided by the hits; the best possible list has all that was held out on top.": (
                lambda ranks, n_held_out: _gain(ranks) / _best(len(ranks), 10)
            ),
            "You forgot to divide by the sum of the best possible list.": lambda ranks, n_held_out: _gain(ranks),
            "The discount is 1 / log2(rank + 1), not 1 / rank.": lambda ranks, n_held_out: float(
                sum(1 / rank for rank in ranks) / sum(1 / rank for rank in range(1, n_held_out + 1))
            ),
        },
    ),
}
