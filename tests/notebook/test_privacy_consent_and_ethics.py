"""The notebook on privacy, consent and ethics: its form is that of the others, and its claims stand in its outputs."""

import json
import re
from pathlib import Path

import pytest

PATH = Path(__file__).parents[2] / "notebooks" / "03_privacy_consent_and_ethics.ipynb"


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


def prose(cells):
    return "\n".join(source(cell) for cell in cells if cell["cell_type"] == "markdown")


def test_it_was_run_in_order_without_errors_or_warnings(cells):
    assert [cell["execution_count"] for cell in code(cells)] == list(range(1, len(code(cells)) + 1))
    assert not [out for out in outputs(cells) if out["output_type"] == "error" or out.get("name") == "stderr"]


def test_the_sections_come_in_the_order_of_the_conventions(cells):
    order = ["**Time**", "**Afterwards you can**", "## The data", "## Step 1", "## Step 2", "## Step 3", "## Step 4",
             "## Step 5", "## Step 6", "## What the law calls it", "## Where it fails, and whom that hurts",
             "## Try it", "## Exercises", "## Key points", "## On your own data"]  # fmt: skip
    places = [prose(cells).index(part) for part in order]
    assert places == sorted(places)
    assert prose(cells).startswith("# ") and prose(cells).splitlines()[0].endswith("?")


def test_cells_are_short_and_prose_is_plenty(cells):
    lines = [[line for line in source(cell).splitlines() if line.strip()] for cell in code(cells)]
    assert max(map(len, lines)) <= 12
    assert max(len(line) for cell in lines for line in cell) <= 100
    assert len(re.findall(r"\w+", prose(cells))) / sum(map(len, lines)) >= 15


def test_there_are_pictures_with_words_and_one_widget(cells):
    alts = [out["metadata"]["image/png"]["alt"] for out in outputs(cells) if "image/png" in out.get("data", {})]
    assert len(alts) >= 6 and all(len(alt) > 40 for alt in alts)
    kind = "application/vnd.jupyter.widget-view+json"
    shown = [out["data"] for out in outputs(cells) if kind in out.get("data", {})]
    assert len(shown) == 1 and "pk-consent" in "".join(shown[0]["text/html"])  # the page reads without a kernel


def test_no_cell_output_is_left_unchecked(cells):
    tags = [tag for cell in cells for tag in cell["metadata"].get("tags", [])]
    assert not [tag for tag in tags if tag.startswith("nbval") or tag == "raises-exception"]
    assert not [out for out in outputs(cells) if re.search(r"np\.float64|0x[0-9a-f]{6}|/tmp", words(out))]


def test_exercises_are_checked_and_their_solutions_folded(cells):
    text = "".join(source(cell) for cell in cells)
    assert text.count("pk.notebook.check(") >= 3
    assert text.count("<details><summary>Solution</summary>") == text.count("</details>") >= 4


def test_no_name_or_address_of_a_customer_is_shown(cells):
    shown = json.dumps(outputs(cells))
    assert not re.findall(r"[\w.]+@[\w.]+\.(?:org|com|net)", shown)
    assert not re.findall(r"(?:\+44 ?\d{4}|\b0\d{3,4}) ?\d{3} ?\d{3,4}\b", " ".join(map(words, outputs(cells))))


def test_no_model_is_fitted_on_people_who_did_not_pass_the_gate(cells):
    """What is fitted is a gated table, or made from one in the same cell."""
    for cell in code(cells):
        for fitted in re.findall(r"\.(?:fit|fit_predict|learn)\(([\w.]+)", source(cell)):
            assert not fitted.startswith(("tables", "profiles", "bought")), source(cell)


def test_the_law_is_quoted_as_facts(cells):
    assert "no legal advice" in prose(cells).lower()
    table = next(words(out) for out in outputs(cells) if "keep to the purpose" in words(out))
    assert all(number in table for number in ("7(3)", "5(1)(b)", "17, 19", "1798.105", "1798.125"))


def test_what_the_prose_says_stands_in_the_outputs(cells):
    text = "\n".join(map(words, outputs(cells)))
    assert re.search(r"0 of [\d,]+ recommendations are to somebody without consent", text)
    assert "EASE is as if she had never been there: True" in text
    assert re.search(r"her e-mail +2 +0\nher other e-mail +1 +0\nher telephone +1 +0", text)
    assert re.search(r"SVD \(model\): 12 rows, marked for retraining", text)
    assert re.search(r"privacy concern \(truth\) -0\.78 \(-0\.84 to -0\.71\)", text)
    assert "keyed pseudonyms, joined over two purposes                   0" in text
    assert "the first 3 facts 0 (0 to 1); the first 4 facts 88 (87 to 89)" in text
    assert "yorkshire 260 (246 to 274), exact 235" in text
    assert "0.2 of 1 is left: nothing was computed or spent" in text
    assert "totals as they are 0.61 (0.60 to 0.62)" in text
    assert "gained by personal prices 3.32 (2.24 to 4.39)" in text and "lost by even prices 1.95" in text
    assert re.search(r"other +89 +39\.3", text)
    assert "55 of 2,998 said no first" in text
