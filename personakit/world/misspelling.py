"""How a name or an address goes wrong on its way into a system: slips of the finger and spelling by ear.

Everything is decided by an integer drawn beforehand (`luck`), so that the same slip happens whatever else is simulated.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

__all__ = ["by_ear", "rewritten", "slipped", "unaccented"]

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "1234567890")


def _neighbours() -> dict[str, str]:
    near: dict[str, str] = {}
    for r, row in enumerate(_ROWS):
        for c, letter in enumerate(row):
            beside = row[max(c - 1, 0) : c] + row[c + 1 : c + 2]
            if r in (0, 1):  # keys of the next row lie half a key to the right of those above them
                below = _ROWS[r + 1]
                beside += below[max(c - 1, 0) : c + 1]
            if r in (1, 2):
                beside += _ROWS[r - 1][c : c + 2]
            near[letter] = beside
    return near


_NEAR = _neighbours()

# Spellings that sound alike in English; each is tried both ways. The order matters only to the draw.
_ALIKE = tuple(
    pair
    for left, right in (
        ("ph", "f"), ("ck", "k"), ("ie", "ei"), ("ea", "ee"), ("ll", "l"), ("nn", "n"), ("tt", "t"), ("ss", "s"),
        ("rr", "r"),
        ("mac", "mc"), ("son", "sen"), ("er", "or"), ("ey", "y"), ("ay", "ai"), ("ai", "ei"), ("gh", "g"), ("wh", "w"),
        ("th", "t"), ("qu", "kw"), ("x", "ks"), ("c", "k"), ("y", "i"), ("z", "s"), ("oo", "u"), ("au", "or"),
        ("dge", "ge"),
        ("ton", "tan"), ("ham", "um"), ("e", "a"), ("j", "g"), ("v", "f"),
    )
    for pair in ((left, right), (right, left))
)  # fmt: skip


def _cased_like(text: str, pattern: str) -> str:
    return text.capitalize() if pattern[:1].isupper() else text


def slipped(text: str, luck: int) -> str:
    """The text with one slip on a keyboard: a neighbouring key, a letter left out, doubled, or two swapped.

    The first character is kept, as people look at it while they type.

    >>> slipped("Margaret", 5)
    'Maegaret'
    >>> {len(slipped("Margaret", luck)) for luck in range(40)} == {7, 8, 9}
    True
    """
    if len(text) < 3:
        return text
    kind, place = luck % 4, 1 + (luck // 4) % (len(text) - 2)
    letter = text[place]
    if kind == 0:
        return text[:place] + text[place + 1 :]
    if kind == 1 and letter.lower() in _NEAR:
        near = _NEAR[letter.lower()]
        other = near[(luck // 64) % len(near)]
        return text[:place] + (other.upper() if letter.isupper() else other) + text[place + 1 :]
    if kind == 2:
        return text[:place] + letter + text[place:]
    return text[:place] + text[place + 1] + letter + text[place + 2 :]


def by_ear(text: str, luck: int) -> str:
    """The text as somebody writes it who only heard it; unchanged where English has no other spelling on offer.

    >>> sorted({by_ear("Philip", luck) for luck in range(9)})
    ['Filip', 'Phillip', 'Phylip', 'Phylyp']
    """
    lowered = text.lower()
    options = [
        (old, new) for old, new in _ALIKE if old in lowered and not (old + old[-1] in lowered and new.startswith(old))
    ]
    if not options:
        return text
    old, new = options[luck % len(options)]
    return _cased_like(lowered.replace(old, new, 1 + luck // len(options) % 2), text)


def unaccented(text: str, luck: int = 0) -> str:
    """The text without diacritics and apostrophes, as many systems store it.

    >>> unaccented("Zoë O'Brien")
    'Zoe OBrien'
    """
    import unicodedata

    plain = unicodedata.normalize("NFKD", text.replace("ł", "l").replace("Ł", "L"))
    return plain.encode("ascii", "ignore").decode().replace("'", "")


def rewritten(
    column: NDArray[np.object_], which: NDArray[np.bool_], luck: NDArray[np.int64], how: Callable[[str, int], str]
) -> None:
    """Change the entries of a column, in place, at the rows where `which` holds; missing entries stay missing."""
    for row in np.flatnonzero(which):
        text = column[row]
        if text is not None:
            column[row] = how(text, int(luck[row]))
