"""Erasure: from everything or from nothing, twice as well as once, and with a deadline where it cannot be exact."""

from __future__ import annotations

import copy
import warnings
from functools import lru_cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from personakit.decide import LinUCB
from personakit.errors import DataError, ParameterError, UnknownNameError
from personakit.privacy import ConsentLedger, ErasureError, Holdings, digest_of, new_key
from personakit.recommend import EASE, ItemKNN, Popular, SurpriseRecommender

KEY = bytes(range(32))


class Forgetful:
    """The least that a model or a store must have."""

    purpose_ = "recommendations"

    def __init__(self, ids=(1, 2, 3)):
        self.ids = list(ids)

    def forget(self, customer_ids):
        self.ids = [one for one in self.ids if one not in set(customer_ids)]
        return self

    def held_about(self, customer_id):
        return pd.DataFrame({"row": [one for one in self.ids if one == customer_id]})


class Failing(Forgetful):
    def forget(self, customer_ids):
        self.ids = []
        raise MemoryError("no room to solve anew")


class Store(Forgetful):
    """A store whose `forget` takes one customer and her records."""

    records = ()

    def forget(self, customer_id, record_ids=None):
        self.records = list(record_ids)
        return super().forget([customer_id])


class Opaque:
    """A model that can neither forget nor say whom it knows."""

    purpose_ = "analytics"


class Vectors:
    """An index of a C library: no attributes, keys by number."""

    __slots__ = ("keys",)

    def __init__(self, keys):
        self.keys = set(keys)

    def __contains__(self, key):
        return key in self.keys

    def remove(self, key):
        self.keys.remove(key)


def tables():
    people = [1, 2, 3, 2, 1, 2]
    return {
        "customers": pd.DataFrame({"customer_id": [1, 2, 3], "email": ["a@x.org", "b@x.org", "c@x.org"]}),
        "order_lines": pd.DataFrame({"customer_id": people, "unit_price": np.arange(6.0)}),
        "identities": pd.DataFrame({"record_id": [10, 11, 12, 13], "email": ["a@x", "b@x", "b@y", "c@x"]}),
        "products": pd.DataFrame({"product_id": [1]}),
    }


def ledger():
    said = ConsentLedger()
    said.grant([1, 2, 3], "recommendations", at="2025-01-01")
    said.withdraw(2, "recommendations", at="2025-02-01")
    return said


def everything(**more):
    rows = pd.DataFrame({"customer_id": [1, 1, 2, 2, 3], "product_id": [7, 8, 7, 9, 8], "rating": [1.0, 2, 3, 4, 5]})
    bandit = LinUCB(2, 1).learn([[1.0], [1.0], [1.0]], [0, 1, 1], [1.0, 0.5, 0.2], [1, 2, 3])
    models = {
        "ease": EASE(l2=1.0).fit(rows),
        "knn": ItemKNN().fit(rows),
        "popular": Popular().fit(rows),
        "neighbours": SurpriseRecommender("KNNBasic").fit(rows),
        "svd": SurpriseRecommender("SVD", n_factors=2).fit(rows),
        "bandit": bandit,
    }
    everyone = pd.DataFrame({"customer_id": [1, 2, 3], "product_id": [9, 8, 7]})
    holdings = Holdings(
        tables(),
        ledger(),
        links={10: 1, 11: 2, 12: 2, 13: 3},
        stores={"profiles": Store()},
        models={**models, **more},
        caches={"lists": {1: ["a"], 2: ["b"], "all": everyone}},
        indexes={"vectors": Vectors([1, 2, 3])},
    )
    holdings.log([1, 2, 2], purpose="recommendations", model="ease", decided=["a", "b", "c"], at="2025-03-01")
    return holdings


def state(holdings):
    return {
        holding.name: sorted(holding.thing.keys) if isinstance(holding.thing, Vectors) else digest_of(holding.thing)
        for holding in holdings
    }


def test_she_leaves_everything_and_nobody_else_does():
    holdings, untouched = everything(), everything()
    receipt = holdings.erase(2, at="2025-12-31")
    for holding in holdings:
        if holding.name != "svd":
            assert not holding.count(2), holding.name
        for other in (1, 3):
            for name, rows in (untouched[holding.name].about(other) or {}).items():
                pd.testing.assert_frame_equal(holding.about(other)[name], rows)
    methods = {part.holding: (part.rows, part.method) for part in receipt.parts}
    assert methods == {
        "links": (2, "deleted"),
        "customers": (1, "deleted"),
        "order_lines": (3, "deleted"),
        "identities": (2, "deleted"),
        "ledger": (2, "deleted"),
        "profiles": (1, "deleted"),
        "ease": (2, "unlearnt exactly"),
        "knn": (2, "unlearnt exactly"),
        "popular": (2, "unlearnt exactly"),
        "neighbours": (2, "unlearnt exactly"),
        "svd": (2, "marked for retraining"),
        "bandit": (1, "unlearnt exactly"),
        "lists": (2, "deleted"),
        "vectors": (1, "deleted"),
        "decisions": (2, "deleted"),
    }
    assert holdings["profiles"].thing.records == [11, 12]
    assert list(holdings["lists"].thing) == [1, "all"]
    assert holdings["lists"].thing["all"]["customer_id"].tolist() == [1, 3]
    assert holdings["ledger"].thing.verify()
    assert holdings.tables["products"].equals(untouched.tables["products"])


