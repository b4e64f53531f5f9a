"""The embedding of MediaPipe's 478 landmarks on the template, found in pictures, not by hand.

The default head is drawn from several sides, neutral and with parted lips, and shown to the
tracker. Every landmark's pixel is followed back to its triangle. Barycentric coordinates carry the
points of all views to the neutral head. There they are averaged by a geometric median, weighted by
the cosine between normal and line of sight, and put back on the surface.

    python -m landmark_driver.identities.embed_landmarks

writes landmark_driver/assets/anny_landmarks.npz.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from capture.frames.arkit import ARKIT_NAMES
from capture.frames.landmark_frame import LANDMARK_COUNT
from landmark_driver.geometry.vertex_normals import vertex_normals
from landmark_driver.head.identity_model import PARTS, HeadModelError, HeadTopology
from landmark_driver.head.landmark_embedding import LandmarkEmbedding, embed_points
from landmark_driver.identities.anny_identities import LANDMARKS_PATH, load_anny_identities
from landmark_driver.landmarks.tracker_response import SURFACE_COUNT
from landmark_driver.rendering.detailed_head import DetailedHead, detailed_head
from landmark_driver.rendering.render import Camera, Picture, orbit_camera, render
from landmark_driver.rendering.seen_by_tracker import track_pictures

_VIEWS_DEG = ((0, 0), (-15, 0), (15, 0), (-32, 0), (32, 0), (0, 14), (0, -14), (-22, 10), (22, 10))
_POSES: tuple[dict[str, float], ...] = (
    {},
    {"jawOpen": 0.35},
    {"jawOpen": 0.2, "mouthFunnel": 0.3},
)
_HOLD = 6
_SEARCH_PX = 9
_LIP_ZONE_M = 0.007
_MIN_FACING = 0.3


@dataclass(frozen=True)
class _Shot:
    """One picture of the head, with its camera and the vertices it shows."""

    picture: Picture
    camera: Camera
    vertices: Float[np.ndarray, "fine_vertices 3"]
    lips_parted: bool


@dataclass(frozen=True)
class _Sight:
    """The landmarks of one view on the mesh: coarse triangle, barycentric coordinates, facing cosine."""

    face: Int[np.ndarray, "landmarks"]
    barycentric: Float[np.ndarray, "landmarks 3"]
    facing: Float[np.ndarray, "landmarks"]
    lips_parted: bool


def embed_landmarks() -> LandmarkEmbedding:
    """Return the embedding of the landmarks on the default head of the default model.

    Returns:
        478 landmarks, each a triangle's three vertices and barycentric weights that sum to one.

    Raises:
        HeadModelError: where the tracker finds a face in fewer than half of the pictures.
    """
    identities = load_anny_identities()
    head = identities.mean()
    detail = detailed_head(head)
    expressions = identities.template_expressions()
    shots = list(_shots(head.vertices, expressions, detail))
    sights = []
    frames = track_pictures((shot.picture.image for shot in shots), hold=_HOLD)
    for shot, frame in zip(shots, frames, strict=True):
        if frame.landmarks is not None:
            sights.append(_sight(shot, detail, frame.landmarks))
    if len(sights) < len(shots) // 2:
        raise HeadModelError(
            f"Expected a face in most of {len(shots)} pictures of the head, got one in {len(sights)}. "
            "Take a head whose face is whole."
        )
    return _combine(head.vertices, head.topology, sights)


def _shots(neutral, expressions, detail: DetailedHead) -> Iterator[_Shot]:
    for pose in _POSES:
        moved = neutral + sum(
            (w * expressions[ARKIT_NAMES.index(name)] for name, w in pose.items()), start=0.0
        )
        fine = detail.subdivision(moved)
        for yaw, pitch in _VIEWS_DEG:
            camera = orbit_camera(distance_m=0.5, yaw_deg=yaw, pitch_deg=pitch)
            picture = render(fine, detail.faces, detail.colors, camera, detail.gloss)
            yield _Shot(picture, camera, fine, bool(pose))


def _sight(shot: _Shot, detail: DetailedHead, landmarks: Float[np.ndarray, "478 3"]) -> _Sight:
    picture = shot.picture
    height, width = picture.face_index.shape
    pixels = landmarks[:, :2] * (width, height) - 0.5
    part = np.where(picture.face_index >= 0, detail.face_part[picture.face_index], len(PARTS))
    skin = part == PARTS.index("skin")
    eyes = np.isin(part, [PARTS.index("eyeball_left"), PARTS.index("eyeball_right")])
    rows = [_nearest(pixel, skin if i < SURFACE_COUNT else eyes) for i, pixel in enumerate(pixels)]
    found = np.array([row is not None for row in rows])
    y, x = np.array([row or (0, 0) for row in rows]).T
    fine_face, weights = picture.face_index[y, x], picture.barycentric[y, x]
    corner_normals = vertex_normals(shot.vertices, detail.faces)[detail.faces[fine_face]]
    normals = (corner_normals * weights[:, :, None]).sum(1)
    facing = np.where(found, normals @ shot.camera.T_world_camera[:3, 2], 0)
    face, barycentric = _coarse(fine_face, weights)
    return _Sight(face, barycentric, facing, shot.lips_parted)


def _nearest(pixel: np.ndarray, allowed: np.ndarray) -> tuple[int, int] | None:
    """Return row and column of the allowed pixel nearest to `pixel` within the search radius."""
    x, y = np.round(pixel).astype(int)
    top, left = max(y - _SEARCH_PX, 0), max(x - _SEARCH_PX, 0)
    window = allowed[top : max(y + _SEARCH_PX + 1, 0), left : max(x + _SEARCH_PX + 1, 0)]
    candidates = np.argwhere(window) + np.array([top, left])
    if not len(candidates):
        return None
    best = np.argmin(((candidates[:, ::-1] - pixel) ** 2).sum(1))
    return int(candidates[best, 0]), int(candidates[best, 1])


_CHILD_CORNERS = np.array(
    [
        [[1, 0, 0], [0.5, 0.5, 0], [0.5, 0, 0.5]],
        [[0, 1, 0], [0, 0.5, 0.5], [0.5, 0.5, 0]],
        [[0, 0, 1], [0.5, 0, 0.5], [0, 0.5, 0.5]],
        [[0.5, 0.5, 0], [0, 0.5, 0.5], [0.5, 0, 0.5]],
    ]
)
"""Corners of the four triangles of a subdivided one, in its barycentric coordinates."""


def _coarse(fine_face, weights) -> tuple[np.ndarray, np.ndarray]:
    return fine_face // 4, np.einsum("lk,lkc->lc", weights, _CHILD_CORNERS[fine_face % 4])


def _combine(neutral, topology: HeadTopology, sights: list[_Sight]) -> LandmarkEmbedding:
    corners = np.empty((LANDMARK_COUNT, 3), int)
    weights = np.empty((LANDMARK_COUNT, 3))
    for index in range(LANDMARK_COUNT):
        corners[index], weights[index] = _combine_one(neutral, topology, sights, index)
    return LandmarkEmbedding(corners.astype(np.int32), weights)


def _combine_one(
    neutral, topology: HeadTopology, sights: list[_Sight], index: int
) -> tuple[np.ndarray, np.ndarray]:
    faces = np.array([sight.face[index] for sight in sights])
    barycentric = np.array([sight.barycentric[index] for sight in sights])
    facing = np.array([sight.facing[index] for sight in sights])
    parted = np.array([sight.lips_parted for sight in sights])
    points = (neutral[topology.faces[faces]] * barycentric[:, :, None]).sum(1)
    usable = facing > min(_MIN_FACING, 0.9 * facing.max())
    lips = neutral[topology.lip_loop]
    near_lips = np.median(np.linalg.norm(points[:, None] - lips[None], axis=2).min(1)[usable]) < _LIP_ZONE_M
    if near_lips:  # closed lips look alike from both sides: only parted ones separate upper from lower
        usable &= parted
    place = _geometric_median(points[usable], facing[usable])
    nearby = np.unique(faces[usable])
    found = embed_points(place[None], neutral, topology.faces[nearby])
    weights = np.clip(found.weights[0], 0, 1)
    return found.corners[0], weights / weights.sum()


def _geometric_median(points, weights, rounds: int = 60) -> np.ndarray:
    """Return the point with the least weighted sum of distances (Weiszfeld's iteration)."""
    place = np.average(points, axis=0, weights=weights)
    for _ in range(rounds):
        pull = weights / np.maximum(np.linalg.norm(points - place, axis=1), 1e-6)
        place = (points * pull[:, None]).sum(0) / pull.sum()
    return place


def main() -> None:
    argparse.ArgumentParser(
        description=__doc__
    ).parse_args()  # so that --help and wrong arguments run nothing
    embedding = embed_landmarks()
    LANDMARKS_PATH.parent.mkdir(exist_ok=True)
    np.savez_compressed(
        LANDMARKS_PATH, corners=embedding.corners, weights=embedding.weights.astype(np.float32)
    )


if __name__ == "__main__":
    main()
