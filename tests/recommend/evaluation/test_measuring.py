"""`evaluate` on every split: what models see, what is ranked, how it is labelled, and what it says of bad input."""

from __future__ import annotations

import warnings
from typing import get_args

import numpy as np
import pandas as pd
import pytest

from personakit.errors import DataError, ParameterError, UnknownNameError
from personakit.recommend import (
    EASE,
    ContentRecommender,
    ItemKNN,
    Popular,
    ProductFeatures,
    Random,
    Recommender,
    SurpriseRecommender,
    evaluate,
    evaluate_each,
    quality_by_group,
    ranking_metrics,
    split_interactions,
)
from personakit.recommend.evaluation import Split, list_metrics, ranking_auc, split_parts


class Constant(Recommender):
    """Scores everything alike, with NaN or nothing where the test wants it."""

    def __init__(self, fill=1.0, bad_customer=None):
        self.fill = fill
        self.bad_customer = bad_customer

    def _learn(self, frame, customers, products, weights):
        self.width_ = len(self.products_)

    def _scorer(self, columns):
        def score(rows):
            block = np.ones((len(rows), self.width_ if columns is None else len(columns)))
            hurt = rows == self.customers_.codes([self.bad_customer])[0] if self.bad_customer else slice(None)
            block[hurt] = self.fill
            return block

        return score

    def _reasons(self, customer, product):
        return []


class FromHistory(Popular):
    """Recommends from a history what is popular, and remembers what it was given."""

    given: list = []  # noqa: RUF012

    def recommend_from(self, interactions, k=10):
        self.given.append(interactions)
        return self.recommend(interactions["customer_id"].unique(), k)


def test_new_customers_are_strangers_unless_a_model_takes_their_history(make_ratings):
    ratings = make_ratings()
    parts = split_parts(ratings, split="cold_users", random_state=np.random.RandomState(0))
    FromHistory.given.clear()
    each = evaluate_each(
        {"plain": Constant(), "told": FromHistory()}, ratings, split="cold_users", metrics=["ndcg", "auc"]
    )
    (given,) = FromHistory.given
    assert given.equals(parts.history)
    assert set(each["customer_id"]) == set(parts.test["customer_id"])
    plain, told = (each[each["model"] == name].reset_index(drop=True) for name in ("plain", "told"))
    assert plain["ndcg"].tolist() == told["ndcg"].tolist()  # what they had is left out of both lists
    assert plain["auc"].notna().all() and told["auc"].isna().all()
    counts = parts.history.groupby("customer_id")["product_id"].nunique()
    assert plain.set_index("customer_id")["n_history"].tolist() == counts.tolist()
    model = Popular().fit(parts.train)
    for customer, value in plain.set_index("customer_id")["ndcg"].items():
        had = set(parts.history.loc[parts.history["customer_id"] == customer, "product_id"])
        listed = [product for product in model.recommend([customer], 60)["product_id"] if product not in had][:10]
        lists = pd.DataFrame({"customer_id": customer, "product_id": listed, "rank": range(1, 11)})
        held = parts.test[parts.test["customer_id"] == customer]
        assert value == pytest.approx(ranking_metrics(lists, held)["ndcg"].item())


def test_a_model_that_folds_histories_in_serves_new_customers_better_than_popularity(movielens_100k):
    models = {"popular": Popular(), "ease": EASE()}
    table = evaluate(models, movielens_100k, split="cold_users", n_bootstrap=200).set_index("model")
    assert table.loc["ease", "ndcg_gain_low"] > 0.05


def test_new_products_are_misses_for_a_model_that_does_not_know_them(make_ratings):
    table = evaluate({"knn": ItemKNN()}, make_ratings(), split="cold_items", metrics=["ndcg", "auc"], n_bootstrap=0)
    assert table[["ndcg", "auc"]].to_numpy().tolist() == [[0.0, 0.0]]


