"""Numbers as people write them."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from personakit.data.numerals import decimal_sign, parse_numbers


def read(*texts: str, **options: object) -> list[float]:
    return parse_numbers(texts, [1] * len(texts), **options)[0].tolist()  # type: ignore[arg-type]


def codes(*texts: str, **options: object) -> list[str]:
    return parse_numbers(texts, [1] * len(texts), **options)[1]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,234.50", 1234.5),
        ("1.234,50", 1234.5),
        ("1 234,50", 1234.5),
        ("1\u202f234,50", 1234.5),
        ("1'234.50", 1234.5),
        ("1,234,567", 1234567.0),
        ("12,5", 12.5),
        ("0,125", 0.125),
        ("£12.99", 12.99),
        ("12,99 €", 12.99),
        ("EUR 12.50", 12.5),
        ("-$3.00", -3.0),
        ("(12.00)", -12.0),
        ("12.00-", -12.0),
        ("\u22124.50", -4.5),
        ("20%", 0.2),
        ("1e-05", 1e-05),
        ("inf", math.inf),
        ("-7", -7.0),
    ],
)
def test_a_written_number_is_read_as_a_person_would(text: str, value: float) -> None:
    assert read(text) == [pytest.approx(value)]
    assert codes(text) == [""]


@pytest.mark.parametrize("text", ["1,234", "1.234", "12,345", "999.999"])
def test_one_separator_before_three_digits_is_not_guessed(text: str) -> None:
    assert codes(text) == ["two_ways"]


def test_another_row_settles_what_a_separator_means() -> None:
    assert read("1,234", "5.50") == [1234.0, 5.5]
    assert read("1.234", "5,50") == [1234.0, 5.5]


def test_the_caller_can_say_what_the_decimal_sign_is() -> None:
    assert read("1,234", decimal=".") == [1234.0]
    assert read("1,234", decimal=",") == [1.234]


def test_pieces_cannot_have_decimals_so_a_comma_groups_thousands() -> None:
    assert read("1,234", whole=True) == [1234.0]
    assert codes("1.234", whole=True) == ["two_ways"]


def test_rows_that_contradict_the_majority_are_named() -> None:
    assert parse_numbers(["1.50", "2,50"], [9, 1])[1] == ["", "other_decimal"]


@pytest.mark.parametrize("text", ["abc", "1.2.3", "12,34,56", "1,23.4,5", "--", "12 apples"])
def test_what_is_no_number_is_said_to_be_none(text: str) -> None:
    assert codes(text) == ["not_a_number"]


@pytest.mark.parametrize("text", ["", "NA", "n/a", "NaN", "NULL", "-", "#N/A"])
def test_the_usual_words_for_nothing_are_missing_and_not_wrong(text: str) -> None:
    assert np.isnan(read(text, "1.5")[0])
    assert codes(text, "1.5") == ["", ""]


@given(st.lists(st.floats(-1e9, 1e9).map(lambda x: round(x, 2)), min_size=1, max_size=20), st.sampled_from([".", ","]))
def test_numbers_written_with_thousands_separators_come_back(values: list[float], sign: str) -> None:
    english = [f"{value:,.2f}" for value in values]
    texts = english if sign == "." else [text.translate(str.maketrans(",.", ".,")) for text in english]
    assert decimal_sign(texts, [1] * len(texts)) == sign
    assert read(*texts) == pytest.approx(values)
