"""Surprise's matrix models in one form, mean + customer bias + product bias + customer factors . product factors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from personakit.errors import ParameterError
from personakit.recommend.protocol import Codes, Reason
from personakit.recommend.ratings.estimates import Estimates

__all__ = ["FactorEstimates", "FactorForm", "factor_form"]

Floats = NDArray[np.float64]


class FactorForm(NamedTuple):
    """A rating as a sum of five parts, in Surprise's inner numbering; every part may be nought.

    `known_alone` says what Surprise answers where only the customer or only the product is known: the biases (True) or
    the mean of all ratings (False).
    """

    mean: float
    customer_bias: Floats
    product_bias: Floats
    customer_factors: Floats
    product_factors: Floats
    known_alone: bool
    implicit_factors: Floats | None = None


def factor_form(algorithm: Any) -> FactorForm | None:
    """The factor form of a fitted Surprise algorithm, or None for one that has none.

    SVD and NMF with biases or without, SVD++ (Koren 2008: the customer's factors take in what she rated), BaselineOnly
    (no factors), and CoClustering (George and Merugu 2005: a customer's factors are the averages of her co-clusters, a
    product's the indicator of its cluster). Exact classes only: a subclass may estimate in another way.

    Raises
    ------
    ParameterError
        If the algorithm did not converge to finite numbers.
    """
    import surprise

    kind = type(algorithm)
    trainset = algorithm.trainset
    mean = float(trainset.global_mean)
    if kind is surprise.SVD or kind is surprise.NMF:
        biased = bool(algorithm.biased)
        customer_bias, product_bias = algorithm.bu, algorithm.bi
        if not biased:  # Surprise neither learns nor adds them then
            mean, customer_bias, product_bias = 0.0, np.zeros(trainset.n_users), np.zeros(trainset.n_items)
        form = FactorForm(mean, customer_bias, product_bias, algorithm.pu, algorithm.qi, biased)
    elif kind is surprise.SVDpp:
        implicit = _rated(trainset) @ algorithm.yj
        form = FactorForm(
            mean, algorithm.bu, algorithm.bi, algorithm.pu + implicit, algorithm.qi, True, implicit_factors=algorithm.yj
        )
    elif kind is surprise.BaselineOnly:
        none = np.zeros((trainset.n_users, 0)), np.zeros((trainset.n_items, 0))
        form = FactorForm(mean, algorithm.bu, algorithm.bi, *none, known_alone=True)
    elif kind is surprise.CoClustering:
        form = FactorForm(
            0.0,
            algorithm.user_mean - algorithm.avg_cltr_u[algorithm.cltr_u],
            algorithm.item_mean - algorithm.avg_cltr_i[algorithm.cltr_i],
            algorithm.avg_cocltr[algorithm.cltr_u],
            np.eye(algorithm.n_cltr_i)[algorithm.cltr_i],
            known_alone=False,
        )
    else:
        return None
    if not all(np.isfinite(part).all() for part in form[:5]):
        raise ParameterError(
            f"{kind.__name__} did not converge: some of what it learnt is not a finite number. "
            "Lower the learning rate (lr_all) or the number of factors, or raise the regularisation (reg_all)."
        )
    return form


def _rated(trainset: Any) -> sparse.csr_matrix:
    """Customers x products, 1 / sqrt(number of the customer's ratings) where there is a rating."""
    lengths = np.array([len(trainset.ur[customer]) for customer in range(trainset.n_users)])
    products = np.fromiter(
        (product for _, product, _ in trainset.all_ratings()), dtype=np.intp, count=trainset.n_ratings
    )
    pointers = np.concatenate([[0], np.cumsum(lengths)])
    return sparse.csr_matrix(
        (np.repeat(1 / np.sqrt(lengths), lengths), products, pointers), shape=(trainset.n_users, trainset.n_items)
    )


class FactorEstimates(Estimates):
    """Estimates of an algorithm in factor form: a block is one matrix product."""

    def __init__(self, form: FactorForm, trainset: Any) -> None:
        self.form = form
        self._mean = float(trainset.global_mean)
        self._rated = trainset.ur

    def scorer(self, products: Codes) -> Callable[[Codes], Floats]:
        form = self.form
        n_factors = form.customer_factors.shape[1]
        # the biases travel as two more factors, so that a block is one matrix product and no further pass
        right = np.empty((n_factors + 2, len(products)))
        right[:n_factors] = form.product_factors[products].T
        right[n_factors], right[n_factors + 1] = 1.0, form.product_bias[products]
        buffers: dict[int, Floats] = {}

        def block(rows: Codes) -> Floats:
            left = np.empty((len(rows), n_factors + 2))
            left[:, :n_factors] = form.customer_factors[rows]
            left[:, n_factors], left[:, n_factors + 1] = form.mean + form.customer_bias[rows], 1.0
            if len(rows) not in buffers:
                buffers.clear()
                buffers[len(rows)] = np.empty((len(rows), right.shape[1]))
            return np.matmul(left, right, out=buffers[len(rows)])

        return block

    def pairs(self, customers: Codes, products: Codes) -> Floats:
        form = self.form
        known_customer, known_product = customers >= 0, products >= 0
        both = known_customer & known_product
        ratings = np.full(len(customers), form.mean if form.known_alone else self._mean)
        wanted_customer, wanted_product = (known_customer, known_product) if form.known_alone else (both, both)
        if not form.known_alone:
            ratings[both] = form.mean
        ratings[wanted_customer] += form.customer_bias[customers[wanted_customer]]
        ratings[wanted_product] += form.product_bias[products[wanted_product]]
        ratings[both] += np.einsum(
            "ij,ij->i", form.customer_factors[customers[both]], form.product_factors[products[both]]
        )
        return ratings

    def reasons(self, customer: int, product: int) -> list[Reason]:
        form = self.form
        taste = float(form.customer_factors[customer] @ form.product_factors[product])
        reasons = [
            Reason("average rating", -1, form.mean),
            Reason("how this customer rates", -1, float(form.customer_bias[customer])),
            Reason("how this product is rated", -1, float(form.product_bias[product])),
        ]
        if form.implicit_factors is not None:
            rated = [other for other, _ in self._rated[customer]]
            pulls = form.implicit_factors[rated] @ form.product_factors[product] / np.sqrt(len(rated))
            reasons += [
                Reason("rated this product", other, float(pull)) for other, pull in zip(rated, pulls, strict=True)
            ]
            taste -= float(pulls.sum())
        return [*reasons, Reason("match of taste", -1, taste)]
