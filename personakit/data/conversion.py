"""One column at a time, from whatever it came as to the kind that the canonical table says.

Only different values are looked at: a column of a million rows with a thousand different texts is a thousand readings.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from personakit.data.canonical import EVENTS, Column
from personakit.data.numerals import MISSING, parse_numbers
from personakit.data.problems import Findings
from personakit.data.times import parse_times, settle_zone, times_from_numbers

__all__ = ["Reading", "convert_column", "is_text", "plain_text"]

EXACT = 2.0**53
_WHOLE = re.compile(r"0|-?[1-9]\d{0,17}")
_FLOATED = re.compile(r"(0|-?[1-9]\d*)\.0+")
_SHORTENED = re.compile(r"\d(?:[.,]\d+)?E\+\d+")  # Excel: digits beyond those shown are lost
_POWER = re.compile(r"\d(?:\.\d+)?e\+\d+")  # R writes 1e+06 for 1000000, and only where that is exact
_NO_ID = frozenset({"", "nan", "null", "none", "<na>", "#n/a", "nat"})
_TRUE = frozenset({"true", "t", "yes", "y", "1", "1.0"})
_FALSE = frozenset({"false", "f", "no", "n", "0", "0.0"})
_EVENT_WORDS = {
    "view": ("click", "clicked", "viewed", "pageview", "page_view", "view_item", "detail", "detail_view", "visit"),
    "basket": ("cart", "addtocart", "add_to_cart", "add-to-cart", "add to cart", "addtobasket", "add_to_basket"),
    "purchase": ("buy", "bought", "order", "ordered", "purchased", "transaction", "sale", "checkout", "conversion"),
    "return": ("returned", "refund", "refunded"),
}
_EVENT_OF = {word: event for event in EVENTS for word in (event, *_EVENT_WORDS[event])}


@dataclass(frozen=True)
class Reading:
    """How values are to be read where they can be read in more than one way; None lets the column decide."""

    decimal: str | None = None
    dayfirst: bool | None = None
    date_format: str | None = None
    timezone: str | None = None


def is_text(series: pd.Series[Any]) -> bool:
    """Whether a column holds texts, or objects that may be texts."""
    return series.dtype == object or isinstance(series.dtype, (pd.StringDtype, pd.CategoricalDtype))


def plain_text(series: pd.Series[Any]) -> pd.Series[Any]:
    """Texts in pandas' own default for them (`str` in pandas 3, `object` in pandas 2), missing ones missing."""
    if isinstance(series.dtype, pd.CategoricalDtype):
        categories = series.cat.categories
        if all(isinstance(value, str) for value in categories):
            return series
    if isinstance(series.dtype, pd.StringDtype) and series.dtype == pd.Series(["x"]).dtype:
        return series
    there = series.notna().to_numpy()
    values = series.astype(object).to_numpy(copy=True)
    values[there] = [value if isinstance(value, str) else str(value) for value in values[there]]
    values[~there] = None
    return pd.Series(values, index=series.index, dtype=object).infer_objects()


def convert_column(
    series: pd.Series[Any], column: Column, reading: Reading, findings: Findings, *, table: str, name: str
) -> pd.Series[Any]:
    """The column in its canonical kind; what cannot be read becomes missing and is told to `findings`.

    Rows are named by the index of `series`. Ids become int64 where all of them are whole numbers (Int64 where some
    are missing), else text; times become datetime64[us] without a zone; numbers float64; counts int64 or Int64; flags
    bool or boolean; categories and texts pandas' default for texts.

    >>> found = Findings()
    >>> convert_column(pd.Series([12.0, 7.0]), Column("id", "x"), Reading(), found, table="t", name="id").tolist()
    [12, 7]
    >>> found.report()["note"].tolist()
    ['whole numbers restored from floating-point numbers']
    """
    if isinstance(series.dtype, pd.ArrowDtype):
        series = series.convert_dtypes(dtype_backend="numpy_nullable")
    work = _Work(series, column, reading, findings, table, name)
    return _CONVERTERS[column.kind](work)


@dataclass
class _Work:
    series: pd.Series[Any]
    column: Column
    reading: Reading
    findings: Findings
    table: str
    name: str

    def note(self, count: int, text: str) -> None:
        self.findings.note(self.table, self.name, int(count), text)

    def reject(self, where: NDArray[np.bool_], code: str, *, advice: str = "", detail: str = "") -> None:
        if where.any():
            rows, values = self.series.index[where].tolist(), self.series[where].tolist()
            self.findings.reject(self.table, self.name, code, rows=rows, values=values, advice=advice, detail=detail)

    def different(self) -> tuple[NDArray[np.intp], list[Any], NDArray[np.int64]]:
        """Codes (-1 where missing), the different values, and how many rows have each."""
        column = self.series.astype(object)
        try:
            codes, values = pd.factorize(column, use_na_sentinel=True)
        except TypeError:  # lists and dicts have no hash
            codes, values = pd.factorize(column.map(str, na_action="ignore").astype(object), use_na_sentinel=True)
        return codes, list(values), np.bincount(codes[codes >= 0], minlength=len(values))

    def reject_codes(self, codes: NDArray[np.intp], words: list[str], **more: Any) -> None:
        for code in dict.fromkeys(word for word in words if word):
            bad = np.array([word == code for word in words] + [False], dtype=bool)
            self.reject(bad[codes], code, **more.get(code, {}))


