"""Scrubbed texts: what names or reaches a person goes, everything else stays, and doing it again changes nothing."""

import json
import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from personakit.errors import DataError, ParameterError
from personakit.privacy import KnownNames, scrub
from personakit.privacy.scrub_names import folded
from personakit.privacy.scrub_patterns import luhn
from personakit.world import World

PEOPLE = pd.DataFrame(
    {
        "given_name": ["Rose", "Mark", "Will", "Grace", "April", "Zoë", "Mohammed", "Anna", "Jean", "Bill",
                       "Elizabeth"],
        "family_name": ["Young", "May", "Price", "Brook", "Summers", "O'Brien", "Khan", "Smith-Jones", "van der Berg",
                        "Baker", None],
    }
)  # fmt: skip
KNOWN = KnownNames(PEOPLE, keep=["Larkspur"])


def kinds_in(text, **given):
    return [(text[start:end], kind) for _, start, end, kind in scrub(text, **given).spans.itertuples(index=False)]


@pytest.mark.parametrize(
    "address",
    [
        "jane.smith@example.com",
        "j_s+shop%x@mail.example.co.uk",
        "JANE@EXAMPLE.ORG",
        "ståle@bücher.example",
        "o'brien-2@ex-ample.museum",
        "jane (at) example (dot) com",
        "jane at example dot co dot uk",
        "jane\u200b@example.com",
        "ｊａｎｅ＠example．com",
    ],
)
def test_an_email_address_goes_however_it_is_written(address):
    assert scrub(f"Write to {address}, please.").text == "Write to [email], please."


@pytest.mark.parametrize(
    "number",
    [
        "07700 900123", "07700900123", "07700-900-123", "(020) 7946 0123", "020 7946 0123", "0113 496 0123",
        "01632 960123", "0800 496 0123", "+44 7700 900123", "+44 (0)20 7946 0123", "0044 20 7946 0123", "+447700900123",
        "+49 30 901820", "+1 (555) 010-0123", "(555) 234-0123", "555-234-0123", "0033 1 99 00 12 34",
        "07700\u00a0900123", "07700‑900‑123", "٠٧٧٠٠٩٠٠١٢٣", "020 7946 0123 ext 12",
    ],
)  # fmt: skip
def test_a_telephone_number_of_any_form_goes(number):
    assert scrub(f"My number is {number}, thanks.").text == "My number is [phone], thanks."


@pytest.mark.parametrize(
    "text",
    [
        "Order 1903409 of 2025-12-31 at 10:30 cost 129.99 for 3 pieces.",
        "20% off 2903155, size 12, 100x200 cm, EAN 5012345678900, 3 x 40 mm",
        "Tracking 202512, and 1 of 12 since 2024/2025.",
        "I waited 10 20 30 days.",
    ],
)
def test_other_numbers_stay(text):
    assert scrub(text).text == text


@pytest.mark.parametrize(
    "number",
    ["4111 1111 1111 1111", "5500-0000-0000-0004", "340000000000009", "6011000000000004", "2223003122003222",
     "3530 1113 3330 0000", "4222222222222"],
)  # fmt: skip
def test_a_card_number_with_the_right_check_digit_goes_and_one_with_a_wrong_one_stays(number):
    assert scrub(f"I paid 20 with {number} on 3 May.").text == "I paid 20 with [card] on 3 May."
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    assert "[card]" not in scrub(f"It was {wrong}.").text


@given(st.integers(10**11, 10**18))
def test_exactly_one_last_digit_in_ten_is_the_check_digit(number):
    assert sum(luhn(f"{number}{digit}") for digit in range(10)) == 1


@given(st.integers(10**14, 10**15 - 1), st.integers(0, 13))
def test_a_check_digit_finds_every_single_error(number, place):
    text = next(f"{number}{digit}" for digit in range(10) if luhn(f"{number}{digit}"))
    assert not any(luhn(text[:place] + digit + text[place + 1 :]) for digit in "0123456789" if digit != text[place])


@pytest.mark.parametrize(
    "code", ["LS1 4AB", "LS14AB", "SW1A 1AA", "M1 1AE", "ls1 4ab", "ls14ab", "Ls1 4ab", "LK18 9CW"]
)
def test_a_postcode_goes(code):
    assert scrub(f"I live at {code} now.").text == "I live at [postcode] now."


@pytest.mark.parametrize("text", ["Size A4 2ND", "by e10 5pm", "b1 2nd floor", "an L 12 or M 10", "lk1 4ab", "w2 3xl"])
def test_what_only_looks_like_a_postcode_stays(text):
    if text != "Size A4 2ND":  # in capitals with a space it cannot be told
        assert scrub(text).text == text


