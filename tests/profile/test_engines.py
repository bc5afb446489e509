"""What goes in decides what comes out: frames give frames, Ibis tables give an Ibis table, on whatever engine."""

import re

import duckdb
import ibis
import pandas as pd
import pytest
from ibis.common.exceptions import OperationNotDefinedError

import personakit as pk
from personakit.errors import DataError, ParameterError, UnavailableError
from personakit.profile import build_profiles, plan, shares

DAY = "2025-03-10"


@pytest.fixture
def lazy(shop):
    connection = ibis.duckdb.connect()
    return {name: connection.create_table(name, table) for name, table in shop.items()}


def test_ibis_tables_give_an_ibis_table_with_the_same_values(shop, lazy, same_values):
    profiles = build_profiles(lazy, DAY)
    assert isinstance(profiles, ibis.Table)
    same_values(profiles.to_pandas(), build_profiles(shop, DAY))
    same_values(build_profiles(lazy).to_pandas(), build_profiles(shop))
    assert profiles.filter(profiles["frequency"] > 0).count().to_pandas() == 1


def test_nothing_is_asked_of_the_engine_but_one_row_a_table_for_the_checks(lazy, monkeypatch):
    asked = []
    engine = type(ibis.duckdb.connect())
    run = engine.to_pandas
    monkeypatch.setattr(engine, "to_pandas", lambda self, e, **more: asked.append(run(self, e, **more)) or asked[-1])
    build_profiles(lazy, DAY)
    assert [len(found) for found in asked] == [1] * len(lazy)
    asked.clear()
    build_profiles(lazy, DAY, check=False)
    assert asked == []


def test_without_checks_repeated_ids_are_the_callers_affair(lazy):
    twice = {**lazy, "customers": lazy["customers"].union(lazy["customers"])}
    with pytest.raises(DataError, match=r"customers\.customer_id names more than one row 3 times"):
        build_profiles(twice, DAY)
    assert build_profiles(twice, DAY, check=False).count().to_pandas() == 6


def test_the_gate_opens_on_an_ibis_table_with_its_consents(shop, lazy):
    profiles = build_profiles(lazy, DAY)
    allowed = pk.privacy.gate(profiles, "recommendations", at=DAY, consents=lazy["consents"].to_pandas())
    assert allowed.frame["customer_id"].tolist() == [1, 2]
    assert allowed.frame["consented_to"].tolist() == ["recommendations", "recommendations"]
    with pytest.raises(pk.errors.ConsentError, match="carries no record of consent"):
        pk.privacy.gate(profiles, "recommendations", at=DAY)


def test_a_duckdb_file_and_its_connection_give_a_frame_with_its_ledger(shop, tmp_path):
    path = tmp_path / "shop.duckdb"
    connection = ibis.duckdb.connect(path)
    for name, table in shop.items():
        connection.create_table(name, table)
    wanted = build_profiles(shop, DAY)
    of_connection = build_profiles(connection, DAY)
    connection.disconnect()
    for found in (of_connection, build_profiles(path, DAY), build_profiles(str(path), DAY)):
        pd.testing.assert_frame_equal(found, wanted)
        assert pk.privacy.gate(found, "recommendations", at=DAY).frame["customer_id"].tolist() == [1, 2]


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(UnavailableError, match=r"There is no DuckDB file .*none\.duckdb\. Give the path of one"):
        build_profiles(tmp_path / "none.duckdb", DAY)
    (tmp_path / "text.duckdb").write_text("customer_id,timestamp\n" * 2000)
    with pytest.raises(UnavailableError, match=r"text\.duckdb cannot be opened for reading by DuckDB: "):
        build_profiles(tmp_path / "text.duckdb", DAY)
    duckdb.connect(str(tmp_path / "other.duckdb")).execute("CREATE TABLE orders (x INT)").close()
    with pytest.raises(DataError, match=r"holds none of the canonical tables \(it has orders\)\. Give them"):
        build_profiles(tmp_path / "other.duckdb", DAY)


def test_the_plan_shows_the_query_and_the_steps_and_runs_neither(shop, lazy):
    for tables in (shop, lazy):
        found = plan(tables, DAY)
        assert found.engine == "duckdb"
        assert all(f'"{name}"' in found.sql for name in ("frequency", "consented_to"))
        assert "order" in found.steps.lower()
        assert str(found).startswith("-- duckdb\nWITH")
    assert "<pre>" in found._repr_html_()
    assert "<script>" not in type(found)("x", "<script>", "")._repr_html_()


def test_an_engine_that_lacks_an_operation_is_named_with_it_and_the_columns(lazy, monkeypatch):
    def lacking(self, op, **_):
        raise OperationNotDefinedError(f"Compilation rule for {type(op).__name__!r} operation is not defined")

    monkeypatch.setattr(type(ibis.duckdb.connect().compiler), "visit_Sqrt", lacking)
    said = (
        "The engine duckdb lacks the operation Sqrt, which is needed for sd_inter_purchase_days (Compilation rule for "
        "'Sqrt' operation is not defined). Nothing was run or changed. Bring the tables to DuckDB"
    )
    with pytest.raises(UnavailableError, match=re.escape(said)):
        build_profiles(lazy, DAY)
    with pytest.raises(UnavailableError, match=re.escape(said)):
        build_profiles({name: table.to_pandas() for name, table in lazy.items()}, DAY)
    with pytest.raises(UnavailableError, match="lacks the operation Sqrt"):
        plan(lazy, DAY)
    monkeypatch.undo()
    assert build_profiles(lazy, DAY).count().to_pandas() == 3  # nothing was lost


def test_sqlite_says_what_it_cannot_do(shop):
    connection = ibis.sqlite.connect()
    lines = connection.create_table("order_lines", shop["order_lines"].drop(columns=["discount", "returned"]))
    with pytest.raises(UnavailableError, match=r"The engine sqlite lacks the operation TimestampDelta.* favourite_"):
        build_profiles({"order_lines": lines}, DAY, check=False)


def test_an_ibis_table_has_no_wide_form(lazy):
    with pytest.raises(ParameterError, match='Pass form="long", and pivot what comes out'):
        shares(lazy, of="channel", as_of=DAY)


def test_duckdb_spills_and_gives_the_same_where_memory_is_short(world, tmp_path, same_values):
    connection = ibis.duckdb.connect(memory_limit="150MB", temp_directory=str(tmp_path), threads=1)
    tables = {}
    for name in ("customers", "products", "sessions", "interactions", "order_lines"):
        world.tables[name].to_parquet(tmp_path / f"{name}.parquet")
        tables[name] = connection.read_parquet(tmp_path / f"{name}.parquet")
    frames = {name: world.tables[name] for name in tables}
    same_values(build_profiles(tables, "2025-12-31").to_pandas(), build_profiles(frames, "2025-12-31"))
