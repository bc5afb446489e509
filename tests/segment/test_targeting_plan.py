"""Plans: nobody without consent, never over the budget, and as good as can be within it."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from personakit.campaign import MessageTemplate
from personakit.errors import ConsentError, DataError, ParameterError
from personakit.measure import message_options, plan_value
from personakit.privacy import ConsentLedger, gate
from personakit.segment import OfferValues, consent_by_segment, target

AT = "2025-12-31"
OFFERS = pd.DataFrame(
    {
        "segment": ["a", "a", "a", "b", "b", "b"],
        "channel": ["email", "sms", "email"] * 2,
        "theme": "style",
        "discount": [0.0, 0.0, 0.1] * 2,
        "customers": 50,
        "logged": 30,
        "raw": 1.0,
        "gain": [0.5, 0.9, 2.0, 0.2, 0.1, 0.4],
        "low": [0.3, 0.4, 1.0, 0.1, -0.2, -0.1],
        "cost": [0.01, 0.06, 0.01] * 2,
    }
).assign(
    action=lambda frame: [f"{row.channel} / style / {100 * row.discount:.0f} % off" for row in frame.itertuples()],
    high=lambda frame: 2 * frame["gain"] - frame["low"],
    net=lambda frame: frame["gain"] - frame["cost"],
)


def values(segments, offers=OFFERS, purpose=None):
    error = (offers["high"] - offers["gain"]).to_numpy() / 1.96
    return OfferValues(offers, segments, np.diag(error**2), {}, "none", 0.95, 0, purpose)


def people(n=100):
    return pd.Series(np.where(np.arange(n) % 2 == 0, "a", "b"), index=pd.RangeIndex(n, name="customer_id"))


def released(**ids):
    """What the gate lets pass for each channel if just these customers agreed."""
    ledger, table = ConsentLedger(), pd.DataFrame({"customer_id": range(200)})
    made = {}
    for channel, who in ids.items():
        purpose = "personalised_pricing" if channel == "discount" else f"marketing_{channel}"
        if len(who):
            ledger.grant(list(who), purpose, at="2025-01-05")
        made[channel] = gate(table, purpose, at=AT, ledger=ledger)
    return made


def test_each_segment_gets_what_is_surely_worth_most_of_what_she_agreed_to():
    plan = target(values(people()), permitted=released(email=range(60), sms=range(20, 80)))
    got = plan.actions
    assert (got[range(20, 80, 2)] == "sms / style / 0 % off").all()  # low 0.34 against 0.29 by e-mail
    assert (got[range(0, 20, 2)] == "email / style / 0 % off").all()
    assert (got[range(1, 60, 2)] == "email / style / 0 % off").all()
    assert (got[range(61, 80, 2)] == "none").all()  # to b an sms is not surely worth it
    assert (got[range(80, 100)] == "none").all()
    assert plan.cost == pytest.approx(40 * 0.01 + 30 * 0.06)


def test_by_expectation_more_is_sent_than_by_the_lower_end():
    permitted = released(email=[], sms=range(100))
    careful, bold = (target(values(people()), permitted=permitted, choose_by=how) for how in ("low", "net"))
    assert len(careful.table) == 50 and len(bold.table) == 100


def test_discounts_go_only_to_those_who_agreed_to_prices_of_their_own():
    everyone = released(email=range(100), discount=[0, 2, 5])
    plan = target(values(people()), permitted=everyone)
    assert plan.table[plan.table["discount"] > 0]["customer_id"].tolist() == [0, 2]  # 5 is b: not surely worth it
    plain = target(values(people()), permitted=released(email=range(100)))
    assert not (plain.table["discount"] > 0).any() and "No discounts" in plain.notes[-1]


def test_a_budget_is_spent_as_well_as_it_can_be():
    """Every plan of two segments by enumeration; the programme finds the best."""
    permitted = released(email=range(12), sms=range(6, 18))
    now = people(18)
    for budget, at_most in ((0.1, None), (0.3, 9), (0.62, 12), (None, 5)):
        plan = target(values(now), permitted=permitted, budget=budget, max_contacts=at_most)
        offers = OFFERS[OFFERS["discount"] == 0].assign(score=lambda f: f["low"] - f["cost"])
        offers = offers[offers["score"] > 0].set_index(["segment", "channel"])
        best = 0.0  # a by e-mail (n: e-mail only, both), a by sms (both, sms only), b by e-mail
        for mail, text, other in product(range(7), range(7), range(7)):
            if mail + text > 9 or text > 6:
                continue
            cost, n = 0.01 * (mail + other) + 0.06 * text, mail + text + other
            if (budget is None or cost <= budget + 1e-9) and (at_most is None or n <= at_most):
                best = max(best, sum(many * offers.loc[cell, "score"] for many, cell in (
                    (mail, ("a", "email")), (text, ("a", "sms")), (other, ("b", "email")))))  # fmt: skip
        assert (plan.table["low"]).sum() == pytest.approx(best)
        assert budget is None or plan.cost <= budget + 1e-9


@settings(max_examples=12)
@given(
    mail=st.sets(st.integers(0, 39)), text=st.sets(st.integers(0, 39)),
    budget=st.none() | st.floats(0, 3), at_most=st.none() | st.integers(0, 40), seed=st.integers(0, 9),
)  # fmt: skip
def test_nobody_without_consent_ever_and_never_more_than_allowed(mail, text, budget, at_most, seed):
    plan = target(values(people(40)), permitted=released(email=mail, sms=text), budget=budget, max_contacts=at_most,
                  holdout=0.2, random_state=seed)  # fmt: skip
    by = plan.table.groupby("channel")["customer_id"].agg(set)
    assert by.get("email", set()) <= mail and by.get("sms", set()) <= text
    assert plan.table["customer_id"].is_unique
    assert budget is None or plan.cost <= budget + 1e-9
    assert at_most is None or len(plan.table) + len(plan.held_out) <= at_most
    assert (plan.actions[plan.held_out.index] == "none").all()
    again = target(values(people(40)), permitted=released(email=mail, sms=text), budget=budget, max_contacts=at_most,
                   holdout=0.2, random_state=seed)  # fmt: skip
    pd.testing.assert_frame_equal(plan.table, again.table)


def test_the_sum_of_the_plan_and_its_interval_are_those_by_hand():
    plan = target(values(people()), permitted=released(email=range(100)))
    assert plan.high - plan.value == pytest.approx(plan.value - plan.low)
    assert plan.value == pytest.approx(50 * 0.49 + 50 * 0.19)
    error = np.hypot(50 * 0.2, 50 * 0.1)  # the errors of one segment are those of all its customers
    assert plan.low == pytest.approx(plan.value - error, rel=1e-4)
    assert plan.low < plan.value < plan.high and "100 contacts for 1.00" in repr(plan)


def test_the_summary_counts_every_segment_and_adds_up():
    plan = target(values(people()), permitted=released(email=range(50)), holdout=0.2, random_state=1)
    told = plan.summary()
    assert told["contacts"].sum() == len(plan.table) == 40 and told["held_out"].sum() == len(plan.held_out) == 10
    assert told["cost"].sum() == pytest.approx(plan.cost) and told["reachable"].tolist() == [25, 25]
    nothing = target(values(people()), permitted=released(email=[]))
    assert nothing.summary()["contacts"].tolist() == [0, 0]


def test_a_plan_is_ready_for_campaign_and_for_its_evaluation():
    plan = target(values(people()), permitted=released(email=range(100)))
    sent = MessageTemplate("{{ theme }}", "{{ why }}").render_all(plan.table.merge(people().reset_index(name="part")))
    assert len(sent) == 100 and "she agreed to marketing_email" in sent["body"].iloc[0]
    options = message_options({"email": 0.01}, ["style"])
    margins = pd.DataFrame({"none": 1.0, "email / style / 0 % off": 3.0}, index=people().index)
    assert plan_value(margins, plan.actions, options).mean() == pytest.approx(2.99)


def test_consent_by_segment_counts_each_channel_and_any():
    told = consent_by_segment(people(10), released(email=[0, 2, 3], sms=[3, 4], discount=[0]))
    assert told.loc["a"].tolist() == [5, 2, 1, 3, 0.6] and told.loc["b"].tolist() == [5, 1, 1, 1, 0.2]
    assert list(told.columns) == ["customers", "email", "sms", "any", "share"]


def test_no_consent_at_all_gives_an_empty_plan_that_says_why():
    plan = target(values(people()), permitted=released(email=[], sms=[]), budget=5.0)
    assert len(plan.table) == 0 and plan.cost == plan.value == 0 and (plan.actions == "none").all()
    assert plan.notes[-1].startswith("Nobody in these segments has agreed to any of the channels")
    assert (
        target(values(people()), permitted={}).notes[0]
        == "Nothing is sent by email, sms: permitted names nobody there."
    )


def test_a_customer_without_a_segment_is_never_contacted():
    now = people().where(people().index < 10).dropna()
    plan = target(values(now), permitted=released(email=range(100)))
    assert plan.table["customer_id"].max() == 9 and len(plan.actions) == 10


def test_what_came_from_data_is_escaped():
    offers = OFFERS.assign(segment=OFFERS["segment"].replace("a", "<script>a</script>"))
    now = people().replace("a", "<script>a</script>")
    html = target(values(now, offers), permitted=released(email=range(100)))._repr_html_()
    assert "<script>" not in html and "&lt;script&gt;a" in html


def test_whoever_did_not_come_through_the_right_gate_is_refused():
    mail = released(email=range(100))["email"]
    with pytest.raises(ConsentError, match=r"permitted\['email'\] did not come through the gate, and is needed for"):
        target(values(people()), permitted={"email": [1, 2, 3]})
    with pytest.raises(ConsentError, match=r"permitted\['sms'\] was released for 'marketing_email', and is needed for"):
        target(values(people()), permitted={"sms": mail})
    with pytest.raises(ConsentError, match="give what the gate released, by channel"):
        target(values(people()), permitted=mail)
    with pytest.raises(ConsentError, match="To count and compare somebody is no permission to act on her"):
        target(values(people(), purpose="analytics"), permitted={"email": mail})
    other = people()
    other.attrs["purpose"] = "marketing_email"
    with pytest.raises(ConsentError, match="released for 'marketing_email', the values learnt from data for 'recomm"):
        target(values(people(), purpose="recommendations"), other, permitted={"email": mail})
    assert target(values(people(), purpose="recommendations"), permitted={"email": mail}).table.attrs == {
        "purpose": "recommendations"
    }


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"budget": -1.0}, r"target\(budget=-1.0\): give an amount of at least 0, or None"),
        ({"budget": np.nan}, r"target\(budget=nan\): give an amount of at least 0"),
        ({"max_contacts": -1}, r"target\(max_contacts=-1\): give a whole number from 0"),
        ({"holdout": 1.0}, r"target\(holdout=1.0\): give a share of at least 0 and below 1"),
        ({"choose_by": "best"}, r"target\(choose_by='best'\): give 'low' or 'net'"),
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong, text):
    with pytest.raises(ParameterError, match=text):
        target(values(people()), permitted=released(email=range(100)), **wrong)


def test_offers_without_a_channel_segments_without_values_and_ids_of_another_type_are_refused():
    permitted = released(email=range(100))
    with pytest.raises(DataError, match="values does not say the channel of its offers"):
        target(values(people(), OFFERS.assign(channel=None)), permitted=permitted)
    with pytest.raises(DataError, match="values knows nothing of the segments c"):
        target(values(people()), people().replace("b", "c"), permitted=permitted)
    with pytest.raises(DataError, match=r"there is no customer 0 \(int\), but '0' \(str\)"):
        target(values(people().set_axis(people().index.astype(str))), permitted=permitted)
