"""C and NumPy side by side over the take that ships: each stage from the same input, and the whole frame."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from capture.frames.arkit import ARKIT_INDEX
from landmark_driver.character import Character
from landmark_driver.compiled.compiled_program import CompiledProgram
from landmark_driver.compiled.evaluator import NUMPY, C, evaluating
from landmark_driver.drivers.sparse_driver import SparseDriver
from landmark_driver.drivers.weights_driver import WeightsDriver
from landmark_driver.head.eyes import NEUTRAL_GAZE
from landmark_driver.network.frame_program import Frame, FrameProgram
from landmark_driver.network.latent_decoder import WholeDecoder
from landmark_driver.network.lip_stages import Lips
from landmark_driver.network.shipped_networks import shipped_weights
from landmark_driver.network.vertex_stages import decoder_of
from tests.landmark_driver.compiled.driven import (
    SAME_M,
    again,
    driver_in,
    frame_of,
    needs_library,
    take,
)

pytestmark = needs_library

_WRITTEN = ("look_latents", "latent", "vertices")
_SAME = {"look_latents": 1e-6, "latent": 2e-5, "vertices": SAME_M}
_SHARE = {"look_latents": 0.0, "latent": 1e-5, "vertices": 0.0}
"""Latents are of about unit size, some of three, and come of thousands of sums in single precision."""


@pytest.fixture(scope="module")
def program(character: Character) -> FrameProgram:
    with evaluating(NUMPY):
        driver = character.mesh_driver("landmarks").head_driver
    assert isinstance(driver, SparseDriver)
    return driver.program


@pytest.fixture(scope="module")
def frames(character: Character) -> list[Frame]:
    driver, found = driver_in(NUMPY, character), []
    for frame in take()[::4]:
        driver(frame)
        found.append(frame_of(driver.given))
    assert any(np.abs(frame.gaze).max() > 0.05 for frame in found)
    assert any(frame.sway_m_s2 is not None and np.abs(frame.sway_m_s2).max() > 0.1 for frame in found)
    return found


def test_each_stage_gives_what_numpy_gives_for_the_same_input(
    program: FrameProgram, frames: list[Frame]
) -> None:
    compiled = CompiledProgram(program.stages)
    for frame in frames:
        for in_numpy, in_c in zip(program, compiled, strict=True):
            other = again(frame)
            in_numpy(frame)
            in_c(other)
            for name in _WRITTEN:
                expected, found = getattr(frame, name), getattr(other, name)
                assert (expected is None) == (found is None), f"{in_c.name} writes {name}"
                if expected is not None:
                    np.testing.assert_allclose(found, expected, _SHARE[name], _SAME[name], err_msg=in_c.name)


def test_lips_decide_as_numpy_does_bit_by_bit(program: FrameProgram, frames: list[Frame]) -> None:
    separation = Lips(shipped_weights().lips)
    program = FrameProgram(tuple(separation if stage.name == "seal" else stage for stage in program.stages))
    compiled, parted = CompiledProgram(program.stages), 0
    in_numpy = program.stage("lips")
    [in_c] = [stage for stage in compiled if stage.name == "lips"]
    for frame in frames:
        program.run(frame, until="lips")
        other = again(frame)
        assert frame.vertices is not None
        before = frame.vertices.copy()
        in_numpy(frame)
        in_c(other)
        np.testing.assert_array_equal(other.vertices, frame.vertices)
        parted += bool((frame.vertices != before).any())
    assert parted > len(frames) / 4


@pytest.mark.parametrize("name", ["landmarks", "weights", "linear"])
def test_the_whole_path_from_the_tracker_gives_numpys_vertices(character: Character, name) -> None:
    in_numpy, in_c = (driver_in(each, character, name) for each in (NUMPY, C))
    for number, frame in enumerate(take()[::2]):
        if number % 50 == 49:  # a lost face fades, and comes back
            frame = replace(frame, landmarks=None, face_transform=None)
        expected, found = in_numpy(frame), in_c(frame)
        for entry, bound in (("vertices", SAME_M), ("displacements", 1e-7), ("T_world_head", 1e-9)):
            np.testing.assert_allclose(getattr(found, entry), getattr(expected, entry), rtol=0, atol=bound)
        np.testing.assert_allclose(found.gaze, expected.gaze, atol=1e-5)
        np.testing.assert_allclose(found.weights, expected.weights, atol=2e-5)
        assert found.vertices.dtype == np.float32 and found.tracked == expected.tracked


def test_a_mask_and_landmarks_that_are_not_finite_count_for_nothing_in_both(character: Character) -> None:
    drivers = []
    for each in (NUMPY, C):
        with evaluating(each):
            drivers.append(character.driver())
    smile = 0.7 * character.head.landmark_expressions[ARKIT_INDEX["mouthSmileLeft"]].astype(float)
    mask = np.arange(478) % 5 > 0
    broken = smile.copy()
    broken[100:120] = np.nan
    for given in ((smile, mask), (broken, None), (smile, None)):
        expected, found = (driver(*given) for driver in drivers)
        assert np.isfinite(found).all()
        np.testing.assert_allclose(found, expected, rtol=0, atol=SAME_M)


def test_weights_out_of_bounds_are_brought_back_alike(character: Character, program: FrameProgram) -> None:
    rng, compiled = np.random.default_rng(3), CompiledProgram(program.stages)
    shapes = character.head.landmark_expressions.astype(float)
    for noise in np.linspace(0, 0.01, 30):
        moved = np.tensordot(rng.uniform(-1, 1.8, 52) * (rng.random(52) < 0.3), shapes, 1)
        flat = (moved + rng.normal(0, noise, moved.shape)).astype(np.float32).ravel()
        frame = Frame(rng.uniform(-0.3, 0.3, (2, 2)), flat)
        expected, found = (each.run(again(frame), until="decoder").latent for each in (program, compiled))
        assert expected is not None and found is not None and expected[:52].min() == 0
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-3 * max(1.0, np.abs(expected).max() / 50))


def test_a_head_without_two_halves_takes_the_whole_basis(program: FrameProgram, frames: list[Frame]) -> None:
    decoder = decoder_of(program)
    vertices = decoder.basis.moving_vertices
    whole = np.ascontiguousarray(decoder.basis.matrix[:, : 3 * (vertices[-1] + 1)])
    lopsided = program.with_stages(replace(decoder, decoder=WholeDecoder(whole)))
    compiled = CompiledProgram(lopsided.stages)
    for frame in frames[::20]:
        expected, found = (each.run(again(frame)).vertices for each in (lopsided, compiled))
        assert expected is not None and found is not None
        np.testing.assert_allclose(found, expected, rtol=0, atol=SAME_M)


def test_softdeca_from_weights_gives_numpys_vertices(character: Character) -> None:
    shown = []
    for each in (NUMPY, C):
        with evaluating(each):
            driver = character.mesh_driver("weights").head_driver
        assert isinstance(driver, WeightsDriver)
        weights = np.random.default_rng(5).uniform(0, 1, (10, 52))
        shown.append([driver.show(row, NEUTRAL_GAZE, np.array([0, -3.0, 1])).vertices for row in weights])
    np.testing.assert_allclose(shown[1], shown[0], rtol=0, atol=SAME_M)
