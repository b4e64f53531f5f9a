"""Bends the template's skin onto a scan.

    minimise  Σ_i w_i ((n_i·(F_i x - p_i))² + τ |F_i x - p_i|²)      skin to scan, and scan to skin (τ = 0)
            + λ Σ_l trust_l |L_l x - q_l|²                           landmarks
            + σ (|D Δ(x - x₀)|² + μ |E (x - x₀)|²)                   bending and stretching of the identity fit

over the control vertices x. F is one step of Loop subdivision, so the smooth surface meets the scan, not the
facets. p_i is the closest point of the scan. It counts where normals agree, where it is near and where it is on
no open edge; weights w fade with distance (Geman-McClure). Stiffness falls from round to round
(Amberg et al. 2007); lips and lids keep more of it. Where the scan has no surface the skin goes on as the
identity fit does. Stretching costs as much as bending, or the skin slides along the scan (2.3 mm against 1.1 mm
on scans of known heads). Each round is one sparse Cholesky factor of a (3 control)² matrix.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse
from cholespy import CholeskySolverD, MatrixType  # pyright: ignore[reportAttributeAccessIssue]
from jaxtyping import Bool, Float

from landmark_driver.geometry.vertex_normals import vertex_normals
from landmark_driver.head_fit.attachment.surface import Surface
from landmark_driver.head_fit.registration.template_skin import TemplateSkin, geodesic_bump


@dataclass(frozen=True)
class RegistrationSettings:
    """The weights of the terms against each other; lengths in metres."""

    rounds: int = 10
    stiffness: tuple[float, float] = (30.0, 0.5)
    """In the first and in the last round; like all such pairs it falls evenly on a logarithmic scale."""
    membrane: float = 1.0
    """The stiffness against stretching, relative to bending."""
    landmark: tuple[float, float] = (0.02, 0.0003)
    tangential: float = 0.002
    reach_m: tuple[float, float] = (0.015, 0.004)
    """The largest distance of a corresponding point, in the first and in the last round."""
    smallest_cosine: float = 0.55
    protected: float = 4.0
    """The factor by which lips and lids are stiffer."""
    samples: int = 12_000
    """The number of scan vertices that are matched to the skin."""


@dataclass(frozen=True)
class Targets:
    """The surface and landmarks that the skin is bent to, metres, in the placed scan's frame."""

    surface: Surface
    hidden: Bool[np.ndarray, "scan"]
    """True for scan vertices that are seen from nowhere outside; they attract no skin."""
    landmark_rows: sparse.csr_matrix
    """(L, control) barycentric weights of the landmarks on the skin."""
    landmarks: Float[np.ndarray, "landmarks 3"]
    trust: Float[np.ndarray, "landmarks"]


