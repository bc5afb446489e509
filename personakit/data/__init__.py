"""One way in: the bundled world, public data sets and your own files, all as the same checked canonical tables."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "bundled": ["load_world"],
        "canonical": ["CANONICAL", "Column", "Table"],
        "checks": ["check_table", "check_tables"],
        "deriving": ["derive_tables"],
        "problems": ["BadRowsError"],
        "reading": ["read_tables"],
        "schemas": ["schema"],
        "sets": ["dataset_names", "load_dataset"],
        "tables": ["Tables"],
    },
)
