"""BG/NBD: published parameters and predictions, closed forms beside integrals, simulations, and bad input."""

from __future__ import annotations

import time
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import beta as beta_function
from scipy.special import gamma as gamma_function
from scipy.stats import beta
from sklearn.base import clone

import personakit as pk
from personakit.errors import ConsentError, DataError, NotFittedError, ParameterError
from personakit.predict import BetaGeoModel
from personakit.predict.beta_geo_formulas import alive, chance_of, log_likelihood, purchases

CDNOW = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}


@pytest.fixture(scope="module")
def cdnow(real_data) -> pd.DataFrame:
    return pd.read_csv(real_data("cdnow") / "cdnow_customers_summary.csv", index_col="ID")


@pytest.fixture(scope="module")
def model(cdnow) -> BetaGeoModel:
    return BetaGeoModel().fit(cdnow["frequency"], cdnow["recency"], cdnow["T"])


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    rng = np.random.default_rng(4)
    return BetaGeoModel.of(0.6, 6.0, 0.8, 2.5).simulate(rng.uniform(10, 60, 4000), ahead=30, random_state=0)


def test_parameters_on_cdnow_are_the_published_ones(model):
    assert model.r_ == pytest.approx(0.243, abs=5e-4)
    assert model.alpha_ == pytest.approx(4.414, abs=5e-4)
    assert model.a_ == pytest.approx(0.793, abs=5e-4)
    assert model.b_ == pytest.approx(2.426, abs=5e-4)
    assert model.log_likelihood_ == pytest.approx(-9582.4, abs=0.05)
    assert model.converged_


def test_predictions_on_cdnow_are_the_published_ones():
    shop = BetaGeoModel.of(**CDNOW)
    # "Implementing the BG/NBD Model for Customer Base Analysis in Excel" (2005): the first customer, 39 weeks ahead
    assert shop.expected_purchases(39, 2, 30.43, 38.86) == pytest.approx(1.226, abs=5e-4)


def test_holdout_of_39_weeks_on_cdnow(real_data, model, cdnow):
    lines = _cdnow_lines(real_data)
    lines["day"] = lines["timestamp"]
    later = lines[lines["day"] > "1997-09-30"].drop_duplicates(["customer_id", "day"]).groupby("customer_id").size()
    actual = later.reindex(cdnow.index, fill_value=0)
    expected = model.expected_purchases(39.0, cdnow["frequency"], cdnow["recency"], cdnow["T"])
    assert actual.sum() == 1882
    # Customers came back more often in 1998 than BG/NBD expects of them: 12 % too few.
    assert expected.sum() / actual.sum() == pytest.approx(0.88, abs=0.01)
    assert np.corrcoef(actual, expected)[0, 1] == pytest.approx(0.626, abs=0.001)
    groups = cdnow["frequency"].clip(upper=7)
    means = pd.DataFrame({"actual": actual, "expected": expected}).groupby(groups).mean()
    assert means.corr().iloc[0, 1] > 0.97
    assert (means["expected"] - means["actual"]).abs().mul(groups.value_counts(normalize=True)).sum() < 0.12


def test_purchase_summary_of_cdnow_gives_the_published_customers(real_data, cdnow):
    found = pk.predict.purchase_summary(_cdnow_lines(real_data), "1997-09-30")
    assert len(found) == 2357
    assert (found["frequency"].to_numpy() == cdnow["frequency"].to_numpy()).all()
    for name in ("recency", "T"):
        np.testing.assert_allclose(found[name], cdnow[name], atol=0.006)  # published with two digits


def _cdnow_lines(real_data):
    rows = pd.read_csv(real_data("cdnow") / "CDNOW_sample.txt", sep=r"\s+", header=None, dtype={2: str})
    return pd.DataFrame(
        {
            "customer_id": rows[1],
            "timestamp": pd.to_datetime(rows[2]),
            "quantity": rows[3],
            "unit_price": rows[4] / rows[3],
        }
    )


def test_gradient_is_that_of_the_likelihood():
    rng = np.random.default_rng(0)
    x = rng.integers(0, 40, 60).astype(float)
    long = rng.uniform(1, 50, 60)
    recent = np.where(x > 0, long * rng.uniform(size=60), 0)
    for theta in (np.zeros(4), np.log([0.2, 30.0, 4.0, 0.1]), np.array([12.5, 12.5, -3, 3])):
        _, slope = log_likelihood(theta, x, recent, long)
        for k in range(4):
            move = np.eye(4)[k] * 1e-5
            up, down = (log_likelihood(theta + sign * move, x, recent, long)[0] for sign in (1, -1))
            np.testing.assert_allclose((up - down) / 2e-5, slope[k], rtol=1e-4, atol=1e-4)


