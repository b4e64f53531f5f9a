"""The trained networks in one file of plain arrays, and the code that identifies a head to them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from capture.output_file import written_whole
from capture.softdeca_error import SoftdecaError
from landmark_driver.head.lip_separation import LipSeparation

FORMAT, FORMAT_VERSION = "softdeca-weights", 3


class WeightsError(SoftdecaError):
    """A weights file that cannot be used."""


@dataclass(frozen=True)
class NetworkWeights:
    """Arrays by name, and their sources.

        basis               (K, V*3) float16, displacement over head scale, beyond the head's own blendshapes, for a latent
                            of one; eyeballs zero
        usual_residual_std, edited_residual_std
                            (V*3,) residual of the basis in default and in edited tissue, over head scale
        skin                (S,) vertices whose extent is the head scale
        code_basis, code_mean, code_std
                            neutral vertices over head scale to the identity code
        canonical           (E, 52) expressions whose latents are the prior
        usual_error, edited_error
                            (K, K) second moments of the forward network's error on heads kept from it, in default and in
                            edited tissue
        lips.*              triangles of the lips (`lip_separation.py`)
        forward.*           the forward network (`film_network.py`)

    In the weights that ship K is 128 and E is 512. Files of version 0.1.0 have `corrector.*` as well, which nothing reads.
    """

    arrays: dict[str, np.ndarray]
    provenance: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def basis(self) -> Float[np.ndarray, "latent coordinates"]:
        """The shared basis, (K, V*3) over head scale, float32."""
        return self.arrays["basis"].astype(np.float32)

    @property
    def latents(self) -> int:
        """Number of a head's latents: its blendshapes' and the basis'."""
        return self.arrays["canonical"].shape[1] + len(self.arrays["basis"])

    @property
    def symmetric_head(self) -> Float[np.ndarray, "vertices 3"]:
        """The mean of heads and their mirror images, in units of head scale: the same on both sides."""
        return self.arrays["code_mean"].reshape(-1, 3)

    @cached_property
    def lips(self) -> LipSeparation:
        """The lips of the head model."""
        return LipSeparation(**self.part("lips"))

    def part(self, name: str) -> dict[str, np.ndarray]:
        """Return the arrays of one network.

        Args:
            name: the network's prefix, as in "forward".

        Returns:
            Arrays by name, without the prefix.
        """
        prefix = name + "."
        return {key.removeprefix(prefix): a for key, a in self.arrays.items() if key.startswith(prefix)}

    def head_scale(self, vertices: Float[np.ndarray, "vertices 3"]) -> float:
        """Return the scale of a head.

        Args:
            vertices: (V, 3) metres, neutral.

        Returns:
            Root mean square distance of the skin from its centre, metres.

        Raises:
            WeightsError: for a head of another model.
        """
        expected = len(self.arrays["code_mean"]) // 3
        if len(vertices) != expected:
            raise WeightsError(
                f"Expected a head of {expected} vertices, got {len(vertices)}. These weights were trained "
                "on another head model: train on heads of this one."
            )
        return head_scale(vertices, self.arrays["skin"])

    def head_code(self, vertices: Float[np.ndarray, "vertices 3"]) -> Float[np.ndarray, "code"]:
        """Return the identity code: coefficients of a neutral head in the basis of neutral heads.

        Args:
            vertices: (V, 3) metres, head frame.

        Returns:
            (I,) in standard deviations of the training heads.

        Raises:
            WeightsError: for a head of another model.
        """
        away = (vertices / self.head_scale(vertices)).ravel() - self.arrays["code_mean"]
        return self.arrays["code_basis"].astype(np.float32) @ away / self.arrays["code_std"]

    def save(self, path: Path) -> None:
        """Write the file under a temporary name and rename it, so that a failure leaves nothing.

        Args:
            path: of the .safetensors file.

        Raises:
            OutputError: where `path` cannot be written to.
        """
        header = {"format": FORMAT, "format_version": str(FORMAT_VERSION)}
        header["provenance"] = json.dumps(self.provenance, sort_keys=True)
        with written_whole(path) as unfinished:
            save_file({name: np.ascontiguousarray(a) for name, a in self.arrays.items()}, unfinished, header)

    @staticmethod
    def load(path: Path) -> NetworkWeights:
        """Load the trained networks of a file.

        Args:
            path: of a .safetensors file that `save` wrote.

        Returns:
            The arrays and their sources.

        Raises:
            WeightsError: for a file that is missing, damaged or of another kind or version.
        """
        if not path.is_file():
            raise WeightsError(
                f"Expected a weights file, got '{path}', which does not exist. "
                "Make one with 'softdeca train'."
            )
        try:
            with safe_open(path, "np") as file:
                header = file.metadata() or {}
                arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
        except (SafetensorError, OSError) as error:
            raise WeightsError(
                f"Expected a .safetensors weights file, got '{path}', which cannot be read ({error}). Train it again."
            ) from error
        found = (header.get("format"), header.get("format_version"))
        if found != (FORMAT, str(FORMAT_VERSION)):
            raise WeightsError(
                f"Expected {FORMAT} {FORMAT_VERSION} in '{path}', got {found[0]} {found[1]}. "
                "Train again with this version of softdeca."
            )
        return NetworkWeights(arrays, json.loads(header.get("provenance", "{}")))

    @cached_property
    def checksum(self) -> str:
        """SHA-256 of all names and arrays, in hexadecimal."""
        digest = hashlib.sha256()
        for name in sorted(self.arrays):
            digest.update(name.encode() + np.ascontiguousarray(self.arrays[name]).tobytes())
        return digest.hexdigest()


def head_scale(vertices: np.ndarray, skin: np.ndarray) -> Any:
    """Return the root mean square distance of the skin from its centre.

    Args:
        vertices: (*batch, V, 3) metres.
        skin: (S,) indices of the skin's vertices.

    Returns:
        Metres: a number, or an array (*batch,).
    """
    points = vertices[..., skin, :]
    away = points - points.mean(-2, keepdims=True)
    return np.sqrt((away**2).sum(-1).mean(-1))
