"""Assignment: chance alone decides, the same way every time, whatever the order of the rows."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from personakit.errors import DataError, ParameterError
from personakit.measure import assign


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(-(2**40), 2**40), min_size=2, max_size=60, unique=True), st.randoms(use_true_random=False))
def test_row_order_changes_nobodys_arm(ids, shuffler):
    shuffled = ids.copy()
    shuffler.shuffle(shuffled)
    one, other = assign(ids, ["a", "b", "c"]), assign(shuffled, ["a", "b", "c"])
    assert one.loc[ids].tolist() == other.loc[ids].tolist()


@pytest.mark.parametrize("n", [2, 3, 10, 11, 1000, 1001])
def test_balanced_arms_differ_by_at_most_one_customer(n):
    sizes = assign(np.arange(n), ["a", "b", "c"]).value_counts()
    assert sizes.max() - sizes.min() <= 1


def test_shares_are_kept():
    sizes = assign(range(1000), {"control": 1, "offer": 3}).value_counts()
    assert sizes.to_dict() == {"offer": 750, "control": 250}


def test_independent_assignment_moves_nobody_when_customers_join():
    few = assign(range(500), ["a", "b"], method="independent")
    many = assign(range(5000), ["a", "b"], method="independent")
    assert many.loc[few.index].equals(few)


def test_independent_assignment_looks_like_coin_tossing():
    counts = [
        (assign(range(400), ["a", "b"], random_state=seed, method="independent") == "a").sum() for seed in range(200)
    ]
    assert stats.kstest((np.array(counts) - 200) / 10, "norm").pvalue > 0.001


def test_another_random_state_mixes_the_customers_anew():
    one, other = (assign(range(10_000), ["a", "b"], random_state=seed) for seed in (1, 2))
    assert stats.chi2_contingency(pd.crosstab(one, other)).pvalue > 0.001


def test_neighbouring_ids_do_not_share_an_arm_more_often_than_chance():
    arm = (assign(range(10_000), ["a", "b"]) == "a").to_numpy()
    assert abs(np.corrcoef(arm[1:], arm[:-1])[0, 1]) < 0.04


def test_string_ids_work_in_every_string_dtype():
    ids = [f"c{i}" for i in range(50)]
    plain = assign(ids, ["a", "b"])
    assert assign(pd.Series(ids, dtype="string"), ["a", "b"]).tolist() == plain.tolist()
    assert assign(np.array(ids, dtype=object), ["a", "b"]).tolist() == plain.tolist()


def test_ids_that_come_twice_are_refused():
    with pytest.raises(DataError, match=r"2 ids that come more than once \(5, 6\).*drop the duplicates"):
        assign([5, 6, 5, 6, 7], ["a", "b"])


def test_missing_ids_are_refused():
    with pytest.raises(DataError, match="1 missing values"):
        assign([1.0, np.nan], ["a", "b"])


@pytest.mark.parametrize("arms", [["a"], ["a", "a"], {}])
def test_fewer_than_two_arms_are_refused(arms):
    with pytest.raises(ParameterError, match="needs two different arms"):
        assign([1, 2], arms)


def test_a_share_of_nothing_is_refused():
    with pytest.raises(ParameterError, match=r"must be positive numbers, and are 0\.0, 1\.0"):
        assign([1, 2], {"a": 0, "b": 1})


def test_an_unknown_method_is_answered_with_the_known_ones():
    with pytest.raises(ParameterError, match="'balanced', 'independent'"):
        assign([1, 2], ["a", "b"], method="coin")


def test_random_state_must_be_a_number_that_can_be_written_down():
    with pytest.raises(ParameterError, match="give a whole number"):
        assign([1, 2], ["a", "b"], random_state=None)
