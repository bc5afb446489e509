"""Profiles: every column against a calculation by hand, nothing from the future, and whatever tables there are."""

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from personakit.errors import ConsentError, DataError, ParameterError
from personakit.privacy import gate
from personakit.profile import build_profiles, dictionary, profile_expression

AS_OF = "2025-03-31"


def times(frame, column="timestamp"):
    return frame.assign(**{column: pd.to_datetime(frame[column])})


def shop():
    """A small shop, written down so that each figure can be worked out by hand."""
    return {
        "customers": times(
            pd.DataFrame({"customer_id": [1, 2, 3, 4], "signed_up": ["2025-01-01", None, "2025-03-31 23:00", "2025-04-01"]}),
            "signed_up",
        ),
        "products": pd.DataFrame({"product_id": [10, 11, 12], "category": ["Shirts", "Shoes", None]}),
        "order_lines": times(
            pd.DataFrame(
                [
                    (100, 1, 10, 2, 20.0, 25.0, 0.2, False, "2025-01-11 09:00"),
                    (100, 1, 11, 1, 50.0, 50.0, 0.0, True, "2025-01-11 09:00"),
                    (101, 1, 10, 1, 25.0, 25.0, 0.0, False, "2025-03-01 23:59"),
                    (102, 1, 11, 1, 30.0, 50.0, 0.4, True, "2025-03-31 23:59:59"),
                    (103, 2, 12, 1, 9.5, 9.5, 0.0, False, "2025-03-30 12:00"),
                    (104, 2, 10, 7, 25.0, 25.0, 0.0, False, "2025-04-01 00:00"),
                ],
                columns=[
                    "order_id", "customer_id", "product_id", "quantity", "unit_price", "list_price", "discount", "returned",
                    "timestamp",
                ],
            )
        ),
        "interactions": times(
            pd.DataFrame(
                [
                    (1, 11, "view", "app", "2025-01-10"),
                    (1, 11, "view", "app", "2025-01-11"),
                    (1, 10, "view", "web", "2025-01-11"),
                    (1, 11, "return", "web", "2025-01-20"),
                    (2, 12, "view", "web", "2025-03-29"),
                    (2, 10, "view", "web", "2025-04-02"),
                ],
                columns=["customer_id", "product_id", "event", "channel", "timestamp"],
            )
        ),
        "sessions": times(
            pd.DataFrame(
                {
                    "customer_id": [1, 1, 1, 2, 2, 2],
                    "channel": ["app", "web", "app", "web", "store", "store"],
                    "timestamp": ["2025-01-01", "2025-01-02", "2025-02-01", "2025-02-10", "2025-03-01", "2025-04-02"],
                }
            )
        ),
        "ratings": times(
            pd.DataFrame(
                {
                    "customer_id": [1] * 7,
                    "product_id": range(7),
                    "rating": [1.0, 1.0, 5.0, 4.0, 3.0, 4.0, 1.0],
                    "timestamp": [f"2025-02-0{day}" for day in range(1, 7)] + ["2025-05-01"],
                }
            )
        ),
        "contacts": times(
            pd.DataFrame(
                {
                    "customer_id": [1, 1, 1, 1, 1],
                    "channel": ["email", "email", "email", "sms", "email"],
                    "opened": [True, False, False, True, True],
                    "timestamp": ["2025-01-05", "2025-01-12", "2025-01-19", "2025-01-26", "2025-04-05"],
                }
            )
        ),
        "consents": times(
            pd.DataFrame(
                {
                    "customer_id": [1, 1, 1, 2, 2],
                    "purpose": ["recommendations", "analytics", "image", "analytics", "analytics"],
                    "granted": [True, True, False, True, False],
                    "timestamp": ["2025-01-01", "2025-01-01", "2025-01-01", "2025-02-01", "2025-02-01"],
                }
            )
        ),
    }  # fmt: skip


@pytest.fixture(scope="module")
def profiles():
    return build_profiles(shop(), as_of=AS_OF).set_index("customer_id")


