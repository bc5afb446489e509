"""The neighbours of products as a table."""

import pandas as pd
import pytest
from sklearn.metrics.pairwise import cosine_similarity

from personakit.errors import NotFittedError
from personakit.recommend import ItemKNN


def test_neighbours_are_the_most_similar_products_nearest_first(ratings):
    owned = pd.crosstab(ratings["customer_id"], ratings["product_id"]).clip(upper=1)
    alike = pd.DataFrame(cosine_similarity(owned.T), index=owned.columns, columns=owned.columns)
    near = ItemKNN(n_neighbors=5).fit(ratings).neighbours(["p031", "nothing", "p002"])
    assert near["product_id"].tolist() == ["p031"] * 5 + ["p002"] * 5 and near["rank"].tolist() == [1, 2, 3, 4, 5] * 2
    for product, found in near.groupby("product_id"):
        column = alike[product].drop(product).round(12)
        expected = column.reset_index().sort_values([product, "product_id"], ascending=[False, True]).head(5)
        assert found["neighbour_id"].tolist() == expected["product_id"].tolist()
        assert found["similarity"].tolist() == pytest.approx(expected[product].tolist(), abs=1e-10)
    assert len(ItemKNN(n_neighbors=5).fit(ratings).neighbours()) == 300


def test_a_product_without_neighbours_has_none(ratings):
    alone = pd.DataFrame({"customer_id": [1, 2], "product_id": ["tea", "cup"]})
    assert ItemKNN().fit(alone).neighbours().empty
    with pytest.raises(NotFittedError, match=r"ItemKNN\.neighbours was called before fit"):
        ItemKNN().neighbours()
