"""The exercises of the notebook on content and hybrids."""

from __future__ import annotations

from typing import Any

import numpy as np

from personakit.notebook.exercise import Exercise

__all__ = ["EXERCISES"]


def _cosine(first: Any, second: Any) -> float:
    first, second = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    return float(first @ second / np.sqrt((first @ first) * (second @ second)))


def _from_words(told: Any) -> float:
    of_words = told["reason"].str.startswith("word: ")
    return float(told.loc[of_words, "contribution"].sum() / told["contribution"].sum())


EXERCISES: dict[str, Exercise] = {
    "cosine-of-two-titles": Exercise(
        "How large is the cosine of the two rows of weights?",
        lambda first, second: _cosine(first, second),
        "Multiply the rows weight by weight and add up; divide by the length of each row, the root of its squares.",
        {
            "That is the product of the rows; divide it by the length of each.": lambda first, second: float(
                np.asarray(first, dtype=float) @ np.asarray(second, dtype=float)
            ),
            "Each length is the root of the sum of squares; you left out the roots.": lambda first, second: float(
                np.asarray(first, dtype=float)
                @ np.asarray(second, dtype=float)
                / (np.square(first).sum() * np.square(second).sum())
            ),
        },
    ),
    "share-of-the-words": Exercise(
        "Which share of the score comes from words of the text (0 to 1), the rest being attributes and price?",
        lambda told: _from_words(told),
        "Add the contributions whose reason begins with 'word: ', and divide by the sum of all.",
        {
            "That is the share of the reasons that are words, not of what they add.": lambda told: float(
                told["reason"].str.startswith("word: ").mean()
            ),
            "That is what the words add; divide it by the score.": lambda told: float(
                told.loc[told["reason"].str.startswith("word: "), "contribution"].sum()
            ),
        },
    ),
    "history-for-nine-tenths": Exercise(
        "From how many products on has behaviour nine tenths of the say, if it has half at `half`?",
        lambda half: 9 * half,
        "Solve n / (n + half) = 0.9 for n.",
        {
            "At twice the number it has two thirds; solve n / (n + half) = 0.9.": lambda half: 2 * half,
            "That is where it has ten elevenths; solve n / (n + half) = 0.9.": lambda half: 10 * half,
        },
        tolerance=1e-6,
    ),
}
