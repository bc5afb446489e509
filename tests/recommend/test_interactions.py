"""Ids to positions, and what is wrong with a table."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from personakit.errors import DataError, ParameterError, UnknownNameError
from personakit.recommend import EASE, IdIndex, Popular, SurpriseRecommender
from personakit.recommend.interactions import pair_matrix

TABLE = pd.DataFrame({"customer_id": [1, 1, 2], "product_id": ["a", "b", "a"]}, index=[10, 11, 12])


@given(st.lists(st.one_of(st.integers(-9, 9), st.text(max_size=2), st.tuples(st.integers(0, 3)))))
def test_ids_of_any_kind_come_back_from_their_codes(values):
    index, codes = IdIndex.encode(values)
    assert list(index.take(codes)) == values
    assert len(index) == len(set(values))
    assert (index.codes(values) == codes).all()


@given(st.lists(st.integers(), min_size=1))
def test_codes_stand_in_the_order_of_the_ids(values):
    index = IdIndex(values)
    assert list(index.ids) == sorted(set(values))


@pytest.mark.parametrize("dtype", ["object", "string", "category"])
def test_codes_do_not_depend_on_how_pandas_holds_the_ids(dtype):
    index, codes = IdIndex.encode(pd.Series(["b", "a", "b"]).astype(dtype))
    assert codes.tolist() == [1, 0, 1]
    assert "b" in index and "z" not in index and 1 not in index


def test_a_pair_counts_with_its_largest_weight():
    matrix = pair_matrix(np.array([0, 0, 1]), np.array([1, 1, 0]), (2, 3), np.array([2.0, 5.0, 0.0]))
    assert matrix.toarray().tolist() == [[0, 5, 0], [0, 0, 0]]
    assert matrix.nnz == 1


def bad_tables():
    yield (
        TABLE.rename(columns={"product_id": "produkt_id"}),
        (
            "interactions has no column 'product_id' (columns: customer_id, produkt_id). "
            "Did you mean 'produkt_id'? Rename it"
        ),
    )
    yield TABLE.iloc[:0], "interactions has no rows, so there is nothing to learn from."
    yield TABLE.assign(customer_id=[1, None, 2]), "interactions.customer_id has 1 missing values (rows 11)."
    yield TABLE.assign(product_id=["a", None, None]), "interactions.product_id has 2 missing values (rows 11, 12)."
    yield pd.concat([TABLE, TABLE["customer_id"]], axis=1), "interactions has 2 columns called 'customer_id'. Keep the"
    yield [(1, "a")], "interactions is a list. Pass a data frame with one row an interaction"


@pytest.mark.parametrize(("table", "text"), list(bad_tables()))
def test_a_bad_table_is_refused_with_what_where_and_how_to_mend_it(table, text):
    with pytest.raises(DataError) as caught:
        Popular().fit(table)
    assert str(caught.value).startswith(text)


def bad_ratings():
    yield TABLE, "ratings has no column 'rating'"
    yield TABLE.assign(rating=[1.0, np.nan, 3.0]), "ratings.rating has 1 missing values (rows 11). Drop those rows"
    yield TABLE.assign(rating=[1.0, np.inf, 3.0]), "ratings.rating has 1 infinite values (rows 11)."
    yield TABLE.assign(rating=["1", "2", "3"]), "ratings.rating holds "
    yield (
        pd.concat([TABLE, TABLE]).assign(rating=1.0),
        ("ratings has 3 repeated pairs of customer_id and product_id (rows 10, 11, 12). Keep one of each"),
    )


@pytest.mark.parametrize(("table", "text"), list(bad_ratings()))
def test_bad_ratings_are_refused_with_what_where_and_how_to_mend_them(table, text):
    with pytest.raises(DataError) as caught:
        SurpriseRecommender("BaselineOnly").fit(table)
    assert str(caught.value).startswith(text)


def test_ratings_outside_the_given_scale_are_named():
    table = TABLE.assign(rating=[1.0, 9.0, 3.0])
    with pytest.raises(DataError, match=r"ratings.rating has 1 values outside the scale 1 to 5 \(rows 11: 9\)"):
        SurpriseRecommender("SVD", rating_scale=(1, 5)).fit(table)
    with pytest.raises(ParameterError, match=r"rating_scale must be \(lowest, highest\)"):
        SurpriseRecommender("SVD", rating_scale=(5, 1)).fit(table)


def test_event_weights_must_fit_the_events_that_are_there():
    events = TABLE.assign(event=["view", "basket", "click"])
    with pytest.raises(DataError, match=r"no column 'event', but event_weight was given"):
        Popular(event_weight={"view": 1}).fit(TABLE)
    with pytest.raises(UnknownNameError, match=r"names the event 'clik', .* Did you mean 'click'\?"):
        EASE(event_weight={"clik": 1}).fit(events)
    for bad in (-1, np.nan, np.inf, "much"):
        with pytest.raises(ParameterError, match=r"finite weights >= 0, but has \{'view': "):
            EASE(event_weight={"view": bad}).fit(events)
    with pytest.raises(ParameterError, match=r"event_weight must map events to weights, but is \['view'\]"):
        EASE(event_weight=["view"]).fit(events)
    with pytest.raises(DataError, match=r"interactions.event has 1 missing values \(rows 11\)"):
        EASE(event_weight={"view": 1}).fit(events.assign(event=["view", None, "click"]))
    with pytest.raises(DataError, match=r"No row of interactions has an event with a weight above 0"):
        EASE(event_weight={"purchase": 1}).fit(events)


def test_an_event_that_the_weights_leave_out_does_not_count_at_all():
    events = TABLE.assign(event=["view", "purchase", "purchase"])
    model = Popular(event_weight={"purchase": 2.0}).fit(events)
    lists = model.recommend([1], k=5)
    assert lists["product_id"].tolist() == ["a"]  # only viewed: not hers yet
    assert lists["score"].tolist() == [2.0]


def test_any_table_that_turns_into_pandas_is_accepted():
    class Lazy:
        def to_pandas(self):
            return TABLE.copy()

    assert len(Popular().fit(Lazy()).products_) == 2


@pytest.mark.parametrize(
    "change",
    [
        lambda times: times.dt.tz_localize("UTC").dt.tz_convert("Asia/Tokyo"),
        lambda times: times.astype(str),
        lambda times: times.astype("datetime64[s]"),
        lambda times: times.astype("timestamp[us][pyarrow]"),
        lambda times: times.dt.tz_localize("UTC").astype("timestamp[us, tz=UTC][pyarrow]"),
        lambda times: times.dt.date,
        lambda times: pd.Series(times.tolist(), times.index, dtype=object),
        lambda times: times.astype("datetime64[s]").astype(np.int64).astype("Int64"),
        lambda times: pd.Series(times.astype("datetime64[s]").astype(np.int64).tolist(), times.index, dtype=object),
    ],
)
def test_age_is_the_same_in_whatever_the_times_come(change):
    times = pd.Series(pd.to_datetime(["2025-01-01", "2025-03-01", "2025-02-01"]), TABLE.index)
    expected, found = (
        Popular(half_life_days=9).fit(TABLE.assign(timestamp=each)).scores_ for each in (times, change(times))
    )
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("times", "text"),
    [
        (
            ["2025-01-01", "soon", "later"],
            r"timestamp holds \w+ values \(2025-01-01, soon, later\) that cannot all be read",
        ),
        ([True, False, True], "timestamp holds bool values"),
        (pd.to_timedelta([1, 2, 3], unit="D"), r"timestamp holds timedelta64\[\w+\] values"),
        (np.array(["2025-01-01", "9999-01-01", "2025-01-02"], dtype="datetime64[s]"), "Out of bounds"),
        ([1.0, np.inf, 2.0], r"timestamp has 1 values that are no time \(rows 11\)"),
        ([{}, 1, "2025"], "neither times nor texts"),
    ],
)
def test_what_is_no_time_is_refused(times, text):
    with pytest.raises(DataError, match=text):
        Popular(half_life_days=9).fit(TABLE.assign(timestamp=times))
