"""Receipts prove what was done to whoever holds the token, and tell nobody else whom it concerned."""

from __future__ import annotations

import copy
import dataclasses
import hashlib
import hmac
import json
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from personakit.errors import DataError, ParameterError
from personakit.privacy import Holdings, Receipt, digest_of, verify_receipts
from personakit.privacy.ids import id_text

PEOPLE = pd.DataFrame({"customer_id": range(1, 501)})


def erased(customer_id=77, **things):
    holdings = Holdings({"customers": PEOPLE}, **things)
    return holdings, holdings.erase(customer_id, at="2025-12-31")


def test_the_customer_and_nobody_else_fits_the_receipt():
    _, receipt = erased()
    assert receipt.verify(77, receipt.token)
    assert not any(receipt.verify(other, receipt.token) for other in range(1, 501) if other != 77)
    assert not receipt.verify("77", receipt.token)
    assert receipt.verify(np.int64(77), receipt.token)


def test_trying_every_customer_without_the_token_finds_nobody():
    """All keys that somebody with the receipts and the tables has: every text in them, every digest of those."""
    holdings, receipt = erased()
    kept = holdings.receipts[0]
    texts = {str(value) for value in re.findall(r"[\w:.-]+", kept.to_json())} | {"", "0" * 64, digest_of(PEOPLE)}
    values = set(re.findall(r"[0-9a-f]{64}", kept.to_json()))
    keys = [text.encode() for text in texts] + [bytes.fromhex(value) for value in values]
    for customer in range(1, 501):
        left = PEOPLE[PEOPLE["customer_id"] != customer]
        for message in (f"customer:{id_text(customer)}", id_text(customer), str(customer)):
            assert hashlib.sha256(message.encode()).hexdigest() not in values
            assert not values & {hmac.digest(key, message.encode(), "sha256").hex() for key in keys}
        if customer != 77:  # whoever has the table that is left could rebuild the one before, for each id in turn
            rebuilt = pd.concat([left, PEOPLE.loc[[customer - 1]]])
            assert digest_of(rebuilt) not in values
    assert digest_of(PEOPLE) not in values  # the digest before is keyed, even for the right guess
    assert receipt.verify_before("customers", digest_of(PEOPLE), receipt.token)


def test_a_guessed_token_says_no():
    _, receipt = erased()
    assert not receipt.verify(77, Receipt.new_token())
    with pytest.raises(ParameterError, match="The token is not one of ours: it has 64 hexadecimal digits"):
        receipt.verify(77, "abc")


def test_the_receipt_that_is_kept_has_no_token_and_none_is_written_or_shown():
    holdings, receipt = erased()
    assert len(receipt.token) == 64
    assert holdings.receipts[0].token is None
    assert holdings.receipts[0] == receipt
    for text in (receipt.to_json(), repr(receipt), str(receipt), receipt._repr_html_()):
        assert receipt.token not in text
    everything = json.dumps({name: repr(value) for name, value in vars(holdings).items()})
    assert receipt.token not in everything


def test_no_field_of_the_receipt_names_the_customer():
    customer = "ada.lovelace@example.com"
    table = pd.DataFrame({"customer_id": [customer, "b"], "name": ["Ada", "Bo"]})
    holdings = Holdings({"customers": table}, caches={"lists": {customer: ["Ada's list"]}})
    receipt = holdings.erase(customer, at="2025-12-31")
    for text in (receipt.to_json(), receipt._repr_html_(), str(receipt), receipt.to_frame().to_csv()):
        assert "ada" not in text.lower()


def test_the_digest_after_is_that_of_what_is_left():
    holdings, receipt = erased()
    part = receipt.parts[0]
    assert (part.holding, part.rows, part.method) == ("customers", 1, "deleted")
    assert part.after == digest_of(holdings.tables["customers"])


def test_receipts_are_a_chain_and_any_change_breaks_it():
    holdings, _ = erased()
    for customer in (5, 6, 5):
        holdings.erase(customer, at="2026-01-01")
    chain = list(holdings.receipts)
    assert verify_receipts(chain)
    assert not verify_receipts(chain[1:])
    assert not verify_receipts([chain[0], chain[2], chain[3]])
    assert not verify_receipts([chain[1], chain[0], *chain[2:]])
    assert not verify_receipts([dataclasses.replace(chain[0], at="2020-01-01"), *chain[1:]])


def test_a_receipt_survives_json_and_a_changed_one_is_found_out():
    _, receipt = erased()
    text = receipt.to_json()
    assert Receipt.from_json(text) == receipt
    assert Receipt.from_json(text).verify(77, receipt.token)
    changed = json.loads(text)
    changed["parts"][0]["rows"] = 0
    with pytest.raises(DataError, match=r"Receipt 1 was changed: its contents do not give its digest"):
        Receipt.from_json(json.dumps(changed))
    with pytest.raises(DataError, match="This is no receipt of an erasure"):
        Receipt.from_json('{"number": 1}')
    with pytest.raises(DataError, match="This is no receipt of an erasure"):
        Receipt.from_json("[]")


def test_html_is_escaped():
    bad = "<script>alert(1)</script>"
    holdings = Holdings()
    holdings.add(bad, pd.DataFrame({"customer_id": [1]}), kind="table", purpose="x", keep=bad)
    page = holdings.erase(1, at="2025-12-31")._repr_html_()
    assert "<script>" not in page and "&lt;script&gt;" in page


def test_an_unknown_holding_is_named():
    _, receipt = erased()
    with pytest.raises(ParameterError, match=r"Receipt 1 has no holding 'orders'. It has customers, decisions"):
        receipt.verify_before("orders", "0" * 64, receipt.token)


cells = st.one_of(st.integers(-5, 5), st.floats(allow_nan=False), st.text(max_size=3), st.none())


@given(st.lists(st.tuples(cells, cells), max_size=6), st.integers(0, 5))
def test_the_same_table_has_the_same_digest_and_another_has_another(rows, at):
    table = pd.DataFrame(rows, columns=["a", "b"], dtype=object)
    assert digest_of(table) == digest_of(copy.deepcopy(table))
    if at < len(rows):
        changed = table.copy()
        changed.iloc[at, 1] = "something else"
        assert digest_of(changed) != digest_of(table)
        assert digest_of(table.drop(index=at)) != digest_of(table)


def test_digests_see_into_objects_but_not_at_their_addresses():
    class Model:
        def __init__(self, value):
            self.weights_ = np.array([1.0, value])
            self.seen_ = sparse.csr_matrix([[0.0, value]])
            self.itself = self
            self.names = {"b": [1], "a": ("x", None)}

    assert digest_of(Model(2.0)) == digest_of(Model(2.0))
    assert digest_of(Model(2.0)) != digest_of(Model(3.0))
