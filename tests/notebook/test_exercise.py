"""Exercises: right answers are right, known mistakes get their hint, and the question stands until it is answered."""

import re
import subprocess
import sys
from types import SimpleNamespace

import pandas as pd
import pytest

from personakit.errors import ParameterError, UnknownNameError
from personakit.notebook import Exercise, check, exercises, register_exercise


@pytest.fixture
def people():
    return {"profiles": pd.DataFrame({"a": range(8)}), "allowed": SimpleNamespace(frame=pd.DataFrame({"a": range(6)}))}


def test_a_right_answer_is_right_within_rounding(people):
    assert check("share-who-agreed", 0.75, **people)
    assert check("share-who-agreed", "0.751", **people)
    assert repr(check("share-who-agreed", 0.75, **people)) == "Right: 0.75."


@pytest.mark.parametrize(
    ("answer", "hint"),
    [(6, "a number of customers"), (0.25, "kept back"), (75, "per cent"), (0.5, "Divide the customers")],
)
def test_each_mistake_gets_the_hint_that_fits_it(people, answer, hint):
    verdict = check("share-who-agreed", answer, **people)
    assert not verdict and hint in verdict.text


def test_three_dots_are_no_wrong_answer_but_none(people):
    assert "Not answered yet: Which share" in check("share-who-agreed", ..., **people).text


@pytest.mark.parametrize("answer", ["personal", None, [1, 2], float("nan")])
def test_an_answer_of_another_kind_is_wrong_and_no_crash(people, answer):
    assert not check("share-who-agreed", answer, **people)


def test_the_gain_over_bestsellers_is_read_off_the_trial(trial):
    assert check("gain-over-bestsellers", 0.23, trial=trial)
    assert "divide it by the mean of popular" in check("gain-over-bestsellers", 2.3, trial=trial).text


def test_verdicts_are_escaped_where_they_are_shown():
    register_exercise("escape-me", Exercise("<b>?", lambda: "<i>", "<u>"))
    assert "&lt;u&gt;" in check("escape-me", "x")._repr_html_()
    assert "escape-me" in exercises()


def test_collections_are_compared_without_their_order():
    register_exercise("some-ids", Exercise("Which?", lambda ids: ids, "No."))
    assert check("some-ids", (3, 1), ids=[1, 3])
    assert not check("some-ids", [1], ids=[1, 3])


def test_an_unknown_exercise_is_answered_with_the_nearest():
    with pytest.raises(UnknownNameError, match="did you mean 'largest-segment'"):
        check("largest-segments", 1)


def test_what_an_exercise_is_about_must_be_given():
    with pytest.raises(ParameterError, match="needs other values than trial"):
        check("share-who-agreed", 1, trial=3)


def test_a_name_is_taken_only_once():
    with pytest.raises(ParameterError, match="exercise 'largest-segment' already"):
        register_exercise("largest-segment", Exercise("?", lambda: 1, "h"))


def test_every_exercise_of_a_notebook_is_known_before_anything_is_drawn(repository):
    """A reader who restarts the kernel may come to the exercises first."""
    text = "".join(path.read_text(encoding="utf-8") for path in (repository / "notebooks").glob("*.ipynb"))
    asked = set(re.findall(r'pk\.notebook\.check\(\\"([\w-]+)\\"', text))
    code = "import personakit as pk; print(*pk.notebook.exercises())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert len(asked) >= 11 and asked <= set(done.stdout.split())
