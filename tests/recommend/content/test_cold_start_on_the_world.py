"""On Larkspur, against held-out choices and against the truth: what content is good for, and what it is not."""

import numpy as np
import pandas as pd
import pytest

from personakit.recommend import (
    EASE,
    ContentRecommender,
    FeatureAugmented,
    Popular,
    SegmentPopular,
    SwitchingHybrid,
    WeightedHybrid,
    evaluate,
    quality_by_history,
    split_interactions,
)


@pytest.fixture(scope="module")
def acts(world) -> pd.DataFrame:
    return world.tables["interactions"].query("event != 'return'")


def true_mean(lists: pd.DataFrame, value: pd.DataFrame) -> np.ndarray:
    rows, columns = value.index.get_indexer(lists["customer_id"]), value.columns.get_indexer(lists["product_id"])
    return lists.assign(value=value.to_numpy()[rows, columns]).groupby("customer_id")["value"].mean()


@pytest.mark.parametrize("model", ["content", "augmented"])
def test_among_new_products_content_finds_those_that_a_customer_truly_likes(world, acts, true_value, model):
    products = world.tables["products"]
    made = {"content": ContentRecommender(products), "augmented": FeatureAugmented(products, l2=200)}[model]
    train, test = split_interactions(acts, split="cold_items", test_size=0.2, random_state=5)
    new = test["product_id"].unique()
    lists = made.fit(train).recommend(train["customer_id"].unique(), k=10, candidates=new)
    assert Popular().fit(train).recommend(candidates=new).empty  # behaviour alone has nothing to say of them
    gained = true_mean(lists, true_value) - true_value.loc[lists["customer_id"].unique(), new].mean(axis=1)
    error = gained.std() / np.sqrt(len(gained))
    assert gained.mean() - 3 * error > 0.05  # chance gives 0.13: nearly half as much again, at the least


def test_content_beside_behaviour_costs_known_products_nothing(world, acts):
    augmented = FeatureAugmented(world.tables["products"], l2=200, content_weight=10)
    table = evaluate({"ease": EASE(l2=200), "augmented": augmented}, acts, n_bootstrap=200).set_index("model")
    assert table.loc["augmented", "ndcg_gain_low"] > -0.005


def test_the_hand_over_is_never_far_from_the_better_of_the_two(world, acts, true_value):
    segment = SegmentPopular(world.tables["customers"], by=["age_band", "gender"])
    first = WeightedHybrid({"content": ContentRecommender(world.tables["products"]), "popular": segment}, [0.3, 0.7])
    models = {"popular": segment, "ease": EASE(l2=200), "hybrid": SwitchingHybrid(EASE(l2=200), first)}
    table = quality_by_history(models, acts, histories=(0, 2, 20), value=true_value, n_bootstrap=0, random_state=5)
    quality = table.pivot(index="model", columns="history", values="value")
    assert quality.loc["popular", 2] > quality.loc["ease", 2] + 0.05  # little is known: what all like is better
    assert quality.loc["ease", 20] > quality.loc["popular", 20] + 0.02  # and then it is not
    assert (quality.loc["hybrid"] > quality.loc[["popular", "ease"]].max() - 0.015).all()
