"""The notebook on privacy, consent and ethics: its claims stand in its outputs."""

import re

import pytest


@pytest.fixture(scope="module")
def saved(notebook):
    return notebook("03_privacy_consent_and_ethics")


def test_no_model_is_fitted_on_people_who_did_not_pass_the_gate(saved):
    """What is fitted is a gated table, or made from one in the same cell."""
    for source in saved.sources:
        for fitted in re.findall(r"\.(?:fit|fit_predict|learn)\(([\w.]+)", source):
            assert not fitted.startswith(("tables", "profiles", "bought")), source


def test_the_law_is_quoted_as_facts(saved):
    assert "no legal advice" in saved.prose.lower()
    table = next(text for text in saved.texts if "keep to the purpose" in text)
    assert all(number in table for number in ("7(3)", "5(1)(b)", "17, 19", "1798.105", "1798.125"))


def test_what_the_prose_says_stands_in_the_outputs(saved):
    text = "\n".join(saved.texts)
    assert re.search(r"0 of [\d,]+ recommendations are to somebody without consent", text)
    assert "EASE is as if she had never been there: True" in text
    assert re.search(r"her e-mail +2 +0\nher other e-mail +1 +0\nher telephone +1 +0", text)
    assert re.search(r"SVD \(model\): 12 rows, marked for retraining", text)
    assert re.search(r"privacy concern \(truth\) -0\.78 \(-0\.84 to -0\.71\)", text)
    assert "keyed pseudonyms, joined over two purposes                   0" in text
    assert "the first 3 facts 0 (0 to 1); the first 4 facts 88 (87 to 89)" in text
    assert "yorkshire 260 (246 to 274), exact 235" in text
    assert "0.2 of 1 is left: nothing was computed or spent" in text
    assert "totals as they are 0.61 (0.60 to 0.62)" in text
    assert "gained by personal prices 3.32 (2.24 to 4.39)" in text and "lost by even prices 1.95" in text
    assert re.search(r"other +89 +39\.3", text)
    assert "55 of 2,998 said no first" in text
