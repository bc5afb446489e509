"""The same call on Spark, where the tables lie in a cluster: one session for all tests of the module."""

import os
import shutil
import time
import warnings

import ibis
import pyarrow as pa
import pytest

from personakit.profile import build_profiles, plan, shares
from personakit.profile.sources_forms import NEEDED
from personakit.world import World

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::FutureWarning")]


@pytest.fixture(scope="module")
def connection():
    sql = pytest.importorskip("pyspark.sql", reason='PySpark is missing: pip install "personakit[spark]"')
    if shutil.which("java") is None:
        pytest.skip("There is no java for Spark on the path: install a JRE, version 17 or later")
    before = os.environ.get("TZ")
    os.environ["TZ"] = "UTC"  # Spark's rows of times are on the clock of the process
    time.tzset()
    builder = sql.SparkSession.builder.master("local[2]")
    for name, value in {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.memory": "2g",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.codegen.wholeStage": "false",  # to compile so wide a plan takes longer than to run it
        "spark.sql.adaptive.enabled": "false",
    }.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    yield ibis.pyspark.connect(session)
    session.stop()
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


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
