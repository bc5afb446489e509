"""How a visit turns into clicks, orders and margin: a logit on the category page, one glance at the slate.

An engaged visitor opens one category page and chooses among all its products and "nothing" (multinomial logit:
McFadden 1974), and looks at one place of the recommendation slate, which she follows or not (the position-based click
model with a single glance: Richardson, Dominowska and Ragno 2007). What was chosen goes into the basket and is bought
with stated probabilities. Both steps are linear in the slots and closed in the prices, so expectations are exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from personakit.world.catalogue import Catalogue
from personakit.world.market import Market
from personakit.world.structure import (
    ATTENTION,
    BASKET,
    CHANNELS,
    EXPLORE,
    EXTRA_LINES,
    INTEREST,
    OUTSIDE,
    RETURN_COST,
    SLATE_OFFSET,
)
from personakit.world.traits import Traits

__all__ = [
    "MEAN_EXTRA_LINES",
    "Visit",
    "expected_visit",
    "following",
    "interest",
    "leaf_shares",
    "logged_slate_weight",
    "own_elasticity",
    "slate_values",
    "unit_profit",
]

Floats = NDArray[np.float64]
ENGAGED = np.array([channel.engaged for channel in CHANNELS])
BOUGHT = BASKET * np.array([channel.bought for channel in CHANNELS])
MEAN_EXTRA_LINES = float(np.arange(len(EXTRA_LINES)) @ np.array(EXTRA_LINES))


@dataclass(frozen=True)
class Visit:
    """What one visit is expected to bring, arrays over (customers, channels)."""

    clicks: Floats  # on the slate
    orders: Floats  # probability that the visit ends in an order
    revenue: Floats  # pounds paid, before returns
    margin: Floats  # pounds after unit costs and returns, before the cost of messages


def expected_visit(
    people: Traits,
    utility: Floats,
    goods: Catalogue,
    price: Floats,
    slate_weight: Floats,
) -> Visit:
    """The exact expectations of one visit.

    Parameters
    ----------
    people, utility
        n customers, and their utilities of shape (n, m).
    price
        Prices asked, shape (m,) or (n, m).
    slate_weight
        Probability that a visitor's one glance at the slate falls on each product, shape (m,) or (n, m).
    """
    weight = np.exp(utility)
    profit = unit_profit(goods, price)
    mix = leaf_shares(people, goods)

    def by_leaf(values: Floats) -> Floats:
        return np.add.reduceat(values, goods.leaf_start, axis=1)

    total = by_leaf(weight)
    inside, within = mix / (np.exp(OUTSIDE) + total), mix / total
    sales, gain = by_leaf(weight * price), by_leaf(weight * profit)
    leaf_choice, leaf_revenue, leaf_margin = (inside * total).sum(1), (inside * sales).sum(1), (inside * gain).sum(1)
    more_revenue, more_margin = (within * sales).sum(1), (within * gain).sum(1)

    click = slate_weight * following(utility + interest(people, goods))
    slate_click, slate_revenue, slate_margin = click.sum(1), (click * price).sum(1), (click * profit).sum(1)

    bought = BOUGHT[None, :]
    ordering = 1 - (1 - leaf_choice[:, None] * bought) * (1 - slate_click[:, None] * bought)
    extra = MEAN_EXTRA_LINES * ordering
    return Visit(
        clicks=ENGAGED * slate_click[:, None],
        orders=ENGAGED * ordering,
        revenue=ENGAGED * (bought * (leaf_revenue + slate_revenue)[:, None] + extra * more_revenue[:, None]),
        margin=ENGAGED * (bought * (leaf_margin + slate_margin)[:, None] + extra * more_margin[:, None]),
    )


def slate_values(people: Traits, utility: Floats, goods: Catalogue, price: Floats) -> Floats:
    """Expected margin of an engaged visitor's glance at each product, shape (n, m): what an ideal slate sorts by.

    A click may end in an order, which brings its further products too; that a visit may have ended in an order anyhow
    is taken off. Products that cannot be bought are worth minus infinity.
    """
    weight, profit, mix = np.exp(utility), unit_profit(goods, price), leaf_shares(people, goods)
    total = np.add.reduceat(weight, goods.leaf_start, axis=1)
    further = (mix / total * np.add.reduceat(weight * profit, goods.leaf_start, axis=1)).sum(axis=1)
    choice = (mix * total / (np.exp(OUTSIDE) + total)).sum(axis=1)
    share = people.channel_mix * ENGAGED * BOUGHT
    new_orders = (share * (1 - choice[:, None] * BOUGHT)).sum(axis=1)
    value = share.sum(axis=1)[:, None] * profit + (MEAN_EXTRA_LINES * further * new_orders)[:, None]
    return np.where(np.isfinite(utility), following(utility + interest(people, goods)) * value, -np.inf)


def interest(people: Traits, goods: Catalogue) -> Floats:
    """What being in or out of a customer's usual categories adds to a recommended product's utility, shape (n, m).

    Someone who came for a category page takes its products as they are; a product met in a slate must first be of a
    kind that she buys at all.
    """
    return INTEREST * np.log(len(goods.leaf_start) * leaf_shares(people, goods) + 0.05)[:, goods.page]


def own_elasticity(
    people: Traits, utility: Floats, goods: Catalogue, slate_weight: Floats, visit_rate: Floats
) -> Floats:
    """Own-price elasticity of the units sold of each product, shape (m,), over all these customers.

    Elasticity of the category page, the slate and the further products of an order, each weighted by what it sells; the
    (tiny) effect of one product's price on how many orders there are is left out.
    """
    weight, beta, mix = np.exp(utility), people.price_sensitivity[:, None], leaf_shares(people, goods)
    total = np.add.reduceat(weight, goods.leaf_start, axis=1)
    share, within = weight / (np.exp(OUTSIDE) + total)[:, goods.page], weight / total[:, goods.page]
    by_page = mix[:, goods.page] * share
    click = following(utility + interest(people, goods))
    by_slate = slate_weight * click
    orders = by_page.sum(axis=1, keepdims=True) + by_slate.sum(axis=1, keepdims=True)
    further = MEAN_EXTRA_LINES * orders * mix[:, goods.page] * within
    traffic = (visit_rate * (people.channel_mix @ (ENGAGED * BOUGHT)))[:, None]
    sold = traffic * (by_page + by_slate + further)
    change = -beta * traffic * (by_page * (1 - share) + by_slate * (1 - click) + further * (1 - within))
    return change.sum(axis=0) / np.maximum(sold.sum(axis=0), 1e-300)


def following(utility: Floats) -> Floats:
    """Probability that a glance at a recommended product becomes a click; 0 where it cannot be bought."""
    return 1 / (1 + np.exp(-np.clip(utility + SLATE_OFFSET, -700, 700)))


def unit_profit(goods: Catalogue, price: Floats, at: Any = slice(None)) -> Floats:
    """Expected pounds that a sold piece of the products `at` earns: sent back, nothing, less RETURN_COST."""
    back = goods.return_rate[at]
    return (1 - back) * (price - goods.unit_cost[at]) - back * RETURN_COST


def leaf_shares(people: Traits, goods: Catalogue) -> Floats:
    """What visits look for among the leaves that have products, shape (n, leaves); rows sum to 1."""
    mix = people.leaf_mix[:, goods.leaf_of_start]
    return mix / mix.sum(axis=1, keepdims=True)


def logged_slate_weight(shop: Market, week: int) -> Floats:
    """Where glances fall under the shop's own slates of that week, shape (products,)."""
    weight = EXPLORE * shop.explore[week]
    np.add.at(weight, shop.bestsellers[week], (1 - EXPLORE) * ATTENTION)
    return weight
