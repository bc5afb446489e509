"""The record of consent: basis, end, what the law makes of an objection, the chain that shows changes, and the file."""

import itertools
import time

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from personakit.data import check_table
from personakit.errors import DataError, ParameterError
from personakit.privacy import ConsentLedger, gate
from personakit.privacy.consent.tables import BASES

NOW = "2025-12-31"
START = pd.Timestamp("2025-01-01")
choices = st.lists(
    st.tuples(
        st.integers(1, 4), st.booleans(), st.integers(0, 9), st.sampled_from(BASES), st.none() | st.integers(0, 5)
    ),
    max_size=25,
)


def table_of(rows):
    hours = [START + pd.Timedelta(hours=at) for _, _, at, _, _ in rows]
    ends = [
        pd.NaT if span is None else when + pd.Timedelta(hours=span)
        for when, (*_, span) in zip(hours, rows, strict=True)
    ]
    return pd.DataFrame(
        {
            "customer_id": pd.Series([row[0] for row in rows], dtype="int64"),
            "purpose": "image",
            "granted": pd.Series([row[1] for row in rows], dtype=bool),
            "timestamp": pd.Series(hours, dtype="datetime64[us]"),
            "basis": pd.Series([row[3] for row in rows], dtype=object),
            "expires": pd.Series(ends, dtype="datetime64[us]"),
        }
    )


def read_out(rows, customer, hour):
    """The rule, one choice after the other: of one moment the grants first, the longest first, then the refusals."""
    state, heard = None, True
    mine = [row for row in rows if row[0] == customer and row[2] <= hour]
    for _, granted, at, basis, span in sorted(mine, key=lambda r: (r[2], not r[1], -99 if r[4] is None else -r[4])):
        if not granted:
            state, heard = ("refused" if state in (None, "refused") else "withdrawn"), False
        elif heard or basis == "consent":  # after a no, only a new consent counts
            state, heard = ("granted" if span is None or at + span >= hour else "expired"), True
    return state


@given(choices, st.integers(0, 15))
def test_what_holds_is_what_the_choices_say_when_they_are_read_one_by_one(rows, hour):
    states = ConsentLedger(table_of(rows)).states("image", START + pd.Timedelta(hours=hour)).to_dict()
    expected = {customer: read_out(rows, customer, hour) for customer in range(1, 5)}
    assert states == {customer: state for customer, state in expected.items() if state}


def test_a_withdrawal_counts_whatever_the_basis_was_and_only_a_new_consent_lifts_it():
    for basis in BASES:
        ledger = ConsentLedger()
        ledger.grant(1, "analytics", at="2025-01-01", basis=basis)
        ledger.withdraw(1, "analytics", at="2025-02-01", basis="legitimate_interests")
        assert ledger.states("analytics", NOW)[1] == "withdrawn"
        ledger.grant(1, "analytics", at="2025-03-01", basis="legitimate_interests")
        assert ledger.states("analytics", NOW)[1] == "withdrawn"
        ledger.grant(1, "analytics", at="2025-04-01")
        assert ledger.states("analytics", NOW)[1] == "granted"


def test_an_objection_without_any_grant_is_a_refusal():
    ledger = ConsentLedger()
    ledger.withdraw(1, "analytics", at="2025-02-01", basis="legitimate_interests")
    assert ledger.states("analytics", NOW)[1] == "refused"


def test_consent_ends_after_its_last_moment_and_the_gate_says_so():
    ledger = ConsentLedger()
    ledger.grant(1, "image", at="2025-01-01", expires="2025-01-31")
    ledger.grant(2, "image", at="2025-01-01 12:00", valid_for="30 days")
    ledger.grant(3, "image", at="2025-01-01", valid_for=pd.DateOffset(months=1))
    people = pd.DataFrame({"customer_id": [1, 2, 3]})
    passed = {at: gate(people, "image", at=at, ledger=ledger).customer_ids.tolist() for at in (
        "2025-01-31 12:00", "2025-01-31 12:00:01", "2025-02-01 00:00"
    )}  # fmt: skip
    assert passed == {"2025-01-31 12:00": [1, 2, 3], "2025-01-31 12:00:01": [1, 3], "2025-02-01 00:00": [3]}
    late = gate(people, "image", at="2025-02-02", ledger=ledger)
    assert late.kept_back["expired"] == 3
    assert "kept back: 3 expired" in repr(late)


