"""Who is in which segment: the one way in for whatever takes the answer of a segmentation."""

from __future__ import annotations

from typing import Any

import pandas as pd

from personakit.errors import DataError, some
from personakit.privacy.binding import check_use
from personakit.privacy.gate_permitted import plain_frame
from personakit.profile.frames import by_customer

__all__ = ["of_profiles", "segments_by_customer"]


def segments_by_customer(segments: Any, name: str = "segments") -> pd.Series:
    """The segment of each customer, those without one left out; customer_id is the index.

    Parameters
    ----------
    segments : Series by customer_id, or a table with the column segment
        With customer_id as the index or, in a table, as a column.
    name : str
        What the error texts call it.

    Raises
    ------
    DataError
        It is neither; a customer has two segments; nobody has one.

    Examples
    --------
    >>> segments_by_customer(pd.DataFrame({"customer_id": [1, 2], "segment": ["a", None]})).to_dict()
    {1: 'a'}
    """
    frame = plain_frame(segments)
    if isinstance(frame, pd.DataFrame) and "segment" in frame.columns:
        frame = frame.set_index("customer_id")["segment"] if "customer_id" in frame.columns else frame["segment"]
    if not isinstance(frame, pd.Series):
        raise DataError(
            f"{name} is a {type(segments).__name__}, not a Series of segments by customer_id. Give what fit_predict of "
            "a segmentation returned, such as RFM().fit_predict(profiles)."
        )
    if (again := frame.index[frame.index.duplicated()].unique()).size:
        raise DataError(
            f"{name} has {len(again)} customers more than once (customer_id {some(again)}). Give one segment each."
        )
    known = frame[frame.notna()].rename("segment").rename_axis("customer_id")
    if not len(known):
        raise DataError(
            f"{name}: none of the {len(frame)} customers has a segment. Fit the segments first, and check their day "
            "and whom the gate kept back."
        )
    return known


def of_profiles(profiles: Any, segments: Any, name: str = "segments") -> tuple[pd.DataFrame, pd.Series]:
    """The customers with a profile and a segment: their profiles, and their segments in the same order.

    Raises
    ------
    DataError
        As in `segments_by_customer` and `by_customer`; nobody is in both.
    ConsentError
        They were released for different purposes.

    Examples
    --------
    >>> people, labels = of_profiles(pd.DataFrame({"customer_id": [1, 2], "frequency": [4, 5]}), pd.Series({2: "a"}))
    >>> people.index.tolist(), labels.tolist()
    ([2], ['a'])
    """
    frame, labels = by_customer(profiles), segments_by_customer(segments, name)
    check_use(segments, profiles)
    both = labels[labels.index.isin(frame.index)]
    if not len(both):
        raise DataError(
            f"No customer has both a profile and a segment (profiles: {some(frame.index)}; {name}: "
            f"{some(labels.index)}). The index of both must be customer_id."
        )
    return frame.loc[both.index], both
