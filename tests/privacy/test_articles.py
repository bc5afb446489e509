"""The table of articles: every step is there, every number looks like one, and every call exists."""

import re

import pytest

import personakit as pk
from personakit.errors import UnknownNameError
from personakit.privacy import articles

# Which side each of these is on is the law's own statement, read there and not in the table.
GDPR = ["4(11)", "5(1)(b)", "5(1)(c)", "5(1)(e)", "6(1)(a)", "7(3)", "12(3)", "15", "16", "17", "20", "21(1)", "22",
        "25", "30", "32(1)(a)", "35"]  # fmt: skip
CCPA = ["1798.100", "1798.105", "1798.106", "1798.110", "1798.120", "1798.121", "1798.125", "1798.130", "1798.135"]


def test_the_articles_that_matter_are_all_there():
    table = articles()
    every = ", ".join(table["gdpr"])
    numbers = set(re.findall(r"\d+(?:\(\w+\))*", every))
    assert [article for article in GDPR if article not in numbers] == []
    sections = set(re.findall(r"1798\.\d+", ", ".join(table["ccpa"])))
    assert [section for section in CCPA if section not in sections] == []


def test_articles_are_within_the_laws():
    """The GDPR has 99 articles and 173 recitals; the CCPA is 1798.100 to 1798.199.100."""
    table = articles()
    for text in table["gdpr"]:
        own = re.sub(r"; Directive.*", "", text)
        for number in re.findall(r"(?<![\d(])(\d+)", re.sub(r"recitals? \d+( and \d+)?", "", own)):
            assert 1 <= int(number) <= 99
        assert all(1 <= int(number) <= 173 for number in re.findall(r"recitals? (\d+)", own))
    for text in table["ccpa"]:
        assert all(re.fullmatch(r"1798\.1\d\d(\(\w+\))*", part) for part in text.split(", "))


def test_no_step_is_without_words_and_each_is_there_once():
    table = articles()
    assert table.index.is_unique and not table.isna().any(axis=None)
    assert (table[["gdpr_says", "ccpa_says"]].map(len) > 25).all(axis=None)


def test_the_calls_exist():
    rooms = [pk.privacy, pk.profile]
    for text in articles()["calls"]:
        for call in re.sub(r"\(.*?\)", "", text).split(", "):
            if call.startswith("purposes "):
                assert {"voice", "image"} <= set(pk.privacy.purposes().index)
                continue
            name, _, method = call.partition(".")
            room = next(room for room in rooms if name in dir(room))
            found = getattr(room, name)
            assert callable(getattr(found, method) if method else found)


def test_one_step_can_be_looked_up_and_a_wrong_one_is_answered_with_the_nearest():
    assert articles("withdraw")["gdpr"].iloc[0].startswith("7(3)")
    with pytest.raises(UnknownNameError, match=r"no step 'eraze'; did you mean 'erase'\? Steps are: ask, withdraw"):
        articles("eraze")


def test_a_change_to_the_answer_does_not_reach_the_next():
    table = articles()
    table.loc["erase", "gdpr"] = "none"
    assert articles("erase")["gdpr"].iloc[0] == "17, 19"
