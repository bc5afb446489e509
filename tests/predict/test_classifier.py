"""The classifier: scikit-learn's protocol, honest probabilities, no leak by calibration, and what it refuses."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.utils.estimator_checks import parametrize_with_checks

from personakit.errors import ConsentError, DataError, ParameterError
from personakit.predict import ProfileClassifier
from personakit.predict.calibrators import Calibrator, choose_calibrator

QUICK: dict[str, Any] = {"max_iter": 15, "n_folds": 2, "random_state": 0}


@parametrize_with_checks([ProfileClassifier(max_iter=5, n_folds=2), ProfileClassifier("logistic", "none")])
def test_scikit_learn_s_checks(estimator: Any, check: Any) -> None:
    check(estimator)


def _people(n: int = 600, seed: int = 0) -> tuple[pd.DataFrame, pd.Series, np.ndarray]:
    rng = np.random.default_rng(seed)
    ids = pd.RangeIndex(1, n + 1, name="customer_id")
    X = pd.DataFrame(
        {
            "frequency": rng.poisson(3, n).astype(float),
            "region": rng.choice(["north", "south", None], n),
            "last_visit": pd.Timestamp("2025-06-30") - pd.to_timedelta(rng.integers(0, 90, n), "D"),
            "joined": (pd.Timestamp("2025-01-01") + pd.to_timedelta(rng.integers(0, 90, n), "D")).strftime("%Y-%m-%d"),
            "constant": 1,
            "nothing": np.nan,
        },
        index=ids,
    )
    X.loc[X.sample(frac=0.1, random_state=seed).index, "frequency"] = np.nan
    chance = 1 / (1 + np.exp(-(X["frequency"].fillna(0) - 3 + (X["region"] == "north"))))
    return X, pd.Series(rng.random(n) < chance, index=ids), chance.to_numpy()


def test_a_frame_with_categories_dates_gaps_and_empty_columns_is_taken_as_it_is() -> None:
    X, y, chance = _people()
    model = ProfileClassifier(**QUICK).fit(X, y)
    found = model.probabilities(X)
    assert found.index.equals(X.index) and found.columns.tolist() == [False, True]
    assert np.corrcoef(found[True], chance)[0, 1] > 0.85
    left_out = model.models_["boosting"]["encoder"].left_out_
    assert left_out == {"constant": "one value only", "nothing": "no value at all"}
    stranger = X.iloc[:5].assign(region="the moon")  # a category unseen in fit
    assert np.isfinite(model.predict_proba(stranger)).all()


@pytest.mark.parametrize("kind", ["blend", "boosting", "logistic"])
def test_customers_may_come_in_any_order_and_under_other_names(kind: Any) -> None:
    X, y, _ = _people(200)
    model = ProfileClassifier(kind, **QUICK).fit(X, y)
    turned = X.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(model.probabilities(turned).loc[X.index], model.probabilities(X))
    np.testing.assert_array_equal(model.predict_proba(X.reset_index()), model.predict_proba(X))
    renamed = clone(model).fit(X.set_axis(X.index + 900), y.set_axis(y.index + 900))
    np.testing.assert_array_equal(renamed.predict_proba(X), model.predict_proba(X))


def test_a_series_of_outcomes_is_joined_by_customer() -> None:
    X, y, _ = _people(200)
    one = ProfileClassifier(**QUICK).fit(X, y).predict_proba(X)
    np.testing.assert_array_equal(
        one, ProfileClassifier(**QUICK).fit(X, y.sample(frac=1, random_state=2)).predict_proba(X)
    )


def test_rare_outcomes_keep_their_rate() -> None:
    X, _, _ = _people(3000)
    rng = np.random.default_rng(1)
    chance = 0.04 * (X["frequency"].fillna(0) / 3)
    rare = pd.Series(rng.random(3000) < chance, index=X.index)
    found = ProfileClassifier(**QUICK).fit(X, rare).predict_proba(X)[:, 1]
    # Resampling or weights to balance the classes would put the mean near a half.
    assert found.mean() == pytest.approx(rare.mean(), rel=0.1)


def test_a_model_that_is_too_bold_is_calibrated_and_an_honest_one_is_left_alone() -> None:
    rng = np.random.default_rng(0)
    p = rng.uniform(0.02, 0.98, 4000)
    y = (rng.random(4000) < p).astype(np.intp)
    odds = np.log(p / (1 - p))
    bold, bent = 1 / (1 + np.exp(-3 * odds)), np.where(p > 0.5, 0.95, 0.05 + p)
    folds = np.array_split(rng.permutation(4000), 5)
    found = {
        name: choose_calibrator(np.column_stack([1 - each, each]), y, folds)[0]
        for name, each in {"honest": p, "bold": bold, "bent": bent}.items()
    }
    assert found == {"honest": "none", "bold": "sigmoid", "bent": "isotonic"}
    told = np.column_stack([1 - bold, bold])
    repaired = Calibrator("sigmoid").fit(told, y)(told)[:, 1]
    assert np.abs(repaired - p).mean() < 0.02  # Platt on the log odds undoes the factor of three


def test_the_calibration_never_sees_a_model_s_own_training_rows() -> None:
    # On pure noise a model that judged itself by its own rows would find them easy.
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(300, 8)), rng.random(300) < 0.3
    model = ProfileClassifier("boosting", n_folds=3, max_iter=60, random_state=0).fit(X, y)
    base = log_loss(y, np.full(300, y.mean()))
    assert log_loss(y, model.out_of_fold_[:, 1]) > base  # left out, noise cannot be forecast
    assert log_loss(y, model.models_["boosting"].predict_proba(X)[:, 1]) < base  # seen, it can
    fresh = rng.random(5000) < 0.3
    assert log_loss(fresh, model.predict_proba(rng.normal(size=(5000, 8)))[:, 1]) < base + 0.05


def test_rows_of_one_customer_are_in_one_fold() -> None:
    X, y, _ = _people(150)
    both = pd.concat([X, X], keys=pd.to_datetime(["2025-01-01", "2025-02-01"]), names=["as_of"])
    model = ProfileClassifier(**QUICK)
    rows = both.copy()
    folds = model.set_params(random_state=0).fit(both, np.tile(y, 2))._folds(rows, np.tile(y, 2).astype(int))
    ids = rows.index.get_level_values("customer_id")
    assert not set(ids[folds[0]]) & set(ids[folds[1]]) and sum(map(len, folds)) == 300


def test_three_classes_are_blended_and_add_up() -> None:
    X, _, _ = _people(400)
    rng = np.random.default_rng(2)
    channel = np.where(X["frequency"] > 4, "app", np.where(rng.random(400) < 0.3, "store", "web"))
    for calibration in ("sigmoid", "isotonic"):
        model = ProfileClassifier(calibration=calibration, **QUICK).fit(X, channel)
        np.testing.assert_allclose(model.predict_proba(X).sum(axis=1), 1)
        assert model.score(X, channel) > 0.7 and model.classes_.tolist() == ["app", "store", "web"]


def test_a_class_unseen_in_training_gets_no_probability_and_counts_as_wrong() -> None:
    X, y, _ = _people(200)
    model = ProfileClassifier("logistic", "none").fit(X, np.where(y, "web", "app"))
    assert model.score(X, np.full(200, "fax")) == 0 and "fax" not in model.probabilities(X)


def test_a_class_of_a_single_row_is_learnt_all_the_same() -> None:
    X, y, _ = _people(200)
    label = np.where(y, "web", "app").astype(object)
    label[0] = "store"
    assert "store" in ProfileClassifier(**QUICK).fit(X, label).probabilities(X)
    alone = np.array(["store"] + ["web"] * 199)
    with pytest.raises(DataError, match=r"class 'store' has a single customer of 200.*calibration='none'"):
        ProfileClassifier(**QUICK).fit(X, alone)
    assert ProfileClassifier("logistic", "none").fit(X, alone).score(X, alone) > 0.9


def test_the_logistic_part_is_scikit_learn_s_own() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 3))
    y = rng.random(200) < 1 / (1 + np.exp(-X[:, 0]))
    model = ProfileClassifier("logistic", "none").fit(X, y)
    steps = model.models_["logistic"]
    again = LogisticRegression(C=0.01, max_iter=1000).fit(
        steps[:-1].transform(pd.DataFrame(X, columns=["x0", "x1", "x2"])), y
    )
    np.testing.assert_allclose(again.coef_, steps["model"].coef_, rtol=1e-4)


def test_a_model_keeps_to_the_purpose_of_its_data() -> None:
    X, y, _ = _people(100)
    X.attrs["purpose"] = "analytics"
    model = ProfileClassifier("logistic", "none").fit(X, y)
    assert model.purpose_ == "analytics"
    other = X.copy()
    other.attrs["purpose"] = "marketing_email"
    with pytest.raises(ConsentError, match=r"released for 'analytics' and may not be used for 'marketing_email'"):
        model.predict_proba(other)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda X, y: (X, y * 0), r"y has one class only: .* for all 60 customers.*another day or horizon"),
        (lambda X, y: (X, y.astype(object).where(y.index > 3)), r"y is missing for 3 of 60 customers \(1, 2, 3\)"),
        (lambda X, y: (X, y.iloc[5:]), r"not of the same customers \(in X only: 1, 2, 3, \.\.\.\)"),
        (lambda X, y: (X, y.to_numpy()[5:]), r"X has 60 customers and y 55"),
        (lambda X, y: (X.assign(frequency=np.inf), y), r"profiles.frequency is infinite for 60 customers"),
        (lambda X, y: (pd.concat([X, X.iloc[:2]]), np.append(y, [0, 1])), r"2 customers in more than one row"),
        (lambda X, y: (X[["constant", "nothing"]], y), r"none of the 2 columns.*constant \(one value only\)"),
        (lambda X, y: (X, pd.DataFrame({"a": y, "b": y})), r"y has 2 columns \(a, b\). Give one of them"),
        (lambda X, y: (X.iloc[:0], y.iloc[:0]), r"profiles has no rows"),
    ],
)
def test_bad_data_is_refused_with_what_to_do(change: Any, text: str) -> None:
    X, y, _ = _people(60)
    with pytest.raises(DataError, match=text):
        ProfileClassifier("logistic", "none").fit(*change(X, y))


def test_settings_that_do_not_exist_are_named() -> None:
    X, y, _ = _people(60)
    for settings, text in (
        ({"model": "forest"}, r"model='forest'\): give one of blend, boosting, logistic"),
        ({"calibration": "yes"}, r"calibration='yes'\): give one of auto, none"),
        ({"n_folds": 1}, r"n_folds=1\): give a whole number from 2"),
        ({"max_iter": 0}, r"max_iter=0\): give a whole number from 1"),
    ):
        with pytest.raises(ParameterError, match=text):
            ProfileClassifier(**settings).fit(X, y)
