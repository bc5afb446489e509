"""What each column of a profile means: the data dictionary that goes with the unified view."""

from __future__ import annotations

import pandas as pd

__all__ = ["COLUMNS", "DEMOGRAPHICS", "dictionary"]

DEMOGRAPHICS = ("age_band", "gender", "region")
"""The columns of `customers` that a profile passes on unchanged."""

_VISITS_AT = "without sessions, of interactions, of order lines or of ratings"


def _channel(where: str) -> tuple[str, str, str, str, str]:
    meaning = f"share of the visits {where}; without sessions, of interactions; without these, of order lines"
    return ("share", meaning, "0 to 1", "no channel is recorded", "sessions (or interactions, or order_lines)")


def _taste(kind: str, meaning: str, unit: str = "0 to 1", level: str = "department") -> tuple[str, str, str, str, str]:
    tables = "order_lines (or purchases, or ratings), products"
    return (kind, meaning, unit, f"nothing bought of a known {level}", tables)


def _hours(when: str) -> tuple[str, str, str, str, str]:
    return (
        "share",
        f"share of the visits {when}; {_VISITS_AT}",
        "0 to 1",
        "none of them, or times of the day are not recorded: everything of everybody is at midnight",
        "sessions (or interactions, or order_lines, or ratings)",
    )


