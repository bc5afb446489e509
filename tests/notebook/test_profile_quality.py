"""How good rankings are, and whom the shop sees: other counts of the same thing, and intervals that hold the truth."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from personakit.errors import DataError, ParameterError
from personakit.notebook import auc_interval, seen_through, shares_by_group


def test_shares_agree_with_wilsons_interval_of_another_library():
    flags = pd.Series([True] * 7 + [False] * 23)
    found = shares_by_group(flags, pd.Series(["all"] * 30)).iloc[0]
    ends = binomtest(7, 30).proportion_ci(method="wilson")
    assert (found["low"] / 100, found["high"] / 100) == pytest.approx((ends.low, ends.high), abs=1e-4)


def test_shares_leave_out_who_has_no_group_and_keep_the_order_of_categories():
    groups = pd.Series(pd.Categorical(["b", "a", None], categories=["b", "a"]))
    found = shares_by_group(pd.Series([True, False, True]), groups)
    assert found["action"].tolist() == ["b", "a"] and found["n"].tolist() == [1, 1]


@given(st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=2, max_size=40))
def test_the_auc_is_that_of_scikit_learn_for_what_happened(rows):
    from sklearn.metrics import roc_auc_score

    score, bought = (pd.Series(values, dtype=float) for values in zip(*rows, strict=True))
    if bought.nunique() == 2:
        assert auc_interval(score, bought, n_resamples=3)[0] == pytest.approx(roc_auc_score(bought, score))


def test_the_auc_of_probabilities_is_what_happens_on_average():
    rng = np.random.default_rng(2)
    chance = pd.Series(rng.random(400))
    score = chance + 0.3 * rng.standard_normal(400)
    expected, _, _ = auc_interval(score, chance, n_resamples=1)
    happened = [
        auc_interval(score, pd.Series(rng.random(400) < chance), n_resamples=1)[0] for _ in range(300)
    ]  # the mean of the ratios is not quite the ratio of the means
    assert np.mean(happened) == pytest.approx(expected, abs=0.005)


def test_two_customers_are_too_few_for_an_interval_in_most_draws():
    value, low, high = auc_interval(pd.Series([0.1, 0.2]), pd.Series([0, 1]), n_resamples=1, random_state=1)
    assert value == 1.0 and (np.isnan(low) == np.isnan(high))


def test_an_auc_without_buyers_or_of_strangers_is_refused():
    score = pd.Series([0.1, 0.2])
    with pytest.raises(DataError, match="here are only one kind"):
        auc_interval(score, pd.Series([0, 0]))
    with pytest.raises(DataError, match=r"1 customers have a score and no chance \(1\)"):
        auc_interval(score, pd.Series([1]))
    with pytest.raises(DataError, match="a chance does not lie between 0 and 1"):
        auc_interval(score, pd.Series([1.0, 2.0]))
    with pytest.raises(ParameterError, match=r"confidence must lie between 0 and 1 .* not 1, 300"):
        auc_interval(score, pd.Series([1, 0]), confidence=1)
    with pytest.raises(DataError, match="score has missing values"):
        auc_interval(pd.Series([0.1, np.nan]), pd.Series([1, 0]))


@pytest.fixture
def records():
    return pd.DataFrame({"record_id": [1, 2, 3], "customer_id": [7, 7, 8],
                         "system": ["shop_account", "app_device", "loyalty_card"],
                         "recorded_at": pd.to_datetime(["2025-02-01", "2025-01-01", "2025-01-01"])})  # fmt: skip


def test_orders_go_to_the_record_of_their_system_or_else_to_the_earliest(records):
    links = pd.DataFrame({"record_id": [1, 2, 3], "person_id": ["web", "app", "card"]})
    orders = pd.DataFrame({"customer_id": [7, 7, 7, 8], "channel": ["web", "app", "store", "web"], "price": 1.0})
    seen = seen_through(orders, links, records)
    assert seen["customer_id"].tolist() == ["web", "app", "app", "card"]
    assert seen["true_customer_id"].tolist() == [7, 7, 7, 8]
    assert seen["price"].tolist() == orders["price"].tolist()


def test_with_true_links_everybody_is_seen_whole(records):
    links = pd.DataFrame({"record_id": [1, 2, 3], "person_id": ["C7", "C7", "C8"]})
    orders = pd.DataFrame({"customer_id": [8, 7, 7], "channel": ["email", "app", "web"]}, index=[5, 9, 2])
    seen = seen_through(orders, links, records)
    assert seen["customer_id"].tolist() == ["C8", "C7", "C7"] and seen.index.tolist() == [5, 9, 2]


def test_a_channel_without_a_system_and_a_customer_without_a_record_are_named(records):
    links = pd.DataFrame({"record_id": [1, 2, 3], "person_id": ["a", "b", "c"]})
    with pytest.raises(DataError, match=r"No system writes down the channel fax\. Name one for it in system_of"):
        seen_through(pd.DataFrame({"customer_id": [7], "channel": ["fax"]}), links, records)
    with pytest.raises(DataError, match=r"1 customers of the table have no record \(9\)"):
        seen_through(pd.DataFrame({"customer_id": [9], "channel": ["web"]}), links, records)


def test_records_that_belong_to_nobody_are_named_as_records(records):
    links = pd.DataFrame({"record_id": [1, 2, 3], "person_id": ["a", "b", "c"]})
    orders = pd.DataFrame({"customer_id": [8], "channel": ["web"]})
    with pytest.raises(DataError, match=r"records has 2 rows without record_id or customer_id \(rows 0, 1\)"):
        seen_through(orders, links, records.assign(customer_id=[None, None, 8]))
