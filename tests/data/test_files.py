"""Files as they come: encodings, separators, ragged lines, things that are no CSV."""

import gzip
from pathlib import Path

import pandas as pd
import pytest

from personakit.data import BadRowsError, read_tables
from personakit.data.tables import Tables
from personakit.errors import DataError, ParameterError

GOOD = "user,item,rating\n1,10,4\n2,11,5\n"


def load(folder: Path, content: str | bytes, name: str = "ratings.csv", **options: object) -> Tables:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_tables(ratings=path, **options)  # type: ignore[arg-type]


def text_of(folder: Path, content: str | bytes, name: str = "ratings.csv", **options: object) -> str:
    with pytest.raises(DataError) as caught:
        load(folder, content, name, **options)
    return str(caught.value)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_recognised(tmp_path: Path, separator: str) -> None:
    assert load(tmp_path, GOOD.replace(",", separator))["ratings"]["rating"].tolist() == [4.0, 5.0]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_marked_encodings_are_recognised(tmp_path: Path, encoding: str) -> None:
    content = "user,item,rating\nZoë,10,4\nJosé,11,5\n".encode(encoding)
    assert load(tmp_path, content)["ratings"]["customer_id"].tolist() == ["Zoë", "José"]


def test_another_encoding_is_named_with_what_to_pass(tmp_path: Path) -> None:
    content = "user,item,rating\nZoë,10,4\nJosé,11,5\n".encode("cp1252")
    text = text_of(tmp_path, content)
    assert "ratings.csv is not UTF-8 (byte 0xeb in line 2). As cp1252 the place reads 'Zoë,10,4'" in text
    assert 'pass encoding="cp1252"' in text
    assert load(tmp_path, content, encoding="cp1252")["ratings"]["customer_id"].tolist() == ["Zoë", "José"]


def test_utf8_read_as_latin_1_is_noticed(tmp_path: Path) -> None:
    text = text_of(tmp_path, "user,item,rating\nZoë,10,4\n", encoding="latin-1")
    assert "is UTF-8, but was read as latin-1: " in text
    assert "ZoÃ«,10,4" in text
    assert "Leave encoding= out." in text


def test_an_unknown_encoding_is_named(tmp_path: Path) -> None:
    assert "cannot be read as klingon" in text_of(tmp_path, GOOD, encoding="klingon")


@pytest.mark.parametrize("content", ["", "\n\n", "\ufeff"])
def test_an_empty_file_is_said_to_be_empty(tmp_path: Path, content: str) -> None:
    assert "ratings: ratings.csv is empty (" in text_of(tmp_path, content)


def test_a_header_without_rows_is_said_to_have_no_rows(tmp_path: Path) -> None:
    assert text_of(tmp_path, "user,item,rating\n").startswith("ratings has no rows.")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match=r"ratings: .*nowhere.csv does not exist. Pass the path of a CSV or Parquet file"
    ):
        read_tables(ratings=tmp_path / "nowhere.csv")
    with pytest.raises(DataError, match="is a folder, not a file"):
        read_tables(ratings=tmp_path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"PK\x03\x04rest", "is not a CSV file but an Excel workbook or a zip archive"),
        (b"<!DOCTYPE html><html></html>", "is a web page or XML, not a CSV file"),
        (b"%PDF-1.7", "is not a CSV file but a PDF"),
        (b"PAR1nonsense", "cannot be read as Parquet"),
        (b"u\x00s\x00e\x00r\x00,\x00i\x00", "looks like UTF-16 without a mark"),
    ],
)
def test_what_is_no_csv_is_named_for_what_it_is(tmp_path: Path, content: bytes, words: str) -> None:
    assert words in text_of(tmp_path, content)


def test_lines_with_another_number_of_fields_are_rejected_together(tmp_path: Path) -> None:
    content = "user,item,rating\n1,10,4\n2,11\n3,12,5,9\n4,13,3\n"
    text = text_of(tmp_path, content)
    assert text.startswith("ratings has 2 lines with too many or too few fields (rows 1, 2: '2,11', '3,12,5,9').")
    got = load(tmp_path, content, on_bad="quarantine")
    assert got["ratings"]["customer_id"].tolist() == [1, 4]
    assert got.rejected["value"].tolist() == ["2,11", "3,12,5,9"]


