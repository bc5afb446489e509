"""The blocks that a product's features are made of: words, vectors of words, attributes, a price, numbers of pictures.

Each block gives a row of length 1 to a product that it knows something of, and a row of noughts to the others, so that
the product of two rows is a cosine.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import normalize

from personakit.errors import DataError, some
from personakit.profile.embeddings import text_vectors
from personakit.recommend.content.catalogue import texts_of

__all__ = ["Attributes", "Block", "Numbers", "Price", "Vectors", "Words"]

Texts = Callable[[pd.DataFrame], list[str]]

_LEVELS = 5
_TOKEN = re.compile(r"\w+")


class Block(Protocol):
    """What all blocks do; `names` are the features of the columns, in order."""

    names: list[str]

    def rows(self, products: pd.DataFrame) -> sparse.csr_matrix:
        """Features of the products, shape (n_products, len(names)), rows of length 1 or 0."""

    def asked(self, words: str) -> sparse.csr_matrix:
        """The features that a customer's own words name, shape (1, len(names))."""


class Words:
    """TF-IDF of the words, as scikit-learn's `TfidfVectorizer` has it (Salton and Buckley 1988)."""

    def __init__(self, texts: Texts, vectorizer: TfidfVectorizer, label: str) -> None:
        self._texts, self._vectorizer = texts, vectorizer
        self.names = [f"{label}: {word}" for word in vectorizer.get_feature_names_out()]

    @classmethod
    def learn(cls, texts: Texts, products: pd.DataFrame, label: str, **settings: Any) -> Words | None:
        """Learn the vocabulary; None where the texts hold no word."""
        vectorizer = TfidfVectorizer(**settings)
        try:
            vectorizer.fit(texts(products))
        except ValueError as error:
            if "vocabulary" not in str(error):  # it speaks of an empty vocabulary, or of pruning that left no term
                raise
            return None
        return cls(texts, vectorizer, label)

    def rows(self, products: pd.DataFrame) -> sparse.csr_matrix:
        return self._vectorizer.transform(self._texts(products)).tocsr()

    def asked(self, words: str) -> sparse.csr_matrix:
        return self._vectorizer.transform([words]).tocsr()


class Vectors:
    """Vectors of the texts by a sentence encoder, less their mean over the catalogue.

    All sentences of a shop are alike to an encoder, and a profile, which is a sum, is then mostly that: on Larkspur the
    lists of new products were worth a quarter less without taking it off.
    """

    def __init__(self, texts: Texts, embedding: Any, label: str, mean: NDArray[np.float64]) -> None:
        self._texts, self._embedding, self._mean = texts, embedding, mean
        self.names = [f"{label}: dimension {number}" for number in range(len(mean))]

    @classmethod
    def learn(cls, texts: Texts, products: pd.DataFrame, label: str, embedding: Any) -> Vectors | None:
        """Learn the mean of the vectors; None where there is no text."""
        words = [text for text in texts(products) if text]
        if not words:
            return None
        vectors = text_vectors(words, embedding)
        return cls(texts, embedding, label, vectors.mean(axis=0) * (len(words) > 1))

    def rows(self, products: pd.DataFrame) -> sparse.csr_matrix:
        return self._vectors(self._texts(products))

    def asked(self, words: str) -> sparse.csr_matrix:
        return self._vectors([words])

    def _vectors(self, texts: list[str]) -> sparse.csr_matrix:
        vectors = text_vectors(texts, self._embedding)
        told = vectors.any(axis=1, keepdims=True)
        return normalize(sparse.csr_matrix((vectors - self._mean) * told))


class Attributes:
    """One-hot: a 1 for each value that a product has; an attribute that is missing is no value."""

    def __init__(self, values: list[tuple[str, Any]]) -> None:
        self._values = values
        self._place = {pair: place for place, pair in enumerate(values)}
        self._tokens = [frozenset(_tokens(str(value))) for _, value in values]
        self.names = [f"{column}: {value}" for column, value in values]

    @classmethod
    def learn(cls, products: pd.DataFrame, columns: list[str]) -> Attributes | None:
        values = [(name, value) for name in columns for value in sorted(products[name].dropna().unique(), key=str)]
        return cls(values) if values else None

    def rows(self, products: pd.DataFrame) -> sparse.csr_matrix:
        found, places = [], []
        for column in dict.fromkeys(column for column, _ in self._values):
            at = pd.Index([value for name, value in self._values if name == column], dtype=object)
            code = at.get_indexer(products[column].astype(object))
            first = self._place[column, at[0]]
            found.append(np.flatnonzero(code >= 0))
            places.append(first + code[code >= 0])
        rows, columns = np.concatenate(found), np.concatenate(places)
        ones = sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(products), len(self.names)))
        return normalize(ones)

    def asked(self, words: str) -> sparse.csr_matrix:
        said = set(_tokens(words))
        named = [place for place, tokens in enumerate(self._tokens) if tokens and tokens <= said]
        row = sparse.csr_matrix((np.ones(len(named)), ([0] * len(named), named)), shape=(1, len(self.names)))
        return normalize(row)


