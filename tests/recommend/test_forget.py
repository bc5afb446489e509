"""Exact unlearning: a model that forgets customers is the model that was never trained on them."""

from __future__ import annotations

import copy

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from personakit.errors import DataError, NotFittedError
from personakit.recommend import (
    EASE,
    SLIM,
    ItemKNN,
    NextItem,
    Popular,
    Random,
    SurpriseRecommender,
    downdating,
    forgetting,
)

WEIGHTS = {"view": 0.3, "basket": 1.0, "purchase": 2.7}
MODELS = {
    "ease": lambda: EASE(l2=3.0),
    "ease, hardly any ridge": lambda: EASE(l2=1e-3),
    "ease, weighted": lambda: EASE(l2=3.0, event_weight=WEIGHTS),
    "ease, few products": lambda: EASE(l2=3.0, max_items=5, event_weight=WEIGHTS),
    "cosine": lambda: ItemKNN(),
    "cosine, few neighbours": lambda: ItemKNN(n_neighbors=2, shrinkage=1.5, event_weight=WEIGHTS),
    "jaccard": lambda: ItemKNN("jaccard", n_neighbors=3),
    "conditional": lambda: ItemKNN("conditional", n_neighbors=3),
    "lift": lambda: ItemKNN("lift", n_neighbors=3, shrinkage=0.5),
    "bm25": lambda: ItemKNN("bm25", n_neighbors=3, event_weight=WEIGHTS),
    "cosine, decaying": lambda: ItemKNN(n_neighbors=3, half_life_days=4.0, event_weight=WEIGHTS),
    "ease, decaying": lambda: EASE(l2=3.0, half_life_days=4.0, event_weight=WEIGHTS),
    "slim": lambda: SLIM(l1=0.1, l2=2.0, tol=1e-8, event_weight=WEIGHTS, half_life_days=4.0),
    "next item": lambda: NextItem(n_neighbors=3, event_weight=WEIGHTS, half_life_days=4.0),
    "next item, at once": lambda: NextItem(half_life_days=1e-3),
    "popular": lambda: Popular(event_weight=WEIGHTS),
    "popular, decaying": lambda: Popular(half_life_days=9.0, event_weight=WEIGHTS),
    "popular, decaying at once": lambda: Popular(half_life_days=1e-3),
    "random": lambda: Random(random_state=3),
}
SURPRISE = [
    ("KNNBasic", {}),
    ("KNNBasic", {"sim_options": {"name": "cosine", "user_based": False}}),
    ("KNNWithMeans", {"sim_options": {"name": "pearson", "user_based": False, "min_support": 2}}),
    ("KNNWithZScore", {"sim_options": {"name": "pearson", "user_based": True}}),
    ("KNNWithZScore", {"sim_options": {"user_based": False}}),
    ("KNNBaseline", {"sim_options": {"name": "msd", "user_based": False}, "bsl_options": {"method": "sgd"}}),
    ("KNNBaseline", {"sim_options": {"name": "pearson_baseline", "user_based": False}}),
]


