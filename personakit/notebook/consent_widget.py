"""A desk at which a customer withdraws or gives consent, and what is made from her data changes before one's eyes.

The desk works on its own copy of the ledger: what is tried out here reaches neither the shop's ledger nor its tables.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import pandas as pd
from threadpoolctl import threadpool_limits

from personakit.errors import MissingExtraError, ParameterError, UnknownNameError, some
from personakit.notebook.style import COLOURS
from personakit.notebook.widgets import box_of
from personakit.privacy.consent.ledger import ConsentLedger
from personakit.privacy.gate import gate
from personakit.privacy.gate_permitted import Permitted, ids_in
from personakit.privacy.moments import Moment, moment
from personakit.privacy.purposes import purpose_named

if TYPE_CHECKING:
    import ipywidgets

__all__ = ["ConsentDesk", "ConsentView", "DataUse"]

_CELL = "padding:4px 8px;text-align:left"
_WORDS = {"granted": "agreed", "refused": "refused", "withdrawn": "withdrawn", "expired": "expired"}


@dataclass(frozen=True)
class DataUse:
    """Something that is made from people's data, and the purpose without which it may not be.

    Attributes
    ----------
    purpose : str
        One of `personakit.privacy.purposes()`.
    table : DataFrame
        What it is made from: with customer_id, as a column or an index. It is never changed.
    fit : function of Permitted, optional
        Makes it from what the gate let through. A model with `forget` unlearns who withdraws, exactly and at once;
        anything else is made again.
    says : function of (what `fit` returned, customer_id) to words, optional
        What it has to say about one customer; empty where it has nothing.
    """

    purpose: str
    table: pd.DataFrame
    fit: Callable[[Permitted], Any] | None = None
    says: Callable[[Any, Hashable], Sequence[str]] | None = None


@dataclass(frozen=True)
class _Fed:
    """What a use gets through the gate, and what was made of it."""

    ids: frozenset[Hashable]
    rows: pd.Series  # of each customer
    model: Any

    @property
    def n_rows(self) -> int:
        return int(self.rows.sum())

    def of(self, customer_id: Hashable) -> int:
        return int(self.rows.get(customer_id, 0))


@dataclass(frozen=True, repr=False)
class ConsentView:
    """What each use has of one customer, before and now; Jupyter shows it as a table.

    Attributes
    ----------
    customer_id : hashable
    table : DataFrame
        Indexed by use: purpose, choice, customers_before, customers, rows_before, rows, hers_before, hers, says_before,
        says (tuples of words; None where the use says nothing of anybody).
    entered : tuple of str
        The choices that were entered at this desk, oldest first.
    """

    customer_id: Hashable
    table: pd.DataFrame
    entered: tuple[str, ...] = ()

    def __repr__(self) -> str:
        parts = [
            f"{use} ({row['purpose']}, {row['choice']}): {_step(row, 'customers')} customers, "
            f"{_step(row, 'rows')} rows, {_step(row, 'hers')} hers{_words(row['says'], '; ')}"
            for use, row in self.table.to_dict("index").items()
        ]
        entered = f" Entered: {'; '.join(self.entered)}." if self.entered else " Nothing was entered yet."
        return f"Customer {self.customer_id}. {'. '.join(parts)}.{entered}"

    @property
    def html(self) -> str:
        """The view as one HTML element."""
        heads = ("", "needs her yes to", "her choice", "customers", "rows", "rows of hers", "what it says about her")
        head = "".join(f'<th style="{_CELL}">{escape(name)}</th>' for name in heads)
        body = "".join(
            f'<tr style="vertical-align:top;border-top:1px solid #e5e5e5">{_cells(str(use), row)}</tr>'
            for use, row in self.table.to_dict("index").items()
        )
        entered = "; ".join(self.entered) or "nothing yet"
        return (
            f'<div class="pk-consent" style="font-size:13px;color:#222;background:#fff;max-width:980px;padding:6px">'
            f'<div style="font-weight:700;padding:2px 8px 6px">Customer {escape(str(self.customer_id))}</div>'
            f'<table style="border-collapse:collapse;width:100%"><thead><tr>{head}</tr></thead><tbody>{body}</tbody>'
            f'</table><div style="color:#555;padding:6px 8px">Entered in the ledger at this desk: {escape(entered)}. '
            "An entry is added, never taken out.</div></div>"
        )

    def _repr_html_(self) -> str:
        return self.html


class ConsentDesk:
    """Withdraw or give consent for one customer, and see what each use of the data loses or gains.

    Parameters
    ----------
    uses : mapping of name to DataUse
    ledger : ConsentLedger
        It is copied, and stays as it is.
    at : str, date, datetime or Timestamp
        The present of the data; choices are entered a minute apart from then on.

    Raises
    ------
    ParameterError
        There is no use.
    UnknownNameError
        A use has an unknown purpose.

    Examples
    --------
    >>> ledger = ConsentLedger()
    >>> ledger.grant([1, 2], "recommendations", at="2025-01-05")
    >>> seen = pd.DataFrame({"customer_id": [1, 1, 2], "product_id": ["tea", "pot", "tea"]})
    >>> desk = ConsentDesk({"bestsellers": DataUse("recommendations", seen)}, ledger, at="2025-12-31")
    >>> print(desk.withdraw(1, "recommendations"))
    Customer 1. bestsellers (recommendations, withdrawn): 2 → 1 customers, 3 → 1 rows, 2 → 0 hers. Entered: ...
    >>> ledger.valid("recommendations", at="2026-01-31").tolist()
    [1, 2]
    """

    def __init__(self, uses: Mapping[str, DataUse], ledger: ConsentLedger, *, at: Moment) -> None:
        if not uses:
            raise ParameterError("ConsentDesk has nothing to show: uses is empty. Name at least one use of the data.")
        self.uses = {str(name): use for name, use in uses.items()}
        self.purposes = tuple(dict.fromkeys(purpose_named(use.purpose) for use in self.uses.values()))
        self.at = moment(at)
        self._records = ledger.records
        self._counts = {name: ids_in(use.table, name).value_counts() for name, use in self.uses.items()}
        self._begin()
        self._before = {name: self._feed(name, None, None) for name in self.uses}
        self._now = dict(self._before)

    def _begin(self) -> None:
        # Its present is late enough for every choice that will be entered.
        self.ledger = ConsentLedger(self._records, now=self.at + pd.Timedelta(days=366))
        self._moment, self._entered = self.at, tuple[str, ...]()

    def reset(self) -> None:
        """Back to the ledger as it was given."""
        self._begin()
        self._now = dict(self._before)

    def withdraw(self, customer_id: Hashable, purpose: str) -> ConsentView:
        """Enter that a customer takes her consent back; what is left of her is in the view that it returns."""
        return self._enter(customer_id, purpose, granted=False)

    def grant(self, customer_id: Hashable, purpose: str) -> ConsentView:
        """Enter that a customer agrees."""
        return self._enter(customer_id, purpose, granted=True)

    def view(self, customer_id: Hashable) -> ConsentView:
        """What every use has of a customer.

        Raises
        ------
        UnknownNameError
            No table has a row of hers.
        """
        self._known(customer_id)
        lines = {name: self._line(name, customer_id) for name in self.uses}
        return ConsentView(customer_id, pd.DataFrame.from_dict(lines, orient="index"), self._entered)

    def choose(
        self, customers: Sequence[Hashable] | Mapping[str, Hashable], *, start: Hashable | None = None
    ) -> ipywidgets.VBox:
        """The desk as a widget: a customer, a purpose, and buttons to withdraw, to agree and to start again.

        Without a kernel (on GitHub, in an exported page) the first view is shown as it is.

        Parameters
        ----------
        customers : sequence of ids, or mapping of words to id
        start : id, optional
            Who is shown first; by default the first.

        Returns
        -------
        ipywidgets.VBox
            `children`: a box with the two lists, a box with the three buttons, and the view.
        """
        try:
            import ipywidgets
        except ImportError as error:
            raise MissingExtraError.of("ipywidgets", "notebooks", "ConsentDesk.choose") from error
        options = list(customers.items()) if isinstance(customers, Mapping) else [(str(one), one) for one in customers]
        if not options:
            raise ParameterError("ConsentDesk.choose has nobody to choose from: customers is empty.")
        first = options[0][1] if start is None else start
        if first not in [value for _, value in options]:
            raise ParameterError(f"choose(start={start!r}): that customer is not among those to choose from.")

        shown = self.view(first)
        who = ipywidgets.Dropdown(options=options, value=first, description="Customer")
        what = ipywidgets.Dropdown(options=list(self.purposes), description="Purpose")
        buttons = [ipywidgets.Button(description=text) for text in ("She withdraws", "She agrees", "Start again")]
        page = ipywidgets.HTML(shown.html)

        def show(_: Any = None) -> None:
            page.value = self.view(who.value).html

        def pressed(button: Any) -> None:
            if button is buttons[2]:
                self.reset()
            else:
                self._enter(who.value, what.value, granted=button is buttons[1])
            show()

        who.observe(show, names="value")
        for button in buttons:
            button.on_click(pressed)
        words = f"A desk for {len(options)} customers and {len(self.purposes)} purposes. {shown!r}"
        rows = [ipywidgets.HBox([who, what]), ipywidgets.HBox(buttons), page]
        return box_of(rows, words=words, html=shown.html)

    def _enter(self, customer_id: Hashable, purpose: str, *, granted: bool) -> ConsentView:
        named = purpose_named(purpose)
        if named not in self.purposes:
            raise ParameterError(f"No use at this desk needs {named!r}. Purposes here are {', '.join(self.purposes)}.")
        self._known(customer_id)
        self._moment += pd.Timedelta(minutes=1)
        enter = self.ledger.grant if granted else self.ledger.withdraw
        enter(customer_id, named, at=self._moment, source="consent desk")
        said = "agrees to" if granted else "takes back"
        self._entered = (*self._entered, f"customer {customer_id} {said} {named}")
        for name, use in self.uses.items():
            if purpose_named(use.purpose) == named:
                self._now[name] = self._feed(name, customer_id, granted)
        return self.view(customer_id)

    def _feed(self, name: str, customer_id: Hashable | None, granted: bool | None) -> _Fed:
        use = self.uses[name]
        allowed = gate(use.table, use.purpose, at=self._moment, ledger=self.ledger)
        ids = frozenset(allowed.customer_ids)
        counts = self._counts[name]
        rows = counts[counts.index.isin(list(ids))]
        if use.fit is None:
            return _Fed(ids, rows, None)
        for former in (self._before.get(name), self._now.get(name)) if customer_id is not None else ():
            if former is not None and former.ids == ids:
                return _Fed(ids, rows, former.model)  # made from the same people
        model = self._now[name].model if customer_id is not None else None
        # Where cores are shared (Binder, a busy laptop), threads wait for each other for seconds over a small matrix.
        with threadpool_limits(limits=1):
            if model is not None and granted is False and getattr(model, "forget_replaces", False):
                return _Fed(ids, rows, copy.copy(model).forget([customer_id]))
            return _Fed(ids, rows, use.fit(allowed))

    def _line(self, name: str, customer_id: Hashable) -> dict[str, Any]:
        use, before, now = self.uses[name], self._before[name], self._now[name]
        state = str(self.ledger.states(use.purpose, self._moment).get(customer_id, "never asked"))
        line: dict[str, Any] = {"purpose": purpose_named(use.purpose), "choice": _WORDS.get(state, state)}
        for column, old, new in (
            ("customers", len(before.ids), len(now.ids)),
            ("rows", before.n_rows, now.n_rows),
            ("hers", before.of(customer_id), now.of(customer_id)),
            ("says", self._says(use, before, customer_id), self._says(use, now, customer_id)),
        ):
            line |= {f"{column}_before": old, column: new}
        return line

    @staticmethod
    def _says(use: DataUse, fed: _Fed, customer_id: Hashable) -> tuple[str, ...] | None:
        if use.says is None:
            return None
        if customer_id not in fed.ids:
            return ()
        return tuple(map(str, use.says(fed.model, customer_id)))

    def _known(self, customer_id: Hashable) -> None:
        if not any(customer_id in counts.index for counts in self._counts.values()):
            known = next(iter(self._counts.values())).index
            raise UnknownNameError(
                f"ConsentDesk: no table has a row of customer {customer_id!r}. There are {some(known, 4)}."
            )


def _step(row: Mapping[Hashable, Any], column: str) -> str:
    before, now = row[f"{column}_before"], row[column]
    return f"{now:,}" if before == now else f"{before:,} → {now:,}"


def _words(said: Sequence[str] | None, before: str = "") -> str:
    return "" if said is None else before + (" · ".join(said) or "nothing")


def _cells(use: str, row: Mapping[Hashable, Any]) -> str:
    colour = COLOURS["green"] if row["choice"] == _WORDS["granted"] else COLOURS["vermilion"]
    says = escape(_words(row["says"]))
    if row["says"] != row["says_before"]:
        says = f'<s style="color:#777">{escape(_words(row["says_before"]))}</s><br><b>{says}</b>'
    changed = {column: row[f"{column}_before"] != row[column] for column in ("customers", "rows", "hers")}
    numbers = "".join(
        f'<td style="{_CELL};white-space:nowrap;font-weight:{700 if changed[column] else 400}">'
        f"{escape(_step(row, column))}</td>"
        for column in changed
    )
    return (
        f'<td style="{_CELL};font-weight:600">{escape(use)}</td><td style="{_CELL}">{escape(row["purpose"])}</td>'
        f'<td style="{_CELL};color:{colour};font-weight:700">{escape(row["choice"])}</td>'
        f'{numbers}<td style="{_CELL};width:34%;max-width:none">{says}</td>'
    )
