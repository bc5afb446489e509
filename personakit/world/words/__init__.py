"""The language of Larkspur: product pages, reviews, messages, campaigns and help pages, and the truth about them."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach(
    __name__,
    submodules=["vocabulary"],
    submod_attrs={
        "campaign_themes": ["CAMPAIGN_THEMES", "THEMES", "CampaignTheme"],
        "faq": ["help_pages"],
        "messages": ["message_texts"],
        "products": ["product_texts"],
        "reviews": ["review_texts"],
        "vocabulary": [
            "AGE_BANDS",
            "ASPECTS",
            "BRANDS",
            "COLOURS",
            "EMOTIONS",
            "INTENTS",
            "LEAVES",
            "MATERIALS",
            "MOODS",
            "PATTERNS",
            "STYLES",
        ],
    },
)
