"""The reader's own tables: how columns are recognised, and what follows from them."""

from pathlib import Path

import ibis
import pandas as pd
import pyarrow
import pytest

import personakit as pk
from personakit.data import BadRowsError, read_tables
from personakit.data.problems import REASONS
from personakit.errors import DataError, ParameterError, UnknownNameError


def frame(**columns: object) -> pd.DataFrame:
    return pd.DataFrame(columns)


RATINGS = frame(
    userId=[1, 1, 2], movieId=[10, 11, 10], rating=[4.0, 3.5, 5.0], timestamp=[881250949, 881250950, 881250951]
)


def test_the_way_in_stands_at_the_top() -> None:
    assert pk.read_tables is read_tables


@pytest.mark.parametrize(
    ("names", "table"),
    [
        (("user_id", "item_id", "rating", "ts"), "ratings"),
        (("User ID", "SKU", "Stars", "Date"), "ratings"),
        (("cust", "asin", "score", "unixReviewTime"), "ratings"),
        (("customer_id", "product_id", "rating", "timestamp"), "ratings"),
    ],
)
def test_usual_column_names_are_recognised(names: tuple[str, ...], table: str) -> None:
    given = RATINGS.set_axis(list(names), axis=1)
    got = read_tables(**{table: given})
    assert got[table].columns.tolist() == ["customer_id", "product_id", "rating", "timestamp"]
    assert got.mapping["source_column"].tolist() == list(names)


def test_the_online_retail_file_of_uci_is_understood() -> None:
    lines = frame(
        InvoiceNo=["536365", "C536379"],
        StockCode=["85123A", "D"],
        Description=["HOLDER", "Discount"],
        Quantity=[6, -1],
        InvoiceDate=["12/1/2010 8:26", "12/31/2010 9:41"],
        UnitPrice=[2.55, 27.5],
        CustomerID=[17850.0, 14527.0],
        Country=["United Kingdom", "United Kingdom"],
    )
    got = read_tables(orders=lines, returns="negative_quantity")
    assert got["order_lines"]["customer_id"].tolist() == [17850, 14527]
    assert str(got["order_lines"]["timestamp"].iloc[0]) == "2010-12-01 08:26:00"
    assert got["interactions"]["event"].tolist() == ["purchase", "return"]
    assert "Country" in got["order_lines"]


def test_the_mapping_shows_how_each_column_was_found() -> None:
    got = read_tables(ratings=RATINGS.assign(note="x").rename(columns={"rating": "stars"}))
    assert got.mapping[["source_column", "column", "how"]].values.tolist() == [
        ["userId", "customer_id", "synonym"],
        ["movieId", "product_id", "synonym"],
        ["stars", "rating", "synonym"],
        ["timestamp", "timestamp", "same name"],
        ["note", "note", "kept"],
    ]


def test_the_last_required_column_is_found_by_its_content() -> None:
    got = read_tables(sessions=frame(id=[1], user=["u"], channel=["web"], geoeffnet=["2025-01-31"]))
    assert got.mapping.loc[got.mapping["source_column"] == "geoeffnet", ["column", "how"]].values.tolist() == [
        ["timestamp", "by content"]
    ]


def test_the_readers_own_word_comes_first() -> None:
    odd = frame(user=[1, 2], person=[7, 8], thing=["a", "b"], rating=[1, 2], secret=["x", "y"])
    got = read_tables(
        ratings=odd, mapping={"ratings": {"person": "customer_id", "thing": "product_id", "secret": None}}
    )
    assert got["ratings"]["customer_id"].tolist() == [7, 8]
    assert "secret" not in got["ratings"]
    assert got.mapping.set_index("source_column")["how"].to_dict() == {
        "user": "kept",
        "person": "given",
        "thing": "given",
        "rating": "same name",
        "secret": "not used",
    }


