"""What the terminal understands: the commands, their options, and how each one ends."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from personakit import __version__
from personakit.errors import PersonakitError

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 0 where all went well, 1 where it did not.

    Parameters
    ----------
    arguments
        The words after `personakit`; those of the process if left out.

    Examples
    --------
    >>> main(["lab", "--no-open", __file__])
    1
    """
    asked = _parser().parse_args(arguments)
    try:
        return int(asked.run(asked))
    except PersonakitError as error:
        print(f"personakit {asked.command}: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="personakit",
        description="Personalisation, taught and prototyped on one retail world whose truth is known.",
    )
    parser.add_argument("--version", action="version", version=f"personakit {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    lab = commands.add_parser("lab", help="copy the notebooks into a folder and open them in JupyterLab")
    lab.add_argument("folder", nargs="?", type=Path, default=Path("personakit-notebooks"), metavar="DIR")
    lab.add_argument("--no-open", action="store_true", help="only copy")
    lab.set_defaults(run=_lab)

    doctor = commands.add_parser("doctor", help="what is installed, what is missing for which notebook, how to get it")
    doctor.set_defaults(run=_doctor)

    demo = commands.add_parser("demo", help="run the first notebook from end to end and save its page")
    demo.add_argument("data", nargs="*", metavar="DATA", help="world or movielens; both unless one is named")
    demo.add_argument("--out", type=Path, default=Path("out"), metavar="DIR", help="where the page goes (default: out)")
    demo.set_defaults(run=_demo)
    return parser


# Each command is imported when it is asked for: `personakit doctor` has to run where others cannot be imported.


def _lab(asked: argparse.Namespace) -> int:
    from personakit.cli.lab import copy_notebooks, open_lab

    copied, kept = copy_notebooks(asked.folder)
    print(f"{len(copied)} files copied into {asked.folder}.")
    if kept:
        print(f"{len(kept)} were there already and are left as they are: {', '.join(str(path) for path in kept)}")
    if asked.no_open:
        return 0
    return open_lab(asked.folder)


def _doctor(asked: argparse.Namespace) -> int:
    from personakit.cli.doctor import examine

    report, healthy = examine()
    print(report)
    return 0 if healthy else 1


def _demo(asked: argparse.Namespace) -> int:
    from personakit.cli.demo import DATA, run_demo

    for data in asked.data or DATA:
        print(f"Running the first notebook on {data} ...", flush=True)
        result = run_demo(data, asked.out)
        print(f"\n{result.summary}\n\n{result.page}   ({result.seconds:.0f} s)\n", flush=True)
    return 0
