"""What every way in returns: the mapping of tables, its display, and how it is kept."""

from pathlib import Path

import pandas as pd
import pytest

from personakit.data import Tables, read_tables
from personakit.data.saving import guarded
from personakit.errors import UnavailableError, UnknownNameError

RATINGS = pd.DataFrame({"user": ["=1+1", "+a", "-b", "@c", "\td", "'=e", "plain"], "item": 1, "rating": -1.0})


def test_tables_are_a_mapping_that_names_the_nearest() -> None:
    tables = read_tables(ratings=RATINGS)
    assert set(tables) == {"ratings", "interactions", "customers", "products"}
    assert "ratings" in tables
    assert "rating" not in tables
    assert tables.get("prices") is None
    with pytest.raises(KeyError, match=r"There is no table 'rating' here. Did you mean 'ratings'\?"):
        tables["rating"]
    with pytest.raises(UnknownNameError):
        Tables({})["ratings"]


def test_tables_can_be_compared_and_used_as_keys() -> None:
    tables = read_tables(ratings=RATINGS)
    assert tables == tables
    assert tables != read_tables(ratings=RATINGS)
    assert {tables: 1}[tables] == 1


def test_what_came_from_the_data_is_escaped() -> None:
    evil = "<script>alert(1)</script>"
    tables = read_tables(ratings=pd.DataFrame({"user": [evil], "item": [1], "rating": [1], evil: [evil]}))
    html = tables.replace(source=evil, licence=evil)._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_the_display_shows_mapping_report_and_rejected_rows() -> None:
    frame = RATINGS.assign(rating=["good", *[1.0] * 6], user=range(7))
    html = read_tables(ratings=frame, on_bad="quarantine")._repr_html_()
    for words in (
        "Where the columns came from (3)",
        "What was changed or assumed",
        "Rejected rows (1)",
        "value that is not a",
    ):
        assert words in html
    assert "1 rows rejected" in repr(read_tables(ratings=frame, on_bad="quarantine"))


def test_the_overview_counts_rows_and_names_the_period() -> None:
    frame = pd.DataFrame({"user": [1, 2], "item": [1, 1], "rating": [1, 2], "date": ["2025-01-31", "2025-02-28"]})
    line = read_tables(ratings=frame).overview().set_index("table").loc["ratings"]
    assert line["rows"] == 2
    assert (str(line["first"])[:10], str(line["last"])[:10]) == ("2025-01-31", "2025-02-28")


def test_no_cell_of_a_written_csv_starts_a_formula(tmp_path: Path) -> None:
    paths = read_tables(ratings=RATINGS).to_csv(tmp_path)
    raw = pd.read_csv(tmp_path / "ratings.csv", dtype=str)
    assert raw["customer_id"].tolist() == ["'=1+1", "'+a", "'-b", "'@c", "d", "''=e", "plain"]
    assert raw["rating"].tolist() == ["-1.0"] * 7  # a number is no formula
    assert {path.name for path in paths} == {"ratings.csv", "interactions.csv", "customers.csv", "products.csv"}
    assert guarded(pd.Series(["\t=1", "\r=1", "\n=1", "＝1"])).str.startswith("'").all()


def test_a_written_csv_reads_back_as_it_was(tmp_path: Path) -> None:
    tables = read_tables(ratings=RATINGS)
    tables.to_csv(tmp_path)
    back = read_tables(ratings=tmp_path / "ratings.csv")
    assert back["ratings"]["customer_id"].tolist() == tables["ratings"]["customer_id"].tolist()


def test_parquet_keeps_tables_and_their_record(tmp_path: Path) -> None:
    tables = read_tables(ratings=RATINGS.assign(rating=["x", *[1.0] * 6]), on_bad="quarantine").replace(licence="CC0")
    tables.to_parquet(tmp_path / "kept")
    back = Tables.from_parquet(tmp_path / "kept")
    assert list(back) == list(tables)
    for name, frame in tables.items():
        pd.testing.assert_frame_equal(back[name], frame)
    assert back.licence == "CC0"
    assert back.source == tables.source
    assert back.mapping.values.tolist() == tables.mapping.values.tolist()
    assert back.rejected["reason"].tolist() == ["value that is not a number"]


def test_parquet_is_written_the_same_way_each_time(tmp_path: Path) -> None:
    tables = read_tables(ratings=RATINGS)
    first = [path.read_bytes() for path in tables.to_parquet(tmp_path / "a")]
    assert first == [path.read_bytes() for path in tables.to_parquet(tmp_path / "b")]


def test_a_folder_without_tables_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        UnavailableError, match=r"holds no canonical table as Parquet. Write one with tables.to_parquet"
    ):
        Tables.from_parquet(tmp_path)
