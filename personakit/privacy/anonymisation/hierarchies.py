"""Hierarchies: from a value to ever wider ones that still say something true: 34, 30 to 40, 20 to 40, anything.

Each level is made of the one before: what is alike stays alike. Level 0 is the value itself, the last one says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from personakit.errors import ParameterError, some

__all__ = ["ANY", "Hierarchy", "bands", "hierarchy_of", "of_dates", "of_labels", "of_parents", "of_postcodes"]

ANY = "*"
MISSING = "(missing)"
_POSTCODE = r"([A-Z]{1,2})(\d[A-Z\d]?)\s*(\d)[A-Z]{2}"
_LABEL = re.compile(r"\s*(?:(under|below|<)\s*(\d+)|(\d+)\s*(?:-|–|to)\s*(\d+)|(\d+)\s*(?:\+|or more|and over))\s*")

Label = Callable[[pd.Series], pd.Series]


@dataclass(frozen=True)
class Hierarchy:
    """The levels of a column, from the value as it is to "*".

    Attributes
    ----------
    levels : tuple of str
        What each level is, e.g. ("as it is", "month", "year", "*").
    labels : tuple of function
        Series to Series, for each level between the first and the last.

    Examples
    --------
    >>> ages = bands([30, 50], [50])
    >>> ages.levels
    ('as it is', '3 bands', '2 bands', '*')
    >>> ages.apply(pd.Series([12, 30, 77]), 1).tolist()
    ['below 30', '30 to 50', '50 or more']
    """

    levels: tuple[str, ...]
    labels: tuple[Label, ...]

    def apply(self, values: pd.Series, level: int) -> pd.Series:
        """The values at a level: unchanged at 0, else text, "(missing)" for a missing one and "*" at the last."""
        if level == 0:
            return values
        if level == len(self.levels) - 1:
            return pd.Series(ANY, index=values.index, name=values.name, dtype=object)
        # Each different value once: profiles repeat them, and text is slow.
        plain = values.astype(object) if isinstance(values.dtype, pd.CategoricalDtype) else values
        codes, found = pd.factorize(plain)
        different = pd.Series(found)
        names = (
            self.labels[level - 1](different).to_numpy(dtype=object) if len(different) else np.array([], dtype=object)
        )
        return pd.Series(np.append(names, MISSING)[codes], index=values.index, name=values.name, dtype=object)


def hierarchy_of(values: pd.Series, given: Any = None) -> Hierarchy:
    """The hierarchy of a column: what was given, or one by its kind.

    Parameters
    ----------
    values : Series
    given : Hierarchy, mapping, or sequence of sequences of float, optional
        A mapping takes each value to its parent or to the list of its ancestors, narrowest first; sequences hold the
        edges of bands, finest first, each among those before. Without one: dates by day, month, quarter and year;
        numbers by 16, 8, 4 and 2 bands of about as many rows each; British postcodes by sector, district and area;
        labels such as "25-34" and "65+" by twos and fours; anything else has no level between itself and "*".

    Raises
    ------
    ParameterError
        What was given is none of these, leaves values out, or does not nest.
    """
    if given is None:
        return _by_kind(values)
    if isinstance(given, Hierarchy):
        return given
    if isinstance(given, Mapping):
        return of_parents(given, values)
    if isinstance(given, Sequence) and not isinstance(given, str) and all(hasattr(edges, "__len__") for edges in given):
        return bands(*given)
    raise ParameterError(
        f"hierarchies[{values.name!r}] is a {type(given).__name__}. Give a mapping of value to parent (or to a list of "
        "ancestors), lists of band edges such as [[20, 40, 60], [40]], or a Hierarchy."
    )


def bands(*edges: Sequence[float]) -> Hierarchy:
    """Bands of numbers: inner edges for each level, finest first; a number on an edge is in the upper band.

    Raises
    ------
    ParameterError
        Edges do not rise, or a level has an edge that the one before lacks.

    Examples
    --------
    >>> bands([10, 20, 30], [20]).apply(pd.Series([9.5, 20, None]), 1).tolist()
    ['below 10', '20 to 30', '(missing)']
    """
    lists = [np.asarray(list(level), dtype=float) for level in edges]
    for number, level in enumerate(lists):
        if not len(level) or (np.diff(level) <= 0).any() or not np.isfinite(level).all():
            raise ParameterError(f"Edges of bands must rise and be finite, one at least, not {list(edges[number])!r}.")
        if number and not np.isin(level, lists[number - 1]).all():
            raise ParameterError(
                f"Bands must nest: {some(level[~np.isin(level, lists[number - 1])])} is an edge of a wider level and "
                "not of the one before, so a band would be torn apart. Add it there."
            )
    names = tuple(f"{len(level) + 1} bands" for level in lists)
    return Hierarchy(("as it is", *names, ANY), tuple(_band(level) for level in lists))


def of_dates(levels: Sequence[str] = ("day", "month", "quarter", "year")) -> Hierarchy:
    """Dates by day, month, quarter or year.

    >>> of_dates(["month", "year"]).apply(pd.Series(pd.to_datetime(["2025-03-09"])), 1).tolist()
    ['2025-03']
    """
    periods = {"day": "D", "month": "M", "quarter": "Q", "year": "Y"}
    if unknown := [level for level in levels if level not in periods]:
        raise ParameterError(f"of_dates: there is no level {unknown[0]!r}; levels are {', '.join(periods)}.")

    def label(period: str) -> Label:
        return lambda values: values.dt.to_period(period).astype(str)

    return Hierarchy(("as it is", *levels, ANY), tuple(label(periods[level]) for level in levels))


def of_postcodes() -> Hierarchy:
    """British postcodes by sector, district and area.

    >>> [of_postcodes().apply(pd.Series(["ne6 2ab"]), level).item() for level in (1, 2, 3)]
    ['NE6 2', 'NE6', 'NE']
    """

    def label(part: int) -> Label:
        return lambda values: pd.Series([_postcode_parts(str(value))[part] for value in values], dtype=object)

    return Hierarchy(("as it is", "sector", "district", "area", ANY), (label(0), label(1), label(2)))


def of_labels(labels: Sequence[str]) -> Hierarchy:
    """Labels of bands such as "25-34" and "65+", in twos, fours and so on.

    >>> of_labels(["18-24", "25-34", "35-44", "45+"]).apply(pd.Series(["25-34", "45+"]), 1).tolist()
    ['18-34', '35+']
    """
    ordered = sorted(labels, key=lambda text: _ends(text)[0])
    groups, names, steps = [[label] for label in ordered], [], []
    while len(groups) > 2:
        groups = [[*groups[at], *(groups[at + 1] if at + 1 < len(groups) else [])] for at in range(0, len(groups), 2)]
        wide = {label: _joined(group) for group in groups for label in group}
        names.append(f"{len(groups)} bands")
        steps.append(_looked_up(wide))
    return Hierarchy(("as it is", *names, ANY), tuple(steps))


def of_parents(parents: Mapping[Any, Any], values: pd.Series) -> Hierarchy:
    """A hierarchy of names from a mapping of each value to its parent, or to its ancestors, narrowest first.

    >>> up = of_parents({"kent": ["south", "england"], "fife": ["lowlands", "scotland"]}, pd.Series(["kent"]))
    >>> [up.apply(pd.Series(["fife"]), level).item() for level in (1, 2, 3)]
    ['lowlands', 'scotland', '*']
    """
    plain = values.astype(object) if isinstance(values.dtype, pd.CategoricalDtype) else values
    lost = [value for value in plain.dropna().unique() if value not in parents]
    if lost:
        raise ParameterError(
            f"hierarchies[{values.name!r}] has no parent for {len(lost)} values ({some(lost)}). Add them to it."
        )
    chains = {
        value: [above] if isinstance(above, str) or not hasattr(above, "__iter__") else list(above)
        for value, above in parents.items()
    }
    depth = max(map(len, chains.values()), default=0)
    short = [value for value, chain in chains.items() if len(chain) != depth]
    if not depth or short:
        raise ParameterError(f"hierarchies[{values.name!r}]: {some(short)} has fewer ancestors than others ({depth}).")
    for level in range(1, depth):
        above: dict[Any, Any] = {}
        for chain in chains.values():
            if above.setdefault(chain[level - 1], chain[level]) != chain[level]:
                raise ParameterError(
                    f"hierarchies[{values.name!r}]: {chain[level - 1]!r} is in {above[chain[level - 1]]!r} and in "
                    f"{chain[level]!r}. Levels must nest: each name has one parent."
                )
    names = ["parent"] if depth == 1 else [f"ancestor {level + 1}" for level in range(depth)]
    steps = [_looked_up({value: str(chain[level]) for value, chain in chains.items()}) for level in range(depth)]
    return Hierarchy(("as it is", *names, ANY), tuple(steps))


def _by_kind(values: pd.Series) -> Hierarchy:
    present = values.dropna()
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        whole_days = bool((present == present.dt.normalize()).all())
        return of_dates(("month", "quarter", "year") if whole_days else ("day", "month", "quarter", "year"))
    if pd.api.types.is_numeric_dtype(values.dtype) and not pd.api.types.is_bool_dtype(values.dtype):
        return _quantile_bands(present.to_numpy(dtype=float))
    different = [str(value) for value in present.astype(object).unique()]
    if different and sum(re.fullmatch(_POSTCODE, text.strip().upper()) is not None for text in different) >= 0.9 * len(
        different
    ):
        return of_postcodes()
    if len(different) > 2 and all(_LABEL.fullmatch(text) for text in different):
        return of_labels(different)
    return Hierarchy(("as it is", ANY), ())


def _quantile_bands(numbers: Any, finest: int = 16) -> Hierarchy:
    """Bands of about as many rows each; edges are rounded to two digits, so that no edge is one person's value."""
    finite = numbers[np.isfinite(numbers)]
    if len(np.unique(finite)) < 3:
        return Hierarchy(("as it is", ANY), ())
    cuts = np.quantile(finite, np.arange(1, finest) / finest)
    edges = np.unique([float(f"{cut:.2g}") for cut in cuts])
    edges = edges[(edges > finite.min()) & (edges <= finite.max())]
    levels = []
    while len(edges):
        levels.append(edges)
        edges = edges[1::2] if len(edges) > 1 else edges[:0]
    return bands(*levels) if levels else Hierarchy(("as it is", ANY), ())


