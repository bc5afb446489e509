"""Erasure over the real parts: a world's tables, the ledger, the profile store, the resolved identities and models."""

from __future__ import annotations

import numpy as np
import pytest

import personakit as pk
from personakit.privacy import ConsentLedger, Holdings, gate
from personakit.recommend import EASE, ItemKNN, SurpriseRecommender

N_CUSTOMERS = 300


@pytest.fixture(scope="module")
def world():
    return pk.World(N_CUSTOMERS, n_days=200, random_state=5)


def test_a_customer_of_the_world_leaves_all_of_it(world, tmp_path):
    truth = world.truth["identities"]
    tables = dict(world.tables)
    ledger = ConsentLedger(tables["consents"])
    allowed = gate(tables["interactions"], "recommendations", at=world.end, ledger=ledger)
    # a customer with an e-mail address, several records and something learnt from her
    learnt = set(allowed.frame["customer_id"])
    several = truth.groupby("customer_id").size()
    named = tables["customers"].dropna(subset=["email"]).set_index("customer_id")
    her = next(one for one in named.index if one in learnt and several.get(one, 0) > 2)
    email = named.loc[her, "email"]
    records = truth.loc[truth["customer_id"] == her, "record_id"].sort_values().tolist()

    store = pk.profile.ProfileStore(tmp_path / "shop.duckdb")
    for name in ("customers", "identities", "interactions", "order_lines"):
        store.append(name, tables[name])
    holdings = Holdings(
        tables,
        ledger,
        links=truth[["record_id", "customer_id"]],
        stores={"profiles": store},
        models={"ease": EASE().fit(allowed), "knn": ItemKNN().fit(allowed)},
    )
    holdings.add("svd", SurpriseRecommender("SVD").fit(tables["ratings"]), kind="model", purpose="analytics")
    ratings = {her} & set(tables["ratings"]["customer_id"])

    export = holdings.export(her, at=world.end)
    held = {section.name: section.rows for section in export.sections}
    assert sorted(held["identities"]["record_id"]) == sorted(held["profiles.identities"]["record_id"]) == records
    assert email in export.to_json() and "profiles.interactions" in held
    letter = holdings.explain_use(her, at=world.end).to_text()
    assert "- recommendations: yes" in letter and "The model" not in letter

    receipt = holdings.erase(her, at=world.end)
    methods = {part.holding: part.method for part in receipt.parts}
    assert methods["ease"] == methods["knn"] == "unlearnt exactly"
    assert methods["profiles"] == methods["ledger"] == "deleted"
    assert methods["svd"] == ("marked for retraining" if ratings else "nothing held")
    assert receipt.verify(her, receipt.token)

    store.close()
    contents = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert email.encode() not in contents
    assert len(contents) > 10_000
    with pk.profile.ProfileStore(tmp_path / "shop.duckdb") as again:
        assert again.query(f"SELECT * FROM customers WHERE customer_id = {her}").empty
        assert len(again.query("SELECT * FROM customers")) == len(tables["customers"]) == N_CUSTOMERS - 1
    left = gate(holdings.tables["interactions"], "recommendations", at=world.end, ledger=ledger)
    np.testing.assert_allclose(holdings["ease"].thing.weights_, EASE().fit(left).weights_, atol=1e-12)
    np.testing.assert_array_equal(
        holdings["knn"].thing.similarity_.toarray(), ItemKNN().fit(left).similarity_.toarray()
    )
    assert (
        not gate(tables["interactions"], "recommendations", at=world.end, ledger=ledger).customer_ids.isin([her]).any()
    )


def test_identities_forget_the_people_whom_a_customer_is_known_as(world):
    pytest.importorskip("splink", reason='needs splink: pip install "personakit[identity]"')
    truth = world.truth["identities"].set_index("record_id")["customer_id"]
    identities = pk.profile.resolve_identities(world.tables["identities"])
    people = identities.links.assign(customer_id=identities.links["record_id"].map(truth))
    her = people["customer_id"].value_counts().index[0]

    def known_as(customer_id):
        return people.loc[people["customer_id"] == customer_id, "person_id"].unique().tolist()

    holdings = Holdings({"identities": world.tables["identities"]}, links=truth)
    purpose = "recognising a customer in several systems"
    holdings.add("resolved", identities, kind="store", purpose=purpose, keys=known_as)
    records = people.loc[people["customer_id"] == her, "record_id"]
    assert not holdings.export(her).nothing_held
    receipt = holdings.erase(her, at=world.end)
    assert next(part for part in receipt.parts if part.holding == "resolved").method == "deleted"
    assert not identities.links["record_id"].isin(records).any()
    assert not holdings.tables["identities"]["record_id"].isin(records).any()
