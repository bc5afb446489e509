"""Numbers as people write them: thousands separators, decimal commas, currency signs, brackets for a minus.

A column is read as a whole, because one value alone is often ambiguous: "1,234" is a thousand and more in London and
one and a quarter in Berlin. Where the column does not settle it, nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["decimal_sign", "parse_numbers"]

Floats = NDArray[np.float64]

MISSING = frozenset({"", "nan", "na", "n/a", "#n/a", "null", "none", "<na>", "nat", "-", "?", "#value!", "#div/0!"})
_PLAIN = re.compile(r"[-+]?(\d+|\d+\.\d{1,2}|\d+\.\d{4,}|0?\.\d+|0\.\d+)")
_AROUND = re.compile(r"^(?:[A-Z]{3}|[£$€¥₹]|R\$|kr\.?|zł|Fr\.?)?\s*(.*?)\s*(?:[A-Z]{3}|[£$€¥₹]|kr\.?|zł)?$", re.DOTALL)
_SPACES = re.compile("(?<=\\d)[ '\u00a0\u2009\u202f\u2019](?=\\d{3}(?:\\D|$))")
_BODY = re.compile(r"[\d.,]*\d[\d.,]*")
_EXPONENT = re.compile(r"(\d+(?:[.,]\d+)?)[eE]([-+]?\d+)")
_INFINITE = {"inf": 1.0, "infinity": 1.0, "∞": 1.0}


def parse_numbers(
    texts: Sequence[str], counts: Sequence[int] | NDArray[np.int64], *, decimal: str | None = None, whole: bool = False
) -> tuple[Floats, list[str], str | None]:
    """Read the different texts of one column as numbers.

    Parameters
    ----------
    texts : sequence of str
        The different values of the column, not missing.
    counts : sequence of int
        How many rows have each of them; the majority decides what the decimal sign is.
    decimal : {".", ","}, optional
        The decimal sign, where it is known.
    whole : bool
        The column holds whole numbers, so that "1,234" can only be a thousand and more.

    Returns
    -------
    values : float64 of shape (n_texts,), NaN where missing or not read
    codes : list of str of shape (n_texts,)
        "" or the code of what is wrong (see `personakit.data.problems.REASONS`).
    decimal : the decimal sign that was used, None where the column does not show one

    >>> parse_numbers(["1,234.50", "(12.00)", "3,000"], [1, 1, 1])[0].tolist()
    [1234.5, -12.0, 3000.0]
    >>> parse_numbers(["1,234"], [1])[1]
    ['two_ways']
    """
    if decimal is None and all(_PLAIN.fullmatch(text) for text in texts):
        pointed = any("." in text for text in texts)
        return np.array([float(text) for text in texts], dtype=np.float64), [""] * len(texts), "." if pointed else None
    parts = [_take_apart(text) for text in texts]
    sign = decimal or decimal_sign(texts, counts)
    values, codes = np.full(len(texts), np.nan), [""] * len(texts)
    for at, (kind, body, factor) in enumerate(parts):
        if kind == "value":
            values[at] = float(body) * factor
        elif kind == "missing":
            continue
        elif kind == "bad":
            codes[at] = "not_a_number"
        elif kind in (".", ",") and sign is not None and kind != sign and not _grouped(body, kind):
            codes[at] = "other_decimal"
        elif kind == "?" and sign is None and not (whole and "," in body):
            codes[at] = "two_ways"
        else:
            used = kind if kind in (".", ",") and sign is None else sign or "."
            other = "," if used == "." else "."
            values[at] = float(body.replace(other, "").replace(used, ".")) * factor
    return values, codes, sign


def decimal_sign(texts: Sequence[str], counts: Sequence[int] | NDArray[np.int64]) -> str | None:
    """The decimal sign that most of the rows show beyond doubt; None where no row does.

    >>> decimal_sign(["1.234,50", "7"], [1, 1]), decimal_sign(["1.234", "7"], [1, 1])
    (',', None)
    """
    weight = {".": 0, ",": 0}
    for text, count in zip(texts, counts, strict=True):
        kind = _take_apart(text)[0]
        if kind in weight:
            weight[kind] += int(count)
    if not any(weight.values()):
        return None
    return max(weight, key=lambda sign: weight[sign])


def _take_apart(text: str) -> tuple[str, str, float]:
    """What a text is (missing, bad, value, decimal sign "." or ",", or "?" for either), its digits, its factor."""
    stripped = text.strip()
    if stripped.lower() in MISSING:
        return "missing", "", 1.0
    factor = 1.0
    if stripped.startswith("(") and stripped.endswith(")"):
        stripped, factor = stripped[1:-1].strip(), -1.0
    stripped = stripped.replace("\u2212", "-")
    if stripped.endswith("%"):
        stripped, factor = stripped[:-1].rstrip(), factor / 100
    if stripped.startswith(("-", "+")):
        factor, stripped = (-factor if stripped[0] == "-" else factor), stripped[1:].lstrip()
    matched = _AROUND.match(stripped)
    body = matched.group(1) if matched else stripped
    if body.startswith("-") or body.endswith("-"):  # "£-12.00", and "12.00-" as SAP writes it
        factor, body = -factor, body.strip("-").strip()
    if body.lower() in _INFINITE:
        return "value", "inf", factor
    exponent = _EXPONENT.fullmatch(body)
    if exponent:
        return "value", body.replace(",", "."), factor
    body = _SPACES.sub("", body)
    if not _BODY.fullmatch(body):
        return "bad", "", factor
    return _kind(body), body, factor


def _kind(body: str) -> str:
    commas, points = body.count(","), body.count(".")
    if not commas and not points:
        return "value"
    if commas and points:
        last = "," if body.rfind(",") > body.rfind(".") else "."
        other = "." if last == "," else ","
        head = body.rpartition(last)[0]
        return last if body.count(last) == 1 and _grouped(head, other) else "bad"
    sign = "," if commas else "."
    if commas + points > 1:
        return ("." if sign == "," else ",") if _grouped(body, sign) else "bad"
    head, _, tail = body.partition(sign)
    if len(tail) == 3 and 1 <= len(head) <= 3 and head[0] != "0":
        return "?"
    return sign


def _grouped(body: str, sign: str) -> bool:
    """Whether the digits stand in groups of three behind the first."""
    first, *groups = body.split(sign)
    return (
        bool(groups) and 1 <= len(first) <= 3 and first.isdigit() and all(len(g) == 3 and g.isdigit() for g in groups)
    )
