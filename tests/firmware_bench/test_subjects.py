"""What is timed is what runs live: same numbers, counted operations."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from firmware_bench.measure.bench_error import BenchError, ReportError
from firmware_bench.measure.driver_stages import (
    STAGES,
    StagedDriver,
    demo_frames,
    staged_driver,
    whole_driver,
)
from firmware_bench.measure.folded_network import FoldedNetwork, example_input, folded_driver
from firmware_bench.measure.linear_blendshapes import linear_blendshapes
from firmware_bench.measure.network_file import network_bytes, read_network, write_network
from firmware_bench.measure.specialisation_subjects import specialisation_subjects
from firmware_bench.measure.yardstick import yardstick
from landmark_driver.character import Character
from landmark_driver.drivers.sparse_driver import FoldedDriver
from landmark_driver.live.drive_recording import find_neutral


def test_the_network_is_the_drivers_own_without_bounds_lips_and_eyes(
    folded: FoldedDriver, network: FoldedNetwork
) -> None:
    displacements = example_input(network)
    z0 = folded.gain @ displacements + folded.offset
    expected = folded.decode(z0 + folded.corrector(z0)).ravel()
    moving = network.decoder_offset.size
    np.testing.assert_allclose(network(displacements), expected[:moving], atol=2e-7)
    np.testing.assert_allclose(network.whole()(displacements), expected[:moving], atol=2e-7)
    np.testing.assert_array_equal(expected[moving:], folded.resting[moving:])


def test_operations_are_counted_from_the_matrices(network: FoldedNetwork) -> None:
    latent, width, moving = len(network.gain), len(network.out[0]), network.decoder_offset.size
    hidden = latent * width + (len(network.hidden) - 1) * width**2
    before = latent * network.gain.shape[1] + hidden + width * latent
    whole = network.whole()
    assert whole.macs == before + latent * moving
    assert before + 0.5 * latent * moving < network.macs < before + 0.55 * latent * moving
    for counted in (network, whole):
        assert 4 * counted.macs < counted.bytes < 4.15 * counted.macs


def test_stages_drive_to_the_same_vertices_as_the_live_path(
    character: Character, folded: FoldedDriver
) -> None:
    frames = demo_frames()
    staged, next_staged = staged_driver(character, folded, frames)
    following = whole_driver(character, frames)
    for _ in range(2 * len(frames)):
        np.testing.assert_array_equal(next_staged(), following().vertices)
    assert set(staged.budget_ms()) == set(STAGES) and len(staged.stages_s) == 2 * len(frames)


def test_every_stage_gets_its_own_time(character: Character, folded: FoldedDriver) -> None:
    frames, ticks = demo_frames(3), iter(2.0**number for number in range(100))
    staged = StagedDriver(character, folded, find_neutral(frames, "auto"), clock=lambda: next(ticks))
    staged(frames[0])
    np.testing.assert_array_equal(staged.stages_s[0], 2.0 ** np.arange(len(STAGES)))


def test_the_network_file_survives_the_round_trip_and_its_parts_are_aligned(
    network: FoldedNetwork, tmp_path: Path
) -> None:
    for written in (network, network.whole()):
        write_network(written, "default", tmp_path / "network.bin")
        again = read_network(tmp_path / "network.bin")
        displacements = example_input(network)
        np.testing.assert_array_equal(again(displacements), written(displacements))
        assert (again.macs, again.bytes) == (written.macs, written.bytes)
    assert (network_bytes(network, "default").index(b"\n") + 1) % 16 == 0


def test_another_file_is_not_a_network(tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b'{"format": "else"}\n')
    with pytest.raises(ReportError, match=r"Expected a network of the bench, got '.*a\.bin', which is none"):
        read_network(tmp_path / "a.bin")


def test_blendshapes_move_the_same_coordinates_as_the_decoder(
    character: Character, network: FoldedNetwork
) -> None:
    moving = network.decoder_offset.size
    subject = linear_blendshapes(character, moving, nullcontext)
    assert np.shape(subject.call()) == (moving,) and subject.macs == 52 * moving


def test_the_yardstick_is_the_same_everywhere() -> None:
    np.testing.assert_array_equal(yardstick(nullcontext).call(), yardstick(nullcontext).call())
    assert yardstick(nullcontext).macs == 192 * 13_824


def test_specialising_again_gives_the_same_driver(character: Character, folded: FoldedDriver) -> None:
    head, tissue = specialisation_subjects(character, folded, nullcontext)
    again = head.call()
    assert isinstance(again, FoldedDriver)
    np.testing.assert_allclose(again.gain, folded.gain, atol=1e-5)
    changed = tissue.call()
    assert isinstance(changed, FoldedDriver) and folded.tissue is None and np.abs(changed.tissue).max() > 0


def test_a_character_without_networks_is_refused(character: Character) -> None:
    with pytest.raises(BenchError, match="Expected a character with networks to measure, got one of linear"):
        folded_driver(replace(character, network=None))
