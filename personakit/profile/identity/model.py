"""The match weights: learnt by Splink, applied to any pair of records in one DuckDB query.

Splink fits m and u; the pairs are scored here with the same conditions and arithmetic (a test compares the two),
because a new record must be scored in milliseconds, which Splink's pipeline of queries takes too long for.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from personakit.errors import MissingExtraError
from personakit.profile.identity.settings import Level, LinkSettings

__all__ = ["LinkModel", "Pairs", "blocked", "load_records", "probability", "scored", "train", "untrained"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
_COLUMNS = ["comparison", "level", "gamma", "m", "u", "weight"]
_KINDS = {"born": pa.int64(), "given_full": pa.list_(pa.string())}
_FEWEST = 50  # pairs
_LEAST = 1e-5  # what was never seen is not impossible


@dataclass(frozen=True)
class Pairs:
    """Pairs of rows `left` < `right` with the level of each comparison (-1: missing) and the match weight."""

    left: Ints
    right: Ints
    gamma: NDArray[np.int8]  # (pairs, comparisons)
    parts: NDArray[np.float32]  # (pairs, comparisons): the weight that each comparison adds, in bits

    contradicts: NDArray[np.bool_]  # (pairs,): a level that two people of one household would show

    def take(self, which: Any) -> Pairs:
        """The pairs that an index or mask picks."""
        return Pairs(*(value[which] for value in vars(self).values()))

    def joined(self, more: Pairs) -> Pairs:
        """These pairs and those."""
        columns = zip(vars(self).values(), vars(more).values(), strict=True)
        return Pairs(*(np.concatenate(both) for both in columns))


@dataclass(frozen=True)
class LinkModel:
    """Weights: `levels` has comparison, level, gamma, m, u and weight (bits)."""

    settings: LinkSettings
    levels: pd.DataFrame
    trained: bool = True

    @cached_property
    def tables(self) -> list[tuple[Floats, list[tuple[int, str, float]]]]:
        """By comparison: weights by level, the missing one first; levels weighed by frequency (level, column, u)."""
        out = []
        for name, levels in self.settings.comparisons.items():
            rows = self.levels[self.levels["comparison"] == name].set_index("gamma")
            weights = [float(rows["weight"].get(gamma, 0.0)) for gamma in range(-1, len(levels))]
            marked = [(gamma, level) for gamma, level in _numbered(levels) if level.frequency and self.trained]
            out.append((np.array(weights), [(g, str(x.frequency), float(rows["u"].loc[g])) for g, x in marked]))
        return out

    @property
    def shared(self) -> list[int]:
        """Places of the comparisons on what a household shares."""
        return [place for place, name in enumerate(self.settings.comparisons) if name in self.settings.household]

    def weight(self, pairs: Pairs, prior: float) -> Floats:
        """log2 odds that the records of each pair are one person's, given those of two records at random."""
        total = pairs.parts.sum(axis=1, dtype=np.float64)
        household = pairs.parts[:, self.shared].sum(axis=1, dtype=np.float64)
        return prior + total - np.where(pairs.contradicts, np.maximum(household + prior, 0.0), 0.0)


def probability(weight: Floats) -> Floats:
    """Match probability of log2 odds."""
    odds: Floats = np.exp2(-np.clip(weight, -500, 500))
    return 1 / (1 + odds)


def load_records(connection: duckdb.DuckDBPyConnection, table: str, clean: pd.DataFrame, *, start: int = 0) -> None:
    """Standardised records as a DuckDB table with their row number `row_no`, counted from `start`."""
    connection.execute("SET enable_progress_bar = false")  # DuckDB would draw one into notebooks
    connection.register("_incoming", _arrow(clean, start))
    connection.execute(f"CREATE OR REPLACE TABLE {table} AS SELECT * FROM _incoming")
    connection.unregister("_incoming")


def _arrow(clean: pd.DataFrame, start: int) -> pa.Table:
    columns: dict[str, Any] = {"row_no": pa.array(np.arange(start, start + len(clean)), pa.int64())}
    for name in clean.columns:
        kind = _KINDS.get(str(name), pa.string())
        columns[str(name)] = pa.array(clean[name].tolist(), kind)
    return pa.table(columns)


