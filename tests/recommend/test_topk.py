"""Blocked top-k: the same as a full stable sort, at any size, with any ties."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from personakit.errors import DataError, ParameterError
from personakit.recommend.topk import best_columns, block_rows, top_k


def sorted_reference(matrix: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Python's sort by score, then by column, row by row."""
    columns, scores = np.full((len(matrix), k), -1), np.full((len(matrix), k), -np.inf)
    for row, values in enumerate(matrix):
        best = sorted((-value, column) for column, value in enumerate(values) if value > -np.inf)[:k]
        for place, (value, column) in enumerate(best):
            columns[row, place], scores[row, place] = column, -value
    return columns, scores


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**20),
    n_rows=st.integers(1, 7),
    n_columns=st.sampled_from([1, 3, 40, 1023, 1024, 1500, 2600]),
    k=st.integers(1, 30),
    distinct=st.sampled_from([1, 2, 5, 50, 10**6]),
    hidden=st.sampled_from([0.0, 0.3, 0.99, 1.0]),
    block_size=st.sampled_from([None, 1, 3]),
)
def test_equals_a_full_sort_with_ties_by_column(seed, n_rows, n_columns, k, distinct, hidden, block_size):
    rng = np.random.default_rng(seed)
    matrix = rng.integers(0, distinct, (n_rows, n_columns)) - distinct / 2
    seen = sparse.csr_matrix(rng.random((n_rows, n_columns)) < hidden)
    shown = np.where(seen.toarray(), -np.inf, matrix)
    columns, scores = top_k(
        lambda rows: matrix[rows], np.arange(n_rows), n_columns=n_columns, k=k, seen=seen, block_size=block_size
    )
    expected_columns, expected_scores = sorted_reference(shown, k)
    np.testing.assert_array_equal(columns, expected_columns)
    np.testing.assert_array_equal(scores, expected_scores)


def test_float32_scores_and_infinities_are_ranked_too():
    block = np.full((2, 3000), -np.inf, dtype=np.float32)
    block[0, 7], block[0, 2999], block[1, :] = np.inf, 1.0, -3e38
    columns, _ = best_columns(block, 3)
    assert columns.tolist() == [[7, 2999, -1], [0, 1, 2]]


def test_rows_may_be_asked_for_in_any_order_and_again():
    matrix = np.arange(12.0).reshape(3, 4) % 5
    columns, _ = top_k(lambda rows: matrix[rows], np.array([2, 0, 2]), n_columns=4, k=1, block_size=2)
    assert columns.ravel().tolist() == [1, 3, 1]


def test_a_block_keeps_to_its_memory():
    assert block_rows(10_000, memory=32 * 10_000 * 5) == 5
    assert block_rows(10**12) == 1
    assert block_rows(10, block_size=3) == 3


@pytest.mark.parametrize("size", [0, -1, 2.5])
def test_a_block_size_that_is_no_number_of_customers_is_refused(size):
    with pytest.raises(ParameterError, match=r"block_size must be a whole number of customers >= 1"):
        block_rows(10, block_size=size)


def test_progress_shows_and_changes_nothing(capsys):
    matrix = np.arange(6.0).reshape(2, 3)
    columns, _ = top_k(lambda rows: matrix[rows], np.arange(2), n_columns=3, k=1, progress=True)
    assert columns.ravel().tolist() == [2, 2]
    assert "recommend" in capsys.readouterr().err


@pytest.mark.parametrize("n_columns", [4, 5000])
@pytest.mark.parametrize("place", [0, -1])
def test_scores_that_are_not_numbers_are_refused_wherever_they_stand(n_columns, place):
    matrix = np.zeros((3, n_columns))
    matrix[1, place] = np.nan
    with pytest.raises(DataError, match="Some scores are NaN, which no order can be made of"):
        top_k(lambda rows: matrix[rows], np.arange(3), n_columns=n_columns, k=2)
