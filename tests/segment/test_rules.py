"""Segments by rules: the same customers in pandas and in an engine, and missing values that mean what is written."""

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.utils.estimator_checks import check_estimator

from personakit.errors import ConsentError, DataError, NotFittedError, ParameterError, UnknownNameError
from personakit.privacy import Permitted
from personakit.segment import RuleSegments, select

PEOPLE = pd.DataFrame(
    {
        "customer_id": [1, 2, 3, 4, 5],
        "spent": [1.0, np.nan, np.inf, -np.inf, 0.0],
        "orders": pd.array([1, None, 3, 4, 0], dtype="Int64"),
        "region": ["wales", None, "it's", "", "wales"],
        "since": pd.to_datetime(["2025-01-31 14:00", None, "2024-02-29", "2025-02-01", "2025-01-31"], format="ISO8601"),
        "day": ["2025-01-31", "bad", "2024-13-01", None, "2025-01-31 12:00"],
        "member": pd.array([True, None, False, True, False], dtype="boolean"),
        "odd name": [1, 2, 3, 4, 5],
        "empty": [None] * 5,
    }
)
RULES = {
    "spent > 0": [1, 3],
    "not spent > 0": [2, 4, 5],
    "spent != 1": [3, 4, 5],
    "spent = 1": [1],
    "spent in [1, 7]": [1],
    "spent - spent = 0": [1, 5],
    "spent * 1e308 * 10 > 5": [1, 3],
    "orders / spent > 0": [1],
    "orders / (orders - orders) is missing": [1, 2, 3, 4, 5],
    "0 < orders <= 3": [1, 3],
    "orders between 1 and 3": [1, 3],
    "orders not between 1 and 3": [4, 5],
    "not orders between 1 and 3": [2, 4, 5],
    "orders in [1, -3, 3]": [1, 3],
    "-orders < -2": [3, 4],
    "orders is missing": [2],
    "region = 'wales'": [1, 5],
    "region != 'wales'": [3, 4],
    "region in ['wales', 'it''s']": [1, 3, 5],
    "region not in ['wales']": [3, 4],
    "not region in ['wales']": [2, 3, 4],
    "region is not missing": [1, 3, 4, 5],
    "since <= '2025-01-31'": [1, 3, 5],
    "since = '2025-01-31'": [1, 5],
    "since in ['2025-01-31', '2024-02-29']": [1, 3, 5],
    "since between '2024-03-01' and '2025-01-31'": [1, 5],
    "'2025-02-10' - since > 9": [1, 3, 5],
    "since + 1 = '2025-02-01'": [1, 5],
    "day <= '2025-01-31'": [1, 5],
    "day = '2025-01-31'": [1],
    "since < day": [],
    "since <= day": [1, 5],
    "member": [1, 4],
    "not member": [2, 3, 5],
    "member = true": [1, 4],
    "member != true": [3, 5],
    "`odd name` > 2": [3, 4, 5],
    "empty > 1": [],
    "not empty = 1": [1, 2, 3, 4, 5],
    "empty in [1]": [],
    "empty is missing and true": [1, 2, 3, 4, 5],
    "1 < 2": [1, 2, 3, 4, 5],
}


@pytest.fixture(scope="module")
def on_duckdb():
    connection = ibis.duckdb.connect()
    table = connection.create_table("people", PEOPLE.drop(columns="empty"))
    return table.mutate(empty=ibis.null("float64"))


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_takes_the_same_customers_in_pandas_and_in_duckdb(rule, on_duckdb):
    assert select(PEOPLE, rule)["customer_id"].tolist() == RULES[rule]
    chosen = select(on_duckdb, rule)
    assert isinstance(chosen, ibis.Table)
    assert sorted(chosen.to_pandas()["customer_id"]) == RULES[rule]


def test_a_rule_takes_the_same_customers_on_the_profiles_of_the_world_in_both(profiles):
    rules = RuleSegments(
        {
            "VIP lapsing": "monetary > 500 and recency_days > 90",
            "Bargain hunters": "discount_share > 0.8 and frequency >= 3",
            "Store people": "favourite_channel in ['store', 'call_centre'] or store_share * n_visits > 20",
            "Quiet": "email_open_rate is missing and not n_views > 10",
        }
    )
    table = ibis.memtable(profiles[[name for name in profiles.columns if not profiles[name].isna().all()]])
    segments = rules.fit_predict(profiles)
    found = rules.predict(table).to_pandas().set_index("customer_id")["segment"]
    assert found.sort_index().tolist() == segments.astype(str).sort_index().tolist()
    members = rules.memberships(table).to_pandas().set_index("customer_id").sort_index()
    assert members.astype(bool).equals(rules.memberships(profiles).sort_index())
    counted = RuleSegments(rules.rules).fit(table).segments_
    pd.testing.assert_frame_equal(counted, rules.segments_.drop(columns="monetary_share"))
    assert rules.segments_["customers"].gt(0).all()
    assert rules.segments_["customers"].sum() == len(profiles)


