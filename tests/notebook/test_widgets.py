"""The chooser: the page follows the choice, and without a kernel the first page stands."""

import pytest

from personakit.errors import ParameterError
from personakit.notebook import CustomerPage, choose_customer


def page(customer_id):
    return CustomerPage(customer_id, f"<b>page of {customer_id}</b>", f"Page of {customer_id}.")


def test_the_page_follows_the_choice():
    box = choose_customer(page, [1, 2, 3])
    menu, view = box.children
    assert view.value == "<b>page of 1</b>"
    menu.value = 3
    assert view.value == "<b>page of 3</b>"


def test_customers_may_have_words_and_the_start_may_be_chosen():
    menu, view = choose_customer(page, {"Ada": 1, "Grace": 2}, start=2).children
    assert view.value == "<b>page of 2</b>"
    menu.label = "Ada"
    assert view.value == "<b>page of 1</b>"


def test_without_a_kernel_the_first_page_is_there():
    bundle = choose_customer(page, [1, 2])._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    assert data["text/html"] == "<b>page of 1</b>"
    assert data["text/plain"] == "A list of 2 customers and the page of the one chosen. Page of 1."
    assert "application/vnd.jupyter.widget-view+json" in data


def test_nobody_to_choose_from_and_a_wrong_start_are_refused():
    with pytest.raises(ParameterError, match="customers is empty"):
        choose_customer(page, [])
    with pytest.raises(ParameterError, match=r"start=9\): that customer is not among"):
        choose_customer(page, [1, 2], start=9)
