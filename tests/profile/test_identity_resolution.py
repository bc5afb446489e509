"""Who is who: on the world, whose truth is known, and on tables small enough to say what must come out."""

import logging

import ibis
import numpy as np
import pandas as pd
import pytest

from personakit.errors import DataError, ParameterError, UnknownNameError
from personakit.profile import (
    LinkSettings,
    link_quality,
    link_settings,
    match_by_rule,
    match_on_keys,
    resolve_identities,
)
from personakit.world import World


def records(*rows, **columns):
    """A small table: one dict a record, ids from 1."""
    frame = pd.DataFrame(list(rows)).assign(**columns)
    frame.insert(0, "record_id", range(1, len(frame) + 1))
    return frame


def who(table, **options):
    found = resolve_identities(table, **options).links
    return found.set_index("record_id")["person_id"].to_dict()


@pytest.fixture(scope="module")
def larkspur():
    return World(4000, 600, random_state=7)


@pytest.fixture(scope="module")
def table(larkspur):
    return larkspur.tables["identities"]


@pytest.fixture(scope="module")
def truth(larkspur):
    return larkspur.truth["identities"]


@pytest.fixture(scope="module")
def found(table):
    return resolve_identities(table)


@pytest.mark.slow
def test_on_the_world_links_beat_equal_keys_and_a_rule_made_by_hand(found, table, truth):
    """Seed 7 was not used to tune. 0.97 over pairs is out of reach: see benchmarks/identity.md."""
    ours = link_quality(found.links, truth)
    keys, rule = link_quality(match_on_keys(table), truth), link_quality(match_by_rule(table), truth)
    assert ours.b_cubed_f1 >= 0.97
    assert ours.pairwise_f1 >= 0.945
    assert ours.pairwise_f1 - max(keys.pairwise_f1, rule.pairwise_f1) >= 0.10
    assert ours.b_cubed_f1 - max(keys.b_cubed_f1, rule.b_cubed_f1) >= 0.05


@pytest.mark.slow
def test_households_stay_apart(found, truth):
    """Of some 400 households with several customers, few have members taken for one person."""
    households = truth.groupby("household_id")["customer_id"].nunique()
    assert (households > 1).sum() > 300
    assert link_quality(found.links, truth).merged_households <= 0.07 * (households > 1).sum()


@pytest.fixture(scope="module")
def few():
    return World(800, 60, random_state=5).tables["identities"]


@pytest.fixture(scope="module")
def found_few(few):
    return resolve_identities(few)


def test_the_result_repeats_and_does_not_depend_on_the_order_of_the_rows_nor_says_anything(
    found_few, few, capfd, caplog
):
    with caplog.at_level(logging.DEBUG):
        again = resolve_identities(few.sample(frac=1, random_state=3))
    pd.testing.assert_frame_equal(again.links, found_few.links)
    pd.testing.assert_frame_equal(again.match_weights, found_few.match_weights)
    pd.testing.assert_frame_equal(again.pairs, found_few.pairs)
    assert again.trained and capfd.readouterr() == ("", "")
    assert not [record for record in caplog.records if record.name.startswith("splink")]


def test_every_record_has_one_person_and_each_person_one_golden_record(found_few, few):
    assert sorted(found_few.links["record_id"]) == sorted(few["record_id"])
    assert found_few.people["n_records"].sum() == len(few)
    assert found_few.people["person_id"].is_unique
    assert len(found_few) == len(found_few.people) == found_few.links["person_id"].nunique()


def test_no_person_has_two_records_of_one_system_where_systems_hold_each_once(found_few):
    assert found_few.one_per_system
    assert not found_few.links.duplicated(["person_id", "system"]).any()


def test_a_value_of_a_golden_record_stands_in_the_record_it_is_said_to_come_from(found_few, few):
    given = found_few.people.dropna(subset=["email_from"])
    written = few.set_index("record_id")["email"].str.strip().loc[given["email_from"].astype(int)]
    assert written.tolist() == given["email"].tolist()
    person = found_few.links.set_index("record_id")["person_id"].loc[given["email_from"].astype(int)]
    assert person.tolist() == given["person_id"].tolist()


