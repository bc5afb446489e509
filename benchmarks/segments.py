"""Segments on the world: how near they come to the archetypes, and what targeting by them earns of the oracle's profit.

    python benchmarks/segments.py             worlds 31 to 36 (six to fifteen minutes)
    python benchmarks/segments.py 21 22       other worlds

Everything was set up on the worlds 21 and 22. No method sees the truth, but for those that are named so.
"""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.metrics import adjusted_rand_score

import personakit as pk
from personakit.measure import choose_messages, contact_history, message_margins, message_options, plan_value
from personakit.segment import (
    RFM,
    CustomerSegments,
    OfferValues,
    offer_values,
    segments_known_then,
    target,
    taste_features,
)

REPORTED = (31, 32, 33, 34, 35, 36)
COSTS = {"email": 0.01, "sms": 0.06, "push": 0.005}
WEEKS = 4
TASTES = ["style"]
Frame, Labels = pd.DataFrame, pd.Series


class Case:
    """A world, what a shop may know of it, and the truth to score with."""

    def __init__(self, seed: int) -> None:
        self.seed, self.world = seed, pk.world.World(random_state=seed)
        world, self.today = self.world, self.world.end
        ledger = pk.privacy.ConsentLedger(world.tables["consents"])
        names = ("customers", "products", "contacts", "sessions", "interactions", "order_lines")
        mailing = pk.privacy.gate({name: world.tables[name] for name in names}, "marketing_email", at=self.today,
                                  ledger=ledger)  # fmt: skip
        self.known = pk.privacy.gate(mailing, "recommendations", at=self.today, ledger=ledger)
        people = world.tables["customers"]
        self.permitted = {
            channel: pk.privacy.gate(people, f"marketing_{channel}", at=self.today, ledger=ledger) for channel in COSTS
        }
        self.history = contact_history(self.known, at=self.today, costs=COSTS)
        log = self.history.decisions
        log = log[log["discount"] == 0]
        self.log = log.assign(worth=log["visits"] * self.history.worth_of_a_visit[0.0])
        self.options = message_options(COSTS, world.themes)
        self.ids = pd.Index(self.known.customer_ids, name="customer_id")
        self.margins = message_margins(world, self.ids, self.options, weeks=WEEKS)
        self.truth = world.truth["customers"].set_index("customer_id")["archetype"].reindex(self.ids)

    def earned(self, plan: Labels) -> Labels:
        return plan_value(self.margins, plan.reindex(self.ids).fillna("none"), self.options, weeks=WEEKS)

    def allowed(self) -> dict[str, pd.Index]:
        return {channel: released.customer_ids for channel, released in self.permitted.items()}


def profile(case: Case, day: pd.Timestamp) -> Frame:
    return pk.profile.build_profiles(case.known.tables, as_of=day).set_index("customer_id").reindex(case.ids)


def tastes(case: Case, day: pd.Timestamp, of: list[str] = TASTES) -> Frame:
    seen = case.known.tables["interactions"]
    made = taste_features(seen, case.known.tables["products"], of=of, as_of=day)
    return made.reindex(case.ids).fillna(0.0)


def quarters(case: Case) -> list[pd.Timestamp]:
    return list(pd.date_range(end=case.today, periods=4, freq="QS"))


def dated(case: Case, model: RFM | CustomerSegments, inputs: Callable[[pd.Timestamp], Frame]) -> tuple[Labels, Frame]:
    """Segments of today, and the log with the segments that were known at the beginning of each quarter."""
    night = pd.Timedelta(days=1)
    now = model.fit_predict(inputs(case.today - night))
    then = {start: model.predict(inputs(start - night)) for start in quarters(case)}
    return now, segments_known_then(case.log, then)


def segmentations(case: Case) -> dict[str, tuple[Labels, Frame]]:
    def means(n: int, method: str = "kmeans", numbers: str = "keep", **also: object) -> CustomerSegments:
        return CustomerSegments(n, method, numbers=numbers, random_state=0, **also)  # type: ignore[arg-type]

    def taste(day: pd.Timestamp) -> Frame:
        return tastes(case, day)

    def whole(day: pd.Timestamp) -> Frame:
        return profile(case, day)

    by_taste, taste_log = dated(case, means(6), taste)
    model = pk.measure.MessageResponse().fit(case.history.decisions)
    own = model.own_ratio(case.history.now).reindex(case.ids)
    cuts = own.quantile([1 / 3, 2 / 3]).to_numpy()
    reaction, then = tiers(own, cuts), tiers(model.own_ratio(case.log), cuts)  # known in the week before each decision
    both = taste_log["segment"].astype(str) + ", " + then
    return {
        "RFM": dated(case, RFM(), whole),
        "k-means, whole profile": dated(case, means(6, numbers="ranks"), whole),
        "k-means, tastes": (by_taste, taste_log),
        "Gaussian mixture, tastes": dated(case, means(6, "gaussian_mixture"), taste),
        "Ward, tastes": dated(case, means(6, "hierarchical"), taste),
        "reaction in three tiers": (reaction, case.log.assign(segment=then)),
        "k-means tastes x reaction": (
            by_taste.astype(str) + ", " + reaction.reindex(by_taste.index),
            taste_log.assign(segment=both.where(taste_log["segment"].notna())),
        ),
        "archetype (truth)": (case.truth, case.log.assign(segment=case.log["customer_id"].map(case.truth))),
    }


