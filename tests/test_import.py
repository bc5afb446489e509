"""`import personakit` costs next to nothing, and its table of contents says what is there."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import personakit as pk

ROOMS = ["world", "data", "privacy", "profile", "segment", "recommend", "decide", "campaign", "measure", "notebook"]
HEAVY = ["numpy", "pandas", "scipy", "sklearn", "matplotlib", "surprise", "duckdb", "ibis", "torch", "ipywidgets"]


def in_a_new_process(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_import_loads_no_heavy_package():
    loaded = in_a_new_process(f"import sys, personakit; print([name for name in {HEAVY} if name in sys.modules])")
    assert loaded == "[]"


def test_import_takes_well_under_100_milliseconds():
    code = "import time; t = time.perf_counter(); import personakit; print(time.perf_counter() - t)"
    assert min(float(in_a_new_process(code)) for _ in range(5)) < 0.1


def test_nothing_is_fetched_or_opened_by_the_import():
    code = (
        "import socket, sys\n"
        "def refuse(*_): raise OSError('network')\n"
        "socket.socket.connect = refuse; socket.getaddrinfo = refuse\n"
        "import personakit; print('fine')"
    )
    assert in_a_new_process(code) == "fine"


def test_the_table_of_contents_names_rooms_and_first_calls():
    assert {*ROOMS, "World", "load_world", "load_dataset", "read_tables"} <= set(dir(pk))


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_and_everything_it_lists_can_be_reached(room):
    module = getattr(pk, room)
    assert module.__doc__, f"{room} does not say what it is for"
    for name in module.__all__:
        assert getattr(module, name) is not None


def test_no_room_loads_the_notebook_room_when_it_is_imported():
    rooms = [room for room in ROOMS if room != "notebook"]
    code = (
        "import sys, personakit as pk\n"
        f"for room in {rooms}:\n"
        "    module = getattr(pk, room); [getattr(module, name) for name in module.__all__]\n"
        "print([name for name in ('personakit.notebook', 'ipywidgets') if name in sys.modules])"
    )
    assert in_a_new_process(code) == "[]"


def test_an_unknown_name_is_an_attribute_error_that_names_it():
    with pytest.raises(AttributeError, match="no_such_room"):
        _ = pk.no_such_room


def test_the_version_is_that_of_the_project():
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert pk.__version__ == project["version"]


def test_the_package_says_that_it_is_typed():
    assert (Path(pk.__file__).parent / "py.typed").is_file()
