"""Private statistics: noise of the right shape, a person's part bounded, the promise kept on neighbouring tables."""

import math
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from personakit.errors import ConsentError, DataError, MissingExtraError, ParameterError, UnknownNameError
from personakit.privacy import BudgetExhaustedError, PrivacyBudget, PrivateStatistics, gate
from personakit.privacy.statistics.groups import bounded_rows, cells_of, selected
from personakit.privacy.statistics.intervals import wilson_interval
from personakit.privacy.statistics.noise import (
    add_laplace,
    discrete_laplace,
    laplace_accuracy,
    released_counts,
    threshold_for,
    weighted_laplace_accuracy,
)

PEOPLE = pd.DataFrame(
    {
        "customer_id": np.arange(300),
        "spent": np.linspace(0.0, 299.0, 300),
        "region": pd.Series(["wales", "fife", "kent"] * 100, dtype="string"),
        "member": [True, False] * 150,
    }
)
ORDERS = pd.DataFrame(
    {"customer_id": [1] * 100 + [2, 2, 3], "price": [5.0] * 100 + [10.0, 20.0, 30.0], "channel": ["web"] * 103}
)


def asked(table=PEOPLE, epsilon=100.0, **options):
    return PrivateStatistics(table, epsilon=epsilon, random_state=0, **options)


def exactly(table, **options):
    """Statistics with so much epsilon that the noise is nought (scale 0.001): the exact figures under the rules."""
    return PrivateStatistics(table, epsilon=1e6, random_state=0, **options)


# ---------------------------------------------------------------- the noise


def law(scale, k):
    a = math.exp(-1 / scale)
    return (1 - a) / (1 + a) * a ** np.abs(k)


def fits(draws, scale):
    """p value of a chi-square test of draws against the discrete Laplace's closed form, tails pooled."""
    reach = laplace_accuracy(scale, 0.99)
    k = np.arange(-reach, reach + 1)
    seen = np.array([(draws == value).sum() for value in k] + [(np.abs(draws) > reach).sum()])
    expected = np.append(law(scale, k), 1 - law(scale, k).sum()) * len(draws)
    return stats.chisquare(seen, expected * seen.sum() / expected.sum()).pvalue


@pytest.mark.parametrize("epsilon", [0.2, 1.0, 2.0])
def test_the_noise_of_opendp_and_of_the_teaching_mode_is_the_discrete_laplace_of_scale_sensitivity_over_epsilon(
    epsilon,
):
    own, scale = add_laplace(np.zeros(20_000, dtype=int), sensitivity=1, epsilon=epsilon)
    assert scale == pytest.approx(1 / epsilon)
    assert fits(own, scale) > 1e-4
    taught = discrete_laplace(scale, 20_000, np.random.default_rng(1))
    assert fits(taught, scale) > 1e-4
    assert stats.ks_2samp(own, taught).pvalue > 1e-4


def test_the_noise_on_the_fine_grid_of_a_mean_agrees_between_opendp_and_the_teaching_mode():
    sensitivity = 3 * 2**20
    own, scale = add_laplace(np.zeros(5_000, dtype=int), sensitivity=sensitivity, epsilon=0.5)
    taught, other = add_laplace(
        np.zeros(5_000, dtype=int), sensitivity=sensitivity, epsilon=0.5, rng=np.random.default_rng(2)
    )
    assert scale == pytest.approx(other)
    assert stats.ks_2samp(own, taught).pvalue > 1e-4
    assert stats.kstest(own / scale, "laplace").pvalue > 1e-4


@pytest.mark.parametrize("scale", [0.3, 1.0, 2.0, 7.5, 100.0])
@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.95, 0.99])
def test_the_accuracy_is_the_least_number_that_noise_exceeds_no_more_often_than_stated(scale, confidence):
    k = laplace_accuracy(scale, confidence)
    beyond = 1 - sum(law(scale, np.arange(-k, k + 1)))
    assert beyond <= 1 - confidence + 1e-12
    if k > 0:
        assert 1 - sum(law(scale, np.arange(-k + 1, k))) > 1 - confidence


