"""Personas: effects agree with other libraries and printed tables, luck is not called a trait, and nobody is shown."""

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import personakit as pk
from personakit.errors import ConsentError, DataError, ParameterError, UnknownNameError
from personakit.notebook.persona_plots import plot_personas
from personakit.profile.dictionary import COLUMNS
from personakit.segment.effect_sizes import against_the_rest
from personakit.segment.personas import FEWEST, personas
from personakit.segment.personas_words import NO_NAME_OF, WORDS, names_of

SHARE = np.array([True])
NUMBER = np.array([False])


def segments_of(labels, start=0):
    return pd.Series(labels, index=pd.Index(range(start, start + len(labels)), name="customer_id"), name="segment")


def planted(n=300, seed=0):
    """Three segments: one buys often in the evening by the app, one in the store, one on the web."""
    draws = np.random.default_rng(seed)
    group = np.repeat(["often", "store", "plain"], n // 3)
    people = pd.DataFrame(
        {
            "customer_id": np.arange(n) + 1000,
            "frequency": draws.poisson(np.where(group == "often", 12, 3)),
            "evening_share": np.clip(draws.normal(np.where(group == "often", 0.6, 0.3), 0.1), 0, 1),
            "favourite_channel": np.select([group == "store", group == "often"], ["store", "app"], "web"),
            "noise": draws.normal(size=n),
            "gender": draws.choice(["woman", "man"], n),
        }
    )
    return people, pd.Series(group, index=pd.Index(people["customer_id"], name="customer_id"))


def test_the_interval_of_a_difference_of_shares_is_newcombes_printed_one():
    inside = np.arange(150) < 70
    values = np.concatenate([np.repeat([1.0, 0], [56, 14]), np.repeat([1.0, 0], [48, 32])])[:, None]
    row = against_the_rest(values, inside, SHARE).iloc[0]
    assert row["effect"] == pytest.approx(0.2)
    assert (row["low"], row["high"]) == pytest.approx((0.0524, 0.3339), abs=5e-5)  # Newcombe (1998), table II, (a)


@given(
    st.lists(st.integers(0, 5), min_size=2, max_size=30), st.lists(st.integers(0, 5), min_size=2, max_size=30)
)  # fmt: skip
@settings(max_examples=40)
def test_effect_and_p_value_are_those_of_all_pairs_and_of_scipy(here, there):
    values = np.array([*here, *there], dtype=float)[:, None]
    inside = np.arange(len(values)) < len(here)
    row = against_the_rest(values, inside, NUMBER).iloc[0]
    assert row["effect"] == pytest.approx(np.sign(np.subtract.outer(here, there)).mean())
    assert -1 <= row["low"] <= row["effect"] + 1e-12
    assert row["effect"] - 1e-12 <= row["high"] <= 1
    if len({*here, *there}) > 1:
        other = stats.mannwhitneyu(here, there, method="asymptotic")
        assert row["p_value"] == pytest.approx(other.pvalue)


def test_on_a_scale_of_two_values_the_effect_is_the_difference_of_shares():
    values = np.repeat([[1.0, 1], [0, 0], [1, 1], [0, 0]], [30, 10, 20, 40], axis=0)
    table = against_the_rest(values, np.arange(100) < 40, np.array([False, True]))
    assert table["effect"].tolist() == pytest.approx([0.75 - 1 / 3] * 2)


def test_the_p_value_of_a_share_is_fishers_with_both_tails_doubled():
    values = np.repeat([1.0, 0, 1, 0], [3, 1, 2, 14])[:, None]
    row = against_the_rest(values, np.arange(20) < 4, SHARE).iloc[0]
    one_sided = stats.fisher_exact([[3, 1], [2, 14]], alternative="greater").pvalue
    assert row["p_value"] == pytest.approx(2 * one_sided)


def test_intervals_cover_the_true_delta_as_often_as_they_say():
    truth = 2 * stats.norm.cdf(0.5 / np.sqrt(2)) - 1  # of two normal laws half a standard deviation apart
    draws = np.random.default_rng(1)
    values = draws.normal(size=(120, 2000))
    values[:30] += 0.5
    table = against_the_rest(values, np.arange(120) < 30, np.zeros(2000, dtype=bool))
    assert 0.935 < ((table["low"] <= truth) & (truth <= table["high"])).mean() < 0.965


def test_separated_groups_have_an_interval_that_knows_how_few_they_are():
    few = against_the_rest(np.arange(20.0)[:, None], np.arange(20) >= 15, NUMBER).iloc[0]
    z = stats.norm.ppf(0.975)
    assert (few["effect"], few["high"]) == (1, 1)
    assert few["low"] == pytest.approx((5 - z**2) / (5 + z**2))  # Feng and Cliff (2004)


def test_segments_by_luck_have_traits_no_more_often_than_stated():
    draws = np.random.default_rng(2)
    people = pd.DataFrame(
        {
            **{f"count_{place}": draws.poisson(0.4, 400) for place in range(6)},
            **{f"money_{place}": draws.lognormal(size=400) for place in range(6)},
            "channel": draws.choice(list("abcdefgh"), 400),
        }
    )
    people.index.name = "customer_id"
    sizes = np.repeat([0, 1, 2, 3], [200, 150, 42, 8])
    found = sum(
        (personas(people, segments_of(draws.permutation(sizes)), n_members=0).traits["p_holm"] < 0.05).any()
        for _ in range(20)
    )
    assert found <= 4  # of 20 at 5 % together: more than 4 has a chance of 0.3 %


def test_what_was_planted_sets_segments_apart_and_names_them():
    found = personas(*planted())
    assert found.names.to_dict() == {
        "often": "Frequent evening app shoppers",
        "plain": "Occasional web shoppers",
        "store": "Occasional store shoppers",
    }
    assert found.portrait("often")["column"].tolist() == ["favourite_channel", "frequency", "evening_share"]
    clear = found.traits[found.traits["clear"]]
    assert not clear["column"].isin(["noise", "gender"]).any()
    row = found.traits.set_index(["segment", "trait"]).loc[("store", "favourite_channel = store")]
    assert (row["here"], row["elsewhere"], row["effect"]) == (1, 0, 1)
    assert found.table["share"].sum() == pytest.approx(1)


def test_on_the_world_the_archetypes_are_known_by_what_they_like(world, profiles):
    allowed = pk.privacy.gate(profiles, "analytics", at="2025-12-31")
    found = personas(allowed, world.truth["customers"].set_index("customer_id")["archetype"], n_members=1)
    assert "Home" in found.names["nester"]  # nesters buy for the home: their taste for it is in the world's recipe
    assert found.table["customers"].sum() < len(world.truth["customers"])  # not everybody agreed to be studied
    assert found.names.is_unique


def test_rows_in_another_order_and_other_ids_change_no_persona():
    people, segments = planted()
    order = np.random.default_rng(3).permutation(len(people))
    other = people.iloc[order].assign(customer_id=lambda frame: "c" + frame["customer_id"].astype(str))
    renamed = segments.set_axis(pd.Index("c" + segments.index.astype(str), name="customer_id"))
    first, again = personas(people, segments), personas(other, renamed)
    pd.testing.assert_frame_equal(first.table, again.table)
    pd.testing.assert_frame_equal(first.traits, again.traits)
    shown = first.members.drop(columns="member"), again.members.drop(columns="member")
    pd.testing.assert_frame_equal(*shown)


def test_members_are_typical_and_no_real_id_is_shown():
    people, segments = planted()
    people["customer_id"] += 987_000_000
    segments.index = pd.Index(people["customer_id"])
    found, again = personas(people, segments), personas(people, segments)
    assert (found.members["segment"].value_counts() == 3).all()
    assert found.members["member"].str.fullmatch("[0-9a-f]{8}").all()
    assert not set(found.members["member"]) & set(again.members["member"])  # the key is a fresh one
    shown = found._repr_html_() + repr(found) + found.plot().alt + found.members.to_string()
    assert "987" not in re.sub("[0-9a-f]{8}", "", shown)
    often = found.members.loc[found.members["segment"] == "often", "frequency"].astype(float)
    assert often.between(8, 16).all()  # the law's middle 80 %


def test_a_segment_of_fewer_than_five_is_counted_and_not_described():
    people, segments = planted()
    segments.iloc[:4] = "rare"
    found = personas(people, segments)
    assert found.table.loc["rare", ["name", "customers"]].tolist() == ["Too few to describe (rare)", FEWEST - 1]
    assert "rare" not in set(found.members["segment"]) | set(found.traits["segment"])
    assert len(found.portrait("rare")) == 0
    assert "<li>fewer than 5 customers" in found._repr_html_()


def test_what_comes_from_data_is_escaped_in_html():
    people, segments = planted()
    people["favourite_channel"] = people["favourite_channel"].replace("store", "<script>x</script>")
    html = personas(people, segments.replace("store", "<b>store"))._repr_html_()
    assert "<script>" not in html
    assert "<b>" not in html
    assert "&lt;script&gt;" in html


def test_names_are_unique_and_each_column_of_a_profile_has_its_word():
    trait = {"column": "frequency", "kind": "number", "value": "", "effect": 0.9}
    late = {"column": "evening_share", "kind": "number", "value": "", "effect": 0.5}
    app = {"column": "app_share", "kind": "number", "value": "", "effect": 0.4}
    assert names_of({1: [trait, late, app]}) == {1: "Frequent evening app shoppers"}
    assert names_of({1: [trait, late], 2: [trait, app], 3: [trait]}, n_words=1) == {
        1: "Frequent evening shoppers",
        2: "Frequent app shoppers",
        3: "Frequent shoppers",
    }
    assert names_of({1: [trait], 2: [trait]}) == {1: "Frequent shoppers (1)", 2: "Frequent shoppers (2)"}
    assert set(COLUMNS) - set(WORDS) - set(NO_NAME_OF) == {"customer_id", "consented_to"}
    assert names_of({1: [{**trait, "column": "shoe_size"}]}) == {1: "High shoe_size shoppers"}


def test_columns_that_say_nothing_are_left_out_with_the_reason():
    people, segments = planted()
    people["shop"], people["empty"], people["joined"] = "Larkspur", np.nan, "2025-01-31"
    people.loc[::2, "joined"] = "2025-06-30"
    found = personas(people, segments)
    assert found.left_out == {"shop": "one value only", "empty": "no value at all"}
    assert "days since joined" in set(found.traits["trait"])
    people.loc[people.index[:90], "noise"] = np.nan
    gap = personas(people, segments).traits.set_index(["segment", "trait"]).loc[("often", "noise is missing")]
    assert (gap["here"], gap["elsewhere"]) == pytest.approx((0.9, 0))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda people, segments: (people, segments.to_list()), "segments is a list, not a Series"),
        (lambda people, segments: (people, pd.concat([segments, segments.head(2)])), "2 customers more than once"),
        (lambda people, segments: (pd.concat([people, people.head(1)]), segments), "1 customers in more than one row"),
        (lambda people, segments: (people, segments_of(["a", "b"])), "No customer has both a profile and a segment"),
        (
            lambda people, segments: (people, segments.where(segments == "store")),
            "All 100 customers are in the segment",
        ),
        (lambda people, segments: (people.assign(noise=np.inf), segments), "profiles.noise is infinite for 300"),
        (lambda people, segments: (people[["customer_id"]].assign(a=1), segments), "none of the 1 columns"),
        (lambda people, segments: (people.head(0), segments), "profiles has no rows"),
        (lambda people, segments: (people.iloc[98:102], segments), "All 2 segments have fewer than 5"),
    ],
)
def test_bad_inputs_are_refused_with_words(change, words):
    with pytest.raises(DataError, match=words):
        personas(*change(*planted()))


def test_settings_outside_their_range_and_unknown_segments_are_refused():
    with pytest.raises(ParameterError, match="level=95"):
        personas(*planted(), level=95)
    with pytest.raises(ParameterError, match=r"personas\(n_members=-1\)"):
        personas(*planted(), n_members=-1)
    with pytest.raises(UnknownNameError, match=r"There is no segment 'x'\. There are often, plain, store"):
        personas(*planted()).portrait("x")


def test_profiles_and_segments_of_two_purposes_are_not_joined():
    people, segments = planted()
    people.attrs["purpose"], segments.attrs["purpose"] = "analytics", "marketing_email"
    with pytest.raises(ConsentError, match="may not be used for 'analytics'"):
        personas(people, segments)


def test_the_picture_names_each_persona_and_refuses_a_crowd():
    picture = personas(*planted()).plot()
    assert "Frequent evening app shoppers (100 customers): favourite_channel = app +1.00, frequency +" in picture.alt
    assert picture.png().startswith(b"\x89PNG")
    people, _ = planted()
    crowd = personas(people, pd.Series(np.arange(300) % 15, index=people["customer_id"]), n_members=0)
    with pytest.raises(ParameterError, match="12 personas at most, and there are 15"):
        plot_personas(crowd)
