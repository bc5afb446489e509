"""Experiments: intervals agree with SciPy, adjustment with least squares, and coverage with what it promises."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from personakit.errors import DataError, ParameterError, UnknownNameError
from personakit.measure import assign, compare_arms, sample_ratio_p_value


@pytest.fixture
def outcomes():
    rng = np.random.default_rng(5)
    before = rng.gamma(2.0, 10.0, 900)
    arm = np.repeat(["popular", "personal", "random"], 300)
    revenue = before + rng.normal(0, 5, 900) * np.repeat([1.0, 2.0, 0.5], 300) + np.repeat([0.0, 3.0, -1.0], 300)
    return pd.DataFrame({"customer_id": np.arange(900), "arm": arm, "before": before, "revenue": revenue})


def row(result, arm):
    return result.table.set_index("arm").loc[arm]


@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
def test_differences_are_those_of_scipys_welch_test(outcomes, confidence):
    result = compare_arms(outcomes, metric="revenue", baseline="popular", confidence=confidence)
    groups = {arm: group["revenue"] for arm, group in outcomes.groupby("arm")}
    for arm in ("personal", "random"):
        welch = stats.ttest_ind(groups[arm], groups["popular"], equal_var=False)
        interval = welch.confidence_interval(confidence)
        found = row(result, arm)
        assert (found["low"], found["high"]) == pytest.approx((interval.low, interval.high))
        assert found["p_value"] == pytest.approx(welch.pvalue)
        assert found["relative"] == pytest.approx(found["difference"] / groups["popular"].mean())
        assert found["mean"] == pytest.approx(groups[arm].mean())


def test_the_interval_of_a_mean_is_scipys(outcomes):
    found = row(compare_arms(outcomes, metric="revenue"), "random")
    values = outcomes.loc[outcomes["arm"] == "random", "revenue"]
    low, high = stats.t.interval(0.95, 299, values.mean(), stats.sem(values))
    assert (found["mean_low"], found["mean_high"]) == pytest.approx((low, high))


def test_the_adjusted_difference_of_two_arms_is_the_coefficient_of_least_squares(outcomes):
    two = outcomes[outcomes["arm"] != "random"]
    design = np.column_stack([np.ones(600), two["arm"] == "personal", two["before"]]).astype(float)
    coefficient = np.linalg.lstsq(design, two["revenue"].to_numpy(), rcond=None)[0][1]
    result = compare_arms(two, metric="revenue", baseline="popular", covariate="before")
    assert row(result, "personal")["difference"] == pytest.approx(coefficient)


def test_adjustment_narrows_the_interval_by_what_the_covariate_explains(outcomes):
    plain = row(compare_arms(outcomes, metric="revenue", baseline="popular"), "personal")
    result = compare_arms(outcomes, metric="revenue", baseline="popular", covariate="before")
    adjusted = row(result, "personal")
    assert adjusted["high"] - adjusted["low"] < 0.7 * (plain["high"] - plain["low"])
    assert result.variance_left["revenue"] < 0.5


def test_a_covariate_that_explains_nothing_changes_nothing(outcomes):
    constant = outcomes.assign(before=1.0)
    plain, adjusted = (compare_arms(constant, metric="revenue", covariate=c) for c in (None, "before"))
    pd.testing.assert_frame_equal(plain.table, adjusted.table)


@pytest.mark.parametrize("covariate", [None, "before"])
def test_intervals_cover_the_truth_as_often_as_they_say(covariate):
    rng = np.random.default_rng(11)
    covered = 0
    for seed in range(400):
        before = rng.gamma(1.0, 5.0, 120)
        arm = assign(range(120), {"a": 1, "b": 2}, random_state=seed)
        revenue = before + 2.0 * (arm == "b").to_numpy() + rng.exponential(4.0, 120)
        frame = pd.DataFrame({"arm": arm.array, "before": before, "revenue": revenue})
        found = row(compare_arms(frame, metric="revenue", covariate=covariate), "b")
        covered += found["low"] <= 2.0 <= found["high"]
    assert 0.92 <= covered / 400 <= 0.98


def test_arms_may_come_as_a_series_by_customer(outcomes):
    arm = outcomes.set_index("customer_id")["arm"].sample(frac=1, random_state=0)
    alone = outcomes.drop(columns="arm")
    pd.testing.assert_frame_equal(
        compare_arms(alone, arm, metric="revenue").table, compare_arms(outcomes, metric="revenue").table
    )


def test_several_metrics_come_in_one_table(outcomes):
    table = compare_arms(outcomes, metric=["revenue", "before"]).table
    assert table["metric"].tolist() == ["revenue"] * 3 + ["before"] * 3


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31), st.floats(-100, 100), st.floats(0.1, 10))
def test_shifting_and_scaling_the_outcome_shifts_and_scales_the_answer(seed, shift, scale):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"arm": ["a"] * 8 + ["b"] * 6, "y": rng.normal(size=14)})
    plain = row(compare_arms(frame, metric="y"), "b")
    moved = row(compare_arms(frame.assign(y=frame["y"] * scale + shift), metric="y"), "b")
    for name in ("difference", "low", "high"):
        assert moved[name] == pytest.approx(plain[name] * scale, abs=1e-9)
    assert moved["p_value"] == pytest.approx(plain["p_value"])


def test_constant_outcomes_give_a_difference_without_doubt():
    frame = pd.DataFrame({"arm": ["a", "a", "b", "b"], "y": [0.0, 0.0, 1.0, 1.0]})
    found = row(compare_arms(frame, metric="y"), "b")
    assert (found["difference"], found["low"], found["high"], found["p_value"]) == (1.0, 1.0, 1.0, 0.0)


def test_the_sample_ratio_test_is_the_chi_square_test():
    assert sample_ratio_p_value({"a": 520, "b": 480}) == pytest.approx(stats.chi2.sf(1.6, 1))
    assert sample_ratio_p_value({"a": 100, "b": 300}, {"a": 1, "b": 3}) == pytest.approx(1.0)


def test_a_broken_assignment_is_not_sound(outcomes):
    assert compare_arms(outcomes, metric="revenue").sound
    assert not compare_arms(outcomes[:700], metric="revenue").sound


def test_shares_for_other_arms_are_refused():
    with pytest.raises(UnknownNameError, match="shares are given for a, c, but the arms are a, b"):
        sample_ratio_p_value({"a": 1, "b": 1}, {"a": 1, "c": 1})


def test_a_missing_column_is_named(outcomes):
    with pytest.raises(UnknownNameError, match="no column 'profit'"):
        compare_arms(outcomes, metric="profit")
    with pytest.raises(UnknownNameError, match="no column 'group' with the arms"):
        compare_arms(outcomes, "group", metric="revenue")


def test_an_unknown_baseline_is_answered_with_the_arms(outcomes):
    with pytest.raises(UnknownNameError, match=r"no arm 'control'.*personal, popular, random"):
        compare_arms(outcomes, metric="revenue", baseline="control")


def test_missing_outcomes_are_counted_and_explained(outcomes):
    outcomes.loc[[3, 7], "revenue"] = np.nan
    with pytest.raises(DataError, match=r"outcomes.revenue .* 2 rows \(rows 3, 7\).*did nothing has outcome 0"):
        compare_arms(outcomes, metric="revenue")


def test_customers_without_an_arm_are_counted(outcomes):
    with pytest.raises(DataError, match=r"2 customers have no arm \(898, 899\)"):
        compare_arms(outcomes, outcomes.set_index("customer_id")["arm"].iloc[:898], metric="revenue")


def test_an_arm_of_one_customer_is_refused(outcomes):
    with pytest.raises(DataError, match="arm random has fewer than 2 customers"):
        compare_arms(outcomes[:601], metric="revenue")


def test_an_impossible_confidence_is_refused(outcomes):
    with pytest.raises(ParameterError, match="between 0 and 1"):
        compare_arms(outcomes, metric="revenue", confidence=95)
