"""RFM: scores that can be checked by hand, and segments that do not depend on who is scored beside whom."""

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.utils.estimator_checks import check_estimator
from sklearn.utils.validation import validate_data

from personakit.errors import DataError, NotFittedError, ParameterError
from personakit.privacy import Permitted
from personakit.segment import NO_PURCHASE, RFM, SEGMENTS


def profiles_of(recency, frequency, monetary, ids=None):
    ids = np.arange(1, len(recency) + 1) if ids is None else ids
    return pd.DataFrame({"customer_id": ids, "recency_days": recency, "frequency": frequency, "monetary": monetary})


@pytest.fixture
def ten():
    """Ten customers whose fifths are plain: two in each."""
    return profiles_of(np.arange(10) * 10.0, np.arange(10, 0, -1), np.arange(10, 0, -1) * 20.0)


def test_fifths_of_ten_distinct_customers_hold_two_each(ten):
    scores = RFM().fit(ten).transform(ten)
    assert scores["recency_score"].tolist() == [5, 5, 4, 4, 3, 3, 2, 2, 1, 1]
    assert scores["frequency_score"].tolist() == [5, 5, 4, 4, 3, 3, 2, 2, 1, 1]
    assert scores["monetary_score"].tolist() == [5, 5, 4, 4, 3, 3, 2, 2, 1, 1]


def test_the_best_customers_are_champions_and_the_worst_are_lost(ten):
    segments = RFM().fit_predict(ten)
    assert segments.loc[1] == "Champions"
    assert segments.loc[10] == "Lost"


@pytest.mark.parametrize(
    ("recency", "frequency", "monetary", "segment"),
    [
        (5, 5, 5, "Champions"), (4, 4, 4, "Loyal"), (5, 2, 3, "Potential loyalist"), (5, 1, 1, "New"),
        (4, 1, 2, "Promising"), (3, 3, 2, "Needs attention"), (2, 1, 2, "About to sleep"), (2, 5, 5, "At risk"),
        (1, 5, 4, "Cannot lose"), (1, 2, 3, "Hibernating"), (1, 1, 1, "Lost"),
    ],
)  # fmt: skip
def test_every_named_segment_is_where_marketers_put_it(recency, frequency, monetary, segment):
    reference = profiles_of([5.0, 4, 3, 2, 1], [1, 2, 3, 4, 5], [1.0, 2, 3, 4, 5])
    one = profiles_of([6.0 - recency], [frequency], [float(monetary)])
    assert RFM().fit(reference).predict(one).iloc[0] == segment


def test_half_of_the_customers_with_one_order_share_the_lowest_frequency_score():
    frequency = [1] * 50 + list(range(2, 52))
    scores = (
        RFM()
        .fit(profiles_of([5.0] * 100, frequency, [9.0] * 100))
        .transform(profiles_of([5.0] * 100, frequency, [9.0] * 100))
    )
    assert (scores["frequency_score"].iloc[:50] == 1).all()
    assert (scores["frequency_score"].iloc[50:] > 1).all()


def test_customers_who_never_bought_have_a_segment_and_no_scores(ten):
    never = profiles_of([np.nan, np.nan], [0, np.nan], [0.0, np.nan], ids=[77, 78])
    model = RFM().fit(pd.concat([ten, never]))
    scores = model.transform(never)
    assert scores["segment"].tolist() == [NO_PURCHASE, NO_PURCHASE]
    assert scores[["recency_score", "frequency_score", "monetary_score"]].isna().all().all()
    assert model.transform(ten).equals(RFM().fit(ten).transform(ten))


def test_the_summary_counts_everybody_once_and_all_the_money(ten):
    table = RFM().fit(ten).segments_
    assert table["customers"].sum() == 10
    assert table["share"].sum() == pytest.approx(1)
    assert table["monetary_share"].sum() == pytest.approx(1)
    assert set(table["segment"]) <= set(SEGMENTS)
    assert (table["what_to_do"].str.len() > 5).all()


def test_without_prices_the_number_of_products_stands_in_for_money(ten):
    priceless = ten.assign(n_items=ten["monetary"], monetary=np.nan)
    model = RFM().fit(priceless)
    assert model.value_ == "n_items"
    assert model.predict(priceless).equals(RFM().fit_predict(ten))


def test_without_prices_and_products_frequency_counts_twice(ten):
    scores = RFM().fit(ten.assign(monetary=np.nan)).transform(ten.assign(monetary=np.nan))
    assert scores["monetary_score"].tolist() == scores["frequency_score"].tolist()


def test_what_a_consent_gate_returned_is_taken_as_it_is_and_a_column_frame_makes_no_difference(ten):
    released = Permitted("analytics", pd.Timestamp("2025-12-31"), {}, {"frame": ten})
    for table in (released, ten.assign(frame=0), ibis.memtable(ten)):
        assert RFM().fit_predict(table).equals(RFM().fit_predict(ten))


