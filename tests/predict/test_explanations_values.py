"""What SHAP values say, with the package shap as a second answer, on categories, gaps, classes and purposes."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline

from personakit.errors import ConsentError, DataError, ParameterError, UnknownNameError
from personakit.predict.explanations_shapley import shapley_values
from personakit.predict.explanations_values import ShapleyValues
from personakit.profile.encoder import ProfileEncoder


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    luck = np.random.default_rng(1)
    n = 400
    return pd.DataFrame(
        {
            "visits": luck.poisson(4, n).astype(float),
            "recency_days": np.where(luck.random(n) < 0.3, np.nan, luck.exponential(60, n)),
            "region": luck.choice(["north", "south", "<b>east</b>"], n),
            "last_order": pd.Timestamp("2025-06-01") - pd.to_timedelta(luck.integers(0, 90, n), unit="D"),
            "shop": "Larkspur",
        },
        index=pd.Index(range(1000, 1000 + n), name="customer_id"),
    )


def outcome(people: pd.DataFrame) -> pd.Series:
    luck = np.random.default_rng(2)
    score = people["visits"] - 4 + 2.0 * (people["region"] == "north") - 2.0 * people["recency_days"].isna()
    return (score + luck.logistic(size=len(people)) > 0).rename("buys")


@pytest.fixture(scope="module")
def boosting(people: pd.DataFrame) -> Pipeline:
    model = HistGradientBoostingClassifier(max_iter=30, random_state=0)
    return make_pipeline(ProfileEncoder(), model).fit(people, outcome(people))


@pytest.fixture(scope="module")
def found(people: pd.DataFrame, boosting: Pipeline) -> ShapleyValues:
    return shapley_values(boosting, people.head(12), people.tail(60))


@pytest.mark.parametrize("kind", ["classifier", "regressor"])
def test_values_agree_with_the_package_shap_on_trees_and_plain_numbers(kind: str) -> None:
    shap = pytest.importorskip("shap", reason='shap is missing, the second answer: pip install "personakit[dev]"')
    luck = np.random.default_rng(0)
    X = luck.normal(size=(400, 6))
    y = X[:, 0] * X[:, 1] + np.abs(X[:, 2]) + X[:, 3] + 0.3 * luck.normal(size=400)
    model: Any
    if kind == "classifier":
        model = GradientBoostingClassifier(n_estimators=25, random_state=0).fit(X, y > 0.5)
    else:
        model = RandomForestRegressor(20, max_depth=5, random_state=0).fit(X, y)
    told = shap.TreeExplainer(model, X[:40], feature_perturbation="interventional")
    ours = shapley_values(model, X[100:110], X[:40], output="log_odds" if kind == "classifier" else None)
    assert ours.base == pytest.approx(float(np.squeeze(told.expected_value)), abs=1e-9)
    np.testing.assert_allclose(ours.values, told.shap_values(X[100:110]), atol=1e-7)


def test_categories_gaps_and_dates_are_players_as_they_are(found: ShapleyValues, people: pd.DataFrame) -> None:
    assert list(found.values) == list(people)
    np.testing.assert_allclose(found.base + found.values.sum(axis=1), found.predictions, atol=1e-12)
    assert (found.values["shop"] == 0).all()  # one value only: the encoder leaves it out
    gap = people["recency_days"].head(12).isna()
    assert found.values["recency_days"][gap].max() < 0 < found.values["recency_days"][~gap].mean()
    north = people["region"].head(12) == "north"
    assert found.values["region"][north].min() > found.values["region"][~north].max()


def test_log_odds_of_a_logistic_regression_are_its_coefficients(people: pd.DataFrame) -> None:
    rows = people[["visits"]].assign(age=np.random.default_rng(3).normal(40, 9, len(people)))
    model = LogisticRegression().fit(rows, outcome(people))
    found = shapley_values(model, rows.head(5), rows.tail(50), output="log_odds")
    known = model.coef_[0] * (rows.head(5) - rows.tail(50).mean())
    np.testing.assert_allclose(found.values, known, atol=1e-9)


def test_of_three_classes_values_sum_to_nought_and_one_must_be_named(people: pd.DataFrame) -> None:
    area = people["region"]
    model = make_pipeline(ProfileEncoder(["visits", "recency_days"], missing="fill"), LogisticRegression())
    model.fit(people, area)
    with pytest.raises(ParameterError, match=r"label=None: the model knows 3 classes .*Name the one to be explained"):
        shapley_values(model, people.head(2), people.tail(20))
    with pytest.raises(UnknownNameError, match="label='west' is none of the 3 classes"):
        shapley_values(model, people.head(2), people.tail(20), label="west")
    every = [shapley_values(model, people.head(4), people.tail(20), label=each).values for each in model.classes_]
    np.testing.assert_allclose(sum(every), 0, atol=1e-12)


def test_data_of_another_purpose_are_refused(people: pd.DataFrame) -> None:
    study, mail = people.copy(), people.copy()
    study.attrs["purpose"], mail.attrs["purpose"] = "analytics", "marketing_email"
    encoder = ProfileEncoder()

    class Model:
        def fit(self, X: Any) -> "Model":
            self.classes_, self.purpose_ = [False, True], X.attrs["purpose"]
            encoder.fit(X)
            return self

        def predict_proba(self, X: Any) -> Any:
            p = np.clip(X["visits"].to_numpy() / 20, 0, 1)
            return np.column_stack([1 - p, p])

    model = Model().fit(study)
    assert shapley_values(model, study.head(2), study.tail(9)).values.attrs["purpose"] == "analytics"
    with pytest.raises(ConsentError, match="learnt from data released for 'analytics' and may not be used for"):
        shapley_values(model, mail.head(2), study.tail(9))
    with pytest.raises(ConsentError, match="may not be used for 'marketing_email'"):
        shapley_values(model, study.head(2), mail.tail(9))


def test_a_customer_in_two_rows_is_refused(people: pd.DataFrame, boosting: Pipeline) -> None:
    twice = pd.concat([people.head(2), people.head(1)])
    with pytest.raises(DataError, match=r"X has 1 customers in more than one row \(customer_id 1000\)"):
        shapley_values(boosting, twice, people.tail(9))
    with pytest.raises(DataError, match="background has 1 customers in more than one row"):
        shapley_values(boosting, people.head(2), twice)


def test_rows_in_another_order_and_the_same_seed_give_the_same(people: pd.DataFrame, boosting: Pipeline) -> None:
    first = shapley_values(boosting, people.head(6), people.tail(30), random_state=4)
    again = shapley_values(boosting, people.head(6).iloc[::-1], people.tail(30), random_state=4)
    pd.testing.assert_frame_equal(first.values, again.values.loc[first.values.index])


def test_the_table_of_a_customer_and_of_all_are_sorted_by_what_they_do(found: ShapleyValues) -> None:
    hers = found.table(1003)
    assert hers["value"].abs().is_monotonic_decreasing and set(hers) == {"hers", "usual", "value", "error"}
    assert found.base + hers["value"].sum() == pytest.approx(found.predictions[1003])
    overall = found.table()
    assert overall["value"].is_monotonic_decreasing and (overall["low"] <= overall["high"]).all()
    assert overall.loc["visits", "value"] == pytest.approx(found.values["visits"].abs().mean())
    with pytest.raises(
        UnknownNameError, match=r"no customer 7\. These 12 were explained: 1000, 1001, 1002, 1003, \.\.\."
    ):
        found.table(7)


def test_words_say_what_raises_and_lowers_and_add_up() -> None:
    rows = pd.DataFrame({"visits": [9.0, 2.0, 4.0], "region": ["N", "S", "S"], "age": [30, 40, 50]}, index=[7, 8, 9])

    def model(frame: pd.DataFrame) -> Any:
        return 10 * frame["visits"] - 3 * (frame["region"] == "N") + 0.5 * frame["age"]

    said = shapley_values(model, rows.head(1), rows.tail(2)).words(7, n=1)
    assert said == (
        "Customer 7: predicted value 102; the customers compared with have 52.5 on average. "
        "Higher by: visits 9 (+60.0; usual is 3). Lower by: age 30 (-7.50; usual is 45). "
        "The other 1 together: -3.00."
    )


def test_pictures_say_in_words_what_they_show(found: ShapleyValues) -> None:
    one, overall = found.plot(1003, n=3), found.plot()
    assert f"to {found.predictions[1003]:.2f}, probability of True" in one.alt and "2 others" in one.alt
    assert overall.alt.startswith(f"{found.table().index[0]} moves the predictions most.")
    assert one.png()[:4] == overall.png()[:4] == b"\x89PNG"
    with pytest.raises(UnknownNameError, match="no customer 7"):
        found.plot(7)


def test_html_escapes_what_came_from_data(people: pd.DataFrame, boosting: Pipeline) -> None:
    east = people[people["region"] == "<b>east</b>"]
    shown = shapley_values(boosting, east.head(3), people.tail(20))._repr_html_()
    assert "&lt;b&gt;east" in shown and "<b>east" not in shown
