"""What would happen if: exact expectations, and draws that share history's luck.

The same week that made history is lived again under another action. With `random_state=None` the luck is history's own
(the logged action gives the logged outcome); with a number it is fresh.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from personakit.errors import DataError, UnknownNameError, some
from personakit.world.block import Block
from personakit.world.choice import expected_visit, logged_slate_weight, slate_values, unit_profit
from personakit.world.contact import Contacts, message_effect
from personakit.world.structure import (
    ATTENTION,
    CONTACT_CHANNELS,
    CONTACT_COST,
    FATIGUE_DAYS,
    SLATE_SIZE,
    THEMES,
    WEEK,
)
from personakit.world.week import Noise, live_week

__all__ = ["Actions", "Situation", "best_slates", "expected", "prices_and_utility", "respond"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
THEME_NAMES = tuple(theme.name for theme in THEMES)


@dataclass(frozen=True)
class Actions:
    """What is done to n customers, so many weeks in a row, checked and in the world's own terms."""

    contacts: Contacts
    slate: Ints | None  # product positions (1, n, k) for all weeks, or (weeks, n, k)
    log_factor: Floats | None  # (products,)
    weeks: int = 1

    def in_week(self, number: int) -> Actions:
        """What is done in the week of this number; nothing after the last."""
        if number >= self.weeks:
            return Actions(Contacts.none(len(self.contacts.channel)), None, None)
        slate = self.slate if self.slate is None or len(self.slate) == 1 else self.slate[number : number + 1]
        return Actions(self.contacts, slate, self.log_factor)

    @classmethod
    def read(cls, actions: Mapping[str, Any] | pd.DataFrame | None, n: int, block: Block, *, weeks: int = 1) -> Actions:
        """Check a dict or DataFrame of actions (see `World.expected`) against the world."""
        given = dict(actions) if actions is not None else {}
        known = ("channel", "theme", "discount", "slate", "price_factor")
        for name in given:
            if name not in known:
                raise UnknownNameError(f"actions has no {name!r}. Use any of: {', '.join(known)}.")
        channel = _codes(given.get("channel", "none"), CONTACT_CHANNELS, "channel", n)
        theme = _codes(given.get("theme", "none"), ("none", *THEME_NAMES), "theme", n) - 1
        theme = np.where(channel > 0, np.where(theme < 0, THEME_NAMES.index("bestsellers"), theme), -1)
        discount = _column(given.get("discount", 0.0), n, "discount").astype(float)
        wrong = ~((discount >= 0) & (discount < 1))
        if wrong.any():
            raise DataError(
                f"actions.discount has {wrong.sum()} values outside 0 to 1 ({some(discount[wrong])}). Give a share."
            )
        contacts = Contacts(channel, theme, discount, np.ones(n))
        slate = _slate(given.get("slate"), n, block, weeks)
        return cls(contacts, slate, _log_factor(given.get("price_factor"), block), weeks)


def _column(values: Any, n: int, name: str) -> NDArray[Any]:
    array = np.asarray(values)
    if array.ndim == 0:
        return np.repeat(array, n)
    if array.shape != (n,):
        raise DataError(
            f"actions.{name} has shape {array.shape}, but there are {n} customers. Give one value, or one a customer."
        )
    return array


def _codes(values: Any, names: tuple[str, ...], what: str, n: int) -> Ints:
    column = pd.Index(_column(values, n, what).astype(str))
    code = np.asarray(pd.Index(names).get_indexer(column), dtype=np.int64)
    if (code < 0).any():
        raise UnknownNameError(
            f"actions.{what} has unknown values ({some(column[code < 0].unique())}). Use: {', '.join(names)}."
        )
    return code


