"""The exercises of the first notebook."""

from __future__ import annotations

from typing import Any

import numpy as np

from personakit.notebook.exercise import Exercise

__all__ = ["EXERCISES"]


def _largest_segment(segments: Any) -> str:
    return str(list(segments["segment"])[int(np.argmax(list(segments["customers"])))])


def _value_of(trial: Any, arm: str) -> float:
    return float(trial.table.set_index("arm").loc[arm, "mean"])


def _share_permitted(profiles: Any, allowed: Any) -> float:
    return len(allowed.frame) / len(profiles)


EXERCISES: dict[str, Exercise] = {
    "largest-segment": Exercise(
        "Which segment has the most customers?",
        _largest_segment,
        "Look for the largest number in the column customers.",
    ),
    "share-who-agreed": Exercise(
        "Which share of all customers agreed to personal recommendations (0 to 1)?",
        _share_permitted,
        "Divide the customers in allowed.frame by those in profiles.",
        {
            "You gave a number of customers; the question asks for a share of them.": lambda profiles, allowed: len(
                allowed.frame
            ),
            "That is the share of those who are kept back; take the others.": lambda profiles, allowed: (
                1 - len(allowed.frame) / len(profiles)
            ),
            "You gave per cent; the share is a number from 0 to 1.": lambda profiles, allowed: (
                100 * len(allowed.frame) / len(profiles)
            ),
        },
    ),
    "gain-over-bestsellers": Exercise(
        "By how much, as a share, is the personal arm's mean above that of the bestsellers?",
        lambda trial: _value_of(trial, "personal") / _value_of(trial, "popular") - 1,
        "Divide the mean of personal by the mean of popular, and subtract 1.",
        {
            "That is the difference itself; divide it by the mean of popular.": lambda trial: (
                _value_of(trial, "personal") - _value_of(trial, "popular")
            ),
            "You divided by the mean of personal; the baseline is popular.": lambda trial: (
                1 - _value_of(trial, "popular") / _value_of(trial, "personal")
            ),
            "You forgot to subtract 1.": lambda trial: _value_of(trial, "personal") / _value_of(trial, "popular"),
        },
        tolerance=0.03,
    ),
}
