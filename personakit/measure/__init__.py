"""Did it work, and how sure are we: experiments, what they cost and earned, and how far the best possible is."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "assignment": ["assign"],
        "experiment": ["Comparison", "compare_arms", "sample_ratio_p_value"],
        "testbed": ["HeldOutTestbed", "Testbed", "WorldTestbed", "testbed"],
        "trial": ["Trial"],
    },
)