@pytest.mark.slow
def test_match_probabilities_mean_what_they_say(found, truth):
    """Of pairs said to match with 90 % and more, 90 % do; of those under 10 %, at most 10 %; in between, some."""
    customer = truth.set_index("record_id")["customer_id"]
    pairs = found.pairs
    match = customer[pairs["record_id_left"]].to_numpy() == customer[pairs["record_id_right"]].to_numpy()
    probability = pairs["probability"].to_numpy()
    assert match[probability >= 0.9].mean() >= 0.9
    assert match[probability <= 0.1].mean() <= 0.1
    middle = (probability > 0.4) & (probability < 0.6)
    assert 0.3 < match[middle].mean() < 0.75


def test_the_weights_are_those_with_which_splink_itself_scores(found_few):
    """A second way to the same number: Splink's own prediction from the learnt m and u."""
    from splink import DuckDBAPI, Linker, SettingsCreator

    from personakit.profile.identity.model import _as_splink, load_records

    levels = found_few.match_weights.set_index(["comparison", "level"])
    settings = link_settings()
    comparisons = []
    for name, steps in settings.comparisons.items():
        entry = _as_splink(name, steps)
        for level, step in zip(entry["comparison_levels"], steps, strict=True):
            if not step.missing:
                row = levels.loc[name, step.name]
                level |= {"m_probability": row["m"], "u_probability": row["u"]}
        comparisons.append(entry)
    import duckdb

    connection = duckdb.connect()
    load_records(connection, "records", found_few._clean)
    api = DuckDBAPI(connection)
    share = 2.0**found_few._prior / (1 + 2.0**found_few._prior)
    linker = Linker(
        api.register("records"),
        SettingsCreator(
            link_type="dedupe_only",
            unique_id_column_name="row_no",
            comparisons=comparisons,
            blocking_rules_to_generate_predictions=["l.email = r.email and l.system <> r.system"],
            probability_two_random_records_match=share,
        ),
        log_level=None,
    )
    theirs = linker.inference.predict().as_pandas_dataframe()
    ids = found_few._records["record_id"].to_numpy()
    theirs = theirs.assign(record_id_left=ids[theirs["row_no_l"]], record_id_right=ids[theirs["row_no_r"]])
    both = found_few.pairs.merge(theirs, on=["record_id_left", "record_id_right"], suffixes=("", "_theirs"))
    assert len(both) == len(theirs) > 500
    plain = ~both["why"].str.contains("given name (?:initial )?differs")
    np.testing.assert_allclose(both.loc[plain, "weight"], both.loc[plain, "match_weight"], atol=1e-4)
    assert (both["weight"] <= both["match_weight"] + 1e-4).all()


def test_a_new_record_gets_the_person_that_the_full_run_gives_it(found_few, few):
    """100 records held out, one of a person at most: link() finds the company that they have in the full run."""
    person = found_few.links.set_index("record_id")["person_id"]
    several = person[person.duplicated(keep=False)].drop_duplicates(keep="last")
    out = several.sample(100, random_state=1).index
    without = resolve_identities(few[~few["record_id"].isin(out)])
    answer = without.link(few[few["record_id"].isin(out)]).set_index("record_id")["person_id"]
    stays = without.links.set_index("record_id")["person_id"]
    company = [set(person.index[person == person[record]]) - {record} for record in out]
    given = [set(stays.index[stays == answer[record]]) for record in out]
    touched = [bool(one & other) for one, other in zip(company, given, strict=True)]
    assert np.mean(touched) >= 0.93


