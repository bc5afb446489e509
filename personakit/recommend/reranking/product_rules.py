"""What a shop wants of the products in its lists: in stock, with a margin, and not all of one brand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from personakit.errors import DataError, ParameterError, some
from personakit.recommend.interactions import as_index
from personakit.recommend.reranking.candidates import (
    by_product,
    groups_by_product,
    numbers_of,
    positions_of,
    share_of_relevance,
)
from personakit.recommend.reranking.rules import Rule

__all__ = ["AtMostPerList", "InStock", "Margin"]

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class InStock(Rule):
    """Only what can be sold.

    Parameters
    ----------
    products : iterable of product ids, or DataFrame with `product_id` and `in_stock` (bool)
        What is in stock. A product that is not in the table is not in stock, and is told apart.

    Examples
    --------
    >>> lists = pd.DataFrame({"customer_id": [1], "product_id": ["mug"], "score": [1.0]})
    >>> {why: mask.tolist() for why, mask in InStock(["cup"]).removes(lists).items()}
    {'not in stock': [True]}
    """

    products: Any

    def removes(self, lists: pd.DataFrame) -> Mapping[str, Mask]:
        asked = as_index(lists["product_id"])
        if not isinstance(self.products, pd.DataFrame):
            if isinstance(self.products, (str, bytes)) or not isinstance(self.products, Iterable):
                raise ParameterError(f"InStock takes the ids of what is in stock, but got {self.products!r}.")
            here = as_index(self.products).unique()
            return {"not in stock": positions_of(here, asked, "product_id", "InStock.products", complete=False) < 0}
        stock = by_product(self.products, "in_stock", "InStock.products")
        if not pd.api.types.is_bool_dtype(stock.dtype):
            raise DataError(
                f"InStock.products.in_stock holds {stock.dtype} values ({some(stock)}). Make it True or False."
            )
        place = positions_of(stock.index, asked, "product_id", "InStock.products", complete=False)
        return {
            "not in the table of stock": place < 0,
            "not in stock": (place >= 0) & ~stock.to_numpy(bool)[place],
        }


@dataclass(frozen=True, eq=False)
class Margin(Rule):
    """Order by relevance and margin: the score becomes trade_off * relevance + (1 - trade_off) * margin.

    Relevance is the score scaled to 0 .. 1 within the customer's list; the margin is divided by the largest in the
    table, so that it too is at most 1 and means the same for every customer.

    Parameters
    ----------
    products : DataFrame
        `product_id` and `margin`, in money for each piece sold. Each product of the lists must be there.
    trade_off : float from 0 to 1, default 0.8
        Share of relevance.
    at_least : float or None, default 0.0
        Products of a lower margin are removed; None keeps them, with their negative margins in the score.
    """

    stage: ClassVar[int] = 1
    products: Any
    trade_off: float = 0.8
    at_least: float | None = 0.0

    def removes(self, lists: pd.DataFrame) -> Mapping[str, Mask]:
        if self.at_least is None:
            return {}
        return {f"a margin below {self.at_least:g}": self._margins(lists)[0] < self.at_least}

    def rescores(self, lists: pd.DataFrame) -> pd.Series:
        share = share_of_relevance(self.trade_off)
        margin, largest = self._margins(lists)
        score = lists["score"].groupby(lists["customer_id"], sort=False)
        low, spread = score.transform("min"), score.transform("max") - score.transform("min")
        relevance = ((lists["score"] - low) / spread.where(spread > 0, 1.0)).where(spread > 0, 1.0)
        return share * relevance + (1 - share) * margin / (largest if largest > 0 else 1.0)

    def _margins(self, lists: pd.DataFrame) -> tuple[Floats, float]:
        margins = by_product(self.products, "margin", "Margin.products")
        values = numbers_of(margins, "Margin.products.margin")
        place = positions_of(margins.index, as_index(lists["product_id"]), "product_id", "Margin.products")
        return values[place], float(values.max(initial=0.0))


@dataclass(frozen=True, eq=False)
class AtMostPerList(Rule):
    """At most so many products of one brand, producer or category in a list; the best stay.

    Parameters
    ----------
    products : DataFrame
        `product_id` and the column `group`. A missing value is the group "(not stated)", capped as any other. Each
        product of the lists must be there.
    at_most : int or mapping of group to int
        One cap for all groups, or caps for some.
    group : str, default "brand"
    """

    stage: ClassVar[int] = 2
    products: Any
    at_most: int | Mapping[Any, int]
    group: str = "brand"

    def removes(self, lists: pd.DataFrame) -> Mapping[str, Mask]:
        groups = groups_by_product(self.products, self.group, "AtMostPerList.products")
        place = positions_of(groups.index, as_index(lists["product_id"]), "product_id", "AtMostPerList.products")
        caps = dict(self.at_most) if isinstance(self.at_most, Mapping) else dict.fromkeys(set(groups), self.at_most)
        for name, cap in caps.items():
            if isinstance(cap, bool) or not isinstance(cap, (int, np.integer)) or cap < 0:
                raise ParameterError(
                    f"AtMostPerList.at_most is {cap!r} for {name!r}. Give a whole number of at least 0."
                )
        if unknown := [name for name in caps if name not in set(groups)]:
            raise ParameterError(f"AtMostPerList.at_most names {some(unknown)}, which no product has as {self.group}.")
        own = groups.to_numpy()[place]
        above = pd.DataFrame({"customer": lists["customer_id"].to_numpy(), "group": own}).groupby(
            ["customer", "group"], sort=False
        ).cumcount().to_numpy()  # fmt: skip
        cap_of_row = pd.Series(own, dtype=object).map(caps).to_numpy(float)
        return {f"enough of the same {self.group} above it": above >= cap_of_row}
