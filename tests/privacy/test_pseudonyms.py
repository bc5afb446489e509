"""Pseudonyms: the same for one key and purpose everywhere, unlike any other purpose's, and the key is shown nowhere."""

import base64
import copy
import hashlib
import hmac
import os
import pickle
import subprocess
import sys
import traceback

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from personakit.errors import ConsentError, DataError, ParameterError, UnknownNameError
from personakit.privacy import ConsentLedger, Pseudonymiser, gate, new_key, pseudonyms
from personakit.privacy.pseudonyms_keys import KEY_FILE_VARIABLE, KEY_VARIABLE, hkdf

KEY = hashlib.sha256(b"a key for tests").digest()
PEOPLE = pd.DataFrame({"customer_id": [7, 8, 9], "spent": [1.0, 2.0, 3.0]})
posix = pytest.mark.skipif(os.name != "posix", reason="file modes are checked on POSIX systems; run the test on one")


@pytest.fixture(autouse=True)
def no_key_in_the_environment(monkeypatch):
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    monkeypatch.delenv(KEY_FILE_VARIABLE, raising=False)


@pytest.mark.parametrize(
    ("key", "salt", "info", "length", "made"),
    [  # RFC 5869, appendices A.1, A.2 and A.3
        (
            "0b" * 22,
            "000102030405060708090a0b0c",
            "f0f1f2f3f4f5f6f7f8f9",
            42,
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
        ),
        (
            bytes(range(0x50)).hex(),
            bytes(range(0x60, 0xB0)).hex(),
            bytes(range(0xB0, 0x100)).hex(),
            82,
            "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f09b8"
            "367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87",
        ),
        (
            "0b" * 22,
            "",
            "",
            42,
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
        ),
    ],
)
def test_keys_are_derived_as_rfc_5869_says(key, salt, info, length, made):
    assert hkdf(bytes.fromhex(key), salt=bytes.fromhex(salt), info=bytes.fromhex(info), length=length).hex() == made


@given(st.lists(st.one_of(st.integers(), st.text(max_size=80)), max_size=20))
def test_a_pseudonym_is_the_hmac_of_the_typed_id_under_the_key_of_the_purpose(ids):
    derived = hkdf(KEY, salt=b"personakit pseudonyms 1", info=b"pseudonyms:image")
    texts = [f"s{value}" if isinstance(value, str) else f"i{value}" for value in ids]
    expected = [hmac.new(derived, text.encode(), hashlib.sha256).hexdigest()[:32] for text in texts]
    assert pseudonyms(ids, purpose="image", key=KEY).tolist() == expected


def test_they_are_the_same_in_another_process():
    code = "import sys; from personakit.privacy import pseudonyms; print(*pseudonyms([1, 'anna'], purpose='voice'))"
    run = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, KEY_VARIABLE: KEY.hex()}, capture_output=True, text=True
    )
    assert run.stdout.split() == pseudonyms([1, "anna"], purpose="voice", key=KEY).tolist(), run.stderr


def test_two_purposes_share_no_pseudonym_and_one_tells_nothing_of_the_other():
    ids = range(20_000)
    one, two = (pseudonyms(ids, purpose=use, key=KEY) for use in ("analytics", "recommendations"))
    assert not set(one) & set(two)
    # First bytes of the two, crossed: uniform over 16 x 16 cells, by which they are independent as well.
    cells = pd.crosstab(one.str[0], two.str[0]).to_numpy().ravel()
    assert len(cells) == 256
    assert chisquare(cells).pvalue > 0.001
    bits = np.array([[int(text, 16) >> shift & 1 for shift in range(0, 128, 8)] for text in one[:4000]])
    other = np.array([[int(text, 16) >> shift & 1 for shift in range(0, 128, 8)] for text in two[:4000]])
    assert abs(np.corrcoef(bits.T, other.T)[:16, 16:]).max() < 5 / np.sqrt(4000)


def test_a_number_and_its_text_differ_and_a_number_lifted_to_a_float_does_not():
    names = Pseudonymiser(KEY, purpose="analytics")
    assert names.of([7])[0] != names.of(["7"])[0]
    gaps = names.of(pd.Series([7, None, 8]))
    assert gaps.dropna().tolist() == names.of([7, 8]).tolist()
    assert gaps.isna().tolist() == [False, True, False]
    assert names.of(pd.Series(["7"], dtype="string")).tolist() == names.of(["7"]).tolist()
    assert names.of(np.array([7], dtype=np.int32)).tolist() == names.of([7]).tolist()


