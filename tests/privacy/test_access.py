"""The export holds everything about her, nothing about anybody else, and is safe to open."""

from __future__ import annotations

import csv
import json
import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from personakit.errors import ParameterError
from personakit.privacy import ConsentLedger, Holdings
from personakit.recommend import ItemKNN

NASTY = ["=HYPERLINK(1)", "<script>alert(1)</script>", "a|b", "new\nline", "[x](javascript:1)", "*bold*", "# head"]


class Words(HTMLParser):
    """The tags and the text of a page."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.text = set(), []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)

    def handle_data(self, data):
        self.text.append(data)


def shop(n_customers=4, seed=0):
    """A shop in which each customer has a secret of her own in every holding."""
    rng = np.random.default_rng(seed)
    ids = np.arange(1, n_customers + 1)
    orders = rng.choice(ids, 3 * n_customers)
    rows = pd.DataFrame({"customer_id": orders, "product_id": rng.integers(1, 6, len(orders))})
    visits = pd.DataFrame({"customer_id": rng.choice(ids, 9), "where": "x"})
    ledger = ConsentLedger()
    for one in ids.tolist():
        ledger.grant(one, "recommendations", at="2025-01-05", source=f"secret{one}.")
    holdings = Holdings(
        {
            "customers": pd.DataFrame({"customer_id": ids, "given_name": [f"secret{one}." for one in ids]}),
            "order_lines": rows.assign(note=[f"secret{one}." for one in orders]),
            "visits": visits.assign(note=[f"secret{one}." for one in visits["customer_id"]]).set_index("customer_id"),
            "identities": pd.DataFrame({"record_id": 100 + ids, "email": [f"secret{one}." for one in ids]}),
        },
        ledger,
        links=dict(zip((100 + ids).tolist(), ids.tolist(), strict=True)),
        models={"knn": ItemKNN().fit(rows)},
        caches={
            "greeting": {one: f"secret{one}." for one in ids.tolist()},
            "lists": {"today": pd.DataFrame({"customer_id": ids, "text": [f"secret{one}." for one in ids]})},
        },
    )
    texts = [f"secret{one}." for one in ids]
    holdings.log(ids.tolist(), purpose="recommendations", model="knn", decided=texts, why=texts, at="2025-03-01")
    return holdings


@settings(max_examples=12)
@given(st.integers(1, 5), st.integers(0, 100))
def test_everything_of_hers_and_nothing_of_anybody_elses_is_in_every_form(customer, seed):
    holdings = shop(5, seed)
    export = holdings.export(customer, at="2025-12-31")
    for text in (export.to_markdown(), export.to_html(), export.to_json(), export.to_text(), export._repr_html_()):
        named = re.findall(r"secret(\d+)\\?\.", text)
        assert set(named) == {str(customer)}
        held = holdings.tables["order_lines"]["customer_id"].eq(customer).sum()
        held += holdings.tables["visits"].index.isin([customer]).sum()
        assert len(named) == held + 7  # customers, identities, ledger, two caches, and decided and why of a decision
    assert len(export.to_dict()["holdings"]) == len(export.sections)


def test_each_table_has_a_heading_in_words_meanings_and_why_it_is_held():
    text = shop().export(1, at="2025-12-31").to_text()
    assert "Table: customers" in text and "- given_name: first name as on the account" in text
    assert (
        "One row is a product in an order. Held for: delivering orders and taking returns. Lawful basis: contract."
        in text
    )
    assert "Your choices: ledger" in text and "- choice: granted, refused, withdrawn" in text
    assert "What a model learnt from: knn" in text and "What a model recommends to you: knn" in text
    assert "Decisions about you: decisions" in text and "- why: the reason, in words" in text


def test_a_stranger_gets_a_clear_answer():
    export = shop().export(99, at="2025-12-31")
    assert export.nothing_held and export.sections == ()
    assert "Nothing is held about customer 99." in export.to_text()
    assert export.to_dict()["holdings"] == []


def test_models_that_cannot_say_what_they_hold_are_named():
    holdings = shop()
    holdings.add("opaque", object(), kind="model", purpose="analytics")
    assert "These may have learnt from your data and cannot say so: opaque." in holdings.export(1).to_text()
    assert holdings.export(99).cannot_say == ()


def test_numbers_times_and_gaps_go_through_json_and_back():
    table = pd.DataFrame(
        {
            "customer_id": [1],
            "timestamp": pd.to_datetime(["2025-01-05 10:00"]),
            "spent": [np.float32(1.5)],
            "returned": [True],
            "gap": [np.nan],
            "tags": [["a", np.int64(2)]],
            "day": pd.PeriodIndex(["2025-01"], freq="M"),
            "endless": [np.inf],
            "kind": pd.Categorical(["x"]),
        }
    )
    read = json.loads(Holdings({"things": table}).export(1, at="2025-12-31").to_json())
    assert read["holdings"][0]["rows"] == [
        {
            "customer_id": 1,
            "timestamp": "2025-01-05T10:00:00",
            "spent": 1.5,
            "returned": True,
            "gap": None,
            "tags": ["a", 2],
            "day": "2025-01",
            "endless": None,
            "kind": "x",
        }
    ]
    assert read["at"] == "2025-12-31T23:59:59.999999"


def test_nothing_from_the_data_is_a_mark_a_tag_or_a_formula(tmp_path):
    table = pd.DataFrame({"customer_id": 1, "<b>name</b>": NASTY})
    export = Holdings({"=cmd": table}).export(1, at="2025-12-31")
    page = Words(export.to_html())
    assert not page.tags & {"script", "b", "a", "img"}
    assert {text for text in NASTY if "\n" not in text} <= set(page.text)
    body = export.to_markdown()
    assert "<script>" not in body and "[x](" not in body and r"a\|b" in body and r"\*bold\*" in body
    rows = [line for line in body.splitlines() if line.startswith("| 1 |")]
    assert len(rows) == len(NASTY) and all(len(re.findall(r"(?<!\\)\|", row)) == 3 for row in rows)
    paths = export.save(tmp_path / "all")
    sheet = next(path for path in paths if path.suffix == ".csv")
    assert sheet.name == "_cmd.csv"
    with sheet.open(newline="", encoding="utf-8") as lines:
        cells = [cell for row in csv.reader(lines) for cell in row]
    assert "'=HYPERLINK(1)" in cells and not any(cell[:1] in "=+-@\t\r" for cell in cells if cell)


def test_one_file_or_a_folder_is_written(tmp_path):
    export = shop().export(1, at="2025-12-31")
    for ending, start in ((".html", "<!DOCTYPE html>"), (".md", "# What we hold"), (".txt", "What we"), (".json", "{")):
        assert export.save(tmp_path / "new" / f"mine{ending}")[0].read_text(encoding="utf-8").startswith(start)
    names = {path.name for path in export.save(tmp_path / "folder")}
    assert {"export.html", "export.json", "customers.csv", "knn.recommended.csv"} <= names
    with pytest.raises(ParameterError, match=r"mine.pdf ends in .pdf. An export is written as .html, .md, .txt, .json"):
        export.save(tmp_path / "mine.pdf")


def test_what_is_exported_afterwards_is_nothing():
    holdings = shop()
    holdings.erase(1, at="2025-12-31")
    assert holdings.export(1).nothing_held
    assert not holdings.export(2).nothing_held
