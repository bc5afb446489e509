"""k, l and t against the tables of the papers that defined them, a count by hand, and another formula."""

import math
from collections import Counter, defaultdict

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import wasserstein_distance

from personakit.errors import DataError, ParameterError, UnknownNameError
from personakit.privacy import anonymity

# L. Sweeney (2002), "k-anonymity: a model for protecting privacy", figure 2: k = 2.
SWEENEY = pd.DataFrame(
    [
        ("Black", "1965", "m", "0214*", "short breath"), ("Black", "1965", "m", "0214*", "chest pain"),
        ("Black", "1965", "f", "0213*", "hypertension"), ("Black", "1965", "f", "0213*", "hypertension"),
        ("Black", "1964", "f", "0213*", "obesity"), ("Black", "1964", "f", "0213*", "chest pain"),
        ("White", "1964", "m", "0213*", "chest pain"), ("White", "1964", "m", "0213*", "obesity"),
        ("White", "1964", "m", "0213*", "short breath"), ("White", "1967", "m", "0213*", "chest pain"),
        ("White", "1967", "m", "0213*", "chest pain"),
    ],
    columns=["race", "birth", "gender", "zip", "problem"],
)  # fmt: skip

# A. Machanavajjhala and others (2007), "l-diversity", figures 1 to 3: the microdata, and two published forms of it.
_PATIENTS = [
    ("13053", 28, "heart"), ("13068", 29, "heart"), ("13068", 21, "viral"), ("13053", 23, "viral"),
    ("14853", 50, "cancer"), ("14853", 55, "heart"), ("14850", 47, "viral"), ("14850", 49, "viral"),
    ("13053", 31, "cancer"), ("13053", 37, "cancer"), ("13068", 36, "cancer"), ("13068", 35, "cancer"),
]  # fmt: skip
PATIENTS = pd.DataFrame(_PATIENTS, columns=["zip", "age", "condition"])
FOUR_ANONYMOUS = pd.DataFrame(
    {
        "zip": ["1485*" if zip_.startswith("148") else "130**" for zip_ in PATIENTS["zip"]],
        "age": ["< 30" if age < 30 else "3*" if age < 40 else ">= 40" for age in PATIENTS["age"]],
        "condition": PATIENTS["condition"],
    }
)
THREE_DIVERSE = pd.DataFrame(
    {
        "zip": PATIENTS["zip"].str[:4] + "*",
        "age": ["<= 40" if age <= 40 else "> 40" for age in PATIENTS["age"]],
        "condition": PATIENTS["condition"],
    }
)

# N. Li, T. Li and S. Venkatasubramanian (2007), "t-closeness", tables 3 and 5: salaries of nine people in three groups.
SALARIES = pd.DataFrame({"group": [1, 1, 1, 2, 2, 2, 3, 3, 3], "salary": [3, 4, 5, 6, 11, 8, 7, 9, 10]})
CLOSER = pd.DataFrame({"group": [1, 1, 1, 2, 2, 2, 3, 3, 3], "salary": [3, 5, 9, 6, 11, 8, 4, 7, 10]})


def test_sweeneys_example_has_k_2_and_leaves_one_problem_plain():
    report = anonymity(SWEENEY, ["race", "birth", "gender", "zip"], sensitive="problem")
    assert (report.k, report.n_groups, report.l) == (2, 5, 1)
    assert report.groups["rows"].tolist() == [2, 2, 2, 2, 3]


def test_the_four_anonymous_table_of_the_l_diversity_paper_tells_who_has_cancer():
    assert anonymity(PATIENTS, ["zip", "age"]).k == 1
    report = anonymity(FOUR_ANONYMOUS, ["zip", "age"], sensitive="condition")
    assert (report.k, report.n_groups, report.l) == (4, 3, 1)
    assert report.l_entropy == pytest.approx(1.0)
    plain = report.groups[report.groups["distinct"] == 1]
    assert plain[["zip", "age"]].to_numpy().tolist() == [["130**", "3*"]]


def test_its_three_diverse_table_is_2_8_diverse_by_entropy():
    """Each group holds one, one and two of three conditions: exp of their entropy is 2 to the 1.5, the paper's 2.8."""
    report = anonymity(THREE_DIVERSE, ["zip", "age"], sensitive="condition")
    assert (report.k, report.n_groups, report.l) == (4, 3, 3)
    assert report.l_entropy == pytest.approx(2**1.5)


def test_the_salaries_of_the_t_closeness_paper_are_as_far_apart_as_it_says():
    groups = anonymity(SALARIES, ["group"], sensitive="salary").groups.set_index("group")
    assert groups.loc[1, "t"] == pytest.approx(0.375)  # section 5: D[P1, Q] = 0.375 for {3k, 4k, 5k}
    assert groups.loc[2, "t"] == pytest.approx(1 / 6)  # and D[P2, Q] = 0.167 for {6k, 8k, 11k}
    assert anonymity(CLOSER, ["group"], sensitive="salary").t == pytest.approx(1 / 6)  # table 5: 0.167-closeness


a_person = st.tuples(st.sampled_from("abc"), st.integers(0, 3), st.sampled_from(["x", "y", "z", None]))
people = st.lists(a_person, min_size=1, max_size=40)