def test_added_records_are_part_of_the_links_and_found_by_the_next():
    base = records(
        {"given_name": "Ann", "family_name": "Lee", "email": "ann.lee7@example.org"},
        {"given_name": "Bob", "family_name": "Ray", "email": "bob.ray9@example.org"},
        system="shop",
    )
    known = resolve_identities(base)
    first = {"record_id": 10, "system": "app", "given_name": "Cy", "family_name": "Moor", "email": "cy@example.org"}
    answer = known.link(first).iloc[0]
    assert answer["is_new"] and answer["person_id"] == "P10"
    assert len(known.links) == 2
    known.add(first)
    second = first | {"record_id": 11, "system": "newsletter", "given_name": None, "family_name": None}
    assert known.link(second).iloc[0].to_dict() | {"probability": 1} == {
        "record_id": 11, "person_id": "P10", "is_new": False, "probability": 1, "why": "email same",
    }  # fmt: skip
    known.add(second)
    assert known.links.set_index("record_id")["person_id"].to_dict() == {1: "P1", 2: "P2", 10: "P10", 11: "P10"}
    assert known.people.set_index("person_id").loc["P10", "n_records"] == 2
    with pytest.raises(DataError, match=r"1 of the new records have an id that is known already \(10\)"):
        known.add(first)


def test_a_person_is_forgotten_everywhere_and_her_data_is_nowhere_left():
    base = records(
        {"given_name": "Ann", "family_name": "Zebedee", "email": "ann@example.org"},
        {"given_name": "Ann", "family_name": "Zebedee", "email": "ann@example.org"},
        {"given_name": "Bob", "family_name": "Ray", "email": "bob@example.org"},
        system=["shop", "app", "shop"],
    )
    known = resolve_identities(base)
    new = {"record_id": 9, "system": "newsletter", "email": "ann@example.org"}
    assert not known.link(new)["is_new"].iloc[0]
    held = known.held_about("P1")
    assert held["records"]["record_id"].tolist() == [1, 2]
    assert len(held["pairs"]) == len(held["people"]) == 1
    assert known.forget("P1") is known
    assert known.links["record_id"].tolist() == known.people["email_from"].tolist() == [3]
    assert known.pairs.empty
    assert known.link(new)["is_new"].iloc[0]
    everything = repr(vars(known)) + known._connection.execute("SELECT * FROM records").df().to_string()
    assert "zebedee" not in everything.casefold() and "ann@" not in everything.casefold()
    with pytest.raises(UnknownNameError, match="There is no person 'P1' among 1"):
        known.held_about("P1")
    with pytest.raises(UnknownNameError, match="There is no person 'P1'"):
        known.forget(["P1"])


def test_names_and_addresses_are_masked_when_shown():
    table = records({"given_name": "Ann<b>", "family_name": "Zebedee", "email": "ann@zed.example.org"}, system="shop")
    found = resolve_identities(table)
    for shown in (repr(found), found._repr_html_()):
        assert "Zebedee" not in shown and "ann@zed" not in shown and "Z•••" in shown
        assert "1 records of 1 people" in shown
    assert "<b>" not in found._repr_html_()


def test_the_chart_of_weights_has_words():
    picture = resolve_identities(records({"email": "a@example.org"}, system="shop")).plot_match_weights()
    assert "email: same +13.9" in picture.alt
    assert picture.figure.axes[0].get_title(loc="left") == "What speaks for one person, and what against"


def test_couples_with_one_mailbox_and_one_address_are_two_people():
    home = {"family_name": "Reed", "email": "reed.family4@example.org", "postcode": "YO1 7HH", "phone": "01904 960123"}
    table = records(
        {"given_name": "Robert", "system": "shop", **home},
        {"given_name": "Helen", "system": "app", **home},
        {"given_name": "Bob", "system": "call", **home},
    )
    people = who(table)
    assert people[1] == people[3] != people[2]


def test_ten_records_with_ten_years_of_birth_are_one_person_and_the_conflict_is_told():
    table = records(*[{"birth_year": 1950 + 3 * k} for k in range(10)], system="shop", given_name="Ann",
                    family_name="Lee", email="ann.lee7@example.org", phone="07700 900111")  # fmt: skip
    found = resolve_identities(table)
    assert set(found.links["person_id"]) == {"P1"}
    assert not found.one_per_system
    conflict = found.conflicts.iloc[0]
    assert (conflict["field"], conflict["n_values"], conflict["record_ids"]) == ("birth_year", 10, list(range(1, 11)))
    assert conflict["values"].startswith("1950 (1); 1953 (1)")
    assert np.isnan(found.people["birth_year"].iloc[0])


