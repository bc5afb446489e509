"""Features of pairs against the sums that their definitions say, and what they must not depend on."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from personakit.recommend import ProductFeatures
from personakit.recommend.interactions import IdIndex
from personakit.recommend.pair_features import PairFeatures


def pairs(table, customers=None, products=None, **more):
    known = IdIndex(table["customer_id"] if customers is None else customers)
    return PairFeatures(table, known, IdIndex(table["product_id"] if products is None else products), **more)


def named(features, rows):
    return dict(zip(features.names, features.of(np.asarray(rows)), strict=True))


def test_time_is_counted_from_the_middle_of_a_customers_choices():
    days = {"ann": {"cup": 0, "tea": 4, "pot": 8}, "eve": {"tea": 20, "pot": 30}}
    rows = [(who, what, f"2025-01-{1 + day:02d}") for who, choices in days.items() for what, day in choices.items()]
    table = pd.DataFrame(rows, columns=["customer_id", "product_id", "timestamp"])
    table["timestamp"] = pd.to_datetime(table["timestamp"])
    found = named(pairs(table), [0, 1])
    np.testing.assert_allclose(found["first choice"], [[4, -4, 0], [25, 17, 21]])  # cup, pot, tea; ann 4, eve 25
    np.testing.assert_allclose(found["last choice"], [[4, -26, -16], [25, -5, 5]])
    for width in (2, 10, 40):
        close = {(who, day): np.exp(-abs(day + 0.5 - time) / width)  # a day is known by its middle
                 for who, time in (("ann", 4), ("eve", 25)) for day in (0, 4, 8, 20, 30)}  # fmt: skip
        expected = []
        for who in ("ann", "eve"):
            everything = sum(close[who, day] for day in (0, 4, 8, 20, 30))
            for what in ("cup", "pot", "tea"):
                near = sum(close[who, choices[what]] for choices in days.values() if what in choices)
                owners = sum(what in choices for choices in days.values())
                expected.append(np.log((near / everything * 2.5 + 1.5) / (owners / 2 + 1.5)))
        np.testing.assert_allclose(found[f"popularity then ({width} days)"].ravel(), expected)


def test_seconds_and_times_are_the_same(make_ratings):
    table = make_ratings()
    in_seconds = table.assign(timestamp=(table["timestamp"] - pd.Timestamp("1970-01-01")) / pd.Timedelta(seconds=1))
    np.testing.assert_allclose(pairs(in_seconds).of(np.arange(40)), pairs(table).of(np.arange(40)), atol=1e-6)


def test_taste_is_the_ratio_of_shares():
    shop = pd.DataFrame(
        {"product_id": [1, 2, 3, 4], "colour": ["red", "red", "blue", None], "style": ["old"] * 3 + [None]}
    )
    table = pd.DataFrame({"customer_id": ["ann", "ann", "eve"], "product_id": [1, 3, 3]})
    found = named(pairs(table, products=[1, 2, 3, 4], catalogue=shop, features=ProductFeatures()), [0, 1])["taste"]
    red, blue = np.log((1 / 2 + 0.01) / (1 / 3 + 0.01)), np.log((1 / 2 + 0.01) / (2 / 3 + 0.01))
    np.testing.assert_allclose(found[0, :3], [red / 2, red / 2, blue / 2])  # that all are old says nothing
    assert np.isnan(found[:, 3]).all()


def test_age_is_in_years_at_the_customers_time():
    shop = pd.DataFrame({"product_id": [1, 2, 3], "since": pd.to_datetime(["2020-01-01", "2022-01-01", None])})
    shop["kind"] = "any"
    table = pd.DataFrame({"customer_id": ["ann", "ann", "eve"], "product_id": [1, 2, 3]})
    table["timestamp"] = pd.to_datetime(["2024-01-01", "2024-01-03", "2024-06-01"])
    found = named(pairs(table, catalogue=shop, features=ProductFeatures(attributes=["kind"]), released="since"), [0, 1])
    year = pd.Timedelta(days=365.25)
    ages = [(pd.Timestamp("2024-01-02") - pd.Timestamp(since)) / year for since in ("2020-01-01", "2022-01-01")]
    np.testing.assert_allclose(found["age"][0], [*ages, np.nan])
    gap = (pd.Timestamp("2022-01-01") - pd.Timestamp("2020-01-01")) / year / 2
    np.testing.assert_allclose(found["age gap"][0], [-gap, gap, np.nan])
    assert np.isnan(found["age gap"][1]).all()  # eve has nothing with a date


def test_ratings_are_pulled_to_the_mean_and_the_last_of_a_pair_counts():
    table = pd.DataFrame({"customer_id": [1, 1, 2], "product_id": ["a", "a", "b"], "rating": [5.0, 1.0, 3.0]})
    table["timestamp"] = [10, 20, 15]
    found = named(pairs(table), [0])["mean rating"][0]
    np.testing.assert_allclose(found, [(1 + 10 * 2) / 11, (3 + 10 * 2) / 11])


def test_the_order_of_rows_and_repeats_do_not_matter(make_ratings):
    table = make_ratings(seed=3)
    again = pd.concat([table, table.head(50)]).sample(frac=1, random_state=1)
    np.testing.assert_array_equal(pairs(again).of(np.arange(40)), pairs(table).of(np.arange(40)))


@pytest.mark.parametrize("timed", [True, False])
def test_who_did_nothing_and_what_nobody_had_are_answered(make_ratings, timed):
    table = make_ratings().drop(columns=[] if timed else ["timestamp"])
    everybody = [*table["customer_id"].unique(), 99999]
    features = pairs(table, customers=everybody, products=[*table["product_id"].unique(), "new"])
    found = named(features, [40])
    assert found["activity"].max() == 0 and found["popularity"][0, 0] == 0.0  # "new" stands before "p000"
    assert np.isfinite(found["popularity"]).all()
    if timed:
        assert np.isfinite(found["popularity then (2 days)"]).all() and np.isnan(found["first choice"]).all()
