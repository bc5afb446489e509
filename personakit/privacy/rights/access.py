"""The right of access: everything held about a customer, in one document to read and in one file to carry elsewhere.

GDPR, articles 15 (access) and 20 (portability). What models say about her (recommendations) is personal data too.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from personakit.data.saving import write_csv
from personakit.data.tables import Tables
from personakit.errors import ParameterError
from personakit.privacy.moments import Moment, moment_or_now
from personakit.privacy.rights.document import Document, Readable, counted, shown
from personakit.privacy.rights.kinds import KINDS, check_customer

if TYPE_CHECKING:
    from personakit.privacy.rights.holdings import Holdings
    from personakit.privacy.rights.kinds import Holding

__all__ = ["Export", "Section", "export_of"]

_LISTED = 10
_CHOICES = {
    "timestamp": "from when the choice holds",
    "purpose": "what the data may be used for",
    "choice": "granted, refused, withdrawn",
    "basis": "the lawful basis",
    "expires": "until when it holds",
    "source": "where it was made",
    "version": "the version of the text",
}
_OF_MODELS = {
    "customer_id": "the customer",
    "product_id": "the product",
    "score": "how well the model thinks that it suits, on a scale of its own",
    "rank": "its place in the list, 1 is best",
}


@dataclass(frozen=True)
class Section:
    """One table of an export: where it lies, what a row and each column is, why it is held, and the rows."""

    name: str
    heading: str
    what: str
    purpose: str
    basis: str
    retention: str
    meanings: dict[str, str]
    rows: pd.DataFrame


@dataclass(frozen=True)
class Export(Readable):
    """Everything held about one customer.

    Attributes
    ----------
    customer_id : hashable
    at : Timestamp
        When it was drawn up.
    sections : tuple of Section
        One for each table that holds something about her.
    cannot_say : tuple of str
        Models and others that may hold something and cannot list it.

    Examples
    --------
    >>> from personakit.privacy import Holdings
    >>> ratings = pd.DataFrame({"customer_id": [1, 2], "product_id": [7, 7], "rating": [4.0, 2.0]})
    >>> export = Holdings({"ratings": ratings}).export(2, at="2025-12-31")
    >>> export.sections[0].heading, export.sections[0].rows["rating"].tolist(), export.nothing_held
    ('Table: ratings', [2.0], False)
    >>> print(Holdings().export(5, at="2025-12-31").to_text().splitlines()[5])
    Nothing is held about customer 5.
    """

    customer_id: Any
    at: pd.Timestamp
    sections: tuple[Section, ...]
    cannot_say: tuple[str, ...] = ()

    @property
    def nothing_held(self) -> bool:
        """Whether nothing was found."""
        return not self.sections

    def to_document(self) -> Document:
        """The document to read."""
        page = Document(f"What we hold about you (customer {shown(self.customer_id)})")
        page.text(f"Drawn up on {self.at:%Y-%m-%d %H:%M}, as the GDPR grants in articles 15 and 20.")
        if self.nothing_held:
            page.text(f"Nothing is held about customer {shown(self.customer_id)}.")
        else:
            rows = [f"{each.heading}: {counted(len(each.rows))}" for each in self.sections]
            page.heading("In short").items(rows)
        for each in self.sections:
            page.heading(each.heading)
            each_row = f"One row is {each.what}. " if each.what else ""
            kept = each.retention or "no period stated"
            page.text(f"{each_row}Held for: {each.purpose}. Lawful basis: {each.basis}. Kept: {kept}.")
            named = [f"{name}: {each.meanings[name]}" for name in map(str, each.rows.columns) if name in each.meanings]
            if named:
                page.items(named)
            page.table(each.rows)
        if self.cannot_say:
            page.heading("What cannot be listed")
            page.text(
                "These may have learnt from your data and cannot say so: "
                + ", ".join(self.cannot_say)
                + ". If you ask for "
                "erasure, they are trained again without you."
            )
        return page

    def to_dict(self) -> dict[str, Any]:
        """The export as plain values: customer_id, at, holdings (name, what, purpose, basis, kept, columns, rows)."""
        return {
            "customer_id": _plain(self.customer_id),
            "at": self.at.isoformat(),
            "holdings": [
                {
                    "name": each.name,
                    "heading": each.heading,
                    "what": each.what,
                    "purpose": each.purpose,
                    "basis": each.basis,
                    "kept": each.retention,
                    "columns": {str(name): each.meanings.get(str(name), "") for name in each.rows.columns},
                    "rows": [
                        {str(name): _plain(value) for name, value in zip(each.rows.columns, row, strict=True)}
                        for row in each.rows.itertuples(index=False, name=None)
                    ],
                }
                for each in self.sections
            ],
            "cannot_say": list(self.cannot_say),
        }

    def to_json(self) -> str:
        """The export for machines: times in ISO 8601, missing values as null."""
        return json.dumps(self.to_dict(), indent=1, ensure_ascii=False, allow_nan=False)

    def save(self, path: str | Path) -> list[Path]:
        """Write the export; returns the paths.

        Parameters
        ----------
        path : path
            Ending in .html, .md, .txt or .json for that one file; without an ending, a folder that gets a page, the
            JSON, and a CSV file for each table, safe to open in a spreadsheet.

        Raises
        ------
        ParameterError
            Another ending.
        """
        where = Path(path)
        writers = {".html": self.to_html, ".md": self.to_markdown, ".txt": self.to_text, ".json": self.to_json}
        if where.suffix in writers:
            where.parent.mkdir(parents=True, exist_ok=True)
            where.write_text(writers[where.suffix](), encoding="utf-8")
            return [where]
        if where.suffix:
            raise ParameterError(
                f"save: {where.name} ends in {where.suffix}. An export is written as {', '.join(writers)}, or to a "
                "folder."
            )
        frames = {re.sub(r"[^\w.-]", "_", each.name): each.rows for each in self.sections}
        tables = write_csv(Tables(frames), where)
        return [*self.save(where / "export.html"), *self.save(where / "export.json"), *tables]


def export_of(holdings: Holdings, customer_id: Any, *, at: Moment | None = None) -> Export:
    """What `Holdings.export` gives."""
    check_customer(customer_id, "export")
    when = moment_or_now(at)
    sections: list[Section] = []
    silent: list[str] = []
    for holding in holdings:
        held = holding.about(customer_id)
        if held is None:
            silent.append(holding.name)
            continue
        sections += [_section(holding, name, rows) for name, rows in held.items()]
        if held and holding.kind == "model" and hasattr(holding.thing, "recommend"):
            lists = holding.thing.recommend([customer_id], k=_LISTED)
            heading = f"What a model recommends to you: {holding.name}"
            sections.append(_section(holding, f"{holding.name}.recommended", lists, heading, "a product and its score"))
    return Export(customer_id, when, tuple(sections), tuple(silent) if sections else ())


def _section(holding: Holding, name: str, rows: pd.DataFrame, heading: str = "", what: str = "") -> Section:
    meanings = {"ledger": _CHOICES, "model": _OF_MODELS}.get(holding.kind, {}) | holding.meanings
    return Section(
        name=name,
        heading=heading or f"{KINDS[holding.kind]}: {name}",
        what=what or holding.what,
        purpose="; ".join(holding.purpose),
        basis=(holding.basis or "not stated").replace("_", " "),
        retention=holding.kept,
        meanings=meanings,
        rows=rows.reset_index(drop=True),
    )


def _plain(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, dict):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple, set, frozenset, np.ndarray, pd.Series)):
        return [_plain(part) for part in value]
    if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)):
        return None
    if isinstance(value, (pd.Timestamp, pd.Timedelta)):
        return value.isoformat()
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    return value if isinstance(value, (bool, int, str)) else str(value)
