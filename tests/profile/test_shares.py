"""How purchases and visits are spread, against pandas and against the favourites of the profile."""

import numpy as np
import pandas as pd
import pytest

from personakit.errors import DataError, ParameterError, UnknownNameError
from personakit.profile import build_profiles, shares

DAY = "2025-12-31"


def test_brand_shares_are_what_pandas_counts(world):
    lines = world.tables["order_lines"].merge(world.tables["products"][["product_id", "brand"]])
    wanted = pd.crosstab(lines["customer_id"], lines["brand"].astype(str), normalize="index")
    found = shares(world.tables, of="brand", as_of=DAY).set_index("customer_id")
    assert found.index.tolist() == wanted.index.tolist()
    assert found.columns.tolist() == wanted.columns.tolist()
    np.testing.assert_allclose(found.to_numpy(), wanted.to_numpy(), rtol=0, atol=1e-12)


@pytest.mark.parametrize("of", ["department", "channel", "hour"])
def test_shares_add_up_to_one_and_their_top_is_the_favourite(world, of):
    long = shares(world.tables, of=of, as_of=DAY, form="long")
    assert list(long.columns) == ["customer_id", of, "times", "share"]
    np.testing.assert_allclose(long.groupby("customer_id")["share"].sum(), 1.0, rtol=0, atol=1e-12)
    favourite = build_profiles(world.tables, DAY).set_index("customer_id")[f"favourite_{of}"].dropna()
    mine = long.assign(favourite=long["customer_id"].map(favourite))
    tops = mine[mine[of].astype(object) == mine["favourite"]].set_index("customer_id")["share"]
    assert len(tops) == long["customer_id"].nunique() == len(favourite)
    assert (tops >= long.groupby("customer_id")["share"].max() - 1e-12).all()


def test_the_future_has_no_share(shop):
    wide = shares(shop, of="channel", as_of="2025-01-24")
    assert wide.to_dict("list") == {"customer_id": [1], "store": [0.5], "web": [0.5]}


def test_what_is_not_recorded_is_said(shop):
    with pytest.raises(UnknownNameError, match=r"shares has no of='brands'\. Did you mean 'brand'\?"):
        shares(shop, of="brands", as_of=DAY)
    with pytest.raises(ParameterError, match='form=\'square\' is neither "wide" nor "long"'):
        shares(shop, of="channel", as_of=DAY, form="square")
    with pytest.raises(DataError, match=r"do not record a brand\. A profile's dictionary\(\) says .* favourite_brand"):
        shares(shop, of="brand", as_of=DAY)
    with pytest.raises(DataError, match=r"No channel of anybody is recorded by 2020-01-01\. Check that as_of"):
        shares(shop, of="channel", as_of="2020-01-01")
