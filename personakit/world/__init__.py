"""Larkspur, a simulated retailer whose truth is known: one causal model under every notebook."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["words"],
    submod_attrs={
        "bundle": ["BundledWorld", "read_world", "write_world"],
        "facts": ["RANGES", "REAL", "stylised_facts"],
        "streaming": ["stream"],
        "world": ["World"],
    },
)
