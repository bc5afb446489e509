"""What will she do next, and how sure are we: churn, value, next product and channel, with honest probabilities."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "beta_geo": ["BetaGeoModel"],
        "calibration": ["BrierScore", "CalibrationError", "brier_score", "calibration_error", "reliability"],
        "channels": ["PreferredChannel", "PreferredHour"],
        "choice_scores": ["score_choices"],
        "churn": ["ChurnModel"],
        "classifier": ["ProfileClassifier"],
        "counterfactuals": ["Counterfactual", "what_would_change"],
        "customer_value": ["LifetimeValue"],
        "customer_value_scores": ["compare_forecasts"],
        "decisions": ["BestThreshold", "best_threshold", "gain_curve", "lift_table", "profit_curve"],
        "explanations_columns": ["correlated_groups"],
        "explanations_permutation": ["Importances", "permutation_importances"],
        "explanations_shapley": ["shapley_values"],
        "explanations_values": ["ShapleyValues"],
        "fairness_groups": ["fairness_by_group"],
        "gamma_gamma": ["GammaGammaModel"],
        "interests": ["NextCategory"],
        "intervals": ["interval_coverage"],
        "leakage": ["LeakageReport", "audit_leakage"],
        "next_purchase": ["NextPurchase"],
        "purchase_histories": ["purchase_summary"],
        "regressor": ["ProfileRegressor"],
        "splits": ["TimeSplit", "TimeSplits", "stacked", "time_splits"],
        "targets": ["TARGETS", "labelled", "targets"],
    },
)
