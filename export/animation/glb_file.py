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
"""glTF's codes for the use of a buffer view: vertex attributes, indices."""


class GlbBuffer:
    """Gathers arrays; each `add` returns the index of the array's accessor."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0
        self._views: list[dict[str, Any]] = []
        self._accessors: list[dict[str, Any]] = []

    def add(self, array: np.ndarray, target: int | None = None, bounds: bool = False) -> int:
        """Append an array to the buffer.

        Args:
            array: (N,) or (N, 1 to 4), float32 or uint32.
            target: use of the view, VERTICES or TRIANGLES; None for animation data.
            bounds: adds the least and the largest value of each column.

        Returns:
            Index of the array's accessor.
        """
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

    def add_zeros(self, count: int) -> int:
        """Append vectors that are all zero, which take no room in the file.

        Args:
            count: how many.

        Returns:
            Index of the accessor.
        """
        zero = [0.0, 0.0, 0.0]
        self._accessors.append(
            {"componentType": 5126, "count": count, "type": "VEC3", "min": zero, "max": zero}
        )
        return len(self._accessors) - 1

    def add_bytes(self, data: bytes, about: dict[str, Any] | None = None) -> int:
        """Append the bytes of a whole file, such as a picture.

        Args:
            data: the bytes; padded to a multiple of four.
            about: more entries of the view's JSON.

        Returns:
            Index of the view.
        """
        view = {"buffer": 0, "byteOffset": self._size, "byteLength": len(data)}
        self._views.append(view | (about or {}))
        self._parts.append(data + b"\0" * (-len(data) % _ALIGNMENT))
        self._size += len(self._parts[-1])
        return len(self._views) - 1

    def glb(self, document: dict[str, Any]) -> bytes:
        """Return the whole file.

        Args:
            document: the glTF JSON without buffers, views and accessors.

        Returns:
            The bytes of a .glb file.
        """
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
