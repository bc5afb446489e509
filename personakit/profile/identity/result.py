"""What `resolve_identities` found: who is who, why, what their records say together, and who a new record is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from personakit.errors import DataError, UnknownNameError, some
from personakit.privacy.mask import masked
from personakit.profile.identity.clusters import group_weight
from personakit.profile.identity.index import RecordIndex
from personakit.profile.identity.model import LinkModel, Pairs, load_records, probability
from personakit.profile.identity.people import conflicts, golden_records
from personakit.profile.identity.records import read_records, standardised

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from personakit.notebook.pictures import Picture

__all__ = ["Identities"]


class Identities:
    """People found in records of several systems; made by `resolve_identities`.

    Attributes
    ----------
    links : DataFrame
        record_id, system, source_key, person_id; one row a record. A person's id is P and the id of her earliest
        record.
    pairs : DataFrame
        record_id_left, record_id_right, probability, weight (bits), why; all pairs that were compared, the likeliest
        first.
    people : DataFrame
        One golden record a person, see `personakit.profile.identity.people`.
    conflicts : DataFrame
        Where the records of a person contradict each other: person_id, field, n_values, values, record_ids.
    match_weights : DataFrame
        comparison, level, m, u, weight.
    one_per_system : bool
        Whether two records of one system were taken for two people.
    threshold : float
    trained : bool
        Whether weights were learnt; with fewer than 500 records they are those of the settings.
    """

    def __init__(
        self,
        *,
        records: pd.DataFrame,
        clean: pd.DataFrame,
        person: pd.Series,
        pairs: Pairs,
        model: LinkModel,
        prior: float,
        threshold: float,
        one_per_system: bool,
        connection: duckdb.DuckDBPyConnection,
        frequencies: dict[str, NDArray[np.float64]],
    ) -> None:
        # As objects: looking up some of a million people must not convert all of them.
        self._records, self._clean, self._person = records, clean, person.astype(object)
        self._pairs, self._model, self._prior = pairs, model, prior
        self._connection, self._frequencies = connection, frequencies
        self.threshold, self.one_per_system, self.trained = threshold, one_per_system, model.trained
        self._index: RecordIndex | None = None
        self._rows_of: dict[str, list[int]] | None = None
        self._kept: dict[str, pd.DataFrame] = {}
        self._names: tuple[set[str], set[str]] | None = None

    def __len__(self) -> int:
        return self._person.nunique()

    @property
    def links(self) -> pd.DataFrame:
        return self._records[["record_id", "system", "source_key"]].assign(person_id=self._person)

    @property
    def people(self) -> pd.DataFrame:
        if "people" not in self._kept:
            self._kept["people"] = golden_records(self._records, self._clean, self._person)
        return self._kept["people"].copy()

    @property
    def conflicts(self) -> pd.DataFrame:
        if "conflicts" not in self._kept:
            self._kept["conflicts"] = conflicts(self._records, self._clean, self._person)
        return self._kept["conflicts"].copy()

    @property
    def pairs(self) -> pd.DataFrame:
        weight = self._model.weight(self._pairs, self._prior)
        ids = self._records["record_id"].to_numpy()
        order = np.lexsort((self._pairs.right, self._pairs.left, -weight))
        return pd.DataFrame(
            {
                "record_id_left": ids[self._pairs.left[order]],
                "record_id_right": ids[self._pairs.right[order]],
                "probability": probability(weight[order]),
                "weight": weight[order],
                "why": self._why(self._pairs.gamma[order]),
            }
        )

    @property
    def match_weights(self) -> pd.DataFrame:
        return self._model.levels.drop(columns="gamma")

    def plot_match_weights(self, ax: Axes | None = None) -> Picture:
        """The match weight of each level, as bars: to the right what speaks for one person, to the left against.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; by default a figure of its own.

        Returns
        -------
        Picture
            The figure with its alternative text.
        """
        from personakit.profile.identity.chart import match_weight_chart

        return match_weight_chart(self.match_weights, ax)

    def link(self, records: Any) -> pd.DataFrame:
        """Whose records these are, with the weights as they are and without comparing the known records again.

        Parameters
        ----------
        records : dict, Series, or anything that `resolve_identities` takes
            One new record or several; each is compared with the known ones only.

        Returns
        -------
        DataFrame
            record_id, person_id (a new one where nobody fits), is_new, probability that it is this person's (of being
            new, if new), why (its strongest pair). The probabilities of all candidates and of a new person add up to 1.

        Raises
        ------
        DataError
            The record is not usable, or its id is known.
        """
        new = self._read(records)
        clean = self._standardise(new)
        rows = [self._decide(new.iloc[[at]], clean.iloc[[at]].reset_index(drop=True)) for at in range(len(new))]
        return pd.DataFrame(rows, columns=["record_id", "person_id", "is_new", "probability", "why"])

    def add(self, records: Any) -> pd.DataFrame:
        """Link records, one after another, and make them part of the links; people's ids stay as they are.

        Returns
        -------
        DataFrame
            As `link` gives it.
        """
        new = self._read(records)
        clean = self._standardise(new)
        decided = []
        for at in range(len(new)):
            row, one = new.iloc[[at]], clean.iloc[[at]].reset_index(drop=True)
            answer = self._decide(row, one)
            decided.append(answer)
            self._by_blocks().append(one)
            self._people_rows().setdefault(answer[1], []).append(len(self._records))
            self._records = pd.concat([self._records, row], ignore_index=True)
            self._clean = pd.concat([self._clean, one], ignore_index=True)
            self._person = pd.concat(
                [self._person, pd.Series([answer[1]], dtype=self._person.dtype)], ignore_index=True
            )
            self._kept.clear()
        self._frequencies = self._by_blocks().frequencies
        return pd.DataFrame(decided, columns=["record_id", "person_id", "is_new", "probability", "why"])

    def held_about(self, person_id: str) -> dict[str, pd.DataFrame]:
        """All that is held about a person: records, links, pairs, golden record and conflicts.

        Raises
        ------
        UnknownNameError
            There is no such person.
        """
        self._check_person([person_id])
        ids = self._records.loc[(self._person == person_id).to_numpy(), "record_id"]
        pairs = self.pairs
        return {
            "records": self._records[self._records["record_id"].isin(ids)].reset_index(drop=True),
            "links": self.links[self.links["record_id"].isin(ids)].reset_index(drop=True),
            "pairs": pairs[pairs["record_id_left"].isin(ids) | pairs["record_id_right"].isin(ids)].reset_index(
                drop=True
            ),
            "people": self.people[self.people["person_id"] == person_id].reset_index(drop=True),
            "conflicts": self.conflicts[self.conflicts["person_id"] == person_id].reset_index(drop=True),
        }

    def forget(self, person_ids: str | Iterable[str]) -> Identities:
        """Remove all records of one or more people from links, pairs, people, conflicts and the index.

        The weights stay: they are shares over all pairs and hold nobody's data.

        Raises
        ------
        UnknownNameError
            There is no such person.
        """
        listed = [person_ids] if isinstance(person_ids, str) else list(person_ids)
        self._check_person(listed)
        stays = ~self._person.isin(listed).to_numpy()
        number = np.cumsum(stays) - 1
        kept = stays[self._pairs.left] & stays[self._pairs.right]
        pairs = self._pairs.take(kept)
        self._pairs = replace(pairs, left=number[pairs.left], right=number[pairs.right])
        self._records = self._records[stays].reset_index(drop=True)
        self._clean = self._clean[stays].reset_index(drop=True)
        self._person = self._person[stays].reset_index(drop=True)
        self._frequencies = {name: values[stays] for name, values in self._frequencies.items()}
        self._connection.close()
        self._connection = duckdb.connect()
        load_records(self._connection, "records", self._clean)
        self._index, self._rows_of, self._names = None, None, None
        self._kept.clear()
        return self

    def __repr__(self) -> str:
        sizes = self._person.value_counts()
        lines = [
            f"Identities: {len(self._records):,} records of {len(sizes):,} people "
            f"({int((sizes == 1).sum()):,} with one record, at most {int(sizes.max()) if len(sizes) else 0}), "
            f"{len(self.conflicts):,} conflicts; names and addresses masked",
            masked(self._shown()).to_string(index=False),
        ]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        first, _, _ = repr(self).partition("\n")
        return f"<p>{escape(first)}</p>" + masked(self._shown()).to_html(index=False, escape=True)

    def _shown(self) -> pd.DataFrame:
        columns = ["person_id", "n_records", "systems", "given_name", "family_name", "email", "phone", "postcode"]
        return self.people[columns].head(5)

    def _read(self, records: Any) -> pd.DataFrame:
        if isinstance(records, pd.Series):
            records = records.to_dict()
        if isinstance(records, dict) and not any(isinstance(value, pd.DataFrame) for value in records.values()):
            records = pd.DataFrame([records])
        new = read_records(records)
        known = self._records["record_id"].isin(new["record_id"])
        if known.any():
            ids = self._records.loc[known, "record_id"]
            raise DataError(
                f"{len(ids)} of the new records have an id that is known already ({some(ids)}). Give new records ids "
                "of their own; to replace a record, resolve all records again."
            )
        return new

    def _standardise(self, new: pd.DataFrame) -> pd.DataFrame:
        if self._names is None:
            self._names = set(self._clean["given"].dropna()), set(self._clean["family"].dropna())
        return standardised(new, given_names=self._names[0], family_names=self._names[1])

    def _by_blocks(self) -> RecordIndex:
        if self._index is None:
            self._index = RecordIndex(self._connection, self._clean, self._model, self._frequencies)
        return self._index

    def _people_rows(self) -> dict[str, list[int]]:
        if self._rows_of is None:
            self._rows_of = {
                str(who): list(map(int, rows)) for who, rows in self._person.groupby(self._person).indices.items()
            }
        return self._rows_of

    def _decide(self, row: pd.DataFrame, clean: pd.DataFrame) -> tuple[Any, str, bool, float, str]:
        index, rows_of = self._by_blocks(), self._people_rows()
        record = row["record_id"].iloc[0]
        fresh = f"P{record}"
        rows = index.candidates(clean)
        people = sorted(set(self._person.to_numpy()[rows]))
        if not people:
            return record, fresh, True, 1.0, "no record shares a blocking key"
        every = np.array([at for who in people for at in rows_of[who]], dtype=np.int64)
        pairs = index.score(clean, every)
        weight = self._model.weight(pairs, self._prior)
        bits = np.where(pairs.gamma >= 0, pairs.parts.astype(float), -np.inf)
        least = np.log2(self.threshold / (1 - self.threshold))
        system, odds, best = row["system"].iloc[0], np.full(len(people), -np.inf), -1
        ends = np.cumsum([len(rows_of[who]) for who in people])
        for at, who in enumerate(people):
            mine = slice(ends[at] - len(rows_of[who]), ends[at])
            if self.one_per_system and any(index.systems[known] == system for known in rows_of[who]):
                continue
            odds[at] = group_weight(
                bits[mine].max(axis=0).tolist(), bool(pairs.contradicts[mine].any()), self._prior, self._model.shared
            )
            if odds[at] > least and (best < 0 or odds[at] > odds[best]):
                best = at
        share = np.exp2(np.minimum(np.append(odds, 0.0), 500.0))
        share /= share.sum()
        if best < 0:
            return record, fresh, True, float(share[-1]), "no known person fits"
        mine = slice(ends[best] - len(rows_of[people[best]]), ends[best])
        strongest = mine.start + int(np.argmax(weight[mine]))
        return record, people[best], False, float(share[best]), self._why(pairs.gamma[[strongest]])[0]

    def _why(self, gamma: NDArray[np.int8]) -> NDArray[np.object_]:
        """The levels of each pair in words, each distinct combination written once."""
        names = {
            (name, gamma): level
            for name, level, gamma in self._model.levels[["comparison", "level", "gamma"]].itertuples(index=False)
        }
        distinct, code = np.unique(gamma, axis=0, return_inverse=True)
        fields = list(self._model.settings.comparisons)
        said = [
            "; ".join(
                f"{field.replace('_', ' ')} {names[field, int(value)]}"
                for field, value in zip(fields, row, strict=True)
                if value >= 0
            )
            or "nothing to compare"
            for row in distinct
        ]
        return np.array([*said, None], dtype=object)[code.ravel()]

    def _check_person(self, person_ids: list[str]) -> None:
        unknown = [who for who in person_ids if who not in self._people_rows()]
        if unknown:
            raise UnknownNameError(
                f"There is no person {some(map(repr, unknown))} among {len(self):,}. "
                "People's ids are in links['person_id']."
            )
