"""Value tiers: the few customers who bring most of the money, told from the many who bring little."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from personakit.errors import DataError, ParameterError, some
from personakit.privacy.binding import check_use, purpose_of
from personakit.privacy.settings import is_number
from personakit.segment.named import NamedSegments

__all__ = ["NO_VALUE", "TIERS", "ValueTiers"]

NO_VALUE = "No value yet"
"""The tier of customers whose value is nought, below nought or missing: they are no part of the shares."""

TIERS: dict[str, str] = {
    "Platinum": "Know them by name: a person to turn to, first choice of what is scarce; never a blanket discount",
    "Gold": "Serve them as well as the best; show what the best buy, and what brings them there",
    "Silver": "Widen what they buy: a second category, a service, the loyalty programme",
    "Bronze": "Make buying easy and cheap to serve; offer bundles and thresholds rather than discounts",
    "Base": "Serve them by the site alone; spend on them only what an experiment showed to pay",
    NO_VALUE: "Help with a first choice, or find out why nothing is earned here",
}
"""Each tier and what marketers usually do with it: a habit to test by an experiment, not a finding."""


class ValueTiers(NamedSegments):
    """The customer pyramid: tiers by rank in money or in any other value, the best first.

    The cut points are values learnt by `fit`: the value of the last customer in the top share. `predict` compares with
    these, so nobody's tier depends on who is scored beside her. Equal values are in the same tier always, the higher
    one, so a tier can be larger than its share; at least one customer is in the top tier.

    Customers whose value is nought, below nought or missing are no part of the shares, and their tier is "No value
    yet": the top 5 % are those of the customers who bring something.

    Parameters
    ----------
    tops : sequence of float between 0 and 1, rising, default (0.01, 0.05, 0.2, 0.5)
        Where tiers end, as shares of the customers from the top. The rest is a tier, too.
    by : str, default "monetary"
        The column with the value: money spent, margin, or a lifetime value that somebody predicted. The columns of an
        array are called x0, x1, ..., and an array of one column holds the value.
    names : sequence of str, or dict of str to str, optional
        The names of the tiers, the best first, one more than `tops`; a dict also says what to do with each. Default
        are those of TIERS for four tops, and otherwise the shares ("Top 10%", "Next 20%", "Other 70%").

    Attributes
    ----------
    cuts_ : ndarray of shape (len(tops),)
        The lowest value in each tier but the last, in the unit of the column, falling.
    names_ : list of str
        The tiers, the best first, without NO_VALUE.
    segments_ : DataFrame
        One row a tier: segment, customers (count), share (of all customers), lowest, mean (both of the value),
        monetary_share (of the sum of the values above nought; named so that `pk.notebook.plot_segments` takes the
        table), what_to_do.
    purpose_ : str or None
        The purpose for which the gate released the profiles; those released for another are refused.

    References
    ----------
    J. Curry and A. Curry (2000), "The Customer Marketing Method", Free Press, for the pyramid of 1, 4, 15 and 80 %;
    V. A. Zeithaml, R. T. Rust and K. N. Lemon (2001), "The customer pyramid: creating and serving profitable
    customers", California Management Review 43(4), for what to do with the tiers.

    Examples
    --------
    >>> spent = pd.DataFrame({"customer_id": [1, 2, 3, 4, 5], "monetary": [900.0, 60.0, 40.0, 40.0, 0.0]})
    >>> tiers = ValueTiers(tops=(0.25, 0.75)).fit(spent)
    >>> tiers.predict(spent).to_dict()
    {1: 'Top 25%', 2: 'Next 50%', 3: 'Next 50%', 4: 'Next 50%', 5: 'No value yet'}
    >>> tiers.segments_[["segment", "customers", "lowest", "monetary_share"]].round(2).values.tolist()
    [['Top 25%', 1, 900.0, 0.87], ['Next 50%', 3, 40.0, 0.13], ['No value yet', 1, nan, 0.0]]
    """

    cuts_: NDArray[np.float64]
    names_: list[str]
    segments_: pd.DataFrame

    def __init__(
        self,
        tops: Sequence[float] = (0.01, 0.05, 0.2, 0.5),
        by: str = "monetary",
        *,
        names: Sequence[str] | Mapping[str, str] | None = None,
    ) -> None:
        self.tops = tops
        self.by = by
        self.names = names

    def fit(self, profiles: Any, y: None = None) -> ValueTiers:
        """Learn where the tiers end.

        Parameters
        ----------
        profiles : DataFrame of shape (n_customers, ...), what a consent gate returned, or array
            With the column `by`.

        Raises
        ------
        ParameterError
            `tops` are not rising shares between 0 and 1, or there is not one name a tier.
        DataError
            The column is absent, holds no numbers or an infinite one, a customer has two rows, or nobody's value is
            above nought.
        """
        names, advice = self._settings()
        values = self._values(profiles, reset=True)
        known = np.sort(values[values > 0].to_numpy())[::-1]
        if not len(known):
            raise DataError(
                f"profiles.{self.by} is above 0 for none of the {len(values)} customers, so there is nothing to rank. "
                "Check the as_of date of the profiles, or name another column: ValueTiers(by=...)."
            )
        # The last place of a share of n, in whole numbers where it is one: 0.07 * 100 is 7.000000000000001.
        places = np.ceil(np.round(np.asarray(self.tops) * len(known), 9)).astype(int)
        self.cuts_, self.names_, self._advice = known[places - 1], names, advice
        self.purpose_ = purpose_of(profiles)
        self.segments_ = self.summarise(profiles)
        return self

    def predict(self, profiles: Any) -> Any:
        """The tier of each customer: a categorical Series named "tier", the best first, by customer_id.

        For an array, the places of the tiers from 0, the best; the last is NO_VALUE.
        """
        places, values = self._places(profiles)
        names = np.array([*self.names_, NO_VALUE], dtype=object)[places]
        return self._answer(profiles, names, values.index, [*self.names_, NO_VALUE], "tier")

    def summarise(self, profiles: Any) -> pd.DataFrame:
        """The table `segments_`, for these customers instead of those that `fit` saw; empty tiers are left out."""
        places, values = self._places(profiles)
        everything = values.clip(lower=0).sum()
        rows = []
        for place, name in enumerate([*self.names_, NO_VALUE]):
            inside = values[places == place]
            if len(inside):
                lowest = self.cuts_[place] if place < len(self.cuts_) else np.nan
                share = inside.clip(lower=0).sum() / everything if everything else np.nan
                row = (name, len(inside), len(inside) / len(values), lowest, inside.mean(), share, self._advice[place])
                rows.append(row)
        columns = ["segment", "customers", "share", "lowest", "mean", "monetary_share", "what_to_do"]
        return pd.DataFrame(rows, columns=columns)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags

    def _places(self, profiles: Any) -> tuple[NDArray[np.int64], pd.Series]:
        self._check_fitted("its cut points")
        check_use(self, profiles)
        values = self._values(profiles)
        places = np.searchsorted(-self.cuts_, -values.to_numpy(), side="left")
        return np.where(values > 0, places, len(self.names_)), values

    def _values(self, profiles: Any, *, reset: bool = False) -> pd.Series:
        values = self._read(profiles, [self.by], reset=reset)[self.by]
        if (wrong := np.isinf(values.to_numpy())).any():
            raise DataError(
                f"profiles.{self.by} is infinite (inf) for {int(wrong.sum())} customers (customer_id "
                f"{some(values.index[wrong])}). Look for a division by nought, and put a missing value (NaN) there."
            )
        return values

    def _settings(self) -> tuple[list[str], list[str]]:
        tops = list(self.tops) if isinstance(self.tops, (list, tuple, np.ndarray)) else []
        sound = tops and all(is_number(top) and 0 < top < 1 for top in tops)
        if not sound or (np.diff(tops) <= 0).any():
            raise ParameterError(
                f"ValueTiers(tops={self.tops!r}): give rising shares between 0 and 1, such as (0.01, 0.05, 0.2, 0.5)."
            )
        if not isinstance(self.by, str):
            raise ParameterError(f"ValueTiers(by={self.by!r}): give the name of a column of the profiles.")
        named: Mapping[str, str]
        if isinstance(self.names, str):
            named = {}
        elif self.names is not None:
            named = self.names if isinstance(self.names, Mapping) else dict.fromkeys(self.names, "")
        elif len(tops) == len(TIERS) - 2:
            named = {name: text for name, text in TIERS.items() if name != NO_VALUE}
        else:
            first, *between = (f"{100 * part:g}%" for part in np.round(np.diff([0, *tops, 1]), 9))
            named = dict.fromkeys(
                [f"Top {first}", *(f"Next {part}" for part in between[:-1]), f"Other {between[-1]}"], ""
            )
        count = len(named) if self.names is None else len(self.names)
        if len(named) != len(tops) + 1 or count != len(named) or NO_VALUE in named:
            raise ParameterError(
                f"ValueTiers(names={self.names!r}): give {len(tops) + 1} different names, the best tier first, one "
                f"more than tops; {NO_VALUE!r} is taken."
            )
        return list(named), [*named.values(), TIERS[NO_VALUE]]
