"""The notebook on customer segmentation: its claims stand in its outputs, and it runs on real shops too."""

import re

import matplotlib.pyplot as plt
import pytest


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
        "as_of=AS_OF" in source or "date_range(end=AS_OF" in source
        for source in saved.sources
        if re.search(r"build_profiles\(|_features\(", source)
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


def test_groups_of_taste_are_real_but_not_far_apart(saved):
    text = "\n".join(saved.texts)
    found = re.search(r"6 segments by kmeans: further apart .*silhouette (0\.\d+), in one cloud (0\.\d+)", text)
    assert float(found[2]) < float(found[1]) < 0.3


def test_no_features_are_good_at_both(saved):
    text = "\n".join(saved.texts)
    rows = {name: [float(value) for value in rest] for name, *rest in re.findall(
        r"^(three numbers|taste|both) +(-?\d\.\d\d) +(-?\d\.\d\d)$", text, re.M)}  # fmt: skip
    assert rows["three numbers"][0] > rows["both"][0] and rows["taste"][1] > rows["both"][1]
    assert abs(rows["three numbers"][1]) < 0.02 and abs(rows["taste"][0]) < 0.02


def test_personas_are_told_apart_and_their_members_have_no_ids(saved):
    text = "\n".join(saved.texts)
    names = re.findall(r"^Segment \d: (.+), (\d+)%$", text, re.M)
    assert len(names) == len({name for name, _ in names}) == 5
    assert abs(sum(int(share) for _, share in names) - 100) <= 2
    drawn = next(alt for alt in saved.alts if alt.startswith("What sets 5 segments apart"))
    effects = [abs(float(number)) for number in re.findall(r" ([+-−]\d\.\d\d)[,.;]", drawn)]
    assert len(effects) > 10 and max(effects) <= 1


def test_rules_stand_in_for_segments_and_customers_move(saved):
    text = "\n".join(saved.texts)
    agrees = [int(each) for each in re.search(r"agrees for (\d+)% of customers \((\d+)% to (\d+)%\)", text).groups()]
    assert 70 <= agrees[1] <= agrees[0] <= agrees[2] <= 80  # about every fourth customer lands elsewhere
    assert re.search(r"^0 +Good customers going quiet +\d+ +0\.\d\d", text, re.M)
    assert re.search(r"customers known on both days, \d+% stayed.*Moves do not balance", text)


def test_the_cautious_plan_writes_to_nobody_and_the_bold_one_is_not_sure(saved):
    text = "\n".join(saved.texts)
    plan = re.search(r"surely worth it: (\d+) letters; likely worth it: ([\d,]+), (-?[\d,]+) to ([\d,]+) pounds", text)
    surely, likely, low, high = (int(number.replace(",", "")) for number in plan.groups())
    assert surely == 0 < likely and low < 0 < high


def test_nobody_is_written_to_on_a_yes_to_being_counted(saved):
    acting = next(source for source in saved.sources if "contact_history(" in source)
    assert 'gate(source.tables, "marketing_email"' in acting and "segments_known_then" in acting


@pytest.mark.parametrize("data", ["complete-journey", "cdnow"])
def test_with_one_changed_cell_every_cell_runs_on_a_real_shop(saved, data, real_data, monkeypatch):
    folder = real_data({"cdnow": "cdnow", "complete-journey": "complete_journey"}[data])
    monkeypatch.setenv("PERSONAKIT_DATA", str(folder.parent))
    room: dict = {}
    for source in saved.sources:
        exec(source.replace('DATA = "world"', f'DATA = "{data}"'), room)  # noqa: S102 (the notebook's own cells)
    plt.close("all")
    assert room["useful"]["mean"].iloc[0] > 0  # RFM foretells money in every shop
    if data == "complete-journey":
        assert room["how_many"].n_segments == 1 and room["how_many"].verdict.startswith("No clusters")


def test_the_desk_follows_its_slider_and_its_list(saved):
    needed = r"^import|gate\(tables|^groups =|^LIKES|SegmentDesk\("
    room: dict = {}
    for source in saved.sources:
        if re.search(needed, source, re.M):
            exec(source, room)  # noqa: S102 (the notebook's own cells)
    box = room["desk"].choose(6, ["taste"])
    slider, features, page = box.children
    assert "6 segments by taste" in page.value
    slider.value = 3
    assert "3 segments by taste" in page.value
    features.value = ("three numbers", "taste")
    assert "3 segments by three numbers, taste" in page.value and "Agreement with the view before" in page.value
    plt.close("all")
