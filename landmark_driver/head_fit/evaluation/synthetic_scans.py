"""Scans of heads that are known vertex by vertex: remeshed, noisy, with holes, in any pose and unit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy.spatial import KDTree
from scipy.spatial.transform import Rotation

from landmark_driver.geometry.subdivision import loop_subdivision
from landmark_driver.geometry.vertex_normals import vertex_normals
from landmark_driver.head.identity_model import IdentityHead
from landmark_driver.head_fit.attachment.surface import Surface
from landmark_driver.head_fit.placement.place_scan import UNITS
from landmark_driver.head_fit.scan_files.clean_scan import areas
from landmark_driver.head_fit.scan_files.draft_mesh import merge_cells
from landmark_driver.head_fit.scan_files.scan import Scan

_EYE_DEPTH_M = 0.006
"""How far behind its front an eyeball is seen."""


@dataclass(frozen=True)
class SyntheticScanSettings:
    """The settings of synthetic scans; lengths in metres."""

    cell_m: float = 0.0025
    noise_m: float = 0.0005
    """Standard deviation along the normal, independent for every vertex."""
    hole_fraction: float = 0.1
    """The fraction of the surface's area that is cut out."""
    hole_radius_m: tuple[float, float] = (0.006, 0.014)


@dataclass(frozen=True)
class SyntheticScan:
    """A scan with the head that it shows."""

    scan: Scan
    truth: Float[np.ndarray, "vertices 3"]
    """Every vertex of the head in the scan's unit and frame."""
    scale_to_metres: float


def synthetic_scan(
    head: IdentityHead, rng: np.random.Generator, settings: SyntheticScanSettings | None = None
) -> SyntheticScan:
    """Return a scan of a head: skin and eyeballs with other vertices, in another frame and unit.

    Args:
        head: the head, metres, head frame.
        rng: the source of randomness.
        settings: grid, noise and holes; None for the defaults.

    Returns:
        The scan, with the head's true vertices in the scan's unit and frame, and metres per unit.
    """
    settings = settings or SyntheticScanSettings()
    turn = Rotation.random(rng=rng).as_matrix()
    shift, unit = rng.uniform(-0.5, 0.5, 3), float(rng.choice(UNITS))
    vertices, faces = _remeshed(head, turn, settings.cell_m)
    normals = vertex_normals(vertices, faces)
    vertices = vertices + normals * rng.normal(0, settings.noise_m, (len(vertices), 1))
    faces = _with_holes(vertices, faces, rng, settings)

    def place(points):
        return (points @ turn.T + shift) / unit

    used, local = np.unique(faces, return_inverse=True)
    scan = Scan(place(vertices[used]), local.reshape(-1, 3).astype(np.int32))
    return SyntheticScan(scan, place(head.vertices), unit)


def _remeshed(head: IdentityHead, turn, cell_m: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the smooth surface with new vertices: one for each cell of a turned grid, put back on the surface."""
    used, faces = np.unique(_seen(head), return_inverse=True)
    faces, vertices = faces.reshape(-1, 3), head.vertices[used]
    for _ in range(2):
        finer = loop_subdivision(faces, len(vertices))
        faces, vertices = finer.faces, finer(vertices)
    turned = vertices @ turn.T
    merged, new_faces, _ = merge_cells(turned, faces, turned, cell_m)
    smooth = Surface(vertices, faces)
    return smooth.nearest(merged @ turn).place, new_faces


def _seen(head: IdentityHead) -> Int[np.ndarray, "seen 3"]:
    """Return the triangles that a scanner sees: the skin, and of each eyeball what looks out between the lids."""
    seen = [head.topology.faces_of("skin")]
    for part in ("eyeball_left", "eyeball_right"):
        faces = head.topology.faces_of(part)
        forward = head.vertices[faces].mean(1)[:, 2] - head.vertices[faces.ravel(), 2].max()
        seen.append(faces[forward > -_EYE_DEPTH_M])
    return np.concatenate(seen)


def _with_holes(vertices, faces, rng: np.random.Generator, settings: SyntheticScanSettings) -> np.ndarray:
    middle, area = vertices[faces].mean(1), areas(vertices, faces)
    tree, keep = KDTree(middle), np.ones(len(faces), bool)
    while area[~keep].sum() < settings.hole_fraction * area.sum():
        centre = middle[rng.integers(len(faces))]
        keep[tree.query_ball_point(centre, rng.uniform(*settings.hole_radius_m))] = False
    return faces[keep]
