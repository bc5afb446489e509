"""The ledger: the latest choice counts, of equals the refusal, and nothing is ever taken back."""

import copy
from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest

from personakit.errors import ConsentError, DataError, ParameterError, UnknownNameError
from personakit.privacy import (
    ConsentLedger,
    Purpose,
    gate,
    ledger_of,
    moment,
    purpose_named,
    purposes,
    register_purpose,
    with_ledger,
)
from personakit.profile import build_profiles


def said(*rows):
    table = pd.DataFrame(rows, columns=["customer_id", "purpose", "granted", "timestamp"])
    return table.assign(timestamp=pd.to_datetime(table["timestamp"]))


def test_the_latest_choice_at_or_before_the_moment_counts():
    ledger = ConsentLedger(
        said(
            (1, "analytics", True, "2025-01-01 10:00"),
            (1, "analytics", False, "2025-02-01 10:00"),
            (1, "analytics", True, "2025-03-01 10:00"),
        )
    )
    moments = ["2025-01-01 09:59:59", "2025-01-01 10:00", "2025-02-01 09:59", "2025-02-01 10:00", "2025-03-01 10:00"]
    assert [len(ledger.valid("analytics", at)) for at in moments] == [0, 1, 1, 0, 1]


def test_a_refusal_wins_over_a_grant_at_the_same_moment_whatever_their_order():
    yes, no = (1, "image", True, "2025-01-01"), (1, "image", False, "2025-01-01")
    for rows in ((yes, no), (no, yes)):
        assert ConsentLedger(said(*rows)).valid("image", "2025-01-01").empty


def test_a_refusal_of_who_never_agreed_is_no_withdrawal():
    ledger = ConsentLedger(
        said((1, "voice", False, "2025-01-01"), (2, "voice", True, "2025-01-01"), (2, "voice", False, "2025-01-02"))
    )
    assert ledger.states("voice", "2025-02-01").to_dict() == {1: "refused", 2: "withdrawn"}


def test_consent_to_one_purpose_says_nothing_of_another():
    ledger = ConsentLedger(said((1, "analytics", True, "2025-01-01")))
    assert ledger.valid("recommendations", "2025-02-01").empty


def test_the_ledger_only_grows_and_its_records_are_a_copy():
    ledger = ConsentLedger()
    ledger.grant([1, 2], "analytics", at="2025-01-01", source="form")
    ledger.withdraw(1, Purpose.ANALYTICS, at="2025-01-05 12:00")
    copied = ledger.records
    copied["granted"] = True
    assert len(ledger) == 3
    assert ledger.records["granted"].tolist() == [True, True, False]
    assert ledger.valid("analytics", "2025-01-06").tolist() == [2]
    assert ledger.valid("analytics", "2025-01-04").tolist() == [1, 2]


def test_a_grant_on_a_day_holds_from_its_beginning_and_a_withdrawal_too():
    ledger = ConsentLedger()
    ledger.grant("anna", "image", at=date(2025, 1, 1))
    assert ledger.valid("image", "2025-01-01 00:00:01").tolist() == ["anna"]
    ledger.withdraw("anna", "image", at="2025-01-05")
    assert ledger.valid("image", "2025-01-05 00:00:01").empty


def test_the_callers_table_is_not_touched_and_later_changes_to_it_do_not_matter():
    table = said((1, "analytics", True, "2025-01-01"))
    ledger = ConsentLedger(table)
    table["granted"] = False
    assert len(ledger.valid("analytics", "2025-01-02")) == 1


@pytest.mark.parametrize("yes", [True, 1, 1.0, "true", "Yes", " TRUE ", "1", np.bool_(True)])
def test_yes_is_read_as_it_is_commonly_written(yes):
    table = said((1, "analytics", True, "2025-01-01")).assign(granted=pd.Series([yes], dtype=object))
    assert len(ConsentLedger(table).valid("analytics", "2025-01-02")) == 1


def test_a_ledger_can_state_another_ground_than_consent():
    ledger = ConsentLedger.granting([3, 3, 4], ["analytics"], source="research licence")
    assert ledger.valid("analytics", "1998-01-01").tolist() == [3, 4]
    assert ledger.sources("analytics", "1998-01-01") == ["research licence"]


