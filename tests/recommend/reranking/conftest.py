"""Small lists of candidates with features, categories and a history, from random numbers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest


def make_candidates(n_customers: int = 6, n_products: int = 12, n_each: int = 9, *, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    parts = [
        pd.DataFrame(
            {
                "customer_id": 100 - 3 * customer,
                "product_id": [f"p{product:02d}" for product in rng.permutation(n_products)[:n_each]],
                "score": rng.normal(size=n_each).round(6),
            }
        )
        for customer in range(n_customers)
    ]
    return pd.concat(parts, ignore_index=True)


def make_features(n_products: int = 12, n_features: int = 6, *, seed: int = 1) -> pd.DataFrame:
    values = np.random.default_rng(seed).normal(size=(n_products, n_features))
    return pd.DataFrame(values, index=pd.Index([f"p{product:02d}" for product in range(n_products)], name="product_id"))


@pytest.fixture(scope="session", name="make_candidates")
def make_candidates_fixture() -> Callable[..., pd.DataFrame]:
    return make_candidates


@pytest.fixture(scope="session", name="make_features")
def make_features_fixture() -> Callable[..., pd.DataFrame]:
    return make_features


@pytest.fixture
def candidates() -> pd.DataFrame:
    return make_candidates()


@pytest.fixture
def features() -> pd.DataFrame:
    return make_features()
