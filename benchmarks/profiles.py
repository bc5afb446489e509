"""Profiles of 800,000 customers from 20 million events: personakit, SQL by hand and pandas; each in a process of its own.

python benchmarks/profiles.py            # all sizes, writes profiles.md and profiles_growth.png beside this file
python benchmarks/profiles.py --small    # 200,000 events, a check of the comparison; writes nothing
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
EVENTS_PER_CUSTOMER = 25
TABLES = (
    "customers", "products", "sessions", "interactions", "order_lines", "ratings", "reviews", "messages", "contacts",
    "consents",
)  # fmt: skip
NAMES = ["channel", "event", "purpose", "age_band", "gender", "region", "department", "category", "brand"]
THREADS = 2
LIMITS = {"memory_limit": "720MB"}  # what DuckDB may use before it spills to disk, where nothing else is said


# --------------------------------------------------------------------------------------------------- the events
def make_events(folder: Path, events: int) -> dict[str, int]:
    """Parquet files of canonical tables, in order of time, the same at each call; made by DuckDB, and skewed.

    A fifth of the customers has three fifths of the events, and products are as uneven; visits are by day rather than
    by night. Sessions are a quarter of the events, interactions two fifths, order lines a fifth.
    """
    connection = duckdb.connect()
    connection.execute(f"SET threads = {THREADS}")
    customers, products = max(events // EVENTS_PER_CUSTOMER, 10), 20_000
    connection.execute("CREATE MACRO u(i, k) AS (hash(i, k) >> 11)::DOUBLE / 9007199254740992.0")
    connection.execute(
        f"CREATE MACRO who(i) AS 1 + (hash(floor({customers} * pow(u(i, 1), 3))::BIGINT) % {customers})::BIGINT"
    )
    connection.execute(f"CREATE MACRO what(i) AS 1 + floor({products} * pow(u(i, 2), 2.5))::BIGINT")
    connection.execute(
        "CREATE MACRO moment(i) AS TIMESTAMP '2024-07-10' + to_days(floor(540 * sqrt(u(i, 3)))::INT)"
        " + to_microseconds((86399e6 * (u(i, 4) + u(i, 5) + u(i, 6)) / 3)::BIGINT)"
    )
    connection.execute("CREATE MACRO one_of(i, k, names) AS names[1 + floor(len(names) * pow(u(i, k), 1.7))::INT]")
    channels = "['web', 'app', 'store', 'email', 'social', 'call_centre', 'kiosk']"
    n = {name: events * share // 100 for name, share in
         {"sessions": 25, "interactions": 40, "order_lines": 20, "ratings": 4, "contacts": 8, "reviews": 2,
          "messages": 1}.items()}  # fmt: skip
    queries = {
        "customers": "i + 1 AS customer_id, TIMESTAMP '2024-01-01' + to_days((730 * u(i, 3))::INT) AS signed_up, "
        "one_of(i, 7, ['25-34', '35-44', '45-54', '18-24', '55-64', '65+']) AS age_band, "
        f"one_of(i, 8, ['woman', 'man', 'other']) AS gender, one_of(i, 9, ['london', 'wales', 'scotland']) AS region "
        f"FROM range({customers}) t(i)",
        "products": "i + 1 AS product_id, 'department ' || (i % 8) AS department, 'category ' || (i % 40) AS category, "
        f"CASE WHEN i % 50 > 0 THEN 'brand ' || (hash(i) % 200) END AS brand FROM range({products + 1}) t(i)",
        "sessions": f"i AS session_id, who(i) AS customer_id, moment(i) AS timestamp, one_of(i, 7, {channels}) AS channel "
        f"FROM range({n['sessions']}) t(i) ORDER BY timestamp",
        "interactions": "who(i + 1000000000) AS customer_id, what(i) AS product_id, moment(i + 1000000000) AS timestamp, "
        f"one_of(i, 8, ['view', 'view', 'basket', 'purchase', 'return']) AS event, one_of(i, 7, {channels}) AS channel "
        f"FROM range({n['interactions']}) t(i) ORDER BY timestamp",
        "order_lines": "i // 2 AS order_id, who(i // 2) AS customer_id, what(i) AS product_id, moment(i // 2) AS timestamp, "
        "CASE WHEN u(i, 9) < 0.03 THEN -1 ELSE 1 + floor(3 * pow(u(i, 10), 3))::INT END AS quantity, "
        "round(5 + 95 * pow(u(i, 11), 2), 2) AS unit_price, "
        "CASE WHEN u(i, 12) < 0.3 THEN round(u(i, 13) * 0.4 + 0.05, 2) ELSE 0.0 END AS discount, "
        f"u(i, 14) < 0.08 AS returned FROM range({n['order_lines']}) t(i) ORDER BY timestamp, order_id",
        "ratings": "who(i + 2000000000) AS customer_id, what(i) AS product_id, moment(i + 2000000000) AS timestamp, "
        f"1.0 + floor(5 * sqrt(u(i, 7))) AS rating FROM range({n['ratings']}) t(i) ORDER BY timestamp",
        "reviews": "i AS review_id, who(i + 3000000000) AS customer_id, moment(i + 3000000000) AS timestamp, "
        f"1.0 + floor(5 * sqrt(u(i, 7))) AS rating FROM range({n['reviews']}) t(i) ORDER BY timestamp",
        "messages": "i AS message_id, who(i + 4000000000) AS customer_id, moment(i + 4000000000) AS timestamp "
        f"FROM range({n['messages']}) t(i) ORDER BY timestamp",
        "contacts": "i AS contact_id, who(i + 5000000000) AS customer_id, moment(i + 5000000000) AS timestamp, "
        "one_of(i, 7, ['email', 'none', 'push', 'sms']) AS channel, u(i, 8) < 0.3 AS opened, u(i, 9) < 0.05 AS clicked, "
        f"u(i, 10) < 0.01 AS unsubscribed FROM range({n['contacts']}) t(i) ORDER BY timestamp",
        "consents": "1 + i % CUSTOMERS AS customer_id, ['analytics', 'recommendations', 'marketing_email'][1 + i // CUSTOMERS] "
        "AS purpose, u(i, 7) < 0.6 AS granted, TIMESTAMP '2024-01-01' + to_days((700 * u(i, 8))::INT) AS timestamp "
        "FROM range(3 * CUSTOMERS) t(i)".replace("CUSTOMERS", str(customers)),
    }
    for name, query in queries.items():
        connection.execute(f"COPY (SELECT {query}) TO '{folder / name}.parquet' (FORMAT parquet, COMPRESSION zstd)")
    return n | {"customers": customers}


# ------------------------------------------------------------------------------------------------ the three ways
def by_personakit(folder: Path, result: Path, **limits: str) -> None:
    import ibis

    from personakit.profile import build_profiles

    connection = ibis.duckdb.connect(threads=THREADS, temp_directory=f"{result}.spill", **(limits or LIMITS))
    connection.raw_sql("SET preserve_insertion_order = false")
    tables = {name: connection.read_parquet(folder / f"{name}.parquet") for name in TABLES}
    build_profiles(tables, DAY).to_parquet(result)


def by_personakit_at_ease(folder: Path, result: Path) -> None:
    by_personakit(folder, result, memory_limit="16GB")


def by_sql(folder: Path, result: Path) -> None:
    connection = duckdb.connect(config={"threads": THREADS, "temp_directory": f"{result}.spill", **LIMITS})
    connection.execute("SET preserve_insertion_order = false")
    for name in TABLES:
        connection.execute(f"CREATE VIEW {name} AS FROM '{folder / name}.parquet'")
    connection.execute(f"SET VARIABLE day = DATE '{DAY}'; SET VARIABLE until = TIMESTAMP '{DAY}' + INTERVAL 1 DAY")
    query = (HERE / "profiles.sql").read_text()
    connection.execute(f"COPY ({query}) TO '{result}' (FORMAT parquet)")


def by_pandas(folder: Path, result: Path) -> None:
    from profiles_in_pandas import profiles_in_pandas

    tables = {}
    for name in TABLES:
        path = folder / f"{name}.parquet"
        there = pq.read_schema(path).names
        tables[name] = pq.read_table(path, read_dictionary=[c for c in NAMES if c in there]).to_pandas()
        for column in tables[name].select_dtypes("category"):
            names = tables[name][column].cat
            tables[name][column] = names.reorder_categories(sorted(names.categories))
    profiles_in_pandas(tables, DAY).reset_index().to_parquet(result)


WAYS: dict[str, Callable[[Path, Path], None]] = {
    "personakit": by_personakit,
    "SQL by hand": by_sql,
    "pandas": by_pandas,
    "personakit, 16 GB allowed": by_personakit_at_ease,
}


def run(way: str, folder: Path, result: Path) -> tuple[float, float, float]:
    """Seconds, seconds of processor time and peak memory in MB of one way, in a process of its own."""
    call = [
        sys.executable,
        str(Path(__file__).resolve()),
        "--way",
        way,
        "--folder",
        str(folder),
        "--result",
        str(result),
    ]
    done = subprocess.run(call, check=True, capture_output=True, text=True)
    seconds, cpu, peak = json.loads(done.stdout.splitlines()[-1])
    return seconds, cpu, peak


def one_way(way: str, folder: Path, result: Path) -> None:
    """What a child does: the clock starts when everything is imported and stops when the result is written."""
    import ibis  # noqa: F401  so that no way pays for imports

    import personakit.profile.unified  # noqa: F401

    before = resource.getrusage(resource.RUSAGE_SELF)
    began = time.perf_counter()
    WAYS[way](folder, result)
    seconds = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(json.dumps([seconds, cpu, peak_memory(after.ru_maxrss)]))


def peak_memory(otherwise: float) -> float:
    """MB of this process; on Linux from its own books, as ru_maxrss counts the parent's memory before the start too."""
    books = Path("/proc/self/status")
    found = re.search(r"VmHWM:\s+(\d+) kB", books.read_text()) if books.exists() else None
    return (float(found[1]) if found else otherwise) / 1024


