"""Surprise's algorithms: the same training set, the same predictions, the recipe's lists."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import surprise
from sklearn.base import clone

from personakit.errors import ParameterError, UnknownNameError
from personakit.recommend import SurpriseRecommender, build_trainset

SCALE = (1.0, 5.0)
MATRIX_MODELS = {
    "SVD": surprise.SVD(n_factors=8, random_state=0),
    "SVD unbiased": surprise.SVD(n_factors=8, biased=False, init_mean=0.4, random_state=0),
    "SVD that leaves the scale": surprise.SVD(n_factors=3, init_std_dev=2.0, n_epochs=1, random_state=0),
    "SVD++": surprise.SVDpp(n_factors=5, n_epochs=4, random_state=0),
    "NMF": surprise.NMF(n_factors=5, random_state=0),
    "NMF biased": surprise.NMF(n_factors=5, biased=True, random_state=0),
    "BaselineOnly": surprise.BaselineOnly(verbose=False),
    "BaselineOnly by SGD": surprise.BaselineOnly({"method": "sgd"}, verbose=False),
    "CoClustering": surprise.CoClustering(random_state=0),
}
ALGORITHMS = [
    name
    for name, value in vars(surprise).items()
    if isinstance(value, type) and issubclass(value, surprise.AlgoBase) and value is not surprise.AlgoBase
]
OTHER_MODELS = {
    "SlopeOne": surprise.SlopeOne(),
    "KNNBasic": surprise.KNNBasic(verbose=False),
    "KNNWithMeans": surprise.KNNWithMeans(k=5, verbose=False),
    "KNNWithZScore": surprise.KNNWithZScore(verbose=False),
    "KNNBaseline by item": surprise.KNNBaseline(
        k=5, min_k=3, sim_options={"name": "pearson_baseline", "user_based": False}, verbose=False
    ),
}


def surprise_trainset(ratings: pd.DataFrame, scale: tuple[float, float]) -> surprise.Trainset:
    table = ratings[["customer_id", "product_id", "rating"]]
    return surprise.Dataset.load_from_df(table, surprise.Reader(rating_scale=scale)).build_full_trainset()


def recipe(
    algorithm: surprise.AlgoBase, trainset: surprise.Trainset, k: int
) -> dict[object, list[tuple[object, float]]]:
    """All missing ratings predicted, each customer's best k kept, equal ones by product id."""
    lists: dict[object, list[tuple[object, float]]] = {}
    for prediction in algorithm.test(trainset.build_anti_testset()):
        lists.setdefault(prediction.uid, []).append((prediction.iid, prediction.est))
    return {who: sorted(scored, key=lambda pair: (-pair[1], pair[0]))[:k] for who, scored in lists.items()}


def assert_same_lists(frame: pd.DataFrame, expected: dict[object, list[tuple[object, float]]]) -> None:
    """Scores within 1e-9, and the same product wherever a score is further than that from its neighbours."""
    assert set(frame["customer_id"]) == set(expected)
    for customer, one in frame.groupby("customer_id"):
        products = [product for product, _ in expected[customer]]
        scores = np.array([score for _, score in expected[customer]])
        np.testing.assert_allclose(one["score"], scores, rtol=0, atol=1e-9)
        gaps = np.abs(np.diff(scores))
        close = (gaps > 0) & (gaps <= 1e-9)  # exact ties, e.g. at the end of the scale, must still go by product id
        unclear = np.r_[False, close] | np.r_[close, False]
        unclear[-1] = True  # its rival stands outside the list
        assert (one["product_id"].to_numpy()[~unclear] == np.array(products, dtype=object)[~unclear]).all()
        assert len(set(one["product_id"]) - set(products)) <= unclear.sum()


