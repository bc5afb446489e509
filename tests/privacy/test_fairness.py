"""The fairness audit: known answers, honest intervals, nobody hidden, and errors that say what to do."""

import builtins

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import personakit as pk
from personakit.errors import DataError, MissingExtraError, ParameterError, PersonakitError, UnknownNameError
from personakit.privacy import (
    FairnessReport,
    fairness_of_offers,
    fairness_of_predictions,
    fairness_of_prices,
    fairness_of_recommendations,
    fairness_of_segments,
)

QUICK = {"n_bootstrap": 200, "n_permutations": 99}
AGE = pd.Series(["young"] * 60 + ["old"] * 40, index=range(1, 101), name="age")


def values(report, metric, attribute=None):
    rows = report.by_group[report.by_group["metric"] == metric]
    if attribute is not None:
        rows = rows[rows["attribute"] == attribute]
    return dict(zip(rows["group"], rows["value"], strict=True))


def gap(report, metric):
    return report.gaps.set_index("metric").loc[metric]


# Segments


def test_shares_of_segments_are_those_counted_by_hand():
    segments = pd.Series(["gold"] * 15 + ["basic"] * 45 + ["gold"] * 30 + ["basic"] * 10, index=AGE.index)
    audit = fairness_of_segments(segments, AGE, favoured="gold")
    assert values(audit, "favoured") == pytest.approx({"young": 0.25, "old": 0.75})
    assert values(audit, "in basic") == pytest.approx({"young": 0.75, "old": 0.25})
    found = gap(audit, "favoured")
    assert (found["highest"], found["lowest"]) == ("old", "young")
    assert found["difference"] == pytest.approx(0.5)
    assert found["ratio"] == pytest.approx(1 / 3)
    assert found["below_four_fifths"] is True
    assert found["gap_p_value"] <= 0.001
    assert found["difference_low"] > 0.25
    assert gap(audit, "in basic")["below_four_fifths"] is None


def test_intervals_of_shares_are_jeffreys_and_no_claim_of_certainty_is_made_at_nought():
    segments = pd.Series(["gold"] * 40 + ["basic"] * 60, index=range(100))
    audit = fairness_of_segments(segments, pd.Series(["a"] * 40 + ["b"] * 60, name="g"), n_bootstrap=20_000)
    row = audit.by_group.set_index(["metric", "group"]).loc[("in gold", "b")]
    from scipy import stats

    expected = stats.beta(0.5, 60.5).ppf([0.025, 0.975])
    assert (row["low"], row["high"]) == pytest.approx(tuple(expected), abs=0.002)
    assert row["value"] == 0
    assert gap(audit, "in gold")["difference_high"] == 1.0


def test_segments_keep_their_order_and_a_missing_one_is_a_segment():
    kinds = pd.CategoricalDtype(["top", "mid", "low"], ordered=True)
    segments = pd.Series(["low", "top", None, "mid"] * 25, index=AGE.index).astype(kinds)
    audit = fairness_of_segments(segments, AGE, **QUICK)
    assert list(dict.fromkeys(audit.by_group["metric"])) == ["in top", "in mid", "in low", "in (no segment)"]


def test_a_frame_of_segments_and_several_attributes_with_their_intersections():
    people = pd.DataFrame(
        {"customer_id": range(120), "age": ["young", "old"] * 60, "area": ["town"] * 60 + ["land"] * 60}
    )
    segments = pd.DataFrame({"customer_id": range(120), "segment": ["x"] * 30 + ["y"] * 90})
    audit = fairness_of_segments(segments, people, intersections=True, **QUICK)
    assert values(audit, "in x", "age & area") == {
        "old & land": 0.0, "old & town": 0.5, "young & land": 0.0, "young & town": 0.5,
    }  # fmt: skip
    assert list(dict.fromkeys(audit.by_group["attribute"])) == ["age", "area", "age & area"]


def test_those_who_said_nothing_and_those_without_a_row_are_a_group():
    people = AGE.astype(object).copy()
    people.iloc[:10] = None
    people = people.drop(people.index[-5:])
    audit = fairness_of_segments(pd.Series("x", index=range(1, 101)).mask(AGE == "old", "y"), people, **QUICK)
    n = audit.by_group[audit.by_group["metric"] == "in x"].set_index("group")["n"].to_dict()
    assert n == {"old": 35, "young": 50, "(not stated)": 15}


