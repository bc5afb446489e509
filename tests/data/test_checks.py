"""The canonical tables checked: each kind of bad row, and the words that it is told in."""

import numpy as np
import pandas as pd
import pytest

from personakit.data import CANONICAL, BadRowsError, check_table, check_tables, schema
from personakit.errors import DataError, ParameterError, PersonakitError, UnknownNameError


def order_lines(n: int = 4, **columns: object) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "order_id": np.arange(1, n + 1),
            "customer_id": np.arange(1, n + 1),
            "product_id": np.arange(10, 10 + n),
            "timestamp": pd.date_range("2025-01-01", periods=n),
            "quantity": np.ones(n, dtype="int64"),
            "unit_price": np.full(n, 9.5),
        }
    )
    return frame.assign(**columns)


def ratings(n: int = 4, **columns: object) -> pd.DataFrame:
    ids = np.arange(1, n + 1)
    return pd.DataFrame({"customer_id": ids, "product_id": ids, "rating": np.full(n, 4.0)}).assign(**columns)


def text_of(frame: pd.DataFrame, name: str = "order_lines", **options: object) -> str:
    with pytest.raises(BadRowsError) as caught:
        check_table(name, frame, **options)  # type: ignore[arg-type]
    return str(caught.value)


def test_a_good_table_passes_unchanged() -> None:
    good = order_lines()
    pd.testing.assert_frame_equal(check_table("order_lines", good)["order_lines"], good, check_dtype=False)


def test_the_error_is_one_of_ours_and_a_value_error() -> None:
    with pytest.raises(ValueError, match="ratings has no rows") as caught:
        check_table("ratings", ratings(0))
    assert isinstance(caught.value, DataError)
    assert isinstance(caught.value, PersonakitError)


def test_negative_prices_are_told_in_the_form_of_the_conventions() -> None:
    prices = np.full(1000, 9.5)
    prices[[17, 240, 981]] = [-4.0, -1.5, -2.0]
    assert text_of(order_lines(1000, unit_price=prices)) == (
        "order_lines.unit_price has 3 negative values (rows 17, 240, 981: -4.0, -1.5, -2.0). "
        'Returns belong in quantity: pass returns="negative_price" to convert them, or drop the rows.'
    )


def test_negative_prices_become_negative_quantities_when_they_are_returns() -> None:
    got = check_table("order_lines", order_lines(unit_price=[9.5, -4.0, 9.5, 9.5]), returns="negative_price")
    assert got["order_lines"]["unit_price"].tolist() == [9.5, 4.0, 9.5, 9.5]
    assert got["order_lines"]["quantity"].tolist() == [1, -1, 1, 1]
    assert got.report["note"].tolist() == ["negative prices read as returns: the quantity is negative now"]


def test_negative_quantities_are_errors_where_returns_are_not_expected() -> None:
    text = text_of(order_lines(quantity=[1, -2, 1, 1]), returns=None)
    assert "order_lines.quantity has 1 negative value (row 1: -2)" in text
    assert 'pass returns="negative_quantity" to keep them as such' in text


