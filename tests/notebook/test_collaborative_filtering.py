"""The notebook on collaborative filtering: its claims stand in its outputs."""

import re

import pytest


@pytest.fixture(scope="module")
def saved(notebook):
    return notebook("06_collaborative_filtering")


def test_the_truth_is_only_for_marking(saved):
    """What only the simulator knows is in no cell that fits a model."""
    fitting = [source for source in saved.sources if ".fit(" in source]
    assert len(fitting) >= 4
    assert not [source for source in fitting if re.search(r"\.truth\[|\.expected\(|best_slates", source)]


def test_people_without_consent_are_not_learnt_from(saved):
    gated = next(
        number for number, source in enumerate(saved.sources) if 'gate(shop.tables, "recommendations"' in source
    )
    fitted = [number for number, source in enumerate(saved.sources) if "shop.tables" in source or ".fit(" in source]
    assert min(fitted) == gated


def test_what_the_prose_says_stands_in_the_outputs(saved):
    text = "\n".join(saved.texts)
    assert "BPR, from clicks 0.75; SVD, from stars 0.00" in text  # clicks know taste, a few stars do not
    assert "0.019 ± 0.016, 1,647 ratings" in text  # SVD is better than the baseline, and hardly
    ndcg = {name: float(value) for name, value in re.findall(r"(\w+) (0\.\d\d) \(0\.\d\d to", text)}
    assert ndcg["EASE"] > ndcg["neighbours"] > ndcg["bestsellers"] > ndcg["BPR"] > ndcg["SVD"]
    truth = {name: float(value) for name, value in re.findall(r"(\w+) 0\.\d{3} \([^)]*\), truth (0\.\d+)", text)}
    assert truth["BPR"] > truth["EASE"] > truth["neighbours"] > truth["SVD"] > truth["bestsellers"] > truth["chance"]
    agree = {name: float(value) for name, value in re.findall(r"^(nDCG|clicks found|weighted) +(0\.\d+)$", text, re.M)}
    assert agree["weighted"] > 0.7 > 0.5 > agree["nDCG"] > agree["clicks found"]
    newcomers = re.search(r"0 to 10 products (\S+) ", text)
    assert newcomers and float(newcomers[1]) < 0
