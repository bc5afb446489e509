"""What will she do next, and how sure are we: churn, value, next product and channel, with honest probabilities."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "beta_geo": ["BetaGeoModel"],
        "calibration": ["BrierScore", "CalibrationError", "brier_score", "calibration_error", "reliability"],
        "classifier": ["ProfileClassifier"],
        "decisions": ["BestThreshold", "best_threshold", "gain_curve", "lift_table", "profit_curve"],
        "explanations_columns": ["correlated_groups"],
        "explanations_shapley": ["shapley_values"],
        "explanations_values": ["ShapleyValues"],
        "gamma_gamma": ["GammaGammaModel"],
        "purchase_histories": ["purchase_summary"],
        "splits": ["TimeSplit", "TimeSplits", "stacked", "time_splits"],
        "targets": ["TARGETS", "labelled", "targets"],
    },
)
