"""All that a store holds about one customer: shown, or removed so that no byte of its files tells of her.

Deleting rows leaves their text in the file until the room is used again. So after the rows are gone, what is left is
copied into a fresh file, which takes the place of the old one in one step. What the disk keeps of a file that no longer
exists is below the reach of a program; encrypt the disk where that matters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from personakit.errors import DataError, ParameterError, UnknownNameError, some
from personakit.privacy.ids import listed
from personakit.profile.store.build import VIEW, refresh
from personakit.profile.store.file import OWN, StoreFile, quoted
from personakit.profile.store.rows import built, columns_of

__all__ = ["finish_erasure", "forget", "held_about"]

_PENDING = "erasure"
_DERIVED = ("facts", "recents", "touched")


def held_about(file: StoreFile, customer_id: Any, record_ids: Any) -> dict[str, pd.DataFrame]:
    """Every row about a customer, by table; see `ProfileStore.held_about`."""
    there = columns_of(file)
    (one,) = _known(file, there, [customer_id])
    records = _records(there, record_ids, [one])
    found = {}
    for name, column, wanted in _places(there, [one], records):
        rows = file.connection.execute(f"SELECT * FROM {name} WHERE {column} IN (SELECT unnest(?))", [wanted]).df()
        if len(rows):
            found[name] = rows
    if built(file):
        rows = file.connection.execute(f"SELECT * FROM {VIEW} WHERE customer_id = ?", [one]).df()
        if len(rows):
            found[VIEW] = rows
    return found


def forget(file: StoreFile, customer_ids: Any, record_ids: Any) -> dict[str, int]:
    """Remove every row about customers, and rewrite the file without them; see `ProfileStore.forget`."""
    there = columns_of(file)
    ids = _known(file, there, _meant(customer_ids))
    records = _records(there, record_ids, ids)
    counts: dict[str, int] = {}
    with file.transaction():
        for name, column, wanted in _places(there, ids, records):
            if removed := _removed(file, quoted(name), column, wanted):
                counts[name] = removed
        if built(file):
            gone = {name: _removed(file, f"{OWN}.{name}", "customer_id", ids) for name in _DERIVED}
            counts[VIEW] = gone["facts"]
            refresh(file, gone["facts"])
        file.note(_PENDING, "rows are deleted, the file is not rewritten")
    finish_erasure(file)
    return counts


def finish_erasure(file: StoreFile) -> None:
    """Rewrite the file if rows were deleted in it and their bytes may still be there, as after a crash in between."""
    if file.noted(_PENDING):
        file.rewrite()
        with file.transaction():
            file.connection.execute(f"DELETE FROM {OWN}.facts_about_store WHERE name = ?", [_PENDING]).fetchall()


def _places(
    there: Mapping[str, Mapping[str, str]], ids: list[Any], records: list[Any]
) -> Iterable[tuple[str, str, list[Any]]]:
    """The tables with rows about people, the column that names them, and who is wanted."""
    for name, columns in there.items():
        if "customer_id" in columns:
            yield name, "customer_id", ids
    if records and "identities" in there:
        yield "identities", "record_id", records


def _removed(file: StoreFile, table: str, column: str, values: list[Any]) -> int:
    sql = f"DELETE FROM {table} WHERE {column} IN (SELECT unnest(?))"
    return int(file.connection.execute(sql, [values]).fetchall()[0][0])


def _meant(customer_ids: Any) -> list[Any]:
    if not (ids := list(dict.fromkeys(listed(customer_ids)))):
        raise ParameterError("forget got no customer id. Name at least one customer.")
    return ids


def _known(file: StoreFile, there: Mapping[str, Mapping[str, str]], ids: list[Any]) -> list[Any]:
    """The ids in the type of the store; an error that names those about whom it holds nothing."""
    tables = [name for name, columns in there.items() if "customer_id" in columns]
    kind = next((there[name]["customer_id"] for name in tables), None)
    plain = [as_id(one, kind) for one in ids]
    sought = [one for one in plain if one is not None]
    found: set[Any] = set()
    for name in [*tables, *([f"{OWN}.facts"] if built(file) else [])]:
        if len(found) < len(sought):
            sql = f"SELECT DISTINCT customer_id FROM {name} WHERE customer_id IN (SELECT unnest(?))"
            found |= {one for (one,) in file.rows(sql, [sought])}
    if strangers := [given for given, one in zip(ids, plain, strict=True) if one not in found]:
        raise UnknownNameError(unknown(strangers, kind))
    return plain


def as_id(value: Any, kind: str | None) -> Any:
    """An id as the store has it (BIGINT or VARCHAR); None where it cannot be one."""
    if kind == "VARCHAR":
        return value if isinstance(value, str) else None
    whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    return int(value) if whole and abs(int(value)) < 2**63 else None


def unknown(ids: list[Any], kind: str | None) -> str:
    """The words for customers that are not there."""
    other = [one for one in ids if as_id(one, kind) is None]
    hint = f" Its ids are {'text' if kind == 'VARCHAR' else 'whole numbers'}." if other and kind else ""
    return f"The store holds nothing about customer{'s' * (len(ids) > 1)} {some(map(repr, ids))}.{hint}"


def _records(there: Mapping[str, Mapping[str, str]], given: Any, ids: list[Any]) -> list[Any]:
    """The records of identities that are these customers', from a list of them or a table that links both."""
    if given is None:
        return []
    if isinstance(given, pd.DataFrame):
        if not {"record_id", "customer_id"} <= set(given.columns):
            raise DataError(
                f"record_ids is a table without {', '.join(sorted({'record_id', 'customer_id'} - set(given.columns)))} "
                f"(it has {some(given.columns, 9)}). Give one with both, or the record ids themselves."
            )
        given = given.loc[given["customer_id"].isin(ids), "record_id"]
    if "identities" not in there:
        raise DataError("record_ids were given, and the store has no identities. Append them, or leave record_ids out.")
    kind = there["identities"]["record_id"]
    records = [as_id(one, kind) for one in ([given] if isinstance(given, (str, int)) else given)]
    if None in records:
        raise DataError(f"record_ids must be {'texts' if kind == 'VARCHAR' else 'whole numbers'}, as in identities.")
    return records
