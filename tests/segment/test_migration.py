"""Migration: the counts add up, Bowker's test agrees with a sum by hand, and nobody is lost."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from personakit.errors import DataError, ParameterError
from personakit.segment.migration import GONE, NEW, migration


def series(values, start=0):
    return pd.Series(values, index=pd.Index(range(start, start + len(values)), name="customer_id"))


def from_table(table):
    rows, columns = np.nonzero(table)
    many = np.asarray(table)[rows, columns]
    return series(np.repeat(rows, many)), series(np.repeat(columns, many))


def test_bowkers_test_is_the_sum_over_pairs_worked_out_by_hand():
    ours = migration(*from_table([[20, 10, 5], [3, 30, 15], [0, 5, 40]]))
    assert ours.chi2 == pytest.approx((10 - 3) ** 2 / 13 + (5 - 0) ** 2 / 5 + (15 - 5) ** 2 / 20)
    assert ours.df == 3
    assert 0.001 < ours.p_value < 0.01  # between the printed quantiles 11.345 (1 %) and 16.266 (0.1 %)


def test_a_pair_is_tested_by_the_exact_binomial():
    pairs = migration(*from_table([[5, 8], [1, 5]])).pairs
    assert pairs["p_value"].iloc[0] == pytest.approx(2 * (1 + 9) / 2**9)


def test_symmetric_moves_are_not_called_asymmetric_more_often_than_stated():
    rng = np.random.default_rng(0)
    alarms = sum(
        migration(series(rng.integers(0, 3, 400)), series(rng.integers(0, 3, 400))).p_value < 0.05 for _ in range(200)
    )
    assert alarms <= 20  # of 200 at 5 %: more than 20 has a chance of 0.1 %


def test_new_and_gone_customers_are_told_apart_from_movers():
    moves = migration(series(["a", "a", "b"]), series(["a", "b", "b"], start=1))
    assert moves.counts.loc["a", GONE] == 1
    assert moves.counts.loc[NEW, "b"] == 1
    assert moves.net.loc["b", "joined"] == 1
    assert "1 are new and 1 gone" in moves.verdict


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=2, max_size=40), st.randoms())
def test_rows_in_another_order_change_nothing_and_nobody_is_lost(pairs, luck):
    before, after = series([x for x, _ in pairs]), series([y for _, y in pairs])
    moves = migration(before, after)
    order = list(range(len(pairs)))
    luck.shuffle(order)
    again = migration(before.iloc[order], after.iloc[order])
    pd.testing.assert_frame_equal(moves.counts, again.counts)
    assert moves.counts.to_numpy().sum() == len(pairs)
    assert moves.net["net"].sum() == 0


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ([1, 2], series(["a"]), "before is a list, not a Series of segments"),
        (series(["a"]), pd.Series(["a", "b"], index=[1, 1]), "after has 1 customers more than once"),
        (series([None, None]), series(["a"]), "before: none of the 2 customers has a segment"),
    ],
)
def test_what_is_no_segment_of_each_customer_is_refused(before, after, words):
    with pytest.raises(DataError, match=words):
        migration(before, after)


def test_a_level_outside_0_to_1_is_refused():
    with pytest.raises(ParameterError, match="level=95"):
        migration(series(["a"]), series(["a"]), level=95)


def test_the_picture_names_the_largest_move_in_its_words():
    picture = migration(series(["a", "a", "b"]), series(["a", "b", "b"])).plot()
    assert "a to b 1" in picture.alt
    assert picture.png().startswith(b"\x89PNG")
