"""Known records, found again in milliseconds: hashed blocking keys beside the table in which pairs are scored."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from personakit.profile.identity.model import LinkModel, Pairs, load_records, scored

__all__ = ["RecordIndex", "frequencies_of"]

Ints = NDArray[np.int64]


def frequencies_of(clean: pd.DataFrame, model: LinkModel) -> dict[str, NDArray[np.float64]]:
    """Share of the records with a value that have this record's value, for each column that a level weighs by it."""
    columns = {level.frequency for levels in model.settings.comparisons.values() for level in levels if level.frequency}
    out = {}
    for column in sorted(columns):
        codes, distinct = pd.factorize(clean[column], use_na_sentinel=True)
        counts = np.bincount(codes[codes >= 0], minlength=len(distinct)).astype(float)
        share = counts / max(counts.sum(), 1.0)
        out[column] = np.append(share, np.nan)[codes]
    return out


class RecordIndex:
    """Blocking keys of the known records: which of them could be the person of a new record.

    Parameters
    ----------
    connection : DuckDB connection
        Its table `records` holds the same rows.
    clean : DataFrame
        Standardised records.
    model : LinkModel
    frequencies : dict of str to array
        As `frequencies_of` gives them. Memory: 16 bytes a record and blocking rule.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        clean: pd.DataFrame,
        model: LinkModel,
        frequencies: dict[str, NDArray[np.float64]],
    ) -> None:
        self.connection, self.model, self.frequencies = connection, model, frequencies
        self.n = len(clean)
        self.systems: list[str] = clean["system"].tolist()
        self._sorted: list[tuple[NDArray[np.uint64], Ints]] = []
        self._added: list[dict[int, list[int]]] = [{} for _ in model.settings.blocking]
        for rule in model.settings.blocking:
            rows, keys = _keys(clean, rule)
            order = np.argsort(keys, kind="stable")
            self._sorted.append((keys[order], rows[order]))

    def candidates(self, clean: pd.DataFrame) -> Ints:
        """Rows of the known records that agree with the one record in `clean` on a blocking rule, sorted."""
        found: list[Ints] = []
        for place, rule in enumerate(self.model.settings.blocking):
            _, key = _keys(clean, rule)
            if not len(key):
                continue
            keys, rows = self._sorted[place]
            start, end = np.searchsorted(keys, key[0], "left"), np.searchsorted(keys, key[0], "right")
            added = self._added[place].get(int(key[0]), [])
            if end - start + len(added) <= self.model.settings.max_block:
                found += [rows[start:end], np.array(added, dtype=np.int64)]
        return np.unique(np.concatenate(found)) if found else np.empty(0, dtype=np.int64)

    def score(self, clean: pd.DataFrame, rows: Ints) -> Pairs:
        """The one record in `clean` against known rows; its frequency is that of an agreeing known record."""
        left = np.zeros(len(rows), dtype=np.int64)
        return scored(self.connection, self.model, left, rows, self.frequencies, one=clean)

    def append(self, clean: pd.DataFrame) -> None:
        """Make one record known."""
        load_records(self.connection, "incoming", clean, start=self.n)
        self.connection.execute("INSERT INTO records SELECT * FROM incoming; DROP TABLE incoming")
        for place, rule in enumerate(self.model.settings.blocking):
            _, key = _keys(clean, rule)
            if len(key):
                self._added[place].setdefault(int(key[0]), []).append(self.n)
        for name, values in self.frequencies.items():
            self.frequencies[name] = np.append(values, np.nan)
        self.systems += clean["system"].tolist()
        self.n += 1


def _keys(clean: pd.DataFrame, rule: Sequence[str]) -> tuple[Ints, NDArray[np.uint64]]:
    """Rows that have all columns of a rule, and the hash of their values; equal hashes of unequal values do no harm."""
    there = np.logical_and.reduce([clean[column].notna().to_numpy() for column in rule])
    rows = np.flatnonzero(there)
    total = np.zeros(len(rows), dtype=np.uint64)
    for column in rule:
        values = clean[column].to_numpy()[rows]
        if column == "born":
            values = values.astype("int64").astype(str).astype(object)
        hashed = pd.util.hash_array(np.asarray(values, dtype=object), categorize=len(values) > 1)
        total = total * np.uint64(1_000_003) + hashed
    return rows, total