def test_a_mapping_of_what_is_not_there_is_an_error_with_the_nearest_match() -> None:
    with pytest.raises(DataError, match=r"names the column 'userid', which is not there. Did you mean 'userId'\?"):
        read_tables(ratings=RATINGS, mapping={"ratings": {"userid": "customer_id"}})
    with pytest.raises(
        UnknownNameError, match=r"canonical column 'custmer_id', which it does not have.* 'customer_id'"
    ):
        read_tables(ratings=RATINGS, mapping={"ratings": {"userId": "custmer_id"}})
    with pytest.raises(ParameterError, match="mapping is about products, which was not passed"):
        read_tables(ratings=RATINGS, mapping={"products": {"a": "title"}})
    with pytest.raises(ParameterError, match="maps both 'userId' and 'timestamp' to 'customer_id'"):
        read_tables(ratings=RATINGS, mapping={"ratings": {"userId": "customer_id", "timestamp": "customer_id"}})


def test_tables_go_by_their_usual_names() -> None:
    got = read_tables(users=frame(id=[1, 2]), movies=frame(id=[10, 11], name=["A", "B"]), ratings=RATINGS)
    assert list(got) == ["customers", "products", "interactions", "ratings"]
    assert got["products"]["title"].tolist() == ["A", "B"]
    with pytest.raises(UnknownNameError, match=r"no canonical table 'ratngs'. Did you mean 'ratings'\?"):
        read_tables(ratngs=RATINGS)
    with pytest.raises(ParameterError, match="order_lines was passed twice"):
        read_tables(orders=RATINGS, transactions=RATINGS)
    with pytest.raises(ParameterError, match="Pass at least one table"):
        read_tables()
    with pytest.raises(ParameterError, match=r"ratings is of type int. Pass a path, a DataFrame"):
        read_tables(ratings=3)
    with pytest.raises(ParameterError, match="decimal=';' is not a decimal sign"):
        read_tables(ratings=RATINGS, decimal=";")


def test_a_missing_column_is_an_error_that_shows_the_nearest() -> None:
    with pytest.raises(BadRowsError, match=r"ratings has no column 'rating' .* Did you mean 'ratting'\?"):
        read_tables(ratings=frame(user=[1], item=["a"], ratting=["good"]))


ORDER = {"order": [1, 2], "cust": [1, 2], "sku": ["a", "b"], "date": ["2025-01-31", "2025-02-28"]}


def test_prices_in_either_notation_are_read() -> None:
    for prices in (["1,234.50", "7.00"], ["1.234,50", "7,00"], ["£1,234.50", "£7.00"], ["1 234,50 €", "7,00 €"]):
        got = read_tables(orders=frame(**ORDER, price=prices, qty=["1", "2"]))
        assert got["order_lines"]["unit_price"].tolist() == [1234.5, 7.0]


def test_prices_that_can_be_read_in_two_ways_are_an_error() -> None:
    with pytest.raises(BadRowsError) as caught:
        read_tables(orders=frame(**ORDER, price=["1,234", "7"]))
    assert str(caught.value).startswith(
        "order_lines.unit_price has 1 number that can be read in two ways (row 0: '1,234'). Pass decimal=\".\""
    )
    assert read_tables(orders=frame(**ORDER, price=["1,234", "7"]), decimal=".")["order_lines"][
        "unit_price"
    ].tolist() == [
        1234.0,
        7.0,
    ]


def test_the_total_of_a_line_becomes_the_price_of_a_piece() -> None:
    got = read_tables(orders=frame(**ORDER, qty=[4, 2], total=["10.00", "3.00"]))
    assert got["order_lines"]["unit_price"].tolist() == [2.5, 1.5]
    assert "unit_price (line_total / quantity)" in got.mapping["column"].tolist()
    assert "made from the total of the line, divided by quantity" in got.report["note"].tolist()


def test_no_pieces_with_a_total_are_rejected_and_not_divided_by() -> None:
    got = read_tables(orders=frame(**ORDER, qty=[0, 2], total=[10.0, 3.0]), on_bad="quarantine")
    assert got["order_lines"]["unit_price"].tolist() == [1.5]
    assert got.rejected["reason"].tolist() == ["value of 0"]


def test_a_line_without_a_quantity_is_one_piece_and_said() -> None:
    got = read_tables(orders=frame(**ORDER, price=[2.0, 3.0]))
    assert got["order_lines"]["quantity"].tolist() == [1, 1]
    assert "no such column: one piece a line assumed" in got.report["note"].tolist()


