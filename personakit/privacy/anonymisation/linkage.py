"""Re-identification: how many people a table without names still points at, for somebody who knows a few facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from personakit.errors import DataError
from personakit.privacy.anonymisation.generalisation import Generalised
from personakit.privacy.anonymisation.measures import codes_of, columns_of, combined, frame_of
from personakit.privacy.settings import check_between, generator_of, whole
from personakit.privacy.statistics.intervals import wilson_interval

__all__ = ["LinkageAttack", "reidentification", "unicity"]


@dataclass(frozen=True)
class LinkageAttack:
    """Whom an outsider finds.

    Attributes
    ----------
    n_known : int
        People about whom the outsider knows the facts.
    facts : tuple of str
    pinned, pinned_low, pinned_high : float
        Share of them to whom exactly one row fits, and its interval (Wilson).
    correct : float or None
        Share of them to whom exactly one row fits which is theirs; None where it is not known whose rows they are.
    guess : float or None
        Chance to find their own row by guessing among those that fit, mean over them; 0 where their row is not there.
    candidates : float
        Rows that fit, in the median.
    learnt : float or None
        Share of them of whom a sensitive value is learnt for sure, as all rows that fit have the same.
    confidence : float
    """

    n_known: int
    facts: tuple[str, ...]
    pinned: float
    pinned_low: float
    pinned_high: float
    correct: float | None
    guess: float | None
    candidates: float
    learnt: float | None
    confidence: float

    def __str__(self) -> str:
        right = "" if self.correct is None else f", {self.correct:.1%} rightly"
        guess = "" if self.guess is None else f"; a guess finds {self.guess:.1%}"
        learnt = "" if self.learnt is None else f"; a sensitive value is learnt of {self.learnt:.1%}"
        return (
            f"By {', '.join(self.facts)}, {self.pinned:.1%} of {self.n_known:,} people are pinned down "
            f"({self.pinned_low:.1%} to {self.pinned_high:.1%}){right}{guess}{learnt}"
        )

    def _repr_html_(self) -> str:
        return f"<p><b>Re-identification</b>: {escape(str(self))}</p>"


def reidentification(
    released: pd.DataFrame | Generalised | Any,
    known: Any,
    *,
    on: Sequence[str] | str,
    truth: Any = None,
    sensitive: str | None = None,
    key: str = "customer_id",
    confidence: float = 0.95,
) -> LinkageAttack:
    """Link what an outsider knows about people to a table without names.

    Parameters
    ----------
    released : DataFrame, Permitted or Generalised
        What was released. Facts are compared exactly; of a `Generalised`, the outsider first takes them to the levels
        of the table, which it shows.
    known : DataFrame or Permitted
        One row a person: `key`, and the facts.
    on : sequence of str
        The columns with the facts, in both.
    truth : Series or array, optional
        Whose row each is, for scoring alone: of a `Generalised`, the key column of the table before; else in the order
        of `released`. By default the column `key` of `released`, where there is one. Pass it for pseudonymised tables.
    sensitive : str, optional
        A column of `released` that the outsider would learn.
    key : str, default "customer_id"
    confidence : float in (0, 1), default 0.95

    Returns
    -------
    LinkageAttack

    Raises
    ------
    UnknownNameError
        A column is not there.
    DataError
        `truth` is of another length.

    References
    ----------
    L. Sweeney (2000), "Simple demographics often identify people uniquely", Carnegie Mellon, Data Privacy Working
    Paper 3; A. Narayanan and V. Shmatikov (2008), "Robust de-anonymization of large sparse datasets", IEEE S&P.

    Examples
    --------
    >>> released = pd.DataFrame({"age": ["18-24", "18-24", "65+"], "spent": [5, 9, 70]})
    >>> known = pd.DataFrame({"customer_id": [7, 8], "age": ["65+", "18-24"]})
    >>> attack = reidentification(released, known, on="age", truth=[8, 9, 7], sensitive="spent")
    >>> attack.pinned, attack.correct, attack.guess, attack.learnt
    (0.5, 0.5, 0.75, 0.5)
    """
    check_between("confidence", confidence)
    facts = [on] if isinstance(on, str) else list(on)
    table = frame_of(released.table if isinstance(released, Generalised) else released, "reidentification")
    people = frame_of(known, "reidentification")
    if people.index.name == key and key not in people.columns:
        people = people.reset_index()
    columns_of(table, facts, "reidentification: released")
    columns_of(people, [*facts, key] if key not in facts else facts, "reidentification: known")
    owner = _owners(released, table, truth, key)
    shown = released.apply(people) if isinstance(released, Generalised) else people
    # Both sides in one list of codes, so that only equal values meet.
    sides = []
    for name in facts:
        both = pd.concat([table[name].astype(object), shown[name].astype(object)], ignore_index=True)
        sides.append(codes_of(both))
    group = combined(sides)
    theirs, mine = group[: len(table)], group[len(table) :]
    n_groups = int(group.max()) + 1
    sizes = np.bincount(theirs, minlength=n_groups)
    fits = sizes[mine]
    pinned = float((fits == 1).mean())
    low, high = map(float, wilson_interval(pinned, len(people), confidence=confidence))
    correct = guess = None
    if owner is not None:
        place = pd.Series(np.arange(len(table)), index=owner)
        rows = place[~place.index.duplicated()].reindex(people[key]).to_numpy(dtype=float)
        there = ~np.isnan(rows)
        own = np.zeros(len(people), dtype=bool)
        own[there] = theirs[rows[there].astype(int)] == mine[there]
        correct = float((own & (fits == 1)).mean())
        guess = float(np.where(own, 1 / np.maximum(fits, 1), 0.0).mean())
    learnt = None
    if sensitive is not None:
        columns_of(table, sensitive, "reidentification: released")
        values = pd.Series(codes_of(table[sensitive])).groupby(theirs).nunique().reindex(range(n_groups), fill_value=0)
        learnt = float((values.to_numpy()[mine] == 1).mean())
    return LinkageAttack(
        len(people), tuple(facts), pinned, low, high, correct, guess, float(np.median(fits)), learnt, confidence
    )


def unicity(
    traces: Any,
    *,
    points: int,
    on: Sequence[str] | str,
    n_people: int | None = 1000,
    key: str = "customer_id",
    confidence: float = 0.95,
    random_state: int | np.random.Generator | np.random.RandomState | None = None,
) -> LinkageAttack:
    """How many people a few points of their own trace (purchases by day and shop, say) single out.

    Of each person drawn, `points` different points are drawn from her trace; she is pinned down where nobody else's
    trace holds them all. Names play no part: a pseudonym on each trace changes nothing.

    Parameters
    ----------
    traces : DataFrame or Permitted
        One row an event; `key`, and the columns that make a point. Coarsen these to see what protects: dates to months,
        products to departments.
    points : int >= 1
    on : sequence of str
    n_people : int, optional
        How many people with so many points are drawn; None for all of them.
    random_state : int, Generator or RandomState, optional

    Returns
    -------
    LinkageAttack
        `candidates` counts the traces that hold the points, `guess` is the mean of one over that.

    Raises
    ------
    DataError
        Nobody has so many different points.

    References
    ----------
    Y.-A. de Montjoye, L. Radaelli, V. Singh and A. Pentland (2015), "Unique in the shopping mall: on the
    reidentifiability of credit card metadata", Science 347.

    Examples
    --------
    >>> visits = pd.DataFrame({"customer_id": [1, 1, 2, 2, 3], "day": [1, 2, 1, 3, 3]})
    >>> unicity(visits, points=2, on="day").pinned, unicity(visits, points=1, on="day").n_known
    (1.0, 3)
    """
    check_between("confidence", confidence)
    frame = frame_of(traces, "unicity")
    facts = [on] if isinstance(on, str) else list(on)
    columns_of(frame, [*facts, key], "unicity")
    points = whole("points", points, where="unicity")
    if n_people is not None:
        n_people = whole("n_people", n_people, where="unicity", why=", or None for everybody")
    rng = generator_of(random_state) or np.random.default_rng()
    frame = frame[frame[key].notna()]
    person, point = codes_of(frame[key]), combined([codes_of(frame[name]) for name in facts])
    shape = (int(person.max()) + 1, int(point.max()) + 1)
    holds = sparse.csr_matrix((np.ones(len(frame), dtype=np.int32), (person, point)), shape=shape)
    holds.data[:] = 1  # a point is held once, however often
    by_point = holds.tocsc()
    able = np.flatnonzero(np.diff(holds.indptr) >= points)
    if not len(able):
        raise DataError(
            f"unicity: none of {shape[0]:,} people has {points} different points of {', '.join(facts)}. Ask for fewer."
        )
    drawn = able if n_people is None or n_people >= len(able) else np.sort(rng.choice(able, n_people, replace=False))
    fits = np.empty(len(drawn), dtype=np.int64)
    for number, who in enumerate(drawn):
        own = rng.choice(holds.indices[holds.indptr[who] : holds.indptr[who + 1]], points, replace=False)
        fits[number] = _hold_all(by_point, own)
    pinned = float((fits == 1).mean())
    low, high = map(float, wilson_interval(pinned, len(drawn), confidence=confidence))
    return LinkageAttack(
        len(drawn), (f"{points} points of {', '.join(facts)}",), pinned, low, high, pinned, float((1 / fits).mean()),
        float(np.median(fits)), None, confidence,
    )  # fmt: skip


def _hold_all(by_point: Any, points: NDArray[Any]) -> int:
    """How many people hold all the points; the rarest first, so that little is left to compare."""
    lists = sorted((by_point.indices[by_point.indptr[p] : by_point.indptr[p + 1]] for p in points), key=len)
    left = lists[0]
    for people in lists[1:]:
        left = left[np.isin(left, people, assume_unique=True)]
    return len(left)


def _owners(released: Any, table: pd.DataFrame, truth: Any, key: str) -> NDArray[Any] | None:
    if truth is None:
        if isinstance(released, Generalised) or key not in table.columns:
            return None
        return table[key].to_numpy()
    owners = np.asarray(truth)
    before = released.n_rows if isinstance(released, Generalised) else len(table)
    if len(owners) != before:
        raise DataError(
            f"reidentification: truth has {len(owners):,} entries and the table {before:,} rows"
            f"{' before it was generalised' if isinstance(released, Generalised) else ''}. Pass one for each."
        )
    return owners[released.rows] if isinstance(released, Generalised) else owners
