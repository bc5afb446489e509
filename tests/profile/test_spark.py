"""The same call on Spark, where the tables lie in a cluster: one session for all tests of the module."""

import warnings

import ibis
import pyarrow as pa
import pytest

from personakit.profile import build_profiles, plan, shares
from personakit.profile.sources_forms import NEEDED
from personakit.world import World

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::FutureWarning")]


@pytest.fixture(scope="module")
def connection(spark_session):
    return ibis.pyspark.connect(spark_session)


def on_spark(connection, tables, prefix):
    """The tables as Ibis tables of Spark, with the columns that profiles read."""
    lazy = {}
    for name in NEEDED.keys() & set(tables):
        frame = tables[name][[column for column in NEEDED[name] if column in tables[name]]]
        for column in frame.select_dtypes("category"):
            frame = frame.astype({column: object})
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            rows = connection._session.createDataFrame(pa.Table.from_pandas(frame, preserve_index=False))
        rows.createOrReplaceTempView(f"{prefix}_{name}")
        lazy[name] = connection.table(f"{prefix}_{name}")
    return lazy


def test_the_world_has_the_same_profiles_on_spark_as_on_duckdb(connection, same_values):
    tables = World(300, random_state=11).tables
    lazy = on_spark(connection, tables, "world")
    profiles = build_profiles(lazy, "2025-06-30")
    assert isinstance(profiles, ibis.Table)
    same_values(profiles.to_pandas(), build_profiles(tables, "2025-06-30"))
    spread = shares(lazy, of="brand", as_of="2025-06-30", form="long").to_pandas()
    same_values(spread, shares(tables, of="brand", as_of="2025-06-30", form="long"))


def test_a_grocer_has_the_same_profiles_on_spark_as_on_duckdb(connection, real, same_values):
    tables = real("complete-journey", "complete_journey")
    profiles = build_profiles(on_spark(connection, tables, "grocer"), "2017-12-31", check=False)
    same_values(profiles.to_pandas(), build_profiles(tables, "2017-12-31"))


def test_spark_shows_its_plan(connection, shop):
    found = plan(on_spark(connection, shop, "shop"), "2025-03-10")
    assert found.engine == "pyspark"
    assert "Aggregate" in found.steps
    assert "`order_lines" in found.sql or "`shop_order_lines`" in found.sql
