"""The notebook on content and hybrids: its claims stand in its outputs, and its desk, marks and exercises work."""

import re

import numpy as np
import pandas as pd
import pytest

from personakit.errors import DataError, ParameterError, UnknownNameError
from personakit.notebook import TasteDesk, check, likeness_of_nearest, true_liking, value_of_lists
from personakit.recommend import ContentRecommender
from personakit.world import World

SHOP = pd.DataFrame(
    {"product_id": [1, 2, 3, 4], "title": ["Linen shirt", "Linen dress", "Steel <pan>", "Steel kettle"],
     "colour": ["blue", "white", None, "blue"]}
)  # fmt: skip


@pytest.fixture(scope="module")
def saved(notebook):
    return notebook("07_content_based_and_hybrid")


@pytest.fixture
def desk():
    acts = pd.DataFrame({"customer_id": [8, 9, 9], "product_id": [3, 3, 1]})
    return TasteDesk(ContentRecommender(SHOP).fit(acts), SHOP, k=2)


def numbers(text: str, name: str) -> list[float]:
    return [float(found) for found in re.findall(r"-?\d+\.\d+", re.search(rf"{name} ([^;]+)", text)[1])]


def test_content_doubles_chance_for_new_products_and_is_half_of_the_way(saved):
    text = next(alt for alt in saved.alts if alt.startswith("New products"))
    chance, content, later = (numbers(text, name) for name in ("chance", "content", "EASE, much later"))
    assert content[1] > 1.9 * chance[2] and content[2] < later[1]
    assert 0.4 < (content[0] - chance[0]) / (later[0] - chance[0]) < 0.65


def test_only_switching_gives_new_products_a_place_beside_the_old(saved):
    text = next(text for text in saved.texts if "places of new" in text)
    places = {line.split()[0]: float(line.split()[-1]) for line in text.splitlines()[2:]}
    assert places["EASE"] == places["augmented"] == 0 and 0.15 < places["switching"] < 0.3


def test_answers_alone_are_worse_than_the_bestsellers_and_help_beside_the_segment(saved):
    text = next(alt for alt in saved.alts if alt.startswith("Three answers"))
    assert numbers(text, "her three answers")[2] < -0.1 and numbers(text, "segment and answers")[1] > 0
    step = next(text for text in saved.texts if "segment and answers" in text and "gain_low" in text)
    assert float(step.split()[-2]) > 0  # the lower end of the paired interval


def test_content_is_below_the_bestsellers_offline_and_above_them_in_truth(saved):
    text = next(text for text in saved.texts if "ndcg_low" in text and "coverage" in text)
    offline = {line.split()[0]: float(line.split()[1]) for line in text.splitlines()[2:]}
    assert offline["content"] < 0.8 * offline["bestsellers"]
    trial = next(alt for alt in saved.alts if "clicks a customer in 4 weeks" in alt and "truth" in alt)
    truth = {name: float(found) for name, found in re.findall(r"(\w+) [\d.]+ \([^)]*\), truth ([\d.]+\d)", trial)}
    assert truth["content"] > 1.05 * truth["bestsellers"]
    assert abs(truth["augmented"] / truth["EASE"] - 1) < 0.02 and 0.95 < truth["switching"] / truth["EASE"] < 0.99


def test_who_is_hardly_known_loses_by_ease_and_not_by_the_hybrid(saved):
    text = next(alt for alt in saved.alts if alt.startswith("Who is hardly known"))
    group = re.search(r"0 to 3 content (-?\d+) .*?EASE (-?\d+) .*?switching (-?\d+)", text)
    content, ease, switching = map(int, group.groups())
    assert content < ease < 0 < switching


def test_each_reason_falls_as_it_was_told(saved):
    for column in ("fall", "change"):
        table = next(text for text in saved.texts if re.search(rf"contribution +{column}", text))
        assert all(line.split()[-1] == line.split()[-2] for line in table.splitlines()[1:])


def test_the_truth_is_for_marking_and_for_simulated_answers_only(saved):
    learning = [text for text in saved.sources if re.search(r"\.fit\(|evaluate\(", text)]
    others = [re.sub(r"value_of_lists\((firsts|mixed), truth", "", text) for text in learning]
    assert others and not [text for text in others if re.search(r"\btruth\b", text)]


def test_a_desk_says_what_was_said_and_why(desk):
    view = desk.view(liked=[1], words="steel", avoid="white")
    assert view.table["product_id"].tolist()[0] in (3, 4) and view.basis == "content"
    assert repr(view).startswith("She says: likes Linen shirt; looks for steel; avoids white. By content: 1. Steel")
    assert "word: steel" in repr(view) and "&lt;pan&gt;" in view.html and "<pan>" not in view.html
    assert desk.view().basis == "popularity" and "nothing yet" in desk.view().html


