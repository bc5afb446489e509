"""Maps from a model's probabilities to honest ones, chosen by how well they do on rows they have not seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

__all__ = ["Calibrator", "Method", "choose_calibrator", "log_loss_by_row", "mixed"]

Floats = NDArray[np.float64]
Method = Literal["none", "sigmoid", "isotonic"]
TINY = 1e-6


class Calibrator:
    """One map a class, the results scaled to a sum of one (Zadrozny & Elkan, 2002); of two classes, one map.

    "sigmoid" is a logistic regression on the log odds (Platt, 2000; on log odds rather than scores it leaves honest
    probabilities as they are); "isotonic" any rising step function, for which a thousand rows are needed; "none" none.

    >>> p = np.array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.2, 0.8]])
    >>> Calibrator("none").fit(p, np.array([0, 0, 1, 1]))(p)[:, 1].tolist()
    [0.1, 0.2, 0.7, 0.8]
    """

    def __init__(self, method: Method) -> None:
        self.method = method

    def fit(self, probabilities: Floats, codes: NDArray[np.intp]) -> Calibrator:
        """Learn from probabilities (n, n_classes) that did not see these rows, and the classes by number."""
        n_classes = probabilities.shape[1]
        classes = [1] if n_classes == 2 else range(n_classes)
        self.maps_ = [self._map(probabilities[:, k], codes == k) for k in classes] if self.method != "none" else []
        return self

    def __call__(self, probabilities: Floats) -> Floats:
        if not self.maps_:
            return probabilities
        if len(self.maps_) == 1:
            second = self._apply(self.maps_[0], probabilities[:, 1])
            return np.column_stack([1 - second, second])
        each = [self._apply(one, probabilities[:, k]) for k, one in enumerate(self.maps_)]
        together = np.clip(np.column_stack(each), TINY, None)
        return together / together.sum(axis=1, keepdims=True)

    def _map(self, p: Floats, hit: NDArray[np.bool_]) -> Any:
        if hit.all() or not hit.any():  # a class that these rows lack, or have alone: nothing to learn
            return None
        if self.method == "sigmoid":
            return LogisticRegression(C=np.inf).fit(_log_odds(p)[:, None], hit)
        # Never quite 0 or 1: that nobody of n did it is no proof that nobody ever will.
        edge = 1 / (len(p) + 2)
        return IsotonicRegression(y_min=edge, y_max=1 - edge, out_of_bounds="clip").fit(p, hit)

    def _apply(self, one: Any, p: Floats) -> Floats:
        if one is None:
            return p
        return one.predict_proba(_log_odds(p)[:, None])[:, 1] if self.method == "sigmoid" else one.predict(p)


def choose_calibrator(
    probabilities: Floats, codes: NDArray[np.intp], folds: Sequence[NDArray[np.intp]]
) -> tuple[Method, dict[Method, float]]:
    """The method with the lowest log loss on left-out folds; the simpler unless the gain exceeds its standard error.

    Parameters
    ----------
    probabilities : ndarray of shape (n, n_classes), each row by a model that did not see it
    codes : int ndarray of shape (n,)
    folds : sequence of int ndarrays, which rows are in each
    """
    losses: dict[Method, Floats] = {}
    methods: tuple[Method, ...] = ("none", "sigmoid", "isotonic")
    for method in methods:
        loss = np.empty(len(codes))
        for held in folds:
            seen = np.setdiff1d(np.arange(len(codes)), held)
            map_ = Calibrator(method).fit(probabilities[seen], codes[seen])
            loss[held] = log_loss_by_row(map_(probabilities[held]), codes[held])
        losses[method] = loss
    chosen: Method = "none"
    for method in methods[1:]:
        gain = losses[chosen] - losses[method]
        if gain.mean() > gain.std() / np.sqrt(len(gain)):
            chosen = method
    return chosen, {method: float(loss.mean()) for method, loss in losses.items()}


def log_loss_by_row(probabilities: Floats, codes: NDArray[np.intp]) -> Floats:
    """Minus the logarithm of what was given to the class that it was.

    >>> log_loss_by_row(np.array([[0.5, 0.5]]), np.array([1])).round(3).tolist()
    [0.693]
    """
    return -np.log(np.clip(probabilities[np.arange(len(codes)), codes], TINY, 1.0))


def mixed(first: Floats, second: Floats, share: float) -> Floats:
    """The mean of two models' log probabilities, `share` of it the first's, as probabilities.

    >>> mixed(np.array([[0.9, 0.1]]), np.array([[0.5, 0.5]]), 0.5).round(3).tolist()
    [[0.75, 0.25]]
    """
    logs = share * np.log(np.clip(first, TINY, 1.0)) + (1 - share) * np.log(np.clip(second, TINY, 1.0))
    odds = np.exp(logs - logs.max(axis=1, keepdims=True))
    return odds / odds.sum(axis=1, keepdims=True)


def _log_odds(p: Floats) -> Floats:
    clipped = np.clip(p, TINY, 1 - TINY)
    return np.log(clipped / (1 - clipped))
