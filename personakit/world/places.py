"""Where the people of Larkspur live: regions, cities, streets, and postcodes and telephone numbers that nobody has.

Every postcode has an inward part with a letter that Royal Mail never uses there (C, I, K, M, O or V), and every
telephone number lies in the ranges that Ofcom keeps free for drama: no address and no number can be anybody's.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from personakit.world.random import Key, integers, uniform

__all__ = ["CITIES", "REGIONS", "STREETS", "addresses", "joined", "phones", "taken", "texts"]

REGIONS: tuple[str, ...] = (
    "north_east",
    "north_west",
    "yorkshire",
    "midlands",
    "east",
    "london",
    "south_east",
    "south_west",
    "wales",
    "scotland",
)

# Six cities a region with their postcode areas; the first are larger (see _CITY_WEIGHTS).
CITIES: Mapping[str, tuple[tuple[str, str], ...]] = {
    region: tuple((city, area) for city, area in (entry.split() for entry in cities.split(", ")))
    for region, cities in {
        "north_east": "Newcastle NE, Sunderland SR, Durham DH, Darlington DL, Hartlepool TS, Hexham NE",
        "north_west": "Manchester M, Liverpool L, Preston PR, Bolton BL, Stockport SK, Lancaster LA",
        "yorkshire": "Leeds LS, Sheffield S, Bradford BD, Hull HU, York YO, Harrogate HG",
        "midlands": "Birmingham B, Nottingham NG, Leicester LE, Coventry CV, Derby DE, Worcester WR",
        "east": "Norwich NR, Cambridge CB, Ipswich IP, Luton LU, Colchester CO, Peterborough PE",
        "london": "London SE, London N, London SW, London E, Croydon CR, Harrow HA",
        "south_east": "Brighton BN, Southampton SO, Reading RG, Oxford OX, Maidstone ME, Guildford GU",
        "south_west": "Bristol BS, Plymouth PL, Exeter EX, Bath BA, Taunton TA, Truro TR",
        "wales": "Cardiff CF, Swansea SA, Newport NP, Wrexham LL, Llandudno LL, Brecon LD",
        "scotland": "Glasgow G, Edinburgh EH, Aberdeen AB, Dundee DD, Inverness IV, Stirling FK",
    }.items()
}
_CITY_WEIGHTS = (0.34, 0.22, 0.16, 0.12, 0.09, 0.07)


def _words(text: str) -> list[str]:
    return text.split()


_STREET_NAMES = _words(
    """Abbey Albert Alma Ash Ashfield Avon Back Baker Bank Barn Beacon Beech Bell Birch Bishop Bramble
