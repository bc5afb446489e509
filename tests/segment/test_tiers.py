"""Value tiers: cut points that can be counted by hand, ties together, and nobody moved by her neighbours."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.utils.estimator_checks import check_estimator

from personakit.errors import ConsentError, DataError, NotFittedError, ParameterError
from personakit.privacy import Permitted
from personakit.segment import NO_VALUE, TIERS, ValueTiers


def spending(values):
    return pd.DataFrame({"customer_id": np.arange(1, len(values) + 1), "monetary": values})


HUNDRED = spending(np.arange(100, 0, -1.0))


def test_of_a_hundred_customers_the_tiers_hold_their_shares():
    tiers = ValueTiers().fit(HUNDRED)
    assert tiers.cuts_.tolist() == [100, 96, 81, 51]
    table = tiers.segments_.set_index("segment")
    assert table["customers"].to_dict() == {"Platinum": 1, "Gold": 4, "Silver": 15, "Bronze": 30, "Base": 50}
    assert table["what_to_do"].to_dict() == {name: TIERS[name] for name in table.index}
    assert tiers.predict(HUNDRED).loc[[1, 5, 20, 50, 51]].tolist() == list(TIERS)[:5]


def test_the_share_of_the_money_is_that_of_the_sum():
    table = ValueTiers().fit(HUNDRED).segments_.set_index("segment")
    assert table.loc["Platinum", "monetary_share"] == pytest.approx(100 / 5050)
    assert table.loc["Base", "monetary_share"] == pytest.approx(sum(range(1, 51)) / 5050)
    assert table["monetary_share"].sum() == pytest.approx(1)
    assert table["lowest"].dropna().tolist() == [100, 96, 81, 51]


def test_equal_values_are_in_the_same_tier_the_higher_one():
    ties = spending([9.0] + [5.0] * 8 + [1.0])
    assert ValueTiers((0.2, 0.5)).fit_predict(ties).tolist() == ["Top 20%"] * 9 + ["Other 50%"]
    assert ValueTiers().fit_predict(spending([7.0] * 30)).unique().tolist() == ["Platinum"]


def test_seven_in_a_hundred_are_seven_customers():
    """0.07 * 100 is 7.000000000000001 in floats, which is not to make eight of them."""
    assert (ValueTiers((0.07,)).fit_predict(HUNDRED) == "Top 7%").sum() == 7


def test_customers_without_value_are_a_tier_of_their_own_and_no_part_of_the_shares():
    more = spending([*np.arange(100, 0, -1.0), 0.0, np.nan, -5.0])
    tiers = ValueTiers().fit(more)
    assert tiers.cuts_.tolist() == ValueTiers().fit(HUNDRED).cuts_.tolist()
    assert tiers.predict(more).iloc[-3:].tolist() == [NO_VALUE] * 3
    last = tiers.segments_.iloc[-1]
    assert (last["segment"], last["customers"], last["monetary_share"]) == (NO_VALUE, 3, 0.0)


def test_the_top_fifth_of_the_shop_brings_most_of_its_money(profiles):
    """The world's own figures, counted without the class: how much the upper 20 % of the buyers spend."""
    spent = np.sort(profiles.loc[profiles["monetary"] > 0, "monetary"])[::-1]
    wanted = spent[: int(np.ceil(0.2 * len(spent)))].sum() / spent.sum()
    table = ValueTiers((0.2,)).fit(profiles).segments_
    assert table.loc[0, "monetary_share"] == pytest.approx(wanted, abs=1e-9)
    assert 0.5 < wanted < 0.7


def test_any_column_of_values_ranks_customers_and_names_are_the_shops_own():
    people = HUNDRED.rename(columns={"monetary": "lifetime_value"})
    advice = {"A": "Call", "B": "Write", "C": "Wait"}
    tiers = ValueTiers((0.1, 0.3), by="lifetime_value", names=advice).fit(people)
    assert tiers.segments_[["segment", "customers", "what_to_do"]].values.tolist() == [
        ["A", 10, "Call"], ["B", 20, "Write"], ["C", 70, "Wait"],
    ]  # fmt: skip
    assert ValueTiers((0.1, 0.3), names=["a", "b", "c"]).fit(HUNDRED).names_ == ["a", "b", "c"]


