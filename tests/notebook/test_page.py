"""The page: everything about one customer who agreed, nothing about one who did not, and nothing that runs."""

import re

import pandas as pd
import pytest

from personakit.errors import UnknownNameError
from personakit.notebook import customer_page, save_page


def test_the_page_shows_who_she_is_what_is_offered_and_why(shop):
    page = customer_page(1, **shop)
    for words in ("Champions", "3 days ago", "£120", "Linen shirt", "£9.50", "goes with “Scarf”"):
        assert words in page.html
    assert (
        page.summary
        == "Customer 1 (Champions). Offers: Linen shirt; <script>alert(1)</script>. Message: A•••: Linen shirt"
    )


def test_names_and_addresses_are_masked_in_page_and_message(shop):
    html = customer_page(1, **shop).html
    assert "A••• D•••" in html and "a•••@•••.org" in html
    assert "Ada" not in html and "Doe" not in html and "a@b.org" not in html


def test_nothing_from_the_data_becomes_markup(shop):
    html = customer_page(1, **shop).html
    assert "<script" not in html and "&lt;script&gt;" in html
    assert "Women <b>" not in html and "Women &lt;b&gt;" in html


def test_best_offers_come_first_and_no_more_than_asked_for(shop):
    html = customer_page(1, **shop, n_offers=1).html
    assert html.count("<img") == 1 and 'alt="Linen shirt"' in html


def test_facts_that_nobody_recorded_are_left_out(shop):
    html = customer_page(2, **shop).html
    assert "£nan" not in html and "spent" not in html and "likes" not in html


def test_without_leave_to_write_there_is_no_message(shop):
    page = customer_page(2, **shop)
    assert "has not agreed to be written to" in page.html
    assert page.summary.endswith("No message.")
    assert "Grace" not in page.html and "G•••:" not in page.html


def test_who_did_not_agree_sees_what_everybody_sees_and_nothing_personal(shop):
    everybody = pd.DataFrame({"product_id": [30], "rank": [1]})
    people = pd.DataFrame({"customer_id": [3], "given_name": ["Joan"], "family_name": ["Roe"], "email": ["j@c.org"]})
    page = customer_page(3, **{**shop, "people": people, "may_mail": {3}}, fallback=everybody)
    assert "has not agreed to personal recommendations" in page.html and "Scarf" in page.html
    assert "J•••" not in page.html and "Joan" not in page.html and "has not agreed" in page.summary


def test_an_unknown_customer_without_fallback_is_named(shop):
    with pytest.raises(UnknownNameError, match=r"Customer 3 is not among the 2 in profiles \(1, 2\).*fallback="):
        customer_page(3, **shop)


def test_data_without_names_prices_or_orders_still_makes_a_page(shop):
    profiles = shop["profiles"].assign(monetary=None)
    profiles.attrs["occasions"] = "ratings"
    bare = {**shop, "people": None, "profiles": profiles, "products": shop["products"].drop(columns="price")}
    bare["template"] = None
    html = customer_page(1, **bare).html
    assert "Customer 1" in html and "last seen" in html and "£" not in html


def test_the_saved_file_needs_no_other_and_no_network(shop, trial, tmp_path):
    path = save_page(customer_page(1, **shop), path=tmp_path / "deep" / "page.html", trial=trial)
    html = path.read_text(encoding="utf-8")
    assert not re.findall(r"(?:src|href)=\"(?!data:)", html)
    assert "default-src 'none'" in html
    assert html.count("data:image/png") == 3  # two offers and the trial
    assert "12.30 [10.50, 14.10]" in html and "+2.30 [-0.30, 4.90]" in html and "51%" in html
    assert "An experiment &lt;of&gt; some weeks." in html


def test_a_page_without_a_trial_has_no_result(shop, tmp_path):
    html = save_page(customer_page(1, **shop), tmp_path / "page.html").read_text(encoding="utf-8")
    assert "What it was worth" not in html
