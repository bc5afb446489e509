"""The record of processing: what is held, why, for how long; and the log of decisions."""

from __future__ import annotations

import pandas as pd
import pytest

from personakit.data import Tables
from personakit.errors import DataError, ParameterError, UnknownNameError
from personakit.privacy import ConsentLedger, Holdings
from personakit.recommend import EASE

ORDERS = pd.DataFrame({"customer_id": [1, 2, 2], "unit_price": [9.0, 5.0, 4.0]})


def test_the_overview_is_the_record_of_processing():
    model = EASE().fit(pd.DataFrame({"customer_id": [1], "product_id": [1]}))
    model.purpose_ = "recommendations"
    holdings = Holdings({"order_lines": ORDERS}, ConsentLedger(), models={"ease": model})
    holdings.add("profiles", ORDERS, kind="table", purpose=["analytics", "image"], basis="consent", retention="a year")
    record = holdings.overview()
    assert record.index.tolist() == ["order_lines", "ledger", "ease", "decisions", "profiles"]
    assert record.loc["order_lines", ["kind", "what", "rows", "basis"]].tolist() == [
        "table", "a product in an order", 3, "contract",
    ]  # fmt: skip
    assert record.loc["ease", "purpose"] == "recommendations" and record["rows"].isna()["ease"]
    assert record.loc["profiles", ["purpose", "basis", "retention"]].tolist() == [
        "analytics; image",
        "consent",
        "a year",
    ]


def test_tables_about_nobody_are_passed_on_and_tables_keep_their_record():
    given = Tables({"order_lines": ORDERS, "products": pd.DataFrame({"product_id": [1]})}, source="the till")
    holdings = Holdings(given)
    holdings.erase(2, at="2025-12-31")
    assert list(holdings.tables) == ["order_lines", "products"]
    assert (len(holdings.tables["order_lines"]), holdings.tables.source) == (1, "the till")
    assert len(given["order_lines"]) == 3  # a Tables does not change; holdings.tables is the one to go on with


def test_the_purpose_and_ledger_that_a_frame_carries_outlive_an_erasure():
    frame = ORDERS.copy()
    frame.attrs["purpose"] = "analytics"
    holdings = Holdings({"orders": frame})
    holdings.erase(2, at="2025-12-31")
    assert holdings.tables["orders"].attrs == {"purpose": "analytics"}


@pytest.mark.parametrize(
    ("make", "kind", "text"),
    [
        (
            lambda: Holdings({"visits": pd.DataFrame({"who": [1]})}),
            DataError,
            r"visits has no column customer_id \(it has who\), .* Rename the column that names the customer",
        ),
        (
            lambda: Holdings({"identities": pd.DataFrame({"record_id": [1]})}),
            DataError,
            r"identities has no column customer_id .* Pass links=, whose each record_id is",
        ),
        (lambda: Holdings(links=pd.DataFrame({"a": [1]})), DataError, r"links has no column record_id, customer_id"),
        (lambda: Holdings({"a": ORDERS}, caches={"a": {}}), ParameterError, r"the name 'a' is taken"),
        (
            lambda: Holdings().add("a", {}, kind="heap", purpose="x"),
            ParameterError,
            r"'a' has the kind 'heap'. Kinds are table, ledger, links, store, model, cache, index, decisions",
        ),
        (lambda: Holdings().add("a", {}, kind="cache", purpose="x", basis="greed"), ParameterError, "greed"),
        (
            lambda: Holdings(indexes={"vectors": (1, 2)}),
            DataError,
            r"vectors \(index, tuple\) has no way to erase anybody. Give it a method forget\(customer_ids\)",
        ),
        (lambda: Holdings({"a": ORDERS}).describe("a", colour=1), ParameterError, r"describe: colour cannot be stated"),
        (lambda: Holdings({"a": ORDERS}).describe("b"), UnknownNameError, r"Holdings has nothing called 'b'"),
    ],
)
def test_what_cannot_be_held_is_said(make, kind, text):
    with pytest.raises(kind, match=text):
        make()


def test_decisions_are_logged_with_ids_that_are_never_used_again():
    holdings = Holdings()
    assert holdings.log([1, 2], purpose="image", model="clip", decided="blue", at="2025-01-01") == ["d1", "d2"]
    holdings.erase(2, at="2025-12-31")
    why = ["bought red", "bought green"]
    assert holdings.log([1, 3], purpose="image", model="clip", decided=["red", "green"], why=why, at="2025-02-01") == [
        "d3", "d4",
    ]  # fmt: skip
    assert holdings.decisions["customer_id"].tolist() == [1, 1, 3]
    assert holdings.decisions["why"].tolist() == ["", "bought red", "bought green"]


def test_a_log_of_ones_own_is_taken_over():
    log = pd.DataFrame(
        {
            "decision_id": ["a"],
            "customer_id": [7],
            "timestamp": ["2025-01-05 10:00"],
            "purpose": ["image"],
            "model": ["clip"],
            "decided": ["blue"],
        }
    )
    assert Holdings(decisions=log).explain_use(7, at="2025-12-31").decisions["decided"].tolist() == ["blue"]


@pytest.mark.parametrize(
    ("change", "kind", "text"),
    [
        ({"purpose": ["looking"]}, UnknownNameError, "There is no purpose 'looking'"),
        ({"customer_id": [None]}, DataError, r"decisions.customer_id has 1 missing values \(rows 0\)"),
        ({"timestamp": [None]}, DataError, r"decisions.timestamp has 1 missing values"),
    ],
)
def test_a_log_that_cannot_be_shown_to_whom_it_concerns_is_refused(change, kind, text):
    log = {"decision_id": [1], "customer_id": [7], "timestamp": ["2025-01-05"], "purpose": ["image"], "model": ["m"]}
    with pytest.raises(kind, match=text):
        Holdings(decisions=pd.DataFrame({**log, "decided": ["x"], **change}))


def test_other_faults_of_the_log_are_named():
    log = {"decision_id": [1, 1], "customer_id": 7, "timestamp": "2025-01-05", "purpose": "image", "model": "m"}
    with pytest.raises(DataError, match=r"decision_id has 1 repeated values \(rows 1: 1\)"):
        Holdings(decisions=pd.DataFrame({**log, "decided": "x"}))
    with pytest.raises(DataError, match="decisions has no column decided"):
        Holdings(decisions=pd.DataFrame(log))
    with pytest.raises(ParameterError, match="log: 2 customers and 3 texts in decided were given"):
        Holdings().log([1, 2], purpose="image", model="m", decided=["a", "b", "c"], at="2025-01-01")


def test_the_overview_in_html_is_escaped():
    holdings = Holdings({"<b>orders</b>": ORDERS})
    assert "<b>" not in holdings._repr_html_() and "&lt;b&gt;orders" in holdings._repr_html_()
    assert repr(holdings) == "Holdings(<b>orders</b>, decisions)"
