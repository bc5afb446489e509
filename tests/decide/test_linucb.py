"""LinUCB against ridge regression solved directly, against epsilon-greedy, and against a bandit that never knew her."""

from __future__ import annotations

import copy
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.linear_model import Ridge

from personakit.decide import Decision, LinUCB
from personakit.errors import ConsentError, DataError, ParameterError
from personakit.privacy.gate import Permitted


def history(n=300, n_actions=4, n_features=5, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, n_features)), rng.integers(0, n_actions, n), rng.normal(size=n), rng.integers(0, 20, n)


def state(bandit, x):
    return bandit.theta_, bandit.predict(x), bandit.decide(x).probability


def test_the_coefficients_are_those_of_a_ridge_regression_of_each_action():
    x, actions, rewards, _ = history()
    bandit = LinUCB(4, 5, l2=2.5).learn(x, actions, rewards)
    for action in range(4):
        chosen = actions == action
        ridge = Ridge(alpha=2.5, fit_intercept=False, tol=1e-12).fit(x[chosen], rewards[chosen])
        np.testing.assert_allclose(bandit.theta_[action], ridge.coef_, rtol=1e-9)


def test_the_action_chosen_is_that_of_algorithm_1_with_its_bonus():
    x, actions, rewards, _ = history(n=60)
    bandit = LinUCB(4, 5, alpha=0.7, l2=1.0).learn(x, actions, rewards)
    for context in np.random.default_rng(1).normal(size=(40, 5)):
        scores = []
        for action in range(4):
            past = x[actions == action]
            gram = past.T @ past + np.eye(5)
            theta = np.linalg.solve(gram, past.T @ rewards[actions == action])
            scores.append(theta @ context + 0.7 * np.sqrt(context @ np.linalg.solve(gram, context)))
        assert bandit.decide(context) == Decision(int(np.argmax(scores)), 1.0)


def test_one_by_one_and_all_at_once_learn_the_same():
    x, actions, rewards, who = history()
    at_once, one_by_one = LinUCB(4, 5).learn(x, actions, rewards, who), LinUCB(4, 5)
    for row in range(len(x)):
        one_by_one.learn(x[row], actions[row], rewards[row], who[row])
    np.testing.assert_allclose(at_once.theta_, one_by_one.theta_, rtol=1e-11)
    fresh = np.random.default_rng(2).normal(size=(30, 5))
    batch = at_once.decide(fresh)
    assert [at_once.decide(context).action for context in fresh] == batch.action.tolist()
    assert batch.probability.tolist() == [1.0] * 30


@settings(max_examples=80)
@given(leave=st.sets(st.integers(0, 25), max_size=21), seed=st.integers(0, 5), named=st.sampled_from(["all", "half"]))
def test_forgetting_equals_never_having_learnt(leave, seed, named):
    x, actions, rewards, who = history(n=120, seed=seed)
    owners = pd.Series(who, dtype=object)
    if named == "half":
        owners[::2] = None
    stay = ~owners.isin(leave).to_numpy()
    forgot = LinUCB(4, 5).learn(x[:70], actions[:70], rewards[:70], owners[:70])
    forgot.learn(x[70:], actions[70:], rewards[70:], owners[70:]).forget(leave)
    never = LinUCB(4, 5).learn(x[stay], actions[stay], rewards[stay], owners[stay])
    for one, other in zip(state(forgot, x), state(never, x), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9)
    assert forgot.decide(x).action.tolist() == never.decide(x).action.tolist() or len(leave) > 15  # ties when empty
    assert all(forgot.held_about(customer).empty for customer in leave)


def test_a_huge_context_takes_no_digits_of_the_others_with_it():
    x, actions, rewards, who = history()
    huge = (
        LinUCB(4, 5).learn(x, actions, rewards, who).learn(np.full(5, 1e9), 2, 1e9, "giant").learn(x, actions, rewards)
    )
    plain = LinUCB(4, 5).learn(x, actions, rewards, who).learn(x, actions, rewards)
    np.testing.assert_allclose(huge.forget("giant").theta_, plain.theta_, rtol=1e-9)


