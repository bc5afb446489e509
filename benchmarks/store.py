"""What it costs to keep the profiles of a year up to date, and to ask for one; writes store.md beside it.

python benchmarks/store.py           # 20 million events, 800,000 customers, a year: about 1 GB of disk, some minutes
python benchmarks/store.py --small   # a hundredth of it

A year is appended and built. Then three days follow, each appended and brought in by `update`; after the last of them
the profiles are rebuilt, and the two tables must be equal to the last digit. `update` and `rebuild` end alike: facts
and recents written and committed, the view over them in place.
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import duckdb
import numpy as np
import pandas as pd

from personakit.profile import ProfileStore

FIRST, YEAR, DAYS = "2025-01-01", 365, 3
EVENTS = ("sessions", "interactions", "order_lines", "contacts", "ratings")
CHANNELS = "['web', 'app', 'email', 'social', 'store', 'call_centre']"
TABLES = """
CREATE TABLE customers AS SELECT range + 1 AS customer_id, 'Ann' || range AS given_name, 'Lee' || range AS family_name,
  'ann' || range || '@example.com' AS email, TIMESTAMP '2024-01-01' + to_days((random() * 366)::INT) AS signed_up,
  ['18-24', '25-34', '35-44'][1 + floor(random() * 3)::INT] AS age_band, ['woman', 'man'][1 + floor(random() * 2)::INT]
  AS gender, ['north', 'south'][1 + floor(random() * 2)::INT] AS region FROM range({customers});
CREATE TABLE products AS SELECT range + 1 AS product_id, 'department ' || range % 12 AS department,
  'category ' || range % 80 AS category, 'brand ' || range % 300 AS brand FROM range(20000);
CREATE TABLE consents AS SELECT range + 1 AS customer_id, 'recommendations' AS purpose, random() < .7 AS granted,
  TIMESTAMP '2024-12-01' + to_days((random() * 30)::INT) AS timestamp FROM range({customers});
CREATE TABLE sessions AS SELECT row_number() OVER (ORDER BY timestamp) AS session_id, * FROM (
  SELECT (1 + floor({customers} * pow(random(), 1.8)))::BIGINT AS customer_id, {when} AS timestamp,
  {channels}[1 + floor(random() * 6)::INT] AS channel FROM range({sessions})) ORDER BY timestamp;
CREATE TABLE interactions AS SELECT customer_id, {product} AS product_id, timestamp + to_seconds((random() * 900)::INT)
  AS timestamp, CASE WHEN random() < .85 THEN 'view' WHEN random() < .9 THEN 'basket' ELSE 'return' END AS event,
  channel, session_id FROM sessions, range((2 + random() * 3)::INT) ORDER BY timestamp;
CREATE TABLE order_lines AS SELECT session_id AS order_id, customer_id, {product} AS product_id, timestamp,
  (1 + random() * 2)::BIGINT AS quantity, round(5 + random() * 100, 2) AS unit_price, round(random() * .3, 2) AS
  discount, channel, random() < .1 AS returned FROM sessions, range((random() * 2)::INT) WHERE random() < .5
  ORDER BY timestamp;
CREATE TABLE contacts AS SELECT row_number() OVER () AS contact_id, (1 + floor({customers} * random()))::BIGINT AS
  customer_id, {when} AS timestamp, ['none', 'email', 'email', 'sms', 'push'][1 + floor(random() * 5)::INT] AS channel,
  random() < .3 AS opened, random() < .05 AS clicked, random() < .002 AS unsubscribed FROM range({contacts});
CREATE TABLE ratings AS SELECT customer_id, product_id, any_value(1 + floor(random() * 5)) AS rating,
  any_value(timestamp) AS timestamp FROM order_lines WHERE random() < .2 GROUP BY ALL;
