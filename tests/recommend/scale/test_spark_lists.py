"""The same neighbours, lists and files on Spark as in memory: one session for all tests of the module."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from personakit.errors import DataError, ParameterError
from personakit.recommend import ALS, IbisItemKNN, ItemKNN, SparkALS, split_interactions, write_recommendations

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::FutureWarning")]


@pytest.fixture(scope="module")
def split(movielens_100k):
    """MovieLens, with products as text, of which a quarter is held out."""
    frame = movielens_100k[["customer_id", "product_id"]].assign(
        product_id=lambda table: "m" + table["product_id"].astype(str)
    )
    return split_interactions(frame, test_size=0.25, random_state=0)


@pytest.fixture(scope="module")
def train(spark_session, split):
    return on_spark(spark_session, split[0])


def on_spark(session, frame):
    return session.createDataFrame(pa.Table.from_pandas(frame, preserve_index=False))


def ndcg(lists, test):
    """nDCG@10 over customers with held-out products, all of which are relevant."""
    hits = lists.merge(test[["customer_id", "product_id"]], on=["customer_id", "product_id"])
    gained = (1 / np.log2(hits["rank"] + 1)).groupby(hits["customer_id"]).sum()
    counts = test.groupby("customer_id").size().clip(upper=10)
    best = np.cumsum(1 / np.log2(np.arange(2, 12)))
    return float((gained.reindex(counts.index).fillna(0) / best[counts - 1]).mean())


def test_neighbours_and_lists_on_spark_are_those_in_memory(spark_session, split, tmp_path):
    frame = split[0].query("customer_id < 80")
    model = IbisItemKNN("jaccard", n_neighbors=20).fit(on_spark(spark_session, frame))
    twin = ItemKNN("jaccard", n_neighbors=20).fit(frame)
    near = model.neighbours_.execute().sort_values(["product_id", "similarity", "neighbour_id"], ascending=[1, 0, 1])
    expected = twin.neighbours()
    assert near["neighbour_id"].tolist() == expected["neighbour_id"].tolist()
    np.testing.assert_allclose(near["similarity"], expected["similarity"], atol=1e-9)
    wanted = [7, -900, 3, 60]
    found, lists = model.recommend(wanted, k=5), twin.recommend(wanted, k=5)
    assert found["customer_id"].tolist() == lists["customer_id"].tolist()
    assert found["product_id"].tolist() == lists["product_id"].tolist()
    np.testing.assert_allclose(found["score"], lists["score"], atol=1e-9)
    held = pd.read_parquet(model.write_recommendations(tmp_path / "lists", k=5))
    held = held.sort_values(["customer_id", "rank"], ignore_index=True)
    everybody = twin.recommend(k=5)
    assert held["product_id"].tolist() == everybody["product_id"].tolist()
    assert list(held.columns) == ["customer_id", "product_id", "score", "rank"]


def test_als_on_spark_ranks_as_well_as_in_memory(train, split, tmp_path):
    model = SparkALS(n_factors=16, iterations=6, alpha=1.0, regularization=0.05, random_state=0).fit(train)
    path = write_recommendations(model, tmp_path / "als", k=10)
    lists = pd.read_parquet(path).sort_values(["customer_id", "rank"], ignore_index=True)
    assert lists.groupby("customer_id").size().eq(10).all() and lists["customer_id"].nunique() == 943
    assert lists.merge(split[0], on=["customer_id", "product_id"]).empty
    twin = ALS(n_factors=16, iterations=6, alpha=1.0, random_state=0).fit(split[0])
    assert ndcg(lists, split[1]) > ndcg(twin.recommend(k=10), split[1]) - 0.015  # noise of the start: about 0.005
    few = model.recommend([7, -5, 3], k=10)
    assert few["customer_id"].drop_duplicates().tolist() == [7, -5, 3]
    for customer in (7, 3):
        mine = few[few["customer_id"] == customer]
        assert mine["product_id"].tolist() == lists[lists["customer_id"] == customer]["product_id"].tolist()
    top = few.iloc[0]
    reasons = model.explain(7, top["product_id"])
    assert reasons.attrs["score"] == pytest.approx(top["score"], abs=1e-5)
    assert model.knows([7, "7", -5]).tolist() == [True, False, False]
    assert set(model.held_about(7)["product_id"]) == set(split[0].query("customer_id == 7")["product_id"])


def test_wrong_tables_and_parameters_are_refused_on_spark(spark_session, split):
    with pytest.raises(DataError, match="interactions is a DataFrame, and SparkALS learns from a table of Spark"):
        SparkALS().fit(split[0])
    with pytest.raises(DataError, match="interactions has no rows"):
        SparkALS().fit(on_spark(spark_session, split[0].head(2)).limit(0))
    null = pd.DataFrame({"customer_id": [1, 2], "product_id": ["a", None]})
    with pytest.raises(DataError, match=r"interactions.product_id has 1 missing values. Drop those rows"):
        SparkALS().fit(on_spark(spark_session, null))
    with pytest.raises(ParameterError, match="n_factors must be a whole number >= 1, but is 0"):
        SparkALS(n_factors=0).fit(null)