def _slate(slate: Any, n: int, block: Block, weeks: int) -> Ints | None:
    if slate is None:
        return None
    ids = np.asarray(slate)
    if ids.ndim == 1:
        ids = np.broadcast_to(ids, (n, len(ids)))
    if ids.ndim == 2:
        ids = ids[None]
    if ids.ndim != 3 or len(ids) not in (1, weeks) or ids.shape[1] != n or not 1 <= ids.shape[2] <= SLATE_SIZE:
        raise DataError(
            f"actions.slate has shape {np.shape(slate)}. Give product ids as (k,), ({n}, k) or (weeks, {n}, k), "
            f"k from 1 to {SLATE_SIZE}."
        )
    position = block.goods.position(ids)
    if (position < 0).any():
        raise DataError(f"actions.slate has {(position < 0).sum()} unknown product ids ({some(ids[position < 0])}).")
    ordered = np.sort(position, axis=2)
    twice = (ordered[..., 1:] == ordered[..., :-1]).any(axis=2)
    if twice.any():
        raise DataError(
            f"actions.slate shows a product twice in {twice.sum()} slates (first: {some(ids[twice][0], 12)})."
        )
    return position


def _log_factor(factor: Any, block: Block) -> Floats | None:
    if factor is None:
        return None
    if isinstance(factor, Mapping):
        factors = np.ones(len(block.goods))
        where = block.goods.position(np.asarray(list(factor), dtype=np.int64))
        if (where < 0).any():
            unknown = [each for each, at in zip(factor, where, strict=True) if at < 0]
            raise DataError(f"actions.price_factor names {len(unknown)} unknown product ids ({some(unknown)}).")
        factors[where] = list(factor.values())
    else:
        factors = np.broadcast_to(np.asarray(factor, dtype=float), (len(block.goods),))
    if not (np.isfinite(factors) & (factors > 0)).all():
        raise DataError(
            "actions.price_factor has values that are not positive numbers. Give {product_id: 0.9}, or one for all."
        )
    return np.log(factors)


