"""Evaluation that can be trusted: splits without leakage, exact metrics, intervals, paired tests, and the truth."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach(
    __name__,
    submod_attrs={
        "comparison": ["evaluate", "ranking_metrics"],
        "splitting": ["Split", "split_interactions"],
    },
)
