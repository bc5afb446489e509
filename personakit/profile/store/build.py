"""The profiles of a store: built whole, or only where rows came in and days went by, to the same last digit.

What is stored are the facts and the recents of `personakit.profile.facts`, one row a customer; the profile itself is a
view over them. So the customers for whom nothing happened are not rewritten although the day moves on for them too. The
facts of a customer are a function of her own rows, of `products` and of nothing else, so after an update every row of
facts is what a rebuild would have made it.
"""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

import ibis.expr.types as ir

from personakit.errors import DataError
from personakit.profile.facts import FACTS, facts
from personakit.profile.features import projection
from personakit.profile.recent import RECENT, WINDOW_DAYS, recent
from personakit.profile.sources import TRACES, Sources, day_of, open_sources
from personakit.profile.sources_forms import NEEDED
from personakit.profile.store.file import OWN, StoreFile, quoted
from personakit.profile.store.one import packed
from personakit.profile.store.rows import columns_of

__all__ = ["VIEW", "Built", "current", "rebuild", "refresh", "undated", "update"]

VIEW = "profiles"
"""The view of all profiles, in the schema of the canonical tables."""

_MANY = 1 / 3  # of the customers touched: from here on a rebuild is quicker
_LAYOUT = ", ".join([*FACTS, "packed", *RECENT])
_LATEST = "the last day that the tables record"


class Built(NamedTuple):
    """What building the profiles did.

    Attributes
    ----------
    as_of : date
    customers : int
        How many profiles there are.
    remade : int
        How many of them were made anew; the others hold as they were.
    how : str
        "rebuilt", "updated" or "unchanged".
    why : str
        What called for a rebuild, where an update was asked for.
    """

    as_of: date
    customers: int
    remade: int
    how: str
    why: str = ""

    def __str__(self) -> str:
        reason = f" ({self.why})" if self.why else ""
        return f"profiles of {self.as_of} {self.how}{reason}: {self.remade:,} of {self.customers:,} made anew"


def rebuild(file: StoreFile, as_of: Any, why: str = "") -> Built:
    """Make the profiles of all customers; see `ProfileStore.rebuild`."""
    there = columns_of(file)
    day = _last_day(file, there) if as_of is None else day_of(as_of)
    sources = _sources({name: file.backend.table(name) for name in there if name in NEEDED}, day, None)
    if not set(sources.tables) & {"customers", *TRACES}:
        raise DataError(_nobody(there, day))
    with file.transaction():
        _make(file, "facts", _with_packed(file, facts(sources)))
        if not (count := _count(file, "facts")):
            raise DataError(_nobody(there, day))
        _lately(file, sources)
        file.rows(f"CREATE OR REPLACE TABLE {OWN}.touched AS SELECT customer_id FROM {OWN}.facts LIMIT 0")
        file.rows(f"CREATE OR REPLACE TABLE {OWN}.touched_products (product_id VARCHAR)")
        _finish(file, day, sources.occasions, there, dead=0)
    return Built(day, count, count, "rebuilt", why)


def update(file: StoreFile, as_of: Any) -> Built:
    """Make anew the profiles of those for whom something changed; see `ProfileStore.update`."""
    before = file.noted("as_of")
    if before is None:
        return rebuild(file, as_of, "there were none")
    there, last = columns_of(file), date.fromisoformat(before)
    day = _last_day(file, there) if as_of is None else day_of(as_of)
    if day < last:
        return rebuild(file, day, f"{day} is before {last}")
    if not current(file):
        return rebuild(file, day, "they were of another version of personakit")
    if _structure(there) != file.noted("structure"):
        return rebuild(file, day, "there are new tables or columns")
    tables = {name: file.backend.table(name) for name in there if name in NEEDED}
    sources = _sources(tables, day, None)
    if (sources.occasions or "") != file.noted("occasions"):
        return rebuild(file, day, "another table says when people bought")
    file.rows(f"CREATE OR REPLACE TEMP TABLE remade AS {_touched(there, last, day, sources.occasions)}")
    touched, known = _count(file, "remade", "temp"), _count(file, "facts")
    if day == last and not touched:
        return Built(day, known, 0, "unchanged")
    if touched > known * _MANY:
        return rebuild(file, day, f"{touched:,} customers are touched")
    with file.transaction():
        dead = int(file.noted("dead") or 0)
        if touched:
            part = _sources(_rows_of_touched(file, there, day), day, sources.occasions)
            gone = file.rows(f"DELETE FROM {OWN}.facts WHERE customer_id IN (FROM temp.remade)")[0][0]
            file.rows(f"INSERT INTO {OWN}.facts {_with_packed(file, facts(part))}")
            dead += int(gone)
            if dead > known:  # deleted rows keep their room: write the table anew before they slow it down
                _make(file, "facts", f"FROM {OWN}.facts")
                dead = 0
        _lately(file, sources)
        file.rows(f"DELETE FROM {OWN}.touched")
        file.rows(f"DELETE FROM {OWN}.touched_products")
        _finish(file, day, sources.occasions, there, dead)
        count = _count(file, "facts")
    for name in NEEDED:
        file.rows(f"DROP TABLE IF EXISTS temp.{quoted('touched_' + name)}")
    return Built(day, count, touched, "updated")