values = st.one_of(st.none(), st.integers(-3, 3))
rows = st.lists(st.tuples(values, values, st.sampled_from(["x", "y", None])), min_size=1, max_size=12)
rules_of_rows = st.sampled_from(
    [
        "a > b", "not a > b or t = 'x'", "a between b and 2", "a not between b and 2", "a / b >= 1", "a in [1, 2]",
        "t not in ['x'] and a - b < 2", "a is missing or t is not missing", "-a * b > 0 and not t != 'y'",
    ]
)  # fmt: skip


@settings(max_examples=20)
@given(rows, rules_of_rows, st.randoms(use_true_random=False))
def test_engine_order_of_rows_and_names_of_customers_make_no_difference(rows, rule, shuffler):
    frame = pd.DataFrame(rows, columns=["a", "b", "t"]).astype({"a": "float64", "b": "float64", "t": "object"})
    frame.insert(0, "customer_id", range(len(frame)))
    found = set(select(frame, rule)["customer_id"])
    table = ibis.memtable(frame, schema={"customer_id": "int64", "a": "float64", "b": "float64", "t": "string"})
    assert set(select(table, rule).to_pandas()["customer_id"]) == found
    order = list(range(len(frame)))
    shuffler.shuffle(order)
    assert set(select(frame.iloc[order], rule)["customer_id"]) == found
    relabelled = frame.assign(customer_id=[f"c{number}" for number in frame["customer_id"]])
    assert set(select(relabelled, rule)["customer_id"]) == {f"c{number}" for number in found}


def test_the_first_rule_that_holds_wins_and_memberships_overlap():
    rules = RuleSegments({"A": "orders >= 3", "B": "orders >= 1"}, otherwise="Rest").fit(PEOPLE)
    assert rules.predict(PEOPLE).tolist() == ["B", "Rest", "A", "A", "Rest"]
    assert rules.predict(PEOPLE).cat.categories.tolist() == ["A", "B", "Rest"]
    assert rules.memberships(PEOPLE).sum().to_dict() == {"A": 2, "B": 3}
    table = rules.segments_.set_index("segment")
    assert table["customers"].to_dict() == {"A": 2, "B": 1, "Rest": 2}
    assert table["meet_rule"].to_dict() == {"A": 2, "B": 3, "Rest": 2}
    assert table["rule"].to_dict() == {"A": "orders >= 3", "B": "orders >= 1", "Rest": ""}


def test_explain_says_which_conditions_a_customer_meets(on_duckdb):
    rules = RuleSegments({"A": "orders >= 3 and (spent > 5 or region is missing)", "B": "not region = 'wales'"}).fit(
        PEOPLE
    )
    found = rules.explain(PEOPLE, 4)
    assert found.values.tolist() == [
        ["A", False, "orders >= 3", "orders = 4", True],
        ["A", False, "spent > 5", "spent = -inf", False],
        ["A", False, "region is missing", "region = ''", False],
        ["B", True, "not region = 'wales'", "region = ''", True],
    ]
    assert rules.explain(PEOPLE, 2)["values"].tolist()[0] == "orders = missing"
    assert rules.explain(on_duckdb, 4)["met"].tolist() == found["met"].tolist()
    for table in (PEOPLE, on_duckdb):
        with pytest.raises(UnknownNameError, match="There is no customer 99"):
            rules.explain(table, 99)


def test_the_purpose_goes_along_and_another_is_refused():
    released = Permitted("analytics", pd.Timestamp("2025-12-31"), {}, {"frame": PEOPLE})
    rules = RuleSegments({"A": "orders > 1"}).fit(released)
    assert rules.purpose_ == select(released, "orders > 1").attrs["purpose"] == "analytics"
    assert rules.predict(released).attrs["purpose"] == "analytics"
    with pytest.raises(ConsentError, match="RuleSegments learnt from data released for 'analytics'"):
        rules.predict(Permitted("marketing_email", pd.Timestamp("2025-12-31"), {}, {"frame": PEOPLE}))


