"""Matrix factorisation of implicit feedback by Spark MLlib, for interactions that lie in a cluster."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from typing import Any, Self

import ibis
import ibis.expr.types as ir

from personakit.errors import DataError, MissingExtraError, ParameterError
from personakit.privacy.binding import purpose_of
from personakit.recommend.scale.engine import EngineRecommender, engine_table, spark_frame
from personakit.recommend.scale.expressions import choices, first_rows

__all__ = ["SparkALS"]


class SparkALS(EngineRecommender):
    """Alternating least squares for implicit feedback (Hu, Koren and Volinsky 2008), learnt by `pyspark.ml`.

    Ids of any kind that Spark sorts are numbered inside the engine, in their order; nothing but what is asked for comes
    to this process. MLlib multiplies the regularisation of a customer by the number of her choices (and of a product by
    that of its customers; Zhou et al. 2008), which the package `implicit` does not: equal settings are equal in kind
    only.

    Parameters
    ----------
    n_factors : int, default 32
    regularization : float, default 0.01
    alpha : float, default 1.0
        A choice of weight w has the confidence 1 + alpha w.
    iterations : int, default 15
    event_weight : mapping of event to weight, optional
    random_state : int, default 0

    Attributes
    ----------
    model_ : pyspark.ml.recommendation.ALSModel

    Notes
    -----
    ``SparkALS(n_factors=8).fit(spark.table("interactions")).write_recommendations("lists")`` is all it takes.
    """

    def __init__(
        self,
        *,
        n_factors: int = 32,
        regularization: float = 0.01,
        alpha: float = 1.0,
        iterations: int = 15,
        event_weight: Mapping[str, float] | None = None,
        random_state: int = 0,
    ) -> None:
        self.n_factors = n_factors
        self.regularization = regularization
        self.alpha = alpha
        self.iterations = iterations
        self.event_weight = event_weight
        self.random_state = random_state

    def fit(self, interactions: Any, y: object = None) -> Self:
        """Learn from a table of Spark.

        Parameters
        ----------
        interactions : Spark data frame, or ibis.Table on Spark
            `customer_id`, `product_id`, and `event` with `event_weight`.

        Raises
        ------
        DataError
            A table of another engine, a missing column, no rows, null ids.
        ParameterError
            A parameter out of range.
        MissingExtraError
            Without pyspark.
        """
        self._check_parameters()
        als = _als()
        self.purpose_ = purpose_of(interactions)
        table = engine_table(interactions)
        if not isinstance(table, ir.Table) or table.get_backend().name != "pyspark":
            raise DataError(_not_spark(table))
        held = choices(table, self.event_weight)
        self._customers = _numbered(held, "customer_id")
        self._products = _numbered(held, "product_id")
        coded = held.join(self._customers, "customer_id").join(self._products, "product_id")
        self.choices_ = coded.select("customer_id", "product_id", "weight", "customer", "product").cache()
        self.model_ = als(
            rank=int(self.n_factors),
            maxIter=int(self.iterations),
            regParam=float(self.regularization),
            alpha=float(self.alpha),
            implicitPrefs=True,
            userCol="customer",
            itemCol="product",
            ratingCol="weight",
            seed=int(self.random_state),
            coldStartStrategy="drop",
        ).fit(spark_frame(self.choices_.select("customer", "product", "weight")))
        self._learn_popularity()
        return self

    def _lists(self, k: int, customers: list[Any] | None, exclude_seen: bool) -> ir.Table:
        held = self.choices_
        if customers is not None:
            held = held.filter(held["customer_id"].isin(self._askable("customer_id", customers)))
        counts = held.group_by("customer").agg(n=held.count())
        parts = []
        # MLlib's lists hold what she has already, so each must be longer by that: customers with like numbers together
        low, most = 0, int(counts["n"].max().execute()) if exclude_seen else 1
        while low < most:
            high = max(16, 4 * low)
            some = counts.filter(counts["n"] > low, counts["n"] <= high) if exclude_seen else counts
            found = self.model_.recommendForUserSubset(
                spark_frame(some.select("customer")), k + (min(high, most) if exclude_seen else 0)
            )
            parts.append(found.selectExpr("customer", "inline(recommendations)"))
            low = high
        whole = parts[0]
        for part in parts[1:]:
            whole = whole.unionByName(part)
        scores = engine_table(whole).select("customer", "product", score=ibis._["rating"].cast("float64"))
        if exclude_seen:
            scores = scores.anti_join(held, ["customer", "product"])
        best = first_rows(scores, "customer", "score", "product", k, rounded=False)
        named = best.join(self._customers, "customer").join(self._products, "product")
        return named.select("customer_id", "product_id", "score", rank=named["place"] + 1)

    def _parts(self, customer_id: Any, product_id: Any) -> list[tuple[str, Any, float]]:
        held = self._customers.filter(self._customers["customer_id"].isin([customer_id]))
        other = self._products.filter(self._products["product_id"].isin([product_id]))
        pair = held.cross_join(other).select("customer", "product")
        score = self.model_.transform(spark_frame(pair)).first()["prediction"]
        return [("how her factors meet those of the product", None, float(score))]

    def _check_parameters(self) -> None:
        for name in ("n_factors", "iterations"):
            value = getattr(self, name)
            if isinstance(value, bool) or not hasattr(value, "__index__") or value < 1:
                raise ParameterError(f"{name} must be a whole number >= 1, but is {value!r}.")
        for name in ("regularization", "alpha"):
            if not 0 <= getattr(self, name) < float("inf"):
                raise ParameterError(f"{name} must be 0 or more, but is {getattr(self, name)!r}.")


def _numbered(held: ir.Table, column: str) -> ir.Table:
    """The ids of a column with a whole number for each, in their order; MLlib wants such numbers.

    One window over the distinct ids, which Spark sorts in one task: seconds for millions of ids.
    """
    distinct = held.select(column).distinct()
    place = ibis.row_number().over(ibis.window(order_by=column)).cast("int32")
    return distinct.mutate(**{column.removesuffix("_id"): place}).cache()


def _als() -> Any:
    try:
        from pyspark.ml.recommendation import ALS
    except ImportError as error:
        raise MissingExtraError.of("pyspark", "spark", "SparkALS") from error
    return ALS


def _not_spark(table: Any) -> str:
    lies = f"lies in {table.get_backend().name}" if isinstance(table, ir.Table) else f"is a {type(table).__name__}"
    java = ""
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        java = " There is no java on the path, which Spark needs: install a JRE, version 17 or later."
    return (
        f"interactions {lies}, and SparkALS learns from a table of Spark: "
        f"SparkSession.builder.getOrCreate().createDataFrame(frame). Without Spark, use ALS.{java}"
    )
