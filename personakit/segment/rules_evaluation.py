"""What a rule says of each customer: its tree worked out on the columns of a frame or of an engine's table.

Kinds are checked first (a number is not compared with a text), so that a rule fails with words and never silently.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Any

from personakit.data.problems import nearest
from personakit.errors import ParameterError, UnknownNameError, some
from personakit.segment.rules_tables import RuleColumns, days_since_1970
from personakit.segment.rules_tree import (
    AllOf,
    AnyOf,
    Arithmetic,
    Between,
    Column,
    Compare,
    Literal,
    Missing,
    Node,
    Not,
    Within,
)

__all__ = ["conditions_of", "holds"]


def holds(node: Node, columns: RuleColumns, name: str = "") -> Any:
    """Whether the rule holds, for each customer: a Boolean array for a frame, an expression for an engine.

    Parameters
    ----------
    node : Node
        From `rules_language.parse`.
    columns : FrameColumns or EngineColumns
    name : str
        The segment whose rule it is, for errors.

    Raises
    ------
    UnknownNameError
        There is no such column; the nearest is offered.
    ParameterError
        Kinds do not go together, or a text is no day where one is needed.

    Examples
    --------
    >>> import pandas as pd
    >>> from personakit.segment.rules_language import parse
    >>> from personakit.segment.rules_tables import FrameColumns
    >>> people = FrameColumns(pd.DataFrame({"spent": [900.0, 20.0, None]}))
    >>> holds(parse("spent > 500"), people).tolist(), holds(parse("not spent > 500"), people).tolist()
    ([True, False, False], [False, True, True])
    """
    return _Evaluation(columns, f"The rule {name!r}" if name else "The rule").condition(node)


def conditions_of(node: Node) -> list[Node]:
    """The single conditions that `and` and `or` join, in the order in which they are written."""
    if isinstance(node, (AllOf, AnyOf)):
        return [single for part in node.each for single in conditions_of(part)]
    return [node]


@dataclass(frozen=True)
class _Value:
    """A value with its kind (number, text, day, flag, nothing), and the part of the rule that it is."""

    kind: str
    data: Any
    node: Node


_EXAMPLES = {"number": "> 0", "text": '= "x"', "day": '>= "2025-12-31"'}


class _Evaluation:
    def __init__(self, columns: RuleColumns, where: str) -> None:
        self.columns, self.where = columns, where

    def condition(self, node: Node) -> Any:
        """Yes or no for each customer."""
        if isinstance(node, (AllOf, AnyOf)):
            return self.columns.joined([self.condition(part) for part in node.each], isinstance(node, AllOf))
        if isinstance(node, Not):
            return self.columns.opposite(self.condition(node.part))
        if isinstance(node, Compare):
            return self._compared(node.op, node.left, node.right)
        if isinstance(node, Between):
            inside = [self._compared(">=", node.value, node.low), self._compared("<=", node.value, node.high)]
            if not node.negated:
                return self.columns.joined(inside, True)
            outside = [self._compared("<", node.value, node.low), self._compared(">", node.value, node.high)]
            known = [self.columns.known(self._value(part).data) for part in (node.value, node.low, node.high)]
            return self.columns.joined([self.columns.joined(outside, False), *known], True)
        if isinstance(node, Within):
            return self._within(node)
        value = self._value(node.value if isinstance(node, Missing) else node)
        if isinstance(node, Missing):
            known = self.columns.known(value.data)
            return known if node.negated else self.columns.opposite(known)
        if isinstance(node, Literal) and isinstance(node.value, bool):
            return self.columns.everywhere(node.value)
        if value.kind == "flag":
            return self.columns.compare("=", value.data, True)
        if value.kind == "nothing":
            return self.columns.everywhere(False)
        raise ParameterError(
            f"{self.where}: {_named(value)} is a {value.kind}, not a condition. Compare it with something, such as "
            f"{_named(value)} {_EXAMPLES[value.kind]}."
        )

    def _value(self, node: Node) -> _Value:
        if isinstance(node, Literal):
            kind = {bool: "flag", str: "text"}.get(type(node.value), "number")
            return _Value(kind, node.value, node)
        if isinstance(node, Column):
            self._check_name(node.name)
            kind = self.columns.kind(node.name)
            return _Value(kind, self.columns.read(node.name, kind), node)
        if isinstance(node, Arithmetic):
            return self._calculated(node)
        raise ParameterError(
            f"{self.where}: {node.text[:60]} is a condition, and stands where a value is needed. Join conditions "
            "with and or or."
        )

    def _check_name(self, name: str) -> None:
        known = self.columns.names
        if name in known:
            return
        odd = [f"{sign!r} ({unicodedata.name(sign, 'unnamed')})" for sign in name if not sign.isascii()]
        foreign = f" It is written with {some(odd)}." if odd and all(other.isascii() for other in known) else ""
        raise UnknownNameError(
            f"{self.where} names a column {name!r} that is not there (columns: {some(known, 6)}).{foreign}"
            f"{nearest(name, known)}"
        )

    def _calculated(self, node: Arithmetic) -> _Value:
        left, right = self._value(node.left), self._value(node.right)
        left, right = self._as_days(left, right)
        kinds = (left.kind, right.kind)
        if "nothing" in kinds and set(kinds) <= {"nothing", "number", "day"}:
            kind = "nothing"
        elif kinds == ("number", "number") or (node.op, *kinds) == ("-", "day", "day"):
            kind = "number"
        elif (node.op, *kinds) in {("+", "day", "number"), ("-", "day", "number"), ("+", "number", "day")}:
            kind = "day"
        else:
            raise ParameterError(
                f"{self.where}: {node.text[:60]} cannot be worked out: {_named(left)} is a {left.kind}, "
                f"{_named(right)} a {right.kind}. Numbers can be added, subtracted, multiplied and divided; a day less "
                "a day is a number of days, and a day plus or less a number is a day."
            )
        return _Value(kind, self.columns.arithmetic(node.op, left.data, right.data), node)

    def _compared(self, op: str, one: Node, other: Node) -> Any:
        left, right = self._value(one), self._value(other)
        if op not in ("=", "!=") or "day" in (left.kind, right.kind):
            left, right = self._as_days(left, right, order=True)
        if "nothing" in (left.kind, right.kind):
            return self.columns.everywhere(False)
        if left.kind != right.kind:
            raise ParameterError(
                f"{self.where}: {_named(left)} is a {left.kind} and {_named(right)} a {right.kind}, so they cannot be "
                f"compared.{_advice(left, right)}"
            )
        if op not in ("=", "!=") and left.kind in ("text", "flag"):
            raise ParameterError(
                f"{self.where}: a {left.kind} is neither more nor less than another ({one.text[:40]} {op} "
                f'{other.text[:40]}). Use =, != or in, or write a day as "2025-12-31".'
            )
        return self.columns.compare(op, left.data, right.data)

    def _within(self, node: Within) -> Any:
        value = self._value(node.value)
        choices = []
        for choice in node.choices:
            _, right = (
                self._as_days(value, self._value(choice)) if value.kind == "day" else (value, self._value(choice))
            )
            if value.kind not in (right.kind, "nothing"):
                raise ParameterError(
                    f"{self.where}: {_named(value)} is a {value.kind}, and {choice.text[:40]} in the list a "
                    f"{right.kind}.{_advice(value, right)}"
                )
            choices.append(right.data)
        if value.kind == "nothing":
            return self.columns.everywhere(False)
        found = self.columns.within(value.data, choices)
        if not node.negated:
            return found
        return self.columns.joined([self.columns.opposite(found), self.columns.known(value.data)], True)

    def _as_days(self, left: _Value, right: _Value, *, order: bool = False) -> tuple[_Value, _Value]:
        """A text that is written beside a day is a day; where order counts, a column of texts beside one, too."""
        return self._as_day(left, right, order=order), self._as_day(right, left, order=order)

    def _as_day(self, value: _Value, beside: _Value, *, order: bool) -> _Value:
        if value.kind != "text":
            return value
        written = isinstance(value.node, Literal)
        day = _day(str(value.data)) if written else None
        if written and beside.kind == "day" and day is None:
            raise ParameterError(
                f"{self.where}: {value.node.text[:40]} is no day, and {_named(beside)} is one. Write year, month "
                'and day, such as "2025-12-31".'
            )
        texts = order and isinstance(beside.node, Column) and beside.kind == "text"
        if day is not None and (beside.kind == "day" or texts):
            return _Value("day", day, value.node)
        other_day = isinstance(beside.node, Literal) and beside.kind == "text" and _day(str(beside.data)) is not None
        if order and isinstance(value.node, Column) and (other_day or beside.kind == "day"):
            return _Value("day", self.columns.read(value.node.name, "day"), value.node)
        return value


def _day(text: str) -> float | None:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return None
    try:
        return days_since_1970(date.fromisoformat(text))
    except ValueError:
        return None


def _named(value: _Value) -> str:
    return value.node.text[:60]


def _advice(left: _Value, right: _Value) -> str:
    for one, other in ((left, right), (right, left)):
        if one.kind == "number" and other.kind == "text" and isinstance(other.node, Literal):
            return " Write the number without quotes." if re.fullmatch(r"[-\d.]+", str(other.data)) else ""
    return ""
