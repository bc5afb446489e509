"""Thresholds and lift against closed forms."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from personakit.errors import DataError
from personakit.predict import best_threshold, gain_curve, lift_table, profit_curve


def test_profits_are_those_counted_by_hand() -> None:
    curve = profit_curve([1, 0, 1, 0], [0.9, 0.6, 0.6, 0.1], cost=[1, 2, 3, 4], value=10)
    assert curve["profit"].tolist() == [0, 9, 9 - 2 + 7, 10]
    assert curve["expected"].tolist() == pytest.approx([0, 8, 8 + 4 + 3, 8 + 4 + 3 - 3])
    assert curve["share_contacted"].tolist() == [0, 0.25, 0.75, 1]


def test_for_honest_probabilities_the_best_threshold_is_cost_over_value() -> None:
    rng = np.random.default_rng(0)
    p = rng.random(200_000)
    y = rng.random(200_000) < p
    best = best_threshold(y, p, cost=2, value=10)
    assert best.theoretical == 0.2 and best.threshold == pytest.approx(0.2, abs=0.03)
    # n times the integral of 10 p - 2 from 0.2 to 1 is 3.2 n.
    assert best.expected == pytest.approx(3.2 * 200_000, rel=0.01) and best.low < 3.2 * 200_000 < best.high
    promised = best_threshold(None, p, cost=2, value=10)
    assert promised.threshold == 0.2 and promised.n_contacted == (p >= 0.2).sum() and np.isnan(promised.profit)


def test_the_interval_of_the_profit_holds_its_expectation_as_often_as_it_says() -> None:
    inside = 0
    for seed in range(300):
        rng = np.random.default_rng(seed)
        p = rng.random(500)
        row = profit_curve(rng.random(500) < p, p, cost=2, value=10).iloc[-1]
        inside += row["low"] <= 500 * 3 <= row["high"]
    assert inside / 300 == pytest.approx(0.95, abs=0.04)


def test_acting_on_nobody_is_an_answer() -> None:
    best = best_threshold([0, 0, 1], [0.2, 0.3, 0.1], cost=5, value=6)
    assert (best.threshold, best.n_contacted, best.profit) == (np.inf, 0, 0)
    assert best_threshold(None, [0.2, 0.3], cost=5, value=6).n_contacted == 0


def test_thinned_out_curves_keep_the_best() -> None:
    rng = np.random.default_rng(1)
    p, y = rng.random(3000), rng.random(3000) < 0.5
    whole, thin = (profit_curve(y, p, cost=1, value=2, max_rows=rows) for rows in (5000, 50))
    assert len(thin) <= 50 and thin["profit"].max() == whole["profit"].max()
    assert thin["n_contacted"].iloc[[0, -1]].tolist() == [0, 3000]


def test_the_lift_of_a_perfect_list_is_one_over_the_share() -> None:
    y = np.repeat([1, 0], [200, 800])
    table = lift_table(y, np.linspace(1, 0, 1000))
    assert table["lift"].tolist()[:3] == pytest.approx([5, 5, 0]) and table["gain"].tolist()[:2] == [0.5, 1.0]
    assert table["n"].sum() == 1000 and table["cumulative_lift"].iloc[-1] == 1


@given(seed=st.integers(0, 1000))
def test_the_area_under_the_gains_is_that_of_the_auc(seed: int) -> None:
    rng = np.random.default_rng(seed)
    y, p = rng.permutation(np.repeat([1, 0], [13, 40])), rng.integers(0, 12, 53) / 12
    gains = gain_curve(y, p)
    area = np.trapezoid(gains["gain"], gains["share_contacted"])
    share = y.mean()
    assert area == pytest.approx(share / 2 + (1 - share) * roc_auc_score(y, p))


def test_bad_input_is_refused_with_what_to_do() -> None:
    with pytest.raises(DataError, match=r"cost has shape \(2,\) for 3 customers"):
        profit_curve([0, 1, 0], [0.1, 0.2, 0.3], cost=[1, 2], value=1)
    with pytest.raises(DataError, match=r"value is negative, missing or infinite"):
        profit_curve([0, 1], [0.1, 0.2], cost=1, value=np.inf)
    with pytest.raises(DataError, match=r"value is 0 for everybody"):
        best_threshold([0, 1], [0.1, 0.2], cost=1, value=0)
    with pytest.raises(DataError, match=r"cost='much'.*amount of money"):
        profit_curve([0, 1], [0.1, 0.2], cost="much", value=1)
    for each in (lift_table, gain_curve):
        with pytest.raises(DataError, match="it came true for nobody"):
            each([0, 0], [0.1, 0.2])
