"""The exercises of the notebook on privacy, consent and ethics."""

from __future__ import annotations

import math
from typing import Any

from personakit.notebook.exercise import Exercise

__all__ = ["EXERCISES"]


def _said_no(kept_back: Any) -> str:
    return str((kept_back["refused"] + kept_back["withdrawn"]).idxmax())


def _lost(frontier: Any, gain: float) -> float:
    return float(frontier["loss"].iloc[-1] / gain)


EXERCISES: dict[str, Exercise] = {
    "purpose-most-refused": Exercise(
        "For which purpose did most customers say no (refused, or withdrawn later)?",
        _said_no,
        "Add the columns refused and withdrawn, and take the largest.",
        {
            "That is where most are kept back; who was never asked has not said no.": lambda kept_back: str(
                kept_back.drop(columns="may be used").sum(axis=1).idxmax()
            ),
            "That is where most withdrew; those who refused from the start said no, too.": lambda kept_back: str(
                kept_back["withdrawn"].idxmax()
            ),
        },
    ),
    "epsilon-for-five": Exercise(
        "Which epsilon gives a private count whose 95 % interval reaches 5 customers to either side?",
        lambda reach: math.log(20) / reach,
        "Laplace noise of scale 1 / epsilon is beyond t with probability exp(-t epsilon); set that to 0.05.",
        {
            "You took 1.96 standard deviations; Laplace noise has longer tails than a bell curve.": lambda reach: (
                1.96 * math.sqrt(2) / reach
            ),
            "That puts 5 % beyond on each side, 10 % in all.": lambda reach: math.log(10) / reach,
            "You turned it over: a larger epsilon means less noise.": lambda reach: reach / math.log(20),
        },
        tolerance=0.03,
    ),
    "price-of-evenness": Exercise(
        "Which share of what personal prices gain over one price is given up to make them even (0 to 1)?",
        _lost,
        "Divide the loss in the last row of the frontier by the gain.",
        {
            "You gave per cent; the share is a number from 0 to 1.": lambda frontier, gain: 100 * _lost(frontier, gain),
            "That is the share of all the margin; divide by the gain of personal prices alone.": (
                lambda frontier, gain: float(frontier["loss"].iloc[-1] / frontier["value"].iloc[0])
            ),
        },
        tolerance=0.03,
    ),
}
