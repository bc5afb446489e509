"""What Larkspur is made of: its calendar, archetypes, channels and the constants of the causal model.

The constants were set once so that the shop's figures meet those of real trade (see `personakit.world.facts`); they are
part of the world, not of any method.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from personakit.world.words.vocabulary import STYLES

__all__ = [
    "ARCHETYPES",
    "ATTENTION",
    "CHANNELS",
    "CONTACT_CHANNELS",
    "DISCOUNTS",
    "SLATE_SIZE",
    "START",
    "THEMES",
    "WEEK",
    "Archetype",
    "Channel",
    "Theme",
]

START = np.datetime64("2024-07-08", "D")  # a Monday
WEEK = 7


class Archetype(NamedTuple):
    """A kind of customer: the centre of its tastes over STYLES, and what else it tilts."""

    name: str
    weight: float
    taste: tuple[float, ...]
    departments: tuple[float, ...]  # log preference for Women, Men, Footwear, Accessories, Home, everything else
    price_sensitivity: float  # added to the log
    age_tilt: float  # positive: more of them among the old


def _taste(**loadings: float) -> tuple[float, ...]:
    return tuple(loadings.get(style, 0.0) for style in STYLES)


ARCHETYPES = (
    Archetype(
        "minimalist",
        0.20,
        _taste(minimal=1.5, classic=0.5, bohemian=-0.6, street=-0.3),
        (0.2, 0.2, 0.1, 0.0, 0.1, 0.0),
        -0.30,
        0.0,
    ),
    Archetype(
        "romantic",
        0.17,
        _taste(romantic=1.5, vintage=0.6, sporty=-0.7, street=-0.4),
        (0.7, -0.6, 0.0, 0.4, 0.1, -0.3),
        0.0,
        -0.1,
    ),
    Archetype(
        "traditionalist",
        0.19,
        _taste(classic=1.5, rustic=0.4, street=-0.8, bohemian=-0.4),
        (0.0, 0.4, 0.2, 0.0, 0.0, 0.0),
        -0.14,
        0.9,
    ),
    Archetype(
        "mover",
        0.17,
        _taste(sporty=1.5, street=0.7, romantic=-0.7, vintage=-0.3),
        (0.0, 0.3, 0.6, -0.2, -0.6, 0.6),
        0.12,
        -0.6,
    ),
    Archetype(
        "free spirit",
        0.13,
        _taste(bohemian=1.5, vintage=0.7, classic=-0.6, minimal=-0.4),
        (0.5, -0.5, 0.2, 0.5, 0.2, 0.0),
        0.24,
        -0.5,
    ),
    Archetype(
        "nester",
        0.14,
        _taste(rustic=1.5, vintage=0.3, sporty=-0.5, street=-0.4),
        (-0.4, -0.4, -0.3, -0.2, 1.2, 0.1),
        0.36,
        0.6,
    ),
)
DEPARTMENTS = ("Women", "Men", "Footwear", "Accessories", "Home")  # the order of Archetype.departments


class Channel(NamedTuple):
    """Where a visit happens: share at large, how often it gets beyond the first page, how often a basket is bought."""

    name: str
    weight: float
    age_tilt: float
    engaged: float
    bought: float


CHANNELS = (
    Channel("web", 4.2, 0.0, 0.25, 0.42),
    Channel("app", 2.4, -0.6, 0.28, 0.48),
    Channel("email", 0.6, 0.1, 0.32, 0.42),
    Channel("social", 1.0, -0.7, 0.18, 0.30),
    Channel("store", 0.7, 0.6, 0.50, 0.70),
    Channel("call_centre", 0.12, 0.9, 0.50, 0.60),
)
BASKET = 0.33  # a product that was chosen goes into the basket

SLATE_SIZE = 12
_places = np.arange(1, SLATE_SIZE + 1) ** -0.6
ATTENTION = _places / _places.sum()  # an engaged visitor looks at one place of the slate, the front ones more often
EXPLORE = 0.20  # share of visits whose slate is drawn at random, with its propensities logged

CONTACT_CHANNELS = ("none", "email", "sms", "push")
CONTACT_COST = (0.0, 0.01, 0.06, 0.005)  # pounds a message
DISCOUNTS = (0.0, 0.1, 0.2)
ELIGIBLE = 0.30  # share of customers that the campaign looks at in a week
FLOOR = 0.05  # every allowed action keeps at least this share of an even split
FATIGUE_DAYS = 14.0  # decay time of the weariness that a message leaves


class Theme(NamedTuple):
    """What a campaign message talks about, as a direction in taste space, and its pull on the price-sensitive."""

    name: str
    taste: tuple[float, ...]
    thrift: float


THEMES = (
    Theme("new_in", _taste(street=0.7, minimal=0.4, sporty=0.3), -0.2),
    Theme("bestsellers", _taste(classic=0.5, minimal=0.2, sporty=0.2), 0.0),
    Theme("style", _taste(romantic=0.7, bohemian=0.6, vintage=0.3), -0.1),
    Theme("value", _taste(sporty=0.2, rustic=0.2), 0.6),
    Theme("sustainability", _taste(rustic=0.7, bohemian=0.4, vintage=0.4), -0.1),
)

OUTSIDE = 4.1  # utility of leaving a category page with nothing
SLATE_OFFSET = -2.35  # utility of a recommended product before taste: most are passed over
INTEREST = 0.8  # weight of the customer's usual categories in a slate
PROMOTION = 0.25  # what a promotion label adds, beyond its price
EXTRA_LINES = (0.62, 0.24, 0.09, 0.05)  # P(0, 1, 2, 3 further products) in an order
RETURN_COST = 3.0  # pounds for the shop's pains with a returned piece
LATE = 0.11  # share of orders delivered late