def test_the_digests_after_are_those_of_what_is_left():
    holdings = everything()
    receipt = holdings.erase(2, at="2025-12-31")
    stated = {part.holding: part.after for part in receipt.parts if part.after}
    assert set(stated) == {part.holding for part in receipt.parts} - {"profiles", "vectors", "svd"}
    assert stated == {name: digest_of(holdings[name].thing) for name in stated}


def test_the_models_afterwards_are_those_of_a_fit_without_her():
    rows = pd.DataFrame({"customer_id": [1, 1, 3], "product_id": [7, 8, 8], "rating": [1.0, 2, 5]})
    holdings = everything()
    holdings.erase(2, at="2025-12-31")
    np.testing.assert_allclose(holdings["ease"].thing.weights_, EASE(l2=1.0).fit(rows).weights_, atol=1e-12)
    pd.testing.assert_frame_equal(holdings["knn"].thing.recommend(), ItemKNN().fit(rows).recommend())


def test_the_object_that_the_caller_holds_is_the_one_that_forgets():
    rows = pd.DataFrame({"customer_id": [1, 2], "product_id": [7, 8]})
    model, cache, given, said = EASE().fit(rows), {1: "a", 2: "b"}, tables(), ledger()
    holdings = Holdings(given, said, links={10: 1}, models={"ease": model}, caches={"c": cache})
    holdings.erase(2, at="2025-12-31")
    assert not model.knows(2)[0]
    assert cache == {1: "a"}
    assert given["customers"]["customer_id"].tolist() == [1, 3]
    assert said.history(2).empty


def test_a_model_that_fails_leaves_everything_as_it_was_and_is_named():
    holdings = everything(broken=Failing())
    before = state(holdings)
    with pytest.raises(
        ErasureError, match=r"Nothing was erased: broken \(model\) could not be made ready .*no room to"
    ):
        holdings.erase(2, at="2025-12-31")
    assert state(holdings) == before
    assert holdings["broken"].thing.ids == [1, 2, 3]
    assert holdings.receipts == () and holdings.due(at="2030-01-01").empty


def test_a_store_that_fails_leaves_everything_as_it_was():
    holdings = everything()
    holdings.add("file", Failing(), kind="store", purpose="analytics")
    before = {name: value for name, value in state(holdings).items() if name not in ("profiles", "vectors", "file")}
    with pytest.raises(
        ErasureError, match=r"file \(store\) could not forget the customer \(MemoryError: no room"
    ) as told:
        holdings.erase(2, at="2025-12-31")
    after = state(holdings)
    assert {name: after[name] for name in before} == before
    assert "She is gone for good from profiles, vectors; everything else is as it was" in str(told.value)
    holdings["file"].thing = Forgetful()  # repaired
    receipt = holdings.erase(2, at="2025-12-31")
    assert {part.holding for part in receipt.parts if part.method == "nothing held"} == {"profiles", "vectors"}


def test_the_only_store_that_fails_changes_nothing_at_all():
    holdings = Holdings(tables(), links={11: 2}, stores={"file": Failing()})
    before = state(holdings) | {"file": None}
    with pytest.raises(ErasureError, match=r"Nothing was erased. Repair file and call erase again"):
        holdings.erase(2, at="2025-12-31")
    assert state(holdings) | {"file": None} == before


def test_a_swap_that_fails_is_taken_back(monkeypatch):
    holdings = everything()
    before = state(holdings)
    put = holdings._put

    def fails(name, table):
        if name == "decisions" and len(table) == 1:
            raise OSError("disk full")
        put(name, table)

    monkeypatch.setattr(holdings, "_put", fails)
    with pytest.raises(ErasureError, match=r"decisions \(decisions\) could not be replaced \(OSError: disk full\)"):
        holdings.erase(2, at="2025-12-31")
    after = state(holdings)
    outside = ("profiles", "vectors")
    assert {name: after[name] for name in after if name not in outside} == {
        name: before[name] for name in before if name not in outside
    }


