"""Drives a puppet's file in node with the page's own modules, for comparison with the desktop's driver."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from capture.frames.landmark_frame import LandmarkFrame
from capture.frames.packet import encode_frame
from tests.node import run_module

_DRIVE = """
    import { readFileSync, writeFileSync } from "node:fs";
    const { decodeFrame } = await import(PAGE + "/frames/packet.js");
    const { FaceDriver } = await import(PAGE + "/puppet/face_driver.js");
    const { readPuppet } = await import(PAGE + "/puppet/files/puppet_store.js");
    const { ShownMesh } = await import(PAGE + "/puppet/stage/shown_mesh.js");
    const read = (name) => new Uint8Array(readFileSync(argument.folder + name)).buffer;
    const puppet = readPuppet(read("/puppet"));
    const driver = new FaceDriver(puppet);
    const mesh = new ShownMesh(puppet.arrays);
    const packets = read("/packets");
    const [vertices, shown, poses, states, networkMs] = [[], [], [], [], []];
    let offset = 0;
    for (const length of argument.lengths) {
      const frame = decodeFrame(packets.slice(offset, offset + length));
      offset += length;
      const face = await driver.drive(frame);
      networkMs.push(driver.networkMs);
      mesh.follow(face.vertices);
      vertices.push(Buffer.from(face.vertices.slice().buffer));
      shown.push(Buffer.from(mesh.positions.slice().buffer));
      poses.push(Array.from(face.pose));
      states.push([face.tracked, face.calibrated]);
    }
    writeFileSync(argument.folder + "/vertices", Buffer.concat(vertices));
    writeFileSync(argument.folder + "/shown", Buffer.concat(shown));
    console.log(JSON.stringify({ poses, states, networkMs }));
"""


@dataclass(frozen=True)
class NodeFaces:
    """What the page's modules make of frames, one row a frame."""

    vertices: np.ndarray
    shown: np.ndarray
    poses: np.ndarray
    tracked: np.ndarray
    calibrated: np.ndarray
    network_ms: np.ndarray
    """What the network took of each frame."""


def drive_in_node(puppet: bytes, frames: Sequence[LandmarkFrame], folder: Path) -> NodeFaces:
    """Drive a phone's file, this version's or an earlier one's.

    Args:
        puppet: the file's bytes.
        frames: as a tracker sends them.
        folder: for files on the way to node and back.
    """
    packets = [encode_frame(frame) for frame in frames]
    (folder / "puppet").write_bytes(puppet)
    (folder / "packets").write_bytes(b"".join(packets))
    lengths = [len(packet) for packet in packets]
    said = run_module(_DRIVE, {"folder": str(folder), "lengths": lengths}, timeout_s=900)
    vertices, shown = (
        np.fromfile(folder / name, np.float32).reshape(len(frames), -1, 3) for name in ("vertices", "shown")
    )
    states = np.array(said["states"])
    return NodeFaces(
        vertices=vertices,
        shown=shown,
        poses=np.array(said["poses"]).reshape(-1, 4, 4),
        tracked=states[:, 0],
        calibrated=states[:, 1],
        network_ms=np.array(said["networkMs"]),
    )
