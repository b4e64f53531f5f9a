"""The C program of the compiled frame computes the vertices that NumPy computes."""

from __future__ import annotations

import shutil
from collections.abc import Callable

import numpy as np
import pytest

from capture.frames.arkit import ARKIT_INDEX
from capture.sources.live_source import DEMO_TAKE
from capture.takes.take import read_take
from firmware_bench.devices.bench_arm64 import build, run_frames, write_example
from firmware_bench.measure.frame_network import sparse_driver
from landmark_driver.character import Character
from landmark_driver.drivers.head_driver import DriverInput
from landmark_driver.live.drive_recording import find_neutral
from landmark_driver.live.face_driver import FaceDriver
from landmark_driver.network.frame_file import frame_bytes
from landmark_driver.network.frame_program import Frame, FrameProgram
from landmark_driver.network.latent_stages import Bounds

COMPILER = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
SAME_M = 1e-6
FRAMES = 200

pytestmark = pytest.mark.skipif(COMPILER is None, reason="no C compiler on this machine")

Evaluate = Callable[[FrameProgram, list[Frame]], np.ndarray]


@pytest.fixture(scope="module")
def character() -> Character:
    return Character.load("default")


@pytest.fixture(scope="module")
def program(character: Character) -> FrameProgram:
    return sparse_driver(character).program


@pytest.fixture(scope="module")
def in_c(tmp_path_factory: pytest.TempPathFactory) -> Evaluate:
    """The vertices of frames by the compiled C program: (frames, V, 3) metres."""
    folder = tmp_path_factory.mktemp("frame_in_c")
    assert COMPILER is not None
    built = build((COMPILER, "-O2", "-Wall", "-Wextra", "-Werror"), folder)

    def evaluate(program: FrameProgram, frames: list[Frame]) -> np.ndarray:
        write_example(folder, frame_bytes(program))
        inputs = folder / "inputs.bin"
        inputs.write_bytes(b"".join(map(_doubles, frames)))
        return run_frames((), built, folder, len(frames), inputs).reshape(len(frames), -1, 3)

    return evaluate


def _doubles(frame: Frame) -> bytes:
    sway = np.zeros(3) if frame.sway_m_s2 is None else frame.sway_m_s2
    assert frame.displacements is not None
    return np.concatenate([frame.displacements, frame.gaze.ravel(), sway]).astype("<f8").tobytes()


def _in_numpy(program: FrameProgram, frames: list[Frame]) -> np.ndarray:
    """Leaves the frames run, so that their latents can be looked at."""
    for frame in frames:
        program.run(frame)
    return np.array([frame.vertices for frame in frames])


def _taken(given: DriverInput) -> Frame:
    sway = None if given.sway_m_s2 is None else given.sway_m_s2.copy()
    return Frame(given.gaze.copy(), given.displacements.astype(np.float32).ravel(), sway_m_s2=sway)


def _demo(character: Character) -> list[Frame]:
    taken = [frame for frame in read_take(DEMO_TAKE) if frame.has_face][:FRAMES]
    driver = FaceDriver(character, driver="landmarks")
    driver.use_neutral(find_neutral(taken, "auto"))
    frames = []
    for frame in taken:
        driver(frame)
        frames.append(_taken(driver.given))
    assert len(frames) == FRAMES
    return frames


def _expression(character: Character, **weights: float) -> np.ndarray:
    moved = sum(w * character.head.landmark_expressions[ARKIT_INDEX[name]] for name, w in weights.items())
    return np.asarray(moved, np.float32).ravel()


@pytest.mark.slow
def test_the_take_that_ships_is_driven_to_numpys_vertices(
    character: Character, program: FrameProgram, in_c: Evaluate
) -> None:
    frames = _demo(character)
    assert any(np.abs(frame.gaze).max() > 0.05 for frame in frames)
    assert any(frame.sway_m_s2 is not None and np.abs(frame.sway_m_s2).max() > 0.1 for frame in frames)
    given = in_c(program, frames)
    np.testing.assert_allclose(given, _in_numpy(program, frames), rtol=0, atol=SAME_M)


def test_lips_that_cross_are_moved_apart_alike(
    character: Character, program: FrameProgram, in_c: Evaluate
) -> None:
    pressed = [
        Frame(np.zeros((2, 2)), _expression(character, mouthPressLeft=p, mouthPressRight=p, mouthRollLower=p))
        for p in np.linspace(0, 1.2, 12)
    ]
    given = in_c(program, pressed)
    expected = _in_numpy(program, pressed)
    np.testing.assert_allclose(given, expected, rtol=0, atol=SAME_M)
    crossing = _in_numpy(program.without("seal"), [_again(frame) for frame in pressed])
    assert (np.abs(crossing - expected).max((1, 2)) > 1e-4).sum() >= 6


def test_weights_out_of_bounds_are_brought_back_alike(
    character: Character, program: FrameProgram, in_c: Evaluate
) -> None:
    rng = np.random.default_rng(3)
    wide = 1.6 * _expression(character, jawOpen=1, mouthSmileLeft=1, browInnerUp=-1, cheekPuff=1)
    frames = [
        Frame(rng.uniform(-0.3, 0.3, (2, 2)), (wide + rng.normal(0, noise, wide.shape)).astype(np.float32))
        for noise in np.linspace(0, 0.01, 20)
    ]
    given = in_c(program, frames)
    np.testing.assert_allclose(given, _in_numpy(program, frames), rtol=0, atol=SAME_M)
    free = [program.run(_again(frame), until="bounds").latent for frame in frames]
    bounds = program.stage("bounds")
    assert isinstance(bounds, Bounds)
    shapes = len(bounds.bounded.precision)
    assert all(latent is not None and latent[:shapes].min() < -0.5 for latent in free)


def test_another_material_and_no_sway_give_numpys_vertices(character: Character, in_c: Evaluate) -> None:
    soft = character.with_material({"cheek_left.stiffness": 0.5, "cheek_left.strength": 0.4}, (0, -5, 2))
    program = sparse_driver(soft).program
    frames = [Frame(np.zeros((2, 2)), _expression(soft, jawOpen=0.5, mouthSmileLeft=0.7))]
    np.testing.assert_allclose(in_c(program, frames), _in_numpy(program, frames), rtol=0, atol=SAME_M)


def _again(frame: Frame) -> Frame:
    return Frame(frame.gaze, frame.displacements, sway_m_s2=frame.sway_m_s2)
