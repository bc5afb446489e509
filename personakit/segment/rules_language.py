"""The language of rules: a condition on columns as a marketer writes it, read into a tree and never run as code.

    rule        monetary > 500 and recency_days > 90
    conditions  a < b   <=  >  >=  =  ==  !=   0 < a <= 10   a between 1 and 5   a in ["x", "y"]   a is missing
                and, or, not, ( ), "not in", "not between", "is not missing"; a column of true and false alone
    values      columns (in `back quotes` where the name has spaces), numbers, "texts", 'texts', true, false, and days
                such as "2025-12-31"; + - * / between numbers, day - day and day + number

There is nothing else: no functions, no attributes, no powers, so nothing that could do harm or take for ever. Length
and nesting are bounded.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import NoReturn

from personakit.errors import ParameterError
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

__all__ = ["parse"]

MOST_CHARACTERS = 10_000
MOST_LEVELS = 40
MOST_DIVISIONS = 4
"""Bounds of a rule: its length, how deep parentheses, `not` and sums go, and divisions by what was divided itself.

Readers get lost far below them. Without the last, an engine would be sent SQL that doubles with each division.
"""


def parse(text: str, name: str = "") -> Node:
    """The tree of a rule.

    Parameters
    ----------
    text : str
        The rule.
    name : str
        The segment whose rule it is, for errors.

    Raises
    ------
    ParameterError
        The text is no rule: it says where, and what is expected there.

    Examples
    --------
    >>> parse("monetary > 500 and not region = 'wales'").parts[0]
    Compare(text='monetary > 500', op='>', left=Column(text='monetary', name='monetary'), right=Literal(text='500', ...
    >>> parse("monetary >> 500")
    Traceback (most recent call last):
        ...
    personakit.errors.ParameterError: The rule cannot be read at character 11, '>': a column, a number, a "text" or ...
    """
    where = f"The rule {name!r}" if name else "The rule"
    if not isinstance(text, str):
        raise ParameterError(f"{where} is a {type(text).__name__}. Write a condition, such as 'monetary > 500'.")
    if len(text) > MOST_CHARACTERS:
        raise ParameterError(
            f"{where} is {len(text):,} characters long, and {MOST_CHARACTERS:,} are allowed. Make several rules of it, "
            "or a column of your own that holds what it asks."
        )
    return _Reader(text, where).whole_rule()


_WORDS = {"and", "or", "not", "in", "between", "is", "missing", "true", "false"}
_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+)
      | (?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
      | (?P<text>"(?:[^"\n]|"")*"|'(?:[^'\n]|'')*')
      | (?P<quoted>`[^`\n]+`)
      | (?P<name>[^\W\d]\w*)
      | (?P<sign><=|>=|==|!=|<>|[-+*/=<>()\[\],])""",
    re.VERBOSE,
)
_HINTS = {
    ".": "Attributes of a column cannot be read. Put a name with a point in `back quotes`.",
    "“": 'Write straight quotes: "text".', "”": 'Write straight quotes: "text".', "„": 'Write straight quotes: "text".',
    "‘": "Write straight quotes: 'text'.", "’": "Write straight quotes: 'text'.",
    "≥": "Write >=.", "≤": "Write <=.", "≠": "Write !=.", "%": "Write a share: 0.2 for 20 %.", "&": "Write and.",
    "|": "Write or.", "!": "Write not, or != between two values.", "~": "Write not.", "^": "There are no powers.",
    '"': "The text does not end: put the same quote behind it.",
    "'": "The text does not end: put the same quote behind it.",
    "`": "The name does not end: put a back quote behind it.",
    "\u00a0": "Write an ordinary space.",
}  # fmt: skip
_VALUE = 'a column, a number, a "text" or "(" is expected'


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    start: int
    end: int


class _Reader:
    """One pass from left to right, a method for each rule of the grammar."""

    def __init__(self, text: str, where: str) -> None:
        self.text, self.where, self.place, self.level = text, where, 0, 0
        self.tokens = [*self._tokens(), _Token("end", "", len(text), len(text))]

    def whole_rule(self) -> Node:
        if len(self.tokens) == 1:
            raise ParameterError(f"{self.where} is empty. Write a condition, such as 'monetary > 500'.")
        node = self._either()
        if self._next.kind != "end":
            expected = "and, or, or the end is expected"
            if self._next.text == "(" and self.tokens[self.place - 1].kind == "name":
                expected = "there are no functions; and, or, or a comparison is expected"
            if self._next.text == ",":
                expected = "numbers are written without a comma (1000), and lists stand after in"
            self._fail(expected)
        if _divisions(node) > MOST_DIVISIONS:
            raise ParameterError(
                f"{self.where} divides by a division by a division, more than {MOST_DIVISIONS} deep. Make columns of "
                "your own of its parts."
            )
        return node

    def _either(self) -> Node:
        return self._joined("or", self._all)

    def _all(self) -> Node:
        return self._joined("and", self._opposite)

    def _joined(self, word: str, read: Callable[[], Node]) -> Node:
        start, parts = self._next.start, [read()]
        while self._take(word):
            parts.append(read())
        if len(parts) == 1:
            return parts[0]
        return (AllOf if word == "and" else AnyOf)(self._since(start), tuple(parts))

    def _opposite(self) -> Node:
        start = self._next.start
        if not self._take("not"):
            return self._condition()
        with_one_more = self._deeper()
        part = self._opposite()
        self.level = with_one_more - 1
        return Not(self._since(start), part)

    def _condition(self) -> Node:
        start = self._next.start
        value = self._sum()
        if self._take("is"):
            negated = self._take("not")
            self._must("missing", '"is missing" or "is not missing" is expected')
            return Missing(self._since(start), value, negated)
        negated = self._take("not")
        if self._take("in"):
            choices = self._choices()
            return Within(self._since(start), value, choices, negated)
        if self._take("between"):
            low = self._sum()
            self._must("and", "between needs two ends: between 1 and 5; and is expected")
            high = self._sum()
            return Between(self._since(start), value, low, high, negated)
        if negated:
            self._fail("in or between is expected after not")
        return self._comparisons(value, start)

    def _comparisons(self, value: Node, start: int) -> Node:
        steps: list[Compare] = []
        left = value
        while self._next.kind == "sign" and self._next.text in {"<", "<=", ">", ">=", "=", "==", "!=", "<>"}:
            sign = self._pass().text
            right = self._sum()
            op = {"==": "=", "<>": "!="}.get(sign, sign)
            steps.append(Compare(f"{left.text} {op} {right.text}", op, left, right))
            left = right
        if len(steps) < 2:
            return steps[0] if steps else value
        return AllOf(self._since(start), tuple(steps))

    def _choices(self) -> tuple[Literal, ...]:
        self._must("[", 'a list is expected: in ["a", "b"]')
        choices = [self._literal()]
        while self._take(","):
            choices.append(self._literal())
        self._must("]", '"," or "]" is expected')
        return tuple(choices)

    def _literal(self) -> Literal:
        start = self._next.start
        negative = self._take("-")
        node = self._value() if self._next.kind in ("number", "text") or self._is("true", "false") else None
        if not isinstance(node, Literal) or (negative and not isinstance(node.value, float)):
            self._fail('a number or a "text" is expected')
        value = -node.value if negative and isinstance(node.value, float) else node.value
        return Literal(self._since(start), value)

    def _sum(self) -> Node:
        return self._chain("+-", self._product)

    def _product(self) -> Node:
        return self._chain("*/", self._signed)

    def _chain(self, signs: str, read: Callable[[], Node]) -> Node:
        start, before, node = self._next.start, self.level, read()
        while self._next.kind == "sign" and self._next.text in signs:
            op = self._pass().text
            if op == "*" and self._is("*"):
                self._fail("there are no powers; " + _VALUE)
            self._deeper()
            node = Arithmetic(f"{node.text} {op} {(right := read()).text}", op, node, right)
        self.level = before
        return replace(node, text=self._since(start)) if isinstance(node, Arithmetic) else node

    def _signed(self) -> Node:
        start = self._next.start
        if not self._take("-"):
            return self._value()
        with_one_more = self._deeper()
        part = self._signed()
        self.level = with_one_more - 1
        if isinstance(part, Literal) and isinstance(part.value, float):
            return Literal(self._since(start), -part.value)
        return Arithmetic(self._since(start), "-", Literal("0", 0.0), part)

    def _value(self) -> Node:
        token = self._next
        if token.kind == "number":
            value = float(self._pass().text)
            if not math.isfinite(value):
                self.place -= 1
                self._fail("the number is too large")
            if self._next.start == token.end and self._next.kind in ("name", "number"):
                self._fail("a space or a sign is expected between a number and what follows")
            return Literal(token.text, value)
        if token.kind == "text":
            quote = self._pass().text[0]
            return Literal(token.text, token.text[1:-1].replace(2 * quote, quote))
        if self._is("true", "false"):
            return Literal(token.text, self._pass().text.lower() == "true")
        if token.kind == "quoted" or (token.kind == "name" and token.text.lower() not in _WORDS):
            self._pass()
            return Column(token.text, token.text.strip("`") if token.kind == "quoted" else token.text)
        if self._take("("):
            with_one_more = self._deeper()
            node = self._either()
            self._must(")", '")" is expected')
            self.level = with_one_more - 1
            return replace(node, text=self._since(token.start))
        self._fail('a list stands after in: region in ["a", "b"]' if token.text == "[" else _VALUE)

    def _tokens(self) -> Iterator[_Token]:
        at = 0
        while at < len(self.text):
            found = _TOKEN.match(self.text, at)
            if found is None:
                sign = self.text[at]
                known = unicodedata.name(sign, f"character {ord(sign)}")
                called = "" if sign.isascii() and sign.isprintable() else f" ({known})"
                self._fail(f"this sign has no place in a rule{called}. {_HINTS.get(sign, '')}".strip(), at)
            if found.lastgroup != "space":
                yield _Token(str(found.lastgroup), found.group(), at, found.end())
            at = found.end()

    @property
    def _next(self) -> _Token:
        return self.tokens[self.place]

    def _pass(self) -> _Token:
        token = self._next
        self.place += 1
        return token

    def _is(self, *words: str) -> bool:
        return self._next.kind in ("name", "sign") and self._next.text.lower() in words

    def _take(self, word: str) -> bool:
        taken = self._is(word)
        self.place += taken
        return taken

    def _must(self, word: str, expected: str) -> None:
        if not self._take(word):
            self._fail(expected)

    def _since(self, start: int) -> str:
        return self.text[start : self.tokens[self.place - 1].end]

    def _deeper(self) -> int:
        self.level += 1
        if self.level > MOST_LEVELS:
            raise ParameterError(
                f"{self.where} goes more than {MOST_LEVELS} levels deep (parentheses, not, or a long sum) at character "
                f"{self._next.start + 1}. Make several rules of it, or columns of your own."
            )
        return self.level

    def _fail(self, expected: str, at: int | None = None) -> NoReturn:
        at = self._next.start if at is None else at
        end = self._next.kind == "end" if hasattr(self, "tokens") else False
        found = "the end" if end else repr(self._next.text[:30] if hasattr(self, "tokens") else self.text[at])
        from_, line = max(0, at - 50), self.text[max(0, at - 50) : at + 30]
        shown = "".join(sign if sign.isprintable() else " " for sign in line)
        raise ParameterError(
            f"{self.where} cannot be read at character {at + 1}, {found}: {expected.rstrip('.')}.\n    {shown}\n"
            f"    {' ' * (at - from_)}^"
        )


def _divisions(node: Node) -> int:
    """How deep divisions stand in what is divided by: 1 for a / b, 2 for a / (b / c)."""
    below = max((_divisions(part) for part in node.parts), default=0)
    if isinstance(node, Arithmetic) and node.op == "/":
        return max(below, 1 + _divisions(node.right))
    return below
