"""What would have to be different for the model to say something else about a customer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import combinations
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from personakit.errors import DataError, ParameterError, some
from personakit.predict.explanations_columns import Output, frame_of, mixed, output_of, players_of
from personakit.predict.explanations_values import customer_in, shown
from personakit.privacy.settings import is_number, whole
from personakit.profile.encoder import NOT_FEATURES
from personakit.profile.frames import kind_of

__all__ = ["Counterfactual", "what_would_change"]

Floats = NDArray[np.float64]
Direction = Literal["up", "down"]
ROWS_AT_ONCE = 40_000
TRIED = ("columns", "prediction", "distance", "found")


@dataclass(frozen=True)
class Counterfactual:
    """What would have to be different, or that there is nothing.

    Attributes
    ----------
    customer : customer_id
    found : bool
        Whether the prediction gets to the target.
    now, then : float
        The prediction as it is, and with the change; where nothing was found, the nearest that came.
    target : float
    changes : DataFrame, indexed by column
        now and then: her values, and those she would have. Empty if no change brings the prediction nearer.
    options : DataFrame
        One row for each set of columns that was tried last: columns, prediction, distance, found; the best first.
    n_similar, max_changes : int
    output, label : as in `shapley_values`
    """

    customer: Any
    found: bool
    now: float
    then: float
    target: float
    changes: pd.DataFrame
    options: pd.DataFrame
    n_similar: int
    max_changes: int
    output: str
    label: Any = None

    @property
    def summary(self) -> str:
        """In plain words."""
        what = "predicted value" if self.label is None else f"{self.output.replace('_', '-')} of {self.label}"
        steps = "; ".join(
            f"{name} {shown(row['then'])} instead of {shown(row['now'])}" for name, row in self.changes.iterrows()
        )
        lead = f"Customer {self.customer}: the {what} is {self._level(self.now)}."
        if self.found:
            return f"{lead} It would be {self._level(self.then)} with {steps}. {WARNING}"
        nearest = f"The nearest is {self._level(self.then)}, with {steps}." if steps else "None brings it nearer."
        return (
            f"{lead} No change of at most {self.max_changes} of the columns, to values of the {self.n_similar} most "
            f"similar customers, brings it to {self._level(self.target)}. {nearest} {WARNING}"
        )

    def __repr__(self) -> str:
        return self.summary

    def _level(self, value: float) -> str:
        return f"{value:.0%}" if self.output == "probability" else f"{value:,.3g}"

    def _repr_html_(self) -> str:
        table = self.changes.map(shown).reset_index().to_html(index=False, escape=True)
        return f"<p>{escape(self.summary)}</p>{table if len(self.changes) else ''}"


WARNING = "This is what the model would say, not what would happen."


def what_would_change(
    model: Any,
    profiles: Any,
    customer: Any,
    *,
    actionable: str | Sequence[str] | Mapping[str, Sequence[str]],
    target: float = 0.5,
    directions: Mapping[str, Direction] | None = None,
    max_changes: int = 2,
    n_similar: int = 200,
    output: Literal["probability", "log_odds", "value"] | None = None,
    label: Any = None,
) -> Counterfactual:
    """The smallest change of a customer's profile with which the model would say something else.

    First as few columns as possible, then as small a step as possible. New values are not invented: those of several
    columns come together from one real customer, of those who are most similar in all other columns, so that they are
    plausible together and for somebody like her. Whose values they are is not told.

    This is about the model, not about the world. That the model would expect more orders from somebody who opens more
    e-mails does not say that she orders more if she is made to open them: openings may be a sign of interest and not
    its cause. It shows what the prediction hangs on, and can be told to a customer who contests it; whether an action
    helps is for an experiment to say (`personakit.measure`).

    Parameters
    ----------
    model : fitted classifier or regressor that takes profile frames, or a function of a frame to n numbers
    profiles : DataFrame with one row a customer, what the gate returned, or array of shape (n_customers, n_columns)
        With the customer, and at least one other.
    customer : customer_id
    actionable : str, sequence of str, or mapping of name to columns
        What could be different. Columns that only make sense together (orders_90d and monetary_90d) are one change if
        they are given as a group; others are never touched.
    target : float, default 0.5
        What the prediction has to reach: at least this much if it is below now, else less than this.
    directions : mapping of column to {"up", "down"}, optional
        Numbers and dates that can only rise or only fall; a gap has no direction and is then left alone.
    max_changes : int, default 2
        At most so many columns (or groups) are changed. With k of m actionable ones, n_similar * m!/(k! (m-k)!)
        predictions are asked for.
    n_similar : int, default 200
        The most similar customers whose values may be taken. Distance (Gower's): the mean over columns of the
        difference of ranks from 0 to 1, or 1 for another category.
    output, label : as in `shapley_values`

    Returns
    -------
    Counterfactual
        `.found`, `.changes` (now and then, by column), `.options`, `.summary`.

    Raises
    ------
    UnknownNameError
        There is no such customer.
    DataError
        No such column; nobody else; customers in two rows.
    ParameterError
        No actionable column; a direction of a category or of a column that may not change.
    ConsentError
        The profiles were released for another purpose than the model's data.

    Source: S. Wachter, B. Mittelstadt and C. Russell (2018), "Counterfactual explanations without opening the black
    box", Harvard Journal of Law & Technology 31(2), for the idea; M. T. Keane and B. Smyth (2020), "Good
    counterfactuals and where to find them", ICCBR, for values of real cases; J. C. Gower (1971), "A general coefficient
    of similarity", Biometrics 27(4).

    Examples
    --------
    >>> people = pd.DataFrame({"customer_id": [1, 2, 3, 4], "visits": [1, 6, 9, 2], "age": [30, 31, 60, 35]})
    >>> found = what_would_change(lambda frame: frame["visits"] * 10.0, people, 1, actionable=["visits"], target=50)
    >>> found.changes.loc["visits"].to_dict(), found.then
    ({'now': 1, 'then': 6}, 60.0)
    """
    whole("max_changes", max_changes, 1, why=", the columns that may change")
    whole("n_similar", n_similar, 1, why=", the customers whose values may be taken")
    if not is_number(target):
        raise ParameterError(f"target={target!r}: give the number that the prediction has to reach, such as 0.5.")
    frame = frame_of(profiles, "profiles")
    says = output_of(model, profiles, output, label)
    if says.name == "probability" and not 0 < target <= 1:
        raise ParameterError(f"target={target!r}: a probability has to reach a number above 0 and at most 1.")
    place = customer_in(frame.index, customer)
    players, movable = _movable(frame, actionable)
    _check_directions(frame, movable, directions or {})
    if len(frame) < 2:
        raise DataError("profiles has 1 row. New values come from other customers: give the profiles of at least 2.")
    touched = {name for each in movable.values() for name in each}
    steps = {name: _steps(frame[name], place) for name in frame if name in touched or name not in NOT_FEATURES}
    rest = [step for name, step in steps.items() if name not in touched]
    apart = np.mean(rest, axis=0) if rest else np.zeros(len(frame))
    others = np.delete(np.arange(len(frame)), place)
    donors = others[np.argsort(apart[others], kind="stable")[:n_similar]]
    moves = {
        name: _Move(
            place=list(players).index(name),
            step=np.mean([steps[one][donors] for one in each], axis=0),
            able=_able(frame, place, donors, each, directions or {})
            & (np.max([steps[one][donors] for one in each], axis=0) > 0),
        )
        for name, each in movable.items()
    }

    now = float(says(frame.iloc[[place]])[0])
    best: Any = None
    changed: tuple[str, ...] = ()
    tried = pd.DataFrame(columns=list(TRIED))
    for k in range(1, min(max_changes, len(movable)) + 1):
        tries = []
        sets = [each for each in combinations(movable, k) if _all_able(moves, each).any()]
        for number, chosen in enumerate(sets):
            able = _all_able(moves, chosen)
            rows = np.full((int(able.sum()), len(players)), place)
            rows[:, [moves[name].place for name in chosen]] = donors[able][:, None]
            told = _told(says, frame, players, rows)
            distance = np.sum([moves[name].step[able] for name in chosen], axis=0)
            there = told >= target if now < target else told < target
            options = pd.DataFrame({"prediction": told, "distance": distance, "found": there, "donor": donors[able]})
            tries.append(_sorted(options, target).head(1).assign(columns=", ".join(chosen), number=number))
        if not tries:
            continue
        tried = _sorted(pd.concat(tries, ignore_index=True), target)
        top = tried.iloc[0]
        if top["found"] or abs(top["prediction"] - target) < abs(
            (now if best is None else best["prediction"]) - target
        ):
            best, changed = top, sets[int(top["number"])]
        if top["found"]:
            break
    donor = place if best is None else int(best["donor"])
    columns = [name for key in changed for name in movable[key] if steps[name][donor] > 0]
    changes = pd.DataFrame(
        {
            when: pd.Series([frame[name].iloc[row] for name in columns], index=columns, dtype=object)
            for when, row in (("now", place), ("then", donor))
        }
    ).rename_axis("column")
    return Counterfactual(
        customer=customer,
        found=best is not None and bool(best["found"]),
        now=now,
        then=now if best is None else float(best["prediction"]),
        target=float(target),
        changes=changes,
        options=tried[list(TRIED)],
        n_similar=len(donors),
        max_changes=int(max_changes),
        output=says.name,
        label=says.label,
    )


@dataclass(frozen=True)
class _Move:
    """One thing that may change: which player it is, how far it is to each donor's values, and who has any."""

    place: int
    step: Floats
    able: NDArray[np.bool_]


def _all_able(moves: dict[str, _Move], chosen: tuple[str, ...]) -> NDArray[np.bool_]:
    """The donors who have another value for each of these."""
    return np.all([moves[name].able for name in chosen], axis=0)


def _sorted(options: pd.DataFrame, target: float) -> pd.DataFrame:
    """Those that get there first, by the least step; then the others, by how near they come."""
    key = np.where(options["found"], options["distance"], (options["prediction"] - target).abs())
    return options.iloc[np.lexsort((key.astype(float), ~options["found"].to_numpy(bool)))].reset_index(drop=True)


def _movable(frame: pd.DataFrame, actionable: Any) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """All players, and those of them that may change."""
    asked = [actionable] if isinstance(actionable, str) else actionable
    groups = dict(asked) if isinstance(asked, Mapping) else {name: [name] for name in asked}
    if not groups:
        raise ParameterError(
            f"actionable={actionable!r} names no column, so nothing could be different. Name columns on which somebody "
            f"can act, such as {some(frame.columns)}."
        )
    players = players_of(frame, [], groups, "profiles")
    return players, {str(name): players[str(name)] for name in groups}


def _check_directions(frame: pd.DataFrame, movable: dict[str, list[str]], directions: Mapping[str, Any]) -> None:
    known = [name for each in movable.values() for name in each]
    for name, way in directions.items():
        if name not in known:
            raise ParameterError(f"directions has {name!r}, which is not actionable (there are: {some(known, 6)}).")
        if way not in ("up", "down"):
            raise ParameterError(f"directions: {name!r} is {way!r}: give 'up' or 'down'.")
        if kind_of(frame[name]) == "category":
            raise ParameterError(f"directions: {name!r} holds categories, which have no up and down. Leave it out.")


def _ordered(column: pd.Series) -> Floats:
    """Numbers and dates as numbers, gaps as NaN."""
    if kind_of(column) == "date":
        moments = pd.to_datetime(column, errors="coerce", utc=True)
        return np.where(moments.isna(), np.nan, moments.dt.as_unit("s").astype("int64").to_numpy(float))
    return pd.to_numeric(column).to_numpy(dtype=float, na_value=np.nan)


def _steps(column: pd.Series, place: int) -> Floats:
    """From one customer's value to everybody's: the difference of ranks, 0 to 1; 1 to another category, or a gap."""
    gap = column.isna().to_numpy()
    if kind_of(column) == "category":
        text = column.astype(str).to_numpy(dtype=object)
        step = (text != text[place]).astype(float)
    else:
        values = _ordered(column)
        known = np.sort(values[~gap])
        rank = np.searchsorted(known, values, side="left") + np.searchsorted(known, values, side="right")
        step = np.abs(rank - rank[place]) / max(2 * len(known), 1)
    return np.where(gap | gap[place], (gap != gap[place]).astype(float), step)


def _able(
    frame: pd.DataFrame, place: int, donors: NDArray[np.intp], columns: list[str], directions: Mapping[str, Any]
) -> NDArray[np.bool_]:
    """Which donors have a value in each column, on the right side of hers where there is a direction."""
    able: Any = frame[columns].notna().to_numpy()[donors].all(axis=1)
    for name in columns:
        if name in directions:
            values = _ordered(frame[name])
            gain = values[donors] - values[place]
            able = able & ((gain >= 0) if directions[name] == "up" else (gain <= 0))  # a gap compares as false
    return able


def _told(says: Output, frame: pd.DataFrame, players: dict[str, list[str]], rows: NDArray[np.intp]) -> Floats:
    blocks = range(0, len(rows), ROWS_AT_ONCE)
    return np.concatenate([says(mixed(frame, players, rows[at : at + ROWS_AT_ONCE])) for at in blocks])
