"""An update gives the table that a rebuild gives, and that `build_profiles` gives of these rows, to the last digit."""

import math
from datetime import date

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from personakit.errors import DataError, NotFittedError, ParameterError, UnknownNameError
from personakit.privacy import gate
from personakit.profile import ProfileStore, StoreError, build_profiles, dictionary
from personakit.profile.store import build as store_build
from personakit.profile.store import one as store_one

WHEN = {"customers": "signed_up", "products": "launched", "identities": "recorded_at", "prices": "week"}
FIRST = pd.Timestamp("2025-01-01")


def until(tables, day, since="1900-01-01"):
    """The rows of each table from one day to another, both included; the catalogue is there from the first day."""
    first, end = pd.Timestamp(since), pd.Timestamp(day) + pd.Timedelta(days=1)
    found = {}
    for name, frame in tables.items():
        when = frame[WHEN.get(name, "timestamp")] if name != "products" else None
        found[name] = frame if when is None else frame[(when >= first) & (when < end)]
    return found


def filled(store, tables):
    for name, frame in tables.items():
        store.append(name, frame)


def same(one, other):
    pd.testing.assert_frame_equal(one, other, check_exact=True)
    assert {k: v for k, v in one.attrs.items() if k != "consents"} == {
        k: v for k, v in other.attrs.items() if k != "consents"
    }


def as_rebuilt(store, as_of=None):
    """Update, and check the table against profiles built anew from the tables as they are in the store."""
    built = store.update(as_of)
    frames = {name: table.to_pandas() for name, table in store.tables.items()}
    same(store.profiles(), build_profiles(frames, built.as_of))
    return built


@pytest.fixture(scope="module")
def tables(world):
    people = set(world.tables["customers"]["customer_id"].head(250))
    return {
        name: frame[frame["customer_id"].isin(people)] if "customer_id" in frame else frame
        for name, frame in world.tables.items()
        if name not in ("identities", "prices", "exposures")
    }


@pytest.fixture
def store(tmp_path):
    with ProfileStore(tmp_path / "shop.duckdb") as opened:
        yield opened


def test_profiles_of_a_store_are_those_of_its_tables(store, shop):
    filled(store, shop)
    built = store.rebuild("2025-03-10")
    assert built == (date(2025, 3, 10), 3, 3, "rebuilt", "")
    assert str(built) == "profiles of 2025-03-10 rebuilt: 3 of 3 made anew"
    assert store.as_of == date(2025, 3, 10)
    same(store.profiles(), build_profiles(shop, "2025-03-10"))
    assert store.profiles().columns.tolist() == dictionary()["column"].tolist()
    permitted = gate(store.profiles(), "recommendations", at="2025-03-10")
    assert permitted.customer_ids.tolist() == [1, 2]


def test_without_a_day_the_last_one_recorded_is_taken(store, shop):
    filled(store, shop)
    store.rebuild()
    same(store.profiles(), build_profiles(shop))


def test_day_after_day_the_world_is_followed_exactly(store, tables):
    hows = []
    start, last = pd.Timestamp("2025-05-01"), pd.Timestamp("1900-01-01")
    for days in (0, 1, 4):
        day = start + pd.Timedelta(days=days)
        filled(store, {name: part for name, part in until(tables, day, last).items() if len(part)})
        hows.append(store.update(day).how)
        same(store.profiles(), build_profiles(until(tables, day), day))
        last = day + pd.Timedelta(days=1)
    assert hows[:2] == ["rebuilt", "updated"]
    updated = store.profiles()
    store.rebuild(day)
    same(updated, store.profiles())


def test_late_rows_replaced_rows_and_several_days_at_once_are_caught_up_with(store, tables):
    day = pd.Timestamp("2025-04-01")
    early = until(tables, day)
    late = {
        name: frame.sample(12, random_state=1) for name, frame in early.items() if name in ("order_lines", "sessions")
    }
    kept = {name: frame.drop(late[name].index) if name in late else frame for name, frame in early.items()}
    filled(store, kept)
    store.rebuild(day)
    filled(store, late)
    built = as_rebuilt(store, day)
    assert built.how == "updated"
    assert 0 < built.remade <= 24
    same(store.profiles(), build_profiles(early, day))
    changed = early["ratings"].head(3).assign(rating=1.0)
    moved = early["contacts"].head(1).assign(customer_id=early["contacts"]["customer_id"].iloc[-1])
    filled(store, {"ratings": changed, "contacts": moved})
    assert as_rebuilt(store, day).how == "updated"
    far = day + pd.Timedelta(days=60)
    filled(store, {name: part for name, part in until(tables, far, day + pd.Timedelta(days=1)).items() if len(part)})
    as_rebuilt(store, far)


