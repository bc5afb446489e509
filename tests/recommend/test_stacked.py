"""Ranking in two stages: known answers, sums of reasons, no leak, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize
from scipy.special import expit
from scipy.stats import zscore
from sklearn.base import clone

from personakit.errors import ConsentError, DataError, ParameterError
from personakit.recommend import (
    EASE,
    ContentRecommender,
    ItemKNN,
    Popular,
    ProductFeatures,
    Random,
    SessionEASE,
    StackedRanker,
    SurpriseRecommender,
    WeightedHybrid,
    evaluate,
    load_model,
    save_model,
    split_interactions,
)


@pytest.fixture
def shop():
    """60 products of two kinds, each with a day."""
    ids = [f"p{number:03d}" for number in range(60)]
    kinds = ["tea" if number % 2 else "cup" for number in range(60)]
    since = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(60) * 5, unit="D")
    return pd.DataFrame({"product_id": ids, "category": kinds, "since": since})


def ranker(**more):
    return StackedRanker({"ease": EASE(l2=5.0), "knn": ItemKNN(n_neighbors=10)}, **more)


def test_the_second_stage_is_a_logistic_regression_of_what_was_held_out(ratings):
    """By hand: the same candidates, z-scores and features, and the penalised likelihood by another solver."""
    table = ratings[["customer_id", "product_id"]]
    model = ranker(n_candidates=60).fit(table)
    train, held = split_interactions(table, test_size=0.2, random_state=0)
    ease, knn = EASE(l2=5.0).fit(train), ItemKNN(n_neighbors=10).fit(train)
    owners = train.drop_duplicates().groupby("product_id").size()
    rows, hits = [], []
    for customer, mine in train.groupby("customer_id")["product_id"]:
        target = set(held.loc[held["customer_id"] == customer, "product_id"])
        fresh = [product for product in owners.index if product not in set(mine)]
        if target:
            scores = [zscore(each.scores([customer], fresh)[0]) for each in (ease, knn)]
            many = np.full(len(fresh), np.log1p(mine.nunique()))
            rows.append(np.column_stack([*scores, np.log1p(owners[fresh]), many]))
            hits += [product in target for product in fresh]
    features, hits = np.concatenate(rows), np.array(hits)
    features = (features - features.mean(axis=0)) / features.std(axis=0)

    def loss(params):
        signed = np.where(hits, 1, -1) * (params[0] + features @ params[1:])
        return 0.01 * -np.log(expit(signed)).sum() + (params[1:] ** 2).sum() / 2

    best = minimize(loss, np.zeros(5), tol=1e-12).x
    assert list(model.coefficients_) == ["ease", "knn", "popularity", "activity"]
    np.testing.assert_allclose(list(model.coefficients_.values()), best[1:], atol=1e-4)
    assert model.intercept_ == pytest.approx(best[0], abs=1e-4)
    np.testing.assert_allclose(model.models_["ease"].weights_, EASE(l2=5.0).fit(table).weights_)  # on all of the data


def test_features_of_every_kind_are_made_from_what_is_there(ratings, shop):
    plain = ["ease", "knn", "popularity", "activity"]
    times = [f"popularity then ({days} days)" for days in (2, 10, 40)] + ["first choice", "last choice"]
    assert list(ranker().fit(ratings[["customer_id", "product_id"]]).coefficients_) == plain
    whole = ranker(products=shop, released="since").fit(ratings)
    assert list(whole.coefficients_) == [*plain[:3], "mean rating", "activity", *times, "taste", "age", "age gap"]
    named = ranker(products=shop, features=ProductFeatures(attributes=["category"]))
    assert list(named.fit(ratings[["customer_id", "product_id"]]).coefficients_) == [*plain, "taste"]


def test_what_people_go_by_is_learnt():
    """Everybody keeps to one kind of product, of which popularity knows nothing; EASE alone has too little to go by."""
    rng = np.random.default_rng(0)
    customers, products = rng.integers(0, 80, 900), rng.integers(0, 200, 900)
    visits = pd.DataFrame({"customer_id": customers, "product_id": products})
    visits = visits[customers % 2 == products % 2]
    catalogue = pd.DataFrame({"product_id": np.arange(200), "category": np.where(np.arange(200) % 2, "odd", "even")})
    model = StackedRanker([Random(random_state=0), Popular()], products=catalogue).fit(visits)
    assert max(model.coefficients_, key=lambda name: abs(model.coefficients_[name])) == "taste"
    lists = model.recommend(k=10)
    assert (lists["customer_id"] % 2 == lists["product_id"] % 2).mean() > 0.95


def test_reasons_are_coefficients_times_features_and_add_up(ratings, shop):
    model = ranker(products=shop, released="since").fit(ratings)
    for one in model.recommend([1000, 993], k=3).itertuples():
        reasons = model.explain(one.customer_id, one.product_id)
        assert reasons["contribution"].sum() == pytest.approx(one.score, abs=1e-9)
        of = reasons["reason"].str.split(": ").str[0]
        assert set(of) == {*model.coefficients_, "level"}
        popular = np.log1p((ratings["product_id"] == one.product_id).sum())
        place = list(model.coefficients_).index("popularity")
        expected = model.coefficients_["popularity"] * (popular - model.means_[place]) / model.spreads_[place]
        assert reasons.loc[of == "popularity", "contribution"].item() == pytest.approx(expected)


def test_products_without_a_date_or_a_row_in_the_catalogue_count_as_average(ratings, shop):
    some = shop[shop["product_id"] != "p003"].assign(since=shop["since"].where(shop["product_id"] != "p011"))
    model = ranker(products=some, released="since").fit(ratings)
    reasons = {product: model.explain(1000, product).set_index("reason") for product in ("p003", "p011")}
    assert reasons["p003"].loc[["taste: unknown", "age: unknown"], "contribution"].tolist() == [0.0, 0.0]
    assert reasons["p011"].loc[["age: unknown", "age gap: unknown"], "contribution"].tolist() == [0.0, 0.0]


def test_products_that_no_member_scores_have_no_score(ratings):
    model = StackedRanker([EASE(l2=5.0, max_items=45)]).fit(ratings)
    left_out = model.products_.take(np.setdiff1d(np.arange(60), model.models_["EASE"].kept_))
    assert np.isneginf(model.scores(1000, left_out)).all()
    assert model.explain(1000, left_out[0])["reason"].tolist() == ["no score: no model scores this product"]
    two = StackedRanker([EASE(l2=5.0, max_items=45), Popular()]).fit(ratings)
    reasons = two.explain(1000, left_out[0])
    assert "EASE: no score, counts as its lowest" in reasons["reason"].tolist()
    assert reasons.attrs["score"] == pytest.approx(two.scores(1000, left_out[:1])[0, 0])


def test_products_of_a_catalogue_are_ranked_before_anybody_had_them(ratings, shop):
    new = pd.concat([shop, pd.DataFrame({"product_id": ["new"], "category": ["tea"]})], ignore_index=True)
    model = StackedRanker([ContentRecommender(new), Popular()], products=new, released="since").fit(ratings)
    assert np.isfinite(model.scores([1000], ["new"])).all()
    assert model.explain(1000, "new").attrs["score"] == pytest.approx(model.scores(1000, ["new"])[0, 0])


def test_nothing_of_the_test_part_is_seen(movielens_100k):
    """The model that `evaluate` measures is the one that is fitted on the training rows alone."""
    table = movielens_100k[movielens_100k["customer_id"] <= 250]
    model = StackedRanker({"ease": EASE(l2=100.0), "sessions": SessionEASE(l2=60.0), "popular": Popular()})
    figures = evaluate({"stacked": model, "ease": EASE(l2=100.0)}, table, n_bootstrap=0, random_state=5)
    train, test = split_interactions(table, random_state=np.random.RandomState(5))
    lists = clone(model).fit(train).recommend(k=10).merge(test.assign(hit=1.0), how="left").fillna({"hit": 0.0})
    discounted = (lists["hit"] / np.log2(lists["rank"] + 1)).groupby(lists["customer_id"]).sum()
    best = test.groupby("customer_id").size().map(lambda n: (1 / np.log2(np.arange(min(n, 10)) + 2)).sum())
    quality = dict(zip(figures["model"], figures["ndcg"], strict=True))
    assert quality["stacked"] == pytest.approx((discounted / best).mean(), abs=1e-9)
    assert quality["stacked"] > quality["ease"]


def test_members_that_predict_ratings_learn_from_them(ratings):
    model = StackedRanker([SurpriseRecommender("BaselineOnly"), Popular()])
    assert model.needs_ratings and not ranker().needs_ratings
    figures = evaluate({"model": model}, ratings[["customer_id", "product_id"]], ratings=ratings, n_bootstrap=0)
    assert figures["ndcg"].between(0, 1).all()
    assert "mean rating" in model.fit(ratings).coefficients_


def test_members_are_bound_to_the_purpose_of_the_data(ratings):
    ratings.attrs["purpose"] = "recommendations"
    model = ranker().fit(ratings)
    assert model.models_["ease"].purpose_ == "recommendations"
    people = pd.DataFrame({"customer_id": [1000]})
    people.attrs["purpose"] = "advertising"
    with pytest.raises(ConsentError, match="may not be used for 'advertising'"):
        model.recommend(people)


def test_it_is_saved_with_its_catalogue(ratings, shop, tmp_path):
    model = ranker(products=shop, released="since").fit(ratings)
    twin = load_model(save_model(model, tmp_path / "stacked.model"))
    pd.testing.assert_frame_equal(twin.recommend(), model.recommend(), check_exact=True)
    pd.testing.assert_frame_equal(twin.explain(1000, "p003"), model.explain(1000, "p003"), check_exact=True)
    assert twin.coefficients_ == model.coefficients_


def test_a_ranker_of_rankers_is_a_recommender_too(ratings):
    inner = WeightedHybrid([ItemKNN(n_neighbors=10), Popular()], [1, 1])
    lists = StackedRanker({"inner": inner, "ease": EASE(l2=5.0)}).fit(ratings).recommend(k=5)
    assert len(lists) == 5 * ratings["customer_id"].nunique()


@pytest.mark.parametrize("split", ["last", "time"])
def test_what_comes_next_can_be_learnt(split):
    """Everybody takes 0, 1, 2, ... in turn: next is what most of the others have who are just ahead."""
    rng = np.random.default_rng(1)
    length = rng.integers(4, 16, 60)
    table = pd.DataFrame({"customer_id": np.repeat(np.arange(60), length)})
    table["product_id"] = table.groupby("customer_id").cumcount()
    table["timestamp"] = table["product_id"] * 86_400 + table["customer_id"] * 40_000
    model = StackedRanker([ItemKNN(), Popular()], split=split, C=1.0).fit(table[table["product_id"] < 15])
    first = model.recommend(np.flatnonzero(length < 15), k=1)
    assert (first["product_id"].to_numpy() == length[first["customer_id"]]).mean() > 0.9


@pytest.mark.parametrize(
    ("wrong", "error", "text"),
    [
        ({"split": "cold_users"}, ParameterError, r"split must be 'random', 'last' or 'time', but is 'cold_users'"),
        ({"n_candidates": 1}, ParameterError, r"n_candidates must be a whole number of products >= 2, but is 1"),
        ({"n_candidates": 2.5}, ParameterError, r"n_candidates must be a whole number of products >= 2, but is 2.5"),
        ({"validation_size": 1}, ParameterError, r"validation_size must lie between 0 and 1, e.g. 0.2, but is 1"),
        ({"C": 0}, ParameterError, r"C must be above 0 and finite, but is 0"),
        ({"released": "since"}, ParameterError, r"released was given without the catalogue. Pass products="),
        ({"features": ProductFeatures()}, ParameterError, r"features was given without the catalogue"),
    ],
)
def test_wrong_parameters_are_refused(wrong, error, text, ratings):
    with pytest.raises(error, match=text):
        ranker(**wrong).fit(ratings)


def test_a_catalogue_that_cannot_be_used_is_refused(ratings, shop):
    with pytest.raises(DataError, match=r"products has no column 'sinse' .* Did you mean 'since'"):
        ranker(products=shop, released="sinse").fit(ratings)
    with pytest.raises(DataError, match=r"products.category holds .* values \(cup, tea, .*\) that are no dates"):
        ranker(products=shop, released="category").fit(ratings)
    with pytest.raises(DataError, match=r"products.price holds int64 values \(7, 7, .*\) that are no dates: they are"):
        ranker(products=shop.assign(price=7), released="price").fit(ratings)
    with pytest.raises(DataError, match=r"interactions has no column 'timestamp'"):
        ranker(products=shop, released="since").fit(ratings.drop(columns="timestamp"))
    with pytest.raises(DataError, match=r"products.product_id has 60 repeated values"):
        ranker(products=pd.concat([shop, shop])).fit(ratings)


def test_wrong_members_are_refused(ratings):
    with pytest.raises(ParameterError, match=r"models is empty. Pass at least one"):
        StackedRanker({}).fit(ratings)
    with pytest.raises(ParameterError, match=r"The model 'ease' is 7, not a recommender"):
        StackedRanker({"ease": 7}).fit(ratings)
    with pytest.raises(ParameterError, match=r"A model has the name of a feature \('popularity'\). Give it another"):
        StackedRanker({"popularity": Popular()}).fit(ratings)


def test_wrong_values_in_columns_that_make_features_are_refused(ratings):
    with pytest.raises(DataError, match=r"interactions.rating has 1 missing values"):
        ranker().fit(ratings.assign(rating=ratings["rating"].where(ratings.index != 3)))
    with pytest.raises(DataError, match=r"interactions.rating has 1 infinite values"):
        ranker().fit(ratings.assign(rating=ratings["rating"].where(ratings.index != 3, np.inf)))


def test_too_little_to_learn_from_says_so():
    once = pd.DataFrame({"customer_id": [1, 2], "product_id": ["a", "b"]})
    with pytest.raises(DataError, match=r"A StackedRanker learns to rank on held-out products, but: .* several"):
        ranker().fit(once)
    same = pd.DataFrame({"customer_id": [1] * 5, "product_id": list("abcde")})
    with pytest.raises(DataError, match=r"learns to tell held-out products from others, but of 0 candidates 0 were"):
        ranker().fit(same)
