"""Free text without what names or reaches a person: to be embedded, shown, or sent to a model of somebody else's.

Scrubbing lowers the risk and does not end it: who a text is about can follow from what it tells. It is no anonymisation
(GDPR, recital 26). How much it finds, and how much it takes that it should not, is in benchmarks/scrub.md.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from html import escape
from typing import Any

import pandas as pd

from personakit.errors import DataError, ParameterError, some
from personakit.privacy.scrub_names import KnownNames
from personakit.privacy.scrub_patterns import Span, pattern_spans

__all__ = ["KINDS", "ScrubResult", "scrub"]

KINDS: tuple[str, ...] = ("email", "card", "phone", "postcode", "address", "name")  # of two that overlap, the first
_PASSES = 6
_SAME = str.maketrans(
    {**dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212\uff0d", "-"), "\u2018": "'", "\u02bc": "'", "\uff07": "'"}
)


@dataclass(frozen=True, eq=False)
class ScrubResult:
    """Texts without personal data, and where it stood; what stood there is not kept.

    Attributes
    ----------
    texts : Series of str
        In the order and with the index of the input; missing texts stay missing.
    spans : DataFrame of row, start, end, kind
        `row` counts the texts from 0; `start` and `end` are places in the original text.
    """

    texts: pd.Series
    spans: pd.DataFrame = field(repr=False)

    @property
    def text(self) -> str:
        """The text, where a single one was given."""
        if len(self.texts) != 1:
            raise ParameterError(f"{len(self.texts)} texts were scrubbed: take them from .texts.")
        return str(self.texts.iloc[0])

    @property
    def counts(self) -> pd.Series:
        """How many of each kind were found."""
        return self.spans["kind"].value_counts().reindex(KINDS, fill_value=0).rename("found")

    def __len__(self) -> int:
        return len(self.texts)

    def __repr__(self) -> str:
        found = ", ".join(f"{number:,} {kind}" for kind, number in self.counts.items() if number)
        return f"ScrubResult({len(self):,} texts; found: {found or 'nothing'})"

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self))}</p>"


def scrub(
    texts: str | Iterable[str | None] | pd.Series,
    *,
    names: pd.DataFrame | Iterable[str] | KnownNames | None = None,
    kinds: Iterable[str] = KINDS,
    keep: Iterable[str] = (),
    replace: str | Callable[[str], str] = "[{kind}]",
) -> ScrubResult:
    """Replace e-mail addresses, telephone and card numbers, postcodes, street addresses and names in free text.

    Parameters
    ----------
    texts : str, iterable of str, or Series
        None and NaN stay as they are.
    names : DataFrame with given_name and family_name, iterable of str, or KnownNames, optional
        The names to look for: of customers, or of identities with their other spellings. Accents, apostrophes,
        initials, the possessive and common nicknames make no difference, nor does case, except in names that are words
        as well (Rose, Will, Tan) or have two letters (Jo): these need a capital or another name beside them. Without
        it, names are found only where a letter has them: after a title, after "my name is", and in the signature.
    kinds : iterable of str
        Which of email, card, phone, postcode, address and name to replace.
    keep : iterable of str
        Words that are never taken for a name, such as the shop's own.
    replace : str or callable
        What stands there instead: a text with `{kind}`, or a function of the kind.

    Returns
    -------
    ScrubResult
        `.texts`, `.spans`, `.counts`. To scrub `.texts` again changes nothing.

    Raises
    ------
    DataError
        A text is none, or `names` has no column of names.
    ParameterError
        An unknown kind; or a replacement that is empty or would itself be taken for personal data.

    Examples
    --------
    >>> scrub("Call Rose on 07700 900123, she may be in.", names=["Rose"]).text
    'Call [name] on [phone], she may be in.'
    """
    for name, several in (("kinds", kinds), ("keep", keep)):
        if not isinstance(several, Iterable):
            raise ParameterError(f"scrub: {name}={several!r} is no list of texts. Pass one, or leave it out.")
    chosen = tuple([kinds] if isinstance(kinds, str) else kinds)
    if unknown := [kind for kind in chosen if kind not in KINDS]:
        raise ParameterError(f"scrub: {some(unknown)} is no kind of personal data. Kinds are: {', '.join(KINDS)}.")
    if not isinstance(texts, Iterable) or isinstance(texts, (bytes, dict, pd.DataFrame)):
        raise DataError(
            f"scrub: a text or several are expected, and a {type(texts).__name__} was given. Pass a text, a list of "
            "texts, or a column such as messages['text']."
        )
    if not isinstance(replace, str) and not callable(replace):
        raise ParameterError(
            f"scrub: replace={replace!r} is neither a text with {{kind}}, such as '[{{kind}}]', nor a function of the "
            "kind."
        )
    known = names if isinstance(names, KnownNames) else KnownNames(names, keep)
    marks = _marks(chosen, known, replace)
    column = (
        texts
        if isinstance(texts, pd.Series)
        else pd.Series([texts] if isinstance(texts, str) else list(texts), dtype=object)
    )
    made: list[Any] = []
    found: list[tuple[int, int, int, str]] = []
    for row, text in enumerate(column.tolist()):
        if isinstance(text, str):
            scrubbed, spans = _scrubbed(text, chosen, known, marks)
            made.append(scrubbed)
            found += [(row, *span) for span in spans]
        elif pd.api.types.is_scalar(text) and pd.isna(text):
            made.append(text)
        else:
            raise DataError(
                f"scrub: text {row} (counted from 0) is a {type(text).__name__}. Pass texts and missing values alone, "
                "for example with .astype('string')."
            )
    result = pd.Series(made, index=column.index, name=column.name, dtype=object)
    spans_table = pd.DataFrame(found, columns=["row", "start", "end", "kind"])
    return ScrubResult(result, spans_table.astype({"row": "int64", "start": "int64", "end": "int64", "kind": object}))


def _marks(kinds: tuple[str, ...], known: KnownNames, replace: str | Callable[[str], str]) -> dict[str, str]:
    """What replaces each kind; each must be left alone when it is scrubbed."""
    marks = {kind: replace(kind) if callable(replace) else replace.replace("{kind}", kind) for kind in kinds}
    for kind, mark in marks.items():
        if not isinstance(mark, str) or not mark.strip():
            raise ParameterError(
                f"scrub: replace gives {mark!r} for {kind!r}. What is left of a text would run together and could read "
                "as another number: give a mark, such as '[{kind}]'."
            )
        if any(True for _ in pattern_spans(mark)):
            raise ParameterError(f"scrub: replace gives {mark!r} for {kind!r}, which looks like personal data itself.")
    return marks


def _scrubbed(text: str, kinds: tuple[str, ...], known: KnownNames, marks: dict[str, str]) -> tuple[str, list[Span]]:
    """The text with marks, and the places in the original.

    A mark can change what stands beside it (a name after a name), so that it is done again until nothing more is found.
    """
    spans: list[Span] = []
    current = text
    for _ in range(_PASSES):
        new = _found(current, kinds, known, set(marks.values()))
        if not new:
            break
        spans = sorted(spans + [_back(span, spans, marks) for span in new])
        current = _replaced(text, spans, marks)
    return current, spans


def _replaced(text: str, spans: list[Span], marks: dict[str, str]) -> str:
    parts, at = [], 0
    for start, end, kind in spans:
        parts += [text[at:start], marks[kind]]
        at = end
    return "".join([*parts, text[at:]])


def _back(span: Span, before: list[Span], marks: dict[str, str]) -> Span:
    """A span of the text with marks as a span of the original."""
    shift = 0
    for start, end, kind in before:
        if start + shift < span[0]:
            shift += len(marks[kind]) - (end - start)
    return span[0] - shift, span[1] - shift, span[2]


def _found(text: str, kinds: tuple[str, ...], known: KnownNames, marks: set[str]) -> list[Span]:
    """What is in a text, without overlaps, and none of it in a mark."""
    plain, places = (text, None) if text.isascii() else _plain(text)
    spans = [span for span in pattern_spans(plain) if span[2] in kinds]
    if "name" in kinds:
        spans += known.spans(plain)
    if not spans:
        return []
    if places is not None:
        spans = [(places[start], places[end - 1] + 1, kind) for start, end, kind in spans]
        spans = [(start, _whole(text, end), kind) for start, end, kind in spans]
    closed = [span for mark in marks for span in _places(text, mark)]
    spans = [span for span in spans if not any(span[0] < end and start < span[1] for start, end in closed)]
    return _merged(spans)


def _plain(text: str) -> tuple[str, list[int]]:
    """The text as the patterns expect it, and where each of its characters stood: digits of any script, one kind of
    hyphen, space and apostrophe, no invisible characters, no accents that stand by themselves."""
    letters: list[str] = []
    places: list[int] = []
    for at, letter in enumerate(text.translate(_SAME)):
        category = unicodedata.category(letter) if letter > "\x7f" else ""
        if category in ("Cf", "Mn"):
            continue
        if category == "Nd":
            letter = str(unicodedata.digit(letter))
        elif category == "Zs":
            letter = " "
        elif "\uff00" < letter < "\uff5f":  # full width
            letter = unicodedata.normalize("NFKC", letter)
        letters.append(letter)
        places.append(at)
    return "".join(letters), places


def _whole(text: str, end: int) -> int:
    """An accent of its own belongs to the letter before it."""
    while end < len(text) and unicodedata.category(text[end]) in ("Mn", "Cf"):
        end += 1
    return end


def _places(text: str, mark: str) -> list[tuple[int, int]]:
    found, at = [], text.find(mark)
    while at >= 0:
        found.append((at, at + len(mark)))
        at = text.find(mark, at + len(mark))
    return found


def _merged(spans: list[Span]) -> list[Span]:
    """Overlapping spans as one, of the kind that comes first in KINDS: nothing of either is left standing."""
    merged: list[Span] = []
    for start, end, kind in sorted(spans):
        if merged and start < merged[-1][1]:
            first = min(kind, merged[-1][2], key=KINDS.index)
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]), first)
        else:
            merged.append((start, end, kind))
    return merged
