"""How a text is put together: numbered draws, agreement of number, capitals, typing errors.

All choices of a batch are drawn at once as an array of integers, one row a text, each a hash of the text's own key; the
loop over texts then only spends them. So a text does not depend on its neighbours in the batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike

from personakit.world.random import Key
from personakit.world.words.vocabulary import Leaf

__all__ = ["SIZES", "Chooser", "agreement", "capitalise", "draw_rows", "mistype", "phrases", "plural", "with_article"]

T = TypeVar("T")
# sizes that people speak of, by the leaf's range
SIZES: dict[str, tuple[str, ...]] = {
    "6-22": ("8", "10", "12", "14", "16", "18"),
    "28-40": ("30", "32", "34", "36"),
    "3-12": ("4", "5", "6", "7", "8"),
    "6-12": ("7", "9"),
    "S-XXL": ("S", "M", "L", "XL"),
    "XS-XXL": ("S", "M", "L", "XL"),
    "S-L": ("S", "M", "L"),
    "single to super king": ("single", "double", "king"),
    "one size": ("small", "medium", "large"),
}
_AN = frozenset({"8", "11", "18", "S", "M", "L", "XL", "XXL"})
_RANGE = 2**40
_SPARE = np.uint64(24)

# where the keys of a QWERTY keyboard lie, in widths of a key; each row is set in a little further than the one above
_KEYS = {
    letter: complex(column + inset, row)
    for row, (inset, letters) in enumerate(((0.0, "qwertyuiop"), (0.25, "asdfghjkl"), (0.75, "zxcvbnm")))
    for column, letter in enumerate(letters)
}
_NEIGHBOURS = {
    letter: [other for other, there in _KEYS.items() if 0 < abs(there - here) < 1.3] for letter, here in _KEYS.items()
}


def phrases(text: str) -> tuple[str, ...]:
    """The phrases of a block of text, separated by bars; a line end is a space.

    >>> phrases("fits well | fits like a glove")
    ('fits well', 'fits like a glove')
    """
    return tuple(" ".join(part.split()) for part in text.split("|") if part.strip())


def draw_rows(key: Key, ids: ArrayLike, n: int) -> list[list[int]]:
    """`n` integers below 2**40 for each id, a function of the key and that id alone.

    >>> draw_rows(Key(0, "x"), [5, 9], 3)[1] == draw_rows(Key(0, "x"), [9], 3)[0]
    True
    """
    state = key.at(np.asarray(ids, dtype=np.int64)[:, None], np.arange(n)).state
    rows: list[list[int]] = (state >> _SPARE).tolist()
    return rows


class Chooser:
    """Spends one row of `draw_rows`, draw by draw.

    >>> choose = Chooser([4, 0])
    >>> choose.pick(("a", "b", "c")), choose.chance(0.5)
    ('b', True)
    """

    __slots__ = ("number",)

    def __init__(self, row: Sequence[int]) -> None:
        self.number = iter(row).__next__

    def pick(self, options: Sequence[T]) -> T:
        """One of the options, each as likely."""
        return options[self.number() % len(options)]

    def chance(self, probability: float) -> bool:
        """True with that probability."""
        return self.number() < probability * _RANGE


def with_article(noun: str) -> str:
    """The noun, or size, with its indefinite article.

    >>> with_article("umbrella"), with_article("mug"), with_article("18")
    ('an umbrella', 'a mug', 'an 18')
    """
    return f"{'an' if noun in _AN or noun[0].lower() in 'aeiou' else 'a'} {noun}"


def plural(leaf: Leaf) -> str:
    """Several of the thing.

    >>> from personakit.world.words.vocabulary import LEAVES
    >>> plural(LEAVES[23]), plural(LEAVES[34]), plural(LEAVES[13])
    ('scarves', 'mugs', 'jeans')
    """
    if leaf.plural:
        return leaf.noun
    return "scarves" if leaf.noun == "scarf" else f"{leaf.noun}{'es' if leaf.noun.endswith(('s', 'sh')) else 's'}"


def agreement(leaf: Leaf) -> dict[str, str]:
    """What the tokens of a phrase about that thing stand for: `{it}`, `{is}`, `look{s}`, `{noun}` and so on.

    >>> from personakit.world.words.vocabulary import LEAVES
    >>> "{It} fit{s} well, {this} {noun}.".format_map(agreement(LEAVES[13]))
    'They fit well, these jeans.'
    """
    many = leaf.plural
    word = leaf.noun
    return {
        "noun": word,
        "a_noun": f"a pair of {word}" if many else with_article(word),
        "another": f"another pair of {word}" if many else f"another {word}",
        "it": "they" if many else "it",
        "It": "They" if many else "It",
        "them": "them" if many else "it",
        "is": "are" if many else "is",
        "was": "were" if many else "was",
        "isnt": "aren't" if many else "isn't",
        "wasnt": "weren't" if many else "wasn't",
        "has": "have" if many else "has",
        "does": "do" if many else "does",
        "doesnt": "don't" if many else "doesn't",
        "s": "" if many else "s",
        "es": "" if many else "es",
        "this": "these" if many else "this",
        "This": "These" if many else "This",
        "its": "their" if many else "its",
        "one": "pair" if many else "one",
    }


def capitalise(sentence: str) -> str:
    """The sentence with its first letter in upper case and the rest as it was."""
    return sentence[:1].upper() + sentence[1:]


def mistype(text: str, row: Sequence[int], count: int) -> tuple[str, int]:
    """`count` typing errors on a QWERTY keyboard, and how many of them found a place.

    Each is a neighbouring key, two letters swapped, a letter left out or a letter doubled, and spends two draws of
    `row`. Only small letters with letters on both sides are touched.

    >>> mistype("lovely", [0, 4], 1)
    ('ovely', 1)
    """
    made = 0
    for k in range(count):
        at, how = row[2 * k] % len(text), row[2 * k + 1]
        inside = (
            at + 1 < len(text) and text[max(at - 1, 0) : at + 2].isalpha() and text[max(at - 1, 0) : at + 2].isascii()
        )
        if not inside or text[at].isupper():
            continue
        letter, after = text[at], text[at + 1]
        kind = how % 5
        if kind <= 1:
            options = _NEIGHBOURS[letter]
            text = text[:at] + options[(how // 5) % len(options)] + text[at + 1 :]
        elif kind == 2 and letter != after:
            text = text[:at] + after + letter + text[at + 2 :]
        elif kind == 3:
            text = text[:at] + letter + text[at:]
        else:
            text = text[:at] + text[at + 1 :]
        made += 1
    return text, made
