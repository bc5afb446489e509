"""Names, addresses and mailboxes: pure functions of the seed and the customer, and nobody's in the real world."""

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from personakit.world.names import (
    AGE_BANDS,
    FAMILY_NAMES,
    GENDERS,
    GIVEN_NAMES,
    NICKNAMES,
    REGIONS,
    given_names_of,
    people,
)

N = 4000


def made(ids, seed=7):
    ids = np.asarray(ids)
    return people(
        seed,
        ids,
        age_index=ids % len(AGE_BANDS),
        gender_index=ids % len(GENDERS),
        region_index=(ids - ids % 2) % len(REGIONS),
        household_id=ids - ids % 2,
    )


@pytest.fixture(scope="module")
def everybody():
    return pd.DataFrame(made(np.arange(1, N + 1)))


def test_every_gender_and_age_band_has_at_least_sixty_given_names():
    assert min(len(given_names_of(gender, band)) for gender in GENDERS for band in AGE_BANDS) >= 60


def test_there_are_at_least_three_hundred_family_names_and_no_name_twice():
    assert len(FAMILY_NAMES) >= 300
    assert len(set(FAMILY_NAMES)) == len(FAMILY_NAMES)
    assert len(set(GIVEN_NAMES)) == len(GIVEN_NAMES)


def test_every_nickname_is_short_for_a_name_that_is_given():
    assert set(NICKNAMES) <= set(GIVEN_NAMES)
    assert all(short != name for name, shorts in NICKNAMES.items() for short in shorts)


def test_the_old_and_the_young_bear_different_names():
    old, young = set(given_names_of("woman", "65+")[:66]), set(given_names_of("woman", "18-24")[:66])
    assert len(old & young) <= 4


@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=30, unique=True), st.randoms(use_true_random=False))
def test_a_person_does_not_depend_on_who_is_made_beside_her(ids, random):
    shuffled = random.sample(ids, len(ids))
    together, apart = pd.DataFrame(made(ids), index=ids), pd.DataFrame(made(shuffled), index=shuffled)
    pd.testing.assert_frame_equal(together, apart.loc[ids])


def test_another_seed_makes_other_people(everybody):
    assert (everybody["family_name"] != pd.DataFrame(made(np.arange(1, N + 1), seed=8))["family_name"]).mean() > 0.9


def test_a_household_shares_its_address_and_mostly_its_name(everybody):
    ids = np.arange(1, N + 1)
    pairs = everybody.groupby(ids - ids % 2)
    assert (pairs[["street", "postcode", "city"]].nunique() == 1).all().all()
    shared = (pairs["family_name"].nunique() == 1)[pairs.size() == 2].mean()
    assert shared == pytest.approx((6 / 7) ** 2, abs=0.04)


def test_mailboxes_are_at_example_domains_and_almost_all_different(everybody):
    assert everybody["email"].str.fullmatch(r"[a-z._]+\d+@(?:\w+\.)?example\.(?:com|org|net)").all()
    assert everybody["email"].duplicated().sum() == 0


def test_telephone_numbers_lie_in_ofcoms_ranges_for_drama(everybody):
    ranges = ("07700 900", "01632 960", "0(113|117|121|131|161) 496 0", "0191 498 0", "020 7946 0", "029 2018 0")
    assert everybody["phone"].map(lambda number: bool(re.fullmatch(f"({'|'.join(ranges)})[0-9]{{3}}", number))).all()


def test_no_postcode_can_exist_as_its_last_part_has_a_letter_that_is_never_used_there(everybody):
    assert everybody["postcode"].map(lambda code: bool(re.fullmatch(r"[A-Z]{1,2}\d{1,2} \d[CIKMOV][A-Z]", code))).all()


def test_birth_years_fit_the_age_bands(everybody):
    age = 2024 - everybody["birth_year"].to_numpy()
    band = np.arange(1, N + 1) % len(AGE_BANDS)
    low, high = np.array([18, 25, 35, 45, 55, 65]), np.array([24, 34, 44, 54, 64, 84])
    assert ((age >= low[band]) & (age <= high[band])).all()
