"""The record of processing activities (GDPR, article 30): what a shop holds about people, by name, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from html import escape
from typing import Any

import pandas as pd

from personakit.data.canonical import CANONICAL
from personakit.errors import DataError, ParameterError, UnknownNameError, some
from personakit.privacy.consent.tables import basis_named
from personakit.privacy.rights.document import shown
from personakit.privacy.rights.kinds import KINDS, Holding, can_erase

__all__ = ["Register"]

_FACTS = ("purpose", "basis", "retention", "what", "keep", "meanings")


class Register:
    """Things that hold data about people, each with its purpose, its lawful basis and for how long it is kept."""

    def __init__(self) -> None:
        self._holdings: dict[str, Holding] = {}

    def add(
        self,
        name: str,
        thing: Any,
        *,
        purpose: str | Iterable[str],
        kind: str,
        basis: str | None = None,
        retention: str | None = None,
        what: str = "",
        keep: str | None = None,
        keys: Callable[[Any], list[Any]] | None = None,
        owner: Callable[[Any], Any] | None = None,
        meanings: Mapping[str, str] | None = None,
    ) -> None:
        """Register something that holds data about people.

        Parameters
        ----------
        name : str
            Not taken yet.
        thing : DataFrame, ConsentLedger, store, model, cache or index
        purpose : str or several
            What it is for: names of `personakit.privacy.purposes()`, or words.
        kind : str
            table, ledger, links, store, model, cache, index or decisions.
        basis : str, optional
            The lawful basis (GDPR, article 6(1)): consent, contract, legal_obligation, legitimate_interests ...
        retention : str, optional
            For how long it is kept, in words.
        what : str, optional
            What one row is, in words; of canonical tables it is known.
        keep : str, optional
            The law that forbids to erase it (article 17(3)), in words; `erase` then leaves it, and the receipt says so.
        keys : callable, optional
            From a customer's id to the ids under which the thing knows her, where these are others.
        owner : callable, optional
            For a dict: from one of its keys to the customer, e.g. ``lambda key: key[0]``.
        meanings : mapping of column to words, optional
            What the columns mean, for the export; of canonical tables it is known.

        Raises
        ------
        ParameterError
            The name is taken, or the kind or the basis unknown.
        DataError
            A table without customer_id, or with record_id and no links; a thing from which nobody can be erased.
        """
        if name in self._holdings:
            raise ParameterError(f"Holdings: the name {name!r} is taken. Choose another name.")
        if kind not in KINDS:
            raise ParameterError(f"Holdings: {name!r} has the kind {kind!r}. Kinds are {', '.join(KINDS)}.")
        if isinstance(thing, pd.DataFrame):
            self._check_table(name, thing)
        elif kind == "table":
            raise DataError(
                f"Holdings: {name} is a {type(thing).__name__}, and a table is a DataFrame. Read it first, or register "
                "it under the kind that it is."
            )
        elif kind != "model" and not can_erase(thing):
            raise DataError(
                f"Holdings: {name} ({kind}, {type(thing).__name__}) has no way to erase anybody. Give it a method "
                "forget(customer_ids), or remove(key) and `in`, or register a table or a dict."
            )
        self.check_records(name, thing)
        several = (purpose,) if isinstance(purpose, str) else tuple(purpose)
        known = CANONICAL.get(name)
        told = {column: about.meaning for column, about in known.columns.items()} if known else {}
        self._holdings[name] = Holding(
            name=name,
            thing=thing,
            kind=kind,
            purpose=several,
            basis=None if basis is None else basis_named(basis),
            retention=retention,
            what=what or (known.row if known else ""),
            keep=keep,
            keys=keys,
            owner=owner,
            meanings={**told, **(meanings or {})},
            records=self._records_of,
        )

    def describe(self, name: str, **facts: Any) -> None:
        """Correct what is stated of a holding: purpose, basis, retention, what, keep, meanings; as in `add`.

        >>> from personakit.privacy import Holdings
        >>> holdings = Holdings({"ratings": pd.DataFrame({"customer_id": [1], "product_id": [1], "rating": [5]})})
        >>> holdings.describe("ratings", retention="two years")
        >>> holdings.overview().loc["ratings", "retention"]
        'two years'
        """
        holding = self[name]
        if wrong := [fact for fact in facts if fact not in _FACTS]:
            raise ParameterError(f"describe: {some(wrong)} cannot be stated. What can be is {', '.join(_FACTS)}.")
        if isinstance(facts.get("purpose"), str):
            facts["purpose"] = (facts["purpose"],)
        if facts.get("basis") is not None:
            facts["basis"] = basis_named(facts["basis"])
        for fact, value in facts.items():
            setattr(holding, fact, tuple(value) if fact == "purpose" else value)

    def __getitem__(self, name: str) -> Holding:
        if name not in self._holdings:
            raise UnknownNameError(f"Holdings has nothing called {name!r}. It has {', '.join(self._holdings)}.")
        return self._holdings[name]

    def __iter__(self) -> Iterator[Holding]:
        return iter(self._holdings.values())

    def __len__(self) -> int:
        return len(self._holdings)

    def overview(self) -> pd.DataFrame:
        """One row a holding, indexed by its name: kind, what, rows, purpose, basis, retention.

        `rows` is missing where the thing cannot be counted.
        """
        rows = [
            {
                "holding": holding.name,
                "kind": holding.kind,
                "what": holding.what,
                "rows": len(holding.thing) if hasattr(holding.thing, "__len__") else pd.NA,
                "purpose": "; ".join(holding.purpose),
                "basis": holding.basis or "not stated",
                "retention": holding.retention or "not stated",
            }
            for holding in self
        ]
        return pd.DataFrame(rows).set_index("holding").astype({"rows": "Int64"})

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(self._holdings)})"

    def _repr_html_(self) -> str:
        table = self.overview().reset_index().astype(object)
        head = "".join(f"<th style='text-align:left'>{escape(name)}</th>" for name in table.columns)
        body = "".join(
            "<tr>" + "".join(f"<td style='text-align:left'>{escape(shown(cell))}</td>" for cell in row) + "</tr>"
            for row in table.itertuples(index=False)
        )
        return (
            f"<table><caption>Record of processing</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        )

    def check_records(self, name: str, thing: Any) -> None:
        """Refuse a store with identities where no links say whose they are: they would outlive an erasure.

        Raises
        ------
        DataError
        """
        if "links" in self._holdings or isinstance(thing, pd.DataFrame) or not (number := _identities_in(thing)):
            return
        raise DataError(
            f"Holdings: {name} has {number:,} rows of identities, which have no customer_id, so nobody could be erased "
            "from them. Pass links=, whose each record_id is (record_id to customer_id)."
        )

    def frames(self) -> Iterator[tuple[str, pd.DataFrame]]:
        """Every data frame that is held, those in caches included, by the name of its holding."""
        for holding in self:
            if isinstance(holding.thing, pd.DataFrame):
                yield holding.name, holding.thing
            elif isinstance(holding.thing, Mapping):
                yield from ((holding.name, one) for one in holding.thing.values() if isinstance(one, pd.DataFrame))

    def _records_of(self, customer_id: Any) -> list[Any]:
        """The records of identities that are linked to a customer."""
        if "links" not in self._holdings:
            return []
        links = self["links"].thing
        return list(links.loc[links["customer_id"].isin([customer_id]), "record_id"])

    def _check_table(self, name: str, table: pd.DataFrame) -> None:
        if "customer_id" in table.columns or table.index.name == "customer_id":
            return
        if "record_id" in table.columns and "links" in self._holdings:
            return
        remedy = (
            "Pass links=, whose each record_id is (record_id to customer_id)."
            if "record_id" in table.columns
            else "Rename the column that names the customer to customer_id, or leave out a table that is about nobody."
        )
        raise DataError(
            f"Holdings: {name} has no column customer_id (it has {some(table.columns, 12)}), so it cannot be told "
            f"whose rows these are, and nobody could be erased from it. {remedy}"
        )


def _identities_in(thing: Any) -> int:
    """How many rows of identities a store says that it has."""
    counts, tables = getattr(thing, "n_rows", None), getattr(thing, "tables", None)
    if isinstance(counts, Mapping):
        return int(counts.get("identities", 0))
    if not isinstance(tables, Mapping) or "identities" not in tables:
        return 0
    table = tables["identities"]
    return len(table) if hasattr(table, "__len__") else int(table.count().to_pandas())
