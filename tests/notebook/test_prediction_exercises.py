"""The exercises on predictions know the right answers and the usual mistakes."""

import pandas as pd

from personakit.notebook import ThresholdDesk, check, exercises


def test_they_are_known():
    mine = {"last-day-to-learn-from", "calibration-error-by-hand", "threshold-that-pays", "profit-given-away-by-half"}
    assert mine <= set(exercises())


def test_the_last_day_to_learn_from():
    given = {"last": "2025-12-31", "horizon": 90}
    assert check("last-day-to-learn-from", "2025-10-02", **given)  # October has 29 days left, November 30, December 31
    assert "everybody would count as lost" in check("last-day-to-learn-from", "2025-12-31", **given).text
    assert "A day too early" in check("last-day-to-learn-from", "2025-10-01", **given).text
    assert "A day too late" in check("last-day-to-learn-from", "2025-10-03", **given).text


def test_the_calibration_error_by_hand():
    bins = pd.DataFrame({"predicted": [0.1, 0.5, 0.9], "observed": [0.2, 0.4, 0.8], "n": [700, 200, 100]})
    bins.loc[2, "observed"] = 0.5  # gaps 0.1, 0.1 and 0.4
    assert check("calibration-error-by-hand", 0.13, bins=bins)
    assert "same weight" in check("calibration-error-by-hand", 0.2, bins=bins).text
    assert "cancel out" in check("calibration-error-by-hand", 0.01, bins=bins).text


def test_the_threshold_that_pays_is_the_one_of_the_desk():
    given = {"cost": 1.5, "value": 20, "save_rate": 0.3}
    assert check("threshold-that-pays", 0.25, **given)
    assert check("threshold-that-pays", ThresholdDesk([0.5]).view(**given).threshold, **given)
    assert "Not every offer saves" in check("threshold-that-pays", 0.075, **given).text
    assert "twice the cost" in check("threshold-that-pays", 0.5, **given).text
    assert "other way round" in check("threshold-that-pays", 4, **given).text


def test_the_profit_given_away_is_by_the_truth_where_there_is_one():
    seen = ThresholdDesk([0.9, 0.3], [1, 1]).view(cost=1, value=5, save_rate=1).table  # 8 of both, 4 of one
    assert check("profit-given-away-by-half", 0.5, table=seen)
    true = ThresholdDesk([0.9, 0.3], [1, 1], truth=[0.8, 0.4]).view(cost=1, value=5, save_rate=1).table  # 4 and 3
    assert check("profit-given-away-by-half", 0.25, table=true)
    assert "what is left" in check("profit-given-away-by-half", 0.75, table=true).text
    assert "not by that of 0.5" in check("profit-given-away-by-half", 1 / 3, table=true).text
