"""Who a customer is on one day: the unified view of what every source knew about each person by then."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "dictionary": ["dictionary"],
        "identity_keys": ["match_by_rule", "match_on_keys"],
        "identity_quality": ["LinkQuality", "link_quality"],
        "identity_resolution": ["resolve_identities"],
        "identity_result": ["Identities"],
        "identity_settings": ["LinkSettings", "link_settings"],
        "lineage": ["lineage"],
        "plan_steps": ["Plan"],
        "shares": ["shares"],
        "store": ["ProfileStore", "StoreError"],
        "unified": ["build_profiles", "plan"],
    },
)
