"""Where names stand in a text: known names by spelling, capital letter and neighbours; unknown ones by their place.

A known name that is no word is found however it is written. One that is a word as well (Rose, Mark, Will) is a name
only with a capital that its place in the sentence does not explain, or beside another name, a title, a greeting or at
the end of a letter. In those places, names that nobody knows are found, too.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import pandas as pd

from personakit.errors import DataError
from personakit.privacy.scrub_patterns import Span
from personakit.privacy.scrub_words import CALENDAR, NICKNAMES, NO_NAMES, PARTICLES, SHORT_WORDS, WORDS, words_of

__all__ = ["KnownNames", "folded"]

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_TITLES = words_of("mr mrs ms miss mx dr prof professor sir lady lord dame rev")
_GREETINGS = words_of("dear hi hello hey hiya morning afternoon evening")
_THANKS = (
    r"(?:many )?(?:thanks|thank you)(?: in advance| again| so much| very much| x{1,3})?|thx|cheers|"
    r"(?:with )?(?:kind|kindest|best|warm|warmest) (?:regards|wishes)|regards|sincerely|faithfully|"
    r"yours(?: (?:sincerely|faithfully|truly))?"
)
_FAREWELL = r"best(?! (?:wishes|regards))|love|bye|ta"  # these end a letter only where a sentence could begin
# What a letter ends with: a word of thanks, then one to three words of which the name is made.
_SIGNED = re.compile(
    rf"(?:(?:^|[\s.!?,])(?:{_THANKS})|(?:^|[.!?,;:\n]\s{{0,3}})(?:{_FAREWELL}))"
    r"(?:[,.!\-–—]{1,3}\s{0,3}|\s{1,3})"
    r"((?:[^\W\d_][\w'’.-]{0,30}\s){0,2}[^\W\d_][\w'’-]{0,30})[\s.!,x\u2600-\u27bf\ufe0f\U0001f300-\U0001faff]{0,8}$",
    re.IGNORECASE,
)
_INTRODUCED = re.compile(
    r"\b(?i:my name is|my name's|i am called|i'm called|name:)\s{1,2}"
    r"((?:[^\W\d_][\w'’-]{0,30}\s){0,1}[^\W\d_][\w'’-]{0,30})"
)
_SPEAK = words_of(
    "answered asked asks assured called emailed explained helped knows phoned promised rang replied said says tells "
    "thinks told understood wants wrote"
)
_BEFORE_THINGS = words_of(
    """
    a an the this these those my your our his her their its some any each every no in on since until till next last
    early late mid size colour color brand shade new old dark pale light style model
    """
)
_LETTER_END = 120  # a signature with what stands before it
_REMEMBERED = 200_000  # different words
_INITIALS = re.compile(r"(?:\b[^\W\d_a-z]\.\s?|\b(?![AI]\b)[^\W\d_a-z]\s){1,3}$")
_AFTER = re.compile(r"\s(?:[^\W\d_a-z]\.|(?![AI]\b)[^\W\d_a-z]\b(?!['’]))")


@lru_cache(maxsize=1 << 16)
def folded(word: str) -> str:
    """A word without case, accents, apostrophes and hyphens.

    >>> folded("Zoë"), folded("O’Brien"), folded("Łukasz")
    ('zoe', 'obrien', 'lukasz')
    """
    if not word.isascii():
        word = word.translate(_LETTERS)
        word = "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))
    return word.casefold().replace("'", "").replace("’", "").replace("-", "")


_LETTERS = str.maketrans({"ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "ı": "i", "æ": "ae", "Æ": "AE"})


class _Token(NamedTuple):
    start: int
    end: int
    text: str  # without 's
    key: str


class KnownNames:
    """Names of people, ready to be looked for.

    Parameters
    ----------
    names : iterable of str, Series, or DataFrame with given_name or family_name
        What the people are called; `customers` or `identities`, for instance.
    keep : iterable of str
        Words that are never taken for a name, such as the shop's own.

    Examples
    --------
    >>> known = KnownNames(["Rose Okafor"])
    >>> [(start, end) for start, end, _ in known.spans("I may ask Rose about the rose, not Ms Okafor.")]
    [(10, 14), (38, 44)]
    """

    def __init__(self, names: pd.DataFrame | Iterable[str] | None = None, keep: Iterable[str] = ()) -> None:
        self._keep = NO_NAMES | {folded(word) for text in keep for word in _WORD.findall(text)}
        keys: set[str] = set()
        self._pairs: set[tuple[str, ...]] = set()  # names that stand beside each other, such as April Summers
        for name in _texts(names):
            words = _WORD.findall(name)
            whole = [folded(word) for word in words]
            keys.update(whole)
            keys |= {folded(part) for word in words for part in word.split("-") if len(part) > 2}
            self._pairs |= {tuple(sorted(pair)) for pair in pairwise(whole)}
        for full, short in NICKNAMES.items():
            if full in keys:
                keys |= set(short)
        keys = {key for key in keys - self._keep if len(key) > 1}
        self._doubtful = {key for key in keys if key in WORDS or key in CALENDAR or key in PARTICLES or len(key) < 3}
        self._sure = keys - self._doubtful
        self._seen: dict[str, bool] = {}

    def spans(self, text: str) -> list[Span]:
        """Start and end of each name in a text, neighbours joined."""
        worth = any(map(self._is_worth_a_look, _WORD.findall(text)))
        signed = _SIGNED.search(text, max(len(text) - _LETTER_END, 0))
        introduced = list(_INTRODUCED.finditer(text)) if "name" in text or "called" in text else []
        if not (worth or signed or introduced):
            return []
        tokens = [_token(match) for match in _WORD.finditer(text)]
        at_start = {token.start: at for at, token in enumerate(tokens)}
        found = {at for at, token in enumerate(tokens) if self._is_sure(token)} | self._addressed(text, tokens)
        if signed:
            found |= self._named(tokens, at_start, *signed.span(1), signed=True)
        for match in introduced:
            found |= self._named(tokens, at_start, *match.span(1), signed=False)
        shouting = text.upper() == text
        doubtful = [at for at, token in enumerate(tokens) if at not in found and self._may_be(token)]
        for at in (*reversed(doubtful), *doubtful):  # a name makes its neighbours names, on either side
            if at not in found and self._is_meant(text, tokens, at, found, shouting):
                found.add(at)
        return _joined(text, sorted(self._with_initials(text, tokens[at]) for at in found))

    def _is_worth_a_look(self, word: str) -> bool:
        """Whether a word can make any difference; most do not, and are asked about once."""
        if (worth := self._seen.get(word)) is None:
            token = _token_of(word, 0)
            worth = (
                self._is_sure(token) or word.lower() in _TITLES or (token.key in self._doubtful and word[0].isupper())
            )
            if len(self._seen) < _REMEMBERED:
                self._seen[word] = worth
        return worth

    def _is_sure(self, token: _Token) -> bool:
        if token.key in self._sure:
            return token.text[0].isupper() or token.key not in SHORT_WORDS
        if "-" in token.text:
            parts = token.text.split("-")
            return all(part[:1].isupper() for part in parts) and any(folded(part) in self._sure for part in parts)
        return False

    def _may_be(self, token: _Token) -> bool:
        return token.key in self._doubtful or token.key in self._sure

    def _is_meant(self, text: str, tokens: list[_Token], at: int, found: set[int], shouting: bool) -> bool:
        """Whether a name that is a word as well, or short and without a capital, stands for a person here."""
        token = tokens[at]
        before, after = (tokens[at - 1] if at else None), (tokens[at + 1] if at + 1 < len(tokens) else None)
        if token.key in PARTICLES:
            return after is not None and at + 1 in found and _touch(text, token, after)
        capital = token.text[0].isupper()
        for other, beside in ((before, at - 1), (after, at + 1)):
            if other is None or not _touch(text, *sorted((token, other))):
                continue
            if beside in found and (capital or token.key in self._sure) and self._vouches(other):
                return True
            if capital and other.text[0].isupper() and tuple(sorted((token.key, other.key))) in self._pairs:
                return True
        if not capital or token.text.isupper() or shouting or token.key in CALENDAR or len(token.key) < 3:
            return False
        if after is not None and after.text in _SPEAK:
            return before is None or before.text.lower() not in _BEFORE_THINGS
        if before is None or _sentence_starts(text, before.end, token.start) or before.text.lower() in _BEFORE_THINGS:
            return False
        if after is not None and after.text[0].isupper() and text[token.end : after.start] in (" ", "'s ", "’s "):
            return False  # Rose Gold
        greeted = before.text.lower() in _GREETINGS
        return greeted or not (before.text[0].isupper() and at > 1 and _touch(text, before, token))  # Bold Rose

    def _vouches(self, other: _Token) -> bool:
        """Whether a name is so sure that it makes a name of the word beside it."""
        return other.key in self._sure or other.key in PARTICLES

    def _addressed(self, text: str, tokens: list[_Token]) -> set[int]:
        """Tokens after a title or a greeting."""
        found: set[int] = set()
        for at in range(1, len(tokens)):
            before, token = tokens[at - 1].text.lower(), tokens[at]
            if not token.text[0].isupper() or token.key in self._keep:
                continue
            gap = text[tokens[at - 1].end : token.start]
            if before in _TITLES and gap in (" ", ". ") and tokens[at - 1].text[0].isupper():
                if token.key not in WORDS or token.key in self._doubtful or before not in ("miss", "lord", "lady"):
                    found.add(at)
            elif before in _GREETINGS and gap == " " and token.key in self._doubtful and self._ends_there(text, token):
                found.add(at)
        return found

    def _named(self, tokens: list[_Token], at_start: dict[int, int], start: int, end: int, *, signed: bool) -> set[int]:
        at = next((at_start[place] for place in range(start, end) if place in at_start), None)
        if at is None:
            return set()
        own = []
        while at < len(tokens) and tokens[at].end <= end + 2:
            own.append(at)
            at += 1
        words = [tokens[place] for place in own]
        if not own or any(word.key in self._keep for word in words):
            return set()
        known = [word.key in self._sure or word.key in self._doubtful for word in words]
        capital = [word.text[0].isupper() for word in words]
        if signed:
            good = (
                all(capital)
                or all(known)
                or (len(words) == 1 and words[0].text.islower() and len(words[0].key) > 2 and known[0])
            )
            return set(own) if good else set()
        return {place for place, upper, is_known in zip(own, capital, known, strict=True) if upper or is_known}

    @staticmethod
    def _ends_there(text: str, token: _Token) -> bool:
        """After a greeting, a name is followed by a comma, a full stop, a new line or the end."""
        return text[token.end : token.end + 1] in ("", ",", ".", "!", "\n", ":", ";", "-", "–", "—")

    def _with_initials(self, text: str, token: _Token) -> Span:
        """A known name together with the initials beside it: J. Okafor, Anna K."""
        start, end = token.start, token.end
        if token.key in self._sure and token.text[0].isupper():
            if before := _INITIALS.search(text, max(start - 9, 0), start):
                start = before.start()
            if after := _AFTER.match(text, end):
                end = after.end()
        return start, end, "name"


def _texts(names: pd.DataFrame | Iterable[str] | None) -> Iterable[str]:
    if names is None:
        return []
    if isinstance(names, str):
        return [names]
    if isinstance(names, pd.DataFrame):
        columns = [name for name in ("given_name", "family_name", "name") if name in names.columns]
        if not columns:
            raise DataError(
                "scrub: names has no column given_name, family_name or name (it has "
                f"{', '.join(map(str, names.columns))}). Pass the customers or identities table, or a list of names."
            )
        parts = names[columns].drop_duplicates().astype(object)
        return [" ".join(part for part in row if isinstance(part, str)) for row in parts.itertuples(index=False)]
    if not isinstance(names, Iterable):
        raise DataError(
            f"scrub: names is a {type(names).__name__}. Pass the customers or identities table, or a list of names."
        )
    return [text for text in names if isinstance(text, str)]


def _token(match: re.Match[str]) -> _Token:
    return _token_of(match.group(), match.start())


def _token_of(text: str, start: int) -> _Token:
    if text[-2:].lower() in ("'s", "’s") and len(text) > 3:
        text = text[:-2]
    return _Token(start, start + len(text), text, folded(text))


def _touch(text: str, one: _Token, other: _Token) -> bool:
    return text[one.end : other.start] in (" ", "  ", "\u00a0", ". ")


def _sentence_starts(text: str, end: int, start: int) -> bool:
    gap = text[end:start]
    return any(mark in gap for mark in '.!?\n:"“”(•*') or (not gap.strip() and end == 0)


def _joined(text: str, spans: list[Span]) -> list[Span]:
    joined: list[Span] = []
    for start, end, kind in spans:
        if joined and text[joined[-1][1] : start] in ("", " ", "-", ". "):
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]), kind)
        else:
            joined.append((start, end, kind))
    return joined
