"""Reviews: the size of the grammar, and whether the labels say what the words say."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from personakit.world.words import review_texts
from personakit.world.words.aspect_grammar import openings, predicates
from personakit.world.words.aspects_of_fit import FIT, SIZE
from personakit.world.words.aspects_of_products import PRICE, QUALITY
from personakit.world.words.aspects_of_service import DELIVERY, SERVICE
from personakit.world.words.vocabulary import ASPECTS, LEAVES

ALL = {"fit": FIT, "size": SIZE, "quality": QUALITY, "delivery": DELIVERY, "price": PRICE, "service": SERVICE}
N = 10_000


def arguments(n: int, seed: int = 5) -> dict[str, np.ndarray]:
    draw = np.random.default_rng(seed)
    content = draw.normal(0.8, 1.3, n)
    aspects = np.clip(content[:, None] * 0.8 + draw.normal(0, 1, (n, 5)), -2, 2)
    aspects[draw.random((n, 5)) > 0.42] = np.nan
    rating = np.clip(np.round(3.4 + 0.9 * content + draw.normal(0, 0.5, n)), 1, 5).astype(int)
    return {
        "aspects": aspects,
        "rating": rating,
        "age_band": draw.integers(0, 6, n),
        "leaf": draw.integers(0, len(LEAVES), n),
    }


@pytest.fixture(scope="module")
def written() -> tuple[list[str], pd.DataFrame, dict[str, np.ndarray]]:
    given_ = arguments(N)
    return *review_texts(7, np.arange(N), **given_), given_


@pytest.mark.parametrize("aspect", ALL)
def test_each_aspect_has_at_least_60_openings_and_120_predicates(aspect):
    assert len(set(openings(ALL[aspect]))) >= 60
    listed = [set(predicates(ALL[aspect], grade)) for grade in (-2, -1, 0, 1, 2)]
    assert sum(map(len, listed)) >= 120
    assert min(map(len, listed)) >= 15
    assert sum(map(len, listed)) == len(set().union(*listed)), "a predicate stands at two grades"


def test_fewer_than_two_reviews_in_a_hundred_are_alike(written):
    assert 1 - len(set(written[0])) / N < 0.02


def test_long_sentences_are_seldom_repeated(written):
    sentences = [s for text in written[0] for s in re.split(r"(?<=[.!?])\s", text.lower()) if len(s.split()) >= 8]
    repeated = sum(count - 1 for count in Counter(sentences).values())
    assert repeated < 0.10 * len(sentences)


def test_length_runs_from_three_to_120_words(written):
    words = np.array([len(text.split()) for text in written[0]])
    assert words.min() >= 2
    assert words.max() <= 125
    assert (words <= 8).mean() > 0.08
    assert (words >= 60).mean() > 0.05


def test_no_token_is_left_unfilled(written):
    assert not any("{" in text or "}" in text for text in written[0])


def test_stated_grades_are_the_given_ones_or_left_out(written):
    _, labels, given_ = written
    wanted = np.round(given_["aspects"])
    stated = labels[list(ASPECTS)].to_numpy()
    said = ~np.isnan(stated)
    assert (stated[said] == wanted[said]).all()
    assert said.sum() > 0.75 * (~np.isnan(wanted)).sum()


def test_every_figure_of_speech_occurs_at_a_natural_rate(written):
    rates = written[1][
        ["irony", "irony_marked", "negation", "contrast", "comparison", "understatement", "hedge"]
    ].mean()
    assert rates.between(0.01, 0.30).all(), rates.to_dict()
    assert 0.3 < rates["irony_marked"] / rates["irony"] < 0.7


def test_irony_is_only_used_for_complaints(written):
    labels = written[1]
    assert (labels.loc[labels.irony == 1, list(ASPECTS)].min(axis=1) < 0).all()


def test_negation_is_flagged_where_the_words_deny(written):
    texts, labels, _ = written
    denial = r"not|n't|never|nowhere|no means|anything but|nobody|don|far from"
    flagged = [
        text.lower()
        for text, flag, typos in zip(texts, labels.negation, labels.typos, strict=True)
        if flag and not typos
    ]
    assert np.mean([bool(re.search(denial, text)) for text in flagged]) > 0.97


def test_typing_errors_are_counted(written):
    labels = written[1]
    per_word = labels.typos.sum() / labels.words.sum()
    assert 0.004 < per_word < 0.02
    assert 0.1 < (labels.typos > 0).mean() < 0.35


def test_the_young_use_more_emoji_than_the_old(written):
    _, labels, given_ = written
    used = (labels.emoji > 0).groupby(given_["age_band"] // 2).mean()
    assert used[0] > 2 * used[2]


def test_a_bag_of_words_tells_polarity_well_but_not_perfectly(written):
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression

    texts, labels, _ = written
    chosen = np.flatnonzero(labels.polarity != 0)[:6000]
    features = CountVectorizer(binary=True, min_df=2).fit_transform([texts[k] for k in chosen])
    side = labels.polarity.to_numpy()[chosen]
    model = LogisticRegression(C=0.3, max_iter=300).fit(features[:5000], side[:5000])
    assert 0.75 <= model.score(features[5000:], side[5000:]) <= 0.97
    balanced = [(model.predict(features[5000:]) == side[5000:])[side[5000:] == s].mean() for s in (-1, 1)]
    assert min(balanced) > 0.5


@pytest.mark.parametrize("aspect", ASPECTS)
def test_a_bag_of_words_tells_each_aspects_polarity(written, aspect):
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression

    texts, labels, _ = written
    chosen = np.flatnonzero(labels[aspect].notna() & (labels[aspect] != 0))
    side = np.sign(labels[aspect].to_numpy()[chosen])
    features = CountVectorizer(binary=True, min_df=2).fit_transform([texts[k] for k in chosen])
    cut = int(0.8 * len(chosen))
    score = LogisticRegression(C=0.3, max_iter=300).fit(features[:cut], side[:cut]).score(features[cut:], side[cut:])
    assert 0.75 <= score <= 0.97
    assert score > max((side > 0).mean(), (side < 0).mean()) + 0.03


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 199), min_size=1, max_size=12, unique=True))
def test_a_review_does_not_depend_on_its_batch(chosen):
    given_ = arguments(200, seed=9)
    whole, labels = review_texts(7, np.arange(200), **given_)
    part, some = review_texts(7, np.array(chosen), **{name: values[chosen] for name, values in given_.items()})
    assert part == [whole[k] for k in chosen]
    pd.testing.assert_frame_equal(some, labels.iloc[chosen].reset_index(drop=True))


def test_another_seed_writes_other_reviews():
    given_ = arguments(50)
    assert review_texts(7, np.arange(50), **given_)[0] != review_texts(8, np.arange(50), **given_)[0]


def test_nothing_to_write_gives_empty_results():
    texts, labels = review_texts(7, [], aspects=np.empty((0, 5)), rating=[], age_band=[], leaf=[])
    assert texts == []
    assert len(labels) == 0
