"""The file of a store has one writer or several readers, is told from other files, and survives a full disk."""

import os
import shutil
import struct
import subprocess
import sys
import textwrap
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pandas as pd
import pytest

from personakit.errors import ParameterError, PersonakitError
from personakit.profile import ProfileStore, StoreError
from personakit.profile.store import build
from personakit.profile.store.file import StoreFile


def ratings(first=0, rows=3):
    ids = range(first, first + rows)
    return pd.DataFrame({"customer_id": ids, "product_id": 1, "rating": 4.0, "timestamp": pd.Timestamp("2025-03-01")})


@pytest.fixture
def path(tmp_path):
    with ProfileStore(tmp_path / "shop.duckdb") as store:
        store.append("ratings", ratings())
    return tmp_path / "shop.duckdb"


def in_another_process(code: str, path: Path, **options) -> subprocess.CompletedProcess:
    program = f"import sys\nfrom personakit.profile import ProfileStore\npath = sys.argv[1]\n{textwrap.dedent(code)}"
    return subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, **options)


def test_a_store_is_what_it_was_when_it_is_opened_again(path):
    with ProfileStore(path) as store:
        assert store.n_rows == {"ratings": 3}
        assert repr(store) == f"ProfileStore({str(path)!r}; ratings: 3 rows)"
    assert repr(store) == f"ProfileStore({str(path)!r}, closed)"
    store.close()  # a second time does nothing
    assert sorted(os.listdir(path.parent)) == ["shop.duckdb", "shop.duckdb.lock"]


def test_a_closed_store_says_so(path):
    with ProfileStore(path) as store:
        pass
    for use in (lambda: store.n_rows, lambda: store.append("ratings", ratings()), lambda: store.get(1)):
        with pytest.raises(StoreError, match=r"shop.duckdb is closed. Open it again"):
            use()


def test_a_second_writer_in_the_same_process_is_refused_and_the_first_goes_on(path):
    with ProfileStore(path) as store:
        with pytest.raises(StoreError, match=r"is in use by this process. A store has one writer, or several readers"):
            ProfileStore(path)
        with pytest.raises(StoreError, match=r"in use by this process. Nobody can read it meanwhile"):
            ProfileStore(path, read_only=True)
        store.append("ratings", ratings(first=100))
    with ProfileStore(path) as store:
        assert store.n_rows == {"ratings": 6}


def test_a_second_writer_and_a_reader_in_another_process_are_refused_and_the_first_goes_on(path):
    code = """
    for read_only in (False, True):
        try:
            ProfileStore(path, read_only=read_only)
        except Exception as problem:
            print(type(problem).__name__, problem)
    """
    with ProfileStore(path) as store:
        shutil.copy(path, path.with_name("copy"))  # closing a file of the process loses its POSIX locks, not ours
        found = in_another_process(code, path).stdout.splitlines()
        store.append("ratings", ratings(first=100))
    assert len(found) == 2, found
    assert all(line.startswith(f"StoreError {path} is in use by process {os.getpid()}. ") for line in found)
    with ProfileStore(path) as store:
        assert store.n_rows == {"ratings": 6}


def test_several_may_read_and_a_writer_waits_until_all_of_them_are_done(path):
    with ProfileStore(path, read_only=True) as one, ProfileStore(path, read_only=True) as other:
        found = in_another_process("print(ProfileStore(path, read_only=True).n_rows)", path).stdout
        assert found.strip() == "{'ratings': 3}" == str(one.n_rows) == str(other.n_rows)
        with pytest.raises(StoreError, match="is in use by its readers"):
            ProfileStore(path)
    ProfileStore(path).close()


def test_duckdb_itself_is_kept_out_while_the_store_is_open(path):
    code = "import duckdb; duckdb.connect(path)"
    with ProfileStore(path):
        assert "lock" in in_another_process(code, path).stderr
    with duckdb.connect(str(path)):
        found = in_another_process("ProfileStore(path)", path).stderr
    assert "is in use by another program" in found


def test_what_is_no_duckdb_file_is_refused_and_left_as_it_is(tmp_path):
    place = tmp_path / "letters.duckdb"
    place.write_text("Dear Larkspur, " * 1000)
    before = place.read_bytes()
    with pytest.raises(StoreError, match=r"letters.duckdb is not a DuckDB file, so not a store"):
        ProfileStore(place)
    assert place.read_bytes() == before


def test_a_duckdb_file_of_somebody_else_is_refused_and_left_as_it_is(tmp_path):
    place = tmp_path / "other.duckdb"
    with duckdb.connect(str(place)) as connection:
        connection.execute("CREATE TABLE invoices AS SELECT 1 AS number")
    for read_only in (False, True):
        with pytest.raises(StoreError, match=r"no personakit store \(it holds invoices\).*a file of its own"):
            ProfileStore(place, read_only=read_only)
    with duckdb.connect(str(place)) as connection:
        assert connection.execute("SELECT table_name FROM duckdb_tables()").fetchall() == [("invoices",)]


def test_a_newer_format_is_refused(path):
    with duckdb.connect(str(path)) as connection:
        connection.execute("UPDATE personakit_store.facts_about_store SET value = '99' WHERE name = 'format'")
    with pytest.raises(StoreError, match=r"by a newer personakit \(format 99; this one reads up to 1\). Upgrade"):
        ProfileStore(path)


def checksum(block):
    """That of DuckDB's file headers: each word times a constant, all of them put together by exclusive or."""
    total = 5381
    for (word,) in struct.iter_unpack("<Q", block):
        total ^= word * 0xBF58476D1CE4E5B9 % 2**64
    return total


