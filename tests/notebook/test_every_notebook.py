"""Every notebook has the form of the conventions: run in order, short cells, much prose, pictures with words."""

import re
from pathlib import Path

import pytest

NAMES = sorted(path.stem for path in (Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
SECTIONS = ["**Time**", "**Afterwards you can**", "\n## The data", "\n## Step 1", "\n## Did it", "\n## Where it fails",
            "\n## Try it", "\n## Exercises", "\n## Key points", "\n## On your own data"]  # fmt: skip
WIDGET = "application/vnd.jupyter.widget-view+json"


@pytest.fixture(params=NAMES)
def saved(request, notebook):
    return notebook(request.param)


def test_there_are_notebooks():
    assert "00_start_here" in NAMES


def test_it_was_run_in_order_without_errors_warnings_or_progress_bars(saved):
    assert [cell["execution_count"] for cell in saved.code] == list(range(1, len(saved.code) + 1))
    assert not [out for out in saved.outputs if out["output_type"] == "error" or out.get("name") == "stderr"]
    assert "FloatProgress" not in "".join(saved.texts)


def test_the_sections_come_in_the_order_of_the_conventions(saved):
    sections = [part for part in SECTIONS if part != "\n## Did it" or part in saved.prose]
    places = [saved.prose.index(part) for part in sections]
    assert places == sorted(places)
    assert saved.prose.startswith("# ") and saved.prose.splitlines()[0].endswith("?")


def test_cells_are_short_and_prose_is_plenty(saved):
    lines = [[line for line in source.splitlines() if line.strip()] for source in saved.sources]
    assert max(map(len, lines)) <= 12
    assert max(len(line) for cell in lines for line in cell) <= 100
    assert len(re.findall(r"\w+", saved.prose)) / sum(map(len, lines)) >= 15


def test_there_are_pictures_with_words_and_one_widget(saved):
    assert len(saved.alts) >= 3 and all(len(alt) > 40 for alt in saved.alts)
    widgets = [out["data"] for out in saved.outputs if WIDGET in out.get("data", {})]
    assert len(widgets) == 1 and "<" in "".join(widgets[0]["text/html"])  # the page reads without a kernel


def test_no_cell_output_is_left_unchecked(saved):
    tags = [tag for cell in saved.cells for tag in cell["metadata"].get("tags", [])]
    assert not [tag for tag in tags if tag.startswith("nbval") or tag == "raises-exception"]
    assert not [text for text in saved.texts if re.search(r"np\.float64|0x[0-9a-f]{6}|/tmp", text)]


def test_exercises_are_checked_and_their_solutions_folded(saved):
    text = "".join(saved.sources) + saved.prose
    assert text.count("pk.notebook.check(") >= 2
    assert text.count("<details><summary>Solution</summary>") == text.count("</details>") >= 3


def test_no_address_or_telephone_of_a_customer_is_shown(saved):
    shown = "".join(saved.texts + saved.pages)
    assert not re.findall(r"[\w.]+@[\w.]+\.(?:org|com|net|uk)\b", shown)
    assert not re.findall(r"(?:\+44 ?\d{4}|\b0\d{3,4}) ?\d{3} ?\d{3,4}\b", "".join(saved.texts))
