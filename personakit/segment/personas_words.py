"""Words for what sets a segment apart: a table for the columns of profiles, and names that are made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["NO_NAME_OF", "SLOTS", "WORDS", "names_of", "slot_of", "word_of"]

SLOTS = ("tenure", "rhythm", "money", "price", "returning", "browsing", "time", "channel", "contact", "voice", "taste")
"""The order in which words stand in a name; each slot has one word at most."""

NO_NAME_OF = ("age_band", "gender", "region")
"""Columns that describe a segment and never name it: a name is what people act on, and age, sex and home are not to be
acted on by accident."""

# column: (slot, word where the segment is higher than the rest, word where it is lower); None says nothing in a name.
WORDS: dict[str, tuple[str, str | None, str | None]] = {
    "recency_days": ("rhythm", "lapsed", "recent"),
    "frequency": ("rhythm", "frequent", "occasional"),
    "monetary": ("money", "high-spending", "low-spending"),
    "tenure_days": ("tenure", "long-standing", "new"),
    "mean_inter_purchase_days": ("rhythm", "seldom returning", "soon returning"),
    "order_days": ("rhythm", "frequent", "occasional"),
    "first_order_days": ("tenure", "long-standing", "new"),
    "n_items": ("rhythm", "much-buying", "little-buying"),
    "n_views": ("browsing", "much-browsing", "little-browsing"),
    "discount_share": ("price", "bargain", "full-price"),
    "return_rate": ("returning", "often-returning", "seldom-returning"),
    "email_open_rate": ("contact", "e-mail-reading", "e-mail-ignoring"),
    "mean_rating": ("voice", "well-pleased", "critical"),
    "mean_order_value": ("money", "big-basket", "small-basket"),
    "sd_inter_purchase_days": ("rhythm", "irregular", "regular"),
    "n_visits": ("browsing", "often-visiting", "seldom-visiting"),
    "last_visit_days": ("rhythm", "long-absent", "recent"),
    "web_share": ("channel", "web", None),
    "app_share": ("channel", "app", None),
    "email_share": ("channel", "e-mail", None),
    "social_share": ("channel", "social-media", None),
    "store_share": ("channel", "store", None),
    "call_centre_share": ("channel", "call-centre", None),
    "other_channel_share": ("channel", "other-channel", None),
    "favourite_department_share": ("taste", "one-department", "all-round"),
    "favourite_category_share": ("taste", "one-category", "all-round"),
    "favourite_brand_share": ("taste", "brand-loyal", "brand-changing"),
    "n_departments": ("taste", "all-round", "one-department"),
    "n_brands": ("taste", "many-brand", "few-brand"),
    "mean_discount": ("price", "bargain", "full-price"),
    "night_share": ("time", "night", None),
    "morning_share": ("time", "morning", None),
    "afternoon_share": ("time", "afternoon", None),
    "evening_share": ("time", "evening", None),
    "weekend_share": ("time", "weekend", "weekday"),
    "favourite_hour": ("time", "late-hour", "early-hour"),
    "n_baskets": ("browsing", "basket-filling", None),
    "n_products_viewed": ("browsing", "much-browsing", "little-browsing"),
    "n_emails": ("contact", "much-written-to", "little-written-to"),
    "email_click_rate": ("contact", "e-mail-clicking", "e-mail-ignoring"),
    "message_click_rate": ("contact", "message-clicking", "message-ignoring"),
    "n_unsubscribes": ("contact", "unsubscribing", None),
    "n_support_messages": ("voice", "help-seeking", None),
    "last_support_days": ("voice", None, "help-seeking"),
    "n_reviews": ("voice", "reviewing", None),
    "last_review_days": ("voice", None, "reviewing"),
    "last_sentiment": ("voice", "well-pleased", "critical"),
    "mean_sentiment": ("voice", "well-pleased", "critical"),
    "visits_30d": ("rhythm", "active", "inactive"),
    "visits_prior_30d": ("rhythm", "active", "inactive"),
    "engagement_trend": ("rhythm", "awakening", "fading"),
    "orders_90d": ("rhythm", "recently buying", "lapsed"),
    "monetary_90d": ("money", "recently spending", "lapsed"),
    "favourite_department": ("taste", None, None),  # these four name a segment by the category itself
    "favourite_category": ("taste", None, None),
    "favourite_brand": ("taste", None, None),
    "favourite_channel": ("channel", None, None),
}

_WITHOUT_ORDERS = ("recency_days", "first_order_days", "mean_order_value")


def slot_of(trait: Mapping[Any, Any]) -> str:
    """The subject of a trait: traits of one subject say much the same, and a portrait needs one of them.

    >>> slot_of({"column": "order_days", "kind": "number"}), slot_of({"column": "shoe_size", "kind": "number"})
    ('rhythm', 'shoe_size')
    """
    column = str(trait["column"])
    return WORDS[column][0] if column in WORDS else column


def word_of(trait: Mapping[Any, Any]) -> str | None:
    """The word that a trait puts into a name; None where it says nothing in a name.

    Parameters
    ----------
    trait : mapping with column, kind ("number", "category" or "missing"), value (of a category), effect

    Examples
    --------
    >>> word_of({"column": "evening_share", "kind": "number", "value": "", "effect": 0.4})
    'evening'
    >>> word_of({"column": "favourite_channel", "kind": "category", "value": "call_centre", "effect": 0.4})
    'call centre'
    >>> word_of({"column": "shoe_size", "kind": "number", "value": "", "effect": -0.4})
    'low shoe_size'
    """
    column, higher = str(trait["column"]), trait["effect"] > 0
    if column in NO_NAME_OF:
        return None
    if trait["kind"] == "missing":
        return "not yet buying" if higher and column in _WITHOUT_ORDERS else None
    if trait["kind"] == "category":
        if not higher:
            return None
        text = str(trait["value"]).replace("_", " ")[:30]
        return text if column in WORDS else f"{column} {text}"
    if column in WORDS:
        return WORDS[column][1 if higher else 2]
    return f"{'high' if higher else 'low'} {column}"


def names_of(traits: Mapping[Any, Sequence[Mapping[Any, Any]]], *, n_words: int = 3) -> dict[Any, str]:
    """A name for each segment from its traits, the strongest first; unique, and the same whatever the order of rows.

    Parameters
    ----------
    traits : dict of segment to its traits
    n_words : int, default 3
        Words in a name; more where two segments would have the same name, and the segment in brackets where words do
        not tell them apart.

    Examples
    --------
    >>> often = {"column": "frequency", "kind": "number", "value": "", "effect": 0.7}
    >>> late = {"column": "evening_share", "kind": "number", "value": "", "effect": 0.5}
    >>> names_of({1: [late, often], 2: [{**often, "effect": -0.7}], 3: []})
    {1: 'Frequent evening shoppers', 2: 'Occasional shoppers', 3: 'Average shoppers'}
    """
    words = {segment: _words(each) for segment, each in traits.items()}
    length = dict.fromkeys(words, n_words)
    while True:
        names = {segment: _name(words[segment][: length[segment]]) for segment in words}
        twins = [each for each in words if list(names.values()).count(names[each]) > 1]
        longer = [each for each in twins if length[each] < len(words[each])]
        if not longer:
            return {each: f"{name} ({each})" if each in twins else name for each, name in names.items()}
        for each in longer:
            length[each] += 1


def _words(traits: Sequence[Mapping[Any, Any]]) -> list[tuple[str, str]]:
    """Slot and word, one word a slot, the strongest first."""
    found: dict[str, str] = {}
    for trait in traits:
        slot, word = slot_of(trait), word_of(trait)
        if word is not None and slot not in found and word not in found.values():
            found[slot] = word
    return list(found.items())


def _name(words: Sequence[tuple[str, str]]) -> str:
    order = {slot: place for place, slot in enumerate(SLOTS)}
    ordered = sorted(words, key=lambda pair: (order.get(pair[0], len(SLOTS)), pair[0]))
    text = " ".join([*(word for _, word in ordered), "shoppers"]) if words else "average shoppers"
    return text[0].upper() + text[1:]
