"""How well records were linked, where the truth is known: pairwise and B-cubed precision and recall, and households."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from personakit.errors import DataError, some

__all__ = ["LinkQuality", "link_quality"]


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
    for name, table, columns in (
        ("links", links, ("record_id", "person_id")), ("truth", truth, ("record_id", "customer_id")),
    ):  # fmt: skip
        lacking = [column for column in columns if column not in table.columns]
        if lacking:
            raise DataError(f"{name} has no column {some(lacking)}; it has {some(table.columns, 9) or 'no columns'}.")
        gaps = table[list(columns)].isna().any(axis=1)
        if gaps.any():
            raise DataError(f"{name} has {int(gaps.sum())} rows without {' or '.join(columns)}.")
        twice = table["record_id"].duplicated()
        if twice.any():
            raise DataError(f"{name} has {int(twice.sum())} records twice (ids {some(table.loc[twice, 'record_id'])}).")
    both = links[["record_id", "person_id"]].merge(truth, on="record_id")
    if not len(both) or len(both) != len(links) or len(both) != len(truth):
        raise DataError(
            f"links has {len(links)} records and truth {len(truth)}, and they share {len(both)}. Both must be about "
            "the same records: take the rows of truth whose record_id is in links."
        )
    person, customer = pd.factorize(both["person_id"])[0], pd.factorize(both["customer_id"])[0]
    cell = pd.factorize(person.astype(np.int64) * (int(customer.max()) + 1) + customer)[0]
    in_person, in_customer, in_both = (np.bincount(code)[code].astype(float) for code in (person, customer, cell))
    pairs = [float(np.sum(size - 1)) / 2 for size in (in_both, in_person, in_customer)]
    precision, recall = _share(pairs[0], pairs[1]), _share(pairs[0], pairs[2])
    precise, found = float(np.mean(in_both / in_person)), float(np.mean(in_both / in_customer))
    per_person = pd.Series(customer).groupby(person).nunique()
    per_customer = pd.Series(person).groupby(customer).nunique()
    return LinkQuality(
        precision, recall, _f1(precision, recall), precise, found, _f1(precise, found),
        int((per_customer > 1).sum()), int((per_person > 1).sum()), _households(both, person, customer),
    )  # fmt: skip


def _households(both: pd.DataFrame, person: np.ndarray, customer: np.ndarray) -> int | None:
    if "household_id" not in both.columns:
        return None
    table = pd.DataFrame({"person": person, "customer": customer, "household": both["household_id"].to_numpy()})
    members = table.dropna().groupby(["person", "household"])["customer"].nunique()
    return int(members[members > 1].reset_index()["person"].nunique())


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 1.0  # nothing said, nothing wrong; nothing to find, nothing missed


def _f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0
