"""Lists for histories that are given now, and the linear and factor models behind them."""

from __future__ import annotations

import subprocess
import sys
import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import ElasticNet

from personakit.errors import ConsentError, DataError, MissingExtraError, NotFittedError, ParameterError
from personakit.recommend import ALS, BPR, EASE, SLIM, ItemKNN, NextItem, Popular, Random

FOLDING = {
    "ease": EASE(l2=5.0),
    "ease cut": EASE(l2=5.0, max_items=45, half_life_days=90),
    "item knn": ItemKNN(n_neighbors=10),
    "bm25 aged": ItemKNN("bm25", n_neighbors=10, half_life_days=90),
    "slim": SLIM(l1=0.5, l2=5.0),
    "als": ALS(n_factors=6, alpha=3.0, regularization=0.5),
    "als aged": ALS(n_factors=6, alpha=3.0, half_life_days=90),
    "next item": NextItem(n_neighbors=20, half_life_days=50),
    "popular": Popular(half_life_days=90),
}
every_folding = pytest.mark.parametrize("name", list(FOLDING))


def incidence(ratings: pd.DataFrame) -> np.ndarray:
    return pd.crosstab(ratings["customer_id"], ratings["product_id"]).clip(upper=1).to_numpy().astype(float)


@every_folding
def test_the_same_history_gives_the_same_list_as_in_fit(name, ratings):
    model = clone(FOLDING[name]).fit(ratings)
    people = [1000, 993, 951]
    hers = ratings[ratings["customer_id"].isin(people)]
    for options in ({}, {"exclude_seen": False}, {"candidates": ["p003", "p011", "p040", "new"]}):
        first, second = (
            lists.sort_values(["customer_id", "rank"], ignore_index=True)
            for lists in (
                model.recommend(people, k=7, **options),
                model.recommend_from(hers.iloc[::-1], k=7, **options),
            )
        )
        pd.testing.assert_frame_equal(first, second, rtol=1e-9, atol=1e-9)
    # and so for somebody whom the model never met
    stranger = model.recommend_from(hers[hers["customer_id"] == 993].assign(customer_id="new"), k=7)
    assert stranger["product_id"].tolist() == model.recommend(993, k=7)["product_id"].tolist()
    assert model.knows([1000, "new"]).tolist() == [True, False]


@every_folding
def test_a_history_long_after_fit_counts_from_its_own_last_event(name, ratings):
    model = clone(FOLDING[name]).fit(ratings)
    last = ratings["timestamp"].max()
    hers = ratings[ratings["customer_id"] == 1000].assign(timestamp=lambda table: table["timestamp"].clip(lower=last))
    later = hers.assign(timestamp=hers["timestamp"] + pd.Timedelta(days=80_000))
    expected, found = (model.recommend_from(table, k=7) for table in (hers, later))
    pd.testing.assert_frame_equal(found, expected, rtol=1e-9)


@every_folding
def test_a_history_of_unknown_products_gets_what_is_popular(name, ratings):
    model = clone(FOLDING[name]).fit(ratings)
    table = pd.DataFrame({"customer_id": ["a", "b", "b"], "product_id": ["zzz", "p001", "zzz"]})
    table["timestamp"] = ratings["timestamp"].max()
    lists = model.recommend_from(table, k=3)
    assert lists["customer_id"].tolist() == ["a"] * 3 + ["b"] * 3
    popular = model.recommend("who", k=3)
    assert lists["product_id"].tolist()[:3] == popular["product_id"].tolist()
    assert "p001" not in lists["product_id"].tolist()[3:]
    assert model.recommend_from(table.iloc[[0]], k=3)["score"].tolist() == popular["score"].tolist()


def test_histories_are_weighed_as_those_of_fit():
    table = pd.DataFrame({"customer_id": [1, 1, 2, 2], "product_id": list("abab"), "event": ["like", "click"] * 2})
    model = ItemKNN(event_weight={"like": 2.0, "click": 1.0}).fit(table)
    new = pd.DataFrame({"customer_id": ["x", "y", "z"], "product_id": ["a"] * 3, "event": ["like", "click", "return"]})
    lists = model.recommend_from(new, k=1)
    assert lists["customer_id"].tolist() == ["x", "y", "z"]
    assert lists["score"].tolist()[0] == pytest.approx(2 * lists["score"].tolist()[1])
    assert lists["score"].tolist()[2] == 1.0  # popularity: nothing of hers counts


