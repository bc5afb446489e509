"""Blends: scales, weights given and learnt, reasons that add up, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata, zscore
from sklearn.base import clone

from personakit.errors import ConsentError, DataError, ParameterError, UnknownNameError
from personakit.recommend import (
    EASE,
    ItemKNN,
    Popular,
    Random,
    SurpriseRecommender,
    WeightedHybrid,
    evaluate,
    ranking_metrics,
    split_interactions,
)


def blend(weights=(0.7, 0.3), **more):
    return WeightedHybrid({"ease": EASE(l2=5.0), "knn": ItemKNN(n_neighbors=10)}, weights, **more)


@pytest.mark.parametrize("normalise", ["zscore", "minmax", "rank", None])
def test_a_score_is_the_weighted_sum_of_the_members_on_one_scale(normalise, ratings):
    model = blend(normalise=normalise).fit(ratings)
    owned = set(ratings.loc[ratings["customer_id"] == 1000, "product_id"])
    fresh = [product for product in model.products_.ids if product not in owned]
    expected = np.zeros(len(fresh))
    for member, weight in ((EASE(l2=5.0), 0.7), (ItemKNN(n_neighbors=10), 0.3)):
        member = member.fit(ratings)
        raw = member.scores(1000, fresh)[0]
        if normalise == "zscore":
            raw = zscore(raw)
        elif normalise == "minmax":
            raw = (raw - raw.min()) / (raw.max() - raw.min())
        elif normalise == "rank":
            every = rankdata(member.scores(1000, None)[0])
            raw = (every[model.products_.codes(fresh)] - 1) / 59
        expected += weight * raw
    np.testing.assert_allclose(model.scores(1000, fresh)[0], expected, atol=1e-9)


@pytest.mark.parametrize("normalise", ["zscore", "minmax", "rank", None])
def test_reasons_name_the_member_and_add_up(normalise, ratings):
    model = blend(normalise=normalise).fit(ratings)
    for one in model.recommend([1000, 993], k=3).itertuples():
        reasons = model.explain(one.customer_id, one.product_id)
        assert reasons["contribution"].sum() == pytest.approx(one.score, abs=1e-9)
        assert reasons["reason"].str.startswith(("ease: ", "knn: ", "level: ")).all()


def test_one_member_alone_gives_its_own_lists_on_every_scale(ratings):
    alone = EASE(l2=5.0).fit(ratings).recommend(k=10)
    for normalise in ("zscore", "minmax", None):
        lists = blend((2.0, 0.0), normalise=normalise).fit(ratings).recommend(k=10)
        assert lists["product_id"].tolist() == alone["product_id"].tolist()


def test_a_member_of_weight_nought_is_not_fitted(ratings):
    model = WeightedHybrid([EASE(l2=5.0), Popular(half_life_days=30)], [1, 0]).fit(ratings.drop(columns="timestamp"))
    assert list(model.models_) == ["EASE"]
    assert model.weights_ == {"EASE": 1.0, "Popular": 0.0}


def test_members_of_one_class_get_names_of_their_own(ratings):
    model = WeightedHybrid([EASE(l2=5.0), EASE(l2=50.0), Popular()], [1, 1, 1]).fit(ratings)
    assert list(model.models_) == ["EASE", "EASE 2", "Popular"]


def test_weights_are_learnt_from_the_training_data_alone_and_members_fitted_on_all_of_it(movielens_100k):
    train, _ = split_interactions(movielens_100k, random_state=1)
    train = train[train["customer_id"] <= 300]
    models = {"ease": EASE(l2=200.0), "knn": ItemKNN(), "chance": Random(random_state=0)}
    model = WeightedHybrid(models).fit(train)
    assert model.weights_["chance"] < 0.1 < model.weights_["ease"]
    assert sum(model.weights_.values()) == pytest.approx(1)
    np.testing.assert_allclose(model.models_["ease"].weights_, EASE(l2=200.0).fit(train).weights_)
    # the measure is that of ranking_metrics, on the split that its parameters name
    inner, held = split_interactions(train, test_size=0.2, random_state=0)
    for name, member in models.items():
        lists = clone(member).fit(inner).recommend(k=10)
        assert model.validation_scores_[name] == pytest.approx(ranking_metrics(lists, held)["ndcg"].mean(), abs=1e-12)
    again = WeightedHybrid(models, model.weights_).fit(inner).recommend(k=10)
    assert model.validation_scores_["blend"] == pytest.approx(ranking_metrics(again, held)["ndcg"].mean(), abs=1e-12)
    assert model.validation_scores_["blend"] >= max(model.validation_scores_[name] for name in models)


def test_logistic_weights_are_those_of_the_likelihood(movielens_100k):
    train, _ = split_interactions(movielens_100k[movielens_100k["customer_id"] <= 200], random_state=1)
    models = {"ease": EASE(l2=100.0), "same": EASE(l2=100.0), "knn": ItemKNN(), "chance": Random(random_state=0)}
    model = WeightedHybrid(models, learn="logistic").fit(train)
    assert model.weights_["ease"] == pytest.approx(model.weights_["same"], rel=1e-3)  # by symmetry
    assert abs(model.weights_["chance"]) < 0.15 < model.weights_["ease"]
    assert sum(abs(weight) for weight in model.weights_.values()) == pytest.approx(1)
    again = WeightedHybrid(models, learn="logistic").fit(train.sample(frac=1, random_state=0))
    assert again.weights_ == pytest.approx(model.weights_, rel=1e-6)


def test_products_that_a_member_cannot_score_count_as_its_lowest(ratings):
    model = WeightedHybrid({"cut": EASE(l2=5.0, max_items=45), "popular": Popular()}, [1, 1], normalise=None)
    model.fit(ratings)
    cut = model.models_["cut"]
    left_out = model.products_.take(np.setdiff1d(np.arange(60), cut.kept_))
    popular = model.models_["popular"].scores(1000, left_out)
    lowest = cut.scores(1000, model.products_.take(cut.kept_)).min()
    np.testing.assert_allclose(model.scores(1000, left_out), popular + lowest)
    assert "cut: no score, counts as its lowest" in model.explain(1000, left_out[0])["reason"].tolist()
    only = WeightedHybrid([EASE(l2=5.0, max_items=45)], [1]).fit(ratings)
    assert np.isneginf(only.scores(1000, left_out)).all()
    assert only.explain(1000, left_out[0])["reason"].tolist() == ["no score: no member scores this product"]


def test_members_that_predict_ratings_learn_from_them(ratings):
    model = WeightedHybrid(
        {"svd": SurpriseRecommender("SVD", n_factors=3, random_state=0), "ease": EASE(l2=5.0)}, [1, 2]
    )
    assert model.needs_ratings
    assert not blend().needs_ratings
    figures = evaluate({"blend": model}, ratings[["customer_id", "product_id"]], ratings=ratings, n_bootstrap=0)
    assert figures["ndcg"].between(0, 1).all()
    assert len(model.fit(ratings).held_about(1000)) == (ratings["customer_id"] == 1000).sum()


def test_members_are_bound_to_the_purpose_of_the_data(ratings):
    ratings.attrs["purpose"] = "recommendations"
    model = blend().fit(ratings)
    assert model.models_["ease"].purpose_ == "recommendations"
    people = pd.DataFrame({"customer_id": [1000]})
    people.attrs["purpose"] = "advertising"
    with pytest.raises(ConsentError, match="may not be used for 'advertising'"):
        model.recommend(people)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_ids_and_the_order_of_rows_do_not_matter(seed):
    rng = np.random.default_rng(seed)
    table = pd.DataFrame({"customer_id": rng.integers(0, 12, 90), "product_id": rng.integers(0, 25, 90)})
    model = blend(None, k=3)
    first = clone(model).fit(table).recommend(k=4)
    shuffled = clone(model).fit(table.sample(frac=1, random_state=seed)).recommend(k=4)
    pd.testing.assert_frame_equal(first, shuffled, check_exact=True)
    named = table.assign(product_id=[f"p{product:02d}" for product in table["product_id"]])
    assert clone(model).fit(named).recommend(k=4)["product_id"].tolist() == [
        f"p{one:02d}" for one in first["product_id"]
    ]


@pytest.mark.parametrize(
    ("weights", "error", "text"),
    [
        ([0.5, -1], ParameterError, r"must be finite and 0 or more, but are not for knn: -1. Leave that model out"),
        ([0.5, np.nan], ParameterError, r"must be finite and 0 or more, but are not for knn: nan"),
        ([1], ParameterError, r"has the shape \(1,\), but there are 2 models \(ease, knn\). Pass one weight for each"),
        ([0, 0], ParameterError, r"weights are all 0, so nothing would be recommended"),
        ({"ease": 1, "kmm": 1}, UnknownNameError, r"weights names 'kmm', but the models are ease, knn"),
    ],
)
def test_wrong_weights_are_refused(weights, error, text, ratings):
    with pytest.raises(error, match=text):
        blend(weights).fit(ratings)


@pytest.mark.parametrize(
    ("models", "text"),
    [
        ({}, r"models is empty. Pass at least one"),
        ([], r"models is empty"),
        ("ease", r"models must be a mapping of name to recommender, or a list, but is 'ease'"),
        ([EASE], r"The model 'ABCMeta' is .*, not a recommender. Pass e.g. EASE"),
        ({"ease": 7}, r"The model 'ease' is 7, not a recommender"),
    ],
)
def test_wrong_members_are_refused(models, text, ratings):
    with pytest.raises(ParameterError, match=text):
        WeightedHybrid(models).fit(ratings)


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"normalise": "softmax"}, r"normalise must be 'zscore', 'minmax', 'rank' or None, but is 'softmax'"),
        ({"validation_size": 1}, r"validation_size must lie between 0 and 1, e.g. 0.2, but is 1"),
        ({"learn": "by heart"}, r"learn must be 'greedy' or 'logistic', but is 'by heart'"),
        ({"k": 0}, r"k must be a whole number of products >= 1, but is 0"),
    ],
)
def test_other_wrong_parameters_are_refused(wrong, text, ratings):
    with pytest.raises(ParameterError, match=text):
        blend(None, **wrong).fit(ratings)


def test_data_that_hold_nothing_out_ask_for_weights():
    once = pd.DataFrame({"customer_id": [1, 2], "product_id": ["a", "b"]})
    with pytest.raises(DataError, match=r"learnt on held-out products, but: .* Or pass weights, e.g. weights=\[0.5"):
        blend(None).fit(once)
    assert blend().fit(once).recommend([1])["product_id"].tolist() == ["b"]


@pytest.mark.parametrize("normalise", ["zscore", "minmax", "rank", None])
def test_one_product_one_customer_and_nothing_left_are_answered(normalise):
    single = pd.DataFrame({"customer_id": [1], "product_id": ["a"]})
    model = blend(normalise=normalise).fit(single)
    assert model.recommend([1]).empty
    assert np.isfinite(model.scores([1, 2], ["a"])).all()
    assert model.recommend([2])["product_id"].tolist() == ["a"]
