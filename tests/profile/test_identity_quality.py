"""Scores of links against answers worked out by hand on small clusterings."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from personakit.errors import DataError
from personakit.profile import link_quality

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
        ({"record_id": [1]}, {"record_id": [1], "customer_id": [1]}, "links has no column person_id; it has record_id"),
        (
            {"record_id": [1, 1], "person_id": [1, 2]},
            {"record_id": [1], "customer_id": [1]},
            r"1 records twice \(ids 1\)",
        ),
        ({"record_id": [1], "person_id": [1]}, {"record_id": [2], "customer_id": [1]}, "they share 0"),
        (
            {"record_id": [1], "person_id": [None]},
            {"record_id": [1], "customer_id": [1]},
            "1 rows without record_id or",
        ),
    ],
)
def test_tables_that_cannot_be_compared_are_refused(links, truth, text):
    with pytest.raises(DataError, match=text):
        link_quality(pd.DataFrame(links), pd.DataFrame(truth))
