"""The five themes of Larkspur's campaigns: what a message of each is about, and lines to build templates from."""

from __future__ import annotations

from typing import NamedTuple

from personakit.world.words.grammar import phrases

__all__ = ["CAMPAIGN_THEMES", "THEMES", "CampaignTheme"]


class CampaignTheme(NamedTuple):
    """A theme: e-mail subjects, one-line openings, bodies, short texts for a phone, and the call on the button.

    Lines may hold the fields `{given_name}`, `{product}`, `{category}`, `{brand}`, `{price}` and `{discount}` ("10 %").
    """

    name: str
    purpose: str
    subjects: tuple[str, ...]
    openings: tuple[str, ...]
    bodies: tuple[str, ...]
    short: tuple[str, ...]
    button: str


CAMPAIGN_THEMES: tuple[CampaignTheme, ...] = (
    CampaignTheme(
        "new_in",
        "what has just arrived",
        phrases(
            """Just unpacked: {product} | New this week, {given_name} | Fresh from the studio | First look: new in
            {category} | The kettle's on and the boxes are open"""
        ),
        phrases(
            """The van came this morning | Nobody has seen these yet | We have been waiting for this one since
            spring"""
        ),
        phrases(
            """{product} by {brand} landed today, and we thought of you before anybody else. It is {price}, and the
            first run is small. | A new {category} shelf is up. Our favourite of the lot is {product}; have a
            look before the weekend does. | We like to show new things to people who look twice. So here is
            {product}, at {price}."""
        ),
        phrases(
            """New in: {product}, {price}. | {given_name}, {product} has just landed. | Just in at Larkspur:
            {product}."""
        ),
        "See what's new",
    ),
    CampaignTheme(
        "bestsellers",
        "what other people love",
        phrases(
            """Everybody's favourite, {given_name} | The {category} people come back for | Back in stock: {product}
            | The ones that keep selling out | Our customers chose these"""
        ),
        phrases(
            """Some things sell themselves | You asked, we counted | This is what the parcels were full of last
            month"""
        ),
        phrases(
            """{product} is the piece that people order twice. It is back on the shelf, at {price}, for as long as
            it lasts. | Most loved in {category} this month: {product} by {brand}. The reviews say why better
            than we can. | If hundreds of customers cannot be wrong, then {product} is right."""
        ),
        phrases(
            """Most loved in {category}: {product}. | {product} is back in stock, {price}. | A favourite of many:
            {product}."""
        ),
        "See the favourites",
    ),
    CampaignTheme(
        "style",
        "what goes with this person's taste",
        phrases(
            """Chosen with you in mind, {given_name} | Your sort of {category} | We saw this and thought of you | A
            few things in your line | This one has your name on it"""
        ),
        phrases(
            """You have an eye, and we have taken notes | From what you like, we made a small shelf | No two
            wardrobes are alike"""
        ),
        phrases(
            """{product} goes with what you chose before: the same hand, the same mood. It is {price}. | Our
            stylists put {product} by {brand} beside your last finds, and it looked at home. | You can tell us
            to stop guessing in your settings. Until then, our guess is {product}."""
        ),
        phrases(
            """{given_name}, we think you'd like {product}. | Your sort of thing: {product}, {price}. | Picked for
            you: {product}."""
        ),
        "See your selection",
    ),
    CampaignTheme(
        "value",
        "what costs less, or is worth more",
        phrases(
            """{discount} off, until Sunday | Good things for less, {given_name} | {product} at a kinder price | A
            little less to pay | Your {discount} is waiting"""
        ),
        phrases("Sums first | No small print worth mentioning | The arithmetic is on your side this week"),
        phrases(
            """For seven days you have {discount} off, {product} included. That makes it {price}. | We bought well,
            so you can too: {product} is {price} this week. | Take {discount} off anything in {category}; we
            would start with {product}."""
        ),
        phrases("{discount} off for 7 days, {given_name}. | {product} now {price}. | Your {discount} ends Sunday."),
        "Use it now",
    ),
    CampaignTheme(
        "sustainability",
        "what lasts, and how it was made",
        phrases(
            """Made to be kept | Who made your {category}? | Fewer, better, longer | Mended, not binned | The long
            life of {product}"""
        ),
        phrases(
            """The greenest thing is the one you already own | We asked the people who make it | Wear it out, then
            wear it on"""
        ),
        phrases(
            """{product} is made of fibres that were grown or gathered with care, by people who are paid for it. It
            is {price} and meant to be kept. | We mend what we sell. {product} comes with spare parts, a care
            card and the promise of a repair. | Before you buy anything new, see how to make the old last. And
            if it must be new, {product} was made with the least harm we know how."""
        ),
        phrases(
            """Made to last: {product}. | Repair week at Larkspur, {given_name}. | Less but better: {product},
            {price}."""
        ),
        "How it is made",
    ),
)

THEMES = tuple(theme.name for theme in CAMPAIGN_THEMES)
