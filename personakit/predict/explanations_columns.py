"""The players of an explanation: single columns of a profile, or groups of columns that only make sense together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform
from scipy.special import logit

from personakit.errors import DataError, ParameterError, UnknownNameError, some
from personakit.privacy.binding import check_use
from personakit.privacy.gate_permitted import plain_frame
from personakit.privacy.settings import check_between
from personakit.profile.encoder import ProfileEncoder
from personakit.profile.frames import by_customer

__all__ = ["OTHERS", "Output", "correlated_groups", "differing", "frame_of", "mixed", "output_of", "players_of"]

Floats = NDArray[np.float64]
Groups = Mapping[str, Sequence[str]]
OTHERS = "all other columns"
"""The player that stands for every column which was not asked for."""

SMALLEST_PROBABILITY = 1e-6
"""A probability nearer to 0 or 1 counts as this far away, so that log-odds stay finite."""


@dataclass(frozen=True)
class Output:
    """What a model says about each row of a frame, as one number.

    Attributes
    ----------
    name : {"probability", "log_odds", "value"}
    label : Any
        The class whose probability it is; None for values.
    of : function of a frame to floats of shape (n_rows,)
    """

    name: str
    label: Any
    of: Callable[[pd.DataFrame], Floats]

    def __call__(self, frame: pd.DataFrame) -> Floats:
        return self.of(frame)


def output_of(model: Any, data: Any, output: str | None = None, label: Any = None) -> Output:
    """The one number of a model that is to be explained.

    Parameters
    ----------
    model : fitted classifier or regressor that takes profile frames, or a function of a frame to n numbers
    data : what the model is used on
        Held against the purpose for which the model's own data were released. An array makes the model get arrays.
    output : {"probability", "log_odds", "value"}, optional
        By default the probability where there is one, else the predicted value.
    label : class, optional
        Whose probability; of two classes by default the second of `classes_`.

    Raises
    ------
    ParameterError
        No such output; the model has no probabilities; there are more than two classes and none is named.
    UnknownNameError
        The model knows no such class.
    ConsentError
        The model learnt from data released for another purpose.

    Examples
    --------
    >>> says = output_of(lambda frame: frame["age"] * 2.0, pd.DataFrame({"age": [20, 30]}))
    >>> says.name, says(pd.DataFrame({"age": [20, 30]})).tolist()
    ('value', [40.0, 60.0])
    """
    check_use(model, data)
    if output not in (None, "probability", "log_odds", "value"):
        raise ParameterError(f"output={output!r}: give 'probability', 'log_odds' or 'value'.")
    as_array = not isinstance(plain_frame(data), pd.DataFrame)

    def given(frame: pd.DataFrame) -> Any:
        return frame.to_numpy() if as_array else frame

    if output == "value" or (output is None and not hasattr(model, "predict_proba")):
        predict = getattr(model, "predict", model)
        if not callable(predict):
            raise ParameterError(f"model is a {type(model).__name__}, which cannot predict. Give a fitted model.")
        return Output("value", None, lambda frame: np.asarray(predict(given(frame)), dtype=float).reshape(len(frame)))
    if not hasattr(model, "predict_proba"):
        raise ParameterError(
            f"output={output!r}: this {type(model).__name__} has no predict_proba. Use output='value', or a classifier."
        )
    known = list(model.classes_)
    if label is None:
        if len(known) != 2:
            raise ParameterError(
                f"label=None: the model knows {len(known)} classes ({some(known)}). Name the one to be explained."
            )
        label = known[1]
    if label not in known:
        raise UnknownNameError(f"label={label!r} is none of the {len(known)} classes of the model ({some(known, 6)}).")
    place = known.index(label)

    def probability(frame: pd.DataFrame) -> Floats:
        return np.asarray(model.predict_proba(given(frame)), dtype=float)[:, place]

    if output == "log_odds":
        least = SMALLEST_PROBABILITY
        return Output("log_odds", label, lambda frame: np.asarray(logit(np.clip(probability(frame), least, 1 - least))))
    return Output("probability", label, probability)


def frame_of(data: Any, name: str = "X") -> pd.DataFrame:
    """Profiles by customer; an array as a frame with the columns x0, x1, ...

    >>> frame_of(np.array([[1.0, 2.0]])).columns.tolist()
    ['x0', 'x1']
    """
    plain = plain_frame(data)
    if isinstance(plain, pd.DataFrame):
        return by_customer(data, name)
    array = np.asarray(data)
    if array.ndim != 2 or not len(array):
        raise DataError(
            f"{name} has the shape {array.shape}. Give a DataFrame with one row a customer, or an array of shape "
            "(n_customers, n_columns) with at least one row."
        )
    return pd.DataFrame(array, columns=[f"x{place}" for place in range(array.shape[1])])


def players_of(
    frame: pd.DataFrame, columns: Sequence[str] | None = None, groups: Groups | None = None, name: str = "X"
) -> dict[str, list[str]]:
    """Which columns act together, by the name of the player.

    Parameters
    ----------
    frame : DataFrame
    columns : sequence of str, optional
        These are players; all the others together are one, "all other columns". By default each column is one.
    groups : mapping of name to columns, optional
        The columns of a group are one player; those in no group stand alone.
    name : str
        What the error texts call the frame.

    Raises
    ------
    DataError
        A column that is not there, or in two groups.

    Examples
    --------
    >>> frame = pd.DataFrame([[1, 2, 3, 4]], columns=list("abcd"))
    >>> players_of(frame, columns=["a"], groups={"both": ["b", "c"]})
    {'both': ['b', 'c'], 'a': ['a'], 'all other columns': ['d']}
    """
    named = {str(key): [each] if isinstance(each, str) else list(each) for key, each in (groups or {}).items()}
    if columns is not None:
        asked = [columns] if isinstance(columns, str) else list(columns)
        in_groups = {one for each in named.values() for one in each}
        named |= {one: [one] for one in asked if one not in in_groups}
    told = [one for each in named.values() for one in each]
    if absent := [one for one in told if one not in frame.columns]:
        raise DataError(
            f"{name} has no column {some(map(repr, absent))} (it has {some(frame.columns, 6)}). "
            "Name columns of the profiles."
        )
    if twice := sorted({one for one in told if told.count(one) > 1}):
        raise DataError(f"{some(map(repr, twice))} stands in two groups. A column can move with one group only.")
    if empty := [key for key, each in named.items() if not each]:
        raise DataError(f"The group {some(map(repr, empty))} has no column. Name its columns, or leave it out.")
    rest = [one for one in frame.columns if one not in told]
    if columns is None:
        return named | {one: [one] for one in rest}
    return named | ({OTHERS: rest} if rest else {})


def mixed(pool: pd.DataFrame, players: Mapping[str, list[str]], rows: NDArray[np.intp]) -> pd.DataFrame:
    """A frame in which each player's columns come from a row of their own.

    Parameters
    ----------
    pool : DataFrame of shape (n, ...)
    players : mapping of name to columns, that together are all the columns of `pool`
    rows : int array of shape (m, n_players)
        The row of `pool` from which each player's columns are taken.

    >>> pool = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})
    >>> mixed(pool, players_of(pool), np.array([[0, 1], [1, 0]])).to_numpy().tolist()
    [[1, 'y'], [2, 'x']]
    """
    made = {
        name: pool[name].array.take(rows[:, place])
        for place, columns in enumerate(players.values())
        for name in columns
    }
    frame = pd.DataFrame(made)[list(pool.columns)]
    frame.attrs.update(pool.attrs)
    return frame


def differing(pool: pd.DataFrame, players: Mapping[str, list[str]]) -> list[int]:
    """The places of those players of whom not all rows have the same values; a gap is a value here.

    >>> pool = pd.DataFrame({"a": [1, 1], "b": ["x", None]})
    >>> differing(pool, players_of(pool))
    [1]
    """
    varies = {
        name: pool[name].astype(object).where(pool[name].notna(), None).nunique(dropna=False) > 1 for name in pool
    }
    return [place for place, columns in enumerate(players.values()) if any(varies[name] for name in columns)]


def correlated_groups(
    X: Any, threshold: float = 0.7, *, method: Literal["average", "complete", "single"] = "average"
) -> dict[str, list[str]]:
    """Columns that say much the same, in groups, so that they can be explained together.

    A model that has two columns with the same message can do without either, so that each seems worth nothing; and to
    shuffle one of them alone makes customers who cannot exist. Rank correlations of numbers and dates, and plain ones
    of each category, join the columns by hierarchical clustering of 1 - |correlation|.

    Parameters
    ----------
    X : DataFrame with one row a customer, or array
    threshold : float, default 0.7
        Columns whose (mean) absolute correlation is at least this much are a group.
    method : {"average", "complete", "single"}
        What counts between groups: the mean, the weakest or the strongest of their correlations.

    Returns
    -------
    dict of name to list of columns
        Groups of two columns or more; the others stand alone.

    Source: scikit-learn's user guide, "Permutation Importance with Multicollinear or Correlated Features".

    Examples
    --------
    >>> frame = pd.DataFrame({"orders": [1, 2, 3, 4], "money": [9, 30, 31, 80], "age": [3, 1, 4, 2]})
    >>> correlated_groups(frame)
    {'orders, money': ['orders', 'money']}
    """
    check_between("threshold", threshold, example=0.7)
    frame = frame_of(X)
    encoder = ProfileEncoder(numbers="ranks", categories="onehot", missing="fill").fit(frame)
    keep = np.array([not str(name).endswith(" is missing") for name in encoder.get_feature_names_out()])
    values = encoder.transform(frame)[:, keep]
    sources = np.array(encoder.sources_, dtype=object)[keep]
    used = list(dict.fromkeys(sources))
    if len(used) < 2:
        return {}
    spread = values.std(axis=0)
    centred = (values - values.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    tied = np.abs(centred.T @ centred) / len(values)
    # Of a pair of columns with several categories each, the strongest link counts.
    starts = [int(np.flatnonzero(sources == name)[0]) for name in used]
    tied = np.maximum.reduceat(np.maximum.reduceat(tied, starts, axis=0), starts, axis=1)
    apart = np.clip(1 - (tied + tied.T) / 2, 0, 1)
    np.fill_diagonal(apart, 0)
    number = fcluster(linkage(squareform(apart, checks=False), method), 1 - threshold + 1e-12, criterion="distance")
    found = [[name for name, own in zip(used, number, strict=True) if own == each] for each in dict.fromkeys(number)]
    return {_named(each): each for each in found if len(each) > 1}


def _named(columns: list[str]) -> str:
    return ", ".join(columns) if len(columns) == 2 else f"{columns[0]} and {len(columns) - 1} more"