def test_the_value_of_the_majority_survives_and_a_tie_goes_to_the_latest():
    table = records(
        {"email": "ann@example.org", "birth_year": 1980, "postcode": "YO1 7HH", "city": "York"},
        {"email": "Ann@Example.org", "birth_year": 1980, "postcode": "LS1 1AA", "city": "Leeds"},
        {"email": "ann@example.com", "birth_year": 1990, "postcode": None, "city": None},
        recorded_at=["2025-01-01", "2025-02-01", "2025-03-01"],
        system=["shop", "app", "card"], given_name="Ann", family_name="Lee", phone="07700 900111",
    )  # fmt: skip
    person = resolve_identities(table).people.iloc[0]
    assert (person["n_records"], person["systems"]) == (3, "app, card, shop")
    assert (person["email"], person["email_from"]) == ("Ann@Example.org", 2)
    assert (person["city"], person["city_from"], person["birth_year"]) == ("Leeds", 2, 1980.0)


def test_known_links_in_a_circle_make_one_person_and_distinct_records_stay_two():
    table = records(*[{"email": f"{name}@example.org"} for name in "abcd"], system="shop")
    people = who(table, known_links=[(1, 2), (2, 3), (3, 1)])
    assert people == {1: "P1", 2: "P1", 3: "P1", 4: "P4"}
    same = records({"email": "a@example.org"}, {"email": "a@example.org"}, system=["x", "y"], given_name="Ann")
    assert who(same) == {1: "P1", 2: "P1"}
    assert who(same, distinct=pd.DataFrame({"one": [1], "other": [2]})) == {1: "P1", 2: "P2"}


def test_known_links_that_contradict_distinct_are_refused_with_the_way_between_them():
    table = records(*[{"email": f"{name}@example.org"} for name in "abc"], system="shop")
    with pytest.raises(DataError, match=r"records 1 and 3 are two people, and known_links joins them \(1 - 2 - 3\)"):
        resolve_identities(table, known_links=[(1, 2), (2, 3)], distinct=[(1, 3)])


@pytest.mark.parametrize(
    ("known", "text"),
    [
        ([(1, 99)], r"known_links has 1 ids that no record has \(99\)"),
        ([(1, 1)], r"known_links pairs 1 records with themselves \(1\)"),
        ([(1, 2, 3)], "known_links must be pairs of record ids; 1 are not"),
        ("1-2", "known_links must be pairs of record ids, as in"),
        (pd.DataFrame({"a": [1]}), "known_links must have two columns of record ids; it has 1"),
    ],
)
def test_unusable_known_links_are_refused(known, text):
    table = records({"email": "a@example.org"}, {"email": "b@example.org"}, system="shop")
    with pytest.raises(DataError, match=text):
        resolve_identities(table, known_links=known)


def test_one_key_of_a_system_is_one_account_unless_two_people_have_it():
    table = records(
        {"source_key": "K1", "given_name": "Ann", "email": "old@example.org"},
        {"source_key": "K1", "given_name": "Ann", "email": "new@example.org"},
        {"source_key": "K2", "given_name": "Ann", "email": "x@example.org"},
        {"source_key": "K2", "given_name": "Robert", "email": "x@example.org"},
        system="shop",
    )
    found = resolve_identities(table)
    people = found.links.set_index("record_id")["person_id"]
    assert people[1] == people[2] and people[3] != people[4]
    conflict = found.conflicts[found.conflicts["field"] == "source_key"]
    assert conflict["person_id"].tolist() == ["P3", "P4"]
    assert conflict["values"].iloc[0] == "shop K2: P3, P4"


def test_a_mapping_of_systems_an_ibis_table_and_one_table_give_the_same():
    one = records({"email": "a@example.org"}, {"email": "a@example.org"}, system=["shop", "app"])
    parts = {name: part.drop(columns="system") for name, part in one.groupby("system")}
    assert who(one) == who(parts) == who(ibis.memtable(one)) == {1: "P1", 2: "P1"}


