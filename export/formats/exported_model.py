"""A model that was exported and read again, which parity, benches and scripts run."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from export.export_error import MismatchedModelError, UnreadableModelError
from export.formats.metadata_format import FORMAT, FORMAT_VERSION

Arrays = dict[str, np.ndarray]
Compute = Callable[[Mapping[str, np.ndarray]], Arrays]


@dataclass(frozen=True)
class ExportedModel:
    """`run` every frame, `specialise` when tissue changes; float32 arrays by name in and out."""

    path: Path
    metadata: dict[str, Any]
    functions: dict[str, Compute]
    opset_or_spec: str
    """The version of the format that it needs."""
    files: tuple[Path, ...]

    def run(self, **inputs: np.ndarray) -> Arrays:
        """Return the outputs of one frame.

        Keyword arguments are the inputs in the shapes of `ports("run", "inputs")`.

        Returns:
            Float32 arrays by name: `vertices_m` (V, 3) metres, head frame, and for a sparse network `weights` (52,).

        Raises:
            MismatchedModelError: for inputs that the function does not take.
        """
        return self._call("run", inputs)

    def specialise(self, **inputs: np.ndarray) -> Arrays:
        """Return the state of a target material, which `run` takes every frame.

        Keyword arguments are the inputs in the shapes of `ports("specialise", "inputs")`; `tissue_inputs` makes them.

        Returns:
            `tissue_state` by name, float32.

        Raises:
            MismatchedModelError: for inputs that the function does not take.
        """
        return self._call("specialise", inputs)

    @property
    def precision(self) -> str:
        return self.metadata["precision"]

    @property
    def network(self) -> str:
        return self.metadata["network"]

    @property
    def bytes(self) -> int:
        inside = [item for path in self.files for item in (path, *path.rglob("*")) if item.is_file()]
        return sum(item.stat().st_size for item in inside)

    def ports(self, function: str, side: str) -> list[dict[str, Any]]:
        """Return the inputs or outputs of a function.

        Args:
            function: "run" or "specialise".
            side: "inputs" or "outputs".

        Returns:
            Name, shape, type and meaning of each, in order.
        """
        return self.metadata["functions"][function][side]

    def _call(self, function: str, inputs: Mapping[str, np.ndarray]) -> Arrays:
        """Return a function's outputs. Raise MismatchedModelError for inputs that the function does not take."""
        wanted = {port["name"]: tuple(port["shape"]) for port in self.ports(function, "inputs")}
        given = {name: np.shape(array) for name, array in inputs.items()}
        if wanted != given:
            raise MismatchedModelError(
                f"Expected {_listed(wanted)} for '{function}' of '{self.path.name}', got {_listed(given)}. "
                "Give every input in the shape that the model names."
            )
        ready = {name: np.ascontiguousarray(array, np.float32) for name, array in inputs.items()}
        return self.functions[function](ready)


def read_metadata(text: str | bytes, path: Path) -> dict[str, Any]:
    """Return the description inside a model.

    Args:
        text: the JSON document.
        path: of the model, for messages.

    Returns:
        The document as `model_metadata` made it.

    Raises:
        UnreadableModelError: for text that is no JSON.
        MismatchedModelError: for a description of another program or version.
    """
    try:
        metadata = json.loads(text)
    except ValueError as error:
        raise unreadable(path, error) from error
    if not isinstance(metadata, dict) or metadata.get("format") != FORMAT:
        raise not_ours(path)
    if metadata.get("format_version") != FORMAT_VERSION:
        raise MismatchedModelError(
            f"Expected model description {FORMAT_VERSION}, got {metadata.get('format_version')} in '{path}'. "
            "Export the character again with this version of softdeca."
        )
    return metadata


def check_ports(
    metadata: dict[str, Any], function: str, inputs: dict[str, tuple], outputs: dict[str, tuple], path: Path
):
    """Check that a graph takes and gives the arrays of its description.

    Args:
        metadata: the description.
        function: "run" or "specialise".
        inputs: shapes of the graph's inputs by name.
        outputs: shapes of the graph's outputs by name.
        path: of the model, for messages.

    Raises:
        MismatchedModelError: where names or shapes differ.
    """
    described = metadata["functions"][function]
    for side, found in (("inputs", inputs), ("outputs", outputs)):
        wanted = {port["name"]: tuple(port["shape"]) for port in described[side]}
        if wanted != found:
            raise MismatchedModelError(
                f"Expected {side} {_listed(wanted)} of '{function}' in '{path}', got {_listed(found)}. "
                "The file was changed after it was exported: export the character again."
            )


def unreadable(path: Path, reason: object) -> UnreadableModelError:
    """Return the error for a file that cannot be read.

    Args:
        path: of the file.
        reason: the cause, put in brackets.

    Returns:
        The error, not raised.
    """
    return UnreadableModelError(
        f"Expected an exported model, got '{path}', which cannot be read ({reason}). "
        "The file may be cut short or damaged: copy it, or export the character again."
    )


def not_ours(path: Path) -> MismatchedModelError:
    """Return the error for a model without a description that this project wrote.

    Args:
        path: of the file.

    Returns:
        The error, not raised.
    """
    return MismatchedModelError(
        f"Expected a model that softdeca exported, got '{path}', which has no description of its own. "
        "Make one with 'softdeca export'."
    )


def _listed(ports: Mapping[str, tuple]) -> str:
    return ", ".join(f"{name} {'x'.join(map(str, shape))}" for name, shape in sorted(ports.items())) or "none"
