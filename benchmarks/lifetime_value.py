"""BG/NBD here, in lifetimes and in pymc-marketing: the same parameters, time and memory; and value against the truth.

    python benchmarks/lifetime_value.py            everything (about ten minutes with pymc-marketing, one without)
    python benchmarks/lifetime_value.py --quick    without value and next purchases on the world

The other libraries run in environments of their own, as they want other versions of NumPy and pandas. Make them, and
name their interpreters; one that is not named is left out, and said to be:

    python -m venv lt && lt/bin/pip install lifetimes==0.11.3 "numpy<2" "pandas<2.2" "scipy<1.12"
    python -m venv pm && pm/bin/pip install pymc-marketing
    PERSONAKIT_LIFETIMES=lt/bin/python PERSONAKIT_PYMC=pm/bin/python python benchmarks/lifetime_value.py

The customers of CDNOW are looked for in PERSONAKIT_DATA/cdnow/CDNOW_sample.txt. Each fit is a process of its own that
says its time without imports (the better of two fits in the process) and its peak memory with them.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

import personakit as pk
from personakit.predict import BetaGeoModel, LifetimeValue, NextPurchase
from personakit.predict.customer_value_scores import compare_forecasts

READ = """
import json, sys, time, warnings
warnings.simplefilter("ignore")
import pandas as pd
data = pd.read_csv(sys.argv[1])
def say(fit):
    times = []
    for _ in range(int(sys.argv[2])):
        started = time.perf_counter()
        found = fit()
        times.append(time.perf_counter() - started)
    # Of this process alone: getrusage would count what the one that started it had in memory.
    peak = int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1]) / 1024
    print("RESULT" + json.dumps({"first": times[0], "again": min(times), "peak": peak, "parameters": found}))
"""
FITS = {
    "personakit": """
from personakit.predict import BetaGeoModel
def fit():
    model = BetaGeoModel().fit(data["frequency"], data["recency"], data["T"])
    return [model.r_, model.alpha_, model.a_, model.b_]
""",
    "lifetimes": """
from lifetimes import BetaGeoFitter
def fit():
    model = BetaGeoFitter().fit(data["frequency"], data["recency"], data["T"])
    return [float(model.params_[name]) for name in ("r", "alpha", "a", "b")]
""",
    "pymc-marketing": """
from pymc_extras.prior import Prior
from pymc_marketing.clv import BetaGeoModel
flat = {name: Prior("HalfFlat") for name in ("r", "alpha", "a", "b")}  # so that MAP is maximum likelihood
def fit():
    model = BetaGeoModel(data=data, model_config=flat)
    model.fit(method="map", progressbar=False)
    found = model.fit_summary()
    return [float(found[name]) for name in ("r", "alpha", "a", "b")]
