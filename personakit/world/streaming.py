"""Worlds of any size, streamed to Parquet: memory depends on the block, the bytes do not.

Customers are simulated in blocks and written in parts of a fixed number of customers, in row groups of a fixed number
of rows. So neither the size of the block nor the number of processes can be seen in the files.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from tqdm.auto import tqdm

from personakit.errors import ParameterError
from personakit.world.chronicle import chronicle, price_table, product_tables
from personakit.world.tables import arrow_of
from personakit.world.world import World

__all__ = ["stream"]

PART = 50_000  # customers a file
ROW_GROUP = 500_000  # rows a row group
SORTED = {"identities": "record_id"}  # or neighbours would give away who is who


class _Steady:
    """A Parquet file written in row groups of exactly ROW_GROUP rows, whatever the pieces it is given."""

    def __init__(self, path: Path, sort_by: str | None = None) -> None:
        self.path, self.rows, self.sort_by = path, 0, sort_by
        self.writer: pq.ParquetWriter | None = None
        self.pending: list[pa.Table] = []

    def add(self, table: pa.Table) -> None:
        if self.writer is None:
            self.writer = pq.ParquetWriter(self.path, table.schema, compression="zstd", compression_level=1)
        self.pending.append(table)
        self.rows += len(table)
        if self.rows >= ROW_GROUP and self.sort_by is None:
            self._flush(everything=False)

    def _flush(self, *, everything: bool) -> None:
        joined = pa.concat_tables(self.pending)
        if self.sort_by is not None:
            joined = joined.sort_by(self.sort_by)
        at = 0
        while self.rows - at >= ROW_GROUP or (everything and at < self.rows):
            assert self.writer is not None
            self.writer.write_table(joined.slice(at, ROW_GROUP).combine_chunks(), row_group_size=ROW_GROUP)
            at += ROW_GROUP
        rest = joined.slice(min(at, self.rows))
        self.pending, self.rows = [rest], len(rest)

    def close(self) -> None:
        if self.writer is not None:
            self._flush(everything=True)
            self.writer.close()


def _blocks(first: int, last: int, size: int) -> Iterator[np.ndarray]:
    for begin in range(first, last + 1, size):
        yield np.arange(begin, min(begin + size, last + 1))


def _write_part(world: World, part: int, folder: Path, block_size: int) -> int:
    first, last = part * PART + 1, min((part + 1) * PART, world.n_customers)
    writers: dict[str, _Steady] = {}
    for ids in _blocks(first, last, block_size):
        written = chronicle(world.random_state, world.block(ids), world.n_days, texts=False)
        tables = {
            **written.tables,
            "truth/customers": written.truth["customers"],
            "truth/identities": written.truth["identities"],
        }
        for name, table in tables.items():
            if name not in writers:
                place = folder / name
                place.mkdir(parents=True, exist_ok=True)
                writers[name] = _Steady(place / f"part-{part:05d}.parquet", sort_by=SORTED.get(name))
            writers[name].add(arrow_of(table))
    for writer in writers.values():
        writer.close()
    return last - first + 1


def stream(
    world: World, folder: str | Path, *, block_size: int = 5_000, n_jobs: int = 1, progress: bool = True
) -> Path:
    """Write a world of any size to a folder of Parquet files, one subfolder a table.

    Parameters
    ----------
    world : World
        Its tables are not made in memory.
    folder : path
        Must be empty or not exist yet.
    block_size : int
        Customers simulated at a time: sets the memory (about 20 kB a customer at 600 products,
        beside some 400 MB for a process), never the bytes.
    n_jobs : int
        Processes.
    progress : bool
        Show a progress bar.

    Returns
    -------
    Path
        The folder. Reviews and messages are written without their words, which `review_texts` and `message_texts` make
        from the ids when they are wanted.

    Raises
    ------
    ParameterError
        The folder holds something, or a number is not positive.
    """
    target = Path(folder)
    for name, value in (("block_size", block_size), ("n_jobs", n_jobs)):
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise ParameterError(f"{name} is {value!r}. Give a whole number of at least 1.")
    if target.exists() and any(target.iterdir()):
        raise ParameterError(f"{target} is not empty. Give a new folder, so that no file is written over.")
    for name, table in (
        ("products", product_tables(world.random_state, world.catalogue)[0]),
        ("prices", price_table(world.catalogue, world.market, world.n_days)),
    ):
        (target / name).mkdir(parents=True)
        pq.write_table(arrow_of(table), target / name / "part-00000.parquet", compression="zstd")
    parts = range(-(-world.n_customers // PART))
    bar = tqdm(total=world.n_customers, unit="customer", disable=not progress)
    if n_jobs == 1:
        for part in parts:
            bar.update(_write_part(world, part, target, block_size))
    else:
        fresh = World(world.n_customers, world.n_products, n_days=world.n_days, random_state=world.random_state)
        with ProcessPoolExecutor(n_jobs, mp_context=get_context("spawn")) as pool:
            jobs = [pool.submit(_write_part, fresh, part, target, block_size) for part in parts]
            for job in jobs:
                bar.update(job.result())
    bar.close()
    return target
