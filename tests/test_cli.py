"""The commands for the terminal: what they print, what they leave alone, and how they end."""

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from personakit import __version__
from personakit.cli import demo, doctor, lab, main
from personakit.errors import DataError, MissingExtraError, ParameterError, PersonakitError, UnavailableError

SUMMARY = "import pandas as pd; pd.DataFrame({'data': [DATA], 'ndcg': [0.31]})"
PAGE = (
    "from pathlib import Path\n"
    "Path('out').mkdir(exist_ok=True)\n"
    "page = Path(f'out/start_here_{DATA}.html'); page.write_text('<p>page</p>'); page"
)


def first_notebook(folder: Path, *, data='DATA = "world"', summary=SUMMARY, page=PAGE, broken="") -> Path:
    """A first notebook of the agreed form, as small as can be, as the one that came with the installation."""
    cells = [
        new_code_cell(data),
        new_code_cell(page, metadata={"tags": ["page"]}),
        new_code_cell(summary, metadata={"tags": ["summary"]}),
    ]
    if broken:
        cells.insert(1, new_code_cell(broken))
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(new_notebook(cells=cells), folder / lab.FIRST)
    return folder


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """An installation whose notebooks a test writes itself."""
    monkeypatch.setattr(lab, "PACKAGE", tmp_path / "site" / "personakit")
    return tmp_path / "site" / "personakit" / "_notebooks"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "personakit", *arguments], capture_output=True, text=True)


def test_version_is_printed():
    assert run("--version").stdout.strip() == f"personakit {__version__}"


def test_without_a_command_the_usage_is_shown_and_the_status_is_2():
    done = run()
    assert done.returncode == 2 and "COMMAND" in done.stderr


# lab


def test_lab_copies_notebooks_and_what_lies_beside_them(installed, tmp_path, capsys):
    first_notebook(installed)
    (installed / "pictures").mkdir()
    (installed / "pictures" / "map.svg").write_text("<svg/>")
    assert main(["lab", "--no-open", str(tmp_path / "mine")]) == 0
    assert (tmp_path / "mine" / lab.FIRST).read_bytes() == (installed / lab.FIRST).read_bytes()
    assert (tmp_path / "mine" / "pictures" / "map.svg").read_text() == "<svg/>"
    assert "2 files copied" in capsys.readouterr().out


def test_lab_never_writes_over_a_file_and_says_which_it_kept(installed, tmp_path, capsys):
    first_notebook(installed)
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / lab.FIRST).write_text("my own work")
    assert main(["lab", "--no-open", str(mine)]) == 0
    assert (mine / lab.FIRST).read_text() == "my own work"
    out = capsys.readouterr().out
    assert "0 files copied" in out and f"left as they are: {lab.FIRST}" in out


def test_lab_leaves_out_what_running_notebooks_left_behind(installed, tmp_path):
    first_notebook(installed)
    for name in (".ipynb_checkpoints", "out"):
        first_notebook(installed / name)
    copied, kept = lab.copy_notebooks(tmp_path / "mine")
    assert [str(path) for path in copied] == [lab.FIRST] and kept == []


def test_lab_will_not_copy_into_a_file(installed, tmp_path, capsys):
    first_notebook(installed)
    (tmp_path / "mine").write_text("")
    assert main(["lab", "--no-open", str(tmp_path / "mine")]) == 1
    assert "is a file. Name a folder for the notebooks" in capsys.readouterr().err


def test_lab_says_where_it_looked_when_no_notebook_came_along(installed):
    with pytest.raises(
        UnavailableError, match=r"No notebook came with this installation: .*_notebooks and .*notebooks"
    ):
        lab.copy_notebooks(installed / "anywhere")


def test_lab_opens_jupyterlab_in_the_folder_at_the_first_notebook(installed, tmp_path, monkeypatch):
    first_notebook(installed)
    started = {}

    def note(command, *, cwd, check):
        started.update(command=command, cwd=cwd)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(lab.subprocess, "run", note)
    assert main(["lab", str(tmp_path / "mine")]) == 0
    assert started["command"][1:] == ["-m", "jupyterlab", lab.FIRST]
    assert started["cwd"] == tmp_path / "mine"


def test_lab_without_jupyterlab_names_the_extra(tmp_path, monkeypatch):
    monkeypatch.setattr(lab.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=r'pip install "personakit\[notebooks\]"'):
        lab.open_lab(tmp_path)


# doctor


def test_doctor_lists_versions_and_is_content_where_all_is_there(capsys):
    assert main(["doctor"]) == 0
    out = capsys.readouterr().out
    assert "All core packages are there." in out
    assert "ok  numpy" in out and "data caches" in out


def lacking(monkeypatch, *packages):
    version = doctor.metadata.version

    def without(name):
        if name in packages:
            raise doctor.metadata.PackageNotFoundError(name)
        return version(name)

    monkeypatch.setattr(doctor.metadata, "version", without)