@pytest.mark.parametrize(
    "street", ["12 Mill Lane", "3a St. John's Road", "Flat 2, 14 Church Street", "98 tanner row lane", "4 HIGH STREET"]
)
def test_a_street_with_its_number_goes(street):
    assert "[address]" in scrub(f"Send it to {street}, please.").text
    assert street.split()[-2] not in scrub(f"Send it to {street}, please.").text


@pytest.mark.parametrize("text", ["2 hours on the road", "a 2 hour drive", "5 ways in", "3 days down the lane"])
def test_what_is_no_address_stays(text):
    assert scrub(text).text == text


# What is in braces is a name; everything else must stay. Nothing here is from the world.
SENTENCES = """
Spoke to {Rose} about the rose colour on Monday.
Rose is my favourite colour.
The Rose Gold ring has a mark on it.
{Mark} said it may arrive in May.
I will wait until April, will you?
Will you ring me in May?
Will {Grace} call me back?
Grace period is over, mark my words.
My sister {Grace} has the brook print dress.
Dear {Will}, any news?
Hi {Rose}, thanks for the help.
Hello {April}!
In April I ordered for {April Summers}.
Ask Mr {Price} about the price.
Mrs {Young} was kind, for someone so young.
{ZOË O'BRIEN} wrote last week, or {zoe o'brien} did.
It is {O’Brien}'s parcel, not {Mohammed}’s.
Their orders went to {M. Khan} and to {Elizabeth K.}
my name is {will price} and i will pay the price
My name is {Tarquin}, I think we met.
Thanks, {Tarquin Fotheringay}
many thanks {Rose}
thanks, {mark}
Thanks for your help, love the jeans
Best price ever. Love it
I love Summer, but not this summer.
The King size bed, please, and the Baker Street lamp.
{Elizabeth} or {Liz}, as my friends say.
{Jean van der Berg} and her jeans.
{Anna Smith-Jones} paid the bill; {Bill} did not.
Dear Sir or Madam, the Grace dress is torn.
Kind regards, Customer Services
Thank you Larkspur
{Zoe\u0308} has two dots in her name.
No young person would wear it. Young people laugh.
""".strip().split("\n")


@pytest.mark.parametrize("sentence", SENTENCES)
def test_known_names_go_and_the_words_that_are_spelt_alike_stay(sentence):
    plain = sentence.replace("{", "").replace("}", "")
    expected = "".join("[name]" + part.split("}", 1)[1] if at else part for at, part in enumerate(sentence.split("{")))
    assert scrub(plain, names=KNOWN).text == expected


def test_without_names_only_their_places_give_them_away():
    assert scrub("Mohammed asked. Kind regards, Mohammed Khan").text == "Mohammed asked. Kind regards, [name]"
    assert scrub("Dear Dr. Eze, hello").text == "Dear Dr. [name], hello"


def test_names_can_be_given_in_several_ways():
    text = "For Anna Smith-Jones."
    for names in (PEOPLE, ["Anna Smith-Jones"], "Anna Smith-Jones", pd.Series(["Anna", "Smith-Jones"]), KNOWN):
        assert scrub(text, names=names).text == "For [name]."
    assert scrub(text, names=PEOPLE[["given_name"]]).text == "For [name] Smith-Jones."


def test_spellings_of_a_name_are_one():
    assert {folded(name) for name in ("O'Brien", "O’BRIEN", "obrien", "Ó'Brien", "O\u0301Brien")} == {"obrien"}


def test_missing_texts_stay_and_order_and_index_too():
    texts = pd.Series(["a@b.example", None, np.nan, "plain", pd.NA], index=list("edcba"), name="text", dtype=object)
    result = scrub(texts)
    assert result.texts.index.tolist() == list("edcba")
    assert result.texts.name == "text"
    assert result.texts.iloc[[0, 3]].tolist() == ["[email]", "plain"]
    assert result.texts.isna().tolist() == [False, True, True, False, True]
    assert texts.iloc[0] == "a@b.example"
    assert result.spans.to_dict("records") == [{"row": 0, "start": 0, "end": 11, "kind": "email"}]
    assert scrub(pd.Series(["07700 900123", None], dtype="string")).texts.iloc[0] == "[phone]"


def test_the_result_counts_and_shows_nothing_of_what_it_found():
    result = scrub(["jane@example.com <b>", "call 07700 900123"])
    assert result.counts[["email", "phone", "card"]].tolist() == [1, 1, 0]
    assert repr(result) == "ScrubResult(2 texts; found: 1 email, 1 phone)"
    assert "jane" not in repr(result) + result._repr_html_() + str(vars(result))
    with pytest.raises(ParameterError, match=r"2 texts were scrubbed: take them from .texts"):
        _ = result.text


