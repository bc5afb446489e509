"""Message response: finds whom a message brings, leaves the unknown at the average, and refuses what it cannot know."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr
from sklearn.base import clone

from personakit.errors import ConsentError, DataError, NotFittedError, ParameterError, UnknownNameError
from personakit.measure import MessageResponse

MESSAGES = pd.DataFrame(
    {"channel": ["email", "email"], "theme": ["plain", "loud"]}, index=["a plain one", "a loud one"]
)


def campaign(seed=0, customers=400, weeks=40):
    """Half react threefold, half not at all; lovers of loud things react twice as much again to a loud message."""
    rng = np.random.default_rng(seed)
    truth = np.where(np.arange(customers) % 2 == 0, 3.0, 1.0)
    loud = np.where(np.arange(customers) % 4 < 2, 0.5, -0.5)
    met_visits, met_usual = np.zeros(customers), np.zeros(customers)
    rows = []
    for week in range(weeks):
        sent = rng.random(customers) < 0.3
        theme = np.where(rng.random(customers) < 0.5, "loud", "plain")
        ratio = np.where(sent, truth * np.exp(np.where(theme == "loud", loud, -loud)), 1.0)
        visits = rng.poisson(1.5 * ratio)
        rows.append(pd.DataFrame({
            "customer_id": np.arange(customers), "channel": np.where(sent, "email", "none"),
            "theme": np.where(sent, theme, "none"), "discount": 0.0, "propensity": np.where(sent, 0.15, 0.7),
            "usual": 1.5, "tired": 0.0, "met_visits": met_visits, "met_usual": met_usual, "taste_loud": loud,
            "visits": visits, "week": week,
        }))  # fmt: skip
        met_visits, met_usual = met_visits + visits * sent, met_usual + 1.5 * sent
    now = pd.DataFrame({"usual": 1.5, "tired": 0.0, "met_visits": met_visits, "met_usual": met_usual,
                        "taste_loud": loud}, index=pd.RangeIndex(customers, name="customer_id"))  # fmt: skip
    return pd.concat(rows, ignore_index=True), now, truth, loud


@pytest.fixture(scope="module")
def learnt():
    decisions, now, truth, loud = campaign()
    return MessageResponse().fit(decisions), now, truth, loud


def test_it_finds_whom_a_message_brings(learnt):
    model, now, truth, _ = learnt
    ratios = model.predict(now, MESSAGES).mean(axis=1)
    assert spearmanr(ratios, truth).statistic > 0.8
    assert ratios[truth == 3].mean() / ratios[truth == 1].mean() > 2


def test_it_finds_which_message(learnt):
    model, now, _, loud = learnt
    ratios = model.predict(now, MESSAGES)
    assert ((ratios["a loud one"] > ratios["a plain one"]) == (loud > 0)).all()


def test_without_an_effect_the_ratios_are_one():
    decisions, now, _, _ = campaign(seed=3)
    nothing = decisions.assign(visits=np.random.default_rng(1).poisson(1.5, len(decisions)))
    nothing["met_visits"], now["met_visits"] = nothing["met_usual"], now["met_usual"]
    ratios = MessageResponse().fit(nothing).predict(now, MESSAGES)
    assert np.allclose(ratios.mean(), 1, atol=0.05)


def test_a_customer_without_a_past_starts_at_the_average(learnt):
    model, now, _, _ = learnt
    newcomer = now.iloc[[0]].assign(met_visits=0.0, met_usual=0.0)
    assert model.own_ratio(newcomer).iloc[0] == pytest.approx(model.ratio_ / model.calm_ratio_)


@given(st.floats(0, 50), st.floats(0.1, 50), st.floats(0, 100))
def test_shrinkage_lies_between_her_own_ratio_and_everybodys(visits, usual, shrinkage):
    model = MessageResponse(shrinkage=shrinkage)
    model.ratio_, model.calm_ratio_ = 1.5, 1.0
    own = model.own_ratio(pd.DataFrame({"met_visits": [visits], "met_usual": [usual]})).iloc[0]
    low, high = sorted([max(visits / usual, 0.05), 1.5])
    assert low - 1e-9 <= own <= high + 1e-9


def test_a_lift_is_ratio_times_usual_times_worth(learnt):
    model, now, _, _ = learnt
    lift = model.lift(now, MESSAGES, worth=2.0)
    assert np.allclose(lift, (model.predict(now, MESSAGES) - 1) * 1.5 * 2.0)


def test_each_message_tires_for_the_next():
    decisions, now, _, _ = campaign(seed=4)
    rng = np.random.default_rng(0)
    tired = rng.random(len(decisions))
    weary = decisions.assign(tired=tired, visits=rng.poisson(decisions["visits"] * np.exp(-tired)))
    model = MessageResponse().fit(weary)
    one, four = (model.lift(now, MESSAGES, worth=1.0, weeks=weeks).sum().sum() for weeks in (1, 4))
    assert one < four < 4 * one


def test_traits_are_words_or_numbers_and_may_be_missing():
    decisions, now, _, _ = campaign(customers=40)
    decisions["age"] = np.where(decisions["customer_id"] % 3 == 0, "old", "young")
    decisions.loc[0, "age"] = None
    decisions["size"] = decisions["customer_id"] / 40.0
    model = MessageResponse(traits=("age", "size")).fit(decisions)
    assert {"age young", "size"} <= set(model.coef_.index)
    assert model.predict(now.assign(age="unheard of", size=np.nan), MESSAGES).notna().all().all()


def test_it_is_an_estimator_like_others():
    model = MessageResponse(shrinkage=7.0, traits=("age",))
    assert clone(model).get_params() == model.get_params()


def test_it_refuses_to_serve_another_purpose():
    decisions, now, _, _ = campaign(customers=40)
    decisions.attrs["purpose"], now.attrs["purpose"] = "recommendations", "marketing_email"
    model = MessageResponse().fit(decisions)
    assert model.purpose_ == "recommendations"
    with pytest.raises(ConsentError, match="learnt from data released for 'recommendations'"):
        model.predict(now, MESSAGES)


def test_what_it_cannot_know_is_refused(learnt):
    model, now, _, _ = learnt
    decisions, *_ = campaign(customers=20, weeks=3)
    with pytest.raises(NotFittedError, match=r"Call fit\(decisions\) first"):
        MessageResponse().predict(now, MESSAGES)
    with pytest.raises(UnknownNameError, match=r"messages.channel has letter.*It used: email"):
        model.predict(now, MESSAGES.assign(channel="letter"))
    with pytest.raises(DataError, match=r"lacks met_usual.*contact_history"):
        model.predict(now.drop(columns="met_usual"), MESSAGES)
    with pytest.raises(DataError, match=r"writes to nobody in all"):
        MessageResponse().fit(decisions[decisions["channel"] == "none"])
    with pytest.raises(DataError, match=r"leaves nobody alone in all"):
        MessageResponse().fit(decisions[decisions["channel"] != "none"])
    with pytest.raises(ParameterError, match=r"shrinkage=-1.*at least 0"):
        MessageResponse(shrinkage=-1).fit(decisions)
