"""Product pages: length, what they say and what they leave to the picture."""

from __future__ import annotations

import re

import numpy as np
import pytest

from personakit.world.words import product_texts
from personakit.world.words.vocabulary import BRANDS, COLOURS, LEAVES, MATERIALS, PATTERNS, STYLES

N = 600
OTHERS = "stripe stripes check checks dots flowers print white black blue green red pink purple brown grey"
LOOK_WORDS = (
    {word for colour in COLOURS for word in colour.name.split()}
    | {word for pattern in PATTERNS for word in pattern.split()}
    | set(OTHERS.split())
)


@pytest.fixture(scope="module")
def attributes():
    draw = np.random.default_rng(3)
    names = [material.name for material in MATERIALS]
    leaf = draw.integers(0, len(LEAVES), N)
    return {
        "leaf": leaf,
        "brand": draw.integers(0, len(BRANDS), N),
        "material": np.array([names.index(draw.choice(LEAVES[k].materials)) for k in leaf]),
        "style": draw.integers(0, len(STYLES), N),
        "colour": draw.integers(0, len(COLOURS), N),
        "pattern": draw.integers(0, len(PATTERNS), N),
        "show_look": draw.random(N) < 0.5,
        "quality": draw.normal(0, 1, N),
    }


@pytest.fixture(scope="module")
def pages(attributes):
    return product_texts(7, np.arange(N), attributes)


def test_descriptions_have_60_to_160_words(pages):
    words = [len(text.split()) for text in pages[1]]
    assert min(words) >= 60
    assert max(words) <= 160


def test_no_two_descriptions_are_alike(pages):
    assert len(set(pages[1])) == N
    assert len(set(pages[0])) > 0.98 * N


def test_words_avoid_colour_and_pattern_where_only_the_picture_shows_them(pages, attributes):
    for title, text, shown in zip(*pages, attributes["show_look"], strict=True):
        if not shown:
            assert not LOOK_WORDS & set(re.findall(r"[a-z]+", f"{title} {text}".lower()))


def test_words_name_colour_and_pattern_where_they_are_shown(pages, attributes):
    for k in np.flatnonzero(attributes["show_look"]):
        both = f"{pages[0][k]} {pages[1][k]}".lower()
        assert COLOURS[attributes["colour"][k]].name in both
        pattern = PATTERNS[attributes["pattern"][k]]
        assert pattern.removesuffix("ed") in both


def test_titles_name_brand_and_thing(pages, attributes):
    for title, leaf, brand in zip(pages[0], attributes["leaf"], attributes["brand"], strict=True):
        assert LEAVES[leaf].noun in title
        assert BRANDS[brand].name in title


def test_style_can_be_told_from_the_words_but_is_named_in_a_minority(pages, attributes):
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    features = TfidfVectorizer(min_df=2).fit_transform(pages[1])
    model = LogisticRegression(C=10, max_iter=500).fit(features[:450], attributes["style"][:450])
    assert model.score(features[450:], attributes["style"][450:]) > 0.7
    named = np.mean([STYLES[style] in text for text, style in zip(pages[1], attributes["style"], strict=True)])
    assert 0.1 < named < 0.5


def test_a_page_depends_on_its_product_alone(pages, attributes):
    some = np.array([599, 3, 250])
    titles, texts = product_texts(7, some, {name: values[some] for name, values in attributes.items()})
    assert texts == [pages[1][k] for k in some]
    assert titles == [pages[0][k] for k in some]
    assert product_texts(8, some, {name: values[some] for name, values in attributes.items()})[1] != texts


def test_every_leaf_and_material_has_words(attributes):
    pairs = [(k, m) for k, leaf in enumerate(LEAVES) for m in leaf.materials]
    names = [material.name for material in MATERIALS]
    n = len(pairs)
    fixed = {name: np.zeros(n, dtype=int) for name in ("brand", "style", "colour", "pattern")}
    _, texts = product_texts(
        1,
        np.arange(n),
        fixed
        | {
            "leaf": [k for k, _ in pairs],
            "material": [names.index(m) for _, m in pairs],
            "show_look": np.zeros(n, dtype=bool),
        },
    )
    assert not any("{" in text or "}" in text for text in texts)
