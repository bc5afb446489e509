"""No split leaks: no pair in both parts, nothing later than the moment, no cold id in the training part."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from personakit.errors import DataError, ParameterError
from personakit.recommend import split_interactions
from personakit.recommend.evaluation import Split, split_parts

SPLITS = get_args(Split)


@st.composite
def visits(draw):
    """Interactions with repeats, ties in time, and customers of one product."""
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    n = draw(st.integers(12, 80))
    return pd.DataFrame(
        {
            "customer_id": rng.integers(0, draw(st.integers(3, 12)), n),
            "product_id": rng.choice([f"p{place}" for place in range(draw(st.integers(4, 15)))], n),
            "timestamp": pd.Timestamp("2025-01-01") + pd.to_timedelta(rng.integers(0, 30, n), unit="D"),
        }
    )


def pairs(frame):
    return set(zip(frame["customer_id"], frame["product_id"], strict=True))


@settings(max_examples=60, deadline=None)
@given(frame=visits(), split=st.sampled_from(SPLITS), size=st.sampled_from([0.2, 0.5]), seed=st.integers(0, 99))
def test_no_pair_is_in_two_parts_and_no_row_in_two(frame, split, size, seed):
    try:
        parts = split_parts(frame, split=split, test_size=size, random_state=seed)
    except DataError as error:
        assert "leaves nothing to" in str(error)
        return
    assert not pairs(parts.train) & pairs(parts.test)
    assert not pairs(parts.history) & (pairs(parts.test) | pairs(parts.train))
    rows = [set(part.index) for part in parts]
    assert sum(map(len, rows)) == len(set.union(*rows))
    if split == "time":
        assert parts.train["timestamp"].max() < parts.test["timestamp"].min()
    assert len(set.union(*rows)) == len(frame)
    if split == "last":  # nothing that is learnt from a customer came after what is held out
        both = parts.train.merge(parts.test, on="customer_id", suffixes=("", "_held"))
        assert (both["timestamp"] <= both["timestamp_held"]).all()
        assert pairs(parts.left_out) <= pairs(parts.train)
    if split == "cold_users":
        new = set(parts.test["customer_id"])
        assert not new & set(parts.train["customer_id"])
        assert set(parts.history["customer_id"]) <= new
        for customer in new & set(parts.history["customer_id"]):  # what is shown came no later than what is held out
            shown, held = (p[p["customer_id"] == customer]["timestamp"] for p in (parts.history, parts.test))
            assert shown.max() <= held.min()
    if split == "cold_items":
        assert not set(parts.test["product_id"]) & set(parts.train["product_id"])


@pytest.mark.parametrize(("split", "column"), [("cold_users", "customer_id"), ("cold_items", "product_id")])
def test_a_cold_split_holds_out_that_share_of_the_ids_and_repeats_with_its_seed(split, column, make_ratings):
    ratings = make_ratings()
    train, test = split_interactions(ratings, split=split, test_size=0.25, random_state=3)
    assert test[column].nunique() == round(0.25 * ratings[column].nunique())
    again, _ = split_interactions(ratings, split=split, test_size=0.25, random_state=3)
    other, _ = split_interactions(ratings, split=split, test_size=0.25, random_state=4)
    assert train.equals(again) and not train.equals(other)


@settings(max_examples=25, deadline=None)
@given(frame=visits(), split=st.sampled_from(["last", "time"]), seed=st.integers(0, 99))
def test_splits_by_time_do_not_depend_on_the_order_of_rows(frame, split, seed):
    frame = frame.assign(timestamp=frame["timestamp"] + pd.to_timedelta(np.arange(len(frame)), unit="s"))
    try:
        train, test = split_interactions(frame, split=split)
    except DataError:
        return
    shuffled = split_interactions(frame.sample(frac=1, random_state=seed), split=split)
    assert set(train.index) == set(shuffled[0].index) and set(test.index) == set(shuffled[1].index)


def test_wrong_splits_say_what_to_do(make_ratings):
    ratings = make_ratings()
    with pytest.raises(ParameterError, match=r"split must be one of random, .*cold_items, but is 'cold_user'. Did you"):
        split_interactions(ratings, split="cold_user")
    one = ratings[ratings["customer_id"] == ratings["customer_id"].iloc[0]]
    with pytest.raises(DataError, match=r"leaves nothing to test on. It needs at least two customers"):
        split_interactions(one, split="cold_users")
    with pytest.raises(DataError, match=r"leaves nothing to test on. It needs at least two products"):
        split_interactions(one.iloc[:1], split="cold_items")
    with pytest.raises(DataError, match=r"interactions has no column 'timestamp'"):
        split_interactions(ratings.drop(columns="timestamp"), split="time")
    with pytest.raises(ParameterError, match=r"test_size must lie between 0 and 1, e.g. 0.25, but is '0.2'"):
        split_interactions(ratings, test_size="0.2")
    with pytest.raises(DataError, match=r"interactions has no rows"):
        split_interactions(ratings.iloc[:0])
