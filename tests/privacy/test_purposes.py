"""Purposes: what each means, which columns it needs, and that neither is changed behind the customer's back."""

import pytest

from personakit.errors import ParameterError, UnknownNameError
from personakit.privacy import Purpose, purposes, register_purpose
from personakit.privacy.purposes import columns_needed


def test_every_purpose_has_a_meaning_and_all_columns():
    assert set(purposes().index) >= set(Purpose)
    assert (purposes().str.len() > 10).all()
    assert all(columns_needed(purpose) is None for purpose in Purpose)


def test_the_columns_of_a_purpose_are_kept_and_not_changed_later():
    register_purpose("gift_advice", "advise on gifts", columns=["age_band", "region"])
    assert columns_needed("gift_advice") == {"age_band", "region"}
    assert register_purpose("gift_advice", "advise on gifts") == "gift_advice"
    assert register_purpose("gift_advice", "advise on gifts", columns=["region", "age_band"]) == "gift_advice"
    with pytest.raises(
        ParameterError, match=r"'gift_advice' already needs age_band, region. Consent was given to that"
    ):
        register_purpose("gift_advice", "advise on gifts", columns=["age_band", "region", "email"])


def test_a_purpose_for_all_columns_cannot_be_narrowed_behind_an_earlier_promise():
    register_purpose("wide_advice", "advise on everything")
    with pytest.raises(ParameterError, match="'wide_advice' already needs all columns"):
        register_purpose("wide_advice", "advise on everything", columns=["email"])


def test_one_text_is_no_list_of_columns():
    with pytest.raises(ParameterError, match=r"columns='email' is one text. Pass a list of column names"):
        register_purpose("mail_advice", "advise by mail", columns="email")
    with pytest.raises(UnknownNameError):
        columns_needed("mail_advice")
