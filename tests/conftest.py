"""What all tests share: where the real data lie, how long hypothesis may think, and plots without a screen."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

os.environ.setdefault("MPLBACKEND", "Agg")
ROOT = Path(__file__).resolve().parents[1]

# A busy machine may stall between two draws, which says nothing about the code: no deadline. Derandomised, so that a
# run which passed passes again; `--hypothesis-profile=search` looks for new counterexamples.
settings.register_profile(
    "steady", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.register_profile("search", deadline=None, max_examples=1000)
settings.load_profile("steady")


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def real_data() -> Callable[[str], Path]:
    """Find a real data set by its folder, or skip the test and say what was missing."""

    def folder(name: str) -> Path:
        root = Path(os.environ.get("PERSONAKIT_TEST_DATA", ROOT.parent / "shared" / "data"))
        if not (root / name).is_dir():
            pytest.skip(
                f"There is no {root / name}. Name a folder that holds {name} in PERSONAKIT_TEST_DATA, or fetch the set "
                "with personakit.load_dataset, which says where it keeps it."
            )
        return root / name

    return folder
