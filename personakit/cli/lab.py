"""A reader's own copy of the notebooks, and JupyterLab on top of it."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

from personakit.errors import MissingExtraError, ParameterError, UnavailableError

__all__ = ["FIRST", "copy_notebooks", "notebooks_folder", "open_lab"]

FIRST = "00_start_here.ipynb"
PACKAGE = Path(__file__).resolve().parents[1]
LEFT_OUT = {".ipynb_checkpoints", "out", "__pycache__"}


def notebooks_folder() -> Path:
    """Where the notebooks that came with this installation lie: in the wheel, or beside the package in a checkout.

    Raises
    ------
    UnavailableError
        Neither place has a notebook.
    """
    places = (PACKAGE / "_notebooks", PACKAGE.parent / "notebooks")
    for place in places:
        if any(place.glob("*.ipynb")):
            return place
    raise UnavailableError(
        f"No notebook came with this installation: {places[0]} and {places[1]} have none. "
        "Install personakit again, or clone its repository."
    )


def copy_notebooks(folder: Path) -> tuple[list[Path], list[Path]]:
    """Copy every notebook, and what lies beside it, into a folder; a file that is there stays as it is.

    Parameters
    ----------
    folder
        Made if need be.

    Returns
    -------
    tuple of two lists of Path
        What was copied, and what was there already; both relative to the folder.

    Raises
    ------
    ParameterError
        `folder` is a file.
    """
    if folder.exists() and not folder.is_dir():
        raise ParameterError(f"{folder} is a file. Name a folder for the notebooks: personakit lab DIR")
    source = notebooks_folder()
    copied, kept = [], []
    for path in sorted(source.rglob("*")):
        name = path.relative_to(source)
        if path.is_dir() or LEFT_OUT & set(name.parts):
            continue
        target = folder / name
        if target.exists() or target.is_symlink():
            kept.append(name)
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
        copied.append(name)
    return copied, kept


def open_lab(folder: Path) -> int:
    """Open JupyterLab on a folder, at the first notebook if it is there, and wait until it is closed.

    Raises
    ------
    MissingExtraError
        JupyterLab is not installed.
    """
    if importlib.util.find_spec("jupyterlab") is None:
        raise MissingExtraError.of("jupyterlab", "notebooks", "personakit lab")
    start = [FIRST] if (folder / FIRST).is_file() else []
    try:
        return subprocess.run([sys.executable, "-m", "jupyterlab", *start], cwd=folder, check=False).returncode
    except KeyboardInterrupt:  # JupyterLab has been asked to stop by the same key, and has said goodbye
        return 0
