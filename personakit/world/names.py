"""The people of Larkspur: what they are called, where they live, how they are reached and when they were born."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import ArrayLike, NDArray

from personakit.world.places import REGIONS, addresses, joined, phones, taken, texts
from personakit.world.random import Key, choice, integers, uniform
from personakit.world.registers import (
    FAMILY_NAMES,
    GENDERS,
    GIVEN_NAMES,
    NICKNAMES,
    family_names_drawn,
    given_names_drawn,
    given_names_of,
    heritages_drawn,
)
from personakit.world.words.vocabulary import AGE_BANDS

__all__ = [
    "AGE_BANDS",
    "FAMILY_NAMES",
    "GENDERS",
    "GIVEN_NAMES",
    "NICKNAMES",
    "REGIONS",
    "given_names_of",
    "household_mailboxes",
    "mailboxes",
    "people",
]

_AGE_FROM, _AGE_TO = np.array([18, 25, 35, 45, 55, 65]), np.array([25, 35, 45, 55, 65, 85])
_THIS_YEAR = 2024
_SHARES_NAME = 6 / 7  # how often a customer has the family name of her household
_SHARED_MAILBOX = 0.35  # share of households with a mailbox for all


def _mail_part(name: str) -> str:
    """A name as it can stand in an e-mail address."""
    plain = unicodedata.normalize("NFKD", name.replace("ł", "l").replace("Ł", "L"))
    return re.sub("[^a-z]", "", plain.encode("ascii", "ignore").decode().lower())


_MAIL_GIVEN, _MAIL_FAMILY = [_mail_part(n) for n in GIVEN_NAMES], [_mail_part(n) for n in FAMILY_NAMES]
_MAIL_NICK = [_mail_part(NICKNAMES.get(n, (n,))[0]) for n in GIVEN_NAMES]
_MAIL_FIRST = [*_MAIL_GIVEN, *_MAIL_NICK, *(n[0] for n in _MAIL_GIVEN)]  # whole, short or initial
_MAIL_LAST = [*_MAIL_FAMILY, *(n[0] for n in _MAIL_FAMILY), "", "family"]
_DOMAINS = tuple(f"@{host}example.{end}" for host in ("", "mail.", "post.", "inbox.") for end in ("com", "org", "net"))
_PATTERNS = ((0, ".", 0), (0, "", 0), (2, ".", 0), (0, "_", 0), (1, ".", 0), (2, "", 0), (0, ".", 1), (1, "", 2))
_FIRST_OF, _LAST_OF = np.array([p[0] for p in _PATTERNS]), np.array([p[2] for p in _PATTERNS])


def mailboxes(key: Key, given: NDArray[np.integer], family: NDArray[np.integer]) -> pa.Array:
    """An e-mail address each, from indices into `GIVEN_NAMES` and `FAMILY_NAMES`, at domains kept free for examples.

    Hardly two people get the same: about one address in 10,000 in a world of a million.
    """
    pattern = choice(key.at(1), [0.3, 0.16, 0.14, 0.1, 0.12, 0.06, 0.06, 0.06])
    last = np.where(_LAST_OF[pattern] == 2, 2 * len(FAMILY_NAMES), _LAST_OF[pattern] * len(FAMILY_NAMES) + family)
    return joined(
        taken(_MAIL_FIRST, _FIRST_OF[pattern] * len(GIVEN_NAMES) + given),
        taken([p[1] for p in _PATTERNS], pattern),
        taken(_MAIL_LAST, last),
        pc.cast(pa.array(1 + integers(key.at(2), 99_999)), pa.string()),
        taken(_DOMAINS, choice(key.at(3), 1 / (np.arange(len(_DOMAINS)) + 2.0))),
    )


def _household_family(seed: int, household_id: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Heritage and family name of a household."""
    home = Key(seed, "people/household").at(household_id)
    heritage = heritages_drawn(home.at(2))
    return heritage, family_names_drawn(home.at(3), heritage)


def household_mailboxes(seed: int, household_id: NDArray[np.int64]) -> tuple[NDArray[np.bool_], pa.Array]:
    """Whether a household has a mailbox for all, and its address.

    The member whose customer id is the household's id uses it as her own address; others give it now and then.
    """
    key = Key(seed, "people/mailbox").at(household_id)
    _, family = _household_family(seed, household_id)
    address = joined(
        taken(_MAIL_FAMILY, family),
        taken(["", ".home", ".family", "s"], choice(key.at(1), [0.5, 0.2, 0.15, 0.15])),
        pc.cast(pa.array(1 + integers(key.at(2), 99_999)), pa.string()),
        taken(_DOMAINS, integers(key.at(3), len(_DOMAINS))),
    )
    return uniform(key.at(0)) < _SHARED_MAILBOX, address


def people(
    seed: int,
    customer_ids: ArrayLike,
    *,
    age_index: ArrayLike,
    gender_index: ArrayLike,
    region_index: ArrayLike,
    household_id: ArrayLike,
) -> dict[str, NDArray[Any]]:
    """Names, addresses and years of birth: a pure function of the seed and each customer's id, household and traits.

    Parameters
    ----------
    seed : int
        The world's `random_state`.
    customer_ids, age_index, gender_index, region_index, household_id : integer arrays, shape (n,)
        The customer; her place in `AGE_BANDS`, `GENDERS` and `REGIONS`; her household. Customers of one household share
        an address (where their region agrees) and, six in seven, a family name.

    Returns
    -------
    dict of arrays, shape (n,)
        `given_name`, `family_name`, `email`, `phone`, `street`, `postcode`, `city` (text) and `birth_year` (integer).

    Examples
    --------
    >>> some = people(7, [1, 2], age_index=[5, 0], gender_index=[0, 1], region_index=[5, 5], household_id=[9, 9])
    >>> bool(some["street"][0] == some["street"][1])
    True
    """
    ids, household = np.asarray(customer_ids, dtype=np.int64), np.asarray(household_id, dtype=np.int64)
    age, gender, region = (np.asarray(x, dtype=np.int64) for x in (age_index, gender_index, region_index))
    at = Key(seed, "people").at(ids)
    shares_name = uniform(at.at(1)) < _SHARES_NAME
    house_heritage, house_family = _household_family(seed, household)
    own_heritage = heritages_drawn(at.at(2))
    heritage = np.where(shares_name, house_heritage, own_heritage)
    family = np.where(shares_name, house_family, family_names_drawn(at.at(3), own_heritage))
    given = given_names_drawn(at.at(5), heritage, gender, age)
    lived = _AGE_FROM[age] + integers(at.at(6), _AGE_TO[age] - _AGE_FROM[age])
    home_address = addresses(Key(seed, "people/address"), household, region)
    has_shared, shared = household_mailboxes(seed, household)
    own = mailboxes(at.at(7), given, family)
    return {
        "given_name": texts(taken(GIVEN_NAMES, given)),
        "family_name": texts(taken(FAMILY_NAMES, family)),
        "email": texts(pc.if_else(pa.array(has_shared & (household == ids) & shares_name), shared, own)),
        "phone": texts(phones(at.at(8), region)),
        **{name: texts(column) for name, column in home_address.items()},
        "birth_year": _THIS_YEAR - lived,
    }
