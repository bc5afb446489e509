"""A desk at which somebody without an account says what she likes, and the list and its reasons follow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import pandas as pd

from personakit.errors import DataError, MissingExtraError, ParameterError
from personakit.notebook.style import COLOURS

if TYPE_CHECKING:
    import ipywidgets

    from personakit.recommend import ContentRecommender

__all__ = ["TasteDesk", "TasteView"]

_NOTHING = "(nothing)"
_CELL = "padding:4px 8px;text-align:left;vertical-align:top"


@dataclass(frozen=True, repr=False)
class TasteView:
    """What somebody said, and the list that follows from it; Jupyter shows it as a table.

    Attributes
    ----------
    said : mapping of str to words
        What she likes, dislikes, looks for and avoids.
    table : DataFrame
        `product_id`, `title`, `score`, `rank` and `reasons` (words and attributes, the strongest first).
    basis : {"content", "popularity"}
        Popularity where what she said names nothing that the catalogue has.
    """

    said: Mapping[str, str]
    table: pd.DataFrame
    basis: str

    def __repr__(self) -> str:
        said = "; ".join(f"{what} {words}" for what, words in self.said.items()) or "nothing"
        listed = "; ".join(
            f"{rank}. {title} ({', '.join(why)})"
            for rank, title, why in zip(self.table["rank"], self.table["title"], self.table["reasons"], strict=True)
        )
        return f"She says: {said}. By {self.basis}: {listed}."

    @property
    def html(self) -> str:
        """The view as one HTML element."""
        said = "; ".join(f"{what} {words}" for what, words in self.said.items()) or "nothing yet"
        most = float(self.table["score"].max()) if len(self.table) else 0.0
        rows = []
        for line in self.table.to_dict("records"):
            width = 100 * max(float(line["score"]), 0.0) / most if most > 0 else 0.0
            bar = f'<div style="width:{width:.0f}%;height:10px;background:{COLOURS["blue"]};margin-top:5px"></div>'
            rows.append(
                f'<tr style="border-top:1px solid #e5e5e5"><td style="{_CELL}">{line["rank"]}</td>'
                f'<td style="{_CELL}">{escape(str(line["title"]))}</td>'
                f'<td style="{_CELL};width:120px">{bar}</td>'
                f'<td style="{_CELL};color:#555">{escape(", ".join(line["reasons"]))}</td></tr>'
            )
        how = "by what they are" if self.basis == "content" else "by popularity: what she says names nothing here"
        return (
            '<div style="font-size:13px;color:#222;background:#fff;max-width:860px;padding:6px">'
            f'<div style="font-weight:700;padding:2px 8px 6px">She says: {escape(said)}</div>'
            f'<table style="border-collapse:collapse;width:100%"><thead><tr><th style="{_CELL}"></th>'
            f'<th style="{_CELL}">recommended {escape(how)}</th><th style="{_CELL}">score</th>'
            f'<th style="{_CELL}">because of</th></tr></thead><tbody>{"".join(rows)}</tbody></table></div>'
        )

    def _repr_html_(self) -> str:
        return self.html


class TasteDesk:
    """Like some products, dislike one, say a few words, and see the list change.

    Parameters
    ----------
    model : ContentRecommender
        Fitted.
    products : DataFrame
        With `product_id` and `title`.
    k : int, default 6
        Length of the list.

    Raises
    ------
    DataError
        A column is missing.

    Examples
    --------
    >>> from personakit.recommend import ContentRecommender
    >>> shop = pd.DataFrame({"product_id": [1, 2, 3], "title": ["Linen shirt", "Linen dress", "Steel pan"]})
    >>> model = ContentRecommender(shop).fit(pd.DataFrame({"customer_id": [9], "product_id": [3]}))
    >>> TasteDesk(model, shop, k=1).view(liked=[1])
    She says: likes Linen shirt. By content: 1. Linen dress (word: linen).
    """

    def __init__(self, model: ContentRecommender, products: pd.DataFrame, *, k: int = 6) -> None:
        for column in ("product_id", "title"):
            if column not in products.columns:
                raise DataError(f"products has no column {column!r}. TasteDesk needs product_id and title.")
        self.model, self.k = model, k
        self.titles = products.set_index("product_id")["title"].astype(str)

    def view(
        self, *, liked: Sequence[Any] = (), disliked: Sequence[Any] = (), words: str = "", avoid: str = ""
    ) -> TasteView:
        """The list for what is said; arguments as in `ContentRecommender.recommend_for`."""
        asked: dict[str, Any] = {"liked": liked, "disliked": disliked, "words": words, "avoid": avoid}
        table = self.model.recommend_for(**asked, k=self.k)
        reasons = []
        for product in table["product_id"]:
            told = self.model.explain_for(product, **asked, by="words")
            told = told[told["contribution"] > 0].head(3)
            reasons.append(tuple(told["reason"]) if table.attrs["basis"] == "content" else ("most chosen",))
        table["title"] = self.titles.reindex(table["product_id"]).fillna("").to_numpy()
        said = {
            "likes": ", ".join(self.titles[each] for each in liked),
            "dislikes": ", ".join(self.titles[each] for each in disliked),
            "looks for": words.strip(),
            "avoids": avoid.strip(),
        }
        shown = {what: text for what, text in said.items() if text}
        return TasteView(shown, table.assign(reasons=reasons), str(table.attrs["basis"]))

    def choose(
        self, products: Sequence[Any], *, liked: Sequence[Any] = (), words: str = "", n_liked: int = 3
    ) -> ipywidgets.VBox:
        """The desk as a widget: lists of products to like and to dislike, and lines for words.

        Without a kernel (on GitHub, in an exported page) the first view is shown as it is.

        Parameters
        ----------
        products : sequence of product ids
            What there is to point at.
        liked : sequence of product ids, default ()
            What is liked at first.
        words : str, default ""
            What is looked for at first.
        n_liked : int, default 3
            How many products can be liked.

        Returns
        -------
        ipywidgets.VBox
            `children`: a box with the lists of products liked, a box with the one disliked, the words and those
            avoided, and the view.
        """
        try:
            import ipywidgets
        except ImportError as error:
            raise MissingExtraError.of("ipywidgets", "notebooks", "TasteDesk.choose") from error
        options = [(_NOTHING, None), *((self.titles[each][:48], each) for each in products)]
        if len(options) == 1:
            raise ParameterError(
                "TasteDesk.choose has nothing to point at: products is empty. Pass the ids to choose from."
            )
        if len(liked) > n_liked or not set(liked) <= set(products):
            raise ParameterError(f"liked must be at most {n_liked} of the products to point at, but is {list(liked)}.")

        class Desk(ipywidgets.VBox):
            """A box that shows its first view where there is no kernel."""

            def _repr_mimebundle_(self, **kwargs: Any) -> Any:
                bundle = super()._repr_mimebundle_(**kwargs)
                data = bundle[0] if isinstance(bundle, tuple) else bundle
                data["text/plain"] = f"A desk to like {n_liked} of {len(options) - 1} products. {shown!r}"
                data["text/html"] = shown.html
                return bundle

        shown = self.view(liked=liked, words=words)
        first = [*liked, *[None] * (n_liked - len(liked))]
        likes = [ipywidgets.Dropdown(options=options, value=each, description="likes") for each in first]
        dislikes = ipywidgets.Dropdown(options=options, value=None, description="dislikes")
        lines = [
            ipywidgets.Text(value=text, description=name, continuous_update=False)
            for text, name in ((words, "looks for"), ("", "avoids"))
        ]
        page = ipywidgets.HTML(shown.html)

        def follow(_: Any) -> None:
            chosen = list(dict.fromkeys(each.value for each in likes if each.value is not None))
            against = [] if dislikes.value is None or dislikes.value in chosen else [dislikes.value]
            now = self.view(liked=chosen, disliked=against, words=lines[0].value, avoid=lines[1].value)
            page.value = now.html

        for each in (*likes, dislikes, *lines):
            each.observe(follow, names="value")
        return Desk([ipywidgets.HBox(likes), ipywidgets.HBox([dislikes, *lines]), page])