Bridge Broad Brook Brunswick Burnside Cambridge Carlton Castle Cavendish Cedar Chapel Chestnut Church Clarence Cliff
College Coronation Cross Crown Dale Dean Derwent Devonshire Douglas Elm Fairfield Farm Fern Field Forest Garden
George Glebe Gordon Grange Granville Green Greenway Grove Hall Hamilton Harbour Hawthorn Heath Heather Hazel High
Highfield Hill Hillside Holly Howard Ivy Jubilee Kent King Kingsway Laburnum Lancaster Larch Laurel Lime Linden Lodge
Lower Manor Maple Market Mayfield Meadow Mill Milton Moor Nelson New North Northfield Oak Oakfield Orchard Oxford
Park Parkside Poplar Priory Queen Railway Ridge River Rose Rowan Royal Russell School Silver South Spring Springfield
Stanley Station Stone Sycamore Tudor Union Upper Valley Victoria Vicarage Walnut Water Waterloo Wellington West
Westfield Willow Windmill Windsor Woodland Wood York"""
)
_STREET_KINDS = (
    "Road",
    "Street",
    "Avenue",
    "Close",
    "Lane",
    "Drive",
    "Way",
    "Crescent",
    "Gardens",
    "Terrace",
    "Place",
    "Court",
)
STREETS: tuple[str, ...] = tuple(f"{name} {kind}" for name in _STREET_NAMES for kind in _STREET_KINDS)

_INWARD = "CIKMOV"  # never used there by Royal Mail: no such postcode exists
_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"
_INWARDS = tuple(f"{digit}{first}{second}" for digit in range(1, 10) for first in _INWARD for second in _LETTERS)

# Ofcom, "Telephone numbers for use in TV and radio drama programmes": a prefix and how many digits may follow it.
_MOBILE, _NOWHERE = "07700 900", "01632 960"
_LANDLINES: Mapping[str, str] = {
    "north_east": "0191 498 0",
    "north_west": "0161 496 0",
    "yorkshire": "0113 496 0",
    "midlands": "0121 496 0",
    "east": _NOWHERE,
    "london": "020 7946 0",
    "south_east": _NOWHERE,
    "south_west": "0117 496 0",
    "wales": "029 2018 0",
    "scotland": "0131 496 0",
}

_CITY_OF = tuple(city for region in REGIONS for city, _ in CITIES[region])
_AREA_OF = tuple(area for region in REGIONS for _, area in CITIES[region])
_CITY_STEPS = np.cumsum(_CITY_WEIGHTS)


def taken(table: tuple[str, ...] | list[str], index: NDArray[np.integer]) -> pa.Array:
    """Entries of a vocabulary by index, as an Arrow array of the index's length."""
    return pa.array(table, pa.string()).take(pa.array(index))


def joined(*parts: pa.Array | str, between: str = "") -> pa.Array:
    """The parts of each row put together to one text."""
    return pc.binary_join_element_wise(*parts, between)


def texts(column: pa.Array) -> NDArray[np.object_]:
    """An Arrow column of text as a NumPy array of Python strings."""
    return column.to_numpy(zero_copy_only=False)


def addresses(key: Key, household_id: NDArray[np.integer], region_index: NDArray[np.integer]) -> dict[str, pa.Array]:
    """Street with number, postcode and city of each household: one address for all who share an id and a region.

    Parameters
    ----------
    key : Key
        A key for one set of addresses; another key gives each household another address.
    household_id, region_index : integer arrays, shape (n,)
        The household, and its place in `REGIONS`.

    Returns
    -------
    dict of Arrow text arrays
        `street`, `postcode`, `city`.
    """
    at = key.at(household_id)
    city = region_index * len(_CITY_WEIGHTS) + np.searchsorted(_CITY_STEPS, uniform(at.at(1)) * _CITY_STEPS[-1]).clip(
        max=5
    )
    # squared: low house numbers are commoner, as short streets are
    number = 1 + np.floor(180 * uniform(at.at(2)) ** 2).astype(np.int64)
    street = joined(
        pc.cast(pa.array(number), pa.string()), taken(STREETS, integers(at.at(3), len(STREETS))), between=" "
    )
    district = pc.cast(pa.array(1 + integers(at.at(4), 19)), pa.string())
    inward = taken(_INWARDS, integers(at.at(5), len(_INWARDS)))
    return {
        "street": street,
        "postcode": joined(taken(_AREA_OF, city), district, " ", inward),
        "city": taken(_CITY_OF, city),
    }


def phones(key: Key, region_index: NDArray[np.integer]) -> pa.Array:
    """A telephone number each from Ofcom's ranges for drama: six in ten mobile, the others by region.

    There are only 1,000 numbers to a range, so different people do share numbers here.
    """
    mobile = uniform(key.at(1)) < 0.6
    prefixes = [_MOBILE, *(_LANDLINES[region] for region in REGIONS)]
    prefix = taken(prefixes, np.where(mobile, 0, region_index + 1))
    number = pc.utf8_lpad(pc.cast(pa.array(integers(key.at(2), 1000)), pa.string()), 3, "0")
    return joined(prefix, number)
