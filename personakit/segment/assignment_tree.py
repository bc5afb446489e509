"""A short decision tree that puts new customers into segments, as rules that anybody can read and check."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import column_or_1d
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from personakit.errors import DataError, some
from personakit.privacy.binding import check_use, purpose_of
from personakit.privacy.gate_permitted import plain_frame
from personakit.privacy.settings import check_between, whole
from personakit.privacy.statistics.intervals import wilson_interval
from personakit.profile.encoder import ProfileEncoder
from personakit.profile.frames import TakesProfiles, by_customer
from personakit.segment.assignment_rules import Branch, Condition, in_words, paths, rounded, sayable
from personakit.segment.membership import of_profiles
from personakit.segment.named import numbered
from personakit.segment.rules_tables import FrameColumns

__all__ = ["SegmentTree"]

Floats = NDArray[np.float64]


class SegmentTree(TakesProfiles, ClassifierMixin, BaseEstimator):
    """A decision tree of a few questions that stands in for a segmentation, and the share of customers it gets right.

    Each threshold is the shortest number between the two values that it parts, and the tree itself asks with it: the
    rules say what the tree does, for missing values too. Dates, and columns that no rule can name, are not asked about.

    Parameters
    ----------
    max_depth : int, default 3
        Questions to a customer at most.
    smallest : int, default 10
        Customers that a leaf has at least when the tree is grown.
    columns, leave_out : sequence of str
        As in `ProfileEncoder`: what may be asked about.
    digits : int, default 3
        Significant digits of a threshold at most. Where no number so short lies between two values, the rounded one may
        move customers whose values are nearly the same.
    n_splits : int, default 5
        Parts of the cross-validation behind `fidelity_`.
    level : float, default 0.95
        Of its intervals.
    random_state : int, RandomState or None, default 0
        Order of ties between questions, and the parts.

    Attributes
    ----------
    fidelity_ : float
        The share of customers whom a tree grown on others puts into their segment; missing for fewer than two n_splits.
    fidelity_interval_ : tuple of two floats
        Wilson's, for the tree on customers like these; as if the parts were independent, which they are nearly.
    fidelity_by_segment_ : DataFrame, index segment
        customers, fidelity (of the customers of the segment, how many the tree puts there), low, high, precision (of
        those whom the tree puts there, how many belong there).
    classes_ : ndarray of the segments, sorted
    tree_ : Branch, the first question
    encoder_ : ProfileEncoder, what makes a matrix of the profiles
    left_out_ : dict of column to the reason why it is not asked about
    purpose_ : str or None, for which the gate released the profiles

    References
    ----------
    L. Breiman et al. (1984), "Classification and Regression Trees", as scikit-learn grows them; a tree in the place of
    clusters as in D. Bertsimas, A. Orfanoudaki and H. Wiberg (2021), "Interpretable clustering", Machine Learning 110.

    Examples
    --------
    >>> people = pd.DataFrame({"customer_id": range(40), "monetary": [20.0] * 20 + [187.0] * 10 + [320.0] * 10})
    >>> segments = pd.Series(["low"] * 20 + ["high"] * 20, index=pd.Index(range(40), name="customer_id"))
    >>> tree = SegmentTree().fit(people, segments)
    >>> tree.rules(), tree.fidelity_
    ({'high': '(monetary > 100 or monetary is missing)', 'low': 'monetary <= 100'}, 1.0)
    """

    fidelity_: float
    fidelity_interval_: tuple[float, float]
    fidelity_by_segment_: pd.DataFrame
    left_out_: dict[str, str]
    tree_: Branch
    purpose_: str | None

    def __init__(
        self,
        max_depth: int = 3,
        smallest: int = 10,
        *,
        columns: Sequence[str] | None = None,
        leave_out: Sequence[str] = (),
        digits: int = 3,
        n_splits: int = 5,
        level: float = 0.95,
        random_state: Any = 0,
    ) -> None:
        self.max_depth = max_depth
        self.smallest = smallest
        self.columns = columns
        self.leave_out = leave_out
        self.digits = digits
        self.n_splits = n_splits
        self.level = level
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> SegmentTree:
        """Grow the tree on customers whose segment is known.

        Parameters
        ----------
        X : DataFrame of shape (n_customers, ...), what a consent gate returned, or array of shape (n_customers, n)
            Profiles.
        y : Series by customer_id, or array of shape (n_customers,)
            Their segments, as `predict` of a segmentation gives them. A Series is matched by customer; who has no
            segment teaches nothing.

        Raises
        ------
        DataError
            One segment only, no customer with a segment, a customer twice, no column that can be asked about; or as in
            `ProfileEncoder`.
        """
        whole("max_depth", self.max_depth, 1, where="SegmentTree")
        whole("smallest", self.smallest, 1, where="SegmentTree")
        whole("digits", self.digits, 1, where="SegmentTree")
        whole("n_splits", self.n_splits, 2, where="SegmentTree")
        check_between("level", self.level)
        if y is None:
            raise DataError("SegmentTree requires y to be passed, but the target y is None. Give each one's segment.")
        X, labels = _matched(X, y)
        self._encoder(X, labels)
        self.purpose_ = purpose_of(X)
        self.classes_, codes = np.unique(labels, return_inverse=True)
        if len(self.classes_) < 2:
            raise DataError(
                f"All {len(labels)} customers are in one class only, the segment {str(self.classes_[0])!r}: there is "
                "nothing to tell apart. Give at least two segments."
            )
        values = self.encoder_.transform(X)
        self.tree_ = self._grown(values, codes)
        self._score(values, codes)
        return self

    def predict(self, X: Any) -> Any:
        """The segment of each customer by the tree.

        Returns
        -------
        Series, categorical, named "segment", by customer_id; for an array, an array of segments
        """
        check_is_fitted(self, "tree_")
        check_use(self, X)
        found = self.tree_.apply(self.encoder_.transform(X))
        if not isinstance(plain_frame(X), pd.DataFrame):
            return self.classes_[found]
        named = pd.Categorical.from_codes(found, pd.Index(self.classes_))
        segments = pd.Series(named, index=by_customer(X).index, name="segment")
        if (purpose := purpose_of(X)) is not None:
            segments.attrs["purpose"] = purpose
        return segments

    def rules(self) -> dict[str, str]:
        """The tree as one rule a segment, in the language of `RuleSegments`.

        The rules exclude each other and leave nobody out, so `RuleSegments(tree.rules())` puts everybody where the tree
        does. A segment that the tree never says has no rule.
        """
        check_is_fitted(self, "tree_")
        found: dict[int, list[str]] = {}
        for leaf, conditions in paths(self.tree_, self._questions):
            found.setdefault(leaf, []).append(in_words(conditions))
        return {str(self.classes_[leaf]): " or ".join(texts) for leaf, texts in sorted(found.items())}

    def _encoder(self, X: Any, labels: NDArray[Any]) -> None:
        """Learn the columns, and leave out those that no rule can name."""
        first = ProfileEncoder(self.columns, self.leave_out, categories="onehot").fit(X)
        given = plain_frame(X)
        if isinstance(given, pd.DataFrame):
            frame = by_customer(X)
            frame = frame.set_axis(frame.columns.map(str), axis=1)
        else:
            frame = pd.DataFrame(np.asarray(X)).infer_objects()
            frame = frame.set_axis(numbered(frame.shape[1]), axis=1)
        check_consistent_length(frame, labels)
        columns = FrameColumns(frame)
        why = {name: sayable(columns, name, kind) for name, kind in first.kinds_.items()}
        not_sayable = {name: reason for name, reason in why.items() if reason}
        if len(not_sayable) == len(why):
            raise DataError(
                f"profiles: none of the columns can be asked about: {some(f'{a} ({b})' for a, b in why.items())}. Give "
                "numbers or texts."
            )
        kept = [name for name in first.kinds_ if name not in not_sayable]
        self.encoder_ = ProfileEncoder(kept, categories="onehot").fit(X)
        self.left_out_ = {**first.left_out_, **not_sayable}
        self.n_features_in_ = first.n_features_in_
        if hasattr(first, "feature_names_in_"):
            self.feature_names_in_ = first.feature_names_in_
        flags = {name for name in kept if columns.kind(name) == "flag"}
        self._questions = [
            self._asked(name, output, flags)
            for name, output in zip(self.encoder_.sources_, self.encoder_.get_feature_names_out(), strict=True)
        ]

    def _asked(self, name: str, output: str, flags: set[str]) -> tuple[Condition, Condition]:
        """The two answers to a question about a column of the matrix: no (nought, or low), and yes."""
        if self.encoder_.kinds_[name] == "category":
            value = output[len(name) + 3 :]
            return Condition(name, "!=", value, True), Condition(name, "=", value, False)
        if name in flags:
            return Condition(name, "=", False, True), Condition(name, "=", True, False)
        return Condition(name, "<=", 0.0, False), Condition(name, ">", 0.0, False)

    def _grown(self, values: Floats, codes: NDArray[Any]) -> Branch:
        grower = DecisionTreeClassifier(
            max_depth=self.max_depth, min_samples_leaf=self.smallest, random_state=self.random_state
        ).fit(values, codes)
        return self._branch(grower.tree_, grower.classes_, 0, values, codes)

    def _branch(self, tree: Any, classes: NDArray[Any], node: int, values: Floats, codes: NDArray[Any]) -> Branch:
        """The part of the tree below a node, for the customers who come there by rounded thresholds."""
        counted = np.bincount(codes, minlength=len(self.classes_))
        leaf = int(counted.argmax()) if len(codes) else int(classes[tree.value[node][0].argmax()])
        if tree.children_left[node] < 0:
            return Branch(leaf)
        feature, raw = int(tree.feature[node]), float(tree.threshold[node])
        branch = Branch(leaf, feature, 0.5, bool(tree.missing_go_to_left[node]))
        if self._questions[feature][0].op == "<=":
            column = values[:, feature]
            # The grower compares in single precision, and so do we to find the two values that it parts.
            low, high = column[column.astype(np.float32) <= raw], column[column.astype(np.float32) > raw]
            ends = (low.max(initial=-np.inf), high.min(initial=np.inf))
            branch.threshold = rounded(*ends, self.digits) if np.isfinite(ends).all() else raw
            branch.threshold = float(f"{branch.threshold:.{self.digits}g}")
        else:
            branch.missing_no = True  # a text that is missing is not the one that is asked for
        above = branch.above(values)
        parts = [(tree.children_left[node], ~above), (tree.children_right[node], above)]
        branch.no, branch.yes = (
            self._branch(tree, classes, int(child), values[rows], codes[rows]) for child, rows in parts
        )
        same = branch.no.no is None and branch.yes.no is None and branch.no.leaf == branch.yes.leaf
        return Branch(branch.no.leaf) if same else branch

    def _score(self, values: Floats, codes: NDArray[Any]) -> None:
        said = np.full(len(codes), -1)
        if len(codes) >= 2 * self.n_splits:
            splitter = StratifiedKFold if np.bincount(codes).min() >= self.n_splits else KFold
            parts = splitter(self.n_splits, shuffle=True, random_state=self.random_state)
            for train, test in parts.split(values, codes):
                said[test] = self._grown(values[train], codes[train]).apply(values[test])
        right, known = said == codes, bool((said >= 0).all())
        sizes = np.bincount(codes)
        kept = np.bincount(codes[right], minlength=len(sizes))
        called = np.bincount(said[said >= 0], minlength=len(sizes))
        low, high = wilson_interval(kept / sizes, sizes, confidence=self.level)
        with np.errstate(invalid="ignore"):
            table = pd.DataFrame(
                {"customers": sizes, "fidelity": kept / sizes, "low": low, "high": high, "precision": kept / called},
                index=pd.Index(self.classes_, name="segment"),
            )
        if not known:
            table.loc[:, ["fidelity", "low", "high", "precision"]] = np.nan
        ends = wilson_interval([right.mean()], [len(codes)], confidence=self.level)
        self.fidelity_by_segment_ = table
        self.fidelity_ = float(right.mean()) if known else float("nan")
        self.fidelity_interval_ = (float(ends[0][0]), float(ends[1][0])) if known else (float("nan"), float("nan"))


def _matched(X: Any, y: Any) -> tuple[Any, NDArray[Any]]:
    """Profiles and segments of the same customers, in the same order."""
    frame = plain_frame(X)
    if not (isinstance(y, pd.Series) and isinstance(frame, pd.DataFrame) and y.index.name == "customer_id"):
        labels = y.to_numpy(dtype=object) if isinstance(getattr(y, "dtype", None), pd.CategoricalDtype) else y
        labels = column_or_1d(labels, warn=True)
        if labels.dtype == object and all(isinstance(each, str) for each in labels):
            labels = labels.astype(str)
        check_classification_targets(labels)
        return X, labels
    people, known = of_profiles(X, y, "y")
    labels = known.to_numpy(dtype=object)
    texts = all(isinstance(each, str) for each in labels)
    return people, labels.astype(str) if texts else np.array(labels.tolist())
