"""One person from the records of many systems: `resolve_identities`, the first step of a unified profile."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from personakit.errors import DataError, ParameterError
from personakit.profile.identity.clusters import clusters, components
from personakit.profile.identity.index import frequencies_of
from personakit.profile.identity.known import account_pairs, known_pairs, same_accounts
from personakit.profile.identity.model import (
    LinkModel,
    Pairs,
    blocked,
    load_records,
    probability,
    scored,
    train,
    untrained,
)
from personakit.profile.identity.records import read_records, standardised
from personakit.profile.identity.result import Identities
from personakit.profile.identity.settings import LinkSettings, link_settings

__all__ = ["resolve_identities"]

Ints = NDArray[np.int64]
_ENOUGH = 500  # records from which weights can be learnt
_LARGEST = 400  # records of a component whose pairs are all compared


def resolve_identities(
    sources: Any,
    *,
    settings: LinkSettings | None = None,
    known_links: pd.DataFrame | Iterable[tuple[Any, Any]] | None = None,
    distinct: pd.DataFrame | Iterable[tuple[Any, Any]] | None = None,
    threshold: float = 0.1,
    random_state: int = 0,
    progress: bool = False,
) -> Identities:
    """Find out which records of several systems are one person's.

    Records are standardised; pairs that share a blocking key are weighed by the model of Fellegi and Sunter (1969) with
    weights that Splink learns from the data without labels; people are groups of records between which the evidence as
    a whole is for one person (`personakit.profile.identity.clusters`), not chains, as connected components would make.

    Parameters
    ----------
    sources : DataFrame, Ibis table, or mapping of system to such a table
        Records with the columns of the canonical table `identities`.
    settings : LinkSettings, optional
        What is compared and how; by default `link_settings()`.
    known_links : DataFrame of two columns or pairs of record ids, optional
        Records that are one person's, whatever the weights say; circles (A into B into A) are fine.
    distinct : DataFrame of two columns or pairs of record ids, optional
        Records that are not one person's.
    threshold : float, default 0.1
        Match probability from which two groups of records are merged, 0 to 1. It is low because a record goes to the
        likeliest person only, and two records of one system exclude each other: what is left over is likelier than it
        looks. Higher: fewer people wrongly merged, more left apart.
    random_state : int, default 0
    progress : bool, default False
        Show a bar of the steps.

    Returns
    -------
    Identities
        `links`, `pairs`, `people`, `conflicts`, `match_weights`, `link` and `add` for new records. Memory: about
        300 bytes a pair compared.

    Raises
    ------
    DataError
        The records, `known_links` or `distinct` are not usable, or contradict each other.
    ParameterError
        threshold or random_state is out of range.
    MissingExtraError
        Splink is not installed.

    References
    ----------
    I. P. Fellegi and A. B. Sunter (1969), "A theory for record linkage", JASA 64. R. Linacre et al. (2022), "Splink:
    free software for probabilistic record linkage at scale", International Journal of Population Data Science 7(3).

    Examples
    --------
    >>> records = pd.DataFrame({"record_id": [1, 2, 3], "system": ["shop", "app", "shop"],
    ...     "given_name": ["Robert", "Bob", "Mary"], "email": ["bob.reed5@example.org"] * 2 + ["mary@example.org"]})
    >>> resolve_identities(records).links["person_id"].tolist()
    ['P1', 'P1', 'P3']
    """
    if isinstance(threshold, bool) or not isinstance(threshold, (int, float, np.number)) or not 0 < threshold < 1:
        raise ParameterError(f"threshold={threshold!r} must lie between 0 and 1: it is a match probability.")
    if isinstance(random_state, bool) or not isinstance(random_state, (int, np.integer)) or random_state < 0:
        raise ParameterError(f"random_state={random_state!r} must be a whole number from 0.")
    settings = settings if settings is not None else link_settings()
    if not isinstance(settings, LinkSettings):
        raise ParameterError(
            f"settings must be LinkSettings, as link_settings() gives them, not {type(settings).__name__}."
        )
    steps = _Steps(progress)
    records = read_records(sources)
    if not len(records):
        raise DataError("identities has no rows, so there is nobody to find. Check how the table was read or filtered.")
    together, apart = known_pairs(records, known_links, distinct)
    clean = standardised(records)
    steps.done("standardise")
    connection = duckdb.connect()
    load_records(connection, "records", clean)
    once = _one_per_system(clean) if settings.one_per_system is None else settings.one_per_system
    if len(records) >= _ENOUGH:
        model = train(connection, settings, across_systems=once, random_state=int(random_state))
    else:
        model = untrained(settings)
    steps.done("learn weights")
    shares = frequencies_of(clean, model)
    left, right = blocked(connection, settings.blocking, settings.max_block, across_systems=once)
    pairs = scored(connection, model, left, right, shares)
    prior = _prior(model, pairs, len(records))
    pairs = _completed(connection, model, pairs, shares, prior, clean, once)
    steps.done("compare")
    accounts = scored(connection, model, *account_pairs(records), shares)
    together += same_accounts(accounts, together, apart)
    person = clusters(
        len(records), pairs.left, pairs.right, np.where(pairs.gamma >= 0, pairs.parts, np.nan), prior=prior,
        least=float(np.log2(threshold / (1 - threshold))), contradicts=pairs.contradicts, shared=model.shared,
        group=pd.factorize(clean["system"])[0].astype(np.int64) if once else None, together=together, apart=apart,
    )  # fmt: skip
    steps.done("group")
    return Identities(
        records=records, clean=clean, person=person_ids(records, person), pairs=pairs, model=model, prior=prior,
        threshold=threshold, one_per_system=once, connection=connection, frequencies=shares,
    )  # fmt: skip


def person_ids(records: pd.DataFrame, cluster: Ints) -> pd.Series:
    """P and the id of the person's earliest record: it stays when later records join."""
    table = pd.DataFrame({"cluster": cluster, "row": np.arange(len(records)), "at": records["recorded_at"].to_numpy()})
    first = table.sort_values(["at", "row"], kind="stable").drop_duplicates("cluster").set_index("cluster")["row"]
    rows = first.sort_index().to_numpy()[cluster]
    return "P" + records["record_id"].astype(str).iloc[rows].reset_index(drop=True)


