"""A desk at which the cost of an offer and the value of a save decide who is contacted, and what that earns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from personakit.errors import DataError, MissingExtraError, ParameterError, some
from personakit.notebook.style import COLOURS
from personakit.notebook.widgets import box_of
from personakit.privacy.settings import is_number

if TYPE_CHECKING:
    import ipywidgets

__all__ = ["ThresholdDesk", "ThresholdView"]

Floats = NDArray[np.float64]

_N_BARS = 25
_NORMAL_95 = 1.96
_CELL = "padding:3px 8px;text-align:right;white-space:nowrap"


@dataclass(frozen=True, repr=False)
class ThresholdView:
    """Who is contacted at these costs, and what every rule would earn; Jupyter shows it as a table.

    Attributes
    ----------
    cost, value, save_rate : float
        Of an offer; of a customer who is kept; the share of the leavers to whom an offer is made who then stay.
    threshold : float
        The probability from which on an offer pays: cost / (value x save_rate).
    table : DataFrame
        Indexed by rule: contacts, share, forecast (mean probability of those contacted), came_true (their share; NaN
        without outcomes), and the profit: expected; observed, observed_low, observed_high; true (NaN where not known).
    bars : tuple of (from, number of customers)
        How the probabilities lie.
    event, unit : str
    """

    cost: float
    value: float
    save_rate: float
    threshold: float
    table: pd.DataFrame
    bars: tuple[tuple[float, int], ...]
    event: str
    unit: str

    def __repr__(self) -> str:
        rules = "; ".join(
            f"{rule} {row['contacts']:,.0f} contacts, {_money(row, self.judged_by)}"
            for rule, row in self.table.to_dict("index").items()
        )
        return f"{self.message} {self.judged}, {self.unit}: {rules}."

    @property
    def judged_by(self) -> str:
        """The profit that is shown in the bars: the true one, else what was observed, else what is expected."""
        known = [name for name in ("true", "observed", "expected") if self.table[name].notna().all()]
        return known[0]

    @property
    def judged(self) -> str:
        """That, in words."""
        return {"true": "True profit", "observed": "Profit as it came true", "expected": "Expected profit"}[
            self.judged_by
        ]

    @property
    def message(self) -> str:
        """What the view says, in a few sentences."""
        chosen = self.table.loc["from the threshold"]
        if not chosen["contacts"]:
            return (
                f"Make no offer: it costs {self.cost:g} {self.unit} and brings at most "
                f"{self.value * self.save_rate:g} times the probability to {self.event}, and nobody's is that high."
            )
        came_true = "" if np.isnan(chosen["came_true"]) else f", and {chosen['came_true']:.0%} did"
        return (
            f"An offer pays from a probability of {self.threshold:.2f}: {chosen['contacts']:,.0f} customers "
            f"({chosen['share']:.0%}). On average they were forecast to {self.event} with "
            f"{chosen['forecast']:.0%}{came_true}."
        )

    @property
    def html(self) -> str:
        """The view as one HTML element."""
        head = "".join(
            f'<th style="{_CELL}">{escape(name)}</th>' for name in ("contacts", "of all", f"{self.judged}, {self.unit}")
        )
        values = self.table[self.judged_by].to_numpy(float)
        low, high = min(0.0, float(values.min())), max(0.0, float(values.max()))
        span = (high - low) or 1.0
        rows = []
        for rule, row in self.table.to_dict("index").items():
            left, width = 100 * (min(row[self.judged_by], 0) - low) / span, 100 * abs(row[self.judged_by]) / span
            colour = COLOURS["vermilion" if row[self.judged_by] < 0 else "blue"]
            weight = 700 if rule == "from the threshold" else 400
            rows.append(
                f'<tr style="font-weight:{weight}"><td style="{_CELL}">{escape(str(rule))}</td>'
                f'<td style="{_CELL}">{row["contacts"]:,.0f}</td><td style="{_CELL}">{row["share"]:.0%}</td>'
                f'<td style="{_CELL}">{escape(_money(row, self.judged_by))}</td><td style="width:34%"><div style="'
                f'position:relative;height:16px;background:#F4F4F4"><div style="position:absolute;left:{left:.1f}%;'
                f'width:{width:.1f}%;height:16px;background:{colour}"></div></div></td></tr>'
            )
        return (
            f'<div role="img" aria-label="{escape(repr(self))}" style="max-width:760px;font-size:13px;color:#222;'
            f'background:#fff;padding:6px"><div style="font-weight:700;padding-bottom:6px">{escape(self.message)}</div>'
            f"{self._histogram()}"
            '<table style="border-collapse:collapse;width:100%;font-size:13px"><thead><tr>'
            f'<th style="{_CELL}">offer to</th>{head}'
            f"<th></th></tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
        )

    def _histogram(self) -> str:
        most = max(n for _, n in self.bars) or 1
        columns = "".join(
            f'<div style="flex:1;margin-right:1px;height:{60 * n / most:.0f}px;background:'
            f'{COLOURS["blue" if at + 0.5 / len(self.bars) >= self.threshold else "pale"]}"></div>'
            for at, n in self.bars
        )
        return (
            f'<div style="display:flex;align-items:flex-end;height:62px;border-bottom:1px solid #8C8C8C">{columns}'
            '</div><div style="display:flex;justify-content:space-between;color:#555;padding-bottom:6px"><span>0</span>'
            f"<span>customers by their probability to {escape(self.event)}; blue: an offer pays</span><span>1</span>"
            "</div>"
        )

    def _repr_html_(self) -> str:
        return self.html


class ThresholdDesk:
    """Set what an offer costs and what a save is worth, and see who is contacted and what that earns.

    An offer to somebody who would leave with probability p earns p x save_rate x value - cost on average: it pays from
    p = cost / (save_rate x value) on, which is 0.5 by accident only. The desk takes for granted that an offer saves the
    same share of all leavers, and does nothing to those who stay; whether that is so, only an experiment can tell.

    Parameters
    ----------
    probabilities : Series by customer, or array of shape (n_customers,)
        To leave, as forecast. Of those who may be contacted: take them through the gate first.
    outcomes : the same of 0 and 1, optional
        Who left.
    truth : the same of probabilities, optional
        The true ones, where they are known; they add the oracle, which offers by the truth.
    event : str, default "leave"
        What is forecast.
    unit : str, default "pounds"

    Raises
    ------
    DataError
        Not one number a customer, or one outside 0 to 1.

    Examples
    --------
    >>> desk = ThresholdDesk([0.9, 0.4, 0.1], outcomes=[1, 0, 0])
    >>> view = desk.view(cost=1, value=10, save_rate=0.5)
    >>> view.threshold, view.table.loc["from the threshold", ["contacts", "expected", "observed"]].tolist()
    (0.2, [2.0, 4.5, 3.0])
    """

    def __init__(
        self, probabilities: Any, outcomes: Any = None, *, truth: Any = None, event: str = "leave", unit: str = "pounds"
    ) -> None:
        self.event, self.unit = event, unit
        ids = probabilities.index if isinstance(probabilities, pd.Series) else None
        self._forecast = _shares(probabilities, "probabilities", None, None)
        self._outcomes = None if outcomes is None else _shares(outcomes, "outcomes", ids, len(self._forecast))
        self._truth = None if truth is None else _shares(truth, "truth", ids, len(self._forecast))

    def view(self, *, cost: float, value: float, save_rate: float = 0.3) -> ThresholdView:
        """Who is contacted, and what every rule earns.

        Parameters
        ----------
        cost : float from 0
            Of an offer, whether it helps or not.
        value : float above 0
            Of a customer who stays because of it.
        save_rate : float, default 0.3
            Of those who would leave, the share whom an offer keeps, up to 1.

        Raises
        ------
        ParameterError
            A number that is out of range.
        """
        for name, number, fits in (
            ("cost", cost, is_number(cost) and 0 <= cost < np.inf),
            ("value", value, is_number(value) and 0 < value < np.inf),
            ("save_rate", save_rate, is_number(save_rate) and 0 < save_rate <= 1),
        ):
            if not fits:
                wanted = {"cost": "0 or more", "value": "a number above 0", "save_rate": "above 0 and up to 1"}[name]
                raise ParameterError(f"{name}={number!r}: it must be {wanted}.")
        gain = value * save_rate
        threshold = cost / gain
        rules = {
            "from the threshold": self._forecast >= threshold,
            "from 0.5": self._forecast >= 0.5,
            "everybody": np.ones(len(self._forecast), dtype=bool),
            "nobody": np.zeros(len(self._forecast), dtype=bool),
        }
        if self._truth is not None:
            rules["those the oracle would choose"] = self._truth >= threshold
        table = pd.DataFrame({rule: self._row(chosen, cost, gain) for rule, chosen in rules.items()}).T
        heights, edges = np.histogram(self._forecast, bins=_N_BARS, range=(0, 1))
        bars = tuple((float(at), int(n)) for at, n in zip(edges, heights, strict=False))
        return ThresholdView(float(cost), float(value), float(save_rate), threshold, table, bars, self.event, self.unit)

    def choose(
        self,
        costs: Sequence[float] = (0.5, 1, 2, 3, 5, 8, 12),
        values: Sequence[float] = (5, 10, 20, 40, 80),
        save_rates: Sequence[float] = (0.05, 0.1, 0.2, 0.3, 0.5),
        *,
        cost: float | None = None,
        value: float | None = None,
        save_rate: float | None = None,
    ) -> ipywidgets.VBox:
        """The desk as a widget with three sliders; without a kernel the first view is shown as it is.

        Parameters
        ----------
        costs, values, save_rates : sequences of numbers
            The stops of the sliders.
        cost, value, save_rate : float, optional
            Where they stand at first; by default in the middle.

        Returns
        -------
        ipywidgets.VBox
            `children`: the sliders of cost, value and save rate, and the view.
        """
        try:
            import ipywidgets
        except ImportError as error:
            raise MissingExtraError.of("ipywidgets", "notebooks", "ThresholdDesk.choose") from error
        stops = {"cost": tuple(costs), "value": tuple(values), "save_rate": tuple(save_rates)}
        first: dict[str, float] = {}
        for (name, each), start in zip(stops.items(), (cost, value, save_rate), strict=True):
            if not each:
                raise ParameterError(f"choose({name}s=...) is empty: the slider needs at least one stop.")
            first[name] = each[len(each) // 2] if start is None else start
            if first[name] not in each:
                raise ParameterError(f"choose({name}={start!r}): that is none of the stops {some(each, 9)}.")
        shown = self.view(**first)
        labels = {
            "cost": f"an offer costs ({self.unit})", "value": f"a save is worth ({self.unit})",
            "save_rate": "share of leavers it saves",
        }  # fmt: skip
        sliders = {
            name: ipywidgets.SelectionSlider(
                options=[(f"{stop:.0%}" if name == "save_rate" else f"{stop:g}", stop) for stop in each],
                value=first[name], description=labels[name], style={"description_width": "190px"},
                layout={"width": "560px"}, continuous_update=False,
            )
            for name, each in stops.items()
        }  # fmt: skip
        page = ipywidgets.HTML(shown.html)

        def follow(_: Any) -> None:
            page.value = self.view(**{name: slider.value for name, slider in sliders.items()}).html

        for slider in sliders.values():
            slider.observe(follow, names="value")
        words = f"Sliders for the cost of an offer, the value of a save and how often an offer saves. {shown!r}"
        return box_of([*sliders.values(), page], words=words, html=shown.html)

    def _row(self, chosen: NDArray[np.bool_], cost: float, gain: float) -> dict[str, float]:
        n = int(chosen.sum())
        row = {"contacts": n, "share": n / len(chosen), "forecast": np.nan, "came_true": np.nan,
               "expected": gain * self._forecast[chosen].sum() - cost * n}  # fmt: skip
        row |= dict.fromkeys(("observed", "observed_low", "observed_high", "true"), np.nan)
        if n:
            row["forecast"] = float(self._forecast[chosen].mean())
        if self._outcomes is not None:
            each = np.where(chosen, gain * self._outcomes - cost, 0.0)
            error = _NORMAL_95 * each.std() * np.sqrt(len(each))
            row["observed"] = float(each.sum())
            row["observed_low"], row["observed_high"] = row["observed"] - error, row["observed"] + error
            row["came_true"] = float(self._outcomes[chosen].mean()) if n else np.nan
        if self._truth is not None:
            row["true"] = float(gain * self._truth[chosen].sum() - cost * n)
        return row


def _money(row: Any, judged_by: str) -> str:
    said = f"{row[judged_by]:,.0f}"
    if judged_by == "observed" and row["contacts"]:
        said += f" ({row['observed_low']:,.0f} to {row['observed_high']:,.0f})"
    return said


def _shares(values: Any, name: str, ids: pd.Index | None, n: int | None) -> Floats:
    """One number from 0 to 1 a customer, in the order of the probabilities."""
    if isinstance(values, pd.Series) and ids is not None:
        if len(lost := ids.difference(values.index)):
            raise DataError(f"{name} lacks {len(lost)} of the customers of probabilities ({some(lost)}). Give all.")
        values = values.reindex(ids)
    array = np.asarray(values, dtype=float)
    if array.ndim != 1 or not len(array) or (n is not None and len(array) != n):
        raise DataError(
            f"{name} has the shape {array.shape}. Give one number a customer{f', {n} in all' if n else ''}."
        )
    wrong = ~((array >= 0) & (array <= 1))
    if wrong.any():
        raise DataError(
            f"{name} is missing or outside 0 to 1 for {int(wrong.sum())} customers ({some(array[wrong])}). Leave them "
            "out, or give probabilities."
        )
    return array
