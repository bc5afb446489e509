"""Popularity by segment: the shrunk share by hand, newcomers by their segment, situations, and bad tables."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from personakit.errors import DataError, NotFittedError, ParameterError, UnknownNameError
from personakit.recommend import Popular, SegmentPopular, evaluate

PEOPLE = pd.DataFrame(
    {
        "customer_id": range(40),
        "segment": [["young", "old", None][each % 3] for each in range(40)],
        "region": [["north", "south"][each % 2] for each in range(40)],
    }
)


def test_the_share_is_drawn_towards_that_of_all_by_hand():
    people = pd.DataFrame({"customer_id": [1, 2, 3, 4], "segment": ["x", "x", "y", "x"]})
    bought = pd.DataFrame({"customer_id": [1, 1, 2, 3, 3], "product_id": ["a", "b", "a", "b", "b"]})
    model = SegmentPopular(people, shrinkage=4.0).fit(bought)
    assert list(model.segments_) == ["x", "y"] and model.sizes_.tolist() == [2, 1]
    overall = np.array([2 / 3, 2 / 3])  # of the three who bought
    by_hand = [(np.array([2, 1]) + 4 * overall) / 6, (np.array([0, 1]) + 4 * overall) / 5]
    np.testing.assert_allclose(model.scores_, by_hand)
    told = model.explain(4, "a")
    assert told.attrs["score"] == pytest.approx(by_hand[0][0])
    assert told["reason"].tolist() == ["popular with all customers", "popular in the segment x (2 customers)"]


def test_without_shrinkage_a_segment_stands_alone_and_with_much_it_is_like_all(many_acts):
    alone = SegmentPopular(PEOPLE, shrinkage=0.0).fit(many_acts)
    young = PEOPLE.query("segment == 'young'")["customer_id"]
    theirs = Popular().fit(many_acts[many_acts["customer_id"].isin(young)])
    np.testing.assert_allclose(alone.scores_[list(alone.segments_).index("young")] * alone.sizes_[1], theirs.scores_)
    drawn = SegmentPopular(PEOPLE, shrinkage=1e9).fit(many_acts)
    assert np.ptp(drawn.scores_, axis=0).max() < 1e-6


def test_a_newcomer_gets_her_segments_list_and_one_without_a_segment_that_of_all(many_acts):
    model = SegmentPopular(PEOPLE).fit(many_acts)
    newcomers = [30, 31, 32]  # young, old, none; nobody of them did anything
    assert model.knows(newcomers).tolist() == [True, True, False]
    lists = model.recommend(newcomers, k=3, exclude_seen=False)
    for customer, segment in ((30, "young"), (31, "old")):
        hers = lists.loc[lists["customer_id"] == customer, "product_id"].tolist()
        assert hers == model.recommend_in(segment, 3)["product_id"].tolist()
    popular = Popular().fit(many_acts).recommend([999], k=3)["product_id"].tolist()
    assert lists.query("customer_id == 32")["product_id"].tolist() == popular


def test_several_columns_make_one_segment_and_situations_come_from_the_interactions(many_acts):
    model = SegmentPopular(PEOPLE, by=["segment", "region"]).fit(many_acts)
    assert len(model.segments_) == 4 and ("old", "south") in list(model.segments_)
    assert len(model.recommend_in(("old", "south"), 2)) == 2
    assert "old, south" in model.explain(1, "a")["reason"].str.cat()
    situations = SegmentPopular(by="channel", shrinkage=0.0).fit(many_acts)
    web = many_acts.query("channel == 'web'")
    share = web.groupby("product_id")["customer_id"].nunique() / web["customer_id"].nunique()
    ours = situations.recommend_in("web", 5).set_index("product_id")["score"]
    pd.testing.assert_series_equal(ours.sort_index(), share.sort_index(), check_names=False)
    assert situations.recommend_in("web", candidates=["a", "b"])["product_id"].isin(["a", "b"]).all()


@pytest.mark.parametrize(
    ("settings", "who"), [({"customers": PEOPLE}, [0, 1, 35]), ({"by": "channel"}, [0, 1]), ({"customers": PEOPLE,
     "by": ["segment", "region"], "shrinkage": 0.0}, range(5))]
)  # fmt: skip
def test_forgetting_is_the_same_as_never_having_known(many_acts, settings, who):
    gone = list(who)
    model = SegmentPopular(**settings).fit(many_acts).forget(gone)
    if "customers" in settings:
        settings = {**settings, "customers": PEOPLE[~PEOPLE["customer_id"].isin(gone)]}
        assert not model.customers["customer_id"].isin(gone).any()
    anew = SegmentPopular(**settings).fit(many_acts[~many_acts["customer_id"].isin(gone)])
    assert list(model.segments_) == list(anew.segments_) and model.sizes_.tolist() == anew.sizes_.tolist()
    np.testing.assert_allclose(model.scores(None, None), anew.scores(None, None), atol=1e-12)


def test_a_customer_may_see_in_which_segment_she_is_counted(many_acts):
    model = SegmentPopular(PEOPLE).fit(many_acts)
    assert set(model.held_about(0)["segment"]) == {"young"} and len(model.held_about(0)) > 1
    assert model.held_about(31).to_dict("records") == [{"product_id": None, "segment": "old"}]
    assert "segment" not in model.held_about(2) and model.held_about(999).empty


def test_it_is_compared_and_rows_may_be_shuffled(many_acts):
    model = SegmentPopular(PEOPLE)
    shuffled = clone(model).set_params(customers=PEOPLE.sample(frac=1, random_state=1))
    first, second = model.fit(many_acts), shuffled.fit(many_acts.sample(frac=1, random_state=2))
    np.testing.assert_array_equal(first.scores(None, None), second.scores(None, None))
    table = evaluate({"segment": SegmentPopular(PEOPLE), "popular": Popular()}, many_acts, k=2, n_bootstrap=20)
    assert table["ndcg"].between(0, 1).all()


@pytest.mark.parametrize(
    ("settings", "error", "text"),
    [
        ({"customers": PEOPLE, "by": "age"}, DataError, r"customers has no column 'age' .*Name what makes a segment"),
        ({"by": "device"}, DataError, r"interactions has no column 'device'"),
        ({"customers": PEOPLE, "by": []}, ParameterError, r"by names no column"),
        ({"customers": PEOPLE, "shrinkage": -1}, ParameterError, r"shrinkage must be finite and >= 0"),
        ({"customers": PEOPLE, "shrinkage": np.nan}, ParameterError, r"shrinkage must be finite and >= 0"),
        ({"customers": pd.concat([PEOPLE, PEOPLE.head(2)])}, DataError, r"customer_id has 2 repeated values \(0, 1\)"),
        ({"customers": PEOPLE.assign(customer_id=[None, *range(39)])}, DataError, r"customer_id has 1 missing values"),
        ({"customers": [1, 2]}, DataError, r"customers is a list"),
    ],
)
def test_bad_settings_are_told(many_acts, settings, error, text):
    with pytest.raises(error, match=text):
        SegmentPopular(**settings).fit(many_acts)


def test_unknown_segments_are_told(many_acts):
    with pytest.raises(NotFittedError, match="before fit"):
        SegmentPopular(PEOPLE).recommend_in("young")
    model = SegmentPopular(PEOPLE).fit(many_acts)
    with pytest.raises(UnknownNameError, match=r"no segment 'yung'\. There are: 'old', 'young'"):
        model.recommend_in("yung")
    with pytest.raises(ParameterError, match=r"k must be a whole number"):
        model.recommend_in("young", 0)


def test_a_table_in_which_every_segment_is_missing_answers_with_what_all_like(many_acts):
    model = SegmentPopular(PEOPLE.assign(segment=None)).fit(many_acts)
    assert not model.knows().any() and len(model.recommend([0], k=3, exclude_seen=False)) == 3
