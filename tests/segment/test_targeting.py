"""Values of offers: those of the log by hand, nothing won by luck, and intervals that hold the truth."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import personakit as pk
from personakit.errors import ConsentError, DataError, ParameterError, UnknownNameError
from personakit.measure import action_values
from personakit.segment import offer_values, segments_known_then
from personakit.segment.pooling import pooled

EFFECT = {("a", "mail"): 1.0, ("a", "text"): 0.2, ("b", "mail"): 0.0, ("b", "text"): 0.5}


def made(n=4000, seed=0, confounded=True):
    """A log in which the good customers get more mails; the true gains are EFFECT."""
    rng = np.random.default_rng(seed)
    who = np.arange(n)
    segment = np.where(who % 2 == 0, "a", "b")
    usual = rng.gamma(2.0, 1.0, n)
    chance = np.where(usual > 2, 0.6, 0.2) if confounded else np.full(n, 1 / 3)
    draw = rng.random(n)
    action = np.where(draw < chance, "mail", np.where(draw < chance + (1 - chance) / 2, "text", "none"))
    propensity = np.where(action == "mail", chance, (1 - chance) / 2)
    effect = [EFFECT.get((part, what), 0.0) for part, what in zip(segment, action, strict=True)]
    log = pd.DataFrame({
        "customer_id": who, "action": action, "propensity": propensity, "usual": usual, "cost": 0.1,
        "channel": np.where(action == "mail", "email", np.where(action == "text", "sms", "none")),
        "margin": 2 * usual + effect + rng.normal(size=n),
    })  # fmt: skip
    return pd.Series(segment, index=pd.Index(who, name="customer_id")), log


def by_cell(values, column):
    return values.table.set_index(["segment", "action"])[column].to_dict()


def test_raw_gains_are_those_of_off_policy_values():
    segments, log = made(600)
    ours = by_cell(offer_values(segments, log), "raw")
    theirs = action_values(log.assign(segment=segments.to_numpy(), cost=0.0), outcome="margin", baseline="none",
                           by="segment").set_index(["segment", "action"])["gain"]  # fmt: skip
    for cell, gain in ours.items():
        assert gain == pytest.approx(theirs[cell])


def test_the_gain_is_found_where_the_campaign_favoured_good_customers():
    segments, log = made(20000)
    naive = log[segments.eq("b").to_numpy()].groupby("action")["margin"].mean()
    assert naive["mail"] - naive["none"] > 0.8  # though mails do nothing to b
    table = offer_values(segments, log).table.set_index(["segment", "action"])
    for cell, effect in EFFECT.items():
        assert table.loc[cell, "low"] < effect < table.loc[cell, "high"]


def test_what_was_known_before_narrows_the_intervals_and_moves_no_gain():
    width, miss = {(): [], ("usual",): []}, {(): [], ("usual",): []}
    for seed in range(16):
        segments, log = made(800, seed)
        for covariates in width:
            table = offer_values(segments, log, covariates=covariates).table.set_index(["segment", "action"])
            width[covariates].append((table["raw_high"] - table["raw_low"]).mean())
            miss[covariates].append(np.mean([table.loc[cell, "raw"] - effect for cell, effect in EFFECT.items()]))
    assert np.mean(width[("usual",)]) < 0.6 * np.mean(width[()])
    assert abs(np.mean(miss[("usual",)])) < 3 * np.std(miss[("usual",)]) / np.sqrt(16)


def test_pooled_intervals_hold_the_truth_nineteen_times_in_twenty():
    held = []
    for seed in range(60):
        segments, log = made(800, seed)
        table = offer_values(segments, log, covariates=["usual"]).table.set_index(["segment", "action"])
        held += [table.loc[cell, "low"] <= effect <= table.loc[cell, "high"] for cell, effect in EFFECT.items()]
    assert 0.91 <= np.mean(held) <= 0.99


def test_the_winner_of_sixty_equal_cells_promises_far_less_after_pooling():
    raw, drawn = [], []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        log = pd.DataFrame({"customer_id": np.arange(3000), "propensity": 1 / 11, "margin": rng.normal(size=3000),
                            "action": rng.choice(["none", *"abcdefghij"], 3000)})  # fmt: skip
        table = offer_values(pd.Series(rng.integers(0, 6, 3000)), log).table
        raw.append(table["raw"].max())
        drawn.append(table["gain"].max())
    assert np.mean(raw) > 0.35 and np.mean(drawn) < np.mean(raw) / 3  # nothing does anything


def test_a_few_lucky_customers_are_no_evidence_however_lucky():
    segments, log = made(3000, confounded=False)
    lucky = pd.DataFrame({"customer_id": range(18), "action": "parcel", "propensity": 1 / 3, "usual": 1.0, "cost": 0.1,
                          "channel": "post", "margin": 9.0})  # fmt: skip
    table = offer_values(segments, pd.concat([log, lucky])).table.set_index(["segment", "action"])
    assert table.loc[("b", "parcel"), "logged"] == 9 and np.isnan(table.loc[("b", "parcel"), "raw"])
    assert table.loc[("b", "parcel"), "low"] < 0.1
    table = offer_values(segments, pd.concat([log, lucky]), min_customers=9).table.set_index(["segment", "action"])
    assert table.loc[("b", "parcel"), "raw"] > 4


def test_a_cell_in_which_nobody_bought_is_not_sure_of_nought():
    segments, log = made(3000, confounded=False)
    silent = pd.DataFrame({"customer_id": range(40), "action": "parcel", "propensity": 1 / 3, "usual": 1.0, "cost": 0.1,
                           "channel": "post", "margin": 0.0})  # fmt: skip
    table = offer_values(segments, pd.concat([log, silent])).table.set_index(["segment", "action"])
    parcel, mail = (table.loc[("b", each)] for each in ("parcel", "mail"))
    assert parcel["raw_high"] - parcel["raw_low"] > mail["raw_high"] - mail["raw_low"]


def test_an_offer_that_a_segment_never_met_is_told_by_the_others_and_wide():
    segments, log = made(3000)
    log = log[~((segments == "b").to_numpy() & (log["action"] == "text").to_numpy())]
    table = offer_values(segments, log).table.set_index(["segment", "action"])
    never, met = table.loc[("b", "text")], table.loc[("a", "text")]
    assert never["logged"] == 0 and np.isnan(never["raw"]) and np.isfinite(never["gain"])
    assert never["high"] - never["low"] > 1.5 * (met["high"] - met["low"])


def test_the_same_customers_again_are_no_new_witnesses():
    segments, log = made(400)
    once, four = offer_values(segments, log).table, offer_values(segments, pd.concat([log] * 4)).table
    np.testing.assert_allclose(once[["gain", "low", "high"]], four[["gain", "low", "high"]], rtol=1e-6)


@settings(max_examples=12)
@given(st.integers(0, 10**6), st.integers(0, 3))
def test_neither_the_order_of_rows_nor_the_names_of_customers_matter(seed, shift):
    segments, log = made(240, seed=3)
    order = np.random.default_rng(seed).permutation(240)
    again = offer_values(
        segments.set_axis(segments.index + 1000 * shift).iloc[order],
        log.assign(customer_id=log["customer_id"] + 1000 * shift).iloc[order],
    )
    first = offer_values(segments, log).table.set_index(["segment", "action"])
    other = again.table.set_index(["segment", "action"]).loc[first.index]
    numbers = ["customers", "logged", "raw", "gain", "low", "high"]
    np.testing.assert_allclose(first[numbers], other[numbers], rtol=1e-4, atol=1e-6)


def test_a_segment_of_today_would_praise_the_message_and_the_segment_of_then_does_not():
    """Nobody is changed by the mail; whoever bought after one is called good today."""
    rng = np.random.default_rng(1)
    log = pd.DataFrame({"customer_id": np.arange(6000), "propensity": 0.5, "margin": rng.exponential(size=6000),
                        "action": rng.choice(["mail", "none"], 6000), "week": pd.Timestamp("2025-03-03")})  # fmt: skip
    mailed = (log["action"] == "mail").to_numpy()
    bought = log["margin"].to_numpy() > 1
    today = pd.Series(np.where(bought & mailed, "good", np.where(rng.random(6000) < 0.5, "good", "bad")))
    then = pd.Series(rng.choice(["good", "bad"], 6000))
    wrong = offer_values(today, log).table.set_index("segment")
    right = offer_values(today, segments_known_then(log, {"2025-03-01": then})).table.set_index("segment")
    assert wrong.loc["good", "low"] > 0.1
    assert (right["raw_low"] < 0).all() and (right["raw_high"] > 0).all()


def test_decisions_before_the_first_snapshot_have_no_segment_and_are_counted():
    segments, log = made(400)
    log = log.assign(week=pd.to_datetime(np.where(log.index < 100, "2024-12-30", "2025-06-02")))
    found = segments_known_then(log, {"2025-01-01": segments})
    assert found["segment"].isna().sum() == 100
    assert offer_values(segments, found).left_out == 100


def test_customers_without_a_segment_are_left_out_and_counted():
    segments, log = made(900)
    values = offer_values(segments.where(segments.index >= 200), log)
    assert values.left_out == 200 and values.table.groupby("segment")["customers"].first().sum() == 700


def test_pooling_agrees_with_the_textbook_formula_where_there_is_one_kind():
    """Known spread and equal errors: shrinkage is spread / (spread + error) towards the mean."""
    rng = np.random.default_rng(0)
    truth = rng.normal(0, 1, 400)
    seen = truth + rng.normal(0, 0.5, 400)
    answer, covariance, spread = pooled(seen, np.eye(400) * 0.25, {})
    share = spread["own"] ** 2 / (spread["own"] ** 2 + 0.25)
    np.testing.assert_allclose(answer, seen.mean() + share * (seen - seen.mean()), atol=1e-9)
    assert spread["own"] == pytest.approx(1.0, abs=0.08)
    np.testing.assert_allclose(np.diag(covariance), share * 0.25 + (1 - share) ** 2 * (spread["own"] ** 2 + 0.25) / 400)


def test_pooling_twelve_segments_by_fifteen_offers_covers_and_halves_the_error():
    rng = np.random.default_rng(1)
    held, errors, raw = [], [], []
    kinds = {"segment": list(np.repeat(np.arange(12), 15)), "offer": list(np.tile(np.arange(15), 12))}
    for _ in range(25):
        truth = (rng.normal(0, 0.3, (12, 1)) + rng.normal(0, 0.3, (1, 15)) + rng.normal(0, 0.15, (12, 15))).ravel()
        sd = rng.uniform(0.1, 1.2, 180)
        seen = truth + sd * rng.normal(size=180)
        answer, covariance, _ = pooled(seen, np.diag(sd**2), kinds)
        held.append((np.abs(answer - truth) < 1.96 * np.sqrt(np.diag(covariance))).mean())
        errors.append(((answer - truth) ** 2).mean())
        raw.append(((seen - truth) ** 2).mean())
    assert 0.92 < np.mean(held) < 0.985
    assert np.mean(errors) < np.mean(raw) / 4


@pytest.mark.parametrize(
    ("change", "error", "text"),
    [
        ({"propensity": 0.0}, DataError, r"log.propensity has 40 values that are missing or outside 0 to 1 .*log it"),
        ({"propensity": 1.2}, DataError, r"log.propensity has 40 values that are missing or outside 0 to 1"),
        ({"propensity": np.nan}, DataError, r"log.propensity has 40 values that are missing or outside"),
        ({"margin": np.inf}, DataError, r"log.margin or log.cost is missing or not a number in 40 rows.*fill these in"),
        ({"action": None}, DataError, r'log.action is missing in 40 rows.*call it "none"'),
        ({"action": "none"}, DataError, r"log.action has no decision but 'none', so there is no offer to value"),
        ({"action": "mail"}, UnknownNameError, r"log has no decision 'none' to compare with \(it has mail\)"),
        ({"cost": -1.0}, DataError, r"cost of a contact is missing, infinite or negative \(-1.0"),
        ({"usual": np.inf}, DataError, r"The covariates are missing or infinite in 40 rows \(rows 0, 1, 2, ...\)"),
    ],
)
def test_bad_logs_are_refused_with_what_to_do(change, error, text):
    segments, log = made(40)
    with pytest.raises(error, match=text):
        offer_values(segments, log.assign(**change), covariates=["usual"])


def test_bad_segments_and_settings_are_refused():
    segments, log = made(40)
    with pytest.raises(DataError, match=r"segments has 1 customers more than once \(customer_id 0\)"):
        offer_values(pd.concat([segments, segments.iloc[:1]]), log)
    with pytest.raises(DataError, match="segments: none of the 40 customers has a segment"):
        offer_values(segments.where(segments == "z"), log)
    with pytest.raises(DataError, match="None of the 40 logged decisions is about a customer with a segment"):
        offer_values(segments.set_axis(segments.index + 1000), log)
    with pytest.raises(DataError, match=r"there is no customer 0 \(int\), but '0' \(str\)"):
        offer_values(segments.set_axis(segments.index.astype(str)), log)
    with pytest.raises(DataError, match=r"segments is a list, not a Series"):
        offer_values(["a"], log)
    with pytest.raises(DataError, match=r"outcomes is a dict. Give a log"):
        offer_values(segments, {})
    with pytest.raises(UnknownNameError, match="log has no column 'reward'"):
        offer_values(segments, log, outcome="reward")
    with pytest.raises(UnknownNameError, match="log has no column 'age'"):
        offer_values(segments, log, covariates=["age"])
    with pytest.raises(ParameterError, match="confidence=95: give a share between 0 and 1"):
        offer_values(segments, log, confidence=95)
    with pytest.raises(ParameterError, match=r"offer_values\(min_customers=1\): give a whole number from 2"):
        offer_values(segments, log, min_customers=1)
    with pytest.raises(DataError, match="costs names no price for sms"):
        offer_values(segments, log, costs={"email": 0.1})
    with pytest.raises(DataError, match="No segment met both an offer and 'none' in the log"):
        offer_values(pd.Series(np.arange(40)), log)
    with pytest.raises(DataError, match="There is no estimate to pool"):
        pooled([np.nan], [[1.0]], {})
    with pytest.raises(DataError, match="snapshots is empty"):
        segments_known_then(log.assign(week="2025-01-06"), {})
    with pytest.raises(UnknownNameError, match="decisions has no column 'week'"):
        segments_known_then(log, {"2025-01-01": segments})


def test_segments_and_log_must_have_been_released_for_the_same_purpose():
    segments, log = made(200)
    log.attrs["purpose"], segments.attrs["purpose"] = "recommendations", "analytics"
    with pytest.raises(ConsentError, match="learnt from data released for 'analytics'"):
        offer_values(segments, log)
    segments.attrs["purpose"] = "recommendations"
    assert offer_values(segments, log).purpose_ == "recommendations"


def test_on_the_world_the_values_of_segments_follow_the_truth():
    """Fifths by how often they come: the log's order of what an e-mail adds is that of the exact expectations."""
    world = pk.load_world()
    history = pk.measure.contact_history(world.tables, at=world.end)
    log = history.decisions.query("channel in ['none', 'email'] and discount == 0")
    log = log.assign(worth=log["visits"] * history.worth_of_a_visit[0.0])
    edges = history.now["usual"].quantile([0.2, 0.4, 0.6, 0.8]).to_numpy()
    fifth = pd.Series(np.searchsorted(edges, history.now["usual"]), index=history.now.index)
    log["segment"] = np.searchsorted(edges, log["usual"])  # known before each decision
    values = offer_values(fifth, log, outcome="worth", offer="channel", covariates=["usual", "tired"])
    none, mail = (
        world.expected(None, {"channel": channel, "theme": theme, "discount": 0.0}, weeks=1)["margin"].to_numpy()
        for channel, theme in (("none", "none"), ("email", "bestsellers"))
    )
    truth = pd.Series(mail - none, index=world.customer_ids).groupby(fifth).mean()
    found = values.table.set_index("segment")["gain"].sort_index()
    assert found.corr(truth, method="spearman") >= 0.9
    assert values.table.set_index("segment").loc[4, "low"] > values.table.set_index("segment").loc[0, "high"]
