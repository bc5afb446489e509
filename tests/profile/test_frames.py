"""Profiles as later rooms take them: one row a customer, columns of a known kind."""

from __future__ import annotations

import datetime
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from personakit.errors import DataError
from personakit.profile.frames import by_customer, kind_of


def test_ids_come_to_the_index_and_the_purpose_stays() -> None:
    frame = pd.DataFrame({"customer_id": [3, 1], "x": [1, 2]})
    frame.attrs.update(purpose="analytics", as_of="2025-12-31")
    made = by_customer(frame)
    assert (made.index.tolist(), made.index.name, list(made.columns)) == ([3, 1], "customer_id", ["x"])
    assert made.attrs == {"purpose": "analytics", "as_of": "2025-12-31"}
    assert "customer_id" in frame.columns  # the reader's own frame is left as it was


def test_an_engines_table_is_read_and_a_frame_without_ids_keeps_its_index() -> None:
    frame = pd.DataFrame({"x": [1, 2]}, index=["a", "a"])
    assert by_customer(SimpleNamespace(to_pandas=lambda: frame)).index.tolist() == ["a", "a"]


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ([1, 2], "profiles is a list, not a table"),
        (pd.DataFrame([[1, 2]], columns=["x", "x"]), "has 'x' more than once"),
        (pd.DataFrame({"customer_id": [], "x": []}), "has no rows"),
        (pd.DataFrame({"customer_id": [1, 1, 2], "x": 0}), r"1 customers in more than one row \(customer_id 1\)"),
        (pd.DataFrame({"customer_id": [1, None], "x": 0}), r"customer_id is missing in 1 rows \(1\)"),
    ],
)
def test_what_is_no_table_of_customers_is_refused_in_words(table: Any, said: str) -> None:
    with pytest.raises(DataError, match=said):
        by_customer(table)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (pd.Series(["2025-01-31", "later"]), "category"),
        (pd.Series(["20250131"]), "category"),
        (pd.Series([datetime.date(2025, 1, 31), None]), "date"),
        (pd.Series(["2025-01-31"], dtype="string"), "date"),
        (pd.Series(pd.to_datetime(["2025-01-31"]).tz_localize("UTC")), "date"),
        (pd.Series([None, None], dtype=object), "category"),
        (pd.Series([1, 2], dtype="category"), "category"),
        (pd.Series([True, None], dtype=object), "number"),
        (pd.Series([1, None], dtype="Int64"), "number"),
        (pd.Series(["1", "2"]), "category"),
    ],
)
def test_the_kind_of_a_column_is_that_of_what_it_holds(values: pd.Series, kind: str) -> None:
    assert kind_of(values) == kind
