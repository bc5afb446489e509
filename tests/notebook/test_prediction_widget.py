"""The desk of thresholds: who is contacted and what it earns follow from costs and values, by hand and by slider."""

import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from personakit.errors import DataError, ParameterError
from personakit.notebook import ThresholdDesk


@pytest.fixture
def desk():
    ids = [11, 12, 13, 14]
    return ThresholdDesk(
        pd.Series([0.9, 0.6, 0.3, 0.1], index=ids),
        pd.Series([1, 1, 0, 0], index=ids[::-1]),  # in another order: it is matched by customer
        truth=pd.Series([0.7, 0.2, 0.5, 0.1], index=ids),
    )


def test_what_every_rule_earns_can_be_counted_by_hand(desk):
    """An offer costs 1 and saves half of the leavers, each worth 8: it pays from 1 / 4."""
    view = desk.view(cost=1, value=8, save_rate=0.5)
    assert view.threshold == 0.25
    table = view.table
    assert table["contacts"].to_dict() == {
        "from the threshold": 3, "from 0.5": 2, "everybody": 4, "nobody": 0, "those the oracle would choose": 2,
    }  # fmt: skip
    assert table["expected"].round(9).tolist() == [4.2, 4.0, 3.6, 0.0, 2.8]  # 4 x 1.8 - 3, ...
    assert table["observed"].tolist() == [1.0, -2.0, 4.0, 0.0, 2.0]  # of 11, 12, 13 only 13 left
    assert table["true"].round(9).tolist() == [2.6, 1.6, 2.0, 0.0, 2.8]
    assert table.loc["from the threshold", "came_true"] == pytest.approx(1 / 3)
    assert view.judged_by == "true" and "from a probability of 0.25: 3 customers (75%)" in view.message


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=30),
    st.floats(0, 5), st.floats(0.1, 50), st.floats(0.01, 1),
)  # fmt: skip
def test_no_rule_earns_more_than_the_oracle_nor_expects_more_than_the_threshold(pairs, cost, value, rate):
    forecast, truth = (np.array(column) for column in zip(*pairs, strict=True))
    table = ThresholdDesk(forecast, truth=truth).view(cost=cost, value=value, save_rate=rate).table
    assert table["expected"].max() <= table.loc["from the threshold", "expected"] + 1e-9
    assert table["true"].max() <= table.loc["those the oracle would choose", "true"] + 1e-9


def test_without_truth_what_came_true_is_shown_and_without_outcomes_what_is_expected(desk):
    seen = ThresholdDesk([0.9, 0.1], [1, 0]).view(cost=1, value=10)
    assert seen.judged_by == "observed" and "those the oracle would choose" not in seen.table.index
    assert "2 " in repr(seen) and "(" in repr(seen).split("observed")[-1]
    assert ThresholdDesk([0.9, 0.1]).view(cost=1, value=10).judged == "Expected profit"


def test_where_no_offer_pays_it_says_so(desk):
    view = desk.view(cost=9, value=8, save_rate=0.5)
    assert view.message.startswith("Make no offer: it costs 9 pounds and brings at most 4 times")
    assert view.table.loc["from the threshold", "contacts"] == 0 and "nan" not in view.html


def test_the_view_follows_each_slider_within_a_second():
    rng = np.random.default_rng(0)
    p = rng.random(4000)
    desk = ThresholdDesk(p, rng.random(4000) < p, truth=p)
    cost, value, rate, page = desk.choose(costs=[1, 2], values=[10, 20], save_rates=[0.1, 0.3], cost=1).children
    assert page.value == desk.view(cost=1, value=20, save_rate=0.3).html
    begun = time.perf_counter()
    cost.value, value.label, rate.value = 2, "10", 0.1
    assert time.perf_counter() - begun < 1
    assert page.value == desk.view(cost=2, value=10, save_rate=0.1).html
    assert "Make no offer" in page.value


def test_without_a_kernel_the_first_view_is_there(desk):
    bundle = desk.choose()._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    assert data["text/html"] == desk.view(cost=3, value=20, save_rate=0.2).html
    assert data["text/plain"].startswith("Sliders for the cost of an offer") and 'role="img"' in data["text/html"]


def test_what_is_written_is_escaped():
    html = ThresholdDesk([0.9, 0.1], event="<b>go</b>", unit="<i>").view(cost=1, value=10).html
    assert "<b>" not in html and "<i>" not in html and "&lt;b&gt;go" in html


def test_numbers_out_of_range_and_other_customers_are_refused(desk):
    for wrong, text in (({"cost": -1}, "cost=-1: it must be 0 or more"), ({"value": 0}, "value=0: it must be a number"),
                        ({"save_rate": 30}, "save_rate=30: it must be above 0 and up to 1"),
                        ({"cost": float("inf")}, "cost=inf")):  # fmt: skip
        with pytest.raises(ParameterError, match=text):
            desk.view(**{"cost": 1, "value": 8, **wrong})
    with pytest.raises(ParameterError, match=r"cost=7\): that is none of the stops"):
        desk.choose(cost=7)
    with pytest.raises(ParameterError, match=r"values=...\) is empty"):
        desk.choose(values=[])
    with pytest.raises(DataError, match=r"outcomes lacks 1 of the customers of probabilities \(2\)"):
        ThresholdDesk(pd.Series([0.1, 0.2], index=[1, 2]), pd.Series([1], index=[1]))
    with pytest.raises(DataError, match=r"truth has the shape \(1,\). Give one number a customer, 2 in all"):
        ThresholdDesk([0.1, 0.2], truth=[0.3])
    with pytest.raises(DataError, match=r"probabilities is missing or outside 0 to 1 for 2 customers"):
        ThresholdDesk([0.1, 1.2, np.nan])
