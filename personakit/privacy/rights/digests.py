"""One digest of whatever a shop holds: a table, a cache, what a model has learnt."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from scipy import sparse

__all__ = ["digest_of"]

_PLAIN = (str, bytes, bool, int, float, complex, type(None), np.generic, pd.Timestamp, pd.Timedelta)


def digest_of(thing: Any) -> str:
    """The SHA-256 digest of the contents of a thing, 64 hexadecimal digits.

    Of a table it covers names, kinds, order and every cell; of an object all that it holds in attributes. It is made to
    be compared within one version of pandas and personakit, and does not see into files or C extensions.

    >>> table = pd.DataFrame({"customer_id": [1, 2]})
    >>> digest_of(table) == digest_of(table.copy()), digest_of(table) == digest_of(table[:1])
    (True, False)
    """
    state = hashlib.sha256()
    _feed(state, thing, set())
    return state.hexdigest()


def _feed(state: Any, thing: Any, within: set[int]) -> None:
    if isinstance(thing, _PLAIN):
        state.update(f"{type(thing).__name__}:{thing!r};".encode())
        return
    if id(thing) in within:  # a model that holds itself
        return
    within = {*within, id(thing)}
    state.update(b"<mapping>" if isinstance(thing, Mapping) else f"<{type(thing).__name__}>".encode())
    if isinstance(thing, pd.DataFrame):
        _feed_table(state, thing)
    elif isinstance(thing, (pd.Series, pd.Index)):
        _feed_table(state, thing.to_frame(name="values"))
    elif isinstance(thing, np.ndarray):
        state.update(f"{thing.dtype}{thing.shape}".encode())
        state.update(repr(thing.tolist()).encode() if thing.dtype.hasobject else np.ascontiguousarray(thing).tobytes())
    elif sparse.issparse(thing):
        rows = thing.tocsr()
        for part in (np.array(rows.shape), rows.indptr.astype(np.int64), rows.indices.astype(np.int64), rows.data):
            _feed(state, part, within)
    elif isinstance(thing, Mapping):
        for key in sorted(thing, key=repr):
            state.update(f"{key!r}=".encode())
            _feed(state, thing[key], within)
    elif isinstance(thing, (list, tuple)):
        for part in thing:
            _feed(state, part, within)
    elif isinstance(thing, (set, frozenset)):
        state.update(repr(sorted(thing, key=repr)).encode())
    elif isinstance(head := getattr(thing, "head", None), str):  # a hash chain, which commits to its contents itself
        state.update(head.encode())
    else:
        for name in sorted({*getattr(thing, "__dict__", {}), *getattr(type(thing), "__slots__", ())}):
            if hasattr(thing, name):
                state.update(f".{name}=".encode())
                _feed(state, getattr(thing, name), within)


def _feed_table(state: Any, table: pd.DataFrame) -> None:
    plain = table.rename(columns=str)
    try:
        columns = pa.Table.from_pandas(plain, preserve_index=True).replace_schema_metadata(None)
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, columns.schema) as writer:
            writer.write_table(columns)
        state.update(memoryview(sink.getvalue()))
    except (pa.ArrowException, TypeError, ValueError):  # columns of mixed kinds
        state.update(plain.to_csv().encode())
