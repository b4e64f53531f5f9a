"""What the tests of heads share: the default character, the default head, and the identity model where it can be had."""

from __future__ import annotations

import numpy as np
import pytest

from landmark_driver.character import Character
from landmark_driver.head.identity_model import IdentityHead
from landmark_driver.identities.anny_identities import AnnyIdentities
from tests.identities import identities_or_skip
from tests.landmark_driver.default_head import default_head


@pytest.fixture(scope="session")
def character() -> Character:
    return Character.load("default")


@pytest.fixture(scope="session")
def identities() -> AnnyIdentities:
    return identities_or_skip()


@pytest.fixture(scope="session")
def head_and_expressions() -> tuple[IdentityHead, np.ndarray]:
    return default_head()
