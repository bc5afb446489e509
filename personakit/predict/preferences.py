"""What a customer's preferred channel and hour have in common: visits, people like her, prediction and scoring."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from personakit.errors import DataError, ParameterError, some
from personakit.predict.choice_scores import score_choices
from personakit.predict.targets import people_by
from personakit.privacy.binding import check_use, purpose_of
from personakit.privacy.gate_permitted import Permitted, plain_frame
from personakit.privacy.settings import whole
from personakit.profile.sources import Sources, cut_off, open_sources
from personakit.profile.unified import Day

__all__ = ["Preference", "customers_in"]

Floats = NDArray[np.float64]
SHOP = "everybody"
"""The group of customers who belong to no other, or whose own group is too small."""


class Preference(BaseEstimator):
    """What the two have in common: visits by customer and option, groups of people alike, prediction and scoring."""

    options_: NDArray[Any]
    groups_: pd.DataFrame
    as_of_: date
    purpose_: str | None
    _counts: pd.DataFrame
    _group_of: pd.Series

    def __init__(self, by: str | Sequence[str] | None = None, *, min_group: int = 50) -> None:
        self.by = by
        self.min_group = min_group

    @abstractmethod
    def _visits(self, sources: Sources) -> pd.DataFrame:
        """Counts of shape (n_customers with a visit, n_options)."""

    @abstractmethod
    def _learn(self, counts: Floats, group: NDArray[np.intp]) -> Floats:
        """Learn what the class needs; gives the probabilities of each group, the whole shop first."""

    @abstractmethod
    def _forecast(self, counts: Floats, group: NDArray[np.intp]) -> Floats:
        """Probabilities for customers with these counts, of these groups."""

    def fit(self, tables: Any, as_of: Day | None = None) -> Any:
        """Learn from the visits up to the end of a day.

        Parameters
        ----------
        tables : mapping of canonical tables, or what the gate released of one
            Visits are those of sessions, else interactions, else order_lines.
        as_of : day, optional
            By default the last day in the tables.

        Raises
        ------
        DataError
            No visit is recorded by the day, or not what is to be learnt; customers have no such column.
        ParameterError
            min_group is no whole number from 1.
        """
        whole("min_group", self.min_group, where=type(self).__name__, why=", the customers that make a group")
        named = tables.tables if isinstance(tables, Permitted) else tables
        self.purpose_ = purpose_of(tables)
        sources = open_sources(named, as_of)
        self.as_of_ = sources.day
        counts = self._visits(sources)
        if not len(counts):
            raise DataError(
                f"No visit is recorded by {sources.day}, so no preference can be learnt. Give sessions, interactions "
                "or order_lines, or a later as_of."
            )
        self.options_ = counts.columns.to_numpy()
        people = people_by(sources, sources.day)
        self._counts = counts.reindex(people, fill_value=0)
        self._group_of = self._groups(named.get("customers"), people, counts.index)
        names = [SHOP, *sorted(set(self._group_of) - {SHOP})]
        group = pd.Index(names).get_indexer(pd.Index(self._group_of.loc[counts.index]))
        shares = self._learn(counts.to_numpy(dtype=float), group)
        sizes = [len(counts), *(int((group == place).sum()) for place in range(1, len(names)))]
        columns = pd.Index(self.options_, name=counts.columns.name)
        self.groups_ = pd.DataFrame(shares, index=pd.Index(names, name="group"), columns=columns)
        self.groups_.insert(0, "n_customers", sizes)
        return self

    def predict(self, customer_ids: Any = None) -> pd.DataFrame:
        """Probabilities of a customer's next visit, customer x option; each row sums to 1.

        Parameters
        ----------
        customer_ids : sequence, optional
            By default everybody known by the day of `fit`. One without a visit gets what holds for her group. A profile
            frame, or what the gate released, gives the customers in it.

        Raises
        ------
        DataError
            Somebody is not known by that day.
        ConsentError
            The customers were released for another purpose.
        """
        check_is_fitted(self, "options_")
        ids = customers_in(customer_ids, self._counts.index, self.as_of_)
        check_use(self, customer_ids)
        group = self.groups_.index.get_indexer(pd.Index(self._group_of.loc[ids]))
        p = self._forecast(self._counts.loc[ids].to_numpy(dtype=float), group)
        found = pd.DataFrame(p, index=ids, columns=self.groups_.columns[1:])
        if self.purpose_ is not None:
            found.attrs["purpose"] = self.purpose_
        return found

    def evaluate(
        self,
        tables: Any,
        until: Day | None = None,
        *,
        hits_at: int = 1,
        n_bootstrap: int = 1000,
        random_state: Any = 0,
    ) -> pd.DataFrame:
        """Score on the visits after the day of `fit`, of the customers known by then, beside three baselines.

        `own history` is her own visits with half a visit added to each option; `group` and `everybody` are the shares
        of her group and of the shop.

        Parameters
        ----------
        tables : as in `fit`
        until : day, optional
            The last day scored; by default the last in the tables.
        hits_at, n_bootstrap, random_state
            As in `score_choices`, whose frame is what comes back.

        Raises
        ------
        DataError
            Nobody known came after the day of `fit`, or by an option that was unseen in training.
        """
        check_is_fitted(self, "options_")
        check_use(self, tables)
        later = self._after(open_sources(tables.tables if isinstance(tables, Permitted) else tables, until))
        if not len(later):
            raise DataError(
                f"No visit after {self.as_of_} is in the tables, so there is nothing to score. Fit on an earlier day."
            )
        ids = later.index
        own = self._counts.loc[ids] + 0.5
        shares = self.groups_.drop(columns="n_customers")
        frames = {
            "model": self.predict(ids),
            "own history": own.div(own.sum(axis=1), axis=0),
            "group": shares.loc[self._group_of.loc[ids]].set_axis(ids),
            SHOP: shares.loc[[SHOP] * len(ids)].set_axis(ids),
        }
        return score_choices(later, frames, hits_at=hits_at, n_bootstrap=n_bootstrap, random_state=random_state)

    def _after(self, sources: Sources) -> pd.DataFrame:
        """Visits after the day of fit, of the customers known by then."""
        before = {name: cut_off(name, table, self.as_of_) for name, table in sources.tables.items()}
        upto = Sources(before, sources.connection, self.as_of_, {}, sources.occasions)
        whole_of = self._visits(sources)
        past = self._visits(upto).reindex(index=whole_of.index, columns=whole_of.columns, fill_value=0)
        known = whole_of.index.intersection(self._counts.index)
        later = (whole_of - past).loc[known]
        later = later.loc[later.sum(axis=1) > 0]
        return later.loc[:, (later > 0).any() | later.columns.isin(self.options_)]

    def _groups(self, customers: Any, people: pd.Index, visitors: pd.Index) -> pd.Series:
        """The group of everybody; who is in a small one belongs to the whole shop."""
        frame = None if customers is None else plain_frame(customers)
        if frame is not None and not isinstance(frame, pd.DataFrame):
            frame = frame.to_pandas()
        columns = [] if frame is None else list(frame.columns)
        wanted = [self.by] if isinstance(self.by, str) else list(self.by or ())
        if self.by is None:
            wanted = [name for name in ("age_band",) if name in columns]
        if absent := [name for name in wanted if name not in columns]:
            raise DataError(
                f"customers has no column {some(map(repr, absent))} (it has {some(columns, 6) or 'none'}). Name "
                "columns that say who is alike in by=."
            )
        if frame is None or not wanted:
            return pd.Series(SHOP, people)
        traits = frame.drop_duplicates("customer_id").set_index("customer_id")[wanted].astype(object)
        names = traits.where(traits.notna(), "not known").astype(str).agg(", ".join, axis=1)
        names = names.reindex(people).fillna(SHOP)
        many = names.loc[visitors].value_counts()
        return names.where(names.isin(many.index[many >= self.min_group]), SHOP)


def customers_in(given: Any, known: pd.Index, day: date) -> pd.Index:
    """The customers asked for: ids, or those of a profile frame; None: everybody known by the day.

    Raises
    ------
    DataError
        Somebody is not known by the day.
    ParameterError
        This is no list of customers.
    """
    if given is None:
        return known
    plain = plain_frame(given)
    if isinstance(plain, pd.DataFrame):
        given = plain.get("customer_id", plain.index)
    if isinstance(given, (str, Mapping)) or not hasattr(given, "__len__"):
        raise ParameterError(f"customer_ids={given!r}: give a list of customers, or None for all of them.")
    ids = pd.Index(given, name="customer_id")
    if not (there := ids.isin(known)).all():
        strangers = ids[~there]
        raise DataError(
            f"customer_ids has {len(strangers)} customers who are not known by {day} ({some(strangers)}). Ask for "
            "customers in the tables, or leave customer_ids out for all of them."
        )
    return ids
