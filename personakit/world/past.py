"""Where customers stand at the beginning of a week, read off the tables and the truth."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from personakit.errors import ParameterError
from personakit.world.block import Block
from personakit.world.counterfactual import Situation
from personakit.world.market import YEAR_AFTER
from personakit.world.structure import FATIGUE_DAYS, START, WEEK

__all__ = ["situation_at", "week_of"]


def week_of(at: object, n_days: int, horizon_days: int) -> int:
    """The week that a moment lies in; the end of the history belongs to the first week that begins after it."""
    last = -(-n_days // WEEK)
    if (
        isinstance(horizon_days, bool)
        or not isinstance(horizon_days, (int, np.integer))
        or not 1 <= horizon_days <= 365
    ):
        raise ParameterError(f"horizon_days is {horizon_days!r}. Give a whole number of days from 1 to 365.")
    if at is None:
        return last
    try:
        moment = pd.Timestamp(at)  # type: ignore[arg-type]
    except (ValueError, TypeError) as error:
        raise ParameterError(f"at is {at!r}, which is not a date. Give e.g. '2025-06-02'.") from error
    start = pd.Timestamp(START)
    days = -1 if pd.isna(moment) else (moment.tz_localize(None) - start).days
    week = last if n_days <= days < last * WEEK else days // WEEK
    if days < 0 or week * WEEK + horizon_days > (last + YEAR_AFTER) * WEEK:
        first, final = start.date(), (start + pd.Timedelta(days=(last + YEAR_AFTER) * WEEK)).date()
        raise ParameterError(
            f"at is {at}, and with {horizon_days} days ahead it leaves what the world knows: {first} to {final}."
        )
    return week


def situation_at(
    block: Block,
    tables: Mapping[str, pd.DataFrame],
    alive_until: pd.Series,
    week: int,
    horizon_days: int,
    seed: int,
) -> Situation:
    """The state of the block's customers at the beginning of a week; who has no account by then does nothing.

    `alive_until` is indexed by customer id: the moment of the last order of those who dropped out, else NaT.
    """
    ids = block.people.customer_id
    monday = pd.Timestamp(START + np.timedelta64(week * WEEK, "D"))
    before = tables["order_lines"]
    before = before.loc[before["timestamp"] < monday, ["customer_id", "order_id"]].drop_duplicates()
    orders = before["customer_id"].value_counts().reindex(ids, fill_value=0).to_numpy().astype(np.int64)
    sent = tables["contacts"]
    sent = sent[(sent["timestamp"] < monday) & (sent["channel"] != "none")]
    weeks_ago = week - (sent["timestamp"] - pd.Timestamp(START)).dt.days // WEEK
    left = pd.Series(np.exp(-weeks_ago * (WEEK / FATIGUE_DAYS))).groupby(sent["customer_id"]).sum()
    ended = alive_until.reindex(ids)
    return Situation(
        block=block,
        week=week,
        horizon_days=int(horizon_days),
        alive=(ended.isna() | (ended >= monday)).to_numpy() & (block.people.signed_up < week * WEEK),
        orders=orders,
        fatigue=left.reindex(ids, fill_value=0.0).to_numpy().astype(np.float64),
        seed=seed,
    )