def _spread(values: NDArray[Any], codes: NDArray[np.intp], missing: Any) -> NDArray[Any]:
    out = np.append(values, np.array([missing], dtype=values.dtype))
    return out[codes]


def _numbers(work: _Work) -> pd.Series[Any]:
    series = work.series
    if is_text(series):
        codes, values, counts = work.different()
        whole = work.column.kind == "count"
        texts = [value if isinstance(value, str) else _written(value) for value in values]
        read, words, decimal = parse_numbers(texts, counts, decimal=work.reading.decimal, whole=whole)
        work.reject_codes(codes, words)
        if decimal == "," and work.reading.decimal is None:
            work.note(len(series), "decimal comma")
        series = pd.Series(_spread(read, codes, np.nan), index=series.index)
    elif not pd.api.types.is_numeric_dtype(series.dtype) or series.dtype.kind == "c":
        work.reject(series.notna().to_numpy(), "not_a_number")
        series = pd.Series(np.nan, index=series.index)
    numbers = series.astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan)
    infinite = np.isinf(numbers)
    work.reject(infinite, "infinite")
    return pd.Series(np.where(infinite, np.nan, numbers), index=series.index)


def _written(value: Any) -> str:
    """A number that came as an object, as text that reads the same."""
    return f"{float(value):.17g}" if isinstance(value, (float, np.floating)) else str(value)


def _counts(work: _Work) -> pd.Series[Any]:
    numbers = _numbers(work)
    broken = (numbers.notna() & (numbers % 1 != 0)).to_numpy()
    work.reject(broken, "not_whole")
    return _whole(numbers.mask(broken))


def _whole(numbers: pd.Series[Any]) -> pd.Series[Any]:
    return numbers.astype("Int64") if numbers.isna().any() else numbers.astype("int64")


def _ids(work: _Work) -> pd.Series[Any]:
    series = work.series
    if pd.api.types.is_integer_dtype(series.dtype):
        return series if isinstance(series.dtype, np.dtype) and series.dtype.kind == "i" else _whole(series)
    if pd.api.types.is_float_dtype(series.dtype):
        numbers = series.astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan)
        return _restored(work, numbers)
    if not is_text(series):
        return plain_text(series)
    codes, values, _ = work.different()
    if values and all(isinstance(value, (int, np.integer)) for value in values):
        return _whole(series.astype("Int64"))
    if values and all(isinstance(value, (int, float, np.number)) for value in values):
        return _restored(work, series.astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan))
    texts = [value.strip() if isinstance(value, str) else str(value) for value in values]
    texts = [str(int(float(text))) if _POWER.fullmatch(text) and float(text) < EXACT else text for text in texts]
    stripped = np.array(
        [
            isinstance(value, str) and text != value and text == value.strip()
            for text, value in zip(texts, values, strict=True)
        ]
        + [False]
    )
    if stripped.any():
        work.note(stripped[codes].sum(), "spaces around ids removed")
    there = [text for text in texts if text.lower() not in _NO_ID]
    if there and all(_WHOLE.fullmatch(t) or _FLOATED.fullmatch(t) or _SHORTENED.fullmatch(t) for t in there):
        floated = np.array([bool(_FLOATED.fullmatch(text)) for text in texts] + [False])
        shortened = [("shortened_id" if _SHORTENED.fullmatch(text) else "") for text in texts]
        work.reject_codes(codes, shortened)
        if floated.any():
            work.note(floated[codes].sum(), "whole numbers restored from floating-point numbers")
        usable = [t.lower() not in _NO_ID and not s for t, s in zip(texts, shortened, strict=True)]
        whole = np.array(
            [int(t.split(".")[0]) if ok else 0 for t, ok in zip(texts, usable, strict=True)] + [0], dtype=np.int64
        )
        gone = ~np.array([*usable, False], dtype=bool)[codes]
        if gone.any():
            return pd.Series(pd.arrays.IntegerArray(whole[codes], gone), index=series.index)
        return pd.Series(whole[codes], index=series.index)
    tidy = np.array([*(None if text.lower() in _NO_ID else text for text in texts), None], dtype=object)
    return plain_text(pd.Series(tidy[codes], index=series.index))


