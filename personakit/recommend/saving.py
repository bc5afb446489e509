"""Save a recommender to one file and load it again, without pickle: arrays and JSON in a zip, and nothing is run."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import zipfile
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from personakit.errors import DataError, NotFittedError, ParameterError, PersonakitError, UnknownNameError, some
from personakit.recommend.protocol import Recommender
from personakit.recommend.saved_algorithms import describe_algorithm, rebuild_algorithm
from personakit.recommend.saved_values import Reader, Writer

__all__ = ["load_model", "save_model"]

_FORMAT, _VERSION = "personakit recommender", 1
_CHUNK = 2**20
#: What models hold beside recommenders. An object of another class is neither saved nor made.
_PARTS = {
    "IdIndex": "personakit.recommend.interactions",
    "PairFeatures": "personakit.recommend.pair_features",
    "ProductFeatures": "personakit.recommend.content.features",
    **dict.fromkeys(
        ("Attributes", "Columns", "Numbers", "Price", "Reviewed", "Vectors", "Words"),
        "personakit.recommend.content.blocks",
    ),
    **dict.fromkeys(("CountVectorizer", "TfidfTransformer", "TfidfVectorizer"), "sklearn.feature_extraction.text"),
    **dict.fromkeys(("FunctionTransformer", "MaxAbsScaler", "Normalizer", "StandardScaler"), "sklearn.preprocessing"),
    "TruncatedSVD": "sklearn.decomposition",
}
_LEFT_OUT = {"SurpriseRecommender": ("_estimates", "factors_")}  # follow from the algorithm


def save_model(model: Recommender, path: str | os.PathLike[str], *, classes: Iterable[type] = ()) -> Path:
    """Write a fitted recommender to one file, which `load_model` reads without running code from it.

    The file is a zip of `model.json` and one `.npy` an array, uncompressed, about as large as the model in memory. It
    holds what the model learnt from each customer: erasing one means to `forget` her and to save anew, or to delete it.
    It is written beside the path and put in its place when it is whole, so that an earlier file there stays until then.
    Nobody but you may read it (mode 600); widen that with `chmod` where others should.

    Parameters
    ----------
    model : fitted Recommender
        Of this package, members and parts included.
    path : path of the file; its folder must exist
    classes : iterable of classes, default ()
        Recommenders of your own, or parts of them, that may be saved: all of what such an object holds must be of
        plain kinds (numbers, text, times, collections, arrays, sparse matrices, tables).

    Returns
    -------
    pathlib.Path

    Raises
    ------
    NotFittedError
        Before `fit`.
    ParameterError
        Not a recommender of this package nor of `classes`, or no such folder.
    DataError
        The model holds something that cannot be loaded without running code, such as a function.

    Examples
    --------
    >>> import pandas as pd
    >>> from personakit.recommend import ItemKNN
    >>> baskets = pd.DataFrame({"customer_id": [1, 1, 2, 2, 3], "product_id": ["tea", "pot", "tea", "pot", "tea"]})
    >>> model = ItemKNN().fit(baskets)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     again = load_model(save_model(model, Path(folder) / "neighbours.model"))
    >>> again.recommend([3]).equals(model.recommend([3]))
    True
    """
    allowed = _own(classes)
    name = type(model).__name__
    if not isinstance(model, Recommender) or _name_of(type(model), allowed) is None:
        raise ParameterError(
            f"{name} is not a recommender of personakit. Name your own class: save_model(model, path, "
            f"classes=[{name}]), and again for load_model."
        )
    if not hasattr(model, "popularity_"):
        raise NotFittedError(f"save_model got a {name} that is not fitted. Call fit(interactions) first.")
    target = Path(path)
    if not target.parent.is_dir() or target.is_dir():
        what = "is a folder" if target.is_dir() else f"lies in {target.parent}, which does not exist"
        raise ParameterError(f"path {target} {what}. Name a file in a folder that exists.")
    writer = Writer(lambda held: _name_of(held, allowed), describe_algorithm, _LEFT_OUT)
    top = writer.add(model, name)
    handle, temporary = tempfile.mkstemp(prefix=f".{target.name[:100]}.", suffix=".part", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
                digests = [_store(archive, place, array) for place, array in enumerate(writer.arrays)]
                content = {"model": top, "values": writer.values, "arrays": digests}
                text = json.dumps(content, allow_nan=False, separators=(",", ":"))
                digest = hashlib.sha256(text.encode()).hexdigest()
                header = {"format": _FORMAT, "version": _VERSION, "class": name, "sha256": digest}
                archive.writestr("header.json", json.dumps(header))
                archive.writestr("model.json", text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return target


def load_model(path: str | os.PathLike[str], *, classes: Iterable[type] = ()) -> Any:
    """Read a recommender that `save_model` wrote: the same lists, scores, reasons and purpose, and it can forget.

    Nothing of the file is run: classes are looked up by name among the recommenders of this package, their parts,
    Surprise's algorithms and `classes`, and made without a call of theirs. The checksums in the file find damage; they
    are no signature, so take models whose numbers you act on from where you trust.

    Parameters
    ----------
    path : path of the file
    classes : iterable of classes, default ()
        Those of your own that the file may hold.

    Returns
    -------
    Recommender

    Raises
    ------
    DataError
        The file is not a model, is cut short or changed, or of a later version.
    UnknownNameError
        It holds a class that is not allowed.
    FileNotFoundError
        There is no such file.
    """
    allowed, source = _own(classes), Path(path)
    if source.is_dir():
        raise DataError(f"{source} is a folder, not a saved recommender. Name the file that save_model wrote.")
    refit = "Take it again from where it came, or fit the model and save it again."
    try:
        with zipfile.ZipFile(source) as archive:
            return _read(archive, allowed)
    except FileNotFoundError:
        raise
    except zipfile.BadZipFile as error:
        raise DataError(
            f"{source} is not a saved recommender, or it is cut short or damaged ({error}). {refit}"
        ) from error
    except UnknownNameError as error:
        raise UnknownNameError(f"{source} cannot be loaded: {error}") from error
    except PersonakitError as error:
        raise DataError(f"{source} cannot be loaded: {error}. {refit}") from error
    except (
        ArithmeticError, AttributeError, EOFError, LookupError, MemoryError, NotImplementedError, RecursionError,
        RuntimeError, StopIteration, TypeError, ValueError, zipfile.LargeZipFile,
    ) as error:  # fmt: skip
        raise DataError(
            f"{source} cannot be loaded: it is not what save_model wrote ({error!r:.200}). {refit}"
        ) from error


def _read(archive: zipfile.ZipFile, allowed: dict[str, type]) -> Any:
    names = set(archive.namelist())
    if not {"header.json", "model.json"} <= names:
        raise DataError(f"it is a zip of something else (it holds {some(sorted(names)) or 'nothing'})")
    if any(info.compress_type != zipfile.ZIP_STORED for info in archive.infolist()):
        raise DataError("it was packed anew, and a compressed file could be larger than memory")
    header = json.loads(archive.read("header.json"))
    if header.get("format") != _FORMAT:
        raise DataError(f"its format is {header.get('format')!r}, not {_FORMAT!r}")
    if header.get("version") != _VERSION:
        raise DataError(f"it has version {header.get('version')!r}, and this personakit reads version {_VERSION}")
    text = archive.read("model.json")
    if hashlib.sha256(text).hexdigest() != header.get("sha256"):
        raise DataError("model.json was changed after it was saved (its checksum differs)")
    content = json.loads(text)
    digests = content["arrays"]
    unread = set(range(len(digests)))

    def array(place: int) -> NDArray[Any]:
        if place not in unread:
            raise DataError(f"it reads array {place} twice, and a small file could fill the memory that way")
        unread.remove(place)
        return _fetch(archive, f"arrays/{place}.npy", digests[place])

    reader = Reader(content["values"], array, lambda name: _class_of(name, allowed), rebuild_algorithm)
    model = reader.value(content["model"])
    if not isinstance(model, Recommender):
        raise DataError(f"it holds a {type(model).__name__}, not a recommender")
    if not hasattr(model, "popularity_"):
        raise DataError(f"it holds a {type(model).__name__} that is not fitted")
    for each in reader.made(Recommender):
        if "SurpriseRecommender" in (held.__name__ for held in type(each).__mro__) and hasattr(each, "algorithm_"):
            each._finish(each.algorithm_)
    return model


def _store(archive: zipfile.ZipFile, place: int, array: NDArray[Any]) -> str:
    hashed = hashlib.sha256()
    with archive.open(f"arrays/{place}.npy", "w", force_zip64=True) as member:

        class Hashing:
            def write(self, part: Any) -> None:
                hashed.update(part)
                member.write(part)

        np.lib.format.write_array(Hashing(), array, allow_pickle=False)
    return hashed.hexdigest()


def _fetch(archive: zipfile.ZipFile, name: str, digest: str) -> NDArray[Any]:
    hashed = hashlib.sha256()
    with archive.open(name) as member:
        while part := member.read(_CHUNK):
            hashed.update(part)
    if hashed.hexdigest() != digest:
        raise DataError(f"{name} was changed after it was saved (its checksum differs)")
    with archive.open(name) as member:
        found: NDArray[Any] = np.lib.format.read_array(member, allow_pickle=False)
    if found.size > archive.getinfo(name).file_size:  # elements of no bytes, which become objects later
        raise DataError(f"{name} has more elements than bytes")
    return found


def _own(classes: Iterable[type]) -> dict[str, type]:
    given = list(classes)
    if wrong := [held for held in given if not isinstance(held, type)]:
        raise ParameterError(f"classes must be classes, such as [MyModel], but has {some(map(repr, wrong))}.")
    return {held.__name__: held for held in given}


def _class_of(name: str, allowed: dict[str, type]) -> type:
    if name in allowed:
        return allowed[name]
    if name in _PARTS:
        return getattr(import_module(_PARTS[name]), name)
    import personakit.recommend as room

    held = getattr(room, name) if name in room.__all__ else None
    if not (isinstance(held, type) and issubclass(held, Recommender)):
        raise UnknownNameError(
            f"it holds an object of the class {name!r}, which is no recommender of personakit. If it is your own and "
            f"you trust the file: load_model(path, classes=[{name}])."
        )
    return held


def _name_of(held: type, allowed: dict[str, type]) -> str | None:
    """The name under which `_class_of` finds exactly this class."""
    try:
        return held.__name__ if _class_of(held.__name__, allowed) is held else None
    except UnknownNameError:
        return None
