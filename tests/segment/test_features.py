"""Tastes, sequences and texts as features: against hand calculations, and refused in words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import personakit as pk
from personakit.errors import DataError, ParameterError
from personakit.segment import CustomerSegments, sequence_features, taste_features, text_features


def events(*rows: tuple[Any, ...]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["customer_id", "timestamp", "event", "product_id"])
    return frame.assign(timestamp=pd.to_datetime(frame["timestamp"]))


SEEN = events(
    (2, "2025-03-03 18:00", "view", 11),
    (1, "2025-03-01 06:00", "view", 10),
    (1, "2025-03-01 06:05", "basket", 10),
    (1, "2025-03-03 06:00", "view", 10),
    (1, "2025-03-05 06:00", "return", 11),
    (1, "2025-06-05 06:00", "purchase", 10),
)
PRODUCTS = pd.DataFrame({"product_id": [10, 11], "style": ["classic", "street"], "brand": ["A", None]})


def test_tastes_are_the_distance_from_the_average_shrunk_by_what_was_done() -> None:
    made = taste_features(SEEN, PRODUCTS, prior=4)
    classic, street = 4 / 5, 1 / 5
    assert made.loc[1].tolist() == pytest.approx([0.2 * 4 / 8 / classic**0.5, -0.2 * 4 / 8 / street**0.5])
    assert made.loc[2].tolist() == pytest.approx([-0.8 * 1 / 5 / classic**0.5, 0.8 * 1 / 5 / street**0.5])
    both = taste_features(SEEN, PRODUCTS, of=["style", "brand"], as_of="2025-03-03")
    assert both.columns.tolist() == ["style classic", "style street", "brand A"]
    assert both["brand A"].tolist() == [0, 0]


def test_tastes_do_not_mind_the_order_of_rows() -> None:
    assert taste_features(SEEN.iloc[::-1], PRODUCTS).equals(taste_features(SEEN, PRODUCTS))


def test_sequences_are_shares_of_runs_that_no_pause_breaks() -> None:
    made = sequence_features(SEEN)
    runs = {"basket > view": 1 / 3, "view > basket": 1 / 3, "view > return": 1 / 3}
    assert made.loc[1, list(runs)].to_dict() == pytest.approx(runs)
    assert "return > purchase" not in made.columns  # three months lie between
    assert made.loc[2, list(runs)].isna().all()
    assert sequence_features(SEEN, length=3).loc[1, ["view > basket > view", "basket > view > return"]].tolist() == [
        0.5,
        0.5,
    ]
    assert sequence_features(SEEN, max_sequences=1).columns.str.contains(">").sum() == 1


def test_the_rhythm_is_that_of_a_hand_calculation() -> None:
    made = sequence_features(SEEN)
    gaps = np.array([2, 2, 92])
    assert made.loc[1, "days_between"] == 2
    assert made.loc[1, "burstiness"] == pytest.approx((gaps.std() - gaps.mean()) / (gaps.std() + gaps.mean()))
    five_past = 2 * np.pi * (6 + 5 / 60) / 24  # four of her five events are at 6 sharp, due east on the dial
    assert made.loc[1, "hour_sine"] == pytest.approx((4 + np.sin(five_past)) / 5)
    assert made.loc[1, "hour_cosine"] == pytest.approx(np.cos(five_past) / 5)
    assert made.loc[2, ["hour_sine", "hour_cosine"]].tolist() == pytest.approx([-1, 0], abs=1e-12)
    assert made.loc[1, "weekend"] == pytest.approx(2 / 5)
    clock = events(*[(1, f"2025-03-{day:02d}", "view", 1) for day in (1, 8, 15, 22)])
    assert sequence_features(clock).loc[1, "burstiness"] == -1


def test_runs_are_those_of_a_loop_over_the_world() -> None:
    table = pk.load_world().tables["interactions"].head(3000)
    made = sequence_features(table, max_sequences=99, break_hours=1e9)
    ordered = table.sort_values(["customer_id", "timestamp"], kind="stable")
    for customer, rows in list(ordered.groupby("customer_id"))[:20]:
        pairs = pd.Series([f"{a} > {b}" for a, b in zip(rows["event"], rows["event"][1:], strict=False)], dtype=object)
        shares = pairs.value_counts(normalize=True)
        assert made.loc[customer, shares.index].tolist() == pytest.approx(shares.tolist())


def test_texts_of_one_kind_lie_together() -> None:
    said = pd.DataFrame(
        {
            "customer_id": [1, 1, 2, 3, 4, 5],
            "text": ["late parcel", "parcel came late", "late again", "soft wool", "warm soft wool", "  "],
        }
    )
    axis = text_features(said, n_features=2)["text 1"]
    assert axis.index.tolist() == [1, 2, 3, 4]
    assert np.sign(axis[[1, 2]]).tolist() == (-np.sign(axis[[3, 4]])).tolist()
    counted = text_features(said, lambda texts: [[len(text), 1.0] for text in texts], n_features=5)
    assert counted.columns.tolist() == ["text 1", "text 2"]
    assert counted.mean().tolist() == pytest.approx([0, 0])


def test_the_sentence_model_is_asked_for_each_text_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def vectors(texts: list[str], embedding: Any) -> np.ndarray:
        asked.append((texts, embedding))
        return np.eye(len(texts))

    monkeypatch.setattr("personakit.segment.texts.text_vectors", vectors)
    said = pd.DataFrame({"customer_id": [2, 1, 1], "text": ["late", "soft", "warm"]})
    made = text_features(said, "minilm")
    assert asked == [(["late", "soft", "warm"], "minilm")]
    # means of unit vectors: (0, 1/2, 1/2) and (1, 0, 0), a distance of sqrt(3/2) apart on the one axis that is left
    assert abs(made.loc[1, "text 1"] - made.loc[2, "text 1"]) == pytest.approx(1.5**0.5)


def test_all_of_them_join_to_profiles_and_feed_the_segments() -> None:
    tables = pk.load_world().tables
    profiles = pk.profile.build_profiles(tables).set_index("customer_id")
    joined = (
        profiles[["frequency", "monetary"]]
        .join(taste_features(tables["interactions"], tables["products"]))
        .join(sequence_features(tables["sessions"]))
        .join(text_features(tables["reviews"]))
    )
    found = CustomerSegments(4, random_state=0).fit_predict(joined)
    assert found.index.equals(profiles.index)
    assert found.nunique() == 4
    assert joined["monetary"].groupby(found, observed=True).mean().is_monotonic_decreasing


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: taste_features(SEEN, PRODUCTS, of="colour"), "products has no column 'colour'"),
        (lambda: taste_features(SEEN.drop(columns="product_id"), PRODUCTS), "interactions has no column 'product_id'"),
        (lambda: taste_features(SEEN, PRODUCTS, as_of="2020-01-01"), "no view, basket or purchase is left"),
        (lambda: taste_features(SEEN, pd.concat([PRODUCTS] * 2)), "product_id in more than one row"),
        (lambda: taste_features(SEEN, PRODUCTS.assign(product_id=[8, 9])), "style is not known of any product"),
        (lambda: sequence_features(SEEN, of="channel"), "events has no column 'channel'"),
        (lambda: sequence_features(SEEN.assign(timestamp="2025-03-01")), "no times .* Convert it with pd.to_datetime"),
        (lambda: sequence_features(SEEN, as_of="2020-01-01"), "none is left"),
        (lambda: text_features(pd.DataFrame({"customer_id": [1], "body": ["x"]})), "reviews has no column 'text'"),
        (lambda: text_features(pd.DataFrame({"customer_id": [1], "text": [None]})), "holds no text"),
        (lambda: text_features(pd.DataFrame({"customer_id": [1], "text": ["!?"]})), "holds no words"),
    ],
)
def test_a_bad_table_is_refused_in_words(make: Any, said: str) -> None:
    with pytest.raises(DataError, match=said):
        make()


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: taste_features(SEEN, PRODUCTS, prior=-1), "prior=-1.*give a number above 0"),
        (lambda: sequence_features(SEEN, length=0), "length=0.*whole number from 1"),
        (lambda: sequence_features(SEEN, break_hours=0), "break_hours=0.*give a number above 0"),
        (lambda: text_features(SEEN, n_features=0), "n_features=0.*whole number from 1"),
        (
            lambda: text_features(pd.DataFrame({"customer_id": [1], "text": ["a"]}), "bert"),
            "embedding must be 'minilm'",
        ),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused(make: Any, said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        make()


def test_the_purpose_of_the_gate_goes_on() -> None:
    seen = SEEN.copy()
    seen.attrs["purpose"] = "analytics"
    said = pd.DataFrame({"customer_id": [1, 2], "text": ["a word", "a wood"]})
    said.attrs["purpose"] = "analytics"
    for made in (taste_features(seen, PRODUCTS), sequence_features(seen), text_features(said)):
        assert made.attrs["purpose"] == "analytics"
