"""Neighbours and lists by DuckDB are those of ItemKNN, and lists on disk are those in memory."""

from __future__ import annotations

import ibis
import numpy as np
import pandas as pd
import pytest

from personakit.errors import ConsentError, DataError, NotFittedError, ParameterError
from personakit.privacy import ConsentLedger, gate
from personakit.recommend import (
    IbisItemKNN,
    ItemKNN,
    Popular,
    item_neighbours,
    neighbour_lists,
    write_recommendations,
)

ORDER = ["product_id", "similarity", "neighbour_id"]


@pytest.mark.parametrize("similarity", ["cosine", "jaccard", "conditional", "lift", "bm25"])
@pytest.mark.parametrize("shrinkage", [0.0, 4.0])
def test_neighbours_are_those_of_item_knn(similarity, shrinkage, ratings):
    table = ibis.memtable(ratings[["customer_id", "product_id"]])
    settings = {"n_neighbors": 7, "shrinkage": shrinkage}
    near = item_neighbours(table, similarity, **settings).execute()
    expected = ItemKNN(similarity, **settings).fit(ratings).neighbours()
    near = near.sort_values(ORDER, ascending=[True, False, True], ignore_index=True)
    np.testing.assert_allclose(near["similarity"], expected["similarity"], rtol=0, atol=1e-9)
    if similarity != "bm25":  # whose sums are equal but for the last digits
        assert near["neighbour_id"].tolist() == expected["neighbour_id"].tolist()


def test_events_weigh_as_in_item_knn(ratings):
    events = ratings.assign(event=np.where(ratings["rating"] > 3, "purchase", "view"))
    weights = {"purchase": 3.0, "view": 1.0}
    table = ibis.memtable(events[["customer_id", "product_id", "event"]])
    near = item_neighbours(table, n_neighbors=9, event_weight=weights).execute()
    expected = ItemKNN(n_neighbors=9, event_weight=weights).fit(events).neighbours()
    near = near.sort_values(ORDER, ascending=[True, False, True], ignore_index=True)
    np.testing.assert_allclose(near["similarity"], expected["similarity"], rtol=0, atol=1e-9)


def test_lists_reasons_and_what_is_held_are_those_of_item_knn(ratings, tmp_path):
    pairs = ratings[["customer_id", "product_id"]]
    model, twin = IbisItemKNN().fit(ibis.memtable(pairs)), ItemKNN().fit(pairs)
    wanted = [993, "1000", 1000, -1]
    lists, expected = model.recommend(wanted, k=4), twin.recommend(wanted, k=4)
    assert lists["customer_id"].tolist() == expected["customer_id"].tolist()
    assert lists["product_id"].tolist() == expected["product_id"].tolist()
    np.testing.assert_allclose(lists["score"], expected["score"], atol=1e-9)
    assert model.knows(wanted).tolist() == [True, False, True, False]
    one = lists["product_id"].iloc[0]
    reasons, known = model.explain(993, one), twin.explain(993, one)
    assert reasons.attrs["score"] == pytest.approx(known.attrs["score"], abs=1e-9)
    assert set(reasons["product_id"]) == set(known["product_id"])
    assert model.explain(993, "nothing")["contribution"].tolist() == [0.0]
    assert model.held_about(993)["product_id"].tolist() == sorted(twin.held_about(993)["product_id"])
    held = pd.read_parquet(model.write_recommendations(tmp_path / "it's", k=4))
    held = held.sort_values(["customer_id", "rank"], ignore_index=True)
    pd.testing.assert_frame_equal(held, model.recommend(k=4), check_dtype=False)


def test_tables_that_cannot_be_read_are_refused(ratings):
    with pytest.raises(DataError, match="interactions is a DataFrame, not an Ibis table"):
        item_neighbours(ratings)
    with pytest.raises(DataError, match="interactions has no column 'product_id'"):
        item_neighbours(ibis.memtable({"customer_id": [1]}))
    empty = ibis.memtable({"customer_id": [1], "product_id": ["a"]}).limit(0)
    with pytest.raises(DataError, match="interactions has no rows"):
        item_neighbours(empty)
    with pytest.raises(DataError, match=r"interactions.customer_id has 1 missing values. Drop those rows"):
        item_neighbours(ibis.memtable(pd.DataFrame({"customer_id": ["x", None], "product_id": ["a", "b"]})))
    table = ibis.memtable({"customer_id": [1], "product_id": ["a"]})
    with pytest.raises(ParameterError, match="similarity must be one of"):
        item_neighbours(table, "euclid")
    with pytest.raises(ParameterError, match="k must be a whole number of products >= 1, but is 0"):
        neighbour_lists(table, item_neighbours(table), k=0)
    with pytest.raises(NotFittedError, match=r"IbisItemKNN.recommend was called before fit"):
        IbisItemKNN().recommend()


def test_files_by_block_hold_what_recommend_gives(ratings, tmp_path):
    model = ItemKNN().fit(ratings)
    path = write_recommendations(model, tmp_path / "lists", k=3, block_size=7)
    assert len(list(path.iterdir())) == 6
    pd.testing.assert_frame_equal(pd.read_parquet(path), model.recommend(k=3))
    with pytest.raises(ParameterError, match=r"exists. Choose another, or pass overwrite=True"):
        write_recommendations(model, path)
    write_recommendations(model, path, k=1, overwrite=True)
    assert len(pd.read_parquet(path)) == 40
    assert [each.name for each in tmp_path.iterdir()] == ["lists"]
    with pytest.raises(ParameterError, match=r"which does not exist\. Make that folder first"):
        write_recommendations(model, tmp_path / "no" / "lists")
    for wrong in ({"k": 0}, {"block_size": 0}):
        with pytest.raises(ParameterError, match="must be a whole number"):
            write_recommendations(model, tmp_path / "new", **wrong)


def test_a_failure_halfway_leaves_the_folder_as_it_was(ratings, tmp_path, monkeypatch):
    model = Popular().fit(ratings)
    path = write_recommendations(model, tmp_path / "lists", k=2)
    calls = []

    def fail(self, *args, **kwargs):
        calls.append(args)
        if len(calls) > 1:
            raise OSError("no room")

    monkeypatch.setattr(pd.DataFrame, "to_parquet", fail)
    with pytest.raises(OSError, match="no room"):
        write_recommendations(model, path, block_size=5, overwrite=True)
    assert [each.name for each in tmp_path.iterdir()] == ["lists"]
    assert len(pd.read_parquet(path)) == 80


def test_lists_stay_bound_to_the_purpose_of_the_data():
    choices = pd.DataFrame({"customer_id": [1, 1, 2], "product_id": ["tea", "pot", "tea"]})
    ledger = ConsentLedger.granting([1, 2], ["recommendations", "marketing_email"], source="test")
    released = gate(choices, "recommendations", at="2030-01-01", ledger=ledger)
    model = IbisItemKNN().fit(released)
    assert model.recommend([2], k=1).attrs["purpose"] == "recommendations"
    other = gate(choices, "marketing_email", at="2030-01-01", ledger=ledger)
    with pytest.raises(ConsentError, match="may not be used for 'marketing_email'"):
        model.recommend(other)