def test_many_ids_give_as_many_pseudonyms():
    made = pseudonyms(range(200_000), purpose="analytics", key=KEY)
    assert made.is_unique
    assert made.str.fullmatch("[0-9a-f]{32}").all()


def test_a_table_gets_pseudonyms_says_which_key_made_them_and_forgets_its_ledger():
    ledger = ConsentLedger.granting([7, 8], ["analytics"], source="a test")
    names = Pseudonymiser(KEY, purpose="analytics")
    table = names.apply(gate(PEOPLE, "analytics", at="2025-01-01", ledger=ledger))
    assert table["customer_id"].tolist() == names.of([7, 8]).tolist()
    assert table["spent"].tolist() == [1.0, 2.0]
    assert table.attrs["pseudonyms"] == names.key_check
    assert "consents" not in table.attrs
    assert PEOPLE["customer_id"].tolist() == [7, 8, 9]


def test_ids_in_the_index_and_in_further_columns_are_replaced():
    names = Pseudonymiser(KEY, purpose="analytics")
    table = PEOPLE.assign(friend=[8, None, 7]).set_index("customer_id")
    made = names.apply(table, columns=["customer_id", "friend"])
    assert made.index.tolist() == names.of([7, 8, 9]).tolist()
    assert made["friend"].iloc[0] == made.index[1]
    assert pd.isna(made["friend"].iloc[1])


def test_who_has_the_key_and_the_ids_finds_them_again():
    names = Pseudonymiser(KEY, purpose="analytics")
    table = names.apply(PEOPLE)
    assert names.reidentify(table["customer_id"], candidates=range(100)).tolist() == [7, 8, 9]
    partly = names.reidentify(table["customer_id"], candidates=[9, 7])
    assert partly.iloc[[0, 2]].tolist() == [7, 9]
    assert pd.isna(partly.iloc[1])


def test_a_key_that_was_changed_is_noticed_even_in_a_table_that_was_stored(tmp_path):
    names, other = Pseudonymiser(KEY, purpose="analytics"), Pseudonymiser(KEY[::-1], purpose="analytics")
    names.apply(PEOPLE).to_parquet(tmp_path / "people.parquet")
    stored = pd.read_parquet(tmp_path / "people.parquet")
    names.check(stored)
    with pytest.raises(ParameterError, match=r"made with another key .* The key was changed: restore the former one"):
        other.check(stored)
    with pytest.raises(ParameterError, match="The key was changed"):
        other.reidentify(stored["customer_id"], candidates=[7, 8, 9])
    with pytest.raises(ParameterError, match="The key was changed"):
        Pseudonymiser(KEY[::-1], purpose="analytics", key_check=names.key_check)
    with pytest.raises(ParameterError, match=r"none of 3 pseudonyms belongs to one of 3 candidates. Either the key"):
        other.reidentify(stored["customer_id"].tolist(), candidates=[7, 8, 9])
    assert Pseudonymiser(KEY, purpose="analytics", key_check=names.key_check).key_check == names.key_check


def test_pseudonyms_of_another_purpose_are_told_apart_from_those_of_another_key():
    table = Pseudonymiser(KEY, purpose="analytics").apply(PEOPLE)
    with pytest.raises(ParameterError, match=r"for 'analytics', and this pseudonymiser is for 'voice'"):
        Pseudonymiser(KEY, purpose="voice").check(table)


def test_a_table_that_does_not_say_its_key_cannot_be_checked():
    with pytest.raises(DataError, match="does not say which key made its pseudonyms"):
        Pseudonymiser(KEY, purpose="voice").check(PEOPLE)


def test_a_table_released_for_another_purpose_is_refused():
    ledger = ConsentLedger.granting([7, 8], ["analytics"], source="a test")
    allowed = gate(PEOPLE, "analytics", at="2025-01-01", ledger=ledger)
    with pytest.raises(ConsentError, match="released for 'analytics', and these pseudonyms are for 'voice'"):
        Pseudonymiser(KEY, purpose="voice").apply(allowed)


def test_a_table_with_pseudonyms_or_without_the_column_is_refused():
    names = Pseudonymiser(KEY, purpose="analytics")
    with pytest.raises(DataError, match="has pseudonyms already"):
        names.apply(names.apply(PEOPLE))
    with pytest.raises(DataError, match=r"no column client \(it has customer_id, spent\)"):
        names.apply(PEOPLE, columns=["client"])


def test_an_unknown_purpose_is_refused():
    with pytest.raises(UnknownNameError, match="Did you mean 'analytics'"):
        Pseudonymiser(KEY, purpose="analytic")


