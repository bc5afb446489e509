"""The consent desk: what is withdrawn is gone from every input that needs it, at once, and from nothing else."""

import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from personakit.errors import ParameterError, UnknownNameError
from personakit.notebook import ConsentDesk, DataUse
from personakit.privacy import ConsentLedger
from personakit.recommend import EASE

AT = "2025-12-31"


@pytest.fixture
def seen():
    return pd.DataFrame({"customer_id": [1, 1, 2, 2, 3, 3, 4], "product_id": [10, 20, 20, 30, 10, 30, 20]})


@pytest.fixture
def ledger():
    made = ConsentLedger()
    made.grant([1, 2, 3], "recommendations", at="2025-01-05")
    made.withdraw(4, "recommendations", at="2025-01-05")
    made.grant([1, 2], "analytics", at="2025-01-05")
    return made


def products_of(model, customer_id):
    return model.recommend([customer_id], k=2, exclude_seen=False)["product_id"]


def rows_of_each(data):
    return data.frame.value_counts("customer_id")


@pytest.fixture
def uses(seen):
    return {
        "lists <b>": DataUse("recommendations", seen, lambda data: EASE(l2=1.0).fit(data.frame), products_of),
        "groups": DataUse("analytics", seen, rows_of_each, lambda counts, who: [counts[who]]),
        "mails": DataUse("marketing_email", seen),
    }  # fmt: skip


@pytest.fixture
def desk(uses, ledger):
    return ConsentDesk(uses, ledger, at=AT)


def test_a_withdrawal_takes_her_rows_and_her_list_and_nothing_else(desk):
    before = desk.view(1).table
    after = desk.withdraw(1, "recommendations").table
    lists = after.loc["lists <b>"]
    assert lists[["customers_before", "customers", "rows_before", "rows", "hers_before", "hers"]].tolist() == [
        3, 2, 6, 4, 2, 0,
    ]  # fmt: skip
    assert lists["choice"] == "withdrawn" and lists["says"] == () and len(lists["says_before"]) == 2
    pd.testing.assert_frame_equal(before.loc[["groups", "mails"]], after.loc[["groups", "mails"]])
    assert after.loc["mails", "choice"] == "never asked" and after.loc["mails", "rows"] == 0


def test_the_model_without_her_is_the_one_that_never_saw_her(desk, seen):
    desk.withdraw(1, "recommendations")
    never = EASE(l2=1.0).fit(seen[seen["customer_id"].isin([2, 3])])
    np.testing.assert_allclose(desk._now["lists <b>"].model.weights_, never.weights_, atol=1e-12)
    assert desk._before["lists <b>"].model.knows([1]).tolist() == [True]  # the first model is as it was


def test_a_first_yes_brings_her_rows_in(desk):
    view = desk.grant(4, "recommendations")
    row = view.table.loc["lists <b>"]
    assert (row["rows_before"], row["rows"], row["hers"], row["choice"]) == (6, 7, 1, "agreed")
    assert row["says_before"] == () and len(row["says"]) == 2
    assert view.entered == ("customer 4 agrees to recommendations",)


def test_yes_after_no_restores_what_was_and_adds_lines_to_the_ledger(desk):
    start = desk.view(1).table
    desk.withdraw(1, "recommendations")
    again = desk.grant(1, "recommendations")
    pd.testing.assert_frame_equal(again.table, start)
    assert len(desk.ledger) == 8 and desk.ledger.history(1)["choice"].tolist()[-2:] == ["withdrawn", "granted"]
    assert desk.ledger.verify()


def test_neither_the_ledger_nor_the_tables_given_are_changed(uses, ledger, seen):
    records, table = ledger.records, seen.copy()
    desk = ConsentDesk(uses, ledger, at=AT)
    desk.withdraw(2, "recommendations")
    desk.withdraw(2, "analytics")
    pd.testing.assert_frame_equal(ledger.records, records)
    pd.testing.assert_frame_equal(seen, table)
    desk.reset()
    assert desk.view(2).entered == () and desk.view(2).table.loc["groups", "says"] == ("2",)


CHOICE = st.tuples(st.sampled_from([1, 2, 3, 4]), st.sampled_from(["recommendations", "analytics"]), st.booleans())


