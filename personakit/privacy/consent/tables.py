"""A consents table as it was handed over, made clean or refused: which columns, which kinds, which rows are wrong."""

from __future__ import annotations

import difflib
from typing import Any

import pandas as pd

from personakit.data.canonical import CANONICAL
from personakit.errors import DataError, ParameterError, UnknownNameError, some
from personakit.privacy.consent.ids import refuse_twins
from personakit.privacy.purposes import purpose_named

__all__ = ["BASES", "COLUMNS", "basis_named", "clean_choices", "no_choices", "no_erasures"]

BASES: tuple[str, ...] = CANONICAL["consents"].columns["basis"].values or ()  # GDPR, article 6(1)(a) to (f)
COLUMNS = ["customer_id", "purpose", "granted", "timestamp", "source", "version", "basis", "expires"]
_YES = {True: True, False: False, "true": True, "false": False, "yes": True, "no": False, "1": True, "0": False}
_ZONE = "consents['{}'].dt.tz_convert('Europe/London').dt.tz_localize(None)"


def basis_named(name: str) -> str:
    """The lawful basis of that name, or an error that offers the nearest.

    >>> basis_named("Legitimate interests")
    'legitimate_interests'
    """
    plain = str(name).strip().lower().replace(" ", "_").replace("-", "_")
    if plain in BASES:
        return plain
    near = difflib.get_close_matches(plain, BASES, n=1)
    guess = f" Did you mean {near[0]!r}?" if near else ""
    raise ParameterError(
        f"basis={name!r} is no lawful basis.{guess} GDPR, article 6(1), has: {', '.join(BASES)}. "
        "Name the one that the customer was told."
    )


def no_choices() -> pd.DataFrame:
    """A consents table without rows, each column of its kind.

    >>> len(no_choices())
    0
    """
    empty = pd.DataFrame({name: pd.Series([], dtype=object) for name in COLUMNS})
    return empty.astype({"granted": bool, "timestamp": "datetime64[us]", "expires": "datetime64[us]"})


def no_erasures() -> pd.DataFrame:
    """A table of erasures without rows: when, of how many customers, how many choices."""
    empty = pd.DataFrame({"timestamp": pd.Series([], dtype="datetime64[us]"), "customers": [], "choices": []})
    return empty.astype({"customers": "int64", "choices": "int64"})


def clean_choices(consents: pd.DataFrame, *, latest: pd.Timestamp, first_row: int = 0) -> pd.DataFrame:
    """A clean copy of a consents table, or an error that says which rows are wrong.

    Parameters
    ----------
    consents : DataFrame
        customer_id, purpose, granted, timestamp; source, version, basis and expires where they are there.
    latest : Timestamp
        No choice can have been made after it.
    first_row : int
        The number of the first row, where it is a part of a longer table, for errors.

    Returns
    -------
    DataFrame of customer_id, purpose, granted, timestamp, source, version, basis, expires

    Raises
    ------
    DataError
        It is no table; a column or a value is missing, or wrong: not yes or no, no time, a time in the future, no
        purpose, no lawful basis, an end before the beginning.

    Examples
    --------
    >>> said = pd.DataFrame({"customer_id": [1], "purpose": ["image"], "granted": ["yes"], "timestamp": ["2025-01-01"]})
    >>> clean_choices(said, latest=pd.Timestamp("2025-06-30"))["basis"].tolist()
    ['consent']
    """
    if not isinstance(consents, pd.DataFrame):
        raise DataError(
            f"consents is a {type(consents).__name__}, and a table is needed: a DataFrame of customer_id, purpose, "
            "granted and timestamp. Read a file with pandas.read_csv or pandas.read_parquet first; what "
            "ConsentLedger.save wrote is read by ConsentLedger.load."
        )
    missing = [name for name in COLUMNS[:4] if name not in consents.columns]
    if missing:
        raise DataError(
            f"consents has no column {', '.join(missing)}; it has {', '.join(map(str, consents.columns))}. It needs "
            "customer_id, purpose, granted and timestamp: rename yours, for example consents.rename(columns={...})."
        )
    table = consents.reindex(columns=COLUMNS).set_axis(pd.RangeIndex(first_row, first_row + len(consents)), axis=0)
    table.attrs = {}
    for name in ("customer_id", "purpose", "timestamp"):
        reject(table[name].isna(), table, name, "missing values", "A choice without it cannot be honoured: complete")
    if pd.api.types.infer_dtype(table["customer_id"]).startswith("mixed"):
        refuse_twins(table["customer_id"])
    table["granted"] = _yes_or_no(table)
    table["basis"] = _bases(table)
    for name in ("timestamp", "expires"):
        table[name] = _times(table, name)
    early = table["timestamp"] > latest
    reject(
        early,
        table,
        "timestamp",
        f"times in the future (it is {latest:%Y-%m-%d %H:%M} at most, anywhere)",
        "A choice counts from when it was made. If the data are simulated, or the clock of this machine is wrong, pass "
        "now=; otherwise correct",
    )
    reject(table["expires"] < table["timestamp"], table, "expires", "times before the choice itself", "Correct")
    for name in ("purpose", "source", "version"):
        table[name] = _words(table[name])
    _check_purposes(table)
    return table


