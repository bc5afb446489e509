"""EASE by sittings: the two models it lies between, its closed form, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from personakit.errors import DataError, ParameterError
from personakit.recommend import EASE, SessionEASE, evaluate


def test_all_times_alike_is_ease(ratings):
    same = EASE(l2=5.0).fit(ratings)
    np.testing.assert_allclose(SessionEASE(l2=5.0, across=1.0).fit(ratings).weights_, same.weights_, atol=1e-9)
    at_once = ratings.assign(timestamp=pd.Timestamp("2025-01-01"))
    np.testing.assert_allclose(SessionEASE(l2=5.0, across=0.0).fit(at_once).weights_, same.weights_, atol=1e-9)


def test_visits_far_apart_are_customers_of_their_own(ratings):
    visits = ratings.assign(timestamp=ratings["timestamp"].dt.floor("90D"))
    model = SessionEASE(l2=5.0, across=0.0, session_minutes=1.0).fit(visits)
    alone = visits.assign(customer_id=visits["customer_id"].astype(str) + " " + visits["timestamp"].astype(str))
    np.testing.assert_allclose(model.weights_, EASE(l2=5.0).fit(alone).weights_, atol=1e-9)


def test_weights_solve_the_normal_equations_of_the_weighed_counts():
    shop = pd.DataFrame(
        {
            "customer_id": [1, 1, 1, 2, 2],
            "product_id": ["a", "b", "c", "a", "c"],
            "timestamp": [0.0, 60.0, 600.0, 50.0, 350.0],  # seconds
        }
    )
    close = lambda minutes: 0.3 + 0.7 * np.exp(-minutes / 5)  # noqa: E731
    gram = np.array(
        [
            [2.0, close(1), close(10) + close(5)],
            [close(1), 1.0, close(9)],
            [close(10) + close(5), close(9), 2.0],
        ]
    )
    model = SessionEASE(l2=0.5, across=0.3).fit(shop)
    # each column j is the ridge regression of product j on the others
    for j in range(3):
        others = [i for i in range(3) if i != j]
        expected = np.linalg.solve(gram[np.ix_(others, others)] + 0.5 * np.eye(2), gram[others, j])
        np.testing.assert_allclose(model.weights_[others, j], expected, atol=1e-12)
        assert model.weights_[j, j] == 0


def test_seconds_and_times_say_the_same(ratings):
    seconds = (ratings["timestamp"] - pd.Timestamp("1970-01-01")) / pd.Timedelta("1s")
    first, second = (
        SessionEASE(l2=5.0, session_minutes=9e4).fit(one) for one in (ratings, ratings.assign(timestamp=seconds))
    )
    np.testing.assert_allclose(first.weights_, second.weights_, atol=1e-9)


def test_of_a_repeated_pair_the_last_time_counts_in_any_order_of_rows(ratings):
    again = pd.concat([ratings.assign(timestamp=ratings["timestamp"] - pd.Timedelta("700D")), ratings])
    model = SessionEASE(l2=5.0, session_minutes=9e4)
    expected = clone(model).fit(ratings).weights_
    np.testing.assert_allclose(clone(model).fit(again).weights_, expected, atol=1e-9)
    np.testing.assert_array_equal(
        clone(model).fit(again.sample(frac=1, random_state=0)).weights_, clone(model).fit(again).weights_
    )


@pytest.mark.parametrize("max_items", [None, 45])
def test_who_is_forgotten_was_never_there(max_items, ratings):
    model = SessionEASE(l2=5.0, session_minutes=9e4, max_items=max_items)
    left = clone(model).fit(ratings).forget([1000, 993])
    anew = clone(model).fit(ratings[~ratings["customer_id"].isin([1000, 993])])
    np.testing.assert_allclose(left.weights_, anew.weights_, atol=1e-9)
    pd.testing.assert_frame_equal(left.recommend(), anew.recommend(), rtol=1e-9)


def test_it_beats_ease_on_films_rated_in_sittings(movielens_100k):
    table = evaluate({"ease": EASE(), "in sessions": SessionEASE()}, movielens_100k, n_bootstrap=200)
    assert table.set_index("model").loc["in sessions", "ndcg_gain_low"] > 0


def test_it_needs_times(ratings):
    with pytest.raises(DataError, match="no column 'timestamp'"):
        SessionEASE().fit(ratings.drop(columns="timestamp"))


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"session_minutes": 0}, r"session_minutes must be above 0 and finite, but is 0"),
        ({"session_minutes": np.inf}, r"session_minutes must be above 0 and finite, but is inf"),
        ({"across": -0.1}, r"across must lie between 0 and 1, but is -0.1. 1 is EASE"),
        ({"across": 2}, r"across must lie between 0 and 1, but is 2"),
        ({"l2": 0}, r"l2 must be above 0, but is 0"),
    ],
)
def test_wrong_parameters_are_refused(wrong, text, ratings):
    with pytest.raises(ParameterError, match=text):
        SessionEASE(**wrong).fit(ratings)
