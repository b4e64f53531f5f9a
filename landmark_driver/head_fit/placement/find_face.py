"""The search for the face in a mesh of unknown unit, orientation and position."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from landmark_driver.geometry.similarity import Similarity, fit_similarity
from landmark_driver.head_fit.placement.face_views import Drawn, Sight, View, draw, looking_from, see, sight
from landmark_driver.head_fit.scan_files.draft_mesh import DraftMesh
from landmark_driver.head_fit.scan_files.head_fit_error import HeadFitError

_SEARCH_PX, _LOOK_PX = 320, 512
_CANDIDATES = 6
_TURNS_DEG = tuple(45.0 * step for step in range(8))
_HOLD = 4
_VIEWS_DEG = ((0, 0), (-15, 0), (15, 0), (-32, 0), (32, 0), (0, 14), (0, -14), (-22, 10), (22, 10))
"""Yaw and pitch as for the template's own landmarks, so that both err alike."""
_FACE_RADIUS_M = 0.155
_GOOD_MM, _POOR_MM = 8.0, 9.0
"""Largest median misfit to the template's landmarks of a face seen from the front, and of a face at all."""
_SURFACE_COUNT = 468
_APART_M = 0.17
_OBLIQUE_DEG = 8.0
"""An error of the search beyond which the nine sides were not the template's."""


@dataclass(frozen=True)
class FoundFace:
    """The face's landmarks on the scan, and the similarity that carries the scan onto the template."""

    to_template: Similarity
    points: Float[np.ndarray, "478 3"]
    """Scan unit and frame; a guess where `trust` is 0."""
    trust: Float[np.ndarray, "478"]
    """0 for landmarks that no view saw on the surface, up to 1."""
    misfit_mm: float
    """Median distance to the template's landmarks after the similarity."""


def find_face(
    mesh: DraftMesh,
    template: Float[np.ndarray, "478 3"],
    progress: Callable[[str], None] = lambda step: None,
) -> FoundFace:
    """Return the face of a scan: it is sought from 26 sides in eight turns each, then seen from nine sides nearby.

    Args:
        mesh: the scan, in any unit and frame.
        template: (478, 3) landmarks of the default head, metres, head frame.
        progress: called with the name of each step.

    Returns:
        Landmarks in the scan's unit and frame, and the similarity onto the template.

    Raises:
        HeadFitError: where no face is found, or two.
    """
    progress("looking for the face")
    first = _search(mesh, template)
    progress("finding landmarks")
    faces = _look(mesh, template, first)
    if _angle_deg(faces.to_template, first) > _OBLIQUE_DEG:
        faces = _look(mesh, template, faces.to_template)
    if faces.misfit_mm > _GOOD_MM:
        raise no_face(f"one that is {faces.misfit_mm:.0f} mm off any likely face")
    _check_alone(mesh, template, faces)
    return faces


def _angle_deg(a: Similarity, b: Similarity) -> float:
    return float(np.rad2deg(np.arccos(np.clip((np.trace(a.rotation @ b.rotation.T) - 1) / 2, -1, 1))))


def no_face(got: str) -> HeadFitError:
    """Return the error of a scan that does not show exactly one face.

    Args:
        got: words for the faces found instead, such as "none" or "two".

    Returns:
        The error, to be raised.
    """
    return HeadFitError(
        f"Expected one face in the scan, got {got}. "
        "Cut the scan to a single head whose face is whole, eyes and mouth closed or nearly so."
    )


def _search(mesh: DraftMesh, template) -> Similarity:
    for centre, radius in _stages(mesh.vertices):
        drawn = [draw(mesh, View(centre, radius, turn), _SEARCH_PX) for turn in _all_sides()]
        turned = [(shot, turn) for shot in drawn for turn in _TURNS_DEG]
        found = sorted(_sights(mesh, turned, template), key=lambda pair: pair[0])[:_CANDIDATES]
        for _ in range(2):  # seen squarely, a true face fits better and a false one worse
            squarely = [(draw(mesh, _front_view(pose), _LOOK_PX), 0.0) for _, pose in found]
            found = sorted(_sights(mesh, squarely, template), key=lambda pair: pair[0])[:2]
        if found and found[0][0] < _POOR_MM:
            return found[0][1]
    raise no_face("none")


def _front_view(to_template: Similarity, side: tuple[float, float] = (0, 0)) -> View:
    """Return the view of a posed scan's face from one of the sides that `_VIEWS_DEG` names."""
    middle = np.array([0, -0.03, 0.02]) - to_template.translation
    centre = to_template.rotation.T @ middle / to_template.scale
    return View(centre, _FACE_RADIUS_M / to_template.scale, looking_from(*side) @ to_template.rotation)