def _restored(work: _Work, numbers: NDArray[np.floating[Any]]) -> pd.Series[Any]:
    there = ~np.isnan(numbers)
    infinite = np.isinf(numbers)
    with np.errstate(invalid="ignore"):
        broken = there & ~infinite & (numbers % 1 != 0)
        inexact = there & ~infinite & ~broken & (np.abs(numbers) > EXACT)
    for where, code in ((infinite, "infinite"), (broken, "broken_id"), (inexact, "inexact_id")):
        work.reject(where, code)
    good = there & ~(infinite | broken | inexact)
    if good.any():
        work.note(good.sum(), "whole numbers restored from floating-point numbers")
    whole = np.where(good, numbers, 0).astype(np.int64)
    if good.all():
        return pd.Series(whole, index=work.series.index)
    return pd.Series(pd.arrays.IntegerArray(whole, ~good), index=work.series.index)


def _times(work: _Work) -> pd.Series[Any]:
    series, reading = work.series, work.reading
    if isinstance(series.dtype, pd.PeriodDtype):
        series = series.dt.start_time
    dtype = series.dtype
    if isinstance(dtype, pd.DatetimeTZDtype):
        zone = reading.timezone or str(dtype.tz)
        work.note(len(series), f"brought to the clock of {zone}" if reading.timezone else f"clock of {zone}")
        if reading.timezone:
            settle_zone(
                [pd.Timestamp("2000-01-01", tz="UTC")], [1], reading.timezone
            )  # a wrong name fails in our words
        series = series.dt.tz_convert(zone).dt.tz_localize(None)
        dtype = series.dtype
    if dtype.kind == "M":
        times = series.to_numpy().astype("datetime64[us]")
        years = times.astype("datetime64[Y]").astype(np.int64) + 1970
        absurd = ~np.isnat(times) & ((years < 1900) | (years > 2100))
        work.reject(absurd, "absurd_date")
        times[absurd] = np.datetime64("NaT")
        return pd.Series(times, index=series.index)
    if pd.api.types.is_numeric_dtype(dtype) and dtype.kind != "b":
        numbers = series.astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan)
        times, words, unit = times_from_numbers(numbers)
        for code in dict.fromkeys(word for word in words if word):
            work.reject(np.array([word == code for word in words]), code)
        if unit:
            work.note(len(series), f"read as {unit}")
        return pd.Series(times, index=series.index)
    codes, values, counts = work.different()
    if all(not isinstance(value, str) for value in values):
        stamps = [_stamp(value) for value in values]
        times, words, notes = settle_zone(stamps, counts, reading.timezone)
        words = [word or ("not_a_date" if np.isnat(t) else "") for word, t in zip(words, times, strict=True)]
        form = "dates"
    else:
        times, words, notes, form = parse_times(
            [str(value) for value in values],
            counts,
            dayfirst=reading.dayfirst,
            date_format=reading.date_format,
            timezone=reading.timezone,
        )
    bad = np.array([bool(word) for word in words], dtype=bool)
    times[bad] = np.datetime64("NaT")
    work.reject_codes(codes, words, mixed_dates={"detail": f" (most are {form})"})
    for note in notes:
        work.note(len(series), note)
    return pd.Series(_spread(times, codes, np.datetime64("NaT")), index=series.index)


def _stamp(value: Any) -> Any:
    try:
        return pd.Timestamp(value)
    except (ValueError, TypeError, OverflowError):
        return pd.NaT


def _flags(work: _Work) -> pd.Series[Any]:
    if work.series.dtype == bool:
        return work.series
    codes, values, _ = work.different()
    words = [str(value).strip().lower() for value in values]
    bad = [("not_a_flag" if word not in _TRUE | _FALSE | MISSING else "") for word in words]
    work.reject_codes(codes, bad)
    truth = np.array([word in _TRUE for word in words] + [False], dtype=bool)[codes]
    known = np.array([word in _TRUE | _FALSE for word in words] + [False], dtype=bool)[codes]
    if known.all():
        return pd.Series(truth, index=work.series.index)
    return pd.Series(pd.arrays.BooleanArray(truth & known, ~known), index=work.series.index)


def _categories(work: _Work) -> pd.Series[Any]:
    if work.column.values != EVENTS:
        return plain_text(work.series)
    codes, values, counts = work.different()
    words = [_EVENT_OF.get(str(value).strip().lower(), str(value)) for value in values]
    changed = sorted({f"{value} → {word}" for value, word in zip(values, words, strict=True) if value != word})
    if changed:
        work.note(sum(int(n) for n, v, w in zip(counts, values, words, strict=True) if v != w), ", ".join(changed))
    return plain_text(pd.Series(np.array([*words, None], dtype=object)[codes], index=work.series.index))


_CONVERTERS: dict[str, Callable[[_Work], pd.Series[Any]]] = {
    "id": _ids,
    "time": _times,
    "number": _numbers,
    "count": _counts,
    "flag": _flags,
    "category": _categories,
    "text": lambda work: plain_text(work.series),
}
