"""Calibration against all subsets, the divergence by hand and by SciPy, and what is refused."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import entropy

from personakit.errors import ConsentError, DataError, ParameterError
from personakit.recommend import calibrate, miscalibration


def make_case(make_candidates, seed: int, n_customers: int = 1) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(seed)
    lists = make_candidates(n_customers, seed=seed)
    names = [f"p{product:02d}" for product in range(12)]
    goods = pd.DataFrame({"product_id": names, "category": rng.choice(["tea", "ware", "book"], 12)})
    history = pd.DataFrame(
        {"customer_id": np.repeat(lists["customer_id"].unique(), 5), "product_id": rng.choice(names, 5 * n_customers)}
    )
    return lists, history, goods


class Objective:
    """trade_off * mean relevance - (1 - trade_off) * KL for one customer, straight from the definition."""

    def __init__(self, lists, history, goods, trade_off, smoothing=0.01):
        self.category = dict(zip(goods["product_id"], goods["category"], strict=True))
        bought = [self.category[product] for product in history["product_id"]]
        self.wanted = {name: bought.count(name) / len(bought) for name in set(bought)}
        low, high = lists["score"].min(), lists["score"].max()
        self.relevance = dict(zip(lists["product_id"], (lists["score"] - low) / (high - low), strict=True))
        self.trade_off, self.smoothing = trade_off, smoothing

    def smoothed(self, chosen, name):
        share = [self.category[product] for product in chosen].count(name) / len(chosen)
        return (1 - self.smoothing) * share + self.smoothing * self.wanted[name]

    def divergence(self, chosen):
        return sum(p * np.log(p / self.smoothed(chosen, name)) for name, p in self.wanted.items())

    def __call__(self, chosen):
        relevance = np.mean([self.relevance[product] for product in chosen])
        return self.trade_off * relevance - (1 - self.trade_off) * self.divergence(chosen)

    def gained(self, chosen, k):
        """The monotone submodular function behind it: equal to the value of lists of k up to a constant."""
        spread = sum(p * np.log(len(chosen) * self.smoothed(chosen, name)) for name, p in self.wanted.items())
        return self.trade_off * sum(self.relevance[product] for product in chosen) / k + (1 - self.trade_off) * spread


@pytest.mark.parametrize("trade_off", [0.2, 0.5, 0.8])
def test_greedy_is_near_the_best_of_all_subsets(trade_off, make_candidates):
    equal, k = 0, 4
    for seed in range(10):
        lists, history, goods = make_case(make_candidates, seed)
        found = calibrate(lists, history, goods, k, trade_off=trade_off)["product_id"].tolist()
        value = Objective(lists, history, goods, trade_off)
        every = list(combinations(lists["product_id"], k))
        best = max(value(chosen) for chosen in every)
        equal += value(found) >= best - 1e-9
        assert value(found) >= best - 0.05
        # the guarantee of Nemhauser, Wolsey and Fisher 1978, for what is added to the first product
        first = value.gained(found[:1], k)
        beyond = max(value.gained(chosen, k) for chosen in every if found[0] in chosen) - first
        assert value.gained(found, k) - first >= (1 - 1 / np.e) * beyond - 1e-9
    assert equal >= 6  # and mostly it is the best itself


def test_each_step_takes_what_raises_the_objective_most(make_candidates):
    lists, history, goods = make_case(make_candidates, 3)
    value = Objective(lists, history, goods, 0.6)
    chosen: list[str] = []
    by_score = lists.sort_values(["score", "product_id"], ascending=[False, True])["product_id"]
    for _ in range(5):
        rest = [product for product in by_score if product not in chosen]
        chosen.append(max(rest, key=lambda product: round(value.gained([*chosen, product], 5), 12)))
    assert calibrate(lists, history, goods, 5, trade_off=0.6)["product_id"].tolist() == chosen


def test_the_measure_is_steck_s_divergence(make_candidates):
    lists, history, goods = make_case(make_candidates, 1, n_customers=4)
    top = lists.groupby("customer_id", sort=False).head(5)
    found = miscalibration(top, history, goods)
    for customer, own in top.groupby("customer_id"):
        hers = history[history["customer_id"] == customer]
        assert found[customer] == pytest.approx(Objective(own, hers, goods, 0.5).divergence(own["product_id"]))
    category = goods.set_index("product_id")["category"]
    own, hers = top[top["customer_id"] == 100], history[history["customer_id"] == 100]
    names = sorted(goods["category"].unique())
    p = category[hers["product_id"]].value_counts(normalize=True).reindex(names).fillna(0.0)
    q = category[own["product_id"]].value_counts(normalize=True).reindex(names).fillna(0.0)
    assert found[100] == pytest.approx(entropy(p, 0.99 * q + 0.01 * p))  # SciPy's


def test_the_same_mix_is_nought_and_none_of_it_is_the_most():
    goods = pd.DataFrame({"product_id": ["a", "b", "c"], "category": ["x", "y", "z"]})
    history = pd.DataFrame({"customer_id": [1, 1, 2], "product_id": ["a", "b", "a"]})
    lists = pd.DataFrame({"customer_id": [1, 1, 2], "product_id": ["a", "b", "c"], "score": 1.0})
    found = miscalibration(lists, history, goods)
    assert found[1] == 0.0
    assert found[2] == pytest.approx(-np.log(0.01))


def test_a_product_of_two_categories_counts_half_for_each():
    goods = pd.DataFrame({"product_id": ["a", "a", "b", "c"], "category": ["x", "y", "x", "y"]})
    history = pd.DataFrame({"customer_id": 1, "product_id": ["b", "c"]})
    lists = pd.DataFrame({"customer_id": 1, "product_id": ["a"], "score": [1.0]})
    assert miscalibration(lists, history, goods)[1] == pytest.approx(0.0)
    assert miscalibration(lists, history, goods.iloc[[0, *range(4)]])[1] == pytest.approx(0.0)  # a row twice is one


def test_a_missing_category_is_a_group_of_its_own():
    goods = pd.DataFrame({"product_id": ["a", "b", "c"], "category": ["x", None, np.nan]})
    history = pd.DataFrame({"customer_id": 1, "product_id": ["b", "b"]})
    lists = pd.DataFrame({"customer_id": 1, "product_id": ["a", "c"], "score": [2.0, 1.0]})
    assert calibrate(lists, history, goods, 1, trade_off=0.1)["product_id"].tolist() == ["c"]


def test_relevance_alone_and_no_history_give_the_lists_by_score(make_candidates):
    lists, history, goods = make_case(make_candidates, 5, n_customers=3)
    by_score = lists.sort_values(["customer_id", "score"], ascending=False).groupby("customer_id", sort=False).head(4)
    found = calibrate(lists, history, goods, 4, trade_off=1.0)
    assert found["product_id"].tolist() == by_score["product_id"].tolist()
    stranger = history[history["customer_id"] != 100]
    found = calibrate(lists, stranger, goods, 4, trade_off=0.0)
    assert found.query("customer_id == 100")["product_id"].tolist() == by_score["product_id"].tolist()[:4]
    assert np.isnan(miscalibration(found, stranger, goods)[100])


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_order_of_rows_does_not_matter(seed, make_candidates):
    lists, history, goods = make_case(make_candidates, seed, n_customers=3)
    found = calibrate(lists, history, goods, 4, trade_off=0.3)
    shuffled = calibrate(
        lists.groupby("customer_id", sort=False, group_keys=False).sample(frac=1, random_state=seed),
        history.sample(frac=1, random_state=seed),
        goods.sample(frac=1, random_state=seed),
        4,
        trade_off=0.3,
    )
    pd.testing.assert_frame_equal(shuffled, found)
    assert not found.duplicated(["customer_id", "product_id"]).any()


def test_the_mix_comes_nearer_as_the_trade_off_moves(make_candidates):
    lists, history, goods = make_case(make_candidates, 0, n_customers=60)
    far = [
        miscalibration(calibrate(lists, history, goods, 4, trade_off=share), history, goods).mean()
        for share in (1.0, 0.8, 0.5, 0.0)
    ]
    assert far[0] > 2 * far[1] > 2 * far[2] >= 2 * far[3]


def test_blocks_change_nothing_and_parts_add_up(make_candidates, monkeypatch):
    lists, history, goods = make_case(make_candidates, 8, n_customers=5)
    found = calibrate(lists, history, goods, 4, reasons=True)
    monkeypatch.setattr("personakit.recommend.reranking.calibration.DEFAULT_MEMORY", 1)
    pd.testing.assert_frame_equal(calibrate(lists, history, goods, 4, reasons=True), found)
    far = miscalibration(found, history, goods)
    total = found.groupby("customer_id")["calibration_part"].sum()
    # the parts are of sums over the list, the divergence of means: log 4 apart
    assert (0.3 * (np.log(4) - far)).to_dict() == pytest.approx(total.reindex(far.index).to_dict())


def test_few_candidates_no_candidates_and_the_purpose(make_candidates):
    lists, history, goods = make_case(make_candidates, 2)
    lists.attrs["purpose"] = "recommendations"
    found = calibrate(lists, history, goods, 50)
    assert sorted(found["product_id"]) == sorted(lists["product_id"])
    assert found.attrs == {"purpose": "recommendations"}
    assert calibrate(lists.head(0), history, goods).empty
    history.attrs["purpose"] = "marketing_email"
    with pytest.raises(ConsentError, match="history was released for 'marketing_email'"):
        calibrate(lists, history, goods)


@pytest.mark.parametrize(
    ("change", "error", "text"),
    [
        ({"trade_off": -0.1}, ParameterError, "trade_off is -0.1. Give a number from 0 to 1"),
        ({"smoothing": 0.0}, ParameterError, "smoothing is 0.0. Give a number between 0 and 1"),
        ({"k": -1}, ParameterError, "k.*-1.*the length of the lists"),
        ({"category": "genre"}, DataError, "categories has no column 'genre'"),
        ({"goods": lambda g: g.iloc[:0]}, DataError, "categories has no rows"),
        ({"goods": lambda g: g.iloc[6:]}, DataError, r"categories lacks \d of the product_ids in the lists \(p0"),
        ({"history": lambda h: h.assign(product_id="gone")}, DataError, r"categories lacks 1 .*\(gone\)"),
        (
            {"history": lambda h: h.assign(product_id="zz")},
            DataError,
            r"categories lacks 1 of the product_ids in the hi",
        ),
        ({"smoothing": "little"}, ParameterError, "smoothing is 'little'. Give a number between 0 and 1"),
        ({"history": lambda h: h.assign(customer_id="100")}, DataError, "customer_id is int in the lists .* and str"),
        ({"history": lambda h: h.drop(columns="product_id")}, DataError, "history has no column 'product_id'"),
        ({"lists": lambda x: x.assign(score=np.nan)}, DataError, "lists.score has 9 values that are no finite numbers"),
    ],
)
def test_wrong_input(change, error, text, make_candidates):
    lists, history, goods = make_case(make_candidates, 0)
    tables = {"lists": lists, "history": history, "goods": goods}
    for name in tables:
        if name in change:
            tables[name] = change[name](tables[name])
    settings_ = {name: value for name, value in change.items() if name not in tables}
    with pytest.raises(error, match=text):
        calibrate(tables["lists"], tables["history"], tables["goods"], **settings_)
