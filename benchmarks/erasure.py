"""What it costs to forget: each model against a new fit without her, and an erasure over all that a shop holds.

    python benchmarks/erasure.py                              the world of the default size (4,000 customers)
    python benchmarks/erasure.py --movielens path/to/ml-100k  and MovieLens 100K
    python benchmarks/erasure.py --customers 20000            a larger world

Medians over customers drawn at random, one BLAS thread. A new fit is given its table without the customer: taking her
out of the table is not timed. Both models are compared after each step, and the largest difference is printed.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pandas as pd

import personakit as pk
from personakit.decide import LinUCB
from personakit.privacy import ConsentLedger, Holdings
from personakit.recommend import EASE, ItemKNN, Popular, SurpriseRecommender

N_DRAWN = 9
MODELS = {
    "Popular, decaying": (lambda: Popular(60.0), "scores_"),
    "ItemKNN, cosine": (lambda: ItemKNN(), "similarity_"),
    "ItemKNN, Jaccard": (lambda: ItemKNN("jaccard"), "similarity_"),
    "EASE": (lambda: EASE(l2=300.0), "weights_"),
    "Surprise kNN, customers": (lambda: SurpriseRecommender("KNNWithMeans"), "sim"),
    "Surprise kNN, products": (
        lambda: SurpriseRecommender("KNNWithMeans", sim_options={"name": "cosine", "user_based": False}),
        "sim",
    ),
    "Surprise kNN, products, baselines": (
        lambda: SurpriseRecommender("KNNBaseline", sim_options={"name": "pearson_baseline", "user_based": False}),
        "sim",
    ),
}


def learnt(model, name: str) -> np.ndarray:
    value = model.algorithm_.sim if name == "sim" else getattr(model, name)
    return value.toarray() if hasattr(value, "toarray") else value


def timed(work):
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result


def models(title: str, table: pd.DataFrame, ratings: pd.DataFrame) -> None:
    print(f"\n{title}")
    print(f"{'':<36}{'new fit':>12}{'forget':>12}{'ratio':>8}{'difference':>13}")
    rng = np.random.default_rng(0)
    for label, (make, name) in MODELS.items():
        data = ratings if label.startswith("Surprise") else table
        fits, forgets, differences = [], [], []
        for customer in rng.choice(data["customer_id"].unique(), N_DRAWN, replace=False):
            left = data[data["customer_id"] != customer]
            model = make().fit(data)
            seconds, _ = timed(lambda model=model, customer=customer: model.forget(customer))
            forgets.append(seconds)
            seconds, anew = timed(lambda left=left, make=make: make().fit(left))
            fits.append(seconds)
            differences.append(float(np.abs(learnt(model, name) - learnt(anew, name)).max()))
        row(label, fits, forgets, max(differences))


def row(label: str, fits: list[float], forgets: list[float], difference: float) -> None:
    fit, forget = statistics.median(fits), statistics.median(forgets)
    print(f"{label:<36}{fit * 1e3:>9.1f} ms{forget * 1e3:>9.1f} ms{fit / forget:>8.1f}{difference:>13.1e}", flush=True)


def bandit(n_decisions: int = 200_000) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(n_decisions, 20))
    actions, rewards = rng.integers(0, 10, n_decisions), rng.normal(size=n_decisions)
    who = rng.integers(0, n_decisions // 20, n_decisions)
    fits, forgets, differences = [], [], []
    for customer in range(N_DRAWN):
        model = LinUCB(10, 20).learn(x, actions, rewards, who)
        forgets.append(timed(lambda model=model, customer=customer: model.forget(customer))[0])
        stay = who != customer
        left = (x[stay], actions[stay], rewards[stay], who[stay])
        seconds, anew = timed(lambda left=left: LinUCB(10, 20).learn(*left))
        fits.append(seconds)
        differences.append(float(np.abs(model.theta_ - anew.theta_).max()))
    print(f"\nBandit, {n_decisions:,} decisions, 10 actions, 20 features")
    row("LinUCB", fits, forgets, max(differences))


def holdings(world) -> None:
    tables = dict(world.tables)
    links = world.truth["identities"][["record_id", "customer_id"]]
    rated = SurpriseRecommender("SVD", n_factors=20, n_epochs=5).fit(tables["ratings"])
    learnt_from = tables["interactions"]
    shop = Holdings(
        tables,
        ConsentLedger(tables["consents"]),
        links=links,
        models={
            "ease": EASE(l2=300.0).fit(learnt_from),
            "knn": ItemKNN().fit(learnt_from),
            "popular": Popular(60.0).fit(learnt_from),
            "svd": rated,
        },
    )
    lists = shop["ease"].thing.recommend()
    shop.add("lists", {"today": lists}, kind="cache", purpose="recommendations")
    people, rows = len(tables["customers"]), sum(map(len, tables.values()))
    drawn = np.random.default_rng(1).choice(tables["customers"]["customer_id"], N_DRAWN, replace=False)
    exports = [timed(lambda one=one: shop.export(one, at=world.end).to_json())[0] for one in drawn]
    letters = [timed(lambda one=one: shop.explain_use(one, at=world.end).to_text())[0] for one in drawn]
    erasures = [timed(lambda one=one: shop.erase(one, at=world.end))[0] for one in drawn]
    again = [timed(lambda one=one: shop.erase(one, at=world.end))[0] for one in drawn]
    left = sum(map(len, shop.tables.values()))
    print(
        f"\nAll that a shop of {people:,} customers holds before anybody is erased: {rows:,} rows, 4 models, a cache "
        f"({len(shop.tables['customers']):,} and {left:,} rows after {N_DRAWN} erasures)"
    )
    for label, seconds in (("export", exports), ("explain_use", letters), ("erase", erasures), ("again", again)):
        print(f"{label:<36}{statistics.median(seconds) * 1e3:>9.1f} ms   (largest {max(seconds) * 1e3:,.1f} ms)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--movielens", type=Path, help="the folder of MovieLens 100K")
    parser.add_argument("--customers", type=int, default=4000)
    arguments = parser.parse_args()
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, medians of {N_DRAWN} customers")
    if arguments.movielens:
        names = ["customer_id", "product_id", "rating", "timestamp"]
        table = pd.read_csv(arguments.movielens / "u.data", sep="\t", names=names)
        models("MovieLens 100K, 943 customers x 1,682 films", table, table)
    world = pk.load_world() if arguments.customers == 4000 else pk.World(arguments.customers, random_state=0)
    visits, ratings = world.tables["interactions"], world.tables["ratings"]
    title = f"{visits['customer_id'].nunique():,} customers x {visits['product_id'].nunique():,} products"
    models(f"Larkspur, {title}, {len(visits):,} interactions, {len(ratings):,} ratings", visits, ratings)
    bandit()
    holdings(world)


if __name__ == "__main__":
    main()
