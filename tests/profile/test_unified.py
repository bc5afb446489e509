"""The unified view by hand, in all the forms that tables come in."""

import json
from datetime import date, datetime

import ibis
import numpy as np
import pandas as pd
import pytest

import personakit as pk
from personakit.profile import build_profiles, dictionary

DAY = "2025-03-10"


def test_every_figure_of_a_buyer_is_the_one_counted_by_hand(shop):
    ann = build_profiles(shop, DAY).set_index("customer_id").loc[1]
    first_19 = {
        "recency_days": 44.0,  # 25 January to 10 March
        "frequency": 2,
        "monetary": 20.0 + 2 * 5.0 + 4.0 + 7.5,
        "tenure_days": 68.0,
        "mean_inter_purchase_days": 20.0,
        "order_days": 2,
        "first_order_days": 64.0,
        "n_items": 4,
        "n_views": 2,
        "favourite_department": "Home",  # two lines each; a Home line and a Men line share the last moment
        "favourite_channel": "web",
        "discount_share": 0.5,
        "return_rate": 0.25,  # one dated return, not the four flags
        "email_open_rate": 0.5,
        "mean_rating": 3.5,
        "age_band": "25-34",
        "gender": "woman",
        "region": "wales",
    }
    assert ann[list(first_19)].to_dict() == first_19


def test_every_newer_figure_is_the_one_counted_by_hand(whole_shop):
    table = build_profiles(whole_shop, DAY).set_index("customer_id")
    ann = table.loc[1]
    wanted = {
        "mean_order_value": 41.5 / 2,
        "n_visits": 3,
        "last_visit_days": 44.0,
        "web_share": 2 / 3,
        "store_share": 1 / 3,
        "app_share": 0.0,
        "other_channel_share": 0.0,
        "favourite_department_share": 0.5,
        "favourite_category": "Coats",  # two of four lines, in both orders
        "favourite_category_share": 0.5,
        "favourite_brand": "Bb",
        "favourite_brand_share": 2 / 3,  # the lamp has no brand
        "n_departments": 2,
        "n_brands": 2,
        "mean_discount": 0.7 / 4,
        "night_share": 2 / 3,
        "morning_share": 1 / 3,
        "weekend_share": 2 / 3,  # Sunday 5 January, Thursday 9 January, Saturday 25 January
        "favourite_hour": 0.0,
        "n_products_viewed": 2,
        "n_emails": 2,
        "email_click_rate": 0.5,
        "message_click_rate": 1.0,
        "n_unsubscribes": 0,
        "n_support_messages": 0,
        "n_reviews": 3,
        "last_review_days": 27.0,
        "last_sentiment": (-0.5 + 0.5) / 2,  # two of one moment: a sentiment of its own, and four stars
        "mean_sentiment": (1.0 - 0.5 + 0.5) / 3,
        "visits_30d": 0,
        "visits_prior_30d": 1,  # 10 January to 8 February
        "engagement_trend": np.log(1 / 2),
        "orders_90d": 2,
        "monetary_90d": 41.5,
        "consented_to": "recommendations",  # e-mail ran out at noon; of two choices at one moment the refusal counts
    }
    for name, value in wanted.items():
        assert ann[name] == (pytest.approx(value, abs=1e-12) if isinstance(value, float) else value), name
    assert ann[["sd_inter_purchase_days", "last_support_days", "n_baskets"]].isna().all()  # no basket of anybody
    bob = table.loc[2]
    assert bob[["n_support_messages", "last_support_days", "n_unsubscribes"]].tolist() == [2, 2.0, 1]
    assert bob["consented_to"] == "analytics,recommendations"
    assert bob["n_reviews"] == 1
    assert pd.isna(bob["last_sentiment"])  # nine stars are no number of 1 to 5
    assert pd.isna(table.loc[3, "consented_to"])
    later = build_profiles(whole_shop, "2025-03-11").set_index("customer_id")
    assert later.loc[2, "consented_to"] == "recommendations"  # analytics ran out at midnight
    assert later.loc[1, "consented_to"] == "recommendations"
    assert build_profiles(whole_shop, "2025-06-01").set_index("customer_id").loc[1, "consented_to"] == ""


def test_the_spread_between_orders_is_that_of_the_gaps(shop):
    dates = pd.to_datetime(["2025-01-01", "2025-01-02", "2025-01-05", "2025-01-15", "2025-02-24"])
    lines = pd.DataFrame({"order_id": range(5), "customer_id": 1, "product_id": 10, "timestamp": dates})
    lines["unit_price"] = 1.0
    profile = build_profiles({"order_lines": lines}, "2025-03-10").iloc[0]
    assert profile["sd_inter_purchase_days"] == pytest.approx(np.std([1, 3, 10, 40], ddof=1), abs=1e-12)
    two = build_profiles({"order_lines": lines.head(2)}, "2025-03-10").iloc[0]
    assert pd.isna(two["sd_inter_purchase_days"])