def test_doctor_fails_where_a_core_package_is_missing(monkeypatch, capsys):
    lacking(monkeypatch, "scipy")
    assert main(["doctor"]) == 1
    out = capsys.readouterr().out
    assert "--  scipy                  missing" in out
    assert 'Core packages are missing. Get it with: pip install "personakit"' in out


def test_doctor_says_which_notebook_lacks_what_and_how_to_get_it(installed, monkeypatch, capsys):
    first_notebook(installed)
    reviews = new_notebook(metadata={"personakit": {"extras": ["text"]}})
    nbformat.write(reviews, installed / "08_reviews.ipynb")
    lacking(monkeypatch, "sentence-transformers")
    assert main(["doctor"]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["ok", lab.FIRST] in lines
    assert ["--", "08_reviews.ipynb", "Get", "it", "with:", "pip", "install", '"personakit[text]"'] in lines


def test_doctor_reports_a_version_outside_the_range():
    text, fine = doctor.state(doctor.Need("numpy", ">=99", ""))
    assert not fine and text.endswith("but >=99 is needed")


def test_doctor_names_the_folder_of_the_data_and_what_is_in_it(tmp_path, monkeypatch, capsys):
    (tmp_path / "cdnow").mkdir()
    monkeypatch.setenv("PERSONAKIT_DATA", str(tmp_path))
    main(["doctor"])
    assert f"{tmp_path}: cdnow" in capsys.readouterr().out


def test_doctor_knows_when_personakit_is_only_on_the_path(monkeypatch, capsys):
    def absent(name):
        raise doctor.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(doctor.metadata, "requires", absent)
    assert main(["doctor"]) == 1
    assert "personakit itself is not installed" in capsys.readouterr().err


# demo


def test_demo_changes_the_data_line_and_nothing_else():
    notebook = new_notebook(
        cells=[new_code_cell('import personakit as pk\nDATA = "world"  # or "movielens"'), new_code_cell("DATA")]
    )
    cells = demo.with_data(notebook, "movielens").cells
    assert cells[0].source == 'import personakit as pk\nDATA = "movielens"  # or "movielens"'
    assert cells[1].source == "DATA"


@pytest.mark.parametrize("sources", [[], ['DATA = "world"', 'DATA = "world"'], ["data = load()"]])
def test_demo_wants_exactly_one_data_line(sources):
    with pytest.raises(DataError, match="where exactly one is expected"):
        demo.with_data(new_notebook(cells=[new_code_cell(source) for source in sources]), "world")


def test_demo_prints_the_table_and_the_page_of_the_data_asked_for(installed, tmp_path, capsys):
    first_notebook(installed)
    assert main(["demo", "movielens", "--out", str(tmp_path / "result")]) == 0
    out = capsys.readouterr().out
    page = tmp_path / "result" / "start_here_movielens.html"
    assert "movielens  0.31" in out and str(page) in out
    assert page.read_text() == "<p>page</p>"
    assert (tmp_path / "result" / "start_here_movielens.ipynb").is_file()


def test_demo_leaves_the_notebook_that_came_along_as_it_is(installed, tmp_path):
    before = (first_notebook(installed) / lab.FIRST).read_bytes()
    demo.run_demo("movielens", tmp_path)
    assert (installed / lab.FIRST).read_bytes() == before


@pytest.mark.parametrize(
    "changes, error, text",
    [
        ({"broken": "1 / 0"}, PersonakitError, r"stopped on DATA = 'world'\. Cell 2 failed:[\s\S]*ZeroDivisionError"),
        ({"summary": "None"}, DataError, "tagged 'summary' shows no table"),
        (
            {"page": "'nowhere'"},
            DataError,
            r"was to save out/start_here_world\.html and did not\. It showed: 'nowhere'",
        ),
    ],
)
def test_demo_says_what_the_notebook_lacks(installed, tmp_path, changes, error, text):
    first_notebook(installed, **changes)
    with pytest.raises(error, match=text):
        demo.run_demo("world", tmp_path)


def test_demo_knows_two_kinds_of_data(tmp_path):
    with pytest.raises(ParameterError, match=r"no demo on 'weather'\. Choose one of: world, movielens\."):
        demo.run_demo("weather", tmp_path)


def test_demo_without_what_runs_notebooks_names_the_extra(installed, tmp_path, monkeypatch):
    first_notebook(installed)
    monkeypatch.setitem(sys.modules, "nbclient", None)
    with pytest.raises(MissingExtraError, match=r'personakit demo needs nbclient.*"personakit\[notebooks\]"'):
        demo.run_demo("world", tmp_path)


def test_demo_without_the_first_notebook_says_so(installed, tmp_path):
    first_notebook(installed)
    (installed / lab.FIRST).rename(installed / "01_other.ipynb")
    with pytest.raises(UnavailableError, match="The first notebook is missing"):
        demo.run_demo("world", tmp_path)
