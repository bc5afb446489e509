"""Rating models in use: scikit-learn's tools, reasons that add up, and bad input."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, KFold, RandomizedSearchCV, cross_validate

from personakit.errors import ConsentError, DataError, NotFittedError, ParameterError, UnknownNameError
from personakit.privacy.gate import Permitted
from personakit.recommend import RatingKNN, SurpriseRecommender

SCALE = (1, 5)
KNN = ("KNNBasic", "KNNWithMeans", "KNNWithZScore", "KNNBaseline")
BY_PRODUCT = {"sim_options": {"name": "pearson_baseline", "user_based": False}}
MODELS = {
    **{name: SurpriseRecommender(name, k=5, rating_scale=SCALE) for name in KNN},
    **{f"{name} by product": SurpriseRecommender(name, k=5, rating_scale=SCALE, **BY_PRODUCT) for name in KNN},
    "SlopeOne": SurpriseRecommender("SlopeOne", rating_scale=SCALE),
    "NormalPredictor": SurpriseRecommender("NormalPredictor", random_state=0, rating_scale=SCALE),
    "SVD": SurpriseRecommender("SVD", random_state=0, rating_scale=SCALE),
    "BaselineOnly": SurpriseRecommender("BaselineOnly", rating_scale=SCALE),
    "RatingKNN": RatingKNN(k=5, n_similar=20, rating_scale=SCALE),
    "RatingKNN z-scores": RatingKNN("zscore", similarity="msd", k=5, n_similar=20, rating_scale=SCALE),
    "RatingKNN of customers": RatingKNN("mean", similarity="cosine", between="customers", k=5, rating_scale=SCALE),
    "RatingKNN basic": RatingKNN("none", similarity="pearson", k=5, min_k=2, rating_scale=SCALE),
}


def rows_of(*rows):
    return pd.DataFrame(rows, columns=["customer_id", "product_id", "rating"])


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("clip", [True, False])
def test_reasons_add_up_to_the_score(name, clip, whole_stars):
    model = clone(MODELS[name]).set_params(clip=clip).fit(whole_stars)
    customers, products = model.customers_.ids[:4], model.products_.ids[:12]
    scores = model.scores(customers, products)
    for row, customer in enumerate(customers):
        for column, product in enumerate(products):
            table = model.explain(customer, product)
            assert table.attrs["score"] == pytest.approx(scores[row, column], abs=1e-9)


def test_reasons_of_neighbours_are_what_she_rated_and_how(whole_stars):
    hers = whole_stars[whole_stars["customer_id"] == 1000].set_index("product_id")["rating"]
    for model in (MODELS["KNNBaseline by product"], MODELS["RatingKNN"]):
        table = clone(model).fit(whole_stars).explain(1000, "p001")
        named = table.dropna(subset=["product_id"])
        assert 0 < len(named) <= 5
        for reason, product in zip(named["reason"], named["product_id"], strict=True):
            assert reason == f"rated this product {hers[product]:g}"
        assert {"average rating", "how this customer rates", "how this product is rated"} <= set(table["reason"])


def test_a_reason_of_slope_one_is_the_mean_difference_of_two_products():
    stars = rows_of([1, "a", 5], [1, "b", 3], [2, "a", 4], [2, "b", 1], [3, "a", 3])
    table = SurpriseRecommender("SlopeOne", clip=False).fit(stars).explain(3, "b")
    of_a = table.loc[table["product_id"] == "a", "contribution"].item()
    assert of_a == pytest.approx(((3 - 5) + (1 - 4)) / 2)  # those who rated both liked b less by 2 and by 3
    assert table.attrs["score"] == pytest.approx(3 - 2.5)


def test_other_customers_are_not_named_in_reasons(whole_stars):
    table = clone(MODELS["KNNBasic"]).fit(whole_stars).explain(1000, "p001")
    assert table["product_id"].isna().all()
    assert table["reason"].str.fullmatch(r"a customer who rates alike gave \d|cut to the rating scale").all()


@pytest.mark.parametrize("name", ["KNNWithMeans by product", "SVD", "RatingKNN"])
def test_cross_validation_is_what_a_loop_over_the_folds_finds(name, whole_stars):
    folds = KFold(3, shuffle=True, random_state=0)
    measures = {"rmse": "neg_root_mean_squared_error", "mae": "neg_mean_absolute_error"}
    found = cross_validate(MODELS[name], whole_stars, whole_stars["rating"], cv=folds, scoring=measures)
    plain = cross_validate(MODELS[name], whole_stars, cv=folds)
    for fold, (train, test) in enumerate(folds.split(whole_stars)):
        model = clone(MODELS[name]).fit(whole_stars.iloc[train])
        rest = whole_stars.iloc[test]
        error = rest["rating"] - model.predict(rest["customer_id"], rest["product_id"])
        assert found["test_rmse"][fold] == pytest.approx(-np.sqrt((error**2).mean()))
        assert found["test_mae"][fold] == pytest.approx(-error.abs().mean())
        assert plain["test_score"][fold] == pytest.approx(found["test_rmse"][fold])


def test_searches_of_scikit_learn_set_the_parameters_of_the_algorithm(whole_stars):
    model = SurpriseRecommender("SVD", random_state=0, rating_scale=SCALE)
    search = GridSearchCV(model, {"n_factors": [2, 5], "reg_all": [0.02, 0.4]}, cv=2).fit(whole_stars)
    assert len(search.cv_results_["params"]) == 4
    assert search.best_estimator_.algorithm_.n_factors == search.best_params_["n_factors"]
    assert search.best_score_ == max(search.cv_results_["mean_test_score"])
    grid = {"k": [3, 10], "centring": ["mean", "baseline"]}
    found = RandomizedSearchCV(RatingKNN(rating_scale=SCALE), grid, n_iter=3, cv=2, random_state=0).fit(whole_stars)
    assert np.isfinite(found.cv_results_["mean_test_score"]).all()


@pytest.mark.parametrize("name", [name for name in MODELS if name not in ("SVD", "NormalPredictor")])
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6))
def test_predictions_do_not_depend_on_names_and_those_of_ratingknn_not_on_the_order_of_rows(name, make_ratings, seed):
    rng = np.random.default_rng(seed)
    stars = make_ratings(15, 20, 150, seed=seed % 100)
    stars["rating"] = np.ceil(stars["rating"])
    renamed = stars.assign(product_id=stars["product_id"] + "x", customer_id=stars["customer_id"] + 5)
    pairs = [stars["customer_id"], stars["product_id"].to_numpy()[rng.permutation(len(stars))]]
    before = clone(MODELS[name]).fit(stars).predict(*pairs)
    after = clone(MODELS[name]).fit(renamed).predict(pairs[0] + 5, pairs[1] + "x")
    np.testing.assert_allclose(before, after, rtol=0, atol=1e-9)
    if name.startswith("RatingKNN"):
        shuffled = clone(MODELS[name]).fit(stars.sample(frac=1, random_state=seed % 1000)).predict(*pairs)
        np.testing.assert_allclose(before, shuffled, rtol=0, atol=1e-9)


@pytest.mark.parametrize("name", MODELS)
def test_strangers_and_those_who_have_rated_everything_get_sensible_lists(name, whole_stars):
    everything = rows_of(*[[5000, product, 3] for product in whole_stars["product_id"].unique()])
    model = clone(MODELS[name]).fit(pd.concat([whole_stars, everything], ignore_index=True))
    lists = model.recommend([5000, "nobody", 1000], k=100)
    assert 5000 not in set(lists["customer_id"])  # nothing is left
    assert (lists["customer_id"] == "nobody").sum() == 60  # the whole catalogue, the most popular first
    assert not set(lists.loc[lists["customer_id"] == 1000, "product_id"]) & set(
        whole_stars.loc[whole_stars["customer_id"] == 1000, "product_id"]
    )
    strange = model.predict(["nobody", 1000, "nobody"], ["p001", "nothing", "nothing"])
    assert ((strange >= 1) & (strange <= 5)).all()
    assert np.isfinite(lists["score"]).all()


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize(
    "stars",
    [
        rows_of([1, "a", 3]),
        rows_of([1, "a", 3], [1, "b", 5]),
        rows_of([1, "a", 3], [2, "a", 5]),
        rows_of([1, "a", 4], [1, "b", 4], [2, "a", 4], [3, "b", 4], [3, "c", 4]),
    ],
    ids=["one rating", "one customer", "one product", "all equal"],
)
def test_the_smallest_tables_give_numbers_on_the_scale(name, stars):
    model = clone(MODELS[name]).fit(stars)
    predicted = model.predict([*stars["customer_id"], 2, 9], [*stars["product_id"], "c", "z"])
    assert np.isfinite(predicted).all()
    assert ((predicted >= 1) & (predicted <= 5)).all()
    if name not in ("NormalPredictor", "SVD") and stars["rating"].nunique() == 1 and len(stars) > 1:
        np.testing.assert_allclose(predicted, 4.0)
    assert np.isfinite(model.recommend(k=3)["score"]).all()


@pytest.mark.parametrize("model", [SurpriseRecommender("KNNBasic", rating_scale=SCALE), RatingKNN(rating_scale=SCALE)])
def test_bad_ratings_are_refused_with_their_place(model, whole_stars):
    twice = pd.concat([whole_stars, whole_stars[:2]], ignore_index=True)
    with pytest.raises(DataError, match=r"ratings has 2 repeated pairs .* \(rows 900, 901\)\. Keep one of each"):
        clone(model).fit(twice)
    for bad, text in (
        (7.0, r"1 values outside the scale 1 to 5 \(rows 3: 7\)"),
        (np.nan, r"1 missing values \(rows 3\)"),
    ):
        spoilt = whole_stars.assign(rating=whole_stars["rating"].where(whole_stars.index != 3, bad))
        with pytest.raises(DataError, match=text):
            clone(model).fit(spoilt)
    spoilt = whole_stars.assign(rating=whole_stars["rating"].where(whole_stars.index != 3, np.inf))
    with pytest.raises(DataError, match=r"ratings\.rating has 1 infinite values \(rows 3\)"):
        clone(model).fit(spoilt)
    with pytest.raises(DataError, match=r"ratings\.rating holds .* not numbers"):
        clone(model).fit(whole_stars.assign(rating="good"))
    with pytest.raises(DataError, match=r"ratings has no column 'rating'"):
        clone(model).fit(whole_stars.drop(columns="rating"))
    with pytest.raises(DataError, match=r"ratings has no rows"):
        clone(model).fit(whole_stars[:0])


@pytest.mark.parametrize("model", [SurpriseRecommender("SlopeOne"), RatingKNN()])
def test_ids_of_mixed_type_keep_apart(model):
    stars = rows_of([7, "a", 5], ["7", "a", 1], [7, 7, 4], ["7", "7", 2], ["x", 7, 3])
    model.fit(stars)
    assert model.knows([7, "7", "x", 8]).tolist() == [True, True, True, False]
    lists = model.recommend([7, "7"], k=9)
    assert lists.loc[[each == 7 for each in lists["customer_id"]], "product_id"].tolist() == ["7"]
    assert lists.loc[[each == "7" for each in lists["customer_id"]], "product_id"].tolist() == [7]


def test_wrong_parameters_and_questions_are_answered_in_words(whole_stars):
    for params, text in (
        ({"centring": "median"}, "centring must be 'baseline', 'mean', 'zscore' or 'none', but is 'median'"),
        ({"between": "users"}, "between must be 'products' or 'customers', but is 'users'"),
        ({"k": 0}, "k must be a whole number >= 1, but is 0"),
        ({"n_similar": 10}, "n_similar is 10, fewer than the k = 40 neighbours"),
        ({"shrinkage": -1}, "shrinkage must be 0 or more, but is -1"),
        ({"rating_scale": (5, 1)}, r"rating_scale must be \(lowest, highest\)"),
    ):
        with pytest.raises(ParameterError, match=text):
            RatingKNN(**params).fit(whole_stars)
    for model in (
        RatingKNN(similarity="pearsn"),
        SurpriseRecommender("KNNBasic", sim_options={"name": "pearsn"}),
    ):
        with pytest.raises(UnknownNameError, match=r"There is no similarity 'pearsn'\. Did you mean 'pearson'\?"):
            model.fit(whole_stars)
    with pytest.raises(ParameterError, match="k must be a whole number of neighbours >= 1, but is 0"):
        SurpriseRecommender("KNNBasic", k=0).fit(whole_stars)
    model = RatingKNN().fit(whole_stars)
    with pytest.raises(ParameterError, match=r"k must be a whole number of products >= 1"):
        model.recommend(k=0)
    with pytest.raises(ParameterError, match=r"predict takes collections of ids, but got 'eve'\. Pass a list"):
        model.predict("eve", ["p001"])
    with pytest.raises(ParameterError, match=r"predict got a list and no product_ids\. Pass both, or a table"):
        model.predict([1, 2])
    with pytest.raises(DataError, match=r"predict got a table without product_id \(columns: customer_id\)"):
        model.predict(whole_stars[["customer_id"]])
    with pytest.raises(NotFittedError, match=r"RatingKNN\.score was called before fit"):
        RatingKNN().score(whole_stars)


def test_kept_neighbours_are_the_nearest_and_cut_lists_still_predict(whole_stars):
    whole = RatingKNN(k=5, n_similar=None, rating_scale=SCALE).fit(whole_stars)
    cut = RatingKNN(k=5, n_similar=7, rating_scale=SCALE).fit(whole_stars)
    for row in range(len(cut.products_)):
        kept, all_of_them = cut.similarity_[row], whole.similarity_[row]
        assert kept.nnz <= 7
        assert kept.data.tolist() == sorted(all_of_them.data.tolist(), reverse=True)[: kept.nnz]
    assert abs(cut.score(whole_stars) - whole.score(whole_stars)) < 0.2
    assert cut.recommend(block_size=3).equals(cut.recommend(block_size=17))


@pytest.mark.parametrize("model", [SurpriseRecommender("BaselineOnly"), RatingKNN()])
def test_ratings_of_another_purpose_are_neither_predicted_nor_scored(model, ratings):
    ratings.attrs["purpose"] = "recommendations"
    model = clone(model).fit(ratings)
    other = ratings.copy()
    other.attrs["purpose"] = "advertising"
    for ask in (
        lambda: model.predict(other),
        lambda: model.predict(other["customer_id"], other["product_id"]),
        lambda: model.score(other),
        lambda: model.scores(other, None),
    ):
        with pytest.raises(ConsentError, match="may not be used for 'advertising'"):
            ask()
    gated = Permitted("recommendations", pd.Timestamp("2025-01-01"), {}, {"ratings": ratings, "orders": ratings[:0]})
    assert model.score(gated) == model.score(ratings)
    np.testing.assert_array_equal(model.predict(gated), model.predict(ratings))


def test_a_score_wants_one_finite_rating_for_each_row(ratings):
    model = SurpriseRecommender("BaselineOnly").fit(ratings)
    for y, text in (
        (ratings[["rating"]], r"each of 900 rows, but y has the shape \(900, 1\) and 0 values that are not finite"),
        ([3.0], r"y has the shape \(1,\)"),
        (np.full(900, np.nan), r"y has the shape \(900,\) and 900 values that are not finite"),
    ):
        with pytest.raises(ParameterError, match=text):
            model.score(ratings, y)


@pytest.mark.parametrize("dtype", ["Float64", "double[pyarrow]", "float32"])
@pytest.mark.parametrize("name", ["SlopeOne", "CoClustering", "KNNBasic", "SVD"])
def test_ratings_come_in_any_type_of_number(name, dtype, whole_stars):
    expected, found = (
        SurpriseRecommender(name, random_state=0).fit(table).recommend(k=3)
        for table in (whole_stars, whole_stars.astype({"rating": dtype}))
    )
    pd.testing.assert_frame_equal(found, expected)
