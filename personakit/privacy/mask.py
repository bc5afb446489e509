"""Names and addresses as they may be shown on a screen: enough to recognise one's own, too little to use another's.

Masking is for display. It is no anonymisation: who knows the person can still recognise her.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd

__all__ = ["mask_email", "mask_name", "mask_phone", "masked"]

_DOTS = "•••"  # always three, so that the length is not given away


def _missing(text: object) -> bool:
    return text is None or text is pd.NA or (isinstance(text, float) and text != text)


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


_MASKS: Mapping[str, Callable[[str | None], str | None]] = {
    "given_name": mask_name,
    "family_name": mask_name,
    "email": mask_email,
    "phone": mask_phone,
    "street": lambda text: None if _missing(text) else _DOTS,
    "postcode": lambda text: None if _missing(text) else str(text).split(" ")[0][:2] + _DOTS,
}


def masked(frame: pd.DataFrame) -> pd.DataFrame:
    """A copy of a table in which the columns that name or reach a person are masked; missing values stay missing.

    given_name, family_name, email, phone, street and postcode are masked; other columns pass as they are.

    >>> masked(pd.DataFrame({"given_name": ["Ada"], "city": ["York"]})).iloc[0].tolist()
    ['A•••', 'York']
    """
    shown = {name: frame[name].astype(object).map(mask) for name, mask in _MASKS.items() if name in frame.columns}
    return frame.assign(**shown)
