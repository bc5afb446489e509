"""SHAP values on raw columns: known answers, the sum, honest errors, and what is refused."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from personakit.errors import DataError, ParameterError
from personakit.predict.explanations_columns import correlated_groups
from personakit.predict.explanations_shapley import shapley_values


def people(n: int, width: int, seed: int = 0) -> pd.DataFrame:
    numbers = np.random.default_rng(seed).normal(size=(n, width))
    frame = pd.DataFrame(numbers, columns=[f"c{place}" for place in range(width)])
    return frame.rename_axis("customer_id")


@pytest.mark.parametrize("method", ["exact", "sampled"])
def test_an_additive_model_gets_each_columns_own_part(method: Any) -> None:
    frame = people(40, 4)
    parts: dict[str, Any] = {"c0": np.sin, "c1": np.square, "c2": np.exp, "c3": np.zeros_like}

    def model(rows: pd.DataFrame) -> Any:
        return sum(part(rows[name].to_numpy()) for name, part in parts.items())

    found = shapley_values(model, frame.head(3), frame.tail(30), method=method)
    for name, part in parts.items():
        known = part(frame.head(3)[name]) - part(frame.tail(30)[name]).mean()
        np.testing.assert_allclose(found.values[name], known, atol=1e-12)


@pytest.mark.parametrize("method", ["exact", "sampled"])
def test_a_product_is_shared_as_the_closed_form_says(method: Any) -> None:
    frame = people(40, 2)
    x, z = frame.iloc[0], frame.tail(30)
    found = shapley_values(lambda rows: rows["c0"] * rows["c1"], frame.head(1), z, method=method)
    first = ((x["c0"] - z["c0"]) * (x["c1"] + z["c1"]) / 2).mean()
    assert found.values.iloc[0, 0] == pytest.approx(first, abs=1e-12)


def test_drawn_values_add_up_and_their_errors_are_honest() -> None:
    frame = people(60, 9)

    def model(rows: pd.DataFrame) -> Any:
        c = rows.to_numpy()
        return np.tanh(c[:, 0] * c[:, 1] + c[:, 2] * c[:, 3] * c[:, 4]) + c[:, 5:].max(axis=1)

    exact = shapley_values(model, frame.head(6), frame.tail(20), method="exact")
    drawn = shapley_values(model, frame.head(6), frame.tail(20), method="sampled", n_rounds=4)
    for found in (exact, drawn):
        np.testing.assert_allclose(found.base + found.values.sum(axis=1), found.predictions, atol=1e-12)
    z = ((drawn.values - exact.values) / drawn.errors).to_numpy()
    assert 0.6 < np.sqrt((z**2).mean()) < 1.5  # 54 values: their root mean square is 1 if the errors are right


def test_columns_that_say_the_same_are_a_group_and_noise_is_not() -> None:
    frame = people(300, 3).assign(twin=lambda rows: np.exp(rows["c0"]))
    assert correlated_groups(frame) == {"c0, twin": ["c0", "twin"]}
    three = correlated_groups(frame.assign(third=lambda rows: -rows["c0"]))
    assert three == {"c0 and 2 more": ["c0", "twin", "third"]}


def test_what_cannot_be_explained_is_refused_with_advice() -> None:
    frame = people(5, 2)

    def model(rows: pd.DataFrame) -> Any:
        return rows["c0"]

    with pytest.raises(DataError, match=r"background has 1 row\. One customer is no comparison: give at least 2"):
        shapley_values(model, frame, frame.head(1))
    with pytest.raises(DataError, match="background lacks the column 'c1' of X"):
        shapley_values(model, frame, frame[["c0"]])
    with pytest.raises(DataError, match="X has no column 'colour'"):
        shapley_values(model, frame, frame, columns=["colour"])
    with pytest.raises(DataError, match="'c0' stands in two groups"):
        shapley_values(model, frame, frame, groups={"a": ["c0"], "b": ["c0", "c1"]})
    with pytest.raises(DataError, match="no finite number"):
        shapley_values(lambda rows: rows["c0"] / 0.0, frame.head(1).assign(c0=1.0).head(1), frame.assign(c0=np.nan))
    with pytest.raises(ParameterError, match="has no predict_proba"):
        shapley_values(model, frame, frame, output="log_odds")
