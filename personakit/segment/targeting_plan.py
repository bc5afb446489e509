"""Who should get what: a plan of contacts by segment, within consent, a budget and a number of contacts.

A plan reaches only whom the gate released for the channel. `pk.campaign` finds its words, `pk.measure` tests it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats
from scipy.optimize import Bounds, LinearConstraint, milp

from personakit.errors import ConsentError, DataError, ParameterError, some
from personakit.privacy.binding import purpose_of
from personakit.privacy.gate_permitted import ids_in, plain_frame
from personakit.privacy.ids import check_types_of_ids
from personakit.privacy.settings import generator_of, is_number, whole
from personakit.segment.membership import segments_by_customer
from personakit.segment.targeting import OfferValues

__all__ = ["TargetingPlan", "consent_by_segment", "target"]

Floats = NDArray[np.float64]
DISCOUNT, PRICING = "discount", "personalised_pricing"


@dataclass(frozen=True)
class TargetingPlan:
    """Who gets what, and what is expected of it.

    Attributes
    ----------
    table : DataFrame
        One row a contact: customer_id, channel, theme, discount, action, segment, value (expected gain less cost),
        low, high (of the segment's mean, not of one customer's luck), cost, why.
    actions : Series "action", index customer_id
        For everybody with a segment what she gets, the baseline for those who are left alone: the form in which
        `pk.measure.plan_value` and `trial_messages` take a plan.
    held_out : Series "action", index customer_id
        Customers who are left alone by lot, so that the plan can be measured, and what they would have got.
    cost, value, low, high : float
        Of all contacts together. The interval counts that the errors of the segments' values go together.
    notes, purpose_
        What limits the plan, and for which purpose the segments were released.
    """

    table: pd.DataFrame
    actions: pd.Series = field(repr=False)
    held_out: pd.Series = field(repr=False)
    segments: pd.Series = field(repr=False)
    reach: pd.DataFrame = field(repr=False)
    cost: float
    value: float
    low: float
    high: float
    notes: tuple[str, ...] = ()
    purpose_: str | None = None

    def __repr__(self) -> str:
        return (
            f"TargetingPlan({len(self.table):,} contacts for {self.cost:,.2f}, expected to add {self.value:,.2f} net "
            f"({self.low:,.2f} to {self.high:,.2f}))"
        )

    def summary(self) -> pd.DataFrame:
        """Segment by segment and offer by offer: what is sent to how many, for how much, and what it should add.

        Returns
        -------
        DataFrame[segment, customers, reachable, action, contacts, held_out, cost, value, low, high]: value, low and
        high for one contact; a segment that gets nothing has one row.
        """
        size = self.segments.value_counts()
        held = pd.crosstab(self.segments.reindex(self.held_out.index).astype(object), self.held_out)
        rows = []
        for name in self.reach.index:
            part = self.table[self.table["segment"] == name]
            about = {"segment": name, "customers": int(size[name]), "reachable": int(self.reach.loc[name, "any"])}
            for action, sent in part.groupby("action", sort=False):
                left = int(held.loc[name, action]) if name in held.index and action in held.columns else 0
                told = {"action": action, "contacts": len(sent), "held_out": left, "cost": float(sent["cost"].sum())}
                rows.append(about | told | sent.iloc[0][["value", "low", "high"]].to_dict())
            if not len(part):
                rows.append(about | {"action": None, "contacts": 0, "held_out": 0, "cost": 0.0})
        columns = [
            "segment",
            "customers",
            "reachable",
            "action",
            "contacts",
            "held_out",
            "cost",
            "value",
            "low",
            "high",
        ]
        return pd.DataFrame(rows, columns=columns)

    def _repr_html_(self) -> str:
        shown = self.summary().to_html(index=False, escape=True, float_format="{:.2f}".format, na_rep="")
        notes = "".join(f"<p>{escape(note)}</p>" for note in self.notes)
        return f"<p><b>{escape(repr(self))}</b></p>{shown}{notes}"


def consent_by_segment(segments: pd.Series, permitted: Mapping[str, Any]) -> pd.DataFrame:
    """How many of each segment have agreed to each channel.

    Parameters
    ----------
    segments : Series of labels, index customer_id
    permitted : mapping of channel to what the gate released for marketing_<channel>

    Returns
    -------
    DataFrame, index segment: customers, one column a channel (customers who may be contacted there), any (on at least
    one), and share (any over customers)

    Raises
    ------
    ConsentError
        Ids that did not come through the gate, or were released for another purpose.

    Examples
    --------
    >>> from personakit.privacy import ConsentLedger, gate
    >>> ledger = ConsentLedger()
    >>> ledger.grant([1, 2], "marketing_email", at="2025-01-05")
    >>> people = pd.DataFrame({"customer_id": [1, 2, 3]})
    >>> mail = gate(people, "marketing_email", at="2025-12-31", ledger=ledger)
    >>> consent_by_segment(pd.Series({1: "new", 2: "old", 3: "old"}), {"email": mail})
             customers  email  any  share
    segment
    new              1      1    1    1.0
    old              2      1    1    0.5
    """
    now = segments_by_customer(segments)
    may = _permitted(permitted, now)
    channels = [name for name in may if name != DISCOUNT]
    each = pd.DataFrame({name: may[name] for name in channels}, index=now.index, dtype=bool)
    each["any"] = each.any(axis=1)
    counts = each.groupby(now.to_numpy(), observed=True).sum().rename_axis("segment")
    counts.insert(0, "customers", now.value_counts().reindex(counts.index))
    return counts.astype(int).assign(share=lambda frame: frame["any"] / frame["customers"])


def target(
    values: OfferValues,
    segments: pd.Series | None = None,
    *,
    permitted: Mapping[str, Any],
    budget: float | None = None,
    max_contacts: int | None = None,
    choose_by: str = "low",
    holdout: float = 0.0,
    random_state: Any = 0,
) -> TargetingPlan:
    """Choose for each segment what earns most of what its customers agreed to, within a budget.

    Nobody gets more than one offer. With a budget or a maximum, contacts are given out so that the sum of what is
    expected is largest (an integer programme over segments and sets of channels, solved exactly); who of a segment is
    taken then is drawn by lot, as the values know no difference between them.

    Parameters
    ----------
    values : OfferValues
        From `offer_values`.
    segments : Series by customer_id, optional
        Whom to plan for; by default those of `values`.
    permitted : mapping of channel to what the gate released for marketing_<channel>
        Channels that are not named are used for nobody. Under "discount", what was released for personalised_pricing:
        an offer with a discount, chosen by what is known of somebody, is a price of her own, and goes to these only.
    budget, max_contacts : float (in the unit of the costs) and int, optional
    choose_by : {"low", "net"}
        By the lower end of the interval less the cost, so that only what is surely worth it is sent; or by the expected
        net gain. What is not above nought by this measure is not sent.
    holdout : float in [0, 1), default 0
        Share of those chosen who are left alone by lot, to measure the plan.
    random_state : as in scikit-learn, default 0

    Returns
    -------
    TargetingPlan

    Raises
    ------
    ParameterError
        A negative budget, or other settings without sense.
    ConsentError
        Ids that did not come through the gate or were released for another purpose; segments released for analytics:
        that is a yes to being counted, not to being contacted; segments released for another purpose than the values.
    DataError
        The values do not say the channel of an offer; a segment without values.

    Examples
    --------
    >>> from personakit.privacy import ConsentLedger, gate
    >>> from personakit.segment import offer_values
    >>> log = pd.DataFrame({"customer_id": range(80), "action": ["mail", "none"] * 40, "propensity": 0.5,
    ...                     "channel": ["email", "none"] * 40, "margin": ([3.0, 1.0] * 2 + [1.0, 1.0] * 2) * 10})
    >>> segments = pd.Series((["new"] * 4 + ["old"] * 4) * 10, index=pd.RangeIndex(80, name="customer_id"))
    >>> ledger = ConsentLedger()
    >>> ledger.grant(list(range(60)), "marketing_email", at="2025-01-05")
    >>> mail = gate(segments.reset_index(name="segment"), "marketing_email", at="2025-12-31", ledger=ledger)
    >>> plan = target(offer_values(segments, log, costs={"email": 0.1}), permitted={"email": mail}, budget=2.0)
    >>> plan.table["segment"].value_counts().to_dict(), round(plan.cost, 2)
    ({'new': 20}, 2.0)
    """
    if choose_by not in ("low", "net"):
        raise ParameterError(f"target(choose_by={choose_by!r}): give 'low' or 'net'.")
    if budget is not None and (not is_number(budget) or not 0 <= budget < np.inf):
        raise ParameterError(f"target(budget={budget!r}): give an amount of at least 0, or None for no limit.")
    if max_contacts is not None:
        whole("max_contacts", max_contacts, 0, where="target")
    if not is_number(holdout) or not 0 <= holdout < 1:
        raise ParameterError(f"target(holdout={holdout!r}): give a share of at least 0 and below 1.")
    now = values.segments if segments is None else segments_by_customer(segments)
    purpose = values.purpose_ if segments is None else purpose_of(segments) or values.purpose_
    if purpose == "analytics" or (values.purpose_ is not None and purpose != values.purpose_):
        raise ConsentError(
            f"These segments were released for {purpose!r}, the values learnt from data for {values.purpose_!r}. To "
            "count and compare somebody is no permission to act on her: take profiles and log through the gate for the "
            "purpose of acting, such as 'recommendations' or 'marketing_email', and fit both again."
        )
    if lost := sorted(set(now.unique()) - set(values.table["segment"]), key=str):
        raise DataError(f"values knows nothing of the segments {some(lost)}. Give offer_values these segments too.")
    offers = values.table.reset_index(drop=True)
    if offers["channel"].isna().any():
        raise DataError(
            "values does not say the channel of its offers, so nobody's consent can be looked up. Give offer_values a "
            "log with the columns channel, theme and discount, and an offer that has one channel."
        )
    may = _permitted(permitted, now)
    reach = consent_by_segment(now, permitted)
    lot = generator_of(random_state) or np.random.default_rng()
    taken = _chosen(now, offers, may, choose_by, budget, max_contacts, lot)
    held = np.sort(lot.permutation(len(taken))[: round(holdout * len(taken))])
    held_out = offers["action"].loc[taken.iloc[held].to_numpy()].set_axis(taken.index[held])
    taken = taken.drop(held_out.index)
    rows = offers.loc[taken].reset_index(drop=True)
    table = pd.DataFrame({
        "customer_id": taken.index, **rows[["channel", "theme", DISCOUNT, "action", "segment"]],
        "value": rows["net"], "low": rows["low"] - rows["cost"], "high": rows["high"] - rows["cost"],
        "cost": rows["cost"], "why": [_why(row) for row in rows.to_dict("records")],
    })  # fmt: skip
    actions = pd.Series(values.baseline, index=now.index, name="action", dtype=object)
    actions[taken.index] = rows["action"].to_numpy()
    many = np.bincount(taken.to_numpy(dtype=int), minlength=len(offers)).astype(float)
    error = float(np.sqrt(max(many @ values.covariance @ many, 0.0))) * stats.norm.ppf((1 + values.confidence) / 2)
    value = float(rows["net"].sum())
    for frame in (table, actions):
        frame.attrs |= {} if purpose is None else {"purpose": purpose}
    return TargetingPlan(
        table, actions, held_out, now, reach, float(rows["cost"].sum()), value, value - error, value + error,
        _notes(offers, may, table, reach), purpose,
    )  # fmt: skip


def _permitted(permitted: Mapping[str, Any], now: pd.Series) -> dict[str, NDArray[np.bool_]]:
    """For each channel who of the segments may be contacted there."""
    if not isinstance(permitted, Mapping):
        raise ConsentError('permitted: give what the gate released, by channel: {"email": pk.privacy.gate(...)}.')
    may = {}
    for channel, released in permitted.items():
        needed = PRICING if channel == DISCOUNT else f"marketing_{channel}"
        if (purpose := purpose_of(released)) != needed:
            said = "did not come through the gate" if purpose is None else f"was released for {purpose!r}"
            raise ConsentError(
                f"permitted[{channel!r}] {said}, and is needed for {needed!r}. Pass pk.privacy.gate(profiles, "
                f"{needed!r}, at=today, ledger=ledger)."
            )
        ids = pd.Index(ids_in(plain_frame(released), f"permitted[{channel!r}]").unique())
        check_types_of_ids(ids, pd.Index(now.index), "target")
        may[str(channel)] = now.index.isin(ids)
    return may


def _chosen(
    now: pd.Series, offers: pd.DataFrame, may: Mapping[str, NDArray[np.bool_]], choose_by: str,
    budget: float | None, max_contacts: int | None, lot: np.random.Generator,
) -> pd.Series:  # fmt: skip
    """The row of the offer of each customer who gets one."""
    score = (offers["low"] - offers["cost"] if choose_by == "low" else offers["net"]).to_numpy(dtype=float)
    cheaper = pd.to_numeric(offers[DISCOUNT], errors="coerce").fillna(0.0).to_numpy() > 0
    sets = pd.DataFrame({"segment": now.to_numpy(dtype=object), **may}, index=now.index)
    groups = [(members.index, members.iloc[0]) for _, members in sets.groupby(list(sets.columns))]
    pairs: list[tuple[int, int]] = []
    for number, (_, about) in enumerate(groups):
        allowed = np.array([bool(about.get(channel, False)) for channel in offers["channel"]], dtype=bool)
        allowed &= ~cheaper | bool(about.get(DISCOUNT, False))
        allowed &= (offers["segment"] == about["segment"]).to_numpy() & (score > 0)
        pairs += [(number, int(row)) for row in np.flatnonzero(allowed)]
    chosen = pd.Series(-1, index=now.index)
    counts = _counts(groups, pairs, score, offers["cost"].to_numpy(dtype=float), budget, max_contacts)
    for (number, row), many in zip(pairs, counts, strict=True):
        free = groups[number][0][chosen[groups[number][0]].to_numpy() < 0]
        if many < len(free):
            free = free[np.sort(lot.permutation(len(free))[:many])]
        chosen[free[:many]] = row
    return chosen[chosen >= 0]


def _counts(
    groups: list[tuple[pd.Index, pd.Series]], pairs: list[tuple[int, int]], score: Floats, cost: Floats,
    budget: float | None, max_contacts: int | None,
) -> NDArray[np.intp]:  # fmt: skip
    """How many of each group get each offer that is open to them."""
    if not pairs:
        return np.zeros(0, dtype=np.intp)
    group, row = np.array(pairs).T
    size = np.array([len(ids) for ids, _ in groups], dtype=float)
    if budget is None and max_contacts is None:
        best = pd.Series(score[row]).groupby(group).idxmax().to_numpy()
        return np.where(np.isin(np.arange(len(pairs)), best), size[group], 0).astype(np.intp)
    one_each = (group[None, :] == np.arange(len(groups))[:, None]).astype(float)
    limits = [LinearConstraint(one_each, ub=size)]
    if budget is not None:
        limits.append(LinearConstraint(cost[row][None, :], ub=budget * (1 + 1e-12)))
    if max_contacts is not None:
        limits.append(LinearConstraint(np.ones((1, len(pairs))), ub=max_contacts))
    found = milp(-score[row], constraints=limits, integrality=np.ones(len(pairs)), bounds=Bounds(0, size[group]),
                 options={"mip_rel_gap": 1e-6, "time_limit": 20})  # fmt: skip
    if found.x is None:
        raise DataError(f"No plan was found within the limits ({found.message}). Use fewer segments or offers.")
    return np.round(found.x).astype(np.intp)


def _why(row: Mapping[Any, Any]) -> str:
    return (
        f"{row['segment']}: {row['action']} adds {row['net']:.2f} a contact after {row['cost']:.3g} for sending it "
        f"({row['low'] - row['cost']:.2f} to {row['high'] - row['cost']:.2f}; {row['logged']:,} of the segment met it "
        f"in the log); she agreed to marketing_{row['channel']}"
    )


def _notes(offers: pd.DataFrame, may: Mapping[str, Any], table: pd.DataFrame, reach: pd.DataFrame) -> tuple[str, ...]:
    said = []
    if unused := sorted(set(offers["channel"].astype(str)) - set(may)):
        said.append(f"Nothing is sent by {', '.join(unused)}: permitted names nobody there.")
    if (pd.to_numeric(offers[DISCOUNT], errors="coerce") > 0).any() and DISCOUNT not in may:
        said.append("No discounts: permitted names nobody who agreed to prices of her own (personalised_pricing).")
    if not reach["any"].any():
        said.append("Nobody in these segments has agreed to any of the channels, so nobody is contacted.")
    elif not len(table):
        said.append("Nobody is contacted: no offer is worth its cost by this measure to anybody who may be reached.")
    return tuple(said)
