"""Pictures of segments: where customers lie beside each other, and what each offer is worth to whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from personakit.errors import DataError, some
from personakit.notebook.pictures import Picture
from personakit.notebook.style import COLOURS, canvas, use_style
from personakit.notebook.value_plots import _apart
from personakit.privacy.gate_permitted import plain_frame
from personakit.profile.encoder import ProfileEncoder
from personakit.profile.frames import by_customer
from personakit.segment.membership import segments_by_customer

if TYPE_CHECKING:
    from personakit.segment import OfferValues

__all__ = ["SegmentMap", "plot_offer_values", "plot_segment_map", "segment_map"]

Floats = NDArray[np.float64]
PALETTE = ("blue", "orange", "green", "vermilion", "purple", "sky", "grey", "ink")


@dataclass(frozen=True)
class SegmentMap:
    """Customers in two dimensions, and what the dimensions mean.

    Attributes
    ----------
    points : DataFrame[x, y], index as in the profiles
    shares : tuple of two floats
        The share of all differences between customers that each dimension shows.
    words : tuple of two str
        The columns that weigh most in each dimension.
    """

    points: pd.DataFrame
    shares: tuple[float, float]
    words: tuple[str, str]


def segment_map(profiles: Any, *, features: Any = None) -> SegmentMap:
    """The two directions in which customers differ most (principal components of the profiles' normal scores).

    Parameters
    ----------
    profiles : DataFrame of shape (n_customers, ...), or what a consent gate returned
    features : sequence of str, optional
        Columns to use; by default all that can be.

    Raises
    ------
    DataError
        Fewer than three customers, or fewer than two columns in which they differ.

    Examples
    --------
    >>> people = pd.DataFrame({"customer_id": [1, 2, 3, 4], "visits": [1, 2, 3, 4], "orders": [2, 1, 3, 9]})
    >>> found = segment_map(people)
    >>> [round(share, 2) for share in found.shares], found.words[0]
    ([0.89, 0.11], 'visits +, orders +')
    """
    frame = by_customer(profiles)
    encoder = ProfileEncoder(features, numbers="ranks", categories="onehot", missing="fill").fit(frame)
    matrix = encoder.transform(frame)
    matrix = matrix - matrix.mean(axis=0)
    if matrix.shape[0] < 3 or matrix.shape[1] < 2:
        raise DataError(
            f"A map needs at least 3 customers and 2 columns in which they differ, and has {matrix.shape[0]} and "
            f"{matrix.shape[1]}. Give more columns as features."
        )
    # A category is several columns; together they should weigh as much as one number.
    sources = pd.Series(encoder.sources_)
    total = pd.Series((matrix**2).mean(axis=0)).groupby(sources.to_numpy()).sum()
    matrix = matrix / np.sqrt(sources.map(total).to_numpy())
    # Through the small matrix of columns: the same answer as of the customers, in a time that hardly grows with them.
    strength, axes = np.linalg.eigh(matrix.T @ matrix)
    axes, strength = axes[:, ::-1][:, :2], strength[::-1]
    axes = axes * np.where(axes[np.abs(axes).argmax(axis=0), [0, 1]] < 0, -1.0, 1.0)  # the sign is free: fix it
    points = pd.DataFrame(matrix @ axes, columns=["x", "y"], index=frame.index)
    names = encoder.get_feature_names_out()
    words = [_weights(names, axes[:, number]) for number in (0, 1)]
    shares = np.clip(strength[:2] / strength.sum(), 0.0, 1.0)
    return SegmentMap(points, (float(shares[0]), float(shares[1])), (words[0], words[1]))


@use_style()
def plot_segment_map(
    profiles: Any, segments: pd.Series, title: str | None = None, *, features: Any = None, at_most: int = 3000
) -> Picture:
    """Customers as points in two dimensions, coloured by segment, the names at the middles.

    Most of the differences between customers are in none of two dimensions: the axes say which share each shows and
    which columns it is made of. Segments that overlap here may still be apart in the others.

    Parameters
    ----------
    profiles : DataFrame, or what a consent gate returned; or a SegmentMap
    segments : Series of labels, index customer_id
    title : str, optional
        The message; by default how much of the differences the picture shows.
    features : sequence of str, optional
        Columns for the map; best those that made the segments.
    at_most : int, default 3000
        Points drawn, evenly spaced among the customers.

    Examples
    --------
    >>> people = pd.DataFrame({"customer_id": [1, 2, 3, 4], "visits": [1, 2, 3, 4], "orders": [4, 2, 3, 9]})
    >>> picture = plot_segment_map(people, pd.Series(["few", "few", "many", "many"], index=[1, 2, 3, 4]))
    >>> print(str(picture)[:60])
    Two dimensions show 100 % of how customers differ. Map of 4
    """
    found = profiles if isinstance(profiles, SegmentMap) else segment_map(profiles, features=features)
    labels = segments_by_customer(segments).reindex(found.points.index)
    if labels.isna().all():
        raise DataError(
            f"None of the customers of the map has a segment (map: {some(found.points.index)}; segments: "
            f"{some(plain_frame(segments).index)}). Give segments of these customers."
        )
    shown = f"Two dimensions show {sum(found.shares):.0%} of how customers differ".replace("%", " %")
    title = title or shown
    figure, axes = canvas(4.8)
    names = [name for name in _order(labels) if (labels == name).any()]
    step = max(1, -(-len(labels) // at_most))
    middles = np.array([found.points[(labels == name).to_numpy()].median().to_numpy() for name in names])
    # Names that would cover each other move apart; a line leads back to the middle of the segment.
    heights = _apart(middles[:, 1], 0.065 * float(np.ptp(found.points["y"].to_numpy()) or 1.0))
    said = []
    for number, (name, (x, y), height) in enumerate(zip(names, middles, heights, strict=True)):
        here = found.points[(labels == name).to_numpy()]
        colour = COLOURS[PALETTE[number % len(PALETTE)]]
        axes.scatter(here["x"][::step], here["y"][::step], s=7, color=colour, alpha=0.45, lw=0, rasterized=True)
        axes.plot(x, y, "o", color=colour, mec="white", ms=8, zorder=4)
        axes.annotate(
            str(name), (x, y), xytext=(x, height), ha="center", va="center", color=colour, fontweight="bold",
            fontsize=9, zorder=5, arrowprops={"arrowstyle": "-", "color": colour, "lw": 1},
            bbox={"boxstyle": "round,pad=0.2", "fc": "white", "ec": colour, "alpha": 0.9},
        )  # fmt: skip
        said.append(f"{name} ({len(here):,}) around {x:.1f}, {y:.1f}")
    for side, axis in enumerate((axes.xaxis, axes.yaxis)):
        axis.set_ticks([])
        axis.set_label_text(f"{found.words[side]}  ({100 * found.shares[side]:.0f} %)", fontsize=9)
    for spine in ("left", "bottom"):
        axes.spines[spine].set_visible(False)
    axes.axhline(0, color=COLOURS["pale"], lw=0.8, zorder=0)
    axes.axvline(0, color=COLOURS["pale"], lw=0.8, zorder=0)
    axes.set_title(title)
    how = f"Map of {len(labels):,} customers; across: {found.words[0]}; upwards: {found.words[1]}"
    extra = "" if title == shown else f" {shown}."
    return Picture(figure, f"{title}. {how}.{extra} Segments: {'; '.join(said)}.")


@use_style()
def plot_offer_values(
    values: OfferValues, title: str | None = None, *, at_most: int = 3, unit: str = "gain a contact"
) -> Picture:
    """Each segment's most promising offers: the pooled gain with its interval, the raw one, and the cost as a line.

    An offer pays surely where the whole interval is to the right of its cost. The hollow ring is what the cell alone
    says: the further it lies from the dot, the more of it was taken for luck.

    Parameters
    ----------
    values : OfferValues
        From `pk.segment.offer_values`.
    title : str, optional
        The message; by default in how many segments an offer surely pays.
    at_most : int, default 3
        Offers a segment.
    unit : str

    Examples
    --------
    >>> from personakit.segment import offer_values
    >>> log = pd.DataFrame({"customer_id": range(40), "action": ["mail", "none"] * 20, "propensity": 0.5,
    ...                     "margin": [3.0, 1.0] * 20})
    >>> print(str(plot_offer_values(offer_values(pd.Series(["all"] * 40), log)))[:58])
    In 1 of 1 segments an offer surely pays. Dots with 95 % in
    """
    table = values.table.groupby("segment", sort=False).head(at_most)
    names = list(dict.fromkeys(table["segment"]))
    surely = values.table[values.table["low"] > values.table["cost"]]["segment"].nunique()
    title = title or f"In {surely} of {values.table['segment'].nunique()} segments an offer surely pays"
    figure, axes = canvas(0.27 * (len(table) + len(names)) + 1.4)
    place, said = 0.0, []
    ticks: list[tuple[float, str, bool]] = []
    for name in names:
        part = table[table["segment"] == name]
        ticks.append((place, f"{name} (n = {int(part['customers'].iloc[0]):,})", True))
        for row in part.to_dict("records"):
            place += 1
            colour = COLOURS["blue" if row["low"] > row["cost"] else "grey"]
            axes.plot([row["low"], row["high"]], [place, place], color=colour, lw=6, alpha=0.35, solid_capstyle="butt")
            axes.plot(row["raw"], place, "o", mfc="none", mec=COLOURS["ink"], ms=5, alpha=0.6)
            axes.plot(row["gain"], place, "o", color=colour, ms=7)
            axes.plot([row["cost"]] * 2, [place - 0.4, place + 0.4], color=COLOURS["vermilion"], lw=2)
            ticks.append((place, str(row["action"]), False))
            alone = "alone never logged" if np.isnan(row["raw"]) else f"alone {row['raw']:.2f}"
            said.append(
                f"{name}, {row['action']} {row['gain']:.2f} ({row['low']:.2f} to {row['high']:.2f}, {alone}, cost "
                f"{row['cost']:.3g})"
            )
        place += 1.3
    axes.axvline(0, color=COLOURS["pale"], lw=1, zorder=0)
    axes.set_yticks([where for where, _, _ in ticks], [text for _, text, _ in ticks])
    for label, (_, _, bold) in zip(axes.get_yticklabels(), ticks, strict=True):
        label.set_fontweight("bold" if bold else "normal")
        label.set_fontsize(10 if bold else 9)
    axes.set_ylim(place - 0.6, -0.8)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")
    axes.set_xlabel(f"{unit}, over {values.baseline}")
    axes.set_title(title, pad=26)
    for x, colour, words in ((1.0, "vermilion", "| cost"), (0.88, "ink", "○ alone"), (0.74, "blue", "● pooled")):
        axes.annotate(
            words, (x, 1), xytext=(0, 4), xycoords="axes fraction", textcoords="offset points", ha="right",
            va="bottom", color=COLOURS[colour], fontweight="bold", fontsize=9,
        )  # fmt: skip
    level = f"{100 * values.confidence:.0f} % intervals"
    return Picture(figure, f"{title}. Dots with {level}, {unit} over {values.baseline}: {'; '.join(said)}.")


def _weights(names: NDArray[Any], axis: Floats, at_most: int = 3) -> str:
    order = np.argsort(-np.abs(axis), kind="stable")[:at_most]
    return ", ".join(f"{names[place]} {'+' if axis[place] > 0 else '−'}" for place in order)


def _order(labels: pd.Series) -> list[Any]:
    if isinstance(labels.dtype, pd.CategoricalDtype):
        return list(labels.cat.categories)
    return sorted(labels.dropna().unique(), key=lambda name: (isinstance(name, str), name))
