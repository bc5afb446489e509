"""Who a customer is on one day: the unified view of what every source knew about each person by then."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "dictionary": ["dictionary"],
        "encoder": ["ProfileEncoder"],
        "frames": ["by_customer"],
        "identity.keys": ["match_by_rule", "match_on_keys"],
        "identity.quality": ["LinkQuality", "customers_linked", "link_intervals", "link_quality"],
        "identity.resolution": ["resolve_identities"],
        "identity.result": ["Identities"],
        "identity.settings": ["LinkSettings", "link_settings"],
        "lineage": ["lineage"],
        "plan_steps": ["Plan"],
        "shares": ["shares"],
        "store.profile_store": ["ProfileStore", "StoreError"],
        "unified": ["build_profiles", "plan"],
    },
)
