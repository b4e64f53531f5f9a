"""Writes the golden packets that both codecs are tested on: `python tests/golden/make_golden_packets.py`.

It follows docs/packet.md with `struct` alone and imports neither codec, so the bytes are a third
opinion. `packets.json` holds what each file says, and how each forbidden packet is made from one.
All numbers are dyadic fractions: exact in float32, equal in both languages.
"""

from __future__ import annotations

import json
import struct
from pathlib import Path

GOLDEN = Path(__file__).parent

LANDMARKS = [(17 * i % 1024) / 1024 - (0.5 if i % 3 == 2 else 0.0) for i in range(478 * 3)]
TRANSFORM = [1, 0, 0, -2.5, 0, 0.75, -0.625, 3.25, 0, 0.625, 0.75, -41.5, 0, 0, 0, 1]
BLENDSHAPES = [i / 64 for i in range(52)]

FRAMES = {
    "packet_full": (7, 4321, 12.015625, (640, 480), LANDMARKS, TRANSFORM, BLENDSHAPES),
    "packet_landmarks_only": (1, 4322, 12.046875, (480, 360), LANDMARKS, None, None),
    "packet_no_face": (0, 4294967295, 86400.25, (1280, 720), None, None, None),
}

# base packet, bytes to put at an offset (hex), length afterwards, what the error must say
FORBIDDEN = {
    "empty": ("packet_no_face", None, 0, "Expected at least 20 bytes of packet header, got 0."),
    "half a header": (
        "packet_full",
        None,
        10,
        "Expected at least 20 bytes of packet header, got 10.",
    ),
    "version 2": ("packet_full", (0, "02"), None, "Expected packet version 1, got 2."),
    "unknown flag": ("packet_full", (1, "0f"), None, "Expected packet flags 0, 1, 3, 5 or 7, got 15."),
    "scores without a face": (
        "packet_full",
        (1, "04"),
        None,
        "Expected packet flags 0, 1, 3, 5 or 7, got 4.",
    ),
    "no width": (
        "packet_full",
        (2, "0000"),
        None,
        "Expected a packet image size of at least 1 x 1 px, got 0 x 480.",
    ),
    "468 landmarks": ("packet_full", (6, "d401"), None, "Expected a packet landmark count of 478, got 468."),
    "landmarks without a face": (
        "packet_no_face",
        (6, "de01"),
        None,
        "Expected a packet landmark count of 0, got 478.",
    ),
    "time not a number": (
        "packet_no_face",
        (8, "000000000000f87f"),
        None,
        "Expected a packet capture time in finite seconds, got",
    ),
    "one byte short": ("packet_full", None, 6027, "Expected 6028 packet bytes with flags 7, got only 6027."),
    "one byte long": ("packet_full", None, 6029, "Expected 6028 packet bytes with flags 7, got 6029."),
    "infinite landmark": (
        "packet_full",
        (20 + 4 * 5, "0000807f"),
        None,
        "Expected finite packet landmarks, got",
    ),
    "transform not a number": (
        "packet_full",
        (20 + 5736, "0000c07f"),
        None,
        "Expected finite packet face transform, got",
    ),
    "score not a number": (
        "packet_full",
        (20 + 5736 + 64 + 4 * 51, "0000c07f"),
        None,
        "Expected finite packet blendshapes, got",
    ),
}


def packet(
    flags: int,
    sequence: int,
    capture_time_s: float,
    size_px: tuple[int, int],
    landmarks: list[float] | None,
    transform: list[float] | None,
    blendshapes: list[float] | None,
) -> bytes:
    count = 478 if landmarks else 0
    floats = [*(landmarks or []), *(transform or []), *(blendshapes or [])]
    header = struct.pack("<BBHHHdI", 1, flags, *size_px, count, capture_time_s, sequence)
    return header + struct.pack(f"<{len(floats)}f", *floats)


def description(
    flags: int,
    sequence: int,
    capture_time_s: float,
    size_px: tuple[int, int],
    landmarks: list[float] | None,
    transform: list[float] | None,
    blendshapes: list[float] | None,
) -> dict[str, object]:
    return {
        "flags": flags,
        "sequence": sequence,
        "captureTimeS": capture_time_s,
        "imageSizePx": size_px,
        "landmarks": landmarks,
        "faceTransform": transform,
        "blendshapes": blendshapes,
    }


def main() -> None:
    for name, frame in FRAMES.items():
        (GOLDEN / f"{name}.bin").write_bytes(packet(*frame))
    forbidden = [
        {"name": name, "base": base, "patch": patch, "length": length, "message": message}
        for name, (base, patch, length, message) in FORBIDDEN.items()
    ]
    frames = {name: description(*frame) for name, frame in FRAMES.items()}
    text = json.dumps({"frames": frames, "forbidden": forbidden})
    (GOLDEN / "packets.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
