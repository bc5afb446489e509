"""Exercises that answer back: right, or the hint that fits the mistake; what is right comes from the reader's data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from html import escape
from importlib import import_module
from numbers import Number
from typing import Any

import numpy as np

from personakit.errors import ParameterError, UnknownNameError

__all__ = ["Exercise", "Verdict", "check", "exercises", "register_exercise"]

Solve = Callable[..., Any]

_CHAPTERS = (
    "start_exercises",
    "value_exercises",
    "profile_exercises",
    "privacy_exercises",
    "segmentation_exercises",
    "prediction_exercises",
    "collaborative_exercises",
    "content_exercises",
)
_registered: dict[str, Exercise] = {}


@dataclass(frozen=True)
class Exercise:
    """A question whose answer can be worked out from what the reader has at hand.

    Attributes
    ----------
    question : str
    solve : function of the given values to the right answer (a number, a string or a collection of ids)
    hint : str
        For an answer that is wrong in no known way.
    mistakes : mapping of hint to function of the given values to the wrong answer that it explains
    tolerance : float
        How far a number may be off, as a share of the right one.
    """

    question: str
    solve: Solve
    hint: str
    mistakes: Mapping[str, Solve] = field(default_factory=dict)
    tolerance: float = 0.01


@dataclass(frozen=True)
class Verdict:
    """Whether an answer is right, and what to tell its giver."""

    right: bool
    text: str

    def __repr__(self) -> str:
        return self.text

    def __bool__(self) -> bool:
        return self.right

    def _repr_html_(self) -> str:
        colour = "#009E73" if self.right else "#E69F00"
        return f'<div style="border-left:5px solid {colour};padding:.4em .8em">{escape(self.text)}</div>'


def check(name: str, answer: Any, **given: Any) -> Verdict:
    """Check an answer.

    Parameters
    ----------
    name : str
        Which exercise; `exercises()` lists them.
    answer : number, str or collection of ids
        `...` means: not answered yet.
    **given
        What the exercise is about, as its question names it.

    Raises
    ------
    UnknownNameError
        There is no such exercise; the text offers the nearest.
    ParameterError
        A value that the exercise is about is not given.

    Examples
    --------
    >>> table = {"segment": ["Lost", "New"], "customers": [30, 10]}
    >>> check("largest-segment", "New", segments=table)
    Not yet. Look for the largest number in the column customers.
    >>> check("largest-segment", "lost", segments=table)
    Right: Lost.
    """
    known = _known()
    if name not in known:
        near = get_close_matches(name, known, n=1, cutoff=0.4)
        raise UnknownNameError(
            f"There is no exercise {name!r}{f'; did you mean {near[0]!r}?' if near else '.'} "
            "All of them: pk.notebook.exercises()."
        )
    exercise = known[name]
    if answer is Ellipsis:
        return Verdict(False, f"Not answered yet: {exercise.question} Put your answer in place of the three dots.")
    try:
        right = exercise.solve(**given)
    except TypeError as error:
        raise ParameterError(
            f"check({name!r}) needs other values than {', '.join(given) or 'none'}: {error}."
        ) from None
    if _same(answer, right, exercise.tolerance):
        return Verdict(True, f"Right: {_said(right)}.")
    for hint, wrong in exercise.mistakes.items():
        if _same(answer, wrong(**given), exercise.tolerance):
            return Verdict(False, f"Not yet. {hint}")
    return Verdict(False, f"Not yet. {exercise.hint}")


def exercises() -> dict[str, str]:
    """The names of all exercises, and their questions."""
    return {name: exercise.question for name, exercise in _known().items()}


def register_exercise(name: str, exercise: Exercise) -> None:
    """Add an exercise of your own to those that `check` knows.

    Raises
    ------
    ParameterError
        There is another exercise with this name.
    """
    if _known().get(name, exercise) is not exercise:
        raise ParameterError(f"There is an exercise {name!r} already. Choose another name.")
    _registered[name] = exercise


def _known() -> dict[str, Exercise]:
    """Those of all chapters, whichever pictures a reader has drawn, and the registered ones."""
    found: dict[str, Exercise] = {}
    for chapter in _CHAPTERS:
        found |= import_module(f"personakit.notebook.{chapter}").EXERCISES
    return found | _registered


def _same(answer: Any, right: Any, tolerance: float) -> bool:
    if isinstance(right, str):
        return str(answer).strip().casefold() == right.casefold()
    if isinstance(right, Number):
        try:
            return bool(np.isclose(float(answer), float(right), rtol=tolerance, atol=1e-9))  # type: ignore[arg-type]
        except (TypeError, ValueError):
            return False
    try:
        return set(answer) == set(right)
    except TypeError:
        return bool(answer == right)


def _said(right: Any) -> str:
    if isinstance(right, Number) and not isinstance(right, bool | int | np.integer):
        return f"{right:.3g}"
    return str(right) if isinstance(right, str | Number) else ", ".join(map(str, sorted(right, key=str)[:5]))
