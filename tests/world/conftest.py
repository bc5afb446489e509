"""One default world for all tests of this folder; it takes about two seconds."""

import pytest

from personakit.world import World


@pytest.fixture(scope="session")
def world():
    return World()
