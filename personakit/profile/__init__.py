"""Who the customers are, as far as the shop can know: one row each, as of a day, from whatever tables there are."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "columns": ["dictionary"],
        "unified": ["build_profiles", "profile_expression"],
    },
)