def test_customer_id_may_be_the_index(ten):
    assert RFM().fit_predict(ten.set_index("customer_id")).equals(RFM().fit_predict(ten))


def test_parameters_survive_a_clone():
    assert clone(RFM(n_scores=3)).get_params() == {"n_scores": 3, "cuts": None}


@pytest.mark.parametrize("n_scores", [2, 3, 4, 10])
def test_other_numbers_of_levels_still_name_the_best_and_the_worst(ten, n_scores):
    segments = RFM(n_scores=n_scores).fit_predict(ten)
    assert segments.loc[1] == "Champions"
    assert segments.loc[10] in {"Lost", "Hibernating", "Promising", "Needs attention", "About to sleep"}


amounts = st.tuples(st.integers(0, 900), st.integers(0, 12), st.integers(0, 3000))


@settings(max_examples=15, deadline=None)
@given(st.lists(amounts, min_size=1, max_size=40), st.randoms(use_true_random=False))
def test_the_order_of_rows_and_doubling_the_customers_change_no_segment(rows, shuffler):
    frame = profiles_of(*(np.array(column, dtype=float) for column in zip(*rows, strict=True)))
    if not (frame["frequency"] > 0).any():
        return
    segments = RFM().fit_predict(frame)
    order = list(range(len(frame)))
    shuffler.shuffle(order)
    assert RFM().fit_predict(frame.iloc[order]).sort_index().equals(segments.sort_index())
    twins = frame.assign(customer_id=-frame["customer_id"])
    assert RFM().fit(pd.concat([frame, twins])).predict(frame).equals(segments)


@settings(max_examples=15, deadline=None)
@given(st.lists(amounts, min_size=2, max_size=40))
def test_a_customer_who_is_better_in_everything_never_scores_lower(rows):
    frame = profiles_of(*(np.array(column, dtype=float) for column in zip(*rows, strict=True)))
    frame["frequency"] += 1
    scores = RFM().fit(frame).transform(frame)
    best = frame.assign(recency_days=frame["recency_days"].min(), frequency=13, monetary=3001.0)
    better = RFM().fit(frame).transform(best)
    assert (better.iloc[:, :3].to_numpy(int) >= scores.iloc[:, :3].to_numpy(int)).all()


def test_a_missing_column_is_named_with_what_there_is(ten):
    with pytest.raises(DataError, match=r"profiles has no column monetary \(it has customer_id, recency_days"):
        RFM().fit(ten.drop(columns="monetary"))


def test_a_missing_recency_of_a_buyer_names_the_customer(ten):
    ten.loc[2, "recency_days"] = np.nan
    with pytest.raises(
        DataError, match=r"recency_days is missing \(NaN\), infinite or negative for 1 .*\(customer_id 3"
    ):
        RFM().fit(ten)


def test_negative_spend_is_refused_with_the_way_out(ten):
    ten.loc[[0, 4], "monetary"] = -5.0
    with pytest.raises(DataError, match=r"monetary .* 2 customers \(customer_id 1, 5: -5.0, -5.0\).*net returns"):
        RFM().fit(ten)


def test_nobody_bought_is_an_error_that_points_at_the_date(ten):
    with pytest.raises(DataError, match=r"none of the 10 customers has an order.*as_of"):
        RFM().fit(ten.assign(frequency=0))


def test_predict_before_fit_says_fit_first(ten):
    with pytest.raises(NotFittedError, match="Call fit"):
        RFM().predict(ten)


@pytest.mark.parametrize("n_scores", [1, 11, 2.5, "five"])
def test_an_impossible_number_of_scores_is_refused(ten, n_scores):
    with pytest.raises(ParameterError, match="whole number from 2 to 10"):
        RFM(n_scores=n_scores).fit(ten)


def test_something_that_is_no_frame_is_refused():
    with pytest.raises(DataError, match=r"got list.*build_profiles"):
        RFM().fit([1, 2, 3])


FIXED = {"recency_days": [30, 90, 180, 365], "frequency": [1, 2, 4, 9], "monetary": [50, 100, 200, 500]}


def test_fixed_cut_offs_score_by_hand_and_a_value_on_a_cut_belongs_below_it():
    people = profiles_of([30, 31, 365, 366], [1, 2, 9, 10], [50.0, 50.01, 500, 501])
    scores = RFM(cuts=FIXED).fit(people).transform(people)
    assert scores["recency_score"].tolist() == [5, 4, 2, 1]
    assert scores["frequency_score"].tolist() == [1, 2, 4, 5]
    assert scores["monetary_score"].tolist() == [1, 2, 4, 5]
    assert scores["segment"].tolist() == ["New", "Potential loyalist", "At risk", "Cannot lose"]


