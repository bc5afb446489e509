"""The true value of a slate: never above the oracle's, and the world's own answer for every list."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from personakit.errors import DataError, ParameterError
from personakit.recommend import Popular, Random, slate_value
from personakit.world import World


@pytest.fixture(scope="module")
def world():
    return World(n_customers=400, n_products=100, n_days=180, random_state=2)


def test_no_list_beats_the_oracle_and_the_oracle_leaves_nothing(world):
    lists = Popular().fit(world.tables["interactions"]).recommend(k=8)
    value = slate_value(world, lists, k=8)
    assert (value["regret"] >= -1e-9).all() and value["regret"].sum() > 0
    best = slate_value(world, world.best_slates(k=8), k=8)
    np.testing.assert_allclose(best["regret"], 0, atol=1e-9)
    assert best["margin"].sum() > value["margin"].sum()
    np.testing.assert_allclose(best.merge(value, on="customer_id")["best_margin_x"], value["best_margin"])


def test_lists_of_any_length_are_worth_what_the_world_says(world):
    lists = Random(0).fit(world.tables["interactions"]).recommend(k=6)
    customers = lists["customer_id"].unique()
    ragged = lists[(lists["rank"] <= 3) | lists["customer_id"].isin(customers[::2])].sample(frac=1, random_state=0)
    value = slate_value(world, ragged, k=6).set_index("customer_id")
    for customer in customers[:4]:
        slate = lists.loc[lists["customer_id"] == customer].sort_values("rank")["product_id"].to_numpy()
        slate = slate[: 6 if customer in customers[::2] else 3]
        expected = world.expected([customer], {"slate": slate})
        assert value.loc[customer, "margin"] == pytest.approx(expected["margin"][0])
        assert value.loc[customer, "clicks"] == pytest.approx(expected["clicks"][0])
    assert value["shop_margin"].sum() == pytest.approx(world.expected(value.index.to_numpy())["margin"].sum())


def test_what_the_world_does_not_have_is_refused(world):
    lists = pd.DataFrame({"customer_id": [1], "product_id": [10**6], "rank": [1]})
    with pytest.raises(DataError, match=r"actions.slate has 1 unknown product ids \(1000000\)"):
        slate_value(world, lists)
    with pytest.raises(DataError, match=r"customer_ids has 1 unknown ids \(401\)"):
        slate_value(world, lists.assign(customer_id=401, product_id=1))
    with pytest.raises(DataError, match=r"lists has no rows, so there is no slate to value"):
        slate_value(world, lists.head(0))
    with pytest.raises(ParameterError, match=r"k is 20, but a slate in the world has at most 12 places"):
        slate_value(world, lists, k=20)
