"""Generalising: the best node of the lattice as brute force finds it, a promise kept, and hierarchies that nest."""

from itertools import pairwise, product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from personakit.errors import DataError, ParameterError, UnknownNameError
from personakit.privacy import Hierarchy, anonymity, bands, generalise, hierarchy_of
from personakit.privacy.anonymisation.hierarchies import ANY, of_dates, of_labels, of_postcodes

# A. Machanavajjhala and others (2007), "l-diversity", figure 1.
PATIENTS = pd.DataFrame(
    {
        "zip": ["13053", "13068", "13068", "13053", "14853", "14853", "14850", "14850", *["13053"] * 2, *["13068"] * 2],
        "age": [28, 29, 21, 23, 50, 55, 47, 49, 31, 37, 36, 35],
        "condition": ["heart", "heart", "viral", "viral", "cancer", "heart", "viral", "viral", *["cancer"] * 4],
    }
)
ZIPS = {zip_: [zip_[:4] + "*", zip_[:3] + "**", zip_[:2] + "***"] for zip_ in PATIENTS["zip"]}
AGES = [[30, 40], [40]]
TORN = Hierarchy(("as it is", "odd", "tens", "*"), (lambda ages: ages % 2, lambda ages: ages // 10))
REGIONS = {"kent": "south", "devon": "south", "york": "north", "hull": "north"}


def by_brute_force(table, names, hierarchies, k, l, by_entropy, max_suppressed):  # noqa: E741
    """The least loss over all combinations of levels, by pandas and the definitions, without any shortcut."""
    found = {name: hierarchy_of(table[name], hierarchies.get(name)) for name in names}
    least = None
    for levels in product(*(range(len(found[name].levels)) for name in names)):
        shown = {name: found[name].apply(table[name], level) for name, level in zip(names, levels, strict=True)}
        frame = pd.DataFrame(shown).astype(object).fillna("none").assign(_s=table["condition"].fillna("none"))
        groups = frame.groupby(names, dropna=False)["_s"]
        good = groups.transform("size") >= k
        if l is not None and by_entropy:
            shares = frame.groupby(names)["_s"].value_counts(normalize=True)
            entropy = (-shares * np.log(shares)).groupby(level=list(range(len(names)))).sum()
            keys = frame[names].itertuples(index=False, name=None)
            values = [np.exp(entropy.loc[key if len(names) > 1 else key[0]]) for key in keys]
            good &= np.array(values) >= l - 1e-9
        elif l is not None:
            good &= groups.transform("nunique") >= l
        if (~good).sum() > max_suppressed:
            continue
        loss = np.zeros(len(table))
        for name in names:
            pairs = pd.DataFrame({"exact": table[name].astype(object).fillna("none"), "shown": frame[name]})
            leaves = pairs.groupby("shown")["exact"].transform("nunique")
            loss += ((leaves - 1) / max(pairs["exact"].nunique() - 1, 1)).to_numpy() / len(names)
        total = float(np.where(good, loss, 1.0).mean())
        least = total if least is None else min(least, total)
    return least


rows = st.lists(
    st.tuples(
        st.sampled_from(["kent", "devon", "york", "hull", None]),
        st.integers(20, 60),
        st.sampled_from(["18-24", "25-34", "35-44", "45-54", "55+"]),
        st.sampled_from(["heart", "viral", "cancer"]),
    ),
    min_size=4,
    max_size=30,
)


@settings(max_examples=40)
@given(rows, st.integers(2, 4), st.sampled_from([None, 2, 3]), st.booleans(), st.sampled_from([0.0, 0.1, 0.3]))
def test_the_loss_is_that_of_the_best_of_all_combinations(people, k, l, by_entropy, share):  # noqa: E741
    table = pd.DataFrame(people, columns=["region", "age", "band", "condition"])
    names, hierarchies = ["region", "age", "band"], {"region": REGIONS, "age": [[30, 40, 50], [40]]}
    suppressed = int(share * len(table) + 1e-9)
    least = by_brute_force(table, names, hierarchies, k, l, by_entropy, suppressed)
    asked = {
        "k": k, "l": l, "sensitive": "condition", "diversity": "entropy" if by_entropy else "distinct",
        "hierarchies": hierarchies, "max_suppressed": share,
    }  # fmt: skip
    if least is None:
        with pytest.raises(ParameterError, match=r"is not reachable"):
            generalise(table, names, **asked)
        return
    result = generalise(table, names, **asked)
    assert result.loss == pytest.approx(least)
    report = anonymity(result.table, names, sensitive="condition")
    assert report.k >= k
    if l is not None:
        assert (report.l_entropy if by_entropy else report.l) >= l - 1e-9
    assert len(result.table) + result.suppressed == len(table)
    assert result.suppressed <= suppressed
    assert result.evaluated <= result.nodes


@settings(max_examples=30)
@given(rows, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter_and_is_not_released(people, random):
    tables = [
        pd.DataFrame(part, columns=["region", "age", "band", "condition"])
        for part in (people, random.sample(people, len(people)))
    ]
    first, second = (generalise(table, ["region", "age", "band"], k=2, max_suppressed=0.2) for table in tables)
    assert first.loss == pytest.approx(second.loss)
    if first.columns["level"].tolist() == second.columns["level"].tolist():
        pd.testing.assert_frame_equal(first.table, second.table)


def test_the_patients_of_the_l_diversity_paper_become_four_anonymous_and_three_diverse():
    for asked, l in (({"k": 4}, 1), ({"k": 4, "l": 3}, 3)):  # noqa: E741
        result = generalise(
            PATIENTS, ["zip", "age"], sensitive="condition", hierarchies={"zip": ZIPS, "age": AGES}, max_suppressed=0,
            **asked,
        )  # fmt: skip
        assert result.report.k >= 4
        assert result.report.l >= l
        assert result.suppressed == 0
        least = by_brute_force(
            PATIENTS, ["zip", "age"], {"zip": ZIPS, "age": AGES}, 4, asked.get("l"), False, 0
        )  # fmt: skip
        assert result.loss == pytest.approx(least)


def test_the_papers_three_diverse_form_is_found():
    """Figure 3 of the paper: zip codes without their last digit, ages up to 40 and above."""
    result = generalise(
        PATIENTS, ["zip", "age"], k=4, l=3, sensitive="condition", hierarchies={"zip": ZIPS, "age": AGES},
        max_suppressed=0,
    )  # fmt: skip
    assert set(map(tuple, result.report.groups[["zip", "age"]].to_numpy())) == {
        ("1305*", "below 40"), ("1485*", "40 or more"), ("1306*", "below 40"),
    }  # fmt: skip


def test_loss_and_discernibility_by_hand():
    table = pd.DataFrame({"region": ["kent", "devon", "york", "york", "hull"], "spent": [1, 2, 3, 4, 5]})
    result = generalise(table, ["region"], k=2, hierarchies={"region": REGIONS}, max_suppressed=0.0)
    # North and south: each stands for one other of four names, 1/3. As they are, york alone would stay.
    assert result.loss == pytest.approx(1 / 3)
    assert result.discernibility == 2**2 + 3**2
    assert result.columns.iloc[0].tolist() == ["region", 1, 2, "parent", 4, 2, pytest.approx(1 / 3)]
    suppressing = generalise(table, ["region"], k=2, hierarchies={"region": REGIONS}, max_suppressed=0.6)
    assert suppressing.loss == pytest.approx(1 / 3)  # leaving three of five out would lose 0.6
    held = generalise(table, ["region"], k=2, at_most={"region": 0}, max_suppressed=0.6)
    assert (held.suppressed, held.loss, held.discernibility) == (3, pytest.approx(0.6), 2**2 + 3 * 5)


def test_weights_say_which_column_to_spare():
    table = pd.DataFrame({"region": ["kent", "devon"] * 4, "age": ["old", "old", "young", "young"] * 2})
    spared = [
        generalise(table, ["region", "age"], k=3, weights={name: 10.0}, max_suppressed=0).columns.set_index("column")
        for name in ("region", "age")
    ]
    assert [frame.loc["region", "level"] for frame in spared] == [0, 1]
    assert [frame.loc["age", "level"] for frame in spared] == [1, 0]


def test_names_and_ids_are_left_out_and_purposes_kept():
    table = PATIENTS.assign(customer_id=range(12), email="a@b.c", postcode="NE6 2AB")
    table.attrs = {"purpose": "analytics", "consents": "of everybody"}
    result = generalise(table, ["zip", "age"], k=2, hierarchies={"zip": ZIPS})
    assert result.dropped == ("customer_id", "email", "postcode")
    assert set(result.table.columns) == {"zip", "age", "condition"}
    assert result.table.attrs == {"purpose": "analytics"}


def test_the_rows_that_stayed_are_named_for_the_owner_and_others_can_be_generalised_alike():
    result = generalise(PATIENTS, ["zip", "age"], k=4, hierarchies={"zip": ZIPS, "age": AGES}, max_suppressed=0)
    alike = result.apply(PATIENTS.iloc[result.rows])
    assert alike[["zip", "age", "condition"]].to_numpy().tolist() == result.table.to_numpy().tolist()
    outsider = result.apply(pd.DataFrame({"age": [33], "name": ["Bob"]}))
    assert outsider["name"].tolist() == ["Bob"]
    assert outsider["age"].item() in set(result.table["age"])


def test_numbers_dates_postcodes_and_labels_have_hierarchies_of_their_own():
    rng = np.random.default_rng(0)
    spent = pd.Series(rng.gamma(1.0, 100.0, 2_000), name="spent")
    money = hierarchy_of(spent)
    assert money.levels == ("as it is", "16 bands", "8 bands", "4 bands", "2 bands", "*")
    shares = money.apply(spent, 3).value_counts(normalize=True)
    assert shares.between(0.2, 0.3).all()
    assert not set(spent) & {float(edge) for label in shares.index for edge in label.split() if edge.isdigit()}
    days = pd.Series(pd.to_datetime(["2025-01-31 10:00", "2025-02-01 11:00", None]))
    dates = hierarchy_of(days)
    assert dates.levels == ("as it is", "day", "month", "quarter", "year", "*")
    assert [dates.apply(days, level).tolist() for level in (2, 3)] == [
        ["2025-01", "2025-02", "(missing)"], ["2025Q1", "2025Q1", "(missing)"],
    ]  # fmt: skip
    assert hierarchy_of(days.dt.normalize()).levels[1] == "month"
    codes = pd.Series(["NE6 2AB", "ne61aa", "TS18 6IP", "SW1A 1AA", None] * 3)
    assert [hierarchy_of(codes).apply(codes, level).tolist()[:5] for level in (1, 2, 3)] == [
        ["NE6 2", "NE6 1", "TS18 6", "SW1A 1", "(missing)"],
        ["NE6", "NE6", "TS18", "SW1A", "(missing)"],
        ["NE", "NE", "TS", "SW", "(missing)"],
    ]
    labels = pd.Series(["18-24", "25-34", "35-44", "45-54", "55-64", "65+"])
    assert hierarchy_of(labels).apply(labels, 1).tolist() == ["18-34", "18-34", "35-54", "35-54", "55+", "55+"]
    assert hierarchy_of(labels).apply(labels, 2).tolist() == ["18-54"] * 4 + ["55+"] * 2
    assert hierarchy_of(pd.Series(["red", "blue"])).levels == ("as it is", "*")
    assert hierarchy_of(pd.Series([True, False])).levels == ("as it is", "*")
    assert hierarchy_of(pd.Series([1.0, 2.0, None])).levels == ("as it is", "*")


texts = st.one_of(
    st.lists(st.from_regex(r"[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2}|[A-Z0-9 ]{0,7}", fullmatch=True), min_size=1),
)


@given(texts, st.sampled_from([of_postcodes()]))
def test_levels_of_postcodes_nest_whatever_is_written(codes, hierarchy):
    values = pd.Series(codes, dtype=object)
    levels = [hierarchy.apply(values, level) for level in range(1, 5)]
    for finer, wider in pairwise(levels):
        assert wider.groupby(finer.to_numpy()).nunique().max() == 1
    assert set(levels[-1]) == {ANY}


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True, width=32), min_size=1, max_size=60))
def test_levels_of_numbers_nest_whatever_they_are(numbers):
    values = pd.Series(numbers, dtype=float)
    hierarchy = hierarchy_of(values)
    levels = [hierarchy.apply(values, level) for level in range(1, len(hierarchy.levels))]
    for finer, wider in pairwise(levels):
        if wider.iloc[0] != ANY:
            assert wider.groupby(finer.to_numpy()).nunique().max() == 1
            assert ((finer == "(missing)") == values.isna()).all()


