"""What to generalise so that a table of people is k-anonymous, and l-diverse if need be, at the least loss."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from personakit.errors import ParameterError, UnknownNameError, some
from personakit.privacy.anonymisation.hierarchies import Hierarchy, hierarchy_of
from personakit.privacy.anonymisation.measures import (
    AnonymityReport,
    anonymity,
    codes_of,
    columns_of,
    frame_of,
)
from personakit.privacy.anonymisation.search import Lattice
from personakit.privacy.mask import names_a_person
from personakit.privacy.settings import whole

__all__ = ["Generalised", "generalise"]


@dataclass(frozen=True, repr=False)
class Generalised:
    """A table that keeps the promise, and what that cost.

    Attributes
    ----------
    table : DataFrame
        The rows that stayed, quasi-identifiers at their levels, without ids and names, in an order that says nothing
        about the order of the rows before.
    columns : DataFrame
        One row a quasi-identifier: column, level (0: as it is), of (the last level), meaning, values_before,
        values_after, loss (mean over the rows that stayed, from 0 to 1).
    k : int
        That was asked for; the `report` says what was reached.
    suppressed : int
        Rows that were left out, since they would have stood out at these levels.
    n_rows : int
        Rows before.
    loss : float
        From 0 (nothing generalised) to 1 (nothing said): the mean over rows and columns of the share of a column's
        other values that the generalised value may stand for, 1 for a suppressed row.
    discernibility : int
        For each row, with how many it can be confused: the sum of squared group sizes, a suppressed row with all.
    report : AnonymityReport
        Of the table that is released.
    dropped : tuple of str
        Columns left out, as they name a person.
    hierarchies : dict of column to Hierarchy
    rows : int array
        The positions, in the table before, of the rows of `table`: for who answers for the data, never for release.
    nodes, evaluated : int
        Combinations of levels there are, and how many were tried to be sure of the best.
    """

    table: pd.DataFrame = field(repr=False)
    columns: pd.DataFrame
    k: int
    suppressed: int
    n_rows: int
    loss: float
    discernibility: int
    report: AnonymityReport
    dropped: tuple[str, ...]
    hierarchies: dict[str, Hierarchy] = field(repr=False)
    rows: NDArray[np.int64] = field(repr=False)
    nodes: int
    evaluated: int

    def apply(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Another table's quasi-identifiers (those of them that it has) at the same levels, as an outsider could.

        The levels and their meaning are no secret: whoever reads the table sees them.
        """
        levels = self.columns.set_index("column")["level"]
        shown = {
            str(name): self.hierarchies[str(name)].apply(frame[name], int(level))
            for name, level in levels.items()
            if name in frame.columns
        }
        return frame.assign(**shown)

    @property
    def suppressed_share(self) -> float:
        """Share of the rows that were left out."""
        return self.suppressed / self.n_rows

    def _facts(self) -> str:
        return (
            f"k {self.report.k:,} (asked {self.k:,}), {self.suppressed:,} of {self.n_rows:,} rows suppressed "
            f"({self.suppressed_share:.1%}), information loss {self.loss:.3f}"
        )

    def __repr__(self) -> str:
        levels = ", ".join(f"{row.column}: {row.meaning}" for row in self.columns.itertuples())
        return f"<Generalised: {self._facts()}; {levels}>"

    def _repr_html_(self) -> str:
        dropped = f"<p>Left out: {escape(', '.join(self.dropped))}</p>" if self.dropped else ""
        body = self.columns.to_html(index=False, escape=True, border=0, float_format="{:.3f}".format)
        return f"<p><b>Generalised</b>: {escape(self._facts())}</p>{body}{dropped}"


