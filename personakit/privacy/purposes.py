"""What data about people may be used for: the purposes that customers are asked about, and those that you add.

A purpose is a promise, not a label: consent to one says nothing about another (GDPR, article 6(1)(a) and recital 32).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from enum import StrEnum

import pandas as pd

from personakit.errors import ParameterError, UnknownNameError

__all__ = ["Purpose", "columns_needed", "purpose_named", "purposes", "register_purpose"]


class Purpose(StrEnum):
    """The purposes that personakit knows from the start; each is a string.

    >>> Purpose.RECOMMENDATIONS == "recommendations"
    True
    """

    ANALYTICS = "analytics"
    RECOMMENDATIONS = "recommendations"
    MARKETING_EMAIL = "marketing_email"
    MARKETING_SMS = "marketing_sms"
    MARKETING_PUSH = "marketing_push"
    PERSONALISED_PRICING = "personalised_pricing"
    VOICE = "voice"
    IMAGE = "image"


_MEANINGS: dict[str, str] = {
    Purpose.ANALYTICS: "count and compare customers, find segments, test what works",
    Purpose.RECOMMENDATIONS: "choose products and contents for this customer from what she did",
    Purpose.MARKETING_EMAIL: "send her e-mails that advertise",
    Purpose.MARKETING_SMS: "send her text messages that advertise",
    Purpose.MARKETING_PUSH: "send advertising notices to her device",
    Purpose.PERSONALISED_PRICING: "set a price or a discount for her from what is known of her",
    Purpose.VOICE: "analyse recordings of her voice",
    Purpose.IMAGE: "analyse pictures that she took or is seen in",
}

_COLUMNS: dict[str, frozenset[str]] = {}


def purposes() -> pd.Series:
    """Every purpose that can be named, the registered ones included, and what it covers.

    >>> purposes().index[:2].tolist()
    ['analytics', 'recommendations']
    """
    return pd.Series({str(name): meaning for name, meaning in _MEANINGS.items()}, name="meaning").rename_axis("purpose")


def register_purpose(name: str, meaning: str, *, columns: Iterable[str] | None = None) -> str:
    """Add a purpose of your own, for this Python process; the name as it is written in your consents table.

    Parameters
    ----------
    name : str
        Small letters, digits and underscores, beginning with a letter.
    meaning : str
        What the data will be used for, in words that the customer was shown.
    columns : list of str, optional
        The columns that the purpose needs; `gate` then leaves out all others (data minimisation, GDPR, article
        5(1)(c)). By default all pass.

    Raises
    ------
    ParameterError
        Where the name is not of that form, the meaning is empty, or the name stands for something else or for other
        columns already.

    Examples
    --------
    >>> register_purpose("size_advice", "advise on sizes from earlier returns", columns=["sizes", "returned"])
    'size_advice'
    """
    if not isinstance(name, str) or not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise ParameterError(
            f"register_purpose: {name!r} is not a purpose's name. Use small letters, digits and underscores, beginning "
            "with a letter, for example 'size_advice'."
        )
    if not isinstance(meaning, str) or not meaning.strip():
        raise ParameterError(f"register_purpose: {name!r} needs a meaning: say what the data will be used for.")
    if _MEANINGS.get(name, meaning) != meaning:
        raise ParameterError(
            f"register_purpose: {name!r} already means {_MEANINGS[name]!r}. Consent was given to that; take another "
            "name for another use."
        )
    needed = _COLUMNS.get(name) if columns is None else frozenset(map(str, columns))
    if isinstance(columns, str):
        raise ParameterError(f"register_purpose: columns={columns!r} is one text. Pass a list of column names.")
    if name in _MEANINGS and needed != columns_needed(name):
        before = ", ".join(sorted(columns_needed(name) or [])) or "all columns"
        raise ParameterError(
            f"register_purpose: {name!r} already needs {before}. "
            "Consent was given to that; take another name for another use."
        )
    _MEANINGS[name] = meaning
    if needed is not None:
        _COLUMNS[name] = needed
    return name


def columns_needed(name: str) -> frozenset[str] | None:
    """The columns that a purpose was registered with; None where it may use all.

    >>> columns_needed("analytics") is None
    True
    """
    return _COLUMNS.get(purpose_named(name))


def purpose_named(name: str) -> str:
    """The purpose of that name as a plain string, or an error that offers the nearest.

    >>> purpose_named(Purpose.IMAGE)
    'image'
    """
    if isinstance(name, str) and name in _MEANINGS:
        return str(name)
    near = difflib.get_close_matches(str(name).lower().replace(" ", "_").replace("-", "_"), _MEANINGS, n=1)
    guess = f" Did you mean {str(near[0])!r}?" if near else ""
    raise UnknownNameError(
        f"There is no purpose {name!r}.{guess} Purposes are: {', '.join(map(str, _MEANINGS))}. "
        "Add one of your own with personakit.privacy.register_purpose(name, meaning)."
    )
