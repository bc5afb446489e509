"""Membership inference: can it be told from what was published whether somebody's data went into it?

Two attacks, each on what is published as it is and on its protected form: on a classifier, which is surer of the
people that it learnt from (Yeom et al. 2018), and on averages over a group, which lean towards its members (Homer et
al. 2008). They are here to measure a protection before anybody else does.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from personakit.errors import DataError, ParameterError, some
from personakit.privacy.settings import check_between, generator_of, positive, whole
from personakit.privacy.statistics.budget import EPSILON
from personakit.privacy.statistics.noise import add_laplace

__all__ = [
    "MembershipAttack",
    "advantage_bound",
    "compare_attacks",
    "membership_in_averages",
    "membership_inference",
]

Floats = NDArray[np.float64]
_GRID = 2**20
_TOTAL = "It is the most that one person's row may add up to, known without the data, such as 10 products."


@dataclass(frozen=True)
class MembershipAttack:
    """How well members are told from others.

    Attributes
    ----------
    auc, auc_low, auc_high : float
        Chance that a member scores higher than somebody else; 0.5 is guessing.
    advantage, advantage_low, advantage_high : float
        Members rightly accused less others wrongly accused, as shares, at a threshold that the attacker can know; 0 is
        guessing and 1 certainty.
    bound : float or None
        What differential privacy allows the advantage to be, at most; None where nothing is promised.
    epsilon : float or None
        Of what was attacked.
    n_members, n_others : int
        Who was attacked, of each (mean over rounds where there are several).
    confidence : float
        Of the intervals.
    """

    auc: float
    auc_low: float
    auc_high: float
    advantage: float
    advantage_low: float
    advantage_high: float
    bound: float | None
    epsilon: float | None
    n_members: int
    n_others: int
    confidence: float

    def __str__(self) -> str:
        bound = "" if self.bound is None else f", at most {self.bound:.2f} by epsilon={self.epsilon:g}"
        return (
            f"AUC {self.auc:.3f} ({self.auc_low:.3f} to {self.auc_high:.3f}), advantage {self.advantage:.3f} "
            f"({self.advantage_low:.3f} to {self.advantage_high:.3f}){bound}"
        )

    def _repr_html_(self) -> str:
        return f"<p><b>Membership inference</b>: {escape(str(self))}</p>"


def advantage_bound(epsilon: float, delta: float = 0.0) -> float:
    """What no attacker's advantage exceeds on an (epsilon, delta)-private release: (e^ε - 1 + 2δ) / (e^ε + 1).

    References
    ----------
    P. Kairouz, S. Oh and P. Viswanath (2015), "The composition theorem for differential privacy", ICML, for the region
    of error rates; T. Humphries and others (2023), "Investigating membership inference attacks under data
    dependencies", CSF, for the bound on the advantage.

    Examples
    --------
    >>> round(advantage_bound(1.0), 3), round(advantage_bound(0.1), 3)
    (0.462, 0.05)
    """
    positive("epsilon", epsilon, "advantage_bound", EPSILON)
    return min(1.0, math.tanh(epsilon / 2) + 2 * delta / (math.exp(min(epsilon, 700.0)) + 1))


def membership_inference(
    model: Any,
    members: tuple[Any, ArrayLike],
    others: tuple[Any, ArrayLike],
    *,
    epsilon: float | None = None,
    confidence: float = 0.95,
) -> MembershipAttack:
    """Tell by a classifier's loss who was in its training data: small losses are members'.

    Parameters
    ----------
    model : fitted classifier
        With `predict_proba` and `classes_`.
    members : (X, y)
        People that it learnt from, and their classes.
    others : (X, y)
        People of the same kind that it has not seen.
    epsilon : float, optional
        What the training promised, for the bound.
    confidence : float in (0, 1), default 0.95
        Of the intervals: DeLong's for the AUC, normal for the advantage at the threshold of the paper, the mean loss of
        the members.

    Raises
    ------
    DataError
        Fewer than two people on a side, or a class that the model does not know.
    ParameterError
        The model gives no probabilities; confidence is out of range.

    References
    ----------
    S. Yeom, I. Giacomelli, M. Fredrikson and S. Jha (2018), "Privacy risk in machine learning: analyzing the connection
    to overfitting", CSF, adversary 2; E. DeLong, D. DeLong and D. Clarke-Pearson (1988), Biometrics 44(3).

    Examples
    --------
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> rng = np.random.default_rng(0)
    >>> X, y = rng.normal(size=(400, 3)), rng.integers(2, size=400)
    >>> tree = DecisionTreeClassifier(random_state=0).fit(X[:200], y[:200])  # learns them by heart: y is a coin
    >>> attack = membership_inference(tree, (X[:200], y[:200]), (X[200:], y[200:]))
    >>> attack.auc > 0.7, attack.bound is None
    (True, True)
    """
    check_between("confidence", confidence)
    if not hasattr(model, "predict_proba") or not hasattr(model, "classes_"):
        raise ParameterError(
            f"membership_inference: a {type(model).__name__} gives no probabilities. Pass a fitted classifier with "
            "predict_proba."
        )
    inside, outside = _losses(model, *members, "members"), _losses(model, *others, "others")
    auc, error = _auc(-inside, -outside)
    z = float(stats.norm.ppf((1 + confidence) / 2))
    threshold = inside.mean()
    caught, accused = float((inside <= threshold).mean()), float((outside <= threshold).mean())
    spread = math.sqrt(caught * (1 - caught) / len(inside) + accused * (1 - accused) / len(outside))
    return MembershipAttack(
        auc, max(0.0, auc - z * error), min(1.0, auc + z * error),
        caught - accused, max(-1.0, caught - accused - z * spread), min(1.0, caught - accused + z * spread),
        None if epsilon is None else advantage_bound(epsilon), epsilon, len(inside), len(outside), confidence,
    )  # fmt: skip


def membership_in_averages(
    values: pd.DataFrame | ArrayLike,
    *,
    epsilon: float | None = None,
    max_total: float | None = None,
    n_rounds: int = 20,
    confidence: float = 0.95,
    random_state: int | np.random.Generator | np.random.RandomState | None = None,
) -> MembershipAttack:
    """Tell by published totals over a group (who bought each product, say) who is in the group.

    In each round everybody is in the group by the toss of a coin, the totals over the group are published, and
    everybody is attacked: whose row leans the way in which the totals differ from what is usual, is called a member.
    The attacker knows the row, what is usual, and how the noise was made, and weighs each column accordingly, which is
    more than most would.

    Parameters
    ----------
    values : DataFrame or array of shape (n_people, n_columns), numbers from 0 to 1
        E.g. 1 where the person bought the product. Missing values count as 0.
    epsilon : float, optional
        With it, all totals together are published epsilon-privately; without it, as they are.
    max_total : float, optional
        With epsilon, the most that one person's row may add up to (it is scaled down to that): the sensitivity of the
        totals. By default the 0.9 quantile of the rows' sums, which is good enough for showing an attack; for
        a release it must be known without the data.
    n_rounds : int >= 2, default 20
    confidence : float in (0, 1), default 0.95
        Of the t intervals over rounds.
    random_state : int, Generator or RandomState, optional
        With a seed the noise is seeded, too. Without one, it is OpenDP's.

    Returns
    -------
    MembershipAttack
        With epsilon, `bound` is what the advantage cannot exceed but by chance.

    Raises
    ------
    DataError
        Values are not numbers from 0 to 1; fewer than 4 people.
    ParameterError
        A number is out of range.

    References
    ----------
    N. Homer and others (2008), "Resolving individuals contributing trace amounts of DNA to highly complex mixtures",
    PLoS Genetics 4(8); S. Sankararaman, G. Obozinski, M. Jordan and E. Halperin (2009), "Genomic privacy and limits of
    individual detection in a pool", Nature Genetics 41, for the weights; C. Dwork, A. Smith, T. Steinke, J. Ullman and
    S. Vadhan (2015), "Robust traceability from trace amounts", FOCS.

    Examples
    --------
    >>> bought = np.random.default_rng(0).random((200, 300)) < 0.05
    >>> raw = membership_in_averages(bought, random_state=0)
    >>> protected = membership_in_averages(bought, epsilon=1.0, random_state=0)
    >>> raw.auc > 0.8, protected.auc < 0.6, protected.advantage_low < protected.bound
    (True, True, True)
    """
    check_between("confidence", confidence)
    rows = _unit_rows(values)
    n_rounds = whole("n_rounds", n_rounds, 2, where="membership_in_averages")
    noise = generator_of(random_state)
    coins = noise or np.random.default_rng()
    scale = 0.0
    counted = np.rint(rows * _GRID).astype(np.int64)
    if epsilon is not None:
        positive("epsilon", epsilon, "membership_in_averages", EPSILON)
        sums = rows.sum(axis=1)
        most = max(float(np.quantile(sums, 0.9)), 1.0)
        if max_total is not None:
            most = positive("max_total", max_total, "membership_in_averages", _TOTAL)
        counted = np.floor(rows * np.minimum(1, most / np.maximum(sums, 1e-300))[:, None] * _GRID).astype(np.int64)
        sensitivity = math.ceil(most * _GRID)
        scale = sensitivity / epsilon / _GRID
    shares = counted / _GRID
    # By the toss of coins, a column's total has mean sum(s) / 2 and variance sum(s²) / 4, and the noise adds to it.
    usual = shares.mean(axis=0)
    variance = (shares**2).sum(axis=0) / 4 + 2 * scale**2
    weight = np.divide(1.0, variance, out=np.zeros_like(variance), where=variance > 0)
    lean = (shares - usual) * weight
    lean /= np.maximum(np.sqrt((lean**2 * variance).sum(axis=1, keepdims=True)), 1e-12)  # so that scores compare
    aucs, advantages, sizes = [], [], []
    for _ in range(n_rounds):
        inside = coins.random(len(rows)) < 0.5
        while inside.all() or not inside.any():
            inside = coins.random(len(rows)) < 0.5
        totals = counted[inside].sum(axis=0)
        if epsilon is not None:
            totals, _ = add_laplace(totals, sensitivity=sensitivity, epsilon=epsilon, rng=noise)
        # Without her, a total is expected half of her row lower than half of all, with her as much higher: nought is
        # the threshold between the two.
        score = lean @ (totals / _GRID - usual * len(rows) / 2)
        aucs.append(_auc(score[inside], score[~inside])[0])
        advantages.append(float((score[inside] > 0).mean() - (score[~inside] > 0).mean()))
        sizes.append(int(inside.sum()))
    auc, auc_reach = _over_rounds(aucs, confidence)
    advantage, reach = _over_rounds(advantages, confidence)
    members = round(float(np.mean(sizes)))
    return MembershipAttack(
        auc, max(0.0, auc - auc_reach), min(1.0, auc + auc_reach),
        advantage, max(-1.0, advantage - reach), min(1.0, advantage + reach),
        None if epsilon is None else advantage_bound(epsilon), epsilon, members, len(rows) - members, confidence,
    )  # fmt: skip


def compare_attacks(attacks: Mapping[str, MembershipAttack]) -> pd.DataFrame:
    """Several attacks as rows of a table: what was attacked, auc, advantage with their intervals, and bound.

    >>> rng = np.random.default_rng(1)
    >>> bought = rng.random((100, 50)) < 0.1
    >>> compare_attacks({"raw": membership_in_averages(bought, random_state=0)}).columns[:4].tolist()
    ['released', 'auc', 'auc_low', 'auc_high']
    """
    names = ("auc", "auc_low", "auc_high", "advantage", "advantage_low", "advantage_high", "bound")
    return pd.DataFrame(
        [
            {"released": name, **{column: getattr(attack, column) for column in names}}
            for name, attack in attacks.items()
        ]
    )


def _losses(model: Any, rows: Any, classes: ArrayLike, who: str) -> Floats:
    wanted = np.asarray(classes)
    known = list(model.classes_)
    strange = sorted({str(value) for value in wanted if value not in known})
    if strange or len(wanted) < 2:
        what = f"classes that the model does not know ({some(strange)})" if strange else "fewer than two people"
        raise DataError(f"membership_inference: {who} have {what}. Pass (X, y) as for the model's fit.")
    place = {value: number for number, value in enumerate(known)}
    chances = model.predict_proba(rows)[np.arange(len(wanted)), [place[value] for value in wanted]]
    return np.asarray(-np.log(np.clip(chances, 1e-15, None)), dtype=float)


def _auc(members: Floats, others: Floats) -> tuple[float, float]:
    """The AUC of two samples of scores and its standard error by DeLong, from ranks."""
    m, n = len(members), len(others)
    together = stats.rankdata(np.concatenate([members, others]))
    above = (together[:m] - stats.rankdata(members)) / n
    below = 1 - (together[m:] - stats.rankdata(others)) / m
    variance = (above.var(ddof=1) / m if m > 1 else 0.0) + (below.var(ddof=1) / n if n > 1 else 0.0)
    return float(above.mean()), math.sqrt(variance)


def _over_rounds(figures: list[float], confidence: float) -> tuple[float, float]:
    spread = float(np.std(figures, ddof=1)) / math.sqrt(len(figures))
    return float(np.mean(figures)), spread * float(stats.t.ppf((1 + confidence) / 2, len(figures) - 1))


def _unit_rows(values: Any) -> Floats:
    try:
        rows = np.nan_to_num(np.asarray(values, dtype=float), nan=0.0, posinf=np.inf, neginf=-np.inf)
    except (TypeError, ValueError) as problem:
        raise DataError("membership_in_averages: values must be numbers from 0 to 1.") from problem
    if rows.ndim != 2 or len(rows) < 4 or not rows.shape[1]:
        raise DataError(f"membership_in_averages: values of shape {rows.shape}; give 4 people at least, by columns.")
    if rows.min() < 0 or rows.max() > 1:
        raise DataError(
            f"membership_in_averages: values go from {rows.min():g} to {rows.max():g}, and must lie from 0 to 1. Scale "
            "each column by bounds that are known without the data."
        )
    return rows
