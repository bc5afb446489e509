"""Support messages: an intent, an emotion and some slots become a customer's words, and the desk's reply to them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from personakit.world.random import Key, uniform
from personakit.world.words import message_phrases as say
from personakit.world.words import reply_phrases as answer_with
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
from personakit.world.words.review_phrases import PLACES, RELATIONS, SLANG
from personakit.world.words.vocabulary import EMOTIONS, INTENTS, LEAVES

__all__ = ["message_texts"]

_DRAWS = 80
_AGREEMENT = tuple(agreement(leaf) for leaf in LEAVES)
_SLOT_TOKENS = {
    "order": "order_id",
    "noun": "product",
    "the_noun": "product",
    "a_noun": "product",
    "noun_bare": "product",
    "The_noun": "product",
    "a_size": "size",
    "size": "size",
    "days": "days",
    "percent": "percent",
    "address": "address",
    "weekday": "weekday",
}
_SECOND = (
    *("product_question", "unsubscribe", "return_item"),
    *("discount_problem", "where_is_my_order", "refund_status"),
)
_NO_ORDER = frozenset({"unsubscribe", "praise", "privacy_request", "product_question", "complaint_service"})
_QUESTION = re.compile(
    r"(where is|how|can|could you|may i|is|are|do|does|what (is|are|do|colour|data|happens|would|now)|what's|who|when|"
    r"why|has|did|would|will|any news|should i|am i|which)\b.*|.*, (how do i|what now|yes or no).*",
    re.IGNORECASE | re.DOTALL,
)


def _finish(sentence: str, end: str) -> str:
    if sentence[-1] in ".!?":
        return sentence
    return sentence + ("?" if _QUESTION.fullmatch(sentence) else end)


def _used(template: str) -> set[str]:
    return {name for token, name in _SLOT_TOKENS.items() if "{" + token + "}" in template}


def message_texts(
    seed: int,
    message_keys: ArrayLike,
    *,
    intent: ArrayLike,
    emotion: ArrayLike,
    slots: Mapping[str, ArrayLike],
    given_name: ArrayLike | None = None,
    age_band: ArrayLike | None = None,
) -> tuple[list[str], list[str], pd.DataFrame]:
    """Write messages to the support desk and the desk's replies, with the truth about both.

    Parameters
    ----------
    seed : int
        The world's `random_state`.
    message_keys : array-like of int, shape (n,)
        The messages' own numbers.
    intent, emotion : array-like of int, shape (n,)
        Indices into `INTENTS` and `EMOTIONS`.
    slots : mapping of str to array-like, shape (n,) each
        `leaf` (index into `LEAVES`, needed); `order_id`, `size`, `days` (late or waiting), `percent` where known.
    given_name : array-like of str, shape (n,), optional
        Signed under some messages and greeted in the reply.
    age_band : array-like of int, shape (n,), optional
        Index into `AGE_BANDS`; middle-aged by default.

    Returns
    -------
    texts, replies : list of str
    labels : DataFrame
        `intent` and `emotion` by name; `second_intent`, mostly empty, of a request put on top; `slots`, a JSON object
        of the slots that the words mention; `pii`, a JSON list of `[start, end, kind]` spans of the text, kind one of
        name, email, phone, postcode and address; `typos`, their number.

    Examples
    --------
    >>> texts, replies, labels = message_texts(7, [1], intent=[0], emotion=[0], slots={"leaf": [0], "order_id": [1234]})
    >>> labels.intent[0]
    'where_is_my_order'
    """
    keys = np.asarray(message_keys, dtype=np.int64)
    n = len(keys)
    base = Key(seed, "message").at(keys)
    intents, emotions = np.asarray(intent, dtype=np.int64), np.asarray(emotion, dtype=np.int64)
    leaves = np.asarray(slots["leaf"], dtype=np.int64)
    generations = np.full(n, 1) if age_band is None else np.asarray(age_band, dtype=np.int64) // 2
    names = [""] * n if given_name is None else [str(name) for name in np.asarray(given_name, dtype=object)]
    given = {name: np.asarray(values).tolist() for name, values in slots.items() if name != "leaf"}
    sloppiness = np.array([0.014, 0.008, 0.011])[generations] * -np.log(uniform(base.at(1)))
    rows = draw_rows(Key(seed, "message words"), keys, _DRAWS)
    slips = draw_rows(Key(seed, "message typos"), keys, 24)

    texts: list[str] = []
    replies: list[str] = []
    record: list[tuple[Any, ...]] = []
    columns = zip(
        rows,
        slips,
        intents.tolist(),
        emotions.tolist(),
        leaves.tolist(),
        generations.tolist(),
        names,
        sloppiness.tolist(),
        strict=True,
    )
    for index, (row, slip, aim, feeling, kind, generation, name, sloppy) in enumerate(columns):
        choose = Chooser(row)
        values = _values(choose, kind, {slot: listed[index] for slot, listed in given.items()})
        text, mentioned, typos, also = _body(choose, INTENTS[aim], EMOTIONS[feeling], generation, values, slip, sloppy)
        text, spans = _sign(choose, text, generation, name, values)
        texts.append(text)
        replies.append(_reply(choose, INTENTS[aim], EMOTIONS[feeling], name, values))
        stated = {slot: values[slot] for slot in sorted(mentioned)}
        record.append((INTENTS[aim], EMOTIONS[feeling], also, json.dumps(stated), json.dumps(spans), typos))
    return texts, replies, pd.DataFrame(record, columns=["intent", "emotion", "second_intent", "slots", "pii", "typos"])


def _values(choose: Chooser, leaf: int, given: dict[str, Any]) -> dict[str, str]:
    """What the tokens stand for; what the caller does not know is made up."""
    kind = LEAVES[leaf]
    noun = kind.noun
    sizes = SIZES[kind.sizes]
    size = str(given.get("size") or choose.pick(sizes))
    other = choose.pick(sizes)
    days = str(max(int(given.get("days") or 0), 0) or 3 + choose.number() % 8)
    # LK is no postcode area, and no inward part has a C, I, K, M, O or V: nobody lives there
    inward = choose.pick("CIKMOV") + choose.pick("ABDEFGHJLNPQRSTUWXYZ")
    postcode = f"LK{1 + choose.number() % 19} {1 + choose.number() % 9}{inward}"
    address = f"{1 + choose.number() % 98} {choose.pick(say.STREETS)}, {postcode}"
    return (
        _AGREEMENT[leaf]
        | {
            "product": noun,
            "order_id": str(given.get("order_id") or 100000 + choose.number() % 900000),
            "size": size,
            "days": days,
            "percent": str(given.get("percent") or choose.pick((10, 15, 20))),
            "address": address,
            "postcode": postcode,
            "weekday": choose.pick(say.WEEKDAYS),
            "use": choose.pick(kind.uses),
            "place": choose.pick(PLACES),
            "relation": choose.pick(RELATIONS),
            "size2": other,
            "fault": choose.pick(say.FAULTS),
            "wrong": choose.pick(say.WRONG),
            "the_noun": f"the {noun}",
            "The_noun": f"The {noun}",
            "noun_bare": plural(kind),
            "noun_one": f"pair of {noun}" if kind.plural else noun,
            "a_size": with_article(size),
            "a_size2": with_article(other),
            "hasnt": "haven't" if kind.plural else "hasn't",
            "pinch": "pinch" if kind.plural else "pinches",
            "them_cap": "they" if kind.plural else "it",
        }
        | {"order": str(given.get("order_id") or "")}
    )


def _body(
    choose: Chooser, intent: str, emotion: str, generation: int, values: dict[str, str], slip: list[int], sloppy: float
) -> tuple[str, set[str], int, str]:
    values["order"] = values["order_id"]
    vague = choose.chance(0.07)
    parts = [choose.pick(say.VAGUE if vague else say.HINTS[intent] if choose.chance(0.35) else say.CORES[intent])]
    colours = say.COLOURS_OF_EMOTION[emotion]
    if colours:
        if choose.chance(0.85):
            parts.insert(choose.number() % 2, choose.pick(colours))
        if choose.chance(0.25):
            parts.append(choose.pick(colours))
    if vague or choose.chance(0.6):
        parts.append(choose.pick(say.DETAILS[intent]))
    if choose.chance(0.12) and not vague:
        parts.append(choose.pick(say.CORES[intent]))
    also = ""
    if choose.chance(0.06):
        also = choose.pick(_SECOND)
        if also == intent:
            also = ""
        else:
            parts.append(choose.pick(say.LINKS).format(choose.pick(say.CORES[also])))
    if choose.chance(0.4):
        parts.insert(choose.number() % (len(parts) + 1), choose.pick(say.ASIDES))
    if choose.chance(0.25) and "{order}" not in "".join(parts) and intent not in _NO_ORDER:
        parts.append(choose.pick(("it's order {order}", "order {order}", "the order number is {order}")))
    parts = list(dict.fromkeys(parts))
    mentioned = set().union(*(_used(part) for part in parts))
    end = "!" if emotion == "angry" and choose.chance(0.5) else "."
    sentences = [_finish(capitalise(part.format_map(values)), end) for part in parts]
    if emotion == "angry" and choose.chance(0.2) and "{address}" not in parts[0]:
        sentences[0] = sentences[0].upper()
    text = " ".join(sentences)
    if choose.chance(0.75):
        greeting = choose.pick(say.GREETINGS[generation])
        text = (
            f"{greeting}, {text[0].lower() + text[1:] if text[1:2].islower() and not text.startswith('I ') else text}"
        )
    if generation == 0:
        if choose.chance(0.4) and "address" not in mentioned:
            text = text.lower()
        if choose.chance(0.4):
            for _ in range(3):
                word, short = choose.pick(SLANG)
                text = text.replace(word, short)
    wanted = 0 if "address" in mentioned else min(int(len(text) * sloppy / 5 + slip[0] / 2**40), 11)
    typos = 0
    if wanted:
        text, typos = mistype(text, slip[1:], wanted)
    return text, mentioned, typos, also


def _sign(
    choose: Chooser, text: str, generation: int, name: str, values: dict[str, str]
) -> tuple[str, list[tuple[int, int, str]]]:
    """Adds ways to get in touch and a signature, and says where personal data stands in the text."""
    spans: list[tuple[int, int, str]] = []
    at = text.find(values["address"])
    while at >= 0:
        end = at + len(values["address"])
        spans += [(at, end - len(values["postcode"]) - 2, "address"), (end - len(values["postcode"]), end, "postcode")]
        at = text.find(values["address"], end)
    if choose.chance(0.16):
        kind = choose.pick(("email", "phone", "postcode"))
        number = choose.number()
        handle = (name or "customer").lower().replace(" ", ".").encode("ascii", "ignore").decode() or "customer"
        pii = {
            "email": f"{handle}{choose.pick(('.', '_', ''))}{number % 97}@example.{choose.pick(('com', 'org', 'net'))}",
            "phone": f"07700{choose.pick((' ', '', '-'))}900{number % 1000:03d}",
            "postcode": values["postcode"],
        }[kind]
        before, after = choose.pick(say.CONTACTS[kind]).split("{pii}")
        start = len(text) + 1 + len(before)
        text = f"{text} {capitalise(before)}{pii}{after}."
        spans.append((start, start + len(pii), kind))
    if choose.chance(0.6):
        bye = choose.pick(say.BYES[generation])
        text = f"{text} {bye}"
        if name and choose.chance(0.7):
            text += ", " if choose.chance(0.7) else " "
            spans.append((len(text), len(text) + len(name), "name"))
            text += name
    return text, spans


def _reply(choose: Chooser, intent: str, emotion: str, name: str, values: dict[str, str]) -> str:
    greeting = choose.pick(("Dear {}", "Hello {}", "Hi {}")).format(name) if name else "Hello"
    answer = choose.pick(answer_with.REPLIES[intent]).format_map(values)
    close = choose.pick(("Kind regards", "Best wishes", "With best wishes"))
    desk = choose.pick(("Bea", "Tomos", "Priya", "Callum", "Ngozi", "Elin"))
    return f"{greeting}, {choose.pick(answer_with.SOOTHING[emotion])} {answer} {close}, {desk} at Larkspur"
