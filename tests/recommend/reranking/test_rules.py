"""Business rules: what each removes and why, and that nothing is removed or short in silence."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from personakit.errors import ConsentError, DataError, ParameterError
from personakit.recommend import (
    AtMostPerList,
    FrequencyCap,
    InStock,
    Margin,
    MinimumAge,
    Repeatable,
    apply_rules,
    diversify,
)
from personakit.recommend.reranking.rules import Rule

NOW = "2025-06-30"


@pytest.fixture
def lists() -> pd.DataFrame:
    products = ["beer", "bread", "cheese", "desk"]
    return pd.DataFrame(
        {"customer_id": np.repeat([1, 2], 4), "product_id": products * 2, "score": [4.0, 3, 2, 1, 1, 2, 3, 4]}
    )


@pytest.fixture
def goods() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "product_id": ["beer", "bread", "cheese", "desk"],
            "category": ["drink", "food", "food", "furniture"],
            "brand": ["a", "a", "a", "b"],
            "minimum_age": [18, np.nan, np.nan, np.nan],
            "in_stock": [True, True, False, True],
            "margin": [0.5, 0.2, 1.0, 2.0],
        }
    )


def shown(ruled, customer=1):
    return ruled.lists.loc[ruled.lists["customer_id"] == customer, "product_id"].tolist()


def why(ruled, customer=1):
    own = ruled.dropped[ruled.dropped["customer_id"] == customer]
    return dict(zip(own["product_id"], own["reason"], strict=True))


def test_free_places_are_filled_and_everything_removed_is_told(lists, goods):
    lists.attrs["purpose"] = "recommendations"
    ruled = apply_rules(lists, [InStock(goods)], k=2)
    assert shown(ruled) == ["beer", "bread"]
    assert shown(ruled, 2) == ["desk", "bread"]
    assert ruled.lists["rank"].tolist() == [1, 2, 1, 2]
    assert ruled.dropped.to_dict("records")[0] == {
        "customer_id": 1, "product_id": "cheese", "score": 2.0, "rank": 3, "rule": "InStock", "reason": "not in stock",
    }  # fmt: skip
    assert ruled.removed.to_dict("records") == [
        {"rule": "InStock", "reason": "not in the table of stock", "rows": 0, "customers": 0, "products": 0},
        {"rule": "InStock", "reason": "not in stock", "rows": 2, "customers": 2, "products": 1},
    ]
    assert ruled.short.empty
    assert ruled.lists.attrs == ruled.dropped.attrs == {"purpose": "recommendations"}


def test_short_and_lost_lists_are_reported(lists):
    ruled = apply_rules(lists[lists["product_id"] != "bread"], [InStock(["bread", "desk"])], k=2)
    assert ruled.short.to_dict("records") == [{"customer_id": 1, "length": 1}, {"customer_id": 2, "length": 1}]
    nothing = apply_rules(lists, [InStock(["milk"])])
    assert nothing.lists.empty
    assert nothing.short["length"].tolist() == [0, 0]
    assert apply_rules(lists, [InStock(["milk"])], k=None).short["length"].tolist() == [0, 0]
    nobody = apply_rules(lists.head(0), [InStock(["milk"])])
    assert nobody.lists.empty
    assert nobody.dropped.empty
    assert nobody.short.empty


def test_stock_as_ids_or_as_a_table_that_may_lack_products(lists, goods):
    assert shown(apply_rules(lists, [InStock({"beer", "desk"})])) == ["beer", "desk"]
    ruled = apply_rules(lists, [InStock(goods[goods["product_id"] != "beer"])])
    assert why(ruled) == {"beer": "not in the table of stock", "cheese": "not in stock"}


@pytest.mark.parametrize(
    ("customers", "reason"),
    [
        ({"birth_date": ["2007-06-30"]}, None),
        ({"birth_date": ["2007-07-01"]}, "the customer is too young"),
        ({"birth_date": [None]}, "the customer's age is not known"),
        ({"age_band": ["18-24"]}, None),
        ({"age_band": ["16-24"]}, "the customer is too young"),
        ({"age_band": ["under 18"]}, "the customer is too young"),
        ({"age_band": ["65+"]}, None),
        ({"age_band": [None]}, "the customer's age is not known"),
        ({"age_band": ["16-24"], "birth_date": ["2001-01-01"]}, None),
        ({"age_band": ["25-34"], "birth_date": [None]}, None),
        ({"age_band": ["25-34"], "customer_id": [77]}, "the customer's age is not known"),
    ],
)
def test_age(customers, reason, lists, goods):
    people = pd.DataFrame({"customer_id": [1], **customers})
    found = why(apply_rules(lists[lists["customer_id"] == 1], [MinimumAge(goods, people, NOW)]))
    assert found == ({} if reason is None else {"beer": reason})


@pytest.mark.parametrize(("day", "old_enough"), [("2026-02-28", False), ("2026-03-01", True), ("2028-02-29", True)])
def test_who_is_born_on_29_february_is_older_on_1_march(day, old_enough, lists, goods):
    people = pd.DataFrame({"customer_id": [1], "birth_date": ["2008-02-29"]})
    assert ("beer" in shown(apply_rules(lists, [MinimumAge(goods, people, day)]))) is old_enough


def test_bought_before_comes_back_after_its_time(lists, goods):
    history = pd.DataFrame(
        {
            "customer_id": [1, 1, 1, 1, 2, 2],
            "product_id": ["bread", "bread", "cheese", "desk", "desk", "bread"],
            "timestamp": pd.to_datetime(
                ["2025-06-01", "2025-06-24", "2025-06-23", "2020-01-01", "2025-07-05", "2025-06-29"]
            ),
            "event": ["purchase"] * 5 + ["view"],
        }
    )
    ruled = apply_rules(lists, [Repeatable(history, goods, {"food": 7}, NOW)])
    assert why(ruled) == {"bread": "bought too short a time ago", "desk": "bought before, and not bought again"}
    assert "cheese" in shown(ruled)  # exactly 7 days ago
    assert why(ruled, 2) == {}  # the purchase is later than `at`, the view no purchase
    seconds = history.assign(timestamp=history["timestamp"].astype("datetime64[s]").astype("int64"))
    assert why(apply_rules(lists, [Repeatable(seconds, goods, {"food": 7}, NOW)])) == why(ruled)


def test_what_was_shown_often_lately_is_not_shown_again(lists):
    exposures = pd.DataFrame(
        {
            "customer_id": [1] * 6 + [2],
            "product_id": ["beer", "beer", "bread", "bread", "desk", "desk", "beer"],
            "timestamp": pd.to_datetime(
                ["2025-06-28", "2025-06-29", "2025-06-23", "2025-06-24", "2025-06-29", "2025-07-01", "2025-06-29"]
            ),
        }
    )
    ruled = apply_rules(lists, [FrequencyCap(exposures, at_most=2, window_days=7, at=NOW)])
    # bread was shown once in the window, as 7 days ago is outside; desk once, as 1 July is to come
    assert why(ruled) == {"beer": "shown 2 times or more in 7 days"}
    assert why(ruled, 2) == {}
    none = FrequencyCap(exposures.head(0), at_most=1, window_days=1, at=NOW)
    assert apply_rules(lists, [none]).dropped.empty


def test_margin_by_hand(lists, goods):
    ruled = apply_rules(lists[lists["customer_id"] == 1], [Margin(goods, trade_off=0.5)])
    # relevance 1, 2/3, 1/3, 0 and margins .25, .1, .5, 1 of the largest
    found = dict(zip(ruled.lists["product_id"], ruled.lists["score"], strict=True))
    assert found == pytest.approx({"beer": 0.625, "desk": 0.5, "cheese": 5 / 12, "bread": 23 / 60})
    assert list(found) == ["beer", "desk", "cheese", "bread"]
    assert shown(apply_rules(lists, [Margin(goods, trade_off=1.0)])) == ["beer", "bread", "cheese", "desk"]


def test_products_sold_at_a_loss_are_removed_unless_asked_for(lists, goods):
    loss = goods.assign(margin=[-0.5, 0.2, 1.0, 2.0])
    assert why(apply_rules(lists, [Margin(loss)])) == {"beer": "a margin below 0"}
    kept = apply_rules(lists, [Margin(loss, trade_off=0.0, at_least=None)])
    assert shown(kept) == ["desk", "cheese", "bread", "beer"]
    assert kept.lists["score"].iloc[3] == -0.25
    assert set(why(apply_rules(lists, [Margin(goods, at_least=1.0)]))) == {"beer", "bread"}


def test_at_most_so_many_of_a_brand_in_a_list(lists, goods):
    ruled = apply_rules(lists, [AtMostPerList(goods, 1)], k=2)
    assert shown(ruled) == ["beer", "desk"]
    assert shown(ruled, 2) == ["desk", "cheese"]
    assert set(why(ruled).values()) == {"enough of the same brand above it"}
    assert shown(apply_rules(lists, [AtMostPerList(goods, {"food": 0}, group="category")])) == ["beer", "desk"]
    missing = goods.assign(brand=["a", None, None, "b"])
    assert shown(apply_rules(lists, [AtMostPerList(missing, 1)])) == ["beer", "bread", "desk"]


def test_caps_come_last_and_count_what_is_left_in_the_new_order(lists, goods):
    one = lists[lists["customer_id"] == 1]
    rules = [AtMostPerList(goods, 1), Margin(goods, trade_off=0.0), InStock(goods)]
    ruled = apply_rules(one, rules)
    assert shown(ruled) == ["desk", "beer"]
    assert why(ruled) == {"cheese": "not in stock", "bread": "enough of the same brand above it"}
    assert ruled.dropped["rank"].tolist() == [2, 3]  # as they came


def test_rules_keep_the_order_of_a_re_ranked_list(lists, goods):
    features = pd.DataFrame({"x": [1.0, 0.99, 0.98, 0], "y": [0, 0.1, 0.2, 1.0]}, index=goods["product_id"])
    diverse = diversify(lists, features, k=4, trade_off=0.1)
    assert shown(apply_rules(diverse, [])) == diverse["product_id"].tolist()[:4] != ["beer", "bread", "cheese", "desk"]


def test_a_rule_of_ones_own(lists):
    class NoBeer(Rule):
        def removes(self, lists):
            return {"it is Monday": (lists["product_id"] == "beer").to_numpy()}

    ruled = apply_rules(lists, [NoBeer()])
    assert why(ruled) == {"beer": "it is Monday"}
    assert ruled.removed["rule"].tolist() == ["NoBeer"]


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_what_is_kept_and_what_is_dropped_is_what_came(seed, make_candidates):
    rng = np.random.default_rng(seed)
    lists = make_candidates(4, seed=seed)
    names = [f"p{product:02d}" for product in range(12)]
    goods = pd.DataFrame(
        {
            "product_id": names,
            "in_stock": rng.random(12) < 0.7,
            "brand": rng.choice(["a", "b", "c"], 12),
            "margin": rng.normal(1, 1, 12),
        }
    )
    rules = [InStock(goods), Margin(goods), AtMostPerList(goods, 2)]
    ruled = apply_rules(lists, rules, k=None)
    pairs = ["customer_id", "product_id"]
    together = pd.concat([ruled.lists[pairs], ruled.dropped[pairs]]).sort_values(pairs).to_numpy().tolist()
    assert together == lists[pairs].sort_values(pairs).to_numpy().tolist()
    assert ruled.removed["rows"].sum() == len(ruled.dropped)
    shuffled = apply_rules(
        lists.groupby("customer_id", sort=False, group_keys=False).sample(frac=1, random_state=seed),
        [InStock(goods.sample(frac=1, random_state=seed)), *rules[1:]],
        k=None,
    )
    pd.testing.assert_frame_equal(shuffled.lists, ruled.lists)


def people(**columns):
    return pd.DataFrame({"customer_id": [1, 2], **columns})


dated = pd.DataFrame({"customer_id": [1], "product_id": ["beer"], "timestamp": pd.to_datetime(["2025-01-01"])})
WRONG = {
    "no stock": (
        lambda g: InStock("beer"),
        ParameterError,
        "takes the ids of what is in stock, but got 'beer'",
    ),
    "stock as words": (lambda g: InStock(g.assign(in_stock="yes")), DataError, r"in_stock holds .* values \(yes, yes"),
    "no column": (
        lambda g: InStock(g.drop(columns="in_stock")),
        DataError,
        "products has no column 'in_stock'",
    ),
    "twice": (lambda g: Margin(pd.concat([g, g])), DataError, r"4 product_ids twice \(beer, bread, cheese, ...\)"),
    "no margin": (
        lambda g: Margin(g.assign(margin=[1, np.nan, 1, 1])),
        DataError,
        r"margin has 1 values that are no numbers \(product_id bread: nan\)",
    ),
    "infinite margin": (lambda g: Margin(g.assign(margin=np.inf)), DataError, "margin has 4 values"),
    "trade-off": (lambda g: Margin(g, trade_off=2), ParameterError, "trade_off is 2. Give a number from 0 to 1"),
    "products lost": (
        lambda g: Margin(g.head(2)),
        DataError,
        r"Margin.products lacks 2 of the product_ids in the lists \(cheese, desk\)",
    ),
    "cap": (lambda g: AtMostPerList(g, -1), ParameterError, "at_most is -1 for"),
    "cap unknown": (lambda g: AtMostPerList(g, {"z": 1}), ParameterError, "names z, which no product has as brand"),
    "no age": (lambda g: MinimumAge(g, people(), NOW), DataError, "neither birth_date nor age_band"),
    "band": (lambda g: MinimumAge(g, people(age_band="old"), NOW), DataError, "age_band has 'old', which cannot be"),
    "born later": (
        lambda g: MinimumAge(g, people(birth_date="2030-01-01"), NOW),
        DataError,
        r"birth_date is after 2025-06-30 in 2 rows \(customer_id 1, 2\)",
    ),
    "no date": (
        lambda g: MinimumAge(g, people(birth_date="soon"), NOW),
        DataError,
        "birth_date has 2 values that are no dates",
    ),
    "negative age": (
        lambda g: MinimumAge(g.assign(minimum_age=-1), people(age_band="65+"), NOW),
        DataError,
        "minimum_age is below 0 in 4 rows",
    ),
    "customer twice": (
        lambda g: MinimumAge(g, pd.DataFrame({"customer_id": [1, 1], "age_band": "65+"}), NOW),
        DataError,
        "customer_id, each id once",
    ),
    "customer type": (
        lambda g: MinimumAge(g, pd.DataFrame({"customer_id": ["1"], "age_band": "65+"}), NOW),
        DataError,
        r"customer_id is int in the lists \(1\) and str in MinimumAge.customers \('1'\)",
    ),
    "when": (lambda g: MinimumAge(g, people(age_band="65+"), "soon"), ParameterError, "MinimumAge.at is 'soon'"),
    "never": (lambda g: FrequencyCap(dated, 1, 7, None), ParameterError, "FrequencyCap.at is None. Give a date"),
    "times": (lambda g: FrequencyCap(dated, 0, 7, NOW), ParameterError, "at_most is 0"),
    "window": (lambda g: FrequencyCap(dated, 1, 0, NOW), ParameterError, "window_days is 0. Give days above 0"),
    "zone": (lambda g: FrequencyCap(dated, 1, 7, "2025-06-30T00:00Z"), DataError, "do not both have a time zone"),
    "no time": (
        lambda g: FrequencyCap(dated.assign(timestamp=pd.NaT), 1, 7, NOW),
        DataError,
        "FrequencyCap.exposures.timestamp has 1 missing",
    ),
    "exposures type": (
        lambda g: FrequencyCap(dated.assign(customer_id="1"), 1, 7, NOW),
        DataError,
        r"customer_id is int in the lists \(1\) and str in FrequencyCap.exposures \('1'\)",
    ),
    "days": (lambda g: Repeatable(dated, g, {"food": -1}, NOW), ParameterError, "after_days has {'food': -1.0}"),
    "category": (lambda g: Repeatable(dated, g, {"toys": 1}, NOW), ParameterError, "names toys, but the categories"),
    "no rule": (lambda g: "in stock", ParameterError, "rules holds 'in stock', which is no rule"),
}


@pytest.mark.parametrize("case", list(WRONG))
def test_wrong_rules(case, lists, goods):
    make, error, text = WRONG[case]
    with pytest.raises(error, match=text):
        apply_rules(lists, [make(goods)])


@pytest.mark.parametrize(
    ("spoil", "text"),
    [
        (lambda x: x.drop(columns="score"), "lists has no column 'score'"),
        (lambda x: x.assign(score=np.inf), r"lists.score has 8 values that are no finite numbers \(rows 0, 1, 2"),
        (lambda x: x.assign(customer_id=[None, *[1] * 7]), "lists.customer_id has 1 missing values"),
        (lambda x: pd.concat([x, x.head(1)]), "a product twice in the lists of 1 customers"),
        (lambda x: x.assign(rank=0), "lists.rank has 8 values that are not 1, 2, 3"),
        (lambda x: x.assign(rank=1), "each once in a list"),
        (lambda x: x.to_dict(), "lists: a DataFrame is expected, a dict was given"),
    ],
)
def test_wrong_lists(spoil, text, lists):
    with pytest.raises(DataError, match=text):
        apply_rules(spoil(lists), [])


def test_a_table_released_for_another_purpose_is_refused(lists, goods):
    lists.attrs["purpose"] = "recommendations"
    customers = people(age_band="65+")
    customers.attrs["purpose"] = "analytics"
    with pytest.raises(ConsentError, match=r"MinimumAge.customers was released for 'analytics'"):
        apply_rules(lists, [MinimumAge(goods, customers, NOW)])
