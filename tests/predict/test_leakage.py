"""The audit: each planted kind of leak is found, and honest profiles raise no alarm."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

import personakit as pk
from personakit.errors import DataError, ParameterError
from personakit.predict import audit_leakage, labelled

DAY = "2025-06-30"


@pytest.fixture(scope="module")
def world() -> Any:
    return pk.world.World(n_customers=900, random_state=5)


@pytest.fixture(scope="module")
def honest(world: Any) -> tuple[pd.DataFrame, pd.DataFrame]:
    return labelled(world.tables, DAY, 90)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_honest_profiles_raise_no_alarm(honest: tuple[pd.DataFrame, pd.DataFrame], seed: int) -> None:
    X, after = honest
    part = X.sample(frac=0.8, random_state=seed)
    for target in ("churned", "revenue"):
        assert audit_leakage(part, after.loc[part.index, target], random_state=seed).suspects == []


def _planted(after: pd.DataFrame) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    churned, n = after["churned"].to_numpy(), len(after)
    return {
        "copy": churned.astype(int),
        "words": np.where(churned, "closed", "open"),
        "one in twenty wrong": np.where(rng.random(n) < 0.05, ~churned, churned).astype(int),
        "odd or even": np.where(churned, rng.choice([1, 3, 5], n), rng.choice([2, 4, 6], n)),
        "a wave": np.sin(40 * (churned + rng.normal(0, 0.002, n))),
        "missing for churners": after["days_to_next_order"].to_numpy(),
        "filled in for some churners": np.where(churned & (rng.random(n) < 0.15), rng.random(n), np.nan),
    }


@pytest.mark.parametrize("kind", list(_planted(pd.DataFrame({"churned": [True], "days_to_next_order": [np.nan]}))))
def test_each_planted_kind_is_found_and_nothing_else(honest: tuple[pd.DataFrame, pd.DataFrame], kind: str) -> None:
    X, after = honest[0].iloc[:, ::3], honest[1]  # a third of the columns, for time
    report = audit_leakage(X.assign(planted=_planted(after)[kind]), after["churned"])
    assert report.leaks == ["planted"] and report.suspects == ["planted"]
    words = {"missing for churners": "where it is missing", "filled in for some churners": "filled in for"}
    assert report.table.loc["planted", "evidence"].startswith(words.get(kind, "alone it forecasts with AUC"))


def test_two_copies_do_not_hide_each_other(honest: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    X, after = honest
    both = X.assign(one=after["churned"].astype(int), two=after["days_to_next_order"])
    assert sorted(audit_leakage(both, after["churned"]).leaks) == ["one", "two"]


def test_nonlinear_copies_of_an_amount_are_found(honest: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    X, after = honest
    report = audit_leakage(
        X.assign(bent=np.sqrt(after["revenue"].clip(0)), folded=-after["margin"].abs()), after["revenue"]
    )
    assert sorted(report.leaks) == ["bent", "folded"] and report.measure == "R2 on ranks"


def test_several_classes_are_audited(honest: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    X, after = honest[0].iloc[:, ::3], honest[1]
    known = after["next_channel"].notna()
    code = after.loc[known, "next_channel"].astype("category").cat.codes
    report = audit_leakage(X[known].assign(code=code), after.loc[known, "next_channel"])
    assert report.leaks == ["code"]


def test_a_column_that_later_rows_change_is_found_by_building_it_again(world: Any) -> None:
    tables = {name: world.tables[name] for name in ("customers", "order_lines", "ratings", "sessions")}
    X, after = labelled(tables, DAY, 90)
    late = pk.profile.build_profiles(tables).set_index("customer_id").loc[X.index, "mean_rating"]
    report = audit_leakage(X.assign(mean_rating=late, mine=1.0 * X["frequency"]), after["churned"], tables=tables)
    assert report.leaks == report.suspects == ["mean_rating"]  # the honest columns are the same again
    assert "without the rows after 2025-06-30" in report.table.loc["mean_rating", "evidence"]
    assert report.table.loc["mine", "verdict"] == "not checked"


def test_dates_names_and_ids_are_named() -> None:
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(200, 4)), columns=list("abcd"))
    X["closed_on"] = pd.to_datetime("2025-06-01") + pd.to_timedelta(rng.integers(0, 60, 200), "D")
    X["revenue"], X["row"], X["code"] = rng.random(200), np.arange(200), [f"K{n:04}" for n in range(200)]
    report = audit_leakage(X, rng.random(200) < 0.5, as_of=DAY)
    assert sorted(report.leaks) == ["closed_on", "revenue"] and report.suspects[2:] == ["row", "code"]
    assert "dates are later than 2025-06-30, the last 2025-07-30" in report.table.loc["closed_on", "evidence"]
    assert "revenue: leak: a column of targets()" in repr(report)


def test_bad_input_is_refused_with_what_to_do(honest: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    X, after = honest
    with pytest.raises(DataError, match=r"outcomes \[1\] are too few.*two outcomes"):
        audit_leakage(X, np.ones(len(X), dtype=int))
    with pytest.raises(DataError, match=r"y is missing for"):
        audit_leakage(X, after["days_to_next_order"])
    with pytest.raises(DataError, match=r"profiles.frequency is infinite"):
        audit_leakage(X.assign(frequency=np.inf), after["churned"])
    bare = X.copy()
    bare.attrs.clear()
    with pytest.raises(ParameterError, match=r"give the day of the profiles, too: as_of="):
        audit_leakage(bare, after["churned"], tables={})
