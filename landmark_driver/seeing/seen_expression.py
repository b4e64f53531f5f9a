"""The expression of a performer whose head is known, solved in pictures: landmarks with the flow that is left, against the head.

The neutral picture tells which skin each landmark shows: rays through its pixels meet the head. Lids and the lips' inner rims
appear and vanish, where flow has nothing to follow, so the tracker's own report counts there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from jaxtyping import Float

from capture.frames.landmark_frame import LandmarkFrame
from capture.tracking.residual_flow import MeasuredFlow
from landmark_driver.geometry.triangle_search import TriangleSearch
from landmark_driver.geometry.vertex_normals import vertex_normals
from landmark_driver.head.head import Head
from landmark_driver.head.landmark_embedding import LandmarkEmbedding
from landmark_driver.landmarks.apertures import LIDS, LIPS
from landmark_driver.landmarks.perspective import undo_perspective
from landmark_driver.landmarks.tracker_response import SURFACE_COUNT
from landmark_driver.network.compile_frame import without_looks
from landmark_driver.network.head_network import HeadNetwork
from landmark_driver.seeing.picture_solver import Performer, PictureSolver

REPORTED = np.unique(np.concatenate([LIPS.ravel(), *(pairs.ravel() for pairs in LIDS.values())]))
"""Landmarks of lids and of the lips' inner rims."""
_STD_M, _REPORTED_STD_M = 0.3e-3, 0.6e-3
_NO_TRUST = 1e-4
_POSE_STEPS, _FIRST_STEPS, _STEPS, _ROUNDS = 20, 12, 8, 2
_HELD = 1e-8
"""Factor on the prior's covariance where the pose alone is solved for."""
_FAR_M = 10.0

Measure = Callable[[Float[np.ndarray, "468 2"]], MeasuredFlow]
"""Measures the flow of a picture from landmarks, or better guesses, in its pixels."""


class SeenExpression:
    """The expression of one performer; it holds pose and latent from frame to frame."""

    def __init__(self, head: Head, network: HeadNetwork, reference: LandmarkFrame, focal_px: float):
        """Lay the reference picture over the head.

        Args:
            head: the performer's own.
            network: its networks.
            reference: the neutral face's landmarks and pose.
            focal_px: of the camera, pixels.
        """
        self._middle = np.array(reference.image_size_px) / 2 - 0.5
        points = surface_pixels(reference) - self._middle
        pose = _pose(head, network, reference, points, focal_px)
        seen, bound = _bound(head, points, pose, focal_px)
        performer = _performer(head, network, bound)
        distance_px_m = focal_px / -(performer.neutral @ pose[2, :3] + pose[2, 3]).mean()
        std_m = np.full(SURFACE_COUNT, _STD_M)
        std_m[REPORTED] = _REPORTED_STD_M
        self._on_head = np.where(seen, 1.0, _NO_TRUST)
        self._solver = PictureSolver(performer, focal_px, pose, std_m * abs(distance_px_m))
        self._known = np.zeros((SURFACE_COUNT, 3))
        self._rest = self._solver(points, self._on_head, self._known, _FIRST_STEPS)
        self._neutral_pose = self._solver.pose
        self._rows = network.rows(head.embedding).reshape(-1, 3, len(self._rest)).astype(float)

    def restart(self) -> None:
        """Start anew: later frames have no connection with earlier ones."""
        self._solver.restart(self._neutral_pose)

    def __call__(self, frame: LandmarkFrame, measure: Measure) -> Float[np.ndarray, "478 3"]:
        """Return the displacements of the landmarks.

        Args:
            frame: with a face.
            measure: measures the flow of the frame's picture.

        Returns:
            (478, 3) metres from neutral, head frame; without what gaze moves.
        """
        reported = surface_pixels(frame)
        guess, latent = reported, self._rest
        for _ in range(_ROUNDS):
            measured = measure(guess)
            points, trust = measured.points.copy(), np.where(measured.valid, self._on_head, _NO_TRUST)
            points[REPORTED], trust[REPORTED] = reported[REPORTED], self._on_head[REPORTED]
            latent = self._solver(points - self._middle, trust, self._known, _STEPS)
            modelled = self._solver.image_points(self._known) + self._middle
            guess = np.where(self._on_head[:, None] == 1, modelled, reported)
        return self._rows @ (latent - self._rest)


def surface_pixels(frame: LandmarkFrame) -> Float[np.ndarray, "468 2"]:
    """Return the surface landmarks of a frame in pixels of its picture.

    Args:
        frame: with a face.

    Returns:
        (468, 2) x and y; the first pixel's centre is (0, 0).
    """
    assert frame.landmarks is not None
    return frame.landmarks[:SURFACE_COUNT, :2].astype(float) * frame.image_size_px - 0.5


def _surface(embedding: LandmarkEmbedding) -> LandmarkEmbedding:
    return LandmarkEmbedding(embedding.corners[:SURFACE_COUNT], embedding.weights[:SURFACE_COUNT])


def _performer(head: Head, network: HeadNetwork, layout: LandmarkEmbedding) -> Performer:
    neutral = head.neutral_vertices.astype(float)
    normals = (vertex_normals(neutral, head.faces)[layout.corners] * layout.weights[..., None]).sum(1)
    prior = without_looks(network)
    return Performer(
        layout(neutral),
        network.rows(layout).reshape(len(layout.weights), 3, -1).astype(float),
        normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9),
        prior.prior_mean.astype(float),
        prior.prior_covariance.astype(float),
    )


def _pose(
    head: Head,
    network: HeadNetwork,
    reference: LandmarkFrame,
    points: Float[np.ndarray, "468 2"],
    focal_px: float,
) -> Float[np.ndarray, "4 4"]:
    """Return the pose in which the neutral head's landmarks are seen nearest to a picture's."""
    performer = _performer(head, network, _surface(head.embedding))
    held = replace(performer, prior_covariance=_HELD * performer.prior_covariance)
    start = np.eye(4)
    start[:3, :3] = undo_perspective(reference).T_camera_face[:3, :3]
    turned = performer.neutral @ start[:3, :3].T
    distance = focal_px * np.ptp(turned[:, 0]) / np.ptp(points[:, 0])
    across, down = points.mean(0) * distance / focal_px
    start[:3, 3] = np.array([across, -down, -distance]) - turned.mean(0)
    std_px = np.full(SURFACE_COUNT, _STD_M * focal_px / distance)
    solver = PictureSolver(held, focal_px, start, std_px)
    solver(points, np.ones(SURFACE_COUNT), np.zeros((SURFACE_COUNT, 3)), _POSE_STEPS)
    return solver.pose


def _bound(
    head: Head, points: Float[np.ndarray, "468 2"], pose: Float[np.ndarray, "4 4"], focal_px: float
) -> tuple[np.ndarray, LandmarkEmbedding]:
    """Return which pixels show skin, and where on it."""
    rays = np.stack([points[:, 0], -points[:, 1], np.full(len(points), -focal_px)], 1) @ pose[:3, :3]
    rays /= np.linalg.norm(rays, axis=1, keepdims=True)
    skin = head.faces[head.face_part == 0]
    eye = np.broadcast_to(-pose[:3, :3].T @ pose[:3, 3], rays.shape)
    hits = TriangleSearch(head.neutral_vertices.astype(float), skin).first_hits(eye, rays, _FAR_M)
    seen, own = hits.face >= 0, _surface(head.embedding)
    corners = np.where(seen[:, None], skin[hits.face], own.corners)
    return seen, LandmarkEmbedding(corners, np.where(seen[:, None], hits.barycentric, own.weights))
