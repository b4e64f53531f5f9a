"""What the tests of head models share: the default head, and the identity model where it can be had."""

from __future__ import annotations

import numpy as np
import pytest

from landmark_driver.head_model.anny_identities import AnnyIdentities
from landmark_driver.head_model.identity_model import IdentityHead
from tests.head_model.default_head import default_head
from tests.identities import identities_or_skip


@pytest.fixture(scope="session")
def identities() -> AnnyIdentities:
    return identities_or_skip()


@pytest.fixture(scope="session")
def head_and_expressions() -> tuple[IdentityHead, np.ndarray]:
    return default_head()
