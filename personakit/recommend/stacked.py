"""A ranker in two stages: recommenders score every product, and a logistic regression learns what to make of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression

from personakit.errors import DataError, ParameterError
from personakit.recommend.blending import on_one_scale
from personakit.recommend.content.catalogue import read_products
from personakit.recommend.content.features import ProductFeatures
from personakit.recommend.ensembles import Ensemble, named_members
from personakit.recommend.evaluation.splitting import split_interactions
from personakit.recommend.interactions import pair_matrix, read_interactions
from personakit.recommend.pair_features import PairFeatures, release_days
from personakit.recommend.protocol import Codes, Reason, Recommender
from personakit.recommend.topk import ScoreBlock, best_columns, block_rows

__all__ = ["StackedRanker"]

Floats = NDArray[np.float64]


class StackedRanker(Ensemble):
    """Ranks by the log odds that a customer chooses a product, learnt from what recommenders and features say of both.

    The first stage are recommenders, whose scores of what a customer does not have yet get mean 0 and standard
    deviation 1, and features of the pair that any shop can make (`PairFeatures`): how popular the product is, how
    popular it was when she was active, when it was first and last chosen, how well it is rated, her taste in its
    attributes, its age. The second stage is a ridge-penalised logistic regression on them. It learns from a share of
    each customer's products that is held out of the data given to `fit`: which of the products that the first stage
    puts first did she have? Then the first stage is fitted anew on all of the data. Wolpert 1992, "Stacked
    generalization"; Covington, Adams and Sargin 2016, "Deep neural networks for YouTube recommendations", section 2,
    for candidates first and their ranking after.

    Features of time compare a product with the middle of the customer's own time. With a random split they may use
    what others chose after she left, which is right where gaps in a history are filled. To recommend each
    customer's next choice, learn with ``split="last"`` and have `NextItem` among the models. What both are worth on
    MovieLens 100K is in benchmarks/recommenders.md.

    Time is twice that of the models, and a little more. Learning holds `n_candidates` rows of 8 bytes a model and
    feature for each customer (20,000 customers, 9 columns: 150 MB); lists are made in blocks.

    Parameters
    ----------
    models : mapping of name to Recommender, or sequence of Recommender
        The first stage, which is cloned. In a sequence a model goes by the name of its class.
    products : pandas.DataFrame, optional
        The catalogue, one row a product: adds the feature `taste`, and with `released` those of age.
    features : ProductFeatures, optional
        What of the catalogue makes taste; the default is `ProductFeatures()`. Features count where they are above 0:
        words and attributes, not sentence vectors (for those, take a `ContentRecommender` among the models).
    released : str, optional
        Column of `products` with the date since when there is the product; needs `timestamp` in the interactions.
    n_candidates : int, default 100
        Products of each customer that the second stage learns from: those with the highest mean score. All products are
        ranked, whatever their place in the first stage.
    split : {"random", "last", "time"}, default "random"
        How the second stage's products are held out, as in `split_interactions`: best as the model is going to be used.
    validation_size : float, default 0.2
        Share of the products that is held out; "last" does not use it.
    C : float, default 0.01
        Inverse strength of the ridge, as in scikit-learn's `LogisticRegression`.
    random_state : int, RandomState or None, default 0
        For the validation split.

    Attributes
    ----------
    models_ : dict of name to Recommender
        The first stage, fitted on all of the data.
    coefficients_ : dict of name to float
        Of the models and the features, each divided by its standard deviation among the candidates: how much of the
        log odds one standard deviation is worth.
    intercept_ : float
        Log odds of a candidate that is average in everything.

    Examples
    --------
    >>> from personakit.recommend import EASE, Popular
    >>> rng = np.random.default_rng(0)
    >>> shop = pd.DataFrame({"customer_id": rng.integers(0, 60, 900), "product_id": rng.integers(0, 40, 900)})
    >>> shop = shop[shop["customer_id"] % 2 == shop["product_id"] % 2]  # odd people like odd things
    >>> ranker = StackedRanker({"ease": EASE(l2=5.0), "popular": Popular()}).fit(shop)
    >>> list(ranker.coefficients_)
    ['ease', 'popular', 'popularity', 'activity']
    >>> ranker.coefficients_["ease"] > 2 * abs(ranker.coefficients_["popular"])
    True
    >>> (ranker.recommend([7], k=4)["product_id"] % 2).tolist()
    [1, 1, 1, 1]
    """

    def __init__(
        self,
        models: Mapping[str, Recommender] | Sequence[Recommender],
        *,
        products: pd.DataFrame | None = None,
        features: Any = None,
        released: str | None = None,
        n_candidates: int = 100,
        split: Literal["random", "last", "time"] = "random",
        validation_size: float = 0.2,
        C: float = 0.01,
        random_state: int | np.random.RandomState | None = 0,
    ) -> None:
        self.models = models
        self.products = products
        self.features = features
        self.released = released
        self.n_candidates = n_candidates
        self.split = split
        self.validation_size = validation_size
        self.C = C
        self.random_state = random_state

    def _requirements(self) -> tuple[str, ...]:
        named_members(self.models)
        number = self.n_candidates
        if isinstance(number, bool) or not isinstance(number, (int, np.integer)) or number < 2:
            raise ParameterError(f"n_candidates must be a whole number of products >= 2, but is {number!r}.")
        if self.split not in ("random", "last", "time"):
            raise ParameterError(f"split must be 'random', 'last' or 'time', but is {self.split!r}.")
        if not 0 < self.validation_size < 1:
            raise ParameterError(
                f"validation_size must lie between 0 and 1, e.g. 0.2, but is {self.validation_size!r}."
            )
        if not 0 < self.C < np.inf:
            raise ParameterError(f"C must be above 0 and finite, but is {self.C!r}.")
        if self.products is None and (self.features is not None or self.released is not None):
            what = "features" if self.features is not None else "released"
            raise ParameterError(f"{what} was given without the catalogue. Pass products=tables['products'] too.")
        if self.products is not None:
            read_products(self.products, [] if self.released is None else [self.released])
            if self.released is not None:
                release_days(self.products, self.released)
        return () if self.released is None else ("timestamp",)

    def _learn(self, frame: pd.DataFrame, customers: Codes, products: Codes, weights: Floats) -> None:
        frame = self._bound(frame)
        read_interactions(frame, columns=tuple(name for name in ("timestamp", "rating") if name in frame.columns))
        try:
            train, held = split_interactions(
                frame, split=self.split, test_size=self.validation_size, random_state=self.random_state
            )
        except DataError as error:
            raise DataError(f"A {type(self).__name__} learns to rank on held-out products, but: {error}") from error
        names, values, hits = self._candidates(train, held)
        if not 0 < hits.sum() < len(hits):
            raise DataError(
                f"A {type(self).__name__} learns to tell held-out products from others, but of {len(hits)} candidates "
                f"{hits.sum()} were held out. It needs more customers with several products; or use a WeightedHybrid "
                "with weights."
            )
        known = np.isfinite(values)
        count = np.maximum(known.sum(axis=0), 1)
        self.means_ = np.where(known, values, 0.0).sum(axis=0) / count
        centred = np.where(known, values - self.means_, 0.0)  # what is unknown of a pair counts as average
        spread = np.sqrt((centred**2).sum(axis=0) / count)
        self.spreads_ = np.where(spread > 1e-9 * np.maximum(np.abs(self.means_), 1e-9), spread, np.inf)
        second = LogisticRegression(C=self.C, tol=1e-8, max_iter=1000).fit(centred / self.spreads_, hits)
        self.coefficients_: dict[str, float] = dict(zip(names, second.coef_[0].tolist(), strict=True))
        self.intercept_ = float(second.intercept_[0])
        self.models_, self.pairs_ = self._first_stage(frame)

    def _first_stage(self, frame: pd.DataFrame) -> tuple[dict[str, Recommender], PairFeatures]:
        models = {name: clone(model).fit(frame) for name, model in named_members(self.models).items()}
        features = None
        if self.products is not None:
            features = ProductFeatures() if self.features is None else clone(self.features)
        pairs = PairFeatures(
            frame,
            self.customers_,
            self.products_,
            catalogue=self.products,
            features=features,
            released=self.released,
        )
        if both := set(models) & set(pairs.names):
            raise ParameterError(f"A model has the name of a feature ({min(both)!r}). Give it another name.")
        return models, pairs

    def _candidates(self, train: pd.DataFrame, held: pd.DataFrame) -> tuple[list[str], Floats, NDArray[np.bool_]]:
        """Names of the columns, their values for what the first stage puts first, and which of it was held out."""
        models, pairs = self._first_stage(train)
        shape = (len(self.customers_), len(self.products_))
        owned, target = (
            pair_matrix(self.customers_.codes(part["customer_id"]), self.products_.codes(part["product_id"]), shape)
            for part in (train, held)
        )
        people = np.flatnonzero((np.diff(target.indptr) > 0) & (np.diff(owned.indptr) > 0))
        names = [*models, *pairs.names]
        values, hits = [np.empty((0, len(names)))], [np.empty(0, dtype=bool)]
        size = self._block(len(names))
        for start in range(0, len(people), size):
            rows = people[start : start + size]
            has = owned[rows].toarray() > 0
            table, nowhere, _, _ = self._numbers(models, pairs, rows, has)
            mean = table[: len(models)].mean(axis=0)
            mean[has | nowhere] = -np.inf
            best = best_columns(mean, min(self.n_candidates, shape[1]))[0]
            row, place = np.nonzero(best >= 0)
            column = best[row, place]
            values.append(table[:, row, column].T)
            hits.append(target[rows].toarray()[row, column] > 0)
        return names, np.concatenate(values), np.concatenate(hits)

    def _block(self, n_columns: int) -> int:
        return block_rows(len(self.products_) * n_columns)

    def _numbers(
        self, models: dict[str, Recommender], pairs: PairFeatures, rows: Codes, owned: NDArray[np.bool_]
    ) -> tuple[Floats, NDArray[np.bool_], Floats, Floats]:
        """The first stage's numbers, (n_columns, n_rows, n_products), and which pairs no model scores.

        Then slope and offset, (n_models, n_rows), that put the models' scores on one scale.
        """
        parts, slopes, offsets = [], [], []
        nowhere = np.ones(owned.shape, dtype=bool)
        for model in models.values():
            raw = model.scores(self.customers_.take(rows), self.products_.ids)
            nowhere &= np.isneginf(raw)
            part, slope, offset = on_one_scale(raw, owned, "zscore")
            parts.append(part)
            slopes.append(slope[:, 0])
            offsets.append(offset[:, 0])
        return np.concatenate([np.stack(parts), pairs.of(rows)]), nowhere, np.stack(slopes), np.stack(offsets)

    def _terms(self, table: Floats) -> Floats:
        """What each number adds to the log odds."""
        return (
            np.nan_to_num((table - self.means_[:, None, None]) / self.spreads_[:, None, None])
            * np.array(list(self.coefficients_.values()))[:, None, None]
        )

    def _scorer(self, columns: Codes | None) -> ScoreBlock:
        def ranked(rows: Codes) -> Floats:
            owned = self.seen_[rows].toarray() > 0
            table, nowhere, _, _ = self._numbers(self.models_, self.pairs_, rows, owned)
            total: Floats = self.intercept_ + self._terms(table).sum(axis=0)
            total[nowhere] = -np.inf
            return total if columns is None else total[:, columns]

        def in_order(rows: Codes) -> Floats:  # `scores` answers a repeated customer once
            distinct, places = np.unique(rows, return_inverse=True)
            size = self._block(len(self.coefficients_))
            blocks = [ranked(distinct[start : start + size]) for start in range(0, len(distinct), size)]
            return np.concatenate(blocks)[places]

        return in_order

    def _reasons(self, customer: int, product: int) -> list[Reason]:
        customer_id, product_id = self.customers_.ids[customer], self.products_.ids[product]
        rows = np.array([customer])
        owned = self.seen_[rows].toarray() > 0
        table, nowhere, slopes, offsets = self._numbers(self.models_, self.pairs_, rows, owned)
        if nowhere[0, product]:
            return [Reason("no score: no model scores this product", -1, 0.0)]
        terms = self._terms(table[:, :, [product]])[:, 0, 0]
        reasons, level = [], self.intercept_
        weights = np.array(list(self.coefficients_.values())) / self.spreads_
        for place, (name, model) in enumerate(self.models_.items()):
            parts = model.explain(customer_id, product_id)
            if np.isneginf(model.scores([customer_id], [product_id])[0, 0]):
                reasons.append(Reason(f"{name}: no score, counts as its lowest", -1, float(terms[place])))
                continue
            about = self.products_.codes(parts["product_id"])
            steepness = weights[place] * slopes[place, 0]
            reasons += [
                Reason(f"{name}: {reason}", int(where), float(steepness * part))
                for reason, where, part in zip(parts["reason"], about, parts["contribution"], strict=True)
            ]
            level += float(weights[place] * (offsets[place, 0] - self.means_[place]))
        for place, name in enumerate(self.pairs_.names, start=len(self.models_)):
            value = table[place, 0, product]
            shown = f"{value:.3g}, on average {self.means_[place]:.3g}" if np.isfinite(value) else "unknown"
            reasons.append(Reason(f"{name}: {shown}", -1, float(terms[place])))
        reasons.append(Reason("level: the log odds to start from", -1, level))
        return reasons
