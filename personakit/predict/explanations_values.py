"""What SHAP values say: tables, pictures and plain words, for one customer and for all of them."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from personakit.errors import UnknownNameError, some
from personakit.profile.frames import kind_of

if TYPE_CHECKING:
    from personakit.notebook.pictures import Picture

__all__ = ["ShapleyValues", "customer_in", "shown"]

BEYOND_LUCK = 2.0
"""A value is told in words if it is more than so many standard errors of its draw away from nought."""


@dataclass(frozen=True)
class ShapleyValues:
    """SHAP values of customers, and what they add up to.

    Attributes
    ----------
    values, errors : DataFrame, customer x player
        What each adds to the prediction, and the standard error of that.
    base : float
        The mean prediction of the background: base + the sum of a row of `values` is the customer's prediction.
    predictions : Series by customer
    profiles, background : DataFrame
        The customers explained, and those with whom they were compared.
    players : dict of name to columns
    output : {"probability", "log_odds", "value"}
    label : the class whose probability it is, or None
    """

    values: pd.DataFrame
    errors: pd.DataFrame
    base: float
    predictions: pd.Series
    profiles: pd.DataFrame
    background: pd.DataFrame
    players: dict[str, list[str]]
    output: str
    label: Any = None

    def __repr__(self) -> str:
        return f"ShapleyValues({len(self.values):,} customers, {len(self.players)} players, {self.output})"

    def table(self, customer: Any = None) -> pd.DataFrame:
        """The columns by what they do, the strongest first.

        Parameters
        ----------
        customer : customer_id, optional
            By default all customers together.

        Returns
        -------
        DataFrame, indexed by column
            Of one customer: hers (her value, as text), usual (the median or the commonest of the background), value
            and error. Of all: value (the mean of the absolute values), low and high (their quartiles: how much this
            differs between customers) and mean (with the sign).

        Raises
        ------
        UnknownNameError
            This customer was not explained.
        """
        if customer is None:
            size = self.values.abs()
            found = pd.DataFrame(
                {
                    "value": size.mean(),
                    "low": size.quantile(0.25),
                    "high": size.quantile(0.75),
                    "mean": self.values.mean(),
                }
            )
            return found.sort_values("value", ascending=False, kind="stable")
        place = customer_in(self.values.index, customer, "were explained")
        value = self.values.iloc[place]
        found = pd.DataFrame(
            {
                "hers": [self._hers(name, place) for name in self.players],
                "usual": [self._usual(name) for name in self.players],
                "value": value.to_numpy(),
                "error": self.errors.iloc[place].to_numpy(),
            },
            index=value.index,
        )
        return found.iloc[np.argsort(-value.abs().to_numpy(), kind="stable")]

    def words(self, customer: Any, n: int = 3) -> str:
        """In plain words: the prediction, what raises it and what lowers it most.

        Parameters
        ----------
        customer : customer_id
        n : int, default 3
            How many of each kind are told. A value within two standard errors of nought is not told.
        """
        table = self.table(customer)
        told = table[table["value"].abs() > np.maximum(BEYOND_LUCK * table["error"], 1e-12)]
        prediction = float(self.predictions.iloc[customer_in(self.values.index, customer)])
        what = "predicted value" if self.label is None else f"probability of {self.label}"
        what = f"log-odds of {self.label}" if self.output == "log_odds" else what
        lines = [
            f"Customer {customer}: {what} {self._level(prediction)}; the customers compared with have "
            f"{self._level(self.base)} on average."
        ]
        for heading, rows in (("Higher by", told[told["value"] > 0]), ("Lower by", told[told["value"] < 0])):
            if parts := [
                f"{name} {row['hers']} ({self._gain(row['value'])}; usual is {row['usual']})"
                if row["usual"]
                else f"{name} ({self._gain(row['value'])})"
                for name, row in rows.head(n).iterrows()
            ]:
                lines.append(f"{heading}: {'; '.join(parts)}.")
        rest = table.drop(index=[name for sign in (1, -1) for name in told.index[told["value"] * sign > 0][:n]])
        if len(rest):
            lines.append(f"The other {len(rest)} together: {self._gain(float(rest['value'].sum()))}.")
        return " ".join(lines)

    def plot(self, customer: Any = None, *, n: int = 10, title: str | None = None) -> Picture:
        """One customer: step by step from the mean to her prediction. All: how much each column moves predictions.

        Parameters
        ----------
        customer : customer_id, optional
        n : int, default 10
            Columns shown; of one customer, the others are one more step.
        title : str, optional
            The message.
        """
        unit = {"log_odds": "log-odds", "value": "predicted value"}.get(self.output, "probability")
        unit += "" if self.label is None else f" of {self.label}"
        if customer is None:
            table = self.table().head(n).reset_index()
            plots = importlib.import_module("personakit.notebook.privacy_plots")
            title = title or f"{table['column'].iloc[0]} moves the predictions most"
            words = f"mean change of the {unit}, up or down; bars: half of the {len(self.values):,} customers"
            drawn: Picture = plots.plot_intervals(table, title, unit=words, digits=_digits(table["value"].iloc[0]))
            return drawn
        table = self.table(customer)
        steps = table.head(n)
        labels = [f"{name} = {hers}" if hers else str(name) for name, hers in steps["hers"].items()]
        values = steps["value"].to_list()
        if len(table) > n:
            labels.append(f"{len(table) - n} others")
            values.append(float(table["value"].iloc[n:].sum()))
        prediction = float(self.predictions.iloc[customer_in(self.values.index, customer)])
        title = title or f"Customer {customer}: {self._level(prediction)}, against {self._level(self.base)} on average"
        plots = importlib.import_module("personakit.notebook.explanation_plots")
        made: Picture = plots.plot_contributions(pd.Series(values, index=labels), self.base, title, unit=unit)
        return made

    def _hers(self, name: str, place: int) -> str:
        columns = self.players[name]
        return shown(self.profiles[columns[0]].iloc[place]) if len(columns) == 1 else ""

    def _usual(self, name: str) -> str:
        columns = self.players[name]
        if len(columns) > 1:
            return ""
        column = self.background[columns[0]]
        known = column.dropna()
        if len(known) * 2 < len(column):
            return "missing"
        if kind_of(column) == "number" and not pd.api.types.is_bool_dtype(column.dtype):
            return shown(pd.to_numeric(known).median())
        return shown(known.mode().iloc[0])

    def _level(self, value: float) -> str:
        return f"{value:.0%}" if self.output == "probability" else f"{value:,.{_digits(value)}f}"

    def _gain(self, value: float) -> str:
        if self.output == "probability":
            return f"{100 * value:+.1f} points"
        return f"{value:+,.{_digits(value)}f}"

    def _repr_html_(self) -> str:
        head = f"<p><b>{escape(repr(self))}</b>; mean of the background {escape(self._level(self.base))}</p>"
        table = self.table().head(10).reset_index()
        told = "".join(f"<li>{escape(self.words(each))}</li>" for each in self.values.index[:3])
        return head + table.to_html(index=False, escape=True, float_format="{:.3g}".format) + f"<ul>{told}</ul>"


def customer_in(ids: pd.Index, customer: Any, did: str = "are in the profiles") -> int:
    """The row of a customer, or the error that says who there is.

    >>> customer_in(pd.Index([7, 8]), 8)
    1
    >>> customer_in(pd.Index([7, 8]), 9)
    Traceback (most recent call last):
        ...
    personakit.errors.UnknownNameError: There is no customer 9. These 2 are in the profiles: 7, 8. Name one of them.
    """
    place = ids.get_indexer(pd.Index([customer]))[0] if ids.is_unique else -1
    if place < 0:
        raise UnknownNameError(
            f"There is no customer {customer!r}. These {len(ids):,} {did}: {some(ids, 4)}. Name one of them."
        )
    return int(place)


def shown(value: Any) -> str:
    """A value of a profile as it is read.

    >>> shown(1234.5678), shown(2.5), shown(0.03519), shown(None), shown(pd.Timestamp("2025-03-01")), shown(True)
    ('1,235', '2.5', '0.035', 'missing', '2025-03-01', 'yes')
    """
    if pd.isna(value):
        return "missing"
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    if isinstance(value, (int, np.integer)):
        return f"{value:,}"
    if isinstance(value, (float, np.floating)):
        text = f"{value:,.{_digits(float(value))}f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return f"{value:%Y-%m-%d}" if isinstance(value, pd.Timestamp) else str(value)


def _digits(value: float) -> int:
    """Decimals that leave two figures to read, or three before the point."""
    size = abs(float(value))
    return 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 0.1 or size == 0 else 3