def test_negative_quantities_are_kept_as_returns_and_said() -> None:
    got = check_table("order_lines", order_lines(quantity=[1, -2, 1, 1]))
    assert got["order_lines"]["quantity"].tolist() == [1, -2, 1, 1]
    assert got.report[["count", "note"]].values.tolist() == [[1, "negative quantities read as returns"]]


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("unit_price", 1e9, "order_lines.unit_price has 1 absurdly high value (row 2: 1000000000.0). From 0 to 1e+07"),
        ("unit_price", np.inf, "order_lines.unit_price has 1 infinite value (row 2: inf)"),
        ("unit_price", np.nan, "order_lines.unit_price has 1 missing value (row 2: nothing)"),
        ("unit_price", "cheap", "order_lines.unit_price has 1 value that is not a number (row 2: 'cheap')"),
        ("quantity", 0, "order_lines.quantity has 1 value of 0 (row 2: 0). Nothing was sold in such a row"),
        ("quantity", 1_000_000, "order_lines.quantity has 1 absurdly high value (row 2: 1000000)"),
        ("quantity", -1_000_000, "order_lines.quantity has 1 absurdly low value (row 2: -1000000)"),
        ("quantity", 1.5, "order_lines.quantity has 1 value that is not a whole number (row 2: 1.5)"),
        ("customer_id", None, "order_lines.customer_id has 1 missing value (row 2: nothing)"),
        (
            "customer_id",
            7.25,
            "order_lines.customer_id has 1 id that is not a whole number among whole numbers (row 2: 7.25)",
        ),
        (
            "order_id",
            1e18,
            "order_lines.order_id has 1 id too large to be exact as a floating-point number (row 2: 1e+18)",
        ),
        ("timestamp", "soon", "order_lines.timestamp has 1 value that is not a date (row 2: 'soon')"),
        ("timestamp", None, "order_lines.timestamp has 1 missing value (row 2: nothing)"),
    ],
)
def test_a_bad_value_is_named_with_its_row(column: str, value: object, words: str) -> None:
    frame = order_lines()
    values = [str(v) for v in frame[column]] if isinstance(value, str) else frame[column].astype(object).tolist()
    values[2] = value
    dtype = float if isinstance(value, float) else object
    frame[column] = pd.Series(values, dtype=dtype)
    text = text_of(frame)
    assert text.startswith(words.replace("1e+18", "1000000000000000000.0")), text


def test_all_findings_come_in_one_report() -> None:
    frame = order_lines(
        5, unit_price=[9.5, -1.0, 9.5, 9.5, 9.5], quantity=[1, 1, 0, 1, 1], customer_id=[1, 2, 3, None, 5]
    )
    text = text_of(frame)
    assert text.startswith("3 problems (3 bad rows of 5):\n- ")
    assert text.count("\n- ") == 3
    assert 'Pass on_bad="quarantine" to go on with the good rows' in text


def test_the_error_carries_the_rows() -> None:
    with pytest.raises(BadRowsError) as caught:
        check_table("order_lines", order_lines(unit_price=[9.5, -1.0, 9.5, 9.5]))
    assert caught.value.rejected.values.tolist() == [["order_lines", 1, "unit_price", -1.0, "negative value"]]


def test_quarantine_returns_the_good_rows_and_counts_the_others() -> None:
    got = check_table("order_lines", order_lines(unit_price=[9.5, -1.0, np.inf, 9.5]), on_bad="quarantine")
    assert got["order_lines"]["order_id"].tolist() == [1, 4]
    assert got.rejected[["row", "reason"]].values.tolist() == [[2, "infinite value"], [1, "negative value"]]
    assert got.overview().loc[0, ["rows", "rejected"]].tolist() == [2, 2]


def test_a_table_without_a_good_row_is_an_error_even_in_quarantine() -> None:
    text = text_of(order_lines(unit_price=-1.0), on_bad="quarantine")
    assert "order_lines has no good row left of 4." in text


def test_rows_are_named_by_the_readers_own_index() -> None:
    frame = order_lines(unit_price=[9.5, -1.0, 9.5, 9.5]).set_axis(["a", "b", "c", "d"])
    assert "(row b: -1.0)" in text_of(frame)
    assert "(row 1: -1.0)" in text_of(frame.set_axis(["a", "a", "a", "a"]))


def test_a_missing_column_is_named_with_what_is_there_and_the_nearest_match() -> None:
    text = text_of(ratings().rename(columns={"rating": "ratng"}), "ratings")
    assert text.startswith(
        "ratings has no column 'rating' (the rating; the world uses 1 to 5 stars); it has 'customer_id', 'product_id', "
        "'ratng'. Did you mean 'ratng'?"
    )


def test_a_column_name_that_occurs_twice_is_an_error() -> None:
    frame = ratings()
    frame.columns = pd.Index(["customer_id", "customer_id", "rating"])
    assert text_of(frame, "ratings").startswith("ratings has more than one column 'customer_id'. Rename")


def test_ids_read_as_floats_are_restored_and_said() -> None:
    got = check_table("ratings", ratings(customer_id=[1.0, 2.0, 3.0, 4.0]))
    assert got["ratings"]["customer_id"].dtype == "int64"
    assert got.report.values.tolist() == [
        ["ratings", "customer_id", 4, "whole numbers restored from floating-point numbers"]
    ]


