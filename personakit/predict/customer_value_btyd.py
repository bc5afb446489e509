"""Value within a horizon as purchases times their value: BG/NBD and Gamma-Gamma, discounted, on profiles."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from personakit.predict.beta_geo import BetaGeoModel
from personakit.predict.gamma_gamma import GammaGammaModel

__all__ = ["PurchasesTimesValue"]

STEP = 365.25 / 12
NEEDED = ("order_days", "first_order_days", "recency_days", "monetary")


class PurchasesTimesValue:
    """Money that customers will spend: expected purchases of BG/NBD times the expected value of Gamma-Gamma.

    Attributes
    ----------
    purchases_ : BetaGeoModel, in days
    values_ : GammaGammaModel
    """

    def fit(self, profiles: pd.DataFrame) -> PurchasesTimesValue:
        """Learn from profiles with the columns of NEEDED."""
        self.purchases_ = BetaGeoModel().fit(profiles)
        self.values_ = GammaGammaModel().fit(profiles)
        return self

    def columns(self, profiles: pd.DataFrame, horizon_days: float, discount_rate: float = 0.0) -> pd.DataFrame:
        """What the models say of each customer, missing for those who never bought.

        Returns
        -------
        DataFrame with columns expected_purchases (undiscounted, within the horizon), expected_value, probability_alive
        and expected_money (discounted by months, at discount_rate a year).
        """
        ends = np.append(np.arange(STEP, horizon_days, STEP), horizon_days)
        before: Any = 0.0
        discounted: Any = 0.0
        for start, end in zip(np.append(0.0, ends[:-1]), ends, strict=True):
            until = self.purchases_.expected_purchases(end, profiles)
            discounted = discounted + (until - before) * (1 + discount_rate) ** (-(start + end) / 2 / 365.25)
            before = until
        value = self.values_.expected_value(profiles)
        return pd.DataFrame(
            {
                "expected_purchases": before,
                "expected_value": value,
                "probability_alive": self.purchases_.probability_alive(profiles),
                "expected_money": discounted * value,
            }
        )
