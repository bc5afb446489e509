"""Pictures: figures that carry their words for those who cannot see them, and pictures of products."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Mapping
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zlib import crc32

import pandas as pd

from personakit.errors import DataError
from personakit.notebook.style import COLOURS

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from PIL.Image import Image

__all__ = ["Picture", "data_uri", "pictures_of", "poster"]

_POSTERS = ("#0072B2", "#A65C00", "#00694D", "#A84300", "#8F4570", "#27607F", "#4D4D4D", "#5B4B8A")


class Picture:
    """A figure with alternative text. A notebook shows the figure and keeps the text beside it.

    Parameters
    ----------
    figure : matplotlib Figure
    alt : str
        What the picture shows and says, for a reader who cannot see it.
    """

    def __init__(self, figure: Figure, alt: str) -> None:
        self.figure = figure
        self.alt = alt

    def __repr__(self) -> str:
        return self.alt

    def png(self) -> bytes:
        """The figure as a PNG file."""
        file = io.BytesIO()
        self.figure.savefig(
            file, format="png", bbox_inches="tight", metadata={"Software": None, "Description": self.alt}
        )
        return file.getvalue()

    def save(self, path: str | Path) -> Path:
        """Write the PNG, with the alternative text as its description."""
        target = Path(path)
        target.write_bytes(self.png())
        return target

    def html(self) -> str:
        """The figure as an HTML image that needs no other file."""
        uri = "data:image/png;base64," + base64.b64encode(self.png()).decode()
        return f'<img alt="{escape(self.alt)}" src="{uri}">'

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        png = base64.b64encode(self.png()).decode()
        return {"image/png": png, "text/plain": self.alt}, {"image/png": {"alt": self.alt}}


def pictures_of(source: Any) -> Callable[[Any], Image]:
    """A function from product_id to a picture of the product.

    Parameters
    ----------
    source : World or mapping of str to DataFrame
        A world draws its products. For other data a poster is set from title, category and price of `products`.

    Examples
    --------
    >>> picture = pictures_of({"products": pd.DataFrame({"product_id": [1], "title": ["Heat (1995)"]})})
    >>> picture(1).size
    (96, 96)
    """
    if hasattr(source, "picture"):
        return lru_cache(maxsize=512)(source.picture)
    products = source["products"].drop_duplicates("product_id").set_index("product_id")

    @lru_cache(maxsize=512)
    def drawn(product_id: Any) -> Image:
        if product_id not in products.index:
            raise DataError(f"products has no product_id {product_id!r}, so there is nothing to draw.")
        row: Mapping[Any, Any] = products.loc[product_id].to_dict()
        title = row.get("title")
        group = row.get("category") if pd.notna(row.get("category")) else row.get("department")
        return poster(str(title) if pd.notna(title) else f"Product {product_id}", str(group) if pd.notna(group) else "")

    return drawn


def poster(title: str, group: str = "", *, size: int = 96) -> Image:
    """A square poster with the title on a colour that belongs to the group; for products without a picture.

    Parameters
    ----------
    title : str
        Shown in up to four lines, the rest cut off with an ellipsis.
    group : str
        Category or genre: sets the colour, and is written at the foot.
    size : int, default 96
        Width and height in pixels.
    """
    from PIL import Image, ImageDraw, ImageFont

    scale = 3
    side = size * scale
    base = _POSTERS[crc32(group.encode()) % len(_POSTERS)]
    luck = crc32(title.encode())  # where the light falls: two posters of a group are told apart at a glance
    image = Image.new("RGB", (side, side), base)
    light = Image.new("L", (side, side), 0)
    centre = side * (0.15 + 0.7 * (luck % 97) / 97), side * (0.55 + 0.4 * (luck // 97 % 89) / 89)
    for step in range(4):
        reach = side * (0.62 - 0.13 * step)
        box = [centre[0] - reach, centre[1] - reach, centre[0] + reach, centre[1] + reach]
        ImageDraw.Draw(light).ellipse(box, fill=16 * (step + 1))
    image.paste("white", (0, 0), light)
    draw = ImageDraw.Draw(image)
    draw.rectangle([0, side * 0.82, side, side], fill=COLOURS["ink"])
    large, small = ImageFont.load_default(side / 6.2), ImageFont.load_default(side / 10)
    for number, line in enumerate(_lines(title, lambda text: draw.textlength(text, font=large), side * 0.88)):
        draw.text((side * 0.06, side * (0.04 + 0.19 * number)), line, font=large, fill="white")
    draw.text((side * 0.06, side * 0.855), group[:16], font=small, fill="white")
    return image.resize((size, size), Image.Resampling.LANCZOS)


def data_uri(image: Image) -> str:
    """A Pillow image as a PNG data URI, with a small palette: about 3 kB for 96 pixels."""
    file = io.BytesIO()
    image.convert("RGB").quantize(colors=64).save(file, format="PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def _lines(title: str, width: Callable[[str], float], room: float, at_most: int = 4) -> list[str]:
    """The title broken into lines that fit."""
    lines = [""]
    for word in title.split():
        longer = f"{lines[-1]} {word}".strip()
        if width(longer) <= room or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    shown = lines[:at_most]
    if len(lines) > at_most:
        shown[-1] += " …"
    for number, line in enumerate(shown):
        while width(line) > room and len(line) > 2:
            line = line.rstrip("…")[:-1] + "…"
        shown[number] = line
    return shown
