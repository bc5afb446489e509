"""The protocol for recommenders whose interactions stay in an engine: only what is asked for is collected."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from personakit.errors import NotFittedError
from personakit.privacy.binding import check_use, purpose_of
from personakit.privacy.gate_permitted import plain_frame
from personakit.privacy.ids import wanted_ids
from personakit.recommend.scale.expressions import check_length, within_reach
from personakit.recommend.scale.writing import check_target, new_folder

__all__ = ["EngineRecommender", "engine_table"]

_COLUMNS = ["customer_id", "product_id", "score", "rank"]


class EngineRecommender(BaseEstimator, ABC):
    """A recommender on tables of DuckDB or Spark. A model fills in `fit`, `_lists` and `_parts`.

    Attributes
    ----------
    choices_ : ibis.Table
        Each pair of customer and product once, with its `weight`; read from the engine whenever it is needed.
    popularity_ : ibis.Table
        `product_id` and `score`, the share of the customers who have it: the answer to a customer nobody knows.
    purpose_ : str or None
        The purpose for which the gate released the data; tables released for another are refused.
    """

    purpose_: str | None
    choices_: ir.Table
    popularity_: ir.Table

    def recommend(self, customer_ids: Any = None, k: int = 10, *, exclude_seen: bool = True) -> pd.DataFrame:
        """The k best products for each customer, brought into memory.

        Parameters
        ----------
        customer_ids, k, exclude_seen
            As in `Recommender.recommend`. None collects everybody's lists: for many customers see `recommendations`
            and `write_recommendations`.

        Returns
        -------
        pandas.DataFrame
            Columns `customer_id`, `product_id`, `score`, `rank`; customers in the order asked for, or by id.
        """
        self._check_fitted("recommend")
        check_length(k)
        if customer_ids is None:
            held = self._frame(self._lists(int(k), None, exclude_seen))
            return self._bound(held.sort_values(["customer_id", "rank"], ignore_index=True)[_COLUMNS])
        check_use(self, customer_ids if not isinstance(customer_ids, str) else None)
        wanted = wanted_ids(customer_ids)
        known = self.knows(wanted)
        parts = []
        if known.any():
            parts.append(self._frame(self._lists(int(k), list(wanted[known]), exclude_seen))[_COLUMNS])
        if not known.all():
            best = self.popularity_.order_by(ibis.desc("score"), "product_id").limit(int(k))
            popular = self._frame(best).assign(rank=lambda table: np.arange(1, len(table) + 1))
            strangers = pd.DataFrame({"customer_id": wanted[~known]})
            parts.append(strangers.merge(popular, how="cross")[_COLUMNS])
        if not parts:
            return pd.DataFrame({name: [] for name in _COLUMNS})
        lists = pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]
        place = wanted.get_indexer(pd.Index(lists["customer_id"]))
        return self._bound(lists.iloc[np.lexsort((lists["rank"], place))].reset_index(drop=True))

    def recommendations(self, k: int = 10, *, exclude_seen: bool = True) -> ir.Table:
        """The lists of all customers as an expression of the engine: nothing is collected."""
        self._check_fitted("recommendations")
        check_length(k)
        return self._lists(int(k), None, exclude_seen)

    def write_recommendations(
        self, path: str | os.PathLike[str], k: int = 10, *, exclude_seen: bool = True, overwrite: bool = False
    ) -> str:
        """Write the lists of all customers as Parquet, by the engine and its partitions, without collecting them.

        Parameters
        ----------
        path : path of the folder; with Spark also an address that it writes to, such as hdfs://
        k, exclude_seen
            As in `recommend`.
        overwrite : bool, default False

        Returns
        -------
        str
            The path.
        """
        lists = self.recommendations(k, exclude_seen=exclude_seen)
        connection = lists.get_backend()
        elsewhere = "://" in str(path)
        if not elsewhere:
            check_target(Path(path), overwrite=overwrite)
        with within_reach("the lists"):
            if connection.name == "pyspark":
                mode = "overwrite" if overwrite else "errorifexists"
                where = str(path) if elsewhere else Path(path).absolute().as_uri()
                spark_frame(lists).write.mode(mode).parquet(where)  # shows a part of it only when all is there
            else:
                with new_folder(path, overwrite=overwrite) as folder:
                    target = str(folder).replace("'", "''")
                    query = (
                        f"COPY ({connection.compile(lists)}) TO '{target}' (FORMAT parquet, PER_THREAD_OUTPUT true, "
                    )
                    connection._run_pre_execute_hooks(lists)
                    connection.raw_sql(query + "OVERWRITE_OR_IGNORE true)")
        return str(path)

    def knows(self, customer_ids: Any = None) -> NDArray[np.bool_]:
        """Whether each customer was in the data of `fit`, shape (n_customers,)."""
        self._check_fitted("knows")
        if customer_ids is None:
            return np.ones(int(self.choices_["customer_id"].nunique().execute()), dtype=bool)
        wanted = wanted_ids(customer_ids)
        asked = self._askable("customer_id", list(wanted))
        if not asked:
            return np.zeros(len(wanted), dtype=bool)
        rows = self.choices_.filter(self.choices_["customer_id"].isin(asked))
        there = set(self._frame(rows.select("customer_id").distinct())["customer_id"])
        return np.array([one in there and type(one) is not bool for one in wanted], dtype=bool)

    def held_about(self, customer_id: Any) -> pd.DataFrame:
        """What the model learnt from about one customer, column `product_id`; empty if unknown."""
        self._check_fitted("held_about")
        asked = self._askable("customer_id", [customer_id])
        held = self.choices_.filter(self.choices_["customer_id"].isin(asked) if asked else ibis.literal(False))
        return self._frame(held.select("product_id").order_by("product_id"))

    def explain(self, customer_id: Any, product_id: Any) -> pd.DataFrame:
        """Parts of the score, as `Recommender.explain` gives them."""
        self._check_fitted("explain")
        asked = self._askable("product_id", [product_id])
        score = self.popularity_.filter(self.popularity_["product_id"].isin(asked) if asked else ibis.literal(False))
        popular = self._frame(score)
        if popular.empty:
            parts = [("no score: the product is unknown", None, 0.0)]
        elif not self.knows([customer_id])[0]:
            share = float(popular["score"].iloc[0])
            parts = [("popularity: nothing is known of the customer", None, share)]
        else:
            parts = self._parts(customer_id, product_id)
        table = pd.DataFrame(parts, columns=["reason", "product_id", "contribution"])
        table = table.astype({"product_id": object, "contribution": float})
        table = table.sort_values("contribution", ascending=False, kind="stable", ignore_index=True)
        table.attrs["score"] = float(table["contribution"].sum())
        return table

    @abstractmethod
    def _lists(self, k: int, customers: list[Any] | None, exclude_seen: bool) -> ir.Table:
        """The lists of known customers, or of all."""

    @abstractmethod
    def _parts(self, customer_id: Any, product_id: Any) -> list[tuple[str, Any, float]]:
        """Reason, product and contribution for a known customer and product."""

    def _learn_popularity(self) -> None:
        held = self.choices_
        everybody = held["customer_id"].nunique().as_scalar().cast("float64")
        counts = held.group_by("product_id").agg(owners=held.count())
        self.popularity_ = counts.select("product_id", score=counts["owners"] / everybody).cache()

    def _askable(self, column: str, ids: list[Any]) -> list[Any]:
        """The ids that the column could hold; an engine would convert 7 and "7" to each other."""
        dtype = self.choices_[column].type()
        if dtype.is_integer():
            return [int(one) for one in ids if isinstance(one, (int, np.integer)) and type(one) is not bool]
        return [str(one) for one in ids if isinstance(one, str)] if dtype.is_string() else ids

    def _frame(self, table: ir.Table) -> pd.DataFrame:
        with within_reach(type(self).__name__):
            frame: pd.DataFrame = table.execute()
        return frame

    def _bound(self, lists: pd.DataFrame) -> pd.DataFrame:
        """The lists, which carry the purpose that the model is bound to."""
        if self.purpose_ is not None:
            lists.attrs["purpose"] = self.purpose_
        return lists

    def _check_fitted(self, method: str) -> None:
        if not hasattr(self, "popularity_"):
            name = type(self).__name__
            raise NotFittedError(f"{name}.{method} was called before fit. Call {name}(...).fit(interactions) first.")


def engine_table(interactions: Any) -> Any:
    """An Ibis table as it is, a Spark data frame as one, and what the gate released and collected as one again."""
    if purpose_of(interactions) is not None:
        return ibis.memtable(plain_frame(interactions))
    if hasattr(interactions, "sparkSession") and hasattr(interactions, "createOrReplaceTempView"):
        name = f"personakit_{id(interactions):x}"
        interactions.createOrReplaceTempView(name)
        return ibis.pyspark.connect(interactions.sparkSession).table(name)
    return interactions


def spark_frame(table: ir.Table) -> Any:
    """The Spark data frame of an Ibis table on Spark."""
    connection = table.get_backend()
    connection._run_pre_execute_hooks(table)
    return connection._session.sql(connection.compile(table))
