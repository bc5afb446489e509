"""How anonymous a table of people is: k-anonymity, l-diversity and t-closeness, and the rows that stand out.

The three measure what an outsider gains who knows somebody's quasi-identifiers (age band, region, dates of purchases):
k, among how many rows hers could be; l, how many values of a sensitive column those rows leave open; t, how much more
than the whole table they say about it. None of them holds against knowledge of other columns; private statistics do.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from personakit.errors import DataError, ParameterError, UnknownNameError, some
from personakit.privacy.gate_permitted import plain_frame
from personakit.privacy.mask import masked, names_a_person
from personakit.privacy.settings import whole

__all__ = ["AnonymityReport", "anonymity"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, repr=False)
class AnonymityReport:
    """What somebody who knows the quasi-identifiers can tell.

    Attributes
    ----------
    n_rows, n_groups : int
        Rows, and groups of rows alike in all quasi-identifiers.
    quasi_identifiers : tuple of str
    sensitive : str or None
    k : int
        Rows in the smallest group.
    l : int or None
        Fewest different values of the sensitive column in a group (distinct l-diversity).
    l_entropy : float or None
        Least exp(entropy) of the sensitive column in a group (entropy l-diversity), at most `l`.
    t : float or None
        Greatest distance, from 0 to 1, between the sensitive column in a group and in the table.
    unique : float
        Share of rows that are alone in their group.
    at_risk : float
        Share of rows in groups of fewer than `at_risk_below`.
    at_risk_below : int
    mean_risk : float
        Chance that a guess among the rows alike finds the right one, mean over rows: groups / rows.
    groups : DataFrame
        Every group, smallest first: the quasi-identifiers, rows, and with a sensitive column distinct, entropy_l and t.
    risky_rows : DataFrame
        The rows of groups below `at_risk_below`, for the eyes of who answers for the data: ids left out, names masked,
        with the column group_rows.
    """

    n_rows: int
    n_groups: int
    quasi_identifiers: tuple[str, ...]
    sensitive: str | None
    k: int
    l: int | None  # noqa: E741  (the field's own name)
    l_entropy: float | None
    t: float | None
    unique: float
    at_risk: float
    at_risk_below: int
    mean_risk: float
    groups: pd.DataFrame
    risky_rows: pd.DataFrame

    def _facts(self) -> dict[str, str]:
        facts = {
            "rows": f"{self.n_rows:,}",
            "groups alike": f"{self.n_groups:,}",
            "k (rows in the smallest group)": f"{self.k:,}",
            "rows alone in their group": f"{self.unique:.1%}",
            f"rows in groups below {self.at_risk_below}": f"{self.at_risk:.1%}",
            "mean risk (one over the group's rows)": f"{self.mean_risk:.1%}",
        }
        if self.sensitive is not None:
            facts |= {
                f"l (fewest values of {self.sensitive} in a group)": f"{self.l}",
                "l by entropy": f"{self.l_entropy:.2f}",
                "t (greatest distance from the table)": f"{self.t:.3f}",
            }
        return facts

    def __repr__(self) -> str:
        facts = "; ".join(f"{name}: {value}" for name, value in self._facts().items())
        return f"AnonymityReport on {', '.join(self.quasi_identifiers)}: {facts}"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{escape(name)}</td><td style='text-align:right'>{escape(value)}</td></tr>"
            for name, value in self._facts().items()
        )
        return f"<table><caption>Anonymity on {escape(', '.join(self.quasi_identifiers))}</caption>{rows}</table>"


def anonymity(
    table: Any, quasi_identifiers: Sequence[str] | str, *, sensitive: str | None = None, at_risk_below: int = 5
) -> AnonymityReport:
    """Measure k-anonymity, l-diversity and t-closeness of a table, one row a person.

    Parameters
    ----------
    table : DataFrame or Permitted
        Missing values are a value like others: rows that lack a quasi-identifier are alike in it.
    quasi_identifiers : sequence of str
        Columns that an outsider may know about people.
    sensitive : str, optional
        A column that must not be told from them. Of a numeric one, t is the earth mover's distance on its ranks; of
        others, the share of rows that would have to change value (equal distances).
    at_risk_below : int, default 5
        Groups of fewer rows count as at risk.

    Returns
    -------
    AnonymityReport

    Raises
    ------
    UnknownNameError
        There is no such column.
    DataError
        The table is empty or not a table.

    References
    ----------
    L. Sweeney (2002), "k-anonymity: a model for protecting privacy", Int. J. of Uncertainty, Fuzziness and
    Knowledge-Based Systems 10(5); A. Machanavajjhala, D. Kifer, J. Gehrke and M. Venkitasubramaniam (2007),
    "l-diversity: privacy beyond k-anonymity", ACM TKDD 1(1), definitions 4.1 and 4.2; N. Li, T. Li and
    S. Venkatasubramanian (2007), "t-closeness: privacy beyond k-anonymity and l-diversity", ICDE.

    Examples
    --------
    >>> people = pd.DataFrame({"age": ["18-34", "18-34", "35+", "35+"], "bought": ["tent", "boots", "tent", "tent"]})
    >>> report = anonymity(people, ["age"], sensitive="bought")
    >>> report.k, report.l, round(report.l_entropy, 2), report.t
    (2, 1, 1.0, 0.25)
    """
    frame = frame_of(table, "anonymity")
    names = columns_of(frame, quasi_identifiers, "anonymity")
    at_risk_below = whole("at_risk_below", at_risk_below, where="anonymity")
    group = combined([codes_of(frame[name]) for name in names])
    sizes = np.bincount(group)
    first = np.zeros(len(sizes), dtype=np.int64)
    first[group[::-1]] = np.arange(len(frame))[::-1]
    groups = frame.iloc[first][names].reset_index(drop=True).assign(rows=sizes)
    if sensitive is not None:
        sensitive = columns_of(frame, sensitive, "anonymity")[0]
        groups = groups.assign(**_diversity(group, frame[sensitive]))
    risky = sizes[group] < at_risk_below
    shown = masked(frame.loc[risky, [name not in _IDS for name in frame.columns]])
    shown.attrs = {}  # the consents of everybody travel in attrs
    if names_a_person(shown.index.name):
        shown = shown.reset_index(drop=True)
    groups.attrs = {}
    return AnonymityReport(
        n_rows=len(frame),
        n_groups=len(sizes),
        quasi_identifiers=tuple(names),
        sensitive=sensitive,
        k=int(sizes.min()),
        l=None if sensitive is None else int(groups["distinct"].min()),
        l_entropy=None if sensitive is None else float(groups["entropy_l"].min()),
        t=None if sensitive is None else float(groups["t"].max()),
        unique=float((sizes == 1).sum() / len(frame)),
        at_risk=float(risky.mean()),
        at_risk_below=at_risk_below,
        mean_risk=len(sizes) / len(frame),
        groups=groups.sort_values("rows", kind="stable").reset_index(drop=True),
        risky_rows=shown.assign(group_rows=sizes[group][risky]).sort_values("group_rows", kind="stable"),
    )


_IDS = ("customer_id", "record_id", "source_key")


def frame_of(table: Any, where: str) -> pd.DataFrame:
    """The frame of a table or of what the gate returned, with at least one row."""
    frame = plain_frame(table)
    if not isinstance(frame, pd.DataFrame):
        raise DataError(
            f"{where} needs a DataFrame or what the gate returned, and got {type(frame).__name__}. Read a file with "
            "pandas.read_csv or pandas.read_parquet first."
        )
    if frame.empty:
        raise DataError(
            f"{where}: the table has no rows, so there is nobody to protect. Check what it was filtered by."
        )
    return frame


def columns_of(frame: pd.DataFrame, names: Sequence[str] | str, where: str) -> list[str]:
    """Column names that exist, each once, at least one; or an error that offers the nearest.

    >>> columns_of(pd.DataFrame({"age": [1]}), "age", "anonymity")
    ['age']
    """
    listed = [names] if isinstance(names, str) else list(names)
    if not listed or len(set(listed)) < len(listed):
        raise ParameterError(f"{where}: name one column at least, and each once, not {listed!r}.")
    for name in listed:
        if name not in frame.columns:
            near = difflib.get_close_matches(str(name), [str(column) for column in frame.columns], n=1)
            guess = f" Did you mean {near[0]!r}?" if near else ""
            raise UnknownNameError(f"{where}: no column {name!r}.{guess} The table has {some(frame.columns, 12)}.")
    return listed


def codes_of(values: pd.Series) -> Ints:
    """Whole numbers from 0 that tell values apart in their order, missing ones as one value of their own, the last."""
    codes, found = pd.factorize(values.astype(object) if isinstance(values.dtype, pd.CategoricalDtype) else values)
    try:
        rank = np.argsort(np.argsort(np.asarray(found), kind="stable"), kind="stable")
    except TypeError:  # values of several kinds have no order
        rank = np.arange(len(found))
    return np.where(codes < 0, len(found), np.append(rank, 0)[codes]).astype(np.int64)


def combined(codes: Sequence[Ints]) -> Ints:
    """The group of each row, from 0 without gaps, by several columns of codes.

    >>> combined([np.array([0, 0, 1]), np.array([5, 5, 5])]).tolist()
    [0, 0, 1]
    """
    group = np.zeros(len(codes[0]), dtype=np.int64)
    size = 1
    for column in codes:
        width = int(column.max()) + 1
        if size * width > 2**62:
            group = np.unique(group, return_inverse=True)[1].astype(np.int64)
            size = int(group.max()) + 1
        group, size = group * width + column, size * width
    return np.asarray(np.unique(group, return_inverse=True)[1], dtype=np.int64)


def entropy_l(group: Ints, value: Ints, n_groups: int) -> tuple[Ints, Floats]:
    """Distinct values and exp(entropy) of the values in each group."""
    width = int(value.max()) + 1
    pairs, place = np.unique(group * width + value, return_inverse=True)
    counts = np.bincount(place).astype(float)
    of = pairs // width
    share = counts / np.bincount(of, weights=counts, minlength=n_groups)[of]
    entropy = np.bincount(of, weights=-share * np.log(share), minlength=n_groups)
    return np.bincount(of, minlength=n_groups).astype(np.int64), np.exp(entropy)


def _diversity(group: Ints, values: pd.Series) -> dict[str, NDArray[Any]]:
    codes, n_groups = codes_of(values), int(group.max()) + 1
    distinct, entropy = entropy_l(group, codes, n_groups)
    numeric = pd.api.types.is_numeric_dtype(values.dtype) and not pd.api.types.is_bool_dtype(values.dtype)
    return {"distinct": distinct, "entropy_l": entropy, "t": _distances(group, codes, n_groups, ordered=numeric)}


def _distances(group: Ints, codes: Ints, n_groups: int, *, ordered: bool) -> Floats:
    """The earth mover's distance of each group from the table: on ranks scaled to 1, or with all distances 1."""
    m = int(codes.max()) + 1
    table = np.bincount(codes, minlength=m) / len(codes)
    result = np.zeros(n_groups)
    if m == 1:
        return result
    order = np.argsort(group, kind="stable")
    starts = np.searchsorted(group[order], np.arange(n_groups + 1))
    block = max(1, 4_000_000 // m)  # 32 MB at a time, however many groups and values there are
    for low in range(0, n_groups, block):
        high = min(n_groups, low + block)
        rows = order[starts[low] : starts[high]]
        cells = np.bincount((group[rows] - low) * m + codes[rows], minlength=(high - low) * m).reshape(-1, m)
        gap = cells / cells.sum(axis=1, keepdims=True) - table
        if ordered:
            result[low:high] = np.abs(np.cumsum(gap, axis=1)[:, :-1]).sum(axis=1) / (m - 1)
        else:
            result[low:high] = np.abs(gap).sum(axis=1) / 2
    return result
