"""The purposes in a profile are those that the ledger would let through the gate at the end of the day."""

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from personakit.privacy import ConsentLedger
from personakit.profile import build_profiles

DAY = "2025-03-10"
PURPOSES = ["analytics", "image", "voice"]
MOMENTS = st.sampled_from([*map(pd.Timestamp, ("2025-01-01", "2025-02-01", "2025-03-10 23:59:59", "2025-03-11"))])
CHOICES = st.lists(
    st.fixed_dictionaries(
        {
            "customer_id": st.sampled_from([1, 2]),
            "purpose": st.sampled_from(PURPOSES),
            "granted": st.booleans(),
            "timestamp": MOMENTS,
            "basis": st.sampled_from(["consent", "legitimate_interests", None]),
            "expires": st.sampled_from([None, pd.Timestamp("2025-03-10 12:00"), pd.Timestamp("2025-06-01")]),
        }
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=25)
@given(choices=CHOICES, columns=st.sets(st.sampled_from(["basis", "expires"])))
def test_a_profile_and_the_ledger_agree_on_every_purpose(choices, columns):
    said = pd.DataFrame(choices).drop(columns=sorted({"basis", "expires"} - columns))
    if "expires" in said:
        said["expires"] = pd.to_datetime(said["expires"])
        said.loc[said["expires"] <= said["timestamp"], "expires"] = pd.NaT
    people = pd.DataFrame({"customer_id": [1, 2], "signed_up": pd.to_datetime(["2025-01-01"] * 2)})
    held = build_profiles({"customers": people, "consents": said}, DAY).set_index("customer_id")["consented_to"]
    ledger = ConsentLedger(said)
    for customer in (1, 2):
        asked = said[(said["customer_id"] == customer) & (said["timestamp"] < "2025-03-11")]
        granted = ",".join(each for each in PURPOSES if customer in ledger.valid(each, DAY))
        assert held[customer] == granted if len(asked) else pd.isna(held[customer])


def test_a_world_that_runs_ahead_of_the_clock_has_choices_ahead_of_it():
    later = pd.Timestamp.now().normalize() + pd.Timedelta(days=900)
    deeds = pd.DataFrame({"customer_id": [1], "product_id": [1], "event": "view", "timestamp": [later]})
    said = pd.DataFrame({"customer_id": [1], "purpose": "image", "granted": True, "timestamp": [later]})
    held = build_profiles({"interactions": deeds, "consents": said})
    assert held["consented_to"].tolist() == ["image"]
