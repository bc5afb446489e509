"""The hand-over: content for the new, behaviour for the known, and the way between by hand."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from personakit.errors import NotFittedError, ParameterError
from personakit.recommend import (
    EASE,
    ContentRecommender,
    ItemKNN,
    Popular,
    ProductFeatures,
    SegmentPopular,
    SwitchingHybrid,
    evaluate,
)


def standardised(scores: np.ndarray, owned: np.ndarray) -> np.ndarray:
    return (scores - scores[~owned].mean()) / scores[~owned].std()


def test_the_smooth_hand_over_by_hand(shop, many_acts):
    hybrid = SwitchingHybrid(EASE(l2=5.0), ContentRecommender(shop), customer_history=4, product_history=2)
    acts = many_acts.head(80)  # of all of them, everybody would have nearly everything
    owned_by = acts.groupby("customer_id")["product_id"].nunique()
    hybrid.fit(acts)
    behaviour, content = EASE(l2=5.0).fit(acts), ContentRecommender(shop).fit(acts)
    for customer in owned_by.index[owned_by.between(1, 2)][:6]:
        had = acts.query("customer_id == @customer")["product_id"].unique()
        owned = shop["product_id"].isin(had).to_numpy()
        n = owned.sum()
        by_content = standardised(content.scores([customer], shop["product_id"])[0], owned)
        by_behaviour = standardised(behaviour.scores([customer], shop["product_id"][:5])[0], owned[:5])
        owners = acts.groupby("product_id")["customer_id"].nunique()[list("abcde")].to_numpy()
        say = n / (n + 4) * owners / (owners + 2)
        expected = [*(say * by_behaviour + (1 - say) * by_content[:5]), by_content[5]]  # nobody has the last
        np.testing.assert_allclose(hybrid.scores([customer], shop["product_id"])[0], expected, atol=1e-9)


def test_the_hard_hand_over_takes_one_or_the_other(shop, many_acts):
    newcomer = pd.DataFrame({"customer_id": [77], "product_id": ["c"]})
    acts = pd.concat([many_acts, newcomer])
    needed = {"customer_history": 2, "product_history": 0}
    hybrid = SwitchingHybrid(ItemKNN(), ContentRecommender(shop), **needed, handover="hard").fit(acts)
    assert set(np.unique(hybrid.customer_share_)) == {0.0, 1.0}
    content, behaviour = ContentRecommender(shop).fit(acts), ItemKNN().fit(acts)
    assert hybrid.recommend([77])["product_id"].tolist() == content.recommend([77])["product_id"].tolist()
    known = behaviour.recommend([0], exclude_seen=False)["product_id"].tolist()
    ours = hybrid.recommend([0], exclude_seen=False, candidates=list("abcde"))["product_id"].tolist()
    assert ours == known


def test_with_no_history_needed_it_is_behaviour_and_with_endless_history_content(shop, many_acts):
    behaviour = SwitchingHybrid(ItemKNN(), ContentRecommender(shop), customer_history=0, product_history=0)
    content = SwitchingHybrid(ItemKNN(), ContentRecommender(shop), customer_history=1e12)
    for hybrid, model in ((behaviour, ItemKNN()), (content, ContentRecommender(shop))):
        ours = hybrid.fit(many_acts).scores(None, list("abcde"))
        theirs = model.fit(many_acts).scores(None, list("abcde"))
        for row, other in zip(ours, theirs, strict=True):  # the same but for scale and level
            assert np.corrcoef(row, other)[0, 1] == pytest.approx(1)


def test_a_new_product_and_a_new_customer_are_answered(shop, many_acts):
    people = pd.DataFrame({"customer_id": [500], "segment": ["x"]})
    hybrid = SwitchingHybrid(EASE(), SegmentPopular(people, by="segment")).fit(many_acts)
    assert hybrid.knows([500, 501]).tolist() == [True, False]
    assert len(hybrid.recommend([500, 501], k=2)) == 4
    cold = SwitchingHybrid(EASE(), ContentRecommender(shop)).fit(many_acts)
    assert "f" in cold.recommend(k=6)["product_id"].tolist()


def test_contributions_add_up_to_the_score(shop, many_acts):
    hybrid = SwitchingHybrid(EASE(l2=3.0), ContentRecommender(shop)).fit(many_acts)
    for customer in hybrid.customers_.ids[:8]:
        for product in shop["product_id"]:
            told = hybrid.explain(customer, product)
            score = hybrid.scores([customer], [product])[0, 0]
            assert told.attrs["score"] == pytest.approx(score, abs=1e-9)
    assert told["reason"].str.contains(r"content \(100%\): likes this product").any()


def test_forgetting_is_the_same_as_never_having_known(shop, many_acts):
    reviews = pd.DataFrame(
        {"customer_id": [3, 4, 99], "product_id": ["a", "b", "c"], "text": ["neat", "big", "rattles"]}
    )
    content = ContentRecommender(shop, features=ProductFeatures(reviews=reviews))
    model = SwitchingHybrid(EASE(l2=5.0), content).fit(many_acts).forget([3, 99])
    left = ContentRecommender(shop, features=ProductFeatures(reviews=reviews.query("customer_id == 4")))
    anew = SwitchingHybrid(EASE(l2=5.0), left).fit(many_acts.query("customer_id != 3"))
    np.testing.assert_allclose(model.scores(None, None), anew.scores(None, None), atol=1e-9)
    assert model.content.features.reviews["text"].tolist() == ["big"]
    everybody = model.forget(model.customers_.ids)
    assert everybody.content.features.reviews.empty
    with pytest.raises(NotFittedError):
        everybody.recommend()


def test_the_purpose_of_the_data_goes_to_both_models(shop, many_acts):
    acts = many_acts.copy()
    acts.attrs["purpose"] = "recommendations"
    hybrid = SwitchingHybrid(EASE(), ContentRecommender(shop)).fit(acts)
    assert hybrid.purpose_ == hybrid.behaviour_.purpose_ == hybrid.content_.purpose_ == "recommendations"


def test_lists_do_not_depend_on_the_order_of_rows(shop, many_acts):
    hybrid = SwitchingHybrid(EASE(l2=5.0), ContentRecommender(shop))
    first = hybrid.fit(many_acts).scores(None, None)
    second = clone(hybrid).fit(many_acts.sample(frac=1, random_state=3)).scores(None, None)
    np.testing.assert_allclose(first, second, atol=1e-9)
    assert np.allclose(hybrid.scores([4, 2], ["f", "a"]), hybrid.scores([2, 4], ["a", "f"])[::-1, ::-1])


def test_it_takes_part_in_a_comparison(shop, many_acts):
    models = {"hybrid": SwitchingHybrid(EASE(), ContentRecommender(shop)), "popular": Popular()}
    assert evaluate(models, many_acts, k=2, n_bootstrap=20)["ndcg"].between(0, 1).all()


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"behaviour": None}, r"behaviour must be a recommender, but is None"),
        ({"content": "content"}, r"content must be a recommender, but is 'content'"),
        ({"customer_history": -1}, r"customer_history must be a number of interactions >= 0"),
        ({"product_history": np.inf}, r"product_history must be a number"),
        ({"handover": "soft"}, r"handover must be 'smooth' or 'hard', but is 'soft'"),
    ],
)
def test_bad_settings_are_told(shop, many_acts, settings, text):
    with pytest.raises(ParameterError, match=text):
        SwitchingHybrid(**{"behaviour": EASE(), "content": ContentRecommender(shop), **settings}).fit(many_acts)


def test_a_part_that_cannot_forget_is_named(shop, many_acts):
    from personakit.recommend import WeightedHybrid

    blend = WeightedHybrid({"ease": EASE(), "popular": Popular()}, weights=[1, 1])
    hybrid = SwitchingHybrid(blend, ContentRecommender(shop)).fit(many_acts)
    if hasattr(blend, "forget"):
        pytest.skip("WeightedHybrid has learnt to forget; name another model here")
    with pytest.raises(ParameterError, match=r"behaviour is a WeightedHybrid, which cannot forget"):
        hybrid.forget(3)
    assert hybrid.knows([3])[0]
