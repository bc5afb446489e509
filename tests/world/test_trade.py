"""Larkspur looks like trade, and theory and truth find each other in it."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from scipy.optimize import minimize
from scipy.special import betaln, gammaln, hyp2f1
from scipy.stats import spearmanr
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression

from personakit.data import load_dataset
from personakit.world import RANGES, REAL, World, stylised_facts


@pytest.fixture(scope="module")
def big():
    return World(n_customers=15_000)


def test_every_figure_lies_in_the_range_of_real_trade(world):
    card = world.card()
    outside = card[(card["larkspur"] < card["low"]) | (card["larkspur"] > card["high"])]
    assert outside.empty, outside
    assert list(card.index) == list(RANGES)


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("cdnow", "cdnow"),
        ("complete-journey", "complete_journey"),
        ("movielens-100k", "ml-100k"),
        ("open-bandit", "open_bandit"),
    ],
)
def test_the_real_figures_on_the_card_are_those_of_the_real_sets(name, folder, real_data):
    tables = dict(load_dataset(name, cache=real_data(folder).parent, progress=False))
    if name == "open-bandit":
        tables = {"exposures": tables["exposures"].query("policy == 'random'")}
    facts = stylised_facts(tables)
    assert {key: round(value, 4) for key, value in facts.items()} == REAL[name]


def test_archetypes_overlap_so_that_the_best_classifier_is_good_and_not_perfect():
    people = World().traits(np.arange(1, 20_001))
    accuracy = LinearDiscriminantAnalysis().fit(people.taste, people.archetype).score(people.taste, people.archetype)
    assert 0.80 <= accuracy <= 0.88


def test_groups_differ_in_price_response_for_honest_reasons(world):
    customers = world.tables["customers"].merge(world.truth["customers"], on="customer_id")
    by_region = customers.groupby("region")["price_sensitivity"].mean()
    assert by_region.max() / by_region.min() > 1.05
    assert spearmanr(customers["log_income"], customers["price_sensitivity"]).statistic < -0.4


def test_consent_is_missing_not_at_random(world):
    consents = world.tables["consents"]
    first = (
        consents[consents["purpose"] == "recommendations"]
        .drop_duplicates("customer_id")
        .set_index("customer_id")["granted"]
    )
    concern = world.truth["customers"].set_index("customer_id")["privacy_concern"].reindex(first.index)
    assert concern[~first].mean() - concern[first].mean() > 0.5


def test_bg_nbd_fitted_to_the_orders_predicts_its_holdout_within_five_percent(big):
    lines = big.tables["order_lines"]
    days = (
        lines[["customer_id", "timestamp"]]
        .assign(day=(lines["timestamp"] - big.start).dt.days)[["customer_id", "day"]]
        .drop_duplicates()
    )
    split, end = 380, big.n_days
    past = days[days["day"] < split].groupby("customer_id")["day"].agg(["min", "max", "count"])
    x = (past["count"] - 1).to_numpy(float)
    recency = (past["max"] - past["min"]).to_numpy() / 7
    age = (split - past["min"]).to_numpy() / 7

    def negative_log_likelihood(log_parameters):  # Fader, Hardie and Lee (2005), equation 6
        r, alpha, a, b = np.exp(log_parameters)
        common = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
        alive = common + betaln(a, b + x) - betaln(a, b) - (r + x) * np.log(alpha + age)
        gone = common + betaln(a + 1, b + np.maximum(x, 1) - 1) - betaln(a, b) - (r + x) * np.log(alpha + recency)
        return -np.logaddexp(alive, np.where(x > 0, gone, -np.inf)).sum()

    r, alpha, a, b = np.exp(
        minimize(
            negative_log_likelihood, np.log([1.0, 10.0, 1.0, 5.0]), method="Nelder-Mead", options={"maxiter": 4000}
        ).x
    )
    t = (end - split) / 7
    hyper = hyp2f1(r + x, b + x, a + b + x - 1, t / (alpha + age + t))
    first = (a + b + x - 1) / (a - 1) * (1 - ((alpha + age) / (alpha + age + t)) ** (r + x) * hyper)
    expected = first / (1 + (x > 0) * a / (b + np.maximum(x, 1) - 1) * ((alpha + age) / (alpha + recency)) ** (r + x))
    later = days[(days["day"] >= split) & days["customer_id"].isin(past.index)]
    assert expected.sum() == pytest.approx(len(later), rel=0.05)


def _fixed_effects_poisson(units, regressor, offered):
    """Slope of a Poisson regression with product and week effects (Newton on the profile)."""
    slope = 0.0
    for _ in range(40):
        risk = np.exp(slope * regressor) * offered
        week = np.ones(len(units))
        for _ in range(60):
            product = units.sum(0) / np.maximum((risk * week[:, None]).sum(0), 1e-12)
            week = units.sum(1) / (risk * product).sum(1)
        mean = risk * product * week[:, None]
        centred = regressor - (mean * regressor).sum(0) / np.maximum(mean.sum(0), 1e-12)
        centred = centred - ((mean * centred).sum(1) / mean.sum(1))[:, None]
        slope += (step := ((units - mean) * centred).sum() / (mean * centred**2).sum())
        if abs(step) < 1e-8:
            break
    return slope


def test_a_naive_price_regression_is_far_off_and_the_price_test_is_not(big):
    prices = big.tables["prices"]
    shape = (big.n_products, prices["week"].nunique())
    price, test, offered = (prices[name].to_numpy(float).reshape(shape).T for name in ("price", "test", "in_stock"))
    lines = big.tables["order_lines"]
    week = ((lines["timestamp"] - big.start).dt.days // 7).to_numpy()
    units = np.zeros_like(price)
    np.add.at(units, (week, lines["product_id"].to_numpy() - 1), 1)
    units *= offered
    elasticity = big.truth["products"].set_index("product_id")["elasticity"].to_numpy()
    true = (elasticity * units.sum(0)).sum() / units.sum()
    naive = _fixed_effects_poisson(units, np.log(price), offered)
    randomised = _fixed_effects_poisson(units, np.log1p(test), offered)
    assert abs(naive / true - 1) > 0.30
    assert abs(randomised / true - 1) < 0.10


def test_a_logit_on_the_logged_slates_finds_which_archetypes_mind_the_price(big):
    shown, truth = big.tables["exposures"], big.truth["customers"].set_index("customer_id")
    product = big.catalogue.position(shown["product_id"].to_numpy())
    week = ((shown["timestamp"] - big.start).dt.days // 7).to_numpy()
    kind = pd.Categorical(shown["customer_id"].map(truth["archetype"]))
    row = np.arange(len(shown))
    design = sparse.hstack([
        sparse.csr_matrix((np.ones(len(row)), (row, product))),
        sparse.csr_matrix((np.ones(len(row)), (row, kind.codes))),
        sparse.csr_matrix(big.market.lift[week, product][:, None]),
        sparse.csr_matrix((3 * big.market.log_price[week, product], (row, kind.codes))),
    ]).tocsr()  # fmt: skip
    fitted = -LogisticRegression(C=10, max_iter=400).fit(design, shown["clicked"]).coef_[0, -len(kind.categories) :]
    true = truth.groupby("archetype")["price_sensitivity"].mean()[list(kind.categories)]
    assert spearmanr(fitted, true).statistic > 0.8


def test_reviews_are_rarely_the_same(world):
    texts = world.tables["reviews"]["text"]
    assert texts.duplicated().mean() < 0.02


def test_late_delivery_shows_in_stars_words_and_questions(world):
    lines = world.tables["order_lines"].drop_duplicates(["customer_id", "product_id"])
    rated = world.tables["ratings"].merge(lines, on=["customer_id", "product_id"], suffixes=("", "_order"))
    late = rated["delivery_days"] > 5
    assert rated.loc[late, "rating"].mean() < rated.loc[~late, "rating"].mean() - 0.25
    asked = (
        world.truth["messages"].query("intent == 'where_is_my_order'").merge(world.tables["messages"], on="message_id")
    )
    orders = world.tables["order_lines"].drop_duplicates("order_id").set_index("order_id")["delivery_days"]
    assert (asked["order_id"].map(orders) > 5).mean() > 0.6
