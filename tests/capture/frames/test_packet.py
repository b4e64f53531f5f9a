"""The frame codec against the golden bytes that the browser's codec is tested on too."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from capture.frames.capture_error import PacketError
from capture.frames.landmark_frame import LandmarkFrame
from capture.frames.packet import MAX_PACKET_BYTES, decode_frame, encode_frame, packet_length
from tests.capture.frames.golden import GOLDEN, TABLE, forbidden_packet, golden_bytes, golden_frame


def assert_same(got: LandmarkFrame, expected: LandmarkFrame) -> None:
    for field in ("sequence", "capture_time_s", "receive_time_s", "image_size_px"):
        assert getattr(got, field) == getattr(expected, field)
    for field in ("landmarks", "face_transform", "blendshapes"):
        np.testing.assert_array_equal(getattr(got, field), getattr(expected, field))


@pytest.mark.parametrize("name", TABLE["frames"])
def test_a_frame_encodes_to_the_golden_bytes(name: str) -> None:
    assert encode_frame(golden_frame(name)) == golden_bytes(name)


@pytest.mark.parametrize("name", TABLE["frames"])
def test_the_golden_bytes_decode_to_the_frame(name: str) -> None:
    assert_same(decode_frame(golden_bytes(name), 99.5), golden_frame(name))


@pytest.mark.parametrize("case", TABLE["forbidden"], ids=lambda case: case["name"])
def test_a_forbidden_packet_is_refused_with_what_was_expected_and_got(case: dict[str, Any]) -> None:
    with pytest.raises(PacketError) as error:
        decode_frame(forbidden_packet(case), 0.0)
    assert str(error.value).startswith(case["message"])


def test_a_newer_version_says_what_to_do() -> None:
    with pytest.raises(PacketError, match="Reload the phone page so that both sides agree"):
        decode_frame(b"\x09" + golden_bytes("packet_no_face")[1:], 0.0)


def test_any_random_bytes_are_a_frame_or_a_packet_error() -> None:
    random = np.random.default_rng(0)
    for length in (*range(64), 5756, MAX_PACKET_BYTES, 70_000):
        packet = bytearray(random.bytes(length))
        packet[:2] = (b"\x01" + bytes([random.integers(8)]))[:length]
        try:
            decode_frame(bytes(packet), 0.0)
        except PacketError:
            continue


def test_float64_arrays_survive_the_round_trip_as_float32() -> None:
    rng = np.random.default_rng(1)
    frame = LandmarkFrame(5, 1.5, 2.0, (640, 480), rng.normal(size=(478, 3)), rng.normal(size=(4, 4)))
    back = decode_frame(encode_frame(frame), 2.0)
    assert back.landmarks is not None and frame.landmarks is not None
    assert back.landmarks.dtype == np.float32
    np.testing.assert_array_equal(back.landmarks, frame.landmarks.astype(np.float32))
    assert back.blendshapes is None


def test_decoded_arrays_cannot_be_written_to() -> None:
    frame = decode_frame(golden_bytes("packet_full"), 0.0)
    assert frame.landmarks is not None
    with pytest.raises(ValueError, match="read-only"):
        frame.landmarks[0] = 0


def test_the_lengths_are_those_of_the_specification() -> None:
    assert [packet_length(flags) for flags in (0, 1, 3, 5, 7)] == [20, 5756, 5820, 5964, 6028]
    assert MAX_PACKET_BYTES == 6028


def test_the_committed_golden_files_are_what_their_script_writes(tmp_path: Path) -> None:
    script = tmp_path / "make_golden_packets.py"
    script.write_text((GOLDEN / "make_golden_packets.py").read_text())
    subprocess.run([sys.executable, script], check=True)
    for written in tmp_path.iterdir():
        assert written.read_bytes() == (GOLDEN / written.name).read_bytes()
