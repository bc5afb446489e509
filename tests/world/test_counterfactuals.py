"""`expected` is exact and `respond` agrees with it and with the logged history."""

import numpy as np
import pandas as pd
import pytest

from personakit.world import World
from personakit.world.structure import CONTACT_COST

COLUMNS = ["visits", "clicks", "orders", "p_order", "revenue", "margin"]
WEEK = "2025-07-07"


@pytest.fixture(scope="module")
def big():
    return World(n_customers=20_000, random_state=11)


@pytest.mark.parametrize(
    "actions",
    [
        {},
        {"channel": "email", "theme": "style", "discount": 0.1},
        {"slate": list(range(1, 13))},
        {"price_factor": 0.8},
        {"channel": "sms", "theme": "value", "discount": 0.2, "slate": [5, 3, 1], "price_factor": {5: 1.3}},
    ],
    ids=["nothing", "message", "slate", "prices", "all"],
)
def test_draws_agree_with_the_exact_expectation(world, actions):
    exact = world.expected(None, actions, at=WEEK, weeks=2, horizon_days=21)[COLUMNS].sum()
    draws = pd.DataFrame(
        [
            world.respond(None, actions, at=WEEK, weeks=2, horizon_days=21, random_state=r)[COLUMNS].sum()
            for r in range(40)
        ]
    )
    z = (draws.mean() - exact) / (draws.std() / np.sqrt(len(draws)))
    assert z.abs().max() < 4.0, z
    assert (draws.mean() / exact - 1).abs().max() < 0.03


def test_the_logged_action_gives_the_logged_outcome(world):
    week = pd.Timestamp(WEEK)
    logged = world.tables["contacts"]
    logged = logged[(logged["timestamp"] >= week) & (logged["timestamp"] < week + pd.Timedelta(days=7))].set_index(
        "customer_id"
    )
    signed_up = world.tables["customers"]["signed_up"]
    ids = world.customer_ids[(signed_up < week).to_numpy()]
    actions = pd.DataFrame({
        "channel": logged["channel"].astype(str).reindex(ids).fillna("none"),
        "theme": logged["theme"].astype(str).reindex(ids).fillna("none"),
        "discount": logged["discount"].reindex(ids).fillna(0.0),
    })  # fmt: skip
    lived = world.respond(ids, actions, at=WEEK, random_state=None)
    lines = world.tables["order_lines"]
    lines = lines[(lines["timestamp"] >= week) & (lines["timestamp"] < week + pd.Timedelta(days=7))]
    spent = lines.groupby("customer_id")["unit_price"].sum().reindex(ids, fill_value=0.0)
    orders = lines.groupby("customer_id")["order_id"].nunique().reindex(ids, fill_value=0)
    assert orders.sum() > 100
    assert np.array_equal(lived["orders"], orders)
    assert lived["revenue"].to_numpy() == pytest.approx(spent.to_numpy(), abs=0.03)


def test_a_customer_has_the_same_luck_under_every_action(world):
    plain = world.respond(None, random_state=3, at=WEEK)
    with_slate = world.respond(None, {"slate": [1, 2, 3]}, random_state=3, at=WEEK)
    assert np.array_equal(plain["visits"] > 0, with_slate["visits"] > 0)
    cheaper = world.respond(None, {"channel": "email", "discount": 0.2}, random_state=3, at=WEEK)
    truth = world.truth["customers"]
    willing = (truth["response_email"] > 0.2).to_numpy()
    assert (cheaper["visits"] >= plain["visits"])[willing].mean() > 0.995  # fewer only where one has dropped out


def test_the_oracle_slate_is_worth_more_than_any_other(world):
    ids = world.customer_ids[:200]
    best = world.best_slates(ids, k=12)["product_id"].to_numpy().reshape(200, 12)
    oracle = world.expected(ids, {"slate": best})["margin"]
    alive = world.situation(ids).alive
    generator = np.random.default_rng(0)
    swapped = best.copy()
    for row in swapped:
        row[generator.integers(12)] = generator.choice(np.setdiff1d(np.arange(1, 601), row))
    reversed_slate = best[:, ::-1]
    random_slates = generator.permuted(np.tile(np.arange(1, 601), (200, 1)), axis=1)[:, :12]
    for other in (swapped, reversed_slate, random_slates):
        assert (oracle - world.expected(ids, {"slate": other})["margin"]).min() > -1e-9
    assert oracle[alive].sum() > 1.15 * world.expected(ids, {"slate": random_slates})["margin"][alive].sum()