def test_more_metrics_come_by_name_and_equal_their_own_functions(make_ratings):
    ratings = make_ratings()
    names = ["mrr", "auc", "novelty", "diversity", "serendipity", "popularity_lift", "filled", "gini"]
    table = evaluate({"knn": ItemKNN()}, ratings, metrics=names, n_bootstrap=50)
    train, held = split_interactions(ratings, random_state=np.random.RandomState(0))
    model = ItemKNN().fit(train)
    lists = model.recommend(held["customer_id"].unique())
    told = list_metrics(lists, train, held_out=held, obvious=Popular().fit(train).recommend())
    for name in ("novelty", "diversity", "serendipity", "popularity_lift", "filled"):
        assert table.loc[0, name] == pytest.approx(told[name].mean())
        assert table.loc[0, f"{name}_low"] <= table.loc[0, name] <= table.loc[0, f"{name}_high"]
    auc = ranking_auc(lambda ids: model.scores(ids, None), held, products=model.products_.ids, seen=train)
    assert table.loc[0, "auc"] == pytest.approx(auc.mean())
    assert table.loc[0, "mrr"] == pytest.approx(ranking_metrics(lists, held)["mrr"].mean())
    assert {"mrr_gain", "mrr_gain_p", "gini"} <= set(table.columns) and "ndcg" not in table.columns


def test_errors_of_ratings_equal_those_of_scikit_learn_and_are_nan_for_models_without(make_ratings):
    from sklearn.metrics import mean_absolute_error, root_mean_squared_error

    ratings = make_ratings()
    models = {"base": SurpriseRecommender("BaselineOnly"), "popular": Popular()}
    table = evaluate(models, ratings, metrics=["ndcg", "rmse", "mae"], n_bootstrap=0).set_index("model")
    train, held = split_interactions(ratings, random_state=np.random.RandomState(0))
    estimates = SurpriseRecommender("BaselineOnly").fit(train).predict(held["customer_id"], held["product_id"])
    assert table.loc["base", "rmse"] == pytest.approx(root_mean_squared_error(held["rating"], estimates))
    assert table.loc["base", "mae"] == pytest.approx(mean_absolute_error(held["rating"], estimates))
    assert table.loc["popular", ["rmse", "mae"]].isna().all()
    with pytest.raises(DataError, match=r"metrics asks for rmse or mae, and interactions has no column 'rating'"):
        evaluate({"p": Popular()}, ratings.drop(columns="rating"), metrics=["ndcg", "rmse"])


def test_all_products_are_ranked_unless_asked_and_sampled_figures_are_labelled_and_larger(make_ratings):
    ratings = make_ratings()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        full = evaluate({"knn": ItemKNN(), "random": Random(0)}, ratings, n_bootstrap=0)
    with pytest.warns(UserWarning, match=r"ranked among 5 sampled products, not among all.*Krichene and Rendle 2020"):
        sampled = evaluate({"knn": ItemKNN(), "random": Random(0)}, ratings, n_candidates=5, n_bootstrap=0)
    assert "candidates" not in full.columns and full.attrs["candidates"] == "all"
    assert sampled["candidates"].tolist() == ["5 sampled"] * 2 and sampled.attrs["candidates"] == 5
    assert (sampled["ndcg"] > full["ndcg"]).all()
    with pytest.warns(UserWarning):  # all of them are the same as no sampling
        every = evaluate({"knn": ItemKNN()}, ratings, n_candidates=60, n_bootstrap=0)
    assert every.loc[0, "ndcg"] == pytest.approx(full.loc[0, "ndcg"])
    with pytest.raises(ParameterError, match=r"n_candidates must be a whole number of products >= 1"):
        evaluate({"knn": ItemKNN()}, ratings, n_candidates=0)


def test_p_values_tell_a_difference_from_none(movielens_100k):
    table = evaluate({"ease": EASE(), "same": EASE(), "popular": Popular()}, movielens_100k, n_bootstrap=50)
    p_values = table.set_index("model")["ndcg_gain_p"]
    assert np.isnan(p_values["ease"]) and p_values["same"] == 1.0 and p_values["popular"] == pytest.approx(2e-4)


