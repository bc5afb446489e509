"""Calibration against closed forms: forecasts that are honest by construction, and some off by a known amount."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

from personakit.errors import DataError, ParameterError
from personakit.predict import brier_score, calibration_error, reliability


def _honest(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    p = rng.beta(1, 2, n)
    return rng.random(n) < p, p


def test_reliability_agrees_with_scikit_learn() -> None:
    y, p = _honest(2000, 0)
    table = reliability(y, p, n_bins=10)
    observed, predicted = calibration_curve(y, p, n_bins=10, strategy="quantile")
    np.testing.assert_allclose(table["observed"], observed, atol=1e-12)
    np.testing.assert_allclose(table["predicted"], predicted, atol=1e-12)
    assert table["n"].tolist() == [200] * 10


def test_wilson_s_interval_is_that_of_scipy() -> None:
    y, p = _honest(500, 1)
    for row in reliability(y, p, n_bins=5).itertuples():
        known = binomtest(round(row.observed * row.n), row.n).proportion_ci(0.95, method="wilson")
        assert (row.low, row.high) == pytest.approx((known.low, known.high))


def test_equal_forecasts_share_a_bin() -> None:
    table = reliability([0, 1, 0, 1], [0.3, 0.3, 0.3, 0.3], n_bins=4)
    assert len(table) == 1 and table["n"].tolist() == [4] and table["observed"].tolist() == [0.5]


def test_customers_are_joined_by_their_id_and_the_truth_stands_beside() -> None:
    ids = pd.Index([3, 1, 2], name="customer_id")
    y, p = pd.Series(["yes", "no", "no"], index=ids), pd.Series([0.9, 0.2, 0.1], index=ids)
    assert brier_score(y, p.sort_index(), positive="yes").score == pytest.approx((0.01 + 0.04 + 0.01) / 3)
    assert reliability(y, p, positive="yes", n_bins=1, truth=[0.3, 0.6, 0.9])["truth"].tolist() == pytest.approx([0.6])


@given(seed=st.integers(0, 10_000), n_bins=st.integers(1, 30))
def test_the_parts_of_the_brier_score_add_up(seed: int, n_bins: int) -> None:
    y, p = _honest(60, seed)
    found = brier_score(y, p, n_bins=n_bins)
    assert found.score == pytest.approx(brier_score_loss(y, p))
    assert found.score == pytest.approx(found.reliability - found.resolution + found.uncertainty + found.within)
    assert found.uncertainty == pytest.approx(np.mean(y) * (1 - np.mean(y)))


def test_one_constant_forecast_has_the_parts_that_the_algebra_says() -> None:
    found = brier_score([1, 0, 0, 0], [0.5] * 4)
    assert found == pytest.approx((0.25, 0.0625, 0.0, 0.1875, 0.0, 1 - 0.25 / 0.1875))


def test_honest_forecasts_show_an_error_of_the_size_of_the_noise() -> None:
    errors = [calibration_error(*_honest(3246, seed), n_bootstrap=2) for seed in range(200)]
    noise = np.mean([each.noise for each in errors])
    assert np.mean([each.error for each in errors]) == pytest.approx(noise, rel=0.05)
    # The mean of |N(0, s²)| is s sqrt(2 / pi), and p (1 - p) of Beta(1, 2) is 1/6 on average: at most 0.0222 in bins of
    # 216 customers. So few cannot show an error below about that.
    assert 0.019 < noise < np.sqrt(2 / np.pi / 6 / (3246 / 15))
    assert np.mean([each.debiased for each in errors]) < 0.6 * noise


def test_a_known_error_is_found_and_its_interval_holds_it() -> None:
    # True chance p, told p + 0.1: the error is 0.1 exactly.
    inside = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        p = rng.uniform(0.1, 0.8, 2000)
        found = calibration_error(rng.random(2000) < p, p + 0.1, n_bootstrap=100, random_state=seed)
        inside += found.low <= 0.1 <= found.high
        assert found.debiased == pytest.approx(0.1, abs=0.04)
    assert inside >= 52  # 95 % of 60 less three standard errors


def test_against_the_true_probability_there_is_no_noise() -> None:
    p = np.linspace(0.05, 0.8, 500)
    found = calibration_error(p + 0.02, p)
    assert found.error == pytest.approx(0.02) and found.noise == 0


def test_seeds_repeat_and_the_order_of_the_rows_makes_no_difference() -> None:
    y, p = _honest(300, 5)
    turn = np.random.default_rng(0).permutation(300)
    assert calibration_error(y, p, random_state=3) == calibration_error(y, p, random_state=3)
    assert calibration_error(y, p)[0] == pytest.approx(calibration_error(y[turn], p[turn])[0])


@pytest.mark.parametrize(
    ("y", "p", "text"),
    [
        ([0, 1], [0.5], r"y has 2 values and p 1"),
        ([0, 1], [0.5, 1.5], r"p is missing or outside 0 to 1 in 1 rows \(1: 1.5\).*predict_proba"),
        ([0, 1], [0.5, np.inf], r"outside 0 to 1 in 1 rows \(1: inf\)"),
        ([0, None], [0.5, 0.5], r"y is missing in 1 rows \(1\)"),
        (["no", "yes"], [0.5, 0.5], r"y holds values other than 0 and 1 \(no, yes\).*positive='no'"),
        ([0, 1], [[0.5, 0.5], [0.5, 0.5]], r"p has shape \(2, 2\).*predict_proba\(X\)\[:, 1\]"),
        ([0, 1], ["high", "low"], r"p does not hold numbers"),
        ([], [], r"p is empty"),
    ],
)
def test_bad_input_is_refused_with_what_to_do(y: list, p: list, text: str) -> None:
    with pytest.raises(DataError, match=text):
        reliability(y, p)


def test_other_customers_absent_classes_and_settings_are_refused() -> None:
    y = pd.Series([0, 1], index=pd.Index([1, 2], name="customer_id"))
    p = pd.Series([0.1, 0.2], index=pd.Index([1, 3], name="customer_id"))
    with pytest.raises(DataError, match=r"not the same \(in y only: 2\)"):
        brier_score(y, p)
    with pytest.raises(DataError, match=r"positive='maybe'\): y has no such value \(it has yes\)"):
        calibration_error(["yes"], [0.5], positive="maybe")
    with pytest.raises(ParameterError, match=r"n_bins=0.*whole number from 1"):
        reliability([0, 1], [0.1, 0.9], n_bins=0)