def test_a_second_erasure_says_that_nothing_was_held():
    holdings = everything()
    assert not holdings.erase(2, at="2025-12-31").nothing_held
    before = state(holdings)
    again = holdings.erase(2, at="2026-01-05")
    assert again.nothing_held
    assert {part.method for part in again.parts if part.holding != "svd"} == {"nothing held"}
    assert [part.method for part in again.parts if part.holding == "svd"] == ["awaiting retraining"]
    assert "Nothing was held." in str(again) and "Nothing was held about this customer" in again._repr_html_()
    assert state(holdings) == before
    due = holdings.due(at="2026-01-05")
    assert due["erased"].tolist() == [1] and str(due["deadline"][0])[:10] == "2026-01-30"


def test_a_stranger_gets_a_receipt_and_no_model_is_marked():
    holdings = everything(opaque=Opaque())
    assert holdings.erase("nobody", at="2025-12-31").nothing_held
    assert holdings.due(at="2025-12-31").empty


def test_a_model_that_cannot_say_whom_it_knows_is_marked_if_anything_was_held():
    holdings = everything(opaque=Opaque())
    holdings.erase(3, at="2025-12-31", deadline_days=10)
    assert holdings.due(at="2026-01-11")["overdue"].tolist() == [True, True]
    assert set(holdings.due(at="2026-01-09")["holding"]) == {"svd", "opaque"}
    assert not holdings.due(at="2026-01-09")["overdue"].any()


def test_of_several_deadlines_the_first_counts():
    holdings = everything()
    holdings.erase(1, at="2025-12-01")
    holdings.erase(2, at="2025-12-20")
    due = holdings.due(at="2025-12-20")
    assert due["erased"].tolist() == [2] and str(due["deadline"][0])[:10] == "2025-12-31"


def test_a_model_awaiting_retraining_warns_and_after_the_deadline_refuses():
    holdings = everything()
    svd = holdings["svd"].thing
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        holdings.check_current(svd, at="2025-12-31")
        holdings.erase(2, at="2025-12-31")
        holdings.check_current("ease", at="2026-12-31")
    with pytest.warns(UserWarning, match=r"svd still holds what it learnt from 1 erased customers, .* by 2026-01-30"):
        holdings.check_current(svd, at="2026-01-15")
    with pytest.raises(
        ErasureError, match=r"Fit it on holdings.tables and call holdings.replace\('svd', model\). Until"
    ):
        holdings.check_current("svd", at="2026-02-15")
    with pytest.raises(UnknownNameError, match="this EASE is not registered"):
        holdings.check_current(EASE(), at="2026-02-15")


def test_a_retrained_model_takes_the_place_and_the_mark_goes():
    holdings = everything()
    old = holdings["svd"].thing
    before = pd.DataFrame({"customer_id": [1, 2, 3], "product_id": [7, 7, 8], "rating": [1.0, 2, 3]})
    holdings.erase(2, at="2025-12-31")
    with pytest.raises(DataError, match="this is the same object that was marked"):
        holdings.replace("svd", old)
    with pytest.raises(DataError, match="the new svd knows 1 customers of whom no table holds anything"):
        holdings.replace("svd", SurpriseRecommender("SVD").fit(before))
    new = SurpriseRecommender("SVD").fit(before[before["customer_id"] != 2])
    holdings.replace("svd", new)
    holdings.check_current(new, at="2027-01-01")
    assert holdings.due(at="2027-01-01").empty
    with pytest.raises(ParameterError, match=r"customers is a table. Only models are replaced"):
        holdings.replace("customers", new)


def test_what_the_law_keeps_stays_and_the_receipt_says_so():
    holdings = everything()
    holdings.describe("order_lines", keep="tax law, ten years")
    receipt = holdings.erase(2, at="2025-12-31")
    part = next(part for part in receipt.parts if part.holding == "order_lines")
    assert (part.rows, part.method, part.note) == (3, "kept by law", "tax law, ten years")
    assert len(holdings.tables["order_lines"]) == 6


def test_a_cache_of_function_calls_is_emptied():
    @lru_cache
    def greeting(customer_id):
        return f"hello {customer_id}"

    greeting(2)
    holdings = Holdings(tables(), links={11: 2}, caches={"greetings": greeting})
    receipt = holdings.erase(2, at="2025-12-31")
    assert greeting.cache_info().currsize == 0
    assert next(part for part in receipt.parts if part.holding == "greetings").method == "emptied"


def test_keys_and_owners_say_where_a_thing_knows_her_under_another_name():
    cache = {(2, "email"): 1, (1, "email"): 2, (2, "sms"): 3}
    holdings = Holdings(tables(), links={11: 2})
    holdings.add("offers", cache, kind="cache", purpose="marketing_email", owner=lambda key: key[0])
    vectors = Vectors([102, 101])
    holdings.add("vectors", vectors, kind="index", purpose="image", keys=lambda customer: [100 + customer])
    holdings.erase(2, at="2025-12-31")
    assert cache == {(1, "email"): 2} and vectors.keys == {101}


