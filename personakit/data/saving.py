"""Tables kept on disk: Parquet with their record, or CSV that no spreadsheet takes for formulas."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pandas as pd

from personakit.data.canonical import CANONICAL
from personakit.data.tables import Tables
from personakit.errors import UnavailableError

__all__ = ["guarded", "read_parquet", "unguarded", "write_csv", "write_parquet"]

RECORD = "tables.json"
# The starts of a formula in Excel, LibreOffice and Google Sheets (OWASP, "CSV Injection"), full-width forms included.
_RISKY = "=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20"


def guarded(texts: pd.Series[Any]) -> pd.Series[Any]:
    """Texts with an apostrophe before each that a spreadsheet would take for a formula.

    >>> guarded(pd.Series(["=1+1", "plain", "'=x"])).tolist()
    ["'=1+1", 'plain', "''=x"]
    """
    return (
        texts.astype(object)
        .map(str, na_action="ignore")
        .astype(object)
        .str.replace(f"^('*[{_RISKY}])", r"'\1", regex=True)
    )


def unguarded(texts: pd.Series[Any]) -> tuple[pd.Series[Any], int]:
    """The texts without the apostrophes of `guarded`, and how many had one.

    >>> unguarded(pd.Series(["'=1+1", "plain", "'tis"]))[0].tolist()
    ['=1+1', 'plain', "'tis"]
    """
    marked = texts.str.contains(f"^'+[{_RISKY}]", regex=True).fillna(False).astype(bool)
    if not marked.any():
        return texts, 0
    return texts.where(~marked, texts.str.slice(1)), int(marked.sum())


def write_csv(tables: Tables, folder: str | Path) -> list[Path]:
    """Each table as a UTF-8 CSV file that is safe to open in a spreadsheet.

    Parameters
    ----------
    tables : Tables
    folder : path
        Is made if it is not there; files of the same name are written over.

    Returns
    -------
    list of Path
    """
    where = Path(folder)
    where.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, frame in tables.items():
        safe = frame.copy()
        for column in safe.columns:
            if not (
                pd.api.types.is_numeric_dtype(safe[column].dtype)
                or pd.api.types.is_datetime64_any_dtype(safe[column].dtype)
            ):
                safe[column] = guarded(safe[column])
        safe.columns = guarded(pd.Series(safe.columns, dtype=object)).tolist()
        paths.append(where / f"{name}.csv")
        # every text in quotes: csv leaves a lone carriage return bare, and a spreadsheet starts a new row there
        safe.to_csv(paths[-1], index=False, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    return paths


def write_parquet(tables: Tables, folder: str | Path) -> list[Path]:
    """Each table as a Parquet file, with the record of where they came from beside them.

    Returns
    -------
    list of Path
    """
    where = Path(folder)
    where.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, frame in tables.items():
        paths.append(where / f"{name}.parquet")
        frame.to_parquet(paths[-1], index=False, compression="zstd")
    record = {
        "source": tables.source,
        "licence": tables.licence,
        "mapping": tables.mapping.astype(object).where(tables.mapping.notna(), None).to_dict("records"),
        "report": tables.report.astype(object).where(tables.report.notna(), None).to_dict("records"),
        "rejected": tables.rejected.astype(str).to_dict("records"),
    }
    paths.append(where / RECORD)
    paths[-1].write_text(json.dumps(record, indent=1, ensure_ascii=False, default=str) + "\n", encoding="utf-8")
    return paths


def read_parquet(folder: str | Path) -> Tables:
    """The tables that `write_parquet` wrote, or any folder of Parquet files with canonical names.

    Raises
    ------
    UnavailableError
        The folder does not exist or holds no such file.
    """
    where = Path(folder)
    found = {name: where / f"{name}.parquet" for name in CANONICAL if (where / f"{name}.parquet").is_file()}
    if not found:
        raise UnavailableError(
            f"{where} holds no canonical table as Parquet. Write one with tables.to_parquet({str(where)!r})."
        )
    record: dict[str, Any] = {}
    if (where / RECORD).is_file():
        record = json.loads((where / RECORD).read_text(encoding="utf-8"))
    parts = {part: pd.DataFrame(record[part]) for part in ("mapping", "report", "rejected") if record.get(part)}
    return Tables(
        {name: pd.read_parquet(path) for name, path in found.items()},
        source=record.get("source", str(where)),
        licence=record.get("licence", ""),
        **parts,
    )
