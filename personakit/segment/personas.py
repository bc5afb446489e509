"""Personas: what sets each segment apart from the rest, with a name, a portrait and members that stand for it."""

from __future__ import annotations

import importlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import pairwise_distances

from personakit.errors import DataError, UnknownNameError, some
from personakit.privacy.binding import purpose_of
from personakit.privacy.fairness.estimates import holm
from personakit.privacy.pseudonyms import pseudonyms
from personakit.privacy.settings import check_between, whole
from personakit.profile.encoder import ProfileEncoder
from personakit.segment.effect_sizes import against_the_rest, strength
from personakit.segment.membership import of_profiles
from personakit.segment.personas_words import names_of, slot_of

if TYPE_CHECKING:
    from personakit.notebook.pictures import Picture

__all__ = ["FEWEST", "Personas", "personas"]

Floats = NDArray[np.float64]

FEWEST = 5
"""A segment with fewer customers is counted, and neither described nor shown: a portrait of four is of somebody."""

_NEGLIGIBLE = 0.147
_MOST_COMPARED = 1500


@dataclass(frozen=True)
class Personas:
    """Each segment in words and numbers.

    Attributes
    ----------
    table : DataFrame, index segment
        name, customers, share, portrait (what sets it apart, in words).
    traits : DataFrame
        One row a segment and trait, the strongest of a segment first: segment, trait, column, kind ("number",
        "category" or "missing"), value (of a category), effect (Cliff's delta against all other customers, for a
        category the difference of shares), low, high, p_value, p_holm (corrected for all rows of the table), here and
        elsewhere (median or share in the segment and in the rest), strength (in a word), clear (p_holm below 1 - level
        and not negligible).
    members : DataFrame
        Up to three customers of each segment that stand for it: segment, member (a pseudonym with a key that nobody
        keeps), and the columns of its portrait, numbers rounded to two digits.
    left_out : dict of column to the reason why it does not describe anybody
    level : float
    """

    table: pd.DataFrame
    traits: pd.DataFrame
    members: pd.DataFrame
    left_out: dict[str, str] = field(default_factory=dict, repr=False)
    level: float = 0.95
    n_traits: int = 5

    @property
    def names(self) -> pd.Series:
        """The name of each segment; `segments.map(personas.names)` names every customer's."""
        return self.table["name"]

    def portrait(self, segment: Any) -> pd.DataFrame:
        """The strongest clear traits of a segment, one for each subject (rhythm, money, channel, ...).

        Raises
        ------
        UnknownNameError
            There is no such segment.
        """
        if segment not in self.table.index:
            raise UnknownNameError(f"There is no segment {segment!r}. There are {some(self.table.index, 9)}.")
        return _portrait(self.traits[self.traits["segment"] == segment], self.n_traits)

    def plot(self, title: str | None = None) -> Picture:
        """The portraits beside each other: what sets each segment apart, with intervals."""
        plots = importlib.import_module("personakit.notebook.persona_plots")
        picture: Picture = plots.plot_personas(self, title)
        return picture

    def __repr__(self) -> str:
        return f"Personas({'; '.join(f'{row.name}, {row.customers:,}' for row in self.table.itertuples(index=False))})"

    def _repr_html_(self) -> str:
        cards = []
        for segment, row in self.table.iterrows():
            traits = [_in_words(trait) for trait in self.portrait(segment).to_dict("records")] or [row["portrait"]]
            lines = "".join(f"<li>{escape(text)}</li>" for text in traits)
            known = self.members[self.members["segment"] == segment].drop(columns=["segment"]).dropna(axis=1, how="all")
            shown = known.to_html(index=False, escape=True, border=0) if len(known) else ""
            size = f"{row['customers']:,} customers, {row['share']:.0%}; segment {segment}"
            cards.append(
                f"<section><h4>{escape(str(row['name']))}</h4><p>{escape(size)}</p><ul>{lines}</ul>{shown}</section>"
            )
        return "".join(cards)


