"""Pictures of consent and protection: every number is in the words, and the exercises know the usual mistakes."""

import math

import pandas as pd
import pytest

from personakit.errors import DataError
from personakit.notebook import check, exercises, plot_choices, plot_intervals


def test_choices_are_parts_that_add_up_and_empty_parts_are_left_out():
    counts = pd.DataFrame({"may be used": [30, 10], "refused": [10, 29], "expired": [0, 0], "never asked": [0, 1]},
                          index=["e-mail", "voice"])  # fmt: skip
    picture = plot_choices(counts, "Few lend their voice")
    axes = picture.figure.axes[0]
    ends = [
        max(bar.get_x() + bar.get_width() for bar in axes.patches if round(bar.get_y() + 0.35) == row) for row in (0, 1)
    ]
    assert ends == [40, 40]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["may be used", "refused", "never asked"]
    assert [text.get_text() for text in axes.texts] == ["30", "10", "10", "29"]  # 1 has no room
    assert picture.alt == (
        "Few lend their voice. Bars in parts, customers: e-mail: may be used 30, refused 10; voice: may be used 10, "
        "refused 29, never asked 1."
    )


def test_intervals_say_value_interval_and_truth_under_the_name_given():
    table = pd.DataFrame({"region": ["north"], "estimate": [9.0], "low": [8.0], "high": [10.0]})
    picture = plot_intervals(
        table, "Close", unit="pounds", truth={"north": 8.5}, truth_name="exact", level=None, digits=1
    )
    assert picture.alt == "Close. Dots with intervals, pounds: north 9.0 (8.0 to 10.0), exact 8.5."
    axes = picture.figure.axes[0]
    assert [line.get_xdata()[0] for line in axes.lines if line.get_marker() == "|"] == [8.5]
    assert "exact" in [text.get_text() for text in axes.texts] and picture.png()[:4] == b"\x89PNG"


def test_nothing_to_draw_and_missing_columns_are_refused():
    with pytest.raises(DataError, match="counts is empty"):
        plot_choices(pd.DataFrame(), "t")
    with pytest.raises(DataError, match="table is empty"):
        plot_intervals(pd.DataFrame({"a": [], "value": [], "low": [], "high": []}), "t", unit="u")
    with pytest.raises(DataError, match="the table has no column low, high"):
        plot_intervals(pd.DataFrame({"a": ["x"], "value": [1.0]}), "t", unit="u")


def test_the_exercises_know_the_answer_and_the_usual_mistakes():
    kept = pd.DataFrame(
        {"may be used": [1, 5, 6], "refused": [9, 2, 6], "withdrawn": [0, 4, 0], "never asked": [0, 9, 0]},
        index=["sms", "voice", "push"],
    )
    assert check("purpose-most-refused", "sms", kept_back=kept)
    assert "never asked has not said no" in check("purpose-most-refused", "voice", kept_back=kept).text
    assert check("epsilon-for-five", math.log(20) / 5, reach=5) and check("epsilon-for-five", 0.6, reach=5)
    assert "longer tails" in check("epsilon-for-five", 1.96 * math.sqrt(2) / 5, reach=5).text
    assert "5 % beyond on each side" in check("epsilon-for-five", math.log(10) / 5, reach=5).text
    assert "larger epsilon means less noise" in check("epsilon-for-five", 5 / math.log(20), reach=5).text
    frontier = pd.DataFrame({"loss": [0.0, 0.01, 0.02], "value": [2.0, 1.99, 1.98]})
    assert check("price-of-evenness", 0.5, frontier=frontier, gain=0.04)
    assert "per cent" in check("price-of-evenness", 50, frontier=frontier, gain=0.04).text
    assert "gain of personal prices alone" in check("price-of-evenness", 0.01, frontier=frontier, gain=0.04).text
    assert {"purpose-most-refused", "epsilon-for-five", "price-of-evenness"} <= set(exercises())


def test_the_epsilon_of_the_exercise_is_the_one_that_private_counts_need():
    """A second derivation: the answer's own interval at that epsilon reaches 5 to either side."""
    from personakit.privacy import PrivateStatistics

    people = pd.DataFrame({"customer_id": range(1000)})
    answer = PrivateStatistics(people, epsilon=1.0, random_state=0).count(epsilon=math.log(20) / 5)
    assert (answer.high - answer.low) / 2 == pytest.approx(5, abs=1)
