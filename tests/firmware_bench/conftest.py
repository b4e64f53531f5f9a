"""One compiled default head for all tests of the bench."""

from __future__ import annotations

import pytest

from firmware_bench.measure.example_frame import example_frame
from firmware_bench.measure.frame_network import FrameNetwork, sparse_driver
from landmark_driver.character import Character
from landmark_driver.network.frame_program import Frame, FrameProgram


@pytest.fixture(scope="session")
def character() -> Character:
    return Character.load("default")


@pytest.fixture(scope="session")
def program(character: Character) -> FrameProgram:
    return sparse_driver(character).program


@pytest.fixture(scope="session")
def network(program: FrameProgram) -> FrameNetwork:
    return FrameNetwork.of(program)


@pytest.fixture(scope="session")
def example(character: Character) -> Frame:
    return example_frame(character)
