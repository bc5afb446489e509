"""What was learnt for one purpose is refused for another, in every model that learns from people."""

import pandas as pd
import pytest

from personakit.errors import ConsentError, UnknownNameError
from personakit.privacy import ConsentLedger, check_use, gate, purpose_of
from personakit.recommend import EASE
from personakit.segment import RFM

PEOPLE = [1, 2, 3]
LEDGER = ConsentLedger.granting(PEOPLE, ["analytics", "recommendations"], source="a test")
DEEDS = pd.DataFrame({"customer_id": [1, 1, 2, 2, 3], "product_id": [10, 11, 10, 12, 11], "event": "purchase"})
PROFILES = pd.DataFrame({"customer_id": PEOPLE, "recency_days": [1, 9, 90], "frequency": 2, "monetary": [9.0, 5, 1]})


def released(frame, purpose):
    return gate(frame, purpose, at="2025-01-01", ledger=LEDGER)


def test_a_recommender_takes_what_the_gate_returned_and_remembers_why():
    model = EASE(l2=1.0).fit(released(DEEDS, "recommendations"))
    assert model.purpose_ == purpose_of(model) == "recommendations"
    assert purpose_of(model.recommend(released(PROFILES, "recommendations"), k=1)) == "recommendations"


def test_a_recommender_takes_its_own_table_out_of_several():
    tables = {"customers": PROFILES, "interactions": DEEDS}
    assert EASE(l2=1.0).fit(released(tables, "analytics")).purpose_ == "analytics"


@pytest.mark.parametrize("use", [lambda data: data, lambda data: data.frame])
def test_a_model_refuses_people_released_for_another_purpose(use):
    model = EASE(l2=1.0).fit(released(DEEDS, "recommendations"))
    with pytest.raises(ConsentError, match=r"EASE learnt .* 'recommendations' and may not be used for 'analytics'"):
        model.recommend(use(released(PROFILES, "analytics")))
    segments = RFM(n_scores=2).fit(released(PROFILES, "analytics"))
    with pytest.raises(ConsentError, match="RFM learnt from data released for 'analytics'"):
        segments.predict(use(released(PROFILES, "recommendations")))


def test_a_use_can_be_asked_for_by_name():
    model = EASE(l2=1.0).fit(released(DEEDS, "recommendations"))
    check_use(model, "recommendations")
    with pytest.raises(ConsentError, match="may not be used for 'marketing_sms'"):
        check_use(model, "marketing_sms")
    with pytest.raises(UnknownNameError, match=r"no purpose 'marketing_mail'.*marketing_email"):
        check_use(model, "marketing_mail")


def test_data_that_never_met_the_gate_bind_no_model():
    model = EASE(l2=1.0).fit(DEEDS)
    assert model.purpose_ is None
    check_use(model, "marketing_sms")
    assert len(model.recommend(released(PROFILES, "analytics"), k=1)) == 3
