"""A model is bound to the purpose for which its data was released: what was learnt for one is no help for another.

Purpose limitation (GDPR, article 5(1)(b)) does not end where rows become weights.
"""

from __future__ import annotations

from typing import Any

from personakit.errors import ConsentError
from personakit.privacy.purposes import purpose_named

__all__ = ["check_use", "purpose_of"]


def purpose_of(data: Any) -> str | None:
    """The purpose that a table was released or a model trained for; None where none is known.

    Parameters
    ----------
    data : Permitted, DataFrame, model, or anything
        A `Permitted` names its purpose, a frame carries it in `attrs`, a fitted model has it as `purpose_`.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"customer_id": [1]})
    >>> frame.attrs["purpose"] = "analytics"
    >>> purpose_of(frame), purpose_of([1, 2])
    ('analytics', None)
    """
    for name in ("purpose_", "purpose"):
        if isinstance(stated := getattr(data, name, None), str):
            return str(stated)
    stated = (getattr(data, "attrs", None) or {}).get("purpose")
    return None if stated is None else str(stated)


def check_use(model: Any, use: Any) -> None:
    """Refuse to use a model for another purpose than that of the data it learnt from.

    Parameters
    ----------
    model : fitted model
        With the attribute `purpose_`; None or no such attribute means that its data did not come through the gate.
    use : str, Permitted or DataFrame
        A purpose by name, or data that was released for one; data without a purpose pass.

    Raises
    ------
    ConsentError
        The purposes differ.
    UnknownNameError
        There is no purpose of that name.

    Examples
    --------
    >>> class Model:
    ...     purpose_ = "recommendations"
    >>> check_use(Model(), "recommendations")
    >>> check_use(Model(), "marketing_email")
    Traceback (most recent call last):
        ...
    personakit.errors.ConsentError: This Model learnt from data released for 'recommendations' and may not be used ...
    """
    wanted = purpose_named(use) if isinstance(use, str) else purpose_of(use)
    learnt = purpose_of(model)
    if wanted is not None and learnt is not None and wanted != learnt:
        raise ConsentError(
            f"This {type(model).__name__} learnt from data released for {learnt!r} and may not be used for {wanted!r}: "
            "those customers agreed to the one, not to the other. Take both through the gate for the same purpose, and "
            "train a model of its own for each."
        )
