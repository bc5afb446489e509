"""Is a model equally right about every group? Error rates and calibration by group, with Fairlearn's metrics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from personakit.errors import DataError, MissingExtraError, some
from personakit.privacy.fairness.estimates import Metric
from personakit.privacy.fairness.groups import Attribute, attributes_of, keyed, numbers, ordered, sums_by, zero_or_one
from personakit.privacy.fairness.report import FairnessReport, check_threshold, chosen, precision, report

__all__ = ["fairness_of_predictions"]

Floats = NDArray[np.float64]


def fairness_of_predictions(
    y_true: Any,
    predicted: Any,
    groups: Any,
    *,
    threshold: float = 0.5,
    intersections: bool = False,
    metrics: Sequence[str] | None = None,
    floor: int = 30,
    level: float = 0.95,
    n_bootstrap: int = 1000,
    n_permutations: int = 999,
    random_state: int | np.random.RandomState | None = 0,
) -> FairnessReport:
    """Whether a model is equally right about every group. Values of yes-or-no metrics are Fairlearn's.

    Parameters
    ----------
    y_true : Series of 0 and 1 by customer_id
        What happened. A customer may stand in several rows, which are kept together in every draw.
    predicted : Series by customer_id, in the same order as `y_true` where customers repeat
        Probabilities from 0 to 1, or decisions, all of them 0 or 1.
    groups, intersections, metrics, floor, level, n_bootstrap, n_permutations, random_state
        As in `fairness_of_segments`.
    threshold : float, default 0.5
        A probability of at least this much is the decision 1.

    Returns
    -------
    FairnessReport
        `selection_rate`, `true_positive_rate`, `false_positive_rate`, `accuracy`, `base_rate` (how often 1 happened);
        for probabilities also `mean_score`, `calibration_error` (mean probability less the base rate; 0 is right) and
        `brier` (mean squared error). A rate without anybody to take it from is missing, not 0.

    Raises
    ------
    DataError, UnknownNameError, ParameterError
        As in `fairness_of_segments`; values that are no labels or probabilities; two tables of different customers.
    MissingExtraError
        Fairlearn is not installed.

    Examples
    --------
    >>> truth = pd.Series([1, 0] * 50)
    >>> audit = fairness_of_predictions(truth, truth, pd.Series(["a", "b"] * 30 + ["b", "a"] * 20, name="arm"))
    >>> audit.table()["accuracy"].tolist()
    [1.0, 1.0]
    """
    how = precision(level, floor, n_bootstrap, n_permutations, random_state)
    truth, score = _pair(keyed(y_true, "y_true"), keyed(predicted, "predicted"))
    y, p = numbers(truth, "y_true"), numbers(score, "predicted")
    zero_or_one(y, "y_true")
    if not ((p >= 0) & (p <= 1)).all():
        raise DataError(
            f"predicted has {int((~((p >= 0) & (p <= 1))).sum())} values outside 0 to 1, or missing "
            f"({some(p[~((p >= 0) & (p <= 1))])}). Give probabilities or decisions."
        )
    check_threshold(threshold)
    customers = ordered(truth.index)
    row = customers.get_indexer(truth.index)
    chose, one = (p >= threshold).astype(float), np.ones(len(y))
    pairs = {
        "selection_rate": (chose, one), "true_positive_rate": (chose * y, y),
        "false_positive_rate": (chose * (1 - y), 1 - y), "accuracy": ((chose == y).astype(float), one),
        "base_rate": (y, one),
    }  # fmt: skip
    if not np.isin(p, (0, 1)).all():
        pairs |= {"mean_score": (p, one), "calibration_error": (p - y, one), "brier": ((p - y) ** 2, one)}
    measured = chosen(
        [
            Metric(
                name,
                sums_by(row, total, customers),
                sums_by(row, weight, customers),
                selection=name == "selection_rate",
            )
            for name, (total, weight) in pairs.items()
        ],
        metrics,
    )
    attributes = attributes_of(groups, customers, intersections=intersections)
    made = report(f"predictions for {len(customers):,} customers", [(each, measured) for each in attributes], how)
    _by_fairlearn(made.by_group, attributes, row, y, chose)
    return made


def _by_fairlearn(
    by_group: pd.DataFrame, attributes: list[Attribute], row: NDArray[Any], y: Floats, chose: Floats
) -> None:
    """Put Fairlearn's values into the table, which are 0 where nobody is to be counted; those stay missing."""
    try:
        import fairlearn.metrics as fairlearn
    except ImportError as error:
        raise MissingExtraError.of("fairlearn", "privacy", "fairness_of_predictions") from error
    rates = {
        name: getattr(fairlearn, name)
        for name in ("selection_rate", "true_positive_rate", "false_positive_rate")
        if (by_group["metric"] == name).any()
    }
    if not rates:
        return
    for attribute in attributes:
        # Rows that agree in group, outcome and decision become one with a weight: a million rows took half a minute.
        cell = (attribute.codes[row] * 4 + 2 * y + chose).astype(np.intp)
        cells, weight = np.unique(cell, return_counts=True)
        frame = fairlearn.MetricFrame(
            metrics=rates,
            y_true=cells // 2 % 2,
            y_pred=cells % 2,
            sensitive_features=cells // 4,
            sample_params={name: {"sample_weight": weight} for name in rates},
        ).by_group
        for name in rates:
            rows = (by_group["attribute"] == attribute.name) & (by_group["metric"] == name)
            values = frame[name].to_numpy(float)
            by_group.loc[rows, "value"] = np.where(by_group.loc[rows, "n"] > 0, values, np.nan)


def _pair(truth: pd.Series, score: pd.Series) -> tuple[pd.Series, pd.Series]:
    if len(truth) == len(score) and truth.index.equals(score.index):
        return truth, score
    if truth.index.is_unique and score.index.is_unique and not len(truth.index.symmetric_difference(score.index)):
        return truth, score.reindex(truth.index)
    raise DataError(
        f"y_true has {len(truth):,} rows and predicted {len(score):,}, and they are not about the same customers in "
        f"the same order (first: {some(truth.index)} and {some(score.index)}). Align them by customer_id."
    )
