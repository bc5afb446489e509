"""Counts, means and histograms under differential privacy: answers that would be nearly as likely without her.

Whoever sees an answer cannot tell, up to a factor of e^epsilon, whether any one person was in the table, whatever else
they know (Dwork, McSherry, Nissim and Smith 2006). Two rules make that true, and both are asked of the caller:

- One person has a bounded part in each answer. Rows are those of a person, named by `unit`; of somebody with more than
  `max_rows` rows, that many are taken by a draw that looks at her rows alone. Numbers are clipped to stated bounds.
- Bounds, bins and categories are stated, never read off the data: the greatest spend in the table is one
  person's spend, and a category with one person in it gives her away by being there.

Groups are disjoint and a person's rows are at most `max_rows` over all of them, so one answer for all groups costs what
one group costs (parallel composition; McSherry 2009). Answers one after another add up, in the budget.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from personakit.errors import ParameterError
from personakit.privacy.settings import whole
from personakit.privacy.statistics.account import AccountedTable
from personakit.privacy.statistics.answer import PrivateAnswer
from personakit.privacy.statistics.groups import (
    bins_of,
    bounded_rows,
    bounds_of,
    cells_of,
    column_of,
    numbers_of,
    selected,
)
from personakit.privacy.statistics.noise import add_laplace, laplace_accuracy, released_counts, shares_between

__all__ = ["PrivateStatistics"]

_ROWS = ", the rows that one person may have in an answer"
_GRID = 2**20  # steps between the bounds of a mean: whole numbers, so that no bit of a float can give anything away


class PrivateStatistics(AccountedTable):
    """Ask a table about people for statistics, within a privacy budget.

    Parameters
    ----------
    table : DataFrame or Permitted
        With a column (or an index) that names the person in each row; one row a person (profiles) or several (orders).
    epsilon : float > 0, or PrivacyBudget
        The budget for all answers together, or one that is shared with other tables about the same people.
    delta : float in [0, 1), default 0
        For counts by categories that are not stated; nothing else needs it. Part of a shared budget already.
    unit : str, default "customer_id"
        Column that names the person. No row may lack it.
    purpose : str, default "analytics"
        What the answers are for. A table that was released for another purpose is refused; of a table without a
        purpose (not from the gate) none is claimed.
    confidence : float in (0, 1), default 0.95
        Of the intervals.
    random_state : int, Generator or RandomState, optional
        Seeded noise, which repeats and so protects NOBODY: for teaching and tests. Every answer and the ledger say
        so. Without it the noise is OpenDP's, from the system's source of randomness.

    Attributes
    ----------
    budget : PrivacyBudget
    spent, left : float
        Of epsilon.
    ledger : DataFrame
        What was asked and what it cost, see `PrivacyBudget`.
    private : bool
        False with a `random_state`.
    purpose_ : str or None
        What the table was released for.

    Raises
    ------
    ConsentError
        The table was released for another purpose.
    DataError
        There is no column with the person, or rows lack it.
    MissingExtraError
        OpenDP is not installed (extra `privacy`).

    Notes
    -----
    Neighbouring tables differ by all rows of one person, added or taken away. A missing value is in no group, no bin
    and no mean. Once the table has been accepted, an error depends on the arguments and on the kinds of the columns,
    never on the values in them: there is nothing to learn from provoking one, and a refused question costs nothing.

    References
    ----------
    C. Dwork, F. McSherry, K. Nissim and A. Smith (2006), "Calibrating noise to sensitivity in private data analysis",
    TCC; F. McSherry (2009), "Privacy integrated queries", SIGMOD; C. Canonne, G. Kamath and T. Steinke (2020), "The
    discrete Gaussian for differential privacy", NeurIPS, section 5; OpenDP 0.16, `make_laplace`.

    Examples
    --------
    >>> people = pd.DataFrame({"customer_id": range(1000), "spent": [20.0, 60.0] * 500})
    >>> statistics = PrivateStatistics(people, epsilon=1.0, random_state=0)
    >>> answer = statistics.count(epsilon=0.5)
    >>> bool(abs(answer.estimate - 1000) < 20), statistics.left
    (True, 0.5)
    >>> statistics.mean("spent", bounds=(0, 100), epsilon=0.5).table.columns.tolist()
    ['estimate', 'low', 'high']
    """

    def count(
        self,
        *,
        epsilon: float,
        by: str | Sequence[str] | None = None,
        categories: Sequence[Any] | Mapping[str, Sequence[Any]] | None = None,
        where: Mapping[str, Any] | None = None,
        rest: bool = False,
        max_rows: int = 1,
        delta: float = 0.0,
    ) -> PrivateAnswer:
        """How many people there are, in all or by group; or how many rows, at most `max_rows` of each person.

        Parameters
        ----------
        epsilon : float > 0
            What the answer may cost.
        by : str or sequence of str, optional
            Columns that make the groups. Somebody with rows in several groups counts in `max_rows` of them at most.
        categories : sequence, or mapping of column to sequence
            The groups' values, known without the data; of several columns, each. Values beside them are not counted.
        where : mapping, optional
            Column to a value, a list of values, or a tuple (low, high), both ends included. A condition looks at one
            row at a time, as one that compares rows would let one person change the part of another.
        rest : bool, default False
            Another row, named "(rest)", with those in no group, missing values included.
        max_rows : int >= 1, default 1
            Rows that one person may have in the answer, over all groups.
        delta : float, default 0
            In place of `categories`, with `by` one column: categories that the data name are released where their
            noisy count is above a threshold that a single person passes with this probability at most.

        Raises
        ------
        BudgetExhaustedError
            It costs more than what is left; nothing is computed.
        ParameterError
            Categories are neither stated nor paid for; a number is out of its range.
        UnknownNameError
            There is no such column.
        """
        rows = whole("max_rows", max_rows, why=_ROWS)
        by = [by] if isinstance(by, str) else list(by or [])
        mask = selected(self._frame, where)
        what = "count of customers" if rows == 1 else f"count of rows, {rows} a customer"
        title = what + (f" by {', '.join(by)}" if by else "")
        used = [*by, *(where or {})]
        if by and categories is None and delta:
            return self._count_found(by, mask, used, rows, epsilon, delta, title)
        cells, groups = cells_of(self._frame, by, categories, rest)
        self._pay("count", epsilon, None, by, rows)
        kept = bounded_rows(self._people, self._frame[used], mask & (cells >= 0), rows)
        exact = np.bincount(cells[kept], minlength=len(groups))
        return self._counted(groups, exact, epsilon, rows, title)

    def histogram(
        self,
        column: str,
        *,
        epsilon: float,
        bins: Sequence[float] | None = None,
        categories: Sequence[Any] | None = None,
        where: Mapping[str, Any] | None = None,
        max_rows: int = 1,
    ) -> PrivateAnswer:
        """How many people have a value in each bin, or in each category.

        Parameters
        ----------
        column : str
        epsilon : float > 0
            What the whole histogram may cost: a person is in one bin.
        bins : sequence of float, rising
            Edges, known without the data; -inf and inf may be the outer ones. Each bin has its lower edge, the last
            its upper one too. Values beyond are in no bin.
        categories : sequence
            In place of bins.
        where, max_rows
            As in `count`.

        Returns
        -------
        PrivateAnswer with the columns from, to (or the column's name), estimate, low, high.

        Raises
        ------
        DataError
            Bins of a column that is not numeric.
        BudgetExhaustedError, ParameterError, UnknownNameError
            As `count`.
        """
        if bins is None or categories is not None:
            if bins is not None or categories is None:
                raise ParameterError(
                    f"histogram({column!r}): give either bins (edges of a numeric column) or categories, and know them "
                    "without the data: the least and greatest values of a column are those of two customers."
                )
            return self.count(epsilon=epsilon, by=column, categories=categories, where=where, max_rows=max_rows)
        rows = whole("max_rows", max_rows, why=_ROWS)
        cells, groups = bins_of(self._frame, column, bins)
        mask = selected(self._frame, where)
        self._pay("histogram", epsilon, column, [], rows)
        kept = bounded_rows(self._people, self._frame[[column, *(where or {})]], mask & (cells >= 0), rows)
        exact = np.bincount(cells[kept], minlength=len(groups))
        return self._counted(groups, exact, epsilon, rows, f"histogram of {column}")

    def segment_sizes(self, segments: pd.Series, *, names: Sequence[Any], epsilon: float) -> PrivateAnswer:
        """How many people are in each segment.

        The promise is that of a rule which was fixed beforehand. Segments whose edges were learnt from these very
        people (quantiles, clusters) move a little with each of them, and that part is not paid for here.

        Parameters
        ----------
        segments : Series by customer
            What a segmentation returned. People without a segment are in none.
        names : sequence
            The segments, such as `list(personakit.segment.SEGMENTS)`.
        epsilon : float > 0

        Raises
        ------
        ParameterError
            segments is no Series, or a customer has two.
        BudgetExhaustedError
            As `count`.
        """
        if not isinstance(segments, pd.Series) or not segments.index.is_unique:
            raise ParameterError(
                "segment_sizes: segments must be a Series by customer_id in which each customer stands once, such as "
                "pk.segment.RFM().fit_predict(profiles)."
            )
        values = pd.Series(segments.astype(object).reindex(self._people).to_numpy(), name="segment")
        frame = pd.DataFrame({"segment": values})
        cells, groups = cells_of(frame, ["segment"], names, rest=False)
        self._pay("segment_sizes", epsilon, None, ["segment"], 1)
        kept = bounded_rows(self._people, frame, cells >= 0, 1)
        note = "For a rule fixed beforehand: what segment edges learnt from these people give away is not included."
        exact = np.bincount(cells[kept], minlength=len(groups))
        return self._counted(groups, exact, epsilon, 1, "segment sizes", note)

    def mean(
        self,
        column: str,
        *,
        bounds: tuple[float, float],
        epsilon: float,
        by: str | Sequence[str] | None = None,
        categories: Sequence[Any] | Mapping[str, Sequence[Any]] | None = None,
        where: Mapping[str, Any] | None = None,
        max_rows: int = 1,
    ) -> PrivateAnswer:
        """The mean of a column, of values clipped to bounds that are known without the data.

        Each value is a share u of the way from the lower to the upper bound. The sums of u and of 1 - u are released:
        their total is the number of rows, so one person moves both together by `max_rows`, and the whole epsilon
        goes to both. (Noise of equal cost on a sum and on a count has twice the variance.) The interval holds
        every mean m with |(1 - m) A - m B| no more than what noise alone exceeds at 1 - confidence, A and B the two
        noisy sums (Fieller's argument), so it is right in small groups too.

        Parameters
        ----------
        column : str
            Numeric. Missing values are left out; infinite ones are clipped.
        bounds : (low, high)
            Where clipping begins. Narrow bounds mean less noise and more bias; the middle range of what is plausible
            is a good choice.
        epsilon, by, categories, where, max_rows
            As in `count`.

        Raises
        ------
        DataError
            The column is not numeric.
        ParameterError
            Bounds are missing, not finite, or the wrong way round.
        BudgetExhaustedError, UnknownNameError
            As `count`.
        """
        low, high = bounds_of(column, bounds)
        values = numbers_of(self._frame, column, "mean")
        rows = whole("max_rows", max_rows, why=_ROWS)
        by = [by] if isinstance(by, str) else list(by or [])
        cells, groups = cells_of(self._frame, by, categories, rest=False)
        mask = selected(self._frame, where)
        self._pay("mean", epsilon, column, by, rows, scale=high - low)
        used = self._frame[[column, *by, *(where or {})]]
        kept = bounded_rows(self._people, used, mask & (cells >= 0) & ~np.isnan(values), rows)
        steps = np.rint((np.clip(values[kept], low, high) - low) / (high - low) * _GRID).astype(np.int64)
        above = np.zeros(len(groups), dtype=np.int64)
        np.add.at(above, cells[kept], steps)
        below = np.bincount(cells[kept], minlength=len(groups)) * _GRID - above
        noisy, scale = add_laplace(
            np.concatenate([above, below]), sensitivity=rows * _GRID, epsilon=epsilon, rng=self._rng
        )
        share, lowest, highest = shares_between(noisy[: len(groups)], noisy[len(groups) :], scale, self.confidence)
        table = groups.assign(
            **{
                name: low + (high - low) * part
                for name, part in (("estimate", share), ("low", lowest), ("high", highest))
            }
        )
        title = f"mean of {column}" + (f" by {', '.join(by)}" if by else "")
        note = f"Values are clipped to {low:g} and {high:g}."
        return self._answer(title, table, epsilon, scale * (high - low) / _GRID, rows, note)

    def _count_found(
        self,
        by: list[str],
        mask: NDArray[np.bool_],
        used: list[str],
        rows: int,
        epsilon: float,
        delta: float,
        title: str,
    ) -> PrivateAnswer:
        if len(by) != 1:
            raise ParameterError(
                f"count(by={by!r}, delta=...): categories can be found in one column only. State them."
            )
        values = column_of(self._frame, by[0])
        if not (isinstance(values.dtype, (pd.CategoricalDtype, pd.StringDtype)) or values.dtype == object):
            raise ParameterError(
                f"count(by={by[0]!r}, delta=...): categories can be found in a column of text only. State them, or "
                f"use histogram({by[0]!r}, bins=...)."
            )
        self._pay("count", epsilon, None, by, rows, delta=delta)
        kept = bounded_rows(self._people, self._frame[used], mask & values.notna().to_numpy(), rows)
        exact = values[kept].astype(str).value_counts()
        found, scale, threshold = released_counts(exact, max_rows=rows, epsilon=epsilon, delta=delta, rng=self._rng)
        reach = laplace_accuracy(scale, self.confidence)
        noisy = found.to_numpy(dtype=np.int64)
        table = pd.DataFrame({by[0]: found.index.astype(object), "estimate": noisy})
        table = table.assign(low=np.maximum(noisy - reach, 0), high=noisy + reach)
        note = f"Categories with a noisy count below {threshold} are kept back; those shown are high rather than low."
        return self._answer(title, table, epsilon, scale, rows, note, delta=delta)
