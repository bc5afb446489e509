"""The columns of a profile in pandas alone: groupbys of whole tables, categories for names, no `apply` and no loops."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

CHANNELS = ("web", "app", "email", "social", "store", "call_centre")


def profiles_in_pandas(tables: Mapping[str, pd.DataFrame], day: str) -> pd.DataFrame:
    """What `build_profiles` gives where every canonical table is there, with customer_id as the index."""
    today = pd.Timestamp(day)
    until = today + pd.Timedelta(days=1)
    past = {name: t[t["timestamp"] < until] if "timestamp" in t else t for name, t in tables.items()}
    people = tables["customers"]
    people = people[~(people["signed_up"] >= until)].set_index("customer_id")
    parts = {
        "lines": _lines(past["order_lines"], today),
        "gaps": _gaps(past["order_lines"]),
        "acts": _acts(past["interactions"]),
        "visits": _visits(past["sessions"], today),
        "contacts": _contacts(past["contacts"]),
        "reviews": _reviews(past["reviews"], today),
        "consents": _consents(past["consents"]),
    }
    bought = past["order_lines"].loc[past["order_lines"]["quantity"] > 0, ["customer_id", "product_id", "timestamp"]]
    for level in ("department", "category", "brand"):
        name = tables["products"].set_index("product_id")[level].astype("category")
        codes = pd.Series(name.cat.codes.to_numpy(), index=name.index).reindex(bought["product_id"]).to_numpy()
        named = bought[["customer_id", "timestamp"]].assign(value=codes.astype("float32"))
        named = named[named["value"] >= 0]
        top, counts = _favourite(named, "value")
        parts[level] = pd.DataFrame(
            {
                f"favourite_{level}": name.cat.categories.take(top["value"].astype(int)).to_numpy(),
                f"favourite_{level}_share": top["n"] / counts.groupby("customer_id")["n"].sum(),
                f"n_{level}": counts.groupby("customer_id").size(),
            },
            index=top.index,
        )
    support = past["messages"].groupby("customer_id")["timestamp"].agg(["size", "min", "max"])
    rated = past["ratings"].groupby("customer_id").agg(first=("timestamp", "min"), mean_rating=("rating", "mean"))
    firsts = [people["signed_up"], support["min"], rated["first"]]
    firsts += [part.pop("first_seen") for part in parts.values() if "first_seen" in part]
    first = (
        pd.concat(firsts).groupby(level=0).min().reindex(pd.Index(np.unique(np.concatenate([f.index for f in firsts]))))
    )
    out = pd.DataFrame({"tenure_days": _days(today, first)}, index=first.index)
    for part in parts.values():
        out = out.join(part)
    out = out.join(rated["mean_rating"]).join(people[["age_band", "gender", "region"]])
    out["n_support_messages"] = support["size"]
    out["last_support_days"] = _days(today, support["max"])
    out = out.rename(columns={"n_department": "n_departments", "n_brand": "n_brands"}).drop(columns="n_category")
    counts = [name for name in out if name.startswith(("n_", "visits_", "orders_"))] + ["frequency", "order_days"]
    out[counts] = out[counts].fillna(0)
    out[["monetary", "monetary_90d"]] = out[["monetary", "monetary_90d"]].fillna(0.0)
    out["mean_order_value"] = out["monetary"] / out["frequency"].replace(0, np.nan)
    back = out[["lines_back", "returns"]].max(axis=1).fillna(0)
    out["return_rate"] = (back / out["n_items"].replace(0, np.nan)).clip(upper=1)
    out["engagement_trend"] = np.log((out["visits_30d"] + 1) / (out["visits_prior_30d"] + 1))
    out.index.name = "customer_id"
    return out.drop(columns=["lines_back", "returns"]).sort_index()


def _days(today: pd.Timestamp, moments: pd.Series) -> pd.Series:
    return (today - moments.dt.normalize()).dt.days


def _favourite(rows: pd.DataFrame, column: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The most frequent value of each customer (ties: the latest, then the lowest), and how often each occurs."""
    counts = rows.groupby(["customer_id", column], observed=True, sort=False)["timestamp"].agg(n="size", latest="max")
    counts = counts.reset_index()
    top = counts.sort_values(["n", "latest", column], ascending=[False, False, True]).drop_duplicates("customer_id")
    return top.set_index("customer_id").sort_index(), counts


def _lines(lines: pd.DataFrame, today: pd.Timestamp) -> pd.DataFrame:
    age = _days(today, lines["timestamp"])
    lines = lines.assign(money=lines["quantity"] * lines["unit_price"], back=lines["quantity"] < 0)
    out = lines.groupby("customer_id").agg(
        first_seen=("timestamp", "min"), monetary=("money", "sum"), lines_back=("back", "sum")
    )
    out["monetary_90d"] = lines[age < 90].groupby("customer_id")["money"].sum()
    bought = lines[lines["quantity"] > 0]
    bought = bought.assign(off=bought["discount"] > 0)
    by_customer = bought.groupby("customer_id")
    more = by_customer.agg(
        first=("timestamp", "min"),
        last=("timestamp", "max"),
        n_items=("timestamp", "size"),
        discount_share=("off", "mean"),
        mean_discount=("discount", "mean"),
    )
    out = out.join(more)
    orders = bought[["customer_id", "order_id"]].drop_duplicates()
    out["frequency"] = orders.groupby("customer_id").size()
    orders = bought.loc[age.loc[bought.index] < 90, ["customer_id", "order_id"]].drop_duplicates()
    out["orders_90d"] = orders.groupby("customer_id").size()
    out["recency_days"], out["first_order_days"] = _days(today, out["last"]), _days(today, out["first"])
    return out.drop(columns=["first", "last"])


