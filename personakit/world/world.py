"""`World`: Larkspur in one object. Its tables are what a company would see, its truth what only the simulator knows."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from personakit.errors import DataError, ParameterError, UnknownNameError, some
from personakit.world.block import Block
from personakit.world.catalogue import Catalogue, catalogue
from personakit.world.chronicle import Chronicle, chronicle, price_table, product_tables
from personakit.world.counterfactual import Actions, Situation, best_slates, expected, respond
from personakit.world.facts import card
from personakit.world.market import Market, market
from personakit.world.outlook import elasticities, outlook
from personakit.world.past import situation_at, week_of
from personakit.world.pictures import picture_bytes
from personakit.world.structure import SLATE_SIZE, START, THEMES, WEEK
from personakit.world.tables import arrow_of
from personakit.world.traits import Traits, customers
from personakit.world.words.vocabulary import COLOURS, LEAVES, MATERIALS, PATTERNS

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["LazyTables", "World"]

TABLES = (
    "customers", "identities", "products", "sessions", "interactions", "order_lines", "ratings", "reviews", "messages",
    "contacts", "exposures", "prices", "consents",
)  # fmt: skip
TRUTH = ("customers", "products", "identities", "reviews", "messages", "outlook")
OUTCOMES = ("visits", "clicks", "orders", "p_order", "revenue", "margin", "cost")


class LazyTables(Mapping[str, pd.DataFrame]):
    """Tables by name, each made when it is first asked for."""

    def __init__(self, names: Iterable[str], make: Callable[[str], pd.DataFrame]) -> None:
        self._names, self._make = tuple(names), make
        self._made: dict[str, pd.DataFrame] = {}

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name not in self._names:
            raise UnknownNameError(f"There is no table {name!r}. There are: {', '.join(self._names)}.")
        if name not in self._made:
            self._made[name] = self._make(name)
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __repr__(self) -> str:
        return f"<tables: {', '.join(self)}>"


class World:
    """Larkspur, a retailer simulated from one causal model.

    Parameters
    ----------
    n_customers : int
        Customers, with ids 1 .. n_customers. A customer is the same person in a world of any size.
    n_products : int
        Products in the catalogue, at least 24 (two slates).
    n_days : int
        Days of history from 8 July 2024 on, at least 28.
    random_state : int
        The world's seed: the same four numbers give the same bytes.

    Attributes
    ----------
    tables : mapping of str to DataFrame
        The canonical tables (see `personakit.data.canonical`): what a company would see.
    truth : mapping of str to DataFrame
        What only the simulator knows: never an input to a method, only to a score.

    Examples
    --------
    >>> world = World(n_customers=50, n_products=60, n_days=90)
    >>> list(world.expected([1, 2], {"channel": "email", "discount": 0.1}).columns)[:4]
    ['customer_id', 'visits', 'clicks', 'orders']
    """

    def __init__(
        self, n_customers: int = 4000, n_products: int = 600, *, n_days: int = 540, random_state: int = 7
    ) -> None:
        for name, value, least in (
            ("n_customers", n_customers, 1),
            ("n_products", n_products, 24),
            ("n_days", n_days, 28),
        ):
            if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
                raise ParameterError(f"{name} is {value!r}. Give a whole number of at least {least}.")
        if n_days > 6000:
            raise ParameterError(f"n_days is {n_days}. A world lasts at most 6000 days.")
        self.n_customers, self.n_products, self.n_days = int(n_customers), int(n_products), int(n_days)
        self.random_state = int(random_state)
        self.start = pd.Timestamp(START)
        self.end = self.start + pd.Timedelta(days=self.n_days)  # the first moment after the history
        self.themes = tuple(theme.name for theme in THEMES)

    def __repr__(self) -> str:
        return (
            f"World(n_customers={self.n_customers}, n_products={self.n_products}, n_days={self.n_days}, "
            f"random_state={self.random_state})"
        )

    @cached_property
    def catalogue(self) -> Catalogue:
        """The products as the simulator holds them."""
        return catalogue(self.random_state, self.n_products, self.n_days)

    @cached_property
    def market(self) -> Market:
        """Prices, stock and demand of the history and of the year after it."""
        return market(self.random_state, self.catalogue, self.n_days)

    def traits(self, customer_ids: ArrayLike) -> Traits:
        """The customers as the simulator holds them; each depends on its own id alone."""
        return customers(self.random_state, np.asarray(customer_ids, dtype=np.int64), self.n_days)

    def block(self, customer_ids: ArrayLike) -> Block:
        """Customers with their liking of every product."""
        return Block(self.traits(customer_ids), self.catalogue, self.market)

    @property
    def customer_ids(self) -> NDArray[np.int64]:
        """All customer ids, 1 .. n_customers."""
        return np.arange(1, self.n_customers + 1)

    @cached_property
    def _everyone(self) -> Block:
        return self.block(self.customer_ids)

    @cached_property
    def _chronicle(self) -> Chronicle:
        return chronicle(self.random_state, self._everyone, self.n_days)

    @cached_property
    def _products(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        return product_tables(self.random_state, self.catalogue)

    @cached_property
    def tables(self) -> Mapping[str, pd.DataFrame]:
        """The canonical tables, by name."""
        written: dict[str, Any] = {
            **self._chronicle.tables,
            "products": self._products[0],
            "prices": price_table(self.catalogue, self.market, self.n_days),
        }
        # In the order of the record's number, or neighbours would give away who is who.
        written["identities"] = written["identities"].sort_values("record_id")
        # By way of Arrow, so that a simulated table and one read from a file are the same to the last dtype.
        return {name: arrow_of(written[name]).to_pandas() for name in TABLES}

    @cached_property
    def truth(self) -> Mapping[str, pd.DataFrame]:
        """What only the simulator knows: `customers`, `products`, `identities`, `reviews`, `messages`, `outlook`."""
        made: dict[str, Callable[[], pd.DataFrame]] = {
            "products": lambda: self._products[1].assign(elasticity=elasticities(self)),
            "outlook": lambda: outlook(self),
        }

        def make(name: str) -> pd.DataFrame:
            return arrow_of(made[name]() if name in made else self._chronicle.truth[name]).to_pandas()

        return LazyTables(TRUTH, make)

    def situation(self, customer_ids: ArrayLike | None, at: object = None, horizon_days: int = 7) -> Situation:
        """Where these customers (None: all) stand at the beginning of the week of `at` (None: after the history)."""
        week = week_of(at, self.n_days, horizon_days)
        if customer_ids is None:
            block = self._everyone
        else:
            block = self.block(self._known(customer_ids))
        alive_until = self.truth["customers"].set_index("customer_id")["alive_until"]
        return situation_at(block, self.tables, alive_until, week, horizon_days, self.random_state)

    def _known(self, customer_ids: ArrayLike) -> NDArray[np.int64]:
        asked = np.atleast_1d(np.asarray(customer_ids))
        if asked.ndim != 1 or not len(asked):
            raise DataError(f"customer_ids has shape {asked.shape}. Give one list of customer ids.")
        whole = (
            asked.astype(np.int64) if np.issubdtype(asked.dtype, np.number) else np.zeros(len(asked), dtype=np.int64)
        )
        unknown = (whole != asked) | (whole < 1) | (whole > self.n_customers)
        if unknown.any():
            raise DataError(
                f"customer_ids has {int(unknown.sum())} unknown ids ({some(asked[unknown])}). "
                f"This world has customers 1 to {self.n_customers}."
            )
        return whole

    def expected(
        self,
        customer_ids: ArrayLike | None,
        actions: Mapping[str, Any] | pd.DataFrame | None = None,
        *,
        at: object = None,
        weeks: int = 1,
        horizon_days: int | None = None,
    ) -> pd.DataFrame:
        """Exact expectations of what each customer does if this is done to her.

        Parameters
        ----------
        customer_ids : int array of shape (n,), or None
            Whom it is about; None: everyone.
        actions : mapping or DataFrame, optional
            What is done for `weeks` weeks; by default nobody is contacted and the shop shows its own slates. Any of

            - `channel`: "none", "email", "sms" or "push", one for all or one a customer;
            - `theme`: one of `world.themes`;
            - `discount`: share taken off every price for that customer, 0 to 1;
            - `slate`: product ids (k,), (n, k) or (weeks, n, k), k up to 12, recommended on every visit, best place
              first;
            - `price_factor`: one number, or {product_id: factor}, on the shop's prices.
        at : date-like, optional
            A day in the week that the actions begin with; by default the first week after the history.
        weeks : int
            How many weeks in a row the actions are taken: a message is sent in each, and wears off.
        horizon_days : int, optional
            Days to look ahead from that Monday, 1 to 365; by default the weeks of the actions.

        Returns
        -------
        DataFrame
            customer_id; visits; clicks on the slate; orders; p_order, the probability of at least one order; revenue in
            pounds before returns; margin in pounds after unit costs, returns and messages; cost of messages in pounds.
            Customers who have dropped out for good, or have no account yet, do nothing, whatever is done.

        Raises
        ------
        DataError, UnknownNameError, ParameterError
            Unknown customers or products, unknown channels or themes, dates outside the world.
        """
        situation, done = self._asked(customer_ids, actions, at, weeks, horizon_days)
        return self._outcome(situation, expected(situation, done))

    def respond(
        self,
        customer_ids: ArrayLike | None,
        actions: Mapping[str, Any] | pd.DataFrame | None = None,
        *,
        at: object = None,
        weeks: int = 1,
        horizon_days: int | None = None,
        random_state: int | None = 0,
    ) -> pd.DataFrame:
        """One draw of what each customer does if this is done to her; see `expected` for the arguments and columns.

        The same `random_state` gives a customer the same luck under every action. With `random_state=None` the luck is
        the one that made history: the logged action gives the logged outcome.
        """
        situation, done = self._asked(customer_ids, actions, at, weeks, horizon_days)
        return self._outcome(situation, respond(situation, done, random_state))

    def _asked(
        self,
        customer_ids: ArrayLike | None,
        actions: Mapping[str, Any] | pd.DataFrame | None,
        at: object,
        weeks: int,
        horizon_days: int | None,
    ) -> tuple[Situation, Actions]:
        if isinstance(weeks, bool) or not isinstance(weeks, (int, np.integer)) or not 1 <= weeks <= 52:
            raise ParameterError(f"weeks is {weeks!r}. Give a whole number from 1 to 52.")
        situation = self.situation(customer_ids, at, WEEK * int(weeks) if horizon_days is None else horizon_days)
        if len(situation.ahead()) < weeks:
            raise ParameterError(
                f"horizon_days is {horizon_days}, shorter than {weeks} weeks of actions. Leave it out."
            )
        return situation, Actions.read(actions, len(situation.block.people), situation.block, weeks=int(weeks))

    @staticmethod
    def _outcome(situation: Situation, outcome: dict[str, NDArray[np.float64]]) -> pd.DataFrame:
        columns = {name: outcome[name] for name in OUTCOMES}
        return pd.DataFrame({"customer_id": situation.block.people.customer_id, **columns})

    def best_slates(
        self, customer_ids: ArrayLike | None = None, k: int = SLATE_SIZE, *, at: object = None
    ) -> pd.DataFrame:
        """The oracle's slates, with the largest expected margin: customer_id, product_id, rank (1 first)."""
        if isinstance(k, bool) or not isinstance(k, (int, np.integer)) or not 1 <= k <= SLATE_SIZE:
            raise ParameterError(f"k is {k!r}. A slate has 1 to {SLATE_SIZE} places.")
        situation = self.situation(customer_ids, at)
        slates = self.catalogue.product_id[best_slates(situation, int(k))]
        return pd.DataFrame({
            "customer_id": np.repeat(situation.block.people.customer_id, slates.shape[1]),
            "product_id": slates.ravel(),
            "rank": np.tile(np.arange(1, slates.shape[1] + 1), len(slates)),
        })  # fmt: skip

    def picture(self, product_id: int, size: int = 96) -> Image:
        """The product's picture, a Pillow image: its shape, colour and pattern can be seen."""
        from PIL import Image as images

        return images.open(io.BytesIO(self.picture_bytes(product_id, size))).convert("RGB")

    def picture_bytes(self, product_id: int, size: int = 96) -> bytes:
        """The picture as a PNG file."""
        at = int(self.catalogue.position(np.asarray([product_id]))[0])
        if at < 0:
            raise DataError(f"product_id {product_id} does not exist. This world has products 1 to {self.n_products}.")
        goods = self.catalogue
        return picture_bytes(
            LEAVES[goods.leaf[at]].shape,
            COLOURS[goods.colour[at]].name,
            PATTERNS[goods.pattern[at]],
            material=MATERIALS[goods.material[at]].name,
            size=size,
            seed=self.random_state,
            product_id=int(product_id),
        )

    def card(self) -> pd.DataFrame:
        """The world's figures beside those of real trade; see `personakit.world.facts.card`."""
        return card(self)