def test_channels_with_other_names_count_together_and_dates_alone_have_no_hour(shop):
    shop["sessions"]["channel"] = ["kiosk", "phone", "web", "app"]
    shop["sessions"]["timestamp"] = shop["sessions"]["timestamp"].dt.normalize()
    ann = build_profiles(shop, DAY).set_index("customer_id").loc[1]
    assert ann["other_channel_share"] == pytest.approx(2 / 3, abs=1e-12)
    hours = ["night_share", "morning_share", "afternoon_share", "evening_share", "favourite_hour"]
    assert ann[hours].isna().all()
    assert ann["weekend_share"] == pytest.approx(2 / 3, abs=1e-12)


def test_a_customer_who_did_nothing_has_counts_of_nought_and_no_recency(shop):
    profiles = build_profiles(shop, DAY).set_index("customer_id")
    for customer in (2, 3):
        row = profiles.loc[customer]
        assert (row["frequency"], row["order_days"], row["n_items"], row["monetary"]) == (0, 0, 0, 0.0)
        nulls = ["recency_days", "mean_inter_purchase_days", "first_order_days", "discount_share", "return_rate"]
        assert row[nulls].isna().all()
    assert profiles.loc[2, ["n_views", "favourite_channel", "email_open_rate"]].tolist() == [2, "app", 0.0]
    assert profiles.loc[3, "tenure_days"] == 9
    assert pd.isna(profiles.loc[2, "age_band"])


def test_an_event_in_the_last_second_of_the_day_counts_and_on_the_next_day_does_not(shop):
    assert build_profiles(shop, "2025-03-10").set_index("customer_id").loc[2, "n_views"] == 2
    assert build_profiles(shop, "2025-03-09").set_index("customer_id").loc[2, "n_views"] == 1
    assert build_profiles(shop, "2025-01-25").set_index("customer_id").loc[1, "recency_days"] == 0


def test_who_signed_up_after_the_day_is_not_there_yet(shop):
    assert build_profiles(shop, "2025-02-28")["customer_id"].tolist() == [1, 2]


def test_who_bought_before_signing_up_is_there_without_what_signing_up_told(shop):
    shop["customers"].loc[0, "signed_up"] = pd.Timestamp("2025-04-01")
    profiles = build_profiles(shop, DAY).set_index("customer_id")
    assert pd.isna(profiles.loc[1, "region"])
    assert profiles.loc[1, "tenure_days"] == 64
    later = build_profiles(shop, "2025-04-02").set_index("customer_id")
    assert later.loc[1, ["region", "tenure_days"]].tolist() == ["wales", 87.0]


def test_customers_who_occur_in_events_only_have_a_row(shop):
    shop["contacts"].loc[4, "customer_id"] = 77
    assert build_profiles(shop, DAY)["customer_id"].tolist() == [1, 2, 3, 77]


def test_lines_with_a_negative_quantity_are_money_back_and_returns_but_no_orders(shop):
    back = shop["order_lines"].iloc[[0]].assign(order_id=102, quantity=-1, timestamp=pd.Timestamp("2025-02-20"))
    shop["order_lines"] = pd.concat([shop["order_lines"], back], ignore_index=True)
    ann = build_profiles(shop, DAY).set_index("customer_id").loc[1]
    assert (ann["frequency"], ann["recency_days"], ann["n_items"]) == (2, 44.0, 4)
    assert (ann["monetary"], ann["return_rate"]) == (21.5, 0.25)  # the line and the event are one return


def test_flags_of_returns_are_used_only_where_no_return_has_a_date(shop):
    shop["order_lines"]["returned"] = [True, False, False, False]
    del shop["interactions"]
    assert build_profiles(shop, DAY).set_index("customer_id").loc[1, "return_rate"] == 0.25
    assert build_profiles(shop, "2025-02-10").set_index("customer_id").loc[1, "return_rate"] == 0.5  # two are too young
    assert pd.isna(build_profiles(shop, "2025-01-30").set_index("customer_id").loc[1, "return_rate"])
    del shop["order_lines"]["returned"]
    assert build_profiles(shop, DAY)["return_rate"].isna().all()


def test_a_discount_is_read_off_the_list_price_where_no_discount_is_recorded(shop):
    lines = shop["order_lines"].drop(columns="discount").assign(list_price=[20.0, 10.0, 5.0, 7.5])
    assert build_profiles({**shop, "order_lines": lines}, DAY)["discount_share"].iloc[0] == 0.5