def test_there_is_one_row_for_each_customer_known_by_the_end_of_the_day(profiles):
    assert profiles.index.tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ("recency_days", [0, 1, np.nan]),
        ("frequency", [3, 1, 0]),
        ("monetary", [40 + 50 + 25 + 30, 9.5, 0]),
        ("tenure_days", [89, 49, 0]),  # the second never told when she signed up: first seen on 10 February
        ("mean_days_between_orders", [(31 - 11 + 28 + 31) / 2, np.nan, np.nan]),
        ("n_views", [3, 1, 0]),
        ("discount_share", [2 / 4, 0, np.nan]),
        ("return_rate", [1 / 4, 0, np.nan]),
        ("email_open_rate", [1 / 3, np.nan, np.nan]),
        ("n_ratings", [6, 0, 0]),
        ("recent_rating", [(1 + 5 + 4 + 3 + 4) / 5, np.nan, np.nan]),
    ],
)
def test_figures_are_those_worked_out_by_hand(profiles, column, expected):
    np.testing.assert_allclose(profiles[column].to_numpy(dtype=float), expected)


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ("favourite_category", ["Shirts", None, None]),
        ("favourite_channel", ["app", "store", None]),  # of one visit each, the first by name
        ("consent", ["analytics recommendations", "", None]),
    ],
)
def test_words_are_those_worked_out_by_hand(profiles, column, expected):
    assert [None if pd.isna(value) else value for value in profiles[column]] == expected


def test_the_columns_and_the_dictionary_agree(profiles):
    assert ["customer_id", *profiles.columns] == dictionary().index.tolist()
    assert not dictionary()[["meaning", "source", "missing"]].eq("").any().any()


def test_the_profile_carries_its_ledger_through_the_gate():
    frame = build_profiles(shop(), as_of=AS_OF)
    allowed = gate(frame, purpose="recommendations", at=AS_OF)
    assert allowed.frame["customer_id"].tolist() == [1]
    assert allowed.kept_back == {"refused": 0, "withdrawn": 0, "never asked": 1, "unknown customer": 1}
    assert frame.attrs["as_of"] == "2025-03-31"
    assert frame.attrs["frequency_of"] == "orders"


def test_without_consents_the_gate_stays_shut():
    tables = {name: table for name, table in shop().items() if name != "consents"}
    with pytest.raises(ConsentError, match="no record of consent"):
        gate(build_profiles(tables, as_of=AS_OF), purpose="analytics", at=AS_OF)


FUTURE = st.integers(0, 400).map(lambda hours: pd.Timestamp("2025-04-01") + pd.Timedelta(hours=hours))


@settings(max_examples=15)
@given(st.data())
def test_nothing_that_happens_later_has_any_influence(data):
    tables = shop()
    for name in ("order_lines", "interactions", "sessions", "ratings", "contacts", "consents"):
        rows = data.draw(st.lists(st.tuples(st.integers(0, len(tables[name]) - 1), FUTURE), max_size=6), label=name)
        later = (
            tables[name]
            .iloc[[row for row, _ in rows]]
            .assign(timestamp=pd.Series([at for _, at in rows], dtype="datetime64[us]").to_numpy())
        )
        for column in ("order_id", "customer_id"):
            if column in later and data.draw(st.booleans(), label=f"new {column}"):
                later[column] += 1000
        tables[name] = pd.concat([tables[name], later], ignore_index=True)
    pd.testing.assert_frame_equal(build_profiles(tables, as_of=AS_OF), build_profiles(shop(), as_of=AS_OF))


@settings(max_examples=8)
@given(st.integers(0, 10**6))
def test_the_order_of_rows_and_the_clock_time_of_as_of_do_not_matter(seed):
    shuffled = {name: table.sample(frac=1, random_state=seed) for name, table in shop().items()}
    other = build_profiles(shuffled, as_of=pd.Timestamp("2025-03-31 07:30"))
    pd.testing.assert_frame_equal(other, build_profiles(shop(), as_of=AS_OF))


def test_the_day_of_the_last_activity_is_the_default():
    assert build_profiles(shop()).attrs["as_of"] == "2025-05-01"


