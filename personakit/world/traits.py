"""Customers: everything about a person that the shop cannot see, and the little that it can.

Each trait is a function of (seed, customer id), so customers can be made in blocks of any size, or one alone.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from personakit.world import random as draw
from personakit.world.names import GENDERS, REGIONS
from personakit.world.random import Key
from personakit.world.structure import ARCHETYPES, CHANNELS, DEPARTMENTS, THEMES, WEEK
from personakit.world.words.vocabulary import LEAVES, PATTERNS

__all__ = ["Traits", "customers"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_AGE_SHARE = np.array([0.13, 0.24, 0.22, 0.18, 0.13, 0.10])
_GENDER_SHARE = np.array([0.57, 0.405, 0.025])
_REGION_INCOME = np.linspace(-0.14, 0.22, len(REGIONS))
_AGE_INCOME = np.array([-0.35, -0.02, 0.15, 0.20, 0.10, -0.20])
_GENDER_INCOME = np.array([-0.10, 0.08, -0.05])
TASTE_NOISE = 0.72

# Repeat orders by BG/NBD (Fader, Hardie and Lee 2005): rate a week ~ Gamma(r, alpha), drop-out by order ~ Beta(a, b)
RATE_SHAPE, RATE_SCALE_WEEKS = 0.62, 13.0
DROPOUT_A, DROPOUT_B = 0.55, 8.0


@dataclass(frozen=True)
class Traits:
    """Arrays over n customers, in the order of `customer_id`."""

    customer_id: Ints
    archetype: Ints  # index into ARCHETYPES
    taste: Floats  # (n, 8) over STYLES
    age: Ints
    gender: Ints
    region: Ints
    household: Ints  # id of the household: the smallest id of its members
    log_income: Floats  # 0 is the country's median
    price_sensitivity: Floats  # beta in the utility -beta log(price / reference)
    order_rate: Floats  # repeat orders a day while alive, at reference prices without messages
    dropout: Floats  # probability of never ordering again after an order
    signed_up: Ints  # day since START
    first_order: NDArray[np.bool_]  # the account was opened by ordering
    channel_mix: Floats  # (n, 6) over CHANNELS
    leaf_mix: Floats  # (n, 40) over LEAVES: what a visit looks for
    hour: Floats  # usual hour of the day
    response: Floats  # (n, 3) e-mail, sms, push: log change of the visit rate when a fresh message fits
    response_kind: Ints  # 0 moved by messages, 1 unmoved, 2 put off
    theme_match: Floats  # (n, 5) over THEMES, 0 to about 2
    weariness: Floats  # how much each recent message takes away from the next
    concern: Floats  # privacy concern, standard normal
    mood: Floats  # satisfaction to begin with
    hue: Floats  # preferred hue, degrees
    hue_strength: Floats
    lightness: Floats  # preferred lightness, 0 to 1
    pattern: Floats  # (n, 8) over PATTERNS: utility
    voice_pitch: Floats  # Hz
    voice_rate: Floats  # syllables a second
    voice_timbre: Floats  # -1 dark to 1 bright

    def __len__(self) -> int:
        return len(self.customer_id)

    def take(self, rows: Any) -> Traits:
        """The customers at these positions."""
        return Traits(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})


def customers(seed: int, customer_ids: Ints, n_days: int) -> Traits:
    """The traits of these customers.

    Parameters
    ----------
    seed : int
        The world's seed.
    customer_ids : int array of shape (n,)
        Positive ids; a customer's traits depend on no other's.
    n_days : int
        Length of the history; accounts are opened within it, most of them early.
    """
    ids = np.asarray(customer_ids, dtype=np.int64)

    def key(tag: str, *more: Any) -> Key:
        place = Key(seed, tag).at(ids)
        return place.at(*more) if more else place

    def grid(tag: str, width: int) -> Floats:
        return draw.normal(Key(seed, tag).at(ids[:, None], np.arange(width)))

    # People of one household live together and are of like age: its members copy the head's draws.
    paired = draw.uniform(Key(seed, "household").at(ids - (ids - 1) % 2)) < 0.22
    head = np.where(paired, ids - (ids - 1) % 2, ids)
    region = draw.choice(Key(seed, "region").at(head), np.full(len(REGIONS), 1.0))
    age = draw.choice(Key(seed, "age").at(head), _AGE_SHARE)
    gender = draw.choice(key("gender"), _GENDER_SHARE)
    shared = draw.normal(Key(seed, "household income").at(head))
    log_income = (_AGE_INCOME[age] + _GENDER_INCOME[gender] + _REGION_INCOME[region]
                  + 0.30 * shared + 0.25 * draw.normal(key("income")))  # fmt: skip
    oldness = (age - 2.2) / 1.5

    weights = np.array([kind.weight for kind in ARCHETYPES])
    tilt = np.array([kind.age_tilt for kind in ARCHETYPES])
    archetype = draw.choice(key("archetype"), weights * np.exp(0.5 * oldness[:, None] * tilt))
    taste = np.array([kind.taste for kind in ARCHETYPES])[archetype] + TASTE_NOISE * grid("taste", 8)

    sensitivity = np.array([kind.price_sensitivity for kind in ARCHETYPES])[archetype]
    beta = np.exp(0.72 - 0.55 * log_income + sensitivity + 0.30 * draw.normal(key("sensitivity")))

    rate = draw.gamma(key("rate"), RATE_SHAPE) / RATE_SCALE_WEEKS / WEEK
    dropout = draw.beta(key("dropout"), DROPOUT_A, DROPOUT_B)
    when = draw.uniform(key("signup"))
    early = draw.uniform(key("signup early")) < 0.30
    last = max(n_days - 14, 1)
    signed_up = np.where(early, when * min(90, last), when**0.85 * last).astype(np.int64)

    share = np.array([channel.weight for channel in CHANNELS])
    young_or_old = np.array([channel.age_tilt for channel in CHANNELS])
    mix = draw.gamma(
        Key(seed, "channels").at(ids[:, None], np.arange(len(CHANNELS))),
        1.4 * share * np.exp(0.45 * oldness[:, None] * young_or_old) + 0.02,
    )
    channel_mix = mix / mix.sum(axis=1, keepdims=True)

    concern = 0.80 * draw.normal(key("concern")) + 0.35 * oldness + 0.35 * log_income / 0.45
    hue, strength = 360.0 * draw.uniform(key("hue")), np.exp(0.4 * draw.normal(key("hue strength"))) * 0.45
    pattern = 0.45 * grid("pattern", len(PATTERNS))
    kind, response = _responses(seed, ids, concern)
    women = np.array([1.0, 0.0, 0.5])[gender]
    return Traits(
        customer_id=ids,
        archetype=archetype,
        taste=taste,
        age=age,
        gender=gender,
        region=region,
        household=head,
        log_income=log_income,
        price_sensitivity=beta,
        order_rate=rate,
        dropout=dropout,
        signed_up=signed_up,
        first_order=draw.uniform(key("first order")) < 0.86,
        channel_mix=channel_mix,
        leaf_mix=_leaf_mix(seed, ids, archetype, gender),
        hour=np.clip(14.5 + 3.2 * draw.normal(key("hour")) - 0.8 * oldness, 6.0, 22.5),
        response=response,
        response_kind=kind,
        theme_match=_theme_match(taste, beta),
        weariness=np.exp(-0.9 + 0.5 * draw.normal(key("weariness"))),
        concern=concern,
        mood=0.35 * draw.normal(key("mood")) + 0.25,
        hue=hue,
        hue_strength=strength,
        lightness=np.clip(0.5 + 0.2 * draw.normal(key("lightness")), 0.05, 0.95),
        pattern=pattern,
        voice_pitch=np.exp(np.log(118.0) + 0.56 * women + 0.10 * draw.normal(key("pitch")) - 0.02 * oldness),
        voice_rate=np.clip(4.4 + 0.5 * draw.normal(key("speech rate")) - 0.15 * oldness, 2.5, 6.5),
        voice_timbre=np.tanh(0.7 * draw.normal(key("timbre"))),
    )


def _leaf_mix(seed: int, ids: Ints, archetype: Ints, gender: Ints) -> Floats:
    """What visits look for: a softmax over leaves of department, gender and a lasting personal leaning."""
    place = {name: at for at, name in enumerate(DEPARTMENTS)}
    department = np.array([place.get(leaf.department, len(DEPARTMENTS)) for leaf in LEAVES])
    leaning = np.array([kind.departments for kind in ARCHETYPES])[archetype][:, department]
    by_gender = np.zeros((len(GENDERS), len(DEPARTMENTS) + 1))
    by_gender[0, :2], by_gender[1, :2] = (0.8, -1.3), (-1.6, 1.3)
    noise = draw.normal(Key(seed, "leaves").at(ids[:, None], np.arange(len(LEAVES))))
    weight = np.exp(leaning + by_gender[gender][:, department] + 1.05 * noise)
    return weight / weight.sum(axis=1, keepdims=True)


def _responses(seed: int, ids: Ints, concern: Floats) -> tuple[Ints, Floats]:
    """How messages move people: some come, most hardly notice, some stay away, the private more often."""
    put_off = 0.17 * np.exp(0.35 * concern)
    kind = draw.choice(
        Key(seed, "response kind").at(ids),
        np.stack([np.full(len(ids), 0.34), np.full(len(ids), 0.49), put_off], axis=1),
    )
    centre = np.array([0.95, 0.05, -0.85])[kind][:, None] * np.array([1.0, 1.05, 0.8])
    spread = np.array([0.35, 0.08, 0.30])[kind][:, None]
    return kind, centre + spread * draw.normal(Key(seed, "response").at(ids[:, None], np.arange(3)))


def _theme_match(taste: Floats, beta: Floats) -> Floats:
    """How well a theme speaks to a customer: 1 on average, from 0.3 to 1.9."""
    direction = np.array([theme.taste for theme in THEMES])
    thrift = np.array([theme.thrift for theme in THEMES])
    return 1.1 + 0.8 * np.tanh(0.45 * taste @ direction.T - 0.25 + thrift * (np.log(beta)[:, None] - 0.72))
