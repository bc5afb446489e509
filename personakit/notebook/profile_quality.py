"""How good links and rankings are, and how sure that is; whose records were missed, and what the shop then sees."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from personakit.errors import DataError, ParameterError, some
from personakit.privacy.statistics.intervals import wilson_interval

__all__ = ["auc_interval", "customers_linked", "link_intervals", "seen_through", "shares_by_group"]

MEASURES = {
    "pairwise precision": ("right", "said"),
    "pairwise recall": ("right", "true"),
    "B-cubed precision": ("precise", "records"),
    "B-cubed recall": ("found", "records"),
}

SYSTEM_OF = {
    "web": "shop_account", "social": "shop_account", "sms": "shop_account", "app": "app_device", "push": "app_device",
    "store": "loyalty_card", "email": "newsletter", "call_centre": "call_centre",
}  # fmt: skip
"""Which of Larkspur's systems writes down what happens on a channel."""


def link_intervals(
    links: pd.DataFrame, truth: pd.DataFrame, *, n_resamples: int = 500, confidence: float = 0.95, random_state: int = 0
) -> pd.DataFrame:
    """Precision and recall of links with percentile intervals from a bootstrap over households.

    Households are drawn, not records: the records of one person, and of a couple with one mailbox, go wrong together.
    Where the truth has no household_id, customers are drawn.

    Parameters
    ----------
    links : DataFrame[record_id, person_id]
    truth : DataFrame[record_id, customer_id] and, if known, household_id
    n_resamples : int, default 500
    confidence : float, default 0.95
    random_state : int, default 0

    Returns
    -------
    DataFrame[measure, value, low, high]
        Pairwise and B-cubed precision and recall, as in `pk.profile.link_quality`. Memory: 8 bytes a household and
        resample.

    References
    ----------
    B. Efron and R. Tibshirani (1993), An Introduction to the Bootstrap, chapter 13.

    Examples
    --------
    >>> links = pd.DataFrame({"record_id": [1, 2, 3, 4], "person_id": ["a", "a", "b", "b"]})
    >>> truth = pd.DataFrame({"record_id": [1, 2, 3, 4], "customer_id": [1, 1, 2, 2]})
    >>> link_intervals(links, truth)["low"].tolist()
    [1.0, 1.0, 1.0, 1.0]
    """
    _check_draws(confidence, n_resamples)
    both = _joined(links, truth)
    size = both.groupby("person_id")["record_id"].transform("size")
    own = both.groupby("customer_id")["record_id"].transform("size")
    kept = both.groupby(["person_id", "customer_id"])["record_id"].transform("size")
    parts = pd.DataFrame({"right": kept - 1, "said": size - 1, "true": own - 1, "precise": kept / size,
                          "found": kept / own, "records": 1.0})  # fmt: skip
    unit = both["customer_id"]
    if "household_id" in both:
        unit = both["household_id"].where(both["household_id"].notna(), "of " + both["customer_id"].astype(str))
    sums = parts.groupby(pd.factorize(unit)[0]).sum()
    draws = np.random.default_rng(random_state).multinomial(len(sums), np.full(len(sums), 1 / len(sums)), n_resamples)
    drawn = pd.DataFrame(draws @ sums.to_numpy(float), columns=sums.columns)
    whole = sums.sum()
    tail = (1 - confidence) / 2
    rows = []
    for measure, (part, of) in MEASURES.items():
        ratios = _ratio(drawn[part].to_numpy(), drawn[of].to_numpy())
        low, high = np.quantile(ratios, [tail, 1 - tail])
        rows.append((measure, float(_ratio(whole[part], whole[of])), float(low), float(high)))
    return pd.DataFrame(rows, columns=["measure", "value", "low", "high"])


def customers_linked(links: pd.DataFrame, truth: pd.DataFrame) -> pd.DataFrame:
    """Of each true customer: whether her records are together, and whether strangers' records are among them.

    Returns
    -------
    DataFrame, index customer_id
        n_records, n_people (over how many people her records are spread), split, merged (one of these people has
        records of another customer), whole (neither).

    Examples
    --------
    >>> links = pd.DataFrame({"record_id": [1, 2, 3], "person_id": ["a", "b", "b"]})
    >>> truth = pd.DataFrame({"record_id": [1, 2, 3], "customer_id": [1, 1, 2]})
    >>> customers_linked(links, truth)[["n_people", "split", "merged"]].to_numpy().tolist()
    [[2, True, True], [1, False, True]]
    """
    both = _joined(links, truth)
    several = both.groupby("person_id")["customer_id"].transform("nunique") > 1
    grouped = both.assign(several=several).groupby("customer_id")
    found = pd.DataFrame({"n_records": grouped.size(), "n_people": grouped["person_id"].nunique()})
    found["split"] = found["n_people"] > 1
    found["merged"] = grouped["several"].any()
    found["whole"] = ~(found["split"] | found["merged"])
    return found


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
    _check_draws(confidence, n_resamples)
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
        A channel has no system, or a customer no record.
    """
    both = _joined(links, records).sort_values("recorded_at", kind="stable")
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


def _check_draws(confidence: float, n_resamples: int) -> None:
    if not 0 < confidence < 1 or n_resamples < 1:
        raise ParameterError(
            f"confidence must lie between 0 and 1 and n_resamples be at least 1, not {confidence}, {n_resamples}."
        )


def _joined(links: pd.DataFrame, truth: pd.DataFrame) -> pd.DataFrame:
    both = links[["record_id", "person_id"]].merge(truth, on="record_id")
    if not len(both) or len(both) != len(links) or len(both) != len(truth):
        raise DataError(
            f"links has {len(links)} records and truth {len(truth)}, and they share {len(both)}. Both must be about "
            "the same records, each once: take the rows of truth whose record_id is in links."
        )
    return both


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.ones_like(np.asarray(whole, float)), where=np.asarray(whole) > 0)