def test_the_accuracy_agrees_with_opendps_own():
    import opendp.prelude as dp

    for scale in (1.0, 2.0, 10.0, 50.0):
        theirs = dp.discrete_laplacian_scale_to_accuracy(scale, 0.05)  # P(|noise| >= accuracy) = 0.05
        assert laplace_accuracy(scale) == math.ceil(theirs) - 1


@pytest.mark.parametrize("weights", [(1.0, 0.0), (0.5, 0.5), (0.7, 0.3), (0.01, 0.99)])
def test_the_accuracy_of_two_weighted_noises_is_that_of_a_simulation(weights):
    rng = np.random.default_rng(3)
    drawn = np.abs(weights[0] * rng.laplace(size=400_000) - weights[1] * rng.laplace(size=400_000))
    assert weighted_laplace_accuracy(1.0, *weights) == pytest.approx(np.quantile(drawn, 0.95), rel=0.02)


# ---------------------------------------------------------------- the promise


def likeliest_ratio(first, second, at_least=100):
    """The greatest ratio of two histograms of outputs, over outputs seen often enough, and its sampling slack."""
    values = np.union1d(first, second)
    worst, slack = 0.0, 0.0
    for value in values:
        one, other = (first == value).sum(), (second == value).sum()
        if min(one, other) >= at_least:
            log_ratio = abs(math.log(one / other))
            error = 4 * math.sqrt(1 / one + 1 / other)
            if log_ratio - error > worst - slack:
                worst, slack = log_ratio, error
    return worst, slack


@pytest.mark.parametrize("random_state", [None, 0])
def test_outputs_on_tables_that_differ_by_one_person_are_within_e_to_the_epsilon(random_state):
    """A hundred towns of twenty people, with and without one more in each: a hundred pairs of neighbours a question."""
    epsilon, towns = 0.8, [f"town {number}" for number in range(100)]
    without = pd.DataFrame({"customer_id": range(2_000), "town": towns * 20})
    more = pd.DataFrame({"customer_id": range(2_000, 2_100), "town": towns})
    outputs = []
    for table in (without, pd.concat([without, more], ignore_index=True)):
        ask = PrivateStatistics(table, epsilon=PrivacyBudget(1e6), random_state=random_state)
        answers = [ask.count(by="town", categories=towns, epsilon=epsilon).table["estimate"] for _ in range(100)]
        outputs.append(np.concatenate(answers))
    worst, slack = likeliest_ratio(*outputs)
    assert worst <= epsilon + slack
    assert worst >= epsilon / 2  # the check would notice noise that is far too wide, or a table that did not change


def test_a_person_with_many_rows_moves_an_answer_by_max_rows_and_no_more():
    without = ORDERS[ORDERS["customer_id"] != 1]
    for rows in (1, 2, 5):
        here, there = (exactly(table).count(max_rows=rows, epsilon=1e4).estimate for table in (ORDERS, without))
        assert here - there == rows
    assert exactly(ORDERS).count(epsilon=1e4).estimate == 3


rows_of_people = st.lists(
    st.tuples(st.integers(1, 5), st.sampled_from(["a", "b", "c", None]), st.integers(0, 9)), min_size=1, max_size=40
)


@given(rows_of_people, st.integers(1, 4), st.integers(1, 5))
def test_taking_one_person_away_changes_no_row_of_others_and_at_most_max_rows_in_all(rows, max_rows, gone):
    table = pd.DataFrame(rows, columns=["customer_id", "group", "value"])

    def counted(part):
        part = part.reset_index(drop=True)
        cells, _ = cells_of(part, ["group"], ["a", "b"], rest=False)
        kept = bounded_rows(part["customer_id"], part[["group", "value"]], cells >= 0, max_rows)
        assert part.iloc[kept]["customer_id"].value_counts().max() <= max_rows if len(kept) else True
        return part.iloc[kept]

    here, there = counted(table), counted(table[table["customer_id"] != gone])
    others = here[here["customer_id"] != gone]
    assert sorted(map(tuple, others.to_numpy().tolist()), key=str) == sorted(
        map(tuple, there.to_numpy().tolist()), key=str
    )
    cells = [part["group"].value_counts().reindex(["a", "b"], fill_value=0) for part in (here, there)]
    assert int((cells[0] - cells[1]).abs().sum()) <= max_rows


