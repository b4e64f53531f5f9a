"""Closed lips touch, parted ones are left alone, and lips keep in front of the teeth: alike in NumPy, C and JavaScript."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from capture.frames.arkit import ARKIT_INDEX
from landmark_driver.character import Character
from landmark_driver.compiled.compiled_program import CompiledProgram
from landmark_driver.compiled.evaluator import NUMPY, evaluating
from landmark_driver.dress.outfit import Outfit
from landmark_driver.drivers.head_driver import DriverInput
from landmark_driver.drivers.sparse_driver import SparseDriver
from landmark_driver.drivers.weights_driver import WeightsDriver
from landmark_driver.network.frame_file import frame_bytes, read_frame
from landmark_driver.network.frame_program import Frame, FrameProgram
from landmark_driver.network.lip_stages import Seal
from tests.javascript_frame import run_in_node
from tests.landmark_driver.compiled.driven import needs_library

STRAIGHT = np.zeros((2, 2))
CLOSED = ("mouthPucker", "mouthRollLower", "mouthSmileLeft", "mouthLeft", "jawForward", "cheekPuff")
PARTED = ("jawOpen", "mouthFunnel", "mouthUpperUpLeft")
SAME_M = 1e-6


@pytest.fixture(scope="module")
def dressed(character: Character) -> Character:
    return replace(character, outfit=Outfit(teeth="teeth_base"))


@pytest.fixture(scope="module")
def program(dressed: Character) -> FrameProgram:
    with evaluating(NUMPY):
        driver = dressed.mesh_driver("weights").head_driver
    assert isinstance(driver, WeightsDriver)
    return driver.program


def weights(**values: float) -> np.ndarray:
    found = np.zeros(len(ARKIT_INDEX))
    for name, value in values.items():
        found[ARKIT_INDEX[name]] = value
    return found


def vertices(program: FrameProgram, acted: np.ndarray, until: str | None = None) -> np.ndarray:
    found = program.run(Frame(STRAIGHT, weights=acted), until).vertices
    assert found is not None
    return found


def gaps(program: FrameProgram, moved: np.ndarray) -> np.ndarray:
    stage = program.stage("seal")
    assert isinstance(stage, Seal)
    return stage.seal.gaps(moved)[1]


def test_the_resting_mouth_of_the_artwork_is_open_and_is_sealed(program: FrameProgram) -> None:
    assert np.median(gaps(program, vertices(program, weights(), "seal"))) > 5e-4
    sealed = gaps(program, vertices(program, weights()))
    assert np.abs(sealed[5:-5] + 2e-4).max() < 2e-4 and sealed.max() < 1e-4


@pytest.mark.parametrize("shape", CLOSED)
def test_shapes_that_keep_lips_closed_are_sealed_without_deep_overlap(
    program: FrameProgram, shape: str
) -> None:
    sealed = gaps(program, vertices(program, weights(**{shape: 1.0})))
    assert sealed.max() < 2e-4
    assert sealed[5:-5].min() > -6e-4


@pytest.mark.parametrize("shape", PARTED)
def test_shapes_that_part_lips_keep_the_opening_that_they_have(program: FrameProgram, shape: str) -> None:
    acted = weights(**{shape: 1.0})
    before, after = (gaps(program, vertices(program, acted, until)) for until in ("seal", None))
    open_there = before > 1e-3
    assert np.count_nonzero(open_there) > 8
    np.testing.assert_allclose(after[open_there], before[open_there], atol=3e-4)


def test_lips_open_without_a_jump(program: FrameProgram) -> None:
    middle = [
        np.median(gaps(program, vertices(program, weights(jawOpen=weight))))
        for weight in np.linspace(0, 0.5, 101)
    ]
    steps = np.diff(middle)
    assert middle[0] < 0 and middle[-1] > 5e-3
    assert np.abs(steps).max() < 6e-4


def test_only_tissue_near_the_mouth_moves(dressed: Character, program: FrameProgram) -> None:
    acted = weights(mouthSmileLeft=1.0, mouthSmileRight=1.0)
    moved = np.linalg.norm(vertices(program, acted) - vertices(program, acted, "arches"), axis=1)
    neutral = dressed.head.neutral_vertices
    far = np.linalg.norm(neutral - [0.0, -0.072, 0.015], axis=1) > 0.07
    assert far.any() and moved[far].max() < 1e-7
    assert 5e-4 < moved.max() < 0.012


@needs_library
def test_c_moves_lips_as_numpy_does(program: FrameProgram) -> None:
    compiled = CompiledProgram(program.stages)
    for shape in (*CLOSED, *PARTED):
        acted = weights(**{shape: 0.8, "mouthStretchRight": 0.3})
        np.testing.assert_allclose(vertices(compiled, acted), vertices(program, acted), rtol=0, atol=1e-7)


def test_javascript_moves_lips_as_numpy_does(dressed: Character) -> None:
    with evaluating(NUMPY):
        driver = dressed.mesh_driver("landmarks").head_driver
    assert isinstance(driver, SparseDriver) and {"arches", "seal"} <= set(driver.program.names)
    shapes = dressed.head.landmark_expressions[[ARKIT_INDEX[name] for name in (*CLOSED, *PARTED)]]
    found = run_in_node(
        frame_bytes(driver.program), shapes.reshape(len(shapes), -1), np.zeros((len(shapes), 2, 2))
    )
    expected = np.array([driver(DriverInput(shape.astype(float))).vertices for shape in shapes])
    np.testing.assert_allclose(found, expected, rtol=0, atol=SAME_M)


def test_a_file_keeps_the_stages(program: FrameProgram, tmp_path) -> None:
    path = tmp_path / "head.frame"
    path.write_bytes(frame_bytes(program.without("forward")))
    again = read_frame(path)
    moved = vertices(program, weights(mouthPucker=1.0), "arches")
    latent = program.run(Frame(STRAIGHT, weights=weights(mouthPucker=1.0)), "decoder").latent
    found = []
    for one in (program, again):
        frame = Frame(STRAIGHT, latent=latent, vertices=moved.copy())
        for name in ("arches", "seal"):
            one.stage(name)(frame)
        found.append(frame.vertices)
    np.testing.assert_allclose(found[1], found[0], rtol=0, atol=1e-7)