def test_the_favourite_of_a_draw_is_the_latest_and_then_the_first_by_name(shop):
    shop["order_lines"].loc[3, "product_id"] = 10
    shop["order_lines"].loc[2, "timestamp"] += pd.Timedelta(minutes=1)
    assert build_profiles(shop, DAY)["favourite_department"].iloc[0] == "Men"


def test_the_category_stands_in_for_a_department_that_is_not_recorded(shop):
    shop["products"] = shop["products"].rename(columns={"department": "category"})
    assert build_profiles(shop, DAY)["favourite_department"].iloc[0] == "Home"


def test_order_lines_alone_are_enough(shop):
    profiles = build_profiles({"order_lines": shop["order_lines"].drop(columns=["discount", "returned"])}, DAY)
    assert profiles[["customer_id", "recency_days", "frequency", "monetary"]].values.tolist() == [[1, 44, 2, 41.5]]
    unknown = ["n_views", "favourite_department", "favourite_channel", "discount_share", "return_rate"]
    unknown += ["email_open_rate", "mean_rating", "age_band", "gender", "region"]
    assert profiles[unknown].isna().all(axis=None)


def test_ratings_alone_count_days_with_a_rating_as_occasions(shop):
    profiles = build_profiles({"ratings": shop["ratings"]}, DAY)
    assert profiles.attrs["occasions"] == "ratings"
    columns = ["recency_days", "frequency", "n_items", "mean_rating", "mean_inter_purchase_days"]
    assert profiles[columns].values.tolist() == [[37.0, 2, 2, 3.5, 1.0]]
    assert profiles["monetary"].isna().all()


def test_purchases_among_interactions_stand_in_for_orders(shop):
    tables = {name: shop[name] for name in ("interactions", "ratings")}
    profiles = build_profiles(tables, DAY)
    assert profiles.attrs["occasions"] == "interactions"
    assert profiles["frequency"].tolist() == [1, 0]


def test_customers_alone_have_rows_in_which_only_what_they_said_is_known(shop):
    profiles = build_profiles({"customers": shop["customers"]}, DAY)
    assert profiles["tenure_days"].tolist() == [68, 37, 9]
    assert profiles["region"].tolist() == ["wales", "london", "wales"]
    assert profiles.drop(columns=["customer_id", "tenure_days", "age_band", "gender", "region"]).isna().all(axis=None)


def test_no_views_of_anybody_are_null_and_not_nought(shop):
    shop["interactions"]["event"] = "purchase"
    assert build_profiles(shop, DAY)["n_views"].isna().all()


def test_the_kinds_of_the_columns_do_not_depend_on_what_is_there(shop):
    kinds = build_profiles(shop, DAY).dtypes
    for tables in (
        {"order_lines": shop["order_lines"]},
        {"customers": shop["customers"]},
        {"ratings": shop["ratings"]},
    ):
        other = build_profiles(tables, DAY).dtypes
        assert list(other.index) == list(kinds.index)
        for name in kinds.index:
            assert other[name] == kinds[name] or (kinds[name] == "int64" and other[name] == "float64"), name


@pytest.mark.parametrize(
    "as_of",
    [
        "2025-03-10T18:00:00",
        date(2025, 3, 10),
        datetime(2025, 3, 10, 9, 30),
        np.datetime64("2025-03-10"),
        pd.Timestamp("2025-03-10 01:00"),
        pd.Timestamp("2025-03-10 23:30", tz="America/New_York"),  # the next day in UTC
        "2025-03-10T00:30:00+09:00",  # the day before in UTC
    ],
)
def test_a_day_may_be_given_in_any_form_and_a_zone_keeps_its_own_clock(shop, as_of):
    profiles = build_profiles({"customers": shop["customers"]}, as_of)
    assert profiles.attrs["as_of"] == DAY
    assert profiles["tenure_days"].tolist() == [68, 37, 9]


def test_without_a_day_it_is_the_last_one_recorded(shop):
    assert build_profiles(shop).attrs["as_of"] == "2025-03-10"
    assert build_profiles({"order_lines": shop["order_lines"]}).attrs["as_of"] == "2025-01-25"


def as_categories(frame: pd.DataFrame) -> pd.DataFrame:
    other = [name for name in frame if frame[name].dtype.kind not in "M" and name != "contact_id"]
    return frame.astype({name: "category" for name in other if frame[name].dtype.kind not in "f"})