def test_any_kind_of_text_and_time_column_gives_the_same():
    tables = shop()
    for name, table in tables.items():
        for column in table.columns:
            if table[column].dtype.kind == "M":
                table[column] = table[column].astype("datetime64[ns]")
            elif column in ("channel", "event", "category", "purpose"):
                table[column] = table[column].astype("category")
        tables[name] = table
    pd.testing.assert_frame_equal(build_profiles(tables, as_of=AS_OF), build_profiles(shop(), as_of=AS_OF))


def test_ibis_tables_are_worked_on_where_they_are():
    connection = ibis.duckdb.connect()
    remote = {name: connection.create_table(name, table) for name, table in shop().items()}
    pd.testing.assert_frame_equal(build_profiles(remote, as_of=AS_OF), build_profiles(shop(), as_of=AS_OF))
    expression = profile_expression(remote, as_of=AS_OF)
    assert isinstance(expression, ibis.Table)
    assert connection.to_pandas(expression)["customer_id"].tolist() == [1, 2, 3]


def test_text_ids_work():
    tables = {
        name: table.assign(customer_id="c" + table["customer_id"].astype(str)) if "customer_id" in table else table
        for name, table in shop().items()
    }
    assert build_profiles(tables, as_of=AS_OF)["customer_id"].tolist() == ["c1", "c2", "c3"]


def test_with_order_lines_alone_the_rest_is_empty():
    profiles = build_profiles({"order_lines": shop()["order_lines"]}, as_of=AS_OF)
    assert profiles["frequency"].tolist() == [3, 1]
    assert profiles["tenure_days"].tolist() == [79, 1]
    empty = [
        "n_views",
        "favourite_category",
        "favourite_channel",
        "email_open_rate",
        "n_ratings",
        "recent_rating",
        "consent",
    ]
    assert profiles[empty].isna().all().all()


def test_with_ratings_alone_frequency_counts_ratings():
    profiles = build_profiles({"ratings": shop()["ratings"], "products": shop()["products"]}, as_of=AS_OF)
    assert profiles[["frequency", "recency_days", "tenure_days"]].to_numpy().tolist() == [[6, 53, 58]]
    assert profiles["monetary"].isna().all()
    assert profiles.attrs["frequency_of"] == "ratings"


def test_with_interactions_alone_frequency_counts_days_with_a_purchase():
    events = shop()["interactions"]
    bought = events.assign(event="purchase")
    profiles = build_profiles({"interactions": pd.concat([events, bought])}, as_of=AS_OF).set_index("customer_id")
    assert profiles["frequency"].tolist() == [3, 1]
    assert profiles["n_views"].tolist() == [3, 1]
    assert profiles["favourite_channel"].tolist() == ["app", "web"]


def test_returns_booked_as_negative_quantities_lessen_the_money_and_are_no_orders():
    lines = times(
        pd.DataFrame(
            [(1, 7, 2, 10.0, "2025-01-01"), (2, 7, 1, 5.0, "2025-01-03"), (3, 7, -1, 10.0, "2025-01-09")],
            columns=["order_id", "customer_id", "quantity", "unit_price", "timestamp"],
        )
    )
    row = build_profiles({"order_lines": lines}, as_of=AS_OF).iloc[0]
    assert (row["frequency"], row["monetary"], row["return_rate"]) == (2, 15.0, 0.5)
    assert row["recency_days"] == 87


def test_undated_returns_count_only_for_lines_that_are_thirty_days_old():
    rate = build_profiles({"order_lines": shop()["order_lines"]}, as_of=AS_OF).set_index("customer_id")["return_rate"]
    assert rate[1] == pytest.approx(1 / 3)  # the line of the last day is marked returned, and that is the future
    assert np.isnan(rate[2])


def test_discounts_are_seen_in_the_prices_where_no_discount_is_given():
    lines = shop()["order_lines"].drop(columns="discount")
    share = build_profiles({"order_lines": lines}, as_of=AS_OF)["discount_share"]
    assert share.tolist() == [0.5, 0.0]