def test_an_id_of_the_wrong_type_is_an_error_and_not_an_empty_answer():
    shop = {"customers": tables()["customers"]}
    for ask in (Holdings(shop).erase, Holdings(shop).export):
        with pytest.raises(
            DataError, match=r"customers holds nothing under '2' \(str\), but something under 2 \(int\)"
        ):
            ask("2", at="2025-12-31")
    with pytest.raises(DataError, match=r"lists holds nothing under 2 \(int\), but something under '2' \(str\)"):
        Holdings(caches={"lists": {"2": 1}}).erase(2, at="2025-12-31")


def test_a_customer_who_comes_back_by_mistake_is_noticed(tmp_path):
    key = new_key(tmp_path / "suppression.key")
    holdings = everything()
    old = holdings.tables["order_lines"]
    holdings.erase(2, at="2025-12-31", key=key)
    assert holdings.was_erased(2, key) and holdings.was_erased(np.int64(2), key)
    assert not holdings.was_erased(1, key) and not holdings.was_erased("2", key)
    assert not holdings.was_erased(2, KEY)
    with pytest.raises(DataError, match=r"order_lines has 3 rows of 1 customers who were erased \(rows 1, 3, 5\)"):
        holdings.append("order_lines", old, key=key)
    holdings.append("order_lines", old[old["customer_id"] == 1], key=key)
    assert len(holdings.tables["order_lines"]) == 5
    assert b"2" * 32 not in repr(vars(holdings)).encode()


def test_the_list_of_the_erased_is_of_no_use_without_the_key():
    import hashlib

    from personakit.privacy.ids import id_text

    holdings = everything()
    holdings.erase(2, at="2025-12-31", key=KEY)
    plain = {hashlib.sha256(text.encode()).hexdigest() for text in ("2", id_text(2))}
    assert not plain & holdings._erased and len(holdings._erased) == 1


@pytest.mark.parametrize(
    ("call", "kind", "text"),
    [
        (lambda h: h.erase(2, at="soon"), ParameterError, "at='soon' cannot be read as a moment"),
        (
            lambda h: h.erase(2, at="2025-12-31", reason="Ada asked"),
            ParameterError,
            "'Ada asked' is no ground. Grounds are",
        ),
        (
            lambda h: h.erase(2, at="2025-12-31", deadline_days=-1),
            ParameterError,
            "deadline_days=-1.*: give a whole number from 0, the days",
        ),
        (lambda h: h.erase(None, at="2025-12-31"), ParameterError, "customer_id is missing"),
        (lambda h: h.erase(2, at="2025-12-31", key=b"short"), ParameterError, "key"),
        (lambda h: h.append("svd", pd.DataFrame()), ParameterError, "append: svd is a model, not a table"),
        (
            lambda h: h.append("customers", pd.DataFrame({"customer_id": [4]})),
            DataError,
            r"customers and the new rows differ in columns \(email\)",
        ),
        (lambda h: h["nothing"], UnknownNameError, "Holdings has nothing called 'nothing'. It has links, customers"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_changes(call, kind, text):
    holdings = everything()
    before = state(holdings)
    with pytest.raises(kind, match=text):
        call(holdings)
    assert state(holdings) == before


people = st.lists(st.tuples(st.integers(1, 6), st.integers(0, 3)), max_size=25)


@settings(max_examples=60)
@given(people, people, st.lists(st.integers(1, 7), max_size=4))
def test_erasing_anybody_in_any_order_leaves_what_the_others_had(orders, visits, leave):
    frames = {
        "order_lines": pd.DataFrame(orders, columns=["customer_id", "unit_price"]),
        "sessions": pd.DataFrame(visits, columns=["customer_id", "session_id"]).set_index("customer_id"),
    }
    originals = copy.deepcopy(frames)
    cache = dict(orders)
    holdings = Holdings(frames, caches={"last": cache})
    for customer in leave:
        holdings.erase(customer, at="2025-12-31")
    gone = set(leave)
    left = originals["order_lines"][~originals["order_lines"]["customer_id"].isin(gone)]
    pd.testing.assert_frame_equal(holdings.tables["order_lines"], left)
    sessions = originals["sessions"][~originals["sessions"].index.isin(gone)]
    pd.testing.assert_frame_equal(holdings.tables["sessions"], sessions)
    assert cache == {customer: number for customer, number in orders if customer not in gone}
    assert sum(len(receipt.parts) for receipt in holdings.receipts) == 4 * len(leave)
