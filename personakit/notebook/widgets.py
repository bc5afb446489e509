"""Widgets: something to move that changes something real, with a default view that needs no kernel."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from personakit.errors import MissingExtraError, ParameterError

if TYPE_CHECKING:
    import ipywidgets

    from personakit.notebook.page import CustomerPage

__all__ = ["box_of", "choose_customer"]


def box_of(children: Sequence[Any], *, words: str, html: str) -> ipywidgets.VBox:
    """A box of widgets that shows its first view where there is no kernel.

    Parameters
    ----------
    children : sequence of widgets
    words, html : str
        What stands in a terminal, and what on a page without a kernel (on GitHub, in an exported page).
    """
    import ipywidgets

    class Box(ipywidgets.VBox):
        def _repr_mimebundle_(self, **kwargs: Any) -> Any:
            bundle = super()._repr_mimebundle_(**kwargs)
            data = bundle[0] if isinstance(bundle, tuple) else bundle
            data["text/plain"], data["text/html"] = words, html
            return bundle

    return Box(children)


def choose_customer(
    page: Callable[[Any], CustomerPage], customers: Sequence[Any] | Mapping[str, Any], *, start: Any = None
) -> ipywidgets.VBox:
    """A list of customers to choose from; the whole personalised page follows the choice.

    Without a kernel (on GitHub, in an exported page) the first page is shown as it is.

    Parameters
    ----------
    page : function of customer_id to CustomerPage
        For example ``functools.partial(customer_page, profiles=..., ...)``.
    customers : sequence of ids, or mapping of words to id
    start : id, optional
        Whose page is shown first; by default that of the first.

    Returns
    -------
    ipywidgets.VBox
        `children[0]` is the list, `children[1]` the page.
    """
    try:
        import ipywidgets
    except ImportError as error:
        raise MissingExtraError.of("ipywidgets", "notebooks", "choose_customer") from error
    options = list(customers.items()) if isinstance(customers, Mapping) else [(str(c), c) for c in customers]
    if not options:
        raise ParameterError("choose_customer has nobody to choose from: customers is empty.")
    first = options[0][1] if start is None else start
    if first not in [value for _, value in options]:
        raise ParameterError(f"choose_customer(start={start!r}): that customer is not among those to choose from.")

    shown = page(first)
    menu = ipywidgets.Dropdown(options=options, value=first, description="Customer")
    view = ipywidgets.HTML(shown.html)

    def follow(change: Mapping[str, Any]) -> None:
        view.value = page(change["new"]).html

    menu.observe(follow, names="value")
    words = f"A list of {len(options)} customers and the page of the one chosen. {shown}"
    return box_of([menu, view], words=words, html=shown.html)
