"""Open Bandit, the small sample of the campaign "men": recommendations of a fashion shop, logged with propensities.

Source: Y. Saito, S. Aihara, M. Matsutani and Y. Narita (2021), "Open Bandit Dataset and Pipeline: Towards Realistic and
Reproducible Off-policy Evaluation", NeurIPS Datasets and Benchmarks.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from personakit.data.problems import Findings

__all__ = ["POLICIES", "read_open_bandit"]

POLICIES = ("random", "bts")
SHOP_ZONE = "Asia/Tokyo"


def read_open_bandit(folder: Path, findings: Findings) -> dict[str, pd.DataFrame]:
    """The logs of both policies as `exposures`, with `policy` ("random", or "bts": Bernoulli Thompson sampling).

    The log names no people. What it has of a visitor are four hashed features, so `customer_id` numbers their
    combinations, the same for both policies: a kind of visitor, not a person; `customers` holds the features. Each
    row is a round of its own, so `session_id` numbers the rows. `position` is 1 (left), 2 (centre) or 3 (right).
    Times were in UTC and are on the clock of the shop, Tokyo. The affinities of the raw file are left out, as nearly
    all are 0.
    """
    logs = []
    for policy in POLICIES:
        path = next(p for p in (folder / policy / "men.csv.gz", folder / policy / "men.csv") if p.is_file())
        logs.append(pd.read_csv(path, index_col=0).assign(policy=policy))
    rows = pd.concat(logs, ignore_index=True)
    features = [f"user_feature_{number}" for number in range(4)]
    kinds = rows[features].drop_duplicates().sort_values(features, ignore_index=True)
    customers = kinds.assign(customer_id=np.arange(1, len(kinds) + 1))[["customer_id", *features]]
    known = rows[features].merge(customers, on=features, how="left", validate="many_to_one")
    when = pd.to_datetime(rows["timestamp"], format="ISO8601", utc=True).dt.tz_convert(SHOP_ZONE).dt.tz_localize(None)
    exposures = pd.DataFrame(
        {
            "session_id": np.arange(1, len(rows) + 1),
            "customer_id": known["customer_id"],
            "timestamp": when.to_numpy().astype("datetime64[us]"),
            "position": rows["position"],
            "product_id": rows["item_id"],
            "propensity": rows["propensity_score"],
            "clicked": rows["click"].astype(bool),
            "policy": rows["policy"],
        }
    )
    items = pd.read_csv(folder / "random" / "men_item_context.csv", index_col=0)
    findings.note(
        "exposures", "customer_id", len(exposures), "numbers kinds of visitors (four hashed features), not people"
    )
    findings.note("exposures", "session_id", len(exposures), "numbered here, one round a row of the file")
    findings.note("exposures", "timestamp", len(exposures), f"brought to the clock of {SHOP_ZONE}")
    return {"customers": customers, "products": items.rename(columns={"item_id": "product_id"}), "exposures": exposures}
