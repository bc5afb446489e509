"""The same people as five systems know them: own keys, gaps, nicknames, slips, old addresses and shared mailboxes.

Who is who is in the links, which no method may see. How records go wrong follows what is known of duplicate records
in administrative data (Christen 2012, "Data Matching", ch. 2): spelling by ear where clerks listen, slips where people
type.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import ArrayLike, NDArray

from personakit.world.misspelling import by_ear, rewritten, slipped, unaccented
from personakit.world.names import FAMILY_NAMES, GIVEN_NAMES, NICKNAMES, household_mailboxes, mailboxes
from personakit.world.places import CITIES, REGIONS, addresses, joined, taken, texts
from personakit.world.random import Key, choice, gumbel, integers, uniform

__all__ = ["SYSTEMS", "record_ids", "source_records"]

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Texts = NDArray[np.object_]

SYSTEMS: tuple[str, ...] = ("shop_account", "app_device", "newsletter", "loyalty_card", "call_centre")
_HOW_MANY = (0.29, 0.36, 0.22, 0.10, 0.03)  # 1 to 5 records; mean 2.22
_TYPICAL_SHARES = (0.45, 0.25, 0.07, 0.1, 0.1, 0.03)
# Pull of each system: a constant, and what the share of visits by web, app, e-mail, social, store and call centre adds.
_PULL = np.array([
    [0.60, 2.0, 0.3, 0.5, 1.5, 0.0, 0.0],
    [0.10, 0.0, 2.5, 0.0, 0.4, 0.0, 0.0],
    [0.30, 0.2, 0.1, 3.0, 0.2, 0.2, 0.0],
    [0.20, 0.0, 0.0, 0.0, 0.0, 3.5, 0.5],
    [0.12, 0.0, 0.0, 0.0, 0.0, 0.3, 5.0],
])  # fmt: skip


class _Habits(NamedTuple):
    """How often a field is filled in, and how often it goes wrong, in one system."""

    given: float
    family: float
    email: float
    phone: float
    address: float
    birth_year: float
    nickname: float
    slip: float  # per name field
    ear: float  # per name field
    second_email: float  # gives another address than her first, of those who have two
    shouting: float  # written in capitals
    lower: float  # written without capitals


_HABITS = np.array([
    _Habits(0.99, 0.99, 1.00, 0.62, 0.88, 0.40, 0.06, 0.020, 0.000, 0.15, 0.01, 0.04),
    _Habits(0.70, 0.45, 0.78, 0.35, 0.00, 0.20, 0.30, 0.050, 0.000, 0.35, 0.00, 0.30),
    _Habits(0.75, 0.50, 1.00, 0.00, 0.00, 0.00, 0.15, 0.030, 0.000, 0.45, 0.01, 0.15),
    _Habits(0.98, 0.98, 0.55, 0.58, 0.92, 0.82, 0.05, 0.025, 0.030, 0.25, 0.30, 0.00),
    _Habits(0.95, 0.96, 0.38, 0.97, 0.62, 0.10, 0.08, 0.020, 0.130, 0.25, 0.05, 0.02),
])  # fmt: skip
_MOVED = 0.14  # share of households that moved within the history
_MOVED_AWAY = 0.3  # of those, to another region
_TWO_MAILBOXES = 0.3
_USES_SHARED = 0.35  # how often the mailbox of the household is given, where there is one

_REGION_OF_CITY = {city: at for at, region in enumerate(REGIONS) for city, _ in CITIES[region]}
_FIELDS = ("given_name", "family_name", "email", "phone", "street", "postcode", "city")
_HALF, _MASK = np.uint64(18), np.uint64((1 << 18) - 1)


def record_ids(seed: int, customer_ids: ArrayLike, system: ArrayLike) -> Ints:
    """Unique ids below 2**36 that do not give the person away: a four-round Feistel cipher of customer and system.

    Luby and Rackoff (1988), "How to construct pseudorandom permutations". Customer ids must be below 2**33.

    >>> ids = record_ids(7, np.arange(1, 10_001)[:, None], np.arange(5)).ravel()
    >>> len(set(ids.tolist()))
    50000
    """
    number = (np.asarray(customer_ids, dtype=np.int64) * 8 + np.asarray(system)).astype(np.uint64)
    left, right = number >> _HALF, number & _MASK
    for k in range(4):
        left, right = right, left ^ (Key(seed, "record").at(k, right.astype(np.int64)).state & _MASK)
    return ((left << _HALF) | right).astype(np.int64)


def source_records(
    seed: int,
    customer_ids: ArrayLike,
    person: Mapping[str, NDArray[Any]],
    *,
    signed_up_day: ArrayLike,
    household_id: ArrayLike,
    n_days: int,
    channel_shares: ArrayLike | None = None,
    start: np.datetime64 | str = "2024-07-01",
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The `identities` table of a block of customers, and the truth about it.

    Parameters
    ----------
    seed : int
        The world's `random_state`.
    customer_ids, household_id : integer arrays, shape (n,)
    person : mapping of arrays, shape (n,)
        What `personakit.world.names.people` gives.
    signed_up_day : array, shape (n,)
        Days from `start`: when the first record was made. Further records follow before `n_days`.
    n_days : int
        Length of the history.
    channel_shares : array, shape (n, 6), optional
        Shares of visits over web, app, e-mail, social, store and call centre; they decide which systems know a person.
    start : datetime64 or str
        Day 0.

    Returns
    -------
    identities : DataFrame
        One row a record, 1 to 5 a person: record_id, system, source_key, recorded_at, given_name, family_name, email,
        phone, street, postcode, city, birth_year. Rows come by customer: sort by record_id before you show them.
    links : DataFrame
        record_id, customer_id, household_id, in the same order.
    """
    ids, household = np.asarray(customer_ids, dtype=np.int64), np.asarray(household_id, dtype=np.int64)
    shares = np.broadcast_to(_TYPICAL_SHARES if channel_shares is None else np.asarray(channel_shares), (len(ids), 6))
    row, system, rank = _who_knows_whom(seed, ids, shares)
    at = Key(seed, "record/fields").at(ids[row], system)
    signed = np.asarray(signed_up_day, dtype=float)[row]
    later = np.maximum(n_days - signed, 0.0) * uniform(at.at(0)) ** 1.6
    day = np.where(rank == 0, signed, signed + later)

    columns = _as_given(
        seed, ids[row], household[row], {name: person[name][row] for name in _FIELDS}, at, system, day, n_days
    )
    given, family, address = (_filled(at, k, system, name) for k, name in enumerate(("given", "family", "address")))
    for name, kept in (("given_name", given), ("family_name", family), ("street", address), ("postcode", address),
                       ("city", address), ("email", _filled(at, 3, system, "email")),
                       ("phone", _filled(at, 4, system, "phone"))):  # fmt: skip
        columns[name][~kept] = None
    # A caller is found by her postcode even when the clerk leaves the street out.
    columns["street"][(system == 4) & (uniform(at.at(5)) < 0.4)] = None
    born = np.where(_filled(at, 6, system, "birth_year"), person["birth_year"][row].astype(float), np.nan)
    born = born + np.where(uniform(at.at(7)) < 0.02, np.where(uniform(at.at(8)) < 0.5, 10.0, -1.0), 0.0)

    number = record_ids(seed, ids[row], system)
    seconds = np.floor(day * 86_400).astype("timedelta64[s]")
    moments = (np.datetime64(start).astype("datetime64[s]") + seconds).astype("datetime64[us]")
    identities = pd.DataFrame(
        {
            "record_id": number,
            "system": np.array(SYSTEMS, dtype=object)[system],
            "source_key": _source_keys(seed, number, system, moments),
            "recorded_at": moments,
            # By way of Arrow, a column is text even in a block in which nobody has a value.
            **{name: pa.array(column, pa.string()).to_pandas() for name, column in columns.items()},
            "birth_year": born,
        }
    )
    return identities, pd.DataFrame({"record_id": number, "customer_id": ids[row], "household_id": household[row]})


