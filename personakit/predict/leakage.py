"""Columns that know the answer, found by what they can do alone, by where they are filled in and by their dates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from personakit.errors import DataError, ParameterError
from personakit.predict.leakage_strength import Strengths
from personakit.predict.pipelines import profile_rows, targets_beside
from personakit.predict.targets import TARGETS
from personakit.privacy.gate_permitted import Permitted
from personakit.profile.frames import kind_of
from personakit.profile.sources import day_of
from personakit.profile.sources_forms import named_tables
from personakit.profile.unified import Day, build_profiles

__all__ = ["LeakageReport", "audit_leakage"]

LEAK, LOOK = 0.5, 0.3
"""A column is a leak if alone it goes half of the way from what the others can do together to perfect forecasts, and
worth a look at three tenths of it. Honest profiles of the world stay under a tenth (benchmarks/predictions.md)."""
VERDICTS = ("leak", "look", "id", "not checked")


@dataclass(frozen=True, eq=False)
class LeakageReport:
    """What was found.

    Attributes
    ----------
    table : DataFrame, indexed by column
        verdict: "leak" (take it out), "look" (find out how it is made), "id" (a name, not a feature), "not checked" or
        "fine"; evidence in words; strength of the column alone and of the rest without it, out of fold (AUC, or R2 on
        ranks), the suspicious first.
    measure : {"AUC", "R2 on ranks"}
    """

    table: pd.DataFrame = field(repr=False)
    measure: str

    @property
    def leaks(self) -> list[str]:
        """The columns to take out."""
        return [str(name) for name in self.table.index[self.table["verdict"] == "leak"]]

    @property
    def suspects(self) -> list[str]:
        """Leaks, ids and what is worth a look."""
        return [str(name) for name in self.table.index[self.table["verdict"].isin(["leak", "look", "id"])]]

    def __repr__(self) -> str:
        counts = self.table["verdict"].value_counts()
        said = ", ".join(f"{counts[verdict]} {verdict}" for verdict in (*VERDICTS, "fine") if verdict in counts)
        lines = [f"{name}: {row.verdict}: {row.evidence}" for name, row in self.table.loc[self.suspects].iterrows()]
        return "\n".join([f"LeakageReport({said}; strength is {self.measure})", *lines])


def audit_leakage(
    X: Any,
    y: Any,
    *,
    tables: Any = None,
    as_of: Day | None = None,
    build: Callable[..., Any] = build_profiles,
    random_state: Any = 0,
) -> LeakageReport:
    """Look for columns that could not have been known on the day of the forecast.

    Five checks. *Alone against all*: a small tree on the column alone, out of fold, beside a model of all the others
    without the strongest; so two copies of a target do not hide each other, and nonlinear ones are found as well.
    *Filled in afterwards*: the same for where the column is missing, and whether it is filled in (or missing) for one
    outcome only, where the others do not explain that. *Rebuilt*: with `tables`, profiles are built again without any
    row dated after the day, and compared. *Dates* after the day. *Names and ids*: columns of `targets`, and columns
    that name rows.

    No audit proves innocence: a leak that adds little beyond honest columns is found by *rebuilt* alone.

    Parameters
    ----------
    X : DataFrame of shape (n_customers, ...), what a consent gate returned, or array
    y : Series or array of shape (n_customers,)
        Classes or amounts; a Series about customers is joined by customer_id.
    tables : mapping of canonical tables, optional
        Those that X was made of, later rows included.
    as_of : day, default `X.attrs["as_of"]`
    build : callable (tables, as_of=...) -> profiles, default `build_profiles`
        How X was made, for *rebuilt*. Columns that it does not give are "not checked" by that check.
    random_state : int, RandomState or None
        Of the folds.

    Returns
    -------
    LeakageReport

    Raises
    ------
    DataError
        y has one value only, is missing or about others; X is infinite somewhere or has fewer than 20 rows.
    ParameterError
        `tables` without a day.

    References
    ----------
    S. Kaufman, S. Rosset, C. Perlich and O. Stitelman (2012), "Leakage in data mining: formulation, detection, and
    avoidance", ACM TKDD 6(4).

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> X = pd.DataFrame(rng.normal(size=(400, 5)), columns=list("abcde"))
    >>> churned = X["a"] + rng.normal(size=400) > 0
    >>> audit_leakage(X.assign(closing_code=np.where(churned, 7, 3)), churned).leaks
    ['closing_code']
    """
    rows = profile_rows(_Nobody(), X, reset=True)
    target = pd.Series(np.asarray(targets_beside(rows, y, "audit_leakage")), index=rows.index)
    if len(rows) < 20 or target.nunique() < 2:
        raise DataError(
            f"audit_leakage: {len(rows)} customers and outcomes {target.unique()[:3].tolist()} are too few to look at. "
            "Give at least 20 customers and two outcomes."
        )
    day = as_of if as_of is not None else rows.attrs.get("as_of")
    found: dict[str, tuple[str, str]] = {}  # the first check that finds a column says so; the surest come first
    for name, evidence in _by_name_and_date(rows, day).items():
        found.setdefault(name, ("leak", evidence))
    if tables is not None:
        if day is None:
            raise ParameterError("audit_leakage(tables=...): give the day of the profiles, too: as_of='2025-09-30'.")
        for name, evidence in _changed(rows, tables, day, build).items():
            found.setdefault(name, ("leak" if evidence else "not checked", evidence or "build does not give it"))
    sure = [name for name, (verdict, _) in found.items() if verdict == "leak"]
    ids = [name for name in rows.columns if name not in sure and _names_rows(rows[name], name)]
    strengths = Strengths(rows.drop(columns=[*sure, *ids]), target, random_state)
    for name, (part, evidence) in strengths.suspects(LOOK).items():
        if found.get(name, ("not checked",))[0] == "not checked":
            found[name] = ("leak" if part > LEAK else "look", evidence)
    found |= dict.fromkeys(ids, ("id", "a value of its own for nearly every customer: it names rows"))
    table = pd.DataFrame(
        {
            "verdict": [found.get(name, ("fine", ""))[0] for name in rows.columns],
            "evidence": [found.get(name, ("fine", ""))[1] for name in rows.columns],
            "strength": [strengths.alone.get(name, np.nan) for name in rows.columns],
            "rest": [strengths.rest.get(name, np.nan) for name in rows.columns],
        },
        index=pd.Index(rows.columns, name="column"),
    )
    order = {verdict: place for place, verdict in enumerate(("leak", "look", "id", "not checked", "fine"))}
    table = table.assign(order=table["verdict"].map(order)).sort_values(
        ["order", "strength"], ascending=[True, False], kind="stable"
    )
    return LeakageReport(table.drop(columns="order"), strengths.measure)


class _Nobody:
    """Takes what `profile_rows` keeps about a model."""

    n_features_in_: int


def _by_name_and_date(rows: pd.DataFrame, day: Any) -> dict[str, str]:
    found = {name: "a column of targets(): what is to be forecast" for name in rows.columns if name in TARGETS}
    if day is None:
        return found
    end = pd.Timestamp(day_of(day)) + pd.Timedelta(days=1)
    for name in rows.columns:
        if kind_of(rows[name]) == "date" and name not in found:
            times = pd.to_datetime(
                rows[name], errors="coerce", format="ISO8601" if rows[name].dtype == object else None
            )
            times = times.dt.tz_localize(None) if times.dt.tz is not None else times
            if late := int((times >= end).sum()):
                found[name] = f"{late:,} dates are later than {day_of(day)}, the last {times.max():%Y-%m-%d}"
    return found


def _changed(rows: pd.DataFrame, tables: Any, day: Any, build: Callable[..., Any]) -> dict[str, str]:
    """Columns that differ when profiles are built without later rows; "" for those that are not built."""
    if isinstance(rows.index, pd.MultiIndex):
        raise ParameterError("audit_leakage(tables=...): X has several days. Look at one day at a time: X.loc[day].")
    named, _ = named_tables(tables.tables if isinstance(tables, Permitted) else tables)
    end = pd.Timestamp(day_of(day)) + pd.Timedelta(days=1)
    early = {name: _before(table, end) if name != "consents" else table for name, table in named.items()}
    again = build(early, as_of=day)
    again = again.set_index("customer_id") if "customer_id" in again.columns else again
    found = {}
    both = rows.index.intersection(again.index)
    for name in rows.columns:
        if name not in again.columns:
            found[name] = ""
            continue
        now, then = rows.loc[both, name], again.loc[both, name]
        if pd.api.types.is_numeric_dtype(now.dtype) and pd.api.types.is_numeric_dtype(then.dtype):
            same = np.isclose(now.to_numpy(float), then.to_numpy(float), rtol=1e-9, atol=1e-9, equal_nan=True)
        else:
            same = ((now.astype(object) == then.astype(object)) | (now.isna() & then.isna())).to_numpy()
        if not same.all():
            found[name] = (
                f"differs for {int((~same).sum()):,} of {len(both):,} customers without the rows after {day_of(day)}"
            )
    return found


def _before(table: Any, end: pd.Timestamp) -> Any:
    column = next((name for name in ("timestamp", "signed_up") if name in table.columns), None)
    if column is None:
        return table
    if isinstance(table, pd.DataFrame):
        return table[~(table[column] >= end)]
    return table.filter((table[column] < end) | table[column].isnull())


def _names_rows(column: pd.Series, name: str) -> bool:
    """Whether the values are names: text or whole numbers, nearly all different and, if numbers, without wide gaps."""
    known = column.dropna()
    if known.nunique() < 0.95 * max(len(column), 1) or kind_of(column) == "date":
        return False
    if kind_of(column) == "category":
        return True
    numbers = known.to_numpy(float)
    if (numbers != np.round(numbers)).any():
        return False
    called = name.lower() == "id" or name.lower().endswith(("_id", " id", "number"))
    return called or float(numbers.max() - numbers.min()) < 2 * len(numbers)
