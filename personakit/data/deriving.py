"""Tables that follow from others, so that a cell written for one data set runs on the next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from personakit.data.canonical import CANONICAL
from personakit.data.problems import NOTES
from personakit.data.tables import Tables

__all__ = ["derive_tables"]


def derive_tables(tables: Tables) -> Tables:
    """The tables, and those that follow from them where they are missing.

    - `interactions`: the lines of orders are purchases (returns where the quantity is negative); without orders, a
    rating
      is taken as a purchase, whatever its stars, since one rates what one had; without ratings, a click on a shown
      product is a view.
    - `ratings`: the last rating that a customer gave a product in her reviews.
    - `customers`, `products`: the ids that occur in the other tables.

    Each derived table is named in `.report`.

    >>> ratings = pd.DataFrame({"customer_id": [1, 2], "product_id": [7, 7], "rating": [4.0, 2.0]})
    >>> derive_tables(Tables({"ratings": ratings}))["interactions"]
       customer_id  product_id     event
    0            1           7  purchase
    1            2           7  purchase
    """
    frames = dict(tables)
    notes: list[tuple[str, str, int, str]] = []
    if "ratings" not in frames and "rating" in frames.get("reviews", {}):
        frames["ratings"] = _last_ratings(frames["reviews"])
        notes.append(("ratings", "", len(frames["ratings"]), "derived from reviews: the last rating of each pair"))
    if "interactions" not in frames:
        made = _interactions(frames)
        if made is not None:
            frames["interactions"] = made[0]
            notes.append(("interactions", "", len(made[0]), made[1]))
    for owner, column in (("products", "product_id"), ("customers", "customer_id")):
        if owner not in frames:
            ids = _all_ids(frames, column)
            if ids is not None:
                frames[owner] = ids
                notes.append((owner, "", len(ids), f"derived: every {column} of the other tables"))
    order = [name for name in CANONICAL if name in frames]
    report = pd.DataFrame([*tables.report.itertuples(index=False, name=None), *notes], columns=NOTES)
    return Tables(
        {name: frames[name] for name in order},
        mapping=tables.mapping,
        report=report,
        rejected=tables.rejected,
        source=tables.source,
        licence=tables.licence,
    )


def _last_ratings(reviews: pd.DataFrame) -> pd.DataFrame:
    columns = [c for c in ("customer_id", "product_id", "rating", "timestamp") if c in reviews]
    rated = reviews.loc[reviews["rating"].notna(), columns]
    if "timestamp" in columns:
        rated = rated.sort_values("timestamp", kind="stable")
    return rated.drop_duplicates(["customer_id", "product_id"], keep="last").reset_index(drop=True)


def _interactions(frames: Mapping[str, pd.DataFrame]) -> tuple[pd.DataFrame, str] | None:
    keep = ("customer_id", "product_id", "timestamp", "channel", "session_id")
    if "order_lines" in frames:
        lines = frames["order_lines"]
        quantity = lines["quantity"].to_numpy() if "quantity" in lines else np.ones(len(lines))
        events, note = np.where(quantity < 0, "return", "purchase"), "derived from order_lines: purchases, and returns"
    elif "ratings" in frames:
        lines = frames["ratings"]
        events, note = np.full(len(lines), "purchase"), "derived from ratings: one rates what one had"
    elif "clicked" in frames.get("exposures", {}):
        shown = frames["exposures"]
        lines = shown[shown["clicked"].fillna(False).astype(bool)]
        events, note = np.full(len(lines), "view"), "derived from exposures: a click opens the product"
    else:
        return None
    made = lines[[column for column in keep if column in lines]].reset_index(drop=True)
    at = min(3, len([column for column in keep[:3] if column in made]))
    made.insert(at, "event", pd.Series(events.tolist(), dtype=object).infer_objects())
    return made, note


def _all_ids(frames: Mapping[str, pd.DataFrame], column: str) -> pd.DataFrame | None:
    found: list[pd.Series[Any]] = [frame[column].dropna() for frame in frames.values() if column in frame]
    if not found:
        return None
    unique = pd.concat(found, ignore_index=True).drop_duplicates().sort_values(kind="stable")
    return pd.DataFrame({column: unique.to_numpy() if unique.dtype.kind == "i" else unique}).reset_index(drop=True)
