"""Errors for the person at the keyboard: what was wrong, where, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = [
    "ConsentError",
    "DataError",
    "MissingExtraError",
    "NotFittedError",
    "ParameterError",
    "PersonakitError",
    "UnavailableError",
    "UnknownNameError",
    "some",
]


class PersonakitError(Exception):
    """The one ancestor of every error that personakit raises on purpose."""


class DataError(PersonakitError, ValueError):
    """A table that is not what it should be: names the table, the column, the count and the first rows."""


class ParameterError(PersonakitError, ValueError):
    """An argument outside what the function can do."""


class UnknownNameError(PersonakitError, KeyError):
    """A name (data set, column, algorithm, purpose) that does not exist; the text offers the nearest match."""

    def __str__(self) -> str:  # KeyError shows the repr of its argument, which hides line breaks and quotes
        return str(self.args[0]) if self.args else ""


class NotFittedError(PersonakitError, ValueError, AttributeError):
    """A method that needs `fit` was called before it."""


class ConsentError(PersonakitError, ValueError):
    """People's data was asked for without a purpose, or for a purpose that it was not released for."""


class UnavailableError(PersonakitError, OSError):
    """Something that must be fetched, and cannot be now; the text says how to get it beforehand."""


class MissingExtraError(PersonakitError, ImportError):
    """An optional dependency is not installed; the text names the extra that brings it."""

    @classmethod
    def of(cls, package: str, extra: str, what_for: str) -> MissingExtraError:
        """The one-line error for a missing optional package.

        >>> str(MissingExtraError.of("splink", "identity", "resolve_identities"))
        'resolve_identities needs splink, which is not installed. Install it with: pip install "personakit[identity]"'
        """
        return cls(
            f'{what_for} needs {package}, which is not installed. Install it with: pip install "personakit[{extra}]"'
        )


def some(values: Iterable[object], at_most: int = 3) -> str:
    """The first few values, for an error text.

    >>> some([17, 240, 981, 1002])
    '17, 240, 981, ...'
    >>> some([17])
    '17'
    """
    listed = list(values)
    return ", ".join(str(value) for value in listed[:at_most]) + (", ..." if len(listed) > at_most else "")
