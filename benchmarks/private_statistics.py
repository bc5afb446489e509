"""Private statistics on Larkspur: error against epsilon, what k costs, and attacks on raw and protected releases.

    python benchmarks/private_statistics.py            everything (a minute or two)
    python benchmarks/private_statistics.py --quick    fewer rounds

The world has a seed of its own (7), on which nothing was tuned; the noise is OpenDP's, so figures differ a little from
run to run.
"""

from __future__ import annotations

import argparse
import os
import platform
import time

import numpy as np
import pandas as pd
from sklearn.tree import DecisionTreeClassifier

import personakit as pk
from personakit.privacy import (
    PrivacyBudget,
    PrivateStatistics,
    compare_attacks,
    generalise,
    membership_in_averages,
    membership_inference,
    reidentification,
    unicity,
)

SEED = 7
EPSILONS = (0.1, 0.5, 1.0, 2.0)
EDGES = [0, 50, 100, 200, 500, np.inf]
FACTS = ["age_band", "region", "gender", "last_order", "signed_up"]


def profiles_of(world: pk.World) -> pd.DataFrame:
    """One row a customer with orders: what an outsider may know, and what she spent."""
    lines = world.tables["order_lines"]
    last = lines.groupby("customer_id")["timestamp"].max().dt.normalize().rename("last_order")
    spent = (lines["quantity"] * lines["unit_price"]).groupby(lines["customer_id"]).sum().rename("spent")
    favourite = (
        lines.merge(world.tables["products"][["product_id", "department"]])
        .groupby("customer_id")["department"].agg(lambda names: names.mode().iloc[0])
    )  # fmt: skip
    people = world.tables["customers"][["customer_id", "age_band", "region", "gender", "signed_up"]]
    people = people.merge(last, on="customer_id").merge(spent, on="customer_id").merge(favourite, on="customer_id")
    return people.assign(signed_up=people["signed_up"].dt.normalize())


def errors(profiles: pd.DataFrame, runs: int) -> None:
    """Typical error (median of runs) and the interval's half-width, for each question and epsilon."""
    regions = sorted(profiles["region"].unique())
    clipped = profiles["spent"].clip(0, 1000)
    exact_bins = np.histogram(profiles["spent"], bins=[0, 50, 100, 200, 500, 1e9])[0]
    exact_means = clipped.groupby(profiles["region"]).mean().loc[regions].to_numpy()
    print(
        f"\nError against epsilon, {len(profiles):,} customers, median of {runs} runs (half-width of the 95 % interval)"
    )
    print(f"{'epsilon':>8}{'count':>16}{'mean spend':>20}{'mean by region':>22}{'bin of histogram':>22}{'ms each':>9}")
    for epsilon in EPSILONS:
        ask = PrivateStatistics(profiles, epsilon=PrivacyBudget(1e9))
        off: dict[str, list[float]] = {name: [] for name in ("count", "mean", "means", "bins")}
        reach: dict[str, list[float]] = {name: [] for name in off}
        started = time.perf_counter()
        for _ in range(runs):
            count = ask.count(epsilon=epsilon)
            mean = ask.mean("spent", bounds=(0, 1000), epsilon=epsilon)
            means = ask.mean("spent", bounds=(0, 1000), by="region", categories=regions, epsilon=epsilon)
            bins = ask.histogram("spent", bins=EDGES, epsilon=epsilon)
            exact = (len(profiles), clipped.mean(), exact_means, exact_bins)
            for name, answer, truth in zip(off, (count, mean, means, bins), exact, strict=True):
                off[name].append(float(np.abs(answer.table["estimate"] - truth).mean()))
                reach[name].append(float(((answer.table["high"] - answer.table["low"]) / 2).mean()))
        spent = (time.perf_counter() - started) / runs / 4 * 1000
        cells = [f"{np.median(off[name]):.2f} (±{np.median(reach[name]):.2f})" for name in off]
        print(f"{epsilon:>8}{cells[0]:>16}{cells[1]:>20}{cells[2]:>22}{cells[3]:>22}{spent:>9.1f}")
    lost = (profiles["spent"] - clipped).mean()
    print(f"  mean spend {profiles['spent'].mean():.2f}; clipping to 1,000 takes off {lost:.2f}")


