"""The notebook on what personalisation is worth: its claims stand in its outputs."""

import re

import pytest


@pytest.fixture(scope="module")
def saved(notebook):
    return notebook("01_value_of_personalisation")


def test_it_asks_when_it_does_not_pay(saved):
    assert "## Did it pay?" in saved.prose and "### When does it not pay?" in saved.prose


def test_the_truth_is_only_for_marking(saved):
    """No cell that learns or decides touches what only the simulator knows."""
    plans = [source for source in saved.sources if re.search(r"MessageResponse|action_values|RFM\(", source)]
    decided = "\n".join(line for text in plans for line in text.splitlines() if "plan_value" not in line)
    assert not re.search(r"world\.truth|world\.expected|over_none|message_margins", decided)


def test_what_the_prose_says_stands_in_the_outputs(saved):
    text = "\n".join(saved.texts)
    assert "email / style / 10 % off 1.29 (0.25 to 2.33), truth 0.15" in text  # the winner's curse
    assert re.search(r"by segment 5\.87 \(.*?\), truth 6\.40", text)  # the same messages, and 78 pence apart by luck
    assert "one message for all 6.65" in text
    assert re.search(r"nothing about her 0\.15; who she is 0\.13; .* both 0\.64", text)
    assert "promised 3.0 pounds, kept 2.0" in text
