"""The description that an app needs beside the graph, as one JSON document inside the model file.

Arrays are base64 of little-endian numbers: {"dtype": "uint16", "shape": [10916, 3], "base64": "..."}.
"""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np

from capture.frames.arkit import ARKIT_NAMES
from capture.frames.landmark_frame import ARKIT_COUNT, LANDMARK_COUNT
from capture.takes.take_header import software
from export.formats.metadata_format import FORMAT, FORMAT_VERSION
from export.graph.exported_driver import exported_driver, network_of
from export.graph.exported_graph import ExportedGraph, Function
from export.model_choices import NetworkName
from landmark_driver.character import Character
from landmark_driver.head.eyes import EYE_LOOKS, NEUTRAL_GAZE
from landmark_driver.network.frame_program import Frame
from landmark_driver.tissue.tissue_parameters import (
    BONE_SCALE,
    BONES,
    GRAVITY,
    GRAVITY_M_S2,
    LEARNED,
    REGIONS,
    TissueParameter,
)

_HEAD_FRAME = (
    "right-handed, metres: +x to the subject's left, +y up, +z out of the face, "
    "origin midway between the eyeball centres"
)
_MEANING = {
    "displacements_m": "landmarks on this head, less where they are on the neutral one, MediaPipe's order, metres",
    "look_weights": "weights 0..1 of the shapes in `look_names`, from the gaze",
    "tissue_state": "what `specialise` returned; all zeros mean usual tissue in a sparse network",
    "vertices_m": "metres, head frame, before lips are parted and eyeballs turned",
    "weights": "ARKit weights 0..1 in the order of `weight_names`",
    "materials": "a row for each of `tissue.regions`, a column for each of `tissue.parameters`",
    "gravity_m_s2": "head frame, metres a second squared",
    "bone_scale": "a factor for each of `tissue.bones`",
}


def model_metadata(graph: ExportedGraph, character: Character) -> dict[str, Any]:
    """Return the document of a graph and the head that it was made of.

    Args:
        graph: gives the names and shapes of inputs and outputs.
        character: its head gives faces, landmarks, eyes and lips, its networks the target material.

    Returns:
        Values that JSON can hold; arrays are encoded as above.

    Raises:
        ExportError: for a character without networks.

    Its keys are a published format: "shown" is the target material, "usual" a default value.
    """
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "software": software(),
        "network": graph.network,
        "precision": graph.precision,
        "character": character.provenance,
        "head_frame": _HEAD_FRAME,
        "functions": {function.name: _function(function) for function in (graph.run, graph.specialise)},
        "weight_names": list(ARKIT_NAMES),
        "look_names": [ARKIT_NAMES[index] for index in EYE_LOOKS],
        "tissue": _tissue(character),
        "arrays": {name: _encoded(array) for name, array in _arrays(character, graph.network).items()},
    }


def packed_metadata(metadata: dict[str, Any]) -> str:
    """Return a document as JSON text.

    Args:
        metadata: the document of `model_metadata`.

    Returns:
        The text without spaces, keys in alphabetical order, so that equal documents are equal texts.
    """
    return json.dumps(metadata, separators=(",", ":"), sort_keys=True)


def decoded(array: dict[str, Any]) -> np.ndarray:
    """Return an array of the document.

    Args:
        array: an entry with "dtype", "shape" and "base64".

    Returns:
        The array in its type and shape, read-only.
    """
    values = np.frombuffer(base64.b64decode(array["base64"]), np.dtype(array["dtype"]).newbyteorder("<"))
    return values.reshape(array["shape"])


def _function(function: Function) -> dict[str, Any]:
    with_shapes = {name: list(tensor.shape) for name, tensor in function.inputs.items()}
    return {
        "inputs": [_port(name, shape) for name, shape in with_shapes.items()],
        "outputs": [_port(name, list(shape)) for name, shape in function.outputs.items()],
    }


def _port(name: str, shape: list[int]) -> dict[str, Any]:
    return {"name": name, "shape": shape, "dtype": "float32", "meaning": _MEANING[name]}


def _tissue(character: Character) -> dict[str, Any]:
    target = network_of(character).target
    return {
        "regions": list(REGIONS),
        "parameters": [_parameter(one.name, one) for one in LEARNED],
        "bones": [_parameter(bone, BONE_SCALE) for bone in BONES],
        "gravity_m_s2": {"largest": GRAVITY.trained[1], "usual": list(GRAVITY_M_S2)},
        "shown": {
            "materials": target.learned.tolist(),
            "gravity_m_s2": target.gravity.tolist(),
            "bone_scale": target.bones.tolist(),
        },
    }


def _parameter(name: str, parameter: TissueParameter) -> dict[str, Any]:
    """Return a slider's name, range and default; the range is the one that networks learned."""
    low, high = parameter.trained
    return {"name": name, "low": low, "high": high, "usual": parameter.default}


def _arrays(character: Character, network: NetworkName) -> dict[str, np.ndarray]:
    """Return arrays in the smallest type that holds them; neutral vertices are missing, since `run` gives them for zeros."""
    head, lips = character.head, network_of(character).weights.lips
    return {
        "faces": _numbers(head.faces),
        "face_part": head.face_part,
        "landmark_corners": _numbers(head.landmark_corners),
        "landmark_weights": head.landmark_weights.astype(np.float32),
        "eye_vertices": _numbers(head.eye_vertices),
        "eye_centres_m": head.eye_centres.astype(np.float32),
        "gaze_turns_rad": head.gaze_turns.astype(np.float32),
        "lips_upper": _numbers(lips.upper),
        "lips_lower": _numbers(lips.lower),
        "lips_slit": _numbers(lips.slit),
        "lips_moving": _numbers(lips.moving),
        "lips_share": lips.share.astype(np.float32),
    } | _solved(character, network)


def _solved(character: Character, network: NetworkName) -> dict[str, np.ndarray]:
    """Return what an app adds to the vertices of the target material where the simulator has solved the head at rest."""
    edit, neutral = network_of(character).solved, character.head.neutral_vertices
    if edit is None or edit.rest is None:
        return {}
    driver = exported_driver(character, network)
    still = Frame(NEUTRAL_GAZE, np.zeros(3 * LANDMARK_COUNT, np.float32))
    if network == "soft":
        still = Frame(NEUTRAL_GAZE, weights=np.zeros(ARKIT_COUNT))
    own = driver.program.run(still, until="sway").vertices
    assert own is not None
    return {"resting_offset_m": (edit.rest - (own - neutral)).astype(np.float16)}


def _numbers(indices: np.ndarray) -> np.ndarray:
    return indices.astype(np.uint16 if indices.max() < 2**16 else np.uint32)


def _encoded(array: np.ndarray) -> dict[str, Any]:
    little = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
    return {
        "dtype": array.dtype.name,
        "shape": list(array.shape),
        "base64": base64.b64encode(little.tobytes()).decode("ascii"),
    }
