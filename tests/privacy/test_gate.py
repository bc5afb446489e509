"""The gate: nobody passes without valid consent, nobody with it is lost, and everybody else is counted."""

import ibis
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from personakit.errors import ConsentError, DataError, ParameterError, UnknownNameError
from personakit.privacy import ConsentLedger, Permitted, gate, register_purpose, with_ledger

PURPOSES = ["analytics", "recommendations", "image"]
PEOPLE = pd.DataFrame({"customer_id": [1, 2, 3, 4, 5], "spent": [10.0, 20.0, 30.0, 40.0, 50.0]})
SAID = pd.DataFrame(
    [
        (1, "recommendations", True, "2025-01-01 09:00"),
        (2, "recommendations", False, "2025-01-01 09:00"),
        (3, "recommendations", True, "2025-01-01 09:00"),
        (3, "recommendations", False, "2025-06-01 09:00"),
        (4, "analytics", True, "2025-01-01 09:00"),
    ],
    columns=["customer_id", "purpose", "granted", "timestamp"],
).assign(timestamp=lambda table: pd.to_datetime(table["timestamp"]))

records = st.lists(
    st.tuples(st.integers(1, 6), st.sampled_from(PURPOSES), st.booleans(), st.integers(0, 12)), max_size=40
)


def by_hand(rows, customer, purpose, hour):
    """The rule, read out: of the choices so far, those at the latest moment; all of them must be yes."""
    past = [(at, granted) for who, what, granted, at in rows if who == customer and what == purpose and at <= hour]
    return bool(past) and all(granted for at, granted in past if at == max(past)[0])


def as_table(rows):
    table = pd.DataFrame(rows, columns=["customer_id", "purpose", "granted", "timestamp"])
    hours = pd.to_timedelta(table["timestamp"].astype("int64"), unit="h")
    return table.assign(granted=table["granted"].astype(bool), timestamp=pd.Timestamp("2025-01-01") + hours)


@given(records, st.sampled_from(PURPOSES), st.integers(0, 13), st.lists(st.integers(0, 8), max_size=20))
def test_exactly_those_with_valid_consent_at_that_moment_pass(rows, purpose, hour, ids):
    at = pd.Timestamp("2025-01-01") + pd.Timedelta(hours=hour)
    table = pd.DataFrame({"customer_id": pd.Series(ids, dtype="int64"), "row": range(len(ids))})
    allowed = gate(table, purpose, at=at, consents=as_table(rows))
    expected = [row for row, customer in enumerate(ids) if by_hand(rows, customer, purpose, hour)]
    assert allowed.frame["row"].tolist() == expected
    assert len(allowed.customer_ids) + sum(allowed.kept_back.values()) == len(set(ids))


@given(records, st.randoms(use_true_random=False), st.sampled_from(PURPOSES), st.integers(0, 13))
def test_the_order_of_the_records_and_their_repetition_do_not_matter(rows, random, purpose, hour):
    at = pd.Timestamp("2025-01-01") + pd.Timedelta(hours=hour)
    table = pd.DataFrame({"customer_id": range(1, 8)})
    shuffled = random.sample(rows * 2, 2 * len(rows))
    one, other = (gate(table, purpose, at=at, consents=as_table(some)) for some in (rows, shuffled))
    pd.testing.assert_frame_equal(one.frame, other.frame)
    assert one.kept_back == other.kept_back


def test_who_is_kept_back_is_counted_by_reason():
    allowed = gate(PEOPLE, "recommendations", at="2025-12-31", consents=SAID)
    assert allowed.frame["customer_id"].tolist() == [1]
    counts = {"refused": 1, "withdrawn": 1, "expired": 0, "never asked": 1, "unknown customer": 1}
    assert allowed.kept_back == counts
    assert "1 customers; kept back: 1 refused, 1 withdrawn, 1 never asked, 1 unknown customer" in repr(allowed)


def test_a_withdrawal_in_the_course_of_the_day_counts_on_that_day():
    assert gate(PEOPLE, "recommendations", at="2025-06-01", consents=SAID).customer_ids.tolist() == [1]
    before = gate(PEOPLE, "recommendations", at="2025-06-01 08:59", consents=SAID)
    assert before.customer_ids.tolist() == [1, 3]


def test_the_result_says_its_purpose_and_moment_and_the_frame_does_too():
    allowed = gate(PEOPLE, purpose="recommendations", at="2025-12-31", consents=SAID)
    assert allowed.purpose == "recommendations"
    assert allowed.at == pd.Timestamp("2025-12-31 23:59:59.999999")
    assert allowed.frame.attrs["purpose"] == "recommendations"
    assert len(allowed) == 1
    assert "purpose" not in PEOPLE.attrs


def test_a_frame_that_carries_its_ledger_needs_no_consents():
    allowed = gate(with_ledger(PEOPLE, ConsentLedger(SAID)), purpose="recommendations", at="2025-12-31")
    assert allowed.customer_ids.tolist() == [1]


def test_the_frame_behind_the_gate_still_knows_the_ledger_so_that_a_later_gate_can_close():
    ledger = ConsentLedger(SAID)
    allowed = gate(PEOPLE, "recommendations", at="2025-02-01", ledger=ledger)
    assert allowed.customer_ids.tolist() == [1, 3]
    assert gate(allowed, "recommendations", at="2025-12-31").customer_ids.tolist() == [1]
    assert gate(allowed.frame, "analytics", at="2025-12-31").customer_ids.empty


def test_a_customer_id_in_the_index_is_enough():
    allowed = gate(PEOPLE.set_index("customer_id"), "recommendations", at="2025-12-31", consents=SAID)
    assert allowed.frame.index.tolist() == [1]


