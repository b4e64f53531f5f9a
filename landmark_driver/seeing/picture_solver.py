"""Pose and latent together, from points in a picture, by Gauss-Newton steps with robust weights.

    minimise  Σ_i ρ(|p_i - π(R (n_i + C_i z) + t)| / σ_i) + (z - μ)' Σ⁻¹ (z - μ),   0 <= weights of z <= 1

n are the performer's landmarks at rest, C their rows of the head's basis, μ and Σ the prior of the latent. Depth is hardly
seen by one camera: the prior decides about it. The last frame's pose and latent are where the next one starts.

Points count differently in every step, so its normal equations are solved by conjugate gradients. Their preconditioner, the
inverse of the matrix in which all points count in full, is found anew only when the head has turned or other points are seen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float
from scipy.spatial.transform import Rotation

from capture.frames.landmark_frame import ARKIT_COUNT
from landmark_driver.network.bounded_latent import BoundedLatent
from landmark_driver.seeing.pinhole import project, projection_rows, turn_rows

_ROBUST = 4.0
"""Points farther from the model than so many standard deviations count for less."""
_FACING = 0.3
"""Cosine between a landmark's normal and the view, below which it is not seen."""
_UNSEEN = 1e-4
_TURNED = np.cos(np.deg2rad(2.0))
_CHANGED = 0.05
_ITERATIONS = 8
_POSE_STD = np.repeat([np.deg2rad(20.0), 0.2], 3)
"""Of one step: radians, metres."""


@dataclass(frozen=True)
class Performer:
    """The landmarks of one head that is looked at."""

    neutral: Float[np.ndarray, "landmarks 3"]
    """Metres, head frame."""
    rows: Float[np.ndarray, "landmarks 3 latent"]
    """Metres for latents of one."""
    normals: Float[np.ndarray, "landmarks 3"]
    prior_mean: Float[np.ndarray, "latent"]
    prior_covariance: Float[np.ndarray, "latent latent"]