def register_template(
    skin: TemplateSkin,
    start: Float[np.ndarray, "control 3"],
    targets: Targets,
    settings: RegistrationSettings | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Float[np.ndarray, "control 3"]:
    """Return the control vertices bent onto the scan.

    Args:
        skin: the template's skin.
        start: (C, 3) control vertices of the identity fit, metres, in the targets' frame.
        targets: the scan's surface and landmarks.
        settings: the terms' weights; None for the defaults.
        progress: called after each round with rounds done and in total.

    Returns:
        (C, 3) metres, in the targets' frame.
    """
    settings = settings or RegistrationSettings()
    x = start.copy()
    stiff = _stiffness(skin, start, settings)
    samples = _samples(targets, settings.samples)
    for round_ in range(settings.rounds):
        fraction = round_ / max(settings.rounds - 1, 1)
        equations = _Equations(len(x))
        _add_skin_to_scan(equations, skin, x, targets, settings, fraction)
        _add_scan_to_skin(equations, skin, x, samples, settings, fraction)
        _add_landmarks(equations, x, targets, _between(settings.landmark, fraction))
        x = equations.solve(_between(settings.stiffness, fraction) * stiff, start, x)
        progress(round_ + 1, settings.rounds)
    return x


def _between(ends: tuple[float, float], fraction: float) -> float:
    return float(ends[0] ** (1 - fraction) * ends[1] ** fraction)


def _stiffness(skin: TemplateSkin, start, settings) -> sparse.csr_matrix:
    """Return the quadratic form of bending and stretching, per square metre, before annealing."""
    guard = 1 + (settings.protected - 1) * _protected(skin, start)
    bending = skin.laplacian.T @ sparse.diags(guard) @ skin.laplacian
    return sparse.csr_matrix(bending + settings.membrane * (skin.edges.T @ skin.edges))


def _protected(skin: TemplateSkin, start) -> Float[np.ndarray, "control"]:
    amount = np.zeros(len(start))
    for loop in skin.loops:
        amount = np.maximum(amount, geodesic_bump(skin, start, loop, 0.005))
    return amount


class _Equations:
    """Normal equations over the coordinates of the control vertices, x0 y0 z0 x1 …"""

    def __init__(self, count: int):
        self._count = count
        self._gram = sparse.csr_matrix((3 * count, 3 * count))
        self._right = np.zeros(3 * count)

    def add_planes(self, rows: sparse.csr_matrix, normals, places, weights, tangential: float) -> None:
        """Add weights ((n·(rows x - point))² + tangential |rows x - point|²)."""
        blocks = [sparse.csr_matrix(rows.multiply(normals[:, axis : axis + 1])) for axis in range(3)]
        planes = _interleaved(blocks, (len(weights), 3 * self._count))
        wanted = (normals * places).sum(1)
        self._add(planes, weights, wanted)
        if tangential:
            self.add_points(rows, places, tangential * weights)

    def add_points(self, rows: sparse.csr_matrix, places, weights) -> None:
        gram = sparse.csr_matrix(rows.T @ sparse.diags(weights) @ rows)
        self._gram = self._gram + sparse.kron(gram, sparse.identity(3), format="csr")
        self._right += (rows.T @ (weights[:, None] * places)).ravel()

    def solve(self, stiff: sparse.csr_matrix, start, x) -> Float[np.ndarray, "control 3"]:
        matrix = self._gram + sparse.kron(stiff, sparse.identity(3), format="csr")
        right = self._right + (stiff @ start).ravel()
        matrix = sparse.coo_matrix(matrix + 1e-9 * sparse.identity(len(right)))
        solver = CholeskySolverD(len(right), matrix.row, matrix.col, matrix.data, MatrixType.COO)
        solution = np.zeros((len(right), 1))
        solver.solve(np.ascontiguousarray((right + 1e-9 * x.ravel())[:, None]), solution)
        return solution.reshape(-1, 3)

    def _add(self, rows: sparse.csr_matrix, weights, wanted) -> None:
        self._gram = self._gram + rows.T @ sparse.diags(weights) @ rows
        self._right += rows.T @ (weights * wanted)


def _interleaved(blocks: list[sparse.csr_matrix], shape: tuple[int, int]) -> sparse.csr_matrix:
    entries = [block.tocoo() for block in blocks]
    row = np.concatenate([entry.row for entry in entries])
    column = np.concatenate([3 * entry.col + axis for axis, entry in enumerate(entries)])
    values = np.concatenate([entry.data for entry in entries])
    return sparse.csr_matrix((values, (row, column)), shape=shape)


def _add_skin_to_scan(equations, skin: TemplateSkin, x, targets: Targets, settings, fraction: float) -> None:
    points, surface = skin.fine @ x, targets.surface
    found = surface.nearest(points)
    normals = surface.normals_at(found)
    own = vertex_normals(points, skin.fine_faces)
    weights = _weights(found.distance, (own * normals).sum(1), settings, fraction)
    ignored = surface.at_border(found) | targets.hidden[surface.faces[found.face]].any(1)
    weights = np.where(ignored, 0.0, weights)
    used = weights > 0
    equations.add_planes(
        skin.fine[used], normals[used], found.place[used], weights[used], settings.tangential
    )


def _add_scan_to_skin(equations, skin: TemplateSkin, x, samples, settings, fraction) -> None:
    points, own = samples
    fine = skin.fine @ x
    skin_surface = Surface(fine, skin.fine_faces)
    found = skin_surface.nearest(points)
    normals = skin_surface.normals_at(found)
    weights = _weights(found.distance, (own * normals).sum(1), settings, fraction)
    weights = np.where(skin_surface.at_border(found), 0.0, weights)
    used = weights > 0
    corners = skin.fine_faces[found.face[used]]
    index = np.repeat(np.arange(len(corners)), 3)
    shape = (len(corners), len(fine))
    rows = sparse.csr_matrix((found.barycentric[used].ravel(), (index, corners.ravel())), shape=shape)
    equations.add_planes(sparse.csr_matrix(rows @ skin.fine), own[used], points[used], weights[used], 0.0)


def _weights(distance, cosine, settings: RegistrationSettings, fraction: float):
    reach = _between(settings.reach_m, fraction)
    fade = 1 / (1 + (distance / (0.5 * reach)) ** 2) ** 2
    return np.where((distance < reach) & (cosine > settings.smallest_cosine), cosine * fade, 0.0)


def _add_landmarks(equations, x, targets: Targets, weight: float) -> None:
    off = np.linalg.norm(targets.landmark_rows @ x - targets.landmarks, axis=1)
    weights = weight * targets.trust / (1 + (off / 0.004) ** 2) ** 2
    equations.add_points(targets.landmark_rows, targets.landmarks, weights)


def _samples(targets: Targets, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return evenly chosen visible vertices of the scan with their normals."""
    surface = targets.surface
    rows = np.flatnonzero(~targets.hidden)
    rows = rows[:: max(1, len(rows) // count)]
    return surface.vertices[rows], vertex_normals(surface.vertices, surface.faces)[rows]
