"""Testbeds: an experiment in the world agrees with its truth, and held-out trials are paired and leak nothing."""

import numpy as np
import pandas as pd
import pytest

from personakit.errors import DataError, ParameterError, UnknownNameError
from personakit.measure import HeldOutTestbed, WorldTestbed, testbed
from personakit.recommend import Popular, Random, ranking_metrics
from personakit.world import World


@pytest.fixture(scope="module")
def world():
    return World(n_customers=600, n_products=60, n_days=120)


@pytest.fixture(scope="module")
def slates(world):
    visits = world.tables["interactions"]
    return {
        "popular": Popular().fit(visits).recommend(world.customer_ids, 6, exclude_seen=False),
        "random": Random(random_state=0).fit(visits).recommend(world.customer_ids, 6, exclude_seen=False),
        "best": world.best_slates(k=6),
    }


@pytest.fixture
def visits():
    rng = np.random.default_rng(3)
    rows = {(int(c), int(p)) for c, p in zip(rng.integers(0, 40, 500), rng.geometric(0.15, 500), strict=True)}
    frame = pd.DataFrame(sorted(rows), columns=["customer_id", "product_id"])
    frame["timestamp"] = pd.Timestamp("2025-01-01") + pd.to_timedelta(rng.permutation(len(frame)), unit="h")
    return frame


def test_the_truth_of_a_week_is_the_worlds_expectation(world, slates):
    trial = WorldTestbed(world, weeks=1).trial(slates, baseline="popular")
    shown = slates["popular"].pivot(index="customer_id", columns="rank", values="product_id").to_numpy()
    exact = world.expected(world.customer_ids, {"slate": shown})["margin"].mean()
    assert trial.table.set_index("arm").loc["popular", "truth"] == pytest.approx(exact)


def test_the_oracles_slate_has_the_whole_of_the_best_possible(world, slates):
    trial = WorldTestbed(world, weeks=1).trial(slates, baseline="popular")
    share = trial.table.set_index("arm")["share_of_best"]
    assert share["best"] == pytest.approx(1)
    assert share["popular"] < 1 and share["random"] < 1


def test_experiments_of_the_world_cover_its_truth(world, slates):
    bed = WorldTestbed(world, weeks=1, metric="visits")
    covered = 0
    for seed in range(20):
        table = bed.trial(slates, baseline="popular", random_state=seed).table
        covered += int(((table["mean_low"] <= table["truth"]) & (table["truth"] <= table["mean_high"])).sum())
    assert covered >= 52  # of 60; 57 expected


def test_the_same_random_state_gives_the_same_trial(world, slates):
    bed = WorldTestbed(world, weeks=1)
    one, same, other = (bed.trial(slates, baseline="random", random_state=seed).table for seed in (4, 4, 5))
    pd.testing.assert_frame_equal(one, same)
    assert not one["mean"].equals(other["mean"])
    assert np.allclose(one["truth"], other["truth"])


def test_every_customer_is_in_one_arm_and_the_arms_are_even(world, slates):
    trial = WorldTestbed(world, weeks=1).trial(slates, baseline="random")
    assert trial.outcomes["customer_id"].is_unique
    assert trial.table["customers"].tolist() == [200, 200, 200]
    assert trial.comparison.sound


def test_a_part_of_the_customers_can_be_tried(world, slates):
    few = {arm: slate[slate["customer_id"] <= 90] for arm, slate in slates.items()}
    covariate = pd.Series(1.0, index=world.customer_ids)
    trial = WorldTestbed(world, weeks=2).trial(few, baseline="random", covariate=covariate)
    assert trial.table["customers"].sum() == 90
    assert "90 customers, 3 arms, 2 weeks, sharpened" in trial.design


def test_slates_of_different_lengths_are_refused_with_the_way_out(world, slates):
    short = slates["popular"][lambda frame: (frame["customer_id"] > 2) | (frame["rank"] < 6)]
    with pytest.raises(
        DataError, match=r"slates\['popular'\]: 2 customers have fewer.*customer_id 1, 2.*recommend fewer"
    ):
        WorldTestbed(world, weeks=1).trial({**slates, "popular": short}, baseline="random")


def test_an_unknown_baseline_is_answered_with_the_arms(world, slates):
    with pytest.raises(UnknownNameError, match=r"no arm 'control'.*popular, random, best"):
        WorldTestbed(world).trial(slates, baseline="control")


def test_arms_without_a_common_customer_are_refused(world, slates):
    apart = {"a": slates["best"][slates["best"]["customer_id"] == 1], "b": slates["best"][:0]}
    with pytest.raises(DataError, match="No customer has a slate in every arm"):
        WorldTestbed(world).trial(apart, baseline="a")


def test_unknown_metrics_and_impossible_lengths_are_refused(world):
    with pytest.raises(UnknownNameError, match="no metric 'profit'"):
        WorldTestbed(world, metric="profit")
    with pytest.raises(ParameterError, match="whole number from 1 to 52"):
        WorldTestbed(world, weeks=0)


