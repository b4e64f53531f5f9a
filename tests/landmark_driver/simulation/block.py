"""A block of tetrahedra for tests: cubes cut into six along their diagonal."""

import numpy as np

from landmark_driver.simulation.energy.rest_mesh import CRANIUM, FREE, RestMesh

_CORNERS = np.array([(i, j, k) for i in (0, 1) for j in (0, 1) for k in (0, 1)])
_PATHS = [(0, 4, 6, 7), (0, 6, 2, 7), (0, 2, 3, 7), (0, 3, 1, 7), (0, 1, 5, 7), (0, 5, 4, 7)]


def block(
    cells=(4, 3, 3), size_m=(0.04, 0.03, 0.03), fix="left", muscle_above_m=None, jitter=0.0
) -> RestMesh:
    """A box from the origin; `fix` is "left" (the x = 0 face on the cranium), "ends" or "none"."""
    shape = np.array(cells) + 1
    grid = np.stack(np.meshgrid(*[np.arange(n) for n in shape], indexing="ij"), axis=-1).reshape(-1, 3)
    nodes = grid / np.array(cells) * np.array(size_m)
    inside = np.all((grid > 0) & (grid < np.array(cells)), axis=1)
    nodes[inside] += jitter * np.random.default_rng(0).normal(size=(inside.sum(), 3))
    cubes = np.stack(np.meshgrid(*[np.arange(n) for n in cells], indexing="ij"), axis=-1).reshape(-1, 3)
    corners = (cubes[:, None] + _CORNERS) @ np.array([shape[1] * shape[2], shape[2], 1])
    tets = np.concatenate([corners[:, path] for path in _PATHS])
    edges = nodes[tets[:, 1:]] - nodes[tets[:, :1]]
    flipped = np.linalg.det(edges) < 0
    tets[flipped] = tets[flipped][:, [0, 1, 3, 2]]
    tissue = np.zeros(len(tets), dtype=int)
    if muscle_above_m is not None:
        tissue[nodes[tets].mean(axis=1)[:, 2] > muscle_above_m] = 1
    return RestMesh(nodes, tets, tissue, _fixed(grid, cells, fix))


def squeezed(mesh: RestMesh, seed=0, size=0.25, noise_m=3e-4) -> np.ndarray:
    """Positions under a random affine map near identity with noise on the nodes."""
    random = np.random.default_rng(seed)
    return mesh.nodes @ (np.eye(3) + size * random.uniform(-1, 1, (3, 3))) + random.normal(
        scale=noise_m, size=mesh.nodes.shape
    )


def random_actuation(count: int, seed=0, size=0.2) -> np.ndarray:
    """Symmetric positive definite tensors near identity."""
    noise = np.random.default_rng(seed).uniform(-size, size, (count, 3, 3))
    return np.eye(3) + (noise + np.swapaxes(noise, 1, 2)) / 2


def rotation(angle_rad: float, axis=(1.0, 2.0, -0.5)) -> np.ndarray:
    x, y, z = np.array(axis) / np.linalg.norm(axis)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(angle_rad) * cross + (1 - np.cos(angle_rad)) * cross @ cross


def _fixed(grid: np.ndarray, cells, fix: str) -> np.ndarray:
    bone = np.full(len(grid), FREE)
    if fix in ("left", "ends"):
        bone[grid[:, 0] == 0] = CRANIUM
    if fix == "ends":
        bone[grid[:, 0] == cells[0]] = CRANIUM
    return bone
