"""What each offer is worth to each segment, read out of a log that drew by chance whom it made which offer.

Three things make such a table treacherous: whom the campaign liked to write to, the few customers behind each cell, and
the eye that looks for the largest number. Propensities deal with the first, pooling with the second, and intervals of
the pooled values with the third.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from personakit.errors import DataError, UnknownNameError, some
from personakit.privacy.binding import check_use, purpose_of
from personakit.privacy.gate_permitted import plain_frame
from personakit.privacy.ids import check_types_of_ids
from personakit.privacy.settings import check_between, whole
from personakit.segment.cell_gains import cell_gains, foretold
from personakit.segment.logged_decisions import worth_of_decisions
from personakit.segment.membership import segments_by_customer
from personakit.segment.pooling import pooled

if TYPE_CHECKING:
    from personakit.notebook.pictures import Picture

__all__ = ["OfferValues", "offer_values", "segments_known_then"]

Floats = NDArray[np.float64]
PARTS = ("channel", "theme", "discount")


@dataclass(frozen=True)
class OfferValues:
    """The value of each offer to each segment.

    Attributes
    ----------
    table : DataFrame
        One row a segment and offer, the most promising first within a segment: segment, action, channel, theme,
        discount (missing where the log does not say them), customers (in the segment), logged (customers of the
        segment who met the offer in the log), raw, raw_low, raw_high (gain over the baseline, of this cell alone),
        gain, low, high (the same, pooled), cost (of one contact), net (gain less cost), pays (probability that the
        gain exceeds the cost). All in the unit of the outcome, a decision.
    segments : Series, index customer_id
        Who is in which segment now.
    covariance : ndarray of shape (n_rows, n_rows)
        Of the pooled gains, in the order of the table: their errors go together.
    spread : dict of str to float
        How far gains differ between segments, offers and so on (standard deviations), as the pooling found it.
    baseline : str
    confidence : float
    left_out : int
        Decisions of customers who have no segment.
    purpose_ : str or None
    """

    table: pd.DataFrame
    segments: pd.Series = field(repr=False)
    covariance: Floats = field(repr=False)
    spread: dict[str, float]
    baseline: str
    confidence: float
    left_out: int
    purpose_: str | None

    def best(self) -> pd.DataFrame:
        """The row of each segment whose interval promises most at its lower end; what pays surely comes first."""
        order = self.table.assign(surely=self.table["low"] - self.table["cost"])
        order = order.sort_values("surely", ascending=False, kind="stable")
        return order.drop_duplicates("segment").drop(columns="surely").reset_index(drop=True)

    def plot(self, title: str | None = None, *, at_most: int = 3) -> Picture:
        """Each segment's most promising offers with their intervals, and what they cost.

        Parameters
        ----------
        title : str, optional
            The message.
        at_most : int, default 3
            Offers a segment.
        """
        picture: Picture = importlib.import_module("personakit.notebook.segment_plots").plot_offer_values(
            self, title, at_most=at_most
        )
        return picture


def offer_values(
    segments: pd.Series | pd.DataFrame,
    outcomes: pd.DataFrame,
    *,
    outcome: str = "margin",
    offer: str = "action",
    baseline: str = "none",
    costs: Mapping[str, float] | None = None,
    covariates: Sequence[str] = (),
    min_customers: int = 10,
    confidence: float = 0.95,
) -> OfferValues:
    """What each offer brings in each segment over the baseline, from a log of decisions drawn with known propensities.

    Each cell is a weighted mean of the decisions in it, less that of the segment's decisions for the baseline, with
    customers as the independent witnesses. The cells are then pooled: towards the offer's mean, the segment's, and
    those of channel, theme and discount, by as much as the cells turn out to be alike.

    Parameters
    ----------
    segments : Series of labels, index customer_id (or a frame with a column `segment`)
        Who is in which segment now.
    outcomes : DataFrame of shape (n_decisions, ...)
        The log: customer_id, propensity (of what was drawn, above 0 to 1), the offer and the outcome; as
        `pk.measure.contact_history(tables, at=...).decisions` has them. A column `segment`, if there is one, says
        in which segment a customer was at the time (see `segments_known_then`). Use it: a customer who bought because
        of a message is in a better segment today, and the message would be praised for the segment.
    outcome : str, default "margin"
        The larger the better; before the cost of the contact.
    offer : str, default "action"
    baseline : str, default "none"
        The offer that gains are counted from.
    costs : mapping of channel to pounds, optional
        What a contact costs; by default the log's column `cost`, or nothing.
    covariates : sequence of str
        Numbers of the log that were known before the decision, such as how often she usually comes. What they
        foretell of the outcome is taken off, which narrows the intervals and moves no gain.
    min_customers : int, default 10
        A cell with fewer customers, or a baseline with fewer, tells nothing by itself: its raw gain is missing, and its
        gain is what segment and offer say elsewhere.
    confidence : float in (0, 1), default 0.95

    Returns
    -------
    OfferValues

    Raises
    ------
    UnknownNameError
        A column or the baseline is not in the log.
    DataError
        Propensities missing or outside 0 to 1; missing outcomes; a customer in two segments; no decision of a customer
        with a segment.
    ConsentError
        Segments and log were released for different purposes.

    References
    ----------
    As for `pooled` and `weighted_mean`; for covariates, W. Lin (2013), "Agnostic notes on regression adjustments to
    experimental data", Annals of Applied Statistics 7.

    Examples
    --------
    >>> log = pd.DataFrame({"customer_id": range(80), "action": ["mail", "none"] * 40, "propensity": 0.5,
    ...                     "margin": ([3.0, 1.0] * 2 + [1.0, 1.0] * 2) * 10})
    >>> segments = pd.Series((["new"] * 4 + ["old"] * 4) * 10, index=pd.RangeIndex(80, name="customer_id"))
    >>> offer_values(segments, log).table[["segment", "action", "customers", "logged", "raw"]]
      segment action  customers  logged  raw
    0     new   mail         40      20  2.0
    1     old   mail         40      20  0.0
    """
    check_between("confidence", confidence)
    whole("min_customers", min_customers, 2, where="offer_values")
    now, log, purpose = segments_by_customer(segments), _as_log(outcomes), purpose_of(segments) or purpose_of(outcomes)
    if isinstance(segments, pd.DataFrame | pd.Series) and purpose_of(segments) is not None:
        check_use(segments, outcomes)
    worth = worth_of_decisions(log.drop(columns="cost", errors="ignore"), offer, outcome=outcome)
    if baseline not in set(log[offer]):
        known = pd.unique(log[offer])
        raise UnknownNameError(f"log has no decision {baseline!r} to compare with (it has {some(known, 8)}).")
    then = log["segment"] if "segment" in log.columns else _of_now(log, now)
    used = then.isin(now.unique()).to_numpy()
    if not used.any():
        raise DataError(
            f"None of the {len(log)} logged decisions is about a customer with a segment (log: customer_id "
            f"{some(log['customer_id'].unique())}; segments: {some(now.index)}). Give segments of these customers."
        )
    part, worth, then = log[used], worth[used], then[used].astype(object)
    names = _in_order(now)
    offers = [name for name in sorted(pd.unique(log[offer]), key=str) if name != baseline]
    if not offers:
        raise DataError(f"log.{offer} has no decision but {baseline!r}, so there is no offer to value.")
    cells = pd.MultiIndex.from_product([names, [*offers, baseline]])
    table = pd.DataFrame({"segment": np.repeat(objects_of(names), len(offers)), "action": offers * len(names)})
    told = log.drop_duplicates(offer).set_index(offer, drop=False)
    for name in PARTS:
        constant = name in log.columns and (log.groupby(offer, observed=True)[name].nunique() <= 1).all()
        table[name] = table["action"].map(told[name]) if constant else None
    cost = _cost(table, told, costs)
    place = cells.get_indexer(pd.MultiIndex.from_arrays([then, part[offer].astype(object)]))
    weight = 1 / part["propensity"].to_numpy(dtype=float)
    worth = worth - foretold(part, covariates, worth, weight, place)
    gains, errors, witnesses = cell_gains(
        part["customer_id"], worth, weight, place, (len(names), len(offers)), least=min_customers
    )
    if not np.isfinite(gains).any():
        raise DataError(
            f"No segment met both an offer and {baseline!r} in the log with at least min_customers={min_customers} "
            "customers each, so no gain can be told. Use fewer segments, or a longer log."
        )
    value, covariance, spread = pooled(gains, errors, _likeness(table))
    reach = stats.norm.ppf((1 + confidence) / 2)
    error, raw_error = np.sqrt(np.diag(covariance)), np.sqrt(np.diag(errors))
    table = table.assign(
        customers=table["segment"].map(now.value_counts()).astype(int), logged=witnesses,
        raw=gains, raw_low=gains - reach * raw_error, raw_high=gains + reach * raw_error,
        gain=value, low=value - reach * error, high=value + reach * error,
        cost=cost, net=value - cost, pays=stats.norm.cdf((value - cost) / error),
    )  # fmt: skip
    order = np.lexsort((-(value - cost), np.repeat(np.arange(len(names)), len(offers))))
    table = table.iloc[order].reset_index(drop=True)
    left_out = int((~used).sum())
    return OfferValues(table, now, covariance[np.ix_(order, order)], spread, baseline, confidence, left_out, purpose)


def segments_known_then(
    decisions: pd.DataFrame, snapshots: Mapping[Any, pd.Series], *, time: str = "week"
) -> pd.DataFrame:
    """The log with a column `segment`: the one that each customer was in by the latest snapshot before the decision.

    Parameters
    ----------
    decisions : DataFrame
        With customer_id and the time of the decision.
    snapshots : mapping of date to Series of segments by customer_id
        Each from profiles as of the end of a day before its date.
    time : str, default "week"
        The column with the time.

    Returns
    -------
    DataFrame
        Decisions before the first snapshot, and of customers that a snapshot does not know, have a missing segment.

    Examples
    --------
    >>> log = pd.DataFrame({"customer_id": [1, 1], "week": pd.to_datetime(["2025-01-06", "2025-07-07"])})
    >>> then = {"2025-01-01": pd.Series({1: "new"}), "2025-07-01": pd.Series({1: "loyal"})}
    >>> segments_known_then(log, then)["segment"].tolist()
    ['new', 'loyal']
    """
    for name in ("customer_id", time):
        if name not in decisions.columns:
            raise UnknownNameError(f"decisions has no column {name!r} (it has {some(decisions.columns, 8)}).")
    if not snapshots:
        raise DataError("snapshots is empty. Give at least one date with the segments that were known then.")
    known = [(pd.Timestamp(day), segments_by_customer(labels)) for day, labels in snapshots.items()]
    known.sort(key=lambda pair: pair[0])
    which = np.searchsorted(np.array([day for day, _ in known], dtype="datetime64[ns]"),
                            decisions[time].to_numpy(dtype="datetime64[ns]"), side="right") - 1  # fmt: skip
    then = pd.Series(None, index=decisions.index, dtype=object)
    for number, (_, labels) in enumerate(known):
        here = which == number
        then[here] = decisions.loc[here, "customer_id"].map(labels.astype(object)).to_numpy(dtype=object)
    return decisions.assign(segment=then)


def objects_of(names: Sequence[Any]) -> NDArray[np.object_]:
    """Labels as they are, in an array of objects."""
    made = np.empty(len(names), dtype=object)
    made[:] = list(names)
    return made


def _as_log(outcomes: Any) -> pd.DataFrame:
    frame = plain_frame(outcomes)
    if not isinstance(frame, pd.DataFrame):
        raise DataError(
            f"outcomes is a {type(outcomes).__name__}. Give a log with one row a decision, as pk.measure."
            "contact_history(tables, at=...).decisions is."
        )
    return frame.reset_index(drop=True)


def _of_now(log: pd.DataFrame, now: pd.Series) -> pd.Series:
    check_types_of_ids(pd.Index(log["customer_id"].unique()), pd.Index(now.index), "offer_values")
    return log["customer_id"].map(now.astype(object))


def _in_order(now: pd.Series) -> list[Any]:
    if isinstance(now.dtype, pd.CategoricalDtype):
        return [name for name in now.cat.categories if (now == name).any()]
    return sorted(now.unique(), key=lambda name: (isinstance(name, str), name))


def _likeness(table: pd.DataFrame) -> dict[str, list[Any]]:
    """What cells share: the segment, the offer, the parts of the offer, and a part within a segment."""
    kinds: dict[str, list[Any]] = {name: table[name].tolist() for name in ("segment", "action")}
    for name in PARTS:
        if table[name].notna().all() and table[name].nunique() > 1:
            kinds[name] = table[name].tolist()
            kinds[f"segment and {name}"] = list(zip(table["segment"], table[name], strict=True))
    return kinds


def _cost(table: pd.DataFrame, told: pd.DataFrame, costs: Mapping[str, float] | None) -> Floats:
    if costs is None:
        paid = table["action"].map(told["cost"]) if "cost" in told.columns else pd.Series(0.0, index=table.index)
    else:
        paid = table["channel"].map(costs)
        if paid.isna().any():
            lost = some(table.loc[paid.isna(), "channel"].unique())
            raise DataError(f"costs names no price for {lost}. Add what a contact costs there.")
    cost = paid.to_numpy(dtype=float)
    if not (np.isfinite(cost) & (cost >= 0)).all():
        raise DataError(f"The cost of a contact is missing, infinite or negative ({some(cost[~(cost >= 0)])}).")
    return np.asarray(cost)
