"""The log of decisions about people: what was decided about whom, by which model, for which purpose, and why."""

from __future__ import annotations

from typing import Any

import pandas as pd

from personakit.errors import DataError, ParameterError, some
from personakit.privacy.moments import Moment, moment
from personakit.privacy.purposes import purpose_named

__all__ = ["DECISION_COLUMNS", "DECISION_MEANINGS", "checked_decisions", "decided_rows", "last_number"]

DECISION_MEANINGS = {
    "decision_id": "the decision",
    "customer_id": "the customer",
    "timestamp": "when it was made",
    "purpose": "what it was for",
    "model": "what decided: a model or a rule",
    "decided": "the outcome",
    "why": "the reason, in words",
}
DECISION_COLUMNS = list(DECISION_MEANINGS)


def checked_decisions(decisions: pd.DataFrame) -> pd.DataFrame:
    """A clean copy of a decision log.

    Raises
    ------
    DataError
        A column is missing (`why` may be), a decision is listed twice, or an id, a time or a purpose is missing.
    UnknownNameError
        There is no such purpose.

    Examples
    --------
    >>> log = {"decision_id": [1], "customer_id": [7], "timestamp": ["2025-01-05"], "purpose": ["image"]}
    >>> checked_decisions(pd.DataFrame({**log, "model": ["clip"], "decided": ["blue"]}))["why"].tolist()
    ['']
    """
    if not isinstance(decisions, pd.DataFrame):
        raise DataError(
            f"decisions is a {type(decisions).__name__}, and a table is needed: a DataFrame of "
            f"{', '.join(DECISION_COLUMNS)}. Leave it out to begin a log."
        )
    missing = [name for name in DECISION_COLUMNS[:-1] if name not in decisions.columns]
    if missing:
        raise DataError(
            f"decisions has no column {', '.join(missing)} (it has {some(decisions.columns, 12)}). It needs "
            f"{', '.join(DECISION_COLUMNS)}: rename yours."
        )
    log = decisions.reindex(columns=DECISION_COLUMNS).reset_index(drop=True)
    log.attrs = {}
    for name in DECISION_COLUMNS[:4]:
        if (wrong := log[name].isna()).any():
            raise DataError(
                f"decisions.{name} has {int(wrong.sum())} missing values (rows {some(log.index[wrong])}). A decision "
                "that cannot be shown to whom it concerns is no record: find out, or drop these rows."
            )
    if (twice := log["decision_id"].duplicated()).any():
        raise DataError(
            f"decisions.decision_id has {int(twice.sum())} repeated values (rows {some(log.index[twice])}: "
            f"{some(log.loc[twice, 'decision_id'])}). Give each decision an id of its own."
        )
    for purpose in log["purpose"].unique():
        purpose_named(purpose)
    log["timestamp"] = pd.to_datetime(log["timestamp"]).astype("datetime64[us]")
    log["why"] = log["why"].astype(object).where(log["why"].notna(), "")
    return log


def last_number(log: pd.DataFrame) -> int:
    """The largest number that `decided_rows` has given in a log, of which rows may have been erased.

    >>> last_number(pd.DataFrame({"decision_id": ["d1", "d7", "theirs", 12]}))
    7
    """
    numbers = log["decision_id"].astype(str).str.extract(r"^d(\d+)$", expand=False).dropna()
    return max(map(int, numbers), default=0)


def decided_rows(
    customer_ids: list[Any], purpose: str, model: str, decided: Any, why: Any, at: Moment, *, first: int
) -> pd.DataFrame:
    """New rows of the log, one a customer, numbered from `first`."""
    n = len(customer_ids)
    texts = {"decided": decided, "why": why}
    for name, value in texts.items():
        texts[name] = [value] * n if isinstance(value, str) else list(value)
        if len(texts[name]) != n:
            raise ParameterError(
                f"log: {n} customers and {len(texts[name])} texts in {name} were given. Pass one text, or one for each."
            )
    when = moment(at, day="start")
    rows = pd.DataFrame({"decision_id": [f"d{first + row}" for row in range(n)], "customer_id": customer_ids})
    return rows.assign(timestamp=when, purpose=purpose_named(purpose), model=str(model), **texts)[
        DECISION_COLUMNS
    ].astype({"timestamp": "datetime64[us]"})
