"""What is timed is what runs live: same numbers, counted operations."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open

from firmware_bench.measure.bench_error import BenchError
from firmware_bench.measure.example_frame import example_file
from firmware_bench.measure.frame_network import FrameNetwork, sparse_driver
from firmware_bench.measure.linear_blendshapes import linear_blendshapes
from firmware_bench.measure.specialisation_subjects import specialisation_subjects
from firmware_bench.measure.timed_frame import TimedFrame, demo_frames, live_driver
from firmware_bench.measure.yardstick import yardstick
from landmark_driver.character import Character
from landmark_driver.compiled.evaluator import Evaluator, evaluators
from landmark_driver.head.eyes import NEUTRAL_GAZE
from landmark_driver.network.frame_file import read_frame
from landmark_driver.network.frame_program import Frame, FrameProgram
from landmark_driver.network.latent_stages import Posterior
from landmark_driver.network.vertex_stages import Decoder

STAGES = (
    "perspective",
    "calibration",
    "tracker response",
    "apertures",
    "smoothing",
    "gaze",
    "head motion",
    "looks",
    "posterior",
    "bounds",
    "decoder",
    "residual",
    "sway",
    "arches",
    "seal",
    "eyes",
    "mesh",
)


def test_the_network_is_the_frame_before_sway_lips_and_eyes(
    program: FrameProgram, network: FrameNetwork, example: Frame
) -> None:
    assert example.displacements is not None
    expected = program.run(Frame(NEUTRAL_GAZE, example.displacements), until="sway").vertices
    assert expected is not None
    np.testing.assert_array_equal(network(example.displacements), expected.ravel())
    np.testing.assert_allclose(network.whole()(example.displacements), expected.ravel(), atol=2e-7)


def test_operations_are_counted_from_the_matrices(network: FrameNetwork) -> None:
    gain, residual = _posterior(network).gain, network.program.stage("residual")
    latent, moving = len(gain), network.moving_coordinates
    others = gain.size + 8 * gain.shape[1] + sum(matrix.size for matrix in residual.matrices())
    others += 52 * 52 + (latent - 52) * 52
    whole = network.whole()
    assert whole.macs == others + latent * moving
    assert others + 0.5 * latent * moving < network.macs < others + 0.55 * latent * moving
    for counted in (network, whole):
        assert 4 * counted.macs < counted.bytes < 4.15 * counted.macs


@pytest.mark.parametrize("each", evaluators(), ids=lambda each: each.name)
def test_stages_drive_to_the_same_vertices_as_the_live_path(character: Character, each: Evaluator) -> None:
    frames = demo_frames()
    timed, following = (
        TimedFrame(live_driver(character, frames, each)),
        live_driver(character, frames, each),
    )
    for number in range(2 * len(frames)):
        frame = replace(frames[number % len(frames)], sequence=number, capture_time_s=number / 30)
        np.testing.assert_array_equal(timed(frame), following(frame).vertices)
    assert tuple(timed.budget_ms()) == STAGES and len(timed.stages_s) == 2 * len(frames)


def test_every_stage_gets_its_own_time(character: Character) -> None:
    frames, ticks = demo_frames(3), iter(2.0**number for number in range(100))
    timed = TimedFrame(live_driver(character, frames), clock=lambda: next(ticks))
    timed(frames[0])
    np.testing.assert_array_equal(timed.stages_s[0], 2.0 ** np.arange(len(STAGES)))


def test_the_frames_file_has_an_example_that_its_reader_finds_again(
    program: FrameProgram, example: Frame, tmp_path: Path
) -> None:
    path = tmp_path / "frame.safetensors"
    path.write_bytes(example_file(program, example, "default"))
    with safe_open(path, "np") as file:
        names = ("displacements", "gaze", "sway", "vertices")
        displacements, gaze, sway, vertices = (file.get_tensor(f"example.{name}") for name in names)
        header = file.metadata()
    again = read_frame(path)
    found = again.run(Frame(gaze, displacements, sway_m_s2=sway)).vertices
    assert found is not None
    np.testing.assert_allclose(found, vertices, rtol=0, atol=1e-8)
    whole = FrameNetwork.of(again).whole()
    assert (header["model"], int(header["macs"]), int(header["bytes"])) == (
        "default",
        whole.macs,
        whole.bytes,
    )


def test_the_example_gives_every_stage_something_to_do(program: FrameProgram, example: Frame) -> None:
    assert example.sway_m_s2 is not None and np.abs(example.sway_m_s2).max() > 0.01
    assert np.abs(example.gaze).max() > 0.01
    free = program.run(replace(example), until="bounds").latent
    assert free is not None and free[:52].min() < -0.01


def test_blendshapes_move_the_same_coordinates_as_the_decoder(
    character: Character, network: FrameNetwork
) -> None:
    moving = network.moving_coordinates
    subject = linear_blendshapes(character, moving, nullcontext)
    moved = subject.call()
    assert isinstance(moved, np.ndarray) and moved.shape == (moving,) and subject.macs == 52 * moving


def test_the_yardstick_is_the_same_everywhere() -> None:
    np.testing.assert_array_equal(yardstick(nullcontext).call(), yardstick(nullcontext).call())
    assert yardstick(nullcontext).macs == 192 * 13_824


def test_specialising_again_gives_the_same_frame(character: Character, program: FrameProgram) -> None:
    head, tissue = specialisation_subjects(character, program, nullcontext)
    again = head.call()
    assert isinstance(again, FrameProgram)
    np.testing.assert_allclose(
        _posterior(FrameNetwork.of(again)).gain, _posterior(FrameNetwork.of(program)).gain, atol=1e-5
    )
    changed = tissue.call()
    assert isinstance(changed, FrameProgram)
    before, after = program.stage("decoder"), changed.stage("decoder")
    assert isinstance(before, Decoder) and isinstance(after, Decoder)
    assert before.material_map is None and after.material_map is not None


def test_a_character_without_networks_is_refused(character: Character) -> None:
    with pytest.raises(BenchError, match="Expected a character with networks to measure, got one of linear"):
        sparse_driver(replace(character, network=None))


def _posterior(network: FrameNetwork) -> Posterior:
    posterior = network.program.stage("posterior")
    assert isinstance(posterior, Posterior)
    return posterior