def test_rows_without_an_id_never_pass():
    table = pd.DataFrame({"customer_id": [1.0, None]})
    allowed = gate(table, "recommendations", at="2025-12-31", consents=SAID)
    assert allowed.frame["customer_id"].tolist() == [1.0]
    assert allowed.kept_back["unknown customer"] == 1


def test_an_ibis_table_comes_out_as_a_frame():
    allowed = gate(ibis.memtable(PEOPLE), "recommendations", at="2025-12-31", consents=SAID)
    assert allowed.frame["spent"].tolist() == [10.0]


def test_of_a_data_set_every_table_is_gated_and_what_cannot_be_told_apart_stays_behind():
    tables = {
        "customers": PEOPLE,
        "ratings": pd.DataFrame({"customer_id": [1, 1, 2], "rating": [5, 4, 3]}),
        "products": pd.DataFrame({"product_id": [1]}),
        "identities": pd.DataFrame({"record_id": [1], "email": ["jane@example.com"]}),
        "consents": SAID,
    }
    allowed = gate(tables, "recommendations", at="2025-12-31")
    assert allowed.frame["customer_id"].tolist() == [1]
    assert allowed.tables["ratings"]["rating"].tolist() == [5, 4]
    assert allowed.tables["consents"]["customer_id"].unique().tolist() == [1]
    assert list(allowed.tables) == ["customers", "ratings", "products", "consents"]
    assert allowed.left_out == ("identities",)
    assert "left out, as it cannot be told whose rows they are: identities" in allowed._repr_html_()


def test_of_tables_without_customers_one_must_be_named():
    allowed = gate({"ratings": PEOPLE}, "recommendations", at="2025-12-31", consents=SAID)
    assert "0 customers" in repr(allowed)
    with pytest.raises(ConsentError, match=r"none of them called customers. Take the one you mean from .tables"):
        _ = allowed.frame


def test_the_page_escapes_what_came_from_data():
    register_purpose("chat", "read <b>chats</b>")
    said = SAID.assign(purpose="chat", source="<script>alert(1)</script>")
    page = gate(PEOPLE, "chat", at="2025-12-31", consents=said)._repr_html_()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "read &lt;b&gt;chats" in page


def test_an_unknown_purpose_is_answered_with_the_nearest():
    with pytest.raises(UnknownNameError, match="Did you mean 'recommendations'"):
        gate(PEOPLE, "recommendation", at="2025-12-31", consents=SAID)


def test_without_any_record_of_consent_nothing_passes():
    for table in (PEOPLE, {"customers": PEOPLE}):
        with pytest.raises(ConsentError, match=r"nobody in it can be shown to have agreed. Pass consents="):
            gate(table, "analytics", at="2025-12-31")


def test_a_moment_that_cannot_be_read_is_refused():
    with pytest.raises(ParameterError, match="at='tomorrowish' cannot be read as a moment"):
        gate(PEOPLE, "analytics", at="tomorrowish", consents=SAID)


def test_a_table_that_does_not_say_whose_rows_it_has_is_refused():
    with pytest.raises(DataError, match=r"no column customer_id \(it has client, spent\)"):
        gate(PEOPLE.rename(columns={"customer_id": "client"}), "analytics", at="2025-12-31", consents=SAID)
    with pytest.raises(DataError, match="a list was given"):
        gate([1, 2], "analytics", at="2025-12-31", consents=SAID)
    twice = pd.concat([PEOPLE, PEOPLE["customer_id"]], axis=1)
    with pytest.raises(DataError, match="2 columns called customer_id"):
        gate(twice, "analytics", at="2025-12-31", consents=SAID)


def test_consents_and_a_ledger_at_once_are_refused():
    with pytest.raises(ParameterError, match="consents and ledger are both given"):
        gate(PEOPLE, "analytics", at="2025-12-31", consents=SAID, ledger=ConsentLedger())


def test_ids_written_differently_in_table_and_consents_are_noticed():
    text = PEOPLE.assign(customer_id=PEOPLE["customer_id"].astype(str))
    with pytest.raises(DataError, match=r"customer_id is str in the table \(1, 2, 3, ...\) and .* in the consents"):
        gate(text, "analytics", at="2025-12-31", consents=SAID)


def test_a_permitted_result_cannot_be_changed():
    allowed = gate(PEOPLE, "analytics", at="2025-12-31", consents=SAID)
    assert isinstance(allowed, Permitted)
    with pytest.raises(AttributeError):
        allowed.purpose = "image"


def test_what_was_released_is_looked_up_again_in_the_living_ledger():
    ledger = ConsentLedger(SAID)
    tables = {"customers": with_ledger(PEOPLE, ledger), "consents": with_ledger(SAID, ledger)}
    allowed = gate(tables, "recommendations", at="2025-02-01", ledger=ledger)
    assert allowed.customer_ids.tolist() == [1, 3]
    ledger.withdraw(1, "recommendations", at="2025-03-01")
    ledger.grant(3, "analytics", at="2025-03-01")
    assert gate(allowed, "recommendations", at="2025-04-01").customer_ids.tolist() == [3]
    other = gate(allowed, "analytics", at="2025-04-01")  # only who agreed to both
    assert other.customer_ids.tolist() == [3]
    assert other.purpose == other.frame.attrs["purpose"] == "analytics"


def test_a_result_neither_compares_nor_shows_its_tables():
    one, other = (gate(PEOPLE, "recommendations", at="2025-12-31", consents=SAID) for _ in range(2))
    assert one != other
    assert "10.0" not in repr(one) + one._repr_html_()
    assert "kept back: nobody" in repr(gate(PEOPLE.head(1), "recommendations", at="2025-12-31", consents=SAID))
