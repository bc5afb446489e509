"""Contact history: counted by hand, blind to what comes later, and to decisions that the log no longer holds."""

import numpy as np
import pandas as pd
import pytest

from personakit.errors import DataError, ParameterError
from personakit.measure import contact_history
from personakit.privacy import gate
from personakit.world import World

MONDAY = pd.Timestamp("2025-01-06")


def day(week, hours=10):
    return MONDAY + pd.Timedelta(days=7 * week, hours=hours)


@pytest.fixture
def tables():
    """Customer 1 comes once a week and three times in the week of her e-mail; customer 2 is left alone and buys."""
    visits = [(1, day(week)) for week in range(4)] + [(1, day(2, 20)), (1, day(2, 30)), (2, day(1))]
    return {
        "contacts": pd.DataFrame({
            "customer_id": [1, 2, 2], "timestamp": [day(2, 1), day(1, 1), day(2, 1)],
            "channel": ["email", "none", "none"], "theme": ["value", "none", "none"],
            "discount": [0.1, 0.0, 0.0], "propensity": [0.2, 0.8, 1.0],
        }),
        "sessions": pd.DataFrame(visits, columns=["customer_id", "timestamp"]),
        "order_lines": pd.DataFrame({
            "customer_id": [2, 2], "product_id": [5, 6], "timestamp": day(1, 11), "quantity": [2, 1],
            "unit_price": [10.0, 30.0], "returned": [False, True],
        }),
        "products": pd.DataFrame({"product_id": [5, 6], "unit_cost": [4.0, 10.0], "style": ["plain", "loud"]}),
        "interactions": pd.DataFrame({"customer_id": [1] * 30, "product_id": [5] * 30, "timestamp": day(0)}),
    }  # fmt: skip


@pytest.fixture(scope="module")
def world():
    return World(n_customers=150, n_products=60, n_days=140)


def test_a_decision_is_judged_by_its_own_week(tables):
    history = contact_history(tables, at=day(4), costs={"email": 0.01})
    mail, alone = (history.decisions.set_index("customer_id").loc[who] for who in (1, 2))
    assert (mail["visits"], mail["margin"], mail["cost"]) == (3, 0, 0.01)
    assert (alone["visits"], alone["margin"], alone["cost"]) == (1, 12, 0)  # what was sent back earns nothing
    assert mail["action"] == "email / value / 10 % off" and alone["action"] == "none"


def test_decisions_without_a_choice_are_counted_and_left_out(tables):
    history = contact_history(tables, at=day(4))
    assert history.forced == 1 and len(history.decisions) == 2


def test_what_is_usual_comes_from_weeks_without_a_message(tables):
    now = contact_history(tables, at=day(4)).now
    keep = 0.5 ** (1 / 6)
    calm = np.array([keep**4, keep**3, 0, keep])  # weights of customer 1's weeks; the e-mail's week does not count
    overall = 4 / 7  # visits in weeks without a message over such weeks, of both customers
    assert now.loc[1, "usual"] == pytest.approx((calm @ [1, 1, 3, 1] + overall) / (calm.sum() + 1))
    assert now.loc[1, "met_visits"] == 3 and now.loc[2, "met_visits"] == 0
    assert now.loc[1, "met_usual"] == pytest.approx(
        ((keep**2 + keep) + overall) / (keep**2 + keep + 1)
    )  # what was usual before the week of the e-mail
    assert now.loc[1, "tired"] == pytest.approx(0.5 ** (2 / 1.4)) and now.loc[2, "tired"] == 0


def test_tastes_are_drawn_towards_everybodys(tables):
    now = contact_history(tables, at=day(4)).now
    assert now.loc[2, "taste_plain"] == 0  # saw nothing
    assert now.loc[1, "taste_plain"] == pytest.approx(0)  # all views are hers, so she is the average


def test_nothing_that_comes_later_leaks_in(world):
    early = contact_history(world.tables, at=world.start + pd.Timedelta(days=84))
    cut = {
        name: frame[frame["timestamp"] < world.start + pd.Timedelta(days=84)] if "timestamp" in frame else frame
        for name, frame in world.tables.items()
    }
    same = contact_history(cut, at=world.start + pd.Timedelta(days=84))
    pd.testing.assert_frame_equal(early.decisions, same.decisions)
    pd.testing.assert_frame_equal(early.now, same.now)
    # A decision knows what was known before it, whatever the history's own end; tastes alone are relative to everybody.
    later = contact_history(world.tables, at=world.end).decisions.head(10**6)
    known = ["customer_id", "week", "usual", "met_visits", "met_usual", "tired", "visits", "margin"]
    both = early.decisions[known].merge(later[known], on=["customer_id", "week"])
    assert len(both) == len(early.decisions)
    for name in ("met_visits", "tired", "visits", "margin"):
        assert np.allclose(both[f"{name}_x"], both[f"{name}_y"])


def test_a_short_log_forgets_reactions_and_keeps_visits(world):
    whole, short = (contact_history(world.tables, at=world.end, last_weeks=weeks) for weeks in (None, 4))
    assert short.decisions["week"].nunique() <= 4 < whole.decisions["week"].nunique()
    assert (short.now["met_visits"] <= whole.now["met_visits"]).all()
    assert np.allclose(short.now["usual"], whole.now["usual"])


def test_the_purpose_of_the_gate_goes_on(world):
    permitted = gate(dict(world.tables), "recommendations", at=world.end)
    history = contact_history(permitted, at=world.end)
    assert history.purpose_ == history.now.attrs["purpose"] == "recommendations"
    assert set(history.decisions["customer_id"]) <= set(permitted.customer_ids)


def test_missing_tables_and_columns_are_named(tables):
    with pytest.raises(DataError, match=r"There is no table 'sessions'"):
        contact_history({"contacts": tables["contacts"]}, at=day(4))
    with pytest.raises(DataError, match=r"contacts has no column propensity.* Rename yours, or"):
        contact_history({**tables, "contacts": tables["contacts"].drop(columns="propensity")}, at=day(4))
    with pytest.raises(DataError, match=r"needs a mapping of canonical tables, and got int"):
        contact_history(3, at=day(4))


def test_impossible_days_and_lengths_are_refused(tables):
    with pytest.raises(ParameterError, match=r"at is 'soon', which is not a date"):
        contact_history(tables, at="soon")
    with pytest.raises(ParameterError, match=r"at is None"):
        contact_history(tables, at=None)
    with pytest.raises(ParameterError, match=r"last_weeks=0.*at least 1"):
        contact_history(tables, at=day(4), last_weeks=0)
    with pytest.raises(DataError, match=r"no decision in a week that was over"):
        contact_history(tables, at=day(0))