def _touched(there: dict[str, dict[str, str]], last: date, day: date, occasions: str | None) -> str:
    """SQL for the customers whose facts may differ from those of the last build."""
    after, until = (datetime.combine(one + timedelta(days=1), time()) for one in (last, day))
    parts = [f"SELECT customer_id FROM {OWN}.touched"]
    for name, columns in there.items():
        when = _time_of(name, columns)
        if when is not None and "customer_id" in columns:
            parts.append(
                f"SELECT customer_id FROM {name} WHERE {when} >= TIMESTAMP '{after}' AND {when} < TIMESTAMP '{until}'"
            )
    parts.append(f"SELECT customer_id FROM {OWN}.facts WHERE holds_until < TIMESTAMP '{until}'")
    if occasions is not None:
        parts.append(
            f"SELECT customer_id FROM {occasions} "
            f"WHERE CAST(product_id AS VARCHAR) IN (SELECT product_id FROM {OWN}.touched_products)"
        )
    return " UNION ".join(parts)


def _rows_of_touched(file: StoreFile, there: dict[str, dict[str, str]], day: date) -> dict[str, ir.Table]:
    """All rows of the touched customers by the day, taken out in one reading of each table."""
    until = datetime.combine(day + timedelta(days=1), time())
    found = {}
    for name, columns in there.items():
        if name not in NEEDED or "customer_id" not in columns:
            if name in NEEDED:
                found[name] = file.backend.table(name)
            continue
        listed = ", ".join(quoted(column) for column in NEEDED[name] if column in columns)
        when = _time_of(name, columns)
        early = f"WHERE {when} < TIMESTAMP '{until}' OR {when} IS NULL" if when is not None else ""
        file.rows(
            f"CREATE OR REPLACE TEMP TABLE {quoted('touched_' + name)} AS "
            f"SELECT {listed} FROM {name} SEMI JOIN temp.remade USING (customer_id) {early}",
        )
        found[name] = file.backend.table("touched_" + name, database=("temp", "main"))
    return found


def _lately(file: StoreFile, sources: Sources) -> None:
    """What everybody did in the windows: a function of the rows of the last days alone."""
    late = sources.since(sources.day - timedelta(days=WINDOW_DAYS - 1))
    if sources.has("sessions") or sources.occasions is not None:
        _make(file, "recents", _sql(file, recent(late, sources.day)))
        return
    kinds = {"id": "customer_id", "int64": "CAST(NULL AS BIGINT)", "float64": "CAST(NULL AS DOUBLE)"}
    columns = ", ".join(f"{kinds[kind]} AS {name}" for name, kind in RECENT.items())
    file.rows(f"CREATE OR REPLACE TABLE {OWN}.recents AS SELECT {columns} FROM {OWN}.facts LIMIT 0")


def _with_packed(file: StoreFile, rows: ir.Table) -> str:
    """SQL for facts in their order, and once more in one text, out of which one customer is read quickly."""
    return f"SELECT {', '.join(FACTS)}, {packed()} AS packed FROM ({_sql(file, rows)})"


