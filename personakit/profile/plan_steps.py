"""What an engine would do to make profiles, before it does it; and what to say where it cannot."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from typing import Any

import ibis.expr.types as ir
from ibis.common.exceptions import OperationNotDefinedError, TranslationError, UnsupportedOperationError

from personakit.errors import UnavailableError, some
from personakit.profile.lineage_walk import columns_with

__all__ = ["Plan", "plan_of", "translated", "within_reach"]


@dataclass(frozen=True)
class Plan:
    """The query for an engine and the engine's own plan for it; `print(plan)` shows both.

    Attributes
    ----------
    engine : str
        duckdb, pyspark, or another backend of Ibis.
    sql : str
        The query, as the engine gets it.
    steps : str
        What the engine says it would do (EXPLAIN); empty for an engine other than DuckDB and Spark.
    """

    engine: str
    sql: str
    steps: str

    def __str__(self) -> str:
        return f"-- {self.engine}\n{self.sql}\n\n{self.steps}".rstrip()

    def _repr_html_(self) -> str:
        shown = f"<details><summary>SQL for {escape(self.engine)}</summary><pre>{escape(self.sql)}</pre></details>"
        return f"{shown}<pre>{escape(self.steps)}</pre>"


def plan_of(expression: ir.Table, connection: Any) -> Plan:
    """The plan of an expression, which is not run.

    >>> import ibis
    >>> connection = ibis.duckdb.connect()
    >>> table = connection.create_table("t", {"x": [1, 2]})
    >>> plan = plan_of(table.filter(table["x"] > 1), connection)
    >>> plan.engine, "WHERE" in plan.sql, "scan" in plan.steps.lower()
    ('duckdb', True, True)
    """
    sql = translated(expression, connection)
    steps = ""
    if connection.name in ("duckdb", "pyspark"):
        connection._run_pre_execute_hooks(expression)  # frames get their names; Ibis has no public way to do only that
        found = connection.raw_sql(f"EXPLAIN {sql}")
        rows = found.fetchall() if connection.name == "duckdb" else found.collect()
        steps = "\n".join(str(row[-1]) for row in rows)
    return Plan(connection.name, sql, steps)


def translated(expression: ir.Table, connection: Any) -> str:
    """The query in the engine's own language.

    Raises
    ------
    UnavailableError
        The engine lacks an operation: it, and the columns that need it, are named.
    """
    with within_reach(connection, expression):
        return str(connection.compile(expression))


@contextmanager
def within_reach(connection: Any, expression: ir.Table | None = None, what: str = "") -> Iterator[None]:
    """Turn what Ibis says about an operation that the engine lacks into an error that says what it is needed for."""
    try:
        yield
    except (OperationNotDefinedError, UnsupportedOperationError, TranslationError) as error:
        said = str(error).splitlines()[0] if str(error) else type(error).__name__
        named = re.search(r"'(\w+)' operation|operation \W?(\w+)", said)
        operation = next((part for part in named.groups() if part), "") if named else ""
        columns = columns_with(expression, operation) if expression is not None and operation else []
        wanted = some(columns, 5) if columns else what or "the profiles"
        lacking = f"the operation {operation}" if operation else "an operation"
        raise UnavailableError(
            f"The engine {connection.name} lacks {lacking}, which is needed for {wanted} ({said}). Nothing was run or "
            "changed. Bring the tables to DuckDB, which has all of them: "
            "build_profiles({name: table.to_pandas() for name, table in tables.items()})."
        ) from error