def personas(
    profiles: Any,
    segments: pd.Series,
    *,
    columns: Sequence[str] | None = None,
    leave_out: Sequence[str] = (),
    n_members: int = 3,
    n_traits: int = 5,
    level: float = 0.95,
) -> Personas:
    """Describe each segment by what sets it apart from all other customers, give it a name, and show who is typical.

    Significance is what it says for columns that did not make the segments. Columns that made them differ by
    construction; their effect sizes describe, and their p-values prove nothing.

    Parameters
    ----------
    profiles : DataFrame of shape (n_customers, ...) or what a consent gate returned
    segments : Series, index customer_id
        The segment of each customer, as `predict` of a segmentation gives it. Who has none is left out.
    columns, leave_out : sequence of str
        As in `ProfileEncoder`: what may describe.
    n_members : int, default 3
        Typical customers of each segment: medoids, chosen so that all of the segment is near one of them.
    n_traits : int, default 5
        Traits in a portrait.
    level : float, default 0.95
        Of intervals, and 1 - level of the tests together (Holm).

    Raises
    ------
    DataError
        No Series, a customer twice, nobody with both a profile and a segment, one segment only; or as in
        `ProfileEncoder` (infinite values, no column in which customers differ).
    ConsentError
        Profiles and segments were released for different purposes.

    References
    ----------
    Medoids: the build step of L. Kaufman and P. J. Rousseeuw (1990), "Finding Groups in Data", chapter 2, on normal
    scores. Effect sizes: see `effect_sizes`.

    Examples
    --------
    >>> people = pd.DataFrame({"customer_id": range(40), "frequency": range(40), "evening_share": [0.1, 0.9] * 20})
    >>> segments = pd.Series(["a"] * 20 + ["b"] * 20, index=pd.Index(range(40), name="customer_id"))
    >>> found = personas(people, segments)
    >>> found.names.to_dict()
    {'a': 'Occasional shoppers', 'b': 'Frequent shoppers'}
    >>> found.table.loc["b", "portrait"]
    'frequency higher (median 29.5 against 9.5, effect +1.00)'
    """
    check_between("level", level)
    whole("n_members", n_members, 0, where="personas")
    whole("n_traits", n_traits, 1, where="personas")
    frame, labels = _joined(profiles, segments)
    names, codes = _segments(labels)
    encoder = ProfileEncoder(columns, leave_out, categories="onehot").fit(frame)
    values, about = _described(encoder, frame)
    shares = (about["kind"] != "number").to_numpy()
    sizes = np.bincount(codes, minlength=len(names))
    tables = []
    for place, name in enumerate(names):
        if sizes[place] >= FEWEST:
            effects = against_the_rest(values, codes == place, shares, level=level, fewest=FEWEST)
            tables.append(pd.concat([about.assign(segment=name), effects], axis=1))
    if not tables:
        raise DataError(f"All {len(names)} segments have fewer than {FEWEST} customers. Ask for fewer segments.")
    traits = _ranked(pd.concat(tables, ignore_index=True).dropna(subset=["effect"]), names, level)
    parts = {name: traits[traits["segment"] == name] for name in names}
    clear = {name: part[part["clear"]].to_dict("records") for name, part in parts.items()}
    words = {name: [_in_words(each) for each in _portrait(parts[name], n_traits).to_dict("records")] for name in names}
    called = names_of({name: clear[name] for place, name in enumerate(names) if sizes[place] >= FEWEST})
    table = pd.DataFrame(
        {
            "name": [called.get(name, f"Too few to describe ({name})") for name in names],
            "customers": sizes,
            "share": sizes / sizes.sum(),
            "portrait": [
                "; ".join(words[name])
                or ("nothing sets it apart" if sizes[place] >= FEWEST else f"fewer than {FEWEST} customers: not shown")
                for place, name in enumerate(names)
            ],
        },
        index=pd.Index(names, name="segment"),
    )
    members = _members(frame, encoder, codes, names, parts, n_members, n_traits)
    return Personas(table, traits, members, dict(encoder.left_out_), level, n_traits)


def _joined(profiles: Any, segments: Any) -> tuple[pd.DataFrame, pd.Series]:
    frame, labels = of_profiles(profiles, segments)
    if labels.nunique() < 2:
        raise DataError(
            f"All {len(labels)} customers are in the segment {labels.iloc[0]!r}: there is no rest to set it apart "
            "from. Give at least two segments."
        )
    return frame, labels


def _segments(labels: pd.Series) -> tuple[list[Any], NDArray[np.intp]]:
    """The segments with customers, in the order of their categories, else of their names; and who is in which."""
    found = labels.unique()
    if isinstance(labels.dtype, pd.CategoricalDtype):
        names = [each for each in labels.cat.categories if each in set(found)]
    else:
        names = sorted(found, key=lambda each: (isinstance(each, str), each))
    return names, pd.Index(names, dtype=object).get_indexer(labels.astype(object))


def _described(encoder: ProfileEncoder, frame: pd.DataFrame) -> tuple[Floats, pd.DataFrame]:
    """A column for each number, each category, and each number's gaps, with what it is."""
    values = encoder.transform(frame)
    about: list[tuple[str, str, str, str]] = []
    gaps: list[tuple[str, Floats]] = []
    outputs = list(encoder.get_feature_names_out())
    for place, (output, column) in enumerate(zip(outputs, encoder.sources_, strict=True)):
        if encoder.kinds_[column] == "category":
            about.append((output, column, "category", output[len(column) + 3 :]))
            continue
        about.append((f"days since {column}" if encoder.kinds_[column] == "date" else output, column, "number", ""))
        gap = np.isnan(values[:, place])
        if gap.any():
            gaps.append((column, gap.astype(float)))
    about += [(f"{column} is missing", column, "missing", "") for column, _ in gaps]
    whole_table = np.column_stack([values, *(gap for _, gap in gaps)])
    return whole_table, pd.DataFrame(about, columns=["trait", "column", "kind", "value"])


