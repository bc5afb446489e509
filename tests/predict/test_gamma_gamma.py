"""Gamma-Gamma: the published fit on CDNOW, simulations, its limits, and bad input."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad
from scipy.stats import gamma
from sklearn.base import clone

import personakit as pk
from personakit.errors import DataError, NotFittedError
from personakit.predict import GammaGammaModel
from personakit.predict.gamma_gamma import _log_likelihood


@pytest.fixture(scope="module")
def cdnow(real_data) -> pd.DataFrame:
    rows = pd.read_csv(real_data("cdnow") / "CDNOW_sample.txt", sep=r"\s+", header=None, dtype={2: str})
    lines = pd.DataFrame({"customer_id": rows[1], "timestamp": pd.to_datetime(rows[2]), "unit_price": rows[4]})
    return pk.predict.purchase_summary(lines, "1997-09-30")


def _customers(n: int, seed: int, p: float = 6.0, q: float = 4.0, v: float = 15.0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.integers(1, 9, n)
    return x, rng.gamma(p * x) / (x * rng.gamma(q, 1 / v, n))


def test_the_fit_on_cdnow_is_the_published_one(cdnow):
    model = GammaGammaModel().fit(cdnow)
    assert model.n_customers_ == 946
    assert [model.p_, model.q_, model.v_] == pytest.approx([6.25, 3.74, 15.44], abs=0.005)
    assert model.correlation_ == pytest.approx(0.11, abs=0.005)  # as in section 4 of the note
    assert model.independence_.startswith("Nearly independent: frequency and mean value correlate by 0.11")
    # No repeat purchase: p v / (q - 1), 35.17 dollars.
    assert model.expected_value(cdnow)[cdnow["frequency"] == 0].unique() == pytest.approx([35.17], abs=0.01)


def test_parameters_are_found_again_in_simulated_customers():
    table = GammaGammaModel().fit(*_customers(4000, 3)).summary_
    assert (np.abs(np.log(table["value"] / [6.0, 4.0, 15.0])) < 3 * table["standard_error"] / table["value"]).all()


def test_likelihood_is_the_integral_over_customers():
    p, q, v = 2.0, 3.0, 5.0
    for x, mean in ((1, 2.0), (4, 7.5)):

        def density(nu, x=x, mean=mean):
            return gamma.pdf(mean, p * x, scale=1 / (x * nu)) * gamma.pdf(nu, q, scale=1 / v)

        value, _ = _log_likelihood(np.log([p, q, v]), np.array([float(x)]), np.array([mean]))
        assert float(value[0]) == pytest.approx(np.log(quad(density, 0, 60)[0]), abs=1e-7)


def test_gradient_is_that_of_the_likelihood():
    x, mean = _customers(30, 1)
    theta = np.log([3.0, 2.0, 9.0])
    _, slope = _log_likelihood(theta, x.astype(float), mean)
    for k in range(3):
        up, down = (_log_likelihood(theta + s * np.eye(3)[k] * 1e-5, x.astype(float), mean)[0] for s in (1, -1))
        np.testing.assert_allclose((up - down) / 2e-5, slope[k], rtol=1e-5, atol=1e-6)


def test_currency_and_order_make_no_difference():
    x, mean = _customers(900, 2)
    plain, other = GammaGammaModel().fit(x, mean), GammaGammaModel().fit(x[::-1], mean[::-1] * 1e4)
    assert [other.p_, other.q_, other.v_] == pytest.approx([plain.p_, plain.q_, plain.v_ * 1e4], rel=1e-6)


def test_little_known_customers_are_drawn_to_the_mean_of_all():
    model = GammaGammaModel().fit(*_customers(3000, 0))
    one, ten, many = model.expected_value([1, 10, 100_000], [90.0, 90.0, 90.0])
    prior = model.expected_value(0, np.nan)
    assert prior == pytest.approx(model.p_ * model.v_ / (model.q_ - 1))
    assert prior < one < ten < many
    assert many == pytest.approx(90, rel=1e-3)


def test_frequency_that_goes_with_value_is_named_in_a_warning():
    x, mean = _customers(2000, 0)
    with pytest.warns(UserWarning, match=r"Not independent: .* expects too little of those who have bought seldom"):
        model = GammaGammaModel().fit(x, mean * x)
    assert model.correlation_ > 0.3
    with pytest.warns(UserWarning, match="no clear peak"):
        assert "cannot be told" in GammaGammaModel().fit([2] * 20, [5.0] * 20).independence_


def test_profiles_pass_and_those_who_sent_all_back_count_as_nought():
    rng = np.random.default_rng(1)
    n = rng.integers(1, 9, 500)
    people = pd.DataFrame({"customer_id": range(500), "order_days": n, "monetary": n * rng.gamma(4, 10, 500)})
    people.loc[0, "monetary"], people.loc[1, "order_days"], people.loc[1, "monetary"] = -3.0, 0, 0.0
    model = GammaGammaModel().fit(people)
    assert model.n_customers_ == 498
    value = model.expected_value(people)
    assert value.index.name == "customer_id"
    assert value[0] < value[1] == pytest.approx(model.p_ * model.v_ / (model.q_ - 1))


@pytest.mark.parametrize(
    ("frequency", "value", "text"),
    [
        ([1, 2], [5.0, 0.0], r"1 of 2 customers have a value of 0 or less \(frequency, value of 1: 2, 0\)"),
        ([1, 2], [5.0, np.inf], "purchases without a finite value"),
        ([1, -2], [5.0, 6.0], "no whole number from 0"),
        ([1, 2], [5.0], r"shapes \(2,\) and \(1,\)"),
        ([1], [5.0], "n_samples=1 customers with a purchase of known value are too few"),
        ([0] * 9, [np.nan] * 9, "n_samples=0 customers with a purchase"),
    ],
)
def test_bad_values_are_refused_by_name(frequency, value, text):
    with pytest.raises(DataError, match=text):
        GammaGammaModel().fit(frequency, value)


def test_other_trouble_is_refused_by_name():
    with pytest.raises(DataError, match="no column order_days, monetary"):
        GammaGammaModel().fit(pd.DataFrame({"frequency": [1]}))
    with pytest.raises(NotFittedError, match="Call fit"):
        clone(GammaGammaModel()).expected_value(1, 2.0)