def as_nanoseconds(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.astype({name: "datetime64[ns]" for name in frame if frame[name].dtype.kind == "M"})


def as_objects(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.astype({name: object for name in frame if frame[name].dtype.kind not in "Mif"})


def as_nullable(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.convert_dtypes()


@pytest.mark.parametrize("form", [as_categories, as_nanoseconds, as_objects, as_nullable])
def test_the_kind_of_pandas_column_does_not_matter(shop, form):
    changed = {name: table if name == "consents" else form(table) for name, table in shop.items()}
    pd.testing.assert_frame_equal(build_profiles(changed, DAY), build_profiles(shop, DAY))


def test_arrow_and_mixed_tables_give_the_same_as_pandas(shop, same_values):
    wanted = build_profiles(shop, DAY)
    connection = ibis.duckdb.connect()
    lazy = {name: connection.create_table(name, table) for name, table in shop.items()}
    arrow = {name: table.to_pyarrow() for name, table in lazy.items()}
    pd.testing.assert_frame_equal(build_profiles(arrow, DAY), wanted)
    mixed = {name: lazy[name] if name in ("order_lines", "customers") else shop[name] for name in shop}
    same_values(build_profiles(mixed, DAY).to_pandas(), wanted)


def test_the_callers_connection_is_left_as_it_was(shop):
    connection = ibis.duckdb.connect()
    lazy = {name: connection.create_table(name, table) for name, table in shop.items()}
    build_profiles(lazy, DAY)
    assert sorted(name for (name,) in connection.raw_sql("show tables").fetchall()) == sorted(shop)


def test_the_callers_tables_are_left_as_they_were(shop):
    before = {name: table.copy(deep=True) for name, table in shop.items()}
    build_profiles(shop, DAY)
    for name, table in shop.items():
        pd.testing.assert_frame_equal(table, before[name])


def test_text_ids_work_and_other_tables_and_columns_are_passed_over(shop):
    tables = {
        name: t.assign(customer_id="c" + t["customer_id"].astype(str)) if "customer_id" in t else t
        for name, t in shop.items()
    }
    tables["prices"] = pd.DataFrame({"product_id": [10], "odd": [{"a": 1}]})
    profiles = build_profiles(tables, DAY)
    assert profiles["customer_id"].tolist() == ["c1", "c2", "c3"]
    wanted = build_profiles(shop, DAY).drop(columns="customer_id")
    pd.testing.assert_frame_equal(profiles.drop(columns="customer_id"), wanted, check_column_type=False)


def test_tables_without_rows_count_as_tables_in_which_nothing_happened(shop):
    empty = {name: table.iloc[:0] for name, table in shop.items()}
    untyped = {name: pd.DataFrame(columns=table.columns) for name, table in shop.items()}
    for nothing in (empty, untyped):
        profiles = build_profiles({**nothing, "customers": shop["customers"]}, DAY)
        assert profiles["frequency"].tolist() == [0, 0, 0]
        assert profiles["monetary"].tolist() == [0.0, 0.0, 0.0]
        assert profiles["recency_days"].isna().all()


def test_the_consent_gate_opens_on_profiles_and_knows_later_withdrawals(shop):
    profiles = build_profiles(shop, DAY)
    early = pk.privacy.gate(profiles, purpose="recommendations", at=DAY)
    assert early.frame["customer_id"].tolist() == [1, 2]
    late = pk.privacy.gate(profiles, purpose="recommendations", at="2025-12-31")
    assert late.frame["customer_id"].tolist() == [2]
    assert late.kept_back["withdrawn"] == 1


def test_profiles_can_be_joined_sliced_and_saved_with_what_they_carry(shop, tmp_path):
    profiles = build_profiles(shop, DAY)
    assert len(pd.concat([profiles, profiles.head(1)])) == 4
    assert pk.privacy.gate(profiles.head(2).copy(), purpose="recommendations", at=DAY).frame["customer_id"].size == 2
    profiles.to_parquet(tmp_path / "profiles.parquet")
    json.dumps(profiles.attrs)
    back = pd.read_parquet(tmp_path / "profiles.parquet")
    with pytest.raises(pk.errors.ConsentError, match="carries no record of consent"):
        pk.privacy.gate(back, purpose="recommendations", at=DAY)


def test_segments_are_made_of_profiles_as_they_are(shop):
    segments = pk.segment.RFM(n_scores=2).fit_predict(build_profiles(shop, DAY))
    assert segments.loc[2] == "No purchase yet"


def test_the_dictionary_explains_exactly_the_columns_of_a_profile(shop):
    table = dictionary()
    assert table["column"].tolist() == list(build_profiles(shop, DAY).columns)
    assert list(table.columns) == ["column", "meaning", "unit", "null", "tables"]
    assert (table.map(len) > 1).all(axis=None)
