"""Profiles from likes and dislikes: by hand, explained truly, forgotten exactly, and asked without an account."""

import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.base import clone

from personakit.errors import DataError, NotFittedError, ParameterError, UnknownNameError
from personakit.recommend import ContentRecommender, Popular, ProductFeatures, evaluate

LIKES = {"event_weight": {"view": 1.0, "purchase": 3.0}, "disliked_events": {"return": 2.0}}


def test_a_score_is_the_sum_of_likes_less_half_the_dislikes_by_hand(shop, acts):
    model = ContentRecommender(shop, **LIKES).fit(acts)
    rows = ProductFeatures().fit_transform(shop).toarray()
    a, b, c, d, e = rows[:5]
    profiles = {"eve": 3 * a + b, "ann": a + 3 * c + 3 * d, "tom": a - 0.5 * 2 * e}
    ours = model.scores(list(profiles), shop["product_id"])
    np.testing.assert_allclose(ours, [rows @ profile for profile in profiles.values()], atol=1e-12)


def test_a_product_that_nobody_had_is_recommended_for_what_it_is(shop, acts):
    lists = ContentRecommender(shop, **LIKES).fit(acts).recommend(["eve", "ann"], k=6)
    assert lists.query("customer_id == 'eve' and rank == 1")["product_id"].tolist() == ["f"]
    assert set(lists.query("customer_id == 'ann'")["product_id"]) == {"b", "e", "f"}


def test_a_product_that_only_the_interactions_name_is_known_by_nothing(shop, acts):
    model = ContentRecommender(shop.query("product_id != 'b'")).fit(acts)
    assert len(model.products_) == 6 and model.scores(["ann"], ["b"])[0, 0] == 0
    assert model.explain("ann", "b")["reason"].tolist() == ["it has nothing in common with what she likes"]


def test_ratings_above_neutral_pull_and_below_push(shop, acts):
    model = ContentRecommender(shop, neutral_rating=3.0, dislike_weight=1.0).fit(acts)
    rows = ProductFeatures().fit_transform(shop).toarray()
    np.testing.assert_allclose(model.scores(["tom"], shop["product_id"])[0], rows @ (-1.0 * rows[4]), atol=1e-12)
    assert model.explain("tom", "e")["reason"].tolist() == ["dislikes this product"]
    assert set(model.seen_[model.customers_.codes(["tom"])[0]].indices) == {0, 4}  # the neutral one is seen


def test_a_like_halves_with_the_customers_own_half_life(shop, acts):
    model = ContentRecommender(shop, half_life_days=1.0).fit(acts)
    rows = ProductFeatures().fit_transform(shop).toarray()
    np.testing.assert_allclose(model.scores(["eve"], ["f"])[0, 0], rows[5] @ (0.5 * rows[0] + rows[1]), atol=1e-12)


def test_somebody_with_nothing_but_neutral_ratings_gets_what_is_popular(shop, acts):
    neutral = pd.DataFrame({"customer_id": ["zoe"], "product_id": ["c"], "rating": [3.0]})
    model = ContentRecommender(shop, neutral_rating=3.0).fit(pd.concat([acts, neutral]))
    assert not model.knows(["zoe"])[0] and model.knows(["eve"])[0]
    assert model.recommend(["zoe"], k=1)["product_id"].tolist() == ["a"]


@pytest.mark.parametrize("by", ["products", "words"])
def test_contributions_add_up_to_the_score(shop, many_acts, by):
    model = ContentRecommender(shop, **LIKES).fit(many_acts)
    for customer in model.customers_.ids[:10]:
        for product in shop["product_id"]:
            told = model.explain(customer, product, by=by)
            assert told.attrs["score"] == pytest.approx(model.scores([customer], [product])[0, 0], abs=1e-12)
            assert told["contribution"].is_monotonic_decreasing


def test_taking_a_product_out_of_the_data_takes_its_contribution_off_the_score(shop, many_acts):
    model = ContentRecommender(shop, **LIKES).fit(many_acts)
    customer = model.customers_.ids[0]
    told = model.explain(customer, "f")
    score = model.scores([customer], ["f"])[0, 0]
    for row in told.dropna(subset=["product_id"]).itertuples():
        without = many_acts[(many_acts["customer_id"] != customer) | (many_acts["product_id"] != row.product_id)]
        fitted = clone(model).fit(without)
        assert fitted.scores([customer], ["f"])[0, 0] == pytest.approx(score - row.contribution, abs=1e-12)
        assert model.score_without(customer, "f", products=[row.product_id]) == pytest.approx(score - row.contribution)


