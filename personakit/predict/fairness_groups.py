"""Is a model equally right about every group? From a model and profiles to the audit of the privacy room."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from personakit.errors import DataError, UnknownNameError, some
from personakit.predict.explanations_columns import frame_of, output_of
from personakit.predict.pipelines import targets_beside
from personakit.privacy.fairness.predictions import fairness_of_predictions
from personakit.privacy.fairness.report import FairnessReport

__all__ = ["fairness_by_group"]


def fairness_by_group(
    model: Any, X: Any, y: Any, groups: Any, *, threshold: float = 0.5, label: Any = None, **settings: Any
) -> FairnessReport:
    """How often a model is right about each group, how often it chooses them, and whether its probabilities hold.

    The group need not be a column that the model uses; mostly it should not be, and the gaps are there all the same.

    Parameters
    ----------
    model : fitted classifier that takes profile frames
    X : DataFrame with one row a customer, what the gate returned, or array of shape (n_customers, n_columns)
        Customers on whom the model was not trained.
    y : Series by customer_id, or array of shape (n_customers,), of the classes of the model
        What happened.
    groups : str, sequence of str, Series or DataFrame by customer_id
        Columns of X, such as "age_band"; or attributes that X does not hold. Who has none is a group of her own.
    threshold : float, default 0.5
        A probability of at least this much is the decision: the one at which it is acted (`best_threshold`).
    label : class, optional
        Whose probability; of two classes the second.
    **settings
        metrics, intersections, floor, level, n_bootstrap, n_permutations and random_state of
        `personakit.privacy.fairness_of_predictions`.

    Returns
    -------
    FairnessReport
        `.by_group`, `.gaps` with intervals and p-values, `.summary`, `.plot()`.

    Raises
    ------
    UnknownNameError
        A group that is no column of X.
    DataError
        Customers in two rows; y about others, missing, or of a class the model does not know; as in
        `fairness_of_predictions`.
    ConsentError
        X was released for another purpose than the model's data.
    MissingExtraError
        Fairlearn is not installed.

    Examples
    --------
    >>> from sklearn.dummy import DummyClassifier
    >>> people = pd.DataFrame({"customer_id": range(120), "age_band": ["18-34"] * 60 + ["35-54"] * 60})
    >>> buys = np.array([True, False, False] * 20 + [True, False] * 30)
    >>> report = fairness_by_group(DummyClassifier().fit(people, buys), people, buys, "age_band")
    >>> report.table()["base_rate"].round(2).tolist()
    [0.33, 0.5]
    """
    frame = frame_of(X)
    says = output_of(model, X, "probability", label)
    actual = np.asarray(targets_beside(frame, y, "fairness_by_group"))
    if unknown := [each for each in np.unique(actual) if each not in model.classes_]:
        raise DataError(
            f"fairness_by_group: y has {some(map(repr, unknown))}, which the model does not know (it knows "
            f"{some(model.classes_, 6)}). Give y in the classes of the model."
        )
    by = _attributes(frame, groups)
    truth = pd.Series((actual == says.label).astype(int), index=frame.index)
    probability = pd.Series(np.clip(says(frame), 0, 1), index=frame.index)
    return fairness_of_predictions(truth, probability, by, threshold=threshold, **settings)


def _attributes(frame: pd.DataFrame, groups: str | Sequence[str] | Any) -> Any:
    if not isinstance(groups, str) and not (
        isinstance(groups, (list, tuple)) and all(isinstance(each, str) for each in groups)
    ):
        return groups
    names = [groups] if isinstance(groups, str) else list(groups)
    if absent := [name for name in names if name not in frame.columns]:
        raise UnknownNameError(
            f"groups: X has no column {some(map(repr, absent))} (it has {some(frame.columns, 6)}). Name columns of X, "
            "or give a Series by customer_id."
        )
    return frame[names]
