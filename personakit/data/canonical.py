"""The canonical tables: the column names, kinds and meanings that every room of personakit reads.

A data set need not have every table, and a table need not have every optional column; what is there has these names.
Ids are any hashable without nulls (the world uses positive integers); times are naive timestamps in the shop's own time
zone; money is in the shop's currency.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CANONICAL", "Column", "Table"]


@dataclass(frozen=True)
class Column:
    """One column: its kind (id, time, number, count, flag, category, text), whether it must be there, and its meaning.

    `low` and `high` are the smallest and largest value that makes sense, `zero` says whether 0 does, and `values` lists
    what a category may be.
    """

    kind: str
    meaning: str
    required: bool = False
    nullable: bool = True
    low: float | None = None
    high: float | None = None
    values: tuple[str, ...] | None = None
    zero: bool = True


@dataclass(frozen=True)
class Table:
    """One table: what a row is, the columns that name a row (unique where given), and the columns."""

    row: str
    key: tuple[str, ...]
    columns: dict[str, Column]


def _id(meaning: str, required: bool = True) -> Column:
    return Column("id", meaning, required=required, nullable=not required)


def _time(meaning: str, required: bool = True) -> Column:
    return Column("time", meaning, required=required, nullable=not required)


EVENTS = ("view", "basket", "purchase", "return")

CANONICAL: dict[str, Table] = {
    "customers": Table(
        "a person the shop knows",
        ("customer_id",),
        {
            "customer_id": _id("the person"),
            "given_name": Column("text", "first name as on the account"),
            "family_name": Column("text", "last name as on the account"),
            "email": Column("text", "e-mail address as on the account"),
            "signed_up": _time("when the account was opened", required=False),
            "age_band": Column("category", "18-24, 25-34, 35-44, 45-54, 55-64 or 65+"),
            "gender": Column("category", "as stated: woman, man or other"),
            "region": Column("category", "sales region"),
            "acquisition": Column("category", "how the person found the shop"),
        },
    ),
    "identities": Table(
        "a record of a person in one of the source systems",
        ("record_id",),
        {
            "record_id": _id("the record"),
            "system": Column(
                "category", "shop_account, app_device, newsletter, loyalty_card, call_centre", required=True
            ),
            "source_key": Column("text", "the record's key in its own system"),
            "recorded_at": _time("when the record was made", required=False),
            "given_name": Column("text", "first name as written there"),
            "family_name": Column("text", "last name as written there"),
            "email": Column("text", "e-mail address as written there"),
            "phone": Column("text", "telephone number as written there"),
            "street": Column("text", "street and number"),
            "postcode": Column("text", "postcode"),
            "city": Column("text", "city"),
            "birth_year": Column("number", "year of birth"),
        },
    ),
    "products": Table(
        "a product in the catalogue",
        ("product_id",),
        {
            "product_id": _id("the product"),
            "title": Column("text", "name shown in the shop"),
            "description": Column("text", "text of the product page"),
            "department": Column("category", "first level of the category tree"),
            "category": Column("category", "second level of the category tree"),
            "subcategory": Column("category", "third level of the category tree"),
            "brand": Column("category", "brand"),
            "material": Column("category", "main material"),
            "style": Column("category", "style"),
            "colour": Column("category", "colour; missing where only the picture shows it"),
            "pattern": Column("category", "pattern; missing where only the picture shows it"),
            "sizes": Column("category", "size range"),
            "price": Column("number", "list price", low=0, high=1e7),
            "unit_cost": Column("number", "what one piece costs the shop", low=0, high=1e7),
            "launched": _time("first day on sale", required=False),
        },
    ),
    "sessions": Table(
        "a visit",
        ("session_id",),
        {
            "session_id": _id("the visit"),
            "customer_id": _id("the visitor"),
            "timestamp": _time("when the visit began"),
            "channel": Column("category", "web, app, email, social, store or call_centre", required=True),
        },
    ),
    "interactions": Table(
        "something a customer did with a product",
        (),
        {
            "customer_id": _id("the customer"),
            "product_id": _id("the product"),
            "timestamp": _time("when", required=False),
            "event": Column("category", "view, basket, purchase or return", required=True, values=EVENTS),
            "channel": Column("category", "where"),
            "session_id": _id("the visit", required=False),
        },
    ),
    "order_lines": Table(
        "a product in an order",
        (),
        {
            "order_id": _id("the order"),
            "customer_id": _id("the buyer"),
            "product_id": _id("the product"),
            "timestamp": _time("when the order was placed"),
            "quantity": Column(
                "count", "pieces; negative for a return booked as its own line", low=-1e5, high=1e5, zero=False
            ),
            "unit_price": Column("number", "price paid for one piece, after discounts", required=True, low=0, high=1e7),
            "list_price": Column("number", "price of one piece before discounts", low=0, high=1e7),
            "discount": Column("number", "share of the list price taken off, 0 to 1", low=0, high=1),
            "channel": Column("category", "where"),
            "delivery_days": Column("number", "days from order to delivery", low=0),
            "returned": Column("flag", "sent back"),
        },
    ),
    "ratings": Table(
        "a rating that a customer gave a product",
        ("customer_id", "product_id"),
        {
            "customer_id": _id("the customer"),
            "product_id": _id("the product"),
            "rating": Column("number", "the rating; the world uses 1 to 5 stars", required=True, nullable=False),
            "timestamp": _time("when", required=False),
        },
    ),
    "reviews": Table(
        "a rating with words",
        ("review_id",),
        {
            "review_id": _id("the review"),
            "customer_id": _id("the writer"),
            "product_id": _id("the product"),
            "timestamp": _time("when", required=False),
            "rating": Column("number", "stars given with the words"),
            "text": Column("text", "the words", required=True),
        },
    ),
    "messages": Table(
        "a message from a customer to the support desk, and the reply",
        ("message_id",),
        {
            "message_id": _id("the message"),
            "customer_id": _id("the writer"),
            "timestamp": _time("when", required=False),
            "channel": Column("category", "email, chat, social or call_centre"),
            "order_id": _id("the order that it is about", required=False),
            "text": Column("text", "the words", required=True),
            "reply": Column("text", "what the desk answered"),
        },
    ),
    "contacts": Table(
        "a decision of the weekly campaign about one customer, the decision to leave her alone included",
        ("contact_id",),
        {
            "contact_id": _id("the decision"),
            "customer_id": _id("the customer"),
            "timestamp": _time("when"),
            "channel": Column("category", "none, email, sms, push or mail (a letter)", required=True),
            "theme": Column("category", "what the message was about; none without one"),
            "discount": Column("number", "share of the price taken off for seven days", low=0, high=1),
            "propensity": Column("number", "probability with which the policy chose this action", low=0, high=1),
            "opened": Column("flag", "the message was opened"),
            "clicked": Column("flag", "a link in it was followed"),
            "unsubscribed": Column("flag", "the customer left the list"),
        },
    ),
    "exposures": Table(
        "a product shown in one place of a recommendation slate",
        (),
        {
            "session_id": _id("the visit"),
            "customer_id": _id("the customer"),
            "timestamp": _time("when"),
            "position": Column("count", "place in the slate, 1 at the front", required=True, low=1),
            "product_id": _id("the product shown"),
            "propensity": Column("number", "probability with which the policy put it there", low=0, high=1),
            "clicked": Column("flag", "it was clicked"),
        },
    ),
    "prices": Table(
        "a product's price in one week",
        ("product_id", "week"),
        {
            "product_id": _id("the product"),
            "week": _time("first day of the week"),
            "list_price": Column("number", "price without markdown or test", low=0, high=1e7),
            "price": Column("number", "price asked", required=True, low=0, high=1e7),
            "promotion": Column("flag", "marked down and shown as such"),
            "test": Column("number", "the part of the price set at random by the price test, e.g. -0.1; 0 outside it"),
            "in_stock": Column("flag", "could be bought that week"),
        },
    ),
    "consents": Table(
        "a customer's choice about one purpose, from that moment on",
        (),
        {
            "customer_id": _id("the customer"),
            "purpose": Column("category", "what the data may be used for", required=True),
            "granted": Column("flag", "granted (true) or refused or withdrawn (false)", required=True),
            "timestamp": _time("from when the choice holds"),
            "source": Column("category", "where it was made"),
            "version": Column("category", "version of the text that was agreed to"),
            "basis": Column(
                "category",
                "lawful basis (GDPR, article 6(1)); missing: consent",
                values=(
                    "consent",
                    "contract",
                    "legal_obligation",
                    "vital_interests",
                    "public_task",
                    "legitimate_interests",
                ),
            ),
            "expires": _time("the last moment at which the choice holds; missing: no end", required=False),
        },
    ),
}
