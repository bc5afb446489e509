"""Are groups of customers treated alike? Audits of segments, offers and prices.

An audit measures; it does not judge. Which gap is unfair depends on what is decided, for what reason, and on whom it
falls: demographic parity, equal opportunity and calibration cannot in general all hold at once (J. Kleinberg, S.
Mullainathan and M. Raghavan 2017, "Inherent Trade-Offs in the Fair Determination of Risk Scores").
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from personakit.errors import DataError, UnknownNameError, some
from personakit.privacy.fairness.estimates import Metric
from personakit.privacy.fairness.groups import (
    attributes_of,
    id_column,
    ids_in,
    keyed,
    numbers,
    once,
    ordered,
    plain_frame,
    same_kind_of_id,
    sums_by,
    zero_or_one,
)
from personakit.privacy.fairness.report import FairnessReport, chosen, precision, report

__all__ = ["fairness_of_offers", "fairness_of_prices", "fairness_of_segments"]

Floats = NDArray[np.float64]
_NO_SEGMENT = "(no segment)"


def fairness_of_segments(
    segments: Any,
    groups: Any,
    *,
    favoured: str | Sequence[Any] | None = None,
    intersections: bool = False,
    metrics: Sequence[str] | None = None,
    floor: int = 30,
    level: float = 0.95,
    n_bootstrap: int = 1000,
    n_permutations: int = 999,
    random_state: int | np.random.RandomState | None = 0,
) -> FairnessReport:
    """Who ends up in which segment: the share of each group's customers in each of them.

    Parameters
    ----------
    segments : Series by customer_id, or DataFrame[customer_id, segment]
        One segment a customer; a missing one counts as the segment "(no segment)".
    groups : Series by customer_id, or DataFrame with customer_id and one column for each attribute
        A missing value, or no row, is the group "(not stated)".
    favoured : segment or list of segments, optional
        The segments that bring an advantage: their share together is the metric `favoured`, a selection rate.
    intersections : bool, default False
        Compare the crossings of the attributes, too.
    metrics : list of str, optional
        Only these; by default all.
    floor : int, default 30
        Groups with fewer customers are shown with a warning.
    level : float, default 0.95
        Coverage of the intervals.
    n_bootstrap, n_permutations : int
        Draws for the intervals and for `gap_p_value`; n_permutations=0 takes the p-value from the bootstrap.
    random_state : int, RandomState or None

    Returns
    -------
    FairnessReport
        Metrics "in <segment>", from 0 to 1; the gap's difference is the demographic parity difference, its ratio the
        demographic parity ratio.

    Raises
    ------
    DataError
        Empty input; ids of another type; groups missing for everybody; one group only; a customer in two segments.
    UnknownNameError
        A favoured segment, or a metric, that does not exist.

    Examples
    --------
    >>> segments = pd.Series(["gold"] * 30 + ["basic"] * 70 + ["gold"] * 10 + ["basic"] * 90)
    >>> age = pd.Series(["young"] * 100 + ["old"] * 100, name="age")
    >>> audit = fairness_of_segments(segments, age, favoured="gold")
    >>> audit.gaps.set_index("metric").loc["favoured", ["highest", "lowest"]].tolist()
    ['young', 'old']
    """
    how = precision(level, floor, n_bootstrap, n_permutations, random_state)
    found = keyed(segments, "segments", "segment")
    once(found.index, "segments")
    customers = ordered(found.index)
    names = found.astype(object).where(found.notna(), _NO_SEGMENT).reindex(customers)
    every = list(found.cat.categories) if isinstance(found.dtype, pd.CategoricalDtype) else ordered(names).tolist()
    every = [name for name in every if (names == name).any()]
    if (names == _NO_SEGMENT).any() and _NO_SEGMENT not in every:
        every.append(_NO_SEGMENT)
    one = np.ones(len(customers))
    measured = [Metric(f"in {name}", np.asarray(names == name, dtype=float), one) for name in every]
    if favoured is not None:
        wanted = [favoured] if isinstance(favoured, str) or not isinstance(favoured, Sequence) else list(favoured)
        if unknown := [name for name in wanted if name not in every]:
            raise UnknownNameError(f"favoured names {some(unknown)}, but the segments are {some(every, 12)}.")
        measured.insert(0, Metric("favoured", np.asarray(names.isin(wanted), dtype=float), one, selection=True))
    measured = chosen(measured, metrics)
    attributes = attributes_of(groups, customers, intersections=intersections)
    return report(f"segments of {len(customers):,} customers", [(each, measured) for each in attributes], how)


def fairness_of_offers(
    offers: Any,
    groups: Any,
    outcome: Any = None,
    *,
    intersections: bool = False,
    metrics: Sequence[str] | None = None,
    floor: int = 30,
    level: float = 0.95,
    n_bootstrap: int = 1000,
    n_permutations: int = 999,
    random_state: int | np.random.RandomState | None = 0,
) -> FairnessReport:
    """Who gets offers, and how good they are.

    Parameters
    ----------
    offers : DataFrame[customer_id, offer and/or discount]
        `offer` is a flag, `discount` a share from 0 to 1; without `offer`, a discount above 0 is one. Rows without an
        offer may be left out or in: everybody in `groups` counts, and who has no row got nothing. Several rows of a
        customer: any offer counts, and the largest discount.
    groups, intersections, metrics, floor, level, n_bootstrap, n_permutations, random_state
        As in `fairness_of_segments`.
    outcome : Series of bool by customer_id, optional
        Who would use an offer, or deserves it: for equal opportunity. Customers without one are left out of the two
        metrics that need it.

    Returns
    -------
    FairnessReport
        `selection_rate`; `mean_discount` over everybody and `discount_if_offered` (where there are discounts);
        with `outcome`, `true_positive_rate` (offers among those with the outcome: equal opportunity, Hardt, Price and
        Srebro 2016) and `false_positive_rate`.

    Raises
    ------
    DataError, UnknownNameError
        As in `fairness_of_segments`; neither column; discounts outside 0 to 1.

    Examples
    --------
    >>> offers = pd.DataFrame({"customer_id": range(40), "discount": 0.2})
    >>> region = pd.Series(["north"] * 80 + ["south"] * 20 + ["south"] * 60, index=range(160), name="region")
    >>> audit = fairness_of_offers(offers, region)
    >>> audit.table()[["selection_rate", "mean_discount", "discount_if_offered"]].round(2).values.tolist()
    [[0.5, 0.1, 0.2], [0.0, 0.0, nan]]
    """
    how = precision(level, floor, n_bootstrap, n_permutations, random_state)
    table = plain_frame(offers, "offers")
    if table.empty:
        raise DataError("offers is empty, so there is nothing to audit.")
    id_column(table, "offers")
    flag, discount = _offered(table)
    ids = table["customer_id"]
    customers = ordered(ids_in(groups))
    same_kind_of_id(customers, ordered(ids), "groups")
    selected = flag.groupby(ids.to_numpy()).max()
    everybody = ordered(pd.concat([pd.Series(customers, dtype=object), ids.astype(object)]).infer_objects())
    one, got = np.ones(len(everybody)), selected.reindex(everybody).fillna(0.0).to_numpy(float)
    measured = [Metric("selection_rate", got, one, selection=True)]
    if discount is not None:
        off = discount.where(flag > 0, 0.0).groupby(ids.to_numpy()).max().reindex(everybody).fillna(0.0).to_numpy(float)
        measured += [Metric("mean_discount", off, one), Metric("discount_if_offered", off * got, got)]
    if outcome is not None:
        said = keyed(outcome, "outcome")
        once(said.index, "outcome")
        same_kind_of_id(ordered(said.index), everybody, "outcome")
        truth = numbers(said.reindex(everybody), "outcome")
        zero_or_one(truth[np.isfinite(truth)], "outcome")
        for name, value in (("true_positive_rate", 1.0), ("false_positive_rate", 0.0)):
            among = (truth == value).astype(float)
            measured.append(Metric(name, got * among, among))
    measured = chosen(measured, metrics)
    attributes = attributes_of(groups, everybody, intersections=intersections)
    without = len(everybody) - len(selected)
    said_so = [f"{without:,} customers have no row in offers: they count as having got none."] if without else []
    return report(
        f"offers to {len(everybody):,} customers", [(each, measured) for each in attributes], how, notes=said_so
    )


def _offered(table: pd.DataFrame) -> tuple[pd.Series, pd.Series | None]:
    discount = None
    if "discount" in table.columns:
        discount = pd.Series(numbers(table["discount"], "offers.discount"), index=table.index).fillna(0.0)
        wrong = ~discount.between(0, 1)
        if wrong.any():
            raise DataError(
                f"offers.discount has {int(wrong.sum())} values outside 0 to 1 ({some(discount[wrong])}). Give a share."
            )
    if "offer" in table.columns:
        flag = pd.Series(numbers(table["offer"], "offers.offer"), index=table.index).fillna(0.0)
        zero_or_one(flag.to_numpy(), "offers.offer")
        return flag, discount
    if discount is None:
        raise DataError(
            f"offers has neither offer nor discount (it has {', '.join(map(str, table.columns))}). Name the column "
            "that says who got one offer (a flag), or how large it was discount (a share)."
        )
    return (discount > 0).astype(float), discount


def fairness_of_prices(
    prices: Any,
    groups: Any,
    reference: Any = None,
    *,
    intersections: bool = False,
    metrics: Sequence[str] | None = None,
    floor: int = 30,
    level: float = 0.95,
    n_bootstrap: int = 1000,
    n_permutations: int = 999,
    random_state: int | np.random.RandomState | None = 0,
) -> FairnessReport:
    """Who pays more for the same product.

    Parameters
    ----------
    prices : DataFrame[customer_id, product_id, price]
        Prices offered or paid, in money; a column `quantity`, if there is one, weighs them.
    groups, intersections, metrics, floor, level, n_bootstrap, n_permutations, random_state
        As in `fairness_of_segments`.
    reference : Series by product_id, or DataFrame[product_id, price], optional
        What the product costs everybody else, such as the list price. Without it, the mean price over all customers;
        then only products that two groups have can tell groups apart, and the others are left out.

    Returns
    -------
    FairnessReport
        `price_index`: money paid over money at the reference prices, for the same products (1 is the reference);
        `mean_price`: money for one piece, which also depends on what a group buys.

    Raises
    ------
    DataError, UnknownNameError
        As in `fairness_of_segments`; prices that are missing or not positive; products without a reference.

    Examples
    --------
    >>> prices = pd.DataFrame({"customer_id": range(80), "product_id": 1, "price": [10.0] * 40 + [12.0] * 40})
    >>> area = pd.Series(["town"] * 40 + ["village"] * 40, name="area")
    >>> fairness_of_prices(prices, area, pd.Series({1: 10.0})).table()["price_index"].tolist()
    [1.0, 1.2]
    """
    how = precision(level, floor, n_bootstrap, n_permutations, random_state)
    table = plain_frame(prices, "prices")
    if table.empty:
        raise DataError("prices is empty, so there is nothing to audit.")
    for name in ("customer_id", "product_id", "price"):
        id_column(table, "prices", name)
    price = numbers(table["price"], "prices.price")
    wrong = ~(np.isfinite(price) & (price > 0))
    if wrong.any():
        raise DataError(
            f"prices.price has {int(wrong.sum())} values that are missing or not positive (rows "
            f"{some(np.flatnonzero(wrong))}: {some(price[wrong])}). Drop the rows, or mend them."
        )
    customers = ordered(table["customer_id"])
    row, product = customers.get_indexer(pd.Index(table["customer_id"])), pd.factorize(table["product_id"])
    pieces = numbers(table["quantity"], "prices.quantity") if "quantity" in table.columns else np.ones(len(table))
    usual, warnings = _reference(table, reference), []
    parts = []
    for attribute in attributes_of(groups, customers, intersections=intersections):
        base, shared = usual, np.ones(len(table), dtype=bool)
        if base is None:
            shared = _in_two_groups(product[0], attribute.codes[row])
            sums = np.bincount(product[0], price * pieces) / np.bincount(product[0], pieces)
            base = sums[product[0]]
            if not shared.all():
                warnings.append(
                    f"{attribute.name}: {int((~shared).sum()):,} of {len(shared):,} rows are of products that one "
                    "group alone has; without a reference they are left out of price_index."
                )
        paid, due = price * pieces * shared, base * pieces * shared
        measured = [
            # What others paid is the reference: dealing labels out anew changes which products are compared.
            Metric("price_index", sums_by(row, paid, customers), sums_by(row, due, customers), reference is not None),
            Metric("mean_price", sums_by(row, price * pieces, customers), sums_by(row, pieces, customers)),
        ]
        parts.append((attribute, chosen(measured, metrics)))
    return report(f"prices of {len(customers):,} customers", parts, how, warnings=warnings)


def _reference(table: pd.DataFrame, reference: Any) -> Floats | None:
    if reference is None:
        return None
    if not isinstance(reference, pd.Series):
        frame = plain_frame(reference, "reference")
        for name in ("product_id", "price"):
            id_column(frame, "reference", name)
        reference = frame.set_index("product_id")["price"]
    if reference.index.has_duplicates:
        raise DataError(
            f"reference has {int(reference.index.duplicated().sum())} products with more than one price. Give one each."
        )
    due = numbers(table["product_id"].map(reference), "reference.price")
    wrong = ~(np.isfinite(due) & (due > 0))
    if wrong.any():
        raise DataError(
            f"reference has no positive price for {table['product_id'][wrong].nunique()} of the products in prices "
            f"(product_id {some(table['product_id'][wrong].unique())}). Add them, or leave reference out."
        )
    return due


def _in_two_groups(product: NDArray[Any], group: NDArray[Any]) -> NDArray[np.bool_]:
    pairs = pd.DataFrame({"product": product, "group": group}).drop_duplicates()
    several = pairs["product"].value_counts()
    return np.isin(product, several.index[several > 1])