def test_likelihood_is_the_integral_over_rates_and_chances():
    r, alpha, a, b = 0.7, 3.0, 1.4, 2.2
    for x, recent, long in ((0, 0.0, 9.0), (1, 4.0, 9.0), (3, 5.0, 6.0)):

        def over_p(p, x=x, recent=recent, long=long):
            def over_rate(rate):
                density = alpha**r * rate ** (r - 1) * np.exp(-alpha * rate) / gamma_function(r)
                path = (1 - p) ** x * rate**x * np.exp(-rate * long)
                if x:
                    path += p * (1 - p) ** (x - 1) * rate**x * np.exp(-rate * recent)
                return density * path

            return quad(over_rate, 0, np.inf)[0] * p ** (a - 1) * (1 - p) ** (b - 1) / beta_function(a, b)

        value, _ = log_likelihood(
            np.log([r, alpha, a, b]), *(np.array([each], dtype=float) for each in (x, recent, long))
        )
        assert float(value[0]) == pytest.approx(np.log(quad(over_p, 0, 1)[0]), abs=1e-5)


@pytest.mark.parametrize(
    ("r", "alpha", "a", "b", "t"),
    [
        (0.243, 4.414, 0.793, 2.426, 39.0),
        (0.243, 4.414, 1.0, 2.426, 39.0),  # nought by nought in the closed form
        (0.243, 4.414, 1.0 + 1e-9, 2.426, 39.0),
        (500.2, 43.0, 0.8, 502.0, 300.0),  # a customer with 500 purchases
        (560.0, 1.0, 1.33, 0.056, 15.6),  # 2F1 overflows
        (2964.0, 1.0, 0.1468, 2590.0, 1.522),
        (0.01, 100.0, 0.05, 30.0, 1e-3),
        (3.0, 1e6, 20.0, 1e5, 1e5),
    ],
)
def test_expected_purchases_agree_with_exact_arithmetic(r, alpha, a, b, t):
    mpmath = pytest.importorskip("mpmath", reason="mpmath is missing: pip install mpmath")
    with mpmath.workdps(40):
        drop = mpmath.mpf(a) + (mpmath.mpf(10) ** -20 if a == 1 else 0)
        exact = (drop + b - 1) / (drop - 1) * (1 - mpmath.hyp2f1(r, drop - 1, drop + b - 1, -mpmath.mpf(t) / alpha))
    assert float(purchases(r, alpha, a, b, t)) == pytest.approx(float(exact), rel=2e-8)


def test_expected_purchases_agree_with_numerical_integration():
    for r, alpha, a, b, t in (
        (0.6, 5.0, 1.7, 3.0, 20.0),
        (0.243, 4.414, 0.793, 2.426, 39.0),
        (30.0, 9.0, 2.0, 40.0, 9.0),
    ):
        by_p = quad(lambda p: (1 - (alpha / (alpha + p * t)) ** r) / p * beta.pdf(p, a, b), 0, 1, epsabs=1e-12)[0]  # noqa: B023
        assert float(purchases(r, alpha, a, b, t)) == pytest.approx(by_p, rel=1e-8)


def test_chances_of_each_number_add_up_and_have_the_expected_mean():
    n = np.arange(4000)
    chance = chance_of(n, 0.6, 5.0, 1.7, 3.0, 20.0)
    assert chance.sum() == pytest.approx(1, abs=1e-9)
    assert chance @ n == pytest.approx(float(purchases(0.6, 5.0, 1.7, 3.0, 20.0)), rel=1e-9)
    shop = BetaGeoModel.of(0.6, 5.0, 1.7, 3.0)
    mine = [shop.probability_of_n_purchases(k, 20.0, frequency=4, recency=11.0, T=13.0) for k in range(300)]
    assert sum(mine) == pytest.approx(1, abs=1e-9)
    assert np.arange(300) @ mine == pytest.approx(shop.expected_purchases(20.0, 4, 11.0, 13.0), rel=1e-6)


def test_frequent_buyers_do_not_overflow():
    found = alive(0.2, 4.0, 0.8, 2.4, np.array([5000.0, 5000.0]), np.array([100.0, 20.0]), np.array([100.0, 100.0]))
    assert found[0] > 0.99
    assert found[1] == 0
    shop = BetaGeoModel.of(**CDNOW)
    assert 0 < shop.expected_purchases(39, 5000, 100.0, 100.0) < 5000 * 0.5


def test_parameters_are_found_again_in_simulated_customers(people):
    fitted = BetaGeoModel().fit(people)
    truth = np.array([0.6, 6.0, 0.8, 2.5])
    table = fitted.summary_
    assert (np.abs(np.log(table["value"] / truth)) < 3 * table["standard_error"] / table["value"]).all()
    exact = BetaGeoModel.of(*truth).expected_purchases(30, people)
    assert people["purchases_ahead"].sum() == pytest.approx(exact.sum(), rel=0.05)
    assert people["purchases_ahead"].sum() == pytest.approx(fitted.expected_purchases(30, people).sum(), rel=0.06)
    assert people["alive"].mean() == pytest.approx(fitted.probability_alive(people).mean(), abs=0.03)


