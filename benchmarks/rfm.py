"""RFM of 800,000 customers from 20 million order lines: personakit on DuckDB, SQL by hand and pandas.

python benchmarks/rfm.py            # writes rfm.md beside this file
python benchmarks/rfm.py --small    # 200,000 order lines, a check of the comparison; writes nothing
"""

# ruff: noqa: E501  the queries read better on one line
from __future__ import annotations

import argparse
import json
import os
import platform
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow.parquet as pq

HERE = Path(__file__).parent
DAY = "2025-12-31"
THREADS = 2
LINES_PER_CUSTOMER = 25


# ---------------------------------------------------------------------------------------------------- the order lines
def make_lines(path: Path, lines: int) -> None:
    """A Parquet file of order lines in order of time, the same at each call; a fifth of the customers has most of them.

    Two lines an order; one in thirty is a return.
    """
    connection = duckdb.connect()
    connection.execute(f"SET threads = {THREADS}")
    customers = max(lines // LINES_PER_CUSTOMER, 10)
    connection.execute("CREATE MACRO u(i, k) AS (hash(i, k) >> 11)::DOUBLE / 9007199254740992.0")
    connection.execute(
        f"""COPY (
            SELECT i // 2 AS order_id, 1 + floor({customers} * pow(u(i // 2, 1), 2))::BIGINT AS customer_id,
                1 + (hash(i) % 20000)::BIGINT AS product_id,
                TIMESTAMP '2024-01-01' + to_seconds(floor(63072000 * sqrt(u(i // 2, 3)))::BIGINT) AS timestamp,
                CASE WHEN u(i, 9) < 0.03 THEN -1 ELSE 1 + floor(3 * pow(u(i, 10), 3))::INT END AS quantity,
                round(5 + 95 * pow(u(i, 11), 2), 2) AS unit_price
            FROM range({lines}) t(i) ORDER BY timestamp, order_id
        ) TO '{path}' (FORMAT parquet, COMPRESSION zstd)"""
    )


# ----------------------------------------------------------------------------------------------------- the three ways
def by_personakit(lines: Path, result: Path) -> None:
    import ibis

    from personakit.segment import rfm_segments, rfm_table

    connection = ibis.duckdb.connect(threads=THREADS)
    connection.raw_sql("SET preserve_insertion_order = false; SET enable_progress_bar = false")
    connection.to_parquet(rfm_segments(rfm_table(connection.read_parquet(lines), DAY)), result)


def by_sql(lines: Path, result: Path) -> None:
    """As a database person would write it, with the same edges (the lowest value that covers k fifths) and names."""
    from personakit.segment.rfm import GRID, NO_PURCHASE

    connection = duckdb.connect(config={"threads": THREADS})
    connection.execute("SET preserve_insertion_order = false")
    names = [name for row in GRID for name in row]
    connection.execute(
        f"""COPY (
            WITH people AS (
                SELECT customer_id, date_diff('day', (max(timestamp) FILTER (quantity > 0))::DATE, DATE '{DAY}') AS recency_days,
                    count(DISTINCT order_id) FILTER (quantity > 0) AS frequency,
                    sum((quantity * unit_price)::DECIMAL(38, 12))::DOUBLE AS monetary
                FROM '{lines}' WHERE timestamp < DATE '{DAY}' + INTERVAL 1 DAY GROUP BY customer_id
            ),
            edges AS (
                SELECT quantile_disc(recency_days, [0.2, 0.4, 0.6, 0.8]) AS r,
                    quantile_disc(frequency, [0.2, 0.4, 0.6, 0.8]) AS f,
                    quantile_disc(monetary, [0.2, 0.4, 0.6, 0.8]) AS m
                FROM people WHERE frequency > 0 AND monetary >= 0
            ),
            scored AS (
                SELECT people.*, frequency > 0 AND monetary >= 0 AS sound,
                    5 - len(list_filter(r, lambda e: recency_days > e)) AS recency_score,
                    1 + len(list_filter(f, lambda e: frequency > e)) AS frequency_score,
                    1 + len(list_filter(m, lambda e: monetary > e)) AS monetary_score
                FROM people, edges
            )
            SELECT customer_id, recency_days, frequency, monetary, CASE WHEN sound THEN recency_score END AS recency_score,
                CASE WHEN sound THEN frequency_score END AS frequency_score,
                CASE WHEN sound THEN monetary_score END AS monetary_score,
                CASE WHEN sound THEN {names!r}[
                    (5 - recency_score) * 5 + (frequency_score + monetary_score) // 2
                ] WHEN frequency = 0 THEN '{NO_PURCHASE}' END AS segment
            FROM scored
        ) TO '{result}' (FORMAT parquet)"""
    )


def by_pandas(lines: Path, result: Path) -> None:
    """As most notebooks do it, on the columns that are needed; scores by the class for frames."""
    from personakit.segment import RFM

    columns = ["order_id", "customer_id", "timestamp", "quantity", "unit_price"]
    frame = pq.read_table(lines, columns=columns).to_pandas()
    frame = frame[frame["timestamp"] < pd.Timestamp(DAY) + pd.Timedelta(days=1)]
    frame["money"] = frame["quantity"] * frame["unit_price"]
    kept = frame[frame["quantity"] > 0].groupby("customer_id")
    people = pd.DataFrame({"monetary": frame.groupby("customer_id")["money"].sum()})
    people["frequency"] = kept["order_id"].nunique()
    people["recency_days"] = (pd.Timestamp(DAY) - kept["timestamp"].max().dt.normalize()).dt.days
    people = people.fillna({"frequency": 0}).reset_index()
    people["monetary"] = people["monetary"].round(6)  # sums of floats are off in the last digits
    sound = people[~((people["monetary"] < 0) & (people["frequency"] > 0))]
    sound = sound.assign(monetary=sound["monetary"].clip(lower=0))
    scored = RFM().fit(sound).transform(sound).reset_index().astype({"segment": object})
    people.merge(scored, on="customer_id", how="left").to_parquet(result)


WAYS: dict[str, Callable[[Path, Path], None]] = {
    "personakit": by_personakit,
    "SQL by hand": by_sql,
    "pandas": by_pandas,
}


def run(way: str, lines: Path, result: Path) -> tuple[float, float, float]:
    """Seconds, seconds of processor time and peak memory in MB of one way, in a process of its own."""
    call = [sys.executable, str(Path(__file__).resolve()), "--way", way]
    call += ["--lines-file", str(lines), "--result", str(result)]
    done = subprocess.run(call, check=True, capture_output=True, text=True)
    seconds, cpu, peak = json.loads(done.stdout.splitlines()[-1])
    return seconds, cpu, peak


def one_way(way: str, lines: Path, result: Path) -> None:
    """What a child does: the clock starts when everything is imported and stops when the result is written."""
    import ibis  # noqa: F401  so that no way pays for imports

    import personakit.profile.unified
    import personakit.segment.rfm_engine  # noqa: F401

    before = resource.getrusage(resource.RUSAGE_SELF)
    began = time.perf_counter()
    WAYS[way](lines, result)
    seconds = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(json.dumps([seconds, cpu, peak_memory(after.ru_maxrss)]))


def peak_memory(otherwise: float) -> float:
    """MB of this process; on Linux from its own books, as ru_maxrss counts the parent's memory before the start too."""
    books = Path("/proc/self/status")
    found = re.search(r"VmHWM:\s+(\d+) kB", books.read_text()) if books.exists() else None
    return (float(found[1]) if found else otherwise) / 1024


def check_same(one: Path, other: Path) -> int:
    """That no score and no name differs, and no number by more than 1e-6; how many customers there are."""
    a, b = (pd.read_parquet(path).sort_values("customer_id").reset_index(drop=True) for path in (one, other))
    assert a["customer_id"].equals(b["customer_id"])
    for name in a.columns:
        if name == "segment":
            assert (a[name].fillna("?") == b[name].fillna("?")).all(), name
        else:
            x, y = (frame[name].to_numpy(dtype=float, na_value=np.nan) for frame in (a, b))
            np.testing.assert_allclose(x, y, rtol=0, atol=1e-6, err_msg=name)
    return len(a)


# ---------------------------------------------------------------------------------------------------------- the report
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="200,000 order lines, once; writes no report")
    parser.add_argument("--lines", type=int, default=20_000_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--temporary", default=None, help="folder for the order lines (250 MB)")
    for hidden in ("--way", "--lines-file", "--result"):
        parser.add_argument(hidden, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.way:
        one_way(given.way, Path(given.lines_file), Path(given.result))
        return
    if given.small:
        given.lines, given.repeats = 200_000, 1
    folder = Path(tempfile.mkdtemp(dir=given.temporary))
    figures: dict[str, list[tuple[float, float, float]]] = {way: [] for way in WAYS}
    try:
        make_lines(folder / "lines.parquet", given.lines)
        for _ in range(given.repeats):
            for way in WAYS:
                figures[way].append(run(way, folder / "lines.parquet", folder / f"{way}.result"))
                print(way, figures[way][-1], flush=True)
        customers = max(check_same(folder / "personakit.result", folder / f"{way}.result") for way in WAYS)
    finally:
        shutil.rmtree(folder)
    text = report(given.lines, customers, figures)
    print(text)
    if not given.small:
        (HERE / "rfm.md").write_text(text)


def report(lines: int, customers: int, figures: dict[str, list[tuple[float, float, float]]]) -> str:
    middle = {way: np.median(np.array(runs), axis=0) for way, runs in figures.items()}
    ours, sql, pandas = (middle[way] for way in WAYS)
    text = [
        "# RFM from order lines: time and memory",
        "",
        "`python benchmarks/rfm.py` writes this page. It makes order lines in a Parquet file with DuckDB (sorted by time,",
        "skewed, 3 % returns) and from them recency, frequency, monetary value, scores and segment of every customer, in",
        "three ways, each in a process of its own, from reading the file to a written Parquet file:",
        "`rfm_segments(rfm_table(lines, day))` on an Ibis table in DuckDB, the same as SQL by hand, and pandas with",
        "`RFM` for the scores. No score and no segment differs between them.",
        "",
        f"{lines:,} order lines, {customers:,} customers; {THREADS} threads; {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, DuckDB {duckdb.__version__}, pandas {pd.__version__}; median of "
        f"{len(figures['pandas'])}, the ways in turn; load of the machine at the end {os.getloadavg()[0]:.1f}.",
        "",
        "| | time | fastest and slowest run | processor time | peak memory |",
        "|---|---|---|---|---|",
        *(
            f"| {way} | {t:.1f} s | {min(runs)[0]:.1f} and {max(runs)[0]:.1f} s | {c:.1f} s | {m:,.0f} MB |"
            for (way, (t, c, m)), runs in zip(middle.items(), figures.values(), strict=True)
        ),
        "",
        "| | target | measured |",
        "|---|---|---|",
        f"| time | < 10 s | {ours[0]:.1f} s |",
        f"| time over SQL by hand | | {ours[0] / sql[0]:.2f} |",
        f"| time of pandas over ours | | {pandas[0] / ours[0]:.1f} |",
        f"| processor time of pandas over ours | | {pandas[1] / ours[1]:.1f} |",
        f"| peak memory over pandas' | | {ours[2] / pandas[2]:.2f} |",
        "",
    ]
    return "\n".join(text)


if __name__ == "__main__":
    main()
