"""The file of a profile store: opened by one writer or several readers, checked, locked, and replaced whole.

DuckDB's own lock is a POSIX lock, which a process loses as soon as it opens and closes the same file once more (to copy
it, say), and which does not stop a second store in the same process. So a writer also holds an advisory lock on a
file beside it, `<name>.lock`, exclusively, and readers hold it shared. Where the system has no such locks (Windows),
DuckDB's own, which are binding there, are all there is.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import duckdb
import ibis

from personakit.errors import PersonakitError

__all__ = ["FORMAT", "OWN", "StoreError", "StoreFile", "quoted"]

FORMAT = 1
"""The number of the layout that this version writes, and the highest that it reads."""

OWN = "personakit_store"
"""The schema of what the store keeps for itself; canonical tables are in `main`."""

_LAYOUT = f"""
CREATE SCHEMA {OWN};
CREATE TABLE {OWN}.facts_about_store (name VARCHAR, value VARCHAR);
CREATE TABLE {OWN}.batches (batch VARCHAR, table_name VARCHAR, n_rows BIGINT);
INSERT INTO {OWN}.facts_about_store VALUES ('format', '{FORMAT}');
"""
_CATALOG = "shop"  # the file is attached under one name, whatever it is called
_FRESH, _WALS = ".fresh", ("", ".wal", ".wal.checkpoint", ".wal.recovery")


class StoreError(PersonakitError, OSError):
    """The file of a store cannot be opened, or not be written: in use, of another kind, no room, no right to."""


def quoted(name: str) -> str:
    """A name as SQL writes it.

    >>> quoted('my "shop"')
    '"my ""shop\"""'
    """
    return '"' + name.replace('"', '""') + '"'


class StoreFile:
    """An open store: its connection, and what is done to the file as a whole.

    Parameters
    ----------
    path : Path
        The file. It is made where it does not exist.
    read_only : bool
        Several may read at once; nobody may while somebody writes.

    Raises
    ------
    StoreError
        The file is in use, is no store, is of a newer format, or may not be read or written.
    """

    def __init__(self, path: Path, *, read_only: bool) -> None:
        self.path, self.read_only = path.absolute(), read_only
        self._check_path()
        self._lock = self._locked()
        try:
            self._open()
        except BaseException:
            self._unlock()
            raise

    def _open(self) -> None:
        self.connection = duckdb.connect()
        self.connection.execute("SET enable_progress_bar = false")  # DuckDB would draw one into notebooks
        try:
            self._confine()
            self._attach()
            self._check_format()
        except BaseException:
            self.connection.close()
            raise

    def rows(self, sql: str, values: Sequence[Any] | None = None) -> list[tuple[Any, ...]]:
        """All rows of the answer to one statement."""
        with translated(self.path):
            return self.connection.execute(sql, values).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of it or nothing: the statements inside are on disk once the block is left, and undone by any error."""
        with translated(self.path):
            self.connection.execute("BEGIN TRANSACTION")
            try:
                yield
                self.connection.execute("COMMIT")
            except BaseException:
                with suppress(duckdb.Error):  # already undone where the commit itself failed
                    self.connection.execute("ROLLBACK")
                raise

    def note(self, name: str, value: str) -> None:
        """Keep a fact about the store itself, in place of the former value."""
        self.connection.execute(f"DELETE FROM {OWN}.facts_about_store WHERE name = ?", [name]).fetchall()
        self.connection.execute(f"INSERT INTO {OWN}.facts_about_store VALUES (?, ?)", [name, value]).fetchall()

    def noted(self, name: str) -> str | None:
        """A fact that `note` kept."""
        found = self.rows(f"SELECT value FROM {OWN}.facts_about_store WHERE name = ?", [name])
        return str(found[0][0]) if found else None

    def rewrite(self) -> None:
        """Copy what is there into a fresh file and put it in place of the old one, so that nothing deleted stays in it.

        The old file is untouched until the fresh one is complete and on disk, and they change places in one step: a
        process killed at any moment leaves the one or the other, each whole. The store's lock is held throughout.
        """
        fresh = _beside(self.path, _FRESH)
        _remove_fresh(self.path)
        with translated(self.path):
            self.connection.execute("CHECKPOINT")  # no log stays behind that could be replayed over the fresh file
            self.connection.execute(f"ATTACH '{_text(fresh)}' AS fresh_copy")
            self.connection.execute(f"COPY FROM DATABASE {_CATALOG} TO fresh_copy")
            self.connection.execute("CHECKPOINT fresh_copy")
            self.connection.execute("DETACH fresh_copy")
            _sync(fresh)
            self.connection.execute("USE memory")
            self.connection.execute(f"DETACH {_CATALOG}")
            _beside(self.path, ".wal").unlink(missing_ok=True)  # all of it is in the file since the checkpoint
            os.replace(fresh, self.path)
            _sync(self.path.parent)
            _remove_fresh(self.path)
            self._attach()

    def close(self) -> None:
        """Write the log into the file and let it go. Closing twice does nothing."""
        if self._lock is not None and not self.read_only:
            with suppress(duckdb.Error):  # what could not be written now is in the log, and read from there
                self.connection.execute("CHECKPOINT")
        self.connection.close()
        self._unlock()

    # opening ---------------------------------------------------------------------------------------------------------

    def _check_path(self) -> None:
        path = self.path
        if path.is_dir():
            raise StoreError(f"{path} is a folder. Name a file in it: ProfileStore({str(path / 'shop.duckdb')!r}).")
        if not path.parent.is_dir():
            raise StoreError(f"There is no folder {path.parent} for the store {path.name}. Make it first.")
        if self.read_only and not path.exists():
            raise StoreError(f"There is no store {path} to read. Open it without read_only=True to make one.")

    def _locked(self) -> int | None:
        """Take the advisory lock; None where a reader may not even make the lock's file, so nobody writes there."""
        try:
            import fcntl
        except ImportError:  # Windows
            return None
        place = _beside(self.path, ".lock")
        try:
            lock = os.open(place, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as problem:
            if self.read_only and problem.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
                return None
            raise StoreError(
                f"{self.path.parent} cannot be written to ({os.strerror(problem.errno or 0)}), and a store that is "
                "open for writing keeps files there. Open it with read_only=True, or copy it elsewhere."
            ) from problem
        try:
            fcntl.flock(lock, (fcntl.LOCK_SH if self.read_only else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except OSError as problem:
            holder = os.pread(lock, 20, 0).decode("ascii", "replace").strip()
            os.close(lock)
            raise _in_use(self.path, holder, self.read_only) from problem
        if not self.read_only:
            os.ftruncate(lock, 0)
            os.pwrite(lock, str(os.getpid()).encode(), 0)
        return lock

    def _unlock(self) -> None:
        lock, self._lock = self._lock, None
        if lock is not None:
            if not self.read_only:
                os.ftruncate(lock, 0)
            os.close(lock)  # the empty file stays: removing it would let two writers hold locks on two files

    def _attach(self) -> None:
        if not self.read_only:
            _remove_fresh(self.path)  # of a rewriting that was killed
        try:
            how = "READ_ONLY" if self.read_only else "READ_WRITE"
            self.connection.execute(f"ATTACH '{_text(self.path)}' AS {_CATALOG} ({how})")
            self.connection.execute(f"USE {_CATALOG}")
        except duckdb.Error as problem:
            raise _not_opened(self.path, problem, self.read_only) from problem

    def _check_format(self) -> None:
        own = self.rows(
            "SELECT count(*) FROM duckdb_schemas() WHERE database_name = ? AND schema_name = ?", [_CATALOG, OWN]
        )[0][0]
        if not own:
            others = self.rows("SELECT table_name FROM duckdb_tables()")
            if others or self.read_only:
                names = ", ".join(name for (name,) in others[:3]) or "nothing"
                raise StoreError(
                    f"{self.path} is a DuckDB file, but no personakit store (it holds {names}). Give the store a file "
                    "of its own, and append these tables to it."
                )
            with self.transaction():
                self.connection.execute(_LAYOUT)
        written = int(self.noted("format") or 0)
        if written > FORMAT:
            raise StoreError(
                f"{self.path} was written by a newer personakit (format {written}; this one reads up to {FORMAT}). "
                "Upgrade personakit to open it."
            )

    def _confine(self) -> None:
        """From here on the connection reaches no file but the store's own, and nobody can change that."""
        self.backend = ibis.duckdb.from_connection(self.connection)
        allowed = [_text(_beside(self.path, copy + end)) for copy in ("", _FRESH) for end in _WALS]
        for setting in (
            f"temp_directory = '{_text(_beside(self.path, '.tmp'))}'",
            "allowed_paths = ['" + "', '".join(allowed) + "']",
            "enable_external_access = false",
            "python_enable_replacements = false",
            "lock_configuration = true",
        ):
            self.connection.execute(f"SET {setting}")


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """DuckDB's errors about the file itself (no room, no right, broken), as errors that say what to do."""
    try:
        yield
    except (
        duckdb.IOException,
        duckdb.FatalException,
        duckdb.InternalException,
        duckdb.OutOfMemoryException,
        duckdb.TransactionException,
    ) as problem:
        raise StoreError(
            f"The store {path} could not go on: {_first_line(problem)} What was acknowledged before is in the file. "
            "Close the store, see to the room on the disk and the right to write there, and open it again."
        ) from problem


def _in_use(path: Path, holder: str, read_only: bool) -> StoreError:
    by = f"process {holder}" if holder and holder != str(os.getpid()) else "this process" if holder else "its readers"
    what = "Nobody can read it meanwhile" if read_only else "A store has one writer, or several readers, at a time"
    return StoreError(
        f"{path} is in use by {by}. {what}: close it there (with ProfileStore(...) as store:), and retry."
    )


def _not_opened(path: Path, problem: duckdb.Error, read_only: bool) -> StoreError:
    text = str(problem)
    if "set lock on file" in text:
        return StoreError(f"{path} is in use by another program: {_first_line(problem)} Close it there, and retry.")
    if "version number" in text:
        return StoreError(
            f"{path} was written by a newer DuckDB than {duckdb.__version__}: {_first_line(problem)} Upgrade duckdb."
        )
    if "not a valid DuckDB" in text or "not a DuckDB" in text:
        return StoreError(f"{path} is not a DuckDB file, so not a store. Name another file; this one was not touched.")
    need = "read" if read_only else "written"
    return StoreError(f"{path} cannot be {need}: {_first_line(problem)}")


def _first_line(problem: BaseException) -> str:
    line = str(problem).strip().splitlines()[0].split(": ", 1)[-1].strip()
    return line if line.endswith((".", "!", "?")) else line + "."


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)


def _text(path: Path) -> str:
    return str(path).replace("'", "''")


def _remove_fresh(path: Path) -> None:
    for end in _WALS:
        _beside(path, _FRESH + end).unlink(missing_ok=True)


def _sync(place: Path) -> None:
    """Have a file, or the names in a folder, on disk before going on."""
    handle = os.open(place, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
