"""How well a score ranks, how sure that is, shares of groups, and a table as a shop that knows only records sees it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from personakit.errors import DataError, some
from personakit.privacy.statistics.intervals import wilson_interval
from personakit.profile.identity.quality import check_draws, joined

__all__ = ["auc_interval", "seen_through", "shares_by_group"]

SYSTEM_OF = {
    "web": "shop_account", "social": "shop_account", "sms": "shop_account", "app": "app_device", "push": "app_device",
    "store": "loyalty_card", "email": "newsletter", "call_centre": "call_centre",
}  # fmt: skip
"""Which of Larkspur's systems writes down what happens on a channel."""


def shares_by_group(flags: pd.Series, groups: pd.Series, *, confidence: float = 0.95) -> pd.DataFrame:
    """The share of each group for which something holds, in per cent, with Wilson's interval.

    Parameters
    ----------
    flags : bool Series
    groups : Series on the same index
        Rows without a group are left out; the order of categories is kept.
    confidence : float in (0, 1), default 0.95

    Returns
    -------
    DataFrame[action, n, value, low, high]
        `action` is the group, as `plot_estimates` wants it.

    References
    ----------
    E. B. Wilson (1927), "Probable inference, the law of succession, and statistical inference", JASA 22(158).

    Examples
    --------
    >>> found = shares_by_group(pd.Series([True, False, False, False]), pd.Series(["a", "a", "b", "b"]))
    >>> found[["value", "low", "high"]].round(1).to_numpy().tolist()
    [[50.0, 9.5, 90.5], [0.0, 0.0, 65.8]]
    """
    grouped = flags.astype(float).groupby(groups.reindex(flags.index), observed=True)
    n, share = grouped.size().to_numpy(float), grouped.mean()
    p = share.to_numpy()
    low, high = wilson_interval(p, n, confidence=confidence)
    return pd.DataFrame({"action": share.index.astype(str), "n": n.astype(int), "value": 100 * p, "low": 100 * low,
                         "high": 100 * high})  # fmt: skip


def auc_interval(
    score: pd.Series, chance: pd.Series, *, n_resamples: int = 300, confidence: float = 0.95, random_state: int = 0
) -> tuple[float, float, float]:
    """How well a score ranks buyers above the others, with a percentile interval from a bootstrap over customers.

    Parameters
    ----------
    score : Series by customer_id
        Higher: likelier to buy.
    chance : Series by customer_id
        Whether each bought (0 or 1, or bool), or the true probability that she does. With probabilities this is the
        expected share of pairs of a buyer and a non-buyer that the score ranks rightly, ties counting one half.
    n_resamples : int, default 300
    confidence : float, default 0.95
    random_state : int, default 0

    Returns
    -------
    (value, low, high)
        The ends are NaN where customers are so few that no resample has both kinds.

    Raises
    ------
    DataError
        A customer of `score` is not in `chance`, a value is missing, a chance lies outside 0 to 1, or nobody could be
        a buyer, or nobody a non-buyer.

    References
    ----------
    J. A. Hanley and B. J. McNeil (1982), "The meaning and use of the area under a receiver operating characteristic
    (ROC) curve", Radiology 143(1).

    Examples
    --------
    >>> value, low, high = auc_interval(pd.Series([0.9, 0.4, 0.6, 0.1]), pd.Series([1, 1, 0, 0]))
    >>> value  # of the four pairs, 0.4 against 0.6 is the wrong one
    0.75
    """
    check_draws(confidence, n_resamples)
    lost = score.index.difference(chance.index)
    if len(lost):
        raise DataError(f"{len(lost)} customers have a score and no chance ({some(list(lost))}). Give both for all.")
    s, p = score.to_numpy(float), chance.reindex(score.index).to_numpy(float)
    if np.isnan(s).any() or not ((p >= 0) & (p <= 1)).all():
        raise DataError(
            "score has missing values, or a chance does not lie between 0 and 1. Leave these customers out."
        )
    if not len(s) or p.sum() == 0 or (1 - p).sum() == 0:
        raise DataError("An AUC needs customers who may buy and customers who may not: here are only one kind.")
    rng, drawn = np.random.default_rng(random_state), []
    for _ in range(n_resamples):
        rows = rng.integers(0, len(s), len(s))
        if p[rows].any() and (p[rows] < 1).any():
            drawn.append(_auc(s[rows], p[rows]))
    if not drawn:
        return _auc(s, p), float("nan"), float("nan")
    tail = (1 - confidence) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail])
    return _auc(s, p), float(low), float(high)


def _auc(score: np.ndarray, chance: np.ndarray) -> float:
    """Expected AUC: over the distinct scores, buyers at each times the non-buyers below it and half of those at it."""
    place = np.unique(score, return_inverse=True)[1]
    buyers, others = np.bincount(place, chance), np.bincount(place, 1 - chance)
    below = np.cumsum(others) - others
    return float((buyers * (below + others / 2)).sum() / (buyers.sum() * others.sum()))


def seen_through(
    table: pd.DataFrame, links: pd.DataFrame, records: pd.DataFrame, *, system_of: Mapping[str, str] = SYSTEM_OF
) -> pd.DataFrame:
    """A table as the shop would have it that knows a customer only by the records of its systems.

    Each row goes to the record of the system that writes down its channel, or, where the customer has no record there,
    to her earliest record; and from the record to the person whom the links say it belongs to.

    Parameters
    ----------
    table : DataFrame with customer_id and channel
        For example `order_lines` of a world.
    links : DataFrame[record_id, person_id]
    records : DataFrame[record_id, customer_id, system, recorded_at]
        The true customer of each record.
    system_of : mapping of channel to system

    Returns
    -------
    DataFrame
        The rows of `table`, in their order, with person_id for customer_id, and the truth in `true_customer_id`.

    Raises
    ------
    DataError
        A channel has no system, or a customer no record; or links and records are not about the same records, each
        once.
    """
    both = joined(links, records, truth_is="records").sort_values("recorded_at", kind="stable")
    strange = sorted(set(table["channel"].dropna()) - set(system_of))
    if strange:
        raise DataError(f"No system writes down the channel {some(strange)}. Name one for it in system_of.")
    lost = sorted(set(table["customer_id"]) - set(both["customer_id"]))
    if lost:
        raise DataError(f"{len(lost)} customers of the table have no record ({some(lost)}). Give the records of all.")
    first = both.drop_duplicates("customer_id").set_index("customer_id")["person_id"]
    there = both.drop_duplicates(["customer_id", "system"]).set_index(["customer_id", "system"])["person_id"]
    wanted = pd.MultiIndex.from_arrays([table["customer_id"], table["channel"].map(dict(system_of))])
    person = pd.Series(there.reindex(wanted).to_numpy(), index=table.index)
    person = person.where(person.notna(), table["customer_id"].map(first))
    return table.assign(true_customer_id=table["customer_id"], customer_id=person)
