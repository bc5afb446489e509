"""What will she do next, and how sure are we: churn, value, next product and channel, with honest probabilities."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "explanations_columns": ["correlated_groups"],
        "explanations_shapley": ["ShapleyValues", "shapley_values"],
        "targets": ["TARGETS", "labelled", "targets"],
    },
)
