"""Consent in Larkspur: it depends on concern, changes over time, and never contradicts what the campaign relies on."""

import numpy as np
import pandas as pd
import pytest

from personakit.data.canonical import CANONICAL
from personakit.privacy import ConsentLedger, Purpose
from personakit.world.consents import MESSAGE_PURPOSES, PURPOSES, consent_at_signup, consent_records

N, DAYS = 6000, 540
IDS = np.arange(1, N + 1)
CONCERN = np.sin(IDS * 12.9898) * 1.4
SIGNED = (IDS * 37) % 400
START = pd.Timestamp("2024-07-01")


def made(ids, **options):
    at = np.asarray(ids) - 1
    return consent_records(7, ids, concern=CONCERN[at], signed_up_day=SIGNED[at], n_days=DAYS, **options)


@pytest.fixture(scope="module")
def records():
    return made(IDS)


def test_the_columns_are_the_canonical_ones(records):
    # Larkspur asks for consent alone, and without an end: basis and expires are left out.
    assert [*records.columns, "basis", "expires"] == list(CANONICAL["consents"].columns)
    assert not records.isna().any().any()


def test_the_purposes_are_those_of_the_privacy_room():
    assert set(PURPOSES) == set(Purpose)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_the_records_at_sign_up_say_what_consent_at_signup_says(records, purpose):
    first = records[(records["purpose"] == purpose) & (records["source"] == "sign_up")].set_index("customer_id")
    agreed = pd.Series(consent_at_signup(7, IDS, CONCERN)[purpose], index=IDS)
    assert (first["granted"] == agreed[first.index]).all()
    assert not agreed.drop(first.index).any()
    assert (first["timestamp"] == START + pd.to_timedelta(SIGNED[first.index - 1], unit="D")).all()


def test_the_messages_column_holds_e_mail_sms_and_push():
    agreed = consent_at_signup(7, IDS, CONCERN)
    assert (agreed["messages"] == np.column_stack([agreed[name] for name in MESSAGE_PURPOSES])).all()


@pytest.mark.parametrize("purpose", PURPOSES)
def test_the_concerned_agree_less(purpose):
    agreed = consent_at_signup(7, IDS, CONCERN)[purpose]
    assert agreed[CONCERN > 0.7].mean() < 0.8 * agreed[CONCERN < -0.7].mean()


def test_voice_and_image_are_asked_of_some_and_analytics_of_all(records):
    asked = records[records["source"] == "sign_up"].groupby("purpose")["customer_id"].nunique() / N
    assert asked["analytics"] == 1
    assert asked["voice"] == pytest.approx(0.45, abs=0.03)
    assert asked["image"] == pytest.approx(0.60, abs=0.03)


def test_minds_change_both_ways_and_within_the_history(records):
    later = records[records["source"] != "sign_up"]
    assert later["granted"].sum() > 100
    assert (~later["granted"]).sum() > 100
    assert records["timestamp"].max() < START + pd.Timedelta(days=DAYS)
    assert (later["timestamp"] >= START + pd.to_timedelta(SIGNED[later["customer_id"] - 1], unit="D")).all()


def test_every_change_is_a_change(records):
    by_purpose = records.groupby(["customer_id", "purpose"])["granted"]
    repeated = by_purpose.shift() == records["granted"]
    assert not repeated.any()


def test_consent_to_messages_ends_by_unsubscribing_alone(records):
    closed = records[records["purpose"].isin(MESSAGE_PURPOSES) & ~records["granted"]]
    assert (closed["source"] == "sign_up").all()


def test_who_unsubscribes_has_left_that_list_for_good():
    ids = np.arange(1, 301)
    out = (ids, SIGNED[:300] + 20.5, ids % 3)
    left = made(ids, unsubscribed=out)
    ledger = ConsentLedger(left)
    for channel, purpose in enumerate(MESSAGE_PURPOSES):
        gone = ids[ids % 3 == channel]
        assert not ledger.valid(purpose, "2099-01-01").isin(gone).any()
    assert (left["source"] == "unsubscribe_link").sum() == 300


def test_unsubscribers_of_other_blocks_are_passed_over():
    pd.testing.assert_frame_equal(made(IDS[:50], unsubscribed=([60, 4000], [9, 9], [0, 1])), made(IDS[:50]))


def test_blocks_of_any_size_give_the_same_records(records):
    left = (IDS[::7], SIGNED[::7] + 3.0, IDS[::7] % 3)
    blocks = [made(part, unsubscribed=left) for part in np.array_split(IDS, [1, 700, 701, 4321])]
    pd.testing.assert_frame_equal(pd.concat(blocks, ignore_index=True), made(IDS, unsubscribed=left))


def test_no_customers_give_no_records():
    none = consent_records(7, [], concern=[], signed_up_day=[], n_days=9, unsubscribed=([1], [1], [0]))
    assert len(none) == 0
