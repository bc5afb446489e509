"""Segments by rules that a marketer writes and anybody can read, such as monetary > 500 and recency_days > 90."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils.validation import validate_data

from personakit.data.problems import nearest
from personakit.errors import DataError, ParameterError, UnknownNameError, some
from personakit.privacy.binding import check_use, purpose_of
from personakit.privacy.gate_engine import is_engine_table
from personakit.privacy.gate_permitted import plain_frame
from personakit.profile.frames import TakesProfiles, by_customer
from personakit.segment.named import NamedSegments, money_shares, numbered
from personakit.segment.rules_evaluation import conditions_of, holds
from personakit.segment.rules_language import parse
from personakit.segment.rules_tables import EngineColumns, FrameColumns, RuleColumns
from personakit.segment.rules_tree import Column, Compare, Literal, Node, Within, columns_of

__all__ = ["RuleSegments", "select"]


class RuleSegments(TakesProfiles, NamedSegments):
    """Customers by rules in words; the first rule that holds names the segment.

    A rule is a condition on columns of the profiles::

        monetary > 500 and recency_days > 90
        1 <= frequency < 4 and favourite_channel in ["store", "call_centre"]
        monetary / frequency between 50 and 100 or not email_open_rate is missing
        signed_up >= "2025-01-01" and "2025-12-31" - last_order > 30

    with < <= > >= = != (chained, if you like), in, between, is missing, and, or, not, parentheses, + - * / and days in
    quotes. Names with spaces stand in `back quotes`. Rules are read by a grammar of their own and are never run as
    code: there are no functions, no attributes and no powers, and their length and depth are bounded.

    What is missing: a comparison with a missing value is no, whatever it asks (<, =, !=, in, not in, between). `not`
    turns that no into a yes: `monetary <= 500` leaves out those whose money is not known, `not monetary > 500` takes
    them in. A division by nought is missing; infinity is more than any number. Days are whole days, whatever the time
    of day; a column of texts is read as days where it is compared by order with a day, and what is no day is missing.
    Texts are equal to the letter.

    Parameters
    ----------
    rules : dict of str to str
        Name of the segment to rule, the most important first.
    otherwise : str, default "Everybody else"
        The segment of those for whom no rule holds.

    Attributes
    ----------
    columns_ : list of str
        The columns that the rules read.
    segments_ : DataFrame
        One row a segment that somebody is in, in the order of the rules: segment, customers (count), share, meet_rule
        (how many meet the rule, those in an earlier segment included), rule; with monetary_share (of the money) where
        the profiles have money.
    purpose_ : str or None
        The purpose for which the gate released the profiles; those released for another are refused.

    Examples
    --------
    >>> people = pd.DataFrame({"customer_id": [1, 2, 3], "monetary": [900.0, 700.0, None],
    ...                        "recency_days": [120, 10, 400]})
    >>> rules = RuleSegments({"VIP lapsing": "monetary > 500 and recency_days > 90", "VIP": "monetary > 500"})
    >>> rules.fit_predict(people).to_dict()
    {1: 'VIP lapsing', 2: 'VIP', 3: 'Everybody else'}
    >>> rules.explain(people, 2)[["condition", "values", "met"]].values.tolist()[:2]
    [['monetary > 500', 'monetary = 700', True], ['recency_days > 90', 'recency_days = 10', False]]
    """

    columns_: list[str]
    segments_: pd.DataFrame

    def __init__(self, rules: Mapping[str, str], otherwise: str = "Everybody else") -> None:
        self.rules = rules
        self.otherwise = otherwise

    def fit(self, profiles: Any, y: None = None) -> RuleSegments:
        """Read the rules, check them against the columns, and count who is where.

        Parameters
        ----------
        profiles : DataFrame of shape (n_customers, ...), what a consent gate returned, Ibis table, or array
            The columns of an array are called x0, x1, ... A table of an engine is counted there.

        Raises
        ------
        ParameterError
            A rule cannot be read (it says where), compares what cannot be compared, or a name is used twice.
        UnknownNameError
            A rule names a column that is not there; the nearest name is offered.
        DataError
            A customer has two rows, or a column holds values of several kinds.

        Warns
        -----
        UserWarning
            A rule asks for a text that no customer has, such as "Wales" where the column has "wales".
        """
        self._trees = self._read_rules()
        columns = self._columns(profiles, reset=True)
        self.columns_ = list(dict.fromkeys(name for tree in self._trees.values() for name in columns_of(tree)))
        if isinstance(columns, FrameColumns):
            for name, tree in self._trees.items():
                holds(tree, columns, name)
                _warn_of_unseen(tree, columns, name)
        self.purpose_ = purpose_of(profiles)
        self.segments_ = self.summarise(profiles)
        return self

    def predict(self, profiles: Any) -> Any:
        """The segment of each customer: the first rule that holds.

        Returns
        -------
        Series, categorical, named "segment", by customer_id; for an array, places among the rules and otherwise, from
        0; for an Ibis table, an Ibis table of customer_id and segment, not yet run
        """
        columns, met = self._met(profiles)
        names = [*self._trees, self.otherwise]
        if isinstance(columns, EngineColumns):
            import ibis

            segment = ibis.cases(*zip(met.values(), self._trees, strict=True), else_=self.otherwise)
            return columns.table.select("customer_id", segment=segment)
        rows = np.column_stack([*met.values(), np.ones(len(columns.frame), dtype=bool)])
        found = np.array(names, dtype=object)[rows.argmax(axis=1)]
        return self._answer(profiles, found, columns.frame.index, names, "segment")

    def memberships(self, profiles: Any) -> Any:
        """Which rules hold for each customer: segments that may overlap.

        Returns
        -------
        DataFrame, index customer_id, a Boolean column a rule; for an Ibis table, an Ibis table with customer_id and
        these columns
        """
        columns, met = self._met(profiles)
        if isinstance(columns, EngineColumns):
            return columns.table.select("customer_id", **met)
        return pd.DataFrame(met, index=columns.frame.index)

    def explain(self, profiles: Any, customer_id: Any) -> pd.DataFrame:
        """Which conditions of each rule a customer meets, with her values.

        Parameters
        ----------
        profiles : as in `predict`
        customer_id : id

        Returns
        -------
        DataFrame, one row a condition in the order of the rules
            segment, rule_met (whether the whole rule holds), condition (as it is written; what `and` and `or` join),
            values (hers, of the columns in it), met. She is in the first segment whose rule is met.

        Raises
        ------
        UnknownNameError
            There is no such customer.
        """
        columns, _ = self._met(profiles)
        if isinstance(columns, EngineColumns):
            one = columns.table.filter(columns.table["customer_id"] == customer_id)
            columns = FrameColumns(by_customer(one)) if int(one.count().to_pandas()) else FrameColumns(pd.DataFrame())
        frame = columns.frame.loc[[customer_id]] if customer_id in columns.frame.index else columns.frame.iloc[:0]
        if not len(frame):
            raise UnknownNameError(f"There is no customer {customer_id!r} in the profiles. Give an id that is in them.")
        # Kinds are those of everybody: a column that is empty for her alone is still a column of numbers.
        place = columns.frame.index.get_loc(customer_id)
        rows = []
        for name, tree in self._trees.items():
            whole = bool(holds(tree, columns, name)[place])
            for node in conditions_of(tree):
                values = ", ".join(f"{column} = {_shown(frame[column].iloc[0])}" for column in columns_of(node))
                rows.append((name, whole, node.text, values, bool(holds(node, columns, name)[place])))
        return pd.DataFrame(rows, columns=["segment", "rule_met", "condition", "values", "met"])

    def summarise(self, profiles: Any) -> pd.DataFrame:
        """The table `segments_`, for these customers instead of those that `fit` saw; an engine counts them now."""
        found, member = self.predict(profiles), self.memberships(profiles)
        if is_engine_table(profiles):
            counted = found.group_by("segment").agg(customers=found.count()).to_pandas()
            counts = counted.set_index("segment")["customers"]
            alone = member.agg(**{name: member[name].sum() for name in self._trees}).to_pandas().iloc[0]
        else:
            names = [*self._trees, self.otherwise]
            found = found if isinstance(found, pd.Series) else np.array(names, dtype=object)[found]
            counts = pd.Series(np.asarray(found, dtype=object)).value_counts()
            alone = member.sum()
        names = [name for name in (*self._trees, self.otherwise) if counts.get(name, 0)]
        table = pd.DataFrame({"segment": names, "customers": [int(counts[name]) for name in names]})
        table["share"] = table["customers"] / table["customers"].sum()
        table["meet_rule"] = [int(alone.get(name, counts[name])) for name in names]
        if not is_engine_table(profiles) and (money := money_shares(profiles, found)) is not None:
            table["monetary_share"] = table["segment"].map(money)
        table["rule"] = table["segment"].map({name: tree.text for name, tree in self._trees.items()}).fillna("")
        return table

    def _met(self, profiles: Any) -> tuple[Any, dict[str, Any]]:
        """The columns, and for each rule whether it holds."""
        self._check_fitted("its rules")
        check_use(self, profiles)
        columns = self._columns(profiles)
        return columns, {name: holds(tree, columns, name) for name, tree in self._trees.items()}

    def _columns(self, profiles: Any, *, reset: bool = False) -> RuleColumns:
        if is_engine_table(profiles):
            if "customer_id" not in profiles.columns:
                raise DataError(f"The table has no column customer_id (it has {some(profiles.columns)}). Rename yours.")
            return EngineColumns(profiles)
        if isinstance(plain_frame(profiles), pd.DataFrame):
            return FrameColumns(by_customer(profiles))
        array = validate_data(self, profiles, reset=reset, dtype=None, ensure_all_finite=False)
        frame = pd.DataFrame(array, columns=numbered(array.shape[1])).infer_objects()
        return FrameColumns(frame)

    def _read_rules(self) -> dict[str, Node]:
        if not isinstance(self.rules, Mapping) or not self.rules:
            raise ParameterError(
                f"RuleSegments(rules={self.rules!r}): give a dict of segment to rule, such as "
                '{"VIP lapsing": "monetary > 500 and recency_days > 90"}.'
            )
        for name in (*self.rules, self.otherwise):
            if not isinstance(name, str) or not name.strip() or name == "customer_id":
                raise ParameterError(f"RuleSegments: {name!r} is no name of a segment. Give another text.")
        if self.otherwise in self.rules:
            raise ParameterError(
                f"RuleSegments(otherwise={self.otherwise!r}) is the name of a rule, too. Give those for whom no rule "
                "holds a name of their own."
            )
        return {name: parse(rule, name) for name, rule in self.rules.items()}


def select(profiles: Any, expression: str) -> Any:
    """The customers for whom a rule holds, in the language of `RuleSegments`.

    Parameters
    ----------
    profiles : DataFrame, what a consent gate returned, or Ibis table
    expression : str
        The rule.

    Returns
    -------
    DataFrame
        These rows as they are, with the purpose for which the gate released them in `attrs`; for an Ibis table, the
        table with a filter, not yet run.

    Raises
    ------
    ParameterError, UnknownNameError, DataError
        As in `RuleSegments.fit`.

    Examples
    --------
    >>> people = pd.DataFrame({"customer_id": [1, 2], "monetary": [900.0, 20.0], "region": ["wales", None]})
    >>> select(people, "monetary > 500 and region is not missing")["customer_id"].tolist()
    [1]
    """
    tree = parse(expression)
    if is_engine_table(profiles):
        return profiles.filter(holds(tree, EngineColumns(profiles)))
    frame = by_customer(profiles)
    found = plain_frame(profiles)[holds(tree, FrameColumns(frame))]
    if "purpose" in frame.attrs:
        found.attrs["purpose"] = frame.attrs["purpose"]
    return found


def _warn_of_unseen(tree: Node, columns: FrameColumns, name: str) -> None:
    for column, text in _asked_texts(tree):
        if columns.kind(column) != "text":
            continue
        there = pd.unique(columns.frame[column].dropna())
        if text not in set(there):
            warnings.warn(
                f"The rule {name!r} asks for {column} {text!r}, which no customer has (there are {some(there)})."
                f"{nearest(text, there)}",
                stacklevel=3,
            )


def _asked_texts(node: Node) -> Iterator[tuple[str, str]]:
    pairs: list[tuple[Node, Node]] = []
    if isinstance(node, Within):
        pairs = [(node.value, choice) for choice in node.choices]
    elif isinstance(node, Compare) and node.op in ("=", "!="):
        pairs = [(node.left, node.right), (node.right, node.left)]
    for column, choice in pairs:
        if isinstance(column, Column) and isinstance(choice, Literal) and isinstance(choice.value, str):
            yield column.name, choice.value
    for part in node.parts:
        yield from _asked_texts(part)


def _shown(value: Any) -> str:
    if pd.isna(value):
        return "missing"
    number = isinstance(value, (float, np.floating))
    return f"{value:.12g}" if number else repr(value) if isinstance(value, str) else str(value)
