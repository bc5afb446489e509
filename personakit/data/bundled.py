"""The bundled world: Larkspur as it ships with personakit, ready at once and without a network."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from personakit.errors import UnavailableError
from personakit.world.bundle import BundledWorld, read_world

__all__ = ["bundled_folder", "load_world"]

PACKAGE = Path(__file__).resolve().parents[1]
PLACES = (PACKAGE / "_datasets" / "larkspur", PACKAGE.parent / "datasets" / "larkspur")  # in the wheel, in a checkout


def bundled_folder() -> Path:
    """Where the bundled world lies.

    Raises
    ------
    UnavailableError
        Neither the wheel's folder nor the checkout's is there.
    """
    for place in PLACES:
        if (place / "world.json").is_file():
            return place
    raise UnavailableError(
        f"The bundled world is missing: there is no world.json in {PLACES[0]} or {PLACES[1]}. In a checkout, write it "
        "with make datasets; or simulate it: personakit.World()."
    )


@lru_cache(maxsize=1)
def load_world() -> BundledWorld:
    """Larkspur, 4,000 customers and 600 products over 540 days: the same as `World()`, read instead of simulated.

    Returns
    -------
    BundledWorld
        With `.tables`, `.truth`, `.expected(...)`, `.respond(...)`, `.picture(...)`. The same object each time: its
        tables are shared, so copy one before you change it.

    Examples
    --------
    >>> world = load_world()
    >>> len(world.tables["customers"]), world.tables["products"].shape[0]
    (4000, 600)
    """
    return read_world(bundled_folder())