def large(rows: int = 1_000_000) -> None:
    """Time on a table of orders whose customers must be bounded first."""
    rng = np.random.default_rng(SEED)
    orders = pd.DataFrame(
        {"customer_id": rng.integers(rows // 5, size=rows), "price": rng.gamma(2, 20, rows),
         "region": rng.choice(list("abcdefghij"), rows)}
    )  # fmt: skip
    ask = PrivateStatistics(orders, epsilon=10)
    started = time.perf_counter()
    ask.mean("price", bounds=(0, 200), by="region", categories=list("abcdefghij"), max_rows=3, epsilon=1)
    print(f"\nMean by 10 regions of {rows:,} orders, 3 a customer: {time.perf_counter() - started:.2f} s")


def anonymity_table(profiles: pd.DataFrame) -> None:
    """What k costs, and what is left of an attack that links five facts."""
    raw = reidentification(profiles.drop(columns="customer_id"), profiles, on=FACTS, truth=profiles["customer_id"],
                           sensitive="department")  # fmt: skip
    print(f"\nFive facts ({', '.join(FACTS)}) against k")
    heads = f"{'loss':>7}{'suppressed':>12}{'k reached':>11}{'pinned':>9}{'guess':>8}{'learnt':>8}{'nodes':>14}{'s':>7}"
    print(f"{'':<14}{heads}")
    print(f"{'raw':<14}{0:>7.3f}{'0.0 %':>12}{1:>11}{raw.pinned:>9.1%}{raw.guess:>8.1%}{raw.learnt:>8.1%}")
    for k, l in ((2, None), (5, None), (10, None), (25, None), (5, 3)):  # noqa: E741
        started = time.perf_counter()
        result = generalise(profiles, FACTS, k=k, l=l, sensitive="department")
        seconds = time.perf_counter() - started
        attack = reidentification(result, profiles, on=FACTS, truth=profiles["customer_id"], sensitive="department")
        name = f"k={k}" + (f", l={l}" if l else "")
        print(
            f"{name:<14}{result.loss:>7.3f}{result.suppressed_share:>12.1%}{result.report.k:>11}{attack.pinned:>9.1%}"
            f"{attack.guess:>8.1%}{attack.learnt:>8.1%}{f'{result.evaluated} of {result.nodes}':>14}{seconds:>7.2f}"
        )
        if k == 5 and not l:
            levels = ", ".join(f"{row.column}: {row.meaning}" for row in result.columns.itertuples())
    print(f"  k=5 is reached by {levels}")


def membership_table(world: pk.World, profiles: pd.DataFrame, rounds: int) -> None:
    """Membership attacks on totals by product and on a classifier."""
    lines = world.tables["order_lines"]
    bought = pd.crosstab(lines["customer_id"], lines["product_id"]).gt(0).sample(500, random_state=SEED)
    attacks = {f"totals of {bought.shape[1]} products, raw": membership_in_averages(bought, n_rounds=rounds)}
    for epsilon in EPSILONS:
        attacks[f"  epsilon={epsilon}"] = membership_in_averages(bought, epsilon=epsilon, n_rounds=rounds)
    X = pd.get_dummies(profiles[["age_band", "region", "gender", "department"]]).assign(
        joined=profiles["signed_up"].astype("int64"), last=profiles["last_order"].astype("int64")
    )
    y = (profiles["spent"] > profiles["spent"].median()).astype(int).to_numpy()
    half = np.random.default_rng(SEED).permutation(len(X)) < len(X) // 2
    sides = (X[half], y[half]), (X[~half], y[~half])
    accuracy = {}
    for name, model in (
        ("tree on raw profiles", DecisionTreeClassifier(random_state=0)),
        ("  leaves of 50 at least", DecisionTreeClassifier(min_samples_leaf=50, random_state=0)),
    ):
        attacks[name] = membership_inference(model.fit(*sides[0]), *sides)
        accuracy[name] = model.score(*sides[1])
    print(f"\nMembership inference, {len(bought)} customers in {rounds} rounds; trees on {int(half.sum()):,}")
    print(compare_attacks(attacks).round(3).to_string(index=False))
    print("  accuracy on others: " + ", ".join(f"{name.strip()} {value:.3f}" for name, value in accuracy.items()))


def unicity_table(world: pk.World) -> None:
    """How many points of a trace single people out, by how fine the points are."""
    lines = world.tables["order_lines"].merge(world.tables["products"][["product_id", "department"]])
    lines = lines.assign(
        day=lines["timestamp"].dt.floor("D"),
        week=lines["timestamp"].dt.to_period("W").astype(str),
        month=lines["timestamp"].dt.to_period("M").astype(str),
    )
    print("\nUnicity: share of customers whom so many points of their trace single out")
    print(f"{'points are':<22}" + "".join(f"{points:>8}" for points in (1, 2, 3, 4)))
    for on in (["day", "product_id"], ["day", "department"], ["week", "department"], ["month", "department"]):
        shares = [unicity(lines, points=points, on=on, random_state=SEED).pinned for points in (1, 2, 3, 4)]
        print(f"{' and '.join(on):<22}" + "".join(f"{share:>8.1%}" for share in shares))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    quick = parser.parse_args().quick
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, Larkspur with seed {SEED}")
    world = pk.World(n_customers=4_000, random_state=SEED)
    profiles = profiles_of(world)
    errors(profiles, 20 if quick else 200)
    large()
    anonymity_table(profiles)
    membership_table(world, profiles, 10 if quick else 50)
    unicity_table(world)


if __name__ == "__main__":
    main()
