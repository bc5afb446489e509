"""Permutation importances: the closed form for a linear model, groups, scikit-learn beside it, and what is refused."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline

from personakit.errors import ConsentError, DataError, ParameterError
from personakit.predict.explanations_permutation import permutation_importances
from personakit.profile.encoder import ProfileEncoder


def shops(n: int = 600, seed: int = 0) -> tuple[pd.DataFrame, pd.Series]:
    luck = np.random.default_rng(seed)
    visits = luck.poisson(4, n).astype(float)
    frame = pd.DataFrame(
        {
            "visits": visits,
            "visits_too": visits + 0.1 * luck.normal(size=n),
            "region": luck.choice(["north", "south"], n),
            "noise": np.where(luck.random(n) < 0.2, np.nan, luck.normal(size=n)),
            "shop": "Larkspur",
        },
        index=pd.Index(range(n), name="customer_id"),
    )
    score = visits - 4 + 2.0 * (frame["region"] == "north")
    buys = pd.Series(score + luck.logistic(size=n) > 0, frame.index, name="next")
    return frame, buys.map({True: "buys", False: "stays away"})


def linear(weights: Any) -> LinearRegression:
    model = LinearRegression()
    model.coef_, model.intercept_, model.n_features_in_ = np.asarray(weights), 0.0, len(weights)
    return model


def test_a_linear_model_loses_twice_its_weight_squared_and_the_intervals_hold_it() -> None:
    weights = np.array([2.0, 1.0, 0.5, 0.0])
    held = []
    for seed in range(8):
        luck = np.random.default_rng(seed)
        X = luck.normal(size=(200, 4))
        y = X @ weights + luck.normal(size=200)
        found = permutation_importances(
            linear(weights), X, y, scoring="neg_mean_squared_error", random_state=seed
        ).table.sort_index()
        held += list((found["low"] <= 2 * weights**2) & (2 * weights**2 <= found["high"]))
    assert 0.9 <= np.mean(held) <= 1  # of 32
    assert found.loc["x3", ["low", "value", "high"]].eq(0).all()  # what the model does not use, it does not lose


def test_it_agrees_with_scikit_learn_on_plain_numbers() -> None:
    luck = np.random.default_rng(0)
    X = luck.normal(size=(800, 3))
    y = X[:, 0] + 0.5 * X[:, 1] ** 2 + luck.normal(size=800) > 0.5
    model = HistGradientBoostingClassifier(max_iter=20, random_state=0).fit(X[:400], y[:400])
    ours = permutation_importances(model, X[400:], y[400:], n_repeats=12)
    theirs = permutation_importance(model, X[400:], y[400:], scoring="roc_auc", n_repeats=20, random_state=0)
    assert ours.table["low"].sort_index().lt(theirs.importances_mean).all()
    assert ours.table["high"].sort_index().gt(theirs.importances_mean).all()
    assert ours.scoring == "roc_auc" and ours.n_customers == 400


def test_columns_that_say_the_same_hide_each_other_unless_they_move_together() -> None:
    X, y = shops()
    model = make_pipeline(ProfileEncoder(numbers="standard", categories="onehot", missing="fill"), LogisticRegression())
    model.fit(X.iloc[:300], y.iloc[:300])
    new, then = X.iloc[300:], y.iloc[300:]
    alone = permutation_importances(model, new, then)
    together = permutation_importances(model, new, then, groups="correlated")
    assert together.players["visits, visits_too"] == ["visits", "visits_too"]
    joint = together.table.loc["visits, visits_too"]
    assert joint["low"] > alone.table.loc[["visits", "visits_too"], "high"].max()
    named = permutation_importances(model, new, then, groups={"both": ["visits", "visits_too"]})
    assert named.table.loc["both", "value"] == pytest.approx(joint["value"])
    assert (alone.table.loc["shop"] == 0).all()
    assert alone.table["value"].is_monotonic_decreasing


@settings(max_examples=8)
@given(st.permutations(range(60)))
def test_y_is_joined_by_customer_whatever_its_order(order: list[int]) -> None:
    X, y = shops(60)
    X = X[["visits"]]
    model = make_pipeline(ProfileEncoder(), LogisticRegression()).fit(X, y)
    first = permutation_importances(model, X, y, n_repeats=2, random_state=3)
    again = permutation_importances(model, X, y.iloc[order], n_repeats=2, random_state=3)
    pd.testing.assert_frame_equal(first.table, again.table)


def test_columns_that_are_not_asked_for_move_as_one() -> None:
    X, y = shops(200)
    model = make_pipeline(ProfileEncoder(["visits", "visits_too"]), LogisticRegression()).fit(X, y)
    found = permutation_importances(model, X, y, columns=["region", "noise"], n_repeats=3)
    assert list(found.table.index) == ["all other columns", "region", "noise"]
    assert found.table["value"].iloc[0] > 0.2 and (found.table["value"].iloc[1:] == 0).all()


def test_more_than_two_classes_are_scored_by_log_loss_and_values_by_r2() -> None:
    X, _ = shops(200)
    three = pd.cut(X["visits"], [-1, 2, 5, 99], labels=["few", "some", "many"]).astype(str)
    model = make_pipeline(ProfileEncoder(["visits"]), LogisticRegression(max_iter=500)).fit(X, three)
    found = permutation_importances(model, X, three, n_repeats=3)
    assert found.scoring == "neg_log_loss" and found.table.index[0] == "visits" and found.table["low"].iloc[0] > 0
    values = permutation_importances(lambda frame: frame["visits"] * 2.0, X, X["visits"] * 2.0, n_repeats=3)
    assert values.scoring == "r2" and values.score == 1


def test_the_picture_and_the_html_say_what_is_lost() -> None:
    X, y = shops(200)
    X = X.rename(columns={"region": "<b>region</b>"})
    model = make_pipeline(ProfileEncoder(categories="onehot", missing="fill"), LogisticRegression(max_iter=500)).fit(
        X, y
    )
    found = permutation_importances(model, X, y, n_repeats=3)
    assert f"Most is lost without {found.table.index[0]}. Dots with intervals, roc_auc lost" in found.plot().alt
    assert "&lt;b&gt;region" in found._repr_html_() and "<b>region" not in found._repr_html_()


def test_what_cannot_be_scored_is_refused_with_advice() -> None:
    X, y = shops(80)
    model = make_pipeline(ProfileEncoder(["visits", "region"]), LogisticRegression()).fit(X, y)
    for wrong, text in (
        ({"y": pd.Series("buys", X.index)}, r"y has one class only \(buys\) for 80 customers"),
        ({"y": y.replace("buys", "returns")}, "y has 'returns', which the model does not know"),
        ({"y": y.iloc[:-2]}, "y is about 78 rows and X about 80, and they are not of the same customers"),
        ({"X": pd.concat([X, X.head(1)])}, r"X has 1 customers in more than one row \(customer_id 0\)"),
        ({"groups": {"both": ["visits", "colour"]}}, "X has no column 'colour'"),
        ({"scoring": "neg_mean_squared_error"}, r"scoring='neg_mean_squared_error'\): this score cannot be computed"),
    ):
        with pytest.raises(DataError, match=text):
            permutation_importances(model, **({"X": X, "y": y} | wrong))
    for setting, text in (
        ({"groups": "tied"}, "groups='tied': give a mapping of name to columns, or 'correlated'"),
        ({"n_repeats": 1}, "n_repeats=1: give a whole number from 2"),
        ({"level": 95}, "level=95: give a share between 0 and 1"),
        ({"random_state": "x"}, "random_state='x' is no seed"),
    ):
        with pytest.raises(ParameterError, match=text):
            permutation_importances(model, X, y, **setting)


def test_data_of_another_purpose_or_shape_are_refused() -> None:
    X, y = shops(50)
    model = make_pipeline(ProfileEncoder(["visits"]), LogisticRegression()).fit(X, y)
    with pytest.raises(ValueError, match="feature names should match"):  # the model's own words
        permutation_importances(model, X[["visits"]], y)
    X.attrs["purpose"], model.purpose_ = "marketing_email", "analytics"
    with pytest.raises(ConsentError, match="learnt from data released for 'analytics'"):
        permutation_importances(model, X, y)
