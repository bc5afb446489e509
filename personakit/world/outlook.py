"""What lies ahead of each customer at the end of the history: exact chances, values, and what messages would do."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from personakit.world.choice import expected_visit, logged_slate_weight, own_elasticity
from personakit.world.contact import Contacts, message_effect
from personakit.world.counterfactual import Actions, Situation, expected, prices_and_utility
from personakit.world.structure import CONTACT_CHANNELS, CONTACT_COST, DISCOUNTS, FATIGUE_DAYS, THEMES, WEEK

if TYPE_CHECKING:
    from personakit.world.world import World

__all__ = ["elasticities", "outlook", "response_classes"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CLASS_DAYS = 28
SURE, LOST = 0.25, 0.05  # chances of an order without a message
MOVED, PUT_OFF = 0.030, -0.004  # change of the chance of an order within CLASS_DAYS that makes a class


def outlook(world: World) -> pd.DataFrame:
    """The truth table `outlook`, one row a customer.

    Columns: alive (has not dropped out); p_order_30, p_order_90 (chance of at least one order within 30 and 90
    days) and margin_365 (pounds within a year), all if nobody is contacted; margin_365_best, the same under the
    myopic oracle, which each week sends the message with the largest expected margin that week, or none;
    response_class, uplift_email (change of the chance of an order within 28 days by a fitting e-mail, to a living
    customer) and p_order_28_alive (the chance without it, were she alive).
    """
    month, quarter, year = (world.situation(None, None, days) for days in (30, 90, 365))
    nothing = Actions.read(None, len(month.block.people), month.block)
    kind, uplift, base = response_classes(month)
    return pd.DataFrame({
        "customer_id": month.block.people.customer_id,
        "alive": month.alive,
        "p_order_30": expected(month, nothing)["p_order"].round(9),
        "p_order_90": expected(quarter, nothing)["p_order"].round(9),
        "margin_365": expected(year, nothing)["margin"].round(6),
        "margin_365_best": _myopic_year(year).round(6),
        "response_class": kind,
        "uplift_email": uplift.round(9),
        "p_order_28_alive": base.round(9),
    })  # fmt: skip


def elasticities(world: World, at_most: int = 4000) -> Floats:
    """Own-price elasticity of each product in the order of its id, over the first `at_most` customers.

    The mean over every tenth and the last two weeks of the history in which the product could be bought; NaN for one
    that never could.
    """
    block, goods, shop = world.block(world.customer_ids[:at_most]), world.catalogue, world.market
    found = np.full((0, len(goods)), np.nan)
    last = -(-world.n_days // WEEK)
    for week in sorted({*range(0, last, 10), last - 2, last - 1}):
        utility = block.liking - block.people.price_sensitivity[:, None] * shop.log_price[week] + shop.lift[week]
        now = own_elasticity(block.people, utility, goods, logged_slate_weight(shop, week), block.visit_rate)
        found = np.vstack([found, np.where(shop.available[week], now, np.nan)])
    sold = np.isfinite(found)
    mean = np.where(sold, found, 0.0).sum(axis=0) / np.where(sold.any(axis=0), sold.sum(axis=0), np.nan)
    return mean[np.argsort(goods.product_id)].round(6)


def response_classes(situation: Situation) -> tuple[NDArray[np.object_], Floats, Floats]:
    """Persuadable, sure thing, lost cause, sleeping dog or indifferent; the uplift behind it and the chance without.

    For a living, rested customer and an e-mail on the theme that suits her best, without a discount, over 28 days.
    """
    people = situation.block.people
    n = len(people)
    rested = replace(situation, horizon_days=CLASS_DAYS, alive=np.ones(n, dtype=bool), fatigue=np.zeros(n))
    theme = np.array([each.name for each in THEMES])[people.theme_match.argmax(axis=1)]
    base = expected(rested, Actions.read(None, n, situation.block))["p_order"]
    mailed = expected(rested, Actions.read({"channel": "email", "theme": theme}, n, situation.block))["p_order"]
    uplift = mailed - base
    kind = np.full(n, "indifferent", dtype=object)
    still = (uplift < MOVED) & (uplift > PUT_OFF)
    kind[uplift >= MOVED] = "persuadable"
    kind[uplift <= PUT_OFF] = "sleeping dog"
    kind[still & (base >= SURE)] = "sure thing"
    kind[still & (base < LOST)] = "lost cause"
    return kind, uplift, base


def _myopic_year(situation: Situation) -> Floats:
    """Margin within the horizon if each week the best message for that week is sent, fatigue taken into account."""
    block, people, shop = situation.block, situation.block.people, situation.block.shop
    n = len(people)
    fatigue, total, mean_orders = situation.fatigue.copy(), np.zeros(n), np.zeros(n)
    options = [(channel, theme) for channel in range(1, len(CONTACT_CHANNELS)) for theme in range(len(THEMES))]
    p = people.dropout
    for week in situation.ahead():
        days = shop.days(week, situation.until)
        rate = block.visit_rate * ((days >= people.signed_up[:, None]) * shop.busy[days]).sum(axis=1)
        best, best_orders, best_sent = np.full(n, -np.inf), np.zeros(n), np.zeros(n, dtype=bool)
        for discount in DISCOUNTS:
            cut = np.full(n, discount)
            price, utility = prices_and_utility(situation, week, cut, None)
            visit = expected_visit(people, utility, block.goods, price, logged_slate_weight(shop, week))
            orders, margin = ((people.channel_mix * part).sum(axis=1) for part in (visit.orders, visit.margin))
            for channel, theme in ([(0, -1)] if discount == 0 else []) + options:
                contacts = Contacts(np.full(n, channel), np.full(n, theme), cut, np.ones(n))
                added = rate * np.exp(message_effect(people, contacts, fatigue)) * orders
                lived = np.exp(-p * mean_orders) * -np.expm1(-p * added) / p
                gain = lived * margin / orders - CONTACT_COST[channel]
                better = gain > best
                best, best_orders = np.where(better, gain, best), np.where(better, added, best_orders)
                best_sent = np.where(better, channel > 0, best_sent)
        total += best
        mean_orders += best_orders
        fatigue = (fatigue + best_sent) * np.exp(-WEEK / FATIGUE_DAYS)
    return np.where(situation.alive, total, 0.0)
