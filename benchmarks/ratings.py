"""Rating models: personakit beside Surprise's own tools, in one run.

    python benchmarks/ratings.py PATH_TO_U_DATA            everything but SVD++ (about five minutes)
    python benchmarks/ratings.py PATH_TO_U_DATA --svdpp    SVD++ alone, which takes minutes on either side

Three questions: (a) the table of Surprise's README, five folds of MovieLens 100K, by scikit-learn's `cross_validate`
around `SurpriseRecommender` and by Surprise's own, on the same folds with the same seeds; (b) a training set of a
million ratings; (c) nearest neighbours for 150,000 customers and 10,000 products, the size of Surprise's issue 3,
where it was killed for memory. Every measurement runs in a fresh process.
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

# name in the README, class, RMSE and MAE published there (scikit-surprise 1.1.5)
README = {
    "SVD": ("SVD", 0.934, 0.737),
    "SVD++": ("SVDpp", 0.919, 0.721),
    "NMF": ("NMF", 0.963, 0.758),
    "Slope One": ("SlopeOne", 0.946, 0.743),
    "k-NN": ("KNNBasic", 0.98, 0.774),
    "Centered k-NN": ("KNNWithMeans", 0.951, 0.749),
    "k-NN Baseline": ("KNNBaseline", 0.931, 0.733),
    "Co-Clustering": ("CoClustering", 0.963, 0.753),
    "Baseline": ("BaselineOnly", 0.944, 0.748),
    "Random": ("NormalPredictor", 1.518, 1.219),
}
SEEDED = ("SVD", "SVDpp", "NMF", "CoClustering")
N_CUSTOMERS, N_PRODUCTS, N_RATINGS = 150_000, 10_000, 5_000_000


def movielens(path: str):
    import pandas as pd

    return pd.read_csv(path, sep="\t", names=["customer_id", "product_id", "rating", "timestamp"])


def theirs(path: str, name: str) -> dict[str, float]:
    """`surprise.model_selection.cross_validate` on `KFold(random_state=0)`, as their benchmark has it."""
    import numpy as np
    import surprise
    from surprise.model_selection import KFold, cross_validate

    table = movielens(path)
    klass = getattr(surprise, README[name][0])
    params = {"random_state": 0} if klass.__name__ in SEEDED else {}
    if "KNN" in klass.__name__ or klass.__name__ == "BaselineOnly":
        params["verbose"] = False
    np.random.seed(0)  # noqa: NPY002  (what Surprise draws from)
    started = time.perf_counter()
    reader = surprise.Reader(rating_scale=(1, 5))
    data = surprise.Dataset.load_from_df(table[["customer_id", "product_id", "rating"]], reader)
    found = cross_validate(klass(**params), data, ["rmse", "mae"], KFold(random_state=0))
    return {
        "seconds": time.perf_counter() - started,
        "rmse": float(found["test_rmse"].mean()),
        "mae": float(found["test_mae"].mean()),
    }


def ours(path: str, name: str) -> dict[str, float]:
    """`sklearn.model_selection.cross_validate` on the same folds."""
    import numpy as np
    import surprise
    from sklearn.model_selection import cross_validate
    from surprise.model_selection import KFold

    from personakit.recommend import SurpriseRecommender

    table = movielens(path)
    reader = surprise.Reader(rating_scale=(1, 5))
    rows = surprise.Dataset.load_from_df(table[["customer_id", "product_id", "rating"]], reader)
    rows.raw_ratings = [(place, place, 1.0, None) for place in range(len(table))]  # Surprise splits the row numbers
    folds = []
    for trainset, test in KFold(random_state=0).split(rows):
        train = np.array([trainset.to_raw_uid(inner) for inner in range(trainset.n_users)])
        folds.append((train, np.array([place for place, _, _ in test])))
    started = time.perf_counter()
    model = SurpriseRecommender(README[name][0], random_state=0, rating_scale=(1, 5))
    scoring = {"rmse": "neg_root_mean_squared_error", "mae": "neg_mean_absolute_error"}
    found = cross_validate(model, table, table["rating"], cv=folds, scoring=scoring)
    return {
        "seconds": time.perf_counter() - started,
        "rmse": float(-found["test_rmse"].mean()),
        "mae": float(-found["test_mae"].mean()),
    }


def million():
    """A million ratings of 6,040 customers and 8,000 products, at random."""
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(0)
    keys = rng.permutation(np.unique(rng.integers(6040 * 8000, size=1_050_000)))[:1_000_000]
    stars = rng.integers(1, 6, len(keys)).astype(float)
    return pd.DataFrame({"customer_id": keys // 8000, "product_id": keys % 8000, "rating": stars})


def trainsets() -> dict[str, float]:
    """The best of three, on either side."""
    import surprise

    from personakit.recommend import build_trainset

    table, reader = million(), surprise.Reader(rating_scale=(1, 5))
    seconds: dict[str, list[float]] = {"ours": [], "theirs": []}
    for _ in range(3):
        started = time.perf_counter()
        build_trainset(table, (1, 5))
        seconds["ours"].append(time.perf_counter() - started)
        started = time.perf_counter()
        surprise.Dataset.load_from_df(table, reader).build_full_trainset()
        seconds["theirs"].append(time.perf_counter() - started)
    return {side: min(values) for side, values in seconds.items()}


def long_tail():
    """Ratings with a long tail on both sides, and tastes: seeded, as the data of issue 3 are not public."""
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(0)
    activity = rng.lognormal(0.0, 1.0, N_CUSTOMERS)
    weights = 1 / np.arange(1, N_PRODUCTS + 1) ** 0.7
    customers = rng.choice(N_CUSTOMERS, size=int(N_RATINGS * 1.3), p=activity / activity.sum())
    products = rng.choice(N_PRODUCTS, size=len(customers), p=weights / weights.sum())
    keys = rng.permutation(np.unique(customers * N_PRODUCTS + products))[:N_RATINGS]
    customers, products = np.divmod(keys, N_PRODUCTS)
    taste, style = rng.normal(size=(N_CUSTOMERS, 4)), rng.normal(size=(N_PRODUCTS, 4))
    liking = (taste[customers] * style[products]).sum(axis=1) / 2
    liking += 3.5 + rng.normal(0, 0.4, N_CUSTOMERS)[customers] + rng.normal(0, 0.4, N_PRODUCTS)[products]
    stars = np.clip(np.round(liking + rng.normal(0, 0.7, len(keys))), 1, 5)
    return pd.DataFrame({"customer_id": customers, "product_id": products, "rating": stars})


def big_knn(between: str) -> dict[str, float]:
    """Fit on 98 ratings in 100, predict the others, and make lists for ten thousand customers."""
    import numpy as np

    from personakit.recommend import RatingKNN

    table = long_tail()
    test = np.random.default_rng(1).random(len(table)) < 0.02
    train, held_out = table[~test], table[test]
    before = _peak()
    started = time.perf_counter()
    model = RatingKNN("baseline", between=between, rating_scale=(1, 5)).fit(train)
    fitted = time.perf_counter()
    error = -model.score(held_out)
    predicted = time.perf_counter()
    model.recommend(model.customers_.ids[:10_000], k=10)
    return {
        "fit": fitted - started,
        "predict": predicted - fitted,
        "n_predicted": float(len(held_out)),
        "lists": time.perf_counter() - predicted,
        "data_megabytes": before,
        "megabytes": _peak(),
        "rmse": error,
        "rmse_of_mean": float(np.sqrt(np.mean((held_out["rating"] - train["rating"].mean()) ** 2))),
    }


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 1024)


def measured(*words: str) -> dict[str, float]:
    """One measurement in its own process."""
    command = [sys.executable, os.path.abspath(__file__), "--measure", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def table_of_readme(path: str, names: list[str]) -> None:
    heads = f"{'README':>15}{'ours':>17}{'Surprise':>17}{'ours':>9}{'Surprise':>10}{'times':>7}"
    print(f"{'RMSE / MAE':<15}{heads}")
    total = [0.0, 0.0]
    for name in names:
        mine, other = measured("ours", path, name), measured("theirs", path, name)
        _, rmse, mae = README[name]
        total[0], total[1] = total[0] + mine["seconds"], total[1] + other["seconds"]
        print(
            f"{name:<15}{rmse:>8.3f} {mae:.3f} {mine['rmse']:>10.4f} {mine['mae']:.4f} {other['rmse']:>9.4f} "
            f"{other['mae']:.4f}{mine['seconds']:>7.1f} s{other['seconds']:>8.1f} s"
            f"{other['seconds'] / mine['seconds']:>7.2f}",
            flush=True,
        )
    print(f"{'in total':<64}{total[0]:>7.1f} s{total[1]:>8.1f} s{total[1] / total[0]:>7.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("path", nargs="?", help="u.data of MovieLens 100K")
    parser.add_argument("--svdpp", action="store_true", help="SVD++ alone")
    parser.add_argument("--measure", nargs="+", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        task, *words = arguments.measure
        tasks = {"ours": ours, "theirs": theirs, "trainsets": trainsets, "knn": big_knn}
        print(json.dumps(tasks[task](*words)))
        return
    if not arguments.path:
        parser.error("where is u.data of MovieLens 100K?")
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores.\n")
    if arguments.svdpp:
        table_of_readme(arguments.path, ["SVD++"])
        return
    table_of_readme(arguments.path, [name for name in README if name != "SVD++"])
    seconds = measured("trainsets")
    print(
        f"\nA training set of a million ratings: {seconds['ours']:.2f} s, Surprise {seconds['theirs']:.2f} s "
        f"({seconds['theirs'] / seconds['ours']:.1f} times)"
    )
    print(f"\nNearest neighbours, {N_CUSTOMERS:,} x {N_PRODUCTS:,}, {N_RATINGS:,} ratings (synthetic)")
    found = measured("knn", "products")
    print(
        f"  between products: fit {found['fit']:.0f} s, 10,000 lists {found['lists']:.1f} s, "
        f"{found['n_predicted']:,.0f} predictions {found['predict']:.1f} s, "
        f"peak {found['megabytes']:,.0f} MB (data {found['data_megabytes']:,.0f}), "
        f"RMSE {found['rmse']:.3f} (mean {found['rmse_of_mean']:.3f})"
    )


if __name__ == "__main__":
    main()
