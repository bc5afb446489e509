"""Product pages: title and description; the look is left out where only the picture shows it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from personakit.world.random import Key
from personakit.world.words import product_phrases as say
from personakit.world.words import style_phrases as style_of
from personakit.world.words.grammar import Chooser, agreement, capitalise, draw_rows, with_article
from personakit.world.words.vocabulary import BRANDS, COLOURS, LEAVES, MATERIALS, PATTERNS, STYLES

__all__ = ["product_texts"]

_SHAPES_OF_FORM = {
    "dress": "dress maxi",
    "top": "shirt tee polo",
    "knit": "jumper cardigan",
    "bottom": "skirt trousers wide_trousers",
    "outer": "coat parka jacket",
    "shoes": "boot trainer shoe sandal slipper",
    "bag": "tote bag backpack",
    "soft": "cushion throw bedding",
    "hard": "lamp vase mug bowl",
    "jewellery": "earrings necklace",
    "gear": "umbrella",
    "sunhat": "hat",
    "cap": "beanie",
    **{name: name for name in ("socks", "scarf", "glove", "candle")},
}
_FORM_OF_SHAPE = {shape: form for form, shapes in _SHAPES_OF_FORM.items() for shape in shapes.split()}
_DRAWS = 64
_FEWEST_WORDS = 60
_NAMED_STYLE = 0.35  # how often the style is called by its name; else its vocabulary must do


def product_texts(
    seed: int, product_ids: ArrayLike, attributes: Mapping[str, ArrayLike]
) -> tuple[list[str], list[str]]:
    """Write the titles and descriptions of products.

    Parameters
    ----------
    seed : int
        The world's `random_state`.
    product_ids : array-like of int, shape (n,)
    attributes : mapping of str to array-like, shape (n,) each
        Indices `leaf`, `brand`, `material`, `style`, `colour`, `pattern` into the vocabulary's lists; `show_look`,
        whether the words say colour and pattern (no word of either where False); `quality`, optional, about -2 to 2:
        better makes get prouder words.

    Returns
    -------
    titles, descriptions : list of str
        Descriptions have 60 to 160 words.

    Examples
    --------
    >>> one = {"leaf": [4], "brand": [0], "material": [4], "style": [7], "colour": [2], "pattern": [1]}
    >>> one["show_look"] = [True]
    >>> titles, descriptions = product_texts(7, [1], one)
    >>> "navy" in titles[0].lower()
    True
    """
    ids = np.asarray(product_ids, dtype=np.int64)
    rows = draw_rows(Key(seed, "product words"), ids, _DRAWS)
    names = ("leaf", "brand", "material", "style", "colour", "pattern")
    indices = [np.asarray(attributes[name], dtype=np.int64).tolist() for name in names]
    shown = np.asarray(attributes["show_look"], dtype=bool).tolist()
    quality = np.asarray(attributes.get("quality", np.zeros(len(ids))), dtype=float)
    grades = np.digitize(quality, (-0.7, 0.7)).tolist()
    titles, descriptions = [], []
    for row, leaf, brand, material, style, colour, pattern, look, grade in zip(
        rows, *indices, shown, grades, strict=True
    ):
        title, description = _write(
            Chooser(row), leaf, brand, material, style, (colour, pattern) if look else None, grade
        )
        titles.append(title)
        descriptions.append(description)
    return titles, descriptions


def _write(
    choose: Chooser, leaf: int, brand: int, material: int, style: int, look: tuple[int, int] | None, grade: int
) -> tuple[str, str]:
    kind, maker, stuff, manner = LEAVES[leaf], BRANDS[brand].name, MATERIALS[material].name, STYLES[style]
    words = style_of.STYLE_WORDS[manner]
    first = choose.number() % len(words)
    one, two = words[first], words[(first + 1 + choose.number() % (len(words) - 1)) % len(words)]
    if choose.chance(_NAMED_STYLE):
        two = manner
    start = choose.number() % len(kind.uses)
    slots = agreement(kind) | {
        "brand": maker,
        "material": stuff,
        "word": one,
        "word2": two,
        "a_word2": with_article(two),
        "One_word": capitalise(with_article(one)),
        "A_word": capitalise(one if kind.plural else with_article(one)),
        "noun_one": f"pair of {kind.noun}" if kind.plural else kind.noun,
        "come": "come" if kind.plural else "comes",
        "use": kind.uses[start],
        "use2": kind.uses[(start + 1) % len(kind.uses)],
        "sizes": kind.sizes,
    }
    form = say.FORMS[_FORM_OF_SHAPE[kind.shape]]
    at = choose.number() % len(form)
    made = choose.pick(say.MATERIAL_WORDS[stuff])
    parts = [
        choose.pick(style_of.HOOKS[manner]),
        choose.pick(_MATERIAL_FRAMES).format(made),
        form[at],
        choose.pick(style_of.FRAMES_OF_STYLE),
        choose.pick(say.USES),
    ]
    if choose.chance(0.7):
        parts.insert(3, form[(at + 1) % len(form)])
    if choose.chance(0.75):
        parts.append(choose.pick((style_of.HOME_PAIRINGS if kind.department == "Home" else style_of.PAIRINGS)[manner]))
    if choose.chance(0.4):
        parts.insert(1 + choose.number() % 3, choose.pick(style_of.HOOKS[manner]))
    if choose.chance(0.55):
        parts.append(choose.pick(say.QUALITY_NOTES[grade]))
    model = choose.pick(say.MODELS)
    if look is None:
        title = choose.pick(
            (
                f"{maker} {model} {stuff} {kind.noun}",
                f"{model} {kind.noun} in {stuff} by {maker}",
                f"{maker} {kind.noun} {model}, {stuff}",
            )
        )
    else:
        colour, pattern = COLOURS[look[0]].name, PATTERNS[look[1]]
        worded = choose.pick(say.LOOKS).format(
            colour=choose.pick(say.COLOUR_WORDS[colour]), pattern=choose.pick(say.PATTERN_WORDS[pattern])
        )
        parts.insert(2 + choose.number() % 3, worded)
        print_ = "" if pattern == "plain" else f" {pattern}"
        title = choose.pick(
            (
                f"{maker} {model} {kind.noun} in {colour}{print_} {stuff}",
                f"{maker} {colour}{print_} {kind.noun}, {stuff}",
            )
        )
    cloth = kind.department != "Footwear" and say.CARE[stuff] in (say.CARE["cotton"], say.CARE["merino wool"])
    care = say.CARE[stuff]
    if kind.category in ("Shoes", "Boots", "Sandals", "Bags", "Rainwear", "Carrying") and stuff not in (
        "leather",
        "suede",
    ):
        care = say.GEAR_CARE
    parts += [choose.pick(care), choose.pick(say.CLOTH_ORIGINS if cloth and choose.chance(0.3) else say.ORIGINS)]
    more = choose.number() % len(say.PROMISES)
    wanted = _FEWEST_WORDS + choose.number() % 45
    if kind.sizes != "one size":
        parts.append(choose.pick(say.SIZE_NOTES))
    sentences = [capitalise(part.format_map(slots)) + "." for part in dict.fromkeys(parts)]
    spare = iter(dict.fromkeys((*form[at:], *form[:at], *say.PROMISES[more:], *say.PROMISES[:more])))
    while sum(sentence.count(" ") + 1 for sentence in sentences) < wanted:
        extra = capitalise(next(spare).format_map(slots)) + "."
        if extra not in sentences:
            sentences.insert(3, extra)
    return title, " ".join(sentences)


_MATERIAL_FRAMES = ("Made of {0}", "We chose {0}", "The material is {0}", "It starts with {0}", "In {0}")
