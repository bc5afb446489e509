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
from typing import Any

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from personakit.errors import MissingExtraError
from personakit.profile.identity_settings import Level, LinkSettings

__all__ = ["LinkModel", "Pairs", "blocked", "load_records", "scored", "train", "untrained"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
_COLUMNS = ["comparison", "level", "gamma", "m", "u", "weight"]
_LEAST = 1e-5  # what was never seen is not impossible


@dataclass(frozen=True)
class Pairs:
    """Pairs of rows `left` < `right` with the level of each comparison (-1: missing) and the match weight."""

    left: Ints
    right: Ints
    gamma: NDArray[np.int8]  # (pairs, comparisons)
    parts: NDArray[np.float32]  # (pairs, comparisons): the weight that each comparison adds, in bits

    def weight(self, prior: float) -> Floats:
        """log2 odds that both records are one person's."""
        return prior + self.parts.sum(axis=1, dtype=np.float64)

    def take(self, which: Any) -> Pairs:
        return Pairs(self.left[which], self.right[which], self.gamma[which], self.parts[which])


@dataclass(frozen=True)
class LinkModel:
    """Weights: `levels` has comparison, level, gamma, m, u and weight (bits)."""

    settings: LinkSettings
    levels: pd.DataFrame
    trained: bool = True


def load_records(connection: duckdb.DuckDBPyConnection, table: str, clean: pd.DataFrame, *, start: int = 0) -> None:
    """Write standardised records to a DuckDB table with their row number `row_no`, counted from `start`."""
    lists = [None if value is None else list(value) for value in clean["given_full"]]
    frame = clean.drop(columns="given_full").astype(object).where(clean.drop(columns="given_full").notna(), None)
    import pyarrow as pa

    columns: dict[str, Any] = {"row_no": pa.array(np.arange(start, start + len(clean)), pa.int64())}
    for name in frame.columns:
        columns[name] = pa.array(frame[name].tolist(), pa.int64() if name == "born" else pa.string())
    columns["given_full"] = pa.array(lists, pa.list_(pa.string()))
    arrow = pa.table(columns)
    connection.register("_incoming", arrow)
    connection.execute(f"CREATE OR REPLACE TABLE {table} AS SELECT * FROM _incoming")
    connection.unregister("_incoming")


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
    *, left_table: str = "records", left_at: int | None = None, block: int = 2_000_000,
) -> Pairs:  # fmt: skip
    """The levels and weights of given pairs; `frequencies` has the share of each record's value, by column.

    `left_at` stands for all left rows in `frequencies`, where the left table is another one.
    """
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
    known = left if left_at is None else np.full(len(left), left_at, dtype=np.int64)
    return Pairs(left, right, gammas, weighed(model, gammas, known, right, frequencies))


def weighed(model: LinkModel, gammas: NDArray[np.int8], left: Ints, right: Ints, frequencies: dict[str, Floats]) -> Any:
    """Bits that each comparison adds, the commonness of the value included."""
    parts = np.zeros(gammas.shape, dtype=np.float32)
    for k, (name, levels) in enumerate(model.settings.comparisons.items()):
        rows = model.levels[model.levels["comparison"] == name]
        weight = dict(zip(rows["gamma"], rows["weight"], strict=True))
        table = np.array([weight.get(value, 0.0) for value in range(-1, len(levels))])
        parts[:, k] = table[gammas[:, k].astype(int) + 1]
        for gamma, level in _numbered(levels):
            if level.frequency is None or not model.trained:
                continue
            at = np.flatnonzero(gammas[:, k] == gamma)
            share = np.fmax(frequencies[level.frequency][left[at]], frequencies[level.frequency][right[at]])
            u = rows.loc[rows["gamma"] == gamma, "u"].iloc[0]
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
            linker_uid="personakit",
        )
        linker = Linker(api.register("records"), creator, log_level=None)
        linker.training.estimate_u_using_random_sampling(
            max_pairs=settings.u_pairs, seed=random_state, min_count_per_level=None, num_chunks=1
        )
        for rule in settings.training:
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
