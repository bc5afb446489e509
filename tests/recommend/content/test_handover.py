"""Quality by length of history: what is held out stays out, and the truth counts where it is known."""

import numpy as np
import pandas as pd
import pytest

from personakit.errors import DataError, ParameterError
from personakit.recommend import ContentRecommender, ItemKNN, Popular, Recommender, quality_by_history
from personakit.recommend.content import handover


@pytest.fixture
def visits() -> pd.DataFrame:
    """Two kinds of customers, who have each six of the eight products of their kind, in order of time."""
    rng = np.random.default_rng(0)
    rows = [(c, 8 * (c % 2) + p, when) for c in range(60) for when, p in enumerate(rng.permutation(8)[:6])]
    frame = pd.DataFrame(rows, columns=["customer_id", "product_id", "day"])
    return frame.assign(timestamp=pd.Timestamp("2025-01-01") + pd.to_timedelta(frame.pop("day"), unit="D"))


def test_one_product_tells_two_kinds_of_customers_apart(visits):
    table = quality_by_history({"knn": ItemKNN(), "popular": Popular()}, visits, histories=(0, 1, 3), k=3)
    knn, popular = (table.query("model == @name").set_index("history")["ndcg"] for name in ("knn", "popular"))
    assert knn[0] == popular[0] and knn[1] > knn[0] + 0.1 and knn[1] > popular[1]
    assert table["n_customers"].unique().tolist() == [30]
    assert (table["ndcg_low"] <= table["ndcg"]).all() and (table["ndcg"] <= table["ndcg_high"]).all()


def test_models_see_the_first_products_of_those_measured_and_all_of_the_others(visits, monkeypatch):
    seen, held = [], []
    fit = Recommender.fit
    monkeypatch.setattr(Recommender, "fit", lambda self, frame, y=None: seen.append(frame) or fit(self, frame))
    measure = handover.ranking_metrics
    monkeypatch.setattr(handover, "ranking_metrics", lambda lists, out, k: held.append(out) or measure(lists, out, k=k))
    quality_by_history({"popular": Popular()}, visits, histories=(0, 2, 4), k=3, n_customers=10)
    for n, train in zip((0, 2, 4), seen, strict=True):
        pairs = pd.concat([train, held[0]])[["customer_id", "product_id"]]
        assert not pairs.duplicated().any()
        hers = train[train["customer_id"].isin(held[0]["customer_id"])]
        assert len(hers) == 10 * n and len(train) - len(hers) == 50 * 6
        later = held[0].groupby("customer_id")["timestamp"].min()
        assert (hers.groupby("customer_id")["timestamp"].max() < later.reindex(hers["customer_id"].unique())).all()
    assert all(part.equals(held[0]) for part in held) and len(held[0]) == 10 * 2


def test_the_true_worth_of_a_list_is_its_mean(visits):
    value = pd.DataFrame(np.arange(16.0)[None, :].repeat(60, axis=0), index=range(60), columns=range(16))
    best = pd.DataFrame({"product_id": range(16), "title": ["cup"] * 16})
    table = quality_by_history({"content": ContentRecommender(best)}, visits, histories=(0,), k=16, value=value)
    assert table.loc[0, "value"] == pytest.approx(7.5)
    with pytest.raises(DataError, match=r"value lacks \d+ of the customers or \d+ of the products"):
        quality_by_history({"popular": Popular()}, visits, histories=(0,), value=value.iloc[:, :3])


def test_it_repeats_with_its_seed_and_works_without_times(visits):
    plain = visits.drop(columns="timestamp")
    once, again = (quality_by_history({"popular": Popular()}, plain, histories=(1,), random_state=4) for _ in range(2))
    pd.testing.assert_frame_equal(once, again)


def test_bad_questions_are_told(visits):
    with pytest.raises(ParameterError, match="models is empty"):
        quality_by_history({}, visits)
    for wrong in ((), (-1,), (1.5,), (True,)):
        with pytest.raises(ParameterError, match="histories must be numbers of products"):
            quality_by_history({"popular": Popular()}, visits, histories=wrong)
    with pytest.raises(DataError, match=r"0 customers have more than 6 products.*the longest history here is 6"):
        quality_by_history({"popular": Popular()}, visits, histories=(6,))
    with pytest.raises(ParameterError, match=r"models is a list. Pass recommenders by name"):
        quality_by_history([Popular()], visits)
    with pytest.raises(ParameterError, match=r"n_customers must be a whole number >= 1, but is 0"):
        quality_by_history({"popular": Popular()}, visits, n_customers=0)
    with pytest.raises(ParameterError, match=r"n_bootstrap must be a whole number >= 0, e.g. 1000, but is -3"):
        quality_by_history({"popular": Popular()}, visits, n_bootstrap=-3)
    with pytest.raises(DataError, match=r"interactions.timestamp has \d+ missing values"):
        quality_by_history({"popular": Popular()}, visits.assign(timestamp=None))