def _gaps(lines: pd.DataFrame) -> pd.DataFrame:
    bought = lines.loc[lines["quantity"] > 0, ["customer_id", "timestamp"]]
    days = bought.assign(day=bought["timestamp"].dt.normalize())[["customer_id", "day"]].drop_duplicates()
    days = days.sort_values(["customer_id", "day"])
    gap = days["day"].diff().dt.days.where(days["customer_id"].eq(days["customer_id"].shift()))
    by_customer = gap.groupby(days["customer_id"])
    return pd.DataFrame(
        {
            "order_days": by_customer.size(),
            "mean_inter_purchase_days": by_customer.mean(),
            "sd_inter_purchase_days": by_customer.std(),
        }
    )


def _acts(acts: pd.DataFrame) -> pd.DataFrame:
    out = acts.groupby("customer_id")["timestamp"].min().to_frame("first_seen")
    counts = acts.groupby(["customer_id", "event"], observed=True).size().unstack(fill_value=0)
    for event, name in {"view": "n_views", "basket": "n_baskets", "return": "returns"}.items():
        out[name] = counts[event]
    viewed = acts.loc[acts["event"] == "view", ["customer_id", "product_id"]].drop_duplicates()
    out["n_products_viewed"] = viewed.groupby("customer_id").size()
    return out


def _visits(visits: pd.DataFrame, today: pd.Timestamp) -> pd.DataFrame:
    times = visits["timestamp"].dt
    hour = times.hour
    visits = visits.assign(
        hour=hour,
        night_share=hour < 6,
        morning_share=hour.between(6, 11),
        afternoon_share=hour.between(12, 17),
        evening_share=hour >= 18,
        weekend_share=times.dayofweek >= 5,
    )
    by_customer = visits.groupby("customer_id")
    shares = ["night_share", "morning_share", "afternoon_share", "evening_share", "weekend_share"]
    out = by_customer[shares].mean()
    seen = by_customer["timestamp"].agg(["min", "max", "size"])
    out["first_seen"], out["n_visits"], out["last_visit_days"] = seen["min"], seen["size"], _days(today, seen["max"])
    age = _days(today, visits["timestamp"])
    out["visits_30d"] = visits[age < 30].groupby("customer_id").size()
    out["visits_prior_30d"] = visits[age.between(30, 59)].groupby("customer_id").size()
    out["favourite_hour"] = _favourite(visits, "hour")[0]["hour"]
    top, counts = _favourite(visits.dropna(subset="channel"), "channel")
    out["favourite_channel"] = top["channel"].astype(str)
    by_channel = counts.pivot(index="customer_id", columns="channel", values="n").fillna(0)
    by_channel = by_channel.div(by_channel.sum(axis=1), axis=0)
    for channel in CHANNELS:
        out[f"{channel}_share"] = by_channel.get(channel, 0.0)
    others = [channel for channel in by_channel.columns if channel not in CHANNELS]
    out["other_channel_share"] = by_channel[others].sum(axis=1)
    return out


def _contacts(contacts: pd.DataFrame) -> pd.DataFrame:
    by_customer = contacts.groupby("customer_id")
    out = by_customer["timestamp"].min().to_frame("first_seen")
    out["n_unsubscribes"] = by_customer["unsubscribed"].sum()
    emails = contacts[contacts["channel"] == "email"].groupby("customer_id")
    out["n_emails"] = emails.size()
    out["email_open_rate"], out["email_click_rate"] = emails["opened"].mean(), emails["clicked"].mean()
    others = contacts[~contacts["channel"].isin(["email", "none"])]
    out["message_click_rate"] = others.groupby("customer_id")["clicked"].mean()
    return out


def _reviews(reviews: pd.DataFrame, today: pd.Timestamp) -> pd.DataFrame:
    stars = (reviews["rating"] - 3) / 2
    reviews = reviews[["customer_id", "timestamp"]].assign(sentiment=stars.where(reviews["rating"].between(1, 5)))
    by_customer = reviews.groupby("customer_id")
    seen = by_customer["timestamp"].agg(["min", "max", "size"])
    at = reviews.groupby(["customer_id", "timestamp"], sort=True)["sentiment"].mean().dropna().reset_index()
    return pd.DataFrame(
        {
            "first_seen": seen["min"],
            "n_reviews": seen["size"],
            "last_review_days": _days(today, seen["max"]),
            "mean_sentiment": by_customer["sentiment"].mean(),
            "last_sentiment": at.drop_duplicates("customer_id", keep="last").set_index("customer_id")["sentiment"],
        }
    )


def _consents(consents: pd.DataFrame) -> pd.DataFrame:
    said = consents.sort_values(["timestamp", "granted"], ascending=[True, False])
    said = said.drop_duplicates(["customer_id", "purpose"], keep="last")
    granted = said[said["granted"]].astype({"purpose": str}).sort_values(["customer_id", "purpose"])
    names = granted.groupby("customer_id")["purpose"].agg(",".join)
    return names.reindex(said["customer_id"].unique(), fill_value="").rename("consented_to").to_frame()
