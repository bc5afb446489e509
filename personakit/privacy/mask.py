"""Names and addresses as they may be shown on a screen: enough to recognise one's own, too little to use another's.

Masking is for display. It is no anonymisation: who knows the person can still recognise her.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from personakit.data.canonical import CANONICAL
from personakit.privacy.scrub import scrub
from personakit.privacy.scrub_names import KnownNames

__all__ = ["mask_email", "mask_name", "mask_phone", "mask_year", "masked", "names_a_person"]

_DOTS = "•••"  # always three, so that the length is not given away


def _missing(text: object) -> bool:
    return bool(pd.api.types.is_scalar(text) and pd.isna(text))  # type: ignore[call-overload]


def mask_email(email: str | None) -> str | None:
    """An e-mail address with its first letter, and the ending of its domain.

    >>> mask_email("jane.smith@example.com"), mask_email("no address")
    ('j•••@•••.com', '•••')
    """
    if _missing(email):
        return None
    local, at, host = str(email).strip().rpartition("@")
    if not at or not local:
        return _DOTS
    ending = host.rpartition(".")[2] if "." in host else ""
    return f"{local[0]}{_DOTS}@{_DOTS}" + (f".{ending}" if ending else "")


def mask_phone(phone: str | None) -> str | None:
    """A telephone number with its last two digits; numbers of four digits and fewer are hidden altogether.

    >>> mask_phone("07700 900123"), mask_phone("112")
    ('•••23', '•••')
    """
    if _missing(phone):
        return None
    digits = [letter for letter in str(phone) if letter.isdigit()]
    return _DOTS + ("".join(digits[-2:]) if len(digits) > 4 else "")


def mask_name(name: str | None) -> str | None:
    """A name with the first letter of each part.

    >>> mask_name("Mary-Jane O'Brien")
    'M••• O•••'
    """
    if _missing(name):
        return None
    return " ".join(part[0] + _DOTS for part in str(name).split()) or _DOTS


def mask_year(year: object) -> str | None:
    """A year of birth, or a date of birth, as its decade.

    >>> mask_year(1987.0), mask_year("1987-03-02"), mask_year("unknown")
    ('1980s', '1980s', '•••')
    """
    if _missing(year):
        return None
    digits = re.search(r"(?:19|20)\d\d", str(year))
    return f"{digits.group()[:3]}0s" if digits else _DOTS


def _hidden(text: object) -> str | None:
    return None if _missing(text) else _DOTS


def _area(text: object) -> str | None:
    return None if _missing(text) else str(text).strip()[:2] + _DOTS


def _words(text: object) -> str | None:
    return None if _missing(text) else scrub(str(text)).text


# The canonical columns that name or reach a person, and what they are commonly called elsewhere.
_MASKS: Mapping[str, Callable[[Any], str | None]] = {
    name: mask
    for mask, names in (
        (mask_name, "given_name family_name first_name last_name forename surname full_name customer_name middle_name"),
        (mask_email, "email e_mail email_address mail"),
        (mask_phone, "phone telephone mobile phone_number mobile_number tel"),
        (_hidden, "street address address_line address_1 address_2 source_key card_number iban ip_address device_id"),
        (_area, "postcode postal_code zip zip_code"),
        (mask_year, "birth_year year_of_birth date_of_birth birth_date birthday dob"),
        (_words, "text reply"),
    )
    for name in names.split()
}


_NAMES = tuple(name for name, mask in _MASKS.items() if mask is mask_name)
# Ids and words of a fixed list: shown as they are.
_SAFE = frozenset(
    name for table in CANONICAL.values() for name, rule in table.columns.items() if rule.kind in ("id", "category")
)


_IDS = frozenset({"customer_id", "record_id", "person_id", "user_id"})


def names_a_person(column: object) -> bool:
    """Whether a column of this name tells who somebody is, or reaches her: an id, a name, an address, a number.

    Years of birth and free texts are no such columns, though `masked` masks them: they fit many people, or nobody.

    >>> [name for name in ("full_name", "Mobile", "customer_id", "city", "birth_year", 7) if names_a_person(name)]
    ['full_name', 'Mobile', 'customer_id']
    """
    return isinstance(column, str) and (
        _plain(column) in _IDS or _mask_of(column) in (mask_name, mask_email, mask_phone, _hidden, _area)
    )


def masked(frame: pd.DataFrame, *, names: pd.DataFrame | None = None) -> pd.DataFrame:
    """A copy of a table in which the columns that name or reach a person are masked; missing values stay missing.

    Of the canonical tables: given_name, family_name, email, phone, street, postcode, source_key and birth_year. Common
    other names of these columns are known, too, and the index is masked where it has such a name. Every other column
    of texts is scrubbed (see `scrub`), but the canonical ids and categories, which pass as they are, as numbers do.

    Parameters
    ----------
    frame : DataFrame
    names : DataFrame, optional
        Where the names of people stand that are looked for in texts; by default the columns of names in `frame`.

    Examples
    --------
    >>> people = pd.DataFrame({"given_name": ["Ada"], "city": ["York"], "note": ["I am Ada, ada@example.org"]})
    >>> masked(people).iloc[0].tolist()
    ['A•••', 'York', 'I am [name], [email]']
    """
    shown = frame.copy()
    known: KnownNames | None = None
    for at, name in enumerate(frame.columns):
        mask, column = _mask_of(name), frame.iloc[:, at]
        if mask is _words or (mask is None and name not in _SAFE and _is_text(column)):
            known = known or KnownNames(_names_in(frame if names is None else names))
            shown.isetitem(at, _scrubbed(column, known))  # type: ignore[arg-type]
        elif mask is not None:
            shown.isetitem(at, _applied(column, mask))  # type: ignore[arg-type]
    if (mask := _mask_of(frame.index.name)) is not None:
        shown.index = pd.Index(_applied(frame.index.to_series(), mask), name=frame.index.name)
    return shown


def _is_text(column: pd.Series) -> bool:
    values = column.cat.categories if isinstance(column.dtype, pd.CategoricalDtype) else column
    return values.dtype.kind not in "biufcmM"  # what Arrow holds has the kind of its NumPy equivalent, texts included


def _names_in(frame: pd.DataFrame) -> list[str]:
    """The names of people in a table, those of one row beside each other."""
    places = [at for at, name in enumerate(frame.columns) if _plain(name) in _NAMES]
    if not places:
        return []
    rows = frame.iloc[:, places].astype(object).drop_duplicates()
    return [" ".join(part for part in row if isinstance(part, str)) for row in rows.itertuples(index=False, name=None)]


def _scrubbed(column: pd.Series, known: KnownNames) -> pd.Series:
    values = [
        scrub(value, names=known).text if isinstance(value, str) else None if _missing(value) else value
        for value in column.astype(object)
    ]
    return pd.Series(values, index=column.index, name=column.name, dtype=object)


def _plain(name: object) -> str:
    return re.sub(r"[\s\-.]+", "_", str(name).strip().lower())


def _mask_of(name: object) -> Callable[[Any], str | None] | None:
    return _MASKS.get(_plain(name)) if isinstance(name, str) else None


def _applied(column: pd.Series, mask: Callable[[Any], str | None]) -> pd.Series:
    values = [mask(value) for value in column.astype(object)]
    return pd.Series(values, index=column.index, name=column.name, dtype=object)
