"""What is known of records beforehand: groups that must not meet never do, however many pairs there are."""

import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from personakit.errors import DataError, ParameterError
from personakit.profile.identity.known import known_pairs, same_accounts
from personakit.profile.identity.model import Pairs
from personakit.profile.identity.settings import link_settings

ROWS = st.tuples(st.integers(0, 11), st.integers(0, 11)).filter(lambda pair: pair[0] != pair[1])


def pairs_of(rows, contradicts=None):
    left, right = (np.array([pair[side] for pair in rows], dtype=np.int64) for side in (0, 1))
    none = np.empty((len(rows), 0))
    against = np.zeros(len(rows), dtype=bool) if contradicts is None else np.array(contradicts)
    return Pairs(left, right, none.astype(np.int8), none.astype(np.float32), against)


def components(pairs):
    """Which of twelve rows are connected, by the powers of the matrix of links."""
    links = np.eye(12, dtype=int)
    for a, b in pairs:
        links[a, b] = links[b, a] = 1
    return np.linalg.matrix_power(links, 12) > 0


@given(st.lists(ROWS, max_size=14), st.lists(st.booleans(), min_size=14, max_size=14),
       st.lists(ROWS, max_size=4), st.lists(ROWS, max_size=6))  # fmt: skip
def test_pairs_are_taken_one_by_one_unless_two_that_are_apart_would_meet(rows, against, together, apart):
    apart = [pair for pair in apart if not components(together)[pair]]
    against = against[: len(rows)]
    expected = []
    for pair, contradicts in zip(rows, against, strict=True):
        joined = components([*together, *expected, pair])
        if not contradicts and not any(joined[each] for each in apart):
            expected.append(pair)
    assert same_accounts(pairs_of(rows, against), together, apart) == expected


def test_one_pair_that_is_apart_does_not_make_the_work_grow_with_the_square():
    n = 100_000
    rows = [(2 * row, 2 * row + 1) for row in range(n)]
    started = time.perf_counter()
    assert len(same_accounts(pairs_of(rows), [(1, 2)], [(0, 3), (0, 9)])) == n - 1
    assert time.perf_counter() - started < 20, "about 0.5 s; pair by pair over all before it, it took hours"


def test_a_contradiction_shows_the_shortest_way():
    records = pd.DataFrame({"record_id": list("abcde")})
    with pytest.raises(DataError, match=r"records a and d are two people, and known_links joins them \(a - c - d\)"):
        known_pairs(records, [("a", "b"), ("b", "c"), ("a", "c"), ("c", "d")], [("e", "a"), ("a", "d")])


def test_a_household_is_made_of_comparisons_that_there_are():
    with pytest.raises(ParameterError, match=r"household names .adress., which is no comparison. Comparisons are"):
        link_settings().with_(household=("email", "adress"))
    fewer = {name: levels for name, levels in link_settings().comparisons.items() if name != "phone"}
    assert link_settings().with_(comparisons=fewer).household == ("email", "family_name", "address")