def _stages(vertices) -> Iterator[tuple[np.ndarray, float]]:
    """Yield the whole mesh; then, for a body, the two ends of its longest side."""
    low, high = np.percentile(vertices, [0.5, 99.5], axis=0)
    middle = (low + high) / 2
    yield middle, float(np.linalg.norm(vertices - middle, axis=1).max())
    axes = np.linalg.svd(vertices[:: max(len(vertices) // 5000, 1)] - middle, full_matrices=False)[2]
    along = (vertices - middle) @ axes[0]
    length = np.ptp(along)
    for end in (along.max(), along.min()):
        tip = vertices[np.abs(along - end) < 0.14 * length]
        yield tip.mean(0), float(0.11 * length)


def _all_sides() -> list[np.ndarray]:
    """Return the rotations that bring the 26 directions of a cube's faces, edges and corners to the camera."""
    turns = []
    for direction in itertools.product((-1, 0, 1), repeat=3):
        if any(direction):
            forward = np.array(direction) / np.linalg.norm(direction)
            side = np.cross([0, 1, 0] if abs(forward[1]) < 0.9 else [0, 0, 1], forward)
            side /= np.linalg.norm(side)
            turns.append(np.stack([side, np.cross(forward, side), forward]))
    return turns


def _sights(mesh, turned: list[tuple[Drawn, float]], template) -> Iterator[tuple[float, Similarity]]:
    """Yield misfit and pose of every picture, turned in its plane, that shows a face."""
    if not turned:
        return
    frames = see((shot.turned_image(turn) for shot, turn in turned), 1, separate=True)
    for (shot, turn), frame in zip(turned, frames, strict=True):
        if frame.landmarks is not None:
            yield _misfit(sight(mesh, shot, frame.landmarks, turn), template)


def _misfit(seen: Sight, template) -> tuple[float, Similarity]:
    """Return the median distance in mm of the landmarks from the template's, and the similarity between them."""
    points, facing = seen.points[:_SURFACE_COUNT], seen.facing[:_SURFACE_COUNT]
    usable = facing > 0.1
    if usable.sum() < _SURFACE_COUNT // 3:
        return np.inf, Similarity(np.eye(3), 1.0, np.zeros(3))
    return robust_similarity(points, template[:_SURFACE_COUNT], np.where(usable, facing, 0.0))


def robust_similarity(points, template, weights) -> tuple[float, Similarity]:
    """Return the similarity between two sets of landmarks by reweighted least squares (Geman-McClure, 5 mm).

    Args:
        points: (N, 3) in any unit and frame.
        template: (N, 3) metres, head frame.
        weights: (N,) landmark weights, 0 for points that do not count.

    Returns:
        The median misfit in millimetres over the points that count, and the similarity from points to template.
    """
    found = fit_similarity(points, template, weights)
    for _ in range(12):
        distance_mm = 1e3 * np.linalg.norm(found(points) - template, axis=1)
        found = fit_similarity(points, template, weights / (1 + (distance_mm / 5.0) ** 2) ** 2)
    distance_mm = 1e3 * np.linalg.norm(found(points) - template, axis=1)
    return float(np.median(distance_mm[weights > 0])), found


def _look(mesh: DraftMesh, template, to_template: Similarity) -> FoundFace:
    """Return landmarks from nine sides of a face in a known pose."""
    views = [_front_view(to_template, side) for side in _VIEWS_DEG]
    drawn = [draw(mesh, view, _LOOK_PX) for view in views]
    frames = see((shot.picture.image for shot in drawn), _HOLD, separate=False)
    sights = [
        sight(mesh, shot, frame.landmarks)
        for shot, frame in zip(drawn, frames, strict=True)
        if frame.landmarks is not None
    ]
    if len(sights) < len(views) // 2:
        raise no_face(f"one that {len(views) - len(sights)} of {len(views)} views do not show")
    points, trust = _combine(sights, views[0].radius)
    misfit, found = robust_similarity(
        points[:_SURFACE_COUNT], template[:_SURFACE_COUNT], trust[:_SURFACE_COUNT]
    )
    return FoundFace(found, points, trust, misfit)


def _combine(sights: list[Sight], radius: float) -> tuple[np.ndarray, np.ndarray]:
    """Return each landmark's geometric median over the views, weighted by its cosine to each line of sight."""
    points = np.stack([seen.points for seen in sights])
    facing = np.stack([seen.facing for seen in sights])
    usable = facing > np.minimum(0.3, 0.9 * facing.max(0))
    weights = np.where(usable, facing, 0.0) + 1e-9
    place = (points * weights[:, :, None]).sum(0) / weights.sum(0)[:, None]
    for _ in range(40):
        distance = np.linalg.norm(points - place, axis=2)
        pull = weights / np.maximum(distance, 1e-4 * radius)
        place = (points * pull[:, :, None]).sum(0) / pull.sum(0)[:, None]
    spread = (weights * np.linalg.norm(points - place, axis=2)).sum(0) / weights.sum(0) / radius
    trust = np.where(facing.max(0) > 0.2, 1 / (1 + (spread / 0.02) ** 2), 0.0)
    return place, trust


def _check_alone(mesh: DraftMesh, template, found: FoundFace) -> None:
    """Raise where the mesh shows a second face once the first is taken away."""
    away = np.linalg.norm(found.to_template(mesh.vertices), axis=1) > _APART_M
    rest = mesh.faces[away[mesh.faces].all(1)]
    if len(rest) < 0.3 * len(mesh.faces):
        return
    used, local = np.unique(rest, return_inverse=True)
    other = DraftMesh(mesh.vertices[used], local.reshape(-1, 3).astype(np.int32), mesh.colors[used])
    try:
        _look(other, template, _search(other, template))
    except HeadFitError:
        return
    raise no_face("two")
