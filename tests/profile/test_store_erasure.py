"""A customer who is forgotten is in no table, in no profile and in no byte of the store's files; the others stay."""

import gzip
from pathlib import Path

import pandas as pd
import pytest

from personakit.errors import DataError, ParameterError, UnknownNameError
from personakit.profile import ProfileStore, StoreError, build_profiles
from personakit.profile.store.file import StoreFile

NAME, MAIL, STREET = "Philippa-Zebedee", "Philippa.Zebedee@larkspur-mail.example", "17 Quicksilver Crescent"


def shop(customers=60, kind=int):
    """A shop in which customer 7 has a name that nobody else has, in every table with words."""
    ids = [kind(one) for one in range(1, customers + 1)]
    who = pd.DataFrame({"customer_id": ids, "given_name": [f"Ann {one}" for one in ids], "region": "north"})
    who["family_name"], who["email"] = "Lee", [f"ann{one}@example.com" for one in ids]
    who["signed_up"] = pd.Timestamp("2025-01-01")
    who.loc[6, ["given_name", "email", "region"]] = [NAME, MAIL, STREET]
    records = pd.DataFrame({"record_id": range(100, 100 + customers), "system": "newsletter", "email": who["email"]})
    records["street"] = "1 High Street"
    records.loc[6, "street"] = STREET
    times = pd.Timestamp("2025-02-01") + pd.to_timedelta(range(customers), unit="h")
    lines = pd.DataFrame({"order_id": range(customers), "customer_id": ids, "product_id": 1, "unit_price": 5.0})
    words = pd.DataFrame(
        {"message_id": range(customers), "customer_id": ids, "timestamp": times, "text": "Where is it?"}
    )
    words.loc[6, "text"] = f"It is for {NAME}, {STREET}."
    said = pd.DataFrame({"customer_id": ids, "purpose": "analytics", "granted": True, "timestamp": times})
    return {
        "customers": who,
        "identities": records,
        "order_lines": lines.assign(timestamp=times),
        "messages": words,
        "consents": said,
    }


def filled(path, tables):
    store = ProfileStore(path)
    for name, frame in tables.items():
        store.append(name, frame, batch="first")
    store.rebuild("2025-03-01")
    return store


def found_in(folder: Path, *texts: str) -> set[str]:
    """Which texts, or longer parts of them, stand in any file below the folder, in whatever case."""
    parts = {part for text in texts for part in (text, text[:12], text[-12:], text[5:17])}
    raw = b"".join(place.read_bytes() for place in sorted(folder.rglob("*")) if place.is_file()).lower()
    return {part for part in parts if part.lower().encode() in raw or part.lower().encode("utf-16-le") in raw}


def without_her(tables, record=True):
    gone = {name: frame[frame["customer_id"] != 7] for name, frame in tables.items() if "customer_id" in frame}
    return {**gone, **({"identities": tables["identities"].query("record_id != 106")} if record else {})}


@pytest.mark.parametrize("closed_before", [True, False], ids=["in the file", "in the log"])
def test_her_name_is_in_the_bytes_before_and_not_after(tmp_path, closed_before):
    store = filled(tmp_path / "shop.duckdb", shop())
    if closed_before:
        store.close()
        store = ProfileStore(tmp_path / "shop.duckdb")
    assert found_in(tmp_path, NAME, MAIL, STREET) >= {NAME, MAIL, STREET}, "the control: the search would find her"
    counts = store.forget(7, record_ids=[106])
    assert counts == {"customers": 1, "order_lines": 1, "messages": 1, "consents": 1, "identities": 1, "profiles": 1}
    assert found_in(tmp_path, NAME, MAIL, STREET) == set()
    assert found_in(tmp_path, "ann8@example.com"), "the control: the others are still there"
    store.append("ratings", pd.DataFrame({"customer_id": [1], "product_id": [1], "rating": [5.0]}))
    store.close()
    assert found_in(tmp_path, NAME, MAIL, STREET) == set()
    with ProfileStore(tmp_path / "shop.duckdb") as again:
        assert again.n_rows == dict.fromkeys(("customers", "identities", "order_lines", "messages", "consents"), 59) | {
            "ratings": 1
        }


def test_compressed_texts_are_gone_too(tmp_path):
    """Many rows alike, so that DuckDB packs them: there the control finds parts, and after it none."""
    tables = shop(customers=3000)
    tables["messages"]["text"] = [f"It is for {NAME}, {STREET}." if one == 6 else "Where is it?" for one in range(3000)]
    store = filled(tmp_path / "shop.duckdb", tables)
    store.close()
    before = found_in(tmp_path, NAME, MAIL, STREET)
    with ProfileStore(tmp_path / "shop.duckdb") as store:
        assert before or NAME in store.held_about(7)["customers"]["given_name"].tolist()
        store.forget(7, record_ids=[106])
        assert store.query(f"SELECT count(*) AS n FROM messages WHERE text LIKE '%{NAME}%'")["n"][0] == 0
    assert found_in(tmp_path, NAME, MAIL, STREET) == set()
    assert NAME.encode() not in gzip.compress((tmp_path / "shop.duckdb").read_bytes())


