"""The world and real data: the same figures counted a second way, and figures that others published."""

import importlib.util
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import personakit as pk
from personakit.profile import build_profiles


def purchase_figures(lines: pd.DataFrame, day: str) -> pd.DataFrame:
    """Purchase columns of a profile by pandas, order by order."""
    today = pd.Timestamp(day)
    lines = lines[lines["timestamp"] < today + pd.Timedelta(days=1)]
    lines = lines.assign(day=lines["timestamp"].dt.normalize(), money=lines["quantity"] * lines["unit_price"])
    rows = {}
    for customer, own in lines.groupby("customer_id"):
        visits = sorted(own["day"].unique())
        gaps = np.diff(np.array(visits, dtype="datetime64[D]")).astype(float)
        rows[customer] = {
            "recency_days": (today - visits[-1]).days,
            "frequency": own["order_id"].nunique(),
            "monetary": own["money"].sum(),
            "mean_inter_purchase_days": gaps.mean() if len(gaps) else np.nan,
            "order_days": len(visits),
            "first_order_days": (today - visits[0]).days,
            "n_items": len(own),
            "discount_share": (own["discount"] > 0).mean(),
        }
    return pd.DataFrame.from_dict(rows, orient="index").astype(float)


def favourite(rows: pd.DataFrame, column: str) -> pd.Series:
    counts = rows.groupby(["customer_id", column]).agg(n=("timestamp", "size"), last=("timestamp", "max")).reset_index()
    counts[column] = counts[column].astype(str)
    best = counts.sort_values(["n", "last", column], ascending=[False, False, True]).drop_duplicates("customer_id")
    return best.set_index("customer_id")[column].sort_index()


def assert_same(profiles: pd.DataFrame, wanted: pd.DataFrame) -> None:
    found = profiles.loc[wanted.index, list(wanted.columns)].astype(float)
    np.testing.assert_allclose(found.to_numpy(), wanted.to_numpy(), rtol=0, atol=1e-9)


@pytest.mark.parametrize("day", ["2025-12-31", "2025-02-15"])
def test_profiles_of_the_world_are_what_pandas_counts(world, day):
    tables = world.tables
    profiles = build_profiles(tables, day).set_index("customer_id")
    assert_same(profiles, purchase_figures(tables["order_lines"], day))
    end = pd.Timestamp(day) + pd.Timedelta(days=1)
    past = {name: t[t["timestamp"] < end] for name, t in tables.items() if "timestamp" in t}
    known = tables["customers"][tables["customers"]["signed_up"] < end]
    assert set(profiles.index) == set(known["customer_id"])
    acts, lines, contacts = past["interactions"], past["order_lines"], past["contacts"]
    n_views = acts[acts["event"] == "view"].groupby("customer_id").size()
    assert profiles["n_views"].equals(n_views.reindex(profiles.index, fill_value=0).rename("n_views"))
    returns = acts[acts["event"] == "return"].groupby("customer_id").size()
    rate = (returns.reindex(lines["customer_id"].unique(), fill_value=0) / lines.groupby("customer_id").size()).dropna()
    assert_same(profiles, rate.clip(upper=1).to_frame("return_rate"))
    emails = contacts[contacts["channel"] == "email"]
    assert_same(profiles, emails.groupby("customer_id")["opened"].mean().to_frame("email_open_rate"))
    assert_same(profiles, past["ratings"].groupby("customer_id")["rating"].mean().to_frame("mean_rating"))
    goods = lines.merge(tables["products"][["product_id", "department"]])
    for column, wanted in (
        ("favourite_department", favourite(goods, "department")),
        ("favourite_channel", favourite(past["sessions"].astype({"channel": str}), "channel")),
    ):
        assert profiles[column].dropna().astype(object).to_dict() == wanted.to_dict()