def _ranked(traits: pd.DataFrame, names: Sequence[Any], level: float) -> pd.DataFrame:
    traits["p_holm"] = holm(traits["p_value"].to_numpy(float))
    traits["strength"] = traits["effect"].map(strength)
    traits["clear"] = (traits["p_holm"] < 1 - level) & (traits["effect"].abs() >= _NEGLIGIBLE)
    order = pd.DataFrame(
        {
            "segment": traits["segment"].map({name: place for place, name in enumerate(names)}).astype(int),
            "weak": -traits["effect"].abs().round(9),
            "trait": traits["trait"],
        }
    )
    ranked = traits.loc[order.sort_values(["segment", "weak", "trait"]).index].reset_index(drop=True)
    first = ["segment", "trait", "column", "kind", "value", "effect", "low", "high", "p_value", "p_holm"]
    return ranked[[*first, "here", "elsewhere", "strength", "clear"]]


def _portrait(traits: pd.DataFrame, n_traits: int) -> pd.DataFrame:
    """The clear traits, one a subject; the table has the strongest first."""
    clear = traits[traits["clear"]]
    subjects = pd.Series([slot_of(trait) for trait in clear.to_dict("records")], index=clear.index, dtype=object)
    return clear[~subjects.duplicated()].head(n_traits)


def _in_words(trait: Any) -> str:
    effect = f"effect {trait['effect']:+.2f}"
    way = "higher" if trait["effect"] > 0 else "lower"
    if trait["kind"] == "number":
        return f"{trait['trait']} {way} (median {trait['here']:.3g} against {trait['elsewhere']:.3g}, {effect})"
    return f"{trait['trait']} for {trait['here']:.0%} against {trait['elsewhere']:.0%} ({effect})"


def _members(
    frame: pd.DataFrame,
    encoder: ProfileEncoder,
    codes: NDArray[np.intp],
    names: Sequence[Any],
    parts: dict[Any, pd.DataFrame],
    n_members: int,
    n_traits: int,
) -> pd.DataFrame:
    space = ProfileEncoder(list(encoder.kinds_), numbers="ranks", categories="onehot", missing="fill").fit(frame)
    points = space.transform(frame)
    chosen: list[tuple[Any, int]] = []
    for place, name in enumerate(names):
        rows = np.flatnonzero(codes == place)
        if len(rows) >= FEWEST and n_members:
            chosen += [(name, int(rows[one])) for one in _medoids(points[rows], n_members)]
    places = [row for _, row in chosen]
    members = pd.DataFrame({"segment": [name for name, _ in chosen]})
    purpose = purpose_of(frame) or "analytics"
    # A key that is thrown away: the pseudonyms of another call, or of any other table, are not these.
    short = pseudonyms(frame.index[places], purpose=purpose, key=secrets.token_bytes(32)).str[:8]
    members["member"] = short.to_numpy(dtype=object)
    shown = {name: list(_portrait(part, n_traits)["column"]) for name, part in parts.items()}
    for column in dict.fromkeys(each for name in names for each in shown[name]):
        told = [_blurred(frame[column].iloc[row]) if column in shown[name] else None for name, row in chosen]
        members[column] = pd.Series(told, dtype=object)
    return members


def _medoids(points: Floats, n: int) -> list[int]:
    """Members such that the mean distance of all to the nearest of them is small; each is the best one to add."""
    if len(points) > _MOST_COMPARED:  # evenly from the middle to the edge, so that the order of rows plays no part
        order = np.argsort(np.linalg.norm(points - points.mean(axis=0), axis=1), kind="stable")
        rows = order[np.linspace(0, len(order) - 1, _MOST_COMPARED).astype(int)]
    else:
        rows = np.arange(len(points))
    distances = pairwise_distances(points[rows])
    nearest = np.full(len(rows), np.inf)
    chosen: list[int] = []
    for _ in range(min(n, len(rows))):
        totals = np.minimum(distances, nearest).sum(axis=1)
        totals[chosen] = np.inf
        chosen.append(int(np.argmin(totals)))
        nearest = np.minimum(nearest, distances[chosen[-1]])
    return [int(rows[each]) for each in chosen]


def _blurred(value: Any) -> Any:
    """A number to two digits: exact values would find her in any other table."""
    if pd.isna(value):
        return "missing"
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float, np.number)):
        return value
    return float(f"{float(value):.1e}") if value else 0.0
