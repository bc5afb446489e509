"""What goes wrong with tables and days, and what the text says about it."""

import re

import ibis
import numpy as np
import pandas as pd
import pytest

from personakit.errors import DataError, ParameterError
from personakit.profile import build_profiles

DAY = "2025-03-10"


def refused(tables, *, says: str, as_of: object = DAY, kind: type[Exception] = DataError) -> None:
    with pytest.raises(kind, match=re.escape(says)):
        build_profiles(tables, as_of)


@pytest.mark.parametrize("as_of", ["10/03/2025", "soon", "", "2025-02-30", 20250310, True, pd.NaT, np.datetime64("NaT"),
                                   "0001-01-01", "9999-12-31", float("nan"), ["2025-03-10"]])  # fmt: skip
def test_a_day_that_is_none_is_shown_with_the_form_that_is_meant(shop, as_of):
    refused(shop, as_of=as_of, kind=ParameterError, says="is not a day between 1900 and 2200. Write it as year, month")


def test_tables_that_are_no_mapping_are_named_by_their_type(shop):
    refused(shop["order_lines"], says="got DataFrame. Give a mapping of table name to DataFrame.")
    refused([1], says="got list. Give a mapping")
    refused({"order_lines": [1, 2]}, says="order_lines is a list. Give a pandas DataFrame or an Ibis table.")


def test_tables_that_say_nothing_about_customers_are_named(shop):
    refused({"products": shop["products"]}, says="Nobody is known by 2025-03-10: no row of products is about")
    refused({"prices": shop["products"]}, says="None of the tables (prices) says who the customers are.")
    refused({}, says="None of the tables (there are none) says who the customers are.")
    refused({}, as_of=None, says='The tables (none) hold no date, so the last day is not known. Give the day: as_of="')


def test_a_day_before_everything_is_said_to_be_too_early(shop):
    refused(shop, as_of="2020-01-01", says="Nobody is known by 2020-01-01: no row of customers, products, sessions")


def test_a_missing_column_is_named_with_its_nearest_match(shop):
    lines = shop["order_lines"].rename(columns={"unit_price": "unitprice"})
    refused({"order_lines": lines}, says="order_lines has no column unit_price (it has order_id, customer_id")
    refused({"order_lines": lines}, says="Did you mean 'unitprice'? Rename yours, read the table with pk.read_tables")
    lazy = ibis.duckdb.connect().create_table("lines", lines)
    refused({"order_lines": lazy}, says="order_lines has no column unit_price")


def test_missing_ids_are_counted_with_their_rows(shop):
    lines = shop["order_lines"].astype({"customer_id": "Int64"})
    lines.loc[[1, 3], "customer_id"] = pd.NA
    refused({"order_lines": lines}, says="order_lines.customer_id is missing in 2 of 4 rows (rows 1, 3).")
    lazy = ibis.duckdb.connect().create_table("lines", lines)
    refused({"order_lines": lazy}, says="order_lines.customer_id is missing in 2 of 4 rows. Fill it in")


def test_ids_that_became_floats_are_refused(shop):
    lines = shop["order_lines"].astype({"customer_id": float})
    refused({"order_lines": lines}, says="order_lines.customer_id holds floats (float64): missing ids or decimal")


def test_ids_of_different_kinds_name_both_tables(shop):
    shop["customers"]["customer_id"] = shop["customers"]["customer_id"].astype(str)
    refused(shop, says="customer_id is string in customers and int64 in sessions, so the same customer would not")


def test_a_customer_with_two_rows_is_named(shop):
    shop["customers"].loc[2, "customer_id"] = 1
    refused(shop, says="customers.customer_id names more than one row 1 time (rows 2: 1). Keep one row each")
    lazy = ibis.duckdb.connect().create_table("customers", shop["customers"])
    refused({"customers": lazy}, says="customers.customer_id names more than one row 1 time. Keep one row each")


def test_times_that_are_numbers_or_words_or_on_another_clock_are_refused(shop):
    lines = shop["order_lines"]
    number = lines.assign(timestamp=[1736071500] * 4)
    refused({"order_lines": number}, says="order_lines.timestamp does not hold times (dtype int64: 1736071500, 1736")
    words = lines.assign(timestamp=["yesterday"] * 4)
    refused({"order_lines": words}, says="order_lines.timestamp does not hold times")
    zoned = lines.assign(timestamp=lines["timestamp"].dt.tz_localize("Europe/London"))
    refused({"order_lines": zoned}, says="order_lines.timestamp has the time zone Europe/London; times are on the shop")
    lazy = ibis.duckdb.connect().create_table("lines", number)
    refused({"order_lines": lazy}, says="order_lines.timestamp does not hold times (type int64)")


def test_numbers_that_are_none_are_shown(shop):
    lines = shop["order_lines"].astype({"unit_price": object})
    lines.loc[1, "unit_price"] = "five"
    refused({"order_lines": lines}, says="order_lines.unit_price does not hold numbers (dtype object: 20.0, 'five'")
    shop["order_lines"].loc[[0, 2], "unit_price"] = np.inf
    refused(shop, says="order_lines.unit_price has 2 infinite values (rows 0, 2). Look for a division by nought")


def test_ibis_tables_on_two_connections_are_refused(shop):
    one, other = ibis.duckdb.connect(), ibis.duckdb.connect()
    tables = {"order_lines": one.create_table("l", shop["order_lines"]),
              "ratings": other.create_table("r", shop["ratings"])}  # fmt: skip
    refused(tables, says="are on 2 connections. Bring them onto one, or give DataFrames.")


def test_consents_that_lack_a_column_are_refused(shop):
    shop["consents"] = shop["consents"].drop(columns="granted")
    refused(shop, says="consents has no column granted")


def test_undated_rows_count_for_nothing_and_are_counted_aloud(shop):
    shop["ratings"].loc[0, "timestamp"] = pd.NaT
    with pytest.warns(UserWarning, match=r"cannot be placed before or after 2025-03-10 .* nothing: 1 of ratings\."):
        profiles = build_profiles(shop, DAY)
    assert profiles["mean_rating"].iloc[0] == 2.0
    del shop["ratings"]["timestamp"]
    with pytest.warns(UserWarning, match=r"count for nothing: 2 of ratings"):
        assert build_profiles(shop, DAY)["mean_rating"].isna().all()
    with pytest.warns(UserWarning), pytest.raises(DataError, match=r"up to that day \(2 rows have no date\)"):
        build_profiles({"ratings": shop["ratings"]}, DAY)
