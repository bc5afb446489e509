"""Customer ids in a ledger: kept exact whatever types they come in, and never two that are written the same."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import pandas as pd

from personakit.errors import DataError, some
from personakit.privacy.ids import id_texts, listed, objects

__all__ = ["id_column", "parts_together", "refuse_twins"]


def id_column(customer_ids: Any) -> pd.Series:
    """One id or many as a column of one type, or of objects where they are of several.

    pandas would make floats of whole numbers beside a float, and 2**53 and 2**53 + 1 are one float.

    >>> id_column([2**53 + 1, 1.0]).tolist() == [2**53 + 1, 1.0], id_column("ada").tolist()
    (True, ['ada'])
    """
    ids = pd.Series(objects(listed(customer_ids)))
    mixed = pd.api.types.infer_dtype(ids, skipna=True).startswith("mixed")
    return ids if mixed else pd.Series(ids.tolist()).infer_objects()


def parts_together(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Choices one after the other; ids of two types stay what they are.

    >>> parts = [pd.DataFrame({"customer_id": [one]}) for one in (2**53 + 1, 1.0)]
    >>> parts_together(parts)["customer_id"].tolist() == [2**53 + 1, 1.0]
    True
    """
    kinds = {part["customer_id"].dtype for part in parts}
    if len(kinds) > 1 and not all(map(pd.api.types.is_signed_integer_dtype, kinds)):
        parts = [part.assign(customer_id=part["customer_id"].astype(object)) for part in parts]
    return pd.concat(parts)


def refuse_twins(ids: pd.Series, known: Collection[str] = ()) -> set[str]:
    """The different ids as texts, or an error where one is written like another of another type.

    Parameters
    ----------
    ids : Series
        Not missing.
    known : set of str
        What this function gave for earlier ids.

    Raises
    ------
    DataError
        17 and "17" are both there: what one of them withdraws would go on for the other.

    Examples
    --------
    >>> sorted(refuse_twins(pd.Series([17, 18]), known={"i16"}))
    ['i17', 'i18']
    """
    texts = set(id_texts(ids.drop_duplicates()))
    others = {text: (f"i{text[1:]}", f"f{text[1:]}") if text[0] == "s" else (f"s{text[1:]}",) for text in texts}
    twins = sorted({text[1:] for text, written in others.items() for one in written if one in texts or one in known})
    if twins:
        raise DataError(
            f"consents.customer_id has ids that are written the same and are of two types, text and number "
            f"({some(twins)}). They would be two customers, and a withdrawal by one would not reach the other. Give "
            "all ids one type, for example with consents['customer_id'].astype(str); nothing was entered."
        )
    return texts
