"""One week of a block of customers: visits, choices, orders and drop-out, under any action.

History is this step repeated under the shop's own policy; a counterfactual is this step under another action with the
same noise. That is what makes the two consistent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from personakit.world import random as draw
from personakit.world.catalogue import Catalogue
from personakit.world.choice import BOUGHT, ENGAGED, expected_visit, following, interest
from personakit.world.market import Market
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

__all__ = ["Block", "Noise", "State", "Week", "live_week", "service"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

MOST_VISITS = 14  # a day; the next place in a day's numbering is kept for the visit that opens an account
OPENING = 15
BUSIEST = 2.5  # visits a day at most, at reference


class Block:
    """Customers with all that the weeks need and that does not change: memory grows with customers x products."""

    def __init__(self, people: Traits, goods: Catalogue, shop: Market) -> None:
        self.people, self.goods, self.shop = people, goods, shop
        self.liking = goods.liking(people)
        mix = people.leaf_mix[:, goods.leaf_of_start]
        self.leaf_cumulated = np.cumsum(mix / mix.sum(axis=1, keepdims=True), axis=1)
        self.channel_cumulated = np.cumsum(people.channel_mix, axis=1)
        self.interest = interest(people, goods)
        self.leaf_width = np.diff(np.append(goods.leaf_start, len(goods)))
        usual = shop.explore.mean(axis=0)
        visit = expected_visit(people, self.liking, goods, goods.price, usual)
        orders_per_visit = (people.channel_mix * visit.orders).sum(axis=1)
        self.visit_rate = np.minimum(people.order_rate / orders_per_visit, BUSIEST)


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
    """Whether an order is the customer's last. Bad service raises the odds; over all service the chance is exactly p."""
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


