"""What every way in returns: named canonical tables, and the record of how they came to be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd

from personakit.data.problems import NOTES, REJECTED, nearest
from personakit.errors import UnknownNameError

__all__ = ["Tables"]

MAPPING = ["table", "column", "source_column", "how", "example"]


class Tables(Mapping[str, pd.DataFrame]):
    """Canonical tables by name, as a mapping: `tables["ratings"]`, `"ratings" in tables`, `dict(tables)`.

    Parameters
    ----------
    frames : mapping of table name to DataFrame
    mapping : DataFrame, optional
        Where each column came from: table, column, source_column, how (same name, synonym, by content, given, derived,
        kept, not used) and an example.
    report : DataFrame, optional
        What was changed or assumed on the way: table, column, count of rows, note.
    rejected : DataFrame, optional
        Rows that were set aside: table, row, column, value, reason.
    source : str
        Where the data came from.
    licence : str
        Under what terms it may be used.

    >>> tables = Tables({"ratings": pd.DataFrame({"customer_id": [1], "product_id": [7], "rating": [4.0]})})
    >>> list(tables), len(tables["ratings"])
    (['ratings'], 1)
    """

    def __init__(
        self,
        frames: Mapping[str, pd.DataFrame],
        *,
        mapping: pd.DataFrame | None = None,
        report: pd.DataFrame | None = None,
        rejected: pd.DataFrame | None = None,
        source: str = "",
        licence: str = "",
    ) -> None:
        self._frames = dict(frames)
        self.mapping = pd.DataFrame(columns=MAPPING) if mapping is None else mapping
        self.report = pd.DataFrame(columns=NOTES) if report is None else report
        self.rejected = pd.DataFrame(columns=REJECTED) if rejected is None else rejected
        self.source = source
        self.licence = licence

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name in self._frames:
            return self._frames[name]
        there = ", ".join(self._frames) or "none"
        raise UnknownNameError(f"There is no table {name!r} here.{nearest(name, self._frames)} The tables are {there}.")

    def __iter__(self) -> Iterator[str]:
        return iter(self._frames)

    def __len__(self) -> int:
        return len(self._frames)

    __eq__ = object.__eq__  # the mapping's own would compare frames as if they were numbers
    __hash__ = object.__hash__

    def __contains__(self, name: object) -> bool:
        return name in self._frames

    def replace(self, frames: Mapping[str, pd.DataFrame] | None = None, **record: Any) -> Tables:
        """The same with some tables, or parts of the record (mapping, report, rejected, source, licence), replaced.

        >>> Tables({}).replace({"ratings": pd.DataFrame()}, source="mine").source
        'mine'
        """
        kept = {name: getattr(self, name) for name in ("mapping", "report", "rejected", "source", "licence")}
        return Tables({**self._frames, **(frames or {})}, **{**kept, **record})

    def overview(self) -> pd.DataFrame:
        """One row for each table: table, rows, rejected (rows set aside), columns, first and last time.

        >>> Tables({"ratings": pd.DataFrame({"customer_id": [1], "rating": [4.0]})}).overview()["rows"].tolist()
        [1]
        """
        aside = self.rejected.drop_duplicates(["table", "row"]).groupby("table").size()
        rows = []
        for name, frame in self._frames.items():
            when = next((c for c in ("timestamp", "week", "recorded_at", "signed_up") if c in frame.columns), None)
            times = frame[when].dropna() if when else pd.Series(dtype="datetime64[us]")
            first, last = (times.min(), times.max()) if len(times) else (pd.NaT, pd.NaT)
            rows.append((name, len(frame), int(aside.get(name, 0)), ", ".join(map(str, frame.columns)), first, last))
        return pd.DataFrame(rows, columns=["table", "rows", "rejected", "columns", "first", "last"])

    def to_parquet(self, folder: str | Path) -> list[Path]:
        """Write each table as Parquet, and the record beside them; returns the paths (see `from_parquet`)."""
        from personakit.data.saving import write_parquet

        return write_parquet(self, folder)

    @classmethod
    def from_parquet(cls, folder: str | Path) -> Tables:
        """The tables that `to_parquet` wrote into a folder.

        Raises
        ------
        UnavailableError
            There is no such table.
        """
        from personakit.data.saving import read_parquet

        return read_parquet(folder)

    def to_csv(self, folder: str | Path) -> list[Path]:
        """Write each table as CSV that is safe in a spreadsheet; returns the paths.

        A text that a spreadsheet would run as a formula gets an apostrophe before it, which `read_tables` takes away
        again.
        """
        from personakit.data.saving import write_csv

        return write_csv(self, folder)

    def __repr__(self) -> str:
        sizes = ", ".join(f"{name}: {len(frame):,} rows" for name, frame in self._frames.items())
        aside = len(self.rejected.drop_duplicates(["table", "row"]))
        return f"Tables({sizes}{f'; {aside:,} rows rejected' if aside else ''})"

    def _repr_html_(self) -> str:
        about = [part for part in (self.source, self.licence and f"Licence: {self.licence}") if part]
        parts = ["<div>", *(f"<p>{escape(part)}</p>" for part in about), _overview_html(self.overview())]
        for title, frame, opened in (
            ("Where the columns came from", self.mapping, True),
            ("What was changed or assumed", self.report, True),
            ("Rejected rows", self.rejected, False),
        ):
            if len(frame):
                opening = "<details open>" if opened else "<details>"
                parts.append(f"{opening}<summary>{title} ({len(frame):,})</summary>{_html(frame)}</details>")
        return "\n".join([*parts, "</div>"])


def _overview_html(overview: pd.DataFrame) -> str:
    shown = overview.assign(
        rows=overview["rows"].map("{:,}".format),
        rejected=overview["rejected"].map("{:,}".format),
        first=[f"{time:%Y-%m-%d}" if pd.notna(time) else "" for time in overview["first"]],
        last=[f"{time:%Y-%m-%d}" if pd.notna(time) else "" for time in overview["last"]],
    )
    return _html(shown)


def _html(frame: pd.DataFrame, at_most: int = 40) -> str:
    """A plain table, every cell escaped."""
    head = "".join(f"<th style='text-align:left'>{escape(str(column))}</th>" for column in frame.columns)
    body = "".join(
        "<tr>" + "".join(f"<td style='text-align:left'>{escape(_cell(value))}</td>" for value in row) + "</tr>"
        for row in frame.head(at_most).itertuples(index=False)
    )
    rest = f"<p>{len(frame) - at_most:,} more</p>" if len(frame) > at_most else ""
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{rest}"


def _cell(value: Any) -> str:
    missing = value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and value != value)
    text = "" if missing else str(value)
    return text if len(text) <= 120 else text[:117] + "..."
