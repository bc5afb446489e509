"""Lists on disk: the same as in memory, in a fraction of the memory, and never half of them."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pandas as pd
import pytest

from personakit.errors import ParameterError
from personakit.recommend import ItemKNN, write_recommendations


@pytest.fixture(scope="module")
def model():
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"customer_id": rng.integers(0, 4000, 40_000), "product_id": rng.integers(0, 300, 40_000)})
    return ItemKNN().fit(table)


def peak(call):
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_lists_by_blocks_need_a_fraction_of_the_memory_and_are_the_same(model, tmp_path):
    whole = peak(lambda: model.recommend(k=100))
    blocks = peak(lambda: write_recommendations(model, tmp_path / "lists", k=100, block_size=200))
    assert blocks < whole / 5
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "lists"), model.recommend(k=100))


def test_a_failure_leaves_the_folder_that_was_there(model, tmp_path, monkeypatch):
    path = write_recommendations(model, tmp_path / "lists", k=3)
    before = pd.read_parquet(path)
    with pytest.raises(ParameterError, match=r"lists exists. Choose another, or pass overwrite=True"):
        write_recommendations(model, path, k=5)
    with monkeypatch.context() as patched:
        patched.setattr(pd.DataFrame, "to_parquet", lambda *_, **__: (_ for _ in ()).throw(OSError("disk is full")))
        with pytest.raises(OSError, match="disk is full"):
            write_recommendations(model, path, k=5, overwrite=True)
    pd.testing.assert_frame_equal(pd.read_parquet(path), before)
    assert [each.name for each in tmp_path.iterdir()] == ["lists"]


class OnEngine:
    def write_recommendations(self, path, k, *, exclude_seen, overwrite):
        return path


def test_what_cannot_be_done_is_refused(model, tmp_path):
    for given in ({"customer_ids": [1]}, {"block_size": 5}):
        with pytest.raises(ParameterError, match=r"OnEngine writes the lists of everybody .* Leave out customer_ids"):
            write_recommendations(OnEngine(), tmp_path / "lists", **given)
    with pytest.raises(ParameterError, match=r"model is a DataFrame, not a recommender. Pass a fitted one"):
        write_recommendations(pd.DataFrame(), tmp_path / "lists")


def test_the_purpose_and_unknown_customers_are_kept(tmp_path):
    table = pd.DataFrame({"customer_id": [1, 1, 2], "product_id": ["a", "b", "a"]})
    table.attrs["purpose"] = "recommendations"
    path = write_recommendations(ItemKNN().fit(table), tmp_path / "lists", customer_ids=[9, 1, 2], k=9, block_size=1)
    held = pd.read_parquet(path)
    assert held["customer_id"].tolist() == [9, 9, 2] and held["product_id"].tolist() == ["a", "b", "b"]
    assert pd.read_parquet(path / "part-000000.parquet").attrs == {"purpose": "recommendations"}
