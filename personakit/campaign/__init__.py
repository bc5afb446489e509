"""What to say to whom: messages with the customer's own content, and later the next best action over all channels."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "message": ["Message", "MessageTemplate"],
        "offers": ["offers_for"],
    },
)
