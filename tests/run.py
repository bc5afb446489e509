"""Everything that `make test` checks, stage by stage: one line a stage, the output of a stage only where it failed.

All stages run even if one fails, so that one run shows everything there is to mend. `python tests/run.py types tests`
runs the stages named.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTEST = ("-m", "pytest", "-q", "-rs", "--color=no", "-p", "no:cacheprovider")
# A worker a core; a file stays on one worker, so that what its fixtures built is built once.
WORKERS = ("-n", os.environ.get("PERSONAKIT_TEST_WORKERS", "2"), "--dist", "loadfile")
CONTRACTS = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"


@dataclass(frozen=True)
class Stage:
    """What one line of the run stands for: arguments to Python, one command after the other."""

    name: str
    what: str
    commands: tuple[tuple[str, ...], ...]


@dataclass
class Result:
    """How a stage ended: its output, its seconds, and what was counted in it."""

    ok: bool
    output: str
    seconds: float
    counts: Counter[str] = field(default_factory=Counter)


STAGES = (
    Stage("lint", "ruff check, ruff format", (("-m", "ruff", "check", "."), ("-m", "ruff", "format", "--check", "."))),
    Stage("types", "mypy", (("-m", "mypy"),)),
    Stage("imports", "import contracts", (("-c", CONTRACTS),)),
    Stage("doctests", "examples of the docstrings", ((*PYTEST, *WORKERS, "--doctest-modules", "personakit"),)),
    Stage("tests", "unit and property tests", ((*PYTEST, *WORKERS, "--durations=10", "tests"),)),
    Stage("notebooks", "all notebooks, strictly", ((*PYTEST, *WORKERS, "--nbval", "notebooks"),)),
)


def counted(output: str) -> Counter[str]:
    """What pytest's closing line counts: `412 passed, 2 skipped in 98.31s`."""
    closing = [line for line in output.splitlines() if re.search(r"\d+ \w+.* in [\d.]+s", line)]
    found = re.findall(r"(\d+) (passed|failed|errors?|skipped|xfailed|xpassed)", closing[-1]) if closing else []
    return Counter(
        {word.removesuffix("s") if word.startswith("error") else word: int(number) for number, word in found}
    )


def run(stage: Stage) -> Result:
    """Run a stage's commands to the end, whatever they say."""
    started, output, ok, counts = time.monotonic(), "", True, Counter[str]()
    for arguments in stage.commands:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            # One thread a worker: the threads of two workers on two cores would wait for each other.
            env={"OMP_NUM_THREADS": "1", **os.environ, "JUPYTER_PLATFORM_DIRS": "1", "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        output += done.stdout
        ok = ok and done.returncode == 0
        if "pytest" in arguments:
            counts += counted(done.stdout)
            if done.returncode == 5:
                output += f"\n{stage.name}: no test was found, which counts as a failure.\n"
        else:
            counts["passed" if done.returncode == 0 else "failed"] += 1
    return Result(ok, output, time.monotonic() - started, counts)


def main() -> int:
    """Run the stages asked for and say how each went."""
    parser = argparse.ArgumentParser(description=__doc__)
    names = [stage.name for stage in STAGES]
    parser.add_argument("stages", nargs="*", metavar="stage", help=f"of {', '.join(names)}; all unless named")
    asked = parser.parse_args().stages or names
    if unknown := sorted(set(asked) - set(names)):
        parser.error(f"no stage is called {', '.join(unknown)}; there are {', '.join(names)}")

    chosen = [stage for stage in STAGES if stage.name in asked]
    total, failed, started = Counter[str](), [], time.monotonic()
    for number, stage in enumerate(chosen, 1):
        label = f"[{number}/{len(chosen)}] {stage.name}: {stage.what} "
        print(f"{label:.<56} ", end="", flush=True)
        result = run(stage)
        total += result.counts
        words = ", ".join(f"{result.counts[word]} {word}" for word in sorted(result.counts))
        print(f"{'ok' if result.ok else 'FAILED':<6} {result.seconds:6.1f} s  {words}", flush=True)
        if not result.ok:
            failed.append(stage.name)
            print(result.output.rstrip() + "\n", flush=True)
        else:
            for line in result.output.splitlines():
                if line.startswith("SKIPPED"):
                    print(f"      {line}")
    print(
        f"{time.monotonic() - started:.0f} s in all; " + (f"failed: {', '.join(failed)}" if failed else "all is well")
    )
    lost = total["failed"] + total["error"] + total["xpassed"]
    print(f"{total['passed']} passed, {max(lost, len(failed))} failed, {total['skipped']} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
