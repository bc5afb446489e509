"""The wheel in a clean environment: notebooks and data come along, and the first notebook runs from a reader's copy."""

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


def run(*command: object, cwd: Path) -> str:
    environment = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    done = subprocess.run([str(word) for word in command], cwd=cwd, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(repository, tmp_path_factory):
    """The wheel, built by the tools that are installed already, so without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, repository, cwd=folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def python(wheel, repository, tmp_path_factory):
    """A clean environment with the wheel, what it needs and the notebooks' extra, at the tested pins."""
    folder = tmp_path_factory.mktemp("clean")
    venv.create(folder, with_pip=True)
    installed = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    pip = [installed, "-m", "pip", "--disable-pip-version-check", "install", "-q", "-c", repository / "constraints.txt"]
    run(*pip, f"{wheel}[notebooks]", cwd=folder)
    return installed


def test_the_wheel_carries_the_package_its_notebooks_its_data_and_its_licence(wheel, repository):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {"personakit/__init__.py", "personakit/py.typed", "personakit/_notebooks/00_start_here.ipynb"} <= names
    for folder, inside in (("notebooks", "personakit/_notebooks"), ("datasets", "personakit/_datasets")):
        tracked = run("git", "ls-files", "-z", folder, cwd=repository).split("\0")
        assert {name.replace(folder, inside, 1) for name in tracked if name} <= names
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_the_wheel_carries_nothing_that_a_run_left_behind(wheel):
    with zipfile.ZipFile(wheel) as archive:
        left = [
            name for name in archive.namelist() if {".ipynb_checkpoints", "out", "__pycache__"} & set(name.split("/"))
        ]
        tops = {name.split("/")[0] for name in archive.namelist()}
    assert left == []
    assert len(tops) == 2 and "personakit" in tops  # and its .dist-info


def test_the_first_notebook_runs_from_a_copy_made_by_the_installed_wheel(python, tmp_path):
    where = run(python, "-c", "import personakit; print(personakit.__file__)", cwd=tmp_path).strip()
    assert Path(where).is_relative_to(python.parents[1])
    assert "files copied" in run(python, "-m", "personakit", "lab", "--no-open", "mine", cwd=tmp_path)
    copy = tmp_path / "mine" / "00_start_here.ipynb"
    convert = ["-m", "nbconvert", "--to", "notebook", "--execute", "--output", "executed.ipynb", copy]
    run(python, *convert, cwd=tmp_path)
    assert (tmp_path / "mine" / "executed.ipynb").is_file()


def test_doctor_finds_every_core_package_and_the_bundled_notebooks(python, tmp_path):
    report = run(python, "-m", "personakit", "doctor", cwd=tmp_path)
    assert "All core packages are there." in report
    assert "ok  00_start_here.ipynb" in report
    assert "pyspark                missing" in report and 'pip install "personakit[spark]"' in report