def test_a_choice_of_the_future_is_refused_and_its_rows_are_named():
    table = table_of([(1, True, 0, "consent", None), (2, True, 5, "consent", None)])
    text = (
        r"consents.timestamp has 1 times in the future \(it is 2025-01-01 04:00 at most, anywhere\) \(rows 1: 2025-01"
    )
    with pytest.raises(DataError, match=text):
        ConsentLedger(table, now="2025-01-01 04:00")
    assert len(ConsentLedger(table, now="2025-01-01 05:00")) == 2
    ahead = pd.Timestamp.now() + pd.Timedelta(days=2)
    with pytest.raises(DataError, match=r"the clock of this machine is wrong, pass now="):
        ConsentLedger().grant(1, "image", at=ahead)
    ConsentLedger().grant(1, "image", at=pd.Timestamp.now() + pd.Timedelta(hours=1))  # a shop east of this machine


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (
            {"basis": "legit interest"},
            r"consents.basis has 1 values that are no lawful basis \(consent, contract, .*: legit",
        ),
        ({"expires": "2024-01-01"}, r"consents.expires has 1 times before the choice itself \(rows 0: 2024"),
        ({"expires": "later"}, r"consents.expires has 1 values that are no time \(rows 0: later"),
        ({"expires": pd.Timestamp("2026-01-01", tz="UTC")}, r"consents.expires is in the time zone UTC.*\['expires'\]"),
    ],
)
def test_a_bad_basis_or_end_is_refused_and_shown(change, text):
    table = table_of([(1, True, 0, "consent", None)]).astype({"expires": object}).assign(**change)
    with pytest.raises(DataError, match=text):
        ConsentLedger(table)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"basis": "legitimate interest"}, r"Did you mean 'legitimate_interests'.*article 6"),
        ({"valid_for": "a while"}, "valid_for='a while' cannot be read as a span of time. Write it as '365 days'"),
        ({"valid_for": "-3 days"}, "cannot be read as a span of time"),
        ({"valid_for": "3 days", "expires": "2026-01-01"}, "expires and valid_for are both given"),
        ({"expires": "some day"}, "expires='some day' cannot be read as a moment"),
    ],
)
def test_a_bad_argument_is_refused(given, text):
    with pytest.raises(ParameterError, match=text):
        ConsentLedger().grant(1, "image", at="2025-01-01", **given)


def test_what_a_table_says_of_basis_version_and_end_is_kept_and_what_it_does_not_is_consent():
    table = table_of([(1, True, 0, "Legitimate interests", 3)]).assign(version=2024, source=None)
    record = ConsentLedger(table).records.iloc[0]
    assert record["basis"] == "legitimate_interests"
    assert record["version"] == "2024"
    assert record["source"] is None
    assert record["expires"] == START + pd.Timedelta(hours=3)
    plain = ConsentLedger(table.drop(columns=["basis", "expires"])).records.iloc[0]
    assert plain["basis"] == "consent"
    assert pd.isna(plain["expires"])


def test_the_canonical_table_has_the_two_columns_and_checks_the_basis():
    table = table_of([(1, True, 0, "contract", 3), (2, False, 1, "consent", None)])
    assert check_table("consents", table)["consents"]["basis"].tolist() == ["contract", "consent"]
    assert check_table("consents", table.drop(columns=["basis", "expires"]))["consents"].shape == (2, 4)
    with pytest.raises(DataError, match=r"consents\.basis"):
        check_table("consents", table.assign(basis="because"))


def test_the_history_of_a_customer_tells_her_choices_in_plain_order():
    ledger = ConsentLedger()
    ledger.grant(1, "image", at="2025-02-01", version="b", expires="2025-12-31")
    ledger.withdraw(1, "voice", at="2025-01-05", source="letter")
    ledger.withdraw(1, "image", at="2025-03-01")
    ledger.grant(2, "image", at="2025-01-01")
    history = ledger.history(1)
    assert history["purpose"].tolist() == ["voice", "image", "image"]
    assert history["choice"].tolist() == ["refused", "granted", "withdrawn"]
    assert history["source"].tolist() == ["letter", "ledger", "ledger"]
    assert history.loc[1, "version"] == "b"
    assert ledger.held_about(1).equals(history)
    assert ledger.history(99).empty
    with pytest.raises(DataError, match=r"there is no customer '1' \(str\), but 1 \(int\)\. Ask with the type"):
        ledger.history("1")


def sealed():
    ledger = ConsentLedger(table_of([(who, True, who, "consent", None) for who in (1, 2, 3)]))
    ledger.grant([1, 2], "voice", at="2025-03-01", version="a")
    ledger.withdraw(2, "voice", at="2025-04-01")
    assert ledger.verify()
    return ledger


