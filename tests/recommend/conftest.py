"""Ratings to try the recommenders on: a small random table, and MovieLens where it is at hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest


def make_ratings(n_customers: int = 40, n_products: int = 60, n_rows: int = 900, *, seed: int = 0) -> pd.DataFrame:
    """Ratings of 1 to 5 in halves, in random order, with ids that do not stand in the order of their appearance."""
    rng = np.random.default_rng(seed)
    pairs = rng.permutation(n_customers * n_products)[:n_rows]
    customers, products = np.divmod(pairs, n_products)
    return pd.DataFrame(
        {
            "customer_id": 1000 - 7 * customers,
            "product_id": [f"p{product:03d}" for product in products],
            "rating": rng.integers(2, 11, n_rows) / 2,
            "timestamp": pd.Timestamp("2025-01-01") + pd.to_timedelta(rng.integers(0, 400, n_rows), unit="D"),
        }
    )


@pytest.fixture(name="make_ratings")
def make_ratings_fixture() -> Callable[..., pd.DataFrame]:
    return make_ratings


@pytest.fixture
def ratings() -> pd.DataFrame:
    return make_ratings()


@pytest.fixture
def whole_stars() -> pd.DataFrame:
    """Ratings without halves, which some of Surprise's algorithms would cut."""
    ratings = make_ratings()
    return ratings.assign(rating=np.ceil(ratings["rating"]))


@pytest.fixture(scope="session")
def movielens_100k(real_data: Callable[[str], Path]) -> pd.DataFrame:
    path = real_data("ml-100k") / "u.data"
    return pd.read_csv(path, sep="\t", names=["customer_id", "product_id", "rating", "timestamp"])
