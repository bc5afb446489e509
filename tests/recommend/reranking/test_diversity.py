"""MMR against its formula product by product, DPP against determinants, and what the trade-off buys."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from personakit.data import load_world
from personakit.errors import DataError, ParameterError, UnknownNameError
from personakit.recommend import EASE, diversify, list_diversity

both = pytest.mark.parametrize("method", ["mmr", "dpp"])


def one_by_one(own: pd.DataFrame, features: pd.DataFrame, k: int, share: float, method: str) -> list[str]:
    """The textbook's loop for one customer, in the plainest way."""
    own = own.sort_values(["score", "product_id"], ascending=[False, True])
    names, score = own["product_id"].tolist(), own["score"].to_numpy()
    relevance = (score - score.min()) / (score.max() - score.min())
    unit = features.loc[names].to_numpy()
    unit = unit / np.linalg.norm(unit, axis=1)[:, None]
    alike = unit @ unit.T
    chosen: list[int] = []
    for _ in range(min(k, len(own))):
        gains = {}
        for place in range(len(names)):
            if place in chosen:
                continue
            if method == "mmr":
                other = -max((alike[place, held] for held in chosen), default=0.0)
            else:
                together = [*chosen, place]
                less = np.linalg.slogdet(alike[np.ix_(chosen, chosen)])[1] if chosen else 0.0
                other = np.linalg.slogdet(alike[np.ix_(together, together)])[1] - less
            gains[place] = round(share * relevance[place] + (1 - share) * other, 12)
        chosen.append(max(gains, key=lambda place: gains[place]))
    return [names[place] for place in chosen]


@both
@pytest.mark.parametrize("share", [0.0, 0.3, 0.7, 0.95])
def test_the_choice_is_that_of_the_formula(method, share, make_candidates, make_features):
    for seed in range(2):
        lists, features = make_candidates(seed=seed), make_features(seed=seed + 50)
        found = diversify(lists, features, k=6, method=method, trade_off=share)
        for customer, own in lists.groupby("customer_id"):
            expected = one_by_one(own, features, 6, share, method)
            assert found.loc[found["customer_id"] == customer, "product_id"].tolist() == expected


def test_by_hand():
    # after a: b gains .5 * .75 - .5 * 1 = -.125, c gains .5 * 0 - .5 * 0 = 0, d .5 * .5 - .5 * .6 = -.05
    lists = pd.DataFrame({"customer_id": 1, "product_id": list("abcd"), "score": [4.0, 3.0, 0.0, 2.0]})
    features = pd.DataFrame({"x": [1, 2, 0, 3], "y": [0, 0, 1, 4]}, index=list("abcd"))
    assert diversify(lists, features, k=2, trade_off=0.5)["product_id"].tolist() == ["a", "c"]
    # determinants beside a: b 1 - 1 = 0 (floor log 1e-10), c 1, d 1 - .36 = .64: .25 + .5 log .64 = .027 beats 0
    dpp = diversify(lists, features, k=2, trade_off=0.5, method="dpp", reasons=True)
    assert dpp["product_id"].tolist() == ["a", "d"]
    assert dpp["diversity_part"].tolist() == pytest.approx([0.0, 0.5 * np.log(0.64)])


@both
def test_relevance_alone_gives_the_lists_by_score(method, candidates, features):
    found = diversify(candidates, features, k=5, method=method, trade_off=1.0)
    expected = candidates.sort_values(["customer_id", "score"], ascending=[False, False])
    expected = expected.groupby("customer_id", sort=False).head(5)
    assert found["product_id"].tolist() == expected["product_id"].tolist()
    assert found["score"].tolist() == expected["score"].tolist()
    assert found["rank"].tolist() == list(range(1, 6)) * 6


@both
def test_parts_are_what_a_product_gained(method, candidates, features):
    found = diversify(candidates, features, k=4, method=method, reasons=True)
    own = candidates[candidates["customer_id"] == 100]
    scaled = (own.set_index("product_id")["score"] - own["score"].min()) / (own["score"].max() - own["score"].min())
    hers = found[found["customer_id"] == 100]
    assert hers["relevance_part"].tolist() == pytest.approx((0.7 * scaled[hers["product_id"]]).tolist())
    assert hers["diversity_part"].iloc[0] == 0.0
    unit = features.div(np.linalg.norm(features, axis=1), axis=0)
    alike = (unit @ unit.T).loc[hers["product_id"], hers["product_id"]].to_numpy()
    if method == "mmr":
        assert hers["diversity_part"].iloc[3] == pytest.approx(-0.3 * alike[3, :3].max())
    else:
        assert hers["diversity_part"].sum() == pytest.approx(0.3 * np.linalg.slogdet(alike)[1])