def test_wrong_histories_are_refused(ratings):
    with pytest.raises(NotFittedError, match=r"EASE.recommend_from was called before fit"):
        EASE().recommend_from(ratings)
    model = ItemKNN(half_life_days=9).fit(ratings)
    with pytest.raises(DataError, match="interactions has no column 'timestamp'"):
        model.recommend_from(ratings[["customer_id", "product_id"]])
    with pytest.raises(DataError, match="holds times where the data of fit held seconds, or the other way round"):
        model.recommend_from(ratings.assign(timestamp=5.0))
    with pytest.raises(DataError, match="interactions has no rows"):
        model.recommend_from(ratings.iloc[:0])
    with pytest.raises(ParameterError, match="k must be a whole number"):
        model.recommend_from(ratings, k=0)
    ratings.attrs["purpose"] = "recommendations"
    model = Popular().fit(ratings)
    other = ratings.iloc[:3].copy()
    other.attrs["purpose"] = "advertising"
    with pytest.raises(ConsentError, match="may not be used for 'advertising'"):
        model.recommend_from(other)


@pytest.mark.parametrize("model", [BPR(), Random()])
def test_a_model_whose_customers_must_be_trained_has_no_such_method(model):
    assert not hasattr(model, "recommend_from")
    with pytest.raises(AttributeError, match="recommend_from"):
        model.recommend_from(None)


@pytest.mark.parametrize(("l1", "l2"), [(0.3, 2.0), (2.0, 0.5)])
def test_slim_is_an_elastic_net_for_each_product(l1, l2, ratings):
    x = incidence(ratings)
    weights = SLIM(l1, l2, tol=1e-12, max_iter=20_000).fit(ratings).weights_.toarray()
    assert not np.diag(weights).any() and (weights >= 0).all()
    n = len(x)
    for product in (0, 17, 59):
        net = ElasticNet(
            alpha=(l1 + l2) / n,
            l1_ratio=l1 / (l1 + l2),
            positive=True,
            fit_intercept=False,
            tol=1e-12,
            max_iter=20_000,
        )
        others = np.delete(x, product, axis=1)
        np.testing.assert_allclose(
            np.delete(weights[:, product], product), net.fit(others, x[:, product]).coef_, atol=1e-6
        )


def test_slim_meets_the_conditions_of_the_optimum_with_weights_of_any_size(ratings):
    events = ratings.assign(event=ratings["rating"].astype(str))
    model = SLIM(0.7, 4.0, tol=1e-12, event_weight={str(r): r for r in ratings["rating"].unique()}).fit(events)
    x, weights = model._history.toarray(), model.weights_.toarray()
    slope = x.T @ (x @ weights - x) + 4.0 * weights + 0.7  # Karush, Kuhn and Tucker
    np.fill_diagonal(slope, 0.0)
    np.testing.assert_allclose(slope[weights > 0], 0.0, atol=1e-5)
    assert slope.min() > -1e-5


def test_slim_says_when_it_has_not_settled_and_when_it_does_not_fit(ratings):
    with pytest.warns(ConvergenceWarning, match=r"SLIM: \d+ of 60 products had not settled after max_iter=1 rounds"):
        SLIM(0.1, 0.1, max_iter=1, tol=1e-12).fit(ratings)
    with pytest.raises(ParameterError, match=r"SLIM over 60 products needs 0.0 GiB for the Gram matrix"):
        SLIM(max_memory=1e-6).fit(ratings)


def test_the_factors_of_als_solve_its_equations(ratings):
    events = ratings.assign(event=ratings["rating"].astype(str))
    weights = {str(r): float(r) for r in ratings["rating"].unique()}
    model = ALS(5, alpha=2.0, regularization=0.3, event_weight=weights, iterations=3).fit(events)
    x = ratings.pivot_table(index="customer_id", columns="product_id", values="rating", fill_value=0.0).to_numpy()
    y = model.product_factors_
    for customer in (0, 20):
        confidence = np.where(x[customer] > 0, 2.0 * x[customer], 1.0)
        has = (x[customer] > 0).astype(float)
        # equation 4 of Hu, Koren and Volinsky, word for word
        expected = np.linalg.inv(y.T @ np.diag(confidence) @ y + 0.3 * np.eye(5)) @ y.T @ np.diag(confidence) @ has
        np.testing.assert_allclose(model.customer_factors_[customer], expected, atol=1e-9)


