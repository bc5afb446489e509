"""Two ways to link records without a model, as a measure for the one with it: equal keys, and a rule made by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from personakit.errors import ParameterError
from personakit.profile.identity.clusters import components
from personakit.profile.identity.records import read_records, standardised

__all__ = ["match_by_rule", "match_on_keys"]

Ints = NDArray[np.int64]


def match_on_keys(sources: Any, *, keys: Sequence[str] = ("email", "phone")) -> pd.DataFrame:
    """Records that share a standardised e-mail address or telephone number are one person's, directly or by a chain.

    Parameters
    ----------
    sources : as for `resolve_identities`
    keys : sequence of str, default ("email", "phone")
        Of email and phone.

    Returns
    -------
    DataFrame
        record_id, person_id.

    Examples
    --------
    >>> table = pd.DataFrame({"record_id": [1, 2, 3], "system": "shop", "email": ["a@x.org", "A@x.org", None]})
    >>> match_on_keys(table)["person_id"].tolist()
    ['P1', 'P1', 'P3']
    """
    if not keys or any(key not in ("email", "phone") for key in keys):
        raise ParameterError(f'keys={keys!r} must be of "email" and "phone".')
    records = read_records(sources)
    clean = standardised(records)
    return _linked(records, [_chained(clean[key].notna(), [clean[key]]) for key in keys])


def match_by_rule(sources: Any) -> pd.DataFrame:
    """The rule that one would write by hand: same e-mail or phone and a name that fits, or same name and place.

    Records are one person's, directly or by a chain, if the first letter of the given name agrees and they share (1)
    the e-mail address, (2) the telephone number and the family name, (3) both names and the postcode, or (4) both
    names and the year of birth.

    Returns
    -------
    DataFrame
        record_id, person_id.

    Examples
    --------
    >>> table = pd.DataFrame({"record_id": [1, 2], "system": "shop", "email": ["we@x.org"] * 2,
    ...                       "given_name": ["Ann", "Bob"]})
    >>> match_by_rule(table)["person_id"].nunique()
    2
    """
    records = read_records(sources)
    clean = standardised(records)
    rules = (
        ("email", "given_initial"),
        ("phone", "family", "given_initial"),
        ("given", "family", "postcode"),
        ("given", "family", "born"),
    )
    return _linked(records, [_chained(clean[list(r)].notna().all(axis=1), [clean[c] for c in r]) for r in rules])


def _chained(there: pd.Series, columns: list[pd.Series]) -> tuple[Ints, Ints]:
    """Pairs of each record with the next that has the same values: enough to make a chain of them."""
    rows = np.flatnonzero(there.to_numpy())
    code = pd.DataFrame({str(k): c.to_numpy()[rows] for k, c in enumerate(columns)}).groupby(
        [str(k) for k in range(len(columns))], sort=False
    ).ngroup().to_numpy()  # fmt: skip
    order = np.argsort(code, kind="stable")
    same = code[order][1:] == code[order][:-1]
    return rows[order[:-1][same]], rows[order[1:][same]]


def _linked(records: pd.DataFrame, chains: list[tuple[Ints, Ints]]) -> pd.DataFrame:
    left, right = (np.concatenate([chain[side] for chain in chains]) for side in (0, 1))
    component = components(len(records), left, right)
    first = pd.Series(records["record_id"].astype(str)).groupby(component).transform("first")
    return pd.DataFrame({"record_id": records["record_id"], "person_id": "P" + first})
