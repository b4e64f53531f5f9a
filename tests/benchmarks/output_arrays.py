"""Arrays of a file that a version wrote, by name: files are compared by these and not by their bytes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast
from xml.etree import ElementTree

import numpy as np
import trimesh
from safetensors.numpy import load_file

from tests.export.animation.glb_reader import ReadGlb

Arrays = dict[str, np.ndarray]
EVERY_KEY = 16
"""Of an animation's frames."""


def read_arrays(path: Path) -> Arrays:
    """Read a file's arrays by the reader of its ending.

    Args:
        path: .npz, .safetensors, .obj, .ply, .vtu, .glb or .usdc.
    Returns:
        Arrays by name, in the units of the file.
    """
    return _READERS[path.suffix](path)


def _npz(path: Path) -> Arrays:
    with np.load(path) as data:
        return dict(data)


def _mesh(path: Path) -> Arrays:
    mesh: Any = trimesh.load(path, process=False, maintain_order=True)
    return {"vertices": np.asarray(mesh.vertices), "faces": np.asarray(mesh.faces)}


def _vtu(path: Path) -> Arrays:
    arrays = {}
    for element in ElementTree.parse(path).getroot().iter("DataArray"):
        kind = float if element.attrib["type"].startswith("Float") else int
        values = np.array((element.text or "").split(), kind)
        arrays[element.attrib["Name"]] = values.reshape(-1, int(element.attrib["NumberOfComponents"]))
    return arrays


def _glb(path: Path) -> Arrays:
    """Curves of every channel, triangles, and every mesh's points at some keys, morphed."""
    glb = ReadGlb(path)
    nodes = glb.document["nodes"]
    arrays: Arrays = {}
    for channel in glb.document["animations"][0]["channels"]:
        name, kind = nodes[channel["target"]["node"]]["name"], channel["target"]["path"]
        arrays[f"{name}.{kind}.times"], arrays[f"{name}.{kind}"] = glb.curve(name, kind)
    for node in nodes:
        if "mesh" not in node:
            continue
        name = node["name"]
        for number, primitive in enumerate(glb.mesh_of(name)["primitives"]):
            arrays[f"{name}.faces.{number}"] = glb.array(primitive["indices"]).astype(int)
        keys = len(arrays.get(f"{name}.weights.times", [0]))
        arrays[f"{name}.points"] = np.stack([glb.mesh_points(name, key) for key in range(0, keys, EVERY_KEY)])
    return arrays


def _usd(path: Path) -> Arrays:
    """Every attribute of numbers; animated ones at some of their times."""
    from pxr import Usd

    stage = cast(Any, Usd).Stage.Open(str(path))
    arrays: Arrays = {}
    for prim in stage.TraverseAll():
        for attribute in prim.GetAttributes():
            times = attribute.GetTimeSamples()[::EVERY_KEY]
            values = [attribute.Get(time) for time in times] if times else [attribute.Get()]
            try:
                array = np.array([np.asarray(value) for value in values])
            except ValueError:
                continue
            if array.dtype.kind in "fiub":
                arrays[str(attribute.GetPath())] = array
    return arrays


_READERS: dict[str, Callable[[Path], Arrays]] = {
    ".npz": _npz,
    ".safetensors": load_file,
    ".obj": _mesh,
    ".ply": _mesh,
    ".vtu": _vtu,
    ".glb": _glb,
    ".usdc": _usd,
}


def run_exported(path: Path, displacements: np.ndarray, looks: np.ndarray) -> Arrays:
    """Run an exported model in usual tissue with the runtime of its format, frame by frame.

    Args:
        path: .onnx, .tflite or .mlpackage of the sparse network.
        displacements: (T, 478, 3) metres, head frame.
        looks: (T, 8) weights of the eyeLook shapes.
    Returns:
        `vertices_m` (T, V, 3) metres, head frame, and `weights` (T, 52).
    """
    run, state = _RUNTIMES[path.suffix](path)
    results = [
        run({"displacements_m": moved, "look_weights": look, "tissue_state": state})
        for moved, look in zip(displacements.astype(np.float32), looks.astype(np.float32), strict=True)
    ]
    return {name: np.stack([result[name] for result in results]) for name in results[0]}


Run = Callable[[dict[str, np.ndarray]], Arrays]


def _onnx(path: Path) -> tuple[Run, np.ndarray]:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.add_session_config_entry("session.disable_quant_qdq", "1")
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    names = [port.name for port in session.get_outputs()]
    shape = next(port.shape for port in session.get_inputs() if port.name == "tissue_state")

    def run(inputs: dict[str, np.ndarray]) -> Arrays:
        return dict(zip(names, map(np.asarray, session.run(names, inputs)), strict=True))

    return run, np.zeros(shape, np.float32)


def _tflite(path: Path) -> tuple[Run, np.ndarray]:
    from ai_edge_litert.interpreter import Interpreter

    runner: Any = Interpreter(str(path), num_threads=1).get_signature_runner("run")
    shape = runner.get_input_details()["tissue_state"]["shape"]

    def run(inputs: dict[str, np.ndarray]) -> Arrays:
        return {name: np.array(array) for name, array in runner(**inputs).items()}

    return run, np.zeros(shape, np.float32)


def _coreml(path: Path) -> tuple[Run, np.ndarray]:
    """Core ML itself runs on a Mac only: its graph is evaluated by this checkout's reader, operator by operator."""
    from export.formats.open_exported import open_exported

    model = open_exported(path)
    shape = next(port["shape"] for port in model.ports("run", "inputs") if port["name"] == "tissue_state")
    return lambda inputs: model.run(**inputs), np.zeros(shape, np.float32)


_RUNTIMES = {".onnx": _onnx, ".tflite": _tflite, ".mlpackage": _coreml}
EXPORTED = tuple(_RUNTIMES)


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object as flat fields, `rows.0.mean_mm` for the first of a list."""
    flat: dict[str, Any] = {}

    def note(name: str, value: Any) -> None:
        items = (
            value.items()
            if isinstance(value, dict)
            else enumerate(value)
            if isinstance(value, list)
            else None
        )
        if items is None:
            flat[name] = value
        else:
            for key, inner in items:
                note(f"{name}.{key}" if name else str(key), inner)

    note("", json.loads(path.read_text(encoding="utf-8")))
    return flat