def test_the_cost_of_a_message_is_paid_whether_it_works_or_not(world):
    ids = world.customer_ids[:50]
    nothing, sms = world.expected(ids), world.expected(ids, {"channel": "sms"})
    assert (nothing["cost"] == 0).all()
    assert sms["cost"].to_numpy() == pytest.approx(CONTACT_COST[2])


def test_persuadables_sure_things_lost_causes_and_sleeping_dogs_all_exist(world):
    share = world.truth["outlook"]["response_class"].value_counts(normalize=True)
    for kind in ("persuadable", "sure thing", "lost cause", "sleeping dog"):
        assert 0.10 <= share[kind] <= 0.25, share


def test_many_messages_wear_a_customer_out(world):
    situation_rich = world.truth["customers"].query("response_email > 0.5")["customer_id"].head(300)
    block = world.situation(situation_rich, at=WEEK)
    from dataclasses import replace

    from personakit.world.counterfactual import Actions, expected

    email = Actions.read({"channel": "email"}, len(situation_rich), block.block)
    rested = expected(replace(block, fatigue=np.zeros(300)), email)["visits"].sum()
    tired = expected(replace(block, fatigue=np.full(300, 3.0)), email)["visits"].sum()
    assert tired < 0.85 * rested


def test_logged_propensities_are_those_of_the_policy(big):
    contacts = big.tables["contacts"]
    weight = 1 / contacts["propensity"]
    # Horvitz and Thompson: each action's inverse propensities add up to the number of decisions that could take it.
    emails = contacts["channel"] == "email"
    one = contacts[emails & (contacts["theme"] == "style") & (contacts["discount"] == 0.1)]
    other = contacts[emails & (contacts["theme"] == "value") & (contacts["discount"] == 0.0)]
    assert weight[one.index].sum() == pytest.approx(weight[other.index].sum(), rel=0.05)
    assert weight[contacts["channel"] == "none"].sum() == pytest.approx(len(contacts), rel=0.02)


def test_logged_slate_propensities_are_those_of_the_draw(big):
    shown = big.tables["exposures"]
    weight = 1 / shown["propensity"]
    slates = shown["session_id"].nunique()
    counted = weight.groupby(shown["position"]).sum()
    available = big.tables["prices"].groupby("week")["in_stock"].sum()
    week = shown.drop_duplicates("session_id")["timestamp"].dt.to_period("W-SUN").dt.start_time
    assert counted.to_numpy() == pytest.approx(week.map(available).sum(), rel=0.03)
    assert not shown.duplicated(["session_id", "product_id"]).any()
    assert len(shown) == 12 * slates


def test_actions_of_several_weeks_are_those_of_each_week_in_turn(world):
    ids = world.customer_ids[:300]
    email = {"channel": "email", "discount": 0.1}
    once = world.expected(ids, email, at=WEEK, horizon_days=21)
    thrice = world.expected(ids, email, at=WEEK, weeks=3)
    assert thrice["cost"].to_numpy() == pytest.approx(3 * once["cost"].to_numpy())
    assert thrice["visits"].sum() > once["visits"].sum()
    slates = np.stack([np.tile(first + np.arange(4), (300, 1)) for first in (1, 101, 201)])
    by_week = world.expected(ids, {"slate": slates}, at=WEEK, weeks=3)
    first_week = world.expected(ids, {"slate": slates[0]}, at=WEEK)
    draws = [world.respond(ids, {"slate": slates}, at=WEEK, weeks=3, random_state=r)["clicks"].sum() for r in range(60)]
    assert by_week["clicks"].sum() == pytest.approx(np.mean(draws), rel=0.08)
    assert by_week["clicks"].sum() > 2 * first_week["clicks"].sum()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"weeks": 0}, "weeks is 0. Give a whole number from 1 to 52."),
        ({"weeks": 3, "horizon_days": 7}, "horizon_days is 7, shorter than 3 weeks of actions"),
    ],
)
def test_weeks_that_make_no_sense_are_refused(world, arguments, says):
    with pytest.raises(ValueError, match=says):
        world.expected([1], {"channel": "email"}, **arguments)
