"""Clusters of customers: found where they are, named so that they stay, and refused where they cannot be."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cluster import AgglomerativeClustering
from sklearn.datasets import make_blobs
from sklearn.metrics import adjusted_rand_score
from sklearn.utils.estimator_checks import parametrize_with_checks

import personakit as pk
from personakit.errors import ConsentError, DataError, ParameterError
from personakit.segment import NO_SEGMENT, CustomerSegments, taste_features
from personakit.segment import clustering_methods as methods

METHODS = ("kmeans", "gaussian_mixture", "hierarchical", "hdbscan", "mixed")


@pytest.fixture(scope="module")
def shoppers() -> pd.DataFrame:
    """Three groups that anybody can see, of 40, 30 and 20 customers, in numbers and a category."""
    points, group = make_blobs([40, 30, 20], centers=[[0, 0], [9, 0], [0, 9]], random_state=0)
    return pd.DataFrame(
        {
            "customer_id": np.arange(100, 190),
            "x": points[:, 0],
            "y": points[:, 1],
            "channel": np.array(["store", "web", "app"])[group],
            "group": group,
        }
    )


@parametrize_with_checks([CustomerSegments(3, method) for method in METHODS])
def test_each_method_keeps_to_the_protocol_of_scikit_learn(estimator: Any, check: Any) -> None:
    check(estimator)


@pytest.mark.parametrize("method", METHODS)
def test_each_method_finds_groups_that_are_there_and_numbers_them_by_size(method: Any, shoppers: pd.DataFrame) -> None:
    segments = CustomerSegments(3, method, leave_out=["group"], numbers="standard", random_state=0)
    found = segments.fit_predict(shoppers)
    assert (found.name, found.index.name, found.index[0]) == ("segment", "customer_id", 100)
    assert (found == ("Segment " + (shoppers.set_index("customer_id")["group"] + 1).astype(str))).all()
    assert segments.segments_["customers"].tolist()[:3] == [40, 30, 20]
    assert segments.ordered_by_ == "size"
    assert segments.predict(shoppers).equals(found)
    assert segments.features_ == ["x", "y", "channel"]
    assert segments.centers_.shape == (3, len(segments.get_feature_names_out()))


@pytest.mark.parametrize("method", METHODS)
@given(seed=st.integers(0, 2**31 - 1), shuffle=st.randoms())
@settings(max_examples=5)
def test_another_seed_order_or_numbering_of_customers_renames_no_segment(
    method: Any, shoppers: pd.DataFrame, seed: int, shuffle: Any
) -> None:
    first = CustomerSegments(3, method, leave_out=["group"], random_state=0).fit_predict(shoppers)
    order = shuffle.sample(range(len(shoppers)), len(shoppers))
    other = shoppers.iloc[order].assign(customer_id=lambda frame: "c" + frame["customer_id"].astype(str))
    again = CustomerSegments(3, method, leave_out=["group"], random_state=seed).fit_predict(other)
    assert again.astype(str).tolist() == first.iloc[order].astype(str).tolist()


def test_segments_are_numbered_by_money_where_there_is_some(shoppers: pd.DataFrame) -> None:
    paid = shoppers.assign(monetary=shoppers["group"] * 100.0)
    segments = CustomerSegments(3, features=["x", "y"], numbers="standard", random_state=0)
    assert (segments.fit_predict(paid).cat.codes.to_numpy() == 2 - shoppers["group"]).all()
    assert segments.ordered_by_ == "monetary"
    by_y = CustomerSegments(3, features=["x", "y"], order_by="y", random_state=0).fit_predict(paid)
    assert paid.set_index("customer_id")["y"].groupby(by_y).mean().idxmax() == "Segment 1"


def test_a_column_given_five_times_counts_once() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(400, 3)), columns=["a", "b", "c"])
    copies = frame.assign(**{f"a{k}": frame["a"] for k in range(4)})
    one, five = (CustomerSegments(2, numbers="standard", random_state=0).fit(each) for each in (frame, copies))
    distances = [
        np.square(model.transform(X)[:50, None] - model.transform(X)).sum(2)
        for model, X in ((one, frame), (five, copies))
    ]
    assert distances[1] == pytest.approx(distances[0], rel=0.05)


def test_a_category_has_the_say_of_a_number() -> None:
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"x": rng.exponential(size=1000), "channel": rng.choice(["a", "b", "c", "d"], 1000)})
    model = CustomerSegments(2, numbers="standard", random_state=0).fit(frame)
    variance = pd.Series(model.transform(frame).var(axis=0)).groupby(model.encoder_.sources_).sum()
    assert variance.tolist() == pytest.approx([1, 1], rel=0.01)


def test_ward_is_that_of_scikit_learn_and_stays_so_with_neighbours_only(
    shoppers: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    X = shoppers[["x", "y"]].to_numpy()
    ours = CustomerSegments(3, "hierarchical", numbers="keep").fit(X).labels_
    assert adjusted_rand_score(ours, AgglomerativeClustering(3).fit_predict(X)) == 1
    monkeypatch.setattr(methods, "MOST_PAIRS", 50)
    assert adjusted_rand_score(ours, CustomerSegments(3, "hierarchical", numbers="keep").fit(X).labels_) == 1


def test_the_dense_method_leaves_lonely_customers_out_and_asks_new_ones_to_be_near(shoppers: pd.DataFrame) -> None:
    X = np.vstack([shoppers[["x", "y"]], [[40.0, 40.0]]])
    model = CustomerSegments(method="hdbscan", numbers="keep").fit(X)
    assert model.labels_[-1] == -1
    assert model.names_[-1] == NO_SEGMENT
    assert model.segments_.set_index("segment").loc[NO_SEGMENT, "customers"] == (model.labels_ == -1).sum()
    assert (model.predict(X) == model.labels_).all()
    new = model.predict(np.array([X[0] + 1e-3, [20.0, 20.0]]))
    assert new.tolist() == [model.labels_[0], -1]


def test_probabilities_of_a_mixture_add_up_and_agree_with_the_segments(shoppers: pd.DataFrame) -> None:
    model = CustomerSegments(3, "gaussian_mixture", leave_out=["group"], random_state=0)
    found = model.fit_predict(shoppers)
    chances = model.predict_proba(shoppers)
    assert chances.sum(axis=1).to_numpy() == pytest.approx(1)
    assert (chances.idxmax(axis=1) == found.astype(str)).all()
    assert not hasattr(CustomerSegments(3), "predict_proba")


def test_prototypes_cost_what_a_hand_calculation_says() -> None:
    # x: 0 1 8 9, category a a a b at the height 2, whose mismatch costs 4: means 0.5 and 8.5, modes a and (first) a
    rows = np.array([[0.0, 2, 0], [1.0, 2, 0], [8.0, 2, 0], [9.0, 0, 2]])
    model = methods.KPrototypes(2, np.array([-1, 0, 0]), random_state=0).fit(rows)
    assert sorted(model.prototypes_.tolist()) == [[0.5, 2, 0], [8.5, 2, 0]]
    assert model.cost_ == pytest.approx(4 * 0.25 + 4)
    assert model._costs(rows[3:], model.prototypes_).max() == pytest.approx(8.5**2 + 4)


@pytest.mark.parametrize("method", METHODS)
def test_what_fit_did_not_see_is_assigned_all_the_same(method: Any, shoppers: pd.DataFrame) -> None:
    model = CustomerSegments(3, method, leave_out=["group"], random_state=0).fit(shoppers)
    new = shoppers.head(3).assign(channel=["fax", None, "web"], x=[np.nan, 0, 0])
    assert set(model.predict(new)) <= set(model.names_)


def people(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame({"customer_id": range(1, len(next(iter(columns.values()))) + 1), **columns})


@pytest.mark.parametrize(
    ("frame", "settings", "said"),
    [
        (people(x=[1, 2, 3]), {"n_segments": 5}, "n_samples=3 customers are fewer than n_segments=5. Ask for fewer"),
        (people(x=[1, 1, 2, 2]), {"n_segments": 3}, "only 2 of the 4 customers differ in x, fewer than n_segments=3"),
        (people(x=[1.0, np.inf]), {}, r"profiles\.x is infinite for 1 customers \(2\)"),
        (people(x=[1, 2]).assign(customer_id=3), {}, r"1 customers in more than one row \(customer_id 3\)"),
        (people(x=[1, 1], y=[np.nan, np.nan]), {}, r"none of the 2 columns .* x \(one value only\), y \(no value"),
        (people(x=[1, 2]), {"features": ["z"]}, "no column 'z'"),
        (people(x=[1, 2]), {"n_segments": 2, "order_by": "z"}, "no column 'z' to order the segments by"),
        (people(x=[1]), {"method": "hdbscan"}, "none of the 1 columns"),
    ],
)
def test_a_bad_table_is_refused_in_words(frame: pd.DataFrame, settings: dict[str, Any], said: str) -> None:
    with pytest.raises(DataError, match=said):
        CustomerSegments(**settings).fit(frame)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"method": "magic"}, "give one of kmeans, gaussian_mixture"),
        ({"n_segments": 0}, r"CustomerSegments\(n_segments=0\): give a whole number from 1"),
        ({"min_segment_size": 1}, "give a whole number from 2"),
    ],
)
def test_a_setting_that_does_not_exist_is_refused(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        CustomerSegments(**settings).fit(people(x=[1, 2]))


def test_dates_as_text_are_days_and_useless_columns_are_named() -> None:
    frame = people(signed_up=["2020-01-01", "2020-01-05", "2025-01-01", "2025-01-03"], shop=["a"] * 4, none=[None] * 4)
    model = CustomerSegments(2, random_state=0)
    assert model.fit_predict(frame).nunique() == 2
    assert model.left_out_ == {"shop": "one value only", "none": "no value at all"}
    assert model.encoder_.kinds_ == {"signed_up": "date"}


def test_the_purpose_of_the_gate_binds_the_segments(shoppers: pd.DataFrame) -> None:
    frame, other = shoppers.copy(), shoppers.copy()
    frame.attrs["purpose"], other.attrs["purpose"] = "analytics", "marketing_email"
    model = CustomerSegments(3, random_state=0)
    assert model.fit_predict(frame).attrs["purpose"] == model.purpose_ == "analytics"
    with pytest.raises(ConsentError, match="released for 'analytics'"):
        model.predict(other)


def test_segments_of_tastes_recover_archetypes_far_better_than_value_does() -> None:
    world = pk.load_world()
    truth = world.truth["customers"].set_index("customer_id")["archetype"]
    tastes = taste_features(world.tables["interactions"], world.tables["products"])
    found = CustomerSegments(6, numbers="keep", random_state=0).fit_predict(tastes)
    rfm = pk.segment.RFM().fit_predict(pk.profile.build_profiles(world.tables))
    assert adjusted_rand_score(truth[found.index], found) > 0.15
    assert abs(adjusted_rand_score(truth[rfm.index], rfm)) < 0.02
