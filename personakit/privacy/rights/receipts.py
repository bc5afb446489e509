"""The receipt of an erasure: proof of what was done that does not keep of whom.

The customer is in it only as a keyed digest, HMAC-SHA-256 of her id under a random token of 256 bits that is handed to
her and kept nowhere else (a commitment: it binds the shop and tells nobody anything). There are few ids, so all can be
tried; tokens cannot. Digests of what was held before are keyed in the same way: otherwise, who has the table that is
left could try all ids until the digest fits.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from html import escape
from typing import Any

import pandas as pd

from personakit.errors import DataError, ParameterError
from personakit.privacy.ids import id_text
from personakit.privacy.rights.document import counted

__all__ = ["GROUNDS", "ErasedFrom", "Receipt", "verify_receipts"]

#: Why erasure is asked for, GDPR, article 17(1). A free text would sooner or later name somebody.
GROUNDS = {
    "request": "the customer asked for it",
    "not_needed": "the data are no longer needed for their purpose, article 17(1)(a)",
    "consent_withdrawn": "consent was withdrawn and there is no other basis, article 17(1)(b)",
    "objection": "the customer objected, article 17(1)(c)",
    "unlawful": "the data were processed unlawfully, article 17(1)(d)",
    "legal_obligation": "the law demands it, article 17(1)(e)",
    "child": "the data were collected from a child, article 17(1)(f)",
}
_FIRST = "0" * 64


@dataclass(frozen=True)
class ErasedFrom:
    """What was done in one holding.

    `rows` counts what was held about her there. `method` is deleted, emptied, unlearnt exactly, marked for retraining,
    awaiting retraining (since an erasure before), kept by law, or nothing held. `before` is keyed with the customer's
    token, `after` is the plain digest of what is left: `personakit.privacy.digest_of`. Both are empty where nothing
    changed or the thing cannot be looked into.
    """

    holding: str
    kind: str
    rows: int
    method: str
    note: str = ""
    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class Receipt:
    """What was erased, when and how, without saying whose.

    Attributes
    ----------
    number : int
        1 for the first of a chain.
    at : str
        When, ISO 8601.
    ground : str
        One of `GROUNDS`.
    commitment : str
        HMAC-SHA-256 of the customer's id under her token, hexadecimal.
    parts : tuple of ErasedFrom
        Every holding, those with nothing about her included.
    previous : str
        Digest of the receipt before this, 64 noughts for the first.
    token : str or None
        For the customer: hand it over and let go of it. Only the receipt that `erase` returns has it; it is neither
        shown nor written.

    Examples
    --------
    >>> token = Receipt.new_token()
    >>> receipt = Receipt(1, "2025-12-31T00:00:00", "request", Receipt.commitment_to(17, token), ())
    >>> receipt.verify(17, token), receipt.verify(18, token), receipt.verify(17, Receipt.new_token())
    (True, False, False)
    """

    number: int
    at: str
    ground: str
    commitment: str
    parts: tuple[ErasedFrom, ...]
    previous: str = _FIRST
    token: str | None = field(default=None, repr=False, compare=False)

    @staticmethod
    def new_token() -> str:
        """256 random bits in hexadecimal."""
        return secrets.token_hex(32)

    @staticmethod
    def commitment_to(customer_id: Any, token: str) -> str:
        """The keyed digest of an id; 17 and "17" are two ids."""
        return _keyed(token, f"customer:{id_text(customer_id)}")

    @property
    def nothing_held(self) -> bool:
        """Whether nothing about the customer was found but in models that await retraining already."""
        return all(
            part.method == "awaiting retraining" or (part.rows == 0 and part.method != "marked for retraining")
            for part in self.parts
        )

    @property
    def digest(self) -> str:
        """The SHA-256 digest of the receipt, to which the next one is chained."""
        return hashlib.sha256(json.dumps(self._plain(), sort_keys=True).encode()).hexdigest()

    def verify(self, customer_id: Any, token: str) -> bool:
        """Whether this is the receipt for that customer; only who has her token can tell."""
        return hmac.compare_digest(self.commitment, self.commitment_to(customer_id, token))

    def verify_before(self, name: str, digest: str, token: str) -> bool:
        """Whether a holding had that digest before the erasure, for instance that of a back-up."""
        return any(hmac.compare_digest(part.before, _keyed(token, digest)) for part in self._named(name))

    def without_token(self) -> Receipt:
        """The receipt as it may be kept."""
        return replace(self, token=None)

    def to_frame(self) -> pd.DataFrame:
        """One row a holding: holding, kind, rows, method, note, before, after."""
        names = list(ErasedFrom.__dataclass_fields__)
        return pd.DataFrame([asdict(part) for part in self.parts], columns=names)

    def to_json(self) -> str:
        """The receipt with its digest, without the token."""
        return json.dumps({**self._plain(), "digest": self.digest}, indent=1, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Receipt:
        """The receipt that `to_json` wrote.

        Raises
        ------
        DataError
            It is no receipt, or was changed since.
        """
        try:
            read = json.loads(text)
            stated = read.pop("digest")
            receipt = cls(**{**read, "parts": tuple(ErasedFrom(**part) for part in read["parts"])})
        except (ValueError, TypeError, KeyError, AttributeError) as problem:
            raise DataError(
                f"This is no receipt of an erasure ({problem}). Pass what Receipt.to_json wrote."
            ) from problem
        if receipt.digest != stated:
            raise DataError(
                f"Receipt {receipt.number} was changed: its contents do not give its digest {stated[:12]}..."
            )
        return receipt

    def __str__(self) -> str:
        done = "Nothing was held." if self.nothing_held else ""
        lines = [f"Receipt {self.number}, {self.at}: {GROUNDS.get(self.ground, self.ground)}. {done}".rstrip()]
        for part in self.parts:
            if part.method != "nothing held":
                lines.append(
                    f"  {part.holding} ({part.kind}): {counted(part.rows)}, {part.method}. {part.note}".rstrip()
                )
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        cells = "".join(
            f"<tr><td>{escape(part.holding)}</td><td>{escape(part.kind)}</td><td style='text-align:right'>{part.rows:,}"
            f"</td><td>{escape(part.method)}</td><td>{escape(part.note)}</td></tr>"
            for part in self.parts
        )
        done = "Nothing was held about this customer. " if self.nothing_held else ""
        ground = escape(GROUNDS.get(self.ground, self.ground))
        heads = "".join(f"<th>{name}</th>" for name in ("holding", "kind", "rows", "method", "note"))
        return (
            f"<table><caption><b>Receipt {self.number}</b>, {escape(self.at)}: {ground}</caption>"
            f"<thead><tr>{heads}</tr></thead><tbody>{cells}</tbody></table><p>{done}Whose it is can be shown only with "
            f"the token that the customer was given. Commitment {escape(self.commitment[:16])}..., digest "
            f"{self.digest[:16]}..., previous {escape(self.previous[:16])}...</p>"
        )

    def _plain(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if name != "token"}

    def _named(self, name: str) -> list[ErasedFrom]:
        found = [part for part in self.parts if part.holding == name]
        if not found:
            there = ", ".join(part.holding for part in self.parts)
            raise ParameterError(f"Receipt {self.number} has no holding {name!r}. It has {there}.")
        return found


def keyed_digest(token: str, digest: str) -> str:
    """A digest as a receipt keeps it of what was held before; empty stays empty."""
    return _keyed(token, digest) if digest else ""


def verify_receipts(receipts: Sequence[Receipt]) -> bool:
    """Whether receipts are a whole chain from the first: none changed, left out, put in between or in another order.

    The last ones may be missing without being missed; note the digest of the latest elsewhere.

    >>> one = Receipt(1, "2025-12-31T00:00:00", "request", "", ())
    >>> two = Receipt(2, "2025-12-31T01:00:00", "request", "", (), previous=one.digest)
    >>> verify_receipts([one, two]), verify_receipts([two])
    (True, False)
    """
    previous = _FIRST
    for number, receipt in enumerate(receipts, start=1):
        if receipt.number != number or receipt.previous != previous:
            return False
        previous = receipt.digest
    return True


def _keyed(token: str, text: str) -> str:
    try:
        key = bytes.fromhex(token)
    except (ValueError, TypeError):
        key = b""
    if len(key) < 32:
        raise ParameterError("The token is not one of ours: it has 64 hexadecimal digits. Copy it as it was given.")
    return hmac.digest(key, text.encode(), "sha256").hex()
