"""The golden packets as bytes, as frames, and as the forbidden packets made from them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from capture.frames.landmark_frame import LandmarkFrame

GOLDEN = Path(__file__).parents[2] / "golden"
TABLE = json.loads((GOLDEN / "packets.json").read_text())


def golden_bytes(name: str) -> bytes:
    return (GOLDEN / f"{name}.bin").read_bytes()


def golden_frame(name: str) -> LandmarkFrame:
    said = TABLE["frames"][name]

    def array(key: str, shape: tuple[int, ...]) -> np.ndarray | None:
        return None if said[key] is None else np.array(said[key], np.float32).reshape(shape)

    return LandmarkFrame(
        sequence=said["sequence"],
        capture_time_s=said["captureTimeS"],
        receive_time_s=99.5,
        image_size_px=tuple(said["imageSizePx"]),
        landmarks=array("landmarks", (478, 3)),
        face_transform=array("faceTransform", (4, 4)),
        blendshapes=array("blendshapes", (52,)),
    )


def forbidden_packet(case: dict[str, Any]) -> bytes:
    packet = bytearray(golden_bytes(case["base"]))
    if case["patch"]:
        offset, patch = case["patch"][0], bytes.fromhex(case["patch"][1])
        packet[offset : offset + len(patch)] = patch
    if case["length"] is not None:
        packet = packet[: case["length"]].ljust(case["length"], b"\0")
    return bytes(packet)