def test_pandas_gives_the_same_on_the_world(small_world):
    tables, day = small_world, pd.Timestamp("2025-01-15")
    got = build_profiles(tables, as_of="2025-01-15").set_index("customer_id")
    lines = tables["order_lines"][tables["order_lines"]["timestamp"] < day + pd.Timedelta(days=1)]
    spent = (lines["quantity"] * lines["unit_price"]).groupby(lines["customer_id"]).sum()
    last = lines.groupby("customer_id")["timestamp"].max().dt.normalize()
    bought = got[got["frequency"] > 0]
    np.testing.assert_allclose(bought["monetary"], spent.reindex(bought.index))
    np.testing.assert_array_equal(bought["recency_days"], (day - last).dt.days.reindex(bought.index))
    np.testing.assert_array_equal(
        bought["frequency"], lines.groupby("customer_id")["order_id"].nunique().reindex(bought.index)
    )
    members = tables["customers"].query("signed_up < '2025-01-16'")["customer_id"]
    assert set(members) <= set(got.index)


@pytest.fixture(scope="module")
def small_world():
    from personakit.world import World

    return World(n_customers=300, n_products=100, n_days=300, random_state=3).tables


def test_the_real_cdnow_purchases_give_the_figures_of_the_table(real_data):
    from personakit.data import load_dataset

    real_data("cdnow")
    lines = load_dataset("cdnow")["order_lines"]
    got = build_profiles({"order_lines": lines}, as_of="1997-09-30").set_index("customer_id")
    past = lines[lines["timestamp"] < "1997-10-01"]
    np.testing.assert_array_equal(
        got["frequency"], past.groupby("customer_id")["order_id"].nunique().reindex(got.index)
    )
    money = (past["quantity"] * past["unit_price"]).groupby(past["customer_id"]).sum()
    np.testing.assert_allclose(got["monetary"], money.reindex(got.index), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (
            lambda t: {"customers": t["customers"]},
            "build_profiles needs one of order_lines, interactions, sessions, ratings",
        ),
        (lambda t: {"ratings": t["ratings"].drop(columns="timestamp")}, "there is ratings"),
        (
            lambda t: {"order_lines": t["order_lines"].astype({"timestamp": str})},
            "order_lines.timestamp is of type string, not naive timestamps",
        ),
        (
            lambda t: {**t, "ratings": t["ratings"].assign(customer_id="1")},
            "customer_id is of different kinds: numbers in .*; text in ratings",
        ),
        (
            lambda t: {"order_lines": t["order_lines"].rename(columns={"customer_id": "client"})},
            "order_lines has no column customer_id",
        ),
        (lambda t: {"ratings": t["ratings"].iloc[:0]}, "there is no row with a time"),
    ],
)
def test_tables_that_cannot_make_a_profile_are_refused_with_advice(change, text):
    with pytest.raises(DataError, match=text):
        build_profiles(change(shop()))


def test_a_day_that_cannot_be_read_is_refused():
    with pytest.raises(ParameterError, match="as_of='whenever' cannot be read as a moment"):
        build_profiles(shop(), as_of="whenever")


@pytest.mark.slow
def test_spark_gives_the_same_as_duckdb(tmp_path):
    pyspark = pytest.importorskip("pyspark", reason='pyspark is missing: pip install "personakit[spark]", and Java 17')
    import shutil

    if shutil.which("java") is None:
        pytest.skip("There is no java on the path, which Spark needs: install a JDK 17 or newer.")
    session = (
        pyspark.sql.SparkSession.builder.master("local[1]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.default.parallelism", "1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.warehouse.dir", str(tmp_path / "warehouse"))
        .config("spark.ui.showConsoleProgress", "false")
        .getOrCreate()
    )
    try:
        connection = ibis.pyspark.connect(session)
        remote = {}
        for name, table in shop().items():
            moments = {column: "datetime64[us]" for column in table.columns if table[column].dtype.kind == "M"}
            table.astype(moments).to_parquet(tmp_path / f"{name}.parquet")
            remote[name] = connection.read_parquet(tmp_path / f"{name}.parquet", table_name=name)
        got = build_profiles(remote, as_of=AS_OF)
        pd.testing.assert_frame_equal(got, build_profiles(shop(), as_of=AS_OF), check_dtype=False)
    finally:
        session.stop()