def test_quality_by_group_is_the_mean_of_each_group(make_ratings):
    ratings = make_ratings(n_customers=80, n_rows=2000)
    each = evaluate_each({"knn": ItemKNN(), "random": Random(0)}, ratings)
    people = pd.DataFrame({"customer_id": each["customer_id"].unique()})
    people["region"] = np.where(people["customer_id"] % 2, "north", None)
    table = quality_by_group(each, people, "region")
    assert table["group"].tolist() == ["north", "unknown"] * 2
    for row in table.itertuples():
        values = each.query("model == @row.model")["ndcg"][
            (each["customer_id"] % 2 == 1) == (row.group == "north")
        ]  # fmt: skip
        assert row.mean == pytest.approx(values.mean()) and row.customers == len(values)
        half = 1.96 * values.std() / np.sqrt(len(values))
        assert row.high - row.low == pytest.approx(2 * half, rel=0.25)
    assert (table.groupby("model")["gap"].max() == 0).all()
    with pytest.raises(DataError, match=r"customers has no column 'regio' .* Did you mean 'region'\?"):
        quality_by_group(each, people, "regio")
    with pytest.raises(DataError, match=r"each has no column 'auc'"):
        quality_by_group(each, people, "region", metric="auc")
    with pytest.raises(DataError, match=r"customers.region puts 1 customers into two groups"):
        quality_by_group(each, pd.concat([people, people.iloc[:1].assign(region="south")]), "region")


def test_the_table_does_not_change_under_shuffled_rows_and_other_ids(make_ratings):
    ratings = make_ratings()
    names = ["ndcg", "map", "auc", "novelty", "diversity", "gini"]
    ratings["timestamp"] += pd.to_timedelta(np.arange(len(ratings)), unit="s")  # no two moments alike
    other = ratings.assign(
        customer_id="c" + (ratings["customer_id"] + 5000).astype(str),
        product_id=ratings["product_id"].str[1:].astype(int),
    ).sample(frac=1, random_state=1)  # both in their old order, in which ties are decided
    tables = [evaluate({"knn": ItemKNN()}, frame, split="last", metrics=names, n_bootstrap=0) for frame in
              (ratings, other)]  # fmt: skip
    pd.testing.assert_frame_equal(*(table.drop(columns="seconds") for table in tables))


@pytest.mark.parametrize("bad_customer", [None, 944])
def test_nan_scores_are_refused_and_the_model_is_named(make_ratings, bad_customer):
    with pytest.raises(
        DataError, match=r"The model 'broken' cannot be measured. The model scores NaN for \d+ customers"
    ):
        evaluate({"broken": Constant(np.nan, bad_customer)}, make_ratings())


class Rated(Popular):
    """Learns from ratings, and remembers them."""

    needs_ratings = True
    given: list = []  # noqa: RUF012

    def fit(self, interactions, y=None):
        self.given.append(interactions)
        return super().fit(interactions)


@pytest.mark.parametrize("split", get_args(Split))
def test_ratings_beside_the_interactions_tell_nothing_of_what_is_held_out(split, make_ratings):
    visits = make_ratings().drop(columns="rating")
    beside = make_ratings(n_rows=1500, seed=1)  # of many pairs that were never visited
    later = beside["timestamp"] + pd.Timedelta(days=30)
    beside = pd.concat([make_ratings().assign(timestamp=later.iloc[:900].to_numpy()), beside])
    parts = split_parts(visits, split=split, random_state=np.random.RandomState(0))
    Rated.given.clear()
    evaluate({"rated": Rated()}, visits, split=split, ratings=beside, n_bootstrap=0)
    (given,) = Rated.given
    assert len(given) > 100
    held = parts.test[["customer_id", "product_id"]]
    assert given.merge(held, on=["customer_id", "product_id"]).empty
    if split == "cold_users":
        assert not set(given["customer_id"]) & (set(parts.test["customer_id"]) | set(parts.history["customer_id"]))
    if split == "cold_items":
        assert not set(given["product_id"]) & set(parts.test["product_id"])
    if split == "time":
        assert given["timestamp"].max() <= parts.train["timestamp"].max()
    if split == "last":
        until = given["customer_id"].map(parts.test.set_index("customer_id")["timestamp"])
        assert (given["timestamp"] <= until).all()


