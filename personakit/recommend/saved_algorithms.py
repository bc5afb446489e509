"""Surprise's fitted algorithms as plain values: what they learnt and the ratings they learnt it from."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from personakit.errors import DataError
from personakit.recommend.ratings.estimates import rating_lists

if TYPE_CHECKING:
    from surprise import AlgoBase, Trainset

__all__ = ["algorithm_class", "describe_algorithm", "rebuild_algorithm"]


def algorithm_class(name: str) -> type[AlgoBase]:
    """One of Surprise's own algorithms, by name; of another class no object is made.

    >>> algorithm_class("SVD").__name__
    'SVD'
    """
    import surprise

    held = getattr(surprise, name, None) if name in surprise.__all__ else None
    if not (isinstance(held, type) and issubclass(held, surprise.AlgoBase) and held is not surprise.AlgoBase):
        raise DataError(f"it holds the algorithm {name!r}, which is not one of Surprise's")
    return held


def describe_algorithm(value: Any) -> tuple[str, dict[str, Any]] | None:
    """A kind and a state for an algorithm, its class or its training set; None for anything else."""
    import surprise

    if isinstance(value, type) and issubclass(value, surprise.AlgoBase):
        return ("algorithm class", {"name": value.__name__}) if _is_surprises(value) else None
    if type(value) is surprise.Trainset:
        lists = {}
        for side, owners in (("ur", value.n_users), ("ir", value.n_items)):
            held = rating_lists(getattr(value, side), owners)
            lists[side] = (held.starts, held.other, held.rating)
        ids = (list(value._raw2inner_id_users), list(value._raw2inner_id_items))
        return "trainset", {**lists, "ids": ids, "scale": value.rating_scale, "mean": value.global_mean}
    if not isinstance(value, surprise.AlgoBase) or not _is_surprises(type(value)):
        return None
    state = dict(vars(value))
    trainset = state.get("trainset")
    sides = {}
    if trainset is not None:  # kNN algorithms point at the lists of their training set
        for name in ("xr", "yr"):
            if name in state:
                sides[name] = "ur" if state.pop(name) is trainset.ur else "ir"
    return "algorithm", {"name": type(value).__name__, "sides": sides, "state": state}


def rebuild_algorithm(kind: str, state: dict[str, Any]) -> Any:
    """What `describe_algorithm` described."""
    if kind == "trainset":
        return _trainset(state)
    held = algorithm_class(state["name"])
    if kind == "algorithm class":
        return held
    if kind != "algorithm":
        raise DataError(f"it holds something of the unknown kind {kind!r}")
    algorithm = object.__new__(held)
    vars(algorithm).update(state["state"])
    for name, side in state["sides"].items():
        vars(algorithm)[name] = {"ur": algorithm.trainset.ur, "ir": algorithm.trainset.ir}[side]
    return algorithm


def _trainset(state: dict[str, Any]) -> Trainset:
    from surprise import Trainset

    customers, products = state["ids"]
    lists = {side: _grouped(*state[side]) for side in ("ur", "ir")}
    n_ratings = len(state["ur"][1])
    trainset = Trainset(
        lists["ur"],
        lists["ir"],
        len(customers),
        len(products),
        n_ratings,
        state["scale"],
        {raw: inner for inner, raw in enumerate(customers)},
        {raw: inner for inner, raw in enumerate(products)},
    )
    trainset._global_mean = state["mean"]
    return trainset


def _grouped(starts: Any, others: Any, ratings: Any) -> defaultdict[int, list[tuple[int, float]]]:
    pairs = list(zip(np.asarray(others).tolist(), np.asarray(ratings).tolist(), strict=True))
    ends = np.asarray(starts).tolist()
    if ends[0] != 0 or ends[-1] != len(pairs) or any(a > b for a, b in pairwise(ends)):
        raise DataError("it holds lists of ratings that overlap")
    return defaultdict(list, {owner: pairs[a:b] for owner, (a, b) in enumerate(pairwise(ends))})


def _is_surprises(held: type) -> bool:
    import surprise

    return held.__module__.startswith("surprise.") and getattr(surprise, held.__name__, None) is held
