"""Sentences of reviews that state a grade of an aspect: plainly, by denial, comparison, irony or understatement."""

from __future__ import annotations

from personakit.world.words import review_phrases as say
from personakit.world.words import verdict_phrases as verdict
from personakit.world.words.aspect_grammar import GRADES, LEADS, AspectPhrases, predicates
from personakit.world.words.aspects_of_fit import FIT, SIZE
from personakit.world.words.aspects_of_products import PRICE, QUALITY, QUALITY_DETAILS
from personakit.world.words.aspects_of_service import DELIVERY, SERVICE
from personakit.world.words.grammar import Chooser
from personakit.world.words.vocabulary import LEAVES

__all__ = ["FLAGS", "Voice", "as_list", "aspect_sentences", "telegram"]

_SHAPES_OF_KIND = {
    "soft": "cushion throw bedding",
    "hard": "lamp vase mug bowl candle",
    "jewellery": "earrings necklace",
    "gear": "umbrella backpack bag tote",
    "shoes": "boot trainer shoe sandal slipper",
}
_KINDS = {shape: kind for kind, shapes in _SHAPES_OF_KIND.items() for shape in shapes.split()}


class Voice:
    """Who writes: generation, mood, rating, the words that stand for the thing, and the flags raised on the way."""

    __slots__ = ("choose", "flags", "generation", "leaf", "mood", "rating", "side")

    def __init__(self, choose: Chooser, generation: int, mood: str, rating: int, leaf: int) -> None:
        self.choose, self.generation, self.mood, self.rating, self.leaf = choose, generation, mood, rating, leaf
        self.side = (rating > 3) - (rating < 3)
        self.flags: dict[str, int] = dict.fromkeys(FLAGS, 0)


FLAGS = ("irony", "irony_marked", "negation", "contrast", "comparison", "understatement", "hedge")


def _phrases_of(leaf: int) -> tuple[AspectPhrases, ...]:
    kind = LEAVES[leaf]
    worn = kind.sizes != "one size" and kind.department != "Home"
    quality = QUALITY._replace(details=QUALITY_DETAILS[_KINDS.get(kind.shape, "cloth")])
    return (FIT if worn else SIZE, quality, DELIVERY, PRICE, SERVICE)


_OF_LEAF = tuple(_phrases_of(leaf) for leaf in range(len(LEAVES)))
_FIT, _SIZE, _QUALITY, _DELIVERY, _PRICE, _SERVICE = (
    {grade: predicates(aspect, grade) for grade in GRADES} for aspect in (FIT, SIZE, QUALITY, DELIVERY, PRICE, SERVICE)
)
_PLAIN = tuple((_FIT if of_leaf[0] is FIT else _SIZE, _QUALITY, _DELIVERY, _PRICE, _SERVICE) for of_leaf in _OF_LEAF)


def _clause(voice: Voice, which: int, grade: int, alone: bool) -> str:
    """A main clause that states the grade of one aspect; with `alone` it may carry a lead and an aside."""
    choose = voice.choose
    phrases = _OF_LEAF[voice.leaf][which]
    subject = choose.pick(phrases.subjects)
    form = choose.number() % 100
    flags = voice.flags
    if form < 13:
        text = choose.pick(say.FEELINGS[grade]).format(subject)
        if grade == -1 and "not" in text:
            flags["negation"] = 1
    elif form < 27 and grade in (-2, -1, 1):
        flags["negation"] = 1
        text = choose.pick(say.DENIALS[grade]).format(subject, choose.pick(phrases.bad if grade > 0 else phrases.good))
    elif form < 34 and grade:
        flags["comparison"] = 1
        text = f"{subject} {choose.pick(say.COMPARISONS[grade])} {choose.pick(phrases.compared)}"
    elif form < 39 and grade:
        flags["understatement"] = 1
        text = choose.pick(say.UNDERSTATEMENTS[grade]).format(subject)
    else:
        text = f"{subject} {choose.pick(_PLAIN[voice.leaf][which][grade])}"
    if not alone:
        return text
    if text.startswith(subject) and choose.chance(0.45):
        text = f"{choose.pick(LEADS[voice.generation])} {text}"
    elif abs(grade) < 2 and choose.chance(0.12):
        flags["hedge"] = 1
        text = f"{choose.pick(say.HEDGES)} {text}"
    if choose.chance(0.42 if voice.mood == "chatty" else 0.28):
        aside = choose.pick(phrases.asides[(grade > 0) - (grade < 0)])
        text += f", {aside}" if aside.startswith(("and", "which", "so ", "my ")) else f" {aside}"
    return text


