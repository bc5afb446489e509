"""Customer ids: one rule for one or many everywhere, 7 and "7" never taken for each other, and one present."""

from types import SimpleNamespace

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from personakit.decide import LinUCB
from personakit.errors import DataError, ParameterError
from personakit.privacy import ConsentLedger, Holdings, Permitted
from personakit.privacy import moments as clocks
from personakit.privacy.ids import listed, twin_of, wanted_ids
from personakit.profile.unified import ahead_of_the_clock

RELEASED = Permitted("image", pd.Timestamp("2025-01-01"), {}, {"frame": pd.DataFrame({"customer_id": [17, 18]})})
TABLE = pd.DataFrame({"customer_id": [17, 18], "frame": [0, 0], "tables": [1, 1]})
MANY = [
    [17, 18],
    (each for each in (17, 18)),
    np.array([17, 18]),
    pd.Series([17, 18]),
    pd.Index([17, 18]),
    pd.Series([17, 18], dtype="category"),
    TABLE,
    TABLE.set_index("customer_id"),
    ibis.memtable(TABLE),
    RELEASED,
    {17: "a", 18: "b"},
]
ONE = [17, np.int64(17), np.array(17), "17", ("a", 1), b"17"]


@pytest.mark.parametrize("many", MANY, ids=lambda given: type(given).__name__)
def test_many_customers_are_granted_logged_and_forgotten_in_whatever_they_come(many):
    many = list(many) if not hasattr(many, "__len__") and not hasattr(many, "to_pandas") else many
    ledger, holdings = ConsentLedger(), Holdings()
    ledger.grant(many, "image", at="2025-01-05")
    holdings.log(many, purpose="image", model="clip", decided="blue", at="2025-01-06")
    assert ledger.valid("image", "2025-02-01").tolist() == [17, 18]
    assert holdings.decisions["customer_id"].tolist() == [17, 18]
    assert wanted_ids(many).tolist() == listed(many) == [17, 18]
    assert ledger.forget(many) == 2


@pytest.mark.parametrize("one", ONE, ids=repr)
def test_a_single_customer_is_one_whatever_the_type_of_the_id(one):
    ledger = ConsentLedger()
    ledger.grant(one, "image", at="2025-01-05")
    ledger.grant(["somebody", "else"], "image", at="2025-01-05")
    plain = one.item() if isinstance(one, (np.ndarray, np.generic)) else one
    assert ledger.known().tolist() == [plain, "somebody", "else"]
    assert ledger.history(plain)["choice"].tolist() == ["granted"]
    assert ledger.forget(one) == 1
    assert plain not in ledger.known().tolist()
    assert ledger.verify()


@pytest.mark.parametrize("ask", [lambda ledger: ledger.forget("17"), lambda ledger: ledger.history("17"),
                                 lambda ledger: ledger.forget([18, "17"])])  # fmt: skip
def test_the_ledger_does_not_answer_for_17_when_it_is_asked_about_its_text(ask):
    ledger = ConsentLedger()
    ledger.grant([17, 18], "image", at="2025-01-05")
    with pytest.raises(DataError, match=r"there is no customer '17' \(str\), but 17 \(int\). Ask with the type"):
        ask(ledger)
    assert len(ledger) == 2
    assert ledger.forget([99, "nobody"]) == 0


def test_a_tuple_of_customers_is_no_customer_and_nobody_is_passed_over_in_silence():
    ledger = ConsentLedger()
    ledger.grant([17, 18], "image", at="2025-01-05")
    with pytest.raises(DataError, match=r"no customer \(17, 18\), but 17, 18. A tuple is one id: pass a list"):
        ledger.forget((17, 18))
    with pytest.raises(ParameterError, match="log: customer_id must be one id, but is a tuple"):
        Holdings().log((17, 18), purpose="image", model="clip", decided="blue", at="2025-01-06")


def test_a_table_without_customers_is_refused_and_ids_that_a_file_cannot_hold_are_not_written(tmp_path):
    with pytest.raises(DataError, match=r"without the column 'customer_id' \(columns: person\)"):
        ConsentLedger().grant(pd.DataFrame({"person": [1]}), "image", at="2025-01-05")
    ledger = ConsentLedger()
    ledger.grant([(1, 2)], "image", at="2025-01-05")
    with pytest.raises(DataError, match="ids are tuples"):
        ledger.save(tmp_path / "ledger.parquet")


