"""A file opened as a table of texts, after a look at its first bytes: what it is, how it is encoded, how it is cut."""

from __future__ import annotations

import bz2
import codecs
import csv
import gzip
import io
import lzma
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

import pandas as pd

from personakit.data.problems import Findings
from personakit.errors import DataError, ParameterError, some

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
    return _csv(path, table, findings, used, sep, names, given=encoding is not None)


def _open(path: Path) -> BinaryIO:
    opener = _OPENERS.get(path.suffix.lower(), open)
    return opener(path, "rb")


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


def _csv(
    path: Path,
    table: str,
    findings: Findings,
    encoding: str,
    sep: str | None,
    names: Sequence[str] | None,
    *,
    given: bool,
) -> pd.DataFrame:
    import pyarrow as pa
    import pyarrow.csv as arrow_csv

    try:
        codecs.lookup(encoding)
        with _open(path) as opened, io.TextIOWrapper(opened, encoding=encoding, newline="") as text:
            sample = text.read(BLOCK // 16)
    except (LookupError, UnicodeError) as wrong:
        raise DataError(
            f"{table}: {path.name} cannot be read as {encoding} ({wrong}). Pass another encoding=."
        ) from wrong
    if given:
        _check_given_encoding(path, table, encoding, sample)
    if "\x00" in sample:
        raise DataError(
            f"{table}: {path.name} holds NUL characters: it is not text in {encoding}. Pass another encoding=."
        )
    cut = sep if sep is not None else _separator(sample)
    if len(cut) != 1:
        raise ParameterError(
            f"sep={cut!r} has {len(cut)} characters; a separator has one. Read the file with pandas first."
        )
    blank = len(sample) - len(sample.lstrip("\r\n"))
    header = next(csv.reader(io.StringIO(sample.lstrip("\r\n").lstrip("\ufeff"), newline=""), delimiter=cut))
    header = [name.strip() for name in header]
    skip = sample[:blank].count("\n") + 1
    if names is not None:
        if len(names) != len(header):
            raise ParameterError(
                f"names for {table} has {len(names)} names, but {path.name} has {len(header)} columns."
            )
        header, skip = list(names), skip - 1
    elif header and all(_looks_like_data(name) for name in header):
        raise DataError(
            f"{table}: {path.name} has no header line; its first line is {some(header, 5)}. "
            f"Pass names={{{table!r}: [...]}} with one name for each of its {len(header)} columns."
        )
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise DataError(
            f"{table}: {path.name} names more than one column {some(map(repr, twice))}. Rename all but one."
        )
    bad: list[tuple[int, str]] = []

    def ragged(row: Any) -> str:
        bad.append((int(row.number), str(row.text)))
        return "skip"

    first = skip + 1
    try:
        with _open(path) as opened:
            got = arrow_csv.read_csv(
                opened,
                read_options=arrow_csv.ReadOptions(
                    use_threads=False,
                    column_names=header,
                    skip_rows=skip,
                    encoding=encoding.replace("utf-8-sig", "utf-8"),
                ),
                parse_options=arrow_csv.ParseOptions(
                    delimiter=cut, newlines_in_values=True, invalid_row_handler=ragged
                ),
                convert_options=arrow_csv.ConvertOptions(
                    column_types={name: pa.string() for name in header}, strings_can_be_null=True, null_values=[""]
                ),
            )
    except (pa.ArrowException, LookupError, UnicodeError) as wrong:
        raise DataError(
            f"{table}: {path.name} cannot be read as CSV ({wrong}). Check for a quote that is not closed."
        ) from wrong
    frame = got.to_pandas()
    places = [number - first for number, _ in bad]
    findings.rows_read[table] = len(frame) + len(bad)
    findings.reject(table, "", "ragged", rows=places, values=[text for _, text in bad])
    if bad:
        lost = set(places)
        frame.index = pd.Index([at for at in range(len(frame) + len(bad)) if at not in lost])
    return frame


def _check_given_encoding(path: Path, table: str, encoding: str, sample: str) -> None:
    """UTF-8 read as if it had one byte a character gives Ã© for é: the likeliest mistake of all."""
    if codecs.lookup(encoding).name in ("utf-8", "utf-8-sig", "utf-16", "utf-32"):
        return
    try:
        again = sample.encode(encoding).decode("utf-8")
    except UnicodeError:
        return
    if again != sample:
        at = next(at for at, (a, b) in enumerate(zip(sample, again, strict=False)) if a != b)
        raise DataError(
            f"{table}: {path.name} is UTF-8, but was read as {encoding}: {sample[max(0, at - 8) : at + 8]!r} should be "
            f"{again[max(0, at - 8) : at + 7]!r}. Leave encoding= out."
        )


def _separator(sample: str) -> str:
    """The separator that cuts the first lines into the same number of fields, more than one."""
    lines = sample.lstrip("\r\n\ufeff").splitlines()[:20]
    best, most = ",", 0.0
    for candidate in (",", ";", "\t", "|"):
        widths = [len(row) for row in csv.reader(lines, delimiter=candidate) if row]
        if not widths or widths[0] < 2:
            continue
        agreeing = sum(width == widths[0] for width in widths) / len(widths)
        score = agreeing * 100 + min(widths[0], 50)
        if score > most:
            best, most = candidate, score
    return best


def _looks_like_data(name: str) -> bool:
    return not name or not any(letter.isalpha() or letter == "_" for letter in name)
