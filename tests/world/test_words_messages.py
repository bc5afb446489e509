"""Support messages: intents, emotions, slots and the personal data in them."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd
import pytest

from personakit.world.words import help_pages, message_texts
from personakit.world.words.campaign_themes import CAMPAIGN_THEMES, THEMES
from personakit.world.words.grammar import plural
from personakit.world.words.vocabulary import EMOTIONS, INTENTS, LEAVES

N = 4000


def arguments(n: int) -> dict:
    draw = np.random.default_rng(3)
    return {
        "intent": draw.integers(0, len(INTENTS), n),
        "emotion": draw.integers(0, len(EMOTIONS), n),
        "slots": {
            "leaf": draw.integers(0, len(LEAVES), n),
            "order_id": draw.integers(1000, 99999, n),
            "days": draw.integers(1, 12, n),
        },
        "given_name": draw.choice(["Ann", "Tom", "Priya", "Zoë"], n),
        "age_band": draw.integers(0, 6, n),
    }


@pytest.fixture(scope="module")
def written() -> tuple[list[str], list[str], pd.DataFrame, dict]:
    given = arguments(N)
    return *message_texts(7, np.arange(N), **given), given


def test_hardly_two_messages_are_alike(written):
    assert 1 - len(set(written[0])) / N < 0.02


def test_no_token_is_left_unfilled(written):
    assert not any("{" in text or "}" in text for text in written[0] + written[1])


def test_slots_are_the_ones_that_the_words_mention(written):
    texts, _, labels, given = written
    for k in range(N):
        leaf = LEAVES[given["slots"]["leaf"][k]]
        stated = json.loads(labels.slots[k])
        if "order_id" in stated:
            assert stated["order_id"] == str(given["slots"]["order_id"][k])
            if not labels.typos[k]:
                assert stated["order_id"] in texts[k]
        elif len(str(given["slots"]["order_id"][k])) == 5:
            assert str(given["slots"]["order_id"][k]) not in texts[k]
        if "product" in stated and not labels.typos[k] and "&" not in texts[k]:
            assert any(name.lower() in texts[k].lower() for name in (leaf.noun, plural(leaf)))


def test_spans_of_personal_data_hold_what_they_say(written):
    texts, _, labels, given = written
    forms = {
        "email": r"\S+@example\.(com|org|net)",
        "phone": r"07700[ -]?900\d{3}",
        "postcode": r"LK\d{1,2} \d[A-Z]{2}",
        "address": r"\d+ .+",
    }
    kinds = set()
    for k in range(N):
        for start, end, kind in json.loads(labels.pii[k]):
            kinds.add(kind)
            found = texts[k][start:end]
            assert found == given["given_name"][k] if kind == "name" else re.fullmatch(forms[kind], found), (
                kind,
                found,
            )
    assert kinds == {"name", "email", "phone", "postcode", "address"}


def test_every_address_and_number_in_the_text_is_in_a_span(written):
    texts, _, labels, _ = written
    for text, spans in zip(texts, labels.pii, strict=True):
        inside = json.loads(spans)
        for found in re.finditer(r"\S+@\S+\w|07700\D?900\d{3}|LK\d{1,2} \d[A-Z]{2}", text):
            assert any(start <= found.start() and found.end() <= end for start, end, _ in inside), text


def test_replies_greet_the_writer_and_fit_the_intent(written):
    _, replies, labels, given = written
    assert all(name in reply for name, reply in zip(given["given_name"], replies, strict=True))
    key = {
        "refund_status": r"refund|money",
        "cancel_order": r"cancel|order|refuse",
        "unsubscribe": r"list|switched off",
        "change_address": r"address",
    }
    for intent, pattern in key.items():
        assert all(
            re.search(pattern, reply) for reply, kind in zip(replies, labels.intent, strict=True) if kind == intent
        )


def test_intent_and_emotion_can_be_learnt_but_not_perfectly(written):
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    texts, _, labels, _ = written
    features = TfidfVectorizer(min_df=2).fit_transform(texts)
    scores = {}
    for target in ("intent", "emotion"):
        model = LogisticRegression(C=5, max_iter=300).fit(features[:3000], labels[target][:3000])
        scores[target] = model.score(features[3000:], labels[target][3000:])
    assert 0.80 < scores["intent"] < 0.985, scores
    assert 0.65 < scores["emotion"] < 0.99, scores


def test_a_message_does_not_depend_on_its_batch(written):
    texts, replies, labels, given = written
    some = np.array([3999, 5, 17])
    part = {name: values[some] for name, values in given.items() if name != "slots"}
    part["slots"] = {name: values[some] for name, values in given["slots"].items()}
    again, answers, truth = message_texts(7, some, **part)
    assert again == [texts[k] for k in some]
    assert answers == [replies[k] for k in some]
    pd.testing.assert_frame_equal(truth, labels.iloc[some].reset_index(drop=True))


def test_help_pages_answer_every_intent():
    pages = help_pages()
    assert set(pages.intent) == set(INTENTS)
    assert 18 <= len(pages) <= 25
    assert pages.page_id.is_unique


def test_the_five_themes_can_be_filled():
    assert THEMES == ("new_in", "bestsellers", "style", "value", "sustainability")
    fields = {
        "given_name": "Ann",
        "product": "a mug",
        "category": "mugs",
        "brand": "Halewick",
        "price": "£15",
        "discount": "10 %",
    }
    for theme in CAMPAIGN_THEMES:
        for line in (*theme.subjects, *theme.openings, *theme.bodies, *theme.short):
            assert "{" not in line.format_map(fields)
        assert len(theme.subjects) >= 5
        assert all(len(line.format_map(fields)) <= 160 for line in theme.short)
