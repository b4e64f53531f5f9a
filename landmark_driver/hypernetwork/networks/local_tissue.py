"""The reach of tissue across the face: a region's material moves mostly that region.

A network that may relate every material to every vertex learns from some thousand samples that a soft brow moves the
chin. So the face is divided among its regions, each with components of its own displacements. The network part that
drives a region takes in a region at distance r only with the weight floor + exp(-r / reach). Lengths are ours, chosen
on heads kept from the training; there they took the forward network from 0.57 to 0.48 mm.
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
"""The weight of gravity and bones in every region."""
_FADE_M = 0.012
"""The length over which one region's displacements give way to the next's."""
_COMPONENTS = 10
"""The number of components of each region."""
_MOST_SAMPLES = 1500


@dataclass(frozen=True)
class LocalTissue:
    """The ties between the forward network's parts and the regions, in the regions' order."""

    hearing: Float[np.ndarray, "regions condition"]
    """The weight of each entry of the condition in each region."""
    components: Float[np.ndarray, "latent local"]
    """Latents of local components of unit size; each region has the same number of them, one after the other."""


def local_tissue(
    data: TrainingData,
    template: IdentityHead,
    basis: DisplacementBasis,
    code: int,
    samples: Int[np.ndarray, "n"],
) -> LocalTissue:
    """Return the ties between regions and network, from the differences of samples to train on.

    Args:
        data: the samples' differences from their heads' own blendshapes.
        template: the topology's default head.
        basis: the basis of the differences.
        code: the number of entries of an identity code.
        samples: (n,) rows of samples to train on; the first 1500 are used.

    Returns:
        The weights of the condition's entries and the local components.
    """
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
    """Return principal components of the displacements, faded out beyond each region, as latents of the basis."""
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
