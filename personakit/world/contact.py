"""The shop's weekly campaign: whom it contacted with what and with which probability, and what a message does.

The logging policy sees what a company sees (consent, recency, number of orders), draws channel, theme and discount from
softmax distributions with a floor, and logs the product of their probabilities: the propensity.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from personakit.world import random as draw
from personakit.world.random import Key
from personakit.world.structure import DISCOUNTS, FLOOR, THEMES
from personakit.world.traits import Traits

__all__ = ["Contacts", "contact_policy", "message_effect", "reactions"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Contacts:
    """Campaign decisions about n customers; indices into CONTACT_CHANNELS and THEMES (-1: none), discount."""

    channel: Ints
    theme: Ints
    discount: Floats
    propensity: Floats

    @classmethod
    def none(cls, n: int) -> Contacts:
        """Nobody is contacted."""
        return cls(np.zeros(n, dtype=np.int64), np.full(n, -1, dtype=np.int64), np.zeros(n), np.ones(n))


def _softmax_with_floor(score: Floats, allowed: Bools) -> Floats:
    weight = np.where(allowed, np.exp(score), 0.0)
    weight /= weight.sum(axis=1, keepdims=True)
    return (1 - FLOOR) * weight + FLOOR * allowed / allowed.sum(axis=1, keepdims=True)


def contact_policy(key: Key, allowed: Bools, recency: Floats, orders: Ints) -> Contacts:
    """Draw one action for each customer.

    Parameters
    ----------
    key
        Shape (n,).
    allowed
        Shape (n, 3): e-mail, sms and push may be used.
    recency
        Days since the last order, or since the account was opened.
    orders
        Orders so far.
    """
    n = len(recency)
    lapse = np.clip(recency / 90, 0, 2)
    loyal = np.log1p(orders)
    nothing = np.full(n, 0.9)
    channels = np.stack([nothing, 1.0 + 0.25 * lapse, -0.6 + 0.3 * lapse, 0.1 + 0.2 * loyal - 0.2 * lapse], axis=1)
    can = np.column_stack([np.ones(n, dtype=bool), allowed])
    by_channel = _softmax_with_floor(channels, can)
    everything = np.ones((n, len(THEMES)), dtype=bool)
    themes = np.stack([0.25 - 0.1 * lapse, 0.2 + 0 * lapse, 0.1 * loyal, 0.1 + 0.2 * lapse, -0.1 + 0 * lapse], axis=1)
    by_theme = _softmax_with_floor(themes, everything)
    discounts = np.stack([0.6 - 0.3 * lapse, 0 * lapse, -0.6 + 0.3 * lapse], axis=1)
    by_discount = _softmax_with_floor(discounts, everything[:, : len(DISCOUNTS)])

    row = np.arange(n)
    channel = draw.choice(key.at(0), by_channel)
    theme, discount = draw.choice(key.at(1), by_theme), draw.choice(key.at(2), by_discount)
    sent = channel > 0
    chance = by_channel[row, channel] * np.where(sent, by_theme[row, theme] * by_discount[row, discount], 1.0)
    return Contacts(channel, np.where(sent, theme, -1), np.where(sent, np.array(DISCOUNTS)[discount], 0.0), chance)


def message_effect(people: Traits, contacts: Contacts, fatigue: Floats) -> Floats:
    """Log change of the visit rate in the week of a contact, shape (n,); 0 for those left alone.

    Responsiveness to the channel, times the match of the theme, worn down by recent messages; those whom messages put
    off stay away more, the more there were. A discount draws visits of its own, the price-sensitive more.
    """
    sent = contacts.channel > 0
    response = np.where(sent, people.response[np.arange(len(people)), np.maximum(contacts.channel - 1, 0)], 0.0)
    match = np.where(sent, people.theme_match[np.arange(len(people)), np.maximum(contacts.theme, 0)], 0.0)
    worn = people.weariness * fatigue
    pull = np.where(response > 0, response * match * np.exp(-worn), response * (1 + 0.4 * worn))
    return np.where(sent, pull - 0.05 * worn, 0.0) + 0.30 * people.price_sensitivity * contacts.discount


def reactions(key: Key, people: Traits, contacts: Contacts, fatigue: Floats, came: Bools) -> tuple[Bools, Bools, Bools]:
    """Whether each message was opened and clicked, and whether its reader left the list; `came`: visited that week."""
    row, sent = np.arange(len(people)), contacts.channel > 0
    response = people.response[row, np.maximum(contacts.channel - 1, 0)]
    worn = people.weariness * fatigue
    base = np.array([-9.0, -0.95, 1.6, -2.0])[contacts.channel]
    fit = people.theme_match[row, np.maximum(contacts.theme, 0)] - 1
    opened = sent & (draw.uniform(key.at(0)) < 1 / (1 + np.exp(-(base + 0.5 * response + 0.5 * fit - 0.4 * worn))))
    following = np.array([-9.0, -1.35, -2.6, -1.2])[contacts.channel]
    clicked = opened & came & (draw.uniform(key.at(1)) < 1 / (1 + np.exp(-(following + 0.7 * response + 0.5 * fit))))
    leaving = -5.6 + 1.0 * worn + 1.2 * (people.response_kind == 2) + 0.4 * people.concern
    left = sent & (draw.uniform(key.at(2)) < 1 / (1 + np.exp(-leaving)))
    return opened, clicked, left