def aspect_sentences(voice: Voice, stated: list[tuple[int, int]]) -> list[str]:
    choose = voice.choose
    sentences: list[str] = []
    at = 0
    while at < len(stated):
        which, grade = stated[at]
        phrases = _OF_LEAF[voice.leaf][which]
        if grade < 0 and choose.chance(0.24 if grade == -2 else 0.1):
            voice.flags["irony"] = 1
            text = choose.pick(phrases.irony)
            if choose.chance(0.5):
                voice.flags["irony_marked"] = 1
                text = choose.pick(say.IRONY_MARKS).format(text + ".")
            sentences.append(text)
            at += 1
            continue
        if at + 1 < len(stated) and grade * stated[at + 1][1] < 0 and choose.chance(0.8):
            voice.flags["contrast"] = 1
            other, second = stated[at + 1]
            pair = _clause(voice, which, grade, False), _clause(voice, other, second, False)
            sentences.append(choose.pick(say.JOINS).format(*pair))
            at += 2
            continue
        if at + 1 < len(stated) and grade * stated[at + 1][1] > 0 and choose.chance(0.2):
            other, second = stated[at + 1]
            joint = choose.pick((" and ", ", and ", ", plus ", "; "))
            sentences.append(joint.join((_clause(voice, which, grade, False), _clause(voice, other, second, False))))
            at += 2
            continue
        if phrases.details[grade] and choose.chance(0.26):
            detail = choose.pick(phrases.details[grade])
            if choose.chance(0.3):
                detail = f"{choose.pick(say.DETAIL_STARTS)} {detail}"
            if choose.chance(0.4):
                detail += choose.pick(say.DETAIL_LINKS).format(_clause(voice, which, grade, False))
            sentences.append(detail)
        else:
            sentences.append(_clause(voice, which, grade, True))
        at += 1
    return sentences


def telegram(voice: Voice, stated: list[tuple[int, int]]) -> list[str]:
    """Three to a dozen words."""
    choose = voice.choose
    tags = [choose.pick(_OF_LEAF[voice.leaf][which].tags[grade]) for which, grade in stated]
    if len(tags) == 2 and stated[0][1] * stated[1][1] < 0:
        voice.flags["contrast"] = 1
        body = choose.pick((" but ", ", shame: ", ", though ", " yet ")).join(tags)
    else:
        body = choose.pick((", ", " and ", " + ", ". ")).join(tags)
    adjective = choose.pick(verdict.ADJECTIVES[voice.rating])
    if adjective in ("fair enough", "so-so at best", "meh"):
        thing = f"{adjective}, this {{noun}}" if not LEAVES[voice.leaf].plural else f"{adjective}, these {{noun}}"
    else:
        thing = f"{adjective} {{noun}}"
    if choose.chance(0.4):
        thing += choose.pick((" for {use}", " for my {relation}", ", {use} sorted", " for {month}"))
    ending = choose.pick(verdict.CLOSERS[voice.rating][voice.generation])
    form = choose.number() % 4
    if not body:
        return [thing, ending]
    if form == 0:
        return [f"{thing}, {body}"]
    if form == 1:
        return [thing, body]
    if form == 2:
        return [body, ending]
    return [body, thing]


def as_list(voice: Voice, stated: list[tuple[int, int]]) -> list[str]:
    """Label and tag, aspect by aspect."""
    choose = voice.choose
    mark = choose.pick((": ", " - ", " = "))
    return [
        choose.pick(say.LABELS[which]) + mark + choose.pick(_OF_LEAF[voice.leaf][which].tags[grade])
        for which, grade in stated
    ]
