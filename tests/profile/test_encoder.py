"""Profiles as numbers: kinds, gaps, categories, dates and scales, against hand calculations."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm
from sklearn.base import clone
from sklearn.utils.estimator_checks import parametrize_with_checks

import personakit as pk
from personakit.errors import ConsentError, DataError, ParameterError
from personakit.profile.encoder import ProfileEncoder


def people(**columns: Any) -> pd.DataFrame:
    n = len(next(iter(columns.values())))
    return pd.DataFrame({"customer_id": range(1, n + 1), **columns})


@parametrize_with_checks(
    [
        ProfileEncoder(),
        ProfileEncoder(numbers="ranks", categories="onehot", missing="fill"),
        ProfileEncoder(numbers="standard", missing="fill"),
    ]
)
def test_it_keeps_to_the_protocol_of_scikit_learn(estimator: Any, check: Any) -> None:
    check(estimator)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pd.array([1, None, 3], dtype="Int64"), [1, np.nan, 3]),
        (pd.array([True, None, False], dtype="boolean"), [1, np.nan, 0]),
        (np.array([True, None, False], dtype=object), [1, np.nan, 0]),
        (np.array([1, pd.NA, 2.5], dtype=object), [1, np.nan, 2.5]),
        ([Decimal("1.5"), None, Decimal("2")], [1.5, np.nan, 2]),
        (pd.array(["b", None, "a"], dtype="string"), [1, np.nan, 0]),
        (pd.Categorical(["b", None, "a"], categories=["b", "a", "z"]), [1, np.nan, 0]),
        (np.array(["b", None, "a"], dtype=object), [1, np.nan, 0]),
        (np.array(["b", np.nan, 7], dtype=object), [1, np.nan, 0]),
        (pd.to_datetime(["2025-01-01", None, "2025-01-11"]), [10, np.nan, 0]),
        (pd.to_datetime(["2025-01-01", None, "2025-01-11"]).tz_localize("Europe/Berlin"), [10, np.nan, 0]),
        (["2025-01-01", None, "2025-01-11 12:00"], [10.5, np.nan, 0]),
        (["2025-01-01T00:00:00+00:00", None, "2025-01-11T02:00:00+02:00"], [10, np.nan, 0]),
    ],
)
def test_a_column_of_any_dtype_becomes_its_numbers_with_gaps_kept(values: Any, expected: list[float]) -> None:
    assert ProfileEncoder().fit_transform(people(column=values))[:, 0].tolist() == pytest.approx(expected, nan_ok=True)


def test_dates_count_back_from_the_day_of_their_own_profiles() -> None:
    before, later = (people(signed_up=pd.to_datetime(["2025-01-01", "2025-01-21"])) for _ in range(2))
    before.attrs["as_of"], later.attrs["as_of"] = "2025-01-31", pd.Timestamp("2025-03-02", tz="UTC")
    encoder = ProfileEncoder().fit(before)
    assert encoder.transform(before)[:, 0].tolist() == [30, 10]
    assert encoder.transform(later)[:, 0].tolist() == [60, 40]
    later.attrs.clear()
    assert encoder.transform(later)[:, 0].tolist() == [30, 10]


def test_constant_and_empty_columns_names_and_consent_are_left_out_and_named() -> None:
    frame = people(
        n=range(60), shop=["a"] * 60, none=[None] * 60, gone=np.nan * np.ones(60), name=[f"p{k}" for k in range(60)],
        consented_to=["analytics", ""] * 30, same=[3.0] * 60, secret=range(60),
    )  # fmt: skip
    encoder = ProfileEncoder(leave_out=["secret"]).fit(frame)
    assert list(encoder.kinds_) == ["n"]
    assert encoder.left_out_ == {
        "secret": "asked for",
        "consented_to": "what she agreed to is no feature",
        "shop": "one value only",
        "none": "no value at all",
        "gone": "no value at all",
        "same": "one value only",
        "name": "60 categories, more than max_categories=50",
    }


def test_a_category_that_fit_did_not_see_is_missing_or_nought_everywhere() -> None:
    frame, other = people(region=["N", "S", "N"]), people(region=["W", None, "S"])
    assert ProfileEncoder().fit(frame).transform(other)[:, 0].tolist() == pytest.approx(
        [np.nan, np.nan, 1], nan_ok=True
    )
    assert ProfileEncoder(categories="onehot").fit(frame).transform(other).tolist() == [[0, 0], [0, 0], [0, 1]]


def test_a_gap_is_filled_with_the_median_and_marked() -> None:
    frame = people(spent=[1.0, np.nan, 2.0, 9.0], region=["N", None, "S", "S"])
    encoder = ProfileEncoder(missing="fill", categories="onehot").fit(frame)
    assert encoder.get_feature_names_out().tolist() == [
        "spent", "spent is missing", "region = N", "region = S", "region is missing",
    ]  # fmt: skip
    assert encoder.transform(frame)[1].tolist() == [2, 1, 0, 0, 1]
    assert ProfileEncoder(missing="fill").fit(frame).transform(frame)[1].tolist() == [2, 1, 2]


def test_ranks_are_normal_scores_and_standard_is_less_the_mean_by_the_deviation() -> None:
    frame = people(spent=[10.0, 20.0, 20.0, 1e6])
    ranks = ProfileEncoder(numbers="ranks").fit_transform(frame)[:, 0]
    assert ranks == pytest.approx(norm.ppf([0.2, 0.5, 0.5, 0.8]) + norm.ppf([0.5] * 4), abs=1e-9)
    standard = ProfileEncoder(numbers="standard").fit_transform(frame)[:, 0]
    assert (standard.mean(), standard.std()) == pytest.approx((0, 1))


@given(st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=30, unique=True), st.randoms())
def test_ranks_do_not_mind_a_rising_function_nor_the_order_of_rows(values: list[float], random: Any) -> None:
    frame = people(x=values)
    made = ProfileEncoder(numbers="ranks").fit_transform(frame)
    order = random.sample(range(len(values)), len(values))
    assert ProfileEncoder(numbers="ranks").fit_transform(frame.iloc[order]) == pytest.approx(made[order])
    place = pd.Series(values).rank().tolist()
    assert ProfileEncoder(numbers="ranks").fit_transform(people(x=place)) == pytest.approx(made)


@pytest.mark.parametrize(
    ("frame", "settings", "said"),
    [
        (people(x=[1.0, np.inf]), {}, r"profiles\.x is infinite for 1 customers \(2\).*put a missing value"),
        (people(x=np.array([1.0, np.inf], dtype=object)), {}, r"profiles\.x is infinite for 1 customers"),
        (people(x=[1, 1], y=[None, None]), {}, r"none of the 2 columns .* x \(one value only\), y \(no value at all\)"),
        (
            people(x=["2025-01-01", "2025-02-30"]),
            {},
            r"profiles\.x holds dates, and 1 values that are none \(2025-02-30\)",
        ),
        (people(x=[1, 2]).assign(customer_id=[4, 4]), {}, r"1 customers in more than one row \(customer_id 4\)"),
        (people(x=[1, 2]).assign(customer_id=[4, None]), {}, r"customer_id is missing in 1 rows"),
        (people(x=[1, 2]), {"columns": ["y"]}, r"no column 'y' \(it has x\)"),
        (people(x=[1, 2]).head(0), {}, "has no rows"),
        (people(x=[1, 2])[["customer_id"]], {}, "none of the 0 columns"),
    ],
)
def test_a_bad_table_is_refused_in_words(frame: pd.DataFrame, settings: dict[str, Any], said: str) -> None:
    with pytest.raises(DataError, match=said):
        ProfileEncoder(**settings).fit(frame)


def test_a_column_that_changed_its_kind_is_refused() -> None:
    with pytest.raises(DataError, match=r"profiles\.x held numbers when this was fitted, and now holds text \(many"):
        ProfileEncoder().fit(people(x=[1, 2])).transform(people(x=["many", "few"]))
    with pytest.raises(DataError, match=r"profiles\.x holds dates, and 1 values that are none \(soon\)"):
        ProfileEncoder().fit(people(x=["2025-01-01", "2025-01-02"])).transform(people(x=["soon", "2025-01-01"]))


def test_an_unknown_setting_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"numbers='log'\): give one of keep, standard, ranks"):
        ProfileEncoder(numbers="log").fit(people(x=[1, 2]))


def test_ids_in_the_index_names_that_are_numbers_and_clones_make_no_difference() -> None:
    frame = people(x=[1.0, 2.0, 4.0], y=["a", "b", "a"])
    made = ProfileEncoder().fit_transform(frame)
    assert ProfileEncoder().fit_transform(frame.set_index("customer_id")).tolist() == made.tolist()
    assert clone(ProfileEncoder()).fit_transform(frame.rename(columns={"x": 0, "y": 1})).tolist() == made.tolist()


def test_the_purpose_of_the_gate_binds_the_encoder() -> None:
    frame = people(x=[1.0, 2.0])
    frame.attrs["purpose"] = "analytics"
    other = frame.copy()
    other.attrs["purpose"] = "marketing_email"
    encoder = ProfileEncoder().fit(frame)
    assert encoder.purpose_ == "analytics"
    with pytest.raises(ConsentError, match="released for 'analytics'"):
        encoder.transform(other)


def test_a_whole_profile_of_the_world_becomes_numbers_without_a_gap() -> None:
    profiles = pk.profile.build_profiles(pk.load_world().tables)
    made = ProfileEncoder(numbers="ranks", categories="onehot", missing="fill").fit_transform(profiles)
    assert made.shape[0] == len(profiles)
    assert np.isfinite(made).all()