def test_taking_a_word_away_takes_its_contribution_off_the_score(shop, acts):
    model = ContentRecommender(shop, **LIKES).fit(acts)
    score, told = model.scores(["eve"], ["f"])[0, 0], model.explain("eve", "f", by="words")
    assert {"word: linen", "colour: blue", "category: clothes"} <= set(told["reason"])
    for row in told.itertuples():
        left = model.score_without("eve", "f", features=[row.reason])
        assert left == pytest.approx(score - row.contribution, abs=1e-12)
    # And in the shop's own texts: without the word on the product its score falls too.
    silent = ContentRecommender(shop.replace({"title": {"Linen scarf": "Scarf"}}), **LIKES).fit(acts)
    assert silent.scores(["eve"], ["f"])[0, 0] < score


def test_dislikes_stand_below_nought_in_the_explanation(shop, acts):
    told = ContentRecommender(shop, **LIKES).fit(acts).explain("tom", "f")
    assert told["reason"].tolist() == ["likes this product", "dislikes this product"]
    assert told["contribution"].iloc[1] < 0


def test_a_sentence_vector_is_one_reason_as_its_numbers_mean_nothing_alone(shop, acts):
    features = ProductFeatures(embedding=lambda texts: [[len(text), 3.0, 1.0] for text in texts])
    told = ContentRecommender(shop, features=features).fit(acts).explain("eve", "f", by="words")
    assert told["reason"].str.startswith("meaning of the text").sum() == 1


def test_one_can_ask_without_an_account(shop, acts):
    model = ContentRecommender(shop).fit(acts)
    assert model.recommend_for(liked=["c"], k=2)["product_id"].tolist()[0] == "d"
    assert model.recommend_for(words="blue linen", k=2)["product_id"].tolist() == ["f", "a"]
    pushed = model.recommend_for(liked=["a"], disliked=["b"], avoid="scarf", k=6)
    plain = model.recommend_for(liked=["a"], k=6)
    assert "b" not in pushed["product_id"].tolist() and plain["product_id"].tolist()[0] == "f"
    assert pushed.set_index("product_id")["score"]["f"] < plain.set_index("product_id")["score"]["f"]
    assert model.recommend_for(liked={"c": 5.0, "a": 1.0}, candidates=["d", "f"])["product_id"].tolist() == ["d", "f"]
    assert plain.attrs["basis"] == "content"


def test_what_is_said_without_an_account_is_explained(shop, acts):
    model = ContentRecommender(shop).fit(acts)
    said = {"liked": ["a"], "disliked": ["e"], "words": "linen", "avoid": "wool"}
    score = model.recommend_for(**said).set_index("product_id")["score"]["f"]
    for by in ("products", "words"):
        assert model.explain_for("f", **said, by=by).attrs["score"] == pytest.approx(score)
    assert "her own words" in model.explain_for("f", **said)["reason"].tolist()


@pytest.mark.parametrize("said", [{}, {"words": "xyzzy"}, {"words": "  "}, {"liked": ()}])
def test_whoever_says_nothing_gets_what_is_popular(shop, acts, said):
    table = ContentRecommender(shop).fit(acts).recommend_for(**said, k=2)
    assert table.attrs["basis"] == "popularity" and table["product_id"].tolist()[0] == "a"


@pytest.mark.parametrize(
    ("said", "error", "text"),
    [
        ({"liked": ["q", 7]}, UnknownNameError, r"liked names 2 products .*\('q', 7\)\. Its ids look like 'a', 'b'"),
        ({"liked": "a"}, ParameterError, r"liked must be a collection of product ids, but is 'a'"),
        ({"liked": ["a"], "disliked": ["a"]}, ParameterError, r"both liked and disliked: a\. Choose one"),
        ({"liked": {"a": -1.0}}, ParameterError, r"liked has weights that are not above 0: -1"),
        ({"liked": {"a": np.nan}}, ParameterError, r"liked has weights that are not above 0"),
        ({"words": ["linen"]}, ParameterError, r"words must be one text"),
        ({"avoid": 3}, ParameterError, r"avoid must be one text"),
        ({"words": "linen", "k": 0}, ParameterError, r"k must be a whole number"),
    ],
)
def test_bad_wishes_are_told(shop, acts, said, error, text):
    with pytest.raises(error, match=text):
        ContentRecommender(shop).fit(acts).recommend_for(**said)


@pytest.mark.parametrize(
    ("settings", "error", "text"),
    [
        ({"products": None}, DataError, r"ContentRecommender needs the table of products"),
        ({"neutral_rating": np.nan}, ParameterError, r"neutral_rating must be a number"),
        ({"half_life_days": 0}, ParameterError, r"half_life_days must be above 0"),
        ({"dislike_weight": -1}, ParameterError, r"dislike_weight must be finite and >= 0"),
        ({"disliked_events": {"return": -1.0}}, ParameterError, r"disliked_events must map .*without a sign"),
        ({"event_weight": {"view": -1.0}}, ParameterError, r"event_weight must map events to finite weights >= 0"),
        ({"event_weight": {"return": 1}, "disliked_events": {"return": 1}}, ParameterError, r"'return' is in event_w"),
    ],
)
def test_bad_settings_are_told(shop, acts, settings, error, text):
    with pytest.raises(error, match=text):
        ContentRecommender(**{"products": shop, **settings}).fit(acts)


