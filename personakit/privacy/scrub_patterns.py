"""Where e-mail addresses, telephone numbers, payment cards, postcodes and street addresses stand in a text.

Every pattern takes time linear in the length of the text: runs are entered once (a look-behind), separators are
bounded, and no quantifier stands within another over the same characters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from personakit.privacy.scrub_words import words_of

__all__ = ["Span", "luhn", "pattern_spans"]

Span = tuple[int, int, str]

_LOCAL = r"(?<![\w.%+'-])\w[\w.%+'-]*"
_EMAIL = re.compile(rf"{_LOCAL}@(?:[\w-]{{1,63}}\.){{1,8}}[^\W\d_]{{2,24}}")
# Written for people and not for machines: jane (at) example (dot) com, jane at example dot com.
_AT = r"(?:\s?[\[({]\s?at\s?[\])}]\s?|\sat\s)"
_DOT = r"(?:\s?[\[({]\s?dot\s?[\])}]\s?|\sdot\s)"
_EMAIL_IN_WORDS = re.compile(
    rf"(?<![\w.%+-])\w[\w.%+-]{{0,63}}{_AT}[\w-]{{1,63}}(?:\.[\w-]{{1,63}}){{0,3}}"
    rf"{_DOT}[\w-]{{1,63}}(?:{_DOT}[\w-]{{2,24}})?",
    re.IGNORECASE,
)

_SEP = r"[\s.\-–()/]{0,2}"
_PHONES = tuple(
    re.compile(pattern + r"(?!\d)(?:\s?(?:ext|x)\.?\s?\d{1,5}\b)?", re.IGNORECASE)
    for pattern in (
        # The United Kingdom: +44 20 7946 0123, +44 (0)20 ..., 0044 ..., (020) 7946 0123, 07700 900123 (Ofcom's plan)
        rf"(?<![\w+])(?:(?:\+|00)44{_SEP}(?:\(0\){_SEP})?|\(?0)[1-35789](?:{_SEP}\d){{8,9}}",
        # Any other country: E.164 has at most 15 digits
        rf"(?<![\w+])(?:\+|00)[1-9](?:{_SEP}\d){{7,13}}",
        # North America without the country code: (555) 010-0123
        r"(?<![\w.+-])\(?[2-9]\d{2}\)?[\s.-]{1,2}[2-9]\d{2}[\s.-]\d{4}",
    )
)
_PHONE_AFTER_CUE = re.compile(
    r"\b(?:tele)?(?:phone|tel|mobile|whatsapp|my number is|(?:call|ring|text|reach)(?: me)? (?:on|at))"
    rf"(?: is)?[\s:.]{{0,3}}(\d(?:{_SEP}\d){{6,13}})(?!\d)",
    re.IGNORECASE,
)

_DIGIT = re.compile("[0-9]")
_MANY_DIGITS = re.compile(r"\d(?:[\s.\-–()/_]{0,2}\d){6}")  # no telephone number and no card has fewer
_DIGITS = re.compile(r"(?<!\d)\d+(?:[ ./_-]{1,2}\d+)*")
# How the digits of a card stand in groups: with other marks between them than single spaces and hyphens, only so.
_GROUPED = re.compile(r"4 4 4 (?:[1-4]|4 [1-3])|4 6 [45]|8 8")

# Postcode areas of Royal Mail; a code in capitals with its space needs none of them.
_AREAS = words_of(
    """
    AB AL B BA BB BD BF BH BL BN BR BS BT CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY E EC EH EN EX FK
    FY G GL GU GY HA HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY L LA LD LE LL LN LS LU M ME MK ML N NE NG NN NP
    NR NW OL OX PA PE PH PL PO PR RG RH RM S SA SE SG SK SL SM SN SO SP SR SS ST SW SY TA TD TF TN TQ TR TS TW UB W
    WA WC WD WF WN WR WS WV YO ZE
    """
)
_POSTCODE = re.compile(r"\b([a-z]{1,2})\d[a-z\d]?(\s{0,2})\d([a-z]{2})\b", re.IGNORECASE)
_NO_INWARD = words_of("am cl cm ct ft gb gm hr kb kg km lb mb mg ml mm nd oz pm pt rd st th xl xs")

_KINDS = (
    "avenue|ave|close|court|crescent|cres|drive|gardens|gdns|green|grove|hill|lane|ln|mews|parade|park|place|quay|rise|"
    "road|rd|row|square|sq|street|terrace|terr|view|walk|way|wharf|yard"
)
_LOWER_KINDS = "avenue|crescent|gardens|grove|lane|mews|road|street|terrace"  # a way or a view is no address
_NO_STREET = "the|a|an|of|on|in|my|this|that|your|our|per|days|hours|miles|minutes|metres|times|for|to"
_NUMBER = r"\b(?:flat \d{1,4}[a-z]?,? )?\d{1,4}[a-z]?,?\s"
_ADDRESS = re.compile(
    rf"(?i:{_NUMBER})(?:[A-Z][\w'’-]{{0,30}}\.?\s){{1,3}}"
    rf"(?:{'|'.join(kind.capitalize() for kind in _KINDS.split('|'))}|{_KINDS.upper()})\b"
)
_LOWER_ADDRESS = re.compile(rf"{_NUMBER}(?:(?!(?:{_NO_STREET})\s)[a-z][a-z'’-]{{1,30}}\s){{1,2}}(?:{_LOWER_KINDS})\b")


def pattern_spans(text: str) -> Iterator[Span]:
    """Start, end and kind of everything that its form gives away; spans of different kinds may overlap.

    >>> sorted(pattern_spans("Ring 07700 900123 or write to jo@example.org, LS1 4AB."))
    [(5, 17, 'phone'), (30, 44, 'email'), (46, 53, 'postcode')]
    """
    if "@" in text:
        yield from ((*match.span(), "email") for match in _EMAIL.finditer(text))
    lower = text.lower()
    if "dot" in lower:
        yield from ((*match.span(), "email") for match in _EMAIL_IN_WORDS.finditer(text))
    if not _DIGIT.search(text):
        return
    if _MANY_DIGITS.search(text):
        for pattern in _PHONES:
            yield from ((*match.span(), "phone") for match in pattern.finditer(text))
        yield from ((*match.span(1), "phone") for match in _PHONE_AFTER_CUE.finditer(text))
        yield from _cards(text)
    yield from ((*match.span(), "postcode") for match in _POSTCODE.finditer(text) if _is_postcode(match))
    yield from ((*match.span(), "address") for match in _ADDRESS.finditer(text))
    yield from ((*match.span(), "address") for match in _LOWER_ADDRESS.finditer(text))


def luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of the others (ISO/IEC 7812-1, annex B).

    >>> luhn("4111111111111111"), luhn("4111111111111112")
    (True, False)
    """
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _cards(text: str) -> Iterator[Span]:
    """Groups of digits that together are 13 to 19, begin as issuers' numbers do, and have the right check digit."""
    for run in _DIGITS.finditer(text):
        if len(run.group()) < 13:
            continue
        groups = [(match.start() + run.start(), match.group()) for match in re.finditer(r"\d+", run.group())]
        at = 0
        while at < len(groups):
            digits, found = "", 0
            for last in range(at, len(groups)):
                digits += groups[last][1]
                if len(digits) > 19:
                    break
                if len(digits) >= 13 and _issued(digits) and luhn(digits) and _stands(text, groups[at : last + 1]):
                    found = last + 1
            if found:
                yield groups[at][0], groups[found - 1][0] + len(groups[found - 1][1]), "card"
            at = found or at + 1