""",
}


def libraries(folder: Path) -> None:
    root = Path(os.environ.get("PERSONAKIT_DATA", "shared/data"))
    rows = pd.read_csv(root / "cdnow" / "CDNOW_sample.txt", sep=r"\s+", header=None, dtype={2: str})
    lines = pd.DataFrame({"customer_id": rows[1], "timestamp": pd.to_datetime(rows[2]), "unit_price": rows[4]})
    cdnow = pk.predict.purchase_summary(lines, "1997-09-30").reset_index()
    days = np.random.default_rng(0).integers(1, 700, 100_000)
    many = BetaGeoModel.of(0.243, 4.414, 0.793, 2.426).simulate(days / 7, random_state=1)
    many["recency"] = np.ceil(many["recency"] * 7).clip(upper=days) / 7
    many["customer_id"] = np.arange(len(many))
    where = {
        "personakit": sys.executable,
        "lifetimes": os.environ.get("PERSONAKIT_LIFETIMES"),
        "pymc-marketing": os.environ.get("PERSONAKIT_PYMC"),
    }
    found = []
    for name, data in (("CDNOW", cdnow), ("simulated", many)):
        data.drop(columns="monetary_value", errors="ignore").to_csv(folder / "data.csv", index=False)
        for library, interpreter in where.items():
            if interpreter is None:
                print(f"{library}: no interpreter is named, so it is left out (see the head of this file)")
                continue
            repeats = "1" if library == "pymc-marketing" else "2"
            done = subprocess.run(
                [interpreter, "-c", READ + FITS[library] + "say(fit)", str(folder / "data.csv"), repeats],
                capture_output=True, text=True, check=False,
            )  # fmt: skip
            said = [line for line in done.stdout.splitlines() if "RESULT" in line]
            if not said:
                print(f"{library} on {name} failed: {done.stderr[-500:]}")
                continue
            result = json.loads(said[-1].split("RESULT")[1])
            parameters = ", ".join(f"{each:.4f}" for each in result["parameters"])
            row = (name, len(data), library, result["first"], result["again"], result["peak"], parameters)
            found.append(row)
            print(row, flush=True)
    columns = ["data", "customers", "library", "first fit, s", "best fit, s", "peak, MB", "r, alpha, a, b"]
    table = pd.DataFrame(found, columns=columns)
    ours = table[table["library"] == "personakit"].set_index("data")
    for column in ("first fit, s", "best fit, s", "peak, MB"):
        table[f"{column.split(',')[0]}: times ours"] = table[column] / table["data"].map(ours[column])
    print("\n" + table.round(3).to_string(index=False))


def on_the_world(seed: int) -> None:
    """Forecasts made at the end of 540 days, beside what came in the 365 after it and what could be expected."""
    end, ahead = "2025-12-29", 365
    world = pk.world.World(n_days=906, random_state=seed)
    started = time.perf_counter()
    model = LifetimeValue(ahead).fit(world.tables, end)
    spent = time.perf_counter() - started
    profiles = pk.profile.build_profiles(world.tables, as_of=end).set_index("customer_id")
    after = pk.predict.targets(world.tables, end, ahead)["margin"].reindex(profiles.index)
    exact = world.expected(None, at="2025-12-30", horizon_days=ahead).set_index("customer_id")["margin"]
    forecasts = {"naive": model._naive(profiles, ahead)}
    for name in ("btyd", "boosted"):
        model.model_ = name
        forecasts[name] = model.predict(profiles).to_numpy()
    print(f"\n## World, seed {seed}: {len(profiles)} customers, fit in {spent:.1f} s, {model.verdict_}")
    shown = ["total", "total_low", "total_high", "mae", "spearman", "spearman_low", "spearman_high", "top_decile"]
    print("the past period\n", model.comparison_[shown].round(3).to_string())
    print("the year after\n", compare_forecasts(forecasts, after)[shown].round(3).to_string())
    print(
        "the exact expectation\n",
        compare_forecasts(forecasts, exact.reindex(profiles.index))[shown].round(3).to_string(),
    )


def next_purchases() -> None:
    world = pk.load_world()
    profiles = pk.profile.build_profiles(world.tables, as_of="2025-12-29").set_index("customer_id")
    bought = profiles[profiles["first_order_days"].notna()]
    truth = world.truth["outlook"].set_index("customer_id").reindex(bought.index)
    simple = BetaGeoModel().fit(bought)
    chances = {("BG/NBD", days): 1 - simple.probability_of_n_purchases(0, days, frequency=bought) for days in (30, 90)}
    for kind in ("lognormal", "weibull", "loglogistic", "cox"):
        model = NextPurchase(kind).fit(world.tables, "2025-12-29")
        print(f"\n{kind}, the window before\n{model.comparison_.round(4).to_string()}")
        chances |= {(kind, days): model.probability_within(bought, days) for days in (30, 90)}
    rows = [
        (
            name,
            days,
            chance.corr(truth[f"p_order_{days}"], method="spearman"),
            chance.mean() / truth[f"p_order_{days}"].mean(),
        )
        for (name, days), chance in chances.items()
    ]
    print(pd.DataFrame(rows, columns=["model", "days", "rank correlation with truth", "mean over truth"]).round(3))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        libraries(Path(folder))
    if not quick:
        for seed in (7, 31, 41):
            on_the_world(seed)
        next_purchases()