def _prior(model: LinkModel, pairs: Pairs, n: int) -> float:
    """log2 odds that two records are one person's: EM on the mean match probability, all other weights kept.

    Pairs that were not compared count as no match. With few records the estimate is held near one partner a record.
    """
    every = max(n * (n - 1) / 2, 1.0)
    low, high = 0.02 / n, min(5.0 / n, 0.5)
    share = min(1.0 / n, high)
    for _ in range(100):
        before = share
        odds = float(np.log2(share / (1 - share)))
        share = float(np.clip(np.sum(probability(model.weight(pairs, odds))) / every, low, high))
        if abs(share - before) < 1e-9:
            break
    return float(np.log2(share / (1 - share)))


def _completed(
    connection: duckdb.DuckDBPyConnection,
    model: LinkModel,
    pairs: Pairs,
    shares: dict[str, NDArray[np.float64]],
    prior: float,
    clean: pd.DataFrame,
    once: bool,
) -> Pairs:
    """The pairs and those that no blocking rule found, but that a chain of likely links would make one person."""
    likely = model.weight(pairs, prior) > -4.0
    component = components(len(clean), pairs.left[likely], pairs.right[likely])
    order = np.argsort(component, kind="stable")
    sizes = np.bincount(component)
    starts = np.cumsum(sizes) - sizes
    parts = [np.empty((0, 2), dtype=np.int64)]
    for at in np.flatnonzero((sizes > 2) & (sizes <= _LARGEST)):
        rows = np.sort(order[starts[at] : starts[at] + sizes[at]])
        a, b = np.triu_indices(len(rows), 1)
        parts.append(np.column_stack([rows[a], rows[b]]))
    found = np.concatenate(parts)
    if once:
        system = pd.factorize(clean["system"])[0]
        found = found[system[found[:, 0]] != system[found[:, 1]]]
    n = len(clean)
    new = found[~np.isin(found[:, 0] * n + found[:, 1], pairs.left * n + pairs.right)]
    if not len(new):
        return pairs
    return pairs.joined(scored(connection, model, new[:, 0].copy(), new[:, 1].copy(), shares))


def _one_per_system(clean: pd.DataFrame) -> bool:
    """Whether systems hold each person once: hardly any two records of one system agree on e-mail or phone and name."""
    twice = 0
    for key in ("email", "phone"):
        columns = ["system", key, "given", "family"]
        there = clean[key].notna() & clean["given"].notna()
        twice += int(clean.loc[there, columns].fillna("").duplicated(keep=False).sum())
    return twice <= 0.005 * len(clean)


class _Steps:
    """A bar over the four steps, or nothing."""

    def __init__(self, shown: bool) -> None:
        self.bar = None
        if shown:
            from tqdm.auto import tqdm

            self.bar = tqdm(total=4, desc="resolve_identities")

    def done(self, step: str) -> None:
        if self.bar is not None:
            self.bar.set_postfix_str(step)
            self.bar.update()
            if self.bar.n >= 4:
                self.bar.close()
