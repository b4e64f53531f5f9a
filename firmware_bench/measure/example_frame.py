"""One frame that every runtime is timed and checked with: a face of the take that ships, with its gaze and its sway."""

from __future__ import annotations

from dataclasses import replace

from firmware_bench.measure.frame_network import FrameNetwork, sparse_driver
from firmware_bench.measure.timed_frame import demo_frames, live_driver
from landmark_driver.character import Character
from landmark_driver.compiled.evaluator import NUMPY
from landmark_driver.network.frame_file import frame_bytes
from landmark_driver.network.frame_program import Frame, FrameProgram


def example_frame(character: Character) -> Frame:
    """Return the last of `demo_frames` as the input of the character's program, not run yet.

    Args:
        character: with networks.

    Returns:
        The frame with its displacements, gaze and sway; it has no vertices.

    Raises:
        BenchError: for a character without networks.
    """
    head_driver, frames = sparse_driver(character), demo_frames()
    driver = live_driver(character, frames, NUMPY)
    for frame in frames:
        driver(frame)
    return head_driver.frame(driver.given)


def example_file(program: FrameProgram, example: Frame, model: str) -> bytes:
    """Return the frame's file with an example, by which every reader checks itself.

    Args:
        program: the whole frame.
        example: not run yet.
        model: the character as it was named.

    Returns:
        The file of `landmark_driver/network/frame_file.py`. `example.displacements` (3 L,), `example.gaze` (2, 2) and
        `example.sway` (3,) give `example.vertices` (V, 3). The header has `model`, and `macs` and `bytes` of the network
        with the whole basis.
    """
    shown = program.run(replace(example))
    arrays = {
        "displacements": example.displacements,
        "gaze": example.gaze,
        "sway": example.sway_m_s2,
        "vertices": shown.vertices,
    }
    whole = FrameNetwork.of(program).whole()
    header = {"model": model, "macs": str(whole.macs), "bytes": str(whole.bytes)}
    more = {f"example.{name}": array for name, array in arrays.items() if array is not None}
    return frame_bytes(program, more, header)