def blocked(
    connection: duckdb.DuckDBPyConnection, rules: Sequence[Sequence[str]], max_block: int, *, across_systems: bool
) -> tuple[Ints, Ints]:
    """Rows of the pairs that agree on all columns of a rule, each once, sorted."""
    unequal = "AND l.system <> r.system" if across_systems else ""
    parts = []
    for rule in rules:
        keys = ", ".join(rule)
        there = " AND ".join(f"{key} IS NOT NULL" for key in rule)
        small = (
            f"(SELECT row_no, system, {', '.join(k for k in rule if k != 'system')} FROM records WHERE {there} "
            f"QUALIFY count(*) OVER (PARTITION BY {keys}) BETWEEN 2 AND {max_block})"
        )
        same = " AND ".join(f"l.{key} = r.{key}" for key in rule)
        parts.append(
            f"SELECT l.row_no a, r.row_no b FROM {small} l JOIN {small} r ON {same} AND l.row_no < r.row_no {unequal}"
        )
    rows = connection.execute(" UNION ".join(parts) + " ORDER BY a, b").fetchnumpy()
    return np.asarray(rows["a"], dtype=np.int64), np.asarray(rows["b"], dtype=np.int64)


def scored(
    connection: duckdb.DuckDBPyConnection, model: LinkModel, left: Ints, right: Ints, frequencies: dict[str, Floats],
    *, one: pd.DataFrame | None = None, block: int = 2_000_000,
) -> Pairs:  # fmt: skip
    """The levels and weights of given pairs; `frequencies` has the share of each record's value, by column.

    With `one`, a standardised record that is not in the table, it is the left one of all pairs.
    """
    left_table = "records" if one is None else "_one"
    if one is not None:
        connection.register("_one", _arrow(one, 0))
    names = list(model.settings.comparisons)
    gammas = np.empty((len(left), len(names)), dtype=np.int8)
    sql = ", ".join(f"({_case(model.settings.comparisons[name])})::TINYINT g{k}" for k, name in enumerate(names))
    used = sorted({column for levels in model.settings.comparisons.values() for column in _used(levels)})
    picked = ", ".join(f"l.{column} {column}_l, r.{column} {column}_r" for column in used)
    for start in range(0, len(left), block):
        end = min(start + block, len(left))
        wanted = {"i": np.arange(start, end), "a": left[start:end], "b": right[start:end]}
        connection.register("_pairs", pd.DataFrame(wanted))
        rows = connection.execute(
            f"SELECT i, {sql} FROM (SELECT p.i, {picked} FROM _pairs p JOIN {left_table} l ON l.row_no = p.a "
            "JOIN records r ON r.row_no = p.b)"
        ).fetchnumpy()
        connection.unregister("_pairs")
        for k in range(len(names)):
            gammas[rows["i"], k] = rows[f"g{k}"]
    if one is not None:
        connection.unregister("_one")
    known = left if one is None else right  # an agreeing value is as common as it is among the known
    contradicts = np.zeros(len(left), dtype=bool)
    for k, name in enumerate(names):
        marked = [gamma for gamma, level in _numbered(model.settings.comparisons[name]) if level.contradicts]
        contradicts |= np.isin(gammas[:, k], marked)
    return Pairs(left, right, gammas, weighed(model, gammas, known, right, frequencies), contradicts)


def weighed(model: LinkModel, gammas: NDArray[np.int8], left: Ints, right: Ints, frequencies: dict[str, Floats]) -> Any:
    """Bits that each comparison adds, the commonness of the value included."""
    parts = np.zeros(gammas.shape, dtype=np.float32)
    for k, (table, weighted) in enumerate(model.tables):
        parts[:, k] = table[gammas[:, k].astype(int) + 1]
        for gamma, column, u in weighted:
            at = np.flatnonzero(gammas[:, k] == gamma)
            share = np.fmax(frequencies[column][left[at]], frequencies[column][right[at]])
            parts[at, k] += np.where(np.isnan(share), 0.0, np.log2(u) - np.log2(share))
    return parts


def _numbered(levels: tuple[Level, ...]) -> list[tuple[int, Level]]:
    """Splink's numbers: the last level is 0, the strictest the highest, missing -1."""
    there = [level for level in levels if not level.missing]
    return [(-1, level) for level in levels if level.missing] + [
        (len(there) - 1 - place, level) for place, level in enumerate(there)
    ]


