"""Numbers and seeds that a caller sets, checked once for the whole room."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from personakit.errors import ParameterError

__all__ = ["check_between", "generator_of", "is_number", "no_seed", "positive", "whole"]


def whole(name: str, value: Any, least: int = 1, *, where: str = "", why: str = "") -> int:
    """A whole number from `least`, or the error that says so.

    Parameters
    ----------
    name, where : str
        The parameter, and the function whose it is, for the error.
    value : Any
    least : int, default 1
    why : str
        What follows in the error: what the number counts.

    >>> whole("max_rows", 3)
    3
    >>> whole("k", 0, where="show", why=", the rows to show")
    Traceback (most recent call last):
        ...
    personakit.errors.ParameterError: show(k=0): give a whole number from 1, the rows to show.
    """
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise ParameterError(f"{_set(name, value, where)}: give a whole number from {least}{why}.")
    return int(value)


def is_number(value: Any) -> bool:
    """Whether this is a number that can be compared: no text, no truth value, not missing.

    >>> is_number(0.5), is_number("0.5"), is_number(True), is_number(float("nan"))
    (True, False, False, False)
    """
    number = not isinstance(value, (bool, np.bool_)) and isinstance(value, (int, float, np.number))
    return number and not math.isnan(value)


def check_between(name: str, value: Any, *, example: float = 0.95) -> None:
    """Refuse what is no number between 0 and 1.

    >>> check_between("confidence", 0.95)
    >>> check_between("confidence", "high")
    Traceback (most recent call last):
        ...
    personakit.errors.ParameterError: confidence='high': give a share between 0 and 1, such as 0.95.
    """
    if not is_number(value) or not 0 < value < 1:
        raise ParameterError(f"{name}={value!r}: give a share between 0 and 1, such as {example:g}.")


def positive(name: str, value: Any, where: str, advice: str) -> float:
    """A finite number above nought, or the error that says so and gives the advice.

    >>> positive("max_total", 3, "membership_in_averages", "The largest sum of a row.")
    3.0
    """
    number = not isinstance(value, bool) and hasattr(value, "__float__")
    if not number or not value > 0 or not math.isfinite(value):
        raise ParameterError(f"{_set(name, value, where)}: give a number above 0. {advice}")
    return float(value)


def generator_of(random_state: Any) -> np.random.Generator | None:
    """NumPy's generator for a `random_state` in the manner of scikit-learn; None for None.

    >>> bool(generator_of(3).integers(10) == generator_of(3).integers(10)), generator_of(None)
    (True, None)
    """
    if random_state is None or isinstance(random_state, np.random.Generator):
        return random_state
    if isinstance(random_state, np.random.RandomState):
        return np.random.default_rng(random_state.randint(2**31, size=4))
    try:
        return np.random.default_rng(random_state)
    except (TypeError, ValueError) as problem:
        raise no_seed(random_state, "a Generator, a RandomState") from problem


def no_seed(random_state: Any, others: str) -> ParameterError:
    """The error for what is no seed.

    >>> str(no_seed("x", "a RandomState"))
    "random_state='x' is no seed. Give a whole number from 0, a RandomState or None."
    """
    return ParameterError(f"random_state={random_state!r} is no seed. Give a whole number from 0, {others} or None.")


def _set(name: str, value: Any, where: str) -> str:
    return f"{where}({name}={value!r})" if where else f"{name}={value!r}"