CHANGES = {
    "customer_id": 9,
    "purpose": "voice",
    "granted": False,
    "timestamp": pd.Timestamp("2025-01-01"),
    "source": "ledger",
    "version": "z",
    "basis": "contract",
    "expires": pd.Timestamp("2025-05-01"),
}


@pytest.mark.parametrize("column", CHANGES)
@pytest.mark.parametrize("entry", [0, 2])
def test_a_change_of_any_field_is_found_out(column, entry):
    ledger = sealed()
    records = ledger._all().copy()
    records[column] = records[column].astype(object)
    records.at[entry, column] = CHANGES[column]
    ledger._records = records.astype(ledger._all().dtypes.to_dict())
    assert not ledger.verify()


@pytest.mark.parametrize(
    "tampered",
    [
        lambda records: records.iloc[:-1],
        lambda records: records.iloc[1:],
        lambda records: pd.concat([records, records.iloc[:1].set_axis([5])]),
        lambda records: pd.concat([records, records.iloc[:1]]),
        lambda records: records.set_axis([1, 0, 2, 3, 4, 5]),
    ],
    ids=["last dropped", "first dropped", "one added", "one doubled", "two swapped"],
)
def test_a_line_dropped_added_or_moved_is_found_out(tampered):
    ledger = sealed()
    ledger._records = tampered(ledger._all())
    assert not ledger.verify()


def test_a_ledger_that_was_rewritten_as_a_whole_is_found_out_by_a_head_noted_before():
    ledger = sealed()
    noted = ledger.head
    forged = ConsentLedger(ledger.records.assign(granted=True))
    assert forged.verify()
    assert not forged.verify(noted)
    ledger.grant(7, "image", at="2025-05-01")
    assert ledger.head != noted
    assert ledger.verify(noted)
    assert ledger.verify(f" {noted.upper()}\n")
    assert not ledger.verify("none")


def test_no_method_takes_a_line_back_but_erasure():
    ledger = sealed()
    methods = {name for name in vars(ConsentLedger) if not name.startswith("_")}
    assert methods == {
        *("erasures", "forget", "grant", "granting", "head", "held_about", "history", "known", "latest", "load"),
        *("records", "save", "sources", "states", "valid", "verify", "withdraw"),
    }
    before = ledger.records
    ledger.withdraw([1, 2, 3], "image", at="2025-06-01")
    pd.testing.assert_frame_equal(ledger.records.iloc[: len(before)], before)


def test_erasing_a_person_takes_every_trace_and_leaves_a_count_and_a_chain_that_verifies(tmp_path):
    ledger = ConsentLedger()
    ledger.grant(["anna@example.com", "b"], "image", at="2025-01-01", source="letter of anna")
    ledger.withdraw("anna@example.com", "image", at="2025-02-01")
    noted = ledger.head
    assert ledger.forget("anna@example.com") == 2
    assert ledger.verify(noted)
    assert ledger.known().tolist() == ["b"]
    assert ledger.erasures[["customers", "choices"]].to_numpy().tolist() == [[1, 2]]
    assert ledger.states("image", NOW).to_dict() == {"b": "granted"}
    assert ledger.history("anna@example.com").empty
    ledger.save(tmp_path / "ledger.parquet")
    assert b"anna@" not in (tmp_path / "ledger.parquet").read_bytes()
    assert pq.read_table(tmp_path / "ledger.parquet")["salt"].to_pylist()[0] == bytes(16)
    again = ConsentLedger.load(tmp_path / "ledger.parquet", head=noted)
    assert again.forget(["nobody"]) == 0
    assert again.head == ledger.head
    again.grant("c", "image", at="2025-03-01")
    assert again.verify(noted)


@given(choices, st.lists(st.integers(1, 4), max_size=3), st.booleans())
def test_whoever_is_erased_the_rest_is_as_it_was_and_verifies(rows, gone, sealed_before):
    ledger = ConsentLedger(table_of(rows))
    noted = ledger.head if sealed_before else None
    before = ledger.records
    for customer in gone:
        ledger.forget(customer)
    assert ledger.verify(noted)
    left = before[~before["customer_id"].isin(gone)]
    pd.testing.assert_frame_equal(ledger.records, left, check_dtype=False, check_index_type=False)
    assert int(ledger.erasures["choices"].sum()) == len(before) - len(ledger)


