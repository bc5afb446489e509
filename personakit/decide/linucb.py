"""LinUCB with disjoint linear models: one ridge regression an action, and a bonus for what is not known well."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import linalg
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state

from personakit.decide.reading import actions_of, allowed_actions, contexts_of, owners_of, rewards_of
from personakit.errors import ParameterError
from personakit.privacy.binding import check_use, purpose_of
from personakit.privacy.ids import check_types_of_ids, objects, wanted_ids

__all__ = ["Decision", "LinUCB"]

Floats = NDArray[np.float64]
_TIE = 1e-12


class Decision(NamedTuple):
    """The action chosen, and the probability with which it was: numbers, or arrays for several contexts."""

    action: Any
    probability: Any


class _Rows(NamedTuple):
    """What was learnt with a customer's name to it, row by row."""

    customers: NDArray[np.object_]
    actions: NDArray[np.intp]
    rewards: Floats
    contexts: Floats

    def only(self, rows: NDArray[np.bool_]) -> _Rows:
        return _Rows(self.customers[rows], self.actions[rows], self.rewards[rows], self.contexts[rows])


class LinUCB(BaseEstimator):
    """Choose the action whose reward may be largest: its estimate plus `alpha` standard errors.

    For each action a, ``theta_a = A_a^-1 b_a`` with ``A_a = l2 I + sum x x'`` and ``b_a = sum reward x`` over the times
    when a was chosen; its score is ``x'theta_a + alpha sqrt(x' A_a^-1 x)``. Li, Chu, Langford and Schapire 2010, "A
    contextual-bandit approach to personalized news article recommendation", algorithm 1 (there l2 is 1).

    What is learnt with a `customer_id` can be unlearnt exactly: such rows are kept, in 8 (n_features + 3) bytes each
    beside the ids, and `forget` sums up anew what is left of the actions concerned. Without a `customer_id` only the
    sums are kept, a few times n_actions x n_features^2 numbers whatever was seen, and there is nobody to forget.

    Parameters
    ----------
    n_actions : int
        Actions are 0 to n_actions - 1.
    n_features : int
        Length of a context. For an intercept, put a 1 into it.
    alpha : float, default 1.0
        Standard errors added to the estimate; 0 explores nothing.
    l2 : float, default 1.0
        Strength of the ridge.
    random_state : int, RandomState or None, default None
        Chooses among equal scores.

    Attributes
    ----------
    theta_ : ndarray of float, shape (n_actions, n_features)
        The coefficients.
    purpose_ : str or None
        The purpose for which the contexts were released, where they are a table from the gate.

    Examples
    --------
    >>> bandit = LinUCB(n_actions=2, n_features=2, random_state=0)
    >>> bandit.decide([1.0, 0.0]).probability
    0.5
    >>> for _ in range(9):
    ...     learnt = bandit.learn([1.0, 0.0], 0, 0.0).learn([1.0, 0.0], 1, 1.0, customer_id="eve")
    >>> bandit.decide([1.0, 0.0])
    Decision(action=1, probability=1.0)
    >>> bandit.theta_[1].tolist(), bandit.forget("eve").theta_[1].tolist()
    ([0.9, 0.0], [0.0, 0.0])
    """

    _sums: tuple[Floats, Floats]
    _nobodys: tuple[Floats, Floats]
    _log: list[_Rows]
    _stale: NDArray[np.bool_]
    _begun: dict[str, Any]
    purpose_: str | None

    def __init__(
        self,
        n_actions: int,
        n_features: int,
        alpha: float = 1.0,
        l2: float = 1.0,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.n_actions = n_actions
        self.n_features = n_features
        self.alpha = alpha
        self.l2 = l2
        self.random_state = random_state

    def decide(self, x: ArrayLike, actions: Iterable[int] | None = None) -> Decision:
        """Choose an action for one context or for each of several.

        Parameters
        ----------
        x : array-like of float, shape (n_features,) or (n, n_features); DataFrame or Permitted
            The context, for instance columns of a profile.
        actions : iterable of int, optional
            Choose among these only. One that is named twice counts once.

        Returns
        -------
        Decision
            `action` and `probability`: 1, or one over the number of actions that share the highest score. Log both.

        Raises
        ------
        ParameterError
            A parameter out of its range, an action that does not exist, or none.
        DataError
            A context of another length, or with a value that is missing or infinite.
        ConsentError
            A table released for another purpose than that of what was learnt.
        """
        self._start()
        check_use(self, x)
        contexts, several = contexts_of(x, int(self.n_features))
        allowed = allowed_actions(actions, int(self.n_actions))
        estimate, width = self._estimates(contexts)
        scores = (estimate + self.alpha * width)[:, allowed]
        best = scores.max(axis=1, keepdims=True)
        equal = scores >= best - _TIE * np.maximum(np.abs(best), 1.0)
        number = equal.sum(axis=1)
        pick = np.floor(self._random.random_sample(len(contexts)) * number).astype(np.intp)  # the pick-th of the equals
        chosen = allowed[(np.cumsum(equal, axis=1) > pick[:, None]).argmax(axis=1)]
        probability = 1.0 / number
        if several:
            return Decision(chosen, probability)
        return Decision(int(chosen[0]), float(probability[0]))

    def learn(self, x: ArrayLike, action: ArrayLike, reward: ArrayLike, customer_id: Any = None) -> Self:
        """Learn what came of one decision or of several.

        Parameters
        ----------
        x : array-like of float, shape (n_features,) or (n, n_features); DataFrame or Permitted
            The contexts.
        action : int, or array-like of int, shape (n,)
            What was done, whoever decided it.
        reward : float, or array-like of float, shape (n,)
            What came of it.
        customer_id : hashable, or iterable of n of them, optional
            Whose they are, so that `forget` finds them. One id counts for all contexts, a missing one as nobody's. A
            tuple is one id, and is refused for several contexts.

        Returns
        -------
        LinUCB
            Itself. With an error nothing is learnt.

        Raises
        ------
        ParameterError, DataError, ConsentError
            As in `decide`; or where there are not as many of each.
        """
        self._start()
        check_use(self, x)
        contexts, several = contexts_of(x, int(self.n_features))
        chosen = actions_of(action, int(self.n_actions), several=several)
        rewards = rewards_of(reward, several=several)
        who = owners_of(customer_id, len(contexts), several=several)
        if not len(contexts) == len(chosen) == len(rewards) == len(who):
            raise ParameterError(
                f"learn: {len(contexts)} contexts, {len(chosen)} actions, {len(rewards)} rewards and {len(who)} "
                "customers were given. Pass as many of each."
            )
        self.purpose_ = self.purpose_ or purpose_of(x)
        named = ~pd.isna(who)
        learnt = _Rows(who, chosen, rewards, contexts)
        _add(self._sums, learnt)
        _add(self._nobodys, learnt.only(~named))
        if named.any():
            self._log.append(learnt.only(named))
        self._stale[chosen] = True
        return self

    def forget(self, customer_ids: Any) -> Self:
        """Unlearn customers: to 1e-9 what the bandit would be had it never learnt from them.

        Parameters
        ----------
        customer_ids : hashable, an iterable of them, or a table with the column `customer_id`
            Whom to forget; ids that are not known are passed over.

        Returns
        -------
        LinUCB
            Itself. What was drawn among equal scores is not undone.

        Raises
        ------
        DataError
            A table without that column; or an id that is not known, where one of another type that is written the same
            is (7 and "7").
        """
        self._start()
        rows = self._rows()
        wanted = wanted_ids(customer_ids)
        check_types_of_ids(wanted, pd.Index(rows.customers, dtype=object), "LinUCB.forget")
        gone = pd.Index(rows.customers, dtype=object).isin(wanted)
        if not gone.any():
            return self
        touched = np.zeros(self.n_actions, dtype=bool)
        touched[rows.actions[gone]] = True
        # Summed up anew and not subtracted: a large context would take the digits of the others with it.
        fresh = (self._nobodys[0].copy(), self._nobodys[1].copy())
        _add(fresh, rows.only(~gone & touched[rows.actions]))
        left = rows.only(~gone)
        for sums, summed in zip(self._sums, fresh, strict=True):
            sums[touched] = summed[touched]
        self._stale |= touched
        self._log = [left]
        return self

    def predict(self, x: ArrayLike) -> Floats:
        """The expected reward of each action, shape (n_actions,), or (n, n_actions) for several contexts."""
        self._start()
        check_use(self, x)
        contexts, several = contexts_of(x, int(self.n_features))
        estimate = self._estimates(contexts)[0]
        return estimate if several else estimate[0]

    def held_about(self, customer_id: Any) -> pd.DataFrame:
        """What was learnt from one customer: columns `action`, `reward`, and the context as `x0`, `x1`, and so on."""
        self._start()
        rows = self._rows()
        hers = rows.only(pd.Index(rows.customers, dtype=object).isin(objects([customer_id])))
        table = pd.DataFrame(hers.contexts, columns=[f"x{place}" for place in range(self.n_features)])
        table.insert(0, "action", hers.actions)
        table.insert(1, "reward", hers.rewards)
        return table

    @property
    def theta_(self) -> Floats:
        """The coefficients of each action, shape (n_actions, n_features)."""
        self._start()
        self._refresh()
        return self._theta.copy()

    def _start(self) -> None:
        """Check the parameters, and begin with the prior, once."""
        for name in ("n_actions", "n_features"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
                raise ParameterError(f"LinUCB: {name} must be a whole number of at least 1, but is {value!r}.")
        if not (_finite(self.alpha) and self.alpha >= 0):
            raise ParameterError(f"LinUCB: alpha must be 0 or more, but is {self.alpha!r}. Usual values are 0.1 to 2.")
        if not (_finite(self.l2) and self.l2 > 0):
            raise ParameterError(f"LinUCB: l2 must be above 0, but is {self.l2!r}. 1 is usual.")
        now = {"n_actions": self.n_actions, "n_features": self.n_features, "l2": self.l2}
        if hasattr(self, "_sums"):
            for name, value in now.items():
                if value != self._begun[name]:
                    raise ParameterError(
                        f"LinUCB: {name} is now {value!r}, but the bandit began with {self._begun[name]!r} and what it "
                        "learnt is for that. Set it back, or begin anew with "
                        f"sklearn.base.clone(bandit) and {name}={value!r}."
                    )
            return
        try:
            self._random = check_random_state(self.random_state)
        except ValueError as problem:
            raise ParameterError(
                f"LinUCB: random_state={self.random_state!r} is no seed. Give a whole number from 0, a RandomState or "
                "None."
            ) from problem
        self._begun = now
        n, d = int(self.n_actions), int(self.n_features)
        self._sums = (np.zeros((n, d, d)), np.zeros((n, d)))
        self._nobodys = (np.zeros((n, d, d)), np.zeros((n, d)))
        self._inverse, self._theta = np.zeros((n, d, d)), np.zeros((n, d))
        self._log = []
        self._stale = np.ones(n, dtype=bool)
        self.purpose_ = None

    def _estimates(self, contexts: Floats) -> tuple[Floats, Floats]:
        """Of each context and action the estimate and its standard error, shape (n, n_actions)."""
        self._refresh()
        spread = ((contexts @ self._inverse) * contexts).sum(axis=2).T
        return contexts @ self._theta.T, np.sqrt(np.maximum(spread, 0.0))

    def _refresh(self) -> None:
        """Invert what has changed since: by Cholesky from the sums, so that no error adds up over the decisions."""
        for action in np.flatnonzero(self._stale).tolist():
            gram = self._sums[0][action] + self.l2 * np.eye(int(self.n_features))
            self._inverse[action] = linalg.cho_solve(linalg.cho_factor(gram), np.eye(len(gram)))
            self._theta[action] = self._inverse[action] @ self._sums[1][action]
        self._stale[:] = False

    def _rows(self) -> _Rows:
        """The rows learnt with a customer, put together."""
        if not self._log:
            none = np.empty(0, dtype=object), np.empty(0, dtype=np.intp), np.empty(0)
            return _Rows(*none, np.empty((0, int(self.n_features))))
        if len(self._log) > 1:
            self._log = [_Rows(*map(np.concatenate, zip(*self._log, strict=True)))]
        return self._log[0]


def _add(sums: tuple[Floats, Floats], rows: _Rows) -> None:
    """Add the rows to the sums of x x' and of reward x of their actions."""
    for action in np.unique(rows.actions).tolist():
        chosen = rows.actions == action
        contexts = rows.contexts[chosen]
        sums[0][action] += contexts.T @ contexts
        sums[1][action] += rows.rewards[chosen] @ contexts


def _finite(value: Any) -> bool:
    return isinstance(value, (int, float, np.integer, np.floating)) and bool(np.isfinite(value))