def test_its_text_counts_choices_and_customers():
    ledger = ConsentLedger(said((1, "voice", True, "2025-01-01"), (1, "image", True, "2025-01-01")))
    assert repr(ledger) == "ConsentLedger(2 choices of 1 customers)"
    assert repr(ConsentLedger()) == "ConsentLedger(0 choices of 0 customers)"


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"granted": "perhaps"}, r"consents.granted has 1 values that are neither yes nor no \(rows 0: perhaps\)"),
        ({"granted": None}, "neither yes nor no"),
        ({"customer_id": None}, r"consents.customer_id has 1 missing values \(rows 0"),
        ({"purpose": None}, "consents.purpose has 1 missing values"),
        ({"timestamp": None}, "consents.timestamp has 1 missing values"),
        ({"timestamp": "soon"}, r"consents.timestamp has 1 values that are no time \(rows 0: soon\)"),
        ({"timestamp": pd.Timestamp("2025-01-01", tz="UTC")}, "consents.timestamp is in the time zone UTC"),
    ],
)
def test_a_bad_choice_is_refused_and_shown(change, text):
    table = said((1, "analytics", True, "2025-01-01")).assign(**change)
    with pytest.raises(DataError, match=text):
        ConsentLedger(table)


def test_a_missing_column_is_named():
    with pytest.raises(DataError, match="consents has no column granted, timestamp; it has customer_id, purpose"):
        ConsentLedger(pd.DataFrame({"customer_id": [1], "purpose": ["image"]}))


def test_a_ledger_travels_with_its_frame_through_the_usual_steps_and_stays_one():
    ledger = ConsentLedger(said((1, "analytics", True, "2025-01-01")))
    frame = with_ledger(pd.DataFrame({"customer_id": [1, 2], "spent": [1.0, 2.0]}), ledger)
    steps = [
        frame.copy(),
        frame[frame["spent"] > 1],
        frame.assign(more=1),
        frame.sort_values("spent").reset_index(drop=True),
        frame.set_index("customer_id"),
        copy.deepcopy(frame),
        pd.concat([frame, frame.copy()]),
    ]
    assert all(ledger_of(step) is ledger for step in steps)
    ledger.withdraw(1, "analytics", at="2025-01-02")
    assert ledger_of(steps[0]).valid("analytics", "2025-01-03").empty


def test_frames_with_different_ledgers_can_be_put_together_but_carry_none():
    one, two = (with_ledger(pd.DataFrame({"customer_id": [i]}), ConsentLedger()) for i in (1, 2))
    with pytest.raises(ConsentError, match="carries no record of consent"):
        ledger_of(pd.concat([one, two]))


def test_a_frame_with_a_ledger_can_be_written_and_then_has_lost_it(tmp_path):
    frame = with_ledger(pd.DataFrame({"customer_id": [1]}), ConsentLedger())
    frame.to_parquet(tmp_path / "people.parquet")
    with pytest.raises(ConsentError, match="Pass consents="):
        ledger_of(pd.read_parquet(tmp_path / "people.parquet"))


def test_carrying_a_ledger_leaves_the_first_frame_as_it_was():
    frame = pd.DataFrame({"customer_id": [1]})
    with_ledger(frame, ConsentLedger())
    assert frame.attrs == {}


@pytest.mark.parametrize(
    ("at", "read"),
    [
        ("2025-12-31", "2025-12-31 23:59:59.999999"),
        (date(2025, 12, 31), "2025-12-31 23:59:59.999999"),
        (np.datetime64("2025-12-31"), "2025-12-31 23:59:59.999999"),
        (pd.Timestamp("2025-12-31"), "2025-12-31"),
        (datetime(2025, 12, 31, 8), "2025-12-31 08:00"),
        ("2025-12-31T08:00", "2025-12-31 08:00"),
    ],
)
def test_a_day_means_its_end_and_a_time_means_that_time(at, read):
    assert moment(at) == pd.Timestamp(read)


@pytest.mark.parametrize("at", ["last Tuesday", None, 20251231, pd.NaT, ""])
def test_a_moment_that_cannot_be_read_is_refused(at):
    with pytest.raises(ParameterError, match=r"at=.* cannot be read as a moment. Write it as '2025-12-31'"):
        moment(at)


def test_a_moment_with_a_time_zone_is_refused():
    with pytest.raises(ParameterError, match="has a time zone, and the tables have none"):
        moment(pd.Timestamp("2025-12-31", tz="Europe/London"))


def test_an_unknown_purpose_is_answered_with_the_nearest():
    with pytest.raises(UnknownNameError, match=r"no purpose 'recomendation'. Did you mean 'recommendations'"):
        purpose_named("recomendation")
    with pytest.raises(UnknownNameError, match=r"Did you mean 'marketing_email'"):
        purpose_named("Marketing E-Mail")
    with pytest.raises(UnknownNameError, match=r"no purpose 'xyzzy'. Purposes are: analytics"):
        purpose_named("xyzzy")


def test_a_purpose_of_ones_own_can_be_added_and_is_then_a_purpose():
    assert register_purpose("fit_advice", "advise on sizes") == "fit_advice"
    assert register_purpose("fit_advice", "advise on sizes") == "fit_advice"
    assert purposes()["fit_advice"] == "advise on sizes"
    assert ConsentLedger().valid("fit_advice", "2025-01-01").empty


