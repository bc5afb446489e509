"""How many segments: none in a cloud, three in three blobs; stable, useful, and said in words."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr
from sklearn.metrics import adjusted_rand_score
from sklearn.utils import check_random_state

from personakit.errors import DataError, ParameterError, UnknownNameError
from personakit.segment import CustomerSegments, compare, stability, usefulness
from personakit.segment.one_cloud import one_cloud


def _blobs(seed: int, n: int = 150, *, noise: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    centres = np.repeat([[0, 0], [9, 0], [0, 9]], n // 3, axis=0)
    return np.column_stack([rng.normal(size=(n, 2)) + centres, rng.normal(size=(n, noise))])


CLOUDS: dict[str, Callable[[np.random.Generator], np.ndarray]] = {
    "Gaussian": lambda rng: rng.normal(size=(150, 3)),
    "even": lambda rng: rng.uniform(size=(150, 3)),
    "elongated": lambda rng: rng.normal(size=(150, 3)) @ [[5, 4, 4], [0, 1, 0], [0, 0, 1]],
    "skewed": lambda rng: rng.lognormal(size=(150, 3)),
}


@pytest.mark.parametrize("cloud", CLOUDS)
def test_one_cloud_has_no_clusters_and_the_verdict_says_so(cloud: str) -> None:
    found = compare(CLOUDS[cloud](np.random.default_rng(5)), range(2, 6), methods=["kmeans"], n_bootstrap=3)
    assert found.n_segments == 1
    assert found.verdict.startswith("No clusters: by kmeans, customers are no further apart in groups")


@pytest.mark.parametrize(("seed", "noise"), [(0, 0), (1, 0), (2, 1), (3, 1)])
def test_three_blobs_are_three_segments_with_and_without_a_column_of_noise(seed: int, noise: int) -> None:
    found = compare(
        _blobs(seed, noise=noise), range(2, 6), methods=["kmeans"], numbers="keep", n_references=39, n_bootstrap=4
    )
    assert found.n_segments == 3
    row = found.table.query("n_segments == 3 and method == 'kmeans'").iloc[0]
    assert row["stability"] > 0.95
    assert row["silhouette"] > row["expected_silhouette"] + 0.1


def test_one_cloud_keeps_means_spreads_and_correlations_but_not_the_valleys() -> None:
    blobs = _blobs(0, 1500)
    drawn = one_cloud(blobs, np.arange(2))(check_random_state(0))
    assert np.allclose(drawn.mean(axis=0), blobs.mean(axis=0), atol=0.5)
    assert np.allclose(drawn.std(axis=0), blobs.std(axis=0), rtol=0.1)
    assert abs(spearmanr(drawn)[0] - spearmanr(blobs)[0]) < 0.15
    valley = [((data[:, 0] > 3.5) & (data[:, 0] < 5.5)).mean() for data in (blobs, drawn)]
    assert valley[0] < 0.01
    assert valley[1] > 0.05


def test_values_of_a_category_are_drawn_together() -> None:
    onehot = np.eye(3)[np.random.default_rng(0).integers(3, size=90)]
    drawn = one_cloud(onehot, np.zeros(3, dtype=int))(check_random_state(0))
    assert (drawn.sum(axis=1) == 1).all()
    assert drawn.sum(axis=0).tolist() == onehot.sum(axis=0).tolist()


def test_stability_is_one_for_blobs_and_low_for_an_even_cloud_cut_in_five() -> None:
    assert stability(_blobs(0), CustomerSegments(3, numbers="standard"), n_bootstrap=4).adjusted_rand == 1
    even = np.random.default_rng(0).uniform(size=(150, 4))
    found = stability(even, CustomerSegments(5, numbers="standard"), n_bootstrap=6)
    assert found.low <= found.adjusted_rand <= found.high
    assert found.adjusted_rand < 0.7


def test_usefulness_is_the_share_of_variance_between_segments_and_its_interval_covers_it() -> None:
    gains, covered = [], 0
    for seed in range(30):
        rng = np.random.default_rng(seed)
        segments = pd.Series(rng.integers(4, size=600))
        found = usefulness(segments, segments + pd.Series(rng.normal(size=600)), n_bootstrap=200)
        assert found.measure == "squared error"
        gains.append(found.gain)
        covered += found.low < 1.25 / 2.25 < found.high  # variance between 1.25, within 1
    assert np.mean(gains) == pytest.approx(1.25 / 2.25, abs=0.01)
    assert covered >= 25


def test_segments_that_say_nothing_are_not_useful_however_many_they_are() -> None:
    rng = np.random.default_rng(1)
    segments = pd.Series(rng.integers(30, size=600).astype(str))
    assert usefulness(segments, pd.Series(rng.integers(2, size=600))).gain < 0.01


def test_usefulness_of_a_yes_or_no_is_the_share_of_the_log_loss() -> None:
    segments = pd.Series(["a", "b"] * 1000)
    chance = np.where(segments == "a", 0.1, 0.9)
    outcome = pd.Series((np.random.default_rng(2).random(2000) < chance).astype(int))
    entropy = -(0.1 * np.log(0.1) + 0.9 * np.log(0.9))
    assert usefulness(segments, outcome).gain == pytest.approx(1 - entropy / np.log(2), abs=0.04)


def test_profiles_are_compared_with_rfm_and_drawn_in_one_picture() -> None:
    rng = np.random.default_rng(0)
    people = pd.DataFrame({"customer_id": np.arange(120), "recency_days": rng.integers(1, 300, 120),
                           "frequency": rng.integers(1, 9, 120), "monetary": rng.lognormal(4, 1, 120),
                           "region": rng.choice(["N", "S"], 120)})  # fmt: skip
    outcome = pd.Series((people["recency_days"] < 90).to_numpy(int), index=people["customer_id"])
    found = compare(people, [2, 3], outcome=outcome, n_references=19, n_bootstrap=3)
    assert found.baseline is not None
    assert found.baseline.low > 0.2
    assert "RFM: " in found.verdict
    assert found.table["usefulness"].notna().all()
    assert found.plot().alt.endswith(found.verdict)
    assert "<table" in found._repr_html_()


def test_a_seed_repeats() -> None:
    data = _blobs(4, 60)
    tables = [compare(data, [2, 3], methods=["kmeans"], n_references=19, n_bootstrap=3).table for _ in range(2)]
    pd.testing.assert_frame_equal(*tables)


def test_bad_input_is_named() -> None:
    data = _blobs(0, 30)
    with pytest.raises(UnknownNameError, match=r"methods='kmedoids'.*give some of kmeans"):
        compare(data, methods="kmedoids")
    with pytest.raises(DataError, match="5 customers, fewer than n_segments=8"):
        compare(data[:5])
    with pytest.raises(ParameterError, match=r"n_references=5.*from 19: fewer cannot tell at the level of 5 %"):
        compare(data, n_references=5)
    with pytest.raises(ParameterError, match="needs profiles with customer ids: give a DataFrame"):
        compare(data, [2], outcome=pd.Series([1.0] * 30))
    with pytest.raises(DataError, match="one value only"):
        compare(np.ones((30, 2)), [2])
    with pytest.raises(DataError, match="infinite"):
        compare(pd.DataFrame({"x": [np.inf, *range(40)]}), [2])
    with pytest.raises(DataError, match="1 customers have both a segment and an outcome, too few for n_splits=10"):
        usefulness(pd.Series(["a"]), pd.Series([1.0]))
    with pytest.raises(DataError, match="outcome is 1 for all 40 customers"):
        usefulness(pd.Series(["a"] * 40), pd.Series([1.0] * 40))
    with pytest.raises(DataError, match=r"outcome is missing or infinite for 1 customers \(0\)"):
        usefulness(pd.Series(["a"] * 40), pd.Series([np.nan] + [1.0] * 39))


def test_the_segments_of_the_blobs_are_the_blobs() -> None:
    labels = CustomerSegments(3, numbers="standard", random_state=0).fit(_blobs(0)).labels_
    assert adjusted_rand_score(labels, np.repeat([0, 1, 2], 50)) == 1
