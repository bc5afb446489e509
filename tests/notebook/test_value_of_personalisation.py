"""The notebook on what personalisation is worth: its form is that of the first, and its claims stand in its outputs."""

import json
import re
from pathlib import Path

import pytest

PATH = Path(__file__).parents[2] / "notebooks" / "01_value_of_personalisation.ipynb"


@pytest.fixture(scope="module")
def cells():
    if not PATH.is_file():
        pytest.skip(f"{PATH} is missing: this test needs the repository, not only the package.")
    return json.loads(PATH.read_text(encoding="utf-8"))["cells"]


def source(cell):
    return "".join(cell["source"])


def code(cells):
    return [cell for cell in cells if cell["cell_type"] == "code"]


def outputs(cells):
    return [out for cell in code(cells) for out in cell["outputs"]]


def words(out):
    return "".join(out.get("text") or out.get("data", {}).get("text/plain", ""))


def test_it_was_run_in_order_without_errors_or_warnings(cells):
    assert [cell["execution_count"] for cell in code(cells)] == list(range(1, len(code(cells)) + 1))
    assert not [out for out in outputs(cells) if out["output_type"] == "error" or out.get("name") == "stderr"]


def test_the_sections_come_in_the_order_of_the_conventions(cells):
    text = "\n".join(source(cell) for cell in cells if cell["cell_type"] == "markdown")
    order = ["**Time**", "**Afterwards you can**", "## The data", "## Step 1", "## Step 2", "## Did it pay?",
             "## Where it fails", "### When does it not pay?", "## Try it", "## Exercises", "## Key points",
             "## On your own data"]  # fmt: skip
    places = [text.index(part) for part in order]
    assert places == sorted(places)
    assert text.startswith("# ") and text.splitlines()[0].endswith("?")


def test_cells_are_short_and_prose_is_plenty(cells):
    lines = [[line for line in source(cell).splitlines() if line.strip()] for cell in code(cells)]
    assert max(map(len, lines)) <= 12
    assert max(len(line) for cell in lines for line in cell) <= 100
    prose = sum(len(re.findall(r"\w+", source(cell))) for cell in cells if cell["cell_type"] == "markdown")
    assert prose / sum(map(len, lines)) >= 15


def test_there_are_pictures_with_words_and_one_widget(cells):
    alts = [out["metadata"]["image/png"]["alt"] for out in outputs(cells) if "image/png" in out.get("data", {})]
    assert len(alts) >= 4 and all(len(alt) > 40 for alt in alts)
    assert sum("application/vnd.jupyter.widget-view+json" in out.get("data", {}) for out in outputs(cells)) == 1


def test_no_cell_output_is_left_unchecked(cells):
    tags = [tag for cell in cells for tag in cell["metadata"].get("tags", [])]
    assert not [tag for tag in tags if tag.startswith("nbval") or tag == "raises-exception"]
    assert not [out for out in outputs(cells) if re.search(r"np\.float64|0x[0-9a-f]{6}", words(out))]


def test_exercises_are_checked_and_their_solutions_folded(cells):
    text = "".join(source(cell) for cell in cells)
    assert text.count("pk.notebook.check(") >= 3
    assert text.count("<details><summary>Solution</summary>") == text.count("</details>") >= 4


def test_the_truth_is_only_for_marking(cells):
    """No cell that learns or decides touches what only the simulator knows."""
    plans = [source(cell) for cell in code(cells) if re.search(r"MessageResponse|action_values|RFM\(", source(cell))]
    decided = "\n".join(line for text in plans for line in text.splitlines() if "plan_value" not in line)
    assert not re.search(r"world\.truth|world\.expected|over_none|message_margins", decided)


def test_what_the_prose_says_stands_in_the_outputs(cells):
    text = "\n".join(map(words, outputs(cells)))
    assert "email / style / 10 % off 1.29 (0.25 to 2.33), truth 0.15" in text  # the winner's curse
    assert re.search(r"by segment 5\.87 \(.*?\), truth 6\.40", text)  # the same messages, and 78 pence apart by luck
    assert "one message for all 6.65" in text
    assert re.search(r"nothing about her 0\.15; who she is 0\.13; .* both 0\.64", text)
    assert "promised 3.1 pounds, kept 2.0" in text