def test_als_agrees_with_the_package_it_trains_with(ratings):
    als = pytest.importorskip("implicit.cpu.als", reason='needs: pip install "personakit[implicit]"')
    model = ALS(5, alpha=2.0, regularization=0.3, iterations=4, random_state=1).fit(ratings)
    seed = int(np.random.RandomState(1).randint(2**31 - 1))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = als.AlternatingLeastSquares(
            5, alpha=2.0, regularization=0.3, iterations=4, random_state=seed, num_threads=1, dtype=np.float64
        )
        theirs.fit(model.seen_, show_progress=False)
    theirs_customers = theirs.recalculate_user(np.arange(40), model.seen_)
    np.testing.assert_allclose(model.product_factors_, theirs.item_factors, atol=1e-12)
    np.testing.assert_allclose(model.customer_factors_, theirs_customers, atol=1e-9)


def test_the_reasons_of_als_are_the_purchases_and_taking_the_first_away_lowers_the_score(ratings):
    model = ALS(6, alpha=3.0, regularization=0.5).fit(ratings)
    hers = ratings[ratings["customer_id"] == 1000]
    lowered = []
    for product in model.recommend(1000, k=8)["product_id"]:
        reasons = model.explain(1000, product)
        assert set(reasons["product_id"]) == set(hers["product_id"])
        score, top = reasons.attrs["score"], reasons.iloc[0]
        without = model.recommend_from(hers[hers["product_id"] != top["product_id"]], candidates=[product])
        lowered.append(score - without["score"].iloc[0])
    assert min(lowered) > 0


@pytest.mark.parametrize("make", [ALS, BPR])
def test_two_fits_of_one_seed_are_equal_and_another_seed_differs(make, ratings):
    first, again, other = (make(4, iterations=10, random_state=seed).fit(ratings).recommend(k=6) for seed in (1, 1, 2))
    assert first.equals(again) and not first.equals(other)


@pytest.mark.parametrize("make", [ALS, BPR])
def test_a_missing_package_is_named_with_its_extra(make, ratings, monkeypatch):
    for name in ("implicit", "implicit.cpu", "implicit.cpu.als", "implicit.cpu.bpr"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingExtraError, match=rf'{make.__name__} needs implicit, .*"personakit\[implicit\]"'):
        make().fit(ratings)


def test_no_warning_of_the_package_reaches_the_reader_and_blas_keeps_its_threads():
    code = (
        "import warnings; warnings.simplefilter('error', RuntimeWarning)\n"
        "import pandas as pd, threadpoolctl\n"
        "from personakit.recommend import ALS\n"
        "t = pd.DataFrame({'customer_id': [1, 1, 2], 'product_id': ['a', 'b', 'a']})\n"
        "blas = lambda: [p['num_threads'] for p in threadpoolctl.threadpool_info() if p['user_api'] == 'blas']\n"
        "before = blas(); ALS(2).fit(t); assert blas()[: len(before)] == before, (before, blas())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={"OPENBLAS_NUM_THREADS": "2"}
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("model", "text"),
    [
        (SLIM(l1=0), "l1 and l2 must be above 0, but they are 0 and 300.0."),
        (SLIM(l2=float("nan")), "l1 and l2 must be above 0, but they are 2.0 and nan."),
        (SLIM(max_memory=float("nan")), "max_memory must be above 0 GiB, but is nan."),
        (SLIM(tol=0), "max_iter must be at least 1 and tol above 0, but they are 500 and 0."),
        (ALS(0), "n_factors must be a whole number >= 1, but is 0."),
        (ALS(alpha=-1), "alpha must be above 0, but is -1."),
        (ALS(regularization=float("inf")), "regularization must be 0 or more, but is inf."),
        (BPR(iterations=2.5), "iterations must be a whole number >= 1, but is 2.5."),
        (BPR(learning_rate=0), "learning_rate must be above 0, but is 0."),
        (ALS(half_life_days=-2), "half_life_days must be above 0, or None for no decay, but is -2."),
    ],
)
def test_parameters_out_of_range_are_refused_by_name(model, text, ratings):
    with pytest.raises(ParameterError) as caught:
        model.fit(ratings)
    assert str(caught.value) == text
