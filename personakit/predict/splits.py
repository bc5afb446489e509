"""Splits by time only: models learn from days whose outcome was known when the test's day came."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from personakit.errors import DataError, ParameterError
from personakit.predict.targets import labelled, recorded_from_until
from personakit.privacy.settings import whole
from personakit.profile.sources import day_of
from personakit.profile.unified import Day

__all__ = ["TimeSplit", "TimeSplits", "stacked", "time_splits"]


@dataclass(frozen=True)
class TimeSplit:
    """One split: the days from which to learn, and the day of the test.

    Attributes
    ----------
    train_as_of : tuple of date, the earliest first
    test_as_of : date
    train_rows, test_rows : int ndarrays, places in the X of all splits
    """

    train_as_of: tuple[date, ...]
    test_as_of: date
    train_rows: NDArray[np.intp] = field(repr=False)
    test_rows: NDArray[np.intp] = field(repr=False)


@dataclass(frozen=True, eq=False)
class TimeSplits:
    """Profiles and targets of several days, and which rows are for learning and which for the test.

    Going through it gives pairs (train rows, test rows), so scikit-learn takes it as `cv`.

    Attributes
    ----------
    X : DataFrame, indexed by (as_of, customer_id), as `build_profiles` makes them for each day
    targets : DataFrame, the same index, the columns of `TARGETS`
    splits : tuple of TimeSplit, the earliest test first
    horizon_days, gap_days : int
    """

    X: pd.DataFrame = field(repr=False)
    targets: pd.DataFrame = field(repr=False)
    splits: tuple[TimeSplit, ...]
    horizon_days: int
    gap_days: int

    def __len__(self) -> int:
        return len(self.splits)

    def __iter__(self) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
        return iter([(each.train_rows, each.test_rows) for each in self.splits])

    def train(self, which: int = -1) -> tuple[pd.DataFrame, pd.DataFrame]:
        """X and targets of the days to learn from, of one split (by default the last)."""
        rows = self.splits[which].train_rows
        return self.X.iloc[rows], self.targets.iloc[rows]

    def test(self, which: int = -1) -> tuple[pd.DataFrame, pd.DataFrame]:
        """X and targets of the day of the test, of one split, indexed by customer_id."""
        rows = self.splits[which].test_rows
        return self.X.iloc[rows].droplevel("as_of"), self.targets.iloc[rows].droplevel("as_of")


def time_splits(
    tables: Any,
    horizon_days: int,
    *,
    n_splits: int = 3,
    n_train: int = 3,
    step_days: int | None = None,
    gap_days: int = 0,
    last: Day | None = None,
    recorded_until: Day | None = None,
) -> TimeSplits:
    """Tests on the latest days, each after learning from earlier days whose outcomes were complete by then.

    A test on day d asks what could have been forecast on day d. So the outcome window of a day to learn from, the
    `horizon_days` after it, ends on d - gap_days at the latest; a random split would learn from the very weeks that it
    is tested on. The customers are the same on both sides, as they are when a model is put to use.

    Parameters
    ----------
    tables : mapping of canonical tables, what the gate released of one, or the path of a DuckDB file
    horizon_days : int
        Days ahead of the targets.
    n_splits : int, default 3
        Days of tests.
    n_train : int, default 3
        Days to learn from in each split, stacked: more customers x days, and more seasons. The rows of one customer
        are alike; `ProfileClassifier` keeps them together in its inner folds.
    step_days : int, default the smaller of the horizon and 30
        From one day to the next, of tests and of days to learn from.
    gap_days : int, default 0
        Days between the end of the last outcome that is learnt from and the day of the test: what a shop needs to
        gather its data and train.
    last : day, optional
        The last day of a test, by default the latest that leaves the whole horizon.
    recorded_until : day, optional
        As in `targets`.

    Returns
    -------
    TimeSplits

    Raises
    ------
    DataError
        The tables do not reach back far enough (says how far they do), or the last horizon goes beyond them.
    ParameterError
        A number that is no whole number.

    References
    ----------
    L. J. Tashman (2000), "Out-of-sample tests of forecasting accuracy", International J. of Forecasting 16(4), rolling
    origins.

    Examples
    --------
    >>> days = pd.date_range("2025-01-01", periods=100)
    >>> lines = pd.DataFrame({"order_id": range(100), "customer_id": [i % 7 for i in range(100)], "product_id": 1,
    ...                       "timestamp": days, "quantity": 1, "unit_price": 5.0})
    >>> splits = time_splits({"order_lines": lines}, 10, n_splits=2, n_train=2)
    >>> [(each.test_as_of.isoformat(), each.train_as_of[-1].isoformat()) for each in splits.splits]
    [('2025-03-21', '2025-03-11'), ('2025-03-31', '2025-03-21')]
    """
    for name, value, least in (("n_splits", n_splits, 1), ("n_train", n_train, 1), ("gap_days", gap_days, 0)):
        whole(name, value, least, where="time_splits")
    begin, end = recorded_from_until(tables, horizon_days, recorded_until=recorded_until)
    step = min(horizon_days, 30) if step_days is None else whole("step_days", step_days, where="time_splits")
    final = end - timedelta(days=horizon_days) if last is None else day_of(last)
    tests = [final - timedelta(days=step * back) for back in reversed(range(n_splits))]
    behind = timedelta(days=horizon_days + gap_days)
    trains = [tuple(test - behind - timedelta(days=step * back) for back in reversed(range(n_train))) for test in tests]
    if trains[0][0] < begin:
        need = (final - trains[0][0]).days + horizon_days
        raise DataError(
            f"time_splits: {n_splits} tests and {n_train} days to learn from, {step} days apart, before a horizon of "
            f"{horizon_days} days need {need} days of records; purchases are recorded from {begin} to {end}, "
            f"{(end - begin).days + 1} days. Take fewer splits or days, a smaller step_days or a shorter horizon."
        )
    days = sorted({*tests, *(day for each in trains for day in each)})
    X, y = stacked(tables, days, horizon_days, recorded_until=end)
    at = X.index.get_level_values("as_of")
    rows = {day: np.flatnonzero(at == pd.Timestamp(day)) for day in days}
    splits = tuple(
        TimeSplit(train, test, np.concatenate([rows[day] for day in train]), rows[test])
        for train, test in zip(trains, tests, strict=True)
    )
    return TimeSplits(X, y, splits, horizon_days, gap_days)


def stacked(
    tables: Any, as_of_days: Any, horizon_days: int, *, recorded_until: Day | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Profiles and targets of several days, one below the other.

    Parameters
    ----------
    tables, horizon_days, recorded_until
        As in `targets`.
    as_of_days : sequence of days

    Returns
    -------
    tuple of DataFrame, both indexed by (as_of, customer_id)
        The columns of `labelled`. `attrs` keeps the purpose.

    Raises
    ------
    DataError
        As in `targets`.

    Examples
    --------
    >>> lines = pd.DataFrame({"order_id": [1, 2, 3], "customer_id": [7, 8, 7], "product_id": [1, 1, 2],
    ...                       "timestamp": pd.to_datetime(["2025-03-01", "2025-03-05", "2025-03-20"]),
    ...                       "quantity": [1, 1, 2], "unit_price": [10.0, 10.0, 6.0]})
    >>> X, y = stacked({"order_lines": lines}, ["2025-03-01", "2025-03-10"], 10)
    >>> y["buys"].tolist(), X.index.names
    ([False, True, False], FrozenList(['as_of', 'customer_id']))
    """
    given = [as_of_days] if isinstance(as_of_days, (str, date)) else list(as_of_days)
    days = [day_of(each) for each in given]
    if not days or len(set(days)) < len(days):
        raise ParameterError(f"as_of_days={given!r}: give one day or more, each once.")
    parts = [labelled(tables, day, horizon_days, recorded_until=recorded_until) for day in days]
    keys = pd.DatetimeIndex(days)
    # Attributes are kept apart: pandas compares them when it concatenates, and a ledger of consents is no plain value.
    purpose = parts[0][0].attrs.get("purpose")
    both = []
    for side in (0, 1):
        frames = [part[side].copy(deep=False) for part in parts]
        for frame in frames:
            frame.attrs = {}
        both.append(pd.concat(frames, keys=keys, names=["as_of"]))
        if purpose is not None:
            both[side].attrs["purpose"] = purpose
    return both[0], both[1]
