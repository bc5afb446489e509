"""RFM: customers scored by how recently, how often and for how much they bought, and named by the scores.

The oldest segmentation in direct marketing, and still the baseline that a cleverer one must beat: it needs three
numbers a customer, anybody can check it by hand, and its names say what to do next.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import TransformerMixin

from personakit.data.problems import nearest
from personakit.errors import DataError, ParameterError, some
from personakit.privacy.binding import check_use, purpose_of
from personakit.privacy.gate_permitted import plain_frame
from personakit.privacy.settings import is_number, whole
from personakit.segment.named import NamedSegments

__all__ = ["NO_PURCHASE", "RFM", "SEGMENTS"]

NO_PURCHASE = "No purchase yet"
"""The segment of customers who never bought: they have no recency to score."""

# Rows: recency score 5 (bought lately) to 1. Columns: mean of the frequency and monetary scores, 1 to 5, rounded down.
GRID: tuple[tuple[str, ...], ...] = (
    ("New", "Potential loyalist", "Potential loyalist", "Champions", "Champions"),
    ("Promising", "Potential loyalist", "Potential loyalist", "Loyal", "Champions"),
    ("Promising", "Needs attention", "Needs attention", "Loyal", "Loyal"),
    ("About to sleep", "About to sleep", "At risk", "At risk", "At risk"),
    ("Lost", "Hibernating", "At risk", "Cannot lose", "Cannot lose"),
)

SEGMENTS: dict[str, str] = {
    "Champions": "Reward them and ask them first: early access, no discount needed",
    "Loyal": "Offer what goes with what they own",
    "Potential loyalist": "Invite to the loyalty programme; recommend a second category",
    "New": "Welcome them; make the second purchase easy",
    "Promising": "Remind them why they came; show bestsellers of their category",
    "Needs attention": "A timely offer on what they looked at",
    "About to sleep": "Remind them before the habit is gone",
    "At risk": "A personal message; ask what went wrong",
    "Cannot lose": "Win back by a person, not by a mailing",
    "Hibernating": "A rare, cheap reminder; spend no discount on them unless it is tested",
    "Lost": "Leave them alone, or ask once whether to stay in touch",
    NO_PURCHASE: "Help with a first choice",
}
"""Each segment and what marketers usually do with it: a habit to test by an experiment, not a finding."""

COLUMNS = ("recency_days", "frequency", "monetary")
SCORES = ("recency_score", "frequency_score", "monetary_score")


class RFM(TransformerMixin, NamedSegments):
    """Scores 1 to 5 for recency, frequency and monetary value, and a segment name for each customer.

    The score classes are fifths (quantiles) of the customers given to `fit`, or `cuts` that the shop has fixed. Never
    do they depend on those given to `predict`, so a customer's segment does not depend on who is scored beside her.
    Equal values always get equal scores, so groups may be of unequal size: where half of the customers bought once,
    they all have frequency score 1.

    Customers who never bought (frequency 0 or missing) are no part of the quantiles; their scores are missing and
    their segment is "No purchase yet". A missing or negative value of somebody who did buy is an error.

    Data without prices, such as ratings, have no monetary value at all: where it is missing for everybody, the number
    of products (n_items) stands in for it, and where there is none of these either, frequency counts twice.

    Parameters
    ----------
    n_scores : int, 2 to 10, default 5
        How many score levels. The segment names are read off a grid of five by five, to which other numbers of
        levels are stretched.
    cuts : dict of column to list of n_scores - 1 rising numbers, optional
        Fixed upper ends of the score classes of recency_days (days), frequency (orders) and monetary (money), or of
        some of them; quantiles make the others. A value on a cut belongs below it: with recency_days cut at
        [30, 90, 180, 365], the score is 5 up to and with day 30, and 1 after day 365. Fixed cut-offs keep a segment's
        meaning from one quarter to the next, which quantiles, made anew each time, do not.

    Attributes
    ----------
    edges_ : dict of str to ndarray of shape (n_scores - 1,)
        The upper edges of the score classes, for recency_days (days), frequency (orders) and monetary (money).
    segments_ : DataFrame
        One row a segment found by `fit`, in the order of SEGMENTS: segment, customers (count), share (of customers),
        recency_days (median), frequency (mean), monetary (mean), monetary_share (of all money), what_to_do.
    value_ : {"monetary", "n_items", "frequency"}
        The column behind the monetary score.
    n_customers_ : int
        How many customers `fit` saw.
    purpose_ : str or None
        The purpose for which the gate released them; profiles released for another are refused with a ConsentError.

    References
    ----------
    J. R. Bult and T. Wansbeek (1995), "Optimal selection for direct mail", Marketing Science 14(4); A. M. Hughes
    (1994), "Strategic Database Marketing", for the scoring by fifths.

    Examples
    --------
    >>> profiles = pd.DataFrame({"customer_id": [1, 2, 3, 4], "recency_days": [3, 40, 200, None],
    ...                          "frequency": [9, 2, 1, 0], "monetary": [400.0, 80.0, 20.0, 0.0]})
    >>> RFM().fit_predict(profiles).to_dict()
    {1: 'Champions', 2: 'Potential loyalist', 3: 'About to sleep', 4: 'No purchase yet'}
    >>> fixed = {"recency_days": [30, 90, 180, 365], "frequency": [1, 2, 4, 9], "monetary": [50, 100, 200, 500]}
    >>> RFM(cuts=fixed).fit_predict(profiles).to_dict()
    {1: 'Champions', 2: 'Potential loyalist', 3: 'About to sleep', 4: 'No purchase yet'}
    """

    edges_: dict[str, NDArray[np.float64]]
    segments_: pd.DataFrame
    value_: str
    n_customers_: int

    def __init__(self, n_scores: int = 5, *, cuts: Mapping[str, Sequence[float]] | None = None) -> None:
        self.n_scores = n_scores
        self.cuts = cuts

    def fit(self, profiles: Any, y: None = None) -> RFM:
        """Learn the score classes from these customers.

        Parameters
        ----------
        profiles : DataFrame of shape (n_customers, ...), what a consent gate returned, or array (n_customers, 3)
            Columns recency_days (days since the last order), frequency (number of orders) and monetary (money spent,
            in the shop's currency), in this order in an array; customer_id as a column or as the index.

        Raises
        ------
        ParameterError
            n_scores is not between 2 and 10, or the cuts are not n_scores - 1 rising numbers for known columns.
        DataError
            A column is missing, a value is negative or missing for somebody who bought, a customer has two rows, or
            nobody bought.
        """
        fixed = self.checked_cuts()
        value = _value(profiles)
        if "monetary" in fixed and value != "monetary":
            raise DataError(
                f"RFM(cuts=...) cuts monetary, and no money is recorded for any of the customers ({value} stands in "
                "for it). Leave monetary out of the cuts: quantiles will do for it."
            )
        frame, bought = self._checked(profiles, value, reset=True)
        if not bought.any():
            raise DataError(
                f"profiles: none of the {len(frame)} customers has an order (frequency is 0 or missing everywhere), "
                "so there is nothing to score. Check the as_of date of the profiles."
            )
        # Each edge is a value that somebody has, found by whole numbers: order counts stay whole, and doubling the
        # customers changes no edge (np.quantile's interpolations fail the second).
        last = -(-np.arange(1, self.n_scores) * int(bought.sum()) // self.n_scores) - 1
        learnt = {name: np.sort(frame.loc[bought, name].to_numpy(dtype=float))[last] for name in COLUMNS}
        self.edges_ = {name: fixed.get(name, learnt[name]) for name in COLUMNS}
        self.value_, self.n_customers_, self.purpose_ = value, len(frame), purpose_of(profiles)
        self.segments_ = self.summarise(profiles)
        return self

    def predict(self, profiles: Any) -> Any:
        """The segment of each customer: a categorical Series named "segment" with customer_id as its index.

        For an array, the places of the segments in list(SEGMENTS), from 0.
        """
        return self._answer(profiles, *self._segments(profiles), list(SEGMENTS), "segment")

    def transform(self, profiles: Any) -> Any:
        """The scores and the segment.

        Returns
        -------
        DataFrame, index customer_id, columns recency_score, frequency_score, monetary_score (Int64, 1 the worst and
        n_scores the best, missing for customers who never bought) and segment (categorical). For an array, the three
        scores as floats.
        """
        scores = self._scores(profiles)
        if not isinstance(plain_frame(profiles), pd.DataFrame):
            return scores.to_numpy(dtype=float, na_value=np.nan)
        return scores.assign(segment=self.predict(profiles))

    def summarise(self, profiles: Any) -> pd.DataFrame:
        """The table `segments_`, for these customers instead of those that `fit` saw."""
        names, _index = self._segments(profiles)
        frame, _ = self._checked(profiles, self.value_)
        frame = frame.assign(segment=pd.Categorical(names, categories=list(SEGMENTS)))
        by_segment = frame.groupby("segment", observed=True)
        spent = frame["monetary"].sum()
        table = by_segment.agg(
            customers=("frequency", "size"),
            recency_days=("recency_days", "median"),
            frequency=("frequency", "mean"),
            monetary=("monetary", "mean"),
            money=("monetary", "sum"),
        ).reset_index()
        table["segment"] = table["segment"].astype(str)
        table.insert(2, "share", table["customers"] / len(frame))
        table["monetary_share"] = table.pop("money") / spent if spent else np.nan
        table["what_to_do"] = table["segment"].map(SEGMENTS)
        return table

    def checked_cuts(self) -> dict[str, NDArray[np.float64]]:
        """The fixed cut-offs as arrays, or the ParameterError that says what is wrong with the settings."""
        if whole("n_scores", self.n_scores, 2, where="RFM", why=" to 10") > 10:
            raise ParameterError(f"RFM(n_scores={self.n_scores!r}): give a whole number from 2 to 10.")
        if self.cuts is not None and not isinstance(self.cuts, Mapping):
            raise ParameterError(
                f"RFM(cuts={self.cuts!r}): give a dict of column to cut-offs, such as "
                '{"recency_days": [30, 90, 180, 365]}.'
            )
        fixed = {}
        for name, cuts in (self.cuts or {}).items():
            if name not in COLUMNS:
                raise ParameterError(
                    f"RFM(cuts=...) names {name!r}, and RFM scores {', '.join(COLUMNS)}.{nearest(str(name), COLUMNS)}"
                )
            edges = list(cuts) if isinstance(cuts, (list, tuple, np.ndarray)) else []
            sound = all(is_number(edge) and np.isfinite(edge) for edge in edges)
            if not sound or len(edges) != self.n_scores - 1 or (np.diff(edges) <= 0).any():
                raise ParameterError(
                    f"RFM(cuts={{{name!r}: {cuts!r}}}): give {self.n_scores - 1} rising numbers, the upper ends of all "
                    f"score classes but the last, for n_scores={self.n_scores}."
                )
            fixed[name] = np.array(edges, dtype=float)
        return fixed

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.positive_only = True
        return tags

    def _scores(self, profiles: Any) -> pd.DataFrame:
        self._check_fitted("its score classes")
        check_use(self, profiles)
        frame, bought = self._checked(profiles, self.value_)
        scores = {}
        for name, column in zip(COLUMNS, SCORES, strict=True):
            above = np.searchsorted(self.edges_[name], frame[name].to_numpy(), side="left")
            level = self.n_scores - above if name == "recency_days" else above + 1
            scores[column] = pd.array(np.where(bought, level, 0), dtype="Int64")
            scores[column][~bought] = pd.NA
        return pd.DataFrame(scores, index=frame.index)

    def _segments(self, profiles: Any) -> tuple[NDArray[np.object_], pd.Index]:
        scores = self._scores(profiles)
        names = np.full(len(scores), NO_PURCHASE, dtype=object)
        bought = scores[SCORES[0]].notna().to_numpy()
        recency, frequency, monetary = (scores.loc[bought, column].to_numpy(dtype=int) for column in SCORES)
        grid = np.array(GRID, dtype=object)
        value = (frequency + monetary) // 2
        names[bought] = grid[5 - fifth(recency, self.n_scores), fifth(value, self.n_scores) - 1]
        return names, scores.index

    def _checked(self, profiles: Any, value: str, *, reset: bool = False) -> tuple[pd.DataFrame, NDArray[np.bool_]]:
        """Recency, frequency and the value (as monetary) in floats by customer_id, and who ever bought."""
        sources = dict(zip(COLUMNS, (*COLUMNS[:2], value), strict=True))
        read = self._read(profiles, list(dict.fromkeys(sources.values())), reset=reset)
        values = pd.DataFrame({name: read[source] for name, source in sources.items()})
        bought = (values["frequency"] > 0).to_numpy()
        for name, source in sources.items():
            column = values[name].to_numpy()
            wrong = bought & ~np.isfinite(column) | (column < 0)
            if wrong.any():
                raise DataError(
                    f"profiles.{source} is missing (NaN), infinite or negative for {int(wrong.sum())} customers "
                    f"(customer_id {some(values.index[wrong])}: {some(column[wrong])}). Only customers with no order "
                    "may have a missing value; net returns out before scoring, or drop these customers."
                )
        return values, bought


def fifth(score: Any, n_scores: int) -> Any:
    """A score of 1 to n_scores, or an array of them, on the grid's scale of 1 to 5.

    >>> [fifth(score, 10) for score in (1, 2, 3, 10)]
    [1, 1, 2, 5]
    """
    return (score * 5 + n_scores - 1) // n_scores


def _value(profiles: Any) -> str:
    """The column that says what a customer is worth: money where it is known, products or orders elsewhere."""
    frame = plain_frame(profiles)
    if not isinstance(frame, pd.DataFrame) or "monetary" not in frame.columns or frame["monetary"].notna().any():
        return "monetary"
    return "n_items" if "n_items" in frame.columns and frame["n_items"].notna().any() else "frequency"
