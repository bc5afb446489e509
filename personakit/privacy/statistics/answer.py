"""An answer of `PrivateStatistics`: the noisy figures, how far off the noise may put them, and what they cost."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

import pandas as pd

from personakit.errors import ParameterError

__all__ = ["TEACHING", "PrivateAnswer"]

TEACHING = "NOT PRIVATE: seeded noise, for teaching and tests. Leave random_state out before anything is released."


@dataclass(frozen=True, repr=False)
class PrivateAnswer:
    """Figures that may be shown.

    Attributes
    ----------
    statistic : str
        What was asked, such as "count of customers by region".
    table : DataFrame
        One row a group (one in all without groups): the columns of the groups, then estimate (int64 for counts, which
        may be negative, as cutting them off at nought would add up to too much; float64 for means), low and high.
    epsilon, delta : float
        What it cost.
    noise_scale : float
        Scale of the (discrete) Laplace noise: of each count, in rows; of a mean, of the sum behind it, in the
        column's unit. Its standard deviation is 1.41 times that.
    confidence : float
        With at least this probability, the exact figure of the rows that were counted lies between low and high. The
        interval is about the noise alone: not about sampling, nor about what clipping to the bounds took off.
    max_rows : int
        Rows of one person that were counted, at most.
    private : bool
        False where the noise is seeded.
    purpose : str or None
        What the data were released for.
    notes : tuple of str
        What to know about the figures.
    """

    statistic: str
    table: pd.DataFrame
    epsilon: float
    delta: float
    noise_scale: float
    confidence: float
    max_rows: int
    private: bool
    purpose: str | None
    notes: tuple[str, ...] = ()

    @property
    def estimate(self) -> Any:
        """The figure of an answer without groups."""
        return self._only("estimate")

    @property
    def low(self) -> Any:
        """Lower end of the interval of an answer without groups."""
        return self._only("low")

    @property
    def high(self) -> Any:
        """Upper end of the interval of an answer without groups."""
        return self._only("high")

    def _only(self, column: str) -> Any:
        if len(self.table) != 1 or len(self.table.columns) > 3:
            raise ParameterError(
                f"The {self.statistic} is an answer for {len(self.table)} groups, not for one: take the column "
                f"{column!r} of its .table."
            )
        return self.table[column].iloc[0].item()

    def _cost(self) -> str:
        delta = f", delta={self.delta:g}" if self.delta else ""
        return f"epsilon={self.epsilon:g}{delta}, noise scale {self.noise_scale:.4g}, {self.confidence:.0%} intervals"

    def __repr__(self) -> str:
        lines = [f"{self.statistic} ({self._cost()})", self.table.to_string(index=False), *self.notes]
        return "\n".join(lines if self.private else [TEACHING, *lines])

    def _repr_html_(self) -> str:
        warning = "" if self.private else f"<p><b>{escape(TEACHING)}</b></p>"
        notes = "".join(f"<p>{escape(note)}</p>" for note in self.notes)
        head = f"<p><b>{escape(self.statistic)}</b> ({escape(self._cost())})</p>"
        return warning + head + self.table.to_html(index=False, escape=True, border=0) + notes
