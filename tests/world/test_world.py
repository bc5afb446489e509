"""The world as a whole: the same whatever the block, consistent with itself, and clear about bad input."""

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from personakit.data.canonical import CANONICAL
from personakit.errors import PersonakitError
from personakit.world import World
from personakit.world.chronicle import chronicle
from personakit.world.tables import arrow_of


@pytest.fixture(scope="module")
def small():
    return World(n_customers=300, n_products=120, n_days=200, random_state=5)


def test_the_tables_are_canonical(world):
    assert set(world.tables) == set(CANONICAL)
    for name, frame in world.tables.items():
        table = CANONICAL[name]
        # Larkspur's consents all rest on consent, and none ends by itself.
        left_out = {"basis", "expires"} if name == "consents" else set()
        assert list(frame) == [column for column in table.columns if column not in left_out], name
        if table.key:
            assert not frame.duplicated(list(table.key)).any(), name
        for column in frame:
            meaning = table.columns[column]
            if not meaning.nullable:
                assert frame[column].notna().all(), (name, column)
            if meaning.low is not None:
                assert (frame[column].dropna() >= meaning.low).all(), (name, column)


def test_every_row_refers_to_a_known_customer_and_product(world):
    products = set(world.tables["products"]["product_id"])
    for name, frame in world.tables.items():
        if "customer_id" in frame:
            assert frame["customer_id"].between(1, world.n_customers).all(), name
        if "product_id" in frame:
            assert set(frame["product_id"]) <= products, name


def test_history_stays_within_its_days_and_after_each_account_was_opened(world):
    signed_up = world.tables["customers"].set_index("customer_id")["signed_up"]
    for name in ("sessions", "interactions", "order_lines", "ratings", "reviews", "messages", "contacts"):
        frame = world.tables[name]
        assert (frame["timestamp"] < world.end).all(), name
        assert (frame["timestamp"] >= frame["customer_id"].map(signed_up)).all(), name


def test_a_customer_is_the_same_alone_and_among_others(small):
    whole = small.tables
    alone = chronicle(small.random_state, small.block([17]), small.n_days)
    for name in (
        "customers",
        "identities",
        "sessions",
        "interactions",
        "order_lines",
        "reviews",
        "messages",
        "consents",
    ):
        theirs = whole[name]
        mine = (
            theirs[theirs["record_id"].isin(alone.truth["identities"]["record_id"])]
            if name == "identities"
            else theirs[theirs["customer_id"] == 17]
        )
        assert_frame_equal(
            arrow_of(alone.tables[name]).to_pandas(), mine.reset_index(drop=True), check_categorical=False
        )


def test_the_same_numbers_give_the_same_world_and_another_seed_another(small):
    again = World(n_customers=300, n_products=120, n_days=200, random_state=5)
    other = World(n_customers=300, n_products=120, n_days=200, random_state=6)
    for name in small.tables:
        assert_frame_equal(small.tables[name], again.tables[name])
    assert len(other.tables["order_lines"]) != len(small.tables["order_lines"])


def test_the_picture_shows_the_colour_even_where_words_are_silent(world):
    silent = world.tables["products"].query("colour.isna()")
    assert 0.4 < len(silent) / world.n_products < 0.6
    assert world.picture(int(silent["product_id"].iloc[0])).size == (96, 96)


def test_campaigns_go_only_to_those_who_agreed_and_never_after_they_left(world):
    sent = world.tables["contacts"].query("channel != 'none'")
    consents = world.tables["consents"].sort_values("timestamp")
    asked = sent.assign(purpose="marketing_" + sent["channel"].astype(str)).sort_values("timestamp")
    consents = consents.assign(purpose=consents["purpose"].astype(str))
    known = pd.merge_asof(
        asked,
        consents[["customer_id", "purpose", "granted", "timestamp"]],
        on="timestamp",
        by=["customer_id", "purpose"],
    )
    assert known["granted"].fillna(False).all()


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: World(0), "n_customers is 0. Give a whole number of at least 1."),
        (lambda: World(10, 2), "n_products is 2. Give a whole number of at least 24."),
        (lambda: World(10, 60, n_days=7), "n_days is 7. Give a whole number of at least 28."),
        (lambda: World(10.5), "n_customers is 10.5"),
    ],
)
def test_a_world_of_no_sensible_size_is_refused(make, says):
    with pytest.raises(PersonakitError, match=says.replace("(", r"\(")):
        make()


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda w: w.expected([1, 999]), r"customer_ids has 1 unknown ids \(999\). This world has customers 1 to 300."),
        (lambda w: w.expected([1], {"chanel": "email"}), "actions has no 'chanel'. Use any of: channel, theme"),
        (
            lambda w: w.expected([1], {"channel": "fax"}),
            r"actions.channel has unknown values \(fax\). Use: none, email, sms, push.",
        ),
        (lambda w: w.expected([1], {"channel": "sms", "theme": "moon"}), "actions.theme has unknown values"),
        (lambda w: w.expected([1], {"discount": 1.5}), "actions.discount has 1 values outside 0 to 1"),
        (lambda w: w.expected([1, 2], {"discount": [0.1]}), "actions.discount has shape"),
        (lambda w: w.expected([1], {"slate": [5000]}), "actions.slate has 1 unknown product ids"),
        (lambda w: w.expected([1], {"slate": list(range(1, 20))}), "k from 1 to 12"),
        (lambda w: w.expected([1], {"slate": [4, 4]}), "actions.slate shows a product twice in 1 slates"),
        (lambda w: w.expected([1], {"price_factor": -1}), "actions.price_factor has values that are not positive"),
        (lambda w: w.expected([1], {"price_factor": {9999: 0.9}}), "names 1 unknown product ids"),
        (lambda w: w.expected([1], at="1999-01-01"), "leaves what the world knows"),
        (lambda w: w.expected([1], at="soon"), "at is 'soon', which is not a date"),
        (lambda w: w.expected([1], horizon_days=0), "horizon_days is 0. Give a whole number of days from 1 to 365."),
        (lambda w: w.best_slates([1], k=13), "k is 13. A slate has 1 to 12 places."),
        (lambda w: w.picture(5000), "product_id 5000 does not exist"),
    ],
)
def test_bad_questions_get_a_clear_answer(small, call, says):
    with pytest.raises(PersonakitError, match=says):
        call(small)


def test_a_small_world_works(tmp_path):
    tiny = World(n_customers=1, n_products=24, n_days=28)
    assert len(tiny.tables["customers"]) == 1
    assert np.isfinite(tiny.expected(None).drop(columns="customer_id").to_numpy()).all()
