"""What comes out of the gate: the data of those who agreed, for what, as of when, and how many were kept back."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import Any

import pandas as pd

from personakit.errors import ConsentError, DataError
from personakit.privacy.purposes import purposes

__all__ = ["Permitted", "ids_in", "plain_frame"]


def ids_in(table: pd.DataFrame, name: str) -> pd.Series:
    """Whose row each is: the column customer_id, or the index of that name.

    >>> ids_in(pd.DataFrame({"customer_id": [4, 4]}), "orders").tolist()
    [4, 4]
    """
    if "customer_id" not in table.columns:
        return pd.Series(table.index, index=table.index)
    if (many := int((table.columns == "customer_id").sum())) > 1:
        raise DataError(f"{name} has {many} columns called customer_id. Keep the one that names the customer.")
    return table["customer_id"]


@dataclass(frozen=True, eq=False)
class Permitted:
    """Data about those who agreed, and a count of those who did not. Later rooms take it wherever they take a frame.

    Attributes
    ----------
    purpose : str
        What the data may be used for.
    at : Timestamp
        The moment at which consent was looked up.
    kept_back : dict
        Customers kept back by reason: refused, withdrawn, expired (agreed, for a time that is over), never asked (about
        this purpose, by that moment), unknown customer (no record of consent at all, or a row without an id).
    tables : dict of DataFrame
        The gated tables; one named `frame` where a single frame was given.
    left_out : tuple of str
        Tables that were left out, as it cannot be told whose rows they are.
    columns_left_out : tuple of str
        Columns that were left out, as the purpose does not need them.
    sources : tuple of str
        Where the choices were made.
    """

    purpose: str
    at: pd.Timestamp
    kept_back: dict[str, int]
    tables: dict[str, pd.DataFrame] = field(repr=False)
    left_out: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    columns_left_out: tuple[str, ...] = ()

    @property
    def frame(self) -> pd.DataFrame:
        """The gated frame; of several tables, `customers`."""
        for name in ("frame", "customers"):
            if name in self.tables:
                return self.tables[name]
        raise ConsentError(
            f"Several tables were gated ({', '.join(self.tables)}), none of them called customers. "
            "Take the one you mean from .tables."
        )

    @property
    def customer_ids(self) -> pd.Index:
        """Ids of the customers in the frame, each once."""
        return pd.Index(ids_in(self.frame, "table").drop_duplicates(), name="customer_id")

    def __len__(self) -> int:
        return len(self.frame)

    def __repr__(self) -> str:
        kept = ", ".join(f"{number:,} {reason}" for reason, number in self.kept_back.items() if number)
        when = f"{self.at:%Y-%m-%d %H:%M}"
        who = f"{self._passed():,} customers; kept back: {kept or 'nobody'}"
        return f"Permitted(purpose={self.purpose!r}, at={when}, {who})"

    def _passed(self) -> int:
        return len(self.customer_ids) if {"frame", "customers"} & set(self.tables) else 0

    def _repr_html_(self) -> str:
        rows = [("may be used", self._passed()), *self.kept_back.items()]
        body = "".join(
            f"<tr><td>{escape(name)}</td><td style='text-align:right'>{number:,}</td></tr>" for name, number in rows
        )
        notes = [f"consent from: {', '.join(self.sources)}"] if self.sources else []
        notes += (
            [f"left out, as it cannot be told whose rows they are: {', '.join(self.left_out)}"] if self.left_out else []
        )
        if self.columns_left_out:
            notes.append(f"columns left out, as this purpose does not need them: {', '.join(self.columns_left_out)}")
        meaning = purposes().get(self.purpose, "")
        return (
            f"<table><caption><b>{escape(self.purpose)}</b> on {self.at:%Y-%m-%d %H:%M}: "
            f"{escape(str(meaning))}</caption>"
            f"<thead><tr><th>customers</th><th>number</th></tr></thead><tbody>{body}</tbody></table>"
            + "".join(f"<p>{escape(note)}</p>" for note in notes)
        )


def plain_frame(table: Any) -> Any:
    """The data frame in what was given: itself, what the gate released, or an engine's table; else what was given.

    A column called `frame` or `tables` makes no difference.

    >>> table = pd.DataFrame({"frame": [1]})
    >>> plain_frame(table) is table, plain_frame([1, 2])
    (True, [1, 2])
    """
    if isinstance(table, Permitted):
        return table.frame
    if isinstance(table, pd.DataFrame) or not callable(getattr(table, "to_pandas", None)):
        return table
    frame = table.to_pandas()
    if isinstance(frame, pd.DataFrame):
        frame.attrs.update(getattr(table, "attrs", None) or {})
    return frame
