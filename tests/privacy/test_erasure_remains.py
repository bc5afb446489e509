"""What an erasure used to leave behind: identities in stores, ledgers in attributes, categories."""

import pickle

import pandas as pd
import pytest

from personakit.errors import DataError, ParameterError, PersonakitError
from personakit.privacy import ConsentLedger, Holdings, ledger_of, with_ledger
from personakit.profile import ProfileStore

RECORDS = pd.DataFrame({"record_id": [10], "system": ["shop"], "email": ["ada@x.org"]})


def test_a_store_with_identities_needs_links(tmp_path):
    class Store:
        def __init__(self):
            self.n_rows = {"identities": 0}

        def forget(self, customer_ids):
            raise AssertionError("nothing may be erased")

        def held_about(self, customer_id):
            return pd.DataFrame({"row": [1]})

    store = Store()
    holdings = Holdings({}, stores={"s": store})
    store.n_rows = {"identities": 1}
    with pytest.raises(DataError, match=r"s has 1 rows of identities, .* Pass links="):
        holdings.erase(1, at="2025-12-31")
    with pytest.raises(DataError, match=r"s has 1 rows of identities"):
        Holdings({}, stores={"s": store})
    with ProfileStore(tmp_path / "shop.duckdb") as real:
        real.append("identities", RECORDS)
        with pytest.raises(DataError, match=r"real has 1 rows of identities"):
            Holdings({}, stores={"real": real})
        Holdings({}, stores={"real": real}, links={10: 1})


def test_a_ledger_that_a_frame_carries_forgets_her_too():
    ledger = ConsentLedger.granting([1, 2], ["analytics"], source="a test")
    profiles = with_ledger(pd.DataFrame({"customer_id": [1, 2]}), ledger)
    profiles.attrs |= {"sample": ["ada@x.org"], "as_of": "2025-01-01"}
    holdings = Holdings({"profiles": profiles}, ConsentLedger())
    receipt = holdings.erase(1, at="2025-12-31")
    table = holdings.tables["profiles"]
    assert ledger_of(table).history(1).empty and len(ledger_of(table).history(2)) == 1
    assert set(table.attrs) == {"consents", "as_of"}
    methods = {part.holding: (part.rows, part.method) for part in receipt.parts}
    assert methods["profiles.attrs"] == (1, "deleted")


def test_categories_and_levels_do_not_keep_her():
    people = pd.DataFrame({"customer_id": [1, 2], "email": pd.Categorical(["ada@x.org", "eve@x.org"])})
    people.index = pd.MultiIndex.from_arrays([["Ada", "Eve"], [1, 2]])
    cache = {"all": people}
    holdings = Holdings({"people": people}, caches={"c": cache})
    holdings.erase(1, at="2025-12-31")
    for frame in (holdings.tables["people"], cache["all"]):
        assert frame["email"].tolist() == ["eve@x.org"]
        assert b"ada@x.org" not in pickle.dumps(frame) and b"Ada" not in pickle.dumps(frame)


def test_an_erasure_in_the_future_is_refused_and_one_of_today_is_not():
    holdings = Holdings({"people": pd.DataFrame({"customer_id": [1]})})
    with pytest.raises(ParameterError, match=r"erase: at is 2199-12-31 23:59, which lies in the future"):
        holdings.erase(1, at="2199-12-31")
    assert len(holdings.tables["people"]) == 1
    holdings.erase(1, at=str(pd.Timestamp.now().date()))
    ahead = Holdings({"people": pd.DataFrame({"customer_id": [1]})}, ConsentLedger(now="2199-12-31"))
    assert not ahead.erase(1, at="2199-12-31").nothing_held


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda h: h.export([1, 2]), "export: customer_id must be one id, but is a list. Call export once"),
        (lambda h: h.explain_use([1, 2]), "explain_use: customer_id must be one id, but is a list"),
        (lambda h: h.erase([1, 2], at="2025-12-31"), "erase: customer_id must be one id, but is a list"),
        (lambda h: h.export((1, 2)), "export: customer_id must be one id, but is a tuple"),
        (lambda h: h.append("people", None), "append: a DataFrame of new rows is expected, and a NoneType"),
    ],
)
def test_what_is_not_one_customer_or_a_table_is_refused_in_words(call, text):
    with pytest.raises(PersonakitError, match=text):
        call(Holdings({"people": pd.DataFrame({"customer_id": [1]})}, ConsentLedger()))


def test_the_letter_about_an_earlier_day_leaves_later_rows_out():
    times = pd.to_datetime(["2024-01-01", "2025-01-01"])
    holdings = Holdings({"orders": pd.DataFrame({"customer_id": [1, 1], "timestamp": times})})
    letter = holdings.explain_use(1, at="2024-08-01")
    assert letter.held.loc[0, "rows"] == 1 and letter.held.loc[0, "last"] == pd.Timestamp("2024-01-01")
    assert "Left out: 1 row of later. What has no date is counted as it is now." in letter.to_text()
    assert "Left out" not in holdings.explain_use(1, at="2025-08-01").to_text()
