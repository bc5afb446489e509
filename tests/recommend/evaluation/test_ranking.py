"""The measures of lists against scikit-learn's, customer by customer, and under shuffled rows and other ids."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import label_ranking_average_precision_score, ndcg_score, roc_auc_score

from personakit.errors import DataError, ParameterError
from personakit.recommend import Popular, ranking_metrics
from personakit.recommend.evaluation import catalogue_metrics, list_metrics, ranking_auc


def table_of(relevance):
    customers, products = np.nonzero(relevance)
    return pd.DataFrame(
        {"customer_id": customers, "product_id": products, "grade": relevance[customers, products].astype(float)}
    )


def lists_of(scores, k):
    order = np.argsort(-scores, axis=1)[:, :k]
    return pd.DataFrame(
        {
            "customer_id": np.repeat(np.arange(len(scores)), k),
            "product_id": order.ravel(),
            "rank": np.tile(np.arange(1, k + 1), len(scores)),
        }
    )


@pytest.fixture
def drawn():
    rng = np.random.default_rng(3)
    relevance = (rng.random((60, 80)) < 0.08) * rng.integers(1, 6, (60, 80))
    relevance[np.arange(60), rng.integers(0, 80, 60)] = 3
    return relevance, rng.permuted(np.tile(np.arange(80.0), (60, 1)), axis=1)


@pytest.mark.parametrize("k", [1, 5, 10, 80])
def test_ndcg_equals_that_of_scikit_learn_to_1e_9_graded_or_not(drawn, k):
    relevance, scores = drawn
    held = table_of(relevance)
    plain = ranking_metrics(lists_of(scores, k), held, k=k)["ndcg"]
    graded = ranking_metrics(lists_of(scores, k), held, k=k, relevance="grade")["ndcg"]
    expected = [ndcg_score(relevance[[row]] > 0, scores[[row]], k=k) for row in range(60)]
    np.testing.assert_allclose(plain, expected, rtol=0, atol=1e-9)
    expected = [ndcg_score(relevance[[row]], scores[[row]], k=k) for row in range(60)]
    np.testing.assert_allclose(graded, expected, rtol=0, atol=1e-9)


def test_map_over_all_products_equals_the_average_precision_of_scikit_learn(drawn):
    relevance, scores = drawn
    measured = ranking_metrics(lists_of(scores, 80), table_of(relevance), k=80)["map"]
    expected = [label_ranking_average_precision_score(relevance[[row]] > 0, scores[[row]]) for row in range(60)]
    np.testing.assert_allclose(measured, expected, rtol=0, atol=1e-9)


def test_mrr_is_one_over_the_rank_of_the_first_hit(drawn):
    relevance, scores = drawn
    measured = ranking_metrics(lists_of(scores, 10), table_of(relevance), k=10)["mrr"]
    for row, value in measured.items():
        hits = np.flatnonzero(relevance[row][np.argsort(-scores[row])[:10]])
        assert value == (1 / (hits[0] + 1) if len(hits) else 0)


@pytest.mark.parametrize("block_size", [None, 7])
def test_auc_equals_that_of_scikit_learn_over_unseen_products_ties_included(drawn, block_size):
    relevance, scores = drawn
    scores = np.round(scores / 7)  # many ties
    rng = np.random.default_rng(0)
    seen = (rng.random(relevance.shape) < 0.2) & (relevance == 0)
    measured = ranking_auc(
        lambda ids: scores[ids], table_of(relevance), products=pd.RangeIndex(80), seen=table_of(seen),
        block_size=block_size,
    )  # fmt: skip
    expected = [roc_auc_score(relevance[row, ~seen[row]] > 0, scores[row, ~seen[row]]) for row in range(60)]
    np.testing.assert_allclose(measured, expected, rtol=0, atol=1e-9)


def test_a_held_out_product_that_the_model_does_not_know_is_below_all_others():
    held = pd.DataFrame({"customer_id": [1, 1], "product_id": ["a", "new"]})
    found = ranking_auc(lambda ids: np.array([[3.0, 2.0, 1.0]]), held, products=pd.Index(["a", "b", "c"]))
    assert found.tolist() == [roc_auc_score([1, 0, 0, 1], [3, 2, 1, -9])] == [0.5]
    lists = pd.DataFrame({"customer_id": [1], "product_id": ["a"], "rank": [1]})
    assert ranking_metrics(lists, held, k=2)["recall"].tolist() == [0.5]


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6), k=st.integers(1, 9))
def test_no_measure_changes_under_shuffled_rows_and_other_ids(seed, k):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"customer_id": rng.integers(0, 9, 90), "product_id": rng.integers(0, 14, 90)})
    train, held = frame.iloc[:60], frame.iloc[60:]
    scores = rng.permuted(np.tile(np.arange(14.0), (9, 1)), axis=1)
    lists = lists_of(scores, k)
    obvious = Popular().fit(train).recommend(np.arange(9), k)
    people, goods = rng.permutation(500)[:9], np.array([f"x{place}" for place in rng.permutation(500)[:14]])

    def other(table):
        table = table.assign(customer_id=people[table["customer_id"]], product_id=goods[table["product_id"]])
        return table.sample(frac=1, random_state=seed)

    def all_of(lists, train, held, obvious):
        found = ranking_metrics(lists, held, k=k)
        return found.join(list_metrics(lists, train, k=k, held_out=held, obvious=obvious))

    before, after = all_of(lists, train, held, obvious), all_of(*map(other, (lists, train, held, obvious)))
    np.testing.assert_allclose(after.loc[people[before.index]], before, rtol=0, atol=1e-9)
    shown = [catalogue_metrics(table, pd.Index(ids), k=k) for table, ids in ((lists, range(14)), (other(lists), goods))]
    assert shown[0] == pytest.approx(shown[1])
    auc = ranking_auc(lambda ids: scores[ids], held, products=pd.RangeIndex(14), seen=train)
    mixed = rng.permutation(14)
    again = ranking_auc(
        lambda ids: scores[pd.Index(people).get_indexer(ids)][:, mixed],
        other(held), products=pd.Index(goods[mixed]), seen=other(train),
    )  # fmt: skip
    np.testing.assert_allclose(again.loc[people[auc.index]], auc, rtol=0, atol=1e-9)


def test_a_short_list_loses_its_empty_places_and_a_missing_one_everything():
    held = pd.DataFrame({"customer_id": [1, 2], "product_id": ["a", "a"]})
    lists = pd.DataFrame({"customer_id": [1], "product_id": ["a"], "rank": [1]})
    measured = ranking_metrics(lists, held, k=4)
    assert measured["precision"].tolist() == [0.25, 0.0] and measured["ndcg"].tolist() == [1.0, 0.0]


def test_graded_relevance_of_nought_counts_as_not_wanted():
    held = pd.DataFrame({"customer_id": [1, 1, 2], "product_id": ["a", "b", "a"], "grade": [0.0, 2.0, 0.0]})
    lists = pd.DataFrame({"customer_id": [1, 1, 2], "product_id": ["a", "b", "a"], "rank": [1, 2, 1]})
    measured = ranking_metrics(lists, held, k=2, relevance="grade")
    assert measured.loc[1, ["recall", "precision", "mrr"]].tolist() == [1.0, 0.5, 0.5]
    assert measured.loc[1, "ndcg"] == pytest.approx(1 / np.log2(3))
    assert measured.loc[2].tolist() == [0.0] * 6


@pytest.mark.parametrize("k", [0, -1, 2.5, True])
def test_k_must_be_a_whole_number_of_at_least_one(k, drawn):
    with pytest.raises(ParameterError, match=r"k must be a whole number of products >= 1, but is"):
        ranking_metrics(lists_of(drawn[1], 3), table_of(drawn[0]), k=k)


def test_lists_that_are_no_lists_are_refused(drawn):
    lists, held = lists_of(drawn[1], 3), table_of(drawn[0])
    with pytest.raises(DataError, match=r"recommendations has no column 'rank'"):
        ranking_metrics(lists.drop(columns="rank"), held)
    with pytest.raises(DataError, match=r"recommendations holds a product twice for 1 customers \(0\)"):
        ranking_metrics(pd.concat([lists, lists.iloc[:1].assign(rank=4)]), held)
    with pytest.raises(DataError, match=r"recommendations holds a rank twice for 60 customers"):
        ranking_metrics(lists.assign(rank=1), held)
    with pytest.raises(DataError, match=r"rank must hold whole numbers from 1"):
        ranking_metrics(lists.assign(rank=lists["rank"] - 1), held)
    with pytest.raises(DataError, match=r"held_out.grade has 1 values that are no relevance \(-1.0\)"):
        ranking_metrics(lists, held.assign(grade=[-1.0, *held["grade"][1:]]), relevance="grade")
    with pytest.raises(DataError, match=r"The model scores NaN for 60 customers \(0, 1, 2, ...\)"):
        ranking_auc(lambda ids: np.full((len(ids), 80), np.nan), held, products=pd.RangeIndex(80))


def test_products_and_ranks_that_stand_twice_are_found_wherever_they_are():
    held_out = pd.DataFrame({"customer_id": [1, 2], "product_id": ["a", "b"]})
    lists = pd.DataFrame({"customer_id": [7, 1, 7], "product_id": ["x", "a", "x"], "rank": [1, 1, 2]})
    with pytest.raises(DataError, match=r"holds a product twice for 1 customers \(7\)"):
        ranking_metrics(lists, held_out)
    with pytest.raises(DataError, match=r"holds a rank twice for 1 customers \(7\)"):
        ranking_metrics(lists.assign(product_id=["x", "a", "y"], rank=1), held_out)
    with pytest.raises(DataError, match=r"recommendations.customer_id has 1 missing values \(rows 1\). Drop"):
        ranking_metrics(lists.assign(customer_id=[7, np.nan, 7], rank=[1, 2, 3]), held_out)
    with pytest.raises(DataError, match=r"recommendations is a list. Pass the data frame that recommend\(\) returns"):
        ranking_metrics([1], held_out)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int64", "Int64", "float64", "str", "category"])
def test_ids_of_any_type_measure_the_same(dtype, drawn):
    relevance, scores = drawn
    lists, held_out = lists_of(scores, 5), table_of(relevance)
    expected = ranking_metrics(lists, held_out, k=5)
    step, first = (3, -120) if dtype == "int8" else (1, 0)  # a difference of two of them does not fit into 8 bits
    other = [table.assign(product_id=(table["product_id"] * step + first).astype(dtype)) for table in (lists, held_out)]
    pd.testing.assert_frame_equal(ranking_metrics(*other, k=5), expected)


def test_far_apart_ids_and_tuples_are_ids_too():
    for ids in ([-(2**63), 2**63 - 1], [("a", 1), ("b", 2)], ["7", 7]):
        held_out = pd.DataFrame({"customer_id": pd.Series(ids), "product_id": pd.Series(ids)})
        measured = ranking_metrics(held_out.assign(rank=1), held_out)
        assert measured["ndcg"].tolist() == [1.0, 1.0] and set(measured.index) == set(ids)


def test_scores_of_another_shape_and_an_empty_catalogue_are_refused():
    held_out = pd.DataFrame({"customer_id": [1], "product_id": ["a"]})
    with pytest.raises(DataError, match=r"score gave an array of shape \(1, 2\) for 1 customers and 3 products"):
        ranking_auc(lambda ids: np.zeros((1, 2)), held_out, products=pd.Index(["a", "b", "c"]))
    with pytest.raises(DataError, match=r"products holds a twice"):
        ranking_auc(lambda ids: np.zeros((1, 2)), held_out, products=pd.Index(["a", "a"]))
    with pytest.raises(DataError, match=r"products is empty. Pass the ids of the catalogue"):
        catalogue_metrics(held_out.assign(rank=1), [])
    assert catalogue_metrics(held_out.assign(rank=1), ["a", "b", "a"])["coverage"] == 0.5
    with pytest.raises(DataError, match=r"train has no column 'product_id'"):
        list_metrics(held_out.assign(rank=1), held_out[["customer_id"]])
