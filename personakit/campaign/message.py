"""Messages: one template, the words of each customer filled in, and nothing that a template or a name can break.

Templates are Jinja2 in its sandbox: a template cannot reach Python's insides, what came from data is escaped in the
HTML body, and a subject is always a single line, so that no customer's name can add a mail header.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from html import escape, unescape
from typing import Any, NoReturn

import jinja2
import jinja2.meta
import pandas as pd
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from personakit.errors import DataError, ParameterError, UnknownNameError, some
from personakit.privacy.gate_permitted import plain_frame

__all__ = ["Message", "MessageTemplate"]


@dataclass(frozen=True)
class Message:
    """A message to one person: a plain one-line subject and an HTML body. Shown as an e-mail in a notebook."""

    subject: str
    body: str

    def _repr_html_(self) -> str:
        frame = "border:1px solid #ccc;border-radius:6px;max-width:36em;padding:.8em 1em;font-family:sans-serif"
        head = "font-weight:bold;border-bottom:1px solid #ddd;padding-bottom:.4em"
        return (
            f'<div style="{frame}"><div style="{head}">{escape(self.subject)}</div>'
            f'<div style="white-space:pre-line;padding-top:.5em">{self.body}</div></div>'
        )

    def text(self) -> str:
        """The body as plain text, for an SMS or a push message.

        >>> Message("Hello", "Fish &amp; chips <b>now</b>").text()
        'Fish & chips now'
        """
        return unescape(Markup(self.body).striptags())


class _Missing(jinja2.StrictUndefined):
    """A value that is missing for this customer: false in a condition, replaced by `default`, an error when shown."""

    __slots__ = ()

    def __bool__(self) -> bool:  # type: ignore[override]
        return False


class MessageTemplate:
    """A subject and a body with placeholders, checked when it is made and filled in for one customer or for all.

    Placeholders are names of columns or of values given at rendering, in double braces: ``{{ given_name }}``. Loops and
    conditions work as in Jinja2, and there are three filters for the words of a shop: ``money`` (39.5 as "EUR 39.50"),
    ``percent`` (0.1 as "10%") and ``day`` (a timestamp as "5 March 2025"). A line with nothing on it but a
    ``{% ... %}`` leaves no empty line behind.

    Parameters
    ----------
    subject : str
        Template of the subject. Rendered as plain text on one line.
    body : str
        Template of the body. HTML is allowed in the template; what is filled in is escaped.
    fields : iterable of str, optional
        The names that may be used. With it a mistyped placeholder is found here, and not when the campaign is sent.
    currency : str, default "EUR"
        What ``money`` puts before an amount.

    Raises
    ------
    ParameterError
        The template is not valid Jinja2: the text gives the line.
    UnknownNameError
        A placeholder is not in `fields`: the text gives the nearest name.

    Examples
    --------
    >>> template = MessageTemplate("{{ given_name }}, {{ 0.1 | percent }} off", "Hello {{ given_name or 'there' }}!")
    >>> template.placeholders
    ('given_name',)
    >>> template.render({"given_name": "Ada & Co"})
    Message(subject='Ada & Co, 10% off', body='Hello Ada &amp; Co!')
    """

    def __init__(self, subject: str, body: str, *, fields: Iterable[str] | None = None, currency: str = "EUR") -> None:
        self.subject = subject
        self.body = body
        self.currency = currency
        plain, html = _environment(currency, autoescape=False), _environment(currency, autoescape=True)
        self._subject = _compiled(plain, subject, "subject")
        self._body = _compiled(html, body, "body")
        used = (jinja2.meta.find_undeclared_variables(plain.parse(part)) for part in (subject, body))
        self.placeholders: tuple[str, ...] = tuple(sorted(set().union(*used)))
        if fields is not None:
            self._refuse_unknown(list(fields))

    def __repr__(self) -> str:
        return f"MessageTemplate(subject={self.subject!r}, placeholders={self.placeholders})"

    def render(self, customer: Mapping[str, Any] | pd.Series, **values: Any) -> Message:
        """The message to one customer.

        Parameters
        ----------
        customer : mapping or Series
            Values by column name. None and NaN are missing: ``{{ name or "there" }}`` and ``{% if name %}`` deal with
            them, and showing one is an error.
        **values
            Further values, which go before the customer's own.

        Raises
        ------
        UnknownNameError
            A placeholder is neither a column nor a value; the text offers the nearest name.
        DataError
            The value of a placeholder is missing for this customer.
        """
        known = {str(name): value for name, value in (dict(customer) | values).items()}
        self._refuse_unknown(list(known))
        return self._fill(known, known.get("customer_id"))

    def render_all(
        self, customers: pd.DataFrame, by_customer: Mapping[str, Mapping[Any, Any]] | None = None, **values: Any
    ) -> pd.DataFrame:
        """The message to each customer.

        Parameters
        ----------
        customers : DataFrame of shape (n_customers, ...)
            customer_id as a column or as the index; the other columns are the customer's values.
        by_customer : mapping of name to mapping of customer_id to value, optional
            Values that are no columns, e.g. ``{"offers": offers_for(recommendations, products)}``. A customer who is
            not in the mapping misses the value.
        **values
            Values that are the same for everybody.

        Returns
        -------
        DataFrame[customer_id, subject, body], in the order of `customers`.

        Raises
        ------
        UnknownNameError, DataError
            As `render`; missing values of all customers are reported together, with their count and first ids.
        """
        frame = plain_frame(customers)
        frame = frame if "customer_id" in frame.columns else frame.rename_axis("customer_id").reset_index()
        extra = dict(by_customer or {})
        self._refuse_unknown([*map(str, frame.columns), *extra, *values])
        rows, failed = [], []
        problem = ""
        for row in frame.to_dict("records"):
            customer_id = row["customer_id"]
            own = {str(name): value for name, value in row.items()}
            own |= {name: mapping.get(customer_id) for name, mapping in extra.items()}
            try:
                message = self._fill(own | values, customer_id)
            except DataError as error:
                failed.append(customer_id)
                problem = problem or str(error).split(" is missing for ")[0]
            else:
                rows.append((customer_id, message.subject, message.body))
        if failed:
            raise DataError(_missing(problem, len(failed), failed))
        return pd.DataFrame(rows, columns=["customer_id", "subject", "body"])

    def _fill(self, values: Mapping[str, Any], customer_id: Any) -> Message:
        context = {name: _Missing(name=name) if _is_missing(value) else value for name, value in values.items()}
        try:
            subject = " ".join(self._subject.render(context).split())
            return Message(subject, self._body.render(context).strip())
        except jinja2.exceptions.SecurityError as error:
            raise ParameterError(f"The template asks for something that templates may not reach: {error}.") from None
        except jinja2.UndefinedError as error:
            self._explain(error, values, customer_id)

    def _explain(self, error: jinja2.UndefinedError, values: Mapping[str, Any], customer_id: Any) -> NoReturn:
        """Say which value was missing, or which part of a value does not exist."""
        text = str(error)
        quoted = text.split("'")[1::2]
        missing = next((name for name in quoted if name in values and _is_missing(values[name])), None)
        if missing is not None:
            count = [] if customer_id is None else [customer_id]
            raise DataError(_missing(missing, 1, count)) from None
        parts = {str(key) for value in values.values() for key in _keys_of(value)}
        wrong = quoted[-1] if quoted else text
        raise UnknownNameError(f"The template uses {wrong!r}, which does not exist{_nearest(wrong, parts)}") from None

    def _refuse_unknown(self, known: list[str]) -> None:
        unknown = [name for name in self.placeholders if name not in known]
        if unknown:
            raise UnknownNameError(
                f"The template has a placeholder {unknown[0]!r}, but there is no such column or value"
                f"{_nearest(unknown[0], known)} There are: {some(known, 8)}."
            )


def _environment(currency: str, *, autoescape: bool) -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        autoescape=autoescape, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    unit = f"{currency} " if currency[-1:].isalpha() else currency  # EUR 39.50, but £39.50
    environment.filters["money"] = lambda amount: f"{unit}{float(amount):,.2f}"
    environment.filters["percent"] = lambda share: f"{float(share) * 100:.0f}%"
    environment.filters["day"] = lambda when: f"{pd.Timestamp(when).day} {pd.Timestamp(when):%B %Y}"
    return environment


def _compiled(environment: jinja2.Environment, text: str, part: str) -> jinja2.Template:
    try:
        return environment.from_string(text)
    except jinja2.TemplateSyntaxError as error:
        raise ParameterError(
            f"The {part} of the message is not a valid template: {error.message} (line {error.lineno}). "
            "A placeholder looks like {{ given_name }}."
        ) from None


def _missing(name: str, count: int, customers: list[Any]) -> str:
    which = f" (customer_id {some(customers)})" if customers else ""
    return (
        f"{name} is missing for {count} customer{'s' if count > 1 else ''}{which}. Give the template other words, "
        f'e.g. {{{{ {name} or "there" }}}}, or leave these customers out.'
    )


def _is_missing(value: Any) -> bool:
    return value is None or (pd.api.types.is_scalar(value) and bool(pd.isna(value)))


def _keys_of(value: Any) -> Iterable[Any]:
    if isinstance(value, Mapping):
        return value.keys()
    if isinstance(value, list | tuple) and value and isinstance(value[0], Mapping):
        return value[0].keys()
    return ()


def _nearest(name: str, known: Iterable[str]) -> str:
    close = get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f"; did you mean {close[0]!r}?" if close else "."
