"""What is wrong with a table, gathered until all of it is known and then told in one report.

Every finding has a code; the words that belong to a code are here and nowhere else, so that an error text and the
`reason` column of the rejected rows can never disagree.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from personakit.errors import DataError, some

__all__ = ["REASONS", "BadRowsError", "Findings", "Reason", "nearest"]

REJECTED = ["table", "row", "column", "value", "reason"]
NOTES = ["table", "column", "count", "note"]


@dataclass(frozen=True)
class Reason:
    """The words for one kind of bad value: for one of it, for many of it, and what to do."""

    one: str
    many: str
    advice: str


REASONS: dict[str, Reason] = {
    "missing": Reason("missing value", "missing values", "Every row needs one: fill it in, or drop the rows."),
    "not_a_number": Reason(
        "value that is not a number", "values that are not numbers", "Correct them, or drop the rows."
    ),
    "two_ways": Reason(
        "number that can be read in two ways",
        "numbers that can be read in two ways",
        'Pass decimal="." if the comma groups thousands (1,234 is 1234), or decimal="," if it is the decimal sign.',
    ),
    "other_decimal": Reason(
        "number with another decimal sign than the other rows",
        "numbers with another decimal sign than the other rows",
        'Write all of them in one way, or say which one holds with decimal="." or decimal=",".',
    ),
    "not_whole": Reason(
        "value that is not a whole number",
        "values that are not whole numbers",
        "Pieces are counted: for goods sold by weight put the whole amount into unit_price and 1 into quantity.",
    ),
    "infinite": Reason("infinite value", "infinite values", "Look for a division by nought, or drop the rows."),
    "negative": Reason("negative value", "negative values", "Correct them, or drop the rows."),
    "too_low": Reason("absurdly low value", "absurdly low values", "Check the unit, correct them, or drop the rows."),
    "too_high": Reason(
        "absurdly high value", "absurdly high values", "Check the unit, correct them, or drop the rows."
    ),
    "zero": Reason("value of 0", "values of 0", "Nothing was sold in such a row: drop the rows."),
    "not_a_date": Reason(
        "value that is not a date", "values that are not dates", "Write dates as 2025-12-31, or drop the rows."
    ),
    "no_such_day": Reason("date that does not exist", "dates that do not exist", "Correct them, or drop the rows."),
    "day_or_month": Reason(
        "date in which day and month cannot be told apart",
        "dates in which day and month cannot be told apart",
        "Pass dayfirst=True for day/month/year or dayfirst=False for month/day/year.",
    ),
    "mixed_dates": Reason(
        "date written in another form than the other rows",
        "dates written in another form than the other rows",
        "Write all dates of a column in one form, best as 2025-12-31.",
    ),
    "absurd_date": Reason(
        "absurd date", "absurd dates", "Dates from 1900 to 2100 are read: correct them, or drop the rows."
    ),
    "day_number": Reason(
        "day number of a spreadsheet in place of a date",
        "day numbers of a spreadsheet in place of dates",
        "Format the column as a date and save again, or pass pandas.to_datetime(days, unit='D', origin='1899-12-30').",
    ),
    "some_zones": Reason(
        "time without a time zone among times with one",
        "times without a time zone among times with one",
        'Pass timezone="Europe/London" (the shop\'s own) to bring all of them to one clock.',
    ),
    "offsets": Reason(
        "time with changing offsets from UTC",
        "times with changing offsets from UTC",
        'Pass timezone="Europe/London" (the shop\'s own) to bring all of them to one clock.',
    ),
    "not_a_flag": Reason(
        "value that is neither true nor false",
        "values that are neither true nor false",
        "Write true or false, yes or no, or 1 or 0.",
    ),
    "unknown_value": Reason("unknown value", "unknown values", "Correct them, or drop the rows."),
    "duplicate": Reason(
        "row with a key that an earlier row has",
        "rows with a key that an earlier row has",
        'Pass duplicates="last" (or "first") to keep one row of each, or drop the rows.',
    ),
    "superseded": Reason(
        "row set aside for another with the same key", "rows set aside for others with the same key", ""
    ),
    "unknown_id": Reason(
        "unknown id", "unknown ids", "Add them there, or leave that table out to have it made from the ids."
    ),
    "orphan": Reason("id whose own row was rejected", "ids whose own rows were rejected", ""),
    "broken_id": Reason(
        "id that is not a whole number among whole numbers",
        "ids that are not whole numbers among whole numbers",
        "Something was calculated with them, or columns were mixed up: restore the ids, or drop the rows.",
    ),
    "inexact_id": Reason(
        "id too large to be exact as a floating-point number",
        "ids too large to be exact as floating-point numbers",
        "Read the column as text (dtype=str) or as whole numbers (dtype='Int64') from the start.",
    ),
    "shortened_id": Reason(
        "id that a spreadsheet shortened",
        "ids that a spreadsheet shortened",
        "The digits are lost: export again with the column formatted as text.",
    ),
    "ragged": Reason(
        "line with too many or too few fields",
        "lines with too many or too few fields",
        'A separator inside a value must stand in double quotes; pass sep=";" (or another) where that is it.',
    ),
}


class BadRowsError(DataError):
    """Tables with bad rows. `rejected` holds every one of them: table, row, column, value, reason."""

    rejected: pd.DataFrame

    def __init__(self, text: str, rejected: pd.DataFrame) -> None:
        super().__init__(text)
        self.rejected = rejected


@dataclass
class _Batch:
    table: str
    column: str
    code: str
    rows: list[Any]
    values: list[Any]
    advice: str
    detail: str


@dataclass
class Findings:
    """Everything found so far: faults that stop a table (`stop`), bad rows (`reject`) and things to know (`note`)."""

    faults: list[str] = field(default_factory=list)
    batches: list[_Batch] = field(default_factory=list)
    notes: list[tuple[str, str, int, str]] = field(default_factory=list)
    rows_read: dict[str, int] = field(default_factory=dict)

    def stop(self, text: str) -> None:
        """A fault of a whole table: no row of it can be used."""
        self.faults.append(text)

    def note(self, table: str, column: str, count: int, text: str) -> None:
        """Something that was changed or assumed and that the reader must be able to see."""
        self.notes.append((table, column, count, text))

    def reject(
        self,
        table: str,
        column: str,
        code: str,
        *,
        rows: Sequence[Any],
        values: Sequence[Any],
        advice: str = "",
        detail: str = "",
    ) -> None:
        """Bad values of one column. `rows` are the labels to show, `detail` follows the words of the code."""
        if len(rows):
            self.batches.append(_Batch(table, column, code, list(rows), list(values), advice, detail))

    def rejected(self) -> pd.DataFrame:
        """One row for each bad value: table, row, column, value, reason."""
        parts = [
            pd.DataFrame(
                {
                    "table": batch.table,
                    "row": pd.Series(batch.rows, dtype=object),
                    "column": batch.column,
                    "value": pd.Series(batch.values, dtype=object),
                    "reason": REASONS[batch.code].one + batch.detail,
                },
                columns=REJECTED,
            )
            for batch in self.batches
        ]
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=REJECTED)

    def report(self) -> pd.DataFrame:
        """One row for each note: table, column, count of rows it is about, note."""
        return pd.DataFrame(self.notes, columns=NOTES)

    def lines(self) -> list[str]:
        """The report, a sentence or two for each finding; findings of one kind in one column are put together."""
        joined: dict[tuple[str, str, str, str, str], _Batch] = {}
        for batch in self.batches:
            key = (batch.table, batch.column, batch.code, batch.detail, batch.advice)
            if key in joined:
                joined[key].rows += batch.rows
                joined[key].values += batch.values
            else:
                joined[key] = _Batch(
                    batch.table,
                    batch.column,
                    batch.code,
                    list(batch.rows),
                    list(batch.values),
                    batch.advice,
                    batch.detail,
                )
        return [*self.faults, *(_sentence(batch) for batch in joined.values())]

    def raise_if_any(self) -> None:
        """Raise one `BadRowsError` that tells everything, if there is anything to tell."""
        lines = self.lines()
        if not lines:
            return
        if len(lines) == 1:
            raise BadRowsError(lines[0], self.rejected())
        bad, read = len({(b.table, row) for b in self.batches for row in b.rows}), sum(self.rows_read.values())
        head = f"{len(lines)} problems"
        if bad:
            head += f" ({bad:,} bad {'row' if bad == 1 else 'rows'} of {read:,})"
        text = "\n".join([f"{head}:", *(f"- {line}" for line in lines)])
        if bad and not self.faults:
            text += '\nPass on_bad="quarantine" to go on with the good rows and find the others in `.rejected`.'
        raise BadRowsError(text, self.rejected())


def _sentence(batch: _Batch) -> str:
    reason, count = REASONS[batch.code], len(batch.rows)
    what = (reason.one if count == 1 else reason.many) + batch.detail
    where = f"row{'s' if count > 1 else ''} {some(batch.rows)}: {some(_short(v) for v in batch.values)}"
    name = f"{batch.table}.{batch.column}" if batch.column else batch.table
    return f"{name} has {count:,} {what} ({where}). {batch.advice or reason.advice}".rstrip()


def _short(value: Any) -> str:
    if isinstance(value, (float, np.floating)):
        return "nothing" if np.isnan(value) else f"{float(value):.12g}" if float(value) % 1 else f"{float(value):.1f}"
    if value is None or value is pd.NaT or value is pd.NA:
        return "nothing"
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def nearest(name: str, names: Iterable[str]) -> str:
    """' Did you mean ...?' with the nearest match, or nothing where none is near.

    >>> nearest("raitng", ["rating", "timestamp"])
    " Did you mean 'rating'?"
    """
    lowered = {str(other).lower(): str(other) for other in names}
    found = difflib.get_close_matches(str(name).lower(), list(lowered), n=1, cutoff=0.6)
    return f" Did you mean {lowered[found[0]]!r}?" if found else ""
