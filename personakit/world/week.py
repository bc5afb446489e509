"""One week of a block of customers: visits, choices, orders and drop-out, under any action.

History is this step repeated under the shop's own policy; a counterfactual is this step under another action with the
same noise. That is what makes the two consistent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from personakit.world import random as draw
from personakit.world.block import Block
from personakit.world.choice import BOUGHT, ENGAGED, following
from personakit.world.random import Key
from personakit.world.structure import (
    ATTENTION,
    BASKET,
    EXPLORE,
    EXTRA_LINES,
    LATE,
    OUTSIDE,
    SLATE_SIZE,
)
from personakit.world.traits import Traits

__all__ = ["Noise", "State", "Week", "live_week", "service"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

MOST_VISITS = 14  # a day; the next place in a day's numbering is kept for the visit that opens an account
OPENING = 15
LAST_SECOND = 86_399 - 900  # a visit and its order are over by midnight
LOOKS = np.array([0.42, 0.76])  # P(one product is looked at), P(at most two)


@dataclass
class State:
    """What the past means for the future, arrays over the customers of a block."""

    alive: Bools
    orders: Ints  # orders so far
    last_order: Floats  # day; minus infinity without one
    fatigue: Floats
    subscribed: Bools  # (n, 3)

    @classmethod
    def fresh(cls, subscribed: Bools) -> State:
        n = len(subscribed)
        never = np.full(n, -np.inf)
        return cls(np.ones(n, dtype=bool), np.zeros(n, dtype=np.int64), never, np.zeros(n), subscribed.copy())


class Noise:
    """The luck of the world: the one that made history (`random_state=None`), or a fresh one."""

    def __init__(self, seed: int, customer_ids: Ints, random_state: int | None = None) -> None:
        suffix = "" if random_state is None else f"/{random_state}"
        self.days = Key(seed, "days" + suffix).at(customer_ids)
        self.visits = Key(seed, "visits" + suffix).at(customer_ids)
        self.orders = Key(seed, "orders" + suffix).at(customer_ids)
        self.contacts = Key(seed, "contacts" + suffix).at(customer_ids)

    @staticmethod
    def rows(key: Key, rows: Any) -> Key:
        """The key at some of its customers."""
        some = Key.__new__(Key)
        some.state = key.state[rows]
        return some


@dataclass(frozen=True)
class Week:
    """What happened. `row` is the customer's place in the block; visits are in the order of customer and time."""

    visit: dict[str, Any]  # row, day, number, second, channel
    event: dict[str, Any]  # visit (index), product, kind (0 view, 1 basket)
    line: dict[str, Any]  # visit (index), order (number of the customer's orders before), product, discount
    shown: dict[str, Any]  # visit (index), product (n, 12), glance (place), clicked
    glanced: dict[str, Any]  # visit (index), clicked: for every engaged visit
    dropped: dict[str, Any]  # row, day, second: customers who ordered for the last time


def service(key: Key) -> tuple[Bools, Floats, Floats]:
    """Of an order: delivered late or not, days to delivery, and how well the rest was done (standard normal)."""
    late = draw.uniform(key.at(0)) < LATE
    days = np.where(late, 6 + draw.integers(key.at(1), 9), 1 + draw.integers(key.at(1), 4))
    return late, days, draw.normal(key.at(2))


def _leaving(people: Traits, row: Ints, number: Ints, key: Key) -> Bools:
    """Whether an order is the last. Bad service raises the odds; over all service the chance is exactly p."""
    late, _, care = service(key)
    p = people.dropout[row]
    chance = p + p * (1 - p) * (0.8 * (late - LATE) - 0.3 * np.tanh(care))
    opening = people.first_order[row] & (number == 0)
    return (draw.uniform(key.at(3)) < chance) & ~opening


def _count_visits(uniform: Floats, rate: Floats) -> Ints:
    """Poisson counts by inversion, so that a higher rate never means fewer visits for the same luck."""
    term = np.exp(-rate)
    below = term.copy()
    count = (uniform > below).astype(np.int64)
    for k in range(1, MOST_VISITS):
        if not (uniform > below).any():
            break
        term = term * rate / k
        below += term
        count += uniform > below
    return np.minimum(count, MOST_VISITS)