def test_when_everybody_is_forgotten_the_prior_is_back():
    x, actions, rewards, who = history()
    bandit = LinUCB(4, 5, random_state=0).learn(x, actions, rewards, who).forget(range(20))
    assert not bandit.theta_.any()
    assert bandit.decide(x[0]).probability == 0.25
    assert bandit.forget(3) is bandit


def test_regret_on_a_linear_problem_is_below_that_of_epsilon_greedy_and_flattens():
    """A linear problem of Li et al.'s kind: 5 actions, noise of 0.3, 3,000 rounds, three draws."""
    ratios, late = [], []
    for seed in range(3):
        rng = np.random.default_rng(seed)
        truth = rng.normal(size=(5, 6)) / np.sqrt(6)
        x, noise = rng.normal(size=(3000, 6)), rng.normal(size=3000) * 0.3
        regrets = {}
        for name, alpha, epsilon in (("ucb", 0.5, 0.0), ("greedy", 0.0, 0.1)):
            bandit, regret = LinUCB(5, 6, alpha=alpha, random_state=seed), []
            for t in range(3000):
                action = bandit.decide(x[t]).action if rng.random() >= epsilon else int(rng.integers(5))
                means = truth @ x[t]
                regret.append(means.max() - means[action])
                bandit.learn(x[t], action, means[action] + noise[t])
            regrets[name] = np.array(regret)
        ratios.append(regrets["ucb"].sum() / regrets["greedy"].sum())
        late.append(regrets["ucb"][-500:].mean() / regrets["ucb"][:500].mean())
    assert max(ratios) < 0.5
    assert max(late) < 0.3


def test_ties_are_split_by_chance_and_logged_as_such():
    bandit = LinUCB(3, 2, random_state=7)
    decisions = [bandit.decide([1.0, 2.0]) for _ in range(3000)]
    assert {probability for _, probability in decisions} == {1 / 3}
    counts = Counter(action for action, _ in decisions)
    assert all(abs(counts[action] - 1000) < 120 for action in range(3))
    again = LinUCB(3, 2, random_state=7)
    assert [again.decide([1.0, 2.0]) for _ in range(3000)] == decisions


def test_only_the_allowed_actions_are_chosen():
    x, actions, rewards, _ = history()
    bandit = LinUCB(4, 5).learn(x, actions, rewards)
    decided = bandit.decide(x, actions=[3, 1])
    expected = np.array([1, 3])[bandit_scores(bandit, x)[:, [1, 3]].argmax(axis=1)]
    assert decided.action.tolist() == expected.tolist()


def bandit_scores(bandit, x):
    wide, plain = clone(bandit), bandit.predict(x)
    wide.set_params(alpha=1.0)
    spread = np.stack([np.einsum("ni,ij,nj->n", x, inverse, x) for inverse in bandit._inverse], axis=1)
    return plain + np.sqrt(spread)


def test_what_is_held_about_a_customer_is_what_was_learnt_from_her():
    bandit = LinUCB(2, 2).learn([[1.0, 2.0], [3.0, 4.0]], [0, 1], [0.5, 1.5], ["ann", "bob"])
    assert bandit.held_about("ann").to_dict("records") == [{"action": 0, "reward": 0.5, "x0": 1.0, "x1": 2.0}]
    assert bandit.held_about("cyd").empty


def test_a_bandit_keeps_the_purpose_of_its_contexts():
    table = pd.DataFrame({"a": [1.0], "b": [0.0]})
    table.attrs["purpose"] = "recommendations"
    bandit = LinUCB(2, 2).learn(table, [0], [1.0])
    assert bandit.purpose_ == "recommendations"
    table.attrs["purpose"] = "marketing_email"
    with pytest.raises(ConsentError, match="LinUCB learnt from data released for 'recommendations'"):
        bandit.decide(table)


def test_one_id_for_several_contexts_counts_for_all_of_them():
    x, actions, rewards, _ = history(n=3)
    bandit = LinUCB(4, 5).learn(x, actions, rewards, customer_id="eve")
    assert len(bandit.held_about("eve")) == 3 and bandit.held_about("e").empty
    assert not bandit.forget("eve").theta_.any()
    assert not LinUCB(4, 5).learn(x, actions, rewards, customer_id=np.array(7)).forget(7).theta_.any()


