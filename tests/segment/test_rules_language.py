"""The language of rules: what it means, and that nothing but a condition gets through it."""

import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from personakit.errors import ParameterError, PersonakitError
from personakit.segment import select
from personakit.segment.rules_language import MOST_CHARACTERS, MOST_LEVELS, parse
from personakit.segment.rules_tree import columns_of

PEOPLE = pd.DataFrame({"customer_id": [1, 2, 3, 4], "a": [0.0, 1.0, 2.0, 3.0], "b": [1.0, 1.0, 0.0, 0.0]})


def those(expression, people=PEOPLE):
    return select(people, expression)["customer_id"].tolist()


@pytest.mark.parametrize(
    ("expression", "customers"),
    [
        ("a > 1", [3, 4]),
        ("a > 1 or a = 0 and b = 0", [3, 4]),  # and binds first
        ("(a > 1 or a = 0) and b = 1", [1]),
        ("not a > 1 and b = 1", [1, 2]),  # not binds before and
        ("not (a > 1 and b = 1)", [1, 2, 3, 4]),
        ("not not a > 1", [3, 4]),
        ("0 < a <= 2", [2, 3]),
        ("a between 1 and 2 and b = 1", [2]),
        ("a not between 1 and 2", [1, 4]),
        ("a in [0, 3]", [1, 4]),
        ("a NOT IN [0, 3] AND b = 0", [3]),
        ("a - 1 - 1 = 0", [3]),  # from left to right
        ("1 + a * 2 = 5", [3]),  # products first
        ("(1 + a) * 2 = 6", [3]),
        ("-a = -2", [3]),
        ("- (a - 3) > 1", [1, 2]),
        ("a == 2", [3]),
        ("a <> 2", [1, 2, 4]),
        ("a > .5e0", [2, 3, 4]),
        ("a>1and b=0", None),
    ],
)
def test_precedence_is_that_of_arithmetic_and_logic(expression, customers):
    if customers is None:
        with pytest.raises(ParameterError, match="a space or a sign is expected between a number and what follows"):
            parse(expression)
    else:
        assert those(expression) == customers


def test_a_rule_names_its_columns_in_order_and_a_name_in_back_quotes_may_hold_anything():
    assert columns_of(parse("b > 1 and (a + `lifetime value (£)` > 2 or b < 1)")) == ["b", "a", "lifetime value (£)"]
    people = pd.DataFrame({"customer_id": [1, 2], "missing": [1, 2], "größe": [1, 2], "x.y": [1, 2]})
    assert those("`missing` > 1 and größe > 1 and `x.y` > 1", people) == [2]


def test_a_quote_is_doubled_inside_its_own_quotes():
    people = pd.DataFrame({"customer_id": [1, 2], "name": ["it's", 'a "b"']})
    assert those("name = 'it''s'", people) == those('name = "it\'s"', people) == [1]
    assert those('name = "a ""b"""', people) == [2]


