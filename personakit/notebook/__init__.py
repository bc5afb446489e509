"""What a reader sees and touches: pictures, the personalised page, widgets and exercise checks."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "exercise": ["Exercise", "Verdict", "check", "exercises", "register_exercise"],
        "page": ["CustomerPage", "customer_page", "save_page"],
        "pictures": ["Picture", "pictures_of", "poster"],
        "plots": ["plot_bars", "plot_groups", "plot_reasons", "plot_segments", "plot_trial"],
        "style": ["COLOURS", "use_style"],
        "value_plots": ["ValueBars", "explore", "plot_amounts", "plot_curves", "plot_estimates"],
        "widgets": ["choose_customer"],
    },
)
