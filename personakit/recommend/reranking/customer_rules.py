"""What depends on the customer: her age, what she bought and when, and what she was shown lately."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from personakit.errors import DataError, ParameterError, some
from personakit.privacy.fairness.groups import MISSING, plain_frame
from personakit.recommend.interactions import as_index, read_interactions
from personakit.recommend.reranking.candidates import by_product, groups_by_product, numbers_of, positions_of
from personakit.recommend.reranking.rules import Rule

__all__ = ["FrequencyCap", "MinimumAge", "Repeatable"]

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

_PAIR = ["customer_id", "product_id"]


@dataclass(frozen=True, eq=False)
class MinimumAge(Rule):
    """Only what the customer is old enough for. Where her age is not known, nothing with an age limit is shown.

    Parameters
    ----------
    products : DataFrame
        `product_id` and `minimum_age` in years; a missing one is no limit. Each product of the lists must be there.
    customers : DataFrame
        `customer_id` and `birth_date` (a date; full years count, someone born on 29 February is older on 1 March), or
        `age_band` ("18-24", "65+", "under 18"), of which the lowest age counts. With both, the date counts where there
        is one.
    at : date-like
        The day on which the lists are shown.
    """

    products: Any
    customers: Any
    at: Any

    def removes(self, lists: pd.DataFrame) -> Mapping[str, Mask]:
        limits = by_product(self.products, "minimum_age", "MinimumAge.products")
        limit = numbers_of(limits, "MinimumAge.products.minimum_age", missing=True)
        if (wrong := limit < 0).any():
            raise DataError(
                f"MinimumAge.products.minimum_age is below 0 in {wrong.sum()} rows. Leave it empty for none."
            )
        place = positions_of(limits.index, as_index(lists["product_id"]), "product_id", "MinimumAge.products")
        needed = np.where(np.isnan(limit), 0.0, limit)[place]
        people = plain_frame(self.customers, "MinimumAge.customers")
        if "customer_id" not in people.columns or people["customer_id"].duplicated().any():
            raise DataError(
                "MinimumAge.customers needs a column customer_id, each id once. Rename the column or drop the repeats."
            )
        asked = as_index(lists["customer_id"])
        row = positions_of(
            as_index(people["customer_id"]), asked, "customer_id", "MinimumAge.customers", complete=False
        )
        age = np.append(_ages(people, _when(self.at, "MinimumAge.at")), np.nan)[row]  # row -1: nobody, no age
        return {
            "the customer's age is not known": (needed > 0) & np.isnan(age),
            "the customer is too young": (needed > 0) & (age < needed),
        }


@dataclass(frozen=True, eq=False)
class Repeatable(Rule):
    """What she has bought before only where it is bought again and again, and after the usual time.

    Ask the model with `exclude_seen=False`, or what was bought before is no candidate.

    Parameters
    ----------
    history : DataFrame
        `customer_id`, `product_id`, `timestamp`; with a column `event`, its purchases count.
    products : DataFrame
        `product_id` and the column `category`. Each product of the lists must be there.
    after_days : mapping of category to days
        Days after the last purchase from which a product of this category is shown again. The categories left out are
        not bought twice.
    at : date-like
        The time at which the lists are shown; later rows of the history do not count.
    category : str, default "category"
    """

    history: Any
    products: Any
    after_days: Mapping[Any, float]
    at: Any
    category: str = "category"

    def removes(self, lists: pd.DataFrame) -> Mapping[str, Mask]:
        groups = groups_by_product(self.products, self.category, "Repeatable.products")
        place = positions_of(groups.index, as_index(lists["product_id"]), "product_id", "Repeatable.products")
        days = {name: float(value) for name, value in dict(self.after_days).items()}
        if bad := {name: value for name, value in days.items() if not value >= 0}:
            raise ParameterError(f"Repeatable.after_days has {bad}. Give days of at least 0.")
        if unknown := [name for name in days if name not in set(groups)]:
            there = some(sorted(map(str, set(groups))), 12)
            raise ParameterError(f"Repeatable.after_days names {some(unknown)}, but the categories are {there}.")
        history = _dated(self.history, lists, "Repeatable.history")
        if "event" in history.columns:
            history = history[history["event"].astype(str) == "purchase"]
        age = _days_before(history, _when(self.at, "Repeatable.at"), "Repeatable.history")
        last = history.assign(age=age)[age >= 0].groupby(_PAIR, sort=False)["age"].min()
        since = _of_rows(last, lists)
        wait = groups.map(days).to_numpy(float)[place]
        return {
            "bought before, and not bought again": ~np.isnan(since) & np.isnan(wait),
            "bought too short a time ago": since < wait,
        }


@dataclass(frozen=True, eq=False)
class FrequencyCap(Rule):
    """Not what was shown to this customer often enough lately.

    Parameters
    ----------
    exposures : DataFrame
        `customer_id`, `product_id`, `timestamp`: one row each time that a product was shown.
    at_most : int
        A product that was shown so many times in the window is not shown again.
    window_days : float
        The window reaches so many days back from `at`; what is exactly so old is outside.
    at : date-like
        The time at which the lists are shown; later exposures do not count.
    """

    exposures: Any
    at_most: int
    window_days: float
    at: Any

    def removes(self, lists: pd.DataFrame) -> Mapping[str, Mask]:
        if isinstance(self.at_most, bool) or not isinstance(self.at_most, (int, np.integer)) or self.at_most < 1:
            raise ParameterError(f"FrequencyCap.at_most is {self.at_most!r}. Give a whole number of at least 1.")
        if not self.window_days > 0:
            raise ParameterError(f"FrequencyCap.window_days is {self.window_days!r}. Give days above 0.")
        shown = _dated(self.exposures, lists, "FrequencyCap.exposures")
        age = _days_before(shown, _when(self.at, "FrequencyCap.at"), "FrequencyCap.exposures")
        within = shown[(age >= 0) & (age < self.window_days)]
        times = within.groupby(_PAIR, sort=False).size()
        return {self._reason: _of_rows(times, lists) >= self.at_most}  # NaN, never shown, is not

    @property
    def _reason(self) -> str:
        return f"shown {self.at_most} times or more in {self.window_days:g} days"


def _when(at: Any, where: str) -> pd.Timestamp:
    try:
        when = pd.Timestamp(at)
    except (TypeError, ValueError) as error:
        raise ParameterError(f"{where} is {at!r}, which is no date. Give one such as '2025-12-31'.") from error
    if pd.isna(when) or at is None:
        raise ParameterError(f"{where} is {at!r}. Give a date such as '2025-12-31'.")
    return when


def _days_before(table: pd.DataFrame, at: pd.Timestamp, where: str) -> Floats:
    """Days from each timestamp to `at`, negative for later ones."""
    when = _times(table["timestamp"], f"{where}.timestamp")
    if (when.dt.tz is None) != (at.tz is None):
        raise DataError(
            f"{where}.timestamp and `at` do not both have a time zone. Give both one, or neither: "
            ".dt.tz_localize('UTC') or .dt.tz_convert(None)."
        )
    return np.asarray((at - when).dt.total_seconds(), dtype=float) / 86_400


def _times(column: pd.Series, where: str) -> pd.Series:
    """The column as times, a missing one as NaT; numbers are seconds since 1970, as in MovieLens."""
    numeric = pd.api.types.is_numeric_dtype(column.dtype)
    how: dict[str, Any] = {"unit": "s"} if numeric else {"format": "ISO8601"}
    times = pd.to_datetime(column, errors="coerce", **how)
    if (bad := (times.isna() & column.notna()).to_numpy()).any():
        raise DataError(
            f"{where} has {bad.sum()} values that are no dates (rows {some(column.index[bad])}: {some(column[bad])}). "
            "Write them as 2025-12-31."
        )
    return times


def _dated(table: Any, lists: pd.DataFrame, where: str) -> pd.DataFrame:
    """A checked table of customer_id, product_id and timestamp, ids of the types of the lists; it may be empty."""
    frame = plain_frame(table, where)
    if frame.empty:
        return frame
    frame = read_interactions(frame, columns=("timestamp",), name=where)
    for name in ("customer_id", "product_id"):
        positions_of(as_index(frame[name]).unique(), as_index(lists[name]).unique(), name, where, complete=False)
    return frame


def _of_rows(values: pd.Series, lists: pd.DataFrame) -> Floats:
    """The value of each row's pair, NaN where there is none."""
    pairs = pd.MultiIndex.from_frame(lists[_PAIR])
    return values.reindex(pairs).to_numpy(float)


