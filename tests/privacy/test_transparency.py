"""The letter says all: every purpose, every decision, everything held, what was kept back, and what she can do."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from personakit.privacy import ConsentLedger, Holdings, purposes, register_purpose
from personakit.recommend import ItemKNN

NAMES = ["analytics", "recommendations", "marketing_email", "image"]
said = st.lists(st.tuples(st.integers(1, 3), st.sampled_from(NAMES), st.booleans(), st.integers(0, 50)), max_size=15)
done = st.lists(st.tuples(st.integers(1, 3), st.sampled_from(NAMES), st.sampled_from(["ease", "rule"])), max_size=12)


def holdings_of(choices, decisions):
    ledger = ConsentLedger()
    for customer, purpose, granted, day in choices:
        at = pd.Timestamp("2025-01-01") + pd.Timedelta(days=day)
        (ledger.grant if granted else ledger.withdraw)(customer, purpose, at=at)
    holdings = Holdings({"customers": pd.DataFrame({"customer_id": [1, 2, 3]})}, ledger)
    for number, (customer, purpose, model) in enumerate(decisions):
        at = pd.Timestamp("2025-02-01") + pd.Timedelta(hours=number)
        holdings.log(customer, purpose=purpose, model=model, decided=f"outcome {number}", at=at)
    return holdings


@settings(max_examples=25)
@given(said, done)
def test_every_purpose_is_named_and_every_decision_counted(choices, decisions):
    holdings = holdings_of(choices, decisions)
    letter = holdings.explain_use(1, at="2025-12-31")
    text = letter.to_text()
    agreed, kept_back = (
        text.split("What is kept back")[0],
        text.split("What is kept back")[1].split("What it decided")[0],
    )
    for purpose in purposes().index:
        granted = 1 in holdings["ledger"].thing.valid(purpose, "2025-12-31")
        assert (f"- {purpose}: yes" in agreed) == granted
        assert (f"- {purpose}: no" in kept_back) == (not granted)
    hers = [(number, purpose, model) for number, (who, purpose, model) in enumerate(decisions) if who == 1]
    assert len(letter.decisions) == len(hers)
    assert all(f"outcome {number}" in text for number, _, _ in hers)
    assert not any(f"outcome {n}\n" in text for n, (who, _, _) in enumerate(decisions) if who != 1)
    for purpose in NAMES:
        for model in ("ease", "rule"):
            count = sum(each[1:] == (purpose, model) for each in hers)
            line = f"- {purpose}: {count} decision{'' if count == 1 else 's'} by {model}"
            assert (line in text) == (count > 0)


def test_the_letter_reads_as_it_should():
    ledger = ConsentLedger()
    ledger.grant(1, "recommendations", at="2025-01-05", source="app", expires="2026-01-04")
    ledger.grant(1, "image", at="2025-01-05")
    ledger.withdraw(1, "image", at="2025-02-05")
    ledger.withdraw(1, "marketing_sms", at="2025-03-05")
    ledger.grant(1, "analytics", at="2025-01-05", expires="2025-06-30")
    ledger.grant(1, "voice", at="2025-01-05", basis="legitimate_interests")
    when = pd.to_datetime(["2025-03-01 10:00", "2025-04-02 11:00"])
    orders = pd.DataFrame({"customer_id": [1, 1], "timestamp": when, "product_id": [1, 2]})
    holdings = Holdings({"order_lines": orders}, ledger)
    holdings.describe("order_lines", retention="ten years", keep="tax law")
    lines = holdings.explain_use(1, at="2025-12-31").to_text().splitlines()
    for line in (
        "- order_lines (a product in an order): 2 rows, from 2025-03-01 to 2025-04-02. It is for: delivering orders "
        "and taking returns, because our contract with you needs it. We keep it: ten years, by law, also after an "
        "erasure (tax law).",
        "- image: no. You took your consent back on 2025-02-05.",
        "- marketing_sms: no. You said no on 2025-03-05.",
        "- analytics: no longer. Your consent ended on 2025-06-30 23:59:59.",
        "- marketing_email: no. You were not asked, and silence is no consent.",
        "No decision about you is on record.",
    ):
        assert line in lines
    assert any(
        line.startswith(
            "- recommendations: yes, since 2025-01-05, until 2026-01-04 23:59:59, because you agreed (app)."
        )
        for line in lines
    )
    assert any("- voice: yes, since 2025-01-05, because we have a legitimate interest in it" in line for line in lines)


def test_it_says_how_to_object_withdraw_and_erase_and_by_which_article():
    text = Holdings({"customers": pd.DataFrame({"customer_id": [1]})}).explain_use(1).to_text()
    for right, article in (
        ("See it all", "15 and 20"), ("Correct it", "16"), ("Erase it", "17"), ("Limit it", "18"), ("Object", "21"),
        ("Let a person decide", "22"), ("Withdraw consent", r"7\(3\)"), ("Complain", "77"),
    ):  # fmt: skip
        assert re.search(rf"- {right}: .*articles? {article}\)", text), right


def test_sentences_are_short():
    """Plain language: under 14 words a sentence on average, and none above 30."""
    text = (
        holdings_of([(1, "recommendations", True, 0)], [(1, "image", "rule")]).explain_use(1, at="2025-12-31").to_text()
    )
    sentences = [each.split() for each in re.split(r"[.:\n]+", text) if len(each.split()) > 1]
    lengths = [len(words) for words in sentences]
    assert sum(lengths) / len(lengths) < 14
    assert max(lengths) <= 30


def test_a_model_that_still_holds_rows_for_a_purpose_she_left_is_not_withheld():
    rows = pd.DataFrame({"customer_id": [1, 1, 2], "product_id": [1, 2, 1]})
    rows.attrs["purpose"] = "recommendations"
    ledger = ConsentLedger()
    ledger.grant(1, "recommendations", at="2025-01-01")
    holdings = Holdings({"interactions": rows}, ledger, models={"knn": ItemKNN().fit(rows)})
    sentence = "The model knn (recommendations) still holds what it learnt from 2 rows of yours."
    assert sentence not in holdings.explain_use(1, at="2025-12-31").to_text()
    ledger.withdraw(1, "recommendations", at="2025-02-01")
    assert sentence in holdings.explain_use(1, at="2025-12-31").to_text()


def test_everything_that_the_export_has_is_in_the_letter():
    holdings = holdings_of([(1, "image", True, 0)], [(1, "image", "rule")])
    names = {section.name for section in holdings.export(1).sections}
    assert names == set(holdings.explain_use(1, at="2025-12-31").held["holding"])


def test_decisions_after_the_moment_do_not_count_yet():
    holdings = holdings_of([], [(1, "image", "rule")])
    assert holdings.explain_use(1, at="2025-01-31").decisions.empty
    assert len(holdings.explain_use(1, at="2025-02-01").decisions) == 1


def test_a_purpose_of_ones_own_is_named_too():
    register_purpose("size_advice", "advise on sizes from earlier returns")
    assert "- size_advice: no. You were not asked" in Holdings().explain_use(1).to_text()


def test_a_stranger_is_told_that_nothing_is_held():
    holdings = holdings_of([(2, "image", True, 0)], [])
    holdings.add("opaque", object(), kind="model", purpose="analytics")
    text = holdings.explain_use(9, at="2025-12-31").to_text()
    assert "We hold nothing about you." in text and "opaque" not in text


@pytest.mark.parametrize("form", ["to_html", "_repr_html_", "to_markdown"])
def test_nothing_from_the_data_is_a_tag(form):
    holdings = holdings_of([], [])
    holdings.log(1, purpose="image", model="<script>m</script>", decided="<img src=x>", at="2025-02-01", why="<b>w</b>")
    page = getattr(holdings.explain_use(1, at="2025-12-31"), form)()
    assert not re.search(r"<(script|img|b)\b", page) and "&lt;img" in page
