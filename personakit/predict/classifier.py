"""A classifier for profiles whose probabilities mean what they say."""

from __future__ import annotations

import warnings
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold
from sklearn.pipeline import Pipeline
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_y, check_is_fitted

from personakit.errors import DataError, some
from personakit.predict.calibrators import Calibrator, Method, choose_calibrator, log_loss_by_row, mixed
from personakit.predict.pipelines import boosted, check_choice, customers_of, linear, profile_rows, targets_beside
from personakit.privacy.binding import check_use, purpose_of
from personakit.privacy.settings import whole
from personakit.profile.frames import TakesProfiles

__all__ = ["ProfileClassifier"]

Floats = NDArray[np.float64]
Model = Literal["blend", "boosting", "logistic"]
SHARES = np.linspace(0, 1, 11)


class ProfileClassifier(TakesProfiles, ClassifierMixin, BaseEstimator):
    """Gradient boosting and logistic regression on profiles as they are, blended and calibrated by inner folds.

    Each row of the training data is predicted once by models that did not see it. These predictions, and no others,
    choose how much of each model goes into the blend and whether a calibration is needed, and which; then both models
    are fitted to all rows. Rows of one customer (several days stacked) are always in the same fold.

    A rare class needs no resampling and no weights, which would make every probability wrong; put the threshold where
    the profit is (`best_threshold`) instead. `predict` gives the most probable class, which is rarely what to act on.

    A class with a single row is learnt, but cannot be calibrated. Of a class that was not there in training nothing is
    known: no probability is given to it, and `score` counts its rows as wrong.

    Parameters
    ----------
    model : {"blend", "boosting", "logistic"}
        scikit-learn's histogram gradient boosting, a ridge-penalised logistic regression on ranks, or their blend.
    calibration : {"auto", "none", "sigmoid", "isotonic"}
        "auto" takes the one with the least log loss on left-out rows; none, unless the gain is beyond chance.
    n_folds : int, from 2, default 5
        Inner folds; fewer where the classes or customers are fewer.
    max_iter : int, default 200
        Trees of the boosting.
    random_state : int, RandomState or None
        Of folds and trees.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,), sorted
    share_ : float, the part of boosting in the blend
    calibration_ : {"none", "sigmoid", "isotonic"}, the one in use
    calibration_losses_ : dict, mean log loss of each calibration on left-out rows (empty unless "auto")
    models_ : dict of name to fitted Pipeline
    out_of_fold_ : ndarray of shape (n_customers, n_classes)
        Each row's probabilities by models that did not see it, blended, before calibration.
    n_features_in_, feature_names_in_ : as in scikit-learn, without customer_id
    purpose_ : str or None

    References
    ----------
    J. Platt (2000), "Probabilistic outputs for support vector machines"; B. Zadrozny and C. Elkan (2002), "Transforming
    classifier scores into accurate multiclass probability estimates", KDD; A. Niculescu-Mizil and R. Caruana (2005),
    "Predicting good probabilities with supervised learning", ICML.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> people = pd.DataFrame({"frequency": rng.poisson(3, 400), "region": rng.choice(["N", "S"], 400)},
    ...                       index=pd.RangeIndex(400, name="customer_id"))
    >>> buys = rng.random(400) < people["frequency"] / 8
    >>> model = ProfileClassifier(max_iter=20, random_state=0).fit(people, buys)
    >>> model.probabilities(people).loc[[7, 8]].round(1).columns.tolist(), model.predict_proba(people).shape
    ([False, True], (400, 2))
    """

    classes_: NDArray[Any]
    share_: float
    calibration_: Method
    calibration_losses_: dict[Method, float]
    models_: dict[str, Pipeline]
    out_of_fold_: Floats
    n_features_in_: int
    purpose_: str | None

    def __init__(
        self,
        model: Model = "blend",
        calibration: Literal["auto"] | Method = "auto",
        *,
        n_folds: int = 5,
        max_iter: int = 200,
        random_state: Any = None,
    ) -> None:
        self.model = model
        self.calibration = calibration
        self.n_folds = n_folds
        self.max_iter = max_iter
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> ProfileClassifier:
        """Learn from profiles and what became of each customer.

        Parameters
        ----------
        X : DataFrame of shape (n_customers, ...), what a consent gate returned, or array of shape (n_customers, n)
            Profiles, such as `labelled` gives; an index of (as_of, customer_id) where days are stacked.
        y : Series, or array of shape (n_customers,)
            Classes of any kind. A Series about customers is joined by customer_id.

        Raises
        ------
        DataError
            One class only; y is missing, continuous or about others; infinite values; nobody, or no usable column.
        ParameterError
            A setting that does not exist.
        """
        check_choice("ProfileClassifier", "model", self.model, ("blend", "boosting", "logistic"))
        check_choice("ProfileClassifier", "calibration", self.calibration, ("auto", "none", "sigmoid", "isotonic"))
        whole("n_folds", self.n_folds, 2, where="ProfileClassifier", why=", the inner folds")
        whole("max_iter", self.max_iter, where="ProfileClassifier", why=", the trees of the boosting")
        rows = profile_rows(self, X, reset=True)
        target = _check_y(targets_beside(rows, y, "ProfileClassifier.fit"), estimator=self)
        check_classification_targets(target)
        self.classes_, codes = np.unique(target, return_inverse=True)
        if len(self.classes_) < 2:
            raise DataError(
                f"ProfileClassifier.fit: y has one class only: {self.classes_.tolist()[0]!r} for all {len(codes)} "
                "customers, so there is nothing to tell apart. Choose another day or horizon, or check how y was made."
            )
        self.purpose_ = purpose_of(X)
        random = check_random_state(self.random_state)
        self._seed = int(random.randint(2**31 - 1))
        names = ("boosting", "logistic") if self.model == "blend" else (self.model,)
        folds = self._folds(rows, codes) if self.model == "blend" or self.calibration != "none" else []
        held = {name: self._left_out(name, rows, codes, folds) for name in names} if folds else {}
        self.share_ = self._share(held, codes) if self.model == "blend" else float(self.model == "boosting")
        self.calibration_losses_ = {}
        self.calibration_ = "none"
        if folds:
            self.out_of_fold_ = self._blend(held)
            if self.calibration == "auto":
                self.calibration_, self.calibration_losses_ = choose_calibrator(self.out_of_fold_, codes, folds)
            else:
                self.calibration_ = self.calibration
            self._calibrator = Calibrator(self.calibration_).fit(self.out_of_fold_, codes)
        else:
            self._calibrator = Calibrator("none").fit(np.empty((0, len(self.classes_))), codes[:0])
        self.models_ = {name: self._fitted(name, rows, codes) for name in names}
        self.n_iter_ = self.max_iter
        return self

    def predict_proba(self, X: Any) -> Floats:
        """Probabilities of shape (n_customers, n_classes), columns in the order of `classes_`."""
        check_is_fitted(self, "models_")
        check_use(self, X)
        rows = profile_rows(self, X, reset=False)
        return self._calibrator(self._blend({name: each.predict_proba(rows) for name, each in self.models_.items()}))

    def predict(self, X: Any) -> NDArray[Any]:
        """The most probable class of each customer, of shape (n_customers,)."""
        best = self.predict_proba(X).argmax(axis=1)
        return self.classes_[best]

    def probabilities(self, X: Any) -> pd.DataFrame:
        """`predict_proba` as a frame with customer_id as the index and a column for each class."""
        found = self.predict_proba(X)
        return pd.DataFrame(found, index=profile_rows(self, X, reset=False).index, columns=self.classes_)

    def _fitted(self, name: str, rows: pd.DataFrame, codes: NDArray[np.intp]) -> Pipeline:
        if name == "logistic":
            return linear(rows, codes, "classification")
        return boosted(rows, codes, "classification", max_iter=self.max_iter, random_state=self._seed)

    def _folds(self, rows: pd.DataFrame, codes: NDArray[np.intp]) -> list[NDArray[np.intp]]:
        """Rows of each inner fold, such that those outside it are of two classes at least."""
        groups = customers_of(rows)
        counts = np.bincount(codes)
        most = int(np.sort(counts)[-2]) if groups is None else int(min(len(np.unique(groups)), np.sort(counts)[-2]))
        n_folds = min(self.n_folds, most)
        if n_folds < 2:
            rare = [repr(each) for each in self.classes_[counts < 2].tolist()]
            raise DataError(
                f"ProfileClassifier.fit: class {some(rare)} has a single customer of {len(codes)}, so nothing can be "
                "held out to calibrate on. Use more customers, or model='boosting' with calibration='none'."
            )
        kind = StratifiedKFold if groups is None else StratifiedGroupKFold
        splits = kind(n_folds, shuffle=True, random_state=self._seed)
        with warnings.catch_warnings():  # that a class has fewer rows than there are folds is dealt with here
            warnings.filterwarnings("ignore", "The least populated class")
            pairs = list(splits.split(np.zeros(len(codes)), codes, groups))
        if any(len(np.unique(codes[seen])) < 2 for seen, _ in pairs):
            raise DataError(
                "ProfileClassifier.fit: without the customers of one inner fold, y has one class only: too few "
                "customers are of the rarer classes. Use more customers, or model='boosting' with calibration='none'."
            )
        return [held for _, held in pairs]

    def _left_out(self, name: str, rows: pd.DataFrame, codes: NDArray[np.intp], folds: list[Any]) -> Floats:
        """Probabilities of each row by a model of the other folds; a class that these lack gets none."""
        found = np.zeros((len(codes), len(self.classes_)))
        for held in folds:
            seen = np.setdiff1d(np.arange(len(codes)), held)
            there, inner = np.unique(codes[seen], return_inverse=True)
            found[np.ix_(held, there)] = self._fitted(name, rows.iloc[seen], inner).predict_proba(rows.iloc[held])
        return found

    def _share(self, held: dict[str, Floats], codes: NDArray[np.intp]) -> float:
        both = held["boosting"], held["logistic"]
        losses = [log_loss_by_row(mixed(*both, share), codes).mean() for share in SHARES]
        return float(SHARES[int(np.argmin(losses))])

    def _blend(self, found: dict[str, Floats]) -> Floats:
        if len(found) == 1:
            return next(iter(found.values()))
        return mixed(found["boosting"], found["logistic"], self.share_)