def test_a_file_of_a_newer_duckdb_is_refused(path):
    raw = bytearray(path.read_bytes())
    assert checksum(raw[8:4096]) == int.from_bytes(raw[:8], "little")
    raw[12:20] = (9999).to_bytes(8, "little")  # the version of the format, after the checksum and the letters DUCK
    raw[:8] = checksum(raw[8:4096]).to_bytes(8, "little")
    path.write_bytes(raw)
    with pytest.raises(StoreError, match=r"was written by a newer DuckDB than .*version number 9999.*Upgrade duckdb"):
        ProfileStore(path)


def test_a_broken_file_is_refused(path):
    raw = bytearray(path.read_bytes())
    raw[4096 : 4096 * 3] = os.urandom(4096 * 2)  # both headers
    path.write_bytes(raw)
    with pytest.raises(StoreError, match="cannot be written: "):
        ProfileStore(path)


def test_places_where_no_store_can_be_are_named(tmp_path):
    with pytest.raises(StoreError, match=r"is a folder. Name a file in it"):
        ProfileStore(tmp_path)
    with pytest.raises(StoreError, match=r"There is no folder .*nowhere for the store shop.duckdb. Make it first"):
        ProfileStore(tmp_path / "nowhere" / "shop.duckdb")
    with pytest.raises(StoreError, match=r"There is no store .*shop.duckdb to read. Open it without read_only=True"):
        ProfileStore(tmp_path / "shop.duckdb", read_only=True)
    for nothing in ("", None, 3):
        with pytest.raises(ParameterError, match="needs the path of a file, and got"):
            ProfileStore(nothing)


def test_a_store_in_a_folder_that_cannot_be_written_to_is_still_read(path):
    code = """
    import os, shutil, tempfile
    place = tempfile.mkdtemp()
    inner = os.path.join(place, "archive")
    os.mkdir(inner)
    shutil.copy(path, inner)
    os.chmod(inner, 0o555)
    os.chmod(os.path.join(inner, "shop.duckdb"), 0o444)
    os.chmod(place, 0o755)
    ProfileStore(path).close()  # everything is imported now
    if os.getuid() == 0:  # who may write everywhere
        os.chown(inner, 65534, 65534)
        os.setegid(65534)
        os.seteuid(65534)
    try:
        print(ProfileStore(os.path.join(inner, "shop.duckdb"), read_only=True).n_rows)
        ProfileStore(os.path.join(inner, "shop.duckdb"))
    except Exception as problem:
        print(type(problem).__name__, problem)
    finally:
        os.chmod(inner, 0o755)
    """
    found = in_another_process(code, path)
    assert found.stdout.startswith("{'ratings': 3}\nStoreError "), (found.stdout, found.stderr)
    assert "archive cannot be written to (Permission denied)" in found.stdout
    assert "Open it with read_only=True, or copy it elsewhere." in found.stdout


FULL = """
import resource, signal
import pandas as pd
from personakit.errors import PersonakitError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
store = ProfileStore(path)
import pathlib
room = pathlib.Path(path).stat().st_size + 2_000_000
resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
times = pd.Timestamp("2025-03-01")
rows = 40_000
for lot in range(200):
    ids = range(1000 + lot * rows, 1000 + (lot + 1) * rows)
    frame = pd.DataFrame({"customer_id": ids, "product_id": [hash((lot, i)) % 10**12 for i in ids], "event": "view",
                          "timestamp": times})
    try:
        store.append("interactions", frame, batch=str(lot))
    except PersonakitError as problem:
        print(type(problem).__name__, problem)
        break
    print("acknowledged", lot, flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="The size of a file can be limited on Unix only.")
def test_on_a_full_disk_the_error_says_so_and_what_was_acknowledged_is_there(path):
    found = in_another_process(FULL, path)
    lines = found.stdout.splitlines()
    acknowledged = [line for line in lines if line.startswith("acknowledged")]
    assert lines, found.stderr
    assert lines[-1].startswith("StoreError "), (lines[-1], found.stderr)
    assert "What was acknowledged before is in the file." in lines[-1]
    with ProfileStore(path) as store:
        counts = store.query("SELECT count(*) AS rows, count(DISTINCT customer_id) AS people FROM interactions")
        assert len(acknowledged) >= 1
        assert counts["rows"][0] % 40_000 == 0, "no lot is there in part"
        assert counts["rows"][0] >= 40_000 * len(acknowledged)


def test_every_error_of_a_store_is_one_of_personakit_and_of_the_system():
    assert issubclass(StoreError, PersonakitError)
    assert issubclass(StoreError, OSError)


class FullDisk:
    """A connection whose file has no room left."""

    def execute(self, sql, values=None):
        raise duckdb.OutOfMemoryException("Could not write: no space left on device")


@pytest.mark.parametrize(
    "ask", [build.refresh, lambda file, gone: build.undated(file), lambda file, n: build.rebuild(file, "2025-03-01")]
)
def test_every_statement_of_a_build_says_what_to_do_when_the_file_fails(path, ask):
    with ProfileStore(path) as store:
        file = SimpleNamespace(path=path, connection=FullDisk(), backend=None, noted=lambda name: None)
        file.rows = partial(StoreFile.rows, file)
        with pytest.raises(StoreError, match=r"could not go on: .*no space left.*see to the room on the disk"):
            ask(file, 0)
        assert store.n_rows["ratings"] == 3
