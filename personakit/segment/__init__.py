"""Who is alike: groups of customers that a marketer can name and treat differently."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "clustering": ["NO_SEGMENT", "CustomerSegments"],
        "comparison_gap": ["GapStatistic", "gap_statistic"],
        "migration": ["GONE", "NEW", "Migration", "migration"],
        "rfm": ["NO_PURCHASE", "RFM", "SEGMENTS"],
        "rfm_engine": ["rfm_segments", "rfm_table"],
        "sequences": ["sequence_features"],
        "tastes": ["taste_features"],
        "texts": ["text_features"],
    },
)
