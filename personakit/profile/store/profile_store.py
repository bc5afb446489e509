"""Profiles kept in a file: what the sources send is appended, and who each customer is can be asked at any time.

The parts: `file` (opening, locks, replacing the file), `checks` and `rows` (rows on their way in),
`build` (the profiles, whole or only where something changed), `one` (one profile), `query` (questions
in SQL) and `erasure`.
"""

from __future__ import annotations

import os
import warnings
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pandas as pd

from personakit.errors import NotFittedError, ParameterError, UnknownNameError
from personakit.privacy.consent.carried import with_ledger
from personakit.privacy.consent.ledger import ConsentLedger
from personakit.profile.store.build import VIEW, Built, current, rebuild, undated, update
from personakit.profile.store.erasure import as_id, finish_erasure, forget, held_about, unknown
from personakit.profile.store.file import StoreError, StoreFile
from personakit.profile.store.one import OneProfile, as_series
from personakit.profile.store.query import query
from personakit.profile.store.rows import Appended, append, columns_of, last_moment, tables_of
from personakit.profile.unified import Day, ahead_of_the_clock, typed

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["Appended", "Built", "ProfileStore", "StoreError"]


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
    ...     print(store.rebuild())
    ...     print(store.get(7)["recency_days"], store.query("SELECT sum(monetary) AS money FROM profiles")["money"][0])
    ...     print(store.forget(8))
    order_lines: 2 rows added
    batch 'march' of order_lines was appended before (2 rows): nothing done
    profiles of 2025-03-04 rebuilt: 2 of 2 made anew
    3.0 14.0
    {'order_lines': 1, 'profiles': 1}
    """

    def __init__(self, path: str | os.PathLike[str], *, read_only: bool = False) -> None:
        if not isinstance(path, (str, os.PathLike)) or not str(path):
            raise ParameterError(f"ProfileStore needs the path of a file, and got {path!r}.")
        self._file = StoreFile(Path(path), read_only=read_only)
        self._open, self._one = True, None  # type: bool, OneProfile | None
        if not read_only:
            finish_erasure(self._file)  # of a process that was killed in it

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
    def as_of(self) -> date | None:
        """The day of the profiles; None before they were built."""
        noted = self._ready().noted("as_of")
        return None if noted is None else date.fromisoformat(noted)

    @property
    def tables(self) -> dict[str, ir.Table]:
        """The canonical tables that are there, as Ibis tables on the store's connection (they end with it)."""
        file = self._ready()
        return {name: file.backend.table(name) for name in tables_of(file)}

    def append(self, table_name: str, frame: Any, *, batch: str | None = None) -> Appended:
        """Check rows of a canonical table and add them, all or none; once it returns they are on disk.

        Tables whose rows have a key (customers, products, sessions, ratings, reviews, messages, contacts, identities,
        prices) hold one row of each: the last that came wins. Columns that it does not have keep what they hold. Rows
        of the other tables (interactions, order_lines, exposures, consents) are added as they are. Consents must be
        such as a `ConsentLedger` takes: of a shop that is simulated ahead of the clock, append the other tables first.

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
            Columns, types or values are wrong, or ids are of another kind than in the store, or a consent names no
            purpose, lies in the future or expires before it was given; bad rows are named by their place from 0 (of a
            long stream, those of the first piece that has any). Nothing is changed.
        UnknownNameError
            There is no such canonical table.
        StoreError
            The store is open for reading only, or the disk is full.
        """
        return append(self._writable("append"), table_name, frame, batch)

    def rebuild(self, as_of: Day | None = None) -> Built:
        """Make the profiles of all customers, as `build_profiles` would of the tables that the store has.

        Parameters
        ----------
        as_of : str, date, datetime, Timestamp or datetime64, default the last day that the tables record
            The day, by its end.

        Raises
        ------
        DataError
            Nobody is known by the day. The former profiles stay.
        ParameterError
            as_of is not a day.
        """
        return self._built(rebuild(self._writable("rebuild"), as_of))

    def update(self, as_of: Day | None = None) -> Built:
        """Bring the profiles to a day and to all rows that came in: the table that `rebuild` gives, to the last digit.

        Made anew are the profiles of customers with new, replaced or late rows, with rows of the days in between, with
        a consent that ran out, and with something bought of a product that changed. Where that is more than a third of
        the customers, or the day is an earlier one, or there are new tables or columns, everything is rebuilt, and the
        result says why. Parameters and errors are those of `rebuild`.
        """
        return self._built(update(self._writable("update"), as_of))

    def get(self, customer_id: Any) -> pd.Series[Any]:
        """The profile of one customer: a Series with the columns of `dictionary()`, numbers NaN where they are null.

        Raises
        ------
        UnknownNameError
            There is no such customer (a KeyError).
        NotFittedError
            There are no profiles yet.
        """
        file = self._ready()
        if self._one is None:
            self._one = OneProfile(file, self._day())
        one = self._one
        plain = as_id(customer_id, one.id_kind)
        values = None if plain is None else one.values(plain)
        if values is None:
            known = "" if plain is None else f" There are profiles of everybody known by {one.day}."
            raise UnknownNameError(unknown([customer_id], one.id_kind) + known)
        return as_series(values)

    def profiles(self) -> pd.DataFrame:
        """All profiles, as `build_profiles` gives them, with the day and the ledger of consents in `attrs`.

        Raises
        ------
        NotFittedError
            There are no profiles yet.
        """
        file, day = self._ready(), self._day()
        found = typed(file.backend.to_pandas(file.backend.table(VIEW)))
        found.attrs["as_of"] = day.isoformat()
        if occasions := file.noted("occasions"):
            found.attrs["occasions"] = occasions
        if "consents" not in tables_of(file):
            return found
        consents = file.backend.to_pandas(file.backend.table("consents"))
        held = [
            pd.Timestamp(day) + pd.Timedelta(days=1),
            consents["timestamp"].max(),
            last_moment(file, columns_of(file)),
        ]
        now = ahead_of_the_clock(max(moment for moment in held if not pd.isna(moment)))  # `append` saw to the dates
        return with_ledger(found, ConsentLedger(consents, now=now))

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
        return query(file, sql, [*tables_of(file), *([VIEW] if file.noted("as_of") else [])])

    def held_about(self, customer_id: Any, record_ids: Any = None) -> dict[str, pd.DataFrame]:
        """Everything that the store holds about a customer: her rows by table, and her profile.

        Parameters
        ----------
        customer_id : id
        record_ids : iterable of ids, or DataFrame with columns record_id and customer_id, optional
            Her records in `identities`, which carry no customer_id.

        Raises
        ------
        UnknownNameError
            There is nothing about her (a KeyError).
        """
        return held_about(self._ready(), customer_id, record_ids)

    def forget(self, customer_ids: Any, record_ids: Any = None) -> dict[str, int]:
        """Remove every row about one customer or several, their profiles too, and every byte of them in the files.

        The rows are deleted in one transaction; then what is left is copied into a fresh file, which takes the place of
        the old. That takes the time of writing the store once: name several customers in one call. A process that is
        killed in between leaves either file whole, and the next writer to open the store finishes.

        Not reached are free texts of others that mention her (`personakit.privacy` scrubs names), ids of batches,
        and copies of the file. Her id may be appended again: keep a source from sending her.

        Parameters
        ----------
        customer_ids : id, or iterable of ids
        record_ids : iterable of ids, or DataFrame with columns record_id and customer_id, optional
            Their records in `identities`, which carry no customer_id: without, `identities` is left as it is.

        Returns
        -------
        dict of table name to the number of rows removed, `profiles` among them; nothing in it says who.

        Raises
        ------
        UnknownNameError
            There is nothing about one of them (a KeyError). Nothing was removed.
        StoreError
            The fresh file cannot be written. The rows are gone, and the next writer tries again.
        """
        return forget(self._writable("forget"), customer_ids, record_ids)

    def _built(self, built: Built) -> Built:
        if counts := undated(self._file):
            warnings.warn(
                f"Rows without a timestamp cannot be placed before or after {built.as_of} and count for nothing: "
                f"{', '.join(f'{count:,} of {name}' for name, count in counts.items())}. Append them with one.",
                stacklevel=3,
            )
        return built

    def _day(self) -> date:
        if (day := self.as_of) is None:
            raise NotFittedError("The store has no profiles yet. Call rebuild() after the first rows are appended.")
        if not current(self._file):
            raise NotFittedError(
                "The profiles were made by another version of personakit. Call update() to renew them."
            )
        return day

    def _ready(self) -> StoreFile:
        if not self._open:
            raise StoreError(f"The store {self.path} is closed. Open it again: ProfileStore({str(self.path)!r}).")
        return self._file

    def _writable(self, what: str) -> StoreFile:
        file = self._ready()
        self._one = None  # what it knows is about to change
        if file.read_only:
            raise StoreError(
                f"{what} changes the store, and {self.path} was opened with read_only=True. Open it without."
            )
        return file
