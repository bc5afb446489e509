"""Whoever has not agreed at that moment is nowhere behind the gate: in no table, no model, no list, no offer."""

from types import FunctionType, MethodType, ModuleType

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from personakit.campaign import MessageTemplate, offers_for
from personakit.measure import assign
from personakit.privacy import ConsentLedger, gate, masked, with_ledger
from personakit.privacy.consent.tables import BASES
from personakit.profile import build_profiles
from personakit.recommend import EASE, ItemKNN, Popular, SurpriseRecommender
from personakit.segment import RFM

PEOPLE = [f"customer-{number:02d}" for number in range(8)]  # ids that are found in any text
PURPOSE, OTHER = "recommendations", "analytics"
START = pd.Timestamp("2025-03-01")
choice = st.tuples(
    st.sampled_from(PEOPLE),
    st.sampled_from([PURPOSE, PURPOSE, OTHER]),
    st.sampled_from([True, True, False]),
    st.integers(0, 12),
    st.sampled_from(["consent", "consent", *BASES]),
    st.none() | st.integers(0, 8),
)


def ledger_from(choices):
    ledger = ConsentLedger()
    for who, purpose, granted, hour, basis, span in choices:
        when = START + pd.Timedelta(hours=hour)
        if granted:
            end = None if span is None else when + pd.Timedelta(hours=span)
            ledger.grant(who, purpose, at=when, basis=basis, expires=end)
        else:
            ledger.withdraw(who, purpose, at=when, basis=basis)
    return ledger


def may_be_used(choices, who, hour):
    """The law read out, with no line of the package: the choices of one person, one after the other."""
    hers = [(at, granted, basis, span) for name, purpose, granted, at, basis, span in choices
            if name == who and purpose == PURPOSE and at <= hour]  # fmt: skip
    allowed, refused = False, False
    for at in sorted({at for at, *_ in hers}):
        now = [(granted, basis, span) for when, granted, basis, span in hers if when == at]
        if any(not granted for granted, *_ in now):
            allowed, refused = False, True
            continue
        if refused and all(basis != "consent" for _, basis, _ in now):
            continue  # another basis does not lift a refusal
        refused = False
        heard = [span for _, _, span in now]
        allowed = all(span is None or at + span >= hour for span in heard)
    return allowed


def everything_in(*things):
    """Every text that can be reached: values, indices, categories, attributes, and the state of objects."""
    found, seen, queue = set(), set(), list(things)
    while queue:
        thing = queue.pop()
        if isinstance(thing, str):
            found.add(str(thing))
            continue
        plain = (
            int,
            float,
            complex,
            bool,
            bytes,
            type(None),
            type,
            ModuleType,
            FunctionType,
            MethodType,
            ConsentLedger,
        )
        if id(thing) in seen or isinstance(thing, plain):
            continue
        seen.add(id(thing))
        queue.append(_keep(thing))
        if isinstance(thing, pd.DataFrame):
            queue += [thing.attrs, thing.index, thing.columns, *(thing[name] for name in thing.columns)]
        elif isinstance(thing, pd.MultiIndex):
            queue += [*thing.levels]
        elif isinstance(thing, (pd.Series, pd.Index)):
            queue += [getattr(thing, "attrs", None), getattr(thing, "index", None), thing.name, *thing.tolist()]
            if isinstance(thing.dtype, pd.CategoricalDtype):
                queue.append(thing.dtype.categories)
        elif isinstance(thing, np.ndarray):
            queue += thing.ravel().tolist() if thing.dtype.kind in "OUS" else []
        elif sparse.issparse(thing):
            continue
        elif isinstance(thing, dict):
            queue += [*thing.keys(), *thing.values()]
        elif isinstance(thing, (list, tuple, set, frozenset)):
            queue += [*thing]
        else:
            slots = [name for kind in type(thing).__mro__ for name in getattr(kind, "__slots__", ())]
            queue += [getattr(thing, name, None) for name in slots]
            queue.append(getattr(thing, "__dict__", None))
    return found


_alive = []


def _keep(thing):
    _alive.append(thing)  # so that no id is given to two objects during one walk


