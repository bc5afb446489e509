"""Targets against hand counts, for each kind of table, gated or not."""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

import personakit as pk
from personakit.errors import DataError, ParameterError
from personakit.predict import TARGETS, labelled, targets

DAY = "2025-03-10"


@pytest.fixture(scope="module")
def shop() -> dict[str, pd.DataFrame]:
    rows = [  # order, customer, product, time, quantity, price, channel, returned
        (1, 7, 1, "2025-03-01 10:00:00", 1, 10.0, "web", False),
        (2, 8, 1, "2025-03-10 23:59:59", 1, 10.0, "web", False),  # still the day itself
        (3, 7, 2, "2025-03-11 00:00:00", 2, 6.0, "app", False),  # the first moment after it
        (3, 7, 1, "2025-03-11 00:00:00", 1, 10.0, "app", False),
        (4, 7, 1, "2025-03-15 09:30:00", 1, 10.0, "web", True),
        (4, 7, 2, "2025-03-16 09:30:00", -1, 6.0, "web", False),  # sent back
        (5, 8, 3, "2025-03-20 23:59:59", 1, 4.0, "store", False),  # the last moment of ten days
        (6, 8, 1, "2025-03-21 00:00:00", 1, 10.0, "store", False),
        (7, 9, 1, "2025-03-12 08:00:00", 1, 10.0, "web", False),  # nobody knew her on the day
    ]
    names = ["order_id", "customer_id", "product_id", "timestamp", "quantity", "unit_price", "channel", "returned"]
    lines = pd.DataFrame(rows, columns=names).astype({"timestamp": "datetime64[us]"})
    goods = {"product_id": [1, 2, 3], "department": ["wear", "home", "toys"], "category": ["hats", "lamps", "dolls"]}
    products = pd.DataFrame({**goods, "unit_cost": [4.0, 5.0, 1.0]})
    customers = pd.DataFrame({"customer_id": [7, 8, 10], "signed_up": pd.to_datetime(["2025-01-01"] * 3)})
    return {"order_lines": lines, "products": products, "customers": customers}


def test_outcomes_of_the_days_after_are_those_counted_by_hand(shop: dict[str, pd.DataFrame]) -> None:
    found = targets(shop, DAY, 10)
    assert list(found) == list(TARGETS)
    assert found.index.tolist() == [7, 8, 10] and found.index.name == "customer_id"
    assert found["buys"].tolist() == [True, True, False] and found["churned"].tolist() == [False, False, True]
    assert found["n_orders"].tolist() == [2, 1, 0]
    assert found["revenue"].tolist() == [12 + 10 + 10 - 6, 4, 0]
    assert found["margin"].tolist() == [2 * (6 - 5) + (10 - 4) + 0 - (6 - 5), 4 - 1, 0]
    assert found["days_to_next_order"].tolist()[:2] == [1, 10] and np.isnan(found.loc[10, "days_to_next_order"])
    assert found["next_department"].tolist()[:2] == ["home", "toys"]  # the line with most money: two lamps at 6
    assert found["next_category"].tolist()[:2] == ["lamps", "dolls"] and pd.isna(found.loc[10, "next_category"])
    assert found["next_channel"].tolist()[:2] == ["app", "store"]
    assert found["next_hour"].tolist()[:2] == [0, 23]


def test_the_order_of_the_rows_makes_no_difference(shop: dict[str, pd.DataFrame]) -> None:
    turned = {**shop, "order_lines": shop["order_lines"].sample(frac=1, random_state=1)}
    pd.testing.assert_frame_equal(targets(shop, DAY, 10), targets(turned, DAY, 10))


def test_purchases_and_ratings_stand_in_for_orders() -> None:
    world = pk.load_world()
    bought = targets({"interactions": world.tables["interactions"]}, "2025-09-30", 60)
    lines = targets({"order_lines": world.tables["order_lines"]}, "2025-09-30", 60)
    both = bought.index.intersection(lines.index)
    assert (bought.loc[both, "buys"] == lines.loc[both, "buys"]).mean() > 0.98
    assert (
        bought["revenue"].isna().all() and lines["margin"].isna().all() and bought.attrs["occasions"] == "interactions"
    )
    rated = targets({"ratings": world.tables["ratings"]}, "2025-09-30", 60)
    assert rated.attrs["occasions"] == "ratings" and 0 < rated["buys"].mean() < 1 and rated["next_channel"].isna().all()


