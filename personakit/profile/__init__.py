"""Who a customer is on one day: the unified view of what every source knew about each person by then."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "dictionary": ["dictionary"],
        "store": ["ProfileStore", "StoreError"],
        "unified": ["build_profiles"],
    },
)
