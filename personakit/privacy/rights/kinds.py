"""How each kind of thing that a shop holds is asked about one customer, and made ready to be without her.

Nothing is changed here: a holding hands back a `Change`, which does its part when told to and can take it back where
that is possible.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Hashable, MutableMapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from personakit.errors import DataError, ParameterError, UnknownNameError
from personakit.privacy.gate_rows import only_rows
from personakit.privacy.ids import twin_of
from personakit.privacy.rights.digests import digest_of

__all__ = ["KINDS", "Change", "Holding", "can_erase", "check_customer"]

#: The kinds of holdings, and what a customer reads over what is held of her there.
KINDS = {
    "table": "Table",
    "ledger": "Your choices",
    "links": "Which records are yours",
    "store": "Store",
    "model": "What a model learnt from",
    "cache": "Kept for speed",
    "index": "Search index",
    "decisions": "Decisions about you",
}


@dataclass
class Change:
    """What leaving a customer out of a holding comes to.

    `outside` changes reach into something that cannot be copied (a file, a C library) and cannot be taken back; they
    are done first, one by one. The others swap what was made ready, and can be swapped back.
    """

    rows: int
    method: str
    note: str = ""
    before: str = ""
    after: str = ""
    do: Callable[[], None] | None = None
    undo: Callable[[], None] | None = None
    outside: bool = False


@dataclass
class Holding:
    """One thing that holds data about people, and why.

    `keys` gives the ids under which the thing knows a customer, where they are not hers; `owner` the customer to whom a
    key of a mapping belongs. `keep` says under which law it is kept although she asks for erasure.
    """

    name: str
    thing: Any
    kind: str
    purpose: tuple[str, ...]
    basis: str | None = None
    retention: str | None = None
    what: str = ""
    keep: str | None = None
    keys: Callable[[Any], list[Any]] | None = None
    owner: Callable[[Any], Any] | None = None
    meanings: dict[str, str] = field(default_factory=dict)
    records: Callable[[Any], list[Any]] = field(default=lambda customer_id: [])

    @property
    def kept(self) -> str:
        """For how long, in words; empty where nothing is stated."""
        law = f"by law, also after an erasure ({self.keep})" if self.keep else ""
        return ", ".join(part for part in (self.retention, law) if part)

    def about(self, customer_id: Any) -> dict[str, pd.DataFrame] | None:
        """Everything held about a customer by table, empty where nothing is, and None where the thing cannot say."""
        if isinstance(self.thing, pd.DataFrame):
            return _named(self.name, self.thing.loc[self._hers(self.thing, customer_id)])
        if isinstance(self.thing, MutableMapping):
            return _named(self.name, self._entries(customer_id))
        if hasattr(self.thing, "held_about"):
            return self._told(customer_id)
        if hasattr(self.thing, "__contains__"):
            keys = [key for key in self._keys(customer_id) if key in self.thing]
            return _named(self.name, pd.DataFrame({"key": keys}))
        if hasattr(self.thing, "knows"):
            known = np.asarray(self.thing.knows(self._keys(customer_id)))
            return _named(self.name, pd.DataFrame({"known": known[known]}))
        return None

    def count(self, customer_id: Any) -> int | None:
        """How many rows are held about a customer; None where the thing cannot say."""
        held = self.about(customer_id)
        return None if held is None else sum(len(frame) for frame in held.values())

    def without(self, customer_id: Any, swap: Callable[[str, Any], None]) -> Change:
        """The change that leaves a customer out; `swap` puts a new table in the place of this holding's."""
        rows = self.count(customer_id)
        if rows == 0:
            return Change(0, "nothing held")
        if self.keep is not None:
            return Change(rows or 0, "kept by law", self.keep)
        if isinstance(self.thing, pd.DataFrame):
            old, new = self.thing, only_rows(self.thing, ~self._hers(self.thing, customer_id))
            return self._swap(rows or 0, "deleted", old, new, lambda table: swap(self.name, table), new)
        if isinstance(self.thing, MutableMapping):
            left = self._others(customer_id)
            return self._swap(rows or 0, "deleted", dict(self.thing), left, self._refill, left)
        if hasattr(self.thing, "forget"):
            return self._forgetting(customer_id, rows)
        if hasattr(self.thing, "cache_clear"):
            return Change(0, "emptied", "a cache of function calls, emptied for everybody", do=self.thing.cache_clear)
        if self.kind != "model" and hasattr(self.thing, "remove"):
            keys = [key for key in self._keys(customer_id) if key in self.thing]
            return Change(len(keys), "deleted", do=lambda: _remove(self.thing, keys), outside=True)
        return Change(rows or 0, "marked for retraining")

    def _forgetting(self, customer_id: Any, rows: int | None) -> Change:
        method = "unlearnt exactly" if self.kind == "model" else "deleted"
        keys, records = self._keys(customer_id), self.records(customer_id)
        if self.kind != "store" and hasattr(self.thing, "__dict__"):
            try:
                replaces = getattr(self.thing, "forget_replaces", False)
                ready = copy.copy(self.thing) if replaces else copy.deepcopy(self.thing)
            except Exception:  # a lock, a handle, a secret: it cannot be copied, so it is treated like a file
                ready = None
            if ready is not None:
                _forget(ready, keys, records)
                old, thing = dict(self.thing.__dict__), self.thing
                return self._swap(
                    rows or 0, method, old, dict(ready.__dict__), lambda state: _become(thing, state), ready
                )
        return Change(rows or 0, method, do=lambda: _forget(self.thing, keys, records), outside=True)

    def _told(self, customer_id: Any) -> dict[str, pd.DataFrame]:
        """What a store, a model or a ledger says that it holds."""
        records = self.records(customer_id)
        held: dict[str, pd.DataFrame] = {}
        for key in self._keys(customer_id):
            found = _ask(self.name, self.thing, key, records)
            if not found and (twin := twin_of(key)) is not None and _ask(self.name, self.thing, twin, []):
                raise _other_type(self.name, key, twin)
            for name, frame in found.items():
                held[name] = pd.concat([held[name], frame], ignore_index=True) if name in held else frame
        return held

    def _swap(self, rows: int, method: str, old: Any, new: Any, put: Callable[[Any], None], whole: Any) -> Change:
        """A change that puts `new` in the place of `old`; `whole` is the thing as it will be."""
        before, after = digest_of(self.thing), digest_of(whole)
        return Change(rows, method, "", before, after, do=lambda: put(new), undo=lambda: put(old))

    def _keys(self, customer_id: Any) -> list[Any]:
        return [customer_id] if self.keys is None else list(self.keys(customer_id))

    def _hers(self, table: pd.DataFrame, customer_id: Any) -> NDArray[np.bool_]:
        """Which rows of a table are hers, by customer_id or by record_id."""
        if "customer_id" in table.columns or table.index.name == "customer_id":
            ids, wanted = _column(table, "customer_id"), self._keys(customer_id)
        else:
            ids, wanted = _column(table, "record_id"), self.records(customer_id)
        _same_type(ids, wanted, self.name)
        return np.asarray(ids.isin(wanted), dtype=bool)

    def _owner(self, key: Any) -> Any:
        return key if self.owner is None else self.owner(key)

    def _entries(self, customer_id: Any) -> pd.DataFrame:
        """What a mapping holds of her, as a table: entries of her own, and her rows in tables of everybody."""
        wanted, parts = self._keys(customer_id), []
        _same_type(pd.Series([self._owner(key) for key in self.thing], dtype=object), wanted, self.name)
        for key, value in self.thing.items():
            own = self._owner(key) in wanted
            if isinstance(value, pd.DataFrame) and "customer_id" in value.columns:
                part = value.loc[value["customer_id"].isin(wanted)]
            elif own:
                part = value if isinstance(value, pd.DataFrame) else pd.DataFrame({"value": [value]})
            else:
                continue
            if own and part.empty:
                part = pd.DataFrame({"value": ["nothing"]})
            if len(part):
                parts.append(part.assign(key=str(key)))
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()

    def _others(self, customer_id: Any) -> dict[Any, Any]:
        wanted, left = self._keys(customer_id), {}
        for key, value in self.thing.items():
            if self._owner(key) in wanted:
                continue
            if isinstance(value, pd.DataFrame) and "customer_id" in value.columns:
                value = only_rows(value, ~value["customer_id"].isin(wanted).to_numpy())
            left[key] = value
        return left

    def _refill(self, contents: dict[Any, Any]) -> None:
        self.thing.clear()
        self.thing.update(contents)


