"""What all tests share: where the real data lie, how long hypothesis may think, and plots without a screen."""

import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

os.environ.setdefault("MPLBACKEND", "Agg")
ROOT = Path(__file__).resolve().parents[1]

# A busy machine may stall between two draws, which says nothing about the code: no deadline. Derandomised, so that a
# run which passed passes again; `--hypothesis-profile=search` looks for new counterexamples.
settings.register_profile(
    "steady", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.register_profile("search", deadline=None, max_examples=1000)
settings.load_profile("steady")


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def real_data() -> Callable[[str], Path]:
    """Find a real data set by its folder, or skip the test and say what was missing."""

    def folder(name: str) -> Path:
        root = Path(os.environ.get("PERSONAKIT_TEST_DATA", ROOT.parent / "shared" / "data"))
        if not (root / name).is_dir():
            pytest.skip(
                f"There is no {root / name}. Name a folder that holds {name} in PERSONAKIT_TEST_DATA, or fetch the set "
                "with personakit.load_dataset, which says where it keeps it."
            )
        return root / name

    return folder


@pytest.fixture(scope="module")
def spark_session() -> Iterator[Any]:
    """Spark on two cores of this machine, or a skip that says what was missing; the clock is UTC meanwhile."""
    sql = pytest.importorskip("pyspark.sql", reason='PySpark is missing: pip install "personakit[spark]"')
    if shutil.which("java") is None:
        pytest.skip("There is no java for Spark on the path: install a JRE, version 17 or later")
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    before = os.environ.get("TZ")
    os.environ["TZ"] = "UTC"  # Spark's rows of times are on the clock of the process
    time.tzset()
    builder = sql.SparkSession.builder.master("local[2]")
    for name, value in {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.memory": "2g",
        "spark.sql.shuffle.partitions": "2",
        "spark.default.parallelism": "2",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.codegen.wholeStage": "false",  # to compile so wide a plan takes longer than to run it
        "spark.sql.adaptive.enabled": "false",
    }.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()
