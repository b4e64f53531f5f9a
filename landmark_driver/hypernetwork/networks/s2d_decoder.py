"""S2D-Dec, the sparse-to-dense decoder of Otberdout et al. (CVPR 2022), from its paper.

Landmark displacements go through a fully connected layer to features on a coarse mesh, then through
spiral convolutions of 128, 64, 32, 32, 16 and 3 channels with up-sampling between them. Its loss weighs
every vertex by its nearness to the landmarks. Ours, because the paper leaves it open: the coarse meshes
are farthest-point subsets of the default head's skin, a spiral is a vertex with its eight nearest sorted
by angle around the normal, and up-sampling interpolates the three nearest by inverse distance.
"""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float, Int
from scipy.spatial import KDTree
from torch import Tensor, nn
from torch.nn.functional import elu

from landmark_driver.geometry.vertex_normals import vertex_normals

CHANNELS = (128, 64, 32, 32, 16, 3)
_SPIRAL = 9
_REDUCTION = 4
_LEVELS = 5
_NEAREST_M = 0.01


class S2DDecoder(nn.Module):
    """The map from displacements (batch, 3L) over head scale to skin displacements (batch, skin, 3) over head scale."""

    def __init__(self, landmarks: int, vertices: Float[np.ndarray, "skin 3"], faces: Int[np.ndarray, "f 3"]):
        super().__init__()
        normals = vertex_normals(vertices, faces)
        levels = [np.arange(len(vertices))]
        for _ in range(_LEVELS - 1):
            chosen = farthest_points(vertices[levels[-1]], len(levels[-1]) // _REDUCTION)
            levels.append(levels[-1][chosen])
        levels = levels[::-1]
        self._coarse = len(levels[0])
        self.spread = nn.Linear(3 * landmarks, self._coarse * CHANNELS[0])
        widths = [CHANNELS[0], *CHANNELS]
        self.convolutions = nn.ModuleList(
            [nn.Linear(_SPIRAL * a, b) for a, b in zip(widths, CHANNELS, strict=False)]
        )
        for number, level in enumerate(levels):
            spirals = torch.as_tensor(spiral_indices(vertices[level], normals[level]))
            self.register_buffer(f"spiral_{number}", spirals)
            if number:
                index, fraction = interpolation(vertices[levels[number - 1]], vertices[level])
                self.register_buffer(f"from_{number}", torch.as_tensor(index))
                self.register_buffer(f"share_{number}", torch.as_tensor(fraction, dtype=torch.float32))

    def forward(self, displacements: Tensor) -> Tensor:
        """Return the displacements of the skin.

        Args:
            displacements: (batch, 3 L) over head scale.

        Returns:
            (batch, S, 3) over head scale.
        """
        x = elu(self.spread(displacements).unflatten(1, (self._coarse, CHANNELS[0])))
        for number, convolution in enumerate(self.convolutions):
            level = min(number, _LEVELS - 1)
            if 0 < number < _LEVELS:
                index, fraction = self.get_buffer(f"from_{level}"), self.get_buffer(f"share_{level}")
                x = (x[:, index] * fraction[..., None]).sum(2)
            x = convolution(x[:, self.get_buffer(f"spiral_{level}")].flatten(2))
            if number + 1 < len(self.convolutions):
                x = elu(x)
        return x


def nearness_weights(
    vertices: Float[np.ndarray, "skin 3"], points: Float[np.ndarray, "landmarks 3"]
) -> Float[np.ndarray, "skin"]:
    """Return the paper's loss weights, one over the distance to the nearest landmark.

    Args:
        vertices: (S, 3) metres, head frame.
        points: (L, 3) metres, head frame.

    Returns:
        (S,) loss weights; their mean is one. Distances count as at least 10 mm.
    """
    distance = KDTree(points).query(vertices)[0]
    weight = 1 / np.maximum(distance, _NEAREST_M)
    return weight / weight.mean()


def farthest_points(points: Float[np.ndarray, "n 3"], count: int) -> Int[np.ndarray, "count"]:
    """Return indices of points spread as evenly as greedy choice achieves.

    Args:
        points: (n, 3) in any unit.
        count: the number of points to choose.

    Returns:
        (count,) indices in ascending order.
    """
    chosen = [0]
    distance = np.linalg.norm(points - points[0], axis=1)
    while len(chosen) < count:
        chosen.append(int(distance.argmax()))
        distance = np.minimum(distance, np.linalg.norm(points - points[chosen[-1]], axis=1))
    return np.sort(chosen)


def spiral_indices(
    points: Float[np.ndarray, "n 3"], normals: Float[np.ndarray, "n 3"]
) -> Int[np.ndarray, "n spiral"]:
    """Return each vertex, then its nearest ones by angle around the normal, beginning at the nearest.

    Args:
        points: (n, 3) in any unit.
        normals: (n, 3) unit vectors.

    Returns:
        (n, 9) vertex indices; where there are fewer than nine vertices, the vertex itself fills the row.
    """
    nearest = np.asarray(KDTree(points).query(points, min(_SPIRAL, len(points)))[1])[:, 1:]
    away = points[nearest] - points[:, None]
    first = away[:, 0] - (away[:, 0] * normals).sum(1, keepdims=True) * normals
    second = np.cross(normals, first)
    angles = np.arctan2((away * second[:, None]).sum(2), (away * first[:, None]).sum(2)) % (2 * np.pi - 1e-6)
    ordered = np.take_along_axis(nearest, np.argsort(angles, axis=1), 1)
    own = np.arange(len(points))[:, None]
    padding = np.repeat(own, _SPIRAL - 1 - ordered.shape[1], axis=1)
    return np.concatenate([own, ordered, padding], 1)


def interpolation(
    coarse: Float[np.ndarray, "c 3"], fine: Float[np.ndarray, "f 3"]
) -> tuple[Int[np.ndarray, "f 3"], Float[np.ndarray, "f 3"]]:
    """Return three coarse vertices for every fine one, and their weights.

    Args:
        coarse: (c, 3) metres.
        fine: (f, 3) metres.

    Returns:
        (f, 3) coarse vertices, and (f, 3) inverse-distance weights, which sum to one.
    """
    distance, index = KDTree(coarse).query(fine, 3)
    fraction = 1 / np.maximum(distance, 1e-6)
    return np.asarray(index), fraction / fraction.sum(1, keepdims=True)
