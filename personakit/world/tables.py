"""From a simulated history to the canonical tables of what people did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from personakit.world import random as draw
from personakit.world.aftermath import Aftermath
from personakit.world.catalogue import Catalogue
from personakit.world.history import History
from personakit.world.market import FORESIGHT, SHOCK_SIZE, Market
from personakit.world.random import Key
from personakit.world.structure import CHANNELS, CONTACT_CHANNELS, SLATE_SIZE, START, THEMES, WEEK
from personakit.world.traits import Traits

__all__ = ["Coded", "Columns", "arrow_of", "behaviour", "moment", "session_ids"]

Arrays = dict[str, NDArray[Any]]
DAY_US = 86_400_000_000
EVENTS = ("view", "basket", "purchase", "return")


@dataclass(frozen=True)
class Coded:
    """A column of names, kept as indices into them."""

    codes: NDArray[np.integer[Any]]
    names: tuple[str, ...]


Columns = dict[str, "NDArray[Any] | Coded"]


def moment(day: Any, second: Any = 0) -> NDArray[np.datetime64]:
    """Timestamps from days since START and seconds."""
    microseconds = np.asarray(day, dtype=np.int64) * DAY_US + np.asarray(second, dtype=np.int64) * 1_000_000
    return START.astype("datetime64[us]") + microseconds.astype("timedelta64[us]")


def arrow_of(table: Columns | pd.DataFrame) -> pa.Table:
    """An Arrow table whose schema does not depend on which values happen to occur; names become a dictionary."""
    if isinstance(table, pd.DataFrame):
        arrow = pa.Table.from_pandas(table, preserve_index=False)
        text = [pa.types.is_large_string(field.type) or pa.types.is_null(field.type) for field in arrow.schema]
        fields = [
            pa.field(f.name, pa.string()) if is_text else f for f, is_text in zip(arrow.schema, text, strict=True)
        ]
        return arrow.cast(pa.schema(fields)).replace_schema_metadata(None)
    return pa.table(
        {
            name: pa.DictionaryArray.from_arrays(pa.array(column.codes.astype(np.int8)), pa.array(column.names))
            if isinstance(column, Coded)
            else pa.array(column)
            for name, column in table.items()
        }
    )


def session_ids(customer_id: NDArray[np.int64], day: NDArray[np.int64], number: NDArray[np.int64]) -> NDArray[np.int64]:
    """A visit's id depends on nothing but the visit; it serves as the order's id too."""
    return customer_id * 100_000 + day * 16 + number


def behaviour(
    seed: int, people: Traits, goods: Catalogue, shop: Market, history: History, after: Aftermath, n_days: int
) -> dict[str, Columns]:
    """sessions, interactions, order_lines, ratings, exposures and contacts of a block, by customer and time."""
    visits = history.visits
    # Weeks were appended one after the other; a stable sort by customer keeps each one's visits in time.
    order = np.argsort(visits["row"], kind="stable")
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    visit = {name: column[order] for name, column in visits.items()}
    customer = people.customer_id[visit["row"]]
    session = session_ids(customer, visit["day"], visit["number"])
    when = moment(visit["day"], visit["second"])
    channels = tuple(channel.name for channel in CHANNELS)

    line_visit = place[history.lines["visit"]]
    by_line = np.argsort(line_visit, kind="stable")
    line = {name: column[by_line] for name, column in {**history.lines, **after.lines}.items()}
    at = line_visit[by_line]
    list_price = (
        goods.price[line["product"]] * np.exp(FORESIGHT / SHOCK_SIZE * shop.demand[line["week"], line["product"]])
    ).round(2)
    paid = (shop.price[line["week"], line["product"]] * (1 - line["discount"])).round(2)
    ordered = when[at] + np.timedelta64(9 * 60_000_000, "us")
    order_lines: Columns = {
        "order_id": session[at],
        "customer_id": customer[at],
        "product_id": goods.product_id[line["product"]],
        "timestamp": ordered,
        "quantity": np.ones(len(at), dtype=np.int64),
        "unit_price": paid,
        "list_price": np.maximum(list_price, paid),
        "discount": (1 - paid / np.maximum(list_price, paid)).round(3),
        "channel": Coded(visit["channel"][at], channels),
        "delivery_days": line["delivery_days"],
        "returned": line["returned"],
    }
    return {
        "sessions": {
            "session_id": session,
            "customer_id": customer,
            "timestamp": when,
            "channel": Coded(visit["channel"], channels),
        },
        "interactions": _interactions(people, goods, history, place, visit, when, session, line, at, ordered),
        "order_lines": order_lines,
        "ratings": _ratings(people, goods, history, after),
        "exposures": _exposures(goods, shop, history, place, customer, session, when),
        "contacts": _contacts(seed, people, history),
    }


def _interactions(
    people: Traits,
    goods: Catalogue,
    history: History,
    place: NDArray[np.int64],
    visit: Arrays,
    when: NDArray[np.datetime64],
    session: NDArray[np.int64],
    line: Arrays,
    line_visit: NDArray[np.int64],
    ordered: NDArray[np.datetime64],
) -> Columns:
    event_visit = place[history.events["visit"]]
    event_kind, event_product = history.events["kind"], history.events["product"]
    # Within a visit products are looked at in turn, a view every 50 seconds; a basket follows its view.
    turn = np.lexsort((np.arange(len(event_visit)), event_kind, event_visit))
    rank = np.empty(len(turn), dtype=np.int64)
    rank[turn] = np.arange(len(turn)) - np.searchsorted(event_visit[turn], event_visit[turn])
    seen_at = when[event_visit] + ((20 + 50 * rank) * 1_000_000).astype("timedelta64[us]")
    back = np.flatnonzero(line["returned"])
    back_at = moment(line["return_day"][back], 12 * 3600) + (line["product"][back] * 40_000_000).astype(
        "timedelta64[us]"
    )
    at = np.concatenate([event_visit, line_visit, line_visit[back]])
    product = np.concatenate([event_product, line["product"], line["product"][back]])
    time = np.concatenate([seen_at, ordered, back_at])
    kind = np.concatenate([event_kind, np.full(len(line_visit), 2), np.full(len(back), 3)]).astype(np.int8)
    row = visit["row"][at]
    order = np.lexsort((product, kind, time, row))
    at, product, time, kind, row = at[order], product[order], time[order], kind[order], row[order]
    return {
        "customer_id": people.customer_id[row],
        "product_id": goods.product_id[product],
        "timestamp": time,
        "event": Coded(kind, EVENTS),
        "channel": Coded(visit["channel"][at], tuple(channel.name for channel in CHANNELS)),
        "session_id": session[at],
    }


def _ratings(people: Traits, goods: Catalogue, history: History, after: Aftermath) -> Columns:
    line = after.ratings["line"]
    row = history.visits["row"][history.lines["visit"][line]]
    order = np.lexsort((after.ratings["second"], after.ratings["day"], row))
    return {
        "customer_id": people.customer_id[row][order],
        "product_id": goods.product_id[history.lines["product"][line]][order],
        "rating": after.ratings["stars"][order].astype(float),
        "timestamp": moment(after.ratings["day"], after.ratings["second"])[order],
    }


def _exposures(
    goods: Catalogue,
    shop: Market,
    history: History,
    place: NDArray[np.int64],
    customer: NDArray[np.int64],
    session: NDArray[np.int64],
    when: NDArray[np.datetime64],
) -> Columns:
    shown = history.shown
    order = np.argsort(place[shown["visit"]], kind="stable")
    visit, product = place[shown["visit"]][order], shown["product"][order]
    week, glance, clicked = shown["week"][order], shown["glance"][order], shown["clicked"][order]
    at = np.repeat(visit, SLATE_SIZE)
    position = np.tile(np.arange(SLATE_SIZE), len(visit))
    return {
        "session_id": session[at],
        "customer_id": customer[at],
        "timestamp": when[at],
        "position": position + 1,
        "product_id": goods.product_id[product.ravel()],
        "propensity": shop.explore[np.repeat(week, SLATE_SIZE), product.ravel()].round(7),
        "clicked": (position == np.repeat(glance, SLATE_SIZE)) & np.repeat(clicked, SLATE_SIZE),
    }


def _contacts(seed: int, people: Traits, history: History) -> Columns:
    contact = history.contacts
    order = np.lexsort((contact["week"], contact["row"]))
    contact = {name: column[order] for name, column in contact.items()}
    customer = people.customer_id[contact["row"]]
    # Sent in the first two hours of Monday, before the week's visits are counted.
    minute = draw.integers(Key(seed, "sent").at(customer, contact["week"]), 120)
    return {
        "contact_id": customer * 1000 + contact["week"],
        "customer_id": customer,
        "timestamp": moment(contact["week"] * WEEK, 60 * minute),
        "channel": Coded(contact["channel"], CONTACT_CHANNELS),
        "theme": Coded(contact["theme"] + 1, ("none", *(theme.name for theme in THEMES))),
        "discount": contact["discount"],
        "propensity": contact["propensity"].round(7),
        "opened": contact["opened"],
        "clicked": contact["clicked"],
        "unsubscribed": contact["left"],
    }
