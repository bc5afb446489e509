"""Where columns come from: what the lineage lists has a say in the column, and what it does not list has none."""

import ibis
import numpy as np
import pandas as pd
import pytest

from personakit.errors import UnknownNameError
from personakit.profile import build_profiles, dictionary, lineage
from personakit.profile.sources_forms import NEEDED
from personakit.world import World

DAY = "2025-08-31"
# Where another value is needed than a missing one: the column must be there, or its rows would be refused.
BLANK = {"event": "none", "product_id": 10**9, "order_id": 1, "granted": False, "purpose": "image", "channel": None}


@pytest.fixture(scope="module")
def tables():
    found = dict(World(150, random_state=5).tables)
    sentiment = np.linspace(-1, 1, len(found["reviews"]))
    sentiment[::2] = np.nan  # the stars stand in
    found["reviews"] = found["reviews"].assign(sentiment=sentiment)
    found["consents"] = found["consents"].assign(
        basis="legitimate_interests", expires=found["consents"]["timestamp"] + pd.Timedelta(days=200)
    )
    return found


def blanked(table: pd.DataFrame, column: str) -> pd.DataFrame:
    if column in ("timestamp", "signed_up"):
        return table.assign(**{column: table[column] - pd.to_timedelta(np.arange(len(table)) % 97, unit="h")})
    if column in ("unit_price", "rating", "sentiment", "discount"):
        return table.assign(**{column: table[column].fillna(0) * 0.5 + 0.1})
    if column == "quantity":
        return table.assign(quantity=-1)
    if column in ("opened", "clicked", "unsubscribed", "returned"):
        return table.assign(**{column: ~table[column].astype(bool)})
    return table.assign(**{column: BLANK.get(column)})


def changed(before: pd.DataFrame, after: pd.DataFrame) -> set[str]:
    both = before.merge(after, on="customer_id", suffixes=("", "_after"))  # who has a row at all is no lineage
    found = set()
    for name in before.columns.drop("customer_id"):
        a, b = both[name].astype(object).fillna("?"), both[f"{name}_after"].astype(object).fillna("?")
        if (a != b).any():
            found.add(name)
    return found


@pytest.mark.slow
def test_a_source_column_changes_the_columns_that_list_it_and_no_other(tables):
    before = build_profiles(tables, DAY)
    listed = lineage().query("stand_in == ''")
    surely = 0
    pairs = [(t, c) for t, columns in NEEDED.items() for c in columns if c not in ("customer_id", "list_price")]
    for table, column in pairs:
        wanted = set(listed.query("table == @table and source_column == @column")["column"])
        if table == "products" and column == "product_id":
            continue  # an id of this table may be there once only
        found = changed(before, build_profiles({**tables, table: blanked(tables[table], column)}, DAY))
        assert found <= wanted, (table, column, found - wanted)
        # Flags count only where no return has a date, and some have; moving a rating by hours need not move a day.
        if wanted and column not in ("returned", "timestamp"):
            assert found, (table, column)
        surely += len(found)
    assert surely > 100


def test_every_column_comes_from_a_table_that_the_dictionary_names():
    named = dictionary().set_index("column")["tables"]
    found = lineage().groupby("column")["table"].agg(set)
    assert set(found.index) == set(named.index)
    for column, tables in found.items():
        text = named[column].replace("purchases", "interactions")
        assert tables <= {word.strip("(),") for word in text.replace("or ", "").split()}, (column, tables, text)


def test_stand_ins_say_what_they_stand_in_for():
    table = lineage("recency_days")
    assert table.loc[table["stand_in"] == "", "table"].unique().tolist() == ["order_lines"]
    assert table.groupby("stand_in")["table"].first().to_dict() == {
        "": "order_lines",
        "without order_lines": "interactions",
        "without order_lines and purchases": "ratings",
    }
    assert lineage("favourite_department").query("source_column == 'category'")["stand_in"].unique().tolist() == [
        "without department"
    ]
    assert not lineage("favourite_category")["stand_in"].str.contains("department").any()


def test_what_is_done_nearest_to_the_table_is_told():
    found = lineage("monetary").set_index("source_column")["transformation"]
    assert "sum" in set(found["unit_price"] if isinstance(found["unit_price"], pd.Series) else [found["unit_price"]])
    assert lineage("region").query("source_column == 'region'")["transformation"].tolist() == ["as it is"]
    frequency = lineage("frequency").query("source_column == 'order_id'")
    assert frequency["transformation"].tolist() == ["count of different values"]


def test_an_unknown_column_is_refused_with_the_nearest():
    with pytest.raises(UnknownNameError, match=r"no column 'region_'\. Did you mean 'region'\? dictionary\(\) lists"):
        lineage("region_")


def test_the_walk_follows_unions_distinct_rows_and_inner_joins():
    from personakit.profile.lineage_walk import trace

    a = ibis.table({"customer_id": "int64", "x": "int64"}, name="a")
    b = ibis.table({"customer_id": "int64", "x": "int64", "y": "int64"}, name="b")
    assert trace(a.union(b.select("customer_id", "x")), "x") == {("a", "x", "as it is"), ("b", "x", "as it is")}
    distinct = a.distinct()
    counted = distinct.group_by("customer_id").agg(n=distinct.count())
    assert {found[1] for found in trace(counted, "n")} >= {"x"}
    assert ("b", "x", "joins tables") in trace(a.inner_join(b, "x").select("y"), "y")
