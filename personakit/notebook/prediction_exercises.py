"""The exercises of the notebook on predictions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from personakit.notebook.exercise import Exercise

__all__ = ["EXERCISES"]


def _day(last: Any, days: int) -> str:
    return (pd.Timestamp(last) - pd.Timedelta(days=days)).date().isoformat()


def _gap(bins: Any, *, weighed: bool = True, signed: bool = False) -> float:
    gaps = np.asarray(bins["predicted"], dtype=float) - np.asarray(bins["observed"], dtype=float)
    weights = np.asarray(bins["n"], dtype=float) if weighed else None
    return float(abs(np.average(gaps if signed else np.abs(gaps), weights=weights)))


def _profit(table: Any, rule: str) -> float:
    """The profit of a rule by what is known best: the truth, else what came true."""
    known = "true" if table["true"].notna().all() else "observed"
    return float(table.loc[rule, known])


EXERCISES: dict[str, Exercise] = {
    "last-day-to-learn-from": Exercise(
        "Purchases are recorded up to the day `last`. As of which day, at the latest, can customers be labelled with "
        "what they do in the `horizon` days that follow (as 2025-01-31)?",
        lambda last, horizon: _day(last, horizon),
        "The first day of the horizon is the day after; the last one must be recorded.",
        {
            "Then nothing of the horizon is recorded: everybody would count as lost.": (
                lambda last, horizon: _day(last, 0)
            ),
            "A day too early: the horizon begins on the day after.": lambda last, horizon: _day(last, horizon + 1),
            "A day too late: the last day of the horizon is not recorded.": (
                lambda last, horizon: _day(last, horizon - 1)
            ),
        },
    ),
    "calibration-error-by-hand": Exercise(
        "What is the expected calibration error of these bins (0 to 1)?",
        _gap,
        "The gap of each bin between predicted and observed, without its sign, weighed by the customers in it.",
        {
            "You gave every bin the same weight; weigh by n.": lambda bins: _gap(bins, weighed=False),
            "You let gaps up and down cancel out. Take them without their sign.": lambda bins: _gap(bins, signed=True),
        },
    ),
    "threshold-that-pays": Exercise(
        "From which probability to leave does an offer pay, given its cost, the value of a customer kept, and the "
        "share of leavers whom it keeps?",
        lambda cost, value, save_rate: cost / (value * save_rate),
        "On average an offer earns probability x save_rate x value - cost. Where is that nought?",
        {
            "Not every offer saves: the value of a save comes with the save rate only.": (
                lambda cost, value, save_rate: cost / value
            ),
            "A half is right only where a save, on average, is worth twice the cost.": (
                lambda cost, value, save_rate: 0.5
            ),
            "The other way round: a dearer offer needs a higher probability.": (
                lambda cost, value, save_rate: value * save_rate / cost
            ),
        },
    ),
    "profit-given-away-by-half": Exercise(
        "Which share of the profit of the best threshold is given away by a threshold of 0.5 (0 to 1)?",
        lambda table: 1 - _profit(table, "from 0.5") / _profit(table, "from the threshold"),
        "One less the profit of `from 0.5`, divided by that of `from the threshold`.",
        {
            "That is what is left, not what is given away.": (
                lambda table: _profit(table, "from 0.5") / _profit(table, "from the threshold")
            ),
            "Divide by the profit of the best threshold, not by that of 0.5.": (
                lambda table: _profit(table, "from the threshold") / _profit(table, "from 0.5") - 1
            ),
        },
    ),
}