def test_shares_agree_with_the_world_s_exact_expectation() -> None:
    world = pk.load_world()
    found = targets(world.tables, "2025-09-28", 90)
    truth = world.expected(None, None, at="2025-09-29", horizon_days=90).set_index("customer_id").loc[found.index]
    error = np.sqrt((truth["p_order"] * (1 - truth["p_order"])).sum()) / len(found)
    # Messages went out, while the expectation is that nobody is contacted: a little above is right.
    assert -3 * error < found["buys"].mean() - truth["p_order"].mean() < 3 * error + 0.01


def test_gated_tables_give_those_who_agreed_and_their_purpose() -> None:
    world = pk.load_world()
    allowed = pk.privacy.gate(world.tables, "analytics", at="2025-12-31")
    X, y = labelled(allowed, None, 90)
    assert X.attrs["purpose"] == y.attrs["purpose"] == "analytics"
    assert X.index.equals(y.index) and set(X.index) <= set(allowed.customer_ids)


def test_labelled_profiles_are_those_of_the_day(shop: dict[str, pd.DataFrame]) -> None:
    X, y = labelled(shop, DAY, 10)
    built = pk.profile.build_profiles(shop, as_of=DAY).set_index("customer_id")
    pd.testing.assert_frame_equal(X, built)
    assert X.index.equals(y.index)


def test_a_table_of_ibis_gives_what_a_frame_gives(shop: dict[str, pd.DataFrame]) -> None:
    import ibis

    connection = ibis.duckdb.connect()
    lazy = {name: connection.create_table(name, table) for name, table in shop.items()}
    pd.testing.assert_frame_equal(targets(shop, DAY, 10), targets(lazy, DAY, 10), check_dtype=False)


def test_a_horizon_longer_than_the_data_says_how_long_it_can_be(shop: dict[str, pd.DataFrame]) -> None:
    with pytest.raises(DataError, match=r"recorded to 2025-03-21 only.*longest horizon from there is 11 days"):
        targets(shop, DAY, 12)
    with pytest.raises(DataError, match=r"Nothing after as_of is recorded; .* can begin by as_of='2025-03-11'"):
        targets(shop, "2025-04-01", 10)


def test_purchases_that_stop_before_the_other_tables_end_the_record() -> None:
    days = pd.date_range("2025-01-01", periods=100)
    lines = {"order_id": range(100), "customer_id": 1, "product_id": 1, "timestamp": days, "unit_price": 1.0}
    seen = pd.DataFrame({"customer_id": [1], "timestamp": pd.to_datetime(["2025-06-30"]), "channel": ["web"]})
    tables = {"order_lines": pd.DataFrame(lines), "sessions": seen}
    with pytest.raises(DataError, match="recorded to 2025-04-10 only"):
        targets(tables, "2025-04-05", 30)
    assert targets(tables, "2025-04-10", 30, recorded_until="2025-06-30")["churned"].tolist() == [True]


@pytest.mark.parametrize(
    ("change", "as_of", "days", "error", "text"),
    [
        ({}, DAY, 0, ParameterError, r"horizon_days=0.*whole number from 1"),
        ({}, DAY, 7.5, ParameterError, r"horizon_days=7.5"),
        ({}, "10/03/2025", 5, ParameterError, r"is not a day .* year, month and day"),
        ({}, "2024-01-01", 5, DataError, r"Nobody is known by 2024-01-01"),
        ({"order_lines": None}, DAY, 5, DataError, r"None of the tables .* tells of purchases"),
    ],
)
def test_bad_requests_are_refused(
    shop: dict[str, pd.DataFrame], change: dict[str, Any], as_of: Any, days: Any, error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        targets({**shop, **change}, as_of, days)


def test_dates_as_strings_and_infinite_prices_are_named(shop: dict[str, pd.DataFrame]) -> None:
    lines = shop["order_lines"]
    with pytest.raises(DataError, match=r"order_lines.timestamp does not hold times"):
        targets({**shop, "order_lines": lines.assign(timestamp="the day before yesterday")}, DAY, 5)
    with pytest.raises(DataError, match=r"order_lines.unit_price has 9 infinite values"):
        targets({**shop, "order_lines": lines.assign(unit_price=np.inf)}, DAY, 5)


def test_undated_rows_are_counted_in_a_warning(shop: dict[str, pd.DataFrame]) -> None:
    lines = shop["order_lines"].copy()
    lines.loc[0, "timestamp"] = pd.NaT
    with pytest.warns(UserWarning, match="order_lines has 1 rows without a timestamp"):
        targets({**shop, "order_lines": lines}, date(2025, 3, 10), 5)
