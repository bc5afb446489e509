"""Consent: the ledger of what people agreed to, and how a frame carries it to wherever the gate looks for it."""

from __future__ import annotations

import pandas as pd

from personakit.errors import ConsentError
from personakit.privacy.consent.ledger import ConsentLedger

__all__ = ["ledger_of", "with_ledger"]


class _Carried(str):
    """A frame's way to carry its ledger in `attrs`.

    pandas copies `attrs` deeply, compares them on concat, and writes them to Parquet as JSON. A name that knows its
    ledger is cheap to copy (the ledger is shared: a withdrawal reaches every frame), has a plain truth value when
    compared, and can be written.
    """

    ledger: ConsentLedger

    def __new__(cls, ledger: ConsentLedger) -> _Carried:
        carried = super().__new__(cls, ledger.name)
        carried.ledger = ledger
        return carried

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        """Sent elsewhere as its name alone: the ledger holds the choices of everybody, refusers included."""
        return str, (str(self),)

    def __copy__(self) -> _Carried:
        return self

    def __deepcopy__(self, memo: object) -> _Carried:
        return self


def with_ledger(frame: pd.DataFrame, ledger: ConsentLedger) -> pd.DataFrame:
    """The same frame, carrying a ledger that `gate` will find (a shallow copy).

    >>> frame = with_ledger(pd.DataFrame({"customer_id": [1]}), ConsentLedger())
    >>> len(ledger_of(frame.query("customer_id > 0")))
    0
    """
    copy = frame.copy(deep=False)
    copy.attrs = {**frame.attrs, "consents": _Carried(ledger)}
    return copy


def ledger_of(frame: pd.DataFrame) -> ConsentLedger:
    """The ledger that a frame carries.

    Raises
    ------
    ConsentError
        Where it carries none, for instance because it was read from a file or joined from two tables.
    """
    carried = frame.attrs.get("consents")
    if isinstance(carried, _Carried):
        return carried.ledger
    raise ConsentError(
        "This table carries no record of consent, so nobody in it can be shown to have agreed. Pass consents=, a table "
        "of customer_id, purpose, granted, timestamp, or ledger=, a ConsentLedger. A table loses its ledger when it is "
        "written to a file, sent to another process or put together from several. "
        "Published research data have none: state the ground with "
        "ConsentLedger.granting(customer_ids, purposes, source=...)."
    )
