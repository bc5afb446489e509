"""One way in for segments: a Series or a table, one segment a customer, released for one purpose."""

import numpy as np
import pandas as pd
import pytest

from personakit.errors import ConsentError, DataError
from personakit.segment.membership import of_profiles, segments_by_customer

PEOPLE = pd.DataFrame({"customer_id": [1, 2, 3], "frequency": [4, 5, 6]})


def test_a_series_and_a_table_say_the_same_and_categories_stay():
    series = pd.Series(pd.Categorical(["b", None, "a"]), index=[1, 2, 3])
    table = pd.DataFrame({"customer_id": [1, 2, 3], "segment": series.to_numpy()})
    found = segments_by_customer(series)
    assert isinstance(found.dtype, pd.CategoricalDtype)
    assert found.astype(object).to_dict() == segments_by_customer(table).to_dict() == {1: "b", 3: "a"}


def test_profiles_come_in_the_order_of_the_segments():
    people, labels = of_profiles(PEOPLE, pd.Series(["x", "y", "z"], index=[3, 9, 1]))
    assert people["frequency"].tolist() == [6, 4]
    assert labels.to_dict() == {3: "x", 1: "z"}


@pytest.mark.parametrize(
    ("segments", "words"),
    [
        ([1, 2], "y is a list, not a Series of segments by customer_id. Give what fit_predict of a segmentation"),
        (pd.Series(["a", "b"], index=[1, 1]), r"y has 1 customers more than once \(customer_id 1\). Give one segment"),
        (pd.Series([np.nan, None], index=[1, 2]), "y: none of the 2 customers has a segment. Fit the segments first"),
        (pd.Series(["a"], index=[9]), "No customer has both a profile and a segment.*index of both must be"),
    ],
)
def test_what_cannot_be_read_is_named(segments, words):
    with pytest.raises(DataError, match=words):
        of_profiles(PEOPLE, segments, "y")


def test_segments_released_for_another_purpose_are_refused():
    people, segments = PEOPLE.copy(), pd.Series(["a"], index=[1])
    people.attrs["purpose"], segments.attrs["purpose"] = "marketing_email", "analytics"
    with pytest.raises(ConsentError, match="'analytics' and may not be used for 'marketing_email'"):
        of_profiles(people, segments)