def generalise(
    table: Any,
    quasi_identifiers: Sequence[str] | str,
    *,
    k: int,
    l: float | None = None,  # noqa: E741  (the field's own name)
    sensitive: str | None = None,
    diversity: Literal["distinct", "entropy"] = "distinct",
    hierarchies: Mapping[str, Any] | None = None,
    at_most: Mapping[str, int] | None = None,
    weights: Mapping[str, float] | None = None,
    max_suppressed: float = 0.02,
) -> Generalised:
    """Generalise quasi-identifiers no further than k-anonymity needs, and say what was done.

    Every column is at one level throughout (full-domain generalisation), so that the table can still be grouped and
    counted. The combination of levels is a best one of all, not a greedy one.

    Parameters
    ----------
    table : DataFrame or Permitted
        One row a person. Columns that are no quasi-identifiers stay as they are, but for those that name a person.
    quasi_identifiers : sequence of str
        Columns that an outsider may know.
    k : int >= 2
        Rows that must be alike.
    l : float > 1, optional
        Values of `sensitive` that each group of rows must leave open.
    sensitive : str, optional
        Needed for `l`; the report measures it in any case.
    diversity : {"distinct", "entropy"}, default "distinct"
        How `l` counts: different values, or exp of their entropy.
    hierarchies : mapping of column to hierarchy, optional
        See `personakit.privacy.hierarchy_of`, which also says what a column gets without one.
    at_most : mapping of column to level, optional
        The level that a column must not go beyond: 0 keeps it as it is.
    weights : mapping of column to float, optional
        How much a column's loss counts, 1 by default.
    max_suppressed : float in [0, 1), default 0.02
        Share of rows that may be left out for the sake of the others.

    Returns
    -------
    Generalised

    Raises
    ------
    ParameterError
        k is more than the rows or cannot be reached; a number is out of range; levels do not nest.
    UnknownNameError
        There is no such column.

    References
    ----------
    L. Sweeney (2002), "Achieving k-anonymity privacy protection using generalization and suppression", Int. J. of
    Uncertainty, Fuzziness and Knowledge-Based Systems 10(5); K. LeFevre, D. DeWitt and R. Ramakrishnan (2005),
    "Incognito: efficient full-domain k-anonymity", SIGMOD, for the search; V. Iyengar (2002), "Transforming data to
    satisfy privacy constraints", KDD, for the loss (a normalised certainty penalty), here on the ranks of numbers so
    that one great spender does not set the scale; R. Bayardo and R. Agrawal (2005), "Data privacy through optimal
    k-anonymization", ICDE, for discernibility.

    Examples
    --------
    >>> people = pd.DataFrame({"age": [21, 24, 27, 35, 38, 39], "town": ["York", "Leeds", "Hull"] * 2})
    >>> result = generalise(people, ["age", "town"], k=3, hierarchies={"age": [[30]]})
    >>> result.table["age"].tolist(), result.table["town"].unique().tolist(), round(result.loss, 2)
    (['30 or more', '30 or more', '30 or more', 'below 30', 'below 30', 'below 30'], ['*'], 0.7)
    """
    frame = frame_of(table, "generalise")
    names = columns_of(frame, quasi_identifiers, "generalise")
    _check_numbers(len(frame), k, l, diversity, max_suppressed)
    if l is not None and sensitive is None:
        raise ParameterError("generalise: l counts the values of a sensitive column. Name it with sensitive=.")
    if sensitive is not None:
        sensitive = columns_of(frame, sensitive, "generalise")[0]
        if sensitive in names:
            raise ParameterError(f"generalise: {sensitive!r} cannot be a quasi-identifier and sensitive at once.")
    for what, given in (("hierarchies", hierarchies), ("at_most", at_most), ("weights", weights)):
        if unknown := [name for name in given or {} if name not in names]:
            raise UnknownNameError(f"{what} names {some(map(repr, unknown))}; quasi-identifiers are {some(names, 12)}.")
    found = {name: hierarchy_of(frame[name], (hierarchies or {}).get(name)) for name in names}
    levels = {name: _levels(frame[name], found[name], (at_most or {}).get(name)) for name in names}
    weighed = np.array([float((weights or {}).get(name, 1.0)) for name in names])
    if not (np.isfinite(weighed).all() and (weighed >= 0).all() and weighed.sum() > 0):
        raise ParameterError(f"generalise(weights={weights!r}): give numbers from 0, one above 0 at least.")
    lattice = Lattice(
        [[codes for codes, _ in levels[name]] for name in names],
        [[penalty for _, penalty in levels[name]] for name in names],
        weighed / weighed.sum(),
        k=k,
        sensitive=None if sensitive is None else codes_of(frame[sensitive]),
        l=l,
        by_entropy=diversity == "entropy",
        max_suppressed=int(max_suppressed * len(frame) + 1e-9),
    )
    best = lattice.best()
    if best is None:
        raise ParameterError(_unreachable(lattice, len(frame), k, l, sensitive, diversity, at_most))
    return _released(frame, names, found, levels, lattice, best.levels, best.kept, best.loss, k, sensitive)


