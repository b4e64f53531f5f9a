"""The error of a fitted scan at points with known motion, beside methods that need no character (`softdeca evaluate --scan`).

A file of known expressions (.npz) holds `displacement_m` (E, V, 3) of the scan's own vertices in its own axes, metres, and
`landmarks_68` (L,), the vertices that are tracked. The error is the mean over vertices that move by more than 0.5 mm, averaged
over expressions.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.interpolate import RBFInterpolator
from scipy.spatial import KDTree

from landmark_driver.character import Character
from landmark_driver.drivers.mesh_driver import VertexDriver
from landmark_driver.head.scan_surface import ScanSurface
from landmark_driver.head_fit.scan_files.head_fit_error import HeadFitError
from landmark_driver.landmarks.tracker_response import SURFACE_COUNT
from landmark_driver.live.one_blas_thread import one_blas_thread

MOVING_M = 5e-4
_SEED = 7


@dataclass(frozen=True)
class KnownExpressions:
    """Displacements of a scan's vertices, head axes, metres, and the vertices that are tracked."""

    displacements: Float[np.ndarray, "expressions vertices 3"]
    landmarks: Int[np.ndarray, "landmarks"]

    def moving(self, count: int) -> Bool[np.ndarray, "expressions vertices"]:
        """Return the vertices that are compared: the first `count` where they move by more than 0.5 mm.

        Args:
            count: the number of the scan's vertices that may count.

        Returns:
            (E, V) True where a vertex moves in an expression.
        """
        moves = np.linalg.norm(self.displacements, axis=2) > MOVING_M
        moves[:, count:] = False
        return moves


@dataclass(frozen=True)
class MethodError:
    """The error of one method over moving vertices, averaged over expressions, and its time a frame."""

    method: str
    mean_mm: float
    p95_mm: float
    ms_per_frame: float


def read_expressions(path: Path, scan: ScanSurface) -> KnownExpressions:
    """Return the known expressions of a file, in head axes.

    Args:
        path: the .npz file.
        scan: the scan that the displacements belong to.

    Returns:
        Displacements (E, V, 3) in metres, head axes, and the tracked vertices (L,).

    Raises:
        HeadFitError: where the file does not fit the scan.
    """
    with np.load(path) as data:
        shapes, landmarks = data["displacement_m"].astype(float), data["landmarks_68"]
    if shapes.shape[1:] != scan.vertices.shape:
        raise HeadFitError(
            f"Expected displacements of {len(scan.vertices)} vertices in '{path}', "
            f"got shape {shapes.shape}. Fit the scan that they belong to."
        )
    return KnownExpressions(shapes @ scan.T_head_scan[:3, :3].T, landmarks)


def compare_methods(
    character: Character, known: KnownExpressions, vertices: int | None = None, noise_mm: float = 0.0
) -> list[MethodError]:
    """Return the errors of all methods for a character made from a scan.

    Args:
        character: the character of the scan.
        known: true displacements of its vertices.
        vertices: the number of vertices that count, from the first; None for all.
        noise_mm: standard deviation of the landmarks along each axis, which the driver is told.

    Returns:
        One row per method: errors in millimetres, median time in milliseconds a frame on one thread.
    """
    count = len(character.mesh.written(character.neutral_vertices))
    neutral = character.neutral_vertices[:count].astype(float)
    points = neutral[known.landmarks]
    noise = np.random.default_rng(_SEED).normal(0, 1e-3 * noise_mm, (len(known.displacements), *points.shape))
    shown = known.displacements[:, known.landmarks] + noise
    driver = character.driver(points, 1e-3 * noise_mm)
    driver.settle(shown)
    drivers = {
        "nothing": lambda d: np.zeros_like(neutral),
        "RBF, linear kernel": _radial_basis(points, neutral),
        "linear blendshapes": _driven(VertexDriver(character.mesh_driver("linear", points)), neutral),
        "SparseSoftDECA": _driven(driver, neutral),
    }
    moving = known.moving(count if vertices is None else vertices)
    with one_blas_thread():
        return [_measure(name, drive, known, shown, moving) for name, drive in drivers.items()]


def nearest_vertices(character: Character, known: KnownExpressions) -> KnownExpressions:
    """Return the same expressions with MediaPipe's surface landmarks tracked.

    Args:
        character: the character of the scan.
        known: true displacements of its vertices.

    Returns:
        The expressions, whose landmarks are the scan's vertices nearest to those of the head.
    """
    count = len(character.mesh.written(character.neutral_vertices))
    tree = KDTree(character.neutral_vertices[:count])
    return replace(
        known, landmarks=np.unique(tree.query(character.head.neutral_landmarks[:SURFACE_COUNT])[1])
    )


def _driven(driver, neutral) -> Callable[[np.ndarray], np.ndarray]:
    return lambda displacements: driver(displacements)[: len(neutral)] - neutral


def _radial_basis(points, neutral) -> Callable[[np.ndarray], np.ndarray]:
    return lambda displacements: RBFInterpolator(points, displacements, kernel="linear")(neutral)


def _measure(name: str, drive, known: KnownExpressions, shown, moving) -> MethodError:
    errors, times = [], []
    for shape, landmarks, rows in zip(known.displacements, shown, moving, strict=True):
        started_s = time.perf_counter()
        driven = drive(landmarks)
        times.append(time.perf_counter() - started_s)
        errors.append(1e3 * np.linalg.norm(driven - shape, axis=1)[rows])
    return MethodError(
        name,
        round(float(np.mean([error.mean() for error in errors])), 3),
        round(float(np.mean([np.percentile(error, 95) for error in errors])), 3),
        round(1e3 * float(np.median(times)), 2),
    )