def live_week(
    block: Block,
    week: int,
    rows: Ints,
    noise: Noise,
    orders_before: Ints,
    effect: Floats,
    discount: Floats,
    *,
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
    slate
        Product positions (rows, k <= 12) shown on every visit instead of the shop's own slates.
    log_factor
        Log of a factor on prices, shape (products,).
    """
    people, goods, shop = block.people, block.goods, block.shop
    days = shop.days(week)
    local = np.arange(len(rows))
    signed_up = people.signed_up[rows]
    rate = block.visit_rate[rows] * np.exp(effect)
    rate_by_day = np.where(days >= signed_up[:, None], rate[:, None] * shop.busy[days], 0.0)
    luck = draw.uniform(Noise.rows(noise.days, rows[:, None]).at(days))
    count = _count_visits(luck, rate_by_day)
    opening = people.first_order[rows] & (signed_up >= days[0]) & (signed_up <= days[-1])

    flat = np.repeat(np.arange(count.size), count.ravel())
    who, day = flat // len(days), days[flat % len(days)]
    before = np.cumsum(count.ravel()) - count.ravel()
    number = np.arange(len(flat)) - before[flat]
    who = np.concatenate([who, local[opening]])
    day = np.concatenate([day, signed_up[opening]])
    number = np.concatenate([number, np.full(int(opening.sum()), OPENING)])
    key = Noise.rows(noise.visits, rows[who]).at(day * 16 + number)
    second = np.clip((people.hour[rows[who]] + 2.4 * draw.normal(key.at(1))) * 3600, 0, 86399).astype(np.int64)
    second = np.where(number == OPENING, 0, second)  # an account is opened by the day's first visit
    order = np.lexsort((number, second, day, who))
    who, day, number, second = who[order], day[order], number[order], second[order]
    key = Noise.rows(key, order)
    row = rows[who]
    forced = number == OPENING

    channel = (block.channel_cumulated[row] < draw.uniform(key.at(2))[:, None]).sum(axis=1)
    channel = np.minimum(channel, len(ENGAGED) - 1)
    engaged = np.flatnonzero(forced | (draw.uniform(key.at(3)) < ENGAGED[channel]))
    ekey, erow, ewho = Noise.rows(key, engaged), row[engaged], who[engaged]
    cut = np.log1p(-discount)
    price_now = shop.log_price[week] if log_factor is None else shop.log_price[week] + log_factor
    lift = shop.lift[week]

    def utility(of_row: Ints, of_who: Ints, product: Ints) -> Floats:
        if product.ndim == 2:
            beta, less = people.price_sensitivity[of_row][:, None], cut[of_who][:, None]
            liked = block.liking[of_row[:, None], product]
        else:
            beta, less = people.price_sensitivity[of_row], cut[of_who]
            liked = block.liking[of_row, product]
        return liked - beta * (price_now[product] + less) + lift[product]

    def page(at: Key, of_row: Ints, of_who: Ints) -> tuple[Ints, Floats]:
        """Open a category page: its products (padded) and their noisy utilities."""
        leaf = (block.leaf_cumulated[of_row] < draw.uniform(at.at(4))[:, None]).sum(axis=1)
        leaf = np.minimum(leaf, len(goods.leaf_start) - 1)
        width = block.leaf_width[leaf]
        column = np.arange(int(block.leaf_width.max()))
        product = np.minimum(goods.leaf_start[leaf][:, None] + column, len(goods) - 1)
        noisy = utility(of_row, of_who, product) + draw.gumbel(Noise.rows(at, (slice(None), None)).at(1000 + product))
        return product, np.where(column < width[:, None], noisy, -np.inf)

    # The category page: choose among its products and nothing.
    product, noisy = page(ekey, erow, ewho)
    place = np.arange(len(engaged))
    best = noisy.argmax(axis=1)
    chosen_product = product[place, best]
    nothing = OUTSIDE + draw.gumbel(ekey.at(5))
    chosen = forced[engaged] | (noisy[place, best] > nothing)
    depth = 1 + np.searchsorted(np.array([0.42, 0.76]), draw.uniform(ekey.at(6)))
    looked, looks = [chosen_product], [place]
    for again in (2, 3):
        noisy[place, best] = -np.inf
        best = noisy.argmax(axis=1)
        more = (depth >= again) & np.isfinite(noisy[place, best])
        looked.append(product[place, best][more])
        looks.append(place[more])

    # The slate: one glance.
    if slate is None:
        exploring = np.flatnonzero(draw.uniform(ekey.at(7)) < EXPLORE)
        xkey = Noise.rows(ekey, exploring)
        # Systematic sampling (Madow 1949): twelve different products, each place with exactly the explore distribution.
        points = (draw.uniform(xkey.at(8))[:, None] + np.arange(SLATE_SIZE)) / SLATE_SIZE
        drawn = np.minimum(np.searchsorted(np.cumsum(shop.explore[week]), points), len(goods) - 1)
        turn = (np.arange(SLATE_SIZE) + draw.integers(xkey.at(9), SLATE_SIZE)[:, None]) % SLATE_SIZE
        drawn = np.take_along_axis(drawn, turn, axis=1)
    else:
        exploring, drawn = np.array([], dtype=np.int64), np.empty((0, SLATE_SIZE), dtype=np.int64)
    glance = draw.choice(ekey.at(10), ATTENTION)
    if slate is None:
        seen = shop.bestsellers[week][np.minimum(glance, shop.bestsellers.shape[1] - 1)]
        seen[exploring] = drawn[np.arange(len(exploring)), glance[exploring]]
        there = np.ones(len(engaged), dtype=bool)
    else:
        there = glance < slate.shape[1]
        seen = slate[ewho, np.where(there, glance, 0)]
    follow = following(utility(erow, ewho, seen) + block.interest[erow, seen])
    clicked = there & (draw.uniform(ekey.at(11)) < follow)

    # Basket and purchase.
    bought_given_basket = BOUGHT[channel[engaged]] / BASKET
    basket = chosen & (forced[engaged] | (draw.uniform(ekey.at(12)) < BASKET))
    bought = basket & (forced[engaged] | (draw.uniform(ekey.at(13)) < bought_given_basket))
    slate_basket = clicked & (draw.uniform(ekey.at(14)) < BASKET)
    slate_bought = slate_basket & (draw.uniform(ekey.at(15)) < bought_given_basket)

    # Orders in the order of time; the first that drops out ends everything for its customer.
    ordering = np.flatnonzero(bought | slate_bought)
    owho = ewho[ordering]
    rank = np.arange(len(ordering)) - np.searchsorted(owho, owho)
    order_number = orders_before[owho] + rank
    okey = Noise.rows(noise.orders, rows[owho]).at(order_number)
    leaving = _leaving(people, rows[owho], order_number, okey)
    end = np.full(len(rows), len(row))  # index of the last visit of each customer
    np.minimum.at(end, owho[leaving], engaged[ordering[leaving]])
    kept = np.arange(len(row)) <= end[who]
    live = kept[engaged]
    new_index = np.cumsum(kept) - 1

    events = [
        (looks[0], looked[0], 0),
        (looks[1], looked[1], 0),
        (looks[2], looked[2], 0),
        (place[clicked], seen[clicked], 0),
        (place[basket], chosen_product[basket], 1),
        (place[slate_basket], seen[slate_basket], 1),
    ]
    event_place = np.concatenate([each[0] for each in events])
    event_product = np.concatenate([each[1] for each in events])
    event_kind = np.concatenate([np.full(len(each[0]), each[2]) for each in events])
    stays = live[event_place]

    olive = live[ordering]
    lines = [(ordering[olive & bought[ordering]], None), (ordering[olive & slate_bought[ordering]], None)]
    line_place = np.concatenate([each[0] for each in lines])
    line_product = np.concatenate([chosen_product[lines[0][0]], seen[lines[1][0]]])
    extras = draw.choice(Noise.rows(ekey, ordering).at(16), EXTRA_LINES)
    for again in range(1, len(EXTRA_LINES)):
        more = ordering[(extras >= again) & olive]
        more_product, more_noisy = page(Noise.rows(ekey, more).at(100 + again), erow[more], ewho[more])
        line_place = np.concatenate([line_place, more])
        line_product = np.concatenate([line_product, more_product[np.arange(len(more)), more_noisy.argmax(axis=1)]])
    number_of = np.full(len(engaged), -1)
    number_of[ordering] = order_number
    xlive = live[exploring]
    return Week(
        visit={"row": row[kept], "day": day[kept], "number": number[kept], "second": second[kept], "channel": channel[kept]},
        event={
            "visit": new_index[engaged[event_place[stays]]],
            "product": event_product[stays],
            "kind": event_kind[stays],
        },
        line={
            "visit": new_index[engaged[line_place]],
            "order": number_of[line_place],
            "product": line_product,
            "discount": discount[ewho[line_place]],
        },
        shown={
            "visit": new_index[engaged[exploring[xlive]]],
            "product": drawn[xlive],
            "glance": glance[exploring[xlive]],
            "clicked": clicked[exploring[xlive]],
        },
        glanced={"visit": new_index[engaged[live]], "clicked": clicked[live]},
        dropped={
            "row": rows[np.flatnonzero(end < len(row))],
            "day": day[end[end < len(row)]],
            "second": second[end[end < len(row)]],
        },
    )
