"""Public files found in a cache or fetched into it, with a checksum that is known or is learnt the first time."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import tempfile
import warnings
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from personakit.errors import DataError, UnavailableError

__all__ = ["CACHE_VARIABLE", "Download", "LicenceNotice", "caches", "fetch", "find", "verify"]

CACHE_VARIABLE = "PERSONAKIT_DATA"
RECORD = "checksums.json"
_BLOCK = 1 << 20
log = logging.getLogger(__name__)


class LicenceNotice(UserWarning):
    """The terms of a public data set, shown before it is downloaded for the first time."""


@dataclass(frozen=True)
class Download:
    """One file on the network and what is kept of it.

    `checksum` is the one that its maker publishes ("md5:..." or "sha256:..."); None where none is published or the file
    changes: then the first download is trusted and remembered. `members` says which file of a zip archive becomes which
    file of the folder; without it the file itself is kept as `name`.
    """

    url: str
    name: str
    checksum: str | None = None
    members: Mapping[str, str] | None = None


def caches(cache: str | Path | None = None) -> list[Path]:
    """The folders that are looked through, in order; the first is the one that is written to.

    `cache` itself; else the folder that the environment variable PERSONAKIT_DATA names, and the user's own cache.
    """
    if cache is not None:
        return [Path(cache).expanduser()]
    import pooch

    named = os.environ.get(CACHE_VARIABLE)
    return [*([Path(named).expanduser()] if named else []), Path(pooch.os_cache("personakit"))]


def find(folder: str, layouts: tuple[tuple[str, ...], ...], cache: str | Path | None = None) -> tuple[Path, int] | None:
    """The first cached folder that has all files of a layout, and which layout; None where there is none."""
    for root in caches(cache):
        for number, files in enumerate(layouts):
            if all((root / folder / file).is_file() for file in files):
                return root / folder, number
    return None


def verify(folder: Path) -> None:
    """Compare the files of a folder with the checksums that were written down when they were downloaded.

    Raises
    ------
    DataError
        A file has changed since.
    """
    for name, known in _record(folder).items():
        path = folder / name
        if path.is_file() and "sha256" in known and _sha256(path) != known["sha256"]:
            raise DataError(
                f"{path} is not the file that was downloaded from {known.get('url', 'the network')}: its SHA-256 has "
                f"changed. Delete {folder} to download it again."
            )


def fetch(
    what: str,
    folder: str,
    downloads: tuple[Download, ...],
    *,
    licence: str,
    cache: str | Path | None = None,
    progress: bool = True,
) -> Path:
    """Download what a data set needs into the cache and return its folder there.

    Raises
    ------
    UnavailableError
        The network cannot be reached, or the cache cannot be written; the text says how to get the files beforehand.
    DataError
        A file does not have its checksum.
    """
    target = caches(cache)[0] / folder
    warnings.warn(f"{what} is downloaded to {target}. {licence}", LicenceNotice, stacklevel=3)
    try:
        target.mkdir(parents=True, exist_ok=True)
        record = _record(target)
        with tempfile.TemporaryDirectory(dir=target) as scratch:
            for download in downloads:
                known = download.checksum or record.get(f"{download.name} (archive)", {}).get("checksum")
                got = _download(download, known, Path(scratch), progress=progress)
                record[f"{download.name} (archive)"] = {"url": download.url, "checksum": f"sha256:{_sha256(got)}"}
                for name, path in _kept(download, got, Path(scratch)).items():
                    record[name] = {"url": download.url, "sha256": _sha256(path)}
                    (target / name).parent.mkdir(parents=True, exist_ok=True)
                    os.replace(path, target / name)
        (target / RECORD).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    except DataError:
        raise
    except OSError as failed:  # requests' errors are OSErrors, as are a full disk and a folder that is read-only
        raise UnavailableError(_offline(what, target, downloads, failed)) from failed
    return target


def _download(download: Download, known: str | None, scratch: Path, *, progress: bool) -> Path:
    import pooch
    from tqdm.auto import tqdm

    loud = pooch.get_logger()
    level = loud.level
    loud.setLevel(logging.WARNING)  # it would tell the reader to pass known_hash, which is our affair
    bar: Any = tqdm(total=0, unit="B", unit_scale=True, desc=download.name) if progress else False
    try:
        path = pooch.retrieve(
            download.url,
            known_hash=known,
            fname=download.name.replace("/", "_"),
            path=scratch,
            downloader=pooch.HTTPDownloader(progressbar=bar, timeout=30),
        )
    except ValueError as different:
        raise DataError(
            f"{download.url} is not what it was expected to be: its checksum is not {known}. The download was cut "
            f"short, or the file has changed: try again, and if it stays so, report it."
        ) from different
    finally:
        loud.setLevel(level)
    log.info("downloaded %s", download.url)
    return Path(path)


def _kept(download: Download, got: Path, scratch: Path) -> dict[str, Path]:
    if download.members is None:
        return {download.name: got}
    kept = {}
    try:
        with zipfile.ZipFile(got) as archive:
            for number, (member, name) in enumerate(download.members.items()):
                kept[name] = scratch / f"member{number}"
                with archive.open(member) as source, kept[name].open("wb") as sink:
                    shutil.copyfileobj(source, sink, _BLOCK)
    except (zipfile.BadZipFile, KeyError) as broken:
        raise DataError(
            f"{download.url} is not the archive it was expected to be ({broken}). Try again later."
        ) from broken
    return kept


def _offline(what: str, target: Path, downloads: tuple[Download, ...], failed: OSError) -> str:
    files = [name for download in downloads for name in (download.members or {download.name: download.name}).values()]
    return (
        f"{what} is not in the cache and cannot be fetched now ({type(failed).__name__}: {str(failed)[:120]}). "
        f"Beforehand, on a machine with a network: load it once there and copy the folder {target} here; or download "
        f"{', '.join(download.url for download in downloads)} and put {', '.join(files)} into {target}. "
        f"The environment variable {CACHE_VARIABLE} names another cache."
    )


def _record(folder: Path) -> dict[str, dict[str, str]]:
    path = folder / RECORD
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as opened:
        while block := opened.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