def test_a_day_that_goes_by_moves_everybody_and_remakes_nobody(store, shop):
    filled(store, shop)
    store.rebuild("2025-07-01")
    before = store.profiles()
    built = as_rebuilt(store, "2025-07-03")
    assert (built.how, built.remade) == ("updated", 0)
    moved = store.profiles()["tenure_days"] - before["tenure_days"]
    assert moved.tolist() == [2.0, 2.0, 2.0]
    assert store.update().how == "rebuilt", "without a day, the last one recorded: an earlier one"


def test_nothing_new_means_nothing_to_do(store, shop):
    filled(store, shop)
    store.rebuild("2025-03-10")
    assert store.update("2025-03-10") == (date(2025, 3, 10), 3, 0, "unchanged", "")


def test_a_consent_that_runs_out_is_noticed_although_no_row_came(store, shop):
    said = shop["consents"].head(1).assign(expires=pd.Timestamp("2025-03-05 12:00"))
    filled(store, {**shop, "consents": said})
    store.rebuild("2025-03-04")
    assert store.get(1)["consented_to"] == "recommendations"
    assert as_rebuilt(store, "2025-03-05").remade == 1
    assert store.get(1)["consented_to"] == ""


def test_a_new_department_moves_the_favourites_of_those_who_bought_from_it_alone(store, shop):
    more = shop["customers"].assign(customer_id=[11, 12, 13])
    filled(store, {**shop, "customers": pd.concat([shop["customers"], more])})
    store.rebuild("2025-03-10")
    store.append("products", pd.DataFrame({"product_id": [12, 99], "department": ["Garden", "Toys"]}))
    built = as_rebuilt(store, "2025-03-10")
    assert (built.how, built.remade) == ("updated", 1)
    assert store.get(1)["n_departments"] == 3


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"day": "2025-02-01"}, "2025-02-01 is before 2025-03-10"),
        ({"table": "reviews"}, "there are new tables or columns"),
        ({"column": "delivery"}, "there are new tables or columns"),
        ({"everybody": True}, "2 customers are touched"),
    ],
)
def test_where_an_update_would_not_do_everything_is_rebuilt_and_the_reason_is_given(store, shop, change, why):
    filled(store, {**shop, "order_lines": shop["order_lines"].drop(columns="discount")})
    store.rebuild("2025-03-10")
    if "table" in change:
        review = {"review_id": [1], "customer_id": [1], "timestamp": [pd.Timestamp("2025-03-01")], "text": ["Fine."]}
        store.append("reviews", pd.DataFrame({**review, "product_id": 10, "rating": 5.0}))
    if "column" in change:
        store.append("order_lines", shop["order_lines"].head(1))
    if "everybody" in change:
        store.append(
            "ratings", pd.DataFrame({"customer_id": [1, 2], "product_id": 77, "rating": 1.0, "timestamp": FIRST})
        )
    built = as_rebuilt(store, change.get("day", "2025-03-10"))
    assert (built.how, built.why) == ("rebuilt", why)


def test_when_purchases_come_in_after_ratings_they_say_from_then_on_who_bought(store, shop):
    filled(store, {"ratings": shop["ratings"], "interactions": shop["interactions"].query("event == 'view'")})
    store.rebuild("2025-03-10")
    assert store.profiles().attrs["occasions"] == "ratings"
    store.append("interactions", shop["interactions"].query("event == 'purchase'"))
    assert as_rebuilt(store, "2025-03-10").why == "another table says when people bought"


def test_profiles_of_another_version_are_not_read_and_are_renewed_by_an_update(store, shop):
    filled(store, shop)
    store.rebuild("2025-03-10")
    with store._file.transaction():
        store._file.note("layout", "customer_id, n_orders")
    for read in (store.profiles, lambda: store.get(1)):
        with pytest.raises(NotFittedError, match=r"made by another version of personakit. Call update\(\)"):
            read()
    assert store.update("2025-03-10").why == "they were of another version of personakit"
    assert store.get(1)["frequency"] == 2


