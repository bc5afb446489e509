"""The segment desk: what the reader moves changes who is put together, and the map stays."""

import time

import numpy as np
import pandas as pd
import pytest

import personakit as pk
from personakit.errors import DataError, ParameterError, UnknownNameError
from personakit.notebook import SegmentDesk

FEATURES = {"rhythm": ["frequency", "recency_days"], "money <b>": ["monetary"], "place": ["channel"]}


@pytest.fixture(scope="module")
def people():
    """Two kinds by rhythm, and two others by money, that have nothing to do with each other."""
    rng = np.random.default_rng(0)
    often, rich = np.arange(120) % 2 == 0, np.arange(120) % 4 < 2
    return pd.DataFrame({
        "customer_id": np.arange(120), "frequency": np.where(often, 20, 2) + rng.integers(0, 2, 120),
        "recency_days": np.where(often, 5, 200) + rng.normal(0, 3, 120),
        "monetary": np.where(rich, 900, 30) + rng.normal(0, 5, 120),
        "channel": rng.choice(["web", "<i>store</i>"], 120),
    })  # fmt: skip


@pytest.fixture
def desk(people):
    return SegmentDesk(people, FEATURES)


def test_the_features_chosen_decide_who_is_put_together(desk, people):
    by_rhythm, by_money = desk.view(2, ["rhythm"]), desk.view(2, ["money <b>"])
    assert pd.crosstab(by_rhythm.segments, people["frequency"].to_numpy() > 10).to_numpy().min() == 0
    assert abs(by_money.agreement) < 0.05 and by_rhythm.agreement is None
    assert desk.view(2, ["money <b>"]).agreement == 1.0
    assert "what sets it apart" in by_rhythm.html and "frequency" in by_rhythm.table["portrait"].iloc[0]


def test_sliders_and_lists_move_the_page_and_not_the_map(desk):
    many, which, page = desk.choose(2, ["rhythm"]).children
    first = page.value
    assert "2 segments by rhythm" in first
    many.value = 4
    assert "4 segments by rhythm" in page.value and "Segment 4" in page.value and "Agreement with" in page.value
    which.value = ("rhythm", "money <b>")
    assert "4 segments by rhythm, money &lt;b&gt;" in page.value
    which.value = ()
    assert page.value == "<p>Choose at least one feature.</p>"
    which.value, many.value = ("rhythm",), 2
    note = [html.split("Across: ")[1].split("</div>")[0] for html in (first, page.value)]
    assert note[0] == note[1] and "of how customers differ, and stays where it is" in note[0]


def test_too_many_segments_for_the_customers_are_explained_on_the_page(people):
    few = SegmentDesk(people.head(12), ["frequency", "monetary"])
    many, _, page = few.choose(2).children
    many.value = 8
    assert "fewer than" in page.value and "svg" not in page.value


def test_without_a_kernel_the_first_view_is_there_and_everything_is_escaped(desk):
    bundle = desk.choose(3)._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    assert data["text/html"].startswith("<div") and "<svg" in data["text/html"]
    assert "<i>" not in data["text/html"] and "<b>" not in data["text/html"]
    assert data["text/plain"].startswith("A slider from 2 to 8 segments and 3 features to choose from. 3 segments by")


def test_wrong_choices_are_answered(people, desk):
    with pytest.raises(ParameterError, match=r"SegmentDesk has nothing to choose from: features is empty"):
        SegmentDesk(people, {})
    with pytest.raises(DataError, match=r"profiles has no column 'age' \(it has frequency"):
        SegmentDesk(people, ["age"])
    with pytest.raises(UnknownNameError, match=r"No features 'mony' here. There are rhythm, money <b>, place"):
        desk.view(2, ["mony"])
    with pytest.raises(ParameterError, match=r"features is empty. Choose at least one"):
        desk.view(2, [])
    with pytest.raises(ParameterError, match=r"SegmentDesk.view\(n_segments=1\): give a whole number from 2"):
        desk.view(1)


def test_it_answers_within_a_second_on_the_bundled_world():
    world = pk.load_world()
    lines = world.tables["order_lines"].assign(spent=lambda lines: lines["unit_price"] * lines["quantity"])
    ledger = pk.privacy.ConsentLedger(world.tables["consents"])
    bought = lines.merge(world.tables["products"][["product_id", "department"]]).groupby("customer_id")
    profiles = bought.agg(
        frequency=("order_id", "nunique"), monetary=("spent", "sum"), n_items=("product_id", "nunique"),
        last=("timestamp", "max"), first=("timestamp", "min"), department=("department", "first"),
        median_price=("unit_price", "median"), discount_share=("discount", "mean"),
    ).reset_index()  # fmt: skip
    allowed = pk.privacy.gate(profiles, "analytics", at=world.end, ledger=ledger)
    desk = SegmentDesk(allowed, {
        "rhythm": ["last", "first", "frequency"], "money": ["monetary", "median_price", "discount_share"],
        "breadth": ["n_items"], "department": ["department"],
    })  # fmt: skip
    seconds = []
    for n, groups in ((8, list(desk.features)), (6, ["rhythm"]), (5, ["money", "department"])):
        began = time.process_time()
        view = desk.view(n, groups).html
        seconds.append(time.process_time() - began)
    assert "5 segments by money, department" in view and len(allowed) > 2500
    assert max(seconds) < 1.0


def test_profiles_keep_the_purpose_that_they_were_released_for(people):
    people.attrs["purpose"] = "analytics"
    desk = SegmentDesk(people, FEATURES)
    assert desk.view(3).segments.attrs["purpose"] == "analytics"