def test_groups_may_repeat_a_customer_who_says_the_same_and_come_as_a_mapping():
    segments = pd.Series(["x", "y"] * 50, AGE.index)
    one = fairness_of_segments(segments, AGE, **QUICK)
    twice = pd.concat([AGE, AGE.iloc[:7]]).rename_axis("age")  # an index of the same name is no trouble
    for other in (twice, AGE.astype("category"), AGE.rename_axis("customer_id").reset_index()):
        pd.testing.assert_frame_equal(fairness_of_segments(segments, other, **QUICK).by_group, one.by_group)
    named = fairness_of_segments(segments, AGE.to_dict(), **QUICK).by_group
    assert named["value"].equals(one.by_group["value"])
    assert set(named["attribute"]) == {"group"}


# Small groups


def test_a_small_group_is_shown_named_and_left_out_of_the_gap():
    group = pd.Series(["a"] * 100 + ["b"] * 100 + ["c"] * 5, name="g")
    segments = pd.Series((["x", "y"] * 100) + ["x"] * 5)
    audit = fairness_of_segments(segments, group)
    assert values(audit, "in x")["c"] == 1.0
    assert audit.by_group.loc[audit.by_group["group"] == "c", "small"].all()
    assert audit.warnings == ("g: c has 5 customers, fewer than 30; its numbers are shown, and say little.",)
    assert gap(audit, "in x")["difference"] == 0
    assert "c has 5 customers" in audit.summary
    assert "c has 5 customers" in audit._repr_html_()
    low = fairness_of_segments(segments, group, floor=5)
    assert gap(low, "in x")["highest"] == "c"
    assert low.warnings == ()


def test_with_small_groups_only_the_gap_is_still_taken_and_warned_of():
    audit = fairness_of_segments(pd.Series(["x", "y"] * 8), pd.Series(["a"] * 8 + ["b"] * 8, name="g"), **QUICK)
    assert len(audit.gaps) == 2
    assert len(audit.warnings) == 2


# Luck


def test_equal_groups_show_gaps_that_cover_nought_and_p_values_that_are_even():
    covered, p_values = [], []
    for seed in range(120):
        random = np.random.default_rng(seed)
        group = pd.Series(random.choice(list("abcde"), 400, p=[0.1, 0.15, 0.2, 0.25, 0.3]), name="g")
        spend = pd.DataFrame({"customer_id": range(400), "product_id": 1, "price": random.lognormal(0, 0.6, 400)})
        found = gap(
            fairness_of_prices(spend, group, pd.Series({1: 1.0}), metrics=["price_index"], **QUICK), "price_index"
        )
        covered.append(found["difference_low"] <= 0)
        p_values.append(found["gap_p_value"])
    assert np.mean(covered) >= 0.90  # 0.95 less 2.5 standard errors
    assert 0.40 < np.mean(p_values) < 0.60
    assert np.mean(np.array(p_values) <= 0.05) < 0.11


def test_the_gap_that_luck_would_show_is_stated_so_that_a_gap_is_not_taken_for_more():
    group = pd.Series(np.arange(600) % 6, name="g")
    segments = pd.Series(np.random.default_rng(1).choice(["x", "y"], 600))
    found = gap(fairness_of_segments(segments, group), "in x")
    # Six shares of 100 customers each at 1/2: the range of six normals is 2.534 standard errors (tables of the range).
    assert found["gap_if_equal"] == pytest.approx(2.534 * 0.05, rel=0.06)
    assert found["difference_low"] < 0 < found["difference"]
    assert found["gap_p_value"] > 0.05


@pytest.mark.parametrize("n", [40, 3000])
def test_bootstrap_intervals_cover_the_truth_about_as_often_as_they_say(n):
    """Small groups by expanded percentiles, large ones by random groups; clusters of unequal size."""
    hits, widths = [], []
    for seed in range(150 if n < 100 else 40):
        random = np.random.default_rng(seed)
        sizes = random.integers(1, 5, n)
        own = np.repeat(random.normal(0, 1, n), sizes)
        rows = pd.DataFrame({"customer_id": np.repeat(np.arange(n), sizes), "product_id": 1})
        rows["price"] = np.exp(0.2 * own + 0.1 * random.normal(size=len(rows)))
        group = pd.Series(np.arange(n) % 2, name="g")
        audit = fairness_of_prices(
            rows, group, pd.Series({1: 1.0}), metrics=["price_index"], n_bootstrap=300, n_permutations=0
        )
        truth = np.exp((0.2**2 + 0.1**2) / 2)
        hits += ((audit.by_group["low"] <= truth) & (truth <= audit.by_group["high"])).tolist()
        widths += (audit.by_group["high"] - audit.by_group["low"]).tolist()
    assert 0.90 <= np.mean(hits) <= 0.99
    assert np.mean(widths) == pytest.approx(2 * 1.96 * 0.218 * np.sqrt(2 / n), rel=0.2)


