"""The drift alarm: it agrees with the formula by hand, keeps its false-alarm rate, and finds what is planted."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from personakit.errors import ConsentError, DataError, ParameterError
from personakit.segment.drift import SEGMENT, drift


def day(n=200, seed=0, start=0, shift=0.0):
    draws = np.random.default_rng(seed)
    money = draws.lognormal(size=n)
    return pd.DataFrame(
        {
            "customer_id": np.arange(n) + start,
            "money": money,
            "orders": draws.poisson(money),  # depends on money: the test must allow for it
            "channel": draws.choice(["web", "app", "store"], n),
            "opened": np.where(draws.random(n) < 0.3, np.nan, draws.normal(shift, 1, n)),
        }
    )


def test_the_index_is_the_formula_by_hand():
    before = pd.DataFrame({"customer_id": range(10), "channel": ["web"] * 6 + ["app"] * 4})
    after = pd.DataFrame({"customer_id": range(10, 30), "channel": ["web"] * 5 + ["app"] * 15})
    p, q = np.array([6.5, 4.5]) / 11, np.array([5.5, 15.5]) / 21
    found = drift(before, after, n_permutations=19).table.loc["channel"]
    assert found["psi"] == pytest.approx(((q - p) * np.log(q / p)).sum())
    assert (found["before"], found["after"]) == ("web 60%", "app 75%")


def test_the_p_value_is_that_of_all_permutations_listed():
    before = pd.DataFrame({"customer_id": range(8), "x": [0, 0, 0, 0, 0, 0, 1, 1]})
    after = pd.DataFrame({"customer_id": range(8, 16), "x": [0, 0, 1, 1, 1, 1, 1, 1]})
    exact = stats.hypergeom(16, 8, 8).pmf(np.arange(9))
    expected = exact[[0, 1, 2, 6, 7, 8]].sum()  # as uneven as 6 against 2, or more
    assert drift(before, after, n_permutations=1999).table.loc["x", "p_value"] == pytest.approx(expected, abs=0.02)


@pytest.mark.parametrize("same", [False, True])
def test_false_alarms_are_as_rare_as_stated(same):
    alarms = 0
    for seed in range(40):
        first = day(120, seed)
        second = day(120, 1000 + seed, 1000)
        if same:  # the same customers, much like they were
            second = first.assign(money=first["money"] * np.exp(np.random.default_rng(seed).normal(0, 0.3, 120)))
            swap = np.random.default_rng(seed).random(120) < 0.5
            one, two = first["money"].where(swap, second["money"]), second["money"].where(swap, first["money"])
            first, second = first.assign(money=one), second.assign(money=two)
        alarms += drift(first, second, n_permutations=59, level=0.9, random_state=seed).alarm
    assert alarms <= 10  # of 40 at 10 %: more than 10 has a chance of 0.2 %


def test_a_planted_drift_is_found_and_only_that():
    found = [drift(day(300, seed), day(300, 99 + seed, 1000, shift=0.6), n_permutations=99) for seed in range(10)]
    assert sum(each.table.loc["opened", "alarm"] for each in found) >= 9
    assert sum(each.table.drop(index="opened")["alarm"].any() for each in found) <= 3
    assert "1 of 4 columns drifted (300 customers before, 300 after, 0 of them the same): opened" in found[0].verdict


def test_the_same_customers_on_both_days_show_a_smaller_drift_than_strangers_would():
    before = day(300)
    after = before.assign(money=before["money"] * 1.25)
    strangers = after.assign(customer_id=after["customer_id"] + 1000)
    paired = drift(before, after, columns=["money"], n_permutations=199)
    alone = drift(before, strangers, columns=["money"], n_permutations=199)
    assert paired.table.loc["money", "psi"] == pytest.approx(alone.table.loc["money", "psi"])
    assert paired.table.loc["money", "threshold"] < alone.table.loc["money", "threshold"]
    assert (paired.n_both, alone.n_both) == (300, 0)


@given(st.integers(0, 1000), st.integers(1, 8))
@settings(max_examples=15)
def test_alarm_threshold_and_adjusted_p_value_say_the_same(seed, shift):
    table = drift(day(80, seed), day(90, seed + 1, 40, shift / 4), n_permutations=59, random_state=seed).table
    chain = (table["psi"] > table["threshold"]).cummin()  # a step counts while all before it were clear
    assert (table["alarm"] == chain).all()
    assert (table["alarm"] == (table["p_adjusted"] <= 0.05)).all()
    assert table["p_adjusted"].is_monotonic_increasing
    assert (table["p_adjusted"] >= table["p_value"]).all()


def test_rows_in_another_order_change_no_index_and_seeds_repeat():
    before, after = day(), day(seed=1, start=100)
    first = drift(before, after, n_permutations=59).table
    pd.testing.assert_frame_equal(first, drift(before, after, n_permutations=59).table)
    again = drift(before.sample(frac=1, random_state=2), after.sample(frac=1, random_state=3), n_permutations=59).table
    pd.testing.assert_series_equal(first["psi"].sort_index(), again["psi"].sort_index())


def test_gaps_new_categories_and_columns_that_become_constant_are_seen():
    before, after = day(), day(seed=1, start=1000)
    after["channel"] = after["channel"].replace("app", "kiosk")
    after["opened"] = np.nan
    before["flat"], after["flat"] = 1, 2
    table = drift(before, after, n_permutations=99).table
    assert table.loc[["channel", "opened", "flat"], "alarm"].all()
    assert table.loc["opened", ["after", "missing_after"]].tolist() == ["missing", 1.0]


def test_dates_are_counted_from_the_day_of_their_own_profiles():
    before, after = (
        day(60, start=start).assign(joined=when) for start, when in ((0, "2025-03-01"), (100, "2025-06-01"))
    )
    for frame, as_of in ((before, "2025-03-31"), (after, "2025-07-01")):
        frame.loc[::2, "joined"] = str(pd.Timestamp(frame["joined"].iloc[0]) - pd.Timedelta(days=9))[:10]
        frame.attrs["as_of"] = as_of
    table = drift(before, after, n_permutations=59).table
    assert table.loc["joined", "psi"] == pytest.approx(0)
    assert table.loc["joined", "before"] == table.loc["joined", "after"] == "34.5"


def test_segments_are_compared_too():
    before, after = day(), day(seed=1, start=1000)
    names = [pd.Series(np.where(np.arange(200) < many, "a", "b"), index=frame["customer_id"]) for many, frame in
             ((150, before), (90, after))]  # fmt: skip
    row = drift(before, after, *names, n_permutations=99).table.loc[SEGMENT]
    assert row["alarm"]
    assert (row["before"], row["after"]) == ("a 75%", "b 55%")
    with pytest.raises(DataError, match="segments_after is a NoneType, not a Series of segments"):
        drift(before, after, names[0])
    with pytest.raises(DataError, match="segments_after has none of the customers of its day"):
        drift(before, after, names[0], names[0])
    with pytest.raises(DataError, match="segments_before has 200 customers more than once"):
        drift(before, after, pd.concat([names[0]] * 2), names[1])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda a, b: (a.drop(columns="money"), b), "after has the column 'money' and before has not"),
        (lambda a, b: (a.head(0), b), "before has no rows"),
        (lambda a, b: (a, pd.concat([b, b])), "after has 200 customers in more than one row"),
        (lambda a, b: (a.assign(money=np.inf), b), "profiles.money is infinite for 200"),
        (lambda a, b: (a[["customer_id"]].assign(x=1), b[["customer_id"]].assign(x=1)), "none of the 1 columns"),
        (lambda a, b: (a[["customer_id"]].assign(x=np.nan), b[["customer_id"]].assign(x=np.nan)), "no value at all"),
        (lambda a, b: (list(a), b), "before is a list, not a table"),
    ],
)
def test_bad_inputs_are_refused_with_words(change, words):
    with pytest.raises(DataError, match=words):
        drift(*change(day(), day(seed=1)))


def test_settings_and_purposes_are_checked():
    with pytest.raises(ParameterError, match=r"n_permutations=18.*Give at least 19"):
        drift(day(), day(), n_permutations=18)
    with pytest.raises(ParameterError, match=r"drift\(n_bins=1\)"):
        drift(day(), day(), n_bins=1)
    before, after = day(), day()
    before.attrs["purpose"], after.attrs["purpose"] = "analytics", "marketing_email"
    with pytest.raises(ConsentError, match="may not be used for 'marketing_email'"):
        drift(before, after)


def test_the_picture_says_what_drifted():
    picture = drift(day(300), day(300, 9, 1000, 1.0), n_permutations=99).plot()
    assert picture.alt.startswith("1 of 4 columns drifted beyond noise.")
    assert "opened" in picture.alt
    assert picture.png().startswith(b"\x89PNG")
