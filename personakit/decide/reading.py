"""What a bandit is given, read and checked: contexts, actions, rewards, and whose they are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from personakit.errors import DataError, ParameterError, some
from personakit.privacy.gate_permitted import plain_frame
from personakit.privacy.ids import id_values, is_one_id, listed, objects

__all__ = ["actions_of", "allowed_actions", "contexts_of", "owners_of", "rewards_of"]

Floats = NDArray[np.float64]


def contexts_of(x: Any, n_features: int) -> tuple[Floats, bool]:
    """The contexts as rows of finite numbers, shape (n, n_features), and whether several were given, not one.

    Parameters
    ----------
    x : array-like of float, shape (n_features,) or (n, n_features); DataFrame or Permitted
    n_features : int

    Raises
    ------
    DataError
        Not numbers, of another length, or with a value that is missing or infinite.

    Examples
    --------
    >>> contexts_of([1, 2], 2)
    (array([[1., 2.]]), False)
    """
    try:
        given = np.asarray(plain_frame(x), dtype=float)
    except (TypeError, ValueError) as problem:
        raise DataError(f"LinUCB: x is not made of numbers ({problem}). Encode categories first.") from problem
    contexts = np.atleast_2d(given)
    if contexts.ndim != 2 or contexts.shape[1] != n_features:
        raise DataError(
            f"LinUCB: x has the shape {given.shape}, but a context has {n_features} features. Pass "
            f"({n_features},) for one context or (n, {n_features}) for several."
        )
    wrong = ~np.isfinite(contexts).all(axis=1)
    if wrong.any():
        raise DataError(
            f"LinUCB: x has {wrong.sum()} rows with missing or infinite values (rows "
            f"{some(np.flatnonzero(wrong))}). Fill them in, with an indicator where their absence means something."
        )
    return contexts, given.ndim == 2


def actions_of(actions: Any, n_actions: int, *, several: bool = True) -> NDArray[np.intp]:
    """The actions, shape (n,), each from 0 to n_actions - 1.

    Raises
    ------
    ParameterError
        An action that does not exist, or not one for each context.

    Examples
    --------
    >>> actions_of([0, 2], 3), actions_of(1, 3, several=False)
    (array([0, 2]), array([1]))
    """
    given = _listed(actions, several, "action")
    wrong = [action for action in given if not _is_action(action, n_actions)]
    if wrong:
        raise ParameterError(
            f"LinUCB: there is no action {some(wrong)}. Actions are the numbers 0 to {n_actions - 1}, one a context."
        )
    return given.astype(np.intp)


def allowed_actions(actions: Iterable[int] | None, n_actions: int) -> NDArray[np.intp]:
    """The actions to choose from, each once: one that is named twice must not look like two that are equally good.

    Raises
    ------
    ParameterError
        None of them, one that does not exist, or no collection.

    Examples
    --------
    >>> allowed_actions([2, 0, 2], 3), allowed_actions(None, 2)
    (array([2, 0]), array([0, 1]))
    """
    if actions is None:
        return np.arange(n_actions)
    if isinstance(actions, (str, bytes)) or not isinstance(actions, Iterable) or getattr(actions, "ndim", 1) == 0:
        raise ParameterError(f"decide: actions={actions!r}: pass a list of the actions to choose from, such as [0, 1].")
    given = list(actions)
    if not given:
        raise ParameterError("decide: actions is empty, so there is nothing to choose from. Pass at least one action.")
    return np.asarray(pd.unique(actions_of(given, n_actions)), dtype=np.intp)


def rewards_of(reward: Any, *, several: bool = True) -> Floats:
    """The rewards as finite numbers, shape (n,).

    Raises
    ------
    ParameterError
        Not one for each context.
    DataError
        Not numbers, missing or infinite.

    Examples
    --------
    >>> rewards_of([0, 1.5]).tolist()
    [0.0, 1.5]
    """
    given = _listed(reward, several, "reward")
    try:
        rewards = np.array(given.tolist(), dtype=float)
    except (TypeError, ValueError) as problem:
        raise DataError(
            f"learn: reward is not made of numbers ({some(map(repr, given))}). Give one number a decision."
        ) from problem
    if rewards.ndim != 1:
        raise DataError(f"learn: reward has more than one number a decision ({some(map(repr, given))}). Give one.")
    if not np.isfinite(rewards).all():
        rows = np.flatnonzero(~np.isfinite(rewards))
        raise DataError(
            f"learn: reward has {len(rows)} missing or infinite values (rows {some(rows)}: {some(rewards[rows])}). "
            "Leave out the decisions whose outcome is not known yet."
        )
    return rewards


def owners_of(customer_id: Any, n: int, *, several: bool) -> NDArray[np.object_]:
    """Whose each of n contexts is: a single id counts for all of them; a table names them in `customer_id`.

    Raises
    ------
    ParameterError
        A tuple for several contexts, which may be one id or several; an id that cannot be hashed.

    Examples
    --------
    >>> owners_of("eve", 2, several=True).tolist(), owners_of([7, None], 2, several=True).tolist()
    (['eve', 'eve'], [7, None])
    """
    if isinstance(customer_id, tuple) and several:
        raise ParameterError(
            f"learn: customer_id={customer_id} is a tuple, which may be one id or several. Pass a list with one id for "
            "each context."
        )
    if is_one_id(customer_id):
        who = objects(listed(customer_id) * n)
    else:
        who = objects(id_values(customer_id) if several else [customer_id] * n)
    try:
        for customer in who:
            hash(customer)
    except TypeError as problem:
        raise ParameterError(
            f"learn: customer_id has {customer!r}, a {type(customer).__name__}, which is no id. Pass one id for each "
            "context."
        ) from problem
    return who


def _listed(values: Any, several: bool, what: str) -> NDArray[np.object_]:
    """One value a context, of whatever kind."""
    if not several:
        values = [values]
    if isinstance(values, (str, bytes)) or not isinstance(values, Iterable) or getattr(values, "ndim", 1) == 0:
        raise ParameterError(
            f"learn: {what}={values!r} is one {what}, for several contexts. Pass one for each of them."
        )
    return objects(values)


def _is_action(value: Any, n_actions: int) -> bool:
    number = value.item() if getattr(value, "ndim", 1) == 0 else value
    return isinstance(number, (int, float)) and not isinstance(number, bool) and number in range(n_actions)
