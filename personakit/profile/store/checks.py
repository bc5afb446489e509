"""Rows on their way into a store: brought to the types of its tables piece by piece, and checked on the way.

Nothing is guessed here, unlike in `pk.read_tables`: a text is no date and a number no text, because a second lot of
rows might be guessed otherwise than the first. Rows are named by their place in what was appended, from 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from personakit.data.canonical import CANONICAL, Column
from personakit.data.problems import Findings, nearest
from personakit.errors import DataError, some
from personakit.privacy.consent.tables import clean_choices

__all__ = ["ORDINAL", "Incoming", "rules_of"]

ORDINAL = "row_in_this_lot"
"""The column that numbers the rows of one lot, so that of two with one key the last can win."""

_PIECE = 500_000
_KINDS: dict[str, pa.DataType] = {
    "time": pa.timestamp("us"),
    "number": pa.float64(),
    "count": pa.int64(),
    "flag": pa.bool_(),
    "category": pa.string(),
    "text": pa.string(),
}
_WORDS = {"time": "times", "number": "numbers", "count": "whole numbers", "flag": "true or false", "id": "ids"}
_EARLIEST, _LATEST = np.datetime64("1900-01-01", "us"), np.datetime64("2101-01-01", "us")
_EXACT = 2.0**53
_BESIDE_CANONICAL = {"reviews": {"sentiment": Column("number", "-1 (bad) to 1 (good)", low=-1, high=1)}}


def rules_of(table: str) -> dict[str, Column]:
    """The columns that a store keeps of a table: the canonical ones, and those that profiles read beside them."""
    return {**CANONICAL[table].columns, **_BESIDE_CANONICAL.get(table, {})}


class Incoming:
    """What is to be appended to one table, as a stream of checked Arrow batches.

    Parameters
    ----------
    table : str
        A canonical table.
    given : DataFrame, pyarrow Table or RecordBatchReader, or anything with `to_pyarrow` or `__arrow_c_stream__`
        A reader is read once and never held whole.
    ids : mapping of id column to (Arrow type, table)
        The types that the ids in the store have, and a table where they have it.
    latest : Timestamp, optional
        Of consents: no choice can have been made after it. They must be such as a `ConsentLedger` takes.

    Raises
    ------
    DataError
        It is no table, or its columns are not those of the canonical table.
    """

    def __init__(
        self,
        table: str,
        given: Any,
        ids: Mapping[str, tuple[pa.DataType, str]],
        latest: pd.Timestamp | None = None,
    ) -> None:
        self.table, self.rules, self._latest = table, rules_of(table), latest
        self.rows, self.problem = 0, None  # type: int, Exception | None
        self._people: list[pa.Array] = []
        self._given, self.n_rows = _as_stream(table, given)
        self._check_columns()
        self.schema = self._schema(ids)

    @property
    def columns(self) -> list[str]:
        """The columns that come in, in the order of the canonical table."""
        return self.schema.names[1:]

    def people(self) -> pa.Table:
        """The customers whose rows went through, each at least once."""
        kind = self.schema.field("customer_id").type
        return pa.table({"customer_id": pa.chunked_array(self._people, kind)})

    def reader(self) -> pa.RecordBatchReader:
        """The stream. An error inside it is kept in `problem`, as DuckDB would pass on its text only."""
        return pa.RecordBatchReader.from_batches(self.schema, self._batches())

    def _batches(self) -> Iterator[pa.RecordBatch]:
        try:
            for piece in self._given:
                yield self._checked(piece)
        except Exception as problem:
            self.problem = problem
            raise

    def _check_columns(self) -> None:
        names = list(self._given.columns)
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise DataError(f"{self.table} has more than one column {some(twice)}. Rename or drop all but one.")
        absent = [name for name, rule in self.rules.items() if rule.required and name not in names]
        extra = [name for name in names if name not in self.rules]
        if absent:
            raise DataError(
                f"{self.table} has no column {', '.join(absent)} (it has {some(names, 9) or 'none'})."
                f"{nearest(absent[0], extra)} Rename yours, or read the table with pk.read_tables, which finds them."
            )
        if extra:
            meant = nearest(extra[0], [name for name in self.rules if name not in names])
            raise DataError(
                f"{self.table} has columns that the store does not keep: {some(extra, 9)}.{meant} Rename them, or "
                f"leave them out: {self.table}.drop(columns={extra[:3]!r})."
            )

    def _schema(self, ids: Mapping[str, tuple[pa.DataType, str]]) -> pa.Schema:
        fields = [pa.field(ORDINAL, pa.int64())]
        for name, rule in self.rules.items():
            if name in self._given.columns:
                kind = _KINDS[rule.kind] if rule.kind != "id" else self._id_type(name, rule, ids.get(name))
                if kind is not None:  # an id that is missing everywhere has no type yet, and nothing to keep
                    fields.append(pa.field(name, kind))
        return pa.schema(fields)

    def _id_type(self, name: str, rule: Column, known: tuple[pa.DataType, str] | None) -> pa.DataType | None:
        given = self._given.kind(name)
        if pa.types.is_floating(given) and not rule.nullable:
            raise DataError(
                f"{self.table}.{name} holds floats ({given}): missing ids or decimal points got in. Drop rows without "
                f'an id and convert: {self.table}["{name}"].astype("int64").'
            )
        kind = None
        if pa.types.is_integer(given) or pa.types.is_floating(given):
            kind = pa.int64()
        elif _is_text(given):
            kind = pa.string()
        elif not pa.types.is_null(given):
            raise self._wrong_kind(name, rule, given)
        if kind is not None and known is not None and kind != known[0]:
            here, there = ("whole numbers", "text") if kind == pa.int64() else ("text", "whole numbers")
            target = "int64" if here == "text" else "str"
            raise DataError(
                f"{name} is {here} in these rows of {self.table}, and {there} in {known[1]} in the store, so the same "
                f"{name.removesuffix('_id')} would not be found again. Convert it: "
                f'{self.table}["{name}"].astype("{target}").'
            )
        return kind or (known[0] if known is not None else None)

    def _wrong_kind(self, name: str, rule: Column, given: object, values: Any = None) -> DataError:
        shown = f": {some(map(repr, values))}" if values is not None else ""
        return DataError(
            f"{self.table}.{name} does not hold {_WORDS.get(rule.kind, 'text')} (type {given}{shown}). Read the table "
            "with pk.read_tables, which says which rows are wrong, or convert the column."
        )

    def _checked(self, piece: pa.RecordBatch | pa.Table) -> pa.RecordBatch:
        found, columns = Findings(), [pa.array(np.arange(self.rows, self.rows + piece.num_rows))]
        for field in list(self.schema)[1:]:
            column, rule = _whole(piece.column(field.name)), self.rules[field.name]
            values = self._cast(field, column, rule, found)
            self._check_values(field.name, values, rule, found)
            columns.append(values)
            if field.name == "customer_id":
                self._people.append(pc.unique(values))
        found.raise_if_any()
        checked = pa.RecordBatch.from_arrays(columns, schema=self.schema)
        if self._latest is not None:
            clean_choices(checked.to_pandas(), latest=self._latest, first_row=self.rows)
        self.rows += piece.num_rows
        return checked

    def _cast(self, field: pa.Field, column: pa.Array, rule: Column, found: Findings) -> pa.Array:
        kind = column.type
        if pa.types.is_dictionary(kind):
            column = column.dictionary_decode()
            kind = column.type
        if pa.types.is_floating(kind):  # pandas writes a missing number as NaN
            column = pc.if_else(pc.is_nan(column), pa.scalar(None, kind), column)
        if pa.types.is_timestamp(kind) and kind.tz is not None:
            raise DataError(
                f"{self.table}.{field.name} has the time zone {kind.tz}; times are on the shop's own clock, without a "
                f'zone. Convert them: {self.table}["{field.name}"].dt.tz_convert("Europe/London").dt.tz_localize(None).'
            )
        if not _convertible(kind, rule.kind, field.type):
            raise self._wrong_kind(field.name, rule, kind, column.slice(0, 4).to_pylist())
        if rule.kind in ("count", "id") and pa.types.is_floating(kind):
            limit = pa.scalar(_EXACT, kind)
            broken = pc.or_(pc.not_equal(column, pc.floor(column)), pc.greater(pc.abs(column), limit))
            self._reject(field.name, broken, column, "not_whole" if rule.kind == "count" else "broken_id", found)
            column = pc.if_else(broken, pa.scalar(None, kind), column)
        if rule.kind == "flag" and pa.types.is_integer(kind):
            self._reject(
                field.name, pc.not_equal(pc.abs(pc.subtract(pc.multiply(column, 2), 1)), 1), column, "not_a_flag", found
            )
        try:
            return column.cast(field.type, safe=rule.kind not in ("time", "flag", "number"))
        except pa.ArrowInvalid as problem:
            raise self._wrong_kind(field.name, rule, kind, column.slice(0, 4).to_pylist()) from problem

    def _check_values(self, name: str, values: pa.Array, rule: Column, found: Findings) -> None:
        if (rule.required or not rule.nullable) and not any(batch.column == name for batch in found.batches):
            empty = pc.is_null(values)
            if rule.kind == "id" and pa.types.is_string(values.type):
                empty = pc.or_(empty, pc.fill_null(pc.equal(pc.utf8_trim_whitespace(values), ""), False))
            self._reject(name, empty, values, "missing", found)
        if rule.kind == "time":
            absurd = pc.or_(pc.less(values, pa.scalar(_EARLIEST)), pc.greater_equal(values, pa.scalar(_LATEST)))
            self._reject(name, absurd, values, "absurd_date", found)
        if rule.kind in ("number", "count"):
            if pa.types.is_floating(values.type):
                self._reject(name, pc.is_inf(values), values, "infinite", found)
            if rule.low is not None:
                low = "negative" if rule.low == 0 else "too_low"
                self._reject(name, pc.less(values, rule.low), values, low, found)
            if rule.high is not None:
                self._reject(name, pc.greater(values, rule.high), values, "too_high", found)
            if not rule.zero:
                self._reject(name, pc.equal(values, 0), values, "zero", found)
        if rule.values:
            known = pc.is_in(values, value_set=pa.array(rule.values))
            allowed = f"It may be {', '.join(rule.values)}: correct them, or drop the rows."
            self._reject(name, pc.and_(pc.invert(known), pc.is_valid(values)), values, "unknown_value", found, allowed)

    def _reject(
        self, name: str, wrong: pa.Array, values: pa.Array, code: str, found: Findings, advice: str = ""
    ) -> None:
        if pc.any(wrong).as_py():
            at = np.flatnonzero(pc.fill_null(wrong, False).to_numpy(zero_copy_only=False))
            shown = [value.as_py() for value in values.take(pa.array(at))]
            found.reject(self.table, name, code, rows=(at + self.rows).tolist(), values=shown, advice=advice)


class _Stream:
    """Pieces of a table, its column names, and the Arrow type of a column before the first piece is read."""

    def __init__(self, reader: pa.RecordBatchReader) -> None:
        self._reader, self.columns = reader, reader.schema.names

    def kind(self, name: str) -> pa.DataType:
        kind = self._reader.schema.field(name).type
        return kind.value_type if pa.types.is_dictionary(kind) else kind

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        for batch in self._reader:
            for start in range(0, batch.num_rows, _PIECE):
                yield batch.slice(start, _PIECE)


class _Frame(_Stream):
    """A pandas DataFrame, turned into Arrow a piece at a time."""

    def __init__(self, table: str, frame: pd.DataFrame) -> None:
        self._table, self._frame, self.columns = table, frame, list(map(str, frame.columns))

    def kind(self, name: str) -> pa.DataType:
        series = self._frame[name]
        if isinstance(series.dtype, pd.CategoricalDtype):
            series = series.cat.categories.to_series()
        if series.dtype == object:
            inferred = pd.api.types.infer_dtype(series, skipna=True)
            plain = {"integer": pa.int64(), "string": pa.string(), "empty": pa.null(), "boolean": pa.bool_()}
            if inferred in plain:
                return plain[inferred]
        return self._arrow(name, series.iloc[:1000]).type

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        for start in range(0, len(self._frame), _PIECE):
            piece = self._frame.iloc[start : start + _PIECE]
            yield pa.table({name: _whole(self._arrow(name, piece[name])) for name in self.columns})

    def _arrow(self, name: str, series: pd.Series[Any]) -> Any:
        try:
            return pa.Array.from_pandas(series)
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError) as problem:
            raise DataError(
                f"{self._table}.{name} does not hold values of one kind (dtype {series.dtype}: "
                f"{some(map(repr, series))}). Read the table with pk.read_tables, which says which rows are wrong, or "
                "convert the column."
            ) from problem


def _as_stream(table: str, given: Any) -> tuple[_Stream, int | None]:
    """The stream, and the number of rows where it is known beforehand."""
    if isinstance(given, pd.DataFrame):
        return _Frame(table, given), len(given)
    if isinstance(given, pa.Table):
        return _Stream(given.to_reader()), given.num_rows
    if isinstance(given, pa.RecordBatchReader):
        return _Stream(given), None
    if hasattr(given, "to_pyarrow"):  # an Ibis table; its way to batches is broken with DuckDB 2.0
        return _as_stream(table, given.to_pyarrow())
    if hasattr(given, "__arrow_c_stream__"):  # polars, and whoever else speaks Arrow
        return _Stream(pa.RecordBatchReader.from_stream(given)), None
    raise DataError(
        f"{table} is a {type(given).__name__}. Give a DataFrame, or an Arrow table or stream of record batches."
    )


def _whole(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _convertible(kind: pa.DataType, wanted: str, target: pa.DataType) -> bool:
    """Whether a column of this Arrow type may become one of this kind without guessing."""
    if pa.types.is_null(kind):
        return True
    numeric = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    return bool(
        {
            "time": pa.types.is_timestamp(kind) or pa.types.is_date(kind),
            "number": numeric,
            "count": numeric,
            "flag": pa.types.is_boolean(kind) or pa.types.is_integer(kind),
            "id": _is_text(kind) if target == pa.string() else numeric,
        }.get(wanted, _is_text(kind))
    )
