"""Pictures of the unified profile: two figures of each way side by side, and a customer's card on one day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from personakit.errors import DataError, ParameterError, UnknownNameError, some
from personakit.notebook.pictures import Picture
from personakit.notebook.style import COLOURS, use_style

__all__ = ["DayCard", "day_card", "plot_compared"]

_SERIES = ("blue", "orange", "green", "purple")
_SHOWN: tuple[tuple[str, str, str], ...] = (
    ("recency_days", "last order", "{:,.0f} days ago"),
    ("frequency", "orders", "{:,.0f}"),
    ("monetary", "spent", "£{:,.0f}"),
    ("monetary_90d", "spent in 90 days", "£{:,.0f}"),
    ("mean_inter_purchase_days", "days between orders", "{:,.0f}"),
    ("tenure_days", "known for", "{:,.0f} days"),
    ("visits_30d", "visits in 30 days", "{:,.0f}"),
    ("visits_prior_30d", "in the 30 before", "{:,.0f}"),
    ("favourite_department", "buys most", "{}"),
    ("favourite_channel", "mostly comes by", "{}"),
    ("email_open_rate", "e-mails opened", "{:.0%}"),
    ("last_sentiment", "last mood, -1 to 1", "{:+.1f}"),
)


@use_style()
def plot_compared(
    values: pd.DataFrame,
    title: str,
    *,
    unit: str,
    low: pd.DataFrame | None = None,
    high: pd.DataFrame | None = None,
    limits: tuple[float, float] | None = None,
    best: float | None = None,
    digits: int = 2,
) -> Picture:
    """Several figures of each way in one row: the dots stand far apart where a way is good at one only.

    Parameters
    ----------
    values : DataFrame
        One row a way, from top to bottom; one column, of at most four, a figure.
    title : str
        The message.
    unit : str
        What is measured, for the axis.
    low, high : DataFrames like values, optional
        Ends of the intervals.
    limits : pair of floats, optional
        Ends of the axis.
    best : float, optional
        The best that is possible, as a line.
    digits : int, default 2
        Decimals of the labels.

    Examples
    --------
    >>> table = pd.DataFrame({"precision": [0.9, 1.0], "recall": [0.8, 0.5]}, index=["model", "rule"])
    >>> plot_compared(table, "The rule misses half", unit="share")
    The rule misses half. Dots, share: model precision 0.90, recall 0.80; rule precision 1.00, recall 0.50.
    """
    if not values.size:
        raise DataError("There is nothing to draw: values is empty.")
    if values.shape[1] > len(_SERIES):
        raise ParameterError(f"plot_compared shows at most {len(_SERIES)} figures, not {values.shape[1]}.")
    if (low is None) != (high is None):
        raise ParameterError("An interval has two ends: give both low and high.")
    from matplotlib.figure import Figure
    from matplotlib.patheffects import withStroke

    figure = Figure(figsize=(7.2, 0.62 * len(values) + 1.7))
    axes = figure.subplots()
    places, numbers, said = np.arange(len(values)), values.to_numpy(float), []
    axes.hlines(places, np.nanmin(numbers, axis=1), np.nanmax(numbers, axis=1), color=COLOURS["pale"], lw=3, zorder=1)
    for place, (way, row) in enumerate(zip(values.index, numbers, strict=True)):
        words = []
        for at, (name, value) in enumerate(zip(values.columns, row, strict=True)):
            if np.isnan(value):
                continue
            colour = COLOURS[_SERIES[at]]
            text = f"{name} {value:,.{digits}f}"
            if low is not None and high is not None:
                ends = low.to_numpy(float)[place, at], high.to_numpy(float)[place, at]
                axes.plot(ends, [place, place], color=colour, lw=7, alpha=0.35, solid_capstyle="butt", zorder=2)
                text += f" ({ends[0]:,.{digits}f} to {ends[1]:,.{digits}f})"
            axes.plot(value, place, "o", color=colour, ms=8, zorder=3)
            axes.annotate(
                f"{value:,.{digits}f}", (value, place), xytext=(0, 8 if at % 2 == 0 else -16), ha="center",
                textcoords="offset points", color=colour, fontweight="bold", fontsize=9.5,
                path_effects=[withStroke(linewidth=2.5, foreground="white")],
            )  # fmt: skip
            words.append(text)
        said.append(f"{way} {', '.join(words)}")
    if best is not None:
        axes.axvline(best, color=COLOURS["green"], lw=1.5, ls="--", zorder=0)
        axes.annotate(
            f"best possible {best:,.{digits}f} ", (best, len(values) - 0.45), ha="right", va="bottom",
            color=COLOURS["green"], fontsize=9.5,
        )  # fmt: skip
    for at, name in enumerate(values.columns):
        axes.annotate(
            str(name), (0.0 + at / len(values.columns), 1.01), xycoords="axes fraction", ha="left", va="bottom",
            color=COLOURS[_SERIES[at]], fontweight="bold", fontsize=10,
        )  # fmt: skip
    axes.set_yticks(places, [str(way) for way in values.index])
    axes.set_ylim(len(values) - 0.4, -0.6)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")
    axes.set_xlabel(unit)
    if limits is not None:
        axes.set_xlim(*limits)
    axes.set_title(title, pad=24)
    kind = "Dots" if low is None else "Dots with intervals"
    top = "" if best is None else f" Best possible: {best:,.{digits}f}."
    return Picture(figure, f"{title}. {kind}, {unit}: {'; '.join(said)}.{top}")


@dataclass(frozen=True)
class DayCard:
    """A customer's profile on one day, as a page and in words."""

    html: str
    text: str

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return self.html


