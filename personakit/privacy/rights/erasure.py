"""Erasure: a customer leaves everything that is held, or, where something cannot forget her, a deadline is set."""

from __future__ import annotations

import hmac
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from personakit.errors import ConsentError, DataError, ParameterError, PersonakitError, UnknownNameError, some
from personakit.privacy.consent.carried import ledger_of
from personakit.privacy.consent.ledger import ConsentLedger
from personakit.privacy.ids import id_texts
from personakit.privacy.moments import Moment, latest_now, moment, moment_or_now
from personakit.privacy.pseudonyms_keys import hkdf, read_key
from personakit.privacy.rights.kinds import Change, Holding, check_customer
from personakit.privacy.rights.receipts import GROUNDS, ErasedFrom, Receipt, keyed_digest
from personakit.privacy.settings import whole

if TYPE_CHECKING:
    from personakit.privacy.rights.holdings import Holdings

__all__ = [
    "ErasureError",
    "Pending",
    "append_rows",
    "check_current",
    "due_in",
    "erase_from",
    "put_retrained",
    "suppressed",
]

Key = str | PathLike[str] | bytes | None


class ErasureError(PersonakitError, RuntimeError):
    """An erasure that could not be done, or a model that still holds erased customers after its deadline."""


@dataclass
class Pending:
    """A model that cannot forget and awaits retraining."""

    marked: pd.Timestamp
    deadline: pd.Timestamp
    erased: int


def erase_from(
    holdings: Holdings, customer_id: Any, *, at: Moment, deadline_days: int, reason: str, key: Key
) -> Receipt:
    """What `Holdings.erase` does."""
    when = moment(at)
    if reason not in GROUNDS:
        raise ParameterError(
            f"erase: {reason!r} is no ground. Grounds are {', '.join(GROUNDS)}; a free text is not taken, as it might "
            "name the customer."
        )
    deadline_days = whole("deadline_days", deadline_days, 0, where="erase", why=", the days until a retrained model")
    check_customer(customer_id, "erase")
    _check_present(holdings, when)
    mark = None if key is None else _digests([customer_id], key)[0]
    changes = _prepared(holdings, customer_id)
    _carry_out(changes)

    token = Receipt.new_token()
    deadline = when + pd.Timedelta(days=deadline_days)
    parts = []
    for holding, change in changes:
        if change.method == "marked for retraining":
            change.note = _marked(holdings, holding, when, deadline)
        before, after = keyed_digest(token, change.before), change.after
        parts.append(ErasedFrom(holding.name, holding.kind, change.rows, change.method, change.note, before, after))
    earlier = holdings._receipts
    receipt = Receipt(
        number=len(earlier) + 1,
        at=when.isoformat(),
        ground=reason,
        commitment=Receipt.commitment_to(customer_id, token),
        parts=tuple(parts),
        **({"previous": earlier[-1].digest} if earlier else {}),
        token=token,
    )
    holdings._receipts.append(receipt.without_token())
    if mark is not None:
        holdings._erased.add(mark)
    return receipt


def _prepared(holdings: Holdings, customer_id: Any) -> list[tuple[Holding, Change]]:
    """What has to be done in each holding; nothing is changed yet."""
    changes = []
    for holding in [*holdings, *_carried(holdings)]:
        try:
            holdings.check_records(holding.name, holding.thing)
            changes.append((holding, holding.without(customer_id, holdings._put)))
        except DataError:
            raise
        except Exception as problem:
            raise ErasureError(
                f"Nothing was erased: {holding.name} ({holding.kind}) could not be made ready without the customer "
                f"({type(problem).__name__}: {problem}). Repair it, and call erase again."
            ) from problem
    held = any(change.rows and change.method != "marked for retraining" for _, change in changes)
    for holding, change in changes:
        if change.method != "marked for retraining" or held:
            continue
        if not change.rows:  # a model that cannot say whom it knows is taken to know those of whom anything is held
            change.method = "nothing held"
        elif (before := holdings._pending.get(holding.name)) is not None:
            change.method, change.note = "awaiting retraining", _by(before.deadline)
    return changes


