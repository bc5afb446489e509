"""Dates and times as people write them, read as a whole column or not at all.

Every text is reduced to its shape (2025-12-31 is 9999-99-99); a column in one shape is read, a column in several is a
fault that names the rows of the minority. Day and month are never guessed from the machine's language: the column must
show which comes first, or the caller says so.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from personakit.data.numerals import MISSING
from personakit.errors import ParameterError

__all__ = ["parse_times", "settle_zone", "times_from_numbers"]

Times = NDArray[np.datetime64]
FIRST_YEAR, LAST_YEAR = 1900, 2100
_ISO = re.compile(
    r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?)?\s*(Z|UTC|[+-]\d{2}(?::?\d{2})?)?", re.I
)
_BARE = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?")
_ZONED = re.compile(_BARE.pattern[:-1] + r"(?:Z|[+-]\d{2}:\d{2})")
_IN_UTC = re.compile(_BARE.pattern[:-1] + r"(?:Z|\+00:00)")
_UTC_NOTE = 'times are in UTC; pass timezone= (such as "Europe/London") for the shop\'s own clock'
_SLASHED = re.compile(
    r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})(?:,?\s+(\d{1,2}:\d{2}(?::\d{2})?)\s*([AaPp]\.?[Mm]\.?)?)?"
)
_YEAR_FIRST = re.compile(r"(\d{4})([/.])(\d{1,2})\2(\d{1,2})(?:\s+(\d{1,2}:\d{2}(?::\d{2})?))?")
_COMPACT = re.compile(r"(?:19|20|21)\d{6}(?:T\d{4}(?:\d{2})?(?:Z|[+-]\d{2}:?\d{2})?|\d{6})")
_NAMED = re.compile(r"(?=.*[A-Za-z]{3})[A-Za-z0-9 ,.:/+-]{8,40}")
_UNITS = ((1e8, 1e10, "s"), (1e11, 1e13, "ms"), (1e14, 1e16, "us"), (1e17, 9.2e18, "ns"))
_FORMS = {
    "iso": "year-month-day",
    "year_first": "year/month/day",
    "named": "month names",
    "compact": "yearmonthday and clock",
    "number": "numbers",
}


def parse_times(
    texts: Sequence[str],
    counts: Sequence[int] | NDArray[np.int64],
    *,
    dayfirst: bool | None = None,
    date_format: str | None = None,
    timezone: str | None = None,
) -> tuple[Times, list[str], list[str], str]:
    """Read the different texts of one column as times.

    Parameters
    ----------
    texts, counts : the different values of the column and how many rows have each
    dayfirst : whether 03/04/2025 is the third of April
    date_format : a `strptime` format that all rows follow, in place of all detection
    timezone : the name of the shop's time zone, to which times with an offset are brought

    Returns
    -------
    times : datetime64[us] of shape (n_texts,), without a zone, NaT where missing or not read
    codes : list of str of shape (n_texts,), "" or what is wrong
    notes : what was assumed
    form : how most of the rows are written

    >>> times, codes, notes, form = parse_times(["31/12/2025", "01/02/2025"], [1, 1])
    >>> times.astype("datetime64[D]").tolist()
    [datetime.date(2025, 12, 31), datetime.date(2025, 2, 1)]
    >>> parse_times(["01/02/2025"], [1])[1]
    ['day_or_month']
    """
    clean = [text.strip() for text in texts]
    absent = np.array([text.lower() in MISSING for text in clean], dtype=bool)
    codes = [""] * len(clean)
    if date_format is not None:
        parsed = _strptime(clean, date_format)
        return _finish(parsed, absent, codes, [], f"format {date_format}", timezone, counts)
    if not absent.any() and all(_BARE.fullmatch(text) for text in clean):  # the common case, without a loop
        bare = pd.to_datetime(pd.Series(clean, dtype=object), format="ISO8601", errors="coerce").to_numpy()
        bare = bare.astype("datetime64[us]")
        for at in np.flatnonzero(np.isnat(bare)):
            bare[at] = _far(clean[at])
        return _checked(bare, absent, codes, [], _FORMS["iso"])
    if timezone is not None and not absent.any() and all(_ZONED.fullmatch(text) for text in clean):
        moments = pd.to_datetime(pd.Series(clean, dtype=object), format="ISO8601", errors="coerce", utc=True)
        local = _to_zone(moments.dt, timezone).dt.tz_localize(None).to_numpy().astype("datetime64[us]")
        return _checked(local, absent, codes, [f"brought to the clock of {timezone}"], _FORMS["iso"])
    if timezone is None and not absent.any() and all(_IN_UTC.fullmatch(text) for text in clean):
        moments = pd.to_datetime(pd.Series(clean, dtype=object), format="ISO8601", errors="coerce", utc=True)
        clock = moments.dt.tz_localize(None).to_numpy().astype("datetime64[us]")
        return _checked(clock, absent, codes, [_UTC_NOTE], _FORMS["iso"])
    forms = np.array(["" if gone else _form(text) for text, gone in zip(clean, absent, strict=True)], dtype=object)
    weight: Counter[str] = Counter()
    for form, count in zip(forms, counts, strict=True):
        weight[form] += int(count) if form not in ("", "bad") else 0
    most = weight.most_common(1)[0][0] if weight and weight.most_common(1)[0][1] else ""
    for place, form in enumerate(forms):
        if form == "bad":
            codes[place] = "not_a_date"
        elif form not in ("", most):
            codes[place] = "mixed_dates"
    chosen = np.flatnonzero(forms == most) if most else np.array([], dtype=int)
    values = [clean[at] for at in chosen]
    notes: list[str] = []
    if most.startswith("slashed"):
        parsed, found = _read_slashed(values, [int(counts[at]) for at in chosen], dayfirst, notes)
    elif most == "number":
        numbers = np.array([float(value) for value in values])
        got, found, unit = times_from_numbers(numbers)
        parsed = list(got)
        notes += [f"read as {unit}"] if unit else []
    else:
        parsed, found = _read_named(values, most), [""] * len(values)
    full: list[Any] = [pd.NaT] * len(clean)
    for place, value, code in zip(chosen.tolist(), parsed, found, strict=True):
        full[place], codes[place] = value, code
    return _finish(
        full,
        absent,
        codes,
        notes,
        _FORMS.get(most, most.replace("slashed", "day and month in figures")),
        timezone,
        counts,
    )


def _form(text: str) -> str:
    if _ISO.fullmatch(text):
        return "iso"
    slashed = _SLASHED.fullmatch(text)
    if slashed:
        return f"slashed {slashed.group(2)}"
    if _YEAR_FIRST.fullmatch(text):
        return "year_first"
    if _COMPACT.fullmatch(text):
        return "compact"
    if re.fullmatch(r"\d{5}(\.\d+)?|\d{8}|\d{9,19}(\.\d+)?", text):
        return "number"
    return "named" if _NAMED.fullmatch(text) else "bad"


def _strptime(texts: Sequence[str], form: str) -> list[Any]:
    parsed: list[Any] = []
    for text in texts:
        try:
            parsed.append(pd.to_datetime(text, format=form))
        except (ValueError, OverflowError):
            parsed.append(pd.NaT)
    return parsed


def _read_named(texts: Sequence[str], form: str) -> list[Any]:
    """Texts whose order is beyond doubt: ISO 8601, year first, or the month by name."""
    if form == "iso" and texts:
        tidy = pd.Series(texts, dtype=object).str.replace(",", ".", regex=False)
        zoned = tidy.str.contains(r"(?:Z|UTC|[+-]\d{2}(?::?\d{2})?)$", regex=True, case=False) & (tidy.str.len() > 10)
        if not zoned.any():
            return list(pd.to_datetime(tidy, format="ISO8601", errors="coerce"))
    return [_one(text.replace(",", ".") if form == "iso" else text) for text in texts]


def _one(text: str) -> Any:
    if len(text) == 14 and text.isdigit():
        text = f"{text[:8]}T{text[8:]}"
    try:
        return pd.Timestamp(text)
    except (ValueError, OverflowError):
        far = _far(text)
        return pd.NaT if np.isnat(far) else far


def _far(text: str) -> Any:
    """A day outside pandas 2's three centuries, such as 9999-12-31: absurd here, but it does exist."""
    try:
        return np.datetime64(text.replace(" ", "T"), "us")
    except ValueError:
        return np.datetime64("NaT")


