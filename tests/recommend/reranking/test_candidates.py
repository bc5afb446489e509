"""Lists as they come: ids of any kind, an index that repeats, rows in any order, and one re-ranker after another."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from personakit.errors import DataError
from personakit.recommend import (
    EASE,
    AtMostPerList,
    FrequencyCap,
    InStock,
    apply_rules,
    calibrate,
    diversify,
    limit_exposure,
    list_diversity,
    miscalibration,
)

KINDS = {
    "mixed": lambda ids: ids.map(lambda name: int(name[1:]) if int(name[1:]) % 2 else name),
    "numbers": lambda ids: ids.str[1:].astype(int),
    "times": lambda ids: pd.Timestamp("2025-01-01") + pd.to_timedelta(ids.str[1:].astype(int), unit="D"),
    "categories": lambda ids: ids.astype("category"),
}


@pytest.fixture
def goods() -> pd.DataFrame:
    names = [f"p{product:02d}" for product in range(12)]
    rng = np.random.default_rng(4)
    return pd.DataFrame(
        {"product_id": names, "category": rng.choice(["x", "y", "z"], 12), "brand": rng.choice(["a", "b"], 12)}
    )


def every_step(lists, features, history, goods):
    shown = history.assign(timestamp=pd.Timestamp("2025-06-01"))
    rules = [InStock(goods["product_id"][1:]), AtMostPerList(goods, 3), FrequencyCap(shown, 1, 9, "2025-06-02")]
    return {
        "mmr": diversify(lists, features, 4),
        "dpp": diversify(lists, features, 4, method="dpp"),
        "calibrate": calibrate(lists, history, goods, 4),
        "rules": apply_rules(lists, rules, 4).lists,
        "dropped": apply_rules(lists, rules, 4).dropped,
        "exposure": limit_exposure(lists, goods, 4, minimum={"a": 0.4}, maximum={"b": 0.6}, tolerance=0.2),
    }


@pytest.mark.parametrize("kind", list(KINDS))
def test_ids_of_any_kind_give_the_same_lists(kind, candidates, features, goods):
    history = candidates.groupby("customer_id").head(3)[["customer_id", "product_id"]]
    expected = every_step(candidates, features, history, goods)
    change = KINDS[kind]
    name = dict(zip(goods["product_id"], change(goods["product_id"]), strict=True))
    found = every_step(
        candidates.assign(product_id=change(candidates["product_id"])),
        features.set_axis(pd.Index([name[one] for one in features.index])),
        history.assign(product_id=change(history["product_id"])),
        goods.assign(product_id=change(goods["product_id"])),
    )
    for step, lists in expected.items():
        assert found[step]["product_id"].tolist() == [name[one] for one in lists["product_id"]], step
        assert found[step]["customer_id"].tolist() == lists["customer_id"].tolist(), step


def test_an_index_that_repeats_and_categories_of_customers_do_no_harm(candidates, features, goods):
    history = candidates.groupby("customer_id").head(3)[["customer_id", "product_id"]]
    expected = every_step(candidates, features, history, goods)
    parts = [own for _, own in candidates.groupby("customer_id", sort=False)]
    again = pd.concat([own.reset_index(drop=True) for own in parts])
    again["customer_id"] = again["customer_id"].astype("category")
    for step, lists in every_step(again, features, history, goods).items():
        assert lists["product_id"].tolist() == expected[step]["product_id"].tolist(), step


def test_a_customer_s_list_does_not_depend_on_who_else_is_asked_for(candidates, features, goods):
    history = candidates.groupby("customer_id").head(3)[["customer_id", "product_id"]]
    one = candidates[candidates["customer_id"] == 94]
    for alone, together in (
        (diversify(one, features, 5), diversify(candidates, features, 5)),
        (calibrate(one, history, goods, 5), calibrate(candidates, history, goods, 5)),
        (apply_rules(one, [AtMostPerList(goods, 2)]).lists, apply_rules(candidates, [AtMostPerList(goods, 2)]).lists),
    ):
        hers = together[together["customer_id"] == 94].reset_index(drop=True)
        pd.testing.assert_frame_equal(alone, hers)


def test_scores_come_through_one_re_ranker_for_the_next(candidates, features, goods):
    history = candidates.groupby("customer_id").head(3)[["customer_id", "product_id"]]
    ruled = apply_rules(candidates, [AtMostPerList(goods, 4)], k=None).lists
    mixed = calibrate(ruled, history, goods, 6, trade_off=0.5)
    final = diversify(mixed, features, 3, trade_off=0.5)
    merged = final.merge(candidates, on=["customer_id", "product_id"], suffixes=("", "_then"))
    assert len(merged) == len(final) == 18
    assert (merged["score"] == merged["score_then"]).all()


def test_movielens_lists_become_more_diverse_and_better_calibrated(movielens_100k, real_data):
    genres = pd.read_csv(real_data("ml-100k") / "u.item", sep="|", encoding="latin-1", header=None)
    features = genres.iloc[:, 5:24].astype(float).set_axis(pd.Index(genres[0], name="product_id"))
    kinds = features.reset_index().melt("product_id", var_name="category").query("value > 0")
    lists = EASE(l2=600).fit(movielens_100k).recommend(k=100)
    top = lists[lists["rank"] <= 10]
    before, far = list_diversity(top, features).mean(), miscalibration(top, movielens_100k, kinds).mean()
    for method in ("mmr", "dpp"):
        found = diversify(lists, features, method=method)
        assert found["rank"].tolist() == list(range(1, 11)) * 943
        assert not found.duplicated(["customer_id", "product_id"]).any()
        assert list_diversity(found, features).mean() > before + 0.05
        assert found["score"].mean() > 0.75 * top["score"].mean()
    found = calibrate(lists, movielens_100k, kinds, trade_off=0.7)
    assert miscalibration(found, movielens_100k, kinds).mean() < far / 2
    assert found["score"].mean() > 0.85 * top["score"].mean()


@pytest.mark.parametrize("step", ["mmr", "calibrate", "exposure"])
def test_every_re_ranker_refuses_lists_that_are_none(step, candidates, features, goods):
    history = candidates[["customer_id", "product_id"]]
    rerank = {
        "mmr": lambda lists: diversify(lists, features),
        "calibrate": lambda lists: calibrate(lists, history, goods),
        "exposure": lambda lists: limit_exposure(lists, goods, 3, minimum={"a": 0.4}),
    }[step]
    for spoil, text in (
        (lambda x: x.assign(score="high"), "lists.score has 54 values that are no finite numbers"),
        (lambda x: pd.concat([x, x.tail(2)]), "a product twice in the lists of 1 customers"),
        (lambda x: x.assign(product_id=None), "lists.product_id has 54 missing values"),
        (lambda x: x.rename(columns={"customer_id": "user"}), r"lists has no column 'customer_id' \(columns: user"),
    ):
        with pytest.raises(DataError, match=text):
            rerank(spoil(candidates))
