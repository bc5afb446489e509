"""Pictures of value: every number is in the words too, the widget follows, and exercises know the usual mistakes."""

import numpy as np
import pandas as pd
import pytest

from personakit.errors import DataError, ParameterError
from personakit.notebook import (
    ValueBars,
    check,
    exercises,
    explore,
    plot_curves,
    plot_estimates,
)


@pytest.fixture
def value():
    return pd.DataFrame({"none": [1.0, 3.0], "for all": [2.0, 4.0], "one-to-one": [3.0, 5.0], "oracle": [5.0, 7.0]})


def bars(cost, weeks=4):
    return ValueBars({"one <b>": cost, "loss": -1.0}, f"{weeks} weeks", "pounds")


def test_estimates_say_value_interval_and_truth():
    table = pd.DataFrame({"action": ["mail"], "value": [9.0], "low": [8.0], "high": [10.0], "gain": [1.0],
                          "gain_low": [0.5], "gain_high": [1.5]})  # fmt: skip
    picture = plot_estimates(table, "Mail pays", unit="pounds", truth={"mail": 0.75})
    assert picture.alt == "Mail pays. Dots with 95 % intervals, pounds: mail 1.00 (0.50 to 1.50), truth 0.75."
    axes = picture.figure.axes[0]
    assert [line.get_xdata()[0] for line in axes.lines if line.get_marker() == "|"] == [0.75]
    assert picture.png()[:4] == b"\x89PNG"


def test_curves_have_their_names_at_the_end_and_labels_keep_apart():
    frame = pd.DataFrame({"a": [0.0, 1.0], "b": [0.0, 1.0], "c": [0.0, 9.0]}, index=[10, 1000])
    picture = plot_curves(frame, "Growth", x="customers", y="pounds", log_x=True, digits=0)
    heights = sorted(text.xy[1] for text in picture.figure.axes[0].texts)
    assert np.diff(heights).min() > 0.5
    assert picture.figure.axes[0].get_xscale() == "log"
    assert picture.alt.endswith(
        "a from 0 at 10 to 1 at 1,000; b from 0 at 10 to 1 at 1,000; c from 0 at 10 to 9 at 1,000."
    )


def test_nothing_to_draw_is_refused():
    with pytest.raises(DataError, match="estimates is empty"):
        plot_estimates(pd.DataFrame({"action": [], "value": [], "low": [], "high": []}), "t", unit="u")
    with pytest.raises(DataError, match="curves is empty"):
        plot_curves(pd.DataFrame(), "t", x="x", y="y")


def test_bars_escape_their_labels_and_show_losses_left_of_nought():
    html = bars(1.0).html
    assert "one &lt;b&gt;" in html and "<b>" not in html
    assert "left:50.0%;width:50.0%" in html and "left:0.0%;width:50.0%" in html
    assert repr(bars(1.0)) == "4 weeks (pounds): one <b> 1.00; loss -1.00."


def test_the_view_follows_the_sliders():
    box = explore(bars, {"cost": [1.0, 2.0], "weeks": {"a month": 4, "a quarter": 13}}, weeks=13)
    cost, weeks, view = box.children
    assert view.value == bars(1.0, 13).html
    cost.value, weeks.label = 2.0, "a month"
    assert view.value == bars(2.0, 4).html


def test_without_a_kernel_the_first_view_is_there():
    bundle = explore(bars, {"cost": [1.0, 2.0]})._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    assert data["text/html"] == bars(1.0).html and data["text/plain"].startswith("Sliders for cost. 4 weeks")


def test_nothing_to_move_and_a_wrong_start_are_refused():
    with pytest.raises(ParameterError, match="options is empty"):
        explore(bars, {})
    with pytest.raises(ParameterError, match=r"cost=9\): that is none of the stops"):
        explore(bars, {"cost": [1.0, 2.0]}, cost=9)


def test_the_exercises_know_the_answer_and_the_usual_mistakes(value):
    assert check("share-of-the-oracle", 0.5, value=value)
    assert "Take none off both" in check("share-of-the-oracle", 4 / 6, value=value).text
    assert "one message for all" in check("share-of-the-oracle", 0.25, value=value).text
    assert check("break-even", 1200, value=value, fixed=1200)
    assert "over no message at all" in check("break-even", 600, value=value, fixed=1200).text
    needed = 2 * 2.8**2 * 100 / 4
    assert check("customers-needed", needed, spread=10.0, gain=2.0)
    assert "twice the variance" in check("customers-needed", needed / 2, spread=10.0, gain=2.0).text
    assert "square it" in check("customers-needed", needed / 10, spread=10.0, gain=2.0).text
    assert {"share-of-the-oracle", "break-even", "customers-needed"} <= set(exercises())
