"""What a reader sees and touches: pictures, the personalised page, widgets and exercise checks."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "comparison_plots": ["plot_comparison"],
        "consent_widget": ["ConsentDesk", "ConsentView", "DataUse"],
        "content_measures": ["likeness_of_nearest", "true_liking", "value_of_lists"],
        "decision_plots": ["plot_gain", "plot_profit"],
        "exercise": ["Exercise", "Verdict", "check", "exercises", "register_exercise"],
        "explanation_plots": ["plot_contributions"],
        "page": ["CustomerPage", "customer_page", "save_page"],
        "pictures": ["Picture", "pictures_of", "poster"],
        "plots": ["plot_bars", "plot_groups", "plot_reasons", "plot_segments", "plot_trial"],
        "profile_plots": ["DayCard", "day_card", "plot_compared"],
        "profile_quality": ["auc_interval", "seen_through", "shares_by_group"],
        "prediction_plots": ["plot_reliability", "plot_value_calibration"],
        "prediction_widget": ["ThresholdDesk", "ThresholdView"],
        "privacy_measures": ["count_in_files", "difference_of_means", "listed_words", "spans_found"],
        "privacy_plots": ["plot_choices", "plot_intervals"],
        "recommend_plots": ["plot_matrix"],
        "segment_plots": ["SegmentMap", "plot_offer_values", "plot_segment_map", "segment_map"],
        "segment_widget": ["SegmentDesk", "SegmentView"],
        "style": ["COLOURS", "use_style"],
        "taste_widget": ["TasteDesk", "TasteView"],
        "value_plots": ["ValueBars", "explore", "plot_curves", "plot_estimates"],
        "widgets": ["choose_customer"],
    },
)