@pytest.mark.parametrize("ids", ["int", "str", "mixed order"])
def test_the_training_set_equals_surprises_own(ids, make_ratings):
    ratings = make_ratings(seed=4)
    if ids == "str":
        ratings["customer_id"] = ratings["customer_id"].astype(str)
    if ids == "mixed order":
        ratings = ratings.sort_values("product_id", kind="stable")
    theirs, ours = surprise_trainset(ratings, SCALE), build_trainset(ratings, SCALE)
    assert list(ours.ur.items()) == list(theirs.ur.items())
    assert list(ours.ir.items()) == list(theirs.ir.items())
    assert list(ours._raw2inner_id_users.items()) == list(theirs._raw2inner_id_users.items())
    assert list(ours._raw2inner_id_items.items()) == list(theirs._raw2inner_id_items.items())
    assert type(next(iter(ours._raw2inner_id_users))) is type(next(iter(theirs._raw2inner_id_users)))
    assert {type(part) for pair in ours.ur[0] for part in pair} == {int, float}
    assert ours.global_mean == theirs.global_mean  # bit for bit
    assert (ours.n_users, ours.n_items, ours.n_ratings) == (theirs.n_users, theirs.n_items, theirs.n_ratings)
    assert ours.rating_scale == theirs.rating_scale
    assert ours.build_anti_testset() == theirs.build_anti_testset()


