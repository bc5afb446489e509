"""How many segments, by which method, and are there any? All the usual yardsticks beside each other."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture
from sklearn.utils import check_random_state
from threadpoolctl import threadpool_limits

from personakit.errors import ParameterError, UnknownNameError
from personakit.privacy.gate_permitted import plain_frame
from personakit.privacy.settings import whole
from personakit.profile.frames import by_customer
from personakit.segment.clustering import CustomerSegments
from personakit.segment.comparison_fits import METHODS, Floats, Whole, counts_of, sampled
from personakit.segment.comparison_gap import even_box, within
from personakit.segment.one_cloud import Apartness, apartness
from personakit.segment.rfm import RFM
from personakit.segment.stability import fit_of, stability_of
from personakit.segment.usefulness import Usefulness, usefulness

if TYPE_CHECKING:
    from personakit.notebook.pictures import Picture

__all__ = ["SegmentComparison", "compare"]

LEVEL = 0.05
IN_NULL = 300  # customers in the test against one cloud
GAP_REFERENCES = 10


@dataclass(frozen=True)
class SegmentComparison:
    """The yardsticks, one row a method and number of segments, and what they say.

    Attributes
    ----------
    table : DataFrame
        method, n_segments; silhouette, expected_silhouette (in one cloud of customers without groups); gap, gap_se;
        bic (of a Gaussian mixture; missing for others); stability with stability_low and stability_high (adjusted
        Rand between bootstrap samples); with an outcome, usefulness with usefulness_low and usefulness_high.
    baseline : Usefulness or None
        That of RFM segments, where the profiles have what RFM needs and an outcome was given.
    p_values : dict of method to float
        How often one cloud of customers shows groups as far apart, over all numbers of segments tried.
    n_segments : int
        1 where there are no clusters; else the number whose silhouette is furthest above that of one cloud.
    method : str
        By which method.
    verdict : str
    n_customers : int
        On how many customers it was computed, after sampling.
    """

    table: pd.DataFrame
    baseline: Usefulness | None
    p_values: dict[str, float]
    n_segments: int
    method: str
    verdict: str
    n_customers: int

    def plot(self, title: str | None = None) -> Picture:
        """All yardsticks in one picture."""
        plots = importlib.import_module("personakit.notebook.segment_comparison_plot")
        picture: Picture = plots.plot_segment_comparison(self, title)
        return picture

    def __repr__(self) -> str:
        return self.verdict

    def _repr_html_(self) -> str:
        table = self.table.dropna(axis=1, how="all").round(3)
        return f"<p>{escape(self.verdict)}</p>{table.to_html(index=False, border=0)}"


def compare(
    profiles: Any,
    n_segments: Iterable[int] = range(2, 9),
    *,
    methods: Sequence[str] = ("kmeans", "gaussian_mixture"),
    features: Sequence[str] | None = None,
    leave_out: Sequence[str] = (),
    numbers: str = "standard",
    outcome: pd.Series | None = None,
    max_customers: int = 1000,
    n_references: int = 39,
    n_bootstrap: int = 8,
    random_state: Any = 0,
) -> SegmentComparison:
    """Silhouette, gap, BIC, stability and usefulness of each method and number of segments.

    Whether there are clusters at all is a test: the same clustering of customers drawn from one cloud (see `one_cloud`)
    must rarely show groups as far apart. Segments can be useful without being clusters: cutting one cloud in
    four still tells big customers from small ones. So both are reported.

    Parameters
    ----------
    profiles : DataFrame of shape (n_customers, ...), what a consent gate returned, or array
    n_segments : iterable of int, from 2
    methods : of "kmeans", "gaussian_mixture", "hierarchical"
    features, leave_out, numbers
        As in `CustomerSegments`, whose weights of columns are used. Ranks close the empty space between clusters, so
        the default here is "standard".
    outcome : Series by customer_id, optional
        What customers did after the day of the profiles, such as the money of the next quarter: for the usefulness.
    max_customers : int
        Everything but the usefulness is computed on at most so many customers, the test against one cloud on 300.
    n_references : int
        Clouds drawn for the test; 39 can tell at the level of 5 %.
    n_bootstrap : int
        Bootstrap samples for the stability.

    Notes
    -----
    Measured by k-means on 150 customers in three columns, 20 draws each: clusters were seen in none of the Gaussian and
    none of the even clouds, in one of the elongated and one of the skewed (log-normal) ones; three blobs of 50, nine
    standard deviations apart, were three in 10 of 10 draws, and in 10 of 10 with a column of noise beside them as well
    (numbers="keep": standardised, a column of noise counts as much as one that tells the blobs apart).

    Raises
    ------
    DataError
        Fewer customers than segments; nothing that can be used; an infinite value; a customer in two rows.
    UnknownNameError
        No such method.

    References
    ----------
    P. J. Rousseeuw (1987), "Silhouettes", J. Comp. Appl. Math. 20; R. Tibshirani, G. Walther and T. Hastie (2001),
    "Estimating the number of clusters in a data set via the gap statistic", JRSS B 63; Y. Liu, D. N. Hayes, A. Nobel
    and J. S. Marron (2008), "Statistical significance of clustering", JASA 103, for the question to ask first.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> blobs = rng.normal(size=(150, 2)) + np.repeat([[0, 0], [9, 0], [0, 9]], 50, axis=0)
    >>> compare(blobs, range(2, 5), methods=["kmeans"]).n_segments
    3
    >>> compare(rng.normal(size=(150, 2)), range(2, 5), methods=["kmeans"]).n_segments
    1
    """
    whole("n_references", n_references, 19, where="compare", why=": fewer cannot tell at the level of 5 %")
    whole("n_bootstrap", n_bootstrap, 3, where="compare")
    asked = [methods] if isinstance(methods, str) else list(methods)
    if not asked or not set(asked) <= set(METHODS):
        raise UnknownNameError(f"compare(methods={methods!r}): give some of {', '.join(METHODS)}.")
    draws = check_random_state(random_state)
    reader = CustomerSegments(1, features=features, leave_out=leave_out, numbers=numbers, random_state=0)  # type: ignore[arg-type]
    everybody = reader.fit(profiles).transform(profiles)
    counts = counts_of(n_segments, len(everybody), 2)
    ids = by_customer(profiles).index if isinstance(plain_frame(profiles), pd.DataFrame) else None
    if outcome is not None and ids is None:
        raise ParameterError("compare(outcome=...) needs profiles with customer ids: give a DataFrame.")
    matrix = sampled(everybody, whole("max_customers", max_customers, 10, where="compare"), draws)
    blocks = np.unique(reader.encoder_.sources_, return_inverse=True)[1]
    order = np.argsort(blocks, kind="stable")
    few = sampled(matrix, IN_NULL, draws)[:, order]
    tests: dict[str, Apartness] = {}
    rows: list[dict[str, Any]] = []
    # Hundreds of small fits: threads would wait for each other, and a mixture that nearly converged is near enough.
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        for method in asked:
            cluster = _clustering(method, draws)
            tests[method] = apartness(few, blocks[order], cluster, counts, n_references=n_references, draws=draws)
            boxes = [even_box(matrix, draws) for _ in range(GAP_REFERENCES)]
            for place, count in enumerate(counts):
                fit = fit_of(matrix, method, count, draws)
                chance = np.log([within(box, cluster(box, count)) for box in boxes])
                steady = stability_of(matrix, method, count, n_bootstrap, draws)
                row = {
                    "method": method,
                    "n_segments": count,
                    "silhouette": tests[method].silhouette[place],
                    "expected_silhouette": tests[method].expected[place],
                    "gap": chance.mean() - np.log(within(matrix, fit.labels)),
                    "gap_se": chance.std() * np.sqrt(1 + 1 / GAP_REFERENCES),
                    "bic": fit.model.bic(matrix) if isinstance(fit.model, GaussianMixture) else np.nan,
                    "stability": steady.adjusted_rand,
                    "stability_low": steady.low,
                    "stability_high": steady.high,
                }
                if outcome is not None:
                    worth = usefulness(pd.Series(fit.assign(everybody), index=ids), outcome)
                    row |= {"usefulness": worth.gain, "usefulness_low": worth.low, "usefulness_high": worth.high}
                rows.append(row)
    table = pd.DataFrame(rows)
    baseline = None if outcome is None else _by_rfm(profiles, outcome)
    p_values = {method: test.p_value for method, test in tests.items()}
    method = max(tests, key=lambda name: (p_values[name] <= _level(len(tests)), tests[name].excess.max()))
    found = p_values[method] <= _level(len(tests))
    best = counts[int(tests[method].excess.argmax())] if found else 1
    verdict = _verdict(table, method, best, p_values[method], baseline)
    return SegmentComparison(table, baseline, p_values, best, method, verdict, len(matrix))


def _clustering(method: str, draws: np.random.RandomState) -> Callable[[Floats, int], Whole]:
    return lambda data, count: fit_of(data, method, count, draws).labels


def _level(n_tests: int) -> float:
    """The level for each method such that one cloud is called clustered in 5 % of cases."""
    return max(LEVEL / n_tests, 1 / 40)


def _by_rfm(profiles: Any, outcome: pd.Series) -> Usefulness | None:
    frame = plain_frame(profiles)
    if not {"recency_days", "frequency", "monetary"} <= set(frame.columns) or not (frame["frequency"] > 0).any():
        return None
    return usefulness(RFM().fit_predict(profiles).astype(str), outcome)


def _verdict(table: pd.DataFrame, method: str, best: int, p_value: float, baseline: Usefulness | None) -> str:
    own = table[table["method"] == method]
    at = own.iloc[int((own["silhouette"] - own["expected_silhouette"]).to_numpy(float).argmax())]
    name = method.replace("_", " ")
    beside = f"silhouette {at['silhouette']:.2f}, in one cloud {at['expected_silhouette']:.2f}, p = {p_value:.3f}"
    if best == 1:
        words = f"No clusters: by {name}, customers are no further apart in groups than one cloud would be ({beside})."
    else:
        words = (
            f"{best} segments by {name}: further apart than one cloud would be ({beside}), and found again in other "
            f"samples with an adjusted Rand of {at['stability']:.2f} [{at['stability_low']:.2f}, "
            f"{at['stability_high']:.2f}]."
        )
    if "usefulness" not in table:
        return words
    top = table.iloc[int(table["usefulness"].to_numpy(float).argmax())]
    share = f"{top['usefulness']:.1%} [{top['usefulness_low']:.1%}, {top['usefulness_high']:.1%}]"
    words += f" Most useful: {top['n_segments']} by {str(top['method']).replace('_', ' ')}, which foretell {share} of"
    words += " the outcome"
    return words + (f" (RFM: {baseline.gain:.1%} [{baseline.low:.1%}, {baseline.high:.1%}])." if baseline else ".")
