"""The compiled frame in JavaScript, held to NumPy's on the take that ships."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from capture.frames.arkit import ARKIT_NAMES
from capture.sources.live_source import DEMO_TAKE
from capture.takes.take import read_take
from landmark_driver.character import Character
from landmark_driver.drivers.head_driver import DriverInput
from landmark_driver.drivers.sparse_driver import SparseDriver
from landmark_driver.live.face_driver import FaceDriver
from landmark_driver.network.frame_file import frame_bytes
from tests.javascript_frame import run_in_node
from tests.landmark_driver.network.test_solved_edit_frame import PARALYSED, edit_of

FRAMES = 200
BOUND_M = 1e-6


def given_frames(character: Character) -> list[DriverInput]:
    """What `live` gives its driver in the first frames of the take, with a sway in each."""
    live, given = FaceDriver(character), []
    for frame in read_take(DEMO_TAKE):
        live(frame)
        given.append(live.given)
        if len(given) == FRAMES:
            break
    return given


@pytest.mark.slow
@pytest.mark.parametrize("edits", [{}, {"cheek_left.stiffness": 0.3}])
def test_javascript_moves_every_vertex_as_numpy_does(edits: dict[str, float]) -> None:
    character = Character.load("default").with_material(edits)
    driver = character.mesh_driver("landmarks").head_driver
    assert isinstance(driver, SparseDriver)
    given = given_frames(character)
    assert max(np.abs(one.sway_m_s2).max() for one in given if one.sway_m_s2 is not None) > 0.1
    sways = np.array([np.zeros(3) if one.sway_m_s2 is None else one.sway_m_s2 for one in given])
    found = run_in_node(
        frame_bytes(driver.program),
        np.array([one.displacements.ravel() for one in given]),
        np.array([one.gaze for one in given]),
        sways,
    )
    expected = np.array([driver(one).vertices for one in given])
    assert len(found) == FRAMES
    assert np.abs(found - expected).max() < BOUND_M


def test_a_solved_edit_moves_vertices_as_in_numpy() -> None:
    character = Character.load("default").with_material(PARALYSED)
    assert character.network is not None
    solved = character.network.with_solved(edit_of(character, with_table=True))
    driver = replace(character, network=solved).mesh_driver("landmarks").head_driver
    assert isinstance(driver, SparseDriver) and "edit" in driver.program.names
    smile = character.head.landmark_expressions[ARKIT_NAMES.index("mouthSmileLeft")]
    found = run_in_node(frame_bytes(driver.program), smile.reshape(1, -1), np.zeros((1, 2, 2)))[0]
    shown = driver.frame(DriverInput(smile.astype(float)))
    expected = driver.program.run(shown).vertices
    without = driver.program.without("edit").run(replace(shown)).vertices
    assert expected is not None and without is not None
    assert np.abs(found - expected).max() < BOUND_M
    assert np.abs(found - without).max() > 10 * BOUND_M


def test_without_sway_and_without_stages_the_file_says_so() -> None:
    """The stages that run are those that the header names."""
    driver = Character.load("default").mesh_driver("landmarks").head_driver
    assert isinstance(driver, SparseDriver)
    program = driver.program.without("seal", "sway")
    displacements = np.random.default_rng(0).normal(0, 1e-3, (3, 3 * 478)).astype(np.float32)
    gazes = np.zeros((3, 2, 2))
    found = run_in_node(frame_bytes(program), displacements, gazes)
    for vertices, flat, gaze in zip(found, displacements, gazes, strict=True):
        driven = DriverInput(flat.reshape(-1, 3), gaze=gaze)
        expected = program.run(driver.frame(driven)).vertices
        assert expected is not None
        assert np.abs(vertices - expected).max() < BOUND_M
