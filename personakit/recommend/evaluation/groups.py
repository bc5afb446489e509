"""For whom a recommender works: its quality in each group of customers, with intervals."""

from __future__ import annotations

from difflib import get_close_matches

import numpy as np
import pandas as pd
from sklearn.utils import check_random_state

from personakit.errors import DataError, some
from personakit.recommend.evaluation.significance import bootstrap_means, check_resamples, interval

__all__ = ["quality_by_group"]


def quality_by_group(
    each: pd.DataFrame,
    customers: pd.DataFrame,
    column: str,
    *,
    metric: str = "ndcg",
    n_bootstrap: int = 1000,
    random_state: int | np.random.RandomState | None = 0,
) -> pd.DataFrame:
    """The mean of a metric in each group of customers.

    Parameters
    ----------
    each : pandas.DataFrame
        From `evaluate_each`: `model`, `customer_id` and the metric.
    customers : pandas.DataFrame
        One row a customer: `customer_id` and the column. `each` itself will do for `n_history`, once cut:
        ``each.assign(history=pd.cut(each["n_history"], [0, 5, 20, np.inf]))``.
    column : str
        The group. Customers without a value, or not in the table, form the group "unknown".
    metric : str, default "ndcg"
    n_bootstrap : int, default 1000
        Resamples of each group's customers for the 95 % intervals.
    random_state : int, RandomState or None, default 0

    Returns
    -------
    pandas.DataFrame
        `model`, `group`, `customers` (how many have a value), `mean`, `low`, `high`; `gap`, the group's mean less that
        of the model's best group. An interval of few customers is too narrow: below about 20 read it as a hint.

    Raises
    ------
    DataError, ParameterError
        For a column that is not there, or a customer who is in two groups.

    Examples
    --------
    >>> each = pd.DataFrame({"model": "m", "customer_id": [1, 2, 3], "ndcg": [0.2, 0.4, 0.9]})
    >>> people = pd.DataFrame({"customer_id": [1, 2, 3], "region": ["north", "north", "south"]})
    >>> quality_by_group(each, people, "region")[["group", "customers", "mean", "gap"]].round(2).to_dict("records")
    [{'group': 'north', 'customers': 2, 'mean': 0.3, 'gap': -0.6},
     {'group': 'south', 'customers': 1, 'mean': 0.9, 'gap': 0.0}]
    """
    for table, name, needed in ((each, "each", ("model", "customer_id", metric)),
                                (customers, "customers", ("customer_id", column))):  # fmt: skip
        for needs in needed:
            if needs not in table.columns:
                near = get_close_matches(str(needs), [str(there) for there in table.columns], n=1)
                raise DataError(
                    f"{name} has no column {needs!r} (columns: {some(table.columns, 12)})."
                    + (f" Did you mean {near[0]!r}?" if near else "")
                )
    check_resamples(n_bootstrap, "n_bootstrap")
    belongs = customers[["customer_id", column]].drop_duplicates()
    twice = belongs["customer_id"].duplicated().to_numpy()
    if twice.any():
        raise DataError(
            f"customers.{column} puts {belongs.loc[twice, 'customer_id'].nunique()} customers into two groups "
            f"({some(belongs.loc[twice, 'customer_id'].unique())}). Give each customer one row."
        )
    groups = each["customer_id"].map(belongs.set_index("customer_id")[column]).astype(object)
    groups = groups.where(groups.notna(), "unknown")
    draws = check_random_state(random_state)
    rows = []
    for model, part in each.groupby("model", sort=False):
        for group, members in sorted(part.groupby(groups, sort=False)[metric], key=lambda pair: str(pair[0])):
            values = members.dropna().to_numpy(dtype=float)
            low, high = interval(bootstrap_means(values[:, None], n_bootstrap, draws)[:, 0]) if len(values) else (
                float("nan"), float("nan"))  # fmt: skip
            mean = values.mean() if len(values) else float("nan")
            rows.append((model, group, len(values), mean, low, high))
    result = pd.DataFrame(rows, columns=["model", "group", "customers", "mean", "low", "high"])
    return result.assign(gap=result["mean"] - result.groupby("model")["mean"].transform("max"))
