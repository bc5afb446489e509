"""What holds for every recommender."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone

from personakit.errors import ConsentError, DataError, NotFittedError, ParameterError
from personakit.recommend import (
    ALS,
    BPR,
    EASE,
    SLIM,
    ItemKNN,
    NextItem,
    Popular,
    Random,
    SessionEASE,
    StackedRanker,
    SurpriseRecommender,
    WeightedHybrid,
)

MODELS = {
    "ease": EASE(l2=5.0),
    "ease cut": EASE(l2=5.0, max_items=45),
    "ease in sessions": SessionEASE(l2=5.0, session_minutes=9e4),
    "item knn": ItemKNN(n_neighbors=10),
    "item knn aged": ItemKNN("bm25", n_neighbors=10, half_life_days=90),
    "slim": SLIM(l1=0.5, l2=5.0, tol=1e-10),
    "als": ALS(n_factors=6, alpha=3.0, regularization=0.5),
    "next item": NextItem(n_neighbors=20),
    "next item, only order": NextItem(co_occurrence=0.0, half_life_days=30),
    "bpr": BPR(n_factors=5, iterations=20),
    "popular": Popular(),
    "popular lately": Popular(half_life_days=30),
    "random": Random(random_state=3),
    "svd": SurpriseRecommender("SVD", n_factors=4, random_state=0),
    "svd++ unclipped": SurpriseRecommender("SVDpp", n_factors=3, n_epochs=3, random_state=0, clip=False),
    "nmf": SurpriseRecommender("NMF", n_factors=3, random_state=0),
    "slope one": SurpriseRecommender("SlopeOne"),
    "surprise knn": SurpriseRecommender("KNNBaseline", k=5),
    "normal": SurpriseRecommender("NormalPredictor", random_state=1),
    "blend": WeightedHybrid({"ease": EASE(l2=5.0), "knn": ItemKNN(n_neighbors=10)}, [0.7, 0.3]),
    "stacked": StackedRanker({"ease": EASE(l2=5.0), "popular": Popular()}),
    "blend by rank": WeightedHybrid([ItemKNN(n_neighbors=10), Popular()], normalise="rank"),
}
SHUFFLED = {name for name in MODELS if not isinstance(MODELS[name], (Random, SurpriseRecommender))}
every_model = pytest.mark.parametrize("name", list(MODELS))


@every_model
def test_a_list_is_ranked_complete_and_holds_nothing_seen(name, whole_stars):
    lists = clone(MODELS[name]).fit(whole_stars).recommend(k=7)
    assert list(lists.columns) == ["customer_id", "product_id", "score", "rank"]
    assert lists["rank"].tolist() == list(range(1, 8)) * 40
    assert lists["customer_id"].unique().tolist() == sorted(whole_stars["customer_id"].unique())
    assert lists.merge(whole_stars, on=["customer_id", "product_id"]).empty
    for _, one in lists.groupby("customer_id"):
        pairs = [(-score, product) for score, product in zip(one["score"], one["product_id"], strict=True)]
        assert pairs == sorted(pairs)


@every_model
def test_contributions_add_up_to_the_score(name, whole_stars):
    model = clone(MODELS[name]).fit(whole_stars)
    for one in model.recommend(k=3).iloc[::17].itertuples():
        reasons = model.explain(one.customer_id, one.product_id)
        assert list(reasons.columns) == ["reason", "product_id", "contribution"]
        assert reasons["contribution"].sum() == pytest.approx(one.score, abs=1e-9)
        assert reasons.attrs["score"] == pytest.approx(one.score, abs=1e-9)
        assert reasons["contribution"].is_monotonic_decreasing


@every_model
def test_strangers_get_what_is_popular(name, whole_stars):
    model = clone(MODELS[name]).fit(whole_stars)
    lists = model.recommend([-1, 1000, "who"], k=4)
    owners = whole_stars.groupby("product_id").size()
    if isinstance(model, Popular):  # the same list for everybody
        owners = pd.Series(model.scores_, model.products_.ids)
    expected = owners.sort_index().sort_values(ascending=False, kind="stable").index[:4].tolist()
    assert lists["customer_id"].tolist() == [-1] * 4 + [1000] * 4 + ["who"] * 4
    assert lists.loc[lists["customer_id"] == "who", "product_id"].tolist() == expected
    popularity = owners.max() if isinstance(model, Popular) else owners.max() / 40
    assert lists["score"].iloc[0] == popularity
    assert model.knows([-1, 1000]).tolist() == [False, True]
    assert model.explain("who", expected[0])["contribution"].tolist() == [popularity]
    assert model.explain(1000, "no such product")["contribution"].tolist() == [0.0]


@every_model
def test_clone_and_parameters_work_as_in_scikit_learn(name):
    model = MODELS[name]
    twin = clone(model)
    assert twin is not model and repr(twin.get_params()) == repr(model.get_params())  # members are cloned too
    assert type(model)(**model.get_params()).get_params() == model.get_params()
    assert type(model).__name__ in repr(twin)


@every_model
def test_neither_the_size_of_blocks_nor_the_company_matters(name, whole_stars):
    model = clone(MODELS[name]).fit(whole_stars)
    whole = model.recommend(k=5)
    for other in (model.recommend(k=5, block_size=7), model.recommend(whole["customer_id"].unique()[::-1], k=5)):
        other = other.sort_values(["customer_id", "rank"]).reset_index(drop=True)
        np.testing.assert_allclose(other["score"], whole["score"], atol=1e-9)
        assert other["product_id"].tolist() == whole["product_id"].tolist()


@every_model
def test_candidates_limit_the_list_and_unknown_ones_are_left_out(name, whole_stars):
    model = clone(MODELS[name]).fit(whole_stars)
    lists = model.recommend([1000, "who"], k=60, candidates=["p003", "new", "p011", "p040"], exclude_seen=False)
    assert set(lists["product_id"]) <= {"p003", "p011", "p040"}
    full = model.recommend([1000], k=60, exclude_seen=False).set_index("product_id")["score"]
    mine = lists[lists["customer_id"] == 1000].set_index("product_id")["score"]
    np.testing.assert_allclose(mine, full[mine.index], atol=1e-9)
    assert model.recommend([1000, "who"], candidates=["new"]).empty


def test_more_than_the_catalogue_gives_the_catalogue(ratings):
    model = Popular().fit(ratings)
    assert len(model.recommend([1000], k=10_000, exclude_seen=False)) == 60
    n_seen = (ratings["customer_id"] == 1000).sum()
    assert len(model.recommend([1000], k=10_000)) == 60 - n_seen


def test_one_id_a_table_and_repeats_are_all_ways_to_say_for_whom(ratings):
    model = Popular().fit(ratings)
    expected = model.recommend([1000])
    assert model.recommend(1000).equals(expected)
    assert model.recommend(pd.DataFrame({"customer_id": [1000, 1000]})).equals(expected)
    assert model.recommend([]).empty


def test_no_length_costs_memory_beyond_the_catalogue(ratings):
    assert len(Popular().fit(ratings).recommend([1000, "who"], k=10**12, exclude_seen=False)) == 120


def test_products_come_as_a_table_too_and_not_as_a_mask_or_in_another_type(ratings):
    model = ItemKNN().fit(ratings.assign(product_id=ratings["product_id"].str[1:].astype(int)))
    table = pd.DataFrame({"price": 1.0, "product_id": [3, 11, 40]})
    options = {"k": 3, "exclude_seen": False}
    assert model.recommend(1000, candidates=table, **options).equals(
        model.recommend(1000, candidates=[3, 11, 40], **options)
    )
    np.testing.assert_array_equal(model.scores(1000, table), model.scores(1000, [3, 11, 40]))
    assert model.neighbours(table).equals(model.neighbours([3, 11, 40]))
    ways = [
        lambda given: model.recommend(1000, candidates=given),
        lambda given: model.scores(1000, given),
        lambda given: model.neighbours(given),
    ]
    for ask, name in zip(ways, ["candidates", "product_ids", "product_ids"], strict=True):
        with pytest.raises(ParameterError, match=f"{name} holds True and False, not product ids"):
            ask(table["price"] > 0)
        with pytest.raises(ParameterError, match=f"{name} must be a collection of product ids, but is array"):
            ask(np.array([[3, 11]]))
        with pytest.raises(ParameterError, match=f"{name} must be a collection of product ids, but is 'p003'"):
            ask("p003")
        with pytest.raises(DataError, match=rf"{name}: there is no product '3' \(str\), but 3 \(int\). Ask with the"):
            ask(["3", "11"])
        with pytest.raises(DataError, match=rf"{name} is a table without the column 'product_id' \(columns: price\)"):
            ask(table[["price"]])


def test_customers_in_another_type_are_no_strangers(ratings):
    model = SurpriseRecommender("BaselineOnly").fit(ratings)
    text = r"there is no customer '1000' \(str\), but 1000 \(int\). Ask with the type"
    with pytest.raises(DataError, match=f"SurpriseRecommender.recommend: {text}"):
        model.recommend(["1000"])
    with pytest.raises(DataError, match=f"SurpriseRecommender.scores: {text}"):
        model.scores(["1000"], None)
    with pytest.raises(DataError, match=f"SurpriseRecommender.predict: {text}"):
        model.predict(["1000"], ["p003"])
    with pytest.raises(DataError, match="A tuple is one id: pass a list"):
        model.recommend((1000, 993))


def test_a_table_whose_ids_changed_their_type_is_neither_learnt_nor_taken_for_news(ratings):
    ratings["product_id"] = ratings["product_id"].str[1:].astype(int)
    model = ItemKNN().fit(ratings)
    with pytest.raises(DataError, match=r"ItemKNN.update: there is no customer '\d+' \(str\), but \d+ \(int\)"):
        model.update(ratings.astype({"customer_id": str}))
    for learn in (model.update, model.recommend_from):
        with pytest.raises(DataError, match=r"interactions.product_id: there is no product '\d+' \(str\), but \d+"):
            learn(ratings.astype({"product_id": str}))
    assert len(model.customers_) == 40 and len(model.products_) == 60


def test_a_fit_that_fails_leaves_no_half_of_two_models(ratings):
    model = EASE().fit(ratings)
    with pytest.raises(ParameterError, match="max_memory"):
        model.set_params(max_memory=1e-9).fit(ratings.iloc[:50])
    with pytest.raises(NotFittedError, match=r"EASE.recommend was called before fit"):
        model.recommend()


@pytest.mark.parametrize("k", [0, -3, 2.0, True, "ten"])
def test_a_length_that_is_none_is_refused(k, ratings):
    with pytest.raises(ParameterError, match=r"k must be a whole number of products >= 1"):
        Popular().fit(ratings).recommend(k=k)


def test_other_wrong_calls_say_what_to_do(ratings):
    with pytest.raises(NotFittedError, match=r"EASE.recommend was called before fit. Call EASE\(...\).fit"):
        EASE().recommend()
    with pytest.raises(NotFittedError, match=r"EASE.explain was called before fit"):
        EASE().explain(1, 2)
    model = Popular().fit(ratings)
    with pytest.raises(ParameterError, match=r"candidates must be a collection of product ids, but is 'p003'"):
        model.recommend(candidates="p003")
    with pytest.raises(DataError, match=r"table without the column 'customer_id' \(columns: id\)"):
        model.recommend(pd.DataFrame({"id": [1]}))


def test_data_released_for_one_purpose_is_not_used_for_another(ratings):
    ratings.attrs["purpose"] = "recommendations"
    model = Popular().fit(ratings)
    people = pd.DataFrame({"customer_id": [1000]})
    assert model.purpose_ == "recommendations"
    assert model.recommend(people).attrs["purpose"] == "recommendations"
    people.attrs["purpose"] = "recommendations"
    assert len(model.recommend(people)) == 10
    people.attrs["purpose"] = "advertising"
    with pytest.raises(ConsentError, match="released for 'recommendations' and may not be used for 'advertising'"):
        model.recommend(people)


def test_lists_carry_the_purpose_of_whichever_table_has_one(ratings):
    model, hers = Popular().fit(ratings), ratings.iloc[:3].copy()
    hers.attrs["purpose"] = "recommendations"
    assert model.recommend(hers).attrs["purpose"] == model.recommend_from(hers).attrs["purpose"] == "recommendations"
    assert "purpose" not in model.recommend([1000]).attrs


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), name=st.sampled_from(sorted(SHUFFLED)))
def test_the_order_of_rows_and_repeats_do_not_matter(seed, name):
    rng = np.random.default_rng(seed)
    table = pd.DataFrame({"customer_id": rng.integers(0, 12, 80), "product_id": rng.integers(0, 25, 80)})
    table["timestamp"] = rng.integers(0, 10**7, 80)
    shuffled = pd.concat([table, table.iloc[:9]]).sample(frac=1, random_state=seed)
    first, second = (clone(MODELS[name]).fit(each).recommend(k=6) for each in (table, shuffled))
    pd.testing.assert_frame_equal(first, second, check_exact=True)


@every_model
def test_scores_are_those_of_the_lists_in_the_order_asked_for(name, whole_stars):
    model = clone(MODELS[name]).fit(whole_stars)
    lists = model.recommend([1000, 993], k=5, exclude_seen=False)
    products = ["nothing", *lists["product_id"].unique()[::-1]]
    scores = model.scores([993, "who", 1000, 993], products)
    table = pd.DataFrame(scores, index=[993, "who", 1000], columns=products)
    assert np.isneginf(table["nothing"]).all()
    for one in lists.itertuples():
        assert table.loc[one.customer_id, one.product_id] == pytest.approx(one.score, abs=1e-12)
    assert table.loc["who", products[1]] == model.explain("who", products[1]).attrs["score"]
    assert model.scores(None, None).shape == (40, 60)
