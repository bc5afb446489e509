"""What a customer writes as a few numbers: the mean of her texts' vectors, on the axes along which customers differ."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer

from personakit.errors import DataError, some
from personakit.privacy.binding import purpose_of
from personakit.privacy.gate_permitted import plain_frame
from personakit.privacy.settings import whole
from personakit.profile.embeddings import text_vectors

__all__ = ["text_features"]


def text_features(
    reviews: Any, embedding: Any = "tfidf", *, n_features: int = 8, text: str = "text", random_state: Any = 0
) -> pd.DataFrame:
    """A few numbers a customer from all that she wrote, to be joined to her profile.

    Each text becomes a vector of length 1; a customer's vector is the mean of hers, less the mean customer's; a
    singular value decomposition keeps the `n_features` axes along which customers differ most. The axes are those of
    the texts given: make the features of all customers, new ones included, in one call.

    Parameters
    ----------
    reviews : DataFrame, or what a consent gate returned
        Columns customer_id and the text.
    embedding : "tfidf", "minilm", an object with `encode(texts)`, or a function of the texts
        "tfidf" needs no extra; "minilm" is the sentence model of the extra `text` (see `text_vectors`), about a minute
        for 10,000 reviews on one core.
    n_features : int, default 8
        Fewer come back where customers or dimensions are fewer.
    text : str, the name of the column
    random_state : int, RandomState or None

    Returns
    -------
    DataFrame, index customer_id (sorted), columns text 1, text 2, ..., float64; customers who wrote nothing are absent

    Raises
    ------
    DataError
        A column is missing, or there is no text; an embedding that gives something else than a finite vector a text.
    MissingExtraError
        "minilm" without the extra `text`.

    Examples
    --------
    >>> said = pd.DataFrame({"customer_id": [1, 2, 3], "text": ["fits well", "fits very well", "arrived late"]})
    >>> axis = text_features(said, n_features=1)["text 1"]
    >>> bool(axis[1] * axis[2] > 0 > axis[1] * axis[3])
    True
    """
    whole("n_features", n_features, where="text_features")
    frame = plain_frame(reviews)
    if absent := [name for name in ("customer_id", text) if name not in frame.columns]:
        raise DataError(f"reviews has no column {some(map(repr, absent))} (it has {some(frame.columns, 8)}).")
    frame = frame[["customer_id", text]].dropna()
    frame = frame[frame[text].astype(str).str.strip().astype(bool)]
    if not len(frame):
        raise DataError(f"reviews.{text} holds no text of any customer. Check the column.")
    texts = frame[text].astype(str).tolist()
    ids, customers = pd.factorize(frame["customer_id"], sort=True)
    means = sparse.csr_array((np.ones(len(ids)), (ids, np.arange(len(ids)))), shape=(len(customers), len(ids)))
    means = sparse.diags_array(1 / means.sum(axis=1)) @ means
    if isinstance(embedding, str) and embedding == "tfidf":
        try:
            words = TfidfVectorizer(sublinear_tf=True, min_df=2 if len(texts) > 200 else 1).fit_transform(texts)
        except ValueError as problem:
            raise DataError(f"reviews.{text} holds no words ({some(texts)}). Check the column.") from problem
        rank = min(max(4 * n_features, 32), words.shape[1] - 1, len(texts) - 1)
        # words are reduced before they are averaged, so that the mean can be taken off without filling the matrix
        vectors = TruncatedSVD(rank, random_state=random_state).fit_transform(words) if rank > 0 else words.toarray()
    else:
        vectors = text_vectors(texts, embedding)
    people = means @ vectors
    people = people - people.mean(axis=0)
    left, size, axes = np.linalg.svd(people, full_matrices=False)
    kept = min(n_features, len(size))
    signs = np.sign(axes[np.arange(kept), np.abs(axes[:kept]).argmax(axis=1)])
    made = left[:, :kept] * size[:kept] * np.where(signs, signs, 1.0)
    features = pd.DataFrame(made, pd.Index(customers, name="customer_id"), [f"text {axis + 1}" for axis in range(kept)])
    if (purpose := purpose_of(reviews)) is not None:
        features.attrs["purpose"] = purpose
    return features
