"""Lifecycle stages: where each customer stands between a first look and the last order, by her own rhythm."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import TransformerMixin

from personakit.errors import DataError, ParameterError, some
from personakit.privacy.binding import check_use, purpose_of
from personakit.privacy.gate_permitted import plain_frame
from personakit.privacy.settings import is_number
from personakit.segment.named import NamedSegments, money_shares

__all__ = ["STAGES", "LifecycleStages"]

STAGES: dict[str, str] = {
    "Prospect": "Help with a first choice: bestsellers, reviews, an answer to what holds her back",
    "New": "Welcome her, and make the second order easy: what goes with the first, while it is fresh",
    "Active": "Do not disturb a habit with discounts; recommend what fits, ask for a review",
    "Won back": "Thank her, and find out what brought her back; the next order decides whether it lasts",
    "Slipping": "Now is the time: a reminder, news of what she likes, a word about what went wrong",
    "Lapsed": "One good reason to return, tested by an experiment; then leave her alone",
}
"""Each stage and what marketers usually do in it: a habit to test by an experiment, not a finding."""

_COLUMNS = ("recency_days", "order_days", "mean_inter_purchase_days")


class LifecycleStages(TransformerMixin, NamedSegments):
    """Prospect, new, active, slipping, lapsed and won back, each customer against her own rhythm of ordering.

    A fixed rule, such as "lapsed after 180 days", calls a weekly customer active who has been gone for five months and
    one who comes every Christmas lost each summer. Here lateness counts: the days since her last order over her usual
    gap between orders.

    =========  =====================================================================================================
    Stage      Definition, the first that holds
    =========  =====================================================================================================
    Prospect   no order yet
    Lapsed     lateness above `lapsed_after`
    Slipping   lateness above `slipping_after`
    New        one day with an order
    Won back   Lapsed in `before`, and another day with an order since (only where `before` is given)
    Active     everybody else
    =========  =====================================================================================================

    Her usual gap is the mean of her own gaps (mean_inter_purchase_days) and of `shop_weight` gaps of the shop's usual
    length, so that somebody who once came twice in two days is not late on the third. A customer with one order has
    the shop's gap alone. In the simulated shop the weight of 1 tells the customers who truly dropped out from the
    others among those with several orders with an AUC of 0.820, against 0.806 with her own mean alone and 0.795 with
    the shop's alone (which is recency): the reason for the default.

    A lapsed customer is not a lost one: nobody says goodbye to a shop. If orders come at random at her usual rate, one
    gap in 7 is longer than 2 times the mean, and one in 55 longer than 4 times.

    Parameters
    ----------
    slipping_after, lapsed_after : float, default 2 and 4
        Lateness, in usual gaps, above which she is slipping, and lapsed.
    shop_weight : float, 0 or more, default 1
        How many gaps of the shop's usual length are added to her own.
    usual_gap_days : float, optional
        The shop's usual gap in days; by default the median of mean_inter_purchase_days among the customers in `fit`.

    Attributes
    ----------
    usual_gap_days_ : float
        The shop's usual gap, in days.
    segments_ : DataFrame
        One row a stage found by `fit`, in the order of STAGES: segment, customers (count), share, recency_days,
        usual_gap_days (medians), what_to_do; with monetary_share (of the money) where the profiles have money.
    purpose_ : str or None
        The purpose for which the gate released the profiles; those released for another are refused.

    References
    ----------
    D. C. Schmittlein, D. G. Morrison and R. Colombo (1987), "Counting your customers: who are they and what will they
    do next?", Management Science 33(1), for recency judged against each customer's own rate.

    Examples
    --------
    >>> people = pd.DataFrame({"customer_id": [1, 2, 3, 4, 5], "recency_days": [20, 20, 200, 10, None],
    ...                        "order_days": [30, 9, 4, 1, 0], "mean_inter_purchase_days": [7, 40, 40, None, None]})
    >>> LifecycleStages().fit_predict(people).to_dict()
    {1: 'Slipping', 2: 'Active', 3: 'Lapsed', 4: 'New', 5: 'Prospect'}
    """

    usual_gap_days_: float
    segments_: pd.DataFrame

    def __init__(
        self,
        slipping_after: float = 2.0,
        lapsed_after: float = 4.0,
        *,
        shop_weight: float = 1.0,
        usual_gap_days: float | None = None,
    ) -> None:
        self.slipping_after = slipping_after
        self.lapsed_after = lapsed_after
        self.shop_weight = shop_weight
        self.usual_gap_days = usual_gap_days

    def fit(self, profiles: Any, y: None = None) -> LifecycleStages:
        """Learn the shop's usual gap.

        Parameters
        ----------
        profiles : DataFrame of shape (n_customers, ...), what a consent gate returned, or array (n_customers, 3)
            recency_days (days since the last order), order_days (number of days with an order) and
            mean_inter_purchase_days (days), as `pk.profile.build_profiles` makes them; in this order in an array.

        Raises
        ------
        ParameterError
            A setting is out of range.
        DataError
            A column is absent or holds no numbers; a value is negative, infinite, or missing where it must not be; a
            customer has two rows; nobody ordered on two days and usual_gap_days is not given.
        """
        self._check_settings()
        frame = self._checked(profiles, reset=True)
        gaps = frame.loc[frame["order_days"] > 1, "mean_inter_purchase_days"]
        if self.usual_gap_days is None and not len(gaps):
            raise DataError(
                f"profiles: none of the {len(frame)} customers (n_samples={len(frame)}) ordered on two days or more, "
                "so the shop's usual gap between orders is not known. Say it: LifecycleStages(usual_gap_days=60)."
            )
        self.usual_gap_days_ = float(gaps.median() if self.usual_gap_days is None else self.usual_gap_days)
        self.purpose_ = purpose_of(profiles)
        self.segments_ = self.summarise(profiles)
        return self

    def predict(self, profiles: Any, before: Any = None) -> Any:
        """The stage of each customer: a categorical Series named "stage" by customer_id.

        For an array, the places of the stages in list(STAGES), from 0.

        Parameters
        ----------
        profiles : as in `fit`
        before : as profiles, optional
            Profiles of an earlier day, which say who had lapsed then; somebody who is in `profiles` alone had not.

        Raises
        ------
        DataError
            What `fit` refuses; `before` is later than `profiles`.
        """
        stages = self._named(profiles, before)
        return self._answer(profiles, stages.to_numpy(), stages.index, list(STAGES), "stage")

    def transform(self, profiles: Any) -> Any:
        """How late each customer is, and when she will be slipping.

        Returns
        -------
        DataFrame, index customer_id
            usual_gap_days (her own with the shop's), lateness (days since her last order over it), slips_in_days (until
            she is slipping, negative where she is; the day to send a reminder), missing for prospects, and stage. For
            an array, the three numbers.
        """
        values = self._lateness(profiles)[["usual_gap_days", "lateness", "slips_in_days"]]
        if not isinstance(plain_frame(profiles), pd.DataFrame):
            return values.to_numpy()
        return values.assign(stage=self.predict(profiles))

    def summarise(self, profiles: Any, before: Any = None) -> pd.DataFrame:
        """The table `segments_`, for these customers instead of those that `fit` saw."""
        values = self._lateness(profiles)
        stages = pd.Categorical(self._named(profiles, before), categories=list(STAGES))
        by_stage = values.assign(segment=stages).groupby("segment", observed=True)
        table = by_stage.agg(
            customers=("order_days", "size"),
            recency_days=("recency_days", "median"),
            usual_gap_days=("usual_gap_days", "median"),
        ).reset_index()
        table["segment"] = table["segment"].astype(str)
        table.insert(2, "share", table["customers"] / len(values))
        if (money := money_shares(profiles, stages)) is not None:
            table["monetary_share"] = table["segment"].map(money)
        table["what_to_do"] = table["segment"].map(STAGES)
        return table

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.positive_only = True
        return tags

    def _named(self, profiles: Any, before: Any) -> pd.Series:
        values = self._lateness(profiles)
        stages = self._stages(values)
        if before is not None:
            earlier = self._lateness(before)
            then = earlier["order_days"].reindex(values.index)
            if (wrong := then > values["order_days"]).any():
                raise DataError(
                    f"before has more days with an order than profiles for {int(wrong.sum())} customers (customer_id "
                    f"{some(values.index[wrong])}). Give the profiles of the earlier day as before."
                )
            lapsed = pd.Series(self._stages(earlier), index=earlier.index).reindex(values.index) == "Lapsed"
            stages = np.where((stages == "Active") & lapsed & (values["order_days"] > then), "Won back", stages)
        return pd.Series(stages, index=values.index)

    def _stages(self, values: pd.DataFrame) -> np.ndarray[Any, Any]:
        late = values["lateness"].to_numpy()
        never, once = (values["order_days"] == 0).to_numpy(), (values["order_days"] < 2).to_numpy()
        conditions = [never, late > self.lapsed_after, late > self.slipping_after, once]
        return np.select(conditions, ["Prospect", "Lapsed", "Slipping", "New"], default="Active").astype(object)

    def _lateness(self, profiles: Any) -> pd.DataFrame:
        self._check_fitted("the shop's usual gap")
        check_use(self, profiles)
        frame = self._checked(profiles)
        own = (frame["order_days"] - 1).clip(lower=0)
        sums = own * frame["mean_inter_purchase_days"].fillna(0) + self.shop_weight * self.usual_gap_days_
        weights = own + self.shop_weight
        gap = (sums / weights.where(weights > 0)).fillna(self.usual_gap_days_).where(frame["order_days"] > 0)
        return frame.assign(
            usual_gap_days=gap,
            lateness=frame["recency_days"] / gap,
            slips_in_days=self.slipping_after * gap - frame["recency_days"],
        )

    def _checked(self, profiles: Any, *, reset: bool = False) -> pd.DataFrame:
        """The three columns as floats; customers without an order have 0 order_days."""
        frame = self._read(profiles, _COLUMNS, reset=reset)
        ordered = (frame["order_days"] > 0).to_numpy()
        needed = {"recency_days": ordered, "order_days": ordered, "mean_inter_purchase_days": frame["order_days"] > 1}
        for name, must in needed.items():
            column = frame[name].to_numpy()
            if (wrong := (must & ~np.isfinite(column)) | (column < 0) | np.isinf(column)).any():
                raise DataError(
                    f"profiles.{name} is missing (NaN), infinite or negative for {int(wrong.sum())} customers "
                    f"(customer_id {some(frame.index[wrong])}: {some(column[wrong])}). Days are 0 or more, and only "
                    "customers without an order (or, for the mean between two orders, with one) may have none. Make "
                    "the columns with pk.profile.build_profiles(tables)."
                )
        frame["order_days"] = frame["order_days"].fillna(0)
        return frame

    def _check_settings(self) -> None:
        for name in ("slipping_after", "lapsed_after", "shop_weight", "usual_gap_days"):
            value = getattr(self, name)
            if name == "usual_gap_days" and value is None:
                continue
            least = 0 if name == "shop_weight" else np.nextafter(0, 1)
            if not is_number(value) or not np.isfinite(value) or value < least:
                raise ParameterError(f"LifecycleStages({name}={value!r}): give a number above 0 (for a weight, or 0).")
        if self.lapsed_after <= self.slipping_after:
            raise ParameterError(
                f"LifecycleStages(slipping_after={self.slipping_after}, lapsed_after={self.lapsed_after}): a customer "
                "slips before she has lapsed. Give a larger lapsed_after."
            )
