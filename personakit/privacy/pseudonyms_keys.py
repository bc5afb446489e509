"""The secret key of pseudonyms: made once, read from a file or the environment, shown nowhere, one subkey a purpose."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import re
import secrets
import stat
from pathlib import Path
from typing import NoReturn

from personakit.errors import ParameterError

__all__ = ["KEY_FILE_VARIABLE", "KEY_VARIABLE", "Secret", "hkdf", "new_key", "read_key"]

KEY_VARIABLE, KEY_FILE_VARIABLE = "PERSONAKIT_PSEUDONYM_KEY", "PERSONAKIT_PSEUDONYM_KEY_FILE"
SHORTEST = 32  # bytes: as long as the digest, RFC 2104, section 3
_HOW = (
    "Make one with personakit.privacy.new_key(path), once, keep it where the data are not, and pass key=path or set "
    f"{KEY_FILE_VARIABLE} to the path (or {KEY_VARIABLE} to the key itself)."
)


class Secret:
    """Bytes that are not shown, printed, compared, pickled or copied by accident.

    >>> Secret(b"x" * 32)
    <a secret of 32 bytes>
    """

    __slots__ = ("_value",)

    def __init__(self, value: bytes) -> None:
        self._value = bytes(value)

    def reveal(self) -> bytes:
        """The bytes themselves."""
        return self._value

    def __repr__(self) -> str:
        return f"<a secret of {len(self._value)} bytes>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise ParameterError(
            "A pseudonymiser holds a secret key and can be neither pickled nor copied: the key would lie beside the "
            "data. Make a new one from the key's file where it is needed."
        )


def new_key(path: str | os.PathLike[str]) -> Path:
    """Make a random key of 256 bits and write it to a new file that only its owner may read (mode 600).

    Returns the path. Without this key nobody can make the same pseudonyms again, and with it and the ids everybody can:
    keep it apart from the data, and back it up.

    Raises
    ------
    ParameterError
        There is a file already. A key is never replaced: pseudonyms made with it could not be matched any more.
    """
    target = Path(path)
    try:
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise ParameterError(
            f"new_key: {target} is there already. A key that is replaced makes all its pseudonyms useless: use the one "
            "that is there, or name another file."
        ) from None
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32) + "\n")
    return target


def read_key(key: str | os.PathLike[str] | bytes | None) -> tuple[Secret, str]:
    """The key, and where it came from in words.

    Parameters
    ----------
    key : path, bytes or None
        A file that `new_key` wrote; the bytes, from a key store for instance; or None for the environment variables
        PERSONAKIT_PSEUDONYM_KEY_FILE (a path) and PERSONAKIT_PSEUDONYM_KEY (the key in hexadecimal or base64).

    Raises
    ------
    ParameterError
        There is no key, or it is neither path nor bytes; its file may be read by others; it is no hexadecimal or base64
        text, shorter than 32 bytes, or plainly not random. The text never shows any of it.
    """
    if isinstance(key, (bytes, bytearray)):
        return _strong(bytes(key), "key"), "bytes"
    if key is None:
        file, text = os.environ.get(KEY_FILE_VARIABLE), os.environ.get(KEY_VARIABLE)
        if file and text:
            raise ParameterError(f"{KEY_VARIABLE} and {KEY_FILE_VARIABLE} are both set. Unset one of them.")
        if text:
            return _strong(_decoded(text, KEY_VARIABLE), KEY_VARIABLE), KEY_VARIABLE
        if not file:
            raise ParameterError(f"There is no key for pseudonyms. {_HOW}")
        key = file
    if not isinstance(key, (str, os.PathLike)):
        raise ParameterError(f"key is a {type(key).__name__}, and a path or bytes are needed. {_HOW}")
    path = Path(key)
    if not path.is_file():
        raise ParameterError(f"There is no key in {path}: no such file. {_HOW}")
    if os.name == "posix" and (mode := stat.S_IMODE(path.stat().st_mode)) & 0o077:
        raise ParameterError(
            f"The key in {path} may be read or changed by others (mode {mode:o}). Who can read it can undo the "
            f"pseudonyms: close it with chmod 600; if others had access, make a new key."
        )
    return _strong(_decoded(path.read_bytes().decode("ascii", "replace"), str(path)), str(path)), str(path)


def hkdf(key: bytes, *, salt: bytes, info: bytes, length: int = 32) -> bytes:
    """A key derived from a key for one use: extract and expand with HMAC-SHA-256 (RFC 5869).

    >>> hkdf(bytes([11] * 22), salt=bytes(range(13)), info=bytes(range(0xF0, 0xFA)), length=42).hex()[:16]
    '3cb25f25faacd57a'
    """
    root = hmac.digest(salt or bytes(hashlib.sha256().digest_size), key, "sha256")
    made = block = b""
    for number in range(1, -(-length // 32) + 1):
        block = hmac.digest(root, block + info + bytes([number]), "sha256")
        made += block
    return made[:length]


def _decoded(text: str, where: str) -> bytes:
    """The bytes of a key written as text; the error does not repeat the text."""
    plain = text.strip()
    if re.fullmatch(r"(?:[0-9a-fA-F]{2})+", plain):
        return bytes.fromhex(plain)
    try:
        return base64.b64decode(plain.replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, ValueError):
        raise ParameterError(
            f"The key in {where} is neither hexadecimal nor base64 text ({len(plain)} characters). A pass phrase is "
            f"too weak for a key. {_HOW}"
        ) from None


def _strong(key: bytes, where: str) -> Secret:
    if len(key) < SHORTEST:
        raise ParameterError(
            f"The key in {where} has {len(key)} bytes; {SHORTEST} are the least, as many as the digest has (RFC 2104). "
            f"{_HOW}"
        )
    if len(set(key)) < 8:  # of 32 random bytes, fewer than 20 different ones are rarer than one in 10**12
        raise ParameterError(f"The key in {where} repeats the same few bytes, so it is not random. {_HOW}")
    return Secret(key)
