"""Churn from tables: a probability for each customer who ordered, close to what the world knows."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

import personakit as pk
from personakit.errors import ConsentError, DataError, ParameterError
from personakit.predict import ChurnModel, ProfileClassifier, labelled

FAST = ProfileClassifier("logistic", "none")


@pytest.fixture(scope="module")
def tables() -> Any:
    given = pk.load_world().tables
    return {name: given[name] for name in ("customers", "order_lines", "sessions", "consents")}


def test_probabilities_rank_customers_as_the_world_does(tables: Any) -> None:
    model = ChurnModel(90, FAST).fit(tables, "2025-06-30")
    profiles = pk.profile.build_profiles(tables, as_of="2025-09-28")
    found = model.predict(profiles)
    ordered = profiles.set_index("customer_id")["frequency"] > 0
    assert found.name == "churn_probability" and found.index.name == "customer_id"
    assert found[~ordered].isna().all() and found[ordered].between(0, 1).all()
    truth = pk.load_world().expected(None, None, at="2025-09-29", horizon_days=90).set_index("customer_id")["p_order"]
    assert spearmanr(found[ordered], 1 - truth[found[ordered].index])[0] > 0.75
    assert found.mean() == pytest.approx(1 - truth[found[ordered].index].mean(), abs=0.05)


def test_tables_and_labelled_profiles_teach_the_same(tables: Any) -> None:
    X, y = labelled(tables, "2025-06-30", 90)
    one, two = ChurnModel(90, FAST).fit(tables, "2025-06-30"), ChurnModel(90, FAST).fit(X, y["churned"].iloc[::-1])
    pd.testing.assert_series_equal(one.predict(X), two.predict(X))
    assert one.n_customers_ == two.n_customers_ == int((X["frequency"] > 0).sum())
    assert one.churned_share_ == pytest.approx(y["churned"][X["frequency"] > 0].mean())


def test_several_days_are_stacked(tables: Any) -> None:
    few = {"order_lines": tables["order_lines"]}
    one = ChurnModel(60, FAST).fit(few, "2025-06-30").n_customers_
    assert ChurnModel(60, FAST).fit(few, ["2025-05-31", "2025-06-30"]).n_customers_ > 1.5 * one


def test_what_was_released_for_one_purpose_forecasts_for_no_other(tables: Any) -> None:
    few = {name: tables[name] for name in ("customers", "order_lines", "consents")}
    model = ChurnModel(90, FAST).fit(pk.privacy.gate(few, "analytics", at="2025-12-31"))
    assert model.purpose_ == "analytics"
    profiles = pk.profile.build_profiles(few)
    assert len(model.predict(pk.privacy.gate(profiles, "analytics", at="2025-12-31"))) > 0
    with pytest.raises(ConsentError, match="released for 'analytics' and may not be used for 'marketing_email'"):
        model.predict(pk.privacy.gate(profiles, "marketing_email", at="2025-12-31"))


def test_bad_input_is_refused_with_what_to_do(tables: Any) -> None:
    few = {"order_lines": tables["order_lines"]}
    with pytest.raises(DataError, match=r"horizon_days=400 .* recorded to 2025-12-29 only"):
        ChurnModel(400).fit(few, "2025-06-30")
    with pytest.raises(ParameterError, match=r"ChurnModel\(horizon_days=0\): give a whole number from 1"):
        ChurnModel(0).fit(few)
    X = pd.DataFrame({"customer_id": range(30), "frequency": np.arange(30) % 3, "visits_30d": np.arange(30)})
    with pytest.raises(DataError, match="profiles alone do not say who churned"):
        ChurnModel().fit(X)
    with pytest.raises(DataError, match="none of the 30 customers has an order"):
        ChurnModel().fit(X.assign(frequency=0), np.arange(30) % 2)
    with pytest.raises(DataError, match="y has one class only: True for all 20"):
        ChurnModel().fit(X, np.ones(30, dtype=bool))
