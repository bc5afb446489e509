"""Nothing of those who are kept back stays in what passes, and ids of two types are noticed."""

import copy
import pickle

import pandas as pd
import pyarrow as pa
import pytest

from personakit.errors import ConsentError, DataError, PersonakitError
from personakit.privacy import ConsentLedger, gate, ledger_of

DICTIONARY = pd.ArrowDtype(pa.dictionary(pa.int8(), pa.string()))
SAID = ConsentLedger.granting([1, 3], ["analytics"], source="a test")


def test_arrow_dictionaries_keep_no_value_of_anybody_else(tmp_path):
    email = pd.array(["ada@x.org", "eve@x.org", None], dtype=DICTIONARY)
    people = pd.DataFrame({"customer_id": [1, 2, 3], "email": email})
    frame = gate(people, "analytics", at="2025-12-31", ledger=SAID).frame
    assert frame["email"].iloc[0] == "ada@x.org" and frame["email"].isna().iloc[1]
    assert frame["email"].dtype == DICTIONARY
    frame.to_parquet(tmp_path / "people.parquet")
    assert b"eve@x.org" not in (tmp_path / "people.parquet").read_bytes()
    assert b"ada@x.org" in (tmp_path / "people.parquet").read_bytes()
    indexed = gate(people.set_index("email"), "analytics", at="2025-12-31", ledger=SAID).frame
    assert b"eve@x.org" not in pickle.dumps(indexed)


def test_categories_within_the_levels_of_an_index_go_too():
    names = pd.CategoricalIndex(["ada", "evelyn", "mia"])
    people = pd.DataFrame({"customer_id": [1, 2, 3]}, index=pd.MultiIndex.from_arrays([names, [7, 8, 9]]))
    frame = gate(people, "analytics", at="2025-12-31", ledger=SAID).frame
    assert frame.index.levels[0].tolist() == ["ada", "mia"]
    assert b"evelyn" not in pickle.dumps(frame)


@pytest.mark.parametrize("ids", [[1, "3", 4], ["1", 3]])
def test_each_id_of_another_type_is_noticed_and_not_only_where_nobody_is_found(ids):
    people = pd.DataFrame({"customer_id": pd.Series(ids, dtype=object)})
    with pytest.raises(DataError, match=r"customer_id is str in the table .* in the consents .* 1 customers are not"):
        gate(people, "analytics", at="2025-12-31", ledger=SAID)


def test_a_permitted_frame_is_sent_without_the_ledger_and_then_the_gate_says_what_to_do():
    ledger = ConsentLedger.granting(["ada"], ["analytics"], source="a test")
    ledger.withdraw("evelyn", "analytics", at="2025-01-01")
    people = pd.DataFrame({"customer_id": ["ada", "evelyn"]})
    frame = gate(people, "analytics", at="2025-12-31", ledger=ledger).frame
    sent = pickle.dumps(frame)
    assert b"evelyn" not in sent
    loaded = pickle.loads(sent)  # noqa: S301 (made one line above)
    pd.testing.assert_frame_equal(loaded, frame)
    with pytest.raises(ConsentError, match=r"Pass consents=, .* sent to another process"):
        gate(loaded, "analytics", at="2025-12-31")
    for same in (copy.copy(frame), copy.deepcopy(frame), pd.concat([frame, frame])):
        assert ledger_of(same) is ledger


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"purpose": ["analytics"], "ledger": SAID}, r"no purpose \['analytics'\]"),
        ({"purpose": "analytics", "consents": "x"}, "gate: consents is a str. Pass a table of customer_id"),
        ({"purpose": "analytics", "ledger": "x"}, "gate: ledger is a str. Pass a ConsentLedger"),
    ],
)
def test_what_is_neither_a_purpose_nor_a_ledger_is_refused_in_words(arguments, text):
    with pytest.raises(PersonakitError, match=text):
        gate(pd.DataFrame({"customer_id": [1]}), at="2025-12-31", **arguments)


def test_a_moment_far_ahead_is_answered():
    assert len(gate(pd.DataFrame({"customer_id": [1]}), "analytics", at="2199-12-31", ledger=SAID)) == 1
