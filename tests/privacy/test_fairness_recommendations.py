"""Fairness of recommendations: known answers by hand and by plain loops, and the world's recommender audited."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon
from sklearn.base import clone

from personakit.errors import ConsentError, DataError, NotFittedError, ParameterError, UnknownNameError
from personakit.privacy import ExposureReranker, fair_recommendations, fairness_of_recommendations
from personakit.recommend import EASE, ranking_metrics, split_interactions
from personakit.world import World

QUICK = {"n_bootstrap": 100, "n_permutations": 50}
GROUP = pd.Series(["a", "b"] * 20, name="g")


def random_case(seed, n=40, n_items=30, k=5):
    random = np.random.default_rng(seed)
    lists = pd.DataFrame(
        [(c, p, r + 1) for c in range(n) for r, p in enumerate(random.choice(n_items, k, replace=False))],
        columns=["customer_id", "product_id", "rank"],
    )
    wanted = pd.DataFrame(
        [(c, p) for c in range(n) for p in random.choice(n_items, random.integers(1, 9), replace=False)],
        columns=["customer_id", "product_id"],
    )
    goods = pd.DataFrame({"product_id": range(n_items), "category": np.array(list("xyz"))[np.arange(n_items) % 3]})
    return lists, wanted, goods.assign(price=random.uniform(1, 50, n_items))


def column(report, metric):
    rows = report.by_group[report.by_group["metric"] == metric]
    return dict(zip(rows["group"], rows["value"], strict=True))


def by_group(values, group=GROUP):
    return pd.Series(values).groupby(group).mean().to_dict()


# Known answers


@pytest.mark.parametrize("seed", range(3))
def test_quality_is_that_of_the_recommend_room(seed):
    lists, wanted, _ = random_case(seed)
    audit = fairness_of_recommendations(lists, GROUP, relevant=wanted, k=4, **QUICK)
    expected = ranking_metrics(lists, wanted, k=4).groupby(GROUP).mean()
    assert column(audit, "ndcg") == pytest.approx(expected["ndcg"].to_dict())
    assert column(audit, "hit_rate") == pytest.approx(expected["hit_rate"].to_dict())
    assert column(audit, "n_relevant") == pytest.approx(by_group(wanted.groupby("customer_id").size()))


def test_price_novelty_and_taste_are_those_of_plain_loops():
    lists, history, goods = random_case(5)
    audit = fairness_of_recommendations(lists, GROUP, products=goods, history=history, k=5, **QUICK)
    price = lists["product_id"].map(goods.set_index("product_id")["price"])
    assert column(audit, "mean_price") == pytest.approx(by_group(price.groupby(lists["customer_id"]).mean()))
    knowing = history.groupby("product_id")["customer_id"].nunique()
    bits = lists["product_id"].map(lambda product: -np.log2(knowing[product] / 40))
    assert column(audit, "novelty") == pytest.approx(by_group(bits.groupby(lists["customer_id"]).mean()))
    kind = goods.set_index("product_id")["category"]
    apart = {}
    for customer in range(40):
        p, q = (
            [(kind[each.loc[each["customer_id"] == customer, "product_id"]] == name).sum() for name in "xyz"]
            for each in (history, lists)
        )
        apart[customer] = jensenshannon(p, q, base=2) ** 2
    assert column(audit, "taste_gap") == pytest.approx(by_group(apart))


def test_exposure_by_hand():
    """Two places, weights 1 and 1 / log2(3); product 1 of group x is always first, and half of what is relevant."""
    lists = pd.DataFrame({"customer_id": np.repeat(range(40), 2), "product_id": [1, 2] * 40, "rank": [1, 2] * 40})
    goods = pd.DataFrame({"product_id": [1, 2, 3, 4], "category": ["x", "y", "y", "y"]})
    wanted = pd.DataFrame({"customer_id": range(40), "product_id": [1, 2] * 20})
    audit = fairness_of_recommendations(lists, GROUP, relevant=wanted, products=goods, k=2, **QUICK)
    first = 1 / (1 + 1 / np.log2(3))
    assert column(audit, "exposure_share") == pytest.approx({"x": first, "y": 1 - first})
    assert column(audit, "exposure_to_catalogue") == pytest.approx({"x": first / 0.25, "y": (1 - first) / 0.75})
    assert column(audit, "exposure_to_merit") == pytest.approx({"x": first / 0.5, "y": (1 - first) / 0.5})
    gaps = audit.gaps.set_index(["attribute", "metric"]).loc[("category (products)", "exposure_to_merit")]
    assert gaps["ratio"] == pytest.approx((1 - first) / first)


def test_a_group_of_products_that_is_never_shown_has_no_exposure_and_is_listed():
    lists = pd.DataFrame({"customer_id": range(40), "product_id": 1, "rank": 1})
    wanted = pd.DataFrame({"customer_id": range(40), "product_id": 2})
    goods = pd.DataFrame({"product_id": [1, 2], "category": ["x", None]})
    audit = fairness_of_recommendations(lists, GROUP, relevant=wanted, products=goods, **QUICK)
    assert column(audit, "exposure_share") == {"x": 1.0, "(not stated)": 0.0}
    assert np.isnan(column(audit, "exposure_to_merit")["x"])


def test_variety_is_the_mean_over_all_sets_of_ten_customers():
    lists, _, _ = random_case(7, n=24, k=3)
    group = pd.Series(["a"] * 13 + ["b"] * 11, name="g")
    audit = fairness_of_recommendations(lists, group, k=3, **QUICK)
    shown = lists.groupby("customer_id")["product_id"].agg(set)
    for name, members in (("a", range(13)), ("b", range(13, 24))):
        expected = np.mean([len(set.union(*shown[list(ten)])) / 30 for ten in combinations(members, 10)])
        assert column(audit, "variety")[name] == pytest.approx(expected)


def test_a_customer_without_a_list_has_a_quality_of_nought_and_is_not_dropped():
    lists, wanted, _ = random_case(1)
    audit = fairness_of_recommendations(lists[lists["customer_id"] >= 10], GROUP, relevant=wanted, k=5, **QUICK)
    whole = fairness_of_recommendations(lists, GROUP, relevant=wanted, k=5, **QUICK)
    assert audit.by_group["n"].max() == 20
    assert column(audit, "ndcg")["a"] < column(whole, "ndcg")["a"]
    assert column(audit, "list_length")["a"] == pytest.approx(5 * 15 / 20)


@settings(max_examples=20)
@given(st.permutations(range(200)))
def test_the_order_of_rows_does_not_matter(order):
    lists, wanted, goods = random_case(2)
    more = {"products": goods, "k": 5, "n_bootstrap": 40, "n_permutations": 10}
    one = fairness_of_recommendations(lists, GROUP, relevant=wanted, history=wanted, **more)
    other = fairness_of_recommendations(
        lists.iloc[list(order)], GROUP[::-1], relevant=wanted[::-1], history=wanted[::-1], **more
    )
    pd.testing.assert_frame_equal(one.by_group, other.by_group, check_exact=False, rtol=1e-9)
    pd.testing.assert_frame_equal(one.gaps, other.gaps, check_exact=False, rtol=1e-6)


def test_ranks_beyond_k_are_ignored_and_scores_are_ranked():
    lists, wanted, _ = random_case(3)
    scored = lists.assign(score=-lists["rank"]).drop(columns="rank")
    one = fairness_of_recommendations(lists[lists["rank"] <= 3], GROUP, relevant=wanted, k=3, **QUICK)
    for other in (lists, scored):
        audit = fairness_of_recommendations(other, GROUP, relevant=wanted, k=3, **QUICK)
        pd.testing.assert_frame_equal(audit.by_group, one.by_group)


def test_metrics_can_be_named_of_customers_and_of_products():
    lists, wanted, goods = random_case(3)
    audit = fairness_of_recommendations(
        lists, GROUP, relevant=wanted, products=goods, metrics=["ndcg", "exposure_to_merit"], k=5, **QUICK
    )
    assert set(audit.by_group["metric"]) == {"ndcg", "exposure_to_merit"}


# Bad input


@pytest.mark.parametrize("k", [0, -1, 2.5, True, "ten"])
def test_k_below_one_is_refused(k):
    with pytest.raises(ParameterError, match=r"k=.*: give a whole number from 1, the length of the lists"):
        fairness_of_recommendations(random_case(0)[0], GROUP, k=k)


def test_lists_that_are_none_are_refused():
    lists, wanted, goods = random_case(0)
    with pytest.raises(DataError, match=r"neither rank nor score \(it has customer_id, product_id\)"):
        fairness_of_recommendations(lists.drop(columns="rank"), GROUP)
    with pytest.raises(DataError, match=r"rank has 200 values that are not 1, 2, 3 .* The best place is 1"):
        fairness_of_recommendations(lists.assign(rank=0), GROUP)
    with pytest.raises(DataError, match=r"a product twice in the lists of 40 customers \(customer_id 0, 1, 2, ...\)"):
        fairness_of_recommendations(pd.concat([lists, lists]), GROUP)
    with pytest.raises(DataError, match="a rank twice in the lists of 40 customers"):
        fairness_of_recommendations(lists.assign(rank=1), GROUP)
    with pytest.raises(DataError, match="recommendations has no column product_id"):
        fairness_of_recommendations(lists.drop(columns="product_id"), GROUP)
    with pytest.raises(DataError, match="relevant is empty"):
        fairness_of_recommendations(lists, GROUP, relevant=wanted.iloc[:0])
    with pytest.raises(DataError, match=r"customer_id is int\w* in relevant|customer_id is str in relevant"):
        fairness_of_recommendations(lists, GROUP, relevant=wanted.astype({"customer_id": str}))
    with pytest.raises(DataError, match=r"product_id is .* in relevant .* so none is found"):
        fairness_of_recommendations(lists, GROUP, relevant=wanted.astype({"product_id": str}))
    with pytest.raises(DataError, match=r"products lacks \d+ of the products in the lists"):
        fairness_of_recommendations(lists, GROUP, products=goods.iloc[:3])
    with pytest.raises(DataError, match=r"product_id is str in history"):
        fairness_of_recommendations(lists, GROUP, history=wanted.astype({"product_id": str}))
    with pytest.raises(DataError, match="products has a product_id twice"):
        fairness_of_recommendations(lists, GROUP, products=pd.concat([goods, goods]))
    with pytest.raises(UnknownNameError, match=r"neither 'brand' nor price \(it has product_id, category\)"):
        fairness_of_recommendations(lists, GROUP, products=goods.drop(columns="price"), item_group="brand")


# Reranking


def candidates(seed=0, n=300, n_items=40, per_list=20):
    random = np.random.default_rng(seed)
    goods = pd.DataFrame({"product_id": range(n_items), "category": np.where(np.arange(n_items) < 10, "own", "other")})
    score = random.normal(size=(n, n_items)) - 1.0 * (np.arange(n_items) < 10)
    best = np.argsort(-score, axis=1)[:, :per_list]
    lists = pd.DataFrame({"customer_id": np.repeat(range(n), per_list), "product_id": best.ravel()})
    return lists.assign(score=np.take_along_axis(score, best, axis=1).ravel()), goods


def test_the_reranker_reaches_its_target_on_customers_that_it_has_not_seen():
    lists, goods = candidates(n=3000)
    train, held = lists[lists["customer_id"] < 1500], lists[lists["customer_id"] >= 1500]
    model = ExposureReranker(target={"own": 0.25, "other": 0.75}, k=5).fit(train, goods)
    assert model.before_["own"] < 0.15
    assert model.reached_["own"] == pytest.approx(0.25, abs=0.005)
    made = model.rerank(held)
    weight = 1 / np.log2(made["rank"] + 1)
    share = weight[made["product_id"] < 10].sum() / weight.sum()
    assert share == pytest.approx(0.25, abs=0.02)
    assert made.groupby("customer_id")["rank"].agg(["min", "max", "size"]).eq([1, 5, 5]).all(axis=None)
    assert not made.duplicated(["customer_id", "product_id"]).any()


def test_within_a_group_of_products_the_order_stays_and_without_strength_nothing_changes():
    lists, goods = candidates(1)
    ranked = lists.assign(place=lists.groupby("customer_id")["score"].rank(ascending=False))
    same = ExposureReranker(strength=0.0, k=5).fit(lists, goods).rerank(lists)
    top = ranked[ranked["place"] <= 5].sort_values(["customer_id", "place"])
    assert same["product_id"].tolist() == top["product_id"].tolist()
    made = ExposureReranker(k=5).fit(lists, goods).rerank(lists).merge(ranked, on=["customer_id", "product_id"])
    for _, rows in made.groupby(["customer_id", made["product_id"] < 10]):
        assert rows.sort_values("rank")["place"].is_monotonic_increasing


def test_the_bonuses_lose_no_more_relevance_than_any_other_lists_of_the_same_exposure():
    """The linear programme of Singh and Joachims over all customers at once, solved by SciPy, is the known answer."""
    from scipy.optimize import linprog

    lists, goods = candidates(2, n=60, n_items=8, per_list=8)
    goods["category"] = np.where(goods["product_id"] < 3, "own", "other")
    model = ExposureReranker(target={"own": 0.35, "other": 0.65}, k=2, n_rounds=1000).fit(lists, goods)
    made = model.rerank(lists)
    low, high = (lists.groupby("customer_id")["score"].transform(each) for each in ("min", "max"))
    scaled = lists.assign(score=(lists["score"] - low) / (high - low)).pivot(
        index="customer_id", columns="product_id", values="score"
    )
    weight = 1 / np.log2(np.array([2, 3]))
    value = np.einsum("cp,r->cpr", scaled.to_numpy(), weight).ravel()
    exposure = np.einsum("c,p,r->cpr", np.ones(60), (np.arange(8) < 3).astype(float), weight).ravel()
    place = np.zeros((120, 60, 8, 2))
    product = np.zeros((480, 60, 8, 2))
    for c in range(60):
        for r in range(2):
            place[2 * c + r, c, :, r] = 1
        for p in range(8):
            product[8 * c + p, c, p, :] = 1
    share = (1 / np.log2(made["rank"] + 1))[made["product_id"] < 3].sum() / (60 * weight.sum())
    solved = linprog(
        -value, A_ub=product.reshape(480, -1), b_ub=np.ones(480),
        A_eq=np.vstack([place.reshape(120, -1), exposure]), b_eq=[*np.ones(120), share * 60 * weight.sum()],
        bounds=(0, 1),
    )  # fmt: skip
    kept = made.merge(scaled.stack().rename("plain").reset_index(), on=["customer_id", "product_id"])
    got = (kept["plain"] / np.log2(kept["rank"] + 1)).sum()
    assert share == pytest.approx(0.35, abs=0.01)
    assert got == pytest.approx(-solved.fun, rel=1e-6)


def test_the_reranker_is_cloned_and_fitted_again_to_the_same_bonuses():
    lists, goods = candidates()
    model = ExposureReranker("category", target="catalogue", strength=0.5, k=5).fit(lists, goods)
    again = clone(model).fit(lists.sample(frac=1, random_state=0), goods[::-1])
    pd.testing.assert_series_equal(again.bonus_, model.bonus_)


def test_what_cannot_be_reranked_is_refused():
    lists, goods = candidates()
    with pytest.raises(NotFittedError, match=r"not fitted yet. Call fit\(candidates, products\) first"):
        ExposureReranker().rerank(lists)
    with pytest.raises(DataError, match=r"no more than 20 products for any customer.*such as k=100"):
        ExposureReranker(k=20).fit(lists, goods)
    with pytest.raises(UnknownNameError, match="target names third, but the groups are other, own"):
        ExposureReranker(target={"third": 1.0}).fit(lists, goods)
    with pytest.raises(ParameterError, match=r"target sums to 0.5. Give shares"):
        ExposureReranker(target={"own": 0.5}).fit(lists, goods)
    with pytest.raises(UnknownNameError, match=r"target is 'fair'. Use 'catalogue'"):
        ExposureReranker(target="fair").fit(lists, goods)
    with pytest.raises(ParameterError, match="strength=2: give a number from 0 to 1"):
        ExposureReranker(strength=2).fit(lists, goods)
    with pytest.raises(ParameterError, match="k=0"):
        ExposureReranker(k=0).fit(lists, goods)
    with pytest.raises(UnknownNameError, match=r"products has no 'brand' or no product_id"):
        ExposureReranker("brand").fit(lists, goods)
    with pytest.raises(DataError, match=r"products lacks \d+ of the candidates"):
        ExposureReranker().fit(lists, goods.iloc[:10])
    with pytest.raises(DataError, match=r"candidates.score has 6000 values that are no finite numbers"):
        ExposureReranker().fit(lists.assign(score=np.nan, rank=lists.groupby("customer_id").cumcount() + 1), goods)
    with pytest.raises(DataError, match="relevant has nothing for the customers held out"):
        fair_recommendations(lists, goods, pd.DataFrame({"customer_id": [9999], "product_id": [1]}))


def test_the_reranker_keeps_to_the_purpose_of_its_data():
    lists, goods = candidates()
    lists.attrs["purpose"] = "recommendations"
    model = ExposureReranker(k=5).fit(lists, goods)
    other = lists.copy()
    other.attrs["purpose"] = "marketing_email"
    with pytest.raises(ConsentError, match="learnt from data released for 'recommendations'"):
        model.rerank(other)


def test_candidates_that_cannot_reach_the_target_are_named():
    lists, goods = candidates()
    wanted = lists.groupby("customer_id").head(2)
    made = fair_recommendations(lists, goods, wanted, target={"own": 1.0}, k=10, strengths=[1.0], n_bootstrap=50)
    assert "the candidates do not reach the target" in made.warnings[0]
    assert "Give longer lists" in made.summary


# The world


@pytest.fixture(scope="module")
def shop():
    world = World(1500, 300, random_state=21)
    seen = world.tables["interactions"]
    train, test = split_interactions(seen[seen["event"] != "return"])
    lists = EASE(l2=200).fit(train).recommend(None, k=60)
    people = world.tables["customers"].set_index("customer_id")[["age_band", "gender"]]
    how_much = train.groupby("customer_id")["product_id"].nunique().reindex(people.index)
    people["activity"] = pd.qcut(how_much, 3, labels=["light", "middle", "heavy"])
    return world, train, test[test["customer_id"].isin(lists["customer_id"])], lists, people


def test_the_worlds_recommender_serves_the_active_better_and_age_groups_alike(shop):
    world, train, test, lists, people = shop
    audit = fairness_of_recommendations(
        lists, people, relevant=test, history=train, products=world.tables["products"], item_group="department"
    )
    gaps = audit.gaps.set_index(["attribute", "metric"])
    active = gaps.loc[("activity", "ndcg")]
    assert (active["highest"], active["gap_p_holm"] < 0.05) == ("heavy", True)
    assert active["difference_low"] > 0.05
    assert gaps.loc[("age_band", "ndcg"), "difference"] < 2.5 * gaps.loc[("age_band", "ndcg"), "gap_if_equal"]


def test_reranking_moves_the_worlds_exposure_to_the_target_and_says_what_it_costs(shop):
    world, _, test, lists, _ = shop
    made = fair_recommendations(
        lists, world.tables["products"], test, item_group="department", strengths=[0.5, 1.0], n_bootstrap=200
    )
    gap, loss = made.frontier["gap"], made.frontier["loss"]
    assert made.frontier["setting"].tolist() == [0.0, 0.5, 1.0]
    assert gap.is_monotonic_decreasing
    assert gap.iloc[2] < 0.5 * gap.iloc[0]
    assert loss.iloc[2] < 0.03
    assert made.output["rank"].max() == 10
    assert "nDCG@10 changes from" in made.summary
