"""What would change a prediction: known answers, all possibilities tried by hand, and when there is none."""

from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from personakit.errors import ConsentError, DataError, ParameterError, UnknownNameError
from personakit.predict.classifier import ProfileClassifier
from personakit.predict.counterfactuals import what_would_change
from personakit.privacy.gate_permitted import Permitted
from personakit.profile.encoder import ProfileEncoder


def people(n: int = 80, seed: int = 0) -> pd.DataFrame:
    luck = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "emails": luck.integers(0, 12, n),
            "discount": luck.random(n).round(2),
            "channel": luck.choice(["web", "app", "store"], n),
            "last_order": pd.Timestamp("2025-06-01") - pd.to_timedelta(luck.integers(0, 90, n), unit="D"),
            "age": np.where(luck.random(n) < 0.2, np.nan, luck.integers(18, 80, n)),
        },
        index=pd.Index(range(100, 100 + n), name="customer_id"),
    )


def score(frame: pd.DataFrame) -> Any:
    app = (frame["channel"] == "app").to_numpy()
    return frame["emails"].to_numpy() + 5.0 * app + 3 * frame["discount"].to_numpy()


def test_one_column_is_enough_where_one_is_and_the_nearest_value_is_taken() -> None:
    rows = people().assign(channel="web", discount=0.0)
    rows.loc[100, "emails"] = 2
    found = what_would_change(score, rows, 100, actionable=["emails", "discount"], target=6)
    reach = rows["emails"][rows["emails"] >= 6].min()
    assert found.found and found.changes.to_dict("index") == {"emails": {"now": 2, "then": reach}}
    assert found.then == reach and found.now == 2


@settings(max_examples=15)
@given(st.integers(0, 10_000), st.sampled_from([4.0, 9.0, 14.0]))
def test_no_smaller_change_of_real_values_would_do(seed: int, target: float) -> None:
    rows = people(30, seed)
    found = what_would_change(score, rows, 105, actionable=["emails", "discount", "channel"], target=target)
    own, others = rows.loc[[105]], rows.drop(105)
    for k in (1, 2):
        for chosen in combinations(["emails", "discount", "channel"], k):
            tried = pd.concat([own] * len(others), ignore_index=True)
            for name in chosen:
                tried[name] = others[name].to_numpy()
            there = (score(tried) >= target) if found.now < target else (score(tried) < target)
            if there.any():
                assert found.found and len(found.changes) <= k  # never more columns than are needed
                assert found.then >= target if found.now < target else found.then < target
                return
    assert not found.found


def test_values_of_two_columns_come_from_one_customer() -> None:
    rows = people()
    found = what_would_change(score, rows, 100, actionable={"both": ["emails", "discount"]}, target=12)
    then = found.changes["then"]
    assert (rows[list(then.index)] == then).all(axis=1).any()


def test_what_is_not_actionable_stays_and_directions_are_kept() -> None:
    rows = people().assign(channel="web")
    rows.loc[100, "emails"] = 8
    lower = what_would_change(score, rows, 100, actionable=["emails"], target=4, directions={"emails": "up"})
    assert not lower.found and lower.changes.empty and lower.then == lower.now
    assert "No change of at most 2 of the columns" in lower.summary and "None brings it nearer." in lower.summary
    freely = what_would_change(score, rows, 100, actionable=["emails"], target=4)
    assert freely.found and freely.changes.index.tolist() == ["emails"] and freely.then < 4
    sooner = what_would_change(
        lambda frame: (frame["last_order"] - pd.Timestamp("2025-01-01")).dt.days, rows, 100,
        actionable="last_order", target=10_000, directions={"last_order": "down"},
    )  # fmt: skip
    assert not sooner.found and sooner.changes.empty


def test_where_there_is_none_it_says_so_and_what_came_nearest() -> None:
    found = what_would_change(score, people(), 100, actionable=["emails", "discount"], target=1000)
    assert not found.found and found.now < found.then < 1000
    assert "brings it to 1e+03. The nearest is" in found.summary
    assert found.summary.endswith("This is what the model would say, not what would happen.")
    assert not found.options["found"].any()


