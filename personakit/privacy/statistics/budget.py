"""A privacy budget: how much may be told about the people in a table, spent question by question until it is gone.

Two answers about the same people say more than one: their epsilons add up (sequential composition; Dwork, McSherry,
Nissim and Smith 2006; Dwork and Roth 2014, theorem 3.16). The budget keeps that sum, and says no.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pandas as pd

from personakit.errors import ParameterError, PersonakitError
from personakit.privacy.settings import is_number, positive

__all__ = ["EPSILON", "BudgetExhaustedError", "PrivacyBudget"]

EPSILON = "Small is private and noisy: 0.1 is strict, 1 is usual, and above 5 little is promised."


class BudgetExhaustedError(PersonakitError, ValueError):
    """A question costs more than what is left of the privacy budget; nothing was computed and nothing spent."""


class PrivacyBudget:
    """Epsilon and delta that may be spent in all on one group of people, and what they were spent on.

    Hand the same budget to every `PrivateStatistics` on tables about the same people: what they lose is the sum over
    all tables. A copy of a budget is the budget itself, so that copying does not fill it again.

    Parameters
    ----------
    epsilon : float > 0
        The most that all answers together may cost. With probability ratio e^epsilon: at 1, whatever the answers
        make somebody believe about a person, they would have made believable within a factor of 2.7 without her.
    delta : float in [0, 1), default 0
        Probability with which the guarantee may fail; well below one over the number of people. Only answers with
        categories that are not stated spend it.

    Attributes
    ----------
    epsilon, delta : float
        The whole budget.
    spent, left : float
        Of epsilon.
    delta_left : float
    ledger : DataFrame
        One row a question: query (its number), statistic, column, by, max_rows, mechanism, noise_scale, epsilon,
        delta, spent (of epsilon, afterwards) and private (False: seeded noise, which protects nobody).

    Raises
    ------
    ParameterError
        epsilon is not above 0, or delta is not in [0, 1).

    References
    ----------
    C. Dwork and A. Roth (2014), "The algorithmic foundations of differential privacy", Foundations and Trends in
    Theoretical Computer Science 9(3-4), section 3.5.

    Examples
    --------
    >>> budget = PrivacyBudget(1.0)
    >>> for _ in range(10):
    ...     budget.spend(0.1, statistic="count")
    >>> budget.left
    0.0
    >>> budget.spend(0.1, statistic="count")
    Traceback (most recent call last):
        ...
    personakit.privacy.statistics.budget.BudgetExhaustedError: count would cost epsilon=0.1, and 0 of 1 is left: ...
    """

    def __init__(self, epsilon: float, *, delta: float = 0.0) -> None:
        self._epsilon = Decimal(repr(positive("epsilon", epsilon, "PrivacyBudget", EPSILON)))
        if not is_number(delta) or not 0 <= delta < 1:
            raise ParameterError(
                f"PrivacyBudget(delta={delta!r}): give a probability from 0 to below 1, well under one over the number "
                "of people, such as 1e-6."
            )
        self._delta = Decimal(repr(float(delta)))
        # Decimals of what the caller wrote: in floats, ten times 0.1 is not 1, and an eleventh question would pass
        # or the tenth be refused.
        self._spent = self._delta_spent = Decimal(0)
        self._entries: list[dict[str, Any]] = []

    @property
    def epsilon(self) -> float:
        return float(self._epsilon)

    @property
    def delta(self) -> float:
        return float(self._delta)

    @property
    def spent(self) -> float:
        return float(self._spent)

    @property
    def left(self) -> float:
        return float(self._epsilon - self._spent)

    @property
    def delta_left(self) -> float:
        return float(self._delta - self._delta_spent)

    @property
    def ledger(self) -> pd.DataFrame:
        columns = [
            "query", "statistic", "column", "by", "max_rows", "mechanism", "noise_scale", "epsilon", "delta", "spent",
            "private",
        ]  # fmt: skip
        return pd.DataFrame(self._entries, columns=columns)

    def check(self, epsilon: float, delta: float = 0.0, *, statistic: str = "The query") -> None:
        """Raise where a question costs more than what is left; spend nothing.

        Raises
        ------
        BudgetExhaustedError
            Too little is left of epsilon or delta.
        ParameterError
            epsilon is not above 0, or delta is not in [0, 1).
        """
        asked = Decimal(repr(positive("epsilon", epsilon, statistic, EPSILON)))
        if not is_number(delta) or not 0 <= delta < 1:
            raise ParameterError(f"{statistic}(delta={delta!r}): give a probability from 0 to below 1, such as 1e-6.")
        if self._spent + asked > self._epsilon:
            raise BudgetExhaustedError(
                f"{statistic} would cost epsilon={asked.normalize():f}, and "
                f"{(self._epsilon - self._spent).normalize():f} of {self._epsilon.normalize():f} is left: "
                "nothing was computed or spent. Ask with a smaller epsilon "
                "(and more noise), or use the answers that were paid for. A new budget for the same people would "
                "break the promise of the old one."
            )
        if self._delta_spent + Decimal(repr(float(delta))) > self._delta:
            raise BudgetExhaustedError(
                f"{statistic} would cost delta={delta:g}, and {self.delta_left:g} of {self.delta:g} is left: nothing "
                "was computed or spent. State the categories, which costs no delta, or begin with a budget that has "
                "one: PrivacyBudget(epsilon, delta=1e-6)."
            )

    def spend(self, epsilon: float, delta: float = 0.0, *, statistic: str, **entry: Any) -> None:
        """Write a question into the ledger, or raise as `check` does and spend nothing.

        Parameters
        ----------
        epsilon, delta : float
            What the answer costs.
        statistic : str
            What is asked for.
        **entry
            Other columns of the ledger.
        """
        self.check(epsilon, delta, statistic=statistic)
        self._spent += Decimal(repr(float(epsilon)))
        self._delta_spent += Decimal(repr(float(delta)))
        written = {"query": len(self._entries) + 1, "statistic": statistic, "private": True, **entry}
        self._entries.append({**written, "epsilon": float(epsilon), "delta": float(delta), "spent": self.spent})

    def __copy__(self) -> PrivacyBudget:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> PrivacyBudget:
        return self

    def __repr__(self) -> str:
        delta = f", delta {self.delta_left:g} of {self.delta:g}" if self.delta else ""
        return f"<PrivacyBudget: epsilon {self.left:g} of {self.epsilon:g}{delta} left, {len(self._entries)} queries>"
