"""Testbeds: where slates are tried out. In the world by a randomised experiment, elsewhere on what was held out.

Both answer the same call with the same table, so that a notebook's cell runs on either; what each of them can know is
stated in its `design`. Only the world knows what would have happened under another slate.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from personakit.errors import DataError, ParameterError, UnknownNameError, some
from personakit.measure.assignment import assign
from personakit.measure.experiment import compare_arms
from personakit.measure.trial import Trial, mean_interval

if TYPE_CHECKING:
    from personakit.world import World

__all__ = ["HeldOutTestbed", "Testbed", "WorldTestbed", "testbed"]

Slates = Mapping[str, pd.DataFrame]


class Testbed(ABC):
    """What a method may see (`tables`, up to `at`), and a way to try out the slates that it makes (`trial`).

    Attributes
    ----------
    tables : mapping of str to DataFrame
        What a method may learn from.
    at : Timestamp or None
        The moment at which the slates are decided on; None if the data has no times.
    repeats : bool
        Whether a product that a customer already knows may be worth showing again.
    """

    # pytest collects classes whose names begin with "Test" and warns that this one has a constructor.
    __test__ = False

    tables: Mapping[str, pd.DataFrame]
    at: pd.Timestamp | None
    repeats: bool

    @abstractmethod
    def trial(
        self, slates: Slates, *, baseline: str, covariate: pd.Series | None = None, random_state: int = 0
    ) -> Trial:
        """Try out slates on the customers who have one in every arm.

        Parameters
        ----------
        slates : mapping of arm to DataFrame[customer_id, product_id, rank]
            The slate of each customer under each arm, as recommenders return them.
        baseline : str
            The arm that gains are counted from.
        covariate : Series by customer_id, optional
            Something known before, e.g. spend, to sharpen an experiment (CUPED). Ignored where nothing is randomised.
        random_state : int, default 0
            Which assignment, and which luck.

        Raises
        ------
        UnknownNameError
            The baseline is none of the arms.
        DataError
            No customer has a slate in every arm, or slates differ in length where they must not.
        """


class WorldTestbed(Testbed):
    """Slates tried out in the world: an experiment of some weeks after the history, and the truth beside it.

    Each customer is put into one arm by chance and sees its slate on every visit. The truth is the exact expectation
    of every arm for all of these customers, which only a simulation can give.

    Parameters
    ----------
    world : World
    weeks : int, default 8
        Length of the experiment, 1 to 52.
    metric : {"margin", "revenue", "orders", "clicks", "visits"}, default "margin"
        What is measured, a customer over all weeks.

    Notes
    -----
    The best possible slates are, each week, those with the largest expected margin then; for another metric they are no
    upper bound.
    """

    repeats = True
    _units = {  # noqa: RUF012
        "margin": "margin in pounds", "revenue": "revenue in pounds", "orders": "orders", "clicks": "clicks",
        "visits": "visits",
    }  # fmt: skip

    def __init__(self, world: World, *, weeks: int = 8, metric: str = "margin") -> None:
        if metric not in self._units:
            raise UnknownNameError(f"There is no metric {metric!r}. Choose one of {', '.join(self._units)}.")
        if isinstance(weeks, bool) or not isinstance(weeks, int | np.integer) or not 1 <= weeks <= 52:
            raise ParameterError(f"WorldTestbed(weeks={weeks!r}): give a whole number from 1 to 52.")
        self.world, self.weeks, self.metric = world, int(weeks), metric
        self.tables, self.at = world.tables, world.end

    def trial(
        self, slates: Slates, *, baseline: str, covariate: pd.Series | None = None, random_state: int = 0
    ) -> Trial:
        """See `Testbed.trial`."""
        customers = _in_every_arm(slates, baseline)
        shown = {arm: self._filled(_matrix(arm, slate, customers), customers) for arm, slate in slates.items()}
        places = next(iter(shown.values())).shape[1]
        arms = assign(customers, list(slates), random_state=random_state)
        own = np.stack([slate[self._where(customers)] for slate in shown.values()])
        own = self._filled(own[arms.cat.codes.to_numpy(), np.arange(len(customers))], customers)
        lived = self.world.respond(None, {"slate": own}, weeks=self.weeks, random_state=random_state)
        outcomes = lived.set_index("customer_id").loc[customers].drop(columns="p_order").assign(arm=arms)
        each = pd.DataFrame({arm: self._expected(customers, slate) for arm, slate in shown.items()}, index=customers)
        mondays = [self.world.end + pd.Timedelta(days=7 * week) for week in range(self.weeks)]
        oracle = [self.world.best_slates(None, places, at=monday)["product_id"].to_numpy() for monday in mondays]
        best = self._expected(customers, np.stack(oracle).reshape(self.weeks, -1, places)).mean()
        if covariate is not None:
            outcomes["before"] = covariate.reindex(customers).fillna(0.0)
        comparison = compare_arms(
            outcomes, metric=self.metric, baseline=baseline, covariate=None if covariate is None else "before"
        )
        found = comparison.table.set_index("arm").loc[list(slates)]
        table = pd.DataFrame({
            "arm": list(slates), "customers": found["customers"].to_numpy(),
            **{name: found[name].to_numpy() for name in ("mean", "mean_low", "mean_high")},
            "gain": found["difference"].to_numpy(), "gain_low": found["low"].to_numpy(),
            "gain_high": found["high"].to_numpy(), "truth": each.mean().to_numpy(),
            "share_of_best": each.mean().to_numpy() / best,
        })  # fmt: skip
        sharpened = "" if covariate is None else ", sharpened by what each customer did before"
        design = (
            f"A randomised experiment in the simulated shop: {len(customers):,} customers, {len(slates)} arms, "
            f"{self.weeks} weeks{sharpened}. The truth beside it is exact, because the simulator knows what each "
            "customer would have done under every slate."
        )
        measure = f"{self._units[self.metric]} a customer in {self.weeks} weeks"
        return Trial(table, outcomes.reset_index(), each, measure, baseline, float(best), design, comparison)

    def _where(self, customers: pd.Index) -> NDArray[np.intp]:
        return np.asarray(pd.Index(self.world.customer_ids).get_indexer(customers), dtype=np.intp)

    def _filled(self, slate: NDArray[Any], customers: pd.Index) -> NDArray[Any]:
        """Slates for everybody: the world keeps its whole population at hand, which a part of it would recompute."""
        everybody = np.repeat(slate[:1], len(self.world.customer_ids), axis=0)
        everybody[self._where(customers)] = slate
        return everybody

    def _expected(self, customers: pd.Index, slate: NDArray[Any]) -> NDArray[np.float64]:
        expected = self.world.expected(None, {"slate": slate}, weeks=self.weeks)
        return expected[self.metric].to_numpy(float)[self._where(customers)]


class HeldOutTestbed(Testbed):
    """Slates tried out on products that were held out: did the slate contain what the customer came to next?

    All arms are judged on the same customers, so their differences are paired. What the customers would have done had
    they *seen* the slate stays unknown: a product that nobody showed her counts as a miss.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        Canonical tables, interactions among them.
    test_size : float in (0, 1), default 0.25
        Share of each customer's products that is held out, the latest ones if there are times.
    k : int, default 12
        How many places of a slate count.
    """

    repeats = False

    def __init__(self, tables: Mapping[str, pd.DataFrame], *, test_size: float = 0.25, k: int = 12) -> None:
        if not 0 < test_size < 1:
            raise ParameterError(
                f"HeldOutTestbed(test_size={test_size!r}): give a share between 0 and 1, such as 0.25."
            )
        self.k = k
        held = _latest(tables["interactions"], test_size)
        if not len(held):
            raise DataError(
                "interactions: no customer has two products or more, so nothing can be held out. "
                "Ranking quality needs customers who came back."
            )
        self.held_out = held
        self.tables = {name: _without(frame, held) for name, frame in tables.items()}
        times = self.tables["interactions"].get("timestamp")
        self.at = None if times is None else pd.Timestamp(times.max()) + pd.Timedelta(seconds=1)

    def trial(
        self, slates: Slates, *, baseline: str, covariate: pd.Series | None = None, random_state: int = 0
    ) -> Trial:
        """See `Testbed.trial`."""
        from personakit.recommend import ranking_metrics

        customers = _in_every_arm(slates, baseline)
        wanted = self.held_out[self.held_out["customer_id"].isin(customers)]
        if not len(wanted):
            raise DataError("Nothing was held out for the customers who have a slate, so there is nothing to measure.")
        outcomes = pd.DataFrame({
            arm: ranking_metrics(slate[slate["customer_id"].isin(customers)], wanted, k=self.k)["ndcg"]
            for arm, slate in slates.items()
        })  # fmt: skip
        rows = [
            {"arm": arm, "customers": len(outcomes)}
            | dict(zip(("mean", "mean_low", "mean_high"), mean_interval(outcomes[arm]), strict=True))
            | dict(
                zip(("gain", "gain_low", "gain_high"), mean_interval(outcomes[arm] - outcomes[baseline]), strict=True)
            )
            for arm in slates
        ]
        table = pd.DataFrame(rows).assign(truth=np.nan, share_of_best=lambda frame: frame["mean"])
        table.loc[table["arm"] == baseline, ["gain", "gain_low", "gain_high"]] = np.nan
        design = (
            f"Ranking quality on what was held out: {len(wanted):,} products that {len(outcomes):,} customers came to "
            "later. Nobody knows what they would have done had they seen these slates, so this says which slate "
            "foresees better, not what it would have earned."
        )
        measure = f"nDCG@{self.k} on held-out products"
        return Trial(table, outcomes.reset_index(), outcomes, measure, baseline, 1.0, design)


def testbed(source: Any, *, weeks: int = 8, k: int = 12, metric: str = "margin") -> Testbed:
    """The testbed that fits the data: the world itself, or what can be held out of tables.

    Parameters
    ----------
    source : World or mapping of str to DataFrame
    weeks : int, default 8
        Length of the experiment in a world.
    k : int, default 12
        Places of a slate that count in a held-out trial.
    metric : {"margin", "revenue", "orders", "clicks", "visits"}, default "margin"
        What an experiment in a world measures; a held-out trial has ranking quality only.

    Examples
    --------
    >>> visits = pd.DataFrame({"customer_id": [1, 1, 2, 2], "product_id": [5, 6, 5, 7]})
    >>> bed = testbed({"interactions": visits})
    >>> len(bed.tables["interactions"]), bed.repeats
    (2, False)
    """
    if hasattr(source, "respond") and hasattr(source, "expected"):
        return WorldTestbed(source, weeks=weeks, metric=metric)
    return HeldOutTestbed(source, k=k)


testbed.__test__ = False  # type: ignore[attr-defined]  # pytest takes it for a test where it is imported


def _in_every_arm(slates: Slates, baseline: str) -> pd.Index:
    if baseline not in slates:
        raise UnknownNameError(f"There is no arm {baseline!r} to compare with; the arms are {some(slates, 8)}.")
    common: pd.Index | None = None
    for slate in slates.values():
        ids = pd.Index(slate["customer_id"].unique())
        common = ids if common is None else common.intersection(ids, sort=False)
    if common is None or not len(common):
        raise DataError("No customer has a slate in every arm. Recommend to the same customers in each of them.")
    return common.sort_values().rename("customer_id")


def _matrix(arm: str, slate: pd.DataFrame, customers: pd.Index) -> NDArray[Any]:
    """Product ids of shape (n_customers, k), best first."""
    wide = slate.pivot(index="customer_id", columns="rank", values="product_id").reindex(customers)
    short = wide.isna().any(axis=1)
    if short.any():
        raise DataError(
            f"slates[{arm!r}]: {int(short.sum())} customers have fewer products than the others "
            f"(customer_id {some(wide.index[short])}). A slate needs the same number of places for everybody: "
            "recommend fewer, or allow products seen before."
        )
    return wide.to_numpy(dtype=np.int64)


def _latest(interactions: pd.DataFrame, test_size: float) -> pd.DataFrame:
    """The pairs to hold out: of each customer's products the share that she came to last."""
    pairs = interactions.drop_duplicates(["customer_id", "product_id"])
    if "timestamp" in interactions.columns:
        # The first touch counts, so that nothing of a held-out product is known before.
        pairs = interactions.sort_values(["timestamp", "product_id"], kind="stable")
        pairs = pairs.drop_duplicates(["customer_id", "product_id"])
    place = pairs.groupby("customer_id").cumcount()
    count = pairs.groupby("customer_id")["product_id"].transform("size")
    kept = np.maximum(np.minimum(np.round(count * (1 - test_size)), count - 1), 1)
    return pairs.loc[place >= kept, ["customer_id", "product_id"]].reset_index(drop=True)


def _without(frame: pd.DataFrame, held: pd.DataFrame) -> pd.DataFrame:
    if not {"customer_id", "product_id"} <= set(frame.columns):
        return frame
    pair = pd.MultiIndex.from_frame(frame[["customer_id", "product_id"]])
    return frame[~pair.isin(pd.MultiIndex.from_frame(held))].reset_index(drop=True)