def can_erase(thing: Any) -> bool:
    """Whether there is a way to erase one customer from a thing, or all of them."""
    removes = hasattr(thing, "remove") and hasattr(thing, "__contains__")  # without `in` it cannot say whom it holds
    return (
        isinstance(thing, (pd.DataFrame, MutableMapping))
        or hasattr(thing, "forget")
        or (hasattr(thing, "cache_clear") or removes)
    )


def check_customer(customer_id: Any, what: str) -> None:
    """Refuse what is not the id of one customer.

    Raises
    ------
    ParameterError
        It is missing, or there are several.
    """
    if pd.api.types.is_scalar(customer_id) and pd.isna(customer_id):
        raise ParameterError(f"{what}: customer_id is missing. Pass the id of the customer.")
    if not isinstance(customer_id, Hashable) or isinstance(customer_id, (tuple, frozenset, range)):
        given = f"a {type(customer_id).__name__}"
        raise ParameterError(f"{what}: customer_id must be one id, but is {given}. Call {what} once for each customer.")


def _named(name: str, frame: pd.DataFrame) -> dict[str, pd.DataFrame]:
    if frame.index.name == "customer_id":
        frame = frame.reset_index()
    return {name: frame.reset_index(drop=True)} if len(frame) else {}


def _tables(name: str, held: Any) -> dict[str, pd.DataFrame]:
    """What `held_about` gave, whether one table or several."""
    if isinstance(held, pd.DataFrame):
        return _named(name, held)
    parts = dict(held or {})
    named = {f"{name}.{part}": frame for part, frame in parts.items() if isinstance(frame, pd.DataFrame)}
    single = {part: [value] for part, value in parts.items() if not isinstance(value, pd.DataFrame)}
    return {part: frame for part, frame in named.items() if len(frame)} | _named(name, pd.DataFrame(single))