def difference(one: Path, other: Path) -> float:
    """The largest difference of any number, in units of the larger of 1 and the number; names must be equal."""
    a, b = (pd.read_parquet(path).sort_values("customer_id").reset_index(drop=True) for path in (one, other))
    assert set(a.columns) == set(b.columns), set(a.columns) ^ set(b.columns)
    assert len(a) == len(b), (len(a), len(b))
    worst = 0.0
    for name in a.columns:
        if pd.api.types.is_numeric_dtype(a[name].dtype):
            x, y = a[name].to_numpy(dtype=float, na_value=np.nan), b[name].to_numpy(dtype=float, na_value=np.nan)
            assert (np.isnan(x) == np.isnan(y)).all(), name
            gap = float(np.nanmax(np.abs(x - y) / np.maximum(1.0, np.abs(y)), initial=0.0))
            assert gap <= 1e-9, (name, gap)
            worst = max(worst, gap)
        else:
            assert (a[name].astype(object).fillna("?") == b[name].astype(object).fillna("?")).all(), name
    return worst


# ---------------------------------------------------------------------------------------------------- the report
def compare(folder: Path, repeats: int) -> tuple[dict[str, list[tuple[float, float, float]]], float]:
    """All ways in turn, so often, so that a busy moment of the machine hits all of them."""
    figures: dict[str, list[tuple[float, float, float]]] = {way: [] for way in WAYS}
    for _ in range(repeats):
        for way in WAYS:
            figures[way].append(run(way, folder, folder / f"{way}.result"))
            print(way, figures[way][-1], flush=True)
    worst = max(difference(folder / "personakit.result", folder / f"{way}.result") for way in list(WAYS)[1:])
    return figures, worst


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="200,000 events, once; writes no report")
    parser.add_argument("--events", type=int, default=20_000_000)
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--growth", default="1,2,5,10,20,50", help="millions of events of the curve; empty for none")
    parser.add_argument("--temporary", default=None, help="folder for the events (4 GB)")
    for hidden in ("--way", "--folder", "--result"):
        parser.add_argument(hidden, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.way:
        one_way(given.way, Path(given.folder), Path(given.result))
        return
    if given.small:
        given.events, given.repeats, given.growth = 200_000, 1, ""
    folder = Path(tempfile.mkdtemp(dir=given.temporary))
    try:
        sizes = make_events(folder, given.events)
        figures, worst = compare(folder, given.repeats)
        growth = []
        for millions in [float(part) for part in given.growth.split(",") if part]:
            part = folder / f"{millions:g}"
            part.mkdir()
            make_events(part, int(millions * 1e6))
            growth.append((millions, *run("personakit, 16 GB allowed", part, part / "result")))
            print("growth", growth[-1], flush=True)
            shutil.rmtree(part)
    finally:
        shutil.rmtree(folder)
    text = report(sizes, given.events, figures, worst, growth)
    print(text)
    if not given.small:
        (HERE / "profiles.md").write_text(text)
        if growth:
            draw(growth, HERE / "profiles_growth.png")


def report(sizes, events, figures, worst, growth) -> str:
    best = {way: np.median(np.array(runs), axis=0) for way, runs in figures.items()}
    ours, sql, pandas, at_ease = (best[way] for way in WAYS)
    ratios = {way: np.median([o[0] / f[0] for o, f in zip(figures["personakit"], runs, strict=True)])
              for way, runs in figures.items()}  # fmt: skip
    lines = [
        "# Profiles: time, memory, growth",
        "",
        "`python benchmarks/profiles.py` writes this page. It makes events in Parquet files with DuckDB (skewed: a fifth of",
        "the customers has three fifths of the events; sorted by time), and then all columns of `build_profiles` from them in",
        "several ways, each in a process of its own on the same files, from reading them to a written Parquet file: personakit",
        "(Ibis tables over the files), SQL by hand (`profiles.sql`) and pandas (`profiles_in_pandas.py`). The results",
        f"are equal: no name differs, and no number by more than {worst:.0e} (of the larger of 1 and the number).",
        "",
        f"{events:,} events, {sizes['customers']:,} customers; {THREADS} threads, DuckDB limited to {LIMITS['memory_limit']} but in the last way, without order of insertion in all; {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, DuckDB {duckdb.__version__}, pandas {pd.__version__}; "
        f"median of {len(figures['pandas'])}, the ways in turn; load of the machine at the end {os.getloadavg()[0]:.1f}.",
        "",
        "| | time | processor time | peak memory |",
        "|---|---|---|---|",
    ]
    lines += [f"| {way} | {t:.1f} s | {c:.1f} s | {m:,.0f} MB |" for way, (t, c, m) in best.items()]
    lines += [
        "",
        "| | target | measured |",
        "|---|---|---|",
        f"| time over SQL by hand | <= 1.2 | {ratios['SQL by hand']:.2f} |",
        f"| time of pandas over ours | >= 2.5 | {1 / ratios['pandas']:.1f} |",
        f"| peak memory over pandas' | < 0.5 | {ours[2] / pandas[2]:.2f} |",
        f"| peak memory over SQL by hand | | {ours[2] / sql[2]:.2f} |",
        f"| with 16 GB allowed: time of pandas over ours | | {1 / ratios['pandas'] * ours[0] / at_ease[0]:.1f} |",
        f"| with 16 GB allowed: peak memory over pandas' | | {at_ease[2] / pandas[2]:.2f} |",
        "",
    ]
    if growth:
        lines += [
            "With 16 GB allowed:",
            "",
            "| million events | time | per million | peak memory |",
            "|---|---|---|---|",
        ]
        lines += [f"| {size:g} | {t:.1f} s | {t / size:.2f} s | {m:,.0f} MB |" for size, t, _, m in growth]
        lines += ["", "![Time over the number of events](profiles_growth.png)", ""]
    return "\n".join(lines)


def draw(growth, path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    size, seconds = np.array([g[0] for g in growth]), np.array([g[1] for g in growth])
    figure, axes = plt.subplots(figsize=(5, 3.2), layout="constrained")
    axes.plot(size, seconds, marker="o", color="#0072B2")
    axes.plot(size, seconds[-1] / size[-1] * size, linestyle=":", color="#555555")
    axes.annotate("in proportion", (size[-1] * 0.6, seconds[-1] * 0.6), xytext=(8, -14), textcoords="offset points")
    axes.set(xlabel="million events", ylabel="seconds", title="Time grows with the number of events", ylim=(0, None))
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    main()