def test_only_similar_customers_lend_their_values_and_nobody_is_named() -> None:
    rows = people().assign(channel="web", discount=0.0, age=30.0, last_order=pd.Timestamp("2025-05-01"))
    rows["age"] = np.where(np.arange(80) < 40, 30.0, 70.0)
    rows["emails"] = np.where(np.arange(80) < 40, 2, 9)
    assert what_would_change(score, rows, 100, actionable=["emails"], target=6).found
    alike = what_would_change(score, rows, 100, actionable=["emails"], target=6, n_similar=39)
    assert not alike.found and alike.n_similar == 39
    assert "donor" not in alike.options


def test_a_classifier_on_profiles_in_words_and_html() -> None:
    rows = people(200).rename(columns={"channel": "<i>channel</i>"})
    y = score(rows.rename(columns={"<i>channel</i>": "channel"})) > 9
    encoder = ProfileEncoder(numbers="standard", categories="onehot", missing="fill")
    model = make_pipeline(encoder, LogisticRegression()).fit(rows, y)
    probability = pd.Series(model.predict_proba(rows)[:, 1], rows.index)
    low = probability[probability < 0.5].idxmax()
    found = what_would_change(model, rows, low, actionable=["emails", "<i>channel</i>"], target=0.5)
    assert found.found and found.then >= 0.5 and found.summary.startswith(f"Customer {low}: the probability of True is")
    assert "<i>channel" not in found._repr_html_()
    array = what_would_change(lambda X: X[:, 0], np.array([[1.0, 2.0], [5.0, 2.0]]), 0, actionable=["x0"], target=4)
    assert array.changes.loc["x0", "then"] == 5


def test_what_the_gate_released_is_taken_as_it_is() -> None:
    rows = people()
    released = Permitted("analytics", pd.Timestamp("2025-06-01"), {}, {"frame": rows.reset_index()})
    model = ProfileClassifier("logistic", calibration="none").fit(released, pd.Series(score(rows) > 9, rows.index))
    low = pd.Series(model.predict_proba(rows)[:, 1], rows.index).idxmin()
    found = what_would_change(model, released, low, actionable=["emails", "channel"], target=0.5)
    assert found.found and set(found.changes.index) <= {"emails", "channel"}
    pd.testing.assert_frame_equal(
        found.changes, what_would_change(model, rows, low, actionable=["emails", "channel"]).changes
    )


def test_what_cannot_be_answered_is_refused_with_advice() -> None:
    rows = people()
    with pytest.raises(UnknownNameError, match=r"There is no customer 7\. These 80 are in the profiles: 100, 101"):
        what_would_change(score, rows, 7, actionable=["emails"])
    with pytest.raises(ParameterError, match=r"actionable=\[\] names no column, so nothing could be different"):
        what_would_change(score, rows, 100, actionable=[])
    with pytest.raises(DataError, match="profiles has no column 'colour'"):
        what_would_change(score, rows, 100, actionable=["colour"])
    with pytest.raises(DataError, match=r"profiles has 1 row\. New values come from other customers"):
        what_would_change(score, rows.head(1), 100, actionable=["emails"])
    with pytest.raises(DataError, match="profiles has 1 customers in more than one row"):
        what_would_change(score, pd.concat([rows, rows.head(1)]), 100, actionable=["emails"])
    for wrong, text in (
        ({"directions": {"age": "up"}}, "directions has 'age', which is not actionable"),
        ({"directions": {"channel": "up"}}, "'channel' holds categories, which have no up and down"),
        ({"directions": {"emails": "more"}}, "'emails' is 'more': give 'up' or 'down'"),
        ({"max_changes": 0}, "max_changes=0: give a whole number from 1"),
        ({"n_similar": 0}, "n_similar=0: give a whole number from 1"),
        ({"target": "high"}, "target='high': give the number that the prediction has to reach"),
    ):
        with pytest.raises(ParameterError, match=text):
            what_would_change(score, rows, 100, actionable=["emails", "channel"], **wrong)
    model = make_pipeline(ProfileEncoder(["emails"]), LogisticRegression()).fit(rows, score(rows) > 9)
    with pytest.raises(ParameterError, match="target=5: a probability has to reach a number above 0 and at most 1"):
        what_would_change(model, rows, 100, actionable=["emails"], target=5)
    rows.attrs["purpose"], model.purpose_ = "marketing_email", "analytics"
    with pytest.raises(ConsentError, match="may not be used for 'marketing_email'"):
        what_would_change(model, rows, 100, actionable=["emails"])