@both
@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10_000), share=st.sampled_from([0.0, 0.4, 0.8]))
def test_order_of_rows_and_scale_of_scores_do_not_matter(method, seed, share, make_candidates, make_features):
    lists, features = make_candidates(3, seed=seed), make_features(seed=seed)
    found = diversify(lists, features, k=5, method=method, trade_off=share)
    other = lists.assign(score=lists["score"] * 8 + 3)
    shuffled = diversify(
        other.groupby("customer_id", sort=False, group_keys=False).sample(frac=1, random_state=seed),
        features.sample(frac=1, random_state=seed),
        k=5,
        method=method,
        trade_off=share,
    )
    assert shuffled["product_id"].tolist() == found["product_id"].tolist()
    assert not found.duplicated(["customer_id", "product_id"]).any()


@both
def test_ids_of_another_kind_change_nothing_but_the_ids(method, candidates, features):
    number = {name: 7 * place for place, name in enumerate(features.index)}
    found = diversify(candidates, features, method=method)
    other = diversify(
        candidates.assign(product_id=candidates["product_id"].map(number)), features.rename(index=number), method=method
    )
    assert other["product_id"].tolist() == found["product_id"].map(number).tolist()


@both
def test_sparse_dense_frames_pairs_and_similarities_agree(method, candidates, features):
    found = diversify(candidates, features, method=method)
    unit = features.div(np.linalg.norm(features, axis=1), axis=0).to_numpy()
    forms = {
        "column": features.reset_index(),
        "pair": (features.to_numpy(), features.index),
        "sparse": (sparse.coo_matrix(features.to_numpy()), list(features.index)),
    }
    for name, form in forms.items():
        pd.testing.assert_frame_equal(diversify(candidates, form, method=method), found, obj=name)
    for matrix in (unit @ unit.T, sparse.csr_matrix(unit @ unit.T)):
        given_ = diversify(candidates, (matrix, features.index), method=method, similarity=True)
        pd.testing.assert_frame_equal(given_, found)


@both
@pytest.mark.parametrize("kind", ["dense", "sparse", "similarity", "sparse similarity"])
def test_a_large_catalogue_is_served_customer_by_customer_with_the_same_lists(
    method, kind, candidates, features, monkeypatch
):
    found = diversify(candidates, features, method=method)
    monkeypatch.setattr("personakit.recommend.reranking.diversity._ALL_AT_ONCE", 3)
    matrix = features.to_numpy()
    if "similarity" in kind:
        matrix = matrix / np.linalg.norm(matrix, axis=1)[:, None]
        matrix = matrix @ matrix.T
    form = (sparse.csr_matrix(matrix) if "sparse" in kind else matrix, features.index)
    other = diversify(candidates, form, method=method, similarity="similarity" in kind)
    pd.testing.assert_frame_equal(other, found)


def test_blocks_of_customers_change_nothing(candidates, features, monkeypatch):
    found = diversify(candidates, features, method="dpp")
    monkeypatch.setattr("personakit.recommend.reranking.diversity.DEFAULT_MEMORY", 1)
    pd.testing.assert_frame_equal(diversify(candidates, features, method="dpp"), found)


def test_more_places_than_features_are_filled_by_relevance(make_candidates, make_features):
    lists, narrow = make_candidates(1), make_features(n_features=2)
    found = diversify(lists, narrow, k=9, method="dpp", trade_off=0.5)
    assert len(found) == 9
    assert found["score"].iloc[2:].is_monotonic_decreasing


@both
def test_a_row_of_zeros_is_unlike_any_other(method):
    lists = pd.DataFrame({"customer_id": 1, "product_id": list("abc"), "score": [3.0, 2.9, 0.0]})
    features = pd.DataFrame({"x": [1, 1, 0]}, index=list("abc"))
    assert diversify(lists, features, k=2, method=method, trade_off=0.4)["product_id"].tolist() == ["a", "c"]


@both
def test_ties_go_by_product_id(method):
    lists = pd.DataFrame({"customer_id": 1, "product_id": list("dbca"), "score": 1.0})
    alike = pd.DataFrame({"x": 1.0}, index=list("abcd"))
    assert diversify(lists, alike, k=4, method=method)["product_id"].tolist() == list("abcd")


@both
def test_fewer_candidates_than_k_and_no_list_at_all(method, features):
    lists = pd.DataFrame({"customer_id": [1, 1, 2], "product_id": ["p01", "p02", "p03"], "score": [2.0, 1.0, 1.0]})
    lists.attrs["purpose"] = "recommendations"
    found = diversify(lists, features, k=10, method=method)
    assert found.groupby("customer_id")["product_id"].apply(sorted).to_dict() == {1: ["p01", "p02"], 2: ["p03"]}
    assert found.attrs == {"purpose": "recommendations"}
    empty = diversify(lists.head(0), features, method=method)
    assert list(empty.columns) == ["customer_id", "product_id", "score", "rank"]
    assert empty.empty