def test_the_list_follows_what_is_chosen(desk):
    box = desk.choose([1, 2, 3, 4], liked=[1], words="")
    likes, rest, page = box.children
    assert page.value == desk.view(liked=[1]).html == box._repr_mimebundle_()["text/html"]
    likes.children[0].value = 3
    assert page.value == desk.view(liked=[3]).html
    rest.children[0].value = 4
    assert page.value == desk.view(liked=[3], disliked=[4]).html
    rest.children[1].value = "linen"
    rest.children[2].value = "white"
    assert page.value == desk.view(liked=[3], disliked=[4], words="linen", avoid="white").html
    likes.children[1].value = 4  # liked and disliked at once: the like counts
    assert page.value == desk.view(liked=[3, 4], words="linen", avoid="white").html


def test_a_desk_with_nothing_to_point_at_is_refused(desk):
    with pytest.raises(ParameterError, match="nothing to point at"):
        desk.choose([])
    with pytest.raises(ParameterError, match="liked must be at most 3 of the products"):
        desk.choose([1, 2], liked=[3])
    with pytest.raises(DataError, match="no column 'title'"):
        TasteDesk(desk.model, SHOP.drop(columns="title"))


def test_true_liking_orders_the_shops_best_slate():
    """What the simulator's own oracle ranks by is this chance times what an order is worth."""
    world = World(n_customers=40, n_products=60, n_days=60)
    liking = true_liking(world, world.customer_ids)
    best = world.best_slates(None, 10)
    value = [liking.at[row.customer_id, row.product_id] for row in best.itertuples()]
    assert np.mean(value) > 1.5 * liking.to_numpy().mean()
    assert true_liking(world, [7, 3]).equals(liking.loc[[7, 3]])  # a customer alone is the same


def test_the_worth_of_lists_by_hand():
    truth = pd.DataFrame([[0.0, 1.0], [0.5, 0.3], [0.2, 0.6]], index=[1, 2, 3], columns=["a", "b"])
    first = pd.DataFrame({"customer_id": [1, 1, 2, 3], "product_id": ["a", "b", "a", "b"]})
    table = value_of_lists({"x": first, "y": first.iloc[::-1]}, truth, baseline="x").set_index("action")
    worth = np.array([0.5, 0.5, 0.6])
    assert table.loc["x", "value"] == pytest.approx(worth.mean())
    error = 1.96 * worth.std(ddof=1) / np.sqrt(3)
    assert table.loc["x", ["low", "high"]].tolist() == pytest.approx([worth.mean() - error, worth.mean() + error])
    assert table.loc["y", ["gain", "gain_low", "gain_high"]].tolist() == pytest.approx([0, 0, 0])
    with pytest.raises(UnknownNameError, match="baseline 'z' is none of the lists: x"):
        value_of_lists({"x": first}, truth, baseline="z")
    with pytest.raises(DataError, match=r"lacks 1 customers or 2 products of the list 'x'"):
        value_of_lists({"x": first}, truth.loc[[1, 2], ["a"]])


def test_neighbours_that_share_nothing_true_are_unlike():
    truth = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [0.0, 0.0]])
    assert likeness_of_nearest(np.eye(4)[[0, 0, 1, 2]], truth, n=1).tolist() == [0.0, 0.0, 1.0, 0.0]
    with pytest.raises(DataError, match="There are 3 rows of features and 4 of the truth"):
        likeness_of_nearest(np.eye(3), truth)


def test_exercises_know_right_from_wrong():
    first, second = np.array([1.0, 1.4, 0.0]), np.array([1.0, 0.0, 1.4])
    right = first @ second / (np.linalg.norm(first) * np.linalg.norm(second))
    assert check("cosine-of-two-titles", right, first=first, second=second)
    assert "length of each" in check("cosine-of-two-titles", first @ second, first=first, second=second).text
    told = pd.DataFrame({"reason": ["word: a", "word: b", "colour: c"], "contribution": [0.1, 0.1, 0.6]})
    assert check("share-of-the-words", 0.25, told=told)
    assert "share of the reasons" in check("share-of-the-words", 2 / 3, told=told).text
    assert check("history-for-nine-tenths", 180, half=20)
    assert "two thirds" in check("history-for-nine-tenths", 40, half=20).text


def test_the_solutions_are_right(saved):
    shown = re.findall(r"```python\n(.*?)```", saved.prose, flags=re.S)
    from sklearn.feature_extraction.text import TfidfVectorizer

    pair = ["linen shirt blue", "linen dress blue"]
    first, second = TfidfVectorizer(norm=None).fit_transform(pair).toarray()
    why = pd.DataFrame({"reason": ["word: a", "colour: b"], "contribution": [1.0, 3.0]})
    given = {"first": first, "second": second, "why": why}
    answers = []
    for text in shown[:3]:
        exec(text, given)  # noqa: S102 (the notebook's own text)
        answers.append(given["answer"])
    assert check("cosine-of-two-titles", answers[0], first=first, second=second)
    assert check("share-of-the-words", answers[1], told=why) and check("history-for-nine-tenths", answers[2], half=20)
