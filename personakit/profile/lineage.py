"""Where each column of a profile comes from, read off the very expressions that make it."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from types import SimpleNamespace

import ibis
import pandas as pd

from personakit.data.problems import nearest
from personakit.errors import UnknownNameError
from personakit.profile.dictionary import COLUMNS
from personakit.profile.facts import facts
from personakit.profile.features import projection
from personakit.profile.lineage_walk import Trace, trace
from personakit.profile.recent import recent
from personakit.profile.sources import Sources, cut_off
from personakit.profile.sources_forms import IBIS_TYPES, NEEDED

__all__ = ["lineage"]

_TYPES = {**IBIS_TYPES, "id": "int64", "any": "string"}

# What is not there, and which table then says when people bought: each makes the expressions choose a stand-in.
_WITHOUT: dict[str, tuple[tuple[str, ...], str]] = {
    "": ((), "order_lines"),
    "without discount": (("order_lines.discount",), "order_lines"),
    "without department": (("products.department",), "order_lines"),
    "without sessions": (("sessions",), "order_lines"),
    "without order_lines": (("order_lines",), "interactions"),
    "without sessions and interactions": (("sessions", "interactions"), "order_lines"),
    "without order_lines and purchases": (("order_lines", "interactions"), "ratings"),
    "without sessions, interactions and order_lines": (("sessions", "interactions", "order_lines"), "ratings"),
}


def lineage(column: str | None = None) -> pd.DataFrame:
    """The source columns behind a column of a profile, and what is done with each.

    It is not a list kept beside the code: it is found by walking the Ibis expressions of the profile from the column
    down to the tables. What decides which customers have a row at all is left out, and so are customer ids, by which
    everything is grouped, save where rows are counted.

    Parameters
    ----------
    column : str, optional
        One of `dictionary()["column"]`; all of them by default.

    Returns
    -------
    DataFrame with columns column, table, source_column, transformation and stand_in
        `transformation` is what is done nearest to the table: as it is, count of rows, count of values, count of
        different values, count where it holds, sum, earliest or least, latest or greatest, list of values, value of
        the chosen row, chooses among rows, selects rows, joins tables, groups rows. `stand_in` is empty, or says what
        is missing where this source is used instead.

    Raises
    ------
    UnknownNameError
        There is no such column.

    Examples
    --------
    >>> lineage("email_open_rate")[["table", "source_column", "transformation"]].values.tolist()[0]
    ['contacts', 'channel', 'count where it holds']
    >>> lineage("mean_discount").query("stand_in != ''")["source_column"].unique().tolist()
    ['list_price', 'unit_price']
    """
    if column is not None and column not in COLUMNS:
        raise UnknownNameError(
            f"A profile has no column {column!r}.{nearest(column, list(COLUMNS))} "
            "dictionary() lists its columns with their meaning."
        )
    rows = [(name, *found) for name in COLUMNS for found in _all()[name] if column in (None, name)]
    return pd.DataFrame(rows, columns=["column", "table", "source_column", "transformation", "stand_in"])


@lru_cache(maxsize=1)
def _all() -> dict[str, list[tuple[str, str, str, str]]]:
    """Column: (table, source column, transformation, stand-in); a stand-in is named with the least that is missing."""
    result: dict[str, list[tuple[str, str, str, str]]] = {name: [] for name in COLUMNS}
    known: dict[str, set[tuple[str, str]]] = {name: set() for name in COLUMNS}
    for without, (missing, occasions) in _WITHOUT.items():
        sources = _described(missing, occasions)
        expression = projection(facts(sources), recent(sources), sources.day)
        for name in COLUMNS:
            found: set[Trace] = trace(expression, name)
            # A column may be null without its table, and yet have a part that a stand-in makes: the dictionary knows.
            named = COLUMNS[name][4].replace("purchases", "interactions")
            fresh = sorted(each for each in found if each[:2] not in known[name] and (not without or each[0] in named))
            result[name] += [(*each, without) for each in fresh]
            known[name] |= {each[:2] for each in found}
    return result


def _described(missing: tuple[str, ...], occasions: str) -> Sources:
    """Sources that have columns and no rows."""
    day = date(2000, 1, 1)
    tables = {}
    for name, columns in NEEDED.items():
        kinds = {c: _TYPES[kind] for c, (kind, _) in columns.items() if f"{name}.{c}" not in missing}
        if name not in missing:
            tables[name] = cut_off(name, ibis.table(kinds, name=name), day)
    return Sources(tables, SimpleNamespace(name="none"), day, undated={}, occasions=occasions)
