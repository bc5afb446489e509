"""The regressor: scikit-learn's protocol, and intervals that hold as often as they say."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_diabetes
from sklearn.utils.estimator_checks import parametrize_with_checks

from personakit.errors import ConsentError, DataError, NotFittedError, ParameterError
from personakit.predict import ProfileRegressor, interval_coverage


@parametrize_with_checks(
    [ProfileRegressor(coverage=None, max_iter=5, n_folds=2), ProfileRegressor("linear", 0.8, max_iter=3)]
)
def test_scikit_learn_s_checks(estimator: Any, check: Any) -> None:
    check(estimator)


def _shop(n: int, seed: int) -> tuple[pd.DataFrame, pd.Series]:
    """Six in ten spend nothing; what the others spend has a long tail and grows with their visits."""
    rng = np.random.default_rng(seed)
    ids = pd.RangeIndex(n, name="customer_id")
    visits = rng.gamma(1.0, 4.0, n)
    X = pd.DataFrame({"visits_30d": visits, "region": rng.choice(["N", "S"], n)}, index=ids)
    buys = rng.random(n) < visits / (visits + 5)
    return X, pd.Series(np.where(buys, np.exp(rng.normal(3, 0.6, n)) * (1 + visits / 8), 0.0), index=ids)


@pytest.mark.parametrize("coverage", [0.8, 0.9])
def test_intervals_hold_as_often_as_they_say_where_most_spend_nothing(coverage: float) -> None:
    found = []
    for seed in range(4):
        X, y = _shop(4000, seed)
        model = ProfileRegressor("boosting", coverage, max_iter=30, n_folds=3, random_state=seed).fit(
            X[:1000], y[:1000]
        )
        found.append(interval_coverage(y[1000:], model.predict_interval(X[1000:])).loc["all", "coverage"])
    assert np.mean(found) == pytest.approx(coverage, abs=0.02)


def test_intervals_hold_on_symmetric_amounts_and_do_not_depend_on_the_unit() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(3000, 2))
    y = 50 + X[:, 0] + (0.5 + (X[:, 1] > 0)) * rng.normal(size=3000)
    model = ProfileRegressor("linear", max_iter=120, n_folds=3, random_state=0).fit(X[:1500], y[:1500])
    found = model.predict_interval(X[1500:])
    table = interval_coverage(y[1500:], found, groups=X[1500:, 1] > 0)
    assert table.loc["all", "coverage"] == pytest.approx(0.9, abs=0.03)
    assert table["coverage"].tolist() == pytest.approx([0.9, 0.9, 0.9], abs=0.06)
    assert table.loc["True", "median_width"] > 1.8 * table.loc["False", "median_width"]  # wide where it is uncertain
    pence = ProfileRegressor("linear", max_iter=120, n_folds=3, random_state=0).fit(X[:1500], 100 * y[:1500])
    np.testing.assert_allclose(pence.predict_interval(X[1500:]), 100 * found, rtol=1e-6)


def test_intervals_hold_on_real_patients() -> None:
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    found = []
    for seed in range(6):
        turn = np.random.default_rng(seed).permutation(len(y))
        seen, held = turn[:300], turn[300:]
        model = ProfileRegressor("linear", max_iter=20, n_folds=4, random_state=0).fit(X.iloc[seen], y.iloc[seen])
        found.append(interval_coverage(y.iloc[held], model.predict_interval(X.iloc[held])).loc["all", "coverage"])
    assert np.mean(found) == pytest.approx(0.9, abs=0.035)  # six times 142 patients, who are the same 442


def test_bounds_keep_to_the_floor_and_to_their_order() -> None:
    X, y = _shop(600, 1)
    found = ProfileRegressor("boosting", max_iter=20, random_state=0).fit(X, y).predict_interval(X)
    assert (found["lower"] >= 0).all() and (found["lower"] <= found["upper"]).all() and found.index.equals(X.index)
    assert (found["predicted"] >= 0).all() and (found["predicted"] <= y.max()).all()


def test_with_fewer_customers_than_the_coverage_needs_the_bounds_are_infinite() -> None:
    X = np.arange(12.0).reshape(6, 2)
    found = ProfileRegressor("linear", 0.9, max_iter=2, n_folds=2).fit(X, X[:, 0]).predict_interval(X)
    assert np.isinf(found["upper"]).all()


def test_seeds_repeat_and_customers_may_come_in_any_order() -> None:
    X, y = _shop(300, 2)
    one, two = (ProfileRegressor(max_iter=10, n_folds=2, random_state=4).fit(X, each) for each in (y, y.iloc[::-1]))
    pd.testing.assert_frame_equal(one.predict_interval(X), two.predict_interval(X))
    pd.testing.assert_frame_equal(one.predict_interval(X.iloc[::-1]).loc[X.index], one.predict_interval(X))


def test_a_customer_of_several_days_is_held_out_as_one() -> None:
    X, y = _shop(60, 3)
    both = pd.concat([X, X], keys=[1, 2], names=["as_of"])
    model = ProfileRegressor("linear", None, n_folds=3, random_state=0).fit(both, np.tile(y, 2))
    ids = both.index.get_level_values("customer_id")
    folds = model._folds(both)
    assert not set(ids[folds[0]]) & set(ids[folds[1]])


def test_bad_input_is_refused_with_what_to_do() -> None:
    X, y = _shop(40, 4)
    for change, text in (
        ((X, y.where(y.index > 1)), r"y is missing for 2 of 40 customers \(0, 1\)"),
        ((X.assign(visits_30d=np.inf), y), r"profiles.visits_30d is infinite for 40 customers"),
        ((X[:1], y[:1]), r"one customer only \(1 sample\)"),
        ((X.assign(visits_30d=1, region="N"), y), r"none of the 2 columns.*one value only"),
        ((pd.concat([X, X[:1]]), np.append(y, 0)), r"1 customers in more than one row"),
    ):
        with pytest.raises(DataError, match=text):
            ProfileRegressor("linear", None).fit(*change)
    with pytest.raises(ValueError, match="infinity"):
        ProfileRegressor("linear", None).fit(X, y + np.inf)
    with pytest.raises(ParameterError, match=r"coverage=90.*share between 0 and 1, such as 0.9"):
        ProfileRegressor(coverage=90).fit(X, y)
    with pytest.raises(ParameterError, match=r"model='logistic'\): give one of blend, boosting, linear"):
        ProfileRegressor("logistic").fit(X, y)  # type: ignore[arg-type]
    bare = ProfileRegressor("linear", None).fit(X, y)
    with pytest.raises(NotFittedError, match=r"coverage=None. Set coverage=0.9"):
        bare.predict_interval(X)
    bare.purpose_, X.attrs["purpose"] = "analytics", "marketing_email"
    with pytest.raises(ConsentError, match="released for 'analytics'"):
        bare.predict(X)


def test_coverage_is_counted_by_group_and_joined_by_customer() -> None:
    ids = pd.Index([1, 2, 3, 4], name="customer_id")
    intervals = pd.DataFrame({"lower": 0.0, "upper": [1.0, 2.0, 3.0, 4.0]}, index=ids)
    y = pd.Series([9.0, 3.0, 2.0, 1.0], index=ids[::-1])
    found = interval_coverage(y, intervals, groups=["a", "a", "b", "b"])
    assert found["coverage"].tolist() == [0.75, 1, 0.5] and found["n"].tolist() == [4, 2, 2]
    with pytest.raises(DataError, match="intervals has no column upper"):
        interval_coverage(y, intervals[["lower"]])
    with pytest.raises(DataError, match="y has 4 values, 1 of them missing"):
        interval_coverage(y.replace(9.0, np.nan), intervals)
