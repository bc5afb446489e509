"""Novelty, diversity, serendipity, popularity bias and exposure against their definitions, pair by pair."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics.pairwise import cosine_similarity

from personakit.errors import DataError
from personakit.recommend import EASE, Popular, Random, catalogue_metrics, list_metrics
from personakit.recommend.evaluation import exposure_gini


@pytest.fixture
def fitted(make_ratings):
    train = make_ratings()
    return train, Random(0).fit(train).recommend(k=6)


@pytest.mark.parametrize("described", [True, False])
def test_diversity_is_one_less_the_mean_cosine_over_all_pairs(fitted, described):
    train, lists = fitted
    products = np.sort(train["product_id"].unique())
    if described:
        features = pd.DataFrame(np.random.default_rng(1).normal(size=(len(products), 5)), index=products)
        features.iloc[3] = 0.0  # no features at all: like nothing
        similar = pd.DataFrame(cosine_similarity(features), index=products, columns=products)
    else:
        features = None
        had = pd.crosstab(train["product_id"], train["customer_id"]).clip(upper=1)
        similar = pd.DataFrame(cosine_similarity(had), index=had.index, columns=had.index)
    measured = list_metrics(lists, train, k=6, features=features)["diversity"]
    for customer, listed in lists.groupby("customer_id")["product_id"]:
        expected = 1 - np.mean([similar.loc[one, other] for one, other in combinations(listed, 2)])
        assert measured[customer] == pytest.approx(expected, abs=1e-9)


def test_novelty_and_popularity_are_means_over_the_list(fitted):
    train, lists = fitted
    measured = list_metrics(lists, train, k=6)
    share = train.groupby("product_id")["customer_id"].nunique() / train["customer_id"].nunique()
    for customer, listed in lists.groupby("customer_id")["product_id"]:
        own = share[train.loc[train["customer_id"] == customer, "product_id"].unique()].mean()
        assert measured.loc[customer, "novelty"] == pytest.approx(-np.log2(share[listed]).mean())
        assert measured.loc[customer, "popularity"] == pytest.approx(share[listed].mean())
        assert measured.loc[customer, "popularity_lift"] == pytest.approx(share[listed].mean() / own - 1)


def test_serendipity_counts_hits_that_popularity_does_not_give():
    train = pd.DataFrame({"customer_id": [1, 2, 2], "product_id": ["z", "a", "b"]})
    lists = pd.DataFrame({"customer_id": [1] * 4, "product_id": list("abcd"), "rank": [1, 2, 3, 4]})
    obvious = lists.assign(product_id=list("axyw"))
    held = pd.DataFrame({"customer_id": [1, 1, 1, 2], "product_id": ["a", "b", "c", "d"]})
    measured = list_metrics(lists, train, k=4, held_out=held, obvious=obvious)
    assert measured["serendipity"].tolist() == [0.5]
    assert list_metrics(obvious, train, k=4, held_out=held, obvious=obvious)["serendipity"].tolist() == [0.0]


def test_strangers_and_lists_of_one_have_no_lift_and_no_diversity():
    train = pd.DataFrame({"customer_id": [1, 2], "product_id": ["a", "a"]})
    lists = pd.DataFrame({"customer_id": [9], "product_id": ["new"], "rank": [1]})
    row = list_metrics(lists, train, k=2).loc[9]
    assert np.isnan(row["diversity"]) and np.isnan(row["popularity_lift"]) and np.isnan(row["serendipity"])
    assert row["novelty"] == 2.0 and row["filled"] == 0.5  # half a customer of two: two bits


def test_gini_equals_the_mean_difference_over_twice_the_mean():
    counts = np.random.default_rng(0).integers(0, 50, 40)
    mean_difference = np.abs(counts[:, None] - counts[None, :]).mean()
    assert exposure_gini(counts) == pytest.approx(mean_difference / (2 * counts.mean()))
    assert exposure_gini(np.eye(1, 10)[0]) == pytest.approx(0.9)
    assert np.isnan(exposure_gini(np.zeros(3)))


def test_on_movielens_popularity_is_biased_and_chance_is_not(movielens_100k):
    lists = {name: model.fit(movielens_100k).recommend() for name, model in
             {"popular": Popular(), "ease": EASE(), "random": Random(0)}.items()}  # fmt: skip
    mean = {name: list_metrics(table, movielens_100k).mean() for name, table in lists.items()}
    whole = {name: catalogue_metrics(table, pd.Index(movielens_100k["product_id"].unique()))
             for name, table in lists.items()}  # fmt: skip
    for better, worse in (("random", "ease"), ("ease", "popular")):
        assert mean[better]["novelty"] > mean[worse]["novelty"]
        assert mean[better]["popularity_lift"] < mean[worse]["popularity_lift"]
        assert whole[better]["coverage"] > whole[worse]["coverage"]
        assert whole[better]["gini"] < whole[worse]["gini"]


def test_features_that_cannot_be_used_are_refused(fitted):
    train, lists = fitted
    products = train["product_id"].unique()
    features = pd.DataFrame({"size": 1.0}, index=products)
    with pytest.raises(DataError, match=r"features describes \d+ recommended products not at all .*set_index"):
        list_metrics(lists, train, features=features.iloc[:5])
    with pytest.raises(DataError, match=r"features holds values that are not numbers. .*get_dummies"):
        list_metrics(lists, train, features=features.assign(colour="red"))
    with pytest.raises(DataError, match=r"features has 60 values that are NaN or infinite"):
        list_metrics(lists, train, features=features.assign(size=np.nan))
    with pytest.raises(DataError, match=r"features describes .* twice"):
        list_metrics(lists, train, features=pd.concat([features, features]))
