"""Contact history: each logged decision of a campaign with what was known before it and what came of it.

A campaign that draws by chance whom it writes to runs an experiment on every customer. What she did in the weeks with
a message, beside what she usually did in weeks without one, is the best thing that a shop can know about what a
message does to her; what she looks at tells which message.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from personakit.errors import DataError, ParameterError, some
from personakit.privacy.binding import purpose_of

__all__ = ["ContactHistory", "contact_history"]

Floats = NDArray[np.float64]

_NEEDED = {
    "contacts": ("customer_id", "timestamp", "channel", "propensity"),
    "sessions": ("customer_id", "timestamp"),
    "order_lines": ("customer_id", "product_id", "timestamp", "quantity", "unit_price"),
    "products": ("product_id", "unit_cost"),
}
USUAL_WEEKS = 6.0  # half-life of what a customer usually does
TIRED_WEEKS = 1.4  # half-life of the weariness that a message leaves: about ten days
TASTE_PRIOR = 10.0  # views' worth of the average taste that every customer starts with


@dataclass(frozen=True)
class ContactHistory:
    """Decisions of the past, and where the customers stand now.

    Attributes
    ----------
    decisions : DataFrame
        One row a logged decision: customer_id, week (its Monday), channel, theme, discount, action (the three in one
        word), propensity, cost (of the message, in pounds; 0 where no costs were given); what was known before that
        week (see `now`); visits and margin of that week. Margin is price less unit cost of what was bought and kept.
        Decisions whose outcome was no choice (propensity 1) are left out and counted in `forced`.
    now : DataFrame, index customer_id
        usual (visits a week without a message, of late), met_visits and met_usual (visits in her weeks with a message,
        and what was usual then), tired (messages of late, decaying), and taste_... (log of how much more often than
        others she looks at products of that style).
    forced : int
    worth_of_a_visit : Series by discount
        Margin a visit, in weeks without and with each discount, weighted by propensity.
    purpose_ : str or None
        The purpose for which the gate released the tables.
    """

    decisions: pd.DataFrame
    now: pd.DataFrame
    forced: int
    worth_of_a_visit: pd.Series
    purpose_: str | None


def contact_history(
    tables: Mapping[str, pd.DataFrame] | Any,
    *,
    at: Any,
    last_weeks: int | None = None,
    costs: Mapping[str, float] | None = None,
) -> ContactHistory:
    """Read the history of a weekly campaign out of the canonical tables.

    A decision belongs to the calendar week, Monday to Sunday, that it was taken in, and is judged by what the customer
    did in that week.

    Parameters
    ----------
    tables : mapping of str to DataFrame, or what a consent gate returned
        contacts, sessions, order_lines, products; interactions with products.style for the tastes.
    at : date-like
        The first moment that is not known. Weeks that are not over by then do not count.
    last_weeks : int, optional
        Use only this many weeks of the log, the latest; by default all. Sessions and orders are used in full.
    costs : mapping of channel to pounds, optional
        What a message costs.

    Returns
    -------
    ContactHistory

    Raises
    ------
    DataError
        A table or column is missing, or no decision lies before `at`.
    ParameterError
        `last_weeks` is no positive whole number, or `at` is no date.

    Examples
    --------
    >>> from personakit.world import World
    >>> world = World(n_customers=40, n_products=40, n_days=90)
    >>> history = contact_history(world.tables, at=world.end)
    >>> history.decisions.columns[:8].tolist()
    ['customer_id', 'week', 'channel', 'theme', 'discount', 'action', 'propensity', 'cost']
    >>> list(history.now.columns[:4])
    ['usual', 'met_visits', 'met_usual', 'tired']
    """
    purpose = purpose_of(tables)
    tables = getattr(tables, "tables", tables)
    _check(tables)
    until = _monday(at)
    if last_weeks is not None and (not isinstance(last_weeks, int | np.integer) or last_weeks < 1):
        raise ParameterError(f"contact_history(last_weeks={last_weeks!r}): give a whole number of at least 1.")
    past = {name: tables[name][tables[name]["timestamp"] < until] for name in ("contacts", "sessions", "order_lines")}
    contacts = past["contacts"].reset_index(drop=True)
    if not len(contacts):
        raise DataError(
            f"contacts has no decision in a week that was over by {at}, so there is nothing to learn from. Give "
            "a later at, or tables that go further back."
        )
    people = pd.Index(np.sort(pd.unique(_all_ids(tables, past))), name="customer_id")
    start = min(frame["timestamp"].min() for frame in past.values() if len(frame)).to_period("W").start_time
    grid = _Grid(people, start, (until - start).days // 7)
    visits, margin = grid.sum(past["sessions"]), grid.sum(*_margins(past["order_lines"], tables["products"]))
    sent = contacts[contacts["channel"] != "none"]
    touched = grid.sum(sent)
    # Only what the log still holds may be learnt from, but whoever was written to before was no less written to.
    first = 0 if last_weeks is None else max(grid.weeks - last_weeks, 0)
    logged = touched * (np.arange(grid.weeks) >= first)
    known = _known(visits, touched, logged, _signed_up(tables, grid))
    tastes = _tastes(tables, grid, until)
    row, week = grid.place(contacts)
    drawn = (contacts["propensity"] < 1).to_numpy() & (week >= first)
    decisions = _decisions(contacts, grid, row, week, costs)
    before = {name: values[row, week] for name, values in known.items()}
    before |= {name: values[row, week] for name, values in tastes.items()}
    decisions = decisions.assign(**before, visits=visits[row, week], margin=margin[row, week])[drawn]
    now = pd.DataFrame({name: values[:, -1] for name, values in (known | tastes).items()}, index=people)
    worth = _worth(decisions)
    for frame in (decisions, now):
        if purpose is not None:
            frame.attrs["purpose"] = purpose
    forced = int(((contacts["propensity"] >= 1) & (week >= first)).sum())
    return ContactHistory(decisions.reset_index(drop=True), now, forced, worth, purpose)


class _Grid:
    """Customers by weeks."""

    def __init__(self, people: pd.Index, start: pd.Timestamp, weeks: int) -> None:
        self.people, self.start, self.weeks = people, start, weeks

    def place(self, frame: pd.DataFrame) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        week = (frame["timestamp"] - self.start).dt.days.to_numpy() // 7
        return np.asarray(self.people.get_indexer(pd.Index(frame["customer_id"]))), week.astype(np.intp)

    def sum(self, frame: pd.DataFrame, values: Any = 1.0) -> Floats:
        total = np.zeros((len(self.people), self.weeks))
        np.add.at(total, self.place(frame), values)
        return total


def _known(visits: Floats, touched: Floats, logged: Floats, member: Floats) -> dict[str, Floats]:
    """What was known before each week, and in a last column before the day: shape (customers, weeks + 1)."""
    alone = member * (touched == 0)
    overall = float((visits * alone).sum() / max(alone.sum(), 1.0))
    calm, weeks = _fading(visits * alone, USUAL_WEEKS), _fading(alone, USUAL_WEEKS)
    usual = (calm + overall) / (weeks + 1)
    met = logged > 0
    return {
        "usual": usual,
        "met_visits": _before(visits * met),
        "met_usual": _before(usual[:, :-1] * met),
        "tired": _fading(touched, TIRED_WEEKS),
    }


def _fading(values: Floats, half_life: float) -> Floats:
    keep, total = 0.5 ** (1 / half_life), np.zeros((values.shape[0], values.shape[1] + 1))
    for week in range(values.shape[1]):
        total[:, week + 1] = keep * (total[:, week] + values[:, week])
    return total


def _before(values: Floats) -> Floats:
    return np.concatenate([np.zeros((len(values), 1)), np.cumsum(values, axis=1)], axis=1)


def _signed_up(tables: Mapping[str, pd.DataFrame], grid: _Grid) -> Floats:
    """1 in the weeks after a customer's account was opened; all weeks where nobody wrote that down."""
    if "customers" not in tables or "signed_up" not in tables["customers"].columns:
        return np.ones((len(grid.people), grid.weeks))
    day = tables["customers"].set_index("customer_id")["signed_up"].reindex(grid.people)
    week = ((day - grid.start).dt.days // 7).fillna(-1).to_numpy()
    return (np.arange(grid.weeks) > week[:, None]).astype(float)


def _tastes(tables: Mapping[str, pd.DataFrame], grid: _Grid, until: pd.Timestamp) -> dict[str, Floats]:
    if "interactions" not in tables or "style" not in tables["products"].columns:
        return {}
    seen = tables["interactions"]
    seen = seen[seen["timestamp"] < until].merge(tables["products"][["product_id", "style"]], on="product_id")
    names = sorted(seen["style"].dropna().unique())
    views = {name: _before(grid.sum(seen[seen["style"] == name])) for name in names}
    total = sum(views.values())
    common = {name: views[name][:, -1].sum() / total[:, -1].sum() for name in names}  # type: ignore[index]
    return {
        f"taste_{name}": np.log((views[name] / common[name] + TASTE_PRIOR) / (total + TASTE_PRIOR)) for name in names
    }


def _margins(lines: pd.DataFrame, products: pd.DataFrame) -> tuple[pd.DataFrame, Floats]:
    cost = lines["product_id"].map(products.set_index("product_id")["unit_cost"]).to_numpy(dtype=float)
    kept = (
        ~lines["returned"].astype(bool).to_numpy() if "returned" in lines.columns else np.ones(len(lines), dtype=bool)
    )
    profit = (lines["unit_price"].to_numpy(dtype=float) - cost) * lines["quantity"].to_numpy(dtype=float)
    return lines, np.where(kept, np.nan_to_num(profit), 0.0)


def _decisions(
    contacts: pd.DataFrame,
    grid: _Grid,
    row: NDArray[np.intp],
    week: NDArray[np.intp],
    costs: Mapping[str, float] | None,
) -> pd.DataFrame:
    channel = contacts["channel"].astype(str)
    theme = contacts["theme"].astype(str) if "theme" in contacts.columns else pd.Series("none", index=contacts.index)
    discount = contacts["discount"].astype(float) if "discount" in contacts.columns else 0.0
    frame = pd.DataFrame({
        "customer_id": grid.people[row],
        "week": grid.start + pd.to_timedelta(7 * week, unit="D"),
        "channel": channel, "theme": theme, "discount": discount,
    })  # fmt: skip
    words = channel + " / " + theme + " / " + (100 * frame["discount"]).round().astype(int).astype(str) + " % off"
    frame["action"] = words.where(channel != "none", "none")
    frame["propensity"] = contacts["propensity"].to_numpy(dtype=float)
    frame["cost"] = channel.map(costs or {}).fillna(0.0).to_numpy(dtype=float)
    return frame


def _worth(decisions: pd.DataFrame) -> pd.Series:
    weighted = decisions[["visits", "margin"]].div(decisions["propensity"], axis=0)
    total = weighted.groupby(decisions["discount"]).sum()
    return (total["margin"] / total["visits"]).rename("margin a visit")


def _monday(at: Any) -> pd.Timestamp:
    try:
        moment = pd.Timestamp(at)
    except (ValueError, TypeError) as error:
        raise ParameterError(f"at is {at!r}, which is not a date. Give e.g. '2025-12-30'.") from error
    if pd.isna(moment):
        raise ParameterError(f"at is {at!r}, which is not a date. Give e.g. '2025-12-30'.")
    return moment.to_period("W").start_time


def _all_ids(tables: Mapping[str, pd.DataFrame], past: Mapping[str, pd.DataFrame]) -> NDArray[Any]:
    if "customers" in tables:
        return tables["customers"]["customer_id"].to_numpy()
    return np.concatenate([frame["customer_id"].to_numpy() for frame in past.values()])


def _check(tables: Any) -> None:
    if not isinstance(tables, Mapping):
        raise DataError(
            f"contact_history needs a mapping of canonical tables, and got {type(tables).__name__}. Pass world.tables, "
            "or what the gate returned for them."
        )
    for name, columns in _NEEDED.items():
        if name not in tables:
            raise DataError(
                f"There is no table {name!r} (there are {some(tables, 8)}), which a contact history needs. Add it, or "
                "give yours that name."
            )
        absent = [column for column in columns if column not in tables[name].columns]
        if absent:
            raise DataError(
                f"{name} has no column {', '.join(absent)} (it has {some(tables[name].columns, 8)}). Rename yours, or "
                "read the table with pk.read_tables, which finds the columns."
            )
