"""Messages tried out in the world: what everybody would be worth under each of them, and an experiment of plans.

A plan says for each customer what she is sent. Plans that look at people more or less closely are compared on the same
customers: exactly, by the world's expectations, and as a company could compare them, by an experiment.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from personakit.errors import DataError, ParameterError, UnknownNameError, some
from personakit.measure.assignment import assign
from personakit.measure.experiment import compare_arms
from personakit.measure.trial import Trial

if TYPE_CHECKING:
    from personakit.world import World

__all__ = [
    "NO_MESSAGE",
    "choose_messages",
    "gains_if",
    "message_margins",
    "message_options",
    "plan_value",
    "trial_messages",
]

NO_MESSAGE = "none"


def message_options(
    channels: Mapping[str, float],
    themes: Sequence[str],
    discounts: Sequence[float] | Mapping[str, Sequence[float]] = (0.0,),
) -> pd.DataFrame:
    """Every message that can be sent, "none" first: channel x theme x discount.

    Parameters
    ----------
    channels : mapping of channel to pounds
        What one message costs there.
    themes : sequence of str
    discounts : sequence of shares, or mapping of channel to shares, default (0.0,)
        Channels that a mapping does not name go without a discount.

    Returns
    -------
    DataFrame[channel, theme, discount, cost], index action, named as in `ContactHistory.decisions`

    Examples
    --------
    >>> message_options({"email": 0.01}, ["style", "value"], [0.0, 0.1]).index.tolist()[:3]
    ['none', 'email / style / 0 % off', 'email / style / 10 % off']
    """
    rows: list[tuple[str, str, str, float, float]] = [(NO_MESSAGE, "none", "none", 0.0, 0.0)]
    for channel, cost in channels.items():
        for theme in themes:
            for discount in discounts.get(channel, (0.0,)) if isinstance(discounts, Mapping) else discounts:
                name = f"{channel} / {theme} / {round(100 * discount)} % off"
                rows.append((name, channel, theme, float(discount), float(cost)))
    return pd.DataFrame(rows, columns=["action", "channel", "theme", "discount", "cost"]).set_index("action")


def message_margins(world: World, customers: ArrayLike, messages: pd.DataFrame, *, weeks: int = 4) -> pd.DataFrame:
    """The truth: what each customer earns the shop under each message, sent once a week for some weeks.

    Never an input to a method, only to a score.

    Parameters
    ----------
    world : World
    customers : ids of shape (n,)
    messages : DataFrame
        From `message_options`.
    weeks : int, default 4
        How many weeks in a row the message is sent, after the history.

    Returns
    -------
    DataFrame of shape (n, n_messages): margin in pounds over these weeks after unit costs and returns, *before* the
    cost of messages. Memory grows with customers x messages; time is one expectation of the whole world a message.

    Examples
    --------
    >>> from personakit.world import World
    >>> options = message_options({"email": 0.01}, ["value"])
    >>> message_margins(World(n_customers=5, n_products=24, n_days=28), [1, 2], options, weeks=1).shape
    (2, 2)
    """
    index = pd.Index(np.asarray(customers), name="customer_id")
    place = pd.Index(world.customer_ids).get_indexer(index)
    if (place < 0).any():
        raise DataError(
            f"customers has {int((place < 0).sum())} ids that the world does not know ({some(index[place < 0])}). "
            "Pass customers of this world, such as world.customer_ids."
        )
    earned = {}
    for name, message in zip(messages.index, messages.to_dict("records"), strict=True):
        said = {key: message[key] for key in ("channel", "theme", "discount")}
        outcome = world.expected(None, said, weeks=weeks)
        earned[name] = (outcome["margin"] + outcome["cost"]).to_numpy(dtype=float)[place]
    return pd.DataFrame(earned, index=index)


def choose_messages(
    gains: pd.DataFrame,
    messages: pd.DataFrame,
    *,
    permitted: Mapping[str, ArrayLike] | None = None,
    costs: float | Mapping[str, float] | None = None,
    weeks: int = 1,
) -> pd.Series:
    """A plan: for each customer the message with the largest gain after its cost, "none" if none has a gain above 0.

    Parameters
    ----------
    gains : DataFrame of shape (n_customers, some of the messages), index customer_id
        What each message is thought to add over sending nothing, in pounds, before its cost.
    messages : DataFrame
        From `message_options`.
    permitted : mapping of channel to customer ids, optional
        Whom each channel may be used for. A channel that is not named may be used for nobody.
    costs : pounds a message, or mapping of channel to pounds, optional
        By default the costs in `messages`.
    weeks : int, default 1
        How many messages are sent.

    Returns
    -------
    Series "action", index customer_id

    Examples
    --------
    >>> options = message_options({"email": 0.01, "sms": 0.06}, ["value"])
    >>> mail, text = options.index[1:]
    >>> gains = pd.DataFrame({mail: [0.5, 0.005], text: [0.9, 0.0]}, index=[7, 8])
    >>> choose_messages(gains, options, permitted={"email": [7, 8]}).tolist()
    ['email / value / 0 % off', 'none']
    """
    strange = [name for name in gains.columns if name not in messages.index]
    if strange:
        raise UnknownNameError(f"gains has {some(strange)}, which messages does not list. Both come from one table.")
    net = gains.drop(columns=NO_MESSAGE, errors="ignore")
    channel = messages.loc[net.columns, "channel"]
    net = net - weeks * _costs(messages, costs).loc[net.columns]
    if permitted is not None:
        for name in channel.unique():
            outside = ~net.index.isin(np.asarray(permitted.get(name, [])))
            net.loc[outside, channel.index[channel == name]] = -np.inf
    if not net.shape[1]:
        return pd.Series(NO_MESSAGE, index=net.index, name="action")
    best = net.to_numpy().argmax(axis=1)
    gain = net.to_numpy()[np.arange(len(net)), best]
    return pd.Series(np.where(gain > 0, net.columns.to_numpy()[best], NO_MESSAGE), index=net.index, name="action")


def plan_value(
    margins: pd.DataFrame,
    plan: pd.Series,
    messages: pd.DataFrame,
    *,
    costs: float | Mapping[str, float] | None = None,
    weeks: int = 1,
) -> pd.Series:
    """What each customer earns the shop under a plan, messages paid.

    Parameters
    ----------
    margins : DataFrame
        From `message_margins`: before the cost of messages.
    plan : Series of actions by customer_id
    messages, costs, weeks
        As in `choose_messages`.

    Returns
    -------
    Series in pounds, index customer_id
    """
    done = plan.reindex(margins.index)
    if done.isna().any():
        raise DataError(
            f"plan: {int(done.isna().sum())} customers have no action ({some(margins.index[done.isna()])}). Doing "
            f"nothing is an action: {NO_MESSAGE!r}."
        )
    column = margins.columns.get_indexer(pd.Index(done))
    if (column < 0).any():
        raise UnknownNameError(
            f"plan has {some(done[column < 0].unique())}, for which margins has no column (it has "
            f"{some(margins.columns, 12)}). Take plan and margins from one table of messages."
        )
    earned = margins.to_numpy()[np.arange(len(margins)), column]
    paid = weeks * _costs(messages, costs).loc[done].to_numpy()
    return pd.Series(earned - paid, index=margins.index, name="margin")


def gains_if(
    lift: pd.DataFrame,
    over_none: pd.DataFrame,
    messages: pd.DataFrame,
    *,
    for_all: tuple[str, float],
    permitted: Mapping[str, ArrayLike],
    costs: float | Mapping[str, float] | None = None,
    weeks: int = 1,
    margin_left: float = 1.0,
) -> dict[str, float]:
    """What one message for all, one-to-one and the oracle would gain if messages cost more or margins were thinner.

    Each of the three decides anew under these conditions, the first two by what they believe, and is scored by the
    truth. The oracle knows the truth, and decides for the same customers and between the same messages as one-to-one.

    Parameters
    ----------
    lift : DataFrame of shape (n_known, n_messages)
        What one-to-one believes each message to add, before its cost. Customers it does not know get the message for
        all.
    over_none : DataFrame of shape (n_customers, n_messages)
        The truth: margins less those of "none", before the cost of messages.
    messages, permitted, costs, weeks
        As in `choose_messages`.
    for_all : (action, pounds)
        The message for all and what it is believed to add a customer, before its cost; it is not sent if that is
        less than its cost.
    margin_left : float, default 1.0
        The share of today's margin that is left.

    Returns
    -------
    dict of "one for all", "one-to-one" and "oracle" to pounds a customer over no message, messages paid

    Examples
    --------
    >>> options = message_options({"email": 0.1}, ["value"])
    >>> truth = pd.DataFrame({"none": 0.0, "email / value / 0 % off": [1.0, -1.0]}, index=[1, 2])
    >>> everybody = {"permitted": {"email": [1, 2]}, "for_all": ("email / value / 0 % off", 0.2)}
    >>> {way: round(gain, 2) for way, gain in gains_if(truth, truth, options, **everybody).items()}
    {'one for all': -0.1, 'one-to-one': 0.45, 'oracle': 0.45}
    """
    if not margin_left >= 0:
        raise ParameterError(f"gains_if(margin_left={margin_left!r}): give a share of at least 0.")
    action, belief = for_all
    worth_it = margin_left * belief > weeks * _costs(messages, costs)[action]
    common = pd.Series(action if worth_it else NO_MESSAGE, index=over_none.index)
    own, best = (
        choose_messages(margin_left * gain, messages, permitted=permitted, costs=costs, weeks=weeks)
        .reindex(over_none.index)
        .fillna(common)
        for gain in (lift, over_none.loc[lift.index, lift.columns])
    )
    plans = {"one for all": common, "one-to-one": own, "oracle": best}
    return {
        way: float(plan_value(margin_left * over_none, plan, messages, costs=costs, weeks=weeks).mean())
        for way, plan in plans.items()
    }


def trial_messages(
    world: World,
    plans: Mapping[str, pd.Series],
    messages: pd.DataFrame,
    margins: pd.DataFrame,
    *,
    baseline: str,
    best: pd.Series,
    weeks: int = 4,
    covariate: pd.Series | None = None,
    random_state: int = 0,
) -> Trial:
    """An experiment: each customer is put into one arm by chance and gets what that arm's plan says, once a week.

    Parameters
    ----------
    world : World
    plans : mapping of arm to Series of actions by customer_id
        All for the same customers.
    messages, margins : DataFrame
        From `message_options` and `message_margins` (of the same weeks): the truth beside the experiment.
    baseline : str
        The arm that gains are counted from.
    best : Series of actions by customer_id
        The oracle's plan.
    weeks : int, default 4
    covariate : Series by customer_id, optional
        Something known before, e.g. margin so far, to sharpen the experiment (CUPED).
    random_state : int, default 0
        Which assignment, and which luck.

    Returns
    -------
    Trial

    Raises
    ------
    UnknownNameError
        The baseline is none of the arms, or a plan has an unknown action.
    DataError
        A customer has no action in a plan.
    """
    if baseline not in plans:
        raise UnknownNameError(f"There is no arm {baseline!r} to compare with; the arms are {some(plans, 8)}.")
    each = pd.DataFrame({arm: plan_value(margins, plan, messages, weeks=weeks) for arm, plan in plans.items()})
    arms = assign(each.index, list(plans), random_state=random_state)
    wide = pd.DataFrame({arm: plan.reindex(each.index) for arm, plan in plans.items()})
    done = wide.to_numpy(dtype=object)[np.arange(len(wide)), arms.cat.codes.to_numpy()]
    everyone = pd.Series(NO_MESSAGE, index=pd.Index(world.customer_ids), dtype=object)
    everyone.loc[each.index] = done
    said = messages[["channel", "theme", "discount"]].loc[everyone.to_list()]
    lived = world.respond(None, {name: said[name].to_numpy() for name in said}, weeks=weeks, random_state=random_state)
    outcomes = lived.set_index("customer_id").loc[each.index].drop(columns="p_order").assign(arm=arms)
    # The world charges its own prices; ours may differ, and those who have gone are written to all the same.
    outcomes["cost"] = weeks * messages.loc[done, "cost"].to_numpy()
    outcomes["margin"] = outcomes["margin"] + lived.set_index("customer_id").loc[each.index, "cost"] - outcomes["cost"]
    if covariate is not None:
        outcomes["before"] = covariate.reindex(each.index).fillna(0.0)
    comparison = compare_arms(
        outcomes, metric="margin", baseline=baseline, covariate=None if covariate is None else "before"
    )
    found = comparison.table.set_index("arm").loc[list(plans)]
    possible = float(plan_value(margins, best, messages, weeks=weeks).mean())
    table = pd.DataFrame({
        "arm": list(plans), "customers": found["customers"].to_numpy(),
        **{name: found[name].to_numpy() for name in ("mean", "mean_low", "mean_high")},
        "gain": found["difference"].to_numpy(), "gain_low": found["low"].to_numpy(),
        "gain_high": found["high"].to_numpy(), "truth": each.mean().to_numpy(),
        "share_of_best": each.mean().to_numpy() / possible,
    })  # fmt: skip
    design = (
        f"A randomised experiment in the simulated shop: {len(each):,} customers, {len(plans)} arms, {weeks} weeks"
        f"{'' if covariate is None else ', sharpened by what each customer did before'}. The truth beside it is exact."
    )
    measure = f"margin in pounds a customer in {weeks} weeks"
    return Trial(table, outcomes.reset_index(), each, measure, baseline, possible, design, comparison)


def _costs(messages: pd.DataFrame, costs: float | Mapping[str, float] | None) -> pd.Series:
    """Pounds a message by action; nothing for none."""
    if costs is None:
        return messages["cost"]
    if isinstance(costs, Mapping):
        paid = messages["channel"].map({"none": 0.0, **costs})
        if paid.isna().any():
            lost = some(messages["channel"][paid.isna()].unique())
            raise ParameterError(f"costs names no price for {lost}. Add pounds a message for each channel.")
    else:
        paid = pd.Series(np.where(messages["channel"] == "none", 0.0, float(costs)), index=messages.index)
    if (paid < 0).any():
        raise ParameterError(f"costs has a negative price ({paid.min()}). Give pounds a message, at least 0.")
    return paid.astype(float)
