"""What the tests of fitted heads share."""

from __future__ import annotations

import numpy as np
import pytest

from landmark_driver.head_fit.evaluation.synthetic_scans import SyntheticScan, synthetic_scan
from landmark_driver.head_fit.registration.fit_scan import FittedScan, ScanFitter
from landmark_driver.identities.anny_identities import AnnyIdentities


@pytest.fixture(scope="session")
def fitted(identities: AnnyIdentities) -> tuple[SyntheticScan, FittedScan]:
    """A random person's scan in any pose and unit, with noise and holes, and its fit."""
    rng = np.random.default_rng(2)
    made = synthetic_scan(identities.sample(rng), rng)
    return made, ScanFitter(identities, identities.landmark_embedding())(made.scan)
