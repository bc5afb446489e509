"""A desk at which the reader chooses how many segments there are and what makes them, and sees the personas move."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sklearn.metrics import adjusted_rand_score
from threadpoolctl import threadpool_limits

from personakit.errors import DataError, MissingExtraError, ParameterError, UnknownNameError, some
from personakit.notebook.segment_plots import PALETTE, SegmentMap, segment_map
from personakit.notebook.style import COLOURS
from personakit.notebook.value_plots import _apart
from personakit.notebook.widgets import box_of
from personakit.privacy.settings import whole
from personakit.profile.frames import by_customer
from personakit.segment.clustering import CustomerSegments
from personakit.segment.personas import personas

if TYPE_CHECKING:
    import ipywidgets

__all__ = ["SegmentDesk", "SegmentView"]

_WIDE, _HIGH, _EDGE = 640, 340, 16
_POINTS = 700
_CELL = "padding:4px 8px;text-align:left;vertical-align:top"


@dataclass(frozen=True, repr=False)
class SegmentView:
    """One way of dividing the customers, as a map and a table; Jupyter shows both.

    Attributes
    ----------
    features : tuple of str
        The groups of columns that the segments were made of.
    segments : Series, index customer_id
    table : DataFrame, index segment: name, customers, share, portrait
    agreement : float or None
        Adjusted Rand index with the view before: 1 if the groups are the same, about 0 if they have nothing in common.
    """

    features: tuple[str, ...]
    segments: pd.Series
    table: pd.DataFrame
    agreement: float | None
    map: SegmentMap = field(compare=False)

    def __repr__(self) -> str:
        said = "; ".join(f"{row['name']} ({row['share']:.0%})" for row in self.table.to_dict("records"))
        return f"{len(self.table)} segments by {', '.join(self.features)}: {said}.{self._moved()}"

    def _moved(self) -> str:
        if self.agreement is None:
            return ""
        return f" Agreement with the view before: {self.agreement:.2f} (1 if the groups are the same)."

    @property
    def html(self) -> str:
        """The view as one HTML element."""
        colours = {name: COLOURS[PALETTE[place % len(PALETTE)]] for place, name in enumerate(self.table.index)}
        rows = []
        for name, row in self.table.to_dict("index").items():
            bar = (
                f'<div style="width:{100 * row["share"] / self.table["share"].max():.0f}%;height:10px;'
                f'background:{colours[name]};margin-top:3px"></div>'
            )
            rows.append(
                f'<tr style="border-top:1px solid #e5e5e5"><td style="{_CELL};color:{colours[name]};font-weight:700;'
                f'white-space:nowrap">'
                f'{escape(str(name))}</td><td style="{_CELL};width:110px">{row["customers"]:,} ({row["share"]:.0%})'
                f'{bar}</td><td style="{_CELL};font-weight:600">{escape(str(row["name"]))}</td>'
                f'<td style="{_CELL};color:#555">{escape(_short(str(row["portrait"])))}</td></tr>'
            )
        head = "".join(f'<th style="{_CELL}">{each}</th>' for each in ("", "customers", "name", "what sets it apart"))
        return (
            '<div style="font-size:13px;color:#222;background:#fff;max-width:900px;padding:6px">'
            f'<div style="font-weight:700;padding:2px 8px 6px">{len(self.table)} segments by '
            f"{escape(', '.join(self.features))}</div>{self._svg(colours)}"
            f'<table style="border-collapse:collapse;width:100%"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}'
            f'</tbody></table><div style="color:#555;padding:4px 8px">{escape(self._moved().strip())}</div></div>'
        )

    def _repr_html_(self) -> str:
        return self.html

    def _svg(self, colours: Mapping[Any, str]) -> str:
        points = self.map.points.reindex(self.segments.index)
        step = max(1, -(-len(points) // _POINTS))
        low, high = points.quantile(0.002), points.quantile(0.998)
        span = (high - low).where(high > low, 1.0)
        x = _EDGE + (points["x"] - low["x"]) / span["x"] * (_WIDE - 2 * _EDGE)
        y = _HIGH - _EDGE - (points["y"] - low["y"]) / span["y"] * (_HIGH - 2 * _EDGE)
        x, y = x.clip(2, _WIDE - 2), y.clip(2, _HIGH - 2)
        drawn = []
        for name, colour in colours.items():
            here = (self.segments == name).to_numpy()
            dots = "".join(
                f"M{left:.0f} {top:.0f}h0" for left, top in zip(x[here][::step], y[here][::step], strict=True)
            )
            drawn.append(
                f'<path d="{dots}" stroke="{colour}" stroke-width="4" stroke-linecap="round" opacity="0.5" '
                'fill="none"/>'
            )
        middles = [(x[here].median(), y[here].median()) for name in colours for here in [(self.segments == name)]]
        heights = _apart(np.array([height for _, height in middles]), 17.0)
        for (name, colour), (left, _), height in zip(colours.items(), middles, heights, strict=True):
            drawn.append(
                f'<text x="{left:.0f}" y="{min(height, _HIGH - 4):.0f}" fill="{colour}" stroke="white" '
                'stroke-width="4" paint-order="stroke" font-weight="700" font-size="14" text-anchor="middle">'
                f"{escape(str(name))}</text>"
            )
        across, up = (f"{words} ({share:.0%})" for words, share in zip(self.map.words, self.map.shares, strict=True))
        shown = sum(self.map.shares)
        return (
            f'<svg role="img" aria-label="{escape(repr(self))}" width="{_WIDE}" height="{_HIGH}" '
            f'viewBox="0 0 {_WIDE} {_HIGH}" style="max-width:100%;border:1px solid #e5e5e5">{"".join(drawn)}</svg>'
            f'<div style="color:#555;padding:2px 8px 6px">Across: {escape(across)}. Upwards: {escape(up)}. The map '
            f"shows {shown:.0%} of how customers differ, and stays where it is.</div>"
        )


class SegmentDesk:
    """Choose how many segments, and by which features, and see who is put together and what sets them apart.

    Parameters
    ----------
    profiles : DataFrame of shape (n_customers, ...), or what a consent gate returned
    features : mapping of words to sequence of columns, or sequence of columns
        What there is to choose from. The map is made of all of them, so that it stays while the segments move.
    numbers : {"ranks", "standard", "keep"}
        As in `CustomerSegments`.
    random_state : int, default 0

    Raises
    ------
    DataError
        A column is missing.
    ParameterError
        There is no feature to choose.

    Examples
    --------
    >>> people = pd.DataFrame({"customer_id": range(40), "frequency": [1] * 20 + [9] * 20,
    ...                        "monetary": list(range(20)) + list(range(100, 120))})
    >>> desk = SegmentDesk(people, {"how often": ["frequency"], "how much": ["monetary"]})
    >>> desk.view(2).segments.value_counts().tolist()
    [20, 20]
    """

    def __init__(
        self,
        profiles: Any,
        features: Mapping[str, Sequence[str]] | Sequence[str],
        *,
        numbers: str = "ranks",
        random_state: int = 0,
    ) -> None:
        self.profiles = by_customer(profiles)
        groups = features if isinstance(features, Mapping) else {str(name): [name] for name in features}
        self.features = {str(name): [each] if isinstance(each, str) else list(each) for name, each in groups.items()}
        if not self.features:
            raise ParameterError(
                "SegmentDesk has nothing to choose from: features is empty. Name columns of the profiles."
            )
        columns = list(dict.fromkeys(column for group in self.features.values() for column in group))
        if absent := [name for name in columns if name not in self.profiles.columns]:
            raise DataError(
                f"profiles has no column {some(map(repr, absent))} (it has {some(self.profiles.columns, 6)}). Name "
                "columns of the profiles as features."
            )
        self.numbers, self.random_state = numbers, random_state
        self.map = segment_map(self.profiles, features=columns)
        self._columns = columns
        self._seen: dict[tuple[int, tuple[str, ...]], tuple[pd.Series, pd.DataFrame]] = {}
        self._last: pd.Series | None = None

    def view(self, n_segments: int, features: Sequence[str] | None = None) -> SegmentView:
        """So many segments by these groups of features (all of them by default).

        Raises
        ------
        ParameterError
            No feature, or no number of segments from 2.
        UnknownNameError
            A group of features that is not at this desk.
        DataError
            Fewer customers than segments.
        """
        whole("n_segments", n_segments, 2, where="SegmentDesk.view")
        asked = list(self.features) if features is None else [features] if isinstance(features, str) else list(features)
        if strange := [name for name in asked if name not in self.features]:
            raise UnknownNameError(f"No features {some(map(repr, strange))} here. There are {some(self.features, 12)}.")
        if not asked:
            raise ParameterError("SegmentDesk.view: features is empty. Choose at least one.")
        key = (n_segments, tuple(name for name in self.features if name in asked))
        if key not in self._seen:
            self._seen[key] = self._made(*key)
        segments, table = self._seen[key]
        agreement = None if self._last is None else float(adjusted_rand_score(self._last, segments))
        self._last = segments
        return SegmentView(key[1], segments, table, agreement, self.map)

    def choose(
        self, n_segments: int = 4, features: Sequence[str] | None = None, *, at_most: int = 8
    ) -> ipywidgets.VBox:
        """The desk as a widget: a slider for the number of segments, and a list of features to choose from.

        Without a kernel (on GitHub, in an exported page) the first view is shown as it is.

        Parameters
        ----------
        n_segments : int, default 4
        features : sequence of str, optional
            Chosen at first; by default all.
        at_most : int, default 8
            The right end of the slider.

        Returns
        -------
        ipywidgets.VBox
            `children`: the slider, the list, and the view.
        """
        try:
            import ipywidgets
        except ImportError as error:
            raise MissingExtraError.of("ipywidgets", "notebooks", "SegmentDesk.choose") from error
        shown = self.view(n_segments, features)
        most = max(at_most, n_segments)
        style = {"description_width": "140px"}
        many = ipywidgets.IntSlider(
            n_segments, 2, most, description="segments", continuous_update=False, style=style, layout={"width": "420px"}
        )
        which = ipywidgets.SelectMultiple(
            options=list(self.features), value=shown.features, description="made of", style=style,
            rows=min(len(self.features), 8), layout={"width": "420px"},
        )  # fmt: skip
        page = ipywidgets.HTML(shown.html)

        def follow(_: Any) -> None:
            if not which.value:
                page.value = "<p>Choose at least one feature.</p>"
                return
            try:
                page.value = self.view(many.value, which.value).html
            except DataError as problem:
                page.value = f"<p>{escape(str(problem))}</p>"

        for each in (many, which):
            each.observe(follow, names="value")
        words = f"A slider from 2 to {most} segments and {len(self.features)} features to choose from. {shown!r}"
        return box_of([many, which, page], words=words, html=shown.html)

    def _made(self, n_segments: int, groups: tuple[str, ...]) -> tuple[pd.Series, pd.DataFrame]:
        columns = list(dict.fromkeys(column for name in groups for column in self.features[name]))
        model = CustomerSegments(
            n_segments, features=columns, numbers=self.numbers, random_state=self.random_state,  # type: ignore[arg-type]
        )  # fmt: skip
        # Where cores are shared (Binder, a busy laptop), threads wait for each other longer than they work.
        with threadpool_limits(limits=1):
            segments = model.fit_predict(self.profiles)
            described = personas(self.profiles[self._columns], segments)
        return segments, described.table


def _short(portrait: str, at_most: int = 3) -> str:
    return "; ".join(portrait.split("; ")[:at_most])
