"""The fairness audit on the world and MovieLens 100K: what it finds, what mitigation costs, how sure, how fast.

    python benchmarks/fairness.py            everything (about two minutes)
    python benchmarks/fairness.py --quick    without the coverage study and the large case

MovieLens 100K is looked for where `personakit.load_dataset` looks (PERSONAKIT_DATA names another folder); its table of
people (u.user) brings gender and age. The world's figures are of seed 7; nothing was tuned on it.
"""

from __future__ import annotations

import argparse
import resource
import time
import warnings

import numpy as np
import pandas as pd

import personakit as pk
from personakit.privacy import (
    fair_decisions,
    fair_prices,
    fair_recommendations,
    fairness_of_predictions,
    fairness_of_prices,
    fairness_of_recommendations,
    fairness_of_segments,
)

SEED = 0
MARK_UP = 1.2


def show(title: str, table: pd.DataFrame | str) -> None:
    print(f"\n## {title}\n\n{table if isinstance(table, str) else table.round(4).to_string()}", flush=True)


def recommended(interactions: pd.DataFrame, l2: float, k: int) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """EASE's lists, the training part, and what was held out for the customers who have a list."""
    train, test = pk.recommend.split_interactions(interactions, split="random", random_state=SEED)
    lists = pk.recommend.EASE(l2=l2).fit(train).recommend(None, k=k)
    return lists, train, test[test["customer_id"].isin(lists["customer_id"])]


def by_activity(people: pd.DataFrame, train: pd.DataFrame) -> pd.DataFrame:
    """Customers in three equal parts by how many products they had in the training part."""
    many = train.groupby("customer_id")["product_id"].nunique().reindex(people.index)
    return people.assign(activity=pd.qcut(many.rank(method="first"), 3, labels=["light", "middle", "heavy"]))


def on_the_world() -> None:
    world = pk.world.World()
    people = world.tables["customers"].set_index("customer_id")[["age_band", "gender"]]

    seen = world.tables["interactions"]
    lists, train, test = recommended(seen[seen["event"] != "return"], 200, 60)
    audit = fairness_of_recommendations(
        lists[lists["rank"] <= 10], by_activity(people, train), relevant=test, history=train,
        products=world.tables["products"], item_group="department",
    )  # fmt: skip
    show("World: recommendations (EASE)", audit.table())
    show("World: recommendations in words", audit.summary)
    made = fair_recommendations(lists, world.tables["products"], test, item_group="department")
    show("World: exposure of departments against nDCG", made.frontier)

    ids = world.customer_ids[world.expected(None)["visits"].to_numpy() > 0]
    steps = np.arange(0, 0.36, 0.05)

    def money(discount: pd.Series) -> np.ndarray:
        acts = {"discount": discount.to_numpy(), "price_factor": MARK_UP}
        return world.expected(discount.index, acts)["margin"].to_numpy()

    earned = np.stack([money(pd.Series(step, ids)) for step in steps], axis=1)
    discount = pd.Series(steps[earned.argmax(axis=1)], ids, name="discount")
    wealth = world.truth["customers"].set_index("customer_id")["log_income"]
    groups = people[["age_band"]].loc[ids]
    groups = groups.assign(income=pd.qcut(wealth, 4, labels=["low", "mid-low", "mid-high", "high"]).loc[ids])
    prices = pd.DataFrame({"customer_id": ids, "product_id": 0, "price": MARK_UP * (1 - discount.to_numpy())})
    audit = fairness_of_prices(prices, groups, pd.Series({0: 1.0}), metrics=["price_index"])
    show("World: personal prices", audit.table("price_index"))
    show("World: personal prices in words", audit.summary)
    one = earned.mean(axis=0).max()
    print(f"\nmargin a week and customer: one price {one:.4f}, personal {earned.max(axis=1).mean():.4f}")
    for names in (["age_band"], ["age_band", "income"]):
        made = fair_prices(discount, groups[names], money, limits=(0.0, 0.4))
        show(f"World: gap in discounts by {' and '.join(names)} against margin", made.frontier)

    profiles = pk.profile.build_profiles(world.tables, as_of="2025-09-30").set_index("customer_id")
    segments = pd.qcut(profiles["monetary"].rank(method="first"), 5, labels=["1", "2", "3", "4", "5"])
    audit = fairness_of_segments(segments, people, favoured="5")
    show("World: top fifth by spend", audit.table("favoured"))

    lines = world.tables["order_lines"]
    later = lines[lines["timestamp"] >= "2025-10-01"]["customer_id"].unique()
    columns = ["recency_days", "frequency", "monetary"]
    inputs = profiles[[name for name in columns if name in profiles.columns]].fillna(9999.0)
    bought = pd.Series(np.isin(profiles.index, later).astype(int), profiles.index)
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.model_selection import cross_val_predict

    score = cross_val_predict(
        HistGradientBoostingClassifier(max_iter=60, random_state=SEED), inputs, bought, cv=5, method="predict_proba"
    )[:, 1]
    score = pd.Series(score, profiles.index)
    level = float(bought.mean())
    activity = pd.qcut(profiles["frequency"].rank(method="first"), 3, labels=["light", "middle", "heavy"])
    activity = activity.rename("activity")
    audit = fairness_of_predictions(bought, score, people.assign(activity=activity), threshold=level)
    show("World: will buy within 90 days", audit.table())
    show("World: will buy, in words", audit.summary)
    made = fair_decisions(bought, score, activity, threshold=0.5)
    show("World: demographic parity by activity against accuracy", made.frontier)


