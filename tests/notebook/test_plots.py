"""Plots: the message in the title, the same numbers in the words beside them, and a PNG that is a PNG."""

import io

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot
from PIL import Image

from personakit.errors import DataError
from personakit.notebook import (
    COLOURS,
    pictures_of,
    plot_bars,
    plot_groups,
    plot_reasons,
    plot_segments,
    plot_trial,
    poster,
    use_style,
)

GROUPS = pd.DataFrame(
    {"group": ["few", "many"], "customers": [10, 20], "mean": [-1.0, 2.0], "low": [-2.0, 1.0], "high": [-0.5, 3.0]}
)
SEGMENTS = pd.DataFrame({"segment": ["Lost", "Champions"], "share": [0.8, 0.2], "monetary_share": [0.3, 0.7]})


def title(picture):
    return picture.figure.axes[0].get_title(loc="left")


def test_every_plot_says_its_message_in_title_and_words(trial):
    for picture in (
        plot_bars({"a": 1, "b": 2}, "Message", unit="customers"),
        plot_reasons({"a": 1.0, "b": -2.0}, "Message"),
        plot_groups(GROUPS, "Message", unit="pounds"),
        plot_segments(SEGMENTS, "Message"),
        plot_trial(trial, "Message"),
    ):
        assert title(picture) == "Message"
        assert str(picture).startswith("Message. ") and picture.alt == str(picture)
        bundle, metadata = picture._repr_mimebundle_()
        assert bundle["text/plain"] == metadata["image/png"]["alt"] == picture.alt


def test_a_picture_is_a_png_that_carries_its_words(tmp_path):
    picture = plot_bars({"a": 1, "b": 2}, "Two & two", unit="customers")
    image = Image.open(io.BytesIO(picture.png()))
    assert image.format == "PNG" and image.info["Description"] == picture.alt
    assert picture.save(tmp_path / "plot.png").read_bytes()[:4] == b"\x89PNG"
    assert 'alt="Two &amp; two. Bars' in picture.html()


def test_drawing_leaves_no_figure_open_and_no_style_behind(trial):
    before = dict(pyplot.rcParams)
    plot_trial(trial)
    assert pyplot.get_fignums() == []
    assert dict(pyplot.rcParams) == before
    with use_style():
        assert not pyplot.rcParams["axes.spines.top"]


def test_the_words_of_a_trial_hold_mean_interval_truth_and_best(trial):
    alt = plot_trial(trial, labels={"personal": "her own"}).alt
    assert "her own 12.30 (10.50 to 14.10), truth 13.10; popular 10.00" in alt
    assert alt.endswith("Best possible: 25.00.")


def test_the_title_of_a_trial_is_as_sure_as_its_interval(trial):
    assert title(plot_trial(trial)) == "Personal looks better than popular, but could be luck"
    trial.table.loc[0, "gain_low"] = 0.4
    assert title(plot_trial(trial)) == "Personal beats popular in this trial"
    trial.table.loc[0, "gain"] = -1.0
    trial.table.loc[0, "gain_low"] = -2.0
    assert title(plot_trial(trial)) == "Nothing beats popular"


def test_without_a_truth_no_truth_is_drawn(trial):
    trial.table["truth"] = np.nan
    alt = plot_trial(trial).alt
    assert "truth" not in alt and "Best possible" not in alt


def test_segments_are_titled_by_the_one_with_the_most_money():
    assert title(plot_segments(SEGMENTS)) == "20% of the customers (Champions) bring 70% of the value"


def test_reasons_that_are_not_shown_are_summed_so_that_the_bars_add_up():
    picture = plot_reasons({f"r{i}": 0.1 * (i + 1) for i in range(9)}, "Why", at_most=4)
    assert "5 smaller reasons +1.50" in picture.alt
    bars = [patch.get_width() for patch in picture.figure.axes[0].patches]
    assert sum(bars) == pytest.approx(4.5)


def test_a_highlight_turns_the_other_bars_grey():
    bars = plot_bars({"a": 1, "b": 2}, "m", unit="u", highlight="b").figure.axes[0].patches
    assert [np.round(bar.get_facecolor(), 2).tolist()[:3] for bar in bars] == [[0.85, 0.85, 0.85], [0.0, 0.45, 0.7]]


def test_nothing_to_draw_is_said():
    with pytest.raises(DataError, match="values is empty"):
        plot_bars({}, "m", unit="u")
    with pytest.raises(DataError, match="reasons is empty"):
        plot_reasons({}, "m")


def test_the_colours_differ_for_every_kind_of_eye():
    # Brightness tells colours apart that a colour-blind eye sees in one hue.
    chosen = [COLOURS[name] for name in ("blue", "vermilion", "grey")]
    assert len(set(chosen)) == 3


@pytest.mark.parametrize(
    "name", ["", "Heat", "Dr. Strangelove or: How I Learned to Stop Worrying and Love the Bomb " * 2, "W" * 90]
)
def test_every_title_fits_on_a_poster(name):
    assert poster(name, "Comedy").size == (96, 96)


def test_posters_of_a_group_share_a_colour_and_differ_by_title():
    one, same, other = poster("A", "Drama"), poster("A", "Drama"), poster("B", "Drama")
    assert one.tobytes() == same.tobytes() != other.tobytes()
    assert one.getpixel((95, 2)) is not None


def test_a_world_draws_its_own_pictures_and_tables_get_posters():
    class World:
        def picture(self, product_id):
            return Image.new("RGB", (5, 5))

    assert pictures_of(World())(3).size == (5, 5)
    products = pd.DataFrame({"product_id": [1, 2], "title": ["Heat", None]})
    picture = pictures_of({"products": products})
    assert picture(1).size == picture(2).size == (96, 96)
    with pytest.raises(DataError, match="no product_id 9"):
        picture(9)


def test_bars_show_their_unit_and_no_ticks():
    picture = plot_bars({"none": 5.2, "for all": 6.4}, "Writing pays", unit="pounds", digits=2)
    axes = picture.figure.axes[0]
    assert axes.xaxis.get_visible() and axes.get_xlabel() == "pounds" and not len(axes.get_xticks())
    assert picture.alt == "Writing pays. Bars, in pounds: none 5.20; for all 6.40."
