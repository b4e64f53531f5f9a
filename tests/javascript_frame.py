"""Runs a compiled frame in node with the page's own modules."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from jaxtyping import Float

from tests.node import run_module

_RUN = """
    import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
    const { readFrameFile } = await import(PAGE + "/puppet/files/frame_file.js");
    const { frameProgram, restingFrame } = await import(PAGE + "/puppet/network/frame_program.js");
    const read = (name) => new Uint8Array(readFileSync(argument.folder + name)).buffer;
    const file = readFrameFile(read("/frame"));
    const program = frameProgram(file);
    const frame = restingFrame(file);
    const displacements = new Float32Array(read("/displacements"));
    const gazes = new Float64Array(read("/gazes"));
    const sways = argument.sways ? new Float64Array(read("/sways")) : null;
    const of = (array, number, size) => array.subarray(number * size, (number + 1) * size);
    const out = openSync(argument.folder + "/vertices", "w");
    for (let number = 0; number < argument.frames; number += 1) {
      frame.displacements.set(of(displacements, number, frame.displacements.length));
      frame.gaze.set(of(gazes, number, 4));
      frame.sway = sways && of(sways, number, 3);
      writeSync(out, program.run(frame).vertices);
    }
    closeSync(out);
    console.log("null");
"""


def run_in_node(
    frame_file: bytes,
    displacements: Float[np.ndarray, "frames coordinates"],
    gazes: Float[np.ndarray, "frames 2 2"],
    sways: Float[np.ndarray, "frames 3"] | None = None,
) -> Float[np.ndarray, "frames vertices 3"]:
    """Run all stages of a frame's file on frames that follow each other.

    Args:
        frame_file: the bytes of a file (`frame_file.py`), or of a phone's.
        displacements: (N, 3 L) metres from neutral, head frame.
        gazes: (N, 2, 2) radians, (left, right) x (yaw, pitch).
        sways: (N, 3) m/s^2, head frame; None for none.

    Returns:
        (N, V, 3) metres, head frame, float32.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "frame").write_bytes(frame_file)
        displacements.astype(np.float32).tofile(folder / "displacements")
        gazes.astype(float).tofile(folder / "gazes")
        if sways is not None:
            sways.astype(float).tofile(folder / "sways")
        told = {"folder": str(folder), "frames": len(displacements), "sways": sways is not None}
        run_module(_RUN, told, timeout_s=900)
        return np.fromfile(folder / "vertices", np.float32).reshape(len(displacements), -1, 3)