def test_many_updates_do_not_let_dead_rows_pile_up(store, shop):
    people = pd.DataFrame({"customer_id": range(40), "signed_up": FIRST})
    store.append("customers", people)
    store.append("ratings", pd.DataFrame({"customer_id": [0], "product_id": 1, "rating": 3.0, "timestamp": FIRST}))
    store.rebuild("2025-01-01")
    for step in range(1, 6):
        when = FIRST + pd.Timedelta(days=step)
        ids = range(step, step + 10)
        store.append("ratings", pd.DataFrame({"customer_id": ids, "product_id": 2, "rating": 4.0, "timestamp": when}))
        assert store.update().how == "updated"
        assert int(store._file.noted("dead")) <= 40
    same(store.profiles(), build_profiles({n: t.to_pandas() for n, t in store.tables.items()}))


def test_rows_without_a_time_are_counted_in_a_warning(store, shop):
    filled(store, {**shop, "interactions": shop["interactions"].assign(timestamp=pd.NaT)})
    with pytest.warns(UserWarning, match=r"before or after 2025-03-10 and count for nothing: 6 of interactions"):
        store.rebuild("2025-03-10")
    with pytest.warns(UserWarning, match="6 of interactions"):
        expected = build_profiles({**shop, "interactions": shop["interactions"].assign(timestamp=pd.NaT)}, "2025-03-10")
    same(store.profiles(), expected)


def test_a_day_before_all_rows_is_refused_and_the_former_profiles_stay(store, shop):
    filled(store, shop)
    store.rebuild("2025-03-10")
    before = store.profiles()
    for build in (store.rebuild, store.update):
        with pytest.raises(DataError, match=r"Nobody is known by 2020-01-01: .*Nothing was changed"):
            build("2020-01-01")
        with pytest.raises(ParameterError, match="as_of='soon' is not a day"):
            build("soon")
    same(store.profiles(), before)


def test_a_store_without_rows_or_profiles_says_what_to_do(store, shop):
    with pytest.raises(DataError, match=r"holds no date in any table, as it is empty.*Append rows first"):
        store.rebuild()
    with pytest.raises(DataError, match=r"Nobody is known by 2025-01-01"):
        store.update("2025-01-01")
    assert store.as_of is None
    store.append("products", shop["products"])
    with pytest.raises(DataError, match="Nobody is known by 2025-01-01: no row of products"):
        store.rebuild("2025-01-01")
    for read in (store.profiles, lambda: store.get(1)):
        with pytest.raises(NotFittedError, match=r"no profiles yet. Call rebuild\(\)"):
            read()


def equal(found, expected):
    return found == expected or (pd.isna(found) and pd.isna(expected))


@pytest.mark.parametrize("sources", ["all", "sessions", "ratings"])
def test_one_profile_is_the_row_of_the_table_to_the_last_digit(store, tables, sources):
    filled(store, until(tables if sources == "all" else {sources: tables[sources]}, "2025-06-01"))
    store.rebuild()
    profiles = store.profiles()
    whole = dict(zip(profiles.columns, profiles.dtypes, strict=True))
    for row in profiles.to_dict("records"):
        one = store.get(row["customer_id"])
        assert one.name == row["customer_id"]
        wrong = {name: (one[name], value) for name, value in row.items() if not equal(one[name], value)}
        assert not wrong
        assert all(isinstance(one[name], int) for name in whole if whole[name] == "int64")


def test_an_expression_that_python_does_not_know_is_left_to_the_database(store, shop, monkeypatch):
    filled(store, shop)
    store.rebuild("2025-03-10")
    quick = store.get(1)
    monkeypatch.delitem(store_one._FUNCTIONS, store_one.ops.Divide)
    with ProfileStore(store.path.with_name("other.duckdb")) as other:
        filled(other, shop)
        other.rebuild("2025-03-10")
        slow = other.get(1)
        assert other._one._functions is None
        with pytest.raises(UnknownNameError, match="holds nothing about customer 4"):
            other.get(4)
    for name, value in slow.items():
        assert equal(quick[name], value), name


@pytest.mark.parametrize("kind", [int, str])
def test_who_is_not_there_is_named(store, shop, kind):
    for name, frame in shop.items():
        store.append(name, frame.astype({"customer_id": kind}) if "customer_id" in frame else frame)
    store.rebuild("2025-03-10")
    assert store.get(kind(1))["frequency"] == 2
    with pytest.raises(
        UnknownNameError, match=rf"nothing about customer {kind(4)!r}. There are profiles .* 2025-03-10"
    ):
        store.get(kind(4))
    other = "1" if kind is int else 1
    hint = "whole numbers" if kind is int else "text"
    with pytest.raises(KeyError, match=rf"nothing about customer {other!r}. Its ids are {hint}"):
        store.get(other)
    for odd in (None, math.nan, True, 2**70, [1]):
        with pytest.raises(UnknownNameError, match="holds nothing about customer"):
            store.get(odd)