def by_hand(rows):
    groups = defaultdict(Counter)
    for first, second, value in rows:
        groups[first, second][value] += 1
    whole = Counter(value for *_, value in rows)
    k = min(sum(group.values()) for group in groups.values())
    distinct = min(len(group) for group in groups.values())

    def exp_entropy(group):
        total = sum(group.values())
        return math.exp(-sum(count / total * math.log(count / total) for count in group.values()))

    def distance(group):
        return sum(abs(group[v] / sum(group.values()) - whole[v] / len(rows)) for v in whole) / 2

    return k, distinct, min(map(exp_entropy, groups.values())), max(map(distance, groups.values()))


@given(people)
def test_all_three_are_those_of_a_count_by_hand(rows):
    table = pd.DataFrame(rows, columns=["first", "second", "value"])
    report = anonymity(table, ["first", "second"], sensitive="value")
    k, distinct, entropy, t = by_hand(rows)
    assert (report.k, report.l) == (k, distinct)
    assert report.l_entropy == pytest.approx(entropy)
    assert report.t == pytest.approx(t)
    assert report.l_entropy <= report.l + 1e-9
    assert report.l <= report.k


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 5)), min_size=2, max_size=30))
def test_t_of_numbers_is_scipys_earth_movers_distance_on_ranks(rows):
    table = pd.DataFrame(rows, columns=["group", "salary"])
    ranks = table["salary"].rank(method="dense") - 1
    width = max(ranks.max(), 1)
    expected = max(
        wasserstein_distance(ranks[table["group"] == name], ranks) / width for name in table["group"].unique()
    )
    assert anonymity(table, "group", sensitive="salary").t == pytest.approx(expected, abs=1e-12)


@given(people, st.randoms(use_true_random=False))
def test_order_does_not_matter_doubling_doubles_k_and_more_columns_never_raise_it(rows, random):
    table = pd.DataFrame(rows, columns=["first", "second", "value"])
    report = anonymity(table, ["first", "second"], sensitive="value")
    shuffled = pd.DataFrame(random.sample(rows, len(rows)), columns=table.columns)
    other = anonymity(shuffled, ["second", "first"], sensitive="value")
    assert (report.k, report.l, report.unique) == (other.k, other.l, other.unique)
    doubled = anonymity(pd.concat([table, table]), ["first", "second"], sensitive="value")
    assert (doubled.k, doubled.l, doubled.t) == (2 * report.k, report.l, pytest.approx(report.t))
    assert anonymity(table, ["first"]).k >= report.k


def test_risks_are_shares_of_rows():
    table = pd.DataFrame({"age": ["a"] * 6 + ["b"] * 3 + ["c"]})
    report = anonymity(table, ["age"], at_risk_below=5)
    assert (report.k, report.unique, report.at_risk, report.mean_risk) == (1, 0.1, 0.4, 0.3)


def test_missing_values_are_alike():
    table = pd.DataFrame({"age": [None, np.nan, "a", "a"], "spent": [np.nan, np.nan, 1.0, 2.0]})
    assert anonymity(table, ["age"]).k == 2
    assert anonymity(table, ["age", "spent"]).k == 1


def test_rows_at_risk_are_shown_without_ids_and_with_names_masked():
    table = pd.DataFrame(
        {"customer_id": [1, 2, 3], "given_name": ["Ada", "Bea", "Cleo"], "age": ["a", "a", "b"], "spent": [1, 2, 3]}
    )
    table.attrs["consents"] = "of everybody"
    shown = anonymity(table, ["age"], at_risk_below=2).risky_rows
    assert shown.to_dict("records") == [{"given_name": "C•••", "age": "b", "spent": 3, "group_rows": 1}]
    assert shown.attrs == {}
    indexed = anonymity(table.set_index("customer_id"), ["age"], at_risk_below=2).risky_rows
    assert indexed.index.tolist() == [0]


def test_columns_of_several_kinds_and_many_distinct_values_do_not_overflow():
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(size=(3_000, 8)), columns=list("abcdefgh")).assign(mixed=[1, "one", None] * 1_000)
    report = anonymity(table, [*"abcdefgh", "mixed"])
    assert (report.k, report.n_groups) == (1, 3_000)


def test_the_report_reads_well_and_escapes():
    report = anonymity(SWEENEY.rename(columns={"zip": "<zip>"}), ["race", "<zip>"], sensitive="problem")
    assert "k (rows in the smallest group): 2" in repr(report)
    assert "l (fewest values of problem in a group)" in repr(report)
    assert "<zip>" not in report._repr_html_()


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ((SWEENEY, ["rase"]), UnknownNameError, r"anonymity: no column 'rase'\. Did you mean 'race'\?"),
        ((SWEENEY, []), ParameterError, r"name one column at least, and each once"),
        ((SWEENEY, ["race", "race"]), ParameterError, r"name one column at least, and each once"),
        ((SWEENEY.iloc[:0], ["race"]), DataError, r"the table has no rows"),
        (([1, 2], ["race"]), DataError, r"needs a DataFrame or what the gate returned, and got list"),
    ],
)
def test_bad_input_is_refused_clearly(arguments, error, text):
    with pytest.raises(error, match=text):
        anonymity(*arguments)


def test_bad_settings_are_refused_clearly():
    with pytest.raises(UnknownNameError, match=r"no column 'problems'\. Did you mean 'problem'"):
        anonymity(SWEENEY, ["race"], sensitive="problems")
    with pytest.raises(ParameterError, match=r"at_risk_below=0\): give a whole number from 1"):
        anonymity(SWEENEY, ["race"], at_risk_below=0)
