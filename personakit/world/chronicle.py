"""Everything that is written down about a block of customers: the canonical tables, and the truth beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from personakit.world.aftermath import Aftermath, aftermath
from personakit.world.block import Block
from personakit.world.catalogue import Catalogue
from personakit.world.consents import consent_records
from personakit.world.history import History, simulate
from personakit.world.identities import source_records
from personakit.world.market import FORESIGHT, SHOCK_SIZE, Market
from personakit.world.names import AGE_BANDS, GENDERS, REGIONS, people
from personakit.world.structure import ARCHETYPES, CONTACT_CHANNELS, START, THEMES, WEEK
from personakit.world.tables import Columns, behaviour, moment, session_ids
from personakit.world.traits import Traits
from personakit.world.words import message_texts, product_texts, review_texts
from personakit.world.words.vocabulary import (
    ASPECTS,
    BRANDS,
    COLOURS,
    EMOTIONS,
    INTENTS,
    LEAVES,
    MATERIALS,
    PATTERNS,
    STYLES,
)

__all__ = ["Chronicle", "chronicle", "price_table", "product_tables"]


@dataclass(frozen=True)
class Chronicle:
    """Tables and truth of a block, each as columns or as a DataFrame."""

    tables: dict[str, Columns | pd.DataFrame]
    truth: dict[str, Columns | pd.DataFrame]


def chronicle(seed: int, block: Block, n_days: int, *, texts: bool = True) -> Chronicle:
    """Simulate a block and write everything down; without `texts`, reviews and messages have labels but no words."""
    folk, goods, shop = block.people, block.goods, block.shop
    history = simulate(seed, block, n_days)
    after = aftermath(seed, folk, goods, shop, history, n_days)
    persons = people(
        seed, folk.customer_id, age_index=folk.age, gender_index=folk.gender, region_index=folk.region,
        household_id=folk.household,
    )  # fmt: skip
    identities, links = source_records(
        seed, folk.customer_id, persons, signed_up_day=folk.signed_up, channel_shares=folk.channel_mix,
        household_id=folk.household, n_days=n_days, start=START,
    )  # fmt: skip
    reviews, review_truth = _reviews(seed, folk, goods, history, after, texts)
    messages, message_truth = _messages(seed, folk, goods, history, after, persons, texts)
    left = history.contacts["left"]
    consents = consent_records(
        seed, folk.customer_id, concern=folk.concern, signed_up_day=folk.signed_up, n_days=n_days, start=START,
        unsubscribed=(
            folk.customer_id[history.contacts["row"][left]],
            history.contacts["week"][left] * WEEK + 0.5,
            history.contacts["channel"][left] - 1,
        ),
    )  # fmt: skip
    acts = behaviour(seed, folk, goods, shop, history, after, n_days)
    return Chronicle(
        tables={
            "customers": _customers(folk, persons),
            "identities": identities,
            **acts,
            "reviews": reviews,
            "messages": messages,
            "consents": consents,
        },
        truth={
            "customers": _customer_truth(folk, history),
            "identities": links,
            "reviews": review_truth,
            "messages": message_truth,
        },
    )


def _names(codes: NDArray[Any], names: Any) -> NDArray[np.object_]:
    return np.array(names, dtype=object)[codes]


def _customers(folk: Traits, persons: dict[str, NDArray[Any]]) -> pd.DataFrame:
    # People come by the door that suits their channel mix: social for some, the store for others.
    door = (folk.channel_mix * np.array([1.0, 0.4, 0.3, 2.0, 2.0, 0.5])).argmax(axis=1)
    return pd.DataFrame({
        "customer_id": folk.customer_id,
        "given_name": persons["given_name"],
        "family_name": persons["family_name"],
        "email": persons["email"],
        "signed_up": moment(folk.signed_up),
        "age_band": _names(folk.age, AGE_BANDS),
        "gender": _names(folk.gender, GENDERS),
        "region": _names(folk.region, REGIONS),
        "acquisition": _names(door, ("search", "advert", "friend", "social", "store", "press")),
    })  # fmt: skip


def _customer_truth(folk: Traits, history: History) -> pd.DataFrame:
    last = np.full(len(folk), np.datetime64("NaT", "us"))
    last[history.dropped["row"]] = moment(history.dropped["day"], history.dropped["second"])
    return pd.DataFrame({
        "customer_id": folk.customer_id,
        "household_id": folk.household,
        "archetype": _names(folk.archetype, [kind.name for kind in ARCHETYPES]),
        **{f"taste_{style}": folk.taste[:, at].round(6) for at, style in enumerate(STYLES)},
        "log_income": folk.log_income.round(6),
        "price_sensitivity": folk.price_sensitivity.round(6),
        "weekly_order_rate": (folk.order_rate * WEEK).round(9),
        "dropout": folk.dropout.round(9),
        "alive_until": last,
        **{f"response_{name}": folk.response[:, at].round(6) for at, name in enumerate(CONTACT_CHANNELS[1:])},
        **{f"match_{theme.name}": folk.theme_match[:, at].round(6) for at, theme in enumerate(THEMES)},
        "weariness": folk.weariness.round(6),
        "privacy_concern": folk.concern.round(6),
        "mood": folk.mood.round(6),
        "hue": folk.hue.round(3),
        "lightness": folk.lightness.round(4),
        "favourite_pattern": _names(folk.pattern.argmax(axis=1), PATTERNS),
        "voice_pitch": folk.voice_pitch.round(2),
        "voice_rate": folk.voice_rate.round(3),
        "voice_timbre": folk.voice_timbre.round(4),
    })  # fmt: skip


def product_tables(seed: int, goods: Catalogue) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The catalogue as the shop shows it, and what is true of each product."""
    order = np.argsort(goods.product_id)
    attributes = {
        "leaf": goods.leaf, "brand": goods.brand, "material": goods.material, "style": goods.style,
        "colour": goods.colour, "pattern": goods.pattern, "show_look": goods.in_words, "quality": goods.quality[:, 1],
    }  # fmt: skip
    titles, descriptions = product_texts(seed, goods.product_id, attributes)
    leaf = [LEAVES[at] for at in goods.leaf]
    colour, pattern = _names(goods.colour, [each.name for each in COLOURS]), _names(goods.pattern, PATTERNS)
    shown = pd.DataFrame({
        "product_id": goods.product_id,
        "title": titles,
        "description": descriptions,
        "department": [each.department for each in leaf],
        "category": [each.category for each in leaf],
        "subcategory": [each.subcategory for each in leaf],
        "brand": _names(goods.brand, [each.name for each in BRANDS]),
        "material": _names(goods.material, [each.name for each in MATERIALS]),
        "style": _names(goods.style, STYLES),
        "colour": pd.Series(colour).where(goods.in_words),
        "pattern": pd.Series(pattern).where(goods.in_words),
        "sizes": [each.sizes for each in leaf],
        "price": goods.price,
        "unit_cost": goods.unit_cost,
        "launched": moment(goods.launched),
    })  # fmt: skip
    true = pd.DataFrame({
        "product_id": goods.product_id,
        "colour": colour,
        "pattern": pattern,
        "appeal": goods.appeal.round(6),
        "return_rate": goods.return_rate.round(6),
        **{f"quality_{aspect}": goods.quality[:, at].round(6) for at, aspect in enumerate(ASPECTS)},
        **{f"vector_{style}": goods.vector[:, at].round(6) for at, style in enumerate(STYLES)},
    })  # fmt: skip
    return shown.iloc[order].reset_index(drop=True), true.iloc[order].reset_index(drop=True)


