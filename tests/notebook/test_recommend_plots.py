"""The picture of who has what, and the exercises on neighbours and lists."""

import numpy as np
import pandas as pd
import pytest

from personakit.errors import DataError, ParameterError
from personakit.notebook import check, plot_matrix


def test_each_pair_is_one_dot_sorted_by_activity_and_popularity():
    pairs = pd.DataFrame({"customer_id": [7, 7, 7, 3, 3, 3], "product_id": ["a", "b", "c", "b", "b", "c"]})
    picture = plot_matrix(pairs, "Dots")
    assert picture.alt == (
        "Dots. Dots for 2 customers (rows) and 3 products (columns): 83.3 % of the cells are filled."
    )
    filled = picture.figure.axes[0].images[0].get_array()
    assert np.asarray(filled).tolist() == [[1, 1, 1], [1, 1, 0]]  # 7 before 3; b and c before a
    assert picture.png()[:4] == b"\x89PNG"


def test_a_large_table_is_sampled_evenly():
    pairs = pd.DataFrame({"customer_id": np.repeat(np.arange(100), 5), "product_id": np.tile(np.arange(5), 100)})
    picture = plot_matrix(pairs, "Sample", n_customers=10, n_products=3)
    assert np.asarray(picture.figure.axes[0].images[0].get_array()).shape == (10, 3)
    assert "100.0 % of" in picture.alt


def test_nothing_to_draw_is_refused():
    with pytest.raises(DataError, match="pairs is empty"):
        plot_matrix(pd.DataFrame({"customer_id": [], "product_id": []}), "t")
    with pytest.raises(ParameterError, match="n_products must be at least 1, but is 0"):
        plot_matrix(pd.DataFrame({"customer_id": [1], "product_id": [1]}), "t", n_products=0)


def test_the_cosine_is_that_of_the_two_columns_and_known_mistakes_are_named():
    given = {"first": [1, 2, 3, 4], "second": [3, 4, 5, 6, 7, 8, 9, 10, 11]}
    columns = np.zeros((2, 12))
    columns[0, given["first"]] = columns[1, given["second"]] = 1
    cosine = columns[0] @ columns[1] / np.linalg.norm(columns[0]) / np.linalg.norm(columns[1])
    assert check("cosine-of-two-products", cosine, **given)
    assert "left out the root" in check("cosine-of-two-products", 2 / 36, **given).text
    assert "Jaccard" in check("cosine-of-two-products", 2 / 11, **given).text


def test_ndcg_by_hand_agrees_with_scikit_learn_and_known_mistakes_are_named():
    from sklearn.metrics import ndcg_score

    ranks, n_held_out = [2, 5], 3
    relevance = np.zeros((1, 20))
    relevance[0, [1, 4, 15]] = 1  # the third is held out and not among the ten
    right = ndcg_score(relevance, -np.arange(20)[None, :], k=10)
    assert check("ndcg-by-hand", right, ranks=ranks, n_held_out=n_held_out)
    gain = 1 / np.log2(3) + 1 / np.log2(6)
    assert "forgot to divide" in check("ndcg-by-hand", gain, ranks=ranks, n_held_out=n_held_out).text
    best_of_two = 1 + 1 / np.log2(3)
    assert "best possible list" in check("ndcg-by-hand", gain / best_of_two, ranks=ranks, n_held_out=n_held_out).text
