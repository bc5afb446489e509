"""Ratings: any algorithm of scikit-surprise behind one protocol, and nearest neighbours that stay sparse."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach(
    __name__,
    submod_attrs={
        "knn": ["RatingKNN"],
        "recommender": ["SurpriseRecommender"],
        "trainset": ["build_trainset"],
    },
)