def test_nothing_held_out_is_left_in_any_table(visits):
    bed = HeldOutTestbed({"interactions": visits, "ratings": visits.assign(rating=1.0), "other": pd.DataFrame()})
    held = pd.MultiIndex.from_frame(bed.held_out)
    for name in ("interactions", "ratings"):
        assert not pd.MultiIndex.from_frame(bed.tables[name][["customer_id", "product_id"]]).isin(held).any()
        assert len(bed.tables[name]) + len(bed.held_out) == len(visits)


def test_the_latest_quarter_of_each_customer_is_held_out_and_everybody_keeps_something(visits):
    bed = HeldOutTestbed({"interactions": visits})
    kept = bed.tables["interactions"].groupby("customer_id")["timestamp"]
    held = visits.merge(bed.held_out).groupby("customer_id")["timestamp"]
    common = held.min().index
    assert (kept.max()[common] < held.min()).all()
    assert set(kept.max().index) == set(visits["customer_id"])
    assert len(bed.held_out) / len(visits) == pytest.approx(0.25, abs=0.04)


def test_held_out_trials_report_the_mean_ndcg_and_paired_gains(visits):
    bed = HeldOutTestbed({"interactions": visits}, k=5)
    seen = bed.tables["interactions"]
    ids = sorted(seen["customer_id"].unique())
    slates = {
        "popular": Popular().fit(seen).recommend(ids, 5),
        "random": Random(random_state=1).fit(seen).recommend(ids, 5),
    }
    trial = bed.trial(slates, baseline="random")
    each = {arm: ranking_metrics(slate, bed.held_out, k=5)["ndcg"] for arm, slate in slates.items()}
    row = trial.table.set_index("arm").loc["popular"]
    assert row["mean"] == pytest.approx(each["popular"].mean())
    assert row["gain"] == pytest.approx((each["popular"] - each["random"]).mean())
    assert row["gain_low"] < row["gain"] < row["gain_high"]
    assert trial.table["truth"].isna().all()
    assert "Nobody knows" in trial.design


def test_the_testbed_follows_from_the_data(world, visits):
    assert isinstance(testbed(world), WorldTestbed)
    assert isinstance(testbed({"interactions": visits}), HeldOutTestbed)
    bed = testbed(world, weeks=1, metric="clicks")
    assert isinstance(bed, WorldTestbed) and bed.metric == "clicks"


def test_customers_who_came_once_cannot_be_held_out(visits):
    once = visits.drop_duplicates("customer_id")
    with pytest.raises(DataError, match="no customer has two products"):
        HeldOutTestbed({"interactions": once})


def test_an_impossible_share_is_refused(visits):
    with pytest.raises(ParameterError, match="between 0 and 1"):
        HeldOutTestbed({"interactions": visits}, test_size=25)


def test_gains_by_group_add_up_to_the_gain_of_all(world, slates):
    trial = WorldTestbed(world, weeks=1).trial(slates, baseline="popular")
    groups = pd.Series(pd.Categorical(["odd", "even"] * 300, ["odd", "even"]), index=range(1, 601))
    table = trial.gain_by(groups, "best")
    assert table["group"].tolist() == ["odd", "even"] and table["customers"].tolist() == [300, 300]
    truth = trial.table.set_index("arm")["truth"]
    assert table["mean"].mean() == pytest.approx(truth["best"] - truth["popular"])
    assert ((table["low"] < table["mean"]) & (table["mean"] < table["high"])).all()
    assert trial.gain_by(groups[:10], "best")["customers"].sum() == 10


def test_gains_of_an_unknown_arm_are_refused(world, slates):
    trial = WorldTestbed(world, weeks=1).trial(slates, baseline="popular")
    with pytest.raises(UnknownNameError, match="no arm 'personal'; the arms are popular, random, best"):
        trial.gain_by(pd.Series({1: "a"}), "personal")


def test_the_summary_says_in_words_what_the_table_says(world, slates, visits):
    trial = WorldTestbed(world, weeks=1).trial(slates, baseline="popular")
    words, row = trial.summary({"best": "the oracle"}), trial.table.set_index("arm").loc["best"]
    assert words.index.tolist() == ["popular", "random", "the oracle"]
    assert words.loc["the oracle", "of best"] == "100%" and words.loc["popular", "gain"] == "baseline"
    assert float(words.loc["the oracle", "mean"].split()[0]) == pytest.approx(row["mean"], abs=0.005)
    bed = HeldOutTestbed({"interactions": visits}, k=3)
    lists = Popular().fit(bed.tables["interactions"]).recommend(k=3)
    assert bed.trial({"a": lists, "b": lists}, baseline="a").summary()["truth"].tolist() == ["unknown", "unknown"]