def test_coverage_counts_new_products_where_they_are_what_is_measured(make_ratings):
    ratings = make_ratings()
    shop = pd.DataFrame({"product_id": ratings["product_id"].unique()})
    shop["title"] = "number " + shop["product_id"]
    model = ContentRecommender(shop, features=ProductFeatures(min_df=1))
    table = evaluate({"content": model}, ratings, split="cold_items", k=60, n_bootstrap=0)
    assert table.loc[0, "coverage"] == 1.0


def test_a_metric_that_no_customer_has_a_value_for_leaves_the_others_alone(make_ratings):
    models = {"told": FromHistory(), "plain": Constant(), "again": Constant()}
    for baseline, p_values in (("told", [np.nan] * 3), ("plain", [np.nan, np.nan, 1.0])):
        table = evaluate(
            models, make_ratings(), split="cold_users", metrics=["auc", "ndcg"], baseline=baseline, n_bootstrap=20
        )
        np.testing.assert_array_equal(table["auc_gain_p"], p_values)
        assert table["ndcg"].notna().all()


def test_what_is_no_model_is_refused(make_ratings):
    ratings = make_ratings()
    with pytest.raises(ParameterError, match=r"models is a list. Pass recommenders by name"):
        evaluate([Popular()], ratings)
    with pytest.raises(ParameterError, match=r"The model 'p' is no recommender but <class .*Popular'>. Pass an inst"):
        evaluate({"p": Popular}, ratings)
    with pytest.raises(ParameterError, match=r"n_bootstrap must be a whole number >= 0, e.g. 1000, but is 0.5"):
        evaluate({"p": Popular()}, ratings, n_bootstrap=0.5)
    with pytest.raises(DataError, match=r"interactions.rating has \d+ missing values"):
        evaluate({"p": Popular()}, ratings.assign(rating=np.nan), metrics=["ndcg", "rmse"])


def test_a_model_that_lists_nothing_measures_nought(make_ratings):
    table = evaluate(
        {"empty": Constant(-np.inf)}, make_ratings(), metrics=["ndcg", "filled", "novelty"], n_bootstrap=20
    )
    assert table.loc[0, ["ndcg", "filled", "coverage"]].tolist() == [0.0, 0.0, 0.0] and np.isnan(
        table.loc[0, "novelty"]
    )


def test_one_customer_and_two_products_are_enough():
    visits = pd.DataFrame({"customer_id": [1, 1], "product_id": ["a", "b"], "timestamp": [1.0, 2.0]})
    table = evaluate({"p": Popular(), "r": Random(0)}, visits, split="last", metrics=["ndcg", "auc"], n_bootstrap=20)
    assert table["ndcg"].tolist() == [0.0, 0.0] and table.loc[1, "ndcg_gain_p"] == 1.0  # nobody could have known b
    with pytest.raises(DataError, match=r"The 'last' split of 1 rows leaves nothing to test on"):
        evaluate({"p": Popular()}, visits.iloc[:1], split="last")


def test_a_split_in_which_nobody_is_in_both_parts_says_so():
    visits = pd.DataFrame({"customer_id": range(8), "product_id": range(8), "timestamp": np.arange(8.0)})
    with pytest.raises(DataError, match=r"no customer has interactions in both parts, so nobody can be measured"):
        evaluate({"p": Popular()}, visits, split="time")


def test_wrong_metrics_and_k_say_what_to_do(make_ratings):
    ratings = make_ratings()
    with pytest.raises(UnknownNameError, match=r"metrics names 'nDCG@10', which is none of: ndcg, .*"):
        evaluate({"p": Popular()}, ratings, metrics=["nDCG@10"])
    with pytest.raises(UnknownNameError, match=r"metrics names 'recal', .* Did you mean 'recall'\?"):
        evaluate({"p": Popular()}, ratings, metrics=["recal"])
    with pytest.raises(ParameterError, match=r"metrics must be a list of names, but is 'ndcg'"):
        evaluate({"p": Popular()}, ratings, metrics="ndcg")
    with pytest.raises(ParameterError, match=r"metrics holds nothing that is measured by customer"):
        evaluate({"p": Popular()}, ratings, metrics=["rmse"])
    with pytest.raises(ParameterError, match=r"k must be a whole number of products >= 1, but is 0"):
        evaluate({"p": Popular()}, ratings, k=0)
