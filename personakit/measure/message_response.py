"""Message response: what a message does to each customer, learnt from how she reacted before and from what she likes.

The target is a ratio: visits in a week with a message over what is usual for her. A model of ratios answers the
question that a model of visits does not: not who comes often, but whom a message brings.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.linear_model import PoissonRegressor
from sklearn.preprocessing import StandardScaler

from personakit.errors import DataError, NotFittedError, ParameterError, UnknownNameError, some
from personakit.measure.contact_history import TIRED_WEEKS
from personakit.privacy.binding import check_use, purpose_of

__all__ = ["MessageResponse"]

Floats = NDArray[np.float64]
LEAST = 0.02  # visits a week; below it a ratio is all noise


class MessageResponse(BaseEstimator):
    """How many times as often as usual each customer comes in a week with a message.

    A Poisson regression with a log link on visits over usual visits, weighted by the usual ones (the same as an
    offset). What it may look at is a choice of the user's, so that each kind of data about people can be asked what it
    is worth.

    Parameters
    ----------
    reactions : bool, default True
        Her own past: visits in weeks with a message over what was usual then, drawn towards everybody's ratio.
    taste : bool, default True
        The styles she looks at, each with an effect of its own under each theme.
    traits : sequence of str, default ()
        Further columns of the decisions and of the customers, numbers or words, such as age_band.
    shrinkage : float, default 2.0
        Usual visits' worth of the average ratio that every customer starts with. 0 believes each customer's own
        numbers, however few; a large one treats all alike.
    alpha : float, default 0.01
        Ridge penalty on the standardised coefficients.

    Attributes
    ----------
    ratio_ : float
        The ratio of all.
    calm_ratio_ : float
        The same of weeks in which the campaign decided to leave people alone: what the ratios are measured against.
    themes_, channels_ : list of str
    coef_ : Series
        Coefficients, on the standardised columns.
    purpose_ : str or None

    References
    ----------
    S. R. Künzel, J. S. Sekhon, P. J. Bickel and B. Yu (2019), "Metalearners for estimating heterogeneous treatment
    effects", PNAS 116(10), for learners of effects; B. Efron and C. Morris (1975), "Data analysis using Stein's
    estimator and its generalizations", JASA 70, for shrinkage.

    Examples
    --------
    >>> from personakit.measure.contact_history import contact_history
    >>> from personakit.world import World
    >>> world = World(n_customers=300, n_products=60, n_days=180)
    >>> history = contact_history(world.tables, at=world.end)
    >>> model = MessageResponse().fit(history.decisions)
    >>> ratios = model.predict(history.now, pd.DataFrame({"channel": ["email"], "theme": ["style"]}))
    >>> ratios.shape
    (300, 1)
    """

    def __init__(
        self,
        *,
        reactions: bool = True,
        taste: bool = True,
        traits: Sequence[str] = (),
        shrinkage: float = 2.0,
        alpha: float = 0.01,
    ) -> None:
        self.reactions, self.taste, self.traits = reactions, taste, traits
        self.shrinkage, self.alpha = shrinkage, alpha

    def fit(self, decisions: pd.DataFrame, y: None = None) -> MessageResponse:
        """Learn from logged decisions.

        Parameters
        ----------
        decisions : DataFrame
            `ContactHistory.decisions`: channel, theme, discount, tired, usual, met_visits, met_usual, visits, taste_...

        Raises
        ------
        ParameterError
            shrinkage or alpha is negative.
        DataError
            A column is missing, or nobody was written to or left alone.
        """
        for name in ("shrinkage", "alpha"):
            if not getattr(self, name) >= 0:
                raise ParameterError(f"MessageResponse({name}={getattr(self, name)!r}): give a number of at least 0.")
        self._need(decisions, ("channel", "theme", "discount", "visits", *self._columns()))
        sent = (decisions["channel"] != "none").to_numpy()
        if not sent.any() or sent.all():
            what = "leaves nobody alone" if sent.all() else "writes to nobody"
            raise DataError(
                f"decisions: the campaign {what} in all {len(decisions)} rows, so there is nothing to compare with."
            )
        usual = np.maximum(decisions["usual"].to_numpy(dtype=float), LEAST)
        visits = decisions["visits"].to_numpy(dtype=float)
        weight = 1 / decisions["propensity"].to_numpy(dtype=float)
        self.ratio_ = float((weight * visits)[sent].sum() / (weight * usual)[sent].sum())
        self.calm_ratio_ = float((weight * visits)[~sent].sum() / (weight * usual)[~sent].sum())
        told = decisions[sent]
        self.channels_, self.themes_ = (sorted(told[name].astype(str).unique()) for name in ("channel", "theme"))
        self.taste_columns_ = [name for name in decisions.columns if self.taste and name.startswith("taste_")]
        self.levels_ = {name: _levels(decisions[name]) for name in self.traits}
        self.purpose_ = purpose_of(decisions)
        design = self._design(told, told["channel"], told["theme"], told["discount"])
        self.scaler_ = StandardScaler().fit(design)
        self.model_ = PoissonRegressor(alpha=self.alpha, solver="newton-cholesky", max_iter=200, tol=1e-8)
        self.model_.fit(self.scaler_.transform(design), (visits / usual)[sent], sample_weight=usual[sent])
        self.coef_ = pd.Series(self.model_.coef_, index=design.columns)
        return self

    def predict(self, now: pd.DataFrame, messages: pd.DataFrame) -> pd.DataFrame:
        """The ratio of visits with each message over visits without: 1 means that it does nothing.

        Parameters
        ----------
        now : DataFrame, index customer_id
            `ContactHistory.now`, with the columns of `traits` if there are any.
        messages : DataFrame[channel, theme] with, optionally, discount (0 if absent)
            The messages to choose from; its index names the columns of the result.

        Returns
        -------
        DataFrame of shape (n_customers, n_messages), index customer_id

        Raises
        ------
        NotFittedError, DataError
            Before `fit`; a column is missing.
        UnknownNameError
            A channel or theme that the log never used: nothing is known about it.
        """
        if not hasattr(self, "model_"):
            raise NotFittedError("This MessageResponse has not learnt yet. Call fit(decisions) first.")
        check_use(self, now)
        self._need(now, self._columns())
        for name, known in (("channel", self.channels_), ("theme", self.themes_)):
            strange = sorted(set(messages[name].astype(str)) - set(known))
            if strange:
                raise UnknownNameError(
                    f"messages.{name} has {some(strange)}, which the log never used, so its effect is unknown. "
                    f"It used: {', '.join(known)}. Try it on a few customers first."
                )
        ratios = {}
        for key, message in zip(messages.index, messages.to_dict("records"), strict=True):
            said = {name: np.repeat(message.get(name, 0.0), len(now)) for name in ("channel", "theme", "discount")}
            design = self._design(now, said["channel"], said["theme"], said["discount"])
            ratios[key] = self.model_.predict(self.scaler_.transform(design)) / self.calm_ratio_
        return pd.DataFrame(ratios, index=now.index)

    def lift(self, now: pd.DataFrame, messages: pd.DataFrame, *, worth: float, weeks: int = 1) -> pd.DataFrame:
        """What each message is thought to add over sending nothing, in money, before its cost.

        Parameters
        ----------
        now, messages
            As in `predict`.
        worth : float
            Margin a visit, e.g. `ContactHistory.worth_of_a_visit[0.0]`.
        weeks : int, default 1
            The message is sent once a week for so many weeks. Each one tires her for the next, which counts.

        Returns
        -------
        DataFrame of shape (n_customers, n_messages), index customer_id: (ratio - 1) x usual visits x worth x weeks
        """
        keep = 0.5 ** (1 / TIRED_WEEKS)
        tired = [now["tired"] * keep**week + sum(keep**back for back in range(1, week + 1)) for week in range(weeks)]
        ratios = self.predict(now.assign(tired=sum(tired) / weeks), messages)
        return (ratios - 1).mul(weeks * worth * now["usual"], axis=0)

    def own_ratio(self, frame: pd.DataFrame) -> pd.Series:
        """Each customer's own ratio, drawn towards everybody's by `shrinkage`; everybody's if she got no message."""
        self._need(frame, ("met_visits", "met_usual"))
        above = frame["met_visits"] + self.shrinkage * self.ratio_
        below = frame["met_usual"] + self.shrinkage
        return (above / below.where(below > 0)).fillna(self.ratio_).clip(lower=0.05) / self.calm_ratio_

    def _columns(self) -> tuple[str, ...]:
        return ("usual", "tired", *(("met_visits", "met_usual") if self.reactions else ()), *self.traits)

    def _design(self, frame: pd.DataFrame, channel: Any, theme: Any, discount: Any) -> pd.DataFrame:
        said_channel, said_theme = np.asarray(channel, dtype=str), np.asarray(theme, dtype=str)
        tired = frame["tired"].to_numpy(dtype=float)
        columns: dict[str, Floats] = {"discount": np.asarray(discount, dtype=float), "tired": tired}
        columns |= {f"channel {name}": (said_channel == name).astype(float) for name in self.channels_[1:]}
        columns |= {f"theme {name}": (said_theme == name).astype(float) for name in self.themes_[1:]}
        if self.reactions:
            own = np.log(self.own_ratio(frame).to_numpy(dtype=float))
            sure = frame["met_usual"].to_numpy(dtype=float)
            columns |= {"own": own, "own, if sure": own * sure / (sure + 2.0), "own, if tired": own * tired}
        for name in self.taste_columns_:
            liking = frame[name].to_numpy(dtype=float)
            columns |= {f"{name} under {said}": liking * (said_theme == said) for said in self.themes_}
        for name, levels in self.levels_.items():
            if levels is None:
                columns[name] = np.nan_to_num(frame[name].to_numpy(dtype=float, na_value=np.nan))
            else:
                words = frame[name].astype(object).where(frame[name].notna(), "unknown").astype(str)
                columns |= {f"{name} {level}": np.asarray(words == level, dtype=float) for level in levels}
        return pd.DataFrame(columns, index=frame.index)

    def _need(self, frame: pd.DataFrame, columns: Sequence[str]) -> None:
        absent = [name for name in columns if name not in frame.columns]
        if absent:
            raise DataError(
                f"The table lacks {', '.join(absent)} (it has {some(frame.columns, 6)}). Make it with "
                "pk.measure.contact_history(tables, at=...); traits must be joined to decisions and to now."
            )


def _levels(column: pd.Series) -> list[str] | None:
    """The words of a trait but for the first, or None for numbers."""
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        return None
    return sorted(column.astype(object).where(column.notna(), "unknown").astype(str).unique())[1:]