def on_movielens() -> None:
    tables = pk.load_dataset("movielens-100k")
    ratings = tables["ratings"]
    liked = ratings[ratings["rating"] >= 4]
    lists, train, test = recommended(liked, 200, 200)
    films = tables["products"]
    popular = (
        train["product_id"].value_counts().reindex(films["product_id"]).fillna(0).rank(ascending=False, method="first")
    )
    films = films.assign(popularity=np.where(popular.to_numpy() <= 0.2 * len(films), "head", "tail"))
    people = tables["customers"].set_index("customer_id") if "customers" in tables else pd.DataFrame()
    groups = pd.DataFrame(index=pd.Index(ratings["customer_id"].unique(), name="customer_id"))
    if "gender" in people.columns:
        bands = pd.cut(people["age"], [0, 24, 34, 44, 54, 200], labels=["under 25", "25-34", "35-44", "45-54", "55+"])
        groups = people[["gender"]].assign(age=bands)
    else:
        print("\nu.user is not there: no gender and age, activity only.")
    audit = fairness_of_recommendations(
        lists[lists["rank"] <= 10], by_activity(groups, train), relevant=test, history=train, products=films,
        item_group="popularity",
    )  # fmt: skip
    show("MovieLens 100K: recommendations (EASE)", audit.table())
    show("MovieLens 100K: gaps", audit.gaps.drop(columns="below_four_fifths"))
    show("MovieLens 100K in words", audit.summary)
    owner = films.set_index("product_id")["popularity"]
    merit = test["product_id"].map(owner).value_counts(normalize=True)
    show("MovieLens 100K: share of what was held out", merit.to_frame())
    made = fair_recommendations(lists, films, test, item_group="popularity", target=merit)
    show("MovieLens 100K: exposure of the tail by merit against nDCG", made.frontier)


def coverage() -> None:
    """How often intervals hold the truth and how often equal groups look unequal, in simulation."""
    rows = []
    for kind in ("share", "spend"):
        for n, n_groups in ((60, 2), (200, 5), (2000, 5)):
            held, covered, alarms = [], [], []
            for seed in range(400):
                random = np.random.default_rng(seed)
                group = pd.Series(random.permutation(np.arange(n) % n_groups), name="g")
                if kind == "share":
                    got = pd.Series(np.where(random.uniform(size=n) < 0.2, "x", "y"))
                    audit = fairness_of_segments(
                        got, group, metrics=["in x"], n_bootstrap=400, n_permutations=199, floor=2
                    )
                    truth = 0.2
                else:
                    spend = pd.DataFrame({"customer_id": range(n), "product_id": 1, "price": random.lognormal(0, 1, n)})
                    audit = fairness_of_prices(
                        spend, group, pd.Series({1: 1.0}), metrics=["price_index"], n_bootstrap=400, n_permutations=199,
                        floor=2,
                    )  # fmt: skip
                    truth = np.exp(0.5)
                each, gap = audit.by_group, audit.gaps.iloc[0]
                held += ((each["low"] <= truth) & (truth <= each["high"])).tolist()
                covered.append(gap["difference_low"] <= 0)
                alarms.append(gap["gap_p_value"] <= 0.05)
            rows.append((kind, n // n_groups, n_groups, np.mean(held), np.mean(covered), np.mean(alarms)))
    columns = ["numbers", "customers a group", "groups", "interval holds", "gap covers 0", "p <= 0.05"]
    show("Coverage of 95 % intervals, equal groups, 400 repetitions", pd.DataFrame(rows, columns=columns))


def large(n: int = 1_000_000) -> None:
    random = np.random.default_rng(SEED)
    who = random.integers(0, n // 4, n)
    group = pd.Series(random.choice(["a", "b", "c", "d"], n // 4), name="g")
    prices = pd.DataFrame(
        {"customer_id": who, "product_id": random.integers(0, 5000, n), "price": random.gamma(3, 5, n)}
    )
    lists = pd.DataFrame({
        "customer_id": np.repeat(np.arange(n // 10), 10), "rank": np.tile(np.arange(1, 11), n // 10),
        "product_id": (random.integers(0, 400, n // 10)[:, None] + np.arange(10) * 7).ravel(),
    })  # fmt: skip
    goods = pd.DataFrame({"product_id": range(500), "category": np.arange(500) % 8, "price": 10.0})
    y = pd.Series(random.integers(0, 2, n), random.permutation(n))
    each = pd.Series(random.choice(["a", "b", "c", "d"], n), name="g")
    score = pd.Series(random.uniform(size=n), y.index)
    cases = {
        "segments (1,000,000 customers)": lambda: fairness_of_segments(y, each),
        "prices (1,000,000 rows, 250,000 customers)": lambda: fairness_of_prices(prices, group),
        "recommendations (1,000,000 rows, 100,000 customers)": lambda: fairness_of_recommendations(
            lists, group, products=goods, relevant=lists.iloc[::7], history=lists
        ),
        "predictions (1,000,000 customers)": lambda: fairness_of_predictions(y, score, each),
    }
    for name, run in cases.items():
        started = time.perf_counter()
        run()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{name}: {time.perf_counter() - started:.1f} s, peak so far {peak:,.0f} MB", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    warnings.simplefilter("ignore", UserWarning)
    on_the_world()
    on_movielens()
    if not quick:
        coverage()
        print("\n## Time\n")
        large()
