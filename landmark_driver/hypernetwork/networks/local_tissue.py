"""How far across the face tissue acts: what a region is made of moves mostly that region.

A network that may relate every material to every vertex learns from some thousand samples that a soft brow moves the
chin. So the face is divided among its regions, each with components of its own displacements, and what drives those
hears of a region at distance r only with the weight floor + exp(-r / reach). Lengths are ours, chosen on heads kept
from the training; there they took the forward network from 0.57 to 0.48 mm.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from landmark_driver.head.identity_model import IdentityHead
from landmark_driver.hypernetwork.data.displacement_basis import DisplacementBasis, scaled_displacements
from landmark_driver.hypernetwork.data.training_data import TrainingData
from landmark_driver.tissue.face_regions import face_regions
from landmark_driver.tissue.tissue_parameters import REGIONS
from landmark_driver.tissue.tissue_setting import FEATURE_REGIONS

_REACH_M, _FLOOR = 0.02, 0.05
_EVERYWHERE = 1.5
"""What gravity and bones weigh."""
_FADE_M = 0.012
"""Over which one region's displacements give way to the next's."""
_COMPONENTS = 10
"""Of each region."""
_MOST_SAMPLES = 1500


@dataclass(frozen=True)
class LocalTissue:
    """What ties the forward network's parts to regions, in their order."""

    hearing: Float[np.ndarray, "regions condition"]
    """How much each region hears of each entry of the condition."""
    components: Float[np.ndarray, "latent local"]
    """Latents of local components of unit size; each region has the same number of them, one after the other."""


def local_tissue(
    data: TrainingData,
    template: IdentityHead,
    basis: DisplacementBasis,
    code: int,
    samples: Int[np.ndarray, "n"],
) -> LocalTissue:
    """From differences to train on, and identity codes of `code` numbers."""
    skin = template.topology.vertices_of("skin")
    labels = face_regions(template.vertices, template.topology.lip_loop)[skin]
    centres = np.stack([template.vertices[skin][labels == region].mean(0) for region in range(len(REGIONS))])
    return LocalTissue(
        _hearing(centres, code), _components(data, template, basis, centres, samples[:_MOST_SAMPLES])
    )


def _hearing(centres: Float[np.ndarray, "regions 3"], code: int) -> Float[np.ndarray, "regions condition"]:
    distance = np.linalg.norm(centres[:, None] - centres[None], axis=2)
    near = _FLOOR + np.exp(-distance / _REACH_M)
    tissue = np.where(FEATURE_REGIONS >= 0, near[:, FEATURE_REGIONS], _EVERYWHERE)
    return np.concatenate([np.ones((len(centres), code)), tissue], 1).astype(np.float32)


def _components(data, template: IdentityHead, basis: DisplacementBasis, centres, samples) -> np.ndarray:
    """Principal components of the displacements, faded out beyond each region, as latents of the basis."""
    fraction = np.exp(-np.linalg.norm(template.vertices[:, None] - centres[None], axis=2) / _FADE_M)
    fraction /= fraction.sum(1, keepdims=True)
    rows = scaled_displacements(data, template.topology, samples)
    found = []
    for own in fraction.T:
        faded = rows * np.repeat(own, 3).astype(np.float32)
        weighted = faded * np.sqrt(basis.weight)
        values, vectors = np.linalg.eigh((weighted @ weighted.T).astype(float))
        first = vectors[:, np.argsort(values)[::-1][:_COMPONENTS]]
        found.append((first.T @ faded / np.sqrt(len(samples))) @ basis.projection)
    return np.concatenate(found).T.astype(np.float32)
