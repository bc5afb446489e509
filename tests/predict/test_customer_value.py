"""Lifetime value: beside the world's truth and a naive forecast, by the protocol of scikit-learn, and on bad input."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.utils.estimator_checks import check_estimator

import personakit as pk
from personakit.errors import ConsentError, DataError, ParameterError
from personakit.predict import LifetimeValue
from personakit.predict.customer_value_btyd import PurchasesTimesValue
from personakit.predict.customer_value_scores import compare_forecasts, poisson_deviance

END = "2025-12-29"


@pytest.fixture(scope="module")
def world():
    return pk.load_world()


@pytest.fixture(scope="module")
def tables(world) -> dict[str, pd.DataFrame]:
    return {name: world.tables[name] for name in ("customers", "order_lines", "products", "sessions", "consents")}


@pytest.fixture(scope="module")
def profiles(tables) -> pd.DataFrame:
    return pk.profile.build_profiles(tables, as_of=END)


@pytest.fixture(scope="module")
def model(tables) -> LifetimeValue:
    return LifetimeValue(365, n_bootstrap=50).fit(tables, END)


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    """Profiles of a simulated shop in which visits tell of purchases to come, and what came in 90 days."""
    rng = np.random.default_rng(2)
    n = 900
    history = pk.predict.BetaGeoModel.of(0.8, 40.0, 0.7, 2.5).simulate(
        rng.integers(90, 360, n), ahead=90, random_state=rng
    )
    days = history["frequency"] + 1
    return pd.DataFrame(
        {
            "customer_id": np.arange(n) + 1000,
            "order_days": days,
            "first_order_days": history["T"].round(),
            "recency_days": (history["T"] - history["recency"]).round(),
            "monetary": days * rng.gamma(4, 10, n),
            "visits_30d": rng.poisson(1 + 3 * history["purchases_ahead"]),
            "brought": history["purchases_ahead"] * rng.gamma(4, 10, n),
        }
    )


def test_value_is_near_the_truth_of_the_world_and_far_above_a_naive_forecast(world, profiles, model):
    truth = world.truth["outlook"].set_index("customer_id")["margin_365"]
    value = model.predict(profiles)
    assert value.index.name == "customer_id"
    spend_rate = (profiles["monetary"] / profiles["tenure_days"].clip(lower=30)).fillna(0).to_numpy(dtype=float)
    table = compare_forecasts({"model": value, "naive": spend_rate * 365 * model.share_}, truth[value.index])
    assert model.model_ == "boosted"
    assert table.loc["model", "spearman"] > 0.88
    assert table.loc["naive", "spearman"] < 0.6
    # The truth is for customers whom nobody contacts; the past that was learnt from had its mailings.
    assert 0.9 < table.loc["model", "total"] < 1.2
    assert table.loc["model", "mae"] < 0.5 * table.loc["naive", "mae"]


def test_the_past_period_says_which_model_and_why(model):
    table = model.comparison_
    assert table.index.tolist() == ["naive", "btyd", "boosted"]
    assert table.loc["boosted", "deviance"] < table.loc["btyd", "deviance"] < table.loc["naive", "deviance"]
    assert table.loc["boosted", "top_decile_low"] > table.loc["naive", "top_decile"]
    assert (table["spearman_low"] < table["spearman"]).all()
    assert (table["spearman"] < table["spearman_high"]).all()
    assert model.period_days_ == 179
    assert "boosting." in model.verdict_


def test_gated_profiles_of_another_purpose_are_refused(world, profiles, people):
    released = pk.privacy.gate(profiles, purpose="analytics", at=END)
    came = pd.Series(1.0, index=pd.Index(released.customer_ids, name="customer_id"))
    model = LifetimeValue(90, model="btyd", n_bootstrap=0).fit(released, came)
    assert model.purpose_ == "analytics"
    assert model.predict(released).index.equals(pd.Index(released.customer_ids))
    other = pk.privacy.gate(profiles, purpose="marketing_email", at=END)
    with pytest.raises(ConsentError, match="released for 'analytics' and may not be used for 'marketing_email'"):
        model.predict(other)


@pytest.mark.parametrize("model", ["auto", "boosted"])
def test_scikit_learn_accepts_it_as_a_regressor(model):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check_estimator(LifetimeValue(model=model, n_bootstrap=0), on_skip=None)


def test_boosting_is_taken_where_it_helps_and_not_where_there_is_nothing_to_learn(people):
    X = people.drop(columns="brought")
    told = LifetimeValue(90, n_bootstrap=20).fit(X, people["brought"])
    assert told.model_ == "boosted"
    blind = LifetimeValue(90, n_bootstrap=20).fit(X.drop(columns="visits_30d"), people["brought"])
    assert blind.model_ == "btyd"
    assert "not surely better" in blind.verdict_
    assert blind.predict(X.drop(columns="visits_30d")).sum() == pytest.approx(people["brought"].sum())


def test_seeds_repeat_and_order_and_names_of_customers_make_no_difference(people):
    people = people.head(300)
    X, y = people.drop(columns="brought"), people["brought"]
    mixed = X.sample(frac=1, random_state=3).assign(customer_id=lambda t: t["customer_id"].astype(str) + "x")
    for kind in ("btyd", "boosted"):
        first = LifetimeValue(90, kind, n_bootstrap=0).fit(X, y).predict(X)
        other = LifetimeValue(90, kind, n_bootstrap=0).fit(mixed, y[mixed.index]).predict(mixed)
        pd.testing.assert_series_equal(LifetimeValue(90, kind, n_bootstrap=0).fit(X, y).predict(X), first)
        other.index = other.index.str[:-1].astype(int)
        np.testing.assert_allclose(other.sort_index(), first, rtol=1e-6)


def test_outcomes_are_matched_by_customer(people):
    X = people.drop(columns="brought")
    y = people.set_index("customer_id")["brought"]
    straight = LifetimeValue(90, "btyd", n_bootstrap=0).fit(X, y).predict(X)
    shuffled = LifetimeValue(90, "btyd", n_bootstrap=0).fit(X, y.sample(frac=1, random_state=0)).predict(X)
    pd.testing.assert_series_equal(straight, shuffled)
    with pytest.raises(DataError, match="y lacks 1 of the 900 customers"):
        LifetimeValue(90).fit(X, y.iloc[1:])


def test_money_later_counts_less(people):
    two = PurchasesTimesValue().fit(people)
    now, later = (two.columns(people, 365, rate)["expected_money"].sum() for rate in (0.0, 0.2))
    short = two.columns(people, 1, 0.2)["expected_money"].sum() / two.columns(people, 1)["expected_money"].sum()
    assert 1.2**-0.6 < later / now < 1.2**-0.4  # purchases come half a year ahead on average, a little earlier
    assert short == pytest.approx(1.2 ** (-0.5 / 365.25))


def test_scores_are_those_of_their_definitions():
    came, said = np.array([0.0, 10, 30, 60] * 5), np.array([10.0, 10, 20, 70] * 5)
    table = compare_forecasts({"a": said}, came, n_bootstrap=0)
    assert table.columns.tolist() == ["total", "mae", "spearman", "top_decile", "deviance"]
    assert table.loc["a", ["total", "mae", "top_decile"]].tolist() == pytest.approx([1.1, 7.5, 120 / 500])
    from sklearn.metrics import mean_poisson_deviance

    assert poisson_deviance(said, came).mean() == pytest.approx(mean_poisson_deviance(came, said))
    with pytest.raises(DataError, match="The 2 customers brought nothing"):
        compare_forecasts({"a": [1.0, 2.0]}, [0.0, 0.0])


def test_bad_settings_are_refused_by_name(people):
    X, y = people.drop(columns="brought"), people["brought"]
    for made, text in (
        (LifetimeValue(0), r"horizon_days=0\): give a whole number from 1"),
        (LifetimeValue(model="best"), "model='best'.*auto, btyd, boosted"),
        (LifetimeValue(value="profit"), "value='profit'.*margin, revenue"),
        (LifetimeValue(discount_rate=-0.1), "discount_rate=-0.1.*from 0"),
    ):
        with pytest.raises(ParameterError, match=text):
            clone(made).fit(X, y)


def test_bad_outcomes_and_profiles_are_refused_by_name(people):
    X, y = people.drop(columns="brought"), people["brought"]
    with pytest.raises(DataError, match="None of the 900 customers brought anything"):
        LifetimeValue().fit(X, y * 0)
    with pytest.raises(DataError, match="1 values that are NaN or infinity"):
        LifetimeValue().fit(X, y.where(y.index != 3))
    with pytest.raises(DataError, match="y does not hold numbers"):
        LifetimeValue().fit(X, y.map(lambda each: "2025-01-01"))
    with pytest.raises(DataError, match=r"model='btyd'\) needs profiles with the columns order_days"):
        LifetimeValue(model="btyd").fit(X[["customer_id", "visits_30d"]], y)
    with pytest.raises(DataError, match="visits_30d is infinite for 1 customers"):
        LifetimeValue().fit(X.assign(visits_30d=X["visits_30d"].where(X.index != 5, np.inf)), y)
    with pytest.raises(DataError, match="1 customers in more than one row"):
        LifetimeValue().fit(X.assign(customer_id=X["customer_id"].where(X.index != 1, 1000)), y)
    with pytest.raises(DataError, match="none of the 1 columns"):
        LifetimeValue().fit(X[["customer_id"]].assign(shop="L"), y)
    with pytest.warns(UserWarning, match="y is below 0 for 2 customers"):
        model = LifetimeValue(90, "boosted", n_bootstrap=0).fit(X, y.where(y.index > 1, -5.0))
    assert model.predict(X).sum() == pytest.approx(y.where(y.index > 1, -5.0).sum())


def test_a_history_too_short_for_the_horizon_is_refused_by_name(tables):
    with pytest.raises(DataError, match=r"horizon_days=365, but purchases before 2024-08-05 go back \d+ days only"):
        LifetimeValue(365).fit(tables, "2024-08-05")
    lines = tables["order_lines"].head(2000)
    with pytest.raises(DataError, match=r"the margin of orders is not recorded; add products.unit_cost"):
        LifetimeValue(60).fit({"order_lines": lines}, END)