class Price:
    """Where a price lies among five typical ones, shared between the two next to it, so that near prices are alike."""

    def __init__(self, column: str, levels: NDArray[np.float64]) -> None:
        self._column, self._levels = column, levels
        self.names = [f"{column}: around {np.exp(level):.2f}" for level in levels]

    @classmethod
    def learn(cls, products: pd.DataFrame, column: str) -> Price | None:
        prices = _prices(products, column)
        known = np.log(prices[prices > 0])
        if not len(known):
            return None
        return cls(column, np.unique(np.quantile(known, np.linspace(0, 1, _LEVELS)).round(9)))

    def rows(self, products: pd.DataFrame) -> sparse.csr_matrix:
        prices = _prices(products, self._column)
        known = prices > 0
        at = np.log(np.where(known, prices, 1.0))
        every = np.eye(len(self._levels))
        hats = np.column_stack([np.interp(at, self._levels, hat) for hat in every]) * known[:, None]
        return normalize(sparse.csr_matrix(hats))

    def asked(self, words: str) -> sparse.csr_matrix:
        return sparse.csr_matrix((1, len(self.names)))


class Numbers:
    """Numbers of pictures, each in standard deviations from the catalogue's mean."""

    def __init__(self, table: pd.DataFrame, mean: NDArray[np.float64], spread: NDArray[np.float64], label: str) -> None:
        self._table, self._mean, self._spread = table, mean, spread
        self.names = [f"{label}: {name}" for name in table.columns]

    @classmethod
    def learn(cls, products: pd.DataFrame, table: pd.DataFrame, label: str) -> Numbers:
        known = table[table.index.isin(products["product_id"])]
        if known.empty:
            raise DataError(
                f"images and products have no product_id in common (images: {some(table.index)}; products: "
                f"{some(products['product_id'])}). Compare the types of the two columns."
            )
        spread = known.std(ddof=0).to_numpy()
        return cls(table, known.mean().to_numpy(), np.where(spread > 0, spread, 1.0), label)

    def rows(self, products: pd.DataFrame) -> sparse.csr_matrix:
        numbers = self._table.reindex(products["product_id"]).to_numpy(dtype=float)
        return normalize(sparse.csr_matrix(np.nan_to_num((numbers - self._mean) / self._spread)))

    def asked(self, words: str) -> sparse.csr_matrix:
        return sparse.csr_matrix((1, len(self.names)))


class Columns:
    """The text columns of the catalogue itself."""

    def __init__(self, columns: list[str]) -> None:
        self._columns = columns

    def __call__(self, products: pd.DataFrame) -> list[str]:
        return texts_of(products, self._columns)


class Reviewed:
    """All that was written of each product, in order of the text so that the order of the rows does not matter."""

    def __init__(self, reviews: pd.DataFrame) -> None:
        told = reviews.assign(text=texts_of(reviews, ["text"]))[["product_id", "text"]]
        self._texts = told.sort_values("text").groupby("product_id")["text"].agg(" ".join)

    def __call__(self, products: pd.DataFrame) -> list[str]:
        return list(self._texts.reindex(products["product_id"]).fillna(""))


def _tokens(words: str) -> list[str]:
    return _TOKEN.findall(words.casefold())


def _prices(products: pd.DataFrame, column: str) -> NDArray[np.float64]:
    """Prices as numbers, 0 where there is none."""
    if not pd.api.types.is_numeric_dtype(products[column].dtype):
        raise DataError(
            f"products.{column} holds {products[column].dtype} values ({some(products[column])}), not numbers. "
            f"Convert it first: pd.to_numeric(products[{column!r}])."
        )
    prices = products[column].to_numpy(dtype=float, na_value=np.nan)
    bad = (prices < 0) | np.isinf(prices)
    if bad.any():
        raise DataError(
            f"products.{column} has {bad.sum()} negative or infinite values (rows {some(products.index[bad])}). "
            "Repair them, or set them to missing."
        )
    return np.nan_to_num(prices)
