"""How long Larkspur takes and how much memory, at its default size and streamed at scale; run by `make bench`.

python benchmarks/world.py                    # 4,000 customers in memory, then 1,000,000 streamed to Parquet
python benchmarks/world.py --customers 100000 # a smaller stream
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil

from personakit.world import World, stream


class PeakMemory(threading.Thread):
    """The largest resident memory of this process and its children together, sampled 20 times a second."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak, self.done = 0, threading.Event()

    def run(self) -> None:
        here = psutil.Process()
        while not self.done.wait(0.05):
            total = 0
            for process in [here, *here.children(recursive=True)]:
                try:
                    total += process.memory_info().rss
                except psutil.NoSuchProcess:
                    continue
            self.peak = max(self.peak, total)


def measured(work):
    """Result, seconds and peak memory in MB of a call."""
    watch = PeakMemory()
    watch.start()
    began = time.perf_counter()
    result = work()
    seconds = time.perf_counter() - began
    watch.done.set()
    watch.join()
    return result, seconds, watch.peak / 1e6


def digest(folder: Path) -> str:
    """One hash over the names and bytes of all files below a folder."""
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*.parquet")):
        total.update(str(path.relative_to(folder)).encode())
        with path.open("rb") as file:
            total.update(hashlib.file_digest(file, "sha256").digest())
    return total.hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()

    world = World()
    _, seconds, memory = measured(lambda: world.tables)
    rows = sum(len(frame) for frame in world.tables.values())
    print(f"default world, words included: {seconds:5.2f} s, {rows:,} rows, peak {memory:,.0f} MB (target < 5 s)")

    place = Path(tempfile.mkdtemp(prefix="larkspur-"))
    try:
        hashes = {}
        for block in (1_000, 7_000):
            folder = stream(World(20_000), place / f"block-{block}", block_size=block, progress=False)
            hashes[block] = digest(folder)
        same = len(set(hashes.values())) == 1
        print(f"20,000 customers in blocks of 1,000 and 7,000: bytes {'the same' if same else 'DIFFER'}")
        whole = World(arguments.customers)
        folder, seconds, memory = measured(
            lambda: stream(whole, place / "whole", n_jobs=arguments.jobs, progress=False)
        )
        size = sum(path.stat().st_size for path in folder.rglob("*.parquet")) / 1e6
        print(
            f"{arguments.customers:,} customers streamed by {arguments.jobs} processes: {seconds:5.0f} s, "
            f"peak {memory:,.0f} MB in all, {size:,.0f} MB of Parquet (target at 1,000,000: < 240 s, < 3,000 MB)"
        )
        if not same:
            sys.exit("the bytes depend on the block size")
    finally:
        shutil.rmtree(place)


if __name__ == "__main__":
    main()