def test_kinds_and_marks_can_be_chosen():
    text = "jane@example.com or 07700 900123"
    assert scrub(text, kinds=["phone"]).text == "jane@example.com or [phone]"
    assert scrub(text, replace="<{kind}>").text == "<email> or <phone>"
    assert scrub(text, replace=lambda kind: kind[0] * 3).text == "eee or ppp"


def test_what_overlaps_goes_as_a_whole():
    assert scrub("rose.young@example.com", names=KNOWN).text == "[email]"
    assert kinds_in("14 Rose Lane", names=KNOWN) == [("14 Rose Lane", "address")]


@pytest.mark.parametrize(
    ("given", "error", "text"),
    [
        ({"kinds": ["passport"]}, ParameterError, "passport is no kind of personal data. Kinds are: email, card"),
        ({"replace": ""}, ParameterError, "What is left of a text would run together"),
        ({"replace": lambda kind: None}, ParameterError, "replace gives None for 'email'"),
        ({"replace": "no@reply.example"}, ParameterError, "looks like personal data itself"),
        ({"names": pd.DataFrame({"customer_id": [1]})}, DataError, r"no column given_name.*\(it has customer_id\)"),
    ],
)
def test_a_bad_argument_is_refused(given, error, text):
    with pytest.raises(error, match=text):
        scrub("hello", **given)


def test_what_is_no_text_is_named_by_its_place_and_not_shown():
    with pytest.raises(DataError, match=r"text 1 \(counted from 0\) is a int") as caught:
        scrub(["a", 4111111111111111])
    assert "4111" not in str(caught.value)


pieces = st.sampled_from(
    ["Rose", "rose", "Will", "Mark May", "O'Brien", "Zoë", "Dear", "Mr", "Thanks,", "thanks", "my name is", "J.", "K",
     "van", "07700 900123", "+44", "4111", "1111", "LS1 4AB", "12 Mill Lane", "jane@example.com", "a@", "(at)", "dot",
     "[name]", "[phone]", "in May", ".", ",", "\n", " ", "-", "'s", "é", "\u0301", "\u200b", "٣",
     "Ｒose", "🙂", "Best", "x"]
)  # fmt: skip


@given(st.lists(pieces, max_size=14), st.sampled_from([" ", ""]))
@example(["Dear", "Will", "Mark May", "Rose", "O'Brien"], " ")
def test_to_scrub_again_changes_nothing_and_the_spans_are_where_it_was(parts, between):
    text = between.join(parts)
    result = scrub(text, names=KNOWN)
    assert scrub(result.text, names=KNOWN).text == result.text
    rebuilt, at = "", 0
    for _, start, end, kind in result.spans.itertuples(index=False):
        assert at <= start < end <= len(text)
        rebuilt, at = rebuilt + text[at:start] + f"[{kind}]", end
    assert rebuilt + text[at:] == result.text


@given(st.text(max_size=60))
def test_any_text_can_be_scrubbed_and_none_is_found_where_none_is(text):
    result = scrub(text, names=KNOWN)
    assert scrub(result.text, names=KNOWN).text == result.text
    if not any(letter.isalnum() for letter in text):
        assert result.text == text


@given(
    st.lists(st.sampled_from(["Hello", "a@b.example", "Rose Young", None, "07700 900123"]), max_size=8), st.randoms()
)
def test_a_text_is_scrubbed_the_same_whatever_stands_beside_it(texts, random):
    order = random.sample(range(len(texts)), len(texts))
    one, other = scrub(texts, names=KNOWN).texts, scrub([texts[at] for at in order], names=KNOWN).texts
    assert [one[at] for at in order] == other.tolist()


HOSTILE = {
    "a": "a", "letters": "Ab", "digits": "1", "spaced digits": "1 ", "dashed digits": "12-", "at": "a@", "dots": "a.",
    "at dots": "a@a.", "plus": "+1", "zeros": "0", "names": "Rose ", "initials": "R. ", "thanks": "thanks ",
    "dear": "Dear ", "street": "1 Mill ", "words dot": "at a dot ", "brackets": "[name",
    "marks": "[name]", "quotes": "'",
    "hyphens": "a-", "accents": "e\u0301", "zero width": "\u200b", "post": "LS1 ", "spaces": " ", "mr": "Mr. ",
    "van": "van ", "lines": "\n", "parens": "(0", "underscores": "_a@",
    "dotted digits": "4.", "card groups": "4111.", "digits and two spaces": "4  ", "slashes": "4/ ",
}  # fmt: skip