def test_ids_as_text_keep_their_leading_zeros() -> None:
    got = check_table("ratings", ratings(product_id=["007", "08", "9", "10"]))
    assert got["ratings"]["product_id"].tolist() == ["007", "08", "9", "10"]


def test_ids_that_a_spreadsheet_shortened_are_rejected() -> None:
    text = text_of(ratings(product_id=["4.00638E+12", "12", "13", "14"]), "ratings")
    assert "ratings.product_id has 1 id that a spreadsheet shortened (row 0: '4.00638E+12')" in text


def test_ids_that_r_wrote_in_powers_of_ten_are_restored() -> None:
    got = check_table("ratings", ratings(product_id=["1e+06", "12", "13", "14"]))
    assert got["ratings"]["product_id"].tolist() == [1_000_000, 12, 13, 14]


def test_ids_that_are_text_in_one_table_are_text_in_all() -> None:
    got = check_tables(
        {
            "products": pd.DataFrame({"product_id": ["1", "2", "x3"]}),
            "ratings": ratings(2),
        }
    )
    assert got["ratings"]["product_id"].tolist() == ["1", "2"]
    assert "numbers kept as text, as in products" in got.report["note"].tolist()


def test_unknown_ids_are_named_with_the_table_that_lacks_them() -> None:
    with pytest.raises(BadRowsError) as caught:
        check_tables({"customers": pd.DataFrame({"customer_id": [1, 2]}), "ratings": ratings()})
    assert str(caught.value).startswith("ratings.customer_id has 2 unknown ids, not in customers (rows 2, 3: 3, 4).")


def test_rows_of_a_rejected_customer_go_with_her() -> None:
    people = pd.DataFrame(
        {"customer_id": [1, 2, 3, 4], "signed_up": ["2025-01-01", "never", "2025-01-01", "2025-01-01"]}
    )
    got = check_tables({"customers": people, "ratings": ratings()}, on_bad="quarantine")
    assert got["ratings"]["customer_id"].tolist() == [1, 3, 4]
    assert got.rejected["reason"].tolist() == [
        "value that is not a date",
        "id whose own row was rejected, not in customers",
    ]


def test_a_key_that_occurs_twice_is_named() -> None:
    frame = pd.concat([ratings(3), ratings(2, rating=1.0)], ignore_index=True)
    text = text_of(frame, "ratings")
    assert text.startswith(
        "ratings.customer_id+product_id has 2 rows with a key that an earlier row has (rows 3, 4: (1, 1), (2, 2)). "
        'Pass duplicates="last"'
    )


@pytest.mark.parametrize(("keep", "value"), [("first", 4.0), ("last", 1.0)])
def test_one_row_of_each_key_can_be_kept_and_the_others_are_counted(keep: str, value: float) -> None:
    frame = pd.concat([ratings(1), ratings(1, rating=1.0)], ignore_index=True)
    got = check_table("ratings", frame, duplicates=keep)  # type: ignore[arg-type]
    assert got["ratings"]["rating"].tolist() == [value]
    assert len(got.rejected) == 1


def test_an_unknown_event_is_named_with_those_that_exist() -> None:
    frame = ratings().drop(columns="rating").assign(event=["view", "buy", "stare", "VIEW"])
    text = text_of(frame, "interactions")
    assert text == (
        "interactions.event has 1 unknown value (row 2: 'stare'). "
        "It may be view, basket, purchase, return: correct them, or drop the rows."
    )


def test_usual_words_for_events_are_understood_and_said() -> None:
    frame = ratings().drop(columns="rating").assign(event=["click", "add_to_cart", "buy", "refund"])
    got = check_table("interactions", frame)
    assert got["interactions"]["event"].tolist() == ["view", "basket", "purchase", "return"]
    assert got.report["note"].tolist() == ["add_to_cart → basket, buy → purchase, click → view, refund → return"]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (pd.Categorical([7, 8, 9, 10]), "int64"),
        (np.array([7, 8, 9, 10], dtype="uint64"), "int64"),
        (pd.array([7, 8, 9, 10], dtype="Int64"), "int64"),
        (pd.array([7, 8, 9, 10], dtype="int64[pyarrow]"), "int64"),
        ([7, "x", 8, 9], "text"),
        ([[1], [2], [3], [4]], "text"),
    ],
)
def test_ids_of_any_kind_become_whole_numbers_or_text(values: object, kind: str) -> None:
    got = check_table("ratings", ratings(customer_id=values))
    assert (str(got["ratings"]["customer_id"].dtype) if kind == "int64" else kind) == kind
    assert got.report.empty
    if kind == "text":
        assert all(isinstance(value, str) for value in got["ratings"]["customer_id"])


