"""What each column of a profile means: the data dictionary that goes with the unified view."""

from __future__ import annotations

import pandas as pd

__all__ = ["COLUMNS", "DEMOGRAPHICS", "dictionary"]

DEMOGRAPHICS = ("age_band", "gender", "region")
"""The columns of `customers` that a profile passes on unchanged."""

# column: (kind of result, meaning, unit, when it is null, the tables it is made of)
COLUMNS: dict[str, tuple[str, str, str, str, str]] = {
    "customer_id": (
        "id",
        "the person: everybody in customers who signed up by the day, and everybody who did something by then",
        "id",
        "never",
        "customers, order_lines, interactions, ratings, sessions, contacts",
    ),
    "recency_days": (
        "days",
        "from the last order to the day",
        "days",
        "no order yet",
        "order_lines (or purchases, or ratings)",
    ),
    "frequency": (
        "count",
        "orders; where orders are not recorded, days with a purchase; where purchases are not, days with a rating",
        "orders, or days",
        "none of the tables is there",
        "order_lines (or purchases, or ratings)",
    ),
    "monetary": (
        "number",
        "money spent: quantity × unit_price summed over lines, negative quantities included; 0 without an order",
        "currency of the shop",
        "no prices are recorded",
        "order_lines",
    ),
    "tenure_days": (
        "days",
        "from signing up, or from the first trace in any table where that is earlier, to the day",
        "days",
        "no date is known",
        "customers, order_lines, interactions, ratings, sessions, contacts",
    ),
    "mean_inter_purchase_days": (
        "number",
        "mean time between one day with an order and the next: (last - first) / (order_days - 1)",
        "days",
        "fewer than two days with an order",
        "order_lines (or purchases, or ratings)",
    ),
    "order_days": (
        "count",
        "different days with an order; less one, it is the frequency of BG/NBD",
        "days",
        "none of the tables is there",
        "order_lines (or purchases, or ratings)",
    ),
    "first_order_days": (
        "days",
        "from the first order to the day: T of BG/NBD, whose recency is first_order_days - recency_days",
        "days",
        "no order yet",
        "order_lines (or purchases, or ratings)",
    ),
    "n_items": (
        "count",
        "lines bought; where purchases are not recorded, ratings given",
        "lines",
        "none of the tables is there",
        "order_lines (or purchases, or ratings)",
    ),
    "n_views": (
        "count",
        "product views",
        "views",
        "no view of anybody is recorded by the day",
        "interactions",
    ),
    "favourite_department": (
        "text",
        "department (category, where products have no department) of most lines bought; ties go to the latest bought",
        "name",
        "nothing bought of a known department",
        "order_lines (or purchases, or ratings), products",
    ),
    "favourite_channel": (
        "text",
        "channel of most visits; without sessions, of most interactions; without these, of most order lines; "
        "ties go to the latest used",
        "name",
        "no channel is recorded",
        "sessions (or interactions, or order_lines)",
    ),
    "discount_share": (
        "share",
        "share of the lines bought that were discounted",
        "0 to 1",
        "nothing bought, or neither discount nor list_price is recorded",
        "order_lines",
    ),
    "return_rate": (
        "share",
        "returns by the day (events, or lines with a negative quantity) over lines bought, at most 1; where no return "
        "has a date, the share flagged as returned among lines at least 30 days old, as flags have no date either",
        "0 to 1",
        "nothing bought, or returns are not recorded",
        "order_lines, interactions",
    ),
    "email_open_rate": (
        "share",
        "share of the e-mails sent by the day that were opened; an opening has no date of its own, so e-mails of "
        "the last hours may count as opened early",
        "0 to 1",
        "no e-mail sent",
        "contacts",
    ),
    "mean_rating": ("number", "mean of the ratings given", "stars, as rated", "no rating given", "ratings"),
    "age_band": ("text", "age band as in customers", "name", "not recorded", "customers"),
    "gender": ("text", "gender as in customers", "name", "not recorded", "customers"),
    "region": ("text", "region as in customers", "name", "not recorded", "customers"),
}


def dictionary() -> pd.DataFrame:
    """What each column of `build_profiles` means, in the order of its columns.

    "The day" is `as_of`, its last moment included; all days are calendar days of the shop, so an order on the day
    itself has recency 0.

    Returns
    -------
    DataFrame of 19 rows, columns column, meaning, unit, null (when the value is missing) and tables (what it is made
    of; in brackets, what stands in for a table that is not there).

    >>> dictionary().set_index("column").loc["recency_days", ["meaning", "unit", "null"]].tolist()
    ['from the last order to the day', 'days', 'no order yet']
    """
    rows = [(name, *parts[1:]) for name, parts in COLUMNS.items()]
    return pd.DataFrame(rows, columns=["column", "meaning", "unit", "null", "tables"])