@pytest.mark.parametrize(
    ("name", "meaning", "text"),
    [
        ("Fit advice", "x", "'Fit advice' is not a purpose's name"),
        ("fit", " ", "'fit' needs a meaning"),
        ("image", "sell the pictures", "'image' already means 'analyse pictures"),
    ],
)
def test_a_purpose_that_would_confuse_is_refused(name, meaning, text):
    with pytest.raises(ParameterError, match=text):
        register_purpose(name, meaning)


def test_a_choice_under_a_name_that_is_no_purpose_is_refused_and_not_lost():
    table = said((1, "analytics", True, "2025-01-01"), (1, "Analytics ", False, "2025-02-01"))
    text = (
        r"purpose has 1 values that are no purpose \(rows 1: 'Analytics '\).*Did you mean 'analytics'.*register_purpose"
    )
    for made in (
        lambda: ConsentLedger(table),
        lambda: gate(table[["customer_id"]], "analytics", consents=table, at="2025-03-01"),
    ):
        with pytest.raises(DataError, match=text):
            made()
    with pytest.raises(DataError, match="values that are no purpose"):
        build_profiles({"customers": pd.DataFrame({"customer_id": [1]}), "consents": table}, "2025-03-01")


def test_a_purpose_of_ones_own_in_a_table_must_be_registered_first():
    table = said((1, "scent_advice", True, "2025-01-01"))
    with pytest.raises(DataError, match=r"register_purpose\(name, meaning\)"):
        ConsentLedger(table)
    register_purpose("scent_advice", "advise on scents")
    assert ConsentLedger(table).valid("scent_advice", "2025-02-01").tolist() == [1]


@pytest.mark.parametrize(("first", "then"), [([17, 18], "17"), (["17", "x"], 17), ([17.0], ["17"]), ("1.5", 1.5)])
def test_an_id_that_is_known_as_one_of_another_type_is_refused(first, then):
    ledger = ConsentLedger()
    ledger.grant(first, "image", at="2025-01-01")
    for enter in (ledger.withdraw, ledger.grant):
        with pytest.raises(DataError, match=r"written the same and are of two types, text and number \(1(7|\.5)\)"):
            enter(then, "image", at="2025-02-01")
    assert len(ledger) == len(np.atleast_1d(first))
    ledger.withdraw(first, "image", at="2025-02-01")
    assert ledger.valid("image", "2025-03-01").empty


def test_twins_of_two_types_are_refused_within_one_table_too_and_forgotten_ones_are_none():
    with pytest.raises(DataError, match="of two types, text and number"):
        ConsentLedger(said((17, "image", True, "2025-01-01"), ("17", "image", False, "2025-01-02")))
    ledger = ConsentLedger(said((17, "image", True, "2025-01-01")))
    with pytest.raises(DataError, match="of two types, text and number"):
        ledger.withdraw("17", "image", at="2025-01-02")
    ledger.forget(17)
    ledger.grant("17", "image", at="2025-01-02")


@pytest.mark.parametrize("later", [[1.0], np.array([1], dtype="uint64"), [2**63 + 1], ["a"]])
def test_large_ids_stay_apart_whatever_comes_after_them(later):
    ledger = ConsentLedger()
    ledger.grant([2**53, 2**53 + 1], "image", at="2025-01-01")
    ledger.withdraw([2**53 + 1], "image", at="2025-01-02")
    ledger.grant(later, "image", at="2025-01-01")
    assert ledger.valid("image", "2025-02-01").tolist() == [2**53, *later]
    allowed = gate(pd.DataFrame({"customer_id": [2**53, 2**53 + 1]}), "image", at="2025-02-01", ledger=ledger)
    assert allowed.frame["customer_id"].tolist() == [2**53]


def test_large_ids_stay_apart_from_a_float_in_one_list():
    ledger = ConsentLedger()
    ledger.grant([2**53, 2**53 + 1, 1.0], "image", at="2025-01-01")
    ledger.withdraw([2**53 + 1, 1.0], "image", at="2025-01-02")
    assert ledger.valid("image", "2025-02-01").tolist() == [2**53]


def test_what_is_no_table_of_consents_is_refused():
    for given in ("x", 5, [1, 2]):
        with pytest.raises(DataError, match=rf"consents is a {type(given).__name__}, and a table is needed"):
            ConsentLedger(given)


@pytest.mark.parametrize(("name", "meaning"), [(5, "x"), (None, "x"), ("abc", None), ("abc", 7)])
def test_a_purpose_that_is_no_text_is_refused(name, meaning):
    with pytest.raises(ParameterError, match=r"is not a purpose's name|needs a meaning"):
        register_purpose(name, meaning)
    with pytest.raises(UnknownNameError, match=r"There is no purpose \['image'\]"):
        purpose_named(["image"])