@given(rows_of_people, st.integers(1, 3), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(rows, max_rows, random):
    shuffled = random.sample(rows, len(rows))
    answers = [
        exactly(pd.DataFrame(part, columns=["customer_id", "group", "value"]))
        .count(by="group", categories=["a", "b", "c"], max_rows=max_rows, epsilon=1e4)
        .table
        for part in (rows, shuffled)
    ]
    pd.testing.assert_frame_equal(*answers)


def test_the_rows_that_count_are_drawn_evenly():
    """Nine rows of one kind and one of another for each of 2,000 people: of one row each, 200 are of the other."""
    table = pd.DataFrame({"customer_id": np.repeat(np.arange(2_000), 10), "kind": (["often"] * 9 + ["seldom"]) * 2_000})
    seldom = exactly(table).count(by="kind", categories=["seldom", "often"], epsilon=1e5).table["estimate"].iloc[0]
    assert stats.binomtest(int(seldom), 2_000, 0.1).pvalue > 0.001


def test_one_answer_for_all_groups_costs_what_one_group_costs():
    ask = asked()
    ask.count(by="region", categories=["wales", "fife", "kent"], epsilon=0.5)
    assert ask.spent == 0.5  # parallel composition
    ask.count(epsilon=0.5, where={"region": "wales"})
    assert ask.spent == 1.0  # sequential, as nobody keeps track of who met which condition


def test_two_tables_about_the_same_people_share_a_budget():
    budget = PrivacyBudget(1.0)
    profiles, orders = (PrivateStatistics(t, epsilon=budget, random_state=0) for t in (PEOPLE, ORDERS))
    profiles.count(epsilon=0.6)
    with pytest.raises(BudgetExhaustedError, match=r"count would cost epsilon=0.6, and 0.4 of 1 is left"):
        orders.count(epsilon=0.6)
    assert (profiles.left, orders.left, len(orders.ledger)) == (0.4, 0.4, 1)


def test_nothing_is_computed_once_the_budget_is_gone(monkeypatch):
    ask = asked(epsilon=1.0)
    ask.mean("spent", bounds=(0, 300), epsilon=1.0)
    monkeypatch.setattr(
        "personakit.privacy.statistics.private.bounded_rows", lambda *_: pytest.fail("the data were read")
    )
    for question in (
        lambda: ask.count(epsilon=0.01),
        lambda: ask.mean("spent", bounds=(0, 300), epsilon=0.01),
        lambda: ask.histogram("spent", bins=[0, 1], epsilon=0.01),
        lambda: ask.segment_sizes(PEOPLE.set_index("customer_id")["region"], names=["fife"], epsilon=0.01),
    ):
        with pytest.raises(BudgetExhaustedError, match=r"0 of 1 is left: nothing was computed or spent"):
            question()
    assert len(ask.ledger) == 1


@pytest.mark.parametrize("random_state", [None, 5])
def test_categories_that_a_single_person_opens_are_kept_back(random_state):
    table = pd.DataFrame({"customer_id": range(201), "town": ["Leeds"] * 150 + ["York"] * 50 + ["Eyam"]})
    ask = PrivateStatistics(table, epsilon=10, delta=1e-6, random_state=random_state)
    answer = ask.count(by="town", epsilon=1, delta=1e-6)
    assert answer.table["town"].tolist() == ["Leeds", "York"]
    assert "noisy count below 15 are kept back" in answer.notes[0]
    assert ask.budget.delta_left == 0
    for _ in range(3):
        assert set(answer.table["estimate"] - [150, 50]) <= set(range(-40, 41))


def test_a_person_alone_in_her_category_passes_the_threshold_with_delta():
    """P(1 + noise >= t) at scale 1 and delta 0.01, against the closed form and 20,000 categories of one."""
    delta = 0.01
    threshold = threshold_for(1.0, delta, 1)
    tail = law(1.0, np.arange(threshold - 1, 200)).sum()
    assert tail <= delta < law(1.0, np.arange(threshold - 2, 200)).sum()
    alone = pd.Series(1, index=[str(k) for k in range(20_000)])
    for rng in (None, np.random.default_rng(0)):
        released, _, used = released_counts(alone, max_rows=1, epsilon=1.0, delta=delta, rng=rng)
        assert used == threshold
        assert stats.binomtest(len(released), 20_000, tail).pvalue > 1e-4


# ---------------------------------------------------------------- the figures


def test_without_noise_the_figures_are_those_of_the_table():
    ask = exactly(PEOPLE)
    assert ask.count(epsilon=1e4).estimate == 300
    assert ask.count(epsilon=1e4, where={"region": ["wales", "fife"], "spent": (100, 199)}).estimate == 67
    by = ask.count(epsilon=1e4, by=["region", "member"], categories={"region": ["kent"], "member": [True, False]})
    assert by.table[["region", "member", "estimate"]].to_numpy().tolist() == [["kent", True, 50], ["kent", False, 50]]
    with_rest = ask.count(epsilon=1e4, by="region", categories=["kent"], rest=True).table
    assert with_rest[["region", "estimate"]].to_numpy().tolist() == [["kent", 100], ["(rest)", 200]]
    bins = ask.histogram("spent", bins=[0, 100, 200, np.inf], epsilon=1e4).table
    assert bins[["from", "to", "estimate"]].to_numpy().tolist() == [[0, 100, 100], [100, 200, 100], [200, np.inf, 100]]
    assert ask.mean("spent", bounds=(0, 299), epsilon=1e4).estimate == pytest.approx(149.5, abs=0.01)
    assert ask.mean("spent", bounds=(100, 200), epsilon=1e4).estimate == pytest.approx(
        PEOPLE["spent"].clip(100, 200).mean(), abs=0.01
    )
    means = ask.mean("spent", bounds=(0, 299), by="region", categories=["fife", "kent", "wales"], epsilon=1e4).table
    np.testing.assert_allclose(means["estimate"], PEOPLE.groupby("region")["spent"].mean(), atol=0.01)


@given(st.lists(st.floats(-50, 150), min_size=1, max_size=30), st.floats(-20, 20), st.floats(1, 100))
def test_a_mean_without_noise_is_that_of_the_clipped_values_and_lies_in_its_interval(values, low, width):
    table = pd.DataFrame({"customer_id": range(len(values)), "spent": values})
    answer = exactly(table).mean("spent", bounds=(low, low + width), epsilon=1e5)
    assert answer.estimate == pytest.approx(np.clip(values, low, low + width).mean(), abs=width * 1e-4)
    assert answer.low <= answer.estimate <= answer.high


def test_missing_values_are_in_no_group_no_bin_and_no_mean():
    table = PEOPLE.assign(
        spent=PEOPLE["spent"].where(PEOPLE.index >= 100), region=PEOPLE["region"].where(PEOPLE.index >= 30)
    )
    ask = exactly(table)
    assert ask.mean("spent", bounds=(0, 299), epsilon=1e4).estimate == pytest.approx(199.5, abs=0.01)
    assert ask.count(by="region", categories=["fife", "kent", "wales"], epsilon=1e4).table["estimate"].sum() == 270
    assert ask.histogram("spent", bins=[-np.inf, np.inf], epsilon=1e4).table["estimate"].tolist() == [200]
    nobody = ask.count(by="region", categories=["fife", None], epsilon=1e4).table["estimate"].tolist()
    assert nobody == [90, 30]  # a missing value can be stated as a category of its own


def test_the_mean_of_orders_counts_a_person_with_a_hundred_as_max_rows():
    answer = exactly(ORDERS).mean("price", bounds=(0, 100), max_rows=2, epsilon=1e5)
    assert answer.estimate == pytest.approx((5 + 5 + 10 + 20 + 30) / 5, abs=0.01)
    assert answer.max_rows == 2


def test_segment_sizes_count_customers_once_though_they_have_many_rows():
    segments = pd.Series({1: "loyal", 2: "new", 3: "new", 99: "new"})
    answer = exactly(ORDERS).segment_sizes(segments, names=["loyal", "new", "lost"], epsilon=1e4)
    assert answer.table[["segment", "estimate"]].to_numpy().tolist() == [["loyal", 1], ["new", 2], ["lost", 0]]
    assert "rule fixed beforehand" in answer.notes[0]


GROUPS = [f"group {number}" for number in range(100)]


def copies(of_spent):
    """A hundred groups of people who spent the same, so that one question draws a hundred answers."""
    n = len(of_spent)
    return pd.DataFrame({"customer_id": range(100 * n), "group": np.repeat(GROUPS, n), "spent": np.tile(of_spent, 100)})


@pytest.mark.parametrize("random_state", [None, 7])
@pytest.mark.parametrize(("size", "epsilon"), [(300, 0.3), (4, 1.0)])
def test_intervals_cover_the_exact_figure_as_often_as_they_say(random_state, size, epsilon):
    spent = np.random.default_rng(0).gamma(1.0, 60.0, size)
    ask = PrivateStatistics(copies(spent), epsilon=PrivacyBudget(1e6), random_state=random_state)
    hits = {"count": 0, "mean": 0}
    for _ in range(30):
        counts = ask.count(by="group", categories=GROUPS, epsilon=epsilon).table
        hits["count"] += counts["low"].le(size).mul(counts["high"].ge(size)).sum()
        means = ask.mean("spent", bounds=(0, 200), by="group", categories=GROUPS, epsilon=epsilon).table
        truth = spent.clip(0, 200).mean()
        hits["mean"] += means["low"].le(truth).mul(means["high"].ge(truth)).sum()
    beyond = laplace_accuracy(1 / epsilon) + 1
    covered = {"count": 1 - 2 * math.exp(-epsilon * beyond) / (1 + math.exp(-epsilon)), "mean": 0.95}
    for name, rate in covered.items():
        assert rate >= 0.95
        assert abs(hits[name] / 3_000 - rate) < 4 * math.sqrt(rate * (1 - rate) / 3_000)


def test_two_complementary_sums_have_half_the_variance_of_a_sum_and_a_count_at_the_same_cost():
    spent = np.linspace(0, 299, 300)
    ask = PrivateStatistics(copies(spent), epsilon=PrivacyBudget(1e6), random_state=1)
    answers = [ask.mean("spent", bounds=(0, 299), by="group", categories=GROUPS, epsilon=0.5) for _ in range(30)]
    errors = np.concatenate([answer.table["estimate"] - 149.5 for answer in answers])
    # Var = 2 b² ((1 - m)² + m²) (width / n)² with b = 1 / epsilon and m = 1/2: half of 2 b² (width / n)², which is
    # what a centred sum and a count at half of epsilon each have.
    assert np.var(errors) == pytest.approx(2 / 0.5**2 * 0.5 * (299 / 300) ** 2, rel=0.1)


# ---------------------------------------------------------------- what it says


def test_seeded_noise_repeats_and_says_loudly_that_it_is_not_private():
    first, second = (asked().count(epsilon=1.0) for _ in range(2))
    assert first.estimate == second.estimate
    assert not first.private
    assert repr(first).startswith("NOT PRIVATE: seeded noise, for teaching and tests.")
    assert "NOT PRIVATE" in first._repr_html_()
    ask = asked()
    ask.count(epsilon=1.0)
    assert "NOT PRIVATE" in repr(ask)
    assert ask.ledger["private"].tolist() == [False]
    generators = [np.random.default_rng(3), np.random.RandomState(3)]
    assert all(not PrivateStatistics(PEOPLE, epsilon=1, random_state=rng).private for rng in generators)


def test_unseeded_noise_differs_from_run_to_run_and_is_marked_private():
    ask = PrivateStatistics(PEOPLE, epsilon=100.0)
    drawn = [ask.count(epsilon=0.05) for _ in range(20)]
    assert len({answer.estimate for answer in drawn}) > 5
    assert ask.private
    assert all(answer.private and "NOT PRIVATE" not in repr(answer) for answer in drawn)
    assert ask.ledger["private"].all()
    assert "NOT PRIVATE" not in repr(ask)


def test_the_ledger_and_the_answer_say_what_was_asked_and_paid():
    ask = asked()
    answer = ask.mean("spent", bounds=(0, 200), by="region", categories=["kent"], max_rows=2, epsilon=0.25)
    row = ask.ledger.iloc[0]
    assert row[["statistic", "column", "by", "max_rows", "epsilon", "spent"]].tolist() == [
        "mean", "spent", "region", 2, 0.25, 0.25,
    ]  # fmt: skip
    assert row["noise_scale"] == answer.noise_scale == pytest.approx(2 * 200 / 0.25)
    assert "epsilon=0.25, noise scale 1600, 95% intervals" in repr(answer)
    assert answer.notes == ("Values are clipped to 0 and 200.",)


def test_html_escapes_what_came_from_data():
    table = pd.DataFrame({"customer_id": [1], "<b>": ["<script>"]})
    html = asked(table).count(by="<b>", categories=["<script>"], epsilon=1.0)._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_an_answer_for_groups_has_no_single_figure():
    answer = asked().count(by="region", categories=["kent", "fife"], epsilon=1.0)
    with pytest.raises(ParameterError, match=r"for 2 groups, not for one: take the column 'estimate' of its .table"):
        _ = answer.estimate


def test_the_purpose_is_carried_and_another_is_refused():
    said = pd.DataFrame(
        {"customer_id": np.arange(300), "granted": True, "timestamp": pd.Timestamp("2025-01-01")}
    ).merge(pd.DataFrame({"purpose": ["analytics", "recommendations"]}), how="cross")
    allowed = gate(PEOPLE, "analytics", at="2025-06-30", consents=said)
    assert asked(allowed).count(epsilon=1.0).purpose == "analytics"
    other = gate(PEOPLE, "recommendations", at="2025-06-30", consents=said)
    for table in (other, other.frame):
        with pytest.raises(
            ConsentError, match=r"released for 'recommendations', and the statistics are for 'analytics'"
        ):
            asked(table)
    assert asked(other, purpose="recommendations").purpose_ == "recommendations"
    assert asked(PEOPLE).purpose_ is None
    with pytest.raises(UnknownNameError, match=r"There is no purpose 'gossip'"):
        asked(PEOPLE, purpose="gossip")


# ---------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("question", "error", "text"),
    [
        (lambda ask: ask.count(epsilon=0), ParameterError, "count.epsilon=0.: give a number above 0"),
        (lambda ask: ask.count(epsilon=1, where={"region": lambda x: x}), ParameterError, "holds a function that is"),
        (lambda ask: ask.count(epsilon=1, where={"spent": lambda x: x}), ParameterError, "holds a function that is"),
        (lambda ask: ask.count(epsilon=1, where={"region": {"a": 1}}), ParameterError, "holds a dict that is no value"),
        (lambda ask: ask.count(epsilon=1, where={"region": [["a"]]}), ParameterError, "holds a list that is no value"),
        (lambda ask: ask.count(epsilon=1, where={"spent": ("a", "b")}), ParameterError, "a range is of two num"),
        (lambda ask: ask.count(epsilon=1, where={"spent": (None, 5)}), ParameterError, "a range is of two num"),
        (lambda ask: ask.count(epsilon=-1), ParameterError, "epsilon=-1.*0.1 is strict, 1 is usual"),
        (lambda ask: ask.mean("spent", bounds=None, epsilon=1), ParameterError, "bounds=None are not two numbers"),
        (lambda ask: ask.mean("spent", bounds=(5,), epsilon=1), ParameterError, "bounds=.5,. are not two numbers"),
        (lambda ask: ask.mean("spent", bounds=(9, 5), epsilon=1), ParameterError, r"\(9, 5\) must be finite and"),
        (lambda ask: ask.mean("spent", bounds=(0, np.inf), epsilon=1), ParameterError, "must be finite"),
        (lambda ask: ask.mean("region", bounds=(0, 1), epsilon=1), DataError, "mean.'region'.: the column is of"),
        (lambda ask: ask.histogram("region", bins=[0, 1], epsilon=1), DataError, "histogram.'region'.*not numeric"),
        (lambda ask: ask.mean("spend", bounds=(0, 1), epsilon=1), UnknownNameError, "no column 'spend'. Did you"),
        (lambda ask: ask.count(by="regions", categories=["a"], epsilon=1), UnknownNameError, "Did you mean 'region'"),
        (lambda ask: ask.count(where={"nowhere": 1}, epsilon=1), UnknownNameError, "no column 'nowhere'"),
        (lambda ask: ask.count(by="region", epsilon=1), ParameterError, "categories of 'region' must be stated"),
        (lambda ask: ask.count(by=["region", "member"], categories=["a"], epsilon=1), ParameterError, "must be"),
        (lambda ask: ask.count(by="region", categories=[], epsilon=1), ParameterError, "must be one at least,"),
        (lambda ask: ask.count(by="region", categories=["a", "a"], epsilon=1), ParameterError, "each once"),
        (lambda ask: ask.count(by="region", categories=[1, 2], epsilon=1), ParameterError, "of another kind than"),
        (lambda ask: ask.count(by="spent", categories=["1"], epsilon=1), ParameterError, "of another kind than"),
        (lambda ask: ask.count(by=["region"] * 2, categories={"region": ["a"]}, epsilon=1), ParameterError, "each col"),
        (lambda ask: ask.count(by="low", categories=["a"], epsilon=1), ParameterError, "none that is called estimate"),
        (lambda ask: ask.count(categories=["a"], epsilon=1), ParameterError, "name the columns of the groups"),
        (lambda ask: ask.count(where=lambda frame: frame["spent"] > 1, epsilon=1), ParameterError, "one row at"),
        (lambda ask: ask.count(where={"spent": (1, 2, 3)}, epsilon=1), ParameterError, "a tuple is a range"),
        (lambda ask: ask.count(max_rows=0, epsilon=1), ParameterError, "max_rows=0: give a whole number from 1"),
        (lambda ask: ask.count(max_rows=1.5, epsilon=1), ParameterError, "max_rows=1.5"),
        (lambda ask: ask.histogram("spent", bins=10, epsilon=1), ParameterError, "state the edges.*two"),
        (lambda ask: ask.histogram("spent", bins=[3, 1], epsilon=1), ParameterError, "edges must rise and be"),
        (lambda ask: ask.histogram("spent", epsilon=1), ParameterError, "give either bins .* or categories"),
        (lambda ask: ask.count(by="region", delta=1e-6, epsilon=1), BudgetExhaustedError, "delta=1e-06, and 0 of 0"),
        (lambda ask: ask.count(by="spent", delta=1e-6, epsilon=1), ParameterError, "column of text only"),
        (lambda ask: ask.count(by=["region", "member"], delta=1e-6, epsilon=1), ParameterError, "in one column only"),
        (lambda ask: ask.segment_sizes(["a"], names=["a"], epsilon=1), ParameterError, "must be a Series by"),
    ],
)  # fmt: skip
def test_a_bad_question_is_refused_clearly_and_costs_nothing(question, error, text):
    ask = asked(epsilon=5.0)
    with pytest.raises(error, match=text):
        question(ask)
    assert ask.spent == 0
    assert ask.ledger.empty


