"""Reads a binary glTF file and evaluates its animation, going by the specification alone."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation

_DTYPES = {5125: np.uint32, 5126: np.float32}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}


class ReadGlb:
    def __init__(self, path: Path):
        data = path.read_bytes()
        magic, version, length, json_length, json_kind = struct.unpack_from("<4sIII4s", data)
        assert (magic, version, length, json_kind) == (b"glTF", 2, len(data), b"JSON")
        self.document: dict[str, Any] = json.loads(data[20 : 20 + json_length])
        binary_length, binary_kind = struct.unpack_from("<I4s", data, 20 + json_length)
        assert binary_kind == b"BIN\0"
        self._binary = data[28 + json_length :]
        assert len(self._binary) == binary_length

    def array(self, accessor: int) -> np.ndarray:
        about = self.document["accessors"][accessor]
        width = _WIDTHS[about["type"]]
        if "bufferView" not in about:
            return np.zeros((about["count"], width), _DTYPES[about["componentType"]])
        view = self.document["bufferViews"][about["bufferView"]]
        values = np.frombuffer(
            self._binary, _DTYPES[about["componentType"]], about["count"] * width, view["byteOffset"]
        )
        return values.reshape(-1, width)

    def node(self, name: str) -> int:
        return [node["name"] for node in self.document["nodes"]].index(name)

    def mesh_of(self, name: str) -> dict[str, Any]:
        return self.document["meshes"][self.document["nodes"][self.node(name)]["mesh"]]

    def curve(self, name: str, path: str) -> tuple[np.ndarray, np.ndarray]:
        """Times and one row of values a key."""
        animation = self.document["animations"][0]
        target = {"node": self.node(name), "path": path}
        (channel,) = [item for item in animation["channels"] if item["target"] == target]
        sampler = animation["samplers"][channel["sampler"]]
        times = self.array(sampler["input"])[:, 0]
        return times, self.array(sampler["output"]).reshape(len(times), -1)

    def mesh_points(self, name: str, key: int) -> np.ndarray:
        """The vertices of a node's mesh at one key, morphed, in the node's own frame."""
        primitive, *others = self.mesh_of(name)["primitives"]
        for other in others:
            assert other["attributes"]["POSITION"] == primitive["attributes"]["POSITION"], (
                "one set of vertices"
            )
            assert other["targets"] == primitive["targets"]
        points = self.array(primitive["attributes"]["POSITION"]).astype(float)
        if "targets" in primitive:
            weights = self.curve(name, "weights")[1][key]
            for weight, target in zip(weights, primitive["targets"], strict=True):
                points = points + weight * self.array(target["POSITION"])
        return points

    def picture(self, image: int) -> tuple[bytes, str]:
        """The bytes of a picture, and of which kind they are."""
        about = self.document["images"][image]
        view = self.document["bufferViews"][about["bufferView"]]
        start = view["byteOffset"]
        return self._binary[start : start + view["byteLength"]], about["mimeType"]

    def transform(self, name: str, key: int) -> tuple[Rotation, np.ndarray]:
        """Rotation and translation of a node at one key, from animation or node."""
        node = self.document["nodes"][self.node(name)]
        rotation = Rotation.from_quat(self.curve(name, "rotation")[1][key])
        if "translation" in node:
            return rotation, np.array(node["translation"])
        return rotation, self.curve(name, "translation")[1][key]