def test_rows_of_one_customer_are_kept_together():
    """Repeating every row of every customer adds no information, and must not narrow the interval."""
    random = np.random.default_rng(0)
    rows = pd.DataFrame({"customer_id": range(200), "product_id": 1, "price": random.lognormal(0, 1, 200)})
    group, reference = pd.Series(np.arange(200) % 2, name="g"), pd.Series({1: 1.0})
    one = fairness_of_prices(rows, group, reference)
    many = fairness_of_prices(pd.concat([rows] * 9), group, reference)
    pd.testing.assert_frame_equal(one.by_group, many.by_group)
    pd.testing.assert_frame_equal(one.gaps, many.gaps)


def test_the_bootstrap_of_large_groups_by_random_groups_agrees_with_the_plain_one():
    from personakit.privacy.fairness.estimates import resampled_sums

    random = np.random.RandomState(3)
    columns = np.stack([random.lognormal(0, 1, 9000), random.poisson(2, 9000)], axis=1).astype(float)
    sums = resampled_sums(columns, 3000, np.random.RandomState(0))
    ratio = columns[:, 0].sum() / columns[:, 1].sum()
    linear = (columns[:, 0] - ratio * columns[:, 1]) / columns[:, 1].sum()
    assert (sums[:, 0] / sums[:, 1]).std() == pytest.approx(np.sqrt((linear**2).sum()), rel=0.06)
    assert (sums[:, 0] / sums[:, 1]).mean() == pytest.approx(ratio, rel=0.002)


def test_many_comparisons_are_corrected_for_by_holm():
    segments = pd.Series(np.random.default_rng(0).choice(list("uvwxyz"), 100), index=AGE.index)
    gaps = fairness_of_segments(segments, AGE, **QUICK).gaps
    steps = sorted(gaps["gap_p_value"])
    expected = {
        p: min(1.0, max((len(steps) - at) * one for at, one in enumerate(steps) if one <= p)) for p in steps
    }  # the definition, step by step
    assert gaps["gap_p_holm"].tolist() == pytest.approx([expected[p] for p in gaps["gap_p_value"]])


def test_without_permutations_the_p_value_comes_from_the_bootstrap_and_agrees():
    group, reference = pd.Series(np.arange(900) % 3, name="g"), pd.Series({1: 1.0})
    for seed in range(5):
        price = np.random.default_rng(seed).lognormal(0, 0.5, 900)
        prices = pd.DataFrame({"customer_id": range(900), "product_id": 1, "price": price})
        permuted, drawn = (
            gap(fairness_of_prices(prices, group, reference, n_permutations=n), "price_index") for n in (999, 0)
        )
        assert drawn["gap_p_value"] == pytest.approx(permuted["gap_p_value"], abs=0.06)
        assert drawn["gap_if_equal"] == pytest.approx(permuted["gap_if_equal"], rel=0.1)


def test_a_clear_gap_stays_clear_among_a_hundred_comparisons():
    """999 permutations alone could not go below 0.001, which Holm's correction would lift to 0.1."""
    random = np.random.default_rng(0)
    others = np.array([f"s{at:02d}" for at in random.integers(1, 100, 4000)])
    often = random.uniform(size=4000) < np.where(np.arange(4000) % 2, 0.3, 0.1)
    segments = pd.Series(np.where(often, "s00", others))
    gaps = fairness_of_segments(segments, pd.Series(np.arange(4000) % 2, name="g"), **QUICK).gaps.set_index("metric")
    assert len(gaps) == 100
    assert gaps.loc["in s00", "gap_p_holm"] < 1e-6
    assert (gaps["gap_p_holm"] < 0.05).sum() == 1


# Invariances


