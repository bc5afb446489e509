"""Recommenders on MovieLens 100K: tuned inside the training part, measured once, beside the package implicit.

    python benchmarks/recommenders.py PATH_TO_U_DATA                 one split (seed 42); u.item must lie beside u.data
    python benchmarks/recommenders.py PATH_TO_U_DATA --seeds 0 1 2   several splits, each tuned anew

The protocol of the Microsoft Recommenders table: 75/25 at random within each user, all held-out ratings relevant, what
was seen removed, k = 10. Every model is tuned on a validation part of the training part (75/25 again); the test
part is used once, for the figures. Times are of one thread: fitting and lists for everybody, tuning apart.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import platform
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import sparse

from personakit.recommend import (
    ALS,
    BPR,
    EASE,
    SLIM,
    ItemKNN,
    Popular,
    ProductFeatures,
    Random,
    Recommender,
    SessionEASE,
    StackedRanker,
    SurpriseRecommender,
    WeightedHybrid,
    evaluate,
    ranking_metrics,
    split_interactions,
)
from personakit.recommend.interactions import IdIndex
from personakit.recommend.protocol import Reason

K, TEST_SIZE = 10, 0.25

PEER_GRID = {
    "cosine": [{"K": 100}, {"K": 300}],
    "bm25": [{"K": n, "K1": 1.2, "B": b} for n in (100, 300) for b in (0.1, 0.5)],
    "als": [
        {"factors": f, "alpha": a, "regularization": 0.05, "iterations": 15} for f in (32, 64) for a in (5.0, 20.0)
    ],
    "bpr": [{"factors": f, "iterations": n} for f, n in ((32, 30), (32, 100), (64, 60))],
}
OURS = {"cosine": "ItemKNN cosine", "bm25": "ItemKNN BM25", "als": "ALS", "bpr": "BPR"}
PUBLISHED = {"BiVAE": 0.475, "BPR": 0.390, "SAR": 0.382, "SVD": 0.096}


class PopularThen(Recommender):
    """How much more popular a film was around the time when the user was active than it is on the whole (a log ratio).

    Only for the blend here: under a random split a user's time lies within the data, and what came to cinemas then is
    known. Recommending today, this is `Popular(half_life_days=...)` for everybody.
    """

    def __init__(self, days: float = 40.0) -> None:
        self.days = days

    def _learn(self, frame, customers, products, weights) -> None:
        middle = frame["timestamp"].groupby(customers).median().to_numpy() / 86_400
        close = np.exp(-np.abs(middle[:, None] - middle) / self.days)
        np.fill_diagonal(close, 0.0)
        then = close @ self.seen_ / close.sum(axis=1, keepdims=True)
        self._scores = np.log((then + 0.003) / (np.asarray(self.seen_.mean(axis=0)).ravel() + 0.003))

    def _scorer(self, columns):
        return lambda rows: self._scores[rows] if columns is None else self._scores[np.ix_(rows, columns)]

    def _reasons(self, customer, product):
        return [Reason("popular then", -1, float(self._scores[customer, product]))]


class UserRidge(Recommender):
    """Customers in place of products: what a customer has, by kernel ridge regression from what all customers have.

    Scores are ``K (K + l2 I)^-1 X`` with ``K = X X'``, how many products two customers share.
    """

    def __init__(self, l2: float = 800.0) -> None:
        self.l2 = l2

    def _learn(self, frame, customers, products, weights) -> None:
        shared = (self.seen_ @ self.seen_.T).toarray()
        self._weights = np.linalg.solve(shared + self.l2 * np.eye(len(shared)), shared)

    def _scorer(self, columns):
        chosen = self.seen_ if columns is None else self.seen_[:, columns]
        return lambda rows: self._weights[rows] @ chosen

    def _reasons(self, customer, product):
        owners = self.seen_[:, [product]].nonzero()[0]
        return [Reason("customers who have it", -1, float(self._weights[customer, owners].sum()))]


# what is tried; the best on the validation part goes on
GRID = {
    "Random": [Random(random_state=0)],
    "SVD (ratings)": [SurpriseRecommender("SVD", random_state=0)],
    "Popular": [Popular(), Popular(half_life_days=30.0)],
    "ItemKNN cosine": [ItemKNN(n_neighbors=n, shrinkage=s) for n in (100, 300) for s in (0.0, 20.0)],
    "ItemKNN BM25": [ItemKNN("bm25", n_neighbors=n, b=b) for n in (100, 300) for b in (0.1, 0.5)],
    "BPR": [BPR(n_factors=f, iterations=n, random_state=0) for f, n in ((32, 30), (32, 100), (64, 60))],
    "ALS": [
        ALS(n_factors=f, alpha=a, regularization=r, random_state=0)
        for f, a, r in ((32, 5.0, 0.05), (32, 20.0, 0.05), (64, 5.0, 0.05), (64, 20.0, 0.05), (64, 5.0, 30.0))
    ],
    "UserRidge": [UserRidge(l2=l2) for l2 in (400.0, 800.0, 1600.0)],
    "SLIM": [SLIM(1.0, 300.0), SLIM(5.0, 300.0)],
    "EASE": [EASE(l2=l2) for l2 in (200.0, 400.0, 600.0, 1000.0)],
    "SessionEASE": [SessionEASE(l2=l2, session_minutes=m) for l2 in (150.0, 250.0, 400.0) for m in (5.0, 15.0)],
}


def blend(chosen: dict[str, object]) -> WeightedHybrid:
    """The tuned members together, with sittings of several lengths; its weights are learnt inside `fit`."""
    names = ("ItemKNN cosine", "ItemKNN BM25", "ALS", "EASE", "SessionEASE", "Popular")
    members = {name: chosen[name] for name in names}
    members["SessionEASE 2 minutes"] = SessionEASE(l2=200.0, session_minutes=2.0, across=0.0)
    members["SessionEASE 1 hour"] = SessionEASE(l2=250.0, session_minutes=60.0, across=0.0)
    members["EASE, 4 and 5 stars"] = EASE(l2=300.0, event_weight={"4": 1.0, "5": 1.0})
    members["Popular then"] = PopularThen(40.0)
    members["BaselineOnly (ratings)"] = SurpriseRecommender("BaselineOnly")
    return WeightedHybrid(members)


def stacked(chosen: dict[str, object], films: pd.DataFrame) -> StackedRanker:
    """Seven members and features of the pair; the second stage is learnt inside `fit`."""
    members = {name: chosen[name] for name in ("SessionEASE", "EASE", "ALS", "ItemKNN cosine")}
    members["SessionEASE 1 hour"] = SessionEASE(l2=250.0, session_minutes=60.0, across=0.0)
    members["EASE, 4 and 5 stars"] = EASE(l2=300.0, event_weight={"4": 1.0, "5": 1.0})
    members["Popular lately"] = Popular(half_life_days=30.0)
    genres = ProductFeatures(text=["genres"], stop_words=None)
    return StackedRanker(members, products=films, features=genres, released="released")


def read_films(path: Path) -> pd.DataFrame:
    """Genres and dates of release, from u.item."""
    names = "unknown Action Adventure Animation Childrens Comedy Crime Documentary Drama Fantasy FilmNoir Horror"
    names = f"{names} Musical Mystery Romance SciFi Thriller War Western".split()
    table = pd.read_csv(path, sep="|", encoding="latin-1", header=None)
    flags = table.iloc[:, -len(names) :].to_numpy(dtype=bool)
    return pd.DataFrame(
        {
            "product_id": table[0],
            "released": pd.to_datetime(table[2], format="%d-%b-%Y"),
            "genres": [" ".join(np.array(names)[row]) for row in flags],
        }
    )


def tuned(train: pd.DataFrame, seed: int) -> dict[str, object]:
    """Of each name the best model on a validation part of the training part."""
    chosen = {}
    for name, models in GRID.items():
        if len(models) == 1:
            chosen[name] = models[0]
            continue
        table = evaluate(
            {str(number): model for number, model in enumerate(models)},
            train,
            test_size=TEST_SIZE,
            k=K,
            n_bootstrap=0,
            random_state=seed,
        )
        chosen[name] = models[int(table["ndcg"].to_numpy().argmax())]
    return chosen


def peer(name: str, params: dict[str, object]) -> object:
    """A model of the package implicit."""
    import implicit.cpu.als
    import implicit.cpu.bpr
    import implicit.nearest_neighbours as near

    factory: dict[str, Callable] = {
        "cosine": near.CosineRecommender,
        "bm25": near.BM25Recommender,
        "als": implicit.cpu.als.AlternatingLeastSquares,
        "bpr": implicit.cpu.bpr.BayesianPersonalizedRanking,
    }
    seeded = {"random_state": 0} if name in ("als", "bpr") else {}
    return factory[name](num_threads=1, **seeded, **params)


def peer_lists(name: str, params: dict[str, object], train: pd.DataFrame) -> tuple[pd.DataFrame, float]:
    """Its lists for everybody, and how long it took from the table on."""
    started = time.perf_counter()
    customers, rows = IdIndex.encode(train["customer_id"])
    products, columns = IdIndex.encode(train["product_id"])
    matrix = sparse.csr_matrix(
        (np.ones(len(train), dtype=np.float32), (rows, columns)), shape=(len(customers), len(products))
    )
    model = peer(name, params)
    model.fit(matrix, show_progress=False)
    places, _ = model.recommend(np.arange(len(customers)), matrix, N=K, filter_already_liked_items=True)
    places = np.asarray(places)
    kept = places >= 0
    lists = pd.DataFrame(
        {
            "customer_id": customers.ids.to_numpy()[np.nonzero(kept)[0]],
            "product_id": products.take(places[kept]),
            "rank": np.broadcast_to(np.arange(1, places.shape[1] + 1), places.shape)[kept],
        }
    )
    return lists, time.perf_counter() - started


def peers(train: pd.DataFrame, test: pd.DataFrame, seed: int) -> pd.DataFrame:
    """The models of implicit, tuned on the same validation part and measured on the same test part."""
    inner, held = split_interactions(train, test_size=TEST_SIZE, random_state=seed)
    rows = []
    for name, grid in PEER_GRID.items():
        quality = [ranking_metrics(peer_lists(name, params, inner)[0], held, k=K)["ndcg"].mean() for params in grid]
        best = grid[int(np.argmax(quality))]
        lists, seconds = peer_lists(name, best, train)
        rows.append((name, ranking_metrics(lists, test, k=K)["ndcg"].mean(), seconds, str(best)))
    return pd.DataFrame(rows, columns=["peer", "ndcg", "seconds", "params"])


def one_split(table: pd.DataFrame, films: pd.DataFrame, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    train, test = split_interactions(table, test_size=TEST_SIZE, random_state=seed)
    started = time.perf_counter()
    models = tuned(train, seed)
    tuning = time.perf_counter() - started
    models["WeightedHybrid"], models["StackedRanker"] = blend(models), stacked(models, films)
    figures = evaluate(
        models, table, split="random", test_size=TEST_SIZE, k=K, baseline="EASE", n_bootstrap=1000, random_state=seed
    )
    theirs = peers(train, test, seed)
    print(f"\nSeed {seed}: {len(train):,} ratings to learn from, {len(test):,} held out. Tuning took {tuning:.0f} s.")
    print(f"{'':<18}{'nDCG@10':>8}   95 % interval     from EASE (paired)            recall  coverage  seconds")
    for row in figures.sort_values("ndcg").itertuples():
        print(
            f"{row.model:<18}{row.ndcg:>8.4f}   {row.ndcg_low:.4f} {row.ndcg_high:.4f}   "
            f"{row.ndcg_gain:+.4f} ({row.ndcg_gain_low:+.4f} {row.ndcg_gain_high:+.4f})   "
            f"{row.recall:>8.4f}{row.coverage:>9.2f}{row.seconds:>10.2f}"
        )
    print("\nThe package implicit, tuned and measured on the same parts")
    seconds = figures.set_index("model")["seconds"]
    quality = figures.set_index("model")["ndcg"]
    for row in theirs.itertuples():
        ours = OURS[row.peer]
        print(
            f"{row.peer:<8} nDCG@10 {row.ndcg:.4f} (here {quality[ours]:.4f}), {row.seconds:.2f} s "
            f"(here {seconds[ours]:.2f} s, {row.seconds / seconds[ours]:.1f} times as fast)   {row.params}"
        )
    print("\nChosen:", *(f"{name}: {model}" for name, model in models.items() if name in GRID), sep="\n  ")
    return figures.assign(seed=seed), theirs.assign(seed=seed)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("path", help="u.data of MovieLens 100K")
    parser.add_argument("--seeds", type=int, nargs="+", default=[42])
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore", module="implicit")
    table = pd.read_csv(arguments.path, sep="\t", names=["customer_id", "product_id", "rating", "timestamp"])
    films = read_films(Path(arguments.path).with_name("u.item"))
    # so that one member may look at the stars; to the others, and to the measure, any rating counts
    table["event"] = table["rating"].astype(str)
    started = time.perf_counter()
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, one thread used.")
    figures = pd.concat([one_split(table, films, seed)[0] for seed in arguments.seeds])
    if len(arguments.seeds) > 1:
        over = figures.groupby("model")[["ndcg", "ndcg_gain"]].agg(["mean", "std"])
        print(f"\nOver {len(arguments.seeds)} splits (mean, standard deviation between splits)")
        print(over.sort_values(("ndcg", "mean")).round(4).to_string())
    print("\nPublished, Microsoft Recommenders, same protocol, another random split:", PUBLISHED)
    print(f"All of it took {time.perf_counter() - started:.0f} s.")


if __name__ == "__main__":
    main()