def _who_knows_whom(seed: int, ids: Ints, shares: NDArray[np.float64]) -> tuple[Ints, Ints, Ints]:
    """Customer row and system of each record, by customer, and its place in the order in which they were made."""
    pull = np.log(_PULL[:, 0] + shares @ _PULL[:, 1:].T)
    score = pull + gumbel(Key(seed, "record/system").at(ids[:, None], np.arange(len(SYSTEMS))))
    rank = np.argsort(np.argsort(-score, axis=1, kind="stable"), axis=1, kind="stable")
    many = 1 + choice(Key(seed, "record/many").at(ids), _HOW_MANY)
    row, system = np.nonzero(rank < many[:, None])
    return row, system, rank[row, system]


def _filled(at: Key, k: int, system: Ints, field: str) -> Bools:
    return uniform(at.at(100 + k)) < _habit(system, field)


def _habit(system: Ints, field: str) -> NDArray[np.float64]:
    return _HABITS[:, _Habits._fields.index(field)][system]


def _as_given(
    seed: int, ids: Ints, household: Ints, person: dict[str, Texts], at: Key, system: Ints, day: Any, n_days: int
) -> dict[str, Texts]:
    """The text fields of each record as they were written down, before gaps."""
    given_at, family_at = _index(person["given_name"], GIVEN_NAMES), _index(person["family_name"], FAMILY_NAMES)
    given, family = person["given_name"].copy(), person["family_name"].copy()
    own = Key(seed, "record/person").at(ids)
    short = np.array([NICKNAMES.get(name, (name,))[0] for name in GIVEN_NAMES], dtype=object)
    other = np.array([NICKNAMES.get(name, (name,))[-1] for name in GIVEN_NAMES], dtype=object)
    nickname = np.where(uniform(own.at(1)) < 0.7, short[given_at], other[given_at])
    given = np.where(uniform(at.at(10)) < _habit(system, "nickname"), nickname, given)

    second = texts(mailboxes(own.at(2), given_at, family_at))
    has_two = uniform(own.at(3)) < _TWO_MAILBOXES
    email = np.where(has_two & (uniform(at.at(11)) < _habit(system, "second_email")), second, person["email"])
    shared, address = household_mailboxes(seed, household)
    email = np.where(shared & (household != ids) & (uniform(at.at(12)) < _USES_SHARED), texts(address), email)

    columns = {
        "given_name": given,
        "family_name": family,
        "email": email,
        "phone": _dialled(person["phone"], at.at(13)),
    }
    columns.update(_address_then(seed, household, person, day, n_days))
    luck = [integers(at.at(20 + k), 1 << 30) for k in range(5)]
    for k, name in enumerate(("given_name", "family_name")):
        rewritten(columns[name], uniform(at.at(30 + k)) < _habit(system, "ear"), luck[k], by_ear)
        rewritten(columns[name], uniform(at.at(32 + k)) < _habit(system, "slip"), luck[k], slipped)
    rewritten(columns["email"], uniform(at.at(34)) < 0.6 * _habit(system, "slip"), luck[2], _mail_slipped)
    rewritten(columns["street"], uniform(at.at(35)) < 0.04, luck[3], slipped)
    rewritten(columns["street"], uniform(at.at(36)) < 0.25, luck[3], _shortened)
    rewritten(columns["postcode"], uniform(at.at(37)) < 0.12, luck[4], lambda text, _: text.replace(" ", ""))
    rewritten(columns["postcode"], uniform(at.at(38)) < 0.015, luck[4], slipped)
    plain = uniform(at.at(39)) < np.where(system == 0, 0.3, 0.75)
    special = np.isin(given_at, _SPECIAL_GIVEN), np.isin(family_at, _SPECIAL_FAMILY)
    for k, name in enumerate(("given_name", "family_name")):
        rewritten(columns[name], plain & special[k], luck[k], unaccented)
    case = uniform(at.at(40))
    shouts, whispers = case < _habit(system, "shouting"), case > 1 - _habit(system, "lower")
    for name in ("given_name", "family_name", "street", "city"):
        rewritten(columns[name], shouts, luck[0], lambda text, _: text.upper())
        rewritten(columns[name], whispers, luck[0], lambda text, _: text.lower())
    rewritten(columns["email"], uniform(at.at(41)) < 0.04, luck[2], lambda text, _: text[:1].upper() + text[1:])
    for k, name in enumerate(("given_name", "family_name")):
        rewritten(
            columns[name],
            uniform(at.at(42 + k)) < 0.015,
            luck[k],
            lambda text, chance: (text + " ", " " + text)[chance % 2],
        )
    return columns


