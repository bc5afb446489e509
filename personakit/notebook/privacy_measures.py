"""What a notebook on privacy measures: whom consent leaves out, what scrubbing finds, whether a name is still there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from personakit.errors import DataError, ParameterError
from personakit.privacy.statistics.intervals import wilson_interval

__all__ = ["count_in_files", "difference_of_means", "listed_words", "spans_found"]


def difference_of_means(values: pd.DataFrame, chosen: Any, *, level: float = 0.95) -> pd.DataFrame:
    """How the chosen differ from the others: differences of means in standard deviations of all, with intervals.

    Parameters
    ----------
    values : DataFrame of numbers, one row a person
        Missing values are left out, column by column.
    chosen : bool array of shape (n_rows,)
    level : float, default 0.95
        Of the intervals, by the normal approximation with variances of their own (Welch).

    Returns
    -------
    DataFrame[what, value, low, high]
        In the order of the columns; `value` above 0: the chosen have more.

    Raises
    ------
    DataError
        A column is constant, or has fewer than two values on a side.

    Examples
    --------
    >>> people = pd.DataFrame({"spent": [1.0, 2.0, 3.0, 4.0]})
    >>> difference_of_means(people, [False, False, True, True]).round(2).values.tolist()
    [['spent', 1.55, 0.48, 2.62]]
    """
    mask = np.asarray(chosen, dtype=bool)
    if mask.shape != (len(values),):
        raise ParameterError(
            f"chosen has shape {mask.shape}, and values has {len(values)} rows. Give one for each row."
        )
    z, rows = float(stats.norm.ppf((1 + level) / 2)), []
    for name in values.columns:
        column = values[name].to_numpy(dtype=float, na_value=np.nan)
        known = ~np.isnan(column)
        ours, others = column[known & mask], column[known & ~mask]
        scale = float(np.std(column[known], ddof=1)) if known.sum() > 1 else 0.0
        if min(len(ours), len(others)) < 2 or not scale > 0:
            raise DataError(
                f"{name} cannot be compared: it has {len(ours)} values of the chosen and {len(others)} of the others, "
                f"with a spread of {scale:g}. Leave it out."
            )
        middle = (ours.mean() - others.mean()) / scale
        reach = z * float(np.sqrt(ours.var(ddof=1) / len(ours) + others.var(ddof=1) / len(others))) / scale
        rows.append((str(name), middle, middle - reach, middle + reach))
    return pd.DataFrame(rows, columns=["what", "value", "low", "high"])


def listed_words(texts: Iterable[str], names: Iterable[str], *, kind: str = "name") -> pd.DataFrame:
    """Every word of the texts that is also a word of a name, whatever its case: what one writes first to find names.

    A baseline for `personakit.privacy.scrub`: it finds every name that is on the list, and with them *may*, *will* and
    *price*.

    Returns
    -------
    DataFrame[row, start, end, kind]

    Examples
    --------
    >>> listed_words(["You may ask May."], ["May Price"])["start"].tolist()
    [4, 12]
    """
    words = {word for name in names for word in re.findall(r"[^\W\d_]+", name.lower())}
    found = [
        (row, match.start(), match.end(), kind)
        for row, text in enumerate(texts)
        for match in re.finditer(r"[^\W\d_]+", text)
        if match.group().lower() in words
    ]
    return pd.DataFrame(found, columns=["row", "start", "end", "kind"])


def spans_found(spans: pd.DataFrame, truth: Iterable[Any], *, level: float = 0.95) -> pd.DataFrame:
    """Recall and precision of spans in texts, by kind, with Wilson's intervals.

    A true span is found where one span covers it whole; a span is right where it touches a true one of any kind.

    Parameters
    ----------
    spans : DataFrame[row, start, end, kind]
        As `personakit.privacy.scrub(...).spans` gives them.
    truth : iterable of lists of (start, end, kind), or of such lists as JSON
        One a text, in their order.

    Returns
    -------
    DataFrame indexed by kind, "all" last: true, found, recall, recall_low, recall_high, made, right, precision,
    precision_low, precision_high. Where there is nothing to divide by, the share is missing.

    Examples
    --------
    >>> made = pd.DataFrame({"row": [0, 1], "start": [4, 0], "end": [8, 3], "kind": ["name", "name"]})
    >>> spans_found(made, ['[[4, 8, "name"]]', "[]"]).loc["name", ["recall", "precision"]].tolist()
    [1.0, 0.5]
    """
    wanted = [json.loads(one) if isinstance(one, str) else list(one) for one in truth]
    made: dict[int, list[Any]] = {
        int(str(row)): part[["start", "end", "kind"]].to_numpy().tolist() for row, part in spans.groupby("row")
    }
    if made and max(made) >= len(wanted):
        raise DataError(f"spans has row {max(made)}, and truth has {len(wanted)} texts. Give both for the same texts.")
    true = [(kind, any(a <= start and end <= b for a, b, _ in made.get(row, [])))
            for row, listed in enumerate(wanted) for start, end, kind in listed]  # fmt: skip
    said = [(kind, any(a < end and start < b for start, end, _ in wanted[row]))
            for row, listed in made.items() for a, b, kind in listed]  # fmt: skip
    kinds = sorted({kind for kind, _ in true} | {kind for kind, _ in said})
    rows = {}
    for name in [*kinds, "all"]:
        hits = [hit for kind, hit in true if name in (kind, "all")]
        rights = [hit for kind, hit in said if name in (kind, "all")]
        rows[name] = (len(hits), sum(hits), *_with_interval(sum(hits), len(hits), level),
                      len(rights), sum(rights), *_with_interval(sum(rights), len(rights), level))  # fmt: skip
    names = ["true", "found", "recall", "recall_low", "recall_high",
             "made", "right", "precision", "precision_low", "precision_high"]  # fmt: skip
    return pd.DataFrame.from_dict(rows, orient="index", columns=names).rename_axis("kind")


def count_in_files(folder: str | Path, words: Mapping[str, str] | Iterable[str]) -> dict[str, int]:
    """How often each word stands in the bytes of all files of a folder, whatever the case of ASCII letters.

    Parameters
    ----------
    folder : str or Path
    words : iterable of str, or mapping of label to str
        The labels stand in for words that should not be shown. Looked for in UTF-8.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = Path(folder, "a.bin").write_bytes(b"Ada, ada")
    ...     count_in_files(folder, {"her name": "Ada"})
    {'her name': 2}
    """
    labelled = dict(words) if isinstance(words, Mapping) else {word: word for word in words}
    if not all(labelled.values()):
        raise ParameterError("count_in_files: one of the words is empty, and would be found everywhere. Leave it out.")
    held = [path.read_bytes().lower() for path in sorted(Path(folder).rglob("*")) if path.is_file()]
    return {label: sum(data.count(word.encode().lower()) for data in held) for label, word in labelled.items()}


def _with_interval(hits: int, n: int, level: float) -> tuple[float, float, float]:
    if not n:
        return np.nan, np.nan, np.nan
    low, high = wilson_interval(hits / n, n, confidence=level)
    return hits / n, float(low), float(high)
