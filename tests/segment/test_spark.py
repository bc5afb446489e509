"""RFM and rules on Spark, where the lines lie in a cluster: the same as in pandas, one session for all tests."""

import ibis
import pandas as pd
import pytest

from personakit.segment import RFM, rfm_segments, rfm_table, select
from personakit.segment.rules_evaluation import holds
from personakit.segment.rules_language import parse
from personakit.segment.rules_tables import EngineColumns

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::FutureWarning")]

RULES = [
    "spent > 0", "not spent > 0", "spent / (orders - 1) > 1", "spent - spent = 0", "orders not between 1 and 3",
    "region not in ['wales']", "region is missing", "since <= '2025-01-31'", "'2025-02-10' - since > 9",
    "day <= '2025-01-31'", "day = since or since = '2025-02-01'", "member and not orders in [1]", "member != true",
]  # fmt: skip


@pytest.fixture(scope="module")
def connection(spark_session):
    return ibis.pyspark.connect(spark_session)


def test_order_lines_give_the_same_scores_and_segments_on_spark(connection, world):
    columns = ["order_id", "customer_id", "product_id", "timestamp", "quantity", "unit_price"]
    lines = world.tables["order_lines"][columns].head(2000)
    connection._session.createDataFrame(lines).createOrReplaceTempView("segment_lines")
    table = rfm_table(lines, "2025-12-31")
    found = rfm_segments(rfm_table(connection.table("segment_lines"), "2025-12-31", check=False)).to_pandas()
    wanted = table.merge(RFM().fit(table).transform(table).reset_index(), on="customer_id").astype({"segment": object})
    pd.testing.assert_frame_equal(
        found.sort_values("customer_id", ignore_index=True), wanted, check_dtype=False, check_exact=True
    )


def test_rules_take_the_same_customers_on_spark(connection):
    rows = [
        (1, 1.0, 1, "wales", "2025-01-31 14:00", "2025-01-31", True),
        (2, None, None, None, None, "bad", None),
        (3, float("inf"), 3, "it's", "2024-02-29 00:00", "2024-13-01", False),
        (4, float("-inf"), 4, "", "2025-02-01 23:59", None, True),
        (5, 0.0, 0, "wales", "2025-01-31 00:00", "2025-01-31 12:00", False),
        (6, float("nan"), 2, "wales", None, "2025-01-31", True),
    ]
    kinds = "customer_id long, spent double, orders long, region string, since string, day string, member boolean"
    rows_on_spark = connection._session.createDataFrame(rows, kinds)
    rows_on_spark.selectExpr("* except (since)", "to_timestamp(since) as since").createOrReplaceTempView(
        "segment_people"
    )
    people = pd.DataFrame(rows, columns=[part.split()[0] for part in kinds.split(", ")])
    people["since"] = pd.to_datetime(people["since"])
    people = people.astype({"member": "boolean", "orders": "Int64"})
    on_spark = connection.table("segment_people")
    told = on_spark.select("customer_id", **{rule: holds(parse(rule), EngineColumns(on_spark)) for rule in RULES})
    told = told.to_pandas().set_index("customer_id")
    for rule in RULES:
        assert told.index[told[rule]].tolist() == select(people, rule)["customer_id"].tolist(), rule
