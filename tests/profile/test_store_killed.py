"""A process killed at any moment leaves every acknowledged row, no half batch, and profiles that agree with them."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress

import pandas as pd
import pytest

from personakit.profile import ProfileStore

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is a signal of Unix."),
]
KILLS, PEOPLE = 30, 40
FIRST = pd.Timestamp("2025-01-01")
MAIL = "philippa.zebedee@larkspur-mail.example"


def batch(number):
    """Some order lines, all of one order that is named after the batch, of some customers."""
    rows = number % 7 + 1
    return pd.DataFrame(
        {
            "order_id": number,
            "customer_id": [(number * 5 + row) % PEOPLE for row in range(rows)],
            "product_id": 1,
            "unit_price": number + 0.25,
            "timestamp": FIRST + pd.Timedelta(hours=number % 4000),
        }
    )


def write(path, acknowledged, first):
    """Append for ever; write down each batch that was acknowledged, on disk, before going on to the next."""
    with ProfileStore(path) as store, open(acknowledged, "a", buffering=1) as paper:
        paper.write("open\n")
        for number in range(int(first), int(first) + 100_000):
            store.append("order_lines", batch(number), batch=str(number))
            paper.write(f"{number}\n")
            os.fsync(paper.fileno())
            if number % 10 == 5:
                store.update()
            if number % 7 == 3:
                store._file.rows("CHECKPOINT")


def erase(path, acknowledged):
    with ProfileStore(path) as store, open(acknowledged, "a", buffering=1) as paper:
        paper.write("open\n")
        store.forget(7)
        paper.write("forgotten\n")


def erase_and_die(path, after):
    """Forget her, and be killed at the very step at which the files change places: just before, or just after."""
    real = os.replace

    def replace(*places):
        if after:
            real(*places)
        os.kill(os.getpid(), signal.SIGKILL)

    os.replace = replace
    with ProfileStore(path) as store:
        store.forget(7)


class Nursery:
    """A process that has imported everything and forks, so that what is killed is the work and not the imports."""

    def __init__(self):
        self.process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def fork(self, work, *arguments):
        """Have a function of this module run in a process of its own, and return the number of that process."""
        self.process.stdin.write(json.dumps([work.__name__, *map(str, arguments)]) + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def ending(self):
        """How it ended: 0, or minus the signal."""
        return int(self.process.stdout.readline())

    @staticmethod
    def serve():
        for line in sys.stdin:
            name, *arguments = json.loads(line)
            child = os.fork()
            if child == 0:
                try:
                    globals()[name](*arguments)
                    os._exit(0)
                finally:
                    os._exit(1)
            print(child, flush=True)
            print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


@pytest.fixture(scope="module")
def nursery():
    opened = Nursery()
    yield opened
    opened.process.stdin.close()
    opened.process.wait(60)


def started(nursery, work, path, paper, *arguments):
    """Start the work, and wait until its store is open."""
    before = paper.read_text().count("open") if paper.exists() else 0
    child, began = nursery.fork(work, path, paper, *arguments), time.monotonic()
    while time.monotonic() - began < 60 and (not paper.exists() or paper.read_text().count("open") == before):
        time.sleep(0.003)
    return child


def killed(nursery, delay, work, path, paper, *arguments):
    """Start the work, kill it somewhat after its store is open; what it wrote down, and how it ended."""
    child = started(nursery, work, path, paper, *arguments)
    time.sleep(delay)
    with suppress(ProcessLookupError):  # it was quicker
        os.kill(child, signal.SIGKILL)
    return paper.read_text().split(), nursery.ending()


def test_whenever_a_writer_is_killed_what_was_acknowledged_is_there_and_nothing_by_halves(tmp_path, nursery):
    path, paper = tmp_path / "shop.duckdb", tmp_path / "acknowledged"
    chance, first, signalled = random.Random(20250301), 0, 0
    with ProfileStore(path) as store:
        store.append("customers", pd.DataFrame({"customer_id": range(PEOPLE), "signed_up": FIRST}))
        store.rebuild()
    for kill in range(KILLS):
        written, ending = killed(nursery, chance.uniform(0.0, 0.5), write, path, paper, first)
        signalled += ending == -signal.SIGKILL
        acknowledged = {int(line) for line in written if line.isdigit()}
        with ProfileStore(path) as store:
            there = set()
            if "order_lines" in store.n_rows:
                counts = store.query("SELECT order_id, count(*) AS n FROM order_lines GROUP BY ALL")
                there = set(counts["order_id"])
                halves = [number for number, n in counts.itertuples(index=False) if n != number % 7 + 1]
                assert not halves, f"kill {kill}: batches there in part or twice: {halves}"
            assert acknowledged <= there, f"kill {kill}: acknowledged and lost: {sorted(acknowledged - there)}"
            assert len(there - acknowledged) <= kill + 1, "at most one batch a kill may be there and not acknowledged"
            assert {
                int(number) for (number,) in store._file.rows("SELECT batch FROM personakit_store.batches")
            } == there
            if kill % 5 == 4:
                store.update()
                updated = store.profiles()
                store.rebuild()
                pd.testing.assert_frame_equal(updated, store.profiles(), check_exact=True)
            first = max(there, default=-1) + 1
    assert signalled == KILLS
    assert first > KILLS, "the writers came to write"


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A store with a customer whose e-mail nobody shares, and enough rows for the rewriting to take some time."""
    path = tmp_path_factory.mktemp("template") / "shop.duckdb"
    people = pd.DataFrame({"customer_id": range(3000), "signed_up": FIRST})
    people["email"] = [MAIL if one == 7 else f"ann{one}@example.com" for one in range(3000)]
    with ProfileStore(path) as store:
        store.append("customers", people)
        store.append("order_lines", pd.concat([batch(number) for number in range(200)]))
        store.rebuild()
        return path, store.n_rows, store.query("SELECT count(*) AS n FROM order_lines WHERE customer_id = 7")["n"][0]