@pytest.mark.parametrize("ids", [[1, 2, 3], ["a", "b", "c"], [2**60, 5, 6]])
def test_a_saved_ledger_comes_back_the_same(tmp_path, ids):
    table = table_of([(1, True, 0, "contract", 3), (2, False, 1, "consent", None), (3, True, 1, "consent", None)])
    ledger = ConsentLedger(table.assign(customer_id=ids, source=["app", None, "é"]))
    ledger.forget(ids[1])
    ledger.save(tmp_path / "a")
    again = ConsentLedger.load(tmp_path / "a", head=ledger.head)
    pd.testing.assert_frame_equal(again.records, ledger.records, check_dtype=False)
    pd.testing.assert_frame_equal(again.erasures, ledger.erasures)
    assert again.head == ledger.head
    assert again.states("image", NOW).to_dict() == ledger.states("image", NOW).to_dict()
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_an_empty_ledger_can_be_saved_and_goes_on(tmp_path):
    ConsentLedger().save(tmp_path / "a")
    ledger = ConsentLedger.load(tmp_path / "a")
    ledger.grant(1, "image", at="2025-01-01")
    assert ledger.verify()
    ledger.forget(1)
    ledger.save(tmp_path / "a")
    assert len(ConsentLedger.load(tmp_path / "a")) == 0


def rewritten(path, change):
    table = pq.read_table(path)
    pq.write_table(change(table).replace_schema_metadata(table.schema.metadata), path)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (
            lambda table: table.set_column(
                table.schema.get_field_index("granted"), "granted", pa.array([True] * len(table))
            ),
            r"1 entries are not what was sealed \(entries 5\).*Take the last copy that verifies",
        ),
        (lambda table: table.slice(0, 4), "its digests do not lead to its head"),
        (
            lambda table: table.set_column(
                table.schema.get_field_index("kind"), "kind", pa.array(["erased"] + ["choice"] * 5)
            ),
            "1 entries are missing, of which 0 were erased",
        ),
    ],
)
def test_a_file_that_was_changed_is_not_loaded(tmp_path, change, text):
    sealed().save(tmp_path / "a")
    rewritten(tmp_path / "a", change)
    with pytest.raises(DataError, match=text):
        ConsentLedger.load(tmp_path / "a")


def test_a_file_of_another_ledger_is_found_out_by_the_head(tmp_path):
    sealed().save(tmp_path / "a")
    with pytest.raises(DataError, match="the head that was noted is not in it"):
        ConsentLedger.load(tmp_path / "a", head=sealed().head)


def test_what_is_no_ledger_is_not_loaded(tmp_path):
    (tmp_path / "text").write_text("customer_id,purpose\n")
    with pytest.raises(DataError, match="cannot be read as Parquet"):
        ConsentLedger.load(tmp_path / "text")
    table_of([(1, True, 0, "consent", None)]).to_parquet(tmp_path / "plain")
    with pytest.raises(DataError, match=r"is no consent ledger of this version.*a plain table of consents goes to"):
        ConsentLedger.load(tmp_path / "plain")
    with pytest.raises(DataError, match=r"There is no consent ledger .*nowhere"):
        ConsentLedger.load(tmp_path / "nowhere")
    with pytest.raises(DataError, match="loaded from the path of a file, and 5 is none"):
        ConsentLedger.load(5)


def test_a_save_that_fails_leaves_the_older_file(tmp_path):
    sealed().save(tmp_path / "a")
    before = (tmp_path / "a").read_bytes()
    mixed = ConsentLedger()
    mixed.grant([1, "b"], "image", at="2025-01-01")
    with pytest.raises(DataError, match="customer ids are of several types"):
        mixed.save(tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_million_choices_are_asked_within_a_second():
    rng = np.random.default_rng(0)
    n = 1_000_000
    seconds = rng.integers(0, 3 * 10**7, n).astype("timedelta64[s]")
    table = pd.DataFrame(
        {
            "customer_id": rng.integers(0, 300_000, n),
            "purpose": rng.choice(["image", "voice"], n),
            "granted": rng.random(n) < 0.7,
            "timestamp": np.datetime64("2024-01-01") + seconds,
        }
    )
    ledger = ConsentLedger(table)
    times = []
    for _ in range(3):  # the best of three: the machine may be busy
        start = time.perf_counter()
        ledger.states("image", NOW)
        times.append(time.perf_counter() - start)
    assert min(times) < 1.0


def test_seals_differ_between_ledgers_of_the_same_content():
    heads = {sealed().head for _ in range(3)}
    assert len(heads) == 3  # the salts are random, or a digest could be found by trying


def test_entries_are_sealed_one_by_one_whatever_the_way_in():
    for one, other in itertools.pairwise([sealed(), sealed()]):
        assert one.records.equals(other.records)
        assert [len(digest) for digest in one._chain.digests] == [32] * 6