@dataclass(frozen=True)
class Situation:
    """The customers asked about, at the beginning of a week, and how many days to look ahead."""

    block: Block
    week: int
    horizon_days: int
    alive: NDArray[np.bool_]
    orders: Ints
    fatigue: Floats
    seed: int

    def ahead(self) -> list[int]:
        """The weeks that the horizon touches."""
        return list(range(self.week, self.week - (-self.horizon_days // WEEK)))

    @property
    def until(self) -> int:
        """The first day beyond the horizon."""
        return self.week * WEEK + self.horizon_days


def prices_and_utility(
    situation: Situation, week: int, discount: Floats, log_factor: Floats | None
) -> tuple[Floats, Floats]:
    """The prices that each customer would pay, and her utilities at them; both (n, products)."""
    block = situation.block
    price, log_price = block.shop.price[week], block.shop.log_price[week]
    if log_factor is not None:
        price, log_price = price * np.exp(log_factor), log_price + log_factor
    log_price = log_price + np.log1p(-discount)[:, None]
    utility = block.liking - block.people.price_sensitivity[:, None] * log_price + block.shop.lift[week]
    return price * (1 - discount[:, None]), utility


def _glances(actions: Actions, block: Block, week: int) -> Floats:
    """Where glances at the slate fall, shape (products,) or (n, products)."""
    if actions.slate is None:
        return logged_slate_weight(block.shop, week)
    (slate,) = actions.slate
    weight = np.zeros((len(slate), len(block.goods)))
    np.add.at(weight, (np.arange(len(slate))[:, None], slate), ATTENTION[: slate.shape[1]])
    return weight


def _wearier(fatigue: Floats, now: Actions) -> Floats:
    return (fatigue + (now.contacts.channel > 0)) * np.exp(-WEEK / FATIGUE_DAYS)


def expected(situation: Situation, actions: Actions) -> dict[str, Floats]:
    """Exact expectations for each customer over the days ahead; the actions hold in the first weeks of them.

    Visits are Poisson and each ends in an order with a known chance, so orders are Poisson until the customer drops
    out, which each order brings about with chance p: E[orders] = (1 - exp(-p m)) / p for a thinned rate m (the
    beta-geometric of Fader, Hardie and Lee 2005, for one customer).
    """
    block, people, shop = situation.block, situation.block.people, situation.block.shop
    n = len(people)
    total = {name: np.zeros(n) for name in ("visits", "clicks", "orders", "revenue", "margin", "cost")}
    mean_orders = np.zeros(n)  # the thinned rate so far
    p, fatigue = people.dropout, situation.fatigue
    for number, week in enumerate(situation.ahead()):
        now = actions.in_week(number)
        effect = message_effect(people, now.contacts, fatigue)
        fatigue = _wearier(fatigue, now)
        price, utility = prices_and_utility(situation, week, now.contacts.discount, now.log_factor)
        visit = expected_visit(people, utility, block.goods, price, _glances(now, block, week))
        total["cost"] += np.array(CONTACT_COST)[now.contacts.channel]
        days = shop.days(week, situation.until)
        rate = block.visit_rate * np.exp(effect) * ((days >= people.signed_up[:, None]) * shop.busy[days]).sum(axis=1)
        mixed = {
            name: (people.channel_mix * getattr(visit, name)).sum(axis=1)
            for name in ("clicks", "orders", "revenue", "margin")
        }
        added = rate * mixed["orders"]
        orders = np.exp(-p * mean_orders) * -np.expm1(-p * added) / p
        # Revenue, margin and clicks come with visits made while alive: in proportion to the orders that come about.
        lived = np.where(added > 0, orders / np.where(added > 0, added, 1.0), 1.0) * rate
        mean_orders += added
        total["visits"] += lived
        total["orders"] += orders
        for name in ("clicks", "revenue", "margin"):
            total[name] += lived * mixed[name]
    alive, cost = situation.alive.astype(float), total.pop("cost")
    outcome = {name: alive * values for name, values in total.items()}
    outcome["p_order"] = alive * -np.expm1(-mean_orders)
    return {**outcome, "cost": cost, "margin": outcome["margin"] - cost}


def respond(situation: Situation, actions: Actions, random_state: int | None) -> dict[str, Floats]:
    """One draw of what each customer does over the days ahead, same columns as `expected`."""
    block, people, goods, shop = situation.block, situation.block.people, situation.block.goods, situation.block.shop
    n = len(people)
    noise = Noise(situation.seed, people.customer_id, random_state)
    total = {name: np.zeros(n) for name in ("visits", "clicks", "orders", "revenue", "margin", "cost")}
    alive, orders, fatigue = situation.alive.copy(), situation.orders.copy(), situation.fatigue
    for number, week in enumerate(situation.ahead()):
        now = actions.in_week(number)
        rows, factor = np.flatnonzero(alive), now.log_factor
        effect = message_effect(people, now.contacts, fatigue)
        fatigue = _wearier(fatigue, now)
        total["cost"] += np.array(CONTACT_COST)[now.contacts.channel]
        lived = live_week(
            block,
            week,
            rows,
            noise,
            orders[rows],
            effect[rows],
            now.contacts.discount[rows],
            until=situation.until,
            slate=None if now.slate is None else now.slate[0, rows],
            log_factor=factor,
        )
        visitor, line = lived.visit["row"], lived.line
        buyer = visitor[line["visit"]]
        price = (
            shop.price[week][line["product"]]
            * (1 if factor is None else np.exp(factor[line["product"]]))
            * (1 - line["discount"])
        )
        profit = unit_profit(goods, price, line["product"])
        total["visits"] += np.bincount(visitor, minlength=n)
        total["clicks"] += np.bincount(visitor[lived.glanced["visit"]], lived.glanced["clicked"], minlength=n)
        total["orders"] += np.bincount(visitor[np.unique(line["visit"])], minlength=n)
        total["revenue"] += np.bincount(buyer, price, minlength=n)
        total["margin"] += np.bincount(buyer, profit, minlength=n)
        np.maximum.at(orders, buyer, line["order"] + 1)
        alive[lived.dropped["row"]] = False
    return {**total, "p_order": (total["orders"] > 0).astype(float), "margin": total["margin"] - total["cost"]}


def best_slates(situation: Situation, k: int) -> Ints:
    """Product positions (n, k) of the slate with the largest expected margin for each customer, best first.

    Attention falls from place to place and margins add up over places, so sorting by the value of a glance is optimal.
    """
    block = situation.block
    price, utility = prices_and_utility(situation, situation.week, np.zeros(len(block.people)), None)
    value = slate_values(block.people, utility, block.goods, price)
    return np.argsort(-value, axis=1, kind="stable")[:, :k]