def test_rows_that_repeat_are_one_record_and_rows_that_differ_under_one_id_are_refused():
    table = records({"email": "a@example.org"}, {"email": "b@example.org"}, system="shop")
    twice = pd.concat([table, table.head(1)])
    assert who(twice) == {1: "P1", 2: "P2"}
    twice = pd.concat([table, table.head(1).assign(email="c@example.org")])
    with pytest.raises(DataError, match=r"different records 1 times \(ids 1\): the rows with id 1 differ in email"):
        resolve_identities(twice)


@pytest.mark.parametrize(
    ("sources", "text"),
    [
        (pd.DataFrame(), "identities has no column system"),
        (pd.DataFrame({"record_id": [1], "system": ["s"]}), "identities has none of the columns that can be compared"),
        ({"shop": pd.DataFrame({"record_id": [1], "mail": ["a"]})}, "shop has none of the columns.*record_id, mail"),
        ({"shop": pd.DataFrame({"email": ["a"]})}, "shop has no column record_id"),
        ({}, "the mapping of system to table is empty"),
        ([1, 2], "needs a table of records, and identities is a list"),
        (records({"email": "a@example.org"}, system="shop").head(0), "identities has no rows"),
        (records({"email": "a"}, {"email": "b"}, system=["shop", None]), r"system is missing in 1 rows \(rows 1\)"),
        (
            records({"email": ["a"]}, system="shop"),
            r"email should hold text, and 1 values are .* as text, or",
        ),
        (records({"email": "a", "birth_year": "young"}, system="s"), r"birth_year has 1 values that are no year"),
        (records({"email": "a", "birth_year": 85}, system="s"), r"no year between 1850 and 2200 \(rows 0: 85\)"),
        (records({"email": "a", "recorded_at": "soon"}, system="s"), "recorded_at holds something that is no time"),
        (records({"email": "a"}, {"email": "b"}, system="s").assign(record_id=[1, "1"]), "as a number and as a text"),
    ],
)
def test_tables_that_cannot_be_resolved_are_refused(sources, text):
    with pytest.raises(DataError, match=text):
        resolve_identities(sources)


def test_records_in_which_everything_is_missing_are_people_of_their_own():
    table = records({"email": None}, {"email": None}, system="shop")
    found = resolve_identities(table)
    assert found.links["person_id"].tolist() == ["P1", "P2"]
    assert found.people["email"].isna().all() and found.conflicts.empty and found.pairs.empty


def test_one_large_system_with_a_column_missing_throughout_still_learns(few):
    shop = few[few["system"] == "shop_account"].assign(phone=None)
    found = resolve_identities(shop)
    assert found.trained and len(found) > 0.98 * len(shop)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"threshold": 1.5}, "threshold=1.5 must lie between 0 and 1"),
        ({"threshold": True}, "threshold=True must lie"),
        ({"threshold": "x"}, "threshold='x' must lie between 0 and 1"),
        ({"threshold": None}, "threshold=None must lie between 0 and 1"),
        ({"random_state": "x"}, "random_state='x' must be a whole number"),
        ({"random_state": -1}, "random_state=-1 must be a whole number"),
        ({"settings": {}}, "settings must be LinkSettings, as link_settings"),
    ],
)
def test_parameters_out_of_range_are_refused(options, text):
    with pytest.raises(ParameterError, match=text):
        resolve_identities(records({"email": "a"}, system="shop"), **options)


def test_settings_can_be_changed_and_say_what_cannot_be():
    settings = link_settings()
    fewer = settings.with_(comparisons={name: settings.comparisons[name] for name in ("email", "given_name")})
    assert "phone" not in repr(fewer).partition("compared are")[0]
    assert who(records({"email": "a@x.org"}, {"email": "a@x.org"}, system=["a", "b"]), settings=fewer)[2] == "P1"
    with pytest.raises(ParameterError, match="Blocking on shoe_size is not possible"):
        settings.with_(blocking=(("shoe_size",),))
    with pytest.raises(ParameterError, match="The comparison email must end with a level whose condition is 'ELSE'"):
        LinkSettings({"email": settings.comparisons["email"][:2]}, (("email",),), ())
    with pytest.raises(ParameterError, match="max_block must be at least 2"):
        settings.with_(max_block=1)
