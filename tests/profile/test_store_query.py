"""A store answers one SELECT over its own tables, and does nothing else whatever the SQL says."""

import pytest

from personakit.errors import ParameterError, UnknownNameError
from personakit.profile import ProfileStore


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    import pandas as pd

    ratings = pd.DataFrame({"customer_id": [1, 1, 2], "product_id": [1, 2, 1], "rating": [5.0, 3.0, 4.0]})
    ratings["timestamp"] = pd.Timestamp("2025-01-01")
    with ProfileStore(tmp_path_factory.mktemp("store") / "it's a shop.duckdb") as opened:
        opened.append("ratings", ratings)
        opened.rebuild()
        yield opened


ANSWERED = {
    "SELECT count(*) FROM ratings": 3,
    "FROM ratings SELECT max(rating);": 5.0,
    "WITH best AS (SELECT max(rating) AS r FROM ratings) SELECT r FROM best": 5.0,
    "WITH RECURSIVE n AS (SELECT 1 AS a UNION ALL SELECT a + 1 FROM n WHERE a < 4) SELECT max(a) FROM n": 4,
    "SELECT count(*) FROM profiles JOIN ratings USING (customer_id)": 3,
    "SELECT (SELECT count(*) FROM main.Ratings WHERE rating > 3)": 2,
    "SELECT sum(x) FROM unnest([1, 2]) AS t(x)": 3,
    "SELECT count(*) FROM ratings WHERE customer_id IN (SELECT customer_id FROM profiles WHERE n_items = 2)": 2,
}


@pytest.mark.parametrize("sql", ANSWERED)
def test_a_question_over_the_stores_own_tables_is_answered(store, sql):
    assert store.query(sql).iloc[0, 0] == ANSWERED[sql]


NOT_A_QUESTION = [
    ("DELETE FROM ratings", "takes a SELECT statement, and this is a DELETE"),
    ("INSERT INTO ratings VALUES (1, 1, 1, NULL)", "this is an INSERT"),
    ("DROP TABLE ratings", "this is a DROP"),
    ("COPY ratings TO '/tmp/ratings.csv'", "this is a COPY"),
    ("ATTACH '/tmp/x.duckdb'", "this is an ATTACH"),
    ("SET threads = 1", "this is a SET"),
    ("PRAGMA database_list", "this is a PRAGMA"),
    ("CALL checkpoint()", "this is a CALL"),
    ("EXPLAIN SELECT 1", "this is an EXPLAIN. Rows go in by append, and out by forget."),
    ("FROM (PIVOT ratings ON rating)", "this is a PIVOT, which is several statements"),
    ("SELECT 1; DROP TABLE ratings", "takes one SELECT statement, and got 2"),
    ("WITH gone AS (DELETE FROM ratings RETURNING *) SELECT * FROM gone", "query only reads"),
    ("WITH new AS (INSERT INTO ratings VALUES (9, 9, 9, NULL) RETURNING *) SELECT * FROM new", "query only reads"),
    ("DESCRIBE ratings", "see store.tables and store.n_rows"),
    ("SELECT * FROM (SHOW TABLES)", "see store.tables and store.n_rows"),
    ("SELECT * FROM read_csv('/etc/passwd')", r"and not read_csv\(...\)"),
    ("SELECT * FROM glob('/etc/*')", r"and not glob\(...\)"),
    ("SELECT * FROM query('DROP TABLE ratings')", r"and not query\(...\)"),
    ("SELECT * FROM duckdb_settings()", r"and not duckdb_settings\(...\)"),
    ("SELECT getenv('HOME')", r"does not run getenv\(...\)"),
    ("SELECT nothing FROM ratings", 'Referenced column "nothing" not found'),
    ("SELECT rating / 'a' FROM ratings", "DuckDB cannot answer this"),
    ("SELECT FROM WHERE", "not SQL that DuckDB reads"),
    ("  ", "needs one SELECT statement as a text, and got '  '"),
    (None, "needs one SELECT statement as a text, and got None"),
]


@pytest.mark.parametrize(("sql", "text"), NOT_A_QUESTION)
def test_anything_but_one_select_is_refused_and_changes_nothing(store, sql, text):
    with pytest.raises(ParameterError, match=text):
        store.query(sql)
    assert store.n_rows == {"ratings": 3}
    assert store.query("SELECT 1 AS one")["one"].tolist() == [1]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM personakit_store.facts",
        "SELECT * FROM shop.personakit_store.batches",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM 'other.parquet'",
        "SELECT * FROM duckdb_tables",
        "SELECT * FROM information_schema.tables",
        "SELECT * FROM memory.main.ratings",
        "SELECT * FROM ratings WHERE rating IN (SELECT n_rows FROM personakit_store.batches)",
    ],
)
def test_tables_that_are_not_the_stores_canonical_ones_are_not_read(store, sql):
    with pytest.raises(UnknownNameError, match=r"the store has no table .*Its tables are ratings, profiles"):
        store.query(sql)


def test_an_unknown_table_is_answered_with_the_nearest(store):
    with pytest.raises(UnknownNameError, match=r"no table 'profile'. Did you mean 'profiles'\?"):
        store.query("SELECT * FROM profile")


def test_a_data_frame_of_the_caller_is_no_table_of_the_store(store):
    import pandas as pd

    frame = pd.DataFrame({"a": [1]})
    with pytest.raises(UnknownNameError, match="no table 'frame'"):
        store.query("SELECT * FROM frame")
    assert len(frame) == 1


def test_the_connection_itself_reaches_no_file_and_its_settings_are_locked(store):
    import duckdb

    connection = store.tables["ratings"].get_backend().con
    with pytest.raises(duckdb.PermissionException, match="disabled by configuration"):
        connection.execute("SELECT * FROM read_text('/etc/passwd')")
    with pytest.raises(duckdb.InvalidInputException, match="locked"):
        connection.execute("SET enable_external_access = true")
