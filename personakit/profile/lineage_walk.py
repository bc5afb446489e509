"""Which columns of which tables an Ibis expression is made of, read off its tree."""

from __future__ import annotations

from typing import Any

import ibis.expr.operations as ops
import ibis.expr.types as ir

__all__ = ["Trace", "columns_with", "trace"]

Trace = tuple[str, str, str]
"""Table, column, and what is done with it."""

_AS_IT_IS = "as it is"
_CHOOSES, _SELECTS, _JOINS, _GROUPS = "chooses among rows", "selects rows", "joins tables", "groups rows"
_REDUCED = {
    ops.Count: "count of values",
    ops.CountDistinct: "count of different values",
    ops.Sum: "sum",
    ops.Min: "earliest or least",
    ops.Max: "latest or greatest",
    ops.ArrayCollect: "list of values",
    ops.ArgMin: "value of the chosen row",
    ops.ArgMax: "value of the chosen row",
}


def trace(table: ir.Table, column: str) -> set[Trace]:
    """The source columns that a column of an expression is made of, with what is done to each.

    Which customers have a row at all is left out, and so are customer ids, by which everything is grouped and joined.

    >>> import ibis
    >>> lines = ibis.table({"customer_id": "int64", "price": "float64", "kind": "string"}, name="lines")
    >>> kept = lines.filter(lines["kind"] == "sale")
    >>> sorted(trace(kept.group_by("customer_id").agg(spent=kept["price"].sum()), "spent"))
    [('lines', 'kind', 'selects rows'), ('lines', 'price', 'sum')]
    """
    walk = _Walk()
    walk.column(table.op(), column, _AS_IT_IS)
    return {found for found in walk.found if found[1] != "customer_id" or found[2].startswith("count")}


def columns_with(table: ir.Table, operation: str) -> list[str]:
    """The columns of an expression that need an operation, by the name of its class.

    >>> import ibis
    >>> lines = ibis.table({"customer_id": "int64", "price": "float64"}, name="lines")
    >>> columns_with(lines.select("customer_id", root=lines["price"].sqrt()), "Sqrt")
    ['root']
    """
    needing = []
    for name in table.columns:
        walk = _Walk()
        walk.column(table.op(), name, _AS_IT_IS)
        if operation in walk.operations:
            needing.append(name)
    return needing


class _Walk:
    """Goes down from a column to the leaves, each step once for each thing that is done."""

    def __init__(self) -> None:
        self.found: set[Trace] = set()
        self.operations: set[str] = set()
        self._been: set[tuple[Any, ...]] = set()

    def column(self, relation: Any, name: str, how: str) -> None:
        if self._seen("column", relation, name, how):
            return
        self.operations.add(type(relation).__name__)
        if isinstance(relation, ops.PhysicalTable):
            self.found.add((relation.name, name, how))
        elif isinstance(relation, ops.Set):
            self.column(relation.left, name, how)
            self.column(relation.right, name, how)
        elif isinstance(relation, ops.Aggregate) and name not in relation.groups:
            self.value(relation.metrics[name], how)
            self.rows(relation)
        elif isinstance(relation, (ops.Project, ops.Aggregate, ops.JoinChain)):
            self.value(relation.values[name], how)
            if isinstance(relation, ops.JoinChain):
                self._inner(relation)
        else:
            if isinstance(relation, ops.Filter):
                for predicate in relation.predicates:
                    self.value(predicate, _SELECTS)
            self.column(relation.parent, name, how)

    def rows(self, relation: Any) -> None:
        """What decides which rows there are."""
        if self._seen("rows", relation) or isinstance(relation, ops.PhysicalTable):
            return
        if isinstance(relation, ops.Set):
            self.rows(relation.left)
            self.rows(relation.right)
        elif isinstance(relation, ops.JoinChain):
            if self._inner(relation):
                self.rows(relation.first)
        else:
            if isinstance(relation, ops.Filter):
                for predicate in relation.predicates:
                    self.value(predicate, _SELECTS)
            if isinstance(relation, ops.Aggregate):
                for group in relation.groups.values():
                    self.value(group, _GROUPS)
            if isinstance(relation, ops.Distinct):
                for name in relation.schema.names:
                    self.column(relation.parent, name, _GROUPS)
            self.rows(relation.parent)

    def value(self, node: Any, how: str) -> None:
        if self._seen("value", node, how):
            return
        self.operations.add(type(node).__name__)
        if isinstance(node, ops.Field):
            self.column(node.rel, node.name, how)
        elif isinstance(node, (ops.CountStar, ops.CountDistinctStar)):
            self._counted(node.arg)
            if node.where is not None:
                self.value(node.where, "count where it holds")
        elif isinstance(node, (ops.ArgMin, ops.ArgMax)):
            self.value(node.arg, _REDUCED[type(node)])
            self.value(node.key, _CHOOSES)
        elif isinstance(node, ops.Reduction):
            self._reduced(node)
        else:
            for below in node.__args__:
                for each in below if isinstance(below, tuple) else (below,):
                    if isinstance(each, ops.Value):
                        self.value(each, how)

    def _reduced(self, node: Any) -> None:
        arg = node.arg
        counted = isinstance(node, ops.Count) and isinstance(arg, ops.IfElse)
        self.value(arg, "count where it holds" if counted else _REDUCED.get(type(node), type(node).__name__.lower()))
        if node.where is not None:
            self.value(node.where, _SELECTS)

    def _counted(self, relation: Any) -> None:
        """Rows are counted: the leaves they come from are named by their customer_id."""
        while not isinstance(relation, (ops.PhysicalTable, ops.Set, ops.JoinChain, ops.Aggregate, ops.Distinct)):
            relation = relation.parent
        if isinstance(relation, ops.JoinChain):
            self._counted(relation.first)
        elif isinstance(relation, ops.JoinReference):
            self._counted(relation.parent)
        elif isinstance(relation, ops.PhysicalTable):
            self.found.add((relation.name, "customer_id", "count of rows"))

    def _inner(self, chain: Any) -> bool:
        """Inner joins choose rows; a left join to one row a customer does not."""
        inner = [link for link in chain.rest if link.how in ("inner", "semi")]
        for link in inner:
            for predicate in link.predicates:
                self.value(predicate, _JOINS)
            self.rows(link.table)
        return bool(inner)

    def _seen(self, *step: Any) -> bool:
        before = step in self._been
        self._been.add(step)
        return before