def _stands(text: str, groups: list[tuple[int, str]]) -> bool:
    """Whether digits stand as those of a card do, and not as a date, an amount or the decimals of a number."""
    start = groups[0][0]
    if text[start - 1 : start] == "." and text[max(start - 2, 0) : start - 1].isdigit():
        return False
    between = {text[place + len(digits) : after] for (place, digits), (after, _) in pairwise(groups)}
    return between <= {" ", "-"} or _GROUPED.fullmatch(" ".join(str(len(digits)) for _, digits in groups)) is not None


def _issued(digits: str) -> bool:
    """The first digits are those of payment cards: 4, 51-55 and 2221-2720, 34 and 37, 35, 36, 30, 38, 50, 56-69."""
    first = int(digits[:4])
    if len(digits) == 13:  # only old Visa numbers; every barcode has 13 digits
        return digits[0] == "4"
    return digits[0] in "3456" or 2221 <= first <= 2720


def _is_postcode(match: re.Match[str]) -> bool:
    area, space, inward = match.groups()
    code = match.group()
    if code.isupper():
        return bool(space) or area in _AREAS
    if code.islower():
        return area.upper() in _AREAS and inward not in _NO_INWARD
    return code[0].isupper() and not area[1:].isupper() and inward.islower() and _all_known(area, inward)


def _all_known(area: str, inward: str) -> bool:
    return len(area) == 2 and area.upper() in _AREAS and inward not in _NO_INWARD