def _make(file: StoreFile, name: str, rows: str) -> None:
    """Write a table of one row a customer, sorted and with an index, in place of the former."""
    file.rows(f"CREATE OR REPLACE TABLE {OWN}.{name} AS SELECT * FROM ({rows}) ORDER BY customer_id")
    file.rows(f"CREATE INDEX {name}_of_customer ON {OWN}.{name} (customer_id)")


def _finish(file: StoreFile, day: date, occasions: str | None, there: dict[str, dict[str, str]], dead: int) -> None:
    """The view, and the notes that the next update goes by."""
    tables = {name: file.backend.table(name, database=OWN) for name in ("facts", "recents")}
    view = _sql(file, projection(tables["facts"], tables["recents"], day))
    file.rows(f"CREATE OR REPLACE VIEW {VIEW} AS {view}")
    file.rows(f"CREATE OR REPLACE TABLE {OWN}.peaks AS {_peaks()}")
    file.note("as_of", day.isoformat())
    file.note("occasions", occasions or "")
    file.note("structure", _structure(there))
    file.note("layout", _LAYOUT)
    file.note("dead", str(dead))


def current(file: StoreFile) -> bool:
    """Whether the stored facts are those that this version of personakit makes profiles of."""
    return file.noted("layout") == _LAYOUT


def undated(file: StoreFile) -> dict[str, int]:
    """How many rows have no time, by table, where it is so; customers may be without."""
    found = {}
    for name, columns in columns_of(file).items():
        when = _time_of(name, columns)
        if when is not None and name != "customers":
            found[name] = int(file.rows(f"SELECT count(*) - count({when}) FROM {name}")[0][0])
        elif "timestamp" in NEEDED.get(name, {}):
            found[name] = _count(file, name, "main")
    return {name: count for name, count in found.items() if count}


def refresh(file: StoreFile, gone: int) -> None:
    """Bring what is derived from the facts up to them, after rows of them were removed."""
    file.rows(f"CREATE OR REPLACE TABLE {OWN}.peaks AS {_peaks()}")
    file.note("dead", str(int(file.noted("dead") or 0) + gone))


def _peaks() -> str:
    """The largest of each count: the rules about everybody look at no more, so this row stands for all others."""
    columns = [f"max({name}) AS {name}" if kind == "count" else f"NULL AS {name}" for name, kind in FACTS.items()]
    return f"SELECT {', '.join(columns)} FROM {OWN}.facts"


def _sources(tables: dict[str, ir.Table], day: date, occasions: str | None) -> Sources:
    return open_sources(tables, day, check=False, occasions=occasions)


def _last_day(file: StoreFile, there: dict[str, dict[str, str]]) -> date:
    found = []
    for name, columns in there.items():
        when = _time_of(name, columns)
        if when is not None and name != "consents":  # a choice may be dated ahead
            found += [value for (value,) in file.rows(f"SELECT max({when}) FROM {name}") if value is not None]
    if not found:
        raise DataError(
            f"The store holds no date in {', '.join(there) or 'any table, as it is empty'}, so {_LATEST} is not known. "
            'Append rows first, or give the day: as_of="2025-12-31".'
        )
    return max(found).date()


def _time_of(name: str, columns: dict[str, str]) -> str | None:
    needed = NEEDED.get(name, {})
    return next((c for c, (kind, _) in needed.items() if kind == "time" and c in columns), None)


def _structure(there: dict[str, dict[str, str]]) -> str:
    return json.dumps({name: sorted(set(there[name]) & set(NEEDED[name])) for name in NEEDED if name in there})


def _nobody(there: dict[str, dict[str, str]], day: date) -> str:
    return (
        f"Nobody is known by {day}: no row of {', '.join(there) or 'the store, which is empty,'} is about a customer "
        "who signed up or did something up to that day. Check as_of, and append rows first. Nothing was changed."
    )


def _count(file: StoreFile, name: str, schema: str = OWN) -> int:
    return int(file.rows(f"SELECT count(*) FROM {schema}.{name}")[0][0])


def _sql(file: StoreFile, expression: ir.Table) -> str:
    return str(file.backend.compile(expression))