def test_standard_errors_are_the_spread_over_simulations():
    truth = BetaGeoModel.of(0.8, 5.0, 0.9, 2.5)
    fits = [BetaGeoModel().fit(truth.simulate([40.0] * 1500, random_state=seed)).summary_ for seed in range(60)]
    values = np.log([table["value"] for table in fits])
    stated = np.mean([table["standard_error"] / table["value"] for table in fits], axis=0)
    np.testing.assert_allclose(values.std(axis=0), stated, rtol=0.3)
    inside = np.mean(
        [(table["low"] < t) & (t < table["high"]) for table in fits for t in [[0.8, 5.0, 0.9, 2.5]]], axis=0
    )
    assert (inside > 0.85).all()


@given(unit=st.sampled_from([7.0, 1 / 52, 365.25, 1e-4]), seed=st.integers(0, 5))
@settings(max_examples=8)
def test_unit_of_time_and_order_of_customers_make_no_difference(people, unit, seed):
    some = people.sample(800, random_state=seed)
    plain = BetaGeoModel().fit(people.sample(800, random_state=seed).sort_index())
    other = BetaGeoModel().fit(some["frequency"], some["recency"] * unit, some["T"] * unit)
    assert [other.r_, other.a_, other.b_] == pytest.approx([plain.r_, plain.a_, plain.b_], rel=1e-6)
    assert other.alpha_ == pytest.approx(plain.alpha_ * unit, rel=1e-6)
    np.testing.assert_allclose(
        other.expected_purchases(10 * unit, some["frequency"], some["recency"] * unit, some["T"] * unit),
        plain.expected_purchases(10.0, some),
        rtol=1e-5,
    )


def test_hundred_thousand_customers_fit_within_five_seconds():
    days = np.random.default_rng(0).integers(1, 700, 100_000)
    sample = BetaGeoModel.of(0.243, 30.9, 0.793, 2.426).simulate(days, random_state=1)
    sample["recency"] = np.ceil(sample["recency"])
    started = time.process_time()  # of the processor, whatever else the machine does
    found = BetaGeoModel().fit(sample)
    assert time.process_time() - started < 5
    assert found.r_ == pytest.approx(0.243, abs=0.01)


def test_profiles_and_summaries_of_the_same_orders_give_the_same_model():
    world = pk.load_world()
    lines = world.tables["order_lines"]
    by_summary = pk.predict.purchase_summary(lines, "2025-12-31", unit="day")
    released = pk.privacy.gate(
        pk.profile.build_profiles(world.tables, as_of="2025-12-31"), purpose="analytics", at="2025-12-31"
    )
    by_profile = BetaGeoModel().fit(released)
    kept = by_summary.loc[by_summary.index.isin(released.customer_ids)]
    direct = BetaGeoModel().fit(kept)
    assert [by_profile.r_, by_profile.alpha_] == pytest.approx([direct.r_, direct.alpha_], rel=1e-9)
    assert by_profile.purpose_ == "analytics"
    expected = by_profile.expected_purchases(90, released)
    assert expected.index.name == "customer_id"
    assert expected.isna().sum() == len(released) - len(kept)
    with pytest.raises(ConsentError, match="released for 'analytics'"):
        by_profile.expected_purchases(
            90, pk.privacy.gate(released, purpose="marketing_email", at="2025-12-31", consents=world.tables["consents"])
        )


def test_summary_on_an_engine_and_of_gated_lines_is_that_of_frames():
    import ibis

    world = pk.load_world()
    lines = world.tables["order_lines"].head(3000)
    plain = pk.predict.purchase_summary(lines, "2025-10-31", unit="day")
    table = ibis.duckdb.connect().create_table("lines", lines)
    lazy = pk.predict.purchase_summary(table, "2025-10-31", unit="day")
    found = lazy.to_pandas().set_index("customer_id").sort_index()
    pd.testing.assert_frame_equal(found, plain, check_dtype=False)
    gated = pk.privacy.gate(lines, purpose="analytics", at="2025-12-31", consents=world.tables["consents"])
    released = pk.predict.purchase_summary(gated, "2025-10-31", unit="day")
    assert released.attrs["purpose"] == "analytics"
    pd.testing.assert_frame_equal(released, plain.loc[released.index], check_flags=False)


def test_scikit_learn_can_copy_and_show_it(cdnow):
    model = BetaGeoModel()
    assert model.get_params() == {}
    assert repr(clone(model)) == "BetaGeoModel()"
    with pytest.raises(NotFittedError, match=r"Call fit\(frequency, recency, T\) first"):
        model.expected_purchases(3)


