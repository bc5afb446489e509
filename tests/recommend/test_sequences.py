"""The next product: order and time against closed forms, a synthetic sequence and MovieLens."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from personakit.errors import DataError, ParameterError
from personakit.recommend import EASE, ItemKNN, NextItem, sequences


def visits(*people: str, every: str = "1D") -> pd.DataFrame:
    """Each text is one customer's products, a letter each, at equal distances in time."""
    rows = [(who, product, place) for who, text in enumerate(people) for place, product in enumerate(text)]
    table = pd.DataFrame(rows, columns=["customer_id", "product_id", "place"])
    return table.assign(timestamp=pd.Timestamp("2025-01-01") + table["place"] * pd.Timedelta(every))


def entry(model: NextItem, first: str, then: str) -> float:
    here, there = model.products_.codes([first, then])
    return float(model.follows_[here, there])


def test_a_transition_fades_with_its_gap_and_is_divided_by_both_products():
    model = NextItem(co_occurrence=0.0, half_life_steps=2.0, window=2).fit(visits("abcd", "ac"))
    assert entry(model, "a", "b") == pytest.approx(1 / np.sqrt(2 * 1))
    assert entry(model, "a", "c") == pytest.approx((0.5**0.5 + 1) / np.sqrt(2 * 2))
    assert entry(model, "a", "d") == 0.0  # beyond the window
    assert entry(model, "b", "a") == 0.0  # nobody chose a after b
    days = NextItem(co_occurrence=0.0, half_life_steps=2.0, window=2, half_life_days=3.0).fit(visits("abcd", "ac"))
    assert entry(days, "a", "b") == pytest.approx(0.5 ** (1 / 3) / np.sqrt(2))


def test_without_order_it_is_the_cosine_of_item_neighbours(ratings):
    same_time = ratings.assign(timestamp=5.0)
    ours, theirs = NextItem(co_occurrence=1.0, n_neighbors=9).fit(same_time), ItemKNN(n_neighbors=9).fit(same_time)
    np.testing.assert_allclose(ours.follows_.toarray(), theirs.similarity_.toarray(), atol=1e-12)
    np.testing.assert_allclose(ours.scores(None, None), theirs.scores(None, None), atol=1e-12)


def test_what_is_chosen_at_one_time_is_a_basket_without_order():
    table = visits("ab", "ba").assign(timestamp=pd.Timestamp("2025-01-01"))
    assert NextItem(co_occurrence=0.0).fit(table).follows_.nnz == 0


def test_the_last_choice_says_most_and_the_reasons_show_it():
    table = visits("ax", "ax", "by", "by", "ab", "ba")
    model = NextItem(co_occurrence=0.0, half_life_steps=1.0).fit(table)
    assert model.recommend([4, 5], k=1)["product_id"].tolist() == ["y", "x"]  # the same two products, in another order
    assert ItemKNN().fit(table).recommend([4, 5], k=1)["product_id"].nunique() == 1
    reasons = model.explain(4, "y")
    assert reasons[["reason", "product_id"]].to_numpy().tolist() == [["chosen before this", "b"]]
    assert model.explain(4, "a")["reason"].tolist() == ["chosen before this"]  # "ba" led from b to a
    assert model.explain(0, "y")["reason"].tolist() == ["nothing she chose leads to it"]


def test_products_that_are_bought_again_can_be_recommended_again():
    model = NextItem(co_occurrence=0.0).fit(visits("mmm", "mmv", "vwm", "tw"))
    assert model.recommend(0, k=1, exclude_seen=False)["product_id"].tolist() == ["m"]
    assert model.explain(0, "m")["product_id"].tolist() == ["m"]
    assert "m" not in model.recommend(0, k=9)["product_id"].tolist()
    assert entry(model, "m", "m") == pytest.approx((3 + 0.5**0.5) / 6)  # three at once, one over two steps, of six
    assert entry(model, "t", "t") == 0.0


def test_order_is_learnt_where_only_order_tells(ratings):
    """Everybody goes round one circle from another start: who has what says nothing, what came last everything."""
    rng = np.random.default_rng(0)
    circle = "abcdefghijklmnopqrst"
    people = ["".join(circle[(start + step) % 20] for step in range(8)) for start in rng.integers(0, 20, 300)]
    table = visits(*people)
    history, last = table[table["place"] < 7], table[table["place"] == 7]
    expected = last["product_id"].tolist()
    hits = {
        type(model).__name__: np.mean(model.fit(history).recommend(last["customer_id"], k=1)["product_id"] == expected)
        for model in (NextItem(), ItemKNN(), EASE(l2=1.0))
    }
    assert hits["NextItem"] == 1.0
    assert max(hits["ItemKNN"], hits["EASE"]) < 0.7


def test_transitions_in_blocks_are_those_at_once(ratings, monkeypatch):
    whole = NextItem().fit(ratings).follows_
    monkeypatch.setattr(sequences, "_PAIRS_AT_ONCE", 50)
    monkeypatch.setattr(sequences, "_PRODUCTS_AT_ONCE", 7)
    np.testing.assert_allclose(NextItem().fit(ratings).follows_.toarray(), whole.toarray(), atol=1e-12)


def test_on_movielens_the_next_film_is_found_more_often_than_without_order(movielens_100k):
    ordered = movielens_100k.sort_values(["customer_id", "timestamp", "product_id"])
    is_last = ~ordered.duplicated("customer_id", keep="last")
    train, last = ordered[~is_last], ordered.loc[is_last, ["customer_id", "product_id"]]
    hits = [len(model.fit(train).recommend(k=10).merge(last)) / len(last) for model in (NextItem(), ItemKNN())]
    assert hits[0] > 1.4 * hits[1]


@pytest.mark.parametrize(
    ("model", "text"),
    [
        (NextItem(0), "n_neighbors must be a whole number >= 1, but is 0."),
        (NextItem(window=1.5), "window must be a whole number >= 1, but is 1.5."),
        (NextItem(half_life_steps=0), "half_life_steps must be above 0, but is 0."),
        (NextItem(half_life_days=float("nan")), "half_life_days must be above 0, but is nan."),
        (NextItem(co_occurrence=-1), "co_occurrence must be 0 or more, but is -1."),
    ],
)
def test_parameters_out_of_range_are_refused_by_name(model, text, ratings):
    with pytest.raises(ParameterError) as caught:
        model.fit(ratings)
    assert str(caught.value) == text


def test_order_needs_times(ratings):
    with pytest.raises(DataError, match="interactions has no column 'timestamp'"):
        NextItem().fit(ratings.drop(columns="timestamp"))
    with pytest.raises(DataError, match=r"interactions.timestamp has 1 values that are no time \(rows 0\)"):
        NextItem().fit(ratings.assign(timestamp=np.r_[np.inf, np.ones(len(ratings) - 1)]))
