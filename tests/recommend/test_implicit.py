"""EASE, item neighbours and popularity against their definitions."""

from __future__ import annotations

import logging

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.metrics.pairwise import cosine_similarity

from personakit.errors import DataError, ParameterError
from personakit.recommend import EASE, ItemKNN, Popular, Random, SessionEASE, implicit, neighbours

SIMILARITIES = "similarity must be one of 'cosine', 'jaccard', 'conditional', 'lift', 'bm25', but is '{}'."


def dense(ratings: pd.DataFrame) -> np.ndarray:
    return pd.crosstab(ratings["customer_id"], ratings["product_id"]).clip(upper=1).to_numpy().astype(float)


def test_ease_is_a_ridge_regression_of_each_product_on_the_others(ratings):
    x, l2 = dense(ratings), 7.0
    weights = EASE(l2=l2).fit(ratings).weights_
    for product in (0, 31, 59):
        others = np.delete(x, product, axis=1)
        solution = np.linalg.solve(others.T @ others + l2 * np.eye(59), others.T @ x[:, product])
        np.testing.assert_allclose(np.delete(weights[:, product], product), solution, atol=1e-12)
    assert not np.diag(weights).any()


def test_ease_in_blocks_equals_ease_at_once(ratings, monkeypatch):
    whole = EASE(l2=3.0).fit(ratings).weights_
    monkeypatch.setattr(implicit, "_PRODUCTS_AT_ONCE", 7)
    np.testing.assert_allclose(EASE(l2=3.0).fit(ratings).weights_, whole, atol=1e-14)


def test_ease_turns_to_float32_when_the_matrix_grows_large(ratings, monkeypatch):
    exact = EASE(l2=3.0).fit(ratings)
    monkeypatch.setattr(implicit, "_ROOM_FOR_FLOAT64", 1000)
    small = EASE(l2=3.0).fit(ratings)
    assert (exact.weights_.dtype, small.weights_.dtype) == (np.float64, np.float32)
    np.testing.assert_allclose(small.weights_, exact.weights_, atol=1e-5)
    assert (small.recommend()["product_id"] == exact.recommend()["product_id"]).mean() > 0.99


def test_ease_states_its_memory_first_and_refuses_what_does_not_fit(ratings, caplog):
    with caplog.at_level(logging.INFO, logger="personakit"):
        EASE().fit(ratings)
    assert "EASE over 60 products: 0 MiB" in caplog.text
    with pytest.raises(ParameterError, match=r"EASE over 60 products needs 2.7e-05 GiB, .* Pass max_items=11 to keep"):
        EASE(max_memory=1e-6).fit(ratings)
    assert len(EASE(max_memory=1e-6, max_items=11).fit(ratings).kept_) == 11  # what it names does fit
    with pytest.raises(ParameterError, match=r"SessionEASE over 60 products needs 8e-05 GiB, .* Pass max_items=6 to"):
        SessionEASE(max_memory=1e-6).fit(ratings)
    assert len(SessionEASE(max_memory=1e-6, max_items=6).fit(ratings).kept_) == 6


def test_ease_with_few_products_is_ease_on_the_popular_ones(ratings):
    owners = ratings.groupby("product_id").size().sort_index().sort_values(ascending=False, kind="stable")
    popular = owners.index[:20]
    cut = EASE(l2=4.0, max_items=20).fit(ratings)
    alone = EASE(l2=4.0).fit(ratings[ratings["product_id"].isin(popular)])
    np.testing.assert_allclose(cut.weights_, alone.weights_, atol=1e-12)
    assert set(cut.recommend(k=20)["product_id"]) <= set(popular)


def test_a_customer_with_nothing_among_the_products_kept_gets_what_is_popular():
    table = pd.DataFrame({"customer_id": [1, 1, 2, 2, 3], "product_id": ["a", "b", "a", "b", "z"]})
    model = EASE(max_items=2).fit(table)
    assert model.knows([1, 3]).tolist() == [True, False]
    assert model.recommend([3], k=2)["product_id"].tolist() == ["a", "b"]


def test_event_weights_reach_the_matrix_of_ease():
    table = pd.DataFrame({"customer_id": [1, 1, 2, 2], "product_id": list("abab"), "event": ["view", "purchase"] * 2})
    x = np.array([[0.5, 3.0], [0.5, 3.0]])
    inverse = np.linalg.inv(x.T @ x + np.eye(2))
    expected = -inverse / np.diag(inverse)
    weights = EASE(l2=1.0, event_weight={"view": 0.5, "purchase": 3.0}).fit(table).weights_
    np.testing.assert_allclose([weights[0, 1], weights[1, 0]], [expected[0, 1], expected[1, 0]])


