"""Two bases: of displacements over head scale, and of neutral heads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float, Int

from landmark_driver.head.identity_model import HeadTopology
from landmark_driver.hypernetwork.data.mirrored_data import mirror_images
from landmark_driver.hypernetwork.data.training_data import TrainingData
from landmark_driver.network.network_weights import head_scale
from landmark_driver.tissue.tissue_setting import SAME_TISSUE

Tissue = Literal["usual", "edited"]

_INNER_WEIGHT = 0.3
"""The weight of cavities, tongue and teeth beside the skin's one, on squares."""
_MOST_SAMPLES = 4000
_SMALLEST = 1e-10
"""The least squared size of a component beside the largest one; smaller components are rounding."""
_CHUNK = 256


@dataclass(frozen=True)
class DisplacementBasis:
    """Principal components, each scaled so that its latent has unit variance over the training samples.

    `projection` takes a flat displacement over head scale to its latent (weighted least squares).
    """

    basis: Float[np.ndarray, "latent coordinates"]
    projection: Float[np.ndarray, "coordinates latent"]
    residual_std: dict[Tissue, Float[np.ndarray, "_"]]
    """The residual over head scale on heads outside the fit, in default and in edited tissue."""
    weight: Float[np.ndarray, "coordinates"]
    """The weight of each coordinate's squared error: 1 on the skin, 0.3 on inner parts, 0 on the eyeballs."""


def fit_displacement_basis(
    data: TrainingData,
    topology: HeadTopology,
    components: int,
    samples: Int[np.ndarray, "n"],
    across: Int[np.ndarray, "vertices"],
    rng: np.random.Generator,
) -> DisplacementBasis:
    """Return the basis of displacements, each component the same on both sides of the face or the opposite.

    Args:
        data: the dataset.
        topology: the heads' topology.
        components: the most components.
        samples: (n,) rows of the samples to train on; their mirror images need not be among them.
        across: (V,) the vertex across from each vertex.
        rng: draws the samples that are used.

    Returns:
        The basis. It is rounded to half floats, as it is stored, before projection and residual are fitted.

    The residual is measured on heads that a second basis was not fitted to: on its own heads a basis
    leaves far less, and a driver with that figure would trust clean landmarks too much.
    """
    kept = data.validation_heads[data.head[samples]]
    basis, projection, weight = _principal(data, topology, components, across, rng.permutation(samples))
    others = basis, projection
    if kept.any():
        others = _principal(data, topology, components, across, rng.permutation(samples[~kept]))[:2]
        samples = samples[kept]
    default = np.abs(data.tissue_code[samples]).max(1) < SAME_TISSUE
    groups: dict[Tissue, np.ndarray] = {"usual": samples[default], "edited": samples[~default]}
    left_out: dict[Tissue, np.ndarray] = {
        tissue: _left_out(data, topology, across, rng.permutation(group), *others)
        for tissue, group in groups.items()
    }
    return DisplacementBasis(basis, projection, left_out, weight)


def _left_out(data, topology, across, samples, basis, projection) -> Float[np.ndarray, "coordinates"]:
    """Return the root mean square of a basis's residual on some samples and their mirror images."""
    residual = scaled_displacements(data, topology, samples[: _CHUNK * 4])
    residual -= (residual @ projection) @ basis
    variance = (residual**2).mean(0)
    return np.sqrt((variance + np.abs(mirror_images(variance[None], across)[0])) / 2).astype(np.float32)


def _principal(data: TrainingData, topology: HeadTopology, components: int, across, samples) -> tuple:
    """Return basis, projection and coordinate weights from the first of these samples.

    The second moment of samples and images is that of their even parts, plus that of their odd parts.
    """
    chosen = samples[:_MOST_SAMPLES]
    weight = _coordinate_weights(topology)
    rows = scaled_displacements(data, topology, chosen) * np.sqrt(weight)
    images = mirror_images(rows, across)
    even, odd = (_components((rows + sign * images) / 2, components) for sign in (1, -1))
    values = np.concatenate([even[0], odd[0]])
    kept = np.argsort(values)[::-1][:components]
    sign = np.repeat([1, -1], [len(even[0]), len(odd[0])])[kept, None]
    directions = np.concatenate([even[1], odd[1]])[kept]
    std, seen = np.sqrt(values[kept] / len(chosen)), np.sqrt(np.maximum(weight, 1e-12))
    basis = np.where(weight > 0, std[:, None] * directions / seen, 0.0)
    basis = ((basis + sign * mirror_images(basis, across)) / 2).astype(np.float16).astype(np.float32)
    gram = (basis * weight) @ basis.T
    projection = (weight[:, None] * basis.T) @ np.linalg.inv(gram.astype(float))
    return basis, projection.astype(np.float32), weight


