"""Limits to the exposure of producers over all lists: reached, at little cost, and impossible ones refused or named."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

from personakit.errors import DataError, ParameterError, UnknownNameError
from personakit.recommend import exposure_shares, limit_exposure

DISCOUNT = 1 / np.log2(np.arange(2, 12))


@pytest.fixture(scope="module")
def goods() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    brands = rng.choice(["big", "middle", "small", None], 80, p=[0.5, 0.3, 0.15, 0.05])
    return pd.DataFrame({"product_id": np.arange(80), "brand": brands})


@pytest.fixture(scope="module")
def lists(goods) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    liking = goods["brand"].map({"big": 0.8, "middle": 0.3}).fillna(0.0).to_numpy()
    parts = []
    for customer in range(250):
        products = rng.permutation(80)[:40]
        parts.append(
            pd.DataFrame(
                {"customer_id": customer, "product_id": products, "score": rng.normal(size=40) + liking[products]}
            )
        )
    found = pd.concat(parts, ignore_index=True)
    found.attrs["purpose"] = "recommendations"
    return found


def test_shares_by_hand():
    goods = pd.DataFrame({"product_id": [1, 2, 3], "brand": ["x", "y", None]})
    lists = pd.DataFrame({"customer_id": [1, 1, 2], "product_id": [1, 2, 3], "rank": [1, 2, 1]})
    total = 2 + 1 / np.log2(3)
    expected = {"x": 1 / total, "y": 1 / np.log2(3) / total, "(not stated)": 1 / total}
    assert exposure_shares(lists, goods).to_dict() == pytest.approx(expected)


def test_limits_are_reached_and_lists_stay_lists(lists, goods):
    free = exposure_shares(limit_exposure(lists, goods), goods)
    assert free["small"] < 0.13 < 0.7 < free["big"] + free["middle"] + 0.1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = limit_exposure(lists, goods, minimum={"small": 0.2}, maximum={"big": 0.4})
    shares = exposure_shares(found, goods)
    assert shares["small"] >= 0.195
    assert shares["big"] <= 0.405
    assert found["rank"].tolist() == list(range(1, 11)) * 250
    assert not found.duplicated(["customer_id", "product_id"]).any()
    assert found.attrs == {"purpose": "recommendations"}
    merged = found.merge(lists, on=["customer_id", "product_id"], suffixes=("", "_then"))
    assert len(merged) == len(found)
    assert (merged["score"] == merged["score_then"]).all()


def test_without_limits_or_within_them_the_lists_go_by_score(lists, goods):
    by_score = lists.sort_values(["customer_id", "score"], ascending=[True, False]).groupby("customer_id").head(10)
    for limits in ({}, {"minimum": 0.0, "maximum": 1.0}, {"minimum": {"small": 0.01}}):
        found = limit_exposure(lists, goods, **limits)
        assert found["product_id"].tolist() == by_score["product_id"].tolist()


def test_it_costs_little_more_than_the_best_there_is(lists, goods):
    """Of the linear programme over all fractional assignments to places, which no lists can beat."""
    some = lists[lists["customer_id"] < 25]
    minimum = {"small": 0.25}
    found = limit_exposure(some, goods, k=3, minimum=minimum)
    reached = exposure_shares(found, goods)["small"]
    score = some["score"].groupby(some["customer_id"])
    scaled = ((some["score"] - score.transform("min")) / (score.transform("max") - score.transform("min"))).to_numpy()
    n, k, weight = len(some), 3, DISCOUNT[:3]
    small = (some["product_id"].map(goods.set_index("product_id")["brand"]) == "small").to_numpy()
    customer = some["customer_id"].to_numpy()
    rows = np.zeros((25 * k, n * k))
    for who in range(25):
        for place in range(k):
            rows[who * k + place, np.flatnonzero(customer == who) * k + place] = 1
    once = np.kron(np.eye(n), np.ones(k))
    exposure = -(np.kron(small, weight))[None] / (25 * weight.sum())
    best = linprog(
        -np.kron(scaled, weight),
        A_ub=np.vstack([once, exposure]),
        b_ub=np.append(np.ones(n), -reached),
        A_eq=rows,
        b_eq=np.ones(25 * k),
    )
    value = pd.Series(scaled, index=pd.MultiIndex.from_frame(some[["customer_id", "product_id"]]))
    own = value.loc[pd.MultiIndex.from_frame(found[["customer_id", "product_id"]])].to_numpy()
    assert own @ weight[found["rank"].to_numpy() - 1] >= 0.985 * -best.fun


def test_what_the_candidates_do_not_allow_is_named(lists, goods):
    few = lists[lists["product_id"].isin(goods.loc[goods["brand"] != "small", "product_id"])]
    with pytest.warns(UserWarning, match=r"do not allow the limits of 1 producers: they reach small 0\.0%"):
        limit_exposure(few, goods, minimum={"small": 0.1})


def test_no_lists(lists, goods):
    assert limit_exposure(lists.head(0), goods, minimum={"small": 0.1}).empty


@pytest.mark.parametrize(
    ("limits", "error", "text"),
    [
        (
            {"minimum": {"tiny": 0.1}},
            UnknownNameError,
            r"minimum names tiny, but the producers are \(not",
        ),
        ({"minimum": {"small": 1.1}}, ParameterError, "minimum is 1.1 for small. Give shares from 0 to 1"),
        ({"maximum": {"small": np.nan}}, ParameterError, "maximum is nan for small"),
        ({"maximum": -0.2}, ParameterError, "maximum is -0.2. Give a share from 0 to 1"),
        ({"minimum": 0.3}, ParameterError, "minimum shares sum to 1.2, but there is only 1"),
        ({"maximum": 0.2}, ParameterError, "maximum shares of all 4 producers sum to 0.8"),
        ({"minimum": {"big": 0.5}, "maximum": {"big": 0.4}}, ParameterError, "minimum is above maximum for big"),
        ({"k": 0}, ParameterError, "k.*0.*the length of the lists"),
        ({"k": 40, "minimum": {"small": 0.3}}, DataError, "a list of 40 leaves no choice"),
        ({"group": "maker"}, DataError, "products has no column 'maker'"),
    ],
)
def test_wrong_limits(limits, error, text, lists, goods):
    with pytest.raises(error, match=text):
        limit_exposure(lists, goods, **limits)


def test_wrong_products(lists, goods):
    with pytest.raises(DataError, match=r"products lacks \d+ of the product_ids in the lists \(0"):
        limit_exposure(lists, goods.iloc[5:])
    with pytest.raises(DataError, match="1 product_ids twice"):
        limit_exposure(lists, pd.concat([goods, goods.head(1)]))
    with pytest.raises(DataError, match=r"product_id is int in the lists .* and str in products"):
        limit_exposure(lists, goods.assign(product_id=goods["product_id"].astype(str)))


def test_shares_need_ranks(candidates):
    goods = pd.DataFrame({"product_id": candidates["product_id"].unique(), "brand": "x"})
    with pytest.raises(DataError, match=r"lists has no column 'rank'. Pass lists as `recommend` gives them"):
        exposure_shares(candidates.drop(columns="rank", errors="ignore"), goods)