def test_columns_of_a_strange_kind_are_rejected_and_not_crashed_on() -> None:
    for strange in (pd.to_timedelta([1, 2, 3, 4], unit="s"), np.array([1j, 2, 3, 4]), pd.interval_range(0, 4)):
        assert "ratings.rating has 4 values that are not numbers" in text_of(ratings(rating=strange), "ratings")


def test_flags_come_in_many_words() -> None:
    frame = order_lines(returned=["yes", "N", "TRUE", "0"])
    assert check_table("order_lines", frame)["order_lines"]["returned"].tolist() == [True, False, True, False]
    text = text_of(order_lines(returned=["yes", "N", "perhaps", "0"]))
    assert "order_lines.returned has 1 value that is neither true nor false (row 2: 'perhaps')" in text


def test_a_share_above_one_is_absurd_and_a_percentage_is_a_share() -> None:
    assert check_table("order_lines", order_lines(discount=["20%", "0%", "5%", "0"]))["order_lines"][
        "discount"
    ].tolist() == [
        0.2,
        0.0,
        0.05,
        0.0,
    ]
    assert "order_lines.discount has 1 absurdly high value (row 0: 20.0). From 0 to 1" in text_of(
        order_lines(discount=[20.0, 0.0, 0.0, 0.0])
    )


def test_optional_ids_may_be_missing() -> None:
    frame = ratings().drop(columns="rating").assign(event="view", session_id=[1.0, None, 3.0, None])
    got = check_table("interactions", frame)["interactions"]["session_id"]
    assert got.dtype == "Int64"
    assert got.isna().tolist() == [False, True, False, True]


def test_a_time_zone_of_a_column_is_taken_off_and_said() -> None:
    aware = pd.date_range("2025-07-01 10:00", periods=4, tz="UTC")
    got = check_table("order_lines", order_lines(timestamp=aware))
    assert str(got["order_lines"]["timestamp"].iloc[0]) == "2025-07-01 10:00:00"
    assert got.report["note"].tolist() == ["clock of UTC"]


def test_unknown_tables_and_options_are_named_with_the_nearest_match() -> None:
    with pytest.raises(UnknownNameError, match=r"There is no canonical table 'rating'. Did you mean 'ratings'\?"):
        check_table("rating", ratings())
    with pytest.raises(ParameterError, match="on_bad='ignore' is not one of 'raise', 'quarantine'"):
        check_table("ratings", ratings(), on_bad="ignore")  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="ratings is of type list; pass a DataFrame"):
        check_table("ratings", [1])  # type: ignore[arg-type]


def test_a_limit_on_one_side_is_told_as_such() -> None:
    shown = pd.DataFrame(
        {"session_id": [1], "customer_id": [1], "timestamp": ["2025-01-31"], "position": [0], "product_id": [1]}
    )
    assert "exposures.position has 1 absurdly low value (row 0: 0). At least 1 makes sense here" in text_of(
        shown, "exposures"
    )


@pytest.mark.parametrize("name", CANONICAL)
def test_every_canonical_table_has_a_schema_with_its_columns(name: str) -> None:
    assert set(schema(name).columns) == set(CANONICAL[name].columns)


def test_checking_a_checked_table_changes_nothing() -> None:
    once = check_table("order_lines", order_lines(customer_id=[1.0, 2.0, 3.0, 4.0], timestamp=["2025-01-01"] * 4))
    again = check_table("order_lines", once["order_lines"])
    pd.testing.assert_frame_equal(once["order_lines"], again["order_lines"])
    assert again.report.empty


def test_the_input_is_not_written_to() -> None:
    frame = order_lines(unit_price=[9.5, -4.0, 9.5, 9.5], customer_id=[1.0, 2.0, 3.0, 4.0])
    before = frame.copy(deep=True)
    check_table("order_lines", frame, returns="negative_price")
    pd.testing.assert_frame_equal(frame, before)
