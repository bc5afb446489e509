"""Reasons that models state, tested by taking the purchases away; and what moved a product in a re-ranked list."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from personakit.errors import DataError, NotFittedError, ParameterError
from personakit.recommend import (
    ALS,
    EASE,
    SLIM,
    AtMostPerList,
    ContentRecommender,
    InStock,
    ItemKNN,
    NextItem,
    Popular,
    SurpriseRecommender,
    WeightedHybrid,
    apply_rules,
    calibrate,
    check_reasons,
    diversify,
    explain_reranking,
)

SUMS = {
    "ease": EASE(l2=5.0),
    "ease cut": EASE(l2=5.0, max_items=45),
    "ease by event and age": EASE(l2=5.0, event_weight={"view": 0.5, "purchase": 1.0}, half_life_days=90),
    "cosine": ItemKNN(n_neighbors=10),
    "jaccard": ItemKNN("jaccard", n_neighbors=10),
    "conditional": ItemKNN("conditional", shrinkage=2.0),
    "lift": ItemKNN("lift"),
    "bm25": ItemKNN("bm25", half_life_days=200),
    "slim": SLIM(l1=0.5, l2=1.0),
}


@pytest.fixture
def interactions(ratings) -> pd.DataFrame:
    return ratings.assign(event=np.where(ratings["rating"] > 2.5, "purchase", "view"))


def fitted(model, interactions):
    model = clone(model).fit(interactions)
    top = model.recommend(model.customers_.ids[::17], k=1)
    return model, list(zip(top["customer_id"], top["product_id"], strict=True))


@pytest.mark.parametrize("name", list(SUMS))
def test_removing_a_purchase_lowers_the_score_by_what_it_is_said_to_add(name, interactions):
    model, pairs = fitted(SUMS[name], interactions)
    for customer, product in pairs:
        found = check_reasons(model, customer, product)
        assert found["product_id"].notna().all()
        assert len(found) > 2
        assert np.abs(found["contribution"] - found["change"]).max() < 1e-9
        assert found["contribution"].abs().max() > 1e-3
        # and the same by the public way: her own rows, with and without
        rows = check_reasons(model, customer, product, interactions=interactions)
        assert np.abs(rows["change"] - found["change"]).max() < 1e-9
        assert found.attrs["score"] == pytest.approx(model.scores([customer], [product])[0, 0])


def test_a_story_instead_of_a_reason_is_seen(interactions):
    class Storyteller(ItemKNN):
        def _reasons(self, customer, product):
            true = super()._reasons(customer, product)
            alike = sum(reason.contribution for reason in true) / len(true)
            return [reason._replace(contribution=alike) for reason in true]

    model, pairs = fitted(Storyteller(), interactions)
    found = check_reasons(model, *pairs[0])
    assert found["contribution"].sum() == pytest.approx(found["change"].sum())  # they add up, and are not true
    assert np.abs(found["contribution"] - found["change"]).max() > 0.05


def test_reasons_of_content_are_those_of_the_words_that_leave_with_a_product(interactions):
    goods = pd.DataFrame({"product_id": sorted(interactions["product_id"].unique())})
    words = ["tea", "pot", "cup", "jug", "linen", "oak", "glass"]
    goods["title"] = [f"{words[row % 7]} {words[row % 5]} {words[row % 3]}" for row in range(len(goods))]
    model, pairs = fitted(ContentRecommender(goods), interactions)
    for customer, product in pairs:
        found = check_reasons(model, customer, product)
        assert np.abs(found["contribution"] - found["change"]).max() < 1e-9


def test_als_parts_add_up_and_the_change_is_that_of_a_new_taste(interactions):
    model, pairs = fitted(ALS(n_factors=6, alpha=1.0), interactions)  # a confidence of 1 is what an empty place has
    found = check_reasons(model, *pairs[0])
    assert np.abs(found["contribution"] - found["change"]).max() < 1e-9
    model, pairs = fitted(ALS(n_factors=6, alpha=8.0), interactions)
    for customer, product in pairs:
        found = check_reasons(model, customer, product)
        assert found["contribution"].sum() == pytest.approx(model.scores([customer], [product])[0, 0])
        rows = check_reasons(model, customer, product, interactions=interactions)
        assert np.abs(rows["change"] - found["change"]).max() < 1e-9
        # her taste is fitted to all that she has, so what goes is missed less or more than its part
        assert np.abs(found["contribution"] - found["change"]).max() > 1e-3


def test_the_last_choice_of_a_sequence_is_measured_by_rows(interactions):
    model, pairs = fitted(NextItem(), interactions)
    customer, product = pairs[0]
    found = check_reasons(model, customer, product, interactions=interactions)
    own = interactions[interactions["customer_id"] == customer]
    assert found["contribution"].sum() == pytest.approx(model.scores([customer], [product])[0, 0])
    for one in found.itertuples():
        less = own[own["product_id"] != one.product_id]
        without = model.recommend_from(less, k=1, exclude_seen=False, candidates=[product])["score"].iloc[0]
        assert one.change == pytest.approx(found.attrs["score"] - without)
    with pytest.raises(
        ParameterError, match=r"NextItem cannot be checked by removing what she has.*Pass interactions="
    ):
        check_reasons(model, customer, product)


def test_svdpp_shares_a_sum_divided_by_the_root_of_its_length(ratings):
    model = SurpriseRecommender("SVDpp", n_factors=3, n_epochs=5, random_state=0, clip=False).fit(ratings)
    customer = ratings["customer_id"].iloc[0]
    product = model.recommend([customer], k=1)["product_id"].iloc[0]
    found = check_reasons(model, customer, product)
    rated = found[found["product_id"].notna()]
    n = (ratings["customer_id"] == customer).sum()
    assert len(rated) == n
    # with one less, the others are divided by the root of n - 1
    others = rated["contribution"].sum() - rated["contribution"]
    expected = rated["contribution"].sum() - others * np.sqrt(n / (n - 1))
    assert rated["change"].tolist() == pytest.approx(expected.tolist())
    assert found.loc[found["product_id"].isna(), "change"].isna().all()
    assert len(model.trainset_.ur[0]) == n  # nothing was really taken away


def test_the_model_is_as_before(interactions):
    model, pairs = fitted(EASE(l2=5.0), interactions)
    before = model.recommend(k=5)
    check_reasons(model, *pairs[0])
    pd.testing.assert_frame_equal(model.recommend(k=5), before)


def test_a_customer_of_one_product_and_reasons_about_no_product():
    table = pd.DataFrame({"customer_id": [1, 1, 2, 3], "product_id": ["tea", "pot", "tea", "cup"]})
    found = check_reasons(ItemKNN().fit(table), 2, "pot")
    assert found["change"].tolist() == pytest.approx([1 / np.sqrt(2)])
    assert check_reasons(Popular().fit(table), 2, "pot")["change"].isna().all()
    assert check_reasons(ItemKNN().fit(table), 3, "pot")["change"].isna().all()


def test_what_cannot_be_checked_is_told(interactions, ratings):
    model = EASE(l2=5.0).fit(interactions)
    known = interactions["customer_id"].iloc[0]
    with pytest.raises(DataError, match=r"does not know customer 'nobody', .* product 'p001'. Ask for one of"):
        check_reasons(model, "nobody", "p001")
    with pytest.raises(DataError, match="does not know product 'gold'"):
        check_reasons(model, known, "gold")
    with pytest.raises(NotFittedError, match="explain was called before fit"):
        check_reasons(EASE(), known, "p001")
    blend = WeightedHybrid([EASE(l2=5.0), ItemKNN()], weights=[1, 1]).fit(interactions)
    product = blend.recommend([known], k=1)["product_id"].iloc[0]
    with pytest.raises(ParameterError, match=r"of a blend, check the members \(model.models_\)"):
        check_reasons(blend, known, product)
    with pytest.raises(ParameterError, match="WeightedHybrid has no recommend_from"):
        check_reasons(blend, known, product, interactions=interactions)


@pytest.fixture
def shelf() -> tuple[pd.DataFrame, pd.DataFrame]:
    lists = pd.DataFrame({"customer_id": 1, "product_id": list("abcdefg"), "score": [7.0, 6, 5, 4, 3, 2, 1]})
    goods = pd.DataFrame({"product_id": list("abcdefg"), "brand": list("xxxyyzz"), "category": list("mmmnnoo")})
    return lists, goods


def test_what_rules_and_a_re_ranker_moved(shelf):
    lists, goods = shelf
    ruled = apply_rules(lists, [InStock(list("acdefg")), AtMostPerList(goods, 1)], k=None)
    assert ruled.lists["product_id"].tolist() == ["a", "d", "f"]
    after = ruled.lists.iloc[[1, 0]].assign(rank=[1, 2])
    found = explain_reranking(lists, after, 1, ruled=ruled).set_index("product_id")
    assert found.index.tolist() == ["d", "a", "b", "c", "e", "g"]
    assert found.loc["d", ["rank_before", "rank_after", "by_rules", "by_reranking"]].tolist() == [4, 1, 2, 1]
    assert found.loc["a", ["rank_before", "rank_after", "by_rules", "by_reranking"]].tolist() == [1, 2, 0, -1]
    assert found.loc["d", "reason"] == "up 2 as rules took what was above it; up 1 in the new order"
    assert found.loc["b", "reason"] == "removed by InStock: not in stock"
    assert found.loc["c", "reason"] == "removed by AtMostPerList: enough of the same brand above it"
    moved = found["rank_before"] - found["rank_after"]
    assert (moved.dropna() == (found["by_rules"] + found["by_reranking"]).dropna()).all()


def test_what_diversity_and_calibration_moved(shelf):
    lists, goods = shelf
    features = pd.get_dummies(goods.set_index("product_id")["brand"], dtype=float)
    found = explain_reranking(lists, diversify(lists, features, k=3, trade_off=0.5, reasons=True), 1)
    assert found["product_id"].tolist() == ["a", "d", "f", "b", "c"]
    assert found["reason"].tolist() == [
        "where its score put it; diversity +0.000 of its gain",
        "up 2 in the new order; diversity +0.000 of its gain",
        "up 3 in the new order; diversity +0.000 of its gain",
        "not chosen: others gained more",
        "not chosen: others gained more",
    ]
    history = pd.DataFrame({"customer_id": 1, "product_id": ["g"]})
    after = calibrate(lists, history, goods, k=2, trade_off=0.2, reasons=True)
    found = explain_reranking(lists, after, 1)
    assert found["product_id"].tolist() == ["f", "g", "a", "b"]
    assert found["reason"].str.contains("calibration").tolist() == [True, True, False, False]


def test_lists_that_do_not_belong_together(shelf):
    lists, _ = shelf
    with pytest.raises(DataError, match="before has no candidates for customer 9"):
        explain_reranking(lists, lists, 9)
    with pytest.raises(DataError, match=r"after has 1 products that before lacks \(a\)"):
        explain_reranking(lists.iloc[1:], lists, 1)