def old_or_new(path, template, forgotten):
    """All of her is there, or nothing; and where nothing is, not a byte is left once the next writer has opened it."""
    _, before, hers = template
    with ProfileStore(path) as store:
        rows = store.n_rows
        gone = rows["customers"] == before["customers"] - 1
        assert rows["customers"] == before["customers"] - gone
        assert rows["order_lines"] == before["order_lines"] - hers * gone
        assert store.query("SELECT count(*) AS n FROM profiles")["n"][0] == 3000 - gone
        assert gone or not forgotten
    left = {place.name for place in path.parent.iterdir() if MAIL.encode() in place.read_bytes()}
    assert left == (set() if gone else {path.name})
    return gone


def test_an_erasure_killed_at_any_moment_leaves_the_old_or_the_new_and_the_next_writer_finishes(
    tmp_path, template, nursery
):
    alone = tmp_path / "alone"
    alone.mkdir()
    shutil.copy(template[0], alone / "shop.duckdb")
    started(nursery, erase, alone / "shop.duckdb", alone / "said")
    began = time.monotonic()
    assert nursery.ending() == 0
    takes = time.monotonic() - began  # on this machine, now
    chance, signalled = random.Random(7), 0
    for kill in range(8):
        folder = tmp_path / str(kill)
        folder.mkdir()
        path, paper = folder / "shop.duckdb", folder / "said"
        shutil.copy(template[0], path)
        written, ending = killed(nursery, chance.uniform(0.0, takes), erase, path, paper)
        assert ending in (0, -signal.SIGKILL)
        signalled += ending == -signal.SIGKILL
        old_or_new(path, template, "forgotten" in written)
    assert signalled >= 4, "most were killed before they were done"


@pytest.mark.parametrize("after", [False, True], ids=["before the swap", "after the swap"])
def test_an_erasure_killed_as_the_files_change_places_is_finished(tmp_path, template, nursery, after):
    path = tmp_path / "shop.duckdb"
    shutil.copy(template[0], path)
    nursery.fork(erase_and_die, path, "after" if after else "")
    assert nursery.ending() == -signal.SIGKILL
    assert old_or_new(path, template, forgotten=True)
    assert sorted(place.name for place in tmp_path.iterdir()) == ["shop.duckdb", "shop.duckdb.lock"]


if __name__ == "__main__":
    Nursery.serve()
