"""A hash chain over the entries of a ledger: whether any line was changed, dropped or put between others.

Entry k has a random salt and the digest d_k = SHA-256(salt_k, content_k); the heads are h_k = SHA-256(h_(k-1), d_k), as
in Haber and Stornetta (1991), "How to time-stamp a digital document". To erase a person, contents and salts of her
entries go and the digests stay: the chain still verifies, and without the salt nobody can find the content by trying.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pandas as pd

from personakit.errors import some
from personakit.privacy.consent.states import microseconds
from personakit.privacy.ids import id_texts

__all__ = ["Chain", "choice_contents", "erasure_contents"]

SALT, DIGEST = 16, 32
_NAT = np.iinfo(np.int64).min
_START = hashlib.sha256(b"personakit consent ledger 1").digest()


class Chain:
    """Salts and digests of the entries, and the head that commits to all of them.

    Examples
    --------
    >>> chain = Chain()
    >>> chain.add(["first", "second"])
    >>> chain.changed([0, 1], ["first", "second"]), chain.changed([0, 1], ["first", "2nd"])
    ([], [1])
    """

    def __init__(self, salts: bytes = b"", digests: bytes = b"", head: bytes = b"") -> None:
        self._salts, self._digests = bytearray(salts), bytearray(digests)
        self._head = head or _START

    def __len__(self) -> int:
        return len(self._digests) // DIGEST

    @property
    def head(self) -> str:
        """The latest head, as hexadecimal text."""
        return (self._head).hex()

    @property
    def salts(self) -> list[bytes]:
        """The salt of each entry; sixteen zeros where it was erased."""
        return [bytes(self._salts[at : at + SALT]) for at in range(0, len(self._salts), SALT)]

    @property
    def digests(self) -> list[bytes]:
        """The digest of each entry."""
        return [bytes(self._digests[at : at + DIGEST]) for at in range(0, len(self._digests), DIGEST)]

    def add(self, contents: Sequence[str]) -> None:
        """Seal further entries, one content each."""
        salts, sha, head = os.urandom(SALT * len(contents)), hashlib.sha256, self._head
        for at, content in enumerate(contents):
            digest = sha(salts[SALT * at : SALT * at + SALT] + content.encode()).digest()
            head = sha(head + digest).digest()
            self._digests += digest
        self._salts += salts
        self._head = head

    def erase(self, entries: Iterable[int]) -> None:
        """Destroy the salts of entries whose contents are gone."""
        for entry in entries:
            self._salts[SALT * entry : SALT * entry + SALT] = bytes(SALT)

    def faults(
        self, entries: Sequence[int], contents: Sequence[str], *, erased: int, head: str | None = None
    ) -> list[str]:
        """What does not agree with the chain, in words; nothing where all of it does.

        Parameters
        ----------
        entries, contents : sequences of one length
            The entries that are held, and what they say now.
        erased : int
            How many others may be missing, because they were erased.
        head : str, optional
            A head that was noted earlier.
        """
        found, known = [], range(len(self))
        foreign = [entry for entry in entries if entry not in known]
        if foreign or len(set(entries)) < len(entries):
            found.append(f"it has entries that were never sealed ({some(foreign or entries)})")
        elif changed := self.changed(entries, contents):
            found.append(f"{len(changed)} entries are not what was sealed (entries {some(changed)})")
        if (missing := len(self) - len(entries)) != erased:
            found.append(f"{missing} entries are missing, of which {erased} were erased")
        if not self.has(None):
            found.append("its digests do not lead to its head")
        elif not self.has(head):
            found.append("the head that was noted is not in it")
        return found

    def changed(self, entries: Sequence[int], contents: Sequence[str]) -> list[int]:
        """Those of the entries whose content is not what was sealed."""
        salts, digests, sha = bytes(self._salts), bytes(self._digests), hashlib.sha256
        return [
            entry
            for entry, content in zip(entries, contents, strict=True)
            if sha(salts[SALT * entry : SALT * entry + SALT] + content.encode()).digest()
            != digests[DIGEST * entry : DIGEST * entry + DIGEST]
        ]

    def has(self, head: str | None = None) -> bool:
        """Whether the digests lead to the latest head and, on the way, to a head that was noted earlier."""
        wanted, seen, last = None if head is None else head.strip().lower(), head is None, _START
        seen = seen or wanted == _START.hex()
        for last in self._heads():
            seen = seen or last.hex() == wanted
        return seen and last == (self._head)

    def _heads(self) -> Iterator[bytes]:
        head, digests = _START, bytes(self._digests)
        for at in range(0, len(digests), DIGEST):
            head = hashlib.sha256(head + digests[at : at + DIGEST]).digest()
            yield head


def choice_contents(choices: pd.DataFrame) -> list[str]:
    """Each choice (index: its entry number) as one text that no other choice has.

    `ascii` of a tuple is free of doubt about where a field ends, and the same in every version of Python.
    """
    expires = [None if value == _NAT else value for value in microseconds(choices["expires"]).tolist()]
    columns = (
        choices.index.tolist(),
        id_texts(choices["customer_id"]),
        choices["purpose"].tolist(),
        choices["granted"].tolist(),
        microseconds(choices["timestamp"]).tolist(),
        choices["source"].tolist(),
        choices["version"].tolist(),
        choices["basis"].tolist(),
        expires,
    )
    return [ascii(fields) for fields in zip(*columns, strict=True)]


def erasure_contents(erasures: pd.DataFrame) -> list[str]:
    """Each erasure (index: its entry number): when, how many customers and choices, never whose."""
    when = microseconds(erasures["timestamp"]).tolist()
    columns = (erasures.index.tolist(), when, erasures["customers"].tolist(), erasures["choices"].tolist())
    return [ascii(("erasure", *fields)) for fields in zip(*columns, strict=True)]
