"""Stylised facts of trade: one set of figures computed alike from Larkspur and from real shops."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

if TYPE_CHECKING:
    from personakit.world.world import World

__all__ = ["RANGES", "REAL", "card", "card_markdown", "stylised_facts", "top_share"]

# figure -> (low, high): what Larkspur's default world is held to
RANGES: dict[str, tuple[float, float]] = {
    "revenue share of the top 20 % of customers": (0.50, 0.72),
    "Gini of spend": (0.50, 0.70),
    "customers with one order": (0.25, 0.50),
    "orders per customer, 50 %": (2, 3),
    "orders per customer, 75 %": (4, 6),
    "orders per customer, 90 %": (8, 12),
    "orders per customer, 99 %": (20, 35),
    "days between orders, median": (25, 45),
    "days between orders, 90 %": (120, 220),
    "order value, median": (30, 60),
    "order value, coefficient of variation": (0.7, 1.1),
    "share of lines from the top 20 % of products": (0.55, 0.75),
    "lines with a discount": (0.25, 0.45),
    "ratings of 1": (0.06, 0.10),
    "ratings of 2": (0.05, 0.08),
    "ratings of 3": (0.10, 0.16),
    "ratings of 4": (0.25, 0.32),
    "ratings of 5": (0.40, 0.50),
    "click on a recommended slot": (0.01, 0.03),
    "session to purchase": (0.02, 0.05),
    "e-mails opened": (0.15, 0.40),
    "e-mails clicked": (0.01, 0.06),
}

# The same figures of real sets, by `stylised_facts` on their canonical tables; a test computes them again.
REAL: dict[str, dict[str, float]] = {
    "cdnow": {
        "revenue share of the top 20 % of customers": 0.6735,
        "Gini of spend": 0.6297,
        "customers with one order": 0.5112,
        "orders per customer, 50 %": 1.0,
        "orders per customer, 75 %": 3.0,
        "orders per customer, 90 %": 6.0,
        "orders per customer, 99 %": 20.44,
        "days between orders, median": 34.0,
        "days between orders, 90 %": 196.0,
        "order value, median": 25.99,
        "order value, coefficient of variation": 0.9658,
    },
    "complete-journey": {
        "revenue share of the top 20 % of customers": 0.5402,
        "Gini of spend": 0.5188,
        "customers with one order": 0.0442,
        "orders per customer, 50 %": 15.0,
        "orders per customer, 75 %": 28.0,
        "orders per customer, 90 %": 44.0,
        "orders per customer, 99 %": 82.28,
        "days between orders, median": 8.0,
        "days between orders, 90 %": 33.0,
        "order value, median": 3.11,
        "order value, coefficient of variation": 1.1551,
        "share of lines from the top 20 % of products": 0.6427,
        "lines with a discount": 0.5041,
    },
    "movielens-100k": {
        "ratings of 1": 0.0611,
        "ratings of 2": 0.1137,
        "ratings of 3": 0.2715,
        "ratings of 4": 0.3417,
        "ratings of 5": 0.212,
        "share of lines from the top 20 % of products": 0.6462,
    },
    "open-bandit": {
        "click on a recommended slot": 0.0046,
    },
}


def top_share(amounts: NDArray[Any], share: float = 0.2) -> float:
    """Share of the total that the largest `share` of the amounts hold.

    >>> top_share(np.array([6.0, 1.0, 1.0, 1.0, 1.0]))
    0.6
    """
    ordered = np.sort(amounts)[::-1]
    return float(ordered[: round(len(ordered) * share)].sum() / ordered.sum())


def _gini(amounts: NDArray[np.float64]) -> float:
    ordered = np.sort(amounts)
    n = len(ordered)
    return float((2 * np.arange(1, n + 1) - n - 1) @ ordered / (n * ordered.sum()))


def stylised_facts(tables: Mapping[str, pd.DataFrame]) -> dict[str, float]:
    """The figures that the tables allow, of those in RANGES.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        Canonical tables; any of order_lines, ratings, sessions, exposures and contacts.

    Examples
    --------
    >>> ratings = pd.DataFrame({"customer_id": [1, 1, 2, 2], "product_id": [1, 2, 1, 3], "rating": [5, 4, 5, 1]})
    >>> stylised_facts({"ratings": ratings})["ratings of 5"]
    0.5
    """
    found: dict[str, float] = {}
    orders_of_sessions = None
    if "order_lines" in tables:
        lines = tables["order_lines"]
        lines = lines.assign(amount=lines["unit_price"] * lines.get("quantity", 1))
        orders = lines.groupby("order_id", sort=False).agg(
            customer_id=("customer_id", "first"), timestamp=("timestamp", "first"), amount=("amount", "sum")
        )
        orders_of_sessions = orders
        spend = orders.groupby("customer_id")["amount"].sum().to_numpy(dtype=float)
        spend = spend[spend > 0]
        count = orders.groupby("customer_id").size().to_numpy()
        found["revenue share of the top 20 % of customers"] = top_share(spend)
        found["Gini of spend"] = _gini(spend)
        found["customers with one order"] = float((count == 1).mean())
        for q in (50, 75, 90, 99):
            found[f"orders per customer, {q} %"] = float(np.quantile(count, q / 100))
        # Orders of one day are one occasion, as in the counting of purchases since CDNOW.
        days = orders.assign(day=orders["timestamp"].dt.normalize())[["customer_id", "day"]].drop_duplicates()
        gap = days.sort_values(["customer_id", "day"]).groupby("customer_id")["day"].diff().dt.days.dropna().to_numpy()
        if len(gap):
            found["days between orders, median"] = float(np.median(gap))
            found["days between orders, 90 %"] = float(np.quantile(gap, 0.9))
        value = orders["amount"].to_numpy(dtype=float)
        found["order value, median"] = float(np.median(value))
        found["order value, coefficient of variation"] = float(value.std() / value.mean())
        if lines["product_id"].nunique() > 1:
            found["share of lines from the top 20 % of products"] = top_share(
                lines["product_id"].value_counts().to_numpy()
            )
        if "discount" in lines:
            found["lines with a discount"] = float((lines["discount"] > 0.004).mean())
    if "ratings" in tables:
        ratings = tables["ratings"]["rating"]
        for stars in range(1, 6):
            found[f"ratings of {stars}"] = float((ratings == stars).mean())
        found.setdefault(
            "share of lines from the top 20 % of products",
            top_share(tables["ratings"]["product_id"].value_counts().to_numpy()),
        )
    if "exposures" in tables and len(tables["exposures"]):
        found["click on a recommended slot"] = float(tables["exposures"]["clicked"].mean())
    if "sessions" in tables and orders_of_sessions is not None:
        found["session to purchase"] = len(orders_of_sessions) / len(tables["sessions"])
    if "contacts" in tables and {"opened", "clicked"} <= set(tables["contacts"].columns):  # letters are not counted
        mails = tables["contacts"][tables["contacts"]["channel"] == "email"]
        found["e-mails opened"] = float(mails["opened"].mean())
        found["e-mails clicked"] = float(mails["clicked"].mean())
    return found


def card(world: World) -> pd.DataFrame:
    """Larkspur's figures, the range that the default world is held to, and the same figures of real sets.

    Returns
    -------
    DataFrame
        One row a figure; columns `larkspur`, `low`, `high`, and one a real set (NaN where it does not have the figure).
    """
    columns = {
        "larkspur": stylised_facts(world.tables),
        "low": {name: bounds[0] for name, bounds in RANGES.items()},
        "high": {name: bounds[1] for name, bounds in RANGES.items()},
        **REAL,
    }
    return pd.DataFrame(columns, index=pd.Index(RANGES, name="figure")).astype(float).round(3)


def card_markdown(world: World) -> str:
    """The card as a Markdown table, for the data card in `datasets/`."""
    shown = card(world)
    names = ["Larkspur", "range", *shown.columns[3:]]
    rows = ["| figure | " + " | ".join(names) + " |", "|---|" + "---|" * len(names)]
    for figure, row in shown.iterrows():
        real = ["" if np.isnan(value) else f"{value:g}" for value in row.iloc[3:]]
        rows.append(
            "| " + " | ".join([str(figure), f"{row['larkspur']:g}", f"{row['low']:g} to {row['high']:g}", *real]) + " |"
        )
    return "\n".join(rows) + "\n"
