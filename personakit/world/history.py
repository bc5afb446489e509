"""Eighteen months of Larkspur for a block of customers: the weekly campaign, the weeks, and what they leave behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from personakit.world import random as draw
from personakit.world.block import Block
from personakit.world.consents import consent_at_signup
from personakit.world.contact import contact_policy, message_effect, reactions
from personakit.world.structure import ELIGIBLE, FATIGUE_DAYS, WEEK
from personakit.world.week import Noise, State, Week, live_week

__all__ = ["History", "simulate"]

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class History:
    """All that happened to a block, as columns. `visit` in the other parts is an index into `visits`."""

    visits: Arrays  # row, day, number, second, channel
    events: Arrays  # visit, product, kind (0 view, 1 basket)
    lines: Arrays  # visit, order, product, discount, week
    shown: Arrays  # visit, product (n, 12), glance, clicked, week
    contacts: Arrays  # row, week, channel, theme, discount, propensity, opened, clicked, left
    dropped: Arrays  # row, day, second


def simulate(seed: int, block: Block, n_days: int) -> History:
    """Live through all weeks under the shop's own policy."""
    people, shop = block.people, block.shop
    noise = Noise(seed, people.customer_id)
    consent = consent_at_signup(seed, people.customer_id, people.concern)
    state = State.fresh(consent["messages"])
    parts: dict[str, list[Arrays]] = {
        name: [] for name in ("visits", "events", "lines", "shown", "contacts", "dropped")
    }
    n_visits = 0
    for week in range(-(-n_days // WEEK)):
        days = shop.days(week, n_days + WEEK)  # whole weeks; what lies beyond the end is cut off at last
        rows = np.flatnonzero(state.alive & (people.signed_up <= days[-1]))
        if not len(rows):
            continue
        key = Noise.rows(noise.contacts, rows).at(week)
        asked = (draw.uniform(key.at(9)) < ELIGIBLE) & (people.signed_up[rows] < days[0])
        some = rows[asked]
        skey, weary = Noise.rows(key, asked), state.fatigue[some]
        since = np.maximum(state.last_order[some], people.signed_up[some].astype(float))
        contacts = contact_policy(skey, state.subscribed[some], days[0] - since, state.orders[some])
        mailed = people.take(some)
        effect, discount = np.zeros(len(rows)), np.zeros(len(rows))
        effect[asked] = message_effect(mailed, contacts, weary)
        discount[asked] = contacts.discount

        lived = live_week(block, week, rows, noise, state.orders[rows], effect, discount, until=days[-1] + 1)

        came = np.zeros(len(people), dtype=bool)
        came[lived.visit["row"]] = True
        opened, clicked, left = reactions(skey.at(10), mailed, contacts, weary, came[some])
        _remember(state, some, contacts.channel, left, lived, n=len(people))
        parts["contacts"].append({
            "row": some, "week": np.full(len(some), week), "channel": contacts.channel, "theme": contacts.theme,
            "discount": contacts.discount, "propensity": contacts.propensity,
            "opened": opened, "clicked": clicked, "left": left,
        })  # fmt: skip
        parts["visits"].append(lived.visit)
        parts["events"].append({**lived.event, "visit": lived.event["visit"] + n_visits})
        for name, part in (("lines", lived.line), ("shown", lived.shown)):
            parts[name].append({**part, "visit": part["visit"] + n_visits, "week": np.full(len(part["visit"]), week)})
        parts["dropped"].append(lived.dropped)
        n_visits += len(lived.visit["row"])
    joined = {name: _joined(some_parts) for name, some_parts in parts.items()}
    kept = joined["visits"]["day"] < n_days
    renumbered = np.cumsum(kept) - 1
    joined["visits"] = {name: column[kept] for name, column in joined["visits"].items()}
    for name in ("events", "lines", "shown"):
        stays = kept[joined[name]["visit"]]
        joined[name] = {column: values[stays] for column, values in joined[name].items()}
        joined[name]["visit"] = renumbered[joined[name]["visit"]]
    return History(**joined)


def _remember(state: State, contacted: Any, channel: Any, left: Any, lived: Week, *, n: int) -> None:
    """Carry the week over into the state."""
    state.fatigue *= np.exp(-WEEK / FATIGUE_DAYS)
    state.fatigue[contacted[channel > 0]] += np.exp(-WEEK / FATIGUE_DAYS)
    state.subscribed[contacted[left], channel[left] - 1] = False
    visit, line = lived.visit, lived.line
    row = visit["row"][line["visit"]]
    np.maximum.at(state.orders, row, line["order"] + 1)
    np.maximum.at(state.last_order, row, visit["day"][line["visit"]].astype(float))
    state.alive[lived.dropped["row"]] = False


def _joined(parts: list[Arrays]) -> Arrays:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
