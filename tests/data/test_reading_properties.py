"""What holds for every input: no row disappears, their order does not matter, names from the list are recognised."""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from personakit.data import read_tables
from personakit.data.synonyms import synonyms

ids = st.one_of(st.integers(1, 50), st.none(), st.just(2.5))
prices = st.one_of(st.floats(0.01, 1e4).map(lambda x: round(x, 2)), st.sampled_from([-3.0, np.inf, np.nan, 1e12]))
pieces = st.one_of(st.integers(1, 9), st.sampled_from([0, -2, 10**7]))
days = st.one_of(st.dates().map(str), st.sampled_from(["never", "2025-13-45", "2025-01-31"]))
lines = st.lists(st.tuples(ids, ids, ids, days, pieces, prices), min_size=1, max_size=30)
COLUMNS = ["order_id", "customer_id", "product_id", "timestamp", "quantity", "unit_price"]
GOOD = (1, 1, 1, "2025-01-31", 1, 1.0)


def frame_of(rows: list[Any]) -> pd.DataFrame:
    return pd.DataFrame([GOOD, *rows], columns=COLUMNS)


@given(lines)
@settings(max_examples=40, deadline=None)
def test_no_row_disappears(rows: list[Any]) -> None:
    frame = frame_of(rows)
    got = read_tables(orders=frame, on_bad="quarantine")
    aside = got.rejected.loc[got.rejected["table"] == "order_lines", "row"].nunique()
    assert len(got["order_lines"]) + aside == len(frame)


@given(lines, st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_the_order_of_rows_does_not_matter(rows: list[Any], random: Any) -> None:
    frame = frame_of(rows)
    places = list(range(len(frame)))
    random.shuffle(places)
    one = read_tables(orders=frame, on_bad="quarantine")
    other = read_tables(orders=frame.iloc[places], on_bad="quarantine")
    key = lambda table: sorted(map(repr, table.itertuples(index=False, name=None)))  # noqa: E731
    assert key(one["order_lines"]) == key(other["order_lines"])
    assert set(zip(one.rejected["row"], one.rejected["reason"], strict=True)) == set(
        zip(other.rejected["row"], other.rejected["reason"], strict=True)
    )


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_a_csv_with_any_usual_names_and_separator_comes_back(data: st.DataObject) -> None:
    known = synonyms("ratings")
    columns = ["customer_id", "product_id", "rating", "timestamp"]
    names = [data.draw(st.sampled_from([column, *known[column]]), label=column) for column in columns]
    style = data.draw(st.sampled_from([str, str.upper, str.title]))
    separator = data.draw(st.sampled_from([",", ";", "\t", "|"]))
    pairs = data.draw(st.sets(st.tuples(st.integers(1, 99), st.integers(1, 99)), min_size=1, max_size=15))
    rows = [(a, b, (a * b) % 10 / 2, f"2025-{1 + a % 12:02d}-{1 + b % 28:02d} 10:00:00") for a, b in sorted(pairs)]
    frame = pd.DataFrame(rows, columns=columns)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "any.csv"
        frame.set_axis([style(name) for name in names], axis=1).to_csv(path, sep=separator, index=False)
        got = read_tables(ratings=path)["ratings"]
    assert got[columns].astype({"timestamp": str}).values.tolist() == frame.values.tolist()


@given(
    st.lists(
        st.text(
            st.characters(codec="utf-8", exclude_categories=("Cs",), exclude_characters="\x00"), min_size=1, max_size=12
        ),
        min_size=1,
        max_size=8,
    )
)
@settings(max_examples=60, deadline=None)
def test_any_text_survives_the_way_through_a_safe_csv(texts: list[str]) -> None:
    frame = pd.DataFrame(
        {"product_id": range(len(texts)), "title": [f"x{text}" if not text.strip() else text for text in texts]}
    )
    tables = read_tables(products=frame, derive=False)
    with tempfile.TemporaryDirectory() as folder:
        tables.to_csv(folder)
        back = read_tables(products=Path(folder) / "products.csv", derive=False)
    assert back["products"]["title"].tolist() == tables["products"]["title"].tolist()
