"""Yes-or-no decisions that fall more evenly on groups, and what it costs in accuracy on customers held out.

A decision with a threshold for each group uses the group of a customer. Whether that is allowed is not a question of
statistics: equal treatment of groups needs unequal treatment of persons, and the law may forbid either.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from personakit.errors import DataError, MissingExtraError, ParameterError, some
from personakit.privacy.fairness.estimates import Metric, Precision, compare
from personakit.privacy.fairness.frontier import (
    FRONTIER,
    Mitigation,
    degrees,
    largest_gap,
    mean_and_loss,
    split_by_group,
)
from personakit.privacy.fairness.groups import Attribute, attributes_of, keyed, numbers, once, ordered, zero_or_one
from personakit.privacy.fairness.report import check_threshold, precision

__all__ = ["fair_decisions"]

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Constraint = Literal["demographic_parity", "true_positive_rate_parity", "false_positive_rate_parity", "equalized_odds"]
_RATES: dict[str, tuple[str, ...]] = {
    "demographic_parity": ("selection_rate",),
    "true_positive_rate_parity": ("true_positive_rate",),
    "false_positive_rate_parity": ("false_positive_rate",),
    "equalized_odds": ("true_positive_rate", "false_positive_rate"),
}
_LEAST = 10
"""Groups with fewer customers of either label to fit on keep the common threshold."""


class _AsGiven(BaseEstimator):
    """A fitted "model" that returns the scores it is shown: Fairlearn asks for an estimator."""

    def fit(self, X: Any, y: Any = None) -> _AsGiven:
        return self

    def predict(self, X: Any) -> Floats:
        return np.asarray(X, dtype=float)[:, 0]

    def __sklearn_is_fitted__(self) -> bool:
        return True


def fair_decisions(
    y_true: Any,
    y_score: Any,
    groups: Any,
    *,
    constraint: Constraint = "demographic_parity",
    bounds: Sequence[float] | None = None,
    threshold: float = 0.5,
    test_size: float = 0.5,
    floor: int = 30,
    level: float = 0.95,
    n_bootstrap: int = 1000,
    random_state: int | np.random.RandomState | None = 0,
) -> Mitigation:
    """Yes-or-no decisions from scores, with thresholds for each group such that a rate differs by no more than a bound.

    Fairlearn's ThresholdOptimizer (Hardt, Price and Srebro 2016, "Equality of Opportunity in Supervised Learning")
    learns the thresholds on one part of the customers; the other part is decided on and measured. Between two
    thresholds it may draw lots, so two customers with the same score need not get the same decision.

    Parameters
    ----------
    y_true : Series of 0 and 1 by customer_id
    y_score : Series by customer_id
        Probabilities from 0 to 1, of a model that has not learnt from these customers.
    groups : Series by customer_id, or DataFrame of one attribute
        Of several attributes, their crossing counts.
    constraint : "demographic_parity", "true_positive_rate_parity", "false_positive_rate_parity", "equalized_odds"
        The rate that is to be alike; for equalised odds, the gap is the larger of the two.
    bounds : sequence of float, optional
        The largest differences allowed, for the frontier; the output is that of the smallest. By default 0.2, 0.1, 0.05
        and 0; for equalised odds 0 alone, which Fairlearn cannot relax.
    threshold : float, default 0.5
        Without mitigation, a score of at least this much is a yes.
    test_size : float, default 0.5
        Share of each group held out.
    floor, level, n_bootstrap, random_state
        As in `fairness_of_segments`.

    Returns
    -------
    Mitigation
        `output`: Series of 0 and 1 for the customers held out. `frontier`: the gap in the rate against accuracy.

    Raises
    ------
    DataError, ParameterError
        As in `fairness_of_predictions`; an unknown constraint; no two groups large enough to fit on.
    MissingExtraError
        Fairlearn is not installed.

    Examples
    --------
    >>> random = np.random.default_rng(0)
    >>> group = pd.Series(["a", "b"] * 4000, name="g")
    >>> score = pd.Series(np.clip(random.uniform(size=8000) + 0.3 * (group == "a"), 0, 1))
    >>> made = fair_decisions((random.uniform(size=8000) < score).astype(int), score, group, bounds=[0.0])
    >>> (made.frontier["gap"].round(1)).tolist()
    [0.3, 0.0]
    """
    if constraint not in get_args(Constraint):
        raise ParameterError(f"constraint is {constraint!r}. Use one of: {', '.join(get_args(Constraint))}.")
    how = precision(level, floor, n_bootstrap, 0, random_state)
    check_threshold(threshold)
    usual = (0.0,) if constraint == "equalized_odds" else (0.2, 0.1, 0.05, 0.0)
    settings = degrees(usual if bounds is None else bounds, "bounds", 0, 1)[::-1]
    if constraint == "equalized_odds" and any(settings):
        raise ParameterError(f"bounds={bounds!r}, but equalized_odds cannot be relaxed. Leave bounds out.")
    truth, scores = keyed(y_true, "y_true"), keyed(y_score, "y_score")
    once(truth.index, "y_true")
    once(scores.index, "y_score")
    customers = ordered(truth.index)
    if missing := len(customers.difference(scores.index)):
        raise DataError(f"y_score has no score for {missing} of the {len(customers)} customers in y_true. Add them.")
    y, score = numbers(truth.reindex(customers), "y_true"), numbers(scores.reindex(customers), "y_score")
    zero_or_one(y, "y_true")
    if not ((score >= 0) & (score <= 1)).all():
        wrong = score[~((score >= 0) & (score <= 1))]
        raise DataError(
            f"y_score has {len(wrong)} values outside 0 to 1, or missing ({some(wrong)}). Give probabilities, such as "
            "those of predict_proba, and leave out customers without one."
        )
    attribute = _one(attributes_of(groups, customers, intersections=False), groups, customers)
    fit, test = split_by_group(attribute.codes, test_size, how.random)
    counts = np.stack([np.bincount(attribute.codes[fit], y[fit] == label, len(attribute.labels)) for label in (0, 1)])
    large = np.flatnonzero(counts.min(axis=0) >= _LEAST)
    if len(large) < 2:
        raise DataError(
            f"{attribute.name}: {len(large)} groups have {_LEAST} customers of either label to fit on, and two are "
            "needed. Merge small groups, or hold out fewer customers."
        )
    fit = fit[np.isin(attribute.codes[fit], large)]
    plain = (score >= threshold).astype(float)
    outputs: dict[Any, Any] = {"none": plain[test]}
    seed = int(how.random.randint(2**31 - 1))
    known = np.isin(attribute.codes[test], large)
    for bound in settings:
        chosen, rows = plain[test].copy(), test[known]
        chosen[known] = _thresholds(score, y, attribute.codes, fit, rows, constraint, bound, seed)
        outputs[bound] = chosen
    held = Attribute(attribute.name, attribute.labels, attribute.codes[test])
    right = {setting: (chosen == y[test]).astype(float) for setting, chosen in outputs.items()}
    rows_made = [
        {
            "setting": setting, "attribute": attribute.name,
            **_rate_gap(held, y[test], chosen, _RATES[constraint], how),
            **mean_and_loss(right[setting], right["none"], how),
        }
        for setting, chosen in outputs.items()
    ]  # fmt: skip
    small = [label for at, label in enumerate(attribute.labels) if at not in large]
    made = {
        setting: pd.Series(chosen.astype(int), customers[test], name="decision") for setting, chosen in outputs.items()
    }
    return Mitigation(
        output=made[settings[-1]],
        frontier=pd.DataFrame(rows_made, columns=list(FRONTIER)),
        gap_name=f"difference in {' or '.join(_RATES[constraint])}",
        value_name="accuracy",
        setting_name="largest difference allowed",
        outputs=made,
        warnings=tuple(f"{label} is too small to fit on and keeps the common threshold." for label in small),
        notes=(
            f"Thresholds learnt on {len(fit):,} customers, measured on {len(test):,} others. The group of a customer "
            "is used to decide.",
        ),
    )


def _one(found: list[Attribute], groups: Any, customers: pd.Index) -> Attribute:
    return found[0] if len(found) == 1 else attributes_of(groups, customers, intersections=True)[-1]


def _thresholds(
    score: Floats, y: Floats, codes: Ints, fit: Ints, rows: Ints, constraint: str, bound: float, seed: int
) -> Floats:
    try:
        from fairlearn.postprocessing import ThresholdOptimizer
    except ImportError as error:
        raise MissingExtraError.of("fairlearn", "privacy", "fair_decisions") from error
    tolerance: dict[str, Any] = {"tol": bound} if bound > 0 else {}
    optimiser = ThresholdOptimizer(
        estimator=_AsGiven(), constraints=constraint, prefit=True, predict_method="predict", **tolerance
    )
    optimiser.fit(score[fit, None], y[fit], sensitive_features=codes[fit])
    return np.asarray(
        optimiser.predict(score[rows, None], sensitive_features=codes[rows], random_state=seed), dtype=float
    )


def _rate_gap(held: Attribute, y: Floats, chosen: Floats, rates: tuple[str, ...], how: Precision) -> dict[str, float]:
    weights = {"selection_rate": np.ones(len(y)), "true_positive_rate": y, "false_positive_rate": 1 - y}
    metrics = [Metric(rate, chosen * weights[rate], weights[rate]) for rate in rates]
    return largest_gap(compare(held, metrics, how)[1], held)
