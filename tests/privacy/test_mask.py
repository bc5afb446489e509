"""Masks show enough to recognise one's own and no more."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from personakit.data.canonical import CANONICAL
from personakit.errors import DataError, ParameterError
from personakit.privacy import ConsentLedger, gate, mask_email, mask_name, mask_phone, mask_year, masked, show


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


ABOUT_PEOPLE = ("customers", "identities", "reviews", "messages")
LEFT = {"city"}  # it names no person, and it reaches none


@pytest.mark.parametrize("table", ABOUT_PEOPLE)
def test_every_text_column_of_the_canonical_tables_about_people_is_masked(table):
    names = [name for name, column in CANONICAL[table].columns.items() if column.kind == "text" and name not in LEFT]
    said = "Jane Smith, jane@example.com, 07700 900123, 4 Mill Lane, LS1 4AB. Regards, Jane"
    frame = pd.DataFrame({name: [said] for name in names})
    assert len(names)
    for name, shown in masked(frame).iloc[0].items():
        assert shown != said, name
        for secret in ("jane@", "900123", "Mill Lane", "LS1 4AB"):
            assert secret not in shown, name


def test_a_year_of_birth_is_shown_as_its_decade_and_free_text_scrubbed():
    frame = pd.DataFrame({"birth_year": [1987.0, None], "text": ["Call 07700 900123", None]})
    assert masked(frame)["birth_year"].tolist() == ["1980s", None]
    assert masked(frame)["text"].tolist() == ["Call [phone]", None]
    assert mask_year("02/03/1999") == "1990s"


def test_common_names_of_columns_twins_and_the_index_are_masked_too():
    frame = pd.DataFrame([["Jane", "a@b.example", "x@y.example", 1]], columns=["First Name", "E-Mail", "E-Mail", "n"])
    frame.index = pd.Index(["jane@example.com"], name="email")
    shown = masked(frame)
    assert shown.iloc[0].tolist() == ["J•••", "a•••@•••.example", "x•••@•••.example", 1]
    assert shown.index.tolist() == ["j•••@•••.com"]
    assert frame.index.tolist() == ["jane@example.com"]


def test_a_categorical_column_keeps_no_name_among_its_categories():
    shown = masked(pd.DataFrame({"given_name": pd.Categorical(["Jane"], categories=["Jane", "Zadie"])}))
    assert shown["given_name"].dtype == object


def test_a_shown_table_is_masked_escaped_and_short():
    frame = pd.DataFrame({"given_name": ["<b>Jane"] * 30, "note": ["<script>alert(1)</script>"] * 30, "spent": 1234.5})
    page = show(frame, n=3)._repr_html_()
    assert page.count("<tr>") == 4
    assert "3 of 30 rows" in page
    assert "Jane" not in page
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "1,234.50" in page
    assert "Jane" not in repr(show(frame))


def test_what_a_gate_let_pass_and_an_engine_table_can_be_shown():
    ibis = pytest.importorskip("ibis")
    frame = pd.DataFrame({"customer_id": [1, 2], "email": ["jane@example.com", "x@example.com"]})
    ledger = ConsentLedger.granting([1], ["image"], source="a test")
    allowed = gate(frame, "image", at="2025-01-01", ledger=ledger)
    assert "1 of 1 rows" in repr(show(allowed))
    assert "j•••@•••.com" in repr(show(allowed))
    assert "2 of 2 rows" in repr(show(ibis.memtable(frame), n=2))
    for text in (repr(allowed), allowed._repr_html_(), str(allowed)):
        assert "jane" not in text


@pytest.mark.parametrize("n", [0, -1, 2.5, True])
def test_a_number_of_rows_that_is_none_is_refused(n):
    with pytest.raises(ParameterError, match="give a whole number from 1, the rows to show"):
        show(pd.DataFrame({"a": [1]}), n=n)


def test_what_is_no_table_is_refused():
    with pytest.raises(DataError, match=r"a list was given. Pass a DataFrame"):
        show([1, 2])


@pytest.mark.parametrize("kind", [object, "string", "category"])
def test_every_column_of_free_text_is_scrubbed_with_the_names_of_the_whole_table(kind):
    frame = pd.DataFrame(
        {
            "given_name": ["Jo", "Zoë", None],
            "family_name": ["Blum", "Fox", None],
            "note": ["I am Jo Blum, jo@x.org", "zoe rang", None],
            "channel": ["email", "email", "app"],
            "remark": ["Zoë, 07700 900123", "", "ring Jo Blum"],
            "n": [1, 2, 3],
        }
    ).astype({"note": kind, "remark": kind})
    shown = show(frame, n=1).frame
    assert shown["note"].tolist() == ["I am [name], [email]"]
    assert shown["remark"].tolist() == ["[name], [phone]"]  # a name of a row that is not shown
    every = masked(frame)
    assert every["note"].tolist()[1] == "[name] rang"
    assert pd.isna(every["note"].iloc[2])
    assert every["remark"].tolist() == ["[name], [phone]", "", "ring [name]"]
    assert every[["channel", "n"]].equals(frame[["channel", "n"]])


def test_text_and_reply_are_scrubbed_of_the_names_of_the_table_too_and_other_values_are_left():
    frame = pd.DataFrame({"First Name": ["Chloë"], "text": ["chloe wrote"], "sizes": [["S", "M"]], "share": [0.5]})
    assert masked(frame).iloc[0].tolist() == ["C•••", "[name] wrote", ["S", "M"], 0.5]
