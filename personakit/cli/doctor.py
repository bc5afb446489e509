"""What is installed, what is missing for which notebook, and how to get it. Imports nothing that might be missing."""

from __future__ import annotations

import json
import os
import platform
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from personakit import __version__
from personakit.cli.lab import notebooks_folder
from personakit.errors import UnavailableError

__all__ = ["Need", "examine", "extras_of", "needs", "state"]

REQUIREMENT = re.compile(r"^(?P<name>[\w.-]+)(\[[^\]]*\])?\s*(?P<range>[^;]*?)\s*(;(?P<marker>.*))?$")
EXTRA = re.compile(r"""extra\s*==\s*["']([\w-]+)["']""")
NOTEBOOKS = "notebooks"  # the extra that every notebook needs


@dataclass(frozen=True)
class Need:
    """A package that personakit asks for: its range of versions, and the extra that brings it ("" for the core)."""

    package: str
    versions: str
    extra: str


def needs(requirements: Iterable[str]) -> list[Need]:
    """Read requirement lines as a wheel's metadata has them.

    Examples
    --------
    >>> needs(["numpy>=2.0", "ibis-framework[duckdb]<13,>=12.0", "splink>=5.0; extra == 'identity'"])
    [Need(package='numpy', versions='>=2.0', extra=''),
     Need(package='ibis-framework', versions='<13,>=12.0', extra=''),
     Need(package='splink', versions='>=5.0', extra='identity')]
    """
    found = []
    for line in requirements:
        if match := REQUIREMENT.match(line.strip()):
            extra = EXTRA.search(match["marker"] or "")
            found.append(Need(match["name"], match["range"], extra[1] if extra else ""))
    return [need for need in found if need.package != "personakit"]


def state(need: Need) -> tuple[str, bool]:
    """The version that is installed, or what is wrong; and whether it will do.

    Examples
    --------
    >>> state(Need("no-such-package", ">=1", ""))
    ('missing', False)
    """
    try:
        version = metadata.version(need.package)
    except metadata.PackageNotFoundError:
        return "missing", False
    try:
        from packaging.specifiers import SpecifierSet
    except ImportError:  # without it the version cannot be compared, and something else is missing anyway
        return version, True
    if SpecifierSet(need.versions).contains(version, prereleases=True):
        return version, True
    return f"{version}, but {need.versions} is needed", False


def extras_of(notebook: Path) -> list[str]:
    """The extras that a notebook needs beyond `notebooks`, as its own metadata states; none unless it states some.

    The metadata is `{"personakit": {"extras": ["text"]}}`.
    """
    stated = json.loads(notebook.read_text(encoding="utf-8")).get("metadata", {}).get("personakit", {})
    return [str(extra) for extra in stated.get("extras", [])]


def examine() -> tuple[str, bool]:
    """A report for the terminal, and whether all core packages are there in versions that will do."""
    asked = needs(_requirements())
    states = {need: state(need) for need in asked}
    missing = {need.extra for need, (_, fine) in states.items() if not fine}
    lines = [f"personakit {__version__} on Python {platform.python_version()} ({sys.executable})", ""]
    for extra in dict.fromkeys(need.extra for need in asked if need.extra != "all"):
        of_extra = [(need, *states[need]) for need in asked if need.extra == extra]
        lines.append("core" if not extra else f"{extra}" + ("" if extra not in missing else f"   {_install([extra])}"))
        lines += [f"  {'ok' if fine else '--'}  {need.package:<22} {text}" for need, text, fine in of_extra]
    lines += ["", *_notebooks(missing), "", *_data()]
    healthy = "" not in missing
    lines += ["", "All core packages are there." if healthy else f"Core packages are missing. {_install([])}"]
    return "\n".join(lines), healthy


def _requirements() -> list[str]:
    try:
        return metadata.requires("personakit") or []
    except metadata.PackageNotFoundError as error:
        raise UnavailableError(
            "personakit itself is not installed, only found on the path. In a checkout: pip install -e ."
        ) from error


def _install(extras: list[str]) -> str:
    wanted = f"[{','.join(extras)}]" if extras else ""
    return f'Get it with: pip install "personakit{wanted}"'


def _notebooks(missing: set[str]) -> list[str]:
    try:
        folder = notebooks_folder()
    except UnavailableError as error:
        return [str(error)]
    lines = [f"notebooks in {folder}"]
    for path in sorted(folder.glob("*.ipynb")):
        lacking = [extra for extra in ["", NOTEBOOKS, *extras_of(path)] if extra in missing]
        lines.append(
            f"  --  {path.name:<34} {_install([extra for extra in lacking if extra])}"
            if lacking
            else f"  ok  {path.name}"
        )
    return lines


def _data() -> list[str]:
    try:
        from personakit.data.fetching import CACHE_VARIABLE, caches

        places = caches()
    except ImportError as error:
        return [f"data caches: unknown while {error.name} is missing"]
    named = os.environ.get(CACHE_VARIABLE)
    lines = [f"data caches ({CACHE_VARIABLE} {'is ' + named if named else 'is not set'})"]
    for place in places:
        folders = sorted(path.name for path in place.iterdir() if path.is_dir()) if place.is_dir() else []
        lines.append(f"  {place}: {', '.join(folders) or 'nothing yet'}")
    return lines