def test_simulation_repeats_with_its_seed():
    shop = BetaGeoModel.of(**CDNOW)
    pd.testing.assert_frame_equal(shop.simulate([9.0] * 50, random_state=3), shop.simulate([9.0] * 50, random_state=3))


def test_frequencies_fitted_on_cdnow_are_near_what_happened(model):
    table = model.frequencies_fitted()
    assert table["actual"].tolist() == [1411, 439, 214, 100, 62, 38, 29, 64]  # the paper's table and figure 2
    assert table["expected"].sum() == pytest.approx(2357)
    assert (table["expected"] / table["actual"] - 1).abs().max() < 0.13


@pytest.mark.parametrize(
    ("frequency", "recency", "long", "text"),
    [
        ([1, 2], [9.0, 3.0], [5.0, 5.0], r"1 of 2 customers have recency above T .*0: 1, 9, 5.*purchase_summary"),
        ([1, -2], [3.0, 3.0], [5.0, 5.0], "1 of 2 customers have negative"),
        ([0, 2], [3.0, 3.0], [5.0, 5.0], "recency above 0 without a repeat purchase"),
        ([1, 2.5], [3.0, 3.0], [5.0, 5.0], r"not whole \(frequency\)"),
        ([1, np.nan], [3.0, 3.0], [5.0, 5.0], "missing or infinite"),
        ([1, 2], [3.0, 3.0], [5.0, np.inf], "missing or infinite"),
        ([1, 2], [3.0], [5.0, 5.0], r"shapes \(2,\), \(1,\), \(2,\)"),
        ([1, 2], ["2025-01-01", "2025-01-03"], [5.0, 5.0], "recency does not hold numbers .*Dates become numbers"),
        ([0] * 9, [0.0] * 9, [5.0] * 9, "None of the 9 customers bought again"),
        ([1], [3.0], [5.0], "n_samples=1 customers with a purchase are too few"),
        ([2_000_000] * 2, [3.0] * 2, [5.0] * 2, "frequency above 1,000,000"),
    ],
)
def test_bad_histories_are_refused_by_name(frequency, recency, long, text):
    with pytest.raises(DataError, match=text):
        BetaGeoModel().fit(frequency, recency, long)


def test_bad_frames_and_settings_are_refused_by_name(people):
    with pytest.raises(DataError, match="no column order_days, first_order_days, recency_days"):
        BetaGeoModel().fit(pd.DataFrame({"frequency": [1]}))
    twice = people.head(6).assign(customer_id=[1, 1, 2, 3, 4, 5])
    with pytest.raises(DataError, match=r"1 customers in more than one row \(customer_id 1\)"):
        BetaGeoModel().fit(twice)
    with pytest.raises(ParameterError, match=r"BetaGeoModel.of\(r=-1\)"):
        BetaGeoModel.of(-1, 1, 1, 1)
    shop = BetaGeoModel.of(**CDNOW)
    with pytest.raises(ParameterError, match="t=-3: give times from 0"):
        shop.expected_purchases(-3)
    with pytest.raises(ParameterError, match=r"n=1\.5: give whole numbers"):
        shop.probability_of_n_purchases(1.5, 3)
    with pytest.raises(NotFittedError, match="made from parameters"):
        shop.frequencies_fitted()
    with pytest.raises(DataError, match="t has shape"):
        shop.expected_purchases([1.0, 2.0], people)
    with pytest.raises(ParameterError, match=r"unit='fortnight'"):
        pk.predict.purchase_summary(people, "2025-01-01", unit="fortnight")


def test_data_without_a_peak_are_named_in_a_warning():
    # Everybody buys at the same rate and nobody drops out: r, alpha and b have no upper end.
    with pytest.warns(UserWarning, match="no clear peak .* run away"):
        model = BetaGeoModel().fit([5] * 40, [9.9] * 40, [10.0] * 40)
    assert not model.converged_
    assert model.summary_["standard_error"].isna().all()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert model.expected_purchases(10.0, 5, 9.9, 10.0) == pytest.approx(5, rel=0.1)


def test_a_day_with_returns_only_is_no_purchase():
    lines = pd.DataFrame(
        {
            "customer_id": [1, 1, 1],
            "timestamp": pd.to_datetime(["2025-01-01", "2025-01-05", "2025-01-09"]),
            "quantity": [1, -1, 1],
            "unit_price": [10.0, 10.0, 30.0],
        }
    )
    found = pk.predict.purchase_summary(lines, "2025-01-11", unit="day")
    assert found.loc[1].tolist() == [1, 8, 10, 30]
    with pytest.raises(DataError, match="nobody bought anything up to 2024-01-01"):
        pk.predict.purchase_summary(lines, "2024-01-01")
