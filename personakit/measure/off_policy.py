"""Off-policy evaluation: what a logged campaign says about what it did not do, for it drew by chance and wrote it down.

A decision that had a small chance of being taken stands for many that were not: weighted by one over its logged
propensity, the log of one campaign tells the value of another. The estimates are self-normalised (Hájek's), and their
intervals take the decisions about one customer together.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from personakit.errors import DataError, ParameterError, UnknownNameError, some
from personakit.segment.logged_decisions import interval_of, moves_by_customer, weighted_mean, worth_of_decisions

__all__ = ["action_values", "cautious_choice", "policy_value"]

Floats = NDArray[np.float64]


def action_values(
    log: pd.DataFrame,
    action: str = "action",
    *,
    outcome: str = "outcome",
    baseline: Any = None,
    by: str | None = None,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """What each action would be worth if everybody got it, from a log of decisions drawn with known propensities.

    Parameters
    ----------
    log : DataFrame of shape (n_decisions, ...)
        customer_id, propensity (probability with which the logged action was drawn, above 0 to 1), the action and the
        outcome; `cost`, if there is such a column, is taken off the outcome.
    action : str, default "action"
        The column with the action. A column that says only a part of it (the channel, say) is allowed: the other
        parts are then averaged as if each was drawn equally often.
    outcome : str, default "outcome"
        The column with the outcome, larger is better.
    baseline : action, optional
        The action that gains are counted from, e.g. "none". Without one the gains are missing.
    by : str, optional
        A column with groups, such as segments: every group gets its own values. The gains of a group that never met
        the baseline are missing.
    confidence : float in (0, 1), default 0.95
        Coverage of each interval. The largest of many values is too large on average, whatever its interval says.

    Returns
    -------
    DataFrame[(by,) action, decisions, customers, value, low, high, gain, gain_low, gain_high]
        The largest value first within each group. Actions with fewer than two customers have no interval.

    Raises
    ------
    UnknownNameError
        A column or the baseline does not exist.
    DataError
        Propensities outside 0 to 1, outcomes or actions that are missing.

    References
    ----------
    D. G. Horvitz and D. J. Thompson (1952), Journal of the American Statistical Association 47; A. Swaminathan and T.
    Joachims (2015), "The self-normalized estimator for counterfactual learning", NeurIPS.

    Examples
    --------
    >>> log = pd.DataFrame({"customer_id": [1, 2, 3, 4], "action": ["none", "mail", "none", "mail"],
    ...                     "propensity": [0.5, 0.25, 0.5, 0.75], "outcome": [1.0, 4.0, 3.0, 0.0]})
    >>> action_values(log, baseline="none")[["action", "value", "gain"]]
      action  value  gain
    0   mail    3.0   1.0
    1   none    2.0   0.0
    """
    if not 0 < confidence < 1:
        raise ParameterError(f"action_values(confidence={confidence}): give a share between 0 and 1, such as 0.95.")
    worth = worth_of_decisions(log, action, outcome=outcome, by=by)
    columns = [*([by] if by else []), "action", "decisions", "customers", "value", "low", "high"]
    columns += ["gain", "gain_low", "gain_high"]
    rows: list[tuple[Any, ...]] = []
    for group, place in _groups(log, by):
        found = _values(log, worth, action, place, baseline, confidence)
        rows += sorted(((*group, *row) for row in found), key=lambda row: (-row[len(group) + 3], str(row[len(group)])))
    return pd.DataFrame(rows, columns=columns)


def cautious_choice(values: pd.DataFrame, fallback: Any, *, min_customers: int = 100) -> Any:
    """The action to take: the best one only where the log is sure that it beats the fallback, else the fallback.

    The largest of many noisy values is mostly luck. An action is taken only if the lower end of its gain over the
    fallback is above 0, and if enough customers stand behind it.

    Parameters
    ----------
    values : DataFrame
        From `action_values` with the fallback as its baseline.
    fallback : action
        What is done otherwise.
    min_customers : int, default 100
        How many customers must have met the action in the log.

    Returns
    -------
    action, or Series of actions by group if the values have groups

    Examples
    --------
    >>> values = pd.DataFrame({"action": ["gift", "mail", "none"], "customers": [5, 400, 900], "gain": [9.0, 1.0, 0],
    ...                        "gain_low": [2.0, 0.4, 0], "gain_high": [16.0, 1.6, 0]})
    >>> cautious_choice(values, "none")
    'mail'
    """
    needed = ("action", "customers", "gain", "gain_low")
    absent = [name for name in needed if name not in values.columns]
    if absent:
        raise UnknownNameError(f"values has no column {', '.join(absent)}. Make it with action_values(log, baseline=).")
    if values["gain"].isna().all() and (values["action"] != fallback).any():
        raise DataError(
            f"values has no gains. Make it with action_values(log, baseline={fallback!r}), so that they are counted "
            "from the fallback."
        )
    group = next((name for name in values.columns[:1] if name != "action"), None)
    sure = values[(values["gain_low"] > 0) & (values["customers"] >= min_customers)]
    if group is None:
        return sure.sort_values("gain", kind="stable")["action"].iloc[-1] if len(sure) else fallback
    best = sure.sort_values("gain", kind="stable").groupby(group, observed=True)["action"].last()
    return best.reindex(values[group].unique()).fillna(fallback).rename("action").rename_axis(group)


def policy_value(
    log: pd.DataFrame,
    policy: pd.Series,
    *,
    action: str = "action",
    outcome: str = "outcome",
    confidence: float = 0.95,
) -> dict[str, float]:
    """What a policy would have earned a decision: the logged decisions that agree with it, weighted.

    Parameters
    ----------
    log : DataFrame
        As in `action_values`. It must not be the log that the policy was learnt from: a policy that remembers its
        own good luck looks good. Hold some out by time or by customer.
    policy : Series
        The action for each customer (index customer_id) or, with the index of the log, for each decision.
    action, outcome, confidence
        As in `action_values`.

    Returns
    -------
    dict with value, low, high (a decision), decisions (in the log, by customers of the policy), agreeing, and
    effective (as how many equally weighted decisions the agreeing ones count)

    Raises
    ------
    DataError
        Fewer than two customers of the log have a decision that agrees with the policy.

    Examples
    --------
    >>> log = pd.DataFrame({"customer_id": [1, 2, 3, 4], "action": ["none", "mail", "none", "mail"],
    ...                     "propensity": [0.5, 0.5, 0.5, 0.5], "outcome": [1.0, 4.0, 3.0, 0.0]})
    >>> found = policy_value(log, pd.Series({1: "none", 2: "mail", 3: "mail", 4: "none"}))
    >>> found["value"], found["agreeing"]
    (2.5, 2)
    """
    worth = worth_of_decisions(log, action, outcome=outcome)
    by_row = len(policy) == len(log) and policy.index.equals(log.index)
    wanted = policy if by_row else policy.reindex(log["customer_id"])
    known = wanted.notna().to_numpy()
    agree = np.asarray(wanted.to_numpy(dtype=object) == log[action].to_numpy(dtype=object)) & known
    if log.loc[agree, "customer_id"].nunique() < 2:
        raise DataError(
            f"policy: {int(agree.sum())} of the {len(log)} logged decisions agree with it, of less than two customers. "
            "A log tells nothing about actions that it never took; compare the names in policy and log."
        )
    weight = 1 / log["propensity"].to_numpy(dtype=float)
    value, shift = weighted_mean(worth, weight, agree)
    low, high = interval_of(value, moves_by_customer(log["customer_id"].to_numpy(), shift), confidence)
    used = weight[agree]
    return {
        "value": value, "low": low, "high": high, "decisions": int(known.sum()), "agreeing": int(agree.sum()),
        "effective": float(used.sum() ** 2 / (used**2).sum()),
    }  # fmt: skip


def _groups(log: pd.DataFrame, by: str | None) -> list[tuple[tuple[Any, ...], NDArray[np.intp]]]:
    if by is None:
        return [((), np.arange(len(log)))]
    place = pd.Series(np.arange(len(log)), index=log.index)
    return [((name,), part.to_numpy()) for name, part in place.groupby(log[by], observed=True)]


def _values(
    log: pd.DataFrame,
    worth: Floats,
    action: str,
    place: NDArray[np.intp],
    baseline: Any,
    confidence: float,
) -> list[tuple[Any, ...]]:
    part = log.iloc[place]
    taken, who = part[action].to_numpy(dtype=object), part["customer_id"].to_numpy()
    weight, values = 1 / part["propensity"].to_numpy(dtype=float), worth[place]
    names = pd.unique(taken)
    if baseline is not None and baseline not in log[action].to_numpy(dtype=object):
        known = pd.unique(log[action])
        raise UnknownNameError(f"log has no decision {baseline!r} to compare with (it has {some(known, 8)}).")
    found = {name: weighted_mean(values, weight, taken == name) for name in names}
    rows: list[tuple[Any, ...]] = []
    for name in names:
        value, shift = found[name]
        customers = len(pd.unique(who[taken == name]))
        gain: tuple[float, float, float] = (np.nan, np.nan, np.nan)
        low = high = np.nan
        if customers > 1:
            low, high = interval_of(value, moves_by_customer(who, shift), confidence)
        if baseline is not None and baseline in found:  # a small group may never have met the baseline
            other, its_shift = found[baseline]
            gain = (value - other, np.nan, np.nan)
            if name == baseline:
                gain = (0.0, 0.0, 0.0)
            elif customers > 1:
                gain = (
                    value - other,
                    *interval_of(value - other, moves_by_customer(who, shift - its_shift), confidence),
                )
        rows.append((name, int((taken == name).sum()), customers, value, low, high, *gain))
    return rows
