"""Meshes of the wardrobe that grow out of the skin: every vertex stands off a root, and goes where its root goes."""

from __future__ import annotations

import functools
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import scipy.sparse as sparse
from jaxtyping import Float, Int, UInt8

from landmark_driver.dress.material import Material
from landmark_driver.dress.piece import Piece
from landmark_driver.head.head import Head

WARDROBE = Path(__file__).parents[1] / "assets" / "wardrobe"
_STEP_M = 1e-5
_LEVELS = 2**16 - 1


@dataclass(frozen=True, eq=False)
class RootedMesh:
    """A mesh on the default head. Metres, head frame."""

    corners: Int[np.ndarray, "roots 3"]
    """Rows of the head's vertices: the triangle that a root lies in."""
    weights: Float[np.ndarray, "roots 3"]
    """Barycentric weights in that triangle."""
    places: Float[np.ndarray, "roots 3"]
    """The roots on the default head."""
    root: Int[np.ndarray, "piece"]
    """The root of each vertex."""
    offsets: Float[np.ndarray, "piece 3"]
    """From its root to each vertex."""
    faces: Int[np.ndarray, "faces 3"]
    coordinates: Float[np.ndarray, "piece 2"]
    """Texture coordinates, OpenGL's."""
    picture: UInt8[np.ndarray, "bytes"]
    """A PNG file; no bytes where several meshes share one."""

    def on(self, head: Head, name: str, material: Material) -> Piece:
        """Return the piece on a head: roots on its skin, and offsets as much larger as the roots lie further apart.

        Args:
            head: of the default head's topology.
            name: of the piece.
            material: how it is painted.

        Returns:
            The piece.
        """
        count = len(self.corners)
        entries = (self.weights.ravel(), (np.repeat(np.arange(count), 3), self.corners.ravel()))
        roots = sparse.csr_matrix(entries, (count, len(head.neutral_vertices)), dtype=np.float32)
        places = roots @ head.neutral_vertices.astype(float)
        spread, usual = (np.linalg.norm(at - at.mean(0)) for at in (places, self.places.astype(float)))
        vertices = places[self.root] + spread / usual * self.offsets
        operator = sparse.csr_matrix(roots[self.root])
        return Piece(name, vertices.astype(np.float32), self.faces, operator, self.coordinates, material)

    def save(self, path: Path) -> None:
        """Write the mesh, offsets in steps of 10 µm and weights and coordinates in 16 bits.

        Args:
            path: of the .npz file.
        """
        packed = {
            "corners": self.corners.astype(np.uint16),
            "weights": np.round(_LEVELS * self.weights).astype(np.uint16),
            "places": self.places.astype(np.float32),
            "root": self.root.astype(np.uint16),
            "offsets": np.round(self.offsets / _STEP_M).astype(np.int16),
            "faces": self.faces.astype(np.uint16),
            "coordinates": np.round(_LEVELS * self.coordinates).astype(np.uint16),
        }
        np.savez_compressed(path, **packed, picture=self.picture)


@functools.cache
def load_rooted_mesh(name: str) -> RootedMesh:
    """Load a mesh that ships.

    Args:
        name: of its file in the wardrobe.

    Returns:
        The mesh, the same object in every call.
    """
    with np.load(WARDROBE / f"{name}.npz") as data:
        kept = {item.name: data[item.name] for item in fields(RootedMesh)}
    weights = kept["weights"].astype(np.float32)
    return RootedMesh(
        kept["corners"].astype(np.int32),
        weights / weights.sum(1, keepdims=True),
        kept["places"],
        kept["root"].astype(np.int32),
        (kept["offsets"] * _STEP_M).astype(np.float32),
        kept["faces"].astype(np.int32),
        (kept["coordinates"] / np.float32(_LEVELS)).astype(np.float32),
        kept["picture"],
    )