def _index(column: Texts, vocabulary: tuple[str, ...]) -> Ints:
    return pc.fill_null(pc.index_in(pa.array(column, pa.string()), pa.array(vocabulary)), 0).to_numpy().astype(np.int64)


_SPECIAL_GIVEN = [at for at, name in enumerate(GIVEN_NAMES) if unaccented(name) != name]
_SPECIAL_FAMILY = [at for at, name in enumerate(FAMILY_NAMES) if unaccented(name) != name]


def _address_then(seed: int, household: Ints, person: dict[str, Texts], day: Any, n_days: int) -> dict[str, Texts]:
    """The address at which the household lived on that day."""
    home = Key(seed, "record/home").at(household)
    before = (uniform(home.at(1)) < _MOVED) & (day < n_days * uniform(home.at(2)))
    now = {name: person[name].copy() for name in ("street", "postcode", "city")}
    if before.any():
        cities = tuple(_REGION_OF_CITY)
        region = np.array(list(_REGION_OF_CITY.values()))[_index(person["city"][before], cities)]
        away = uniform(home.at(3))[before] < _MOVED_AWAY
        region = np.where(away, integers(home.at(4), len(REGIONS))[before], region)
        for name, column in addresses(Key(seed, "record/former"), household[before], region).items():
            now[name][before] = texts(column)
    return now


