"""The one look of all pictures: colours that everybody can tell apart, little ink, words large enough to project."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["COLOURS", "canvas", "use_style"]

COLOURS: dict[str, str] = {
    "blue": "#0072B2",
    "orange": "#E69F00",
    "green": "#009E73",
    "vermilion": "#D55E00",
    "purple": "#CC79A7",
    "sky": "#56B4E9",
    "grey": "#8C8C8C",
    "pale": "#D9D9D9",
    "ink": "#222222",
}
"""Okabe and Ito's palette, which people with any of the usual colour blindnesses can tell apart, and three greys.

M. Okabe and K. Ito (2008), "Color Universal Design": https://jfly.uni-koeln.de/color/.
"""

_STYLE: dict[str, Any] = {
    "figure.figsize": (7.2, 3.4),
    "figure.dpi": 100,
    "savefig.dpi": 100,
    "figure.facecolor": "white",
    "font.family": "DejaVu Sans",  # comes with matplotlib, so a picture is the same everywhere
    "font.size": 10.5,
    "text.color": COLOURS["ink"],
    "axes.titlesize": 12.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 12,
    "axes.edgecolor": COLOURS["grey"],
    "axes.labelcolor": COLOURS["ink"],
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.prop_cycle": "cycler('color', ['0072B2', 'E69F00', '009E73', 'D55E00', 'CC79A7', '56B4E9', '8C8C8C'])",
    "grid.color": "#ECECEC",
    "xtick.color": COLOURS["ink"],
    "ytick.color": COLOURS["ink"],
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "legend.frameon": False,
}


def canvas(height: float) -> tuple[Figure, Axes]:
    """An empty picture of the usual width, and the given height in inches.

    >>> figure, axes = canvas(3.0)
    >>> figure.get_size_inches().tolist()
    [7.2, 3.0]
    """
    from matplotlib.figure import Figure as New

    figure = New(figsize=(7.2, height))  # no pyplot: nothing is kept open, and nothing shows twice
    return figure, figure.subplots()


@contextmanager
def use_style() -> Iterator[None]:
    """A context in which matplotlib draws in this style; outside of it, nothing changes.

    >>> import matplotlib.pyplot as plt
    >>> with use_style():
    ...     plt.rcParams["axes.spines.top"]
    False
    """
    import matplotlib as mpl

    with mpl.rc_context(_STYLE):  # type: ignore[arg-type]
        yield
