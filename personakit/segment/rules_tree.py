"""The parts of a rule, as a tree: what was read, and the text it was read from."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "AllOf",
    "AnyOf",
    "Arithmetic",
    "Between",
    "Column",
    "Compare",
    "Literal",
    "Missing",
    "Node",
    "Not",
    "Within",
    "columns_of",
]


@dataclass(frozen=True)
class Node:
    """A part of a rule, with the text it was read from."""

    text: str

    @property
    def parts(self) -> tuple[Node, ...]:
        """The nodes right below this one."""
        found = [getattr(self, name) for name in self.__dataclass_fields__ if name != "text"]
        return tuple(
            node for one in found for node in (one if isinstance(one, tuple) else (one,)) if isinstance(node, Node)
        )


@dataclass(frozen=True)
class Literal(Node):
    """A number, a text, true or false."""

    value: float | str | bool


@dataclass(frozen=True)
class Column(Node):
    """A column by its name."""

    name: str


@dataclass(frozen=True)
class Arithmetic(Node):
    """left + right, and so on; op is one of + - * /."""

    op: str
    left: Node
    right: Node


@dataclass(frozen=True)
class Compare(Node):
    """left < right, and so on; op is one of < <= > >= = !=."""

    op: str
    left: Node
    right: Node


@dataclass(frozen=True)
class Between(Node):
    """low <= value <= high, or the opposite."""

    value: Node
    low: Node
    high: Node
    negated: bool


@dataclass(frozen=True)
class Within(Node):
    """value in [choices], or the opposite."""

    value: Node
    choices: tuple[Literal, ...]
    negated: bool


@dataclass(frozen=True)
class Missing(Node):
    """value is missing, or the opposite."""

    value: Node
    negated: bool


@dataclass(frozen=True)
class Not(Node):
    """The opposite of a condition."""

    part: Node


@dataclass(frozen=True)
class AllOf(Node):
    """Conditions joined by `and`."""

    each: tuple[Node, ...]


@dataclass(frozen=True)
class AnyOf(Node):
    """Conditions joined by `or`."""

    each: tuple[Node, ...]


def columns_of(node: Node) -> list[str]:
    """The columns that a rule reads, each once, in the order in which it names them.

    >>> from personakit.segment.rules_language import parse
    >>> columns_of(parse("a > 1 and (b < a or c is missing)"))
    ['a', 'b', 'c']
    """
    own = [node.name] if isinstance(node, Column) else []
    return list(dict.fromkeys([*own, *(name for part in node.parts for name in columns_of(part))]))
