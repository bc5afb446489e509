"""A decision tree in words: conditions on columns with rounded thresholds, and where missing values go."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from personakit.errors import DataError
from personakit.segment.rules_language import parse
from personakit.segment.rules_tables import FrameColumns
from personakit.segment.rules_tree import Column, Missing

__all__ = ["Branch", "Condition", "in_words", "paths", "rounded", "sayable"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Condition:
    """A condition on a column; with_missing says whether those without a value meet it, too."""

    column: str
    op: str
    value: Any
    with_missing: bool

    @property
    def text(self) -> str:
        """As the language of rules writes it."""
        name = self.column if _plain_name(self.column) else f"`{self.column}`"
        if self.value is None:  # "is missing" and "is not missing" are whole conditions
            return f"{name} {self.op}"
        if isinstance(self.value, str):
            value = '"' + self.value.replace('"', '""') + '"'
        elif isinstance(self.value, bool):
            value = str(self.value).lower()
        else:
            value = np.format_float_positional(self.value, trim="-")
        said = f"{name} {self.op} {value}"
        return f"({said} or {name} is missing)" if self.with_missing else said


@dataclass
class Branch:
    """A node: a leaf with the place of its segment, or a question with two branches."""

    leaf: int = -1
    feature: int = -1
    threshold: float = 0.0
    missing_no: bool = True  # where a missing value goes: to `no`, value <= threshold, or to `yes`
    no: Branch | None = None
    yes: Branch | None = None

    def apply(self, values: Floats) -> NDArray[np.int64]:
        """The place of the segment of each row of the matrix."""
        if self.no is None or self.yes is None:
            return np.full(len(values), self.leaf)
        above = self.above(values)
        found = np.empty(len(values), dtype=np.int64)
        found[above], found[~above] = self.yes.apply(values[above]), self.no.apply(values[~above])
        return found

    def above(self, values: Floats) -> NDArray[np.bool_]:
        """Who goes to `yes`."""
        column = values[:, self.feature]
        return (column > self.threshold) | (np.isnan(column) & (not self.missing_no))


def rounded(low: float, high: float, digits: int) -> float:
    """A number from low up to (and without) high with as few significant digits as will do, `digits` at most.

    Where none lies between, the middle rounded to `digits`.

    >>> rounded(187.3, 214.0, 3), rounded(0.3312, 0.3398, 3), rounded(3.0, 4.0, 3), rounded(0.0, 1.0, 3)
    (200.0, 0.336, 3.0, 0.0)
    """
    if (low, high) == (0, 1):  # none, or at least one: "> 0" is plainer than "> 0.5"
        return 0.0
    middle = low + (high - low) / 2
    for many in range(1, digits + 1):
        for value in (middle, low):
            if low <= (short := float(f"{value:.{many}g}")) < high:
                return short
    return float(f"{middle:.{digits}g}")


def paths(branch: Branch, asked: Sequence[Sequence[Condition]], before: tuple[Condition, ...] = ()) -> Iterator[Any]:
    """Each leaf with the conditions that lead to it; `asked` has the two conditions (no, yes) of each question."""
    if branch.no is None or branch.yes is None:
        yield branch.leaf, before
        return
    no, yes = _conditions(branch, asked[branch.feature])
    yield from paths(branch.no, asked, (*before, no))
    yield from paths(branch.yes, asked, (*before, yes))


def _conditions(branch: Branch, asked: Sequence[Condition]) -> tuple[Condition, Condition]:
    no, yes = asked
    if no.op != "<=":  # a category or a truth value
        return no, yes
    value = branch.threshold
    if value == np.inf:  # the tree asks whether there is a value at all
        return replace(no, op="is not missing", value=None), replace(
            yes, op="is missing", value=None, with_missing=True
        )
    return replace(no, value=value, with_missing=branch.missing_no), replace(
        yes, value=value, with_missing=not branch.missing_no
    )


def in_words(conditions: Sequence[Condition]) -> str:
    """The conditions joined by and, without those that others make needless.

    >>> ask = Condition("spent", ">", 5.0, True)
    >>> in_words([ask, Condition("spent", ">", 9.0, False), Condition("shop", "!=", "a", True)])
    'spent > 9 and (shop != "a" or shop is missing)'
    """
    kept: dict[tuple[str, str, Any], Condition] = {}
    columns = {each.column for each in conditions}
    missing_is_in = {name: all(each.with_missing for each in conditions if each.column == name) for name in columns}
    certain = {each.column for each in conditions if each.op == "=" and each.value is not False}
    for each in conditions:
        if each.op == "!=" and each.column in certain:
            continue
        # A deeper question about the same side of a column is the narrower one and takes the place of the earlier.
        key = (each.column, each.op, each.value if each.op in ("=", "!=") else None)
        kept[key] = replace(each, with_missing=missing_is_in[each.column])
    return " and ".join(each.text for each in kept.values()) or "true"


def sayable(columns: FrameColumns, name: str, kind: str) -> str:
    """The reason why a column cannot stand in a rule that reads like the tree's question; empty if it can."""
    if kind == "date":
        return "dates are counted from the day of the profiles, which rules do not know"
    if re.search(r"[`\n]", name):
        return "its name cannot be written in a rule"
    try:
        found = columns.kind(name)
    except DataError:
        return "it holds values of several kinds"
    if kind == "number":
        return "" if found in ("number", "flag", "nothing") else "it does not hold numbers throughout"
    if found != "text":
        return "" if found == "nothing" else f"its categories are a {found} each, not texts"
    long = columns.frame[name].dropna().astype(str).str.contains("\n")
    return "a category has a line break, which a rule cannot have" if long.any() else ""


def _plain_name(name: str) -> bool:
    try:
        node = parse(f"{name} is missing")
    except ValueError:
        return False
    return isinstance(node, Missing) and node.value == Column(name, name)
