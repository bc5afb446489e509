"""What recommenders that are made of recommenders have in common: named members, and who and what any of them knows."""

from __future__ import annotations

from abc import ABC
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from personakit.errors import ParameterError
from personakit.recommend.interactions import as_index
from personakit.recommend.protocol import Codes, Recommender

__all__ = ["Ensemble", "named_members"]


class Ensemble(Recommender, ABC):
    """A recommender with the parameter `models`, and in `models_` those of them that are fitted.

    A customer is known if any member knows her, and a product is offered if any member offers it.
    """

    models: Mapping[str, Recommender] | Sequence[Recommender]
    models_: dict[str, Recommender]

    @property
    def needs_ratings(self) -> bool:
        """Whether a member predicts ratings; all members then learn from the table of ratings."""
        return any(getattr(model, "needs_ratings", False) for model in named_members(self.models).values())

    def _offered(self) -> pd.Index | None:
        return _union([model._offered() for model in named_members(self.models).values()])

    def _enrolled(self) -> pd.Index | None:
        return _union([model._enrolled() for model in named_members(self.models).values()])

    def _has_history(self, codes: Codes) -> NDArray[np.bool_]:
        known = np.zeros(len(codes), dtype=bool)
        here = codes >= 0
        ids = self.customers_.take(codes[here])
        for model in self.models_.values():
            known[here] |= model._has_history(model.customers_.codes(ids))
        return known

    def _bound(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The rows with the purpose of the data that they came from, to which the members are bound as well."""
        if self.purpose_ is not None and frame.attrs.get("purpose") != self.purpose_:
            frame = frame.copy(deep=False)
            frame.attrs["purpose"] = self.purpose_
        return frame


def named_members(models: Any) -> dict[str, Recommender]:
    """The members by name, checked; in a sequence a member goes by the name of its class.

    Raises
    ------
    ParameterError
        Not a mapping nor a sequence, empty, or with something in it that is no recommender.

    Examples
    --------
    >>> from personakit.recommend import Popular, Random
    >>> list(named_members([Popular(), Random(), Popular(half_life_days=30)]))
    ['Popular', 'Random', 'Popular 2']
    """
    if isinstance(models, Mapping):
        named = {str(name): model for name, model in models.items()}
    elif isinstance(models, Sequence) and not isinstance(models, str):
        named = {}
        for model in models:
            name = type(model).__name__
            alike = sum(held.split(" ")[0] == name for held in named)
            named[f"{name} {alike + 1}" if alike else name] = model
    else:
        raise ParameterError(f"models must be a mapping of name to recommender, or a list, but is {models!r}.")
    if not named:
        raise ParameterError("models is empty. Pass at least one, e.g. {'ease': EASE()}.")
    for name, model in named.items():
        if isinstance(model, type) or not isinstance(model, Recommender):
            raise ParameterError(f"The model {name!r} is {model!r}, not a recommender. Pass e.g. EASE(l2=600).")
    return named


def _union(parts: Sequence[pd.Index | None]) -> pd.Index | None:
    """The ids that any member adds to those of the data."""
    ids = [one for part in parts if part is not None for one in part]
    return as_index(ids) if ids else None
