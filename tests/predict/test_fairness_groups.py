"""Fairness by group, from a model and profiles: Fairlearn beside it, and what is refused."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline

from personakit.errors import DataError, ParameterError, UnknownNameError
from personakit.predict.fairness_groups import fairness_by_group
from personakit.profile.encoder import ProfileEncoder

FEW = {"n_bootstrap": 40, "n_permutations": 0}


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    luck = np.random.default_rng(0)
    return pd.DataFrame(
        {"visits": luck.poisson(4, 400).astype(float), "age_band": luck.choice(["18-34", "35-54"], 400)},
        index=pd.Index(range(400), name="customer_id"),
    )


@pytest.fixture(scope="module")
def outcome(people: pd.DataFrame) -> pd.Series:
    buys = people["visits"] + np.random.default_rng(1).logistic(size=400) > 4
    return buys.map({True: "yes", False: "no"})


@pytest.fixture(scope="module")
def model(people: pd.DataFrame, outcome: pd.Series) -> Pipeline:
    return make_pipeline(ProfileEncoder(["visits"]), LogisticRegression()).fit(people, outcome)


def test_the_rates_are_fairlearns_at_the_threshold(people: pd.DataFrame, outcome: pd.Series, model: Pipeline) -> None:
    metrics = pytest.importorskip("fairlearn.metrics", reason='fairlearn is missing: pip install "personakit[privacy]"')
    report = fairness_by_group(model, people, outcome.sample(frac=1, random_state=0), "age_band", threshold=0.3, **FEW)
    chosen = model.predict_proba(people)[:, 1] >= 0.3
    known = metrics.MetricFrame(
        metrics={"true_positive_rate": metrics.true_positive_rate, "selection_rate": metrics.selection_rate},
        y_true=outcome == "yes", y_pred=chosen, sensitive_features=people["age_band"],
    ).by_group  # fmt: skip
    ours = report.table().droplevel("attribute")
    np.testing.assert_allclose(ours[list(known)].astype(float), known.astype(float))
    assert ours["mean_score"].mean() == pytest.approx(0.5, abs=0.2) and "brier" in ours


def test_groups_that_profiles_do_not_hold_come_as_a_series(
    people: pd.DataFrame, outcome: pd.Series, model: Pipeline
) -> None:
    arm = pd.Series(["a", "b"] * 190, index=range(380), name="arm")
    report = fairness_by_group(model, people, outcome, arm, label="no", **FEW)
    assert set(report.by_group["group"]) == {"a", "b", "(not stated)"}
    assert report.table("base_rate")["n"].sum() == 400


def test_what_cannot_be_audited_is_refused_with_advice(
    people: pd.DataFrame, outcome: pd.Series, model: Pipeline
) -> None:
    with pytest.raises(UnknownNameError, match=r"groups: X has no column 'gender' \(it has visits, age_band\)"):
        fairness_by_group(model, people, outcome, ["age_band", "gender"])
    with pytest.raises(DataError, match="y has 'maybe', which the model does not know"):
        fairness_by_group(model, people, outcome.replace("no", "maybe"), "age_band")
    with pytest.raises(DataError, match="they are not of the same customers"):
        fairness_by_group(model, people, outcome.head(9), "age_band")
    with pytest.raises(ParameterError, match=r"threshold is 0\. Give a probability above 0"):
        fairness_by_group(model, people, outcome, "age_band", threshold=0)
    with pytest.raises(UnknownNameError, match="label='maybe' is none of the 2 classes"):
        fairness_by_group(model, people, outcome, "age_band", label="maybe")
    values = LinearRegression().fit(people[["visits"]], people["visits"])
    with pytest.raises(ParameterError, match="has no predict_proba"):
        fairness_by_group(values, people, outcome, "age_band")
