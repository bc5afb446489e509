"""Who agreed to what: the consent ledger, and the gate through which people's data go on to every later room."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "access": ["Export"],
        "anonymity": ["AnonymityReport", "anonymity"],
        "binding": ["check_use", "purpose_of"],
        "budget": ["BudgetExhaustedError", "PrivacyBudget"],
        "consent": ["ConsentLedger", "ledger_of", "with_ledger"],
        "erasure": ["ErasureError"],
        "fairness": ["fairness_of_offers", "fairness_of_prices", "fairness_of_segments"],
        "fairness_decisions": ["fair_decisions"],
        "fairness_frontier": ["Mitigation"],
        "fairness_predictions": ["fairness_of_predictions"],
        "fairness_prices": ["fair_prices"],
        "fairness_recommendations": ["fairness_of_recommendations"],
        "fairness_report": ["FairnessReport"],
        "fairness_reranking": ["ExposureReranker", "fair_recommendations"],
        "gate": ["Permitted", "gate"],
        "holdings": ["Holdings"],
        "generalisation": ["Generalised", "generalise"],
        "generalisation_hierarchies": ["Hierarchy", "bands", "hierarchy_of"],
        "mask": ["mask_email", "mask_name", "mask_phone", "masked"],
        "moments": ["moment"],
        "pseudonyms": ["Pseudonymiser", "new_key", "pseudonyms"],
        "purposes": ["Purpose", "purpose_named", "purposes", "register_purpose"],
        "receipts": ["Receipt", "verify_receipts"],
        "receipts_digests": ["digest_of"],
        "scrub": ["ScrubResult", "scrub"],
        "scrub_names": ["KnownNames"],
        "statistics": ["PrivateStatistics"],
        "statistics_answer": ["PrivateAnswer"],
        "transparency": ["Explanation"],
    },
)