def test_a_bandit_takes_the_customers_of_a_table_and_forgets_them():
    contexts = np.array([[1.0, 0.0], [0.0, 1.0]])
    bandit = LinUCB(2, 2).learn(contexts, [0, 1], [1.0, 0.0], TABLE).learn(contexts[0], 1, 1.0, np.array(19))
    assert [len(bandit.held_about(who)) for who in (17, 18, 19)] == [1, 1, 1]
    bandit.forget(TABLE)
    assert [len(bandit.held_about(who)) for who in (17, 18, 19)] == [0, 0, 1]


@given(st.one_of(st.integers(), st.text(max_size=6), st.floats(), st.none()))
def test_a_twin_is_written_the_same_and_of_another_type(value):
    twin = twin_of(value)
    if twin is not None:
        assert type(twin) is not type(value)
        assert int(twin) == int(value)


@pytest.mark.parametrize("strange", ["--7", "-", "", "²", "7-"])
def test_a_strange_text_is_a_stranger_and_no_error(strange):
    holdings = Holdings({"ratings": pd.DataFrame({"customer_id": [7], "rating": [4.0]})})
    assert holdings.export(strange, at="2025-12-31").nothing_held
    assert holdings.erase(strange, at="2025-06-30").nothing_held
    with pytest.raises(DataError, match=r"ratings holds nothing under '7' \(str\), but something under 7 \(int\)"):
        holdings.export("7", at="2025-12-31")


def test_a_log_that_is_read_again_goes_on_from_its_largest_number():
    holdings = Holdings()
    holdings.log([1, 2, 3], purpose="image", model="clip", decided="blue", at="2025-01-06")
    holdings.erase(1, at="2025-06-30")
    again = Holdings(decisions=holdings.decisions)
    assert again.log(4, purpose="image", model="clip", decided="red", at="2025-01-07") == ["d4"]
    assert again.decisions["decision_id"].is_unique


def test_the_present_is_that_of_one_clock_wherever_it_is_not_given(monkeypatch):
    now = pd.Timestamp("2031-05-06 07:08:09")
    monkeypatch.setattr(clocks, "clock", lambda: now)
    ledger = ConsentLedger()
    assert ledger.latest == clocks.latest_now() == now + pd.Timedelta(hours=14)
    shop = pd.DataFrame({"customer_id": [1, 1], "timestamp": pd.to_datetime(["2031-05-06 20:00", "2031-05-07 20:00"])})
    holdings = Holdings({"sessions": shop}, models={"old": SimpleNamespace(held_about=lambda who: shop)})
    assert holdings.export(1).at == holdings.explain_use(1).at == now
    assert holdings.explain_use(1).later == 2, "one row each is later than it is on any clock"
    holdings.erase(1, at="2031-05-06 07:00", deadline_days=0)
    assert holdings.due()["overdue"].tolist() == [True]
    with pytest.raises(ParameterError, match="which lies in the future"):
        holdings.erase(1, at="2031-05-08")
    assert ahead_of_the_clock(now + pd.Timedelta(hours=13)) is None
    assert ahead_of_the_clock(now + pd.Timedelta(hours=15)) == now + pd.Timedelta(hours=15)


def test_a_ledger_that_is_simulated_ahead_says_what_now_is():
    ahead = ConsentLedger(now="2190-01-01")
    assert ahead.latest == pd.Timestamp("2190-01-01 23:59:59.999999")
    assert Holdings({"sessions": TABLE}, ahead).erase(17, at="2190-01-01").parts[0].rows == 1


class Bag:
    """Can remove, and cannot say what it has."""

    def remove(self, key):
        raise KeyError(key)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (
            lambda: Holdings(indexes={"bag": Bag()}),
            r"bag \(index, Bag\) has no way to erase.*or remove\(key\) and `in`",
        ),
        (lambda: Holdings([1]), "Holdings: tables is a list, and things are held under names. Pass a dict"),
        (lambda: Holdings(models=[Bag()]), "Holdings: models is a list, and things are held under names"),
        (lambda: Holdings({"sessions": [1]}), "Holdings: sessions is a list, and a table is a DataFrame"),
        (lambda: Holdings({"prices": [1]}), "Holdings: prices is a list, and a table is a DataFrame"),
        (lambda: Holdings(decisions=[1]), "decisions is a list, and a table is needed: a DataFrame of decision_id"),
        (lambda: Holdings(links=[1]), "links is a list. Pass a dict or a Series from record_id to customer_id"),
    ],
)
def test_what_cannot_be_held_is_refused_where_it_is_registered(make, text):
    with pytest.raises(DataError, match=text):
        make()


def test_a_list_as_an_index_is_left_by_who_is_erased():
    holdings = Holdings(indexes={"newsletter": [1, 2]})
    holdings.erase(2, at="2025-06-30")
    assert holdings["newsletter"].thing == [1]