def _levels(
    values: pd.Series, hierarchy: Hierarchy, at_most: int | None
) -> list[tuple[NDArray[np.int64], NDArray[np.float64]]]:
    """For each level the value of each row as a number, and the share of the column's other values it may stand for."""
    last = len(hierarchy.levels) - 1
    if at_most is not None and (isinstance(at_most, bool) or at_most not in range(last + 1)):
        raise ParameterError(
            f"at_most[{values.name!r}]={at_most!r}: the levels of this column are "
            f"{', '.join(f'{number} ({name})' for number, name in enumerate(hierarchy.levels))}."
        )
    exact = codes_of(values)
    different, first = np.unique(exact, return_index=True)
    result, before = [], exact
    for level in range((last if at_most is None else at_most) + 1):
        codes = codes_of(hierarchy.apply(values, level))
        pairs = np.unique(np.stack([before, codes], axis=1), axis=0)
        if len(np.unique(pairs[:, 0])) < len(pairs):
            raise ParameterError(
                f"The hierarchy of {values.name!r} does not nest: values alike at level {level - 1} differ at level "
                f"{level} ({hierarchy.levels[level]}). Make each level from the one before."
            )
        leaves = np.bincount(codes[first])[codes]
        result.append((codes, (leaves - 1) / max(len(different) - 1, 1)))
        before = codes
    return result


def _released(
    frame: pd.DataFrame,
    names: list[str],
    found: dict[str, Hierarchy],
    levels: dict[str, Any],
    lattice: Lattice,
    chosen: tuple[int, ...],
    kept: NDArray[np.bool_],
    loss: float,
    k: int,
    sensitive: str | None,
) -> Generalised:
    dropped = tuple(name for name in frame.columns if names_a_person(name) and name not in names and name != sensitive)
    shown = frame.assign(
        **{name: found[name].apply(frame[name], level) for name, level in zip(names, chosen, strict=True)}
    )
    shown = shown.drop(columns=list(dropped)).reset_index(drop=True)
    shown.attrs = {"purpose": frame.attrs["purpose"]} if "purpose" in frame.attrs else {}
    rows = np.flatnonzero(kept)
    # Sorted by what is released: the order of the rows before may be that of the customers' ids.
    keys = [codes_of(shown[name])[rows] for name in [*names, *(c for c in shown.columns if c not in names)]]
    rows = rows[np.lexsort(keys[::-1])]
    released = shown.iloc[rows].reset_index(drop=True)
    report = anonymity(released, names, sensitive=sensitive, at_risk_below=max(k, 5))
    sizes = report.groups["rows"].to_numpy(dtype=float)
    suppressed = int((~kept).sum())
    columns = [
        {
            "column": name,
            "level": level,
            "of": len(found[name].levels) - 1,
            "meaning": found[name].levels[level],
            "values_before": int(frame[name].nunique(dropna=False)),
            "values_after": int(released[name].nunique(dropna=False)),
            "loss": float(levels[name][level][1][kept].mean()),
        }
        for name, level in zip(names, chosen, strict=True)
    ]
    return Generalised(
        released, pd.DataFrame(columns), k, suppressed, len(frame), loss,
        int((sizes**2).sum()) + suppressed * len(frame), report, dropped, found, rows, lattice.size, lattice.evaluated,
    )  # fmt: skip


def _check_numbers(n: int, k: Any, distinct: Any, diversity: str, max_suppressed: Any) -> None:
    whole("k", k, 2, where="generalise", why="; k=1 asks for nothing")
    if k > n:
        raise ParameterError(
            f"generalise(k={k}): the table has {n} rows, so no row can be alike with {k - 1} others. Ask for less, or "
            "release no table of so few people."
        )
    if distinct is not None and not (isinstance(distinct, (int, float, np.number)) and distinct > 1):
        raise ParameterError(f"generalise(l={distinct!r}): give a number above 1; l=1 asks for nothing.")
    if diversity not in ("distinct", "entropy"):
        raise ParameterError(f"generalise(diversity={diversity!r}): it is 'distinct' or 'entropy'.")
    if not isinstance(max_suppressed, (int, float, np.number)) or not 0 <= max_suppressed < 1:
        raise ParameterError(f"generalise(max_suppressed={max_suppressed!r}): give a share from 0 to below 1.")


def _unreachable(
    lattice: Lattice, n: int, k: int, distinct: float | None, sensitive: str | None, diversity: str, at_most: Any
) -> str:
    top = tuple(width - 1 for width in lattice.shape)
    lost = int((~lattice.kept(top)[0]).sum())
    asked = f"k={k}" + (f" with l={distinct:g} ({diversity}) of {sensitive!r}" if distinct is not None else "")
    way = "raise at_most, " if at_most else ""
    return (
        f"generalise: {asked} is not reachable: even at the most general levels {lost:,} of {n:,} rows would have to "
        f"be suppressed, and {lattice.max_suppressed:,} may be. Ask for less, {way}drop a quasi-identifier, or allow "
        "more with max_suppressed."
    )
