"""Recommend: top-N lists for everybody, from ratings or implicit feedback, with reasons and an honest evaluation."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach(
    __name__,
    submod_attrs={
        "evaluation.comparison": ["evaluate", "ranking_metrics"],
        "evaluation.splitting": ["split_interactions"],
        "forgetting": ["Forgetting"],
        "implicit": ["EASE"],
        "interactions": ["IdIndex"],
        "neighbours": ["ItemKNN"],
        "popularity": ["Popular", "Random"],
        "protocol": ["Recommender"],
        "ratings.recommender": ["SurpriseRecommender"],
        "ratings.trainset": ["build_trainset"],
        "topk": ["top_k"],
        "weighted": ["WeightedHybrid"],
    },
)