def _column(table: pd.DataFrame, name: str) -> pd.Series:
    return table[name] if name in table.columns else pd.Series(table.index)


def _ask(name: str, thing: Any, key: Any, records: list[Any]) -> dict[str, pd.DataFrame]:
    """What a thing says of one key; a stranger is an error to some and an empty table to others."""
    extra = {"record_ids": records} if "record_ids" in inspect.signature(thing.held_about).parameters else {}
    try:
        return _tables(name, thing.held_about(key, **extra))
    except UnknownNameError:
        return {}


def _same_type(ids: pd.Series, wanted: list[Any], name: str) -> None:
    """Nobody would be found where one side has 17 and the other "17", and it would look as if nothing were held."""
    for key in wanted:
        twin = twin_of(key)
        if twin is not None and ids.isin([twin]).any() and not ids.isin([key]).any():
            raise _other_type(name, key, twin)


def _other_type(name: str, key: Any, twin: Any) -> DataError:
    return DataError(
        f"{name} holds nothing under {key!r} ({type(key).__name__}), but something under {twin!r} "
        f"({type(twin).__name__}). Ask with the type that it has, convert the column, or register the holding with "
        "keys=, which gives the ids under which it knows a customer."
    )


def _forget(thing: Any, keys: list[Any], records: list[Any]) -> None:
    """Call `forget` the way the thing has it: for many customers, or for one, and with her records where it asks."""
    parameters = inspect.signature(thing.forget).parameters
    extra = {"record_ids": records} if "record_ids" in parameters else {}
    if next(iter(parameters), "") in ("customer_id", "person_id"):
        for key in keys:
            thing.forget(key, **extra)
    else:
        thing.forget(keys, **extra)


def _remove(index: Any, keys: list[Any]) -> None:
    for key in keys:
        index.remove(key)


def _become(thing: Any, state: dict[str, Any]) -> None:
    thing.__dict__.clear()
    thing.__dict__.update(state)
