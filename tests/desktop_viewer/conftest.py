"""The default character, loaded once."""

from __future__ import annotations

import pytest

from landmark_driver.character import Character


@pytest.fixture(scope="session")
def character() -> Character:
    return Character.load("default")