def _carried(holdings: Holdings) -> list[Holding]:
    """The ledgers that frames carry in their attributes and that are not registered, each once, as holdings."""
    seen = [holding.thing for holding in holdings if holding.kind == "ledger"]
    found = []
    for name, frame in holdings.frames():
        if "consents" not in frame.attrs:
            continue
        try:
            ledger = ledger_of(frame)
        except ConsentError:  # a name without its ledger, as in what was read from a file
            continue
        if not any(ledger is one for one in seen):
            seen.append(ledger)
            found.append(Holding(f"{name}.attrs", ledger, "ledger", ("proving who agreed to what",)))
    return found


def _check_present(holdings: Holdings, when: pd.Timestamp) -> None:
    """No erasure of tomorrow; a shop that is simulated ahead of the clock has a ledger that says what now is."""
    ledgers = [one.thing.latest for one in holdings if isinstance(one.thing, ConsentLedger)]
    latest = max([latest_now(), *ledgers])
    if when.normalize() > latest.normalize():
        raise ParameterError(
            f"erase: at is {when:%Y-%m-%d %H:%M}, which lies in the future. The receipt says when she was erased: pass "
            "the present. If the data are simulated, register a ledger made with now=."
        )


def _carry_out(changes: list[tuple[Holding, Change]]) -> None:
    """First what cannot be taken back, then the swaps, all of which are taken back if one fails."""
    gone: list[str] = []
    for holding, change in changes:
        if change.outside and change.do is not None:
            try:
                change.do()
            except Exception as problem:
                so_far = (
                    f"She is gone for good from {', '.join(gone)}; everything else is as it was. Repair {holding.name} "
                    "and call erase again, which does the rest."
                    if gone
                    else f"Nothing was erased. Repair {holding.name} and call erase again."
                )
                raise ErasureError(
                    f"{holding.name} ({holding.kind}) could not forget the customer ({type(problem).__name__}: "
                    f"{problem}). {so_far}"
                ) from problem
            gone.append(holding.name)
    done: list[Change] = []
    for holding, change in changes:
        if change.do is None or change.outside:
            continue
        try:
            done.append(change)
            change.do()
        except BaseException as problem:
            for earlier in reversed(done):
                if earlier.undo is not None:
                    earlier.undo()
            if not isinstance(problem, Exception):
                raise
            rest = f"She is gone for good from {', '.join(gone)}; the rest" if gone else "Nothing was erased: all"
            raise ErasureError(
                f"{holding.name} ({holding.kind}) could not be replaced ({type(problem).__name__}: {problem}). "
                f"{rest} is as it was. Repair it and call erase again."
            ) from problem


def _marked(holdings: Holdings, holding: Holding, when: pd.Timestamp, deadline: pd.Timestamp) -> str:
    """Mark a model; an earlier deadline stays."""
    before = holdings._pending.get(holding.name)
    if before is None:
        holdings._pending[holding.name] = before = Pending(when, deadline, 0)
    before.erased += 1
    before.deadline = min(before.deadline, deadline)
    return _by(before.deadline)


def _by(deadline: pd.Timestamp) -> str:
    return f"to be retrained by {deadline:%Y-%m-%d}"


def due_in(holdings: Holdings, at: Moment | None = None) -> pd.DataFrame:
    """What `Holdings.due` gives."""
    now = moment_or_now(at)
    rows = [
        (name, each.marked, each.deadline, each.erased, each.deadline < now) for name, each in holdings._pending.items()
    ]
    table = pd.DataFrame(rows, columns=["holding", "marked", "deadline", "erased", "overdue"])
    return table.sort_values("deadline", kind="stable", ignore_index=True)


