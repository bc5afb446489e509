"""The columns of a profile: what each means, in which unit, from which tables, and when it is missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pandas as pd

__all__ = ["COLUMNS", "Feature", "dictionary"]


@dataclass(frozen=True)
class Feature:
    """One column of a profile."""

    kind: Literal["id", "count", "number", "text"]
    meaning: str
    unit: str
    source: str
    missing: str


COLUMNS: dict[str, Feature] = {
    "customer_id": Feature(
        "id",
        "the customer: signed up, or seen in any table, by the end of as_of",
        "",
        "customers, order_lines, interactions, sessions, ratings",
        "never",
    ),
    "recency_days": Feature(
        "number",
        "days from the last order to as_of; 0 on the day itself",
        "days",
        "order_lines, else purchases in interactions, else ratings",
        "never ordered",
    ),
    "frequency": Feature(
        "count",
        "orders; without order_lines, days with a purchase; without either, ratings",
        "orders",
        "order_lines, else purchases in interactions, else ratings",
        "none of these tables; 0 for who never ordered",
    ),
    "monetary": Feature(
        "number",
        "money paid, less returns that are booked as negative quantities",
        "currency of the shop",
        "order_lines.quantity x unit_price",
        "no prices; 0 for who never ordered",
    ),
    "tenure_days": Feature(
        "number",
        "days from opening the account, or from the first activity where that is unknown, to as_of",
        "days",
        "customers.signed_up, else the first row in any table",
        "neither is known",
    ),
    "mean_days_between_orders": Feature(
        "number",
        "days from the first order to the last, by the number of orders less one",
        "days",
        "as frequency",
        "fewer than two orders",
    ),
    "n_views": Feature("count", "product pages seen", "views", "interactions", "no interactions; 0 for who saw none"),
    "favourite_category": Feature(
        "text",
        "category most bought; of equals, the one most seen, then the first by name (without order_lines, most rated)",
        "",
        "products.category, with order_lines, interactions or ratings",
        "nothing bought, seen or rated, or no categories",
    ),
    "favourite_channel": Feature(
        "text",
        "channel of most visits; of equals, the first by name",
        "",
        "sessions, else interactions, else order_lines",
        "no visits, or no channels",
    ),
    "discount_share": Feature(
        "number",
        "share of order lines bought below list price",
        "0 to 1",
        "order_lines.discount, else list_price against unit_price",
        "nothing bought, or no list prices",
    ),
    "return_rate": Feature(
        "number",
        "order lines sent back by as_of, by order lines bought, at most 1",
        "0 to 1",
        "returns in interactions; else negative quantities; else order_lines.returned, of lines 30 days old and older, "
        "as it bears no date",
        "nothing bought, or returns are not recorded",
    ),
    "email_open_rate": Feature(
        "number", "share of e-mails received that were opened", "0 to 1", "contacts", "no e-mail received"
    ),
    "n_ratings": Feature("count", "ratings given", "ratings", "ratings", "no ratings; 0 for who gave none"),
    "recent_rating": Feature(
        "number", "mean of the latest five ratings", "as the ratings", "ratings", "no rating given"
    ),
    "consent": Feature(
        "text",
        "purposes agreed to at the end of as_of, by name, with spaces between; for display: the gate decides",
        "",
        "consents",
        "never asked; empty for who agrees to nothing",
    ),
}


def dictionary() -> pd.DataFrame:
    """What every column of a profile means: unit, the tables it is made from, and when it is missing.

    Returns
    -------
    DataFrame, index column; meaning, unit, source, missing

    Examples
    --------
    >>> dictionary().loc["recency_days", "unit"]
    'days'
    """
    rows = {name: (col.meaning, col.unit, col.source, col.missing) for name, col in COLUMNS.items()}
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["meaning", "unit", "source", "missing"])
    return table.rename_axis("column")