def tables():
    rng = np.random.default_rng(3)
    pairs = [(who, f"p{product}") for who in PEOPLE for product in rng.choice(6, size=4, replace=False)]
    deeds = pd.DataFrame(pairs, columns=["customer_id", "product_id"]).assign(event="purchase")
    deeds["timestamp"] = pd.Timestamp("2025-01-01") + pd.to_timedelta(rng.integers(0, 50, len(deeds)), unit="D")
    ratings = deeds[["customer_id", "product_id", "timestamp"]].assign(
        rating=rng.integers(1, 6, len(deeds)).astype(float)
    )
    return {
        "customers": pd.DataFrame({"customer_id": PEOPLE, "given_name": [f"name of {who}" for who in PEOPLE]}),
        "interactions": deeds.astype({"customer_id": "category"}),  # a category names all customers
        "order_lines": deeds.drop(columns="event").assign(order_id=range(len(deeds)), quantity=1, unit_price=9.0),
        "ratings": ratings,
        "products": pd.DataFrame({"product_id": [f"p{number}" for number in range(6)], "title": "Scarf"}),
        "identities": pd.DataFrame({"record_id": range(8), "system": "newsletter", "email": PEOPLE}),
    }


TABLES = tables()
PROFILES = build_profiles(TABLES, as_of="2025-02-28")
PROFILES.attrs["best_customers"] = PEOPLE[:3]


def walk_on(allowed, profiles):
    """What later rooms make of what the gate let through."""
    _alive.clear()
    made = [allowed, profiles, repr(allowed), allowed._repr_html_(), masked(allowed.frame)]
    if not len(profiles):
        return made
    segments = RFM(n_scores=2)
    made += [segments.fit_predict(profiles), segments, segments.transform(profiles), segments.segments_]
    models = [EASE(l2=1.0), ItemKNN(), Popular(), SurpriseRecommender("SVD", n_factors=2, n_epochs=2, random_state=0)]
    for model in models:
        slates = model.fit(allowed).recommend(k=2)
        made += [model, slates, model.recommend(profiles, k=2), offers_for(slates, allowed.tables["products"])]
        assert model.purpose_ == PURPOSE
    template = MessageTemplate("For you", "Dear {{ given_name }}", fields=["given_name"])
    made += [template.render_all(allowed.frame)]
    if len(profiles) > 1:
        made.append(assign(profiles.customer_ids, ["control", "offer"], random_state=0))
    return made


@pytest.mark.slow
@settings(max_examples=30)
@given(st.lists(choice, min_size=6, max_size=40), st.integers(0, 14))
def test_no_customer_without_valid_consent_is_anywhere_behind_the_gate(choices, hour):
    at, ledger = START + pd.Timedelta(hours=hour), ledger_from(choices)
    agreed = {who for who in PEOPLE if may_be_used(choices, who, hour)}
    allowed = gate(TABLES, PURPOSE, at=at, ledger=ledger)
    profiles = gate(with_ledger(PROFILES, ledger), PURPOSE, at=at)
    assert set(profiles.customer_ids) == set(allowed.customer_ids) == agreed
    assert sum(profiles.kept_back.values()) == len(PEOPLE) - len(agreed)
    for text in everything_in(walk_on(allowed, profiles)):
        assert not any(who in text for who in PEOPLE if who not in agreed), text


def test_the_walk_would_find_a_leak():
    frame = pd.DataFrame({"customer_id": pd.Categorical(PEOPLE[:1], categories=PEOPLE)})
    keyed = pd.DataFrame({"x": range(8)}, index=pd.MultiIndex.from_product([PEOPLE, ["a"]])).iloc[:1]
    attributed = pd.DataFrame({"x": [1]})
    attributed.attrs["seen"] = {"who": [PEOPLE[7]]}
    for leak in (frame, keyed, attributed, ItemKNN().fit(TABLES["interactions"])):
        assert PEOPLE[7] in everything_in(leak)


@pytest.mark.parametrize("name", ["category", "levels", "attrs", "index"])
def test_the_gate_leaves_no_trace_in_what_pandas_keeps_beside_the_rows(name):
    ledger = ConsentLedger.granting(PEOPLE[:1], [PURPOSE], source="a test")
    frames = {
        "category": pd.DataFrame({"customer_id": pd.Categorical(PEOPLE), "who": pd.Categorical(PEOPLE, ordered=True)}),
        "levels": pd.DataFrame({"customer_id": PEOPLE}, index=pd.MultiIndex.from_arrays([PEOPLE, range(8)])),
        "attrs": pd.DataFrame({"customer_id": PEOPLE}),
        "index": pd.DataFrame({"x": range(8)}, index=pd.CategoricalIndex(PEOPLE, name="customer_id")),
    }
    frames["attrs"].attrs = {"ranking": PEOPLE, "as_of": "2025-01-01", "table": pd.DataFrame({"customer_id": PEOPLE})}
    passed = gate(frames[name], PURPOSE, at=START, ledger=ledger).frame
    assert len(passed) == 1
    _alive.clear()
    assert everything_in(passed) & set(PEOPLE) == set(PEOPLE[:1])
    if name == "attrs":
        assert passed.attrs["as_of"] == "2025-01-01"
    if name == "category":
        assert passed["who"].dtype.ordered
