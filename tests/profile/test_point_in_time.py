"""The future has no say: whatever is appended after the day, in any table, the profiles of the day stay as they are."""

from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from personakit.profile import build_profiles
from personakit.profile.facts import FACTS, facts, recorded
from personakit.profile.features import projection
from personakit.profile.recent import WINDOW_DAYS, recent
from personakit.profile.sources import open_sources

DAY = "2025-03-10"
CUSTOMERS = st.sampled_from([1, 2, 3, 900, 901])
LATER = st.integers(0, 400 * 86_400).map(lambda second: pd.Timestamp("2025-03-11") + pd.Timedelta(seconds=second))
ROWS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "sessions": {"channel": st.sampled_from(["web", "store", "phone"])},
    "interactions": {
        "product_id": st.sampled_from([10, 11, 12]),
        "event": st.sampled_from(["view", "basket", "purchase", "return"]),
        "channel": st.sampled_from(["web", "phone"]),
    },
    "order_lines": {
        "order_id": st.integers(100, 110),
        "product_id": st.sampled_from([10, 11, 12, 99]),
        "quantity": st.sampled_from([-2, -1, 1, 5]),
        "unit_price": st.floats(0, 1e6),
        "discount": st.sampled_from([0.0, 0.3]),
        "returned": st.booleans(),
    },
    "ratings": {"product_id": st.sampled_from([10, 11, 99]), "rating": st.sampled_from([1.0, 5.0])},
    "reviews": {"rating": st.sampled_from([1.0, 5.0]), "sentiment": st.sampled_from([None, -1.0, 0.5])},
    "messages": {},
    "contacts": {
        "channel": st.sampled_from(["email", "push"]),
        "opened": st.booleans(),
        "clicked": st.booleans(),
        "unsubscribed": st.booleans(),
    },
    "consents": {
        "purpose": st.sampled_from(["recommendations", "analytics"]),
        "granted": st.booleans(),
        "expires": st.sampled_from([None, pd.Timestamp("2099-01-01")]),
    },
}


@st.composite
def futures(draw: st.DrawFn) -> dict[str, pd.DataFrame]:
    rows = {
        name: draw(
            st.lists(st.fixed_dictionaries({"customer_id": CUSTOMERS, "timestamp": LATER, **columns}), max_size=5)
        )
        for name, columns in ROWS.items()
    }
    people = draw(st.lists(st.fixed_dictionaries({"signed_up": LATER, "region": st.just("mars")}), max_size=3))
    rows["customers"] = [{"customer_id": 950 + at, **person} for at, person in enumerate(people)]
    return {name: pd.DataFrame(events) for name, events in rows.items() if events}


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(future=futures(), left_out=st.sets(st.sampled_from(["customers", "order_lines", "interactions", "sessions"])))
def test_rows_of_the_future_in_any_table_change_nothing(whole_shop, future, left_out):
    known = {name: table for name, table in whole_shop.items() if name not in left_out}
    more = {
        name: pd.concat([future[name], table], ignore_index=True) if name in future else table
        for name, table in known.items()
    }
    pd.testing.assert_frame_equal(build_profiles(more, DAY), build_profiles(known, DAY), check_exact=True)


@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32 - 1))
def test_the_order_of_the_rows_does_not_matter(whole_shop, seed):
    rng = np.random.default_rng(seed)
    shuffled = {name: table.iloc[rng.permutation(len(table))] for name, table in whole_shop.items()}
    pd.testing.assert_frame_equal(build_profiles(shuffled, DAY), build_profiles(whole_shop, DAY), check_exact=True)


def test_facts_of_some_and_recents_of_the_window_make_the_same_profiles(world):
    sources = open_sources(world.tables, "2025-08-31")
    backend = sources.connection
    whole = backend.to_pandas(projection(facts(sources), recent(sources), sources.day, recorded(sources)))
    made = facts(sources)
    touched = made.filter(made["customer_id"] % 3 == 0).select("customer_id")
    rows = backend.to_pandas(facts(sources.of(touched)))
    others = backend.to_pandas(made.filter(made["customer_id"] % 3 != 0))
    stored = backend.create_table("stored", pa.concat_tables([_arrow(rows), _arrow(others)]))
    window = sources.since(sources.day - timedelta(days=WINDOW_DAYS - 1))
    pieced = backend.to_pandas(projection(stored, recent(window, sources.day), sources.day))
    pd.testing.assert_frame_equal(pieced, whole, check_exact=True, check_dtype=False)


def _arrow(frame: pd.DataFrame) -> pa.Table:
    kinds = {"text": pa.string(), "number": pa.float64(), "count": pa.int64(), "hour": pa.int64(), "id": pa.int64()}
    kinds |= {"day": pa.date32(), "time": pa.timestamp("us")}
    schema = pa.schema([(name, kinds[kind]) for name, kind in FACTS.items()])
    return pa.Table.from_pandas(frame, schema=schema, preserve_index=False)


def test_the_past_of_the_world_is_the_same_with_and_without_its_future(world):
    day, end = "2025-03-31", pd.Timestamp("2025-04-01")
    past = {
        name: table[table["timestamp"] < end] if "timestamp" in table else table for name, table in world.tables.items()
    }
    past["customers"] = past["customers"][past["customers"]["signed_up"] < end]
    pd.testing.assert_frame_equal(
        build_profiles(past, day), build_profiles(world.tables, day), check_exact=True, check_categorical=False
    )


def test_the_order_of_the_rows_of_the_world_changes_not_one_digit(world):
    shuffled = {name: table.sample(frac=1, random_state=3) for name, table in world.tables.items()}
    wanted = build_profiles(world.tables, "2025-12-31")
    pd.testing.assert_frame_equal(build_profiles(shuffled, "2025-12-31"), wanted, check_exact=True)
