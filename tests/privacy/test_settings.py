"""Settings of the privacy room: numbers and seeds are checked once, tables are taken as they come, names are names."""

import datetime

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from personakit.errors import DataError, ParameterError
from personakit.privacy import (
    ExposureReranker,
    PrivateStatistics,
    anonymity,
    fair_decisions,
    fair_prices,
    fair_recommendations,
    fairness_of_recommendations,
    generalise,
    masked,
    membership_in_averages,
    names_a_person,
)
from personakit.privacy.mask import mask_email, mask_name, mask_year
from personakit.privacy.settings import generator_of

PEOPLE = pd.DataFrame({"customer_id": range(8), "town": ["York", "Hull"] * 4, "age": [20, 30] * 4})


@pytest.mark.parametrize("column", ["full_name", "mobile", "First Name", "E-Mail", "iban", "user_id", "Postal Code"])
def test_a_column_that_names_a_person_is_released_under_no_name(column):
    table = PEOPLE.assign(**{column: [f"who {row}" for row in range(8)]})
    result = generalise(table, ["town"], k=2)
    assert column not in result.table.columns
    assert set(result.dropped) == {"customer_id", column}
    assert names_a_person(column)


@pytest.mark.parametrize("column", ["town", "birth_year", "text", "username_length", 7, ("full_name", 1), None])
def test_what_fits_many_people_names_nobody(column):
    assert not names_a_person(column)


@pytest.mark.parametrize(
    "kind",
    [pd.ArrowDtype(pa.string()), pd.ArrowDtype(pa.large_string()), pd.ArrowDtype(pa.dictionary(pa.int8(), pa.string())),
     "string", "category", object],
    ids=str,
)  # fmt: skip
def test_a_text_is_scrubbed_whatever_its_type(kind):
    column = pd.Series(["write to ada@example.org", None]).astype(kind)
    shown = masked(pd.DataFrame({"note": column, "size": pd.array([1, 2], dtype="int64[pyarrow]")}))
    assert shown["note"].tolist() == ["write to [email]", None]
    assert shown["size"].tolist() == [1, 2]


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA, pd.NaT, np.datetime64("NaT")], ids=repr)
@pytest.mark.parametrize("mask", [mask_name, mask_email, mask_year])
def test_what_is_missing_stays_missing(mask, missing):
    assert mask(missing) is None
    assert mask_year(datetime.date(1987, 3, 2)) == "1980s"


def test_a_column_called_frame_or_an_engines_table_makes_no_difference():
    tables = [PEOPLE, PEOPLE.assign(frame="a", tables="b"), ibis.memtable(PEOPLE)]
    assert [anonymity(table, ["town"]).k for table in tables] == [4, 4, 4]
    assert [PrivateStatistics(table, epsilon=1, random_state=0).count(epsilon=1).estimate for table in tables[:2]]
    counts = {PrivateStatistics(table, epsilon=1, random_state=0).count(epsilon=1).estimate for table in tables}
    assert len(counts) == 1


def test_no_table_is_told_what_to_pass():
    with pytest.raises(DataError, match=r"anonymity needs a DataFrame .* got list. Read a file with pandas.read_csv"):
        anonymity([1], ["town"])
    with pytest.raises(DataError, match=r"PrivateStatistics needs a DataFrame .* Read a file with pandas.read_csv"):
        PrivateStatistics([1], epsilon=1)


LISTS = pd.DataFrame({"customer_id": np.repeat(range(4), 3), "product_id": [1, 2, 3] * 4, "rank": [1, 2, 3] * 4})
GOODS = pd.DataFrame({"product_id": [1, 2, 3], "category": ["a", "a", "b"]})
WANTED = LISTS[["customer_id", "product_id"]]
SCORES = pd.Series(np.linspace(0, 1, 40))


def reranked(lists, goods, **settings):
    return ExposureReranker(k=1, **settings).fit(lists, goods)


def shared(**settings):
    return fair_recommendations(LISTS, GOODS, WANTED, k=1, **settings)


@pytest.mark.parametrize(
    ("call", "kind", "text"),
    [
        (lambda: reranked(LISTS.head(0), GOODS), DataError, "candidates is empty, so there are no li"),
        (
            lambda: reranked(LISTS.drop(columns="rank"), GOODS),
            DataError,
            "candidates has neither rank",
        ),
        (
            lambda: reranked(LISTS.assign(rank="best"), GOODS),
            DataError,
            "candidates.rank holds .*best",
        ),
        (lambda: reranked(LISTS.assign(rank=0), GOODS), DataError, "candidates.rank has 12 .* anew"),
        (lambda: reranked(LISTS.assign(score=np.inf), GOODS), DataError, "score has 12 .* Drop these"),
        (
            lambda: reranked(LISTS, GOODS, strength="much"),
            ParameterError,
            "strength='much': give a nu",
        ),
        (
            lambda: reranked(LISTS, GOODS, strength=np.nan),
            ParameterError,
            "strength=nan: give a number",
        ),
        (
            lambda: fairness_of_recommendations(LISTS.assign(rank="1st"), SCORES),
            DataError,
            "recommendations.rank h",
        ),
        (
            lambda: shared(strengths="0.5"),
            ParameterError,
            "strengths='0.5': gi",
        ),
        (
            lambda: shared(strengths=["x"]),
            ParameterError,
            r"strengths=\['x'\]",
        ),
        (
            lambda: shared(strengths=0.5),
            ParameterError,
            "strengths=0.5: give o",
        ),
        (
            lambda: shared(test_size="half"),
            ParameterError,
            "test_size='half': g",
        ),
        (
            lambda: fair_prices(SCORES, SCORES > 0.5, lambda d: d, strengths=[True]),
            ParameterError,
            r"strengths=\[Tr",
        ),
        (
            lambda: fair_decisions(SCORES > 2, SCORES, SCORES, threshold="yes"),
            ParameterError,
            "threshold is 'yes'",
        ),
        (
            lambda: fair_decisions(SCORES > 2, SCORES, SCORES, threshold=1.5),
            ParameterError,
            "threshold is 1.5. Give a",
        ),
        (
            lambda: membership_in_averages(np.eye(5), epsilon=1, max_total=0),
            ParameterError,
            r"membership_in_averages\(max_total=0\): give a number above 0. It is the most that one person's row",
        ),
    ],
)
def test_a_setting_that_cannot_be_is_named_with_what_to_do(call, kind, text):
    with pytest.raises(kind, match=text):
        call()


def test_a_seed_repeats_and_an_old_generator_is_taken():
    assert generator_of(5).integers(1000) == generator_of(5).integers(1000)
    old = [generator_of(np.random.RandomState(1)).integers(1000) for _ in range(2)]
    assert old[0] == old[1]
    given = np.random.default_rng(0)
    assert generator_of(given) is given
