"""The shop's weeks: prices, promotions, the price test, stock, demand shocks; and how busy each day is.

Prices are confounded as in real trade: the buyers see part of the coming demand and ask more when it is high. Only the
price test (a small part of products each week, at random) moves prices for no reason.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from personakit.world import random as draw
from personakit.world.catalogue import Catalogue
from personakit.world.random import Key
from personakit.world.structure import PROMOTION, SLATE_SIZE, WEEK
from personakit.world.words.vocabulary import LEAVES

__all__ = ["Market", "market"]

Floats = NDArray[np.float64]

YEAR_AFTER = 53  # weeks that are known beyond the history, for what lies ahead of its end
TEST_SHARE, TEST_STEPS = 0.30, (-0.10, -0.05, 0.05, 0.10)
FORESIGHT = 0.16  # log price per unit of the demand shock that the buyers foresee
SHOCK_MEMORY, SHOCK_SIZE = 0.7, 0.42
MEAN_SENSITIVITY = 2.2  # only to guess what will sell, for stock and best-seller slates


@dataclass(frozen=True)
class Market:
    """Arrays over weeks (rows) and products (columns), and over days."""

    price: Floats
    log_price: Floats  # log(price / reference)
    lift: Floats  # season, demand shock and promotion label: utility for everyone; -inf where it cannot be bought
    demand: Floats  # the demand shock alone
    test: Floats  # relative price change of the test, 0 outside it
    promotion: NDArray[np.bool_]
    available: NDArray[np.bool_]
    explore: Floats  # distribution from which exploring slates are drawn, each product's at most 1 / SLATE_SIZE
    bestsellers: NDArray[np.int64]  # (weeks, SLATE_SIZE) the slate that everybody else sees
    busy: Floats  # over days: factor on visit rates: weekday, season, growth; mean about 1

    @property
    def n_weeks(self) -> int:
        return len(self.price)

    @staticmethod
    def days(week: int, until: int) -> NDArray[np.int64]:
        """The days of a week before the day `until`."""
        return np.arange(week * WEEK, min((week + 1) * WEEK, until))


def market(seed: int, goods: Catalogue, n_days: int) -> Market:
    """Prices, stock and demand for every week that begins within `n_days`, and for the year after."""
    n_weeks, n = -(-n_days // WEEK) + YEAR_AFTER, len(goods)
    week, item = np.arange(n_weeks)[:, None], np.arange(n)

    def key(tag: str) -> Key:
        return Key(seed, f"market {tag}").at(week, item)

    warmth = np.array([leaf.season for leaf in LEAVES])[goods.leaf]
    winter = np.cos(2 * np.pi * ((week * WEEK + 7) % 365 - 190) / 365)  # day 0 is 8 July; peak in mid January
    season = 0.38 * warmth * winter

    shock = np.empty((n_weeks, n))
    fresh = draw.normal(key("shock"))
    shock[0] = fresh[0]
    for at in range(1, n_weeks):
        shock[at] = SHOCK_MEMORY * shock[at - 1] + np.sqrt(1 - SHOCK_MEMORY**2) * fresh[at]
    demand = SHOCK_SIZE * shock

    test = np.where(draw.uniform(key("tested")) < TEST_SHARE, draw.pick(key("test step"), TEST_STEPS), 0.0)
    markdown = _markdowns(seed, goods, n_weeks, warmth)
    raw = goods.price * (1 - markdown) * (1 + test) * np.exp(FORESIGHT * shock)
    price = np.maximum(raw.round(2), 0.5)
    promotion = markdown > 0

    on_sale = week * WEEK >= goods.launched
    sold_out = draw.uniform(key("stock")) < 0.025 * np.exp(0.8 * shock)
    available = on_sale & ~sold_out
    available[:, goods.leaf_start] |= ~np.logical_or.reduceat(
        available, goods.leaf_start, axis=1
    )  # no empty category page
    log_price = np.log(price / goods.price)
    lift = np.where(available, season + demand + PROMOTION * promotion, -np.inf)

    # Slates follow what will sell, but not the price test: it must change nothing but the price.
    attraction = goods.appeal + lift - MEAN_SENSITIVITY * (log_price - np.log1p(test))
    return Market(
        price=price,
        log_price=log_price,
        lift=lift,
        demand=demand,
        test=test,
        promotion=promotion,
        available=available,
        explore=_explore(attraction, available),
        bestsellers=np.argsort(-attraction, axis=1, kind="stable")[:, :SLATE_SIZE],
        busy=_busy(n_weeks * WEEK, n_days),
    )


def _markdowns(seed: int, goods: Catalogue, n_weeks: int, warmth: Floats) -> Floats:
    """End-of-season sales in January and July, and promotions of two weeks at any time."""
    week, item = np.arange(n_weeks)[:, None], np.arange(len(goods))
    date = (week * WEEK + 189) % 365  # day of the year: 8 July is day 189
    winter_sale, summer_sale = (date >= 359) | (date < 24), (date >= 174) & (date < 208)
    in_sale = (winter_sale & (warmth > -0.15)) | (summer_sale & (warmth < 0.15))
    chosen = draw.uniform(Key(seed, "sale").at(week // 20, item)) < 0.55
    short = draw.uniform(Key(seed, "promotion").at((week + item % 2) // 2, item)) < 0.085
    depth = draw.pick(Key(seed, "depth").at((week + item % 2) // 2, item), (0.10, 0.15, 0.20, 0.25, 0.30))
    return np.where(in_sale & chosen, np.maximum(depth, 0.2), np.where(short, depth, 0.0))


def _explore(attraction: Floats, available: NDArray[np.bool_]) -> Floats:
    """Half evenly, half by attraction, capped so that no product need stand twice in a slate."""
    even = available / available.sum(axis=1, keepdims=True)
    pull = np.exp(attraction - attraction.max(axis=1, keepdims=True))
    mixed = 0.5 * even + 0.5 * pull / pull.sum(axis=1, keepdims=True)
    cap = np.maximum(1 / SLATE_SIZE, 1 / available.sum(axis=1, keepdims=True))
    for _ in range(50):  # what the cap takes from some is shared among the others until all fits
        mixed = np.minimum(mixed, cap)
        free = (mixed < cap) & available
        room = np.where(free, mixed, 0.0)
        total = room.sum(axis=1, keepdims=True)
        missing = 1 - mixed.sum(axis=1, keepdims=True)
        if (missing < 1e-12).all():
            break
        mixed = mixed + room * np.where(total > 0, missing / np.where(total > 0, total, 1.0), 0.0)
    return mixed / mixed.sum(axis=1, keepdims=True)


def _busy(length: int, n_days: int) -> Floats:
    """Weekends and the weeks before Christmas are busier; the shop grows by 6 % a year."""
    day = np.arange(length)
    weekday = np.array([0.96, 0.94, 0.93, 0.96, 1.02, 1.12, 1.07])[day % 7]
    date = (day + 189) % 365
    christmas = 0.22 * np.exp(-(((date - 343) / 14.0) ** 2))
    return weekday * (0.97 + christmas) * 1.06 ** ((day - n_days / 2) / 365)
