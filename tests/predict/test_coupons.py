"""The coupon benchmark on the sample of The Complete Journey: no case knows what came after, and it beats guessing."""

import importlib.util
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

import personakit as pk


@pytest.fixture(scope="module")
def study(repository: Path) -> Any:
    spec = importlib.util.spec_from_file_location("coupons_study", repository / "benchmarks" / "coupons.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def journey(real_data: Any) -> Any:
    return pk.load_dataset("complete-journey", cache=real_data("complete_journey").parent, progress=False)


def test_no_case_knows_what_happened_from_the_first_day_of_its_campaign_on(study: Any, journey: Any) -> None:
    start = pd.Timestamp("2017-10-30")
    contacts = journey["contacts"]
    now, redeems = study.campaign_cases({**journey, "contacts": contacts[contacts["starts"] <= start]}, since=start)
    then, nothing = study.campaign_cases(study.without_the_future(journey, start), since=start)
    pd.testing.assert_frame_equal(now, then, check_dtype=False)
    assert (len(redeems), redeems.sum(), nothing.sum()) == (1133, 214, 0)


def test_a_redemption_counts_from_the_day_after_it(study: Any) -> None:
    day = pd.Timestamp("2017-05-10")
    contacts = pd.DataFrame({"customer_id": [1, 2, 3], "starts": pd.Timestamp("2017-04-01"),
                             "redeemed_at": [day - pd.Timedelta(days=1), day, pd.NaT]})  # fmt: skip
    found = study.campaign_history(contacts, day)
    assert found["n_redeemed"].tolist() == [1, 0, 0]
    assert found["n_campaigns"].tolist() == [1, 1, 1]
    assert found.loc[1, "days_since_redeemed"] == 1


def test_the_intervals_are_of_the_auc_that_scikit_learn_gives(study: Any) -> None:
    index = pd.MultiIndex.from_product([[8], range(200)], names=["campaign_id", "customer_id"])
    outcome = pd.Series([place % 4 == 0 for place in range(200)], index)
    p = pd.DataFrame({"model": [place % 7 / 7 + 0.1 * (place % 4 == 0) for place in range(200)]}, index)
    found = study.scores(p, outcome, 50).loc["model"]
    assert found["AUC"] == found["AUC within"] == pytest.approx(roc_auc_score(outcome, p["model"]))
    assert found["low"] < found["AUC"] < found["high"]
