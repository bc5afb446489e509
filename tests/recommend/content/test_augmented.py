"""EASE with content: ridge regressions on the same rows, EASE itself without content, and new products."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.linear_model import Ridge

from personakit.errors import DataError, ParameterError
from personakit.recommend import EASE, FeatureAugmented, ProductFeatures, evaluate
from personakit.recommend.interactions import IdIndex, pair_matrix


def test_each_product_is_a_ridge_regression_on_the_others_with_features_as_further_customers(shop, many_acts):
    model = FeatureAugmented(shop, l2=7.0, content_weight=30.0).fit(many_acts)
    rows = ProductFeatures().fit_transform(shop)
    customers, who = IdIndex.encode(many_acts["customer_id"])
    what = IdIndex(shop["product_id"]).codes(many_acts["product_id"])
    had = pair_matrix(who, what, (len(customers), 6))
    stacked = sparse.vstack([had, np.sqrt(30.0) * rows.T]).toarray()
    for product in range(6):
        others = np.delete(np.arange(6), product)
        ridge = Ridge(alpha=7.0, fit_intercept=False, solver="cholesky").fit(stacked[:, others], stacked[:, product])
        np.testing.assert_allclose(model.weights_[others, product], ridge.coef_, atol=1e-9)
        assert model.weights_[product, product] == 0


def test_without_weight_for_content_it_is_ease(shop, many_acts):
    ours, ease = FeatureAugmented(shop, l2=5.0, content_weight=0.0).fit(many_acts), EASE(l2=5.0).fit(many_acts)
    np.testing.assert_allclose(ours.scores(None, list("abcde")), ease.scores(None, list("abcde")), atol=1e-9)
    assert not ours.scores(None, ["f"]).any()


def test_a_product_that_nobody_had_follows_what_is_like_it(shop, acts):
    model = FeatureAugmented(shop, l2=5.0).fit(acts)
    assert model.recommend(["eve"], k=1)["product_id"].tolist() == ["f"]
    told = model.explain("eve", "f")
    assert told.attrs["score"] == pytest.approx(model.scores(["eve"], ["f"])[0, 0]) and (told["contribution"] > 0).all()
    without = clone(model).fit(acts.query("customer_id != 'eve' or product_id != 'a'"))
    assert without.scores(["eve"], ["f"])[0, 0] < model.scores(["eve"], ["f"])[0, 0]


@pytest.mark.parametrize("half_life", [None, 10.0])
def test_forgetting_is_the_same_as_never_having_known(shop, many_acts, half_life):
    reviews = pd.DataFrame({"customer_id": [3, 4], "product_id": ["a", "b"], "text": ["neat soft", "soft"]})
    model = FeatureAugmented(shop, features=ProductFeatures(reviews=reviews), l2=5.0, half_life_days=half_life)
    model.fit(many_acts).forget([3, 5])
    anew = clone(model).set_params(features=ProductFeatures(reviews=reviews.iloc[1:]))
    anew.fit(many_acts.query("customer_id not in [3, 5]"))
    np.testing.assert_allclose(model.scores(None, None), anew.scores(None, None), atol=1e-9)
    assert model.features.reviews["customer_id"].tolist() == [4]


def test_it_takes_part_in_a_comparison_with_new_products(shop, many_acts):
    models = {"augmented": FeatureAugmented(shop, l2=5.0), "ease": EASE(l2=5.0)}
    table = evaluate(models, many_acts, split="cold_items", k=3, n_bootstrap=20).set_index("model")
    assert table.loc["augmented", "ndcg"] > 0 == table.loc["ease", "ndcg"]


def test_bad_settings_are_told(shop, many_acts):
    with pytest.raises(DataError, match=r"FeatureAugmented needs the table of products"):
        FeatureAugmented().fit(many_acts)
    for wrong in (-1.0, np.nan, np.inf):
        with pytest.raises(ParameterError, match=r"content_weight must be finite and >= 0"):
            FeatureAugmented(shop, content_weight=wrong).fit(many_acts)
    with pytest.raises(ParameterError, match=r"l2 must be above 0"):
        FeatureAugmented(shop, l2=0).fit(many_acts)
    with pytest.raises(ParameterError, match=r"more than max_memory"):
        FeatureAugmented(shop, max_memory=1e-9).fit(many_acts)
