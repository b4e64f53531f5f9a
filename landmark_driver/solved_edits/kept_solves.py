"""Solved expressions of one head, each kept in a file of its own, so that a long series can stop and go on."""

from __future__ import annotations

import hashlib
from functools import cached_property
from pathlib import Path

import numpy as np
from jaxtyping import Float

from capture.output_file import written_whole
from landmark_driver.head.identity_model import IdentityHead
from landmark_driver.hypernetwork.data.sample_generator import Physics, SampleFailed, SampleGenerator
from landmark_driver.simulation.solver.minimum import SolverSettings
from landmark_driver.tissue.tissue_setting import TissueSetting

CLOSE = SolverSettings(tolerance_mm=0.001, max_iterations=1000)
"""An edit's effect is the difference of two solves. At the training data's 0.03 mm it is wrong by half for stiffness and by a
third for gravity; at 0.001 mm, for two to five times the iterations, mostly by less than a hundredth."""


class KeptSolves:
    """A `SampleGenerator`'s displacements, from a folder where it has them. The first that is missing has the head layered."""

    def __init__(self, folder: Path, physics: Physics, head: IdentityHead):
        """Take the folder and the physics.

        Args:
            folder: of all heads and settings; made with the first solve.
            physics: solves what is missing.
            head: the neutral head.
        """
        self._physics, self._head = physics, head
        made_of = repr(sorted(physics.settings.items())).encode() + head.vertices.astype(np.float32).tobytes()
        self.folder = folder / _name(made_of)

    def __call__(
        self, weights: Float[np.ndarray, "52"], setting: TissueSetting
    ) -> Float[np.ndarray, "vertices 3"] | None:
        """Return the solved displacements of an expression under a setting.

        Args:
            weights: (52,) ARKit weights in 0..1.
            setting: the tissue.

        Returns:
            (V, 3) metres from the default neutral head, float32; None where there is no equilibrium.
        """
        path = self.folder / f"{_name(weights.tobytes() + setting.code().tobytes())}.npy"
        if not path.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            with written_whole(path) as unfinished, unfinished.open("wb") as file:
                np.save(file, self._solve(weights, setting))
        found = np.load(path)
        return found if len(found) else None

    def _solve(self, weights: np.ndarray, setting: TissueSetting) -> np.ndarray:
        try:
            return self._generate(weights, setting).displacement.astype(np.float32)
        except SampleFailed:
            return np.zeros((0, 3), np.float32)

    @cached_property
    def _generate(self) -> SampleGenerator:
        return self._physics(self._head)


def _name(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:20]