def _ages(people: pd.DataFrame, at: pd.Timestamp) -> Floats:
    """The age of each customer in full years, the lowest of her band, NaN where it is not known."""
    if not {"birth_date", "age_band"} & set(people.columns):
        raise DataError("MinimumAge.customers has neither birth_date nor age_band. Add one of them.")
    age = np.full(len(people), np.nan)
    if "age_band" in people.columns:
        bands = people["age_band"].astype(object)
        age = np.array([_lowest_age(band) for band in bands.where(bands.notna(), MISSING)], dtype=float)
    if "birth_date" in people.columns:
        born = _times(people["birth_date"], "MinimumAge.customers.birth_date")
        if (later := (born > at).to_numpy()).any():
            raise DataError(
                f"MinimumAge.customers.birth_date is after {at:%Y-%m-%d} in {later.sum()} rows (customer_id "
                f"{some(people.loc[later, 'customer_id'])}). Repair them, or leave them empty."
            )
        before_birthday = (born.dt.month * 100 + born.dt.day) > at.month * 100 + at.day
        years = (at.year - born.dt.year - before_birthday).to_numpy(float)
        age = np.where(np.isnan(years), age, years)
    return age


def _lowest_age(band: object) -> float:
    text = str(band).strip().lower()
    if text in ("", "unknown", MISSING, "not stated", "prefer not to say"):
        return np.nan
    if text.startswith(("under", "<", "below")):
        return 0.0
    digits = text.replace("–", "-").removesuffix("+").split("-")[0].strip()
    if not digits.isdecimal():
        raise DataError(
            f"MinimumAge.customers.age_band has {band!r}, which cannot be read. Write bands as '18-24', '65+' or "
            "'under 18', and leave unknown ones empty."
        )
    return float(digits)
