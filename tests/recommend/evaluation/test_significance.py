"""Tests that keep to their level, agree with each other and with closed forms, and intervals that hold the mean."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ttest_1samp

from personakit.errors import DataError, ParameterError, UnknownNameError
from personakit.recommend import paired_tests
from personakit.recommend.evaluation import bootstrap_means, holm


@settings(max_examples=50, deadline=None)
@given(p_values=st.lists(st.floats(0, 1), min_size=1, max_size=7))
def test_holm_equals_the_closed_test_by_bonferroni_over_all_subsets(p_values):
    n = len(p_values)
    subsets = [subset for size in range(1, n + 1) for subset in combinations(range(n), size)]
    expected = [
        max(min(1.0, len(subset) * min(p_values[place] for place in subset)) for subset in subsets if each in subset)
        for each in range(n)
    ]
    np.testing.assert_allclose(holm(p_values), expected, atol=1e-12)


def test_the_sign_flip_p_value_is_that_of_all_flips():
    rng = np.random.default_rng(0)
    base, other = rng.random(10), rng.random(10) + 0.15
    flips = np.array(list(product([1, -1], repeat=10))) @ (other - base) / 10
    exact = (np.abs(flips) >= abs((other - base).mean()) - 1e-12).mean()
    table = paired_tests({"base": base, "other": other}, baseline="base", n_resamples=40_000)
    assert table.loc[0, "p_value"] == pytest.approx(exact, abs=0.01)


@pytest.mark.parametrize("test", ["sign_flip", "bootstrap"])
def test_both_tests_agree_with_the_t_test_over_many_customers(test):
    rng = np.random.default_rng(1)
    base = rng.random(400)
    models = {"base": base, **{f"m{shift}": base + rng.normal(shift, 0.2, 400) for shift in (0.0, 0.01, 0.02)}}
    table = paired_tests(models, baseline="base", test=test, n_resamples=20_000).set_index("model")
    for name in table.index:
        assert table.loc[name, "p_value"] == pytest.approx(ttest_1samp(models[name] - base, 0).pvalue, abs=0.012)


def test_a_false_alarm_is_as_rare_as_the_level_says():
    rng = np.random.default_rng(2)
    alarms = 0
    for _ in range(300):
        base = rng.random(30)
        models = {"base": base} | {str(place): rng.permutation(rng.random(30)) for place in range(4)}
        alarms += (paired_tests(models, baseline="base", n_resamples=199, random_state=rng.integers(10**6))["p_holm"]
                   <= 0.05).any()  # fmt: skip
    assert alarms / 300 <= 0.05 + 2.5 * np.sqrt(0.05 * 0.95 / 300)


def test_the_bootstrap_leaves_a_nan_out_of_its_column():
    values = np.column_stack([np.arange(50.0), np.where(np.arange(50) < 25, 1.0, np.nan)])
    means = bootstrap_means(values, 400, np.random.RandomState(0))
    assert (means[:, 1] == 1).all() and means[:, 0].mean() == pytest.approx(24.5, abs=0.6)
    assert means[:, 0].std() == pytest.approx(np.arange(50).std() / np.sqrt(50), rel=0.1)


@pytest.mark.parametrize("test", ["sign_flip", "bootstrap"])
def test_each_model_is_tested_over_the_customers_who_have_a_value_under_it(test):
    rng = np.random.default_rng(3)
    base, other = rng.random(300), rng.random(300) + 0.03
    holes = np.where(np.arange(300) % 3 == 0, np.nan, other)
    table = paired_tests(
        {"base": base, "other": other, "holes": holes, "none": np.full(300, np.nan)},
        baseline="base",
        test=test,
        n_resamples=20_000,
    ).set_index("model")
    assert table["n_customers"].tolist() == [300, 200, 0]
    there = np.isfinite(holes)
    expected = [ttest_1samp(other - base, 0).pvalue, ttest_1samp((holes - base)[there], 0).pvalue]
    np.testing.assert_allclose(table["p_value"][:2], expected, atol=0.012)
    assert table.loc["none"].drop("n_customers").isna().all()
    np.testing.assert_allclose(table["p_holm"][:2], holm(table["p_value"][:2]))


def test_one_customer_proves_nothing_and_equal_models_do_not_differ():
    assert paired_tests({"a": [0.1], "b": [0.9]}, baseline="a")["p_value"].tolist() == [1.0]
    values = np.random.default_rng(0).random(20)
    assert paired_tests({"a": values, "b": values}, baseline="a")["p_holm"].tolist() == [1.0]
    assert paired_tests({"a": values}, baseline="a").empty


def test_wrong_calls_say_what_to_do():
    with pytest.raises(UnknownNameError, match=r"baseline 'c' is not among the models \(a, b\)"):
        paired_tests({"a": [1.0], "b": [2.0]}, baseline="c")
    with pytest.raises(ParameterError, match=r"test must be 'sign_flip' or 'bootstrap', but is 't'"):
        paired_tests({"a": [1.0], "b": [2.0]}, baseline="a", test="t")
    with pytest.raises(ParameterError, match=r"n_resamples must be a whole number >= 1"):
        paired_tests({"a": [1.0], "b": [2.0]}, baseline="a", n_resamples=2.5)
    with pytest.raises(DataError, match=r"The values of b do not pair with those of 'a'"):
        paired_tests({"a": [1.0], "b": [2.0, 3.0]}, baseline="a")
    with pytest.raises(DataError, match=r"No customer has a value under the baseline and another model"):
        paired_tests({"a": [1.0, np.nan], "b": [np.nan, 3.0]}, baseline="a")