class _Arrivals(NamedTuple):
    """Visits in the order of customer and time. `who` is a place among the week's rows, `row` among the block's."""

    who: Ints
    row: Ints
    day: Ints
    number: Ints
    second: Ints
    channel: Ints
    opening: Bools  # the visit that opens an account, and always ends in an order
    key: Key

    def take(self, places: Any) -> _Arrivals:
        columns = {name: getattr(self, name)[places] for name in self._fields if name != "key"}
        return _Arrivals(**columns, key=Noise.rows(self.key, places))


def _arrivals(block: Block, week: int, rows: Ints, noise: Noise, effect: Floats, until: int) -> _Arrivals:
    people, shop = block.people, block.shop
    days = shop.days(week, until)
    signed_up = people.signed_up[rows]
    rate = block.visit_rate[rows] * np.exp(effect)
    rate_by_day = np.where(days >= signed_up[:, None], rate[:, None] * shop.busy[days], 0.0)
    count = _count_visits(draw.uniform(Noise.rows(noise.days, rows[:, None]).at(days)), rate_by_day).ravel()
    opens = people.first_order[rows] & (signed_up >= days[0]) & (signed_up <= days[-1])

    cell = np.repeat(np.arange(len(count)), count)
    who = np.concatenate([cell // len(days), np.flatnonzero(opens)])
    day = np.concatenate([days[cell % len(days)], signed_up[opens]])
    number = np.concatenate([np.arange(len(cell)) - (np.cumsum(count) - count)[cell], np.full(opens.sum(), OPENING)])
    row, opening = rows[who], number == OPENING
    key = Noise.rows(noise.visits, row).at(day * 16 + number)
    second = np.clip((people.hour[row] + 2.4 * draw.normal(key.at(1))) * 3600, 0, LAST_SECOND).astype(np.int64)
    second = np.where(opening, 0, second)  # an account is opened by the day's first visit
    channel = (block.channel_cumulated[row] < draw.uniform(key.at(2))[:, None]).sum(axis=1)
    order = np.lexsort((number, second, day, who))
    return _Arrivals(who, row, day, number, second, np.minimum(channel, len(ENGAGED) - 1), opening, key).take(order)


class _Shelf:
    """The shop in one week as its visitors meet it: prices with personal discounts, stock and category pages."""

    def __init__(self, block: Block, week: int, discount: Floats, log_factor: Floats | None) -> None:
        self.block = block
        self.lift = block.shop.lift[week]
        self.log_price = block.shop.log_price[week] + (0.0 if log_factor is None else log_factor)
        self.less = np.log1p(-discount)

    def utility(self, visits: _Arrivals, product: Ints) -> Floats:
        """Utility of each visit's product or products, shape of `product`."""
        row, beta, less = visits.row, self.block.people.price_sensitivity[visits.row], self.less[visits.who]
        if product.ndim == 2:
            row, beta, less = row[:, None], beta[:, None], less[:, None]
        return self.block.liking[row, product] - beta * (self.log_price[product] + less) + self.lift[product]

    def page(self, visits: _Arrivals, key: Key) -> tuple[Ints, Floats]:
        """Open a category page on each visit: its products (padded) and their noisy utilities."""
        goods, block = self.block.goods, self.block
        leaf = (block.leaf_cumulated[visits.row] < draw.uniform(key.at(4))[:, None]).sum(axis=1)
        leaf = np.minimum(leaf, len(goods.leaf_start) - 1)
        column = np.arange(int(block.leaf_width.max()))
        product = np.minimum(goods.leaf_start[leaf][:, None] + column, len(goods) - 1)
        noise = draw.gumbel(Noise.rows(key, (slice(None), None)).at(1000 + product))
        return product, np.where(
            column < block.leaf_width[leaf][:, None], self.utility(visits, product) + noise, -np.inf
        )


class _Browsing(NamedTuple):
    product: Ints  # the best of the page
    chosen: Bools  # it beat "nothing"
    looked: list[tuple[Ints, Ints]]  # (place of the visit, product): what was looked at


def _browse(shelf: _Shelf, visits: _Arrivals) -> _Browsing:
    """The category page: choose among its products and nothing, and look at one to three of the best."""
    product, noisy = shelf.page(visits, visits.key)
    place = np.arange(len(visits.row))
    best = noisy.argmax(axis=1)
    favourite = product[place, best]
    chosen = visits.opening | (noisy[place, best] > OUTSIDE + draw.gumbel(visits.key.at(5)))
    depth = 1 + np.searchsorted(LOOKS, draw.uniform(visits.key.at(6)))
    looked = [(place, favourite)]
    for again in range(2, len(LOOKS) + 2):
        noisy[place, best] = -np.inf
        best = noisy.argmax(axis=1)
        more = (depth >= again) & np.isfinite(noisy[place, best])
        looked.append((place[more], product[place, best][more]))
    return _Browsing(favourite, chosen, looked)


class _Glances(NamedTuple):
    product: Ints  # at which the one glance fell
    clicked: Bools
    place: Ints  # in the slate, from 0
    exploring: Ints  # visits whose slate was drawn at random
    drawn: Ints  # (exploring, 12) those slates


def _glance(shelf: _Shelf, visits: _Arrivals, week: int, slate: Ints | None) -> _Glances:
    """The slate: one glance, followed or not."""
    block, shop, key = shelf.block, shelf.block.shop, visits.key
    place = draw.choice(key.at(10), ATTENTION)
    if slate is None:
        exploring = np.flatnonzero(draw.uniform(key.at(7)) < EXPLORE)
        drawn = _explore(shop.explore[week], Noise.rows(key, exploring))
        seen = shop.bestsellers[week][np.minimum(place, shop.bestsellers.shape[1] - 1)]
        seen[exploring] = drawn[np.arange(len(exploring)), place[exploring]]
        there = place < shop.bestsellers.shape[1]
        there[exploring] = True
    else:
        exploring, drawn = np.array([], dtype=np.int64), np.empty((0, SLATE_SIZE), dtype=np.int64)
        there = place < slate.shape[1]
        seen = slate[visits.who, np.where(there, place, 0)]
    follow = following(shelf.utility(visits, seen) + block.interest[visits.row, seen])
    return _Glances(seen, there & (draw.uniform(key.at(11)) < follow), place, exploring, drawn)


def _explore(distribution: Floats, key: Key) -> Ints:
    """Slates by systematic sampling (Madow 1949): different products, and each place has exactly the distribution."""
    places = np.arange(SLATE_SIZE)
    points = (draw.uniform(key.at(8))[:, None] + places) / SLATE_SIZE
    drawn = np.minimum(np.searchsorted(np.cumsum(distribution), points), len(distribution) - 1)
    return np.take_along_axis(drawn, (places + draw.integers(key.at(9), SLATE_SIZE)[:, None]) % SLATE_SIZE, axis=1)


def live_week(
    block: Block,
    week: int,
    rows: Ints,
    noise: Noise,
    orders_before: Ints,
    effect: Floats,
    discount: Floats,
    *,
    until: int,
    slate: Ints | None = None,
    log_factor: Floats | None = None,
) -> Week:
    """Let a week happen to the customers at `rows` of the block.

    Parameters
    ----------
    rows
        Positions in the block of those who are alive, ascending.
    orders_before, effect, discount
        Over `rows`: orders so far, log change of the visit rate, personal discount.
    until
        Day before which the week ends, where it is cut short.
    slate
        Product positions (rows, k <= 12) shown on every visit instead of the shop's own slates.
    log_factor
        Log of a factor on prices, shape (products,).
    """
    arrivals = _arrivals(block, week, rows, noise, effect, until)
    engaged = np.flatnonzero(arrivals.opening | (draw.uniform(arrivals.key.at(3)) < ENGAGED[arrivals.channel]))
    visits = arrivals.take(engaged)
    shelf = _Shelf(block, week, discount, log_factor)
    page, glance = _browse(shelf, visits), _glance(shelf, visits, week, slate)

    sure, buys = visits.opening, BOUGHT[visits.channel] / BASKET
    basket = page.chosen & (sure | (draw.uniform(visits.key.at(12)) < BASKET))
    bought = basket & (sure | (draw.uniform(visits.key.at(13)) < buys))
    slate_basket = glance.clicked & (draw.uniform(visits.key.at(14)) < BASKET)
    slate_bought = slate_basket & (draw.uniform(visits.key.at(15)) < buys)

    # Orders in the order of time; the first that drops out ends everything for its customer.
    ordering = np.flatnonzero(bought | slate_bought)
    who = visits.who[ordering]
    number = orders_before[who] + np.arange(len(ordering)) - np.searchsorted(who, who)
    leaving = _leaving(block.people, rows[who], number, Noise.rows(noise.orders, rows[who]).at(number))
    end = np.full(len(rows), len(arrivals.row))  # index of the last visit of each customer
    np.minimum.at(end, who[leaving], engaged[ordering[leaving]])
    gone = np.flatnonzero(end < len(arrivals.row))
    kept = np.arange(len(arrivals.row)) <= end[arrivals.who]
    index = np.cumsum(kept) - 1

    place = np.arange(len(engaged))
    events = [*page.looked, (place[glance.clicked], glance.product[glance.clicked]),
              (place[basket], page.product[basket]), (place[slate_basket], glance.product[slate_basket])]  # fmt: skip
    event_place, event_product = (np.concatenate([event[part] for event in events]) for part in (0, 1))
    event_kind = np.repeat([0] * (len(events) - 2) + [1, 1], [len(event[0]) for event in events])
    live = kept[engaged]
    stays, explored = live[event_place], live[glance.exploring]
    seen_by = glance.exploring[explored]
    alive = live[ordering]
    line_place, line_product = _lines(
        shelf, visits, ordering[alive], bought, slate_bought, page.product, glance.product
    )
    number_of = np.full(len(engaged), -1)
    number_of[ordering] = number
    return Week(
        visit={name: getattr(arrivals, name)[kept] for name in ("row", "day", "number", "second", "channel")},
        event={"visit": index[engaged[event_place[stays]]], "product": event_product[stays], "kind": event_kind[stays]},
        line={
            "visit": index[engaged[line_place]],
            "order": number_of[line_place],
            "product": line_product,
            "discount": discount[visits.who[line_place]],
        },
        shown={
            "visit": index[engaged[seen_by]],
            "product": glance.drawn[explored],
            "glance": glance.place[seen_by],
            "clicked": glance.clicked[seen_by],
        },
        glanced={"visit": index[engaged[live]], "clicked": glance.clicked[live]},
        dropped={"row": rows[gone], "day": arrivals.day[end[gone]], "second": arrivals.second[end[gone]]},
    )


def _lines(
    shelf: _Shelf,
    visits: _Arrivals,
    ordering: Ints,
    bought: Bools,
    slate_bought: Bools,
    from_page: Ints,
    from_slate: Ints,
) -> tuple[Ints, Ints]:
    """The lines of the orders: what was chosen, then up to three further products from other category pages."""
    by_page, by_slate = ordering[bought[ordering]], ordering[slate_bought[ordering]]
    places, products = [by_page, by_slate], [from_page[by_page], from_slate[by_slate]]
    extras = draw.choice(Noise.rows(visits.key, ordering).at(16), EXTRA_LINES)
    for again in range(1, len(EXTRA_LINES)):
        more = ordering[extras >= again]
        product, noisy = shelf.page(visits.take(more), Noise.rows(visits.key, more).at(100 + again))
        places.append(more)
        products.append(product[np.arange(len(more)), noisy.argmax(axis=1)])
    return np.concatenate(places), np.concatenate(products)