def _read_slashed(
    texts: Sequence[str], counts: Sequence[int], dayfirst: bool | None, notes: list[str]
) -> tuple[list[Any], list[str]]:
    matches = [match for match in map(_SLASHED.fullmatch, texts) if match is not None]
    first = np.array([int(match.group(1)) for match in matches])
    second = np.array([int(match.group(3)) for match in matches])
    weight = np.asarray(counts)
    day_leads, month_leads = weight[first > 12].sum(), weight[second > 12].sum()
    by_point = matches[0].group(2) == "."  # 31.12.2025: no country writes the month first with points
    if dayfirst is None and not day_leads and not month_leads and not by_point:
        return [pd.NaT] * len(matches), ["day_or_month"] * len(matches)
    leads = dayfirst if dayfirst is not None else bool(by_point or day_leads >= month_leads)
    if dayfirst is None:
        notes.append(f"read as {'day/month/year' if leads else 'month/day/year'}")
    parsed: list[Any] = []
    codes: list[str] = []
    for match, a, b in zip(matches, first, second, strict=True):
        day, month = (a, b) if leads else (b, a)
        year = int(match.group(4))
        year += 0 if year > 99 else 2000 if year < 69 else 1900  # POSIX: 69 to 99 are the last century
        clock = f"{match.group(5) or '00:00'}{(match.group(6) or '').replace('.', '')}"
        parsed.append(_one(f"{year:04d}-{month:02d}-{day:02d} {clock}") if month <= 12 else pd.NaT)
        swapped = month > 12 and day <= 12 and dayfirst is None
        codes.append("mixed_dates" if swapped else "")
    return parsed, codes


