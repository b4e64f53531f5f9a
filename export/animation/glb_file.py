"""The container of a binary glTF 2.0 file: arrays into one buffer, JSON before it.

Twelve bytes of header, a JSON chunk, a binary chunk: written with `struct`, so that no package is needed.
"""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np

_MAGIC, _VERSION = 0x46546C67, 2
_JSON_CHUNK, _BINARY_CHUNK = 0x4E4F534A, 0x004E4942
_ALIGNMENT = 4
_COMPONENTS = {np.dtype("<f4"): 5126, np.dtype("<u4"): 5125}
_SHAPES = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4"}
VERTICES, TRIANGLES = 34962, 34963
"""What a buffer view is for: glTF's codes for vertex attributes and indices."""


class GlbBuffer:
    """Gathers arrays; each `add` returns the index of the array's accessor."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0
        self._views: list[dict[str, Any]] = []
        self._accessors: list[dict[str, Any]] = []

    def add(self, array: np.ndarray, target: int | None = None, bounds: bool = False) -> int:
        """Rows of one to four numbers, float32 or uint32; `bounds` adds their least and largest."""
        rows = array.reshape(len(array), -1)
        data = np.ascontiguousarray(rows, rows.dtype.newbyteorder("<")).tobytes()
        accessor: dict[str, Any] = {
            "bufferView": self.add_bytes(data, {} if target is None else {"target": target}),
            "componentType": _COMPONENTS[rows.dtype],
            "count": len(rows),
            "type": _SHAPES[rows.shape[1]],
        }
        if bounds:
            accessor |= {"min": rows.min(0).tolist(), "max": rows.max(0).tolist()}
        self._accessors.append(accessor)
        return len(self._accessors) - 1

    def add_bytes(self, data: bytes, about: dict[str, Any] | None = None) -> int:
        """A whole file, as of a picture; returns the index of its view."""
        view = {"buffer": 0, "byteOffset": self._size, "byteLength": len(data)}
        self._views.append(view | (about or {}))
        self._parts.append(data + b"\0" * (-len(data) % _ALIGNMENT))
        self._size += len(self._parts[-1])
        return len(self._views) - 1

    def glb(self, document: dict[str, Any]) -> bytes:
        """The whole file: `document` is the glTF JSON without buffers, views and accessors."""
        document = document | {
            "buffers": [{"byteLength": self._size}],
            "bufferViews": self._views,
            "accessors": self._accessors,
        }
        text = json.dumps(document, separators=(",", ":")).encode()
        text += b" " * (-len(text) % _ALIGNMENT)
        chunks = _chunk(_JSON_CHUNK, text) + _chunk(_BINARY_CHUNK, b"".join(self._parts))
        return struct.pack("<III", _MAGIC, _VERSION, 12 + len(chunks)) + chunks


def _chunk(kind: int, data: bytes) -> bytes:
    return struct.pack("<II", len(data), kind) + data
