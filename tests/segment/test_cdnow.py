"""RFM, tiers and stages on a real shop: CDNOW's 2,357 customers of early 1997, and what they bought 39 weeks later."""

import numpy as np
import pandas as pd
import pytest

import personakit as pk
from personakit.segment import RFM, LifecycleStages, ValueTiers, rfm_segments, rfm_table

HALF_TIME = "1997-09-30"


@pytest.fixture(scope="module")
def cdnow(real_data):
    return pk.load_dataset("cdnow", cache=real_data("cdnow").parent, progress=False)


@pytest.fixture(scope="module")
def then(cdnow):
    return pk.profile.build_profiles(cdnow, HALF_TIME)


@pytest.fixture(scope="module")
def bought_later(cdnow, then):
    """Whether each customer bought after the day, counted from the lines themselves."""
    lines = cdnow["order_lines"]
    later = set(lines.loc[lines["timestamp"] > pd.Timestamp(HALF_TIME), "customer_id"])
    return pd.Series([customer in later for customer in then["customer_id"]], index=then["customer_id"])


def test_order_lines_and_profiles_give_the_same_scores_and_segments(cdnow, then):
    table = rfm_table(cdnow["order_lines"], HALF_TIME)
    columns = ["recency_days", "frequency", "monetary"]
    pd.testing.assert_frame_equal(table[columns], then[columns], check_exact=True)
    assert rfm_segments(table)["segment"].tolist() == RFM().fit_predict(then).tolist()


def test_better_scores_buy_more_often_later(then, bought_later):
    scores = RFM().fit(then).transform(then)
    for name in ("recency_score", "frequency_score"):
        shares = bought_later.groupby(scores[name].astype(int)).mean()
        assert shares.iloc[-1] > 2 * shares.iloc[0], name
    by_segment = bought_later.groupby(scores["segment"].astype(str)).mean()
    assert by_segment["Champions"] > 2 * by_segment["Lost"]


def test_stages_of_the_lifecycle_stand_in_the_order_of_who_buys_later(then, bought_later):
    shares = bought_later.groupby(LifecycleStages().fit_predict(then).astype(str)).mean()
    assert shares.loc[["Active", "Slipping", "Lapsed"]].is_monotonic_decreasing
    assert shares["Active"] > 2 * shares["Lapsed"]


def test_won_back_customers_of_the_later_half_had_lapsed_and_bought_since(cdnow, then, bought_later):
    now = pk.profile.build_profiles(cdnow, "1998-06-30")
    model = LifecycleStages().fit(then)
    back = model.predict(now, before=then) == "Won back"
    lapsed = model.predict(then) == "Lapsed"
    assert back.sum() > 20
    assert (lapsed & bought_later).loc[back[back].index].all()


def test_the_top_fifth_brings_the_share_that_sorting_by_hand_finds(then):
    spent = np.sort(then.loc[then["monetary"] > 0, "monetary"].to_numpy())[::-1]
    wanted = spent[: int(np.ceil(len(spent) / 5))].sum() / spent.sum()
    assert ValueTiers((0.2,)).fit(then).segments_.loc[0, "monetary_share"] == pytest.approx(wanted, abs=0.01)
    assert 0.55 < wanted < 0.75
