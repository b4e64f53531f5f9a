"""A driven recording as binary glTF: 52 morph targets, two eyeballs that turn, a head that moves.

    head            rotation, translation: T_world_head;  weights: the ARKit weights
    ├── eyeLeft     rotation about the eyeball's centre
    └── eyeRight

glTF has no vertex animation but morph targets, so this file carries the driver's *weights*. The vertices of
a driver that is linear in them are reproduced exactly; those of any other only as far as 52 shapes reach.
How far that is stands in the animation's extras (`largest_error_mm`); `animation_usd` is exact for all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Int, UInt32
from scipy.spatial.transform import Rotation

from capture.arkit import ARKIT_NAMES
from capture.take_header import software
from export.glb_file import TRIANGLES, VERTICES, GlbBuffer
from export.media_clock import MediaClock
from export.vertex_colors import vertex_colors
from landmark_driver.character import Character
from landmark_driver.drive_recording import DrivenSummary
from landmark_driver.face_driver import FaceVertices
from landmark_driver.output_file import written_whole

_EYES = ("eyeLeft", "eyeRight")
_MM_PER_M = 1000
_HEAD_MATERIAL, _EYE_MATERIAL = 0, 1
_MATERIALS = [
    {"name": name, "pbrMetallicRoughness": {"metallicFactor": 0, "roughnessFactor": roughness}}
    | {"doubleSided": sides}
    for name, roughness, sides in (("head", 0.6, True), ("eyes", 0.15, False))
]


def write_glb(
    path: Path,
    faces: Iterator[FaceVertices],
    count: int,
    character: Character,
    progress: Callable[[int], None] = lambda done: None,
) -> DrivenSummary:
    """Writes the animation; returns what was tracked. Metres, +y up, seconds from the first frame.

    The head's vertices are the character's without the eyeballs', in order. No frame's vertices are
    kept. The file appears under its name when it is complete; a failure leaves nothing.
    """
    motion = _Motion(character)
    for done, face in enumerate(faces):
        motion.add(face)
        progress(done + 1)
    assert len(motion.times_s) == count, "as many faces as frames"
    with written_whole(path) as unfinished:
        unfinished.write_bytes(_glb(character, motion))
    return DrivenSummary(count, motion.tracked)


@dataclass
class _Motion:
    """What the animation needs of the frames seen so far."""

    character: Character
    clock: MediaClock = field(default_factory=MediaClock)
    times_s: list[float] = field(default_factory=list)
    weights: list[Float[np.ndarray, "52"]] = field(default_factory=list)
    poses: list[Float[np.ndarray, "4 4"]] = field(default_factory=list)
    eye_turns: list[list[Rotation]] = field(default_factory=list)
    tracked: int = 0
    largest_error_m: float = 0.0

    def add(self, face: FaceVertices) -> None:
        weights = face.weights.astype(np.float32)
        self.times_s.append(self.clock(face.capture_time_s))
        self.weights.append(weights)
        self.poses.append(face.T_world_head)
        self.eye_turns.append(self._eye_turns(face.vertices))
        self.tracked += face.tracked
        error_m = np.linalg.norm(self._reproduced(weights) - face.vertices, axis=1).max()
        self.largest_error_m = max(self.largest_error_m, float(error_m))

    def _eye_turns(self, vertices: Float[np.ndarray, "vertices 3"]) -> list[Rotation]:
        """The rotations about the eyeballs' centres that carry them to `vertices` (least squares).

        The eyeLook weights would not do: they end at one, the eyeballs do not.
        """
        return [
            Rotation.align_vectors(vertices[rows] - centre, self.character.neutral_vertices[rows] - centre)[0]
            for rows, centre in zip(self.character.eye_vertices, self.character.eye_centres, strict=True)
        ]

    def _reproduced(self, weights: Float[np.ndarray, "52"]) -> Float[np.ndarray, "vertices 3"]:
        """The vertices of the last frame as a reader of the file sees them."""
        character = self.character
        shapes = character.expressions.reshape(len(weights), -1)
        vertices = character.neutral_vertices + (weights @ shapes).reshape(-1, 3)
        for turn, rows, centre in zip(
            self.eye_turns[-1], character.eye_vertices, character.eye_centres, strict=True
        ):
            vertices[rows] = turn.apply(character.neutral_vertices[rows] - centre) + centre
        return vertices


def _glb(character: Character, motion: _Motion) -> bytes:
    buffer = GlbBuffer()
    meshes = [_head_mesh(buffer, character)] + [_eye_mesh(buffer, character, eye) for eye in range(2)]
    nodes = [{"name": "head", "mesh": 0, "children": [1, 2]}] + [
        {"name": name, "mesh": 1 + eye, "translation": character.eye_centres[eye].tolist()}
        for eye, name in enumerate(_EYES)
    ]
    return buffer.glb(
        {
            "asset": {
                "version": "2.0",
                "generator": software(),
                "extras": {"character": character.provenance},
            },
            "scene": 0,
            "scenes": [{"nodes": [0]}],
            "nodes": nodes,
            "meshes": meshes,
            "materials": _MATERIALS,
            "animations": [_animation(buffer, motion)],
        }
    )


def _head_mesh(buffer: GlbBuffer, character: Character) -> dict[str, Any]:
    """Everything but the eyeballs, with a target per expression; normals of a target as differences."""
    rows = np.setdiff1d(np.arange(len(character.neutral_vertices)), character.eye_vertices)
    neutral, faces = character.neutral_vertices[rows], _faces_of(rows, character)
    rest_normals = vertex_normals(neutral, faces)
    targets = []
    for displacement in character.expressions[:, rows]:
        normals = vertex_normals(neutral + displacement, faces) - rest_normals
        targets.append(
            {
                "POSITION": buffer.add(displacement, VERTICES, bounds=True),
                "NORMAL": buffer.add(normals, VERTICES),
            }
        )
    primitive = _primitive(buffer, neutral, rest_normals, faces, vertex_colors(character)[rows])
    return {
        "name": "head",
        "primitives": [primitive | {"targets": targets, "material": _HEAD_MATERIAL}],
        "weights": [0.0] * len(ARKIT_NAMES),
        "extras": {"targetNames": list(ARKIT_NAMES)},
    }


def _eye_mesh(buffer: GlbBuffer, character: Character, eye: int) -> dict[str, Any]:
    """One eyeball around its own centre."""
    rows = character.eye_vertices[eye]
    vertices = (character.neutral_vertices[rows] - character.eye_centres[eye]).astype(np.float32)
    faces = _faces_of(rows, character)
    normals = vertex_normals(vertices, faces)
    primitive = _primitive(buffer, vertices, normals, faces, vertex_colors(character)[rows])
    return {"name": _EYES[eye], "primitives": [primitive | {"material": _EYE_MATERIAL}]}


def _primitive(buffer: GlbBuffer, vertices, normals, faces, colors) -> dict[str, Any]:
    return {
        "attributes": {
            "POSITION": buffer.add(vertices, VERTICES, bounds=True),
            "NORMAL": buffer.add(normals, VERTICES),
            "COLOR_0": buffer.add(colors, VERTICES),
        },
        "indices": buffer.add(faces.reshape(-1), TRIANGLES),
    }


def _animation(buffer: GlbBuffer, motion: _Motion) -> dict[str, Any]:
    poses = np.array(motion.poses)
    times = buffer.add(np.array(motion.times_s, np.float32), bounds=True)
    outputs = [
        (0, "weights", np.concatenate(motion.weights)),
        (0, "translation", poses[:, :3, 3]),
        (0, "rotation", _quaternions(Rotation.from_matrix(poses[:, :3, :3]))),
    ]
    for eye in range(len(_EYES)):
        turns = Rotation.concatenate([frame[eye] for frame in motion.eye_turns])
        outputs.append((1 + eye, "rotation", _quaternions(turns)))
    return {
        "name": "performance",
        "samplers": [
            {"input": times, "output": buffer.add(values.astype(np.float32)), "interpolation": "LINEAR"}
            for _, _, values in outputs
        ],
        "channels": [
            {"sampler": index, "target": {"node": node, "path": channel}}
            for index, (node, channel, _) in enumerate(outputs)
        ],
        "extras": {"largest_error_mm": motion.largest_error_m * _MM_PER_M},
    }


def _quaternions(rotations: Rotation) -> Float[np.ndarray, "frames 4"]:
    """(x, y, z, w), each in the half of the sphere where the one before it is."""
    quaternions = rotations.as_quat()
    turns = np.where((quaternions[1:] * quaternions[:-1]).sum(1) < 0, -1, 1)
    quaternions[1:] *= np.cumprod(turns)[:, None]
    return quaternions


def _faces_of(rows: Int[np.ndarray, "rows"], character: Character) -> UInt32[np.ndarray, "faces 3"]:
    """The triangles between these vertices, in their own numbering."""
    number = np.full(len(character.neutral_vertices), -1)
    number[rows] = np.arange(len(rows))
    faces = number[character.faces]
    return faces[(faces >= 0).all(1)].astype(np.uint32)


def vertex_normals(
    vertices: Float[np.ndarray, "vertices 3"], faces: UInt32[np.ndarray, "faces 3"]
) -> Float[np.ndarray, "vertices 3"]:
    """Unit normals, triangles weighted by area, float32; +z where a vertex has no triangle."""
    corners = vertices[faces].astype(float)
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals = np.zeros(vertices.shape)
    np.add.at(normals, faces.reshape(-1), np.repeat(across, 3, axis=0))
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    return np.where(lengths > 0, normals / np.maximum(lengths, 1e-30), [0, 0, 1]).astype(np.float32)
