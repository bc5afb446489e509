"""personakit: AI-driven personalisation, taught and prototyped on one retail world whose truth is known.

The rooms follow the data's way: `world` and `data` give tables, `privacy` and `profile` make them people with a say,
`segment`, `predict` and `recommend` understand them, `campaign` reaches them and `measure` says what it was worth.
"""

import lazy_loader

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=[
        "campaign",
        "data",
        "decide",
        "errors",
        "measure",
        "notebook",
        "predict",
        "privacy",
        "profile",
        "recommend",
        "segment",
        "world",
    ],
    submod_attrs={
        "data": ["load_dataset", "load_world", "read_tables"],
        "world": ["World"],
    },
)
