"""Splits by time: nothing that is learnt from reaches beyond the day of the test."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.model_selection import cross_val_score

from personakit.errors import DataError, ParameterError
from personakit.predict import TimeSplits, labelled, stacked, time_splits


@pytest.fixture(scope="module")
def tables() -> dict[str, pd.DataFrame]:
    rng = np.random.default_rng(0)
    days = pd.Timestamp("2025-01-01") + pd.to_timedelta(np.sort(rng.integers(0, 200, 900)), "D")
    lines = {"order_id": range(900), "customer_id": rng.integers(1, 80, 900), "product_id": 1, "timestamp": days}
    return {"order_lines": pd.DataFrame({**lines, "quantity": 1, "unit_price": 5.0})}


@pytest.fixture(scope="module")
def splits(tables: dict[str, pd.DataFrame]) -> TimeSplits:
    return time_splits(tables, 20, n_splits=2, n_train=1, step_days=15, gap_days=5)


def test_each_outcome_that_is_learnt_from_was_known_on_the_day_of_the_test(
    tables: dict[str, pd.DataFrame], splits: TimeSplits
) -> None:
    assert len(splits) == 2
    for split in splits.splits:
        assert max(split.train_as_of) + timedelta(days=20 + 5) == split.test_as_of
    assert splits.splits[-1].test_as_of + timedelta(days=20) == tables["order_lines"]["timestamp"].max().date()


def test_the_rows_of_a_split_are_those_of_its_days(tables: dict[str, pd.DataFrame], splits: TimeSplits) -> None:
    X, y = splits.test()
    alone, after = labelled(tables, splits.splits[-1].test_as_of, 20)
    pd.testing.assert_frame_equal(X, alone, check_dtype=False)
    assert y["buys"].equals(after["buys"])
    learnt, _ = splits.train()
    assert set(learnt.index.get_level_values("as_of").date) == set(splits.splits[-1].train_as_of)


def test_scikit_learn_takes_them_as_folds(splits: TimeSplits) -> None:
    scores = cross_val_score(DummyClassifier(), splits.X, splits.targets["buys"], cv=splits)
    assert scores.shape == (2,)


def test_too_short_a_history_says_how_long_it_must_be(tables: dict[str, pd.DataFrame]) -> None:
    with pytest.raises(DataError, match=r"3 tests and 3 days to learn from, 30 days apart.*need 300 days.*, 200 days"):
        time_splits(tables, 90)
    with pytest.raises(ParameterError, match=r"n_splits=0.*whole number from 1"):
        time_splits(tables, 20, n_splits=0)
    with pytest.raises(ParameterError, match=r"give one day or more, each once"):
        stacked(tables, ["2025-03-01", "2025-03-01"], 20)
