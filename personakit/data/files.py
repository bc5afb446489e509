"""A file opened after a look at its bytes: what it is, and how its text is encoded."""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import lzma
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, TextIO

import pandas as pd

from personakit.data.csv_files import read_csv
from personakit.data.problems import Findings
from personakit.errors import DataError

__all__ = ["read_file"]

BLOCK = 1 << 22
_OPENERS: dict[str, Any] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
_MAGIC = {
    b"PK\x03\x04": "an Excel workbook or a zip archive. Save the sheet as CSV, or pass pandas.read_excel(...)",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook. Save the sheet as CSV, or pass pandas.read_excel(...)",
    b"SQLite format 3": "a SQLite database. Pass pandas.read_sql(...)",
    b"%PDF": "a PDF. Ask for the table itself, as CSV",
}


def read_file(
    path: str | Path,
    table: str,
    findings: Findings,
    *,
    encoding: str | None = None,
    sep: str | None = None,
    names: Sequence[str] | None = None,
) -> pd.DataFrame:
    """A CSV or Parquet file as a data frame; the cells of a CSV come as texts, empty ones as missing.

    Parameters
    ----------
    path : str or Path
        A file; .gz, .bz2 and .xz are opened as they are. Parquet is known by its content or by the ending .parquet.
    table : str
        The table it is to become, for reports.
    findings : Findings
        Takes lines with too many or too few fields; the index of the frame numbers the lines that are left, from 0 at
        the first line after the header.
    encoding : str, optional
        UTF-8, with or without a byte order mark, unless it is given.
    sep : str, optional
        The separator, of one character; comma, semicolon, tab and bar are recognised.
    names : sequence of str, optional
        Column names, for a file without a header line.

    Raises
    ------
    DataError
        A missing or empty file, one that is no table, one in another encoding, one without a header line.
    """
    path = Path(path).expanduser()
    if path.is_dir() or not path.exists():
        what = "is a folder, not a file" if path.is_dir() else "does not exist"
        raise DataError(f"{table}: {path} {what}. Pass the path of a CSV or Parquet file, or a DataFrame.")
    with _open(path) as opened:
        start = opened.read(BLOCK)
    if not start.strip(b"\xef\xbb\xbf \r\n\t"):
        raise DataError(
            f"{table}: {path.name} is empty ({len(start)} bytes). Check the export, or leave the table out."
        )
    if start.startswith(b"PAR1") or path.suffix == ".parquet":
        return _parquet(path, table)
    for magic, what in _MAGIC.items():
        if start.startswith(magic):
            raise DataError(f"{table}: {path.name} is not a CSV file but {what}.")
    if start.lstrip()[:1] == b"<":
        raise DataError(f"{table}: {path.name} is a web page or XML, not a CSV file. Download the file behind it.")
    used = encoding or _encoding(path, start, table)
    open_text = partial(_text, path, used)
    return read_csv(
        path.name,
        partial(_open, path),
        open_text,
        table,
        findings,
        encoding=used,
        sep=sep,
        names=names,
        given=bool(encoding),
    )


def _open(path: Path) -> BinaryIO:
    opener = _OPENERS.get(path.suffix.lower(), open)
    return opener(path, "rb")


def _text(path: Path, encoding: str) -> TextIO:
    return io.TextIOWrapper(_open(path), encoding=encoding, newline="")


def _parquet(path: Path, table: str) -> pd.DataFrame:
    import pyarrow

    try:
        return pd.read_parquet(path)
    except (pyarrow.ArrowException, OSError, ValueError) as broken:
        raise DataError(f"{table}: {path.name} cannot be read as Parquet ({broken}). Write it again.") from broken


def _encoding(path: Path, start: bytes, table: str) -> str:
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if start.startswith(mark):
            return name
    if start[:1000].count(b"\x00") > len(start[:1000]) // 4:
        raise DataError(f'{table}: {path.name} looks like UTF-16 without a mark. Pass encoding="utf-16-le" (or -be).')
    decoder, line = codecs.getincrementaldecoder("utf-8")(), 1
    with _open(path) as opened:
        while block := opened.read(BLOCK):
            try:
                decoder.decode(block)
            except UnicodeDecodeError as wrong:
                whole = wrong.object
                line += whole[: wrong.start].count(b"\n")
                raise DataError(_wrong_encoding(path, table, whole, wrong.start, line)) from None
            line += block.count(b"\n")
    return "utf-8"


def _wrong_encoding(path: Path, table: str, data: bytes, at: int, line: int) -> str:
    before, after = data[max(0, at - 12) : at], data[at : at + 12]
    around = before.rpartition(b"\n")[2] + after.partition(b"\n")[0]
    likely = "cp1252"
    try:
        around.decode(likely)
    except UnicodeDecodeError:
        likely = "latin-1"
    return (
        f"{table}: {path.name} is not UTF-8 (byte 0x{data[at]:02x} in line {line:,}). As {likely} the place reads "
        f'{around.decode(likely)!r}: if that looks right, pass encoding="{likely}"; if not, ask how it was written.'
    )
