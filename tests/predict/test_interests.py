"""The next department or category: known concentrations, baselines on a later period, and what the errors say."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

import personakit as pk
from personakit.errors import DataError, ParameterError
from personakit.predict import NextCategory, score_choices
from personakit.predict.dirichlet_multinomial import smoothed, trace_weights


@pytest.fixture(scope="module")
def tables() -> Any:
    return dict(pk.load_world().tables)


@pytest.fixture(scope="module")
def interest(tables: Any) -> NextCategory:
    return NextCategory().fit(tables, "2025-07-02", 90)


def shop(lines: list[tuple[int, int, str]]) -> dict[str, pd.DataFrame]:
    frame = pd.DataFrame(lines, columns=["customer_id", "product_id", "timestamp"])
    frame["timestamp"] = pd.to_datetime(frame["timestamp"])
    products = pd.DataFrame({"product_id": [1, 2, 3], "category": ["Shoes", "Home", "Toys"]})
    return {"order_lines": frame.assign(order_id=range(len(frame)), quantity=1, unit_price=5.0), "products": products}


LINES = [(1, 1, "2025-03-01"), (1, 2, "2025-03-12"), (2, 2, "2025-03-02"), (2, 2, "2025-03-14"),
         (3, 1, "2025-03-03"), (4, 2, "2025-03-04"), (3, 1, "2025-04-01"), (2, 1, "2025-04-01")]  # fmt: skip


def test_the_concentration_of_a_dirichlet_is_found_again() -> None:
    rng = np.random.default_rng(0)
    mean = np.array([0.5, 0.3, 0.2])
    mixes = rng.dirichlet(4.0 * mean, size=20_000)
    counts = rng.multinomial(10, mixes).astype(float)
    y = np.array([rng.choice(3, p=mix) for mix in mixes])
    weight = trace_weights(counts[None], y, mean)
    assert 1 / weight[0] == pytest.approx(4.0, rel=0.1)  # s
    by_hand = (4.0 * mean + counts[0]) / 14.0
    np.testing.assert_allclose(smoothed(counts[None], np.array([0.25]), mean)[0], by_hand)


def test_traces_that_say_nothing_get_no_weight() -> None:
    rng = np.random.default_rng(0)
    y, noise = rng.integers(3, size=5000), rng.poisson(2.0, size=(1, 5000, 3)).astype(float)
    assert trace_weights(noise, y, np.full(3, 1 / 3))[0] < 0.01


def test_rows_are_probabilities_for_everybody_known(interest: NextCategory, tables: Any) -> None:
    p = interest.predict(tables, "2025-09-30")
    assert p.index.name == "customer_id" and p.columns.name == "department"
    assert (p.to_numpy() > 0).all()
    np.testing.assert_allclose(p.sum(axis=1), 1.0)
    shuffled = {name: frame.sample(frac=1, random_state=1) for name, frame in tables.items() if name != "messages"}
    pd.testing.assert_frame_equal(interest.predict(shuffled, "2025-09-30"), p)


def test_a_later_quarter_is_forecast_better_than_by_both_baselines(interest: NextCategory, tables: Any) -> None:
    found = interest.evaluate(tables, "2025-09-30", 90, n_bootstrap=300)
    assert (found["worse_by_low"].drop("model") > 0.05).all()
    assert found.loc["model", "hits_low"] > found["hits_high"].drop("model").max()
    assert interest.model_ == min(interest.validation_.to_dict(), key=interest.validation_.to_dict().get)


def test_the_future_changes_no_forecast(interest: NextCategory, tables: Any) -> None:
    day = "2025-09-30"
    past = {name: frame[frame["timestamp"] < "2025-10-01"] if "timestamp" in frame else frame
            for name, frame in tables.items()}  # fmt: skip
    ids = [1, 3]
    pd.testing.assert_frame_equal(
        interest.predict(past, day, customer_ids=ids), interest.predict(tables, day, customer_ids=ids)
    )


def test_a_customer_without_history_gets_the_shops_shares(tables: Any) -> None:
    people = pd.DataFrame({"customer_id": [1, 2, 3, 4, 5], "signed_up": pd.Timestamp("2025-01-01")})
    given = {**shop(LINES), "customers": people}
    model = NextCategory(model="shares").fit(given, "2025-03-10", 10)
    assert dict(zip(model.classes_, model.shop_, strict=True)) == {
        "Home": 2.5 / 3.5,
        "Shoes": 0.5 / 3.5,
        "Toys": 0.5 / 3.5,
    }
    np.testing.assert_allclose(model.predict(given, "2025-03-20", customer_ids=[5]).iloc[0], model.shop_)


def test_the_logistic_regression_can_be_asked_for(tables: Any) -> None:
    few = {name: tables[name] for name in ("customers", "products", "order_lines")}
    model = NextCategory(model="logistic").fit(few, "2025-07-02", 90)
    p = model.predict(few, "2025-09-30")
    np.testing.assert_allclose(p.sum(axis=1), 1.0)
    assert model.model_ == "logistic" and set(model.validation_.index) == {"shares", "logistic"}


def test_settings_are_those_of_scikit_learn() -> None:
    model = NextCategory("category", model="shares", windows=(7,), random_state=3)
    assert clone(model).get_params() == {"level": "category", "model": "shares", "windows": (7,), "random_state": 3}


def test_log_loss_and_hits_are_those_of_the_definition() -> None:
    chosen = pd.DataFrame({"a": [3, 0], "b": [1, 2]}, index=[1, 2])
    p = pd.DataFrame({"a": [0.7, 0.4], "b": [0.3, 0.6]}, index=[1, 2])
    found = score_choices(chosen, {"p": p}, hits_at=1, n_bootstrap=50).loc["p"]
    assert found["log_loss"] == pytest.approx(-((0.75 * np.log(0.7) + 0.25 * np.log(0.3)) + np.log(0.6)) / 2)
    assert found["hits"] == pytest.approx((0.75 + 1) / 2)


def test_the_errors_say_what_to_do() -> None:
    given = shop(LINES)
    model = NextCategory(model="shares").fit(given, "2025-03-10", 10)
    with pytest.raises(DataError, match=r"horizon_days=60 from as_of='2025-03-10' ends on 2025-05-09"):
        NextCategory().fit(given, "2025-03-10", 60)
    with pytest.raises(DataError, match=r"1 customers who are not known by 2025-03-20 \(77\). Ask for"):
        model.predict(given, "2025-03-20", customer_ids=[1, 77])
    with pytest.raises(DataError, match="lies before the end of what was learnt from"):
        model.evaluate(given, "2025-03-15", 10)
    with pytest.raises(DataError, match="Nobody bought anything of a known department in the 3 days after 2025-03-20"):
        NextCategory().fit(given, "2025-03-20", 3)
    with pytest.raises(
        DataError, match="products has no department and no category, so interests by department cannot be told"
    ):
        NextCategory().fit({**given, "products": given["products"][["product_id"]]}, "2025-03-10", 10)
    with pytest.raises(ParameterError, match=r"NextCategory\(level='shelf'\): give one of department, category"):
        NextCategory("shelf").fit(given)
    with pytest.raises(ParameterError, match=r"windows=\(30, 7\)\): give rising whole numbers of days"):
        NextCategory(windows=(30, 7)).fit(given)


def test_a_category_unseen_in_training_is_named_and_cannot_be_scored() -> None:
    given = shop([*LINES, (1, 4, "2025-04-02"), (2, 4, "2025-04-09")])
    model = NextCategory(model="shares").fit(given, "2025-03-10", 10)
    new = {
        **given,
        "products": pd.concat([given["products"], pd.DataFrame({"product_id": [4], "category": ["Garden"]})]),
    }
    with pytest.warns(UserWarning, match="Garden is a department unseen in training"):
        p = model.predict(new, "2025-04-05")
    assert "Garden" not in p
    with pytest.warns(UserWarning), pytest.raises(DataError, match="Garden was chosen, and model says that it cannot"):
        model.evaluate(new, "2025-04-01", 8)
