"""A plain document of headings, sentences, lists and tables, as Markdown, HTML or text, with all data escaped."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from html import escape
from typing import Any

import pandas as pd

__all__ = ["Document", "Readable", "counted", "shown"]


class Document:
    """Build a document part by part.

    >>> page = Document("Yours").heading("Orders").text("One order.").table(pd.DataFrame({"what": ["a|b"]}))
    >>> print(page.to_markdown())
    # Yours
    <BLANKLINE>
    ## Orders
    <BLANKLINE>
    One order.
    <BLANKLINE>
    | what |
    | --- |
    | a\\|b |
    <BLANKLINE>
    """

    def __init__(self, title: str) -> None:
        self.title = title
        self._parts: list[tuple[str, Any]] = []

    def heading(self, words: str) -> Document:
        """A heading of the second level."""
        return self._with("heading", words)

    def text(self, words: str) -> Document:
        """A paragraph."""
        return self._with("text", words)

    def items(self, words: list[str]) -> Document:
        """A list of short points."""
        return self._with("items", words)

    def table(self, frame: pd.DataFrame) -> Document:
        """A table without its index."""
        return self._with("table", frame)

    def to_markdown(self) -> str:
        """Markdown, in which nothing that came from data is a mark or a tag."""
        lines = [f"# {_marked(self.title)}", ""]
        for kind, part in self._parts:
            if kind == "heading":
                lines += [f"## {_marked(part)}", ""]
            elif kind == "text":
                lines += [_marked(part), ""]
            elif kind == "items":
                lines += [f"- {_marked(words)}" for words in part] + [""]
            else:
                heads = [_marked(str(name)) for name in part.columns]
                lines += [f"| {' | '.join(heads)} |", f"|{' --- |' * len(heads)}"]
                lines += [f"| {' | '.join(_marked(cell) for cell in row)} |" for row in _cells(part)] + [""]
        return "\n".join(lines)

    def to_text(self) -> str:
        """Plain text, for a letter or an e-mail."""
        lines = [self.title, "=" * len(self.title), ""]
        for kind, part in self._parts:
            if kind == "heading":
                lines += [part, "-" * len(part), ""]
            elif kind == "text":
                lines += [part, ""]
            elif kind == "items":
                lines += [f"- {words}" for words in part] + [""]
            else:
                names = [str(name) for name in part.columns]
                lines += [
                    "- " + "; ".join(f"{name}: {cell}" for name, cell in zip(names, row, strict=True) if cell)
                    for row in _cells(part)
                ] + [""]
        return "\n".join(lines)

    def to_html(self) -> str:
        """A fragment of HTML, every text escaped."""
        parts = [f"<h1>{escape(self.title)}</h1>"]
        for kind, part in self._parts:
            if kind == "heading":
                parts.append(f"<h2>{escape(part)}</h2>")
            elif kind == "text":
                parts.append(f"<p>{escape(part)}</p>")
            elif kind == "items":
                parts.append("<ul>" + "".join(f"<li>{escape(words)}</li>" for words in part) + "</ul>")
            else:
                head = "".join(f"<th style='text-align:left'>{escape(str(name))}</th>" for name in part.columns)
                body = "".join(
                    "<tr>" + "".join(f"<td style='text-align:left'>{escape(cell)}</td>" for cell in row) + "</tr>"
                    for row in _cells(part)
                )
                parts.append(f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")
        return "\n".join(parts)

    def to_page(self) -> str:
        """A whole HTML page in UTF-8."""
        return (
            "<!DOCTYPE html>\n<html lang='en'><head><meta charset='utf-8'>"
            f"<title>{escape(self.title)}</title></head><body>\n{self.to_html()}\n</body></html>\n"
        )

    def _with(self, kind: str, part: Any) -> Document:
        self._parts.append((kind, part))
        return self


class Readable(ABC):
    """What can be read as a document, and is shown as one in a notebook.

    >>> class Note(Readable):
    ...     def to_document(self):
    ...         return Document("Note").text("Paid.")
    >>> print(Note().to_text())
    Note
    ====
    <BLANKLINE>
    Paid.
    <BLANKLINE>
    """

    @abstractmethod
    def to_document(self) -> Document:
        """The document."""

    def to_text(self) -> str:
        """The document as plain text."""
        return self.to_document().to_text()

    def to_markdown(self) -> str:
        """The document as Markdown."""
        return self.to_document().to_markdown()

    def to_html(self) -> str:
        """The document as a page of HTML."""
        return self.to_document().to_page()

    def __str__(self) -> str:
        return self.to_text()

    def _repr_html_(self) -> str:
        return self.to_document().to_html()


def counted(number: int, what: str = "row") -> str:
    """A number with its noun.

    >>> counted(1), counted(1200)
    ('1 row', '1,200 rows')
    """
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def shown(value: Any) -> str:
    """A cell as a reader wants it: no NaN, days without a midnight, whole numbers without a point.

    >>> shown(3.0), shown(float("nan")), shown(pd.Timestamp("2025-01-05")), shown(True)
    ('3', '', '2025-01-05', 'yes')
    """
    if isinstance(value, (list, tuple, set, dict)):
        return str(value)
    if value is None or pd.isna(value):
        return ""
    if isinstance(value, bool) or type(value).__name__ == "bool":
        return "yes" if value else "no"
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}" if value == value.normalize() else f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, float):
        return f"{value:.0f}" if value.is_integer() and abs(value) < 1e15 else f"{value:.12g}"
    return str(value)


def _cells(frame: pd.DataFrame) -> list[list[str]]:
    columns = [[shown(value) for value in frame[name]] for name in frame.columns]
    return [list(row) for row in zip(*columns, strict=True)]


def _marked(words: str) -> str:
    flat = " ".join(words.split())
    plain = flat.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_\[\]|~])", r"\\\1", re.sub(r"^([#+-]|\d+\.)", r"\\\1", plain))
