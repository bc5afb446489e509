"""Every algorithm of Surprise on MovieLens 100K, to 1e-9 of Surprise's own numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import surprise

from personakit.recommend import RatingKNN, SurpriseRecommender

SCALE = (1, 5)
OTHERS = {
    "SVD": {"n_epochs": 2},
    "SVDpp": {"n_epochs": 1, "n_factors": 4},
    "NMF": {"n_epochs": 3},
    "CoClustering": {"n_epochs": 3},
    "SlopeOne": {},
    "BaselineOnly": {"bsl_options": {"method": "als"}},
    "BaselineOnly by SGD": {"bsl_options": {"method": "sgd", "learning_rate": 0.01}},
}


@pytest.fixture(scope="module")
def split(movielens_100k):
    """80 in 100 to learn from; to predict, some of the rest, among them products that nobody rated, and strangers."""
    shuffled = movielens_100k.sample(frac=1, random_state=0)
    train, test = shuffled[:80_000], shuffled[80_000:]
    unknown = test[~test["product_id"].isin(train["product_id"])]
    assert len(unknown)
    some = pd.concat([test.sample(200, random_state=0), unknown])[["customer_id", "product_id"]]
    strangers = pd.DataFrame({"customer_id": [-1, 1, -1], "product_id": [1, -1, -1]})
    return train, pd.concat([some, strangers], ignore_index=True)


@pytest.fixture(scope="module")
def trainset(split):
    table = split[0][["customer_id", "product_id", "rating"]]
    return surprise.Dataset.load_from_df(table, surprise.Reader(rating_scale=SCALE)).build_full_trainset()


def assert_surprises_numbers(algorithm, model, trainset, pairs):
    algorithm.fit(trainset)
    expected = [algorithm.predict(*pair).est for pair in pairs.itertuples(index=False)]
    np.testing.assert_allclose(model.predict(pairs), expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("name", OTHERS)
def test_matrix_models_slope_one_and_baselines_give_surprises_numbers(name, split, trainset):
    train, pairs = split
    klass, params = getattr(surprise, name.split()[0]), OTHERS[name]
    seeded = {"random_state": 0} if klass in (surprise.SVD, surprise.SVDpp, surprise.NMF, surprise.CoClustering) else {}
    quiet = {"verbose": False} if klass is surprise.BaselineOnly else {}
    model = SurpriseRecommender(klass, random_state=0, rating_scale=SCALE, **params).fit(train)
    assert_surprises_numbers(klass(**params, **seeded, **quiet), model, trainset, pairs)


@pytest.mark.slow
@pytest.mark.parametrize("by_customer", [True, False])
@pytest.mark.parametrize("similarity", ["cosine", "msd", "pearson", "pearson_baseline"])
def test_every_knn_with_every_similarity_gives_surprises_numbers(similarity, by_customer, split, trainset):
    train, pairs = split
    options = {"name": similarity, "user_based": by_customer}
    theirs = None
    for name in ("KNNBaseline", "KNNBasic", "KNNWithMeans", "KNNWithZScore"):
        algorithm = getattr(surprise, name)(k=15, min_k=2, sim_options=dict(options), verbose=False)
        if theirs is not None:  # which are the same for all four, and take the longest
            algorithm.compute_similarities = lambda theirs=theirs: theirs
        model = SurpriseRecommender(name, k=15, min_k=2, sim_options=options, rating_scale=SCALE).fit(train)
        assert_surprises_numbers(algorithm, model, trainset, pairs)
        theirs = algorithm.sim
        np.testing.assert_array_equal(model.algorithm_.sim, theirs)  # to the last bit, so that ties are the same


@pytest.mark.parametrize("by_customer", [True, False])
@pytest.mark.parametrize("similarity", ["cosine", "msd", "pearson", "pearson_baseline"])
def test_ratings_of_any_kind_have_surprises_similarities(similarity, by_customer, make_ratings):
    stars = make_ratings()
    stars["rating"] = np.random.default_rng(0).choice([-9.7, -3.1, 0.1, 2.3, 7.9], len(stars))
    options = {"name": similarity, "user_based": by_customer, "min_support": 3, "shrinkage": 10}
    model = SurpriseRecommender("KNNWithMeans", sim_options=options).fit(stars)
    theirs = surprise.KNNWithMeans(sim_options=dict(options), verbose=False).fit(model.trainset_)
    # 0 instead of NaN, where Surprise takes the root of a variance that rounding has made negative
    np.testing.assert_array_equal(model.algorithm_.sim, np.nan_to_num(theirs.sim))


def test_normal_predictor_draws_what_surprise_draws(split, trainset):
    train, pairs = split
    model = SurpriseRecommender("NormalPredictor", random_state=3, rating_scale=SCALE).fit(train)
    np.random.seed(3)  # noqa: NPY002  (what Surprise draws from)
    assert_surprises_numbers(surprise.NormalPredictor(), model, trainset, pairs)


@pytest.mark.parametrize("centring", ["none", "mean", "zscore", "baseline"])
@pytest.mark.parametrize("between", ["products", "customers"])
@pytest.mark.parametrize("similarity", ["msd", "pearson_baseline"])
def test_sparse_neighbours_give_surprises_numbers_where_nothing_is_cut(centring, between, similarity, movielens_100k):
    table = movielens_100k[movielens_100k["customer_id"] <= 150]
    # in the order of the ids, so that Surprise's ties go by id too
    table = table.sort_values(["customer_id", "product_id"])
    test = np.random.default_rng(0).random(len(table)) < 0.03
    train, pairs = table[~test], table.loc[test, ["customer_id", "product_id"]]
    names = {"none": "KNNBasic", "mean": "KNNWithMeans", "zscore": "KNNWithZScore", "baseline": "KNNBaseline"}
    options = {"name": similarity, "user_based": between == "customers"}
    surprises = SurpriseRecommender(names[centring], sim_options=options, rating_scale=SCALE, k=20).fit(train)
    ours = RatingKNN(centring, similarity=similarity, between=between, k=20, n_similar=None, rating_scale=SCALE).fit(
        train
    )
    strangers = pd.DataFrame({"customer_id": [-1, 1, -1], "product_id": [1, -1, -1]})
    pairs = pd.concat([pairs, strangers])
    np.testing.assert_allclose(ours.predict(pairs), surprises.predict(pairs), rtol=0, atol=1e-9)
    # in Surprise, what she rated answers for itself, with a similarity of 1
    unseen = ours.seen_[:8].toarray() == 0
    scores = [model.scores(ours.customers_.ids[:8], ours.products_.ids)[unseen] for model in (ours, surprises)]
    np.testing.assert_allclose(*scores, rtol=0, atol=1e-9)
