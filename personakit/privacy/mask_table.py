"""A table of people as it may be shown: masked, escaped, and no more rows than one looks at."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

import pandas as pd

from personakit.errors import DataError
from personakit.privacy.gate_permitted import Permitted
from personakit.privacy.mask import masked
from personakit.privacy.settings import whole

__all__ = ["MaskedTable", "show"]

_LONGEST = 80  # letters of a value


@dataclass(frozen=True, eq=False)
class MaskedTable:
    """What `show` returns: Jupyter displays it as a table, a terminal as text; it holds the masked rows alone."""

    frame: pd.DataFrame
    n_rows: int

    def __repr__(self) -> str:
        return f"{self.frame.to_string(max_colwidth=_LONGEST)}\n{self._note()}"

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{escape(str(name))}</th>" for name in (self.frame.index.name or "", *self.frame.columns))
        body = "".join(
            f"<tr><th>{_cell(label)}</th>{''.join(f'<td>{_cell(value)}</td>' for value in row)}</tr>"
            for label, row in zip(self.frame.index, self.frame.itertuples(index=False, name=None), strict=True)
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table><p>{escape(self._note())}</p>"

    def _note(self) -> str:
        return f"{len(self.frame):,} of {self.n_rows:,} rows; what names or reaches a person is masked"


def show(table: pd.DataFrame | Permitted | Any, n: int = 10) -> MaskedTable:
    """The first rows of a table with names, addresses and numbers masked and free texts scrubbed, to look at.

    Parameters
    ----------
    table : DataFrame, Ibis table, or Permitted
    n : int, default 10
        How many rows. Of an Ibis table, only these are fetched, so only their names are looked for in texts.

    Returns
    -------
    MaskedTable

    Raises
    ------
    ParameterError
        `n` is no positive whole number.
    DataError
        What was given is no table.

    Examples
    --------
    >>> show(pd.DataFrame({"given_name": ["Ada", "Bo"], "orders": [3, 1]}), n=1)
      given_name  orders
    0       A•••       3
    1 of 2 rows; what names or reaches a person is masked
    """
    n = whole("n", n, where="show", why=", the rows to show")
    given = table.frame if isinstance(table, Permitted) else table
    if isinstance(given, pd.DataFrame):
        return MaskedTable(masked(given.head(n), names=given), len(given))
    if hasattr(given, "to_pandas") and hasattr(given, "limit"):
        return MaskedTable(masked(given.limit(n).to_pandas()), int(given.count().to_pandas()))
    raise DataError(f"show: a table is expected, a {type(table).__name__} was given. Pass a DataFrame.")


def _cell(value: Any) -> str:
    if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)):
        return ""
    text = f"{value:,.2f}" if isinstance(value, float) else str(value)
    return escape(text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…")
