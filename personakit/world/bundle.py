"""A world in a folder: the default one ships with personakit and is read in an instant instead of simulated again."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from personakit.errors import UnavailableError
from personakit.world.facts import card_markdown
from personakit.world.tables import arrow_of
from personakit.world.world import TABLES, TRUTH, LazyTables, World

__all__ = ["BundledWorld", "read_world", "write_datasets", "write_world"]

FORMAT = 1
BEGIN, END = "<!-- card -->", "<!-- end of card -->"  # around the table in the data card


class BundledWorld(World):
    """A `World` whose tables, truth and pictures are read from files; everything else it works out as ever."""

    def __init__(self, folder: Path, n_customers: int, n_products: int, *, n_days: int, random_state: int) -> None:
        super().__init__(n_customers, n_products, n_days=n_days, random_state=random_state)
        self.folder = folder

    @staticmethod
    def _lazily(names: tuple[str, ...], where: Path) -> Mapping[str, pd.DataFrame]:
        return LazyTables(names, lambda name: pq.read_table(where / f"{name}.parquet").to_pandas())

    @cached_property
    def tables(self) -> Mapping[str, pd.DataFrame]:
        """The canonical tables, each read when it is first asked for."""
        return self._lazily(TABLES, self.folder)

    @cached_property
    def truth(self) -> Mapping[str, pd.DataFrame]:
        """What only the simulator knows, each table read when it is first asked for."""
        return self._lazily(TRUTH, self.folder / "truth")

    @cached_property
    def _pictures(self) -> dict[int, bytes]:
        stored = pq.read_table(self.folder / "pictures.parquet").to_pydict()
        return dict(zip(stored["product_id"], stored["png"], strict=True))

    def picture_bytes(self, product_id: int, size: int = 96) -> bytes:
        """The picture as a PNG file; see `World.picture_bytes`."""
        if size != 96 or product_id not in self._pictures:
            return super().picture_bytes(product_id, size)
        return self._pictures[product_id]


def write_world(world: World, folder: str | Path) -> Path:
    """Write tables, truth and pictures to a folder, the same bytes every time; `read_world` reads them."""
    target = Path(folder)
    (target / "truth").mkdir(parents=True, exist_ok=True)
    for name in TABLES:
        _write(arrow_of(world.tables[name]), target / f"{name}.parquet")
    for name in TRUTH:
        _write(arrow_of(world.truth[name]), target / "truth" / f"{name}.parquet")
    ids = sorted(int(each) for each in world.catalogue.product_id)
    pictures = pa.table({"product_id": ids, "png": pa.array([world.picture_bytes(each) for each in ids], pa.binary())})
    _write(pictures, target / "pictures.parquet")
    about = {
        "format": FORMAT,
        "n_customers": world.n_customers,
        "n_products": world.n_products,
        "n_days": world.n_days,
        "random_state": world.random_state,
    }
    (target / "world.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
    return target


def _write(table: pa.Table, path: Path) -> None:
    pq.write_table(table, path, compression="zstd", compression_level=15)


def read_world(folder: str | Path) -> BundledWorld:
    """The world that `write_world` wrote.

    Raises
    ------
    UnavailableError
        There is no world in the folder, or it was written in another format.
    """
    source = Path(folder)
    try:
        about = json.loads((source / "world.json").read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError) as error:
        raise UnavailableError(f"There is no world in {source}. Write one with: make datasets") from error
    if about.pop("format", None) != FORMAT:
        raise UnavailableError(
            f"The world in {source} was written by another version. Write it again with: make datasets"
        )
    return BundledWorld(source, about.pop("n_customers"), about.pop("n_products"), **about)


def write_datasets(folder: str | Path) -> None:
    """Write the bundled world below `folder`, and its figures into the data card there."""
    target = Path(folder)
    world = World()
    write_world(world, target / "larkspur")
    page = target / "README.md"
    before, rest = page.read_text(encoding="utf-8").split(BEGIN)
    page.write_text(f"{before}{BEGIN}\n\n{card_markdown(world)}\n{END}{rest.split(END)[1]}", encoding="utf-8")


if __name__ == "__main__":
    write_datasets(sys.argv[1])
