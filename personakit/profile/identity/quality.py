"""How well records were linked, where the truth is known, how sure that is, and which customers came apart."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from personakit.errors import DataError, ParameterError, some

__all__ = ["LinkQuality", "check_draws", "customers_linked", "joined", "link_intervals", "link_quality"]

MEASURES = {
    "pairwise precision": ("right", "said"),
    "pairwise recall": ("right", "true"),
    "B-cubed precision": ("precise", "records"),
    "B-cubed recall": ("found", "records"),
}


class LinkQuality(NamedTuple):
    """Precision, recall and F1 over pairs and by B-cubed, and people of one household who were taken for one.

    `merged_households` counts the people found who hold records of two or more customers of one household (None where
    the truth has no household_id); `split_customers` and `merged_customers` count customers spread over several people,
    and people holding several customers.
    """

    pairwise_precision: float
    pairwise_recall: float
    pairwise_f1: float
    b_cubed_precision: float
    b_cubed_recall: float
    b_cubed_f1: float
    split_customers: int
    merged_customers: int
    merged_households: int | None


def link_quality(links: pd.DataFrame, truth: pd.DataFrame) -> LinkQuality:
    """Score links against the truth.

    Pairwise: of all pairs of records said to be one person, how many are (precision), and of all that are, how many
    were found (recall). A person with ten records counts 45 times as much as one with two. B-cubed takes the mean
    over records instead: the share of each record's group that is truly its own (precision), and of its own that is
    in its group (recall).

    Parameters
    ----------
    links : DataFrame
        record_id and person_id; one row a record.
    truth : DataFrame
        record_id, customer_id and, if known, household_id; the same records.

    Raises
    ------
    DataError
        A column is missing, or the two tables are not about the same records, each once.

    References
    ----------
    A. Bagga and B. Baldwin (1998), "Entity-based cross-document coreferencing using the vector space model",
    COLING-ACL.

    Examples
    --------
    >>> links = pd.DataFrame({"record_id": [1, 2, 3, 4], "person_id": ["a", "a", "a", "b"]})
    >>> truth = pd.DataFrame({"record_id": [1, 2, 3, 4], "customer_id": [1, 1, 2, 2]})
    >>> quality = link_quality(links, truth)
    >>> round(quality.pairwise_precision, 3), quality.pairwise_recall  # one pair of three is right; one of two found
    (0.333, 0.5)
    >>> round(quality.b_cubed_precision, 3), quality.b_cubed_recall  # (2/3 + 2/3 + 1/3 + 1) / 4
    (0.667, 0.75)
    """
    both = joined(links, truth)
    each = _counts(both)
    pairs = [float(np.sum(each[size] - 1)) / 2 for size in ("in_both", "in_person", "in_customer")]
    precision, recall = float(_ratio(pairs[0], pairs[1])), float(_ratio(pairs[0], pairs[2]))
    precise, found = (float(np.mean(each["in_both"] / each[size])) for size in ("in_person", "in_customer"))
    split, merged = each["in_both"] < each["in_customer"], each["in_both"] < each["in_person"]
    return LinkQuality(
        precision, recall, _f1(precision, recall), precise, found, _f1(precise, found),
        each.loc[split, "customer"].nunique(), each.loc[merged, "person"].nunique(), _households(both, each),
    )  # fmt: skip


def link_intervals(
    links: pd.DataFrame, truth: pd.DataFrame, *, n_resamples: int = 500, confidence: float = 0.95, random_state: int = 0
) -> pd.DataFrame:
    """Precision and recall of links with percentile intervals from a bootstrap over households.

    Households are drawn, not records: the records of one person, and of a couple with one mailbox, go wrong together.
    Where the truth has no household_id, customers are drawn.

    Parameters
    ----------
    links : DataFrame[record_id, person_id]
    truth : DataFrame[record_id, customer_id] and, if known, household_id
    n_resamples : int, default 500
    confidence : float, default 0.95
    random_state : int, default 0

    Returns
    -------
    DataFrame[measure, value, low, high]
        Pairwise and B-cubed precision and recall, as in `link_quality`. Memory: 8 bytes a household and
        resample.

    Raises
    ------
    DataError
        As `link_quality` raises it.
    ParameterError
        confidence or n_resamples is out of range.

    References
    ----------
    B. Efron and R. Tibshirani (1993), An Introduction to the Bootstrap, chapter 13.

    Examples
    --------
    >>> links = pd.DataFrame({"record_id": [1, 2, 3, 4], "person_id": ["a", "a", "b", "b"]})
    >>> truth = pd.DataFrame({"record_id": [1, 2, 3, 4], "customer_id": [1, 1, 2, 2]})
    >>> link_intervals(links, truth)["low"].tolist()
    [1.0, 1.0, 1.0, 1.0]
    """
    check_draws(confidence, n_resamples)
    both = joined(links, truth)
    each = _counts(both)
    parts = pd.DataFrame({"right": each["in_both"] - 1, "said": each["in_person"] - 1, "true": each["in_customer"] - 1,
                          "precise": each["in_both"] / each["in_person"],
                          "found": each["in_both"] / each["in_customer"], "records": 1.0})  # fmt: skip
    unit = both["customer_id"]
    if "household_id" in both:
        unit = both["household_id"].where(both["household_id"].notna(), "of " + both["customer_id"].astype(str))
    sums = parts.groupby(pd.factorize(unit)[0]).sum()
    draws = np.random.default_rng(random_state).multinomial(len(sums), np.full(len(sums), 1 / len(sums)), n_resamples)
    drawn = pd.DataFrame(draws @ sums.to_numpy(float), columns=sums.columns)
    whole = sums.sum()
    tail = (1 - confidence) / 2
    rows = []
    for measure, (part, of) in MEASURES.items():
        ratios = _ratio(drawn[part].to_numpy(), drawn[of].to_numpy())
        low, high = np.quantile(ratios, [tail, 1 - tail])
        rows.append((measure, float(_ratio(whole[part], whole[of])), float(low), float(high)))
    return pd.DataFrame(rows, columns=["measure", "value", "low", "high"])


def customers_linked(links: pd.DataFrame, truth: pd.DataFrame) -> pd.DataFrame:
    """Of each true customer: whether her records are together, and whether strangers' records are among them.

    Returns
    -------
    DataFrame, index customer_id
        n_records, n_people (over how many people her records are spread), split, merged (one of these people has
        records of another customer), whole (neither).

    Raises
    ------
    DataError
        As `link_quality` raises it.

    Examples
    --------
    >>> links = pd.DataFrame({"record_id": [1, 2, 3], "person_id": ["a", "b", "b"]})
    >>> truth = pd.DataFrame({"record_id": [1, 2, 3], "customer_id": [1, 1, 2]})
    >>> customers_linked(links, truth)[["n_people", "split", "merged"]].to_numpy().tolist()
    [[2, True, True], [1, False, True]]
    """
    both = joined(links, truth)
    each = _counts(both).assign(customer_id=both["customer_id"])
    each["split"] = each["in_both"] < each["in_customer"]
    each["merged"] = each["in_both"] < each["in_person"]
    grouped = each.groupby("customer_id")
    found = pd.DataFrame({"n_records": grouped.size(), "n_people": grouped["person"].nunique()})
    found[["split", "merged"]] = grouped[["split", "merged"]].any()
    found["whole"] = ~(found["split"] | found["merged"])
    return found


def joined(links: pd.DataFrame, truth: pd.DataFrame, *, truth_is: str = "truth") -> pd.DataFrame:
    """Links beside the truth, in the order of the links; both must say one thing of each of the same records.

    `truth_is` is what errors call the second table.

    >>> links = pd.DataFrame({"record_id": [1, 2], "person_id": ["a", "b"]})
    >>> joined(links, pd.DataFrame({"record_id": [2, 1], "customer_id": [8, 7]})).to_numpy().tolist()
    [[1, 'a', 7], [2, 'b', 8]]
    """
    for name, table, who in (("links", links, "person_id"), (truth_is, truth, "customer_id")):
        columns = ["record_id", who]
        lacking = [column for column in columns if column not in table.columns]
        if lacking:
            raise DataError(
                f"{name} has no column {some(lacking)}; it has {some(table.columns, 9) or 'no columns'}. Rename the "
                f"columns so that it has {' and '.join(columns)}."
            )
        gaps = table[columns].isna().any(axis=1)
        if gaps.any():
            raise DataError(
                f"{name} has {int(gaps.sum())} rows without {' or '.join(columns)} (rows {some(table.index[gaps])}). "
                f"Leave these records out of both tables, or give each that is nobody else's a {who} of its own."
            )
        twice = table["record_id"].duplicated()
        if twice.any():
            raise DataError(
                f"{name} has {int(twice.sum())} records twice (ids {some(table.loc[twice, 'record_id'])}). Keep one "
                f'row of each, for example {name}.drop_duplicates("record_id").'
            )
    both = links[["record_id", "person_id"]].merge(truth, on="record_id")
    if not len(both) or len(both) != len(links) or len(both) != len(truth):
        raise DataError(
            f"links has {len(links)} records and {truth_is} {len(truth)}, and they share {len(both)}. Both must be "
            f"about the same records: take the rows of {truth_is} whose record_id is in links."
        )
    return both


def check_draws(confidence: float, n_resamples: int) -> None:
    """Refuse a confidence that is no share, and no resamples.

    >>> check_draws(0.95, 500)
    """
    if not 0 < confidence < 1 or n_resamples < 1:
        raise ParameterError(
            f"confidence must lie between 0 and 1 and n_resamples be at least 1, not {confidence}, {n_resamples}. "
            "Usual are 0.95 and 500."
        )


def _counts(both: pd.DataFrame) -> pd.DataFrame:
    """Of each record: its person and customer as codes, and how many records are in that person, customer, and both."""
    person, customer = pd.factorize(both["person_id"])[0], pd.factorize(both["customer_id"])[0]
    cell = pd.factorize(person.astype(np.int64) * (int(customer.max()) + 1) + customer)[0]
    sizes = {name: np.bincount(code)[code].astype(float)
             for name, code in (("in_person", person), ("in_customer", customer), ("in_both", cell))}  # fmt: skip
    return pd.DataFrame({"person": person, "customer": customer, **sizes})


def _households(both: pd.DataFrame, each: pd.DataFrame) -> int | None:
    if "household_id" not in both.columns:
        return None
    table = each[["person", "customer"]].assign(household=both["household_id"]).dropna()
    members = table.groupby(["person", "household"])["customer"].nunique()
    return int(members[members > 1].reset_index()["person"].nunique())


def _ratio(part: ArrayLike, whole: ArrayLike) -> NDArray[np.float64]:
    """1 where the whole is 0: nothing said, nothing wrong; nothing to find, nothing missed."""
    of = np.asarray(whole, dtype=float)
    return np.divide(part, of, out=np.ones_like(of), where=of > 0)


def _f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0
