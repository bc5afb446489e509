"""The phrase books: every token in every phrase is one that the writers fill."""

from __future__ import annotations

import re
from importlib import import_module

import numpy as np
import pytest

from personakit.world.random import Key
from personakit.world.words.grammar import Chooser, agreement, draw_rows, mistype, phrases, plural, with_article
from personakit.world.words.vocabulary import BRANDS, COLOURS, LEAVES, MATERIALS, PATTERNS, STYLES

COMMON = set(agreement(LEAVES[0])) | {"", "0", "1"}
TOKENS = {
    "aspects_of_fit": "size a_size A_size n material use use2 relation place other Other weekday",
    "aspects_of_products": "n material use use2 relation relation2 place other Other weekday month month2 job",
    "aspects_of_service": "n material use relation place other weekday weekday2 month month2 job",
    "review_phrases": "n use use2 relation place other weekday month month2 job nth noun_one noun_plural initial",
    "verdict_phrases": "n use relation place other weekday month month2 job adj a_adj A_adj noun_plural",
    "product_phrases": "brand sizes use use2 colour pattern",
    "style_phrases": "brand material word word2 a_word2 A_word One_word noun_one come",
    "message_phrases": "order the_noun noun_bare a_size a_size2 size size2 days percent weekday place use relation "
    "fault wrong address hasnt pinch them_cap pii",
    "reply_phrases": "order the_noun The_noun noun_one a_size size weekday use percent",
}  # fmt: skip


def strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from strings(part)
    elif isinstance(value, tuple):
        for part in value:
            yield from strings(part)


@pytest.mark.parametrize("module", TOKENS)
def test_every_token_is_one_that_the_writer_fills(module):
    book = import_module(f"personakit.world.words.{module}")
    known = COMMON | set(TOKENS[module].split())
    for name in book.__all__:
        for phrase in strings(getattr(book, name)):
            assert set(re.findall(r"\{(\w*)\}", phrase)) <= known, (name, phrase)
            assert phrase.count("{") == phrase.count("}") == len(re.findall(r"\{\w*\}", phrase)), phrase
            assert "  " not in phrase and "\n" not in phrase


def test_the_vocabulary_is_of_the_sizes_promised():
    assert len(LEAVES) == 40
    assert len({(leaf.department, leaf.category, leaf.subcategory) for leaf in LEAVES}) == 40
    assert (len(BRANDS), len(STYLES), len(COLOURS), len(PATTERNS)) == (24, 8, 16, 8)
    assert len(MATERIALS) >= 16
    assert {brand.style for brand in BRANDS} == set(STYLES)
    known = {material.name for material in MATERIALS}
    assert all(set(leaf.materials) <= known for leaf in LEAVES)
    assert 30 <= np.median([leaf.base_price for leaf in LEAVES]) <= 60
    assert all(15 <= leaf.base_price <= 180 for leaf in LEAVES)


def test_named_colours_can_be_told_apart():
    table = np.array([colour.rgb for colour in COLOURS])
    apart = np.abs(table[:, None] - table).sum(axis=2)[np.triu_indices(len(table), 1)]
    assert apart.min() >= 50


def test_phrases_are_split_at_bars_and_joined_over_line_ends():
    assert phrases("one\n  phrase | another |") == ("one phrase", "another")


def test_typing_errors_touch_only_small_letters_inside_words():
    text = "LK4 7QX at 12 Mill Lane"
    for row in draw_rows(Key(0, "typo"), np.arange(200), 8):
        changed, made = mistype(text, row, 4)
        assert re.sub(r"[a-z ]", "", changed) == re.sub(r"[a-z ]", "", text)
        assert made <= 4


def test_one_typing_error_changes_one_or_two_letters():
    seen = set()
    for row in draw_rows(Key(0, "typo"), np.arange(300), 2):
        changed, made = mistype("delivery", row, 1)
        assert (changed != "delivery") == bool(made) or sorted(changed) == sorted("delivery")
        assert abs(len(changed) - 8) <= 1
        seen.add(len(changed))
    assert seen == {7, 8, 9}


def test_articles_and_plurals():
    assert with_article("umbrella") == "an umbrella"
    assert [plural(leaf) for leaf in LEAVES if leaf.noun in ("scarf", "winter coat", "midi dress", "chinos")] == [
        "midi dresses",
        "winter coats",
        "chinos",
        "scarves",
    ]


def test_a_chooser_repeats_and_keeps_to_its_probabilities():
    rows = draw_rows(Key(3, "x"), np.arange(4000), 1)
    share = np.mean([Chooser(row).chance(0.3) for row in rows])
    assert 0.27 < share < 0.33
    picks = [Chooser(row).pick("abcd") for row in rows]
    assert all(0.2 < picks.count(letter) / 4000 < 0.3 for letter in "abcd")
