"""Off-policy values: right where the log is confounded, honest about customers who come often, and wary of luck."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from personakit.errors import DataError, ParameterError, UnknownNameError
from personakit.measure import action_values, cautious_choice, policy_value


def confounded(n=4000, seed=0):
    """Rich customers get a mail nine times in ten, poor ones once in ten; a mail adds 1 to everybody."""
    rng = np.random.default_rng(seed)
    rich = rng.random(n) < 0.5
    chance = np.where(rich, 0.9, 0.1)
    mailed = rng.random(n) < chance
    return pd.DataFrame({
        "customer_id": np.arange(n), "action": np.where(mailed, "mail", "none"),
        "propensity": np.where(mailed, chance, 1 - chance), "rich": np.where(rich, "rich", "poor"),
        "outcome": 10.0 * rich + mailed + rng.normal(size=n),
    })  # fmt: skip


def test_propensities_undo_the_choice_of_whom_to_write_to():
    log = confounded(20000)
    naive = log.groupby("action")["outcome"].mean()
    gain = action_values(log, baseline="none").set_index("action").loc["mail"]
    assert naive["mail"] - naive["none"] > 7  # what the campaign's own choice pretends
    assert gain["gain_low"] < 1 < gain["gain_high"] and gain["gain_high"] - gain["gain_low"] < 1


def test_intervals_hold_the_true_gain_nineteen_times_in_twenty():
    rows = [
        action_values(confounded(500, seed), baseline="none").set_index("action").loc["mail"] for seed in range(200)
    ]
    held = sum(row["gain_low"] <= 1 <= row["gain_high"] for row in rows)
    assert 180 <= held <= 199


def test_values_are_the_weighted_means_by_hand():
    log = pd.DataFrame({"customer_id": [1, 2, 3], "action": ["a", "a", "b"], "propensity": [0.5, 0.25, 0.5],
                        "outcome": [3.0, 6.0, 1.0], "cost": [1.0, 0.0, 0.5]})  # fmt: skip
    table = action_values(log).set_index("action")
    assert table.loc["a", "value"] == pytest.approx((2 * 2 + 4 * 6) / 6)
    assert table.loc["b", "value"] == pytest.approx(0.5)
    assert table["gain"].isna().all() and np.isnan(table.loc["b", "low"])


def test_the_same_customers_again_are_no_new_witnesses():
    log = confounded(300)
    again = pd.concat([log] * 4, ignore_index=True)
    once, four = (action_values(frame, baseline="none") for frame in (log, again))
    assert np.allclose(once[["value", "low", "high", "gain_low"]], four[["value", "low", "high", "gain_low"]])


@given(st.permutations(range(40)))
def test_the_order_of_the_rows_does_not_matter(order):
    log = confounded(40, seed=2)
    pd.testing.assert_frame_equal(
        action_values(log, baseline="none"), action_values(log.iloc[order], baseline="none"), rtol=1e-9
    )


def test_groups_have_values_of_their_own_and_may_lack_the_baseline():
    log = confounded()
    lonely = log.iloc[:3].assign(rich="lonely", action="mail")
    table = action_values(pd.concat([log, lonely]), by="rich", baseline="none").set_index(["rich", "action"])
    assert table.loc[("rich", "none"), "value"] == pytest.approx(10, abs=0.3)
    assert table.loc[("poor", "none"), "value"] == pytest.approx(0, abs=0.3)
    assert np.isnan(table.loc[("lonely", "mail"), "gain"])
    choice = cautious_choice(table.reset_index(), "none")
    assert choice["lonely"] == "none" and choice["rich"] == choice["poor"] == "mail"


def test_the_cautious_choice_resists_luck():
    """Ten actions that all do nothing: the largest value always looks good, and is rarely taken."""
    rng = np.random.default_rng(5)
    taken = 0
    for _ in range(40):
        log = pd.DataFrame({"customer_id": np.arange(3000), "action": rng.integers(0, 10, 3000).astype(str),
                            "propensity": 0.1, "outcome": rng.normal(size=3000)})  # fmt: skip
        values = action_values(log, baseline="0")
        assert values["gain"].max() > 0
        taken += cautious_choice(values, "0") != "0"
    assert taken <= 16  # nine chances of 2.5 % each, 8 expected


def test_few_customers_are_not_enough_however_sure():
    values = pd.DataFrame({"action": ["a", "b"], "customers": [99, 500], "gain": [5.0, 0], "gain_low": [4.0, 0]})
    assert cautious_choice(values, "b") == "b"
    assert cautious_choice(values, "b", min_customers=50) == "a"


def test_a_policy_is_worth_what_an_experiment_with_it_would_show():
    log = confounded(20000)
    policy = pd.Series(np.where(log["rich"] == "poor", "mail", "none"), index=log["customer_id"])
    found = policy_value(log, policy)
    assert found["low"] < 5.5 < found["high"]  # half are rich and left alone: 10; half are poor and get a mail: 1
    assert found["agreeing"] < found["decisions"] == 20000 and found["effective"] <= found["agreeing"]


def test_a_policy_may_decide_anew_in_each_row():
    log = confounded(200).assign(customer_id=np.arange(200) // 2)
    assert policy_value(log, log["action"])["agreeing"] == 200


@pytest.mark.parametrize(
    ("change", "error", "text"),
    [
        ({"propensity": [0.5, 0.0, np.nan, 0.5]}, DataError, r"log.propensity has 2 values.*rows 1, 2.*log it"),
        ({"outcome": [1.0, None, 2.0, 3.0]}, DataError, r"missing or not a number in 1 rows \(rows 1\).*fill these in"),
        ({"action": ["a", None, "b", "b"]}, DataError, r'log.action is missing in 1 rows.*call it "none"'),
    ],
)
def test_bad_logs_are_refused_with_the_rows(change, error, text):
    log = pd.DataFrame({"customer_id": [1, 2, 3, 4], "action": ["a", "a", "b", "b"], "propensity": 0.5, "outcome": 1.0})
    with pytest.raises(error, match=text):
        action_values(log.assign(**change))


def test_names_that_do_not_exist_are_answered_with_those_that_do():
    log = confounded(50)
    with pytest.raises(UnknownNameError, match=r"no column 'reward' \(it has customer_id, action"):
        action_values(log, outcome="reward")
    with pytest.raises(UnknownNameError, match="no decision 'sms'"):
        action_values(log, baseline="sms")
    with pytest.raises(UnknownNameError, match="values has no column gain_low"):
        cautious_choice(pd.DataFrame({"action": [1], "customers": [1], "gain": [0.0]}), 1)
    with pytest.raises(DataError, match=r"values has no gains.*baseline='none'"):
        cautious_choice(action_values(log), "none")
    with pytest.raises(DataError, match="0 of the 50 logged decisions agree"):
        policy_value(log, pd.Series("parcel", index=log["customer_id"]))
    with pytest.raises(ParameterError, match="share between 0 and 1"):
        action_values(log, confidence=95)
