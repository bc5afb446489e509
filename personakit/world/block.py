"""A block of customers with all about them and the shop that no week changes."""

from __future__ import annotations

import numpy as np

from personakit.world.catalogue import Catalogue
from personakit.world.choice import expected_visit, interest, leaf_shares
from personakit.world.market import YEAR_AFTER, Market
from personakit.world.traits import Traits

__all__ = ["Block"]

BUSIEST = 2.5  # visits a day at most, at reference


class Block:
    """Customers with all that the weeks need and that does not change: memory grows with customers x products."""

    def __init__(self, people: Traits, goods: Catalogue, shop: Market) -> None:
        self.people, self.goods, self.shop = people, goods, shop
        self.liking = goods.liking(people)
        self.leaf_cumulated = np.cumsum(leaf_shares(people, goods), axis=1)
        self.channel_cumulated = np.cumsum(people.channel_mix, axis=1)
        self.interest = interest(people, goods)
        self.leaf_width = np.diff(np.append(goods.leaf_start, len(goods)))
        usual = shop.explore[:-YEAR_AFTER].mean(axis=0)
        visit = expected_visit(people, self.liking, goods, goods.price, usual)
        orders_per_visit = (people.channel_mix * visit.orders).sum(axis=1)
        self.visit_rate = np.minimum(people.order_rate / orders_per_visit, BUSIEST)
