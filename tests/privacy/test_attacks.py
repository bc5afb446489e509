"""Attacks: right on tables that can be counted by hand, strong on what is raw, within the bound on what is private."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.dummy import DummyClassifier
from sklearn.metrics import roc_auc_score
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

import personakit as pk
from personakit.errors import DataError, ParameterError, UnknownNameError
from personakit.privacy import (
    PrivateStatistics,
    advantage_bound,
    compare_attacks,
    generalise,
    membership_in_averages,
    membership_inference,
    reidentification,
    unicity,
)
from personakit.privacy.anonymisation.membership import _auc

FACTS = ["age_band", "region", "gender", "last_order", "signed_up"]


@pytest.fixture(scope="module")
def world():
    return pk.World(n_customers=1_000, n_products=120, random_state=11)


@pytest.fixture(scope="module")
def profiles(world):
    """What a shop might hand on, and what an outsider may know: who, when they joined and last bought."""
    lines = world.tables["order_lines"]
    last = lines.groupby("customer_id")["timestamp"].max().dt.normalize().rename("last_order")
    spent = (lines["quantity"] * lines["unit_price"]).groupby(lines["customer_id"]).sum().rename("spent")
    people = world.tables["customers"][["customer_id", "age_band", "region", "gender", "signed_up"]]
    people = people.merge(last, on="customer_id").merge(spent, on="customer_id")
    return people.assign(signed_up=people["signed_up"].dt.normalize())


@pytest.fixture(scope="module")
def bought(world):
    lines = world.tables["order_lines"]
    return pd.crosstab(lines["customer_id"], lines["product_id"]).gt(0).iloc[:400]


# ---------------------------------------------------------------- membership


scores = st.lists(st.integers(0, 6).map(float), min_size=2, max_size=25)


@given(scores, scores)
def test_the_auc_is_scikit_learns_and_swapping_sides_turns_it_round(members, others):
    members, others = np.array(members), np.array(others)
    auc, error = _auc(members, others)
    truth = np.repeat([1, 0], [len(members), len(others)])
    assert auc == pytest.approx(roc_auc_score(truth, np.concatenate([members, others])))
    assert _auc(others, members) == (pytest.approx(1 - auc), pytest.approx(error))


def test_delongs_error_is_the_spread_of_the_auc_over_repeated_samples():
    rng = np.random.default_rng(0)
    found = [_auc(rng.normal(0.7, 1, 80), rng.normal(0, 1.5, 120)) for _ in range(2_000)]
    assert np.mean([error for _, error in found]) == pytest.approx(np.std([auc for auc, _ in found]), rel=0.06)


def test_the_bound_is_that_of_randomised_response_which_attains_it():
    """Telling the truth with probability e^eps / (1 + e^eps): the attacker who believes it gains the difference."""
    for epsilon in (0.1, 0.5, 1.0, 2.0):
        truth = math.exp(epsilon) / (1 + math.exp(epsilon))
        assert advantage_bound(epsilon) == pytest.approx(2 * truth - 1)
    assert advantage_bound(1.0, delta=0.01) == pytest.approx((math.e - 1 + 0.02) / (math.e + 1))
    assert advantage_bound(1_000.0) == 1.0


def test_a_tree_that_learns_by_heart_gives_its_members_away_and_one_of_large_leaves_does_not(profiles):
    X = pd.get_dummies(profiles[["age_band", "region", "gender"]]).assign(
        joined=profiles["signed_up"].astype("int64"), last=profiles["last_order"].astype("int64")
    )
    y = (profiles["spent"] > profiles["spent"].median()).astype(int).to_numpy()
    half = np.random.default_rng(0).permutation(len(X)) < len(X) // 2
    sides = (X[half], y[half]), (X[~half], y[~half])
    attacks = {
        name: membership_inference(model.fit(*sides[0]), *sides)
        for name, model in {
            "by heart": DecisionTreeClassifier(random_state=0),
            "leaves of 50": DecisionTreeClassifier(min_samples_leaf=50, random_state=0),
            "one figure for all": DummyClassifier(strategy="prior"),
        }.items()
    }
    table = compare_attacks(attacks).set_index("released")
    assert table.loc["by heart", "auc_low"] > 0.6
    assert table.loc["by heart", "advantage_low"] > 0.2
    assert table.loc["leaves of 50", "auc_high"] < table.loc["by heart", "auc_low"]
    assert table.loc["leaves of 50", "advantage_high"] < table.loc["by heart", "advantage_low"]
    assert table.loc["one figure for all", "auc_low"] < 0.5 < table.loc["one figure for all", "auc_high"]


def test_the_loss_attack_by_hand():
    class Known:
        classes_ = np.array([0, 1])

        def predict_proba(self, X):
            return np.array([[1 - p, p] for p in X])

    members, others = ([0.9, 0.8, 0.6], [1, 1, 1]), ([0.7, 0.1, 0.5], [1, 0, 1])
    attack = membership_inference(Known(), members, others)
    # chances of the right class: 0.9, 0.8, 0.6 against 0.7, 0.9, 0.5; mean loss of the members is that of 0.756
    assert attack.auc == pytest.approx((2.5 + 2 + 1) / 9)
    assert attack.advantage == pytest.approx(2 / 3 - 1 / 3)
    assert (attack.n_members, attack.n_others, attack.bound) == (3, 3, None)


def test_exact_totals_of_products_give_buyers_away_and_private_ones_do_not(bought):
    attacks = {"raw": membership_in_averages(bought, random_state=0)}
    for epsilon in (0.1, 0.5, 1.0, 2.0):
        attacks[f"epsilon {epsilon}"] = membership_in_averages(bought, epsilon=epsilon, random_state=0)
    raw = attacks.pop("raw")
    assert raw.auc_low > 0.7
    assert raw.advantage_low > 0.3
    for attack in attacks.values():
        assert attack.auc_high < raw.auc_low
        assert attack.advantage_high < raw.advantage_low
        assert attack.advantage_low <= attack.bound
    assert attacks["epsilon 0.1"].advantage_low <= 0.05  # the bound says 0.05
    advantages = [attack.advantage for attack in attacks.values()]
    assert advantages[0] < advantages[-1]


@settings(max_examples=25)
@given(
    st.integers(4, 30), st.integers(1, 40), st.sampled_from([0.2, 1.0, 3.0]), st.floats(0.05, 0.9), st.integers(0, 99)
)
def test_no_private_release_is_attacked_beyond_the_bound(people, columns, epsilon, share, seed):
    values = np.random.default_rng(seed).random((people, columns)) < share
    attack = membership_in_averages(values, epsilon=epsilon, n_rounds=200, random_state=seed)
    assert attack.advantage_low <= advantage_bound(epsilon)
    assert attack.auc_low <= attack.auc <= attack.auc_high


def test_one_known_buyer_among_people_who_bought_nothing_is_attacked_near_the_bound():
    """The worst case: her count against nought and noise. At threshold 1/2 the Laplace gives 1 - e^(-eps/2)."""
    values = np.eye(12)  # everybody is the only buyer of a product
    epsilon = 2.0
    attack = membership_in_averages(values, epsilon=epsilon, max_total=1.0, n_rounds=400, random_state=3)
    assert attack.advantage_low <= advantage_bound(epsilon)
    assert attack.advantage > 0.6 * advantage_bound(epsilon)


def test_rounds_use_opendps_noise_without_a_seed_and_repeat_with_one(bought):
    first, second = (membership_in_averages(bought.iloc[:50], epsilon=1.0, random_state=4) for _ in range(2))
    assert first == second
    unseeded = membership_in_averages(bought.iloc[:50], epsilon=0.1, n_rounds=10)
    assert unseeded.advantage_low <= unseeded.bound
    generators = [np.random.default_rng(1), np.random.RandomState(1)]
    assert all(membership_in_averages(np.eye(5), n_rounds=2, random_state=rng).n_members >= 1 for rng in generators)


def test_a_classifier_made_of_private_counts_hides_its_members(profiles):
    """Naive Bayes from counts: exact ones, and those of PrivateStatistics at epsilon 1 in all."""
    y = (profiles["spent"] > profiles["spent"].median()).map({True: "high", False: "low"})
    table = profiles.assign(spender=y, cell=profiles["last_order"].astype(str))
    half = np.random.default_rng(1).permutation(len(table)) < len(table) // 2
    days = [str(day.date()) for day in pd.date_range("2024-07-08", "2025-12-31")]

    class Bayes:
        classes_ = np.array(["high", "low"])

        def __init__(self, counts):
            self.rates = np.maximum(counts, 0) + 0.5

        def predict_proba(self, cells):
            rates = self.rates.loc[list(cells), ["high", "low"]].to_numpy()
            return rates / rates.sum(axis=1, keepdims=True)

    def counted(statistics, epsilon):
        answer = statistics.count(by=["cell", "spender"], categories={"cell": days, "spender": ["high", "low"]},
                                  epsilon=epsilon)  # fmt: skip
        return answer.table.pivot(index="cell", columns="spender", values="estimate")

    inside = PrivateStatistics(table[half], epsilon=1e6, random_state=0)
    sides = [(table.loc[mask, "cell"], table.loc[mask, "spender"]) for mask in (half, ~half)]
    raw = membership_inference(Bayes(counted(inside, 1e5)), *sides)
    private = membership_inference(Bayes(counted(inside, 0.5)), *sides, epsilon=0.5)
    assert raw.auc_low > 0.55
    assert private.auc < raw.auc
    assert private.advantage_low <= private.bound == advantage_bound(0.5)


# ---------------------------------------------------------------- linkage


def test_raw_profiles_pin_most_people_down_and_generalised_ones_nobody(profiles):
    names = profiles["customer_id"]
    raw = reidentification(profiles.drop(columns=["customer_id"]), profiles, on=FACTS, truth=names)
    assert raw.pinned_low > 0.9
    assert raw.correct == raw.pinned
    assert raw.guess >= raw.pinned
    pseudonymised = profiles.assign(customer_id=np.random.default_rng(0).permutation(len(profiles)))
    assert reidentification(pseudonymised, profiles, on=FACTS, truth=names).correct == raw.correct
    for k in (2, 5, 10):
        protected = generalise(profiles, FACTS, k=k, max_suppressed=0.05)
        attack = reidentification(protected, profiles, on=FACTS, truth=names)
        assert attack.pinned <= 0.05  # only somebody suppressed might be taken for another
        assert attack.correct == 0
        assert attack.guess <= 1 / k
        assert attack.guess < raw.guess / 2


def test_more_facts_pin_more_people_down(profiles):
    shares = [
        reidentification(profiles.drop(columns="customer_id"), profiles, on=FACTS[:number]).pinned
        for number in range(1, 6)
    ]
    assert shares == sorted(shares)
    assert shares[0] == 0


def test_linkage_by_hand():
    released = pd.DataFrame(
        {
            "age": ["young", "young", "old", "old"],
            "town": ["York", "York", "York", None],
            "illness": ["a", "a", "b", "a"],
        }
    )
    known = pd.DataFrame(
        {"customer_id": [1, 2, 3, 4, 9], "age": ["young", "young", "old", "old", "old"],
         "town": ["York", "York", "York", None, "Hull"]}
    )  # fmt: skip
    attack = reidentification(released, known, on=["age", "town"], truth=[1, 2, 3, 4], sensitive="illness")
    assert (attack.n_known, attack.pinned, attack.correct) == (5, 0.4, 0.4)
    assert attack.guess == pytest.approx((0.5 + 0.5 + 1 + 1 + 0) / 5)
    assert attack.learnt == pytest.approx(4 / 5)  # both young people have the same illness: alike, and yet told
    assert attack.candidates == 1
    wrong = reidentification(released, known, on=["age", "town"], truth=[1, 2, 9, 4])
    assert (wrong.pinned, wrong.correct) == (0.4, 0.2)
    nobody_judges = reidentification(released, known, on=["age", "town"])
    assert (nobody_judges.correct, nobody_judges.guess, nobody_judges.learnt) == (None, None, None)
    own_ids = reidentification(
        released.assign(customer_id=[1, 2, 3, 4]), known.set_index("customer_id"), on=["age", "town"]
    )
    assert own_ids.correct == 0.4


def test_k_anonymity_alone_tells_what_all_alike_share_and_l_diversity_does_not():
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"customer_id": range(200), "age": rng.integers(20, 70, 200)})
    table["illness"] = np.where(table["age"] < 45, "a", rng.choice(["a", "b", "c"], 200))
    attacks = [
        reidentification(
            generalise(table, ["age"], k=5, l=l, sensitive="illness"), table, on=["age"], sensitive="illness",
            truth=table["customer_id"],
        )
        for l in (None, 2)  # noqa: E741
    ]  # fmt: skip
    assert attacks[0].learnt > 0.2
    assert attacks[1].learnt == 0


def test_a_few_purchases_single_people_out_and_coarser_ones_fewer(world):
    lines = world.tables["order_lines"].merge(world.tables["products"][["product_id", "department"]])
    lines = lines.assign(day=lines["timestamp"].dt.floor("D"), month=lines["timestamp"].dt.to_period("M").astype(str))
    fine = [unicity(lines, points=n, on=["day", "product_id"], random_state=0) for n in (1, 2, 3)]
    coarse = [unicity(lines, points=n, on=["month", "department"], random_state=0) for n in (1, 2, 3)]
    assert fine[1].pinned_low > 0.9
    for few, more in ((fine[0], fine[1]), (coarse[0], coarse[2])):
        assert few.pinned <= more.pinned
    for exact, wide in zip(fine, coarse, strict=True):
        assert wide.pinned_high < exact.pinned_low
    pseudonyms = dict(enumerate(np.random.default_rng(0).permutation(2_000)))
    pseudonyms = lines.assign(customer_id=lines["customer_id"].map(pseudonyms))
    assert unicity(pseudonyms, points=2, on=["day", "product_id"], n_people=None).pinned == pytest.approx(
        unicity(lines, points=2, on=["day", "product_id"], n_people=None).pinned, abs=0.03
    )


visits = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3)), min_size=1, max_size=30)


@settings(max_examples=25)
@given(visits)
def test_unicity_with_one_point_is_a_count_by_hand(rows):
    """One point of each person, drawn many times: the mean is the share of points that she alone holds."""
    frame = pd.DataFrame(rows, columns=["customer_id", "day"])
    holders = frame.drop_duplicates().groupby("day")["customer_id"].transform("size")
    alone = (holders == 1).groupby(frame.drop_duplicates()["customer_id"]).mean()
    drawn = [unicity(frame, points=1, on="day", n_people=None, random_state=seed).pinned for seed in range(60)]
    assert np.mean(drawn) == pytest.approx(alone.mean(), abs=0.25)
    if alone.isin([0, 1]).all():
        assert np.mean(drawn) == pytest.approx(alone.mean())


def test_results_read_well_and_escape(profiles):
    attack = reidentification(
        profiles.rename(columns={"region": "<b>"}), profiles.rename(columns={"region": "<b>"}), on="<b>"
    )
    assert "people are pinned down" in str(attack)
    assert "<b>re" not in attack._repr_html_()
    assert "&lt;b&gt;" in attack._repr_html_()
    raw = membership_in_averages(np.eye(6), epsilon=1.0, random_state=0)
    assert "at most 0.46 by epsilon=1" in str(raw)
    assert "Membership inference" in raw._repr_html_()


# ---------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("attack", "error", "text"),
    [
        (lambda p: reidentification(p, p, on=["region", "town"]), UnknownNameError, r"released: no column 'town'"),
        (lambda p: reidentification(p, p[["customer_id"]], on="region"), UnknownNameError, r"no column 'region'"),
        (lambda p: reidentification(p, p[["region"]], on="region"), UnknownNameError, r"no column 'customer_id'"),
        (lambda p: reidentification(p, p, on="region", truth=[1]), DataError, r"truth has 1 entries and the t"),
        (lambda p: reidentification(p, p, on="region", sensitive="x"), UnknownNameError, r"no column 'x'"),
        (lambda p: reidentification(p, p, on=[]), ParameterError, r"name one column"),
        (lambda p: reidentification(p, p, on="region", confidence=2), ParameterError, r"confidence=2: give a share"),
        (lambda p: reidentification([1], p, on="region"), DataError, r"needs a DataFrame"),
        (lambda p: unicity(p, points=0, on="region"), ParameterError, r"points=0\): give a whole number from 1"),
        (lambda p: unicity(p, points=2, on="region"), DataError, r"has 2 different points of region\. Ask for fewer"),
        (lambda p: unicity(p, points=1, on="region", n_people=0), ParameterError, r"n_people=0\): give a whole number"),
        (lambda p: unicity(p, points=1, on="town"), UnknownNameError, r"unicity: no column 'town'"),
        (lambda p: membership_in_averages(np.eye(5) * 2), DataError, r"values go from 0 to 2, and must"),
        (lambda p: membership_in_averages(p[["region"]]), DataError, r"values must be numbers from 0 to 1"),
        (lambda p: membership_in_averages(np.eye(3)), DataError, r"shape \(3, 3\); give 4 people at least"),
        (lambda p: membership_in_averages(np.eye(5), epsilon=0), ParameterError, r"epsilon=0\): give a number above 0"),
        (lambda p: membership_in_averages(np.eye(5), epsilon=1, max_total=-1), ParameterError, r"max_total=-1"),
        (lambda p: membership_in_averages(np.eye(5), n_rounds=1), ParameterError, r"n_rounds=1\): give a whole number"),
        (lambda p: membership_in_averages(np.eye(5), confidence=0), ParameterError, r"confidence=0: give a share"),
        (lambda p: advantage_bound(-1), ParameterError, r"epsilon=-1"),
        (lambda p: membership_inference(LinearSVC(), (0, 0), (0, 0)), ParameterError, r"gives no probabilities"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_clearly(profiles, attack, error, text):
    with pytest.raises(error, match=text):
        attack(profiles)


def test_classes_that_a_model_does_not_know_are_refused():
    model = DummyClassifier().fit([[0], [1]], ["a", "b"])
    with pytest.raises(DataError, match=r"others have classes that the model does not know \(c\)"):
        membership_inference(model, ([[0], [1]], ["a", "b"]), ([[0], [1]], ["a", "c"]))
    with pytest.raises(DataError, match=r"members have fewer than two people"):
        membership_inference(model, ([[0]], ["a"]), ([[0], [1]], ["a", "b"]))


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"random_state": "x"}, "random_state='x' is no seed"),
        ({"confidence": "x"}, "confidence='x': give a share between 0 and 1"),
    ],
)
def test_settings_of_the_wrong_kind_are_refused(options, text):
    with pytest.raises(ParameterError, match=text):
        pk.privacy.unicity(pd.DataFrame({"customer_id": [1, 2], "day": [1, 2]}), points=1, on="day", **options)
    with pytest.raises(ParameterError, match=text):
        pk.privacy.membership_in_averages(np.full((8, 2), 0.5), **options)