@pytest.mark.parametrize("ids", [pd.DataFrame({"customer_id": [1, 1]}), np.array(1), np.array([1]), {1}, 1.0])
def test_whom_to_forget_may_be_named_in_several_ways(ids):
    assert not LinUCB(2, 2).learn([1.0, 0.0], 0, 1.0, customer_id=1).forget(ids).theta_.any()


def test_an_action_named_twice_counts_once_so_that_a_sure_choice_has_probability_1():
    bandit = LinUCB(3, 2, random_state=0)
    assert bandit.decide([1.0, 0.0], actions=[0, 0]) == Decision(0, 1.0)
    assert bandit.decide(np.eye(2), actions=[2, 1, 2]).probability.tolist() == [0.5, 0.5]


def test_contexts_may_come_straight_from_the_gate():
    table = pd.DataFrame({"a": [1.0, 0.0], "b": [0.0, 1.0]}, index=pd.Index([1, 2], name="customer_id"))
    released = Permitted("recommendations", pd.Timestamp("2025-01-01"), {}, {"frame": table})
    bandit = LinUCB(2, 2, alpha=0.0).learn(released, [0, 1], [1.0, 2.0], [1, 2])
    assert bandit.purpose_ == "recommendations"
    assert bandit.decide(released).action.tolist() == [0, 1]
    np.testing.assert_allclose(bandit.predict(released), [[0.5, 0.0], [0.0, 1.0]], atol=1e-12)


def test_another_alpha_may_be_set_after_learning_and_is_used():
    bandit = LinUCB(2, 1, alpha=0.0).learn([[1.0]] * 9, [0] * 9, [1.0] * 9)
    assert bandit.decide([1.0]).action == 0
    assert bandit.set_params(alpha=9.0).decide([1.0]).action == 1


@pytest.mark.parametrize(("name", "value"), [("n_actions", 4), ("n_features", 3), ("l2", 2.0)])
def test_what_the_sums_were_made_for_cannot_be_changed_after_learning(name, value):
    bandit = LinUCB(3, 2).learn([1.0, 0.0], 0, 1.0).set_params(**{name: value})
    with pytest.raises(ParameterError, match=f"{name} is now {value}, but the bandit began with .* Set it back, or"):
        bandit.decide([1.0, 0.0])


@pytest.mark.parametrize(
    ("held", "asked", "text"),
    [
        (1, "1", r"LinUCB.forget: there is no customer '1' \(str\), but 1 \(int\)"),
        ("1", [1, 7], r"there is no customer 1 \(int\), but '1' \(str\)"),
        (1, pd.DataFrame({"customer_id": ["1"]}), r"there is no customer '1'"),
        (1, pd.DataFrame({"id": [1]}), "customer_ids is a table without the column 'customer_id'"),
    ],
)
def test_whom_it_cannot_forget_under_that_name_is_said(held, asked, text):
    bandit = LinUCB(2, 2).learn([1.0, 0.0], 0, 1.0, customer_id=held)
    with pytest.raises(DataError, match=text):
        bandit.forget(asked)
    assert len(bandit.held_about(held)) == 1


def test_parameters_are_scikit_learns():
    bandit = LinUCB(3, 4, alpha=0.2)
    assert bandit.get_params() == {"n_actions": 3, "n_features": 4, "alpha": 0.2, "l2": 1.0, "random_state": None}
    assert clone(bandit.learn([1.0] * 4, 0, 1.0)).predict([1.0] * 4).tolist() == [0.0] * 3


