"""Pictures of predictions: every number is in the words, curves are those of their definitions, gaps are refused."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from personakit.errors import DataError, ParameterError
from personakit.notebook import plot_gain, plot_profit, plot_reliability, plot_value_calibration


@pytest.fixture
def bins():
    return pd.DataFrame({"predicted": [0.1, 0.6], "observed": [0.12, 0.5], "low": [0.1, 0.4], "high": [0.14, 0.6],
                         "n": [900, 100]})  # fmt: skip


@pytest.fixture
def curve():
    return pd.DataFrame({"threshold": [0.1, 0.5, 0.9], "n_contacted": [100, 30, 10], "profit": [-10.0, 40.0, 20.0],
                         "low": [-30.0, 30.0, 15.0], "high": [10.0, 50.0, 25.0]})  # fmt: skip


def test_reliability_says_its_error_and_each_dot(bins):
    picture = plot_reliability(bins)
    assert picture.alt == (
        "The forecasts are off by 2.8 points on average (ECE 0.028). Forecast and what happened, shares who buy: "
        "0.10 0.12 (0.10 to 0.14), n = 900; 0.60 0.50 (0.40 to 0.60), n = 100."
    )
    dots = next(line for line in picture.figure.axes[0].lines if line.get_marker() == "o")
    assert dots.get_xydata().tolist() == [[0.1, 0.12], [0.6, 0.5]]
    assert [bar.get_height() for bar in picture.figure.axes[1].patches] == [900, 100]
    assert picture.png()[:4] == b"\x89PNG"


def test_of_several_models_the_one_with_the_least_error_is_named_and_each_has_its_panel(bins):
    worse = bins.assign(predicted=[0.3, 0.8])
    picture = plot_reliability({"raw": worse, "calibrated": bins.assign(truth=[0.11, 0.55])}, event="churn")
    assert picture.alt.startswith("Of these, the forecasts of “calibrated” come true best (ECE 0.028).")
    assert "raw: 0.30 0.12" in picture.alt and "truth 0.55, n = 100" in picture.alt
    heads = [axes.get_title(loc="left") for axes in picture.figure.axes]
    assert heads[:2] == ["raw, ECE 0.192", "calibrated, ECE 0.028"]  # 0.9 * 0.18 + 0.1 * 0.3


def test_amounts_are_drawn_on_either_scale_with_the_name_of_the_mark():
    table = pd.DataFrame({"predicted": [2.0, 30.0], "observed": [2.5, 25.0], "low": [1.0, 20.0], "high": [3.0, 30.0],
                          "n": [50, 50], "truth": [2.2, 26.0]})  # fmt: skip
    picture = plot_value_calibration(table, "Overrated", unit="pounds", truth_name="expected", log=True)
    assert picture.figure.axes[0].get_xscale() == "log"
    assert picture.alt.endswith("30.0 25.0 (20.0 to 30.0), expected 26.0, n = 50.")
    assert plot_value_calibration(table, "Overrated", unit="pounds").figure.axes[0].get_ylim()[0] == 0


def test_gains_of_a_list_that_can_be_counted_by_hand():
    """Scores 4, 3, 2, 1 with buyers first and third: half are found at 25 %, half at 50 %, all at 75 %."""
    picture = plot_gain([1, 0, 1, 0], {"model": [4, 3, 2, 1]}, "T", mark=0.25)
    line = next(line for line in picture.figure.axes[0].lines if line.get_color() == "#0072B2")
    assert line.get_xydata().tolist() == [[0, 0], [25, 50], [50, 50], [75, 100], [100, 100]]
    assert "model 0.20 at 10 %, 0.50 at 25 %, 0.50 at 50 %; perfect 0.20 at 10 %, 0.50 at 25 %, 1.00 at 50 %" in (
        picture.alt
    )


def test_a_frame_of_forecasts_draws_what_a_mapping_of_its_columns_draws():
    forecasts = pd.DataFrame({"model": [4, 3, 2, 1], "rule": [1, 2, 3, 4]})
    assert plot_gain([1, 0, 1, 0], forecasts).alt == plot_gain([1, 0, 1, 0], dict(forecasts.items())).alt


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 4)), min_size=4, max_size=40), st.randoms())
def test_the_area_under_the_gains_is_the_auc_whatever_the_order_of_rows(rows, luck):
    """A second definition: the area under the curve of gains is share / 2 + (1 - share) AUC."""
    y, score = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    if y.min() == y.max():
        return
    order = list(range(len(y)))
    luck.shuffle(order)
    picture = plot_gain(y[order], {"model": score[order]})
    x, found = next(
        line for line in picture.figure.axes[0].lines if line.get_color() == "#0072B2"
    ).get_xydata().T / 100  # fmt: skip
    share = y.mean()
    assert np.trapezoid(found, x) == pytest.approx(share / 2 + (1 - share) * roc_auc_score(y, score))


def test_series_are_matched_by_customer():
    y = pd.Series([1, 0, 0, 0], index=[1, 2, 3, 4])
    straight = plot_gain(y, pd.Series([9, 1, 2, 3], index=[1, 2, 3, 4]))
    assert plot_gain(y, pd.Series([3, 2, 1, 9], index=[4, 3, 2, 1])).alt == straight.alt
    with pytest.raises(DataError, match=r"not about the same customers: 2 are in one only \(4, 5\)"):
        plot_gain(y, {"model": pd.Series(0.0, index=[1, 2, 3, 5])})


def test_profit_marks_the_best_place_and_a_half(curve):
    picture = plot_profit(curve)
    assert picture.alt == (
        "30 contacts earn 40 pounds; all 100 would earn -10. Profit by contacts: profit 20 at 10, 40 at 30, -10 at "
        "100; marked: best (threshold 0.50) 40 with 30 contacts; 0.5 (threshold 0.50) 40 with 30 contacts."
    )
    assert len(picture.figure.axes[0].collections) == 1  # the band


def test_a_threshold_that_nobody_reaches_contacts_nobody(curve):
    picture = plot_profit({"a": curve, "b": curve}, "T", marks={"0.95": 0.95})
    assert picture.alt.endswith("0.95 (threshold 0.95) 0 with 0 contacts.")


def test_what_cannot_be_drawn_is_refused(bins, curve):
    with pytest.raises(DataError, match=r"The table has no column 'n' \(it has predicted.*predict.reliability"):
        plot_reliability(bins.drop(columns="n"))
    with pytest.raises(DataError, match="The table of 'b' has no column 'profit'"):
        plot_profit({"a": curve, "b": curve.drop(columns="profit")})
    with pytest.raises(DataError, match="reliability table is empty"):
        plot_reliability(bins.iloc[:0])
    with pytest.raises(DataError, match="nothing to draw"):
        plot_reliability({})
    with pytest.raises(ParameterError, match="At most 3 tables"):
        plot_reliability(dict.fromkeys("abcd", bins))
    with pytest.raises(ParameterError, match=r"mark=20"):
        plot_gain([1, 0], [2, 1], mark=20)
    with pytest.raises(ParameterError, match="at most 4 scores"):
        plot_gain([1, 0], {name: [2, 1] for name in "abcde"})
    with pytest.raises(DataError, match="2 outcomes and 3 values of 'model'"):
        plot_gain([1, 0], [3, 2, 1])
    with pytest.raises(DataError, match="'model' is missing for 1 customers"):
        plot_gain([1, 0], [np.nan, 1])
    with pytest.raises(DataError, match="scores is empty"):
        plot_gain([1, 0], {})
    for outcomes in ([0, 0], [np.nan, 1], [-1, 1]):
        with pytest.raises(DataError, match="Outcomes must be 0 or 1"):
            plot_gain(outcomes, [2, 1])