def tiers(ratio: Labels, cuts: np.ndarray) -> Labels:
    """How she reacted to messages so far, in three tiers."""
    return pd.Series(np.array(["cool", "usual", "warm"], dtype=object)[np.searchsorted(cuts, ratio)], ratio.index)


def values_of(now: Labels, log: Frame) -> OfferValues:
    return offer_values(now, log, outcome="worth", covariates=["usual", "tired"])


def plans(case: Case) -> tuple[dict[str, Labels], dict[str, float], dict[str, float]]:
    """Every way of choosing messages, the adjusted Rand index of every segmentation, and pounds that were promised."""
    everybody = pd.Series("all", index=case.ids)
    made = {"none": pd.Series("none", index=case.ids)}
    rand: dict[str, float] = {}
    promised: dict[str, float] = {}
    over_none = case.margins.sub(case.margins["none"], axis=0)
    for name, (now, log) in {"one for all": (everybody, case.log), **segmentations(case)}.items():
        found = values_of(now, log)
        for how in ("low", "net"):
            plan = target(found, permitted=case.permitted, choose_by=how)
            made[f"{name} | {how}"] = plan.actions
            if how == "low":
                promised[name] = WEEKS * plan.value / len(case.ids)
        alone = found.table.assign(net=(found.table["raw"] - found.table["cost"]).fillna(-1.0))
        made[f"{name} | raw"] = target(replace(found, table=alone), permitted=case.permitted, choose_by="net").actions
        rows = now.reindex(case.ids)
        cells = over_none.groupby(rows.astype(object), observed=True).transform("mean")
        made[f"{name} | values known"] = choose_messages(cells, case.options, permitted=case.allowed(), weeks=WEEKS)
        if name != "one for all":
            both = rows.notna()
            rand[name] = adjusted_rand_score(case.truth[both], rows[both].astype(str))
    model = pk.measure.MessageResponse().fit(case.history.decisions)
    messages = case.options[case.options["channel"] != "none"]
    lift = model.lift(case.history.now, messages, worth=case.history.worth_of_a_visit[0.0], weeks=WEEKS)
    made["individual"] = choose_messages(lift, case.options, permitted=case.allowed(), weeks=WEEKS)
    made["oracle"] = choose_messages(over_none, case.options, permitted=case.allowed(), weeks=WEEKS)
    return made, rand, promised


def main(seeds: tuple[int, ...]) -> None:
    shares, rands, gains, kept = [], [], [], []
    for seed in seeds:
        began = time.perf_counter()
        case = Case(seed)
        made, rand, promised = plans(case)
        value = pd.Series({name: case.earned(plan).mean() for name, plan in made.items()})
        gain = value - value["none"]
        gains.append(gain.rename(seed))
        shares.append((gain / gain["oracle"]).rename(seed))
        kept.append(pd.Series({name: pounds / gain[f"{name} | low"] for name, pounds in promised.items()}, name=seed))
        rands.append(pd.Series(rand, name=seed))
        print(f"world {seed}: {len(case.ids):,} customers, {time.perf_counter() - began:.0f} s", flush=True)
    for title, found in (
        ("Pounds a customer", gains),
        ("Share of the oracle's gain", shares),
        ("Adjusted Rand index", rands),
        ("Promised over kept", kept),
    ):
        table = pd.concat(found, axis=1)
        n = table.shape[1]
        reach = stats.t.ppf(0.975, n - 1) * table.std(axis=1) / np.sqrt(n) if n > 1 else np.nan
        table = table.assign(mean=table.mean(axis=1), low=table.mean(axis=1) - reach, high=table.mean(axis=1) + reach)
        print(f"\n## {title}\n\n{table.round(3).to_string()}", flush=True)


if __name__ == "__main__":
    warnings.simplefilter("ignore", UserWarning)
    main(tuple(map(int, sys.argv[1:])) or REPORTED)
