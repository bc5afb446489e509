"""Dates and times as people write them."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from personakit.data.times import parse_times, times_from_numbers
from personakit.errors import ParameterError


def read(*texts: str, **options: object) -> list[str]:
    return parse_times(texts, [1] * len(texts), **options)[0].astype("datetime64[s]").astype(str).tolist()  # type: ignore[arg-type]


def codes(*texts: str, **options: object) -> list[str]:
    return parse_times(texts, [1] * len(texts), **options)[1]  # type: ignore[arg-type]


def notes(*texts: str, **options: object) -> list[str]:
    return parse_times(texts, [1] * len(texts), **options)[2]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2025-12-31", "2025-12-31T00:00:00"),
        ("2025-12-31 23:59", "2025-12-31T23:59:00"),
        ("2025-12-31T23:59:58.250", "2025-12-31T23:59:58"),
        ("31/12/2025", "2025-12-31T00:00:00"),
        ("12/31/2025 11:59 PM", "2025-12-31T23:59:00"),
        ("31.12.2025 23:59", "2025-12-31T23:59:00"),
        ("03.04.2025", "2025-04-03T00:00:00"),
        ("2025/12/31", "2025-12-31T00:00:00"),
        ("31-Dec-2025", "2025-12-31T00:00:00"),
        ("Dec 31, 2025", "2025-12-31T00:00:00"),
        ("31/12/99", "1999-12-31T00:00:00"),
        ("31/12/24", "2024-12-31T00:00:00"),
        ("20251231", "2025-12-31T00:00:00"),
        ("20251231T235958Z", "2025-12-31T23:59:58"),
        ("20251231235958", "2025-12-31T23:59:58"),
        ("881250949", "1997-12-04T15:55:49"),
        ("1735689599000", "2024-12-31T23:59:59"),
    ],
)
def test_a_written_date_is_read_as_a_person_would(text: str, time: str) -> None:
    assert codes(text) == [""]
    assert read(text) == [time]


def test_day_and_month_are_not_guessed() -> None:
    assert codes("03/04/2025", "05/06/2025") == ["day_or_month"] * 2


def test_one_row_beyond_doubt_settles_the_order_for_all() -> None:
    assert read("03/04/2025", "31/12/2025")[0] == "2025-04-03T00:00:00"
    assert read("03/04/2025", "12/31/2025")[0] == "2025-03-04T00:00:00"
    assert notes("03/04/2025", "12/31/2025") == ["read as month/day/year"]


def test_the_caller_can_say_that_the_day_comes_first() -> None:
    assert read("03/04/2025", dayfirst=True) == ["2025-04-03T00:00:00"]
    assert read("03/04/2025", dayfirst=False) == ["2025-03-04T00:00:00"]


def test_a_day_that_does_not_exist_is_named() -> None:
    assert codes("2025-02-30", "2025-02-28") == ["no_such_day", ""]
    assert codes("31/12/2025", dayfirst=False) == ["no_such_day"]
    assert codes("30/02/2025", "31/01/2025") == ["no_such_day", ""]


def test_both_orders_in_one_column_name_the_minority() -> None:
    assert parse_times(["31/12/2025", "12/31/2025"], [5, 1])[1] == ["", "mixed_dates"]


def test_a_column_in_two_forms_names_the_minority() -> None:
    times, found, _, form = parse_times(["2025-12-31", "31.12.2025"], [9, 2])
    assert found == ["", "mixed_dates"]
    assert form == "year-month-day"
    assert np.isnat(times[1])


def test_the_day_numbers_of_a_spreadsheet_are_recognised() -> None:
    assert codes("45000") == ["day_number"]
    assert times_from_numbers(np.array([45000.0, 45001.0]))[1] == ["day_number"] * 2


@pytest.mark.parametrize("text", ["0001-01-01", "9999-12-31", "1753-01-01"])
def test_the_dates_that_databases_use_for_never_are_absurd(text: str) -> None:
    assert codes(text, "2025-01-01") == ["absurd_date", ""]


def test_a_wrong_word_is_no_date() -> None:
    assert codes("soon", "2025-01-01") == ["not_a_date", ""]


def test_times_in_utc_keep_their_clock_and_say_so() -> None:
    assert read("2025-07-01T10:00:00Z") == ["2025-07-01T10:00:00"]
    assert "times are in UTC; pass timezone=" in notes("2025-07-01T10:00:00Z")[0]


def test_times_with_an_offset_come_to_the_shops_clock() -> None:
    texts = ["2025-07-01T10:00:00+02:00", "2025-12-01T10:00:00+01:00"]
    assert codes(*texts) == ["offsets"] * 2
    assert read(*texts, timezone="Europe/London") == ["2025-07-01T09:00:00", "2025-12-01T09:00:00"]


def test_times_with_and_without_a_zone_are_not_mixed() -> None:
    assert codes("2025-07-01T10:00:00Z", "2025-07-01T10:00:00") == ["", "some_zones"]
    with_zone = read("2025-07-01T10:00:00Z", "2025-07-01T10:00:00", timezone="Europe/Berlin")
    assert with_zone == ["2025-07-01T12:00:00", "2025-07-01T10:00:00"]


def test_an_unknown_time_zone_is_named() -> None:
    with pytest.raises(ParameterError, match="timezone='Mars/Olympus' is not the name of a time zone"):
        read("2025-07-01T10:00:00Z", timezone="Mars/Olympus")


def test_a_given_format_holds_for_all_rows() -> None:
    assert read("31|12|2025", date_format="%d|%m|%Y") == ["2025-12-31T00:00:00"]
    assert codes("31|12|2025", "2025-12-31", date_format="%d|%m|%Y") == ["", "no_such_day"]


@given(st.lists(st.datetimes(dt.datetime(1950, 1, 1), dt.datetime(2099, 12, 31)), min_size=1, max_size=20, unique=True))
def test_iso_times_come_back(times: list[dt.datetime]) -> None:
    got = parse_times([time.isoformat(sep=" ", timespec="microseconds") for time in times], [1] * len(times))
    assert got[0].tolist() == times
    assert set(got[1]) == {""}


@given(st.lists(st.datetimes(dt.datetime(1975, 1, 1), dt.datetime(2099, 12, 31)), min_size=1, max_size=20))
def test_seconds_since_1970_come_back(times: list[dt.datetime]) -> None:
    whole = pd.Series(times).dt.floor("s").to_numpy().astype("datetime64[s]")
    got, found, unit = times_from_numbers(whole.astype(np.int64).astype(float))
    assert (got == whole).all()
    assert unit == "seconds since 1970, UTC"
    assert set(found) == {""}
