"""Updates: a model that learns row by row is the model that was fitted on everything."""

from __future__ import annotations

import copy
import logging
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from personakit.errors import ConsentError, DataError, NotFittedError, ParameterError
from personakit.recommend import ALS, BPR, EASE, SLIM, ItemKNN, Popular, SessionEASE, downdating

WEIGHTS = {"view": 0.3, "basket": 1.0, "purchase": 2.7}
MODELS = {
    "ease": lambda: EASE(l2=3.0),
    "ease, few products": lambda: EASE(l2=3.0, max_items=5, event_weight=WEIGHTS),
    "ease, decaying": lambda: EASE(l2=3.0, half_life_days=4.0, event_weight=WEIGHTS),
    "ease in sessions": lambda: SessionEASE(l2=3.0, session_minutes=3e3, event_weight=WEIGHTS),
    "ease in sessions, few products": lambda: SessionEASE(l2=3.0, session_minutes=3e3, max_items=5),
    "cosine": lambda: ItemKNN(n_neighbors=3, event_weight=WEIGHTS),
    "cosine, decaying": lambda: ItemKNN(n_neighbors=3, half_life_days=4.0),
    "jaccard": lambda: ItemKNN("jaccard", n_neighbors=3),
    "lift": lambda: ItemKNN("lift", n_neighbors=3),
    "bm25": lambda: ItemKNN("bm25", n_neighbors=3, event_weight=WEIGHTS),
    "popular": lambda: Popular(event_weight=WEIGHTS),
    "popular, decaying": lambda: Popular(half_life_days=9.0, event_weight=WEIGHTS),
}


def visits(pairs, seed=0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "customer_id": [customer for customer, _ in pairs],
            "product_id": [f"p{product}" for _, product in pairs],
            "event": rng.choice(list(WEIGHTS), len(pairs)),
            "timestamp": pd.Timestamp("2025-01-01") + pd.to_timedelta(rng.integers(0, 10**6, len(pairs)), unit="s"),
        }
    )


def assert_same(one, other):
    assert list(one.customers_.ids) == list(other.customers_.ids)
    assert list(one.products_.ids) == list(other.products_.ids)
    held, wanted = vars(one), vars(other)
    assert held.keys() == wanted.keys()
    for name, value in wanted.items():
        if sparse.issparse(value) or isinstance(value, np.ndarray):
            found = held[name].toarray() if sparse.issparse(value) else held[name]
            value = value.toarray() if sparse.issparse(value) else value
            assert found.dtype == value.dtype
            np.testing.assert_allclose(found, value, rtol=1e-9, atol=1e-9, err_msg=name)


pairs_of_rows = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 11)), min_size=2, max_size=60)


@pytest.mark.parametrize("name", MODELS)
@settings(max_examples=30)
@given(pairs=pairs_of_rows, cuts=st.lists(st.integers(1, 59), max_size=3), seed=st.integers(0, 3))
def test_rows_in_any_split_and_order_are_all_rows_at_once(name, pairs, cuts, seed):
    rows = visits(pairs, seed)
    edges = [0, *sorted({cut for cut in cuts if cut < len(rows)}), len(rows)]
    parts = [rows.iloc[start:stop] for start, stop in pairwise(edges)]
    model = MODELS[name]().fit(parts[-1])
    for part in parts[:-1]:
        model.update(part)
    assert_same(model, MODELS[name]().fit(rows))


@pytest.mark.parametrize("name", MODELS)
def test_what_was_learnt_can_be_forgotten_again(name):
    rng = np.random.default_rng(1)
    rows = visits(list(zip(rng.integers(0, 30, 400), rng.integers(0, 25, 400), strict=True)))
    late = visits([(99, 3), (99, 90), (2, 91), (98, 4)])
    both = pd.concat([rows, late])
    model = MODELS[name]().fit(rows).update(late).forget([99, 2])
    assert_same(model, MODELS[name]().fit(both[~both["customer_id"].isin([99, 2])]))


def test_few_changes_correct_the_inverse_and_many_solve_anew(monkeypatch):
    calls = []
    whole = downdating.updated

    def watched(*given):
        calls.append(whole(*given))
        return calls[-1]

    monkeypatch.setattr("personakit.recommend.implicit.updated", watched)
    rng = np.random.default_rng(2)
    rows = visits(list(zip(rng.integers(0, 80, 1500), rng.integers(0, 60, 1500), strict=True)))
    few, many = visits([(3, 1), (200, 70), (200, 2)]), visits([(at, 0) for at in range(40)])
    for late, corrected in ((few, True), (many, False)):
        calls.clear()
        model = EASE(l2=5.0).fit(rows).update(late)
        assert bool(calls and calls[0] is not None) == corrected
        assert_same(model, EASE(l2=5.0).fit(pd.concat([rows, late])))


def test_mixed_ids_and_new_ones_before_the_old_find_their_places():
    old = pd.DataFrame({"customer_id": [7, "x"], "product_id": ["b", "c"]})
    new = pd.DataFrame({"customer_id": ["7", 3, 7], "product_id": ["a", "c", "c"]})
    for make in (lambda: EASE(l2=1.0), ItemKNN, Popular):
        assert_same(make().fit(old).update(new), make().fit(pd.concat([old, new])))


def test_an_update_that_fails_leaves_the_model_as_it_was(ratings, caplog):
    model = EASE(l2=2.0, max_memory=60**2 * 8 / 2**30).fit(ratings)
    before = copy.copy(model)
    with pytest.raises(ParameterError, match=r"EASE over 61 products needs .* Pass max_items="):
        model.update(pd.DataFrame({"customer_id": [1], "product_id": ["new"]}))
    assert_same(model, before)
    with caplog.at_level(logging.INFO, logger="personakit"):
        model.update(pd.DataFrame({"customer_id": [1], "product_id": ["p001"]}))
    assert "EASE over 60 products" in caplog.text


def test_wrong_updates_are_refused(ratings):
    with pytest.raises(NotFittedError, match=r"ItemKNN.update was called before fit"):
        ItemKNN().update(ratings)
    aged = Popular(half_life_days=9).fit(ratings)
    with pytest.raises(DataError, match="holds times where the data of fit held seconds"):
        aged.update(ratings.assign(timestamp=5.0))
    with pytest.raises(DataError, match="interactions has no column 'timestamp'"):
        aged.update(ratings.drop(columns="timestamp"))
    with pytest.raises(DataError, match=r"interactions.product_id has 1 missing values"):
        aged.update(ratings.assign(product_id=[None, *ratings["product_id"][1:]]))
    ratings.attrs["purpose"] = "recommendations"
    model = Popular().fit(ratings)
    ratings.attrs["purpose"] = "advertising"
    with pytest.raises(ConsentError, match="may not be used for 'advertising'"):
        model.update(ratings)


def test_rows_that_weigh_nothing_change_nothing(ratings):
    events = ratings.assign(event="view")
    model = Popular(event_weight={"view": 1.0}).fit(events)
    before = copy.copy(model)
    assert_same(model.update(events.assign(event="return", customer_id=5)), before)


@pytest.mark.parametrize("model", [ALS(), BPR(), SLIM()])
def test_a_model_that_must_be_fitted_anew_has_no_such_method(model):
    assert not hasattr(model, "update")
