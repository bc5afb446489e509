"""Business rules applied to lists: what each removed and why, and which lists came out short."""

from __future__ import annotations

from abc import ABC
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from personakit.errors import ParameterError
from personakit.privacy.binding import purpose_of
from personakit.privacy.fairness.lists import length_of_lists
from personakit.recommend.interactions import IdIndex, as_index
from personakit.recommend.reranking.candidates import check_purposes, read_table

__all__ = ["Rule", "RuledLists", "apply_rules"]

Mask = NDArray[np.bool_]


class Rule(ABC):  # noqa: B024 - a rule fills in one of the two methods
    """A business rule. It removes rows of the lists, or gives them another score.

    Attributes
    ----------
    stage : int
        Rules that look at single rows come first (0), then new scores (1), then rules about a whole list (2), which
        depend on what is still in it and in which order. Within a stage the order given counts.
    """

    stage: ClassVar[int] = 0

    def removes(self, lists: pd.DataFrame) -> Mapping[str, Mask]:
        """For each reason, in words, which rows of the lists go, shape (n_rows,); the first reason that holds counts.

        `lists` has `customer_id`, `product_id`, `score` and `rank`, sorted by customer and rank.
        """
        return {}

    def rescores(self, lists: pd.DataFrame) -> pd.Series | None:
        """New scores of the rows, by which the lists are then ordered anew; None: as they are."""
        return None


class RuledLists(NamedTuple):
    """Lists after the rules, and what became of the rest.

    Attributes
    ----------
    lists : pandas.DataFrame
        `customer_id`, `product_id`, `score`, `rank`.
    dropped : pandas.DataFrame
        `customer_id`, `product_id`, `score` and `rank` as they came, `rule` (its name) and `reason`; one row for each
        row removed. What is merely beyond k is not here.
    removed : pandas.DataFrame
        `rule`, `reason`, and how many `rows`, `customers` and `products` it removed something of; a rule that removed
        nothing stands there with 0.
    short : pandas.DataFrame
        `customer_id` and `length` of each list of fewer than k products, those of length 0 included.
    """

    lists: pd.DataFrame
    dropped: pd.DataFrame
    removed: pd.DataFrame
    short: pd.DataFrame


def apply_rules(lists: Any, rules: Iterable[Rule], k: int | None = 10) -> RuledLists:
    """Apply rules to lists of candidates, and keep the k best that are left.

    A place that becomes free is filled by the next candidate, so ask the model for more than k. With `k=None` all that
    is left is kept, for a re-ranker to choose from: rules first, then exposure, calibration or diversity.

    Parameters
    ----------
    lists : pandas.DataFrame
        `customer_id`, `product_id`, `score` and, if their order is another than that of the scores, `rank`.
    rules : iterable of Rule
        Such as `InStock`, `MinimumAge`, `Repeatable`, `FrequencyCap`, `Margin`, `AtMostPerList`, or your own.
    k : int or None, default 10
        Length of the lists.

    Returns
    -------
    RuledLists
        `lists`, `dropped`, `removed`, `short`; the tables carry `attrs["purpose"]` on.

    Raises
    ------
    DataError
        Lists or tables of a rule that are not what they should be.
    ParameterError
        Something among the rules that is none.
    ConsentError
        A table of a rule was released for another purpose than the lists.

    Examples
    --------
    >>> from personakit.recommend import InStock
    >>> lists = pd.DataFrame({"customer_id": 1, "product_id": ["mug", "cup", "tea"], "score": [3.0, 2.9, 2.0]})
    >>> ruled = apply_rules(lists, [InStock(["mug", "tea"])], k=2)
    >>> ruled.lists["product_id"].tolist(), ruled.dropped[["product_id", "reason"]].to_dict("records")
    (['mug', 'tea'], [{'product_id': 'cup', 'reason': 'not in stock'}])
    """
    length = None if k is None else length_of_lists(k)
    chosen = _checked(rules)
    table = _in_order(read_table(lists).reset_index(drop=True))
    purpose = purpose_of(lists)
    for rule in chosen:
        named = {f"{type(rule).__name__}.{name}": value for name, value in vars(rule).items()}
        check_purposes(lists, **named)
    customers = pd.Index(table["customer_id"].unique())
    left, gone, removed = table.assign(came=table["rank"]), [], []
    for rule in chosen:
        name = type(rule).__name__
        reasons = rule.removes(left)
        taken = np.zeros(len(left), dtype=bool)
        for reason, mask in reasons.items():
            now = np.asarray(mask, dtype=bool) & ~taken
            taken |= now
            out = left[now]
            gone.append(out.assign(rank=out["came"], rule=name, reason=reason))
            removed.append((name, reason, len(out), out["customer_id"].nunique(), out["product_id"].nunique()))
        left = left[~taken]
        if (scores := rule.rescores(left)) is not None:
            left = _in_order(left.drop(columns="rank").assign(score=np.asarray(scores, dtype=float)))
        else:
            left = left.assign(rank=left.groupby("customer_id", sort=False).cumcount() + 1)
    if length is not None:
        left = left[left["rank"] <= length]
    columns = ["customer_id", "product_id", "score", "rank"]
    result = left[columns].reset_index(drop=True)
    counts = result["customer_id"].value_counts().reindex(customers).fillna(0).astype(int)
    few = counts[counts < (length or 1)]
    parts = RuledLists(
        lists=result,
        dropped=_dropped(table, gone, [*columns, "rule", "reason"]),
        removed=pd.DataFrame(removed, columns=["rule", "reason", "rows", "customers", "products"]),
        short=pd.DataFrame({"customer_id": few.index, "length": few.to_numpy()}),
    )
    if purpose is not None:
        for part in (parts.lists, parts.dropped, parts.short):
            part.attrs["purpose"] = purpose
    return parts


def _checked(rules: Iterable[Rule]) -> list[Rule]:
    chosen = list(rules) if isinstance(rules, Iterable) else [rules]
    for rule in chosen:
        if not isinstance(rule, Rule):
            raise ParameterError(
                f"rules holds {rule!r}, which is no rule. Pass instances, such as InStock(products), or a subclass of "
                "personakit.recommend.reranking.rules.Rule."
            )
    return sorted(chosen, key=lambda rule: rule.stage)


def _in_order(table: pd.DataFrame) -> pd.DataFrame:
    """Sorted by customer, as they came, and by rank, or without it by score and product id; with ranks from 1."""
    customer = pd.factorize(as_index(table["customer_id"]))[0]
    if "rank" in table.columns:
        order = np.lexsort((table["rank"].to_numpy(float), customer))
    else:
        product = IdIndex.encode(table["product_id"])[1]
        order = np.lexsort((product, -table["score"].to_numpy(float), customer))
    table = table.iloc[order]
    return table.assign(rank=table.groupby("customer_id", sort=False).cumcount().to_numpy() + 1)


def _dropped(table: pd.DataFrame, gone: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    if not any(len(part) for part in gone):
        return table.head(0).assign(rule="", reason="")[columns]
    parts = pd.concat([part[columns] for part in gone if len(part)])
    place = pd.factorize(as_index(table["customer_id"]))[0]
    order = pd.Series(np.arange(len(place)), index=table.index)
    return parts.iloc[np.argsort(order.reindex(parts.index).to_numpy(), kind="stable")].reset_index(drop=True)