def test_a_new_key_is_a_file_of_its_owner_alone_and_is_never_replaced(tmp_path):
    path = new_key(tmp_path / "key")
    assert len(bytes.fromhex(path.read_text())) == 32
    assert path.read_text() != new_key(tmp_path / "other").read_text()
    assert (
        Pseudonymiser(path, purpose="voice").of([1]).tolist()
        == Pseudonymiser(str(path), purpose="voice").of([1]).tolist()
    )
    with pytest.raises(
        ParameterError, match=r"is there already. A key that is replaced makes all its pseudonyms useless"
    ):
        new_key(path)


@posix
def test_a_new_key_is_closed_from_the_first_moment_on(tmp_path):
    old = os.umask(0)
    try:
        assert new_key(tmp_path / "key").stat().st_mode & 0o777 == 0o600
    finally:
        os.umask(old)


@posix
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
def test_a_key_that_others_may_read_or_change_is_refused(tmp_path, mode):
    path = new_key(tmp_path / "key")
    path.chmod(mode)
    with pytest.raises(ParameterError, match=rf"read or changed by others \(mode {mode:o}\).*chmod 600"):
        Pseudonymiser(path, purpose="voice")


def test_a_missing_key_is_answered_with_how_to_make_one(tmp_path, monkeypatch):
    for key in (None, tmp_path / "nowhere"):
        with pytest.raises(ParameterError, match=r"no key.*Make one with personakit.privacy.new_key\(path\), once"):
            Pseudonymiser(key, purpose="voice")
    monkeypatch.setenv(KEY_FILE_VARIABLE, str(tmp_path / "gone"))
    with pytest.raises(ParameterError, match="no such file"):
        Pseudonymiser(purpose="voice")


def test_the_key_is_found_in_the_environment_in_either_form(tmp_path, monkeypatch):
    expected = pseudonyms([1], purpose="voice", key=KEY).tolist()
    for text in (KEY.hex(), KEY.hex().upper(), base64.b64encode(KEY).decode(), base64.urlsafe_b64encode(KEY).decode()):
        monkeypatch.setenv(KEY_VARIABLE, f" {text}\n")
        assert pseudonyms([1], purpose="voice").tolist() == expected
    monkeypatch.setenv(KEY_FILE_VARIABLE, str(new_key(tmp_path / "key")))
    with pytest.raises(ParameterError, match=r"are both set. Unset one of them"):
        pseudonyms([1], purpose="voice")
    monkeypatch.delenv(KEY_VARIABLE)
    assert pseudonyms([1], purpose="voice").tolist() != expected


@pytest.mark.parametrize(
    ("key", "text"),
    [
        (KEY[:31], "has 31 bytes; 32 are the least"),
        (b"", "has 0 bytes"),
        (b"ab" * 20, "repeats the same few bytes, so it is not random"),
    ],
)
def test_a_weak_key_is_refused(key, text):
    with pytest.raises(ParameterError, match=text):
        Pseudonymiser(key, purpose="voice")


def test_a_pass_phrase_is_refused_without_being_repeated(monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, "correct horse battery staple, and then some more words")
    with pytest.raises(ParameterError, match="neither hexadecimal nor base64") as caught:
        Pseudonymiser(purpose="voice")
    assert "horse" not in "".join(traceback.format_exception(caught.value))


def test_the_key_is_in_no_text_no_copy_and_no_error(tmp_path):
    path = new_key(tmp_path / "key")
    secret = path.read_text().strip()
    names = Pseudonymiser(path, purpose="voice")
    derived = names._key.reveal().hex()
    shown = repr(names) + str(vars(names)) + names.key_check + str(names.apply(PEOPLE).attrs)
    with pytest.raises(ParameterError) as caught:
        names._same_key("voice:0", "The table's")
    shown += "".join(traceback.format_exception(caught.value))
    assert secret not in shown
    assert derived not in shown
    for attempt in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(ParameterError, match="neither pickled nor copied"):
            attempt(names._key)
    for attempt in (pickle.dumps, copy.deepcopy):
        with pytest.raises(ParameterError, match="neither pickled nor copied"):
            attempt(names)


def test_what_is_no_key_and_no_table_is_refused():
    with pytest.raises(ParameterError, match="key is a int, and a path or bytes are needed"):
        Pseudonymiser(5, purpose="analytics")
    with pytest.raises(DataError, match="apply: a table is expected, a NoneType was given"):
        Pseudonymiser(bytes(range(32)), purpose="analytics").apply(None)