def _check_purposes(table: pd.DataFrame) -> None:
    """A choice under a name that nobody asks for would be lost, and with it a withdrawal."""
    unknown: dict[str, str] = {}
    for name in table["purpose"].unique():
        try:
            purpose_named(name)
        except UnknownNameError as problem:
            unknown[name] = str(problem)
    if unknown:
        wrong = table["purpose"].isin(unknown)
        rows = table.index[wrong]
        raise DataError(
            f"consents.purpose has {int(wrong.sum())} values that are no purpose (rows {some(rows)}: "
            f"{some(map(repr, table.loc[rows, 'purpose']))}). {next(iter(unknown.values()))} Correct the rows, or "
            "register the purpose before the table is read."
        )


def _words(column: pd.Series) -> pd.Series:
    """Text or None, so that what is written to a file and read again is the same."""
    if column.isna().all():
        return pd.Series([None] * len(column), index=column.index, dtype=object)
    codes, values = pd.factorize(column)  # a few words, many rows
    named = pd.Series([*map(str, values), None], dtype=object)
    return named.take(codes).set_axis(column.index)  # -1, missing, takes the last


def _bases(table: pd.DataFrame) -> pd.Series:
    column = table["basis"].where(table["basis"].notna(), "consent")
    codes, values = pd.factorize(column)
    named: list[Any] = []
    for value in values:
        try:
            named.append(basis_named(value))
        except ParameterError:
            named.append(None)
    bases = pd.Series(named, dtype=object).take(codes).set_axis(table.index)
    reject(bases.isna(), table, "basis", f"values that are no lawful basis ({', '.join(BASES)})", "Correct")
    return bases


def _yes_or_no(table: pd.DataFrame) -> pd.Series:
    granted = table["granted"]
    if not pd.api.types.is_bool_dtype(granted) or granted.isna().any():
        granted = granted.map(lambda value: _YES.get(value.strip().lower() if isinstance(value, str) else value))
        reject(granted.isna(), table, "granted", "values that are neither yes nor no", "Use true and false: correct")
    return granted.astype(bool)


def _times(table: pd.DataFrame, name: str) -> pd.Series:
    given = table[name]
    try:
        times = pd.to_datetime(given, errors="coerce")
    except ValueError as problem:
        raise DataError(
            f"consents.{name} mixes time zones, or times with and without one. Convert all of them to the shop's own "
            "time zone and drop the zone."
        ) from problem
    wrong = times.isna() & given.notna()
    reject(wrong, table, name, "values that are no time", "Write them as 2025-12-31 10:30: correct")
    if getattr(times.dt, "tz", None) is not None:
        raise DataError(
            f"consents.{name} is in the time zone {times.dt.tz}, and the other tables have none. Convert it first: "
            f"{_ZONE.format(name)}."
        )
    return times.astype("datetime64[us]")


def reject(wrong: pd.Series, table: pd.DataFrame, name: str, what: str, remedy: str) -> None:
    """Raise, naming the first wrong rows and values, where there are any."""
    if wrong.any():
        rows = table.index[wrong]
        raise DataError(
            f"consents.{name} has {int(wrong.sum())} {what} (rows {some(rows)}: {some(table.loc[rows, name])}). "
            f"{remedy} or drop these rows."
        )
