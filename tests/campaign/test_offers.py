"""Offers: the chosen products with what the catalogue says about them."""

import pandas as pd
import pytest

from personakit.campaign import offers_for
from personakit.errors import DataError

SLATES = pd.DataFrame({"customer_id": [1, 1, 2], "product_id": [20, 10, 20], "rank": [2, 1, 1]})
SHELF = pd.DataFrame({"product_id": [10, 20], "title": ["Shirt", "Scarf"], "price": [39.5, None], "unit_cost": [9, 9]})


def test_offers_come_best_first_with_title_and_price_without_cost_and_with_none_for_the_unknown():
    assert offers_for(SLATES, SHELF)[1] == [
        {"product_id": 10, "rank": 1, "title": "Shirt", "price": 39.5, "category": None, "brand": None},
        {"product_id": 20, "rank": 2, "title": "Scarf", "price": None, "category": None, "brand": None},
    ]


def test_a_product_outside_the_catalogue_is_named():
    with pytest.raises(DataError, match=r"product_id has 2 values that are not in products \(20\)"):
        offers_for(SLATES, SHELF[:1])


def test_a_missing_column_is_named():
    with pytest.raises(DataError, match="recommendations has no column rank"):
        offers_for(SLATES.drop(columns="rank"), SHELF)