def _components(rows: Float[np.ndarray, "samples coordinates"], count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return squared sizes and directions of the largest principal components."""
    values, vectors = np.linalg.eigh((rows @ rows.T).astype(float))
    kept = np.argsort(values)[::-1][:count]
    kept = kept[values[kept] > _SMALLEST * values.max()]
    return values[kept], (vectors[:, kept].T @ rows) / np.sqrt(values[kept])[:, None]


def scaled_displacements(
    data: TrainingData, topology: HeadTopology, samples: Int[np.ndarray, "chosen"]
) -> Float[np.ndarray, "chosen coordinates"]:
    """Return flat displacements over head scale.

    Args:
        data: the dataset.
        topology: the heads' topology.
        samples: (n,) rows of the samples.

    Returns:
        (n, 3 V) displacements in the head frame, in units of head scale, float32.
    """
    scale = head_scale(data.neutral, topology.vertices_of("skin"))[data.head[samples]]
    flat = data.displacement_mm[samples].reshape(len(samples), -1).astype(np.float32)
    return flat * (1e-3 / scale[:, None]).astype(np.float32)


def latents_of(
    data: TrainingData, topology: HeadTopology, basis: DisplacementBasis
) -> Float[np.ndarray, "samples latent"]:
    """Return the latent of every sample in a basis.

    Args:
        data: the dataset.
        topology: the heads' topology.
        basis: the basis of K components.

    Returns:
        (N, K) latents, of unit variance over the samples of the fit.
    """
    order = np.arange(len(data.head))
    chunks = [order[start : start + _CHUNK] for start in range(0, len(order), _CHUNK)]
    return np.concatenate([scaled_displacements(data, topology, c) @ basis.projection for c in chunks])


@dataclass(frozen=True)
class HeadCode:
    """Principal components of neutral heads over head scale; codes have unit variance."""

    basis: Float[np.ndarray, "code coordinates"]
    mean: Float[np.ndarray, "coordinates"]
    std: Float[np.ndarray, "code"]

    def __call__(self, neutral: Float[np.ndarray, "heads vertices 3"], skin: np.ndarray) -> np.ndarray:
        """Return the codes of neutral heads.

        Args:
            neutral: (H, V, 3) metres, head frame.
            skin: (S,) the skin's vertices.

        Returns:
            (H, C) codes, float32.
        """
        flat = (neutral / head_scale(neutral, skin)[:, None, None]).reshape(len(neutral), -1)
        return ((flat - self.mean) @ self.basis.T / self.std).astype(np.float32)


def fit_head_code(
    neutral: Float[np.ndarray, "heads vertices 3"], skin: np.ndarray, components: int
) -> HeadCode:
    """Return the code of neutral heads.

    Args:
        neutral: (H, V, 3) metres, head frame.
        skin: (S,) the skin's vertices.
        components: the most components; never more than H - 1.

    Returns:
        The code, its basis rounded to half floats.
    """
    flat = (neutral / head_scale(neutral, skin)[:, None, None]).reshape(len(neutral), -1)
    mean = flat.mean(0)
    _, singular, directions = np.linalg.svd(flat - mean, full_matrices=False)
    count = min(components, len(neutral) - 1)
    std = singular[:count] / np.sqrt(len(neutral))
    basis = directions[:count].astype(np.float16).astype(np.float32)
    return HeadCode(basis, mean.astype(np.float32), std.astype(np.float32))


def _coordinate_weights(topology: HeadTopology) -> Float[np.ndarray, "coordinates"]:
    weight = np.full(topology.vertex_count, _INNER_WEIGHT, np.float32)
    weight[topology.vertices_of("skin")] = 1.0
    for side in ("left", "right"):
        weight[topology.vertices_of(f"eyeball_{side}")] = 0.0
    return np.repeat(weight, 3)