def test_a_bad_table_or_setting_is_refused_clearly():
    with pytest.raises(DataError, match=r"no column 'customer_id' to tell people apart \(it has spent"):
        asked(PEOPLE[["spent"]])
    with pytest.raises(DataError, match=r"customer_id is missing in 2 rows \(rows 0, 2\)"):
        asked(PEOPLE.assign(customer_id=[None, 1, None, *range(297)]))
    with pytest.raises(DataError, match=r"needs a DataFrame or what the gate returned, and got list"):
        asked([1, 2])
    with pytest.raises(ParameterError, match=r"confidence=1.5"):
        asked(confidence=1.5)
    with pytest.raises(ParameterError, match=r"epsilon=0.*give a number above 0"):
        PrivateStatistics(PEOPLE, epsilon=0)
    with pytest.raises(ParameterError, match=r"a shared budget has its own delta"):
        PrivateStatistics(PEOPLE, epsilon=PrivacyBudget(1), delta=1e-6)


def test_without_opendp_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "opendp.prelude", None)
    with pytest.raises(MissingExtraError, match=r"PrivateStatistics needs opendp.*personakit\[privacy\]"):
        PrivateStatistics(PEOPLE, epsilon=1.0)
    assert asked().count(epsilon=1.0).estimate > 0  # the teaching mode needs none


