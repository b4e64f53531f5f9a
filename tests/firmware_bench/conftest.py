"""One folded default head for all tests of the bench."""

from __future__ import annotations

import pytest

from firmware_bench.measure.folded_network import FoldedNetwork, folded_driver, folded_network
from landmark_driver.character import Character
from landmark_driver.drivers.sparse_driver import FoldedDriver


@pytest.fixture(scope="session")
def character() -> Character:
    return Character.load("default")


@pytest.fixture(scope="session")
def folded(character: Character) -> FoldedDriver:
    return folded_driver(character)


@pytest.fixture(scope="session")
def network(folded: FoldedDriver) -> FoldedNetwork:
    return folded_network(folded)