def _dialled(phone: Texts, key: Key) -> Texts:
    """A telephone number in one of the ways in which people write it."""
    number = pa.array(phone, pa.string())
    bare = pc.replace_substring(number, " ", "")
    style = choice(key, [0.5, 0.3, 0.14, 0.06])
    abroad = joined("+44 ", pc.utf8_slice_codeunits(number, 1))
    dashed = pc.replace_substring(number, " ", "-")
    return texts(pc.choose(pa.array(style), number, bare, abroad, dashed)).copy()


def _mail_slipped(text: str, luck: int) -> str:
    name, _, host = text.partition("@")
    return f"{slipped(name, luck)}@{host}"


_SHORT = (("Road", "Rd"), ("Street", "St"), ("Avenue", "Ave"), ("Close", "Cl"), ("Lane", "Ln"), ("Drive", "Dr"),
          ("Crescent", "Cres"), ("Gardens", "Gdns"), ("Terrace", "Terr"), ("Place", "Pl"), ("Court", "Ct"))  # fmt: skip


def _shortened(text: str, luck: int) -> str:
    for long, short in _SHORT:
        if text.endswith(long):
            return text[: -len(long)] + short
    return text


def _source_keys(seed: int, number: Ints, system: Ints, moments: NDArray[np.datetime64]) -> Texts:
    """Keys as each system makes them: account and newsletter numbers, device hashes, card numbers, dated call files."""
    digits = pc.utf8_lpad(pc.cast(pa.array(number), pa.string()), 11, "0")
    hexed = [f"{value:04x}" for value in range(1 << 16)]
    key = Key(seed, "record/device").at(number)
    device = joined(*(taken(hexed, integers(key.at(k), 1 << 16)) for k in range(4)), between="-")
    year = pc.cast(pa.array(moments.astype("datetime64[Y]").astype(np.int64) + 1970), pa.string())
    return texts(
        pc.choose(
            pa.array(system),
            joined("SA-", digits),
            device,
            joined("NL", digits),
            joined("63384", digits),
            joined("CC-", year, "-", digits),
        )
    )