def nearest(full: np.ndarray, n: int) -> np.ndarray:
    """Row i keeps the n largest of row i, equal ones by column; seen from the product that is owned."""
    kept = np.zeros_like(full)
    for row, values in enumerate(full):
        best = [at for at in np.argsort(-values, kind="stable") if at != row and values[at] > 0][:n]
        kept[row, best] = values[best]
    return kept.T


def test_item_neighbours_are_those_of_the_definitions(ratings, monkeypatch):
    monkeypatch.setattr(neighbours, "_PRODUCTS_AT_ONCE", 17)
    x = dense(ratings)
    both, size = x.T @ x, x.sum(axis=0)
    full = {
        "cosine": cosine_similarity(x.T),
        "jaccard": both / (size[:, None] + size - both),
        "conditional": both / size,
        "lift": both / (size[:, None] * size / len(x)),
    }
    for name, values in full.items():
        model = ItemKNN(name, n_neighbors=9).fit(ratings)
        np.testing.assert_allclose(model.similarity_.toarray(), nearest(values.round(12), 9), atol=1e-11)
        scores = model.recommend(k=60, exclude_seen=False).pivot(
            index="customer_id", columns="product_id", values="score"
        )
        np.testing.assert_allclose(scores, x @ model.similarity_.toarray(), atol=1e-12)


@pytest.mark.filterwarnings("ignore:Method expects CSR input")  # the package warns of what it does itself
@pytest.mark.parametrize("ours", [ItemKNN(n_neighbors=60), ItemKNN("bm25", n_neighbors=60, k1=3.0, b=0.4)])
def test_neighbours_are_those_of_implicit(ours, ratings):
    nearest_neighbours = pytest.importorskip(
        "implicit.nearest_neighbours", reason='needs: pip install "personakit[implicit]"'
    )
    ratings = ratings.assign(event=np.where(ratings["rating"] > 3, "purchase", "view"))
    ours.set_params(event_weight={"view": 1.0, "purchase": 2.5})
    x = sparse.csr_matrix(
        ratings.assign(w=np.where(ratings["rating"] > 3, 2.5, 1.0))
        .pivot_table(index="customer_id", columns="product_id", values="w", fill_value=0)
        .to_numpy()
    )
    if ours.similarity == "bm25":
        theirs = nearest_neighbours.BM25Recommender(K=60, K1=3.0, B=0.4, num_threads=1)
    else:
        theirs = nearest_neighbours.CosineRecommender(K=60, num_threads=1)
    theirs.fit(x, show_progress=False)
    expected = theirs.similarity.toarray()
    np.fill_diagonal(expected, 0.0)
    np.testing.assert_allclose(ours.fit(ratings).similarity_.toarray(), expected.T, rtol=1e-9, atol=1e-9)
    few = clone(ours).set_params(n_neighbors=5).fit(ratings).similarity_[:, 7].toarray().ravel()
    assert set(np.flatnonzero(few)) == set(np.argsort(-expected[7], kind="stable")[:5])


@pytest.mark.parametrize("make", [EASE, ItemKNN])
def test_age_weighs_a_choice_from_the_last_event_of_the_table(make, ratings):
    aged = make(half_life_days=50.0, event_weight={"view": 0.5, "purchase": 2.0})
    ratings = ratings.assign(event=np.where(ratings["rating"] > 3, "purchase", "view"))
    days = (ratings["timestamp"].max() - ratings["timestamp"]).dt.total_seconds() / 86_400
    worth = np.where(ratings["rating"] > 3, 2.0, 0.5) * 0.5 ** (days / 50.0)
    # the same weights, said as events of their own
    named = ratings.assign(event=[f"e{row}" for row in range(len(ratings))])
    plain = make(event_weight=dict(zip(named["event"], worth, strict=True)))
    np.testing.assert_allclose(aged.fit(ratings).scores(None, None), plain.fit(named).scores(None, None), atol=1e-12)
    seconds = ratings.assign(timestamp=ratings["timestamp"].astype("datetime64[s]").astype("int64"))
    aged.set_params(event_weight=None)
    np.testing.assert_allclose(aged.fit(seconds).scores(None, None), aged.fit(ratings).scores(None, None), rtol=1e-12)


