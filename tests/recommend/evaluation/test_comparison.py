"""The measures against loops written from their definitions, the splits, and the ranking of methods on real ratings."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import ndcg_score

from personakit.errors import DataError, ParameterError, UnknownNameError
from personakit.recommend import (
    EASE,
    ItemKNN,
    Popular,
    Random,
    Recommender,
    SurpriseRecommender,
    evaluate,
    ranking_metrics,
    split_interactions,
)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), k=st.integers(1, 12))
def test_the_measures_equal_a_loop_over_customers(seed, k):
    rng = np.random.default_rng(seed)
    held = pd.DataFrame({"customer_id": rng.integers(0, 6, 30), "product_id": rng.integers(0, 20, 30)})
    lists = pd.DataFrame(
        [
            (customer, product, rank + 1)
            for customer in range(1, 9)
            for rank, product in enumerate(rng.permutation(20)[:10])
        ],
        columns=["customer_id", "product_id", "rank"],
    )
    measured = ranking_metrics(lists, held, k=k)
    assert measured.index.tolist() == sorted(held["customer_id"].unique())
    for customer, row in measured.iterrows():
        wanted = set(held.loc[held["customer_id"] == customer, "product_id"])
        listed = lists.loc[lists["customer_id"] == customer, "product_id"].tolist()[:k]
        hits = [product in wanted for product in listed]
        assert row["recall"] == pytest.approx(sum(hits) / len(wanted))
        assert row["precision"] == pytest.approx(sum(hits) / k)
        assert row["hit_rate"] == float(any(hits))
        precisions = [sum(hits[: place + 1]) / (place + 1) for place, hit in enumerate(hits) if hit]
        assert row["map"] == pytest.approx(sum(precisions) / min(len(wanted), k))


def test_ndcg_equals_that_of_scikit_learn():
    rng = np.random.default_rng(1)
    relevance, scores = rng.random((30, 50)) < 0.1, rng.random((30, 50))
    relevance[:, 0] = True
    order = np.argsort(-scores, axis=1)[:, :10]
    lists = pd.DataFrame(
        {
            "customer_id": np.repeat(np.arange(30), 10),
            "product_id": order.ravel(),
            "rank": np.tile(np.arange(1, 11), 30),
        }
    )
    customers, products = np.nonzero(relevance)
    measured = ranking_metrics(lists, pd.DataFrame({"customer_id": customers, "product_id": products}), k=10)
    expected = [ndcg_score(relevance[[row]], scores[[row]], k=10) for row in range(30)]
    np.testing.assert_allclose(measured["ndcg"], expected)


@pytest.mark.parametrize("split", ["random", "last", "time"])
def test_no_pair_is_in_both_parts(split, make_ratings):
    ratings = pd.concat([make_ratings(), make_ratings().iloc[:300]])  # repeats, at the same and at other times
    ratings["timestamp"] = ratings["timestamp"].sample(frac=1, random_state=0).to_numpy()
    train, test = split_interactions(ratings, split=split, random_state=0)
    pairs = [set(zip(part["customer_id"], part["product_id"], strict=True)) for part in (train, test)]
    assert not pairs[0] & pairs[1]
    whole = train.merge(test[["customer_id", "timestamp"]], on="customer_id", suffixes=("", "_held"))
    if split == "random":
        assert len(train) + len(test) == len(ratings)
    elif split == "last":  # what she did again later would tell of what came next
        assert (whole["timestamp"] <= whole["timestamp_held"]).all()


def test_the_random_split_holds_out_a_quarter_of_each_customer(make_ratings):
    ratings = make_ratings()
    train, _ = split_interactions(ratings, random_state=1)
    counts = ratings.groupby("customer_id").size()
    kept = train.groupby("customer_id").size().reindex(counts.index)
    assert kept.tolist() == [round(0.75 * count) for count in counts]
    again, _ = split_interactions(ratings, random_state=1)
    other, _ = split_interactions(ratings, random_state=2)
    assert train.equals(again) and not train.equals(other)


def test_the_last_split_holds_out_what_came_last():
    visits = pd.DataFrame({"customer_id": [1, 1, 1, 2], "product_id": list("abca"), "timestamp": [5.0, 9.0, 7.0, 1.0]})
    train, test = split_interactions(visits, split="last")
    assert test["product_id"].tolist() == ["b"]
    assert len(train) == 3


def test_the_time_split_shows_nothing_after_its_moment_and_counts_no_repeat(make_ratings):
    ratings = make_ratings()
    repeat = ratings.iloc[[0]].assign(timestamp=ratings["timestamp"].max())
    ratings = pd.concat([ratings, repeat], ignore_index=True)
    ratings.loc[0, "timestamp"] = ratings["timestamp"].min()
    train, test = split_interactions(ratings, split="time", test_size=0.3)
    assert train["timestamp"].max() < test["timestamp"].min()
    assert 900 not in test.index and 900 not in train.index


class Spy(Recommender):
    """Remembers what it was shown."""

    shown: ClassVar[list[pd.DataFrame]] = []

    def _learn(self, frame, customers, products, weights):
        self.shown.append(frame)

    def _scorer(self, columns):
        return lambda rows: np.zeros((len(rows), len(self.products_) if columns is None else len(columns)))

    def _reasons(self, customer, product):
        return []


def test_a_model_is_shown_the_training_part_alone(make_ratings):
    ratings = make_ratings()
    evaluate({"spy": Spy()}, ratings, n_bootstrap=0, random_state=5)
    train, _ = split_interactions(ratings, random_state=np.random.RandomState(5))
    assert Spy.shown.pop().equals(train)


def test_ratings_from_another_table_are_shown_without_the_pairs_held_out(make_ratings):
    ratings = make_ratings()
    views = ratings[["customer_id", "product_id"]]
    beside = evaluate({"b": SurpriseRecommender("BaselineOnly")}, views, ratings=ratings, n_bootstrap=0)
    inside = evaluate({"b": SurpriseRecommender("BaselineOnly")}, ratings, n_bootstrap=0)
    pd.testing.assert_frame_equal(beside.drop(columns="seconds"), inside.drop(columns="seconds"))
    fitted = evaluate({"b": SurpriseRecommender("BaselineOnly").fit(ratings)}, views, n_bootstrap=0)
    pd.testing.assert_frame_equal(fitted.drop(columns="seconds"), inside.drop(columns="seconds"))
    with pytest.raises(
        DataError, match=r"The model 'b' predicts ratings, and interactions has no column 'rating'. Pass"
    ):
        evaluate({"b": SurpriseRecommender("BaselineOnly")}, views)


def test_the_interval_is_that_of_the_mean_over_customers(make_ratings):
    ratings = make_ratings(n_customers=300, n_products=50, n_rows=5000)
    table = evaluate({"random": Random(0), "popular": Popular()}, ratings, n_bootstrap=2000)
    lists = Random(0).fit(split_interactions(ratings, random_state=np.random.RandomState(0))[0]).recommend()
    held = split_interactions(ratings, random_state=np.random.RandomState(0))[1]
    values = ranking_metrics(lists, held)["ndcg"]
    error = 1.96 * values.std() / np.sqrt(len(values))
    assert table.loc[0, "ndcg"] == pytest.approx(values.mean())
    assert table.loc[0, "ndcg_high"] - table.loc[0, "ndcg_low"] == pytest.approx(2 * error, rel=0.08)
    assert table.loc[0, ["ndcg_gain", "ndcg_gain_low", "ndcg_gain_high"]].tolist() == [0, 0, 0]
    assert table.loc[1, "ndcg_gain"] == pytest.approx(table.loc[1, "ndcg"] - table.loc[0, "ndcg"])
    assert table.loc[1, "ndcg_gain_low"] < table.loc[1, "ndcg_gain"] < table.loc[1, "ndcg_gain_high"]


def test_on_movielens_item_models_beat_popularity_beats_chance_and_ratings_rank_poorly(movielens_100k):
    models = {
        "popular": Popular(),
        "ease": EASE(),
        "knn": ItemKNN(),
        "svd": SurpriseRecommender("SVD", random_state=0, clip=False),
        "random": Random(0),
    }
    table = evaluate(models, movielens_100k, n_bootstrap=300).set_index("model")
    ndcg = table["ndcg"]
    assert ndcg["ease"] > ndcg["knn"] > ndcg["popular"] > ndcg["svd"] > ndcg["random"]
    assert table.loc["ease", "ndcg_low"] > table.loc["knn", "ndcg_high"]
    assert table.loc["knn", "ndcg_gain_low"] > 0 > table.loc["svd", "ndcg_gain_high"]
    assert table.loc["random", "coverage"] > 0.9 > 0.1 > table.loc["popular", "coverage"]


def test_wrong_calls_say_what_to_do(make_ratings):
    ratings = make_ratings()
    with pytest.raises(ParameterError, match=r"models is empty. Pass at least one"):
        evaluate({}, ratings)
    with pytest.raises(
        UnknownNameError, match=r"baseline 'popul' is not among the models \(popular\). Did you mean 'popular'"
    ):
        evaluate({"popular": Popular()}, ratings, baseline="popul")
    with pytest.raises(
        ParameterError, match=r"split must be one of random, last, time, cold_users, cold_items, but is 'fold'"
    ):
        evaluate({"popular": Popular()}, ratings, split="fold")
    with pytest.raises(ParameterError, match=r"test_size must lie between 0 and 1, e.g. 0.25, but is 25"):
        evaluate({"popular": Popular()}, ratings, test_size=25)
    with pytest.raises(DataError, match=r"The 'random' split of 1 rows leaves nothing to test on"):
        evaluate({"popular": Popular()}, ratings.iloc[:1])
    with pytest.raises(ParameterError, match=r"k must be a whole number of products >= 1, but is 0"):
        ranking_metrics(ratings.assign(rank=1), ratings, k=0)
