"""Pseudonyms: ids replaced by keyed digests, the same within a purpose and unlike those of any other.

HMAC-SHA-256 (RFC 2104) with one key for each purpose, derived by HKDF (RFC 5869). Pseudonymised data are still personal
data (GDPR, article 4(5) and recital 26): the key is the additional information that must be kept apart.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from personakit.errors import ConsentError, DataError, ParameterError, some
from personakit.privacy.gate_permitted import Permitted
from personakit.privacy.ids import id_texts
from personakit.privacy.pseudonyms_keys import Secret, hkdf, new_key, read_key
from personakit.privacy.purposes import purpose_named

__all__ = ["Pseudonymiser", "new_key", "pseudonyms"]

_SALT = b"personakit pseudonyms 1"
_BYTES = 16  # 128 bits: among a thousand million ids, two the same are as likely as 1 in 10**21
_MARK = "pseudonyms"


class Pseudonymiser:
    """Replaces ids by pseudonyms that are stable for one purpose and cannot be joined with another purpose's.

    7 and "7" are two ids and get two pseudonyms; 7 and 7.0 are one. A million different ids take about 1.5 s.

    Parameters
    ----------
    key : path, bytes, optional
        The file of a key (see `new_key`), or 32 bytes and more from a key store. By default the environment variable
        PERSONAKIT_PSEUDONYM_KEY_FILE (a path) or PERSONAKIT_PSEUDONYM_KEY (the key in hexadecimal or base64).
    purpose : str
        One of `personakit.privacy.purposes()`.
    key_check : str, optional
        The `key_check` of an earlier run: another key is then noticed at once.

    Attributes
    ----------
    key_check : str
        Purpose and 64 bits that tell whether the key is the same, and nothing about it. `apply` writes it into the
        frame's `attrs`, which pandas keeps in Parquet files.

    Raises
    ------
    UnknownNameError
        Unknown purpose.
    ParameterError
        There is no key, it is too short, its file is open to others, or it is not the key of `key_check`.

    Examples
    --------
    >>> names = Pseudonymiser(bytes(range(32)), purpose="analytics")
    >>> names.of([7, "7", 7]).tolist()
    ['772231bff8a1d445548b85c694353cc4', 'a6b0e0f31fa9a20ae7f0fb93fa69c57a', '772231bff8a1d445548b85c694353cc4']
    """

    def __init__(
        self, key: str | os.PathLike[str] | bytes | None = None, *, purpose: str, key_check: str | None = None
    ) -> None:
        self.purpose = purpose_named(purpose)
        secret, self._where = read_key(key)
        info = self.purpose.encode()
        self._key = Secret(hkdf(secret.reveal(), salt=_SALT, info=b"pseudonyms:" + info))
        check = hkdf(secret.reveal(), salt=_SALT, info=b"key check:" + info, length=8)
        self.key_check = f"{self.purpose}:{check.hex()}"
        if key_check is not None:
            self._same_key(key_check, "key_check=")

    def __repr__(self) -> str:
        return f"Pseudonymiser(purpose={self.purpose!r}, key_check={self.key_check!r})"

    def of(self, ids: Iterable[Any]) -> pd.Series:
        """The pseudonym of each id: 32 hexadecimal digits; missing ids stay missing.

        Returns
        -------
        Series of str, with the index of `ids` where that is a Series.
        """
        column = ids if isinstance(ids, pd.Series) else pd.Series(ids if isinstance(ids, pd.Index) else list(ids))
        codes, different = pd.factorize(column.astype(object) if column.dtype == object else column)
        made = _digests(self._key.reveal(), id_texts(different))
        values = pd.Series([*made, None], dtype=object).take(codes)  # -1, missing, takes the last
        return pd.Series(values.to_numpy(), index=column.index, name=column.name, dtype=object)

    def apply(self, frame: pd.DataFrame | Permitted, columns: Sequence[str] = ("customer_id",)) -> pd.DataFrame:
        """A copy of a table with pseudonyms in place of ids; other columns pass as they are, names and addresses too.

        Parameters
        ----------
        frame : DataFrame or Permitted
            The ids may be the index, by name. What was released for another purpose is refused.
        columns : sequence of str

        Returns
        -------
        DataFrame. Its `attrs` hold `pseudonyms`, the key check, and no ledger of consent any more: that names ids.

        Raises
        ------
        DataError
            It is no table, a column is missing, or the table has pseudonyms already.
        ConsentError
            The table was released for another purpose.

        Examples
        --------
        >>> names = Pseudonymiser(bytes(range(32)), purpose="analytics")
        >>> table = names.apply(pd.DataFrame({"customer_id": [7, 8], "spent": [1.0, 2.0]}))
        >>> names.reidentify(table["customer_id"], candidates=[6, 7, 8]).tolist()
        [7, 8]
        """
        table = frame.frame if isinstance(frame, Permitted) else frame
        if not isinstance(table, pd.DataFrame):
            raise DataError(f"apply: a table is expected, a {type(table).__name__} was given. Pass a DataFrame.")
        released = table.attrs.get("purpose")
        if released is not None and released != self.purpose:
            raise ConsentError(
                f"This table was released for {released!r}, and these pseudonyms are for {self.purpose!r}. Take it "
                "through the gate for that purpose, or make a Pseudonymiser for the other."
            )
        names = [columns] if isinstance(columns, str) else list(columns)
        absent = [name for name in names if name not in table.columns and name != table.index.name]
        if absent:
            raise DataError(
                f"apply: the table has no column {', '.join(map(str, absent))} (it has {some(table.columns, 6)}). Name "
                "the columns that hold ids in columns=."
            )
        if _MARK in table.attrs:
            raise DataError(
                f"apply: the table has pseudonyms already ({table.attrs[_MARK]}). Start from the table with ids."
            )
        made = table.copy(deep=False)
        for name in names:
            if name in table.columns:
                made[name] = self.of(table[name])
        if table.index.name in names:
            made = made.set_axis(pd.Index(self.of(table.index).to_numpy(), name=table.index.name), axis=0)
        kept = {name: value for name, value in table.attrs.items() if name != "consents"}
        made.attrs = {**kept, "purpose": self.purpose, _MARK: self.key_check}
        return made

    def check(self, table: pd.DataFrame) -> None:
        """Make sure that a table's pseudonyms were made with this key for this purpose.

        Raises
        ------
        ParameterError
            The key was changed, or the pseudonyms are those of another purpose.
        DataError
            The table does not say which key made its pseudonyms.
        """
        if _MARK not in table.attrs:
            raise DataError(
                "check: the table does not say which key made its pseudonyms: attrs has no 'pseudonyms'. It is lost in "
                "CSV files and joins; note Pseudonymiser.key_check and pass it as key_check=."
            )
        self._same_key(str(table.attrs[_MARK]), "The table's")

    def reidentify(self, pseudonyms: pd.Series | Iterable[str], candidates: Iterable[Any]) -> pd.Series:
        """The ids behind pseudonyms, for one who has the key and the ids; missing where no candidate fits.

        Parameters
        ----------
        pseudonyms : Series or iterable of str
        candidates : iterable of ids
            All ids that it could be.

        Returns
        -------
        Series of ids, in the order of `pseudonyms`.

        Raises
        ------
        ParameterError
            None of the pseudonyms belongs to a candidate: most likely it is not the key that made them.
        """
        given = pseudonyms if isinstance(pseudonyms, pd.Series) else pd.Series(list(pseudonyms), dtype=object)
        if _MARK in given.attrs:
            self._same_key(str(given.attrs[_MARK]), "These")
        known = pd.Index(pd.unique(candidates if isinstance(candidates, pd.Series) else pd.Series(list(candidates))))
        places = pd.Series(range(len(known)), index=pd.Index(self.of(known)))
        found = given.map(places)
        if len(given) and found.isna().all():
            raise ParameterError(
                f"reidentify: none of {len(given):,} pseudonyms belongs to one of {len(known):,} candidates. "
                "Either the key or the purpose is not the one that made them, or the candidates' ids are of another "
                "type (7 and '7' differ)."
            )
        values = known.take(found.fillna(-1).to_numpy(dtype=np.int64)).to_series().astype(object)
        return pd.Series(values.to_numpy(), index=given.index, dtype=object).where(found.notna(), None).infer_objects()

    def _same_key(self, noted: str, whose: str) -> None:
        purpose, _, check = noted.partition(":")
        if purpose != self.purpose:
            raise ParameterError(
                f"{whose} pseudonyms are for {purpose!r}, and this pseudonymiser is for {self.purpose!r}. Pseudonyms "
                "of two purposes cannot be joined; make a Pseudonymiser for the purpose of the table."
            )
        if not hmac.compare_digest(check, self.key_check.partition(":")[2]):
            raise ParameterError(
                f"{whose} pseudonyms were made with another key (key check {check}) than the one in {self._where} "
                f"(key check {self.key_check.partition(':')[2]}). The key was changed: restore the former one, or make "
                "all pseudonyms anew."
            )


def _digests(key: bytes, texts: list[str]) -> list[str]:
    """HMAC-SHA-256 of each text, cut to 128 bits; the padded key is hashed once, which halves the time of `hmac`."""
    block = key.ljust(64, b"\0")
    inner, outer = (hashlib.sha256(bytes(byte ^ pad for byte in block)) for pad in (0x36, 0x5C))
    made = []
    for text in texts:
        first, second = inner.copy(), outer.copy()
        first.update(text.encode())
        second.update(first.digest())
        made.append(second.digest()[:_BYTES].hex())
    return made


def pseudonyms(ids: Iterable[Any], *, purpose: str, key: str | os.PathLike[str] | bytes | None = None) -> pd.Series:
    """The pseudonyms of ids for one purpose, in one call; see `Pseudonymiser`.

    >>> a, b = (pseudonyms([1, 2], purpose=use, key=bytes(range(32))) for use in ("analytics", "voice"))
    >>> set(a) & set(b)
    set()
    """
    return Pseudonymiser(key, purpose=purpose).of(ids)