# column: (kind of result, meaning, unit, when it is null, the tables it is made of)
COLUMNS: dict[str, tuple[str, str, str, str, str]] = {
    "customer_id": (
        "id",
        "the person: everybody in customers who signed up by the day, and everybody who did something by then",
        "id",
        "never",
        "customers, order_lines, interactions, ratings, sessions, contacts, reviews, messages",
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
        "customers, order_lines, interactions, ratings, sessions, contacts, reviews, messages",
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
    "mean_order_value": ("number", "monetary over frequency", "currency of the shop", "no order yet", "order_lines"),
    "sd_inter_purchase_days": (
        "number",
        "standard deviation (n - 1) of the times between one day with an order and the next",
        "days",
        "fewer than three days with an order",
        "order_lines (or purchases, or ratings)",
    ),
    "n_visits": ("count", "visits", "visits", "sessions is not there", "sessions"),
    "last_visit_days": ("days", "from the last visit to the day", "days", "no visit", "sessions"),
    "web_share": _channel("on the web"),
    "app_share": _channel("in the app"),
    "email_share": _channel("from an e-mail"),
    "social_share": _channel("from social media"),
    "store_share": _channel("in a store"),
    "call_centre_share": _channel("by the call centre"),
    "other_channel_share": _channel("by any channel with another name"),
    "favourite_department_share": _taste("share", "share of the lines bought that are of the favourite department"),
    "favourite_category": _taste(
        "text", "category of most lines bought; ties go to the latest bought", "name", "category"
    ),
    "favourite_category_share": _taste(
        "share", "share of the lines bought that are of the favourite category", level="category"
    ),
    "favourite_brand": _taste("text", "brand of most lines bought; ties go to the latest bought", "name", "brand"),
    "favourite_brand_share": _taste(
        "share", "share of the lines bought that are of the favourite brand", level="brand"
    ),
    "n_departments": (
        "count",
        "different departments bought from (categories, where products have no department)",
        "departments",
        "departments, categories and purchases are not recorded",
        "order_lines (or purchases, or ratings), products",
    ),
    "n_brands": (
        "count",
        "different brands bought",
        "brands",
        "brands or purchases are not recorded",
        "order_lines (or purchases, or ratings), products",
    ),
    "mean_discount": (
        "share",
        "mean share of the list price taken off, over the lines bought, those without a discount included",
        "0 to 1",
        "nothing bought, or neither discount nor list_price is recorded",
        "order_lines",
    ),
    "night_share": _hours("from midnight to 6 o'clock"),
    "morning_share": _hours("from 6 to 12 o'clock"),
    "afternoon_share": _hours("from 12 to 18 o'clock"),
    "evening_share": _hours("from 18 o'clock to midnight"),
    "weekend_share": (
        "share",
        f"share of the visits on Saturday or Sunday; {_VISITS_AT}",
        "0 to 1",
        "none of them",
        "sessions (or interactions, or order_lines, or ratings)",
    ),
    "favourite_hour": (
        "number",
        "hour of the day of most visits, 0 for the one that begins at midnight; ties go to the latest used, then to "
        f"the earlier hour; {_VISITS_AT}",
        "hour, 0 to 23",
        "none of them, or times of the day are not recorded: everything of everybody is at midnight",
        "sessions (or interactions, or order_lines, or ratings)",
    ),
    "n_baskets": (
        "count",
        "products put into the basket",
        "times",
        "no basket of anybody is recorded by the day",
        "interactions",
    ),
    "n_products_viewed": (
        "count",
        "different products viewed",
        "products",
        "no view of anybody is recorded by the day",
        "interactions",
    ),
    "n_emails": ("count", "e-mails sent to her", "e-mails", "contacts is not there", "contacts"),
    "email_click_rate": (
        "share",
        "share of the e-mails sent by the day in which a link was followed; a click has no date of its own",
        "0 to 1",
        "no e-mail sent, or clicks are not recorded",
        "contacts",
    ),
    "message_click_rate": (
        "share",
        "share of the messages of other channels than e-mail (sms, push) in which a link was followed",
        "0 to 1",
        "no such message sent, or clicks are not recorded",
        "contacts",
    ),
    "n_unsubscribes": (
        "count",
        "messages after which she left the list",
        "times",
        "contacts is not there, or does not say",
        "contacts",
    ),
    "n_support_messages": ("count", "messages to the support desk", "messages", "messages is not there", "messages"),
    "last_support_days": ("days", "from the last message to the support desk to the day", "days", "none", "messages"),
    "n_reviews": ("count", "reviews written", "reviews", "reviews is not there", "reviews"),
    "last_review_days": ("days", "from the last review to the day", "days", "no review", "reviews"),
    "last_sentiment": (
        "number",
        "sentiment of the latest review that tells one: its column sentiment, else (rating - 3) / 2 of 1 to 5 stars; "
        "the mean of several at the same moment",
        "-1 to 1",
        "no review with a sentiment, or a rating of 1 to 5",
        "reviews",
    ),
    "mean_sentiment": (
        "number",
        "mean of the sentiments of her reviews, as in last_sentiment",
        "-1 to 1",
        "no review with a sentiment, or a rating of 1 to 5",
        "reviews",
    ),
    "visits_30d": (
        "count",
        "visits in the last 30 days, the day itself being one of them",
        "visits",
        "sessions is not there",
        "sessions",
    ),
    "visits_prior_30d": ("count", "visits in the 30 days before these", "visits", "sessions is not there", "sessions"),
    "engagement_trend": (
        "number",
        "ln((visits_30d + 1) / (visits_prior_30d + 1)): above 0 where she comes more often than before",
        "natural logarithm",
        "sessions is not there",
        "sessions",
    ),
    "orders_90d": (
        "count",
        "frequency, of the last 90 days alone",
        "orders, or days",
        "none of the tables is there",
        "order_lines (or purchases, or ratings)",
    ),
    "monetary_90d": (
        "number",
        "monetary, of the last 90 days alone",
        "currency of the shop",
        "no prices are recorded",
        "order_lines",
    ),
    "consented_to": (
        "text",
        "purposes to which her consent holds at the end of the day, sorted, with commas between; empty where she was "
        "asked and none holds. The latest choice counts, of two at one moment the refusal, and none after it expires; "
        "once refused, only consent counts, and no other basis",
        "names of purposes",
        "never asked by the day",
        "consents",
    ),
}


def dictionary() -> pd.DataFrame:
    """What each column of `build_profiles` means, in the order of its columns.

    "The day" is `as_of`, its last moment included; all days are calendar days of the shop, so an order on the day
    itself has recency 0.

    Returns
    -------
    DataFrame of 62 rows, columns column, meaning, unit, null (when the value is missing) and tables (what it is made
    of; in brackets, what stands in for a table that is not there).

    >>> dictionary().set_index("column").loc["recency_days", ["meaning", "unit", "null"]].tolist()
    ['from the last order to the day', 'days', 'no order yet']
    """
    rows = [(name, *parts[1:]) for name, parts in COLUMNS.items()]
    return pd.DataFrame(rows, columns=["column", "meaning", "unit", "null", "tables"])