class PictureSolver:
    """The solver of one performer; it holds pose and latent from frame to frame."""

    def __init__(
        self,
        performer: Performer,
        focal_px: float,
        T_camera_head: Float[np.ndarray, "4 4"],
        std_px: Float[np.ndarray, "landmarks"],
    ):
        """Start from a pose.

        Args:
            performer: who is seen.
            focal_px: of the camera, pixels.
            T_camera_head: head frame to camera, metres; the camera looks along -z.
            std_px: (L,) standard deviations of points that count in full, pixels.
        """
        self._performer, self._focal_px, self._std_px = performer, focal_px, std_px
        self._precision = np.linalg.inv(performer.prior_covariance)
        self._pull = self._precision @ performer.prior_mean
        self._factored: _Factored | None = None
        self.restart(T_camera_head)

    def restart(self, T_camera_head: Float[np.ndarray, "4 4"]) -> None:
        """Let the next frame start from a pose and the mean expression.

        Args:
            T_camera_head: head frame to camera, metres.
        """
        self.rotation, self.translation = T_camera_head[:3, :3].copy(), T_camera_head[:3, 3].copy()
        self.latent: Float[np.ndarray, "latent"] = self._performer.prior_mean.copy()

    def __call__(
        self,
        points: Float[np.ndarray, "landmarks 2"],
        trust: Float[np.ndarray, "landmarks"],
        known: Float[np.ndarray, "landmarks 3"],
        steps: int = 3,
    ) -> Float[np.ndarray, "latent"]:
        """Return the latent of a frame.

        Args:
            points: (L, 2) pixels about the principal point.
            trust: (L,) in 0..1, the part of each point that counts.
            known: (L, 3) metres: displacements that are known beside the latent, those of the gaze.
            steps: Gauss-Newton steps from the last frame's pose and latent.

        Returns:
            (Z,) latent, ARKit weights within their bounds.
        """
        performer, size = self._performer, len(self.latent)
        for _ in range(steps):
            arms = (performer.neutral + known + performer.rows @ self.latent) @ self.rotation.T
            camera = arms + self.translation
            left = points - project(camera, self._focal_px)
            seen = self._seen(camera)
            counted = np.where(seen, 1.0, _UNSEEN) / self._std_px**2
            robust = 1 / (1 + (left**2).sum(1) / (_ROBUST * self._std_px) ** 2)
            weights = np.repeat(counted * robust * trust, 2)
            rows = projection_rows(camera, self._focal_px)
            columns = np.concatenate(
                [rows @ self.rotation @ performer.rows, rows @ turn_rows(arms), rows], 2
            ).reshape(2 * len(points), -1)
            factored = self._factor(columns, np.repeat(counted, 2), seen)
            pull = columns.T @ (weights * left.ravel())
            pull[:size] += self._pull - self._precision @ self.latent
            step = self._solve(columns, weights, pull, factored.covariance)
            self.latent = factored.bounded((self.latent + step[:size]).astype(np.float32)).astype(float)
            self.rotation = Rotation.from_rotvec(step[size : size + 3]).as_matrix() @ self.rotation
            self.translation = self.translation + step[size + 3 :]
        return self.latent

    @property
    def pose(self) -> Float[np.ndarray, "4 4"]:
        """Head frame to camera, metres; the camera looks along -z."""
        matrix = np.eye(4)
        matrix[:3, :3], matrix[:3, 3] = self.rotation, self.translation
        return matrix

    def image_points(self, known: Float[np.ndarray, "landmarks 3"]) -> Float[np.ndarray, "landmarks 2"]:
        """Return where the solved landmarks are in the picture.

        Args:
            known: (L, 3) metres, as for the solve.

        Returns:
            (L, 2) pixels about the principal point.
        """
        performer = self._performer
        moved = performer.neutral + known + performer.rows @ self.latent
        return project(moved @ self.rotation.T + self.translation, self._focal_px)

    def _seen(self, camera: Float[np.ndarray, "landmarks 3"]) -> Bool[np.ndarray, "landmarks"]:
        normals = self._performer.normals @ self.rotation.T
        return -(normals * camera).sum(1) > _FACING * np.linalg.norm(camera, axis=1)

    def _solve(self, columns, weights, pull, preconditioner) -> Float[np.ndarray, "unknowns"]:
        """Solve the normal equations by conjugate gradients."""
        size = len(self.latent)
        step, left = np.zeros_like(pull), pull
        ready = preconditioner @ left
        along, energy = ready, left @ ready
        for _ in range(_ITERATIONS):
            image = columns.T @ (weights * (columns @ along))
            image[:size] += self._precision @ along[:size]
            image[size:] += along[size:] / _POSE_STD**2
            length = energy / (along @ image)
            step, left = step + length * along, left - length * image
            ready = preconditioner @ left
            energy, before = left @ ready, energy
            along = ready + energy / before * along
        return step

    def _factor(self, columns, weights, seen) -> _Factored:
        kept = self._factored
        if kept is not None and kept.fits(self.rotation, seen):
            return kept
        size = len(self.latent)
        information = (columns * weights[:, None]).T @ columns
        information[:size, :size] += self._precision
        information[range(size, size + 6), range(size, size + 6)] += _POSE_STD**-2.0
        covariance = np.linalg.inv(information)
        self._factored = _Factored(
            covariance, BoundedLatent.of(covariance[:size, :size], ARKIT_COUNT), self.rotation.copy(), seen
        )
        return self._factored


@dataclass(frozen=True)
class _Factored:
    """The inverse of the normal equations' matrix, and for which pose and points it was made."""

    covariance: Float[np.ndarray, "unknowns unknowns"]
    bounded: BoundedLatent
    rotation: Float[np.ndarray, "3 3"]
    seen: Bool[np.ndarray, "landmarks"]

    def fits(self, rotation: Float[np.ndarray, "3 3"], seen: Bool[np.ndarray, "landmarks"]) -> bool:
        turned = (np.trace(self.rotation.T @ rotation) - 1) / 2
        return bool(turned > _TURNED) and np.mean(self.seen != seen) < _CHANGED
