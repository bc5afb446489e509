"""Records of people as five systems wrote them down: read, checked, and standardised so that they can be compared."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from personakit.data.canonical import CANONICAL
from personakit.errors import DataError, some
from personakit.profile.identity.names import fold, full_names, name_in_mailbox

__all__ = ["COMPARED", "FIELDS", "read_records", "standardised"]

FIELDS: tuple[str, ...] = tuple(CANONICAL["identities"].columns)
COMPARED: tuple[str, ...] = ("given_name", "family_name", "email", "phone", "street", "postcode", "city", "birth_year")
_TEXTS = ("source_key", "given_name", "family_name", "email", "phone", "street", "postcode", "city")
_TABLE = "identities"
_SHORT_STREETS = {"rd": "road", "st": "street", "ave": "avenue", "av": "avenue", "cl": "close", "ln": "lane",
                  "dr": "drive", "cres": "crescent", "gdns": "gardens", "terr": "terrace", "ter": "terrace",
                  "pl": "place", "ct": "court", "sq": "square", "gr": "grove"}  # fmt: skip


def read_records(sources: Any) -> pd.DataFrame:
    """One checked table of records, sorted by record_id, from one table or one for each system.

    Parameters
    ----------
    sources : DataFrame, Ibis table, or mapping of system to DataFrame or Ibis table
        With the columns of the canonical table `identities`, of which record_id and, in a single table, system must be
        there. In a mapping the name of the system is the key. Further columns are left out.

    Returns
    -------
    DataFrame
        All columns of the canonical table; those that no source has are missing throughout. Rows that repeat another
        row in every column are taken once.

    Raises
    ------
    DataError
        The input is no table; a needed column or all that could be compared is missing; an id is missing or stands for
        two different records; a column holds something that it cannot.

    Examples
    --------
    >>> shop = pd.DataFrame({"record_id": [1], "email": ["ada@example.org"]})
    >>> read_records({"shop": shop, "newsletter": shop.assign(record_id=2)})["system"].tolist()
    ['shop', 'newsletter']
    """
    if isinstance(sources, Mapping):
        if not sources:
            raise DataError(
                "resolve_identities got no source: the mapping of system to table is empty. Pass at least one table."
            )
        tables = [_of_system(str(system), _frame(table, str(system))) for system, table in sources.items()]
        # As objects, since pandas 2 and 3 differ on the type of a column that is missing in one of the tables.
        frame = pd.concat([table.astype(object) for table in tables], ignore_index=True).infer_objects()
    else:
        frame = _frame(sources, _TABLE)
        if "system" not in frame.columns:
            raise DataError(
                f"{_TABLE} has no column system, which says from which source a record comes. It has "
                f"{some(frame.columns, 9) or 'no columns'}. Add it, or give a mapping of system to table."
            )
        _check_columns(frame, _TABLE)
    frame = frame.reindex(columns=list(FIELDS))
    return _checked(frame)


def _frame(table: Any, name: str) -> pd.DataFrame:
    if isinstance(table, ir.Table):
        table = table.select(*[column for column in table.columns if column in FIELDS]).to_pandas()
    if not isinstance(table, pd.DataFrame):
        raise DataError(
            f"resolve_identities needs a table of records, and {name} is a {type(table).__name__}. Give a DataFrame, "
            "an Ibis table, or a mapping of system to such a table."
        )
    return table


def _of_system(system: str, frame: pd.DataFrame) -> pd.DataFrame:
    _check_columns(frame, system)
    return frame[[name for name in frame.columns if name in FIELDS]].assign(system=system)


def _check_columns(frame: pd.DataFrame, name: str) -> None:
    if frame.columns.has_duplicates:
        twice = some(frame.columns[frame.columns.duplicated()])
        raise DataError(f"{name} has two columns of the same name: {twice}. Keep one of each, or rename the other.")
    missing = [] if "record_id" in frame.columns else ["record_id"]
    if missing or not any(column in COMPARED for column in frame.columns):
        lacks = "no column record_id" if missing else "none of the columns that can be compared"
        raise DataError(
            f"{name} has {lacks}. It has {some(frame.columns, 9) or 'no columns'}; needed are record_id and at least "
            f"one of {', '.join(COMPARED)}. Rename your columns: table.rename(columns={{'mail': 'email'}})."
        )


def _checked(frame: pd.DataFrame) -> pd.DataFrame:
    for column in ("record_id", "system"):
        gaps = frame[column].isna().to_numpy()
        if gaps.any():
            raise DataError(
                f"{_TABLE}.{column} is missing in {gaps.sum()} rows (rows {some(np.flatnonzero(gaps))}). Each record "
                "needs an id and a system: fill them in, or drop these rows."
            )
    unhashable = [row for row, value in enumerate(frame["record_id"]) if not _hashable(value)]
    if unhashable:
        raise DataError(
            f"{_TABLE}.record_id holds {len(unhashable)} values that cannot be ids (rows {some(unhashable)}: "
            f"{some(frame['record_id'].iloc[unhashable])}). Use numbers or texts."
        )
    out = frame.assign(system=frame["system"].astype(str), **{name: _text(frame[name], name) for name in _TEXTS})
    out["birth_year"] = _year(frame["birth_year"])
    out["recorded_at"] = _time(frame["recorded_at"])
    if len(out) <= 1:
        return out.reset_index(drop=True)
    out = out.drop_duplicates()
    twice = out["record_id"].duplicated(keep=False)
    if twice.any():
        ids = out.loc[twice, "record_id"].drop_duplicates()
        differing = out[out["record_id"] == ids.iloc[0]]
        columns = [name for name in out.columns if differing[name].nunique(dropna=False) > 1]
        raise DataError(
            f"{_TABLE}.record_id stands for different records {len(ids)} times (ids {some(ids)}): the rows with id "
            f"{ids.iloc[0]} differ in {some(columns, 9)}. Give each record an id of its own, for instance system and "
            "source_key together, or keep the row that is right."
        )
    texts = out["record_id"].astype(str)
    if texts.duplicated().any():
        raise DataError(
            f"{_TABLE}.record_id holds the same id as a number and as a text ({some(texts[texts.duplicated()])}). "
            "Make them one type."
        )
    order = np.lexsort((texts.to_numpy(dtype=object), texts.str.len().to_numpy()))
    return out.iloc[order].reset_index(drop=True)


def _hashable(value: object) -> bool:
    return isinstance(value, (str, int, np.integer, float, np.floating, bytes)) or type(value).__hash__ is not None


def _text(column: pd.Series, name: str) -> pd.Series:
    """Texts without outer spaces; empty ones are missing; numbers, as in a phone column read from CSV, are written."""
    if column.isna().all():
        return pd.Series([None] * len(column), index=column.index, dtype=object)
    values = column.astype(object)
    wrong = [
        row
        for row, value in enumerate(values)
        if isinstance(value, (bool, list, dict, set, tuple, bytes, pd.Timestamp))
    ]
    if wrong:
        raise DataError(
            f"{_TABLE}.{name} should hold text, and {len(wrong)} values are something else (rows {some(wrong)}: "
            f"{some(repr(values.iloc[row]) for row in wrong)}). Write them as text, or leave them missing."
        )
    texts = [_written(value) for value in values]
    return pd.Series(texts, index=column.index, dtype=object)


def _written(value: Any) -> str | None:
    if pd.isna(value):
        return None
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    return str(value).strip() or None


def _year(column: pd.Series) -> pd.Series:
    years = pd.to_numeric(column, errors="coerce").astype("float64")
    wrong = (
        (years.isna() & column.notna()) | ((years < 1850) | (years > 2200)) | (years != np.floor(years)) & ~years.isna()
    )
    if wrong.any():
        rows = np.flatnonzero(wrong.to_numpy())
        raise DataError(
            f"{_TABLE}.birth_year has {len(rows)} values that are no year between 1850 and 2200 (rows {some(rows)}: "
            f"{some(column.iloc[rows])}). Give the four digits of the year, or leave it missing."
        )
    return years


def _time(column: pd.Series) -> pd.Series:
    if column.isna().all():
        return pd.Series(pd.NaT, index=column.index, dtype="datetime64[us]")
    try:
        times = pd.to_datetime(column)
        if getattr(times.dt, "tz", None) is not None:
            times = times.dt.tz_localize(None)
        return times.astype("datetime64[us]")
    except (ValueError, TypeError, AttributeError) as error:
        raise DataError(
            f"{_TABLE}.recorded_at holds something that is no time (first values {some(column.dropna())}). Write times "
            'as "2025-06-01 09:30", or convert the column with pandas.to_datetime.'
        ) from error


def standardised(
    records: pd.DataFrame, *, given_names: Collection[str] | None = None, family_names: Collection[str] | None = None
) -> pd.DataFrame:
    """The fields as they are compared, one row a record, in the same order.

    E-mail addresses lose capitals, dots of googlemail-style tags (`+shop`) and spaces; telephone numbers keep their
    digits, with 0 for +44; postcodes their letters and digits; names are folded (accents, case, apostrophes). A name
    that is missing is read from the e-mail address where that spells one made of names that occur in the data.

    Parameters
    ----------
    records : DataFrame
        What `read_records` gives.
    given_names, family_names : collections of str, optional
        Folded names that an address may spell. By default those of the records.

    Returns
    -------
    DataFrame
        system, email, mailbox (letters before the @), mail_number, phone, given, given_initial, given_full (list),
        family, family_initial, postcode, outward, street, house, born. Texts and lists are None where missing.

    Examples
    --------
    >>> table = pd.DataFrame({"record_id": [1], "system": ["shop"], "email": ["J.Smith+x@Example.org"],
    ...                       "family_name": ["Smith"], "phone": ["+44 7700 900123"], "postcode": ["yo1 7hh"]})
    >>> row = standardised(read_records(table)).iloc[0]
    >>> row["email"], row["phone"], row["postcode"], row["outward"], row["given_initial"], row["family"]
    ('j.smith@example.org', '07700900123', 'YO17HH', 'YO1', 'j', 'smith')
    """
    given, family = _each(records["given_name"], _fold), _each(records["family_name"], _fold)
    if given_names is None:
        given_names = {name for name in given if name is not None and len(name) > 1}
    if family_names is None:
        family_names = {name for name in family if name is not None and len(name) > 1}
    email = _each(records["email"], _email)
    local = [None if address is None else address.rpartition("@")[0] for address in email]
    spelt = [name_in_mailbox(text or "", given_names, family_names) for text in local]
    given_initial = [name[0] if name else mail.given_initial or None for name, mail in zip(given, spelt, strict=True)]
    family_initial = [
        name[0] if name else mail.family_initial or None for name, mail in zip(family, spelt, strict=True)
    ]
    given = [_whole(name) if name else mail.given or None for name, mail in zip(given, spelt, strict=True)]
    family = [_whole(name) if name else mail.family or None for name, mail in zip(family, spelt, strict=True)]
    postcode = _each(records["postcode"], _postcode)
    street = _each(records["street"], _street)
    columns: dict[str, Any] = {
        "system": records["system"].tolist(),
        "email": email,
        "mailbox": [None if text is None else re.sub("[^a-z]", "", text) or None for text in local],
        "mail_number": [None if text is None else re.sub("[^0-9]", "", text) or None for text in local],
        "phone": _each(records["phone"], _phone),
        "given": given,
        "given_initial": given_initial,
        "given_full": [None if name is None else list(full_names(name)) for name in given],
        "family": family,
        "family_initial": family_initial,
        "postcode": postcode,
        "outward": _outward(postcode),
        "street": street,
        "house": [None if text is None else (re.match("[0-9]+[a-z]?", text) or [None])[0] for text in street],
    }
    columns["born"] = [int(year) if year == year else None for year in records["birth_year"].tolist()]
    out = pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in columns.items()})
    return out


def _each(column: pd.Series, how: Any) -> list[str | None]:
    """A function over the distinct texts of a column; missing stays missing."""
    codes, distinct = pd.factorize(column, use_na_sentinel=True)
    values = np.array([*(how(str(text)) for text in distinct), None], dtype=object)
    return list(values[codes])


def _fold(text: str) -> str | None:
    return fold(text) or None


def _whole(name: str) -> str | None:
    return name if len(name) > 1 else None  # an initial is no name


def _email(text: str) -> str | None:
    address = text.casefold().replace(" ", "")
    local, at, host = address.rpartition("@")
    if not at or not local or not host:
        return None
    local = local.partition("+")[0] or local
    return f"{local}@{'gmail.com' if host == 'googlemail.com' else host}"


def _phone(text: str) -> str | None:
    digits = re.sub("[^0-9]", "", text.replace("(0)", ""))
    if text.lstrip().startswith("+44") or digits.startswith("0044"):
        digits = "0" + digits.removeprefix("00").removeprefix("44").lstrip("0")
    elif digits.startswith("44") and len(digits) == 12:
        digits = "0" + digits[2:]
    elif len(digits) == 10 and digits[:1] in ("1", "2", "7"):  # a spreadsheet took the leading 0 for nothing
        digits = "0" + digits
    return digits if len(digits) >= 7 and len(set(digits)) > 1 else None


def _postcode(text: str) -> str | None:
    return re.sub("[^A-Z0-9]", "", text.upper()) or None


def _outward(postcode: list[str | None]) -> list[str | None]:
    return [None if code is None else (code[:-3] if len(code) >= 5 else code) for code in postcode]


def _street(text: str) -> str | None:
    words = re.findall("[a-z0-9]+", unaccented_lower(text))
    return " ".join(_SHORT_STREETS.get(word, word) if at else word for at, word in enumerate(words)) or None


def unaccented_lower(text: str) -> str:
    import unicodedata

    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
