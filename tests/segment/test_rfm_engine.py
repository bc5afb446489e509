"""RFM in an engine: the same numbers and names as from profiles in pandas, straight from order lines."""

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import personakit as pk
from personakit.errors import ConsentError, DataError, ParameterError
from personakit.privacy import Permitted
from personakit.segment import NO_PURCHASE, RFM, rfm_segments, rfm_table

DAY = "2025-12-31"
COLUMNS = ["recency_days", "frequency", "monetary"]
SCORES = ["recency_score", "frequency_score", "monetary_score"]


@pytest.fixture(scope="module")
def lines(world):
    return world.tables["order_lines"]


@pytest.fixture(scope="module")
def on_duckdb(lines):
    columns = ["order_id", "customer_id", "product_id", "timestamp", "quantity", "unit_price"]
    return ibis.duckdb.connect().create_table("order_lines", lines[columns])


def by_customer(table):
    frame = table.to_pandas() if isinstance(table, ibis.Table) else table
    return frame.set_index("customer_id").sort_index()


def same_segments(found, wanted):
    """The scores and names of `rfm_segments`, from an engine or pandas, are those of RFM.transform."""
    found = by_customer(found)
    wanted = wanted.sort_index()
    assert found.index.tolist() == wanted.index.tolist()
    for name in SCORES:
        assert found[name].astype("Float64").fillna(0).tolist() == wanted[name].astype("Float64").fillna(0).tolist()
    assert found["segment"].tolist() == wanted["segment"].tolist()


@pytest.mark.parametrize("day", [DAY, "2025-03-31"])
def test_order_lines_give_the_columns_of_profiles_to_the_last_digit(world, lines, on_duckdb, day):
    wanted = pk.profile.build_profiles(world.tables, day).set_index("customer_id")[COLUMNS]
    of_all = rfm_table(lines, day, customers=world.tables["customers"])
    pd.testing.assert_frame_equal(by_customer(of_all), wanted, check_exact=True)
    bought = wanted[wanted["frequency"] > 0]
    pd.testing.assert_frame_equal(by_customer(rfm_table(lines, day)), bought, check_exact=True)
    engine = rfm_table(on_duckdb, day)
    assert isinstance(engine, ibis.Table)
    pd.testing.assert_frame_equal(by_customer(engine), bought, check_exact=True, check_dtype=False)


@pytest.mark.parametrize(
    "rfm",
    [
        RFM(), RFM(3), RFM(10),
        RFM(cuts={"recency_days": [30, 90, 180, 365], "frequency": [1, 2, 4, 9], "monetary": [50, 100, 200, 500]}),
        RFM(3, cuts={"frequency": [1, 4]}),
    ],
)  # fmt: skip
def test_the_engine_names_every_customer_as_pandas_does(profiles, on_duckdb, world, rfm):
    wanted = rfm.fit(profiles).transform(profiles)
    people = ibis.memtable(profiles[["customer_id", *COLUMNS]])
    same_segments(rfm_segments(people, RFM(rfm.n_scores, cuts=rfm.cuts)), wanted)  # the engine learns the edges
    same_segments(rfm_segments(people, rfm), wanted)  # the engine is told the edges
    same_segments(rfm_segments(profiles, rfm), wanted)
    buyers = wanted[wanted["segment"] != NO_PURCHASE]
    same_segments(rfm_segments(rfm_table(on_duckdb, DAY), RFM(rfm.n_scores, cuts=rfm.cuts)), buyers)


def test_edges_learnt_by_fit_name_the_customers_of_another_day_in_the_engine(profiles, on_duckdb):
    model = RFM().fit(profiles)
    earlier = rfm_table(on_duckdb, "2025-06-30")
    same_segments(rfm_segments(earlier, model), model.transform(earlier.to_pandas()))


amounts = st.tuples(st.integers(0, 900), st.integers(0, 12), st.integers(0, 3000))


@settings(max_examples=8)
@given(st.lists(amounts, min_size=1, max_size=25), st.sampled_from([2, 5, 7]), st.randoms(use_true_random=False))
def test_ties_few_customers_order_and_names_make_no_difference_between_engines(rows, n_scores, shuffler):
    frame = pd.DataFrame(rows, columns=COLUMNS).astype({"recency_days": float, "monetary": float})
    frame.insert(0, "customer_id", range(len(frame)))
    if not (frame["frequency"] > 0).any():
        return
    frame.loc[frame["frequency"] == 0, "recency_days"] = np.nan
    wanted = RFM(n_scores).fit(frame).transform(frame)
    order = list(range(len(frame)))
    shuffler.shuffle(order)
    same_segments(rfm_segments(ibis.memtable(frame.iloc[order]), RFM(n_scores)), wanted)
    renamed = frame.assign(customer_id=[f"c{number:03d}" for number in frame["customer_id"]])
    assert rfm_segments(renamed, RFM(n_scores))["segment"].tolist() == wanted["segment"].tolist()


