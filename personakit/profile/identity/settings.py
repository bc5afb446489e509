"""How two records are compared: which pairs are looked at, in which steps a field agrees, and how it is learnt.

The model is that of Fellegi and Sunter (1969), "A theory for record linkage", as Splink fits it: each step of agreement
has a probability among pairs of one person (m) and among other pairs (u), and log2(m / u) is its match weight.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from personakit.errors import ParameterError, some

__all__ = ["Level", "LinkSettings", "link_settings"]

COLUMNS: tuple[str, ...] = (
    "system", "email", "mailbox", "mail_number", "phone", "given", "given_initial", "given_full", "family",
    "family_initial", "postcode", "outward", "street", "house", "born",
)  # fmt: skip
ELSE = "ELSE"
_HOUSEHOLD = ("email", "phone", "family_name", "address")


@dataclass(frozen=True)
class Level:
    """One step of agreement: its name, the condition in SQL on the standardised columns `x_l` and `x_r`.

    `m` and `u` are its probabilities among pairs of one person and among other pairs before anything is learnt, and
    stay where there is too little data to learn from. `missing` marks the level of pairs that cannot be compared: its
    weight is 0. `frequency` names the column whose commonness counts: agreement on a rare value weighs more (Winkler
    1989).
    """

    name: str
    condition: str
    m: float = 0.5
    u: float = 0.5
    missing: bool = False
    frequency: str | None = None
    contradicts: bool = False


@dataclass(frozen=True)
class LinkSettings:
    """What `resolve_identities` compares and how; change it with `with_`.

    Parameters
    ----------
    comparisons : mapping of str to tuple of Level
        By field, from the strictest level to the last, whose condition is "ELSE".
    blocking : tuple of tuples of str
        Pairs that agree on all columns of at least one of these tuples are compared, no others.
    training : tuple of tuples of str
        The m of every comparison that does not use the column is learnt by EM on pairs that agree on these columns.
    max_block : int
        A value that more records share is left out of the blocking rule: "noreply@" is nobody's address.
    one_per_system : bool, optional
        Whether a system holds a person at most once. None: decided from the data, see `Identities.one_per_system`.
    u_pairs : float
        Number of random pairs from which u is learnt.
    household : tuple of str
        Comparisons on what a household shares. They are not independent of each other, so where another level
        contradicts (other given names), they count together for no more than it takes to find the household.

    Examples
    --------
    >>> settings = link_settings()
    >>> list(settings.comparisons)
    ['email', 'phone', 'given_name', 'family_name', 'address', 'birth_year']
    >>> settings.with_(max_block=50).max_block
    50
    """

    comparisons: Mapping[str, tuple[Level, ...]]
    blocking: tuple[tuple[str, ...], ...]
    training: tuple[tuple[str, ...], ...]
    max_block: int = 200
    one_per_system: bool | None = None
    u_pairs: float = 5e5
    household: tuple[str, ...] = _HOUSEHOLD

    def __post_init__(self) -> None:
        object.__setattr__(self, "comparisons", MappingProxyType(dict(self.comparisons)))
        if not self.comparisons or not self.blocking:
            raise ParameterError("LinkSettings need at least one comparison and one blocking rule.")
        for name, levels in self.comparisons.items():
            if not levels or levels[-1].condition != ELSE or sum(level.missing for level in levels) > 1:
                raise ParameterError(
                    f"The comparison {name} must end with a level whose condition is '{ELSE}', and may have one level "
                    "for missing values, the first."
                )
        if strange := [name for name in self.household if name not in (*self.comparisons, *_HOUSEHOLD)]:
            raise ParameterError(
                f"household names {some(map(repr, strange))}, which is no comparison. Comparisons are "
                f"{', '.join(self.comparisons)}."
            )
        there = tuple(name for name in self.household if name in self.comparisons)
        object.__setattr__(self, "household", there)
        unknown = {column for rule in (*self.blocking, *self.training) for column in rule} - set(COLUMNS)
        if unknown:
            raise ParameterError(
                f"Blocking on {some(sorted(unknown))} is not possible: records have {', '.join(COLUMNS)}."
            )
        if self.max_block < 2 or self.u_pairs < 1:
            raise ParameterError(
                f"max_block must be at least 2 and u_pairs at least 1, not {self.max_block}, {self.u_pairs}."
            )

    def with_(self, **changes: Any) -> LinkSettings:
        """A copy with some of the parameters changed."""
        return replace(self, **changes)

    def __repr__(self) -> str:
        lines = ["LinkSettings"]
        for name, levels in self.comparisons.items():
            lines.append(f"  {name}: " + " > ".join(level.name for level in levels if not level.missing))
        lines.append("  compared are pairs with the same " + ", or ".join(" and ".join(rule) for rule in self.blocking))
        lines.append(f"  max_block={self.max_block}, one_per_system={self.one_per_system}, u_pairs={self.u_pairs:g}")
        return "\n".join(lines)


def _either_missing(column: str) -> Level:
    return Level("missing", f"{column}_l IS NULL OR {column}_r IS NULL", missing=True)


def _name_levels(column: str, nickname: bool) -> tuple[Level, ...]:
    a, b = f"{column}_l", f"{column}_r"
    initials = f"({a} IS NULL OR {b} IS NULL)"
    near = f"(damerau_levenshtein({a}, {b}) <= 1 AND length({a}) > 3) OR jaro_winkler_similarity({a}, {b}) >= 0.9"
    levels = [_either_missing(f"{column}_initial"), Level("same", f"{a} = {b}", 0.84, 4e-3, frequency=column)]
    if nickname:
        levels.append(Level("short form", f"list_has_any({column}_full_l, {column}_full_r)", 0.05, 7e-4))
        near = f"({near}) OR (length({a}) > 2 AND starts_with({b}, {a})) OR (length({b}) > 2 AND starts_with({a}, {b}))"
    levels += [
        Level("nearly the same", near, 0.07, 1.2e-3),
        Level("initial agrees", f"{initials} AND {column}_initial_l = {column}_initial_r", 0.02, 2e-3),
        Level("initial differs", initials, 5e-4, 0.03, contradicts=nickname),
        Level(
            "alike", f"jaro_winkler_similarity({a}, {b}) >= 0.8 AND {column}_initial_l = {column}_initial_r", 4e-3, 3e-3
        ),
        Level("differs", ELSE, 0.015, 0.96, contradicts=nickname),
    ]
    return tuple(levels)


def link_settings() -> LinkSettings:
    """A good default for records with names, e-mail address, telephone, address and year of birth.

    Examples
    --------
    >>> print(link_settings())  # doctest: +ELLIPSIS
    LinkSettings
      email: same > one slip away > differs
      phone: same > differs
    ...
    """
    comparisons = {
        "email": (
            _either_missing("email"),
            Level("same", "email_l = email_r", 0.78, 5e-5),
            Level(
                "one slip away",
                "damerau_levenshtein(email_l, email_r) <= 2 AND length(email_l) > 9"
                " AND split_part(email_l, '@', 2) = split_part(email_r, '@', 2)"
                " OR split_part(email_l, '@', 1) = split_part(email_r, '@', 1) AND length(mailbox_l) > 3",
                0.02,
                1e-5,
            ),
            Level("differs", ELSE, 0.2, 0.9999),
        ),
        "phone": (
            _either_missing("phone"),
            Level("same", "phone_l = phone_r", 0.95, 5e-4, frequency="phone"),
            Level("differs", ELSE, 0.05, 0.9995),
        ),
        "given_name": _name_levels("given", nickname=True),
        "family_name": _name_levels("family", nickname=False),
        "address": (
            _either_missing("postcode"),
            Level("same postcode", "postcode_l = postcode_r", 0.9, 1e-4),
            Level(
                "postcode one slip away",
                "damerau_levenshtein(postcode_l, postcode_r) <= 1"
                " AND coalesce(house_l = house_r, outward_l = outward_r)",
                0.015,
                1e-5,
            ),
            Level("same district", "outward_l = outward_r", 5e-3, 1.2e-3),
            Level("differs", ELSE, 0.08, 0.9987),
        ),
        "birth_year": (
            _either_missing("born"),
            Level("same", "born_l = born_r", 0.95, 0.018, frequency="born"),
            Level("1 or 10 years off", "abs(born_l - born_r) IN (1, 10)", 0.04, 0.065),
            Level("differs", ELSE, 0.01, 0.917),
        ),
    }
    return LinkSettings(
        comparisons=comparisons,
        blocking=(
            ("email",),
            ("phone",),
            ("mail_number", "given_initial"),
            ("given", "family"),
            ("given", "family_initial"),
            ("family", "given_initial"),
            ("postcode", "given_initial"),
            ("postcode", "family"),
            ("given", "born"),
            ("family", "born"),
        ),
        # Not on e-mail or postcode alone: the couples among such pairs would pass for matches with other given names.
        training=(("email", "born"), ("given", "family"), ("phone", "family")),
    )
