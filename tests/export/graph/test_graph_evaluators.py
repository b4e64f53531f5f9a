"""PyTorch, ONNX, TFLite and Core ML's graph, in float32, give the vertices of NumPy's program on the take that ships.

A graph ends before the stage sway. The stages sway, lips and eyes are then NumPy's for all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from itertools import dropwhile
from pathlib import Path

import numpy as np

from capture.sources.live_source import DEMO_TAKE
from capture.takes.take import read_take
from export.formats.model_metadata import model_metadata, packed_metadata
from export.formats.open_exported import open_exported
from export.formats.read_onnx import beside
from export.formats.read_tflite import append_description
from export.formats.write_coreml import write_coreml
from export.formats.write_onnx import onnx_bytes
from export.formats.write_tflite import tflite_bytes
from export.graph.exported_driver import exported_driver
from export.graph.exported_graph import tissue_inputs
from export.graph.graph_call import graph_call
from landmark_driver.drivers.head_driver import DriverInput
from landmark_driver.drivers.sparse_driver import SparseDriver
from landmark_driver.live.face_driver import FaceDriver
from landmark_driver.network.film_network import WEIGHT_UNIT
from landmark_driver.network.frame_program import FrameProgram
from landmark_driver.tissue.tissue_setting import default_setting
from tests.export.models.exported_default import default_character, default_graph, needs
from tests.landmark_driver.textured_scan import textured_scan

BOUND_M = 1e-6
FRAMES, FIRST = 200, 60

GraphCall = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class TakeFrame:
    """One frame of the take, and NumPy's answer before and after the stages that graphs leave out."""

    given: DriverInput
    displacements: np.ndarray
    """(3L,) metres."""
    look_weights: np.ndarray
    """(8,)."""
    decoded: np.ndarray
    """(V, 3) metres, before the stage sway."""
    vertices: np.ndarray
    """(V, 3) metres, as the driver gives them."""


@cache
def driver() -> SparseDriver:
    driver = exported_driver(default_character())
    assert isinstance(driver, SparseDriver)
    return driver


@cache
def take_frames() -> tuple[TakeFrame, ...]:
    """What `live` gives its driver, from the third second on: expressions, glances and motion of the head."""
    face_driver = FaceDriver(default_character())
    frames = []
    for number, frame in zip(range(FIRST + FRAMES), read_take(DEMO_TAKE), strict=False):
        shown = face_driver(frame)
        if number >= FIRST:
            frames.append(take_frame(face_driver.given, shown.vertices))
    return tuple(frames)


def take_frame(given: DriverInput, vertices: np.ndarray) -> TakeFrame:
    frame = driver().program.run(driver().frame(given), until="sway")
    assert frame.vertices is not None and frame.look_latents is not None and frame.displacements is not None
    look_weights = np.float32(WEIGHT_UNIT) * frame.look_latents
    return TakeFrame(given, frame.displacements, look_weights, frame.vertices.copy(), vertices.copy())


def finished(given: DriverInput, decoded: np.ndarray) -> np.ndarray:
    """Vertices of a graph after NumPy's stages sway, arches, seal and eyes."""
    program = driver().program
    last = FrameProgram(tuple(dropwhile(lambda stage: stage.name != "sway", program)))
    assert last.names == ("sway", "arches", "seal", "eyes")
    frame = program.run(driver().frame(given), until="sway")
    frame.vertices = decoded.copy()
    last.run(frame)
    assert frame.vertices is not None
    return frame.vertices


def farthest(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.linalg.norm(a.astype(float) - b, axis=1).max())


def assert_gives_numpys_vertices(call: GraphCall, frames: tuple[TakeFrame, ...]) -> None:
    decoded_m, finished_m = [], []
    for frame in frames:
        decoded = call(frame.displacements, frame.look_weights)
        decoded_m.append(farthest(decoded, frame.decoded))
        finished_m.append(farthest(finished(frame.given, decoded), frame.vertices))
    assert max(decoded_m) < BOUND_M
    assert max(finished_m) < BOUND_M


def opened(path: Path) -> GraphCall:
    """A model that was written, in the default material."""
    model = open_exported(path)
    state = model.specialise(**tissue_inputs(default_setting()))["tissue_state"]
    return lambda displacements, looks: model.run(
        displacements_m=displacements.reshape(-1, 3), look_weights=looks, tissue_state=state
    )["vertices_m"]


def test_the_take_moves_face_eyes_and_tissue() -> None:
    """Its 200 frames are worth comparing: lips are parted, eyeballs turned, tissue sways."""
    frames = take_frames()
    assert len(frames) == FRAMES
    neutral = default_character().neutral_vertices
    assert max(farthest(frame.decoded, neutral) for frame in frames) > 5e-3
    assert max(np.abs(frame.given.gaze).max() for frame in frames) > 0.05
    sways = [sway for frame in frames if (sway := frame.given.sway_m_s2) is not None]
    assert len(sways) == FRAMES and max(np.linalg.norm(sway) for sway in sways) > 0.1


def test_numpys_own_stages_finish_a_frame_as_the_driver_does() -> None:
    for frame in take_frames():
        np.testing.assert_array_equal(finished(frame.given, frame.decoded), frame.vertices)


def test_pytorch_gives_numpys_vertices() -> None:
    needs("torch")
    assert_gives_numpys_vertices(graph_call(default_character()), take_frames())


def test_onnx_gives_numpys_vertices(tmp_path: Path) -> None:
    needs("torch", "onnx", "onnxscript", "onnxruntime")
    graph, path = default_graph("sparse", "fp32"), tmp_path / "head.onnx"
    description = packed_metadata(model_metadata(graph, default_character()))
    path.write_bytes(onnx_bytes(graph.run, graph.stored, description))
    beside(path).write_bytes(onnx_bytes(graph.specialise, graph.stored, description))
    assert_gives_numpys_vertices(opened(path), take_frames())


def test_tflite_gives_numpys_vertices(tmp_path: Path) -> None:
    needs("torch", "litert_torch", "ai_edge_litert")
    graph, path = default_graph("sparse", "fp32"), tmp_path / "head.tflite"
    path.write_bytes(tflite_bytes(graph))
    append_description(path, packed_metadata(model_metadata(graph, default_character())))
    assert_gives_numpys_vertices(opened(path), take_frames())


def test_core_mls_graph_gives_numpys_vertices(tmp_path: Path) -> None:
    needs("torch", "coremltools")
    graph, path = default_graph("sparse", "fp32"), tmp_path / "head.mlpackage"
    write_coreml(graph, path, packed_metadata(model_metadata(graph, default_character())))
    assert_gives_numpys_vertices(opened(path), take_frames())


def test_a_characters_scan_leaves_its_graph_the_heads() -> None:
    scanned = replace(default_character(), scan=textured_scan().scan)
    arrays, own = exported_driver(scanned).program.arrays(), driver().program.arrays()
    assert arrays.keys() == own.keys()
    for name, array in arrays.items():
        np.testing.assert_array_equal(array, own[name])