def test_a_text_that_no_customer_has_is_warned_of_with_the_nearest():
    with pytest.warns(UserWarning, match=r"asks for region 'Wales', which no customer has.*Did you mean 'wales'"):
        RuleSegments({"A": "region in ['Wales', 'it''s']"}).fit(PEOPLE)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("spent > 'much'", r"spent is a number and 'much' a text, so they cannot be compared"),
        ("spent > '5'", "Write the number without quotes"),
        ("region = 5", "region is a text and 5 a number"),
        ("region < 'x'", "a text is neither more nor less than another"),
        ("member < true", "a flag is neither more nor less"),
        ("since > 'yesterday'", "'yesterday' is no day, and since is one"),
        ("since = '2025-02-30'", "'2025-02-30' is no day"),
        ("since > 5", "since is a day and 5 a number"),
        ("spent + region > 1", r"spent \+ region cannot be worked out: spent is a number, region a text"),
        ("since + since > 1", "since is a day, since a day"),
        ("spent", "spent is a number, not a condition.*spent > 0"),
        ("since and member", "since is a day, not a condition"),
        ("(spent > 1) = true", r"\(spent > 1\) is a condition, and stands where a value is needed"),
        ("region in ['x', 5]", "region is a text, and 5 in the list a number"),
        ("since in ['x']", "'x' is no day"),
    ],
)
def test_kinds_that_do_not_go_together_are_refused_with_words_in_pandas_and_in_the_engine(rule, said, on_duckdb):
    for table in (PEOPLE, on_duckdb):
        with pytest.raises(ParameterError, match=said):
            select(table, rule)


def test_an_unknown_column_offers_the_nearest_and_says_whose_rule_it_is(on_duckdb):
    for table in (PEOPLE, on_duckdb):
        with pytest.raises(UnknownNameError, match=r"rule 'VIP' names a column 'spend' .*Did you mean 'spent'\?"):
            RuleSegments({"VIP": "spend > 500"}).fit(table)


def test_values_of_several_kinds_in_a_column_are_refused():
    with pytest.raises(DataError, match=r"profiles\.a holds neither numbers, nor texts.*Convert it"):
        select(pd.DataFrame({"customer_id": [1, 2], "a": ["x", 5]}), "a = 'x'")
    with pytest.raises(DataError, match=r"The column a holds neither.*type array<int64>"):
        select(ibis.memtable({"customer_id": [1], "a": [[1]]}), "a = 1")


def test_duplicated_customers_are_refused():
    with pytest.raises(DataError, match=r"2 customers in more than one row \(customer_id 1, 2\)"):
        RuleSegments({"A": "orders > 1"}).fit(pd.concat([PEOPLE, PEOPLE.iloc[:2]]))


@pytest.mark.parametrize(
    ("rules", "otherwise", "said"),
    [
        ({}, "x", "give a dict of segment to rule"),
        ("monetary > 1", "x", "give a dict of segment to rule"),
        ({"": "orders > 1"}, "x", "'' is no name of a segment"),
        ({5: "orders > 1"}, "x", "5 is no name of a segment"),
        ({"customer_id": "orders > 1"}, "x", "'customer_id' is no name of a segment"),
        ({"A": "orders > 1"}, "A", "is the name of a rule, too"),
        ({"A": "orders >"}, "x", "The rule 'A' cannot be read at character 9, the end"),
    ],
)
def test_settings_that_make_no_sense_are_refused(rules, otherwise, said):
    with pytest.raises(ParameterError, match=said):
        RuleSegments(rules, otherwise).fit(PEOPLE)


def test_a_table_of_an_engine_without_customers_and_a_use_before_fit_are_refused():
    with pytest.raises(DataError, match=r"The table has no column customer_id \(it has a\)"):
        RuleSegments({"A": "a > 1"}).fit(ibis.memtable({"a": [1]}))
    with pytest.raises(NotFittedError, match="has not learnt its rules yet"):
        RuleSegments({"A": "a > 1"}).predict(PEOPLE)


def test_categories_count_by_their_values_and_dates_in_objects_are_days():
    people = pd.DataFrame({"customer_id": [1, 2], "c": pd.Categorical([10, 20]), "t": pd.Categorical(["x", None])})
    people["d"] = [pd.Timestamp("2025-01-01").date(), None]
    assert select(people, "c > 15")["customer_id"].tolist() == [2]
    assert select(people, "t = 'x' and d = '2025-01-01'")["customer_id"].tolist() == [1]


def test_scikit_learn_finds_nothing_wrong():
    check_estimator(RuleSegments({"High": "x0 > 1"}), on_skip=None)
    assert clone(RuleSegments({"A": "a > 1"}, "B")).get_params() == {"rules": {"A": "a > 1"}, "otherwise": "B"}
