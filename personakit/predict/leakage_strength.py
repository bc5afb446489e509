"""How well a single column forecasts, beside what all the others can do together."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import r2_score, roc_auc_score
from sklearn.model_selection import GroupKFold, KFold, StratifiedGroupKFold, StratifiedKFold
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import type_of_target

from personakit.errors import DataError
from personakit.predict.pipelines import boosted, customers_of
from personakit.profile.encoder import ProfileEncoder

__all__ = ["Strengths"]

Floats = NDArray[np.float64]
N_FOLDS = 4
MOST_ROWS = 20_000
RARE = 10
UNLIKELY = 1e-6
LEAST_FILLED = 20


class Strengths:
    """The strength of each column alone, of the places where it is missing, and of the rest.

    Attributes
    ----------
    alone : dict of column to AUC (several classes: mean of one against the rest) or R2 on ranks, out of fold
    rest : dict of column to the strength of a model without it and without all stronger columns, where worked out
    measure : {"AUC", "R2 on ranks"}
    """

    def __init__(self, rows: pd.DataFrame, target: pd.Series, random_state: Any) -> None:
        random = check_random_state(random_state)
        if len(rows) > MOST_ROWS:
            chosen = np.sort(random.choice(len(rows), MOST_ROWS, replace=False))
            rows, target = rows.iloc[chosen], target.iloc[chosen]
        self._seed = int(random.randint(2**31 - 1))
        kind = type_of_target(target)
        self.classes = kind in ("binary", "multiclass") and (target.nunique() <= 20 or target.dtype.kind in "OSUb")
        self.measure = "AUC" if self.classes else "R2 on ranks"
        self._y = self._codes(target) if self.classes else target.rank(pct=True).to_numpy(float)
        self._folds = self._split(rows)
        encoder = ProfileEncoder(max_categories=1000)
        try:
            matrix = encoder.fit_transform(rows)
        except DataError as problem:
            if "columns" not in str(problem):
                raise
            matrix = np.empty((len(rows), 0))
        self._rows = rows[list(getattr(encoder, "kinds_", ()))]
        self._columns = dict(zip(self._rows.columns, matrix.T, strict=True))
        self.alone = {name: self._tree(values) for name, values in self._columns.items()}
        self.gaps = {
            name: self._tree(np.isnan(values).astype(float))
            for name, values in self._columns.items()
            if np.isnan(values).any()
        }
        self.rest: dict[str, float] = {}

    def suspects(self, least: float) -> dict[str, tuple[float, str]]:
        """Columns that alone go at least this part of the way from the rest to perfect: the part, and the evidence."""
        found: dict[str, tuple[float, str]] = {}
        ranked = sorted(self.alone, key=lambda name: self.alone[name], reverse=True)
        most = min(10, max(1, len(ranked) // 4), len(ranked) - 1)
        weakest = self._together(ranked[most:])  # with more columns the rest can only do better, so this spares fits
        for k in range(most, 0, -1):
            if _part(self.alone[ranked[k - 1]], weakest) < least:
                continue
            rest = self._together(ranked[k:]) if k < most else weakest
            if _part(self.alone[ranked[k - 1]], rest) >= least:
                for name in ranked[:k]:
                    self.rest[name] = rest
                    found[name] = (_part(self.alone[name], rest), self._evidence(name, rest))
                break
        for name, filled in self._one_sided([name for name in self.gaps if name not in found]).items():
            found[name] = (1.0, filled)
        return found

    def _evidence(self, name: str, rest: float) -> str:
        if self.gaps.get(name, 0.0) > self.alone[name] - 0.01:
            what = "where it is missing forecasts"
        else:
            what = "alone it forecasts"
        return f"{what} with {self.measure} {self.alone[name]:.3f}, all columns that are weaker, together, {rest:.3f}"

    def _one_sided(self, names: list[str]) -> dict[str, str]:
        """Columns filled in, or missing, for one outcome only, where the other columns do not explain that."""
        if not self.classes or len(np.unique(self._y)) != 2:
            return {}
        sides = {}
        for name in names:
            gap = np.isnan(self._columns[name])
            for side, words in ((~gap, "filled in"), (gap, "missing")):
                if side.sum() >= LEAST_FILLED and len(np.unique(self._y[side])) == 1:
                    sides[name] = (side, words)
        if not sides:
            return {}
        others = [name for name in self._columns if name not in sides]
        chance = self._left_out(others)[:, 1] if others else np.full(len(self._y), self._y.mean())
        found = {}
        for name, (side, words) in sides.items():
            came = self._y[side][0]
            likely = np.log(np.clip(chance[side] if came else 1 - chance[side], 1e-12, 1)).sum()
            if likely < np.log(UNLIKELY):
                found[name] = (
                    f"{words} for {int(side.sum())} customers, all of the same outcome, which no other column says"
                )
        return found

    def _tree(self, values: Floats) -> float:
        """The strength of a small tree on one column, out of fold."""
        leaf = max(5, len(values) // 200)
        settings: dict[str, Any] = {"max_leaf_nodes": 32, "min_samples_leaf": leaf, "random_state": self._seed}
        found = self._empty()
        column = values[:, None]
        for held in self._folds:
            seen = np.setdiff1d(np.arange(len(values)), held)
            if self.classes:
                tree = DecisionTreeClassifier(**settings).fit(column[seen], self._y[seen])
                found[np.ix_(held, tree.classes_)] = tree.predict_proba(column[held])
            else:
                found[held] = DecisionTreeRegressor(**settings).fit(column[seen], self._y[seen]).predict(column[held])
        return self._score(found)

    def _together(self, names: list[str]) -> float:
        return self._score(self._left_out(names)) if names else (0.5 if self.classes else 0.0)

    def _left_out(self, names: list[str]) -> Floats:
        found = self._empty()
        rows = self._rows[names]
        for held in self._folds:
            seen = np.setdiff1d(np.arange(len(rows)), held)
            task: Any = "classification" if self.classes else "regression"
            model = boosted(rows.iloc[seen], self._y[seen], task, max_iter=60, random_state=self._seed)
            if self.classes:
                found[np.ix_(held, model.classes_)] = model.predict_proba(rows.iloc[held])
            else:
                found[held] = model.predict(rows.iloc[held])
        return found

    def _score(self, found: Floats) -> float:
        if not self.classes:
            return max(0.0, float(r2_score(self._y, found)))
        if found.shape[1] == 2:
            return float(roc_auc_score(self._y, found[:, 1]))
        each = [roc_auc_score(self._y == k, found[:, k]) for k in range(found.shape[1])]
        return float(np.mean(each))

    def _empty(self) -> Floats:
        return np.zeros((len(self._y), int(self._y.max()) + 1) if self.classes else len(self._y))

    def _codes(self, target: pd.Series) -> NDArray[Any]:
        """Classes by number, the rare ones together (if there are two others)."""
        codes = pd.factorize(target, sort=True)[0]
        counts = np.bincount(codes)
        if (counts >= RARE).sum() >= 2 and (counts < RARE).any():
            codes = np.where(counts[codes] < RARE, len(counts), codes)
            codes = np.unique(codes, return_inverse=True)[1]
        return np.asarray(codes)

    def _split(self, rows: pd.DataFrame) -> list[NDArray[np.intp]]:
        groups = customers_of(rows)
        settings: dict[str, Any] = {"shuffle": True, "random_state": self._seed}
        if self.classes:
            n = max(2, min(N_FOLDS, int(np.sort(np.bincount(self._y))[-2])))
            splits: Any = StratifiedKFold(n, **settings) if groups is None else StratifiedGroupKFold(n, **settings)
        else:
            splits = KFold(N_FOLDS, **settings) if groups is None else GroupKFold(N_FOLDS, **settings)
        return [held for _, held in splits.split(np.zeros(len(rows)), self._y if self.classes else None, groups)]


def _part(alone: float, rest: float) -> float:
    """Which part of the way from the rest to perfect forecasts a column goes alone."""
    return (alone - rest) / max(1 - rest, 1e-9)