def test_the_unit_may_be_another_column_or_the_index():
    households = ORDERS.rename(columns={"customer_id": "household"})
    assert exactly(households, unit="household").count(epsilon=1e4).estimate == 3
    assert exactly(households.set_index("household"), unit="household").count(epsilon=1e4).estimate == 3


@settings(max_examples=20)
@given(st.sampled_from(["category", "object", "Int64", "string"]))
def test_kinds_of_columns_make_no_difference(kind):
    table = PEOPLE.assign(region=PEOPLE["region"].astype(kind)) if kind != "Int64" else PEOPLE.assign(
        spent=PEOPLE["spent"].round().astype("Int64")
    )  # fmt: skip
    ask = exactly(table)
    assert ask.count(by="region", categories=["kent"], epsilon=1e4).table["estimate"].tolist() == [100]
    assert ask.mean("spent", bounds=(0, 299), epsilon=1e4).estimate == pytest.approx(149.5, abs=0.01)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"random_state": "x"}, "random_state='x' is no seed. Give a whole number from 0, a Generator"),
        ({"random_state": -1}, "random_state=-1 is no seed"),
        ({"random_state": 1.5}, "random_state=1.5 is no seed"),
        ({"confidence": "x"}, "confidence='x': give a share between 0 and 1"),
    ],
)
def test_settings_of_the_wrong_kind_are_refused(options, text):
    with pytest.raises(ParameterError, match=text):
        PrivateStatistics(pd.DataFrame({"customer_id": [1]}), epsilon=1, **options)


