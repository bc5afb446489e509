"""One customer's taste: weights of products and a wish in words, and the parts of a score that come from each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from personakit.errors import ParameterError, UnknownNameError, some
from personakit.recommend.interactions import IdIndex
from personakit.recommend.protocol import Reason

__all__ = ["Taste", "read_taste"]


@dataclass(frozen=True)
class Taste:
    """Signed weights of products, shape (1, n_products), and the features of a wish, shape (1, n_features)."""

    signals: sparse.csr_matrix
    wish: sparse.csr_matrix

    def profile(self, matrix: sparse.csr_matrix) -> sparse.csr_matrix:
        """What she likes in features, shape (1, n_features)."""
        profile = (self.signals @ matrix + self.wish).tocsr()
        profile.eliminate_zeros()
        return profile

    def by_product(self, matrix: sparse.csr_matrix, product: int) -> list[Reason]:
        """The parts of the product's score that each product of hers and her words have."""
        row = matrix[[product]]
        alike = (matrix[self.signals.indices] @ row.T).toarray().ravel()
        parts = [
            Reason("likes this product" if weight > 0 else "dislikes this product", int(place), float(weight * cosine))
            for place, weight, cosine in zip(self.signals.indices, self.signals.data, alike, strict=True)
            if weight * cosine
        ]
        if said := float((self.wish @ row.T).sum()):
            parts.append(Reason("her own words", -1, said))
        return parts or [Reason("it has nothing in common with what she likes", -1, 0.0)]

    def by_feature(self, matrix: sparse.csr_matrix, product: int, names: NDArray[Any]) -> list[Reason]:
        """The parts that each feature has; the dimensions of a sentence vector, which mean nothing alone, as one."""
        both = self.profile(matrix).multiply(matrix[[product]]).tocoo()
        parts: dict[str, float] = {}
        for place, part in zip(both.col, both.data, strict=True):
            name = str(names[place]).split(": dimension ")[0]
            parts[name] = parts.get(name, 0.0) + float(part)
        return [Reason(name, -1, part) for name, part in parts.items() if part] or [
            Reason("it has nothing in common with what she likes", -1, 0.0)
        ]


def read_taste(
    products: IdIndex,
    features: Any,
    liked: Iterable[Any] | Mapping[Any, float],
    disliked: Iterable[Any] | Mapping[Any, float],
    words: str,
    avoid: str,
    dislike_weight: float,
) -> Taste:
    """A taste from what a customer says, checked."""
    pro, contra = _weights(products, liked, "liked"), _weights(products, disliked, "disliked")
    if both := sorted(set(pro) & set(contra)):
        raise ParameterError(f"Products both liked and disliked: {some(products.take(both))}. Choose one for each.")
    signals = np.zeros(len(products))
    signals[list(pro)] = list(pro.values())
    signals[list(contra)] = [-dislike_weight * weight for weight in contra.values()]
    wish = sparse.csr_matrix((1, len(features.get_feature_names_out())))
    for text, sign, name in ((words, 1.0, "words"), (avoid, -dislike_weight, "avoid")):
        if not isinstance(text, str):
            raise ParameterError(f"{name} must be one text, e.g. 'linen, blue', but is {text!r}.")
        if text.strip():
            wish = wish + sign * features.asked(text)
    return Taste(sparse.csr_matrix(signals[None, :]), sparse.csr_matrix(wish))


def _weights(products: IdIndex, named: Any, what: str) -> dict[int, float]:
    if isinstance(named, (str, bytes)) or not isinstance(named, Iterable):
        raise ParameterError(f"{what} must be a collection of product ids, but is {named!r}. Pass a list.")
    ids = list(named)
    given = [named[each] for each in ids] if isinstance(named, Mapping) else [1.0] * len(ids)
    weights = pd.to_numeric(pd.Series(given, dtype=object), errors="coerce").to_numpy(dtype=float)
    codes = products.codes(ids) if ids else np.empty(0, dtype=np.intp)
    if (codes < 0).any():
        unknown = [each for each, code in zip(ids, codes, strict=True) if code < 0]
        raise UnknownNameError(
            f"{what} names {len(unknown)} products that are not in the catalogue ({some(map(repr, unknown))}). "
            f"Its ids look like {some(map(repr, products.ids))}."
        )
    if not (np.isfinite(weights).all() and (weights > 0).all()):
        raise ParameterError(f"{what} has weights that are not above 0: {some(given)}.")
    return dict(zip(map(int, codes), weights.tolist(), strict=True))
