"""What a person's records say together: one golden record by a stated rule, and where they contradict each other."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd

from personakit.profile.identity.records import COMPARED

__all__ = ["conflicts", "golden_records"]

_ADDRESS = ("street", "postcode", "city")
_COMPARED_AS = {
    "given_name": "given",
    "family_name": "family",
    "email": "email",
    "phone": "phone",
    "birth_year": "born",
}


def golden_records(records: pd.DataFrame, clean: pd.DataFrame, person: pd.Series) -> pd.DataFrame:
    """One row a person: of each field the value that survives, and the record from which it came.

    The rule: the value that most of the person's records agree on, as standardised; among equally frequent ones that of
    the latest record, then of the smaller record_id; written as in the latest record that has it. The address is taken
    as one, from the latest record with a postcode, since people move. A year of birth on which no majority agrees
    stays missing: `conflicts` lists it.

    Parameters
    ----------
    records, clean : DataFrames
        As `read_records` and `standardised` give them.
    person : Series of str
        The person of each record.

    Returns
    -------
    DataFrame
        person_id, n_records, systems, first_recorded, last_recorded, each field and `<field>_from` (a record_id).
    """
    base = pd.DataFrame({"person_id": person.to_numpy(), "row": np.arange(len(records))})
    base["recorded"] = records["recorded_at"].fillna(pd.Timestamp(0)).to_numpy()
    latest = base.sort_values(["recorded", "row"], ascending=[False, True], kind="stable")
    grouped = records.assign(person_id=person.to_numpy()).groupby("person_id", sort=True)
    people = pd.DataFrame(
        {
            "n_records": grouped.size(),
            "systems": _joined(records["system"], person),
            "first_recorded": grouped["recorded_at"].min(),
            "last_recorded": grouped["recorded_at"].max(),
        }
    )
    for field in COMPARED:
        if field in _ADDRESS:
            known = latest[clean["postcode"].notna().to_numpy()[latest["row"]]]
            chosen = known.drop_duplicates("person_id").set_index("person_id")["row"]
        else:
            chosen = _commonest(latest, clean[_COMPARED_AS[field]], records[field])
        rows = chosen.reindex(people.index)
        there = rows.notna().to_numpy()
        at = rows[there].astype("int64").to_numpy()
        value = pd.Series(None, index=people.index, dtype=records[field].dtype)
        source = pd.Series(None, index=people.index, dtype=object)
        value[there] = records[field].to_numpy()[at]
        source[there] = records["record_id"].to_numpy()[at]
        source[value.isna()] = None
        people[field], people[f"{field}_from"] = value, source
    return people.rename_axis("person_id").reset_index()


def _joined(system: pd.Series, person: pd.Series) -> pd.Series:
    """The systems that know each person, in alphabetical order, in one text."""
    table = pd.DataFrame({"person_id": person.to_numpy(), "system": system.to_numpy()}).drop_duplicates()
    named: dict[str, list[str]] = {}
    for who, name in sorted(table.itertuples(index=False, name=None)):
        named.setdefault(who, []).append(name)
    return pd.Series({who: ", ".join(names) for who, names in named.items()}, dtype=object)


def _commonest(latest: pd.DataFrame, compared: pd.Series, written: pd.Series) -> pd.Series:
    """Row of the value that most records have, by person; the latest wins a tie (but not for a year of birth)."""
    table = latest.assign(value=compared.to_numpy()[latest["row"]], there=written.notna().to_numpy()[latest["row"]])
    table = table[table["there"] & table["value"].notna()]
    table["votes"] = table.groupby(["person_id", "value"])["row"].transform("size")
    best = table.sort_values("votes", ascending=False, kind="stable").drop_duplicates("person_id")
    if compared.name == "born":
        cast = table.groupby("person_id")["row"].size()
        best = best[best["votes"].to_numpy() * 2 > cast.reindex(best["person_id"]).to_numpy()]
    return best.set_index("person_id")["row"]


def conflicts(records: pd.DataFrame, clean: pd.DataFrame, person: pd.Series) -> pd.DataFrame:
    """People whose records contradict each other, one row a person and field; nothing is dropped or decided by it.

    Listed are years of birth; given and family names that are no short form or slip of each other; and `source_key`,
    where two people hold records with the same key of the same system.

    Returns
    -------
    DataFrame
        person_id, field, n_values, values (as written, with the number of records), record_ids (list).
    """
    rows = []
    for field in ("birth_year", "given_name", "family_name"):
        values = records[field]
        table = pd.DataFrame({"person_id": person.to_numpy(), "value": clean[_COMPARED_AS[field]].to_numpy()})
        table["row"] = np.arange(len(table))
        table = table[values.notna().to_numpy() & table["value"].notna().to_numpy()]
        several = table.groupby("person_id")["value"].transform("nunique") > 1
        for who, group in table[several].groupby("person_id", sort=True):
            distinct = Counter(group["value"].tolist())
            if field != "birth_year" and not _contradict(list(map(str, distinct))):
                continue
            said = "; ".join(
                f"{value:g} ({count})" if field == "birth_year" else f"{value} ({count})"
                for value, count in sorted(distinct.items(), key=lambda x: (-x[1], str(x[0])))
            )
            rows.append((who, field, len(distinct), said, records["record_id"].to_numpy()[group["row"]].tolist()))
    keys = pd.DataFrame({"system": records["system"], "source_key": records["source_key"], "person_id": person})
    keys = keys[keys["source_key"].notna()]
    for (system, key), group in keys[keys.duplicated(["system", "source_key"], keep=False)].groupby(
        ["system", "source_key"], sort=True
    ):
        owners = sorted(set(group["person_id"]))
        if len(owners) > 1:
            said = f"{system} {key}: {', '.join(owners)}"
            ids = records["record_id"].loc[group.index].tolist()
            rows += [(who, "source_key", len(owners), said, ids) for who in owners]
    return pd.DataFrame(rows, columns=["person_id", "field", "n_values", "values", "record_ids"])


def _contradict(names: list[str]) -> bool:
    """Whether two of the names are neither spellings nor short forms of one name."""
    from difflib import SequenceMatcher

    from personakit.profile.identity.names import full_names

    return any(
        SequenceMatcher(None, one, other).ratio() < 0.7
        and not set(full_names(one)) & set(full_names(other))
        and not one.startswith(other)
        and not other.startswith(one)
        for place, one in enumerate(names)
        for other in names[place + 1 :]
    )
