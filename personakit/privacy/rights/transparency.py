"""Transparency: to one customer, in plain words, what is known of her, what for, what it decided, and how to object.

GDPR, articles 12 (in plain language), 13 to 15 (what must be told) and 22 (automated decisions). The articles are named
as facts; this is no legal advice.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from personakit.privacy.moments import Moment, latest_now, moment_or_now
from personakit.privacy.purposes import purposes
from personakit.privacy.rights.document import Document, Readable, counted, shown
from personakit.privacy.rights.kinds import check_customer

if TYPE_CHECKING:
    from personakit.privacy.rights.holdings import Holdings

__all__ = ["Explanation", "explanation_of"]

_RIGHTS = (
    "See it all: ask for an export. It is yours to take elsewhere. (GDPR, articles 15 and 20)",
    "Correct it: tell us what is wrong. (article 16)",
    "Withdraw consent: say so for one purpose or for all, at any time. It is as easy as agreeing. (article 7(3))",
    "Object: where we rely on our legitimate interests, say that you object. To advertising, always. (article 21)",
    "Let a person decide: ask for one to look at a decision that was made by a machine. (article 22)",
    "Limit it: ask us to keep the data and not use them while a question is open. (article 18)",
    "Erase it: ask us to. You get a receipt that only you can tie to yourself. (article 17)",
    "Complain: to the data protection authority where you live. (article 77)",
)
_BASES = {
    "consent": "where you agreed",
    "contract": "because our contract with you needs it",
    "legal_obligation": "because the law demands it",
    "vital_interests": "because a life may depend on it",
    "public_task": "because a public task needs it",
    "legitimate_interests": "because we have a legitimate interest in it",
}


@dataclass(frozen=True)
class Explanation(Readable):
    """What is known of one customer and what was done with it, as a letter and as tables.

    Attributes
    ----------
    customer_id : hashable
    at : Timestamp
    held : DataFrame
        One row a holding that has something: holding, kind, what, rows, first, last, purpose, basis, retention.
    choices : DataFrame
        One row a purpose: purpose, meaning, state (granted, refused, withdrawn, expired, never asked), since, basis,
        expires.
    decisions : DataFrame
        Every decision logged about her: timestamp, purpose, model, decided, why.
    later : int
        Rows with a time after `at`, which `held` leaves out. Rows without a time are counted as they are now.

    Examples
    --------
    >>> from personakit.privacy import ConsentLedger, Holdings
    >>> ledger = ConsentLedger()
    >>> ledger.grant(1, "recommendations", at="2025-01-05", source="app")
    >>> holdings = Holdings({"ratings": pd.DataFrame({"customer_id": [1], "rating": [4.0]})}, ledger)
    >>> decided = holdings.log(1, purpose="recommendations", model="ease", decided="showed tea", at="2025-02-01")
    >>> letter = holdings.explain_use(1, at="2025-12-31")
    >>> print("\\n".join(line for line in letter.to_text().splitlines() if "recommendations" in line))
    - recommendations: yes, since 2025-01-05, because you agreed (app). It covers: choose products and contents for this
      customer from what she did.
    - recommendations: 1 decision by ease, the last on 2025-02-01.
    - when: 2025-02-01; purpose: recommendations; decided by: ease; outcome: showed tea
    """

    customer_id: Any
    at: pd.Timestamp
    held: pd.DataFrame
    choices: pd.DataFrame
    decisions: pd.DataFrame
    later: int = 0

    def to_document(self) -> Document:
        """The letter."""
        page = Document(f"How we use what we know about you (customer {shown(self.customer_id)})")
        page.text(f"This is how it stands on {self.at:%Y-%m-%d}.")
        self._known(page)
        self._agreed(page)
        self._decided(page)
        page.heading("What you can do").items(list(_RIGHTS))
        return page

    def _known(self, page: Document) -> None:
        page.heading("What we know")
        if self.later:
            page.text(f"Left out: {counted(self.later)} of later. What has no date is counted as it is now.")
        if self.held.empty:
            page.text("We hold nothing about you.")
            return
        page.items([_holding_in_words(row) for row in self.held.to_dict("records")])
        if (self.held["retention"] == "").any():
            page.text("Where no time is stated, we keep it until you ask us to erase it.")

    def _agreed(self, page: Document) -> None:
        choices = self.choices.to_dict("records")
        granted = [_choice_in_words(row) for row in choices if row["state"] == "granted"]
        refused = [_choice_in_words(row) for row in choices if row["state"] != "granted"]
        page.heading("What you agreed to")
        if granted:
            page.items(granted)
        else:
            page.text("You have agreed to nothing that we ask consent for.")
        page.heading("What is kept back")
        if refused:
            page.text("For these purposes, your data are not released:").items(refused)
        else:
            page.text("Nothing: you agreed to every purpose.")
        closed = {row["purpose"] for row in choices if row["state"] != "granted"}
        learnt = [row for row in self.held.to_dict("records") if row["kind"] == "model" and row["purpose"] in closed]
        for row in learnt:
            page.text(
                f"The model {row['holding']} ({row['purpose']}) still holds what it learnt from "
                f"{_rows(row['rows'])} of yours. Ask for erasure, and it forgets them or is trained again."
            )

    def _decided(self, page: Document) -> None:
        page.heading("What it decided")
        if self.decisions.empty:
            page.text("No decision about you is on record.")
            return
        page.text(f"On record about you: {counted(len(self.decisions), 'decision')}.")
        lines = []
        for (purpose, model), part in self.decisions.groupby(["purpose", "model"], sort=True):
            last = shown(part["timestamp"].max())
            lines.append(f"{purpose}: {counted(len(part), 'decision')} by {model}, the last on {last}.")
        page.items(lines)
        names = {"timestamp": "when", "model": "decided by", "decided": "outcome"}
        page.table(self.decisions.rename(columns=names))


def explanation_of(holdings: Holdings, customer_id: Any, *, at: Moment | None = None) -> Explanation:
    """What `Holdings.explain_use` gives."""
    check_customer(customer_id, "explain_use")
    when = moment_or_now(at)
    until = latest_now() if at is None else when  # the tables are in the shop's own time, which may be ahead of UTC
    held, later = [], 0
    for holding in holdings:
        found = holding.about(customer_id)
        if found:
            then = {name: _until(frame, until) for name, frame in found.items()}
            later += sum(len(found[name]) - len(frame) for name, frame in then.items())
            found = {name: frame for name, frame in then.items() if len(frame)}
        if found is not None and not found:
            continue
        rows = pd.NA if found is None else sum(map(len, found.values()))
        times = [frame["timestamp"] for frame in (found or {}).values() if "timestamp" in frame]
        dates = pd.concat([_dates(each) for each in times]) if times else pd.Series(dtype="M8[us]")
        what = holding.what if holding.kind != "model" else "what a model learnt from"
        line = (holding.name, holding.kind, what, rows, dates.min(), dates.max())
        held.append((*line, "; ".join(holding.purpose), holding.basis, holding.kept))
    if all(pd.isna(line[3]) for line in held):
        held = []  # of a stranger, a model that cannot say whom it knows knows nothing either
    columns = ["holding", "kind", "what", "rows", "first", "last", "purpose", "basis", "retention"]
    decisions = holdings.decisions
    hers = decisions[decisions["customer_id"].isin([customer_id]) & (decisions["timestamp"] <= until)]
    shown_columns = ["timestamp", "purpose", "model", "decided", "why"]
    return Explanation(
        customer_id,
        when,
        pd.DataFrame(held, columns=columns),
        _choices(holdings, customer_id, until),
        hers.sort_values("timestamp", kind="stable")[shown_columns].reset_index(drop=True),
        later,
    )


def _choices(holdings: Holdings, customer_id: Any, when: pd.Timestamp) -> pd.DataFrame:
    """What holds for her at that moment, purpose by purpose."""
    ledger = next((holding.thing for holding in holdings if holding.kind == "ledger"), None)
    history = ledger.history(customer_id) if ledger is not None else pd.DataFrame()
    rows = []
    for purpose, meaning in purposes().items():
        state, since, basis, expires, source = "never asked", pd.NaT, None, pd.NaT, ""
        said = history[(history["purpose"] == purpose) & (history["timestamp"] <= when)] if len(history) else history
        if ledger is not None and len(said):
            state = str(ledger.states(str(purpose), when).get(customer_id, state))
            wanted = ["granted"] if state in ("granted", "expired") else ["refused", "withdrawn"]
            telling = said[said["choice"].isin(wanted)]
            last = (telling if len(telling) else said).iloc[-1]
            since, basis, expires = last["timestamp"], last.get("basis"), last.get("expires", pd.NaT)
            source = str(last["source"]) if pd.notna(last.get("source")) else ""
        rows.append((purpose, meaning, state, since, basis, expires, source))
    names = ["purpose", "meaning", "state", "since", "basis", "expires", "source"]
    return pd.DataFrame(rows, columns=names)


def _holding_in_words(row: dict[Hashable, Any]) -> str:
    what = f" ({row['what']})" if row["what"] else ""
    span = ""
    if pd.notna(row["first"]):
        span = f", from {shown(row['first'].normalize())} to {shown(row['last'].normalize())}"
    why = f", {_BASES[row['basis']]}" if row["basis"] in _BASES else ""
    kept = f" We keep it: {row['retention']}." if row["retention"] else ""
    return f"{row['holding']}{what}: {_rows(row['rows'])}{span}. It is for: {row['purpose']}{why}.{kept}"


def _choice_in_words(row: dict[Hashable, Any]) -> str:
    since, expires = shown(row["since"]), shown(row["expires"])
    if row["state"] == "granted":
        until = f", until {expires}" if expires else ""
        why = "because you agreed" if row["basis"] == "consent" else _BASES.get(row["basis"], "on no stated ground")
        where = f" ({row['source']})" if row["source"] else ""
        return f"{row['purpose']}: yes, since {since}{until}, {why}{where}. It covers: {row['meaning']}."
    words = {
        "refused": f"no. You said no on {since}.",
        "withdrawn": f"no. You took your consent back on {since}.",
        "expired": f"no longer. Your consent ended on {expires}.",
        "never asked": "no. You were not asked, and silence is no consent.",
    }
    return f"{row['purpose']}: {words[row['state']]}"


def _rows(number: Any) -> str:
    return "an unknown number of rows" if pd.isna(number) else counted(number)


def _until(frame: pd.DataFrame, when: pd.Timestamp) -> pd.DataFrame:
    """The rows up to a moment; those without a time stay."""
    if "timestamp" not in frame.columns:
        return frame
    return frame.loc[~(_dates(frame["timestamp"]) > when)]


def _dates(column: pd.Series) -> pd.Series:
    """Times as such; seconds since 1970, which some tables have, are read as that."""
    numbers = pd.api.types.is_numeric_dtype(column.dtype)
    times = pd.to_datetime(column, unit="s") if numbers else pd.to_datetime(column, errors="coerce")
    return times.astype("datetime64[us]")
