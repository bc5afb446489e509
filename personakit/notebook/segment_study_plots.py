"""Pictures of a study of segments: who moved where."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from personakit.notebook.pictures import Picture
from personakit.notebook.style import COLOURS, canvas, use_style

if TYPE_CHECKING:
    from personakit.segment.migration import Migration

__all__ = ["plot_migration"]


@use_style()
def plot_migration(moves: Migration, title: str | None = None) -> Picture:
    """Bands from the segments before to those after, as thick as they have customers; who stayed is grey.

    Parameters
    ----------
    moves : Migration
    title : str, optional
        The message; by default how many stayed.
    """
    title = title or (f"{moves.stayed:.0%} stayed in their segment" if np.isfinite(moves.stayed) else "Who moved where")
    table = moves.counts.to_numpy(float)
    gap = 0.03 * table.sum()
    totals = (table.sum(axis=1), table.sum(axis=0))
    labels = (list(moves.counts.index), list(moves.counts.columns))
    starts = [np.concatenate([[0], np.cumsum(total + gap * (total > 0))[:-1]]) for total in totals]
    figure, axes = canvas(0.42 * len(table) + 2.2)
    palette = ["blue", "orange", "green", "vermilion", "purple", "sky"]
    left, right = starts[0].copy(), starts[1].copy()
    x = np.linspace(0, 1, 60)
    bend = x * x * (3 - 2 * x)
    for i, j in np.ndindex(*table.shape):
        if not (many := table[i, j]):
            continue
        stays = i == j and i < len(table) - 1
        colour = COLOURS["pale" if stays else "grey" if i == len(table) - 1 else palette[i % len(palette)]]
        base = left[i] + (right[j] - left[i]) * bend
        axes.fill_between(x, base, base + many, color=colour, alpha=0.6, lw=0)
        left[i] += many
        right[j] += many
    for side, place in ((0, -0.02), (1, 1.02)):
        for name, start, total in zip(labels[side], starts[side], totals[side], strict=True):
            if total:
                axes.plot([side, side], [start, start + total], color=COLOURS["ink"], lw=3, solid_capstyle="butt")
                words = f"{name}  {total:,.0f}" if side == 0 else f"{total:,.0f}  {name}"
                axes.text(place, start + total / 2, words, ha="left" if side else "right", va="center", fontsize=9.5)
    axes.set(xlim=(-0.02, 1.02), title=title)
    axes.set_xticks([0, 1], ["before", "after"])
    axes.set_yticks([])
    axes.invert_yaxis()
    for spine in axes.spines.values():
        spine.set_visible(False)
    largest = moves.flows[moves.flows["before"].astype(str) != moves.flows["after"].astype(str)]
    largest = largest.sort_values("customers", ascending=False, kind="stable").head(6)
    said = "; ".join(f"{row.before} to {row.after} {row.customers:,}" for row in largest.itertuples())
    return Picture(figure, f"{title}. Flows of customers between segments, the largest moves: {said}.")
