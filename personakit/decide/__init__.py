"""Decide: choose an action for each customer, learn from what came of it, and state with which probability it was."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach(
    __name__,
    submod_attrs={
        "linucb": ["Decision", "LinUCB"],
    },
)
