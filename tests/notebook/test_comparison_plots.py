"""The picture of a comparison: its title is as sure as the numbers, and its words hold every one of them."""

import numpy as np
import pandas as pd
import pytest

from personakit.errors import DataError
from personakit.notebook import plot_comparison
from personakit.recommend import ItemKNN, Popular, Random, evaluate


@pytest.fixture
def table():
    return pd.DataFrame({
        "model": ["popular", "ease", "random"], "ndcg": [0.2, 0.4, 0.1], "ndcg_low": [0.18, 0.37, 0.09],
        "ndcg_high": [0.22, 0.43, 0.11], "ndcg_gain_low": [0.0, 0.17, -0.12], "ndcg_gain_p": [np.nan, 0.001, 0.001],
    })  # fmt: skip


def title(picture):
    return picture.figure.get_suptitle()


def test_the_models_stand_from_best_to_worst_in_picture_and_words(table):
    picture = plot_comparison(table)
    assert [label.get_text() for label in picture.figure.axes[0].get_yticklabels()] == ["ease", "popular", "random"]
    assert picture.alt == (
        "Ease beats popular. Dots with 95 % intervals, nDCG: ease 0.400 (0.370 to 0.430); popular 0.200 (0.180 to "
        "0.220); random 0.100 (0.090 to 0.110)."
    )
    assert picture.png()[:4] == b"\x89PNG"


def test_the_title_is_as_sure_as_the_test(table):
    assert title(plot_comparison(table, "Message")) == "Message"
    unsure = table.assign(ndcg_gain_p=0.2)
    assert title(plot_comparison(unsure)) == "Ease looks better than popular, but could be luck"
    unsure.attrs["baseline"] = "ease"
    assert title(plot_comparison(unsure)) == "Nothing beats ease"


def test_a_truth_beside_it_shows_where_the_offline_order_misleads(table):
    picture = plot_comparison(table, truth={"popular": 0.3, "ease": 0.2, "random": 0.1}, truth_unit="clicks a week")
    assert title(picture) == "Offline ease looks best, in truth popular is"
    assert picture.alt.endswith("Bars beside them, clicks a week: ease 0.200; popular 0.300; random 0.100.")
    agreeing = plot_comparison(table, truth=pd.Series({"popular": 0.1, "ease": 0.2, "random": 0.1}))
    assert title(agreeing) == "Ease looks best offline, and is"


def test_it_draws_what_evaluate_returns_and_says_when_candidates_were_sampled():
    visits = pd.DataFrame({"customer_id": np.arange(120) // 6, "product_id": np.arange(120) ** 2 % 13})
    models = {"popular": Popular(), "knn": ItemKNN(), "random": Random(0)}
    picture = plot_comparison(evaluate(models, visits, k=3, metrics=["map"], n_bootstrap=20), metric="map")
    assert "intervals, MAP@3:" in picture.alt
    with pytest.warns(UserWarning, match="sampled"):
        sampled = evaluate(models, visits, k=3, n_candidates=4, n_bootstrap=0)
    alt = plot_comparison(sampled).alt
    assert "nDCG@3, among 4 sampled products only" in alt and "nan" not in alt


def test_what_cannot_be_drawn_says_so(table):
    with pytest.raises(DataError, match=r"table has no column 'auc' .* a metric that was asked for"):
        plot_comparison(table, metric="auc")
    with pytest.raises(DataError, match=r"There is nothing to draw: table has no rows"):
        plot_comparison(table.iloc[:0])
    with pytest.raises(DataError, match=r"truth has no value for random. Give one a model"):
        plot_comparison(table, truth={"popular": 1.0, "ease": 2.0})