def shop(**columns):
    base = {
        "order_id": [1, 1, 2, 3, 4, 5],
        "customer_id": [7, 7, 7, 8, 9, 9],
        "product_id": [1, 2, 1, 2, 1, 1],
        "timestamp": pd.to_datetime(
            ["2025-03-01"] * 2 + ["2025-03-11 23:59", "2025-03-02", "2025-03-05", "2025-04-01"], format="ISO8601"
        ),
        "quantity": [1, 2, 1, 1, -1, 3],
        "unit_price": [10.0, 5.0, 10.0, 5.0, 8.0, 8.0],
    }
    return pd.DataFrame(base | columns)


def test_returns_lower_the_money_and_are_no_orders_and_later_lines_have_no_influence():
    found = rfm_table(shop(), "2025-03-31").set_index("customer_id")
    assert found.loc[7].tolist() == [20, 2, 30]
    assert found.loc[9, ["frequency", "monetary"]].tolist() == [0, -8]
    assert np.isnan(found.loc[9, "recency_days"])
    assert rfm_table(shop(), "2025-04-01").set_index("customer_id").loc[9].tolist() == [0, 1, 16]
    assert rfm_table(shop()).attrs["as_of"] == "2025-04-01"


def test_a_buyer_with_more_returned_than_bought_is_an_error_in_pandas_and_missing_in_the_engine():
    lines = shop(quantity=[1, 2, 1, 1, -5, 3])
    table = rfm_table(lines, "2025-04-01")
    with pytest.raises(DataError, match=r"monetary is .*negative for 1 .*customer_id 9: -16\.0"):
        rfm_segments(table)
    found = rfm_segments(ibis.memtable(table)).to_pandas().set_index("customer_id")
    assert found.loc[9, [*SCORES, "segment"]].isna().all()
    others = table[table["customer_id"] != 9]
    assert found.loc[[7, 8], "segment"].tolist() == RFM().fit_predict(others).tolist()


def test_missing_and_infinite_values_of_buyers_are_missing_in_the_engine_and_move_nobody_else():
    frame = pd.DataFrame(
        {"customer_id": range(7), "recency_days": [1.0, 2, 3, 4, np.nan, 5, 6], "frequency": [5, 4, 3, 2, 2, 2, 0],
         "monetary": [9.0, 8, 7, 6, 5, np.inf, np.nan]}
    )  # fmt: skip
    found = rfm_segments(ibis.memtable(frame)).to_pandas().set_index("customer_id").sort_index()
    assert found["segment"].isna().tolist() == [False] * 4 + [True, True, False]
    assert found.loc[6, "segment"] == NO_PURCHASE
    sound = frame.iloc[[0, 1, 2, 3, 6]]
    assert found.loc[[0, 1, 2, 3, 6], "segment"].tolist() == RFM().fit_predict(sound).tolist()


def test_a_frame_keeps_its_purpose_and_a_model_of_another_is_refused(profiles):
    released = Permitted("analytics", pd.Timestamp(DAY), {}, {"frame": shop()})
    table = rfm_table(released, "2025-03-31")
    assert table.attrs == {"as_of": "2025-03-31", "purpose": "analytics"}
    kept = rfm_segments(table.query("customer_id < 9"))
    assert kept.attrs["purpose"] == "analytics"
    model = RFM().fit(Permitted("marketing_email", pd.Timestamp(DAY), {}, {"frame": profiles}))
    with pytest.raises(ConsentError, match="released for 'marketing_email' and may not be used for 'analytics'"):
        rfm_segments(table.query("customer_id < 9"), model)


@pytest.mark.parametrize(
    ("lines", "as_of", "error", "said"),
    [
        (shop().drop(columns="unit_price"), DAY, DataError, "order_lines has no column unit_price"),
        (shop(timestamp="2025-13-45"), DAY, DataError, r"order_lines\.timestamp does not hold times"),
        (shop(unit_price=np.inf), DAY, DataError, r"order_lines\.unit_price has 6 infinite values"),
        (shop(customer_id=[None, *"abcde"]), DAY, DataError, r"order_lines\.customer_id is missing in 1 of 6 rows"),
        (shop(), "soon", ParameterError, "as_of='soon' is not a day"),
        (shop().iloc[:0], None, DataError, "hold no date"),
    ],
)
def test_bad_order_lines_are_refused_with_words(lines, as_of, error, said):
    with pytest.raises(error, match=said):
        rfm_table(lines, as_of)


def test_tables_of_two_places_and_columns_that_are_not_there_are_refused(on_duckdb):
    with pytest.raises(DataError, match="must both be frames or both be tables of one engine"):
        rfm_table(on_duckdb, DAY, customers=pd.DataFrame({"customer_id": [1]}))
    with pytest.raises(DataError, match=r"no column recency_days \(it has .*rfm_table"):
        rfm_segments(on_duckdb)
    text = ibis.memtable({"customer_id": [1], "recency_days": ["2025-01-01"], "frequency": [1], "monetary": [1.0]})
    with pytest.raises(DataError, match=r"recency_days does not hold numbers \(type string\)"):
        rfm_segments(text)
    with pytest.raises(ParameterError, match="whole number from 2"):
        rfm_segments(text.mutate(recency_days=ibis.literal(1)), RFM(1))
