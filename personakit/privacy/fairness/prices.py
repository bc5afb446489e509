"""Personal prices that differ less between groups, and what it costs in money on customers held out.

Groups may differ in price response for honest reasons, such as income: whoever prices by response then prices by group,
whether or not the group is among the inputs. To take that out again, the group must be known when the price is made.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from personakit.errors import DataError, some
from personakit.privacy.fairness.estimates import Metric, compare
from personakit.privacy.fairness.frontier import (
    FRONTIER,
    Mitigation,
    degrees,
    largest_gap,
    mean_and_loss,
    split_by_group,
)
from personakit.privacy.fairness.groups import Attribute, attributes_of, keyed, numbers, once, ordered
from personakit.privacy.fairness.report import precision

__all__ = ["fair_prices"]

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]


def fair_prices(
    values: Any,
    groups: Any,
    money: Callable[[pd.Series], Any],
    *,
    strengths: Sequence[float] = (0.0, 0.25, 0.5, 0.75, 1.0),
    limits: tuple[float, float] = (0.0, 1.0),
    test_size: float = 0.5,
    floor: int = 30,
    level: float = 0.95,
    n_bootstrap: int = 1000,
    random_state: int | np.random.RandomState | None = 0,
) -> Mitigation:
    """Personal discounts (or prices) whose means differ less between groups, and the money that this costs.

    The part of a discount that the group predicts is taken out: every group is shifted by what brings its mean to
    (1 - strength) of its distance from the common mean. Within a group the order of customers stays, so what is
    personal beyond the group stays, too. The shifts are learnt on one part of the customers, and the other part gets
    them. With several attributes they are met in turn until all means agree (raking: Deming and Stephan 1940).

    Parameters
    ----------
    values : Series by customer_id
        Discounts as shares, or prices relative to the list price.
    groups : Series by customer_id, or DataFrame of attributes
    money : callable
        Takes a Series of values by customer_id (of the customers held out) and returns the money expected of each, as
        an array in that order or a Series by customer_id: an estimate, or in the world the truth, such as
        `lambda d: world.expected(d.index, {"discount": d.to_numpy()})["margin"].to_numpy()`.
    strengths : sequence of float from 0 to 1
        Degrees of mitigation for the frontier; the output is that of the largest. 0 is always measured.
    limits : (float, float), default (0, 1)
        Values are kept within; the shifts allow for it.
    test_size, floor, level, n_bootstrap, random_state
        As in `fairness_of_segments`; test_size is the share of each group held out.

    Returns
    -------
    Mitigation
        `output`: Series for the customers held out. `frontier`: the gap in means against money for each customer.

    Raises
    ------
    DataError, ParameterError
        As in `fairness_of_segments`; values missing or beyond the limits; `money` not one number a customer.

    Examples
    --------
    >>> group = pd.Series(["a", "b"] * 200, name="g")
    >>> discount = pd.Series(np.where(group == "a", 0.2, 0.1))
    >>> made = fair_prices(discount, group, lambda d: 10 * (1 - d), strengths=[0, 1])
    >>> made.frontier["gap"].round(3).tolist(), made.output.round(3).unique().tolist()
    ([0.1, 0.0], [0.15])
    """
    how = precision(level, floor, n_bootstrap, 0, random_state)
    settings = sorted({0.0, *degrees(strengths, "strengths", 0, 1)})
    given = keyed(values, "values")
    once(given.index, "values")
    customers = ordered(given.index)
    asked = numbers(given.reindex(customers), "values")
    low, high = limits
    wrong = ~((asked >= low) & (asked <= high))
    if wrong.any():
        raise DataError(
            f"values has {int(wrong.sum())} values that are missing or outside {low:g} to {high:g} "
            f"({some(asked[wrong])}). Mend them, or pass limits=."
        )
    attributes = attributes_of(groups, customers)
    crossed = np.unique(np.stack([each.codes for each in attributes]), axis=1, return_inverse=True)[1].reshape(-1)
    fit, test = split_by_group(crossed, test_size, how.random)
    outputs: dict[float, pd.Series] = {}
    earned: dict[float, Floats] = {}
    for strength in settings:
        shift = _shifts(asked, attributes, fit, strength, low, high)
        new = np.clip(asked - shift, low, high)
        outputs[strength] = pd.Series(new[test], customers[test], name=given.name or "value")
        earned[strength] = _earned(money, outputs[strength])
    rows = []
    for strength, shifted in outputs.items():
        cost = mean_and_loss(earned[strength], earned[0.0], how)
        for each in attributes:
            held = Attribute(each.name, each.labels, each.codes[test])
            mean = Metric("mean", shifted.to_numpy(float), np.ones(len(shifted)))
            rows.append(
                {
                    "setting": strength,
                    "attribute": each.name,
                    **largest_gap(compare(held, [mean], how)[1], held),
                    **cost,
                }
            )
    return Mitigation(
        output=outputs[settings[-1]],
        frontier=pd.DataFrame(rows, columns=list(FRONTIER)),
        gap_name="difference in mean value",
        value_name="money for each customer",
        setting_name="strength",
        outputs=outputs,
        notes=(f"Shifts learnt on {len(fit):,} customers, measured on {len(test):,} others.",),
    )


def _shifts(
    asked: Floats, attributes: list[Attribute], fit: Ints, strength: float, low: float, high: float, passes: int = 20
) -> Floats:
    """What to take off each customer's value: one number a group, which brings its mean on `fit` where it should be."""
    shift = np.zeros(len(asked))
    mean = asked[fit].mean()
    for _ in range(passes if len(attributes) > 1 else 1):
        for attribute in attributes:
            codes, n_groups = attribute.codes[fit], len(attribute.labels)
            size = np.bincount(codes, minlength=n_groups)
            before = np.bincount(codes, asked[fit], n_groups) / np.maximum(size, 1)
            wanted = before - strength * (before - mean)
            down, up = np.full(n_groups, low - high), np.full(n_groups, high - low)
            for _ in range(50):  # a mean falls as its shift grows
                middle = (down + up) / 2
                now = np.clip(asked[fit] - shift[fit] - middle[codes], low, high)
                above = np.bincount(codes, now, n_groups) / np.maximum(size, 1) > wanted
                down, up = np.where(above, middle, down), np.where(above, up, middle)
            step = np.where(size > 0, (down + up) / 2, 0.0)
            shift += step[attribute.codes]
    return shift


def _earned(money: Callable[[pd.Series], Any], values: pd.Series) -> Floats:
    made = money(values)
    if isinstance(made, pd.Series) and made.index.is_unique and values.index.isin(made.index).all():
        made = made.reindex(values.index)
    earned = np.asarray(made, dtype=float)
    if earned.shape != (len(values),) or not np.isfinite(earned).all():
        raise DataError(
            f"money returned an array of shape {earned.shape} (with {int((~np.isfinite(earned)).sum())} missing) for "
            f"{len(values)} customers. Return one number for each, in their order."
        )
    return earned
