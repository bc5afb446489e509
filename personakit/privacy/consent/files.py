"""A consent ledger as a Parquet file: one row an entry, erased ones with nothing but their digest."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from personakit.errors import DataError
from personakit.privacy.consent.chain import Chain
from personakit.privacy.consent.tables import COLUMNS

__all__ = ["read_ledger", "write_ledger"]

_FORMAT = b"personakit.consent_ledger"
_TIME = pa.timestamp("us")
_FIELDS = {
    "purpose": pa.string(),
    "granted": pa.bool_(),
    "timestamp": _TIME,
    "source": pa.string(),
    "version": pa.string(),
    "basis": pa.string(),
    "expires": _TIME,
    "customers": pa.int64(),
    "choices": pa.int64(),
    "kind": pa.string(),
    "salt": pa.binary(16),
    "digest": pa.binary(32),
}


def write_ledger(path: str | os.PathLike[str], choices: pd.DataFrame, erasures: pd.DataFrame, chain: Chain) -> None:
    """Write to a file beside it, then put it in place: a reader sees the old ledger or the new one, never half of it.

    Raises
    ------
    DataError
        The customer ids are of several types, which a file cannot hold in one column, or tuples.
    """
    every = pd.RangeIndex(len(chain))
    kind = pd.Series("erased", index=every, dtype=object)
    kind[choices.index], kind[erasures.index] = "choice", "erasure"
    lines = choices.reindex(every)
    lines["timestamp"] = lines["timestamp"].where(kind != "erasure", erasures["timestamp"].reindex(every))
    try:
        ids = pa.array(choices["customer_id"], from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError) as problem:
        raise DataError(
            "The ledger's customer ids are of several types, and a Parquet column has one. Give them one type, for "
            "example with consents['customer_id'].astype(str), and the tables of people too."
        ) from problem
    if pa.types.is_nested(ids.type):
        raise DataError(
            "The ledger's customer ids are tuples, and what is read from a Parquet column would be none. Give each "
            "customer one number or one text as id, and in the tables of people too."
        )
    at = pd.Series(range(len(choices)), index=choices.index).reindex(every)
    columns = {"customer_id": ids.take(pa.array(at, pa.int64(), from_pandas=True))}
    given = {**{name: lines[name] for name in COLUMNS[1:]}, "kind": kind, "salt": chain.salts, "digest": chain.digests}
    given |= {name: erasures[name].reindex(every) for name in ("customers", "choices")}
    columns |= {name: pa.array(given[name], type_, from_pandas=True) for name, type_ in _FIELDS.items()}
    table = pa.table(columns).replace_schema_metadata({_FORMAT: b"1", b"head": chain.head.encode()})
    target = Path(path)
    beside = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with beside.open("wb") as file:
            pq.write_table(table, file)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)


def read_ledger(path: str | os.PathLike[str]) -> tuple[pd.DataFrame, pd.DataFrame, Chain]:
    """Choices, erasures and chain of a saved ledger, not yet verified.

    Raises
    ------
    DataError
        There is no such file, it cannot be read, or it was not written by `ConsentLedger.save`.
    """
    if not isinstance(path, (str, os.PathLike)):
        raise DataError(f"A consent ledger is loaded from the path of a file, and {path!r} is none.")
    try:
        table = pq.read_table(path)
    except (pa.ArrowInvalid, OSError) as problem:
        if isinstance(problem, FileNotFoundError):
            raise DataError(
                f"There is no consent ledger {path}. Name the file that ConsentLedger.save wrote."
            ) from None
        raise DataError(
            f"{path} cannot be read as Parquet ({problem}). Load a file that ConsentLedger.save wrote."
        ) from problem
    metadata = table.schema.metadata or {}
    found = {name: table.schema.field(name).type for name in table.column_names}
    if metadata.get(_FORMAT) != b"1" or found != {"customer_id": found.get("customer_id")} | _FIELDS:
        raise DataError(
            f"{path} is no consent ledger of this version. Load a file that ConsentLedger.save wrote; a plain table of "
            "consents goes to ConsentLedger(pandas.read_parquet(path))."
        )
    kinds = table["kind"].to_pandas()
    rows = {kind: kinds.index[kinds == kind] for kind in ("choice", "erasure")}
    choices = table.select(COLUMNS).take(pa.array(rows["choice"])).to_pandas().set_index(rows["choice"])
    for name in ("purpose", "source", "version", "basis"):
        words = choices[name].astype(object)
        choices[name] = words.where(words.notna(), None)
    erasures = table.select(["timestamp", "customers", "choices"]).take(pa.array(rows["erasure"])).to_pandas()
    salts = b"".join(salt or bytes(16) for salt in table["salt"].to_pylist())
    digests = b"".join(digest or bytes(32) for digest in table["digest"].to_pylist())
    head = metadata.get(b"head", b"").decode("ascii", "replace")
    chain = Chain(salts, digests, head=bytes.fromhex(head) if len(head) == 64 else bytes(32))
    return choices, erasures.set_index(rows["erasure"]), chain