def test_a_profile_becomes_k_anonymous_within_seconds_over_a_lattice_of_thousands():
    rng = np.random.default_rng(1)
    n = 3_000
    profile = pd.DataFrame(
        {
            "age_band": rng.choice(["18-24", "25-34", "35-44", "45-54", "55-64", "65+"], n),
            "region": rng.choice(list("abcdefghij"), n),
            "recency_days": rng.integers(0, 540, n).astype(float),
            "monetary": rng.gamma(1.0, 200.0, n).round(2),
            "frequency": rng.poisson(3, n),
            "signed_up": pd.Timestamp("2024-07-08") + pd.to_timedelta(rng.integers(0, 540, n), unit="D"),
        }
    )
    result = generalise(profile, list(profile.columns), k=10)
    assert result.report.k >= 10
    assert result.nodes > 5_000
    assert result.evaluated < result.nodes / 5
    assert 0 < result.loss < 1
    losses = [generalise(profile, list(profile.columns)[:4], k=k).loss for k in (2, 5, 20, 100)]
    assert losses == sorted(losses)


def test_it_says_what_it_did_and_escapes():
    result = generalise(PATIENTS.rename(columns={"zip": "<zip>"}), ["<zip>", "age"], k=4)
    assert f"k {result.report.k} (asked 4)" in repr(result)
    assert "information loss" in repr(result)
    assert "<zip>" not in result._repr_html_()


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"k": 13}, ParameterError, r"k=13\): the table has 12 rows, so no row can be alike with 12 others"),
        ({"k": 1}, ParameterError, r"k=1\): give a whole number from 2"),
        ({"k": 2.5}, ParameterError, r"k=2.5\): give a whole number"),
        ({"k": 2, "l": 2}, ParameterError, r"Name it with sensitive="),
        ({"k": 2, "l": 1, "sensitive": "condition"}, ParameterError, r"l=1\): give a number above 1"),
        (
            {"k": 2, "l": 4, "sensitive": "condition"},
            ParameterError,
            r"k=2 with l=4 \(distinct\) of 'condition' is not reachable: even at the most general levels 12 of 12",
        ),
        (
            {"k": 6, "at_most": {"zip": 1, "age": 1}},
            ParameterError,
            r"k=6 is not reachable: .* 12 of 12 rows would have to be suppressed, and 0 may be\. .*raise at_most",
        ),
        ({"k": 2, "sensitive": "age"}, ParameterError, r"cannot be a quasi-identifier and sensitive at once"),
        ({"k": 2, "sensitive": "illness"}, UnknownNameError, r"no column 'illness'"),
        ({"k": 2, "diversity": "recursive"}, ParameterError, r"it is 'distinct' or 'entropy'"),
        ({"k": 2, "max_suppressed": 1.0}, ParameterError, r"max_suppressed=1.0\): give a share from 0 to below 1"),
        ({"k": 2, "at_most": {"age": 9}}, ParameterError, r"at_most\['age'\]=9: the levels of this column are 0 \(as"),
        ({"k": 2, "at_most": {"ages": 1}}, UnknownNameError, r"at_most names 'ages'; quasi-identifiers are zip, age"),
        ({"k": 2, "weights": {"age": -1}}, ParameterError, r"weights=.*give numbers from 0"),
        ({"k": 2, "hierarchies": {"zip": {"13053": "1"}}}, ParameterError, r"\['zip'\] has no parent for 3 values \("),
        ({"k": 2, "hierarchies": {"age": 5}}, ParameterError, r"hierarchies\['age'\] is a int\. Give a mapping"),
        ({"k": 2, "hierarchies": {"age": [[30], [40]]}}, ParameterError, r"Bands must nest: 40.0 is an edge"),
        ({"k": 2, "hierarchies": {"age": [[40, 30]]}}, ParameterError, r"Edges of bands must rise"),
        (
            {"k": 2, "hierarchies": {"zip": {**ZIPS, "13053": ["1305*"]}}},
            ParameterError,
            r"13053 has fewer ancestors than others \(3\)",
        ),
        (
            {"k": 2, "hierarchies": {"zip": {**ZIPS, "13068": ["1305*", "14***", "x"]}}},
            ParameterError,
            r"'1305\*' is in '130\*\*' and in '14\*\*\*'\. Levels must nest",
        ),
        (
            {"k": 2, "hierarchies": {"age": TORN}},
            ParameterError,
            r"hierarchy of 'age' does not nest: values alike at level 1 differ at level 2 \(tens\)",
        ),
    ],
)  # fmt: skip
def test_bad_input_is_refused_clearly(options, error, text):
    asked = {"hierarchies": {"zip": ZIPS, "age": AGES}, **options}
    with pytest.raises(error, match=text):
        generalise(PATIENTS, ["zip", "age"], **asked)


def test_bad_tables_and_lattices_are_refused_clearly():
    with pytest.raises(UnknownNameError, match=r"generalise: no column 'zap'\. Did you mean 'zip'"):
        generalise(PATIENTS, ["zap"], k=2)
    with pytest.raises(DataError, match=r"needs a DataFrame"):
        generalise({"zip": [1]}, ["zip"], k=2)
    wide = pd.DataFrame(np.random.default_rng(0).normal(size=(100, 12)), columns=list("abcdefghijkl"))
    with pytest.raises(ParameterError, match=r"combinations of levels are too many to search"):
        generalise(wide, list(wide.columns), k=2)
    with pytest.raises(ParameterError, match=r"there is no level 'week'"):
        of_dates(["week"])
    with pytest.raises(ParameterError, match=r"'old' is not the label of a band"):
        of_labels(["old", "18-24", "25-34"])
    assert bands([1, 2]).levels == ("as it is", "3 bands", "*")