def in_pandas(tables, day: str) -> pd.DataFrame:
    """All columns by the pandas of the benchmark, which was written apart from the expressions."""
    path = Path(__file__).parents[2] / "benchmarks" / "profiles_in_pandas.py"
    spec = importlib.util.spec_from_file_location("profiles_in_pandas", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.profiles_in_pandas(tables, day)


@pytest.mark.parametrize("day", ["2025-12-31", "2025-02-15"])
def test_every_column_of_the_world_is_what_pandas_makes_of_it(world, day, same_values):
    wanted = in_pandas(world.tables, day).reset_index()
    found = build_profiles(world.tables, day)
    assert set(found.columns) == set(wanted.columns)
    names = [name for name in found.columns if name not in ("age_band", "gender", "region")]
    same_values(found[names], wanted[names])


def test_profiles_of_the_world_agree_with_no_truth_that_the_shop_cannot_see(world):
    profiles = build_profiles(world.tables, "2025-12-31")
    assert not set(profiles.columns) & set(world.truth["customers"].columns) - {"customer_id"}


def test_the_default_world_takes_less_than_three_seconds(world):
    build_profiles(world.tables, "2025-12-31")
    start = time.process_time()  # of all threads, so that a busy machine does not count
    build_profiles(world.tables, "2025-12-31")
    assert time.process_time() - start < 3


def test_the_gate_lets_through_those_of_the_world_who_agree(world):
    profiles = build_profiles(world.tables, as_of="2025-12-31")
    allowed = pk.privacy.gate(profiles, purpose="recommendations", at="2025-12-31")
    said = world.tables["consents"].query("purpose == 'recommendations' and timestamp <= '2025-12-31'")
    last = said.sort_values(["timestamp", "granted"], ascending=[True, False]).drop_duplicates(
        "customer_id", keep="last"
    )
    assert set(allowed.frame["customer_id"]) == set(last.loc[last["granted"], "customer_id"]) & set(
        profiles["customer_id"]
    )
    assert 0 < len(allowed.frame) < len(profiles)
    assert pk.segment.RFM().fit_predict(allowed).notna().all()


def test_profiles_of_a_grocer_are_what_pandas_counts(real):
    tables = real("complete-journey", "complete_journey")
    profiles = build_profiles(tables, "2017-12-31").set_index("customer_id")
    assert_same(profiles, purchase_figures(tables["order_lines"], "2017-12-31"))
    goods = tables["order_lines"].merge(tables["products"][["product_id", "department"]])
    goods = goods.dropna(subset="department")
    assert profiles["favourite_department"].dropna().to_dict() == favourite(goods, "department").to_dict()
    assert profiles["n_views"].isna().all()
    assert profiles["return_rate"].isna().all()


def test_cdnow_has_the_frequency_recency_and_age_that_fader_and_hardie_published(real, real_data):
    published = pd.read_csv(real_data("cdnow") / "cdnow_customers_summary.csv", index_col="ID")
    profiles = build_profiles(real("cdnow", "cdnow"), "1997-09-30").set_index("customer_id").loc[published.index]
    assert (profiles["order_days"] - 1).tolist() == published["frequency"].tolist()
    found = pd.DataFrame(
        {
            "recency": (profiles["first_order_days"] - profiles["recency_days"]) / 7,
            "T": profiles["first_order_days"] / 7,
        }
    )
    assert (found - published[["recency", "T"]]).abs().max(axis=None) < 0.0051  # the file has two decimals


def test_movielens_counts_days_with_a_rating(real):
    tables = real("movielens-100k", "ml-100k")
    profiles = build_profiles(tables).set_index("customer_id")
    assert (len(profiles), profiles["n_items"].sum()) == (943, 100_000)
    days = tables["ratings"]["timestamp"].dt.normalize().groupby(tables["ratings"]["customer_id"]).nunique()
    assert profiles["frequency"].tolist() == days.tolist()
    assert profiles["mean_rating"].mul(profiles["n_items"]).sum() / 100_000 == pytest.approx(3.52986, abs=1e-9)
    alone = build_profiles({"ratings": tables["ratings"], "products": tables["products"]}).set_index("customer_id")
    assert alone.attrs["occasions"] == "ratings"
    pd.testing.assert_frame_equal(alone, profiles)