@given(st.lists(CHOICE, max_size=7))
def test_nobody_whose_last_word_is_no_is_in_any_input(entries):
    seen = pd.DataFrame({"customer_id": [1, 1, 2, 3, 4], "product_id": [1, 2, 1, 2, 1]})
    ledger = ConsentLedger()
    ledger.grant([1, 2], "recommendations", at="2025-01-05")
    last = {(who, "recommendations"): True for who in (1, 2)}
    desk = ConsentDesk({use: DataUse(use, seen) for use in ("recommendations", "analytics")}, ledger, at=AT)
    for who, purpose, yes in entries:
        (desk.grant if yes else desk.withdraw)(who, purpose)
        last[who, purpose] = yes
    for use in ("recommendations", "analytics"):
        may = {who for (who, purpose), yes in last.items() if yes and purpose == use}
        assert desk._now[use].ids == may
        assert desk._now[use].n_rows == int(seen["customer_id"].isin(may).sum())


def test_the_buttons_do_it_and_the_view_follows(desk):
    lists, buttons, page = desk.choose({"Ada": 1, "Bo": 2}, start=2).children
    who, what = lists.children
    withdraw, agree, again = buttons.children
    assert page.value == desk.view(2).html and "Customer 2" in page.value
    who.value = 1
    assert "Customer 1" in page.value
    what.value = "analytics"
    withdraw.click()
    assert desk.view(1).table.loc["groups", "choice"] == "withdrawn" and page.value == desk.view(1).html
    assert "customer 1 takes back analytics" in page.value
    agree.click()
    assert desk.view(1).table.loc["groups", "choice"] == "agreed"
    again.click()
    assert "nothing yet" in page.value


def test_without_a_kernel_the_first_view_is_there_and_everything_is_escaped(desk):
    bundle = desk.choose([1])._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    assert data["text/html"] == desk.view(1).html == desk.view(1)._repr_html_()
    assert data["text/plain"].startswith(
        "A desk for 1 customers and 3 purposes. Customer 1. lists <b> (recommendations"
    )
    assert "lists &lt;b&gt;" in data["text/html"] and "<b>" not in data["text/html"]


def test_what_is_no_longer_said_is_struck_out(desk):
    html = desk.withdraw(3, "recommendations").html
    assert '<s style="color:#777">' in html and "<b>nothing</b>" in html and "3 → 2" in html


def test_wrong_names_are_answered(uses, ledger, desk):
    with pytest.raises(ParameterError, match="uses is empty"):
        ConsentDesk({}, ledger, at=AT)
    with pytest.raises(UnknownNameError, match="no purpose 'recomendations'"):
        ConsentDesk({"a": DataUse("recomendations", uses["mails"].table)}, ledger, at=AT)
    with pytest.raises(UnknownNameError, match=r"no table has a row of customer 99. There are"):
        desk.view(99)
    with pytest.raises(UnknownNameError, match="no table has a row of customer 99"):
        desk.withdraw(99, "analytics")
    with pytest.raises(ParameterError, match=r"No use at this desk needs 'voice'\. Purposes here are recomm"):
        desk.withdraw(1, "voice")
    with pytest.raises(ParameterError, match="customers is empty"):
        desk.choose([])
    with pytest.raises(ParameterError, match=r"start=9\): that customer is not among"):
        desk.choose([1, 2], start=9)


def test_it_answers_within_a_second_on_the_bundled_world():
    import personakit as pk

    world = pk.load_world()
    bought = world.tables["interactions"].query("event == 'purchase'")
    uses = {
        "lists": DataUse("recommendations", bought, lambda data: EASE(l2=50).fit(data.frame), products_of),
        "lines": DataUse("personalised_pricing", world.tables["order_lines"]),
    }
    desk = ConsentDesk(uses, ConsentLedger(world.tables["consents"]), at="2025-12-29")
    refused = [who for who, said in desk.ledger.states("recommendations", desk.at).items() if said == "refused"]
    refused = [who for who in refused if (bought["customer_id"] == who).any()][:2]
    seconds = []
    for who, enter in [(3543, desk.withdraw), (refused[0], desk.grant), (3543, desk.grant), (refused[1], desk.grant)]:
        began = time.process_time()
        enter(who, "recommendations")
        seconds.append(time.process_time() - began)
    assert max(seconds) < 1.0