@pytest.mark.parametrize(
    ("dates", "words"),
    [
        (["2025-01-31", "31.01.2025"], "1 date written in another form than the other rows (most are "),
        (["03/04/2025", "05/06/2025"], "2 dates in which day and month cannot be told apart (rows 0, 1: '03/04/2025'"),
        (["2025-01-31T10:00Z", "2025-01-31T10:00"], "1 time without a time zone among times with one"),
        (["2025-01-31T10:00+01:00", "2025-07-31T10:00+02:00"], "2 times with changing offsets from UTC"),
        (["45000", "45001"], "2 day numbers of a spreadsheet in place of dates"),
    ],
)
def test_dates_that_cannot_be_trusted_are_an_error(dates: list[str], words: str) -> None:
    with pytest.raises(BadRowsError) as caught:
        read_tables(orders=frame(**{**ORDER, "date": dates}, price=[1.0, 2.0]))
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("column", "values", "words"),
    [
        (
            "price",
            ["1.50", "2,75"],
            "order_lines.unit_price has 1 number with another decimal sign than the other rows",
        ),
        (
            "date",
            ["2025-02-30", "2025-01-31"],
            "order_lines.timestamp has 1 date that does not exist (row 0: '2025-02-30')",
        ),
        (
            "date",
            ["9999-12-31", "2025-01-31"],
            "order_lines.timestamp has 1 absurd date (row 0: '9999-12-31'). Dates from",
        ),
    ],
)
def test_values_that_contradict_the_column_or_the_calendar_are_named(
    column: str, values: list[str], words: str
) -> None:
    with pytest.raises(BadRowsError) as caught:
        read_tables(orders=frame(**{**ORDER, "price": ["1.00", "2.00"], column: values}))
    assert str(caught.value).startswith(words)


@pytest.mark.parametrize("code", REASONS)
def test_every_reason_has_words_for_one_and_for_many_and_says_what_to_do(code: str) -> None:
    reason = REASONS[code]
    assert reason.one != reason.many
    assert reason.advice.endswith((".", ")")) or code in ("superseded", "orphan")


def test_day_order_and_time_zone_can_be_said() -> None:
    got = read_tables(orders=frame(**{**ORDER, "date": ["03/04/2025", "05/06/2025"]}, price=[1.0, 2.0]), dayfirst=True)
    assert got["order_lines"]["timestamp"].dt.month.tolist() == [4, 6]
    zoned = ["2025-01-31T10:00+01:00", "2025-07-31T10:00+02:00"]
    got = read_tables(orders=frame(**{**ORDER, "date": zoned}, price=[1.0, 2.0]), timezone="Europe/Berlin")
    assert got["order_lines"]["timestamp"].dt.hour.tolist() == [10, 10]


def test_interactions_follow_from_ratings_and_say_so() -> None:
    got = read_tables(ratings=RATINGS)
    assert got["interactions"]["event"].unique().tolist() == ["purchase"]
    assert len(got["interactions"]) == len(RATINGS)
    assert "derived from ratings: one rates what one had" in got.report["note"].tolist()


def test_ratings_follow_from_reviews_the_last_of_each_pair() -> None:
    reviews = frame(id=[1, 2, 3], user=[1, 1, 2], item=["a", "a", "a"], stars=[1, 5, 3], text=["x", "y", "z"],
                    date=["2025-02-01", "2025-01-01", "2025-01-01"])  # fmt: skip
    got = read_tables(reviews=reviews)["ratings"]
    assert got.sort_values("customer_id")["rating"].tolist() == [1.0, 3.0]


def test_nothing_is_derived_where_that_is_not_wanted() -> None:
    assert list(read_tables(ratings=RATINGS, derive=False)) == ["ratings"]


def test_anything_that_turns_into_pandas_is_read(tmp_path: Path) -> None:
    assert len(read_tables(ratings=pyarrow.Table.from_pandas(RATINGS))["ratings"]) == 3
    assert len(read_tables(ratings=ibis.memtable(RATINGS))["ratings"]) == 3


def test_the_readers_frame_is_not_written_to() -> None:
    before = RATINGS.copy(deep=True)
    read_tables(ratings=RATINGS)
    pd.testing.assert_frame_equal(RATINGS, before)
