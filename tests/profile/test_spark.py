"""The same call on Spark, where the tables lie in a cluster."""

import shutil
import time

import ibis
import pyarrow as pa
import pytest

from personakit.profile import build_profiles

DAY = "2025-03-10"


@pytest.fixture
def spark(monkeypatch):
    sql = pytest.importorskip("pyspark.sql", reason='PySpark is missing: pip install "personakit[spark]"')
    if shutil.which("java") is None:
        pytest.skip("There is no java for Spark on the path: install a JRE, version 17 or later")
    monkeypatch.setenv("TZ", "UTC")  # Spark's rows of times are on the clock of the process
    time.tzset()
    builder = sql.SparkSession.builder.master("local[1]")
    for name, value in {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.memory": "1g",
        "spark.sql.shuffle.partitions": "1",
        "spark.sql.session.timeZone": "UTC",
    }.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    yield session
    session.stop()
    monkeypatch.undo()
    time.tzset()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_spark_and_duckdb_give_the_same_profiles(shop, spark, same_values):
    connection = ibis.pyspark.connect(spark)
    tables = {"consents": shop["consents"]}
    for name in shop.keys() - {"consents"}:
        rows = pa.Table.from_pandas(shop[name], preserve_index=False)
        spark.createDataFrame(rows).createOrReplaceTempView(name)
        tables[name] = connection.table(name)
    same_values(build_profiles(tables, DAY).to_pandas(), build_profiles(shop, DAY))