def price_table(goods: Catalogue, shop: Market, n_days: int) -> pd.DataFrame:
    """The `prices` of the history, by product and week."""
    n_weeks = -(-n_days // WEEK)
    order = np.argsort(goods.product_id)
    asked = shop.price[:n_weeks, order].T
    usual = (goods.price[order] * np.exp(FORESIGHT / SHOCK_SIZE * shop.demand[:n_weeks, order])).T.round(2)
    return pd.DataFrame({
        "product_id": np.repeat(goods.product_id[order], n_weeks),
        "week": np.tile(moment(np.arange(n_weeks) * WEEK), len(goods)),
        "list_price": usual.ravel(),
        "price": asked.ravel(),
        "promotion": shop.promotion[:n_weeks, order].T.ravel(),
        "test": shop.test[:n_weeks, order].T.ravel(),
        "in_stock": shop.available[:n_weeks, order].T.ravel(),
    })  # fmt: skip


def _reviews(
    seed: int, folk: Traits, goods: Catalogue, history: History, after: Aftermath, texts: bool
) -> tuple[pd.DataFrame, pd.DataFrame]:
    told = np.flatnonzero(after.ratings["worded"])
    line = after.ratings["line"][told]
    row, product = history.visits["row"][history.lines["visit"][line]], history.lines["product"][line]
    order = np.lexsort((after.ratings["second"][told], after.ratings["day"][told], row))
    told, row, product = told[order], row[order], product[order]
    stars, grades = after.ratings["stars"][told], after.grades[told]
    review_id = folk.customer_id[row] * 100_000 + goods.product_id[product]
    reviews = pd.DataFrame({
        "review_id": review_id,
        "customer_id": folk.customer_id[row],
        "product_id": goods.product_id[product],
        "timestamp": moment(after.ratings["day"][told], after.ratings["second"][told]),
        "rating": stars.astype(float),
    })  # fmt: skip
    felt = pd.DataFrame(
        {"review_id": review_id, **{f"felt_{name}": grades[:, at].round(4) for at, name in enumerate(ASPECTS)}}
    )
    if not texts:
        return reviews, felt
    words, labels = review_texts(
        seed, review_id, aspects=grades, rating=stars, age_band=folk.age[row], leaf=goods.leaf[product],
        material=goods.material[product],
    )  # fmt: skip
    return reviews.assign(text=np.array(words, dtype=object)), pd.concat([felt, labels.reset_index(drop=True)], axis=1)


def _messages(
    seed: int,
    folk: Traits,
    goods: Catalogue,
    history: History,
    after: Aftermath,
    persons: dict[str, NDArray[Any]],
    texts: bool,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    sent = after.messages
    line = sent["line"]
    visit = history.lines["visit"][line]
    row, product = history.visits["row"][visit], history.lines["product"][line]
    order = np.lexsort((sent["second"], sent["day"], row))
    sent = {name: column[order] for name, column in sent.items()}
    visit, row, product = visit[order], row[order], product[order]
    order_id = session_ids(folk.customer_id[row], history.visits["day"][visit], history.visits["number"][visit])
    # The young chat, the old call; the rest write.
    means = np.where(
        folk.age[row] <= 1, "chat", np.where((folk.age[row] >= 4) & (order_id % 3 == 0), "call_centre", "email")
    )
    messages = pd.DataFrame({
        "message_id": order_id * 10,
        "customer_id": folk.customer_id[row],
        "timestamp": moment(sent["day"], sent["second"]),
        "channel": means.astype(object),
        "order_id": order_id,
    })  # fmt: skip
    labels = pd.DataFrame({
        "message_id": messages["message_id"],
        "intent": _names(sent["intent"], INTENTS),
        "emotion": _names(sent["emotion"], EMOTIONS),
        "product_id": goods.product_id[product],
    })  # fmt: skip
    if not texts:
        return messages, labels
    percent = (100 * history.lines["discount"][line][order]).round().astype(np.int64)
    words, replies, written = message_texts(
        seed, messages["message_id"].to_numpy(), intent=sent["intent"], emotion=sent["emotion"],
        slots={
            "leaf": goods.leaf[product],
            "order_id": order_id,
            "days": np.maximum(sent["days_late"], 2),
            "percent": np.where(percent > 0, percent, 10),
        },
        given_name=persons["given_name"][row], age_band=folk.age[row],
    )  # fmt: skip
    extra = written.drop(columns=[name for name in ("intent", "emotion") if name in written]).reset_index(drop=True)
    return messages.assign(text=np.array(words, dtype=object), reply=np.array(replies, dtype=object)), pd.concat(
        [labels, extra], axis=1
    )
