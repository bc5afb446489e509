"""The gate on an engine: the same people pass as in memory, and no row of anybody else is ever fetched."""

import ibis
import ibis.expr.types as ir
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from personakit.errors import DataError, ParameterError
from personakit.privacy import ConsentLedger, gate, register_purpose

PEOPLE = pd.DataFrame({"customer_id": range(1, 9), "spent": [float(number) for number in range(8)], "secret": "x"})


def ledger_of_eight():
    ledger = ConsentLedger()
    ledger.grant([1, 2, 3, 4], "image", at="2025-01-01")
    ledger.withdraw(2, "image", at="2025-02-01")
    ledger.grant(5, "image", at="2025-01-01", expires="2025-01-31")
    ledger.withdraw(6, "image", at="2025-01-01")
    ledger.grant(7, "voice", at="2025-01-01")
    return ledger


@pytest.fixture
def fetched(monkeypatch):
    """Every frame that leaves the engine."""
    frames = []
    owner = next(kind for kind in ir.Table.__mro__ if "to_pandas" in vars(kind))
    original = owner.to_pandas

    def spied(self, *args, **kwargs):
        result = original(self, *args, **kwargs)
        frames.append(result)
        return result

    monkeypatch.setattr(owner, "to_pandas", spied)
    return frames


def test_only_permitted_rows_and_counts_leave_the_engine(fetched):
    connection = ibis.duckdb.connect()
    table = connection.create_table("people", PEOPLE)
    allowed = gate(table, "image", at="2025-06-30", ledger=ledger_of_eight())
    assert sorted(allowed.customer_ids) == [1, 3, 4]
    assert allowed.kept_back == {"refused": 1, "withdrawn": 1, "expired": 1, "never asked": 1, "unknown customer": 1}
    rows = [frame for frame in fetched if isinstance(frame, pd.DataFrame) and "customer_id" in frame.columns]
    assert [sorted(frame["customer_id"]) for frame in rows] == [[1, 3, 4]]


@settings(max_examples=15)
@given(st.lists(st.tuples(st.integers(1, 6), st.booleans(), st.integers(0, 5)), max_size=20),
       st.lists(st.integers(1, 8) | st.none(), max_size=10), st.integers(0, 6))  # fmt: skip
def test_an_engine_and_memory_let_the_same_people_pass_and_count_alike(choices, ids, hour):
    start = pd.Timestamp("2025-01-01")
    said = pd.DataFrame(choices, columns=["customer_id", "granted", "timestamp"])
    said = said.assign(purpose="image", granted=said["granted"].astype(bool),
                       timestamp=start + pd.to_timedelta(said["timestamp"].astype("int64"), unit="h"))  # fmt: skip
    table = pd.DataFrame(
        {"customer_id": pd.array(ids, dtype="Int64"), "row": pd.Series(range(len(ids)), dtype="int64")}
    )
    at = start + pd.Timedelta(hours=hour)
    one = gate(table, "image", at=at, consents=said)
    other = gate(ibis.memtable(table), "image", at=at, consents=said)
    assert sorted(one.frame["row"]) == sorted(other.frame["row"])
    assert one.kept_back == other.kept_back


def test_nobody_passes_where_nobody_agreed_and_the_columns_are_still_there():
    allowed = gate(ibis.memtable(PEOPLE), "image", at="2025-06-30", ledger=ConsentLedger())
    assert len(allowed) == 0
    assert list(allowed.frame.columns) == ["customer_id", "spent", "secret"]
    assert allowed.kept_back["unknown customer"] == 8


def test_of_several_tables_each_customer_is_counted_once():
    tables = {
        "customers": ibis.memtable(PEOPLE),
        "ratings": ibis.memtable(pd.DataFrame({"customer_id": [1, 1, 2, 9], "rating": [5, 4, 3, 2]})),
        "products": ibis.memtable(pd.DataFrame({"product_id": [1]})),
        "reviews": pd.DataFrame({"customer_id": [3, 6], "text": ["a", "b"]}),
    }
    allowed = gate(tables, "image", at="2025-06-30", ledger=ledger_of_eight())
    assert sorted(allowed.customer_ids) == [1, 3, 4]
    assert allowed.tables["ratings"]["rating"].tolist() == [5, 4]
    assert allowed.tables["reviews"]["text"].tolist() == ["a"]
    assert allowed.tables["products"]["product_id"].tolist() == [1]
    assert sum(allowed.kept_back.values()) == 6


def test_consents_may_be_an_engine_table():
    said = ibis.memtable(ledger_of_eight().records[["customer_id", "purpose", "granted", "timestamp", "expires"]])
    assert sorted(gate(PEOPLE, "image", at="2025-06-30", consents=said).customer_ids) == [1, 3, 4]


def test_ids_written_differently_are_noticed_on_the_engine():
    table = ibis.memtable(PEOPLE.assign(customer_id=PEOPLE["customer_id"].astype(str)))
    with pytest.raises(DataError, match=r"customer_id is string in the table and int64 in the consents \(1, 2, 3"):
        gate(table, "image", at="2025-06-30", ledger=ledger_of_eight())
    texts = ConsentLedger.granting(["1", "2"], ["image"], source="a test")
    with pytest.raises(DataError, match=r"customer_id is int64 in the table and str in the consents \(1, 2\)"):
        gate(ibis.memtable(PEOPLE), "image", at="2025-06-30", ledger=texts)


@pytest.mark.parametrize("form", [lambda frame: frame, ibis.memtable], ids=["memory", "engine"])
def test_only_the_columns_asked_for_pass_and_the_others_are_named(form):
    allowed = gate(form(PEOPLE), "image", at="2025-06-30", ledger=ledger_of_eight(), columns=["spent"])
    assert list(allowed.frame.columns) == ["customer_id", "spent"]
    assert allowed.columns_left_out == ("secret",)
    assert "columns left out, as this purpose does not need them: secret" in allowed._repr_html_()


def test_a_purpose_can_say_which_columns_it_needs():
    register_purpose("spend_report", "report what is spent", columns=["spent", "orders"])
    ledger = ConsentLedger.granting([1, 2], ["spend_report"], source="a test")
    allowed = gate(PEOPLE, "spend_report", at="2025-06-30", ledger=ledger)
    assert list(allowed.frame.columns) == ["customer_id", "spent"]
    assert allowed.columns_left_out == ("secret",)
    indexed = gate(PEOPLE.set_index("customer_id"), "spend_report", at="2025-06-30", ledger=ledger)
    assert indexed.frame.index.tolist() == [1, 2]
    with pytest.raises(
        ParameterError, match=r"'spend_report' was registered without the column secret. It needs orders"
    ):
        gate(PEOPLE, "spend_report", at="2025-06-30", ledger=ledger, columns=["spent", "secret"])


def test_the_record_of_consent_and_the_catalogue_are_not_thinned_out():
    said = ledger_of_eight().records
    tables = {"customers": PEOPLE, "consents": said, "products": pd.DataFrame({"product_id": [1], "title": ["a"]})}
    allowed = gate(tables, "image", at="2025-06-30", columns=["spent"])
    assert list(allowed.tables["consents"].columns) == list(said.columns)
    assert list(allowed.tables["products"].columns) == ["product_id", "title"]


def test_a_column_that_is_not_there_is_answered_with_the_nearest():
    with pytest.raises(ParameterError, match=r"columns names spend, which no table has. Did you mean 'spent'"):
        gate(PEOPLE, "image", at="2025-06-30", ledger=ledger_of_eight(), columns=["spend"])