@pytest.mark.parametrize("unit", HOSTILE.values(), ids=HOSTILE.keys())
def test_no_text_takes_more_than_linear_time(unit):
    def seconds(length):
        text, best = (unit * (length // len(unit) + 1))[:length] + "!", float("inf")
        for _ in range(3):  # the machine may be busy
            start = time.process_time()
            scrub(text, names=KNOWN)
            best = min(best, time.process_time() - start)
        return best

    short, long = seconds(4_000), seconds(32_000)
    assert long < max(8 * short * 3, 0.05)  # quadratic time would take 64 times as long


@pytest.fixture(scope="module")
def world():
    return World(n_customers=1200, random_state=211)  # the benchmark reports on the default world


def test_on_the_worlds_messages_nearly_everything_is_found_and_nearly_nothing_else(world):
    """Precision and recall by kind; benchmarks/scrub.md reports them on the default world."""
    messages, truth = world.tables["messages"], world.truth["messages"].set_index("message_id")
    result = scrub(messages["text"], names=world.tables["customers"], keep=["Larkspur"])
    spans = {row: list(part[["start", "end", "kind"]].itertuples(index=False, name=None))
             for row, part in result.spans.groupby("row")}  # fmt: skip
    hits, total, right, made = 0, 0, 0, len(result.spans)
    for row, message in enumerate(messages["message_id"]):
        true, found = json.loads(truth.loc[message, "pii"]), spans.get(row, [])
        total += len(true)
        hits += sum(any(a <= start and end <= b for a, b, _ in found) for start, end, _ in true)
        right += sum(any(a < end and start < b for start, end, _ in true) for a, b, _ in found)
    assert total > 300
    assert hits / total > 0.99
    assert right / made > 0.99


def test_of_the_worlds_reviews_in_which_nobody_is_named_hardly_any_is_touched(world):
    people = world.tables["identities"][["given_name", "family_name"]]
    result = scrub(world.tables["reviews"]["text"], names=people, keep=["Larkspur"])
    assert len(result.texts) > 300
    assert result.spans["row"].nunique() / len(result.texts) < 0.01


@pytest.mark.parametrize(
    ("given", "error", "text"),
    [
        ({"texts": None}, DataError, "a NoneType was given"),
        ({"texts": 5}, DataError, "a int was given"),
        ({"texts": "a", "names": 5}, DataError, "names is a int"),
        ({"texts": "a", "replace": 5}, ParameterError, "replace=5 is neither a text"),
        ({"texts": "a", "kinds": 5}, ParameterError, "kinds=5"),
        ({"texts": "a", "keep": 5}, ParameterError, "keep=5"),
    ],
)
def test_what_is_no_text_no_name_and_no_mark_is_refused(given, error, text):
    with pytest.raises(error, match=text):
        scrub(**given)


@pytest.mark.parametrize(
    "number",
    [
        "4111.1111.1111.1111",
        "4111/1111/1111/1111",
        "4111_1111_1111_1111",
        "4111  1111  1111  1111",
        "4111 - 1111 - 1111 - 1111".replace(" - ", "- "),
        "3782.822463.10005",
        "3056_930902_5904",
        "4111  1111 1111-1111",
    ],
)
def test_a_card_goes_whatever_stands_between_its_groups(number):
    assert scrub(f"I paid with {number} on 3 May.").text == "I paid with [card] on 3 May."
    assert scrub(f"Card no.{number}.").text == "Card no.[card]."


@pytest.mark.parametrize(
    "text",
    [
        "Lines 0.4111111111111111 and 12.4111111111111111 of the log.",
        "Parts 41.11.11.11.11.11.11.11 and 411/111/111/111/111/1.",  # its digits have the right check digit
        "Parts 4_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1.",
        "Card 4111.1111.1111.1112.",
    ],
)
def test_digits_that_do_not_stand_as_those_of_a_card_are_none(text):
    assert scrub(text, kinds=["card"]).text == text


@pytest.mark.parametrize("text", ["zoë rang", "zoe rang", "ZOE rang", "zoe\u0308 rang", "Zoë rang"])
def test_a_name_of_three_letters_is_found_in_any_case_and_with_or_without_accents(text):
    assert scrub(text, names=["Zoë"]).text == "[name] rang"


def test_a_short_name_that_is_a_word_needs_its_capital():
    known = KnownNames(["Tan", "Sim", "Jo"])
    assert (
        scrub("Is the tan bag sold with a sim card, jo?", names=known).text
        == "Is the tan bag sold with a sim card, jo?"
    )
    assert scrub("I spoke to Tan and to Sim.", names=known).text == "I spoke to [name] and to [name]."