def times_from_numbers(numbers: NDArray[np.floating[Any]]) -> tuple[Times, list[str], str]:
    """Times from seconds, milli-, micro- or nanoseconds since 1970, or from figures such as 20251231.

    >>> times_from_numbers(np.array([881250949.0]))[0].astype(str).tolist()
    ['1997-12-04T15:55:49.000000']
    """
    times = np.full(len(numbers), np.datetime64("NaT"), dtype="datetime64[us]")
    known = np.isfinite(numbers)
    codes = np.where(known, "not_a_date", "").astype(object)
    middle = float(np.median(numbers[known])) if known.any() else 0.0
    calendar = known & (numbers % 1 == 0) & (numbers >= 19000101) & (numbers < 21010101)
    if 19000101 <= middle < 21010101 and _are_days(numbers[calendar]):
        days = pd.Series(numbers[calendar].astype(np.int64).astype(str), dtype=object)
        times[calendar] = pd.to_datetime(days, format="%Y%m%d", errors="coerce").to_numpy().astype("datetime64[us]")
        codes[calendar] = np.where(np.isnat(times[calendar]), "no_such_day", "")
        return times, list(codes), "figures for year, month and day"
    for low, high, unit in _UNITS:
        if low <= abs(middle) < high:
            inside = known & (np.abs(numbers) < high)
            scale = {"s": 1e6, "ms": 1e3, "us": 1.0, "ns": 1e-3}[unit]
            times[inside] = np.round(numbers[inside] * scale).astype(np.int64).astype("datetime64[us]")
            codes[inside] = ""
            words = {"s": "seconds", "ms": "milliseconds", "us": "microseconds", "ns": "nanoseconds"}
            return times, list(codes), f"{words[unit]} since 1970, UTC"
    codes[known & (numbers > 15000) & (numbers < 80000)] = "day_number"
    return times, list(codes), ""