@pytest.mark.parametrize("name", [*MATRIX_MODELS, *OTHER_MODELS])
def test_predictions_equal_surprises_for_known_and_unknown_pairs(name, whole_stars):
    ratings = whole_stars
    algorithm = {**MATRIX_MODELS, **OTHER_MODELS}[name]
    model = SurpriseRecommender(algorithm, rating_scale=SCALE).fit(ratings)
    reference = algorithm.fit(surprise_trainset(ratings, SCALE))
    customers = [*ratings["customer_id"].unique()[:15], "nobody"]
    products = [*ratings["product_id"].unique()[:20], "nothing"]
    pairs = [(customer, product) for customer in customers for product in products]
    predicted = model.predict(*zip(*pairs, strict=True))
    expected = [reference.predict(customer, product).est for customer, product in pairs]
    np.testing.assert_allclose(predicted, expected, rtol=0, atol=1e-9)
    unclipped = model.set_params(clip=False).predict(*zip(*pairs, strict=True))
    expected = [reference.predict(customer, product, clip=False).est for customer, product in pairs]
    np.testing.assert_allclose(unclipped, expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("name", [*MATRIX_MODELS, *OTHER_MODELS])
def test_the_lists_are_those_of_the_recipe(name, whole_stars):
    ratings = whole_stars
    algorithm = {**MATRIX_MODELS, **OTHER_MODELS}[name]
    model = SurpriseRecommender(algorithm, rating_scale=SCALE).fit(ratings)
    assert (model.factors_ is not None) == (name in MATRIX_MODELS)
    trainset = surprise_trainset(ratings, SCALE)
    assert_same_lists(model.recommend(k=10, block_size=11), recipe(algorithm.fit(trainset), trainset, 10))


def test_scores_at_the_end_of_the_scale_tie_and_go_by_product_id(whole_stars):
    model = SurpriseRecommender(MATRIX_MODELS["SVD that leaves the scale"]).fit(whole_stars)
    lists = model.recommend(k=5)
    top = lists[lists["score"] == 5.0].groupby("customer_id")["product_id"]
    assert top.size().max() == 5
    assert top.apply(lambda products: products.is_monotonic_increasing).all()
    unclipped = SurpriseRecommender(MATRIX_MODELS["SVD that leaves the scale"], clip=False).fit(whole_stars)
    assert unclipped.recommend(k=5)["score"].max() > 5.0


@pytest.mark.slow
def test_the_lists_are_those_of_the_recipe_on_movielens(movielens_100k):
    some_customers = movielens_100k[movielens_100k["customer_id"] <= 120]
    algorithm = surprise.SVD(random_state=0)
    trainset = surprise_trainset(some_customers, SCALE)
    model = SurpriseRecommender("SVD", random_state=0).fit(some_customers)
    assert_same_lists(model.recommend(), recipe(algorithm.fit(trainset), trainset, 10))


@pytest.mark.parametrize("name", ALGORITHMS)
def test_every_algorithm_works_by_name_by_class_and_as_an_instance(name, capsys, make_ratings):
    ratings = make_ratings(n_customers=12, n_products=15, n_rows=90)
    ratings["rating"] = np.ceil(ratings["rating"])
    kind = getattr(surprise, name)
    seeded = {"random_state": 0} if name in ("SVD", "SVDpp", "NMF", "CoClustering") else {}
    instance = kind(verbose=False, **seeded) if name not in ("SlopeOne", "NormalPredictor") else kind()
    lists = [
        SurpriseRecommender(way, random_state=0).fit(ratings).recommend(k=3).round(9) for way in (name, kind, instance)
    ]
    assert lists[0].equals(lists[1]) and lists[0].equals(lists[2])
    assert not hasattr(instance, "trainset")  # the caller's instance is left alone
    assert capsys.readouterr().out == ""


def test_a_subclass_of_a_matrix_model_is_asked_for_its_own_estimates(whole_stars):
    class Contrary(surprise.BaselineOnly):
        def estimate(self, u, i):
            return -super().estimate(u, i)

    ratings = whole_stars
    plain, contrary = (SurpriseRecommender(kind, clip=False).fit(ratings) for kind in (surprise.BaselineOnly, Contrary))
    assert contrary.factors_ is None
    np.testing.assert_allclose(contrary.predict([1000], ["p001"]), -plain.predict([1000], ["p001"]))


def test_reasons_of_svdpp_name_what_the_customer_rated(whole_stars):
    ratings = whole_stars
    reasons = SurpriseRecommender("SVDpp", random_state=0).fit(ratings).explain(1000, "p001")
    named = reasons.loc[reasons["reason"] == "rated this product", "product_id"]
    assert set(named) == set(ratings.loc[ratings["customer_id"] == 1000, "product_id"])
    assert {"average rating", "match of taste"} <= set(reasons["reason"])


def test_parameters_of_the_algorithm_are_parameters_of_the_recommender(whole_stars):
    model = SurpriseRecommender("SVD", n_factors=7, lr_all=0.01)
    assert model.get_params() == {
        "algorithm": "SVD",
        "random_state": None,
        "clip": True,
        "rating_scale": None,
        "n_factors": 7,
        "lr_all": 0.01,
    }
    changed = clone(model).set_params(n_factors=3, reg_all=0.1, random_state=1).fit(whole_stars)
    assert changed.algorithm_.qi.shape == (60, 3)
    assert changed.algorithm_.reg_qi == 0.1
    assert model.get_params()["n_factors"] == 7


def test_the_ratings_learnt_from_can_be_had_again(ratings):
    learnt = SurpriseRecommender("BaselineOnly").fit(ratings).ratings_
    ordered = [
        table.sort_values(["customer_id", "product_id"], ignore_index=True)
        for table in (learnt, ratings[["customer_id", "product_id", "rating"]])
    ]
    pd.testing.assert_frame_equal(*ordered)


def test_options_of_the_caller_stay_as_they_are(whole_stars):
    options = {"name": "cosine"}
    SurpriseRecommender("KNNBasic", sim_options=options).fit(whole_stars)
    assert options == {"name": "cosine"}


def test_a_wrong_algorithm_or_parameter_is_named_with_the_nearest(whole_stars):
    ratings = whole_stars
    with pytest.raises(UnknownNameError, match=r"Surprise has no algorithm 'svd'\. Did you mean 'SVD'\?"):
        SurpriseRecommender("svd").fit(ratings)
    with pytest.raises(ParameterError, match=r"SVD takes no parameter 'n_factor'\. Did you mean 'n_factors'\?"):
        SurpriseRecommender("SVD", n_factor=3).fit(ratings)
    with pytest.raises(ParameterError, match=r"algorithm is an instance of SVD, so n_factors cannot be set here"):
        SurpriseRecommender(surprise.SVD(), n_factors=3).fit(ratings)
    with pytest.raises(ParameterError, match=r"algorithm must be a name \(.*\), a class .* but is 3\."):
        SurpriseRecommender(3).fit(ratings)
    with pytest.raises(ParameterError, match=r"predict takes pairs, but got 1 customers and 2 products"):
        SurpriseRecommender("BaselineOnly").fit(ratings).predict([1], [1, 2])


def test_factors_that_grew_beyond_numbers_are_reported(whole_stars):
    with pytest.raises(ParameterError, match=r"SVD did not converge: .* Lower the learning rate \(lr_all\)"):
        SurpriseRecommender("SVD", lr_all=50.0, random_state=0).fit(whole_stars)


@pytest.mark.parametrize("name", ["CoClustering", "SlopeOne"])
def test_half_stars_are_warned_of_where_surprise_cuts_them(name, make_ratings):
    with pytest.warns(UserWarning, match=rf"Surprise's {name} cuts ratings to whole numbers"):
        SurpriseRecommender(name).fit(make_ratings())
