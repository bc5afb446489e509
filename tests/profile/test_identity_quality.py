"""Scores of links against answers by hand, other counts of the same thing, and intervals that hold the truth."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from personakit.errors import DataError, ParameterError
from personakit.profile import customers_linked, link_intervals, link_quality

groups = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=30)


def tables(found, true, households=None):
    records = range(len(found))
    truth = pd.DataFrame({"record_id": records, "customer_id": true})
    if households is not None:
        truth["household_id"] = households
    return pd.DataFrame({"record_id": records, "person_id": list(found)}), truth


def test_the_example_of_bagga_and_baldwin():
    """Their figure 1: a response that merges two short chains beside one that merges a long and a short one."""
    truth = [1] * 5 + [2] * 2 + [3] * 5
    one = link_quality(*tables(["a"] * 5 + ["b"] * 7, truth))
    other = link_quality(*tables(["a"] * 5 + ["b"] * 2 + ["a"] * 5, truth))
    assert one.b_cubed_precision == pytest.approx((5 + 2 * 2 / 7 + 5 * 5 / 7) / 12)
    assert round(one.b_cubed_precision, 2) == 0.76
    assert other.b_cubed_precision == pytest.approx((10 * 0.5 + 2) / 12)
    assert round(other.b_cubed_precision, 2) == 0.58
    assert one.b_cubed_recall == other.b_cubed_recall == 1.0


def test_pairs_counted_by_hand():
    quality = link_quality(*tables("aaab", [1, 1, 2, 2]))
    assert quality.pairwise_precision == pytest.approx(1 / 3)
    assert quality.pairwise_recall == 0.5
    assert quality.pairwise_f1 == pytest.approx(0.4)
    assert quality.b_cubed_f1 == pytest.approx(2 * (2 / 3) * 0.75 / (2 / 3 + 0.75))
    assert (quality.split_customers, quality.merged_customers, quality.merged_households) == (1, 1, None)


def test_nothing_linked_is_precise_and_finds_nothing():
    quality = link_quality(*tables("abc", [1, 1, 1]))
    assert (quality.pairwise_precision, quality.pairwise_recall, quality.pairwise_f1) == (1.0, 0.0, 0.0)
    assert quality.b_cubed_recall == pytest.approx(1 / 3)


def test_people_of_one_household_taken_for_one_are_counted_once_a_person():
    quality = link_quality(*tables("aabbc", [1, 2, 3, 4, 5], [10, 10, 11, 12, 10]))
    assert quality.merged_households == 1
    assert quality.merged_customers == 2


@given(groups)
def test_against_counting_every_pair_and_record(rows):
    found, true = [row[0] for row in rows], [row[1] for row in rows]
    quality = link_quality(*tables(found, true))
    n = len(rows)
    both = sum(found[i] == found[j] and true[i] == true[j] for i in range(n) for j in range(i))
    said = sum(found[i] == found[j] for i in range(n) for j in range(i))
    are = sum(true[i] == true[j] for i in range(n) for j in range(i))
    assert quality.pairwise_precision == pytest.approx(both / said if said else 1.0)
    assert quality.pairwise_recall == pytest.approx(both / are if are else 1.0)
    shares = []
    for i in range(n):
        own = {j for j in range(n) if found[j] == found[i]}
        his = {j for j in range(n) if true[j] == true[i]}
        shares.append((len(own & his) / len(own), len(own & his) / len(his)))
    assert quality.b_cubed_precision == pytest.approx(sum(p for p, _ in shares) / n)
    assert quality.b_cubed_recall == pytest.approx(sum(r for _, r in shares) / n)


@given(groups)
def test_swapping_links_and_truth_swaps_precision_and_recall(rows):
    found, true = [row[0] for row in rows], [row[1] for row in rows]
    one, other = link_quality(*tables(found, true)), link_quality(*tables(true, found))
    assert one.pairwise_precision == pytest.approx(other.pairwise_recall)
    assert one.b_cubed_precision == pytest.approx(other.b_cubed_recall)


@pytest.mark.parametrize(
    ("links", "truth", "text"),
    [
        (
            {"record_id": [1]},
            {"record_id": [1], "customer_id": [1]},
            "links has no column person_id; it has record_id. Rename the columns so that it has record_id and "
            "person_id",
        ),
        (
            {"record_id": [1, 1], "person_id": [1, 2]},
            {"record_id": [1], "customer_id": [1]},
            r'1 records twice \(ids 1\). Keep one row of each, for example links.drop_duplicates\("record_id"\)',
        ),
        ({"record_id": [1], "person_id": [1]}, {"record_id": [2], "customer_id": [1]}, "they share 0"),
        (
            {"record_id": [1], "person_id": [None]},
            {"record_id": [1], "customer_id": [1]},
            r"links has 1 rows without record_id or person_id \(rows 0\). Leave these records out of both tables, or "
            "give each that is nobody else's a person_id of its own",
        ),
    ],
)
@pytest.mark.parametrize("score", [link_quality, link_intervals, customers_linked])
def test_tables_that_cannot_be_compared_are_refused(score, links, truth, text):
    with pytest.raises(DataError, match=text):
        score(pd.DataFrame(links), pd.DataFrame(truth))


@given(groups)
def test_the_values_are_those_of_link_quality_whatever_is_drawn(rows):
    links, truth = tables(*zip(*rows, strict=True))
    found = link_intervals(links, truth, n_resamples=20).set_index("measure")["value"]
    quality = link_quality(links, truth)
    assert found["pairwise precision"] == pytest.approx(quality.pairwise_precision)
    assert found["pairwise recall"] == pytest.approx(quality.pairwise_recall)
    assert found["B-cubed precision"] == pytest.approx(quality.b_cubed_precision)
    assert found["B-cubed recall"] == pytest.approx(quality.b_cubed_recall)


@given(groups)
def test_customers_are_counted_as_link_quality_counts_them(rows):
    links, truth = tables(*zip(*rows, strict=True))
    found, quality = customers_linked(links, truth), link_quality(links, truth)
    assert found["split"].sum() == quality.split_customers
    assert found["merged"].any() == (quality.merged_customers > 0)
    several = pd.DataFrame({"person": links["person_id"], "customer": truth["customer_id"]})
    spread = several.groupby("customer")["person"].nunique()
    assert found["n_people"].tolist() == spread.sort_index().tolist()
    people = several.groupby("person")["customer"].nunique()
    assert quality.merged_customers == (people > 1).sum() and quality.split_customers == (spread > 1).sum()
    assert (found["whole"] == ~(found["split"] | found["merged"])).all()


def test_intervals_hold_the_truth_in_about_95_of_100_samples():
    rng, held = np.random.default_rng(5), 0
    for _ in range(100):  # each of 200 customers has two records, found together with a chance of 0.7
        together = rng.random(200) < 0.7
        persons = [f"P{c}{'' if joined else copy}" for c, joined in enumerate(together) for copy in "ab"]
        links = pd.DataFrame({"record_id": range(400), "person_id": persons})
        truth = pd.DataFrame({"record_id": range(400), "customer_id": np.repeat(range(200), 2)})
        recall = link_intervals(links, truth, n_resamples=200).set_index("measure").loc["pairwise recall"]
        held += recall["low"] <= 0.7 <= recall["high"]
    assert 88 <= held <= 99  # 95 give or take three standard errors


def test_people_of_one_household_are_drawn_together():
    n = 60  # households of two: either both are found or neither, so there are 60 draws and not 120
    found = np.repeat(np.arange(n) % 2 == 0, 4)
    customer = np.repeat(np.arange(2 * n), 2)
    person = [f"P{c}{'' if f else k % 2}" for k, (c, f) in enumerate(zip(customer, found, strict=True))]
    links = pd.DataFrame({"record_id": range(4 * n), "person_id": person})
    truth = pd.DataFrame({"record_id": range(4 * n), "customer_id": customer})
    width = []
    for table in (truth, truth.assign(household_id=customer // 2)):
        recall = link_intervals(links, table).set_index("measure").loc["pairwise recall"]
        width.append(recall["high"] - recall["low"])
    assert width[1] == pytest.approx(width[0] * np.sqrt(2), rel=0.2)


def test_links_of_other_records_are_refused():
    links, truth = tables([1, 1], [1, 2])
    with pytest.raises(DataError, match="links has 2 records and truth 1, and they share 1"):
        link_intervals(links, truth.head(1))
    with pytest.raises(ParameterError, match=r"n_resamples be at least 1, not 0\.95, 0"):
        link_intervals(links, truth, n_resamples=0)
