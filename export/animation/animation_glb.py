"""A driven recording as binary glTF: 52 morph targets, two eyeballs that turn, a head that moves.

    head            rotation, translation: T_world_head;  weights: the ARKit weights; its texture, and what it wears
    ├── eyeLeft     rotation about the eyeball's centre
    └── eyeRight

glTF has no vertex animation but morph targets, so this file carries the driver's *weights*. A driver that is
linear in them has its vertices reproduced exactly, any other driver only as far as 52 shapes reach.
The animation's extras give the largest error (`largest_error_mm`); `animation_usd` is exact for all drivers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.spatial.transform import Rotation

from capture.output_file import written_whole
from capture.takes.take_header import software
from export.animation.glb_file import GlbBuffer
from export.animation.glb_materials import GlbMaterials
from export.animation.glb_meshes import EYES, eye_mesh, head_mesh
from export.animation.media_clock import MediaClock
from landmark_driver.character import Character
from landmark_driver.head.eyes import eyeball_rotation
from landmark_driver.live.drive_recording import DrivenSummary
from landmark_driver.live.face_driver import DrivenFace

_MM_PER_M = 1000


def write_glb(
    path: Path,
    faces: Iterator[DrivenFace],
    count: int,
    character: Character,
    progress: Callable[[int], None] = lambda done: None,
) -> DrivenSummary:
    """Write the animation: metres, +y up, seconds from the first frame.

    Args:
        path: the .glb file.
        faces: the driven frames in order; no frame's vertices are kept.
        count: number of frames that `faces` yields.
        character: the character that was driven.
        progress: called with the number of frames done.

    Returns:
        How many frames there are, and in how many a face was tracked.

    Raises:
        OutputError: where `path` cannot be written to.

    The head's vertices are the character's without the eyeballs', in order. The file appears under its name when
    it is complete; a failure leaves nothing.
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
    """The entries of the animation that the frames so far give."""

    character: Character
    clock: MediaClock = field(default_factory=MediaClock)
    times_s: list[float] = field(default_factory=list)
    weights: list[Float[np.ndarray, "52"]] = field(default_factory=list)
    poses: list[Float[np.ndarray, "4 4"]] = field(default_factory=list)
    eye_turns: list[list[Rotation]] = field(default_factory=list)
    tracked: int = 0
    largest_error_m: float = 0.0

    def add(self, face: DrivenFace) -> None:
        weights = face.weights.astype(np.float32)
        self.times_s.append(self.clock(face.capture_time_s))
        self.weights.append(weights)
        self.poses.append(face.T_world_head)
        self.eye_turns.append([Rotation.from_matrix(eyeball_rotation(*face.gaze[eye])) for eye in self._eyes])
        self.tracked += face.tracked
        error_m = np.linalg.norm(self._reproduced(weights) - face.vertices, axis=1).max()
        self.largest_error_m = max(self.largest_error_m, float(error_m))

    @property
    def _eyes(self) -> range:
        """Indices of the eyeballs that the mesh has: both or none."""
        return range(2 if self.character.mesh.eye_vertices.size else 0)

    def _reproduced(self, weights: Float[np.ndarray, "52"]) -> Float[np.ndarray, "vertices 3"]:
        """Return the last frame's vertices as the file gives them, metres, head frame."""
        character = self.character
        shapes = character.mesh.expressions.reshape(len(weights), -1)
        vertices = character.mesh.neutral_vertices + (weights @ shapes).reshape(-1, 3)
        for turn, rows, centre in zip(
            self.eye_turns[-1], character.mesh.eye_vertices, character.head.eye_centres, strict=False
        ):
            vertices[rows] = turn.apply(character.mesh.neutral_vertices[rows] - centre) + centre
        return vertices


def _glb(character: Character, motion: _Motion) -> bytes:
    buffer = GlbBuffer()
    materials = GlbMaterials(buffer)
    eyes = range(len(character.mesh.eye_vertices) if character.mesh.eye_vertices.size else 0)
    meshes = [head_mesh(buffer, materials, character)]
    meshes += [eye_mesh(buffer, materials, character, eye) for eye in eyes]
    head = {"name": "head", "mesh": 0} | ({"children": [1 + eye for eye in eyes]} if eyes else {})
    nodes = [head] + [
        {"name": EYES[eye], "mesh": 1 + eye, "translation": character.head.eye_centres[eye].tolist()}
        for eye in eyes
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
            "animations": [_animation(buffer, motion)],
        }
        | materials.document()
    )


def _animation(buffer: GlbBuffer, motion: _Motion) -> dict[str, Any]:
    poses = np.array(motion.poses)
    times = buffer.add(np.array(motion.times_s, np.float32), bounds=True)
    outputs = [
        (0, "weights", np.concatenate(motion.weights)),
        (0, "translation", poses[:, :3, 3]),
        (0, "rotation", _quaternions(Rotation.from_matrix(poses[:, :3, :3]))),
    ]
    for eye in range(len(motion.eye_turns[0])):
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
    """Return (x, y, z, w), each in the half of the sphere where its predecessor is."""
    quaternions = rotations.as_quat()
    turns = np.where((quaternions[1:] * quaternions[:-1]).sum(1) < 0, -1, 1)
    quaternions[1:] *= np.cumprod(turns)[:, None]
    return quaternions
