"""Who is alike: groups of customers that a marketer can name and treat differently."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "assignment_tree": ["SegmentTree"],
        "clustering": ["NO_SEGMENT", "CustomerSegments"],
        "comparison": ["SegmentComparison", "compare"],
        "comparison_gap": ["GapStatistic", "gap_statistic"],
        "drift": ["Drift", "drift"],
        "lifecycle": ["STAGES", "LifecycleStages"],
        "migration": ["GONE", "NEW", "Migration", "migration"],
        "personas": ["Personas", "personas"],
        "rfm": ["NO_PURCHASE", "RFM", "SEGMENTS"],
        "rfm_engine": ["rfm_segments", "rfm_table"],
        "rules": ["RuleSegments", "select"],
        "sequences": ["sequence_features"],
        "targeting": ["OfferValues", "offer_values", "segments_known_then"],
        "targeting_plan": ["TargetingPlan", "consent_by_segment", "target"],
        "stability": ["Stability", "stability"],
        "tastes": ["taste_features"],
        "texts": ["text_features"],
        "tiers": ["NO_VALUE", "TIERS", "ValueTiers"],
        "usefulness": ["Usefulness", "usefulness"],
    },
)
