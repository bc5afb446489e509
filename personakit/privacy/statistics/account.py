"""A table about people whose every question is paid for out of one budget, before anything is computed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from personakit.errors import ConsentError, ParameterError
from personakit.privacy.binding import purpose_of
from personakit.privacy.purposes import purpose_named
from personakit.privacy.settings import check_between, generator_of
from personakit.privacy.statistics.answer import PrivateAnswer
from personakit.privacy.statistics.budget import PrivacyBudget
from personakit.privacy.statistics.groups import people_of
from personakit.privacy.statistics.noise import add_laplace, laplace_accuracy, opendp

__all__ = ["AccountedTable"]


class AccountedTable:
    """What the statistics of `PrivateStatistics`, where the parameters are described, have in common."""

    def __init__(
        self,
        table: Any,
        *,
        epsilon: float | PrivacyBudget,
        delta: float = 0.0,
        unit: str = "customer_id",
        purpose: str = "analytics",
        confidence: float = 0.95,
        random_state: int | np.random.Generator | np.random.RandomState | None = None,
    ) -> None:
        self.purpose_ = purpose_of(table)
        wanted = purpose_named(purpose)
        if self.purpose_ is not None and self.purpose_ != wanted:
            raise ConsentError(
                f"This table was released for {self.purpose_!r}, and the statistics are for {wanted!r}. Take it "
                f"through the gate for {wanted!r}, or state that the figures serve that: purpose={self.purpose_!r}."
            )
        check_between("confidence", confidence)
        if isinstance(epsilon, PrivacyBudget) and delta:
            raise ParameterError(
                "PrivateStatistics: a shared budget has its own delta. Leave delta out, or give it to PrivacyBudget."
            )
        self.budget = epsilon if isinstance(epsilon, PrivacyBudget) else PrivacyBudget(epsilon, delta=delta)
        self.unit, self.confidence = unit, confidence
        self._frame, self._people = people_of(table, unit)
        self._rng = generator_of(random_state)
        if self._rng is None:
            opendp()

    @property
    def spent(self) -> float:
        return self.budget.spent

    @property
    def left(self) -> float:
        return self.budget.left

    @property
    def ledger(self) -> pd.DataFrame:
        return self.budget.ledger

    @property
    def private(self) -> bool:
        return self._rng is None

    def __repr__(self) -> str:
        mode = "" if self.private else ", NOT PRIVATE (seeded noise)"
        return f"<PrivateStatistics by {self.unit}: epsilon {self.left:g} of {self.budget.epsilon:g} left{mode}>"

    def _pay(
        self,
        statistic: str,
        epsilon: float,
        column: str | None,
        by: list[str],
        rows: int,
        *,
        delta: float = 0.0,
        scale: float = 1.0,
    ) -> None:
        self.budget.check(epsilon, delta, statistic=statistic)
        self.budget.spend(
            epsilon, delta, statistic=statistic, column=column, by=", ".join(by) or None, max_rows=rows,
            mechanism="discrete Laplace" + (", threshold" if delta else ""), noise_scale=rows * scale / epsilon,
            private=self.private,
        )  # fmt: skip

    def _counted(
        self, groups: pd.DataFrame, exact: NDArray[Any], epsilon: float, rows: int, title: str, *notes: str
    ) -> PrivateAnswer:
        noisy, scale = add_laplace(exact, sensitivity=rows, epsilon=epsilon, rng=self._rng)
        reach = laplace_accuracy(scale, self.confidence)
        table = groups.assign(estimate=noisy, low=np.maximum(noisy - reach, 0), high=np.maximum(noisy + reach, 0))
        return self._answer(title, table, epsilon, scale, rows, *notes)

    def _answer(
        self, title: str, table: pd.DataFrame, epsilon: float, scale: float, rows: int, *notes: str, delta: float = 0.0
    ) -> PrivateAnswer:
        return PrivateAnswer(
            title, table, float(epsilon), float(delta), scale, self.confidence, rows, self.private, self.purpose_, notes
        )
