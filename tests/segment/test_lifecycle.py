"""Lifecycle stages: by the definition, by hand; and in the order of what the world's customers truly do."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score
from sklearn.utils.estimator_checks import check_estimator

import personakit as pk
from personakit.errors import ConsentError, DataError, NotFittedError, ParameterError
from personakit.privacy import Permitted
from personakit.segment import RFM, STAGES, LifecycleStages


def people(*rows):
    """Rows of recency_days, order_days and mean_inter_purchase_days."""
    frame = pd.DataFrame(rows, columns=["recency_days", "order_days", "mean_inter_purchase_days"], dtype=float)
    frame.insert(0, "customer_id", range(1, len(frame) + 1))
    return frame


def stage(recency, orders, gap, **settings):
    model = LifecycleStages(usual_gap_days=30, **settings)
    return model.fit_predict(people((recency, orders, gap))).iloc[0]


@pytest.mark.parametrize(
    ("recency", "orders", "gap", "wanted"),
    [
        (np.nan, 0, np.nan, "Prospect"),
        (60, 1, np.nan, "New"),  # the shop's gap is 30: late after 60
        (61, 1, np.nan, "Slipping"),
        (120, 1, np.nan, "Slipping"),
        (121, 1, np.nan, "Lapsed"),
        (100, 2, 70, "Active"),  # (70 + 30) / 2 = 50: late after 100
        (101, 2, 70, "Slipping"),
        (201, 2, 70, "Lapsed"),
        (22, 5, 6, "Slipping"),  # (4 * 6 + 30) / 5 = 10.8: late after 21.6
        (21, 5, 6, "Active"),
    ],
)
def test_each_stage_is_where_its_definition_says(recency, orders, gap, wanted):
    assert stage(recency, orders, gap) == wanted


def test_without_the_shops_weight_her_own_rhythm_counts_alone_and_settings_move_the_limits():
    assert stage(13, 5, 6, shop_weight=0) == "Slipping"
    assert stage(12, 5, 6, shop_weight=0) == "Active"
    assert stage(3, 3, 1, shop_weight=0) == "Slipping"
    assert stage(3, 3, 1) == "Active"
    assert stage(100, 1, np.nan, slipping_after=1, lapsed_after=3) == "Lapsed"
    assert stage(20, 1, np.nan, shop_weight=0) == "New"


def test_the_shops_gap_is_the_median_of_those_who_ordered_on_two_days():
    model = LifecycleStages().fit(people((1, 2, 10), (1, 3, 20), (1, 9, 90), (1, 1, np.nan), (np.nan, 0, np.nan)))
    assert model.usual_gap_days_ == 20


def test_won_back_is_lapsed_before_and_an_order_since():
    before = people((121, 1, np.nan), (121, 1, np.nan), (10, 1, np.nan), (np.nan, 0, np.nan))
    after = people((5, 2, 200), (211, 1, np.nan), (5, 2, 95), (5, 1, np.nan))
    model = LifecycleStages(usual_gap_days=30).fit(after)
    assert model.predict(after, before).tolist() == ["Won back", "Lapsed", "Active", "New"]
    assert model.predict(after).tolist() == ["Active", "Lapsed", "Active", "New"]
    table = model.summarise(after, before).set_index("segment")
    assert table.loc["Won back", ["customers", "what_to_do"]].tolist() == [1, STAGES["Won back"]]
    assert model.predict(after, before.iloc[1:]).iloc[0] == "Active"  # nobody knows that she had lapsed
    with pytest.raises(
        DataError, match=r"before has more days with an order than profiles for 2 .*earlier day as before"
    ):
        model.predict(before, after.iloc[[0, 2]])


def test_transform_says_how_late_she_is_and_when_she_slips():
    found = (
        LifecycleStages(usual_gap_days=30).fit(people((20, 2, 70))).transform(people((20, 2, 70), (np.nan, 0, np.nan)))
    )
    assert found.iloc[0].tolist() == [50.0, 0.4, 80.0, "Active"]
    assert found.iloc[1, :3].isna().all()
    assert found.index.name == "customer_id"


def test_stages_stand_in_the_order_of_what_customers_truly_do_next(world, profiles):
    """The world's truth: who is alive, and how probable an order in 90 days is; by stage, and by lateness."""
    outlook = world.truth["outlook"].set_index("customer_id")
    model = LifecycleStages().fit(profiles)
    late = model.transform(profiles).join(outlook)
    by_stage = late.groupby("stage", observed=True)[["p_order_90", "alive"]].mean()
    assert by_stage.loc[["Active", "Slipping", "Lapsed"], "p_order_90"].is_monotonic_decreasing
    assert by_stage.loc[["Active", "Slipping", "Lapsed"], "alive"].is_monotonic_decreasing
    assert by_stage.loc["Active", "p_order_90"] > 3 * by_stage.loc["Lapsed", "p_order_90"]
    several = late.join(profiles.set_index("customer_id")[["order_days", "recency_days"]])
    several = several[several["order_days"] > 1]
    own = roc_auc_score(several["alive"], -several["lateness"])
    assert own > 0.81
    assert own > roc_auc_score(several["alive"], -several["recency_days"]) + 0.01
    alone = LifecycleStages(shop_weight=0).fit(profiles).transform(profiles).loc[several.index, "lateness"]
    assert own > roc_auc_score(several["alive"], -alone) + 0.005


