"""The tree that assigns: its rules are the tree to the letter, and its fidelity is measured on others."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.utils.estimator_checks import parametrize_with_checks

import personakit as pk
from personakit.errors import ConsentError, DataError, ParameterError
from personakit.segment.assignment_rules import rounded
from personakit.segment.assignment_tree import SegmentTree
from personakit.segment.rules import RuleSegments
from personakit.segment.tiers import ValueTiers

NAMES = ["customer_id", "monetary", "days since order", "favourite_channel", "app_user", "visits"]


@parametrize_with_checks([SegmentTree()])
def test_it_keeps_to_the_protocol_of_scikit_learn(estimator, check):
    check(estimator)


def shop(n=300, seed=0, gaps=0.2):
    draws = np.random.default_rng(seed)
    people = pd.DataFrame(
        {
            "customer_id": np.arange(n) + 500,
            "monetary": draws.lognormal(4, 1, n),
            "days since order": draws.integers(0, 300, n).astype(float),
            "favourite_channel": draws.choice(["web", 'the "app"', "store"], n).astype(object),
            "app_user": draws.random(n) < 0.5,
            "visits": draws.poisson(4, n),
            "shop": "Larkspur",
        }
    )
    for name in NAMES[1:4]:
        people.loc[draws.random(n) < gaps, name] = np.nan
    rich, late = people["monetary"] > 80, people["days since order"] > 100
    group = np.select(
        [rich & late, rich, people["favourite_channel"] == "store", people["app_user"]], list("dcba"), "e"
    )
    return people, pd.Series(group, index=pd.Index(people["customer_id"], name="customer_id"))


@given(st.integers(0, 10**6), st.integers(1, 5), st.integers(1, 4), st.booleans())
@settings(max_examples=12)
def test_rule_segments_reproduces_the_tree_exactly(seed, max_depth, digits, noise):
    people, segments = shop(200, seed)
    if noise:
        segments = segments.sample(frac=1, random_state=seed).set_axis(segments.index)
        segments[people["days since order"].isna().to_numpy()] = "e"  # gaps that mean something
    tree = SegmentTree(max_depth, 5, digits=digits, n_splits=2).fit(people, segments)
    for others in (people, shop(200, seed + 1, gaps=0.5)[0].assign(favourite_channel="kiosk"), shop(100, seed + 2)[0]):
        by_rules = RuleSegments(tree.rules()).fit(people).predict(others)
        assert by_rules.astype(str).tolist() == tree.predict(others).astype(str).tolist()


def test_a_question_may_be_whether_there_is_a_value():
    people, _ = shop(200)
    gap = people["monetary"].isna()
    segments = pd.Series(np.where(gap, "unknown", "known"), index=pd.Index(people["customer_id"], name="customer_id"))
    tree = SegmentTree().fit(people, segments)
    assert tree.rules() == {"known": "monetary is not missing", "unknown": "monetary is missing"}
    assert (tree.predict(people).astype(str) == segments).all()


def test_an_array_with_gaps_has_the_same_rules_and_answers():
    draws = np.random.default_rng(0)
    values = draws.normal(size=(200, 3))
    values[draws.random((200, 3)) < 0.2] = np.nan
    labels = np.where(values[:, 1] > 0.3, "up", "down")
    tree = SegmentTree(smallest=5).fit(values, labels)
    by_rules = RuleSegments(tree.rules()).fit(values)
    assert np.array([*tree.rules()])[by_rules.predict(values)].tolist() == tree.predict(values).tolist()


def test_thresholds_are_short_numbers_between_the_values_they_part():
    assert rounded(187.3, 214.0, 3) == 200
    assert rounded(0.3312, 0.3398, 3) == 0.336  # the middle is 0.3355
    assert (
        rounded(123.41, 123.46, 3) == 123
    )  # no number of three digits lies between: the nearest, and it may move some
    people, segments = shop(gaps=0)
    said = " ".join(SegmentTree(2).fit(people, segments).rules().values())
    assert "monetary > 80" in said.replace("80.", "80 ") or "monetary > 79" in said or "monetary > 81" in said


def test_fidelity_is_high_where_few_questions_tell_segments_apart_and_chance_where_nothing_does():
    people, segments = shop(600, gaps=0)
    clear = SegmentTree(5).fit(people, segments)
    assert clear.fidelity_ > 0.95
    assert clear.fidelity_interval_[0] < clear.fidelity_ <= clear.fidelity_interval_[1] + 1e-12
    luck = pd.Series(np.random.default_rng(1).choice(list("ab"), 600), index=segments.index)
    none = SegmentTree(5).fit(people, luck)
    assert none.fidelity_interval_[0] < 0.5 + 0.04  # the tree knows its own customers better: that is not counted
    assert (none.predict(people).astype(str) == luck).mean() > none.fidelity_ + 0.04
    table = clear.fidelity_by_segment_
    assert table["customers"].sum() == 600
    assert (table["fidelity"] * table["customers"]).sum() / 600 == pytest.approx(clear.fidelity_)
    assert ((table["low"] <= table["fidelity"]) & (table["fidelity"] <= table["high"] + 1e-12)).all()


def test_a_series_is_matched_by_customer_and_gaps_in_it_teach_nothing():
    people, segments = shop()
    tree = SegmentTree().fit(people, segments)
    shuffled = SegmentTree().fit(people, segments.sample(frac=1, random_state=3))
    assert tree.rules().keys() == shuffled.rules().keys()
    assert (shuffled.predict(people).astype(str) == tree.predict(people).astype(str)).mean() > 0.97
    half = SegmentTree().fit(people, segments.where(np.arange(300) < 150))
    assert half.fidelity_by_segment_["customers"].sum() == 150
    assert tree.predict(people).index.equals(segments.index)


def test_what_no_rule_can_name_is_not_asked_about():
    people, segments = shop()
    people["first_order"] = "2025-01-31"
    people.loc[::2, "first_order"] = "2025-05-31"
    people["a`b"] = np.arange(300)
    people["grade"] = pd.Categorical(np.arange(300) % 3)
    tree = SegmentTree().fit(people, segments)
    assert tree.left_out_["shop"] == "one value only"
    assert "dates are counted" in tree.left_out_["first_order"]
    assert "cannot be written" in tree.left_out_["a`b"]
    assert "number each, not texts" in tree.left_out_["grade"]
    with pytest.raises(DataError, match="none of the columns can be asked about: first_order"):
        SegmentTree(columns=["first_order"]).fit(people, segments)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda people, y: (people, y.where(y == "a")), "one class only, the segment 'a'"),
        (lambda people, y: (people, pd.concat([y, y.head(2)])), "y has 2 customers more than once"),
        (lambda people, y: (pd.concat([people, people.head(1)]), y), "1 customers in more than one row"),
        (lambda people, y: (people, y.set_axis(-y.index)), "No customer has both a profile and a segment"),
        (lambda people, y: (people.assign(visits=np.inf), y), "profiles.visits is infinite for 300"),
        (lambda people, y: (people[["customer_id", "shop"]], y), "none of the 1 columns"),
        (lambda people, y: (people.assign(empty=np.nan)[["customer_id", "empty"]], y), "no value at all"),
        (lambda people, y: (people, None), "requires y to be passed"),
    ],
)
def test_bad_inputs_are_refused_with_words(change, words):
    with pytest.raises(DataError, match=words):
        SegmentTree().fit(*change(*shop()))


def test_what_the_gate_released_is_taken_and_the_rules_hold_on_real_profiles(profiles):
    allowed = pk.privacy.gate(profiles, "analytics", at="2025-12-31")
    tiers = ValueTiers().fit_predict(allowed)
    tree = SegmentTree(leave_out=["monetary"]).fit(allowed, tiers)
    assert tree.purpose_ == "analytics"
    by_rules = RuleSegments(tree.rules()).fit(allowed).predict(allowed)
    assert by_rules.astype(str).equals(tree.predict(allowed).astype(str))
    assert tree.fidelity_ > tiers.value_counts(normalize=True).max()  # better than the largest tier for everybody


def test_settings_and_purposes_are_checked():
    people, segments = shop()
    with pytest.raises(ParameterError, match=r"SegmentTree\(max_depth=0\)"):
        SegmentTree(0).fit(people, segments)
    with pytest.raises(ParameterError, match="level=2"):
        SegmentTree(level=2).fit(people, segments)
    people.attrs["purpose"] = "analytics"
    tree = SegmentTree().fit(people, segments)
    other = people.copy()
    other.attrs["purpose"] = "marketing_email"
    with pytest.raises(ConsentError, match="may not be used for 'marketing_email'"):
        tree.predict(other)
    text = people.assign(visits="many")
    with pytest.raises(DataError, match=r"profiles\.visits held numbers when this was fitted"):
        tree.predict(text)
