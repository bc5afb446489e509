"""Reviews: a rating and graded views on aspects become the words of somebody of a certain age in a certain mood."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from personakit.world.random import Key, choice, uniform
from personakit.world.words import review_phrases as say
from personakit.world.words import verdict_phrases as verdict
from personakit.world.words.grammar import (
    SIZES,
    Chooser,
    agreement,
    capitalise,
    draw_rows,
    mistype,
    plural,
    with_article,
)
from personakit.world.words.review_sentences import FLAGS, Voice, as_list, aspect_sentences, telegram
from personakit.world.words.vocabulary import ASPECTS, LEAVES, MATERIALS, MOODS

__all__ = ["review_texts"]

_LENGTHS = (0.17, 0.35, 0.32, 0.16)  # telegram, short, medium, long
_MOST_WORDS = 120
_DRAWS = 160
_AGREEMENT = tuple(agreement(leaf) for leaf in LEAVES)


def _compose(voice: Voice, stated: list[tuple[int, int]], length: int) -> tuple[list[str], list[tuple[int, int]]]:
    """The sentences, still with their tokens, and what they state."""
    choose = voice.choose
    if length == 0:
        kept = sorted(stated, key=lambda pair: -abs(pair[1]))[: 1 + choose.number() % 2]
        return telegram(voice, kept), kept
    if voice.mood == "matter-of-fact" and len(stated) > 1 and choose.chance(0.2):
        return as_list(voice, stated) + (
            [choose.pick(verdict.CLOSERS[voice.rating][voice.generation])] if length > 1 else []
        ), stated
    start = choose.number() % max(len(stated), 1)
    stated = stated[start:] + stated[:start]
    sentences = []
    if not stated or choose.chance((0.35, 0.6, 0.75)[length - 1]):  # never an empty review
        opener = choose.pick(verdict.OPENERS[voice.rating][voice.generation])
        if choose.chance(0.45):
            tail = choose.pick(verdict.OPENER_TAILS[voice.side])
            opener += tail if tail.startswith(",") else f" {tail}"
        sentences.append(opener)
    contexts = (choose.chance(0.3) or not stated, choose.chance(0.8), True)[length - 1] + (length == 3)
    first = choose.number() % len(say.CONTEXTS)
    for k in range(int(contexts)):
        sentences.insert(choose.number() % (len(sentences) + 1), say.CONTEXTS[(first + 7 * k) % len(say.CONTEXTS)])
    sentences += aspect_sentences(voice, stated)
    tangents = (
        (choose.chance(0.6) if length >= 2 else 0) + (length == 3)
        if voice.mood == "chatty"
        else (length == 3 and choose.chance(0.6))
    )
    first = choose.number() % len(say.TANGENTS)
    for k in range(int(tangents)):
        sentences.insert(1 + choose.number() % len(sentences), say.TANGENTS[(first + 5 * k) % len(say.TANGENTS)])
    if (voice.mood == "grumpy" and voice.side <= 0 and choose.chance(0.3)) or choose.chance(0.06):
        sentences.append(choose.pick(verdict.AFTERTHOUGHTS[voice.side]))
    if choose.chance((0.25, 0.5, 0.8)[length - 1]):
        closer = choose.pick(verdict.CLOSERS[voice.rating][voice.generation])
        if choose.chance(0.35) and "hank" not in closer:
            tail = choose.pick(verdict.CLOSER_TAILS)
            closer += tail if tail.startswith(",") else f" {tail}"
        sentences.append(closer)
    return sentences, stated


def _slots(voice: Voice, material: str) -> dict[str, str]:
    choose = voice.choose
    leaf = LEAVES[voice.leaf]
    size = choose.pick(SIZES[leaf.sizes])
    month = choose.number() % 11
    adjective = choose.pick(verdict.ADJECTIVES[voice.rating])
    a_size = with_article(size)
    n = 2 + choose.number() % 6
    day = choose.number() % 7
    who = choose.number() % len(say.RELATIONS)
    first_use = choose.number() % len(leaf.uses)
    other = _AGREEMENT[choose.number() % len(LEAVES)]["a_noun"]
    return _AGREEMENT[voice.leaf] | {
        "size": size,
        "a_size": a_size,
        "A_size": capitalise(a_size),
        "n": str(n),
        "material": material,
        "use": leaf.uses[first_use],
        "use2": leaf.uses[(first_use + 1) % len(leaf.uses)],
        "relation": say.RELATIONS[who],
        "relation2": say.RELATIONS[(who + 5) % len(say.RELATIONS)],
        "place": choose.pick(say.PLACES),
        "job": choose.pick(say.JOBS),
        "nth": choose.pick(say.NTH),
        "month": say.MONTHS[month],
        "month2": say.MONTHS[month + 1],
        "adj": adjective,
        "a_adj": with_article(adjective) if not leaf.plural else adjective,
        "A_adj": capitalise(with_article(adjective) if not leaf.plural else adjective),
        "other": other,
        "Other": capitalise(other),
        "weekday": say.WEEKDAYS[day],
        "weekday2": say.WEEKDAYS[(day + 2) % 7],
        "noun_one": f"pair of {leaf.noun}" if leaf.plural else leaf.noun,
        "noun_plural": plural(leaf),
        "initial": "ABCDEFGHJKLMNPRSTW"[choose.number() % 18],
    }


def _punctuate(voice: Voice, sentences: list[str], slots: dict[str, str]) -> tuple[str, int]:
    """The finished text (before typing errors) and how many emoji it carries."""
    choose = voice.choose
    young = voice.generation == 0
    lower = young and choose.chance(0.35)
    bare = young and choose.chance(0.4)
    loud = (
        0.4 if voice.mood == "cheerful" and voice.side > 0 else 0.15 if voice.side and voice.rating in (1, 5) else 0.04
    )
    parts: list[str] = []
    words = 0
    met_relation = False
    for sentence in sentences:
        if "{relation}" in sentence:
            if met_relation:
                sentence = sentence.replace("{relation}", "{relation2}")
            met_relation = True
        text = capitalise(sentence.format_map(slots))
        words += text.count(" ") + 1
        if words > _MOST_WORDS and parts:
            break
        if voice.mood == "grumpy" and voice.rating == 1 and not parts and choose.chance(0.2):
            text = text.upper()
        if text[-1].isalnum() or text[-1] in "%)'":
            text += "!" if choose.chance(loud) else "..." if choose.chance(0.03) else "."
        parts.append(text)
    text = " ".join(parts)
    if voice.generation == 2 and len(sentences) > 3 and choose.chance(0.12):
        text += " " + choose.pick(say.SIGNATURES).format_map(slots)
    if lower:
        text = text[0] + text[1:].lower() if choose.chance(0.3) else text.lower()
    if bare:
        text = text.rstrip(".")
    if young and choose.chance(0.5):
        for _ in range(3):
            word, short = choose.pick(say.SLANG)
            text = text.replace(word, short)
    emoji = 0
    if choose.chance((0.34, 0.12, 0.04)[voice.generation] + 0.1 * (voice.mood == "cheerful")):
        emoji = 1 + choose.number() % 2
        sign = choose.pick(say.EMOJI[voice.side])
        text += " " + sign * emoji
    return text, emoji


def review_texts(
    seed: int,
    review_keys: ArrayLike,
    *,
    aspects: ArrayLike,
    rating: ArrayLike,
    age_band: ArrayLike,
    leaf: ArrayLike,
    material: ArrayLike | None = None,
    mood: ArrayLike | None = None,
) -> tuple[list[str], pd.DataFrame]:
    """Write reviews whose aspects, irony, negation and typing errors are known.

    Parameters
    ----------
    seed : int
        The world's `random_state`.
    review_keys : array-like of int, shape (n,)
        The reviews' own numbers: the same number and the same arguments give the same text in any batch.
    aspects : array-like of float, shape (n, 5)
        What the writer thinks of fit, quality, delivery, price and service, -2 to 2; NaN where nothing is said.
    rating : array-like of int, shape (n,)
        Stars, 1 to 5.
    age_band : array-like of int, shape (n,)
        Index into `AGE_BANDS`.
    leaf : array-like of int, shape (n,)
        Index into `LEAVES`: what was bought.
    material : array-like of int, shape (n,), optional
        Index into `MATERIALS`; the first that fits the leaf by default.
    mood : array-like of int, shape (n,), optional
        Index into `MOODS`; drawn by default.

    Returns
    -------
    texts : list of str
    labels : DataFrame
        One column an aspect with the grade that the words state (-2 to 2; NaN where the words leave it out, as
        short reviews often do), `polarity` (-1, 0 or 1: the rating's side of three stars), flags (0 or 1) `irony`,
        `irony_marked`, `negation`, `contrast`, `comparison`, `understatement` and `hedge`, and the counts `typos`,
        `emoji` and `words`.

    Examples
    --------
    >>> texts, labels = review_texts(7, [1], aspects=[[2, -1, np.nan, 1, np.nan]], rating=[4], age_band=[5], leaf=[0])
    >>> len(texts), int(labels.polarity[0])
    (1, 1)
    """
    keys = np.asarray(review_keys, dtype=np.int64)
    views = np.asarray(aspects, dtype=float).reshape(len(keys), len(ASPECTS))
    grades = np.clip(np.round(views), -2, 2)
    n = len(keys)
    stars = np.clip(np.asarray(rating, dtype=np.int64), 1, 5)
    generations = np.asarray(age_band, dtype=np.int64) // 2
    leaves = np.asarray(leaf, dtype=np.int64)
    base = Key(seed, "review").at(keys)
    if mood is None:
        mood = choice(base.at(1), (0.25, 0.3, 0.2, 0.25))
    moods = np.asarray(mood, dtype=np.int64)
    lengths = choice(base.at(2), _LENGTHS)
    sloppiness = np.array([0.030, 0.016, 0.022])[generations] * -np.log(uniform(base.at(3)))
    rows = draw_rows(Key(seed, "review words"), keys, _DRAWS)
    slips = draw_rows(Key(seed, "review typos"), keys, 24)
    material_names = (
        [MATERIALS[m].name for m in np.asarray(material)]
        if material is not None
        else [LEAVES[k].materials[0] for k in leaves]
    )

    texts: list[str] = []
    stated_grades = np.full((n, len(ASPECTS)), np.nan)
    record: list[tuple[Any, ...]] = []
    columns = zip(
        rows,
        slips,
        stars.tolist(),
        generations.tolist(),
        moods.tolist(),
        leaves.tolist(),
        lengths.tolist(),
        grades.tolist(),
        sloppiness.tolist(),
        material_names,
        strict=True,
    )
    for index, (row, slip, star, generation, temper, kind, length, view, sloppy, fabric) in enumerate(columns):
        voice = Voice(Chooser(row), generation, MOODS[temper], star, kind)
        wanted = [(which, int(grade)) for which, grade in enumerate(view) if grade == grade]
        slots = _slots(voice, fabric)
        sentences, stated = _compose(voice, wanted, length)
        text, emoji = _punctuate(voice, sentences, slots)
        slips_wanted = min(int(len(text) * sloppy / 5 + slip[0] / 2**40), 11)
        typos = 0
        if slips_wanted:
            text, typos = mistype(text, slip[1:], slips_wanted)
        for which, grade in stated:
            stated_grades[index, which] = grade
        texts.append(text)
        record.append((*voice.flags.values(), typos, emoji, text.count(" ") + 1))
    labels = pd.DataFrame(stated_grades, columns=list(ASPECTS))
    labels["polarity"] = np.sign(stars - 3)
    counts = np.array(record, dtype=np.int64).reshape(n, len(FLAGS) + 3)
    for position, name in enumerate((*FLAGS, "typos", "emoji", "words")):
        labels[name] = counts[:, position]
    return texts, labels