def _are_days(numbers: NDArray[np.floating[Any]]) -> bool:
    month, day = (numbers // 100) % 100, numbers % 100
    return bool(((month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)).mean() > 0.9) if len(numbers) else False


def _finish(
    parsed: Sequence[Any],
    absent: NDArray[np.bool_],
    codes: list[str],
    notes: list[str],
    form: str,
    timezone: str | None,
    counts: Sequence[int] | NDArray[np.int64],
) -> tuple[Times, list[str], list[str], str]:
    times, zone_codes, zone_notes = settle_zone(parsed, counts, timezone)
    codes = [code or zone for code, zone in zip(codes, zone_codes, strict=True)]
    return _checked(times, absent, codes, notes + zone_notes, form)


def _checked(
    times: Times, absent: NDArray[np.bool_], codes: list[str], notes: list[str], form: str
) -> tuple[Times, list[str], list[str], str]:
    for at in np.flatnonzero(np.isnat(times) & ~absent):
        codes[at] = codes[at] or "no_such_day"
    years = times.astype("datetime64[Y]").astype(np.int64) + 1970
    for at in np.flatnonzero(~np.isnat(times) & ((years < FIRST_YEAR) | (years > LAST_YEAR))):
        codes[at] = codes[at] or "absurd_date"
    return times, codes, notes, form


def settle_zone(
    parsed: Sequence[Any], counts: Sequence[int] | NDArray[np.int64], timezone: str | None
) -> tuple[Times, list[str], list[str]]:
    """Bring times to one clock without a zone: the shop's own where `timezone` names it.

    Without `timezone`, times that all have one offset keep their wall clock; different offsets, or some times with a
    zone and some without, are faults.

    >>> times, codes, notes = settle_zone([pd.Timestamp("2025-07-01T10:00Z")], [1], "Europe/Berlin")
    >>> str(times[0]), notes
    ('2025-07-01T12:00:00.000000', ['brought to the clock of Europe/Berlin'])
    """
    stamps = [None if value is None or value is pd.NaT else value for value in parsed]
    offsets: Counter[Any] = Counter()
    for stamp, count in zip(stamps, counts, strict=True):
        if stamp is not None and not isinstance(stamp, np.datetime64):
            offsets[stamp.utcoffset()] += int(count)
        elif stamp is not None:
            offsets[None] += int(count)
    zoned = {offset for offset in offsets if offset is not None}
    codes, notes = [""] * len(stamps), []
    out = np.full(len(stamps), np.datetime64("NaT"), dtype="datetime64[us]")
    if timezone is not None and zoned:
        notes.append(f"brought to the clock of {timezone}")
    elif len(zoned) == 1 and len(offsets) == 1:
        only = next(iter(zoned))
        notes.append(_UTC_NOTE if not only else f"the offset from UTC ({only}) was dropped, the clock kept")
    for at, stamp in enumerate(stamps):
        if stamp is None:
            continue
        offset = None if isinstance(stamp, np.datetime64) else stamp.utcoffset()
        if timezone is None and zoned and None in offsets and offset is None:
            codes[at] = "some_zones"
        elif timezone is None and len(zoned) > 1 and offset is not None:
            codes[at] = "offsets"
        elif timezone is not None and offset is not None:
            out[at] = _to_zone(stamp, timezone).replace(tzinfo=None).to_datetime64()
        else:
            naive = stamp if offset is None else stamp.replace(tzinfo=None)
            out[at] = naive if isinstance(naive, np.datetime64) else naive.to_datetime64()
    return out, codes, notes


def _to_zone(moments: Any, timezone: str) -> Any:
    try:
        return moments.tz_convert(timezone)
    except (KeyError, ValueError) as unknown:
        raise ParameterError(
            f'timezone={timezone!r} is not the name of a time zone. Pass a name such as "Europe/London" or "UTC".'
        ) from unknown
