"""On Larkspur methods rank as on real data: item-item models, then popularity, then chance; rating-SVD poorly."""

from itertools import pairwise

import pytest

from personakit.data import load_world
from personakit.recommend import EASE, ItemKNN, Popular, Random, SurpriseRecommender, evaluate


@pytest.fixture(scope="module")
def tables():
    return load_world().tables


def test_item_item_models_beat_popularity_and_popularity_beats_chance(tables):
    acts = tables["interactions"].query("event != 'return'")
    models = {"ease": EASE(l2=200), "knn": ItemKNN(), "popular": Popular(), "random": Random(random_state=0)}
    table = evaluate(models, acts, split="random", test_size=0.25, k=10).set_index("model")
    order = ["ease", "knn", "popular", "random"]
    for better, worse in pairwise(order):
        assert table.loc[better, "ndcg_low"] > table.loc[worse, "ndcg_high"], (better, worse)


def test_a_model_that_predicts_ratings_ranks_worse_than_popularity(tables):
    models = {"svd": SurpriseRecommender("SVD", random_state=0), "popular": Popular()}
    table = evaluate(models, tables["ratings"], split="random", test_size=0.25, k=10).set_index("model")
    assert table.loc["svd", "ndcg_high"] < table.loc["popular", "ndcg_low"]