def test_a_profile_changes_with_the_next_build_and_a_reader_sees_it(store, shop):
    filled(store, shop)
    store.rebuild("2025-01-10")
    assert store.get(1)["frequency"] == 1
    store.update("2025-03-10")
    assert store.get(1)["frequency"] == 2
    store.close()
    with ProfileStore(store.path, read_only=True) as reader:
        assert reader.get(1)["frequency"] == 2
        same(reader.profiles(), build_profiles(shop, "2025-03-10"))
        assert reader.query("SELECT frequency FROM profiles WHERE customer_id = 1")["frequency"][0] == 2
        with pytest.raises(StoreError, match="update changes the store"):
            reader.update()


events = st.lists(
    st.tuples(
        st.sampled_from(["order_lines", "sessions", "ratings", "customers", "products"]),
        st.integers(1, 6),  # customer
        st.integers(0, 120),  # day
        st.integers(1, 4),  # product, order, or what else there is to choose
    ),
    min_size=1,
    max_size=25,
)
steps = st.lists(st.tuples(events, st.integers(0, 120)), min_size=2, max_size=4)


def lot(table, rows, start):
    when = [FIRST + pd.Timedelta(days=day, hours=7 * choice) for _, _, day, choice in rows]
    who, what = [row[1] for row in rows], [row[3] for row in rows]
    frame = pd.DataFrame({"customer_id": who, "product_id": what, "timestamp": when})
    if table == "order_lines":
        return frame.assign(order_id=[start + choice for choice in what], unit_price=[0.1 * choice for choice in what])
    if table == "sessions":
        visits = frame.drop(columns="product_id").assign(session_id=range(start, start + len(rows)))
        return visits.assign(channel=[["web", "app", "store", "fax"][choice - 1] for choice in what])
    if table == "ratings":
        return frame.assign(rating=[float(choice) for choice in what])
    if table == "customers":
        return frame.rename(columns={"timestamp": "signed_up"}).drop(columns="product_id")
    return frame[["product_id"]].assign(department=[["Home", "Men", "Garden"][day % 3] for _, _, day, _ in rows])


@pytest.mark.slow
@settings(max_examples=6)
@given(steps)
def test_whatever_comes_in_whenever_an_update_is_a_rebuild(tmp_path_factory, stream):
    with ProfileStore(tmp_path_factory.mktemp("random") / "shop.duckdb") as store:
        everybody = pd.DataFrame({"customer_id": range(1, 31), "signed_up": FIRST - pd.Timedelta(days=9)})
        store.append("customers", everybody)
        store.append("products", pd.DataFrame({"product_id": [1, 2], "department": ["Home", "Men"]}))
        for table in ("order_lines", "sessions", "ratings"):
            store.append(table, lot(table, [(table, 30, 0, 1)], 0))
        store.rebuild(FIRST + pd.Timedelta(days=60))
        for at, (rows, day) in enumerate(stream):
            for table in sorted({row[0] for row in rows}):
                store.append(table, lot(table, [row for row in rows if row[0] == table], 100 * at + 100))
            built = store.update(FIRST + pd.Timedelta(days=day))
        updated = store.profiles()
        store.rebuild(built.as_of)
        same(updated, store.profiles())


def test_the_view_names_no_customer(store, shop):
    filled(store, shop)
    store.rebuild("2025-03-10")
    sql = store._file.rows("SELECT sql FROM duckdb_views() WHERE view_name = ?", [store_build.VIEW])
    assert len(sql) == 1
    assert "25-34" not in sql[0][0]


def test_one_profile_is_the_row_of_all_profiles_whatever_its_texts_and_numbers_are(tmp_path, shop):
    odd = ["a\x1fb", "\x1e", "", "plain", None, "a\x1e\x1f"]
    people = pd.DataFrame({"customer_id": range(900, 906), "signed_up": pd.Timestamp("2025-01-01"), "region": odd})
    people["signed_up"] = pd.Timestamp("2025-01-01 10:30:00.5") + pd.to_timedelta(range(6), unit="us")
    with ProfileStore(tmp_path / "odd.duckdb") as store:
        filled(store, {**shop, "customers": people})
        store.rebuild()
        every = store.profiles().set_index("customer_id", drop=False)
        assert every.loc[range(900, 906), "region"].tolist()[:4] == odd[:4]
        for one, row in every.iterrows():
            for name, value in store.get(one).items():
                assert value == row[name] or (pd.isna(value) and pd.isna(row[name])), (one, name)