def test_an_array_gives_places_and_a_frame_of_no_ids_its_own_index():
    values = np.arange(100, 0, -1.0)[:, None]
    assert ValueTiers().fit_predict(values)[[0, 4, 19, 49, 99]].tolist() == [0, 1, 2, 3, 4]
    assert ValueTiers(by="x1").fit_predict(np.hstack([-values, values]))[0] == 0


@settings(max_examples=20)
@given(st.lists(st.integers(-2, 30), min_size=1, max_size=40), st.randoms(use_true_random=False))
def test_order_names_and_doubling_of_customers_move_nobody(values, shuffler):
    people = spending(np.array(values, dtype=float))
    if not (people["monetary"] > 0).any():
        return
    tiers = ValueTiers((0.1, 0.4)).fit(people)
    found = tiers.predict(people)
    order = list(range(len(people)))
    shuffler.shuffle(order)
    assert ValueTiers((0.1, 0.4)).fit_predict(people.iloc[order]).sort_index().equals(found)
    renamed = people.assign(customer_id=[f"c{number:03d}" for number in people["customer_id"]])
    assert ValueTiers((0.1, 0.4)).fit_predict(renamed).tolist() == found.tolist()
    assert tiers.predict(people.iloc[:1]).iloc[0] == found.iloc[0]
    more_is_never_worse = found.cat.codes.groupby(people.set_index("customer_id")["monetary"]).first()
    assert more_is_never_worse.loc[more_is_never_worse.index > 0].is_monotonic_decreasing


def test_the_purpose_goes_along_and_another_is_refused():
    released = Permitted("analytics", pd.Timestamp("2025-12-31"), {}, {"frame": HUNDRED})
    tiers = ValueTiers().fit(released)
    assert tiers.predict(released).attrs["purpose"] == tiers.purpose_ == "analytics"
    with pytest.raises(ConsentError, match="ValueTiers learnt from data released for 'analytics'"):
        tiers.predict(Permitted("marketing_email", pd.Timestamp("2025-12-31"), {}, {"frame": HUNDRED}))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"tops": ()}, "give rising shares between 0 and 1"),
        ({"tops": (0.2, 0.1)}, "give rising shares"),
        ({"tops": (0.2, 1)}, "give rising shares"),
        ({"tops": (1, 5, 20)}, "give rising shares between 0 and 1, such as"),
        ({"tops": 0.2}, "give rising shares"),
        ({"by": 5}, r"ValueTiers\(by=5\): give the name of a column"),
        ({"names": ["a", "b"]}, "give 5 different names"),
        ({"names": list("abcda")}, "give 5 different names"),
        ({"names": "abcde"}, "give 5 different names"),
        ({"names": [*"abcd", NO_VALUE]}, "'No value yet' is taken"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, said):
    with pytest.raises(ParameterError, match=said):
        ValueTiers(**settings).fit(HUNDRED)


@pytest.mark.parametrize(
    ("people", "said"),
    [
        (spending([0.0, np.nan]), r"monetary is above 0 for none of the 2 customers.*as_of"),
        (spending([np.nan, np.nan]), "above 0 for none of the 2"),
        (spending([1.0, np.inf]), r"monetary is infinite \(inf\) for 1 customers \(customer_id 2\)"),
        (spending([1.0, 2.0]).assign(customer_id=7), "1 customers in more than one row"),
        (spending(["much", "more"]), r"monetary does not hold numbers .*'much'"),
        (spending(pd.to_datetime(["2025-01-01", "2025-01-02"])), "monetary does not hold numbers"),
        (spending([1.0]).rename(columns={"monetary": "monetory"}), r"no column monetary .*Did you mean 'monetory'"),
        (spending([]), "no rows"),
        ([1.0, 2.0], r"got list.*build_profiles"),
        (np.ones((3, 2)), r"has the columns monetary, and this one has 2 feature\(s\)"),
    ],
)
def test_bad_input_is_refused_with_words(people, said):
    with pytest.raises(DataError, match=said):
        ValueTiers().fit(people)


def test_a_use_before_fit_is_refused_and_scikit_learn_finds_nothing_wrong():
    with pytest.raises(NotFittedError, match=r"has not learnt its cut points yet\. Call fit"):
        ValueTiers().predict(HUNDRED)
    check_estimator(ValueTiers(by="x0"), on_skip=None)
    assert clone(ValueTiers((0.5,))).get_params() == {"tops": (0.5,), "by": "monetary", "names": None}
