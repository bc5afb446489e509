"""A shop small enough to read, what was learnt from it, and the notebooks as they are saved."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from personakit.campaign import MessageTemplate
from personakit.measure import Trial


class Model:
    """A recommender's `explain`, with reasons that can be read off the test."""

    def explain(self, customer_id, product_id):
        return pd.DataFrame({"reason": "has this product", "product_id": [30, 10], "contribution": [0.5, -0.2]})


@pytest.fixture
def shop():
    """Keyword arguments of `customer_page` for customers 1 and 2; customer 3 is unknown."""
    profiles = pd.DataFrame({"customer_id": [1, 2], "recency_days": [3.0, 90.0], "frequency": [4, 1],
                             "monetary": [120.0, np.nan], "favourite_department": ["Women <b>", None]})  # fmt: skip
    return {
        "profiles": profiles,
        "segments": pd.Series({1: "Champions", 2: "Lost"}),
        "offers": pd.DataFrame({"customer_id": [1, 1, 2], "product_id": [20, 10, 30], "rank": [2, 1, 1]}),
        "products": pd.DataFrame(
            {"product_id": [10, 20, 30], "title": ["Linen shirt", "<script>alert(1)</script>", "Scarf"], "price": 9.5}
        ),
        "picture": lambda product_id: Image.new("RGB", (8, 8), "red"),
        "model": Model(),
        "people": pd.DataFrame(
            {"customer_id": [1, 2], "given_name": ["Ada", "Grace"], "family_name": "Doe", "email": "a@b.org"}
        ),
        "template": MessageTemplate(
            "{{ given_name }}: {{ offers[0].title }}", "{% for o in offers %}{{ o.title }}{% endfor %}"
        ),
        "may_mail": {1},
    }


@pytest.fixture
def trial():
    """A trial in the world, with a truth, and gains that are not sure."""
    table = pd.DataFrame({
        "arm": ["personal", "popular"], "customers": [981, 1982], "mean": [12.3, 10.0], "mean_low": [10.5, 8.6],
        "mean_high": [14.1, 11.7], "gain": [2.3, np.nan], "gain_low": [-0.3, np.nan], "gain_high": [4.9, np.nan],
        "truth": [13.1, 11.2], "share_of_best": [0.51, 0.43],
    })  # fmt: skip
    each = pd.DataFrame({"personal": [1.0, 3.0, 5.0, 9.0], "popular": [1.0, 1.0, 1.0, 1.0]}, index=[1, 2, 3, 4])
    return Trial(table, table, each, "margin in pounds", "popular", 25.0, "An experiment <of> some weeks.")


class Notebook:
    """A notebook as it is saved: its cells, what they say and what they show."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.cells: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["cells"]
        self.code = [cell for cell in self.cells if cell["cell_type"] == "code"]
        self.sources = ["".join(cell["source"]) for cell in self.code]
        self.prose = "\n".join("".join(cell["source"]) for cell in self.cells if cell["cell_type"] == "markdown")
        self.outputs = [out for cell in self.code for out in cell["outputs"]]
        self.texts = ["".join(out.get("text") or out.get("data", {}).get("text/plain", "")) for out in self.outputs]
        self.pages = ["".join(out.get("data", {}).get("text/html", "")) for out in self.outputs]
        self.alts = [out["metadata"]["image/png"]["alt"] for out in self.outputs if "image/png" in out.get("data", {})]


@pytest.fixture(scope="session")
def notebook(repository: Path) -> Callable[[str], Notebook]:
    """A function that reads the notebook of that name."""
    return lambda name: Notebook(repository / "notebooks" / f"{name}.ipynb")
