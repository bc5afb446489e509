"""What customers do after what, and at which rhythm: sequences of events as numbers for segmentation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from personakit.errors import DataError, some
from personakit.privacy.binding import purpose_of
from personakit.privacy.gate_permitted import plain_frame
from personakit.privacy.settings import positive, whole

__all__ = ["sequence_features"]

HOUR = pd.Timedelta(hours=1)


def sequence_features(
    events: Any,
    *,
    of: str | None = None,
    length: int = 2,
    max_sequences: int = 30,
    break_hours: float = 24.0 * 30,
    as_of: Any = None,
) -> pd.DataFrame:
    """The share of each run of events among a customer's runs, and the rhythm at which she comes.

    Parameters
    ----------
    events : DataFrame, or what a consent gate returned
        Columns customer_id and timestamp, and what happened: interactions (event) or sessions (channel).
    of : str, optional
        The column that says what happened; by default event, else channel.
    length : int, default 2
        Runs of so many events: 2 for "view > basket".
    max_sequences : int, default 30
        Keep the most frequent runs only; shares are of all runs.
    break_hours : float, default 720
        A run does not go over a longer pause.
    as_of : date-like, optional
        Count what happened until the end of this day.

    Returns
    -------
    DataFrame, index customer_id (sorted), float64
        A column for each run, such as "view > basket" (share, 0 to 1; NaN for those with no run); and days_between (the
        median of days between one day with an event and the next), burstiness ((sd - mean) / (sd + mean) of these: -1
        for a clock, 0 for chance, towards 1 for bursts; NaN with fewer than three days), hour_sine and hour_cosine (the
        mean direction of the hours on a clock of 24), weekend (share of events on Saturday or Sunday).

    Raises
    ------
    DataError
        A column is missing, a time is missing or text, or no event is left.

    References
    ----------
    K.-I. Goh and A.-L. Barabási (2008), "Burstiness and memory in complex systems", EPL 81, for the burstiness.

    Examples
    --------
    >>> seen = pd.DataFrame({"customer_id": [1, 1, 1], "event": ["view", "view", "basket"],
    ...                      "timestamp": pd.to_datetime(["2025-03-01 06:00", "2025-03-01 06:01", "2025-03-01 06:02"])})
    >>> sequence_features(seen).loc[1, ["view > view", "view > basket", "weekend"]].tolist()
    [0.5, 0.5, 1.0]
    """
    whole("length", length, where="sequence_features")
    whole("max_sequences", max_sequences, where="sequence_features")
    positive("break_hours", break_hours, "sequence_features", "The longest pause within a run, in hours.")
    frame = plain_frame(events)
    of = of or ("event" if "event" in frame.columns else "channel")
    if absent := [name for name in ("customer_id", "timestamp", of) if name not in frame.columns]:
        raise DataError(f"events has no column {some(map(repr, absent))} (it has {some(frame.columns, 8)}).")
    if not pd.api.types.is_datetime64_any_dtype(frame["timestamp"].dtype):
        raise DataError(
            f"events.timestamp holds {frame['timestamp'].dtype}, no times ({some(frame['timestamp'])}). Convert it "
            "with pd.to_datetime."
        )
    if as_of is not None:
        frame = frame[frame["timestamp"] < pd.Timestamp(as_of).normalize() + pd.Timedelta(days=1)]
    frame = frame[["customer_id", "timestamp", of]].dropna().sort_values(["customer_id", "timestamp"], kind="stable")
    if not len(frame):
        raise DataError("events: none is left with a customer, a time and a value. Check the dates.")
    ids, customers = pd.factorize(frame["customer_id"])
    made = _runs(frame, ids, customers, of, length, max_sequences, break_hours)
    features = made.join(_rhythm(frame["timestamp"], ids, customers))
    if (purpose := purpose_of(events)) is not None:
        features.attrs["purpose"] = purpose
    return features


def _runs(
    frame: pd.DataFrame, ids: Any, customers: pd.Index, of: str, length: int, most: int, break_hours: float
) -> pd.DataFrame:
    """Shares of runs: a run is a number in base of the different events, so that nothing is looped over rows."""
    codes, names = pd.factorize(frame[of].astype(str), sort=True)
    pause = frame["timestamp"].diff().to_numpy() > HOUR * break_hours
    begins = np.append(True, ids[1:] != ids[:-1]) | pause
    place = np.arange(len(ids)) - np.maximum.accumulate(np.where(begins, np.arange(len(ids)), 0))
    run, whole_runs = np.zeros(len(ids), dtype=np.int64), place >= length - 1
    for back in range(length - 1, -1, -1):
        run = run * len(names) + np.roll(codes, back)
    found, of_run, times = np.unique(run[whole_runs], return_inverse=True, return_counts=True)
    kept = np.sort(np.argsort(-times, kind="stable")[:most])
    total = np.bincount(ids[whole_runs], minlength=len(customers)).astype(float)
    counts = np.zeros((len(customers), len(found)))
    np.add.at(counts, (ids[whole_runs], of_run), 1.0)
    shares = np.divide(
        counts[:, kept], total[:, None], out=np.full((len(customers), len(kept)), np.nan), where=total[:, None] > 0
    )
    labels = [
        " > ".join(names[run // len(names) ** back % len(names)] for back in range(length - 1, -1, -1))
        for run in found[kept]
    ]
    return pd.DataFrame(shares, index=pd.Index(customers, name="customer_id"), columns=labels)


def _rhythm(times: pd.Series, ids: Any, customers: pd.Index) -> pd.DataFrame:
    n = np.bincount(ids, minlength=len(customers))
    hour = (times.dt.hour + times.dt.minute / 60).to_numpy() * (2 * np.pi / 24)
    days = pd.DataFrame({"id": ids, "day": times.dt.normalize().to_numpy()}).drop_duplicates()
    gaps = days["day"].diff().dt.days.where(days["id"] == days["id"].shift())
    by = gaps.groupby(days["id"])
    mean, sd = by.mean(), by.std(ddof=0).where(by.count() > 1)
    every = range(len(customers))
    return pd.DataFrame(
        {
            "days_between": by.median().reindex(every).to_numpy(),
            "burstiness": ((sd - mean) / (sd + mean)).reindex(every).to_numpy(),
            "hour_sine": np.bincount(ids, np.sin(hour), len(customers)) / n,
            "hour_cosine": np.bincount(ids, np.cos(hour), len(customers)) / n,
            "weekend": np.bincount(ids, times.dt.day_of_week >= 5, len(customers)) / n,
        },
        index=pd.Index(customers, name="customer_id"),
    )
