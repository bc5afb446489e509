"""The exercises of the notebook on what personalisation is worth."""

from __future__ import annotations

from typing import Any

from personakit.notebook.exercise import Exercise

__all__ = ["EXERCISES"]


def _share(value: Any, arm: str) -> float:
    mean = value.mean()
    return float((mean[arm] - mean["none"]) / (mean["oracle"] - mean["none"]))


def _break_even(value: Any, fixed: float) -> float:
    mean = value.mean()
    return float(fixed / (mean["one-to-one"] - mean["for all"]))


def _needed(spread: float, gain: float) -> float:
    return float(2 * (1.96 + 0.84) ** 2 * spread**2 / gain**2)


EXERCISES: dict[str, Exercise] = {
    "share-of-the-oracle": Exercise(
        "Which share of the oracle's gain over no message does one-to-one realise (0 to 1)?",
        lambda value: _share(value, "one-to-one"),
        "Take the means of the columns of value; count both gains from none.",
        {
            "You divided the earnings. Take none off both: it is earned without any message.": lambda value: float(
                value.mean()["one-to-one"] / value.mean()["oracle"]
            ),
            "That is the share of the one message for all.": lambda value: _share(value, "for all"),
        },
    ),
    "break-even": Exercise(
        "From how many customers on does one-to-one pay for its fixed cost, compared with the one message for all?",
        _break_even,
        "Divide the fixed cost a month by the gain a customer and month.",
        {
            "That is the gain over no message at all; the one message for all costs nothing to decide.": (
                lambda value, fixed: float(fixed / (value.mean()["one-to-one"] - value.mean()["none"]))
            ),
        },
        tolerance=0.02,
    ),
    "customers-needed": Exercise(
        "How many customers does each arm need to find this gain with a power of 80 % at the 5 % level?",
        _needed,
        "n = 2 (1.96 + 0.84)² × variance / gain².",
        {
            "That is for one arm with a known mean; a difference of two arms has twice the variance.": (
                lambda spread, gain: _needed(spread, gain) / 2
            ),
            "You used the standard deviation where the variance belongs: square it.": (
                lambda spread, gain: _needed(spread, gain) / spread
            ),
        },
        tolerance=0.02,
    ),
}
