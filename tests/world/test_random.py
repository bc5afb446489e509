"""Draws are pure functions of what they are for, and follow the distributions they are named after."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from personakit.world import random as draw
from personakit.world.random import Key

KEY = Key(3, "test").at(np.arange(20_000))


@given(st.permutations(range(30)), st.integers(0, 2**31), st.text(max_size=8))
def test_a_draw_does_not_depend_on_the_order_or_the_company_of_others(order, seed, tag):
    alone = draw.uniform(Key(seed, tag).at(np.arange(30)))
    assert np.array_equal(draw.uniform(Key(seed, tag).at(np.array(order))), alone[list(order)])
    assert draw.uniform(Key(seed, tag).at(17)) == alone[17]


@pytest.mark.parametrize(
    ("sample", "distribution"),
    [
        (draw.uniform(KEY), stats.uniform()),
        (draw.normal(KEY), stats.norm()),
        (draw.exponential(KEY), stats.expon()),
        (draw.gumbel(KEY), stats.gumbel_r()),
        (draw.gamma(KEY, 0.6), stats.gamma(0.6)),
        (draw.beta(KEY, 0.7, 4.0), stats.beta(0.7, 4.0)),
    ],
    ids=["uniform", "normal", "exponential", "gumbel", "gamma", "beta"],
)
def test_a_draw_follows_its_distribution(sample, distribution):
    assert stats.kstest(sample, distribution.cdf).pvalue > 0.001


def test_neighbouring_keys_tags_and_seeds_are_unrelated():
    base = draw.normal(KEY)
    others = [
        Key(3, "test").at(np.arange(1, 20_001)),
        Key(3, "tesu").at(np.arange(20_000)),
        Key(4, "test").at(np.arange(20_000)),
    ]
    others += [KEY.at(0), KEY.at(1)]
    assert max(abs(np.corrcoef(base, draw.normal(other))[0, 1]) for other in others) < 0.03


def test_choice_keeps_to_its_probabilities_in_either_form():
    probabilities = np.array([0.1, 0.6, 0.3])
    one = draw.choice(KEY, probabilities)
    rows = draw.choice(KEY, np.tile(5 * probabilities, (20_000, 1)))
    assert np.array_equal(one, rows)
    assert np.bincount(one) / 20_000 == pytest.approx(probabilities, abs=0.012)