@pytest.mark.parametrize(
    ("settings", "column", "text"),
    [
        ({"neutral_rating": 3.0}, "rating", r"no column 'rating'"),
        ({"half_life_days": 9.0}, "timestamp", r"no column 'timestamp'"),
        ({"disliked_events": {"return": 1.0}}, "event", r"no column 'event', but disliked_events"),
    ],
)
def test_missing_columns_are_told(shop, acts, settings, column, text):
    with pytest.raises(DataError, match=text):
        ContentRecommender(shop, **settings).fit(acts.drop(columns=column))


def test_unknown_names_are_told(shop, acts):
    model = ContentRecommender(shop)
    with pytest.raises(NotFittedError, match="before fit"):
        model.recommend_for(liked=["a"])
    model.fit(acts)
    with pytest.raises(UnknownNameError, match=r"product_id 'q' is neither in the catalogue"):
        model.explain_for("q", liked=["a"])
    with pytest.raises(UnknownNameError, match=r"customer_id 'zoe' is not in the data"):
        model.score_without("zoe", "a")
    with pytest.raises(UnknownNameError, match=r"features has 'linen', which no product has"):
        model.score_without("eve", "a", features=["linen"])
    with pytest.raises(ParameterError, match=r"by must be 'products' or 'words'"):
        model.explain("eve", "a", by="word")
    assert model.explain("zoe", "a", by="words")["reason"].str.startswith("popularity").all()
    assert model.explain("eve", "q", by="words")["reason"].str.startswith("no score").all()


def test_one_product_one_customer_and_a_customer_who_has_everything(shop):
    one = pd.DataFrame({"customer_id": [1], "product_id": ["a"]})
    model = ContentRecommender(shop.iloc[:1]).fit(one)
    assert model.recommend().empty and model.recommend(exclude_seen=False)["product_id"].tolist() == ["a"]
    everything = pd.DataFrame({"customer_id": [1] * 6, "product_id": shop["product_id"]})
    assert ContentRecommender(shop).fit(everything).recommend([1], k=50).empty


def test_a_history_that_was_not_in_the_data_counts_as_if_it_had_been(shop, many_acts):
    model = ContentRecommender(shop, half_life_days=20.0, **LIKES)
    visitor = many_acts.query("customer_id == 5")
    whole, others = clone(model).fit(many_acts), model.fit(many_acts.query("customer_id != 5"))
    ours = others.recommend_from(visitor, k=6, exclude_seen=False)
    theirs = whole.recommend([5], k=6, exclude_seen=False)
    np.testing.assert_allclose(ours["score"], theirs["score"], atol=1e-12)
    assert ours["product_id"].tolist() == theirs["product_id"].tolist() and not others.knows([5])[0]
    views = visitor.query("event == 'view'")  # no purchase among them, though purchases have a weight
    assert len(others.recommend_from(views, k=6, exclude_seen=False)) == 6


@pytest.mark.parametrize("half_life", [None, 10.0])
def test_forgetting_is_the_same_as_never_having_known(shop, many_acts, half_life):
    reviews = pd.DataFrame(
        {"customer_id": [3, 4, 99], "product_id": ["a", "b", "c"], "text": ["blue and soft", "soft", "rattles"]}
    )
    features = ProductFeatures(reviews=reviews)
    model = ContentRecommender(shop, features=features, half_life_days=half_life, **LIKES).fit(many_acts)
    model.forget([3, 99])
    left = ProductFeatures(reviews=reviews.query("customer_id == 4"))
    anew = clone(model).set_params(features=left).fit(many_acts.query("customer_id != 3"))
    assert model.products_.ids.equals(anew.products_.ids) and not model.knows([3])[0]
    np.testing.assert_allclose(model.scores(None, None), anew.scores(None, None), atol=1e-12)
    assert "rattles" not in "".join(model.features_.get_feature_names_out())
    assert "rattles" not in model.features.reviews["text"].tolist()
    assert list(features.reviews["text"]) == list(reviews["text"])  # the caller's own object is left alone


def test_forgetting_everybody_leaves_no_review_behind(shop, acts):
    reviews = pd.DataFrame({"customer_id": ["eve"], "product_id": ["a"], "text": ["crumples"]})
    model = ContentRecommender(shop, features=ProductFeatures(reviews=reviews)).fit(acts)
    model.forget(["eve", "ann", "tom"])
    assert model.features.reviews.empty
    with pytest.raises(NotFittedError):
        model.recommend()


