"""The notebook on customer segmentation: its claims stand in its outputs, and it runs on real shops too."""

import re

import ipywidgets
import matplotlib.pyplot as plt
import pytest

import personakit as pk


@pytest.fixture(scope="module")
def saved(notebook):
    return notebook("04_customer_segmentation")


def test_the_truth_is_only_for_marking(saved):
    fitting = [source for source in saved.sources if ".fit(" in source or "fit_predict(" in source]
    assert len(fitting) >= 4
    assert not [source for source in fitting if re.search(r"\.truth\[|\.expected\(", source)]


def test_people_without_consent_are_not_studied_and_nothing_is_learnt_from_the_future(saved):
    gated = next(place for place, source in enumerate(saved.sources) if 'gate(tables, "analytics"' in source)
    first = next(place for place, source in enumerate(saved.sources) if "build_profiles" in source)
    assert gated <= first
    assert all(
        "as_of=AS_OF" in source for source in saved.sources if re.search(r"build_profiles\(|_features\(", source)
    )


def test_what_the_prose_says_stands_in_the_outputs(saved):
    text = "\n".join(saved.texts)
    dots = [line for line in text.splitlines() if "Dots with 95 % intervals" in line]
    number = r"([+-]\d\.\d\d)"
    found = [re.findall(rf"(RFM|whole profile|taste) {number} \({number} to {number}\)", line) for line in dots]
    money, taste = ({name: [float(value) for value in rest] for name, *rest in line} for line in found)
    assert money["RFM"][1] > 0.1 and money["whole profile"][1] > 0.1  # value foretells value
    assert abs(money["taste"][0]) < 0.02
    assert taste["taste"][0] == 0.31 and taste["taste"][1] > 0.25
    assert abs(taste["RFM"][0]) < 0.01 and abs(taste["whole profile"][0]) < 0.01
    band = re.search(r"described worst.*: up to 20 (\S+); .* 101 and more (\S+)\.$", text, re.M)
    assert float(band[1]) < float(band[2]) / 2
    lines = re.search(r"customers from (0\.\d+) at 2 to (0\.\d+) at 8; shuffled from (0\.\d+) at 2 to (0\.\d+)", text)
    assert 0.15 > float(lines[1]) > float(lines[3]) and float(lines[2]) > float(lines[4])


@pytest.mark.parametrize("data", ["complete-journey", "cdnow"])
def test_with_one_changed_cell_every_cell_runs_on_a_real_shop(saved, data, real_data, monkeypatch):
    folder = real_data({"cdnow": "cdnow", "complete-journey": "complete_journey"}[data])
    monkeypatch.setenv("PERSONAKIT_DATA", str(folder.parent))
    room: dict = {}
    for source in saved.sources:
        exec(source.replace('DATA = "world"', f'DATA = "{data}"'), room)  # noqa: S102 (the notebook's own cells)
    plt.close("all")
    assert room["useful"]["mean"].iloc[0] > 0  # RFM foretells money in every shop


def test_the_widget_follows_its_sliders(saved):
    start = next(place for place, source in enumerate(saved.sources) if "def show" in source)
    room = {}
    for source in saved.sources[: start + 1]:
        exec(source, room)  # noqa: S102 (the notebook's own cells)
    desk = pk.notebook.explore(room["show"], {"features": list(room["choices"]), "segments": [2, 6]}, segments=6)
    before = str(desk.children[-1].value)
    sliders = [child for child in desk.children if isinstance(child, ipywidgets.SelectionSlider)]
    sliders[0].value = sliders[0].options[-1] if isinstance(sliders[0].options[-1], str) else sliders[0].options[-1][1]
    assert str(desk.children[-1].value) != before
    plt.close("all")
