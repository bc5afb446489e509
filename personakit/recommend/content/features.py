"""Products to numbers: words, attributes, price, reviews and pictures, in rows that can be compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin

from personakit.errors import DataError, NotFittedError, ParameterError, UnknownNameError
from personakit.recommend.content.blocks import Attributes, Block, Columns, Numbers, Price, Reviewed, Vectors, Words
from personakit.recommend.content.catalogue import read_images, read_products, read_reviews

__all__ = ["ProductFeatures"]

_TEXT = ("title", "description")
_ATTRIBUTES = ("department", "category", "subcategory", "brand", "material", "style", "colour", "pattern")
_WEIGHTS = {"text": 1.0, "reviews": 0.25, "attributes": 1.0, "price": 0.1, "images": 0.25}


class ProductFeatures(TransformerMixin, BaseEstimator):
    """Products to rows of numbers, of which the product of two is how alike they are.

    Every block of knowledge (text, reviews, attributes, price, images) gives each product a row of length 1; the blocks
    stand side by side, each times the root of its weight. So the product of two rows is the weighted mean of the
    blocks' cosines: 1 for two products that are the same in everything, 0 for two with nothing in common. A block that
    knows nothing of a product adds nothing. Memory grows with the words and attributes that the products really have.

    Parameters
    ----------
    text : sequence of column names, "auto" or None, default "auto"
        Columns with words; "auto" takes `title` and `description` where they are there.
    attributes : sequence of column names, "auto" or None, default "auto"
        Columns of which each value is a feature; "auto" takes `department`, `category`, `subcategory`, `brand`,
        `material`, `style`, `colour` and `pattern` where they are there.
    price : column name, "auto" or None, default "auto"
        A number above 0, compared by its ratio; "auto" takes `price` where it is there. 0 and nothing count as unknown.
    reviews : pandas.DataFrame, optional
        `product_id`, `text`, and `customer_id`, so that a customer who is forgotten takes her words with her. A new
        product has none yet: leave reviews out where new products are to be compared with old ones.
    images : pandas.DataFrame, optional
        `product_id` and one column a number, such as hue and brightness. Products without a row are compared by the
        rest.
    embedding : "minilm", an object with `encode`, a function of texts, or None, default None
        Sentence vectors for the texts and reviews in place of TF-IDF, less their mean over the catalogue; "minilm"
        needs the extra `text`, and some seconds for each hundred products. They find words of like meaning, and cannot
        say which word it was.
    weights : mapping of block to weight, optional
        Weights >= 0 of "text", "reviews", "attributes", "price" and "images"; what is left out keeps its default of
        1, 0.25, 1, 0.1 and 0.25. Only their ratios count.
    min_df : int or float, default 1
        As in scikit-learn: words that fewer products have (a number of them, or a share) are left out.
    stop_words : "english", list of str or None, default "english"
        Words that say nothing.

    Attributes
    ----------
    blocks_ : dict of str to block
        The blocks in use, in the order of the columns.
    columns_ : list of str
        The columns that are read.
    weights_ : dict of str to float
        The weights of the blocks in use; they add up to 1.

    Examples
    --------
    >>> shop = pd.DataFrame({"product_id": [1, 2, 3], "title": ["Linen shirt", "Linen dress", "Steel pan"],
    ...                      "colour": ["blue", "blue", None]})
    >>> features = ProductFeatures().fit(shop)
    >>> rows = features.transform(shop)
    >>> (rows @ rows.T).toarray().round(2).tolist()
    [[1.0, 0.68, 0.0], [0.68, 1.0, 0.0], [0.0, 0.0, 0.5]]
    >>> list(features.get_feature_names_out())[-2:]
    ['word: steel', 'colour: blue']
    """

    def __init__(
        self,
        *,
        text: Sequence[str] | str | None = "auto",
        attributes: Sequence[str] | str | None = "auto",
        price: str | None = "auto",
        reviews: pd.DataFrame | None = None,
        images: pd.DataFrame | None = None,
        embedding: Any = None,
        weights: Mapping[str, float] | None = None,
        min_df: int | float = 1,
        stop_words: Literal["english"] | list[str] | None = "english",
    ) -> None:
        self.text = text
        self.attributes = attributes
        self.price = price
        self.reviews = reviews
        self.images = images
        self.embedding = embedding
        self.weights = weights
        self.min_df = min_df
        self.stop_words = stop_words

    def fit(self, products: Any, y: object = None) -> Self:
        """Learn the vocabulary of a catalogue.

        Parameters
        ----------
        products : pandas.DataFrame
            `product_id` (unique) and the columns named in the constructor.
        y : ignored

        Returns
        -------
        ProductFeatures
            Itself.

        Raises
        ------
        DataError
            A column is missing, an id is null or repeated, a price is negative, images are not finite, or nothing at
            all is known of the products.
        ParameterError, UnknownNameError
            For weights that are no weights, or of a block that does not exist.
        MissingExtraError
            `embedding="minilm"` without the extra `text`.
        """
        weights = self._weights()
        frame = read_products(products)
        text = _columns(self.text, _TEXT, frame, "text")
        attributes = _columns(self.attributes, _ATTRIBUTES, frame, "attributes")
        price = _columns(self.price, ("price",), frame, "price")
        self.columns_ = [*text, *attributes, *price]
        frame = read_products(frame, self.columns_)
        learnt: dict[str, Block | None] = {
            "text": self._learn_words(Columns(text), frame, "word") if text else None,
            "reviews": None,
            "attributes": Attributes.learn(frame, attributes),
            "price": Price.learn(frame, price[0]) if price else None,
            "images": Numbers.learn(frame, read_images(self.images), "image") if self.images is not None else None,
        }
        if self.reviews is not None and len(self.reviews):
            learnt["reviews"] = self._learn_words(Reviewed(read_reviews(self.reviews)), frame, "review")
        self.blocks_: dict[str, Block] = {
            name: block for name, block in learnt.items() if block is not None and weights[name] > 0
        }
        if not self.blocks_:
            raise DataError(
                f"Nothing is known of the products: no words, attributes, price or images (columns: "
                f"{', '.join(map(str, frame.columns))}; {len(frame)} rows). Name the columns that hold them, e.g. "
                'ProductFeatures(text=["name"], attributes=["genre"]).'
            )
        share = sum(weights[name] for name in self.blocks_)
        self.weights_ = {name: weights[name] / share for name in self.blocks_}
        return self

    def transform(self, products: Any) -> sparse.csr_matrix:
        """The rows of products, which need not be those of `fit`; values that `fit` did not see add nothing.

        Parameters
        ----------
        products : pandas.DataFrame
            With the columns of `fit`.

        Returns
        -------
        scipy.sparse.csr_matrix of float, shape (n_products, n_features)
            Each row at most of length 1.
        """
        self._check_fitted()
        frame = read_products(products, self.columns_)
        return self._beside(block.rows(frame) for block in self.blocks_.values())

    def asked(self, words: str) -> sparse.csr_matrix:
        """The row of a wish in a customer's own words, shape (1, n_features); attributes count where they are named.

        >>> shop = pd.DataFrame({"product_id": [1, 2], "title": ["Shirt", "Dress"], "colour": ["blue", "red"]})
        >>> features = ProductFeatures().fit(shop)
        >>> (features.asked("a blue dress") @ features.transform(shop).T).toarray().round(2).tolist()
        [[0.5, 0.5]]
        """
        self._check_fitted()
        if not isinstance(words, str):
            raise ParameterError(f"words must be one text, e.g. 'linen, blue', but is {words!r}.")
        return self._beside(block.asked(words) for block in self.blocks_.values())

    def get_feature_names_out(self, input_features: object = None) -> NDArray[np.object_]:
        """What each column is about, such as "word: linen" or "colour: blue"."""
        self._check_fitted()
        return np.array([name for block in self.blocks_.values() for name in block.names], dtype=object)

    def block_of_columns(self) -> NDArray[np.object_]:
        """The block of each column."""
        return np.repeat(np.array(list(self.blocks_), dtype=object), [len(b.names) for b in self.blocks_.values()])

    def _learn_words(self, texts: Any, frame: pd.DataFrame, label: str) -> Block | None:
        if self.embedding is not None:
            return Vectors.learn(texts, frame, f"meaning of the {'text' if label == 'word' else label}", self.embedding)
        return Words.learn(texts, frame, label, min_df=self.min_df, stop_words=self.stop_words)

    def _weights(self) -> dict[str, float]:
        given = dict(self.weights or {})
        for name in given:
            if name not in _WEIGHTS:
                raise UnknownNameError(f"weights names the block {name!r}. There are: {', '.join(_WEIGHTS)}.")
        bad = {name: weight for name, weight in given.items() if not (np.isfinite(weight) and weight >= 0)}
        if bad:
            raise ParameterError(f"weights must be finite and >= 0, but has {bad}.")
        return {**_WEIGHTS, **given}

    def _beside(self, rows: Any) -> sparse.csr_matrix:
        roots = [np.sqrt(weight) for weight in self.weights_.values()]
        return sparse.hstack([block * root for block, root in zip(rows, roots, strict=True)], format="csr")

    def _check_fitted(self) -> None:
        if not hasattr(self, "blocks_"):
            raise NotFittedError("ProductFeatures was used before fit. Call ProductFeatures(...).fit(products) first.")


def _columns(named: Sequence[str] | str | None, known: tuple[str, ...], frame: pd.DataFrame, what: str) -> list[str]:
    if named is None:
        return []
    if isinstance(named, str):
        return [name for name in known if name in frame.columns] if named == "auto" else [named]
    if not all(isinstance(name, str) for name in named):
        raise ParameterError(f"{what} must be names of columns, 'auto' or None, but is {named!r}.")
    return list(named)
