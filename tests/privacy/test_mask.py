"""Masks show enough to recognise one's own and no more."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from personakit.privacy import mask_email, mask_name, mask_phone, masked


@pytest.mark.parametrize(
    ("email", "shown"),
    [("jane@example.com", "j•••@•••.com"), ("a@b", "a•••@•••"), ("@example.com", "•••"), ("jane", "•••"), (None, None)],
)
def test_an_address_keeps_its_first_letter_and_its_ending(email, shown):
    assert mask_email(email) == shown


@pytest.mark.parametrize("missing", [None, float("nan"), pd.NA])
def test_what_is_missing_stays_missing(missing):
    assert mask_email(missing) is None
    assert mask_phone(missing) is None
    assert mask_name(missing) is None


@given(st.text(alphabet="0123456789 +-", min_size=6, max_size=20))
def test_a_telephone_number_shows_at_most_two_digits(phone):
    assert sum(letter.isdigit() for letter in mask_phone(phone)) <= 2


@given(st.text(alphabet=st.characters(categories=["L"]), min_size=2, max_size=30))
def test_the_length_of_a_name_is_not_given_away(name):
    assert len(mask_name(name)) == 4


def test_a_table_is_masked_in_the_columns_that_name_or_reach_a_person():
    table = pd.DataFrame(
        {
            "customer_id": [1, 2],
            "given_name": ["Jane", None],
            "family_name": ["Smith", "Okafor"],
            "email": ["jane@example.com", None],
            "phone": ["07700 900123", "07700 900456"],
            "street": ["4 Mill Lane", None],
            "postcode": ["LS4 7CK", "M1 1OO"],
            "city": ["Leeds", "York"],
        }
    )
    shown = masked(table)
    assert shown.iloc[0].tolist() == [1, "J•••", "S•••", "j•••@•••.com", "•••23", "•••", "LS•••", "Leeds"]
    assert shown.iloc[1][["given_name", "email", "street"]].isna().all()
    assert table.loc[0, "given_name"] == "Jane"
