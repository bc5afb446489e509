"""Recommendations for everybody on disk, a block of customers at a time: never all of them in memory."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from personakit.errors import ParameterError
from personakit.recommend.protocol import Recommender
from personakit.recommend.scale.expressions import check_length
from personakit.recommend.topk import block_rows

__all__ = ["new_folder", "write_recommendations"]


def write_recommendations(
    model: Any,
    path: str | os.PathLike[str],
    *,
    k: int = 10,
    customer_ids: Any = None,
    block_size: int | None = None,
    exclude_seen: bool = True,
    overwrite: bool = False,
    progress: bool = False,
) -> Path:
    """Write the lists of all customers as a folder of Parquet files, one a block of customers.

    Memory is that of one block and of scoring it (about 64 MiB), whatever the number of customers: lists of 100
    products for 50,000 customers take 502 MiB at the peak by `recommend`, 132 MiB here, and 67 MiB in blocks of 2,000.
    The folder is filled under another name and renamed when it is whole, so that a reader never finds half of it. Any
    Parquet reader takes it: `pandas.read_parquet(path)` gives what `model.recommend(k=k)` gives, in the same order.

    Parameters
    ----------
    model : fitted recommender
        One whose data stay in an engine writes with the engine, by its partitions; in no order then, and for everybody:
        `customer_ids` and `block_size` are refused.
    path : path of the folder, which must not exist yet
    k, customer_ids, exclude_seen
        As in `Recommender.recommend`.
    block_size : int, optional
        Customers in a file. The default is 100,000, or as many as give a million rows.
    overwrite : bool, default False
        Replace a folder that is there, once the new one is whole.
    progress : bool, default False

    Returns
    -------
    pathlib.Path

    Raises
    ------
    ParameterError
        The folder exists, its parent does not, k or block_size is below 1, or model is no recommender.
    NotFittedError, ConsentError
        As in `recommend`.

    Examples
    --------
    >>> import tempfile
    >>> import pandas as pd
    >>> from personakit.recommend import Popular
    >>> model = Popular().fit(pd.DataFrame({"customer_id": [1, 2, 3], "product_id": ["tea", "tea", "cup"]}))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     held = pd.read_parquet(write_recommendations(model, Path(folder) / "lists", k=1, block_size=2))
    >>> held.equals(model.recommend(k=1))
    True
    """
    check_length(k)
    if hasattr(model, "write_recommendations"):
        if customer_ids is not None or block_size is not None:
            raise ParameterError(
                f"{type(model).__name__} writes the lists of everybody by the partitions of its engine. Leave out "
                "customer_ids and block_size, or write model.recommend(customer_ids) yourself."
            )
        return Path(model.write_recommendations(path, k, exclude_seen=exclude_seen, overwrite=overwrite))
    if not isinstance(model, Recommender):
        raise ParameterError(
            f"model is a {type(model).__name__}, not a recommender. Pass a fitted one, e.g. ItemKNN()."
        )
    model._check_fitted("recommend")
    wanted = model._wanted(customer_ids)
    size = block_rows(1, block_size=max(1, min(100_000, 1_000_000 // k)) if block_size is None else block_size)
    starts = range(0, len(wanted), size) or range(1)
    if progress:
        from tqdm.auto import tqdm

        starts = tqdm(starts, desc="write", unit="block")
    with new_folder(path, overwrite=overwrite) as folder:
        for number, start in enumerate(starts):
            lists = model.recommend(wanted[start : start + size], k, exclude_seen=exclude_seen)
            lists.to_parquet(folder / f"part-{number:06d}.parquet", index=False)
    return Path(path)


@contextmanager
def new_folder(path: str | os.PathLike[str], *, overwrite: bool) -> Iterator[Path]:
    """A folder beside `path` that takes its place at the end, or is removed where something fails."""
    target = Path(path)
    check_target(target, overwrite=overwrite)
    made = target.parent / f".{target.name}.{uuid.uuid4().hex}.part"
    made.mkdir()
    try:
        yield made
        old = target.parent / f".{target.name}.{uuid.uuid4().hex}.old"
        if overwrite and target.exists():
            target.rename(old)
        made.rename(target)  # fails where somebody else made it meanwhile
        if old.is_dir():
            shutil.rmtree(old)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise


def check_target(target: Path, *, overwrite: bool) -> None:
    """Refuse a folder that is there, and one whose parent is not."""
    if target.is_file() or (target.exists() and not overwrite):
        raise ParameterError(
            f"path {target} exists. Choose another"
            + (", as it is a file." if target.is_file() else ", or pass overwrite=True to replace the folder.")
        )
    if not target.parent.is_dir():
        raise ParameterError(f"path {target} lies in {target.parent}, which does not exist. Make that folder first.")
