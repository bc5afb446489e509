"""What the tests of segments share: the bundled shop, and the profiles of its customers on the last day."""

import pandas as pd
import pytest

import personakit as pk


@pytest.fixture(scope="session")
def world():
    return pk.load_world()


@pytest.fixture(scope="session")
def profiles(world) -> pd.DataFrame:
    """The profiles on 2025-12-31; a test that changes them takes a copy."""
    return pk.profile.build_profiles(world.tables, as_of="2025-12-31")


@pytest.fixture(scope="session")
def fails_by_width() -> dict[str, str]:
    """Checks of scikit-learn that give an array of another width than the three columns with a meaning, and why."""
    checks = [
        "check_estimators_overwrite_params", "check_estimators_fit_returns_self", "check_readonly_memmap_input",
        "check_n_features_in_after_fitting", "check_positive_only_tag_during_fit", "check_estimators_dtypes",
        "check_dtype_object", "check_fit2d_1sample", "check_fit_idempotent", "check_fit_check_is_fitted",
        "check_n_features_in",
    ]  # fmt: skip
    return dict.fromkeys(checks, "an array has three columns, with a meaning each; this check gives another number")