"""


def made(path: Path, events: int, customers: int) -> duckdb.DuckDBPyConnection:
    """A shop drawn at random: a few customers come often and most seldom, each visit with some views and orders."""
    connection = duckdb.connect(str(path))
    connection.execute("SET threads = 1; SELECT setseed(0.42)")  # one thread: the same shop each time
    seconds = (YEAR + DAYS) * 86_400
    connection.execute(
        TABLES.format(
            customers=customers,
            sessions=events * 21 // 100,
            contacts=events * 14 // 100,
            channels=CHANNELS,
            when=f"TIMESTAMP '{FIRST}' + to_seconds((random() * {seconds})::BIGINT)",
            product="(1 + floor(20000 * pow(random(), 2)))::BIGINT",
        )
    )
    return connection


class Took(NamedTuple):
    """Seconds by the clock, and of all cores for this process: the second hardly depends on what else is running."""

    clock: float
    cores: float

    def __str__(self) -> str:
        return f"{self.clock:.2f} s ({self.cores:.2f} s)"


def timed(work):
    began, busy = time.perf_counter(), time.process_time()
    result = work()
    return result, Took(time.perf_counter() - began, time.process_time() - busy)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="200,000 events, and nothing is written")
    parser.add_argument("--events", type=int, default=20_000_000)
    parser.add_argument("--customers", type=int, default=800_000)
    chosen = parser.parse_args()
    if chosen.small:
        chosen.events, chosen.customers = 200_000, 8_000
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        shop = made(Path(folder, "source.duckdb"), chosen.events, chosen.customers)
        lines = measured(Path(folder, "shop.duckdb"), shop, chosen.customers)
        shop.close()
    head = (
        "# A store of profiles: a day more, and one profile\n\n`python benchmarks/store.py` makes this page. "
        f"{os.cpu_count()} cores; load {load:.1f} before and {os.getloadavg()[0]:.1f} after (1 is one busy core: what "
        "is above nought before is other work). Seconds are by the clock, in brackets those of all cores for this "
        f"process alone. DuckDB {duckdb.__version__}, pandas {pd.__version__}.\n\n"
        "| | | target |\n|---|---|---|\n"
    )
    page = head + "".join(f"| {what} | {figure} | {target} |\n" for what, figure, target in lines) + NOTES
    print(page)
    if not chosen.small:
        Path(__file__).with_suffix(".md").write_text(page, encoding="utf-8")


NOTES = """
After the last day the updated table and the rebuilt one were compared with `check_exact=True`: equal. Both times end
with the rows on disk. A day touches the customers who did something on it; on a day on which a third of all customers
or more get an e-mail, say, `update` rebuilds, and costs what a rebuild costs. About a second of either is the making of
the statements, whatever the number of rows, so on a small shop an update gains nothing.

The facts of each customer are kept a second time as one packed value, which is what makes a single profile a matter of
a millisecond. It costs room and time: without it the file of 20 million events was 342 MB, not 468, and the first build
about 4 s shorter.
"""


def measured(path: Path, shop: duckdb.DuckDBPyConnection, customers: int) -> list[tuple[str, str, str]]:
    ends = [pd.Timestamp(FIRST) + pd.Timedelta(days=YEAR + day) for day in range(DAYS + 1)]
    lines: list[tuple[str, str, str]] = []

    def append(store: ProfileStore, name: str, where: str = "") -> tuple[int, Took]:
        reader = shop.sql(f"FROM {name}{where}").to_arrow_reader(500_000)
        done, took = timed(lambda: store.append(name, reader))
        return done.rows if name in EVENTS else 0, took

    def together(parts: list[tuple[int, Took]]) -> tuple[int, Took]:
        return sum(rows for rows, _ in parts), Took(*map(sum, zip(*(took for _, took in parts), strict=True)))

    with ProfileStore(path) as store:
        before = f" WHERE timestamp < '{ends[0]}'"
        year = [append(store, name) for name in ("customers", "products", "consents")]
        rows, took = together(year + [append(store, name, before) for name in EVENTS])
        lines.append((f"append a year: {rows:,} events, {customers:,} customers", str(took), ""))
        built, took = timed(store.rebuild)
        lines.append((f"first build, {built.customers:,} profiles", str(took), ""))
        days = []
        for since, end in pairwise(ends):
            between = f" WHERE timestamp >= '{since}' AND timestamp < '{end}'"
            rows, appended = together([append(store, name, between) for name in EVENTS])
            built, took = timed(store.update)
            assert built.how == "updated", built
            days.append((took, appended))
            lines.append((f"{built.as_of}: append {rows:,} events", str(appended), ""))
            lines.append((f"{built.as_of}: update, {built.remade:,} profiles made anew", str(took), ""))
        updated = store.profiles()
        _, again = timed(store.rebuild)
        pd.testing.assert_frame_equal(updated, store.profiles(), check_exact=True)
        lines.append(("rebuild of the last day", str(again), ""))
        for what, used in (("update over rebuild", [0]), ("append and update over rebuild", [0, 1])):
            clock, cores = (
                float(np.median([sum(day[k][at] for k in used) for day in days]) / again[at]) for at in (0, 1)
            )
            lines.append((f"{what}, median of the days", f"{clock:.3f} ({cores:.3f})", "0.1"))
    with ProfileStore(path, read_only=True) as store:
        chance = random.Random(1)
        lines.append(("the first profile after opening the store", str(timed(lambda: store.get(1))[1]), ""))
        for one in chance.sample(range(1, customers + 1), 200):  # by now every part of the file has been read once
            store.get(one)
        ids = chance.sample(range(1, customers + 1), 2000)
        each = [timed(lambda one=one: store.get(one))[1] for one in ids]
        for place, name in ((50, "median"), (99, "99th percentile")):
            clock, cores = (np.percentile([took[at] for took in each], place) * 1000 for at in (0, 1))
            lines.append((f"one of 2,000 profiles at random, {name}", f"{clock:.2f} ms ({cores:.2f} ms)", "5 ms"))
    lines.append(("size of the file", f"{path.stat().st_size / 1e6:,.0f} MB", ""))
    return lines


if __name__ == "__main__":
    main()