def _case(levels: tuple[Level, ...]) -> str:
    numbers = {id(level): gamma for gamma, level in _numbered(levels)}
    whens = " ".join(f"WHEN {level.condition} THEN {numbers[id(level)]}" for level in levels[:-1])
    return f"CASE {whens} ELSE {numbers[id(levels[-1])]} END"


def _used(levels: tuple[Level, ...]) -> set[str]:
    import re

    return {word for level in levels for word in re.findall(r"\b([a-z_]+?)_[lr]\b", level.condition)}


@contextmanager
def _quiet() -> Iterator[None]:
    """Splink says nothing: it warns of what the settings settle, and its charts print."""
    logger = logging.getLogger("splink")
    before, propagate = logger.level, logger.propagate
    logger.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(before)
        logger.propagate = propagate


def train(
    connection: duckdb.DuckDBPyConnection, settings: LinkSettings, *, across_systems: bool, random_state: int
) -> LinkModel:
    """Learn u from random pairs and m by expectation maximisation with Splink; `records` must be loaded.

    Raises
    ------
    MissingExtraError
        Splink is not installed.
    """
    try:
        from splink import DuckDBAPI, Linker, SettingsCreator
    except ImportError as error:
        raise MissingExtraError.of("splink", "identity", "resolve_identities") from error
    unequal = " AND l.system <> r.system" if across_systems else ""
    with _quiet():
        api = DuckDBAPI(connection)
        rules: Any = [_rule(rule, unequal) for rule in settings.blocking]
        creator = SettingsCreator(
            link_type="dedupe_only",
            unique_id_column_name="row_no",
            comparisons=[_as_splink(name, levels) for name, levels in settings.comparisons.items()],
            blocking_rules_to_generate_predictions=rules,
            retain_matching_columns=False,
            em_convergence=1e-3,
            linker_uid="personakit",
        )
        linker = Linker(api.register("records"), creator, log_level=None)
        linker.training.estimate_u_using_random_sampling(
            max_pairs=settings.u_pairs, seed=random_state, min_count_per_level=None, num_chunks=1
        )
        for rule in settings.training:
            if len(blocked(connection, [rule], settings.max_block, across_systems=across_systems)[0]) < _FEWEST:
                continue  # nothing to learn from: another rule, or the settings, give these m
            linker.training.estimate_parameters_using_expectation_maximisation(
                _rule(rule, unequal), fix_u_probabilities=True
            )
        trained = linker.misc.save_model_to_json()
    return LinkModel(settings, _levels(settings, trained))


def _rule(rule: Sequence[str], unequal: str) -> str:
    return " AND ".join(f"l.{key} = r.{key}" for key in rule) + unequal


def _as_splink(name: str, levels: tuple[Level, ...]) -> dict[str, Any]:
    listed = []
    for level in levels:
        entry: dict[str, Any] = {"sql_condition": level.condition, "label_for_charts": level.name}
        if level.missing:
            entry["is_null_level"] = True
        if level.frequency is not None:
            entry["tf_adjustment_column"] = level.frequency
        listed.append(entry)
    return {"output_column_name": name, "comparison_levels": listed}


def untrained(settings: LinkSettings) -> LinkModel:
    """The model as the settings state it, for tables too small to learn from."""
    rows = [
        (name, level.name, gamma, level.m, level.u, float(np.log2(level.m / level.u)))
        for name, levels in settings.comparisons.items()
        for gamma, level in _numbered(levels)
        if not level.missing
    ]
    return LinkModel(settings, pd.DataFrame(rows, columns=_COLUMNS), trained=False)


def _levels(settings: LinkSettings, trained: dict[str, Any]) -> pd.DataFrame:
    rows = []
    for comparison in trained["comparisons"]:
        name = comparison["output_column_name"]
        numbered = _numbered(settings.comparisons[name])
        for (gamma, level), entry in zip(numbered, comparison["comparison_levels"], strict=True):
            if level.missing:
                continue
            m, u = entry.get("m_probability"), entry.get("u_probability")
            m, u = (
                (max(float(m), _LEAST), max(float(u), _LEAST))
                if m is not None and u is not None
                else (level.m, level.u)
            )
            rows.append((name, level.name, gamma, m, u, float(np.log2(m / u))))
    return pd.DataFrame(rows, columns=_COLUMNS)
