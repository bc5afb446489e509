"""Grouping records under constraints, and how fields are standardised before they are compared."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from personakit.profile.identity.clusters import clusters, group_weight
from personakit.profile.identity.keys import match_on_keys
from personakit.profile.identity.names import fold, full_names, name_in_mailbox
from personakit.profile.identity.records import read_records, standardised

N = 8
ALL = [(a, b) for a in range(N) for b in range(a + 1, N)]
graphs = st.dictionaries(st.sampled_from(ALL), st.tuples(st.integers(-20, 20), st.booleans()), max_size=20)
few_pairs = st.lists(st.sampled_from(ALL), max_size=3, unique=True)


def grouped(graph, **options):
    pairs = list(graph)
    left, right = (np.array([pair[side] for pair in pairs], dtype=np.int64) for side in (0, 1))
    parts = np.array([[float(graph[pair][0])] for pair in pairs]).reshape(-1, 1)
    doubts = [graph[pair][1] for pair in pairs]
    return clusters(N, left, right, parts, prior=-3.0, contradicts=doubts, shared=[0], **options).tolist()


@given(graphs, st.randoms(use_true_random=False))
def test_the_order_of_the_pairs_does_not_matter(graph, random):
    shuffled = dict(random.sample(list(graph.items()), len(graph)))
    assert grouped(graph) == grouped(shuffled)


@given(graphs, few_pairs)
def test_what_is_known_to_be_apart_is_never_one_person_and_a_system_holds_each_once(graph, apart):
    system = np.arange(N) % 3
    found = grouped(graph, apart=apart, group=system)
    assert all(found[a] != found[b] for a, b in apart)
    members = list(zip(found, system.tolist(), strict=True))
    assert len(members) == len(set(members))


@given(graphs, few_pairs)
def test_what_is_known_to_be_one_person_is_one(graph, together):
    found = grouped(graph, together=together, group=np.zeros(N, dtype=np.int64))
    assert all(found[a] == found[b] for a, b in together)


@given(graphs)
def test_records_that_no_chain_of_positive_evidence_joins_stay_apart(graph):
    found = grouped(graph)
    root = list(range(N))
    for (a, b), (bits, _) in graph.items():
        if bits > 3:
            root = [root[a] if r == root[b] else r for r in root]
    assert all(root[a] == root[b] for a, b in ALL if found[a] == found[b])


def test_the_surest_pair_goes_first_and_the_record_between_two_goes_to_the_likelier():
    left, right, systems = np.array([0, 1]), np.array([1, 2]), np.array([0, 1, 0])
    assert clusters(3, left, right, [[5.0], [9.0]], prior=-1.0, group=systems).tolist() == [0, 1, 1]
    assert clusters(3, left, right, [[9.0], [5.0]], prior=-1.0, group=systems).tolist() == [0, 0, 1]


def test_agreement_that_two_records_show_counts_once_and_each_field_at_its_best():
    """Records 0 and 1 are one person; 2 has the telephone of 0 and the mailbox of 1: together enough, alone not."""
    left, right = np.array([0, 0, 1]), np.array([1, 2, 2])
    parts = [[9.0, 9.0], [6.0, np.nan], [np.nan, 6.0]]
    assert clusters(3, left, right, parts, prior=-10.0).tolist() == [0, 0, 0]
    assert clusters(3, left, right, [[9.0, 9.0], [6.0, np.nan], [6.0, np.nan]], prior=-10.0).tolist() == [0, 0, 1]


def test_what_a_household_shares_cannot_outweigh_other_given_names():
    assert group_weight([15.0, 12.0, 8.0, -6.0], True, -12.0, [0, 1, 2]) == -6.0
    assert group_weight([15.0, 12.0, 8.0, -6.0], False, -12.0, [0, 1, 2]) == 17.0
    assert group_weight([5.0, 0.0, 0.0, -6.0], True, -12.0, [0, 1, 2]) == -13.0


@pytest.mark.parametrize(
    ("field", "written", "compared", "expected"),
    [
        ("email", " Jane.Doe+news@GoogleMail.com ", "email", "jane.doe@gmail.com"),
        ("email", "no address", "email", None),
        ("phone", "+44 (0)7700 900-123", "phone", "07700900123"),
        ("phone", "0044 20 7946 0018", "phone", "02079460018"),
        ("phone", "7700900123", "phone", "07700900123"),
        ("phone", 7700900123.0, "phone", "07700900123"),
        ("phone", "0000000000", "phone", None),
        ("postcode", "sw1a 1aa", "postcode", "SW1A1AA"),
        ("postcode", "SW1A1AA", "outward", "SW1A"),
        ("street", "12 Hazel RD", "street", "12 hazel road"),
        ("street", "12b Rd Street", "house", "12b"),
        ("given_name", "ZOË ", "given", "zoe"),
        ("family_name", "O'Brien-Łuk", "family", "obrienluk"),
        ("given_name", "J.", "given", None),
        ("given_name", "J.", "given_initial", "j"),
    ],
)
def test_fields_are_standardised(field, written, compared, expected):
    table = pd.DataFrame({"record_id": [1], "system": ["shop"], field: [written]})
    assert standardised(read_records(table))[compared].iloc[0] == expected


def test_short_forms_stand_for_full_names():
    assert "elizabeth" in full_names("beth") and "robert" in full_names("bob")
    assert full_names("zarathustra") == ("zarathustra",)
    assert set(full_names("sandy")) >= {"alexander", "sandra"}


@given(st.text())
def test_folding_twice_changes_nothing(text):
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("local", "given_name", "initial", "family"),
    [
        ("jane.smith12", "jane", "j", "smith"),
        ("jane_s9", "jane", "j", ""),
        ("jsmith4", "", "j", "smith"),
        ("janesmith", "jane", "j", "smith"),
        ("smiths8", "", "", "smith"),
        ("info", "", "", ""),
        ("a.b.c", "", "", ""),
    ],
)
def test_names_are_read_from_addresses_that_spell_known_ones(local, given_name, initial, family):
    name = name_in_mailbox(local, {"jane"}, {"smith"})
    assert (name.given, name.given_initial, name.family) == (given_name, initial, family)


def test_equal_keys_link_by_a_chain():
    table = pd.DataFrame({"record_id": [1, 2, 3, 4], "system": "shop", "email": ["a@x.org", "A@x.org ", None, None],
                          "phone": [None, "07700 900123", "+44 7700 900123", None]})  # fmt: skip
    assert match_on_keys(table)["person_id"].tolist() == ["P1", "P1", "P1", "P4"]
