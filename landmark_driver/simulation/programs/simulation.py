"""The result of a simulation: its arrays, and the numbers that show its quality."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from capture.output_file import written_whole


@dataclass(frozen=True, eq=False)
class Simulation:
    """Tissue at equilibrium in every frame, or in motion through them. Metres, head frame."""

    arrays: dict[str, np.ndarray]
    """The arrays of the .npz file by name."""
    report: dict[str, Any]
    """The number of frames; the worst residuals in millimetres and newtons, the mean time a frame in milliseconds."""

    @property
    def vertices(self) -> Float[np.ndarray, "frames vertices 3"]:
        """Skin of every frame: (T, V, 3) metres, float32."""
        return self.arrays["vertices"]

    @property
    def neutral_vertices(self) -> Float[np.ndarray, "vertices 3"]:
        """Skin of the neutral head: (V, 3) metres, float32."""
        return self.arrays["neutral_vertices"]

    def save(self, path: str | Path) -> None:
        """Write the arrays; the file appears whole or not at all.

        Args:
            path: of the .npz file.

        Raises:
            OutputError: where `path` cannot be written to.
        """
        with written_whole(Path(path)) as unfinished, unfinished.open("wb") as file:
            np.savez(file, allow_pickle=False, **self.arrays)