def test_bad_rows_behind_a_ragged_line_keep_their_number(tmp_path: Path) -> None:
    got = load(tmp_path, "user,item,rating\n1,10\n2,11,5\n3,12,much\n", on_bad="quarantine")
    assert got.rejected[["row", "value"]].values.tolist() == [[0, "1,10"], [2, "much"]]


def test_quoted_separators_and_line_breaks_stay_inside_their_cell(tmp_path: Path) -> None:
    path = tmp_path / "reviews.csv"
    path.write_text('id,user,item,text\n1,1,10,"good, but\nlate"\n2,2,11,"said ""no"""\n')
    assert read_tables(reviews=path)["reviews"]["text"].tolist() == ["good, but\nlate", 'said "no"']


def test_a_file_without_a_header_asks_for_names(tmp_path: Path) -> None:
    content = "196\t242\t3\t881250949\n186\t302\t3\t891717742\n"
    text = text_of(tmp_path, content, "u.data")
    assert "u.data has no header line; its first line is 196, 242, 3, 881250949." in text
    assert "Pass names={'ratings': [...]} with one name for each of its 4 columns." in text
    names = {"ratings": ["user", "item", "rating", "ts"]}
    assert load(tmp_path, content, "u.data", names=names)["ratings"]["product_id"].tolist() == [242, 302]
    with pytest.raises(ParameterError, match=r"names for ratings has 2 names, but u.data has 4 columns"):
        load(tmp_path, content, "u.data", names={"ratings": ["user", "item"]})


def test_a_column_name_that_occurs_twice_is_an_error(tmp_path: Path) -> None:
    assert "ratings.csv names more than one column 'user'. Rename all but one." in text_of(
        tmp_path, "user,user,rating\n1,2,3\n"
    )


def test_compressed_files_and_parquet_are_read(tmp_path: Path) -> None:
    assert len(load(tmp_path, gzip.compress(GOOD.encode()), "ratings.csv.gz")["ratings"]) == 2
    pd.DataFrame({"user": [1], "item": [10], "rating": [4.0]}).to_parquet(tmp_path / "odd.name")
    assert len(read_tables(ratings=tmp_path / "odd.name")["ratings"]) == 1


def test_blank_lines_and_windows_line_ends_do_no_harm(tmp_path: Path) -> None:
    assert len(load(tmp_path, "\r\n" + GOOD.replace("\n", "\r\n\r\n"))["ratings"]) == 2


def test_faults_of_two_files_are_told_together(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(BadRowsError) as caught:
        read_tables(ratings=tmp_path / "empty.csv", products=tmp_path / "nowhere.csv")
    assert str(caught.value).startswith("2 problems:")


def test_the_line_with_which_excel_names_its_separator_is_understood(tmp_path: Path) -> None:
    got = load(tmp_path, "sep=;\r\n" + GOOD.replace(",", ";") + "3;12\n", on_bad="quarantine")
    assert got["ratings"]["rating"].tolist() == [4.0, 5.0]
    assert got.rejected["row"].tolist() == [2]


def test_a_title_above_the_table_is_named_with_how_to_skip_it(tmp_path: Path) -> None:
    text = text_of(tmp_path, "Report of January\nAll shops\n" + GOOD)
    assert "ratings.csv does not start with its column names but with 'Report of January'." in text
    assert "pass pandas.read_csv(..., skiprows=2)" in text


def test_a_header_over_two_lines_is_one_header(tmp_path: Path) -> None:
    got = load(tmp_path, 'user,item,"rating",""" of\nstars"""\n1,10,4,x\n2,11,5,y\n3,12\n', on_bad="quarantine")
    assert got["ratings"]["rating"].tolist() == [4.0, 5.0]
    assert got.rejected["row"].tolist() == [2]


def test_a_text_that_was_encoded_twice_is_pointed_out(tmp_path: Path) -> None:
    got = load(tmp_path, "user,item,rating\nZoÃ«,10,4\n")
    assert "ratings.csv seems to be encoded twice: it has Ã« for accents" in got.report["note"].tolist()


def test_the_word_none_in_a_cell_is_a_word(tmp_path: Path) -> None:
    path = tmp_path / "sessions.csv"
    path.write_text("session_id,customer_id,timestamp,channel\n1,1,2025-01-01,none\n2,1,2025-01-02,NA\n")
    assert read_tables(sessions=path)["sessions"]["channel"].tolist() == ["none", "NA"]
