"""Preferred channel and hour: closed forms, the world's truth, and what the errors say."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import dirichlet_multinomial, norm
from sklearn.base import clone

import personakit as pk
from personakit.errors import ConsentError, DataError, ParameterError
from personakit.predict import PreferredChannel, PreferredHour
from personakit.predict.dirichlet_multinomial import fit_dirichlet_multinomial

CHANNELS = ["web", "app", "email", "social", "store", "call_centre"]  # the order of traits(...).channel_mix


@pytest.fixture(scope="module")
def world() -> Any:
    return pk.load_world()


@pytest.fixture(scope="module")
def channel(world: Any) -> PreferredChannel:
    return PreferredChannel().fit(world.tables, "2025-09-30")


@pytest.fixture(scope="module")
def hour(world: Any) -> PreferredHour:
    return PreferredHour().fit(world.tables, "2025-09-30")


def visits(rows: list[tuple[int, str, str]]) -> dict[str, pd.DataFrame]:
    sessions = pd.DataFrame(rows, columns=["customer_id", "timestamp", "channel"])
    people = pd.DataFrame({"customer_id": [1, 2, 3, 9], "signed_up": pd.Timestamp("2025-01-01"), "age_band": "35-44"})
    return {"customers": people, "sessions": sessions.assign(timestamp=pd.to_datetime(sessions["timestamp"]))}


SMALL = [(1, "2025-03-01 10:05", "app"), (1, "2025-03-02 11:05", "app"), (1, "2025-03-04 10:45", "web"),
         (2, "2025-03-01 20:05", "web"), (2, "2025-03-03 21:05", "web"), (3, "2025-03-02 23:30", "app")]  # fmt: skip


def test_the_fit_is_the_maximum_of_scipys_likelihood() -> None:
    rng = np.random.default_rng(1)
    counts = rng.multinomial(12, rng.dirichlet([3.0, 1.0, 0.4], size=800))
    alpha = fit_dirichlet_multinomial(counts)

    def likelihood(a: Any) -> float:
        return float(dirichlet_multinomial(a, 12).logpmf(counts).sum())

    for place in range(3):
        for step in (0.98, 1.02):
            other = alpha.copy()
            other[place] *= step
            assert likelihood(other) < likelihood(alpha)


def test_a_customers_channels_are_the_posterior_mean(channel: PreferredChannel, world: Any) -> None:
    someone = int(channel.predict().index[0])
    sessions = world.tables["sessions"]
    own = sessions[(sessions["customer_id"] == someone) & (sessions["timestamp"] < "2025-10-01")]
    counts = own["channel"].value_counts().reindex(channel.options_, fill_value=0).to_numpy()
    people = world.tables["customers"].set_index("customer_id")
    group = people.loc[someone, "age_band"]
    s = channel.concentration_[group]
    known = (s * channel.groups_.loc[group, channel.options_] + counts) / (s + counts.sum())
    np.testing.assert_allclose(channel.predict([someone]).iloc[0].to_numpy(float), known.to_numpy(float))


@pytest.mark.parametrize("name", ["channel", "hour"])
def test_rows_are_probabilities_and_everybody_known_has_one(name: str, request: Any) -> None:
    p = request.getfixturevalue(name).predict()
    assert (p.to_numpy() > 0).all()
    np.testing.assert_allclose(p.sum(axis=1), 1.0)
    assert p.index.name == "customer_id" and p.index.is_unique


def test_channels_come_nearer_to_the_true_mix_than_her_own_history_or_her_group(
    channel: PreferredChannel, world: Any
) -> None:
    p = channel.predict()[CHANNELS]
    truth = world.traits(p.index.to_numpy()).channel_mix

    def away(mix: Any) -> float:
        return float(np.abs(np.asarray(mix, dtype=float) - truth).sum(axis=1).mean())

    sessions = world.tables["sessions"]
    before = sessions[sessions["timestamp"] < "2025-10-01"]
    own = pd.crosstab(before["customer_id"], before["channel"]).reindex(p.index, fill_value=0)[CHANNELS] + 0.5
    shop = channel.groups_.loc["everybody", CHANNELS]
    assert away(p) < 0.75 * away(own.div(own.sum(axis=1), axis=0))
    assert away(p) < 0.6 * away(np.tile(shop.to_numpy(float), (len(p), 1)))


def test_later_visits_are_forecast_better_than_by_every_baseline(
    channel: PreferredChannel, hour: PreferredHour, world: Any
) -> None:
    for model in (channel, hour):
        found = model.evaluate(world.tables, n_bootstrap=200)
        assert (found["worse_by_low"].drop("model") > 0.03).all()


def test_hours_are_within_a_tenth_of_a_nat_of_the_true_density(hour: PreferredHour, world: Any) -> None:
    sessions = world.tables["sessions"]
    later = sessions[sessions["timestamp"] >= "2025-10-01"]
    later = later[later["customer_id"].isin(hour.predict().index)]
    later = later[later["timestamp"] != later["timestamp"].dt.normalize()]
    chosen = pd.crosstab(later["customer_id"], later["timestamp"].dt.hour).reindex(columns=range(24), fill_value=0)
    mean = world.traits(chosen.index.to_numpy()).hour[:, None]
    edges = np.r_[-np.inf, np.arange(1, 24), np.inf]  # the world clips at both ends of the day
    truth = np.diff(norm.cdf((edges - mean) / 2.4), axis=1)
    share = chosen.to_numpy() / chosen.to_numpy().sum(axis=1, keepdims=True)
    best = -(share * np.log(np.maximum(truth, 1e-12))).sum(axis=1).mean()
    ours = -(share * np.log(hour.predict(chosen.index).to_numpy())).sum(axis=1).mean()
    assert best < ours < best + 0.12


def test_hours_are_a_circle() -> None:
    rng = np.random.default_rng(0)
    base = pd.Timestamp("2025-03-01") + pd.to_timedelta(np.r_[rng.normal(0.4, 1, 150), rng.normal(9, 1, 150)], unit="h")
    rows = pd.DataFrame({"customer_id": np.repeat(range(30), 10), "timestamp": base, "channel": "web"})
    model = PreferredHour().fit({"sessions": rows})
    turned = PreferredHour().fit({"sessions": rows.assign(timestamp=rows["timestamp"] + pd.Timedelta(hours=5))})
    np.testing.assert_allclose(np.roll(model.predict().to_numpy(), 5, axis=1), turned.predict().to_numpy(), atol=1e-3)
    night = model.predict([0]).iloc[0]
    assert night[23] > night[20] and night[1] > night[4]


@pytest.mark.parametrize("model", [PreferredChannel(min_group=2), PreferredHour(min_group=2)])
def test_a_customer_without_a_visit_gets_what_holds_for_her_group(model: Any) -> None:
    model.fit(visits(SMALL))
    group = model.groups_.loc["35-44"].drop("n_customers")
    np.testing.assert_allclose(model.predict([9]).iloc[0].to_numpy(float), group.to_numpy(float))


@settings(max_examples=10)
@given(order=st.permutations(range(len(SMALL))))
def test_the_order_of_rows_does_not_matter(order: list[int]) -> None:
    first = PreferredChannel().fit(visits(SMALL)).predict()
    pd.testing.assert_frame_equal(first, PreferredChannel().fit(visits([SMALL[place] for place in order])).predict())


def test_settings_are_those_of_scikit_learn(channel: PreferredChannel) -> None:
    assert clone(PreferredHour("region", min_group=9)).get_params() == {"by": "region", "min_group": 9}
    assert not hasattr(clone(channel), "options_")


def test_the_errors_say_what_to_do(channel: PreferredChannel, world: Any) -> None:
    with pytest.raises(DataError, match=r"2 customers who are not known by 2025-09-30 \(-1, 999999999\). Ask for"):
        channel.predict([1, -1, 999999999])
    with pytest.raises(ParameterError, match="customer_ids='1': give a list of customers"):
        channel.predict("1")
    with pytest.raises(DataError, match="No visit is recorded by 2025-02-01, so no preference"):
        PreferredChannel().fit(visits(SMALL), "2025-02-01")
    with pytest.raises(DataError, match="None of the tables says by which channel"):
        PreferredChannel().fit({"customers": visits(SMALL)["customers"]}, "2025-03-31")
    days = [(1, "2025-03-01", "web"), (2, "2025-03-02", "web")]
    with pytest.raises(DataError, match="Times of the day are not recorded: every visit is at midnight"):
        PreferredHour().fit(visits(days))
    with pytest.raises(DataError, match=r"customers has no column 'town' \(it has customer_id, signed_up, age_band\)"):
        PreferredChannel(by="town").fit(visits(SMALL))
    with pytest.raises(ParameterError, match="min_group"):
        PreferredChannel(min_group=0).fit(visits(SMALL))
    with pytest.raises(DataError, match="No visit after 2025-03-04 is in the tables"):
        model = PreferredChannel().fit(visits(SMALL))
        model.evaluate(visits(SMALL))
    new = visits([*SMALL, (1, "2025-03-09 10:00", "fax")])
    with pytest.raises(DataError, match="fax was chosen, and model says that it cannot be"):
        model.evaluate(new)


def test_a_model_is_bound_to_the_purpose_of_its_data() -> None:
    tables = visits(SMALL)
    model = PreferredChannel().fit(tables)
    model.purpose_ = "analytics"
    people = tables["customers"].set_index("customer_id")
    people.attrs["purpose"] = "marketing_email"
    with pytest.raises(ConsentError, match="'analytics' and may not be used for 'marketing_email'"):
        model.predict(people)
    assert model.predict().attrs["purpose"] == "analytics"
