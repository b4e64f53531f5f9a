"""Exported models in the runtimes that read them: LiteRT for .tflite, ONNX Runtime for .onnx.

Models come from a folder, or are exported on the fly to a temporary one where the exporters are installed.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from firmware_bench.measure.bench_error import BenchError
from landmark_driver.character import Character

EXPORTED_RUNTIMES = ("litert", "onnxruntime")
_ENDING = {"litert": ".tflite", "onnxruntime": ".onnx"}
_MODULE = {"litert": "ai_edge_litert", "onnxruntime": "onnxruntime"}
_PACKAGE = {"litert": "ai-edge-litert", "onnxruntime": "onnxruntime"}
_FORMAT = {".tflite": "tflite", ".onnx": "onnx"}
_EXPORTER = "export.models.export_model"
ONCE = ".specialise"
"""In the name of the second file of formats with one function a file: the function that runs once for a head."""
_SIGNATURE, _DISPLACEMENTS, _VERTICES = "run", "displacements_m", "vertices_m"

NetworkCall = Callable[[np.ndarray], np.ndarray]


class ExportedNetworks:
    """Finds or makes a character's exported network for a runtime."""

    def __init__(self, character: str, given: Path | None, scratch: Path):
        self._character, self._given, self._scratch = character, given, scratch

    def call(self, runtime: str, threads: int) -> NetworkCall:
        """Return the network in a runtime.

        Args:
            runtime: `litert` or `onnxruntime`.
            threads: that the runtime may use.

        Returns:
            The function from flat (3 L,) displacements, metres, to flat (3 V,) vertices, metres, head frame, eyes straight.

        Raises:
            BenchError: where the runtime or the model is missing.
        """
        if find_spec(_MODULE[runtime]) is None:
            raise BenchError(
                f"Expected {_PACKAGE[runtime]} to be installed, got none. Run pip install {_PACKAGE[runtime]}."
            )
        return exported_call(runtime, self.path(runtime), threads)

    def path(self, runtime: str) -> Path:
        """Return the model's file for a runtime; where no folder was given, it is exported at the first call.

        Args:
            runtime: `litert` or `onnxruntime`.

        Returns:
            The path of a .tflite or .onnx file.

        Raises:
            BenchError: where the folder has not exactly one model, or where the character cannot be exported.
        """
        ending = _ENDING[runtime]
        if self._given is not None:
            return _only(self._given, ending)
        path = self._scratch / f"network{ending}"
        if not path.exists():
            _export(self._character, path)
        return path


def exported_call(runtime: str, path: Path, threads: int) -> NetworkCall:
    """Return the network of a model's file. The runtime's own errors pass through.

    Args:
        runtime: `litert` or `onnxruntime`; it is installed.
        path: the model's file.
        threads: that the runtime may use.

    Returns:
        The function from flat (3 L,) displacements, metres, to flat (3 V,) vertices, metres, head frame, eyes straight.
    """
    return _litert_call(path, threads) if runtime == "litert" else _onnx_call(path, threads)


def _only(folder: Path, ending: str) -> Path:
    """Return the one model of a folder that runs every frame."""
    found = sorted(path for path in folder.glob(f"*{ending}") if ONCE not in path.suffixes)
    if len(found) != 1:
        raise BenchError(
            f"Expected one {ending} file in '{folder}', got {len(found)}. "
            f"Write one there with 'softdeca export --format {ending[1:]}'."
        )
    return found[0]


def _export(character: str, path: Path) -> None:
    """Write the model. Raises BenchError where there is no exporter, or where the exporter cannot export."""
    if find_spec(_EXPORTER) is None:
        raise BenchError(
            f"Expected an exporter for {path.suffix}, got none. Give a folder of exported models with --exported."
        )
    from export.export_error import ExportError

    try:
        import_module(_EXPORTER).export_model(Character.load(character), _FORMAT[path.suffix], path)
    except ExportError as error:
        raise BenchError(f"Expected a character that can be exported, got an error. {error}") from error


def _litert_call(path: Path, threads: int) -> NetworkCall:
    """Return LiteRT's network, set and read by its tensors: the signature's own caller adds time of Python's."""
    from ai_edge_litert.interpreter import Interpreter  # pyright: ignore[reportMissingImports]

    interpreter = Interpreter(model_path=str(path), num_threads=threads)
    interpreter.allocate_tensors()
    run = interpreter.get_signature_runner(_SIGNATURE)
    inputs = run.get_input_details()
    for described in inputs.values():
        interpreter.set_tensor(described["index"], np.zeros(tuple(described["shape"]), np.float32))
    given, shape = inputs[_DISPLACEMENTS]["index"], tuple(inputs[_DISPLACEMENTS]["shape"])
    found = run.get_output_details()[_VERTICES]["index"]

    def call(displacements: np.ndarray) -> np.ndarray:
        interpreter.set_tensor(given, displacements.reshape(shape))
        interpreter.invoke()
        return interpreter.get_tensor(found).ravel()

    return call


def _onnx_call(path: Path, threads: int) -> NetworkCall:
    import onnxruntime  # pyright: ignore[reportMissingImports]

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    still = {item.name: np.zeros(item.shape, np.float32) for item in session.get_inputs()}
    return lambda displacements: np.asarray(
        session.run([_VERTICES], _inputs(still, displacements))[0]
    ).ravel()


def _inputs(still: dict[str, np.ndarray], displacements: np.ndarray) -> dict[str, np.ndarray]:
    """Return the inputs with these displacements.

    The other inputs are the face straight ahead in the default material, which is all zeros.
    """
    return still | {_DISPLACEMENTS: displacements.reshape(still[_DISPLACEMENTS].shape)}
