"""Tables for the tests of profiles: a default world, real sets, and two customers whose figures are known by hand."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import personakit as pk
from personakit.data import Tables
from personakit.world import World


@pytest.fixture(scope="session")
def world():
    return World()


@pytest.fixture(scope="session")
def real(real_data: Callable[[str], Path]) -> Callable[[str, str], Tables]:
    """A function (name, folder) that loads a real data set, or skips the test and says what was missing."""
    return lambda name, folder: pk.load_dataset(name, cache=real_data(folder).parent, progress=False)


@pytest.fixture(scope="session")
def same_values() -> Callable[[pd.DataFrame, pd.DataFrame], None]:
    """A function that asserts equal values to 1e-9, whatever the kinds: pandas has floats for counts with nulls."""
    return _same_values


def _same_values(found: pd.DataFrame, wanted: pd.DataFrame) -> None:
    """The same values, whatever the kinds: engines tell whole numbers with nulls from floats."""
    assert list(found.columns) == list(wanted.columns)
    for name in wanted.columns:
        if pd.api.types.is_numeric_dtype(wanted[name].dtype):
            np.testing.assert_allclose(
                pd.to_numeric(found[name]).astype(float), wanted[name].astype(float), rtol=0, atol=1e-9, err_msg=name
            )
        else:
            assert found[name].fillna("").tolist() == wanted[name].fillna("").tolist(), name


def days(*texts: str) -> pd.DatetimeIndex:
    return pd.to_datetime(list(texts), format="ISO8601")


@pytest.fixture
def shop() -> dict[str, pd.DataFrame]:
    """Ann (1) bought twice and returned once; Bob (2) only looked; Cy (3) signed up and did nothing."""
    return {
        "customers": pd.DataFrame(
            {
                "customer_id": [1, 2, 3],
                "signed_up": days("2025-01-01", "2025-02-01", "2025-03-01"),
                "age_band": ["25-34", None, "65+"],
                "gender": ["woman", "man", "other"],
                "region": ["wales", "london", "wales"],
            }
        ),
        "products": pd.DataFrame({"product_id": [10, 11, 12], "department": ["Home", "Men", "Home"]}),
        "sessions": pd.DataFrame(
            {
                "session_id": range(4),
                "customer_id": [1, 1, 1, 2],
                "timestamp": days("2025-01-05 10:00", "2025-01-09", "2025-01-25", "2025-03-09"),
                "channel": ["web", "store", "web", "app"],
            }
        ),
        "interactions": pd.DataFrame(
            {
                "customer_id": [1, 1, 1, 1, 2, 2],
                "product_id": [10, 10, 11, 10, 12, 12],
                "timestamp": days(
                    "2025-01-05", "2025-01-05", "2025-01-25", "2025-01-30", "2025-03-09", "2025-03-10 23:59:59"
                ),
                "event": ["view", "purchase", "view", "return", "view", "view"],
                "channel": ["web"] * 6,
            }
        ),
        "order_lines": pd.DataFrame(
            {
                "order_id": [100, 100, 101, 101],
                "customer_id": [1, 1, 1, 1],
                "product_id": [10, 11, 11, 12],
                "timestamp": days("2025-01-05 10:05", "2025-01-05 10:05", "2025-01-25 23:00", "2025-01-25 23:00"),
                "quantity": [1, 2, 1, 1],
                "unit_price": [20.0, 5.0, 4.0, 7.5],
                "discount": [0.0, 0.5, 0.2, 0.0],
                "returned": [True, True, True, True],
            }
        ),
        "ratings": pd.DataFrame(
            {
                "customer_id": [1, 1],
                "product_id": [10, 11],
                "rating": [5.0, 2.0],
                "timestamp": days("2025-01-31", "2025-02-01"),
            }
        ),
        "contacts": pd.DataFrame(
            {
                "contact_id": range(5),
                "customer_id": [1, 1, 1, 2, 2],
                "timestamp": days("2025-02-03", "2025-02-10", "2025-02-17", "2025-02-03", "2025-02-10"),
                "channel": ["email", "email", "sms", "none", "email"],
                "opened": [True, False, True, False, False],
            }
        ),
        "consents": pd.DataFrame(
            {
                "customer_id": [1, 2, 1],
                "purpose": ["recommendations"] * 3,
                "granted": [True, True, False],
                "timestamp": days("2025-01-01", "2025-02-01", "2025-06-01"),
            }
        ),
    }


@pytest.fixture
def whole_shop(shop: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The same shop with every table and column that profiles read: reviews, messages, clicks, brands, endings."""
    shop["products"] = shop["products"].assign(category=["Rugs", "Coats", "Lamps"], brand=["Aa", "Bb", None])
    shop["contacts"] = shop["contacts"].assign(
        clicked=[True, False, True, False, False], unsubscribed=[False, False, False, False, True]
    )
    shop["reviews"] = pd.DataFrame(
        {
            "customer_id": [1, 1, 1, 2],
            "timestamp": days("2025-02-01", "2025-02-11", "2025-02-11", "2025-03-01"),
            "rating": [5.0, 1.0, 4.0, 9.0],
            "sentiment": [None, -0.5, None, None],
        }
    )
    shop["messages"] = pd.DataFrame({"customer_id": [2, 2], "timestamp": days("2025-02-20", "2025-03-08 12:00")})
    more = pd.DataFrame(
        {
            "customer_id": [1, 1, 1, 2, 2],
            "purpose": ["marketing_email", "analytics", "analytics", "analytics", "voice"],
            "granted": [True, True, False, True, False],
            "timestamp": days("2025-01-02", "2025-01-03", "2025-01-03", "2025-02-02", "2025-02-02"),
            "expires": [pd.Timestamp("2025-03-10 12:00"), None, None, pd.Timestamp("2025-03-11"), None],
        }
    )
    shop["consents"] = pd.concat([shop["consents"].assign(expires=pd.NaT), more], ignore_index=True)
    return shop
