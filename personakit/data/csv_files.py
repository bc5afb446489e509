"""CSV as it comes: the separator found, the header checked, lines of the wrong width reported, all cells as texts."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, TextIO

import pandas as pd

from personakit.data.problems import Findings
from personakit.errors import DataError, ParameterError, some

__all__ = ["read_csv"]

SAMPLE = 1 << 18
SEPARATORS = (",", ";", "\t", "|")
_SEP_LINE = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)  # the line with which Excel marks its separator
_TWICE = re.compile("Ã[\u0080-\u00bf]|â€")  # é and a quotation mark, encoded as UTF-8 a second time


@dataclass(frozen=True)
class _Layout:
    """How a file is cut: its separator, its column names, and how many lines come before the first row."""

    separator: str
    header: list[str]
    skip: int


def read_csv(
    name: str,
    open_bytes: Callable[[], BinaryIO],
    open_text: Callable[[], TextIO],
    table: str,
    findings: Findings,
    *,
    encoding: str,
    sep: str | None = None,
    names: Sequence[str] | None = None,
    given: bool = False,
) -> pd.DataFrame:
    """The cells of a CSV file as texts, empty ones as missing; see `personakit.data.files.read_file`.

    Parameters
    ----------
    name, table : the file and the table it is to become, for reports
    open_bytes, open_text : open the file anew
    findings : takes lines with too many or too few fields
    encoding, sep, names : how to read it; `given` says that the encoding is the caller's word

    Raises
    ------
    DataError
        The file cannot be read in this encoding, has no header line, a title above it, or one name for two columns.
    """
    try:
        codecs.lookup(encoding)
        with open_text() as opened:
            sample = opened.read(SAMPLE)
    except (LookupError, UnicodeError) as wrong:
        raise DataError(f"{table}: {name} cannot be read as {encoding} ({wrong}). Pass another encoding=.") from wrong
    if given:
        _check_given_encoding(name, table, encoding, sample)
    if "\x00" in sample:
        raise DataError(f"{table}: {name} holds NUL characters: it is not text in {encoding}. Pass another encoding=.")
    garbled = _TWICE.findall(sample)
    if garbled:
        findings.note(
            table, "", len(garbled), f"{name} seems to be encoded twice: it has {some(set(garbled))} for accents"
        )
    layout = _layout(name, table, sample, sep, names)
    frame, bad = _rows(name, table, open_bytes, layout, encoding)
    findings.rows_read[table] = len(frame) + len(bad)
    findings.reject(table, "", "ragged", rows=list(bad), values=list(bad.values()))
    if bad:
        frame.index = pd.Index([row for row in range(len(frame) + len(bad)) if row not in bad])
    return frame


def _layout(name: str, table: str, sample: str, sep: str | None, names: Sequence[str] | None) -> _Layout:
    body = sample.lstrip("\ufeff").lstrip("\r\n")
    skip = sample[: len(sample) - len(body)].count("\n")
    marked = _SEP_LINE.match(body)
    if marked:
        sep, body, skip = sep or marked.group(1), body[marked.end() :], skip + 1
    separator = sep if sep is not None else _separator(body)
    if len(separator) != 1:
        raise ParameterError(
            f"sep={separator!r} has {len(separator)} characters; a separator has one. Read the file with pandas first."
        )
    records = csv.reader(io.StringIO(body, newline=""), delimiter=separator)
    header = [column.strip() for column in next(records)]
    if names is not None:
        if len(names) != len(header):
            raise ParameterError(f"names for {table} has {len(names)} names, but {name} has {len(header)} columns.")
        return _Layout(separator, list(names), skip)
    if all(_looks_like_data(column) for column in header):
        raise DataError(
            f"{table}: {name} has no header line; its first line is {some(header, 5)}. "
            f"Pass names={{{table!r}: [...]}} with one name for each of its {len(header)} columns."
        )
    title = _lines_of_title(body, separator)
    if title:
        raise DataError(
            f"{table}: {name} does not start with its column names but with {header[0][:60]!r}. Delete what stands "
            f"above the table, or pass pandas.read_csv(..., skiprows={skip + title})."
        )
    twice = sorted({column for column in header if header.count(column) > 1})
    if twice:
        raise DataError(f"{table}: {name} names more than one column {some(map(repr, twice))}. Rename all but one.")
    return _Layout(separator, header, skip + records.line_num)


def _rows(
    name: str, table: str, open_bytes: Callable[[], BinaryIO], layout: _Layout, encoding: str
) -> tuple[pd.DataFrame, dict[int, str]]:
    """The rows of the right width, and the lines of another width by their place."""
    import pyarrow as pa
    import pyarrow.csv as arrow_csv

    bad: dict[int, str] = {}

    def ragged(row: Any) -> str:
        bad[int(row.number) - layout.skip - 1] = str(row.text)
        return "skip"

    text = {column: pa.string() for column in layout.header}
    try:
        with open_bytes() as opened:
            got = arrow_csv.read_csv(
                opened,
                # one thread: only so does Arrow number the lines
                read_options=arrow_csv.ReadOptions(
                    use_threads=False,
                    column_names=layout.header,
                    skip_rows=layout.skip,
                    encoding=encoding.replace("utf-8-sig", "utf-8"),
                ),
                parse_options=arrow_csv.ParseOptions(
                    delimiter=layout.separator, newlines_in_values=True, invalid_row_handler=ragged
                ),
                convert_options=arrow_csv.ConvertOptions(column_types=text, strings_can_be_null=True, null_values=[""]),
            )
    except (pa.ArrowException, LookupError, UnicodeError) as wrong:
        raise DataError(
            f"{table}: {name} cannot be read as CSV ({wrong}). Check for a quote that is not closed."
        ) from wrong
    return got.to_pandas(), bad


def _check_given_encoding(name: str, table: str, encoding: str, sample: str) -> None:
    """UTF-8 read as if it had one byte a character gives Ã© for é: the likeliest mistake of all."""
    if codecs.lookup(encoding).name in ("utf-8", "utf-8-sig", "utf-16", "utf-32"):
        return
    try:
        again = codecs.getincrementaldecoder("utf-8")().decode(sample.encode(encoding))
    except UnicodeError:
        return
    at = next((at for at, (a, b) in enumerate(zip(sample, again, strict=False)) if a != b), None)
    if at is not None:
        raise DataError(
            f"{table}: {name} is UTF-8, but was read as {encoding}: {sample[max(0, at - 8) : at + 8]!r} should be "
            f"{again[max(0, at - 8) : at + 7]!r}. Leave encoding= out."
        )


def _widths(body: str, separator: str) -> list[int]:
    return [len(row) for row in csv.reader(body.splitlines()[:20], delimiter=separator) if row]


def _separator(body: str) -> str:
    """The separator that cuts the first lines into the same number of fields, more than one."""
    best, most = ",", 0.0
    for candidate in SEPARATORS:
        widths = _widths(body, candidate)
        usual, often = Counter(widths).most_common(1)[0] if widths else (1, 0)
        score = often / len(widths) * 100 + min(usual, 50) if usual > 1 else 0.0
        if score > most:
            best, most = candidate, score
    return best


def _lines_of_title(body: str, separator: str) -> int:
    """How many lines of one field stand above the table: a title, or the date of a report."""
    widths = _widths(body, separator)
    usual = Counter(widths).most_common(1)[0][0]
    return next((at for at, width in enumerate(widths) if width == usual), 0) if usual > 1 and widths[0] == 1 else 0


def _looks_like_data(name: str) -> bool:
    return not name or not any(letter.isalpha() or letter == "_" for letter in name)
