"""Evaluation that can be trusted: splits without leakage, exact metrics, intervals, paired tests, and the truth."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach(
    __name__,
    submod_attrs={
        "beyond_accuracy": ["catalogue_metrics", "exposure_gini", "list_metrics"],
        "comparison": ["evaluate"],
        "exposure": ["exposure_metrics", "popularity_propensity"],
        "groups": ["quality_by_group"],
        "measuring": ["evaluate_each"],
        "ranking": ["ranking_auc", "ranking_metrics"],
        "significance": ["bootstrap_means", "holm", "paired_tests"],
        "splitting": ["Split", "split_interactions", "split_parts"],
        "truth": ["slate_value"],
    },
)