def test_the_others_are_as_if_she_had_never_been_there(tmp_path):
    tables = shop()
    with filled(tmp_path / "shop.duckdb", tables) as store:
        store.forget(7, record_ids=[106])
        kept = without_her(tables)
        expected = build_profiles(kept, "2025-03-01")
        pd.testing.assert_frame_equal(store.profiles(), expected, check_exact=True)
        for name, frame in kept.items():
            back = store.tables[name].to_pandas()
            key = frame.columns[0]
            pd.testing.assert_frame_equal(
                back.sort_values(key)[frame.columns].reset_index(drop=True),
                frame.sort_values(key).reset_index(drop=True),
                check_dtype=False,
            )
        with pytest.raises(UnknownNameError, match="holds nothing about customer 7"):
            store.get(7)
        assert store.append("messages", tables["messages"], batch="first").repeated, "her batch does not come back"
        assert store.update("2025-03-01").how == "unchanged"


def test_everything_held_about_her_is_shown_and_nothing_of_others(tmp_path):
    tables = shop()
    with filled(tmp_path / "shop.duckdb", tables) as store:
        held = store.held_about(7, record_ids=[106])
        assert set(held) == {"customers", "identities", "order_lines", "messages", "consents", "profiles"}
        assert held["customers"]["email"].tolist() == [MAIL]
        assert held["identities"]["street"].tolist() == [STREET]
        assert held["profiles"]["frequency"].tolist() == [1]
        for name, frame in held.items():
            assert len(frame) == 1
            assert name == "identities" or frame["customer_id"].tolist() == [7]
        assert "identities" not in store.held_about(7), "her records are not known without the link"
        store.forget(7)
        with pytest.raises(UnknownNameError, match="The store holds nothing about customer 7"):
            store.held_about(7)
        assert len(store.tables["identities"].to_pandas()) == 60


def test_several_are_forgotten_at_once_and_links_may_be_a_table(tmp_path):
    tables = shop(kind=str)
    links = pd.DataFrame({"record_id": range(100, 160), "customer_id": [str(one) for one in range(1, 61)]})
    with filled(tmp_path / "shop.duckdb", tables) as store:
        counts = store.forget(["7", "9"], record_ids=links)
        assert set(counts.values()) == {2}
        left = store.tables["identities"].to_pandas()["record_id"]
        assert sorted(set(range(100, 160)) - set(left)) == [106, 108]
    assert found_in(tmp_path, NAME, MAIL) == set()
    assert b"ann9@example.com" not in (tmp_path / "shop.duckdb").read_bytes()


def test_a_store_without_profiles_forgets_as_well(tmp_path):
    with ProfileStore(tmp_path / "shop.duckdb") as store:
        store.append("customers", shop()["customers"])
        assert store.forget(7) == {"customers": 1}
    assert found_in(tmp_path, NAME, MAIL) == set()


def test_who_is_unknown_is_named_and_nothing_is_removed(tmp_path):
    with filled(tmp_path / "shop.duckdb", shop()) as store:
        before = store.n_rows
        with pytest.raises(UnknownNameError, match=r"holds nothing about customers 99, '7'. Its ids are whole numbers"):
            store.forget([1, 99, "7"])
        with pytest.raises(ParameterError, match="forget got no customer id"):
            store.forget([])
        with pytest.raises(DataError, match=r"record_ids is a table without customer_id \(it has record_id\)"):
            store.forget(7, record_ids=pd.DataFrame({"record_id": [106]}))
        with pytest.raises(DataError, match="record_ids must be whole numbers, as in identities"):
            store.forget(7, record_ids=["x"])
        assert store.n_rows == before


def test_records_without_identities_are_refused(tmp_path):
    with ProfileStore(tmp_path / "shop.duckdb") as store:
        store.append("customers", shop()["customers"])
        with pytest.raises(DataError, match=r"the store has no identities. Append them, or leave record_ids out"):
            store.forget(7, record_ids=[106])


def test_where_the_fresh_file_cannot_be_made_the_rows_are_gone_and_the_next_writer_finishes(tmp_path, monkeypatch):
    store = filled(tmp_path / "shop.duckdb", shop())
    real = StoreFile.rewrite

    def fails(self):
        raise StoreError("No room.")

    monkeypatch.setattr(StoreFile, "rewrite", fails)
    with pytest.raises(StoreError, match="No room"):
        store.forget(7, record_ids=[106])
    assert store.n_rows["customers"] == 59
    store.close()
    assert found_in(tmp_path, MAIL), "the bytes are still there"
    monkeypatch.setattr(StoreFile, "rewrite", real)
    with ProfileStore(tmp_path / "shop.duckdb") as store:
        assert store.n_rows["customers"] == 59
    assert found_in(tmp_path, NAME, MAIL, STREET) == set()
