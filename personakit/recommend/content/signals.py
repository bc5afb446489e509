"""What customers' acts say about products: likes above nought, dislikes below."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from personakit.errors import DataError, ParameterError
from personakit.recommend.interactions import event_weights, pair_matrix, read_interactions, ticks
from personakit.recommend.protocol import Codes

__all__ = ["check_signals", "signals_of", "told_apart"]

Floats = NDArray[np.float64]


def check_signals(
    event_weight: Mapping[str, float] | None,
    disliked_events: Mapping[str, float] | None,
    neutral_rating: float | None,
    half_life_days: float | None,
    dislike_weight: float,
) -> tuple[str, ...]:
    """Check what the columns are to mean, and name those that are needed."""
    both = sorted(set(event_weight or ()) & set(disliked_events or ()))
    if both:
        raise ParameterError(f"{both[0]!r} is in event_weight and in disliked_events. An event is a like or a dislike.")
    if neutral_rating is not None and not np.isfinite(neutral_rating):
        raise ParameterError(f"neutral_rating must be a number on the scale of the ratings, but is {neutral_rating!r}.")
    if half_life_days is not None and not half_life_days > 0:
        raise ParameterError(f"half_life_days must be above 0, or None for no decay, but is {half_life_days!r}.")
    if not (np.isfinite(dislike_weight) and dislike_weight >= 0):
        raise ParameterError(f"dislike_weight must be finite and >= 0, but is {dislike_weight!r}.")
    needed = ("rating",) if neutral_rating is not None else ()
    return (*needed, "timestamp") if half_life_days is not None else needed


def told_apart(
    frame: pd.DataFrame,
    event_weight: Mapping[str, float] | None,
    disliked_events: Mapping[str, float] | None,
    *,
    learning: bool = True,
) -> tuple[Floats, Floats]:
    """How much each row speaks for its product and how much against it, by its event.

    >>> acts = pd.DataFrame({"event": ["view", "purchase", "return"]})
    >>> [part.tolist() for part in told_apart(acts, {"purchase": 2.0}, {"return": 1.0})]
    [[0.0, 2.0, 0.0], [0.0, 0.0, 1.0]]
    """
    if disliked_events is None:
        return event_weights(frame, event_weight, learning=learning), np.zeros(len(frame))
    weights = {str(event): float(weight) for event, weight in disliked_events.items()}
    bad = {event: weight for event, weight in weights.items() if not (np.isfinite(weight) and weight >= 0)}
    if bad:
        raise ParameterError(
            f"disliked_events must map events to finite weights >= 0, but has {bad}. They count against a product, "
            "without a sign."
        )
    if "event" not in frame.columns:
        raise DataError("interactions has no column 'event', but disliked_events was given. Add it, or pass None.")
    against = np.asarray(frame["event"].astype(str).map(weights).fillna(0.0), dtype=np.float64)
    if event_weight is None:
        return np.where(against == 0, 1.0, 0.0), against
    return event_weights(frame, event_weight, learning=learning), against


def signals_of(
    frame: pd.DataFrame,
    customers: Codes,
    products: Codes,
    shape: tuple[int, int],
    *,
    event_weight: Mapping[str, float] | None = None,
    disliked_events: Mapping[str, float] | None = None,
    neutral_rating: float | None = None,
    half_life_days: float | None = None,
    dislike_weight: float = 0.5,
) -> sparse.csr_matrix:
    """One number for each customer and product, whatever the order of the rows.

    Of several likes the largest counts; a dislike, the largest too, takes the place of any like.

    Returns
    -------
    scipy.sparse.csr_matrix of float, `shape`
        Above 0 for likes, below 0 for dislikes; neutral pairs are not stored.
    """
    likes, dislikes = told_apart(frame, event_weight, disliked_events, learning=False)  # checked before, row by row
    if neutral_rating is not None:
        rating = read_interactions(frame, columns=("rating",), name="ratings")["rating"].to_numpy(dtype=float)
        above = rating - neutral_rating
        likes, dislikes = np.maximum(above, 0) * np.where(likes > 0, likes, 0), np.maximum(-above, dislikes)
    if half_life_days is not None:
        # From her own last act, not the last of all: what one customer does must not change another's profile.
        when, a_day = ticks(frame)
        last = np.full(shape[0], when.min(), dtype=when.dtype)
        np.maximum.at(last, customers, when)
        worth = 0.5 ** ((last[customers] - when) / a_day / half_life_days)
        likes, dislikes = likes * worth, dislikes * worth
    pro = pair_matrix(customers, products, shape, likes)
    contra = pair_matrix(customers, products, shape, dislikes)
    told = contra.copy()
    told.data = np.ones_like(told.data)
    signals = (pro - pro.multiply(told) - dislike_weight * contra).tocsr()
    signals.eliminate_zeros()
    signals.sort_indices()
    return signals
