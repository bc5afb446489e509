"""The personalised page: who the customer is, her segment, what to offer and why, and the message, in one view."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
import pandas as pd
from markupsafe import Markup

from personakit.campaign.message import Message, MessageTemplate
from personakit.campaign.offers import offers_for
from personakit.errors import UnknownNameError, some
from personakit.measure.trial import Trial
from personakit.notebook.pictures import data_uri
from personakit.privacy import mask_email, mask_name, mask_phone
from personakit.privacy.gate_permitted import plain_frame
from personakit.segment import SEGMENTS

if TYPE_CHECKING:
    from PIL.Image import Image

    from personakit.recommend import Recommender

__all__ = ["CustomerPage", "customer_page", "save_page"]

_FACTS: tuple[tuple[str, str, Callable[[Any], str]], ...] = (
    ("recency_days", "last order", lambda days: "today" if days < 1 else f"{days:,.0f} days ago"),
    ("frequency", "orders", lambda n: f"{n:,.0f}"),
    ("monetary", "spent", lambda money: f"£{money:,.0f}"),
    ("n_items", "products", lambda n: f"{n:,.0f}"),
    ("n_views", "product pages seen", lambda n: f"{n:,.0f}"),
    ("favourite_department", "likes", str),
    ("favourite_channel", "mostly comes by", lambda channel: str(channel).replace("_", " ")),
    ("mean_rating", "rates on average", lambda stars: f"{stars:.1f}"),
    ("age_band", "age", str),
)


_MASKS = {"given_name": mask_name, "family_name": mask_name, "email": mask_email, "phone": mask_phone}


@dataclass(frozen=True)
class CustomerPage:
    """One customer's page. A notebook shows it; `save_page` writes it to a file that needs no other.

    Attributes
    ----------
    customer_id : object
    html : str
        The page, self-contained and escaped.
    summary : str
        The page in a line, for those who see no HTML.
    """

    customer_id: Any
    html: str
    summary: str

    def __repr__(self) -> str:
        return self.summary

    def _repr_html_(self) -> str:
        return self.html


def customer_page(
    customer_id: Any,
    *,
    profiles: Any,
    segments: pd.Series,
    offers: pd.DataFrame,
    products: pd.DataFrame,
    picture: Callable[[Any], Image],
    model: Recommender | None = None,
    people: pd.DataFrame | None = None,
    template: MessageTemplate | None = None,
    may_mail: Collection[Any] = (),
    n_offers: int = 4,
    fallback: pd.DataFrame | None = None,
) -> CustomerPage:
    """Put together what is known, chosen and said for one customer.

    Parameters
    ----------
    customer_id : hashable
    profiles : DataFrame or Permitted
        Only customers in it are shown as persons; for anybody else the page says that she has not agreed.
    segments : Series by customer_id
        From `RFM().fit_predict(profiles)`.
    offers : DataFrame[customer_id, product_id, rank, ...]
        From a recommender's `recommend`.
    products : DataFrame[product_id, title, ...]
        The catalogue.
    picture : function of product_id to Pillow image
        `pictures_of(world)` or `pictures_of(tables)`.
    model : Recommender, optional
        Asked why (its `explain`) for each offer.
    people : DataFrame[customer_id, given_name, ...], optional
        Names, masked on the page and in the message that it shows. `template.render_all` writes the real ones.
    template : MessageTemplate, optional
        Rendered with the customer's own columns and `offers`.
    may_mail : collection of customer_id
        Who agreed to messages; the others get none.
    n_offers : int, default 4
        How many offers are shown.
    fallback : DataFrame[product_id, rank], optional
        What everybody sees, for customers who have not agreed.

    Raises
    ------
    UnknownNameError
        Nothing is known of this customer, and there is no fallback.
    """
    frame = plain_frame(profiles)
    known = frame[frame["customer_id"] == customer_id]
    agreed = len(known) > 0
    if not agreed and fallback is None:
        raise UnknownNameError(
            f"Customer {customer_id!r} is not among the {len(frame):,} in profiles ({some(frame['customer_id'])}): "
            "unknown, or without consent. Choose one of them, or pass fallback= with what everybody sees."
        )
    own = offers[offers["customer_id"] == customer_id] if agreed else fallback.assign(customer_id=customer_id)  # type: ignore[union-attr]
    chosen = offers_for(own.nsmallest(n_offers, "rank"), products).get(customer_id, [])
    titles = products.drop_duplicates("product_id").set_index("product_id").get("title", pd.Series(dtype=object))
    for offer in chosen:
        offer["picture"] = data_uri(picture(offer["product_id"]))
        offer["why"] = _why(model, customer_id, offer["product_id"], titles) if agreed else "what most customers choose"
    person = _person(people, customer_id) if agreed else {}
    segment = str(segments.get(customer_id, "")) if agreed else ""
    message, why_none = None, "No message: this customer has not agreed to be written to."
    if template is not None and agreed and customer_id in may_mail:
        shown = {name: _MASKS[name](value) if name in _MASKS else value for name, value in person.items()}
        message = template.render({**known.iloc[0].to_dict(), **shown}, offers=chosen, segment=segment)
    elif template is None:
        why_none = ""
    html = _TEMPLATES.get_template("customer.html").render(
        customer_id=customer_id, agreed=agreed, name=mask_name(_full_name(person)),
        email=mask_email(person.get("email")),
        facts=_facts(known.iloc[0], frame.attrs.get("occasions")) if agreed else [], segment=segment,
        advice=SEGMENTS.get(segment, ""), offers=chosen,
        message=message, body=Markup(message.body) if message else "", why_none=why_none,
    )  # fmt: skip
    return CustomerPage(customer_id, html, _line(customer_id, agreed, segment, chosen, message))


def save_page(
    page: CustomerPage, path: str | Path, *, trial: Trial | None = None, labels: Mapping[str, str] | None = None
) -> Path:
    """Write a page, and what the trial found, to one HTML file that needs no other and no network.

    Parameters
    ----------
    page : CustomerPage
    path : str or Path
        The file; missing folders are made.
    trial : Trial, optional
        Its picture, table and design are put below the page.
    labels : mapping of arm to words, optional
        What to call the arms.

    Returns
    -------
    Path
        The file, as given.
    """
    from personakit.notebook.plots import plot_trial

    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    picture = Markup(plot_trial(trial, labels=labels).html()) if trial is not None else ""
    html = _TEMPLATES.get_template("sheet.html").render(
        page=Markup(page.html), title=f"Customer {page.customer_id}", picture=picture, trial=trial,
        rows=trial.summary(labels).reset_index().to_dict("split") if trial is not None else None,
    )  # fmt: skip
    target.write_text(html, encoding="utf-8")
    return target


_TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def _facts(profile: pd.Series, occasions: str | None) -> list[tuple[str, str]]:
    """What is known, in words; where nothing was ordered, an occasion is a visit."""
    bought = occasions in (None, "order_lines")
    words = {} if bought else {"last order": "last seen", "orders": "visits", "products": "products rated or chosen"}
    return [
        (words.get(label, label), show(profile[name]))
        for name, label, show in _FACTS
        if name in profile and pd.notna(profile[name])
    ]


def _person(people: pd.DataFrame | None, customer_id: Any) -> dict[str, Any]:
    """What is written on the account; a name that nobody recorded is missing, and no error in a template."""
    person: dict[str, Any] = dict.fromkeys(("given_name", "family_name", "email"))
    rows = people[people["customer_id"] == customer_id] if people is not None else pd.DataFrame()
    return person | {str(name): value for name, value in rows.iloc[0].to_dict().items()} if len(rows) else person


def _full_name(person: Mapping[str, Any]) -> str | None:
    parts = [person.get(part) for part in ("given_name", "family_name")]
    return " ".join(str(part) for part in parts if part is not None and pd.notna(part)) or None


def _why(model: Recommender | None, customer_id: Any, product_id: Any, titles: pd.Series) -> str:
    """The two products that add most to the score, in words."""
    if model is None:
        return ""
    reasons = model.explain(customer_id, product_id)
    about = reasons[reasons["product_id"].notna() & (reasons["contribution"] > 0)]
    again = (about["product_id"] == product_id).any()
    names = [f"“{titles.get(other, other)}”" for other in about["product_id"].head(3) if other != product_id][:2]
    if not names:
        return str(reasons["reason"].iloc[0]) if len(reasons) else ""
    return ("looked at before, and goes with " if again else "goes with ") + " and ".join(names)


def _line(customer_id: Any, agreed: bool, segment: str, offers: list[dict[str, Any]], message: Message | None) -> str:
    shown = "; ".join(str(offer.get("title", offer["product_id"])) for offer in offers)
    who = f"Customer {customer_id} ({segment})" if agreed else f"Customer {customer_id} (has not agreed)"
    return f"{who}. Offers: {shown}. " + (f"Message: {message.subject}" if message else "No message.")
