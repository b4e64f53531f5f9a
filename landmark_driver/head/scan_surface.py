"""A scan as its file has it, with its binding to the template, and as the arrays of a character file."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from jaxtyping import Bool, Float, Int, UInt8

from landmark_driver.head.scan_texture import ScanTexture, texture_from_arrays

PREFIX = "scan."
_ADDED = "extra"
"""The array's name in character files."""


@dataclass(frozen=True)
class ScanSurface:
    """The scan as its file has it, and its binding to the template."""

    vertices: Float[np.ndarray, "scan 3"]
    """In the scan's own unit, frame and order."""
    faces: Int[np.ndarray, "scan_faces 3"]
    bridging: Bool[np.ndarray, "scan_faces"]
    """Triangles across the closed mouth, which are not shown."""
    fine_face: Int[np.ndarray, "scan"]
    """Triangle of the template's fine mesh that each vertex goes with."""
    weights: Float[np.ndarray, "scan 3"]
    """Barycentric weights times the fraction of the motion that the vertex follows: 0 for hair and shoulders."""
    colors: UInt8[np.ndarray, "scan 3"]
    """sRGB."""
    added_vertices: Int[np.ndarray, "added"]
    """The head's vertices that are shown beside the scan: teeth, tongue, eyeballs, cavities."""
    T_head_scan: Float[np.ndarray, "4 4"]
    """Scan frame in metres to head frame, rigid."""
    scale_to_metres: float
    """Metres in one unit of the scan."""
    texture: ScanTexture | None = None

    def in_head(self) -> Float[np.ndarray, "scan 3"]:
        """Return the neutral vertices in the head frame.

        Returns:
            (S, 3) metres, head frame, in the scan's order.
        """
        metres = self.scale_to_metres * self.vertices.astype(float)
        return metres @ self.T_head_scan[:3, :3].T + self.T_head_scan[:3, 3]

    def from_head(self, points: Float[np.ndarray, "scan 3"]) -> Float[np.ndarray, "scan 3"]:
        """Return points of the head frame in the scan's own unit and frame.

        Args:
            points: (S, 3) metres, head frame.

        Returns:
            (S, 3) in the scan's unit and frame and the precision of `points`.
        """
        metres = (points - self.T_head_scan[:3, 3].astype(points.dtype)) @ self.T_head_scan[:3, :3].astype(
            points.dtype
        )
        return metres / np.asarray(self.scale_to_metres, points.dtype)


def scan_arrays(scan: ScanSurface) -> dict[str, np.ndarray]:
    """Return a scan as the arrays of a character file.

    Args:
        scan: the scan and its binding.

    Returns:
        Arrays by name, each name with `PREFIX`.
    """
    return {
        PREFIX + "vertices": scan.vertices.astype(np.float64),
        PREFIX + "faces": scan.faces.astype(np.int32),
        PREFIX + "bridging": scan.bridging.astype(np.uint8),
        PREFIX + "fine_face": scan.fine_face.astype(np.int32),
        PREFIX + "weights": scan.weights.astype(np.float32),
        PREFIX + "colors": scan.colors.astype(np.uint8),
        PREFIX + _ADDED: scan.added_vertices.astype(np.int32),
        PREFIX + "T_head_scan": scan.T_head_scan.astype(np.float64),
        PREFIX + "scale_to_metres": np.array([scan.scale_to_metres]),
    } | {PREFIX + name: array for name, array in (scan.texture.arrays() if scan.texture else {}).items()}


def scan_from_arrays(arrays: dict[str, np.ndarray]) -> ScanSurface:
    """Return the scan in the arrays of a character file: the inverse of `scan_arrays`.

    Args:
        arrays: by name, with `PREFIX` or without.

    Returns:
        The scan and its binding.
    """
    values = {name.removeprefix(PREFIX): array for name, array in arrays.items()}
    values["added_vertices"] = values.pop(_ADDED)
    values["bridging"] = values["bridging"].astype(bool)
    scale = float(values.pop("scale_to_metres")[0])
    own = {item.name: values[item.name] for item in fields(ScanSurface) if item.name in values}
    return ScanSurface(**own, scale_to_metres=scale, texture=texture_from_arrays(values))
