"""Profiles kept in a file: what the sources send is appended, and who each customer is can be asked at any time.

The parts: `store_file` (opening, locks, replacing the file), `store_checks` and `store_rows` (rows on their way in),
`store_build` (the profile, whole or only where it changed), `store_query` (questions in SQL) and `store_erasure`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pandas as pd

from personakit.errors import ParameterError
from personakit.profile.store_file import StoreError, StoreFile
from personakit.profile.store_query import query
from personakit.profile.store_rows import Appended, append, tables_of

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["Appended", "ProfileStore", "StoreError"]


class ProfileStore:
    """Canonical tables and the profile of every customer, in one DuckDB file.

    Parameters
    ----------
    path : str or Path
        The file; it is made where it does not exist. Beside it lie, while it is open, a log (`.wal`) and an empty
        file that holds the lock (`.lock`), which stays.
    read_only : bool, default False
        A store has one writer, or several readers, at a time: a second writer, a reader beside a writer and a writer
        beside a reader get a `StoreError`, and the first goes on.

    Raises
    ------
    StoreError
        The file is in use, is no store, is of a newer format, or may not be read or written.

    Notes
    -----
    What `append` has returned from is on disk (write-ahead log, flushed by fsync): a process killed at any moment
    leaves every such row, and none of an append that had not returned, or all of it.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> lines = pd.DataFrame({"order_id": [1, 2], "customer_id": [7, 8], "product_id": [1, 1], "unit_price": [9.0, 5.0],
    ...                       "timestamp": pd.to_datetime(["2025-03-01", "2025-03-04"])})
    >>> with TemporaryDirectory() as folder, ProfileStore(folder + "/shop.duckdb") as store:
    ...     print(store.append("order_lines", lines, batch="march"))
    ...     print(store.append("order_lines", lines, batch="march"))
    ...     print(store.query("SELECT sum(unit_price) AS money FROM order_lines"))
    order_lines: 2 rows added
    batch 'march' of order_lines was appended before (2 rows): nothing done
       money
    0   14.0
    """

    def __init__(self, path: str | os.PathLike[str], *, read_only: bool = False) -> None:
        if not isinstance(path, (str, os.PathLike)) or not str(path):
            raise ParameterError(f"ProfileStore needs the path of a file, and got {path!r}.")
        self._file = StoreFile(Path(path), read_only=read_only)
        self._open = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        if not self._open:
            return f"ProfileStore({str(self.path)!r}, closed)"
        rows = ", ".join(f"{name}: {count:,} rows" for name, count in self.n_rows.items())
        return f"ProfileStore({str(self.path)!r}; {rows or 'empty'})"

    def close(self) -> None:
        """Write everything into the file and let others have it. Closing twice does nothing."""
        if self._open:
            self._open = False
            self._file.close()

    @property
    def path(self) -> Path:
        """The file."""
        return self._file.path

    @property
    def n_rows(self) -> dict[str, int]:
        """How many rows each table has."""
        file = self._ready()
        return {name: int(file.rows(f"SELECT count(*) FROM {name}")[0][0]) for name in tables_of(file)}

    @property
    def tables(self) -> dict[str, ir.Table]:
        """The canonical tables that are there, as Ibis tables on the store's connection (they end with it)."""
        file = self._ready()
        return {name: file.backend.table(name) for name in tables_of(file)}

    def append(self, table_name: str, frame: Any, *, batch: str | None = None) -> Appended:
        """Check rows of a canonical table and add them, all or none; once it returns they are on disk.

        Tables whose rows have a key (customers, products, sessions, ratings, reviews, messages, contacts, identities,
        prices) hold one row of each: the last that came wins. Columns that it does not have keep what they hold. Rows
        of the other tables (interactions, order_lines, exposures, consents) are added as they are.

        Parameters
        ----------
        table_name : str
            One of `personakit.data.canonical.CANONICAL`. Rows of customers and products that are not in their tables
            (yet) are taken: sources do not arrive in step.
        frame : DataFrame, pyarrow Table or RecordBatchReader, polars DataFrame or Ibis table
            With the columns of the canonical table (those required, and any of the others). A stream is read once, in
            pieces, and never held whole.
        batch : str, optional
            A name for this lot of rows. Appending it to the same table again does nothing, and says so. It is kept, so
            it should not name a person.

        Returns
        -------
        Appended
            rows, added, replaced, unchanged, and whether the batch was a repetition.

        Raises
        ------
        DataError
            Columns, types or values are wrong, or ids are of another kind than in the store; bad rows are named by
            their place from 0 (of a long stream, those of the first piece that has any). Nothing is changed.
        UnknownNameError
            There is no such canonical table.
        StoreError
            The store is open for reading only, or the disk is full.
        """
        return append(self._writable("append"), table_name, frame, batch)

    def query(self, sql: str) -> pd.DataFrame:
        """The answer to one SELECT statement over the store's tables and `profiles`.

        Nothing else is run: no other statement, no other table, no function that reads files, and no write.

        Raises
        ------
        ParameterError
            It is not one SELECT statement, or DuckDB cannot answer it.
        UnknownNameError
            It names a table that is not the store's.
        """
        file = self._ready()
        return query(file, sql, tables_of(file))

    def _ready(self) -> StoreFile:
        if not self._open:
            raise StoreError(f"The store {self.path} is closed. Open it again: ProfileStore({str(self.path)!r}).")
        return self._file

    def _writable(self, what: str) -> StoreFile:
        file = self._ready()
        if file.read_only:
            raise StoreError(
                f"{what} changes the store, and {self.path} was opened with read_only=True. Open it without."
            )
        return file
