"""Pictures of segments: the map is that of scikit-learn's PCA, and the words say what the picture shows."""

import numpy as np
import pandas as pd
import pytest
from sklearn.decomposition import PCA

from personakit.errors import DataError
from personakit.notebook import plot_offer_values, plot_segment_map, segment_map
from personakit.profile.encoder import ProfileEncoder
from personakit.segment import offer_values


@pytest.fixture
def people():
    rng = np.random.default_rng(0)
    size = rng.normal(size=200)
    frame = pd.DataFrame(rng.normal(size=(200, 4)) + size[:, None] * [2, 2, 0, 0], columns=["a", "b", "c", "d"])
    return frame.set_index(pd.RangeIndex(200, name="customer_id"))


def test_the_map_is_that_of_principal_components(people):
    found = segment_map(people)
    matrix = ProfileEncoder(numbers="ranks").fit_transform(people)
    expected = PCA(2).fit(matrix / matrix.std(axis=0))
    points = expected.transform(matrix / matrix.std(axis=0))
    np.testing.assert_allclose(found.shares, expected.explained_variance_ratio_, atol=1e-9)
    np.testing.assert_allclose(np.abs(found.points.to_numpy()), np.abs(points), atol=1e-9)
    assert found.words[0].startswith(("a +, b +", "b +, a +"))


def test_a_category_weighs_as_much_as_a_number(people):
    two = people[["c"]].assign(word=np.where(people["d"] > 0, "yes", "no"))
    assert segment_map(two).shares[0] == pytest.approx(0.5, abs=0.1)


def test_the_picture_says_how_much_it_shows_and_where_everybody_is(people):
    segments = pd.Series(np.where(people["a"] > 0, "big", "small <b>"), index=people.index)
    said = str(plot_segment_map(people, segments, "Big and small"))
    assert said.startswith("Big and small. Map of 200 customers; across: ")
    assert "Two dimensions show" in said and f"big ({(people['a'] > 0).sum()}) around" in said
    assert len(plot_segment_map(people, segments).png()) > 5000


def test_maps_that_cannot_be_drawn_are_refused(people):
    with pytest.raises(DataError, match="at least 3 customers and 2 columns in which they differ, and has 200 and 1"):
        segment_map(people[["a"]])
    with pytest.raises(DataError, match="None of the customers of the map has a segment"):
        plot_segment_map(people, pd.Series("x", index=people.index + 1000))
    with pytest.raises(DataError, match="profiles has no column 'age'"):
        segment_map(people, features=["age", "a"])


def test_offers_are_shown_with_their_costs_and_what_each_cell_says_alone():
    log = pd.DataFrame({"customer_id": range(160), "action": ["mail", "none"] * 80, "propensity": 0.5, "cost": 0.5,
                        "margin": [3.0, 1.0, 1.0, 1.0] * 40})  # fmt: skip
    values = offer_values(pd.Series((["new"] * 2 + ["old"] * 2) * 40), log)
    said = str(values.plot())
    assert said.startswith(
        "In 1 of 2 segments an offer surely pays. Dots with 95 % intervals, gain a contact over none:"
    )
    assert "new, mail 2.00" in said and "alone 2.00, cost 0.5" in said and "old, mail 0.0" in said
    assert len(plot_offer_values(values, "New ones only", at_most=1).png()) > 5000
