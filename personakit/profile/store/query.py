"""Questions to a store in SQL: one SELECT over its own tables, and nothing that could change or read anything else."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import duckdb
import pandas as pd

from personakit.data.problems import nearest
from personakit.errors import ParameterError, UnknownNameError
from personakit.profile.store.file import StoreFile, translated

__all__ = ["query"]

_ROW_MAKERS = frozenset({"unnest", "range", "generate_series"})
# Functions that run SQL or read tables named in a text, or tell of the machine and its settings.
_OUTSIDE = ("query", "query_table", "getenv", "getvariable", "nextval", "currval", "sql_auto_complete")
_PREFIXES = ("read_", "parquet_", "sniff_", "pragma_", "duckdb_", "json_execute", "from_substrait", "write_log")


def query(file: StoreFile, sql: str, known: Iterable[str]) -> pd.DataFrame:
    """The answer to one SELECT over the known tables; see `ProfileStore.query`."""
    tables = list(known)
    _check(file, sql, tables)
    with translated(file.path):
        file.connection.execute("BEGIN TRANSACTION READ ONLY")
        try:
            return file.connection.execute(sql).df()
        except (duckdb.ProgrammingError, duckdb.DataError, duckdb.NotSupportedError) as problem:
            raise ParameterError(f"query: DuckDB cannot answer this. {problem}") from problem
        finally:
            file.connection.execute("ROLLBACK")


def _check(file: StoreFile, sql: str, tables: list[str]) -> None:
    if not isinstance(sql, str) or not sql.strip():
        raise ParameterError(f"query needs one SELECT statement as a text, and got {sql!r}.")
    try:
        statements = file.connection.extract_statements(sql)
    except duckdb.Error as problem:
        raise ParameterError(f"query: this is not SQL that DuckDB reads. {problem}") from problem
    if len(statements) != 1:
        raise ParameterError(
            f"query takes one SELECT statement, and got {len(statements)}. Ask them one after the other."
        )
    (text,) = file.rows("SELECT json_serialize_sql(?)", [sql])[0]
    parsed = json.loads(text)
    if parsed["error"]:
        kind = statements[0].type.name.replace("MULTI", "PIVOT, which is several statements")
        raise ParameterError(
            f"query takes a SELECT statement, and this is {'an' if kind[0] in 'AEIOU' else 'a'} {kind}. Rows go in by "
            "append, and out by forget."
        )
    nodes = list(_nodes(parsed["statements"]))
    named = {name.lower() for node in nodes for name in _named_parts(node)}
    for node in nodes:
        _check_node(node, named, tables)


def _check_node(node: dict[str, Any], named: set[str], tables: list[str]) -> None:
    kind = node.get("type")
    if kind == "BASE_TABLE":
        name, schema = str(node.get("table_name", "")), str(node.get("schema_name") or "main")
        own = schema.lower() == "main" and str(node.get("catalog_name") or "shop").lower() == "shop"
        if own and (name.lower() in map(str.lower, tables) or name.lower() in named):
            return
        raise UnknownNameError(
            f"query: the store has no table {name if own else f'{schema}.{name}'!r}.{nearest(name, tables)} "
            f"Its tables are {', '.join(tables) or 'none yet'}."
        )
    if kind == "SHOW_REF":
        raise ParameterError("query takes a SELECT statement; for what is there, see store.tables and store.n_rows.")
    if kind == "TABLE_FUNCTION":
        function = str(node.get("function", {}).get("function_name", "")).lower()
        if function not in _ROW_MAKERS:
            raise ParameterError(f"query reads the store's own tables only, and not {function}(...).")
    if "function_name" in node:
        function = str(node["function_name"]).lower()
        if function in _OUTSIDE or function.startswith(_PREFIXES):
            raise ParameterError(f"query reads the store's own tables only, and does not run {function}(...).")
    if str(kind).endswith("_QUERY_NODE"):  # INSERT, UPDATE and DELETE in a WITH
        raise ParameterError("query only reads: rows go in by append, and out by forget.")


def _named_parts(node: dict[str, Any]) -> list[str]:
    """Names that WITH gives inside the statement itself."""
    parts = node.get("cte_map", {})
    found = [part["key"] for part in parts.get("map", [])] if isinstance(parts, dict) else []
    return [*found, node["cte_name"]] if "cte_name" in node else found


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """Every object in the parsed statement."""
    if isinstance(tree, dict):
        yield tree
        tree = list(tree.values())
    if isinstance(tree, list):
        for part in tree:
            yield from _nodes(part)