def check_current(holdings: Holdings, model: Any, at: Moment | None = None) -> None:
    """What `Holdings.check_current` does."""
    by_name = isinstance(model, str)
    names = [holding.name for holding in holdings if (holding.name == model if by_name else holding.thing is model)]
    if not names:
        asked = repr(model) if by_name else f"this {type(model).__name__}"
        raise UnknownNameError(
            f"check_current: {asked} is not registered, so it is not known whom it learnt from. Register it with "
            "holdings.add(name, model, kind='model', purpose=...)."
        )
    pending = holdings._pending.get(names[0])
    if pending is None:
        return
    text = (
        f"{names[0]} still holds what it learnt from {pending.erased} erased customers, and was to be retrained by "
        f"{pending.deadline:%Y-%m-%d}. Fit it on holdings.tables and call holdings.replace({names[0]!r}, model)."
    )
    if pending.deadline < moment_or_now(at):
        raise ErasureError(f"{text} Until then it may not be used.")
    warnings.warn(text, UserWarning, stacklevel=3)


def put_retrained(holdings: Holdings, name: str, model: Any) -> None:
    """What `Holdings.replace` does."""
    holding = holdings[name]
    if holding.kind != "model":
        raise ParameterError(f"replace: {name} is a {holding.kind}. Only models are replaced after retraining.")
    if model is holding.thing and name in holdings._pending:
        raise DataError(
            "replace: this is the same object that was marked, so it cannot be told that it was retrained. Fit a new "
            "model on holdings.tables and pass that."
        )
    known = getattr(getattr(model, "customers_", None), "ids", None)
    tables = [each.thing for each in holdings if each.kind == "table" and "customer_id" in each.thing.columns]
    if known is not None and tables:
        here = pd.concat([table["customer_id"].drop_duplicates().astype(object) for table in tables])
        strangers = int((~pd.Index(known).isin(here)).sum())
        if strangers:
            raise DataError(
                f"replace: the new {name} knows {strangers} customers of whom no table holds anything, so it learnt "
                "from data of before an erasure. Fit it on holdings.tables."
            )
    holding.thing = model
    holdings._pending.pop(name, None)


def suppressed(holdings: Holdings, customer_ids: Iterable[Any], key: Key) -> NDArray[np.bool_]:
    """Which of the customers were erased with that key."""
    return np.array([digest in holdings._erased for digest in _digests(customer_ids, key)], dtype=bool)


def append_rows(holdings: Holdings, name: str, rows: pd.DataFrame, key: Key = None) -> None:
    """What `Holdings.append` does."""
    holding = holdings[name]
    if holding.kind != "table":
        raise ParameterError(f"append: {name} is a {holding.kind}, not a table.")
    table = holding.thing
    if not isinstance(rows, pd.DataFrame):
        raise DataError(f"append: a DataFrame of new rows is expected, and a {type(rows).__name__} was given.")
    extra = [column for column in [*rows.columns, *table.columns] if (column in rows) != (column in table)]
    if extra:
        raise DataError(f"append: {name} and the new rows differ in columns ({some(extra)}). Give both the same.")
    if key is not None and "customer_id" in rows.columns:
        ids = rows["customer_id"].dropna().drop_duplicates()
        back = ids[suppressed(holdings, ids, key)]
        if len(back):
            hers = rows["customer_id"].isin(back)
            raise DataError(
                f"append: {name} has {int(hers.sum())} rows of {len(back)} customers who were erased (rows "
                f"{some(rows.index[hers])}). Find out how they came back; leave them out, or, if the person is a "
                "customer again by her own will, give her a new customer_id."
            )
    holdings._put(name, pd.concat([table, rows], ignore_index=True))


def _digests(customer_ids: Iterable[Any], key: Key) -> list[str]:
    """Keyed digests of ids, under a key derived for this use alone."""
    secret = hkdf(read_key(key)[0].reveal(), salt=b"", info=b"personakit suppression list")
    return [hmac.digest(secret, text.encode(), "sha256").hex() for text in id_texts(list(customer_ids))]