@pytest.mark.parametrize(
    "wanted", [["York", "Bath"], {"York"}, pd.Series(["York"]), pd.Index(["York"]), np.array(["York"]), "York"]
)
def test_a_condition_takes_a_value_or_any_list_of_values(wanted):
    frame = pd.DataFrame({"town": ["York", "Leeds", None]})
    assert selected(frame, {"town": wanted}).tolist() == [True, False, False]


@given(hits=st.integers(0, 60), more=st.integers(0, 60), confidence=st.floats(0.5, 0.999))
def test_wilsons_interval_is_that_of_scipy(hits, more, confidence):
    n = hits + more
    low, high = wilson_interval(hits / max(n, 1), n, confidence=confidence)
    if n == 0:
        assert np.isnan(low) and np.isnan(high)
        return
    ends = stats.binomtest(hits, n).proportion_ci(confidence, method="wilson")
    assert (float(low), float(high)) == pytest.approx((ends.low, ends.high), abs=1e-9)


def test_wilsons_interval_takes_many_shares_at_once():
    low, high = wilson_interval([0.5, 1.0], [10, 40])
    assert low.tolist() == [float(wilson_interval(0.5, 10)[0]), float(wilson_interval(1.0, 40)[0])]
    assert high[1] == 1.0
    with pytest.raises(ParameterError, match="confidence=95: give a share between 0 and 1"):
        wilson_interval(0.5, 10, confidence=95)