def _band(edges: Any) -> Label:
    inner = [f"{low:g} to {high:g}" for low, high in pairwise(edges)]
    names = np.array([f"below {edges[0]:g}", *inner, f"{edges[-1]:g} or more"], dtype=object)
    return lambda values: pd.Series(names[np.searchsorted(edges, values.to_numpy(dtype=float), side="right")])


def _looked_up(names: Mapping[Any, str]) -> Label:
    return lambda values: pd.Series([names.get(value, "(other)") for value in values], dtype=object)


def _ends(label: str) -> tuple[int, int | None]:
    found = _LABEL.fullmatch(label)
    if found is None:
        raise ParameterError(f"{label!r} is not the label of a band, such as '25-34', 'under 18' or '65+'.")
    _, under, low, high, above = found.groups()
    return (0, int(under) - 1) if under else (int(above), None) if above else (int(low), int(high))


def _joined(labels: Sequence[str]) -> str:
    low, high = _ends(labels[0])[0], _ends(labels[-1])[1]
    return f"{low}+" if high is None else f"{low}-{high}"


def _postcode_parts(text: str) -> tuple[str, str, str]:
    """Sector, district and area; what cannot be read is "other" within the part that can, so that levels nest."""
    plain = re.sub(r"\s+", "", text).upper()
    found = re.fullmatch(_POSTCODE, plain) or re.fullmatch(r"([A-Z]{1,2})(\d[A-Z\d]?)?()", plain)
    if found is None:
        return ("(other)",) * 3
    area, district, sector = found.groups()
    outward = area + district if district else f"{area} (other)"
    return f"{outward} {sector}" if sector else f"{outward} (other)", outward, area
