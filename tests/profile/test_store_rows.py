"""Rows go into a store checked, all or none, once, and with the last one winning where they have a key."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from personakit.data import BadRowsError
from personakit.errors import DataError, ParameterError, UnknownNameError
from personakit.profile import ProfileStore, StoreError


@pytest.fixture
def store(tmp_path):
    with ProfileStore(tmp_path / "shop.duckdb") as opened:
        yield opened


def rows_of(store, table):
    return store.query(f"SELECT * FROM {table}")


@pytest.mark.parametrize("form", ["pandas", "arrow", "stream", "ibis"])
def test_every_canonical_table_comes_out_as_it_went_in_whatever_its_form(shop, tmp_path, form):
    with ProfileStore(tmp_path / "shop.duckdb") as store:
        for name, frame in shop.items():
            arrow = pa.Table.from_pandas(frame, preserve_index=False)
            given = {"pandas": frame, "arrow": arrow, "stream": arrow.to_reader(max_chunksize=2)}.get(form)
            if form == "ibis":
                import ibis

                given = ibis.memtable(frame)
            result = store.append(name, given)
            assert (result.rows, result.added, result.replaced, result.repeated) == (len(frame), len(frame), 0, False)
        assert store.n_rows == {name: len(shop[name]) for name in store.n_rows}
        assert set(store.n_rows) == set(shop)
    with ProfileStore(tmp_path / "shop.duckdb", read_only=True) as store:
        for name, frame in shop.items():
            back = rows_of(store, name)
            key = frame.columns.tolist()
            frame = frame.sort_values(key).reset_index(drop=True)
            back = back[key].sort_values(key).reset_index(drop=True)
            pd.testing.assert_frame_equal(back, frame, check_dtype=False)
            assert pd.api.types.is_integer_dtype(back.iloc[:, 0].dtype)
            assert store.tables[name].count().to_pandas() == len(frame)


def test_categories_and_missing_values_are_kept(store):
    visits = pd.DataFrame(
        {
            "session_id": ["s1", "s2"],
            "customer_id": ["ann", "bob"],
            "timestamp": pd.to_datetime(["2025-01-05 10:00", "2025-01-06 00:00"]),
            "channel": pd.Categorical(["web", "app"]),
        }
    )
    store.append("sessions", visits)
    acts = visits.drop(columns="session_id").assign(
        product_id=["p", "q"], event="view", timestamp=[pd.NaT, pd.Timestamp("2025-01-06")], session_id=["s1", None]
    )
    store.append("interactions", acts)
    assert rows_of(store, "sessions")["channel"].tolist() == ["web", "app"]
    back = rows_of(store, "interactions")
    assert back["session_id"].isna().tolist() == [False, True]
    assert back["timestamp"].isna().tolist() == [True, False]


def test_ids_that_may_be_missing_come_back_whole_from_the_floats_that_pandas_made_of_them(store):
    messages = pd.DataFrame({"message_id": [1, 2], "customer_id": [7, 7], "order_id": [100.0, np.nan], "text": "hello"})
    store.append("messages", messages)
    assert store.query("SELECT order_id FROM messages WHERE order_id = 100").size == 1
    with pytest.raises(BadRowsError, match=r"messages.order_id has 1 id that is not a whole number .*\(row 1: 7.5\)"):
        store.append("messages", messages.assign(message_id=[3, 4], order_id=[np.nan, 7.5]))


def test_of_rows_with_one_key_the_last_wins_within_a_lot_and_between_lots(store, shop):
    store.append("customers", shop["customers"])
    twice = pd.DataFrame({"customer_id": [1, 1, 9], "region": ["north", "south", "east"]})
    result = store.append("customers", twice)
    assert (result.rows, result.added, result.replaced, result.unchanged) == (3, 1, 1, 1)
    assert str(result) == "customers: 1 rows added, 1 replaced, 1 unchanged"
    back = rows_of(store, "customers").set_index("customer_id")
    assert back.loc[1, "region"] == "south"
    assert back.loc[1, "age_band"] == "25-34", "a column that the lot does not have keeps what it holds"
    assert pd.isna(back.loc[9, "age_band"])
    ratings = shop["ratings"]
    store.append("ratings", ratings)
    store.append("ratings", ratings.assign(rating=[1.0, 2.0]))
    assert rows_of(store, "ratings").sort_values("product_id")["rating"].tolist() == [1.0, 2.0]


def test_a_lot_that_is_there_already_changes_nothing(store, shop):
    store.append("products", shop["products"])
    assert store.append("products", shop["products"]).unchanged == 3


def test_new_columns_widen_a_table_and_older_rows_have_none(store, shop):
    lines = shop["order_lines"]
    store.append("order_lines", lines.drop(columns=["discount", "returned"]))
    store.append("order_lines", lines)
    back = rows_of(store, "order_lines")
    assert back["discount"].isna().sum() == 4
    assert back["discount"].sum() == pytest.approx(0.7)


def test_a_batch_is_appended_once_and_the_second_time_says_so(store, shop):
    lines = shop["order_lines"]
    assert not store.append("order_lines", lines, batch="2025-03").repeated
    again = store.append("order_lines", lines, batch="2025-03")
    assert again.repeated
    assert str(again) == "batch '2025-03' of order_lines was appended before (4 rows): nothing done"
    assert store.append("ratings", shop["ratings"], batch="2025-03").added == 2, "batches are named within a table"
    assert store.n_rows["order_lines"] == 4
    with pytest.raises(DataError, match=r"'2025-03' of order_lines was appended before with 4 rows, and these are 1"):
        store.append("order_lines", lines.head(1), batch="2025-03")
    with pytest.raises(ParameterError, match="batch=' ' is no name of a batch"):
        store.append("order_lines", lines, batch=" ")


def test_a_lot_without_rows_is_taken_and_leaves_nothing(store, shop):
    result = store.append("order_lines", shop["order_lines"].head(0), batch="empty")
    assert (result.rows, result.added) == (0, 0)
    assert store.n_rows == {}
    assert store.append("order_lines", shop["order_lines"].head(0), batch="empty").repeated
    assert store.append("order_lines", shop["order_lines"]).added == 4


ONE_BAD = {
    "a missing id": ({"customer_id": pd.array([1, None, 1, 1], "Int64")}, r"customer_id has 1 missing value \(row 1"),
    "an empty id": ({"order_id": ["a", " ", "b", "c"]}, r"order_lines.order_id has 1 missing value \(row 1: ' '\)"),
    "ids as floats": ({"customer_id": [1.0, 1.0, 1.0, np.nan]}, r"customer_id holds floats \(double\)"),
    "a missing time": ({"timestamp": [pd.NaT] * 4}, r"timestamp has 4 missing values \(rows 0, 1, 2, ...: nothing"),
    "a time as text": ({"timestamp": "2025-01-05"}, r"timestamp does not hold times .*'2025-01-05'.*pk.read_tables"),
    "a time as number": ({"timestamp": 1}, r"order_lines.timestamp does not hold times \(type int64: 1, 1, 1"),
    "a zone": ({"timestamp": pd.Timestamp("2025-01-05", tz="UTC")}, r"has the time zone UTC.*dt.tz_convert"),
    "an absurd time": ({"timestamp": pd.Timestamp("1066-10-14")}, r"has 4 absurd dates .*Dates from 1900 to 2100"),
    "a text as number": ({"unit_price": "12.50"}, r"order_lines.unit_price does not hold numbers .*'12.50'"),
    "a missing price": ({"unit_price": [1.0, np.nan, 1.0, 1.0]}, r"unit_price has 1 missing value \(row 1: nothing"),
    "a negative price": ({"unit_price": [1.0, -2.5, 1.0, 1.0]}, r"unit_price has 1 negative value \(row 1: -2.5\)"),
    "infinity": ({"unit_price": [np.inf, 1.0, 1.0, 1.0]}, r"unit_price has 1 infinite value \(row 0: inf\)"),
    "no pieces": ({"quantity": [1, 0, 1, 1]}, r"quantity has 1 value of 0 \(row 1: 0\)"),
    "half a piece": ({"quantity": [1, 0.5, 1, 1]}, r"quantity has 1 value that is not a whole number \(row 1: 0.5\)"),
    "a discount above 1": ({"discount": [0.1, 20, 0, 0]}, r"discount has 1 absurdly high value \(row 1: 20.0\)"),
    "a flag of 2": ({"returned": [0, 1, 2, 0]}, r"returned has 1 value that is neither true nor false \(row 2: 2\)"),
    "a flag as text": ({"returned": "yes"}, r"returned does not hold true or false .*'yes'"),
    "a channel as number": ({"channel": 3}, r"order_lines.channel does not hold text \(type int64: 3, 3, 3"),
    "values of two kinds": ({"quantity": [1, "two", 3, 4]}, r"quantity does not hold values of one kind .*1, 'two'"),
    "a column too many": ({"colour": "red"}, r"does not keep: colour\. .*drop\(columns=\['colour'\]"),
}  # fmt: skip


@pytest.mark.parametrize("case", ONE_BAD)
def test_a_bad_lot_is_refused_whole_with_its_rows_named_and_nothing_is_lost(store, shop, case):
    change, text = ONE_BAD[case]
    lines = shop["order_lines"]
    if case != "an empty id":
        store.append("order_lines", lines)
    before = store.n_rows
    with pytest.raises(DataError, match=text):
        store.append("order_lines", lines.assign(**change), batch="b")
    assert store.n_rows == before
    assert not store.append("order_lines", lines, batch="b").repeated, "a refused batch was not appended"


def test_a_bad_row_late_in_a_stream_takes_the_good_ones_back(store, shop):
    lines = pa.Table.from_pandas(shop["order_lines"].assign(unit_price=[1.0, 2.0, 3.0, -4.0]), preserve_index=False)
    with pytest.raises(BadRowsError, match=r"unit_price has 1 negative value \(row 3: -4.0\)") as caught:
        store.append("order_lines", lines.to_reader(max_chunksize=1))
    assert caught.value.rejected["row"].tolist() == [3]
    assert store.n_rows == {}


def test_ids_of_another_kind_than_in_the_store_are_refused_in_every_table(store, shop):
    store.append("sessions", shop["sessions"])
    texts = shop["ratings"].astype({"customer_id": str})
    with pytest.raises(
        DataError, match=r'customer_id is text .* ratings, and whole numbers in sessions .*astype\("int64"'
    ):
        store.append("ratings", texts)
    with pytest.raises(DataError, match=r"session_id is text in these rows of sessions"):
        store.append("sessions", shop["sessions"].astype({"session_id": str}))


def test_columns_that_are_missing_or_there_twice_are_named(store, shop):
    renamed = shop["order_lines"].rename(columns={"unit_price": "unit_prise"})
    with pytest.raises(DataError, match=r"no column unit_price .*Did you mean 'unit_prise'"):
        store.append("order_lines", renamed)
    twice = pd.concat([shop["ratings"], shop["ratings"]["rating"]], axis=1)
    with pytest.raises(DataError, match="ratings has more than one column rating"):
        store.append("ratings", twice)
    with pytest.raises(DataError, match=r"columns that the store does not keep: emails.*Did you mean 'email'"):
        store.append("customers", shop["customers"].assign(emails="x"))


def test_events_are_those_of_the_canonical_table(store, shop):
    with pytest.raises(BadRowsError, match=r"event has 6 unknown values .*It may be view, basket, purchase, return"):
        store.append("interactions", shop["interactions"].assign(event="click"))


def test_what_is_no_table_and_what_no_table_is_called_is_refused(store, shop):
    with pytest.raises(UnknownNameError, match=r"no canonical table 'ratngs'. Did you mean 'ratings'"):
        store.append("ratngs", shop["ratings"])
    with pytest.raises(DataError, match=r"ratings is a list. Give a DataFrame"):
        store.append("ratings", [1, 2])


def test_a_store_open_for_reading_is_not_written_to(tmp_path, shop):
    with ProfileStore(tmp_path / "shop.duckdb") as store:
        store.append("ratings", shop["ratings"])
    with ProfileStore(tmp_path / "shop.duckdb", read_only=True) as store:
        for change in (lambda: store.append("ratings", shop["ratings"]), store.rebuild, store.update):
            with pytest.raises(StoreError, match="was opened with read_only=True"):
                change()
        with pytest.raises(StoreError, match="forget changes the store"):
            store.forget(1)


def choices(*rows):
    table = pd.DataFrame(rows, columns=["customer_id", "purpose", "granted", "timestamp", "expires"])
    return table.assign(timestamp=pd.to_datetime(table["timestamp"]), expires=pd.to_datetime(table["expires"]))


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ((2, "analytics", True, "2090-01-01", None), r"timestamp has 1 times in the future .*rows 1: 2090-01-01"),
        ((2, "analytics", True, "2025-03-01", "2025-02-01"), r"expires has 1 times before the choice itself \(rows 1"),
        ((2, "Analytics ", False, "2025-03-01", None), r"1 values that are no purpose \(rows 1: 'Analytics '\)"),
    ],
)
@pytest.mark.parametrize("form", [lambda frame: frame, pa.Table.from_pandas], ids=["frame", "arrow"])
def test_consents_that_a_ledger_would_refuse_do_not_come_in(tmp_path, wrong, text, form):
    fine = (1, "analytics", True, "2025-03-01", None)
    with ProfileStore(tmp_path / "shop.duckdb") as store:
        store.append("customers", pd.DataFrame({"customer_id": [1, 2], "signed_up": pd.Timestamp("2025-01-01")}))
        with pytest.raises(DataError, match=text):
            store.append("consents", form(choices(fine, wrong)))
        assert store.n_rows == {"customers": 2}
        store.append("consents", form(choices(fine)))
        store.rebuild("2025-06-30")
        assert store.profiles().attrs["consents"].ledger.valid("analytics", "2025-06-30").tolist() == [1]


def test_wrong_consents_are_named_by_their_place_in_a_long_stream(tmp_path, monkeypatch):
    monkeypatch.setattr("personakit.profile.store.checks._PIECE", 4)
    table = choices(*[(1, "analytics", True, "2025-03-01", None)] * 9, (1, "analitics", True, "2025-03-01", None))
    with (
        ProfileStore(tmp_path / "shop.duckdb") as store,
        pytest.raises(DataError, match=r"rows 9: 'analitics'.*Did you mean 'analytics'"),
    ):
        store.append("consents", table)


def test_consents_of_a_shop_ahead_of_the_clock_come_in_after_what_happened_there(tmp_path):
    said = choices((1, "analytics", True, "2090-03-01", None))
    with ProfileStore(tmp_path / "shop.duckdb") as store:
        with pytest.raises(DataError, match=r"If the data are simulated"):
            store.append("consents", said)
        rated = pd.DataFrame({"customer_id": [1, 2], "product_id": 1, "rating": 4.0})
        store.append("ratings", rated.assign(timestamp=pd.to_datetime(["2090-06-01", "2090-01-01"])))
        store.append("consents", said)
        for day in (None, "2090-02-01"):
            store.rebuild(day)
            assert store.profiles().attrs["consents"].ledger.valid("analytics", "2090-06-01").tolist() == [1]
