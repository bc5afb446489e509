"""How well records are linked, how long it takes, how much memory, and how fast a new record is linked.

python benchmarks/identity.py                    # time, latency, records held out at 4,000; quality on three seeds
python benchmarks/identity.py --customers 40000  # time, memory and latency only, at another size
"""

from __future__ import annotations

import argparse
import threading
import time

import numpy as np
import pandas as pd
import psutil

from personakit.profile import link_quality, match_by_rule, match_on_keys, resolve_identities
from personakit.profile.identity.model import blocked, scored
from personakit.world import World


class PeakMemory(threading.Thread):
    """The largest resident memory of this process, sampled 20 times a second."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak, self.done = 0, threading.Event()

    def run(self) -> None:
        here = psutil.Process()
        while not self.done.wait(0.05):
            self.peak = max(self.peak, here.memory_info().rss)


def measured(work):
    """Result, seconds, seconds of processor time and peak memory in MB of a call."""
    watch = PeakMemory()
    watch.start()
    began, busy = time.perf_counter(), time.process_time()
    result = work()
    seconds, processor = time.perf_counter() - began, time.process_time() - busy
    watch.done.set()
    watch.join()
    return result, seconds, processor, watch.peak / 1e6


def row(name, quality):
    """One line of the table of quality."""
    return (
        f"| {name} | {quality.pairwise_precision:.3f} | {quality.pairwise_recall:.3f} | {quality.pairwise_f1:.3f} "
        f"| {quality.b_cubed_precision:.3f} | {quality.b_cubed_recall:.3f} | {quality.b_cubed_f1:.3f} "
        f"| {quality.merged_households} |"
    )


def with_the_others_known(found, truth):
    """F1 over pairs if every other record were already with its true person, at the best threshold for the truth.

    Each record is compared with each true person by the same weights, all pairs with a common name included. What fails
    here fails for want of information in the record, or of a better model of it; never for want of a better grouping.
    """
    clean, model, prior = found._clean, found._model, found._prior
    rules = [*model.settings.blocking, ("given",), ("family",)]
    left, right = blocked(found._connection, rules, 400, across_systems=True)
    pairs = scored(found._connection, model, left, right, found._frequencies)
    customer = pd.factorize(truth.set_index("record_id")["customer_id"].loc[found._records["record_id"]])[0]
    system = pd.factorize(clean["system"])[0]
    record, other = np.concatenate([left, right]), np.concatenate([right, left])
    bits = np.where(pairs.gamma >= 0, pairs.parts, -np.inf)
    key = record * (customer.max() + 1) + customer[other]
    order = np.argsort(key, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(key[order]) > 0])
    best = np.maximum.reduceat(np.concatenate([bits, bits])[order], starts, axis=0)
    doubt = np.logical_or.reduceat(np.concatenate([pairs.contradicts] * 2)[order], starts)
    best = np.where(np.isinf(best), 0.0, best)
    weight = prior + best.sum(axis=1)
    weight -= np.where(doubt, np.maximum(best[:, model.shared].sum(axis=1) + prior, 0.0), 0.0)
    who, person = record[order][starts], customer[other[order][starts]]
    taken = set(zip(customer.tolist(), system.tolist(), strict=True))
    free = np.array(
        [p == customer[r] or (p, system[r]) not in taken for r, p in zip(who.tolist(), person.tolist(), strict=True)]
    )
    table = pd.DataFrame({"record": who, "person": person, "weight": weight})[free]
    table = table.sort_values("weight", ascending=False, kind="stable").drop_duplicates("record")
    size = np.bincount(customer)
    right_one = table["person"].to_numpy() == customer[table["record"]]
    said = size[table["person"]] - right_one
    scores = []
    for threshold in np.arange(-8.0, 4.0, 0.25):
        kept = (table["weight"] > threshold).to_numpy()
        scores.append(2 * said[kept & right_one].sum() / (said[kept].sum() + (size * (size - 1)).sum()))
    return max(scores)


def latency(found, identities, n=300):
    """Median and 99th percentile of link() over records whose ids are new, in ms, and of processor time."""
    some = identities.sample(n + 20, random_state=0)
    wall, busy = [], []
    for number, values in enumerate(some.to_dict("records")):
        values |= {"record_id": f"new-{number}"}
        began, processor = time.perf_counter(), time.process_time()
        found.link(values)
        wall.append(time.perf_counter() - began)
        busy.append(time.process_time() - processor)
    wall, busy = 1000 * np.array(wall[20:]), 1000 * np.array(busy[20:])
    return np.median(wall), np.percentile(wall, 99), np.median(busy), np.percentile(busy, 99)


def held_out(table, full, *, n, draw):
    """How many of n records held out, one of a person at most, link() puts with company that the full run gives."""
    person = full.links.set_index("record_id")["person_id"]
    several = person[person.duplicated(keep=False)].drop_duplicates(keep="last")
    out = several.sample(n, random_state=draw).index
    without = resolve_identities(table[~table["record_id"].isin(out)])
    answer = without.link(table[table["record_id"].isin(out)]).set_index("record_id")["person_id"]
    stays = without.links.set_index("record_id")["person_id"]
    company = [set(person.index[person == person[record]]) - {record} for record in out]
    given = [set(stays.index[stays == answer[record]]) for record in out]
    return sum(bool(one & other) for one, other in zip(company, given, strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=4_000)
    arguments = parser.parse_args()
    size = arguments.customers
    world = World(size, 600, random_state=7)
    identities = world.tables["identities"]
    before = psutil.Process().memory_info().rss / 1e6
    found, seconds, processor, memory = measured(lambda: resolve_identities(identities))
    print(
        f"{size:,} customers, {len(identities):,} records: {seconds:.1f} s ({processor:.1f} s of processor), peak "
        f"{memory:,.0f} MB, of which {before:,.0f} MB before the call"
    )
    if size != 4_000:
        print(row("resolve_identities", link_quality(found.links, world.truth["identities"])))
    median, slow, busy, busy_slow = latency(found, identities)
    print(
        f"link(): median {median:.0f} ms, p99 {slow:.0f} ms; of processor time {busy:.0f} ms, p99 {busy_slow:.0f} ms",
        flush=True,
    )
    if size == 4_000:
        print(f"held out at 4,000: {held_out(identities, found, n=400, draw=1)} of 400 as in the full run")
        few = World(800, 60, random_state=5).tables["identities"]
        full = resolve_identities(few)
        rates = [held_out(few, full, n=100, draw=draw) for draw in (1, 2, 3)]
        print(f"held out at 800 (seed 5): {rates} of 100", flush=True)
        for seed in (7, 101, 102):
            world = World(size, 600, random_state=seed)
            identities, truth = world.tables["identities"], world.truth["identities"]
            households = int((truth.groupby("household_id")["customer_id"].nunique() > 1).sum())
            found = resolve_identities(identities)
            print(f"\nseed {seed}: {len(identities):,} records, {households} households with several customers")
            print(row("equal e-mail or phone", link_quality(match_on_keys(identities), truth)))
            print(row("rule made by hand", link_quality(match_by_rule(identities), truth)))
            print(row("resolve_identities", link_quality(found.links, truth)))
            print(f"pairwise F1 if all other records were known: {with_the_others_known(found, truth):.3f}", flush=True)


if __name__ == "__main__":
    main()
