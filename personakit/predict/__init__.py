"""What will she do next, and how sure are we: churn, value, next product and channel, with honest probabilities."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "beta_geo": ["BetaGeoModel"],
        "classifier": ["ProfileClassifier"],
        "explanations_columns": ["correlated_groups"],
        "explanations_shapley": ["shapley_values"],
        "explanations_values": ["ShapleyValues"],
        "purchase_histories": ["purchase_summary"],
        "targets": ["TARGETS", "labelled", "targets"],
    },
)
