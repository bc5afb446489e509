"""Recommend: top-N lists for everybody, from ratings or implicit feedback, with reasons and an honest evaluation."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach(
    __name__,
    submod_attrs={
        "content.features": ["ProductFeatures"],
        "content.recommender": ["ContentRecommender"],
        "evaluation.beyond_accuracy": ["catalogue_metrics", "list_metrics"],
        "evaluation.comparison": ["evaluate"],
        "evaluation.exposure": ["exposure_metrics", "popularity_propensity"],
        "evaluation.groups": ["quality_by_group"],
        "evaluation.measuring": ["evaluate_each"],
        "evaluation.ranking": ["ranking_metrics"],
        "evaluation.significance": ["paired_tests"],
        "evaluation.splitting": ["split_interactions"],
        "evaluation.truth": ["slate_value"],
        "forgetting": ["Forgetting"],
        "implicit": ["EASE"],
        "interactions": ["IdIndex"],
        "neighbours": ["ItemKNN"],
        "popularity": ["Popular", "Random"],
        "protocol": ["Recommender"],
        "ratings.recommender": ["SurpriseRecommender"],
        "ratings.trainset": ["build_trainset"],
        "reranking.calibration": ["calibrate", "miscalibration"],
        "reranking.customer_rules": ["FrequencyCap", "MinimumAge", "Repeatable"],
        "reranking.diversity": ["diversify", "list_diversity"],
        "reranking.exposure": ["exposure_shares", "limit_exposure"],
        "reranking.product_rules": ["AtMostPerList", "InStock", "Margin"],
        "reranking.reasons": ["check_reasons", "explain_reranking"],
        "reranking.rules": ["apply_rules"],
        "topk": ["top_k"],
        "weighted": ["WeightedHybrid"],
    },
)
