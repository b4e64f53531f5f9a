"""Principal components of whole displacements, one Gaussian for all heads: the basis of baselines without a hypernetwork."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int
from safetensors.numpy import load_file, save_file

from capture.output_file import written_whole
from landmark_driver.head.identity_model import IdentityHead
from landmark_driver.hypernetwork.data.displacement_basis import fit_displacement_basis, latents_of
from landmark_driver.hypernetwork.data.mirrored_data import mirror_vertices, with_mirror_images
from landmark_driver.hypernetwork.data.training_data import TrainingData
from landmark_driver.network.head_network import HeadNetwork
from landmark_driver.network.network_weights import head_scale

_SHARED = 3.0
"""Factor on the residual as noise of landmarks. They have it in common, and this baseline has no kernel for what they share.
With it held-out samples have 0.38 instead of 0.48 mm from 478 clean points, and 0.48 instead of 0.45 from 68."""


@dataclass(frozen=True)
class PooledBasis:
    """A basis over head scale; mean and covariance are those of the training samples' latents."""

    basis: Float[np.ndarray, "latent coordinates"]
    residual_std: Float[np.ndarray, "coordinates"]
    """Noise of landmarks by what the basis leaves out, over head scale."""
    mean: Float[np.ndarray, "latent"]
    covariance: Float[np.ndarray, "latent latent"]
    skin: Int[np.ndarray, "skin"]

    def head(self, neutral: Float[np.ndarray, "vertices 3"]) -> HeadNetwork:
        """Return the posterior's ingredients for one head, in metres.

        Args:
            neutral: (V, 3) metres, head frame.

        Returns:
            The head's basis, residual and prior, without a condition.
        """
        scale = np.float32(head_scale(neutral, self.skin))
        mean, covariance = self.mean.astype(float), self.covariance.astype(float)
        return HeadNetwork(scale * self.basis, scale * self.residual_std, mean, covariance, np.zeros(0))


def pooled_basis(data: TrainingData, latents: int, folder: Path, template: IdentityHead) -> PooledBasis:
    """Return the basis of the training split and its mirror images, kept in the dataset's folder.

    Args:
        data: the dataset.
        latents: the number of components.
        folder: the dataset's folder.
        template: the default head of the dataset's identity model.

    Returns:
        The basis.

    The fit takes a minute, where no file of an earlier one is there.
    """
    path = pooled_path(folder, latents, data.manifest_sha256)
    if not path.exists():
        arrays = _arrays(data, latents, template)
        with written_whole(path) as unfinished:
            save_file({name: np.ascontiguousarray(array) for name, array in arrays.items()}, unfinished)
    arrays = load_file(path)
    return PooledBasis(**arrays | {"basis": arrays["basis"].astype(np.float32)})


def pooled_path(folder: Path, latents: int, manifest_sha256: str) -> Path:
    """Return the path of a kept basis.

    Args:
        folder: the dataset's folder.
        latents: the number of components.
        manifest_sha256: the checksum of the dataset's manifest.

    Returns:
        The path.
    """
    return folder / f"components-{latents}-{manifest_sha256[:12]}.safetensors"


def _arrays(data: TrainingData, latents: int, template: IdentityHead) -> dict[str, np.ndarray]:
    samples, across = data.of_split("training"), mirror_vertices(template.vertices)
    data = with_mirror_images(data, across)
    fitted = fit_displacement_basis(
        data, template.topology, latents, samples, across, np.random.default_rng(0)
    )
    rows = latents_of(data, template.topology, fitted)[data.of_split("training")].astype(float)
    skin = template.topology.vertices_of("skin")
    made = PooledBasis(
        fitted.basis,
        _SHARED * fitted.residual_std["edited"],
        rows.mean(0),
        np.cov(rows, rowvar=False),
        skin,
    )
    arrays = {item.name: getattr(made, item.name) for item in fields(made)}
    return arrays | {"basis": fitted.basis.astype(np.float16)}  # which it was rounded to