def test_of_a_repeated_choice_the_strongest_counts_after_ageing():
    table = pd.DataFrame(
        {"customer_id": [1, 1, 2], "product_id": ["a", "a", "b"], "event": ["purchase", "view", "view"]}
    )
    table["timestamp"] = pd.to_datetime(["2025-01-01", "2025-01-21", "2025-01-21"])
    for weight, expected in ((3.0, 1.0), (8.0, 2.0)):  # two half-lives: 3 / 4 < 1 < 8 / 4
        model = Popular(half_life_days=10, event_weight={"purchase": weight, "view": 1.0}).fit(table)
        assert model.scores_.tolist() == [expected, 1.0]


def test_a_time_that_is_none_is_refused(ratings):
    wrong = ratings.assign(timestamp=np.r_[np.inf, np.arange(len(ratings) - 1.0)])
    with pytest.raises(DataError, match=r"interactions.timestamp has 1 values that are no time \(rows 0\)"):
        EASE(half_life_days=3).fit(wrong)
    with pytest.raises(DataError, match=r"interactions.timestamp has 1 missing values"):
        ItemKNN(half_life_days=3).fit(wrong.replace(np.inf, np.nan))


def test_shrinkage_lowers_what_rests_on_few_customers():
    table = pd.DataFrame({"customer_id": [1, 1, 2, 2], "product_id": list("abab")})
    assert ItemKNN(shrinkage=2.0).fit(table).explain(1, "b")["contribution"].tolist() == [pytest.approx(2 / (2 + 2))]


def test_popular_counts_customers_not_visits_and_forgets_with_its_half_life():
    table = pd.DataFrame(
        {
            "customer_id": [1, 1, 1, 2, 3],
            "product_id": ["a", "a", "a", "b", "b"],
            "timestamp": pd.to_datetime(["2025-01-31", "2025-01-31", "2025-01-01", "2025-01-01", "2025-01-01"]),
        }
    )
    assert Popular().fit(table).scores_.tolist() == [1, 2]
    np.testing.assert_allclose(Popular(half_life_days=10).fit(table).scores_, [1, 2 / 8])
    seconds = table.assign(timestamp=table["timestamp"].astype("datetime64[s]").astype("int64"))
    np.testing.assert_allclose(Popular(half_life_days=10).fit(seconds).scores_, [1, 2 / 8])


def test_random_lists_repeat_with_their_seed_and_differ_between_customers(ratings):
    first, again, other = (Random(seed).fit(ratings).recommend(k=8) for seed in (1, 1, 2))
    assert first.equals(again) and not first.equals(other)
    assert first.groupby("customer_id")["product_id"].agg(tuple).nunique() == 40


@pytest.mark.parametrize(
    ("model", "text"),
    [
        (EASE(l2=0), "l2 must be above 0, but is 0. Usual values lie between 50 and 2000."),
        (EASE(l2=np.inf), "l2 must be above 0, but is inf. Usual values lie between 50 and 2000."),
        (EASE(max_items=0), "max_items must be a whole number >= 1, or None for all products, but is 0."),
        (EASE(max_items=2.5), "max_items must be a whole number >= 1, or None for all products, but is 2.5."),
        (EASE(max_memory=np.nan), "max_memory must be above 0 GiB, but is nan."),
        (ItemKNN("pearson"), SIMILARITIES.format("pearson")),
        (ItemKNN("bm25", k1=-1), "k1 must be 0 or more and b between 0 and 1, but they are -1 and 0.75."),
        (ItemKNN("bm25", b=1.5), "k1 must be 0 or more and b between 0 and 1, but they are 1.2 and 1.5."),
        (ItemKNN(half_life_days=float("nan")), "half_life_days must be above 0, or None for no decay, but is nan."),
        (ItemKNN(n_neighbors=0), "n_neighbors must be a whole number >= 1, but is 0."),
        (ItemKNN(n_neighbors=2.5), "n_neighbors must be a whole number >= 1, but is 2.5."),
        (ItemKNN(shrinkage=np.inf), "shrinkage must be 0 or more, but is inf."),
        (ItemKNN(shrinkage=-1), "shrinkage must be 0 or more, but is -1."),
        (Popular(half_life_days=0), "half_life_days must be above 0, or None for no decay, but is 0."),
    ],
)
def test_parameters_out_of_range_are_refused_by_name(model, text, ratings):
    with pytest.raises(ParameterError) as caught:
        model.fit(ratings)
    assert str(caught.value) == text


def test_a_half_life_needs_times(ratings):
    with pytest.raises(DataError, match=r"interactions has no column 'timestamp'"):
        Popular(half_life_days=3).fit(ratings[["customer_id", "product_id"]])
