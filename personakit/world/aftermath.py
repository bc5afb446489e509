"""After the order: delivery, returns, satisfaction, ratings, what a review speaks of, and messages to the support desk.

One experience (fit, quality, delivery, price, service) drives all of them, so the stars, the words, the returned piece
and the angry message of one customer agree with each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from personakit.world import random as draw
from personakit.world.catalogue import Catalogue
from personakit.world.history import History
from personakit.world.market import Market
from personakit.world.random import Key
from personakit.world.traits import Traits
from personakit.world.week import Noise, service
from personakit.world.words.vocabulary import ASPECTS, EMOTIONS, INTENTS

__all__ = ["Aftermath", "aftermath"]

Arrays = dict[str, NDArray[Any]]
Floats = NDArray[np.float64]

TROUBLE = ("where_is_my_order", "damaged_item", "wrong_item", "refund_status", "discount_problem", "complaint_service")
MEMORY = 0.6  # how much of the last satisfaction is left at the next order
STARS = (-0.66, -0.19, 0.45, 1.41)  # satisfaction below which a rating is 1, 2, 3, 4 stars
WEIGHTS = np.array([0.45, 0.60, 0.40, 0.25, 0.25])  # of the aspects in satisfaction


@dataclass(frozen=True)
class Aftermath:
    """Columns. `line` is an index into the history's lines, `day` counts from START."""

    lines: Arrays  # for every line: delivery_days, late, returned, return_day, satisfaction
    ratings: Arrays  # line, day, second, stars, worded
    grades: Floats  # (ratings, 5) polarity that the words give each aspect, -2 to 2; NaN: not mentioned
    messages: Arrays  # line, day, second, intent, emotion


def aftermath(seed: int, people: Traits, goods: Catalogue, shop: Market, history: History, n_days: int) -> Aftermath:
    """What follows from every order line of a block."""
    line = history.lines
    visit = line["visit"]
    row, day = (history.visits[name][visit] for name in ("row", "day"))
    customer, product, number = people.customer_id[row], line["product"], line["order"]
    okey = Noise(seed, people.customer_id).orders
    late, delivery, care = service(Noise.rows(okey, row).at(number))
    own = Key(seed, "experience").at(customer, number, goods.product_id[product])

    fitting = draw.uniform(own.at(0))
    returned = fitting < goods.return_rate[product]
    ratio = shop.log_price[line["week"], product] + np.log1p(-line["discount"])
    experience = np.column_stack([
        0.6 * goods.quality[product, 0] + 0.8 * draw.normal(own.at(0)) - 0.9 * returned,
        0.8 * goods.quality[product, 1] + 0.6 * draw.normal(own.at(1)),
        np.where(late, -1.7 - 0.08 * (delivery - 6), 0.45) + 0.4 * draw.normal(own.at(2)),
        -0.9 * people.price_sensitivity[row] * ratio + 0.25 * goods.quality[product, 1] + 0.6 * draw.normal(own.at(3)),
        0.8 * care + 0.3 * draw.normal(own.at(4)),
    ])  # fmt: skip
    push = experience @ WEIGHTS
    satisfaction = people.mood[row] + _carried(row, number, push) + push + 0.45

    return_day = day + delivery + 3 + draw.integers(own.at(5), 16)
    extreme = np.abs(satisfaction - 0.45)
    rating_day = day + delivery + 1 + draw.integers(own.at(6), 12)
    rates = draw.uniform(own.at(7)) < 1 / (1 + np.exp(-(-0.75 + 0.80 * extreme - 0.3 * people.concern[row])))
    rated = np.flatnonzero(rates & (rating_day < n_days))
    _, first = np.unique(np.stack([row[rated], product[rated]]), axis=1, return_index=True)
    rated = rated[np.sort(first)]  # a product is rated once
    stars = 1 + np.searchsorted(STARS, satisfaction[rated])
    worded = draw.uniform(Noise.rows(own, rated).at(8)) < 0.40 + 0.22 * np.minimum(extreme[rated], 2.0)
    return Aftermath(
        lines={
            "delivery_days": delivery,
            "late": late,
            "returned": returned & (return_day < n_days),
            "return_day": return_day,
            "satisfaction": satisfaction,
        },
        ratings={
            "line": rated,
            "day": rating_day[rated],
            "second": _daytime(Noise.rows(own, rated).at(9)),
            "stars": stars,
            "worded": worded,
        },
        grades=_grades(Noise.rows(own, rated), experience[rated], stars),
        messages=_messages(
            seed, people, goods, row, day, line, late, delivery, returned, experience, satisfaction, n_days
        ),
    )


def _carried(row: NDArray[np.int64], number: NDArray[np.int64], push: Floats) -> Floats:
    """What is left at each order of the satisfaction with earlier ones: AR(1) over a customer's orders."""
    order, of_line = np.unique(row * 100_000 + number, return_inverse=True)
    mean = np.bincount(of_line, push) / np.bincount(of_line)
    who = order // 100_000
    rank = np.arange(len(order)) - np.searchsorted(who, who)
    carried = np.zeros(len(order))
    for at in range(1, int(rank.max(initial=0)) + 1):
        here = np.flatnonzero(rank == at)
        carried[here] = MEMORY * (carried[here - 1] + 0.5 * mean[here - 1])
    return carried[of_line]