def visits(pairs, seed=0):
    """Rows of the given (customer, product) pairs, with events and times by chance."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "customer_id": [customer for customer, _ in pairs],
            "product_id": [f"p{product}" for _, product in pairs],
            "event": rng.choice(["view", "basket", "purchase", "return"], len(pairs), p=[0.6, 0.2, 0.15, 0.05]),
            "timestamp": pd.Timestamp("2025-01-01") + pd.to_timedelta(rng.integers(0, 10**6, len(pairs)), unit="s"),
        }
    )


def learnt(model):
    """Everything that a model holds, but its parameters, as plain values."""
    state = {name: value for name, value in vars(model).items() if name not in model.get_params(deep=False)}
    plain = {}
    for name, value in state.items():
        if sparse.issparse(value):
            plain[name] = value.toarray()
        elif hasattr(value, "ids"):
            plain[name] = list(value.ids)
        elif name == "_estimates":  # arrays of `algorithm_`, which is looked into
            continue
        elif name == "algorithm_":
            inner = {key: part for key, part in vars(value).items() if key not in ("trainset", "xr", "yr")}
            plain |= {f"algorithm_.{key}": part for key, part in inner.items()}
            kept = ("ur", "ir", "n_users", "n_items", "n_ratings", "_raw2inner_id_users", "_raw2inner_id_items")
            plain |= {f"trainset.{key}": getattr(value.trainset, key) for key in kept}
        else:
            plain[name] = value
    return plain


def assert_same(one, other):
    held, wanted = learnt(one), learnt(other)
    assert held.keys() == wanted.keys()
    for name, value in wanted.items():
        if isinstance(value, np.ndarray):
            assert held[name].dtype == value.dtype, name
            exact = value.dtype.kind in "iub" or name == "seen_"
            np.testing.assert_allclose(held[name], value, rtol=0 if exact else 1e-9, atol=0 if exact else 1e-9)
        elif isinstance(value, tuple):
            for part, expected in zip(held[name], value, strict=True):
                np.testing.assert_array_equal(part, expected, err_msg=name)
        else:
            assert held[name] == value, name
    people = [*other.customers_.ids, "a stranger"]
    one_list, other_list = one.recommend(people, k=4), other.recommend(people, k=4)
    np.testing.assert_allclose(one_list["score"], other_list["score"], rtol=1e-9, atol=1e-9)
    # scores that are equal in exact arithmetic may differ in the last digit, and then swap places
    close = np.isclose(one_list["score"], other_list["score"].shift(-1), atol=1e-9) | np.isclose(
        one_list["score"], other_list["score"].shift(1), atol=1e-9
    )
    differ = one_list["product_id"].to_numpy() != other_list["product_id"].to_numpy()
    assert not (differ & ~close & (other_list["rank"] < 4)).any()


some_pairs = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 11)), min_size=1, max_size=70)


@pytest.mark.parametrize("name", MODELS)
@settings(max_examples=60)
@given(pairs=some_pairs, leave=st.sets(st.integers(0, 11), max_size=6), seed=st.integers(0, 3))
def test_forgetting_equals_never_having_learnt(name, pairs, leave, seed):
    rows = visits([*pairs, (20, 0), (20, 12)], seed).replace({"event": {"return": "view"}})
    left = rows[~rows["customer_id"].isin(leave)]
    assert_same(MODELS[name]().fit(rows).forget(leave), MODELS[name]().fit(left))


@pytest.mark.parametrize("name", MODELS)
def test_forgetting_one_by_one_equals_forgetting_at_once(name):
    rng = np.random.default_rng(5)
    rows = visits(list(zip(rng.integers(0, 60, 900), rng.integers(0, 40, 900), strict=True)))
    model = MODELS[name]().fit(rows)
    for customer in range(45):
        model.forget(customer)
    assert_same(model, MODELS[name]().fit(rows[rows["customer_id"] >= 45]))


@pytest.mark.parametrize("name", MODELS)
def test_mixed_ids_are_in_the_order_that_they_have_without_those_who_left(name):
    pairs = [(2, 0), (2, 1), (10, 1), (10, 2), (10, 3), ("x", 3), ("x", 1), (9, 2), (9, 0), ("x", 10), (9, 3)]
    rows = visits(pairs).assign(event="view")
    rows["product_id"] = pd.Series([7, 30, 7, 200, 9, "nine", 7, 200, 7, 8, 30], dtype=object)
    left = rows[rows["customer_id"] != "x"]
    assert_same(MODELS[name]().fit(rows).forget("x"), MODELS[name]().fit(left))


@pytest.mark.parametrize(("algorithm", "params"), SURPRISE)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_neighbourhoods_of_surprise_are_those_of_a_fit_without_them(algorithm, params, seed, make_ratings):
    ratings = make_ratings(14, 12, 75, seed=seed)
    only_hers = pd.DataFrame({"customer_id": [1000], "product_id": ["only hers"], "rating": [4.5]})
    ratings = pd.concat([only_hers, ratings], ignore_index=True)
    leave = [1000, 1000 - 7 * 3, 1000 - 7 * 11]
    fitted = SurpriseRecommender(algorithm, **params).fit(ratings)
    left = SurpriseRecommender(algorithm, **params).fit(ratings[~ratings["customer_id"].isin(leave)])
    forgot = fitted.forget(leave)
    np.testing.assert_array_equal(forgot.algorithm_.sim, left.algorithm_.sim)
    assert_same(forgot, left)
    assert "compute_similarities" not in vars(forgot.algorithm_)


@given(leave=st.sets(st.integers(0, 9), max_size=8), pairs=some_pairs, by_user=st.booleans())
@settings(max_examples=40)
def test_any_customers_can_leave_a_neighbourhood(leave, pairs, by_user):
    rows = visits(list(dict.fromkeys([*pairs, (20, 0), (20, 3)])))
    rows["rating"] = 1.0 + np.random.default_rng(len(rows)).integers(0, 5, len(rows))
    options = {"name": "cosine", "user_based": by_user}
    models = [SurpriseRecommender("KNNBasic", sim_options=options) for _ in range(2)]
    assert_same(models[0].fit(rows).forget(leave), models[1].fit(rows[~rows["customer_id"].isin(leave)]))


@pytest.mark.parametrize("name", MODELS)
def test_a_forgotten_customer_is_a_stranger_and_her_own_products_are_gone(name):
    rows = visits([(1, 1), (1, 99), (2, 1), (2, 2), (3, 2), (3, 3)]).assign(event="purchase")
    model = MODELS[name]().fit(rows)
    assert "p99" in model.products_ and model.knows(1)[0]
    model.forget(1)
    assert "p99" not in model.products_ and not model.knows(1)[0]
    popular = model.scores_ if isinstance(model, Popular) else model.popularity_
    assert model.recommend(1, k=9)["score"].tolist() == sorted(popular, reverse=True)
    assert model.recommend([1], candidates=["p99"]).empty
    assert model.held_about(1).empty
    assert model.forget(1) is model


@pytest.mark.parametrize("name", MODELS)
def test_when_everybody_is_forgotten_nothing_learnt_is_left(name):
    model = MODELS[name]().fit(visits([(1, 1), (2, 1)]).assign(event="view")).forget([1, 2])
    assert set(vars(model)) == set(model.get_params(deep=False))
    with pytest.raises(NotFittedError, match="recommend was called before fit"):
        model.recommend(1)


def test_nothing_is_left_of_a_neighbourhood_either(ratings):
    model = SurpriseRecommender("KNNBasic", k=5).fit(ratings)
    fresh = set(vars(SurpriseRecommender("KNNBasic", k=5)))
    assert set(vars(model.forget(ratings["customer_id"].unique()))) == fresh
    assert model.fit(ratings).knows(1000)[0]


def test_before_fit_there_is_nothing_to_forget():
    with pytest.raises(NotFittedError, match=r"EASE.forget was called before fit. Call EASE\(...\).fit"):
        EASE().forget(1)


@pytest.mark.parametrize("algorithm", ["SVD", "SVDpp", "NMF", "CoClustering", "BaselineOnly", "SlopeOne"])
def test_a_model_in_which_everybody_is_in_everything_cannot_forget_and_says_why(algorithm, whole_stars):
    model = SurpriseRecommender(algorithm)
    assert not hasattr(model, "forget")
    with pytest.raises(AttributeError, match="forget"):
        model.forget(1)


def test_a_failure_on_the_way_leaves_the_model_as_it_was(ratings, monkeypatch):
    model = EASE(l2=2.0).fit(ratings)
    before = copy.deepcopy(model)

    def fails(*_):
        raise MemoryError("no room")

    monkeypatch.setattr(forgetting.IdIndex, "encode", fails)
    with pytest.raises(MemoryError):
        model.forget(1000)
    monkeypatch.undo()
    assert_same(model, before)


def test_what_was_learnt_is_replaced_and_not_written_over(ratings):
    for model in (EASE(l2=2.0), ItemKNN(), Popular()):
        old = copy.copy(model.fit(ratings))
        state = copy.deepcopy(learnt(old))
        model.forget([1000, 993])
        for name, value in state.items():
            np.testing.assert_array_equal(learnt(old)[name], value)


def test_the_last_event_of_all_may_be_hers(ratings):
    last = ratings["customer_id"][ratings["timestamp"].idxmax()]
    left = ratings[ratings["customer_id"] != last]
    assert left["timestamp"].max() < ratings["timestamp"].max() or len(left) < len(ratings)
    forgot = Popular(half_life_days=0.2).fit(ratings).forget(last)
    np.testing.assert_allclose(forgot.scores_, Popular(half_life_days=0.2).fit(left).scores_, rtol=1e-9)
    assert forgot.scores_.max() > 0.5  # a score of nought would agree with anything


def test_the_purpose_stays_with_the_model(ratings):
    ratings.attrs["purpose"] = "recommendations"
    assert ItemKNN().fit(ratings).forget(1000).purpose_ == "recommendations"


def test_a_downdate_that_would_lose_digits_is_refused_and_solved_anew(monkeypatch):
    calls = []
    whole = downdating.downdated

    def watched(*given):
        calls.append(whole(*given))
        return calls[-1]

    monkeypatch.setattr("personakit.recommend.implicit.downdated", watched)
    rng = np.random.default_rng(2)
    rows = visits(list(zip(rng.integers(0, 80, 1500), rng.integers(0, 30, 1500), strict=True)))
    only_hers = visits([(99, 90), (99, 91)])
    rows = pd.concat([rows, only_hers], ignore_index=True)
    left = rows[rows["customer_id"] != 99]
    # without ridge her two products are one and the same, and the equation is all but singular once she has left
    assert_same(EASE(l2=1e-9).fit(rows).forget(99), EASE(l2=1e-9).fit(left))
    assert calls == [None]
    assert_same(EASE(l2=50.0).fit(rows).forget(99), EASE(l2=50.0).fit(left))
    assert calls[1] is not None


def test_movielens_without_ten_viewers(movielens_100k):
    leave = movielens_100k["customer_id"].unique()[5:15]
    left = movielens_100k[~movielens_100k["customer_id"].isin(leave)]
    for make in (lambda: EASE(l2=300.0), lambda: ItemKNN(), lambda: Popular(half_life_days=60.0)):
        assert_same(make().fit(movielens_100k).forget(leave), make().fit(left))


@pytest.mark.parametrize("name", [*MODELS, "surprise"])
@pytest.mark.parametrize("as_text", [False, True])
def test_an_id_of_another_type_than_the_data_has_is_refused_and_nobody_forgotten(name, as_text):
    rows = visits([(1, 0), (2, 0), (2, 1), (3, 1)]).assign(event="view", rating=[1.0, 2.0, 4.0, 3.0])
    if as_text:
        rows["customer_id"] = rows["customer_id"].astype(str)
    model = SurpriseRecommender("KNNBasic") if name == "surprise" else MODELS[name]()
    model.fit(rows)
    wrong, right = (2, "2") if as_text else ("2", 2)
    for asked in (wrong, [wrong, 99], pd.DataFrame({"customer_id": [wrong]})):
        with pytest.raises(
            DataError, match=f"{type(model).__name__}.forget: there is no customer {wrong!r} .*{right!r}"
        ):
            model.forget(asked)
    assert model.knows([right]).all()
    assert not model.forget([right, "nobody"]).knows([right]).any()


def test_a_type_does_not_matter_where_both_are_customers():
    rows = pd.DataFrame({"customer_id": [7, "7", "x"], "product_id": ["a", "a", "b"]})
    assert ItemKNN().fit(rows).forget("7").knows([7, "7"]).tolist() == [True, False]
    assert ItemKNN().fit(rows).forget(7).knows([7, "7"]).tolist() == [False, True]
