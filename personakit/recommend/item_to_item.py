"""What models share that score by a sparse products x products matrix: item neighbours and SLIM."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from personakit.recommend.folding import FoldingIn
from personakit.recommend.protocol import Codes, Reason
from personakit.recommend.topk import ScoreBlock
from personakit.recommend.weighing import Weighing

__all__ = ["ItemToItem"]


class ItemToItem(Weighing, FoldingIn, ABC):
    """Scores are what a customer has, weighed, times `_spoken`. A model also sets `_history` when it learns."""

    _history: sparse.csr_matrix
    _silence: str

    @property
    @abstractmethod
    def _spoken(self) -> sparse.csr_matrix:
        """Entry (j, i): how much having product j speaks for product i; shape (n_products, n_products)."""

    def _fold_in(
        self, frame: pd.DataFrame, customers: Codes, products: Codes, weights: NDArray[Any], shape: tuple[int, int]
    ) -> dict[str, Any]:
        return {"_history": self._weigh_guests(frame, customers, products, weights, shape)}

    def _scorer(self, columns: Codes | None) -> ScoreBlock:
        right = self._spoken if columns is None else self._spoken[:, columns]
        return lambda rows: (self._history[rows] @ right).toarray()

    def _reasons(self, customer: int, product: int) -> list[Reason]:
        history = self._history[[customer]]
        parts = history.data * self._spoken[history.indices, product].toarray().ravel()
        return [
            Reason("has this product", int(name), float(part))
            for name, part in zip(history.indices, parts, strict=True)
            if part
        ] or [Reason(self._silence, -1, 0.0)]
