"""What the tests of segments share: the bundled shop, and the profiles of its customers on the last day."""

import pandas as pd
import pytest

import personakit as pk


@pytest.fixture(scope="session")
def world():
    return pk.load_world()


@pytest.fixture(scope="session")
def profiles(world) -> pd.DataFrame:
    """The profiles on 2025-12-31; a test that changes them takes a copy."""
    return pk.profile.build_profiles(world.tables, as_of="2025-12-31")
