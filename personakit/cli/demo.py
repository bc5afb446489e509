"""The first notebook from end to end without a browser: the same cells a reader runs, on the data asked for."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from personakit.cli.lab import FIRST, notebooks_folder
from personakit.errors import DataError, MissingExtraError, ParameterError, PersonakitError, UnavailableError

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = ["DATA", "DemoResult", "run_demo", "with_data"]

DATA = ("world", "movielens")
DATA_LINE = re.compile(r"""^DATA\s*=\s*(["'])\w+\1""", re.MULTILINE)
TIMEOUT = 600  # seconds for one cell: far more than any needs, so that only a hang ends here


@dataclass(frozen=True)
class DemoResult:
    """What a run of the first notebook leaves: its closing table, its page, the executed copy, and its seconds."""

    summary: str
    page: Path
    notebook: Path
    seconds: float


def run_demo(data: str = "world", out: str | Path = "out") -> DemoResult:
    """Run the first notebook on one kind of data and save its page and its executed copy.

    Parameters
    ----------
    data
        "world" or "movielens": what the notebook's data cell is set to, as a reader would set it.
    out
        The folder for `start_here_<data>.html` and `start_here_<data>.ipynb`; made if need be.

    Returns
    -------
    DemoResult

    Raises
    ------
    ParameterError
        `data` is neither of the two.
    MissingExtraError
        What runs notebooks is not installed.
    UnavailableError
        The notebook did not come with this installation.
    DataError
        The notebook lacks its data cell, its summary or its page.
    PersonakitError
        A cell failed; the text has its number and the error.
    """
    if data not in DATA:
        raise ParameterError(f"There is no demo on {data!r}. Choose one of: {', '.join(DATA)}.")
    try:
        import nbformat
        from nbclient import NotebookClient
        from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
    except ImportError as error:
        raise MissingExtraError.of(error.name or "nbclient", "notebooks", "personakit demo") from error

    source = notebooks_folder() / FIRST
    if not source.is_file():
        raise UnavailableError(f"The first notebook is missing: there is no {source}. Install personakit again.")
    folder = Path(out).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    executed = folder / f"start_here_{data}.ipynb"
    notebook = with_data(nbformat.read(source, as_version=4), data)
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as desk:  # what the notebook saves, it saves below its own out/
        client = NotebookClient(
            notebook,
            timeout=TIMEOUT,
            resources={"metadata": {"path": desk}},
            extra_arguments=["--log-level=ERROR"],  # a kernel on this machine alone need not warn about its transport
        )
        try:
            client.execute()
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
            raise PersonakitError(f"{FIRST} stopped on DATA = {data!r}. {_where(notebook)}\n{error}") from error
        finally:
            nbformat.write(notebook, executed)
        page = _page(notebook, Path(desk) / "out" / f"start_here_{data}.html", folder)
    return DemoResult(_summary(notebook), page, executed, time.monotonic() - started)


def with_data(notebook: NotebookNode, data: str) -> NotebookNode:
    """The notebook with its data cell set to another kind of data: one line changes and nothing below it.

    Raises
    ------
    DataError
        Not exactly one cell begins a line with `DATA = "..."`.
    """
    cells = [cell for cell in notebook.cells if cell.cell_type == "code" and DATA_LINE.search(cell.source)]
    if len(cells) != 1:
        raise DataError(
            f'{FIRST} has {len(cells)} code cells with a line like DATA = "world", where exactly one is expected. '
            "The line must stand at the start of a line, in the cell that loads the data."
        )
    cells[0].source = DATA_LINE.sub(f"DATA = {json.dumps(data)}", cells[0].source, count=1)
    return notebook


def _tagged(notebook: NotebookNode, tag: str) -> list[dict[str, Any]]:
    """The outputs of the one cell with a tag."""
    cells = [cell for cell in notebook.cells if tag in cell.metadata.get("tags", [])]
    if len(cells) != 1:
        raise DataError(f"{FIRST} has {len(cells)} cells tagged {tag!r}, where exactly one is expected.")
    return list(cells[0].get("outputs", []))


def _text(outputs: list[dict[str, Any]]) -> str:
    texts = [output["data"].get("text/plain", "") for output in outputs if "data" in output]
    return texts[-1] if texts else ""


def _summary(notebook: NotebookNode) -> str:
    text = _text(_tagged(notebook, "summary"))
    if not text:
        raise DataError(f"The cell of {FIRST} tagged 'summary' shows no table. It must end with the table itself.")
    return text


def _page(notebook: NotebookNode, saved: Path, folder: Path) -> Path:
    outputs = _tagged(notebook, "page")
    if not saved.is_file():
        raise DataError(
            f"The cell of {FIRST} tagged 'page' was to save out/{saved.name} and did not. "
            f"It showed: {_text(outputs) or 'nothing'}"
        )
    shutil.copytree(saved.parent, folder, dirs_exist_ok=True)
    return folder / saved.name


def _where(notebook: NotebookNode) -> str:
    for number, cell in enumerate(notebook.cells, 1):
        if any(output.get("output_type") == "error" for output in cell.get("outputs", [])):
            return f"Cell {number} failed:"
    return "No cell reported an error:"