ATTACKS = {
    "attribute": ("a.__class__ = 1", r"character 2, '\.'.*Attributes of a column cannot be read"),
    "call": ("__import__('os').system('true')", "no place in a rule"),
    "function": ("exec('a')", "there are no functions"),
    "column call": ("a(1) > 2", "there are no functions"),
    "lambda": ("lambda x: x", "':'.*no place in a rule"),
    "comprehension": ("[x for x in a]", "a list stands after in"),
    "f-string": ("f'{a}' = 'b'", "and, or, or the end is expected"),
    "subscript": ("a[0] > 1", "and, or, or the end is expected"),
    "statement": ("a > 1; b > 1", "';'.*no place in a rule"),
    "two lines": ("a > 1\nimport os", "'import': and, or, or the end"),
    "assignment": ("a := 1", "':'.*no place in a rule"),
    "conditional": ("a if b else 1", "'if': and, or, or the end"),
    "set": ("{1}", r"'\{'.*no place in a rule"),
    "power": ("9 ** 9 ** 9 > a", "there are no powers"),
    "caret": ("a ^ 2 > 1", "There are no powers"),
    "huge number": ("a > 9e999", "the number is too large"),
    "digits": ("a > " + "9" * 5000, "the number is too large"),
    "too long": ("a > 1 or " * 2000 + "a > 1", "18,005 characters long, and 10,000 are allowed"),
    "parentheses": ("(" * 4000 + "a > 1" + ")" * 4000, "more than 40 levels deep"),
    "nots": ("not " * 2000 + "a > 1", "more than 40 levels deep"),
    "minuses": ("-" * 5000 + "a > 1", "more than 40 levels deep"),
    "long sum": ("a" + " + 1" * 2000 + " > 1", "more than 40 levels deep"),
    "divisions": ("a/(a/(a/(a/(a/a)))) > 1", "more than 4 deep"),
    "fullwidth sign": ("a ＞ 1", "FULLWIDTH GREATER-THAN SIGN"),
    "mathematical sign": ("a ≥ 1", "GREATER-THAN OR EQUAL TO.*Write >="),
    "no-break space": ("a\u00a0> 1", "NO-BREAK SPACE.*ordinary space"),
    "zero width": ("a\u200b > 1", "ZERO WIDTH SPACE"),
    "right to left": ("a > 1 \u202e", "RIGHT-TO-LEFT OVERRIDE"),
    "null": ("a\x00 > 1", "no place in a rule"),
    "curly quotes": ("a = “x”", "LEFT DOUBLE QUOTATION MARK.*straight quotes"),
    "comma in number": ("a > 1,000", "numbers are written without a comma"),
    "open text": ("a = 'x", "The text does not end"),
    "open name": ("`a > 1", "The name does not end"),
    "open parenthesis": ("(a > 1", r'the end: "\)" is expected'),
    "open list": ("a in [1", 'the end: "," or "]" is expected'),
    "column in list": ("a in [b]", "'b': a number or a \"text\" is expected"),
    "no list": ("a in b", "a list is expected"),
    "nothing compared": ("a >", 'the end: a column, a number, a "text"'),
    "twice": ("a >> 1", "character 4, '>'"),
    "half between": ("a between 1", "between needs two ends"),
    "is what": ("a is 1", '"is missing" or "is not missing" is expected'),
    "not what": ("a not > 1", "in or between is expected after not"),
    "empty": ("  ", "The rule is empty"),
    "percent": ("a > 20%", "Write a share"),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_what_is_no_condition_is_refused_at_once_with_the_place_and_the_reason(name):
    text, said = ATTACKS[name]
    began = time.perf_counter()
    with pytest.raises(ParameterError, match=f"(?s){said}"):
        parse(text)
    assert time.perf_counter() - began < 1


def test_the_error_points_at_the_place():
    with pytest.raises(ParameterError) as caught:
        parse("monetary > 500 & recency_days > 90", "VIP")
    first, line, caret = str(caught.value).splitlines()
    assert first.startswith("The rule 'VIP' cannot be read at character 16, '&'")
    assert line[caret.index("^")] == "&"


def test_a_rule_that_is_no_text_is_refused():
    with pytest.raises(ParameterError, match=r"The rule 'VIP' is a int\. Write a condition"):
        parse(5, "VIP")


def test_a_look_alike_letter_in_a_column_is_named_beside_the_nearest_column():
    people = pd.DataFrame({"customer_id": [1], "monetary": [1.0]})
    with pytest.raises(PersonakitError, match=r"CYRILLIC SMALL LETTER O\).*Did you mean 'monetary'"):
        select(people, "m\u043enetary > 5")


def test_bounds_are_where_they_say():
    assert those("(" * (MOST_LEVELS - 1) + "a > 1" + ")" * (MOST_LEVELS - 1)) == [3, 4]
    wide = " or ".join(["a = 3"] * 1100)
    assert len(wide) < MOST_CHARACTERS
    assert those(wide) == [4]


@given(st.text(alphabet="ab01.+-*/<>=!()[]'\"` ,andorti", max_size=60))
def test_any_text_is_a_rule_or_an_error_of_ours(text):
    try:
        found = select(PEOPLE, text)
    except PersonakitError:
        return
    assert set(found["customer_id"]) <= {1, 2, 3, 4}


numbers = st.sampled_from(["a", "b", "1", "2.5", "0"])
sums = st.recursive(
    numbers,
    lambda inner: st.tuples(inner, st.sampled_from("+-*"), inner).map(lambda each: f"({each[0]} {each[1]} {each[2]})"),
    max_leaves=6,
)
comparisons = st.tuples(sums, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), sums).map(
    lambda each: f"(a * 0 + {' '.join(each)})"  # of a column always: pandas' `not` of a constant is none
)
conditions = st.recursive(
    comparisons,
    lambda inner: (
        st.tuples(inner, st.sampled_from([" and ", " or "]), inner).map(lambda each: f"({''.join(each)})")
        | inner.map(lambda each: f"(not {each})")
    ),
    max_leaves=6,
)


@given(conditions)
def test_where_nothing_is_missing_a_rule_means_what_it_means_to_pandas(expression):
    assert those(expression) == PEOPLE.loc[PEOPLE.eval(expression, engine="python"), "customer_id"].tolist()


def test_a_wide_rule_takes_no_longer_than_its_length():
    people = pd.DataFrame({"customer_id": np.arange(20_000), "a": np.arange(20_000) % 7})
    began = time.perf_counter()
    assert len(those(" or ".join(f"a = {number}" for number in range(3, 900)), people)) > 10_000
    assert time.perf_counter() - began < 5
