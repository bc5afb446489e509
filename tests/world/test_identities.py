"""Five systems know the same people: how many records, how they go wrong, and that the id keeps the secret."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from personakit.data.canonical import CANONICAL
from personakit.world.identities import SYSTEMS, record_ids, source_records
from personakit.world.misspelling import by_ear, slipped, unaccented
from personakit.world.names import people

N, DAYS = 6000, 540
TEXTS = ["given_name", "family_name", "email", "phone", "street", "postcode", "city"]


def made(ids, **options):
    ids = np.asarray(ids)
    head = np.where(ids % 9 < 2, ids - ids % 9 % 2, ids)  # two couples of 18 people
    person = people(7, ids, age_index=ids % 6, gender_index=ids % 2, region_index=head % 10, household_id=head)
    day = (ids * 37) % 400
    records, links = source_records(7, ids, person, signed_up_day=day, household_id=head, n_days=DAYS, **options)
    return records, links, person


@pytest.fixture(scope="module")
def default():
    return made(np.arange(1, N + 1))


@pytest.fixture(scope="module")
def joined(default):
    records, links, _ = default
    return records.merge(links, on="record_id", validate="one_to_one")


@pytest.fixture(scope="module")
def pairs(joined):
    both = joined.merge(joined, on="customer_id", suffixes=("", "_other"))
    return both[both["record_id"] < both["record_id_other"]]


def test_the_columns_are_the_canonical_ones(default):
    assert list(default[0].columns) == list(CANONICAL["identities"].columns)
    assert list(default[1].columns) == ["record_id", "customer_id", "household_id"]


def test_everybody_has_one_to_five_records_and_2_2_on_average(default):
    many = default[1].groupby("customer_id").size()
    assert len(many) == N
    assert many.min() == 1
    assert many.max() == 5
    assert many.mean() == pytest.approx(2.2, abs=0.1)


def test_every_system_knows_at_least_one_record_in_twenty(default):
    share = default[0]["system"].value_counts(normalize=True)
    assert set(share.index) == set(SYSTEMS)
    assert share.min() > 0.05


def test_nobody_is_twice_in_one_system(joined):
    assert not joined.duplicated(["customer_id", "system"]).any()


def test_who_shops_in_the_store_has_a_loyalty_card_and_who_calls_a_call_file():
    ids = np.arange(1, 2001)
    store, calls = np.eye(6)[np.full(2000, 4)], np.eye(6)[np.full(2000, 5)]
    by_store, by_calls = (made(ids, channel_shares=shares)[0]["system"].value_counts() for shares in (store, calls))
    assert by_store.idxmax() == "loyalty_card"
    assert by_calls.idxmax() == "call_centre"


def test_three_of_four_pairs_that_both_have_an_e_mail_have_exactly_the_same(pairs):
    both = pairs.dropna(subset=["email", "email_other"])
    assert (both["email"] == both["email_other"]).mean() == pytest.approx(0.75, abs=0.06)


@pytest.mark.parametrize("column", TEXTS)
def test_no_field_alone_links_everything(pairs, column):
    same = (pairs[column] == pairs[column + "_other"]).mean()
    assert 0.02 < same < 0.9


def test_most_names_differ_only_in_case_or_by_a_slip(pairs):
    both = pairs.dropna(subset=["family_name", "family_name_other"])
    same = both["family_name"].str.lower().str.strip() == both["family_name_other"].str.lower().str.strip()
    assert 0.80 < same.mean() < 0.95


def test_some_couples_share_a_mailbox(joined):
    owners = joined.dropna(subset=["email"]).groupby("email")["customer_id"].nunique()
    homes = joined.dropna(subset=["email"]).groupby("email")["household_id"].nunique()
    assert (owners > 1).sum() > 20
    assert (homes[owners > 1] == 1).mean() > 0.95


def test_some_people_moved_house_between_two_records(joined):
    places = joined.dropna(subset=["postcode"]).assign(postcode=lambda t: t["postcode"].str.replace(" ", ""))
    several = places.groupby("customer_id")["postcode"].agg(["size", "nunique"]).query("size > 1")
    assert 0.03 < (several["nunique"] > 1).mean() < 0.15


def test_nicknames_and_capitals_occur(default):
    records, _, _ = default
    assert records["given_name"].isin(["Liz", "Bob", "Kate", "Ollie", "Becky", "Dave"]).any()
    shouted = records.loc[records["system"] == "loyalty_card", "family_name"].dropna()
    assert shouted.str.isupper().mean() == pytest.approx(0.30, abs=0.04)


def test_an_app_knows_no_address_and_a_newsletter_no_telephone(default):
    records = default[0].set_index("system")
    assert records.loc["app_device", ["street", "postcode", "city"]].isna().all().all()
    assert records.loc["newsletter", "phone"].isna().all()
    assert records.loc["newsletter", "email"].notna().all()


def test_records_are_made_between_sign_up_and_the_end(joined):
    day = (joined["recorded_at"] - pd.Timestamp("2024-07-01")) / pd.Timedelta(days=1)
    signed = (joined["customer_id"] * 37) % 400
    assert (day >= signed).all()
    assert (day < DAYS).all()
    assert (day.groupby(joined["customer_id"]).min() == signed.groupby(joined["customer_id"]).min()).all()


def test_keys_are_unique_and_say_their_system(default):
    keys = default[0].set_index("system")["source_key"]
    assert keys.is_unique
    patterns = {
        "shop_account": r"SA-\d{11}",
        "app_device": r"[0-9a-f]{4}(-[0-9a-f]{4}){3}",
        "newsletter": r"NL\d{11}",
        "loyalty_card": r"63384\d{11}",
        "call_centre": r"CC-20\d\d-\d{11}",
    }
    assert all(keys.loc[system].str.fullmatch(pattern).all() for system, pattern in patterns.items())


def test_blocks_of_any_size_give_the_same_records(default):
    ids = np.arange(1, N + 1)
    for which in (0, 1):
        blocks = [made(part)[which] for part in np.array_split(ids, [1, 700, 701, 4321])]
        pd.testing.assert_frame_equal(pd.concat(blocks, ignore_index=True), default[which])


@given(st.sets(st.integers(1, 2**33 - 1), min_size=2, max_size=50), st.integers(0, 9))
def test_record_ids_are_unique_and_below_2_to_the_36(customers, seed):
    ids = record_ids(seed, np.array(sorted(customers))[:, None], np.arange(5)).ravel()
    assert len(set(ids.tolist())) == len(ids)
    assert ids.min() >= 0
    assert ids.max() < 2**36


def test_record_ids_do_not_follow_the_customer(joined):
    correlation = joined["record_id"].corr(joined["customer_id"], method="spearman")
    assert abs(correlation) < 0.05
    assert (joined["record_id"] % 8 == 0).mean() == pytest.approx(1 / 8, abs=0.02)


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyzABC'- ", min_size=3, max_size=12), st.integers(0, 2**30))
def test_a_slip_keeps_the_first_letter_and_changes_at_most_two_places(text, luck):
    wrong = slipped(text, luck)
    assert wrong[0] == text[0]
    assert abs(len(wrong) - len(text)) <= 1


def test_spelling_by_ear_keeps_capitals_and_accents_are_dropped():
    assert by_ear("Philip", 0)[0].isupper()
    assert by_ear("", 3) == ""
    assert unaccented("Siân Łukasz O'Neill") == "Sian Lukasz ONeill"