def day_card(
    customer: Any,
    day: Any,
    *,
    profiles: Mapping[Any, pd.DataFrame],
    events: pd.DataFrame,
    columns: Sequence[tuple[str, str, str]] = _SHOWN,
) -> DayCard:
    """What is known of a customer at the end of a day, above the traces that it was made from.

    What came later is left out of the picture, as it is left out of the profile. Nothing in it names her.

    Parameters
    ----------
    customer : id
    day : key of profiles
    profiles : mapping of day to DataFrame
        Profiles as `build_profiles` gives them, one frame a day; the days span the time axis.
    events : DataFrame[customer_id, timestamp, kind]
        Traces to draw, one row of marks for each kind.
    columns : sequence of (column, words, format), optional
        What the card shows; columns that the profile lacks are left out, values that are missing show as a dash.

    Raises
    ------
    UnknownNameError
        There are no profiles of that day.

    Examples
    --------
    >>> profile = pd.DataFrame({"customer_id": [7], "frequency": [2], "monetary": [30.0]})
    >>> events = pd.DataFrame({"customer_id": [7], "timestamp": pd.to_datetime(["2025-03-01"]), "kind": "orders"})
    >>> day_card(7, "2025-03-31", profiles={"2025-03-31": profile}, events=events)
    Customer 7 on 2025-03-31: orders 2; spent £30. Traces: orders 1.
    """
    if day not in profiles:
        raise UnknownNameError(f"There are no profiles of {day}. There are: {some(profiles, 9)}.")
    found = profiles[day][profiles[day]["customer_id"] == customer]
    end = pd.Timestamp(day) + pd.Timedelta(days=1)
    own = events[(events["customer_id"] == customer) & (events["timestamp"] < end)]
    name = f"Customer {customer} on {pd.Timestamp(day):%Y-%m-%d}"
    if not len(found):
        text = f"{name}: not known yet"
        return DayCard(f'<div style="{_FRAME}"><b>{escape(text)}</b></div>', f"{text}.")
    row = found.iloc[0]
    facts = [
        (words, "–" if pd.isna(row[column]) else form.format(row[column]))
        for column, words, form in columns
        if column in found.columns
    ]
    kinds = list(dict.fromkeys(events["kind"]))
    days = sorted(pd.Timestamp(each) for each in profiles)
    first = min(events["timestamp"].min().normalize(), days[0])
    counts = "; ".join(f"{kind} {int((own['kind'] == kind).sum()):,}" for kind in kinds)
    tiles = "".join(
        f'<div><div style="font-size:11px;color:#555">{escape(words)}</div>'
        f'<div style="font-weight:600">{escape(value)}</div></div>'
        for words, value in facts
    )
    page = (
        f'<div style="{_FRAME}"><div style="font-weight:700;font-size:16px">{escape(name)}</div>'
        f'<div style="display:flex;flex-wrap:wrap;gap:8px 24px;padding:10px 0">{tiles}</div>'
        f"{_timeline(own, kinds, first, days[-1] + pd.Timedelta(days=1), end, counts)}</div>"
    )
    said = "; ".join(f"{words} {value}" for words, value in facts)
    return DayCard(page, f"{name}: {said}. Traces: {counts}.")


_FRAME = (
    "font-family:system-ui,'Segoe UI',sans-serif;color:#222;background:#fff;max-width:760px;border:1px solid #ddd;"
    "border-radius:10px;padding:14px 20px;line-height:1.4;font-size:14px"
)


def _timeline(
    own: pd.DataFrame, kinds: Sequence[str], first: pd.Timestamp, last: pd.Timestamp, end: pd.Timestamp, counts: str
) -> str:
    """Marks of each kind along the days, as an SVG; the time after the day is grey and empty."""
    left, width, step = 100, 600, 26
    height = step * len(kinds) + 22

    def place(moment: pd.Timestamp) -> float:
        return left + width * ((moment - first) / (last - first) if last > first else 1.0)

    cut = place(min(end, last))
    parts = [f'<rect x="{cut:.1f}" y="0" width="{left + width - cut:.1f}" height="{height - 20}" fill="#EFEFEF"/>']
    for at, kind in enumerate(kinds):
        middle, colour = at * step + step / 2, COLOURS[_SERIES[at % len(_SERIES)]]
        parts.append(f'<text x="0" y="{middle + 4:.0f}" font-size="12" fill="{colour}">{escape(str(kind))}</text>')
        marks = np.unique([round(place(moment)) for moment in own.loc[own["kind"] == kind, "timestamp"]])
        parts += [f'<rect x="{x:.0f}" y="{middle - 8:.0f}" width="2" height="16" fill="{colour}"/>' for x in marks]
    parts.append(
        f'<text x="{left}" y="{height - 4}" font-size="11" fill="#555">{first:%d %b %Y}</text>'
        f'<text x="{left + width}" y="{height - 4}" font-size="11" fill="#555" text-anchor="end">{last:%d %b %Y}</text>'
    )
    if left + width - cut > 90:
        parts.append(f'<text x="{cut + 6:.0f}" y="14" font-size="11" fill="#555">not known yet</text>')
    words = escape(f"Time line up to the day: {counts}", quote=True)
    opening = f'<svg role="img" aria-label="{words}" viewBox="0 0 {left + width} {height}" width="100%">'
    return f"{opening}{''.join(parts)}</svg>"
