"""Weighting by exposure: unbiased where the propensities are true, in a small model and in the world."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kendalltau

from personakit.errors import DataError, ParameterError
from personakit.recommend import (
    EASE,
    ItemKNN,
    Popular,
    Random,
    exposure_metrics,
    popularity_propensity,
    ranking_metrics,
    slate_value,
)
from personakit.world import World


@pytest.fixture
def observed():
    """Every relevant pair of 300 customers, the lists of two models, and the chance of each pair to be observed."""
    rng = np.random.default_rng(0)
    relevant = pd.DataFrame(
        {"customer_id": np.repeat(np.arange(300), 6), "product_id": np.argsort(rng.random((300, 20)))[:, :6].ravel()}
    )
    relevant["propensity"] = np.linspace(0.9, 0.05, 20)[relevant["product_id"]]
    lists = {
        "popular": pd.DataFrame({"customer_id": np.repeat(np.arange(300), 5), "product_id": np.tile(range(5), 300)}),
        "rare": pd.DataFrame({"customer_id": np.repeat(np.arange(300), 5), "product_id": np.tile(range(13, 18), 300)}),
    }
    return relevant, {name: table.assign(rank=np.tile(range(1, 6), 300)) for name, table in lists.items()}, rng


def test_weighted_by_the_true_propensity_the_metric_is_what_all_relevant_pairs_say(observed):
    relevant, lists, rng = observed
    truth = exposure_metrics(lists, relevant.assign(propensity=1.0), "propensity", k=5, n_bootstrap=0)
    draws = [
        exposure_metrics(lists, relevant[rng.random(len(relevant)) < relevant["propensity"]], "propensity", k=5,
                         n_bootstrap=0)
        for _ in range(60)
    ]  # fmt: skip
    for place, row in truth.iterrows():
        naive, snips, ips = (np.mean([table.loc[place, name] for table in draws]) for name in ("naive", "snips", "ips"))
        assert abs(naive - row["naive"]) > 0.05 > 0.02 > abs(snips - row["naive"])
        # ips is by customer with a held-out row, and few have none
        assert ips == pytest.approx(row["ips"], rel=0.05)


def test_the_interval_of_snips_holds_the_truth_about_as_often_as_it_says(observed):
    relevant, lists, rng = observed
    lists = {"rare": lists["rare"]}
    truth = exposure_metrics(lists, relevant.assign(propensity=1.0), "propensity", k=5, n_bootstrap=0)["naive"][0]
    held = 0
    for seed in range(80):
        seen = relevant[rng.random(len(relevant)) < relevant["propensity"]]
        row = exposure_metrics(lists, seen, "propensity", k=5, n_bootstrap=200, random_state=seed).iloc[0]
        held += row["snips_low"] <= truth <= row["snips_high"]
    assert 0.87 <= held / 80 <= 1.0


def test_clipping_trades_variance_for_bias(observed):
    relevant, lists, rng = observed
    seen = relevant[rng.random(len(relevant)) < relevant["propensity"]]
    whole, clipped, flat = (
        exposure_metrics(lists, seen, "propensity", k=5, clip=clip, n_bootstrap=0).iloc[0] for clip in (0.0, 0.3, 1.0)
    )
    assert whole["n_effective"] < clipped["n_effective"] < flat["n_effective"]
    assert flat["n_effective"] == pytest.approx(len(seen)) and flat["snips"] == pytest.approx(flat["naive"])
    assert whole["snips"] < clipped["snips"] < flat["snips"]


def test_the_popularity_propensity_is_a_power_of_the_share_and_gamma_nought_weighs_nothing(make_ratings):
    ratings = make_ratings()
    counts = ratings.drop_duplicates(["customer_id", "product_id"]).groupby("product_id").size()
    guessed = popularity_propensity(pd.concat([ratings, ratings]), gamma=0.5)
    pd.testing.assert_series_equal(guessed, np.sqrt(counts / counts.max()), check_names=False)
    lists = {"random": Random(0).fit(ratings).recommend(exclude_seen=False)}
    table = exposure_metrics(lists, ratings, popularity_propensity(ratings, gamma=0.0), n_bootstrap=0)
    assert table["snips"].tolist() == pytest.approx(table["naive"].tolist())


def test_wrong_propensities_say_what_to_do(observed):
    relevant, lists, _ = observed
    for chance in (0.0, 1.5, np.nan):
        with pytest.raises(DataError, match=r"The propensity of 1 held-out rows is not above 0 and up to 1"):
            exposure_metrics(lists, relevant.assign(propensity=[chance, *relevant["propensity"][1:]]), "propensity")
    with pytest.raises(DataError, match=r"held_out has no column 'chance'"):
        exposure_metrics(lists, relevant, "chance")
    with pytest.raises(DataError, match=r"propensity has no value for 19 held-out products"):
        exposure_metrics(lists, relevant, pd.Series({3: 0.5}))
    with pytest.raises(ParameterError, match=r"clip must lie between 0 and 1, but is 2"):
        exposure_metrics(lists, relevant, "propensity", clip=2)
    with pytest.raises(ParameterError, match=r"lists holds nothing by name"):
        exposure_metrics({}, relevant, "propensity")
    with pytest.raises(ParameterError, match=r"gamma must be a finite number >= 0, e.g. 0.5, but is -1"):
        popularity_propensity(relevant, gamma=-1)


def test_propensities_and_lists_that_cannot_be_read_are_refused():
    held_out = pd.DataFrame({"customer_id": [1, 2], "product_id": ["a", "b"]})
    lists = held_out.assign(rank=1)
    with pytest.raises(DataError, match=r"propensity has a twice. Give one value for each product"):
        exposure_metrics({"m": lists}, held_out, pd.Series([0.5, 0.5, 1.0], index=["a", "a", "b"]))
    with pytest.raises(ParameterError, match=r"lists holds nothing by name"):
        exposure_metrics(lists, held_out, pd.Series([0.5, 1.0], index=["a", "b"]))
    with pytest.raises(ParameterError, match=r"n_bootstrap must be a whole number >= 0"):
        exposure_metrics({"m": lists}, held_out, pd.Series([0.5, 1.0], index=["a", "b"]), n_bootstrap=-1)


def test_in_the_world_offline_figures_mislead_and_logged_propensities_mend_it_where_guessed_ones_do_not():
    """The same models, ordered by held-out interactions, by the logged random slates, and by what is true."""
    models = {
        "random": Random(0),
        "popular": Popular(),
        "knn": ItemKNN(),
        "ease": EASE(l2=200),
        "bought": EASE(l2=200, event_weight={"purchase": 1.0}),
    }
    tau, regret = [], []
    for seed in (0, 1):
        world = World(n_customers=2500, n_products=150, n_days=270, random_state=seed)
        acts = world.tables["interactions"].query("event != 'return'")
        moment = world.start + pd.Timedelta(weeks=19)
        train, after = acts[acts["timestamp"] < moment], acts[acts["timestamp"] >= moment]
        people = np.intersect1d(train["customer_id"].unique(), after["customer_id"].unique())
        lists = {name: model.fit(train).recommend(people) for name, model in models.items()}
        pairs = pd.concat([train.assign(old=True), after[after["customer_id"].isin(people)].assign(old=False)])
        held = pairs.drop_duplicates(["customer_id", "product_id"]).query("~old")
        shown = world.tables["exposures"]
        clicks = shown[shown["clicked"] & (shown["timestamp"] >= moment) & shown["customer_id"].isin(people)]
        truth = pd.Series({name: slate_value(world, each, at=moment)["clicks"].mean() for name, each in lists.items()})
        guessed = popularity_propensity(train)
        estimates = {
            "naive": pd.Series({name: ranking_metrics(each, held)["ndcg"].mean() for name, each in lists.items()}),
            "guessed": _dcg(lists, held[held["product_id"].isin(guessed.index)], guessed),
            "logged": _dcg(lists, clicks, "propensity"),
        }
        tau.append({name: kendalltau(each, truth[each.index])[0] for name, each in estimates.items()})
        regret.append({name: 1 - truth[each.idxmax()] / truth.max() for name, each in estimates.items()})
    tau, regret = pd.DataFrame(tau), pd.DataFrame(regret)
    assert (tau["logged"] >= tau["naive"] + 0.3).all() and tau["logged"].mean() >= 0.6
    assert (regret["logged"] < 0.02).all() and (regret["naive"] > 0.1).all()
    # Products are popular here because people like them more than because they are shown, and the guess takes that out.
    assert (tau["guessed"] < tau["naive"]).all()


def _dcg(lists, held, propensity):
    table = exposure_metrics(lists, held, propensity, n_bootstrap=0)
    return table[table["metric"] == "dcg"].set_index("model")["snips"]
