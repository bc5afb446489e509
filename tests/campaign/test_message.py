"""Messages: every customer gets her own words, and no name, template or gap in the data can do harm."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from personakit.campaign import Message, MessageTemplate
from personakit.errors import DataError, ParameterError, UnknownNameError


@pytest.fixture
def customers():
    return pd.DataFrame({"customer_id": [3, 1, 2], "given_name": ["Ada", None, "Grace"], "spend": [10.0, 20.5, np.nan]})


def test_each_customer_gets_her_own_words_in_the_order_given(customers):
    template = MessageTemplate("For {{ given_name or 'you' }}", "Number {{ customer_id }}, from {{ shop }}")
    sent = template.render_all(customers, shop="Larkspur")
    assert sent["customer_id"].tolist() == [3, 1, 2]
    assert sent["subject"].tolist() == ["For Ada", "For you", "For Grace"]
    assert sent["body"].tolist() == ["Number 3, from Larkspur", "Number 1, from Larkspur", "Number 2, from Larkspur"]


def test_one_customer_and_all_customers_get_the_same_message(customers):
    template = MessageTemplate(
        "Hello {{ given_name | default('there') }}", "{% if spend %}{{ spend | money }}{% endif %}"
    )
    sent = template.render_all(customers)
    for row in customers.to_dict("records"):
        own = sent[sent["customer_id"] == row["customer_id"]].iloc[0]
        assert template.render(row) == Message(own["subject"], own["body"])


def test_lists_by_customer_can_be_looped_over(customers):
    template = MessageTemplate("x", "{% for offer in offers %}{{ loop.index }} {{ offer.title }};{% endfor %}")
    offers = {id: [{"title": f"T{id}"}, {"title": "U"}] for id in (1, 2, 3)}
    sent = template.render_all(customers, {"offers": offers})
    assert sent["body"].tolist() == ["1 T3;2 U;", "1 T1;2 U;", "1 T2;2 U;"]


def test_a_currency_in_letters_stands_apart_from_the_amount():
    assert MessageTemplate("{{ 39.5 | money }}", "").render({}).subject == "EUR 39.50"


def test_money_percent_and_day_are_written_as_people_write_them():
    template = MessageTemplate("x", "{{ a | money }} {{ b | percent }} {{ c | day }}", currency="€")
    values = {"a": 1234.5, "b": 0.2, "c": pd.Timestamp("2025-03-05")}
    assert template.render(values).body == "€1,234.50 20% 5 March 2025"


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=40))
def test_no_name_can_bring_html_into_the_body_or_a_line_into_the_subject(name):
    message = MessageTemplate("Hi {{ name }}", "<p>{{ name }}</p>").render({"name": name})
    inside = message.body.removeprefix("<p>").removesuffix("</p>")
    assert "<" not in inside and ">" not in inside and '"' not in inside
    assert len(message.subject.splitlines()) <= 1


def test_a_subject_keeps_its_ampersand_and_its_display_is_escaped():
    message = MessageTemplate("{{ name }}", "{{ name }}").render({"name": "<script>A & B</script>"})
    assert message.subject == "<script>A & B</script>"
    assert "<script>" not in message._repr_html_()
    assert message.text() == "<script>A & B</script>"


def test_a_mistyped_placeholder_is_answered_with_the_nearest_column(customers):
    with pytest.raises(UnknownNameError, match=r"placeholder 'given_nam'.*did you mean 'given_name'\?.*There are: "):
        MessageTemplate("x", "{{ given_nam }}").render_all(customers)


def test_a_mistyped_placeholder_is_found_when_the_template_is_made():
    with pytest.raises(UnknownNameError, match="did you mean 'given_name'"):
        MessageTemplate("x", "{{ givenname }}", fields=["customer_id", "given_name"])


def test_a_mistyped_part_of_a_value_is_answered_with_the_nearest_part():
    with pytest.raises(UnknownNameError, match=r"uses 'titel', which does not exist; did you mean 'title'\?"):
        MessageTemplate("x", "{{ offers[0].titel }}").render({"offers": [{"title": "T"}]})


def test_missing_values_are_counted_over_all_customers(customers):
    frame = pd.concat([customers, customers.assign(customer_id=[6, 7, 8])])
    with pytest.raises(
        DataError, match=r"given_name is missing for 2 customers \(customer_id 1, 7\)\. Give .*\"there\""
    ):
        MessageTemplate("x", "Dear {{ given_name }}").render_all(frame)


def test_a_missing_value_of_one_customer_names_her():
    with pytest.raises(DataError, match=r"spend is missing for 1 customer \(customer_id 9\)"):
        MessageTemplate("x", "{{ spend | money }}").render({"customer_id": 9, "spend": np.nan})


def test_a_template_that_does_not_parse_names_the_part_and_the_line():
    with pytest.raises(ParameterError, match=r"body of the message is not a valid template: .* \(line 2\)"):
        MessageTemplate("x", "Hello\n{{ given_name }")


@pytest.mark.parametrize("attack", ["{{ ''.__class__.__mro__ }}", "{{ n.__init__.__globals__ }}", "{{ l.append(1) }}"])
def test_a_template_cannot_reach_into_python(attack):
    values = {"n": MessageTemplate, "l": []}
    with pytest.raises((ParameterError, UnknownNameError), match=r"may not reach|does not exist"):
        MessageTemplate("x", attack).render(values)


def test_values_given_at_rendering_go_before_the_customers_own():
    assert MessageTemplate("{{ a }}", "").render({"a": 1}, a=2).subject == "2"