def test_tables_of_stages_take_the_names_and_the_money_that_plots_of_segments_want(profiles):
    table = LifecycleStages().fit(profiles).segments_
    assert table["segment"].tolist() == ["Prospect", "New", "Active", "Slipping", "Lapsed"]
    assert (table["customers"].sum(), table["share"].sum()) == (len(profiles), pytest.approx(1))
    assert table["monetary_share"].sum() == pytest.approx(1)
    assert table["what_to_do"].tolist() == [STAGES[name] for name in table["segment"]]
    assert "Active" in str(pk.notebook.plot_segments(table))


def test_profiles_of_every_kind_of_shop_have_stages(profiles):
    """customer_id as the index, whole numbers, and the same customers as RFM has without a purchase."""
    stages = LifecycleStages().fit_predict(profiles.set_index("customer_id"))
    never = RFM().fit_predict(profiles) == "No purchase yet"
    assert (stages == "Prospect").equals(never)


rows = st.lists(st.tuples(st.integers(0, 500), st.integers(0, 8), st.integers(1, 90)), min_size=1, max_size=25)


@settings(max_examples=12)
@given(rows, st.randoms(use_true_random=False))
def test_order_and_names_of_customers_move_nobody_and_more_recent_is_never_later(rows, shuffler):
    frame = people(*rows)
    frame.loc[frame["order_days"] == 0, "recency_days"] = np.nan
    frame.loc[frame["order_days"] < 2, "mean_inter_purchase_days"] = np.nan
    model = LifecycleStages(usual_gap_days=30).fit(frame)
    found = model.predict(frame)
    order = list(range(len(frame)))
    shuffler.shuffle(order)
    assert LifecycleStages(usual_gap_days=30).fit_predict(frame.iloc[order]).sort_index().equals(found)
    renamed = frame.assign(customer_id=[f"c{number}" for number in frame["customer_id"]])
    assert model.predict(renamed).tolist() == found.tolist()
    sooner = model.transform(frame.assign(recency_days=frame["recency_days"] / 2))["lateness"]
    assert (sooner <= model.transform(frame)["lateness"]).equals(frame.set_index("customer_id")["order_days"] > 0)


def test_the_purpose_goes_along_and_another_is_refused():
    released = Permitted("analytics", pd.Timestamp("2025-12-31"), {}, {"frame": people((5, 3, 9))})
    model = LifecycleStages().fit(released)
    assert model.predict(released).attrs["purpose"] == "analytics"
    other = Permitted("marketing_email", pd.Timestamp("2025-12-31"), {}, {"frame": people((5, 3, 9))})
    with pytest.raises(ConsentError, match="LifecycleStages learnt from data released for 'analytics'"):
        model.predict(other)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"slipping_after": 0}, r"slipping_after=0\): give a number above 0"),
        ({"lapsed_after": "late"}, "lapsed_after='late'"),
        ({"slipping_after": 4.0}, "a customer slips before she has lapsed"),
        ({"shop_weight": -1}, "shop_weight=-1"),
        ({"usual_gap_days": np.inf}, "usual_gap_days=inf"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, said):
    with pytest.raises(ParameterError, match=said):
        LifecycleStages(**settings).fit(people((5, 3, 9)))


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (people((5, 1, np.nan)), r"none of the 1 customers .*two days or more.*usual_gap_days=60"),
        (people((np.nan, 3, 9)), r"recency_days is missing \(NaN\), infinite or negative for 1 .*customer_id 1"),
        (people((-1, 3, 9)), "recency_days is missing .* negative"),
        (people((1, 3, np.nan)), "mean_inter_purchase_days is missing"),
        (people((1, 3, np.inf)), "mean_inter_purchase_days is missing .*infinite"),
        (people((1, -3, 9)), "order_days is missing .* negative"),
        (people((1, 3, 9), (1, 3, 9)).assign(customer_id=1), "1 customers in more than one row"),
        (
            people((1, 3, 9)).assign(recency_days="2025-12-01"),
            r"recency_days does not hold numbers.*pd\.Timestamp\(as_of\)",
        ),
        (people((1, 3, 9)).drop(columns="order_days"), "no column order_days"),
        (people(), "no rows"),
        ({"a": 1}, "got dict"),
    ],
)
def test_bad_input_is_refused_with_words(frame, said):
    with pytest.raises(DataError, match=f"(?s){said}"):
        LifecycleStages().fit(frame)


def test_scikit_learn_finds_nothing_wrong_but_arrays_of_another_width(fails_by_width):
    results = check_estimator(
        LifecycleStages(usual_gap_days=30), expected_failed_checks=fails_by_width, on_fail=None, on_skip=None
    )
    assert [found["check_name"] for found in results if found["status"] == "failed"] == []
    failed = [found for found in results if found["status"] == "xfail"]
    assert {found["check_name"] for found in failed} == fails_by_width.keys()
    assert all("and this one has" in str(found["exception"]) for found in failed)


def test_a_use_before_fit_is_refused():
    with pytest.raises(NotFittedError, match=r"has not learnt the shop's usual gap yet\. Call fit"):
        LifecycleStages().predict(people((5, 3, 9)))