@pytest.mark.parametrize(
    ("call", "kind", "text"),
    [
        (lambda b: b.decide([1.0]), DataError, r"x has the shape \(1,\), but a context has 2 features. Pass \(2,\)"),
        (lambda b: b.decide([[1.0, np.nan], [0.0, 1.0]]), DataError, r"1 rows with missing .* values \(rows 0\)"),
        (lambda b: b.decide(["a", "b"]), DataError, "x is not made of numbers"),
        (lambda b: b.learn([1.0, 1.0], 3, 1.0), ParameterError, "no action 3. Actions are the numbers 0 to 2"),
        (lambda b: b.learn([1.0, 1.0], -1, 1.0), ParameterError, "no action -1"),
        (lambda b: b.learn([1.0, 1.0], 0.5, 1.0), ParameterError, "no action 0.5"),
        (lambda b: b.learn([1.0, 1.0], "left", 1.0), ParameterError, "no action left"),
        (lambda b: b.decide([1.0, 1.0], actions=[]), ParameterError, "actions is empty"),
        (lambda b: b.decide([1.0, 1.0], actions=[0, 9]), ParameterError, "no action 9"),
        (
            lambda b: b.learn([1.0, 1.0], 0, np.inf),
            DataError,
            r"reward has 1 missing or infinite values \(rows 0: inf\)",
        ),
        (
            lambda b: b.learn([[1.0, 1.0]], [0, 1], [1.0]),
            ParameterError,
            "1 contexts, 2 actions, 1 rewards and 1 customers were given",
        ),
        (lambda b: b.learn([1.0, 1.0], 0, "yes"), DataError, r"reward is not made of numbers \('yes'\)"),
        (
            lambda b: b.learn(np.eye(2), [0, 1], [1, [2, 3]]),
            DataError,
            r"reward is not made of numbers \(1, \[2, 3\]\)",
        ),
        (lambda b: b.learn(np.eye(2), [0, 1], [[1], [2]]), DataError, "reward has more than one number a decision"),
        (lambda b: b.learn(np.eye(2), 0, [1.0, 1.0]), ParameterError, "action=0 is one action, for several contexts"),
        (lambda b: b.learn(np.eye(2), [0, 1], 1.0), ParameterError, "reward=1.0 is one reward, for several contexts"),
        (lambda b: b.learn(np.eye(2), [[0], [1]], [1, 1]), ParameterError, r"no action \[0\], \[1\].*one a context"),
        (lambda b: b.learn(np.eye(2), [0, None], [1, 1]), ParameterError, "no action None"),
        (
            lambda b: b.learn(np.eye(2), [0, 1], [1, 1], ("a", "b")),
            ParameterError,
            "is a tuple, which may be one id or",
        ),
        (lambda b: b.learn(np.eye(2), [0, 1], [1, 1], [["a"], ["b"]]), ParameterError, "which is no id"),
        (
            lambda b: b.learn(np.eye(2), [0, 1], [1, 1], pd.DataFrame({"id": [1, 2]})),
            DataError,
            "a table without the column 'customer_id'",
        ),
        (lambda b: b.decide([1.0, 1.0], actions=0), ParameterError, "actions=0: pass a list of the actions"),
        (lambda b: b.decide([1.0, 1.0], actions=[True, False]), ParameterError, "no action True, False"),
    ],
)
def test_what_cannot_be_learnt_is_said_and_nothing_is_learnt(call, kind, text):
    bandit = LinUCB(3, 2).learn([1.0, 0.0], 1, 1.0)
    before = copy.deepcopy(bandit)
    with pytest.raises(kind, match=text):
        call(bandit)
    np.testing.assert_array_equal(bandit.theta_, before.theta_)


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"n_actions": 0}, "n_actions must be a whole number of at least 1, but is 0"),
        ({"n_features": 2.5}, "n_features must be a whole number of at least 1, but is 2.5"),
        ({"alpha": -1}, "alpha must be 0 or more, but is -1"),
        ({"l2": 0}, "l2 must be above 0, but is 0"),
        ({"alpha": "x"}, "alpha must be 0 or more, but is 'x'"),
        ({"alpha": None}, "alpha must be 0 or more, but is None"),
        ({"l2": "x"}, "l2 must be above 0, but is 'x'"),
        ({"random_state": "x"}, "random_state='x' is no seed"),
    ],
)
def test_parameters_out_of_range_are_refused_at_first_use(params, text):
    with pytest.raises(ParameterError, match=text):
        LinUCB(**{"n_actions": 2, "n_features": 2, **params}).decide([1.0, 2.0])