def _daytime(key: Key) -> NDArray[np.int64]:
    return np.clip((17 + 3.5 * draw.normal(key)) * 3600, 0, 86399).astype(np.int64)


def _grades(key: Key, experience: Floats, stars: NDArray[np.int64]) -> Floats:
    """Which aspects a review speaks of, and how: the stronger an experience, the likelier it is told."""
    column = np.arange(len(ASPECTS))
    place = Noise.rows(key, (slice(None), None)).at(20 + column)
    pull = np.array([-0.6, -0.1, -1.3, -1.2, -1.9]) + 0.9 * np.abs(experience)
    mentioned = draw.uniform(place.at(0)) < 1 / (1 + np.exp(-pull))
    strongest = np.abs(experience).argmax(axis=1)
    mentioned[np.arange(len(stars)), strongest] |= ~mentioned.any(axis=1)
    felt = 0.75 * experience + 0.40 * (stars[:, None] - 3.2) + 0.25 * draw.normal(place.at(1))
    return np.where(mentioned, np.clip(felt, -2, 2), np.nan)


def _messages(
    seed: int,
    people: Traits,
    goods: Catalogue,
    row: NDArray[np.int64],
    day: NDArray[np.int64],
    line: Arrays,
    late: NDArray[np.bool_],
    delivery: NDArray[Any],
    returned: NDArray[np.bool_],
    experience: Floats,
    satisfaction: Floats,
    n_days: int,
) -> Arrays:
    """At most one message an order, about its first product: what went wrong decides what is asked."""
    _, at = np.unique(line["visit"], return_index=True)
    key = Key(seed, "message").at(people.customer_id[row[at]], line["order"][at])
    felt, gone, slow = experience[at], returned[at], late[at]
    code = {name: place for place, name in enumerate(INTENTS)}
    chance = np.zeros((len(at), len(INTENTS) + 1))
    odds: dict[str, Any] = {
        "where_is_my_order": np.where(slow, 0.34, 0.012),
        "return_item": np.where(gone, 0.22, 0.004),
        "exchange_size": np.where(felt[:, 0] < -0.9, 0.10, 0.004),
        "refund_status": np.where(gone, 0.12, 0.0),
        "damaged_item": np.where(felt[:, 1] < -1.2, 0.22, 0.002),
        "wrong_item": 0.006,
        "product_question": 0.018,
        "change_address": 0.006,
        "cancel_order": 0.007,
        "discount_problem": np.where(line["discount"][at] > 0, 0.035, 0.001),
        "complaint_service": np.where(felt[:, 4] < -1.2, 0.10, 0.002),
        "praise": np.where(satisfaction[at] > 1.5, 0.03, 0.001),
        "privacy_request": 0.004 * np.exp(0.7 * people.concern[row[at]]),
    }
    for name, value in odds.items():
        chance[:, code[name]] = value
    total = chance.sum(axis=1, keepdims=True)
    chance *= np.minimum(1, 0.9 / total)
    chance[:, -1] = 1 - chance[:, :-1].sum(axis=1)
    intent = draw.choice(key.at(0), chance)
    early = np.isin(intent, [code["change_address"], code["cancel_order"]])
    wait = np.where(
        early, 0, np.where(intent == code["where_is_my_order"], np.maximum(delivery[at] - 2, 3), delivery[at] + 1)
    )
    when = day[at] + wait + draw.integers(key.at(1), 4) * ~early
    some = np.flatnonzero((intent < len(INTENTS)) & (when < n_days))
    mkey = Noise.rows(key, some)
    return {
        "line": at[some],
        "day": when[some],
        "second": _daytime(mkey.at(2)),
        "intent": intent[some],
        "emotion": _emotions(mkey, intent[some], satisfaction[at][some], code),
        "days_late": np.where(slow, np.maximum(delivery[at] - 4, 1), 0)[some],
    }


def _emotions(key: Key, intent: NDArray[np.int64], satisfaction: Floats, code: dict[str, int]) -> NDArray[np.int64]:
    feeling = {name: place for place, name in enumerate(EMOTIONS)}
    trouble = np.isin(intent, [code[name] for name in TROUBLE])
    bad = np.clip(-satisfaction, -2, 2)
    score = np.full((len(intent), len(EMOTIONS)), -9.0)
    score[:, feeling["neutral"]] = 0.9 - 0.9 * trouble
    score[:, feeling["happy"]] = -1.6 - bad - 2.5 * trouble
    score[:, feeling["disappointed"]] = -0.6 + 0.6 * bad + 1.0 * trouble
    score[:, feeling["angry"]] = -1.2 + 1.0 * bad + 1.1 * trouble + 1.2 * (intent == code["complaint_service"])
    score[:, feeling["worried"]] = -0.7 + 0.9 * np.isin(
        intent, [code["where_is_my_order"], code["refund_status"], code["privacy_request"]]
    )
    score[:, feeling["confused"]] = -0.7 + 0.7 * np.isin(
        intent, [code["discount_problem"], code["product_question"], code["return_item"]]
    )
    praise = intent == code["praise"]
    score[praise] = -9.0
    score[praise, feeling["happy"]], score[praise, feeling["neutral"]] = 2.0, 0.0
    return draw.choice(key.at(3), np.exp(score))
