"""Measures of the privacy notebook: against closed forms and a second library, and every bad input."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

from personakit.errors import DataError, ParameterError
from personakit.notebook import count_in_files, difference_of_means, listed_words, spans_found


def test_differences_agree_with_welch_in_scipy():
    from scipy.stats import ttest_ind

    rng = np.random.default_rng(0)
    values = pd.DataFrame({"a": rng.normal(size=4000), "b": rng.exponential(size=4000)})
    chosen = rng.random(4000) < 0.3
    table = difference_of_means(values, chosen).set_index("what")
    for name in values:
        scale = values[name].std()
        expected = ttest_ind(values.loc[chosen, name], values.loc[~chosen, name], equal_var=False).confidence_interval()
        assert table.loc[name, ["low", "high"]].to_numpy() == pytest.approx(np.array(expected) / scale, abs=1e-3)


def test_missing_values_are_left_out_column_by_column():
    values = pd.DataFrame({"a": [1.0, 2.0, np.nan, 4.0, 6.0], "b": pd.array([0, 1, None, 0, 2], dtype="Int64")})
    table = difference_of_means(values, [True, True, True, False, False])
    assert table["value"].iloc[0] == pytest.approx((1.5 - 5.0) / np.std([1, 2, 4, 6], ddof=1))
    assert table["value"].iloc[1] == pytest.approx((0.5 - 1.0) / np.std([0, 1, 0, 2], ddof=1))


def test_what_cannot_be_compared_is_named():
    with pytest.raises(DataError, match="a cannot be compared: it has 1 values of the chosen and 2 of the others"):
        difference_of_means(pd.DataFrame({"a": [1.0, 2.0, 3.0]}), [True, False, False])
    with pytest.raises(DataError, match=r"with a spread of 0\. Leave it out"):
        difference_of_means(pd.DataFrame({"a": [1.0] * 4}), [True, True, False, False])
    with pytest.raises(ParameterError, match=r"chosen has shape \(2,\), and values has 3 rows"):
        difference_of_means(pd.DataFrame({"a": [1.0, 2.0, 3.0]}), [True, False])


def test_recall_and_precision_count_as_said_and_intervals_are_wilsons():
    truth = [[[0, 4, "name"], [10, 20, "email"]], '[[5, 9, "name"]]', []]
    spans = pd.DataFrame(
        [(0, 0, 4, "name"), (0, 12, 20, "email"), (1, 0, 3, "name"), (2, 0, 1, "phone")],
        columns=["row", "start", "end", "kind"],
    )
    table = spans_found(spans, truth)
    assert table.loc["name", ["true", "found", "made", "right"]].tolist() == [2, 1, 2, 1]
    assert table.loc["email", ["true", "found", "made", "right"]].tolist() == [1, 0, 1, 1]  # touched, not covered
    assert table.loc["phone", ["true", "made", "right"]].tolist() == [0, 1, 0] and np.isnan(
        table.loc["phone", "recall"]
    )
    assert table.loc["all", ["true", "found", "made", "right"]].tolist() == [3, 1, 4, 2]
    interval = binomtest(2, 4).proportion_ci(method="wilson")
    assert table.loc["all", ["precision_low", "precision_high"]].tolist() == pytest.approx(
        [interval.low, interval.high]
    )
    with pytest.raises(DataError, match="spans has row 2, and truth has 2 texts"):
        spans_found(spans, truth[:2])


def test_the_list_of_words_takes_words_that_are_names_too():
    found = listed_words(["May I ask May Price for the price?", "D'Arcy"], ["May Price", "D'Arcy"])
    assert found["start"].tolist() == [0, 10, 14, 28, 0, 2] and set(found["kind"]) == {"name"}
    assert listed_words([], ["A"]).columns.tolist() == ["row", "start", "end", "kind"]


def test_words_are_counted_in_the_bytes_of_all_files(tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "a.db").write_bytes(b"\x00ada@EXAMPLE.org\x01Ada@example.org")
    (tmp_path / "deep" / "b").write_bytes("Noé".encode())
    assert count_in_files(tmp_path, ["ada@example.org", "Noé"]) == {"ada@example.org": 2, "Noé": 1}
    assert count_in_files(tmp_path, {"hers": "nobody"}) == {"hers": 0}
    with pytest.raises(ParameterError, match="one of the words is empty"):
        count_in_files(tmp_path, {"hers": ""})