def test_a_customer_may_see_the_words_that_are_held_of_hers(shop, acts):
    reviews = pd.DataFrame({"customer_id": ["eve", "ann"], "product_id": ["a", "c"], "text": ["crumples", "rattles"]})
    model = ContentRecommender(shop, features=ProductFeatures(reviews=reviews)).fit(acts)
    held = model.held_about("eve").set_index("product_id")["review"]
    assert held["a"] == "crumples" and held.isna()["b"] and len(held) == 2
    assert ContentRecommender(shop).fit(acts).held_about("eve")["product_id"].tolist() == ["a", "b"]
    assert model.held_about("zoe").empty


def test_reviews_without_their_writers_cannot_be_forgotten_and_it_says_so(shop, acts):
    reviews = pd.DataFrame({"product_id": ["a"], "text": ["soft"]})
    model = ContentRecommender(shop, features=ProductFeatures(reviews=reviews)).fit(acts)
    with pytest.raises(DataError, match=r"reviews has no column 'customer_id'"):
        model.forget("eve")
    assert model.knows(["eve"])[0]


def test_it_takes_part_in_a_comparison_with_new_products(shop, many_acts):
    table = evaluate({"content": ContentRecommender(shop), "popular": Popular()}, many_acts, k=3, n_bootstrap=20)
    assert table["ndcg"].between(0, 1).all() and len(table) == 2
    cold = evaluate(
        {"content": ContentRecommender(shop), "popular": Popular()}, many_acts, split="cold_items", k=3, n_bootstrap=20
    ).set_index("model")
    assert cold.loc["popular", "ndcg"] == 0 < cold.loc["content", "ndcg"]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**31 - 1))
def test_lists_do_not_depend_on_the_order_of_rows_or_the_names_of_customers(shop, many_acts, seed):
    rng = np.random.default_rng(seed)
    plain = ContentRecommender(shop, half_life_days=20.0, **LIKES).fit(many_acts)
    renamed = many_acts.assign(customer_id="c" + many_acts["customer_id"].astype(str).str.zfill(3))
    other = ContentRecommender(shop.sample(frac=1, random_state=seed), half_life_days=20.0, **LIKES)
    other.fit(renamed.iloc[rng.permutation(len(renamed))])
    np.testing.assert_allclose(plain.scores(None, None), other.scores(None, None), atol=1e-12)


def test_a_wish_is_answered_within_fifty_milliseconds_on_the_worlds_catalogue(world):
    model = ContentRecommender(world.tables["products"]).fit(world.tables["interactions"].head(5000))
    model.recommend_for(liked=[1, 2], words="linen")
    taken = []
    for _ in range(7):
        started = time.perf_counter()
        model.recommend_for(liked=[1, 2, 3], disliked=[4], words="linen, blue", avoid="leather", k=10)
        taken.append(time.perf_counter() - started)
    assert min(taken) < 0.05


def test_who_chose_only_what_nothing_is_known_of_gets_what_is_popular(shop, acts):
    shop = pd.concat([shop, pd.DataFrame({"product_id": ["g"], "title": [None]})], ignore_index=True)
    more = pd.DataFrame({"customer_id": ["sue", "sue"], "product_id": ["g", "beside"], "event": "purchase"})
    model = ContentRecommender(shop).fit(pd.concat([acts, more], ignore_index=True))
    assert model.knows(["eve", "sue"]).tolist() == [True, False]
    lists = model.recommend(["sue", "nobody"], k=3)
    mine, theirs = (lists[lists["customer_id"] == who]["product_id"].tolist() for who in ("sue", "nobody"))
    assert mine == theirs and mine[0] == "a"
    assert model.held_about("sue")["product_id"].tolist() == ["beside", "g"]
    assert model.explain("sue", "a")["reason"].str.startswith("popularity").all()


def test_what_is_popular_is_explained_as_that_and_the_purpose_stays(shop, acts):
    acts.attrs["purpose"] = "recommendations"
    shop = pd.concat([shop, pd.DataFrame({"product_id": ["g"], "title": [None]})], ignore_index=True)
    model = ContentRecommender(shop).fit(acts)
    assert model.recommend_for(words="linen").attrs["purpose"] == "recommendations"
    for said in ({}, {"words": "hovercraft"}, {"liked": ["g"]}):
        score = model.recommend_for(**said).set_index("product_id")["score"]
        for product in ("a", "c"):
            told = model.explain_for(product, **said)
            assert told.attrs["score"] == score[product] and told["reason"].item().startswith("popularity")
    with pytest.raises(ParameterError, match=r"by must be 'products' or 'words', but is 'colour'"):
        model.explain_for("a", words="linen", by="colour")
    with pytest.raises(ParameterError, match=r"liked has weights that are not above 0: much"):
        model.recommend_for(liked={"a": "much"})
