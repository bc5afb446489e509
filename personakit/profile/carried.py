"""What a table of profiles carries along besides its columns: the choices that the customers made by that day."""

from __future__ import annotations

import pandas as pd

__all__ = ["CarriedConsents"]


class CarriedConsents(str):
    """The consent records of a table of profiles, as they travel in `profiles.attrs["consents"]`.

    pandas copies `attrs` deeply on most operations, compares them with `==` on `concat`, and writes them as JSON into
    Parquet. A DataFrame there breaks the second and the third. This object copies to itself, is equal to itself only,
    and is written as the sentence that `str()` shows: the records stay out of the file, so that profiles read back
    from a file name no consents and a gate has to be given them.

    Parameters
    ----------
    frame : DataFrame
        Canonical `consents`: customer_id, purpose, granted, timestamp, and source and version where recorded.
    until : str
        The last day from which records are in it, as 2025-12-31.

    Attributes
    ----------
    frame, until : as given

    >>> records = pd.DataFrame({"customer_id": [1], "purpose": ["analytics"], "granted": [True],
    ...                         "timestamp": pd.to_datetime(["2025-03-01"])})
    >>> carried = CarriedConsents(records, until="2025-12-31")
    >>> print(carried)
    1 consent record up to 2025-12-31
    >>> profiles = pd.DataFrame({"customer_id": [1]})
    >>> profiles.attrs["consents"] = carried
    >>> profiles.head().attrs["consents"].frame is records
    True
    """

    frame: pd.DataFrame
    until: str

    def __new__(cls, frame: pd.DataFrame, *, until: str) -> CarriedConsents:
        made = super().__new__(cls, f"{len(frame):,} consent record{'' if len(frame) == 1 else 's'} up to {until}")
        made.frame = frame
        made.until = until
        return made

    __eq__ = object.__eq__
    __ne__ = object.__ne__
    __hash__ = object.__hash__

    def __copy__(self) -> CarriedConsents:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> CarriedConsents:
        return self

    def __reduce__(self) -> tuple[type[str], tuple[str]]:  # the records must not slip into a file by another door
        return (str, (str(self),))
