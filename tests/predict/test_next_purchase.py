"""Next purchase: known survival times, the world's chances, BG/NBD beside it, and bad input."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

import personakit as pk
from personakit.errors import ConsentError, DataError, MissingExtraError, NotFittedError, ParameterError
from personakit.predict import BetaGeoModel, NextPurchase

pytest.importorskip("lifelines", reason='lifelines is missing: pip install "personakit[survival]"')

END = "2025-12-29"


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    recency = np.exp(rng.normal(3.5, 0.8, 1500))  # normal scores are its logarithm, so Weibull's model is exact
    return pd.DataFrame({"customer_id": np.arange(1500) + 7, "recency_days": recency, "days": rng.exponential(recency)})


@pytest.fixture(scope="module")
def fitted(people) -> NextPurchase:
    return _fit(people)


def _fit(people: pd.DataFrame, model: str = "weibull", window: int = 60) -> NextPurchase:
    return NextPurchase(model, window, penalizer=0.001).fit(
        people[["customer_id", "recency_days"]], people["days"].where(people["days"] <= window)
    )


def test_chances_on_the_world_are_near_its_truth():
    world = pk.load_world()
    tables = {name: world.tables[name] for name in ("customers", "order_lines", "products", "sessions")}
    model = NextPurchase(window_days=90).fit(tables, END)
    profiles = pk.profile.build_profiles(tables, as_of=END)
    bought = profiles[profiles["first_order_days"].notna()]
    truth = world.truth["outlook"].set_index("customer_id").loc[bought["customer_id"]]
    simple = BetaGeoModel().fit(bought)
    for days in (30, 90):
        chance, exact = model.probability_within(bought, days), truth[f"p_order_{days}"]
        by_counts = 1 - simple.probability_of_n_purchases(0, days, frequency=bought)
        assert chance.corr(exact, method="spearman") > 0.83
        assert by_counts.corr(exact, method="spearman") < 0.7
        assert chance.mean() == pytest.approx(exact.mean(), rel=0.15)
        assert by_counts.mean() == pytest.approx(exact.mean(), rel=0.1)
    table = model.comparison_
    assert table.loc["survival", "concordance"] > table.loc["bg_nbd", "concordance"] > 0.7
    assert table.loc["survival", "brier"] < table.loc["bg_nbd", "brier"]
    assert table.loc["survival", "expected"] == pytest.approx(table.loc["survival", "actual"], abs=0.04)


@pytest.mark.parametrize("model", ["weibull", "lognormal", "loglogistic", "cox"])
def test_times_are_found_again_under_censoring(people, model):
    found = _fit(people, model)
    some = people[people["recency_days"].between(20, 80)]
    exact = 1 - np.exp(-30 / some["recency_days"].to_numpy())
    tolerance = 0.03 if model in ("weibull", "cox") else 0.07
    np.testing.assert_allclose(found.probability_within(some, 30), exact, atol=tolerance)
    assert found.n_purchases_ == int((people["days"] <= 60).sum())
    np.testing.assert_allclose(found.median_days(some), some["recency_days"] * np.log(2), rtol=0.2)


def test_chances_grow_with_time_and_repeat(people, fitted):
    early, late = (fitted.probability_within(people, days) for days in (10, 200))
    assert (early < late).all()
    assert early.index.name == "customer_id"
    shuffled = _fit(people.sample(frac=1, random_state=1)).probability_within(people, 10)
    np.testing.assert_allclose(shuffled, early, rtol=1e-3)
    pd.testing.assert_series_equal(_fit(people).probability_within(people, 10), early)


def test_half_have_bought_by_the_median(people, fitted):
    one = people.head(1)
    assert fitted.probability_within(one, fitted.median_days(one).iloc[0]).iloc[0] == pytest.approx(0.5, abs=1e-6)


def test_profiles_of_another_purpose_are_refused(people):
    frame = people[["customer_id", "recency_days"]].copy()
    frame.attrs["purpose"] = "analytics"
    model = NextPurchase("weibull", 60).fit(frame, people["days"].where(people["days"] <= 60))
    frame.attrs["purpose"] = "marketing_email"
    with pytest.raises(ConsentError, match="released for 'analytics'"):
        model.probability_within(frame, 10)


def test_bad_input_is_refused_by_name(people, fitted):
    frame = people[["customer_id", "recency_days"]]
    for days, text in (
        (people["days"] * np.nan, "None of the 1500 customers bought within 90 days"),
        (people["days"], "infinite, negative or beyond window_days=90"),
        ([1.0], r"y has shape \(1,\) for 1500 customers"),
        (people["days"].map(lambda _: "soon"), "y does not hold numbers of days"),
    ):
        with pytest.raises(DataError, match=text):
            NextPurchase().fit(frame, days)
    with pytest.raises(DataError, match="profiles has none of the columns recency_days, order_days"):
        NextPurchase().fit(frame.rename(columns={"recency_days": "r"}), people["days"].clip(upper=9))
    with pytest.raises(DataError, match="none of the 1 columns"):
        NextPurchase().fit(frame.assign(recency_days=3.0), people["days"].clip(upper=9))
    with pytest.raises(DataError, match="profiles has no column 'recency_days'"):
        fitted.median_days(frame.rename(columns={"recency_days": "r"}))
    with pytest.raises(ParameterError, match=r"model='gompertz'\): give one of weibull"):
        NextPurchase("gompertz").fit(frame, people["days"])
    with pytest.raises(ParameterError, match="window_days=0"):
        NextPurchase(window_days=0).fit(frame, people["days"])
    with pytest.raises(ParameterError, match="days=-1"):
        fitted.probability_within(frame, -1)
    with pytest.raises(ParameterError, match="Cox's model says nothing beyond its window of 60 days"):
        _fit(people, "cox").probability_within(frame, 90)
    with pytest.raises(NotFittedError, match=r"Call fit\(tables, as_of\) first"):
        clone(NextPurchase()).median_days(frame)


def test_a_history_shorter_than_two_windows_is_refused_by_name():
    lines = pd.DataFrame({"order_id": range(40), "customer_id": np.arange(40) % 9, "product_id": 1, "unit_price": 1.0})
    lines["timestamp"] = pd.date_range("2025-01-01", periods=40)
    with pytest.raises(DataError, match="window_days=30, but purchases before 2025-01-10 go back 9 days only"):
        NextPurchase(window_days=30).fit({"order_lines": lines}, "2025-02-09")


def test_without_lifelines_the_extra_is_named(people, monkeypatch):
    monkeypatch.setitem(sys.modules, "lifelines", None)
    with pytest.raises(MissingExtraError, match=r'pip install "personakit\[survival\]"'):
        _fit(people)
