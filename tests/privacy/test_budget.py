"""The budget: what is spent adds up exactly, what is gone is gone, and a refusal costs nothing."""

import copy
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personakit.errors import ParameterError, PersonakitError
from personakit.privacy import BudgetExhaustedError, PrivacyBudget

costs = st.lists(st.integers(1, 400).map(lambda thousandths: thousandths / 1000), max_size=30)


@given(costs)
def test_what_is_spent_is_the_exact_sum_of_what_was_granted_and_never_above_the_budget(asked):
    budget, granted = PrivacyBudget(1.0), Decimal(0)
    for epsilon in asked:
        if granted + Decimal(repr(epsilon)) <= 1:
            budget.spend(epsilon, statistic="count")
            granted += Decimal(repr(epsilon))
        else:
            with pytest.raises(BudgetExhaustedError):
                budget.spend(epsilon, statistic="count")
    assert Decimal(repr(budget.spent)) == granted
    assert budget.spent <= 1.0
    assert budget.spent + budget.left == pytest.approx(1.0, abs=1e-15)
    assert len(budget.ledger) == 0 or budget.ledger["spent"].iloc[-1] == budget.spent


def test_ten_tenths_are_one_and_an_eleventh_is_too_much():
    budget = PrivacyBudget(1.0)
    for _ in range(10):
        budget.spend(0.1, statistic="count")
    assert budget.left == 0.0
    with pytest.raises(BudgetExhaustedError, match=r"count would cost epsilon=0.1, and 0 of 1 is left"):
        budget.spend(0.1, statistic="count")


def test_a_refused_question_costs_nothing_and_says_what_to_do():
    budget = PrivacyBudget(0.5)
    with pytest.raises(BudgetExhaustedError) as refusal:
        budget.spend(0.75, statistic="mean")
    assert "mean would cost epsilon=0.75, and 0.5 of 0.5 is left: nothing was computed or spent" in str(refusal.value)
    assert "Ask with a smaller epsilon" in str(refusal.value)
    assert budget.left == 0.5
    assert budget.ledger.empty
    assert isinstance(refusal.value, PersonakitError | ValueError)


def test_delta_runs_out_too():
    budget = PrivacyBudget(5.0, delta=1e-6)
    budget.spend(1.0, 1e-6, statistic="count")
    assert budget.delta_left == 0.0
    with pytest.raises(BudgetExhaustedError, match=r"would cost delta=1e-07, and 0 of 1e-06 is left.*State the categ"):
        budget.spend(1.0, 1e-7, statistic="count")
    assert budget.spent == 1.0


def test_a_copy_does_not_fill_the_budget_again():
    budget = PrivacyBudget(1.0)
    for other in (copy.copy(budget), copy.deepcopy(budget), copy.deepcopy({"budget": budget})["budget"]):
        other.spend(0.25, statistic="count")
    assert budget.left == 0.25


@pytest.mark.parametrize("epsilon", [0, -1.0, float("nan"), float("inf"), "1", True, None])
def test_an_epsilon_that_is_not_above_nought_is_refused(epsilon):
    with pytest.raises(ParameterError, match=r"epsilon=.*give a number above 0"):
        PrivacyBudget(epsilon)
    with pytest.raises(ParameterError, match=r"epsilon=.*give a number above 0"):
        PrivacyBudget(1.0).spend(epsilon, statistic="count")


@pytest.mark.parametrize("delta", [-1e-6, 1.0, "none", float("nan")])
def test_a_delta_that_is_no_small_probability_is_refused(delta):
    with pytest.raises(ParameterError, match=r"delta=.*probability from 0 to below 1"):
        PrivacyBudget(1.0, delta=delta)
    with pytest.raises(ParameterError, match=r"delta=.*probability from 0 to below 1"):
        PrivacyBudget(1.0).check(0.1, delta)


def test_it_says_what_is_left():
    budget = PrivacyBudget(2, delta=1e-5)
    budget.spend(0.5, statistic="count", column="spent")
    assert repr(budget) == "<PrivacyBudget: epsilon 1.5 of 2, delta 1e-05 of 1e-05 left, 1 queries>"
    assert budget.ledger.loc[0, ["query", "statistic", "column", "epsilon"]].tolist() == [1, "count", "spent", 0.5]
    assert (budget.epsilon, budget.delta) == (2.0, 1e-5)