def test_fixed_cut_offs_do_not_depend_on_the_customers_of_fit_and_quantiles_make_the_others(ten):
    one = ten.iloc[[0]]
    assert RFM(cuts=FIXED).fit(one).predict(ten).equals(RFM(cuts=FIXED).fit_predict(ten))
    mixed = RFM(cuts={"frequency": [1, 2, 4, 9]}).fit(ten)
    assert mixed.edges_["frequency"].tolist() == [1, 2, 4, 9]
    assert mixed.edges_["monetary"].tolist() == RFM().fit(ten).edges_["monetary"].tolist()
    assert RFM().fit(ten).edges_["monetary"].tolist() == [40, 80, 120, 160]


def test_cuts_at_the_quantiles_are_the_quantiles(ten):
    learnt = RFM().fit(ten)
    assert RFM(cuts=learnt.edges_).fit(ten).transform(ten).equals(learnt.transform(ten))


@pytest.mark.parametrize(
    ("cuts", "said"),
    [
        ([1, 2, 3, 4], "give a dict of column to cut-offs"),
        ({"recency_day": [1, 2, 3, 4]}, r"names 'recency_day', and RFM scores.*Did you mean 'recency_days'\?"),
        ({"frequency": [1, 2, 3]}, "give 4 rising numbers.*for n_scores=5"),
        ({"frequency": [1, 2, 2, 3]}, "give 4 rising numbers"),
        ({"frequency": [4, 3, 2, 1]}, "give 4 rising numbers"),
        ({"frequency": [1, 2, 3, np.inf]}, "give 4 rising numbers"),
        ({"frequency": [1, 2, 3, "many"]}, "give 4 rising numbers"),
        ({"frequency": "1234"}, "give 4 rising numbers"),
        ({"frequency": 5}, "give 4 rising numbers"),
    ],
)
def test_cuts_that_make_no_sense_are_refused(ten, cuts, said):
    with pytest.raises(ParameterError, match=said):
        RFM(cuts=cuts).fit(ten)


def test_cuts_of_money_need_money(ten):
    with pytest.raises(DataError, match=r"no money is recorded .*\(frequency stands in for it\)"):
        RFM(cuts=FIXED).fit(ten.assign(monetary=np.nan))


def test_duplicated_customers_text_and_dates_are_refused(ten):
    with pytest.raises(DataError, match=r"2 customers in more than one row \(customer_id 1, 2\)"):
        RFM().fit(pd.concat([ten, ten.iloc[:2]]))
    with pytest.raises(DataError, match=r"recency_days does not hold numbers .*'2025-12-01'.*dt\.days"):
        RFM().fit(ten.assign(recency_days="2025-12-01"))
    with pytest.raises(DataError, match="recency_days does not hold numbers"):
        RFM().fit(ten.assign(recency_days=pd.Timestamp("2025-12-01")))
    with pytest.raises(DataError, match=r"frequency is missing \(NaN\), infinite .* inf"):
        RFM().fit(ten.assign(frequency=np.inf))
    with pytest.raises(DataError, match="profiles has no rows"):
        RFM().fit(ten.iloc[:0])


def test_constant_columns_give_everybody_the_same_segment(ten):
    same = profiles_of([5.0] * 10, [2] * 10, [9.0] * 10)
    assert RFM().fit_predict(same).nunique() == 1


def test_an_array_of_three_columns_gives_places_and_scores_and_no_other_width_is_taken(ten):
    array = ten[["recency_days", "frequency", "monetary"]].to_numpy()
    names = RFM().fit_predict(ten)
    assert [list(SEGMENTS)[place] for place in RFM().fit_predict(array)] == names.tolist()
    assert RFM().fit(ten).predict(array).tolist() == names.cat.codes.tolist()
    assert RFM().fit_transform(array)[:, 0].tolist() == [5, 5, 4, 4, 3, 3, 2, 2, 1, 1]
    with pytest.raises(DataError, match=r"An array for RFM has the columns recency_days.* this one has 2 feature\(s\)"):
        RFM().fit(array[:, :2])


def test_scikit_learn_finds_nothing_wrong_but_arrays_of_another_width(fails_by_width):
    results = check_estimator(RFM(), expected_failed_checks=fails_by_width, on_fail=None, on_skip=None)
    assert [found["check_name"] for found in results if found["status"] == "failed"] == []
    failed = [found for found in results if found["status"] == "xfail"]
    assert {found["check_name"] for found in failed} == fails_by_width.keys()
    assert all("and this one has" in str(found["exception"]) for found in failed)


class OfAnyWidth(RFM):
    """RFM that takes the columns of an array in turn until it has three: all the rest of it is unchanged."""

    def _read(self, profiles, columns, *, reset):
        array = validate_data(self, profiles, reset=reset, dtype=np.float64, ensure_all_finite=False)
        if (array < 0).any():
            raise ValueError("Negative values in data passed to RFM.")
        return pd.DataFrame(array[:, np.arange(3) % array.shape[1]], columns=list(columns))


def test_where_the_width_is_no_matter_scikit_learn_finds_nothing_wrong_at_all():
    results = check_estimator(OfAnyWidth(), on_fail=None, on_skip=None)
    assert [(found["check_name"], str(found["exception"])) for found in results if found["status"] == "failed"] == []
