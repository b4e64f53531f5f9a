"""A `LandmarkFrame` as bytes and back, as a phone sends it and a take stores it.

`docs/packet.md` is the specification; `capture/page/frames/packet.js` is the same codec in the browser. Both are
tested on the same golden bytes. No socket and no clock is used here.
"""

from __future__ import annotations

import struct

import numpy as np

from capture.frames.capture_error import PacketError
from capture.frames.landmark_frame import ARKIT_COUNT, LANDMARK_COUNT, LandmarkFrame

VERSION = 1

HAS_FACE = 0b001
HAS_TRANSFORM = 0b010
HAS_BLENDSHAPES = 0b100

HEADER = struct.Struct("<BBHHHdI")
"""Version, flags, width px, height px, landmark count, capture time s, sequence; 20 bytes."""

_FLOAT = np.dtype("<f4")
_LANDMARK_BYTES = LANDMARK_COUNT * 3 * _FLOAT.itemsize
_TRANSFORM_BYTES = 16 * _FLOAT.itemsize
_BLENDSHAPE_BYTES = ARKIT_COUNT * _FLOAT.itemsize

MAX_PACKET_BYTES = HEADER.size + _LANDMARK_BYTES + _TRANSFORM_BYTES + _BLENDSHAPE_BYTES


def encode_frame(frame: LandmarkFrame) -> bytes:
    """Return the frame's packet.

    Args:
        frame: the frame; its transform and blendshapes need landmarks.

    Returns:
        20 bytes without a face, at most `MAX_PACKET_BYTES` with one. `receive_time_s` is not among them: only
        the receiver can measure it.
    """
    assert frame.has_face or (frame.face_transform is None and frame.blendshapes is None)
    width, height = frame.image_size_px
    flags = (
        HAS_FACE * (frame.landmarks is not None)
        | HAS_TRANSFORM * (frame.face_transform is not None)
        | HAS_BLENDSHAPES * (frame.blendshapes is not None)
    )
    count = LANDMARK_COUNT if frame.has_face else 0
    header = HEADER.pack(VERSION, flags, width, height, count, frame.capture_time_s, frame.sequence)
    arrays = (frame.landmarks, frame.face_transform, frame.blendshapes)
    return header + b"".join(a.astype(_FLOAT).tobytes() for a in arrays if a is not None)


def decode_frame(packet: bytes, receive_time_s: float) -> LandmarkFrame:
    """Return the frame in `packet`, with `capture_time_s` still on the sender's clock.

    Args:
        packet: the bytes of one packet.
        receive_time_s: seconds, on this process's clock.

    Returns:
        The frame; its arrays are float32 and read-only.

    Raises:
        PacketError: for anything the specification does not allow, down to the last byte.
    """
    version, flags, width, height, count, capture_time_s, sequence = _header(packet)
    _check_header(version, flags, width, height, count, capture_time_s)
    _check_length(packet, flags)
    landmarks, rest = _floats(packet, HEADER.size, (LANDMARK_COUNT, 3), flags & HAS_FACE, "landmarks")
    transform, rest = _floats(packet, rest, (4, 4), flags & HAS_TRANSFORM, "face transform")
    blendshapes, _ = _floats(packet, rest, (ARKIT_COUNT,), flags & HAS_BLENDSHAPES, "blendshapes")
    return LandmarkFrame(
        sequence=sequence,
        capture_time_s=capture_time_s,
        receive_time_s=receive_time_s,
        image_size_px=(width, height),
        landmarks=landmarks,
        face_transform=transform,
        blendshapes=blendshapes,
    )


def _header(packet: bytes) -> tuple[int, int, int, int, int, float, int]:
    if len(packet) < HEADER.size:
        raise PacketError(
            f"Expected at least {HEADER.size} bytes of packet header, got {len(packet)}. Send whole packets."
        )
    return HEADER.unpack_from(packet)


def _check_header(version: int, flags: int, width: int, height: int, count: int, time_s: float) -> None:
    if version != VERSION:
        raise PacketError(
            f"Expected packet version {VERSION}, got {version}. Reload the phone page so that both sides agree."
        )
    if flags & ~(HAS_FACE | HAS_TRANSFORM | HAS_BLENDSHAPES) or (flags and not flags & HAS_FACE):
        raise PacketError(
            f"Expected packet flags 0, 1, 3, 5 or 7, got {flags}. Set what docs/packet.md allows."
        )
    if width == 0 or height == 0:
        raise PacketError(
            f"Expected a packet image size of at least 1 x 1 px, got {width} x {height}. Send the camera's."
        )
    expected = LANDMARK_COUNT if flags & HAS_FACE else 0
    if count != expected:
        raise PacketError(
            f"Expected a packet landmark count of {expected}, got {count}. Use MediaPipe's 478 points."
        )
    if not np.isfinite(time_s):
        raise PacketError(
            f"Expected a packet capture time in finite seconds, got {time_s}. Send the clock's."
        )


def _check_length(packet: bytes, flags: int) -> None:
    expected = packet_length(flags)
    if len(packet) < expected:
        raise PacketError(
            f"Expected {expected} packet bytes with flags {flags}, got only {len(packet)}. Send whole packets."
        )
    if len(packet) > expected:
        raise PacketError(
            f"Expected {expected} packet bytes with flags {flags}, got {len(packet)}. Send one packet at a time."
        )


def packet_length(flags: int) -> int:
    """Return the length of a packet with these flags.

    Args:
        flags: a sum of `HAS_FACE`, `HAS_TRANSFORM` and `HAS_BLENDSHAPES`.

    Returns:
        Bytes, header included.
    """
    return (
        HEADER.size
        + _LANDMARK_BYTES * bool(flags & HAS_FACE)
        + _TRANSFORM_BYTES * bool(flags & HAS_TRANSFORM)
        + _BLENDSHAPE_BYTES * bool(flags & HAS_BLENDSHAPES)
    )


def _floats(
    packet: bytes, offset: int, shape: tuple[int, ...], present: int, name: str
) -> tuple[np.ndarray | None, int]:
    """Return the array at `offset` and the offset after it; None and the same offset where absent."""
    if not present:
        return None, offset
    count = int(np.prod(shape))
    values = np.frombuffer(packet, _FLOAT, count, offset).astype(np.float32, copy=False)
    if not np.isfinite(values).all():
        index = int(np.flatnonzero(~np.isfinite(values))[0])
        raise PacketError(
            f"Expected finite packet {name}, got {values[index]} at index {index}. Leave such a frame out."
        )
    return values.reshape(shape), offset + values.nbytes
