"""A small shop of which everything is known, and who had what in it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from personakit.data import load_world
from personakit.world.choice import following, interest

SHOP = pd.DataFrame(
    {
        "product_id": ["a", "b", "c", "d", "e", "f"],
        "title": ["Linen shirt", "Linen dress", "Steel pan", "Steel kettle", "Wool scarf", "Linen scarf"],
        "description": ["cool in summer", "cool at the sea", "for eggs", None, "warm in winter", ""],
        "category": ["clothes", "clothes", "kitchen", "kitchen", "clothes", "clothes"],
        "colour": ["blue", "white", None, "blue", "red", "blue"],
        "price": [30.0, 60.0, 25.0, 40.0, 20.0, 22.0],
    }
)


@pytest.fixture
def shop() -> pd.DataFrame:
    return SHOP.copy()


@pytest.fixture
def acts() -> pd.DataFrame:
    """Eve likes linen, Ann cooks, Tom bought a scarf and sent it back; nobody had f."""
    rows = [
        ("eve", "a", "purchase", 5.0), ("eve", "b", "view", 4.0), ("ann", "c", "purchase", 5.0),
        ("ann", "d", "purchase", 4.0), ("ann", "a", "view", 1.0), ("tom", "e", "purchase", 2.0),
        ("tom", "e", "return", 2.0), ("tom", "a", "view", 3.0),
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["customer_id", "product_id", "event", "rating"])
    return frame.assign(timestamp=pd.Timestamp("2025-03-01") + pd.to_timedelta(np.arange(len(frame)), unit="D"))


def make_acts(n_customers: int = 30, n_rows: int = 200, *, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "customer_id": rng.integers(0, n_customers, n_rows),
            "product_id": rng.choice(SHOP["product_id"].to_numpy()[:5], n_rows),
            "event": rng.choice(["view", "purchase", "return"], n_rows, p=[0.6, 0.3, 0.1]),
            "channel": rng.choice(["web", "app", "store"], n_rows),
            "timestamp": pd.Timestamp("2025-01-01") + pd.to_timedelta(rng.integers(0, 90, n_rows), unit="D"),
        }
    )


@pytest.fixture(name="many_acts")
def many_acts_fixture() -> pd.DataFrame:
    return make_acts()


@pytest.fixture(scope="module")
def world():
    return load_world()


@pytest.fixture(scope="module")
def true_value(world) -> pd.DataFrame:
    """The probability that a customer follows a product that she glances at: index customer_id, columns product_id."""
    block = world.block(world.customer_ids)
    value = following(block.liking + interest(block.people, block.goods))
    return pd.DataFrame(value, index=world.customer_ids, columns=world.catalogue.product_id)