@settings(max_examples=25)
@given(st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(random):
    segments = pd.Series(["gold", "basic", "basic"] * 33 + ["gold"], index=AGE.index)
    order = random.sample(list(AGE.index), len(AGE))
    again = random.sample(list(AGE.index), len(AGE))
    one = fairness_of_segments(segments, AGE, n_bootstrap=60, n_permutations=20)
    other = fairness_of_segments(segments[order], AGE[again], n_bootstrap=60, n_permutations=20)
    pd.testing.assert_frame_equal(one.by_group, other.by_group)
    pd.testing.assert_frame_equal(one.gaps, other.gaps)


@settings(max_examples=40)
@given(st.permutations(["a", "b", "c"]), st.integers(0, 1000))
def test_renaming_the_groups_changes_their_names_and_no_number(names, seed):
    random = np.random.default_rng(seed)
    group = pd.Series(random.choice(["a", "b", "c"], 120, p=[0.2, 0.35, 0.45]), name="g")
    prices = pd.DataFrame({"customer_id": range(120), "product_id": 1, "price": random.lognormal(0, 0.3, 120)})
    renamed = dict(zip("abc", names, strict=True))
    one = fairness_of_prices(prices, group, pd.Series({1: 1.0}), n_bootstrap=60, n_permutations=20)
    other = fairness_of_prices(prices, group.map(renamed), pd.Series({1: 1.0}), n_bootstrap=60, n_permutations=20)
    back = {new: old for old, new in renamed.items()}
    undone = other.by_group.assign(group=other.by_group["group"].map(back)).sort_values(["metric", "group"])
    expected = one.by_group.sort_values(["metric", "group"])
    pd.testing.assert_frame_equal(undone.reset_index(drop=True), expected.reset_index(drop=True))
    numbers = ["difference", "difference_low", "difference_high", "ratio", "gap_if_equal", "gap_p_value"]
    pd.testing.assert_frame_equal(one.gaps[numbers], other.gaps[numbers])


def test_the_same_seed_gives_the_same_report_and_another_seed_the_same_values():
    segments = pd.Series(["gold", "basic"] * 50, index=AGE.index)
    one, two, other = (fairness_of_segments(segments, AGE, random_state=seed, **QUICK) for seed in (0, 0, 1))
    pd.testing.assert_frame_equal(one.by_group, two.by_group)
    assert one.by_group["value"].equals(other.by_group["value"])
    assert not one.by_group["low"].equals(other.by_group["low"])


# Offers


def test_offers_by_hand():
    offers = pd.DataFrame({"customer_id": [*range(1, 31), *range(61, 71)], "discount": [0.2] * 30 + [0.1] * 10})
    wanted = pd.Series([1, 0] * 50, index=AGE.index)
    audit = fairness_of_offers(offers, AGE, wanted)
    assert values(audit, "selection_rate") == pytest.approx({"young": 0.5, "old": 0.25})
    assert values(audit, "mean_discount") == pytest.approx({"young": 0.1, "old": 0.025})
    assert values(audit, "discount_if_offered") == pytest.approx({"young": 0.2, "old": 0.1})
    assert values(audit, "true_positive_rate") == pytest.approx({"young": 0.5, "old": 0.25})
    found = gap(audit, "selection_rate")
    assert found["ratio"] == pytest.approx(0.5)
    assert found["below_four_fifths"] is True
    assert "the selection_rate of old is 0.50 of that of young, below four fifths" in audit.summary
    assert any("60 customers have no row in offers" in note for note in audit.notes)
    assert any("not a verdict" in note for note in audit.notes)


def test_offers_and_segments_agree_with_fairlearn():
    from fairlearn import metrics

    random = np.random.default_rng(4)
    got, wanted = pd.Series(random.integers(0, 2, 100), AGE.index), pd.Series(random.integers(0, 2, 100), AGE.index)
    audit = fairness_of_offers(got.rename("offer").rename_axis("customer_id").reset_index(), AGE, wanted, **QUICK)
    sensitive = {"sensitive_features": AGE}
    assert gap(audit, "selection_rate")["difference"] == pytest.approx(
        metrics.demographic_parity_difference(wanted, got, **sensitive)
    )
    assert gap(audit, "selection_rate")["ratio"] == pytest.approx(
        metrics.demographic_parity_ratio(wanted, got, **sensitive)
    )
    assert gap(audit, "true_positive_rate")["difference"] == pytest.approx(
        metrics.equal_opportunity_difference(wanted, got, **sensitive)
    )


def test_offers_that_are_no_offers_are_refused():
    with pytest.raises(DataError, match=r"discount has 2 values outside 0 to 1 \(20.0, -1.0\). Give a share"):
        fairness_of_offers(pd.DataFrame({"customer_id": [1, 2, 3], "discount": [20, -1, 0.5]}), AGE)
    with pytest.raises(DataError, match=r"neither offer nor discount \(it has customer_id, money\)"):
        fairness_of_offers(pd.DataFrame({"customer_id": [1], "money": [2]}), AGE)
    with pytest.raises(DataError, match=r"offers.offer has 1 values that are not 0 or 1 \(3.0\)"):
        fairness_of_offers(pd.DataFrame({"customer_id": [1], "offer": [3]}), AGE)
    with pytest.raises(DataError, match=r"customer_id is str in outcome .* and int\d* in the table audited"):
        fairness_of_offers(pd.DataFrame({"customer_id": [1], "offer": [1]}), AGE, pd.Series(1, AGE.index.astype(str)))
    with pytest.raises(DataError, match=r"outcome has 100 values that are not 0 or 1 \(2.0, 2.0, 2.0, ...\)"):
        fairness_of_offers(pd.DataFrame({"customer_id": [1], "offer": [1]}), AGE, pd.Series(2, AGE.index))


# Prices


def test_the_price_of_the_same_products_is_told_from_buying_other_products():
    """Old customers buy the dear product, young ones the cheap one, and both pay the same for either."""
    prices = pd.DataFrame({"customer_id": [*range(1, 101)] * 2, "product_id": ["cheap"] * 100 + ["dear"] * 100})
    prices["price"] = np.where(prices["product_id"] == "cheap", 10.0, 100.0)
    prices = prices[~((prices["customer_id"] <= 50) & (prices["product_id"] == "dear"))]
    audit = fairness_of_prices(prices, AGE)
    assert values(audit, "price_index") == pytest.approx({"young": 1.0, "old": 1.0})
    assert values(audit, "mean_price")["old"] > 1.5 * values(audit, "mean_price")["young"]
    dearer = prices.assign(price=prices["price"] * np.where(prices["customer_id"] > 60, 1.25, 1.0))
    listed = pd.DataFrame({"product_id": ["cheap", "dear"], "price": [10.0, 100.0]})
    found = gap(fairness_of_prices(dearer, AGE, listed), "price_index")
    assert (found["highest"], found["difference"], found["ratio"]) == ("old", pytest.approx(0.25), pytest.approx(0.8))
    assert found["difference_low"] == pytest.approx(0.25)


def test_products_that_one_group_alone_has_say_nothing_without_a_reference():
    prices = pd.DataFrame({"customer_id": AGE.index, "product_id": (AGE == "old").to_numpy() * 1, "price": 5.0})
    prices = pd.concat([prices, pd.DataFrame({"customer_id": AGE.index, "product_id": 7, "price": 2.0})])
    audit = fairness_of_prices(prices, AGE, **QUICK)
    assert "age: 100 of 200 rows are of products that one group alone has" in audit.warnings[0]
    assert values(audit, "price_index") == {"young": 1.0, "old": 1.0}


def test_prices_that_are_none_are_refused():
    prices = pd.DataFrame({"customer_id": [1, 61], "product_id": [1, 2], "price": [0.0, 3.0]})
    with pytest.raises(DataError, match=r"prices.price has 1 values that are missing or not positive \(rows 0: 0.0\)"):
        fairness_of_prices(prices, AGE)
    with pytest.raises(DataError, match=r"no positive price for 1 of the products in prices \(product_id 2\)"):
        fairness_of_prices(prices.assign(price=1.0), AGE, pd.Series({1: 1.0}))
    with pytest.raises(DataError, match="reference has 1 products with more than one price"):
        fairness_of_prices(prices.assign(price=1.0), AGE, pd.Series([1.0, 2.0], index=[1, 1]))
    with pytest.raises(DataError, match="prices has no column price"):
        fairness_of_prices(prices.drop(columns="price"), AGE)


# Predictions


def by_loop(y, p, group, threshold=0.5):
    found = {}
    for name in set(group):
        rows = [(a, b) for a, b, c in zip(y, p, group, strict=True) if c == name]
        yes, no = [b >= threshold for a, b in rows if a == 1], [b >= threshold for a, b in rows if a == 0]
        found[name] = {
            "selection_rate": sum(b >= threshold for _, b in rows) / len(rows),
            "true_positive_rate": sum(yes) / len(yes) if yes else np.nan,
            "false_positive_rate": sum(no) / len(no) if no else np.nan,
            "accuracy": sum((b >= threshold) == a for a, b in rows) / len(rows),
            "base_rate": len(yes) / len(rows),
            "mean_score": sum(b for _, b in rows) / len(rows),
            "calibration_error": sum(b - a for a, b in rows) / len(rows),
            "brier": sum((b - a) ** 2 for a, b in rows) / len(rows),
        }
    return found


def test_error_rates_and_calibration_are_those_of_a_plain_loop():
    random = np.random.default_rng(2)
    y, p = pd.Series(random.integers(0, 2, 100), AGE.index), pd.Series(random.random(100).round(2), AGE.index)
    audit = fairness_of_predictions(y, p.sample(frac=1, random_state=0), AGE, threshold=0.4, **QUICK)
    expected = by_loop(y, p, AGE, 0.4)
    for metric in expected["old"]:
        assert values(audit, metric) == pytest.approx({name: expected[name][metric] for name in ("young", "old")})


def test_rates_are_those_that_fairlearn_gives_row_by_row():
    from fairlearn import metrics

    random = np.random.default_rng(6)
    y, p = random.integers(0, 2, 500), random.integers(0, 2, 500)
    group = pd.Series(random.choice(list("abc"), 500), name="g")
    names = ("selection_rate", "true_positive_rate", "false_positive_rate")
    plain = metrics.MetricFrame(
        metrics={name: getattr(metrics, name) for name in names}, y_true=y, y_pred=p, sensitive_features=group
    )
    audit = fairness_of_predictions(pd.Series(y), pd.Series(p), group, **QUICK)
    for name in names:
        assert values(audit, name) == pytest.approx(plain.by_group[name].to_dict())
        assert gap(audit, name)["difference"] == pytest.approx(plain.difference()[name])
        assert gap(audit, name)["ratio"] == pytest.approx(plain.ratio()[name])


def test_customers_with_several_predictions_are_clusters():
    y, p = pd.Series([1, 0] * 50, AGE.index), pd.Series([1, 1, 0, 0] * 25, AGE.index)
    one = fairness_of_predictions(y, p, AGE)
    three = fairness_of_predictions(pd.concat([y] * 3), pd.concat([p] * 3), AGE)
    pd.testing.assert_series_equal(one.by_group["value"], three.by_group["value"])
    width, tripled = (each.by_group["high"] - each.by_group["low"] for each in (one, three))
    # Rows taken for independent would give 0.58 of the width. The two methods, Jeffreys' and the expanded bootstrap,
    # differ by up to a quarter among 20 customers.
    assert ((tripled / width).between(0.9, 1.3)).all()


def test_a_rate_without_anybody_to_take_it_from_is_missing_and_not_nought():
    y = pd.Series([0] * 60 + [1, 0] * 20, AGE.index)
    audit = fairness_of_predictions(y, pd.Series(1, AGE.index), AGE, **QUICK)
    assert np.isnan(values(audit, "true_positive_rate")["young"])
    assert values(audit, "true_positive_rate")["old"] == 1.0
    assert "brier" not in set(audit.by_group["metric"])


def test_predictions_that_do_not_fit_are_refused():
    y = pd.Series([0, 1] * 50, AGE.index)
    with pytest.raises(DataError, match=r"predicted has 100 values outside 0 to 1, or missing \(7.0"):
        fairness_of_predictions(y, pd.Series(7.0, AGE.index), AGE)
    with pytest.raises(DataError, match="y_true has 100 rows and predicted 99, and they are not about the same"):
        fairness_of_predictions(y, y.iloc[:-1], AGE)
    with pytest.raises(DataError, match="y_true has 50 values that are not 0 or 1"):
        fairness_of_predictions(y * 2, y, AGE)
    with pytest.raises(ParameterError, match=r"threshold is 0.*above 0 and at most 1"):
        fairness_of_predictions(y, y, AGE, threshold=0)


def test_without_fairlearn_the_error_says_how_to_get_it(monkeypatch):
    real = builtins.__import__

    def refuse(name, *more, **options):
        if name.startswith("fairlearn"):
            raise ImportError(name)
        return real(name, *more, **options)

    monkeypatch.setattr(builtins, "__import__", refuse)
    y = pd.Series([0, 1] * 50, AGE.index)
    with pytest.raises(MissingExtraError, match=r'fairness_of_predictions needs fairlearn.*"personakit\[privacy\]"'):
        fairness_of_predictions(y, y, AGE, **QUICK)


# Bad input that all audits share

ITEMS = pd.DataFrame({"customer_id": AGE.index, "product_id": 1, "rank": 1, "price": 2.0, "offer": 1, "segment": "x"})
AUDITS = {
    "segments": lambda table, groups, **more: fairness_of_segments(table[["customer_id", "segment"]], groups, **more),
    "offers": lambda table, groups, **more: fairness_of_offers(table, groups, **more),
    "prices": lambda table, groups, **more: fairness_of_prices(table, groups, **more),
    "recommendations": lambda table, groups, **more: fairness_of_recommendations(table, groups, **more),
    "predictions": lambda table, groups, **more: fairness_of_predictions(
        table.set_index("customer_id")["offer"], table.set_index("customer_id")["offer"], groups, **more
    ),
}


@pytest.mark.parametrize("name", AUDITS)
def test_bad_input_is_answered_with_what_to_do(name):
    audit = AUDITS[name]
    with pytest.raises(DataError, match=r"groups.age is missing for all 100 customers.*nothing to compare"):
        audit(ITEMS, AGE.astype(object).where(AGE == "nobody"))
    with pytest.raises(DataError, match=r"puts all 100 customers of the audit into one group \('all'\)"):
        audit(ITEMS, AGE.astype(object).where(AGE == "nobody", "all"))
    with pytest.raises(
        DataError, match=r"customer_id is (str|int\w*) in groups .* and (str|int\w*) in the table audited"
    ):
        audit(ITEMS, AGE.rename(index=str))
    with pytest.raises(DataError, match=r"No customer of the table audited .* is in groups"):
        audit(ITEMS, AGE.rename(index=lambda customer: customer + 1000))
    with pytest.raises(DataError, match="is empty"):
        audit(ITEMS.iloc[:0], AGE)
    with pytest.raises(DataError, match="groups is empty"):
        audit(ITEMS, AGE.iloc[:0])
    with pytest.raises(DataError, match="groups has 1 customers with different values of an attribute"):
        audit(ITEMS, pd.concat([AGE, pd.Series(["old"], index=[1], name="age")]))
    with pytest.raises(
        DataError, match=r"groups: a Series by customer_id, or a DataFrame .* is expected, a int was given"
    ):
        audit(ITEMS, 3)
    with pytest.raises(UnknownNameError, match=r"metrics has 'gini', which this audit does not have.*There are: "):
        audit(ITEMS, AGE, metrics=["gini"])
    with pytest.raises(ParameterError, match="intersections=True needs two attributes"):
        audit(ITEMS, AGE, intersections=True)
    with pytest.raises(ParameterError, match=r"level=95: give a share between 0 and 1"):
        audit(ITEMS, AGE, level=95)
    with pytest.raises(ParameterError, match=r"floor=0: give a whole number from 1"):
        audit(ITEMS, AGE, floor=0)
    with pytest.raises(ParameterError, match=r"n_bootstrap=3: give a whole number from 40"):
        audit(ITEMS, AGE, n_bootstrap=3)
    with pytest.raises(ParameterError, match=r"level='x': give a share"):
        audit(ITEMS, AGE, level="x")
    for random_state in ("x", -1):
        with pytest.raises(ParameterError, match=f"random_state={random_state!r} is no seed. Give a whole"):
            audit(ITEMS, AGE, random_state=random_state)
    with pytest.raises(ParameterError, match=r"metrics is 5. Give a list of names, or None"):
        audit(ITEMS, AGE, metrics=5)


TRUTH = pd.Series([0, 1] * 50, index=AGE.index)


@pytest.mark.parametrize(
    ("call", "kind", "text"),
    [
        (
            lambda: fairness_of_predictions("x", TRUTH, AGE),
            DataError,
            "y_true: a Series by customer_id is expected, a str",
        ),
        (
            lambda: fairness_of_predictions(TRUTH, TRUTH.to_numpy(), AGE),
            DataError,
            "predicted: a Series by customer_id is expected, a ndarray was given",
        ),
        (
            lambda: fairness_of_predictions(TRUTH.map({0: "no", 1: "yes"}), TRUTH, AGE),
            DataError,
            r"y_true holds \w+ values \(no, yes, no, ...\), not numbers. Convert it",
        ),
        (
            lambda: fairness_of_predictions(TRUTH, TRUTH.map({0: "no", 1: "yes"}), AGE),
            DataError,
            r"predicted holds .* not numbers.*\(predicted == 'yes'\).astype\(int\)",
        ),
        (
            lambda: fairness_of_predictions(TRUTH, pd.to_datetime(TRUTH), AGE),
            DataError,
            "predicted holds datetime64.* not",
        ),
        (lambda: fairness_of_predictions(TRUTH, TRUTH, AGE, threshold="x"), ParameterError, "threshold is 'x'. Give a"),
        (
            lambda: fairness_of_segments(TRUTH.to_numpy(), AGE),
            DataError,
            "segments: a Series by customer_id is expected",
        ),
        (
            lambda: fairness_of_offers(pd.DataFrame({"customer_id": AGE.index, "offer": "a"}), AGE),
            DataError,
            r"offers.offer holds \w+ values .* not numbers.*\(offer == 'yes'\)",
        ),
        (
            lambda: fairness_of_prices(pd.DataFrame({"customer_id": AGE.index, "product_id": 1, "price": "a"}), AGE),
            DataError,
            "prices.price holds .* not numbers",
        ),
    ],
)
def test_what_is_no_series_or_no_number_is_said_in_our_words(call, kind, text):
    with pytest.raises(kind, match=text):
        call()


def test_segments_refuse_a_customer_in_two_and_a_favoured_one_that_is_not_there():
    twice = pd.DataFrame({"customer_id": [1, 1, 61], "segment": ["x", "y", "x"]})
    with pytest.raises(DataError, match=r"segments has 1 customers more than once \(customer_id 1\)"):
        fairness_of_segments(twice, AGE)
    with pytest.raises(UnknownNameError, match="favoured names gold, but the segments are x"):
        fairness_of_segments(twice.iloc[1:].assign(segment="x"), AGE, favoured="gold")
    with pytest.raises(DataError, match="segments has columns a, b: it cannot be told which is meant"):
        fairness_of_segments(pd.DataFrame({"customer_id": [1], "a": 1, "b": 2}), AGE)
    with pytest.raises(DataError, match="segments has 1 rows without customer_id"):
        fairness_of_segments(pd.Series("x", index=[1.0, np.nan]), AGE)


# The report


def test_the_page_escapes_what_came_from_data():
    segments = pd.Series(["<script>alert(1)</script>", "b"] * 50, index=AGE.index)
    page = fairness_of_segments(segments, AGE.replace("old", "<b>old</b>"), **QUICK)._repr_html_()
    assert "<script>" not in page
    assert "<b>old" not in page
    assert "&lt;script&gt;" in page


def test_the_report_speaks_tabulates_and_draws():
    segments = pd.Series(["gold"] * 15 + ["basic"] * 45 + ["gold"] * 30 + ["basic"] * 10, index=AGE.index)
    audit = fairness_of_segments(segments, AGE, favoured="gold", **QUICK)
    assert isinstance(audit, FairnessReport)
    assert repr(audit) == "FairnessReport(segments of 100 customers: 3 gaps, 3 beyond luck; 0 warnings)"
    assert audit.summary.startswith("Audit of segments of 100 customers: of 3 comparisons, 3 show a gap beyond luck")
    assert "age: favoured is highest for old and lowest for young: 0.500 apart" in audit.summary
    assert audit.table("favoured").loc[("age", "old"), ["n", "value"]].tolist() == [40, 0.75]
    picture = audit.plot("favoured", title="Gold goes to the old")
    assert picture.alt.startswith("Gold goes to the old. Dots with 95% intervals, favoured: old 0.75 (")
    assert audit.plot().png()[:4] == b"\x89PNG"
    with pytest.raises(UnknownNameError, match="There is no metric 'ndcg' in this report; there are: favoured"):
        audit.plot("ndcg")
    with pytest.raises(UnknownNameError, match="There is no attribute 'region'"):
        audit.plot("favoured", attribute="region")
    with pytest.raises(AttributeError):
        audit.level = 0.5


def test_an_audit_takes_what_came_through_the_gate():
    said = pd.DataFrame(
        {"customer_id": AGE.index, "purpose": "analytics", "granted": True, "timestamp": pd.Timestamp("2025-01-01")}
    )
    allowed = pk.privacy.gate(ITEMS, "analytics", at="2025-12-31", consents=said)
    people = pk.privacy.gate(AGE.rename_axis("customer_id").reset_index(), "analytics", at="2025-12-31", consents=said)
    assert values(fairness_of_offers(allowed, people, **QUICK), "selection_rate") == {"young": 1.0, "old": 1.0}


def test_all_errors_of_the_audit_are_personakits():
    for error in (DataError, ParameterError, UnknownNameError, MissingExtraError):
        assert issubclass(error, PersonakitError)
