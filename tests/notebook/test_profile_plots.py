"""Pictures of the profile: every number is in the words too, and the card of a day knows nothing of later ones."""

from functools import partial

import numpy as np
import pandas as pd
import pytest

from personakit.errors import DataError, ParameterError, UnknownNameError
from personakit.notebook import check, day_card, exercises, explore, plot_compared


@pytest.fixture
def history():
    def profile(orders, spent):
        return pd.DataFrame({"customer_id": [7, 8], "frequency": [orders, 0], "monetary": [spent, np.nan],
                             "favourite_department": ["<b>Women</b>", None]})  # fmt: skip

    return {"2025-03-31": profile(1, 10.0), "2025-04-30": profile(3, 55.5)}


@pytest.fixture
def events():
    times = ["2025-03-01 09:00", "2025-03-31 23:59", "2025-04-02 10:00", "2025-04-30 12:00", "2025-03-05 08:00"]
    return pd.DataFrame({"customer_id": [7, 7, 7, 7, 8], "timestamp": pd.to_datetime(times),
                         "kind": ["visits", "orders", "orders", "orders", "visits"]})  # fmt: skip


def test_both_figures_their_intervals_and_the_best_are_in_the_words():
    values = pd.DataFrame({"promised": [0.9], "kept": [0.7]}, index=["slip"])
    picture = plot_compared(values, "It keeps less", unit="AUC", low=values - 0.1, high=values + 0.05, best=0.85)
    assert picture.alt == (
        "It keeps less. Dots with intervals, AUC: slip promised 0.90 (0.80 to 0.95), kept 0.70 (0.60 to 0.75). "
        "Best possible: 0.85."
    )
    axes = picture.figure.axes[0]
    assert [line.get_xdata()[0] for line in axes.lines if line.get_marker() == "o"] == [0.9, 0.7]
    assert picture.png()[:4] == b"\x89PNG"


def test_a_figure_that_is_missing_is_left_out():
    values = pd.DataFrame({"a": [1.0, 2.0], "b": [np.nan, 3.0]}, index=["one", "two"])
    assert plot_compared(values, "T", unit="u", digits=0).alt == "T. Dots, u: one a 1; two a 2, b 3."


def test_what_cannot_be_compared_is_refused():
    table = pd.DataFrame({"a": [1.0]})
    with pytest.raises(DataError, match="nothing to draw: values is empty"):
        plot_compared(table.head(0), "T", unit="u")
    with pytest.raises(ParameterError, match="give both low and high"):
        plot_compared(table, "T", unit="u", low=table)
    with pytest.raises(ParameterError, match="at most 4 figures, not 5"):
        plot_compared(pd.DataFrame(np.ones((1, 5))), "T", unit="u")


def test_the_card_of_a_day_counts_only_what_had_happened_by_its_end(history, events):
    early = day_card(7, "2025-03-31", profiles=history, events=events)
    late = day_card(7, "2025-04-30", profiles=history, events=events)
    assert repr(early) == (
        "Customer 7 on 2025-03-31: orders 1; spent £10; buys most <b>Women</b>. Traces: visits 1; orders 1."
    )
    assert "orders 3; spent £56" in repr(late) and "Traces: visits 1; orders 3" in repr(late)
    assert "not known yet" in early.html and "not known yet" not in late.html


def test_later_events_change_nothing_in_the_card_of_an_earlier_day(history, events):
    last = events["timestamp"].max()
    more = pd.concat([events, events.assign(timestamp=last)])
    cards = [day_card(7, "2025-03-31", profiles=history, events=table).html for table in (events, more)]
    assert cards[0] == cards[1]


def test_the_card_escapes_shows_gaps_as_dashes_and_has_words_for_the_time_line(history, events):
    html = day_card(7, "2025-03-31", profiles=history, events=events).html
    assert "&lt;b&gt;Women" in html and "<b>Women" not in html
    assert 'role="img" aria-label="Time line up to the day: visits 1; orders 1"' in html
    assert "spent –" in repr(day_card(8, "2025-03-31", profiles=history, events=events))


def test_who_is_not_known_yet_and_which_day_is_missing_are_said(history, events):
    assert repr(day_card(9, "2025-03-31", profiles=history, events=events)) == (
        "Customer 9 on 2025-03-31: not known yet."
    )
    with pytest.raises(UnknownNameError, match=r"no profiles of 2025-05-01\. There are: 2025-03-31, 2025-04-30"):
        day_card(7, "2025-05-01", profiles=history, events=events)


def test_the_widget_follows_customer_and_day(history, events):
    pytest.importorskip("ipywidgets", reason="Install it with: pip install 'personakit[notebooks]'")
    card = partial(day_card, profiles=history, events=events)
    box = explore(card, {"customer": [7, 8], "day": list(history)}, day="2025-04-30")
    who, day, page = box.children
    assert "Customer 7 on 2025-04-30" in page.value
    day.value = "2025-03-31"
    assert "Customer 7 on 2025-03-31" in page.value and "£10" in page.value
    who.value = 8
    assert "Customer 8 on 2025-03-31" in page.value
    bundle = box._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    assert "Customer 7 on 2025-04-30" in data["text/html"]


def test_the_exercises_know_the_right_answer_and_the_usual_mistakes():
    links = pd.DataFrame({"person_id": ["a"] * 4 + ["b"] * 2 + ["c"]})
    assert {"pairs-claimed", "lost-to-half-profiles", "share-of-skill-invented"} <= set(exercises())
    assert check("pairs-claimed", 7, links=links)
    assert "twice" in repr(check("pairs-claimed", 14, links=links))
    assert "people with more than one record" in repr(check("pairs-claimed", 2, links=links))
    assert "six pairs, not three" in repr(check("pairs-claimed", 4, links=links))
    spent = pd.Series([100.0] * 8)
    seen = pd.Series([100.0, 100.0, 95.0, 80.0, 50.0, 20.0, 150.0, 100.0])
    assert check("lost-to-half-profiles", 3 / 8, seen=seen, spent=spent)
    assert "only by a penny" in repr(check("lost-to-half-profiles", 0.5, seen=seen, spent=spent))
    assert "somebody else's orders" in repr(check("lost-to-half-profiles", 1 / 8, seen=seen, spent=spent))
    assert "share of them" in repr(check("lost-to-half-profiles", 3, seen=seen, spent=spent))
    given = {"best": 0.9, "promised": 1.0, "kept": 0.8}
    assert check("share-of-skill-invented", 0.5, **given)
    assert "no skill" in repr(check("share-of-skill-invented", 0.2 / 0.9, **given))
    assert "difference itself" in repr(check("share-of-skill-invented", 0.2, **given))