def test_diversity_of_a_list_is_the_mean_distance():
    lists = pd.DataFrame(
        {"customer_id": [1, 1, 1, 2], "product_id": ["a", "b", "c", "a"], "score": [3.0, 2.0, 1.0, 1.0]}
    )
    features = pd.DataFrame({"x": [1, 3, 0], "y": [0, 4, 1]}, index=list("abc"))
    found = list_diversity(lists, features)
    assert found[1] == pytest.approx(1 - (0.6 + 0.8 + 0.0) / 3)
    assert np.isnan(found[2])


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"trade_off": 1.2}, "trade_off is 1.2. Give a number from 0 to 1: the share of relevance"),
        ({"trade_off": float("nan")}, "trade_off is nan"),
        ({"trade_off": True}, "trade_off is True"),
        ({"k": 0}, "k.*0.*the length of the lists"),
        ({"k": 2.5}, r"k.*2\.5.*the length of the lists"),
    ],
)
def test_wrong_parameters(change, text, candidates, features):
    with pytest.raises(ParameterError, match=text):
        diversify(candidates, features, **change)


def test_an_unknown_method(candidates, features):
    with pytest.raises(UnknownNameError, match=r"method is 'mmm'\. Use 'mmr' or 'dpp'"):
        diversify(candidates, features, method="mmm")


@pytest.mark.parametrize(
    ("spoil", "text"),
    [
        (lambda f: f.drop(["p00", "p03"]), r"features lacks 2 of the product_ids in the lists \(p00, p03\)"),
        (lambda f: f.mask(f > 2.0), "values that are no finite numbers"),
        (lambda f: f.assign(colour="red"), r"1 columns that are no numbers \(colour\).*get_dummies"),
        (lambda f: pd.concat([f, f.head(1)]), r"1 products twice \(p00\)"),
        (lambda f: f.set_axis(range(12)), "features lacks 12"),
        (lambda f: (f.to_numpy(), f.index[:5]), "12 rows for 5 product ids"),
        (lambda f: f.to_numpy(), "features is a ndarray. Pass a data frame by product_id, or a pair"),
        (lambda f: (f.to_numpy().astype(str), f.index), "pair of a matrix of numbers"),
    ],
)
def test_wrong_features(spoil, text, candidates, features):
    with pytest.raises(DataError, match=text):
        diversify(candidates, spoil(features))


def test_ids_of_another_type_are_named(candidates, features):
    numbers = candidates.assign(product_id=candidates["product_id"].str[1:].astype(int))
    with pytest.raises(DataError, match=r"product_id is int in the lists \(1?\d\) and str in features"):
        diversify(numbers, features.set_axis([str(number) for number in range(12)]))


@pytest.mark.parametrize(
    ("matrix", "text"),
    [
        ([[1.0, 0.5], [0.2, 1.0]], "not symmetric"),
        ([[1.0, 0.5, 0.1], [0.2, 1.0, 0.1]], r"shape \(2, 3\); similarities are square"),
        ([[2.0, 0.5], [0.5, 2.0]], "other values than 1 on the diagonal"),
    ],
)
def test_wrong_similarities(matrix, text):
    lists = pd.DataFrame({"customer_id": 1, "product_id": ["a", "b"], "score": [2.0, 1.0]})
    with pytest.raises(DataError, match=text):
        diversify(lists, (np.array(matrix), ["a", "b"]), similarity=True)


def test_determinants_of_what_is_no_gram_matrix_are_refused():
    lists = pd.DataFrame({"customer_id": 1, "product_id": list("abc"), "score": [3.0, 2.0, 1.0]})
    wrong = np.array([[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1.0]])
    with pytest.raises(DataError, match="not positive semidefinite"):
        diversify(lists, (wrong, list("abc")), k=3, method="dpp", similarity=True)
    assert len(diversify(lists, (wrong, list("abc")), k=3, similarity=True)) == 3


@pytest.fixture(scope="module")
def larkspur():
    world = load_world()
    acts = world.tables["interactions"].query("event != 'return'")
    customers = world.tables["customers"]["customer_id"].to_numpy()[:300]
    lists = EASE(l2=200).fit(acts).recommend(customers, k=60, exclude_seen=False)
    described = world.tables["products"].set_index("product_id")[["category", "brand", "material", "style"]]
    return world, lists, pd.get_dummies(described, dtype=float)


@both
def test_on_larkspur_diversity_rises_and_what_the_lists_truly_earn_falls_little(method, larkspur):
    world, lists, features = larkspur
    diversity, clicks, margin = [], [], []
    for share in (1.0, 0.7, 0.4):
        found = diversify(lists, features, k=10, method=method, trade_off=share)
        diversity.append(list_diversity(found, features).mean())
        slate = found["product_id"].to_numpy().reshape(-1, 10)
        expected = world.expected(found["customer_id"].unique(), {"slate": slate})
        clicks.append(expected["clicks"].sum())
        margin.append(expected["margin"].sum())
    assert diversity[0] + 0.03 < diversity[1] < diversity[2] - 0.03
    assert clicks[0] > clicks[1] > clicks[2]
    assert clicks[1] > 0.975 * clicks[0]
    assert clicks[2] > 0.93 * clicks[0]
    assert margin[1] > 0.985 * margin[0]
    assert margin[2] > 0.97 * margin[0]
