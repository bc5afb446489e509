"""Messages in the world: the truth is the world's own, plans keep to what was permitted, trials cover the truth."""

import numpy as np
import pandas as pd
import pytest

from personakit.errors import DataError, ParameterError, UnknownNameError
from personakit.measure import (
    choose_messages,
    gains_if,
    message_margins,
    message_options,
    plan_value,
    trial_messages,
)
from personakit.world import World

MAIL = "email / value / 0 % off"


@pytest.fixture(scope="module")
def world():
    return World(n_customers=500, n_products=60, n_days=120)


@pytest.fixture(scope="module")
def options(world):
    return message_options({"email": 0.01, "sms": 0.06}, world.themes, {"email": [0, 0.2]})


@pytest.fixture(scope="module")
def margins(world, options):
    return message_margins(world, world.customer_ids[:400], options, weeks=2)


def test_options_name_every_message_and_nothing_first(options):
    assert options.index[0] == "none" and len(options) == 1 + 5 * 2 + 5
    assert options.loc["email / style / 20 % off", ["channel", "theme", "discount", "cost"]].tolist() == [
        "email", "style", 0.2, 0.01,
    ]  # fmt: skip
    assert options.index.is_unique


def test_margins_are_the_worlds_expectation_before_messages_are_paid(world, options, margins):
    exact = world.expected([3, 9], {"channel": "sms", "theme": "style"}, weeks=2)
    assert np.allclose(margins.loc[[3, 9], "sms / style / 0 % off"], exact["margin"] + exact["cost"])
    plan = pd.Series("sms / style / 0 % off", index=margins.index)
    assert np.allclose(plan_value(margins, plan, options, weeks=2).loc[[3, 9]], exact["margin"])


def test_nobody_is_written_to_on_a_channel_that_she_did_not_allow(options, margins):
    allowed = {"email": margins.index[:100], "sms": margins.index[50:200]}
    plan = choose_messages(margins.sub(margins["none"], axis=0), options, permitted=allowed, weeks=2)
    channel = plan.map(options["channel"])
    for name, ids in allowed.items():
        assert set(channel.index[channel == name]) <= set(ids)
    assert (plan[margins.index[200:]] == "none").all() and (plan != "none").any()


def test_no_other_permitted_plan_beats_the_oracles(options, margins):
    over_none = margins.sub(margins["none"], axis=0)
    best = plan_value(margins, choose_messages(over_none, options, weeks=2), options, weeks=2)
    for name in options.index:
        assert (best >= plan_value(margins, pd.Series(name, index=margins.index), options, weeks=2) - 1e-12).all()


def test_a_message_must_earn_more_than_it_costs(options):
    gains = pd.DataFrame({MAIL: [0.05, 0.03]}, index=[1, 2])
    assert choose_messages(gains, options, weeks=4).tolist() == [MAIL, "none"]
    assert choose_messages(gains, options, costs=0.1).tolist() == ["none", "none"]
    assert choose_messages(gains, options, costs={"email": 0.0, "sms": 1.0}).tolist() == [MAIL, MAIL]
    assert choose_messages(gains[[]], options).tolist() == ["none", "none"]


def test_dearer_messages_and_thinner_margins_leave_less(options, margins):
    over_none = margins.sub(margins["none"], axis=0)
    given = {"for_all": (MAIL, 1.0), "permitted": {"email": margins.index, "sms": margins.index}, "weeks": 2}
    cheap, dear = (gains_if(over_none, over_none, options, costs=cost, **given) for cost in (0.0, 0.5))
    assert cheap["one-to-one"] == cheap["oracle"] > dear["oracle"] >= 0
    half = over_none.iloc[: len(over_none) // 2]
    bound = gains_if(half, over_none, options, costs=0.0, **given)  # who refused a choice gets the message for all
    assert bound["one for all"] == cheap["one for all"] < bound["oracle"] < cheap["oracle"]
    assert gains_if(over_none, over_none, options, margin_left=0.0, **given) == dict.fromkeys(cheap, 0.0)
    assert gains_if(over_none, over_none, options, costs=9.0, **given)["one for all"] == 0  # not sent at all


def test_experiments_cover_the_truth(world, options, margins):
    plans = {"none": pd.Series("none", index=margins.index), "mail": pd.Series(MAIL, index=margins.index)}
    best = choose_messages(margins.sub(margins["none"], axis=0), options, weeks=2)
    covered = 0
    for luck in range(20):
        table = trial_messages(
            world, plans, options, margins, baseline="none", best=best, weeks=2, random_state=luck
        ).table
        covered += int(((table["mean_low"] <= table["truth"]) & (table["truth"] <= table["mean_high"])).sum())
    assert covered >= 33  # of 40; money is skewed, so a little below 38


def test_a_trial_says_what_it_is(world, options, margins):
    best = choose_messages(margins.sub(margins["none"], axis=0), options, weeks=2)
    plans = {"none": pd.Series("none", index=margins.index), "best": best}
    before = pd.Series(1.0, index=margins.index)
    trial = trial_messages(world, plans, options, margins, baseline="none", best=best, weeks=2, covariate=before)
    assert trial.table.set_index("arm").loc["best", "share_of_best"] == pytest.approx(1)
    assert trial.table["customers"].tolist() == [200, 200] and trial.comparison.sound
    assert "400 customers, 2 arms, 2 weeks, sharpened" in trial.design
    assert trial.outcomes.loc[trial.outcomes["arm"] == "none", "cost"].sum() == 0


def test_the_same_luck_gives_the_same_trial_and_twins_differ_by_chance_alone(world, options, margins):
    twins = {"a": pd.Series(MAIL, index=margins.index), "b": pd.Series(MAIL, index=margins.index)}
    one, same = (
        trial_messages(world, twins, options, margins, baseline="a", best=twins["a"], weeks=2).table for _ in range(2)
    )
    pd.testing.assert_frame_equal(one, same)
    assert one["truth"].nunique() == 1 and one["mean"].nunique() == 2


def test_unknown_names_and_missing_customers_are_refused(world, options, margins):
    plan = pd.Series("none", index=margins.index)
    with pytest.raises(DataError, match=r"1 ids that the world does not know \(501\). Pass customers of this world"):
        message_margins(world, [1, 501], options)
    with pytest.raises(UnknownNameError, match="gains has a letter, which messages does not list"):
        choose_messages(pd.DataFrame({"a letter": [1.0]}), options)
    with pytest.raises(DataError, match=r"plan: 399 customers have no action.*'none'"):
        plan_value(margins, plan[:1], options)
    with pytest.raises(UnknownNameError, match=r"plan has a letter, for which margins has no .* Take plan and"):
        plan_value(margins, plan.replace("none", "a letter"), options)
    with pytest.raises(UnknownNameError, match=r"no arm 'control'.*none"):
        trial_messages(world, {"none": plan}, options, margins, baseline="control", best=plan)
    with pytest.raises(ParameterError, match=r"costs names no price for sms\. Add pounds"):
        choose_messages(margins, options, costs={"email": 0.1})
    with pytest.raises(ParameterError, match="costs has a negative price"):
        choose_messages(margins, options, costs=-1.0)
    with pytest.raises(ParameterError, match="margin_left=-1"):
        gains_if(margins, margins, options, for_all=(MAIL, 1.0), permitted={}, margin_left=-1)
