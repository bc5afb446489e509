"""RFM: customers scored by how recently, how often and for how much they bought, and named by the scores.

The oldest segmentation in direct marketing, and still the baseline that a cleverer one must beat: it needs three
numbers a customer, anybody can check it by hand, and its names say what to do next.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from personakit.errors import DataError, NotFittedError, ParameterError, some
from personakit.privacy.binding import check_use, purpose_of
from personakit.privacy.gate_permitted import plain_frame

__all__ = ["NO_PURCHASE", "RFM", "SEGMENTS"]

NO_PURCHASE = "No purchase yet"
"""The segment of customers who never bought: they have no recency to score."""

# Rows: recency score 5 (bought lately) to 1. Columns: mean of the frequency and monetary scores, 1 to 5, rounded down.
_GRID: tuple[tuple[str, ...], ...] = (
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

_COLUMNS = ("recency_days", "frequency", "monetary")
_SCORES = ["recency_score", "frequency_score", "monetary_score"]


class RFM(BaseEstimator):
    """Scores 1 to 5 for recency, frequency and monetary value by quantiles, and a segment name for each customer.

    Equal values always get equal scores, so groups may be of unequal size: where half of the customers bought once,
    they all have frequency score 1. The quantiles are those of the customers given to `fit`, never of those given to
    `predict`, so a customer's segment does not depend on who is scored beside her.

    Customers who never bought (frequency 0 or missing) are no part of the quantiles; their scores are missing and
    their segment is "No purchase yet". A missing or negative value of somebody who did buy is an error.

    Data without prices, such as ratings, have no monetary value at all: where it is missing for everybody, the number
    of products (n_items) stands in for it, and where there is none of these either, frequency counts twice.

    Parameters
    ----------
    n_scores : int, 2 to 10, default 5
        How many score levels. The segment names are read off a grid of five by five, to which other numbers of
        levels are stretched.

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
    """

    edges_: dict[str, NDArray[np.float64]]
    segments_: pd.DataFrame
    value_: str
    n_customers_: int
    purpose_: str | None

    def __init__(self, n_scores: int = 5) -> None:
        self.n_scores = n_scores

    def fit(self, profiles: Any, y: None = None) -> RFM:
        """Learn the score classes from these customers.

        Parameters
        ----------
        profiles : DataFrame of shape (n_customers, ...), or what a consent gate returned
            Columns recency_days (days since the last order), frequency (number of orders) and monetary (money spent,
            in the shop's currency); customer_id as a column or as the index.

        Raises
        ------
        ParameterError
            n_scores is not between 2 and 10.
        DataError
            A column is missing, a value is negative or missing for somebody who bought, or nobody bought.
        """
        if not isinstance(self.n_scores, int | np.integer) or not 2 <= self.n_scores <= 10:
            raise ParameterError(f"RFM(n_scores={self.n_scores!r}): give a whole number from 2 to 10.")
        value = _value(profiles)
        frame, bought = _checked(profiles, value)
        if not bought.any():
            raise DataError(
                f"profiles: none of the {len(frame)} customers has an order (frequency is 0 or missing everywhere), "
                "so there is nothing to score. Check the as_of date of the profiles."
            )
        # Each edge is a value that somebody has, found by whole numbers: order counts stay whole, and doubling the
        # customers changes no edge (np.quantile's interpolations fail the second).
        last = -(-np.arange(1, self.n_scores) * int(bought.sum()) // self.n_scores) - 1
        self.edges_ = {name: np.sort(frame.loc[bought, name].to_numpy(dtype=float))[last] for name in _COLUMNS}
        self.value_, self.n_customers_, self.purpose_ = value, len(frame), purpose_of(profiles)
        self.segments_ = self.summarise(profiles)
        return self

    def predict(self, profiles: Any) -> pd.Series:
        """The segment of each customer: a categorical Series named "segment" with customer_id as its index."""
        return self.transform(profiles)["segment"]

    def fit_predict(self, profiles: Any, y: None = None) -> pd.Series:
        """`fit` and `predict` on the same customers."""
        return self.fit(profiles).predict(profiles)

    def transform(self, profiles: Any) -> pd.DataFrame:
        """The scores and the segment.

        Returns
        -------
        DataFrame, index customer_id, columns recency_score, frequency_score, monetary_score (Int64, 1 the worst and
        n_scores the best, missing for customers who never bought) and segment (categorical).
        """
        if not hasattr(self, "edges_"):
            raise NotFittedError("This RFM has not learnt its score classes yet. Call fit(profiles) first.")
        check_use(self, profiles)
        frame, bought = _checked(profiles, self.value_)
        scores = {}
        for name, column in zip(_COLUMNS, _SCORES, strict=True):
            values = frame[name].to_numpy(dtype=float, na_value=np.nan)
            above = np.searchsorted(self.edges_[name], values, side="left")
            level = self.n_scores - above if name == "recency_days" else above + 1
            scores[column] = pd.array(np.where(bought, level, 0), dtype="Int64")
            scores[column][~bought] = pd.NA
        result = pd.DataFrame(scores, index=frame.index)
        names = np.full(len(frame), NO_PURCHASE, dtype=object)
        if bought.any():
            recency, frequency, monetary = (result.loc[bought, column].to_numpy(dtype=int) for column in _SCORES)
            value = (frequency + monetary) // 2
            grid = np.array(_GRID, dtype=object)
            names[bought] = grid[5 - self._fifth(recency), self._fifth(value) - 1]
        result["segment"] = pd.Categorical(names, categories=list(SEGMENTS))
        return result

    def summarise(self, profiles: Any) -> pd.DataFrame:
        """The table `segments_`, for these customers instead of those that `fit` saw."""
        segments = self.predict(profiles)
        frame, _ = _checked(profiles, self.value_)
        frame = frame.assign(segment=segments)
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

    def _fifth(self, score: NDArray[np.int64]) -> NDArray[np.int64]:
        """A score of 1 to n_scores on the grid's scale of 1 to 5."""
        return (score * 5 + self.n_scores - 1) // self.n_scores


def _value(profiles: Any) -> str:
    """The column that says what a customer is worth: money where it is known, products or orders elsewhere."""
    frame = plain_frame(profiles)
    if not isinstance(frame, pd.DataFrame) or "monetary" not in frame.columns or frame["monetary"].notna().any():
        return "monetary"
    return "n_items" if "n_items" in frame.columns and frame["n_items"].notna().any() else "frequency"


def _checked(profiles: Any, value: str) -> tuple[pd.DataFrame, NDArray[np.bool_]]:
    """Recency, frequency and the value (as monetary) in floats by customer_id, and who ever bought."""
    frame = plain_frame(profiles)
    if not isinstance(frame, pd.DataFrame):
        raise DataError(
            f"RFM needs a DataFrame with the columns {', '.join(_COLUMNS)}, and got {type(frame).__name__}. "
            "Make one with pk.profile.build_profiles(tables)."
        )
    absent = [name for name in (*_COLUMNS[:2], value) if name not in frame.columns]
    if absent:
        raise DataError(
            f"profiles has no column {', '.join(absent)} (it has {some(frame.columns, 6)}). "
            "Make the columns with pk.profile.build_profiles(tables), or rename yours."
        )
    if "customer_id" in frame.columns:
        frame = frame.set_index("customer_id")
    columns = {"recency_days": "recency_days", "frequency": "frequency", "monetary": value}
    values = pd.DataFrame({name: frame[column].astype(float) for name, column in columns.items()}, index=frame.index)
    values.index.name = "customer_id"
    bought = (values["frequency"] > 0).to_numpy()
    for name, source in columns.items():
        column = values[name].to_numpy()
        wrong = bought & ~np.isfinite(column) | (column < 0)
        if wrong.any():
            raise DataError(
                f"profiles.{source} is missing, infinite or negative for {int(wrong.sum())} customers "
                f"(customer_id {some(values.index[wrong])}: {some(column[wrong])}). Only customers with no order "
                "may have a missing value; net returns out before scoring, or drop these customers."
            )
    return values, bought
